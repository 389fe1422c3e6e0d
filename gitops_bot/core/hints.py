"""Hints: what an approval says of its changes besides their records, so that a mismatch can be explained.

A hint is a short hash of one statement ("this address is created", "with these values"). They are kept
beside the records (docs/reference/stored-forms.md), take no part in any digest, and decide nothing: whoever
forges one gains a misleading sentence in a report that blocks all the same.

Statements about values are hashed under the project's key, and left out without one. What is sensitive
takes no part in them at all.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence

from msgspec import Struct

from gitops_bot.core.json_values import JsonValue, as_object, canonical
from gitops_bot.core.records import Change, Paths, SecretKey, below, open_value

HINT_BYTES = 4
"""Among ten thousand hints one in 400,000 others is found by chance: enough for an explanation."""
MAX_ATTRIBUTES = 12_000
"""More would not fit into a check run's text, whatever else is in it."""
WHOLE_KINDS = ("create", "delete/create", "create/delete")
"""The kinds of change whose value is a whole new object."""


class Hints(Struct, frozen=True):
    """Sorted hashes without repetitions. `attributes` is None where they were left out."""

    changes: tuple[bytes, ...]
    attributes: tuple[bytes, ...] | None = None


def hints_of(changes: Sequence[Change], key: SecretKey) -> Hints:
    """The hints of all these changes."""
    found = {hint for change in changes for hint in _of_change(change, key)}
    attributes: set[bytes] | None = set() if key.secret else None
    for change in changes:
        if attributes is None or change.kind not in WHOLE_KINDS:
            continue
        for name in attribute_names(change):
            attributes.add(attribute_hint(change, name, unknown_under(change.unknown, name), key))
        if len(attributes) > MAX_ATTRIBUTES:
            attributes = None
    return Hints(tuple(sorted(found)), None if attributes is None else tuple(sorted(attributes)))


def _of_change(change: Change, key: SecretKey) -> Iterator[bytes]:
    yield address_hint(change.address)
    yield action_hint(change.address, change.kind)
    if change.path:
        yield path_hint(change)
    if key.secret:
        yield value_hint(change, change.unknown, key)
        yield context_hint(change, change.context, key)


def address_hint(address: str) -> bytes:
    """Something happens at this address."""
    return _hash("address", address)


def action_hint(address: str, kind: str) -> bytes:
    """This kind of change happens at this address."""
    return _hash("action", address, kind)


def path_hint(change: Change) -> bytes:
    """This path of the resource is changed."""
    return _hash("path", change.address, change.kind, change.path)


def value_hint(change: Change, unknown: Paths, key: SecretKey) -> bytes:
    """The change has these open values, and those at `unknown` are not known."""
    value = open_value(change, unknown)
    return _keyed(key, "value", change.address, change.kind, change.path, value, unknown)


def context_hint(change: Change, context: tuple[str, ...], key: SecretKey) -> bytes:
    """The change depends on this."""
    return _keyed(key, "context", change.address, change.kind, change.path, context)


def attribute_names(change: Change) -> tuple[str, ...]:
    """The attributes of a whole object, known or not."""
    known = as_object(open_value(change, change.unknown))
    return tuple(sorted({*known, *(str(path[0]) for path in change.unknown if path)}))


def attribute_hint(change: Change, name: str, unknown: Paths, key: SecretKey) -> bytes:
    """This attribute of the object has this open value. `unknown` are paths that begin with its name."""
    # Only this attribute: an object may have hundreds, each with a large value.
    sensitive = tuple(p for p in change.sensitive if not p or p[0] == name)
    whole = as_object(change.value)
    part: JsonValue = {name: whole[name]} if name in whole else {}
    alone = Change(change.address, change.kind, (), part, unknown, sensitive)
    return _keyed(key, "attribute", change.address, name, open_value(alone, unknown), unknown)


def unknown_under(paths: Paths, name: str) -> Paths:
    """The unknown paths in one attribute; they begin with its name."""
    return tuple((name, *path) for path in below(paths, (name,)))


def _hash(*statement: object) -> bytes:
    return hashlib.sha256(canonical(("gitops-bot hint 1", *statement))).digest()[:HINT_BYTES]


def _keyed(key: SecretKey, *statement: object) -> bytes:
    message = canonical(("gitops-bot hint 1", *statement))
    return hmac.digest(key.secret, message, "sha256")[:HINT_BYTES]
