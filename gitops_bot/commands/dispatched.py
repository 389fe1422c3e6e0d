"""The dispatched commands that need no module of their own: plan, status, baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from gitops_bot.commands.approve_set import digests_now, is_named
from gitops_bot.commands.backflow import backflow
from gitops_bot.commands.board import read_board
from gitops_bot.commands.checks import apply_check, outcome_text
from gitops_bot.commands.drift import record_drift
from gitops_bot.commands.effects import Effects, RunFacts, check_work_tree
from gitops_bot.commands.ledger import (
    Book,
    close_entry,
    open_entry,
    outcome_audience,
    outcome_reference,
    prover,
    read_ledger,
)
from gitops_bot.commands.project_plans import ProjectPlan, approval_of, plan_projects, plan_status, secrets_in
from gitops_bot.commands.promote import promote
from gitops_bot.commands.publish import keep_report, publish, redactor_for
from gitops_bot.commands.rollback import rollback
from gitops_bot.commands.rules_in_force import rules_in_force
from gitops_bot.commands.unlock import unlock
from gitops_bot.core.approval import MAX_STORED_CHARACTERS, Approval
from gitops_bot.core.aws import Phase
from gitops_bot.core.decision import RunCommand
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import BadInput, ExitCode
from gitops_bot.core.events import Command, Dispatched
from gitops_bot.core.ledger import Entry, EntryState, Outcome, describe, pack_outcome
from gitops_bot.core.report import Report, RunStatus
from gitops_bot.ports import CheckRun, Conclusion
from gitops_bot.render.board import Form, render_board
from gitops_bot.render.comment import render_check


def run_command(decision: RunCommand, settings: Settings, effects: Effects, facts: RunFacts) -> ExitCode:
    """Do what a person asked for by dispatch."""
    environment = decision.environment
    if environment is None:
        return _status(settings, effects, facts)
    match decision.command:
        case Command.PLAN:
            return _plan(environment, decision.event, settings, effects, facts)
        case Command.PROMOTE:
            if decision.event.to_commit:
                return rollback(environment, decision.event, settings, effects, facts)
            return promote(environment, decision.event.part, settings, effects, facts)
        case Command.STATUS:
            return _status(settings, effects, facts)
        case Command.BASELINE:
            return _baseline(environment, decision.event, settings, effects, facts)
        case Command.UNLOCK:
            return unlock(environment, decision.event, settings, effects, facts)
        case Command.BACKFLOW:
            return backflow(environment, decision.event, settings, effects, facts)
        case Command.APPLY | Command.RECONCILE:
            raise AssertionError("the decision makes something else of this")
        case _:
            assert_never(decision.command)


def _plan(
    environment: Environment, event: Dispatched, settings: Settings, effects: Effects, facts: RunFacts
) -> ExitCode:
    """What an apply of the environment's branch would do now; approves nothing."""
    check_work_tree(effects.tree, event.commit)
    if event.branch != environment.branch:
        raise BadInput(
            f"`plan` for {environment.name} was dispatched on {event.branch!r}.",
            f"Dispatch it on the branch {environment.branch}.",
        )
    session = effects.make_session(settings, environment, Phase.PLAN, facts.identity(event.commit))
    plans = plan_projects(
        settings,
        environment,
        effects.tree.root,
        effects.make_terraform(settings.terraform, session),
        effects.scratch,
        effects.step.log,
        phase=Phase.PLAN,
    )
    status = plan_status(plans)
    report = Report(
        environment.name,
        status,
        tuple(p.report() for p in plans),
        commit=event.commit,
        links=facts.links(event.commit),
        notices=settings.notices,
        protect=environment.protect,
        stateful=settings.comment.stateful,
    )
    effects.step.log(f"{environment.name}: {status.value}.")
    redactor = redactor_for(settings, (*facts.secrets, *session.secrets), secrets_in(plans))
    book = Book(environment, settings.approval, effects)
    newest = read_ledger(book).newest
    if newest is not None and newest.state is EntryState.SUCCEEDED and newest.commit == event.commit:
        _, summary = render_check(report, redactor=redactor)
        record_drift(book, event.commit, _without_noise(status, plans), summary, facts.url)
    keep_report(effects, report, redactor)
    return publish(effects.step, report, redactor)


