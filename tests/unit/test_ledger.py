from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_bot.core.ledger import (
    Entry,
    EntryState,
    Ledger,
    ProjectOutcome,
    describe,
    pack_outcomes,
    payload,
    read_converged,
    read_counts,
    unpack_outcomes,
)

texts = st.text(max_size=6)
lists = st.lists(texts, max_size=3).map(tuple)
outcomes = st.lists(st.builds(ProjectOutcome, texts, texts, texts, lists, lists), max_size=3).map(tuple)


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
    }


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
@settings(max_examples=30, deadline=None)
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
@settings(max_examples=30, deadline=None)
def test_outcomes_that_were_stored_are_read_back(made: tuple[ProjectOutcome, ...]) -> None:
    assert made == unpack_outcomes(pack_outcomes(made))


def test_addresses_cannot_end_the_comment_they_are_stored_in() -> None:
    made = (ProjectOutcome("app", "1.11.4", "lock", ('x.y["-->"]', 'x.y["--!>"]', "a\nb")),)
    assert (made, set()) == (unpack_outcomes(pack_outcomes(made)), set("<>\n") & set(pack_outcomes(made)))


def test_addresses_give_way_where_they_do_not_fit_and_the_rest_stays() -> None:
    made = (ProjectOutcome("app", "1.11.4", "lock", tuple(f"x.y[{i}]" for i in range(9000)), ("key",)),)
    text = pack_outcomes(made)
    assert (True, (ProjectOutcome("app", "1.11.4", "lock", (), ("key",)),)) == (
        len(text) <= 60_000,
        unpack_outcomes(text),
    )


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{", '{"format":2,"projects":[{}]}', "[" * 100_000, "1" * 9000]
)
def test_damaged_outcomes_are_none(text: str) -> None:
    assert unpack_outcomes(text) == ()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | texts,
        lambda i: (
            st.lists(i, max_size=3)
            | st.dictionaries(st.sampled_from(["format", "projects", "project", "unfinished"]), i, max_size=4)
        ),
    )
)
@settings(max_examples=30, deadline=None)
def test_arbitrary_json_is_read_without_an_exception(document: object) -> None:
    unpack_outcomes(json.dumps({"format": 1, "projects": document}))
