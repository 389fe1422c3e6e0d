"""Whose review stands for what is applied, and since when the plans have shown it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from gitops_bot.core.reviews import Review, ReviewState, ShownPlan, approvers, by_time, shown_since
from gitops_bot.core.times import read_time

HEAD = "a" * 40
SHOWN = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


def at(minute: int) -> str:
    """So many minutes after the plan was first shown."""
    return f"2026-01-01T12:{minute:02}:00Z"


def review(minute: int, state: str = "APPROVED", by: str = "hubot", **more: object) -> Review:
    given = Review(by, ReviewState(state), HEAD, at(minute))
    return replace(given, **more)  # the keywords are Review's


REVIEWS: dict[str, tuple[list[Review], tuple[str, ...]]] = {
    "none": ([], ()),
    "one": ([review(1)], ("hubot",)),
    "two people": ([review(1), review(2, by="kim")], ("hubot", "kim")),
    "one person twice": ([review(1), review(2)], ("hubot",)),
    "one person in two spellings": ([review(1), review(2, by="HuBot")], ("HuBot",)),
    "of an older commit": ([review(1, commit="b" * 40)], ()),
    "of no known commit": ([review(1, commit="")], ()),
    "of an older commit and then of the head": ([review(1, commit="b" * 40), review(2)], ("hubot",)),
    "by the author": ([review(1, by="pat")], ()),
    "by the author in another spelling": ([review(1, by="Pat")], ()),
    "by a bot": ([review(1, bot=True)], ()),
    "by a bot that only its name tells": ([review(1, by="renovate[bot]")], ()),
    "before the plan": ([review(0, at="2026-01-01T11:59:59Z")], ()),
    "in the plan's own second": ([review(0)], ()),
    "in the second after it": ([review(0, at="2026-01-01T12:00:01Z")], ("hubot",)),
    "before the plan and again after it": ([review(0), review(1)], ("hubot",)),
    "at another offset": ([review(0, at="2026-01-01T13:00:00+02:00")], ()),
    "at a time that cannot be read": ([review(1, at="soon")], ()),
    "never submitted": ([review(1, at="")], ()),
    "a comment": ([review(1, "COMMENTED")], ()),
    "another state": ([review(1, "OTHER")], ()),
    "dismissed": ([review(1, "DISMISSED")], ()),
    "changes requested later": ([review(1), review(2, "CHANGES_REQUESTED")], ()),
    "another review of theirs dismissed later": ([review(1), review(2, "DISMISSED")], ()),
    "taken back at a time nobody knows": ([review(1), review(2, "CHANGES_REQUESTED", at="")], ()),
    "taken back at an older commit": ([review(1), review(2, "CHANGES_REQUESTED", commit="b" * 40)], ()),
    "taken back in another spelling": ([review(1), review(2, "CHANGES_REQUESTED", by="HUBOT")], ()),
    "taken back by somebody else": ([review(1), review(2, "CHANGES_REQUESTED", by="kim")], ("hubot",)),
    "commented later": ([review(1), review(2, "COMMENTED")], ("hubot",)),
    "asked for changes before": ([review(1, "CHANGES_REQUESTED"), review(2)], ("hubot",)),
    "taken back and given again": (
        [review(1), review(2, "CHANGES_REQUESTED"), review(3)],
        ("hubot",),
    ),
    "taken back, told first": ([review(2, "CHANGES_REQUESTED"), review(1)], ()),
}


@pytest.mark.parametrize("case", REVIEWS)
def test_a_review_stands_for_the_head_it_was_given_after_the_plan(case: str) -> None:
    given, expected = REVIEWS[case]
    for author in ("pat", "PAT"):
        assert expected == approvers(given, HEAD, author, SHOWN)


def plan(digest: str, minute: int | None) -> ShownPlan:
    return ShownPlan(digest, None if minute is None else read_time(at(minute)))


PLANS: dict[str, tuple[list[ShownPlan], int | None]] = {
    "none": ([], None),
    "one": ([plan("x", 1)], 1),
    "another": ([plan("y", 1)], None),
    "the same three times": ([plan("x", 3), plan("x", 2), plan("x", 1)], 1),
    "a different one before": ([plan("x", 3), plan("x", 2), plan("y", 1)], 2),
    "a different one in between": ([plan("x", 3), plan("y", 2), plan("x", 1)], 3),
    "a different one after": ([plan("y", 3), plan("x", 2)], None),
    "the newest of no known time": ([plan("x", None), plan("x", 1)], None),
    "an older one of no known time": ([plan("x", 2), plan("x", None)], 2),
}


@pytest.mark.parametrize("case", PLANS)
def test_plans_show_something_since_the_oldest_of_an_unbroken_row(case: str) -> None:
    given, expected = PLANS[case]
    assert (None if expected is None else read_time(at(expected))) == shown_since(given, "x")


def test_an_older_plan_that_was_stored_once_more_is_no_newer_for_it() -> None:
    stored = [plan("x", 1), plan("y", 2), plan("x", 1)]
    assert None is shown_since(by_time(stored, "x"), "x")


def test_of_two_plans_of_one_second_the_different_one_counts_as_newer() -> None:
    for stored in ([plan("x", 1), plan("y", 1)], [plan("y", 1), plan("x", 1)]):
        assert (plan("y", 1), plan("x", 1)) == by_time(stored, "x")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-01T12:00:00Z", SHOWN),
        ("2026-01-01T13:00:00+01:00", SHOWN),
        ("2026-01-01T12:00:00", SHOWN),
        ("", None),
        ("yesterday", None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_a_time_is_read_in_utc(text: str, expected: datetime | None) -> None:
    assert expected == read_time(text)
