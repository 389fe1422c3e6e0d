"""Terraform's plain plan text, cut per resource.

Values can imitate any line of it (an import id with a newline prints a header at its exact column),
so the cut follows the plan's JSON: a header is accepted only if it is that of the next expected
change. One line that looks like a header and is not the expected one, and nothing is cut at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from gitops_bot.core.plan import ChangeKind, Plan, ResourceChange

DRIFT_START = "Note: Objects have changed outside of Terraform"
ACTIONS_START = "Terraform will perform the following actions:"
OUTPUTS_START = "Changes to Outputs:"
_SUMMARY = re.compile(r"Plan: \d+ to ")
_HEADER = re.compile(r" {1,2}# (?!\(|Warning: )")
_HEADINGS = (DRIFT_START, ACTIONS_START, OUTPUTS_START)

_ENDINGS: dict[ChangeKind, tuple[str, ...]] = {
    ChangeKind.CREATE: ("will be created",),
    ChangeKind.READ: ("will be read during apply",),
    ChangeKind.UPDATE: ("will be updated in-place",),
    ChangeKind.REPLACE: (
        "must be replaced",
        "is tainted, so must be replaced",
        "is tainted, so it must be replaced",
        "will be replaced, as requested",
        "will be replaced due to changes in replace_triggered_by",
    ),
    ChangeKind.DELETE: ("will be destroyed",),
    ChangeKind.IMPORT: ("will be imported",),
    ChangeKind.FORGET: (
        "will no longer be managed by Terraform, but will not be destroyed",
        "will be removed from the Terraform state but will not be destroyed",
        "will be removed from the OpenTofu state but will not be destroyed",
    ),
}


@dataclass(frozen=True, slots=True)
class PlanText:
    """The cut text. `resources` runs parallel to `shown_changes(plan)`.

    When `reliable` is False nothing was cut: `whole` is all there is.
    """

    whole: str
    reliable: bool
    resources: tuple[str, ...] = ()
    drift: str = ""
    outputs: str = ""


def has_header(change: ResourceChange) -> bool:
    """Whether Terraform's text shows the change; it passes over the end of a data source."""
    return not (change.kind is ChangeKind.DELETE and change.mode == "data")


def shown_changes(plan: Plan) -> tuple[ResourceChange, ...]:
    """The changes Terraform's text has a header for, in its order."""
    return tuple(c for c in plan.changes if has_header(c))


def _is_header_of(line: str, change: ResourceChange) -> bool:
    name = f"{change.address} (deposed object {change.deposed})" if change.deposed else change.address
    text = line.lstrip(" ")
    if change.kind is ChangeKind.MOVE:
        return text == f"# {change.previous_address} has moved to {name}"
    if change.kind is ChangeKind.UNKNOWN:
        return text.startswith(f"# {name} ")
    return any(text == f"# {name} {ending}" for ending in _ENDINGS[change.kind])


def _position(lines: Sequence[str], heading: str) -> int | None:
    """Where a section starts, -1 when it does not; None when a value imitates it."""
    found = [i for i, line in enumerate(lines) if line == heading]
    if len(found) > 1:
        return None
    return found[0] if found else -1


def _headers(lines: Sequence[str], changes: Sequence[ResourceChange], start: int) -> list[int] | None:
    """The line of each change's header, None unless they are exactly the expected ones."""
    found = [i for i in range(start, len(lines)) if _HEADER.match(lines[i])]
    if len(found) != len(changes):
        return None
    expected = all(_is_header_of(lines[i], c) for i, c in zip(found, changes, strict=True))
    return found if expected else None


def _block(lines: Sequence[str]) -> str:
    return "\n".join(lines).strip("\n")


def _outputs(lines: Sequence[str], start: int) -> str:
    end = start + 1
    while end < len(lines) and lines[end].startswith(" "):
        end += 1
    return _block(lines[start + 1 : end])


def _drift(lines: Sequence[str], start: int, actions: int) -> str | None:
    """The drift section's resources; it ends at its closing remark."""
    limit = actions if actions >= 0 else len(lines)
    closing = [i for i in range(start, limit) if lines[i].startswith("Unless you have made equivalent")]
    if len(closing) != 1:
        return None
    first = next((i for i in range(start, closing[0]) if _HEADER.match(lines[i])), closing[0])
    return _block(lines[first : closing[0]])


def cut(text: str, plan: Plan) -> PlanText:
    """Cut Terraform's text of `plan` along its resource changes, or not at all."""
    whole = PlanText(text.strip("\n"), reliable=False)
    lines = text.split("\n")
    drift_at, actions_at, outputs_at = (_position(lines, heading) for heading in _HEADINGS)
    if drift_at is None or actions_at is None or outputs_at is None:
        return whole
    changes = shown_changes(plan)
    if (actions_at >= 0) != bool(changes) or drift_at > actions_at >= 0 or 0 <= outputs_at < actions_at:
        return whole
    if drift_at >= 0 and not plan.drift:
        return whole
    drift = _drift(lines, drift_at, actions_at) if drift_at >= 0 else ""
    if drift is None:
        return whole
    resources = _resources(lines, changes, actions_at, outputs_at) if changes else ()
    if resources is None:
        return whole
    outputs = _outputs(lines, outputs_at) if outputs_at >= 0 else ""
    return PlanText(whole.whole, True, resources, drift, outputs)


def _resources(
    lines: Sequence[str], changes: Sequence[ResourceChange], actions_at: int, outputs_at: int
) -> tuple[str, ...] | None:
    headers = _headers(lines, changes, actions_at + 1)
    ends = [i for i in range(len(lines)) if _SUMMARY.match(lines[i])]
    if headers is None or len(ends) != 1 or ends[0] < headers[-1] or 0 <= outputs_at < ends[0]:
        return None
    if any(lines[i].strip() for i in range(actions_at + 1, headers[0])):
        return None
    bounds = [*headers, ends[0]]
    return tuple(_block(lines[a:b]) for a, b in pairwise(bounds))


_MARKER = re.compile(r"^( +)([-+~]) (.*)$")
_HEREDOC = re.compile(r"^( *)(?:[-+~] )?.*<<-?EOT[A-Z_]*(?: # forces replacement)?$")


def shift_markers(text: str) -> str:
    """Move Terraform's markers to the first column, where GitHub colours them; `~` becomes `!`.

    Inside a heredoc only a marker at the one column where Terraform prints one is taken: the text of
    the heredoc itself may hold lists.
    """
    shifted: list[str] = []
    column = -1
    closing = 0
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip(" "))
        if column >= 0 and indent <= closing and line.lstrip(" ").startswith("EOT"):
            column = -1
        marker = _MARKER.match(line)
        if marker and column in (-1, len(marker[1])):
            sign = "!" if marker[2] == "~" else marker[2]
            shifted.append(f"{sign}{marker[1]} {marker[3]}")
        else:
            shifted.append(line)
        if column < 0 and _HEREDOC.match(line) and not line.lstrip(" ").startswith("#"):
            at = len(marker[1]) if marker else indent - 2
            column, closing = at + 4, at + 2
    return "\n".join(shifted)
