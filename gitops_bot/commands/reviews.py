"""Did enough people review what is about to be applied? Asked only where `approval.reviews` wants some."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from gitops_bot.commands.checks import plan_check, read_approval
from gitops_bot.commands.effects import Effects
from gitops_bot.commands.provenance import Judged, Provenance, provenance_of
from gitops_bot.core.approval import Approval
from gitops_bot.core.report import BlockReason, Reason
from gitops_bot.core.reviews import MAY_APPROVE, ShownPlan, approvers, by_time, shown_since
from gitops_bot.core.times import read_time
from gitops_bot.ports import PullRequest


def missing_reviews(
    approval: Approval,
    provenance: Provenance,
    pull: PullRequest,
    judged: Judged,
    effects: Effects,
    permission: Callable[[str], str],
) -> BlockReason | None:
    """Why the reviews of a merged pull request do not do; None when they do, or none are asked for.

    `permission` says what a person may do now; it is asked only for those whose review stands.
    """
    needed = judged.settings.approval.reviews
    if not needed:
        return None
    plans = tuple(_plans(provenance.issued_at is not None, pull, judged, effects))
    if provenance.issued_at is not None:
        plans = by_time(plans, approval.digest)
    since, given = shown_since(plans, approval.digest), 0
    if since is not None:
        for login in approvers(effects.host.reviews(pull.number), pull.head, pull.author, since):
            given += permission(login) in MAY_APPROVE
            if given == needed:
                return None
    counts = (("needed", str(needed)), ("given", str(given)))
    about = (("pull_request", str(pull.number)), ("commit", pull.head))
    return BlockReason(Reason.REVIEWS_MISSING, (*about, *counts))


def _plans(timed: bool, pull: PullRequest, judged: Judged, effects: Effects) -> Iterator[ShownPlan]:
    """What the plans of the pull request's head showed, the newest check first.

    `timed`: the approval that counts carries a token. Then only plans with one do, made at the time that
    GitHub signed: whoever writes a check run can write any time into it.
    """
    environment = judged.environment.name
    for check in effects.host.check_runs_named(pull.head, plan_check(environment)):
        approval = read_approval(check, environment, pull.number)
        if isinstance(approval, str):
            continue  # a plan that failed, or another pull request's: it shows nothing of this one
        if not timed:
            yield ShownPlan(approval.digest, read_time(check.completed_at))
            continue
        found = provenance_of(check, approval, pull, judged, effects)
        if found.issued_at is not None:
            yield ShownPlan(approval.digest, datetime.fromtimestamp(found.issued_at, UTC))


def reviews_notice(reviews: int) -> str:
    """What a pull request's reader should know of `approval.reviews`, "" where none are asked for."""
    if not reviews:
        return ""
    people = "one person" if reviews == 1 else f"{reviews} people"
    return (
        f"The apply asks that {people} with write access, other than the author, approved this commit in a "
        "review given after these changes were first shown."
    )
