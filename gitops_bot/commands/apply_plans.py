"""Apply what was compared: open the ledger's entry, run Terraform project by project, verify, record."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from gitops_bot.commands.apply_run import ApplyRun
from gitops_bot.commands.backflow_dispatch import dispatch_backflows
from gitops_bot.commands.ledger import mark_in_progress, open_entry
from gitops_bot.commands.next_promotion import start_next_promotion
from gitops_bot.commands.project_plans import ProjectPlan, approval_of, in_repository, plan_status
from gitops_bot.commands.publish import keep_report, publish
from gitops_bot.commands.record_apply import Ended, Opened, write_down, write_early
from gitops_bot.commands.state_lock import LockState, ProjectLock, settle
from gitops_bot.core.approval import approve
from gitops_bot.core.coverage import cover
from gitops_bot.core.errors import CloudRefused, ExitCode, GitopsBotError, Interrupted
from gitops_bot.core.ledger import Entry, EntryState, Ledger
from gitops_bot.core.locks import StateLock
from gitops_bot.core.records import NO_KEY, key_of_lineage
from gitops_bot.core.report import Applied, Planned, ProjectReport, RunStatus
from gitops_bot.ports import PlanMade, Signals


def apply_plans(
    run: ApplyRun,
    plans: tuple[ProjectPlan, ...],
    projects: tuple[ProjectReport, ...],
    numbers: tuple[int, ...],
    ledger: Ledger,
) -> ExitCode:
    """Apply the plans of all projects in order, and write down what came of it.

    From the moment the entry is open, nothing keeps the record from being written: a first signal
    stops Terraform, later ones wait. Raises `Interrupted` after a signal, and what GitHub failed with.
    """
    try:
        # Long plans may have used up much of it; later, the entry in the ledger is open.
        run.session.open(run.effects.step.log)
    except CloudRefused as refused:
        report = run.report(RunStatus.FAILED, projects=projects, pull_requests=numbers, message=str(refused))
        run.tell(report)
        run.comment(report)
        keep_report(run.effects, report, run.redactor(), run.check_url)
        return publish(run.effects.step, report, run.redactor())
    with run.effects.signals() as signals:
        signals.defer()  # from here to the end of the record nothing may be lost to one
        deployment = open_entry(run.book, _entry(run, plans, numbers))
        opened = Opened(run, deployment, plans, projects, numbers, ledger)
        ended = _do(opened, signals)
        opened.results.extend([None] * (len(plans) - len(opened.results)))  # what never began
        signals.hold()
        stopped = signals.came or any(r is not None and r.interrupted for r in opened.results)
        ended = replace(ended, interrupted=ended.interrupted or stopped)
        code = write_down(opened, ended)
    stopped_by = ended.defect or ended.failure
    if stopped_by is not None:
        raise stopped_by
    if ended.interrupted or signals.came:
        raise Interrupted(
            "A signal asked this run to stop; what was done is recorded.", "Run the job again to finish it."
        )
    if code is ExitCode.DONE:
        dispatch_backflows(run)
    if ended.converged:
        start_next_promotion(run)
    return code


def _entry(run: ApplyRun, plans: Sequence[ProjectPlan], numbers: tuple[int, ...]) -> Entry:
    approval = approval_of(run.environment.name, run.commit, plans)
    return Entry(
        0,
        run.commit,
        run.effects.tree.tree(run.commit),
        EntryState.RUNNING,
        None,
        "",
        numbers,
        approval.digest if approval else "",
        run.facts.actor,
        run.facts.id,
        run.overridden_by,
        run.facts.attempt,
        run.terraform.who(),
        run.approved_by,
        tuple(p.project.name for p in plans if p.made and key_of_lineage(p.made.lineage) is NO_KEY),
        hotfixes=run.hotfixes,
        hotfix_by=run.hotfix_by,
    )


def _do(opened: Opened, signals: Signals) -> Ended:
    """Apply and verify. Whatever happens here, what was done is in `opened`: it is written down then."""
    run = opened.run
    try:
        mark_in_progress(run.book, opened.deployment, run.facts.url)
    except GitopsBotError as error:
        return Ended(failure=error)  # nothing was applied, and nothing will be
    try:
        _apply_in_order(opened, signals)
        _note_new_states(opened)
        succeeded = all(r is not None and r.succeeded for r in opened.results)
        return _converged(opened) if succeeded and not signals.came else Ended()
    except GitopsBotError as error:  # what was applied is recorded all the same
        run.say("Not checked whether anything is left to do", error)
        return Ended(interrupted=isinstance(error, Interrupted))
    except KeyboardInterrupt:  # where no watch is kept on signals
        return Ended(interrupted=True)
    except Exception as error:
        return Ended(defect=error)


def _apply_in_order(opened: Opened, signals: Signals) -> None:
    """Every project in order, up to the first failure; `results` get None for those that did not start."""
    for item in opened.plans:
        results = opened.results
        if signals.came or any(r is None or not r.succeeded for r in results):
            results.append(None)
        elif item.made is None or not isinstance(item.outcome, Planned):
            results.append(Applied(()))
        else:
            result = _apply_one(opened, item, item.made)
            results.append(result)  # at once: what comes next may be stopped by a signal
            diagnostics = in_repository(result.diagnostics, item.project.dir)
            results[-1] = replace(result, diagnostics=diagnostics)


def _apply_one(opened: Opened, item: ProjectPlan, made: PlanMade) -> Applied:
    """Apply one plan file.

    A lock that a run of ours left behind is released where the configuration says so. When another
    apply got in between, plan and compare once more (D13).
    """
    run = opened.run
    run.effects.step.log(f"{run.environment.name}: applying {item.project.name}")
    result = _terraform_apply(opened, item, made)
    if result.lock is not None and _released(opened, item, result.lock):
        result = _terraform_apply(opened, item, made)
    if not any("plan is stale" in d.summary for d in result.diagnostics):
        return result
    if run.effects.host.branch_head(run.environment.branch) != run.commit:
        return result  # that apply may be of a newer commit, which this one would undo
    run.effects.step.log(f"{run.environment.name}: another apply came in between; planning once more")
    again = run.plan(replace(run.settings, projects=(item.project,)))[0]
    if again.made is None or again.plan is None or item.plan is None:
        return result
    first, second = item.fresh(made, item.plan), again.fresh(again.made, again.plan)
    approval = approve(
        first.project,
        first.changes,
        terraform_version=first.terraform_version,
        lock_digest=first.lock_digest,
        key=first.key,
    )
    if not cover(second, [approval], created_by_us=frozenset({second.key.id})).complete:
        return result
    if not again.plan.has_changes:
        return Applied(())
    return _terraform_apply(opened, again, again.made)


def _released(opened: Opened, item: ProjectPlan, lock: StateLock) -> bool:
    """Whether the lock that kept Terraform from starting is gone now; what is known of it is reported."""
    run = opened.run
    try:
        if run.settings.lock.release_own:
            found = settle(item.project.name, item.run, lock, run.terraform, run.book, run.facts)
        else:
            why = "the command `unlock` releases it where a run of this program left it"
            found = ProjectLock(item.project.name, LockState.HELD, lock, why)
    except GitopsBotError as error:
        run.say("The lock was not released", error)
        return False
    opened.notices.append(found.sentence)
    run.effects.step.log(run.redactor()(f"{run.environment.name}: {found.sentence}"))
    return found.state is LockState.RELEASED


def _terraform_apply(opened: Opened, item: ProjectPlan, made: PlanMade) -> Applied:
    run = opened.run
    clean = run.redactor()
    return run.terraform.apply(
        item.run,
        made,
        lambda line: run.effects.step.log(clean(line)),
        lambda partial: write_early(opened, partial),
    )


def _note_new_states(opened: Opened) -> None:
    """The key ids of states that this apply made from nothing: approvals from before know no key."""
    run = opened.run
    for item, result in zip(opened.plans, opened.results, strict=False):
        if item.made is None or result is None or key_of_lineage(item.made.lineage) is not NO_KEY:
            continue
        try:
            key = key_of_lineage(run.terraform.lineage(item.run))
        except GitopsBotError as error:
            run.say("The new state's lineage could not be read", error)
            continue
        if key is not NO_KEY:
            opened.created[item.project.name] = key.id


def _converged(opened: Opened) -> Ended:
    """Whether a plan right after the apply shows no changes; None when that plan failed or was not wanted."""
    run = opened.run
    if plan_status(opened.plans) is RunStatus.NO_CHANGES:
        return Ended(True)  # nothing was applied, and this plan has just said so
    if not run.settings.terraform.verify:
        return Ended()
    run.effects.step.log(f"{run.environment.name}: checking that nothing is left to do")
    again = run.plan(on_interrupt=lambda: write_early(opened))
    if plan_status(again) is RunStatus.FAILED:
        return Ended()
    left = tuple(address for item in again for address in item.left)
    return Ended(not left, left)
