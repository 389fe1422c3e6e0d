"""The tutorial, followed: its own commands in a clone, `gitops-bot run` for the events they cause."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gitops_bot.sandbox import Sandbox
from tests.kit.in_process import deliver_here
from tests.kit.needs import needs_program
from tests.kit.sandbox_story import TickingClock, git
from tests.kit.stage import Stage, StepRun

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorial" / "first-plan-comment.md"
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a step of the tutorial shows: a command's output, and its exit code."""

    text: str
    code: int


class Reader(Stage):
    """Somebody who follows the tutorial in a clone of an empty repository.

    `done` are the lines of the newest block.
    """

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.hub = sandbox.hub
        self.folder = folder
        self.token = sandbox.issue_token()
        self._runs = 0
        self.clone = folder / "hello"
        self.clone.mkdir()
        git(self.clone, "init", "--quiet", "-b", "main")
        git(self.clone, "remote", "add", "origin", str(sandbox.clone_url))
        self.done: list[str] = []
        self.blocks = iter(_BLOCK.findall(TUTORIAL.read_text(encoding="utf-8")))

    def shell(self, commands: str) -> Shown:
        """Run commands as the reader's shell does."""
        environ = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GITHUB_REPOSITORY": self.sandbox.repository,
            "GITHUB_API_URL": self.sandbox.api_url,
            "GH_TOKEN": self.token,
        }
        for role in ("AUTHOR", "COMMITTER"):
            environ |= {f"GIT_{role}_NAME": "Pat", f"GIT_{role}_EMAIL": "pat@example.com"}
        done = subprocess.run(
            ["bash", "-euc", commands], cwd=self.clone, env=environ,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False, timeout=60,
        )  # fmt: skip
        return Shown(done.stdout, done.returncode)

    def follow(self) -> Shown:
        """Do what the tutorial's next block says, but for what is installed already and what `gh` does.

        `init` is not asked, since there is no terminal.
        """
        lines = next(self.blocks).splitlines()
        here = [line for line in lines if not re.match(r"pipx |gh |export GH_TOKEN=", line)]
        self.done = lines
        shown = self.shell("\n".join(here).replace("gitops-bot init", "gitops-bot init --yes"))
        for line in lines:
            if line.startswith("gh pr create "):
                given = shlex.split(line.removeprefix("gh pr create "))
                option = dict(zip(given[::2], given[1::2], strict=True))
                self.hub.take_events()
                self.hub.open_pull_request(option["--title"], option["--head"], option["--base"])
        return shown

    def run_for(self, action: str) -> StepRun:
        """The run for what happened to a pull request."""
        return deliver_here(self, self.next_event("pull_request", action))


@contextmanager
def reader(folder: Path) -> Iterator[Reader]:
    """A reader inside `folder`. Needs terraform and git."""
    needs_program("terraform")
    needs_program("git")
    with Sandbox.start(folder / "hub", clock=TickingClock()) as sandbox:
        yield Reader(sandbox, folder)
