"""Histories on the real thing: the sandbox over HTTP, real git, the real program and Terraform."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gitops_bot.core.ledger import TASK
from gitops_bot.ports import DeploymentState, PullRequest
from gitops_bot.sandbox import Sandbox
from gitops_bot.sandbox.git_store import Signature
from gitops_bot.sandbox.records import Event
from gitops_bot.sandbox.refusals import Refused
from tests.kit.histories.ground import Applying, Delivered, Forgery, Ledger, RunKind, Waiting
from tests.kit.model_terraform import Goes, State, Thing, Wanted, resource_text
from tests.kit.proven_stage import WORKFLOW, ProvenStage
from tests.kit.sandbox_story import git

# The real Terraform, which leaves each plan's JSON and each apply's exit code in a folder.
_SPY = """\
#!/bin/sh
case "$1" in
show)
    {terraform} "$@" > {spied}/document; code=$?
    cp {spied}/document {spied}/$(date +%s%N).show; cat {spied}/document; exit $code;;
apply)
    {terraform} "$@"; code=$?
    echo $code > {spied}/$(date +%s%N).apply; exit $code;;
esac
exec {terraform} "$@"
"""
_KINDS = {
    "apply": RunKind.APPLY, "promote": RunKind.PROMOTE, "baseline": RunKind.BASELINE,
    "reconcile": RunKind.RECONCILE,
}  # fmt: skip
_PLANNED = ("opened", "synchronize", "reopened")


class RealStage(ProvenStage):
    """A stage with the given environments, where nothing is wanted yet."""

    def __init__(self, sandbox: Sandbox, folder: Path, environments: tuple[str, ...]) -> None:
        self.environments = environments
        super().__init__(sandbox, folder)

    def files(self) -> dict[str, str]:
        names = ", ".join(f"{{name: {name}}}" for name in self.environments)
        config = (
            f"environments: [{names}]\napproval: {{provenance: required}}\n"
            'projects: [{name: stack, dir: infra, backend_config: ["envs/{environment}.tfbackend"]}]\n'
        )
        main = 'terraform {\n  backend "local" {}\n}\n'
        backends = {
            f"envs/{name}.tfbackend": f'path = "{self.state_file(name)}"\n' for name in self.environments
        }
        ignored = ".terraform/\n"
        start = {
            ".gitops-bot.yml": config,
            WORKFLOW: "on: push\n",
            ".gitignore": ignored,
            "infra/main.tf": main,
        }
        return {**start, **backends}


class RealGround:
    """Implements `Ground`."""

    def __init__(self, sandbox: Sandbox, folder: Path, environments: tuple[str, ...]) -> None:
        self.environments = environments
        self.stage = RealStage(sandbox, folder, environments)
        self.hub, self._repository = sandbox.hub, Path(sandbox.clone_url)
        self._failing, self._spied, bin_ = folder / "failing", folder / "spied", folder / "bin"
        for made in (self._failing, self._spied, bin_):
            made.mkdir()
        terraform = shutil.which("terraform")
        (bin_ / "terraform").write_text(_SPY.format(terraform=terraform, spied=self._spied))
        (bin_ / "terraform").chmod(0o755)
        self._path = f"{bin_}{os.pathsep}{os.environ['PATH']}"

    # --- the repository ---

    def head(self, branch: str) -> str:
        return self.stage.head(branch)

    def files(self, commit: str) -> Mapping[str, str]:
        names = git(self._repository, "ls-tree", "--name-only", commit, "infra/").split()
        return {
            name: git(self._repository, "show", f"{commit}:{name}") + "\n"
            for name in names
            if name.endswith(".tf")
        }

    def tree(self, commit: str) -> str:
        return git(self._repository, "rev-parse", f"{commit}^{{tree}}")

    def base_of(self, merge: str) -> str:
        return git(self._repository, "rev-parse", f"{merge}^1")

    def reachable(self, commit: str) -> set[str]:
        return set(git(self._repository, "rev-list", commit).split())

    def pulls(self) -> list[PullRequest]:
        return [
            PullRequest(
                p.number, p.title, p.head_sha, p.head, p.base, "", p.state, p.merged,
                p.merge_sha if p.merged else "",
            )
            for p in self.hub.pulls()
        ]  # fmt: skip

    def text(self, name: str, input: str, trigger: str, create_first: bool) -> str:
        return resource_text(name, Wanted(input, trigger, create_first), self._failing)

    def commit(self, branch: str, files: Mapping[str, str | None], start: str = "") -> str:
        return self.hub.commit(branch, dict(files), "Change", start=start or None)

    def open_pull_request(self, branch: str, base: str) -> int:
        return self.hub.open_pull_request("A change", branch, base).number

    def merge(self, number: int, method: str) -> bool:
        try:
            self.hub.merge(number, method)  # type: ignore[arg-type]  # a literal in the sandbox
        except Refused:
            return False
        return True

    def update(self, number: int) -> bool:
        pull = self.hub.pull(number)
        base = self.head(pull.base)
        if self.hub.store.is_ancestor(base, pull.head_sha):
            return False
        who = Signature("Pat", "pat@example.com", self.hub.site.now())
        merged = self.hub.store.merge_commit(pull.head_sha, base, "Update", who, who)
        if merged is not None:
            self.hub.update_ref(f"refs/heads/{pull.head}", merged)
        return merged is not None

    def reopen(self, number: int) -> None:
        self.hub.close(number)
        self.hub.reopen(number)

    def dispatch(self, command: str, environment: str, branch: str) -> None:
        self.hub.dispatch("gitops.yml", branch, {"command": command, "environment": environment})

    def schedule(self) -> None:
        self.hub.schedule("0 * * * *")

    def later(self) -> None:
        """The sandbox's clock stands far in the past, so every job is over."""

    # --- runs ---

    def started(self) -> list[Waiting]:
        found = [self._waiting(event) for event in self.hub.take_events()]
        return [run for run in found if run is not None]

    def _waiting(self, event: Event) -> Waiting | None:
        payload: dict[str, Any] = event.payload
        match event.name:
            case "pull_request" if payload["action"] in _PLANNED:
                pull = payload["pull_request"]
                base, head = pull["base"]["ref"], pull["head"]["sha"]
                return Waiting(RunKind.PLAN, base, event.sha, event, payload["number"], head)
            case "push":
                branch = event.ref.removeprefix("refs/heads/")
                known = branch in self.environments
                return Waiting(RunKind.APPLY, branch, event.sha, event) if known else None
            case "workflow_dispatch":
                inputs = payload["inputs"]
                return Waiting(_KINDS[inputs["command"]], inputs["environment"], event.sha, event)
            case "schedule":
                return Waiting(RunKind.RECONCILE, "", event.sha, event)
            case _:
                return None

    def deliver(self, run: Waiting, fail_call: int | None = None) -> Delivered:
        assert isinstance(run.handle, Event)
        before = {name: (self.state(name), self.ledger(name)) for name in self.environments}
        for old in self._spied.iterdir():
            old.unlink()
        done = self.stage.deliver(run.handle, PATH=self._path)
        seen = sorted(f for f in self._spied.iterdir() if f.suffix)
        plans = tuple(f.read_bytes() for f in seen if f.suffix == ".show")
        codes = [f.read_text().strip() for f in seen if f.suffix == ".apply"]
        applies = []
        if codes:
            state, ledger = before[run.environment]
            succeeded = codes == ["0"]
            applies = [
                Applying(run.environment, plans[0], state, self.state(run.environment), succeeded, ledger)
            ]
            self.forget_orders()
        error = "" if done.code in (0, 1) else f"exit code {done.code}: {done.stderr}"
        return Delivered(
            done.outputs.get("result", ""),
            error,
            plans,
            tuple(applies),
            int(done.outputs.get("promotion-pr", "0")),
            f"{done.stdout}\n{done.stderr}\n{done.summary}",
        )

    def forge(self, run: Waiting, how: Forgery) -> None:
        self.stage.without_token = how is Forgery.NO_PROOF
        self.stage.claims = _claims(how, run)
        assert isinstance(run.handle, Event)
        self.stage.deliver(run.handle)
        self.stage.without_token, self.stage.claims = False, {}

    # --- what came of it ---

    def ledger(self, environment: str) -> Ledger:
        found = []
        for deployment in self.hub.deployments.newest_first():
            if (deployment.environment, deployment.task) == (environment, TASK):
                ends = [s.state for s in deployment.statuses if s.state in ("success", "failure")]
                found.append((deployment.sha, DeploymentState(ends[0]) if ends else None))
        return tuple(found)

    def apply_check(self, environment: str, commit: str) -> tuple[str, str]:
        checks = [c for c in self.hub.checks.of(commit) if c.name == f"gitops-bot: apply {environment}"]
        return (checks[0].conclusion or "", checks[0].summary or "") if checks else ("", "")

    def state(self, environment: str) -> State:
        file = self.stage.state_file(environment)
        if not file.exists():
            return State()
        document = json.loads(file.read_text())
        things, deposed = {}, {}
        for resource in document["resources"]:
            address = f"{resource['type']}.{resource['name']}"
            for instance in resource["instances"]:
                values = instance["attributes"]
                thing = Thing(
                    values["id"], _value(values["input"]), _value(values["triggers_replace"]),
                    instance.get("status") == "tainted",
                )  # fmt: skip
                if "deposed" in instance:
                    deposed[address, instance["deposed"]] = thing
                else:
                    things[address] = thing
        return State(document["lineage"], document["serial"], things, deposed)

    def change_state(self, environment: str, state: State) -> None:
        file = self.stage.state_file(environment)
        document = json.loads(file.read_text())
        document["serial"] += 1
        kept = []
        for resource in document["resources"]:
            thing = state.things.get(f"{resource['type']}.{resource['name']}")
            if thing is None:
                continue
            for instance in resource["instances"]:
                stored = {"value": thing.input, "type": "string"}
                instance["attributes"] |= {"id": thing.id, "input": stored, "output": stored}
            kept.append(resource)
        document["resources"] = kept
        file.write_text(json.dumps(document))

    def order(self, environment: str, at: int, goes: Goes) -> None:
        names = "abcd" if goes is Goes.HALF else "abcd"[at % 4]
        for name in names:
            (self._failing / f"{'create' if goes is Goes.HALF else 'destroy'}-{name}").touch()

    def forget_orders(self) -> None:
        for file in self._failing.iterdir():
            file.unlink()


def _value(stored: Any) -> str:
    return str(stored["value"]) if isinstance(stored, dict) else str(stored)


def _claims(how: Forgery, run: Waiting) -> dict[str, Any]:
    match how:
        case Forgery.NO_PROOF:
            return {}
        case Forgery.OWN_KEY:
            return {"iss": "https://token.example.com"}
        case Forgery.OTHER_PULL_REQUEST:
            return {"ref": f"refs/pull/{run.number + 1}/merge"}
        case Forgery.OTHER_EVENT:
            return {"event_name": "push", "ref": f"refs/heads/{run.environment}", "base_ref": ""}
        case Forgery.OTHER_WORKFLOW:
            other = f"acme/infra/.github/workflows/other.yml@refs/pull/{run.number}/merge"
            return {"workflow_ref": other, "job_workflow_ref": other}
