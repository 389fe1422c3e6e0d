"""Which approval came closest to a change that none covers, and how the two differ."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from gitops_bot.core.approval import Approval, ProjectApproval, pack, unpack
from gitops_bot.core.closest import Closest, Difference, explain
from gitops_bot.core.coverage import cover
from gitops_bot.core.hints import hints_of
from gitops_bot.core.json_values import JsonValue
from gitops_bot.core.plan import Plan, ResourceChange
from gitops_bot.core.records import SecretKey, changes_of, key_of_lineage
from tests.kit.plans import (
    CREATE,
    CREATE_FIRST,
    DELETE,
    DESTROY_FIRST,
    KEY,
    NO_KEY,
    UPDATE,
    approval_of,
    configured,
    fresh_of,
    output,
    plan,
    resource,
    uncovered,
    update,
)


def hinted(approved: Plan, key: SecretKey = KEY) -> ProjectApproval:
    """The approval of a plan with its hints, as it is read back."""
    made = replace(approval_of(approved, key), hints=hints_of(changes_of(approved), key))
    return unpack(pack(Approval("dev", "c" * 40, (made,)))).projects[0]


def closest(fresh: Plan, *approved: Plan, key: SecretKey = KEY) -> Closest | None:
    """How the first change of a fresh plan differs from what #1, #2, … were approved for."""
    approvals = [(i, hinted(a)) for i, a in enumerate(approved, 1)]
    made = fresh_of(fresh, key)
    return explain(made.changes[0], approvals, made)


def created(after: JsonValue, **members: Any) -> Plan:
    return plan(resource(after=after, **members))


