"""After an apply that converged: the promotion of it into the environment above, by a dispatch.

The apply's own identity may not plan above it (D14), and a dispatch is what the workflow's token can start.
"""

from __future__ import annotations

from gitops_bot.commands.apply_run import ApplyRun
from gitops_bot.core.environments import OpenPullRequest
from gitops_bot.core.errors import GitopsBotError
from gitops_bot.core.events import Command


def start_next_promotion(run: ApplyRun) -> None:
    """Dispatch `promote` into the environment above, where it is to open by itself. Best effort: the apply is
    done, and what keeps its promotion from opening is a line in the log."""
    above = run.settings.above(run.environment)
    if above is None or above.promotion.open_pr is not OpenPullRequest.AUTO or not run.facts.workflow:
        return
    inputs = {"command": Command.PROMOTE.value, "environment": above.name}
    by_hand = f"Dispatch `promote` into {above.name} on {run.environment.branch} by hand."
    try:
        run.effects.host.dispatch_workflow(run.facts.workflow, run.environment.branch, inputs)
    except GitopsBotError as error:
        run.say(f"The promotion into {above.name} was not started. {by_hand}", error)
        return
    run.effects.step.log(f"Dispatched `promote` into {above.name} on {run.environment.branch}.")
