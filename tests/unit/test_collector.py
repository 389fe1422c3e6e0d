from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from gitops_bot.core.collector import without_collector


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    was_on = gc.isenabled()
    yield
    gc.unfreeze()
    gc.enable() if was_on else gc.disable()


@without_collector
def _paused(fail: bool) -> bool:
    if fail:
        raise ValueError("no")
    return gc.isenabled()


@pytest.mark.parametrize("on", [True, False])
def test_the_collector_rests_meanwhile_and_is_afterwards_as_it_was(on: bool) -> None:
    gc.enable() if on else gc.disable()
    assert _paused(False) is False
    assert gc.isenabled() is on


def test_the_collector_goes_on_after_an_error() -> None:
    gc.enable()
    with pytest.raises(ValueError, match="no"):
        _paused(True)
    assert gc.isenabled()


@without_collector
def _make(count: int) -> list[list[int]]:
    return [[] for _ in range(count)]


@pytest.mark.parametrize(("count", "frozen"), [(100, False), (50_000, True)])
def test_very_many_objects_are_never_looked_through(count: int, frozen: bool) -> None:
    gc.enable()
    gc.unfreeze()
    made = _make(count)
    assert [frozen, frozen] == [gc.get_freeze_count() >= len(made), gc.get_freeze_count() > 0]