SECRET = {"after_sensitive": {"a": True}}
CASES = [
    (
        created({"a": 1, "b": 1, "c": 1}),
        created({"a": 1, "b": 2, "d": 1}),
        Closest(Difference.VALUE, 1, ("b", "d")),
    ),
    (
        created({"a": {"x": 1}}),
        created({"a": {"x": 2}}),
        Closest(Difference.VALUE, 1, ("a",)),
    ),
    (
        created({"a": 1}, after_unknown={"id": True}),
        created({"a": 2, "id": "i-1"}),
        Closest(Difference.VALUE, 1, ("a",)),
    ),
    (
        created({"a": 1}, after_unknown={"t": {"x": True}}),
        created({"a": 2, "t": {"x": 3}}),
        Closest(Difference.VALUE, 1, ("a", "t")),
    ),
    (
        created({"a": 1, "t": {}}, after_unknown={"t": {"x": True}}),
        created({"a": 2, "t": {"x": 3}}),
        Closest(Difference.VALUE, 1, ("a",)),
    ),
    (
        created({"a": 1, "t": {}}),
        created({"a": 2, "t": {}}, after_unknown={"t": {"x": True}}),
        Closest(Difference.VALUE, 1, ("a", "t")),
    ),
    (
        created({"a": 1}),
        created({"a": 1}, after_unknown={"id": True}),
        Closest(Difference.NOW_UNKNOWN, 1, ("id",)),
    ),
    (
        created({"a": 1, "b": 1}),
        created({"a": 1}, after_unknown={"b": True}),
        Closest(Difference.NOW_UNKNOWN, 1, ("b",)),
    ),
    (
        created({"a": 1}, **SECRET),
        created({"a": 2}, **SECRET),
        Closest(Difference.SENSITIVE, 1),
    ),
    (
        configured((resource(after={"a": 1}),), provisioner={"constant_value": "one"}),
        configured((resource(after={"a": 1}),), provisioner={"constant_value": "two"}),
        Closest(Difference.CONTEXT, 1),
    ),
    (
        plan(update({"a": 1}, {"a": 2})),
        plan(update({"a": 1}, {"a": 3})),
        Closest(Difference.VALUE, 1),
    ),
    (
        plan(update({"a": 1}, {"a": 2})),
        plan(update({"a": 1}, {}, after_unknown={"a": True})),
        Closest(Difference.NOW_UNKNOWN, 1),
    ),
    (
        plan(update({"a": 1}, {"a": 2}, before_sensitive={"a": True}, after_sensitive={"a": True})),
        plan(update({"a": 1}, {"a": 2}, before_sensitive={"a": True}, after_sensitive={})),
        Closest(Difference.REVEALED, 1),
    ),
    (
        plan(update({"a": 1, "b": 1}, {"a": 1, "b": 2})),
        plan(update({"a": 1, "b": 1}, {"a": 2, "b": 1})),
        Closest(Difference.OTHER_PATHS, 1),
    ),
    (
        plan(resource(actions=CREATE_FIRST, after={"a": 1})),
        plan(resource(actions=DELETE, before={"id": "i"})),
        Closest(Difference.OTHER_ACTION, 1, kinds=("create/delete",)),
    ),
    (
        plan(resource(actions=DESTROY_FIRST, after={"a": 1})),
        plan(resource(actions=CREATE_FIRST, after={"a": 1})),
        Closest(Difference.OTHER_ACTION, 1, kinds=("delete/create",)),
    ),
    (
        plan(resource(actions=DELETE, before={"id": "i-1"})),
        plan(resource(actions=DELETE, before={"id": "i-2"})),
        Closest(Difference.VALUE, 1),
    ),
    (
        plan(resource(actions=("delete", "fly"))),
        plan(resource(actions=DELETE, before={"id": "i-2"})),
        Closest(Difference.OTHER_ACTION, 1),
    ),
    (
        plan(resource("other", after={"a": 1})),
        created({"a": 1}),
        Closest(Difference.UNKNOWN_ADDRESS),
    ),
    (
        plan(outputs=(output("o", UPDATE, after=1),)),
        plan(outputs=(output("o", UPDATE, after=2),)),
        Closest(Difference.VALUE, 1),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("approved", "fresh", "expected"), CASES)
def test_the_difference_is_told(approved: Plan, fresh: Plan, expected: Closest) -> None:
    assert uncovered(fresh, approved), "nothing is to be explained"
    assert closest(fresh, approved) == expected


def test_of_several_approvals_the_closest_is_named() -> None:
    fresh = created({"a": 1, "b": 1})
    others = plan(resource("x")), created({"a": 2, "b": 2}), created({"a": 1, "b": 2})
    assert closest(fresh, *others) == Closest(Difference.VALUE, 3, ("b",))


def test_of_two_that_are_as_close_the_first_is_named() -> None:
    assert closest(created({"a": 1}), created({"a": 2}), created({"a": 3})) == Closest(
        Difference.VALUE, 1, ("a",)
    )


def test_an_approval_without_hints_explains_nothing() -> None:
    fresh = fresh_of(created({"a": 1}))
    bare, other = approval_of(created({"a": 2})), hinted(plan(resource("other")))
    assert explain(fresh.changes[0], [(1, bare)], fresh) is None
    # It may be the one that names the address.
    assert explain(fresh.changes[0], [(1, bare), (2, other)], fresh) is None
    assert explain(fresh.changes[0], [], fresh) is None


@pytest.mark.parametrize("key", [NO_KEY, key_of_lineage("another")])
def test_values_under_another_key_are_not_compared(key: SecretKey) -> None:
    assert closest(created({"a": 1}), created({"a": 2}), key=key) == Closest(Difference.NOT_COMPARED, 1)


def test_without_a_key_nothing_of_the_values_is_stored() -> None:
    one, other = (hints_of(changes_of(created({"a": a, "b": b})), NO_KEY) for a, b in ((1, 2), (3, 4)))
    assert one == other
    assert one.attributes is None


def test_with_another_key_every_hint_of_a_value_is_another() -> None:
    changes = changes_of(created({"a": 1, "b": 2}))
    one, other = hints_of(changes, KEY), hints_of(changes, key_of_lineage("another"))
    assert set(one.changes) & set(other.changes) == set(hints_of(changes, NO_KEY).changes)
    assert not set(one.attributes or ()) & set(other.attributes or ())


@pytest.mark.parametrize("sensitive", [{"a": True}, {"a": {"x": True}}, True])
def test_no_sensitive_value_takes_part_in_a_hint(sensitive: JsonValue) -> None:
    one, other = (
        hints_of(changes_of(created({"a": {"x": secret}}, after_sensitive=sensitive)), KEY)
        for secret in ("hunter2", "hunter3")
    )
    assert one == other


def test_hints_decide_nothing() -> None:
    approved, fresh = created({"a": 1}), created({"a": 2})
    forged = replace(approval_of(approved), hints=hints_of(changes_of(fresh), KEY))
    made = fresh_of(fresh)
    assert cover(made, [forged]).uncovered == made.changes


def test_a_very_large_plan_gets_no_hints_of_attributes() -> None:
    wide: JsonValue = {str(i): i for i in range(13_000)}
    assert hints_of(changes_of(created(wide)), KEY).attributes is None


def test_moves_and_imports_are_told_too() -> None:
    def moved(source: str) -> ResourceChange:
        return resource(actions=("no-op",), previous_address=source)

    assert closest(plan(moved("a.b")), plan(moved("a.c"))) == Closest(Difference.VALUE, 1)
    assert closest(plan(moved("a.b")), plan(resource(actions=CREATE))) == Closest(
        Difference.OTHER_ACTION, 1, kinds=("create",)
    )
