"""Who may give which command in a comment."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Word(StrEnum):
    """What may stand behind `/gitops`."""

    PLAN = "plan"
    APPLY = "apply"
    PROMOTE = "promote"
    STATUS = "status"
    UNLOCK = "unlock"
    HELP = "help"


class Level(StrEnum):
    """What somebody must be allowed in the repository; `nobody` turns a command off."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"
    NOBODY = "nobody"


class CommandRules(Struct, frozen=True):
    """Who may use which command: `permission` for all, `of` where one differs."""

    permission: Level = Level.WRITE
    of: tuple[tuple[Word, Level], ...] = ()

    def level(self, word: Word) -> Level:
        """What this command asks for."""
        return dict(self.of).get(word, self.permission)


DEFAULT_COMMANDS = CommandRules()
