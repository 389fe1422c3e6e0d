"""A Terraform in memory that plans and applies `terraform_data` resources as the real one does.

It reads what is wanted from the project's .tf files (`resource_text` writes them, and the real Terraform
reads them too), keeps a state per backend, plans in the shape of `show -json`, and applies exactly the
plan files it made. What goes wrong is given on order.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from gitops_bot.core.errors import RunFailed
from gitops_bot.core.locks import StateLock
from gitops_bot.core.report import Applied, Diagnostic, ResourceOutcome, ResourceState, Severity
from gitops_bot.ports import OnInterrupt, PlanErrored, PlanMade, PlanResult, Progress, ProjectRun

PROVIDER = "terraform.io/builtin/terraform"
VERSION = "1.11.4"
_RESOURCE = re.compile(r'^resource "terraform_data" "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
_SETTING = re.compile(r'^  (input|triggers_replace) += "([^"]*)"$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One resource of the configuration. `create_first`: create_before_destroy."""

    input: str
    trigger: str
    create_first: bool = False


def resource_text(name: str, wanted: Wanted, failing: Path | None = None) -> str:
    """The resource as Terraform reads it. `failing` is a folder where the file `create-NAME` or
    `destroy-NAME` makes that step fail; it is there for the real Terraform only."""
    lines = [f'  input            = "{wanted.input}"', f'  triggers_replace = "{wanted.trigger}"']
    if wanted.create_first:
        lines += ["  lifecycle {", "    create_before_destroy = true", "  }"]
    if failing is not None:
        lines += [
            '  provisioner "local-exec" {', f'    command = "test ! -e {failing}/create-{name}"', "  }",
            '  provisioner "local-exec" {', "    when    = destroy",
            f'    command = "test ! -e {failing}/destroy-{name}"', "  }",
        ]  # fmt: skip
    return "\n".join([f'resource "terraform_data" "{name}" {{', *lines, "}", ""])


def read_wanted(text: str) -> dict[str, Wanted]:
    """The resources of a configuration that `resource_text` wrote, by address."""
    found = {}
    for name, body in _RESOURCE.findall(text):
        settings = dict(_SETTING.findall(body))
        found[f"terraform_data.{name}"] = Wanted(
            settings["input"], settings["triggers_replace"], "create_before_destroy" in body
        )
    return found


# --- the state ---------------------------------------------------------------------------------


class Thing(msgspec.Struct, frozen=True):
    """One object that exists."""

    id: str
    input: str
    trigger: str
    tainted: bool = False


class State(msgspec.Struct, frozen=True):
    """What Terraform knows to exist. `deposed` are objects of (address, key) that wait to be destroyed."""

    lineage: str = ""
    serial: int = 0
    things: dict[str, Thing] = msgspec.field(default_factory=dict)
    deposed: dict[tuple[str, str], Thing] = msgspec.field(default_factory=dict)


class Goes(StrEnum):
    """How a step of an apply goes wrong.

    FAILS: it changes nothing. HALF: a create leaves a tainted object, a replace destroys the old one
    and creates none, or leaves the old one beside the new where that comes first. INTERRUPTED: a signal
    arrives before it. VANISHES: the runner is gone before it.
    """

    FAILS = "fails"
    HALF = "half"
    INTERRUPTED = "interrupted"
    VANISHES = "vanishes"


class Vanished(BaseException):
    """The runner is gone: nothing of the product's runs any more."""


@dataclass(frozen=True, slots=True)
class ApplySeen:
    """What one apply did: the states around it, the plan's document, whether it went through, and what
    the observer saw as it began."""

    key: str
    document: bytes
    before: State
    after: State
    succeeded: bool
    stale: bool = False
    observed: object = None


@dataclass
class Backends:
    """Every state, by the text of its backend configuration, and what is to go wrong next.

    `orders`: by key, how the step of an index (modulo the number of steps) of the next apply goes.
    `before_plan` and `before_apply` are called once, when the next plan or apply would start.
    """

    states: dict[str, State] = field(default_factory=dict)
    orders: dict[str, tuple[int, Goes]] = field(default_factory=dict)
    before_plan: Callable[[], None] | None = None
    before_apply: Callable[[], None] | None = None
    plan_files: dict[Path, bytes] = field(default_factory=dict)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def state(self, key: str) -> State:
        """The state of a backend."""
        return self.states.get(key, State())


def key_of(run: ProjectRun) -> str:
    """The backend of a project's run: the text of its configuration."""
    return "".join(file.read_text() for file in run.backend_config).strip()


# --- the runner --------------------------------------------------------------------------------


