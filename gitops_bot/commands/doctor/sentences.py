"""How findings are written, those about the workflow above all."""

from __future__ import annotations

from collections.abc import Sequence

from gitops_bot.core.checkup import Finding, Level
from gitops_bot.core.json_values import JsonValue, as_list, as_text
from gitops_bot.core.topics import Topic


def one_or_more(value: JsonValue) -> list[str]:
    """GitHub takes one text where it takes a list."""
    return list(filter(None, (as_text(item) for item in as_list(value) or [value])))


def texts(held: dict[str, JsonValue]) -> dict[str, str]:
    """Rights as texts."""
    return {scope: as_text(level) for scope, level in held.items()}


def table(scopes: dict[str, str]) -> str:
    """Rights as YAML on one line."""
    return "{" + ", ".join(f"{scope}: {level}" for scope, level in scopes.items()) + "}"


def types_key(types: Sequence[str]) -> str:
    """The key `types` of an event as YAML."""
    return f"types: [{', '.join(types)}]"


def any_of(names: Sequence[str], word: str = "or") -> str:
    """`a, b or c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"


def all_of(names: Sequence[str]) -> str:
    """`a, b and c`."""
    return any_of(names, "and")


def ok(says: str, where: str = "") -> Finding:
    """All is well there."""
    return Finding(Level.OK, Topic.WORKFLOW, says, "", where)


def warning(says: str, fix: str, where: str = "") -> Finding:
    """It works, and is worth a change."""
    return Finding(Level.WARNING, Topic.WORKFLOW, says, fix, where)


def error(says: str, fix: str, where: str = "") -> Finding:
    """It keeps the bot from what it promises."""
    return Finding(Level.ERROR, Topic.WORKFLOW, says, fix, where)
