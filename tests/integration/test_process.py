from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from gitops_bot.adapters.process import Completed, Grace, run

HERE = Path.cwd()
ENVIRON = {"PATH": os.environ["PATH"]}


def shell(
    script: str,
    *,
    timeout: float | None = 30,
    environ: dict[str, str] | None = None,
    grace: Grace | None = None,
) -> Completed:
    argv = ["/bin/sh", "-c", script]
    return run(argv, cwd=HERE, environ=ENVIRON if environ is None else environ, timeout=timeout, grace=grace)


def python(script: str, *, timeout: float, grace: Grace) -> Completed:
    return run([sys.executable, "-c", script], cwd=HERE, environ=ENVIRON, timeout=timeout, grace=grace)


def alive(pid: int) -> bool:
    """Whether a process still runs (a zombie no longer does)."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def ends(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pid)


def test_the_result_holds_exit_code_and_both_outputs() -> None:
    assert shell("echo out; echo err >&2; exit 3") == Completed(3, b"out\n", b"err\n")


def test_the_environment_is_exactly_the_given_one_and_stdin_is_closed() -> None:
    assert shell("/usr/bin/env | grep ^A; cat", environ={"A": "1"}) == Completed(0, b"A=1\n", b"")


def test_lines_are_handed_on_while_the_program_runs() -> None:
    started = time.monotonic()
    arrived: list[tuple[str, bool]] = []
    run(
        ["/bin/sh", "-c", "echo early; sleep 2; printf 'late\\r\\n\\nno newline'"],
        cwd=HERE,
        environ=ENVIRON,
        on_stdout=lambda line: arrived.append((line, time.monotonic() - started < 1.5)),
    )
    assert arrived == [("early", True), ("late\r", False), ("", False), ("no newline", False)]


def test_lines_end_at_newlines_only_and_odd_bytes_do_not_stop_them() -> None:
    lines: list[str] = []
    program = "import sys; sys.stdout.buffer.write('a\\u2028b\\fc'.encode() + b'\\xff\\n')"
    run([sys.executable, "-c", program], cwd=HERE, environ=ENVIRON, on_stdout=lines.append)
    assert lines == ["a\u2028b\fc\ufffd"]


def test_megabytes_on_both_outputs_do_not_block() -> None:
    program = (
        "import sys\nfor _ in range(300): sys.stdout.write('o' * 9999 + '\\n'); sys.stderr.write('e' * 9999)"
    )
    lines: list[str] = []
    done = run([sys.executable, "-c", program], cwd=HERE, environ=ENVIRON, on_stdout=lines.append, timeout=60)
    assert (done.exit_code, len(done.stdout), len(done.stderr)) == (0, 3_000_000, 2_999_700)
    assert lines == ["o" * 9999] * 300


def test_a_program_that_does_not_exist_is_an_os_error() -> None:
    with pytest.raises(FileNotFoundError):
        run(["/nowhere/program"], cwd=HERE, environ={})


def test_a_failing_line_taker_is_raised_after_the_program_ended_by_itself(tmp_path: Path) -> None:
    def failing(line: str) -> None:
        raise ValueError(line)

    script = f"echo one; echo two; sleep 0.2; touch {tmp_path}/ended"
    with pytest.raises(ValueError, match=r"^one$"):
        run(["/bin/sh", "-c", script], cwd=HERE, environ=ENVIRON, on_stdout=failing)
    assert (tmp_path / "ended").exists()


def test_a_program_out_of_time_is_asked_to_stop_gracefully() -> None:
    assert shell("trap 'echo stopped; exit 4' INT; sleep 20 & wait", timeout=1) == Completed(
        4, b"stopped\n", b"", timed_out=True
    )


def test_a_program_that_ignores_the_interrupt_gets_the_next_signal() -> None:
    script = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))
time.sleep(20)
"""
    done = python(script, timeout=1.5, grace=Grace(interrupt=0.2))
    assert done == Completed(5, b"", b"", timed_out=True)


def test_a_program_that_ignores_everything_is_killed_with_its_children() -> None:
    script = """
import signal, subprocess, time
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
print(subprocess.Popen(["sleep", "30"]).pid, flush=True)
time.sleep(20)
"""
    done = python(script, timeout=1.5, grace=Grace(interrupt=0.1, terminate=0.1))
    assert (done.exit_code, done.timed_out) == (-signal.SIGKILL, True)
    assert ends(int(done.stdout))


def test_a_program_that_somebody_kills_leaves_nothing_running() -> None:
    done = shell("sleep 30 & echo $!; kill -KILL $$", grace=Grace(drain=0.2))
    assert (done.exit_code, ends(int(done.stdout))) == (-signal.SIGKILL, True)


def test_a_helper_that_holds_the_output_open_does_not_hold_up_the_result() -> None:
    started = time.monotonic()
    done = shell("echo $$; sleep 30 & echo $!", grace=Grace(drain=0.2))
    helper = int(done.stdout.split()[1])
    try:
        assert (done.exit_code, time.monotonic() - started < 5, alive(helper)) == (0, True, True)
    finally:
        os.kill(helper, signal.SIGKILL)


def test_it_works_in_a_thread_and_leaves_no_thread_and_no_file_open() -> None:
    shell("true")
    before = (threading.active_count(), len(list(Path("/proc/self/fd").iterdir())))
    results: list[Completed] = []
    thread = threading.Thread(target=lambda: results.append(shell("echo hi")))
    thread.start()
    thread.join()
    for script in ("echo a", "exit 1"):
        shell(script)
    with pytest.raises(FileNotFoundError):
        run(["/nowhere/program"], cwd=HERE, environ={})
    assert results == [Completed(0, b"hi\n", b"")]
    assert (threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))) == before


def test_signal_handlers_are_put_back() -> None:
    before = (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))
    shell("true")
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


BOT = """
import sys
from pathlib import Path
from gitops_bot.adapters.process import run

child = '''
import signal, sys, time
count = []
def stop(*_):
    count.append(1)
signal.signal(signal.SIGINT, stop)
print("ready", flush=True)
while not count:
    time.sleep(0.01)
time.sleep(0.5)
print("stopped after", len(count), flush=True)
sys.exit(7)
'''
done = run([sys.executable, "-c", child], cwd=Path.cwd(), environ={}, timeout=30,
           on_stdout=lambda line: print(line, flush=True))
print(done.exit_code, done.interrupted, done.timed_out, flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_bot_is_passed_on_once_and_the_graceful_end_awaited(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", BOT], stdout=subprocess.PIPE, text=True) as bot:
        assert bot.stdout is not None
        assert bot.stdout.readline() == "ready\n"
        for again in (number, signal.SIGTERM, signal.SIGINT):
            bot.send_signal(again)
            time.sleep(0.1)
        assert (bot.stdout.read(), bot.wait()) == ("stopped after 1\n7 True False\n", 0)
