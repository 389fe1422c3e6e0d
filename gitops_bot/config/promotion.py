"""The tables `promotion` and `hotfix` of an environment: how content comes into it."""

from __future__ import annotations

import re

from msgspec.structs import replace

from gitops_bot.config import rules
from gitops_bot.config.fields import Field
from gitops_bot.config.guards import label_problem, login_problem, read_people
from gitops_bot.config.mistakes import shown
from gitops_bot.core.environments import HotfixRules, OpenPullRequest, PromotionRules

KEYS = (
    "soak",
    "require_converged",
    "partial",
    "ignore",
    "allow_older",
    "open_pr",
    "reviewers",
    "labels",
    "draft",
)
CONFIG_FILE = ".gitops-bot.yml"
_TEAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def read_promotion(field: Field) -> PromotionRules:
    """The table's settings."""
    given = field.table(KEYS)
    settings = PromotionRules()
    if "soak" in given:
        settings = replace(settings, soak=given["soak"].duration() or 0)
    if "require_converged" in given:
        settings = replace(settings, require_converged=given["require_converged"].boolean() is not False)
    if "partial" in given:
        settings = replace(settings, partial=given["partial"].boolean() is True)
    if "allow_older" in given:
        settings = replace(settings, allow_older=given["allow_older"].boolean() is True)
    if "draft" in given:
        settings = replace(settings, draft=given["draft"].boolean() is True)
    if "ignore" in given:
        ignore = given["ignore"].texts('["envs/*.tfvars"]', _ignore_problem)
        settings = replace(settings, ignore=ignore)
    if (mode := given.get("open_pr")) and (word := mode.choice(tuple(OpenPullRequest))):
        settings = replace(settings, open_pr=OpenPullRequest(word))
    if "reviewers" in given:
        settings = replace(settings, reviewers=given["reviewers"].texts("[octocat]", _reviewer_problem))
    if "labels" in given:
        settings = replace(settings, labels=given["labels"].texts("[promotion]", label_problem))
    return settings


def read_hotfix(field: Field) -> HotfixRules | None:
    """Who may let a hotfix in, and by which label."""
    found = read_people(field, HotfixRules(()).label)
    return HotfixRules(*found) if found else None


def _ignore_problem(text: str) -> rules.Problem | None:
    """A pattern of paths that leaves something to compare."""
    if problem := rules.path_problem(text):
        return problem
    if text == CONFIG_FILE or text.startswith(".github/"):
        return (
            f"{shown(text)} is never left out",
            "remove it: the rules and the workflows climb like all else",
        )
    if not text.replace("*", "").replace("/", "").replace("?", ""):
        return f"{shown(text)} leaves out every file", "name a folder or a file, like envs/*.tfvars"
    return None


def _reviewer_problem(text: str) -> rules.Problem | None:
    if _TEAM.fullmatch(text):
        return None
    if login_problem(text):
        return f"{shown(text)} is no reviewer", "write a person's login like octocat, or a team like acme/ops"
    return None
