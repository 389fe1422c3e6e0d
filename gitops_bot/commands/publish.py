"""The last step of every run: step outputs, job summary and exit code from one report."""

from __future__ import annotations

from collections.abc import Iterable

from gitops_bot.commands.effects import Effects
from gitops_bot.core.environments import Settings
from gitops_bot.core.errors import ExitCode, GitopsBotError
from gitops_bot.core.plan import Plan
from gitops_bot.core.report import NoChanges, Planned, Report, RunStatus
from gitops_bot.ports import StepOutput
from gitops_bot.render.comment import render_summary
from gitops_bot.render.html import render_html
from gitops_bot.render.json_output import render_json
from gitops_bot.render.redact import Redactor
from gitops_bot.render.sensitive import encoded_forms

_FAILURES = (RunStatus.FAILED, RunStatus.BLOCKED, RunStatus.PARTLY_APPLIED)


def redactor_for(settings: Settings, secrets: Iterable[str], plans: Iterable[Plan]) -> Redactor:
    """What hides every known secret: the step's own, those of the plans, the configured patterns."""
    forms = (form for secret in secrets for form in encoded_forms(secret))
    return Redactor([p.pattern for p in settings.redact], forms).with_plans(plans)


def exit_code(status: RunStatus) -> ExitCode:
    """1 where a person must act, else 0."""
    return ExitCode.FAILED if status in _FAILURES else ExitCode.DONE


def publish(step: StepOutput, report: Report, redactor: Redactor, **more: str) -> ExitCode:
    """Write summary and outputs; `more` are further outputs, named with `_` for `-`."""
    step.summary(render_summary(report, redactor=redactor))
    totals = {"create": 0, "update": 0, "replace": 0, "delete": 0}
    changes = False
    for project in report.projects:
        if isinstance(project.plan, Planned | NoChanges):
            counts = project.plan.plan.summary()
            totals = {name: value + counts[name] for name, value in totals.items()}
            changes = changes or project.plan.plan.has_changes
    step.output("environment", report.environment)
    step.output("result", report.status.value)
    step.output("changes", "true" if changes else "false")
    for name, value in totals.items():
        step.output(name, str(value))
    for name, text in more.items():
        step.output(name.replace("_", "-"), text)
    return exit_code(report.status)


def keep_report(effects: Effects, report: Report, redactor: Redactor, check_url: str = "") -> None:
    """What later steps can use, as outputs: the complete report as HTML and as JSON in files, and where the
    check is.

    The comment and the summary say the same, so whatever goes wrong here is a line in the log.
    """
    try:
        if check_url:
            effects.step.output("check-url", check_url)
        for kind, render in (("html", render_html), ("json", render_json)):
            text = render(report, redactor=redactor)
            path = effects.keep_file(f"report-{report.environment}.{kind}", text)
            if path:
                effects.step.output(f"report-{kind}", path)
    except GitopsBotError as error:
        effects.step.log(redactor(f"There is no report file: {error}"))
    except Exception as error:  # a page is worth no failed run, whatever is wrong with it
        effects.step.log(f"There is no report file: {type(error).__name__}.")
