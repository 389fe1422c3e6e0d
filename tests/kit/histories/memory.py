"""Histories in memory: the product's real entry, with every port a fake."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from gitops_bot.commands.effects import Effects, RunFacts
from gitops_bot.commands.handle_event import handle_event
from gitops_bot.core.errors import GitopsBotError, RunFailed
from gitops_bot.core.events import BranchPushed, Command, Dispatched, PullRequestUpdated, Scheduled
from gitops_bot.core.json_values import JsonValue
from gitops_bot.core.ledger import TASK
from gitops_bot.ports import DeploymentState, PullRequest
from tests.kit.fake_cloud import FakeCloudSession
from tests.kit.fake_witness import GENUINE, FakeWitness
from tests.kit.histories.ground import Applying, Delivered, Forgery, Ledger, RunKind, Waiting
from tests.kit.histories.steps import Flavour
from tests.kit.model_terraform import (
    ApplySeen,
    Backends,
    Goes,
    ModelTerraform,
    State,
    Vanished,
    Wanted,
    resource_text,
)
from tests.kit.world import REPOSITORY, WORKFLOW, Started, World

_ENDS = (DeploymentState.SUCCESS, DeploymentState.FAILURE)


@dataclass
class Recorder:
    """`ports.StepOutput` that keeps what it is given."""

    lines: list[str] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)

    def log(self, text: str) -> None:
        self.lines.append(text)

    def summary(self, markdown: str) -> None:
        self.lines.append(markdown)

    def output(self, name: str, value: str) -> None:
        self.outputs[name] = value

    def mask(self, secret: str) -> None:
        """Nothing is printed."""


def config(environments: tuple[str, ...], provenance: str) -> str:
    """The configuration all branches hold."""
    names = ", ".join(f"{{name: {name}}}" for name in environments)
    return (
        f"environments: [{names}]\napproval: {{provenance: {provenance}}}\n"
        'projects: [{name: stack, dir: infra, backend_config: ["envs/{environment}.tfbackend"]}]\n'
    )


class MemoryGround:
    """Implements `Ground`. `folder` takes the checkouts."""

    def __init__(self, folder: Path, flavour: Flavour) -> None:
        environments = self.environments = flavour.environments
        self.backends = Backends()
        self.world = World(environments)
        self._folder, self._checkouts = folder, 0
        files = {
            ".gitops-bot.yml": config(environments, flavour.provenance),
            WORKFLOW: "on: push\n",
            "infra/main.tf": "",
            **{f"envs/{name}.tfbackend": _key(name) for name in environments},
        }
        start = self.world.commit(environments[0], files)
        for name in environments[1:]:
            self.world.host.branches[name] = start
        if flavour.existing:
            states = {_key(name): State(f"lineage-of-{name}", 1) for name in environments}
            self.backends.states.update(states)
        self.world.runs.clear()

    # --- the repository ---

    def head(self, branch: str) -> str:
        return self.world.head(branch)

    def files(self, commit: str) -> Mapping[str, str]:
        return {p: t for p, t in self.world.files[commit].items() if p.endswith(".tf")}

    def tree(self, commit: str) -> str:
        return self.world.trees[commit]

    def base_of(self, merge: str) -> str:
        return self.world.history[merge][0]

    def reachable(self, commit: str) -> set[str]:
        return self.world.reachable(commit)

    def pulls(self) -> list[PullRequest]:
        return list(self.world.host.pulls.values())

    def text(self, name: str, input: str, trigger: str, create_first: bool) -> str:
        return resource_text(name, Wanted(input, trigger, create_first))

    def commit(self, branch: str, files: Mapping[str, str | None], start: str = "") -> str:
        return self.world.commit(branch, files, start)

    def open_pull_request(self, branch: str, base: str) -> int:
        return self.world.open_pull_request(branch, base)

    def merge(self, number: int, method: str) -> bool:
        return self.world.merge(number, method)

    def update(self, number: int) -> bool:
        return self.world.update(number)

    def reopen(self, number: int) -> None:
        self.world.reopen(number)

    def dispatch(self, command: str, environment: str, branch: str) -> None:
        self.world.dispatch(Command(command), environment, branch)

    def schedule(self) -> None:
        self.world.schedule()

    def later(self) -> None:
        self.world.clock.later()

    # --- runs ---

    def started(self) -> list[Waiting]:
        self.world.take_dispatches()
        found = [_waiting(run) for run in self.world.runs]
        self.world.runs.clear()
        return found

    def deliver(self, run: Waiting, fail_call: int | None = None) -> Delivered:
        return self._run(run, self._witness(run), fail_call)

    def forge(self, run: Waiting, how: Forgery) -> None:
        witness = self._witness(run)
        if how is Forgery.NO_PROOF:
            witness.key = None
        elif how is Forgery.OWN_KEY:
            witness.key = b"mallory's"
        else:
            witness.claims = {**witness.claims, **_other_claims(how, run)}
        self._run(run, witness, None)

    def _witness(self, run: Waiting) -> FakeWitness:
        assert isinstance(run.handle, Started)
        return FakeWitness(self.world.clock, dict(run.handle.claims), GENUINE)

    def _run(self, run: Waiting, witness: FakeWitness, fail_call: int | None) -> Delivered:
        assert isinstance(run.handle, Started)
        self._checkouts += 1
        folder = self._folder / str(self._checkouts)
        host, step = self.world.host, Recorder()
        tree = self.world.tree_at(run.commit, folder / "checkout")
        (folder / "scratch").mkdir()
        terraform = ModelTerraform(self.backends, lambda key: self.ledger(_environment(key)))
        effects = Effects(
            host,
            tree,
            step,
            folder / "scratch",
            lambda root: self.world.open_tree(self.world.merged_at[root], root),
            lambda *_: FakeCloudSession(),
            lambda *_: terraform,
            clock=self.world.clock,
            witness=witness,
        )
        facts = RunFacts(
            str(1000 + self._checkouts), "pat", REPOSITORY, "https://github.example", workflow="gitops.yml"
        )
        failing = len(host.calls) + fail_call if fail_call is not None else -1
        if fail_call is not None:
            host.fail_on(failing, RunFailed("GitHub failed."))
        error = ""
        try:
            handle_event(run.handle.event, effects, facts, apply_on_closed=False)
        except (GitopsBotError, Vanished) as ended:
            error = f"{type(ended).__name__}: {ended}"
        host.failures.pop(failing, None)
        applies = tuple(_applying(seen) for seen in terraform.applies)
        return Delivered(
            step.outputs.get("result", ""),
            error,
            tuple(document for _, document in terraform.plans),
            applies,
            int(step.outputs.get("promotion-pr", "0")),
            "\n".join(step.lines),
        )

    # --- what came of it ---

    def ledger(self, environment: str) -> Ledger:
        host = self.world.host
        found = []
        for deployment in reversed(host.kept_deployments):
            if (deployment.environment, deployment.task) == (environment, TASK):
                statuses = reversed(host.statuses.get(deployment.id, []))
                found.append((deployment.commit, next((s.state for s in statuses if s.state in _ENDS), None)))
        return tuple(found)

    def apply_check(self, environment: str, commit: str) -> tuple[str, str]:
        name = f"gitops-bot: apply {environment}"
        checks = [c for c in self.world.host.checks if (c.commit, c.name) == (commit, name)]
        return (str(checks[-1].conclusion), checks[-1].summary) if checks else ("", "")

    def state(self, environment: str) -> State:
        return self.backends.state(_key(environment))

    def change_state(self, environment: str, state: State) -> None:
        self.backends.states[_key(environment)] = replace(state, serial=state.serial + 1)

    def order(self, environment: str, at: int, goes: Goes) -> None:
        self.backends.orders[_key(environment)] = (at, goes)

    def overtake(self, act: Callable[[], None] | None, *, before_plan: bool) -> None:
        if before_plan:
            self.backends.before_plan = act
        else:
            self.backends.before_apply = act

    def forget_orders(self) -> None:
        self.backends.orders.clear()
        self.backends.before_plan = self.backends.before_apply = None


def _key(environment: str) -> str:
    return f'path = "{environment}"'


def _environment(key: str) -> str:
    return key.split('"')[1]


def _applying(seen: ApplySeen) -> Applying:
    ledger = seen.observed
    assert isinstance(ledger, tuple)
    return Applying(
        _environment(seen.key), seen.document, seen.before, seen.after, seen.succeeded, ledger, seen.stale
    )


_DISPATCHED = {
    Command.APPLY: RunKind.APPLY,
    Command.PROMOTE: RunKind.PROMOTE,
    Command.BASELINE: RunKind.BASELINE,
    Command.RECONCILE: RunKind.RECONCILE,
}


def _waiting(run: Started) -> Waiting:
    event = run.event
    match event:
        case PullRequestUpdated():
            return Waiting(RunKind.PLAN, event.base_branch, run.commit, run, event.number, event.head)
        case BranchPushed():
            return Waiting(RunKind.APPLY, event.branch, run.commit, run)
        case Dispatched():
            return Waiting(_DISPATCHED[event.command], event.environment, run.commit, run)
        case Scheduled():
            return Waiting(RunKind.RECONCILE, "", run.commit, run)
        case _:
            raise AssertionError(f"no run for {event}")


def _other_claims(how: Forgery, run: Waiting) -> dict[str, JsonValue]:
    """What the genuine token of a run says that is not the pull request's own plan."""
    if how is Forgery.OTHER_PULL_REQUEST:
        return {"ref": f"refs/pull/{run.number + 1}/merge"}
    if how is Forgery.OTHER_EVENT:
        return {"event_name": "push", "ref": f"refs/heads/{run.environment}", "base_ref": ""}
    other = f"{REPOSITORY}/.github/workflows/other.yml@refs/pull/{run.number}/merge"
    return {"workflow_ref": other, "job_workflow_ref": other}
