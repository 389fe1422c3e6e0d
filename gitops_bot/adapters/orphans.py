"""Lets a program outlive a bot that is killed for just as long as it needs to stop gracefully.

Left alone, Terraform dies of SIGPIPE at its next line, amid the apply: what it was creating is then
missing from the state, and the state stays locked.

The signal reaches the program only, not the processes it has started. Terraform ends its plugins and
the command of a `local-exec` provisioner itself; what that command has started in turn goes on.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import IO, Any

_PIPE_BYTES = 1_048_576
"""The most an unprivileged process may ask for (/proc/sys/fs/pipe-max-size)."""
_PR_SET_PDEATHSIG = 1


def _find_prctl() -> Any:
    if sys.platform != "linux":
        return None
    try:
        # PyDLL keeps the interpreter's lock, which a process that was forked a moment ago must not give away.
        prctl = ctypes.PyDLL(None).prctl
    except (OSError, AttributeError):
        return None
    prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    prctl.restype = ctypes.c_int
    return prctl


_prctl = _find_prctl()


def interrupted_with_this_process() -> Callable[[], None] | None:
    """What the forked process must call before it becomes the program, so that the end of this one,
    however it comes, sends it a SIGINT. None where that cannot be had.

    The kernel watches the thread that forked, not its process, so only the main thread's programs
    get it: another thread may end long before its program should (prctl(2), PR_SET_PDEATHSIG).
    """
    if _prctl is None or threading.current_thread() is not threading.main_thread():
        return None
    parent = os.getpid()

    def ask() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # else one before the exec would be swallowed
        _prctl(_PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
        if os.getppid() != parent:  # it was killed before it could be watched
            os._exit(130)

    return ask


@contextlib.contextmanager
def output_pipe() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """A pipe's two ends, to read and to write, with as much room as there can be.

    A program that also inherits the end to read can write into it when nobody else is left: it
    gets no SIGPIPE, and blocks only when the room is used up.
    """
    ends = os.pipe()
    with os.fdopen(ends[0], "rb", buffering=0) as read, os.fdopen(ends[1], "wb", buffering=0) as write:
        if sys.platform == "linux":
            with contextlib.suppress(OSError):  # a system may allow less
                fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        yield read, write
