"""A repository in memory whose environments take hotfixes, and the product's real entry run in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from gitops_bot.commands.effects import Effects, RunFacts
from gitops_bot.commands.handle_event import handle_event
from gitops_bot.core.errors import GitopsBotError
from gitops_bot.core.events import Command, Dispatched, Part, PullRequestUpdated
from gitops_bot.core.json_values import JsonValue, as_list
from gitops_bot.core.ledger import TASK
from gitops_bot.core.reviews import Review, ReviewState
from gitops_bot.ports import CheckRun, PullRequest
from tests.kit.fake_cloud import FakeCloudSession
from tests.kit.fake_witness import FakeWitness
from tests.kit.histories.memory import Recorder
from tests.kit.model_terraform import Backends, ModelTerraform, State, Wanted, resource_text
from tests.kit.world import REPOSITORY, WORKFLOW, Started, World

ENVIRONMENTS = ("devops", "dev", "staging", "prod")
LABEL = "gitops-bot: hotfix"
CONFIG = """\
environments:
  - name: devops
  - name: dev
  - name: staging
    hotfix: {by: [kim]}
  - name: prod
    hotfix: {by: [Kim, lee]}
approval: {provenance: required}
projects: [{name: stack, dir: infra, backend_config: ["envs/{environment}.tfbackend"]}]
"""


@dataclass
class Ran:
    """What one run did: its result, its error ("" for none), its outputs, its log and summary."""

    result: str = ""
    error: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    text: str = ""


def resource(value: str, name: str = "a") -> str:
    """A resource with this input."""
    return resource_text(name, Wanted(value, "t"))


class HotfixScene:
    """Four environments that hold and have applied the same content. `folder` takes the checkouts."""

    def __init__(self, folder: Path, config: str = CONFIG) -> None:
        self._folder, self._checkouts = folder, 0
        self.backends = Backends()
        self.world = World(ENVIRONMENTS)
        self.host = self.world.host
        self.host.permissions.update({"kim": "admin", "lee": "write", "mallory": "write"})
        files = {
            ".gitops-bot.yml": config,
            WORKFLOW: "on: push\n",
            "infra/main.tf": "",
            **{f"envs/{name}.tfbackend": key(name) for name in ENVIRONMENTS},
        }
        start = self.world.commit(ENVIRONMENTS[0], files)
        for name in ENVIRONMENTS:
            self.host.branches[name] = start
            self.backends.states[key(name)] = State(f"lineage-of-{name}", 1)
        self.world.runs.clear()
        for name in ENVIRONMENTS:
            assert "baseline" == self.dispatch(Command.BASELINE, name, name).result

    # --- runs ---

    def dispatch(
        self, command: Command, environment: str, branch: str, to_commit: str = "", part: Part = Part.ALL
    ) -> Ran:
        """Dispatch a command and run for it, or for this part of it."""
        self.world.dispatch(command, environment, branch)
        started = self.world.runs.pop()
        assert isinstance(started.event, Dispatched)
        return self.run(replace(started, event=replace(started.event, to_commit=to_commit, part=part)))

    def run_all(self) -> list[Ran]:
        """Run for every event that waits."""
        found = []
        while self.world.runs:
            found.append(self.run(self.world.runs.pop(0)))
        return found

    def dispatched(self) -> list[tuple[str, str]]:
        """The commands that runs asked for, with their branches; they are taken, and not run."""
        found = [(inputs["command"], branch) for _, branch, inputs in self.host.dispatched]
        self.host.dispatched.clear()
        return found

    def run(self, started: Started) -> Ran:
        """The product's run for one event."""
        step = Recorder()
        effects = self.effects(started.commit, step, dict(started.claims))
        facts = RunFacts(
            str(1000 + self._checkouts), "pat", REPOSITORY, "https://github.example", workflow="gitops.yml"
        )
        error = ""
        try:
            handle_event(started.event, effects, facts, apply_on_closed=False)
        except GitopsBotError as ended:
            error = str(ended)
        return Ran(step.outputs.get("result", ""), error, step.outputs, "\n".join(step.lines))

    def effects(self, commit: str, step: Recorder, claims: Mapping[str, JsonValue]) -> Effects:
        """The outside of a run in a new checkout of that commit."""
        self._checkouts += 1
        folder = self._folder / str(self._checkouts)
        tree = self.world.tree_at(commit, folder / "checkout")
        (folder / "scratch").mkdir()
        return Effects(
            self.host,
            tree,
            step,
            folder / "scratch",
            lambda root: self.world.open_tree(self.world.merged_at[root], root),
            lambda *_: FakeCloudSession(),
            lambda *_: ModelTerraform(self.backends, lambda _: None),
            clock=self.world.clock,
            witness=FakeWitness(self.world.clock, claims),
        )

    # --- people ---

    def propose(self, base: str, files: Mapping[str, str | None], branch: str = "feature") -> int:
        """A pull request into a branch that changes these files, planned; its number."""
        self.world.commit(branch, files, self.world.head(base))
        number = self.world.open_pull_request(branch, base)
        self.run_all()
        return number

    def approve(self, number: int, by: str, state: ReviewState = ReviewState.APPROVED) -> None:
        """A review of the pull request's head as it is."""
        head = self.host.pulls[number].head
        given = Review(by, state, head, self.world.clock().isoformat())
        self.host.kept_reviews.setdefault(number, []).append(given)

    def label(self, number: int, by: str = "mallory", name: str = LABEL) -> Ran:
        """Somebody sets the label, and its event is run for."""
        self.host.label(number, name, by)
        self.world.reopen(number)
        started = self.world.runs.pop()
        assert isinstance(started.event, PullRequestUpdated)
        return self.run(replace(started, event=replace(started.event, label=name)))

    def merge(self, number: int, method: str = "merge") -> Ran:
        """Merge and run for the push; runs that it dispatches wait."""
        assert self.world.merge(number, method)
        runs = self.run_all()
        return runs[-1]

    def hotfix(
        self, files: Mapping[str, str | None], base: str = "prod", method: str = "merge", branch: str = "fix"
    ) -> int:
        """A hotfix of `pat` that kim let in and that was applied; its number."""
        number = self.propose(base, files, branch)
        self.approve(number, "kim")
        assert "planned" == self.label(number).result
        ran = self.merge(number, method)
        assert "applied" == ran.result, ran
        return number

    # --- what came of it ---

    def pull(self, branch: str) -> PullRequest:
        """The newest pull request from a branch."""
        return next(p for p in reversed(self.host.pulls.values()) if p.head_branch == branch)

    def promotion_check(self, number: int) -> CheckRun:
        """The newest promotion check of a pull request's head."""
        pull = self.host.pulls[number]
        name = f"gitops-bot: promotion {pull.base_branch}"
        return [c for c in self.host.checks if (c.commit, c.name) == (pull.head, name)][-1]

    def hotfixes(self, environment: str) -> list[tuple[list[object], object]]:
        """What the ledger says of hotfixes: numbers and logins, oldest first."""
        kept = self.host.kept_deployments
        found = [d.payload for d in kept if (d.environment, d.task) == (environment, TASK)]
        return [(list(as_list(p["hotfixes"])), p["hotfix_by"]) for p in found if "hotfixes" in p]

    def files(self, branch: str) -> dict[str, str]:
        """The Terraform files of a branch."""
        held = self.world.files[self.world.head(branch)]
        return {path: text for path, text in held.items() if path.endswith(".tf")}


def key(environment: str) -> str:
    """The backend configuration of an environment, which names its state."""
    return f'path = "{environment}"'
