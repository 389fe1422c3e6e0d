"""What a promotion would carry, read from the ledgers: one or two requests for each environment below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import dropwhile, islice

from msgspec import Struct

from gitops_bot.commands.effects import Effects
from gitops_bot.commands.ledger import Book, announced, outcome_of
from gitops_bot.commands.standing import MAX_READ
from gitops_bot.core.carried import Carried, Listed, carried_between
from gitops_bot.core.content import alike
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.json_values import as_list, as_text
from gitops_bot.core.ledger import Entry, Outcome
from gitops_bot.ports import Deployment

MAX_LOOKED = 200
"""How many of the newest applies of an environment are looked at: two pages."""


class Carrying(Struct, frozen=True):
    """The outcomes of the applies below that brought what is not in an environment yet, newest first; None of
    one without a record that counts.

    `whole`: there are no more of them, and each one's outcome holds all its resources. `reached`: the one
    before them brought what is applied in that environment now, or nothing is applied there.
    """

    outcomes: tuple[Outcome | None, ...]
    whole: bool
    reached: bool


def carried_of(
    newest: Entry | None, here: Entry | None, environment: Environment, settings: Settings, effects: Effects
) -> Carried:
    """The pull requests applied in the environment below (`newest`) and not in `environment` yet (`here`).

    By contents, not by commits; applies that failed are no end of it, since the next success covers them.
    """
    if newest is None or (here is not None and same_content(newest, here, environment, effects)):
        return Carried()
    lower = settings.environments[: settings.environments.index(environment)]
    ledgers: Iterable[Sequence[Listed]] = (tuple(_listed(Book(e, settings.approval, effects))) for e in lower)
    if here is None:
        return carried_between(ledgers, newest.tree, "")
    if not environment.promotion.ignore:
        return carried_between(ledgers, newest.tree, here.tree)
    listed = tuple(ledgers)
    return carried_between(listed, newest.tree, _as_below(here, listed, environment, effects))


def same_content(below: Entry, here: Entry, environment: Environment, effects: Effects) -> bool:
    """Whether what is applied in two environments differs in nothing but what differs on purpose, as far as
    this clone knows them."""
    tree, ignore = effects.tree, environment.promotion.ignore
    if below.tree == here.tree:
        return True
    if not ignore or not (tree.has_commit(below.commit) and tree.has_commit(here.commit)):
        return False
    return alike(tree.content(below.commit), tree.content(here.commit), ignore)


def _as_below(
    here: Entry, ledgers: Iterable[Iterable[Listed]], environment: Environment, effects: Effects
) -> str:
    """The tree below that is what is applied here, but for what differs on purpose; its own where none is."""
    tree, ignore = effects.tree, environment.promotion.ignore
    if not tree.has_commit(here.commit):
        return here.tree
    content = tree.content(here.commit)
    for listed in ledgers:
        known = {entry.tree: entry.commit for entry in listed if tree.has_commit(entry.commit)}
        for below, commit in islice(known.items(), MAX_READ):
            if alike(content, tree.content(commit), ignore):
                return below
    return here.tree


def _listed(book: Book) -> Iterator[Listed]:
    for deployment in announced(book, MAX_LOOKED):
        data = deployment.payload
        numbers = (n for n in as_list(data.get("pull_requests")) if isinstance(n, int))
        yield Listed(
            book.environment.name,
            deployment.commit,
            as_text(data.get("tree")),
            tuple(numbers),
            as_text(data.get("run")),
            deployment.created_at,
        )


def applies_carrying(newest: Entry, here: Entry | None, book: Book, most: int) -> Carrying:
    """The applies from `newest` back to the one of the content that is applied as `here`, without it.

    `book` is the ledger below. At most the newest `most` are read, with one request each.
    """
    since = dropwhile(lambda d: d.id != newest.id, announced(book, MAX_LOOKED))
    found: list[Deployment] = []
    more, reached = False, here is None
    for deployment in since:
        if here is not None and found and as_text(deployment.payload.get("tree")) == here.tree:
            reached = True
            break
        if len(found) == most:
            more = True
            break
        found.append(deployment)
    outcomes = tuple(newest.outcome if d.id == newest.id else outcome_of(book, d) for d in found)
    whole = all(o is not None and o.final and o.whole for o in outcomes)
    return Carrying(outcomes, whole and not more, reached and not more)
