"""A report as Markdown: the pull request's comment, the job summary and the check runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gitops_bot.core.collector import without_collector
from gitops_bot.core.plan import Plan
from gitops_bot.core.report import (
    Allowed,
    Diagnostic,
    ProjectReport,
    Report,
    ResourceOutcome,
    ResourceState,
    Severity,
)
from gitops_bot.render.budget import Fitted, Piece, fit, size
from gitops_bot.render.markdown import clip, one_line
from gitops_bot.render.marks import END, begin_mark
from gitops_bot.render.pieces import ProjectPieces, action_names, action_of, plan_of, project_pieces
from gitops_bot.render.redact import Redactor, Tally
from gitops_bot.render.templates import render_template
from gitops_bot.render.totals import COLUMNS, totals_of

LIMITS = ((300, 4000), (60, 1000), (15, 300), (4, 120), (1, 60))
"""Rows of each list and characters of each text, from generous to what fits in 2,048 bytes."""
_CHECK_BYTES = 60_000  # GitHub takes 65,535 characters
_LOSSES = {300: 10, 60: 10, 15: 5}
"""How many losses are named above everything else, by rows."""
_OUTER_BYTES = 600  # headings that appear only with the first piece of a group
_MANY = 15
"""From so many blocks on, those that are not dangerous stand below a heading for their module."""
_STATES = (
    ResourceState.FAILED,
    ResourceState.IN_FLIGHT,
    ResourceState.NOT_STARTED,
    ResourceState.DONE,
)
_NOTHING_FITS = Fitted()


class Section(Struct, frozen=True):
    """What a template sees of one project besides the report: counts and the pieces that fit.

    `losses` are the pieces of all that is destroyed, replaced or unknown, shown or not.
    """

    project: ProjectReport
    made: ProjectPieces
    losses: tuple[Piece, ...]
    summary: dict[str, int]
    failed_checks: tuple[tuple[str, str, str], ...]
    unknown_checks: tuple[str, ...]
    outcomes: tuple[ResourceOutcome, ...]
    told: tuple[ResourceOutcome, ...]
    warnings: tuple[Diagnostic, ...]
    errors: tuple[Diagnostic, ...]
    invocations: tuple[str, ...]
    deferred: tuple[tuple[str, str, str], ...]
    unknown_keys: tuple[str, ...]
    errored: bool
    complete: bool
    fitted: Fitted = _NOTHING_FITS

    @property
    def opened(self) -> bool:
        """Whether a reader has to look at it."""
        applied = self.project.applied
        wrong = self.errors or self.errored or self.failed_checks or self.project.uncovered
        return bool(wrong or self.losses or (applied is not None and not applied.succeeded))

    def group(self, name: str) -> list[Piece]:
        """The shown pieces of one group."""
        return [p for p in self.fitted.shown if p.group == name]

    def modules(self) -> list[tuple[str, list[Piece]]]:
        """The shown pieces without the dangerous ones by module; in one group with the name "" when few."""
        pieces = self.group("change")
        names = list(dict.fromkeys(p.module for p in pieces))
        if len(pieces) < _MANY or len(names) < 2:
            return [("", pieces)] if pieces else []
        return [(name or "root module", [p for p in pieces if p.module == name]) for name in names]


def marker(environment: str) -> str:
    """The hidden first line by which a comment is found again."""
    safe = "".join(c if (c.isascii() and c.isalnum()) or c in "-_./" else "_" for c in environment)
    return f"<!-- gitops-bot:comment:{safe.replace('--', '-_')} -->"


def _plans(report: Report) -> list[Plan]:
    return [plan for plan in map(plan_of, report.projects) if plan is not None]


def prepared_redactor(report: Report, redactor: Redactor | None) -> Redactor:
    """The redactor that hides the values of the report's own plans too."""
    return (redactor or Redactor()).with_plans(_plans(report))


