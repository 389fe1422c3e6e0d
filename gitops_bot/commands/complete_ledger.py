"""Applies whose record is not whole: GitHub failed at the end of one, or its run never came to its end."""

from __future__ import annotations

from msgspec.structs import replace

from gitops_bot.commands.apply_run import ApplyRun
from gitops_bot.commands.ledger import close_entry, end_unknown, opened_as
from gitops_bot.core.errors import GitopsBotError
from gitops_bot.core.ledger import Entry, EntryState, Ledger, describe
from gitops_bot.core.report import RunStatus


def ledger_notice(ledger: Ledger) -> str:
    """What a reader should know of the ledger's proofs, "" for nothing."""
    said = []
    if ledger.unproven:
        said.append(
            f"{ledger.unproven} of the ledger's entries do not count: nothing proves which run made them."
        )
    if ledger.on_trust:
        said.append(f"Nothing proves which run made {ledger.on_trust} of the ledger's entries.")
    return " ".join(said)


def complete(run: ApplyRun, ledger: Ledger) -> tuple[str, ...]:
    """Write what is missing in the ledger; what the readers of this run should know of it.

    Best effort: an entry that stays open is met again by the next run. An outcome that was recorded in
    the check run alone closes its entry. One that was never recorded is closed as an error only when
    GitHub says that its run ended.
    """
    notices = []
    for entry in ledger.entries:
        if entry.outcome is not None and not entry.closed:
            _close(run, entry)
        elif entry.state is EntryState.RUNNING:
            # Where an end without a proof was written, the entry has one for GitHub and none for us.
            notices.append(_without_an_end(run, entry))
    return tuple(notices)


def _close(run: ApplyRun, entry: Entry) -> None:
    if entry.outcome is None:
        return
    description = describe(*entry.outcome.counts, entry.outcome.converged)
    try:
        close_entry(run.book, opened_as(run.book, entry), entry.outcome.succeeded, description, "")
    except GitopsBotError as error:
        run.say("The ledger could not be completed", error)
        return
    run.effects.step.log(f"{run.environment.name}: completed the record of {entry.commit[:12]}.")
    if entry.state is EntryState.SUCCEEDED:
        tell_again(run, entry)


def tell_again(run: ApplyRun, entry: Entry) -> None:
    """Tell the pull requests of a successful apply what they were not told then. Best effort."""
    if entry.outcome is None or not entry.pull_requests:
        return
    of_entry = replace(run, commit=entry.commit, notices=(), comments={})
    done = entry.outcome.counts[0]
    what = f"{done} resource{'' if done == 1 else 's'}" if done else "Nothing to change"
    report = of_entry.report(
        RunStatus.APPLIED,
        pull_requests=entry.pull_requests,
        message=f"Applied by an earlier run, whose report GitHub did not take: {what}.",
    )
    try:
        of_entry.comment(report, unless=RunStatus.APPLIED.value)
    except GitopsBotError as error:
        run.say("The pull requests could not be told", error)


def _without_an_end(run: ApplyRun, entry: Entry) -> str:
    """The sentence for readers; the entry is closed where its run has ended."""
    by = f" by run {entry.run}" if entry.run else ""
    start = f"The apply before this one, of {entry.commit[:12]}{by}, was never recorded as ended: "
    try:
        ended = _has_ended(run, entry)
        if ended and not entry.closed:
            end_unknown(run.book, opened_as(run.book, entry), run.facts.id, run.facts.url)
    except GitopsBotError as error:
        run.say("Whether the apply before this one still runs could not be found out", error)
        ended = None
    how = {
        True: "its run is over.",
        False: "its run still goes on.",
        None: "its runner vanished, or it still runs.",
    }[ended]
    return f"{start}{how} This plan is made on the state as that one left it."


def _has_ended(run: ApplyRun, entry: Entry) -> bool | None:
    """Whether the entry's run is over, None where that cannot be known. Raises what the host raises."""
    if entry.run == run.facts.id:
        # GitHub starts another attempt of a run only when the one before it is over.
        return True if entry.attempt < run.facts.attempt else None
    found = run.effects.host.workflow_run(entry.run, entry.attempt) if entry.run else None
    return found.ended if found is not None else None
