"""What changed outside of Terraform is told apart by whether it led to something in the plan."""

from __future__ import annotations

import pytest

from gitops_bot.core.drift import relevant_drift
from gitops_bot.core.json_values import JsonValue, Path
from gitops_bot.core.plan import Plan, ResourceChange, read_plan

BEFORE: JsonValue = {"name": "ours", "tags": {"team": "infra", "owner": "x"}, "list": ["a", "b"], "on": True}
AFTER: JsonValue = {"name": "by hand", "tags": {"team": "infra", "owner": "y"}, "list": ["a", "c"], "on": 1}
ENTRY = ResourceChange("a.b[0]", ("update",), before=BEFORE, after=AFTER)


@pytest.mark.parametrize(
    ("address", "path", "shown"),
    [
        ("a.b[0]", ("name",), True),
        ("a.b[0]", ("tags",), True),
        ("a.b[0]", ("tags", "owner"), True),
        ("a.b[0]", ("tags", "team"), False),
        ("a.b[0]", ("list", 1), True),
        ("a.b[0]", ("list", 0), False),
        ("a.b[0]", ("list", 7), False),
        ("a.b[0]", ("on",), True),
        ("a.b[0]", ("name", "first"), True),
        ("a.b[0]", (), True),
        ("", ("name",), True),
        ("a.b", ("name",), False),
        ("a.b[1]", ("name",), False),
        ("a.b[0]", ("missing",), False),
    ],
)
def test_an_entry_is_relevant_where_a_value_that_was_referred_to_differs(
    address: str, path: Path, shown: bool
) -> None:
    plan = Plan((), drift=(ENTRY,), relevant_attributes=((address, path),))
    assert shown == bool(relevant_drift(plan))


def test_a_move_alone_is_not_shown_and_without_references_nothing_is() -> None:
    moved = ResourceChange("a.b[0]", ("no-op",), before=BEFORE, after=AFTER, previous_address="a.b")
    assert () == relevant_drift(Plan((), drift=(moved,), relevant_attributes=(("a.b[0]", ()),)))
    assert () == relevant_drift(Plan((), drift=(ENTRY,)))


def test_the_relevant_attributes_are_read() -> None:
    document = (
        b'{"resource_changes": [], "relevant_attributes": [{"resource": "a.b", "attribute": ["x", 0]}]}'
    )
    assert (("a.b", ("x", 0)),) == read_plan(document).relevant_attributes
