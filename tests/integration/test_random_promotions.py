"""Random histories of changes, merges, applies, failures and promotions, in memory.

Whatever a verdict allows was applied below, content by content; what equals the content applied below, with
nothing wrong there, is allowed. How that is known without the product's own comparison: `tests/kit/promotions.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest

from gitops_bot.core.environments import PromotionRules
from tests.kit.histories.steps import shrunk
from tests.kit.promotions import Played, Step, history_of

SEEDS = range(250)
LENGTH = 60


def broken(rules: PromotionRules, steps: Sequence[Step], counts: Counter[str]) -> AssertionError | None:
    """What a history breaks, if anything."""
    try:
        Played(rules, counts).play(list(steps))
    except AssertionError as wrong:
        return wrong
    return None


# Far below what comes about, so that the histories stay worth playing when they change.
LEAST = {
    "allowed: exact": 100, "allowed: partial": 30, "allowed: older": 10, "allowed: hotfix": 30,
    "allowed: backflow": 1, "apply: something": 50, "apply: a hotfix": 10, "apply: what stood at the merge": 5,
    "apply: blocked": 50, "BROKEN_BELOW": 30, "NOT_CONVERGED_BELOW": 10, "DRIFTED_BELOW": 10, "SOAKING": 10,
    "NOT_APPLIED_BELOW": 30, "NOT_FROM_SOURCE": 10, "SKIPS_ENVIRONMENT": 30, "BEHIND_TARGET": 10,
    "PARTIAL_PROMOTION": 10, "OLDER_BELOW": 5,
}  # fmt: skip


@pytest.fixture(scope="module")
def played() -> tuple[Counter[str], list[str]]:
    counts, found = Counter[str](), []
    for seed in SEEDS:
        rules, steps = history_of(seed, LENGTH)
        if broken(rules, steps, counts) is None:
            continue
        if not found:
            steps = shrunk(steps, lambda fewer: broken(rules, fewer, Counter()) is not None)  # noqa: B023  at once
        found.append(f"seed {seed}, {rules}, {steps}: {broken(rules, steps, Counter())}")
    return counts, found


def test_what_is_allowed_was_applied_below_and_what_is_applied_below_is_allowed(
    played: tuple[Counter[str], list[str]],
) -> None:
    counts, found = played
    assert [] == found, f"{len(found)} of {len(SEEDS)}"


def test_the_histories_come_to_what_they_watch_for(played: tuple[Counter[str], list[str]]) -> None:
    counts, found = played
    assert {} == {what: counts[what] for what, least in LEAST.items() if counts[what] < least}
