"""What is missing in an environment: its branch's head compared with the ledger (D12)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from gitops_bot.core.ledger import Entry, EntryState, Ledger

LONGEST_JOB = timedelta(hours=6)
"""GitHub ends a job after this time unless its workflow says otherwise."""
TRIES = 2
"""How many applies of one commit may end badly before a person must act."""


class Step(StrEnum):
    """What reconcile does about an environment."""

    NOTHING = "nothing to do"
    WAIT = "waiting"
    DISPATCH = "dispatched"
    PERSON = "a person must act"


class Judgement(Struct, frozen=True):
    """One step and why, as a clause."""

    step: Step
    why: str


class ApplyCheck(StrEnum):
    """What the head's apply check says. OF_ENTRY: it failed in the run of the head's newest entry.
    OF_LATER_RUN: it failed in another run, which opened no entry."""

    NO_FAILURE = "no failure"
    OF_ENTRY = "of the entry"
    OF_LATER_RUN = "of a later run"


def entry_of(head: str, ledger: Ledger) -> Entry | None:
    """The newest apply of the head since the last success."""
    return next((e for e in ledger.entries if e.commit == head and e.state is not EntryState.SUCCEEDED), None)


def settled(
    head: str | None, ledger: Ledger, now: datetime, run_ended: bool | None = None
) -> Judgement | None:
    """What the ledger alone says; None where the head is missing in it.

    `run_ended`: whether GitHub says that the run of the newest apply is over, None where it does not say.
    """
    newest = ledger.newest
    if head is None:
        return Judgement(Step.NOTHING, "its branch does not exist")
    if newest is None:
        why = "nothing was ever applied; `baseline`, or an apply of its first merge, starts its ledger"
        return Judgement(Step.NOTHING, why)
    if newest.commit != head:
        return None
    if newest.state is EntryState.SUCCEEDED:
        # Not converged is not missing: to apply the same commit again may change nothing about it.
        more = ", but a plan right after it still showed changes" if newest.converged is False else ""
        return Judgement(Step.NOTHING, f"its head is applied{more}")
    over = _is_over(newest, now) if run_ended is None else run_ended
    if newest.state is EntryState.RUNNING and not over:
        return Judgement(Step.WAIT, f"an apply of its head started at {newest.at} and has no end yet")
    return None


def _is_over(entry: Entry, now: datetime) -> bool:
    """Whether no job can still be at it. A time nobody can read is no reason to wait."""
    try:
        started = datetime.fromisoformat(entry.at)
    except ValueError:
        return True
    started = started if started.tzinfo else started.replace(tzinfo=UTC)
    return now - started >= LONGEST_JOB


def missing(head: str, ledger: Ledger, check: ApplyCheck) -> Judgement:
    """What to do about a head that is not applied.

    An apply that ended badly is tried once more, since its cause may have passed. One that was
    blocked, or could not plan, opened no entry and waits for a person.
    """
    tried = [e for e in ledger.entries if e.commit == head and e.state is not EntryState.SUCCEEDED]
    if check is ApplyCheck.OF_LATER_RUN:
        return Judgement(Step.PERSON, "an apply of its head was blocked or failed, and nothing was applied")
    if len(tried) >= TRIES:
        return Judgement(Step.PERSON, f"{len(tried)} applies of its head failed or have no end")
    if not tried:
        return Judgement(Step.DISPATCH, "no apply of its head was recorded")
    if tried[0].state is EntryState.FAILED:
        return Judgement(Step.DISPATCH, "the only apply of its head failed")
    return Judgement(Step.DISPATCH, f"the apply of its head that started at {tried[0].at} never ended")
