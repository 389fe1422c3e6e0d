"""Runs a program so that it can be watched, timed and stopped gracefully (POSIX only).

The program gets its own session, so a signal meant for the bot reaches it only through here:
the first SIGINT or SIGTERM is passed on once, as SIGINT, and then its end is awaited. A second
one is not passed on, because Terraform would take it as "drop everything now".

A bot that is killed leaves the program to itself. It then gets that one SIGINT from the kernel
(`adapters.orphans`), and can still write: it holds the other ends of its own outputs open. Both
rest on Linux.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, TypeAlias

from msgspec import Struct

from gitops_bot.adapters.orphans import output_pipe, tie
from gitops_bot.adapters.signals import passed_on

INTERRUPT_GRACE = 120.0
"""Seconds a program that ran out of time has to end after SIGINT, before SIGTERM."""
TERMINATE_GRACE = 10.0
"""Seconds it then has to end after SIGTERM, before SIGKILL."""
DRAIN_GRACE = 2.0
"""Seconds of waiting for output that descendants hold open after the program itself has ended."""
_POLL = 0.05
_CHUNK = 65_536

LineTaker: TypeAlias = Callable[[str], None]
"""Takes one line of output without its newline, in the caller's thread, while the program runs."""


class Grace(Struct, frozen=True):
    """How long each step of stopping a program that ran out of time may take, in seconds."""

    interrupt: float = INTERRUPT_GRACE
    terminate: float = TERMINATE_GRACE
    drain: float = DRAIN_GRACE


class Completed(Struct, frozen=True):
    """How a program ended. `exit_code` is negative after a signal, as in `subprocess`.

    `interrupted`: the bot got a SIGINT, SIGTERM or SIGHUP meanwhile and passed it on. `timed_out`: it was
    stopped because its time was up. Both can be true of a program that ended well all the same.
    """

    exit_code: int
    stdout: bytes
    stderr: bytes
    interrupted: bool = False
    timed_out: bool = False


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    environ: Mapping[str, str],
    timeout: float | None = None,
    on_stdout: LineTaker | None = None,
    on_stderr: LineTaker | None = None,
    on_interrupt: Callable[[], None] | None = None,
    grace: Grace | None = None,
    writes: bool = False,
) -> Completed:
    """Run `argv` to its end with stdin closed and exactly `environ` as its environment.

    `writes`: it changes what outlives the run, so not even its first instant may be without the SIGINT
    that comes when the bot is killed. That takes a fork of this process, which costs ten times as much as
    a start without (docs/adr/0027).

    `on_interrupt` is called once when a signal was passed on, while the program stops and after
    the lines it had written by then. What it writes meanwhile waits in its pipes.

    Raises `OSError` when it cannot be started, and whatever a line taker or `on_interrupt` raised,
    after the program has ended: a failing display never stops a running apply.
    """
    run_grace = grace or Grace()
    stopper = _Stopper(run_grace, timeout)
    early_word = _Once(on_interrupt)
    with (
        passed_on(stopper.interrupt),
        output_pipe() as (stdout, stdout_of_program),
        output_pipe() as (stderr, stderr_of_program),
        tie() as tied,
        subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=stdout_of_program,
            stderr=stderr_of_program,
            start_new_session=True,
            pass_fds=(stdout.fileno(), stderr.fileno(), tied.inherited),
            preexec_fn=tied.to_this_process if writes else None,  # noqa: PLW1509
        ) as process,
    ):
        if not writes:
            tied.to(process.pid)
        stopper.watch(process)
        stdout_of_program.close()
        stderr_of_program.close()
        streams = (_Stream(stdout, on_stdout), _Stream(stderr, on_stderr))
        try:
            _pump(process, streams, stopper, early_word, run_grace.drain)
        except BaseException:
            stopper.kill()
            raise
        stopper.finish()
    for taker in (*streams, early_word):
        taker.raise_failure()
    return Completed(
        process.returncode, streams[0].data, streams[1].data, stopper.interrupted, stopper.timed_out
    )


