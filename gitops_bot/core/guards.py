"""Guards: what does not happen in an environment by itself, even where it was planned and approved.

`protect` names resources that are never destroyed or replaced, `max_destroys` bounds how many are in
one apply, `freeze` says when nothing is applied. People named in `override` lift them by a label.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TypeAlias

from gitops_bot.core.environments import Environment, FixedWindow, WeeklyWindow, Window
from gitops_bot.core.plan import Plan, ResourceChange
from gitops_bot.core.report import BlockReason, Reason

MAX_ADDRESSES = 20
"""How many addresses a reason names; its fact `count` counts all of them."""
_LONGEST_CHAIN = 60

# --- patterns of resource addresses ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
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
_START, _IN_MODULE, _IN_TYPE, _END = "start", "in module", "in type", "end"
_REACH = {
    _START: {_START, _IN_MODULE, _IN_TYPE, _END},
    _IN_MODULE: {_START, _IN_MODULE, _IN_TYPE, _END},
    _IN_TYPE: {_IN_TYPE, _END},
    _END: {_END},
}


def read_address(text: str) -> tuple[Step, ...] | None:
    """The steps of a resource's address, None when it is none."""
    return _steps(text, _STEP)


def read_pattern(text: str) -> Pattern:
    """A pattern of `protect`. Raises `ValueError` with what is wrong with it.

    Within a step `*` stands for any characters; `**` stands for any number of steps. A step without an
    index means all instances. A pattern that no resource can match is an error: it would protect nothing.
    """
    steps = _steps(text, _PATTERN_STEP)
    if steps is None:
        raise ValueError('steps look like main, main[0] or main["key"], with dots between them')
    if any("**" in step.name and step != ANY_STEPS for step in steps):
        raise ValueError("** stands alone between two dots")
    if not _can_match(steps):
        raise ValueError("no resource has such an address, they end in TYPE.NAME")
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
    at = {_START}
    for step in pattern:
        if step == ANY_STEPS:
            at = {state for before in at for state in _REACH[before]}
            continue
        after: set[str] = set()
        if _START in at and step.index is None:
            after |= {_IN_MODULE} if _fits(step.name, "module") else set()
            after |= {_IN_TYPE} if step.name not in ("module", "data") else set()
        after |= {_START} if _IN_MODULE in at else set()
        after |= {_END} if _IN_TYPE in at else set()
        at = after
    return _END in at


def _fits(glob: str, text: str) -> bool:
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
            at = {i + 1 for i in at if i < len(address) and _step_matches(wanted, address[i])}
    return len(address) in at


def _step_matches(wanted: Step, step: Step) -> bool:
    if not _fits(wanted.name, step.name):
        return False
    return wanted.index is None or (step.index is not None and _fits(wanted.index, step.index))


# --- destroys --------------------------------------------------------------------------------


def destroyed(plan: Plan, patterns: Iterable[str]) -> tuple[str, ...]:
    """The addresses of what the plan destroys or replaces although a pattern protects it.

    A moved resource is judged under its new and its old address, so that a rename in the same pull
    request takes nothing out of its protection.
    """
    wanted = tuple(read_pattern(text) for text in patterns)
    found = (c.address for c in plan.resource_changes if _destroys(c) and _is_protected(c, wanted))
    return tuple(dict.fromkeys(found))


def _destroys(change: ResourceChange) -> bool:
    """Deletes, replaces, deletes of deposed objects, and whatever a later version combines with a delete.

    `forget` is none of them: the object lives on with its data, only Terraform lets go of it, and an
    import takes that back. Were it blocked too, protected resources could not be handed over to
    another project without an override. It is counted and shown in the plan like any other change.
    """
    return change.mode != "data" and "delete" in change.actions


def _is_protected(change: ResourceChange, wanted: Sequence[Pattern]) -> bool:
    """An address that cannot be read counts as protected wherever anything is."""
    for text in filter(None, (change.address, change.previous_address)):
        address = read_address(text)
        if any(address is None or matches(pattern, address) for pattern in wanted):
            return True
    return bool(wanted) and not change.address


def count_destroys(plans: Iterable[Plan]) -> int:
    """How many objects all these plans destroy; a replace destroys one."""
    return sum(_destroys(change) for plan in plans for change in plan.resource_changes)


