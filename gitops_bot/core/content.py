"""A commit's content, path by path, and how a merge result compares with what is applied below (D5).

Whole contents are compared, never histories: squash, rebase, merge and fast-forward all come out alike.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

from msgspec import Struct

Content: TypeAlias = Mapping[str, str]
"""A commit's files by path: the mode and object of each, such as `100644 1f7a…`. A submodule is in it with
its commit, a symlink with its target, so a changed mode is a change and a rename is two."""

EMPTY: Content = {}


# --- patterns of paths -----------------------------------------------------------------------


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    parts: list[str] = []
    text = f"{text}**" if text.endswith("/") else text
    for piece in re.findall(r"\*\*/|\*\*|\*|\?|[^*?]+", text):
        match piece:
            case "**/":
                parts.append("(?:[^/]+/)*")
            case "**":
                parts.append(".*")
            case "*":
                parts.append("[^/]*")
            case "?":
                parts.append("[^/]")
            case _:
                parts.append(re.escape(piece))
    return re.compile("".join(parts), re.DOTALL)


def path_matches(pattern: str, path: str) -> bool:
    """Whether a path from the repository's root fits: `*` and `?` stay in one folder, `**` crosses them, and
    a `/` at the end means all that is in the folder."""
    return _pattern(pattern).fullmatch(path) is not None


# --- comparing -------------------------------------------------------------------------------


class Candidate(Struct, frozen=True):
    """What is to come into an environment.

    `target` is the content it comes into, `merged` that which it would become, `head` the incoming one by
    itself. What is applied is compared with the same fields: `target` is then what was applied last.
    """

    target: Content
    merged: Content
    head: Content


class Comparison(Struct, frozen=True):
    """A candidate beside what is applied below, as sorted paths; those in `ignored` are in no other one.

    `exact`: nothing differs from what is applied below. Of what the candidate changes, `proven` is applied
    below just so, `waiting` stands on the branch below and is not applied yet, `foreign` is neither. `kept`
    is the target's own and differs from below, although the incoming content has what is below; `missing` is
    applied below and not carried.
    """

    exact: bool
    proven: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def changed(self) -> tuple[str, ...]:
        """What the candidate changes, without what is ignored."""
        return tuple(sorted((*self.proven, *self.waiting, *self.foreign)))


def differing(one: Content, other: Content) -> frozenset[str]:
    """The paths at which two contents are not the same."""
    return frozenset(path for path, _ in one.items() ^ other.items())


def left_out(path: str, ignore: Sequence[str]) -> bool:
    """Whether a path fits one of the patterns of paths that differ on purpose.

    The bot's rules and the workflows never do: whoever could change them alone would judge the next change.
    """
    if path == ".gitops-bot.yml" or path.startswith(".github/"):
        return False
    return any(path_matches(pattern, path) for pattern in ignore)


def alike(one: Content, other: Content, ignore: Sequence[str]) -> bool:
    """Whether two contents differ in nothing but what is left out."""
    return all(left_out(path, ignore) for path in differing(one, other))


def compare(
    candidate: Candidate,
    applied: Content,
    branch: Content,
    ignore: Sequence[str] = (),
    exempt: Collection[str] = frozenset(),
) -> Comparison:
    """Compare with the content `applied` below and the one that the `branch` below has now.

    `ignore` are patterns of paths that differ on purpose, `exempt` paths that are proven otherwise.
    """

    changed = differing(candidate.target, candidate.merged)
    ignored = frozenset(p for p in changed if left_out(p, ignore))
    changed = changed - ignored - frozenset(exempt)
    apart = differing(candidate.merged, applied)
    other = frozenset(p for p in apart if p not in exempt and not left_out(p, ignore))
    unproven = changed & other
    waiting = {p for p in unproven if branch.get(p) == candidate.merged.get(p)}
    rest = other - changed
    kept = {p for p in rest if candidate.head.get(p) == applied.get(p)}
    return Comparison(
        exact=not other,
        proven=_sorted(changed - other),
        waiting=_sorted(waiting),
        foreign=_sorted(unproven - waiting),
        kept=_sorted(kept),
        missing=_sorted(rest - kept),
        ignored=_sorted(ignored),
    )


def _sorted(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(paths))


def carries(content: Content, wanted: Content, paths: Iterable[str]) -> bool:
    """Whether a content has at these paths what the wanted one has."""
    return all(content.get(path) == wanted.get(path) for path in paths)
