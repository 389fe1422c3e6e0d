"""The steps of a history, made from a seed. Numbers in a step pick among what there is when it is played."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")


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
_BUSY = {Kind.OPEN: 5, Kind.UPDATE: 2, Kind.PLAN: 10, Kind.MERGE_PLANNED: 7, Kind.APPLY: 9, Kind.AGAIN: 1}
_TROUBLE = {Kind.GITHUB: 2, Kind.RACE: 2, Kind.VANISH: 1}
_HOSTILE = {Kind.DIRECT: 2, Kind.FORGE: 4, Kind.OUTSIDE: 2, Kind.MERGE: 3}
_PROMOTING = {Kind.PROMOTE: 5, Kind.MERGE_PLANNED: 10, Kind.APPLY: 12}
_TWO = ("devops", "dev")
_FEW = ("a", "c")

FLAVOURS = (
    Flavour("clean", _WORK, clean=True),
    Flavour("troubled", _WORK | _TROUBLE, clean=True, existing=True),
    Flavour("failing", _BUSY | {Kind.FAIL: 8, Kind.AGAIN: 5}, clean=True, names=_FEW, existing=True),
    Flavour("racing", _BUSY | {Kind.RACE: 8, Kind.APPLY: 2}, clean=True, names=_FEW, existing=True),
    Flavour("hostile", _WORK | _HOSTILE),
    Flavour("forging", _BUSY | {Kind.FORGE: 9, Kind.MERGE: 4}, names=_FEW, existing=True),
    Flavour("outside", _BUSY | {Kind.OUTSIDE: 9, Kind.DIRECT: 3}, names=("a",), existing=True),
    Flavour("trusting", {**_WORK, **_TROUBLE, **_HOSTILE, Kind.FORGE: 0}, provenance="none", existing=True),
    Flavour("promoting", _WORK | _TROUBLE | _PROMOTING, _TWO, clean=True, existing=True),
    Flavour("skipping", _BUSY | _PROMOTING | {Kind.MERGE: 6, Kind.DIRECT: 1}, _TWO, names=_FEW),
)

_REAL = {
    Kind.OPEN: 3, Kind.PLAN: 5, Kind.MERGE_PLANNED: 8, Kind.APPLY: 8, Kind.DROP: 1, Kind.AGAIN: 1,
    Kind.FAIL: 2, Kind.UPDATE: 1,
}  # fmt: skip
REAL_FLAVOURS = (
    Flavour("clean", _REAL, clean=True),
    Flavour("hostile", _REAL | {Kind.DIRECT: 1, Kind.FORGE: 2, Kind.OUTSIDE: 1, Kind.MERGE: 2}),
    Flavour("promoting", _REAL | {Kind.PROMOTE: 2}, _TWO, clean=True),
)
"""The sorts that are played on the real Terraform, where each run takes seconds."""


def flavour_of(seed: int) -> Flavour:
    """The sort of the history of a seed: each in turn."""
    return FLAVOURS[seed % len(FLAVOURS)]


def steps_of(seed: int, length: int, flavour: Flavour | None = None) -> list[Step]:
    """The history of a seed."""
    chance = random.Random(seed)
    weights = (flavour or flavour_of(seed)).weights
    kinds = chance.choices(list(weights), list(weights.values()), k=length)
    return [Step(kind, *(chance.randrange(1000) for _ in range(3))) for kind in kinds]


def shrunk(steps: Sequence[T], fails: Callable[[Sequence[T]], bool]) -> list[T]:
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
