"""A change's diff from the plan's JSON alone, for when there is no text of Terraform's.

It has the form of Terraform's text with the markers in the first column. The JSON does not tell a
block from a list of objects or a list from a set, so both look like attributes. What a mask calls
sensitive is hidden, and so is whatever a mask does not fit.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from json.encoder import encode_basestring

from msgspec import Struct

from gitops_bot.core.drift import relevant_drift
from gitops_bot.core.json_values import (
    JsonValue,
    Path,
    as_list,
    as_object,
    as_text,
    canonical,
    is_deeper,
    read_json,
)
from gitops_bot.core.plan import ChangeKind, Deferred, OutputChange, Plan, ResourceChange
from gitops_bot.render.markdown import clip
from gitops_bot.render.reasons import deferred_sentence, notes, reason_sentence

SENSITIVE = "(sensitive value)"
UNKNOWN = "(known after apply)"
_FORCES = " # forces replacement"
_LONGEST_VALUE = 400
_NEVER_CUT = 60
"""A text of so many characters is not longer than that even if each of them is escaped."""
_MOST_LINES = 500
_CONTEXT_LINES = 3
_CONTEXT_CHARACTERS = 60
_MOST_COMPARED = 400
"""Lines of two texts between their common start and end; comparing takes quadratic time."""
_WIDEST_NAME = 40
_DEEPEST_JSON = 50

_WORDS = {
    ChangeKind.CREATE: "will be created",
    ChangeKind.UPDATE: "will be updated in-place",
    ChangeKind.REPLACE: "must be replaced",
    ChangeKind.DELETE: "will be destroyed",
    ChangeKind.IMPORT: "will be imported",
    ChangeKind.FORGET: "will no longer be managed by Terraform, but will not be destroyed",
    ChangeKind.READ: "will be read during apply",
    ChangeKind.NO_OP: "will not change",
}
_SIGNS = {
    ChangeKind.CREATE: "+",
    ChangeKind.UPDATE: "!",
    ChangeKind.DELETE: "-",
    ChangeKind.READ: " <=",
    ChangeKind.FORGET: " .",
}
_TELLING = ("id", "name")
"""Attributes that say which object it is: shown although they do not change, as Terraform does."""

Clean = Callable[[str], str]
"""Takes the secrets out of a text that is about to be cut, folded or taken apart. What is made from it is
still to be cleaned as a whole."""
_Block = list[str]
"""A value: its first line as it stands after the name, the others whole."""


def _set_parts(mask: JsonValue) -> JsonValue:
    """A mask without what is not set, None when nothing is: `{}`, `false` and `[false]` alike."""
    if isinstance(mask, dict):
        return {k: part for k, v in mask.items() if (part := _set_parts(v)) is not None} or None
    if isinstance(mask, list):
        parts = [_set_parts(v) for v in mask]
        return None if all(part is None for part in parts) else parts
    return None if mask is False else mask


def _fitted(mask: JsonValue, value: JsonValue) -> JsonValue:
    """The mask without what is not set, None when nothing is; `true` where it is not of the value's shape."""
    if mask is None or mask is False or mask == {}:
        return None
    if mask is True or value is None:
        return True if mask is True else None
    if isinstance(mask, dict) and isinstance(value, dict):
        return {k: part for k, v in mask.items() if (part := _fitted(v, value.get(k))) is not None} or None
    if isinstance(mask, list) and isinstance(value, list) and len(mask) == len(value):
        parts = [_fitted(m, v) for m, v in zip(mask, value, strict=True)]
        return None if all(part is None for part in parts) else parts
    return True


