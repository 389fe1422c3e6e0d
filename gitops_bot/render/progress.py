"""The comment while a run goes on, and where one ended without a result: a heading and a few sentences.

What a run came to is a report (render/comment.py). Both begin with the same hidden lines.
"""

from __future__ import annotations

import re
from enum import StrEnum

from msgspec import Struct

from gitops_bot.core.report import Links, RunStatus
from gitops_bot.render.comment import marker
from gitops_bot.render.markdown import clip
from gitops_bot.render.redact import Redactor
from gitops_bot.render.templates import render_template

_STATE = re.compile(r"<!-- gitops-bot:state:([a-z-]{1,30}) -->")


class CommentState(StrEnum):
    """How the comment stands while there is no report; with one, it is in the report's status.

    STALE: a newer commit arrived while this one was planned. NOT_PLANNED and NOT_APPLIED: the run ended
    before it came to that. OVERTAKEN: a newer commit of the branch arrived before anything was applied.
    """

    PLANNING = "planning"
    STALE = "stale"
    NOT_PLANNED = "not-planned"
    APPLYING = "applying"
    NOT_APPLIED = "not-applied"
    OVERTAKEN = "overtaken"


class Progress(Struct, frozen=True):
    """A run that goes on, or ended early. `commit` is the full hash it is about, `branch` the environment's.

    `since` says when it began. `older` is the commit of an earlier plan, and `older_page` where that plan can
    be read; "" for none.
    """

    state: CommentState
    environment: str
    branch: str
    commit: str
    links: Links
    since: str = ""
    older: str = ""
    older_page: str = ""


def first_lines(environment: str, state: CommentState | RunStatus) -> str:
    """What every comment begins with, hidden from readers: whose it is, and in which state."""
    return f"{marker(environment)}\n<!-- gitops-bot:state:{state.value} -->"


def state_of(body: str, environment: str) -> str:
    """The state in the first lines of a comment, "" where there is none.

    It may have been edited. All that depends on it is whether the comment is written anew.
    """
    lines = body.replace("\r\n", "\n").split("\n", 2)
    found = _STATE.fullmatch(lines[1]) if len(lines) > 1 and lines[0] == marker(environment) else None
    return found.group(1) if found else ""


def render_progress(progress: Progress, *, redactor: Redactor | None = None) -> str:
    """The whole comment, less than 2,048 bytes."""
    values = {
        "progress": progress,
        "first_lines": first_lines(progress.environment, progress.state),
        "environment": clip(progress.environment, 60),
        "redactor": redactor or Redactor(),
        "rows": 1,
        "chars": 60,
    }
    return render_template("progress", values).strip("\n") + "\n"
