"""What a promotion's description says, read from the ledgers, git and GitHub."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from gitops_bot.commands.board import read_board
from gitops_bot.commands.carried import applies_carrying, carried_of
from gitops_bot.commands.effects import Effects, RunFacts
from gitops_bot.commands.ledger import Book, read_ledger
from gitops_bot.commands.publish import redactor_for
from gitops_bot.core.carried import Carried, CarriedPull
from gitops_bot.core.content import EMPTY, Candidate, compare
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import GitopsBotError
from gitops_bot.core.ledger import Entry
from gitops_bot.core.promotion_pr import BodyPull, Lost, PromotionBody
from gitops_bot.core.report import ResourceState
from gitops_bot.core.risk import is_stateful
from gitops_bot.core.times import shown
from gitops_bot.ports import PullRequest
from gitops_bot.render.board import render_board_markdown

MAX_NAMED = 30
"""How many carried pull requests are asked for their title and author. One that is none of the newest merged
ones takes a request."""
MAX_APPLIES = 5
"""How many of the newest applies below are asked what they destroyed, one request each."""
MAX_MERGED = 100
"""How many merged pull requests are looked through for those that are carried, or wait below: one page."""
_LOSSES = ("delete", "replace")


def read_body(
    environment: Environment,
    below: Environment,
    applied: Entry,
    target: str,
    settings: Settings,
    effects: Effects,
    facts: RunFacts,
    *,
    healed: bool = False,
) -> PromotionBody:
    """The description for carrying `applied` of `below` onto the commit `target`, without its board.

    Raises `RunFailed` and `BadInput` as git and the host do.
    """
    here = read_ledger(Book(environment, settings.approval, effects)).applied
    carries = carried_of(applied, here, environment, settings, effects)
    waiting, commits = _waiting(below, applied, effects)
    candidate = Candidate(effects.tree.content(target), effects.tree.content(applied.commit), EMPTY)
    left_out = compare(candidate, candidate.merged, EMPTY, environment.promotion.ignore)
    return PromotionBody(
        below.name,
        environment.name,
        applied.commit,
        applied.at,
        _run(applied.run, facts),
        applied.converged,
        _named(carries, settings, effects, facts),
        carries.complete,
        waiting,
        commits,
        left_out.ignored,
        _lost(below, applied, here, settings, effects),
        healed,
    )


def read_board_part(settings: Settings, effects: Effects, facts: RunFacts) -> str:
    """The board as Markdown, "" where it cannot be read: it is worth no failed promotion."""
    try:
        board = read_board(settings, effects, facts.repository)
    except GitopsBotError as error:
        effects.step.log(f"There is no board in the description: {error}")
        return ""
    redactor = redactor_for(settings, facts.secrets, ())
    return f"As of {shown(board.at)}:\n\n{render_board_markdown(board, redactor=redactor)}"


def _run(run: str, facts: RunFacts) -> str:
    """The address of a workflow run of this repository, "" for anything but a run's number."""
    plain = run.isascii() and run.isdigit()
    return f"{facts.server_url}/{facts.repository}/actions/runs/{run}" if plain else ""


def _named(carries: Carried, settings: Settings, effects: Effects, facts: RunFacts) -> tuple[BodyPull, ...]:
    merged: dict[int, PullRequest] = {}
    for name in dict.fromkeys(pull.environment for pull in carries.pulls[:MAX_NAMED]):
        environment = settings.environment(name)
        if environment is not None:
            merged |= {p.number: p for p in _newest_merged(environment, effects)}

    def named(index: int, pull: CarriedPull) -> BodyPull:
        found = merged.get(pull.number)
        if found is None and index < MAX_NAMED:
            try:
                found = effects.host.pull_request(pull.number)
            except GitopsBotError as error:
                effects.step.log(f"The title of #{pull.number} is not known: {error}")
        title, author = (found.title, found.author) if found is not None else ("", "")
        return BodyPull(pull.number, pull.environment, title, author, _run(pull.run, facts), pull.at)

    return tuple(named(index, pull) for index, pull in enumerate(carries.pulls))


def _newest_merged(environment: Environment, effects: Effects) -> Iterator[PullRequest]:
    return islice(effects.host.merged_pull_requests(environment.branch), MAX_MERGED)


def _waiting(below: Environment, applied: Entry, effects: Effects) -> tuple[tuple[int, ...], int]:
    """The pull requests merged below that are not applied there yet, and how many commits that is."""
    head = effects.tree.fetch(below.branch)
    commits = frozenset(effects.tree.commits_between(applied.commit, head))
    if not commits:
        return (), 0
    merged = (p.number for p in _newest_merged(below, effects) if p.merge_commit in commits)
    return tuple(sorted(merged)), len(commits)


def _lost(
    below: Environment, applied: Entry, here: Entry | None, settings: Settings, effects: Effects
) -> tuple[Lost, ...] | None:
    """What the carried applies destroyed or replaced below; None where one of them does not say."""
    carrying = applies_carrying(applied, here, Book(below, settings.approval, effects), MAX_APPLIES)
    if not carrying.whole:
        return None
    found: dict[str, Lost] = {}
    for outcome in filter(None, carrying.outcomes):
        for project in outcome.projects:
            for resource in project.resources:
                if resource.action in _LOSSES and resource.state is ResourceState.DONE:
                    kind = resource.address.rpartition("].")[2].split(".")
                    stateful = any(is_stateful(part, settings.comment.stateful) for part in kind)
                    lost = Lost(resource.address, resource.action, stateful)
                    found.setdefault(resource.address, lost)
    return tuple(found.values())
