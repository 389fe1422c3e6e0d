"""What GitHub answers a token, or that it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gitops_bot.core.checkup import Finding, Level
from gitops_bot.core.errors import GitopsBotError
from gitops_bot.core.topics import Topic

T = TypeVar("T")


def asked(ask: Callable[[], T], topic: Topic, what: str, fix: str) -> T | Finding:
    """The answer, or that there is none. What is not seen is never taken to be well."""
    try:
        return ask()
    except GitopsBotError as error:
        return Finding(Level.UNKNOWN, topic, f"{what}: {error.message}", error.hint or fix)
