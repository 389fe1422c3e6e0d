"""An environment's branch moved: plan afresh, compare with what was approved, apply, record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from gitops_bot.commands.checks import (
    apply_check,
    find,
    outcomes_text,
    read_outcomes,
)
from gitops_bot.commands.comments import find_comment, post_comment
from gitops_bot.commands.compare import (
    compared_report,
    coverage_of,
    coverage_reasons,
    judge_merged,
    merged_in,
)
from gitops_bot.commands.effects import CONFIG_FILE, Effects, RunFacts, check_history, check_work_tree
from gitops_bot.commands.guards import ask_guards
from gitops_bot.commands.ledger import (
    close_entry,
    open_entry,
    read_ledger,
    read_project_outcomes,
    was_applied,
)
from gitops_bot.commands.project_plans import (
    ProjectPlan,
    approval_of,
    in_repository,
    plan_projects,
    plan_status,
    secrets_in,
)
from gitops_bot.commands.provenance import Judged, fork_point
from gitops_bot.commands.publish import exit_code, publish, redactor_for
from gitops_bot.config.load import load_settings
from gitops_bot.core.approval import approve
from gitops_bot.core.aws import Phase
from gitops_bot.core.coverage import cover
from gitops_bot.core.environments import ApprovalSettings, Environment, Settings
from gitops_bot.core.errors import CloudRefused, ExitCode, GitopsBotError, Interrupted
from gitops_bot.core.ledger import (
    Entry,
    EntryState,
    Ledger,
    ProjectOutcome,
    describe,
    pack_outcomes,
)
from gitops_bot.core.records import NO_KEY, key_of_lineage
from gitops_bot.core.report import (
    Applied,
    Blocked,
    BlockReason,
    Planned,
    ProjectReport,
    Reason,
    Report,
    ResourceState,
    RunStatus,
)
from gitops_bot.ports import (
    CheckRun,
    CloudSession,
    Conclusion,
    Deployment,
    PlanMade,
    PullRequest,
    TerraformRunner,
    WorkTree,
)
from gitops_bot.render.comment import render_check, render_comment
from gitops_bot.render.redact import Redactor

_SHOWN_LEFT = 20
"""How many addresses a report names that an apply left different."""


@dataclass(frozen=True, slots=True)
class _Apply:
    """One apply run's fixed facts, for the steps below."""

    environment: Environment
    commit: str
    settings: Settings
    effects: Effects
    session: CloudSession
    terraform: TerraformRunner
    facts: RunFacts
    planned: list[ProjectPlan]
    notices: tuple[str, ...] = ()
    overridden_by: str = ""

    def report(self, status: RunStatus, **more: object) -> Report:
        report = Report(
            self.environment.name,
            status,
            commit=self.commit,
            links=self.facts.links(self.commit),
            notices=self.notices,
            applying=True,
        )
        return replace(report, **more)  # type: ignore[arg-type]  # the callers' keywords are Report's

    def plan(self, settings: Settings | None = None) -> tuple[ProjectPlan, ...]:
        plans = plan_projects(
            settings or self.settings,
            self.environment,
            self.effects.tree.root,
            self.terraform,
            self.effects.scratch,
            self.effects.step.log,
            phase=Phase.APPLY,
        )
        self.planned.extend(plans)
        return plans

    def redactor(self) -> Redactor:
        """What hides every secret known by now; each session and each plan brings new ones."""
        secrets = (*self.facts.secrets, *self.session.secrets)
        return redactor_for(self.settings, secrets, secrets_in(self.planned))

    def say(self, what: str, error: GitopsBotError) -> None:
        """An error in the log. It may quote Terraform, so it is redacted like a report."""
        self.effects.step.log(self.redactor()(f"{what}: {error}"))

    def tell(self, report: Report, redactor: Redactor, text: str = "", reference: str = "") -> None:
        """The check run on the commit, and a comment on each pull request covered."""
        title, summary = render_check(report, redactor=redactor)
        conclusion = Conclusion.SUCCESS if exit_code(report.status) is ExitCode.DONE else Conclusion.FAILURE
        name = apply_check(self.environment.name)
        check = CheckRun(name, self.commit, conclusion, title, summary, text, reference, self.facts.url)
        self.effects.host.write_check_run(check)

    def comment(self, report: Report, redactor: Redactor) -> None:
        mark = f"<!-- gitops-bot:apply:{self.environment.name}:{self.commit} -->"
        for number in report.pull_requests:
            existing = find_comment(self.effects.host, number, (), self.environment.name, mark)
            post_comment(
                self.effects.host,
                number,
                existing,
                self.settings.comment,
                mark,
                lambda size: render_comment(report, max_bytes=size, marker=mark, redactor=redactor),
            )


