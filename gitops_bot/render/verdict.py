"""The verdict in a comment, written anew while the plan around it stays as it is.

A scheduled run judges again and plans nothing. What it changes is the text between two hidden lines
(render/marks.py), the word for it in the heading, and the state in the comment's first lines.
"""

from __future__ import annotations

import re
from datetime import datetime

from msgspec import Struct

from gitops_bot.core.report import Blocked, Report, RunStatus
from gitops_bot.core.times import shown
from gitops_bot.render.budget import size
from gitops_bot.render.comment import LIMITS, prepared_redactor, template_values, tidy, within
from gitops_bot.render.markdown import clip, inline
from gitops_bot.render.marks import END, Alone, read_begin
from gitops_bot.render.progress import first_lines, state_of
from gitops_bot.render.redact import Redactor
from gitops_bot.render.templates import render_template

_BLOCKED = "⛔"
_ICONS = {Alone.PLANNED: "📋", Alone.DANGEROUS: "⚠️", Alone.MARKED: "🛑", Alone.NO_CHANGES: "✅"}
"""Those of the heading (templates/words.md.j2), for what a verdict can block."""
_JUDGED = (RunStatus.PLANNED, RunStatus.NO_CHANGES, RunStatus.BLOCKED, RunStatus.FAILED)
_HEADING, _FIRST = 2, 4
"""The lines of a comment, from 0: its heading, and the first at which the verdict may begin."""


class _Found(Struct, frozen=True):
    """The lines of a comment, and those of them between which its verdict stands."""

    lines: list[str]
    begin: int
    end: int
    alone: Alone


def render_verdict(
    report: Report,
    *,
    judged_at: datetime | None = None,
    limits: tuple[int, int] = LIMITS[0],
    redactor: Redactor | None = None,
) -> str:
    """The promotion's verdict as it stands in a comment: why, what to do, and the notes.

    Of the report only `environment`, `verdict` and `applying` are looked at. `limits` are rows of each list
    and characters of each text.
    """
    hiding = prepared_redactor(report, redactor)
    said = shown(judged_at) if judged_at is not None else ""
    values = template_values(report, hiding, judged_at=said, brief=False)
    return tidy(render_template("verdict", within(values, limits)))


def replace_verdict(
    body: str,
    report: Report,
    judged_at: datetime,
    *,
    max_bytes: int = 65536,
    redactor: Redactor | None = None,
) -> str | None:
    """A plan's comment with `report.verdict` instead of the one it has; its plan stays as it is.

    None where `body` is not that of a plan into `report.environment` that was judged, or where the verdict
    does not fit into `max_bytes` of UTF-8.
    """
    redactor = prepared_redactor(report, redactor)
    found = _find(body, report.environment)
    heading = _heading(found, report, redactor) if found is not None else None
    if found is None or heading is None:
        return None
    status = _status(found.alone, report)
    before = [first_lines(report.environment, status), heading, *found.lines[_HEADING + 1 : found.begin + 1]]
    after = found.lines[found.end :]
    for block in _blocks(report, judged_at, redactor):
        text = "\n".join([*before, "", *block.strip("\n").split("\n"), "", *after])
        if size(text) <= max_bytes:
            return text
    return None


def _blocks(report: Report, judged_at: datetime, redactor: Redactor) -> list[str]:
    """The verdict at ever shorter lengths, at last without its reasons."""
    blocks = [
        render_verdict(report, judged_at=judged_at, limits=limits, redactor=redactor) for limits in LIMITS
    ]
    values = template_values(report, redactor, judged_at=shown(judged_at), brief=True)
    return [*blocks, tidy(render_template("verdict", within(values, LIMITS[-1])))]


def _find(body: str, environment: str) -> _Found | None:
    """The verdict's place. What a pull request can write stands in one line above it, if at all, so the
    first line of each kind is ours."""
    lines = body.replace("\r\n", "\n").split("\n")
    if state_of(body, environment) not in _JUDGED or END not in lines:
        return None
    for begin in (_FIRST, _FIRST + 2):  # with a message before it
        alone = read_begin(lines[begin]) if begin < len(lines) and not lines[begin - 1] else None
        if alone is not None:
            end = lines.index(END)
            return _Found(lines, begin, end, alone) if begin < end else None
    return None


def _heading(found: _Found, report: Report, redactor: Redactor) -> str | None:
    """The comment's heading as it is with the new verdict; None where it is none of a plan."""
    environment = inline(clip(redactor(clip(report.environment, 60)), LIMITS[0][1]))
    match = re.fullmatch(
        rf"### \S+ (Terraform plan · {re.escape(environment)} · )(?:Blocked · )?(.+)", found.lines[_HEADING]
    )
    if match is None or found.alone not in _ICONS:
        return found.lines[_HEADING] if match is not None else None
    if isinstance(report.verdict, Blocked):
        return f"### {_BLOCKED} {match[1]}Blocked · {match[2]}"
    return f"### {_ICONS[found.alone]} {match[1]}{match[2]}"


def _status(alone: Alone, report: Report) -> RunStatus:
    """How the comment stands with the new verdict."""
    if alone is Alone.FAILED:
        return RunStatus.FAILED
    if alone is Alone.GUARDED or isinstance(report.verdict, Blocked):
        return RunStatus.BLOCKED
    return RunStatus.NO_CHANGES if alone is Alone.NO_CHANGES else RunStatus.PLANNED
