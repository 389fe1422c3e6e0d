"""Promotion: the pull request that carries what is applied below, kept current and planned at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from gitops_bot.commands.effects import Effects, RunFacts, check_history
from gitops_bot.commands.ledger import Book, announced, read_ledger, was_applied, with_end
from gitops_bot.commands.plan_pull_request import PullRequestToPlan, plan_pull_request
from gitops_bot.commands.promotion_body import read_board_part, read_body
from gitops_bot.commands.propose import left_to_plan, publish_unplanned
from gitops_bot.commands.publish import publish, redactor_for
from gitops_bot.commands.standing import MAX_READ
from gitops_bot.core.content import alike
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import BadInput, ExitCode, GitopsBotError, RunFailed
from gitops_bot.core.events import Part
from gitops_bot.core.ledger import Entry, EntryState
from gitops_bot.core.promotion import comes_from, snapshot_branch
from gitops_bot.core.promotion_pr import PromotionBody
from gitops_bot.core.report import Blocked, BlockReason, Reason, Report, RunStatus
from gitops_bot.ports import BranchRefused, PullRequest
from gitops_bot.render.promotion_body import brief_body, render_body, room_beside, with_body

MAX_LOOKED = 200
"""How many of the newest applies below are looked through for what the target holds: two pages."""


class Promotion(Struct, frozen=True):
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
    notices: list[str] = field(default_factory=list)
    """What went wrong and is worth no failed run; the description says it."""


def promote(
    environment: Environment, part: Part, settings: Settings, effects: Effects, facts: RunFacts
) -> ExitCode:
    """Open the pull request into `environment`, or bring it up to date, and plan it, as far as `part` says.

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
    if effects.tree.tree(applied.commit) != applied.tree:
        raise RunFailed(
            f"The ledger of {below.name} says of {applied.commit[:12]} that it had other content than "
            "it has.",
            f"See who wrote that deployment, then apply {below.name} again.",
        )
    if alike(
        effects.tree.content(target), effects.tree.content(applied.commit), environment.promotion.ignore
    ):
        status, message = _same(environment, below, target, settings, effects)
        for other in _ours(environment, below, effects, facts):
            _close(other, "nothing-left", f"{environment.branch} holds what it carries.", effects)
        return publish_unplanned(status, message, environment, settings, effects, facts)
    commit = _carrier(target, applied, environment, below, settings, effects)
    promotion = Promotion(
        environment, below, applied, target, commit, settings, effects, facts, commit != applied.commit
    )
    if part is Part.PLAN:
        return _plan_what_is_open(promotion)
    pull, moved = _pull_request(promotion)
    effects.step.log(f"Pull request #{pull.number} carries {applied.commit[:12]} into {environment.name}.")
    effects.step.output("promotion-pr", str(pull.number))
    left = left_to_plan(pull.number, moved, part, effects)
    if left:
        return publish_unplanned(RunStatus.PROMOTED, left, environment, settings, effects, facts)
    return _plan(promotion, pull)


def _same(
    environment: Environment, below: Environment, target: str, settings: Settings, effects: Effects
) -> tuple[RunStatus, str]:
    """What to say where the branch holds already what is applied below, but for what differs on purpose."""
    if was_applied(Book(environment, settings.approval, effects), effects.tree.tree(target)):
        message = f"{environment.name} holds what is applied in {below.name} already. Nothing to promote."
        return RunStatus.NO_CHANGES, message
    return RunStatus.BLOCKED, (
        f"{environment.branch} holds what is applied in {below.name}, but it was never applied in "
        f"{environment.name}. Open a pull request into {environment.branch} with an empty commit "
        "(`git commit --allow-empty`): its plan shows what is left to do, and merging approves it."
    )


