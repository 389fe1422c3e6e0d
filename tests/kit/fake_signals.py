"""Signals from a script: `ports.Signals` for tests of the use cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class FakeSignals:
    """A signal came as soon as `when` says so. `asked` keeps what was asked of it, in order."""

    when: Callable[[], bool] = lambda: False
    asked: list[str] = field(default_factory=list)

    @property
    def came(self) -> bool:
        return self.when()

    def defer(self) -> None:
        self.asked.append("defer")

    def hold(self) -> None:
        self.asked.append("hold")

    @contextmanager
    def watched(self) -> Iterator[FakeSignals]:
        """What `Effects.signals` is to be."""
        yield self
        self.asked.append("end")
