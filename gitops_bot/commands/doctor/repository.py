"""The repository's settings on GitHub: what the token may see of them, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitops_bot.commands.doctor.answers import asked
from gitops_bot.commands.doctor.branches import check_branch
from gitops_bot.commands.doctor.environments import check_environments
from gitops_bot.commands.doctor.ours import NamedEnvironment
from gitops_bot.commands.doctor.sentences import all_of
from gitops_bot.core.checkup import Finding, Level
from gitops_bot.core.environments import Settings
from gitops_bot.core.repository import ForkApproval, RepositoryFacts
from gitops_bot.core.topics import Topic
from gitops_bot.ports import RepositorySettings

_WIDE = frozenset(
    {
        *("admin:org", "admin:enterprise", "admin:repo_hook", "admin:org_hook", "admin:public_key"),
        *("admin:gpg_key", "admin:ssh_signing_key", "delete_repo", "delete:packages", "site_admin"),
    }
)
"""https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps"""


def check_repository(
    host: RepositorySettings, settings: Settings, named: Sequence[NamedEnvironment]
) -> Iterator[Finding]:
    """Everything that GitHub is asked. `named` are the GitHub environments that the workflow names."""
    facts = asked(
        host.repository, Topic.TOKEN, "The repository cannot be seen", "Give a token that can read it."
    )
    if isinstance(facts, Finding):
        yield facts
        return
    yield from _token(host, facts)
    yield from _merge_methods(facts)
    yield from _actions(host, facts, settings)
    if facts.public:
        yield _forks(host, facts)
    for environment in settings.environments:
        yield from check_branch(host, facts, environment, settings)
    yield from _environments(host, facts, named, settings)


def _token(host: RepositorySettings, facts: RepositoryFacts) -> Iterator[Finding]:
    login = asked(host.own_login, Topic.TOKEN, "Whose token this is cannot be seen", "")
    if isinstance(login, Finding):
        yield login
        return
    sees = "sees all settings" if facts.admin else "is no administrator's, so some settings stay unseen"
    yield Finding(Level.OK, Topic.TOKEN, f"The token is {login}'s and {sees}.")
    if facts.scopes is None:
        return
    wide = sorted(facts.scopes & _WIDE)
    if wide:
        yield Finding(
            Level.WARNING,
            Topic.TOKEN,
            f"The token has {_scopes(wide)}, which nothing here needs.",
            "Use a fine-grained token for this repository, or `gh auth token`.",
        )
    if "repo" not in facts.scopes and not (facts.public and "public_repo" in facts.scopes):
        yield Finding(
            Level.WARNING,
            Topic.TOKEN,
            "The token lacks the scope repo: status, history, unlock and promote will be refused.",
            "Give it that scope, or use a fine-grained token for this repository.",
        )


def _scopes(names: Sequence[str]) -> str:
    return f"the scope{'s' if len(names) > 1 else ''} {all_of(names)}"


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


def _actions(host: RepositorySettings, facts: RepositoryFacts, settings: Settings) -> Iterator[Finding]:
    page = f"{facts.url}/settings/actions"
    fix = f"{page}, Workflow permissions: allow GitHub Actions to create and approve pull requests."
    what = "Whether Actions may create pull requests cannot be seen"
    found = asked(host.actions_rules, Topic.REPOSITORY, what, fix)
    if isinstance(found, Finding):
        yield found
        return
    if found.may_open:
        yield Finding(Level.OK, Topic.REPOSITORY, "Actions may create the promotion pull requests.")
    elif len(settings.environments) > 1:
        yield Finding(
            Level.ERROR, Topic.REPOSITORY, "Actions may not create pull requests, so no promotion opens.", fix
        )
    if found.writes:
        yield Finding(
            Level.WARNING,
            Topic.REPOSITORY,
            "A workflow that names no permissions may write everything, also the bot's checks.",
            f"{page}, Workflow permissions: read repository contents and packages.",
        )


def _forks(host: RepositorySettings, facts: RepositoryFacts) -> Finding:
    """Of a public repository: strangers open pull requests from forks. A private one asks in other ways."""
    page = f"{facts.url}/settings/actions"
    fix = f"{page}, Approval for running fork pull request workflows: first-time contributors, or all."
    what = "Whose pull requests from forks wait for a person cannot be seen"
    found = asked(host.fork_approval, Topic.REPOSITORY, what, fix)
    if isinstance(found, Finding):
        return found
    if found is ForkApproval.NEW_TO_GITHUB:
        says = "A stranger's first pull request from a fork starts a run before anybody looked at it."
        return Finding(Level.WARNING, Topic.REPOSITORY, says, fix)
    whose = "every" if found is ForkApproval.EVERYBODY else "a first-time contributor's"
    says = f"Somebody must approve the workflows of {whose} pull request from a fork."
    return Finding(Level.OK, Topic.REPOSITORY, says)


def _environments(
    host: RepositorySettings, facts: RepositoryFacts, named: Sequence[NamedEnvironment], settings: Settings
) -> Iterator[Finding]:
    if not named:
        return
    page = f"{facts.url}/settings/environments"
    found = asked(
        host.environment_rules, Topic.REPOSITORY, "The GitHub environments cannot be seen", f"Look at {page}."
    )
    if isinstance(found, Finding):
        yield found
    else:
        yield from check_environments(found, named, settings, page)
