"""`gitops-bot run`: one event, in a straight line from decision to exit code."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from gitops_bot.commands.effects import CONFIG_FILE, Effects, RunFacts
from gitops_bot.commands.ignored import ignore
from gitops_bot.config.load import load_settings
from gitops_bot.core.decision import (
    AnswerComment,
    ApplyBranch,
    Decision,
    Ignore,
    NoteClosed,
    PlanMergeGroup,
    PlanPullRequest,
    Reconcile,
    RunCommand,
    check_promotion,
    decide,
)
from gitops_bot.core.environments import Settings
from gitops_bot.core.errors import BadInput, ExitCode
from gitops_bot.core.events import (
    BranchPushed,
    Command,
    CommentPosted,
    Dispatched,
    Event,
    Ignored,
    MergeGroupFormed,
    PullRequestClosed,
    PullRequestUpdated,
    Scheduled,
)


def settings_for(event: Event, effects: Effects) -> Settings:
    """The rules that judge this event: the base branch's for a pull request (D7), else the commit's own.

    Raises `ConfigInvalid`.
    """
    match event:
        case PullRequestUpdated() | PullRequestClosed() | MergeGroupFormed():
            text = effects.host.file_at(CONFIG_FILE, event.base_branch)
        case CommentPosted():
            text = effects.host.file_at(CONFIG_FILE, effects.host.pull_request(event.number).base_branch)
        case BranchPushed() | Dispatched() | Scheduled():
            text = effects.tree.file_at(event.commit, CONFIG_FILE)
        case Ignored():
            text = None
        case _:
            assert_never(event)
    return load_settings(text, CONFIG_FILE)


def handle_event(event: Event, effects: Effects, facts: RunFacts, *, apply_on_closed: bool) -> ExitCode:
    """Decide about an event and do it. Raises what the use cases raise."""
    if isinstance(event, Ignored):
        return ignore(event.why, effects.step)
    settings = settings_for(event, effects)
    for notice in (*settings.notices, *settings.advice):
        effects.step.log(notice)
    return _act(decide(event, settings, apply_on_closed=apply_on_closed), settings, effects, facts)


def _act(decision: Decision, settings: Settings, effects: Effects, facts: RunFacts) -> ExitCode:
    """Each use case is loaded for its own events only, and whole: none loads anything after Terraform."""
    match decision:
        case Ignore():
            return ignore(decision.why, effects.step)
        case PlanPullRequest():
            from gitops_bot.commands.merged_again import merged_again
            from gitops_bot.commands.plan_pull_request import PullRequestToPlan, plan_pull_request

            updated = decision.event
            pull = PullRequestToPlan(
                updated.number, updated.head, updated.merge, updated.head_branch, updated.before
            )
            merged = merged_again(pull, decision.environment, effects, facts)
            return plan_pull_request(merged.pull, decision.environment, settings, effects, facts, merged.tree)
        case PlanMergeGroup():
            from gitops_bot.commands.plan_merge_group import plan_merge_group

            return plan_merge_group(decision.event, decision.environment, settings, effects, facts)
        case NoteClosed():
            from gitops_bot.commands.plan_pull_request import note_closed

            return note_closed(decision.event, decision.environment, settings, effects, facts)
        case ApplyBranch():
            from gitops_bot.commands.apply_branch import apply_branch

            return apply_branch(
                decision.environment, decision.commit, settings, effects, facts, decision.approve
            )
        case AnswerComment():
            from gitops_bot.commands.comment_command import answer_comment

            return answer_comment(decision.event, settings, effects, facts)
        case Reconcile():
            from gitops_bot.commands.reconcile import reconcile

            return reconcile(decision.environments, settings, effects, facts)
        case RunCommand():
            from gitops_bot.commands.dispatched import run_command

            if decision.command is Command.PROMOTE and decision.environment is not None:
                # The target's own rules judge, as for a pull request: never those of the branch that
                # somebody chose to dispatch on.
                branch = decision.environment.branch
                settings = load_settings(effects.host.file_at(CONFIG_FILE, branch), CONFIG_FILE)
                environment = settings.environment(decision.environment.name)
                if environment is None:
                    raise BadInput(
                        f"The configuration on {branch} has no environment {decision.environment.name}.",
                        "Bring the branches' configurations in line.",
                    )
                check_promotion(decision.event, environment, settings)
                decision = replace(decision, environment=environment)
            return run_command(decision, settings, effects, facts)
        case _:
            assert_never(decision)
