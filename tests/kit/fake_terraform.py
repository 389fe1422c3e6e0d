"""A Terraform that answers from a script: `ports.TerraformRunner` for tests of the use cases."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from gitops_bot.core.report import Applied
from gitops_bot.ports import PlanMade, PlanResult, Progress, ProjectRun


@dataclass
class FakeTerraform:
    """`plans` and `applies` hold what each call answers in turn, an exception to raise it;
    `planned` and `applied` keep what was asked."""

    plans: list[PlanResult | Exception] = field(default_factory=list)
    applies: list[Applied | BaseException] = field(default_factory=list)
    lineages: dict[Path, str] = field(default_factory=dict)
    number: str = "1.11.4"
    planned: list[ProjectRun] = field(default_factory=list)
    applied: list[tuple[ProjectRun, PlanMade]] = field(default_factory=list)

    def version(self) -> str:
        return self.number

    def plan(self, run: ProjectRun, plan_file: Path, progress: Progress) -> PlanResult:
        self.planned.append(run)
        progress("planning")
        answer = self.plans.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def apply(self, run: ProjectRun, made: PlanMade, progress: Progress) -> Applied:
        self.applied.append((run, made))
        progress("applying")
        answer = self.applies.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def lineage(self, run: ProjectRun) -> str:
        return self.lineages.get(run.dir, "")
