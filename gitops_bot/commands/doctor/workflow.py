"""Is the workflow as the bot needs it? Read from its files alone; nothing is asked of GitHub.

Sources: docs/reference/action.md, and the identities of jobs in the explanation of AWS's trust.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitops_bot.commands.doctor.jobs import check_caller, check_own_job
from gitops_bot.commands.doctor.ours import acts, calls, is_ours
from gitops_bot.commands.doctor.sentences import error, ok, warning
from gitops_bot.commands.doctor.triggers import check_triggers
from gitops_bot.config.workflow import Workflow
from gitops_bot.core.checkup import Finding
from gitops_bot.core.environments import Settings


def check_workflows(workflows: Sequence[Workflow], settings: Settings) -> Iterator[Finding]:
    """Every finding about the workflow files that use the bot, and about those that endanger it."""
    ours = [w for w in workflows if any(is_ours(w, job) for job in w.jobs)]
    if not ours:
        yield error("No workflow calls gitops-bot.", "`gitops-bot init` writes one.")
        return
    yield ok(f"{', '.join(w.file for w in ours)} runs the bot.")
    yield from check_triggers(ours, settings)
    for workflow in ours:
        yield from _file(workflow)


def _file(workflow: Workflow) -> Iterator[Finding]:
    if "pull_request_target" in workflow.triggers:
        yield error(
            "`pull_request_target` gives a pull request's code the base branch's rights.",
            "Take it away; `pull_request` is enough.",
            workflow.where("on", "pull_request_target"),
        )
    for job in workflow.jobs:
        if calls(workflow, job):
            yield from check_caller(workflow, job)
        elif acts(workflow, job):
            yield from check_own_job(workflow, job)
        elif any(calls(workflow, other) for other in workflow.jobs):
            yield warning(
                f"The job {job} stands beside the bot's, and can make proofs that look like the bot's.",
                "Move it to a workflow file of its own.",
                workflow.where("jobs", job),
            )
