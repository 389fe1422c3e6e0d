"""What follows from the parents of commits."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Parents = Callable[[str], Iterable[str]]
"""The parents of a commit."""


def reachable(commit: str, parents: Parents) -> set[str]:
    """The commit and everything it comes from."""
    found, waiting = {commit}, [commit]
    while waiting:
        new = {*parents(waiting.pop())} - found
        found |= new
        waiting += new
    return found


def best_common(one: str, other: str, parents: Parents) -> set[str]:
    """The common ancestors from which no other one comes."""
    common = reachable(one, parents) & reachable(other, parents)
    return common - {parent for commit in common for parent in parents(commit)}


def in_line(after: str, until: str, parents: Parents) -> list[str] | None:
    """The commits that come from `after` up to `until`, oldest first; None where they are not one line."""
    left = reachable(until, parents) - reachable(after, parents)
    line: list[str] = []
    next_ones = [until] if until in left else []
    while len(next_ones) == 1:
        line += next_ones
        next_ones = [parent for parent in parents(line[-1]) if parent in left]
    return line[::-1] if len(line) == len(left) else None
