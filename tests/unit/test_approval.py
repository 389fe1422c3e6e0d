from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_bot.core.approval import (
    MAX_STORED_CHARACTERS,
    Approval,
    ProjectApproval,
    UnreadableApproval,
    approve,
    pack,
    unpack,
)
from gitops_bot.core.coverage import cover
from gitops_bot.core.hints import Hints, hints_of
from gitops_bot.core.json_values import canonical
from gitops_bot.core.plan import Plan
from gitops_bot.core.records import Change, changes_of
from tests.kit.examples import examples
from tests.kit.plans import KEY, approval_of, fresh_of, plan, resource

COMMIT = "c" * 40
texts = st.text(max_size=6)
steps = texts | st.integers(0, 9)
paths = st.lists(st.lists(steps, max_size=3).map(tuple), max_size=3, unique=True).map(tuple)
changes = st.builds(
    Change, texts, st.sampled_from(["create", "update"]), st.just(()), texts | st.integers(), paths
)


hashes = st.lists(st.binary(min_size=4, max_size=4), max_size=4, unique=True).map(lambda h: tuple(sorted(h)))
hints = st.none() | st.builds(Hints, hashes, st.none() | hashes)


@st.composite
def project_approvals(draw: st.DrawFn) -> ProjectApproval:
    return approve(
        draw(st.text(min_size=1, max_size=6)),
        draw(st.lists(changes, max_size=5)),
        terraform_version=draw(texts),
        lock_digest=draw(texts),
        key=KEY,
        hints=draw(hints),
    )


approvals = st.builds(Approval, texts, texts, st.lists(project_approvals(), max_size=3).map(tuple))


def stored(made: Plan) -> Approval:
    return Approval("dev", COMMIT, (approval_of(made),))


def many(count: int, name: str = "web") -> Plan:
    """Creates whose unknown paths come in three kinds, as those of a few resource types do."""
    unknown = [{"id": True}, {"id": True, "arn": True}, {"id": True, "tags_all": {"Name": True}}]
    addresses = [f"terraform_data.{name}[{i}]" for i in range(count)]
    return plan(
        *(
            resource(name, address=address, after={"input": i, "list": [i]}, after_unknown=unknown[i % 3])
            for i, address in enumerate(addresses)
        )
    )


@given(approvals)
@settings(max_examples=examples(30), deadline=None)
def test_what_was_stored_is_read_back(approval: Approval) -> None:
    assert approval == unpack(pack(approval))


@given(approvals)
@settings(max_examples=examples(30), deadline=None)
def test_the_stored_text_can_stand_in_an_html_comment(approval: Approval) -> None:
    assert not set("<>\n\r") & set(pack(approval))


def test_hostile_names_cannot_end_the_comment_and_come_back_whole() -> None:
    change = Change("a", "create", (), 1, ((" --> ", "--!>", "</script>\n"),))
    project = approve("-->", [change], terraform_version="1", lock_digest="", key=KEY)
    approval = Approval("dev", COMMIT, (project,))
    assert (approval, set()) == (unpack(pack(approval)), set("<>\n") & set(pack(approval)))


def test_any_damaged_character_makes_it_unreadable_or_leaves_its_meaning() -> None:
    approval = stored(many(5))
    text = pack(approval)
    survivors = []
    for index, character in enumerate(text):
        for other in ("0", "A", '"', "\\"):
            if other == character:
                continue
            try:
                if unpack(text[:index] + other + text[index + 1 :]) != approval:
                    survivors.append((index, other))
            except UnreadableApproval:
                pass
    assert survivors == []


@given(st.data())
@settings(max_examples=examples(30), deadline=None)
def test_damage_to_an_approval_without_records_is_seen_too(data: st.DataObject) -> None:
    approval = stored(many(3))
    text = pack(approval, limit=400)
    index = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda c: c != text[index]))
    damaged = text[:index] + other + text[index + 1 :]
    with pytest.raises(UnreadableApproval):
        assert unpack(damaged) == unpack(text)
        raise UnreadableApproval  # the same meaning spelt differently, such as \u003E


