"""The whole product on a stage: a sandbox repository, and `gitops-bot run` as a runner starts it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from gitops_bot.sandbox import Sandbox
from gitops_bot.sandbox.records import Check, Event
from tests.kit.loaded_program import run_program
from tests.kit.needs import needs_program
from tests.kit.quick_go import QUICK_GO
from tests.kit.sandbox_story import TickingClock, git

ENVIRONMENTS = ("devops", "dev", "staging", "prod")

CONFIG = """\
version: 1
environments: [{name: devops}, {name: dev}, {name: staging}, {name: prod}]
projects:
  - name: stack
    dir: infra
    var_files: ["envs/{environment}.tfvars"]
    backend_config: ["envs/{environment}.tfbackend"]
"""
MAIN = """\
terraform {
  backend "local" {}
}

variable "size" {
  type = string
}
"""
NETWORK = """\
resource "terraform_data" "network" {
  input = { size = var.size }
}
"""


class StepRun(Struct, frozen=True):
    """What one `gitops-bot run` did: exit code, both streams, step outputs and job summary."""

    code: int
    stdout: str
    stderr: str
    outputs: dict[str, str]
    summary: str


def read_outputs(text: str) -> dict[str, str]:
    """GITHUB_OUTPUT's heredocs."""
    outputs: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, _, delimiter = line.partition("<<")
        value = []
        for part in lines:
            if part == delimiter:
                break
            value.append(part)
        outputs[name] = "\n".join(value)
    return outputs


