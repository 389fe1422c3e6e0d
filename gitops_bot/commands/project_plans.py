"""Plan every project of an environment, and reduce the plans to approvals and reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from gitops_bot.config.folders import resolve_project
from gitops_bot.core.approval import Approval, approve
from gitops_bot.core.aws import Phase
from gitops_bot.core.coverage import FreshPlan
from gitops_bot.core.environments import Environment, Project, Settings
from gitops_bot.core.hints import hints_of
from gitops_bot.core.ignore import without_ignored
from gitops_bot.core.json_values import as_object, as_text
from gitops_bot.core.plan import ChangeKind, Plan, read_plan
from gitops_bot.core.records import changes_of, key_of_lineage, settled_objects
from gitops_bot.core.report import (
    Diagnostic,
    NoChanges,
    PlanFailed,
    Planned,
    PlanOutcome,
    ProjectReport,
    RunStatus,
    Severity,
)
from gitops_bot.ports import PlanErrored, PlanMade, Progress, ProjectRun, TerraformRunner


class ProjectPlan(Struct, frozen=True):
    """One project with what Terraform said about it. `made` and `plan` are None when it failed.

    `plan` is what is shown and applied; `ignore` are the patterns of what needs no approval in it.
    """

    project: Project
    run: ProjectRun
    outcome: PlanOutcome
    made: PlanMade | None = None
    plan: Plan | None = None
    ignore: tuple[str, ...] = ()

    @property
    def left(self) -> tuple[str, ...]:
        """What this plan still changes, without reads and what is ignored: addresses, and `output.NAME`."""
        if self.plan is None:
            return ()
        plan = without_ignored(self.plan, self.ignore)
        return (
            *dict.fromkeys(c.address for c in plan.changes if c.kind is not ChangeKind.READ),
            *(f"output.{o.name}" for o in plan.changed_outputs),
            *(as_text(as_object(i).get("address")) or "an action" for i in plan.action_invocations),
        )

    @property
    def failed(self) -> bool:
        """Whether Terraform ended in an error."""
        return isinstance(self.outcome, PlanFailed)

    def report(self) -> ProjectReport:
        """This project's part of the report."""
        said = self.made.warnings if self.made else ()
        warnings = tuple(w for w in said if w.severity is Severity.WARNING)
        return ProjectReport(
            self.project.name,
            self.project.dir,
            self.outcome,
            warnings=in_repository(warnings, self.project.dir),
        )

    def fresh(self, made: PlanMade, plan: Plan) -> FreshPlan:
        """The plan as the coverage rule sees it: without what is ignored."""
        counted = without_ignored(plan, self.ignore)
        return FreshPlan(
            self.project.name,
            changes_of(counted, made.sources_digest),
            settled_objects(counted, made.sources_digest),
            plan.terraform_version,
            made.lock_digest,
            key_of_lineage(made.lineage),
            changes_ignored=plan.has_changes and not counted.has_changes,
        )


def in_repository(diagnostics: Sequence[Diagnostic], folder: str) -> tuple[Diagnostic, ...]:
    """Terraform names files relative to the project; readers look for them from the repository's root."""
    return tuple(replace(d, file=str(PurePosixPath(folder, d.file))) if d.file else d for d in diagnostics)


def _outcome(result: PlanMade | PlanErrored, folder: str) -> tuple[PlanOutcome, Plan | None]:
    if isinstance(result, PlanErrored):
        return PlanFailed(result.stage, in_repository(result.diagnostics, folder)), None
    plan = read_plan(result.document, "Terraform's plan")
    if result.program:  # OpenTofu's JSON does not say so, and its approval is none for Terraform
        plan = replace(plan, terraform_version=f"{result.program} {plan.terraform_version}")
    if plan.has_changes:
        return Planned(plan, result.text), plan
    return NoChanges(plan), plan


def project_runs(
    settings: Settings, environment: Environment, root: Path, phase: Phase
) -> tuple[ProjectRun, ...]:
    """Every project as Terraform is to see it. Raises `BadInput` for one that is not as configured."""
    runs = []
    for project in (p.placed(environment.name) for p in settings.projects):
        found = resolve_project(project, environment.name, phase, root)
        writes = phase is Phase.APPLY
        runs.append(ProjectRun(found.dir, found.var_files, found.backend_config, project.workspace, writes))
    return tuple(runs)


def plan_projects(
    settings: Settings,
    environment: Environment,
    root: Path,
    terraform: TerraformRunner,
    scratch: Path,
    progress: Progress,
    *,
    phase: Phase,
    on_interrupt: Callable[[], None] | None = None,
) -> tuple[ProjectPlan, ...]:
    """Plan every project in order. Raises `BadInput` for a folder or file that is not as configured.

    Only an apply's run may create a workspace, and it reads the backend configuration of its own phase.
    """
    projects = tuple(project.placed(environment.name) for project in settings.projects)
    runs = project_runs(settings, environment, root, phase)
    names = [f"{environment.name}: initialising {project.name}" for project in projects]
    stopped = _initialise(dict(zip(runs, names, strict=True)), terraform, progress, on_interrupt)
    plans = []
    for index, (project, run) in enumerate(zip(projects, runs, strict=True)):
        progress(f"{environment.name}: planning {project.name} ({index + 1} of {len(runs)})")
        file = scratch / f"{index}-{project.name}.tfplan"
        result = stopped.get(run) or terraform.plan(run, file, progress, on_interrupt)
        outcome, plan = _outcome(result, project.dir)
        made = result if isinstance(result, PlanMade) else None
        plans.append(ProjectPlan(project, run, outcome, made, plan, settings.approval.ignore))
    return tuple(plans)


def _initialise(
    runs: Mapping[ProjectRun, str],
    terraform: TerraformRunner,
    progress: Progress,
    on_interrupt: Callable[[], None] | None,
) -> dict[ProjectRun, PlanErrored]:
    """Init every folder before the first plan, whose code could watch it; the runs that it failed for.

    `runs` have the line that says which one it is, where there are several. A folder that several
    projects share has its modules after the first one's init; `plan` does the rest.
    """
    stopped: dict[ProjectRun, PlanErrored] = {}
    done: set[Path] = set()
    for run, name in runs.items():
        if run.dir in done:
            continue
        if len(runs) > 1:
            progress(name)
        failed = terraform.init(run, progress, on_interrupt)
        if failed is None:
            done.add(run.dir)
        else:
            stopped[run] = failed
    return stopped


def plan_status(plans: Sequence[ProjectPlan]) -> RunStatus:
    """One word for all projects together."""
    if any(p.failed for p in plans):
        return RunStatus.FAILED
    if all(isinstance(p.outcome, NoChanges) for p in plans):
        return RunStatus.NO_CHANGES
    return RunStatus.PLANNED


def approval_of(
    environment: str, commit: str, plans: Sequence[ProjectPlan], pull_request: int = 0
) -> Approval | None:
    """The approval of these plans; None where one of them failed."""
    projects = []
    for item in plans:
        if item.made is None or item.plan is None:
            return None
        fresh = item.fresh(item.made, item.plan)
        projects.append(
            approve(
                fresh.project,
                fresh.changes,
                terraform_version=fresh.terraform_version,
                lock_digest=fresh.lock_digest,
                key=fresh.key,
                hints=hints_of(fresh.changes, fresh.key),
            )
        )
    return Approval(environment, commit, tuple(projects), pull_request)


def secrets_in(plans: Sequence[ProjectPlan]) -> tuple[Plan, ...]:
    """The plans whose sensitive values a report must not show."""
    return tuple(p.plan for p in plans if p.plan is not None)
