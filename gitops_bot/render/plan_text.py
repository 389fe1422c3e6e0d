"""Terraform's plain plan text, cut per resource.

Values can imitate any line of it (an import id with a newline prints a header at its exact column),
so the cut follows the plan's JSON: a header is accepted only if it is that of the next expected
change. One line that looks like a header or a heading and is not the expected one, and nothing is
cut at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gitops_bot.core.drift import relevant_drift
from gitops_bot.core.plan import ChangeKind, Plan, ResourceChange

_TOOL = "(?:Terraform|OpenTofu)"
# The headings in the order of the text, each at most once.
_DRIFT = re.compile(f"Note: Objects have changed outside of {_TOOL}")
_DEFERRED = re.compile(
    "Note: This is a partial plan, parts can only be known in the next plan / apply cycle."
)
_ACTIONS = re.compile(
    f"{_TOOL} (?:will perform the following actions"
    "|planned the following actions, but then encountered a problem):"
)
_SUMMARY = re.compile(r"Plan: \d+ to .*")
_INVOKED = re.compile(rf"{_TOOL} will invoke the following action\(s\):")
_OUTPUTS = re.compile("Changes to Outputs:")
_HEADINGS = (_DRIFT, _DEFERRED, _ACTIONS, _SUMMARY, _INVOKED, _OUTPUTS)

_HEADER = re.compile(r" {1,2}# (?!\(|Warning: )")
_OUTPUT = re.compile(r'  [-+~] ("(?:[^"\\]|\\.)*"|\S+) +[=(]')
_DRIFT_END = ("Unless you have made equivalent changes", "This is a refresh-only plan, so")
_RULE = "────"

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
        "will be removed from Terraform state, but will not be destroyed",
        "will be removed from the Terraform state but will not be destroyed",
        "will be removed from the OpenTofu state but will not be destroyed",
    ),
}


@dataclass(frozen=True, slots=True)
class PlanText:
    """The cut text. `resources` runs parallel to `shown_changes(plan)`.

    `drift` is the section of what changed outside of Terraform, `drift_shown` the entries of
    `plan.drift` that it shows. `deferred`, `outputs` and `invoked` (provider actions on request) are
    sections too, "" where the text has none. When `reliable` is False nothing was cut: `whole` is all
    there is, and `drift_shown` is what Terraform shows by its own rule.
    """

    whole: str
    reliable: bool
    resources: tuple[str, ...] = ()
    drift: str = ""
    drift_shown: tuple[ResourceChange, ...] = ()
    deferred: str = ""
    outputs: str = ""
    invoked: str = ""


class _Imitated(Exception):
    """A line is not where, or what, the plan's JSON leads one to expect."""


def _expect(holds: bool) -> None:
    if not holds:
        raise _Imitated


def has_header(change: ResourceChange) -> bool:
    """Whether Terraform's text shows the change; it passes over the end of a data source."""
    return not (change.kind is ChangeKind.DELETE and change.mode == "data")


def shown_changes(plan: Plan) -> tuple[ResourceChange, ...]:
    """The changes Terraform's text has a header for, in its order."""
    return tuple(c for c in plan.changes if has_header(c))


def _name(change: ResourceChange) -> str:
    return f"{change.address} (deposed object {change.deposed})" if change.deposed else change.address


def _is_header_of(line: str, change: ResourceChange) -> bool:
    text = line.strip(" ")  # OpenTofu leaves a blank before the reason it forgets something for
    if change.kind is ChangeKind.MOVE:
        return text == f"# {change.previous_address} has moved to {_name(change)}"
    if change.kind is ChangeKind.UNKNOWN:
        return text.startswith(f"# {_name(change)} ")
    return any(text == f"# {_name(change)} {ending}" for ending in _ENDINGS[change.kind])


def _is_drift_header_of(line: str, change: ResourceChange) -> bool:
    if change.kind is ChangeKind.MOVE:
        return _is_header_of(line, change)
    ending = "has been deleted" if change.kind is ChangeKind.DELETE else "has changed"
    return line == f"  # {_name(change)} {ending}"


def _block(lines: Sequence[str]) -> str:
    return "\n".join(lines).strip("\n")


