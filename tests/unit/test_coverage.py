from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_bot.core.coverage import Coverage, cover
from gitops_bot.core.json_values import JsonValue, canonical
from gitops_bot.core.plan import Plan, ResourceChange
from gitops_bot.core.records import NO_KEY, key_of_lineage
from tests.kit.examples import examples
from tests.kit.plans import (
    CREATE_FIRST,
    DELETE,
    DESTROY_FIRST,
    KEY,
    NO_OP,
    approval_of,
    compare,
    configured,
    fresh_of,
    output,
    plan,
    resource,
    uncovered,
    update,
)

WEB = "terraform_data.web"
NEW_KEY = key_of_lineage("a-new-lineage")
TAINTED = "replace_because_tainted"
REPLACED = resource(actions=CREATE_FIRST, before={"id": "1"}, after={"n": 2}, after_unknown={"id": True})


def created(after: JsonValue = None, unknown: JsonValue = None, sensitive: JsonValue = None) -> Plan:
    return plan(resource(after=after, after_unknown=unknown, after_sensitive=sensitive))


def updated(before: JsonValue, after: JsonValue, unknown: JsonValue = None) -> Plan:
    return plan(update(before, after, after_unknown=unknown))


# --- the rule ----------------------------------------------------------------------------------


def test_the_same_plan_is_covered() -> None:
    assert compare(created({"a": 1}), created({"a": 1})) == Coverage()


def test_a_plan_without_changes_needs_no_approval() -> None:
    assert compare(plan(resource(actions=NO_OP, after={}))) == Coverage()


def test_a_plan_with_changes_and_no_approval_is_not_covered() -> None:
    found = compare(created({}))
    assert (True, 1, False) == (found.no_approval, len(found.uncovered), found.complete)


def test_part_of_an_approved_plan_is_covered() -> None:
    assert uncovered(plan(resource("a")), plan(resource("a"), resource("b"))) == []


def test_two_approvals_cover_together_what_neither_does_alone() -> None:
    both = plan(resource("a"), resource("b"))
    assert uncovered(both, plan(resource("a")), plan(resource("b"))) == []
    assert uncovered(both, plan(resource("a"))) == ["terraform_data.b create"]


def test_each_difference_is_named_and_nothing_else() -> None:
    approved = plan(resource("a"), update({"t": {"x": 1, "y": 1}}, {"t": {"x": 2, "y": 1}}), resource("c"))
    fresh = plan(resource("a"), update({"t": {"x": 1, "y": 1}}, {"t": {"x": 2, "y": 3}}), resource("d"))
    assert uncovered(fresh, approved) == [f"{WEB} update t.y", "terraform_data.d create"]


