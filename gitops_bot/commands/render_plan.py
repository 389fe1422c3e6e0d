"""`gitops-bot render`: a plan's JSON, and optionally its text, as Markdown, HTML or JSON, offline."""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

from gitops_bot.core.plan import read_plan
from gitops_bot.core.report import NoChanges, Planned, ProjectReport, Report, RunStatus
from gitops_bot.render.comment import render_comment
from gitops_bot.render.html import render_html
from gitops_bot.render.json_output import render_json


class Form(StrEnum):
    """What a plan is rendered to."""

    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"


def render_plan(
    data: bytes,
    source: str,
    text: str,
    *,
    environment: str,
    project: str,
    form: Form,
    max_bytes: int,
) -> str:
    """Render the output of `terraform show -json`. Raises `BadInput` naming `source`.

    `max_bytes` bounds the Markdown alone.
    """
    plan = read_plan(data, source)
    del data  # megabytes
    outcome = Planned(plan, text) if plan.has_changes else NoChanges(plan)
    status = RunStatus.PLANNED if plan.has_changes else RunStatus.NO_CHANGES
    if plan.errored:
        status = RunStatus.FAILED
    report = Report(environment, status, (ProjectReport(project, ".", outcome),))
    match form:
        case Form.MARKDOWN:
            return render_comment(report, max_bytes=max_bytes)
        case Form.HTML:
            return render_html(report)
        case Form.JSON:
            return render_json(report)
        case _:
            assert_never(form)
