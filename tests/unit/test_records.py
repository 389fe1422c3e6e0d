from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_bot.core.json_values import JsonValue, canonical, read_json
from gitops_bot.core.plan import Plan, read_plan
from gitops_bot.core.records import (
    NO_KEY,
    SecretKey,
    changes_of,
    fingerprint,
    key_of_lineage,
    marked_paths,
    settled_objects,
    without,
)
from tests.kit.examples import examples
from tests.kit.plans import (
    CREATE,
    CREATE_FIRST,
    DELETE,
    DESTROY_FIRST,
    KEY,
    NO_OP,
    configured,
    output,
    plan,
    resource,
    update,
)

Records = frozenset[tuple[bytes, object]]
names = st.text(st.sampled_from('abé."[]'), min_size=1, max_size=3)
scalars = st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(names, values, max_size=4)


def records(made: Plan, key: SecretKey = KEY) -> Records:
    return frozenset((fingerprint(c, c.unknown, key), c.unknown) for c in changes_of(made))


def created(after: JsonValue, **members: Any) -> Records:
    return records(plan(resource(after=after, **members)))


def updated(before: JsonValue, after: JsonValue, **members: Any) -> list[tuple[object, JsonValue]]:
    return [(c.path, c.value) for c in changes_of(plan(update(before, after, **members)))]


# --- what counts -------------------------------------------------------------------------------

BASE = resource(after={"a": 1, "s": "x"}, provider="registry/p")
OTHERS = {
    "the kind": replace(BASE, actions=DELETE),
    "the order of a replace": replace(BASE, actions=CREATE_FIRST),
    "the other order of a replace": replace(BASE, actions=DESTROY_FIRST),
    "actions of a version to come": replace(BASE, actions=("create", "forget")),
    "no actions at all": replace(BASE, actions=()),
    "the address": replace(BASE, address="terraform_data.other"),
    "an index": replace(BASE, address="terraform_data.web[0]"),
    "a key that looks like an index": replace(BASE, address='terraform_data.web["0"]'),
    "a value": replace(BASE, after={"a": 2, "s": "x"}),
    "text for a number": replace(BASE, after={"a": "1", "s": "x"}),
    "true for one": replace(BASE, after={"a": True, "s": "x"}),
    "null for a value": replace(BASE, after={"a": None, "s": "x"}),
    "a missing key": replace(BASE, after={"a": 1}),
    "one more key that is null": replace(BASE, after={"a": 1, "s": "x", "n": None}),
    "an empty list for nothing": replace(BASE, after={"a": 1, "s": "x", "n": []}),
    "an empty object for nothing": replace(BASE, after={"a": 1, "s": "x", "n": {}}),
    "one more unknown": replace(BASE, after_unknown={"n": True}),
    "an unknown of the same name in an object": replace(BASE, after_unknown={"n": {"n": True}}),
    "a known value that becomes unknown": replace(BASE, after={"s": "x"}, after_unknown={"a": True}),
    "a sensitive mark": replace(BASE, after_sensitive={"s": True}),
    "a sensitive mark elsewhere": replace(BASE, after_sensitive={"a": True}),
    "a sensitive mark on everything": replace(BASE, after_sensitive=True),
    "the provider's source": replace(BASE, provider="registry/evil"),
    "an import": replace(BASE, importing=True, import_id="1"),
    "an import of another object": replace(BASE, importing=True, import_id="2"),
    "an import by identity": replace(BASE, importing=True, import_identity={"arn": "1"}),
    "a move": replace(BASE, previous_address="terraform_data.before"),
    "a move from elsewhere": replace(BASE, previous_address="terraform_data.elsewhere"),
}


def test_any_change_of_meaning_changes_the_records() -> None:
    found: dict[Records, str] = {records(plan(BASE)): "the base"}
    same = [
        (name, found[made])
        for name, other in OTHERS.items()
        if found.setdefault(made := records(plan(other)), name) != name
    ]
    assert same == []