NEVER_COVERED = {
    "another value": (created({"a": 1}), created({"a": 2})),
    "true for one": (created({"a": 1}), created({"a": True})),
    "text for a number": (created({"a": 1}), created({"a": "1"})),
    "null for a missing key": (created({}), created({"a": None})),
    "a missing key for null": (created({"a": None}), created({})),
    "an empty list for null": (created({"a": None}), created({"a": []})),
    "another order of a list": (created({"a": [1, 2]}), created({"a": [2, 1]})),
    "another key path": (created({"a.b": 1}), created({"a": {"b": 1}})),
    "a delete for a create": (created({}), plan(resource(actions=DELETE))),
    "a replace for a create": (created({"n": 2}), plan(REPLACED)),
    "a bare delete for a replace": (plan(REPLACED), plan(replace(REPLACED, actions=DELETE, after=None))),
    "the other order of a replace": (plan(REPLACED), plan(replace(REPLACED, actions=DESTROY_FIRST))),
    "a forget for a delete": (plan(resource(actions=DELETE)), plan(resource(actions=("forget",)))),
    "the current object for a deposed one": (
        plan(resource(actions=DELETE, deposed="00000001")),
        plan(resource(actions=DELETE)),
    ),
    "another object": (
        plan(resource(actions=DELETE, before={"id": "1"})),
        plan(resource(actions=DELETE, before={"id": "2"})),
    ),
    "an update of another resource": (
        plan(update({"a": 1}, {"a": 2}, "one")),
        plan(update({"a": 1}, {"a": 2}, "two")),
    ),
    "an update of the same name deeper down": (
        updated({"a": 1, "b": {"a": 1}}, {"a": 2, "b": {"a": 1}}),
        updated({"a": 1, "b": {"a": 1}}, {"a": 1, "b": {"a": 2}}),
    ),
    "a shifted list": (updated({"l": [1, 2]}, {"l": [1]}), updated({"l": [1, 2]}, {"l": [2]})),
    "an update for a create": (created({"a": 2}), updated({"a": 1}, {"a": 2})),
    "an import of something else": (
        plan(resource(actions=NO_OP, importing=True, import_id="1")),
        plan(resource(actions=NO_OP, importing=True, import_id="2")),
    ),
    "a changed provisioner": (
        configured((resource(),), provisioner={"constant_value": "true"}),
        configured((resource(),), provisioner={"constant_value": "rm -rf /"}),
    ),
    "a changed output": (plan(outputs=(output(after=1),)), plan(outputs=(output(after=2),))),
    "an unknown that was known": (created({"a": 1}), created({}, {"a": True})),
    "one more unknown": (created({"b": 1}, {"a": True}), created({}, {"a": True, "b": True})),
    "an unknown above the approved one": (created({"a": {}}, {"a": {"b": True}}), created({}, {"a": True})),
    "a known value beside the unknown one": (
        created({"a": {"c": 1}}, {"a": {"b": True}}),
        created({"a": {"b": 1, "c": 2}}),
    ),
    "a longer list around an unknown": (
        created({"l": [None]}, {"l": [True]}),
        created({"l": ["x", "y"]}, {"l": [False, False]}),
    ),
    "an unknown element at another index": (
        created({"l": [None, 1]}, {"l": [True, False]}),
        created({"l": [1, "x"]}),
    ),
    "an unknown key that was an index": (created({"l": [None]}, {"l": [True]}), created({"l": {"0": 1}})),
    "a mark that moved": (
        created({"a": 1, "b": 1}, sensitive={"a": True}),
        created({"a": 1, "b": 1}, sensitive={"b": True}),
    ),
    "a secret that is shown now": (created({"a": 1}, sensitive={"a": True}), created({"a": 1})),
    "another secret": (
        created({"a": "x"}, sensitive={"a": True}),
        created({"a": "y"}, sensitive={"a": True}),
    ),
    "an update known before and unknown now": (
        updated({"a": 1}, {"a": 2}),
        updated({"a": 1}, {}, {"a": True}),
    ),
    "an update beside an unknown parent": (
        updated({"a": 1, "b": 1}, {"b": 1}, {"a": True}),
        updated({"a": 1, "b": 1}, {"a": 2, "b": 2}),
    ),
}


@pytest.mark.parametrize("case", NEVER_COVERED)
def test_what_nobody_approved_is_not_covered(case: str) -> None:
    approved, fresh = NEVER_COVERED[case]
    assert uncovered(approved, approved) == []
    assert uncovered(fresh, approved) != []


# --- unknown values ----------------------------------------------------------------------------

BECAME_KNOWN = {
    "a value": (created({}, {"a": True}), created({"a": 1})),
    "an object": (created({}, {"a": True}), created({"a": {"b": [1]}})),
    "null": (created({}, {"a": True}), created({"a": None})),
    "a part of an object": (created({"a": {"c": 1}}, {"a": {"b": True}}), created({"a": {"b": 2, "c": 1}})),
    "an element of a list": (created({"l": [None, 1]}, {"l": [True, False]}), created({"l": ["x", 1]})),
    "only some of it": (created({}, {"a": True}), created({"a": {"c": 1}}, {"a": {"b": True}})),
    "a secret": (created({}, {"a": True}, {"a": True}), created({"a": "x"}, None, {"a": True})),
    "a secret that was not marked": (
        created({}, {"a": True}),
        created({"a": {"p": 1}}, None, {"a": {"p": True}}),
    ),
    "the value of an update": (updated({"a": 1}, {}, {"a": True}), updated({"a": 1}, {"a": 2})),
    "the object of an update": (
        updated({"a": {"b": 1, "c": 1}}, {}, {"a": True}),
        updated({"a": {"b": 1, "c": 1}}, {"a": {"b": 2}}),
    ),
    "some of an update": (
        updated({"a": {"b": 1, "c": 1}}, {}, {"a": True}),
        updated({"a": {"b": 1, "c": 1}}, {"a": {"b": 2}}, {"a": {"c": True}}),
    ),
    "an output": (plan(outputs=(output(after_unknown=True),)), plan(outputs=(output(after=1),))),
}


