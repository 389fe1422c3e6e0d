"""Plays the workflow runner: for each event a fresh checkout and the real `gitops-bot run` in it."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gitops_bot.core.errors import RunFailed
from gitops_bot.sandbox.records import Event
from gitops_bot.sandbox.server import Sandbox
from gitops_bot.sandbox.step_log import StepLog, read_outputs

_PATIENCE = 10.0
_READ_AND_REPORT = {"contents": "read", "pull-requests": "write", "checks": "write"}
_PLAN_JOB = {**_READ_AND_REPORT, "deployments": "read"}
_APPLY_JOB = {**_READ_AND_REPORT, "deployments": "write", "actions": "write"}
_PROMOTE_JOB = {**_PLAN_JOB, "contents": "write"}
_RECONCILE_JOB = {**_PLAN_JOB, "actions": "write"}
_REMOVED = ("GITHUB_", "INPUT_", "GITOPS_BOT_", "ACTIONS_", "RUNNER_", "TF_", "GIT_")


@dataclass(frozen=True, slots=True)
class Run:
    """One finished workflow run."""

    number: int
    label: str
    code: int
    result: str
    seconds: float
    log: tuple[str, ...]


def label(event: Event) -> str:
    """The event in a few words."""
    if event.name == "push":
        return f"push to {event.ref.removeprefix('refs/heads/')}"
    if event.name == "workflow_dispatch":
        inputs = event.payload["inputs"]
        return f"workflow_dispatch {inputs.get('command', '')} {inputs.get('environment', '')}".strip()
    if event.name == "schedule":
        return "schedule"
    pull = event.payload.get("pull_request") or {}
    action = "merged" if pull.get("merged") else event.payload.get("action", "")
    return f"{event.name} #{event.payload.get('number', '')} {action}".strip()


def clean_environment() -> dict[str, str]:
    """This process's variables without those that would steer a step, git or Terraform."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_REMOVED)}
    direct = ",".join(v for v in (kept.get("NO_PROXY") or kept.get("no_proxy"), "127.0.0.1") if v)
    return kept | {
        "NO_PROXY": direct,
        "no_proxy": direct,
        "TF_CLI_CONFIG_FILE": os.devnull,
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "PYTHONIOENCODING": "utf-8",
        "PYTHONUNBUFFERED": "1",
    }


def checkout(clone_url: str, folder: Path, ref: str, sha: str) -> None:
    """What actions/checkout does with `fetch-depth: 0`."""
    folder.mkdir(parents=True)
    environ = clean_environment()
    for arguments in (
        ("init", "--quiet", "--initial-branch=none"),
        ("remote", "add", "origin", clone_url),
        ("fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*", f"+{ref}:refs/remotes/event"),
        ("-c", "advice.detachedHead=false", "checkout", "--quiet", "--detach", sha),
    ):
        done = subprocess.run(
            ["git", *arguments], cwd=folder, env=environ, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RunFailed(f"The checkout failed in git {arguments[0]}: {' '.join(done.stderr.split())}")


def stream(argv: list[str], folder: Path, environ: Mapping[str, str], on_line: Callable[[str], None]) -> int:
    """Run a program and hand on each line as it comes; a sign of life when nothing does."""
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    with subprocess.Popen(
        argv,
        cwd=folder,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as child:
        assert child.stdout is not None  # noqa: S101 - asked for above
        source = child.stdout

        def pump() -> None:
            for line in source:
                lines.put(line)
            lines.put(None)

        threading.Thread(target=pump, daemon=True).start()
        started = time.monotonic()
        try:
            while True:
                try:
                    line = lines.get(timeout=_PATIENCE)
                except queue.Empty:
                    on_line(f"... still working ({time.monotonic() - started:.0f} s)\n")
                    continue
                if line is None:
                    return child.wait()
                on_line(line)
        except BaseException:  # interrupted: nothing of ours stays behind
            child.terminate()
            child.wait()
            raise


class Runner:
    """Runs workflow runs, one after another. `folder` keeps what each run was given and said."""

    def __init__(self, sandbox: Sandbox, folder: Path, show: Callable[[str], None]) -> None:
        self.runs: list[Run] = []
        self._sandbox, self._folder, self._show = sandbox, folder, show

    def run(self, event: Event) -> Run:
        """One event, in a fresh checkout that is gone afterwards."""
        number = len(self.runs) + 1
        records = self._folder / f"{number:03}"
        records.mkdir(parents=True)
        log, started = StepLog(), time.monotonic()
        with tempfile.TemporaryDirectory(prefix="gitops-bot-demo-") as name:
            work = Path(name).resolve()
            checkout(self._sandbox.clone_url, work / "checkout", event.ref, event.sha)
            (work / "temp").mkdir()
            environ = clean_environment() | self._step(event, number, records, work)
            argv = [sys.executable, "-P", "-m", "gitops_bot", "run"]
            code = stream(argv, work / "checkout", environ, lambda line: self._line(log, line))
        text = "\n".join(log.lines) + "\n"
        (records / "log.txt").write_text(text, encoding="utf-8", errors="replace")
        result = read_outputs(records / "outputs").get("result", "")
        seconds = time.monotonic() - started
        done = Run(number, label(event), code, result, seconds, tuple(log.lines))
        self.runs.append(done)
        return done

    def _line(self, log: StepLog, line: str) -> None:
        shown = log.read(line)
        if shown is not None and shown.strip():
            self._show(shown)

    def _step(self, event: Event, number: int, records: Path, work: Path) -> dict[str, str]:
        """What GitHub Actions gives the step."""
        (records / "event.json").write_text(json.dumps(event.payload, indent=1), encoding="utf-8")
        site = self._sandbox
        inputs = event.payload.get("inputs") or {}
        return {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": event.name,
            "GITHUB_EVENT_PATH": str(records / "event.json"),
            "GITHUB_REPOSITORY": site.repository,
            "GITHUB_SHA": event.sha,
            "GITHUB_REF": event.ref,
            "GITHUB_WORKSPACE": str(work / "checkout"),
            "GITHUB_API_URL": site.api_url,
            "GITHUB_SERVER_URL": site.server_url,
            "GITHUB_RUN_ID": str(number),
            "GITHUB_WORKFLOW_REF": f"{site.repository}/.github/workflows/gitops.yml@{event.ref}",
            "GITHUB_ACTOR": event.payload["sender"]["login"],
            "GITHUB_TOKEN": site.issue_token(permissions=_permissions(event)),
            "GITHUB_OUTPUT": str(records / "outputs"),
            "GITHUB_STEP_SUMMARY": str(records / "summary.md"),
            "RUNNER_TEMP": str(work / "temp"),
            "INPUT_COMMAND": str(inputs.get("command", "")),
            "INPUT_ENVIRONMENT": str(inputs.get("environment", "")),
        }


def _permissions(event: Event) -> Mapping[str, str]:
    """Those of the job that takes the event in the reusable workflow."""
    if event.name == "push":
        return _APPLY_JOB
    if event.name == "workflow_dispatch":
        return _PROMOTE_JOB
    return _RECONCILE_JOB if event.name == "schedule" else _PLAN_JOB
