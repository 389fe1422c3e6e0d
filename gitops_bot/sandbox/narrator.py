"""Tells the demo's story on a terminal or into a file: 80 columns, colours only where they are seen."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from gitops_bot.render.markdown import one_line

WIDTH = 80
_COLOURS = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


def cells(text: str) -> int:
    """How many columns a terminal needs for `text`."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns; words that are longer are cut."""
    lines, line = [], ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if cells(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        line = word
        while cells(line) > width:
            end = width
            while cells(line[:end]) > width:
                end -= 1
            lines.append(line[:end])
            line = line[end:]
    return [*lines, line]


class Narrator:
    """Prints paragraphs, steps and what programs say. Control characters are shown, never sent."""

    def __init__(self, stdout: TextIO, environ: Mapping[str, str] = os.environ) -> None:
        self._stdout = stdout
        self._colours = stdout.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
        self._chapter = 0

    def _print(self, text: str, indent: int = 0, style: str = "", mark: str = "") -> None:
        room = WIDTH - indent - cells(mark)
        for number, line in enumerate(wrap(one_line(text), room)):
            start = " " * indent + (mark if number == 0 else " " * cells(mark))
            shown = f"\x1b[{_COLOURS[style]}m{line}\x1b[0m" if style and self._colours and line else line
            self._write((start + shown).rstrip())

    def _write(self, line: str) -> None:
        encoding = getattr(self._stdout, "encoding", None) or "utf-8"
        self._stdout.write(line.encode(encoding, "replace").decode(encoding) + "\n")
        self._stdout.flush()

    def gap(self) -> None:
        """An empty line."""
        self._write("")

    def title(self, text: str) -> None:
        """The first line of everything."""
        self._print(text, style="bold")

    def chapter(self, text: str) -> None:
        """A new part of the story."""
        self._chapter += 1
        self.gap()
        self._print(text, style="bold", mark=f"{self._chapter}. ")

    def say(self, text: str) -> None:
        """What happens, for the reader."""
        self.gap()
        self._print(text, 3)

    def step(self, text: str) -> None:
        """What is about to run."""
        self.gap()
        self._print(text, 3, "cyan", "> ")

    def output(self, text: str) -> None:
        """A line that a program printed."""
        indent = min(len(text) - len(text.lstrip(" ")), 12)
        self._print(text.strip(" "), 5 + indent, "dim")

    def quote(self, text: str) -> None:
        """A line of a comment."""
        self._print(text, 5, mark="| ")

    def result(self, text: str, good: bool) -> None:
        """How it ended; `good` when that is as the story wants it."""
        self._print(text, 5, "green" if good else "red", "= ")

    def path(self, path: Path) -> None:
        """Where something is, on one line so that it can be copied, however long."""
        self._write(f"   {one_line(str(path))}")

    def failure(self, text: str) -> None:
        """What went wrong with the demo itself."""
        self.gap()
        self._print(text, 0, "red")

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Rows under a header, which is the first of them."""
        widths = [max(cells(row[i]) for row in rows) for i in range(len(rows[0]))]
        self.gap()
        for number, row in enumerate(rows):
            padded = (c + " " * (w - cells(c)) for c, w in zip(row, widths, strict=True))
            line = "   " + "  ".join(padded).rstrip()
            self._write(f"\x1b[1m{line}\x1b[0m" if number == 0 and self._colours else line)
