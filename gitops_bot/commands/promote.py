"""Promotion: the pull request that carries what is applied below, kept current and planned at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from gitops_bot.commands.effects import Effects, RunFacts, check_history
from gitops_bot.commands.ledger import Book, read_ledger, was_applied
from gitops_bot.commands.plan_pull_request import PullRequestToPlan, plan_pull_request
from gitops_bot.commands.promotion_body import read_body
from gitops_bot.commands.publish import publish, redactor_for
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import BadInput, ExitCode, GitopsBotError, RunFailed
from gitops_bot.core.ledger import Entry
from gitops_bot.core.promotion import snapshot_branch
from gitops_bot.core.report import Blocked, BlockReason, Reason, Report, RunStatus
from gitops_bot.ports import BranchRefused, PullRequest
from gitops_bot.render.promotion_body import render_body, with_body

ACTIONS_LOGIN = "github-actions[bot]"
"""Who GITHUB_TOKEN writes as. What it opens or pushes starts no run."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """One promotion: `entry` is what is applied below, `commit` carries its content into `target`, the commit
    of the environment's branch. `healed`: that commit is one of ours."""

    environment: Environment
    below: Environment
    entry: Entry
    target: str
    commit: str
    settings: Settings
    effects: Effects
    facts: RunFacts
    healed: bool = False


def promote(environment: Environment, settings: Settings, effects: Effects, facts: RunFacts) -> ExitCode:
    """Open the pull request into `environment`, or bring it up to date, and plan it in this same run.

    What GITHUB_TOKEN opens triggers no run, so nobody else would plan it; with another token its own run
    does. Raises `BadInput` for the lowest environment and `RunFailed` when the content conflicts with the
    target.
    """
    below = settings.below(environment)
    if below is None:
        raise BadInput(
            f"{environment.name} is the lowest environment; there is nothing below to promote.",
            "Open a pull request into it instead.",
        )
    check_history(effects.tree)
    applied = read_ledger(Book(below, settings.approval, effects)).applied
    redactor = redactor_for(settings, facts.secrets, ())
    if applied is None:
        reason = BlockReason(
            Reason.NOT_APPLIED_BELOW, (("environment", environment.name), ("below", below.name))
        )
        report = Report(environment.name, RunStatus.BLOCKED, verdict=Blocked((reason,)), links=facts.links())
        effects.step.log(f"Nothing is applied in {below.name} yet, so there is nothing to promote.")
        return publish(effects.step, report, redactor)
    target = effects.tree.fetch(environment.branch)
    if not effects.tree.has_commit(applied.commit):
        effects.tree.fetch(applied.commit)
    if effects.tree.tree(target) == applied.tree:
        status, message = _same(environment, below, applied, settings, effects)
        report = Report(environment.name, status, links=facts.links(), message=message)
        effects.step.log(message)
        return publish(effects.step, report, redactor)
    commit = _carrier(target, applied, environment, below, settings, effects)
    promotion = Promotion(
        environment, below, applied, target, commit, settings, effects, facts, commit != applied.commit
    )
    pull, moved = _pull_request(promotion)
    effects.step.log(f"Pull request #{pull.number} carries {applied.commit[:12]} into {environment.name}.")
    effects.step.output("promotion-pr", str(pull.number))
    if moved and effects.host.own_login() != ACTIONS_LOGIN:
        message = f"Pull request #{pull.number} was opened or moved, and its own run plans it."
        report = Report(environment.name, RunStatus.PROMOTED, links=facts.links(), message=message)
        effects.step.log(message)
        return publish(effects.step, report, redactor)
    return _plan(promotion, pull)


def _same(
    environment: Environment, below: Environment, applied: Entry, settings: Settings, effects: Effects
) -> tuple[RunStatus, str]:
    """What to say where the branch holds already what is applied below."""
    if was_applied(Book(environment, settings.approval, effects), applied.tree):
        message = f"{environment.name} holds what is applied in {below.name} already. Nothing to promote."
        return RunStatus.NO_CHANGES, message
    return RunStatus.BLOCKED, (
        f"{environment.branch} holds what is applied in {below.name}, but it was never applied in "
        f"{environment.name}. Open a pull request into {environment.branch} with an empty commit "
        "(`git commit --allow-empty`): its plan shows what is left to do, and merging approves it."
    )


def _plan(promotion: Promotion, pull: PullRequest) -> ExitCode:
    effects, environment = promotion.effects, promotion.environment
    folder = effects.scratch / "merge-result"
    merge = effects.tree.merge(promotion.target, promotion.commit, folder)
    if merge is None:
        raise _conflict(environment, promotion.below)
    return plan_pull_request(
        PullRequestToPlan(pull.number, promotion.commit, merge, pull.head_branch),
        environment,
        promotion.settings,
        effects,
        promotion.facts,
        effects.open_tree(folder),
    )


def _carrier(
    target: str,
    applied: Entry,
    environment: Environment,
    below: Environment,
    settings: Settings,
    effects: Effects,
) -> str:
    """The commit to promote: the applied one itself, where merging it gives the applied content.

    After squashes two branches with the same content have no common history, and their merge conflicts or
    keeps what was taken back below. Where the target is as some earlier apply below left it, nothing of its
    own is lost by a commit on top of both that has exactly the applied content. Raises `RunFailed`.
    """
    tree = effects.tree
    merged = tree.merged_tree(target, applied.commit)
    if merged == applied.tree:
        return applied.commit
    if was_applied(Book(below, settings.approval, effects), tree.tree(target)):
        message = f"Promote {below.name} to {environment.name}\n\nThe content of {applied.commit}."
        return tree.write_commit(applied.tree, (target, applied.commit), message)
    if merged is None:
        raise _conflict(environment, below)
    return applied.commit  # the target has something of its own, which the verdict names


