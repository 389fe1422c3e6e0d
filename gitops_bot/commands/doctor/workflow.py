"""Is the workflow as the bot needs it? Read from its files alone; nothing is asked of GitHub.

Sources: docs/reference/action.md, and the identities of jobs in the explanation of AWS's trust.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gitops_bot.config.workflow import Workflow
from gitops_bot.core.checkup import Finding, Level, Topic
from gitops_bot.core.content import path_matches
from gitops_bot.core.environments import Settings
from gitops_bot.core.events import LABEL_ACTIONS, PLANNED_ACTIONS, Command
from gitops_bot.core.json_values import JsonValue, as_list, as_object, as_text

OURS = "gitops-bot/gitops-bot"
CALLED = f"{OURS}/.github/workflows/gitops.yml@"
_NEEDED = ("opened", "synchronize", "reopened")
_WANTED = (*PLANNED_ACTIONS, "edited", "closed", *LABEL_ACTIONS)
_RIGHTS = {
    "contents": "write",
    "pull-requests": "write",
    "checks": "write",
    "deployments": "write",
    "actions": "write",
    "id-token": "write",
}
_OWN_RIGHTS = ("pull-requests", "checks")
_INPUTS = ("command", "environment", "approve", "to-commit")
_COMMIT = re.compile(r"@[0-9a-f]{40}")
_BRANCHY = re.compile(r"@(main|master|HEAD)$")
_RANK = {"none": 0, "read": 1, "write": 2}


def check_workflows(workflows: Sequence[Workflow], settings: Settings) -> Iterator[Finding]:
    """Every finding about the workflow files that use the bot, and about those that endanger it."""
    ours = [w for w in workflows if any(_is_ours(w, job) for job in w.jobs)]
    if not ours:
        yield _error("No workflow calls gitops-bot.", "`gitops-bot init` writes one.")
        return
    yield _ok(f"{', '.join(w.file for w in ours)} runs the bot.")
    for trigger in (_pull_requests, _pushes, _dispatches, _schedule):
        yield from trigger(ours, settings)
    for workflow in ours:
        yield from _file(workflow)


def _is_ours(workflow: Workflow, job: str) -> bool:
    return _calls(workflow, job) or _acts(workflow, job)


def _calls(workflow: Workflow, job: str) -> bool:
    return as_text(workflow.at("jobs", job, "uses")).startswith(CALLED)


def _acts(workflow: Workflow, job: str) -> bool:
    return any(as_text(step.get("uses")).startswith(f"{OURS}@") for step in workflow.steps(job))


# --- triggers ---


def _pull_requests(ours: Sequence[Workflow], settings: Settings) -> Iterator[Finding]:
    found = [w for w in ours if "pull_request" in w.triggers]
    if not found:
        yield _error(
            "No workflow is started by pull requests.", f"Add `on: pull_request: {_types(_WANTED)}`."
        )
        return
    yield from _branches(found, "pull_request", settings, "is not planned")
    for workflow in found:
        trigger = as_object(workflow.triggers["pull_request"])
        where = workflow.where("on", "pull_request")
        types = _one_or_more(trigger.get("types")) or list(_NEEDED)
        missing = [t for t in _WANTED if t not in types]
        fix = f"Write `{_types(_WANTED)}`."
        if any(t in _NEEDED for t in missing):
            yield _error(f"Pull requests that are {_or(missing)} are not planned.", fix, where)
        elif missing:
            yield _warning(f"Nothing is done for pull requests that are {_or(missing)}.", fix, where)
        else:
            yield _ok("Every change of a pull request that matters starts a run.", where)


def _pushes(ours: Sequence[Workflow], settings: Settings) -> Iterator[Finding]:
    found = [w for w in ours if "push" in w.triggers]
    if not found:
        branches = ", ".join(e.branch for e in settings.environments)
        yield _error(
            "No workflow is started by a push, so nothing that is merged is applied.",
            f"Add `on: push: {{branches: [{branches}]}}`.",
        )
        return
    yield from _branches(found, "push", settings, "is not applied")


def _branches(found: Sequence[Workflow], event: str, settings: Settings, what: str) -> Iterator[Finding]:
    missing = [
        e.branch for e in settings.environments if not any(_listens(w, event, e.branch) for w in found)
    ]
    where = found[0].where("on", event, "branches")
    if missing:
        all_of = ", ".join(e.branch for e in settings.environments)
        yield _error(
            f"{event}: what is merged into {_or(missing)} {what}."
            if event == "push"
            else f"{event}: a pull request into {_or(missing)} {what}.",
            f"Write `branches: [{all_of}]`.",
            where,
        )
    else:
        yield _ok(f"{event} listens to the branch of every environment.", where)
    for workflow in found:
        trigger = as_object(workflow.triggers[event])
        for key in ("paths", "paths-ignore"):
            if key in trigger:
                yield _error(
                    f"{event} has a filter `{key}`: a run that never starts never reports its check, and "
                    "leaves its branch out of the ledger.",
                    f"Take `{key}` away.",
                    workflow.where("on", event, key),
                )


def _listens(workflow: Workflow, event: str, branch: str) -> bool:
    """https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet"""
    trigger = as_object(workflow.triggers[event])
    patterns = _one_or_more(trigger.get("branches"))
    if "branches-ignore" in trigger:
        ignored = _one_or_more(trigger.get("branches-ignore"))
        return not any(path_matches(p, branch) for p in ignored)
    if not patterns:
        return "tags" not in trigger
    taken = False
    for pattern in patterns:  # the last one that matches decides
        if path_matches(pattern.removeprefix("!"), branch):
            taken = not pattern.startswith("!")
    return taken


def _dispatches(ours: Sequence[Workflow], settings: Settings) -> Iterator[Finding]:
    found = [w for w in ours if "workflow_dispatch" in w.triggers]
    if not found:
        yield _error(
            "No workflow has `workflow_dispatch`: nothing can be promoted, nor tried again.",
            "Add it as `gitops-bot init` writes it.",
        )
        return
    for workflow in found:
        path = ("on", "workflow_dispatch", "inputs")
        inputs = as_object(workflow.at(*path))
        where = workflow.where(*path)
        absent = [name for name in _INPUTS if name not in inputs]
        commands = _options(inputs.get("command"), tuple(Command))
        names = tuple(e.name for e in settings.environments)
        without = [
            *(f"the input {name}" for name in absent),
            *(f"the command {name}" for name in Command if name not in commands),
            *(
                f"the environment {name}"
                for name in names
                if name not in _options(inputs.get("environment"), names)
            ),
        ]
        if without:
            yield _error(
                f"The dispatch lacks {', '.join(without)}; GitHub refuses one that names it.",
                "Write the inputs as `gitops-bot init` does.",
                where,
            )
        else:
            yield _ok("Every command can be dispatched for every environment.", where)


def _options(given: JsonValue, everything: tuple[str, ...]) -> tuple[str, ...]:
    """What a dispatch's input offers; one without a choice takes any text."""
    table = as_object(given)
    if as_text(table.get("type")) != "choice":
        return everything
    return tuple(as_text(option) for option in as_list(table.get("options")))


