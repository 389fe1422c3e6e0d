"""Does an approval come from the run it says it comes from? Asked before anything counts on it."""

from __future__ import annotations

from msgspec import Struct

from gitops_bot.commands.effects import Effects
from gitops_bot.core.approval import Approval
from gitops_bot.core.environments import ApprovalSettings, Environment, Settings
from gitops_bot.core.errors import GitopsBotError
from gitops_bot.core.json_values import JsonValue, as_text
from gitops_bot.core.promotion import comes_from, hotfix_brought_down, is_rollback_of
from gitops_bot.core.provenance import (
    MAX_CLOCK_SKEW,
    BranchApply,
    Expectation,
    NotProven,
    OwnBranchPlan,
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
    issued_at,
    read_proof,
    workflow_file_of,
)
from gitops_bot.core.times import read_time
from gitops_bot.ports import CheckRun, PullRequest, WorkTree


class Judged(Struct, frozen=True):
    """What the proofs are judged by: the rules, and the commit to apply."""

    environment: Environment
    settings: Settings
    commit: str


class Provenance(Struct, frozen=True):
    """What is known of the run that made an approval.

    `problem` is why the approval does not count, as a sentence, "" when it does. `on_trust`: it counts
    although nothing proves it, because the configuration only prefers proofs. `issued_at` is when GitHub
    signed its token, in seconds since 1970, None without one.
    """

    problem: str = ""
    on_trust: bool = False
    issued_at: int | None = None


def provenance_of(
    check: CheckRun, approval: Approval, pull: PullRequest, judged: Judged, effects: Effects
) -> Provenance:
    """Whether an approval in a check run counts. Raises `RunFailed` when the keys to check a proof with
    cannot be had."""
    mode = judged.settings.approval.provenance
    if mode is ProvenanceMode.NONE:
        return Provenance()
    proof = read_proof(check.text)
    if proof is None:
        required = "Nothing proves which run made its approval, and approval.provenance is required."
        return Provenance(required) if mode is ProvenanceMode.REQUIRED else Provenance(on_trust=True)
    try:
        issued = _check(proof, audience_of(approval.digest), approval, pull, judged, effects)
    except NotProven as error:
        return Provenance(f"The proof of its approval does not hold. {error}")
    return Provenance(issued_at=issued)


def check_ledger_proof(
    proof: Proof, audience: str, environment: Environment, approval: ApprovalSettings, effects: Effects
) -> int | None:
    """When the run that made this proof said so, in seconds since 1970; None where that is not known.

    It must be an apply's run on the environment's own branch: what such a run executes went through
    that branch's rules. Raises `NotProven`, and `RunFailed` when the keys cannot be had.
    """
    run = BranchApply(environment.branch, on_closed=True)
    claims = effects.witness.check(proof, audience)
    if claims is None:
        return None
    _check_run(claims, audience, run, approval, effects)
    return issued_at(claims)


def _check(
    proof: Proof, audience: str, approval: Approval, pull: PullRequest, judged: Judged, effects: Effects
) -> int | None:
    """When the token was issued, None for an HMAC that holds. Raises `NotProven`."""
    claims = effects.witness.check(proof, audience)
    if claims is None:
        return None
    run = _run_of(claims, pull, judged)
    _check_run(claims, audience, run, judged.settings.approval, effects)
    _check_workflow(claims, run, approval, pull, judged, effects.tree)
    return _issued_before_the_merge(claims, pull)


def _check_run(
    claims: dict[str, JsonValue], audience: str, run: RunKind, approval: ApprovalSettings, effects: Effects
) -> None:
    """The token was made in this repository, by such a run of a known workflow. Raises `NotProven`."""
    witness = effects.witness
    workflows = (*approval.workflows, *filter(None, [witness.workflow]))
    expected = Expectation(
        witness.issuer, witness.repository, audience, run, workflows, witness.repository_id
    )
    problems = check_claims(claims, expected, int(effects.clock().timestamp()))
    if problems:
        raise NotProven(" ".join(problems))
    own, called = witness.called, called_workflow_of(claims)
    if own is not None and (called is None or (called.repository, called.path) != (own.repository, own.path)):
        raise NotProven(f"It was made by another job than the one that {own.path} is called for.")


def _issued_before_the_merge(claims: dict[str, JsonValue], pull: PullRequest) -> int:
    """When the token was issued. What is approved after the merge, nobody can have seen before it."""
    issued, merged = issued_at(claims), read_time(pull.merged_at)
    if issued is None or merged is None:
        raise NotProven("Whether it was made before the merge cannot be told.")
    if issued > merged.timestamp() + MAX_CLOCK_SKEW:
        raise NotProven("It was made after the merge.")
    return issued


def _run_of(claims: dict[str, JsonValue], pull: PullRequest, judged: Judged) -> RunKind:
    """The run that may have planned this pull request. The branch of its head says for which one the bot
    would have made it; none is planned by a dispatch on another branch than that takes."""
    environment = judged.environment
    if as_text(claims.get("event_name")) != "workflow_dispatch":
        return PullRequestPlan(pull.number, environment.branch)
    if hotfix_brought_down(pull.head_branch, environment.name) or is_rollback_of(
        pull.head_branch, environment.name
    ):
        return OwnBranchPlan(environment.branch)
    below = judged.settings.below(environment)
    if below is None or not comes_from(pull.head_branch, below, environment):
        return PromotionPlan()
    return PromotionPlan(below.branch)


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
    base = fork_point(pull, tree)
    parents = tree.parents(pull.merge_commit) if tree.has_commit(pull.merge_commit) else ()
    # Of a commit with one parent nobody can tell a squash from the last commit of a rebase.
    before = parents[:1] if len(parents) > 1 else ()
    return tuple(dict.fromkeys(c for c in (base, *before) if c))


def fork_point(pull: PullRequest, tree: WorkTree) -> str | None:
    """The commit of the base branch that a merged pull request came from, however it was merged.

    The parent of the merge would not do: after a rebase it is the pull request's own commit.
    """
    if not tree.has_commit(pull.merge_commit) or pull.merge_commit == pull.head:
        return None  # one that was pushed fast-forward leaves no trace of where it began
    if not tree.has_commit(pull.head):
        try:
            tree.fetch(pull.head)
        except GitopsBotError:
            return None
    parents = tree.parents(pull.merge_commit)
    return tree.merge_base(pull.head, parents[0]) if parents else None
