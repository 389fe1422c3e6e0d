"""Pull requests of the bot's own: one commit on top of an environment's branch, planned at once."""

from __future__ import annotations

from msgspec import Struct

from gitops_bot.commands.effects import Effects, RunFacts
from gitops_bot.commands.plan_pull_request import PullRequestToPlan, plan_pull_request
from gitops_bot.commands.publish import publish, redactor_for
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import ExitCode, RunFailed
from gitops_bot.core.events import Part
from gitops_bot.core.report import Report, RunStatus
from gitops_bot.ports import PullRequest

ACTIONS_LOGIN = "github-actions[bot]"
"""Who GITHUB_TOKEN writes as. What it opens or pushes starts no run."""


class Proposal(Struct, frozen=True):
    """What an environment's branch, at the commit `onto`, is to become: exactly this tree.

    `title` and `body` are safe to be shown; `message` is that of the commit.
    """

    branch: str
    tree: str
    onto: str
    title: str
    body: str
    message: str


class Proposed(Struct, frozen=True):
    """The open pull request of a proposal, and the commit that is its head. `moved`: by this run."""

    pull: PullRequest
    commit: str
    moved: bool


def propose(proposal: Proposal, part: Part, environment: Environment, effects: Effects) -> Proposed | None:
    """Open the pull request, or find it open. Its branch is moved only where it holds something else.

    None where this job is only to plan, and there is none with just this content. Raises `RunFailed` when
    GitHub takes the branch or the pull request not.
    """
    host, tree = effects.host, effects.tree
    existing = host.open_pull_request(proposal.branch, environment.branch)
    if existing is not None and _holds(existing, proposal, effects):
        return Proposed(existing, existing.head, False)
    if part is Part.PLAN:
        return None
    commit = tree.write_commit(proposal.tree, (proposal.onto,), proposal.message)
    tree.push(commit, proposal.branch)
    if existing is None:
        made = host.create_pull_request(
            proposal.title, proposal.body, proposal.branch, environment.branch, draft=False
        )
        return Proposed(made, commit, True)
    host.update_pull_request(existing.number, proposal.title, proposal.body)
    return Proposed(existing, commit, True)


def _holds(pull: PullRequest, proposal: Proposal, effects: Effects) -> bool:
    """Whether it is the same commit already, in all that decides about the merge: its tree and its parent."""
    tree = effects.tree
    try:
        if not tree.has_commit(pull.head):
            tree.fetch(pull.head)
        return tree.tree(pull.head) == proposal.tree and tree.parents(pull.head) == (proposal.onto,)
    except RunFailed:
        return False  # it was moved meanwhile; it is put right


def left_to_plan(number: int, moved: bool, part: Part, effects: Effects) -> str:
    """Who plans the pull request, as a sentence; "" where this job does.

    What GITHUB_TOKEN opens or pushes starts no run of its own, so this one or a later job of it does.
    """
    if moved and effects.host.own_login() != ACTIONS_LOGIN:
        return f"Pull request #{number} was opened or moved, and its own run plans it."
    return f"Pull request #{number} is planned by a later job." if part is Part.OPEN else ""


def publish_unplanned(
    status: RunStatus,
    message: str,
    environment: Environment,
    settings: Settings,
    effects: Effects,
    facts: RunFacts,
) -> ExitCode:
    """The end of a job that plans nothing."""
    effects.step.log(message)
    report = Report(environment.name, status, links=facts.links(), message=message)
    return publish(effects.step, report, redactor_for(settings, facts.secrets, ()))


def plan_proposed(
    proposed: Proposed | None,
    proposal: Proposal,
    part: Part,
    environment: Environment,
    settings: Settings,
    effects: Effects,
    facts: RunFacts,
) -> ExitCode:
    """Plan the pull request, unless another run or job does.

    The commit that is planned is the one that this run made or compared, whatever the branch holds by now.
    """
    if proposed is None:
        message = (
            f"No open pull request from {proposal.branch} holds what it should by now: nothing is planned."
        )
        return publish_unplanned(RunStatus.SUPERSEDED, message, environment, settings, effects, facts)
    number, commit = proposed.pull.number, proposed.commit
    left = left_to_plan(number, proposed.moved, part, effects)
    if left:
        return publish_unplanned(RunStatus.PROMOTED, left, environment, settings, effects, facts)
    folder = effects.scratch / f"merge-result-{number}"
    merge = effects.tree.merge(proposal.onto, commit, folder)
    if merge is None:
        raise RunFailed(f"Pull request #{number} conflicts with {environment.branch}.", "Try it again.")
    return plan_pull_request(
        PullRequestToPlan(number, commit, merge, proposal.branch),
        environment,
        settings,
        effects,
        facts,
        effects.open_tree(folder),
    )
