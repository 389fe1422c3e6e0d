"""What a merge may change about the proof of its own approval: it may ask for more, never for less."""

from __future__ import annotations

import pytest

from gitops_bot.core.environments import ApprovalSettings
from gitops_bot.core.provenance import ProvenanceMode

REQUIRED, PREFERRED, NONE = ProvenanceMode.REQUIRED, ProvenanceMode.PREFERRED, ProvenanceMode.NONE


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (NONE, REQUIRED, REQUIRED),
        (REQUIRED, NONE, REQUIRED),
        (PREFERRED, NONE, PREFERRED),
        (NONE, PREFERRED, PREFERRED),
        (NONE, NONE, NONE),
    ],
)
def test_the_stricter_mode_counts(
    now: ProvenanceMode, before: ProvenanceMode, expected: ProvenanceMode
) -> None:
    assert ApprovalSettings(now).within(ApprovalSettings(before)).provenance is expected


def test_only_workflows_that_were_listed_before_count() -> None:
    now, before = ApprovalSettings(workflows=("a", "b")), ApprovalSettings(workflows=("b", "c"))
    assert now.within(before).workflows == ("b",)


@pytest.mark.parametrize(("now", "before", "expected"), [(0, 2, 2), (2, 0, 2), (1, 1, 1)])
def test_the_larger_number_of_reviews_counts(now: int, before: int, expected: int) -> None:
    assert ApprovalSettings(reviews=now).within(ApprovalSettings(reviews=before)).reviews == expected


def test_only_people_who_were_named_before_count_whatever_the_case_of_their_logins() -> None:
    now, before = ApprovalSettings(by=("Octocat", "mallory")), ApprovalSettings(by=("octocat", "hubot"))
    assert now.within(before).by == ("Octocat",)


def test_only_patterns_that_were_listed_before_are_ignored() -> None:
    now, before = ApprovalSettings(ignore=("a.b.c", "a.b.d")), ApprovalSettings(ignore=("a.b.d", "a.b.e"))
    assert now.within(before).ignore == ("a.b.d",)


def test_without_an_apply_before_the_present_settings_count() -> None:
    now = ApprovalSettings(NONE, ("a",))
    assert now.within(None) == now