CONFIGURED: dict[str, dict[str, Any]] = {
    "nothing": {},
    "a provisioner": {"provisioner": {"constant_value": "echo one"}},
    "another provisioner": {"provisioner": {"constant_value": "echo two"}},
    "a provisioner with a variable": {"provisioner": {"references": ["var.x"]}, "variables": {"x": 1}},
    "that variable's value": {"provisioner": {"references": ["var.x"]}, "variables": {"x": 2}},
    "a provider": {"provider": {"region": {"constant_value": "eu-west-1"}}},
    "another provider": {"provider": {"region": {"constant_value": "us-east-1"}}},
    "a provider with a variable": {"provider": {"region": {"references": ["var.x"]}}, "variables": {"x": 1}},
    "that variable's other value": {"provider": {"region": {"references": ["var.x"]}}, "variables": {"x": 2}},
    "a nested block": {
        "provider": {"assume_role": [{"arn": {"references": ["var.x.y"]}}]},
        "variables": {"x": 1},
    },
    "its variable": {
        "provider": {"assume_role": [{"arn": {"references": ["var.x.y"]}}]},
        "variables": {"x": 2},
    },
    "a local": {"provider": {"region": {"references": ["local.region"]}}, "variables": {"x": 1}},
    "a variable the local may come from": {
        "provider": {"region": {"references": ["local.r"]}},
        "variables": {"x": 2},
    },
}


@pytest.mark.parametrize("change", [BASE, replace(BASE, actions=CREATE_FIRST), update({"a": 1}, {"a": 2})])
def test_provisioners_and_provider_configuration_count(change: Any) -> None:
    found = {records(configured((change,), **members)) for members in CONFIGURED.values()}
    assert len(CONFIGURED) == len(found)


def test_a_variable_that_nothing_uses_does_not_count() -> None:
    uses_x: dict[str, Any] = {
        "provider": {"region": {"references": ["var.x"]}},
        "provisioner": {"constant_value": "y"},
    }
    one = configured((BASE,), **uses_x, variables={"x": 1, "other": 1})
    two = configured((BASE,), **uses_x, variables={"x": 1, "other": 2})
    assert records(one) == records(two)


@pytest.mark.parametrize("property_", ["sensitive", "ephemeral"])
def test_a_secret_variable_of_a_provisioner_does_not_count_because_nothing_published_may_hold_it(
    property_: str,
) -> None:
    members: dict[str, Any] = {"provisioner": {"references": ["var.x"]}, "declared": {"x": {property_: True}}}
    one, two = (configured((BASE,), **members, variables={"x": value}) for value in ("a", "b"))
    assert records(one) == records(two)


@pytest.mark.parametrize(
    "address",
    [
        'module.m.terraform_data.web["k"]',
        'module.m["a.b"].terraform_data.web',
        r'module.m["]\"["].terraform_data.web',
    ],
)
def test_a_module_s_provisioner_is_found_whatever_its_instance_is_called(address: str) -> None:
    inner = resource(address=address, module=address.partition(".terraform_data")[0], after={})
    one, two = (
        configured((inner,), module="m", provisioner={"references": ["var.v"]}, variables={"r": n})
        for n in (1, 2)
    )
    assert records(one) != records(two)


def test_a_deposed_object_is_not_the_current_one_even_without_an_id() -> None:
    current = resource(actions=DELETE, before={"name": "x"})
    assert records(plan(current)) != records(plan(replace(current, deposed="00000001")))


def test_a_delete_is_of_the_object_with_this_id() -> None:
    one, two = (plan(resource(actions=DELETE, before={"id": i, "size": 1})) for i in ("i-1", "i-2"))
    assert records(one) != records(two)


def test_what_a_deleted_object_holds_besides_its_id_does_not_count() -> None:
    one, two = (plan(resource(actions=DELETE, before={"id": "i-1", "size": n})) for n in (1, 2))
    assert records(one) == records(two)


# --- what does not count -----------------------------------------------------------------------


def _reversed_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _reversed_keys(v) for k, v in reversed(value.items())}
    return [_reversed_keys(v) for v in value] if isinstance(value, list) else value


@given(objects)
@settings(max_examples=examples(40), deadline=None)
def test_the_order_of_keys_and_white_space_do_not_count(after: dict[str, JsonValue]) -> None:
    document = {
        "format_version": "1.2",
        "resource_changes": [
            {
                "address": "x.y",
                "mode": "managed",
                "type": "x",
                "name": "y",
                "change": {"actions": ["create"], "after": after},
            }
        ],
    }
    loose = read_plan(json.dumps(_reversed_keys(document), indent=3).encode())
    assert records(read_plan(json.dumps(document).encode())) == records(loose)


