"""Signals that come when the bot has done everything and only its end is left."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kit.processes import pending_signal, until

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


# A run keeps a watch of its own; the second signal comes when that is over, and the run is not.
AFTER_THE_WATCH = """
import os, signal
from gitops_bot.adapters.signals import one_signal, one_signal_to_the_end
one_signal_to_the_end()
with one_signal() as watch:
    watch.hold()
    os.kill(os.getpid(), signal.SIGINT)
os.kill(os.getpid(), {})
print("went on")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_after_one_that_a_run_took_is_only_noted_to_the_end(number: signal.Signals) -> None:
    script = AFTER_THE_WATCH.format(int(number))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"went on\n", b"")


def full_pipe() -> tuple[int, int, int]:
    """Both ends of a pipe into which nobody can write until it is read, and how many bytes are in it."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    filled = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            filled += os.write(write, b"." * 4096)
    os.set_blocking(write, True)
    return read, write, filled


@contextlib.contextmanager
def speechless_bot(plan: Path) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[], bytes]]]:
    """A bot that renders this file and whose standard error takes nothing until the function is called,
    which gives all it said there in the end. On standard output it says its errors first."""
    read, write, filled = full_pipe()
    bot = subprocess.Popen(
        [sys.executable, "-m", "gitops_bot", "render", str(plan)],
        env={**os.environ, "GITHUB_ACTIONS": "true"}, stdout=subprocess.PIPE, stderr=write,
    )  # fmt: skip
    os.close(write)
    watchdog = threading.Timer(60, bot.kill)
    watchdog.start()
    with bot, os.fdopen(read, "rb") as stderr:
        yield bot, lambda: stderr.read()[filled:]
    watchdog.cancel()


def said_first(bot: subprocess.Popen[bytes]) -> bytes:
    assert bot.stdout is not None
    return bot.stdout.readline()


def send(bot: subprocess.Popen[bytes], number: signal.Signals) -> None:
    bot.send_signal(number)
    assert until(lambda: not pending_signal(bot.pid), 60)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_second_signal_changes_neither_the_last_words_nor_the_exit_code(
    tmp_path: Path, number: signal.Signals
) -> None:
    """A cancelled job sends two. Here the second comes amid the last words."""
    plan = tmp_path / "plan.json"
    os.mkfifo(plan)
    ends: list[int] = []

    def is_read() -> bool:
        with contextlib.suppress(OSError):  # nobody reads it yet
            ends.append(os.open(plan, os.O_WRONLY | os.O_NONBLOCK))
        return bool(ends)

    with speechless_bot(plan) as (bot, all_it_says):
        assert until(is_read, 60)
        send(bot, signal.SIGINT)
        os.close(ends[0])  # a signal just before the read began would else wait for the read's end
        assert said_first(bot) == b"::error::Interrupted.\n"
        send(bot, number)
        said = all_it_says()
    assert (bot.returncode, said) == (130, b"Error: Interrupted.\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_first_signal_amid_the_last_words_comes_too_late(tmp_path: Path, number: signal.Signals) -> None:
    with speechless_bot(tmp_path / "missing.json") as (bot, all_it_says):
        assert b"missing.json' cannot be read" in said_first(bot)
        send(bot, number)
        said = all_it_says()
    assert (bot.returncode, said.startswith(b"Error: "), b"Aborted" in said) == (2, True, False)
