"""Two hundred random histories in memory, through the product's real entry.

What they watch for stands in `tests/kit/histories/oracle.py`. When one fails, the message holds its seed
and the fewest steps that still fail; `play(folder, seed, steps)` plays any list of steps again.
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
from tests.kit.histories.steps import Step, flavour_of, shrunk, steps_of

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
    assert list(played.broken) == [], f"seeds {list(played.broken)}\n{first}"
