"""Do the events that matter start the bot, for the branch of every environment?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitops_bot.commands.doctor.sentences import any_of, error, ok, one_or_more, types_key, warning
from gitops_bot.config.workflow import Workflow
from gitops_bot.core.checkup import Finding
from gitops_bot.core.content import path_matches
from gitops_bot.core.environments import Settings
from gitops_bot.core.events import LABEL_ACTIONS, PLANNED_ACTIONS, Command
from gitops_bot.core.json_values import JsonValue, as_list, as_object, as_text

_NEEDED = ("opened", "synchronize", "reopened")
_WANTED = (*PLANNED_ACTIONS, "edited", "closed", *LABEL_ACTIONS)
INPUTS = ("command", "environment", "approve", "to-commit")
"""The inputs of a dispatch, and of what it calls."""


def check_triggers(ours: Sequence[Workflow], settings: Settings) -> Iterator[Finding]:
    """Pull requests, pushes, dispatches and the schedule."""
    for trigger in (_pull_requests, _pushes, _dispatches, _schedule):
        yield from trigger(ours, settings)


def _pull_requests(ours: Sequence[Workflow], settings: Settings) -> Iterator[Finding]:
    found = [w for w in ours if "pull_request" in w.triggers]
    if not found:
        yield error(
            "No workflow is started by pull requests.", f"Add `on: pull_request: {types_key(_WANTED)}`."
        )
        return
    yield from _branches(found, "pull_request", settings, "is not planned")
    for workflow in found:
        trigger = as_object(workflow.triggers["pull_request"])
        where = workflow.where("on", "pull_request")
        types = one_or_more(trigger.get("types")) or list(_NEEDED)
        missing = [t for t in _WANTED if t not in types]
        fix = f"Write `{types_key(_WANTED)}`."
        if any(t in _NEEDED for t in missing):
            yield error(f"Pull requests that are {any_of(missing)} are not planned.", fix, where)
        elif missing:
            yield warning(f"Nothing is done for pull requests that are {any_of(missing)}.", fix, where)
        else:
            yield ok("Every change of a pull request that matters starts a run.", where)


def _pushes(ours: Sequence[Workflow], settings: Settings) -> Iterator[Finding]:
    found = [w for w in ours if "push" in w.triggers]
    if not found:
        branches = ", ".join(e.branch for e in settings.environments)
        yield error(
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
        yield error(
            f"{event}: what is merged into {any_of(missing)} {what}."
            if event == "push"
            else f"{event}: a pull request into {any_of(missing)} {what}.",
            f"Write `branches: [{all_of}]`.",
            where,
        )
    else:
        yield ok(f"{event} listens to the branch of every environment.", where)
    for workflow in found:
        trigger = as_object(workflow.triggers[event])
        for key in ("paths", "paths-ignore"):
            if key in trigger:
                yield error(
                    f"{event} has a filter `{key}`: a run that never starts never reports its check, and "
                    "leaves its branch out of the ledger.",
                    f"Take `{key}` away.",
                    workflow.where("on", event, key),
                )


def _listens(workflow: Workflow, event: str, branch: str) -> bool:
    """https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet"""
    trigger = as_object(workflow.triggers[event])
    patterns = one_or_more(trigger.get("branches"))
    if "branches-ignore" in trigger:
        ignored = one_or_more(trigger.get("branches-ignore"))
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
        yield error(
            "No workflow has `workflow_dispatch`: nothing can be promoted, nor tried again.",
            "Add it as `gitops-bot init` writes it.",
        )
        return
    for workflow in found:
        path = ("on", "workflow_dispatch", "inputs")
        inputs = as_object(workflow.at(*path))
        where = workflow.where(*path)
        absent = [name for name in INPUTS if name not in inputs]
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
            yield error(
                f"The dispatch lacks {', '.join(without)}; GitHub refuses one that names it.",
                "Write the inputs as `gitops-bot init` does.",
                where,
            )
        else:
            yield ok("Every command can be dispatched for every environment.", where)


def _options(given: JsonValue, everything: tuple[str, ...]) -> tuple[str, ...]:
    """What a dispatch's input offers; one without a choice takes any text."""
    table = as_object(given)
    if as_text(table.get("type")) != "choice":
        return everything
    return tuple(as_text(option) for option in as_list(table.get("options")))


def _schedule(ours: Sequence[Workflow], _settings: Settings) -> Iterator[Finding]:
    found = [w for w in ours if "schedule" in w.triggers]
    if found:
        yield ok("A schedule finds what was merged and never applied.", found[0].where("on", "schedule"))
    else:
        yield warning(
            "No schedule looks for what was merged and never applied.",
            'Add `on: schedule: [{cron: "17 * * * *"}]`.',
        )
