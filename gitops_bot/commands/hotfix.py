"""Hotfixes: who lets a pull request straight into an environment, and what flows back down (to come)."""

from __future__ import annotations

from collections.abc import Mapping

from gitops_bot.commands.effects import Effects
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.promotion import Hotfix
from gitops_bot.core.report import VerdictNote
from gitops_bot.ports import PullRequest


def hotfix_of(pull: PullRequest, environment: Environment, effects: Effects) -> Hotfix | None:
    """Whether it is one, and whose approval lets it through."""
    return None


def backflow_of(
    changes: Mapping[str, str], environment: Environment, settings: Settings, effects: Effects
) -> str:
    """The higher environment whose hotfix exactly these changes are, "" for none."""
    return ""


def hotfix_paths(pull: PullRequest, effects: Effects) -> frozenset[str]:
    """The paths a merged hotfix changed."""
    return frozenset()


def open_backflows(environment: Environment, settings: Settings, effects: Effects) -> tuple[VerdictNote, ...]:
    """A note while the back-flow of a hotfix is open below."""
    return ()
