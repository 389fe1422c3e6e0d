"""JSON as Terraform means it: exact numbers, and one canonical text for equal values."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TypeAlias, cast

JsonValue: TypeAlias = "bool | int | float | Decimal | str | list[JsonValue] | dict[str, JsonValue] | None"
Path: TypeAlias = tuple[str | int, ...]
"""Steps from a value to a part of it: object keys and list indices."""

# A lone surrogate cannot come out of Terraform, which writes UTF-8; so no real object has this key.
_NUMBER_KEY = "\ud800number"
_PLAIN_INT_DIGITS = 4000  # CPython refuses to convert longer texts to int (sys.int_info)


def _read_int(text: str) -> int | Decimal:
    return int(text) if len(text) <= _PLAIN_INT_DIGITS else Decimal(text)


def read_json(text: str) -> JsonValue:
    """Parse `text` without losing a digit: integers as int, fractions as Decimal.

    Raises `json.JSONDecodeError`. Duplicate keys keep the last one, as Terraform itself would.
    """
    return cast(JsonValue, json.loads(text, parse_float=Decimal, parse_int=_read_int))


def _encode_decimal(value: object) -> object:
    if not isinstance(value, Decimal):
        raise TypeError(f"not a JSON value: {type(value).__name__}")
    if value.is_finite() and value == value.to_integral_value() and value.adjusted() < _PLAIN_INT_DIGITS:
        return int(value)
    return {_NUMBER_KEY: str(value.normalize()) if value.is_finite() else str(value)}


def canonical(value: JsonValue | tuple[object, ...]) -> bytes:
    """The one byte string of a value: keys sorted, no white space, `1`, `1.0` and `1e0` alike."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=_encode_decimal
    )
    return text.encode("ascii")


def as_object(value: JsonValue) -> dict[str, JsonValue]:
    """`value` when it is an object, else an empty one: for members a version may lack."""
    return value if isinstance(value, dict) else {}


def as_list(value: JsonValue) -> list[JsonValue]:
    """`value` when it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: JsonValue) -> str:
    """`value` when it is a string, else an empty one."""
    return value if isinstance(value, str) else ""
