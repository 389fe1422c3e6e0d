"""Follows `terraform apply -json` and says what was done to each planned resource.

Source: https://developer.hashicorp.com/terraform/internals/machine-readable-ui
"""

from __future__ import annotations

import contextlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from gitops_bot.adapters.terraform.diagnostics import distinct, lock_in_json, read_json_object
from gitops_bot.adapters.terraform.plan_output import INTERRUPTED, is_interrupt
from gitops_bot.core.counts import Counts, Miscount, counts_of
from gitops_bot.core.json_values import JsonValue, as_object, as_text, read_json
from gitops_bot.core.locks import StateLock
from gitops_bot.core.plan import ChangeKind, Plan, ResourceChange
from gitops_bot.core.report import Applied, Diagnostic, ResourceOutcome, ResourceState, Severity
from gitops_bot.ports import Progress

_STEPS: dict[ChangeKind, tuple[str, ...]] = {
    ChangeKind.CREATE: ("create",),
    ChangeKind.UPDATE: ("update",),
    ChangeKind.DELETE: ("delete",),
}
_VERBS = {
    "create": ("creating", "created"),
    "update": ("updating", "updated"),
    "delete": ("destroying", "destroyed"),
}
_KEY = re.compile(r'\["(?:\\.|[^"\\])*"\]')
_BEGINS = ("apply_start", "apply_progress")
_ENDS = {"apply_complete": ResourceState.DONE, "apply_errored": ResourceState.FAILED}


class _Step(Struct):
    """One operation on one address. `state` stays None until its end was seen."""

    state: ResourceState | None = None
    seconds: float = 0.0


_Steps: TypeAlias = dict[tuple[str, str], list[_Step]]
"""What the stream said: the operations of one action on one address, in order."""


class ApplyStream:
    """Takes the lines of one apply. Lines it does not know are ignored."""

    def __init__(self, plan: Plan, progress: Progress) -> None:
        self._planned = tuple(c for c in plan.changes if c.kind is not ChangeKind.READ)
        self._progress = progress
        self._expected = counts_of(plan)
        self._counted: Counts | None = None
        self._seen: _Steps = defaultdict(list)
        self._diagnostics: list[Diagnostic] = []
        self._lock: StateLock | None = None

    def take(self, line: str) -> None:
        """One line of standard output."""
        try:
            event = as_object(read_json(line))
        except (json.JSONDecodeError, RecursionError):
            return
        kind = as_text(event.get("type"))
        if kind == "diagnostic":
            self._diagnostic(event.get("diagnostic"))
        elif kind == "change_summary":
            self._summary(as_object(event.get("changes")))
        elif kind == "log" and is_interrupt(as_text(event.get("@message"))):
            self._say(INTERRUPTED)
        elif kind in _BEGINS or kind in _ENDS:
            self._operation(kind, as_object(event.get("hook")))

    def _diagnostic(self, value: JsonValue) -> None:
        diagnostic = read_json_object(value)
        if diagnostic is not None:
            self._diagnostics.append(diagnostic)
            self._lock = self._lock or lock_in_json(value)

    def _summary(self, changes: dict[str, JsonValue]) -> None:
        """Terraform's own count of what it did."""
        if changes.get("operation") == "apply":
            add, change, remove, imported = map(
                _whole, map(changes.get, ("add", "change", "remove", "import"))
            )
            self._counted = Counts(add, change, remove, imported)

    def _operation(self, kind: str, hook: dict[str, JsonValue]) -> None:
        address = as_text(as_object(hook.get("resource")).get("addr"))
        action = as_text(hook.get("action"))
        if not address or action not in _VERBS:
            return
        steps = self._seen[address, action]
        shown, (begins, ended) = shown_address(address), _VERBS[action]
        if kind == "apply_start":
            steps.append(_Step())
            self._say(f"{shown}: {begins}")
            return
        step = next((s for s in steps if s.state is None), None)
        if step is None:
            step = _Step()
            steps.append(step)
        step.seconds = _seconds(hook.get("elapsed_seconds"))
        if kind not in _ENDS:
            return
        step.state = _ENDS[kind]
        word = ended if step.state is ResourceState.DONE else f"{begins} failed"
        self._say(f"{shown}: {word} after {step.seconds:g}s")

    def _say(self, line: str) -> None:
        """A log that is gone (a closed pipe) must not cost the record of what was done."""
        with contextlib.suppress(OSError):
            self._progress(line)

    @property
    def has_error(self) -> bool:
        """Whether Terraform explained a failure."""
        return any(d.severity is Severity.ERROR for d in self._diagnostics)

    def so_far(self) -> Applied:
        """What is known while Terraform still stops after a signal."""
        return self._applied(False, True, ResourceState.IN_FLIGHT)

    def result(
        self,
        succeeded: bool,
        interrupted: bool,
        more: Iterable[Diagnostic] = (),
        lock: StateLock | None = None,
    ) -> Applied:
        """What was done, after the last line. `more` comes after its diagnostics, and `lock` is the
        one that was said otherwise than in a line of the stream."""
        applied = self._applied(succeeded, interrupted, ResourceState.FAILED, more)
        if succeeded:
            return replace(applied, miscount=self._miscount())
        # Terraform takes the lock first of all: once something began, only what it runs speaks of one.
        return applied if self._seen else replace(applied, lock=self._lock or lock)

    def _miscount(self) -> Miscount | None:
        if self._expected is None or self._counted is None or self._expected == self._counted:
            return None
        return Miscount(self._expected, self._counted)

    def _applied(
        self, succeeded: bool, interrupted: bool, begun: ResourceState, more: Iterable[Diagnostic] = ()
    ) -> Applied:
        """`begun` is the state of what was started and whose end was not reported."""
        left = defaultdict(list, {key: list(steps) for key, steps in self._seen.items()})
        diagnostics = distinct((*self._diagnostics, *more))
        outcomes = [_outcome(change, left, succeeded, begun) for change in self._planned]
        outcomes += _unplanned(left, begun)
        errors = _errors_by_address(diagnostics)
        named = (
            _with_error(o, errors.get(o.address, "")) if o.state is ResourceState.FAILED else o
            for o in outcomes
        )
        return Applied(tuple(named), diagnostics, succeeded, None, interrupted)


