"""Drift: what a plan of the applied commit found, in a check run on that commit.

A dispatched `plan` on an environment's branch writes it; the promotion out of that environment reads it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from gitops_bot.commands.checks import drift_check
from gitops_bot.commands.effects import Effects, RunFacts
from gitops_bot.commands.ledger import Book, prover, read_ledger
from gitops_bot.commands.provenance import check_ledger_proof
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import GitopsBotError
from gitops_bot.core.events import Command
from gitops_bot.core.json_values import canonical
from gitops_bot.core.ledger import Entry, EntryState
from gitops_bot.core.provenance import NotProven, ProvenanceMode, ledger_audience, proof_text, read_proof
from gitops_bot.core.report import RunStatus
from gitops_bot.core.times import read_time
from gitops_bot.ports import CheckRun, Conclusion

MAX_DELAY = 900
"""Seconds that a proof may be older or younger than its check run says: one is not used for another look."""


def drift_of(book: Book, applied: Entry) -> CheckRun | None:
    """The newest look for drift since an apply that counts; None where nobody looked.

    What was found before the apply is over: it put right what had drifted. The look says NEUTRAL where
    something drifted, SUCCESS where nothing did. That something drifted is believed without a proof, since
    it only stops; that nothing did is not where proofs are required.
    """
    name = drift_check(book.environment.name)
    since = read_time(applied.ended_at or applied.at)
    checks = book.effects.host.check_runs_named(applied.commit, name)
    looks = tuple(c for c in checks if not _before(c, since))
    for check in looks:
        if check.conclusion is Conclusion.NEUTRAL:
            return check
        if check.conclusion is Conclusion.SUCCESS and _holds(check, book):
            # Its proof says when it was made; a check run that shows it once more may be newer than it.
            at = read_time(check.completed_at)
            later = (c for c in looks if c.conclusion is Conclusion.NEUTRAL and _after(c, at))
            return next(later, check)
    return None


def _before(check: CheckRun, time: datetime | None) -> bool:
    at = read_time(check.completed_at)
    return time is not None and at is not None and at < time


def _after(check: CheckRun, time: datetime | None) -> bool:
    at = read_time(check.completed_at)
    return time is not None and at is not None and at > time


def drifted(book: Book, applied: Entry) -> bool | None:
    """Whether an environment drifted since an apply; None where nobody looked."""
    found = drift_of(book, applied)
    return None if found is None else found.conclusion is Conclusion.NEUTRAL


def record_drift(book: Book, commit: str, status: RunStatus, summary: str, run_url: str) -> None:
    """Write what a plan of an applied commit found. A plan that failed found nothing and is not recorded."""
    if status not in (RunStatus.PLANNED, RunStatus.NO_CHANGES):
        return
    clean = status is RunStatus.NO_CHANGES
    proof = prover(book)(_audience(book, commit)) if clean else None
    book.effects.host.write_check_run(
        CheckRun(
            drift_check(book.environment.name),
            commit,
            Conclusion.SUCCESS if clean else Conclusion.NEUTRAL,
            "No drift" if clean else "Drifted: a plan of what is applied shows changes",
            summary,
            proof_text(proof),
            "",
            run_url,
        )
    )


def look_for_drift(environment: Environment, settings: Settings, effects: Effects, facts: RunFacts) -> bool:
    """Dispatch `plan` where the head is applied and nobody looked for `drift.every`; whether all went well.

    A scheduled run holds no identity that could plan there itself (D14).
    """
    if not settings.drift_every:
        return True
    book = Book(environment, settings.approval, effects)
    try:
        newest = read_ledger(book).newest
        head = effects.host.branch_head(environment.branch)
        if newest is None or newest.state is not EntryState.SUCCEEDED or newest.commit != head:
            return True
        found = drift_of(book, newest)
        looked = read_time(found.completed_at if found is not None else newest.ended_at or newest.at)
        if looked is not None and effects.clock() - looked < timedelta(seconds=settings.drift_every):
            return True
        inputs = {"command": Command.PLAN.value, "environment": environment.name}
        effects.host.dispatch_workflow(facts.workflow, environment.branch, inputs)
    except GitopsBotError as error:
        effects.step.log(f"{environment.name}: nobody looks for drift now: {error}")
        return False
    effects.step.log(f"{environment.name}: dispatched `plan` on {environment.branch}, to look for drift.")
    return True


def _audience(book: Book, commit: str) -> str:
    stated = canonical(("gitops-bot no drift", 1, book.environment.name, commit))
    return ledger_audience(hashlib.sha256(stated).hexdigest())


def _holds(check: CheckRun, book: Book) -> bool:
    if book.mode is ProvenanceMode.NONE:
        return True
    proof = read_proof(check.text)
    if proof is None:
        return book.mode is ProvenanceMode.PREFERRED
    try:
        issued = check_ledger_proof(
            proof, _audience(book, check.commit), book.environment, book.approval, book.effects
        )
    except NotProven:
        return False
    at = read_time(check.completed_at)
    return issued is None or (at is not None and abs(at.timestamp() - issued) <= MAX_DELAY)
