"""After the apply of a hotfix: start `backflow` on every branch below."""

from __future__ import annotations

from gitops_bot.commands.apply_run import ApplyRun
from gitops_bot.core.errors import GitopsBotError
from gitops_bot.core.events import Command


def dispatch_backflows(run: ApplyRun) -> None:
    """Dispatch `backflow` in each lower environment, where an apply brought hotfixes. Best effort.

    An apply's run makes no branches (D14): those runs do, each on the branch of its own environment.
    """
    if not run.hotfixes:
        return
    environments = run.settings.environments
    for lower in environments[: environments.index(run.environment)]:
        try:
            _dispatch(run, lower.name, lower.branch)
        except GitopsBotError as error:
            run.say(f"{lower.name}: dispatch `backflow` on {lower.branch}, it was not started", error)


def _dispatch(run: ApplyRun, environment: str, branch: str) -> None:
    if not run.facts.workflow:
        run.effects.step.log(
            f"{environment}: dispatch `backflow` on {branch}: which workflow this is is not known."
        )
        return
    inputs = {"command": Command.BACKFLOW.value, "environment": environment}
    run.effects.host.dispatch_workflow(run.facts.workflow, branch, inputs)
    run.effects.step.log(f"{environment}: dispatched `backflow` on {branch}, which brings the hotfix down.")
