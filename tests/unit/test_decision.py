from __future__ import annotations

import pytest

from gitops_bot.core.decision import (
    ApplyBranch,
    Decision,
    Ignore,
    NoteClosed,
    PlanPullRequest,
    Reconcile,
    RunCommand,
    decide,
)
from gitops_bot.core.environments import DEFAULT_PROJECTS, Environment, HotfixRules, Override, Settings
from gitops_bot.core.errors import BadInput
from gitops_bot.core.events import (
    BranchPushed,
    Command,
    Dispatched,
    Event,
    Ignored,
    PullRequestClosed,
    PullRequestUpdated,
    Scheduled,
)

DEV, PROD = Environment("dev", "main"), Environment("prod", "release/prod")
SETTINGS = Settings((DEV, PROD), DEFAULT_PROJECTS)
GUARDED = Environment(
    "dev", "main", override=Override(("kim",), "Go ahead"), hotfix=HotfixRules(("lee",), "Hotfix")
)
UPDATED = PullRequestUpdated(7, "h", "m", "feature", "main")
FORKED = PullRequestUpdated(7, "h", "m", "feature", "main", from_fork=True)
CLOSED = PullRequestClosed(7, "h", "main", False)
MERGED = PullRequestClosed(7, "h", "main", True, "m")
NO_ENVIRONMENT = "The branch feature is no environment's; those are main, release/prod."


def dispatched(command: Command, environment: str = "dev", branch: str = "main") -> Dispatched:
    return Dispatched(command, environment, branch, "c")


def back(branch: str, command: Command = Command.PROMOTE, environment: str = "prod") -> Dispatched:
    return Dispatched(command, environment, branch, "c", to_commit="a" * 40)


def labelled(label: str) -> PullRequestUpdated:
    return PullRequestUpdated(7, "h", "m", "feature", "main", label=label)


DECISIONS: dict[str, tuple[Event, Decision]] = {
    "a pull request": (UPDATED, PlanPullRequest(DEV, UPDATED)),
    "a pull request into no environment": (
        PullRequestUpdated(7, "h", "m", "x", "feature"),
        Ignore(NO_ENVIRONMENT),
    ),
    "a pull request into a branch called as an environment": (
        PullRequestUpdated(7, "h", "m", "x", "dev"),
        Ignore("The branch dev is no environment's; those are main, release/prod."),
    ),
    "a pull request from a fork": (
        FORKED,
        Ignore(
            "Pull request #7 comes from a fork, whose code is never planned with this repository's rights. "
            "Push the branch to this repository to have it planned."
        ),
    ),
    "closed": (CLOSED, NoteClosed(DEV, CLOSED)),
    "closed from a fork": (
        PullRequestClosed(7, "h", "main", False, from_fork=True),
        Ignore("Pull request #7 came from a fork and has no plan."),
    ),
    "closed into no environment": (PullRequestClosed(7, "h", "feature", False), Ignore(NO_ENVIRONMENT)),
    "merged": (MERGED, Ignore("Pull request #7 was merged; the push to main applies it.")),
    "pushed": (BranchPushed("main", "c"), ApplyBranch(DEV, "c")),
    "pushed to a branch with a slash": (BranchPushed("release/prod", "c"), ApplyBranch(PROD, "c")),
    "pushed elsewhere": (BranchPushed("feature", "c"), Ignore(NO_ENVIRONMENT)),
    "ignored": (Ignored("Why not."), Ignore("Why not.")),
    "apply": (dispatched(Command.APPLY), ApplyBranch(DEV, "c")),
    "baseline": (
        dispatched(Command.BASELINE),
        RunCommand(Command.BASELINE, DEV, dispatched(Command.BASELINE)),
    ),
    "a schedule": (Scheduled("c"), Reconcile((DEV, PROD))),
    "reconcile of all": (dispatched(Command.RECONCILE, ""), Reconcile((DEV, PROD))),
    "reconcile of one from anywhere": (
        dispatched(Command.RECONCILE, "prod", "feature"),
        Reconcile((PROD,)),
    ),
    "plan from anywhere": (
        dispatched(Command.PLAN, "prod"),
        RunCommand(Command.PLAN, PROD, dispatched(Command.PLAN, "prod")),
    ),
    "promote from the branch below": (
        dispatched(Command.PROMOTE, "prod"),
        RunCommand(Command.PROMOTE, PROD, dispatched(Command.PROMOTE, "prod")),
    ),
    "back to an earlier commit on the environment's own branch": (
        back("release/prod"),
        RunCommand(Command.PROMOTE, PROD, back("release/prod")),
    ),
    "back to an earlier commit of the lowest": (
        back("main", environment="dev"),
        RunCommand(Command.PROMOTE, DEV, back("main", environment="dev")),
    ),
    "backflow on the environment's own branch": (
        dispatched(Command.BACKFLOW),
        RunCommand(Command.BACKFLOW, DEV, dispatched(Command.BACKFLOW)),
    ),
    "a label where none decides": (
        labelled("Hotfix"),
        Ignore("The label 'Hotfix' decides nothing about what comes into dev."),
    ),
    "status of one": (
        dispatched(Command.STATUS),
        RunCommand(Command.STATUS, DEV, dispatched(Command.STATUS)),
    ),
    "status of all": (
        dispatched(Command.STATUS, ""),
        RunCommand(Command.STATUS, None, dispatched(Command.STATUS, "")),
    ),
}


