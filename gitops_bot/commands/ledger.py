"""Read and write the ledger, which lives in GitHub deployments and in the applied commits' check runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from gitops_bot.commands.checks import apply_check, read_outcome
from gitops_bot.commands.effects import Effects
from gitops_bot.commands.provenance import check_ledger_proof
from gitops_bot.core.environments import ApprovalSettings, Environment
from gitops_bot.core.errors import GitopsBotError, RunFailed
from gitops_bot.core.json_values import JsonValue, as_list, as_object, as_text
from gitops_bot.core.ledger import (
    END_UNKNOWN,
    TASK,
    Entry,
    EntryState,
    Ledger,
    Outcome,
    payload,
    read_converged,
    unpack_outcome,
)
from gitops_bot.core.provenance import (
    NotProven,
    Proof,
    ProvenanceMode,
    ledger_audience,
    ledger_digest,
    proof_from_json,
    proof_json,
    read_proof,
)
from gitops_bot.core.times import read_time, written
from gitops_bot.ports import Deployment, DeploymentState, DeploymentStatus

MAX_ENTRIES = 100
"""How far back a run looks for the last success. Beyond that it stops: to go on without one would
count every approval ever given."""
MAX_LOOKED = 10 * MAX_ENTRIES
"""The same with those that do not count: anybody can write some, which must not hide the last success."""
MAX_DELAY = 900
"""Seconds between a proof of an entry and the entry itself, both by GitHub's clock. The request is
repeated for a minute at most; a proof that is used again later opens no entry."""

_ENDS = {
    DeploymentState.SUCCESS: EntryState.SUCCEEDED,
    DeploymentState.FAILURE: EntryState.FAILED,
    DeploymentState.ERROR: EntryState.FAILED,
}


class Book(Struct, frozen=True):
    """One environment's ledger, and what its entries must come with to count."""

    environment: Environment
    approval: ApprovalSettings
    effects: Effects

    @property
    def mode(self) -> ProvenanceMode:
        """What becomes of an entry without a proof."""
        return self.approval.provenance


def read_ledger(book: Book) -> Ledger:
    """An environment's applies, newest first, back to the last success.

    Raises `RunFailed` when there are too many, or when the keys to check a proof with cannot be had.
    """
    entries: list[Entry] = []
    unproven = on_trust = 0
    for looked, deployment in enumerate(_deployments(book)):
        if len(entries) == MAX_ENTRIES or looked == MAX_LOOKED:
            raise RunFailed(
                f"No success was found in {book.environment.name}: {len(entries)} applies failed or have no "
                f"end, and {unproven} entries do not count, since nothing proves which run made them.",
                "Repair the environment, then delete those deployments of the task gitops-bot:apply.",
            )
        started = _started(deployment, book)
        if started is None:
            unproven += 1
            continue
        entry = _with_end(deployment, book)
        on_trust += started == ""
        entries.append(entry)
        if entry.state is EntryState.SUCCEEDED:
            break
    return Ledger(tuple(entries), unproven, on_trust)


def newest_success(book: Book) -> Entry | None:
    """The newest success among an environment's newest applies, however many of those do not count."""
    for deployment in islice(_deployments(book), MAX_LOOKED):
        if _started(deployment, book) is not None:
            entry = _with_end(deployment, book)
            if entry.state is EntryState.SUCCEEDED:
                return entry
    return None


def was_applied(book: Book, tree: str) -> bool:
    """Whether content with this tree was ever applied successfully in an environment."""
    for deployment in islice(_deployments(book), MAX_LOOKED):
        if as_text(deployment.payload.get("tree")) != tree or _started(deployment, book) is None:
            continue
        if _with_end(deployment, book).state is EntryState.SUCCEEDED:
            return True
    return False


def announced(book: Book, limit: int) -> Iterator[Deployment]:
    """Of the newest `limit` applies those that count, newest first, as announced: how they ended is not
    asked (`with_end`), so it takes one request for a hundred."""
    return (d for d in islice(_deployments(book), limit) if _started(d, book) is not None)


