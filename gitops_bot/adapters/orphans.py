"""Lets a program outlive a bot that is killed for just as long as it needs to stop gracefully.

Left alone, Terraform dies of SIGPIPE at its next line, amid the apply: what it was creating is then
missing from the state, and the state stays locked.

The signal reaches the program only, not the processes it has started. Terraform ends its plugins and
the command of a `local-exec` provisioner itself; what that command has started in turn goes on.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from typing import IO

_PIPE_BYTES = 1_048_576
"""The most an unprivileged process may ask for (/proc/sys/fs/pipe-max-size)."""


class Tie:
    """What makes the end of this process, however it comes, send one program a SIGINT (docs/adr/0027).

    A pipe into which nobody writes: this process alone holds the end to write, the program inherits
    the other. When the first closes, the kernel signals who owns the second (fcntl(2), F_SETSIG).
    """

    def __init__(self, inherited: int) -> None:
        self.inherited = inherited

    def to(self, pid: int) -> None:
        """Tie a program that runs. Does nothing where that cannot be had."""
        if sys.platform == "linux":
            with contextlib.suppress(OSError):
                fcntl.fcntl(self.inherited, fcntl.F_SETOWN, pid)
                fcntl.fcntl(self.inherited, fcntl.F_SETSIG, signal.SIGINT)
                flags = fcntl.fcntl(self.inherited, fcntl.F_GETFL)
                fcntl.fcntl(self.inherited, fcntl.F_SETFL, flags | os.O_ASYNC)

    def to_this_process(self) -> None:
        """Tie the forked process that calls this, before it becomes the program.

        It has the end to write too, until it becomes the program. So where this process ends meanwhile,
        or has ended before, that is when the signal comes.
        """
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # else one before the exec would be swallowed
        self.to(os.getpid())


@contextlib.contextmanager
def tie() -> Iterator[Tie]:
    """The tie of one program, to be left after the program has ended."""
    inherited, kept = os.pipe()
    with os.fdopen(inherited, "rb", buffering=0), os.fdopen(kept, "wb", buffering=0):
        yield Tie(inherited)


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