def _outcome(change: ResourceChange, left: _Steps, succeeded: bool, begun: ResourceState) -> ResourceOutcome:
    """What became of a planned change. Takes its operations out of `left`."""
    wanted = change.actions if change.kind is ChangeKind.REPLACE else _STEPS.get(change.kind, ())
    steps = [_claim(left[change.address, action]) for action in wanted]
    states = [s.state if s is not None else None for s in steps]
    seconds = sum(s.seconds for s in steps if s is not None)
    action = change.kind.value if change.kind is not ChangeKind.UNKNOWN else "-".join(change.actions)
    if succeeded or (states and all(s is ResourceState.DONE for s in states)):
        return ResourceOutcome(change.address, action, ResourceState.DONE, seconds)
    if not any(s is not None for s in steps):
        return ResourceOutcome(change.address, action, ResourceState.NOT_STARTED)
    if ResourceState.FAILED in states:
        return ResourceOutcome(change.address, action, ResourceState.FAILED, seconds)
    error = _unfinished(wanted, states) if begun is ResourceState.FAILED else ""
    return ResourceOutcome(change.address, action, begun, seconds, error)


def _claim(steps: list[_Step]) -> _Step | None:
    """The next operation that no planned change has claimed yet."""
    return steps.pop(0) if steps else None


def _unplanned(left: _Steps, begun: ResourceState) -> list[ResourceOutcome]:
    """Operations that no planned change explains: shown, never dropped."""
    return [
        ResourceOutcome(address, action, step.state or begun, step.seconds)
        for (address, action), steps in left.items()
        for step in steps
    ]


def shown_address(address: str) -> str:
    """An address for the progress log: keys of `for_each` come from the configuration's data."""
    return _KEY.sub('["…"]', address)


def _whole(value: JsonValue) -> int:
    return value if isinstance(value, int) else 0


def _seconds(value: JsonValue) -> float:
    return 0.0 if value is None or isinstance(value, str | list | dict) else float(value)


def _unfinished(wanted: tuple[str, ...], states: list[ResourceState | None]) -> str:
    done = [_VERBS[a][1] for a, s in zip(wanted, states, strict=True) if s is ResourceState.DONE]
    left = [a for a, s in zip(wanted, states, strict=True) if s is not ResourceState.DONE]
    if done:
        return f"It was {' and '.join(done)}, but the {' and the '.join(left)} did not end."
    return "It was started, and its end was not reported."


def _errors_by_address(diagnostics: Iterable[Diagnostic]) -> dict[str, str]:
    errors: dict[str, str] = {}
    for d in diagnostics:
        if d.severity is Severity.ERROR and d.address:
            errors.setdefault(d.address, f"{d.summary}: {d.detail}" if d.detail else d.summary)
    return errors


def _with_error(outcome: ResourceOutcome, error: str) -> ResourceOutcome:
    text = error or outcome.error
    return ResourceOutcome(outcome.address, outcome.action, outcome.state, outcome.seconds, text)