def _section(project: ProjectReport, made: ProjectPieces) -> Section:
    plan = plan_of(project)
    outcomes = project.applied.resources if project.applied else ()
    summary = plan.summary() if plan else {}
    checks = plan.checks if plan else ()
    deferred = plan.deferred if plan else ()
    explained = {d.address for d in project.diagnostics if d.severity is Severity.ERROR}
    return Section(
        project=project,
        made=made,
        losses=tuple(p for p in made.pieces if p.group == "danger"),
        summary={name: summary[name] for name in COLUMNS if summary.get(name)},
        failed_checks=tuple(
            (c.address, c.status, p) for c in checks if c.failed for p in c.problems or ("",)
        ),
        unknown_checks=tuple(c.address for c in checks if c.status == "unknown"),
        outcomes=tuple(sorted(outcomes, key=lambda o: _STATES.index(o.state))),
        told=tuple(o for o in outcomes if o.error and o.address not in explained),
        warnings=project.told_besides_checks(Severity.WARNING),
        errors=project.told_besides_checks(Severity.ERROR),
        invocations=action_names(plan) if plan else (),
        deferred=tuple((d.change.address, action_of(d.change), d.reason) for d in deferred),
        unknown_keys=plan.unknown_keys if plan else (),
        errored=plan is not None and plan.errored,
        complete=plan is None or plan.complete,
    )


def _fill(section: Section, index: int, fitted: Fitted) -> Section:
    return replace(
        section,
        fitted=Fitted(
            tuple(p for p in fitted.shown if p.section == index),
            tuple(p for p in fitted.listed if p.section == index),
        ),
    )


def template_values(report: Report, redactor: Redactor, **more: Any) -> dict[str, Any]:
    """What every template sees; `rows` and `chars` are still missing."""
    return {
        "report": report,
        "totals": totals_of(report),
        "redactor": redactor,
        "environment": clip(report.environment, 60),
        **more,
    }


def within(values: dict[str, Any], limits: tuple[int, int], **more: Any) -> dict[str, Any]:
    """Once more with a tally of its own, which the footer reads when all else is rendered."""
    rows, chars = limits
    return {**values, "redactor": Tally(values["redactor"]), "rows": rows, "chars": chars, **more}


