"""Which pieces of a long report are shown: whole ones only, the most dangerous first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from msgspec import Struct, field

_LISTING_SHARE = 4  # at most a quarter of the room is kept for naming what is left out
_COUNTS_BYTES = 240
_BLANK = 2  # bytes of the empty line between two blocks
_TRIES = 50
"""So many pieces in a row may turn out too long before the rest is not tried: making one costs time."""


class Piece(Struct):
    """A block of Markdown that is shown whole or not at all. Lower `risk` comes first.

    `section` is the index of the project, `group` the part of its section the block belongs to,
    `module` the heading it stands under there. It tells of `count` resources, of whose loss `mark` says
    that it is worse than others. `make` gives the block and how many secrets are hidden in it, which are
    counted under the name `place`; `make_line` gives the line that is listed instead. Each is called once,
    when there may be room for it.
    """

    section: int
    group: str
    risk: int
    action: str
    make_line: Callable[[], str]
    make: Callable[[], tuple[str, int]]
    module: str = ""
    count: int = 1
    mark: str = ""
    place: str = ""
    _made: tuple[str, int] | None = None
    _line: str | None = None

    @property
    def text(self) -> str:
        """The block."""
        return self._block()[0]

    @property
    def hidden(self) -> int:
        """How many secrets are hidden in the block."""
        return self._block()[1]

    def _block(self) -> tuple[str, int]:
        if self._made is None:
            self._made = self.make()
        return self._made

    @property
    def line(self) -> str:
        """What is listed where there is no room for the block."""
        if self._line is None:
            self._line = self.make_line()
        return self._line


class Fitted(Struct, frozen=True):
    """What fits: blocks, then lines for pieces left out, then mere counts by action."""

    shown: tuple[Piece, ...] = ()
    listed: tuple[Piece, ...] = ()
    counted: tuple[tuple[str, int], ...] = field(default=())


def size(text: str) -> int:
    """Bytes of `text` in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def _greedy(
    pieces: Sequence[tuple[int, Piece]], room: int, text: Callable[[Piece], str]
) -> tuple[set[int], int]:
    """The indices of those whose `text` fits, and the room that is left."""
    taken: set[int] = set()
    failed = 0
    for index, piece in pieces:
        need = size(text(piece)) + _BLANK
        if need <= room:
            taken.add(index)
            room -= need
            failed = 0
        else:
            failed += 1
            if failed == _TRIES:
                break
    return taken, room


def _bytes_of_lines(pieces: Sequence[Piece], most: int) -> int:
    """How many bytes all lines have, or `most` when they have more."""
    used = 0
    for piece in pieces:
        used += size(piece.line) + _BLANK
        if used >= most:
            return max(most, 0)
    return used


def _all_fit(pieces: Sequence[Piece], max_bytes: int) -> bool:
    used = 0
    for piece in pieces:
        used += size(piece.text) + _BLANK
        if used > max_bytes:
            return False
    return True


def fit(pieces: Sequence[Piece], max_bytes: int) -> Fitted:
    """Choose what is shown in `max_bytes`; the order inside each part stays that of `pieces`."""
    if _all_fit(pieces, max_bytes):
        return Fitted(shown=tuple(pieces))
    by_risk = sorted(enumerate(pieces), key=lambda item: (item[1].risk, item[0]))
    reserve = _bytes_of_lines(pieces, max(max_bytes, 0) // _LISTING_SHARE) + _COUNTS_BYTES
    shown, room = _greedy(by_risk, max_bytes - reserve, lambda p: p.text)
    rest = [item for item in by_risk if item[0] not in shown]
    listed, _ = _greedy(rest, room + reserve - _COUNTS_BYTES, lambda p: p.line)
    counted: Counter[str] = Counter()
    for index, piece in rest:
        if index not in listed:
            counted[piece.action] += piece.count
    return Fitted(
        shown=tuple(p for i, p in enumerate(pieces) if i in shown),
        listed=tuple(p for i, p in enumerate(pieces) if i in listed),
        counted=tuple(sorted(counted.items())),
    )
