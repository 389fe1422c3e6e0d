"""A Terraform project in a folder of its own and the runner for it. Nothing is downloaded: the resources
are of `terraform_data`, which is built in."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec.structs import replace

from gitops_bot.adapters.terraform.runner import TerraformBinary
from gitops_bot.core.environments import TerraformSettings
from gitops_bot.core.report import Applied
from gitops_bot.ports import PlanErrored, PlanMade, ProjectRun
from tests.kit.fake_cloud import FakeCloudSession
from tests.kit.needs import needs_program
from tests.kit.quick_go import QUICK_GO

SETTINGS = TerraformSettings(lock_timeout="0s", timeout=120)
ONE = 'resource "terraform_data" "one" {\n  input = 1\n}\n'
SLOW = """
resource "terraform_data" "first" {
}
resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "sleep 30"
  }
}
resource "terraform_data" "last" {
  depends_on = [terraform_data.slow]
}
"""

BOT = """
import os, sys
from pathlib import Path
from gitops_bot.adapters.aws.ambient import Ambient
from gitops_bot.adapters.aws.session import AwsSession
from gitops_bot.adapters.terraform.runner import TerraformBinary
from gitops_bot.core.aws import AwsSettings, Phase, RunIdentity
from gitops_bot.core.environments import Environment, TerraformSettings
from gitops_bot.ports import ProjectRun

def say(line):
    print(line, flush=True)

folder = Path(sys.argv[1])
dev, ambient = Environment("dev", "dev"), Ambient(os.environ)
session = AwsSession(dev, Phase.APPLY, AwsSettings(), RunIdentity(), os.environ, ambient, print)
runner = TerraformBinary(TerraformSettings(), os.environ, session)
run = ProjectRun(folder, writes=True)
made = runner.plan(run, folder / "plan.bin", say)
applied = runner.apply(run, made, say)
say(str([(r.address, r.state.value) for r in applied.resources]))
say(str((applied.succeeded, applied.interrupted)))
"""
"""Plans and applies the project in the folder given."""


class Bench:
    """A project in a folder of its own, and the runner under test."""

    def __init__(self, folder: Path, settings: TerraformSettings = SETTINGS) -> None:
        self.folder = folder / "project"
        self.folder.mkdir()
        self.environ = {**QUICK_GO, "PATH": os.environ["PATH"], "HOME": str(folder)}
        self.runner = TerraformBinary(settings, self.environ, FakeCloudSession())
        self.run = ProjectRun(self.folder)
        self.plan_file = folder / "plan.bin"
        self.said: list[str] = []

    def write(self, text: str, name: str = "main.tf") -> Path:
        file = self.folder / name
        file.write_text(text)
        return file

    def made(self, plan_file: Path | None = None) -> PlanMade:
        result = self.runner.plan(self.run, plan_file or self.plan_file, self.said.append)
        assert isinstance(result, PlanMade), result
        return result

    def errored(self) -> PlanErrored:
        result = self.runner.plan(self.run, self.plan_file, self.said.append)
        assert isinstance(result, PlanErrored)
        return result

    def apply(self, made: PlanMade) -> Applied:
        return self.runner.apply(self.run, made, self.said.append)

    def state_addresses(self) -> list[str]:
        argv = [needs_program("terraform"), "state", "list"]
        done = subprocess.run(
            argv, cwd=self.folder, env=self.environ, capture_output=True, text=True, check=True
        )
        return done.stdout.split()


def timeless(applied: Applied) -> Applied:
    """The same without durations, which depend on the machine."""
    return replace(applied, resources=tuple(replace(r, seconds=0.0) for r in applied.resources))


def processes_in(folder: Path) -> list[str]:
    """The programs whose working folder this is."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if link.readlink() == folder:
                found.append((link.parent / "comm").read_text().strip())
        except OSError:
            continue
    return found


def wait_until(there: Callable[[], bool], seconds: float = 60) -> None:
    """Return as soon as it is so; fail when it does not become so."""
    deadline = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@contextlib.contextmanager
def state_held(bench: Bench) -> Iterator[dict[str, str]]:
    """An apply holds the state's lock inside; what Terraform wrote about it."""
    bench.write(SLOW.replace("sleep 30", "touch begun; while [ ! -e go ]; do sleep 0.05; done"))
    made = bench.made(bench.plan_file.with_name("held"))
    other = TerraformBinary(SETTINGS, bench.environ, FakeCloudSession())
    results: list[Applied] = []
    thread = threading.Thread(target=lambda: results.append(other.apply(bench.run, made, lambda _: None)))
    thread.start()
    try:
        wait_until((bench.folder / "begun").exists)
        yield json.loads((bench.folder / ".terraform.tfstate.lock.info").read_text())
    finally:
        (bench.folder / "go").touch()
        thread.join(60)
    assert [r.succeeded for r in results] == [True]
