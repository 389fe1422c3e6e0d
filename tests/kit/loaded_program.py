"""The program as a process of its own, without the second and a half that Python takes to load it.

One process loads the modules and templates; each run is a fork of it, with exactly the arguments,
environment, folder and streams it was given. What /proc shows of a run's command line and environment is
that of the first process: tests of those start `python -m gitops_bot` themselves.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]
_START_TIMEOUT = 60.0


class LoadedRun:
    """A run that was begun. Its process has a parent of its own, which tells how it ended."""

    def __init__(self, answers: socket.socket) -> None:
        self._answers, self._said = answers, b""
        answers.settimeout(_START_TIMEOUT)
        while self._said.count(b"\n") < 1:
            self._hear()
        self.pid = int(self._said.split(b"\n")[0])

    def poll(self) -> int | None:
        """The exit code, minus the signal that ended it; None while it goes on."""
        with contextlib.suppress(TimeoutError):
            return self.wait(0)
        return None

    def wait(self, timeout: float | None = None) -> int:
        """The same, once it has ended. Raises `TimeoutError` when it has not within so many seconds."""
        while self._said.count(b"\n") < 2:
            if not select.select([self._answers], [], [], timeout)[0]:
                raise TimeoutError
            self._hear()
        self._answers.close()
        return int(self._said.split(b"\n")[1])

    def kill(self) -> None:
        """End it at once."""
        os.kill(self.pid, signal.SIGKILL)

    def _hear(self) -> None:
        more = self._answers.recv(64)
        if not more:
            raise RuntimeError("what watches a run ended before the run")
        self._said += more


def begin_program(
    arguments: Sequence[str], *, environ: Mapping[str, str], cwd: Path, stdout: IO[bytes], stderr: IO[bytes]
) -> LoadedRun:
    """Begin `python -m gitops_bot ARGUMENTS`, with nothing on its standard input. Works in any thread."""
    order = {"arguments": list(arguments), "environ": dict(environ), "cwd": str(cwd)}
    here, there = socket.socketpair()
    with there:
        socket.send_fds(_loaded(), [b"."], [there.fileno(), stdout.fileno(), stderr.fileno()])
    here.sendall(json.dumps(order).encode())
    here.shutdown(socket.SHUT_WR)
    return LoadedRun(here)


def run_program(
    arguments: Sequence[str], *, environ: Mapping[str, str], cwd: Path, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """What `python -m gitops_bot ARGUMENTS` does, with nothing on its standard input.

    Works in any thread. Raises `subprocess.TimeoutExpired` after so many seconds.
    """
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        begun = begin_program(arguments, environ=environ, cwd=cwd, stdout=stdout, stderr=stderr)
        try:
            code = begun.wait(timeout)
        except TimeoutError:
            begun.kill()
            begun.wait()
            raise subprocess.TimeoutExpired(["gitops-bot", *arguments], timeout) from None
        texts = []
        for stream in (stdout, stderr):
            stream.seek(0)
            texts.append(stream.read().decode())
    return subprocess.CompletedProcess(["gitops-bot", *arguments], code, *texts)


def start_program(
    arguments: Sequence[str], *, environ: Mapping[str, str], cwd: Path, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """`python -m gitops_bot ARGUMENTS` itself, with nothing on its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "gitops_bot", *arguments], env=environ, cwd=cwd, capture_output=True,
        text=True, stdin=subprocess.DEVNULL, check=False, timeout=timeout,
    )  # fmt: skip


@cache
def _loaded() -> socket.socket:
    """Starts the process that loads the program, and ends with this one; where it takes orders."""
    here, there = socket.socketpair()
    with there:
        # It gets no variable of ours, so that none decides how Python and the libraries are set up.
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.kit.loaded_program", str(there.fileno())],
            cwd=ROOT, env={"PATH": os.environ["PATH"]}, pass_fds=[there.fileno()],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    atexit.register(process.wait)
    atexit.register(here.close)  # called first; the process ends with it
    return here


# --- in the process that loads the program -----------------------------------------------------------


def _load() -> None:
    """Import what a run imports."""
    import gitops_bot
    from gitops_bot.app import step

    for module in pkgutil.walk_packages(gitops_bot.__path__, "gitops_bot."):
        if not module.name.startswith(("gitops_bot.sandbox", "gitops_bot.__main__")):
            importlib.import_module(module.name)
    step.load_what_comes_later(proofs=True)
    for name in ("botocore.client", "botocore.session"):
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # what is shared with the runs stays shared


def _serve(control: socket.socket) -> None:
    """Fork for each order until the tests end. Returns in the runs, too, whose end is the process's."""
    while True:
        sent, files, _, _ = socket.recv_fds(control, 1, 3)
        if not sent:
            return None
        if os.fork() == 0:
            control.close()
            return _keep(*files)
        for file in files:
            os.close(file)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _keep(answers: int, stdout: int, stderr: int) -> None:
    """Fork the run, wait for it, and tell its process id and exit code."""
    with socket.socket(fileno=answers) as connection:
        order = json.loads(b"".join(iter(lambda: connection.recv(65536), b"")))
        pid = os.fork()
        if pid:
            with contextlib.suppress(BrokenPipeError):  # nobody waits any longer
                connection.sendall(b"%d\n" % pid)
                code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                connection.sendall(b"%d\n" % code)
            os._exit(0)
    for file, number in ((stdout, 1), (stderr, 2)):
        os.dup2(file, number)
        os.close(file)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["environ"])
    sys.argv[1:] = order["arguments"]
    try:
        runpy.run_module("gitops_bot", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if isinstance(ended.code, int):
            _end(ended.code)
        raise


def _end(code: int) -> None:
    """As Python ends, but without taking all modules apart, for which it would copy what is shared."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _load()
    _serve(socket.socket(fileno=int(sys.argv[1])))
