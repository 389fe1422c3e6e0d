"""What the description of a promotion pull request says, as a pure value."""

from __future__ import annotations

from msgspec import Struct


class BodyPull(Struct, frozen=True):
    """A carried pull request. `title` and `author` are "" where GitHub was not asked; `run` is the address of
    the apply that brought it to `environment`, "" where it is not known."""

    number: int
    environment: str
    title: str = ""
    author: str = ""
    run: str = ""
    at: str = ""


class Lost(Struct, frozen=True):
    """A resource that the applies below destroyed or replaced (`action`). `stateful`: its data went too."""

    address: str
    action: str
    stateful: bool = False


class PromotionBody(Struct, frozen=True):
    """Everything a promotion's description shows.

    `pulls` are newest first; `complete` is False where there may be more. `waiting` are the pull requests
    merged below after the applied commit, `commits` how many commits that are. `ignored` are paths that
    differ and are left out on purpose. `lost` is None where no record says what was done below. `healed`: a
    commit of the bot's makes the content come out exactly. `board` is Markdown.
    """

    below: str
    environment: str
    commit: str
    at: str = ""
    run: str = ""
    converged: bool | None = None
    pulls: tuple[BodyPull, ...] = ()
    complete: bool = True
    waiting: tuple[int, ...] = ()
    commits: int = 0
    ignored: tuple[str, ...] = ()
    lost: tuple[Lost, ...] | None = ()
    healed: bool = False
    notices: tuple[str, ...] = ()
    board: str = ""
