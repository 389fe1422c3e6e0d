"""`reconcile`: start the applies whose runs were lost. It runs no Terraform and applies nothing itself.

Schedule runs are on the default branch and never hold apply credentials (D14), so what is missing is
dispatched on its environment's branch and judged there like any other apply.
"""

from __future__ import annotations

from msgspec import Struct

from gitops_bot.commands.checks import apply_check, find
from gitops_bot.commands.drift import look_for_drift
from gitops_bot.commands.effects import CONFIG_FILE, Effects, RunFacts
from gitops_bot.commands.judge_again import judge_open_pull_requests
from gitops_bot.commands.ledger import Book, read_ledger
from gitops_bot.commands.publish import exit_code, redactor_for
from gitops_bot.config.load import load_settings
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import BadInput, ExitCode, RunFailed
from gitops_bot.core.events import Command
from gitops_bot.core.guards import frozen
from gitops_bot.core.ledger import EntryState, Ledger
from gitops_bot.core.reconcile import ApplyCheck, Judgement, Step, entry_of, missing, settled
from gitops_bot.core.report import RunStatus
from gitops_bot.ports import CodeHost, Conclusion
from gitops_bot.render.markdown import code, inline
from gitops_bot.render.redact import Redactor


class _Row(Struct, frozen=True):
    environment: Environment
    head: str
    applied: str
    judgement: Judgement


def reconcile(
    environments: tuple[Environment, ...], settings: Settings, effects: Effects, facts: RunFacts
) -> ExitCode:
    """Compare each environment's head with its ledger, and dispatch `apply` where it is missing.

    The exit code is 1 when a person must act. What fails for one environment keeps no other waiting.
    """
    if not facts.workflow:
        raise BadInput(
            "`reconcile` does not know the workflow to dispatch: GITHUB_WORKFLOW_REF names no workflow "
            "file of this repository.",
            "Run it in a GitHub Actions job, which has that variable.",
        )
    redactor = redactor_for(settings, facts.secrets, ())
    rows = []
    for environment in environments:
        row = _reconcile(environment, settings, effects, facts)
        rows.append(row)
        effects.step.log(redactor(f"{environment.name}: {_sentence(row)}"))
    well = [look_for_drift(e, settings, effects, facts) for e in environments]
    well += [judge_open_pull_requests(e, effects, facts) for e in environments]
    steps = {row.judgement.step for row in rows}
    if Step.PERSON in steps or not all(well):
        status = RunStatus.BLOCKED
    else:
        status = RunStatus.RECONCILED if Step.DISPATCH in steps else RunStatus.NO_CHANGES
    effects.step.summary(_table(rows, redactor))
    effects.step.output("environment", environments[0].name if len(environments) == 1 else "")
    effects.step.output("result", status.value)
    return exit_code(status)


def _reconcile(environment: Environment, settings: Settings, effects: Effects, facts: RunFacts) -> _Row:
    head, ledger = "", Ledger()
    try:
        found = effects.host.branch_head(environment.branch)
        head = found or ""
        ledger = read_ledger(Book(environment, settings.approval, effects))
        judgement = settled(found, ledger, effects.clock(), _run_ended(effects.host, ledger))
        if judgement is None:
            judgement = missing(head, ledger, _apply_check(effects.host, environment, head, ledger))
            if judgement.step is Step.PERSON:
                judgement = Judgement(Step.PERSON, f"{judgement.why}. {_what_to_do(environment)}")
        if judgement.step is Step.DISPATCH:
            judgement = _hindered(environment, head, effects) or judgement
        if judgement.step is Step.DISPATCH:
            inputs = {"command": Command.APPLY.value, "environment": environment.name}
            effects.host.dispatch_workflow(facts.workflow, environment.branch, inputs)
    except RunFailed as error:
        judgement = Judgement(Step.PERSON, str(error).rstrip("."))
    return _Row(environment, head, ledger.applied.commit if ledger.applied else "", judgement)


def _run_ended(host: CodeHost, ledger: Ledger) -> bool | None:
    """Whether the run of an apply without an end is over, as far as GitHub says."""
    newest = ledger.newest
    if newest is None or newest.state is not EntryState.RUNNING or not newest.run:
        return None
    run = host.workflow_run(newest.run, newest.attempt)
    return run.ended if run is not None else None


def _apply_check(host: CodeHost, environment: Environment, head: str, ledger: Ledger) -> ApplyCheck:
    """Whether an apply of the head ended badly, and whether that is the one the ledger knows.

    The check's summary ends with the address of the run that wrote it. A run that was blocked opened no
    entry of its own.
    """
    check = find(host.check_runs(head), apply_check(environment.name))
    if check is None or check.conclusion is not Conclusion.FAILURE:
        return ApplyCheck.NO_FAILURE
    entry = entry_of(head, ledger)
    if entry is not None and entry.run and f"/actions/runs/{entry.run})" in check.summary:
        return ApplyCheck.OF_ENTRY
    return ApplyCheck.OF_LATER_RUN


def _hindered(environment: Environment, head: str, effects: Effects) -> Judgement | None:
    """What would end the dispatched run before it could say so in a check, or in a freeze."""
    try:
        settings = load_settings(effects.host.file_at(CONFIG_FILE, head), CONFIG_FILE)
    except BadInput:
        why = f"{CONFIG_FILE} on {environment.branch} has mistakes; `gitops-bot validate` lists them"
        return Judgement(Step.PERSON, why)
    own = settings.environment(environment.name)
    if own is None or own.branch != environment.branch:
        why = (
            f"{CONFIG_FILE} on {environment.branch} has no environment {environment.name} with that branch; "
            "bring the branches' configurations in line"
        )
        return Judgement(Step.PERSON, why)
    freeze = frozen(own.freeze, effects.clock())
    if freeze is not None:
        until = freeze.until.isoformat(timespec="minutes")
        return Judgement(Step.WAIT, f"its head is not applied, and it is frozen until {until}")
    return None


def _what_to_do(environment: Environment) -> str:
    return (
        f"Reconcile does not try it again: see its check `{apply_check(environment.name)}`, correct the "
        f"cause, then dispatch `apply` on {environment.branch} or merge the correction"
    )


def _sentence(row: _Row) -> str:
    """What was done and why, in one line."""
    step, why, branch = row.judgement.step, row.judgement.why, row.environment.branch
    head = f" ({row.head[:12]})" if row.head else ""
    if step is Step.DISPATCH:
        return f"dispatched `apply` on {branch}{head}, since {why}."
    return f"{step}{head}: {why}."


def _table(rows: list[_Row], redactor: Redactor) -> str:
    lines = ["| environment | head | applied | reconcile |", "|" + " --- |" * 4]
    for row in rows:
        name, said = (
            inline(redactor(text)).replace("|", "&#124;") for text in (row.environment.name, _sentence(row))
        )
        head, applied = (code(commit[:12]) if commit else "-" for commit in (row.head, row.applied))
        lines.append(f"| {name} | {head} | {applied} | {said} |")
    return "### Reconcile\n\n" + "\n".join(lines) + "\n"
