"""`gitops-bot plan`: the plan of a work tree as it is, on this machine. It approves nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gitops_bot.commands.project_plans import plan_projects, plan_status, secrets_in
from gitops_bot.commands.publish import exit_code, redactor_for
from gitops_bot.core.aws import Phase
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import ExitCode
from gitops_bot.core.report import Report
from gitops_bot.ports import Progress, TerraformRunner
from gitops_bot.render.comment import render_comment
from gitops_bot.render.json_output import render_json


def plan_local(
    environment: Environment,
    settings: Settings,
    root: Path,
    terraform: TerraformRunner,
    scratch: Path,
    progress: Progress,
    secrets: Callable[[], tuple[str, ...]],
    *,
    as_json: bool,
) -> tuple[ExitCode, str]:
    """Plan the projects below `root`; the exit code and the rendered report.

    `secrets` is asked after the plans, when all of them are known.
    """
    plans = plan_projects(settings, environment, root, terraform, scratch, progress, phase=Phase.PLAN)
    status = plan_status(plans)
    report = Report(
        environment.name,
        status,
        tuple(p.report() for p in plans),
        notices=settings.notices,
        protect=environment.protect,
        stateful=settings.comment.stateful,
    )
    redactor = redactor_for(settings, secrets(), secrets_in(plans))
    if as_json:
        return exit_code(status), render_json(report, redactor=redactor)
    return exit_code(status), render_comment(
        report, max_bytes=settings.comment.max_bytes, marker="", redactor=redactor
    )
