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
from typing import overload

from msgspec import Struct

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

# Each begins with the newline before the line: so a search through megabytes is many times as fast as with ^.
_BEFORE_HEADING = re.compile("\n[NTOPC](?:ote: |erraform |penTofu |lan: |hanges )")
_BEFORE_HEADER = re.compile(r"\n {1,2}# (?!\(|Warning: )")
_BEFORE_MARGIN = re.compile(r"\n(?=[^ \n])")
_BEFORE_DRIFT_END = re.compile(
    "\n(?=Unless you have made equivalent changes|This is a refresh-only plan, so)"
)
_BEFORE_RULE = re.compile("\n(?=────)")

_OUTPUT = re.compile(r'  [-+~] ("(?:[^"\\]|\\.)*"|\S+) +[=(]')

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


def _block(text: str, start: int, end: int) -> str:
    return text[start:end].strip("\n")


class _Blocks(Sequence[str]):
    """Blocks of a text, each from one place to the next. A large plan has thousands, and a comment shows few:
    they are cut out when they are looked at."""

    def __init__(self, text: str, places: Sequence[int]) -> None:
        self._text, self._places = text, places

    def __len__(self) -> int:
        return max(len(self._places) - 1, 0)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        of = range(len(self))[index]
        return _block(self._text, self._places[of], self._places[of + 1])


class PlanText(Struct, frozen=True):
    """The cut text. `resources` runs parallel to `shown_changes(plan)`: each goes from one of `places` to the
    next.

    `drift` is the section of what changed outside of Terraform, `drift_shown` the entries of
    `plan.drift` that it shows. `deferred`, `outputs` and `invoked` (provider actions on request) are
    sections too, "" where the text has none. When `reliable` is False nothing was cut: `whole` is all
    there is, and `drift_shown` is what Terraform shows by its own rule.
    """

    text: str
    reliable: bool
    places: tuple[int, ...] = ()
    drift: str = ""
    drift_shown: tuple[ResourceChange, ...] = ()
    deferred: str = ""
    outputs: str = ""
    invoked: str = ""

    @property
    def resources(self) -> Sequence[str]:
        """What the text says of each change."""
        return _Blocks(self.text, self.places)

    @property
    def whole(self) -> str:
        """The whole text without empty lines around it."""
        return self.text.strip("\n")


class _Imitated(Exception):
    """A line is not where, or what, the plan's JSON leads one to expect."""


def _expect(holds: bool) -> None:
    if not holds:
        raise _Imitated


def has_header(change: ResourceChange) -> bool:
    """Whether Terraform's text shows the change; it passes over the end of a data source."""
    return not (change.mode == "data" and change.kind is ChangeKind.DELETE)


def shown_changes(plan: Plan) -> tuple[ResourceChange, ...]:
    """The changes Terraform's text has a header for, in its order."""
    return tuple(c for c in plan.changes if has_header(c))


def _name(change: ResourceChange) -> str:
    return f"{change.address} (deposed object {change.deposed})" if change.deposed else change.address


def _is_header_of(line: str, change: ResourceChange) -> bool:
    text = line.strip(" ")  # OpenTofu leaves a blank before the reason it forgets something for
    kind, start = change.kind, f"# {_name(change)} "
    if kind is ChangeKind.MOVE:
        return text == f"# {change.previous_address} has moved to {_name(change)}"
    return text.startswith(start) and (kind is ChangeKind.UNKNOWN or text[len(start) :] in _ENDINGS[kind])


def _is_drift_header_of(line: str, change: ResourceChange) -> bool:
    if change.kind is ChangeKind.MOVE:
        return _is_header_of(line, change)
    ending = "has been deleted" if change.kind is ChangeKind.DELETE else "has changed"
    return line == f"  # {_name(change)} {ending}"


def _line_end(text: str, start: int) -> int:
    """Where the line ends that begins at `start`."""
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _line(text: str, start: int) -> str:
    return text[start : _line_end(text, start)]


