"""JSON as Terraform means it: exact numbers, and one canonical text for equal values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias, cast

from msgspec import DecodeError, Raw, Struct, ValidationError
from msgspec.json import Decoder

JsonValue: TypeAlias = bool | int | float | Decimal | str | list["JsonValue"] | dict[str, "JsonValue"] | None
Path: TypeAlias = tuple[str | int, ...]
"""Steps from a value to a part of it: object keys and list indices."""

# A lone surrogate cannot come out of Terraform, which writes UTF-8; so no real object has this key.
_NUMBER_KEY = "\ud800number"
_CONTAINERS = frozenset([dict, list])
_PLAIN_INT_DIGITS = 4000  # CPython refuses to convert longer texts to int (sys.int_info)


def _read_int(text: str) -> int | Decimal:
    return int(text) if len(text) <= _PLAIN_INT_DIGITS else Decimal(text)


def _read_fraction(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:  # an exponent of twenty digits
        raise json.JSONDecodeError("Number out of range", text, 0) from error


def _no_number(text: str) -> JsonValue:
    raise json.JSONDecodeError("Not a JSON number", text, 0)


def read_json(text: str) -> JsonValue:
    """Parse `text` without losing a digit: integers as int, fractions as Decimal.

    Raises `json.JSONDecodeError`, also for NaN and Infinity, and `RecursionError`. Duplicate keys
    keep the last one, as Terraform itself would.
    """
    value = json.loads(text, parse_float=_read_fraction, parse_int=_read_int, parse_constant=_no_number)
    return cast(JsonValue, value)


def _has_long_number(data: bytes) -> bool:
    """Whether more digits may stand in a row than an int has here: all those between two samples."""
    step = _PLAIN_INT_DIGITS // 2
    pairs = re.finditer(rb"[0-9](?=[0-9])", data[::step])
    return any(data[pair.start() * step : (pair.start() + 1) * step].isdigit() for pair in pairs)


class Items(Struct, frozen=True):
    """How the items of a list are read: as the msgspec type `shape` where they have it, else as any JSON.

    Each is replaced by what `of_shape` or `of_any` makes of it.
    """

    shape: Any
    of_shape: Callable[[Any], object]
    of_any: Callable[[JsonValue], object]


def read_members(
    data: bytes, *, unread: Callable[[str, memoryview], bool], each: Mapping[str, Items], levels: int
) -> Any:
    """Like `read_json` of valid UTF-8, and many times faster where that is an object.

    The members of which `unread` says so, by their name and text, may be None. Lists that are members named
    in `each` are read as that says. Raises `RecursionError` if a part that is read nests more than `levels`
    deep.

    What a fast decoder cannot say exactly (a number of thousands of digits, half a surrogate pair), and
    where there is a mistake, is left to `read_json`.
    """
    if not _has_long_number(data):
        try:
            return _fast_members(data, unread, each, levels)
        except (DecodeError, UnicodeDecodeError, InvalidOperation):
            pass
    document = read_json(data.decode())
    if is_deeper(document, levels):
        raise RecursionError
    if not isinstance(document, dict):
        return document
    return {
        name: [*map(each[name].of_any, value)] if name in each and isinstance(value, list) else value
        for name, value in document.items()
    }


def _fast_members(
    data: bytes, unread: Callable[[str, memoryview], bool], each: Mapping[str, Items], levels: int
) -> dict[str, object]:
    decode, items = Decoder(float_hook=Decimal).decode, Decoder(list[Raw]).decode

    def may_be_deeper(text: bytes) -> bool:
        """Without so many brackets it cannot be that deep, and need not be looked through."""
        return text.count(b"{") + text.count(b"[") > levels

    def read(text: bytes) -> JsonValue:
        value: JsonValue = decode(text)
        if may_be_deeper(text) and is_deeper(value, levels):
            raise RecursionError
        return value

    def read_items(texts: Iterable[bytes], of: Items) -> Iterator[object]:
        as_shape = Decoder(of.shape, float_hook=Decimal).decode
        for text in texts:
            if may_be_deeper(text):
                yield of.of_any(read(text))
                continue
            try:
                item = as_shape(text)
            except ValidationError:
                yield of.of_any(read(text))
            else:
                yield of.of_shape(item)

    found: dict[str, object] = {}
    for name, raw in Decoder(dict[str, Raw]).decode(data).items():
        text = memoryview(raw)
        if unread(name, text):
            found[name] = None
        elif name in each and text[:1].tobytes() == b"[":
            found[name] = [*read_items(map(bytes, items(raw)), each[name])]
        else:
            found[name] = read(bytes(raw))
    return found


def is_deeper(value: JsonValue, levels: int) -> bool:
    """Whether objects and lists nest more than `levels` deep."""
    layer: list[JsonValue] = [value] if type(value) in _CONTAINERS else []
    for _ in range(levels):
        if not layer:
            break
        layer = [
            part
            for container in layer
            for part in (container.values() if isinstance(container, dict) else as_list(container))
            if type(part) in _CONTAINERS
        ]
    return bool(layer)


def json_in_comment(value: JsonValue) -> str:
    """Compact JSON that cannot end the HTML comment it stands in."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e")


def _encode_decimal(value: object) -> object:
    # By hand: Decimal's own arithmetic, normalize() included, rounds to 28 digits.
    if not isinstance(value, Decimal) or not value.is_finite():
        raise TypeError(f"not a JSON value: {type(value).__name__}")
    sign, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    significant = text.rstrip("0")
    power = int(exponent) + len(text) - len(significant)
    if not significant:
        return 0
    if power >= 0 and len(significant) + power <= _PLAIN_INT_DIGITS:
        return (-1 if sign else 1) * int(significant) * 10**power
    return {_NUMBER_KEY: f"{'-' if sign else ''}{significant}e{power}"}


# Made once: what comes out of JSON has no circle to look for.
_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=True, check_circular=False, default=_encode_decimal
)


def canonical(value: JsonValue | tuple[object, ...]) -> bytes:
    """The one byte string of a value: keys sorted, no white space, `1`, `1.0` and `1e0` alike."""
    return _ENCODER.encode(value).encode("ascii")


def path_text(path: Path) -> str:
    """A path as Terraform would write it: `a.b[0]["c d"]`, "" for the value itself."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.replace("-", "_").isidentifier():
            text += f".{step}"
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text.removeprefix(".")


def is_same(one: JsonValue, other: JsonValue) -> bool:
    """Whether two values are equal as JSON: `true` is not `1`, which they are in Python."""
    if one != other:
        return False
    if type(one) is type(other) and type(one) not in _CONTAINERS:
        return True
    return repr(one) == repr(other) or canonical(one) == canonical(other)


def as_object(value: JsonValue) -> dict[str, JsonValue]:
    """`value` when it is an object, else an empty one: for members a version may lack."""
    return value if isinstance(value, dict) else {}


def as_list(value: JsonValue) -> list[JsonValue]:
    """`value` when it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: JsonValue) -> str:
    """`value` when it is a string, else an empty one."""
    return value if isinstance(value, str) else ""
