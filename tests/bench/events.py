"""What one start of the program costs, from `--version` to a pull request: `python -m tests.bench.events`.

Seconds are the processor's, of the whole process with every program it waited for; the sandbox that answers
is none of them. Instructions are counted by valgrind, of the process alone, and differ by less than a percent
from one run to the next.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.kit.stage import NETWORK, Stage, stage

ROOT = Path(__file__).resolve().parents[2]
BOT = str(Path(sys.executable).with_name("gitops-bot"))
CLICK = [sys.executable, "-c", "import click"]
"""What everything here is compared with: Python with the library that reads the command line."""
ENVIRON = {"PATH": os.environ["PATH"], "HOME": os.devnull}
"""Nothing of this machine's: neither a token nor what keeps Python from keeping bytecode."""
_COLLECTED = re.compile(r"^==\d+== Collected : (\d+)", re.MULTILINE)

Meter = Callable[[list[str], Mapping[str, str], Path], float]
"""Runs a command and gives what it used."""


class Failed(Exception):
    """A measured command did not end with exit code 0."""


def seconds(argv: list[str], env: Mapping[str, str], cwd: Path) -> float:
    """The processor's seconds of a process and of all it waited for."""
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            argv, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        _check(argv, child.returncode, said.read().decode())
    return usage.ru_utime + usage.ru_stime


def millions(argv: list[str], env: Mapping[str, str], cwd: Path) -> float:
    """Millions of instructions of a process, without the programs it starts. Needs valgrind."""
    counted = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--trace-children=no"]
    python = [sys.executable] if argv[0] == BOT else []  # valgrind would run the script's `#!` elsewhere
    done = subprocess.run(
        [*counted, *python, *argv], env=env, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    _check(argv, done.returncode, done.stderr)
    found = _COLLECTED.search(done.stderr)
    if found is None:
        raise Failed(f"valgrind told no count of {' '.join(argv)}")
    return int(found[1]) / 1e6


def _check(argv: list[str], code: int, said: str) -> None:
    if code:
        last = (said.strip() or "it said nothing").splitlines()[-1]
        raise Failed(f"{' '.join(argv)} ended with {code}: {last}")


class Events:
    """The program's starts on a stage. Each method runs one and gives what the meter says."""

    def __init__(self, on_stage: Stage) -> None:
        self._stage = on_stage
        self._pulls = 0
        self._folder = on_stage.folder

    def click(self, meter: Meter = seconds) -> float:
        """The unit."""
        return meter(CLICK, ENVIRON, self._folder)

    def version(self, meter: Meter = seconds) -> float:
        """`gitops-bot --version`."""
        return meter([BOT, "--version"], ENVIRON, self._folder)

    def ignored(self, meter: Meter = seconds) -> float:
        """A run for a comment that is none of the bot's."""
        event = self._folder / "comment.json"
        event.write_text('{"action": "created", "comment": {"body": "Thanks!"}, "issue": {"number": 1}}')
        told = {"GITHUB_EVENT_NAME": "issue_comment", "GITHUB_EVENT_PATH": str(event), "GITHUB_TOKEN": "t"}
        return meter([BOT, "run"], ENVIRON | told, self._folder)

    def pull_request(self, meter: Meter = seconds) -> float:
        """The run of a pull request that was just opened and adds one resource."""
        work, environ = self._opened()
        return meter([BOT, "run"], environ, work)

    def bare_terraform(self, meter: Meter = seconds) -> float:
        """What Terraform itself needs for such a pull request: init, plan, show."""
        work, environ = self._opened()
        shared = ["-input=false", "-no-color"]
        inputs = [f"-var-file={work}/envs/devops.tfvars", f"-backend-config={work}/envs/devops.tfbackend"]
        commands = (
            ["init", *shared, inputs[1]],
            ["plan", *shared, "-lock=false", "-out=bare.tfplan", inputs[0]],
            ["show", "-json", "-no-color", "bare.tfplan"],
        )
        return sum(meter(["terraform", *command], environ, work / "infra") for command in commands)

    def _opened(self) -> tuple[Path, dict[str, str]]:
        self._pulls += 1
        self._stage.hub.take_events()
        self._stage.pull_request({"infra/network.tf": NETWORK}, branch=f"feature-{self._pulls}")
        event = self._stage.next_event("pull_request", "opened")
        work = self._stage.checkout(event.sha)
        return work, self._stage.environ(event, work)


@contextmanager
def events(folder: Path) -> Iterator[Events]:
    """On a stage of its own inside `folder`, which is there; its sandbox is in this process."""
    with stage(folder) as on_stage:
        found = Events(on_stage)
        for warm in (found.click, found.version, found.ignored, found.pull_request):
            warm()  # bytecode is there, and files are in memory
        yield found


def main() -> None:
    """Print everything, in `import click`s too."""
    with tempfile.TemporaryDirectory() as folder, events(Path(folder)) as found:
        runs = [found.click, found.version, found.ignored, found.pull_request]
        used = {run.__name__: min(run() for _ in range(7)) for run in (*runs, found.bare_terraform)}
        used["pull request without Terraform"] = used["pull_request"] - used["bare_terraform"]
        _show({name: 1000 * figure for name, figure in used.items()}, "ms")
        if shutil.which("valgrind"):
            _show({run.__name__: run(millions) for run in runs}, "M instructions, without children")


def _show(used: Mapping[str, float], unit: str) -> None:
    for name, figure in used.items():
        print(f"{name:31} {figure:7.0f} {unit} {figure / used['click']:6.2f}", flush=True)


if __name__ == "__main__":
    main()