class _Side(Struct, frozen=True):
    """A value before or after. `mask` and `unknown` are `true`, or have its shape, or are None."""

    value: JsonValue = None
    mask: JsonValue = None
    unknown: JsonValue = None

    @classmethod
    def of(cls, value: JsonValue, mask: JsonValue, unknown: JsonValue = None) -> _Side:
        """A side with masks as the plan has them."""
        return cls(value, _fitted(mask, value), _set_parts(unknown))

    @property
    def hidden(self) -> bool:
        """Whether nothing of the value may be shown."""
        return self.mask is True

    @property
    def later(self) -> bool:
        """Whether nothing of the value is known yet."""
        return self.unknown is True

    @property
    def absent(self) -> bool:
        """Whether there is no value: null and missing are the same."""
        return self.value is None and self.unknown is None

    @property
    def steps(self) -> Sequence[str | int]:
        """The keys or indices of the value's parts, in order."""
        value, unknown = self.value, self.unknown
        if isinstance(value, dict) or (value is None and isinstance(unknown, dict)):
            return sorted({*as_object(value), *as_object(unknown)})
        return range(max(len(as_list(value)), len(as_list(unknown))))

    @property
    def is_object(self) -> bool:
        return isinstance(self.value, dict) or (self.value is None and isinstance(self.unknown, dict))

    @property
    def is_list(self) -> bool:
        return isinstance(self.value, list) or (self.value is None and isinstance(self.unknown, list))

    def part(self, step: str | int) -> _Side:
        """The value's member. It is hidden when its whole is."""
        value, mask, unknown = _member(self.value, step), self.mask, self.unknown
        if mask is None and unknown is None:  # as most are
            return _Side(value)
        return _Side(
            value,
            True if mask is True else _member(mask, step),
            True if unknown is True else _member(unknown, step),
        )

    def without_empty_text(self) -> _Side:
        """Terraform takes "" for null in a block's attributes: its older SDK has no null strings."""
        return _Side(None, self.mask, self.unknown) if self.value == "" else self

    def key(self) -> bytes:
        """Equal for two sides that look the same and are the same."""
        return canonical((self.value, self.mask, self.unknown))


def _member(value: JsonValue, step: str | int) -> JsonValue:
    if isinstance(value, dict) and isinstance(step, str):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return None


def _line(sign: str, column: int, text: str) -> str:
    return f"{sign}{' ' * (column - len(sign))}{text}"


def _ended(block: _Block, end: str) -> _Block:
    last = block[-1].removesuffix(_FORCES)
    return [*block[:-1], last + end + block[-1][len(last) :]]


def _joined(old: _Block, new: _Block) -> _Block:
    return [*old[:-1], f"{old[-1]} -> {new[0]}", *new[1:]]


def _key_text(key: str) -> str:
    return key if key.replace("-", "_").isidentifier() else _quoted(key)


def _quoted(text: str) -> str:
    return encode_basestring(text)


def _is_multiline(text: str) -> bool:
    return "\n" in text.rstrip("\n")


def _parsed(value: str) -> JsonValue:
    """The object or list that a string holds as JSON, else None."""
    if value.lstrip()[:1] not in ("{", "["):
        return None
    try:
        parsed = read_json(value)
    except (ValueError, RecursionError):
        return None
    return None if is_deeper(parsed, _DEEPEST_JSON) or not parsed else parsed


def _apart(old: str, new: str) -> tuple[str, str]:
    """Two long texts, each cut down to where it differs from the other."""
    if max(len(old), len(new)) <= _LONGEST_VALUE:
        return old, new
    shortest = min(len(old), len(new))
    start = next((i for i in range(shortest) if old[i] != new[i]), shortest)
    start = max(start - _CONTEXT_CHARACTERS, 0)
    lead = "\u2026" if start else ""
    return clip(lead + old[start:], _LONGEST_VALUE), clip(lead + new[start:], _LONGEST_VALUE)