@pytest.mark.parametrize("cut", [0, 1, 10, 100, -1, -2])
def test_a_text_that_is_cut_off_is_unreadable(cut: int) -> None:
    with pytest.raises(UnreadableApproval):
        unpack(pack(stored(many(5)))[:cut])


@pytest.mark.parametrize("version", [0, 2, "1", None, True, [1], 1.5])
def test_another_version_is_never_guessed_at(version: object) -> None:
    document = json.loads(pack(stored(many(1))))
    with pytest.raises(UnreadableApproval):
        unpack(json.dumps({**document, "format": version}))


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", "1", '"x"', "NaN", "[" * 100_000, '{"format":1}', "1" * 9000]
)
def test_anything_else_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableApproval):
        unpack(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda i: (
            st.lists(i, max_size=3)
            | st.dictionaries(
                st.sampled_from(["format", "projects", "groups", "unknown", "records", "x"]), i, max_size=4
            )
        ),
    )
)
@settings(max_examples=examples(30), deadline=None)
def test_arbitrary_json_is_unreadable_and_nothing_worse(document: object) -> None:
    with pytest.raises(UnreadableApproval):
        unpack(json.dumps(document))


def hinted(made: Plan, project: str = "app") -> ProjectApproval:
    return replace(approval_of(made, project=project), hints=hints_of(changes_of(made), KEY))


def kept(project: ProjectApproval) -> tuple[bool, bool, int, bool]:
    """Whether it has hints, hints of attributes, records of which width, and any records at all."""
    has_attributes = project.hints is not None and project.hints.attributes is not None
    return project.hints is not None, has_attributes, project.width, project.groups is not None


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (600, (True, True, 16, True)),
        (1200, (True, False, 16, True)),
        (2000, (False, False, 16, True)),
        (4000, (False, False, 8, True)),
        (9000, (False, False, 16, False)),
    ],
)
def test_hints_give_way_before_records_do_and_those_of_attributes_first(
    count: int, expected: tuple[bool, bool, int, bool]
) -> None:
    text = pack(Approval("dev", COMMIT, (hinted(many(count)),)))
    assert len(text) <= MAX_STORED_CHARACTERS
    assert kept(unpack(text).projects[0]) == expected


@given(st.integers(400, 20_000), st.lists(st.integers(0, 60), min_size=1, max_size=3))
@settings(max_examples=examples(20), deadline=None)
def test_what_fits_is_the_approval_with_less_in_it(limit: int, counts: list[int]) -> None:
    approval = Approval("dev", COMMIT, tuple(hinted(many(count), f"p{i}") for i, count in enumerate(counts)))
    text = pack(approval, limit)
    read = unpack(text)
    nothing_left = all(kept(p) == (False, False, 16, False) for p in read.projects)
    assert len(text) <= limit or nothing_left
    for whole, project in zip(approval.projects, read.projects, strict=True):
        less = replace(project, hints=whole.hints, groups=whole.groups, width=whole.width)
        assert less == whole
        assert project.hints in (None, whole.hints, replace(whole.hints, attributes=None))  # type: ignore[type-var]
        if project.hints is not None:
            assert (project.groups, project.width) == (whole.groups, 16)


def test_the_hints_of_the_largest_project_give_way_first() -> None:
    small, large = hinted(many(50), "small"), hinted(many(900), "large")
    approval = Approval("dev", COMMIT, (small, large))
    limit = len(pack(approval, 10**9)) - 1
    assert [kept(p)[1] for p in unpack(pack(approval, limit)).projects] == [True, False]
    limit = len(pack(replace(approval, projects=(small, replace(large, hints=None))), 10**9)) - 1
    read = unpack(pack(approval, limit)).projects
    assert [kept(p)[:2] for p in read] == [(True, False), (False, False)]


def test_hints_take_no_part_in_the_digest() -> None:
    made = many(20)
    with_hints = Approval("dev", COMMIT, (hinted(made),))
    assert with_hints.digest == stored(made).digest == unpack(pack(with_hints)).digest


