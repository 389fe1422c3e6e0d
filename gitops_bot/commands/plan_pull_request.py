"""A pull request was opened or updated: judge, plan, comment, check."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from gitops_bot.commands.annotations import annotate
from gitops_bot.commands.checks import (
    approval_text,
    plan_check,
    plan_reference,
    promotion_check,
)
from gitops_bot.commands.comments import RunComment, plan_checks
from gitops_bot.commands.effects import CONFIG_FILE, Effects, RunFacts, check_work_tree
from gitops_bot.commands.guards import Guarded, ask_guards
from gitops_bot.commands.labels import set_label
from gitops_bot.commands.ledger import Book, prover
from gitops_bot.commands.left_over import with_left_over
from gitops_bot.commands.parity import with_parity
from gitops_bot.commands.project_plans import approval_of, plan_projects, plan_status, secrets_in
from gitops_bot.commands.publish import keep_report, publish, redactor_for
from gitops_bot.commands.reviews import reviews_notice
from gitops_bot.commands.verdict import Incoming, judge_pull_request
from gitops_bot.config.load import load_settings
from gitops_bot.core.aws import Phase
from gitops_bot.core.environments import CommentMode, Environment, Settings
from gitops_bot.core.errors import ExitCode
from gitops_bot.core.events import PullRequestClosed
from gitops_bot.core.report import Allowed, Blocked, BlockReason, Reason, Report, RunStatus, Verdict
from gitops_bot.core.times import shown
from gitops_bot.ports import CheckRun, CodeHost, Comment, Conclusion, WorkTree
from gitops_bot.render.comment import render_check, render_comment, render_promotion_check
from gitops_bot.render.progress import CommentState, Progress, first_lines, render_progress
from gitops_bot.render.redact import Redactor


class PullRequestToPlan(Struct, frozen=True):
    """What is planned: the merge result `merge` of the pull request's `head`."""

    number: int
    head: str
    merge: str
    head_branch: str
    before: str = ""


def plan_pull_request(
    pull: PullRequestToPlan,
    environment: Environment,
    settings: Settings,
    effects: Effects,
    facts: RunFacts,
    tree: WorkTree | None = None,
) -> ExitCode:
    """Plan one pull request into `environment` and say so. Exit code 1 when blocked or failed.

    `tree` is the checkout of the merge result where it is not the run's own.
    """
    tree = tree or effects.tree
    check_work_tree(tree, pull.merge)
    said = _Said(pull, environment, settings, effects, facts)
    said.begins()
    try:
        return _plan(pull, environment, settings, effects, facts, tree, said)
    except (Exception, KeyboardInterrupt):
        said.ends_as(CommentState.NOT_PLANNED)
        raise


class _Said:
    """What the run says on the pull request before and instead of its report."""

    def __init__(
        self,
        pull: PullRequestToPlan,
        environment: Environment,
        settings: Settings,
        effects: Effects,
        facts: RunFacts,
    ) -> None:
        self._pull, self._environment, self._effects, self._facts = pull, environment, effects, facts
        self._redactor = redactor_for(settings, facts.secrets, ())
        self.comment = RunComment(
            effects.host,
            pull.number,
            environment.name,
            settings.comment,
            effects.step.log,
            lambda: plan_checks(effects.host, environment.name, pull.head, pull.before),
        )

    def begins(self) -> None:
        """This commit is being planned. A run of an older one, started late or again, does not say so."""
        self.comment.note(lambda: self._text(CommentState.PLANNING), self._is_newest)

    def ends_as(self, state: CommentState) -> None:
        """There is no plan to show, and it should not be waited for."""
        self.comment.correct(lambda: self._text(state))

    def _is_newest(self) -> bool:
        current = self._effects.host.pull_request(self._pull.number)
        here = current.base_branch == self._environment.branch
        return current.state == "open" and here and current.head == self._pull.head

    def _text(self, state: CommentState) -> str:
        planned = self.comment.planned
        progress = Progress(
            state,
            self._environment.name,
            self._environment.branch,
            self._pull.head,
            self._facts.links(self._pull.head),
            shown(self._effects.clock()),
            planned.commit if planned else "",
            planned.url if planned else "",
        )
        return render_progress(progress, redactor=self._redactor)


