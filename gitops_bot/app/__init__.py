"""The composition root: the one place where adapters are built and handed to the use cases.

One module for each kind of caller: the step of a workflow, somebody in a folder, somebody who asks about a
repository on GitHub.
"""

from __future__ import annotations

from gitops_bot.app.checks import demo, doctor
from gitops_bot.app.folder import plan, read_settings, validate
from gitops_bot.app.init import init
from gitops_bot.app.process import SECRET_NAMES, hide_from_children, step_redactor
from gitops_bot.app.repository import history, promote, status, unlock
from gitops_bot.app.step import run

__all__ = [
    "SECRET_NAMES",
    "demo",
    "doctor",
    "hide_from_children",
    "history",
    "init",
    "plan",
    "promote",
    "read_settings",
    "run",
    "status",
    "step_redactor",
    "unlock",
    "validate",
]
