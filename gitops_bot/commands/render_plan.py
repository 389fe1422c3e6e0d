"""`gitops-bot render`: a plan's JSON, and optionally its text, as Markdown or JSON, offline."""

from __future__ import annotations

from gitops_bot.core.plan import read_plan
from gitops_bot.core.report import NoChanges, Planned, ProjectReport, Report, RunStatus
from gitops_bot.render.comment import render_comment
from gitops_bot.render.json_output import render_json
from gitops_bot.render.redact import Redactor


def render_plan(
    data: bytes,
    source: str,
    text: str,
    *,
    environment: str,
    project: str,
    as_json: bool,
    max_bytes: int,
) -> str:
    """Render the output of `terraform show -json`. Raises `BadInput` naming `source`."""
    plan = read_plan(data, source)
    outcome = Planned(plan, text) if plan.has_changes else NoChanges(plan)
    status = RunStatus.PLANNED if plan.has_changes else RunStatus.NO_CHANGES
    report = Report(environment, status, (ProjectReport(project, ".", outcome),))
    if as_json:
        return render_json(report)
    redactor = Redactor().with_plans((plan,))
    return render_comment(report, max_bytes=max_bytes, marker="", redactor=redactor)
