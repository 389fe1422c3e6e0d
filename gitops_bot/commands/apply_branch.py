"""An environment's branch moved: plan afresh, compare with what was approved, and apply if all of it was."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from gitops_bot.commands.apply_plans import apply_plans
from gitops_bot.commands.apply_run import ApplyRun
from gitops_bot.commands.approve_set import Asked, ask_person
from gitops_bot.commands.compare import (
    Merged,
    compared_report,
    coverage_of,
    coverage_reasons,
    judge_merged,
    merged_in,
)
from gitops_bot.commands.complete_ledger import complete, ledger_notice, tell_again
from gitops_bot.commands.effects import CONFIG_FILE, Effects, RunFacts, check_history, check_work_tree
from gitops_bot.commands.guards import ask_guards
from gitops_bot.commands.ledger import read_ledger
from gitops_bot.commands.project_plans import ProjectPlan, plan_status
from gitops_bot.commands.provenance import Judged, fork_point
from gitops_bot.commands.publish import keep_report, publish
from gitops_bot.commands.rules_in_force import rules_at, rules_in_force
from gitops_bot.commands.verdict import judge_apply
from gitops_bot.config.load import load_settings
from gitops_bot.core.aws import Phase
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import ExitCode
from gitops_bot.core.ledger import Ledger
from gitops_bot.core.report import (
    Blocked,
    BlockReason,
    ProjectReport,
    Reason,
    RunStatus,
)
from gitops_bot.ports import PullRequest, WorkTree
from gitops_bot.render.progress import CommentState


def apply_branch(
    environment: Environment,
    commit: str,
    settings: Settings,
    effects: Effects,
    facts: RunFacts,
    approve: str = "",
) -> ExitCode:
    """Apply an environment's branch at `commit`, if every change of a fresh plan was approved.

    `approve` is the digest a person gave with a dispatch. Nothing is applied, and the exit code is 1,
    when anything is not covered. Raises what the ports raise; before the ledger entry is open, nothing
    has been applied.
    """
    session = effects.make_session(settings, environment, Phase.APPLY, facts.identity(commit))
    terraform = effects.make_terraform(settings.terraform, session)
    run = ApplyRun(
        environment, commit, settings, effects, session, terraform, facts, [],
        effects.clock(), settings.notices, approve,
    )  # fmt: skip
    check_work_tree(effects.tree, commit)
    check_history(effects.tree)
    approval = rules_in_force(environment, commit, settings.approval, effects)
    run = replace(run, settings=replace(settings, approval=approval))
    ledger = read_ledger(run.book)
    newest = ledger.newest
    # One that did not converge is planned again: a re-run is how that gets repaired. So is one whose
    # outcome was lost, since the next apply needs what it says.
    done = newest is not None and newest.commit == commit and newest.converged and newest.outcome
    if newest is not None and done:
        complete(run, ledger)
        effects.step.log(f"{environment.name}: {commit[:12]} is applied already; nothing to do.")
        message = "This commit was applied already. Nothing was done."
        report = run.report(RunStatus.NO_CHANGES, message=message)
        tell_again(run, newest)
        return publish(effects.step, report, run.redactor())
    superseded = _superseded(run)
    if superseded is not None:
        return superseded
    return _compare_and_apply(*_under_strictest_rules(run, ledger))


def _superseded(run: ApplyRun) -> ExitCode | None:
    """The end of a run whose commit is not the branch's head any more; None where it is (D12)."""
    branch, step = run.environment.branch, run.effects.step
    head = run.effects.host.branch_head(branch)
    if head == run.commit:
        return None
    step.log(f"{run.environment.name}: superseded, {branch} is at {(head or 'no commit')[:12]}.")
    message = f"A newer commit of {branch} arrived; its run applies what this one carried."
    return publish(step, run.report(RunStatus.SUPERSEDED, message=message), run.redactor())


class _Since(Struct, frozen=True):
    """What came since the last apply that counts, and the rules that held before it.

    A merge cannot take its own environment out of the promotion path, lift its guards or ask for less
    proof of its own approval (D7). The ledger alone would not do: its entries can be forged.
    """

    ledger: Ledger
    pulls: tuple[PullRequest, ...]
    rules: tuple[Settings, ...]
    rewritten: bool


def _under_strictest_rules(run: ApplyRun, ledger: Ledger) -> tuple[ApplyRun, _Since]:
    """The run under the strictest of the rules since the last apply.

    Stricter rules may leave less of the ledger, and so more to look at: until nothing changes.
    """
    while True:
        since = _since(run, ledger)
        approval = run.settings.approval
        for rules in since.rules:
            approval = approval.within(rules.approval)
        if approval == run.settings.approval:
            return run, since
        run = replace(run, settings=replace(run.settings, approval=approval))
        ledger = read_ledger(run.book)


def _since(run: ApplyRun, ledger: Ledger) -> _Since:
    tree = run.effects.tree
    last = ledger.applied.commit if ledger.applied else None
    rewritten = last is not None and not _is_ancestor(tree, last, run.commit)
    # In a rewritten branch no approval counts: old ones would be replayed in a new order.
    commits = () if rewritten else tree.commits_between(last, run.commit)
    pulls = merged_in(run.environment.branch, commits, run.effects)
    rules: list[Settings] = []
    if last is not None and tree.has_commit(last):
        rules.append(load_settings(tree.file_at(last, CONFIG_FILE), f"{CONFIG_FILE} at {last[:12]}"))
    for start in dict.fromkeys(c for p in pulls if (c := fork_point(p, tree)) is not None):
        # No run could read one with mistakes, so nothing was planned by it and it can be repaired.
        if (found := rules_at(tree, start)) is not None:
            rules.append(found)
    return _Since(ledger, pulls, tuple(rules), rewritten)