@pytest.mark.parametrize("case", BECAME_KNOWN)
def test_an_approved_unknown_covers_what_it_became(case: str) -> None:
    approved, fresh = BECAME_KNOWN[case]
    assert uncovered(fresh, approved) == []
    assert uncovered(approved, fresh) != []


# --- after a failed apply ----------------------------------------------------------------------


def tainted(change: ResourceChange, actions: tuple[str, ...] = DESTROY_FIRST) -> ResourceChange:
    return replace(change, actions=actions, action_reason=TAINTED)


DEPOSED = resource(actions=DELETE, before={"id": "1"}, deposed="00000001")
STANDS = resource(actions=NO_OP, before={"id": "2", "n": 2}, after={"id": "2", "n": 2})
CREATED = resource(after={"n": 2}, after_unknown={"id": True})
HALF_DONE = {
    "the create of a replace": (REPLACED, (replace(REPLACED, actions=("create",)),)),
    "a tainted create": (CREATED, (tainted(CREATED),)),
    "a tainted replace in the other order": (REPLACED, (tainted(REPLACED),)),
    "a deposed object beside a whole one": (REPLACED, (STANDS, DEPOSED)),
    "a deposed object beside a tainted one": (REPLACED, (tainted(REPLACED, CREATE_FIRST), DEPOSED)),
    "a deposed object beside a create that was tried again": (CREATED, (STANDS, DEPOSED)),
    "a deposed object beside one that is approved to be replaced": (REPLACED, (REPLACED, DEPOSED)),
}


@pytest.mark.parametrize("case", HALF_DONE)
def test_what_a_half_done_apply_leaves_is_covered_at_failed_addresses_only(case: str) -> None:
    approved, fresh = HALF_DONE[case]
    assert uncovered(plan(*fresh), plan(approved), failed=(WEB,)) == []
    elsewhere = uncovered(plan(*fresh), plan(approved), failed=("terraform_data.other",))
    assert (True, elsewhere) == (bool(elsewhere), uncovered(plan(*fresh), plan(approved)))


STILL_NOT_COVERED = {
    "a bare delete": (REPLACED, (replace(REPLACED, actions=DELETE, after=None),)),
    "the other order of a replace that is not tainted": (
        REPLACED,
        (replace(REPLACED, actions=DESTROY_FIRST),),
    ),
    "another value": (REPLACED, (tainted(replace(REPLACED, after={"n": 3})),)),
    "a replace where a create was approved": (CREATED, (replace(REPLACED, actions=DESTROY_FIRST),)),
    "a create where an update was approved": (update({"n": 1}, {"n": 2}), (CREATED,)),
    "a create where a delete was approved": (resource(actions=DELETE, before={}), (CREATED,)),
    "a deposed object beside nothing": (REPLACED, (DEPOSED,)),
    "a deposed object beside one nobody approved": (
        REPLACED,
        (replace(STANDS, after={"id": "2", "n": 3}), DEPOSED),
    ),
    "a deposed object beside one that nobody approved to be replaced": (
        REPLACED,
        (replace(REPLACED, after={"n": 3}), DEPOSED),
    ),
    "a deposed object where create was not first": (
        replace(REPLACED, actions=DESTROY_FIRST),
        (STANDS, DEPOSED),
    ),
    "a deposed object beside another create": (
        CREATED,
        (replace(STANDS, after={"id": "2", "n": 3}), DEPOSED),
    ),
    "the current object": (REPLACED, (STANDS, replace(DEPOSED, deposed=""))),
}


