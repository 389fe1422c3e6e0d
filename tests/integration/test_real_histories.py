"""Six random histories on the real program, Terraform and git, watched by the same oracle."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_bot.sandbox import Sandbox
from tests.kit.histories.oracle import Oracle
from tests.kit.histories.player import Player
from tests.kit.histories.real import RealGround
from tests.kit.histories.steps import REAL_FLAVOURS, steps_of
from tests.kit.needs import needs_program
from tests.kit.sandbox_story import TickingClock

LENGTH, MOST_RUNS = 60, 7


@pytest.mark.parametrize("seed", range(6))
def test_what_is_applied_was_approved_and_what_was_approved_is_applied(tmp_path: Path, seed: int) -> None:
    needs_program("terraform")
    needs_program("git")
    (tmp_path / "states").mkdir()
    flavour = REAL_FLAVOURS[seed % len(REAL_FLAVOURS)]
    with Sandbox.start(tmp_path / "hub", clock=TickingClock()) as sandbox:
        ground = RealGround(sandbox, tmp_path, flavour.environments)
        player = Player(ground, Oracle(ground), flavour, MOST_RUNS)
        try:
            player.play(steps_of(seed, LENGTH, flavour))
        except AssertionError as broken:
            told = "\n".join(f"  {line}" for line in player.told)
            pytest.fail(f"seed {seed} ({flavour.name}): {broken}\n{told}")
        print("\n".join(player.told), dict(player.oracle.counts))
