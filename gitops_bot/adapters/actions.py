"""What GitHub Actions gives a step to speak through: the log, outputs and the job summary."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

from gitops_bot.core.errors import BadInput
from gitops_bot.render.redact import Redactor
from gitops_bot.render.sensitive import encoded_forms

SUMMARY_LIMIT = 1024 * 1024 - 4096
"""GitHub drops a summary above 1 MiB whole, so it is kept a margin below."""

_CUT = "\n\n_The summary was shortened: it would have been larger than GitHub accepts._\n"
# The runner takes a line that starts with `::name`, after white space, and the older `##[name]` anywhere
# for a command. An ARN's `::` is none.
_COMMAND = re.compile(r"^\W*::|##\[", re.MULTILINE)


class ActionsStep:
    """Implements `ports.StepOutput`. Outside of GitHub Actions it only prints the log.

    What comes here was redacted by who knows the plans and the configuration. What was masked, and what
    has the shape of a secret, is taken out once more, whoever forgot it.
    """

    def __init__(self, environ: Mapping[str, str], stdout: TextIO) -> None:
        self._in_actions = environ.get("GITHUB_ACTIONS") == "true"
        self._output_file = environ.get("GITHUB_OUTPUT", "")
        self._summary_file = environ.get("GITHUB_STEP_SUMMARY", "")
        self._stdout = stdout
        self._redactor = Redactor()

    def log(self, text: str) -> None:
        """Lines for the log; workflow commands inside are made harmless."""
        plain = self._redactor(text).replace("\r", "\n")
        if self._in_actions and _COMMAND.search(plain):
            fence = secrets.token_hex(16)
            plain = f"::stop-commands::{fence}\n{plain.rstrip(chr(10))}\n::{fence}::"
        self._print(plain)

    def summary(self, markdown: str) -> None:
        """Append to the job summary, shortened where the file would grow too large."""
        if not self._summary_file:
            return
        path = Path(self._summary_file)
        try:
            room = SUMMARY_LIMIT - (path.stat().st_size if path.exists() else 0)
            data = _within(_text_bytes(self._redactor(markdown).rstrip("\n") + "\n"), room)
            with path.open("ab") as file:
                file.write(data)
        except OSError as error:
            raise _unwritable("GITHUB_STEP_SUMMARY", error) from None

    def output(self, name: str, value: str) -> None:
        """One step output."""
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name):
            raise ValueError(f"not the name of an output: {name!r}")
        if not self._output_file:
            return
        value = self._redactor(value)
        delimiter = f"gitops_bot_{secrets.token_hex(16)}"
        try:
            with Path(self._output_file).open("ab") as file:
                file.write(_text_bytes(f"{name}<<{delimiter}\n{value}\n{delimiter}\n"))
        except OSError as error:
            raise _unwritable("GITHUB_OUTPUT", error) from None

    def mask(self, secret: str) -> None:
        """Hide a value, and each line of it, in everything the runner prints from now on."""
        self._redactor = self._redactor.with_secrets(encoded_forms(secret))
        if not self._in_actions:
            return
        for line in dict.fromkeys(secret.splitlines()):
            if line.strip():
                escaped = line.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
                self._print(f"::add-mask::{escaped}")

    def _print(self, text: str) -> None:
        encoding = getattr(self._stdout, "encoding", None) or "utf-8"
        shown = text.encode(encoding, "replace").decode(encoding)
        self._stdout.write(shown if shown.endswith("\n") else shown + "\n")
        self._stdout.flush()


def file_keeper(environ: Mapping[str, str]) -> Callable[[str, str], str]:
    """A function that writes a file below RUNNER_TEMP, which later steps can read, and says where.

    It says "" where there is no such folder, and raises `BadInput` where the file cannot be written.
    """
    import tempfile

    folders: list[Path] = []

    def keep(name: str, text: str) -> str:
        parent = environ.get("RUNNER_TEMP", "")
        if not parent or not Path(parent).is_dir():
            return ""
        try:
            if not folders:
                # Made here and now, so that nobody else's link leads out of it.
                folders.append(Path(tempfile.mkdtemp(prefix="gitops-bot-outcome-", dir=parent)))
            path = folders[0] / name
            path.touch(0o600)
            path.write_bytes(_text_bytes(text))
        except OSError as error:
            raise _unwritable("RUNNER_TEMP", error) from None
        return str(path)

    return keep


def _text_bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _within(data: bytes, room: int) -> bytes:
    """`data` cut at a line's end so that it fits, with a note; nothing when not even that fits."""
    if len(data) <= room:
        return data
    room -= len(_CUT)
    if room <= 0:
        return b""
    kept = data[:room]
    kept = kept[: kept.rfind(b"\n") + 1] or kept.decode("utf-8", "ignore").encode()
    return kept + _CUT.encode()


def _unwritable(variable: str, error: OSError) -> BadInput:
    return BadInput(
        f"The file that {variable} names cannot be written: {error.strerror}.",
        f"Unset {variable} outside of GitHub Actions.",
    )
