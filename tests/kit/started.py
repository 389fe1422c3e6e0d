"""Which programs a run starts: wrappers of git and terraform, first on its PATH, note each start."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

PROGRAMS = ("git", "terraform")
_WRAPPER = """\
#!/bin/sh
printf '%s\\n' "{name} $*" >> '{notes}'
{more}exec '{real}' "$@"
"""
_OTHERS = """\
for process in /proc/[0-9]*; do
  case "$(readlink "$process/cwd")" in
    '{folder}'/*) tr '\\0' ' ' < "$process/cmdline" >> '{notes}'; echo >> '{notes}' ;;
  esac
done
"""


class Started:
    """The wrappers. `environ` has the PATH for the run.

    With `watched`, each start of terraform also notes every process that works in a folder below it then.
    """

    def __init__(self, folder: Path, watched: Path | None = None) -> None:
        folder.mkdir()
        self._notes, self._beside = folder / "notes", folder / "beside"
        self.environ = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
        for name in PROGRAMS:
            watching = watched is not None and name == "terraform"
            more = _OTHERS.format(folder=watched, notes=self._beside) if watching else ""
            real = shutil.which(name)
            (folder / name).write_text(_WRAPPER.format(name=name, notes=self._notes, real=real, more=more))
            (folder / name).chmod(0o755)
        self.clear()

    def clear(self) -> None:
        """Forget what was noted."""
        self._notes.write_text("")
        self._beside.write_text("")

    def of(self, program: str) -> list[str]:
        """The command lines of a program's starts, in order."""
        return [line for line in self._notes.read_text().splitlines() if line.split(" ")[0] == program]

    def beside(self) -> list[str]:
        """The command lines of the processes that were there while terraform started."""
        return [line for line in self._beside.read_text().splitlines() if line]
