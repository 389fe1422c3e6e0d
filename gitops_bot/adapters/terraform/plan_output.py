"""What a plan leaves behind: its text, its progress, and the facts inside its file."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

from gitops_bot.core.errors import RunFailed
from gitops_bot.core.json_values import JsonValue, as_object, as_text, read_json
from gitops_bot.ports import Progress

_HEADERS = (
    "Terraform used the selected providers to generate the following execution",
    "OpenTofu used the selected providers to generate the following execution",
    "Terraform will perform the following actions:",
    "OpenTofu will perform the following actions:",
    "Note: Objects have changed outside of ",
    "No changes. ",
    "Changes to Outputs:",
    "Terraform planned the following actions, but then encountered a problem:",
    "OpenTofu planned the following actions, but then encountered a problem:",
)
_PROGRESS = re.compile(
    r"\S.*: (?:Refreshing state\.\.\.|Reading\.\.\.|Still reading\.\.\.|Read complete after |Opening\.\.\."
    r"|Opening complete after |Closing\.\.\.|Closing complete after |Preparing import\.\.\.)"
)
_OBJECT = re.compile(r"\S.*: (?:Refreshing state\.\.\.|Reading\.\.\.)")
_STEP = 100
_INTERRUPTED = "Interrupt received."
INTERRUPTED = "Terraform was interrupted and stops as soon as it can"
"""What the log says from the moment Terraform has noticed a signal, until it ends."""


def plan_text(output: str) -> str:
    """Terraform's rendering: from the plan's own header to before the "Saved the plan to" footer."""
    lines = output.split("\n")
    start = next((i for i, line in enumerate(lines) if line.startswith(_HEADERS)), None)
    if start is None:
        lines = [line for line in lines if not _PROGRESS.match(line)]
        start = 0
    lines = lines[start:]
    footer = [i for i, line in enumerate(lines) if line.startswith("Saved the plan to: ")]
    if footer:
        lines = lines[: footer[-1]]
    while lines and _is_trailing(lines[-1]):
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    return "\n".join((*lines, "")) if lines else ""


def _is_trailing(line: str) -> bool:
    return not line.strip("─ ")


def is_interrupt(message: str) -> bool:
    """Whether this is how Terraform says that a signal has reached it."""
    return message.lstrip("\n").startswith(_INTERRUPTED)


class RefreshProgress:
    """Counts the objects Terraform looks at. The lines themselves hold ids, which may be secret."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._count = 0

    def take(self, line: str) -> None:
        """One line of a running plan."""
        if _OBJECT.match(line):
            self._count += 1
            if self._count % _STEP == 0:
                self._progress(f"{self._count} objects refreshed or read so far")
        elif is_interrupt(line):
            self._progress(INTERRUPTED)

    def end(self) -> None:
        """The plan has ended."""
        if self._count:
            self._progress(f"{self._count} object{'s' if self._count > 1 else ''} refreshed or read")


def lineage_in(plan_file: Path) -> str:
    """The lineage of the state the plan was made against, "" before the first apply."""
    try:
        with zipfile.ZipFile(plan_file) as archive:
            return lineage_of(archive.read("tfstate"))
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise RunFailed(
            "Terraform's plan file cannot be read.",
            "Check that the disk is not full and that terraform.binary is Terraform itself.",
        ) from error


def sources_digest_in(plan_file: Path) -> str:
    """One SHA-256 over every Terraform file the plan was made from, modules included."""
    digest = hashlib.sha256()
    try:
        with zipfile.ZipFile(plan_file) as archive:
            for name in sorted(n for n in archive.namelist() if n.startswith("tfconfig/")):
                content = hashlib.sha256(archive.read(name)).hexdigest()
                digest.update(f"{len(name)}:{name}:{content}\n".encode())
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise RunFailed(
            "Terraform's plan file cannot be read.",
            "Check that the disk is not full and that terraform.binary is Terraform itself.",
        ) from error
    return digest.hexdigest()


def lineage_of(state: bytes) -> str:
    """The lineage in a state file's JSON, "" when there is no state."""
    if not state.strip():
        return ""
    try:
        return as_text(as_object(read_json(state.decode("utf-8"))).get("lineage"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise RunFailed("Terraform's state is not readable as JSON.") from error


def has_ephemeral_variables(configuration: JsonValue, variables: JsonValue) -> bool:
    """Whether a root variable is ephemeral: declared, but left out of the plan's `variables`."""
    declared = as_object(as_object(as_object(configuration).get("root_module")).get("variables"))
    given: Mapping[str, JsonValue] = as_object(variables)
    return any(name not in given or as_object(v).get("ephemeral") is True for name, v in declared.items())
