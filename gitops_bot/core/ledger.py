"""The ledger: what was applied in an environment, as kept in GitHub deployments.

A deployment's payload is written before the apply and can never change; what came of it is in its
statuses and, in full, in a check run of the applied commit (docs/reference/stored-forms.md).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from gitops_bot.core.json_values import JsonValue, as_list, as_object, as_text, json_in_comment
from gitops_bot.core.report import ResourceOutcome, ResourceState

TASK = "gitops-bot:apply"
FORMAT = 1
OUTCOME_FORMAT = 2
END_UNKNOWN = "its end was never recorded"
"""How the status begins that a later run writes into an entry whose run ended without a word."""
MAX_ERROR = 400
"""Characters of a resource's error that the ledger keeps."""

_COUNTS = re.compile(r"([0-9]{1,9}) done, ([0-9]{1,9}) failed, ([0-9]{1,9}) not started(?:;.*)?", re.DOTALL)


class EntryState(StrEnum):
    """How an apply ended. RUNNING: it has no end yet, or its runner vanished."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Entry(Struct, frozen=True):
    """One apply. `tree` is the hash of the applied content; `at` an ISO 8601 time in UTC.

    `run` and `attempt` name the workflow run, `who` is what Terraform calls its user and machine.
    `overridden_by` are the logins that lifted the environment's guards for it, `approved_by` the login
    that approved exactly this plan by a dispatch; "" where nobody did. `new_states` are the projects that
    had no state when it started. `outcome` is what came of it in
    full, None where no record of that counts. `closed`: GitHub's own status of it says that it ended.
    `ended_at` is when, as `at`, "" where that is not known. `hotfixes` are the pull requests that came in
    past the promotion order, `hotfix_by` the logins that let them.
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
    attempt: int = 1
    who: str = ""
    approved_by: str = ""
    new_states: tuple[str, ...] = ()
    outcome: Outcome | None = None
    closed: bool = True
    ended_at: str = ""
    hotfixes: tuple[int, ...] = ()
    hotfix_by: str = ""


class ProjectOutcome(Struct, frozen=True):
    """What the next apply of a project needs to know of this one.

    `unfinished` are the addresses that failed or never started. `created_keys` are the ids of the
    states our own applies created from nothing. `resources` say what was done to each one.
    """

    project: str
    terraform_version: str
    lock_digest: str
    unfinished: tuple[str, ...] = ()
    created_keys: tuple[str, ...] = ()
    resources: tuple[ResourceOutcome, ...] = ()


class Outcome(Struct, frozen=True):
    """What came of the apply that the ledger's entry `deployment` announced.

    `counts` are done, failed and not started. `final` is False for the word that is given early, when
    a signal came and Terraform was still about to stop.
    """

    deployment: int
    succeeded: bool
    converged: bool | None
    counts: tuple[int, int, int] = (0, 0, 0)
    projects: tuple[ProjectOutcome, ...] = ()
    interrupted: bool = False
    final: bool = True

    @property
    def whole(self) -> bool:
        """Whether no resource was dropped from the stored form because of its size."""
        return sum(self.counts) == sum(len(project.resources) for project in self.projects)

    def project(self, name: str) -> ProjectOutcome | None:
        """The part for one project."""
        return next((p for p in self.projects if p.project == name), None)


class Ledger(Struct, frozen=True):
    """An environment's applies, newest first; only as far back as the last success.

    `unproven` counts the entries that were left out because nothing proves which run made them,
    `on_trust` those that are in it all the same.
    """

    entries: tuple[Entry, ...] = ()
    unproven: int = 0
    on_trust: int = 0

    @property
    def applied(self) -> Entry | None:
        """The newest successful apply."""
        return next((e for e in self.entries if e.state is EntryState.SUCCEEDED), None)

    @property
    def newest(self) -> Entry | None:
        """The newest apply, however it ended."""
        return self.entries[0] if self.entries else None

    @property
    def broken(self) -> bool:
        """Whether the newest apply did not succeed, so that it may have left half of its work."""
        return self.newest is not None and self.newest.state is not EntryState.SUCCEEDED

    @property
    def new_states(self) -> frozenset[str]:
        """The projects that began without a state in an apply whose end, or whose outcome, is not known."""
        return frozenset(
            name
            for e in self.entries
            if e.state is not EntryState.SUCCEEDED or e.outcome is None
            for name in e.new_states
        )

    def project(self, name: str) -> ProjectOutcome | None:
        """What the newest apply that says anything of a project says."""
        outcomes = (e.outcome for e in self.entries if e.outcome is not None)
        return next((p for o in outcomes if (p := o.project(name)) is not None), None)

    def unfinished(self, name: str) -> frozenset[str] | None:
        """The addresses of a project that applies since the last success left unfinished.

        None where one of them never said how far it came: that may be any address.
        """
        found: set[str] = set()
        for entry in self.entries:
            if entry.state is EntryState.SUCCEEDED:
                break
            if entry.outcome is None:
                return None
            project = entry.outcome.project(name)
            found.update(project.unfinished if project else ())
        return frozenset(found)


