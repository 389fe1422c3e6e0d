"""The table `commands`: who may give commands in comments."""

from __future__ import annotations

from gitops_bot.config.fields import Field
from gitops_bot.core.comment_rules import DEFAULT_COMMANDS, CommandRules, Level, Word

KEYS = ("permission", *(word.value for word in Word))


def read_commands(field: Field) -> CommandRules:
    """The level that each command asks for; `permission` is that of those which are not named."""
    read = {key: place.choice(tuple(Level)) for key, place in field.table(KEYS).items()}
    levels = {key: Level(text) for key, text in read.items() if text is not None}
    default = levels.pop("permission", DEFAULT_COMMANDS.permission)
    return CommandRules(default, tuple((Word(key), level) for key, level in levels.items()))