# --- freeze windows --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Freeze:
    """Nothing is applied until then. `until` has the window's own offset."""

    until: datetime
    reason: str = ""


def frozen(windows: Sequence[Window], now: datetime) -> Freeze | None:
    """Whether some window holds at `now` (with an offset), and until when.

    Windows that follow each other without a gap are one. A window that never ends is followed for at
    most 60 of its parts, so `until` is then a time at which it still holds.
    """
    holding = [(window, end) for window in windows if (end := _end(window, now)) is not None]
    if not holding:
        return None
    reason = next((window.reason for window, _ in holding if window.reason), "")
    until = max((end for _, end in holding), key=_instant)
    for _ in range(_LONGEST_CHAIN):
        ends = [end for window in windows if (end := _end(window, until)) is not None]
        if not ends:
            break
        until = max(ends, key=_instant)
    return Freeze(until, reason)


def _instant(moment: datetime) -> datetime:
    """For comparisons: two times of one zone would be compared by their clocks alone."""
    return moment.astimezone(UTC)


def _end(window: Window, now: datetime) -> datetime | None:
    """The end of the window that holds at `now`; at its end it no longer does."""
    if isinstance(window, FixedWindow):
        return window.end if _instant(window.start) <= _instant(now) < _instant(window.end) else None
    ends = [end for start, end in _occurrences(window, now) if start <= _instant(now) < _instant(end)]
    return max(ends, key=_instant, default=None)


def _occurrences(window: WeeklyWindow, now: datetime) -> Iterable[tuple[datetime, datetime]]:
    """Starts and ends around `now`, with a day more on both sides for when clocks are changed."""
    after, before = window.after or time(), window.before or time()
    today = now.astimezone(window.zone).date()
    for offset in range(-2, 2):
        first = today + timedelta(days=offset)
        if first.weekday() in window.days:
            last = first if after < before else first + timedelta(days=1)
            starts = _readings(datetime.combine(first, after, window.zone))
            ends = _readings(datetime.combine(last, before, window.zone))
            yield min(starts), max(ends).astimezone(window.zone)


def _readings(moment: datetime) -> list[datetime]:
    """What a clock's time can mean where clocks are changed: one instant mostly, two when it comes twice
    or is left out (PEP 495). The window takes the longer way, so it never opens too early."""
    return [moment.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]


# --- the verdict -----------------------------------------------------------------------------


def judge_guards(
    environment: Environment, plans: Sequence[tuple[str, Plan]], now: datetime
) -> tuple[BlockReason, ...]:
    """Every guard of the environment that these plans (with their projects' names) run into at `now`.

    The fact `addresses` has one address per line.
    """
    reasons: list[BlockReason] = []
    facts: tuple[tuple[str, str], ...]
    here = ("environment", environment.name)
    for project, plan in plans:
        addresses = destroyed(plan, environment.protect)
        if addresses:
            named = "\n".join(addresses[:MAX_ADDRESSES])
            facts = (here, ("project", project), ("addresses", named), ("count", str(len(addresses))))
            reasons.append(BlockReason(Reason.PROTECTED, facts))
    count, limit = count_destroys(plan for _, plan in plans), environment.max_destroys
    if limit is not None and count > limit:
        facts = (here, ("count", str(count)), ("limit", str(limit)))
        reasons.append(BlockReason(Reason.TOO_MANY_DESTROYS, facts))
    freeze = frozen(environment.freeze, now)
    if freeze is not None:
        until = freeze.until.isoformat(timespec="minutes")
        reasons.append(BlockReason(Reason.FROZEN, (here, ("until", until), ("reason", freeze.reason))))
    return tuple(reasons)


def overridden(environment: Environment, labels: Iterable[tuple[str, str]]) -> str | None:
    """The login of who lifted the guards for a pull request with these labels, None when nobody did.

    `labels` are pairs of a label and the login of who set it last. GitHub ignores case in both.
    """
    override = environment.override
    if override is None:
        return None
    people = {login.lower() for login in override.by}
    for label, login in labels:
        if label.lower() == override.label.lower() and login.lower() in people:
            return login
    return None
