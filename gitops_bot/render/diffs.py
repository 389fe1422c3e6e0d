"""The diff of each change of a plan, redacted: what the comment and the HTML page show of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial
from typing import overload

from msgspec import Struct

from gitops_bot.core.drift import relevant_drift
from gitops_bot.core.plan import Plan, ResourceChange
from gitops_bot.render import plan_text, synthetic
from gitops_bot.render.redact import Redactor, Tally


class Source(StrEnum):
    """How the diffs of a plan came about.

    TERRAFORM: cut from its text. JSON: there was no text. WHOLE: the text could not be cut; the diffs
    are made from the JSON and the text is there as a whole.
    """

    TERRAFORM = "terraform"
    JSON = "json"
    WHOLE = "whole"


class Diff(Struct, frozen=True):
    """One redacted diff, "" where there is none. `hidden` is how many places of it were redacted.

    `from_terraform`: with the indentation of Terraform's text, markers (`+`, `-`, `~`, `-/+`) at the column
    where it prints them. Else made from the JSON, markers (`+`, `-`, `!`, `-/+`) in the first column.
    """

    text: str = ""
    from_terraform: bool = False
    hidden: int = 0


class LazyDiffs(Sequence[Diff]):
    """Diffs that are made when they are looked at: of a large plan a comment shows a few."""

    def __init__(self, count: int, make: Callable[[int], Diff]) -> None:
        self._count, self._make = count, make
        self._made: dict[int, Diff] = {}

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Diff: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Diff]: ...
    def __getitem__(self, index: int | slice) -> Diff | Sequence[Diff]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        index = range(self._count)[index]
        if index not in self._made:
            self._made[index] = self._make(index)
        return self._made[index]


class Diffs(Struct, frozen=True):
    """The diffs of a plan. `changes` runs parallel to `plan.changes`.

    `whole` is Terraform's whole text where it could not be cut. Of `plan.drift`, `drift_shown` entries are
    in `drift`: those that Terraform shows.
    """

    source: Source
    changes: Sequence[Diff]
    outputs: Diff = Diff()
    drift: Diff = Diff()
    whole: Diff = Diff()
    drift_shown: int = 0

    @property
    def hidden(self) -> int:
        """How many places of all that is here were redacted."""
        return sum(d.hidden for d in (*self.changes, self.outputs, self.drift, self.whole))


def resource_diffs(plan: Plan, text: str, redactor: Redactor) -> Diffs:
    """The diffs of `plan`. `text` is Terraform's rendering of it, "" when there is none."""
    if not text:
        return _from_json(plan, Source.JSON, redactor)
    parts = plan_text.cut(text, plan)
    if not parts.reliable:
        return _from_json(plan, Source.WHOLE, redactor, _diff(parts.whole, redactor, True))
    changes = plan.changes
    of_text = iter(range(len(parts.resources)))
    places = [next(of_text) if plan_text.has_header(change) else None for change in changes]

    def make(index: int) -> Diff:
        place = places[index]
        if place is None:
            return _of_json(changes[index], redactor)
        return _diff(parts.resources[place], redactor, True)

    return Diffs(
        Source.TERRAFORM,
        LazyDiffs(len(changes), make),
        _diff(parts.outputs, redactor, True),
        _diff(parts.drift, redactor, True),
        drift_shown=len(parts.drift_shown),
    )


def _from_json(plan: Plan, source: Source, redactor: Redactor, whole: Diff | None = None) -> Diffs:
    changes = plan.changes
    return Diffs(
        source,
        LazyDiffs(len(changes), lambda index: _of_json(changes[index], redactor)),
        _made(partial(synthetic.outputs_diff, plan), redactor),
        _made(partial(synthetic.drift_diff, plan), redactor),
        whole or Diff(),
        len(relevant_drift(plan)),
    )


def _of_json(change: ResourceChange, redactor: Redactor) -> Diff:
    return _made(partial(synthetic.resource_diff, change), redactor)


def _diff(text: str, redactor: Redactor, from_terraform: bool = False) -> Diff:
    redacted = redactor.redact(text)
    return Diff(redacted.text, from_terraform, redacted.count)


def _made(diff: Callable[[Callable[[str], str]], str], redactor: Redactor) -> Diff:
    """A diff that is made from the JSON, and cuts long values once they are clean."""
    tally = Tally(redactor)
    return Diff(tally(diff(tally)), hidden=tally.hidden)