class Stage:
    """A sandbox whose four branches hold the same empty stack, and a runner for its events."""

    program = staticmethod(run_program)
    """What runs the program: a fork of a process that has loaded it."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.hub = sandbox.hub
        self.folder = folder
        self.token = sandbox.issue_token()
        self._runs = 0
        self.hub.commit("devops", self.files(), "Start")
        for name in ENVIRONMENTS[1:]:
            self.hub.create_ref(f"refs/heads/{name}", self.head("devops"))
        self.hub.take_events()

    def files(self) -> dict[str, str]:
        """What all four branches start with."""
        files = {".gitops-bot.yml": CONFIG, ".gitignore": ".terraform/\n", "infra/main.tf": MAIN}
        for name in ENVIRONMENTS:
            files[f"envs/{name}.tfvars"] = f'size = "{name}-small"\n'
            files[f"envs/{name}.tfbackend"] = f'path = "{self.state_file(name)}"\n'
        return files

    def state_file(self, environment: str) -> Path:
        """Where an environment's state lives."""
        return self.folder / "states" / f"{environment}.tfstate"

    def resources(self, environment: str) -> list[str]:
        """The addresses in an environment's state."""
        path = self.state_file(environment)
        if not path.exists() or not path.read_text():  # Terraform makes an empty one to lock it
            return []
        state = json.loads(path.read_text())
        return sorted(f"{r['type']}.{r['name']}" for r in state["resources"])

    def head(self, branch: str) -> str:
        """The commit a branch is at."""
        found = self.hub.store.branch(branch)
        assert found is not None, branch
        return found

    def pull_request(
        self,
        files: Mapping[str, str],
        *,
        base: str = "devops",
        branch: str = "feature",
        title: str = "A change",
    ) -> int:
        """Commit files to a branch made from `base` and open its pull request."""
        if self.hub.store.branch(branch) is None:
            self.hub.create_ref(f"refs/heads/{branch}", self.head(base))
        self.hub.commit(branch, dict(files), title)
        self.hub.take_events()
        return self.hub.open_pull_request(title, branch, base).number

    def checkout(self, commit: str, depth: int = 0) -> Path:
        """A work tree as actions/checkout makes it, with history unless `depth` says otherwise."""
        work = self._new_work()
        work.mkdir(parents=True)
        git(work, "init", "--quiet", "--template=")
        with (work / ".git/config").open("a") as config:  # what `git remote add` writes
            fetch = "+refs/heads/*:refs/remotes/origin/*"
            config.write(f'[remote "origin"]\n\turl = file://{self.sandbox.clone_url}\n\tfetch = {fetch}\n')
        shallow = [f"--depth={depth}"] if depth else []
        git(work, "fetch", "--quiet", "--no-auto-maintenance", *shallow, "origin", fetch, commit)
        git(work, "checkout", "--quiet", "--detach", commit)
        return work

    def copy_of(self, work: Path) -> Path:
        """Another work tree like one in which nothing has run yet."""
        return Path(shutil.copytree(work, self._new_work(), symlinks=True))

    def _new_work(self) -> Path:
        self._runs += 1
        return self.folder / "work" / str(self._runs)

    def environ(self, event: Event, work: Path, **more: str) -> dict[str, str]:
        """What a runner gives a step."""
        files = self.folder / "step" / str(self._runs)
        files.mkdir(parents=True, exist_ok=True)
        (files / "event.json").write_text(json.dumps(event.payload))
        return {
            **QUICK_GO,
            "PATH": os.environ["PATH"],
            "HOME": str(files),
            "TF_CLI_CONFIG_FILE": os.devnull,
            "GITHUB_EVENT_NAME": event.name,
            "GITHUB_EVENT_PATH": str(files / "event.json"),
            "GITHUB_REPOSITORY": self.sandbox.repository,
            "GITHUB_SHA": event.sha,
            "GITHUB_REF": event.ref,
            "GITHUB_WORKSPACE": str(work),
            "GITHUB_API_URL": self.sandbox.api_url,
            "GITHUB_SERVER_URL": self.sandbox.server_url,
            "GITHUB_RUN_ID": str(1000 + self._runs),
            "GITHUB_WORKFLOW_REF": f"{self.sandbox.repository}/.github/workflows/gitops.yml@{event.ref}",
            "GITHUB_ACTOR": "pat",
            "GITHUB_TOKEN": self.token,
            "GITHUB_OUTPUT": str(files / "output"),
            "GITHUB_STEP_SUMMARY": str(files / "summary"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            **more,
        }

    def deliver(self, event: Event | None = None, work: Path | None = None, **more: str) -> StepRun:
        """Run the program for an event: the given one, else the oldest that waits."""
        event = event or self.hub.events.popleft()
        work = work or self.checkout(event.sha)
        environ = self.environ(event, work, **more)
        done = self.program(["run"], environ=environ, cwd=work)
        output, summary = Path(environ["GITHUB_OUTPUT"]), Path(environ["GITHUB_STEP_SUMMARY"])
        return StepRun(
            done.returncode,
            done.stdout,
            done.stderr,
            read_outputs(output.read_text()) if output.exists() else {},
            summary.read_text() if summary.exists() else "",
        )

    def next_event(self, name: str, action: str = "") -> Event:
        """The oldest waiting event of that name (and action); those before it are dropped."""
        while True:
            event = self.hub.events.popleft()
            if event.name == name and (not action or event.payload.get("action") == action):
                return event

    def plan(self, number: int) -> StepRun:
        """Plan a pull request that was just opened."""
        event = self.next_event("pull_request", "opened")
        assert event.payload["number"] == number
        return self.deliver(event)

    def merge(self, number: int, method: str = "merge") -> StepRun:
        """Merge a pull request and run for the push."""
        self.hub.take_events()
        self.hub.merge(number, method)  # type: ignore[arg-type]  # a literal in the sandbox
        return self.deliver(self.next_event("push"))

    def dispatch(self, command: str, environment: str, ref: str, **inputs: str) -> StepRun:
        """Dispatch the workflow and run for it."""
        self.hub.take_events()
        self.hub.dispatch("gitops.yml", ref, {"command": command, "environment": environment, **inputs})
        return self.deliver(self.next_event("workflow_dispatch"))

    def comments(self, number: int) -> list[str]:
        """The texts of a pull request's comments."""
        return [c.body for c in self.hub.comments.of(number)]

    def texts(self, number: int) -> list[str]:
        """Every text a pull request's comments have had, each comment's oldest first."""
        return [text for c in self.hub.comments.of(number) for text in (*c.edits, c.body)]

    def check_runs(self, commit: str) -> list[Check]:
        """The newest check run of each name on a commit."""
        return self.hub.checks.of(commit)

    def checks(self, commit: str) -> dict[str, str]:
        """Conclusions of the newest check runs on a commit, by name."""
        return {c.name: c.conclusion or "" for c in self.check_runs(commit)}

    def applies(self) -> list[tuple[str, str]]:
        """The ledger's deployments, newest first: each one's first ending status and its description."""
        found = []
        for deployment in self.hub.deployments.newest_first():
            ends = [s for s in deployment.statuses if s.state in ("success", "failure")]
            found.append((ends[-1].state, ends[-1].description) if ends else ("", ""))
        return found


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """A stage inside `folder`. Needs terraform and git."""
    needs_program("terraform")
    needs_program("git")
    (folder / "states").mkdir()
    with Sandbox.start(folder / "hub", clock=TickingClock()) as sandbox:
        yield Stage(sandbox, folder)
