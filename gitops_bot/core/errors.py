"""Errors a person can act on, and the exit codes they end in."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The stable exit codes of every command (docs/reference/exit-codes.md)."""

    DONE = 0
    FAILED = 1
    BAD_INPUT = 2
    INTERRUPTED = 130


class GitopsBotError(Exception):
    """What happened and where (`message`), and what to do about it (`hint`).

    Both are plain sentences without control characters; the command line prints them and ends
    with `exit_code`. Anything that is not a `GitopsBotError` is a defect of ours.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class BadInput(GitopsBotError):
    """Wrong usage, a bad file, a bad set-up: the person must change what they gave. Exit code 2."""

    exit_code = ExitCode.BAD_INPUT


class RunFailed(GitopsBotError):
    """The input was fine and the run still ended in a failure. Exit code 1."""

    exit_code = ExitCode.FAILED


class CloudRefused(RunFailed):
    """There are no credentials for an environment: which role, why, and what to change."""


class CloudUnreachable(CloudRefused):
    """What hands the credentials out does not answer, for any role."""


class Interrupted(GitopsBotError):
    """A signal ended the run after everything under way was stopped gracefully. Exit code 130."""

    exit_code = ExitCode.INTERRUPTED
