"""A person approves exactly the changes of a blocked apply, by dispatching `apply` with their digest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from gitops_bot.commands.apply_run import ApplyRun
from gitops_bot.commands.project_plans import ProjectPlan, approval_of
from gitops_bot.core.approval import Approval, day_digest
from gitops_bot.core.report import BlockReason, Reason

APPROVABLE = frozenset(
    {
        Reason.NOT_APPROVED,
        Reason.NO_APPROVAL,
        Reason.TOOL_CHANGED,
        Reason.LOCK_FILE_CHANGED,
        Reason.STATE_REPLACED,
        Reason.REVIEWS_MISSING,
        Reason.LEDGER_UNPROVEN,
    }
)
"""Reasons that say that nobody, or too few, approved this plan. Someone who has seen it and approves exactly
this one answers them; the promotion order, a rewritten history and the guards are not theirs to lift."""


class Asked(Struct, frozen=True):
    """What is left of the reasons, who approved, and what to say about it ("" for nothing)."""

    reasons: tuple[BlockReason, ...]
    approved_by: str = ""
    notice: str = ""
    message: str = ""


def digests_now(approval: Approval, now: datetime) -> tuple[str, str]:
    """What counts as approval of exactly this plan: the digest of today, which is shown, and yesterday's."""
    today = now.astimezone(UTC).date()
    return day_digest(approval, today), day_digest(approval, today - timedelta(days=1))


def is_named(actor: str, by: Sequence[str]) -> bool:
    """Whether `approval.by` names somebody. GitHub compares logins without regard to case."""
    return actor.lower() in [login.lower() for login in by]


def ask_person(run: ApplyRun, plans: Sequence[ProjectPlan], reasons: Sequence[BlockReason]) -> Asked:
    """Whether a person approved this very plan, and how one could."""
    approval = approval_of(run.environment.name, run.commit, plans)
    liftable = [r for r in reasons if r.reason in APPROVABLE]
    if approval is None or not liftable:
        return Asked(tuple(reasons))
    digests = digests_now(approval, run.effects.clock())
    by = run.settings.approval.by
    if not run.approve:
        could_help = by and len(liftable) == len(reasons)
        return Asked(tuple(reasons), message=_how(run, digests[0]) if could_help else "")
    actor = run.facts.actor
    if not is_named(actor, by):
        refused = BlockReason(Reason.APPROVER_NOT_LISTED, (("actor", actor),))
        return Asked((*reasons, refused))
    if run.approve not in digests:
        refused = BlockReason(Reason.APPROVED_ANOTHER_PLAN, (("actual", digests[0]),))
        return Asked((*reasons, refused), message=_how(run, digests[0]))
    left = tuple(r for r in reasons if r.reason not in APPROVABLE)
    return Asked(left, actor, f"Approved by {actor}, who dispatched this apply with the plan's digest.")


def _how(run: ApplyRun, digest: str) -> str:
    who = ", ".join(run.settings.approval.by)
    return (
        f"Nothing was applied. Whoever of {who} accepts exactly the changes below dispatches `apply` on "
        f"{run.environment.branch} with the input `approve` set to {digest}. That holds for this commit "
        "and this plan, until the end of tomorrow (UTC)."
    )
