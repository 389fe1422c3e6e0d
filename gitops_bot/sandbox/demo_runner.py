"""Plays the workflow runners: for each event a fresh checkout and the real `gitops-bot run` in it."""

from __future__ import annotations

import itertools
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from gitops_bot.core.errors import RunFailed
from gitops_bot.sandbox.records import Event
from gitops_bot.sandbox.server import Sandbox
from gitops_bot.sandbox.step_log import StepLog, read_outputs

_PATIENCE = 10.0
_AT_ONCE = 8
"""More runs than the story ever starts at one time."""
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
    """What actions/checkout does with `fetch-depth: 0`: every branch's history, and `sha` of `ref`."""
    event = f"--config=remote.origin.fetch=+{ref}:refs/remotes/event"
    for arguments in (
        ("clone", "--quiet", "--no-local", "--no-checkout", "--template=", event, clone_url, str(folder)),
        ("-C", str(folder), "checkout", "--quiet", "--detach", sha),
    ):
        done = subprocess.run(
            ["git", *arguments], env=clean_environment(), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RunFailed(f"The checkout failed: {' '.join(done.stderr.split())}")


@dataclass(frozen=True, slots=True)
class Started:
    """A workflow run under way: what it prints, None behind its last line, and its exit code and seconds."""

    number: int
    event: Event
    lines: queue.SimpleQueue[str | None]
    outcome: Future[tuple[int, float]]


class Runner:
    """Runs workflow runs, each in a process of its own. `folder` keeps what each run was given and said.

    `bytecode` is where they keep it instead of beside the program. Leaving it as a context manager stops the
    runs that are still under way.
    """

    def __init__(
        self, sandbox: Sandbox, folder: Path, show: Callable[[str], None], bytecode: Path | None = None
    ) -> None:
        self.runs: list[Run] = []
        self._sandbox, self._folder, self._show = sandbox, folder, show
        self._numbers = itertools.count(1)
        self._threads = ThreadPoolExecutor(_AT_ONCE, "run")
        self._lock, self._stopped = threading.Lock(), False
        self._children: set[subprocess.Popen[str]] = set()
        # Where nothing compiled may lie beside the program, each run would spend more time on compiling it
        # than on all that it does.
        self._compiled = (
            {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(bytecode)} if bytecode else {}
        )

    def __enter__(self) -> Runner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._stopped = True
            for child in self._children:
                child.terminate()
        self._threads.shutdown(cancel_futures=True)

    def start(self, event: Event) -> Started:
        """Begin a run for an event, in a fresh checkout that is gone afterwards."""
        number, lines = next(self._numbers), queue.SimpleQueue[str | None]()
        return Started(number, event, lines, self._threads.submit(self._play, number, event, lines))

    def follow(self, started: Started) -> Run:
        """Show what a run prints as it comes, with a sign of life when nothing does, until it has ended."""
        log, begun = StepLog(), time.monotonic()
        while True:
            try:
                line = started.lines.get(timeout=_PATIENCE)
            except queue.Empty:
                line = f"... still working ({time.monotonic() - begun:.0f} s)\n"
            if line is None:
                break
            shown = log.read(line)
            if shown is not None and shown.strip():
                self._show(shown)
        code, seconds = started.outcome.result()
        records = self._records(started.number)
        (records / "log.txt").write_text("\n".join(log.lines) + "\n", encoding="utf-8", errors="replace")
        result = read_outputs(records / "outputs").get("result", "")
        done = Run(started.number, label(started.event), code, result, seconds, tuple(log.lines))
        self.runs.append(done)
        return done

    def _records(self, number: int) -> Path:
        return self._folder / f"{number:03}"

    def _play(self, number: int, event: Event, lines: queue.SimpleQueue[str | None]) -> tuple[int, float]:
        """The exit code and how many seconds it took, the checkout's among them."""
        begun = time.monotonic()
        self._records(number).mkdir(parents=True)
        try:
            with tempfile.TemporaryDirectory(prefix="gitops-bot-demo-") as name:
                work = Path(name).resolve()
                checkout(self._sandbox.clone_url, work / "checkout", event.ref, event.sha)
                (work / "temp").mkdir()
                environ = clean_environment() | self._compiled | self._step(event, number, work)
                with self._child(work / "checkout", environ) as child:
                    assert child.stdout is not None  # noqa: S101 - asked for
                    for line in child.stdout:
                        lines.put(line)
                return child.returncode, time.monotonic() - begun
        finally:
            lines.put(None)

    @contextmanager
    def _child(self, folder: Path, environ: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
        with self._lock:
            if self._stopped:
                raise RunFailed("The demo was stopped.")
            child = subprocess.Popen(
                [sys.executable, "-P", "-m", "gitops_bot", "run"], cwd=folder, env=dict(environ),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                encoding="utf-8", errors="replace",
            )  # fmt: skip
            self._children.add(child)
        with child:
            yield child
        with self._lock:
            self._children.discard(child)

    def _step(self, event: Event, number: int, work: Path) -> dict[str, str]:
        """What GitHub Actions gives the step."""
        records = self._records(number)
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
