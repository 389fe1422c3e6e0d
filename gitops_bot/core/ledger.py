"""The ledger: what was applied in an environment, as kept in GitHub deployments.

A deployment's payload is written before the apply and can never change; what came of it is in its
statuses and, in full, in a check run of the applied commit (docs/reference/stored-forms.md).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum

from gitops_bot.core.json_values import JsonValue, as_list, as_object, as_text, json_in_comment

TASK = "gitops-bot:apply"
FORMAT = 1

_COUNTS = re.compile(r"([0-9]{1,9}) done, ([0-9]{1,9}) failed, ([0-9]{1,9}) not started(?:;.*)?", re.DOTALL)


class EntryState(StrEnum):
    """How an apply ended. RUNNING: it has no end yet, or its runner vanished."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One apply. `tree` is the hash of the applied content; `at` an ISO 8601 time in UTC.

    `overridden_by` are the logins that lifted the environment's guards for it, "" where none did.
    """

    id: int
    commit: str
    tree: str
    state: EntryState
    converged: bool | None
    at: str
    pull_requests: tuple[int, ...] = ()
    digest: str = ""
    actor: str = ""
    run: str = ""
    overridden_by: str = ""


@dataclass(frozen=True, slots=True)
class ProjectOutcome:
    """What the next apply of a project needs to know of this one.

    `unfinished` are the addresses that failed or never started. `created_keys` are the ids of the
    states our own applies created from nothing.
    """

    project: str
    terraform_version: str
    lock_digest: str
    unfinished: tuple[str, ...] = ()
    created_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ledger:
    """An environment's applies, newest first; only as far back as the last success."""

    entries: tuple[Entry, ...] = ()

    @property
    def applied(self) -> Entry | None:
        """The newest successful apply."""
        return next((e for e in self.entries if e.state is EntryState.SUCCEEDED), None)

    @property
    def newest(self) -> Entry | None:
        """The newest apply, however it ended."""
        return self.entries[0] if self.entries else None


def payload(entry: Entry) -> dict[str, JsonValue]:
    """The deployment's payload for an apply that is about to start."""
    return {
        "format": FORMAT,
        "tree": entry.tree,
        "pull_requests": list(entry.pull_requests),
        "digest": entry.digest,
        "actor": entry.actor,
        "run": entry.run,
        **({"overridden_by": entry.overridden_by} if entry.overridden_by else {}),
    }


def describe(done: int, failed: int, not_started: int, converged: bool | None) -> str:
    """The status description: for people, and read back for `converged`. At most 140 characters."""
    word = {True: "yes", False: "no", None: "unknown"}[converged]
    return f"{done} done, {failed} failed, {not_started} not started; converged: {word}"


def read_converged(description: str) -> bool | None:
    """What `describe` said about convergence."""
    word = description.rpartition("converged: ")[2]
    return {"yes": True, "no": False}.get(word)


def read_counts(description: str) -> tuple[int, int, int] | None:
    """What `describe` said was done, failed and not started; None for another description."""
    found = _COUNTS.fullmatch(description)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def pack_outcomes(outcomes: tuple[ProjectOutcome, ...], limit: int = 60_000) -> str:
    """The stored form of an apply's outcomes. Unfinished addresses are left out where they do not fit:
    the next apply then gets no relaxation for them and may need a new approval."""

    def text(with_addresses: bool) -> str:
        projects: list[JsonValue] = [
            {
                "project": o.project,
                "terraform": o.terraform_version,
                "lock": o.lock_digest,
                "unfinished": list(o.unfinished) if with_addresses else [],
                "created_keys": list(o.created_keys),
            }
            for o in outcomes
        ]
        return json_in_comment({"format": FORMAT, "projects": projects})

    whole = text(True)
    return whole if len(whole) <= limit else text(False)


def unpack_outcomes(text: str) -> tuple[ProjectOutcome, ...]:
    """Read what `pack_outcomes` wrote; nothing for a text that is damaged or of another version."""
    try:
        document = as_object(json.loads(text))
    except (ValueError, RecursionError):
        return ()
    if document.get("format") != FORMAT:
        return ()
    found = []
    for value in as_list(document.get("projects")):
        item = as_object(value)
        found.append(
            ProjectOutcome(
                as_text(item.get("project")),
                as_text(item.get("terraform")),
                as_text(item.get("lock")),
                tuple(as_text(a) for a in as_list(item.get("unfinished"))),
                tuple(as_text(k) for k in as_list(item.get("created_keys"))),
            )
        )
    return tuple(found)
