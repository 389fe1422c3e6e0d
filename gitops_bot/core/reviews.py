"""Whose review stands for exactly what is about to be applied (`approval.reviews`, D3).

A review is of a commit, and says nothing of what a plan of that commit showed: a plan made later can show
something else. So only reviews count that were given after the plans began to show what is approved.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum

from msgspec import Struct

from gitops_bot.core.times import read_time


class ReviewState(StrEnum):
    """What a review says. A dismissed one says so in place of what it said before."""

    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    COMMENTED = "COMMENTED"
    DISMISSED = "DISMISSED"
    OTHER = "OTHER"
    """A state that is not known here, such as that of a review nobody submitted yet."""


class Review(Struct, frozen=True):
    """A review of a pull request, made at the commit that was its head then.

    `at` is when it was submitted, ISO 8601 in UTC, "" before. `bot` is GitHub's word for its author.
    """

    author: str
    state: ReviewState
    commit: str
    at: str
    bot: bool = False


MAY_APPROVE = frozenset({"admin", "write"})
"""The permissions with which a review counts, as GitHub names them; `maintain` is told as write."""

_TAKE_BACK = frozenset({ReviewState.CHANGES_REQUESTED, ReviewState.DISMISSED})
_LAST = datetime.max.replace(tzinfo=UTC)


class ShownPlan(Struct, frozen=True):
    """One plan of a commit: the digest of its approval, and when it was made (None: nobody knows)."""

    digest: str
    at: datetime | None


def by_time(plans: Iterable[ShownPlan], digest: str) -> tuple[ShownPlan, ...]:
    """Plans whose times nobody can forge, newest first.

    The order in which they are stored would not do: an older one can be stored once more. Of two of one
    second the one that shows something else than `digest` counts as newer.
    """
    return tuple(sorted(plans, key=lambda p: (p.at or _LAST, p.digest != digest), reverse=True))


def shown_since(plans: Iterable[ShownPlan], digest: str) -> datetime | None:
    """Since when plans, given newest first, have shown what has this digest, without a different one
    in between. None when the newest shows something else, or its time is not known."""
    since = None
    for plan in plans:
        if plan.digest != digest or plan.at is None:
            break
        since = plan.at
    return since


def approvers(reviews: Iterable[Review], head: str, author: str, since: datetime) -> tuple[str, ...]:
    """The logins of people whose approving review of `head` stands, each once.

    It stands when it was submitted after `since` and the same person neither asked for changes nor had
    a review dismissed later. A comment takes nothing back. The pull request's `author` and bots do not count.
    """
    standing: dict[str, str] = {}
    for review in sorted(reviews, key=_submitted):
        person, at = review.author.lower(), read_time(review.at)  # GitHub ignores the case of logins
        if review.state in _TAKE_BACK:
            standing.pop(person, None)
        elif review.state is ReviewState.APPROVED and at is not None and at > since:
            counts = review.commit == head and person != author.lower() and not _is_bot(review)
            if counts:
                standing[person] = review.author
    return tuple(standing.values())


def _submitted(review: Review) -> datetime:
    return read_time(review.at) or _LAST


def _is_bot(review: Review) -> bool:
    return review.bot or review.author.endswith("[bot]")
