"""The steps of a history, made from a seed. Numbers in a step pick among what there is when it is played."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What happens."""

    OPEN = "open a pull request"
    PUSH = "push to a pull request"
    UPDATE = "update a pull request's branch"
    REOPEN = "close and open a pull request"
    PLAN = "deliver a plan run"
    APPLY = "deliver an apply run"
    DROP = "drop a run"
    AGAIN = "deliver a run again"
    MERGE = "merge a pull request"
    MERGE_PLANNED = "merge a pull request whose head is planned"
    DIRECT = "push to an environment's branch"
    FORGE = "forge a check run"
    FAIL = "the next apply fails at a step"
    INTERRUPT = "the next apply is interrupted"
    VANISH = "the runner vanishes in the next apply"
    GITHUB = "GitHub fails once in the next run"
    OUTSIDE = "change the state outside"
    PROMOTE = "dispatch a promotion"
    RACE = "an apply run overtakes another"
    RECONCILE = "reconcile"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `a`, `b` and `c` are taken modulo what there is to choose from."""

    kind: Kind
    a: int = 0
    b: int = 0
    c: int = 0

    def __str__(self) -> str:
        return f"{self.kind.name}({self.a}, {self.b}, {self.c})"


@dataclass(frozen=True, slots=True)
class Flavour:
    """A sort of history: how likely each step is, and where it is played.

    `clean`: nobody goes round the product, and everything that is merged was planned. `names` are those
    of its resources; few of them are changed more often. `existing`: the states are there already.
    """

    name: str
    weights: dict[Kind, int]
    environments: tuple[str, ...] = ("devops",)
    provenance: str = "required"
    clean: bool = False
    names: tuple[str, ...] = ("a", "b", "c", "d")
    existing: bool = False


_WORK = {
    Kind.OPEN: 6, Kind.PUSH: 2, Kind.UPDATE: 2, Kind.REOPEN: 2, Kind.PLAN: 10, Kind.APPLY: 8, Kind.DROP: 2,
    Kind.AGAIN: 2, Kind.MERGE_PLANNED: 8, Kind.FAIL: 3, Kind.INTERRUPT: 1, Kind.RECONCILE: 1,
}  # fmt: skip
_RACING = {
    Kind.OPEN: 5, Kind.UPDATE: 3, Kind.PLAN: 12, Kind.APPLY: 2, Kind.AGAIN: 1, Kind.MERGE_PLANNED: 6,
    Kind.FAIL: 1, Kind.RACE: 8,
}  # fmt: skip
_TROUBLE = {Kind.GITHUB: 2, Kind.RACE: 2, Kind.VANISH: 1}
_HOSTILE = {Kind.DIRECT: 2, Kind.FORGE: 3, Kind.OUTSIDE: 2, Kind.MERGE: 3}
_TWO = ("devops", "dev")

FLAVOURS = (
    Flavour("clean", _WORK, clean=True),
    Flavour("troubled", _WORK | _TROUBLE, clean=True, existing=True),
    Flavour("racing", _RACING, clean=True, names=("a", "c"), existing=True),
    Flavour("hostile", _WORK | _HOSTILE),
    Flavour("all", _WORK | _TROUBLE | _HOSTILE, existing=True),
    Flavour("promoting", _WORK | _TROUBLE | {Kind.PROMOTE: 4}, _TWO, clean=True, existing=True),
    Flavour("promoting, hostile", _WORK | _TROUBLE | _HOSTILE | {Kind.PROMOTE: 4}, _TWO),
    Flavour(
        "trusting",
        {k: w for k, w in (_WORK | _TROUBLE | _HOSTILE).items() if k is not Kind.FORGE},
        provenance="none",
    ),
)


def flavour_of(seed: int) -> Flavour:
    """The sort of the history of a seed: each in turn."""
    return FLAVOURS[seed % len(FLAVOURS)]


def steps_of(seed: int, length: int) -> list[Step]:
    """The history of a seed."""
    chance = random.Random(seed)
    weights = flavour_of(seed).weights
    kinds = chance.choices(list(weights), list(weights.values()), k=length)
    return [Step(kind, *(chance.randrange(1000) for _ in range(3))) for kind in kinds]


def shrunk(steps: Sequence[Step], fails: Callable[[Sequence[Step]], bool]) -> list[Step]:
    """A part of the steps that still fails and of which none can be left out."""
    left = list(steps)
    index = 0
    while index < len(left):
        fewer = left[:index] + left[index + 1 :]
        if fails(fewer):
            left, index = fewer, 0
        else:
            index += 1
    return left
