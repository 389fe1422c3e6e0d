"""The repository's settings on GitHub: what the token may see of them, and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from gitops_bot.commands.checks import plan_check, promotion_check
from gitops_bot.core.checkup import Finding, Level, Topic
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import GitopsBotError
from gitops_bot.core.repository import BranchRules, EnvironmentRules, RepositoryFacts
from gitops_bot.ports import RepositorySettings

T = TypeVar("T")


def check_repository(host: RepositorySettings, settings: Settings, named: Sequence[str]) -> Iterator[Finding]:
    """Everything that GitHub is asked. `named` are the GitHub environments that the workflow names."""
    asked = _asked(
        host.repository, Topic.TOKEN, "The repository cannot be seen", "Give a token that can read it."
    )
    if isinstance(asked, Finding):
        yield asked
        return
    yield _token(host, asked)
    yield from _merge_methods(asked)
    if len(settings.environments) > 1:
        yield from _opening(host, asked)
    for environment in settings.environments:
        yield from _branch(host, asked, environment, settings)
    yield from _environments(host, asked, named)


def _asked(ask: Callable[[], T], topic: Topic, what: str, fix: str) -> T | Finding:
    """The answer, or that there is none. What is not seen is never taken to be well."""
    try:
        return ask()
    except GitopsBotError as error:
        return Finding(Level.UNKNOWN, topic, f"{what}: {error.message}", fix)


def _token(host: RepositorySettings, facts: RepositoryFacts) -> Finding:
    login = _asked(host.own_login, Topic.TOKEN, "Whose token this is cannot be seen", "")
    if isinstance(login, Finding):
        return login
    sees = "sees all settings" if facts.admin else "is no administrator's, so some settings stay unseen"
    return Finding(Level.OK, Topic.TOKEN, f"The token is {login}'s and {sees}.")


def _merge_methods(facts: RepositoryFacts) -> Iterator[Finding]:
    if not facts.merge_methods:
        yield Finding(
            Level.UNKNOWN,
            Topic.REPOSITORY,
            "Which merge methods are allowed is shown only to tokens that may push.",
            f"Look at {facts.url}/settings, Pull Requests; all three work.",
        )
    else:
        methods = ", ".join(sorted(facts.merge_methods))
        yield Finding(Level.OK, Topic.REPOSITORY, f"Merge methods: {methods}. The bot works with all three.")


def _opening(host: RepositorySettings, facts: RepositoryFacts) -> Iterator[Finding]:
    page = f"{facts.url}/settings/actions"
    fix = f"{page}, Workflow permissions: allow GitHub Actions to create and approve pull requests."
    what = "Whether Actions may create pull requests cannot be seen"
    may = _asked(host.actions_may_open_pull_requests, Topic.REPOSITORY, what, fix)
    if isinstance(may, Finding):
        yield may
    elif may:
        yield Finding(Level.OK, Topic.REPOSITORY, "Actions may create the promotion pull requests.")
    else:
        yield Finding(
            Level.ERROR, Topic.REPOSITORY, "Actions may not create pull requests, so no promotion opens.", fix
        )


def _branch(
    host: RepositorySettings, facts: RepositoryFacts, environment: Environment, settings: Settings
) -> Iterator[Finding]:
    branch = environment.branch
    rules = _asked(
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
        yield Finding(Level.OK, Topic.BRANCHES, f"{branch} requires the {_checks(wanted)}.")


def _checks(names: Sequence[str]) -> str:
    return f"check{'s' if len(names) > 1 else ''} {' and '.join(f'`{name}`' for name in names)}"


def _environments(
    host: RepositorySettings, facts: RepositoryFacts, named: Sequence[str]
) -> Iterator[Finding]:
    if not named:
        return
    page = f"{facts.url}/settings/environments"
    found = _asked(
        host.environment_rules, Topic.REPOSITORY, "The GitHub environments cannot be seen", f"Look at {page}."
    )
    if isinstance(found, Finding):
        yield found
        return
    known = {rules.name: rules for rules in found}
    for name in named:
        yield _environment(name, known.get(name), page)


def _environment(name: str, rules: EnvironmentRules | None, page: str) -> Finding:
    if rules is None:
        says = f"There is no GitHub environment {name}; GitHub would make one without any rule."
        return Finding(Level.ERROR, Topic.REPOSITORY, says, f"{page}: make it, with a branch rule.")
    if not rules.branch_rule:
        says = f"Any branch's job may use the GitHub environment {name} and its identity."
        return Finding(Level.ERROR, Topic.REPOSITORY, says, f"{page}: limit it to its branch.")
    approval = "with reviewers" if rules.reviewers else "without reviewers"
    return Finding(
        Level.OK, Topic.REPOSITORY, f"The GitHub environment {name} has a branch rule, {approval}."
    )
