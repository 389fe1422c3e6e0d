"""A step's output as the workflow runner shows it: commands are carried out and not printed."""

from __future__ import annotations

import re
from pathlib import Path

_COMMAND = re.compile(r"::(?P<name>[a-z-]+)(?: [^:]*)?::(?P<text>.*)", re.IGNORECASE)
_SHOWN = {"error": "Error: ", "warning": "Warning: ", "notice": "", "group": ""}


def _unescape(text: str) -> str:
    return text.replace("%0D", " ").replace("%0A", " ").replace("%25", "%")


class StepLog:
    """Reads line by line, and keeps what was shown."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._stopped = ""
        self._secrets: list[str] = []

    def read(self, line: str) -> str | None:
        """What the runner shows of this line; None for nothing."""
        text = line.rstrip("\n")
        if self._stopped:
            if text == f"::{self._stopped}::":
                self._stopped = ""
                return None
            return self._keep(text)
        command = _COMMAND.fullmatch(text.strip())
        if command is None:
            return self._keep(text)
        name, value = command["name"].lower(), _unescape(command["text"])
        if name == "stop-commands":
            self._stopped = value
        elif name == "add-mask" and value:
            self._secrets.append(value)
        elif name in _SHOWN:
            return self._keep(_SHOWN[name] + value)
        return None

    def _keep(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        self.lines.append(text)
        return text


def read_outputs(path: Path) -> dict[str, str]:
    """The outputs in a file of GITHUB_OUTPUT's form: `name=value`, or `name<<word` up to that word."""
    outputs: dict[str, str] = {}
    name, word, lines = "", "", list[str]()
    for line in path.read_text(encoding="utf-8").split("\n") if path.exists() else ():
        if word and line == word:
            outputs[name], word = "\n".join(lines), ""
        elif word:
            lines.append(line)
        elif "<<" in line:
            name, _, word = line.partition("<<")
            lines = []
        elif "=" in line:
            key, _, value = line.partition("=")
            outputs[key] = value
    return outputs