def apply_branch(
    environment: Environment, commit: str, settings: Settings, effects: Effects, facts: RunFacts
) -> ExitCode:
    """Apply an environment's branch at `commit`, if every change of a fresh plan was approved.

    Nothing is applied, and the exit code is 1, when anything is not covered. Raises what the ports
    raise; before the ledger entry is open, nothing has been applied.
    """
    session = effects.make_session(settings, environment, Phase.APPLY, facts.identity(commit))
    terraform = effects.make_terraform(settings.terraform, session)
    run = _Apply(environment, commit, settings, effects, session, terraform, facts, [], settings.notices)
    check_work_tree(effects.tree, commit)
    check_history(effects.tree)
    ledger = read_ledger(effects.host, environment.name)
    redactor = run.redactor()
    newest = ledger.newest
    # One that did not converge is planned again: a re-run is how that gets repaired.
    if newest is not None and newest.commit == commit and newest.converged:
        effects.step.log(f"{environment.name}: {commit[:12]} is applied already; nothing to do.")
        message = "This commit was applied already. Nothing was done."
        return publish(effects.step, run.report(RunStatus.NO_CHANGES, message=message), redactor)
    head = effects.host.branch_head(environment.branch)
    if head != commit:
        effects.step.log(
            f"{environment.name}: superseded, {environment.branch} is at {(head or 'no commit')[:12]}."
        )
        message = f"A newer commit of {environment.branch} arrived; its run applies what this one carried."
        return publish(effects.step, run.report(RunStatus.SUPERSEDED, message=message), redactor)
    return _compare_and_apply(run, ledger)


