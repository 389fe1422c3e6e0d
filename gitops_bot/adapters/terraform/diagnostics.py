"""Terraform's errors and warnings, from its plain text and from its JSON, as values."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from gitops_bot.core.errors import GitopsBotError
from gitops_bot.core.json_values import JsonValue, as_object, as_text
from gitops_bot.core.locks import StateLock, read_lock
from gitops_bot.core.report import Diagnostic, Severity

STALE_PLAN = "Saved plan is stale"
"""The summary of the error when the state changed after the plan was made."""

_LOCK_SUMMARY = "Error acquiring the state lock"
_NO_MODULE = ("Failed to download module", "Error downloading modules")
_NO_CREDENTIALS = re.compile(r"could not read (?:Username|Password) for")
_MODULE_HINT = (
    "The run has no credentials for this address. For private modules on the run's own GitHub server give a "
    "token that may read them, as the input module-token."
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_START = re.compile(r"(?P<severity>Error|Warning): (?P<summary>.*)")
_FILE = re.compile(r"  (?:with (?P<with>.+),|on (?P<file>.+?) line (?P<line>\d+)(?:, in .*)?:)")
_LAST_WORDS = re.compile(r"[\w ]+ has been successfully initialized!|Releasing state lock\.")
_FRACTION = re.compile(r"(?:\.[0-9]+)?Z$")


def read_text(output: str) -> tuple[Diagnostic, ...]:
    """The diagnostics in the plain output of a command, with or without boxes and colours."""
    found: list[Diagnostic] = []
    block: list[str] = []
    for raw in output.split("\n"):
        line = _unboxed(raw)
        if _START.match(line):
            found += _from_block(block)
            block = [line]
        elif block and _is_end(line):
            found += _from_block(block)
            block = []
        elif block:
            block.append(line)
    return distinct((*found, *_from_block(block)))


def read_json_object(value: JsonValue) -> Diagnostic | None:
    """The `diagnostic` of a JSON line, None when it is none."""
    data = as_object(value)
    summary = as_text(data.get("summary"))
    if not summary:
        return None
    place = as_object(data.get("range"))
    line = as_object(place.get("start")).get("line")
    return explained(
        Diagnostic(
            Severity.WARNING if data.get("severity") == "warning" else Severity.ERROR,
            summary,
            as_text(data.get("detail")).strip(),
            as_text(place.get("filename")),
            line if isinstance(line, int) else 0,
            as_text(data.get("address")),
        )
    )


def errors_of(stdout: str, stderr: str, command: str, exit_code: int) -> tuple[Diagnostic, ...]:
    """What a failed command said, errors first; at least one, so that no failure is silent."""
    found = distinct((*read_text(stderr), *read_text(stdout)))
    errors = tuple(d for d in found if d.severity is Severity.ERROR)
    warnings = tuple(d for d in found if d.severity is Severity.WARNING)
    return (errors or (without_diagnostic(command, exit_code, stderr),)) + warnings


def without_diagnostic(command: str, exit_code: int, stderr: str) -> Diagnostic:
    """The diagnostic of a failure that Terraform did not explain in its usual form."""
    how = f"ended with exit code {exit_code}" if exit_code >= 0 else f"was ended by signal {-exit_code}"
    said = _COLOUR.sub("", stderr).strip().split("\n")
    return Diagnostic(Severity.ERROR, f"terraform {command} {how}", "\n".join(said[-20:]))


def refused(error: GitopsBotError) -> Diagnostic:
    """There were no credentials, so Terraform did not start."""
    return Diagnostic(Severity.ERROR, error.message, error.hint)


def timed_out(command: str, seconds: float) -> Diagnostic:
    """The diagnostic of a command that was stopped because its time was up."""
    return Diagnostic(
        Severity.ERROR,
        f"terraform {command} did not end within {seconds:g} seconds and was stopped",
        "Raise terraform.timeout in the configuration if it needs longer.",
    )


def explained(diagnostic: Diagnostic) -> Diagnostic:
    """A locked state in one sentence with what to do, and what a private module needs; the rest as it is."""
    if diagnostic.summary in _NO_MODULE and _NO_CREDENTIALS.search(diagnostic.detail):
        return replace(diagnostic, detail=f"{diagnostic.detail}\n\n{_MODULE_HINT}")
    if diagnostic.summary != _LOCK_SUMMARY:
        return diagnostic
    lock = read_lock(diagnostic.detail)
    if lock is None:
        return diagnostic
    operation = lock.operation.removeprefix("OperationType").lower() or "unknown"
    created = _FRACTION.sub(" UTC", lock.created.replace("T", " ")) or "an unknown time"
    return Diagnostic(
        diagnostic.severity,
        f"The state is locked by {lock.who or 'someone unknown'} since {created} "
        f"(lock ID {lock.id}, operation {operation})",
        f"Terraform {lock.version} holds the lock of {lock.path or 'the state'}. "
        "Wait until that run has ended and try again. If it ended and left the lock, comment /gitops unlock "
        "or dispatch unlock on the branch: that looks whose it is, and releases what an apply of ours "
        "left. Another's, if it is certain that nobody works on the state any more: "
        f"terraform force-unlock {lock.id}",
    )


def lock_in_json(value: JsonValue) -> StateLock | None:
    """The lock that the `diagnostic` of a JSON line is about, None when it is about none."""
    data = as_object(value)
    return read_lock(as_text(data.get("detail"))) if data.get("summary") == _LOCK_SUMMARY else None


def lock_in_text(output: str) -> StateLock | None:
    """The lock that the plain output of a failed command is about, None when it is about none."""
    _, found, rest = "\n".join(map(_unboxed, output.split("\n"))).partition(f"Error: {_LOCK_SUMMARY}\n")
    return read_lock(rest) if found else None


def distinct(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Each diagnostic once, in order: Terraform repeats some."""
    return tuple(dict.fromkeys(diagnostics))


def _unboxed(line: str) -> str:
    plain = _COLOUR.sub("", line).rstrip("\r")
    if plain[:1] in {"╷", "╵"}:
        return ""
    return plain[2:] if plain.startswith("│ ") else "" if plain == "│" else plain


def _is_end(line: str) -> bool:
    """What follows a command's warnings: a plan's footer, or the last words of init."""
    return bool((len(line) >= 10 and not line.strip("─")) or _LAST_WORDS.match(line))


def _from_block(block: list[str]) -> list[Diagnostic]:
    """One diagnostic: the summary up to an empty line, where it is, and the detail."""
    start = _START.match(block[0]) if block else None
    if start is None:
        return []
    at = block.index("") if "" in block else len(block)
    summary = " ".join([start["summary"], *(line.strip() for line in block[1:at])]).strip()
    rest, address, file, number = block[at + 1 :], "", "", 0
    while rest and (place := _FILE.fullmatch(rest[0])):
        rest = rest[1:]
        address = place["with"] or address
        if place["file"]:
            file, number = place["file"], int(place["line"])
            end = rest.index("") if "" in rest else len(rest)
            rest = rest[end:]
            break
    detail = "\n".join(rest).strip("\n").rstrip()
    severity = Severity.ERROR if start["severity"] == "Error" else Severity.WARNING
    return [explained(Diagnostic(severity, summary, detail, file, number, address))]
