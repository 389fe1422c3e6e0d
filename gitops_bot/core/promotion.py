"""The promotion order, judged by content: a change climbs only when it is applied directly below."""

from __future__ import annotations

from gitops_bot.core.environments import Environment
from gitops_bot.core.ledger import EntryState, Ledger
from gitops_bot.core.report import Allowed, Blocked, BlockReason, Reason, Verdict

SNAPSHOT_PREFIX = "promote/"


def snapshot_branch(below: str, environment: str) -> str:
    """The branch that carries a snapshot of one environment to the next."""
    return f"{SNAPSHOT_PREFIX}{below}-to-{environment}"


def _reason(reason: Reason, **facts: str) -> BlockReason:
    return BlockReason(reason, tuple(facts.items()))


def judge(
    environment: Environment, below: Environment | None, tree: str, head_branch: str, ledger: Ledger
) -> Verdict:
    """May content with this tree come into `environment`?

    `tree` is the hash of the merge result's content, `ledger` that of the environment below. Into
    the lowest environment anything may. Into a higher one only content that equals what is applied
    below now, completely; with all reasons at once where it does not.
    """
    if below is None:
        return Allowed()
    applied, newest = ledger.applied, ledger.newest
    reasons: list[BlockReason] = []
    facts = {"environment": environment.name, "below": below.name}
    if newest is not None and newest.state is not EntryState.SUCCEEDED:
        reasons.append(_reason(Reason.BROKEN_BELOW, **facts, commit=newest.commit, state=newest.state.value))
    if applied is None:
        if head_branch in (below.branch, snapshot_branch(below.name, environment.name)):
            reasons.append(_reason(Reason.NOT_APPLIED_BELOW, **facts))
        else:
            reasons.append(_reason(Reason.SKIPS_ENVIRONMENT, **facts, source=head_branch))
        return Blocked(tuple(reasons))
    if applied.tree != tree:
        if head_branch in (below.branch, snapshot_branch(below.name, environment.name)):
            reason = Reason.CONTENT_DIFFERS
        else:
            reason = Reason.SKIPS_ENVIRONMENT
        reasons.append(_reason(reason, **facts, source=head_branch, commit=applied.commit))
    elif environment.promotion.require_converged and applied.converged is not True:
        reasons.append(_reason(Reason.NOT_CONVERGED_BELOW, **facts, commit=applied.commit))
    if reasons:
        return Blocked(tuple(reasons))
    return Allowed(below.name, applied.commit)
