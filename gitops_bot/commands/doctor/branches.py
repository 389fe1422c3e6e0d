"""What a merge into an environment's branch must fulfil."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitops_bot.commands.checks import plan_check, promotion_check
from gitops_bot.commands.doctor.answers import asked
from gitops_bot.commands.doctor.sentences import all_of
from gitops_bot.core.checkup import Finding, Level
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.repository import BranchRules, RepositoryFacts
from gitops_bot.core.topics import Topic
from gitops_bot.ports import RepositorySettings


def check_branch(
    host: RepositorySettings, facts: RepositoryFacts, environment: Environment, settings: Settings
) -> Iterator[Finding]:
    """The branch of one environment."""
    branch = environment.branch
    rules = asked(
        lambda: host.branch_rules(branch),
        Topic.BRANCHES,
        f"The rules of {branch} cannot be seen",
        f"Look at {facts.url}/settings/rules.",
    )
    if isinstance(rules, Finding):
        yield rules
    elif rules is None:
        yield Finding(
            Level.ERROR,
            Topic.BRANCHES,
            f"There is no branch {branch}, which the environment {environment.name} stands for.",
            f"`git push origin {facts.default_branch}:refs/heads/{branch}`, or correct .gitops-bot.yml.",
        )
    else:
        yield from _rules(rules, facts, environment, settings)


def _rules(
    rules: BranchRules, facts: RepositoryFacts, environment: Environment, settings: Settings
) -> Iterator[Finding]:
    branch = environment.branch
    wanted = [plan_check(environment.name)]
    if settings.below(environment) is not None:
        wanted.append(promotion_check(environment.name))
    missing = [name for name in wanted if name not in rules.checks]
    if missing:
        yield Finding(
            Level.ERROR,
            Topic.BRANCHES,
            f"{branch} can be merged into without the {_checks(missing)}.",
            f"{facts.url}/settings/rules: require {_checks(missing)} for {branch}.",
        )
    else:
        asks = f" and {_reviews(rules.reviews)}" if rules.reviews else ""
        yield Finding(Level.OK, Topic.BRANCHES, f"{branch} requires the {_checks(wanted)}{asks}.")
    needed = settings.approval.reviews
    if rules.reviews is None and needed:
        yield Finding(
            Level.UNKNOWN,
            Topic.BRANCHES,
            f"How many approving reviews {branch} requires is shown to administrators only.",
            f"Look at {facts.url}/settings/branches: an apply asks for {needed} (`approval.reviews`).",
        )
    if rules.reviews is not None and rules.reviews < needed:
        yield Finding(
            Level.WARNING,
            Topic.BRANCHES,
            f"{branch} can be merged into with {_reviews(rules.reviews)}, and an apply asks for {needed} "
            "(`approval.reviews`): it would be blocked after the merge.",
            f"{facts.url}/settings/rules: require {_reviews(needed)} for {branch}.",
        )


def _reviews(count: int) -> str:
    return f"{count or 'no'} approving review{'s' if count > 1 else ''}"


def _checks(names: Sequence[str]) -> str:
    return f"check{'s' if len(names) > 1 else ''} {all_of([f'`{name}`' for name in names])}"
