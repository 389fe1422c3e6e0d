"""The board, read from GitHub: a handful of requests for each environment, however long the histories are."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from gitops_bot.commands.carried import carried_of, same_content
from gitops_bot.commands.checks import find, promotion_check
from gitops_bot.commands.drift import drifted
from gitops_bot.commands.effects import Effects
from gitops_bot.commands.ledger import Book, read_ledger
from gitops_bot.commands.standing import period_of
from gitops_bot.core.board import Board, OpenPromotion, Row
from gitops_bot.core.content import Comparison
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.guards import freeze_reason
from gitops_bot.core.ledger import Ledger
from gitops_bot.core.promotion import (
    BACKFLOW_PREFIX,
    Coming,
    Standing,
    comes_from,
    judge,
    snapshot_branch,
)
from gitops_bot.core.report import Blocked, BlockReason
from gitops_bot.ports import Conclusion, PullRequest

MAX_OPEN = 100
"""How many open pull requests into an environment are looked through: one page."""
_WHOLE = Comparison(exact=True, proven=("everything that is applied below",))


def read_board(settings: Settings, effects: Effects, repository: str) -> Board:
    """Where every environment of a repository (OWNER/REPO) stands.

    Raises `RunFailed` and `BadInput` as the host does.
    """
    now = effects.clock()
    ledgers = {e.name: read_ledger(Book(e, settings.approval, effects)) for e in settings.environments}
    listed = effects.host.open_pull_requests_into([e.branch for e in settings.environments], MAX_OPEN)
    # A fork's branch may have any name.
    own = {
        branch: tuple(p for p in pulls if p.head_repository.lower() == repository.lower())
        for branch, pulls in listed.items()
    }
    rows = tuple(_row(e, ledgers, own[e.branch], settings, effects, now) for e in settings.environments)
    return Board(rows, now)


def _row(
    environment: Environment,
    ledgers: dict[str, Ledger],
    pulls: tuple[PullRequest, ...],
    settings: Settings,
    effects: Effects,
    now: datetime,
) -> Row:
    host, ledger, below = effects.host, ledgers[environment.name], settings.below(environment)
    applied = ledger.applied
    row = Row(
        environment.name,
        environment.branch,
        host.branch_head(environment.branch) or "",
        applied,
        ledger.newest.state if ledger.newest is not None else None,
        drifted(Book(environment, settings.approval, effects), applied) if applied else None,
        backflows=tuple(p.number for p in pulls if p.head_branch.startswith(BACKFLOW_PREFIX)),
        promotion=_promotion(environment, below, pulls, effects) if below is not None else None,
    )
    if below is None:
        return row
    return _with_waiting(row, environment, below, ledgers, settings, effects, now)


def _with_waiting(
    row: Row,
    environment: Environment,
    below: Environment,
    ledgers: dict[str, Ledger],
    settings: Settings,
    effects: Effects,
    now: datetime,
) -> Row:
    """The row with what is applied below and not here."""
    here, ledger = row.applied, ledgers[below.name]
    newest = ledger.applied
    if newest is not None and here is not None and same_content(newest, here, environment, effects):
        return row
    waits = carried_of(newest, here, environment, settings, effects)
    return replace(
        row,
        waiting=tuple(pull.number for pull in waits.pulls),
        complete=waits.complete,
        differs=newest is not None,
        blocked=_blocked(environment, below, ledger, settings, effects, now),
    )


def _blocked(
    environment: Environment,
    below: Environment,
    ledger: Ledger,
    settings: Settings,
    effects: Effects,
    now: datetime,
) -> tuple[BlockReason, ...]:
    """Why exactly what is applied below could not come in now."""
    applied = ledger.applied
    book = Book(below, settings.approval, effects)
    standing = Standing(below, ledger)
    if applied is not None:
        period = period_of(applied, environment.promotion.soak, book, now)
        standing = Standing(below, ledger, period, drifted(book, applied))
    coming = Coming(
        snapshot_branch(below.name, environment.name), now, frozen=freeze_reason(environment, now)
    )
    verdict = judge(environment, standing, _WHOLE, coming, now)
    return verdict.reasons if isinstance(verdict, Blocked) else ()


def _promotion(
    environment: Environment, below: Environment, pulls: tuple[PullRequest, ...], effects: Effects
) -> OpenPromotion | None:
    pull = next((p for p in pulls if comes_from(p.head_branch, below, environment)), None)
    if pull is None:
        return None
    check = find(effects.host.check_runs(pull.head), promotion_check(environment.name))
    allowed = None if check is None else check.conclusion is Conclusion.SUCCESS
    return OpenPromotion(pull.number, pull.url, pull.head_branch, pull.draft, allowed)
