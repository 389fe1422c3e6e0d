"""Which pieces of a long report are shown: whole ones only, the most dangerous first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

_LISTING_SHARE = 4  # at most a quarter of the room is kept for naming what is left out
_COUNTS_BYTES = 240


@dataclass(frozen=True, slots=True)
class Piece:
    """A block of Markdown that is shown whole or not at all. Lower `risk` comes first.

    `section` is the index of the project, `group` the part of its section the block belongs to.
    """

    section: int
    group: str
    risk: int
    address: str
    action: str
    text: str
    line: str


@dataclass(frozen=True, slots=True)
class Fitted:
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
    taken: set[int] = set()
    for index, piece in pieces:
        need = size(text(piece)) + 2
        if need <= room:
            taken.add(index)
            room -= need
    return taken, room


def fit(pieces: Sequence[Piece], max_bytes: int) -> Fitted:
    """Choose what is shown in `max_bytes`; the order inside each part stays that of `pieces`."""
    by_risk = sorted(enumerate(pieces), key=lambda item: (item[1].risk, item[0]))
    total = sum(size(p.text) + 2 for p in pieces)
    if total <= max_bytes:
        return Fitted(shown=tuple(pieces))
    lines = sum(size(p.line) + 2 for p in pieces)
    reserve = min(lines, max(max_bytes, 0) // _LISTING_SHARE) + _COUNTS_BYTES
    shown, room = _greedy(by_risk, max_bytes - reserve, lambda p: p.text)
    rest = [item for item in by_risk if item[0] not in shown]
    listed, _ = _greedy(rest, room + reserve - _COUNTS_BYTES, lambda p: p.line)
    counted = Counter(p.action for i, p in rest if i not in listed)
    return Fitted(
        shown=tuple(p for i, p in enumerate(pieces) if i in shown),
        listed=tuple(p for i, p in enumerate(pieces) if i in listed),
        counted=tuple(sorted(counted.items())),
    )
