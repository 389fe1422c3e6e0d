"""One apply run: its fixed facts, and how it speaks to readers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from gitops_bot.commands.annotations import annotate
from gitops_bot.commands.checks import apply_check
from gitops_bot.commands.comments import RunComment, plan_checks
from gitops_bot.commands.compare import Merged
from gitops_bot.commands.effects import Effects, RunFacts
from gitops_bot.commands.ledger import Book
from gitops_bot.commands.project_plans import ProjectPlan, plan_projects, secrets_in
from gitops_bot.commands.publish import exit_code, redactor_for
from gitops_bot.core.aws import Phase
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import ExitCode, GitopsBotError
from gitops_bot.core.report import Report, RunStatus
from gitops_bot.core.times import duration, shown
from gitops_bot.ports import CheckRun, CloudSession, Conclusion, PullRequest, TerraformRunner
from gitops_bot.render.comment import render_check, render_comment
from gitops_bot.render.progress import CommentState, Progress, first_lines, render_progress, state_of
from gitops_bot.render.redact import Redactor


class ApplyRun(Struct, frozen=True):
    """One apply run's fixed facts. `planned` grows with each plan: its secrets are to be hidden.

    `began` is when it started, `comments` are those it speaks in, by pull request. `approve` is the
    digest that a person gave with the dispatch, "" for none. `approved_by` and `overridden_by` are the
    logins that approved exactly this plan, and that lifted the guards for it. `hotfixes` are the pull
    requests that `hotfix_by` let past the promotion order. `told` grows with each check run it writes.
    """

    environment: Environment
    commit: str
    settings: Settings
    effects: Effects
    session: CloudSession
    terraform: TerraformRunner
    facts: RunFacts
    planned: list[ProjectPlan]
    began: datetime
    notices: tuple[str, ...] = ()
    approve: str = ""
    approved_by: str = ""
    overridden_by: str = ""
    hotfixes: tuple[int, ...] = ()
    hotfix_by: str = ""
    comments: dict[int, RunComment] = field(default_factory=dict)
    told: list[CheckRun] = field(default_factory=list)

    @property
    def check_url(self) -> str:
        """The page of the newest check run that this run wrote, "" before there is one."""
        return self.told[-1].url if self.told else ""

    @property
    def book(self) -> Book:
        """The environment's ledger, by the rules of this run."""
        return Book(self.environment, self.settings.approval, self.effects)

    def noting(self, *notices: str) -> ApplyRun:
        """The same run with more for its readers to know; empty notices are left out."""
        return replace(self, notices=(*self.notices, *filter(None, notices)))

    def letting_in(self, hotfixes: tuple[int, ...], by: tuple[str, ...]) -> ApplyRun:
        """The same run with hotfixes that were let past the promotion order by these logins."""
        if not hotfixes:
            return self
        who, numbers = ", ".join(by), ", ".join(f"#{n}" for n in hotfixes)
        said = f"Hotfix: {who} let {numbers} past the promotion order."
        return replace(self.noting(said), hotfixes=hotfixes, hotfix_by=who)

    def report(self, status: RunStatus, **more: object) -> Report:
        """A report of this run."""
        report = Report(
            self.environment.name,
            status,
            commit=self.commit,
            links=self.facts.links(self.commit),
            notices=self.notices,
            applying=True,
            protect=self.environment.protect,
            stateful=self.settings.comment.stateful,
        )
        return replace(report, **more)  # the callers' keywords are Report's

    def plan(
        self, settings: Settings | None = None, on_interrupt: Callable[[], None] | None = None
    ) -> tuple[ProjectPlan, ...]:
        """Plan every project of the environment, or of other settings."""
        plans = plan_projects(
            settings or self.settings,
            self.environment,
            self.effects.tree.root,
            self.terraform,
            self.effects.scratch,
            self.effects.step.log,
            phase=Phase.APPLY,
            on_interrupt=on_interrupt,
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

    def tell(self, report: Report, text: str = "", reference: str = "") -> CheckRun:
        """The check run on the commit; `text` and `reference` are what it carries for later runs."""
        title, summary = render_check(report, redactor=self.redactor())
        conclusion = Conclusion.SUCCESS if exit_code(report.status) is ExitCode.DONE else Conclusion.FAILURE
        name = apply_check(self.environment.name)
        check = CheckRun(name, self.commit, conclusion, title, summary, text, reference, self.facts.url)
        written = self.effects.host.write_check_run(check)
        self.told.append(written)
        return replace(check, id=written.id)

    def annotate(self, check: CheckRun, report: Report) -> None:
        """The errors of an apply that failed, at their lines. Not worth a failed run, so it comes last."""
        if report.status in (RunStatus.FAILED, RunStatus.PARTLY_APPLIED):
            annotate(self.effects.host, check, report, self.redactor(), self.effects.step.log)

    # --- the comments on the pull requests it covers ---

    @property
    def took(self) -> str:
        """How long this run has taken by now, for readers."""
        return duration((self.effects.clock() - self.began).total_seconds())

    def begins(self, merged: Merged) -> None:
        """Tell the pull requests that they are being applied. Best effort."""
        for pull, check in zip(merged.pull_requests, merged.plan_checks, strict=True):
            self._note(self._comment_on(pull, (check,) if check is not None else ()))

    def _note(self, comment: RunComment) -> None:
        comment.note(lambda: self._progress(comment, CommentState.APPLYING))

    def ends_as(self, state: CommentState) -> None:
        """This run ends without a report: nobody should wait for one. Best effort."""
        for comment in self.comments.values():
            self._correct(comment, state)

    def _correct(self, comment: RunComment, state: CommentState) -> None:
        comment.correct(lambda: self._progress(comment, state))

    def comment(self, report: Report, *, unless: str = "") -> None:
        """The report on each pull request it covers, except where the comment is in the state `unless`.

        Raises the first error, after all were tried.
        """
        first: GitopsBotError | None = None
        for number in report.pull_requests:
            try:
                self._comment(number, report, unless)
            except GitopsBotError as error:
                first = first or error
        if first is not None:
            raise first

    def _comment(self, number: int, report: Report, unless: str) -> None:
        name, redactor = self.environment.name, self.redactor()
        comment = self.comments.get(number) or self._comment_on(self.effects.host.pull_request(number))
        existing = comment.find() if unless else None
        if existing is not None and state_of(existing.body, name) == unless:
            return
        lines = first_lines(name, report.status)
        comment.write(lambda size: render_comment(report, max_bytes=size, marker=lines, redactor=redactor))

    def _comment_on(self, pull: PullRequest, known: tuple[CheckRun, ...] | None = None) -> RunComment:
        """This run's comment there; `known` are the plan checks, None where they are still to be read."""
        host, name = self.effects.host, self.environment.name

        def checks() -> Iterator[CheckRun]:
            return plan_checks(host, name, pull.head) if known is None else iter(known)

        def log(text: str) -> None:
            self.effects.step.log(self.redactor()(text))

        comment = RunComment(host, pull.number, name, self.settings.comment, log, checks, pull.merged_at)
        self.comments[pull.number] = comment
        return comment

    def _progress(self, comment: RunComment, state: CommentState) -> str:
        planned = comment.planned
        progress = Progress(
            state,
            self.environment.name,
            self.environment.branch,
            self.commit,
            self.facts.links(self.commit),
            shown(self.began),
            planned.commit if planned else "",
            planned.url if planned else "",
        )
        return render_progress(progress, redactor=self.redactor())
