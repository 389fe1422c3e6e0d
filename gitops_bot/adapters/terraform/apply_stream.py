"""Follows `terraform apply -json` and says what was done to each planned resource.

Source: https://developer.hashicorp.com/terraform/internals/machine-readable-ui
"""

from __future__ import annotations

import contextlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from gitops_bot.adapters.terraform.diagnostics import distinct, read_json_object
from gitops_bot.core.json_values import JsonValue, as_object, as_text, read_json
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
_ENDS = {"apply_complete": ResourceState.DONE, "apply_errored": ResourceState.FAILED}


@dataclass(slots=True)
class _Step:
    """One operation on one address. `state` stays None until its end was seen."""

    state: ResourceState | None = None
    seconds: float = 0.0


@dataclass(slots=True)
class _Seen:
    """What the stream said about one address: its operations by action, in order."""

    steps: dict[str, list[_Step]] = field(default_factory=lambda: defaultdict(list))

    def take(self, action: str) -> _Step | None:
        """The next operation of that action which no planned change has claimed yet."""
        steps = self.steps.get(action)
        return steps.pop(0) if steps else None


class ApplyStream:
    """Takes the lines of one apply. Lines it does not know are ignored."""

    def __init__(self, plan: Plan, progress: Progress) -> None:
        self._planned = tuple(c for c in plan.changes if c.kind is not ChangeKind.READ)
        self._progress = progress
        self._seen: dict[str, _Seen] = {}
        self._diagnostics: list[Diagnostic] = []

    def take(self, line: str) -> None:
        """One line of standard output."""
        try:
            event = as_object(read_json(line))
        except (json.JSONDecodeError, RecursionError):
            return
        kind = as_text(event.get("type"))
        if kind == "diagnostic":
            diagnostic = read_json_object(event.get("diagnostic"))
            if diagnostic is not None:
                self._diagnostics.append(diagnostic)
        elif kind == "apply_start" or kind in _ENDS:
            self._operation(kind, as_object(event.get("hook")))

    def _operation(self, kind: str, hook: dict[str, JsonValue]) -> None:
        address = as_text(as_object(hook.get("resource")).get("addr"))
        action = as_text(hook.get("action"))
        if not address or action not in _VERBS:
            return
        steps = self._seen.setdefault(address, _Seen()).steps[action]
        shown, (begins, ended) = shown_address(address), _VERBS[action]
        if kind == "apply_start":
            steps.append(_Step())
            self._say(f"{shown}: {begins}")
            return
        step = next((s for s in steps if s.state is None), None)
        if step is None:
            step = _Step()
            steps.append(step)
        step.state, step.seconds = _ENDS[kind], _seconds(hook.get("elapsed_seconds"))
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

    def result(self, succeeded: bool, interrupted: bool, more: Iterable[Diagnostic] = ()) -> Applied:
        """What was done. To be called once, after the last line; `more` comes after its diagnostics."""
        diagnostics = distinct((*self._diagnostics, *more))
        outcomes = [self._outcome(change, succeeded) for change in self._planned]
        outcomes += self._unplanned()
        errors = _errors_by_address(diagnostics)
        named = (
            _with_error(o, errors.get(o.address, "")) if o.state is ResourceState.FAILED else o
            for o in outcomes
        )
        return Applied(tuple(named), diagnostics, succeeded, None, interrupted)

    def _outcome(self, change: ResourceChange, succeeded: bool) -> ResourceOutcome:
        wanted = change.actions if change.kind is ChangeKind.REPLACE else _STEPS.get(change.kind, ())
        seen = self._seen.get(change.address, _Seen())
        steps = [seen.take(action) for action in wanted]
        states = [s.state if s is not None else None for s in steps]
        seconds = sum(s.seconds for s in steps if s is not None)
        action = change.kind.value if change.kind is not ChangeKind.UNKNOWN else "-".join(change.actions)
        if succeeded or (states and all(s is ResourceState.DONE for s in states)):
            return ResourceOutcome(change.address, action, ResourceState.DONE, seconds)
        if not any(s is not None for s in steps):
            return ResourceOutcome(change.address, action, ResourceState.NOT_STARTED)
        error = "" if ResourceState.FAILED in states else _unfinished(wanted, states)
        return ResourceOutcome(change.address, action, ResourceState.FAILED, seconds, error)

    def _unplanned(self) -> list[ResourceOutcome]:
        """Operations that no planned change explains: shown, never dropped."""
        return [
            ResourceOutcome(address, action, step.state or ResourceState.FAILED, step.seconds)
            for address, seen in self._seen.items()
            for action, steps in seen.steps.items()
            for step in steps
        ]


def shown_address(address: str) -> str:
    """An address for the progress log: keys of `for_each` come from the configuration's data."""
    return _KEY.sub('["…"]', address)


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
