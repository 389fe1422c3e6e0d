"""Changes that are the same for several instances of one resource, told once.

Source of the instances: https://developer.hashicorp.com/terraform/language/meta-arguments/for_each
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from gitops_bot.core.json_values import JsonValue, as_object, is_same
from gitops_bot.core.plan import ChangeKind, ResourceChange

_KEY = re.compile(r'\[(?:[0-9]+|"(?:[^"\\]|\\.)*")\]\Z', re.DOTALL)
_IDENTITY = ("id", "arn")
"""What tells one object from its siblings and says nothing about the change."""


class Fold(Struct, frozen=True):
    """Changes told as one: the indices of `changes` in a plan, and the instance keys as Terraform
    writes them (`[0]`, `["a"]`). A change that is like no other has one index and no key."""

    indices: tuple[int, ...]
    keys: tuple[str, ...] = ()
    resource: str = ""


def fold(changes: Sequence[ResourceChange], marks: Sequence[object] = ()) -> tuple[Fold, ...]:
    """The changes in the order of their first, with those folded that differ in the instance key alone.

    Two are the same when actions, reasons, masks and values are, without an `id` and `arn` that an object
    has and keeps or loses. `marks` runs parallel to the changes: those marked otherwise are not the same.
    Time is linear in the number of changes for resources of like instances.
    """
    groups: dict[str, list[list[int]]] = {}
    order: list[list[int]] = []
    for index, change in enumerate(changes):
        key = _KEY.search(change.address) if change.address.endswith("]") else None
        if key is None or change.deposed or change.previous_address or change.importing:
            order.append([index])
            continue
        alike = groups.setdefault(change.address[: key.start()], [])
        for group in alike[-_COMPARED:]:
            first = group[0]
            if _same(changes[first], change) and (not marks or marks[first] == marks[index]):
                group.append(index)
                break
        else:
            group = [index]
            alike.append(group)
            order.append(group)
    return tuple(_fold(changes, group) for group in order)


_COMPARED = 8
"""With how many different siblings a change is compared, so that a thousand of them stay quick."""


def _fold(changes: Sequence[ResourceChange], group: list[int]) -> Fold:
    if len(group) == 1:
        return Fold((group[0],))
    keys = tuple(match[0] for i in group if (match := _KEY.search(changes[i].address)))
    first = changes[group[0]].address
    return Fold(tuple(group), keys, first[: len(first) - len(keys[0])])


def _same(one: ResourceChange, other: ResourceChange) -> bool:
    if not (
        one.actions == other.actions
        and one.kind is not ChangeKind.UNKNOWN
        and not (one.unknown_keys or other.unknown_keys)
        and one.action_reason == other.action_reason
        and one.replace_paths == other.replace_paths
        and one.provider == other.provider
        and one.after_unknown == other.after_unknown
        and one.before_sensitive == other.before_sensitive
        and one.after_sensitive == other.after_sensitive
    ):
        return False
    own, others = _own(one), _own(other)
    return is_same(_without(one.before, own), _without(other.before, others)) and is_same(
        _without(one.after, own), _without(other.after, others)
    )


def _own(change: ResourceChange) -> list[str]:
    """What tells an object from its siblings: an `id` or `arn` that it has, and that the change does not give
    it. What is configured is part of the change.
    """
    before, after = as_object(change.before), as_object(change.after)
    return [k for k in _IDENTITY if k in before and (k not in after or is_same(before[k], after[k]))]


def _without(value: JsonValue, keys: Sequence[str]) -> JsonValue:
    if not keys or not isinstance(value, dict):
        return value
    return {k: v for k, v in value.items() if k not in keys}
