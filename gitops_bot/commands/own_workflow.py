"""Which workflow file of a repository is the bot's, and what its others mean for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gitops_bot.commands.other_appliers import other_appliers
from gitops_bot.config.workflow import Workflow, read_workflow

_FOLDER = ".github/workflows/"
_FREE = (f"{_FOLDER}gitops.yml", f"{_FOLDER}gitops-bot.yml")
"""Where the workflow goes. The second one where the first has something else in it."""
_CALLS = re.compile(r"^[\s-]*uses:\s*[\"']?[\w.-]+/gitops-bot/\.github/workflows/gitops\.yml@", re.MULTILINE)
_ACTS = re.compile(r"^[\s-]*uses:\s*[\"']?[\w.-]+/gitops-bot@", re.MULTILINE)
"""The reusable workflow and the action, also those of a copy."""


def place_of_workflow(texts: Mapping[str, str]) -> str:
    """The caller's file: where it is already, else one that is free.

    "" where a job of the person's own runs the action: with a second workflow all would run twice.
    """
    if ours := _with(_CALLS, texts):
        return ours[0]
    if _with(_ACTS, texts):
        return ""
    return next((path for path in _FREE if path not in texts), _FREE[-1])


def notes_on_workflows(texts: Mapping[str, str]) -> Iterator[str]:
    """What a person should know of the workflows that are there, as sentences."""
    if not _with(_CALLS, texts) and (own := _with(_ACTS, texts)):
        yield (
            f"{', '.join(own)} runs gitops-bot in a job of your own, so no workflow is written. "
            "`gitops-bot doctor` says whether it has what it needs."
        )
    read = [read_workflow(path, text) for path, text in sorted(texts.items()) if path.startswith(_FOLDER)]
    if others := list(other_appliers(w for w in read if isinstance(w, Workflow))):
        yield (
            f"{', '.join(others)}: Terraform is applied here too. Take it out before the first merge: what "
            "it applies needs no approval and stands in no ledger, and both would write the same states."
        )


def _with(what: re.Pattern[str], texts: Mapping[str, str]) -> list[str]:
    return [path for path, text in sorted(texts.items()) if path.startswith(_FOLDER) and what.search(text)]
