"""What is declared to be noise: attributes whose changes need no approval (`approval.ignore`).

A plan without them is what records are made of and what convergence asks. It is never what is shown,
and Terraform still applies all of the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from gitops_bot.core.addresses import (
    ANY_STEPS,
    END,
    START,
    Pattern,
    Step,
    after_step,
    fits,
    pattern_steps,
    read_address,
    step_matches,
)
from gitops_bot.core.json_values import JsonValue, Path
from gitops_bot.core.plan import ChangeKind, OutputChange, Plan, ResourceChange
from gitops_bot.core.records import differing_paths, without

_OUTPUT = "output"
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def read_ignored(text: str) -> Pattern:
    """A pattern of `approval.ignore`. Raises `ValueError` with what is wrong with it.

    It is the pattern of an address, then the steps of a path into the resource; a key that is no plain
    name stands in brackets behind the step before it: `aws_x.y.tags["a.b"]`. Or it is `output.NAME`.
    """
    steps = pattern_steps(text)
    if steps[0].name == _OUTPUT:
        if len(steps) != 2 or steps[1] == ANY_STEPS or (steps[0].index, steps[1].index) != (None, None):
            raise ValueError("of an output there is only output.NAME")
        return steps
    if steps[-1] == ANY_STEPS:
        raise ValueError("it ends in **, not in the attribute that is ignored")
    if not _can_match(steps):
        raise ValueError("no attribute is named so, it is TYPE.NAME.ATTRIBUTE")
    return steps


def _can_match(pattern: Pattern) -> bool:
    """Whether the pattern fits some address and at least one step of a path below it."""
    at, below = frozenset({START}), False
    for step in pattern:
        if step == ANY_STEPS:
            at = after_step(at, step)
            below = below or END in at
        else:
            # A path stops at lists, so no step of it has a number.
            below = (below or END in at) and (step.index is None or not step.index.isdigit())
            at = after_step(at, step)
    return below


def without_ignored(plan: Plan, patterns: Sequence[str]) -> Plan:
    """The plan as if nothing stood at the ignored paths.

    An update that changes nothing else becomes a no-op. Creates, replaces and what stands unchanged lose
    the values there. Deletes and forgets stay as they are, and a replace stays one whatever it is for.
    Paths stop at lists and at sensitive or unknown values, as those of records do. An output is ignored
    as a whole, unless its change would show what was sensitive.
    """
    if not patterns:
        return plan
    ignored = _Ignored(tuple(read_ignored(text) for text in patterns))
    return replace(
        plan,
        resource_changes=tuple(_without(change, ignored) for change in plan.resource_changes),
        outputs=tuple(_without_value(output, ignored) for output in plan.outputs),
    )


# Where reading a pattern stands: which pattern, how many of its steps, and whether the next key must be
# the one in the brackets of that step.
_State: TypeAlias = tuple[int, int, bool]
_States: TypeAlias = frozenset[_State]


class _Ignored:
    """All patterns, read along an address and then along the paths below it.

    The resources of a plan have few names and their attributes the same ones, so each step is made once.
    """

    def __init__(self, patterns: tuple[Pattern, ...]) -> None:
        self.patterns = patterns
        self._addresses: dict[tuple[_States, Step], _States] = {}
        self._below: dict[tuple[_States, str], tuple[_States, bool]] = {}

    def output(self, name: str) -> bool:
        return any(p[0].name == _OUTPUT and fits(p[1].name, name) for p in self.patterns)

    def resource(self, address: str) -> _States:
        """How far the patterns are read at the end of an address; one that cannot be read matches none."""
        states: _States = frozenset((p, 0, False) for p in range(len(self.patterns)))
        steps = read_address(address)
        for step in steps or ():
            after = self._addresses.get((states, step))
            if after is None:
                after = self._addresses[states, step] = frozenset(self._along_address(states, step))
            states = after
        return states if steps else frozenset()

    def _along_address(self, states: _States, step: Step) -> Iterator[_State]:
        for p, at, wanted in self._spread(states):
            if wanted == ANY_STEPS:
                yield p, at, False
            elif step_matches(wanted, step):
                yield p, at + 1, False

    def _spread(self, states: Iterable[_State]) -> Iterator[tuple[int, int, Step]]:
        """Every step that may come next: `**` may stand for none."""
        for p, begin, _ in states:
            for at, wanted in enumerate(self.patterns[p][begin:], begin):
                yield p, at, wanted
                if wanted != ANY_STEPS:
                    break

    def below(self, states: _States, name: str) -> tuple[_States, bool]:
        """The states one step further down a path, and whether a pattern ends there."""
        found = self._below.get((states, name))
        if found is None:
            after = frozenset(self._along_path(states, name))
            ends = any(at == len(self.patterns[p]) for p, at, _ in after)
            found = self._below[states, name] = (after, ends)
        return found

    def _along_path(self, states: _States, name: str) -> Iterator[_State]:
        for p, at, half in states:
            index = self.patterns[p][at].index if half else None
            if index is not None and fits(_unquoted(index), name):
                yield p, at + 1, False
        for p, at, wanted in self._spread(s for s in states if not s[2]):
            if wanted == ANY_STEPS:
                yield p, at, False
            elif fits(wanted.name, name):
                if wanted.index is None:
                    yield p, at + 1, False
                elif not wanted.index.isdigit():
                    yield p, at, True


def _unquoted(index: str) -> str:
    """The key that is written between brackets; a lone `*` stands for any."""
    if not index.startswith('"'):
        return index
    parts = iter(index[1:-1])
    return "".join(_ESCAPES.get(c := next(parts), c) if part == "\\" else part for part in parts)


def _without(change: ResourceChange, ignored: _Ignored) -> ResourceChange:
    kept = (ChangeKind.DELETE, ChangeKind.FORGET, ChangeKind.READ, ChangeKind.UNKNOWN)
    if change.kind in kept or change.mode == "data":
        return change
    states = ignored.resource(change.address)
    paths = tuple(_paths(change, states, ignored)) if states else ()
    if not paths:
        return change
    bare = replace(
        change,
        before=without(change.before, paths),
        after=without(change.after, paths),
        after_unknown=without(change.after_unknown, paths),
        before_sensitive=without(change.before_sensitive, paths),
        after_sensitive=without(change.after_sensitive, paths),
    )
    # One that changed no path before was an update for a reason that cannot be seen, and stays one.
    if change.kind is ChangeKind.UPDATE and any(differing_paths(change)) and not any(differing_paths(bare)):
        return replace(bare, actions=("no-op",))
    return bare


def _paths(change: ResourceChange, states: _States, ignored: _Ignored) -> Iterator[Path]:
    """The ignored paths of a resource, none of them below another."""
    marks = (change.before_sensitive, change.after_sensitive)
    yield from _walk(ignored, states, (change.before, change.after), change.after_unknown, marks, ())


def _walk(
    ignored: _Ignored,
    at: _States,
    values: tuple[JsonValue, ...],
    unknown: JsonValue,
    marks: tuple[JsonValue, ...],
    path: Path,
) -> Iterator[Path]:
    if unknown is True or True in marks:
        return
    keys = {key for part in (*values, unknown) if isinstance(part, dict) for key in part}
    for key in sorted(keys):
        states, ends = ignored.below(at, key)
        if ends:
            yield (*path, key)
        elif states:
            inner = tuple(_member(v, key) for v in values)
            inner_marks = tuple(_member(m, key) for m in marks)
            yield from _walk(ignored, states, inner, _member(unknown, key), inner_marks, (*path, key))


def _member(value: JsonValue, key: str) -> JsonValue:
    return value.get(key) if isinstance(value, dict) else None


def _without_value(output: OutputChange, ignored: _Ignored) -> OutputChange:
    if output.actions == ("delete",) or output.revealed or not ignored.output(output.name):
        return output
    bare = replace(output, before=None, after=None, after_unknown=None)
    return replace(bare, actions=("no-op",)) if output.actions == ("update",) else bare
