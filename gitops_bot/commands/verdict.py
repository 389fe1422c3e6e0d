"""May this content come in? The facts for `core.promotion.judge`, read from git and GitHub.

Asked when a pull request is planned, again by every scheduled run while it is open, and before an apply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from gitops_bot.commands.effects import Effects
from gitops_bot.commands.hotfix import backflow_of, hotfix_of, open_backflows, paths_let_in
from gitops_bot.commands.ledger import Book
from gitops_bot.commands.standing import compare_with_below, content_of
from gitops_bot.core.content import EMPTY, Candidate, Comparison
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.guards import freeze_reason, overridden
from gitops_bot.core.ledger import Ledger
from gitops_bot.core.promotion import Coming, Hotfix, Standing, judge, unused_below
from gitops_bot.core.report import Allowed, Blocked, BlockReason, Verdict
from gitops_bot.core.times import read_time
from gitops_bot.ports import PullRequest, WorkTree


class Incoming(Struct, frozen=True):
    """A pull request to judge. `merged` is the commit or tree that merging it gives, `base` the target's
    commit it is merged into, "" for the first parent of `merged`."""

    number: int
    head: str
    head_branch: str
    merged: str
    base: str = ""


def judge_pull_request(
    incoming: Incoming, environment: Environment, settings: Settings, effects: Effects, tree: WorkTree
) -> Verdict:
    """The verdict on a pull request, as things stand now.

    Raises `RunFailed` when something that is needed cannot be read: then nothing is allowed.
    """
    now, below = effects.clock(), settings.below(environment)
    if below is None:
        return Allowed()
    candidate = Candidate(
        content_of(tree, incoming.base or _base(incoming, environment, tree)),
        tree.content(incoming.merged),
        content_of(tree, incoming.head),
    )
    book = Book(below, settings.approval, effects)
    standing, comparison = compare_with_below(
        candidate, tree.tree(incoming.merged), environment.promotion, book, frozenset(), now, now
    )
    coming = Coming(
        incoming.head_branch,
        now,
        frozen=_freeze(environment, incoming.number, effects, now),
        notes=(
            *unused_below(settings.projects, environment.name, below.name, comparison.changed),
            *open_backflows(environment, settings, effects),
        ),
    )
    verdict = judge(environment, standing, comparison, coming, now)
    if isinstance(verdict, Allowed) or not comparison.changed:
        return verdict
    # Only what is blocked needs to be looked at as a hotfix, or as the way back of one.
    if environment.hotfix is not None:
        pull = effects.host.pull_request(incoming.number)
        coming = replace(coming, hotfix=hotfix_of(pull, environment, effects))
    backflow = backflow_of(_changes(candidate, comparison), environment, settings, effects)
    return judge(environment, standing, comparison, replace(coming, backflow_of=backflow), now)


def _base(incoming: Incoming, environment: Environment, tree: WorkTree) -> str:
    parents = tree.parents(incoming.merged)
    return parents[0] if len(parents) == 2 else tree.fetch(environment.branch)


def _changes(candidate: Candidate, comparison: Comparison) -> Mapping[str, str]:
    """What the candidate makes of each path that it changes, "" for one that it removes."""
    return {path: candidate.merged.get(path, "") for path in comparison.changed}


def _freeze(environment: Environment, number: int, effects: Effects, now: datetime) -> BlockReason | None:
    freeze = freeze_reason(environment, now)
    if freeze is None or environment.override is None:
        return freeze
    return None if overridden(environment, effects.host.labels(number)) else freeze


# --- before an apply -------------------------------------------------------------------------


class ApplyVerdict(Struct, frozen=True):
    """What speaks against applying a commit, and the hotfixes that were let past the promotion order."""

    reasons: tuple[BlockReason, ...] = ()
    hotfixes: tuple[int, ...] = ()
    hotfix_by: tuple[str, ...] = ()


def judge_apply(
    commit: str,
    ledger: Ledger,
    pulls: Sequence[PullRequest],
    rules: Sequence[tuple[Settings, Environment]],
    effects: Effects,
) -> ApplyVerdict:
    """The verdict on what an environment's branch holds at `commit`, under each of these rules.

    What came in since the last apply is judged: by `pulls`, newest first, or without them. It had to be
    what was applied below when the newest of them was merged; where more was pushed since, it has to be now.
    Hotfixes count where every rule lets them in.
    """
    reasons: dict[BlockReason, None] = {}
    hotfixes: list[dict[int, Hotfix]] = []
    for settings, environment in rules:
        verdict, let_in = _judge_commit(commit, ledger, pulls, settings, environment, effects)
        hotfixes.append(let_in)
        if isinstance(verdict, Blocked):
            reasons.update(dict.fromkeys(verdict.reasons))
    numbers = tuple(dict.fromkeys(number for found in hotfixes for number in found))
    by = (login for found in hotfixes for hotfix in found.values() for login in hotfix.by)
    return ApplyVerdict(tuple(reasons), numbers, tuple(dict.fromkeys(by)))


def _merged_at(newest: PullRequest | None, commit: str, tree: WorkTree) -> datetime | None:
    """When the content came in, None where it is not what the newest merge left: what was pushed since is not
    what was judged then."""
    if newest is None or tree.tree(newest.merge_commit) != tree.tree(commit):
        return None
    return read_time(newest.merged_at)


def _judge_commit(
    commit: str,
    ledger: Ledger,
    pulls: Sequence[PullRequest],
    settings: Settings,
    environment: Environment,
    effects: Effects,
) -> tuple[Verdict, dict[int, Hotfix]]:
    below = settings.below(environment)
    if below is None:
        return Allowed(), {}
    tree, now = effects.tree, effects.clock()
    last = content_of(tree, ledger.applied.commit) if ledger.applied is not None else EMPTY
    content = tree.content(commit)
    candidate = Candidate(last, content, content)
    book = Book(below, settings.approval, effects)
    newest = pulls[0] if pulls else None
    at = _merged_at(newest, commit, tree) or now
    coming = Coming(newest.head_branch if newest is not None else environment.branch, at)

    def judged(exempt: frozenset[str]) -> tuple[Verdict, Standing, Comparison]:
        standing, comparison = compare_with_below(
            candidate, tree.tree(commit), environment.promotion, book, exempt, now, at
        )
        return judge(environment, standing, comparison, coming, now), standing, comparison

    verdict, standing, comparison = judged(frozenset())
    if isinstance(verdict, Allowed):
        return verdict, {}
    if backflow_of(_changes(candidate, comparison), environment, settings, effects):
        return Allowed(), {}
    let_in = {}
    if environment.hotfix is not None:
        asked = ((pull, hotfix_of(pull, environment, effects)) for pull in pulls)
        let_in = {pull.number: found for pull, found in asked if found is not None and found.by}
    if not let_in:
        return verdict, {}
    below_applied = standing.ledger.applied
    starts = (last, content_of(tree, below_applied.commit) if below_applied is not None else last)
    oldest_first = tuple(pull for pull in reversed(pulls) if pull.number in let_in)
    exempt = paths_let_in(oldest_first, content, starts, effects)
    verdict, _, _ = judged(exempt)
    return verdict, let_in if isinstance(verdict, Allowed) else {}