def _conflict(environment: Environment, below: Environment) -> RunFailed:
    return RunFailed(
        f"What is applied in {below.name} conflicts with {environment.branch}.",
        f"{environment.branch} has content that {below.branch} lacks: bring it down by a pull request into "
        "the lowest environment, let it climb, then promote again.",
    )


# --- the pull request ------------------------------------------------------------------------


def _pull_request(promotion: Promotion) -> tuple[PullRequest, bool]:
    """The one open pull request of this promotion, and whether it was opened or moved just now."""
    environment, below, host = promotion.environment, promotion.below, promotion.effects.host
    snapshot = snapshot_branch(below.name, environment.name)
    ours = [
        pull
        for pull in host.open_pull_requests(environment.branch)
        if pull.head_branch in (snapshot, below.branch)
        and pull.head_repository.lower() in ("", promotion.facts.repository.lower())
    ]
    existing = next((p for p in ours if p.head == promotion.commit), None)
    source, moved = (existing.head_branch, False) if existing is not None else _source(promotion, snapshot)
    existing = existing or next((p for p in ours if p.head_branch == source), None)
    notices: list[str] = []
    if existing is None:
        pull = _open(promotion, source, notices)
        moved = True
    else:
        pull = existing
    _describe(promotion, pull, notices)
    for other in ours:
        if other.number != pull.number and other.author == host.own_login():
            _replace(other, pull, promotion.effects)
    return pull, moved


def _source(promotion: Promotion, snapshot: str) -> tuple[str, bool]:
    """The branch that stands at the commit to promote, and whether it was moved.

    A snapshot, since the branch below goes on. Where the token may not make one, the branch below itself
    does while it stands at the applied commit. Raises `BranchRefused`.
    """
    effects, below = promotion.effects, promotion.below
    if effects.host.branch_head(snapshot) == promotion.commit:
        return snapshot, False
    try:
        if promotion.healed:
            effects.tree.push(promotion.commit, snapshot)
        else:
            effects.host.set_branch(snapshot, promotion.commit)
    except BranchRefused as refused:
        if effects.host.branch_head(below.branch) != promotion.commit:
            raise
        effects.step.log(f"The pull request comes from {below.branch} itself: {refused}")
        return below.branch, False
    return snapshot, True


def _title(promotion: Promotion) -> str:
    return f"Promote {promotion.below.name} to {promotion.environment.name}"


def _body(promotion: Promotion, notices: list[str]) -> str:
    redactor = redactor_for(promotion.settings, promotion.facts.secrets, ())
    body = read_body(
        promotion.environment,
        promotion.below,
        promotion.entry,
        promotion.target,
        promotion.settings,
        promotion.effects,
        promotion.facts,
        healed=promotion.healed,
        notices=tuple(notices),
    )
    return render_body(body, redactor=redactor)


def _open(promotion: Promotion, source: str, notices: list[str]) -> PullRequest:
    """Open it, as a draft where that is wanted, and ask its reviewers."""
    host, rules, branch = (
        promotion.effects.host,
        promotion.environment.promotion,
        promotion.environment.branch,
    )
    body = with_body("", _body(promotion, notices))
    pull = host.create_pull_request(_title(promotion), body, source, branch, rules.draft)
    for label in rules.labels:
        _try(promotion, notices, f"No label {label}", partial(host.add_label, pull.number, label))
    teams = [name.partition("/")[2] for name in rules.reviewers if "/" in name]
    people = [name for name in rules.reviewers if "/" not in name]
    if rules.reviewers:
        _try(
            promotion,
            notices,
            "Not all reviewers are asked",
            lambda: host.request_reviewers(pull.number, people, teams),
        )
    return pull


def _describe(promotion: Promotion, pull: PullRequest, notices: list[str]) -> None:
    """Bring the description up to date; what people wrote into it stays."""
    body = with_body(pull.body, _body(promotion, notices))
    if (pull.title, pull.body) == (_title(promotion), body):
        return
    _try(
        promotion,
        [],
        "The description is not up to date",
        lambda: promotion.effects.host.update_pull_request(pull.number, pull.title, body),
    )


def _replace(other: PullRequest, by: PullRequest, effects: Effects) -> None:
    """Close an older pull request of ours: one is open for a target."""
    try:
        marker = f"gitops-bot:replaced-by-{by.number}"
        effects.host.create_comment(other.number, f"<!-- {marker} -->\n#{by.number} replaces this.", marker)
        effects.host.close_pull_request(other.number)
    except GitopsBotError as error:
        effects.step.log(f"Pull request #{other.number} is still open: {error}")


def _try(promotion: Promotion, notices: list[str], what: str, do: Callable[[], object]) -> None:
    """Do what is worth no failed run; what went wrong is a notice."""
    try:
        do()
    except GitopsBotError as error:
        notices.append(f"{what}: {error}")
        promotion.effects.step.log(notices[-1])