def _schedule(ours: Sequence[Workflow], _settings: Settings) -> Iterator[Finding]:
    found = [w for w in ours if "schedule" in w.triggers]
    if found:
        yield _ok("A schedule finds what was merged and never applied.", found[0].where("on", "schedule"))
    else:
        yield _warning(
            "No schedule looks for what was merged and never applied.",
            'Add `on: schedule: [{cron: "17 * * * *"}]`.',
        )


# --- jobs ---


def _file(workflow: Workflow) -> Iterator[Finding]:
    if "pull_request_target" in workflow.triggers:
        yield _error(
            "`pull_request_target` gives a pull request's code the base branch's rights.",
            "Take it away; `pull_request` is enough.",
            workflow.where("on", "pull_request_target"),
        )
    for job in workflow.jobs:
        if _calls(workflow, job):
            yield from _caller(workflow, job)
        elif _acts(workflow, job):
            yield from _own_job(workflow, job)
        elif any(_calls(workflow, other) for other in workflow.jobs):
            yield _warning(
                f"The job {job} stands beside the bot's, and can make proofs that look like the bot's.",
                "Move it to a workflow file of its own.",
                workflow.where("jobs", job),
            )


def _caller(workflow: Workflow, job: str) -> Iterator[Finding]:
    path = ("jobs", job)
    yield from _rights(workflow, job, _RIGHTS, "GitHub starts none of the called jobs")
    yield from _cancels(workflow, job)
    given = as_object(workflow.at(*path, "with"))
    absent = [name for name in _INPUTS if name not in given]
    if absent and "workflow_dispatch" in workflow.triggers:
        lines = ", ".join(f"{name}: ${{{{ inputs.{name} }}}}" for name in absent)
        yield _error(
            f"What a dispatch asks for does not reach the bot: `with` lacks {', '.join(absent)}.",
            f"Add under `with`: `{lines}`.",
            workflow.where(*path, "with"),
        )
    if as_text(workflow.at(*path, "secrets")) == "inherit":
        yield _warning(
            "`secrets: inherit` hands every secret of the repository to the called workflow.",
            "Name those it needs, or take it away.",
            workflow.where(*path, "secrets"),
        )
    uses = as_text(workflow.at(*path, "uses"))
    if _BRANCHY.search(uses):
        yield _warning(
            f"{uses.rpartition('@')[2]} is a branch, which changes under you.",
            "Name a tag or a commit behind the `@`.",
            workflow.where(*path, "uses"),
        )


