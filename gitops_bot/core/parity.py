"""Parity: this plan beside what was applied in the environment below for the same content."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Beside(StrEnum):
    """How one address compares. MISSING is below only, EXTRA here only."""

    SAME = "same"
    EXTRA = "extra"
    MISSING = "missing"
    DIFFERENT = "different"


class Pair(Struct, frozen=True):
    """One address: Terraform's action here and below, "" where there is none.

    `dangerous`: here something is destroyed or replaced that was not below.
    """

    address: str
    beside: Beside
    here: str = ""
    below: str = ""
    dangerous: bool = False


class Parity(Struct, frozen=True):
    """A project's plan beside the applies below that carried the same content, dangerous pairs first.

    `same` counts the pairs that are alike, which `pairs` leaves out. `known` is False where the record of
    those applies does not hold all resources, so that nothing can be called missing or extra.
    """

    below: str
    pairs: tuple[Pair, ...] = ()
    same: int = 0
    known: bool = True

    @property
    def dangerous(self) -> tuple[Pair, ...]:
        """The pairs a reader must not overlook."""
        return tuple(pair for pair in self.pairs if pair.dangerous)

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """How many pairs are extra, missing and different, in that order."""
        kinds = (Beside.EXTRA, Beside.MISSING, Beside.DIFFERENT)
        return tuple((kind.value, sum(pair.beside is kind for pair in self.pairs)) for kind in kinds)
