"""Locks on Terraform's states: what Terraform says of one, and whose it is.

A job that dies amid an apply leaves its lock in S3. Nobody may release it while a run might still
write, so a lock counts as our own only when a run of ours made it that provably ended.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

APPLY = "OperationTypeApply"
"""`operation` of a lock that an apply took."""
SKEW = timedelta(seconds=5)
"""How far a runner's clock, which a lock is dated by, may be from GitHub's. No more than clocks that are
kept in step: a lock that another Terraform of the same user and host took just before or after an apply
of ours must not pass for ours, and one that is wrongly left alone costs a person one command."""

_LABELS = ("ID", "Path", "Operation", "Who", "Version", "Created")
_INFO = re.compile("^Lock Info:\n" + "\n".join(f"  {label}:(.*)" for label in _LABELS) + "$", re.MULTILINE)
_LABEL = re.compile(rf"^[ \t]*(?:{'|'.join(_LABELS)}):", re.MULTILINE)
_GO_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?) \+0000 UTC"
)


class StateLock(Struct, frozen=True):
    """A lock as Terraform describes it. `operation` is Terraform's word (`APPLY` or another), `who`
    is user@host. `created` is an ISO 8601 time in UTC by that host's clock, "" when it is none.

    All of it is what somebody wrote into the backend: hostile where it is shown.
    """

    id: str
    path: str
    operation: str
    who: str
    version: str
    created: str


def read_lock(text: str) -> StateLock | None:
    """The lock in the detail of the error "Error acquiring the state lock".

    None when there is none, or when it is not in exactly Terraform's form: a value with a newline
    could otherwise pass for the field after it. Source: `LockInfo.String` in Terraform's
    internal/states/statemgr/locker.go.
    """
    found = _INFO.search(text)
    if found is None or len(_LABEL.findall(text)) != len(_LABELS):
        return None
    lock_id, path, operation, who, version, created = (value.strip() for value in found.groups())
    if not lock_id:
        return None
    return StateLock(lock_id, path, operation, who, version, _iso_time(created))


def _iso_time(go_time: str) -> str:
    match = _GO_TIME.fullmatch(go_time)
    text = f"{match[1]}T{match[2]}Z" if match else ""
    return text if _time(text) else ""


class ApplyStart(Struct, frozen=True):
    """One apply that the ledger knows. `who` is what Terraform would have written into its lock.

    `at` is when the entry was opened, `ended_at` when its run ended, both ISO 8601 by GitHub's clock;
    `ended` says that the run provably no longer runs, `known` that GitHub knows it at all, `proven` that
    something shows the entry to be that run's. `may_have_left` is False when its own record says that it
    was done with this state, or never began there.
    """

    run: str
    attempt: int
    who: str
    at: str
    ended: bool
    ended_at: str
    known: bool = True
    proven: bool = True
    may_have_left: bool = True


class LockStanding(StrEnum):
    """Whose a lock is, as far as the ledger tells."""

    OWN = "own"
    NOT_AN_APPLY = "not-an-apply"
    OTHER_WHO = "other-who"
    STILL_RUNNING = "still-running"
    UNKNOWN_RUN = "unknown-run"
    BEFORE_OR_AFTER = "before-or-after"
    UNKNOWN = "unknown"


class LockVerdict(Struct, frozen=True):
    """Whose a lock is. `start` is the apply that left it (OWN), or may hold it (STILL_RUNNING and
    UNKNOWN_RUN)."""

    standing: LockStanding
    start: ApplyStart | None = None

    @property
    def own(self) -> bool:
        """Whether it may be released."""
        return self.standing is LockStanding.OWN


def is_own(lock: StateLock, starts: Sequence[ApplyStart]) -> LockVerdict:
    """Whether an apply among `starts` left the lock and provably ended.

    That holds when an apply took it, by the same user on the same host, between the opening of the
    entry and the end of its run (give or take `SKEW`), that apply may have left a lock, and no other
    apply of that user and host still runs. Where several fit, the last of `starts` is named.
    """
    if lock.operation != APPLY:
        return LockVerdict(LockStanding.NOT_AN_APPLY)
    created = _time(lock.created)
    if not lock.who or created is None:
        return LockVerdict(LockStanding.UNKNOWN)
    same = [s for s in starts if s.who == lock.who]
    if not same:
        return LockVerdict(LockStanding.OTHER_WHO)
    for start in same:
        if not start.ended:
            return LockVerdict(LockStanding.STILL_RUNNING if start.known else LockStanding.UNKNOWN_RUN, start)
    standing = LockStanding.BEFORE_OR_AFTER
    for start in reversed([s for s in same if s.may_have_left]):
        begin, end = _time(start.at), _time(start.ended_at)
        if begin is None or end is None:
            standing = LockStanding.UNKNOWN
        elif created - begin >= -SKEW and created - end <= SKEW:
            return LockVerdict(LockStanding.OWN, start)
    return LockVerdict(standing)


def _time(text: str) -> datetime | None:
    """A time with its offset; without one it would be anybody's guess."""
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