@given(st.integers(10**22, 10**23 - 2))
@settings(max_examples=examples(30), deadline=None)
def test_the_last_digit_of_23_counts_and_the_spelling_does_not(number: int) -> None:
    after = {text: created({"n": read_json(text)}) for text in (str(number), f"{number}.0", f"{number}0e-1")}
    assert {created({"n": number})} == set(after.values())
    assert created({"n": number}) != created({"n": number + 1})


def test_reads_no_ops_and_drift_are_no_records() -> None:
    read = resource(actions=("read",), mode="data", after={"x": 1})
    quiet = resource("quiet", NO_OP, before={"x": 1}, after={"x": 1})
    assert changes_of(plan(read, quiet, drift=(update({"a": 1}, {"a": 2}),))) == ()


@given(objects, objects)
@settings(max_examples=examples(40), deadline=None)
def test_two_creates_have_one_record_exactly_when_their_values_are_equal(
    one: dict[str, JsonValue], two: dict[str, JsonValue]
) -> None:
    assert (canonical(one) == canonical(two)) is (created(one) == created(two))


@given(objects, objects)
@settings(max_examples=examples(40), deadline=None)
def test_updates_from_one_object_to_different_ones_have_different_records(
    one: dict[str, JsonValue], two: dict[str, JsonValue]
) -> None:
    before: dict[str, JsonValue] = {"a": {"b": 1}, "b": [1], "é": None}
    assume(canonical(one) != canonical(two) and canonical(before) not in (canonical(one), canonical(two)))
    assert records(plan(update(before, one))) != records(plan(update(before, two)))


# --- updates -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1, "b": 1}, {"a": 2, "b": 1}, [(("a",), 2)]),
        ({"t": {"a": 1, "b": 1}}, {"t": {"a": 2, "b": 3}}, [(("t", "a"), 2), (("t", "b"), 3)]),
        ({"t": [{"a": 1}]}, {"t": [{"a": 2}]}, [(("t",), [{"a": 2}])]),
        ({"t": None}, {"t": {"a": 1}}, [(("t",), {"a": 1})]),
        ({"a.b": 1}, {"a.b": 2}, [(("a.b",), 2)]),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, [(("a", "b"), 2)]),
        ({"a": 1}, {"a": True}, [(("a",), True)]),
        ({"a": []}, {"a": None}, [(("a",), None)]),
        ({"a": 1}, {"a": 1}, [((), {"a": 1})]),
    ],
)
def test_an_update_is_one_record_for_each_changed_path(
    before: JsonValue, after: JsonValue, expected: object
) -> None:
    assert updated(before, after) == expected


def test_a_key_that_goes_away_is_not_one_set_to_null() -> None:
    afters: list[JsonValue] = [{"t": {}}, {"t": {"a": None}}]
    gone, null = (plan(update({"t": {"a": 1}}, after)) for after in afters)
    assert records(gone) != records(null)


def test_a_null_that_goes_away_beside_another_change_is_a_record() -> None:
    assert [path for path, _ in updated({"a": 1, "n": None}, {"a": 2})] == [("a",), ("n",)]


def test_a_key_with_a_dot_is_not_a_path() -> None:
    before: JsonValue = {"a": {"b": 1}, "a.b": 1}
    afters: list[JsonValue] = [{"a": {"b": 2}, "a.b": 1}, {"a": {"b": 1}, "a.b": 2}]
    one, two = (plan(update(before, after)) for after in afters)
    assert records(one) != records(two)


def test_the_paths_of_an_update_stop_at_a_sensitive_value() -> None:
    both = {"before_sensitive": {"t": True}, "after_sensitive": {"t": True}}
    assert updated({"t": {"hunter2": 1}}, {"t": {"hunter3": 1}}, **both) == [(("t",), {"hunter3": 1})]


def test_a_sensitive_mark_that_only_moves_is_a_record() -> None:
    marked = changes_of(
        plan(update({"a": 1, "t": {"k": 1}}, {"a": 2, "t": {"k": 1}}, before_sensitive={"t": True}))
    )
    assert [(c.path, "revealed" in c.context) for c in marked] == [(("a",), False), (("t",), True)]


def test_revealing_what_was_sensitive_is_not_the_same_update() -> None:
    hidden = plan(update({"a": 1}, {"a": 2}, before_sensitive={"a": True}, after_sensitive={"a": True}))
    shown = plan(update({"a": 1}, {"a": 2}, before_sensitive={"a": True}, after_sensitive={}))
    assert records(hidden) != records(shown)


