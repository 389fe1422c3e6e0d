"""A re-run of a pull request's plan: on the branch as it is now, not as it was at the first attempt."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from gitops_bot.commands.effects import Effects, RunFacts, check_work_tree
from gitops_bot.commands.plan_pull_request import PullRequestToPlan
from gitops_bot.core.environments import Environment
from gitops_bot.core.errors import BadInput
from gitops_bot.ports import WorkTree


class Merged(Struct, frozen=True):
    """The pull request with its merge result, and where that is checked out."""

    pull: PullRequestToPlan
    tree: WorkTree


def merged_again(
    pull: PullRequestToPlan, environment: Environment, effects: Effects, facts: RunFacts
) -> Merged:
    """The merge result to plan.

    GitHub starts a re-run with the commit of the first attempt. Where the branch moved on since, a plan of
    that would take away what came in meanwhile, so head and branch are merged once more.
    Raises `BadInput` where they conflict.
    """
    tree = effects.tree
    here = Merged(pull, tree)
    base = effects.host.branch_head(environment.branch) if facts.attempt > 1 else None
    if base is None:
        return here
    check_work_tree(tree, pull.merge)
    if tree.parents(pull.merge)[:1] == (base,):
        return here
    for commit in (base, pull.head):
        if not tree.has_commit(commit):
            tree.fetch(commit)
    folder = effects.scratch / f"merge-result-{pull.number}"
    merge = tree.merge(base, pull.head, folder)
    if merge is None:
        raise BadInput(
            f"Pull request #{pull.number} conflicts with {environment.branch} as it is now.",
            "Bring the branch up to date and resolve the conflict; the push starts a plan.",
        )
    effects.step.log(f"{environment.branch} moved on since the first attempt; planning with it as it is now.")
    return Merged(replace(pull, merge=merge), effects.open_tree(folder))
