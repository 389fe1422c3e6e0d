"""Promotion by dispatch: the pull request that carries what is applied below, planned at once."""

from __future__ import annotations

from gitops_bot.commands.effects import Effects, RunFacts, check_history
from gitops_bot.commands.ledger import Book, read_ledger, was_applied
from gitops_bot.commands.plan_pull_request import PullRequestToPlan, plan_pull_request
from gitops_bot.commands.publish import publish, redactor_for
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import BadInput, ExitCode, RunFailed
from gitops_bot.core.ledger import Entry
from gitops_bot.core.promotion import snapshot_branch
from gitops_bot.core.report import Blocked, BlockReason, Reason, Report, RunStatus
from gitops_bot.ports import PullRequest


def promote(environment: Environment, settings: Settings, effects: Effects, facts: RunFacts) -> ExitCode:
    """Open or find the pull request into `environment`, and plan it in this same run.

    What GITHUB_TOKEN opens triggers no run, so nobody else would plan it. Raises `BadInput` for the
    lowest environment and `RunFailed` when the content conflicts with the target.
    """
    below = settings.below(environment)
    if below is None:
        raise BadInput(
            f"{environment.name} is the lowest environment; there is nothing below to promote.",
            "Open a pull request into it instead.",
        )
    check_history(effects.tree)
    applied = read_ledger(Book(below, settings.approval, effects)).applied
    redactor = redactor_for(settings, facts.secrets, ())
    if applied is None:
        reason = BlockReason(
            Reason.NOT_APPLIED_BELOW, (("environment", environment.name), ("below", below.name))
        )
        report = Report(environment.name, RunStatus.BLOCKED, verdict=Blocked((reason,)), links=facts.links())
        effects.step.log(f"Nothing is applied in {below.name} yet, so there is nothing to promote.")
        return publish(effects.step, report, redactor)
    target = effects.tree.fetch(environment.branch)
    if effects.tree.has_commit(applied.commit) is False:
        effects.tree.fetch(applied.commit)
    if effects.tree.tree(target) == applied.tree:
        if not was_applied(Book(environment, settings.approval, effects), applied.tree):
            message = (
                f"{environment.branch} holds what is applied in {below.name}, but it was never applied in "
                f"{environment.name}. Open a pull request into {environment.branch} with an empty commit "
                "(`git commit --allow-empty`): its plan shows what is left to do, and merging approves it."
            )
            report = Report(environment.name, RunStatus.BLOCKED, links=facts.links(), message=message)
            effects.step.log(message)
            return publish(effects.step, report, redactor)
        message = f"{environment.name} holds what is applied in {below.name} already. Nothing to promote."
        report = Report(environment.name, RunStatus.NO_CHANGES, links=facts.links(), message=message)
        effects.step.log(message)
        return publish(effects.step, report, redactor)
    pull = _pull_request(environment, below, applied, effects)
    effects.step.log(f"Pull request #{pull.number} carries {applied.commit[:12]} into {environment.name}.")
    effects.step.output("promotion-pr", str(pull.number))
    folder = effects.scratch / "merge-result"
    merge = effects.tree.merge(target, pull.head, folder)
    if merge is None:
        raise RunFailed(
            f"Pull request #{pull.number} conflicts with {environment.branch}.",
            f"{environment.branch} has content that {below.branch} lacks; bring it down first.",
        )
    return plan_pull_request(
        PullRequestToPlan(pull.number, pull.head, merge, pull.head_branch),
        environment,
        settings,
        effects,
        facts,
        effects.open_tree(folder),
    )


def _pull_request(
    environment: Environment, below: Environment, applied: Entry, effects: Effects
) -> PullRequest:
    host = effects.host
    if host.branch_head(below.branch) == applied.commit:
        source = below.branch
    else:  # the branch went on meanwhile: a snapshot carries exactly what is applied
        source = snapshot_branch(below.name, environment.name)
        host.set_branch(source, applied.commit)
    existing = host.open_pull_request(source, environment.branch)
    if existing is not None:
        return existing
    return host.create_pull_request(
        f"Promote {below.name} to {environment.name}",
        _body(environment, below, applied),
        source,
        environment.branch,
    )


def _body(environment: Environment, below: Environment, applied: Entry) -> str:
    carried = ", ".join(f"#{n}" for n in applied.pull_requests) or "no pull request"
    return (
        f"Carries what is applied in **{below.name}** into **{environment.name}**.\n\n"
        f"- Commit: {applied.commit}\n"
        f"- Applied below at: {applied.at}\n"
        f"- Newest changes: {carried}\n\n"
        "gitops-bot comments with the plan. Merging applies it.\n"
    )
