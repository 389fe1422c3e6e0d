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


def test_without_an_apply_before_the_present_settings_count() -> None:
    now = ApprovalSettings(NONE, ("a",))
    assert now.within(None) == now
