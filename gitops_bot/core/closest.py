"""Which approval came closest to a change that none covers, and how the two differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

from msgspec import Struct

from gitops_bot.core.approval import ProjectApproval
from gitops_bot.core.coverage import FreshPlan, covers_unknown
from gitops_bot.core.hints import (
    WHOLE_KINDS,
    Hints,
    action_hint,
    address_hint,
    attribute_hint,
    attribute_names,
    context_hint,
    path_hint,
    unknown_under,
    value_hint,
)
from gitops_bot.core.records import Change, Paths, SecretKey

_KINDS = (
    "create", "update", "delete/create", "create/delete", "delete", "forget", "import", "move", "invoke",
    "output/create", "output/update", "output/delete",
)  # fmt: skip


class Difference(StrEnum):
    """How the closest approved change differs, from the closest to none at all.

    REVEALED: it did not show what was sensitive. CONTEXT: other provisioners or another configuration
    of the provider. SENSITIVE: another sensitive value. VALUE: another value. NOW_UNKNOWN: a value that
    was known and no longer is. NOT_COMPARED: the same change, whose values cannot be compared.
    OTHER_PATHS: an update of other attributes. OTHER_ACTION: something else at this address.
    UNKNOWN_ADDRESS: no approval names it.
    """

    REVEALED = "revealed"
    CONTEXT = "context"
    SENSITIVE = "sensitive"
    VALUE = "value"
    NOW_UNKNOWN = "now-unknown"
    NOT_COMPARED = "not-compared"
    OTHER_PATHS = "other-paths"
    OTHER_ACTION = "other-action"
    UNKNOWN_ADDRESS = "unknown-address"


_ORDER = tuple(Difference)


class Closest(Struct, frozen=True):
    """The closest approved change.

    `pull_request` is 0 where none is closest. `attributes` are the names of those that differ, as far as
    they are known; `kinds` what was approved at the address instead.
    """

    difference: Difference
    pull_request: int = 0
    attributes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


class Explainer:
    """Explains the uncovered changes of one fresh plan. `approvals` are pairs of the pull request's number
    and what was approved for it, the newest first: of two that are as close the first is named."""

    def __init__(self, approvals: Iterable[tuple[int, ProjectApproval]], fresh: FreshPlan) -> None:
        self._approved = [_Approved(number, approval, fresh.key) for number, approval in approvals]

    def explain(self, change: Change) -> Closest | None:
        """The closest approved change; None where the approvals do not say enough."""
        asked = _Asked(change)
        found = [c for approved in self._approved if (c := approved.compared(asked)) is not None]
        if not found:
            return None
        best = min(found, key=lambda c: (_ORDER.index(c.difference), len(c.attributes)))
        if best.difference is not Difference.UNKNOWN_ADDRESS:
            return best
        # That none names it can be said only when all were asked.
        return Closest(best.difference) if len(found) == len(self._approved) else None


def explain(
    change: Change, approvals: Iterable[tuple[int, ProjectApproval]], fresh: FreshPlan
) -> Closest | None:
    """`Explainer.explain` for one change."""
    return Explainer(approvals, fresh).explain(change)


class _Asked:
    """A change whose hints are made once for all approvals that are asked about it."""

    def __init__(self, change: Change) -> None:
        self.change = change
        self._values: dict[tuple[Paths, SecretKey], bytes] = {}
        self._attributes: dict[tuple[str, Paths, SecretKey], bytes] = {}

    def value(self, unknown: Paths, key: SecretKey) -> bytes:
        if (unknown, key) not in self._values:
            self._values[unknown, key] = value_hint(self.change, unknown, key)
        return self._values[unknown, key]

    def attribute(self, name: str, unknown: Paths, key: SecretKey) -> bytes:
        if (name, unknown, key) not in self._attributes:
            self._attributes[name, unknown, key] = attribute_hint(self.change, name, unknown, key)
        return self._attributes[name, unknown, key]


class _Approved:
    """One approval's hints, ready to be asked."""

    def __init__(self, number: int, approval: ProjectApproval, key: SecretKey) -> None:
        hints = approval.hints
        self._number = number
        self._hints: Hints | None = hints
        self._changes = frozenset(hints.changes) if hints else frozenset()
        self._attributes = frozenset(hints.attributes) if hints and hints.attributes is not None else None
        self._unknown = tuple(group.unknown for group in approval.groups or ())
        # Under another key, or none, no two values have the same hint.
        self._key = key if key.secret and key.id == approval.key_id else None

    def compared(self, asked: _Asked) -> Closest | None:
        if self._hints is None:
            return None
        change = asked.change
        same_action = action_hint(change.address, change.kind) in self._changes
        if same_action and (not change.path or path_hint(change) in self._changes):
            return self._of_the_same(asked)
        if same_action:
            return Closest(Difference.OTHER_PATHS, self._number)
        kinds = tuple(k for k in _KINDS if action_hint(change.address, k) in self._changes)
        if kinds or address_hint(change.address) in self._changes:
            return Closest(Difference.OTHER_ACTION, self._number, kinds=kinds)
        return Closest(Difference.UNKNOWN_ADDRESS)

    def _of_the_same(self, asked: _Asked) -> Closest:
        """The approval holds this very change, but for what it leads to."""
        change, key = asked.change, self._key
        if key is None:
            return Closest(Difference.NOT_COMPARED, self._number)
        sets = [unknown for unknown in self._unknown if covers_unknown(unknown, change.unknown)]
        if any(asked.value(unknown, key) in self._changes for unknown in sets):
            return Closest(self._beside_the_value(change, key), self._number)
        attributes = tuple(self._differing(asked, key))
        newly = {str(path[0]) for path in change.unknown if path}
        unknown_now = set(attributes) <= newly if attributes else () in change.unknown
        difference = Difference.NOW_UNKNOWN if unknown_now else Difference.VALUE
        return Closest(difference, self._number, attributes)

    def _beside_the_value(self, change: Change, key: SecretKey) -> Difference:
        if context_hint(change, change.context, key) in self._changes:
            return Difference.SENSITIVE if change.sensitive else Difference.VALUE
        hidden = tuple(part for part in change.context if part != "revealed")
        if hidden != change.context and context_hint(change, hidden, key) in self._changes:
            return Difference.REVEALED
        return Difference.CONTEXT

    def _differing(self, asked: _Asked, key: SecretKey) -> Iterator[str]:
        """The attributes of a new object whose value was not approved, where hints of them were kept."""
        change = asked.change
        if self._attributes is None or change.kind not in WHOLE_KINDS:
            return
        for name in attribute_names(change):
            own = unknown_under(change.unknown, name)
            groups = {unknown_under(unknown, name) for unknown in self._unknown}
            sets = [unknown for unknown in groups if covers_unknown(unknown, own)]
            if not any(asked.attribute(name, unknown, key) in self._attributes for unknown in sets):
                yield name
