"""Guards: what does not happen in an environment by itself, even where it was planned and approved.

`protect` names resources that are never destroyed or replaced, `max_destroys` bounds how many are in
one apply, `freeze` says when nothing is applied. People named in `override` lift them by a label.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta

from msgspec import Struct

from gitops_bot.core.addresses import Pattern, matches, read_address, read_pattern
from gitops_bot.core.environments import Environment, FixedWindow, WeeklyWindow, Window
from gitops_bot.core.plan import Plan, ResourceChange
from gitops_bot.core.report import BlockReason, Reason

MAX_ADDRESSES = 20
"""How many addresses a reason names; its fact `count` counts all of them."""
_LONGEST_CHAIN = 60

# --- destroys --------------------------------------------------------------------------------


def destroyed(plan: Plan, patterns: Iterable[str]) -> tuple[str, ...]:
    """The addresses of what the plan destroys or replaces although a pattern protects it.

    A moved resource is judged under its new and its old address, so that a rename in the same pull
    request takes nothing out of its protection.
    """
    wanted = tuple(read_pattern(text) for text in patterns)
    found = (c.address for c in plan.resource_changes if destroys(c) and is_protected(c, wanted))
    return tuple(dict.fromkeys(found))


def destroys(change: ResourceChange) -> bool:
    """Deletes, replaces, deletes of deposed objects, and whatever a later version combines with a delete.

    `forget` is none of them: the object lives on with its data, only Terraform lets go of it, and an
    import takes that back. Were it blocked too, protected resources could not be handed over to
    another project without an override. It is counted and shown in the plan like any other change.
    """
    return change.mode != "data" and "delete" in change.actions


def is_protected(change: ResourceChange, wanted: Sequence[Pattern]) -> bool:
    """An address that cannot be read counts as protected wherever anything is."""
    for text in filter(None, (change.address, change.previous_address)):
        address = read_address(text)
        if any(address is None or matches(pattern, address) for pattern in wanted):
            return True
    return bool(wanted) and not change.address


def count_destroys(plans: Iterable[Plan]) -> int:
    """How many objects all these plans destroy; a replace destroys one."""
    return sum(destroys(change) for plan in plans for change in plan.resource_changes)


# --- freeze windows --------------------------------------------------------------------------


class Freeze(Struct, frozen=True):
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
    freeze = freeze_reason(environment, now)
    return (*reasons, freeze) if freeze is not None else tuple(reasons)


def freeze_reason(environment: Environment, now: datetime) -> BlockReason | None:
    """The environment's freeze at `now`, with until when and why; None where there is none."""
    freeze = frozen(environment.freeze, now)
    if freeze is None:
        return None
    until = ("until", freeze.until.isoformat(timespec="minutes"))
    return BlockReason(Reason.FROZEN, (("environment", environment.name), until, ("reason", freeze.reason)))


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