class _Writer:
    """Lays out the differences of one object."""

    def __init__(self, clean: Clean, replaced: Iterable[Path] = (), show_all: bool = False) -> None:
        self._clean = clean
        self._replaced = frozenset(p for p in replaced if p)
        self._above = frozenset(p[:n] for p in self._replaced for n in range(1, len(p)))
        self._show_all = show_all

    # --- one side ---------------------------------------------------------------------------

    def _cleaned(self, text: str) -> str:
        """Without secrets, if any of it could be cut, folded or taken apart."""
        whole = len(text) <= _NEVER_CUT and "\n" not in text and not text.lstrip().startswith(("{", "["))
        return text if whole else self._clean(text)

    def _scalar(self, value: JsonValue) -> str:
        if value is None or isinstance(value, bool):
            return json.dumps(value)
        return self._cleaned(str(value))

    def value(self, side: _Side, sign: str, column: int) -> _Block:
        """The whole value, each of its lines with the sign."""
        if side.hidden or side.later:
            return [SENSITIVE if side.hidden else UNKNOWN]
        if isinstance(side.value, str):
            return self._text(side.value, sign, column)
        if side.is_object or side.is_list:
            return self._whole(side, sign, column)
        return [clip(self._scalar(side.value), _LONGEST_VALUE)]

    def _text(self, value: str, sign: str, column: int) -> _Block:
        text = self._cleaned(value)
        parsed = _parsed(text) if text == value else None
        if parsed is not None:
            return self._encoded(sign, self._whole(_Side(parsed), sign, column + 4), column)
        if _is_multiline(text):
            lines = text.removesuffix("\n").split("\n")
            return self._heredoc((_line(sign, column + 4, clip(t, _LONGEST_VALUE)) for t in lines), column)
        return [clip(_quoted(text), _LONGEST_VALUE)]

    def _whole(self, side: _Side, sign: str, column: int) -> _Block:
        opening, closing = "{}" if side.is_object else "[]"
        parts = [(step, part) for step in side.steps if not (part := side.part(step)).absent or side.is_list]
        if not parts:
            return [opening + closing]
        names = self._names(step for step, _ in parts)
        lines: _Block = [opening]
        for step, part in parts:
            block = self.value(part, sign, column + 4)
            lines += self._member(sign, column + 4, names.get(step, ""), block, side.is_list)
        return [*lines, _line(" ", column, closing)]

    def _heredoc(self, lines: Iterable[str], column: int) -> _Block:
        return ["<<-EOT", *lines, _line(" ", column, "EOT")]

    def _encoded(self, sign: str, inner: _Block, column: int) -> _Block:
        return ["jsonencode(", _line(sign, column + 4, inner[0]), *inner[1:], _line(" ", column, ")")]

    # --- two sides --------------------------------------------------------------------------

    def difference(self, old: _Side, new: _Side, column: int, path: Path) -> _Block | None:
        """What changes, None when nothing does."""
        if old.hidden or new.hidden:
            return self._hidden_difference(old, new)
        if old.is_object and new.is_object and not new.later:
            return self._bracketed("{}", self.members(old, new, column + 4, path), column)
        if old.is_list and new.is_list and not new.later:
            return self._bracketed("[]", self._elements(old, new, column + 4, path), column)
        if old.key() == new.key():
            return None
        if isinstance(old.value, str) and isinstance(new.value, str):
            return self._text_difference(old.value, new.value, column, path)
        return _joined(self.value(old, "-", column), self.value(new, "+", column))

    def _hidden_difference(self, old: _Side, new: _Side) -> _Block | None:
        if old.key() == new.key():
            return None
        same = new.unknown is None and canonical(old.value) == canonical(new.value)
        return [SENSITIVE + (" # only whether it is sensitive changes" if same else "")]

    def _bracketed(self, brackets: str, lines: list[str] | None, column: int) -> _Block | None:
        return None if lines is None else [brackets[0], *lines, _line(" ", column, brackets[1])]

    def _text_difference(self, old: str, new: str, column: int, path: Path) -> _Block:
        one, other = self._cleaned(old), self._cleaned(new)
        json_of = [_parsed(text) for text in (old, new)] if (one, other) == (old, new) else [None]
        if None not in json_of:
            inner = self.difference(_Side(json_of[0]), _Side(json_of[1]), column + 4, (*path, "(json)"))
            if inner is not None:  # else only the spelling of the JSON differs
                return self._encoded("!", inner, column)
        if not (_is_multiline(one) or _is_multiline(other)):
            return [" -> ".join(_apart(_quoted(one), _quoted(other)))]
        if one.endswith("\n") and other.endswith("\n"):
            one, other = one.removesuffix("\n"), other.removesuffix("\n")
        return self._heredoc(self._changed_lines(one.split("\n"), other.split("\n"), column), column)

    def _changed_lines(self, old: Sequence[str], new: Sequence[str], column: int) -> Iterator[str]:
        shortest = min(len(old), len(new))
        start = next((i for i in range(shortest) if old[i] != new[i]), shortest)
        rest = shortest - start
        end = next((i for i in range(rest) if old[-1 - i] != new[-1 - i]), rest)
        first, last = max(start - _CONTEXT_LINES, 0), max(end - _CONTEXT_LINES, 0)
        yield from self._hidden_lines(first, column)
        yield from (_line(" ", column + 4, clip(t, _LONGEST_VALUE)) for t in old[first:start])
        for one, other in _replacements(old[start : len(old) - end], new[start : len(new) - end]):
            signs = (" ",) if one == other else ("-", "+")
            for sign, texts in zip(signs, _cut_down(one, other), strict=False):
                yield from (_line(sign, column + 4, text) for text in texts)
        tail = old[len(old) - end : len(old) - last]
        yield from (_line(" ", column + 4, clip(t, _LONGEST_VALUE)) for t in tail)
        yield from self._hidden_lines(last, column)

    def _hidden_lines(self, count: int, column: int) -> list[str]:
        return [_line(" ", column + 2, f"# ({_counted(count, 'unchanged line')} hidden)")] if count else []

    def members(self, old: _Side, new: _Side, column: int, path: Path) -> list[str] | None:
        """The lines of an object's members, None when none of them changes."""
        shown: list[tuple[str, str, _Block]] = []
        hidden, changed = 0, False
        steps: list[str] = sorted({s for side in (old, new) for s in side.steps if isinstance(s, str)})
        for step in steps:
            one, other, here = old.part(step), new.part(step), (*path, step)
            if not path:
                one, other = one.without_empty_text(), other.without_empty_text()
            if one.absent and other.absent:
                continue
            sign, block = self._change(one, other, column, here)
            changed = changed or bool(block)
            if block:
                shown.append((step, sign, block))
            elif self._show_all or step in _TELLING:
                shown.append((step, " ", self.value(other, " ", column)))
            else:
                hidden += 1
        names = self._names(step for step, _, _ in shown)
        lines = [t for step, sign, b in shown for t in self._member(sign, column, names[step], b)]
        if hidden:
            lines.append(_line(" ", column, f"# ({_counted(hidden, 'unchanged attribute')} hidden)"))
        return lines if changed or not path else None

    def _change(self, old: _Side, new: _Side, column: int, path: Path) -> tuple[str, _Block]:
        """The sign and the difference of one member; no lines when it does not change."""
        if old.absent:
            return "+", self._forcing(self.value(new, "+", column), path)
        if new.absent:
            whole = self.value(old, "-", column)
            return "-", self._forcing(whole if len(path) > 1 else _ended(whole, " -> null"), path)
        block = self.difference(old, new, column, path)
        return ("!", self._forcing(block, path)) if block else (" ", [])

    def _forcing(self, block: _Block, path: Path) -> _Block:
        """With Terraform's remark at a path that makes the object be replaced."""
        if path in self._replaced or (len(block) == 1 and path in self._above):
            return [block[0] + _FORCES, *block[1:]]
        return block

    def _elements(self, old: _Side, new: _Side, column: int, path: Path) -> list[str] | None:
        """The lines of a list's elements, None when none of them changes.

        It may be a set: what stands in both is kept wherever it stands, and only the rest is compared.
        """
        ones, others = [old.part(i) for i in old.steps], [new.part(i) for i in new.steps]
        keys, new_keys = [s.key() for s in ones], [s.key() for s in others]
        if keys == new_keys:
            return None
        kept = Counter(keys) & Counter(new_keys)
        if _kept_in_order(keys, kept) != _kept_in_order(new_keys, kept):
            kept.clear()  # the order differs: both orders are shown
        lines: list[str] = []
        added: list[str] = []
        left, come = _rest(keys, kept), _rest(new_keys, kept)
        for i, k in zip_longest(left, come):
            one, other = (None if i is None else ones[i]), (None if k is None else others[k])
            here = (*path, k if i is None else i)
            if one and other and (i == k or _alike(one, other)):
                block = self.difference(one, other, column, here) or self.value(other, " ", column)
                lines += self._member("!", column, "", self._forcing(block, here), True)
                continue
            if one:
                lines += self._element("-", one, column, here)
            if other:
                added += self._element("+", other, column, here)
        hidden = _counted(kept.total(), "unchanged element")
        return lines + added + ([_line(" ", column, f"# ({hidden} hidden)")] if kept else [])

    def _element(self, sign: str, side: _Side, column: int, path: Path) -> list[str]:
        return self._member(sign, column, "", self._forcing(self.value(side, sign, column), path), True)

    # --- lines ------------------------------------------------------------------------------

    def _names(self, steps: Iterable[str | int]) -> dict[str | int, str]:
        """Each key with its equals sign, all in one column."""
        texts = {s: _key_text(self._cleaned(s)) for s in steps if isinstance(s, str)}
        width = min(max(map(len, texts.values()), default=0), _WIDEST_NAME)
        return {s: f"{clip(t, _LONGEST_VALUE):<{width}} = " for s, t in texts.items()}

    def _member(self, sign: str, column: int, name: str, block: _Block, in_list: bool = False) -> list[str]:
        ended = _ended(block, ",") if in_list else block
        return [_line(sign, column, name + ended[0]), *ended[1:]]


