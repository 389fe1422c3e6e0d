"""The bot's own environment holds tokens: code that a plan runs must not read it through /proc."""

from __future__ import annotations

import subprocess
import sys

import pytest

DUMPABLE = "import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), flush=True)"
"""PR_GET_DUMPABLE: at 0 the kernel gives /proc/PID/environ to root (proc(5))."""
HIDE = "from gitops_bot.app.process import hide_from_children; hide_from_children()"


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has /proc and prctl")
def test_the_environment_of_the_bot_is_hidden_from_its_own_user_and_that_of_a_child_is_not() -> None:
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {DUMPABLE!r}])"
    assert _run(DUMPABLE) == "1\n"
    assert _run(f"{HIDE}; {DUMPABLE}; {child}") == "0\n1\n"
