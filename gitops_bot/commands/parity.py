"""A promotion's plan beside what was applied in the environment below for the same content."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from gitops_bot.commands.carried import MAX_LOOKED, Carrying, applies_carrying
from gitops_bot.commands.effects import Effects
from gitops_bot.commands.ledger import Book, announced, read_ledger, with_end
from gitops_bot.commands.project_plans import ProjectPlan
from gitops_bot.core.compare_parity import compare_parity, is_from_below
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import GitopsBotError
from gitops_bot.core.ledger import Entry
from gitops_bot.core.plan import Plan
from gitops_bot.core.report import Allowed, ProjectReport, Proven, Verdict

MAX_APPLIES = 10
"""How many applies below are read for what they did, one request each. Where the content came with more
of them, the record is not whole."""


def with_parity(
    reports: Sequence[ProjectReport],
    plans: Sequence[ProjectPlan],
    verdict: Verdict,
    environment: Environment,
    settings: Settings,
    effects: Effects,
) -> tuple[ProjectReport, ...]:
    """The reports, each with its plan beside what was applied below, where the content comes from there.

    `verdict` is that on the promotion order. What cannot be read is told to the log: it is worth no failed
    plan.
    """
    below = settings.below(environment)
    if below is None or not is_from_below(verdict) or all(_plan(item) is None for item in plans):
        return tuple(reports)
    try:
        carrying = _carrying(verdict, below, environment, settings, effects)
    except GitopsBotError as error:
        effects.step.log(f"The plan is not compared with what was applied in {below.name}: {error}")
        return tuple(reports)
    if carrying is None:
        return tuple(reports)
    return tuple(_beside(r, item, below.name, carrying) for r, item in zip(reports, plans, strict=True))


def _carrying(
    verdict: Verdict, below: Environment, environment: Environment, settings: Settings, effects: Effects
) -> Carrying | None:
    book = Book(below, settings.approval, effects)
    if isinstance(verdict, Allowed) and verdict.proven is Proven.OLDER:
        newest = _older(verdict.commit, book)
    else:
        newest = read_ledger(book).applied
    if newest is None:
        return None
    here = read_ledger(Book(environment, settings.approval, effects)).applied
    return applies_carrying(newest, here, book, MAX_APPLIES)


def _older(commit: str, book: Book) -> Entry | None:
    """The newest apply of an older commit, which the verdict found to have been applied."""
    found = (d for d in announced(book, MAX_LOOKED) if d.commit == commit)
    return next((with_end(book, d) for d in found), None)


def _plan(item: ProjectPlan) -> Plan | None:
    """The plan, None where there is none or only half of one."""
    return None if item.plan is None or item.plan.errored else item.plan


def _beside(report: ProjectReport, item: ProjectPlan, below: str, carrying: Carrying) -> ProjectReport:
    plan = _plan(item)
    if plan is None:
        return report
    outcomes = [o.project(item.project.name) for o in reversed(carrying.outcomes) if o is not None]
    known = carrying.whole and carrying.reached
    return replace(report, parity=compare_parity(plan, below, [o for o in outcomes if o is not None], known))
