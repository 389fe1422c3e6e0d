"""A report as annotations of a check run: what a reviewer meets at the lines of the files.

GitHub shows them as plain text, beside the lines of a pull request and on the check's own page.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from gitops_bot.core.blocks import Block, block_of
from gitops_bot.core.guards import destroys
from gitops_bot.core.json_values import Path
from gitops_bot.core.plan import ChangeKind, Plan, ResourceChange
from gitops_bot.core.report import (
    Diagnostic,
    NoChanges,
    Planned,
    ProjectReport,
    Report,
    Severity,
)
from gitops_bot.core.risk import Mark, Risk, mark_of, risk_of
from gitops_bot.ports import Annotation, AnnotationLevel
from gitops_bot.render.markdown import clip, one_line, visible
from gitops_bot.render.redact import Redactor

MAX_ANNOTATIONS = 200
_LONGEST_TITLE = 255
"""Characters, GitHub's limit. https://docs.github.com/en/rest/checks/runs"""
_LONGEST_MESSAGE = 4000
"""Characters; GitHub takes 64 KiB, of which a request holds 50."""
_NAMED = 20
"""How many instances of a resource are named at its block."""
_ERROR, _WARNING = Risk.LOSS_OF_PROTECTED - 1, Risk.DRIFT + 1
_MARKS = {
    Mark.PROTECTED: "It is protected in this environment: no apply does this unless the guards are lifted.",
    Mark.STATEFUL: "Resources of this type hold data, which is lost with them.",
}


class Place(Struct, frozen=True):
    """A line (from 1) of a file of the repository."""

    path: str
    line: int


class _Ranked(Struct, frozen=True):
    rank: int
    note: Annotation


def render_annotations(
    report: Report, places: Mapping[Block, Place], redactor: Redactor
) -> tuple[Annotation, ...]:
    """At most 200 annotations, the most dangerous first; the last one says how many were left out.

    Errors and warnings stand where Terraform says, losses of resources at their block where `places`
    knows it. What is in no file of the repository has none.
    """
    hide = redactor.with_plans(_plans(report))
    ranked = [r for project in report.projects for r in _of_project(project, report, places, hide)]
    notes = list(dict.fromkeys(r.note for r in sorted(ranked, key=_order)))
    if len(notes) > MAX_ANNOTATIONS:
        left_out = len(notes) - MAX_ANNOTATIONS
        last = notes[MAX_ANNOTATIONS - 1]
        said = f"{last.message}\n\n{left_out} more are not annotated; the comment has them."
        notes[MAX_ANNOTATIONS - 1 :] = [replace(last, message=said)]
    return tuple(notes)


def lost_blocks(report: Report) -> frozenset[Block]:
    """The blocks of everything that the plans of all projects destroy or replace."""
    return frozenset(block for project in report.projects for block in _lost(project))


def _order(ranked: _Ranked) -> tuple[int, str, int]:
    return ranked.rank, ranked.note.path, ranked.note.start_line


def _plans(report: Report) -> Iterator[Plan]:
    return (p.plan.plan for p in report.projects if isinstance(p.plan, Planned | NoChanges))


def _lost(project: ProjectReport) -> dict[Block, list[ResourceChange]]:
    found: dict[Block, list[ResourceChange]] = {}
    if isinstance(project.plan, Planned | NoChanges):
        plan = project.plan.plan
        for change in plan.resource_changes:
            if destroys(change) and (block := block_of(change, plan.configuration, project.dir)):
                found.setdefault(block, []).append(change)
    return found


def _of_project(
    project: ProjectReport, report: Report, places: Mapping[Block, Place], redactor: Redactor
) -> Iterator[_Ranked]:
    for diagnostic in project.diagnostics:
        yield from _diagnostic(diagnostic, redactor)
    for block, changes in _lost(project).items():
        if (place := places.get(block)) is not None:
            yield from _loss(block, changes, place, report, project.project, redactor)


def _diagnostic(diagnostic: Diagnostic, redactor: Redactor) -> Iterator[_Ranked]:
    is_error = diagnostic.severity is Severity.ERROR
    said = diagnostic.detail or diagnostic.summary
    if diagnostic.address:
        said = f"{said}\n\nwith {diagnostic.address}"
    yield from _note(
        _ERROR if is_error else _WARNING,
        Place(diagnostic.file, diagnostic.line),
        AnnotationLevel.FAILURE if is_error else AnnotationLevel.WARNING,
        diagnostic.summary,
        said,
        redactor,
    )


def _loss(
    block: Block,
    changes: Sequence[ResourceChange],
    place: Place,
    report: Report,
    project: str,
    redactor: Redactor,
) -> Iterator[_Ranked]:
    """One annotation for all instances of a block."""
    marks = [mark_of(change, report.protect, report.stateful) for change in changes]
    verbs = {"Replaces" if c.kind is ChangeKind.REPLACE else "Destroys" for c in changes}
    verb = verbs.pop() if len(verbs) == 1 else "Destroys or replaces"
    what = changes[0].address if len(changes) == 1 else f"{len(changes)} of {block.type}.{block.name}"
    where = f" in {project}" if len(report.projects) > 1 else ""
    lines = [_line(change) for change in changes[:_NAMED]]
    if len(changes) > _NAMED:
        lines.append(f"and {len(changes) - _NAMED} more")
    mark = Mark.PROTECTED if Mark.PROTECTED in marks else next(filter(None, marks), None)
    if mark is not None:
        lines.append(_MARKS[mark])
    yield from _note(
        min(risk_of(change, m) for change, m in zip(changes, marks, strict=True)),
        place,
        AnnotationLevel.FAILURE if mark else AnnotationLevel.WARNING,
        f"{verb} {what}{where}",
        "\n".join(lines),
        redactor,
    )


def _line(change: ResourceChange) -> str:
    words = [f"{change.address}: {' and '.join(change.actions)}"]
    if change.deposed:
        words.append(f"of the deposed object {change.deposed}")
    if change.tainted:
        words.append("because it is tainted")
    elif change.kind is ChangeKind.REPLACE and change.replace_paths:
        words.append(f"because of {', '.join(dict.fromkeys(map(_attribute, change.replace_paths)))}")
    return " ".join(words)


def _attribute(path: Path) -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def _note(
    rank: int, place: Place, level: AnnotationLevel, title: str, message: str, redactor: Redactor
) -> Iterator[_Ranked]:
    path = _in_repository(place.path)
    if path is None or redactor(path) != path:
        return
    line = max(place.line, 1)
    shown = clip(visible(redactor(message)).strip() or "-", _LONGEST_MESSAGE)
    yield _Ranked(
        rank,
        Annotation(path, line, line, level, clip(one_line(redactor(title)), _LONGEST_TITLE), shown),
    )


def _in_repository(path: str) -> str | None:
    """A file's path without detours; None for one outside of the repository, and for what is no file,
    such as `<value for var.size>`."""
    if not path or path.startswith("/") or not path.isprintable():
        return None
    plain = posixpath.normpath(path)
    parts = plain.split("/")
    if parts[0] == ".." or ".terraform" in parts or any(part.startswith("<") for part in parts):
        return None
    return plain