@dataclass
class ModelTerraform:
    """Implements `ports.TerraformRunner`. `plans` and `applies` keep what was shown and done;
    `observe` is asked as each apply begins."""

    backends: Backends
    observe: Callable[[str], object] = lambda _key: None
    plans: list[tuple[str, bytes]] = field(default_factory=list)
    applies: list[ApplySeen] = field(default_factory=list)

    def version(self) -> str:
        """As the real one says it."""
        return VERSION

    def lineage(self, run: ProjectRun) -> str:
        """Of the state as it is now."""
        return self.backends.state(key_of(run)).lineage

    def init(
        self, run: ProjectRun, progress: Progress, on_interrupt: Callable[[], None] | None = None
    ) -> PlanErrored | None:
        """There is nothing to install."""
        return None

    def plan(
        self,
        run: ProjectRun,
        plan_file: Path,
        progress: Progress,
        on_interrupt: Callable[[], None] | None = None,
    ) -> PlanResult:
        """A plan of the files in the project's folder."""
        hook, self.backends.before_plan = self.backends.before_plan, None
        if hook is not None:
            hook()
        key, text = key_of(run), "".join(f.read_text() for f in sorted(run.dir.glob("*.tf")))
        if "broken" in text:
            return PlanErrored("plan", (Diagnostic(Severity.ERROR, "Invalid configuration"),))
        state, wanted = self.backends.state(key), read_wanted(text)
        document = json.dumps(_document(state, wanted)).encode()
        self.plans.append((key, document))
        made = json.dumps([key, state.lineage, state.serial, hashlib.sha256(document).hexdigest()]).encode()
        plan_file.write_bytes(made)
        self.backends.plan_files[plan_file] = made
        sources = hashlib.sha256(text.encode()).hexdigest()
        return PlanMade(document, "", plan_file, state.lineage, "", sources)

    def lock_of(self, run: ProjectRun) -> StateLock | None:
        """Nobody else works here."""
        return None

    def unlock(self, run: ProjectRun, lock_id: str) -> None:
        """There is nothing to unlock."""
        raise RunFailed(f"The lock {lock_id} is not there.")

    def who(self) -> str:
        """One user on one machine."""
        return "runner@model"

    def apply(
        self, run: ProjectRun, made: PlanMade, progress: Progress, on_interrupt: OnInterrupt | None = None
    ) -> Applied:
        """Apply a plan file that this Terraform made, unless the state has moved on since."""
        hook, self.backends.before_apply = self.backends.before_apply, None
        if hook is not None:
            hook()
        kept = made.plan_file.read_bytes()
        assert kept == self.backends.plan_files[made.plan_file], "the plan file is not the one that was made"
        key, lineage, serial, digest = json.loads(kept)
        assert digest == hashlib.sha256(made.document).hexdigest(), "the plan file is that of another plan"
        assert key == key_of(run), "the plan is of another backend"
        state, observed = self.backends.state(key), self.observe(key)
        steps = [c for c in json.loads(made.document)["resource_changes"] if _actions(c) != ("no-op",)]
        if (state.lineage, state.serial) != (lineage, serial):
            error = Diagnostic(Severity.ERROR, "Saved plan is stale", "The state was changed since.")
            self.applies.append(ApplySeen(key, made.document, state, state, False, True, observed))
            return Applied(_not_started(steps), (error,), succeeded=False)
        return self._do(key, state, steps, made.document, observed)

    def _do(
        self, key: str, before: State, steps: list[dict[str, Any]], document: bytes, observed: object
    ) -> Applied:
        at, goes = self.backends.orders.pop(key, (-1, None))
        wrong = at % len(steps) if steps and goes is not None else -1
        state = before
        if not before.lineage and not (wrong == 0 and goes is Goes.VANISHES):
            state = replace(before, lineage=f"lineage-{next(self.backends.ids)}")
        outcomes: list[ResourceOutcome] = []
        for index, step in enumerate(steps):
            if index == wrong and goes in (Goes.FAILS, Goes.HALF):
                state = _step(state, step, self.backends.ids, goes is Goes.HALF)
                outcomes.append(_outcome(step, ResourceState.FAILED))
            if index == wrong:
                break
            state = _step(state, step, self.backends.ids, None)
            outcomes.append(_outcome(step, ResourceState.DONE))
        if state != before:
            state = replace(state, serial=before.serial + 1)
        self.backends.states[key] = state
        failed = wrong >= 0
        self.applies.append(ApplySeen(key, document, before, state, not failed, False, observed))
        if goes is Goes.VANISHES and failed:
            raise Vanished
        errors = (Diagnostic(Severity.ERROR, "It failed"),) if failed and goes is not Goes.INTERRUPTED else ()
        left = _not_started(steps[len(outcomes) :])
        interrupted = failed and goes is Goes.INTERRUPTED
        return Applied((*outcomes, *left), errors, not failed, interrupted=interrupted)


