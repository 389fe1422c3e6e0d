from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_bot.core.errors import BadInput
from gitops_bot.core.json_values import JsonValue, read_json
from gitops_bot.core.plan import ChangeKind, Check, Plan, read_plan
from gitops_bot.core.records import changes_of
from tests.kit.examples import examples
from tests.kit.plans import CREATE_FIRST, DESTROY_FIRST, output, plan, resource, update

ENTRY: dict[str, Any] = {
    "address": "module.m.x.y",
    "module_address": "module.m",
    "mode": "managed",
    "type": "x",
    "name": "y",
    "provider_name": "registry/p",
    "previous_address": "x.z",
    "deposed": "00000001",
    "action_reason": "replace_because_tainted",
    "change": {
        "actions": ["delete", "create"],
        "before": {"id": "1"},
        "after": {"n": 12345678901234567890123},
        "after_unknown": {"id": True},
        "before_sensitive": {"a": True},
        "after_sensitive": {"b": True},
        "replace_paths": [["n"], ["l", 0]],
        "importing": {"id": "i", "identity": {"arn": "a"}},
        "a_key_to_come": 1,
    },
}
DOCUMENT: dict[str, Any] = {
    "format_version": "1.2",
    "terraform_version": "1.11.4",
    "resource_changes": [ENTRY],
    "planned_values": {},
    "a_key_to_come": {},
}
STATE = {"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {}}}
RAW_STATE = {"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "l", "resources": []}


def read(document: object) -> Plan:
    return read_plan(json.dumps(document).encode(), "p.json")


WHOLE = json.dumps(DOCUMENT).encode()
BAD: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "p.json is empty."),
    "white space": (b"\xef\xbb\xbf \n", "p.json is empty."),
    "a binary plan file": (b"PK\x03\x04" + bytes(100), "p.json is a binary plan file, not a plan's JSON."),
    "text": (b"Terraform will perform", "p.json is not JSON (line 1, column 1)."),
    "a wrapper's words before it": (b"[command]x\n" + WHOLE, "p.json is not JSON (line 1, column 2)."),
    "cut off": (WHOLE[:-20], "p.json is cut off at line 1: its JSON never ends."),
    "cut off in a word": (WHOLE[: WHOLE.index(b"managed") + 3], ""),
    "NaN": (b'{"resource_changes":[],"x":NaN}', "p.json is not JSON (line 1, column 1)."),
    "no JSON where nobody reads": (
        b'{"resource_changes":[],\n"planned_values":{"a":01}}',
        "p.json is not JSON (line 2, column 24).",
    ),
    "another encoding where nobody reads": (
        b'{"resource_changes":[],"planned_values":"\xe9"}',
        "p.json is neither UTF-8 nor UTF-16 text.",
    ),
    "a number beyond reckoning": (b'{"resource_changes":[],"variables":1e99999999999999999999}', ""),
    "another encoding": ('{"é":1}'.encode("latin-1"), "p.json is neither UTF-8 nor UTF-16 text."),
    "half a character of UTF-16": (b"\xff\xfe{", "p.json is neither UTF-8 nor UTF-16 text."),
    "a list": (b"[]", "p.json is JSON, but not a plan: the outermost value is no object."),
    "a number": (b"1" * 5000, "p.json is JSON, but not a plan: the outermost value is no object."),
    "a state's JSON": (json.dumps(STATE).encode(), "p.json is a state, not a plan."),
    "a state file": (json.dumps(RAW_STATE).encode(), "p.json is a state, not a plan."),
    "the JSON of no state": (b'{"format_version":"1.0"}', ""),
    "the providers' schemas": (b'{"format_version":"1.0","provider_schemas":{}}', ""),
    "a validation": (b'{"format_version":"1.0","valid":true,"diagnostics":[]}', ""),
    "some other JSON": (b'{"x":1}', "p.json is JSON, but not a plan's: it has no list of resource_changes."),
    "changes that are no list": (b'{"resource_changes":{"a":1}}', ""),
    "a format to come": (
        json.dumps({**DOCUMENT, "format_version": "2.0"}).encode(),
        "p.json has plan format 2.0; this version reads 0.x and 1.x.",
    ),
    "lists without end": (b"[" * 100_000, "p.json is nested too deeply to be a plan's JSON."),
    "lists that end": (b'{"resource_changes":' + b"[" * 400 + b"]" * 400 + b"}", ""),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_plan_is_bad_input_and_the_message_says_what_it_is(case: str) -> None:
    data, expected = BAD[case]
    with pytest.raises(BadInput) as caught:
        read_plan(data, "p.json")
    assert caught.value.hint
    assert (expected or caught.value.message) == caught.value.message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_plan_is_read_in_the_encodings_that_shells_write(encoding: str) -> None:
    assert read_plan(json.dumps(DOCUMENT, ensure_ascii=False).encode(encoding)) == read(DOCUMENT)


@pytest.mark.parametrize("version", ["0.1", "1.0", "1.2", "1.99"])
def test_formats_of_the_first_two_generations_are_read(version: str) -> None:
    assert read({**DOCUMENT, "format_version": version}).format_version == version


# One change and one output as each format wrote them, with the members that it added.
OLD_CHANGE = {
    "actions": ["delete", "create"],
    "before": {"a": 1},
    "after": {"a": 2},
    "after_unknown": {"id": True},
}
OLD_ENTRY = {"address": "x.y", "mode": "managed", "type": "x", "name": "y", "provider_name": "p"}
OLD_OUTPUT = {"actions": ["create"], "before": None, "after": "v", "after_unknown": False}
MASKS = {"before_sensitive": {"a": True}, "after_sensitive": {"a": True}}
MASKED_OUTPUT = {**OLD_OUTPUT, "before_sensitive": True, "after_sensitive": True}
OLD_CHECKS = [{"address": "x.y", "condition_type": "ResourcePostcondition", "result": True, "unknown": False}]
FORMATS: dict[str, dict[str, Any]] = {
    "0.1": {
        "resource_changes": [{**OLD_ENTRY, "change": OLD_CHANGE}],
        "output_changes": {"o": OLD_OUTPUT},
        "configuration": {"root_module": {"outputs": {"o": {"sensitive": True}}}},
    },
    "0.2": {
        "resource_changes": [{**OLD_ENTRY, "action_reason": "r", "change": {**OLD_CHANGE, **MASKS}}],
        "resource_drift": [{**OLD_ENTRY, "change": {**OLD_CHANGE, "actions": ["update"], **MASKS}}],
        "output_changes": {"o": MASKED_OUTPUT},
    },
    "1.0": {
        "resource_changes": [
            {
                **OLD_ENTRY,
                "previous_address": "x.z",
                "change": {**OLD_CHANGE, **MASKS, "replace_paths": [["a"]]},
            }
        ],
        "output_changes": {"o": MASKED_OUTPUT},
    },
    "1.1": {
        "resource_changes": [{**OLD_ENTRY, "change": {**OLD_CHANGE, **MASKS}}],
        "output_changes": {"o": MASKED_OUTPUT},
        "relevant_attributes": [{"resource": "x.y", "attribute": ["a"]}],
        "condition_results": OLD_CHECKS,
    },
    "1.2": {
        "resource_changes": [
            {
                **OLD_ENTRY,
                "change": {
                    **OLD_CHANGE,
                    **MASKS,
                    "importing": {"identity": {"arn": "a"}},
                    "generated_config": "resource {}",
                    "before_identity": {"arn": "a"},
                    "after_identity": {"arn": "a"},
                },
            }
        ],
        "output_changes": {"o": MASKED_OUTPUT},
        "checks": [{"address": {"kind": "resource", "to_display": "x.y"}, "status": "pass"}],
        "timestamp": "2025-01-01T00:00:00Z",
        "applyable": True,
        "complete": True,
        "errored": False,
        "action_invocations": [{"address": "action.a.b"}],
        "deferred_action_invocations": [],
    },
}
READ_CHANGE = {
    "before": {"a": 1},
    "after": {"a": 2},
    "after_unknown": {"id": True},
    "type": "x",
    "provider": "p",
}
READ_MASKS = {**READ_CHANGE, **MASKS}
PASSED = (Check("x.y", "pass", "resource"),)
SECRET_OUTPUT = (output("o", after="v", after_unknown=False, sensitive=True),)
READ: dict[str, Plan] = {
    "0.1": plan(resource("y", DESTROY_FIRST, address="x.y", **READ_CHANGE), outputs=SECRET_OUTPUT),
    "0.2": plan(
        resource("y", DESTROY_FIRST, address="x.y", action_reason="r", **READ_MASKS),
        outputs=SECRET_OUTPUT,
        drift=(resource("y", ("update",), address="x.y", **READ_MASKS),),
    ),
    "1.0": plan(
        resource(
            "y", DESTROY_FIRST, address="x.y", previous_address="x.z", replace_paths=(("a",),), **READ_MASKS
        ),
        outputs=SECRET_OUTPUT,
    ),
    "1.1": plan(
        resource("y", DESTROY_FIRST, address="x.y", **READ_MASKS),
        outputs=SECRET_OUTPUT,
        checks=PASSED,
        relevant_attributes=(("x.y", ("a",)),),
    ),
    "1.2": plan(
        resource(
            "y",
            DESTROY_FIRST,
            address="x.y",
            importing=True,
            import_identity={"arn": "a"},
            generated_config="resource {}",
            **READ_MASKS,
        ),
        outputs=SECRET_OUTPUT,
        checks=PASSED,
        action_invocations=({"address": "action.a.b"},),
    ),
}


@pytest.mark.parametrize("version", FORMATS)
def test_each_format_is_read_with_what_it_has_and_nothing_of_it_is_unknown(version: str) -> None:
    document = {"format_version": version, "terraform_version": "1.11.4", **FORMATS[version]}
    expected = replace(READ[version], format_version=version, configuration=document.get("configuration"))
    assert expected == read(document)


def test_an_output_that_only_the_configuration_calls_sensitive_is_no_secret_where_the_plan_says_more() -> (
    None
):
    declared = {"root_module": {"outputs": {"o": {"sensitive": True}, "p": {}}}}
    changes = {"o": {**OLD_OUTPUT, "before_sensitive": False, "after_sensitive": False}, "p": OLD_OUTPUT}
    found = read({**DOCUMENT, "configuration": declared, "output_changes": changes}).outputs
    assert [("o", False), ("p", False)] == [(o.name, o.sensitive) for o in found]


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"result": True, "unknown": False}, Check("x.y", "pass", "resource")),
        ({"result": False, "unknown": True}, Check("x.y", "unknown", "resource")),
        (
            {
                "result": False,
                "unknown": False,
                "error_message": "No.",
                "condition_type": "OutputPrecondition",
            },
            Check("x.y", "fail", "output_value", ("No.",)),
        ),
        ({}, Check("x.y", "fail", "resource")),
    ],
)
def test_the_conditions_of_terraform_1_2_are_checks(result: dict[str, JsonValue], expected: Check) -> None:
    condition: JsonValue = {"//": "deprecated", "address": "x.y", **result}
    assert (expected,) == read({**DOCUMENT, "condition_results": [condition]}).checks


