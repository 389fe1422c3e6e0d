"""Thousands of known texts, found in one pass over another text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TypeAlias

from ahocorasick_rs import AhoCorasick, MatchKind

Span: TypeAlias = tuple[int, int]
"""Where something begins and where it ends, in characters."""

SHORTEST = 4
"""The fewest characters a known text has."""
_LONGEST = 1000
_PART = 500
"""A text of more than `_LONGEST` characters is looked for in parts of so many: the automaton's cost grows
with the square of the length of one that repeats itself."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_STAND_IN = "\U0010fffd"


def searchable(text: str) -> str:
    """`text`, each character in its place, without what is no Unicode (the automaton is Rust's)."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub(_STAND_IN, text)
    return text


def _in_parts(text: str) -> Iterator[str]:
    """Parts that cover it, all of the same length: the last one may overlap the one before."""
    for at in range(0, len(text) - _PART, _PART):
        yield text[at : at + _PART]
    yield text[-_PART:]


class KnownTexts:
    """Finds every place where one of `known` stands. Each has `SHORTEST` characters or more."""

    def __init__(self, known: Iterable[str]) -> None:
        whole = frozenset(map(searchable, known))
        self._parts = frozenset(part for text in whole if len(text) > _LONGEST for part in _in_parts(text))
        self._texts = self._parts.union(text for text in whole if len(text) <= _LONGEST)
        self._automaton = (
            AhoCorasick(self._texts, MatchKind.LeftmostLongest, store_patterns=False) if self._texts else None
        )

    @cached_property
    def _by_start(self) -> dict[str, list[int]]:
        """The lengths of the texts that begin alike, the longest first."""
        found: dict[str, set[int]] = {}
        for text in self._texts:
            found.setdefault(text[:SHORTEST], set()).add(len(text))
        return {start: sorted(lengths, reverse=True) for start, lengths in found.items()}

    def spans(self, text: str) -> Iterator[Span]:
        """For each place where a known text begins, the longest one, unless another one covers it."""
        if self._automaton is None:
            return
        text = searchable(text)
        begun: Span | None = None  # of a long text
        for _, start, end in self._automaton.find_matches_as_indexes(text):
            found = [(start, end), *self._reaching_beyond(text, start, end)]
            for span in found:
                if text[slice(*span)] not in self._parts:
                    yield span
                elif begun is not None and span[0] <= begun[1]:
                    begun = (begun[0], max(begun[1], span[1]))
                else:
                    if begun is not None:
                        yield begun
                    begun = span
        if begun is not None:
            yield begun

    def _reaching_beyond(self, text: str, start: int, end: int) -> Iterator[Span]:
        """The automaton goes on behind each match; these begin inside of it and end after it."""
        for at in range(start + 1, end):
            for length in self._by_start.get(text[at : at + SHORTEST], ()):
                if at + length <= end:
                    break
                if text[at : at + length] in self._texts:
                    yield at, at + length
                    break
