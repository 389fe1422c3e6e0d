"""A change's diff from the JSON alone is whole, readable, and keeps what is sensitive."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_bot.core.json_values import JsonValue
from gitops_bot.core.plan import Deferred, OutputChange, Plan, ResourceChange
from gitops_bot.render import synthetic
from gitops_bot.render.synthetic import (
    deferred_diff,
    drift_diff,
    invocation_diff,
    output_diff,
    outputs_diff,
)
from tests.kit.examples import examples


def change(before: JsonValue, after: JsonValue, **members: Any) -> ResourceChange:
    actions = ("create",) if before is None else ("delete",) if after is None else ("update",)
    given = {"actions": actions, "type": "a", "name": "b", **members}
    return ResourceChange("a.b", before=before, after=after, **given)


def resource_diff(change: ResourceChange, clean: Callable[[str], str] = str) -> str:
    return synthetic.resource_diff(change, clean)


def body(before: JsonValue, after: JsonValue, **members: Any) -> str:
    """The lines of one attribute `x` that changes so."""
    lines = resource_diff(change({"x": before}, {"x": after}, **members)).split("\n")
    return "\n".join(lines[2:-1])


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (1, 2, "!       x = 1 -> 2"),
        ("a", 'b"\n', '!       x = "a" -> "b\\"\\n"'),
        (True, 1, "!       x = true -> 1"),
        (Decimal("0.10"), Decimal("1e400"), "!       x = 0.10 -> 1E+400"),
        (10**22 + 1, 10**22 + 2, "!       x = 10000000000000000000001 -> 10000000000000000000002"),
        (None, [], "+       x = []"),
        ({}, None, "-       x = {} -> null"),
        (
            {"k": 1, "l": 2},
            {"k": 1, "l": 3},
            """\
!       x = {
!           l = 2 -> 3
            # (1 unchanged attribute hidden)
        }""",
        ),
        (
            ["a", "b"],
            ["b", "c"],
            """\
!       x = [
-           "a",
+           "c",
            # (1 unchanged element hidden)
        ]""",
        ),
        (
            ["a", "b"],
            ["b", "a"],
            """\
!       x = [
!           "a" -> "b",
!           "b" -> "a",
        ]""",
        ),
        (
            [{"n": 1}],
            [{"n": 1}, {"n": 2}],
            """\
!       x = [
+           {
+               n = 2
            },
            # (1 unchanged element hidden)
        ]""",
        ),
        (
            [{"n": 1, "m": 1}, {"n": 2, "m": 1}],
            [{"n": 3, "m": 1}],
            """\
!       x = [
!           {
!               n = 1 -> 3
                # (1 unchanged attribute hidden)
            },
-           {
-               m = 1
-               n = 2
            },
        ]""",
        ),
        (
            "text",
            ["text"],
            """\
!       x = "text" -> [
+           "text",
        ]""",
        ),
        (
            '{"a":1,"b":2}',
            '{"a":1,"b":3}',
            """\
!       x = jsonencode(
!           {
!               b = 2 -> 3
                # (1 unchanged attribute hidden)
            }
        )""",
        ),
        ('{"a":1}', '{"a": 1}', '!       x = "{\\"a\\":1}" -> "{\\"a\\": 1}"'),
        ('{"a":1,"a":2}', '{"a":2}', '!       x = "{\\"a\\":1,\\"a\\":2}" -> "{\\"a\\":2}"'),
        (
            "one\ntwo\n",
            "one\n2\n",
            """\
!       x = <<-EOT
            one
