"""The processes of a run, as /proc shows them (Linux only)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

_POLL = 0.01


def _stat(pid: int) -> tuple[str, str, int]:
    """A process's program, its state's letter and its parent; ("", "", 0) when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "", "", 0
    program, _, rest = text.partition("(")[2].rpartition(")")
    state, parent = rest.split()[:2]
    return program, state, int(parent)


def _all() -> Iterator[int]:
    return (int(p.name) for p in Path("/proc").glob("[0-9]*"))


def descendants(pid: int, program: str) -> list[int]:
    """The processes below `pid` that run this program and have not ended."""
    found, parents = [], {pid}
    known = {child: _stat(child) for child in _all()}
    while parents:
        children = [child for child, (_, _, parent) in known.items() if parent in parents]
        found += [child for child in children if known[child][0] == program and known[child][1] != "Z"]
        parents = set(children)
    return found


def working_in(folder: Path) -> dict[int, str]:
    """The processes whose working folder is this one or below it, with their command lines."""
    found = {}
    for pid in _all():
        try:
            here = Path(f"/proc/{pid}/cwd").readlink()
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if (here == folder or folder in here.parents) and _stat(pid)[1] not in ("Z", ""):
            found[pid] = line.replace(b"\0", b" ").decode("utf-8", "replace").strip()
    return found


def until(happened: Callable[[], bool], seconds: float) -> bool:
    """Look again and again until it happened; False when the time is up."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() >= end:
            return False
        time.sleep(_POLL)
    return True


def pending_signal(pid: int) -> bool:
    """Whether a signal still waits to be taken by the process."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return False
    sets = [line.split()[1] for line in lines if line.startswith(("SigPnd:", "ShdPnd:"))]
    return any(int(bits, 16) for bits in sets)
