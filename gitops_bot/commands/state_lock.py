"""State locks: whose they are, and released only where a run of ours left them and provably ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path

from gitops_bot.commands.effects import RunFacts
from gitops_bot.commands.ledger import Book, started_entries
from gitops_bot.commands.project_plans import project_runs
from gitops_bot.core.aws import Phase
from gitops_bot.core.environments import Settings
from gitops_bot.core.ledger import Entry
from gitops_bot.core.locks import ApplyStart, LockStanding, LockVerdict, StateLock, is_own
from gitops_bot.ports import ProjectRun, TerraformRunner

MAX_STARTS = 50
"""How many of the newest applies are looked through for the one that left a lock."""

_WHY = {
    LockStanding.OWN: "run {run} of this environment left it, and has ended",
    LockStanding.NOT_AN_APPLY: "no apply took it, and the plans of this program take none",
    LockStanding.OTHER_WHO: "no apply on record ran as that user on that machine",
    LockStanding.STILL_RUNNING: "run {run} may hold it, and has not ended as far as GitHub says",
    LockStanding.BEFORE_OR_AFTER: "it was taken when no apply on record ran there",
    LockStanding.UNKNOWN: "it does not say who took it, or when",
}


class LockState(StrEnum):
    """What was found of a project's lock, and done about it."""

    FREE = "not locked"
    RELEASED = "released"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class ProjectLock:
    """One project with the lock its state was under. `why` is a clause about whose it is."""

    project: str
    state: LockState
    lock: StateLock | None = None
    why: str = ""

    @property
    def sentence(self) -> str:
        """All of it for people. It quotes what somebody wrote into the backend."""
        if self.lock is None:
            return f"{self.project}: {self.state}."
        held = f"{self.lock.who or 'somebody'} since {self.lock.created or 'an unknown time'}"
        what = "released the lock of" if self.state is LockState.RELEASED else "the state is locked by"
        return f"{self.project}: {what} {held} (ID {self.lock.id}): {self.why}."


def settle(
    project: str, run: ProjectRun, lock: StateLock, terraform: TerraformRunner, book: Book, facts: RunFacts
) -> ProjectLock:
    """Release a lock if a run of ours left it and provably ended. Raises what the ports raise."""
    verdict = judge(lock, book, facts)
    why = _WHY[verdict.standing].format(run=verdict.start.run if verdict.start else "")
    if not verdict.own:
        return ProjectLock(project, LockState.HELD, lock, why)
    terraform.unlock(run, lock.id)
    return ProjectLock(project, LockState.RELEASED, lock, why)


def judge(lock: StateLock, book: Book, facts: RunFacts) -> LockVerdict:
    """Whose a lock is, by the ledger and by what GitHub says of the runs in it.

    This very run is left out: Terraform has just refused it the lock.
    """
    entries = [
        e
        for e in islice(started_entries(book), MAX_STARTS)
        if e.who == lock.who and (e.run, e.attempt) != (facts.id, facts.attempt)
    ]
    return is_own(lock, [_start(e, book) for e in reversed(entries)])


def _start(entry: Entry, book: Book) -> ApplyStart:
    found = book.effects.host.workflow_run(entry.run, entry.attempt) if entry.run else None
    ended, ended_at = (found.ended, found.ended_at) if found is not None else (False, "")
    return ApplyStart(entry.run, entry.attempt, entry.who, entry.at, ended, ended_at)


def unlock_projects(
    book: Book, settings: Settings, root: Path, terraform: TerraformRunner, facts: RunFacts
) -> tuple[ProjectLock, ...]:
    """Look at the lock of every project, and release what is ours. Raises what the ports raise."""
    found = []
    runs = project_runs(settings, book.environment, root, Phase.APPLY)
    for project, run in zip(settings.projects, runs, strict=True):
        book.effects.step.log(f"{book.environment.name}: looking for a lock of {project.name}")
        lock = terraform.lock_of(run)
        if lock is None:
            found.append(ProjectLock(project.name, LockState.FREE))
        else:
            found.append(settle(project.name, run, lock, terraform, book, facts))
    return tuple(found)


def all_free(found: Sequence[ProjectLock]) -> bool:
    """Whether no lock is left."""
    return all(item.state is not LockState.HELD for item in found)
