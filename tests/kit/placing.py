"""Puts a text into one place of a value made of structs, tuples, lists and dicts, or into all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, TypeVar, cast

from msgspec import Struct
from msgspec.structs import replace

T = TypeVar("T")
Put = Callable[[str, str], str]
"""Given a place (`projects[0].plan.text`) and what stands there, what is to stand there."""


def places(value: object) -> dict[str, str]:
    """Every text in `value` by its place; those of enums and of fields that hold none are left out."""
    return dict(_texts(value, ""))


def _texts(value: object, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if not isinstance(value, Enum):
            yield place, value
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from _texts(getattr(value, name), f"{place}.{name}".lstrip("."))
    elif isinstance(value, dict):
        for number, (key, member) in enumerate(value.items()):
            yield f"{place}.key{number}", key
            yield from _texts(member, f"{place}.value{number}")
    elif isinstance(value, tuple | list):
        for number, member in enumerate(value):
            yield from _texts(member, f"{place}[{number}]")


def put(value: T, wanted: Put) -> T:
    """`value` with each text in it replaced by what `wanted` says."""
    return cast(T, _put(value, wanted, ""))


def put_at(value: T, place: str, text: str) -> T:
    """`value` with `text` at one place."""
    return put(value, lambda at, old: text if at == place else old)


def _put(value: Any, wanted: Put, place: str) -> Any:
    if isinstance(value, str):
        return value if isinstance(value, Enum) else wanted(place, value)
    if isinstance(value, Struct):
        new = {
            name: _put(getattr(value, name), wanted, f"{place}.{name}".lstrip("."))
            for name in value.__struct_fields__
        }
        return replace(value, **new)
    if isinstance(value, dict):
        return {
            wanted(f"{place}.key{n}", key): _put(member, wanted, f"{place}.value{n}")
            for n, (key, member) in enumerate(value.items())
        }
    if isinstance(value, tuple | list):
        return type(value)(_put(member, wanted, f"{place}[{n}]") for n, member in enumerate(value))
    return value
