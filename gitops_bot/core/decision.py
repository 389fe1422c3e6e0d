"""What a run is to do: a pure function of the event and the settings."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from msgspec import Struct

from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import BadInput
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


class PlanPullRequest(Struct, frozen=True):
    """Judge the promotion order, plan, comment and check."""

    environment: Environment
    event: PullRequestUpdated


class PlanMergeGroup(Struct, frozen=True):
    """Judge and plan what a merge queue is about to merge, and say so in the same checks."""

    environment: Environment
    event: MergeGroupFormed


class NoteClosed(Struct, frozen=True):
    """Say in the comment that the pull request was closed without merging."""

    environment: Environment
    event: PullRequestClosed


class ApplyBranch(Struct, frozen=True):
    """Apply an environment's branch at a commit, if everything is approved.

    `approve` is the digest of a plan that the person who dispatched this approves, "" for none.
    """

    environment: Environment
    commit: str
    approve: str = ""


class Reconcile(Struct, frozen=True):
    """Dispatch the applies that are missing in these environments."""

    environments: tuple[Environment, ...]


class RunCommand(Struct, frozen=True):
    """Another dispatched command. `environment` is None for `status` of all of them."""

    command: Command
    environment: Environment | None
    event: Dispatched


class AnswerComment(Struct, frozen=True):
    """Do what a comment asks for, if its author may ask."""

    event: CommentPosted


class Ignore(Struct, frozen=True):
    """Nothing to do, and why."""

    why: str


Decision: TypeAlias = (
    PlanPullRequest
    | PlanMergeGroup
    | NoteClosed
    | ApplyBranch
    | Reconcile
    | RunCommand
    | AnswerComment
    | Ignore
)


_APPLYING = (Command.APPLY, Command.BASELINE, Command.UNLOCK)


def _no_environment(branch: str, settings: Settings) -> Ignore:
    branches = ", ".join(e.branch for e in settings.environments)
    return Ignore(f"The branch {branch} is no environment's; those are {branches}.")


def _dispatched(event: Dispatched, settings: Settings) -> Decision:
    if event.to_commit and event.command is not Command.PROMOTE:
        raise BadInput(
            f"The input `to-commit` is {event.to_commit!r}, and `{event.command}` takes none.",
            "Only `promote` does: it brings back what was applied at that commit.",
        )
    environment = settings.environment(event.environment)
    if environment is None:
        if event.command is Command.STATUS and not event.environment:
            return RunCommand(event.command, None, event)
        if event.command is Command.RECONCILE and not event.environment:
            return Reconcile(settings.environments)
        names = ", ".join(e.name for e in settings.environments)
        raise BadInput(f"The input `environment` is {event.environment!r}.", f"Give one of: {names}.")
    if event.command in _APPLYING and event.branch != environment.branch:
        raise BadInput(
            f"`{event.command}` for {environment.name} was dispatched on {event.branch!r}.",
            f"Dispatch it on the branch {environment.branch}, the one whose runs may apply.",
        )
    if event.command is Command.BACKFLOW and event.branch != environment.branch:
        raise BadInput(
            f"`backflow` into {environment.name} was dispatched on {event.branch!r}.",
            f"Dispatch it on the branch {environment.branch}, which the hotfixes are to come into.",
        )
    if event.command is Command.APPLY:
        return ApplyBranch(environment, event.commit, event.approve)
    if event.command is Command.RECONCILE:
        return Reconcile((environment,))
    if event.command is Command.PROMOTE:
        check_promotion(event, environment, settings)
    return RunCommand(event.command, environment, event)


def check_promotion(event: Dispatched, environment: Environment, settings: Settings) -> None:
    """A promotion is dispatched on the branch below, and nowhere else; the way back to an earlier commit on
    the environment's own.

    It plans content from below. On another environment's branch its job would have an identity that an
    apply role trusts; on any other branch its workflow and configuration would be nobody's but the
    dispatcher's, and its proof would prove nothing. What was applied in the environment before is its own.
    """
    if event.to_commit:
        if event.branch != environment.branch:
            raise BadInput(
                f"`promote` with `to-commit` for {environment.name} was dispatched on {event.branch!r}.",
                f"Dispatch it on {environment.branch}, the branch whose earlier content it brings back.",
            )
        return
    below = settings.below(environment)
    if below is not None and event.branch != below.branch:
        raise BadInput(
            f"`promote` into {environment.name} was dispatched on {event.branch!r}.",
            f"Dispatch it on {below.branch}, the branch of the environment below.",
        )


def _pushed(event: BranchPushed, settings: Settings) -> Decision:
    environment = settings.environment_of_branch(event.branch)
    if environment is None:
        return _no_environment(event.branch, settings)
    return ApplyBranch(environment, event.commit)


def _updated(event: PullRequestUpdated, settings: Settings) -> Decision:
    environment = settings.environment_of_branch(event.base_branch)
    if environment is None:
        return _no_environment(event.base_branch, settings)
    if event.from_fork:
        return Ignore(
            f"Pull request #{event.number} comes from a fork, whose code is never planned with this "
            "repository's rights. Push the branch to this repository to have it planned."
        )
    if event.label and event.label.lower() not in _deciding_labels(environment):
        return Ignore(f"The label {event.label!r} decides nothing about what comes into {environment.name}.")
    return PlanPullRequest(environment, event)


def _deciding_labels(environment: Environment) -> frozenset[str]:
    """The labels that change what may come into an environment, in lower case: GitHub ignores theirs."""
    rules = (environment.hotfix, environment.override)
    return frozenset(rule.label.lower() for rule in rules if rule is not None)


def _queued(event: MergeGroupFormed, settings: Settings) -> Decision:
    environment = settings.environment_of_branch(event.base_branch)
    if environment is None:
        return _no_environment(event.base_branch, settings)
    return PlanMergeGroup(environment, event)


def _closed(event: PullRequestClosed, settings: Settings, apply_on_closed: bool) -> Decision:
    environment = settings.environment_of_branch(event.base_branch)
    if environment is None:
        return _no_environment(event.base_branch, settings)
    if event.merged and apply_on_closed:
        return ApplyBranch(environment, event.merge)
    if event.merged:
        return Ignore(
            f"Pull request #{event.number} was merged; the push to {environment.branch} applies it."
        )
    if event.from_fork:
        return Ignore(f"Pull request #{event.number} came from a fork and has no plan.")
    return NoteClosed(environment, event)


def decide(event: Event, settings: Settings, *, apply_on_closed: bool = False) -> Decision:
    """What to do about `event`.

    `apply_on_closed`: the job may apply on a merged `closed` event, because it runs in a GitHub
    environment with a branch rule. Raises `BadInput` for a dispatch whose environment or branch is
    wrong.
    """
    match event:
        case Ignored():
            return Ignore(event.why)
        case Dispatched():
            return _dispatched(event, settings)
        case Scheduled():
            return Reconcile(settings.environments)
        case BranchPushed():
            return _pushed(event, settings)
        case PullRequestUpdated():
            return _updated(event, settings)
        case MergeGroupFormed():
            return _queued(event, settings)
        case PullRequestClosed():
            return _closed(event, settings, apply_on_closed)
        case CommentPosted():
            return AnswerComment(event)
        case _:
            assert_never(event)
