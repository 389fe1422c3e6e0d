"""A Terraform that answers from a script: `ports.TerraformRunner` for tests of the use cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gitops_bot.core.errors import RunFailed
from gitops_bot.core.locks import StateLock
from gitops_bot.core.report import Applied
from gitops_bot.ports import OnInterrupt, PlanErrored, PlanMade, PlanResult, Progress, ProjectRun


@dataclass
class FakeTerraform:
    """`plans` and `applies` hold what each call answers in turn, an exception to raise it;
    `planned`, `applied` and `unlocked` keep what was asked. `early` is what every apply says on
    the way, as after a signal; `locks` are the locks that folders' states are under, or why one cannot
    be found out. `relocked` take the place of those once they were looked at. `said` are lines of
    progress of every apply. `inits` are the folders whose init fails."""

    plans: list[PlanResult | Exception] = field(default_factory=list)
    applies: list[Applied | BaseException] = field(default_factory=list)
    inits: dict[Path, PlanErrored] = field(default_factory=dict)
    lineages: dict[Path, str] = field(default_factory=dict)
    number: str = "1.11.4"
    early: Applied | None = None
    locks: dict[Path, StateLock | Exception] = field(default_factory=dict)
    relocked: dict[Path, StateLock] = field(default_factory=dict)
    user: str = "runner@host"
    said: tuple[str, ...] = ()
    planned: list[ProjectRun] = field(default_factory=list)
    unlocked: list[tuple[Path, str]] = field(default_factory=list)
    applied: list[tuple[ProjectRun, PlanMade]] = field(default_factory=list)

    def version(self) -> str:
        return self.number

    def init(
        self, run: ProjectRun, progress: Progress, on_interrupt: Callable[[], None] | None = None
    ) -> PlanErrored | None:
        progress("initialising")
        return self.inits.get(run.dir)

    def plan(
        self,
        run: ProjectRun,
        plan_file: Path,
        progress: Progress,
        on_interrupt: Callable[[], None] | None = None,
    ) -> PlanResult:
        self.planned.append(run)
        progress("planning")
        answer = self.plans.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def apply(
        self, run: ProjectRun, made: PlanMade, progress: Progress, on_interrupt: OnInterrupt | None = None
    ) -> Applied:
        self.applied.append((run, made))
        for line in ("applying", *self.said):
            progress(line)
        if self.early is not None and on_interrupt is not None:
            on_interrupt(self.early)
        answer = self.applies.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def lineage(self, run: ProjectRun) -> str:
        return self.lineages.get(run.dir, "")

    def lock_of(self, run: ProjectRun) -> StateLock | None:
        found = self.locks.get(run.dir)
        if run.dir in self.relocked:
            self.locks[run.dir] = self.relocked[run.dir]
        if isinstance(found, Exception):
            raise found
        return found

    def unlock(self, run: ProjectRun, lock_id: str) -> None:
        lock = self.locks.get(run.dir)
        if not isinstance(lock, StateLock) or lock.id != lock_id:
            raise RunFailed(f"The lock {lock_id} was not released (force-unlock): it is not there.")
        del self.locks[run.dir]
        self.unlocked.append((run.dir, lock_id))

    def who(self) -> str:
        return self.user
