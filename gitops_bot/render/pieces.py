"""A project's plan as pieces of Markdown, each to be shown whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from operator import itemgetter
from typing import assert_never

from msgspec import Struct

from gitops_bot.core.folding import Fold, fold
from gitops_bot.core.json_values import as_object, as_text, path_text
from gitops_bot.core.plan import ChangeKind, Plan, ResourceChange
from gitops_bot.core.report import NoChanges, PlanFailed, Planned, ProjectReport
from gitops_bot.core.risk import Mark, Risk, mark_of, risk_of
from gitops_bot.render import markdown, plan_text
from gitops_bot.render.budget import Piece, size
from gitops_bot.render.diffs import Diff, Diffs, Source, resource_diffs
from gitops_bot.render.reasons import reason_sentence
from gitops_bot.render.redact import Redactor

DANGEROUS = frozenset({ChangeKind.DELETE, ChangeKind.REPLACE, ChangeKind.UNKNOWN})
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
_MARKED = "🛑"
MARKS = {Mark.PROTECTED: "protected", Mark.STATEFUL: "holds data"}
_PARTS = {
    "outputs": "Changes to outputs",
    "drift": "Changed outside of Terraform",
    "text": "Terraform's text",
}
_OPEN = 5
"""So many dangerous changes are open from the start."""
_LONGEST_NAME = 300
_LONGEST_REASON = 200
_FORCING = 3
"""So many paths that force a replacement are named."""
_KEYS = 4000
"""Characters of instance keys that are listed above a diff that stands for all of them."""
_KEYS_IN_LINE = 60
_NUMBER = re.compile(r"\[([0-9]{1,15})\]")
_FIRST_MODULE = re.compile(r'module\.[^.\["]+')


class ProjectPieces(Struct, frozen=True):
    """The pieces of one project's plan, the most dangerous first, and how their diffs came about.

    `too_long`: Terraform's text could not be cut and is too long to be shown whole. `unshown_drift` counts
    what Terraform recorded as changed outside of it and does not show.
    """

    pieces: tuple[Piece, ...] = ()
    source: Source = Source.TERRAFORM
    too_long: bool = False
    unshown_drift: int = 0


def plan_of(project: ProjectReport) -> Plan | None:
    """The project's plan, None when planning failed."""
    match project.plan:
        case Planned(plan=plan) | NoChanges(plan=plan):
            return plan
        case PlanFailed():
            return None
        case _:
            assert_never(project.plan)


def action_names(plan: Plan) -> tuple[str, ...]:
    """The addresses of the provider actions (newer than Terraform 1.13) the plan would run."""
    entries = [as_object(entry) for entry in plan.action_invocations]
    return tuple(as_text(e.get("address")) or as_text(e.get("type")) or "unnamed" for e in entries)


def action_of(change: ResourceChange) -> str:
    """What happens to the resource, in a few words."""
    words = [change.kind.value]
    if change.kind is ChangeKind.REPLACE:
        words = ["replace, create first" if change.actions[0] == "create" else "replace, destroy first"]
    elif change.kind is ChangeKind.UNKNOWN:
        words.append(f"({', '.join(change.actions)})")
    if change.importing and change.kind is not ChangeKind.IMPORT:
        words.append("and import")
    if change.previous_address and change.kind is not ChangeKind.MOVE:
        words.append("and move")
    if change.unknown_keys:
        words.append(f"(and what this version does not know: {', '.join(change.unknown_keys)})")
    return " ".join(words)


def keys_text(keys: Sequence[str], most: int) -> str:
    """Instance keys in at most about `most` characters, but one in any case; runs of numbers as `[0]-[9]`."""
    parts: list[str] = []
    used = done = 0
    for run in _runs(keys):
        text = run[0] if len(run) == 1 else f"{run[0]}{', ' if len(run) == 2 else '-'}{run[-1]}"
        if parts and used + len(text) > most:
            break
        parts.append(text)
        used += len(text) + 2
        done += len(run)
    rest = len(keys) - done
    return ", ".join(parts) + (f" and {rest} more" if rest else "")


def _runs(keys: Sequence[str]) -> Iterator[list[str]]:
    run: list[str] = []
    last = -2
    for key in keys:
        number = _NUMBER.fullmatch(key)
        value = int(number[1]) if number else -2
        if run and not (number and value == last + 1):
            yield run
            run = []
        run.append(key)
        last = value
    if run:
        yield run


@lru_cache(maxsize=4096)
def _call_in_root(module: str) -> str:
    """The call in the root module that a module's address begins with, "" for the root module itself."""
    found = _FIRST_MODULE.match(module)
    return found[0] if found else module


