"""Which jobs of the workflow files are the bot's, and what they say about it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gitops_bot.config.workflow import Workflow
from gitops_bot.core.aws import Phase
from gitops_bot.core.environments import Settings
from gitops_bot.core.json_values import as_object, as_text

OURS = "gitops-bot/gitops-bot"
CALLED = f"{OURS}/.github/workflows/gitops.yml@"


def is_ours(workflow: Workflow, job: str) -> bool:
    """Whether a job runs the bot, in one way or the other."""
    return calls(workflow, job) or acts(workflow, job)


def calls(workflow: Workflow, job: str) -> bool:
    """Whether a job calls the reusable workflow."""
    return as_text(workflow.at("jobs", job, "uses")).startswith(CALLED)


def acts(workflow: Workflow, job: str) -> bool:
    """Whether a job of the team's own uses the action."""
    return any(as_text(step.get("uses")).startswith(f"{OURS}@") for step in workflow.steps(job))


def terraform_version(workflows: Sequence[Workflow]) -> str:
    """The version that a caller asks the reusable workflow for, "" for its default."""
    callers = ((w, job) for w in workflows for job in w.jobs if calls(w, job))
    given = (as_text(w.at("jobs", job, "with", "terraform-version")) for w, job in callers)
    return next(filter(None, given), "")


class NamedEnvironment(Struct, frozen=True):
    """A GitHub environment that a job of the bot names. `branch` and `phase` are those of its jobs, "" and
    None where the file does not say."""

    name: str
    branch: str = ""
    phase: Phase | None = None


def environments_named(workflows: Sequence[Workflow], settings: Settings) -> tuple[NamedEnvironment, ...]:
    """The GitHub environments that the bot's jobs name, as far as they can be known from the file."""
    found: list[NamedEnvironment] = []
    for workflow in workflows:
        for job in workflow.jobs:
            if calls(workflow, job):
                for phase in Phase:
                    pattern = as_text(workflow.at("jobs", job, "with", f"{phase.value}-environment"))
                    if pattern and "${{" not in pattern:
                        branches = [e.branch for e in settings.environments]
                        found += [NamedEnvironment(pattern.replace("{0}", b), b, phase) for b in branches]
            elif acts(workflow, job):
                given = workflow.at("jobs", job, "environment")
                name = as_text(as_object(given).get("name")) or as_text(given)
                if name and "${{" not in name:
                    found.append(NamedEnvironment(name))
    return tuple(dict.fromkeys(found))