@pytest.mark.parametrize("text", ["AAA", "AAAAAAA=", "!!!!"])
@pytest.mark.parametrize("member", ["hints", "attribute_hints"])
def test_damaged_hints_make_the_approval_unreadable(member: str, text: str) -> None:
    document = json.loads(pack(Approval("dev", COMMIT, (hinted(many(2)),))))
    document["projects"][0][member] = text
    del document["checksum"]
    document["checksum"] = hashlib.sha256(canonical(document)).hexdigest()[:16]
    with pytest.raises(UnreadableApproval, match="hints"):
        unpack(json.dumps(document))


def test_five_thousand_creates_fit_with_their_records() -> None:
    text = pack(Approval("dev", COMMIT, (hinted(many(5000)),)))
    assert len(text) <= MAX_STORED_CHARACTERS
    assert unpack(text).projects[0].groups is not None


def test_records_that_do_not_fit_give_way_to_the_digest_of_the_largest_project_first() -> None:
    small, large = approval_of(many(10), project="small"), approval_of(many(7000), project="large")
    text = pack(Approval("dev", COMMIT, (small, large)))
    assert len(text) <= MAX_STORED_CHARACTERS
    read_small, read_large = unpack(text).projects
    assert (replace(small, groups=read_small.groups, width=8), 10) == (read_small, records_in(read_small))
    assert replace(large, groups=None) == read_large


def records_in(project: ProjectApproval) -> int:
    return sum(len(group.records) for group in project.groups or ())


def test_records_are_cut_short_only_where_whole_ones_do_not_fit() -> None:
    widths = [unpack(pack(stored(many(n)))).projects[0].width for n in (2500, 5000)]
    assert [16, 8] == widths


@pytest.mark.parametrize("count", [2500, 5000])
def test_whole_and_cut_records_cover_the_plan_they_were_made_of_and_no_other(count: int) -> None:
    approved = unpack(pack(stored(many(count)))).projects
    assert cover(fresh_of(many(count)), approved).complete
    assert 1 == len(cover(fresh_of(many(count + 1)), approved).uncovered)


def test_by_the_digest_alone_only_the_very_same_plan_is_covered() -> None:
    approved = unpack(pack(stored(many(20)), limit=400)).projects
    same, fewer, more = (cover(fresh_of(many(n)), approved) for n in (20, 19, 21))
    assert [None] == [p.groups for p in approved]
    assert (True, 19, 21) == (same.complete, len(fewer.uncovered), len(more.uncovered))


def test_the_digest_of_a_stored_approval_vouches_for_the_records_that_were_kept() -> None:
    approval = stored(many(20))
    whole, none = unpack(pack(approval)), unpack(pack(approval, limit=400))
    assert approval.digest == whole.digest
    assert approval.digest != none.digest
    assert approval.projects[0].digest == none.projects[0].digest


def test_the_digest_depends_on_everything_and_not_on_the_order_of_projects() -> None:
    one, two = approval_of(many(2), project="one"), approval_of(many(2), project="two")
    base = Approval("dev", COMMIT, (one, two))
    others = [
        replace(base, environment="prod"),
        replace(base, commit="d" * 40),
        replace(base, projects=(one,)),
        replace(base, projects=(one, approval_of(many(3), project="two"))),
        replace(base, projects=(one, approval_of(many(2), project="two", lock="other"))),
        replace(base, projects=(approval_of(many(2), project="two"), approval_of(many(2), project="three"))),
    ]
    assert replace(base, projects=(two, one)).digest == base.digest
    assert len({base.digest, *(o.digest for o in others)}) == len(others) + 1


def test_the_order_of_the_changes_does_not_matter() -> None:
    made = many(7)
    assert approval_of(made) == approval_of(replace(made, resource_changes=made.resource_changes[::-1]))


def test_no_value_stands_in_the_stored_text() -> None:
    secret = resource(after={"p": "hunter2-p", "q": "open-q"}, after_sensitive={"p": True})
    text = pack(
        stored(plan(secret, resource("b", address='terraform_data.b["the-key"]', after={"x": "v-1"})))
    )
    assert [] == [w for w in ("hunter2", "open-q", "v-1", "the-key", "a-lineage") if w in text]


def test_a_project_is_found_by_its_name() -> None:
    approval = stored(many(1))
    assert (approval.projects[0], None) == (approval.project("app"), approval.project("other"))