def test_checks_are_taken_where_a_plan_has_both() -> None:
    checks = [{"address": {"kind": "check", "to_display": "check.c"}, "status": "fail"}]
    found = read({**DOCUMENT, "checks": checks, "condition_results": OLD_CHECKS}).checks
    assert (Check("check.c", "fail", "check"),) == found


@pytest.mark.parametrize(
    "value",
    ["12345678901234567890123", "1" * 4000, "1" * 4001, "1" * 4301, "-" + "1" * 5000, "1e5000", "-0.0",
     "19933688932870350000", '"\\ud83d\\ude00"', '"\\ud83d"', '{"a":1,"a":2}', '"\u2028é😀"'],
)  # fmt: skip
def test_a_plan_holds_exactly_what_json_says(value: str) -> None:
    text = f'{{"resource_changes":[{{"change":{{"actions":["create"],"after":{value}}}}}]}}'
    assert repr(read_json(value)) == repr(read_plan(text.encode()).resource_changes[0].after)


def test_what_nobody_reads_is_passed_over_if_it_is_json_at_all() -> None:
    deep = b"[" * 400 + b"]" * 400
    text = b'{"resource_changes":[],"planned_values":' + deep + b',"prior_state":1e99999999999999999999}'
    assert Plan(()) == read_plan(text)


