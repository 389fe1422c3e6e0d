"""What looks like noise in a change that nobody approved, and what does not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_bot.core.closest import Closest, Difference
from gitops_bot.core.ignore import without_ignored
from gitops_bot.core.json_values import JsonValue, read_json
from gitops_bot.core.noise import MAX_LIKELY, Likely, Noise, ignore_pattern, likely_noise
from gitops_bot.core.plan import Plan
from gitops_bot.core.records import changes_of
from tests.kit.plans import CREATE_FIRST, DELETE, UPDATE, output, plan, resource, update

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROOT = "/home/runner/work/infra/infra"


def likely(made: Plan, closest: Closest | None = None) -> list[tuple[Noise, str]]:
    found = [n for c in changes_of(made) for n in likely_noise(c, made, closest, ROOT, NOW)]
    return [(n.noise, n.pattern) for n in found]


def changed(before: JsonValue, after: JsonValue, **members: Any) -> Noise | None:
    """The noise in an update of one attribute from one value to another."""
    made = plan(update({"a": before}, {"a": after}, **members))
    return next((noise for noise, _ in likely(made)), None)


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-01T11:59:58Z", "2026-03-01T13:00:00+01:00", "2026-03-01 12:00", "2026-02-28T13:00:00.123Z",
        "2026-03-01", "20260301", "20260301115958", "202603011159", "1772366400", 1772366400,
        "built at 2026-03-01T11:59:58Z by hand", "web-20260301115958", ["x", "2026-03-01T11:59:58Z"],
    ],
)  # fmt: skip
def test_a_time_around_that_of_the_plan_looks_like_noise(value: JsonValue) -> None:
    assert changed("2025-01-01T00:00:00Z", value) is Noise.TIMESTAMP
    assert changed(None, value) is Noise.TIMESTAMP


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-03T12:00:01Z", "2026-02-27", "2027-03-01T12:00:00Z", "20260399", "2026-13-01", "1672531200",
        "120260301", "12026-03-01", "t2.micro", "10.0.0.1", 12, True, "99999999999999", "0000-00-00",
    ],
)  # fmt: skip
def test_other_texts_and_numbers_are_no_noise(value: JsonValue) -> None:
    assert changed("x", value) is None


def test_a_time_that_was_there_before_is_no_noise() -> None:
    assert changed("2026-03-01 eins", "2026-03-01 zwei") is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (ROOT, Noise.RUNNER_PATH),
        (f"{ROOT}/modules/api/code.zip", Noise.RUNNER_PATH),
        (f"cd '{ROOT}' && make", Noise.RUNNER_PATH),
        (f"{ROOT}-copy/x", None),
        (f"{ROOT}2", None),
        (f"{ROOT}-copy {ROOT}/x", Noise.RUNNER_PATH),
        ("/home/runner/work/other", None),
    ],
)
def test_a_path_of_the_checkout_looks_like_noise(value: str, expected: Noise | None) -> None:
    assert changed("x", value) is expected


def test_a_checkout_at_a_short_path_is_looked_for_in_no_text() -> None:
    made = plan(update({"a": "x"}, {"a": "/app/config"}))
    (change,) = changes_of(made)
    assert likely_noise(change, made, None, "/app", NOW) == ()


FORMS: list[tuple[JsonValue, JsonValue, Noise | None]] = [
    (None, {}, Noise.EMPTY),
    ([], None, Noise.EMPTY),
    ("", None, Noise.EMPTY),
    ([], "", Noise.EMPTY),
    ({"x": None, "y": []}, None, Noise.EMPTY),
    ('{"a": 1, "b": [2]}', '{"b":[2],"a":1.0}', Noise.JSON_TEXT),
    (["a", "b"], ["b", "a"], Noise.LIST_ORDER),
    ([{"p": 1}, {"p": 2}], [{"p": 2}, {"p": 1}], Noise.LIST_ORDER),
    (80, "80", Noise.NUMBER_TEXT),
    ("true", True, Noise.NUMBER_TEXT),
    ([80], ["80"], Noise.NUMBER_TEXT),
    ('{"a": 1}', '{"a": 2}', None),
    ("{", "{{", None),
    ("1", "1.0", None),
    ('"x"', ' "x"', None),
    (["a", "b"], ["a", "b", "b"], None),
    (["a"], [], None),
    (80, "81", None),
    (0, None, None),
    (False, None, None),
    (80, "eighty", None),
]


@pytest.mark.parametrize(("before", "after", "expected"), FORMS)
def test_a_value_in_another_form_looks_like_noise(
    before: JsonValue, after: JsonValue, expected: Noise | None
) -> None:
    assert changed(before, after) is expected
    assert changed(after, before) is expected


def test_an_empty_value_that_goes_away_looks_like_noise() -> None:
    assert likely(plan(update({"a": {}}, {}))) == [(Noise.EMPTY, "terraform_data.web.a")]


def test_a_value_that_stays_as_it_is_but_is_no_longer_secret_is_no_noise() -> None:
    made = plan(update({"a": ""}, {"a": ""}, before_sensitive={"a": True}, after_sensitive={}))
    assert likely(made) == []


@pytest.mark.parametrize("members", [{"after_sensitive": {"a": True}}, {"after_unknown": {"a": True}}])
def test_sensitive_and_unknown_values_are_not_looked_at(members: dict[str, Any]) -> None:
    assert changed(None, "2026-03-01T11:59:58Z" if "after_sensitive" in members else None, **members) is None


def test_no_form_of_a_sensitive_or_unknown_value_is_told() -> None:
    secret = {"before_sensitive": {"a": True}, "after_sensitive": {"a": True}}
    assert changed("", None, **secret) is None
    assert (
        changed([""], ["2026-03-01"], after_sensitive={"a": [True]}, before_sensitive={"a": [True]}) is None
    )
    assert likely(plan(update({"a": {}}, {}, after_unknown={"a": True}))) == []


def test_an_update_without_a_visible_reason_is_no_noise() -> None:
    made = plan(outputs=(output("a", UPDATE, before="", after=""),))
    assert likely(made) == []


def test_the_pattern_names_the_path_that_is_noise() -> None:
    made = plan(update({"tags": None}, {"tags": {"Name": "x", "at": "2026-03-01"}}))
    assert likely(made) == [(Noise.TIMESTAMP, "terraform_data.web.tags.at")]


def test_of_an_output_the_pattern_names_the_output() -> None:
    made = plan(outputs=(output("at", UPDATE, before="x", after={"y": "2026-03-01"}),))
    assert likely(made) == [(Noise.TIMESTAMP, "output.at")]
    secret = plan(outputs=(output("at", UPDATE, before="x", after="2026-03-01", sensitive=True),))
    assert likely(secret) == []


def test_of_a_new_object_only_what_differs_from_the_approved_one_is_looked_at() -> None:
    made = plan(resource(after={"tags": {"at": "2026-03-01"}, "born": "2026-03-01"}))
    differs = Closest(Difference.VALUE, 1, ("tags",))
    tags, born = (Noise.TIMESTAMP, "terraform_data.web.tags.at"), (Noise.TIMESTAMP, "terraform_data.web.born")
    assert likely(made, differs) == [tags]
    assert likely(made, Closest(Difference.VALUE, 1)) == [born, tags]
    assert likely(made, Closest(Difference.NOT_COMPARED, 1)) == [born, tags]


@pytest.mark.parametrize(
    "difference", [Difference.UNKNOWN_ADDRESS, Difference.OTHER_ACTION, Difference.CONTEXT]
)
@pytest.mark.parametrize("actions", [("create",), CREATE_FIRST])
def test_nothing_is_noise_in_an_object_that_nobody_approved(
    difference: Difference, actions: tuple[str, ...]
) -> None:
    made = plan(resource(actions=actions, after={"born": "2026-03-01"}))
    assert likely(made, Closest(difference)) == []


def test_an_update_that_nobody_approved_may_be_noise() -> None:
    made = plan(update({"a": "x"}, {"a": "2026-03-01"}))
    assert likely(made, Closest(Difference.UNKNOWN_ADDRESS)) == [(Noise.TIMESTAMP, "terraform_data.web.a")]


def test_a_delete_is_never_noise() -> None:
    assert likely(plan(resource(actions=DELETE, before={"id": "2026-03-01"}))) == []


def test_only_a_few_guesses_are_made_about_one_change() -> None:
    made = plan(resource(after={f"a{i}": "2026-03-01" for i in range(50)}))
    assert len(likely(made)) == MAX_LIKELY


def test_before_is_that_of_the_object_in_use_not_of_a_deposed_one() -> None:
    deposed = resource(actions=DELETE, before={"id": "i", "a": "2026-03-01"}, deposed="abc")
    made = plan(deposed, update({"a": "x"}, {"a": "2026-03-01"}))
    assert likely(made) == [(Noise.TIMESTAMP, "terraform_data.web.a")]


@pytest.mark.parametrize(
    ("address", "path", "expected"),
    [
        ("aws_x.y", ("tags", "at"), "aws_x.y.tags.at"),
        ('module.db["a.b"].aws_x.y[0]', ("tags", "at"), "module.db.aws_x.y.tags.at"),
        ("aws_x.y", ("rules", 0, "at"), "aws_x.y.rules"),
        ("aws_x.y", ("tags", 'k8s.io/"x"\\'), 'aws_x.y.tags["k8s.io/\\"x\\"\\\\"]'),
        ("aws_x.y", ("tags", "a b", "c"), 'aws_x.y.tags["a b"].c'),
        ("aws_x.y", ("tags", "a b", "c d"), ""),
        ("aws_x.y", ("a b",), ""),
        ("aws_x.y", ("a b", "c"), ""),
        ("aws_x.y", (), ""),
        ("aws_x.y", (0,), ""),
        ("aws_x.y", ("tags", "a\u202eb"), ""),
        ("", ("tags",), ""),
        ("output.x", ("tags",), "output.x"),
    ],
)
def test_patterns_are_written_as_the_configuration_reads_them(
    address: str, path: tuple[str | int, ...], expected: str
) -> None:
    assert ignore_pattern(address, path) == expected


@given(st.text(max_size=5), st.text(max_size=5))
def test_a_pattern_that_is_named_ignores_what_it_is_named_for(key: str, inner: str) -> None:
    made = plan(update({"t": {key: {inner: 1}}}, {"t": {key: {inner: 2}}}))
    (change,) = changes_of(made)
    pattern = ignore_pattern(change.address, change.path)
    assert pattern == "" or changes_of(without_ignored(made, [pattern])) == ()


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda i: st.lists(i, max_size=3)))
def test_no_value_breaks_the_guess(value: JsonValue) -> None:
    made = plan(resource(after={"a": value}), update({"a": 1}, {"a": value}))
    assert all(
        isinstance(n, Likely) for c in changes_of(made) for n in likely_noise(c, made, None, ROOT, NOW)
    )


def test_large_numbers_and_texts_do_not_break_the_guess() -> None:
    huge = read_json("[1e400, 123456789012345678901234567890, 9999999999]")
    assert changed("x", huge) is None
    assert changed("x", "9" * 100_000 + " 9999-99-99 " * 10_000) is None
