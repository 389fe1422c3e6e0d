"""Workflows that apply Terraform beside the bot: what they apply nobody approved, and no ledger has it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gitops_bot.config.workflow import Workflow
from gitops_bot.core.json_values import as_text

_COMMAND = re.compile(r"^[^#\n]*\b(?:terraform|tofu|terragrunt)\b[^#\n|;&]*[ \t]apply\b", re.MULTILINE)
_ACTIONS = re.compile(r"(?:dflook/(?:terraform|tofu)-apply|op5dev/tf-via-pr|diggerhq/digger)@", re.IGNORECASE)


def other_appliers(workflows: Iterable[Workflow]) -> Iterator[str]:
    """Where each step stands that runs `terraform apply` or an action for it, as file and line."""
    for workflow in workflows:
        for job in workflow.jobs:
            for index, step in enumerate(workflow.steps(job)):
                if _COMMAND.search(as_text(step.get("run"))) or _ACTIONS.match(as_text(step.get("uses"))):
                    yield workflow.where("jobs", job, "steps", str(index))
