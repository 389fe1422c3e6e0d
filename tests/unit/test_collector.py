from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from gitops_bot.core.collector import without_collector


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    was_on = gc.isenabled()
    yield
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
