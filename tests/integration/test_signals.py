"""What signals do to this process and to the programs it runs, with real signals."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from gitops_bot.adapters.process import Completed, run
from gitops_bot.adapters.signals import SIGNALS, SignalWatch, one_signal

STOPS = "trap 'echo stopped; exit 4' INT; "
"""A shell that ends gracefully. It asks for the signal itself: `run` is what it interrupts."""
SIGNAL_ME = "kill -TERM $PPID; "
STOPPED = Completed(4, b"stopped\n", b"", interrupted=True)


def shell(script: str) -> Completed:
    environ = {"PATH": os.environ["PATH"]}
    return run(["/bin/sh", "-c", script], cwd=Path.cwd(), environ=environ, timeout=30)


def send(number: signal.Signals = signal.SIGTERM) -> None:
    os.kill(os.getpid(), number)
    time.sleep(0.01)  # the handler runs here at the latest


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_raises_and_later_ones_are_noted(number: signal.Signals) -> None:
    with one_signal() as signals:
        assert signals.came is False
        with pytest.raises(KeyboardInterrupt):
            send(number)
        for again in SIGNALS:
            send(again)
        assert signals.came is True


def test_nothing_is_raised_at_the_end_and_the_handlers_are_put_back() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with one_signal() as signals:
        signals.hold()
        send()
    assert (signals.came, [signal.getsignal(number) for number in SIGNALS]) == (True, before)


def test_a_signal_that_an_inner_watch_took_is_the_outer_ones_first() -> None:
    """What cleans up after an apply is not interrupted by the second signal of the same cancellation."""
    with one_signal() as outer:
        with one_signal() as inner:
            inner.defer()
            send()
        send(signal.SIGINT)
        assert (inner.came, outer.came) == (True, True)


def test_an_inner_watch_without_a_signal_leaves_the_outer_one_as_it_was() -> None:
    with one_signal() as outer:
        with one_signal():
            pass
        with pytest.raises(KeyboardInterrupt):
            send()
        assert outer.came is True


def test_of_a_storm_of_signals_one_raises() -> None:
    """Handlers interrupt each other: what one has checked another may already have changed."""
    raised = 0
    for _ in range(20):
        begin = threading.Barrier(4)

        def storm(begin: threading.Barrier = begin) -> None:
            begin.wait()
            for number in SIGNALS * 20:
                os.kill(os.getpid(), number)

        threads = [threading.Thread(target=storm) for _ in range(3)]
        with one_signal():
            for thread in threads:
                thread.start()
            try:
                begin.wait()
                while any(t.is_alive() for t in threads):
                    time.sleep(0.001)
            except KeyboardInterrupt:
                raised += 1
            for thread in threads:
                thread.join()
            time.sleep(0.01)
    assert raised == 20


def test_a_running_program_gets_the_signal_and_nothing_is_raised() -> None:
    with one_signal() as signals:
        assert shell(STOPS + SIGNAL_ME + "sleep 1 & wait") == STOPPED
        send()
        assert signals.came is True


def test_a_program_after_the_signal_runs_to_its_end() -> None:
    with one_signal():
        with pytest.raises(KeyboardInterrupt):
            send()
        assert shell(SIGNAL_ME + "sleep 0.2; echo end") == Completed(0, b"end\n", b"")


def test_a_deferred_signal_does_not_raise_and_stops_the_next_program_only() -> None:
    with one_signal() as signals:
        signals.defer()
        send()
        assert signals.came is True
        interrupted = shell("sleep 20")
        assert (interrupted.exit_code, interrupted.interrupted) == (-signal.SIGINT, True)
        assert shell("echo end") == Completed(0, b"end\n", b"")


def test_a_program_that_runs_while_signals_are_deferred_gets_the_signal() -> None:
    with one_signal() as signals:
        signals.defer()
        assert shell(STOPS + SIGNAL_ME + "sleep 1 & wait") == STOPPED


def test_a_program_that_runs_while_signals_are_held_gets_none() -> None:
    with one_signal() as signals:
        signals.hold()
        assert shell(SIGNAL_ME + "sleep 0.2; echo end") == Completed(0, b"end\n", b"")
        assert signals.came is True


def test_a_signal_that_was_deferred_is_held_too() -> None:
    with one_signal() as signals:
        signals.defer()
        send()
        signals.hold()
        assert shell("echo end") == Completed(0, b"end\n", b"")


def test_elsewhere_than_in_the_main_thread_nothing_is_watched() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    found: list[bool] = []

    def watch() -> None:
        with one_signal():
            found.append([signal.getsignal(number) for number in SIGNALS] == before)

    thread = threading.Thread(target=watch)
    thread.start()
    thread.join()
    assert found == [True]


# --- an early word ---------------------------------------------------------------------------

SLOW_TO_STOP = (
    "trap 'head -c 400000 /dev/zero; head -c 400000 /dev/zero >&2; echo; echo stopped; exit 4' INT; "
    "echo before; kill -TERM $PPID; sleep 1 & wait"
)


def test_an_interrupt_is_told_of_once_while_the_program_stops_and_no_output_is_lost() -> None:
    lines: list[str] = []
    told: list[tuple[list[str], bool]] = []

    def tell() -> None:
        main = threading.current_thread() is threading.main_thread()
        told.append((list(lines), main))
        time.sleep(0.5)  # as long as a request may take: the program must be able to write meanwhile

    done = run(
        ["/bin/sh", "-c", SLOW_TO_STOP],
        cwd=Path.cwd(),
        environ={"PATH": os.environ["PATH"]},
        on_stdout=lines.append,
        on_interrupt=tell,
        timeout=30,
    )
    assert told == [(["before"], True)]
    assert (done.exit_code, lines[-1], len(done.stderr)) == (4, "stopped", 400_000)


def test_the_program_does_not_wait_for_what_is_told(tmp_path: Path) -> None:
    """Its pipes have room for what it says meanwhile, so it has ended before that is read."""
    ended: list[bool] = []
    script = SLOW_TO_STOP.replace("exit 4", f"touch {tmp_path}/ended; exit 4")

    def tell() -> None:
        deadline = time.monotonic() + 10
        while not (tmp_path / "ended").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        ended.append((tmp_path / "ended").exists())

    environ = {"PATH": os.environ["PATH"]}
    run(["/bin/sh", "-c", script], cwd=Path.cwd(), environ=environ, on_interrupt=tell, timeout=30)
    assert ended == [True]


def test_a_failing_word_is_raised_after_the_program_ended_by_itself(tmp_path: Path) -> None:
    def fail() -> None:
        raise ValueError("no")

    script = f"trap 'sleep 0.2; touch {tmp_path}/ended; exit 4' INT; kill -TERM $PPID; sleep 1 & wait"
    environ = {"PATH": os.environ["PATH"]}
    with pytest.raises(ValueError, match="no"):
        run(["/bin/sh", "-c", script], cwd=Path.cwd(), environ=environ, on_interrupt=fail)
    assert (tmp_path / "ended").exists()


def test_without_a_signal_there_is_no_word() -> None:
    told: list[str] = []
    run(["/bin/true"], cwd=Path.cwd(), environ={}, on_interrupt=lambda: told.append("x"))
    assert told == []


def test_a_watch_alone_takes_no_signals() -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert (SignalWatch().came, signal.getsignal(signal.SIGTERM)) == (False, before)
