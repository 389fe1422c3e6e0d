"""What becomes of a program whose bot is killed. Linux only: the kernel sends the signal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.needs import needs_program
from tests.kit.terraform_bench import BOT, SLOW, Bench, processes_in, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="F_SETSIG is Linux's")

CHILD = """
import signal, sys, time
from pathlib import Path

came = []
signal.signal(signal.SIGINT, lambda *_: came.append(1))
print("ready", flush=True)
until = time.monotonic() + 60
while not came and time.monotonic() < until:
    time.sleep(0.01)
for stream in (sys.stdout, sys.stderr):
    stream.write("x" * 900_000)
    stream.flush()
time.sleep(0.3)
Path(sys.argv[1]).write_text(f"stopped after {len(came)}")
"""
PARENT = """
import sys
import threading
from pathlib import Path
from gitops_bot.adapters.process import run

def start():
    run([sys.executable, "-c", sys.argv[1], sys.argv[2]], cwd=Path.cwd(), environ={},
        on_stdout=lambda line: print(line, flush=True), writes=sys.argv[3] == "writes")

if sys.argv[4] == "thread":
    threading.Thread(target=start).start()
else:
    start()
"""
DYING = """
import os
import sys
import time
from gitops_bot.adapters.orphans import tie

bot = os.getpid()
with tie() as tied:
    if os.fork():
        os._exit(0)
    while os.getppid() == bot:
        time.sleep(0.01)
    print("alone", flush=True)
    tied.to_this_process()
    os.execvp("touch", ["touch", sys.argv[1]])
"""


@pytest.mark.parametrize("where", ["main", "thread"])
@pytest.mark.parametrize("kind", ["reads", "writes"])
def test_a_program_whose_bot_is_killed_gets_one_sigint_and_can_go_on_writing(
    tmp_path: Path, kind: str, where: str
) -> None:
    ended = tmp_path / "ended"
    argv = [sys.executable, "-c", PARENT, CHILD, str(ended), kind, where]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as bot:
        assert bot.stdout is not None
        assert bot.stdout.readline() == "ready\n"
        bot.kill()
    wait_until(lambda: ended.exists() and ended.read_text() != "")
    assert ended.read_text() == "stopped after 1"


def test_a_bot_that_dies_before_its_writing_program_is_tied_starts_none(tmp_path: Path) -> None:
    started = tmp_path / "started"
    done = subprocess.run(  # ends when the forked process has closed the output too
        [sys.executable, "-c", DYING, str(started)], stdout=subprocess.PIPE, check=True
    )
    assert (done.stdout, started.exists()) == (b"alone\n", False)


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
