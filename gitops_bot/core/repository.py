"""What GitHub says about a repository's settings, as far as they matter to the bot."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class RepositoryFacts(Struct, frozen=True):
    """`merge_methods` are those allowed: merge, squash, rebase. `admin`: this token may see all settings.
    `scopes` are those of a classic token, None for a token of another kind."""

    name: str
    url: str
    default_branch: str
    merge_methods: frozenset[str]
    admin: bool
    public: bool = False
    scopes: frozenset[str] | None = None


class BranchRules(Struct, frozen=True):
    """What a branch asks of a merge, by branch protection and rulesets together. `reviews` is how many
    approving ones, None where this token may not see it."""

    checks: frozenset[str]
    reviews: int | None = 0


class EnvironmentRules(Struct, frozen=True):
    """A GitHub environment: whether somebody must approve its jobs, and whose jobs may use it.

    `branches` are patterns of branches and of refs such as `refs/pull/*/merge`; None stands for any
    branch, or with `protected` for any protected one. `tags` are patterns of tags.
    """

    name: str
    reviewers: bool
    branches: tuple[str, ...] | None
    protected: bool = False
    tags: tuple[str, ...] = ()


class ForkApproval(StrEnum):
    """Whose pull requests from a fork wait for a person before their workflows run.

    https://docs.github.com/en/rest/actions/permissions#get-fork-pr-contributor-approval-permissions-for-a-repository
    """

    EVERYBODY = "all_external_contributors"
    FIRST_TIME = "first_time_contributors"
    NEW_TO_GITHUB = "first_time_contributors_new_to_github"


class ActionsRules(Struct, frozen=True):
    """What a workflow's own token may do: open pull requests, and `writes` where the workflow names no
    permissions."""

    may_open: bool
    writes: bool
