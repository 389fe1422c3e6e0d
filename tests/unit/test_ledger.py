from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_bot.core.ledger import (
    Entry,
    EntryState,
    Ledger,
    Outcome,
    ProjectOutcome,
    describe,
    pack_outcome,
    payload,
    read_converged,
    read_counts,
    unpack_outcome,
)
from gitops_bot.core.report import ResourceOutcome, ResourceState
from tests.kit.examples import examples

texts = st.text(max_size=6)
lists = st.lists(texts, max_size=3).map(tuple)
seconds = st.integers(0, 99_999).map(lambda tenths: tenths / 10)
resource_outcomes = st.builds(ResourceOutcome, texts, texts, st.sampled_from(ResourceState), seconds, texts)
projects = st.lists(
    st.builds(
        ProjectOutcome, texts, texts, texts, lists, lists, st.lists(resource_outcomes, max_size=3).map(tuple)
    ),
    max_size=3,
).map(tuple)
counts = st.tuples(*[st.integers(0, 99_999)] * 3)
ends = st.sampled_from([True, False, None])
outcomes = st.builds(
    Outcome, st.integers(0, 10**9), st.booleans(), ends, counts, projects, st.booleans(), st.booleans()
)


def entry(state: EntryState, number: int = 1) -> Entry:
    return Entry(number, "c" * 40, "t" * 40, state, None, "2026-01-01T00:00:00Z")


def test_the_applied_entry_is_the_newest_success_and_the_newest_is_any() -> None:
    entries = tuple(
        entry(state, 9 - i)
        for i, state in enumerate(
            [EntryState.RUNNING, EntryState.FAILED, EntryState.SUCCEEDED, EntryState.SUCCEEDED]
        )
    )
    ledger = Ledger(entries)
    assert (entries[2], entries[0]) == (ledger.applied, ledger.newest)


def test_an_empty_ledger_has_nothing_applied() -> None:
    assert (None, None) == (Ledger().applied, Ledger().newest)


def test_a_ledger_of_failures_has_nothing_applied() -> None:
    assert Ledger((entry(EntryState.FAILED), entry(EntryState.RUNNING))).applied is None


def test_the_payload_says_what_is_about_to_be_applied() -> None:
    made = Entry(1, "c", "t", EntryState.RUNNING, None, "", (7, 8), "d", "octocat", "42")
    assert payload(made) == {
        "format": 1,
        "tree": "t",
        "pull_requests": [7, 8],
        "digest": "d",
        "actor": "octocat",
        "run": "42",
        "attempt": 1,
        "who": "",
    }


def test_the_payload_names_who_approved_and_what_begins_only_where_there_is_some() -> None:
    made = replace(
        entry(EntryState.RUNNING), overridden_by="pat", approved_by="kim", new_states=("a", "b"), attempt=2
    )
    stated = payload(made)
    assert ("pat", "kim", ["a", "b"], 2) == (
        stated["overridden_by"], stated["approved_by"], stated["new_states"], stated["attempt"],
    )  # fmt: skip


@pytest.mark.parametrize("converged", [True, False, None])
def test_what_a_status_says_about_convergence_is_read_back(converged: bool | None) -> None:
    text = describe(99_999, 99_999, 99_999, converged)
    assert (converged, True) == (read_converged(text), len(text) <= 140)


@pytest.mark.parametrize(
    "text", ["", "converged", "converged: ", "converged: maybe", "converged: yes.", "Done"]
)
def test_another_description_says_nothing_about_convergence(text: str) -> None:
    assert read_converged(text) is None


@given(st.tuples(*[st.integers(0, 999_999_999)] * 3), st.sampled_from([True, False, None]))
@settings(max_examples=examples(30), deadline=None)
def test_the_counts_of_a_status_are_read_back(counts: tuple[int, int, int], converged: bool | None) -> None:
    text = describe(*counts, converged)
    assert (counts, converged) == (read_counts(text), read_converged(text))


@pytest.mark.parametrize(
    "text",
    ["", "Done", "1 done", "1 done, 2 failed, 3 not started yet", "-1 done, 2 failed, 3 not started",
     "1 done, 2 failed, \u0663 not started", "x 1 done, 2 failed, 3 not started; converged: yes"],
)  # fmt: skip
def test_another_description_holds_no_counts(text: str) -> None:
    assert read_counts(text) is None


@given(outcomes)
@settings(max_examples=examples(60), deadline=None)
def test_an_outcome_that_was_stored_is_read_back(made: Outcome) -> None:
    assert made == unpack_outcome(pack_outcome(made, 10**9))


@given(outcomes, st.integers(0, 4_000))
@settings(max_examples=examples(60), deadline=None)
def test_what_an_outcome_says_of_its_end_stays_however_little_room_there_is(made: Outcome, room: int) -> None:
    read = unpack_outcome(pack_outcome(made, room))
    assert read is not None
    assert replace(made, projects=()) == replace(read, projects=())
    assert [p.created_keys for p in made.projects] == [p.created_keys for p in read.projects]


