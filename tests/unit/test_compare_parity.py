"""A plan beside what was applied below for the same content."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_bot.core.compare_parity import compare_parity, net_actions
from gitops_bot.core.ledger import Outcome, ProjectOutcome, pack_outcome, unpack_outcome
from gitops_bot.core.parity import Beside, Pair, Parity
from gitops_bot.core.plan import Plan, ResourceChange
from gitops_bot.core.report import ResourceOutcome, ResourceState

ACTIONS = {
    "create": ("create",),
    "update": ("update",),
    "replace": ("delete", "create"),
    "delete": ("delete",),
    "forget": ("forget",),
    "read": ("read",),
    "no-op": ("no-op",),
}


def applied(*resources: tuple[str, str] | tuple[str, str, ResourceState]) -> ProjectOutcome:
    """One apply: addresses, actions and how far they came."""
    told = tuple(ResourceOutcome(r[0], r[1], r[2] if len(r) == 3 else ResourceState.DONE) for r in resources)
    return ProjectOutcome("stack", "1.11.4", "", resources=told)


def plan(**changes: str) -> Plan:
    return Plan(tuple(ResourceChange(f"a.{name}", ACTIONS[kind]) for name, kind in changes.items()))


def test_what_several_applies_came_to_is_one_action() -> None:
    table = {
        ("create",): "create",
        ("create", "update"): "create",
        ("create", "replace"): "create",
        ("create", "delete"): "",
        ("create", "forget"): "",
        ("update", "update"): "update",
        ("update", "replace"): "replace",
        ("update", "delete"): "delete",
        ("update", "forget"): "forget",
        ("replace", "update"): "replace",
        ("replace", "delete"): "delete",
        ("replace", "forget"): "delete",
        ("delete", "create"): "replace",
        ("delete", "create", "update"): "replace",
        ("delete", "create", "delete"): "delete",
        ("delete", "import"): "replace",
        ("import", "update"): "update",
        ("import", "move"): "import",
        ("import", "replace"): "replace",
        ("import", "delete"): "delete",
        ("import", "forget"): "",
        ("move", "update"): "update",
        ("update", "move"): "update",
        ("move", "delete"): "delete",
        ("forget", "create"): "create",
        ("forget", "import"): "import",
        ("create", "create"): "create",
        ("delete", "update"): "update",
        ("juggle",): "juggle",
        ("read",): "",
    }

    found = {
        actions: net_actions([applied(("a.x", action)) for action in actions]).get("a.x", "")
        for actions in table
    }

    assert table == found


def test_addresses_are_counted_each_for_itself() -> None:
    outcomes = [applied(("a.x", "create"), ("a.y", "update")), applied(("a.y", "delete"), ("a.z", "move"))]

    assert net_actions(outcomes) == {"a.x": "create", "a.y": "delete", "a.z": "move"}


def test_what_was_not_done_is_no_part_of_it() -> None:
    outcome = applied(
        ("a.x", "create", ResourceState.FAILED),
        ("a.y", "update", ResourceState.NOT_STARTED),
        ("a.z", "delete", ResourceState.IN_FLIGHT),
    )

    assert net_actions([outcome]) == {}


@pytest.mark.parametrize(
    ("failed", "then", "net"),
    [
        ("create", "replace", "create"),
        ("create", "create", "create"),
        ("create", "delete", ""),
        ("replace", "create", "replace"),
        ("replace", "replace", "replace"),
        ("replace", "update", "update"),
    ],
)
def test_what_is_finished_by_a_later_apply_counts_as_it_was_begun(failed: str, then: str, net: str) -> None:
    outcomes = [applied(("a.x", failed, ResourceState.FAILED)), applied(("a.x", then))]

    assert net_actions(outcomes).get("a.x", "") == net


def test_a_deposed_object_that_was_destroyed_does_not_stand_for_the_one_that_stays() -> None:
    outcomes = [applied(("a.x", "update"), ("a.x", "delete")), applied(("a.y", "delete"), ("a.y", "update"))]

    assert net_actions(outcomes) == {"a.x": "update", "a.y": "update"}


# --- a model of what stands at one address -----------------------------------------------------

POSSIBLE = {
    "nothing": ("create", "import"),
    "object": ("update", "replace", "delete", "forget", "move"),
}


@st.composite
def histories(draw: st.DrawFn) -> tuple[bool, list[str]]:
    """Whether an address has an object at first, and actions that can follow each other from there."""
    first = stands = draw(st.booleans())
    actions = []
    for _ in range(draw(st.integers(0, 6))):
        action = draw(st.sampled_from(POSSIBLE["object" if stands else "nothing"]))
        actions.append(action)
        stands = action not in ("delete", "forget")
    return first, actions


def replay(stands: bool, actions: Sequence[str]) -> tuple[bool, bool]:
    """Whether something stands at the address in the end, and whether an object that no apply made was
    destroyed on the way."""
    foreign, lost = stands, False
    for action in actions:
        if action in ("delete", "replace"):
            lost = lost or foreign
        stands = action not in ("delete", "forget")
        foreign = action == "import" or (foreign and action in ("update", "move"))
    return stands, lost


@given(histories())
def test_the_net_action_comes_to_what_all_of_them_come_to(history: tuple[bool, list[str]]) -> None:
    first, actions = history

    net = net_actions([applied(("a.x", action)) for action in actions]).get("a.x", "")

    stands, lost = replay(first, actions)
    assert (net in ("delete", "replace")) == lost
    assert (net not in ("delete", "forget") if net else first) == stands


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from(sorted(ACTIONS))), max_size=12))
def test_applies_of_other_addresses_change_nothing(steps: list[tuple[str, str]]) -> None:
    together = net_actions([applied(step) for step in steps])
    alone: dict[str, str] = {}
    for address in "xyz":
        alone |= net_actions([applied(step) for step in steps if step[0] == address])

    assert alone == together


# --- beside a plan -------------------------------------------------------------------------------


def test_every_address_is_the_same_extra_missing_or_different_and_danger_comes_first() -> None:
    here = plan(same="create", other="update", extra="create", gone="delete", main="replace", read="read")
    below = applied(
        ("a.same", "create"), ("a.other", "create"), ("a.missing", "update"), ("a.main", "update")
    )

    assert compare_parity(here, "staging", [below]) == Parity(
        "staging",
        (
            Pair("a.main", Beside.DIFFERENT, "replace", "update", dangerous=True),
            Pair("a.gone", Beside.EXTRA, "delete", "", dangerous=True),
            Pair("a.other", Beside.DIFFERENT, "update", "create"),
            Pair("a.extra", Beside.EXTRA, "create"),
            Pair("a.missing", Beside.MISSING, "", "update"),
        ),
        same=1,
    )


@pytest.mark.parametrize(
    ("here", "below", "dangerous"),
    [
        ("replace", "update", True),
        ("replace", "create", True),
        ("replace", "delete", False),
        ("delete", "update", True),
        ("delete", "replace", True),
        ("delete", "", True),
        ("replace", "", True),
        ("forget", "", False),
        ("update", "replace", False),
        ("create", "delete", False),
    ],
)
def test_what_is_destroyed_or_replaced_here_alone_is_dangerous(
    here: str, below: str, dangerous: bool
) -> None:
    outcomes = [applied(("a.x", below))] if below else []

    (pair,) = compare_parity(plan(x=here), "staging", outcomes).pairs

    assert pair.dangerous is dangerous


def test_a_record_that_is_not_whole_makes_nothing_missing_and_only_danger_extra() -> None:
    here = plan(extra="create", gone="delete", other="update")

    parity = compare_parity(here, "dev", [applied(("a.lost", "create"), ("a.other", "create"))], known=False)

    assert parity.known is False
    assert parity.pairs == (
        Pair("a.gone", Beside.EXTRA, "delete", "", dangerous=True),
        Pair("a.other", Beside.DIFFERENT, "update", "create"),
    )


def test_a_deposed_object_to_destroy_stands_beside_nothing() -> None:
    deposed = Plan(
        (
            ResourceChange("a.x", ("update",)),
            ResourceChange("a.x", ("delete",), deposed="0badc0de"),
            ResourceChange("a.y", ("juggle", "delete")),
        )
    )

    parity = compare_parity(deposed, "dev", [applied(("a.x", "update"), ("a.y", "juggle"))])

    assert parity.same == 1
    assert parity.pairs == (
        Pair("a.y", Beside.DIFFERENT, "juggle-delete", "juggle", dangerous=True),
        Pair("a.x (deposed 0badc0de)", Beside.EXTRA, "delete", "", dangerous=True),
    )


def test_a_no_op_here_is_missing() -> None:
    assert compare_parity(plan(x="no-op"), "dev", [applied(("a.x", "update"))]).pairs == (
        Pair("a.x", Beside.MISSING, "", "update"),
    )


@given(st.dictionaries(st.sampled_from("uvwxyz"), st.sampled_from(["create", "update", "replace", "delete"])))
def test_a_plan_that_does_what_was_applied_below_is_the_same_in_all(changes: dict[str, str]) -> None:
    below = applied(*((f"a.{name}", kind) for name, kind in changes.items()))

    assert compare_parity(plan(**changes), "dev", [below]) == Parity("dev", same=len(changes))


def test_an_outcome_is_whole_as_long_as_no_resource_was_dropped_from_it() -> None:
    resources = tuple(ResourceOutcome(f"a.n{n}", "create", ResourceState.DONE) for n in range(50))
    outcome = Outcome(1, True, True, (50, 0, 0), (ProjectOutcome("stack", "", "", resources=resources),))

    stored = [unpack_outcome(pack_outcome(outcome, limit)) for limit in (100_000, 1_000)]

    assert [found is not None and found.whole for found in stored] == [True, False]
