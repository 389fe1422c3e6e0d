"""What an apply came to, written down: on this machine first, then on GitHub.

Nothing here stops at the first thing that fails. Whatever part of the record could be written is
what the next run finds, and it completes the rest.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from gitops_bot.commands.apply_run import ApplyRun
from gitops_bot.commands.checks import ROOM_FOR_PROOF, outcome_text
from gitops_bot.commands.ledger import close_entry, outcome_audience, outcome_reference, prover
from gitops_bot.commands.project_plans import ProjectPlan
from gitops_bot.commands.publish import exit_code, keep_report, publish
from gitops_bot.core.approval import MAX_STORED_CHARACTERS
from gitops_bot.core.errors import ExitCode, GitopsBotError
from gitops_bot.core.ledger import (
    MAX_ERROR,
    Ledger,
    Outcome,
    ProjectOutcome,
    describe,
    outcome_document,
    pack_outcome,
)
from gitops_bot.core.records import key_of_lineage
from gitops_bot.core.report import (
    Applied,
    ProjectReport,
    Report,
    ResourceOutcome,
    ResourceState,
    RunStatus,
)
from gitops_bot.ports import CheckRun, Deployment
from gitops_bot.render.comment import render_summary
from gitops_bot.render.redact import Redactor

_EARLY = (
    "The run was cancelled. Terraform was asked to stop and has not ended yet: this is what was known at "
    "that moment. Run the job again to finish it."
)
_EARLY_DONE = (
    "The run was cancelled when everything was applied, before it was known whether anything is left to do."
)
_UNFINISHED = (
    "This apply did not finish. Correct the cause, then run the job again or merge the correction: what was "
    "approved stays approved. Until then nothing is promoted out of {environment}."
)
_DONE = {
    "create": "created",
    "update": "changed",
    "replace": "replaced",
    "delete": "destroyed",
    "read": "read",
    "import": "imported",
    "move": "moved",
    "forget": "forgotten",
}
"""What an action has done, for readers."""
_NOT_DONE = {
    ResourceState.FAILED: "failed",
    ResourceState.IN_FLIGHT: "in progress",
    ResourceState.NOT_STARTED: "not started",
}
_SHOWN_LEFT = 20
"""How many addresses a report names that an apply left different."""


class Opened(Struct, frozen=True):
    """An apply whose ledger entry is open. `ledger` is as it was before; `numbers` are the pull requests.

    `results` has one item for each project that was begun, in order; `created` the key ids of states
    that it made from nothing, by project; `notices` what readers should know. All are filled while it
    goes on: a signal loses none of it.
    """

    run: ApplyRun
    deployment: Deployment
    plans: Sequence[ProjectPlan]
    projects: Sequence[ProjectReport]
    numbers: tuple[int, ...]
    ledger: Ledger
    results: list[Applied | None] = field(default_factory=list)
    created: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)


class Ended(Struct, frozen=True):
    """How the applies of all projects ended, besides their results.

    `left` are the addresses that a plan right after them still changes. `failure` kept it from going
    on; `defect` is an error of ours. `final` is False where Terraform is still about to stop.
    """

    converged: bool | None = None
    left: tuple[str, ...] = ()
    interrupted: bool = False
    failure: GitopsBotError | None = None
    defect: Exception | None = None
    final: bool = True


def write_down(opened: Opened, ended: Ended) -> ExitCode:
    """Record how an apply ended: log, outcome file and summary, then check run, ledger and comments.

    Raises the first error of those that could not be written, after all were tried.
    """
    run = opened.run
    report = _report(opened, ended)
    outcome = _outcome(opened, ended)
    description = describe(*outcome.counts, outcome.converged)
    run.effects.step.log(f"{run.environment.name}: {report.status.value}; {description}.")
    path = _keep(opened, outcome, description)
    first: GitopsBotError | None = None
    try:
        publish(run.effects.step, report, run.redactor(), **({"outcome_file": path} if path else {}))
    except GitopsBotError as error:
        first = error
    not_told = _tell_github(opened, report, outcome, description)
    if not_told is not None:
        where = f" It is kept in {path}." if path else ""
        run.effects.step.log(f"GitHub did not take all of this record: the next run completes it.{where}")
    keep_report(
        run.effects, report, run.redactor(), run.check_url
    )  # last: the runner may not wait any longer
    failed = first or not_told
    if failed is not None:
        raise failed
    return exit_code(report.status)


def write_early(opened: Opened, partial: Applied | None = None) -> None:
    """Record what is known when a signal came: the runner may not wait until Terraform has stopped.

    `partial` is what the project under way has done; None when all of them were applied.
    """
    results = [*opened.results, partial] if partial is not None else list(opened.results)
    results.extend([None] * (len(opened.plans) - len(results)))
    so_far = replace(opened, results=results)
    ended = Ended(interrupted=True, final=False)
    report, outcome = _report(so_far, ended), _outcome(so_far, ended)
    description = f"{describe(*outcome.counts, None)}; stopping"
    opened.run.effects.step.log(f"{opened.run.environment.name}: interrupted; {description}.")
    path = _keep(so_far, outcome, description)
    try:
        if path:
            opened.run.effects.step.output("outcome-file", path)
        opened.run.effects.step.summary(render_summary(report, redactor=opened.run.redactor()))
    except GitopsBotError as error:
        opened.run.say("Not in the job's summary", error)
    _tell_github(so_far, report, outcome, description)


# --- the record ------------------------------------------------------------------------------


def _report(opened: Opened, ended: Ended) -> Report:
    results = opened.results
    succeeded = all(r is not None and r.succeeded for r in results)
    done = sum(r.count(ResourceState.DONE) for r in results if r)
    status = RunStatus.APPLIED if succeeded else (RunStatus.PARTLY_APPLIED if done else RunStatus.FAILED)
    reports = tuple(
        replace(p, applied=None if r is None else replace(r, converged=ended.converged))
        for p, r in zip(opened.projects, results, strict=True)
    )
    message = _what_was_done(filter(None, results), opened.run.took)
    if not succeeded:
        message += f" {_UNFINISHED.format(environment=opened.run.environment.name)}"
    if ended.converged is False:
        message += f" {_still_changes(ended.left)}"
    if ended.failure is not None:
        message = f"{message} {ended.failure}".strip()
    if not ended.final:
        message = _EARLY_DONE if succeeded else _EARLY
    run = opened.run.noting(*opened.notices)
    return run.report(status, projects=reports, pull_requests=opened.numbers, message=message)


def _what_was_done(results: Iterable[Applied], took: str) -> str:
    """What was done, in what time, as a sentence: `2 created, 1 failed in 3m 12s.`"""
    counts = Counter(_word(resource) for result in results for resource in result.resources)
    said = ", ".join(f"{count} {word}" for word, count in counts.items())
    return f"{said} in {took}." if said else f"There was nothing to do. That took {took}."


def _word(resource: ResourceOutcome) -> str:
    if resource.state is ResourceState.DONE:
        return _DONE.get(resource.action, f"done ({resource.action})")
    return _NOT_DONE[resource.state]


def _still_changes(left: Sequence[str]) -> str:
    named = ", ".join(left[:_SHOWN_LEFT])
    more = f" and {len(left) - _SHOWN_LEFT} more" if len(left) > _SHOWN_LEFT else ""
    return f"A plan right after the apply still shows changes: {named}{more}."


def _outcome(opened: Opened, ended: Ended) -> Outcome:
    results = opened.results
    redactor = opened.run.redactor()
    done, not_started = (
        sum(r.count(state) for r in results if r) for state in (ResourceState.DONE, ResourceState.NOT_STARTED)
    )
    failed = sum(len(r.resources) for r in results if r) - done - not_started
    return Outcome(
        opened.deployment.id,
        all(r is not None and r.succeeded for r in results),
        ended.converged,
        (done, failed, not_started),
        tuple(
            _project(opened, item, result, redactor)
            for item, result in zip(opened.plans, results, strict=True)
        ),
        ended.interrupted,
        ended.final,
    )


def _project(opened: Opened, item: ProjectPlan, result: Applied | None, redactor: Redactor) -> ProjectOutcome:
    name = item.project.name
    last = opened.ledger.project(name)
    created = {*(last.created_keys if last else ()), *filter(None, [opened.created.get(name)])}
    if name in opened.ledger.new_states and item.made is not None and item.made.lineage:
        created.add(key_of_lineage(item.made.lineage).id)  # made by an apply that could not say so
    resources: tuple[ResourceOutcome, ...] = ()
    if result is None:  # it did not start, and an earlier half-done apply of it is still half-done
        unfinished = last.unfinished if last else ()
    else:
        resources = tuple(_shown(r, redactor) for r in result.resources)
        unfinished = tuple(r.address for r in result.resources if r.state is not ResourceState.DONE)
    return ProjectOutcome(
        name,
        item.plan.terraform_version if item.plan else "",
        item.made.lock_digest if item.made else "",
        # An address that holds a secret is not published: its next change needs an approval of its own.
        tuple(a for a in unfinished if redactor(a) == a),
        tuple(sorted(created)),
        resources,
    )


def _shown(resource: ResourceOutcome, redactor: Redactor) -> ResourceOutcome:
    return replace(resource, address=redactor(resource.address), error=redactor(resource.error)[:MAX_ERROR])


# --- where it is kept ------------------------------------------------------------------------


def _keep(opened: Opened, outcome: Outcome, description: str) -> str:
    """The outcome file: what is left of the record when GitHub cannot be reached. Its path, "" for none."""
    run = opened.run
    document = {
        "environment": run.environment.name,
        "commit": run.commit,
        "run": run.facts.id,
        "pull_requests": list(opened.numbers),
        "description": description,
        "outcome": outcome_document(outcome),
    }
    name = f"outcome-{run.environment.name}-{opened.deployment.id}.json"
    try:
        return run.effects.keep_file(name, json.dumps(document, indent=1))
    except GitopsBotError as error:
        run.say("There is no outcome file", error)
        return ""


def _tell_github(opened: Opened, report: Report, outcome: Outcome, description: str) -> GitopsBotError | None:
    """Check run, ledger, comments. One that fails keeps no other from being written; the first error."""
    run = opened.run
    told: list[CheckRun] = []

    def check() -> None:
        stored = pack_outcome(outcome, MAX_STORED_CHARACTERS - ROOM_FOR_PROOF)
        audience = outcome_audience(run.environment.name, opened.deployment, stored)
        text = outcome_text(stored, prover(run.book)(audience))
        told.append(run.tell(report, text, outcome_reference(opened.deployment.id)))

    steps: list[Callable[[], None]] = [
        check,
        lambda: close_entry(run.book, opened.deployment, outcome.succeeded, description, run.facts.url),
        lambda: run.comment(report),
    ]
    first: GitopsBotError | None = None
    for step in steps:
        try:
            step()
        except GitopsBotError as error:
            run.say("Not recorded", error)
            first = first or error
    if told and outcome.final:
        run.annotate(told[0], report)
    return first