# --- plans -------------------------------------------------------------------------------------


def _document(state: State, wanted: dict[str, Wanted]) -> dict[str, Any]:
    changes = [c for a in sorted({*state.things, *wanted}) for c in _changes(a, state, wanted.get(a))]
    changes += [
        _change(address, ("delete",), thing, None, deposed=key)
        for (address, key), thing in sorted(state.deposed.items())
    ]
    resources = [
        {"mode": "managed", "type": "terraform_data", "name": a.partition(".")[2],
         "address": a, "provider_config_key": "terraform"}
        for a in sorted(wanted)
    ]  # fmt: skip
    return {
        "format_version": "1.2",
        "terraform_version": VERSION,
        "resource_changes": changes,
        "configuration": {
            "provider_config": {"terraform": {"name": "terraform", "full_name": PROVIDER}},
            "root_module": {"resources": resources},
        },
        "applyable": True,
        "complete": True,
        "errored": False,
    }


def _changes(address: str, state: State, wanted: Wanted | None) -> Iterator[dict[str, Any]]:
    thing = state.things.get(address)
    if wanted is None:
        yield _change(address, ("delete",), thing, None, action_reason="delete_because_no_resource_config")
    elif thing is None:
        yield _change(address, ("create",), None, wanted)
    elif thing.tainted:
        yield _change(address, _replace(wanted), thing, wanted, action_reason="replace_because_tainted")
    elif thing.trigger != wanted.trigger:
        reason = "replace_because_cannot_update"
        yield _change(address, _replace(wanted), thing, wanted, action_reason=reason)
    elif thing.input != wanted.input:
        yield _change(address, ("update",), thing, wanted)
    else:
        yield _change(address, ("no-op",), thing, wanted)


def _replace(wanted: Wanted) -> tuple[str, ...]:
    return ("create", "delete") if wanted.create_first else ("delete", "create")


def _change(
    address: str, actions: tuple[str, ...], thing: Thing | None, wanted: Wanted | None, **more: str
) -> dict[str, Any]:
    before = None
    if thing is not None:
        before = {"id": thing.id, "input": thing.input, "output": thing.input}
        before["triggers_replace"] = thing.trigger
    after, unknown = None, {}
    if wanted is not None:
        after = {"input": wanted.input, "triggers_replace": wanted.trigger}
        unknown = {"id": True, "output": True}
        if actions == ("update",) and thing is not None:
            after, unknown = {"id": thing.id, **after}, {"output": True}
        elif actions == ("no-op",):
            after, unknown = before, {}
    return {
        "address": address,
        "mode": "managed",
        "type": "terraform_data",
        "name": address.partition(".")[2],
        "provider_name": PROVIDER,
        "change": {
            "actions": list(actions),
            "before": before,
            "after": after,
            "after_unknown": unknown,
            "before_sensitive": False if before is None else {},
            "after_sensitive": False if after is None else {},
        },
        **more,
    }


# --- steps of an apply -------------------------------------------------------------------------


def _actions(step: dict[str, Any]) -> tuple[str, ...]:
    return tuple(step["change"]["actions"])


def _outcome(step: dict[str, Any], state: ResourceState) -> ResourceOutcome:
    actions = _actions(step)
    return ResourceOutcome(step["address"], "replace" if len(actions) > 1 else actions[0], state, 1.0)


def _not_started(steps: list[dict[str, Any]]) -> tuple[ResourceOutcome, ...]:
    return tuple(_outcome(step, ResourceState.NOT_STARTED) for step in steps)


def _step(state: State, step: dict[str, Any], ids: Iterator[int], half: bool | None) -> State:
    """The state after one step: done (`half` None), failed half-way, or failed at once."""
    if half is False:
        return state
    things, deposed = dict(state.things), dict(state.deposed)
    address, actions, after = step["address"], _actions(step), step["change"]["after"]
    tainted = half is True
    if actions == ("delete",):
        if half is None and "deposed" in step:
            del deposed[address, step["deposed"]]
        elif half is None:
            del things[address]
    elif actions == ("update",):
        if half is None:
            things[address] = replace(things[address], input=after["input"])
    else:
        number = next(ids)
        made = Thing(f"id-{number}", after["input"], after["triggers_replace"], tainted)
        old = things.pop(address, None)
        if actions == ("create", "delete") and half and old is not None:
            deposed[address, f"deposed-{number}"] = old
            made = replace(made, tainted=number % 2 == 0)  # at its create, or at the destroy of the old one
        if actions != ("delete", "create") or not half or number % 2 == 0:
            things[address] = made
    return replace(state, things=things, deposed=deposed)
