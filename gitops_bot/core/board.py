"""The board: where every environment stands, and what waits to come into each. A pure value."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from gitops_bot.core.ledger import Entry, EntryState
from gitops_bot.core.report import BlockReason, Reason


class OpenPromotion(Struct, frozen=True):
    """The open promotion pull request into an environment. `allowed` is what its promotion check says, None
    where it has not been judged yet."""

    number: int
    url: str
    head_branch: str
    draft: bool = False
    allowed: bool | None = None


class Row(Struct, frozen=True):
    """One environment. `head` is "" without a branch.

    `applied` is the newest successful apply, `newest` how the newest one ended. `drifted` is what the newest
    look for drift found, None where nobody looked. `waiting` are the pull requests that what is applied below
    would bring, newest first; `complete` is False where there may be more; `differs`: there is something. In
    the lowest environment nothing waits: what is merged there is applied. `blocked` is why it could not come
    in now. `backflows` are the open pull requests that bring hotfixes from above.
    """

    name: str
    branch: str
    head: str = ""
    applied: Entry | None = None
    newest: EntryState | None = None
    drifted: bool | None = None
    waiting: tuple[int, ...] = ()
    complete: bool = True
    differs: bool = False
    promotion: OpenPromotion | None = None
    blocked: tuple[BlockReason, ...] = ()
    backflows: tuple[int, ...] = ()

    @property
    def behind(self) -> bool:
        """Whether the branch holds what is not applied."""
        return bool(self.head) and (self.applied is None or self.applied.commit != self.head)

    @property
    def soaking_until(self) -> str:
        """When what waits has been applied below for long enough, ISO 8601; "" where it does not soak."""
        soaking = (r.fact("until") for r in self.blocked if r.reason is Reason.SOAKING)
        return next(soaking, "")


class Board(Struct, frozen=True):
    """All environments, lowest first, as they stood at a time."""

    rows: tuple[Row, ...]
    at: datetime