def _own_job(workflow: Workflow, job: str) -> Iterator[Finding]:
    path = ("jobs", job)
    needed = dict.fromkeys(_OWN_RIGHTS, "write")
    yield from _rights(workflow, job, needed, "the bot can write neither comment nor check")
    if "concurrency" not in as_object(workflow.at(*path)) and "concurrency" not in workflow.data:
        yield _warning(
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
            yield _error(
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
        yield _error(
            f"The job {job} is started by {_or(started)} with the default branch's cloud identity.",
            "Take `id-token: write` away, or keep these events from the job with an `if`.",
            workflow.where("jobs", job, "permissions"),
        )


def _step(workflow: Workflow, job: str, index: int, step: dict[str, JsonValue]) -> Iterator[Finding]:
    uses, given = as_text(step.get("uses")), as_object(step.get("with"))
    where = workflow.where("jobs", job, "steps", str(index))
    name = uses.partition("@")[0].lower()
    if name == "hashicorp/setup-terraform" and given.get("terraform_wrapper") != "false":
        yield _error(
            "setup-terraform's wrapper hides Terraform's exit codes.",
            "Write `with: {terraform_wrapper: false}`.",
            where,
        )
    if name == "actions/checkout":
        if given.get("fetch-depth") != "0":
            yield _error("The checkout has no history.", "Write `with: {fetch-depth: 0}`.", where)
        if "ref" in given:
            yield _error(
                "The checkout names a `ref`, so another commit is planned than the one that is judged.",
                "Take `ref` away.",
                where,
            )
        if given.get("persist-credentials") != "false":
            yield _warning(
                "The checkout leaves the job's token in the work tree, where a plan's code can read it.",
                "Write `with: {persist-credentials: false}`.",
                where,
            )
    closed = name == OURS and given.get("apply-on-closed", "false") != "false"
    if closed and "environment" not in as_object(workflow.at("jobs", job)):
        yield _error(
            "`apply-on-closed` applies with the identity that every open pull request has.",
            "Name a GitHub environment with a branch rule in the job, or apply on push.",
            where,
        )
    if uses and not uses.startswith(("./", f"{OURS}@")) and not _COMMIT.search(uses):
        yield _warning(
            f"{uses} is not pinned to a commit, so whoever moves its tag runs here.",
            "Write the commit's 40 digits behind the `@`, and the tag in a comment.",
            where,
        )


def _rights(workflow: Workflow, job: str, needed: dict[str, str], otherwise: str) -> Iterator[Finding]:
    given, where = workflow.at("jobs", job, "permissions"), workflow.where("jobs", job, "permissions")
    if given is None:
        given, where = workflow.data.get("permissions"), workflow.where("permissions")
    if given == "write-all":
        yield _warning(
            "`write-all` gives more than the bot needs.", f"Write `permissions: {_table(needed)}`.", where
        )
        return
    held = as_object(given)
    missing = {
        scope: level
        for scope, level in needed.items()
        if _RANK.get(as_text(held.get(scope)), 0) < _RANK[level] and given != "write-all"
    }
    if missing:
        yield _error(
            f"The job {job} lacks the permissions {_table(missing)}: {otherwise}.",
            f"Write `permissions: {_table({**_texts(held), **missing})}`.",
            where,
        )
    else:
        yield _ok(f"The job {job} has the permissions the bot needs.", where)


# --- what others need to know of it ---


def terraform_version(workflows: Sequence[Workflow]) -> str:
    """The version that a caller asks the reusable workflow for, "" for its default."""
    callers = ((w, job) for w in workflows for job in w.jobs if _calls(w, job))
    given = (as_text(w.at("jobs", job, "with", "terraform-version")) for w, job in callers)
    return next(filter(None, given), "")


def environments_named(workflows: Sequence[Workflow], settings: Settings) -> tuple[str, ...]:
    """The GitHub environments that the bot's jobs name, as far as they can be known from the file."""
    found: list[str] = []
    for workflow in workflows:
        for job in workflow.jobs:
            if _calls(workflow, job):
                for key in ("apply-environment", "plan-environment"):
                    pattern = as_text(workflow.at("jobs", job, "with", key))
                    if pattern and "${{" not in pattern:
                        found += [pattern.replace("{0}", e.branch) for e in settings.environments]
            elif _acts(workflow, job):
                given = workflow.at("jobs", job, "environment")
                name = as_text(as_object(given).get("name")) or as_text(given)
                if name and "${{" not in name:
                    found.append(name)
    return tuple(dict.fromkeys(found))


# --- words ---


def _one_or_more(value: JsonValue) -> list[str]:
    """GitHub takes one text where it takes a list."""
    return list(filter(None, (as_text(item) for item in as_list(value) or [value])))


def _texts(held: dict[str, JsonValue]) -> dict[str, str]:
    return {scope: as_text(level) for scope, level in held.items()}


def _table(scopes: dict[str, str]) -> str:
    return "{" + ", ".join(f"{scope}: {level}" for scope, level in scopes.items()) + "}"


def _types(types: Sequence[str]) -> str:
    return f"types: [{', '.join(types)}]"


def _or(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _ok(says: str, where: str = "") -> Finding:
    return Finding(Level.OK, Topic.WORKFLOW, says, "", where)


def _warning(says: str, fix: str, where: str = "") -> Finding:
    return Finding(Level.WARNING, Topic.WORKFLOW, says, fix, where)


def _error(says: str, fix: str, where: str = "") -> Finding:
    return Finding(Level.ERROR, Topic.WORKFLOW, says, fix, where)
