"""The GitHub environments that the bot's jobs name: who may use them, and who must approve.

A pull request's job has the ref `refs/pull/N/merge`, and branch rules see that one:
https://docs.github.com/actions/reference/workflows-and-actions/deployments-and-environments
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitops_bot.commands.doctor.ours import NamedEnvironment
from gitops_bot.commands.doctor.sentences import all_of
from gitops_bot.core.aws import Phase
from gitops_bot.core.checkup import Finding, Level
from gitops_bot.core.content import path_matches
from gitops_bot.core.environments import Settings
from gitops_bot.core.repository import EnvironmentRules
from gitops_bot.core.topics import Topic

_PULL = "refs/pull/*/merge"
_A_PULL = "refs/pull/1/merge"


def check_environments(
    rules: Sequence[EnvironmentRules], named: Sequence[NamedEnvironment], settings: Settings, page: str
) -> Iterator[Finding]:
    """A line for each. `page` is where they are set."""
    known = {one.name.lower(): one for one in rules}  # GitHub does not tell upper case from lower
    for environment in named:
        found = known.get(environment.name.lower())
        if found is None:
            says = (
                f"There is no GitHub environment {environment.name}; GitHub would make one without any rule."
            )
            limit = _limit(environment) or "a branch rule"
            yield Finding(Level.ERROR, Topic.REPOSITORY, says, f"{page}: make it, with {limit}.")
        elif environment.phase is Phase.PLAN:
            yield _of_plans(found, environment, page)
        elif environment.phase is Phase.APPLY:
            yield _of_applies(found, environment, settings, page)
        else:
            yield _of_an_own_job(found, page)


def _limit(environment: NamedEnvironment) -> str:
    """The rule it should have, in words."""
    if environment.phase is Phase.PLAN:
        return f"branch rules for `{_PULL}` and {environment.branch}"
    return f"a branch rule for {environment.branch} alone" if environment.branch else ""


def _admits(rules: EnvironmentRules, ref: str) -> bool:
    return any(path_matches(pattern, ref) for pattern in rules.branches or ())


def _wider(rules: EnvironmentRules, *expected: str) -> list[str]:
    """Who else may use it. Who may push can make a branch or a tag that fits a pattern, so those that are
    there today say nothing."""
    more = [pattern for pattern in rules.branches or () if pattern not in expected]
    return [*map(_described, more), *(f"tags like `{pattern}`" for pattern in rules.tags)]


def _described(pattern: str) -> str:
    if pattern == _PULL:
        return "every pull request"
    return f"branches like `{pattern}`" if _is_pattern(pattern) else pattern


def _is_pattern(text: str) -> bool:
    return bool(set(text) & set("*?["))


def _of_applies(
    rules: EnvironmentRules, environment: NamedEnvironment, settings: Settings, page: str
) -> Finding:
    name, branch = rules.name, environment.branch
    fix = f"{page}: give {name} {_limit(environment)}."
    if rules.branches is None:
        whose = "Any protected branch's" if rules.protected else "Any branch's"
        says = f"{whose} job may use the GitHub environment {name} and its identity."
        return Finding(Level.WARNING if rules.protected else Level.ERROR, Topic.REPOSITORY, says, fix)
    if not _admits(rules, branch):
        says = f"{branch} may not use the GitHub environment {name}, so none of its applies starts."
        return Finding(Level.ERROR, Topic.REPOSITORY, says, fix)
    if wider := _wider(rules, branch):
        says = f"The jobs of {all_of(wider)} may use the GitHub environment {name} and its identity, too."
        return Finding(Level.ERROR, Topic.REPOSITORY, says, fix)
    if rules.reviewers:
        says = f"The GitHub environment {name} is for {branch} alone, and its reviewers approve each apply."
        return Finding(Level.OK, Topic.REPOSITORY, says)
    says = f"The GitHub environment {name} is for {branch} alone, without reviewers."
    if branch != settings.environments[-1].branch:
        return Finding(Level.OK, Topic.REPOSITORY, says)
    fix = f"{page}: give {name} required reviewers, or leave it if the merge of a reviewed plan is enough."
    return Finding(Level.WARNING, Topic.REPOSITORY, says, fix)


def _of_plans(rules: EnvironmentRules, environment: NamedEnvironment, page: str) -> Finding:
    name, branch = rules.name, environment.branch
    fix = f"{page}: give {name} {_limit(environment)}."
    if rules.branches is None and not rules.protected:
        says = f"Any branch's job may use the GitHub environment {name} and its identity."
        return Finding(Level.WARNING, Topic.REPOSITORY, says, fix)
    if not _admits(rules, _A_PULL):
        says = f"No pull request's job may use the GitHub environment {name}, so no plan starts."
        return Finding(Level.ERROR, Topic.REPOSITORY, says, fix)
    if not _admits(rules, branch):
        says = f"{branch} may not use the GitHub environment {name}, so no look for drift starts."
        return Finding(Level.WARNING, Topic.REPOSITORY, says, fix)
    if wider := _wider(rules, _PULL, branch):
        says = f"The jobs of {all_of(wider)} may use the GitHub environment {name} and its identity, too."
        return Finding(Level.WARNING, Topic.REPOSITORY, says, fix)
    waits = "each plan waits for its reviewers" if rules.reviewers else "no plan waits for a reviewer"
    return Finding(Level.OK, Topic.REPOSITORY, f"The GitHub environment {name} is for plans; {waits}.")


def _of_an_own_job(rules: EnvironmentRules, page: str) -> Finding:
    """What the job does is not known, so only this is certain: an identity for every branch is too wide."""
    if rules.branches is None and not rules.protected:
        says = f"Any branch's job may use the GitHub environment {rules.name} and its identity."
        return Finding(Level.ERROR, Topic.REPOSITORY, says, f"{page}: limit it to its branch.")
    plain = [branch for branch in rules.branches or () if not _is_pattern(branch)]
    if wider := _wider(rules, *plain):
        says = f"The jobs of {all_of(wider)} may use the GitHub environment {rules.name} and its identity."
        return Finding(Level.WARNING, Topic.REPOSITORY, says, f"{page}: limit it to its branch.")
    approval = "with reviewers" if rules.reviewers else "without reviewers"
    whose = "protected branches" if rules.branches is None else ", ".join(rules.branches) or "no branch"
    says = f"The GitHub environment {rules.name} is for {whose}, {approval}."
    return Finding(Level.OK, Topic.REPOSITORY, says)