def _compare_and_apply(run: _Apply, ledger: Ledger) -> ExitCode:
    effects, environment = run.effects, run.environment
    last = ledger.applied.commit if ledger.applied else None
    rewritten = last is not None and not _is_ancestor(effects.tree, last, run.commit)
    # In a rewritten branch no approval counts: old ones would be replayed in a new order.
    commits = () if rewritten else effects.tree.commits_between(last, run.commit)
    pulls = merged_in(environment.branch, commits, effects)
    rules_before = _rules_before(run, None if rewritten else last, pulls)
    earlier_rules = [(rules, e) for rules in rules_before if (e := _same_environment(rules, environment))]
    below = run.settings.below(environment)
    for rules, same in earlier_rules:
        below = below or rules.below(same)
    approval = reduce(
        ApprovalSettings.within, (rules.approval for rules in rules_before), run.settings.approval
    )
    # What is ignored too is judged by the stricter rules, here and for convergence.
    run = replace(run, settings=replace(run.settings, approval=approval))
    judged = Judged(environment, run.settings, run.commit)
    merged = judge_merged(judged, below is None, pulls, effects)
    if merged.notice:
        run = replace(run, notices=(*run.notices, merged.notice))
    before = read_project_outcomes(effects.host, environment.name, ledger.newest) or read_project_outcomes(
        effects.host, environment.name, ledger.applied
    )
    failed = ledger.newest is not None and ledger.newest.state is not EntryState.SUCCEEDED
    if ledger.newest is not None and ledger.newest.state is EntryState.RUNNING:
        run = replace(run, notices=(*run.notices, _without_an_end(ledger.newest)))
    reasons = list(merged.reasons)
    if rewritten:
        facts = (("environment", environment.name), ("commit", last or ""))
        reasons.append(BlockReason(Reason.BRANCH_REWRITTEN, facts))
    if below is not None and not was_applied(effects.host, below.name, effects.tree.tree(run.commit)):
        reasons.append(
            BlockReason(Reason.SKIPS_ENVIRONMENT, (("environment", environment.name), ("below", below.name)))
        )
    plans = run.plan()
    coverages = [coverage_of(p, merged, before, failed) for p in plans]
    numbers = tuple(p.number for p in merged.pull_requests)
    projects = tuple(compared_report(p, c, merged, effects) for p, c in zip(plans, coverages, strict=True))
    redactor = run.redactor()
    # A pull request without an approval matters only where something is left to approve.
    open_changes = any(not c.complete for c in coverages)
    reasons = [r for r in reasons if r.reason is not Reason.NO_APPROVAL or open_changes]
    for item, coverage in zip(plans, coverages, strict=True):
        reasons.extend(coverage_reasons(item, coverage))
    guarding = dict.fromkeys([environment, *(same for _, same in earlier_rules)])
    guarded = [ask_guards(e, plans, numbers, effects) for e in guarding]
    reasons.extend(dict.fromkeys(r for g in guarded for r in g.reasons))
    lifted = next((g for g in guarded if g.overridden_by), None)
    if lifted is not None:
        run = replace(run, notices=(*run.notices, lifted.notice), overridden_by=lifted.overridden_by)
    if plan_status(plans) is RunStatus.FAILED or reasons:
        status = RunStatus.FAILED if plan_status(plans) is RunStatus.FAILED else RunStatus.BLOCKED
        verdict = Blocked(tuple(reasons)) if reasons else None
        report = run.report(status, projects=projects, verdict=verdict, pull_requests=numbers)
        # What an earlier apply of this commit left unfinished must stay readable for the next one.
        earlier = find(effects.host.check_runs(run.commit), apply_check(environment.name))
        if earlier is not None and read_outcomes(earlier):
            run.tell(report, redactor, earlier.text, earlier.external_id)
        else:
            run.tell(report, redactor)
        run.comment(report, redactor)
        effects.step.log(f"{environment.name}: {status.value}; nothing was applied.")
        return publish(effects.step, report, redactor)
    return _apply(run, plans, projects, numbers, before)


def _without_an_end(entry: Entry) -> str:
    by = f" by run {entry.run}" if entry.run else ""
    return (
        f"The apply before this one, of {entry.commit[:12]}{by}, was never recorded as ended: its runner "
        "vanished, or it still runs. This plan is made on the state as that one left it."
    )


def _is_ancestor(tree: WorkTree, commit: str, of: str) -> bool:
    return tree.has_commit(commit) and not tree.commits_between(of, commit)


def _rules_before(run: _Apply, last: str | None, pulls: Sequence[PullRequest]) -> tuple[Settings, ...]:
    """The configurations that held before: at the last apply, and where each merged pull request began.

    A merge cannot take its own environment out of the promotion path, lift its guards or ask for less
    proof of its own approval (D7). The ledger alone would not do: its entries can be forged.
    """
    tree = run.effects.tree
    commits = dict.fromkeys(c for c in (last, *(fork_point(p, tree) for p in pulls)) if c)
    texts = dict.fromkeys(tree.file_at(c, CONFIG_FILE) for c in commits)
    return tuple(load_settings(text, CONFIG_FILE) for text in texts)


def _same_environment(rules: Settings, environment: Environment) -> Environment | None:
    """The environment under earlier rules, which may have had another name for its branch."""
    return rules.environment(environment.name) or rules.environment_of_branch(environment.branch)


