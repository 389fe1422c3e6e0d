"""Rows of the table that `make bench` prints: ratios of two figures, and figures alone, with spread."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from msgspec import Struct

Measure = Callable[[], float]
"""Does it once and gives a figure. Raises `NotMeasured`, `OSError` or `ValueError` where there is none."""


class NotMeasured(Exception):
    """A measured command did not end as it should, or what it needs is not here."""


class Ratio(Struct, frozen=True):
    """Ours against theirs, in turn, so that a machine that gets slower slows both.

    The medians are compared with `target`, the ratio to stay at or below. `warm`: both are done once before.
    """

    name: str
    ours: Measure
    theirs: Measure
    rounds: int
    target: float
    unit: str = "s"
    warm: bool = True

    def line(self) -> str:
        """Measured now, as it is printed."""
        if self.warm:
            self.ours()
            self.theirs()
        pairs = [(self.ours(), self.theirs()) for _ in range(self.rounds)]
        ours, theirs = ([pair[side] for pair in pairs] for side in (0, 1))
        ratio = statistics.median(ours) / statistics.median(theirs)
        each = sorted(one / other for one, other in pairs)
        figures = f"{_spread(ours)} / {_spread(theirs)} {self.unit}"
        return f"{ratio:.2f} ({each[0]:.2f}-{each[-1]:.2f})  {_verdict(ratio, self.target)}  {figures}"


class Figure(Struct, frozen=True):
    """A figure by itself: a count, or what something takes whole."""

    name: str
    measure: Measure
    rounds: int
    target: float
    unit: str

    def line(self) -> str:
        """Measured now, as it is printed."""
        figures = [self.measure() for _ in range(self.rounds)]
        return f"{_spread(figures)} {self.unit}  {_verdict(statistics.median(figures), self.target)}"


Row = Ratio | Figure


def measured(row: Row) -> str:
    """The row as it is printed, or why there is none."""
    try:
        return f"{row.name}\n  {row.line()}  (medians of {row.rounds})"
    except (NotMeasured, OSError, ValueError) as error:
        return f"{row.name}\n  not measured: {error}"


def _spread(figures: Sequence[float]) -> str:
    digits = 0 if all(figure == int(figure) for figure in figures) else 3
    median, least, most = (f(figures) for f in (statistics.median, min, max))
    return (
        f"{median:.{digits}f} ({least:.{digits}f}-{most:.{digits}f})"
        if most > least
        else f"{median:.{digits}f}"
    )


def _verdict(figure: float, target: float) -> str:
    return f"target {target:g}  {'met' if figure <= target else 'MISSED'}"
