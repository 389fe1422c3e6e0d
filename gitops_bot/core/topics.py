"""The topics of `doctor`, apart from what it finds: the command line names them before anything is loaded."""

from __future__ import annotations

from enum import StrEnum


class Topic(StrEnum):
    """What is looked at, in the order of the report."""

    CONFIGURATION = "configuration"
    WORKFLOW = "workflow"
    TERRAFORM = "terraform"
    STATE = "state"
    TOKEN = "token"  # noqa: S105 - a word, not one of them
    REPOSITORY = "repository"
    BRANCHES = "branches"
    ROLES = "roles"
