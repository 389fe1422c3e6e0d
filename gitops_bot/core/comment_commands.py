"""Commands in a pull request's comments: what was asked for, who may ask, and what is to happen.

None of them runs here. A comment's run is on the default branch and holds no cloud identity (D14), so what
needs Terraform is started where its rights are right: an apply on its environment's branch, a plan as a
re-run of the pull request's own run.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TypeAlias, assert_never

from msgspec import Struct

from gitops_bot.core.comment_rules import CommandRules, Level, Word
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.events import Command


class Reaction(StrEnum):
    """How a comment is acknowledged. https://docs.github.com/rest/reactions/reactions"""

    SEEN = "eyes"
    STARTED = "rocket"
    REFUSED = "-1"
    NOT_UNDERSTOOD = "confused"


class Unknown(Struct, frozen=True):
    """A first line that begins with `/gitops` and goes on with something else."""


Asked: TypeAlias = Word | Unknown

_RANK = {"none": 0, "read": 1, "write": 2, "admin": 3}
_FIRST = re.compile(r"/gitops(?:[ \t]+([^\r\n]*))?[ \t]*(?:\r?\n|\Z)")


def read_command(body: str) -> Asked | None:
    """The command in a comment's first line, None where there is none. `/gitops` alone asks for help."""
    found = _FIRST.match(body)
    if found is None:
        return None
    words = (found[1] or "").split()
    if not words:
        return Word.HELP
    return Word(words[0]) if len(words) == 1 and words[0] in tuple(Word) else Unknown()


def may(asked: Asked, permission: str, rules: CommandRules) -> bool:
    """Whether somebody with that permission (admin, write, read, none) may ask. To be told what there is,
    the lowest that any command asks for is enough."""
    if isinstance(asked, Unknown):
        return any(may(word, permission, rules) for word in Word)
    level = rules.level(asked)
    return level is not Level.NOBODY and _RANK.get(permission, 0) >= _RANK[level]


class Commented(Struct, frozen=True):
    """The pull request under a command: whether it is open, whether it was merged, whether it is a fork's."""

    number: int
    open: bool
    merged: bool
    from_fork: bool


class Rerun(Struct, frozen=True):
    """Run the pull request's own run again."""


class Start(Struct, frozen=True):
    """Dispatch a command about `environment` on a branch."""

    command: Command
    environment: str
    branch: str


class ShowBoard(Struct, frozen=True):
    """Answer with the board."""


class ShowHelp(Struct, frozen=True):
    """Answer with the list of commands."""


class Refuse(Struct, frozen=True):
    """Nothing can be done, and why and what to do instead, as sentences."""

    why: str


Answer: TypeAlias = Rerun | Start | ShowBoard | ShowHelp | Refuse


def answer_to(word: Word, pull: Commented, environment: Environment, settings: Settings) -> Answer:
    """What a command on a pull request into `environment` leads to."""
    match word:
        case Word.HELP:
            return ShowHelp()
        case Word.STATUS:
            return ShowBoard()
        case Word.PLAN:
            return _plan(pull, environment)
        case Word.APPLY:
            if not pull.merged:
                return _not_merged(pull, f"Merging it applies it in {environment.name}")
            return Start(Command.APPLY, environment.name, environment.branch)
        case Word.UNLOCK:
            return Start(Command.UNLOCK, environment.name, environment.branch)
        case Word.PROMOTE:
            return _promote(pull, environment, settings)
        case _:
            assert_never(word)


def _plan(pull: Commented, environment: Environment) -> Answer:
    if pull.from_fork:
        return Refuse("It comes from a fork, whose code is never planned with this repository's rights.")
    if not pull.open:
        return Refuse(
            f"It is not open, and a closed pull request has no plan. To see what an apply of "
            f"{environment.branch} would do, dispatch `plan` for {environment.name} on it."
        )
    return Rerun()


def _promote(pull: Commented, environment: Environment, settings: Settings) -> Answer:
    above = settings.above(environment)
    if above is None:
        return Refuse(f"{environment.name} is the highest environment, so there is nothing above it.")
    if not pull.merged:
        return _not_merged(
            pull, f"What is applied in {environment.name} after its merge can be promoted into {above.name}"
        )
    return Start(Command.PROMOTE, above.name, environment.branch)


def _not_merged(pull: Commented, instead: str) -> Refuse:
    state = "It is not merged yet." if pull.open else "It was closed without merging."
    return Refuse(f"{state} {instead}." if pull.open else state)
