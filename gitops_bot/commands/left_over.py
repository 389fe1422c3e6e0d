"""A pull request into a broken environment: what of its plan is left over, and what is new."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from gitops_bot.commands.compare import coverage_of, judge_merged, merged_in
from gitops_bot.commands.effects import Effects
from gitops_bot.commands.ledger import Book, read_ledger
from gitops_bot.commands.project_plans import ProjectPlan
from gitops_bot.commands.provenance import Judged
from gitops_bot.core.coverage import Coverage
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.ledger import Ledger
from gitops_bot.core.report import LeftOver, ProjectReport
from gitops_bot.ports import WorkTree


def with_left_over(
    reports: Sequence[ProjectReport],
    plans: Sequence[ProjectPlan],
    merge: str,
    environment: Environment,
    settings: Settings,
    effects: Effects,
) -> tuple[ProjectReport, ...]:
    """The reports, each with what was approved before and what this pull request brings.

    They stay as they are where the environment's newest apply succeeded, and where the checkout lacks
    the history to tell. `merge` is the test merge that was planned.
    """
    ledger = read_ledger(Book(environment, settings.approval, effects))
    base = _base(effects.tree, merge, ledger)
    if base is None or ledger.newest is None:
        return tuple(reports)
    last = ledger.applied.commit if ledger.applied else None
    pulls = merged_in(environment.branch, effects.tree.commits_between(last, base), effects)
    judged = Judged(environment, settings, base)
    merged = judge_merged(judged, pulls, effects)
    return tuple(
        replace(report, left_over=_of(item, coverage_of(item, merged, ledger), ledger, ledger.newest.commit))
        for report, item in zip(reports, plans, strict=True)
    )


def _base(tree: WorkTree, merge: str, ledger: Ledger) -> str | None:
    """The branch's commit below the test merge; None where there is nothing to tell, or no way to."""
    if not ledger.broken or tree.is_shallow():
        return None
    if ledger.applied is not None and not tree.has_commit(ledger.applied.commit):
        return None
    parents = tree.parents(merge)
    return parents[0] if len(parents) == 2 else None


def _of(item: ProjectPlan, coverage: Coverage, ledger: Ledger, commit: str) -> LeftOver | None:
    if item.made is None or item.plan is None:
        return None
    planned = dict.fromkeys(c.address for c in item.fresh(item.made, item.plan).changes)
    new = {c.address for c in coverage.uncovered}
    unfinished = sorted(ledger.unfinished(item.project.name) or ())
    return LeftOver(
        commit,
        tuple(a for a in planned if a not in new),
        tuple(a for a in planned if a in new),
        tuple(a for a in unfinished if a not in planned),
    )
