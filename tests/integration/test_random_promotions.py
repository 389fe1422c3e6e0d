"""Random histories of changes, merges, applies, failures and promotions, in memory.

Whatever a verdict allows was applied below, content by content; what equals the content applied below, with
nothing wrong there, is allowed. `tests/kit/promotions.py` knows that without the product's own comparison.
When one fails, the message holds its seed, its rules and the fewest steps that still fail.

The product was broken on purpose, to see how many of the 400 then fail:

| mutation | fail |
|---|---|
| exact means that all changed files are as below | 155 |
| `promotion.ignore` is not looked at, or leaves out everything | 163, 202 |
| a removed file counts as proven | 137 |
| files that differ count as waiting below | 214 |
| part of what is applied may always come | 91 |
| so may parts that are not applied, waiting or foreign | 103, 141 |
| earlier content counts whether or not it stood at the merge | 42 |
| earlier content counts only with `allow_older` | 6 |
| … only if it stood, `allow_older` or not | 26 |
| convergence, drift or a soak is not asked for | 133, 54, 107 |
| drift speaks against earlier content, too | 1 |
| an apply that is running breaks nothing | 50 |
| one that began after the merge breaks what was merged | 3 |
| none that began after the merge does, not even of the same content | 2 |
| a label alone lets a hotfix in | 132 |
| another content in between does not end a soak | 79 |
| a failed apply in between does not end a soak | 15 |
| paths that are ignored hide an earlier content | 12 |
| the time of an apply counts, and not that of the merge | 9 |
| a hotfix lets in later versions of its files | 8 |
| any version of a hotfix's file may come down | 50 |
| what came below only after the merge counts, though it is gone again | 0: `test_verdict_before_apply` |
| earlier content counts though its apply failed | 0: `test_verdict_table` |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

import pytest

from gitops_bot.core.environments import PromotionRules
from tests.kit.histories.steps import shrunk
from tests.kit.promotions import Played, Step, history_of

SEEDS = range(400)
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
    "allowed: exact": 200, "allowed: partial": 30, "allowed: older": 10, "allowed: hotfix": 100,
    "allowed: backflow": 10, "apply: something": 100, "apply: a hotfix": 50, "apply: blocked": 200,
    "apply: what stood at the merge": 20, "BROKEN_BELOW": 100, "NOT_CONVERGED_BELOW": 50, "DRIFTED_BELOW": 50,
    "SOAKING": 50, "NOT_APPLIED_BELOW": 100, "NOT_FROM_SOURCE": 50, "SKIPS_ENVIRONMENT": 100,
    "BEHIND_TARGET": 50, "PARTIAL_PROMOTION": 50, "OLDER_BELOW": 10,
}  # fmt: skip


def fails(rules: PromotionRules, steps: Sequence[Step]) -> bool:
    """Whether a history breaks anything."""
    return broken(rules, steps, Counter()) is not None


@pytest.fixture(scope="module")
def played() -> tuple[Counter[str], list[str]]:
    counts, found = Counter[str](), list[str]()
    for seed in SEEDS:
        rules, steps = history_of(seed, LENGTH)
        if broken(rules, steps, counts) is None:
            continue
        if not found:
            steps = shrunk(steps, partial(fails, rules))
        found.append(f"seed {seed}, {rules}, {steps}: {broken(rules, steps, Counter())}")
    return counts, found


def test_what_is_allowed_was_applied_below_and_what_is_applied_below_is_allowed(
    played: tuple[Counter[str], list[str]],
) -> None:
    _counts, found = played
    assert [] == found, f"{len(found)} of {len(SEEDS)}"


def test_the_histories_come_to_what_they_watch_for(played: tuple[Counter[str], list[str]]) -> None:
    counts, _found = played
    assert {} == {what: counts[what] for what, least in LEAST.items() if counts[what] < least}