def test_addresses_cannot_end_the_comment_they_are_stored_in() -> None:
    project = ProjectOutcome("app", "1.11.4", "lock", ('x.y["-->"]', 'x.y["--!>"]', "a\nb"))
    made = Outcome(7, False, None, (0, 3, 0), (project,))
    text = pack_outcome(made, 60_000)
    assert (made, set()) == (unpack_outcome(text), set("<>\n") & set(text))


def resources(count: int, state: ResourceState, error: str = "") -> tuple[ResourceOutcome, ...]:
    return tuple(ResourceOutcome(f"x.y[{i}]", "create", state, 1.5, error) for i in range(count))


def test_what_is_done_gives_way_first_then_the_details_then_the_unfinished_addresses() -> None:
    done, failed = resources(500, ResourceState.DONE), resources(50, ResourceState.FAILED, "e" * 300)
    unfinished = tuple(r.address for r in failed)
    project = ProjectOutcome("app", "1.11.4", "lock", unfinished, ("key",), (*failed, *done))
    made = Outcome(7, False, None, (500, 50, 0), (project,))

    def kept(limit: int) -> tuple[int, int, int, int]:
        text = pack_outcome(made, limit)
        read = unpack_outcome(text)
        assert read is not None
        (only,) = read.projects
        errors = max((len(r.error) for r in only.resources), default=0)
        return len(text) <= limit, len(only.resources), errors, len(only.unfinished)

    assert (True, 550, 300, 50) == kept(60_000)
    assert (True, 550, 80, 50) == kept(30_000)
    assert (True, 50, 80, 50) == kept(8_000)
    assert (True, 0, 0, 50) == kept(1_000)
    assert (True, 0, 0, 0) == kept(300)


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{", '{"format":1,"projects":[{}]}', "[" * 100_000, "1" * 9000,
     '{"format":2,"deployment":true,"counts":[0,0,0]}', '{"format":2,"deployment":1,"counts":[0,0]}',
     '{"format":2,"deployment":1,"counts":[0,0,-1]}'],
)  # fmt: skip
def test_a_damaged_outcome_is_none(text: str) -> None:
    assert unpack_outcome(text) is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | texts,
        lambda i: (
            st.lists(i, max_size=5)
            | st.dictionaries(
                st.sampled_from(["projects", "project", "unfinished", "resources"]), i, max_size=4
            )
        ),
    )
)
@settings(max_examples=examples(60), deadline=None)
def test_arbitrary_json_is_read_without_an_exception(document: object) -> None:
    start = {"format": 2, "deployment": 1, "counts": [0, 0, 0]}
    assert unpack_outcome(json.dumps({**start, "projects": document})) is not None


def test_what_the_newest_apply_left_of_a_project_wins_over_what_the_last_success_left() -> None:
    def of(number: int, state: EntryState, *names: str) -> Entry:
        projects = tuple(ProjectOutcome(n, f"version {number}", "lock") for n in names)
        outcome = Outcome(number, state is EntryState.SUCCEEDED, None, projects=projects)
        return replace(entry(state, number), outcome=outcome)

    ledger = Ledger((of(3, EntryState.FAILED, "a"), of(1, EntryState.SUCCEEDED, "a", "b")))
    found = [p.terraform_version if (p := ledger.project(name)) else "" for name in ("a", "b", "c")]
    assert ["version 3", "version 1", ""] == found


def unfinished(state: EntryState, number: int, *addresses: str) -> Entry:
    project = ProjectOutcome("a", "1.11.4", "lock", addresses)
    outcome = Outcome(number, state is EntryState.SUCCEEDED, None, projects=(project,))
    return replace(entry(state, number), outcome=outcome)


def test_what_every_apply_since_the_last_success_left_is_unfinished() -> None:
    entries = (
        unfinished(EntryState.FAILED, 3),
        unfinished(EntryState.FAILED, 2, "x.y"),
        unfinished(EntryState.SUCCEEDED, 1, "x.z"),
    )
    assert (frozenset({"x.y"}), frozenset()) == (
        Ledger(entries).unfinished("a"),
        Ledger(entries[2:]).unfinished("a"),
    )


def test_an_apply_that_never_said_how_far_it_came_may_have_left_anything() -> None:
    entries = (unfinished(EntryState.FAILED, 3), entry(EntryState.RUNNING, 2), entry(EntryState.SUCCEEDED))
    assert Ledger(entries).unfinished("a") is None


def test_states_that_began_in_a_failed_apply_are_known_until_one_succeeds() -> None:
    failed = replace(entry(EntryState.RUNNING, 2), new_states=("a",))
    told = replace(entry(EntryState.SUCCEEDED, 1), new_states=("b",), outcome=Outcome(1, True, True))
    lost = replace(told, outcome=None)
    assert frozenset({"a"}) == Ledger((failed, told)).new_states
    assert frozenset({"a", "b"}) == Ledger((failed, lost)).new_states
