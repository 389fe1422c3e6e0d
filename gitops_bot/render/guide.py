"""Where the documents say what to do: links in what people read on GitHub.

A test follows each of them to its file and heading.
"""

from __future__ import annotations

from gitops_bot.core.report import RunStatus

DOCS = "https://github.com/gitops-bot/gitops-bot/blob/main/docs"
COMMANDS = f"{DOCS}/how-to/comment-commands.md"
_AFTER_AN_APPLY = {
    RunStatus.BLOCKED: f"{DOCS}/how-to/blocked-apply.md",
    RunStatus.PARTLY_APPLIED: f"{DOCS}/how-to/half-applied.md",
    RunStatus.FAILED: f"{DOCS}/reference/stops.md#a-failure",
}


def reason_page(name: str) -> str:
    """The section about a block reason."""
    return f"{DOCS}/reference/reasons.md#{name.lower()}"


def way_on(status: RunStatus, applying: bool) -> str:
    """What helps on after an apply that did not do its work; "" where nothing has to be done."""
    return _AFTER_AN_APPLY.get(status, "") if applying else ""