def _apply(
    run: _Apply,
    plans: tuple[ProjectPlan, ...],
    projects: tuple[ProjectReport, ...],
    numbers: tuple[int, ...],
    before: dict[str, ProjectOutcome],
) -> ExitCode:
    effects = run.effects
    try:
        # Long plans may have used up much of it; later, the entry in the ledger is open.
        run.session.open(effects.step.log)
    except CloudRefused as refused:
        report = run.report(RunStatus.FAILED, projects=projects, pull_requests=numbers, message=str(refused))
        run.tell(report, run.redactor())
        run.comment(report, run.redactor())
        return publish(effects.step, report, run.redactor())
    approval = approval_of(run.environment.name, run.commit, plans)
    entry = Entry(
        0,
        run.commit,
        effects.tree.tree(run.commit),
        EntryState.RUNNING,
        None,
        "",
        numbers,
        approval.digest if approval else "",
        run.facts.actor,
        run.facts.id,
        run.overridden_by,
    )
    deployment = open_entry(effects.host, run.environment.name, entry, run.facts.url)
    results: list[Applied | None] = []
    ended = _do(run, plans, results)
    results += [None] * (len(plans) - len(results))  # what a signal kept from starting
    with effects.hold_signals():
        code = _write_down(run, deployment, plans, projects, numbers, before, results, ended)
    if ended.defect is not None:
        raise ended.defect
    if ended.interrupted:
        raise Interrupted(
            "A signal stopped the apply; what was done is recorded.", "Run the job again to finish it."
        )
    return code


@dataclass(frozen=True, slots=True)
class _Ended:
    """How the applies of all projects ended, besides their results.

    `left` are the addresses that a plan right after them still changes; `defect` is an error of ours.
    """

    converged: bool | None = None
    left: tuple[str, ...] = ()
    interrupted: bool = False
    defect: Exception | None = None


def _do(run: _Apply, plans: Sequence[ProjectPlan], results: list[Applied | None]) -> _Ended:
    """Apply and verify. Whatever happens here, `results` keep what was done: it is written down then."""
    try:
        _apply_in_order(run, plans, results)
        if any(r is not None and r.interrupted for r in results):
            return _Ended(interrupted=True)
        if not all(r is not None and r.succeeded for r in results):
            return _Ended()
        return _converged(run, plans)
    except GitopsBotError as error:  # what was applied is recorded all the same
        run.say("Not checked whether anything is left to do", error)
        return _Ended(interrupted=isinstance(error, Interrupted))
    except KeyboardInterrupt:
        return _Ended(interrupted=True)
    except Exception as error:
        return _Ended(defect=error)


def _write_down(
    run: _Apply,
    deployment: Deployment,
    plans: Sequence[ProjectPlan],
    projects: Sequence[ProjectReport],
    numbers: tuple[int, ...],
    before: dict[str, ProjectOutcome],
    results: Sequence[Applied | None],
    ended: _Ended,
) -> ExitCode:
    converged = ended.converged
    succeeded = all(r is not None and r.succeeded for r in results)
    outcomes = tuple(
        _outcome(run, item, result, before.get(item.project.name))
        for item, result in zip(plans, results, strict=True)
    )
    reports = tuple(
        replace(p, applied=None if r is None else replace(r, converged=converged))
        for p, r in zip(projects, results, strict=True)
    )
    done = sum(r.count(ResourceState.DONE) for r in results if r)
    status = RunStatus.APPLIED if succeeded else (RunStatus.PARTLY_APPLIED if done else RunStatus.FAILED)
    message = "" if converged is not False else _still_changes(ended.left)
    report = run.report(status, projects=reports, pull_requests=numbers, message=message)
    redactor = run.redactor()
    _record(run, deployment, report, redactor, outcomes, succeeded, converged)
    run.effects.step.log(f"{run.environment.name}: {status.value}.")
    return publish(run.effects.step, report, redactor)


