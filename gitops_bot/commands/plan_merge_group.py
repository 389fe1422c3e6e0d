"""A merge queue asks: judge and plan what its branch would become, with the checks a pull request gets.

It approves nothing. What is applied after the merge is compared with the pull requests' own approvals.
"""

from __future__ import annotations

from msgspec.structs import replace

from gitops_bot.commands.checks import plan_check, promotion_check
from gitops_bot.commands.effects import CONFIG_FILE, Effects, RunFacts, check_work_tree
from gitops_bot.commands.guards import ask_guards
from gitops_bot.commands.project_plans import plan_projects, plan_status, secrets_in
from gitops_bot.commands.publish import keep_report, publish, redactor_for
from gitops_bot.commands.verdict import Incoming, judge_pull_request
from gitops_bot.config.load import load_settings
from gitops_bot.core.aws import Phase
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import ExitCode
from gitops_bot.core.events import MergeGroupFormed
from gitops_bot.core.report import Allowed, Blocked, Reason, Report, RunStatus
from gitops_bot.ports import CheckRun, Conclusion
from gitops_bot.render.comment import render_check, render_promotion_check


def plan_merge_group(
    event: MergeGroupFormed, environment: Environment, settings: Settings, effects: Effects, facts: RunFacts
) -> ExitCode:
    """Both checks on the queue's commit. Exit code 1 when blocked or failed."""
    tree = effects.tree
    check_work_tree(tree, event.commit)
    merged = load_settings(tree.file_at(event.commit, CONFIG_FILE), CONFIG_FILE)
    settings = replace(settings, projects=merged.projects)
    pull = effects.host.pull_request(event.number)
    incoming = Incoming(event.number, pull.head, pull.head_branch, event.commit, event.base)
    verdict = judge_pull_request(incoming, environment, settings, effects, tree)
    session = effects.make_session(
        settings, environment, Phase.PLAN, facts.identity(event.commit, event.number)
    )
    plans = plan_projects(
        settings,
        environment,
        tree.root,
        effects.make_terraform(settings.terraform, session),
        effects.scratch,
        effects.step.log,
        phase=Phase.PLAN,
    )
    guarded = ask_guards(environment, plans, (event.number,), effects).reasons
    # As at the pull request: a freeze is part of the verdict, or a matter of the apply's.
    guards = tuple(r for r in guarded if r.reason is not Reason.FROZEN)
    planned = plan_status(plans)
    blocked = (*(verdict.reasons if isinstance(verdict, Blocked) else ()), *guards)
    status = RunStatus.BLOCKED if blocked and planned is not RunStatus.FAILED else planned
    report = Report(
        environment.name,
        status,
        tuple(p.report() for p in plans),
        Blocked(tuple(dict.fromkeys(blocked)), verdict.notes) if blocked else verdict,
        event.commit,
        facts.links(event.commit),
        (event.number,),
        settings.notices,
        protect=environment.protect,
        stateful=settings.comment.stateful,
    )
    redactor = redactor_for(settings, (*facts.secrets, *session.secrets), secrets_in(plans))
    planned_well = planned is not RunStatus.FAILED and not guards
    for name, good, (title, summary) in (
        (plan_check(environment.name), planned_well, render_check(report, redactor=redactor)),
        (
            promotion_check(environment.name),
            isinstance(verdict, Allowed),
            render_promotion_check(replace(report, verdict=verdict), redactor=redactor),
        ),
    ):
        conclusion = Conclusion.SUCCESS if good else Conclusion.FAILURE
        effects.host.write_check_run(CheckRun(name, event.commit, conclusion, title, summary, url=facts.url))
    effects.step.log(f"{environment.name}: {status.value}.")
    keep_report(effects, report, redactor)
    return publish(effects.step, report, redactor)
