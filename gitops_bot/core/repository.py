"""What GitHub says about a repository's settings, as far as they matter to the bot."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RepositoryFacts:
    """`merge_methods` are those allowed: merge, squash, rebase. `admin`: this token may see all settings."""

    name: str
    url: str
    default_branch: str
    merge_methods: frozenset[str]
    admin: bool


@dataclass(frozen=True, slots=True)
class BranchRules:
    """What a branch asks of a merge, by branch protection and rulesets together. `reviews` is how many
    approving ones; `strict`: it must be up to date."""

    checks: frozenset[str]
    reviews: int = 0
    strict: bool = False


@dataclass(frozen=True, slots=True)
class EnvironmentRules:
    """A GitHub environment: whether somebody must approve its jobs, and whether its branches are limited."""

    name: str
    reviewers: bool
    branch_rule: bool