def payload(entry: Entry) -> dict[str, JsonValue]:
    """The deployment's payload for an apply that is about to start."""
    return {
        "format": FORMAT,
        "tree": entry.tree,
        "pull_requests": list(entry.pull_requests),
        "digest": entry.digest,
        "actor": entry.actor,
        "run": entry.run,
        "attempt": entry.attempt,
        "who": entry.who,
        **({"overridden_by": entry.overridden_by} if entry.overridden_by else {}),
        **({"approved_by": entry.approved_by} if entry.approved_by else {}),
        **({"new_states": list(entry.new_states)} if entry.new_states else {}),
        **({"hotfixes": list(entry.hotfixes), "hotfix_by": entry.hotfix_by} if entry.hotfixes else {}),
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


# --- the stored form of an outcome -----------------------------------------------------------


def outcome_document(outcome: Outcome) -> dict[str, JsonValue]:
    """An outcome as JSON: what is stored, and what a proof of it is about."""
    return {
        "format": OUTCOME_FORMAT,
        "deployment": outcome.deployment,
        "succeeded": outcome.succeeded,
        "converged": outcome.converged,
        "counts": list(outcome.counts),
        "interrupted": outcome.interrupted,
        "final": outcome.final,
        "projects": [
            {
                "project": p.project,
                "terraform": p.terraform_version,
                "lock": p.lock_digest,
                "unfinished": list(p.unfinished),
                "created_keys": list(p.created_keys),
                "resources": [
                    [r.address, r.action, r.state.value, str(round(r.seconds, 1)), r.error]
                    for r in p.resources
                ],
            }
            for p in outcome.projects
        ],
    }


def _resources(outcome: Outcome, change: Callable[[ResourceOutcome], ResourceOutcome | None]) -> Outcome:
    return replace(
        outcome,
        projects=tuple(
            replace(p, resources=tuple(r for o in p.resources if (r := change(o)) is not None))
            for p in outcome.projects
        ),
    )


def _smaller(outcome: Outcome) -> Iterator[Outcome]:
    """The same outcome with less and less in it: what the next apply needs goes last."""
    yield outcome
    short = _resources(outcome, lambda r: replace(r, error=r.error[:80]))
    yield short
    yield _resources(short, lambda r: None if r.state is ResourceState.DONE else r)
    bare = _resources(outcome, lambda _: None)
    yield bare
    yield replace(bare, projects=tuple(replace(p, unfinished=()) for p in bare.projects))


def pack_outcome(outcome: Outcome, limit: int) -> str:
    """The stored form, at most `limit` characters where that is possible.

    Where even the unfinished addresses do not fit, the next apply gets no relaxation for them and may
    need a new approval.
    """
    text = ""
    for smaller in _smaller(outcome):
        text = json_in_comment(outcome_document(smaller))
        if len(text) <= limit:
            break
    return text


def unpack_outcome(text: str) -> Outcome | None:
    """Read what `pack_outcome` wrote; None for a text that is damaged or of another version."""
    try:
        document = as_object(json.loads(text))
    except (ValueError, RecursionError):
        return None
    number, counts = document.get("deployment"), _counts(document.get("counts"))
    if document.get("format") != OUTCOME_FORMAT or counts is None:
        return None
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    converged = document.get("converged")
    return Outcome(
        number,
        document.get("succeeded") is True,
        converged if isinstance(converged, bool) else None,
        counts,
        tuple(_project(as_object(value)) for value in as_list(document.get("projects"))),
        document.get("interrupted") is True,
        document.get("final") is True,
    )


def _counts(value: JsonValue) -> tuple[int, int, int] | None:
    found = [n for n in as_list(value) if isinstance(n, int) and not isinstance(n, bool) and n >= 0]
    return (found[0], found[1], found[2]) if len(found) == 3 else None


def _project(item: dict[str, JsonValue]) -> ProjectOutcome:
    return ProjectOutcome(
        as_text(item.get("project")),
        as_text(item.get("terraform")),
        as_text(item.get("lock")),
        tuple(as_text(a) for a in as_list(item.get("unfinished"))),
        tuple(as_text(k) for k in as_list(item.get("created_keys"))),
        tuple(r for value in as_list(item.get("resources")) if (r := _resource(as_list(value))) is not None),
    )


def _resource(parts: list[JsonValue]) -> ResourceOutcome | None:
    if len(parts) != 5 or as_text(parts[2]) not in tuple(ResourceState):
        return None
    address, action, state, seconds, error = map(as_text, parts)
    try:
        took = float(seconds)
    except ValueError:
        took = 0.0
    return ResourceOutcome(address, action, ResourceState(state), took, error)