def test_every_member_of_a_change_is_kept() -> None:
    (change,) = read(DOCUMENT).resource_changes
    assert change == resource(
        "y",
        DESTROY_FIRST,
        address="module.m.x.y",
        type="x",
        module="module.m",
        provider="registry/p",
        before={"id": "1"},
        after={"n": 12345678901234567890123},
        after_unknown={"id": True},
        before_sensitive={"a": True},
        after_sensitive={"b": True},
        replace_paths=(("n",), ("l", 0)),
        action_reason="replace_because_tainted",
        previous_address="x.z",
        import_id="i",
        import_identity={"arn": "a"},
        importing=True,
        deposed="00000001",
        unknown_keys=("a_key_to_come",),
    )


def test_outputs_are_sorted_and_know_what_is_revealed() -> None:
    changes = {
        "b": {"actions": ["create"], "after": 1},
        "a": {"actions": ["update"], "before_sensitive": True, "after_sensitive": False},
        "c": {"actions": ["update"], "before_sensitive": False, "after_sensitive": True},
    }
    assert read({**DOCUMENT, "output_changes": changes}).outputs == (
        output("a", ("update",), sensitive=True, revealed=True),
        output("b", after=1),
        output("c", ("update",), sensitive=True),
    )


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, (False, True, True)),
        ({"errored": True, "complete": False, "applyable": False}, (True, False, False)),
    ],
)
def test_a_plan_says_how_whole_it_is(
    members: dict[str, JsonValue], expected: tuple[bool, bool, bool]
) -> None:
    found = read({**DOCUMENT, **members})
    assert expected == (found.errored, found.complete, found.applyable)


