"""Signals that come when the bot has done everything and only its end is left."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

# Runs while the interpreter shuts down, before Python puts back its own handlers.
LATE = "atexit.register(lambda: os.kill(os.getpid(), {}))"
# A module's objects go after that, when a SIGTERM would kill.
LATER = """
class Last:
    def __init__(self):
        self.kill, self.pid = os.kill, os.getpid()
    def __del__(self):
        self.kill(self.pid, {})
sys.modules["kept"] = type(sys)("kept")
sys.modules["kept"].last = Last()
"""


def ended(moment: str, number: int) -> tuple[int, bytes, bytes]:
    """How a run ends that meets this signal (0 is none) at that moment: exit code and both outputs."""
    script = f"""
import atexit, os, sys
from gitops_bot.cli import main
{moment.format(int(number))}
sys.argv = ["gitops-bot", "render", "/nowhere/plan.json"]
main()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("moment", [LATE, LATER], ids=["at exit", "after it"])
def test_a_late_signal_changes_neither_exit_code_nor_output(moment: str, number: signal.Signals) -> None:
    assert ended(moment, 0) == ended(moment, number)
