"""What is declared to be noise needs no approval, and nothing else loses its own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_bot.core.coverage import Coverage, cover
from gitops_bot.core.ignore import read_ignored, without_ignored
from gitops_bot.core.json_values import JsonValue
from gitops_bot.core.plan import Plan, ResourceChange
from gitops_bot.core.records import changes_of, settled_objects
from tests.kit.plans import (
    CREATE,
    CREATE_FIRST,
    DELETE,
    NO_OP,
    UPDATE,
    approval_of,
    compare,
    fresh_of,
    output,
    plan,
    resource,
    update,
)


def ignored(made: Plan, *patterns: str) -> Plan:
    return without_ignored(made, patterns)


def left(change: ResourceChange, *patterns: str) -> list[str]:
    """The paths that still need an approval, with the kind."""
    return [f"{c.kind} {c.path_text}".strip() for c in changes_of(ignored(plan(change), *patterns))]


def tagged(**tags: JsonValue) -> JsonValue:
    return {"tags": tags}


def test_an_update_of_nothing_else_is_a_no_op() -> None:
    made = plan(update(tagged(at="1"), tagged(at="2")))
    (change,) = ignored(made, "terraform_data.web.tags.at").resource_changes
    assert change.actions == NO_OP
    assert changes_of(ignored(made, "terraform_data.web.tags.at")) == ()


def test_the_rest_of_an_update_still_needs_an_approval() -> None:
    change = update(tagged(at="1", Name="a"), tagged(at="2", Name="b"))
    assert left(change, "terraform_data.web.tags.at") == ["update tags.Name"]


def test_without_patterns_the_plan_is_the_same() -> None:
    made = plan(update(tagged(at="1"), tagged(at="2")))
    assert ignored(made) is made


SECRET = {"tags": True}
IGNORED = [
    ("terraform_data.web", "terraform_data.web.tags.at"),
    ("terraform_data.web", "terraform_data.web.tags"),
    ("terraform_data.web", "terraform_data.web.tags.*"),
    ("terraform_data.web", "terraform_data.web.*"),
    ("terraform_data.web", "*.web.tags.a*"),
    ("terraform_data.web", "**.tags.at"),
    ("terraform_data.web", "**.at"),
    ("terraform_data.web", 'terraform_data.web.tags["at"]'),
    ("terraform_data.web", "terraform_data.web.tags[*]"),
    ("terraform_data.web[0]", "terraform_data.web.tags.at"),
    ("terraform_data.web[0]", "terraform_data.web[0].tags.at"),
    ('terraform_data.web["a.b"]', 'terraform_data.web["a.b"].tags.at'),
    ("module.db.terraform_data.web", "module.db.**.tags.at"),
    ('module.db["x"].module.y.terraform_data.web', "module.db.**.terraform_data.*.tags.at"),
]
OTHERS = [
    ("terraform_data.web", "terraform_data.webs.tags.at"),
    ("terraform_data.web", "terraform_data.web.at"),
    ("terraform_data.web", "terraform_data.web.tags.at.x"),
    ("terraform_data.web", "terraform_data.web[0].tags.at"),
    ("terraform_data.web", 'terraform_data.web["tags"].at'),
    ("terraform_data.web[1]", "terraform_data.web[0].tags.at"),
    ("module.db.terraform_data.web", "terraform_data.web.tags.at"),
    ("module.db.terraform_data.web", "*.*.tags.at"),
    ("terraform_data.web", "output.web"),
]


@pytest.mark.parametrize(("address", "pattern"), IGNORED)
def test_a_pattern_ignores_the_attribute(address: str, pattern: str) -> None:
    assert left(update(tagged(at="1"), tagged(at="2"), address=address), pattern) == []


@pytest.mark.parametrize(("address", "pattern"), OTHERS)
def test_a_pattern_ignores_nothing_else(address: str, pattern: str) -> None:
    assert left(update(tagged(at="1"), tagged(at="2"), address=address), pattern) == ["update tags.at"]


@given(st.text(min_size=1, max_size=6).filter(lambda key: "*" not in key))
def test_any_key_can_be_named_in_quotes(key: str) -> None:
    quoted = key.replace("\\", "\\\\").replace('"', '\\"')
    change = update(tagged(**{key: "1", "other": "1"}), tagged(**{key: "2", "other": "1"}))
    assert left(change, f'terraform_data.web.tags["{quoted}"]') == []


def test_a_number_in_a_pattern_is_an_instance_and_no_key_of_an_attribute() -> None:
    change = update({"tags": {"0": {"at": "1"}}}, {"tags": {"0": {"at": "2"}}})
    assert left(change, "**.tags[0].at") == ["update tags.0.at"]
    assert left(change, '**.tags["0"].at') == []


@pytest.mark.parametrize("actions", [CREATE, CREATE_FIRST])
def test_a_new_object_counts_without_the_ignored_value(actions: tuple[str, ...]) -> None:
    approved, other = (
        ignored(plan(resource(actions=actions, after=tagged(at=at, Name=name))), "**.tags.at")
        for at, name in (("1", "a"), ("2", "a"))
    )
    third = ignored(plan(resource(actions=actions, after=tagged(at="1", Name="b"))), "**.tags.at")
    assert (compare(other, approved).complete, compare(third, approved).complete) == (True, False)


def test_an_ignored_value_may_be_known_or_not() -> None:
    approved = plan(resource(after=tagged(at="1")))
    fresh = plan(resource(after=tagged(), after_unknown={"tags": {"at": True}}))
    assert compare(ignored(fresh, "**.at"), ignored(approved, "**.at")).complete


def test_an_ignored_value_may_be_sensitive_or_not() -> None:
    approved = plan(resource(after=tagged(at="1"), after_sensitive={"tags": {"at": True}}))
    fresh = plan(resource(after=tagged(at="2"), after_sensitive={"tags": {}}))
    assert compare(ignored(fresh, "**.at"), ignored(approved, "**.at")).complete


def test_a_replace_stays_one_although_the_attribute_that_forces_it_is_ignored() -> None:
    change = resource(
        actions=CREATE_FIRST, before=tagged(at="1"), after=tagged(at="2"), replace_paths=(("tags", "at"),)
    )
    assert left(change, "**.tags.at") == ["create/delete"]


@pytest.mark.parametrize("actions", [DELETE, ("forget",)])
def test_what_goes_away_is_never_ignored(actions: tuple[str, ...]) -> None:
    made = plan(resource(actions=actions, before={"id": "i-1"}))
    assert ignored(made, "**.id") == made


@pytest.mark.parametrize(
    ("before", "after", "members"),
    [
        ({"list": [{"at": "1"}]}, {"list": [{"at": "2"}]}, {}),
        (tagged(at="1"), tagged(at="2"), {"before_sensitive": SECRET, "after_sensitive": SECRET}),
        (tagged(at="1"), tagged(at="2"), {"before_sensitive": SECRET, "after_sensitive": {"tags": {}}}),
        (tagged(at="1"), {}, {"after_unknown": {"tags": True}}),
    ],
)
def test_what_is_in_a_list_or_a_sensitive_or_unknown_value_is_not_reached(
    before: JsonValue, after: JsonValue, members: dict[str, Any]
) -> None:
    made = plan(update(before, after, **members))
    assert ignored(made, "**.at") == made


def test_an_update_that_shows_no_reason_stays_one() -> None:
    change = update(tagged(at="1"), tagged(at="1"))
    assert left(change, "**.tags.at") == ["update"]


def test_a_move_or_import_that_comes_with_noise_still_needs_an_approval() -> None:
    moved = update(tagged(at="1"), tagged(at="2"), previous_address="terraform_data.old")
    imported = update(tagged(at="1"), tagged(at="2"), importing=True, import_id="i-1")
    assert (left(moved, "**.at"), left(imported, "**.at")) == (["move"], ["import"])


def test_what_a_half_done_replace_left_is_compared_without_the_ignored_value() -> None:
    approved = plan(resource(actions=CREATE_FIRST, after=tagged(at="1")))
    standing = resource(actions=NO_OP, after=tagged(at="2"))
    deposed = resource(actions=DELETE, deposed="abc", before={"id": "i-1"})
    fresh = plan(standing, deposed)
    failed = ("terraform_data.web",)
    assert compare(ignored(fresh, "**.at"), ignored(approved, "**.at"), failed=failed).complete
    assert not compare(fresh, approved, failed=failed).complete
    settled = settled_objects(ignored(fresh, "**.at"))["terraform_data.web"]
    assert settled.value == {"tags": {}}


def test_an_output_is_ignored_as_a_whole() -> None:
    changed = output("at", UPDATE, before="1", after="2")
    made, fresh = output("new", CREATE, after="1"), output("new", CREATE, after="2")
    assert changes_of(ignored(plan(outputs=(changed,)), "output.at")) == ()
    assert changes_of(ignored(plan(outputs=(changed,)), "output.a"))
    approved = ignored(plan(outputs=(made,)), "output.n*")
    assert compare(ignored(plan(outputs=(fresh,)), "output.n*"), approved).complete


def test_an_output_that_goes_away_or_shows_a_secret_is_not_ignored() -> None:
    made = plan(
        outputs=(output("a", DELETE, before="1"), output("b", UPDATE, before="1", after="1", revealed=True))
    )
    assert ignored(made, "output.*") == made


attributes = st.recursive(
    st.integers(0, 2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
members = st.dictionaries(st.sampled_from("abc"), attributes, max_size=3)


@given(members, members, st.lists(st.sampled_from("abc*"), min_size=1, max_size=3))
def test_ignoring_only_takes_changed_paths_away(before: JsonValue, after: JsonValue, path: list[str]) -> None:
    made = plan(update(before, after))
    pattern = ".".join(["terraform_data.web", *path])
    read_ignored(pattern)
    all_of_it = {c.path for c in changes_of(made)}
    assert {c.path for c in changes_of(ignored(made, pattern))} <= all_of_it


def test_what_is_ignored_is_applied_only_with_the_approved_tools_all_the_same() -> None:
    bare = ignored(plan(update(tagged(at="1"), tagged(at="2"))), "**.at")
    fresh = replace(fresh_of(bare), changes_ignored=True)
    approved = approval_of(plan(resource("other")))
    same = frozenset({(fresh.terraform_version, fresh.lock_digest)})
    assert cover(fresh, [approved]).complete
    assert cover(fresh, [], applied_with=same).complete
    assert cover(replace(fresh, lock_digest="another"), [approved]) == Coverage(lock_file_changed=True)
    assert cover(replace(fresh, terraform_version="2"), [], applied_with=same).terraform_versions == (
        "1.11.4",
    )
    assert not cover(fresh, []).complete
    assert cover(replace(fresh, changes_ignored=False), []).complete


def test_many_stars_are_quick() -> None:
    value: JsonValue = {"a": 1}
    for _ in range(100):
        value = {"a" * 50: value}
    pattern = "**." * 100 + "*a*a*a.*b"
    assert left(update(value, {}), pattern)[0].startswith("update")
