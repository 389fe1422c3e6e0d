"""How the environment below stands: what is applied there, and since when, as `core.promotion.Standing`.

However long its history is, reading it takes a bounded number of requests (docs/reference/limits.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import dropwhile, islice
from typing import TypeAlias

from gitops_bot.commands.drift import drifted
from gitops_bot.commands.ledger import Book, announced, read_ledger, with_end
from gitops_bot.core.content import EMPTY, Candidate, Comparison, Content, carries, compare
from gitops_bot.core.environments import PromotionRules
from gitops_bot.core.json_values import as_text
from gitops_bot.core.ledger import Entry, EntryState
from gitops_bot.core.promotion import Period, Standing
from gitops_bot.core.times import read_time
from gitops_bot.ports import Deployment, WorkTree

MAX_LOOKED = 200
"""How many of the newest applies below are looked through for an earlier one of the same content: two
pages. What was applied before that counts as never applied."""
MAX_READ = 20
"""How many contents of earlier applies are read to find the same one but for the paths that are left out
(`promotion.ignore`, a hotfix's). Without such paths a hash tells, and none is read."""
MAX_STREAK = 10
"""How many applies of the same content in a row are looked at for how long it has stood. Each takes two
requests; content that was applied more often counts as younger than it is."""


def content_of(tree: WorkTree, commit: str) -> Content:
    """A commit's content, fetched where the clone lacks it. Raises `RunFailed` where it cannot be had."""
    if not tree.has_commit(commit):
        tree.fetch(commit)
    return tree.content(commit)


def compare_with_below(
    candidate: Candidate,
    merged: str,
    rules: PromotionRules,
    book: Book,
    exempt: frozenset[str],
    now: datetime,
    at: datetime,
) -> tuple[Standing, Comparison]:
    """The environment below, and how a candidate compares with what is applied there.

    `book` is the ledger below, `merged` the hash of the candidate's tree, `at` as in `Coming`. Raises
    `RunFailed` when something that is needed cannot be read.
    """
    tree, below = book.effects.tree, book.environment
    ledger = read_ledger(book)
    applied = ledger.applied
    if applied is None:
        everything = compare(candidate, EMPTY, EMPTY, rules.ignore, exempt)
        return Standing(below, ledger), everything
    content = content_of(tree, applied.commit)
    comparison = compare(candidate, content, EMPTY, rules.ignore, exempt)
    if comparison.waiting or comparison.foreign:
        branch = tree.content(tree.fetch(below.branch))
        comparison = compare(candidate, content, branch, rules.ignore, exempt)
    listed: Iterable[Deployment] = ()
    if not comparison.exact:
        listed = tuple(announced(book, MAX_LOOKED))
    elif rules.soak:
        listed = announced(book, MAX_LOOKED)  # the first page has nearly always all that is looked at
    same = _same(candidate, merged, rules.ignore, exempt, tree)
    carrying = _carrying(candidate, comparison, applied, same, tree)
    soaked = now - timedelta(seconds=rules.soak)
    period = _period(applied, listed, carrying, soaked, book)
    older = None if comparison.exact else _older(same, applied, tuple(listed), min(at, soaked), book)
    drift = drifted(book, applied)
    return Standing(below, ledger, period, drift, older), comparison


Brought: TypeAlias = Callable[[Deployment], bool]
"""Whether an apply brought the content that is asked for."""


def _same(
    candidate: Candidate, merged: str, ignore: Sequence[str], exempt: frozenset[str], tree: WorkTree
) -> Brought:
    """Whether an apply brought all of the candidate's content, but for the paths that are left out."""
    read: dict[str, bool] = {}

    def same(deployment: Deployment) -> bool:
        commit = deployment.commit
        if _tree(deployment) == merged:
            return True
        if not (ignore or exempt) or (commit not in read and len(read) == MAX_READ):
            return False
        if commit not in read:
            read[commit] = (
                tree.has_commit(commit)
                and compare(candidate, tree.content(commit), EMPTY, ignore, exempt).exact
            )
        return read[commit]

    return same


def _carrying(
    candidate: Candidate, comparison: Comparison, applied: Entry, same: Brought, tree: WorkTree
) -> Brought:
    """Whether an apply brought the content whose time is asked for: all of it, or in the changed files."""

    def carrying(deployment: Deployment) -> bool:
        if _tree(deployment) == applied.tree:
            return True
        if comparison.exact:
            return same(deployment)
        if not tree.has_commit(deployment.commit):
            return False
        return carries(tree.content(deployment.commit), candidate.merged, comparison.changed)

    return carrying


def _period(
    entry: Entry, listed: Iterable[Deployment], carrying: Brought, wanted: datetime, book: Book
) -> Period:
    """The time since an apply's content came, through all successful applies of it right before.

    They are looked through until it is known to have come by the `wanted` time.
    """
    since = _ended(entry)
    earlier = islice(dropwhile(lambda d: d.id != entry.id, listed), 1, 1 + MAX_STREAK)
    for deployment in earlier:
        if since is None or since <= wanted or not carrying(deployment):
            break
        before = with_end(book, deployment)
        if before.state is not EntryState.SUCCEEDED:
            break
        if (ended := _ended(before)) is None:
            break  # as long as is known
        since = ended
    return Period(entry, since)


def period_of(applied: Entry, soak: int, book: Book, now: datetime) -> Period:
    """Since when exactly what an apply brought has stood, as far back as `soak` seconds ask for."""
    listed = announced(book, MAX_LOOKED) if soak else ()
    return _period(applied, listed, lambda d: _tree(d) == applied.tree, now - timedelta(seconds=soak), book)


def _older(
    same: Brought, applied: Entry, listed: Sequence[Deployment], wanted: datetime, book: Book
) -> Period | None:
    """The newest time that exactly this content stood below, before what is applied there now."""
    for index, deployment in enumerate(listed):
        if deployment.id == applied.id or not same(deployment):
            continue
        entry = with_end(book, deployment)
        if entry.state is not EntryState.SUCCEEDED:
            continue
        found = _period(entry, listed, same, wanted, book)
        later = next((d for d in reversed(listed[:index]) if not same(d)), None)
        until = read_time(later.created_at) if later is not None else None
        return Period(found.entry, found.since, until or _ended(entry))
    return None


def _tree(deployment: Deployment) -> str:
    return as_text(deployment.payload.get("tree"))


def _ended(entry: Entry) -> datetime | None:
    return read_time(entry.ended_at or entry.at)
