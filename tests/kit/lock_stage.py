"""A stage whose states lie in S3 with native locking: only there a lock outlives the process that took it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gitops_bot.sandbox import Sandbox
from gitops_bot.sandbox.records import Deploy, Event
from tests.kit.aws import AwsAccounts
from tests.kit.loaded_program import run_program
from tests.kit.needs import needs_program
from tests.kit.processes import until, working_in
from tests.kit.proven_stage import REQUIRED, ProvenStage
from tests.kit.quick_go import QUICK_GO
from tests.kit.stage import ENVIRONMENTS, StepRun

ACCOUNT = "222222222222"
SETTINGS = REQUIRED + "terraform: {lock_timeout: 1s}\n"
RELEASE_OWN = "lock: {release_own: true}\n"
MAIN = """\
terraform {
  backend "s3" {
    region                     = "us-east-1"
    use_lockfile               = true
    use_path_style             = true
    skip_requesting_account_id = true
  }
}

variable "size" {
  type = string
}
"""
SLOW = """\
resource "terraform_data" "first" {{
  input = {{ size = var.size }}
}}

resource "terraform_data" "second" {{
  depends_on = [terraform_data.first]
  provisioner "local-exec" {{
    command = "touch '{folder}/began'; while [ ! -e '{folder}/go' ]; do sleep 0.05; done"
  }}
}}

resource "terraform_data" "third" {{
  depends_on = [terraform_data.second]
}}
"""
RESOURCES = ["terraform_data.first", "terraform_data.second", "terraform_data.third"]


class Clock:
    """The time as it is, which locks are dated by, or some seconds off."""

    def __init__(self) -> None:
        self.off = 0.0

    def __call__(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.off)


class LockStage(ProvenStage):
    """A proven stage with its states in a bucket, whose runs GitHub knows.

    `in_actions`: the log is written for the runner, which looks for commands in it.
    """

    in_actions = False

    def __init__(self, sandbox: Sandbox, folder: Path, aws: AwsAccounts, settings: str) -> None:
        self.aws = aws
        self.clock = Clock()
        self._settings = settings
        self.bucket = f"states-{folder.name}"
        self.s3 = aws.client("s3", ACCOUNT)
        self.s3.create_bucket(Bucket=self.bucket)
        self.marks = folder / "marks"
        self.marks.mkdir()
        super().__init__(sandbox, folder)

    def files(self) -> dict[str, str]:
        files = {**super().files(), ".gitops-bot.yml": self._settings, "infra/main.tf": MAIN}
        files[".gitignore"] = ".terraform/\n.terraform.lock.hcl\n"
        for name in ENVIRONMENTS:
            backend = f'bucket = "{self.bucket}"\nkey    = "{name}/stack.tfstate"\n'
            files[f"envs/{name}.tfbackend"] = backend
        return files

    @property
    def aws_environ(self) -> dict[str, str]:
        """What Terraform needs to come to the bucket."""
        return {**self.aws.environ, **self.aws.setup_key(ACCOUNT).environ()}

    def environ(self, event: Event, work: Path, **more: str) -> dict[str, str]:
        actions = {"GITHUB_ACTIONS": "true"} if self.in_actions else {}
        environ = super().environ(event, work, **{**self.aws_environ, **actions, **more})
        run, attempt = int(environ["GITHUB_RUN_ID"]), int(environ.get("GITHUB_RUN_ATTEMPT", "1"))
        self.hub.runs.start(run, event.sha, attempt=attempt, branch=event.ref.rpartition("/")[2])
        return environ

    # --- what is there ---

    def objects(self) -> dict[str, bytes]:
        """Everything in the bucket."""
        found = self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return {o["Key"]: self.s3.get_object(Bucket=self.bucket, Key=o["Key"])["Body"].read() for o in found}

    def put(self, key: str, content: bytes) -> None:
        """Write an object."""
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=content)

    def put_back(self, objects: dict[str, bytes]) -> None:
        """The bucket holds exactly these."""
        for key in self.objects():
            self.s3.delete_object(Bucket=self.bucket, Key=key)
        for key, content in objects.items():
            self.put(key, content)

    def resources(self, environment: str) -> list[str]:
        state = self.objects().get(f"{environment}/stack.tfstate")
        found = json.loads(state)["resources"] if state else []
        return sorted(f"{r['type']}.{r['name']}" for r in found)

    @property
    def entries(self) -> list[Deploy]:
        """The ledger's, newest first."""
        return self.hub.deployments.newest_first()

    @property
    def announced(self) -> dict[str, Any]:
        """What the newest entry says of its apply."""
        payload = self.entries[0].payload
        assert isinstance(payload, dict)
        return payload


