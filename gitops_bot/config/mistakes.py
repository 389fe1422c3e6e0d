"""One mistake in the configuration, all of them as an error, and hostile text made safe to show."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from gitops_bot.core.errors import BadInput

SHOWN_MAX = 80
_PATH_MAX = 160


def shown(text: str) -> str:
    """The text in quotes, escaped like `repr`, cut to at most 80 characters."""
    whole = repr(text[: SHOWN_MAX + 1])
    if len(whole) <= SHOWN_MAX:
        return whole
    length = min(len(text), SHOWN_MAX)
    while len(cut := repr(text[:length])) > SHOWN_MAX - 1:
        length -= 1
    return f"{cut}…"


def plain(text: str) -> str:
    """A file name as it is when it is printable, otherwise escaped."""
    return text if text.isprintable() and len(text) <= _PATH_MAX else shown(text)


class Mistake(Struct, frozen=True):
    """What is wrong at one place, and what would be right. `line` 0 means the line is not known."""

    file: str
    line: int
    key: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{plain(self.file)}:{self.line}" if self.line else plain(self.file)
        what = f"{self.key}: {self.message}" if self.key else self.message
        return f"{place}: {what}; {self.hint}" if self.hint else f"{place}: {what}"


class ConfigInvalid(BadInput):
    """The configuration has mistakes; the text has one line for each, in the file's order."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda mistake: mistake.line))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))
