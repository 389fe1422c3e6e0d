"""What a plan read and does not change, out of its `prior_state`: the sensitive values of data sources.

They are in no resource change, and the rest of the prior state is there already. So it is passed over,
which is many times faster than to build it all.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from gitops_bot.core.json_values import JsonValue

_NOTHING = msgspec.Raw(b"null")


class _Resource(msgspec.Struct):
    mode: str = ""
    values: msgspec.Raw = _NOTHING
    sensitive_values: msgspec.Raw = _NOTHING


class _Module(msgspec.Struct):
    resources: list[_Resource] = []
    child_modules: list[_Module] = []


class _Values(msgspec.Struct):
    root_module: _Module | None = None


class _State(msgspec.Struct):
    values: _Values | None = None


_STATES = msgspec.json.Decoder(_State | None)
_ANY = msgspec.json.Decoder(float_hook=Decimal)


def read_sensitive_reads(prior_state: bytes) -> JsonValue:
    """A prior state with nothing in it but such data sources, in one module; None where there are none."""
    try:
        state = _STATES.decode(prior_state)
    except msgspec.ValidationError:  # it is JSON, but no state
        return None
    root = state.values.root_module if state is not None and state.values is not None else None
    found: list[JsonValue] = [
        {"values": _ANY.decode(r.values), "sensitive_values": _ANY.decode(r.sensitive_values)}
        for r in (_resources(root) if root is not None else ())
        if r.mode == "data" and b"true" in bytes(r.sensitive_values)
    ]
    return {"values": {"root_module": {"resources": found}}} if found else None


def _resources(module: _Module) -> Iterator[_Resource]:
    yield from module.resources
    for child in module.child_modules:
        yield from _resources(child)