@pytest.mark.parametrize("case", STILL_NOT_COVERED)
def test_a_failed_address_is_no_licence(case: str) -> None:
    approved, fresh = STILL_NOT_COVERED[case]
    assert uncovered(plan(*fresh), plan(approved), failed=(WEB,)) != []


# --- keys --------------------------------------------------------------------------------------

SECRET = created({"p": "a"}, sensitive={"p": True})
OTHER_SECRET = created({"p": "b"}, sensitive={"p": True})


def test_without_a_key_a_secret_is_not_compared_and_that_is_said() -> None:
    assert compare(OTHER_SECRET, SECRET, key=NO_KEY) == Coverage(sensitive_skipped=True)


def test_without_a_key_and_without_secrets_nothing_is_said() -> None:
    assert compare(created({}), created({}), key=NO_KEY) == Coverage()


def test_under_one_key_secrets_are_compared() -> None:
    assert compare(SECRET, SECRET) == Coverage()
    assert len(compare(OTHER_SECRET, SECRET).uncovered) == 1


def test_a_state_that_our_own_apply_created_skips_secrets_and_says_so() -> None:
    found = cover(
        fresh_of(OTHER_SECRET, NEW_KEY), [approval_of(SECRET, NO_KEY)], created_by_us=frozenset({NEW_KEY.id})
    )
    assert found == Coverage(sensitive_skipped=True)


@pytest.mark.parametrize(
    ("approved_under", "fresh_under", "ours"),
    [
        (NO_KEY, NEW_KEY, frozenset[str]()),
        (KEY, NEW_KEY, frozenset[str]()),
        (KEY, NEW_KEY, frozenset({NEW_KEY.id})),
        (KEY, NO_KEY, frozenset({KEY.id})),
    ],
)
def test_a_replaced_state_stops_everything(
    approved_under: object, fresh_under: object, ours: frozenset[str]
) -> None:
    assert isinstance(approved_under, type(KEY)) and isinstance(fresh_under, type(KEY))
    for made in (SECRET, created({})):
        found = cover(fresh_of(made, fresh_under), [approval_of(made, approved_under)], created_by_us=ours)
        assert (True, 1, False) == (found.state_replaced, len(found.uncovered), found.complete)


# --- what a plan depends on --------------------------------------------------------------------


def test_another_version_of_terraform_stops_even_the_same_plan() -> None:
    newer = replace(created({}), terraform_version="1.12.0")
    found = compare(newer, created({}))
    assert (("1.11.4",), (), False) == (found.terraform_versions, found.uncovered, found.complete)


def test_another_lock_file_stops_even_the_same_plan() -> None:
    found = cover(fresh_of(created({}), lock="other"), [approval_of(created({}))])
    assert (True, (), False) == (found.lock_file_changed, found.uncovered, found.complete)


def test_what_the_last_apply_used_is_approved_for_pull_requests_planned_before() -> None:
    newer = replace(created({}), terraform_version="1.12.0")
    found = cover(
        fresh_of(newer, lock="other"),
        [approval_of(created({}))],
        applied_with=frozenset({("1.12.0", "other")}),
    )
    assert found == Coverage()


def test_what_another_merged_pull_request_was_planned_with_is_approved() -> None:
    newer = replace(plan(resource("b")), terraform_version="1.12.0")
    both = replace(plan(resource("a"), resource("b")), terraform_version="1.12.0")
    found = cover(
        fresh_of(both, lock="new"), [approval_of(plan(resource("a"))), approval_of(newer, lock="new")]
    )
    assert found == Coverage()


# --- against another way of saying the rule ----------------------------------------------------

UNKNOWN, MISSING = "(unknown)", "(missing)"
leaves = st.sampled_from([None, True, 1, "1", UNKNOWN])
known_leaves = st.sampled_from([None, True, 1, "1"])