class _Sections:
    """Where the headings stand. Each may stand once at most, and after the ones before it.

    A place is where a line begins: a large plan has hundreds of thousands of lines, too many for a list.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        likely = [0, *(m.start() + 1 for m in _BEFORE_HEADING.finditer(text))]
        found = [(i, h) for i in likely for h in _HEADINGS if h.fullmatch(text, i, _line_end(text, i))]
        self._at = {heading: i for i, heading in found}
        _expect([h for _, h in found] == [h for h in _HEADINGS if h in self._at])
        self._starts = [i for i, _ in found]

    def has(self, heading: re.Pattern[str]) -> bool:
        return heading in self._at

    def span(self, heading: re.Pattern[str]) -> tuple[int, int]:
        """From the line below a heading to the next one."""
        start = self._at[heading]
        end = next((i for i in self._starts if i > start), len(self.text))
        return _line_end(self.text, start) + 1, end

    def places(self, before: re.Pattern[str], heading: re.Pattern[str]) -> list[int]:
        """Where the lines of a section begin that `before`, which has the newline before them, finds."""
        start, end = self.span(heading)
        return [m.start() + 1 for m in before.finditer(self.text, start - 1, end)]

    def indented(self, heading: re.Pattern[str]) -> str:
        """A section that ends with the first line that begins at the margin."""
        start, end = self.span(heading)
        margin = _BEFORE_MARGIN.search(self.text, start - 1, end)
        return _block(self.text, start, margin.end() if margin else end)


def _resources(sections: _Sections, plan: Plan) -> tuple[int, ...]:
    changes = shown_changes(plan)
    there = bool(changes or plan.action_invocations)
    _expect(sections.has(_ACTIONS) == sections.has(_SUMMARY) == there)
    if not there:
        return ()
    text = sections.text
    start, end = sections.span(_ACTIONS)
    headers = sections.places(_BEFORE_HEADER, _ACTIONS)
    _expect(len(headers) == len(changes))
    _expect(all(_is_header_of(_line(text, i), c) for i, c in zip(headers, changes, strict=True)))
    _expect(not text[start : headers[0] if headers else end].strip())
    return (*headers, end)


def _matched(
    text: str, headers: Sequence[int], entries: Iterator[ResourceChange]
) -> Iterator[ResourceChange]:
    """The entry of each header. The text may pass over entries, but not add any."""
    for i in headers:
        line = _line(text, i)
        entry = next((e for e in entries if _is_drift_header_of(line, e)), None)
        if entry is None:
            raise _Imitated
        yield entry


def _drift(sections: _Sections, plan: Plan) -> tuple[str, tuple[ResourceChange, ...]]:
    if not sections.has(_DRIFT):
        return "", ()
    headers = sections.places(_BEFORE_HEADER, _DRIFT)
    ends = sections.places(_BEFORE_DRIFT_END, _DRIFT)
    _expect(len(ends) == 1 and bool(headers) and headers[-1] < ends[0])
    shown = tuple(_matched(sections.text, headers, iter(plan.drift)))
    return _block(sections.text, headers[0], ends[0]), shown


def _deferred(sections: _Sections, plan: Plan) -> str:
    if not sections.has(_DEFERRED):
        return ""
    headers = sections.places(_BEFORE_HEADER, _DEFERRED)
    expected = [d.change for d in plan.deferred if d.change.kind is not ChangeKind.NO_OP]
    lines = [_line(sections.text, i) for i in headers]
    _expect(lines == [f"  # {c.address} was deferred" for c in expected])
    ends = sections.places(_BEFORE_RULE, _DEFERRED)
    _expect(bool(ends and headers) and headers[-1] < ends[0])
    return _block(sections.text, headers[0], ends[0])


def _output_name(name: str) -> str:
    """As Terraform prints it; all that it accepts are identifiers."""
    return name if name.replace("-", "_").isidentifier() else json.dumps(name)


def _outputs(sections: _Sections, plan: Plan) -> str:
    if not sections.has(_OUTPUTS):
        return ""
    section = sections.indented(_OUTPUTS)
    names = [m[1] for line in section.split("\n") if (m := _OUTPUT.match(line))]
    changed = iter(sorted(_output_name(o.name) for o in plan.changed_outputs))
    _expect(bool(names) and all(name in changed for name in names))
    return section


def _invoked(sections: _Sections, plan: Plan) -> str:
    if not sections.has(_INVOKED):
        return ""
    _expect(bool(plan.action_invocations))
    return sections.indented(_INVOKED)


def cut(text: str, plan: Plan) -> PlanText:
    """Cut Terraform's text of `plan` along its resource changes, or not at all."""
    if "\r" in text and text.count("\r\n") == text.count(
        "\n"
    ):  # PowerShell ends every line so, Terraform none
        text = text.replace("\r\n", "\n")
    try:
        _expect(not any("\n" in c.import_id for c in plan.changes))  # it is printed as it is
        sections = _Sections(text)
        drift, drift_shown = _drift(sections, plan)
        return PlanText(
            text,
            reliable=True,
            places=_resources(sections, plan),
            drift=drift,
            drift_shown=drift_shown,
            deferred=_deferred(sections, plan),
            outputs=_outputs(sections, plan),
            invoked=_invoked(sections, plan),
        )
    except _Imitated:
        return PlanText(text, reliable=False, drift_shown=relevant_drift(plan))


_MARKER = re.compile(r"( *+)(?:([-+~]) )?")
_HEREDOC = re.compile(r"(?! *#).*<<-?EOT[A-Z_]*(?: # forces replacement)?$")
_HEREDOC_END = re.compile("\n( *+)EOT")


def marker_parts(text: str) -> Iterator[tuple[str, str]]:
    """The text in parts, each with a pattern of the blanks that stand before a marker there.

    Terraform prints markers in any column but the first. Inside a heredoc only a marker at the one column
    where it prints one is taken: the text of the heredoc itself may hold lists.
    """
    done = position = 0
    while (found := text.find("<<", position)) >= 0:
        start, end = text.rfind("\n", 0, found) + 1, _line_end(text, found)
        position = end
        if not _HEREDOC.match(text, start, end):
            continue
        marker = _MARKER.match(text, start, end)
        indent = len(marker[1]) if marker else 0
        column = indent if indent and marker and marker[2] else indent - 2
        closing = (m for m in _HEREDOC_END.finditer(text, end) if len(m[1]) <= column + 2)
        position = next((m.start() + 1 for m in closing), len(text))
        if end < position:
            yield text[done : end + 1], " ++"
            yield text[end + 1 : position], f" {{{column + 4}}}"
            done = position
    yield text[done:], " ++"


def shift_markers(text: str) -> str:
    """Move Terraform's markers to the first column, where GitHub colours them; `~` becomes `!`."""
    return "".join(
        re.sub(f"^({blanks})([-+~]) ", _shifted, part, flags=re.MULTILINE)
        for part, blanks in marker_parts(text)
    )


def _shifted(marker: re.Match[str]) -> str:
    return f"{'!' if marker[2] == '~' else marker[2]}{marker[1]} "