def _without_noise(status: RunStatus, plans: Sequence[ProjectPlan]) -> RunStatus:
    """What is declared to be noise is no drift: the apply right before said that it converged."""
    if status is RunStatus.PLANNED and not any(item.left for item in plans):
        return RunStatus.NO_CHANGES
    return status


def _baseline(
    environment: Environment, event: Dispatched, settings: Settings, effects: Effects, facts: RunFacts
) -> ExitCode:
    """Start the ledger of a repository that already lives (D4). Applies nothing."""
    check_work_tree(effects.tree, event.commit)
    book = Book(environment, rules_in_force(environment, event.commit, settings.approval, effects), effects)
    if read_ledger(book).applied is not None:
        raise BadInput(
            f"{environment.name} has a ledger already.",
            "A baseline is for its beginning only; nothing was done.",
        )
    session = effects.make_session(settings, environment, Phase.APPLY, facts.identity(event.commit))
    plans = plan_projects(
        settings,
        environment,
        effects.tree.root,
        effects.make_terraform(settings.terraform, session),
        effects.scratch,
        effects.step.log,
        phase=Phase.APPLY,
    )
    status = plan_status(plans)
    approval = approval_of(environment.name, event.commit, plans)
    reports = tuple(p.report() for p in plans)
    redactor = redactor_for(settings, (*facts.secrets, *session.secrets), secrets_in(plans))
    links = facts.links(event.commit)
    if approval is None or (
        status is not RunStatus.NO_CHANGES and not _accepted(approval, book, event, facts)
    ):
        blocked = RunStatus.FAILED if approval is None else RunStatus.BLOCKED
        message = "" if approval is None else _how_to_accept(approval, book)
        report = Report(environment.name, blocked, reports, commit=event.commit, links=links, message=message)
        effects.step.log(f"{environment.name}: no baseline recorded. {message}".strip())
        keep_report(effects, report, redactor)
        return publish(effects.step, report, redactor)
    converged = status is RunStatus.NO_CHANGES
    entry = Entry(
        0,
        event.commit,
        effects.tree.tree(event.commit),
        EntryState.RUNNING,
        None,
        "",
        (),
        approval.digest,
        facts.actor,
        facts.id,
        attempt=facts.attempt,
    )
    message = f"The ledger of {environment.name} starts at {event.commit[:12]}. Nothing was applied."
    report = Report(
        environment.name, RunStatus.BASELINE, reports, commit=event.commit, links=links, message=message
    )
    deployment = open_entry(book, entry)
    stored = pack_outcome(Outcome(deployment.id, True, converged), MAX_STORED_CHARACTERS)
    proof = prover(book)(outcome_audience(environment.name, deployment, stored))
    title, summary = render_check(report, redactor=redactor)
    effects.host.write_check_run(
        CheckRun(
            apply_check(environment.name),
            event.commit,
            Conclusion.SUCCESS,
            title,
            summary,
            outcome_text(stored, proof),
            outcome_reference(deployment.id),
            facts.url,
        )
    )
    close_entry(book, deployment, True, describe(0, 0, 0, converged), facts.url)
    effects.step.log(message)
    keep_report(effects, report, redactor)
    return publish(effects.step, report, redactor)


def _accepted(approval: Approval, book: Book, event: Dispatched, facts: RunFacts) -> bool:
    """Whether somebody who may accepts that the environment differs in exactly this."""
    by = book.approval.by
    may = not by or is_named(facts.actor, by)
    return may and event.approve in digests_now(approval, book.effects.clock())


def _how_to_accept(approval: Approval, book: Book) -> str:
    digest, _ = digests_now(approval, book.effects.clock())
    who = f"Whoever of {', '.join(book.approval.by)}" if book.approval.by else "Whoever"
    return (
        f"The environment is not as its branch says, so no baseline was recorded. {who} accepts these "
        f"differences dispatches `baseline` again with the input `approve` set to {digest}. That holds until "
        "the end of tomorrow (UTC)."
    )


def _status(settings: Settings, effects: Effects, facts: RunFacts) -> ExitCode:
    """The board, in the log and the job summary."""
    board = read_board(settings, effects, facts.repository)
    redactor = redactor_for(settings, facts.secrets, ())
    effects.step.log(render_board(board, Form.TEXT, redactor=redactor))
    markdown = render_board(board, Form.MARKDOWN, redactor=redactor)
    effects.step.summary(f"### Environments\n\n{markdown}")
    effects.step.output("result", "no-changes")
    return ExitCode.DONE
