"""Two hundred random histories in memory, through the product's real entry.

What they watch for stands in `tests/kit/histories/oracle.py`. When one fails, the message holds its seed
and the fewest steps that still fail; `play(folder, seed, steps)` plays any list of steps again.

The product was broken on purpose, to see how many of the 200 then fail:

| mutation | fail |
|---|---|
| every plan counts as covered | 75 |
| provenance is ignored | 5 |
| approvals of all time count | 1, and a test below |
| a run that is not the head's goes on | 22 |
| the head is not asked again after the plan, or before planning once more | a test below each |
| the relaxations for half-done resources hold for every address | a test below; 2 of seeds 200 to 800 |
| they hold for none | 14 |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from tests.kit.histories.memory import MemoryGround
from tests.kit.histories.oracle import Oracle
from tests.kit.histories.player import Player
from tests.kit.histories.steps import Kind, Step, flavour_of, shrunk, steps_of

SEEDS = range(200)
LENGTH, MOST_RUNS = 60, 12


def play(folder: Path, seed: int, steps: Sequence[Step]) -> tuple[Player, AssertionError | None]:
    """Play these steps as the history of a seed; what was broken, if anything."""
    ground = MemoryGround(folder, flavour_of(seed))
    player = Player(ground, Oracle(ground), flavour_of(seed), MOST_RUNS)
    try:
        player.play(steps)
    except AssertionError as broken:
        return player, broken
    return player, None


@dataclass
class Played:
    """All histories: what came about in them, and what was broken, by seed."""

    counts: Counter[str] = field(default_factory=Counter)
    broken: dict[int, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    found, folder, number = Played(), tmp_path_factory.mktemp("histories"), count()

    def broken(seed: int, steps: Sequence[Step]) -> AssertionError | None:
        return play(folder / str(next(number)), seed, steps)[1]

    for seed in SEEDS:
        steps = steps_of(seed, LENGTH)
        player, wrong = play(folder / str(next(number)), seed, steps)
        found.counts += player.oracle.counts
        if wrong is not None and not found.broken:
            steps = shrunk(steps, lambda fewer: broken(seed, fewer) is not None)  # noqa: B023  called at once
            player, wrong = play(folder / str(next(number)), seed, steps)
        if wrong is not None:
            told = "\n".join(f"  {line}" for line in player.told)
            found.broken[seed] = f"seed {seed} ({flavour_of(seed).name}): {wrong}\n{told}"
    return found


def test_what_is_applied_was_approved_and_what_was_approved_is_applied(played: Played) -> None:
    first = next(iter(played.broken.values()), "")
    assert [] == list(played.broken), f"seeds {list(played.broken)}\n{first}"


# Far below what comes about, so that the histories stay worth playing when they change.
LEAST = {
    "plans": 500, "changing applies": 150, "apply: applied": 150, "apply: partly-applied": 15,
    "apply: failed": 30, "apply: superseded": 40, "apply: no-changes": 40, "apply: error": 5,
    "blocked: not approved": 100, "stale plans": 5, "ended applied": 100, "ended waiting for a person": 30,
}  # fmt: skip


def test_the_histories_come_to_what_they_watch_for(played: Played) -> None:
    assert {} == {what: played.counts[what] for what, least in LEAST.items() if played.counts[what] < least}


def told_of(folder: Path, seed: int, steps: Sequence[Step]) -> str:
    """What the last step of a history came to, which must hold to its end."""
    player, wrong = play(folder, seed, steps)
    assert wrong is None, f"{wrong}\n{player.told}"
    return next(line for line in reversed(player.told) if not line.startswith("reconcile"))


CREATED = [Step(Kind.OPEN, 0, 1, 1), Step(Kind.PLAN), Step(Kind.MERGE_PLANNED), Step(Kind.APPLY)]
CHANGED = [Step(Kind.OPEN, 0, 5, 1), Step(Kind.PLAN)]
EXISTING, OUTSIDE = 1, 6
"""Seeds of flavours whose states are there already; in the second not everybody goes through the product."""


@pytest.mark.parametrize(("before_plan", "result"), [(True, "superseded"), (False, "failed")])
def test_an_apply_that_the_run_of_a_newer_commit_overtakes_undoes_nothing(
    tmp_path: Path, before_plan: bool, result: str
) -> None:
    """#2 is merged, and amid its run #3 is merged and applied: both change the same resource."""
    race = Step(Kind.RACE, 0, 1, int(before_plan))
    steps = [*CREATED, *CHANGED, Step(Kind.MERGE_PLANNED), *CHANGED, race]
    told = told_of(tmp_path, EXISTING, steps)
    outer, _, inner = told.partition(", amid it: ")
    assert outer.endswith(f": {result}"), told
    assert inner.startswith("#3 by ") and inner.endswith(": applied"), told


GONE = Step(Kind.OUTSIDE, 0, 0)
AGAIN_WITHOUT_A_PLAN = [GONE, Step(Kind.DIRECT, 0, 0), Step(Kind.APPLY)]
REPLACED_WHEN_GONE = [
    Step(Kind.OPEN, 0, 1, 1),
    Step(Kind.PLAN),
    GONE,
    Step(Kind.MERGE_PLANNED),
    Step(Kind.APPLY),
]


@pytest.mark.parametrize("then", [AGAIN_WITHOUT_A_PLAN, REPLACED_WHEN_GONE])
def test_what_somebody_removed_is_made_again_by_no_older_approval(tmp_path: Path, then: list[Step]) -> None:
    """Neither by that of its create, which is done, nor by that of a replace, which did not fail."""
    assert told_of(tmp_path, OUTSIDE, [*CREATED, *then]).endswith(": blocked")