class _Sections:
    """Where the headings stand. Each may stand once at most, and after the ones before it."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        # A large plan has hundreds of thousands of lines: the quick tests come first.
        margin = [i for i, line in enumerate(lines) if line and line[0] != " "]
        found = [(i, h) for i in margin for h in _HEADINGS if h.fullmatch(lines[i])]
        self._at = {heading: i for i, heading in found}
        _expect([h for _, h in found] == [h for h in _HEADINGS if h in self._at])
        self._starts = [i for i, _ in found]

    def has(self, heading: re.Pattern[str]) -> bool:
        return heading in self._at

    def span(self, heading: re.Pattern[str]) -> range:
        """The lines below a heading, up to the next one."""
        start = self._at[heading]
        return range(start + 1, next((i for i in self._starts if i > start), len(self._lines)))

    def headers(self, heading: re.Pattern[str]) -> list[int]:
        span, lines = self.span(heading), self._lines
        likely = [i for i, line in enumerate(lines[span.start : span.stop], span.start) if "#" in line]
        return [i for i in likely if _HEADER.match(lines[i])]


def _indented(lines: Sequence[str], span: range) -> str:
    """A section that ends with the first line that begins at the margin."""
    end = next((i for i in span if lines[i] and not lines[i].startswith(" ")), span.stop)
    return _block(lines[span.start : end])


def _resources(lines: Sequence[str], sections: _Sections, plan: Plan) -> tuple[str, ...]:
    changes = shown_changes(plan)
    there = bool(changes or plan.action_invocations)
    _expect(sections.has(_ACTIONS) == sections.has(_SUMMARY) == there)
    if not there:
        return ()
    headers, end = sections.headers(_ACTIONS), sections.span(_ACTIONS).stop
    _expect(len(headers) == len(changes))
    _expect(all(_is_header_of(lines[i], c) for i, c in zip(headers, changes, strict=True)))
    before_the_first = range(sections.span(_ACTIONS).start, headers[0] if headers else end)
    _expect(not any(lines[i].strip() for i in before_the_first))
    return tuple(_block(lines[a:b]) for a, b in pairwise([*headers, end]))


def _matched(
    lines: Sequence[str], headers: Sequence[int], entries: Iterator[ResourceChange]
) -> Iterator[ResourceChange]:
    """The entry of each header. The text may pass over entries, but not add any."""
    for i in headers:
        entry = next((e for e in entries if _is_drift_header_of(lines[i], e)), None)
        if entry is None:
            raise _Imitated
        yield entry


def _drift(lines: Sequence[str], sections: _Sections, plan: Plan) -> tuple[str, tuple[ResourceChange, ...]]:
    if not sections.has(_DRIFT):
        return "", ()
    headers = sections.headers(_DRIFT)
    ends = [i for i in sections.span(_DRIFT) if lines[i].startswith(_DRIFT_END)]
    _expect(len(ends) == 1 and bool(headers) and headers[-1] < ends[0])
    return _block(lines[headers[0] : ends[0]]), tuple(_matched(lines, headers, iter(plan.drift)))


def _deferred(lines: Sequence[str], sections: _Sections, plan: Plan) -> str:
    if not sections.has(_DEFERRED):
        return ""
    headers = sections.headers(_DEFERRED)
    expected = [d.change for d in plan.deferred if d.change.kind is not ChangeKind.NO_OP]
    _expect([lines[i] for i in headers] == [f"  # {c.address} was deferred" for c in expected])
    end = next((i for i in sections.span(_DEFERRED) if lines[i].startswith(_RULE)), None)
    if end is None or not headers or end < headers[-1]:
        raise _Imitated
    return _block(lines[headers[0] : end])


def _output_name(name: str) -> str:
    """As Terraform prints it; all that it accepts are identifiers."""
    return name if name.replace("-", "_").isidentifier() else json.dumps(name)


def _outputs(lines: Sequence[str], sections: _Sections, plan: Plan) -> str:
    if not sections.has(_OUTPUTS):
        return ""
    section = _indented(lines, sections.span(_OUTPUTS))
    names = [m[1] for line in section.split("\n") if (m := _OUTPUT.match(line))]
    changed = iter(sorted(_output_name(o.name) for o in plan.changed_outputs))
    _expect(bool(names) and all(name in changed for name in names))
    return section


def _invoked(lines: Sequence[str], sections: _Sections, plan: Plan) -> str:
    if not sections.has(_INVOKED):
        return ""
    _expect(bool(plan.action_invocations))
    return _indented(lines, sections.span(_INVOKED))


def cut(text: str, plan: Plan) -> PlanText:
    """Cut Terraform's text of `plan` along its resource changes, or not at all."""
    if "\r" in text and text.count("\r\n") == text.count(
        "\n"
    ):  # PowerShell ends every line so, Terraform none
        text = text.replace("\r\n", "\n")
    whole = text.strip("\n")
    lines = text.split("\n")
    try:
        _expect(not any("\n" in c.import_id for c in plan.changes))  # it is printed as it is
        sections = _Sections(lines)
        drift, drift_shown = _drift(lines, sections, plan)
        return PlanText(
            whole=whole,
            reliable=True,
            resources=_resources(lines, sections, plan),
            drift=drift,
            drift_shown=drift_shown,
            deferred=_deferred(lines, sections, plan),
            outputs=_outputs(lines, sections, plan),
            invoked=_invoked(lines, sections, plan),
        )
    except _Imitated:
        return PlanText(whole, reliable=False, drift_shown=relevant_drift(plan))


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
