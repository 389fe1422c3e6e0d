"""python-terraform with its way of running commands replaced (docs/adr/0003).

Its argument building is kept. Its `cmd()` buffers everything, knows no timeout and no signals,
orphans Terraform when the bot is stopped, and reads the state file at every turn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from python_terraform import IsFlagged, Terraform

from gitops_bot.adapters.process import Completed, Grace, LineTaker, run

FLAG = IsFlagged
"""The value of an option that takes none, such as `no_color=FLAG`."""


class TerraformCli(Terraform):  # type: ignore[misc]  # published without types
    """The terraform binary in one working folder, with one environment."""

    def __init__(
        self,
        binary: str,
        working_dir: Path,
        environ: Mapping[str, str],
        timeout: float | None = None,
        grace: Grace | None = None,
    ) -> None:
        super().__init__(working_dir=str(working_dir), terraform_bin_path=binary, is_env_vars_included=False)
        self._folder = working_dir
        self._environ = dict(environ)
        self._timeout = timeout
        self._grace = grace

    def argv(self, command: str, *args: str, **options: object) -> list[str]:
        """The argument list of a command, the program first. Lists repeat an option, None omits it."""
        given = {k: v for k, v in options.items() if v != {}}  # an empty dict adds a stray -var-file
        parts: list[object] = self.generate_cmd_string(command, *args, **given)
        return [str(part) for part in parts]

    def cmd(
        self,
        cmd: str,
        *args: str,
        on_stdout: LineTaker | None = None,
        on_stderr: LineTaker | None = None,
        on_interrupt: Callable[[], None] | None = None,
        writes: bool = False,
        **options: object,
    ) -> Completed:
        """Run a command such as `plan` or `state pull` to its end; `writes` one that may change the state."""
        return run(
            self.argv(cmd, *args, **options),
            cwd=self._folder,
            environ=self._environ,
            timeout=self._timeout,
            on_stdout=on_stdout,
            on_stderr=on_stderr,
            on_interrupt=on_interrupt,
            grace=self._grace,
            writes=writes,
        )

    def read_state_file(self, file_path: str | None = None) -> None:
        """Do nothing: the state may be remote, large or absent, and holds secrets."""

    def __getattr__(self, item: str) -> Any:
        """Python's own answer to an unknown name; the base class would run it as a command."""
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {item!r}")