def templates(leaf: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Small objects over a small alphabet, so that two of them are often nearly equal."""
    inner = st.recursive(
        leaf,
        lambda i: st.lists(i, max_size=2) | st.dictionaries(st.sampled_from("ab"), i, max_size=2),
        max_leaves=4,
    )
    return st.dictionaries(st.sampled_from(["a", "b", "a.b"]), inner, max_size=3)


def known(template: Any) -> Any:
    """A template as `after` shows it: without unknown keys, and null for unknown elements."""
    if isinstance(template, dict):
        return {k: known(v) for k, v in template.items() if v != UNKNOWN}
    if isinstance(template, list):
        return [known(v) for v in template]
    return None if template == UNKNOWN else template


def marks(template: Any) -> Any:
    """A template as `after_unknown` shows it."""
    if isinstance(template, dict):
        return {k: marks(v) for k, v in template.items() if v == UNKNOWN or isinstance(v, dict | list)}
    return [marks(v) for v in template] if isinstance(template, list) else template == UNKNOWN


def equal(one: Any, two: Any) -> bool:
    return type(one) is type(two) and canonical(one) == canonical(two)


def allowed(approved: Any, fresh: Any) -> bool:
    """Whether the fresh value may stand where the approved one was shown."""
    if approved == UNKNOWN:
        return True
    if isinstance(approved, dict) and isinstance(fresh, dict):
        return all(allowed(approved.get(k, MISSING), fresh.get(k, MISSING)) for k in {*approved, *fresh})
    if isinstance(approved, list) and isinstance(fresh, list) and len(approved) == len(fresh):
        return all(allowed(a, f) for a, f in zip(approved, fresh, strict=True))
    return equal(approved, fresh)


def mixed(before: Any, approved: Any, fresh: Any) -> bool:
    """Whether the fresh value is made of what is there already and of what was approved."""
    if equal(fresh, before) or equal(fresh, approved):
        return True
    if not all(isinstance(v, dict) for v in (before, approved, fresh)):
        return False
    keys = {*before, *approved, *fresh}
    return all(mixed(*(v.get(k, MISSING) for v in (before, approved, fresh))) for k in keys)


@given(templates(leaves), st.data())
@settings(max_examples=examples(40), deadline=None)
def test_a_create_is_covered_exactly_when_every_known_value_was_approved(
    approved: dict[str, Any], data: st.DataObject
) -> None:
    fresh = data.draw(templates(leaves) | st.just(approved))
    for key in data.draw(st.sets(st.sampled_from(sorted({*approved, *fresh}) or ["a"]))):
        fresh = {**fresh, key: approved[key]} if key in approved else fresh
    found = uncovered(created(known(fresh), marks(fresh)), created(known(approved), marks(approved)))
    assert allowed(approved, fresh) is not bool(found)


@st.composite
def mixtures(draw: st.DrawFn) -> tuple[Any, Any, Any]:
    """An object, what it was approved to become, and a third one made mostly of these two."""
    before, approved, other = (draw(templates(known_leaves)) for _ in range(3))

    def mix(one: Any, two: Any, three: Any) -> Any:
        if isinstance(one, dict) and isinstance(two, dict) and draw(st.booleans()):
            values = {
                k: mix(one.get(k, MISSING), two.get(k, MISSING), other.get(k, MISSING))
                for k in sorted({*one, *two})
            }
            return {k: v for k, v in values.items() if v != MISSING}
        return draw(st.sampled_from([one, two, one, two, three]))

    return before, approved, mix(before, approved, other)


@given(mixtures())
@settings(max_examples=examples(25), deadline=None)
def test_an_update_is_covered_exactly_when_it_is_made_of_what_is_there_and_what_was_approved(
    objects: tuple[Any, Any, Any],
) -> None:
    before, approved, fresh = objects
    assume(not equal(before, fresh))
    found = uncovered(updated(before, fresh), updated(before, approved))
    assert mixed(before, approved, fresh) is not bool(found)
