"""What looks like noise in a change that nobody approved: a difference that means nothing.

These are guesses for people. They decide nothing; `approval.ignore` does (core/ignore.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from gitops_bot.core.addresses import read_address
from gitops_bot.core.closest import Closest, Difference
from gitops_bot.core.hints import WHOLE_KINDS
from gitops_bot.core.ignore import read_ignored
from gitops_bot.core.json_values import JsonValue, Path, as_list, as_object, canonical, read_json
from gitops_bot.core.plan import Plan
from gitops_bot.core.records import ABSENT, Change


class Noise(StrEnum):
    """Kinds of noise.

    TIMESTAMP: a time around that of the plan, as `plantimestamp()` gives. RUNNER_PATH: the path of this
    run's checkout. EMPTY: null, "", [] and {} in each other's place. JSON_TEXT: JSON that means the same.
    LIST_ORDER: the same list in another order. NUMBER_TEXT: a number or boolean and its text.
    """

    TIMESTAMP = "timestamp"
    RUNNER_PATH = "runner-path"
    EMPTY = "empty"
    JSON_TEXT = "json-text"
    LIST_ORDER = "list-order"
    NUMBER_TEXT = "number-text"


class Likely(Struct, frozen=True):
    """One guess. `pattern` would declare it in `approval.ignore`; "" where no pattern can."""

    noise: Noise
    pattern: str


MAX_LIKELY = 5
"""How many guesses are made about one change."""
_DAY = timedelta(days=1)
_TIMES = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?"), ""),
    (re.compile(r"(?<!\d)\d{14}(?!\d)"), "%Y%m%d%H%M%S"),
    (re.compile(r"(?<!\d)\d{12}(?!\d)"), "%Y%m%d%H%M"),
    (re.compile(r"(?<![\d-])\d{4}-\d\d-\d\d(?![\d-])"), "%Y-%m-%d"),
    (re.compile(r"(?<!\d)20\d{6}(?!\d)"), "%Y%m%d"),
    (re.compile(r"(?<!\d)\d{10}(?!\d)"), "seconds"),
)
_LONGEST = 10_000  # of a text that is searched


def likely_noise(
    change: Change, plan: Plan, closest: Closest | None, root: str, now: datetime
) -> tuple[Likely, ...]:
    """What looks like noise in an uncovered change of `plan`.

    `root` is the absolute folder of the checkout, `now` the plan's time with an offset. Of a whole new
    object that was approved with other values, only those values are looked at; where nobody approved
    the object at all, nothing is noise.
    """
    if not _may_be_noise(change, closest):
        return ()
    before = _value_before(change, plan)
    if change.kind.endswith("update"):
        written = _after(change) if change.kind.startswith("output/") else change.value
        form = None if change.sensitive or change.unknown else _form(before, written, _after(change))
        if form is not None:
            return (Likely(form, ignore_pattern(change.address, change.path)),)
    wanted = set(closest.attributes) if closest else set()
    found: list[Likely] = []
    for path, value in _leaves(_after(change), ()):
        if (wanted and path and path[0] not in wanted) or _hidden(change, path):
            continue
        noise = _noise(value, _at(before, path), root, now)
        if noise is not None:
            found.append(Likely(noise, ignore_pattern(change.address, (*change.path, *path))))
    return tuple(dict.fromkeys(found))[:MAX_LIKELY]


def _may_be_noise(change: Change, closest: Closest | None) -> bool:
    if change.kind in ("update", "output/update"):
        return closest is None or closest.difference not in (Difference.REVEALED, Difference.CONTEXT)
    if change.kind in (*WHOLE_KINDS, "output/create"):
        return closest is None or closest.difference in (Difference.VALUE, Difference.NOT_COMPARED)
    return False


def _after(change: Change) -> JsonValue:
    if change.kind.startswith("output/"):
        return as_object(change.value).get("value")
    return None if change.value == ABSENT else change.value


def _value_before(change: Change, plan: Plan) -> JsonValue:
    if change.kind.startswith("output/"):
        return next((o.before for o in plan.outputs if f"output.{o.name}" == change.address), None)
    found = (c for c in plan.resource_changes if c.address == change.address and not c.deposed)
    return _at(next((c.before for c in found), None), change.path)


def _at(value: JsonValue, path: Path) -> JsonValue:
    for step in path:
        value = as_object(value).get(str(step))
    return value


def _hidden(change: Change, path: Path) -> bool:
    """Whether something at, above or below this path is sensitive."""
    prefix = ("value",) if change.kind.startswith("output/") else ()
    whole = (*prefix, *path)
    return any(whole[: len(p)] == p or p[: len(whole)] == whole for p in change.sensitive)


def _leaves(value: JsonValue, path: Path) -> Iterator[tuple[Path, JsonValue]]:
    """Everything that is no object, lists as a whole."""
    if isinstance(value, dict):
        for key in sorted(value):
            yield from _leaves(value[key], (*path, key))
    else:
        yield path, value


# --- times and paths -------------------------------------------------------------------------


def _noise(value: JsonValue, before: JsonValue, root: str, now: datetime) -> Noise | None:
    old = " ".join(_texts(before))
    for text in _texts(value):
        if any(stamp not in old for stamp in _times_near(text, now)):
            return Noise.TIMESTAMP
        if _holds_folder(text, root):
            return Noise.RUNNER_PATH
    return None


def _texts(value: JsonValue) -> Iterator[str]:
    """The texts and numbers in a value, each of bounded length."""
    if isinstance(value, str):
        yield value[:_LONGEST]
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, int | Decimal) and not isinstance(value, bool):
        yield str(value)[:_LONGEST]


def _times_near(text: str, now: datetime) -> Iterator[str]:
    """The parts of a text that are a time or date within a day of `now`."""
    for form, notation in _TIMES:
        for match in form.finditer(text):
            moment = _moment(match[0], notation)
            if moment is not None and abs(moment - now) <= _DAY:
                yield match[0]


def _moment(text: str, notation: str) -> datetime | None:
    try:
        if notation == "seconds":
            return datetime.fromtimestamp(int(text), UTC)
        moment = datetime.strptime(text, notation) if notation else datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _holds_folder(text: str, root: str) -> bool:
    """Whether the text holds the folder's path, not that of one whose name only begins alike."""
    if root.count("/") < 2:  # "/" and "/app" stand in too many texts
        return False
    position = text.find(root)
    while position >= 0:
        after = text[position + len(root) : position + len(root) + 1]
        if not after.isalnum() and after not in ("-", "_", "."):
            return True
        position = text.find(root, position + 1)
    return False


