"""Has a job that runs the bot the rights it needs, and no more; and is what it does safe?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gitops_bot.commands.doctor.ours import OURS
from gitops_bot.commands.doctor.sentences import any_of, error, ok, table, texts, warning
from gitops_bot.commands.doctor.triggers import INPUTS
from gitops_bot.config.workflow import Workflow
from gitops_bot.core.checkup import Finding
from gitops_bot.core.json_values import JsonValue, as_object, as_text

_RIGHTS = {
    "contents": "write",
    "pull-requests": "write",
    "checks": "write",
    "deployments": "write",
    "actions": "write",
    "id-token": "write",
}
_OWN_RIGHTS = ("pull-requests", "checks")
_COMMIT = re.compile(r"@[0-9a-f]{40}")
_BRANCHY = re.compile(r"@(main|master|HEAD)$")
_RANK = {"none": 0, "read": 1, "write": 2}


def check_caller(workflow: Workflow, job: str) -> Iterator[Finding]:
    """A job that calls the reusable workflow."""
    path = ("jobs", job)
    yield from _rights(workflow, job, _RIGHTS, "GitHub starts none of the called jobs")
    yield from _cancels(workflow, job)
    given = as_object(workflow.at(*path, "with"))
    absent = [name for name in INPUTS if name not in given]
    if absent and "workflow_dispatch" in workflow.triggers:
        lines = ", ".join(f"{name}: ${{{{ inputs.{name} }}}}" for name in absent)
        yield error(
            f"What a dispatch asks for does not reach the bot: `with` lacks {', '.join(absent)}.",
            f"Add under `with`: `{lines}`.",
            workflow.where(*path, "with"),
        )
    if as_text(workflow.at(*path, "secrets")) == "inherit":
        yield warning(
            "`secrets: inherit` hands every secret of the repository to the called workflow.",
            "Name those it needs, or take it away.",
            workflow.where(*path, "secrets"),
        )
    uses = as_text(workflow.at(*path, "uses"))
    if _BRANCHY.search(uses):
        yield warning(
            f"{uses.rpartition('@')[2]} is a branch, which changes under you.",
            "Name a tag or a commit behind the `@`.",
            workflow.where(*path, "uses"),
        )


def check_own_job(workflow: Workflow, job: str) -> Iterator[Finding]:
    """A job of the team's own that uses the action."""
    path = ("jobs", job)
    needed = dict.fromkeys(_OWN_RIGHTS, "write")
    yield from _rights(workflow, job, needed, "the bot can write neither comment nor check")
    if "concurrency" not in as_object(workflow.at(*path)) and "concurrency" not in workflow.data:
        yield warning(
            f"The job {job} has no concurrency group, so two runs may plan or apply at once.",
            'Add `concurrency: {group: "gitops-${{ github.ref }}", cancel-in-progress: false}`.',
            workflow.where(*path),
        )
    yield from _cancels(workflow, job)
    yield from _identity(workflow, job)
    for index, step in enumerate(workflow.steps(job)):
        yield from _step(workflow, job, index, step)


def _cancels(workflow: Workflow, job: str) -> Iterator[Finding]:
    for place in (("concurrency",), ("jobs", job, "concurrency")):
        cancels = as_object(workflow.at(*place)).get("cancel-in-progress", "false")
        if cancels != "false":
            yield error(
                "A newer run cancels one that may be applying.",
                "Write `cancel-in-progress: false`.",
                workflow.where(*place),
            )


def _identity(workflow: Workflow, job: str) -> Iterator[Finding]:
    """A schedule's and a comment's run are on the default branch, whose identity a role may trust."""
    given = workflow.at("jobs", job, "permissions")
    if given is None:
        given = workflow.data.get("permissions")
    identified = given == "write-all" or as_object(given).get("id-token") == "write"
    started = [event for event in ("schedule", "issue_comment") if event in workflow.triggers]
    if started and identified and "if" not in as_object(workflow.at("jobs", job)):
        yield error(
            f"The job {job} is started by {any_of(started)} with the default branch's cloud identity.",
            "Take `id-token: write` away, or keep these events from the job with an `if`.",
            workflow.where("jobs", job, "permissions"),
        )


def _step(workflow: Workflow, job: str, index: int, step: dict[str, JsonValue]) -> Iterator[Finding]:
    uses, given = as_text(step.get("uses")), as_object(step.get("with"))
    where = workflow.where("jobs", job, "steps", str(index))
    name = uses.partition("@")[0].lower()
    if name == "hashicorp/setup-terraform" and given.get("terraform_wrapper") != "false":
        yield error(
            "setup-terraform's wrapper hides Terraform's exit codes.",
            "Write `with: {terraform_wrapper: false}`.",
            where,
        )
    if name == "actions/checkout":
        if given.get("fetch-depth") != "0":
            yield error("The checkout has no history.", "Write `with: {fetch-depth: 0}`.", where)
        if "ref" in given:
            yield error(
                "The checkout names a `ref`, so another commit is planned than the one that is judged.",
                "Take `ref` away.",
                where,
            )
        if given.get("persist-credentials") != "false":
            yield warning(
                "The checkout leaves the job's token in the work tree, where a plan's code can read it.",
                "Write `with: {persist-credentials: false}`.",
                where,
            )
    closed = name == OURS and given.get("apply-on-closed", "false") != "false"
    if closed and "environment" not in as_object(workflow.at("jobs", job)):
        yield error(
            "`apply-on-closed` applies with the identity that every open pull request has.",
            "Name a GitHub environment with a branch rule in the job, or apply on push.",
            where,
        )
    if uses and not uses.startswith(("./", f"{OURS}@")) and not _COMMIT.search(uses):
        yield warning(
            f"{uses} is not pinned to a commit, so whoever moves its tag runs here.",
            "Write the commit's 40 digits behind the `@`, and the tag in a comment.",
            where,
        )


def _rights(workflow: Workflow, job: str, needed: dict[str, str], otherwise: str) -> Iterator[Finding]:
    given, where = workflow.at("jobs", job, "permissions"), workflow.where("jobs", job, "permissions")
    if given is None:
        given, where = workflow.data.get("permissions"), workflow.where("permissions")
    if given == "write-all":
        yield warning(
            "`write-all` gives more than the bot needs.", f"Write `permissions: {table(needed)}`.", where
        )
        return
    held = as_object(given)
    missing = {
        scope: level
        for scope, level in needed.items()
        if _RANK.get(as_text(held.get(scope)), 0) < _RANK[level] and given != "write-all"
    }
    if missing:
        yield error(
            f"The job {job} lacks the permissions {table(missing)}: {otherwise}.",
            f"Write `permissions: {table({**texts(held), **missing})}`.",
            where,
        )
    else:
        yield ok(f"The job {job} has the permissions the bot needs.", where)
