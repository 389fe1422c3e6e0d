"""Finds the terraform binary and knows its version."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gitops_bot.adapters.process import run
from gitops_bot.core.errors import BadInput, Interrupted

OLDEST = (1, 5)
"""The oldest version whose plan has everything that is needed. OpenTofu's first one is 1.6."""
_INSTALL = (
    "Install Terraform 1.5 or newer (in a workflow: hashicorp/setup-terraform before this step) "
    "or set terraform.binary in the configuration."
)
_INSTALL_TOFU = "Install OpenTofu 1.6 or newer (in a workflow: opentofu/setup-opentofu before this step)."
_SAID = re.compile(r"(Terraform|OpenTofu) v((\d+)\.(\d+)\.\d+(?:[-+][0-9A-Za-z.+-]*)?)")
_TIMEOUT = 60.0


class Version(Struct, frozen=True):
    """What a binary says it is: `program` is Terraform or OpenTofu."""

    program: str
    text: str
    numbers: tuple[int, int]

    @property
    def is_tofu(self) -> bool:
        """Whether it is OpenTofu."""
        return self.program == "OpenTofu"

    def __str__(self) -> str:
        """As it stands in an approval: two programs never say the same."""
        return f"{self.program} {self.text}" if self.is_tofu else self.text


def find_binary(name: str, environ: Mapping[str, str]) -> str:
    """The absolute path of the program. Past the set-up actions' wrapper: it garbles codes and output."""
    found = shutil.which(name, path=environ.get("PATH", ""))
    if found is None:
        hints = {"terraform": _INSTALL, "tofu": _INSTALL_TOFU}
        hint = hints.get(name, f"Install {name}, or correct terraform.binary.")
        raise BadInput(f"The terraform binary {name!r} was not found.", hint)
    binary = Path(found).absolute()
    wrapped = shutil.which(str(binary.with_name("tofu-bin" if binary.name == "tofu" else "terraform-bin")))
    return wrapped or str(binary)


def read_version(binary: str, environ: Mapping[str, str]) -> Version:
    """What the binary says it is; raises `BadInput` when it is too old or says nothing.

    In words, because in JSON both programs call themselves `terraform_version`.
    """
    install = _INSTALL_TOFU if Path(binary).name.startswith("tofu") else _INSTALL
    try:
        done = run([binary, "version"], cwd=Path.cwd(), environ=environ, timeout=_TIMEOUT)
    except OSError as error:
        raise BadInput(f"{binary!r} cannot be started: {error.strerror}.", install) from error
    if done.interrupted:
        raise Interrupted("Interrupted while asking Terraform for its version.")
    said = _SAID.match(done.stdout.decode("utf-8", "replace"))
    if done.exit_code != 0 or said is None:
        raise BadInput(f"The version of {binary!r} cannot be read.", install)
    version = Version(said[1], said[2], (int(said[3]), int(said[4])))
    if version.numbers < OLDEST:
        raise BadInput(f"{version.program} {version.text} is too old: 1.5 or newer is needed.", install)
    return version


class AskedVersion:
    """A binary and its version, found out in a thread of its own while the caller does something else."""

    def __init__(self, name: str, environ: Mapping[str, str]) -> None:
        self._answer: tuple[str, Version] | Exception | None = None
        self._thread = threading.Thread(target=self._ask, args=(name, environ), daemon=True)
        self._thread.start()

    def _ask(self, name: str, environ: Mapping[str, str]) -> None:
        try:
            binary = find_binary(name, environ)
            self._answer = binary, read_version(binary, environ)
        except Exception as error:
            self._answer = error

    def answer(self) -> tuple[str, Version]:
        """The path and the version, waited for; raises what `find_binary` and `read_version` raise."""
        self._thread.join()
        if not isinstance(self._answer, tuple):
            raise self._answer or RuntimeError("The question was given up.")
        return self._answer
