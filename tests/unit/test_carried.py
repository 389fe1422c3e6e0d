"""Which pull requests a promotion carries."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gitops_bot.core.carried import Carried, Listed, between, carried_between


def ledger(environment: str, *trees_and_pulls: tuple[str, tuple[int, ...]]) -> tuple[Listed, ...]:
    """A ledger, newest first."""
    return tuple(
        Listed(environment, f"{environment}-{tree}", tree, pulls, "7", "2026-01-01T00:00:00Z")
        for tree, pulls in trees_and_pulls
    )


DEVOPS = ledger("devops", ("d", (5,)), ("c", (4, 3)), ("b", (3,)), ("a", (1,)))
DEV = ledger("dev", ("c", (14,)), ("a", (11,)))


def numbers(carried: Carried) -> list[int]:
    return [pull.number for pull in carried.pulls]


def test_the_first_pull_requests_come_out_and_not_those_that_promoted_them() -> None:
    found = carried_between([DEVOPS, DEV], "c", "a")
    assert (numbers(found), found.complete) == ([4, 3], True)


def test_each_pull_request_leads_to_the_newest_apply_that_brought_it() -> None:
    found = carried_between([DEVOPS], "c", "a")
    assert [(pull.number, pull.commit) for pull in found.pulls] == [(4, "devops-c"), (3, "devops-c")]


def test_everything_is_carried_into_an_environment_where_nothing_is_applied() -> None:
    assert numbers(carried_between([DEVOPS, DEV], "c", "")) == [4, 3, 1]


def test_a_content_that_the_lowest_ledger_never_had_is_looked_for_above_it() -> None:
    hotfixed = ledger("dev", ("x", (21,)), ("c", (14,)))
    assert numbers(carried_between([DEVOPS, hotfixed], "x", "c")) == [21]


def test_what_no_ledger_reaches_back_to_is_not_complete() -> None:
    found = carried_between([DEVOPS, DEV], "c", "gone")
    assert (numbers(found), found.complete) == ([14, 11], False)


@given(st.lists(st.sampled_from("abcd"), max_size=8), st.sampled_from("abcd"), st.sampled_from("abcd"))
def test_the_range_begins_with_the_newest_and_ends_before_the_oldest(
    trees: list[str], newest: str, oldest: str
) -> None:
    listed = ledger("devops", *((tree, (i,)) for i, tree in enumerate(trees)))
    found = between(listed, newest, oldest)
    possible = newest in trees and oldest in trees[trees.index(newest) :]
    assert possible == (found is not None)
    if found:
        assert (found[0].tree, oldest in {e.tree for e in found}) == (newest, False)
        assert listed[listed.index(found[-1]) + 1].tree == oldest
