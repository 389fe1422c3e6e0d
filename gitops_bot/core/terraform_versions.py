"""Terraform's versions: exact ones, and the constraints of `required_version`.

Source: https://developer.hashicorp.com/terraform/language/expressions/version-constraints
"""

from __future__ import annotations

import re
from collections.abc import Iterable

DEFAULT = "1.11.4"
"""What the reusable workflow installs where it is not told another version."""
_EXACT = re.compile(r"v?([0-9]+)\.([0-9]+)\.([0-9]+)")
_CONSTRAINT = re.compile(r"(=|!=|>=|<=|>|<|~>)?\s*v?([0-9]+(?:\.[0-9]+){0,2})")
Version = tuple[int, int, int]


def exact(text: str) -> Version | None:
    """A whole version such as 1.9.8."""
    found = _EXACT.fullmatch(text.strip())
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def pinned(texts: Iterable[tuple[str, str]]) -> str | None:
    """The version that `.terraform-version` or `.tool-versions` (name and text of each) ask for."""
    for name, text in texts:
        lines = (line.partition("#")[0].split() for line in text.splitlines())
        for words in filter(None, lines):
            if name == ".tool-versions" and (words[0] != "terraform" or len(words) < 2):
                continue
            version = exact(words[1] if name == ".tool-versions" else words[0])
            if version is not None:
                return ".".join(map(str, version))
    return None


def choose(constraints: Iterable[str]) -> str | None:
    """A version that all constraints allow: the default if they do, else the lowest they name. None: none."""
    clauses = [c for text in constraints for part in text.split(",") if (c := _clause(part)) is not None]
    named = sorted(version for operator, _, version in clauses if operator not in ("<", "!="))
    above = [(major, minor, patch + 1) for operator, _, (major, minor, patch) in clauses if operator == ">"]
    for version in (exact(DEFAULT), *named, *above):
        if version is not None and all(_allows(clause, version) for clause in clauses):
            return ".".join(map(str, version))
    return None


def allows(constraints: Iterable[str], version: str) -> bool:
    """Whether all constraints allow an exact version; what is not understood forbids nothing."""
    found = exact(version)
    clauses = [c for text in constraints for part in text.split(",") if (c := _clause(part)) is not None]
    return found is None or all(_allows(clause, found) for clause in clauses)


_Clause = tuple[str, int, Version]


def _clause(text: str) -> _Clause | None:
    """The operator, how many parts the version has, and the version filled up with zeros."""
    found = _CONSTRAINT.fullmatch(text.strip())
    if found is None:
        return None
    parts = [int(part) for part in found[2].split(".")]
    major, minor, patch = [*parts, 0, 0][:3]
    return found[1] or "=", len(parts), (major, minor, patch)


def _allows(clause: _Clause, version: Version) -> bool:
    operator, parts, other = clause
    match operator:
        case "!=":
            return version != other
        case ">=":
            return version >= other
        case "<=":
            return version <= other
        case ">":
            return version > other
        case "<":
            return version < other
        case "~>":
            kept = max(parts - 1, 1)
            return version >= other and version[:kept] == other[:kept]
        case _:
            return version == other