class _Maker:
    """Makes the pieces of one project."""

    def __init__(self, section: int, redactor: Redactor) -> None:
        self._section, self._redactor = section, redactor

    def _clean(self, text: str, most: int) -> str:
        return markdown.clip(self._redactor(text), most)

    def of_fold(
        self, told: Fold, change: ResourceChange, diffs: Diffs, mark: Mark | None, risk: Risk, opened: bool
    ) -> Piece:
        """Of changes that are the same: `change` is the first of them. It is `opened` only if dangerous."""
        kind = change.kind
        dangerous = kind in DANGEROUS
        return Piece(
            section=self._section,
            group="danger" if dangerous else "change",
            risk=risk,
            action=kind.value,
            make_line=partial(self._line, told, change, mark),
            make=partial(self._block, told, change, mark, diffs, dangerous and opened),
            module=_call_in_root(change.module),
            count=len(told.indices),
            mark=mark or "",
            place=change.address,
        )

    def _line(self, told: Fold, change: ResourceChange, mark: Mark | None) -> str:
        head = self._head(told, change, mark, markdown.code, "{}")
        keys = markdown.code(self._clean(keys_text(told.keys, _KEYS_IN_LINE), _LONGEST_NAME))
        return f"- {head}{f' · {keys}' if told.keys else ''}\n"

    def _head(
        self, told: Fold, change: ResourceChange, mark: Mark | None, code: Callable[[str], str], strong: str
    ) -> str:
        """What is changed, how and why, in one line. `code` shows names, `strong` marks."""
        name = f"{change.address} (deposed {change.deposed})" if change.deposed else change.address
        many = len(told.indices)
        shown = self._redactor(f"{told.resource}[…]" if many > 1 else name)
        words = [code(markdown.clip_middle(shown, _LONGEST_NAME))]
        words += [strong.format(MARKS[mark])] if mark else []
        words.append(markdown.inline(self._clean(action_of(change), _LONGEST_NAME)))
        words += [f"{many} instances"] if many > 1 else []
        return f"{_MARKED if mark else _ICONS[change.kind]} {' · '.join([*words, *self._why(change, code)])}"

    def _why(self, change: ResourceChange, code: Callable[[str], str]) -> list[str]:
        """Why Terraform plans it, as far as it says: the paths that force a replacement, or its reason."""
        paths = [self._clean(path_text(path), _LONGEST_REASON) for path in change.replace_paths if path]
        if change.kind is ChangeKind.REPLACE and paths:
            more = f" and {len(paths) - _FORCING} more" if len(paths) > _FORCING else ""
            return [f"forced by {', '.join(map(code, paths[:_FORCING]))}{more}"]
        reason = self._clean(reason_sentence(change), _LONGEST_REASON)
        return [markdown.inline(reason)] if reason else []

    def _block(
        self, told: Fold, change: ResourceChange, mark: Mark | None, diffs: Diffs, opened: bool
    ) -> tuple[str, int]:
        title = self._head(told, change, mark, markdown.html_code, "<b>{}</b>")
        diff = diffs.changes[told.indices[0]]
        start = "<details open>" if opened else "<details>"
        same = ""
        if told.keys:
            keys = markdown.code(self._clean(keys_text(told.keys, _KEYS), _KEYS))
            same = (
                f"The same for {len(told.keys)} instances, shown for the first (the ids of the others are "
                f"their own): {keys}\n\n"
            )
        return f"{start}<summary>{title}</summary>\n\n{same}{fenced(diff)}\n\n</details>\n", diff.hidden

    def of_part(self, group: str, risk: Risk, diff: Diff, count: int = 1) -> Piece:
        """Outputs, drift, or a text that could not be cut: what is forged in that gets no colours."""
        block = markdown.fence(diff.text) if group == "text" else fenced(diff)
        return Piece(
            section=self._section,
            group=group,
            risk=risk,
            action=group,
            make_line=lambda: f"- {_PARTS[group]}\n",
            make=lambda: (f"{block}\n", diff.hidden),
            place="the text" if group == "text" else group,
            count=count,
        )


def fenced(diff: Diff) -> str:
    """A diff as a fenced block in which GitHub colours the changed lines."""
    text = plan_text.shift_markers(diff.text) if diff.from_terraform else diff.text
    return markdown.fence(text, "diff")


def hidden_in(plan: Plan, diffs: Diffs) -> Iterator[tuple[str, int]]:
    """The places of a plan in which something was redacted, and how often."""
    for change, diff in zip(plan.changes, diffs.changes, strict=True):
        if diff.hidden:
            yield change.address, diff.hidden
    for place, diff in (("outputs", diffs.outputs), ("drift", diffs.drift), ("the text", diffs.whole)):
        if diff.hidden:
            yield place, diff.hidden


def project_pieces(
    section: int,
    project: ProjectReport,
    redactor: Redactor,
    room: int,
    protect: tuple[str, ...] = (),
    stateful: tuple[str, ...] = (),
) -> ProjectPieces:
    """The pieces of the project with the index `section`, for a report of at most `room` bytes.

    `protect` and `stateful` are patterns of what is marked when it is lost (core/risk.py).
    """
    plan = plan_of(project)
    if plan is None:
        return ProjectPieces()
    diffs = resource_diffs(plan, project.plan.text if isinstance(project.plan, Planned) else "", redactor)
    maker = _Maker(section, redactor)
    changes = plan.changes
    pieces: list[Piece] = []
    marks = [mark_of(change, protect, stateful) for change in changes]
    folds = fold(changes, marks)
    by_risk = sorted(
        ((risk_of(changes[told.indices[0]], marks[told.indices[0]]), told) for told in folds),
        key=itemgetter(0),
    )
    for order, (risk, told) in enumerate(by_risk):
        first = told.indices[0]
        pieces.append(maker.of_fold(told, changes[first], diffs, marks[first], risk, order < _OPEN))
    too_long = diffs.source is Source.WHOLE and size(diffs.whole.text) * 2 > room
    if diffs.source is Source.WHOLE and not too_long:
        pieces = [p for p in pieces if p.group == "danger"]
        pieces.append(maker.of_part("text", Risk.FORGET, diffs.whole))
    else:
        parts = (
            ("outputs", Risk.OUTPUTS, diffs.outputs, len(plan.changed_outputs)),
            ("drift", Risk.DRIFT, diffs.drift, diffs.drift_shown),
        )
        pieces += [maker.of_part(*part) for part in parts if part[2].text]
    pieces.sort(key=lambda p: p.risk)
    return ProjectPieces(
        tuple(pieces),
        diffs.source,
        too_long,
        len(plan.drift) - diffs.drift_shown,
    )