def with_end(book: Book, deployment: Deployment) -> Entry:
    """The entry of an apply with what came of it, as far as that counts; two requests."""
    return _with_end(deployment, book)


def started_as(book: Book, who: str, limit: int) -> Iterator[tuple[Entry, Deployment, bool]]:
    """Of the newest `limit` applies those that count and ran as `who`, newest first, as announced; and
    whether anything but trust speaks for each."""
    for deployment in islice(_deployments(book), limit):
        entry = _opened(deployment)
        shown_by = _started(deployment, book) if entry.who == who else None
        if shown_by is not None:
            yield entry, deployment, shown_by != ""


def outcome_of(book: Book, deployment: Deployment) -> Outcome | None:
    """What came of an apply in full, None where no record of that counts."""
    return _outcome(deployment, book)[0]


def _deployments(book: Book) -> Iterator[Deployment]:
    return book.effects.host.deployments(book.environment.name, TASK)


# --- what counts -----------------------------------------------------------------------------


def _started(deployment: Deployment, book: Book) -> str | None:
    """What shows that a run of ours opened this entry, "" for nothing; None when it does not count."""
    if book.mode is ProvenanceMode.NONE:
        return "none"
    proof = proof_from_json(deployment.payload.get("proof"))
    if proof is None:
        return None if book.mode is ProvenanceMode.REQUIRED else ""
    digest = ledger_digest(book.environment.name, deployment.commit, deployment.payload)
    try:
        issued = check_ledger_proof(
            proof, ledger_audience(digest), book.environment, book.approval, book.effects
        )
    except NotProven:
        return None
    opened = read_time(deployment.created_at)
    if issued is not None and (opened is None or abs(opened.timestamp() - issued) > MAX_DELAY):
        return None  # an old entry's payload, copied into a new one
    return proof.kind


def _with_end(deployment: Deployment, book: Book) -> Entry:
    statuses = book.effects.host.deployment_statuses(deployment.id)
    # A success marks older ones inactive: the history tells how each ended, the newest status does not.
    end = next((s for s in statuses if s.state in _ENDS), None)
    entry = replace(_opened(deployment), closed=end is not None, ended_at=end.at if end else "")
    outcome, issued = _outcome(deployment, book)
    if outcome is not None:
        state = EntryState.SUCCEEDED if outcome.succeeded else EntryState.FAILED
        entry = replace(entry, state=state, converged=outcome.converged, outcome=outcome)
        # Statuses need no proof: one that is added later would move the end.
        return (
            entry if issued is None else replace(entry, ended_at=written(datetime.fromtimestamp(issued, UTC)))
        )
    if end is None or book.mode is ProvenanceMode.REQUIRED:
        return entry  # a status alone proves nothing: anybody with `deployments: write` adds one
    return replace(entry, state=_ENDS[end.state], converged=read_converged(end.description))


def _opened(deployment: Deployment) -> Entry:
    data = deployment.payload
    attempt = data.get("attempt")
    return Entry(
        deployment.id,
        deployment.commit,
        as_text(data.get("tree")),
        EntryState.RUNNING,
        None,
        deployment.created_at,
        _numbers(data.get("pull_requests")),
        as_text(data.get("digest")),
        as_text(data.get("actor")),
        as_text(data.get("run")),
        as_text(data.get("overridden_by")),
        attempt if isinstance(attempt, int) and not isinstance(attempt, bool) else 1,
        as_text(data.get("who")),
        as_text(data.get("approved_by")),
        tuple(as_text(n) for n in as_list(data.get("new_states"))),
        hotfixes=_numbers(data.get("hotfixes")),
        hotfix_by=as_text(data.get("hotfix_by")),
    )


def _numbers(value: JsonValue) -> tuple[int, ...]:
    return tuple(n for n in as_list(value) if isinstance(n, int) and not isinstance(n, bool))


