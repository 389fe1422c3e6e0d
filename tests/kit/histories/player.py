"""Plays the steps of a history on a ground, and tells the oracle."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence
from typing import TypeVar

from msgspec.structs import replace

from gitops_bot.ports import PullRequest
from tests.kit.histories.ground import Delivered, Forgery, Ground, Overtaken, RunKind, Waiting
from tests.kit.histories.oracle import Broken, Oracle
from tests.kit.histories.steps import Flavour, Step
from tests.kit.model_terraform import Goes, State, Thing, read_wanted

CREATE_FIRST = ("c", "d")
METHODS = ("merge", "squash", "rebase")
MOST_ROUNDS = 8
T = TypeVar("T")


class Player:
    """One history. `told` says what each step came to; the end comes after `most_runs` runs at the latest."""

    def __init__(
        self, ground: Ground, oracle: Oracle, flavour: Flavour, most_runs: int = sys.maxsize
    ) -> None:
        self.ground, self.oracle, self.flavour = ground, oracle, flavour
        self._runs_left = most_runs
        self.waiting: list[Waiting] = []
        self.past: list[Waiting] = []
        self.told: list[str] = []
        self._values = itertools.count(1)
        self._fail_call: int | None = None
        self._troubled: set[str] = set()

    def play(self, steps: Sequence[Step]) -> None:
        """The beginning, the steps, and the end with its judgement. Raises `Broken`."""
        for environment in self.ground.environments:
            self.ground.dispatch("baseline", environment, environment)
            self._take()
            self._deliver(self.waiting.pop())
        for step in steps:
            if self._runs_left <= 0:
                break
            self.told.append(str(step))
            said = self._play(step)
            self.told[-1] = f"{step}: {said}"
            self._take()
        self._finish()

    def _finish(self) -> None:
        """The runs still waiting are lost; reconcile until it finds nothing more to do."""
        self.ground.forget_orders()
        self._fail_call, self._troubled = None, set()
        self.waiting.clear()
        for _ in range(MOST_ROUNDS):
            self.ground.later()
            self.ground.schedule()
            self._take()
            reconciled = self._deliver(self.waiting.pop())
            self._take()
            dispatched, self.waiting = self.waiting, []
            if not dispatched:
                self.oracle.judge_end(self.flavour.clean, reconciled.log)
                return
            for run in dispatched:
                self.told.append(f"reconcile: {self._deliver(run).result}")
        raise Broken(f"reconcile found something to do {MOST_ROUNDS} times")

    # --- helpers ---

    def _take(self) -> None:
        self.waiting += self.ground.started()

    def _pick(self, choices: Sequence[T], number: int) -> T | None:
        return choices[number % len(choices)] if choices else None

    def _open_pulls(self) -> list[PullRequest]:
        return [p for p in self.ground.pulls() if p.state == "open"]

    def _own_pulls(self) -> list[PullRequest]:
        """The open pull requests that people work on."""
        return [p for p in self._open_pulls() if p.head_branch.startswith("feature-")]

    def _runs(self, *kinds: RunKind) -> list[Waiting]:
        return [run for run in self.waiting if run.kind in kinds]

    def _is_open(self, number: int) -> bool:
        return any(p.number == number for p in self._open_pulls())

    def _deliver(self, run: Waiting) -> Delivered:
        was_open = self._is_open(run.number)
        was_head = run.kind is not RunKind.APPLY or self.ground.head(run.environment) == run.commit
        fail_call, self._fail_call = self._fail_call, None
        ended = self.ground.deliver(run, fail_call)
        troubled = run.environment in self._troubled or fail_call is not None
        self._runs_left -= 1
        if run.kind is not RunKind.BASELINE:
            self.past.append(run)
        self.oracle.delivered(run, was_open, was_head, ended, troubled)
        if ended.applies:
            self._troubled.discard(run.environment)
        return ended

    def _change(self, branch: str, a: int, b: int) -> dict[str, str | None]:
        """A change of one resource: created, changed, replaced or deleted."""
        name = self.flavour.names[a % len(self.flavour.names)]
        path = f"infra/{name}.tf"
        text = self.ground.files(self.ground.head(branch)).get(path)
        value = f"v{next(self._values)}"
        if text is None:
            return {path: self.ground.text(name, value, value, name in CREATE_FIRST)}
        (old,) = read_wanted(text).values()
        match b % 6:
            case 0:
                return {path: None}
            case 1 | 2 | 3:
                return {path: self.ground.text(name, value, value, name in CREATE_FIRST)}
            case _:
                return {path: self.ground.text(name, value, old.trigger, name in CREATE_FIRST)}

    # --- the steps ---

    def _play(self, step: Step) -> str:
        play = getattr(self, f"_{step.kind.name.lower()}")
        return str(play(step.a, step.b, step.c) or "nothing")

    def _open(self, a: int, b: int, c: int) -> str:
        environments = self.ground.environments
        # Mostly into the lowest: into a higher one it would skip the promotion order.
        base = environments[c % len(environments)] if b % 3 == 0 else environments[0]
        branch = f"feature-{next(self._values)}"
        files = self._change(base, a, b)
        if c % 3 == 0:
            files |= self._change(base, a + 1 + b % 3, c)
        self.ground.commit(branch, files, self.ground.head(base))
        number = self.ground.open_pull_request(branch, base)
        return f"#{number} into {base}: {sorted(files)}"

    def _push(self, a: int, b: int, c: int) -> str | None:
        pull = self._pick(self._own_pulls(), a)
        if pull is None:
            return None
        self.ground.commit(pull.head_branch, self._change(pull.head_branch, b, c))
        return f"#{pull.number}"

    def _update(self, a: int, b: int, c: int) -> str | None:
        pull = self._pick(self._own_pulls(), a)
        return f"#{pull.number}" if pull and self.ground.update(pull.number) else None

    def _reopen(self, a: int, b: int, c: int) -> str | None:
        pull = self._pick(self._open_pulls(), a)
        if pull is None:
            return None
        self.ground.reopen(pull.number)
        return f"#{pull.number}"

    def _plan(self, a: int, b: int, c: int) -> str | None:
        return self._next(a, RunKind.PLAN, RunKind.PROMOTE)

    def _apply(self, a: int, b: int, c: int) -> str | None:
        return self._next(a, RunKind.APPLY)

    def _next(self, a: int, *kinds: RunKind) -> str | None:
        run = self._pick(self._runs(*kinds), a)
        if run is None:
            return None
        self.waiting.remove(run)
        return self._said(run, self._deliver(run))

    def _said(self, run: Waiting, ended: Delivered) -> str:
        what = f"#{run.number} {run.head[:7]}" if run.number else run.commit[:7]
        return f"{run.kind} {run.environment} {what}: {ended.result} {ended.error}".strip()

    def _drop(self, a: int, b: int, c: int) -> str | None:
        run = self._pick(self.waiting, a)
        if run is None:
            return None
        self.waiting.remove(run)
        return f"{run.kind} {run.environment} {run.commit[:7]}"

    def _again(self, a: int, b: int, c: int) -> str | None:
        run = self._pick(self.past, a)
        return None if run is None else self._said(run, self._deliver(run))

    def _merge_planned(self, a: int, b: int, c: int) -> str | None:
        passed = {(number, head) for _, number, head in self.oracle.passed}
        return self._merge_one([p for p in self._open_pulls() if (p.number, p.head) in passed], a, b)

    def _merge(self, a: int, b: int, c: int) -> str | None:
        return self._merge_one(self._open_pulls(), a, b)

    def _merge_one(self, pulls: list[PullRequest], a: int, b: int) -> str | None:
        pull = self._pick(pulls, a)
        if pull is None:
            return None
        self.oracle.merging(pull)
        method = METHODS[b % len(METHODS)]
        return f"#{pull.number} by {method}" if self.ground.merge(pull.number, method) else None

    def _direct(self, a: int, b: int, c: int) -> str | None:
        environment = self.ground.environments[c % len(self.ground.environments)]
        text = f"{next(self._values)}\n"
        files = {"README.md": text} if b % 3 == 0 else self._change(environment, a, b)
        self.ground.commit(environment, files)
        return f"{environment}: {sorted(files)}"

    def _forge(self, a: int, b: int, c: int) -> str | None:
        plans = [r for r in (*self.waiting, *self.past) if r.kind is RunKind.PLAN and self._is_open(r.number)]
        run = self._pick(plans, a)
        if run is None:
            return None
        how = tuple(Forgery)[b % len(Forgery)]
        self.ground.forge(run, how)
        self.oracle.forged(run)
        return f"#{run.number} {run.head[:7]}: {how}"

    def _fail(self, a: int, b: int, c: int) -> str:
        return self._order(a, c, (Goes.FAILS, Goes.HALF)[b % 2])

    def _interrupt(self, a: int, b: int, c: int) -> str:
        return self._order(a, c, Goes.INTERRUPTED)

    def _vanish(self, a: int, b: int, c: int) -> str:
        return self._order(a, c, Goes.VANISHES)

    def _order(self, a: int, c: int, goes: Goes) -> str:
        environment = self.ground.environments[c % len(self.ground.environments)]
        self.ground.order(environment, a, goes)
        self._troubled.add(environment)
        return f"{environment}: {goes}"

    def _github(self, a: int, b: int, c: int) -> str:
        self._fail_call = a % 25
        return f"call {self._fail_call}"

    def _outside(self, a: int, b: int, c: int) -> str | None:
        environment = self.ground.environments[c % len(self.ground.environments)]
        state = self.ground.state(environment)
        address = self._pick(sorted(state.things), a)
        if address is None:
            return None
        things: dict[str, Thing] = dict(state.things)
        made = next(self._values)
        match b % 3:
            case 0:
                del things[address]
            case 1:
                things[address] = replace(things[address], input=f"outside-{made}")
            case _:
                things[address] = replace(things[address], id=f"outside-{made}")
        self.ground.change_state(environment, State(state.lineage, state.serial, things, state.deposed))
        self.oracle.changed_outside(environment, {address})
        return f"{environment}: {address} {('deleted', 'changed', 'made anew')[b % 3]}"

    def _promote(self, a: int, b: int, c: int) -> str | None:
        if len(self.ground.environments) < 2:
            return None
        self.ground.dispatch("promote", self.ground.environments[1], self.ground.environments[0])
        return "dispatched"

    def _race(self, a: int, b: int, c: int) -> str | None:
        """Amid an apply run, before its plan or before its apply, something is merged and another runs."""
        applies = [r for r in (*self.waiting, *self.past) if r.kind is RunKind.APPLY]
        runs = [r for r in applies if self.ground.head(r.environment) == r.commit]
        run, ground = self._pick(runs, a), self.ground
        if run is None or not isinstance(ground, Overtaken):
            return None
        inner: list[str] = []

        def overtake() -> None:
            self.oracle.overtaking(run.environment)
            if b % 3:
                inner.append(str(self._merge_planned(b, c, 0)))
                self._take()
            others = [r for r in self._runs(RunKind.APPLY) if r.environment == run.environment] or [run]
            other = others[-1]
            inner.append(self._said(other, self._deliver(other)))

        self._fail_call = None
        ground.overtake(overtake, before_plan=bool(c % 2))
        ended = self._deliver(run)
        ground.overtake(None, before_plan=bool(c % 2))
        return f"{self._said(run, ended)}, amid it: {', '.join(inner) or 'nothing'}"

    def _reconcile(self, a: int, b: int, c: int) -> str:
        self.ground.schedule()
        self._take()
        run = next(r for r in self.waiting if r.kind is RunKind.RECONCILE)
        self.waiting.remove(run)
        return self._said(run, self._deliver(run))
