"""Which pull requests a promotion carries, found by contents in the ledgers.

An exact promotion leaves the content as it was: what is applied in dev stands with the same tree in the
ledger of devops, which names the pull requests it came from, and not only the one that promoted it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct


class Listed(Struct, frozen=True):
    """One apply as the ledger announced it. `at` is when it began; `run` the workflow run's id."""

    environment: str
    commit: str
    tree: str
    pull_requests: tuple[int, ...]
    run: str
    at: str


class CarriedPull(Struct, frozen=True):
    """A pull request and the newest apply below that brought it, in `environment`."""

    number: int
    environment: str
    commit: str
    run: str
    at: str


class Carried(Struct, frozen=True):
    """What is applied below and not here yet, newest first. `complete` is False where the ledgers that were
    looked at do not reach back to what is applied here."""

    pulls: tuple[CarriedPull, ...] = ()
    complete: bool = True


def between(listed: Sequence[Listed], newest: str, oldest: str) -> tuple[Listed, ...] | None:
    """The applies, given newest first, from the first with the tree `newest` to right before the next one
    with `oldest`, all of them for "". None where one of the two is not among them."""
    start = next((i for i, entry in enumerate(listed) if entry.tree == newest), None)
    if start is None:
        return None
    rest = listed[start:]
    if not oldest:
        return tuple(rest)
    end = next((i for i, entry in enumerate(rest) if entry.tree == oldest), None)
    return None if end is None else tuple(rest[:end])


def carried_between(ledgers: Iterable[Sequence[Listed]], newest: str, oldest: str) -> Carried:
    """What came between two contents, by the first ledger that has both; they are given lowest first.

    Where none has both, it is what the last one says from `newest` on, and that is not complete.
    """
    last: Sequence[Listed] = ()
    for listed in ledgers:
        last = listed
        found = between(listed, newest, oldest)
        if found is not None:
            return Carried(_pulls(found))
    return Carried(_pulls(between(last, newest, "") or ()), complete=False)


def _pulls(entries: Iterable[Listed]) -> tuple[CarriedPull, ...]:
    found: dict[int, CarriedPull] = {}
    for entry in entries:
        for number in entry.pull_requests:
            pull = CarriedPull(number, entry.environment, entry.commit, entry.run, entry.at)
            found.setdefault(number, pull)
    return tuple(found.values())