def _plan(
    pull: PullRequestToPlan,
    environment: Environment,
    settings: Settings,
    effects: Effects,
    facts: RunFacts,
    tree: WorkTree,
    said: _Said,
) -> ExitCode:
    # Policy comes from the base branch, the projects from the merge result (D7): they are what it plans.
    merged = load_settings(tree.file_at(pull.merge, CONFIG_FILE), CONFIG_FILE)
    settings = replace(settings, projects=merged.projects)
    incoming = Incoming(pull.number, pull.head, pull.head_branch, pull.merge)
    verdict = judge_pull_request(incoming, environment, settings, effects, tree)
    session = effects.make_session(settings, environment, Phase.PLAN, facts.identity(pull.head, pull.number))
    plans = plan_projects(
        settings,
        environment,
        tree.root,
        effects.make_terraform(settings.terraform, session),
        effects.scratch,
        effects.step.log,
        phase=Phase.PLAN,
    )
    status = plan_status(plans)
    guarded = ask_guards(environment, plans, (pull.number,), effects)
    # A freeze is over one day, and a plan check that failed because of it would stay as it is. Above the
    # lowest environment the promotion check says so, which is judged again.
    frozen = [r for r in guarded.reasons if r.reason is Reason.FROZEN and settings.below(environment) is None]
    guards = tuple(r for r in guarded.reasons if r.reason is not Reason.FROZEN)
    if status is not RunStatus.FAILED and (guards or not isinstance(verdict, Allowed)):
        status = RunStatus.BLOCKED
    projects = with_left_over(
        tuple(p.report() for p in plans), plans, pull.merge, environment, settings, effects
    )
    report = Report(
        environment.name,
        status,
        with_parity(projects, plans, verdict, environment, settings, effects),
        _with_guards(verdict, guards),
        pull.head,
        facts.links(pull.head),
        (pull.number,),
        (*settings.notices, *_notices(guarded, frozen, settings.approval.reviews)),
        protect=environment.protect,
        stateful=settings.comment.stateful,
    )
    redactor = redactor_for(settings, (*facts.secrets, *session.secrets), secrets_in(plans))
    current = effects.host.pull_request(pull.number)
    elsewhere = current.base_branch != environment.branch  # a re-run's event knows the base of its time
    if current.state != "open" or elsewhere:
        # An approval written after the merge would be one that nobody can have reviewed.
        now = f"goes into {ascii(current.base_branch)[1:-1]} now" if elsewhere else "is no longer open"
        effects.step.log(f"Pull request #{pull.number} {now}, so this plan approves nothing.")
        keep_report(effects, report, redactor)
        said.ends_as(CommentState.NOT_PLANNED)
        return publish(effects.step, report, redactor)
    comment = None
    if current.head != pull.head:
        effects.step.log(f"Pull request #{pull.number} has a newer commit; its own run writes the comment.")
        said.ends_as(CommentState.STALE)
    else:
        lines = first_lines(environment.name, status)
        comment = said.comment.write(
            lambda size: render_comment(report, max_bytes=size, marker=lines, redactor=redactor)
        )
        set_label(effects.host, pull.number, settings.labels, report, effects.step.log)
    approval = approval_of(environment.name, pull.head, plans, pull.number)
    prove = prover(Book(environment, settings.approval, effects))
    stored = approval_text(approval, prove)
    # It leads to the comment also where the newer run writes that: so the next one finds it at once.
    shown = comment or said.comment.comment
    check, page = _write_checks(effects.host, report, verdict, redactor, stored, shown, facts.id)
    annotate(effects.host, check, report, redactor, effects.step.log, tree)
    effects.step.log(f"{environment.name}: {status.value}.")
    keep_report(effects, report, redactor, page)
    return publish(effects.step, report, redactor, comment_url=comment.url if comment else "")


def _with_guards(verdict: Verdict, guards: tuple[BlockReason, ...]) -> Verdict:
    """The promotion verdict and the guards' reasons, as one for readers."""
    if not guards:
        return verdict
    return Blocked((*(verdict.reasons if isinstance(verdict, Blocked) else ()), *guards), verdict.notes)


def _notices(guarded: Guarded, frozen: Sequence[BlockReason], reviews: int) -> tuple[str, ...]:
    until = (
        f"Frozen until {r.fact('until')}: merged before that, its apply must be started when that is over."
        for r in frozen
    )
    return (*filter(None, (guarded.notice, reviews_notice(reviews))), *until)


def _write_checks(
    host: CodeHost,
    report: Report,
    verdict: Verdict,
    redactor: Redactor,
    approval: str,
    comment: Comment | None,
    run_id: str,
) -> tuple[CheckRun, str]:
    """The plan check, which carries the stored approval, and the promotion check, on the planned commit.
    The first is returned, with the address of its page.

    The promotion verdict stands apart from the guards: they are judged anew before an apply, and may
    have been lifted by then.
    """
    allowed = isinstance(verdict, Allowed)
    guarded = isinstance(report.verdict, Blocked) and report.verdict != verdict
    title, summary = render_check(report, redactor=redactor)
    check = CheckRun(
        plan_check(report.environment),
        report.commit,
        Conclusion.FAILURE if not approval or guarded else Conclusion.SUCCESS,
        title,
        summary,
        approval,
        plan_reference(report.pull_requests[0], comment.id if comment else 0, run_id),
        report.links.run,
    )
    written = host.write_check_run(check)
    title, summary = render_promotion_check(replace(report, verdict=verdict), redactor=redactor)
    conclusion = Conclusion.SUCCESS if allowed else Conclusion.FAILURE
    host.write_check_run(
        CheckRun(
            promotion_check(report.environment),
            report.commit,
            conclusion,
            title,
            summary,
            url=report.links.run,
        )
    )
    return replace(check, id=written.id), written.url


def note_closed(
    event: PullRequestClosed, environment: Environment, settings: Settings, effects: Effects, facts: RunFacts
) -> ExitCode:
    """The comment says that the pull request was closed without merging. No comment, nothing said."""
    report = Report(
        environment.name,
        RunStatus.CLOSED,
        commit=event.head,
        links=facts.links(event.head),
        pull_requests=(event.number,),
        message="Closed without merging: nothing of this was applied.",
    )
    redactor = redactor_for(settings, facts.secrets, ())
    comment = RunComment(
        effects.host,
        event.number,
        environment.name,
        replace(settings.comment, mode=CommentMode.UPDATE),
        effects.step.log,
        lambda: plan_checks(effects.host, environment.name, event.head),
    )
    existing = comment.find()
    if existing is not None:
        lines = first_lines(environment.name, report.status)
        comment.write(lambda size: render_comment(report, max_bytes=size, marker=lines, redactor=redactor))
    effects.step.log(f"Pull request #{event.number} was closed without merging; nothing is applied.")
    return publish(effects.step, report, redactor, comment_url=existing.url if existing else "")