class Killed:
    """A stage on which an apply was killed amid its work, Terraform and all: run `run` of `push`.

    GitHub still calls that run in progress.
    """

    def __init__(self, stage: LockStage) -> None:
        self.stage = stage
        self.number = stage.planned({"infra/slow.tf": SLOW.format(folder=stage.marks)})
        stage.hub.take_events()
        stage.hub.merge(self.number)
        self.push = stage.next_event("push")
        work = stage.checkout(self.push.sha)
        self.environ = stage.environ(self.push, work)
        self.run = self.environ["GITHUB_RUN_ID"]
        bot = subprocess.Popen(
            [sys.executable, "-m", "gitops_bot", "run"], env=self.environ, cwd=work,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        began = stage.marks / "began"
        assert until(lambda: began.exists() or bot.poll() is not None, 60)
        assert began.exists()
        for number in (signal.SIGSTOP, signal.SIGKILL):  # none of them sees another one die
            for pid in working_in(work):
                os.kill(pid, number)
        bot.wait()
        self.at = datetime.now(UTC)
        (stage.marks / "go").touch()
        self.lock_key = "devops/stack.tfstate.tflock"
        self.lock = stage.objects()[self.lock_key]
        self._objects = stage.objects()
        hub = stage.hub
        self._ledgers = (hub.comments, hub.checks, hub.deployments, hub.runs)
        self._kept = [{n: copy(v) for n, v in vars(ledger).items()} for ledger in self._ledgers]

    def back(self) -> None:
        """Bucket, ledger, checks, comments and runs are as the killed run left them."""
        self.stage.put_back(self._objects)
        for ledger, kept in zip(self._ledgers, self._kept, strict=True):
            for name, value in kept.items():
                if isinstance(value, dict | list):
                    setattr(ledger, name, copy(value))
        self.stage.sandbox.faults.clear()
        self.stage.hub.take_events()

    @property
    def info(self) -> dict[str, str]:
        """What Terraform wrote into the lock."""
        return dict(json.loads(self.lock))

    def end(self, attempt: int = 1) -> None:
        """GitHub notices that the run is over. The first attempt ended when it was killed."""
        clock = self.stage.clock
        if attempt == 1:
            clock.off = (self.at - datetime.now(UTC)).total_seconds() + 1
        self.stage.hub.runs.finish(int(self.run), attempt, "failure")
        clock.off = 0.0

    def rerun(self) -> StepRun:
        """The run's second attempt."""
        return self.stage.deliver(self.push, None, GITHUB_RUN_ID=self.run, GITHUB_RUN_ATTEMPT="2")

    def relock(self, content: bytes) -> None:
        """Another lock in the place of the one that was left."""
        self.stage.put(self.lock_key, content)

    def now_locked(self) -> bytes | None:
        """The lock as it is now."""
        return self.stage.objects().get(self.lock_key)


@dataclass(frozen=True, slots=True)
class Shell:
    """`gitops-bot unlock` as a person runs it, with a token and AWS keys of their own."""

    stage: LockStage

    def __call__(self, *more: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """In a work tree of devops, for that environment."""
        sandbox, folder = self.stage.sandbox, self.stage.checkout(self.stage.head("devops"))
        known = {
            **QUICK_GO,
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TF_CLI_CONFIG_FILE": os.devnull,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GITHUB_API_URL": sandbox.api_url,
            "GITHUB_SERVER_URL": sandbox.server_url,
            "GITHUB_REPOSITORY": sandbox.repository,
            "GITHUB_TOKEN": self.stage.token,
        }
        return run_program(
            ["unlock", str(folder), "--environment", "devops", *more],
            environ={**known, **self.stage.aws_environ, **environ}, cwd=self.stage.folder, timeout=120,
        )  # fmt: skip


class Person:
    """Somebody who applies by hand, on the state of devops, until they are let go."""

    def __init__(self, stage: LockStage, folder: Path) -> None:
        self._stage, self._folder = stage, folder
        folder.mkdir()
        main = MAIN.replace("type = string", 'default = "by hand"')
        (folder / "main.tf").write_text(main + SLOW.format(folder=folder))
        known = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        self._environ = {**QUICK_GO, **known, **stage.aws_environ}
        backend = [f"-backend-config=bucket={stage.bucket}", "-backend-config=key=devops/stack.tfstate"]
        subprocess.run(
            ["terraform", "init", "-input=false", *backend], cwd=folder, env=self._environ, check=True,
            capture_output=True, timeout=60,
        )  # fmt: skip

    @contextmanager
    def applying(self) -> Iterator[None]:
        """Their apply is going on inside, and ends well."""
        argv = ["terraform", "apply", "-auto-approve", "-input=false"]
        with subprocess.Popen(
            argv, cwd=self._folder, env=self._environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as terraform:
            try:
                assert until((self._folder / "began").exists, 60)
                yield
                assert terraform.poll() is None
            finally:
                (self._folder / "go").touch()
        assert terraform.returncode == 0


@contextmanager
def lock_stage(folder: Path, aws: AwsAccounts, settings: str = SETTINGS) -> Iterator[LockStage]:
    """A stage inside `folder`, which it makes. Needs terraform and git."""
    needs_program("terraform")
    needs_program("git")
    folder.mkdir()
    clock = Clock()
    with Sandbox.start(folder / "hub", clock=clock) as sandbox:
        made = LockStage(sandbox, folder, aws, settings)
        made.clock = clock
        yield made