# --- outputs and invocations -------------------------------------------------------------------


def test_outputs_count_with_their_action_value_and_marks() -> None:
    variants = [
        output(after=1),
        output(after="1"),
        output(after=None),
        output(after=1, sensitive=True),
        output(after=1, sensitive=True, revealed=True),
        output(after_unknown=True),
        output("other", after=1),
        output(actions=("update",), after=1),
        output(actions=DELETE),
    ]
    assert len(variants) == len({records(plan(outputs=(o,))) for o in variants})


def test_an_action_invocation_counts_without_its_secrets_in_the_clear() -> None:
    def invoked(value: str, key: SecretKey) -> Records:
        config: JsonValue = {
            "address": "action.x.y", "config_values": {"p": value}, "config_sensitive": {"p": True}
        }  # fmt: skip
        return records(plan(action_invocations=(config,)), key)

    assert invoked("a", KEY) != invoked("b", KEY)
    assert invoked("a", NO_KEY) == invoked("b", NO_KEY)


# --- secrets -----------------------------------------------------------------------------------


def test_a_sensitive_value_counts_under_a_key_and_not_without_one() -> None:
    one, two = (plan(resource(after={"p": p}, after_sensitive={"p": True})) for p in ("a", "b"))
    assert records(one) != records(two)
    assert records(one, NO_KEY) == records(two, NO_KEY)


def test_the_same_secret_under_two_keys_has_two_records() -> None:
    one = plan(resource(after={"p": "a"}, after_sensitive={"p": True}))
    assert records(one, KEY) != records(one, key_of_lineage("another"))


def test_what_is_open_has_the_same_record_under_any_key() -> None:
    assert records(plan(BASE), NO_KEY) == records(plan(BASE), KEY)


def test_a_secret_null_is_not_a_missing_secret() -> None:
    one, two = (plan(resource(after=after, after_sensitive={"p": True})) for after in ({"p": None}, {}))
    assert records(one, NO_KEY) != records(two, NO_KEY)


def test_a_key_s_public_name_holds_neither_the_lineage_nor_the_secret() -> None:
    assert (key_of_lineage("").id, key_of_lineage("")) == ("none", NO_KEY)
    assert "a-lineage" not in KEY.id
    assert KEY.secret.hex()[:16] not in KEY.id
    assert KEY.id != key_of_lineage("b").id != SecretKey("secret", key_of_lineage("b").secret).id


# --- the small parts ---------------------------------------------------------------------------


def test_marks_become_paths() -> None:
    marks: JsonValue = {"b": [False, {"c": True}], "a": True, "n": False, "e": {}, "l": []}
    assert list(marked_paths(marks)) == [("a",), ("b", 1, "c")]
    assert [list(marked_paths(m)) for m in (True, False, None)] == [[()], [], []]


@given(objects)
@settings(max_examples=examples(40), deadline=None)
def test_leaving_out_nothing_leaves_the_value(value: dict[str, JsonValue]) -> None:
    assert without(value, ()) == value


def test_leaving_out_changes_neither_the_value_nor_the_other_places_of_a_list() -> None:
    value: JsonValue = {"l": [1, 2, {"a": 1, "b": 2}], "k": 1}
    kept = copy.deepcopy(value)
    left = without(value, [("l", 0), ("l", 2, "a"), ("k",), ("missing", "x")], "?")
    assert (left, value) == ({"l": ["?", 2, {"a": "?", "b": 2}], "k": "?"}, kept)


def test_a_settled_object_is_what_stands_and_not_what_is_deposed() -> None:
    made = plan(resource(actions=NO_OP, after={"a": 1}), resource("b"), resource("c", NO_OP, deposed="1"))
    assert list(settled_objects(made)) == ["terraform_data.web"]


def test_every_action_that_does_something_has_a_record() -> None:
    kinds = [
        CREATE,
        DELETE,
        CREATE_FIRST,
        DESTROY_FIRST,
        ("update",),
        ("forget",),
        ("create", "forget"),
        ("new",),
    ]
    made = [changes_of(plan(resource(actions=k, before={"a": 1}, after={"a": 2}))) for k in kinds]
    assert [["/".join(k)] for k in kinds] == [[c.kind for c in changes] for changes in made]
