"""A resource's diff from the plan's JSON alone, for when there is no text of Terraform's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from gitops_bot.core.json_values import JsonValue, Path, canonical
from gitops_bot.core.plan import ChangeKind, OutputChange, Plan, ResourceChange
from gitops_bot.render.markdown import clip

SENSITIVE = "(sensitive value)"
UNKNOWN = "(known after apply)"
_LONGEST_VALUE = 400
_MOST_LINES = 500

_WORDS = {
    ChangeKind.CREATE: "will be created",
    ChangeKind.UPDATE: "will be updated in-place",
    ChangeKind.REPLACE: "must be replaced",
    ChangeKind.DELETE: "will be destroyed",
    ChangeKind.IMPORT: "will be imported",
    ChangeKind.MOVE: "has moved",
    ChangeKind.FORGET: "will no longer be managed by Terraform, but will not be destroyed",
    ChangeKind.READ: "will be read during apply",
    ChangeKind.NO_OP: "will not change",
}
_SIGNS = {
    ChangeKind.CREATE: "+",
    ChangeKind.UPDATE: "!",
    ChangeKind.REPLACE: "-/+",
    ChangeKind.DELETE: "-",
}

# A leaf is what is shown and what is compared.
_Leaf = tuple[str, bytes]
_Clean: TypeAlias = Callable[[str], str]
"""Takes the secrets out of a text. What is cut must be clean before, or the start of a secret is left."""


def _part(mask: JsonValue, key: str | int) -> JsonValue:
    if mask is True:
        return True
    if isinstance(mask, dict) and isinstance(key, str):
        return mask.get(key)
    if isinstance(mask, list) and isinstance(key, int) and key < len(mask):
        return mask[key]
    return None


def _steps(value: JsonValue, unknown: JsonValue) -> list[str | int]:
    steps: list[str | int] = []
    if isinstance(value, dict) or isinstance(unknown, dict):
        known = list(value) if isinstance(value, dict) else []
        also = [k for k in unknown if k not in known] if isinstance(unknown, dict) else []
        steps += sorted([*known, *also])
    elif isinstance(value, list) or isinstance(unknown, list):
        lengths = [len(v) for v in (value, unknown) if isinstance(v, list)]
        steps += list(range(max(lengths)))
    return steps


def _leaves(
    value: JsonValue, sensitive: JsonValue, unknown: JsonValue, path: Path = ()
) -> Iterator[tuple[Path, _Leaf]]:
    if sensitive is True:
        yield path, (SENSITIVE, b"unknown" if unknown is True else canonical(value))
        return
    if unknown is True:
        yield path, (UNKNOWN, b"unknown")
        return
    steps = _steps(value, unknown)
    if not steps:
        if value is not None and unknown in (None, False):
            yield path, (_shown(value), canonical(value))
        return
    for step in steps:
        yield from _leaves(_part(value, step), _part(sensitive, step), _part(unknown, step), (*path, step))


def _shown(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _cut(text: str, clean: _Clean) -> str:
    return text if len(text) <= _LONGEST_VALUE else clip(clean(text), _LONGEST_VALUE)


def _name(path: Path) -> str:
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.replace("-", "_").isidentifier():
            text += f".{step}"
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text.removeprefix(".") or "value"


def _forces(path: Path, replaced: Sequence[Path]) -> str:
    return " # forces replacement" if any(path[: len(p)] == p for p in replaced if p) else ""


def _lines(
    before: dict[Path, _Leaf], after: dict[Path, _Leaf], replaced: Sequence[Path], clean: _Clean
) -> Iterator[str]:
    for path in [*before, *(p for p in after if p not in before)]:
        old, new = before.get(path), after.get(path)
        if old is None and new is not None:
            yield f"+     {_name(path)} = {_cut(new[0], clean)}{_forces(path, replaced)}"
        elif new is None and old is not None:
            yield f"-     {_name(path)} = {_cut(old[0], clean)}{_forces(path, replaced)}"
        elif old is not None and new is not None and old[1] != new[1]:
            both = f"{_cut(old[0], clean)} -> {_cut(new[0], clean)}"
            change = new[0] if old[0] == new[0] == SENSITIVE else both
            yield f"!     {_name(path)} = {change}{_forces(path, replaced)}"


def _limited(lines: list[str]) -> list[str]:
    hidden = len(lines) - _MOST_LINES
    return lines if hidden <= 0 else [*lines[:_MOST_LINES], f"      # ({hidden} more lines)"]


def _heading(change: ResourceChange) -> str:
    name = f"{change.address} (deposed object {change.deposed})" if change.deposed else change.address
    if change.kind is ChangeKind.MOVE:
        return f"# {change.previous_address} has moved to {name}"
    if change.kind is ChangeKind.UNKNOWN:
        return f"# {name}: {', '.join(change.actions) or 'no action given'}"
    return f"# {name} {_WORDS[change.kind]}"


def resource_diff(change: ResourceChange, clean: _Clean) -> str:
    """The change in the manner of Terraform's text, markers in the first column.

    `clean` takes the secrets out of what is cut; the whole is still to be cleaned.
    """
    head = [_heading(change)]
    if change.previous_address and change.kind is not ChangeKind.MOVE:
        head.append(f"# (moved from {change.previous_address})")
    if change.importing and change.import_id:
        head.append(f"# (imported from {json.dumps(change.import_id, ensure_ascii=False)})")
    before = dict(_leaves(change.before, change.before_sensitive, None))
    after = dict(_leaves(change.after, change.after_sensitive, change.after_unknown))
    sign = _SIGNS.get(change.kind, " ")
    keyword = "data" if change.mode == "data" else "resource"
    body = _limited(list(_lines(before, after, change.replace_paths, clean)))
    return "\n".join([*head, f'{sign} {keyword} "{change.type}" "{change.name}" {{', *body, "  }"])


def output_diff(output: OutputChange, clean: _Clean) -> str:
    """One output's change, its value hidden when it is sensitive."""
    mask = True if output.sensitive else None
    created, deleted = output.actions == ("create",), output.actions == ("delete",)
    old = SENSITIVE if mask else _cut(_shown(output.before), clean)
    after = SENSITIVE if mask else _cut(_shown(output.after), clean)
    new = UNKNOWN if output.after_unknown is True and not mask else after
    if created:
        return f"+ {output.name} = {new}"
    if deleted:
        return f"- {output.name} = {old}"
    return f"! {output.name} = {new if mask else f'{old} -> {new}'}"


def outputs_diff(plan: Plan, clean: _Clean) -> str:
    """All output changes, one a line."""
    return "\n".join(_limited([output_diff(o, clean) for o in plan.changed_outputs]))


def drift_diff(plan: Plan, clean: _Clean) -> str:
    """What was changed outside of Terraform."""
    return "\n\n".join(
        resource_diff(c, clean).replace(" will be updated in-place", " has changed", 1) for c in plan.drift
    )
