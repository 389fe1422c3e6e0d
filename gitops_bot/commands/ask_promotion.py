"""`gitops-bot promote`: ask GitHub for a run that promotes, or that goes back to an earlier commit."""

from __future__ import annotations

import re

from msgspec import Struct

from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import BadInput
from gitops_bot.core.events import Command
from gitops_bot.ports import CodeHost

_WORKFLOW = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}\.ya?ml")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")


class Asked(Struct, frozen=True):
    """A dispatch of `promote`: on which branch, with which inputs."""

    environment: Environment
    branch: str
    to_commit: str = ""

    @property
    def inputs(self) -> dict[str, str]:
        """The inputs of the workflow."""
        more = {"to-commit": self.to_commit} if self.to_commit else {}
        return {"command": Command.PROMOTE.value, "environment": self.environment.name, **more}


def to_ask(environment: Environment, settings: Settings, to_commit: str) -> Asked:
    """What to dispatch where: it is core/decision.py that takes nothing else.

    Raises `BadInput` for a commit that cannot be one, and for the lowest environment without one.
    """
    commit = to_commit.strip().lower()
    if to_commit and not _COMMIT.fullmatch(commit):
        raise BadInput(
            f"The commit is {to_commit!r}.",
            "Give its full hash, or at least its first 7 characters; `gitops-bot history` lists them.",
        )
    if commit:
        return Asked(environment, environment.branch, commit)
    below = settings.below(environment)
    if below is None:
        raise BadInput(
            f"{environment.name} is the lowest environment; there is nothing below to promote.",
            "Open a pull request into it instead, or give --to-commit to go back to an earlier commit.",
        )
    return Asked(environment, below.branch)


def ask_promotion(asked: Asked, workflow: str, host: CodeHost, page: str) -> str:
    """Dispatch the workflow, and say what was asked for. `page` is the address of the repository.

    Raises `BadInput` for a name that no workflow file has and a branch that is not there, and `RunFailed`
    where GitHub does not take it.
    """
    if not _WORKFLOW.fullmatch(workflow):
        raise BadInput(
            f"{workflow!r} is no workflow file.",
            "Give the name of one in .github/workflows, like gitops.yml.",
        )
    if host.branch_head(asked.branch) is None:
        raise BadInput(
            f"There is no branch {asked.branch} on GitHub.",
            "It is the configuration that names it; see `branch` of the environments.",
        )
    host.dispatch_workflow(workflow, asked.branch, asked.inputs)
    name = asked.environment.name
    what = f"to bring {name} back to {asked.to_commit}" if asked.to_commit else f"into {name}"
    return (
        f"Asked for `promote` {what}, on the branch {asked.branch}.\n"
        f"Its run will be among these: {page}/actions/workflows/{workflow}"
    )