@pytest.mark.parametrize("case", DECISIONS)
def test_an_event_leads_to_one_decision(case: str) -> None:
    event, expected = DECISIONS[case]
    assert expected == decide(event, SETTINGS)


@pytest.mark.parametrize("from_fork", [False, True])
def test_a_merged_pull_request_is_applied_on_its_closing_only_where_the_job_may(from_fork: bool) -> None:
    merged = PullRequestClosed(7, "h", "main", True, "m", from_fork)
    assert decide(merged, SETTINGS, apply_on_closed=True) == ApplyBranch(DEV, "m")


def test_a_pull_request_closed_without_a_merge_is_never_applied() -> None:
    assert decide(CLOSED, SETTINGS, apply_on_closed=True) == NoteClosed(DEV, CLOSED)


@pytest.mark.parametrize(
    "event",
    [
        dispatched(Command.APPLY, "prod", "main"),
        dispatched(Command.APPLY, "dev", "refs/tags/main"),
        dispatched(Command.BASELINE, "dev", "feature"),
        dispatched(Command.APPLY, ""),
        dispatched(Command.PLAN, "nowhere"),
        dispatched(Command.STATUS, "nowhere"),
        dispatched(Command.RECONCILE, "nowhere"),
        dispatched(Command.PROMOTE, "Prod"),
        dispatched(Command.PROMOTE, "prod", "release/prod"),
        dispatched(Command.PROMOTE, "prod", "feature"),
        dispatched(Command.BACKFLOW, "dev", "release/prod"),
        dispatched(Command.BACKFLOW, "prod", "main"),
        dispatched(Command.BACKFLOW, "dev", "feature"),
        dispatched(Command.BACKFLOW, ""),
        back("main"),
        back("feature"),
        back("feature", environment="dev"),
        back("release/prod", Command.PLAN),
        back("release/prod", Command.APPLY),
        back("release/prod", Command.BACKFLOW),
        back("main", Command.RECONCILE, ""),
    ],
)
def test_a_dispatch_for_another_environment_or_branch_is_bad_input(event: Dispatched) -> None:
    with pytest.raises(BadInput) as caught:
        decide(event, SETTINGS)
    assert caught.value.hint


@pytest.mark.parametrize("label", ["Hotfix", "hotFIX", "Go ahead", "go ahead"])
def test_a_label_that_decides_about_the_base_environment_is_planned_for(label: str) -> None:
    settings = Settings((GUARDED, PROD), DEFAULT_PROJECTS)
    assert PlanPullRequest(GUARDED, labelled(label)) == decide(labelled(label), settings)


@pytest.mark.parametrize("label", ["terraform: changes", "hotfix ", "gitops-bot: hotfix"])
def test_another_label_changes_no_plan(label: str) -> None:
    settings = Settings((GUARDED, PROD), DEFAULT_PROJECTS)
    expected = Ignore(f"The label {label!r} decides nothing about what comes into dev.")
    assert expected == decide(labelled(label), settings)
