"""Open pull requests judged anew by a scheduled run: a soak ends, a freeze passes, what is applied below
changes.

It plans nothing. Where the answer has changed it writes the promotion check and that part of the comment.
"""

from __future__ import annotations

from itertools import islice

from gitops_bot.commands.checks import find, plan_check, promotion_check
from gitops_bot.commands.comments import RunComment, plan_checks
from gitops_bot.commands.effects import CONFIG_FILE, Effects, RunFacts
from gitops_bot.commands.publish import redactor_for
from gitops_bot.commands.verdict import Incoming, judge_pull_request
from gitops_bot.config.load import load_settings
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import GitopsBotError
from gitops_bot.core.report import Allowed, Blocked, Report, RunStatus, Verdict
from gitops_bot.core.times import read_time, shown
from gitops_bot.ports import CheckRun, Conclusion, PullRequest
from gitops_bot.render.comment import render_promotion_check
from gitops_bot.render.redact import Redactor
from gitops_bot.render.verdict import replace_verdict

MAX_PULL_REQUESTS = 50
"""How many open pull requests into an environment are judged again in one run, the newest first."""


def judge_open_pull_requests(environment: Environment, effects: Effects, facts: RunFacts) -> bool:
    """Judge every planned open pull request into an environment once more; whether all could be judged.

    An error is a line in the log, and what could not be judged stays as it is.
    """
    try:
        # The target's own rules judge (D7), and not those of the branch that a schedule runs on.
        settings = load_settings(effects.host.file_at(CONFIG_FILE, environment.branch), CONFIG_FILE)
        own = settings.environment(environment.name)
        if own is None or settings.below(own) is None:
            return True
        pulls = tuple(islice(effects.host.open_pull_requests(own.branch), MAX_PULL_REQUESTS))
    except GitopsBotError as error:
        effects.step.log(f"{environment.name}: its pull requests were not judged again: {error}")
        return False
    well = True
    for pull in pulls:
        try:
            _judge(pull, own, settings, effects, facts)
        except GitopsBotError as error:
            effects.step.log(f"{own.name}: #{pull.number} was not judged again: {error}")
            well = False
    return well


def _judge(
    pull: PullRequest, environment: Environment, settings: Settings, effects: Effects, facts: RunFacts
) -> None:
    checks = effects.host.check_runs(pull.head)
    before = find(checks, promotion_check(environment.name))
    if before is None or find(checks, plan_check(environment.name)) is None:
        return  # it was never planned, and its plan judges it
    tree = effects.tree
    base = tree.fetch(environment.branch)
    if not tree.has_commit(pull.head):
        tree.fetch(pull.head)
    merged = tree.merged_tree(base, pull.head)
    if merged is None:
        return  # a conflict: GitHub says so itself, and nothing can be merged
    incoming = Incoming(pull.number, pull.head, pull.head_branch, merged, base)
    verdict = judge_pull_request(incoming, environment, settings, effects, tree)
    report = _report(pull, environment, facts, verdict)
    redactor = redactor_for(settings, facts.secrets, ())
    title, summary = render_promotion_check(report, redactor=redactor)
    conclusion = Conclusion.SUCCESS if isinstance(verdict, Allowed) else Conclusion.FAILURE
    if (conclusion, title) == (before.conclusion, before.title) and _until_the_same(verdict, before):
        return  # as it was: the title names the reasons
    effects.host.write_check_run(
        CheckRun(promotion_check(environment.name), pull.head, conclusion, title, summary, url=facts.url)
    )
    effects.step.log(f"{environment.name}: #{pull.number} was judged again: {title}.")
    _comment(pull, environment, settings, effects, report, redactor)


def _until_the_same(verdict: Verdict, before: CheckRun) -> bool:
    """Whether the check says already until when each reason holds: a soak may have begun anew."""
    reasons = verdict.reasons if isinstance(verdict, Blocked) else ()
    times = (read_time(reason.fact("until")) for reason in reasons)
    return all(shown(time) in before.summary for time in times if time is not None)


def _report(pull: PullRequest, environment: Environment, facts: RunFacts, verdict: Verdict) -> Report:
    return Report(
        environment.name,
        RunStatus.PLANNED if isinstance(verdict, Allowed) else RunStatus.BLOCKED,
        verdict=verdict,
        commit=pull.head,
        links=facts.links(pull.head),
        pull_requests=(pull.number,),
    )


def _comment(
    pull: PullRequest,
    environment: Environment,
    settings: Settings,
    effects: Effects,
    report: Report,
    redactor: Redactor,
) -> None:
    """Write the verdict into the plan's comment anew, if there is one that has such a part."""
    comment = RunComment(
        effects.host,
        pull.number,
        environment.name,
        settings.comment,
        effects.step.log,
        lambda: plan_checks(effects.host, environment.name, pull.head),
    ).find()
    if comment is None:
        return
    said = replace_verdict(
        comment.body, report, effects.clock(), max_bytes=settings.comment.max_bytes, redactor=redactor
    )
    if said is not None:
        effects.host.update_comment(comment.id, said)