@without_collector
def _body(report: Report, redactor: Redactor, max_bytes: int, first_line: str) -> str:
    made = [
        project_pieces(i, p, redactor, max_bytes, report.protect, report.stateful)
        for i, p in enumerate(report.projects)
    ]
    pieces = [piece for of_project in made for piece in of_project.pieces]
    whole = [_section(project, of) for project, of in zip(report.projects, made, strict=True)]
    values = template_values(
        report,
        redactor,
        marker=first_line,
        begin=begin_mark(report) if first_line else "",
        end=END,
        columns=[name for name in COLUMNS if any(name in section.summary for section in whole)],
        losses=sorted((p for p in pieces if p.group == "danger"), key=lambda p: p.risk),
    )

    def rendered(fitted: Fitted, limits: tuple[int, int]) -> str:
        chosen = _chosen(whole, limits[0])
        sections = [_fill(section, i, fitted) for i, section in enumerate(whole) if i in chosen]
        counted = Counter(dict(fitted.counted))
        for piece in pieces:
            if piece.section not in chosen:
                counted[piece.action] += piece.count
        named = _LOSSES.get(limits[0], 0)
        hidden = [(piece.place, piece.hidden) for piece in fitted.shown if piece.hidden]
        left_out = sorted(counted.items(), key=lambda item: _place(item[0]))
        more = {"sections": sections, "counted": left_out, "named": named, "hidden": hidden}
        return tidy(render_template("comment", within(values, limits, **more)))

    for limits in LIMITS:
        here = _of_sections(pieces, _chosen(whole, limits[0]))
        used = size(rendered(Fitted(), limits))
        if used + (_OUTER_BYTES if here else 0) > max_bytes - min(max_bytes // 4, 2000) * bool(here):
            continue
        text = _filled(here, max_bytes, max_bytes - used, partial(rendered, limits=limits))
        if text is not None:
            return text
    for limits in LIMITS[-2:]:
        text = rendered(fit(_of_sections(pieces, _chosen(whole, limits[0])), 0), limits)
        if size(text) <= max_bytes:
            return text
    summary: Counter[str] = Counter()
    for section in whole:
        summary.update(section.summary)
    more = {
        "summary": {name: summary[name] for name in COLUMNS if summary[name]},
        "counted": fit(pieces, 0).counted,
    }
    return tidy(render_template("minimal", within(values, (1, 60), **more)))


def _place(action: str) -> tuple[int, str]:
    """Where an action stands among the counts."""
    return (COLUMNS.index(action) if action in COLUMNS else len(COLUMNS), action)


def _chosen(sections: Sequence[Section], most: int) -> frozenset[int]:
    """Which are shown where not all are: those that lose something, those to look at, those with changes."""

    def rank(index: int) -> tuple[bool, bool, bool]:
        section = sections[index]
        return not section.losses, not section.opened, not section.made.pieces

    return frozenset(sorted(range(len(sections)), key=rank)[:most])


def _of_sections(pieces: Sequence[Piece], chosen: frozenset[int]) -> list[Piece]:
    return [piece for piece in pieces if piece.section in chosen]


def _filled(
    pieces: Sequence[Piece], max_bytes: int, room: int, rendered: Callable[[Fitted], str]
) -> str | None:
    """The text with as many pieces as fit, None when not even their counts do."""
    for _ in range(6):
        text = rendered(fit(pieces, room))
        over = size(text) - max_bytes
        if over <= 0:
            return text
        room -= over + 32
    return None


def tidy(text: str) -> str:
    """One empty line between blocks outside of fences, and one newline at the end."""
    lines: list[str] = []
    closing = ""
    for line in text.split("\n"):
        if closing:
            closing = "" if line == closing else closing
        elif line.startswith("```"):
            closing = line[: len(line) - len(line.lstrip("`"))]
        elif not line.strip() and (not lines or not lines[-1]):
            continue
        lines.append(line)
    return "\n".join(lines).strip("\n") + "\n"


def render_comment(
    report: Report, *, max_bytes: int = 65536, marker: str = "", redactor: Redactor | None = None
) -> str:
    """The pull request's comment in at most `max_bytes` of UTF-8 (2,048 or more).

    `marker` becomes its first line. The plans' sensitive values are hidden with or without a
    `redactor`.
    """
    return _body(report, prepared_redactor(report, redactor), max_bytes, marker)


def render_summary(report: Report, max_bytes: int = 900_000, redactor: Redactor | None = None) -> str:
    """The job summary: the comment with more room (GitHub drops summaries above 1 MiB)."""
    return _body(report, prepared_redactor(report, redactor), max_bytes, "")


def render_check(report: Report, redactor: Redactor | None = None) -> tuple[str, str]:
    """Title (at most 100 characters) and summary (at most 60,000 bytes) of the plan's check run."""
    prepared = prepared_redactor(report, redactor)
    title = render_template("title", within(template_values(report, prepared), (1, 100)))
    return clip(one_line(title.strip()), 100), _body(report, prepared, _CHECK_BYTES, "")


def render_promotion_check(report: Report, redactor: Redactor | None = None) -> tuple[str, str]:
    """Title (at most 100 characters) and summary (at most 60,000 bytes) of the promotion's check run."""
    allowed = report.verdict is None or isinstance(report.verdict, Allowed)
    found = template_values(report, prepared_redactor(report, redactor), allowed=allowed, hidden=[])
    title = render_template("promotion_title", within(found, (1, 100)))
    summary = ""
    for limits in LIMITS:
        summary = tidy(render_template("promotion", within(found, limits)))
        if size(summary) <= _CHECK_BYTES:
            break
    return clip(one_line(title.strip()), 100), summary
