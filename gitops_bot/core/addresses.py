"""Addresses of resources, and patterns of them, as `protect` and `approval.ignore` are written in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from msgspec import Struct


class Step(Struct, frozen=True):
    """One step of an address or a pattern, such as `main`, `main[0]` or `db["a.b"]`.

    `index` is what stands between the brackets, as Terraform writes it; None without brackets.
    """

    name: str
    index: str | None = None


Pattern: TypeAlias = tuple[Step, ...]
ANY_STEPS = Step("**")

# A key is quoted as in HCL: a backslash stands before quotes and backslashes; dots and brackets mean
# nothing. https://developer.hashicorp.com/terraform/cli/state/resource-addressing
_STEP = re.compile(r'([^.\[\]"]+)(?:\[("(?:[^"\\]|\\.)*"|[0-9]+)\])?', re.DOTALL)
_PATTERN_STEP = re.compile(r'([\w*-]+)(?:\[("(?:[^"\\]|\\.)*"|[0-9]+|\*)\])?', re.DOTALL)

# How far an address is read: where `module` or a TYPE may come next, behind `module`, behind TYPE, at
# its end; and what `**` can read from there.
START, _IN_MODULE, _IN_TYPE, END = "start", "in module", "in type", "end"
_REACH = {
    START: {START, _IN_MODULE, _IN_TYPE, END},
    _IN_MODULE: {START, _IN_MODULE, _IN_TYPE, END},
    _IN_TYPE: {_IN_TYPE, END},
    END: {END},
}


def read_address(text: str) -> tuple[Step, ...] | None:
    """The steps of a resource's address, None when it is none."""
    return _steps(text, _STEP)


def read_pattern(text: str) -> Pattern:
    """A pattern of `protect`. Raises `ValueError` with what is wrong with it.

    Within a step `*` stands for any characters; `**` stands for any number of steps. A step without an
    index means all instances. A pattern that no resource can match is an error: it would protect nothing.
    """
    steps = pattern_steps(text)
    if not _can_match(steps):
        raise ValueError("no resource has such an address, they end in TYPE.NAME")
    return steps


def pattern_steps(text: str) -> Pattern:
    """The steps of a pattern, whatever it is to stand for. Raises `ValueError` when they are none."""
    steps = _steps(text, _PATTERN_STEP)
    if steps is None:
        raise ValueError('steps look like main, main[0] or main["key"], with dots between them')
    if any("**" in step.name and step != ANY_STEPS for step in steps):
        raise ValueError("** stands alone between two dots")
    return steps


def _steps(text: str, form: re.Pattern[str]) -> tuple[Step, ...] | None:
    steps: list[Step] = []
    position = 0
    while match := form.match(text, position):
        steps.append(Step(match[1], match[2]))
        position = match.end()
        if position == len(text):
            return tuple(steps)
        if text[position] != ".":
            return None
        position += 1
    return None


def _can_match(pattern: Pattern) -> bool:
    """Whether the pattern fits some address: `module.NAME` any number of times, then TYPE and NAME."""
    at = frozenset({START})
    for step in pattern:
        at = after_step(at, step)
    return END in at


def after_step(at: frozenset[str], step: Step) -> frozenset[str]:
    """How far an address can be read when this step of a pattern is; it begins at `START`, and a whole
    address is at `END`."""
    if step == ANY_STEPS:
        return frozenset(state for before in at for state in _REACH[before])
    after: set[str] = set()
    if START in at and step.index is None:
        after |= {_IN_MODULE} if fits(step.name, "module") else set()
        after |= {_IN_TYPE} if step.name not in ("module", "data") else set()
    after |= {START} if _IN_MODULE in at else set()
    after |= {END} if _IN_TYPE in at else set()
    return frozenset(after)


def fits(glob: str, text: str) -> bool:
    """Whether the text holds the parts between the stars in their order; without any backtracking."""
    first, *parts = glob.split("*")
    if not parts:
        return glob == text
    *middle, last = parts
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    position, end = len(first), len(text) - len(last)
    for part in middle:
        position = text.find(part, position, end)
        if position < 0:
            return False
        position += len(part)
    return True


def matches(pattern: Pattern, address: Sequence[Step]) -> bool:
    """Whether a pattern stands for an address, from its first step to its last."""
    at = {0}
    for wanted in pattern:
        if wanted == ANY_STEPS:
            at = set(range(min(at), len(address) + 1)) if at else at
        else:
            at = {i + 1 for i in at if i < len(address) and step_matches(wanted, address[i])}
    return len(address) in at


def step_matches(wanted: Step, step: Step) -> bool:
    """Whether one step of a pattern, other than `**`, stands for one of an address."""
    if not fits(wanted.name, step.name):
        return False
    return wanted.index is None or (step.index is not None and fits(wanted.index, step.index))
