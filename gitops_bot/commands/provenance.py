"""Does an approval come from the run it says it comes from? Asked before anything counts on it."""

from __future__ import annotations

from dataclasses import dataclass

from gitops_bot.commands.effects import Effects
from gitops_bot.core.approval import Approval
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import GitopsBotError
from gitops_bot.core.json_values import JsonValue, as_text
from gitops_bot.core.provenance import (
    Expectation,
    NotProven,
    PromotionPlan,
    Proof,
    ProvenanceMode,
    PullRequestPlan,
    RunKind,
    audience_of,
    called_workflow_of,
    calls,
    check_claims,
    fits_base,
    read_proof,
    workflow_file_of,
)
from gitops_bot.ports import PullRequest, WorkTree


@dataclass(frozen=True, slots=True)
class Judged:
    """What the proofs are judged by: the rules, and the commits that were on the branch before.

    `applied` is the commit of the last successful apply, "" without one; `commit` the one to apply.
    """

    environment: Environment
    settings: Settings
    commit: str
    applied: str


def unproven(
    text: str, approval: Approval, pull: PullRequest, judged: Judged, effects: Effects
) -> str | None:
    """Why an approval in a check run's `text` does not count, as a sentence; None when it does.

    "" when it counts although nothing proves it, because the configuration only prefers proofs.
    Raises `RunFailed` when the keys to check a proof with cannot be had.
    """
    mode = judged.settings.approval.provenance
    if mode is ProvenanceMode.NONE:
        return None
    proof = read_proof(text)
    if proof is None:
        required = "Nothing proves which run made its approval, and approval.provenance is required."
        return required if mode is ProvenanceMode.REQUIRED else ""
    try:
        _check(proof, approval, pull, judged, effects)
    except NotProven as error:
        return f"The proof of its approval does not hold. {error}"
    return None


def _check(proof: Proof, approval: Approval, pull: PullRequest, judged: Judged, effects: Effects) -> None:
    """Raises `NotProven`."""
    witness, audience = effects.witness, audience_of(approval.digest)
    claims = witness.check(proof, audience)
    if claims is None:
        return
    run = _run_of(claims, pull, judged)
    workflows = (*judged.settings.approval.workflows, *filter(None, [witness.workflow]))
    expected = Expectation(witness.issuer, witness.repository, audience, run, workflows)
    problems = check_claims(claims, expected, int(effects.clock().timestamp()))
    if problems:
        raise NotProven(" ".join(problems))
    _check_workflow(claims, run, approval, pull, judged, effects.tree)


def _run_of(claims: dict[str, JsonValue], pull: PullRequest, judged: Judged) -> RunKind:
    """The run that may have planned this pull request. A dispatch is one of `promote`."""
    if as_text(claims.get("event_name")) != "workflow_dispatch":
        return PullRequestPlan(pull.number, judged.environment.branch)
    below = judged.settings.below(judged.environment)
    return PromotionPlan(tuple(e.branch for e in judged.settings.environments if e != below))


def _check_workflow(
    claims: dict[str, JsonValue],
    run: RunKind,
    approval: Approval,
    pull: PullRequest,
    judged: Judged,
    tree: WorkTree,
) -> None:
    """The workflow that ran must be the base branch's, as it was before the pull request came in."""
    file = workflow_file_of(claims)
    if file is None:
        raise NotProven("The token names no workflow file.")
    path, commit = file
    _have(tree, commit)
    if isinstance(run, PullRequestPlan):
        bases = _base_of_test_merge(tree.parents(commit), approval, judged, tree)
    else:
        bases = _bases_of_promotion(pull, judged, tree)
    _same_version(path, commit, bases, judged, tree)
    called = called_workflow_of(claims)
    if called is None:
        return
    repository = as_text(claims.get("repository"))
    if not any(calls(tree.file_at(base, path), called, repository) for base in bases):
        raise NotProven(f"It was made by a workflow that {path} does not call.")
    if called.repository.lower() == repository.lower():
        _have(tree, called.sha)
        _same_version(called.path, called.sha, bases, judged, tree)


def _have(tree: WorkTree, commit: str) -> None:
    if tree.has_commit(commit):
        return
    try:
        tree.fetch(commit)
    except GitopsBotError:
        raise NotProven(f"The commit {commit[:12]} its workflow ran from is gone.") from None


def _same_version(path: str, commit: str, bases: tuple[str, ...], judged: Judged, tree: WorkTree) -> None:
    if not fits_base(tree.file_at(commit, path), [tree.file_at(base, path) for base in bases]):
        branch = judged.environment.branch
        raise NotProven(f"It was made by a version of {path} that {branch} did not have before the merge.")


def _base_of_test_merge(
    parents: tuple[str, ...], approval: Approval, judged: Judged, tree: WorkTree
) -> tuple[str, ...]:
    """A pull request's run is on GitHub's test merge: of the base as it was then, and the planned head."""
    if len(parents) != 2 or parents[1] != approval.commit:
        raise NotProven("It was not made on the merge of this pull request's head.")
    if not tree.has_commit(parents[0]) or tree.commits_between(judged.commit, parents[0]):
        raise NotProven(f"It was made on a base that {judged.environment.branch} does not have.")
    return (parents[0],)


def _bases_of_promotion(pull: PullRequest, judged: Judged, tree: WorkTree) -> tuple[str, ...]:
    """A promotion's run is on another branch; what counts is the target's workflow before the merge."""
    first = tree.parents(pull.merge_commit)[:1] if tree.has_commit(pull.merge_commit) else ()
    return tuple(c for c in (judged.applied, *first) if c and tree.has_commit(c))
