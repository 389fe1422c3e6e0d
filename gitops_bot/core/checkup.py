"""What `doctor` finds: one line for each thing it looked at, with the exact fix where something is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from gitops_bot.core.topics import Topic


class Level(StrEnum):
    """How a check ended. `unknown`: it could not be looked at, which is never the same as ok."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    UNKNOWN = "unknown"


class Finding(Struct, frozen=True):
    """One check's result, as sentences. `fix` is a command, a setting with its page, or the YAML to write;
    `where` a file and line, "" where there is none."""

    level: Level
    topic: Topic
    says: str
    fix: str = ""
    where: str = ""


def failed(findings: Iterable[Finding]) -> bool:
    """Whether any of them is an error."""
    return any(finding.level is Level.ERROR for finding in findings)


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By topic, what is wrong first."""
    levels, topics = (Level.ERROR, Level.WARNING, Level.UNKNOWN, Level.OK), tuple(Topic)
    return tuple(sorted(findings, key=lambda f: (topics.index(f.topic), levels.index(f.level))))
