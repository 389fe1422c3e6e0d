"""Thousands of known texts, found in one pass over another text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from ahocorasick_rs import AhoCorasick, MatchKind

Span: TypeAlias = tuple[int, int]
"""Where something begins and where it ends, in characters."""

SHORTEST = 4
"""The fewest characters a known text has."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_STAND_IN = "\U0010fffd"


def searchable(text: str) -> str:
    """`text`, each character in its place, without what is no Unicode (the automaton is Rust's)."""
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub(_STAND_IN, text)
    return text


class KnownTexts:
    """Finds every place where one of `known` stands. Each has `SHORTEST` characters or more."""

    def __init__(self, known: Iterable[str]) -> None:
        texts = {searchable(text) for text in known}
        self._automaton = (
            AhoCorasick(texts, MatchKind.LeftmostLongest, store_patterns=False) if texts else None
        )
        by_start: dict[str, list[str]] = {}
        for text in texts:
            by_start.setdefault(text[:SHORTEST], []).append(text)
        self._by_start = {
            start: (sorted({len(t) for t in same}, reverse=True), frozenset(same))
            for start, same in by_start.items()
        }

    def spans(self, text: str) -> Iterator[Span]:
        """For each place where a known text begins, the longest one, unless another one covers it."""
        if self._automaton is None:
            return
        text = searchable(text)
        for _, start, end in self._automaton.find_matches_as_indexes(text):
            yield start, end
            yield from self._reaching_beyond(text, start, end)

    def _reaching_beyond(self, text: str, start: int, end: int) -> Iterator[Span]:
        """The automaton goes on behind each match; these begin inside of it and end after it."""
        for at in range(start + 1, end):
            entry = self._by_start.get(text[at : at + SHORTEST])
            if entry is not None:
                lengths, same = entry
                longest = next((n for n in lengths if text[at : at + n] in same), 0)
                if at + longest > end:
                    yield at, at + longest
