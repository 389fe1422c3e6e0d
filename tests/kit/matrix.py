"""Many cells of one table: filled by several threads, printed with counts, failed all at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Queue
from typing import Generic, TypeVar

Worker = TypeVar("Worker")

NOT_THERE = "-"
"""What a cell shows that makes no sense: there is nothing to break then."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What came of one cell: every sentence in `wrong` is a broken promise; `how` counts with its like."""

    how: str
    wrong: tuple[str, ...] = ()


@dataclass(slots=True)
class Table:
    """Rows by columns. Cells that nobody fills show a dash."""

    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)

    @property
    def wrong(self) -> list[str]:
        """One line per promise that a cell breaks."""
        return [
            f"{row} / {column}: {sentence}"
            for row in self.rows
            for column in self.columns
            for sentence in self._cell(row, column).wrong
        ]

    def _cell(self, row: str, column: str) -> Cell:
        return self.cells.get((row, column), Cell(NOT_THERE))

    def render(self) -> str:
        """The table, at most 100 characters wide where its names allow it, then what is wrong, by number."""
        label = max(len(name) for name in ("", *self.rows))
        widths = [max(len(name), 5) for name in self.columns]
        numbers: dict[tuple[str, ...], int] = {}
        lines = [self.title, "", self._line("", self.columns, label, widths)]
        for row in self.rows:
            shown = []
            for column in self.columns:
                cell = self._cell(row, column)
                if cell.wrong:
                    number = numbers.setdefault(cell.wrong, len(numbers) + 1)
                    shown.append(f"bad {number}")
                else:
                    shown.append(NOT_THERE if cell.how == NOT_THERE else "ok")
            lines.append(self._line(row, shown, label, widths))
        lines += ["", self.counts()]
        for sentences, number in numbers.items():
            lines += [f"  bad {number}: {sentences[0]}", *(f"         {s}" for s in sentences[1:])]
        return "\n".join(lines)

    @staticmethod
    def _line(name: str, cells: Sequence[str], label: int, widths: Sequence[int]) -> str:
        padded = [c.ljust(w) for c, w in zip(cells, widths, strict=True)]
        return "  ".join([name.ljust(label), *padded]).rstrip()

    def counts(self) -> str:
        """How many cells there are, how many are ok, and how many ended in which way."""
        good = sum(not cell.wrong for cell in self.cells.values())
        ways = Counter(cell.how for cell in self.cells.values())
        text = "; ".join(f"{count} {how}" for how, count in sorted(ways.items()))
        return f"{len(self.cells)} cells: {good} ok, {len(self.cells) - good} wrong. {text}."


class Pool(Generic[Worker]):
    """Fills a table: each worker is given one cell after the other, several work at a time."""

    def __init__(self, workers: Sequence[Worker]) -> None:
        self._idle: Queue[Worker] = Queue()
        self._count = len(workers)
        for worker in workers:
            self._idle.put(worker)

    def fill(self, table: Table, work: Mapping[tuple[str, str], Callable[[Worker], Cell]]) -> None:
        """Do all the work. A cell whose work raises is a wrong one; the others are filled all the same."""

        def one(do: Callable[[Worker], Cell]) -> Cell:
            worker = self._idle.get()
            try:
                return do(worker)
            except Exception as error:
                return Cell("could not be tried", (f"the test broke: {error!r}",))
            finally:
                self._idle.put(worker)

        with ThreadPoolExecutor(self._count) as threads:
            futures = {place: threads.submit(one, do) for place, do in work.items()}
        for place, future in futures.items():
            table.cells[place] = future.result()
