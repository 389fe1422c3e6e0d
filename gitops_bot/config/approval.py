"""The table `approval`: what an approval must come with to count."""

from __future__ import annotations

import re

from msgspec.structs import replace

from gitops_bot.config.fields import Field
from gitops_bot.config.guards import login_problem
from gitops_bot.config.mistakes import shown
from gitops_bot.config.rules import MAX_TEXT, Problem
from gitops_bot.core.environments import DEFAULT_APPROVAL, ApprovalSettings
from gitops_bot.core.ignore import read_ignored
from gitops_bot.core.provenance import ProvenanceMode

KEYS = ("provenance", "workflows", "reviews", "by", "ignore")
MAX_REVIEWS = 20
_IGNORE_EXAMPLE = "[aws_instance.web.tags.updated_at]"
_WORKFLOW = re.compile(r"\.github/workflows/[A-Za-z0-9._-]{1,100}\.ya?ml")


def read_approval(field: Field) -> ApprovalSettings:
    """The table's settings."""
    given = field.table(KEYS)
    settings = DEFAULT_APPROVAL
    if (mode := given.get("provenance")) and (word := mode.choice(tuple(ProvenanceMode))):
        settings = replace(settings, provenance=ProvenanceMode(word))
    if listed := given.get("workflows"):
        settings = replace(
            settings, workflows=listed.texts("[.github/workflows/plan.yml]", _workflow_problem)
        )
    if (wanted := given.get("reviews")) and (number := wanted.integer(0, MAX_REVIEWS)) is not None:
        settings = replace(settings, reviews=number)
    if people := given.get("by"):
        settings = replace(settings, by=people.texts("[octocat]", login_problem))
    if noise := given.get("ignore"):
        settings = replace(settings, ignore=noise.texts(_IGNORE_EXAMPLE, _ignore_problem))
    return settings


def _workflow_problem(text: str) -> Problem | None:
    if _WORKFLOW.fullmatch(text):
        return None
    return f"{shown(text)} is no workflow file", "write it like .github/workflows/plan.yml"


def _ignore_problem(text: str) -> Problem | None:
    like = "write it like aws_instance.web.tags.updated_at or module.db.**.tags.updated_at"
    if not text.strip() or not text.isprintable() or len(text) > MAX_TEXT:
        return f"{shown(text)} names no attribute", like
    try:
        read_ignored(text)
    except ValueError as error:
        return f"{shown(text)} ignores nothing: {error}", like
    return None