def _rest(keys: Sequence[bytes], kept: Counter[bytes]) -> list[int]:
    """Where the elements stand that are not kept."""
    left = kept.copy()
    rest: list[int] = []
    for i, key in enumerate(keys):
        if left[key] > 0:
            left[key] -= 1
        else:
            rest.append(i)
    return rest


def _kept_in_order(keys: Sequence[bytes], kept: Counter[bytes]) -> list[bytes]:
    """The elements that are kept, in their order."""
    rest = set(_rest(keys, kept))
    return [key for i, key in enumerate(keys) if i not in rest]


def _alike(one: _Side, other: _Side) -> bool:
    """Whether two elements are compared member by member."""
    return (one.is_object and other.is_object) or (one.is_list and other.is_list)


def _replacements(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Runs of lines with the lines in their place; equal runs are unchanged."""
    if len(old) + len(new) > _MOST_COMPARED:
        yield list(old), list(new)
        return
    for _, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield list(old[a:b]), list(new[c:d])


def _cut_down(old: Sequence[str], new: Sequence[str]) -> tuple[list[str], list[str]]:
    """Lines that take each other's place, no longer than a line may be."""
    if len(old) != len(new):
        return [clip(t, _LONGEST_VALUE) for t in old], [clip(t, _LONGEST_VALUE) for t in new]
    pairs = [_apart(a, b) for a, b in zip(old, new, strict=True)]
    return [a for a, _ in pairs], [b for _, b in pairs]


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _limited(lines: list[str]) -> list[str]:
    hidden = len(lines) - _MOST_LINES
    return lines if hidden <= 0 else [*lines[:_MOST_LINES], _line(" ", 8, f"# ({hidden} more lines)")]


def _heading(change: ResourceChange, drift: bool) -> str:
    name = f"{change.address} (deposed object {change.deposed})" if change.deposed else change.address
    if change.kind is ChangeKind.MOVE:
        return f"{change.previous_address} has moved to {name}"
    if change.kind is ChangeKind.UNKNOWN:
        return f"{name}: {', '.join(change.actions) or 'no action given'}"
    if drift:
        return f"{name} has {'been deleted' if change.kind is ChangeKind.DELETE else 'changed'}"
    if change.kind is ChangeKind.REPLACE:
        return f"{name} {reason_sentence(change) or _WORDS[change.kind]}"
    if change.kind is ChangeKind.FORGET and change.deposed:
        return f"{name} will be removed from Terraform state, but will not be destroyed"
    return f"{name} {_WORDS[change.kind]}"


def _remarks(change: ResourceChange, clean: Clean) -> Iterator[str]:
    yield from (f"({note})" for note in notes(change))
    if change.previous_address and change.kind is not ChangeKind.MOVE:
        yield f"(moved from {change.previous_address})"
    if change.importing:
        if change.import_id:
            yield f"(imported from {json.dumps(clean(change.import_id), ensure_ascii=False)})"
        if change.import_identity is not None:
            identity = json.dumps(change.import_identity, ensure_ascii=False, sort_keys=True, default=str)
            yield f"(imported by its identity {clip(clean(identity), _LONGEST_VALUE)})"
        if change.generated_config:
            yield "(config will be generated)"
        if change.kind is ChangeKind.REPLACE:
            yield "Warning: this will destroy the imported resource"
    if change.unknown_keys:
        yield f"(with {', '.join(change.unknown_keys)}, which this version does not know)"


def _sign(change: ResourceChange) -> str:
    if change.kind is ChangeKind.REPLACE:
        return "+/-" if change.actions[0] == "create" else "-/+"
    return _SIGNS.get(change.kind, " ")


def _body(change: ResourceChange, clean: Clean) -> list[str]:
    old = _Side.of(change.before, change.before_sensitive)
    new = _Side.of(change.after, change.after_sensitive, change.after_unknown)
    if change.kind is ChangeKind.FORGET:  # it stays as it is
        new = old
    kept = change.kind in (ChangeKind.IMPORT, ChangeKind.UNKNOWN)
    writer = _Writer(clean, change.replace_paths, show_all=kept)
    if all(side.absent or (side.is_object and not side.hidden) for side in (old, new)):
        return writer.members(old, new, 8, ()) or []
    block = writer.difference(old, new, 8, ())
    return [_line("!", 8, block[0]), *block[1:]] if block else [_line(" ", 8, SENSITIVE)]


def resource_diff(change: ResourceChange, clean: Clean, *, drift: bool = False) -> str:
    """The change in the manner of Terraform's text, markers in the first column.

    `clean` sees each text that is cut, folded or taken apart while it is whole; the diff is still to be
    cleaned. `drift` says that the change was made outside of Terraform.
    """
    head = [f"  # {_heading(change, drift)}", *(f"  # {remark}" for remark in _remarks(change, clean))]
    keyword = "data" if change.mode == "data" else "resource"
    opening = f'{_sign(change):<4}{keyword} "{change.type}" "{change.name}" {{'
    return "\n".join([*head, opening, *_limited(_body(change, clean)), "    }"])


def output_diff(output: OutputChange, clean: Clean) -> str:
    """One output's change, its value hidden when it is sensitive."""
    return "\n".join(_output_lines((output,), clean))


def _output_lines(outputs: Sequence[OutputChange], clean: Clean) -> list[str]:
    width = max((len(o.name) for o in outputs), default=0)
    lines: list[str] = []
    for output in outputs:
        mask = True if output.sensitive else None
        old, new = _Side.of(output.before, mask), _Side.of(output.after, mask, output.after_unknown)
        writer = _Writer(clean)
        if output.actions == ("create",):
            sign, block = "+", writer.value(new, "+", 4)
        elif output.actions == ("delete",):
            sign, block = "-", _ended(writer.value(old, "-", 4), " -> null")
        else:
            sign, block = "!", writer.difference(old, new, 4, ()) or writer.value(new, " ", 4)
        lines += [_line(sign, 4, f"{output.name:<{width}} = {block[0]}"), *block[1:]]
    return lines


def outputs_diff(plan: Plan, clean: Clean) -> str:
    """All output changes."""
    return "\n".join(_limited(_output_lines(plan.changed_outputs, clean)))


def drift_diff(plan: Plan, clean: Clean) -> str:
    """What was changed outside of Terraform, as far as it led to something in this plan."""
    return "\n\n".join(resource_diff(c, clean, drift=True) for c in relevant_drift(plan))


def deferred_diff(deferred: Deferred, clean: Clean) -> str:
    """A change left to a later plan, with the reason for that."""
    lines = resource_diff(deferred.change, clean).split("\n")
    reason = deferred_sentence(deferred.reason)
    head = [f"  # {deferred.change.address} was deferred", *([f"  # ({reason})"] if reason else [])]
    return "\n".join([*head, *lines[1:]])


def invocation_diff(entry: JsonValue, clean: Clean) -> str:
    """A provider action the plan would run (newer than Terraform 1.13), with its configuration."""
    action = as_object(entry)
    name, kind = as_text(action.get("name")), as_text(action.get("type"))
    config = _Side.of(
        action.get("config_values"), action.get("config_sensitive"), action.get("config_unknown")
    )
    lines = [f"  # {as_text(action.get('address'))} will be invoked", f'    action "{kind}" "{name}" {{']
    if not config.absent:
        block = _Writer(clean).value(config, " ", 8)
        lines += [_line(" ", 8, f"config {block[0]}"), *block[1:]]
    return "\n".join([*_limited(lines), "    }"])