@pytest.mark.parametrize(
    ("actions", "kind"),
    [
        (["create"], ChangeKind.CREATE),
        (["update"], ChangeKind.UPDATE),
        (["delete"], ChangeKind.DELETE),
        (["delete", "create"], ChangeKind.REPLACE),
        (["create", "delete"], ChangeKind.REPLACE),
        (["forget"], ChangeKind.FORGET),
        (["read"], ChangeKind.READ),
        (["no-op"], ChangeKind.NO_OP),
        (["create", "forget"], ChangeKind.UNKNOWN),
        (["delete/create"], ChangeKind.UNKNOWN),
        ([], ChangeKind.UNKNOWN),
        (None, ChangeKind.UNKNOWN),
        ([1], ChangeKind.UNKNOWN),
    ],
)
def test_actions_have_a_kind_and_unknown_ones_do_not_vanish(actions: JsonValue, kind: ChangeKind) -> None:
    found = read({**DOCUMENT, "resource_changes": [{"address": "x.y", "change": {"actions": actions}}]})
    assert [kind] == [c.kind for c in found.resource_changes]
    assert found.has_changes is (kind not in (ChangeKind.READ, ChangeKind.NO_OP))


def test_the_summary_counts_every_change_once_and_imports_and_moves_beside() -> None:
    made = plan(
        resource("a"),
        resource("b", DESTROY_FIRST),
        resource("c", CREATE_FIRST),
        update({"a": 1}, {"a": 2}, "d", importing=True, import_id="i"),
        resource("e", ("no-op",), importing=True),
        resource("f", ("no-op",), previous_address="x.y"),
        resource("g", ("no-op",)),
        resource("h", ("forget",)),
        resource("i", ("read",), mode="data"),
        resource("j", ("new",)),
        resource("k", ("delete",)),
        outputs=(output("a"), output("b", ("no-op",))),
        drift=(update({"a": 1}, {"a": 2}),),
        action_invocations=({},),
    )
    assert made.summary() == {
        "create": 1,
        "update": 1,
        "replace": 2,
        "delete": 1,
        "import": 2,
        "move": 1,
        "forget": 1,
        "read": 1,
        "outputs": 1,
        "drift": 1,
        "unknown": 2,
    }


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (plan(), False),
        (plan(resource(actions=("no-op",))), False),
        (plan(resource(actions=("read",), mode="data")), False),
        (plan(drift=(resource(actions=("update",)),)), False),
        (plan(resource(actions=("no-op",), importing=True)), True),
        (plan(resource(actions=("no-op",), previous_address="x.y")), True),
        (plan(resource(actions=("forget",))), True),
        (plan(outputs=(output(),)), True),
        (plan(action_invocations=({},)), True),
    ],
)
def test_a_plan_has_changes_when_an_apply_would_do_something(made: Plan, expected: bool) -> None:
    assert expected is made.has_changes
    assert expected is bool(changes_of(made))