def _apply_in_order(run: _Apply, plans: Sequence[ProjectPlan], results: list[Applied | None]) -> None:
    """Every project in order, up to the first failure; `results` get None for those that did not start."""
    for item in plans:
        if any(r is None or not r.succeeded for r in results):
            results.append(None)
        elif item.made is None or not isinstance(item.outcome, Planned):
            results.append(Applied(()))
        else:
            result = _apply_one(run, item, item.made)
            results.append(result)  # at once: what comes next may be stopped by a signal
            diagnostics = in_repository(result.diagnostics, item.project.dir)
            results[-1] = replace(result, diagnostics=diagnostics)


def _apply_one(run: _Apply, item: ProjectPlan, made: PlanMade) -> Applied:
    """Apply one plan file. When another apply got in between, plan and compare once more (D13)."""
    run.effects.step.log(f"{run.environment.name}: applying {item.project.name}")
    result = run.terraform.apply(item.run, made, run.effects.step.log)
    if not any("plan is stale" in d.summary for d in result.diagnostics):
        return result
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
    return run.terraform.apply(again.run, again.made, run.effects.step.log)


def _converged(run: _Apply, plans: Sequence[ProjectPlan]) -> _Ended:
    """Whether a plan right after the apply shows no changes; None when that plan failed or was not wanted."""
    if plan_status(plans) is RunStatus.NO_CHANGES:
        return _Ended(True)  # nothing was applied, and this plan has just said so
    if not run.settings.terraform.verify:
        return _Ended()
    run.effects.step.log(f"{run.environment.name}: checking that nothing is left to do")
    again = run.plan()
    status = plan_status(again)
    if status is RunStatus.FAILED:
        return _Ended()
    left = tuple(address for p in again for address in p.left)
    return _Ended(not left, left)


def _still_changes(left: Sequence[str]) -> str:
    named = ", ".join(left[:_SHOWN_LEFT])
    more = f" and {len(left) - _SHOWN_LEFT} more" if len(left) > _SHOWN_LEFT else ""
    return f"A plan right after the apply still shows changes: {named}{more}."


def _outcome(
    run: _Apply, item: ProjectPlan, result: Applied | None, last: ProjectOutcome | None
) -> ProjectOutcome:
    made = item.made
    created = set(last.created_keys) if last else set()
    if made is not None and result is not None and key_of_lineage(made.lineage) is NO_KEY:
        try:
            key = key_of_lineage(run.terraform.lineage(item.run))
        except GitopsBotError as error:
            run.say("The new state's lineage could not be read", error)
            key = NO_KEY
        if key is not NO_KEY:
            created.add(key.id)
    if result is None:  # it did not start, and an earlier half-done apply of it is still half-done
        unfinished = last.unfinished if last else ()
    else:
        unfinished = tuple(r.address for r in result.resources if r.state is not ResourceState.DONE)
    return ProjectOutcome(
        item.project.name,
        item.plan.terraform_version if item.plan else "",
        made.lock_digest if made else "",
        unfinished,
        tuple(sorted(created)),
    )


def _record(
    run: _Apply,
    deployment: Deployment,
    report: Report,
    redactor: Redactor,
    outcomes: tuple[ProjectOutcome, ...],
    succeeded: bool,
    converged: bool | None,
) -> None:
    """Say everywhere what was done. One place that fails keeps no other from being written."""
    counts = [sum(p.applied.count(state) for p in report.projects if p.applied) for state in ResourceState]
    description = describe(counts[0], counts[1], counts[2], converged)
    text = outcomes_text(pack_outcomes(outcomes))
    steps: list[Callable[[], None]] = [
        lambda: run.tell(report, redactor, text, f"deployment:{deployment.id}"),
        lambda: close_entry(run.effects.host, deployment, succeeded, description, run.facts.url),
        lambda: run.comment(report, redactor),
    ]
    first: GitopsBotError | None = None
    for step in steps:
        try:
            step()
        except GitopsBotError as error:
            run.say("Not recorded", error)
            first = first or error
    if first is not None:
        run.effects.step.log(f"{run.environment.name}: {description}.")
        publish(run.effects.step, report, redactor)
        raise first
