"""The environment's guards, asked at plan time and again before an apply."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gitops_bot.commands.effects import Effects
from gitops_bot.commands.project_plans import ProjectPlan
from gitops_bot.core.environments import Environment
from gitops_bot.core.guards import judge_guards, overridden
from gitops_bot.core.report import BlockReason


class Guarded(Struct, frozen=True):
    """What the guards stop, or who lifted them and the sentence that says so."""

    reasons: tuple[BlockReason, ...] = ()
    overridden_by: str = ""
    notice: str = ""


def ask_guards(
    environment: Environment, plans: Sequence[ProjectPlan], pull_requests: Sequence[int], effects: Effects
) -> Guarded:
    """Judge the plans of all projects together.

    Every pull request that comes in must carry the override: one that does lifts nothing for another.
    """
    made = [(p.project.name, p.plan) for p in plans if p.plan is not None and p.plan.has_changes]
    if not made:
        return Guarded()  # nothing would happen, so there is nothing to guard
    reasons = judge_guards(environment, made, effects.clock())
    if not reasons or environment.override is None or not pull_requests:
        return Guarded(reasons)
    people = [overridden(environment, effects.host.labels(number)) for number in pull_requests]
    if not all(people):
        return Guarded(reasons)
    who = ", ".join(dict.fromkeys(p for p in people if p))
    what = ", ".join(r.reason.value for r in reasons)
    return Guarded((), who, f"Guards overridden by {who}: {what}.")
