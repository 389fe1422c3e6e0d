"""One apply run: its fixed facts, and how it speaks to readers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gitops_bot.commands.annotations import annotate
from gitops_bot.commands.checks import apply_check
from gitops_bot.commands.comments import find_comment, post_comment
from gitops_bot.commands.effects import Effects, RunFacts
from gitops_bot.commands.ledger import Book
from gitops_bot.commands.project_plans import ProjectPlan, plan_projects, secrets_in
from gitops_bot.commands.publish import exit_code, redactor_for
from gitops_bot.core.aws import Phase
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import ExitCode, GitopsBotError
from gitops_bot.core.report import Report, RunStatus
from gitops_bot.ports import CheckRun, CloudSession, Conclusion, TerraformRunner
from gitops_bot.render.comment import render_check, render_comment
from gitops_bot.render.redact import Redactor


@dataclass(frozen=True, slots=True)
class ApplyRun:
    """One apply run's fixed facts. `planned` grows with each plan: its secrets are to be hidden.

    `approve` is the digest that a person gave with the dispatch, "" for none. `approved_by` and
    `overridden_by` are the logins that approved exactly this plan, and that lifted the guards for it.
    """

    environment: Environment
    commit: str
    settings: Settings
    effects: Effects
    session: CloudSession
    terraform: TerraformRunner
    facts: RunFacts
    planned: list[ProjectPlan]
    notices: tuple[str, ...] = ()
    approve: str = ""
    approved_by: str = ""
    overridden_by: str = ""

    @property
    def book(self) -> Book:
        """The environment's ledger, by the rules of this run."""
        return Book(self.environment, self.settings.approval, self.effects)

    def noting(self, *notices: str) -> ApplyRun:
        """The same run with more for its readers to know; empty notices are left out."""
        return replace(self, notices=(*self.notices, *filter(None, notices)))

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
        return replace(report, **more)  # type: ignore[arg-type]  # the callers' keywords are Report's

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
        return replace(check, id=self.effects.host.write_check_run(check).id)

    def annotate(self, check: CheckRun, report: Report) -> None:
        """The errors of an apply that failed, at their lines. Not worth a failed run, so it comes last."""
        if report.status in (RunStatus.FAILED, RunStatus.PARTLY_APPLIED):
            annotate(self.effects.host, check, report, self.redactor(), self.effects.step.log)

    def comment(self, report: Report, *, only_new: bool = False) -> None:
        """A comment on each pull request covered: one for this commit, which is edited afterwards.

        `only_new`: one that is there already stays as it is.
        """
        redactor = self.redactor()
        mark = f"<!-- gitops-bot:apply:{self.environment.name}:{self.commit} -->"
        for number in report.pull_requests:
            existing = find_comment(self.effects.host, number, (), self.environment.name, mark)
            if existing is not None and only_new:
                continue
            post_comment(
                self.effects.host,
                number,
                existing,
                self.settings.comment,
                mark,
                lambda size: render_comment(report, max_bytes=size, marker=mark, redactor=redactor),
            )
