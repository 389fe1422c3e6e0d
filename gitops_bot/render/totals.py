"""How many changes of each kind a report has, for its heading."""

from __future__ import annotations

from collections import Counter

from gitops_bot.core.report import Report
from gitops_bot.core.risk import mark_of
from gitops_bot.render.pieces import plan_of

COLUMNS = (
    *("delete", "replace", "unknown", "update", "create", "import", "move", "forget", "read"),
    *("outputs", "drift"),
)
"""The order in which counts are shown: what may hurt first."""


def totals_of(report: Report) -> dict[str, int]:
    """The counts of all projects together, by the kinds' words.

    `danger` is what is destroyed or replaced, `marked` how much of that is protected or holds data,
    `outputs` the outputs that change.
    """
    plans = [plan for plan in map(plan_of, report.projects) if plan is not None]
    changes = [change for plan in plans for change in plan.changes]
    counts: Counter[str] = Counter()
    for plan in plans:
        counts.update(plan.summary())
    totals = {name: counts[name] for name in COLUMNS}
    totals["danger"] = totals["delete"] + totals["replace"]
    totals["marked"] = sum(1 for c in changes if mark_of(c, report.protect, report.stateful))
    return totals
