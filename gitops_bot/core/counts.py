"""How many resources Terraform says it added, changed, removed and imported, against its plan."""

from __future__ import annotations

from msgspec import Struct

from gitops_bot.core.plan import ChangeKind, Plan


class Counts(Struct, frozen=True):
    """What Terraform's summaries count. A replace is an addition and a removal."""

    add: int = 0
    change: int = 0
    remove: int = 0
    imported: int = 0


class Miscount(Struct, frozen=True):
    """An apply that succeeded and, by Terraform's own count, did something else than planned.

    Mostly an update that turned out to be none once all values were known.
    """

    planned: Counts
    applied: Counts


def counts_of(plan: Plan) -> Counts | None:
    """What an apply of the plan counts; None where it holds something whose count is not known."""
    kinds = [c.kind for c in plan.changes]
    if ChangeKind.UNKNOWN in kinds or plan.action_invocations:
        return None
    replaced = kinds.count(ChangeKind.REPLACE)
    return Counts(
        kinds.count(ChangeKind.CREATE) + replaced,
        kinds.count(ChangeKind.UPDATE),
        kinds.count(ChangeKind.DELETE) + replaced,
        sum(1 for c in plan.changes if c.importing),
    )