def _outcome(deployment: Deployment, book: Book) -> tuple[Outcome | None, int | None]:
    """What the applied commit's check runs say of this entry, if that counts; and when the token that
    proves it was issued, in seconds since 1970, None where no token does.

    The newest that is proven; one on trust only where none is.
    """
    on_trust = None
    for check in book.effects.host.check_runs_named(deployment.commit, apply_check(book.environment.name)):
        if check.external_id != outcome_reference(deployment.id):
            continue
        stored = read_outcome(check)
        outcome = unpack_outcome(stored)
        if outcome is None or outcome.deployment != deployment.id:
            continue
        if book.mode is ProvenanceMode.NONE:
            return outcome, None
        proof = read_proof(check.text)
        if proof is None:
            on_trust = on_trust or outcome
            continue
        with suppress(NotProven):
            return outcome, _proven(proof, stored, deployment, book)
    return (on_trust if book.mode is ProvenanceMode.PREFERRED else None), None


def _proven(proof: Proof, stored: str, deployment: Deployment, book: Book) -> int | None:
    """When the token was issued, None for an HMAC that holds. Raises `NotProven`."""
    audience = outcome_audience(book.environment.name, deployment, stored)
    return check_ledger_proof(proof, audience, book.environment, book.approval, book.effects)


def outcome_audience(environment: str, deployment: Deployment, stored: str) -> str:
    """The audience of a token that proves the outcome with this stored text."""
    document: JsonValue = as_object(json.loads(stored))
    return ledger_audience(ledger_digest(environment, deployment.commit, deployment.payload, document))


def outcome_reference(deployment_id: int) -> str:
    """The apply check's external id: the ledger's entry it belongs to."""
    return f"deployment:{deployment_id}"


# --- writing ---------------------------------------------------------------------------------


def prover(book: Book) -> Callable[[str], Proof | None]:
    """How this run proves what it says. Where no proof can be had there is none: whether the statement
    counts without is for its reader to say."""

    def prove(audience: str) -> Proof | None:
        if book.mode is ProvenanceMode.NONE:
            return None
        try:
            return book.effects.witness.prove(audience)
        except GitopsBotError as error:
            book.effects.step.log(f"There is no proof of this run: {error}")
            return None

    return prove


def open_entry(book: Book, entry: Entry) -> Deployment:
    """Record that an apply starts. Nothing is applied before this has succeeded."""
    name, stated = book.environment.name, payload(entry)
    proof = proof_json(prover(book)(ledger_audience(ledger_digest(name, entry.commit, stated))))
    if proof is None and book.mode is ProvenanceMode.REQUIRED:
        # No later run would count this entry, and what it left half-done would be nobody's.
        raise RunFailed(
            f"{name}: this run has no proof for its ledger entry, and approval.provenance is required. "
            "Nothing was applied.",
            "Give the job `id-token: write`, or run it again if GitHub's token service failed.",
        )
    if proof is not None:
        stated["proof"] = proof
    return book.effects.host.create_deployment(
        Deployment(0, name, entry.commit, TASK, stated, "", "gitops-bot apply")
    )


def mark_in_progress(book: Book, deployment: Deployment, run_url: str) -> None:
    """Say in the entry that its apply is under way."""
    status = DeploymentStatus(DeploymentState.IN_PROGRESS, "applying", run_url)
    book.effects.host.add_deployment_status(deployment, status)


def close_entry(book: Book, deployment: Deployment, succeeded: bool, description: str, run_url: str) -> None:
    """Record how an apply ended."""
    state = DeploymentState.SUCCESS if succeeded else DeploymentState.FAILURE
    book.effects.host.add_deployment_status(deployment, DeploymentStatus(state, description, run_url))


def end_unknown(book: Book, deployment: Deployment, run: str, run_url: str) -> None:
    """Record that an apply's run is over and that nothing was ever said of its end."""
    description = f"{END_UNKNOWN}; run {run} goes on from here"[:140]
    book.effects.host.add_deployment_status(
        deployment, DeploymentStatus(DeploymentState.ERROR, description, run_url)
    )


def opened_as(book: Book, entry: Entry) -> Deployment:
    """The deployment of an entry that was read."""
    return Deployment(entry.id, book.environment.name, entry.commit, TASK, {}, entry.at)