# --- forms of one value ----------------------------------------------------------------------


def _form(before: JsonValue, written: JsonValue, after: JsonValue) -> Noise | None:
    """Why two different values mean the same, None when they do not. `written` is `after` or its absence."""
    if canonical(before) == canonical(written):
        return None
    if _without_empty(before) == _without_empty(after):
        return Noise.EMPTY
    if isinstance(before, str) and isinstance(after, str):
        one, other = _parsed(before), _parsed(after)
        return Noise.JSON_TEXT if one is not None and one == other else None
    lists = isinstance(before, list) and isinstance(after, list)
    if lists and sorted(map(canonical, as_list(before))) == sorted(map(canonical, as_list(after))):
        return Noise.LIST_ORDER
    return Noise.NUMBER_TEXT if canonical(_as_text(before)) == canonical(_as_text(after)) else None


def _without_empty(value: JsonValue) -> bytes:
    return canonical(_pruned(value))


def _pruned(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        parts = {key: _pruned(part) for key, part in value.items()}
        return {key: part for key, part in parts.items() if part is not None} or None
    if isinstance(value, list):
        return [_pruned(part) for part in value] or None
    return None if value == "" else value


def _parsed(text: str) -> bytes | None:
    """The canonical form of a JSON object or list."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return canonical(read_json(text))
    except (ValueError, RecursionError):
        return None


def _as_text(value: JsonValue) -> JsonValue:
    """The value with every number and boolean as Terraform would write it into a text."""
    if isinstance(value, dict):
        return {key: _as_text(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_as_text(part) for part in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float | Decimal) else value


# --- the pattern -----------------------------------------------------------------------------

_PLAIN = re.compile(r"[\w-]+")


def ignore_pattern(address: str, path: Path) -> str:
    """The pattern of `approval.ignore` for this path of a resource, in all its instances.

    It ends at the first list. "" where no pattern can name it.
    """
    if address.startswith("output."):
        return address
    steps = read_address(address)
    text = ".".join(step.name for step in steps) if steps else ""
    quoted = True  # behind an address, brackets would be those of an instance
    for step in path:
        if isinstance(step, int):
            break
        if _PLAIN.fullmatch(step):
            text, quoted = f"{text}.{step}", False
        elif quoted:
            return ""
        else:
            key = step.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            text, quoted = f'{text}["{key}"]', True
    try:
        read_ignored(text)
    except ValueError:
        return ""
    return text if text.isprintable() else ""