-           two
+           2
        EOT""",
        ),
    ],
)
def test_a_changed_attribute_is_laid_out(before: JsonValue, after: JsonValue, expected: str) -> None:
    assert expected == body(before, after)


def test_long_texts_are_cut_down_to_where_they_differ() -> None:
    line = body("x" * 1000 + "old", "x" * 1000 + "new")
    assert f'!       x = \u2026{"x" * 60}old" -> \u2026{"x" * 60}new"' == line


def test_a_line_end_that_comes_or_goes_is_seen() -> None:
    assert "            one\n            two\n+           \n        EOT" in body("one\ntwo", "one\ntwo\n")
    assert "            one\n            two\n-           \n        EOT" in body("one\ntwo\n", "one\ntwo")


def test_lines_that_do_not_change_are_hidden_but_for_three() -> None:
    old = [f"line {i}" for i in range(20)]
    new = [*old[:10], "new", *old[10:]]
    assert body("\n".join(old), "\n".join(new)) == "\n".join(
        [
            "!       x = <<-EOT",
            "          # (7 unchanged lines hidden)",
            *(f"            line {i}" for i in (7, 8, 9)),
            "+           new",
            *(f"            line {i}" for i in (10, 11, 12)),
            "          # (7 unchanged lines hidden)",
            "        EOT",
        ]
    )


def test_what_is_not_known_yet_says_so_at_its_place() -> None:
    assert '!       x = "a" -> (known after apply)' == body("a", None, after_unknown={"x": True})
    assert "+       x = (known after apply)" == body(None, None, after_unknown={"x": True})
    assert "-           1,\n        ] -> (known after apply)" in body([1], None, after_unknown={"x": True})
    known_in_part = body([1], [1, None], after_unknown={"x": [False, True]})
    assert "+           (known after apply)," in known_in_part


def test_a_path_that_forces_the_replacement_says_so() -> None:
    actions = ("delete", "create")
    assert "!       x = 1 -> 2 # forces replacement" == body(1, 2, actions=actions, replace_paths=(("x",),))
    deep = body({"y": [1]}, {"y": [2]}, actions=actions, replace_paths=(("x", "y", 0),))
    assert "!               1 -> 2, # forces replacement" in deep
    hidden = body(
        {"y": 1}, {"y": 2}, actions=actions, replace_paths=(("x", "y"),),
        before_sensitive={"x": True}, after_sensitive={"x": True},
    )  # fmt: skip
    assert "!       x = (sensitive value) # forces replacement" == hidden


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"actions": ("delete", "create")}, ["  # a.b must be replaced", '-/+ resource "a" "b" {']),
        ({"actions": ("create", "delete")}, ["  # a.b must be replaced", '+/- resource "a" "b" {']),
        (
            {"actions": ("delete", "create"), "action_reason": "replace_because_tainted", "importing": True},
            [
                "  # a.b is tainted, so must be replaced",
                "  # Warning: this will destroy the imported resource",
                '-/+ resource "a" "b" {',
            ],
        ),
        (
            {"actions": ("delete",), "deposed": "1234abcd"},
            [
                "  # a.b (deposed object 1234abcd) will be destroyed",
                "  # (left over from a partially-failed replacement of this instance)",
                '-   resource "a" "b" {',
            ],
        ),
        (
            {"actions": ("update",), "previous_address": "a.c", "importing": True, "import_id": "x\n  # y"},
            [
                "  # a.b will be updated in-place",
                "  # (moved from a.c)",
                '  # (imported from "x\\n  # y")',
                '!   resource "a" "b" {',
            ],
        ),
        (
            {
                "actions": ("no-op",),
                "importing": True,
                "import_identity": {"z": 1, "a": "b"},
                "generated_config": "x",
            },
            [
                "  # a.b will be imported",
                '  # (imported by its identity {"a": "b", "z": 1})',
                "  # (config will be generated)",
                '    resource "a" "b" {',
            ],
        ),
        (
            {"actions": ("no-op",), "previous_address": "a.c"},
            ["  # a.c has moved to a.b", '    resource "a" "b" {'],
        ),
        ({"actions": ("read",), "mode": "data"}, ["  # a.b will be read during apply", ' <= data "a" "b" {']),
        (
            {"actions": ("juggle", "dance"), "unknown_keys": ("balls",)},
            [
                "  # a.b: juggle, dance",
                "  # (with balls, which this version does not know)",
                '    resource "a" "b" {',
            ],
        ),
    ],
)
def test_the_header_says_what_happens_and_why(members: dict[str, Any], expected: list[str]) -> None:
    diff = resource_diff(change({"x": 1}, {"x": 2}, **members)).split("\n")
    assert expected == diff[: len(expected)]
    assert "    }" == diff[-1]


def test_an_unknown_action_is_shown_with_all_that_there_is() -> None:
    diff = resource_diff(change({"kept": 1, "old": 2}, {"kept": 1, "new": 3}, actions=("juggle",)))
    assert ["        kept = 1", "+       new  = 3", "-       old  = 2 -> null"] == diff.split("\n")[2:-1]


def test_the_order_of_keys_makes_no_difference() -> None:
    one = change({"b": 1, "a": {"y": 1, "x": [1]}}, {"a": {"x": [2], "y": 2}, "b": 2})
    other = change({"a": {"x": [1], "y": 1}, "b": 1}, {"b": 2, "a": {"y": 2, "x": [2]}})
    assert resource_diff(one) == resource_diff(other)


def test_a_diff_of_very_many_lines_says_how_many_are_missing() -> None:
    lines = resource_diff(change(None, {f"k{i:04}": i for i in range(2000)})).split("\n")
    assert ["        # (1500 more lines)", "    }"] == lines[-2:]


SECRET = "hunter2"


@pytest.mark.parametrize(
    ("value", "mask"),
    [
        ({"x": SECRET}, {"x": True}),
        ({"x": SECRET}, True),
        ({"x": [1, SECRET]}, {"x": [False, True]}),
        ({"x": [{"y": {"z": SECRET}}]}, {"x": [{"y": {"z": True}}]}),
        ({"x": {SECRET: 1}}, {"x": True}),
        # masks that do not fit
        ({"x": [1, SECRET]}, {"x": [True]}),
        ({"x": [SECRET]}, {"x": [False, False]}),
        ({"x": [SECRET]}, {"x": {"0": True}}),
        ({"x": {"y": SECRET}}, {"x": [True]}),
        ({"x": SECRET}, {"x": {"y": True}}),
        ({"x": SECRET}, {"x": [True]}),
        ({"x": SECRET}, {"x": "true"}),
        ({"x": SECRET}, {"x": 1}),
        ({"x": SECRET}, [True]),
        (SECRET, {"x": True}),
    ],
)
def test_what_a_mask_hides_or_does_not_fit_is_not_shown(value: JsonValue, mask: JsonValue) -> None:
    plain: JsonValue = {"x": "plain"}
    for diff in (
        resource_diff(change(None, value, after_sensitive=mask)),
        resource_diff(change(value, None, before_sensitive=mask)),
        resource_diff(change(value, plain, before_sensitive=mask)),
        resource_diff(change(plain, value, after_sensitive=mask)),
        resource_diff(change(value, value, before_sensitive=mask, actions=("juggle",))),
        resource_diff(change(value, value, before_sensitive=mask, actions=("forget",))),
    ):
        assert SECRET not in diff
        assert "(sensitive value)" in diff or "unchanged" in diff


LEAVES = st.integers(0, 10**6).map(lambda n: f"leaf-{n}") | st.none() | st.booleans()
KEYS = st.sampled_from("abcd")
VALUES = st.recursive(
    LEAVES,
    lambda v: st.lists(v, max_size=4) | st.dictionaries(KEYS, v, max_size=4),
    max_leaves=12,
)


def masked(value: Any, draw: Any) -> tuple[Any, Any]:
    """A mask for the value, and the value with its masked texts made telling."""
    if draw(st.integers(0, 3)) == 0:
        return True, json.loads(json.dumps(value).replace("leaf", "secret"))
    if isinstance(value, dict):
        parts = {k: masked(v, draw) for k, v in value.items()}
        return {k: m for k, (m, _) in parts.items()}, {k: v for k, (_, v) in parts.items()}
    if isinstance(value, list):
        both = [masked(v, draw) for v in value]
        return [m for m, _ in both], [v for _, v in both]
    return draw(st.sampled_from([False, None])), value


@settings(max_examples=examples(150), deadline=None)
@given(st.data())
def test_no_text_under_a_mask_is_ever_shown(data: st.DataObject) -> None:
    before_mask, before = masked({"x": data.draw(VALUES)}, data.draw)
    after_mask, after = masked({"x": data.draw(VALUES)}, data.draw)
    masks = {"before_sensitive": before_mask, "after_sensitive": after_mask}
    for actions in (("update",), ("delete", "create"), ("juggle",), ("forget",)):
        assert "secret" not in resource_diff(change(before, after, actions=actions, **masks))


def texts(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {t for v in value.values() for t in texts(v)}
    if isinstance(value, list):
        return {t for v in value for t in texts(v)}
    return {value} if isinstance(value, str) else set()


@settings(max_examples=examples(150), deadline=None)
@given(VALUES, VALUES)
def test_no_text_that_comes_or_goes_is_missing(before: JsonValue, after: JsonValue) -> None:
    diff = resource_diff(change({"x": before}, {"x": after}))
    missing = {t for t in texts(before) ^ texts(after) if json.dumps(t) not in diff}
    assert set() == missing


def test_secrets_are_hidden_before_a_text_is_cut_folded_or_taken_apart() -> None:
    def clean(text: str) -> str:
        return (
            text.replace("hun\nter2", "(redacted)")
            .replace("z" * 500, "(redacted)")
            .replace("hunter2", "(redacted)")
        )

    secrets: JsonValue = {
        "lines": "a\nhun\nter2\nb",
        "long": "z" * 500,
        "json": '{"password": "hunter2", "list": [1]}',
        "hunter2": 1,
    }
    for diff in (
        resource_diff(change(None, secrets), clean),
        resource_diff(change({"lines": "a\nb", "long": "z", "json": "{}"}, secrets), clean),
        output_diff(OutputChange("o", ("update",), before="x", after=secrets), clean),
    ):
        assert [False, False] == [word in diff for word in ("ter2\n", "zzz")]
        assert "hunter2" not in clean(diff)
        assert clean(diff).count("(redacted)") == 4


def test_outputs_are_laid_out_like_attributes() -> None:
    plan = Plan(
        (),
        outputs=(
            OutputChange("a", ("create",), after={"k": [1]}),
            OutputChange("long", ("update",), before=1, after=2),
            OutputChange("gone", ("delete",), before="x"),
            OutputChange("kept", ("no-op",), before="x", after="x"),
            OutputChange("secret", ("update",), before="hunter2", after="hunter3", sensitive=True),
            OutputChange("later", ("create",), after_unknown=True),
        ),
    )
    assert [
        "+   a      = {",
        "+       k = [",
        "+           1,",
        "        ]",
        "    }",
        "!   long   = 1 -> 2",
        '-   gone   = "x" -> null',
        "!   secret = (sensitive value)",
        "+   later  = (known after apply)",
    ] == outputs_diff(plan, str).split("\n")


def test_only_the_relevant_drift_is_shown() -> None:
    entries = tuple(
        ResourceChange(f"a.{n}", ("update",), type="a", name=n, before={"x": 1}, after={"x": 2}) for n in "bc"
    )
    plan = Plan((), drift=entries, relevant_attributes=(("a.c", ("x",)),))
    assert '  # a.c has changed\n!   resource "a" "c" {\n!       x = 1 -> 2\n    }' == drift_diff(plan, str)
    assert "" == drift_diff(Plan((), drift=entries), str)


def test_a_deferred_change_says_why() -> None:
    deferred = Deferred(change(None, {"x": 1}), "resource_config_unknown")
    assert [
        "  # a.b was deferred",
        "  # (because the resource configuration is unknown)",
        '+   resource "a" "b" {',
        "+       x = 1",
        "    }",
    ] == deferred_diff(deferred, str).split("\n")
    assert "  # (because_of_the_moon)" in deferred_diff(
        Deferred(change(None, None), "because_of_the_moon"), str
    )


def test_a_provider_action_is_shown_with_its_configuration() -> None:
    entry: JsonValue = {
        "address": "action.b.tell",
        "type": "b",
        "name": "tell",
        "config_values": {"message": "hello", "token": "hunter2"},
        "config_sensitive": {"token": True},
        "config_unknown": {"later": True},
    }
    assert [
        "  # action.b.tell will be invoked",
        '    action "b" "tell" {',
        "        config {",
        "            later   = (known after apply)",
        '            message = "hello"',
        "            token   = (sensitive value)",
        "        }",
        "    }",
    ] == invocation_diff(entry, str).split("\n")


def test_a_list_in_another_order_shows_both_orders_also_where_something_else_changes() -> None:
    text = body({"l": ["allow", "deny", "c"]}, {"l": ["deny", "allow", "d"]})
    assert [2, 2] == [text.count(f'"{word}"') for word in ("allow", "deny")]
    assert "hidden" not in text