class _Stream:
    """One of the program's two outputs: kept whole, and handed on line by line."""

    def __init__(self, pipe: IO[bytes], taker: LineTaker | None) -> None:
        self.pipe = pipe
        self.open = True
        self._taker = taker
        self._chunks: list[bytes] = []
        self._rest: list[bytes] = []
        self._failure: Exception | None = None
        os.set_blocking(pipe.fileno(), False)

    @property
    def data(self) -> bytes:
        return b"".join(self._chunks)

    def read(self) -> None:
        try:
            chunk = os.read(self.pipe.fileno(), _CHUNK)
        except BlockingIOError:
            return
        self.open = bool(chunk)
        self._chunks.append(chunk)
        if self._taker is not None:
            self._hand_on(chunk)

    def _hand_on(self, chunk: bytes) -> None:
        """Lines end at a newline only; what is left at the end of the output is a line too."""
        complete, newline, rest = chunk.rpartition(b"\n")
        if newline:
            for line in b"".join((*self._rest, complete)).split(b"\n"):
                self._take(line)
            self._rest = []
        if rest:
            self._rest.append(rest)
        if not self.open and self._rest:
            self._take(b"".join(self._rest))
            self._rest = []

    def _take(self, line: bytes) -> None:
        if self._taker is None or self._failure is not None:
            return
        try:
            self._taker(line.decode("utf-8", "replace"))
        except Exception as failure:
            self._failure = failure

    def raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure


class _Once:
    """A hook that is called at most once. What it raises waits, like what a line taker raises."""

    def __init__(self, hook: Callable[[], None] | None) -> None:
        self._hook = hook
        self._failure: Exception | None = None

    def call(self) -> None:
        hook, self._hook = self._hook, None
        if hook is None:
            return
        try:
            hook()
        except Exception as failure:
            self._failure = failure

    def raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure


class _Stopper:
    """Everything that sends signals to the program's process group."""

    def __init__(self, grace: Grace, timeout: float | None) -> None:
        self.interrupted = False
        self.timed_out = False
        self._timeout = timeout
        self._process: subprocess.Popen[bytes] | None = None
        self._steps: list[tuple[float, signal.Signals]] = []
        self._grace = grace

    def watch(self, process: subprocess.Popen[bytes]) -> None:
        """The program has started: its time runs, and a signal that came too early is passed on."""
        self._process = process
        if self._timeout is not None:
            end = time.monotonic() + self._timeout
            terminate = end + self._grace.interrupt
            self._steps = [
                (end, signal.SIGINT),
                (terminate, signal.SIGTERM),
                (terminate + self._grace.terminate, signal.SIGKILL),
            ]
        if self.interrupted:
            self._send(signal.SIGINT)

    def interrupt(self) -> None:
        """The bot was asked to stop. Only the first time counts, and only without a SIGINT so far."""
        already_stopping = self.interrupted or self.timed_out
        self.interrupted = True
        if not already_stopping:
            self._send(signal.SIGINT)

    def check_time(self) -> None:
        """Take the next step of stopping when its time has come."""
        if self._steps and time.monotonic() >= self._steps[0][0]:
            _, number = self._steps.pop(0)
            self.timed_out = True
            if not (number is signal.SIGINT and self.interrupted):
                self._send(number)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def finish(self) -> None:
        """After a stop nothing of the group may go on; after a normal end helpers may stay.

        A program that somebody killed could not stop what it had started itself.
        """
        code = None if self._process is None else self._process.returncode
        if self.interrupted or self.timed_out or (code is not None and code < 0):
            self.kill()

    def _send(self, number: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)


def _pump(
    process: subprocess.Popen[bytes],
    streams: Sequence[_Stream],
    stopper: _Stopper,
    early_word: _Once,
    drain: float,
) -> None:
    """Read both outputs until the program has ended and they are closed or `drain` has passed."""
    give_up: float | None = None
    with selectors.DefaultSelector() as selector:
        for stream in streams:
            selector.register(stream.pipe, selectors.EVENT_READ, stream)
        while selector.get_map() or process.poll() is None:
            stopper.check_time()
            interrupted = stopper.interrupted  # asked before reading: what came before it is read first
            if selector.get_map():
                _read_ready(selector)
            else:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_POLL)
            if interrupted:
                early_word.call()
            if process.poll() is not None:
                give_up = give_up or time.monotonic() + drain
                if time.monotonic() >= give_up:
                    return


def _read_ready(selector: selectors.BaseSelector) -> None:
    for key, _ in selector.select(_POLL):
        stream: _Stream = key.data
        stream.read()
        if not stream.open:
            selector.unregister(stream.pipe)
