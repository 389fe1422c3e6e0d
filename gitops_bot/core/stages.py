"""Environments that are known by their names: of branches, of folders, of var files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct

NAMES = (
    ("devops",),
    ("dev", "develop", "development"),
    ("test", "testing"),
    ("qa",),
    ("uat",),
    ("staging", "stage", "stg"),
    ("preprod", "pre-prod"),
    ("prod", "production", "prd"),
)
"""Well-known names in the usual promotion order; those of one line are the same stage."""
TRUNKS = ("main", "master")
"""Branches that are production's where no other one is."""
_RANK = {name: rank for rank, names in enumerate(NAMES) for name in names}
_PROD = _RANK["prod"]
_UNSETTLED = range(_RANK["test"], _PROD)
"""Between these, teams differ about the order."""
_PREFIXES = ("env", "envs", "environment", "environments")
_IN_PATH = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(sorted(_RANK, key=len, reverse=True))})(?![A-Za-z0-9])")
PLACEHOLDER = "{environment}"


class Stage(Struct, frozen=True):
    """An environment's name and its branch."""

    name: str
    branch: str


DEFAULT_STAGES = tuple(Stage(name, name) for name in ("devops", "dev", "staging", "prod"))


def is_known(branch: str) -> bool:
    """Whether a branch may be an environment's by its name."""
    return branch in TRUNKS or _last(branch) in _RANK


def read_stage(text: str) -> Stage:
    """A stage as a person writes it: its name, and `=` with its branch where that is another."""
    name, _, branch = text.partition("=")
    return Stage(name, branch or name)


def templates_of(path: str, names: Collection[str] | None = None) -> dict[str, str]:
    """The path with each environment's name in it replaced by `{environment}`: the names by template.

    `names` are those to look for, else the well-known ones.
    """
    if names is None:
        found = set(_IN_PATH.findall(path))
    else:
        found = {name for name in names if _whole(name).search(path)}
    return {_whole(name).sub(PLACEHOLDER, path): name for name in sorted(found)}


def folder_templates(folder: str, names: Collection[str] | None = None) -> dict[str, str]:
    """The same for a folder: by parts that are a name and nothing else, else by parts such as `acme-dev`."""
    parts = folder.split("/")
    known = _RANK if names is None else names
    whole = {
        "/".join(PLACEHOLDER if part == name else part for part in parts): name
        for name in dict.fromkeys(part for part in parts if part in known)
    }
    everywhere = templates_of(folder, names)
    if not whole:
        return everywhere
    return whole | {template: name for template, name in everywhere.items() if name in whole.values()}


def spellings(found: Iterable[Mapping[str, str]]) -> Counter[str]:
    """How often each well-known name stands where another one stands too, by many paths' templates."""
    by_template: dict[str, set[str]] = {}
    for templates in found:
        for template, name in templates.items():
            by_template.setdefault(template, set()).add(name)
    return Counter(name for names in by_template.values() if len(names) > 1 for name in names)


def guess_stages(
    branches: Collection[str], contains: Collection[tuple[str, str]], spelled: Counter[str]
) -> tuple[Stage, ...]:
    """The environments in promotion order, by branches, else by folders and files; () where neither tells.

    `contains` are pairs of branches of which the first has everything of the second and more.
    """
    by_rank = _by_branch(branches, spelled)
    if len(by_rank) > 1:
        names = {rank: _spelling(rank, spelled) or _own_name(branch) for rank, branch in by_rank.items()}
        ordered = _ordered(by_rank, contains)
        return tuple(Stage(names[rank], by_rank[rank]) for rank in ordered)
    ranks = sorted({_RANK[name] for name in spelled})
    if len(ranks) < 2:
        return ()
    return tuple(
        Stage(name, by_rank.get(rank, name))
        for rank in ranks
        if (name := _spelling(rank, spelled)) is not None
    )


def _by_branch(branches: Collection[str], spelled: Counter[str]) -> dict[int, str]:
    """One branch for each stage; the trunk for production only beside another environment's branch."""
    found: dict[int, str] = {}
    for branch in sorted(branches, key=lambda b: (-spelled[_last(b)], b.count("/"), b)):
        name = _last(branch)
        if name in _RANK:
            found.setdefault(_RANK[name], branch)
    trunk = next((name for name in TRUNKS if name in branches), None)
    if found and trunk is not None:
        found.setdefault(_PROD, trunk)
    return found


def _ordered(by_rank: Mapping[int, str], contains: Collection[tuple[str, str]]) -> Sequence[int]:
    """By the usual order, but where teams differ by which branch has more: changes begin below."""
    ranks = sorted(by_rank)
    for _ in ranks:
        for index in range(len(ranks) - 1):
            lower, upper = ranks[index : index + 2]
            if lower in _UNSETTLED and upper in _UNSETTLED and (by_rank[upper], by_rank[lower]) in contains:
                ranks[index : index + 2] = [upper, lower]
    return ranks


def _last(branch: str) -> str:
    """A branch's own name: what follows `env/` and the like."""
    prefix, _, last = branch.rpartition("/")
    return last if prefix in ("", *_PREFIXES) else branch


def _own_name(branch: str) -> str:
    return "prod" if branch in TRUNKS else _last(branch)


def _spelling(rank: int, spelled: Counter[str]) -> str | None:
    known = [name for name in NAMES[rank] if spelled[name]]
    return max(known, key=lambda name: spelled[name]) if known else None


def _whole(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])")
