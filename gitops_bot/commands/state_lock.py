"""State locks: whose they are, and released only where a run of ours left them and provably ended."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gitops_bot.commands.effects import RunFacts
from gitops_bot.commands.ledger import Book, outcome_of, started_as
from gitops_bot.commands.project_plans import project_runs
from gitops_bot.core.aws import Phase
from gitops_bot.core.environments import Settings
from gitops_bot.core.errors import CloudRefused, RunFailed
from gitops_bot.core.ledger import Entry, Outcome
from gitops_bot.core.locks import ApplyStart, LockStanding, LockVerdict, StateLock, is_own
from gitops_bot.core.report import ResourceState
from gitops_bot.core.times import read_time
from gitops_bot.ports import ProjectRun, TerraformRunner
from gitops_bot.render.markdown import clip, one_line

MAX_STARTS = 50
"""How many of the newest applies are looked through for the one that left a lock."""
_LONGEST = 100
"""Characters of a lock's fields that are shown; longer ones are no user, host or ID."""

_WHY = {
    LockStanding.OWN: "run {run} of this environment left it, and has ended",
    LockStanding.NOT_AN_APPLY: "no apply took it, and the plans of this program take none",
    LockStanding.OTHER_WHO: "no apply on record ran as that user on that machine",
    LockStanding.STILL_RUNNING: "run {run} may hold it, and GitHub does not say that it has ended",
    LockStanding.UNKNOWN_RUN: "run {run} may hold it, and GitHub knows no such run",
    LockStanding.BEFORE_OR_AFTER: "no apply on record that ran there then can have left it",
    LockStanding.UNKNOWN: "it does not say who took it, or when",
}


class LockState(StrEnum):
    """What was found of a project's lock, and done about it. UNKNOWN: it could not be found out."""

    FREE = "not locked"
    RELEASED = "released"
    HELD = "held"
    UNKNOWN = "unknown"


class ProjectLock(Struct, frozen=True):
    """One project with the lock its state was under. `why` is a clause about whose it is.

    What is shown of a lock is what somebody wrote into the backend: one line without control
    characters, and not escaped for any markup.
    """

    project: str
    state: LockState
    lock: StateLock | None = None
    why: str = ""

    @property
    def who(self) -> str:
        """Who holds or held it."""
        return _shown(self.lock.who) if self.lock else ""

    @property
    def since(self) -> str:
        """When it was taken, by that machine's clock."""
        time = read_time(self.lock.created) if self.lock else None
        return f"{time:%Y-%m-%d %H:%M:%S} UTC" if time else ""

    @property
    def id(self) -> str:
        """Its ID."""
        return _shown(self.lock.id) if self.lock else ""

    @property
    def sentence(self) -> str:
        """All of it for people."""
        if self.lock is None:
            return f"{self.project}: {self.state}{': ' if self.why else ''}{self.why}."
        held = f"{self.who or 'somebody'} since {self.since or 'an unknown time'}"
        what = "released the lock of" if self.state is LockState.RELEASED else "the state is locked by"
        return f"{self.project}: {what} {held} (ID {self.id}): {self.why}."


def _shown(text: str) -> str:
    return clip(one_line(text), _LONGEST)


def settle(
    project: str, run: ProjectRun, lock: StateLock, terraform: TerraformRunner, book: Book, facts: RunFacts
) -> ProjectLock:
    """Release a lock if a run of ours left it and provably ended.

    What cannot be found out or done is said in the answer; raises what else the ports raise.
    """
    try:
        verdict = judge(project, lock, book, facts)
    except RunFailed as error:
        why = f"whose it is could not be found out. {_said(error)}"
        return ProjectLock(project, LockState.HELD, lock, why)
    why = _why(verdict)
    if not verdict.own:
        return ProjectLock(project, LockState.HELD, lock, why)
    try:
        terraform.unlock(run, lock.id)  # by its ID: another lock that has come meanwhile stays
    except RunFailed as error:
        return ProjectLock(project, LockState.HELD, lock, f"{why}. {_said(error)}")
    return ProjectLock(project, LockState.RELEASED, lock, why)


def _why(verdict: LockVerdict) -> str:
    run = verdict.start.run if verdict.start else ""
    if verdict.standing is LockStanding.UNKNOWN_RUN and not run:
        return "an apply that names no run may hold it"
    why = _WHY[verdict.standing].format(run=one_line(run))
    trusted = verdict.own and verdict.start is not None and not verdict.start.proven
    return f"{why}; nothing proves that the ledger's entry of it is genuine" if trusted else why


def _said(error: RunFailed) -> str:
    return one_line(" ".join(str(error).split())).rstrip(".")


def judge(project: str, lock: StateLock, book: Book, facts: RunFacts) -> LockVerdict:
    """Whose a project's lock is, by the ledger and by what GitHub says of the runs in it.

    This very run is left out: Terraform has just refused it the lock.
    """
    found = [
        item
        for item in started_as(book, lock.who, MAX_STARTS)
        if not facts.id or (item[0].run, item[0].attempt) != (facts.id, facts.attempt)
    ]
    found.reverse()
    starts = [_start(entry, proven, book) for entry, _, proven in found]
    while True:
        verdict = is_own(lock, starts)
        if verdict.start is None or not verdict.own:
            return verdict
        index = starts.index(verdict.start)
        if _may_have_left(outcome_of(book, found[index][1]), project):
            return verdict
        starts[index] = replace(verdict.start, may_have_left=False)


def _start(entry: Entry, proven: bool, book: Book) -> ApplyStart:
    found = book.effects.host.workflow_run(entry.run, entry.attempt) if entry.run else None
    ended, ended_at = (found.ended, found.ended_at) if found is not None else (False, "")
    known = found is not None
    return ApplyStart(entry.run, entry.attempt, entry.who, entry.at, ended, ended_at, known, proven)


def _may_have_left(outcome: Outcome | None, project: str) -> bool:
    """Whether an apply may have left a lock on a project's state: not where its own record says that it
    did all of its work there, or none. None is what one did that met another's lock."""
    if outcome is None or not outcome.final:
        return True
    done, failed, _ = outcome.counts
    if outcome.succeeded or done + failed == 0:
        return False
    if not any(p.resources for p in outcome.projects):
        return True  # there was no room for them
    found = outcome.project(project)
    states = {r.state for r in found.resources} if found is not None else set()
    return states not in (set(), {ResourceState.DONE}, {ResourceState.NOT_STARTED})


def unlock_projects(
    book: Book, settings: Settings, root: Path, terraform: TerraformRunner, facts: RunFacts
) -> tuple[ProjectLock, ...]:
    """Look at the lock of every project, and release what is ours.

    One that cannot be looked at keeps none of the others from it. Raises what else the ports raise.
    """
    found = []
    runs = project_runs(settings, book.environment, root, Phase.APPLY)
    for project, run in zip(settings.projects, runs, strict=True):
        book.effects.step.log(f"{book.environment.name}: looking for a lock of {project.name}")
        try:
            lock = terraform.lock_of(run)
        except CloudRefused:  # for every project
            raise
        except RunFailed as error:
            found.append(ProjectLock(project.name, LockState.UNKNOWN, why=_said(error)))
            continue
        if lock is None:
            found.append(ProjectLock(project.name, LockState.FREE))
        else:
            found.append(settle(project.name, run, lock, terraform, book, facts))
    return tuple(found)


def all_free(found: Sequence[ProjectLock]) -> bool:
    """Whether no lock is left."""
    return all(item.state in (LockState.FREE, LockState.RELEASED) for item in found)
