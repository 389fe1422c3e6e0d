"""What becomes of a program whose bot is killed. Linux only: the kernel sends the signal."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gitops_bot.adapters.orphans import interrupted_with_this_process
from tests.kit.needs import needs_program
from tests.kit.terraform_bench import BOT, SLOW, Bench, processes_in, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="prctl(2) is Linux's")

CHILD = """
import signal, sys, time
from pathlib import Path

came = []
signal.signal(signal.SIGINT, lambda *_: came.append(1))
print("ready", flush=True)
while not came:
    time.sleep(0.01)
for stream in (sys.stdout, sys.stderr):
    stream.write("x" * 900_000)
    stream.flush()
time.sleep(0.3)
Path(sys.argv[1]).write_text(f"stopped after {len(came)}")
"""
PARENT = """
import sys
from pathlib import Path
from gitops_bot.adapters.process import run

run([sys.executable, "-c", sys.argv[1], sys.argv[2]], cwd=Path.cwd(), environ={},
    on_stdout=lambda line: print(line, flush=True))
"""


def test_a_program_whose_bot_is_killed_gets_one_sigint_and_can_go_on_writing(tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    argv = [sys.executable, "-c", PARENT, CHILD, str(ended)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as bot:
        assert bot.stdout is not None
        assert bot.stdout.readline() == "ready\n"
        bot.kill()
    wait_until(lambda: ended.exists() and ended.read_text() != "")
    assert ended.read_text() == "stopped after 1"


def test_a_bot_that_dies_before_its_program_is_watched_starts_none(tmp_path: Path) -> None:
    ask = interrupted_with_this_process()
    assert ask is not None
    middle = os.fork()
    if middle == 0:  # ask() was made for this test's process, which is not the parent of the next one
        child = os.fork()
        if child == 0:
            ask()
            (tmp_path / "started").touch()
            os._exit(0)
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    _, status = os.waitpid(middle, 0)
    assert (os.waitstatus_to_exitcode(status), (tmp_path / "started").exists()) == (130, False)


def test_the_kernel_would_watch_a_thread_so_only_the_main_threads_programs_are_watched() -> None:
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(interrupted_with_this_process()))
    thread.start()
    thread.join()
    assert found == [None]


def test_terraform_whose_bot_is_killed_stops_gracefully(tmp_path: Path) -> None:
    needs_program("terraform")
    bench = Bench(tmp_path)
    bench.write(SLOW.replace("sleep 30", "touch begun; exec sleep 30"))
    argv = [sys.executable, "-c", BOT, str(bench.folder)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=bench.environ) as bot:
        wait_until((bench.folder / "begun").exists)
        bot.kill()
    wait_until(lambda: processes_in(bench.folder) == [])
    assert bench.state_addresses() == ["terraform_data.first", "terraform_data.slow"]
    assert (bench.folder / ".terraform.tfstate.lock.info").exists() is False