def _plan_what_is_open(promotion: Promotion) -> ExitCode:
    """Plan what an earlier job opened; nothing where something newer is applied by now."""
    environment, below, effects = promotion.environment, promotion.below, promotion.effects
    found = _open_pulls(environment, below, effects, promotion.facts)
    pull = next((p for p in found if p.head == promotion.commit), None)
    if pull is None:
        message = f"No open pull request carries what is applied in {below.name} by now: nothing is planned."
        return publish_unplanned(
            RunStatus.SUPERSEDED, message, environment, promotion.settings, effects, promotion.facts
        )
    effects.step.output("promotion-pr", str(pull.number))
    return _plan(promotion, pull)


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
    own is lost by a commit on top of it that has exactly the applied content. It has one parent, so that it
    can be merged by a rebase as well. Raises `RunFailed`.
    """
    tree = effects.tree
    merged = tree.merged_tree(target, applied.commit)
    if merged == applied.tree:
        return applied.commit
    wanted = _healed(target, applied, environment, Book(below, settings.approval, effects))
    if wanted is not None and wanted != merged:
        message = f"Promote {below.name} to {environment.name}\n\nThe content of {applied.commit}."
        return tree.write_commit(wanted, (target,), message)
    if merged is None:
        raise _conflict(environment, below)
    return applied.commit  # the target has something of its own, which the verdict names


def _healed(target: str, applied: Entry, environment: Environment, below: Book) -> str | None:
    """The tree that the target is to have, with its own of what differs on purpose; None where it is not as
    any earlier apply below left it."""
    tree, ignore = below.effects.tree, environment.promotion.ignore
    if was_applied(below, tree.tree(target)):
        return applied.tree
    if not ignore:
        return None
    content = tree.content(target)
    read: set[str] = set()
    for deployment in announced(below, MAX_LOOKED):
        if deployment.commit in read or not tree.has_commit(deployment.commit):
            continue
        if len(read) == MAX_READ:
            return None
        read.add(deployment.commit)
        if alike(content, tree.content(deployment.commit), ignore):
            succeeded = with_end(below, deployment).state is EntryState.SUCCEEDED
            return tree.picked_tree(applied.commit, deployment.commit, target) if succeeded else None
    return None


def _conflict(environment: Environment, below: Environment) -> RunFailed:
    return RunFailed(
        f"What is applied in {below.name} conflicts with {environment.branch}.",
        f"{environment.branch} has content that {below.branch} lacks: bring it down by a pull request into "
        "the lowest environment, let it climb, then promote again.",
    )


# --- the pull request ------------------------------------------------------------------------


def _open_pulls(
    environment: Environment, below: Environment, effects: Effects, facts: RunFacts
) -> list[PullRequest]:
    """The open promotions into `environment`, newest first. A fork's branch may have any name, and is none of
    them; that of a fork which is gone has no repository."""
    return [
        pull
        for pull in effects.host.open_pull_requests(environment.branch)
        if comes_from(pull.head_branch, below, environment)
        and pull.head_repository.lower() == facts.repository.lower()
    ]


def _ours(
    environment: Environment, below: Environment, effects: Effects, facts: RunFacts
) -> list[PullRequest]:
    """Those of them that this token opened."""
    pulls = _open_pulls(environment, below, effects, facts)
    own = effects.host.own_login() if pulls else ""
    return [pull for pull in pulls if pull.author == own]


def _pull_request(promotion: Promotion) -> tuple[PullRequest, bool]:
    """The one open pull request of this promotion, and whether it was opened or moved just now."""
    environment, below, host = promotion.environment, promotion.below, promotion.effects.host
    snapshot = snapshot_branch(below.name, environment.name)
    found = _open_pulls(environment, below, promotion.effects, promotion.facts)
    pull = next((p for p in found if p.head == promotion.commit), None)
    source, moved = (pull.head_branch, False) if pull is not None else _source(promotion, snapshot)
    pull = pull or next((p for p in found if p.head_branch == source), None)
    body = _read(promotion)
    opened = pull is None
    if pull is None:
        pull = _open(promotion, source, body)
    if body is not None:
        _describe(promotion, pull, body)
    for other in found:
        if other.number != pull.number and other.author == host.own_login():
            _close(other, f"replaced-by-{pull.number}", f"#{pull.number} replaces this.", promotion.effects)
    return pull, moved or opened


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


def _read(promotion: Promotion) -> PromotionBody | None:
    """What the description says, but for the board; None where it cannot be read."""
    try:
        return read_body(
            promotion.environment,
            promotion.below,
            promotion.entry,
            promotion.target,
            promotion.settings,
            promotion.effects,
            promotion.facts,
            healed=promotion.healed,
        )
    except GitopsBotError as error:
        promotion.effects.step.log(f"The description is not up to date: {error}")
        return None


def _open(promotion: Promotion, source: str, body: PromotionBody | None) -> PullRequest:
    """Open it, as a draft where that is wanted, and ask its reviewers."""
    host, rules = promotion.effects.host, promotion.environment.promotion
    redactor = redactor_for(promotion.settings, promotion.facts.secrets, ())
    text = brief_body(promotion.below.name, promotion.environment.name, promotion.entry.commit)
    if body is not None:
        text = render_body(body, redactor=redactor)
    create = partial(
        host.create_pull_request, _title(promotion), with_body("", text), source, promotion.environment.branch
    )
    try:
        pull = create(rules.draft)
    except RunFailed as error:
        if not rules.draft or "draft" not in error.message:
            raise
        _notice(promotion, "It is no draft", error)
        pull = create(False)
    for label in rules.labels:
        _try(promotion, f"No label {label}", partial(host.add_label, pull.number, label))
    _ask(promotion, pull.number)
    return pull


def _ask(promotion: Promotion, number: int) -> None:
    """Ask the reviewers. GitHub refuses all of them for one whom it does not take; then it is one by one."""
    host, names = promotion.effects.host, promotion.environment.promotion.reviewers
    teams = [name.partition("/")[2] for name in names if "/" in name]
    people = [name for name in names if "/" not in name]
    if len(names) > 1:
        try:
            host.request_reviewers(number, people, teams)
        except GitopsBotError as error:
            promotion.effects.step.log(f"The reviewers are asked one by one: {error}")
        else:
            return
    for name in people:
        _try(promotion, f"{name} is not asked", partial(host.request_reviewers, number, [name], []))
    for name in teams:
        _try(promotion, f"The team {name} is not asked", partial(host.request_reviewers, number, [], [name]))


def _describe(promotion: Promotion, pull: PullRequest, body: PromotionBody) -> None:
    """Bring the description up to date; what people wrote into it stays, and so does the title."""
    board = read_board_part(promotion.settings, promotion.effects, promotion.facts)
    text = render_body(
        replace(body, notices=tuple(promotion.notices), board=board),
        redactor=redactor_for(promotion.settings, promotion.facts.secrets, ()),
        max_bytes=room_beside(pull.body),
    )
    described = with_body(pull.body, text)
    if described == pull.body:
        return
    host = promotion.effects.host
    update = partial(host.update_pull_request, pull.number, pull.title, described)
    _try(promotion, "The description is not up to date", update)


def _close(pull: PullRequest, marker: str, why: str, effects: Effects) -> None:
    """Close an older pull request of ours, and say why."""
    marker = f"gitops-bot:{marker}"
    try:
        effects.host.close_pull_request(pull.number)
    except GitopsBotError as error:
        effects.step.log(f"Pull request #{pull.number} is still open: {error}")
        return
    try:
        effects.host.create_comment(pull.number, f"<!-- {marker} -->\n{why}", marker)
    except GitopsBotError as error:
        effects.step.log(f"Pull request #{pull.number} does not say why it was closed: {error}")


def _try(promotion: Promotion, what: str, do: Callable[[], object]) -> None:
    """Do what is worth no failed run; what went wrong is a notice."""
    try:
        do()
    except GitopsBotError as error:
        _notice(promotion, what, error)


def _notice(promotion: Promotion, what: str, error: GitopsBotError) -> None:
    promotion.notices.append(f"{what}: {error}")
    promotion.effects.step.log(promotion.notices[-1])
