"""The action's only step as a runner starts it, without a runner: action.yml's own `run` line in a shell."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
SHELL = "bash --noprofile --norc -e -o pipefail {0}"
"""What GitHub's documentation says `shell: bash` runs."""


def step_script(folder: Path) -> list[str]:
    """The command a runner makes of the action's only step."""
    (step,) = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"]
    assert step["shell"] == "bash"
    script = folder / "step.sh"
    script.write_text(step["run"])
    return shlex.split(SHELL.replace("{0}", shlex.quote(str(script))))


def interruptible() -> None:
    """For a process that is about to start: a shell cannot trap a SIGINT that was ignored when it began, as
    it is in what runs in the background. A runner's shell begins with it as usual."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def set_up(folder: Path) -> dict[str, str]:
    """What action.sh needs to make its environment: the folder for it, and what reaches the packages."""
    passed = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "SSL_"))}
    temp = folder / "temp"
    temp.mkdir()
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # uv is there
    return {**passed, "PATH": path, "RUNNER_TEMP": str(temp), "GITHUB_ACTION_PATH": str(ROOT)}
