"""A project's plan as pieces of Markdown, each to be shown whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from gitops_bot.core.json_values import as_object, as_text
from gitops_bot.core.plan import ChangeKind, Plan, ResourceChange
from gitops_bot.core.report import NoChanges, PlanFailed, Planned, ProjectReport
from gitops_bot.render import markdown, plan_text, synthetic
from gitops_bot.render.budget import Piece, size
from gitops_bot.render.redact import Redactor

DANGEROUS = frozenset({ChangeKind.DELETE, ChangeKind.REPLACE, ChangeKind.UNKNOWN})
_RISK = {
    ChangeKind.DELETE: 0,
    ChangeKind.REPLACE: 1,
    ChangeKind.UNKNOWN: 2,
    ChangeKind.FORGET: 3,
    ChangeKind.UPDATE: 4,
    ChangeKind.CREATE: 6,
    ChangeKind.IMPORT: 7,
    ChangeKind.MOVE: 8,
    ChangeKind.READ: 9,
}
_OUTPUTS_RISK, _DRIFT_RISK, _WHOLE_RISK = 5, 10, 3
_ICONS = {
    ChangeKind.DELETE: "🔴",
    ChangeKind.REPLACE: "🔴",
    ChangeKind.UNKNOWN: "❓",
    ChangeKind.FORGET: "👋",
    ChangeKind.UPDATE: "🟡",
    ChangeKind.CREATE: "🟢",
    ChangeKind.IMPORT: "📥",
    ChangeKind.MOVE: "🚚",
    ChangeKind.READ: "🔎",
}
_LONGEST_NAME = 300


def plan_of(project: ProjectReport) -> Plan | None:
    """The project's plan, None when planning failed."""
    match project.plan:
        case Planned(plan=plan) | NoChanges(plan=plan):
            return plan
        case PlanFailed():
            return None
        case _:
            assert_never(project.plan)


def failed_checks(plan: Plan) -> tuple[tuple[str, str], ...]:
    """The name and message of every `check` and condition that does not hold."""
    failed = [c for c in plan.checks if c.status in ("fail", "error")]
    return tuple((c.address, message) for c in failed for message in c.problems or ("",))


def action_names(plan: Plan) -> tuple[str, ...]:
    """The addresses of the provider actions (newer than Terraform 1.13) the plan would run."""
    entries = [as_object(entry) for entry in plan.action_invocations]
    return tuple(as_text(e.get("address")) or as_text(e.get("type")) or "unnamed" for e in entries)


def _action(change: ResourceChange) -> str:
    words = [change.kind.value]
    if change.kind is ChangeKind.UNKNOWN:
        words.append(f"({', '.join(change.actions)})")
    if change.importing and change.kind is not ChangeKind.IMPORT:
        words.append("and import")
    if change.previous_address and change.kind is not ChangeKind.MOVE:
        words.append("and move")
    return " ".join(words)


def _block(title: str, diff: str, opened: bool) -> str:
    start = "<details open>" if opened else "<details>"
    return f"{start}<summary>{title}</summary>\n\n{markdown.fence(diff, 'diff')}\n\n</details>\n"


def _resource(section: int, change: ResourceChange, diff: str, redactor: Redactor) -> Piece:
    name = f"{change.address} (deposed {change.deposed})" if change.deposed else change.address
    shown = markdown.clip(redactor(name), _LONGEST_NAME)
    action = markdown.inline(markdown.clip(redactor(_action(change)), _LONGEST_NAME))
    opened = change.kind in DANGEROUS
    return Piece(
        section=section,
        group="danger" if opened else "change",
        risk=_RISK.get(change.kind, 2),
        address=change.address,
        action=change.kind.value,
        text=_block(f"{_ICONS.get(change.kind, '')} {markdown.html_code(shown)} · {action}", diff, opened),
        line=f"- {markdown.code(shown)} · {action}\n",
    )


def _part(section: int, group: str, risk: int, diff: str) -> Piece:
    return Piece(section, group, risk, "", group, markdown.fence(diff, "diff") + "\n", f"- {group}\n")


def _from_json(section: int, changes: Sequence[ResourceChange], redactor: Redactor) -> list[Piece]:
    return [_resource(section, c, redactor(synthetic.resource_diff(c)), redactor) for c in changes]


def _from_text(section: int, plan: Plan, text: plan_text.PlanText, redactor: Redactor) -> list[Piece]:
    shown = plan_text.shown_changes(plan)
    pieces = [
        _resource(section, change, plan_text.shift_markers(redactor(diff)), redactor)
        for change, diff in zip(shown, text.resources, strict=True)
    ]
    without_header = [c for c in plan.changes if not plan_text.has_header(c)]
    pieces += _from_json(section, without_header, redactor)
    for group, risk, part in (("outputs", _OUTPUTS_RISK, text.outputs), ("drift", _DRIFT_RISK, text.drift)):
        if part:
            pieces.append(_part(section, group, risk, plan_text.shift_markers(redactor(part))))
    return pieces


def _without_text(section: int, plan: Plan, redactor: Redactor) -> list[Piece]:
    pieces = _from_json(section, plan.changes, redactor)
    if plan.changed_outputs:
        pieces.append(_part(section, "outputs", _OUTPUTS_RISK, redactor(synthetic.outputs_diff(plan))))
    if plan.drift:
        pieces.append(_part(section, "drift", _DRIFT_RISK, redactor(synthetic.drift_diff(plan))))
    return pieces


def project_pieces(
    section: int, project: ProjectReport, redactor: Redactor, room: int
) -> tuple[list[Piece], str]:
    """The pieces of one project's plan, and how they came about.

    That is "terraform", "json" (there was no text), "whole" (the text could not be cut and is one
    piece) or "too-long" (nor would it fit into `room` bytes, so the diffs are made from the JSON).
    """
    plan = plan_of(project)
    if plan is None:
        return [], "terraform"
    if not isinstance(project.plan, Planned) or not project.plan.text:
        return _without_text(section, plan, redactor), "json"
    text = plan_text.cut(project.plan.text, plan)
    if text.reliable:
        return _from_text(section, plan, text, redactor), "terraform"
    whole = redactor(text.whole)
    if size(whole) * 2 > room:
        return _without_text(section, plan, redactor), "too-long"
    dangerous = [c for c in plan.changes if c.kind in DANGEROUS]
    return [*_from_json(section, dangerous, redactor), _part(section, "text", _WHOLE_RISK, whole)], "whole"
