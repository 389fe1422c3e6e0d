"""An environment's branch moved: plan afresh, compare with what was approved, apply, record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

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
    merged_since,
)
from gitops_bot.commands.effects import CONFIG_FILE, Effects, RunFacts, check_history, check_work_tree
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
from gitops_bot.commands.publish import exit_code, publish, redactor_for
from gitops_bot.config.load import load_settings
from gitops_bot.core.approval import approve
from gitops_bot.core.aws import Phase
from gitops_bot.core.coverage import cover
from gitops_bot.core.environments import Environment, Settings
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
    TerraformRunner,
    WorkTree,
)
from gitops_bot.render.comment import render_check, render_comment
from gitops_bot.render.redact import Redactor


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

    def report(self, status: RunStatus, **more: object) -> Report:
        report = Report(
            self.environment.name,
            status,
            commit=self.commit,
            links=self.facts.links(self.commit),
            notices=self.settings.notices,
            applying=True,
        )
        return replace(report, **more)  # type: ignore[arg-type]  # the callers' keywords are Report's

    def plan(self) -> tuple[ProjectPlan, ...]:
        return plan_projects(
            self.settings,
            self.environment,
            self.effects.tree.root,
            self.terraform,
            self.effects.scratch,
            self.effects.step.log,
            phase=Phase.APPLY,
        )

    def redactor(self, plans: Sequence[ProjectPlan] = ()) -> Redactor:
        """What hides every secret known by now; each session brings new ones."""
        secrets = (*self.facts.secrets, *self.session.secrets)
        return redactor_for(self.settings, secrets, secrets_in(plans))

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
    run = _Apply(environment, commit, settings, effects, session, terraform, facts)
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
    below = _below(run, None if rewritten else last)
    # In a rewritten branch no approval counts: old ones would be replayed in a new order.
    commits = () if rewritten else effects.tree.commits_between(last, run.commit)
    merged = merged_since(environment, below is None, commits, effects)
    before = read_project_outcomes(effects.host, environment.name, ledger.newest) or read_project_outcomes(
        effects.host, environment.name, ledger.applied
    )
    failed = ledger.newest is not None and ledger.newest.state is not EntryState.SUCCEEDED
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
    projects = tuple(compared_report(p, c) for p, c in zip(plans, coverages, strict=True))
    redactor = run.redactor(plans)
    # A pull request without an approval matters only where something is left to approve.
    open_changes = any(not c.complete for c in coverages)
    reasons = [r for r in reasons if r.reason is not Reason.NO_APPROVAL or open_changes]
    for item, coverage in zip(plans, coverages, strict=True):
        reasons.extend(coverage_reasons(item, coverage))
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


def _is_ancestor(tree: WorkTree, commit: str, of: str) -> bool:
    return tree.has_commit(commit) and not tree.commits_between(of, commit)


def _below(run: _Apply, last: str | None) -> Environment | None:
    """The environment below, by the rules now or by those at the last apply: a merge cannot take its own
    environment out of the promotion path (D7)."""
    below = run.settings.below(run.environment)
    text = run.effects.tree.file_at(last, CONFIG_FILE) if last and below is None else None
    if last is None or below is not None:
        return below
    before = load_settings(text, CONFIG_FILE)
    environment = before.environment(run.environment.name)
    return before.below(environment) if environment else None


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
        run.tell(report, run.redactor(plans))
        run.comment(report, run.redactor(plans))
        return publish(effects.step, report, run.redactor(plans))
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
    )
    deployment = open_entry(effects.host, run.environment.name, entry, run.facts.url)
    results = _apply_in_order(run, plans)
    succeeded = all(r is not None and r.succeeded for r in results)
    interrupted = any(r is not None and r.interrupted for r in results)
    converged = None
    if succeeded and not interrupted:
        try:
            converged = _converged(run, plans)
        except GitopsBotError as error:  # what was applied is recorded all the same
            effects.step.log(f"Not checked whether anything is left to do: {error}")
            interrupted = isinstance(error, Interrupted)
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
    message = "" if converged is not False else "A plan right after the apply still shows changes."
    report = run.report(status, projects=reports, pull_requests=numbers, message=message)
    redactor = run.redactor(plans)
    _record(run, deployment, report, redactor, outcomes, succeeded, converged)
    effects.step.log(f"{run.environment.name}: {status.value}.")
    code = publish(effects.step, report, redactor)
    if interrupted:
        raise Interrupted(
            "A signal stopped the apply; what was done is recorded.", "Run the job again to finish it."
        )
    return code


def _apply_in_order(run: _Apply, plans: Sequence[ProjectPlan]) -> list[Applied | None]:
    """Every project in order, up to the first failure; None for those that did not start."""
    results: list[Applied | None] = []
    for item in plans:
        if any(r is None or not r.succeeded for r in results):
            results.append(None)
        elif item.made is None or not isinstance(item.outcome, Planned):
            results.append(Applied(()))
        else:
            result = _apply_one(run, item, item.made)
            diagnostics = in_repository(result.diagnostics, item.project.dir)
            results.append(replace(result, diagnostics=diagnostics))
    return results


def _apply_one(run: _Apply, item: ProjectPlan, made: PlanMade) -> Applied:
    """Apply one plan file. When another apply got in between, plan and compare once more (D13)."""
    run.effects.step.log(f"{run.environment.name}: applying {item.project.name}")
    result = run.terraform.apply(item.run, made, run.effects.step.log)
    if not any("plan is stale" in d.summary for d in result.diagnostics):
        return result
    run.effects.step.log(f"{run.environment.name}: another apply came in between; planning once more")
    again = replace(run, settings=replace(run.settings, projects=(item.project,))).plan()[0]
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


def _converged(run: _Apply, plans: Sequence[ProjectPlan]) -> bool | None:
    """Whether a plan right after the apply shows no changes; None when that plan failed."""
    if plan_status(plans) is RunStatus.NO_CHANGES:
        return True  # nothing was applied, and this plan has just said so
    run.effects.step.log(f"{run.environment.name}: checking that nothing is left to do")
    status = plan_status(run.plan())
    return None if status is RunStatus.FAILED else status is RunStatus.NO_CHANGES


def _outcome(
    run: _Apply, item: ProjectPlan, result: Applied | None, last: ProjectOutcome | None
) -> ProjectOutcome:
    made = item.made
    created = set(last.created_keys) if last else set()
    if made is not None and result is not None and key_of_lineage(made.lineage) is NO_KEY:
        try:
            key = key_of_lineage(run.terraform.lineage(item.run))
        except GitopsBotError as error:
            run.effects.step.log(f"The new state's lineage could not be read: {error}")
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
            run.effects.step.log(f"Not recorded: {error}")
            first = first or error
    if first is not None:
        run.effects.step.log(f"{run.environment.name}: {description}.")
        publish(run.effects.step, report, redactor)
        raise first
