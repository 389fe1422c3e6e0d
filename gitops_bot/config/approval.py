"""The table `approval`: what an approval must come with to count."""

from __future__ import annotations

import re
from dataclasses import replace

from gitops_bot.config.fields import Field
from gitops_bot.config.mistakes import shown
from gitops_bot.config.rules import Problem
from gitops_bot.core.environments import DEFAULT_APPROVAL, ApprovalSettings
from gitops_bot.core.provenance import ProvenanceMode

KEYS = ("provenance", "workflows")
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
    return settings


def _workflow_problem(text: str) -> Problem | None:
    if _WORKFLOW.fullmatch(text):
        return None
    return f"{shown(text)} is no workflow file", "write it like .github/workflows/plan.yml"