def _is_ancestor(tree: WorkTree, commit: str, of: str) -> bool:
    return tree.has_commit(commit) and not tree.commits_between(of, commit)


def _same_environment(rules: Settings, environment: Environment) -> Environment | None:
    """The environment under earlier rules, which may have had another name for its branch."""
    return rules.environment(environment.name) or rules.environment_of_branch(environment.branch)


def _compare_and_apply(run: ApplyRun, since: _Since) -> ExitCode:
    effects, environment = run.effects, run.environment
    earlier = [
        (replace(rules, approval=run.settings.approval), e)
        for rules in since.rules
        if (e := _same_environment(rules, environment))
    ]
    merged = judge_merged(Judged(environment, run.settings, run.commit), since.pulls, effects)
    run.begins(merged)
    try:
        return _compare_with(run, since, merged, earlier)
    except (Exception, KeyboardInterrupt):
        run.ends_as(CommentState.NOT_APPLIED)  # where it applied anything, it has said so
        raise


def _compare_with(
    run: ApplyRun, since: _Since, merged: Merged, earlier: list[tuple[Settings, Environment]]
) -> ExitCode:
    effects, environment, ledger = run.effects, run.environment, since.ledger
    run = run.noting(merged.notice, ledger_notice(ledger), *complete(run, ledger))
    rules = list(dict.fromkeys([(run.settings, environment), *earlier]))
    verdict = judge_apply(run.commit, ledger, since.pulls, rules, effects)
    run = run.letting_in(verdict.hotfixes, verdict.hotfix_by)
    reasons = [*merged.reasons, *_history_reasons(run, since), *verdict.reasons]
    plans = run.plan()
    # Planning takes minutes. The run of a newer commit may have applied meanwhile; this plan undoes that.
    superseded = _superseded(run)
    if superseded is not None:
        run.ends_as(CommentState.OVERTAKEN)
        return superseded
    coverages = [coverage_of(p, merged, ledger) for p in plans]
    numbers = tuple(p.number for p in merged.pull_requests)
    projects = tuple(compared_report(p, c, merged, effects) for p, c in zip(plans, coverages, strict=True))
    # A pull request without an approval matters only where something is left to approve, and what was
    # applied last only where something changes: else this run's own entry says what is applied.
    open_changes = any(not c.complete for c in coverages)
    reasons = [r for r in reasons if r.reason is not Reason.NO_APPROVAL or open_changes]
    if plan_status(plans) is RunStatus.NO_CHANGES:
        reasons = [r for r in reasons if r.reason is not Reason.LEDGER_UNPROVEN]
    for item, coverage in zip(plans, coverages, strict=True):
        reasons.extend(coverage_reasons(item, coverage))
    guarding = dict.fromkeys([environment, *(same for _, same in earlier)])
    guarded = [ask_guards(e, plans, numbers, effects) for e in guarding]
    reasons.extend(dict.fromkeys(r for g in guarded for r in g.reasons))
    lifted = next((g for g in guarded if g.overridden_by), None)
    if lifted is not None:
        run = replace(run.noting(lifted.notice), overridden_by=lifted.overridden_by)
    asked = ask_person(run, plans, reasons)
    run = replace(run.noting(asked.notice), approved_by=asked.approved_by)
    if asked.approved_by:
        projects = tuple(replace(p, uncovered=()) for p in projects)
    if plan_status(plans) is RunStatus.FAILED or asked.reasons:
        return _nothing_applied(run, plans, projects, numbers, asked)
    return apply_plans(run, plans, projects, numbers, ledger)


def _history_reasons(run: ApplyRun, since: _Since) -> list[BlockReason]:
    """What speaks against the commit as a whole besides its content: its history, and the ledger."""
    name, ledger = ("environment", run.environment.name), since.ledger
    reasons = []
    if since.rewritten:
        commit = ledger.applied.commit if ledger.applied else ""
        reasons.append(BlockReason(Reason.BRANCH_REWRITTEN, (name, ("commit", commit))))
    if ledger.applied is None and ledger.unproven:
        reasons.append(BlockReason(Reason.LEDGER_UNPROVEN, (name, ("count", str(ledger.unproven)))))
    return reasons


def _nothing_applied(
    run: ApplyRun,
    plans: Sequence[ProjectPlan],
    projects: tuple[ProjectReport, ...],
    numbers: tuple[int, ...],
    asked: Asked,
) -> ExitCode:
    effects, environment = run.effects, run.environment
    status = RunStatus.FAILED if plan_status(plans) is RunStatus.FAILED else RunStatus.BLOCKED
    verdict = Blocked(asked.reasons) if asked.reasons else None
    report = run.report(
        status, projects=projects, verdict=verdict, pull_requests=numbers, message=asked.message
    )
    check = run.tell(report)
    run.comment(report)
    run.annotate(check, report)
    effects.step.log(f"{environment.name}: {status.value}; nothing was applied.")
    keep_report(effects, report, run.redactor(), run.check_url)
    return publish(effects.step, report, run.redactor())