keys = st.sampled_from(
    [
        "resource_changes",
        "output_changes",
        "planned_values",
        "change",
        "actions",
        "after",
        "after_unknown",
        "after_sensitive",
        "address",
        "importing",
        "configuration",
        "root_module",
        "resources",
        "module_calls",
        "variables",
        "mode",
        "action_invocations",
        "type",
        "name",
        "module_address",
        "provisioners",
        "replace_paths",
        "provider_config",
    ]
)
leaves = (
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "create", "update", 'module.m["', "a.b"])
)
documents = st.recursive(
    leaves, lambda i: st.lists(i, max_size=3) | st.dictionaries(keys, i, max_size=5), max_leaves=25
)
changes = st.lists(
    st.fixed_dictionaries({}, optional={"change": documents, "address": leaves, "module_address": leaves})
)


@given(changes, documents)
@settings(max_examples=examples(50), deadline=None)
def test_any_json_is_a_plan_with_records_or_bad_input(found: list[Any], rest: JsonValue) -> None:
    document = {**DOCUMENT, "resource_changes": found, "configuration": rest, "variables": rest}
    try:
        changes_of(read({**document, "output_changes": rest, "action_invocations": rest}))
    except BadInput as error:
        assert error.message


MEMBERS = ["address", "mode", "type", "deposed", "index", "previous_address", "change", "to_come"]
OF_CHANGE = ["actions", "before", "after", "replace_paths", "importing", "generated_config", "to_come"]
odd = documents | st.sampled_from(
    [["create"], ["create", 1], [["a"], ["b", 1, 1.0, True]], {"id": 5}, 1.5, "x"]
)


@given(st.dictionaries(st.sampled_from(MEMBERS), odd), st.dictionaries(st.sampled_from(OF_CHANGE), odd))
@settings(max_examples=examples(150), deadline=None)
def test_an_entry_of_any_shape_is_read_as_one_of_terraforms_shape_is(
    members: dict[str, Any], of_change: dict[str, Any]
) -> None:
    known = {key: value for key, value in ENTRY["change"].items() if key != "a_key_to_come"}
    entry = {**ENTRY, "change": {**known, **of_change}, **members}
    found = [
        # With half a surrogate pair beside it, nothing is read as Terraform's shape.
        read({**DOCUMENT, "resource_changes": [entry], "resource_drift": [entry], "variables": beside})
        for beside in ("", "\ud800")
    ]
    assert repr(found[0].resource_changes) == repr(found[1].resource_changes) == repr(found[0].drift)
