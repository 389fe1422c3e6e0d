"""The hidden lines around the verdict in a comment, so that it can be written anew without a plan.

The line before it says how the comment would stand if the promotion were allowed.
"""

from __future__ import annotations

import re
from enum import StrEnum

from gitops_bot.core.report import Blocked, NoChanges, Reason, Report, RunStatus
from gitops_bot.render.totals import totals_of

END = "<!-- gitops-bot:verdict:end -->"
_BEGIN = re.compile(r"<!-- gitops-bot:verdict:([a-z-]{1,20}) -->")
GUARDS = (Reason.PROTECTED, Reason.TOO_MANY_DESTROYS)
"""Reasons of the plan itself: no later verdict lifts them."""


class Alone(StrEnum):
    """How a plan stands apart from the promotion order: in the words of its status, or more exactly.

    DANGEROUS: it destroys, replaces or does something unknown. MARKED: what is lost is protected or holds
    data. GUARDED: it is blocked whatever the verdict is.
    """

    PLANNED = "planned"
    DANGEROUS = "dangerous"
    MARKED = "marked"
    NO_CHANGES = "no-changes"
    FAILED = "failed"
    GUARDED = "guarded"


def begin_mark(report: Report) -> str:
    """The line before the verdict; "" where a report has none that a later run might change."""
    alone = _alone(report)
    return f"<!-- gitops-bot:verdict:{alone.value} -->" if alone is not None else ""


def read_begin(line: str) -> Alone | None:
    """What the line before a verdict says; None for any other line."""
    found = _BEGIN.fullmatch(line)
    return Alone(found[1]) if found and found[1] in tuple(Alone) else None


def _alone(report: Report) -> Alone | None:
    if report.applying or report.verdict is None or not report.projects:
        return None
    match report.status:
        case RunStatus.FAILED:
            return Alone.FAILED
        case RunStatus.PLANNED | RunStatus.NO_CHANGES | RunStatus.BLOCKED:
            return _of_plan(report)
        case _:
            return None


def _of_plan(report: Report) -> Alone:
    verdict = report.verdict
    if isinstance(verdict, Blocked) and any(reason.reason in GUARDS for reason in verdict.reasons):
        return Alone.GUARDED
    if all(isinstance(project.plan, NoChanges) for project in report.projects):
        return Alone.NO_CHANGES
    totals = totals_of(report)
    if totals["marked"]:
        return Alone.MARKED
    return Alone.DANGEROUS if totals["danger"] + totals["unknown"] else Alone.PLANNED
