"""The promotion order, judged by content (D5): a change climbs only when it works directly below.

The facts are read in commands/verdict.py; here they become a verdict, with every reason at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from gitops_bot.core.content import Comparison
from gitops_bot.core.environments import Environment, Project, PromotionRules
from gitops_bot.core.ledger import Entry, EntryState, Ledger
from gitops_bot.core.report import (
    Allowed,
    Blocked,
    BlockReason,
    Note,
    Proven,
    Reason,
    Verdict,
    VerdictNote,
)
from gitops_bot.core.times import read_time

SNAPSHOT_PREFIX, ROLLBACK_PREFIX, BACKFLOW_PREFIX = "promote/", "rollback/", "backflow/"
MAX_FILES = 20
"""How many files a reason names; its fact `count` counts all of them."""


# --- the branches the bot makes --------------------------------------------------------------


def snapshot_branch(below: str, environment: str) -> str:
    """The branch that carries a snapshot of one environment to the next."""
    return f"{SNAPSHOT_PREFIX}{below}-to-{environment}"


def rollback_branch(environment: str, commit: str) -> str:
    """The branch that brings back the content of an earlier commit of an environment."""
    return f"{ROLLBACK_PREFIX}{environment}-to-{commit[:12]}"


def backflow_branch(number: int, environment: str) -> str:
    """The branch that brings the hotfix of a pull request down into a lower environment."""
    return f"{BACKFLOW_PREFIX}{number}-to-{environment}"


def hotfix_brought_down(head_branch: str, environment: str) -> int:
    """The number of the hotfix that a branch of `backflow_branch` brings into an environment, else 0."""
    found = re.fullmatch(rf"{BACKFLOW_PREFIX}([1-9][0-9]{{0,8}})-to-(.+)", head_branch, re.DOTALL)
    return int(found[1]) if found is not None and found[2] == environment else 0


def is_rollback_of(head_branch: str, environment: str) -> bool:
    """Whether a branch has the form of `rollback_branch` for an environment."""
    found = re.fullmatch(rf"{ROLLBACK_PREFIX}(.+)-to-[0-9a-f]{{12}}", head_branch, re.DOTALL)
    return found is not None and found[1] == environment


def comes_from(head_branch: str, below: Environment, environment: Environment) -> bool:
    """Whether a pull request's branch is the one below, or the snapshot of it."""
    return head_branch in (below.branch, snapshot_branch(below.name, environment.name))


# --- the facts -------------------------------------------------------------------------------


class Period(Struct, frozen=True):
    """The time that one applied content stood in an environment without interruption.

    `entry` is its newest successful apply. `since` is when the first of them ended (None: not known), and
    `until` when the next apply of another content began (None: it still stands).
    """

    entry: Entry
    since: datetime | None
    until: datetime | None = None


class Standing(Struct, frozen=True):
    """What is known of the environment below.

    `period` is that of the content a candidate was compared with, None where nothing is applied. `drifted`
    is what the newest look for drift found, None where nobody looked. `older` is the period of an earlier
    content that the candidate equals as a whole.
    """

    environment: Environment
    ledger: Ledger
    period: Period | None = None
    drifted: bool | None = None
    older: Period | None = None


class Hotfix(Struct, frozen=True):
    """A pull request has the hotfix label. `by` are those whose approval lets it through, maybe nobody."""

    by: tuple[str, ...] = ()


class Coming(Struct, frozen=True):
    """What comes in, besides its content.

    `at` is when it had to be what is applied below: now for a pull request, the merge for an apply.
    `hotfix` is None without the label. `backflow_of` names the higher environment whose hotfix this is, as a
    whole, else "". `frozen` is the environment's freeze, where nobody lifted it.
    """

    head_branch: str
    at: datetime
    hotfix: Hotfix | None = None
    backflow_of: str = ""
    frozen: BlockReason | None = None
    notes: tuple[VerdictNote, ...] = ()


# --- the verdict -----------------------------------------------------------------------------


def judge(
    environment: Environment, standing: Standing | None, comparison: Comparison, coming: Coming, now: datetime
) -> Verdict:
    """May this content come into `environment`?

    `standing` is that of the environment below, None for the lowest, into which anything may. Into a higher
    one only what is applied below, completely or (`promotion.partial`) in every file that it changes; a
    hotfix that people named for it let through; or the way back of one. A freeze stops them all.
    """
    freeze = (coming.frozen,) if coming.frozen is not None else ()
    if standing is None:
        return Blocked(freeze, coming.notes) if freeze else Allowed(notes=coming.notes)
    notes = (*_ignored(comparison), *coming.notes)
    below = standing.environment
    allowed: Allowed | None
    reasons: tuple[BlockReason, ...] = ()
    if comparison.changed:
        found = _proven(environment.promotion, standing, comparison, coming)
        allowed = found and Allowed(below.name, found[1].entry.commit, found[0], notes)
        reasons = tuple(_reasons(environment, standing, comparison, coming, found, now))
    else:
        allowed = Allowed(below.name, "", Proven.UNCHANGED, notes)
    if reasons or allowed is None:
        if coming.backflow_of:
            allowed = Allowed(coming.backflow_of, "", Proven.BACKFLOW, notes, instead_of=reasons)
        elif coming.hotfix is not None and coming.hotfix.by:
            allowed = Allowed(below.name, "", Proven.HOTFIX, notes, by=coming.hotfix.by, instead_of=reasons)
        else:
            return Blocked((*reasons, *freeze), (*notes, *_asked(environment, coming)))
    return Blocked(freeze, notes) if freeze else allowed


def _proven(
    rules: PromotionRules, standing: Standing, comparison: Comparison, coming: Coming
) -> tuple[Proven, Period] | None:
    """How the content is proven and by which time below, None where it is not applied there."""
    period, older = standing.period, standing.older
    if period is not None and _stood(period, coming.at):
        if comparison.exact:
            return Proven.EXACT, period
        if rules.partial and not (comparison.waiting or comparison.foreign):
            return Proven.PARTIAL, period
    # What came there only after the merge, and stands no more, was neither shown nor asked for.
    stood = older is not None and _stood(older, coming.at) and _came(older, coming.at)
    if older is not None and (rules.allow_older or stood):
        return Proven.OLDER, older
    return None


def _stood(period: Period, at: datetime) -> bool:
    return period.until is None or at < period.until


def _came(period: Period, at: datetime) -> bool:
    return period.since is not None and period.since <= at


def _reasons(
    environment: Environment,
    standing: Standing,
    comparison: Comparison,
    coming: Coming,
    found: tuple[Proven, Period] | None,
    now: datetime,
) -> Iterable[BlockReason]:
    rules, below = environment.promotion, standing.environment
    facts = {"environment": environment.name, "below": below.name}
    newest = standing.ledger.newest
    if newest is not None and newest.state is not EntryState.SUCCEEDED and _concerns(newest, found, coming):
        yield _reason(Reason.BROKEN_BELOW, **facts, commit=newest.commit, state=newest.state.value)
    if found is None:
        yield from _unproven(environment, standing, comparison, coming)
    period = found[1] if found is not None else standing.period
    if period is None or not (found is not None or _of_below(environment, standing, comparison, coming)):
        return
    entry = period.entry
    if rules.require_converged and entry.converged is not True:
        yield _reason(Reason.NOT_CONVERGED_BELOW, **facts, commit=entry.commit)
    if standing.drifted and period.until is None:
        yield _reason(Reason.DRIFTED_BELOW, **facts, commit=entry.commit)
    if rules.soak:
        yield from _soaking(rules.soak, period, now, facts)


def _concerns(newest: Entry, found: tuple[Proven, Period] | None, coming: Coming) -> bool:
    """Whether an apply below that did not succeed speaks against the content.

    One that began after the merge, with another content, does not: what was merged had worked before it.
    """
    began = read_time(newest.at)
    if found is None or began is None:
        return True
    return began <= coming.at or newest.tree == found[1].entry.tree


def _of_below(environment: Environment, standing: Standing, comparison: Comparison, coming: Coming) -> bool:
    """Whether some of it comes from below at all, so that what is wrong there concerns it."""
    return bool(comparison.proven) or comes_from(coming.head_branch, standing.environment, environment)


def _soaking(soak: int, period: Period, now: datetime, facts: dict[str, str]) -> Iterable[BlockReason]:
    """Content that stands no longer and did not stand long enough never gets there."""
    commit = period.entry.commit
    if period.since is None:
        yield _reason(Reason.SOAKING, **facts, commit=commit, soak=str(soak))
        return
    ripe = period.since + timedelta(seconds=soak)
    if period.until is not None and period.until < ripe:
        ended = _moment(period.until)
        yield _reason(Reason.SOAKING, **facts, commit=commit, soak=str(soak), ended=ended)
    elif now < ripe:
        yield _reason(Reason.SOAKING, **facts, commit=commit, soak=str(soak), until=_moment(ripe))


def _moment(time: datetime) -> str:
    return time.isoformat(timespec="seconds")


def _unproven(
    environment: Environment, standing: Standing, comparison: Comparison, coming: Coming
) -> Iterable[BlockReason]:
    """Why the content is not what is applied below, file by file."""
    below, period = standing.environment, standing.period
    facts = {"environment": environment.name, "below": below.name, "source": coming.head_branch}
    from_below = comes_from(coming.head_branch, below, environment)
    if period is None:
        missing = Reason.NOT_APPLIED_BELOW if from_below else Reason.SKIPS_ENVIRONMENT
        yield _reason(missing, **facts)
        return
    facts["commit"] = period.entry.commit
    if standing.older is not None:
        older = standing.older.entry
        yield _reason(Reason.OLDER_BELOW, **facts, older=older.commit, at=older.at)
        return
    if comparison.exact:  # it was not what stood there at the time that counts
        yield _reason(Reason.NOT_APPLIED_BELOW, **facts)
        return
    if comparison.waiting:
        yield _files(Reason.NOT_APPLIED_BELOW, comparison.waiting, facts)
    skips = not from_below and not comparison.proven and not comparison.waiting
    if comparison.foreign:
        foreign = Reason.SKIPS_ENVIRONMENT if skips else Reason.NOT_FROM_SOURCE
        yield _files(foreign, comparison.foreign, facts)
    if comparison.kept:
        yield _files(Reason.BEHIND_TARGET, comparison.kept, facts)
    if comparison.missing and not skips and not environment.promotion.partial:
        yield _files(Reason.PARTIAL_PROMOTION, comparison.missing, facts)


def _reason(reason: Reason, **facts: str) -> BlockReason:
    return BlockReason(reason, tuple(facts.items()))


def _files(reason: Reason, paths: tuple[str, ...], facts: dict[str, str]) -> BlockReason:
    return BlockReason(reason, (*facts.items(), *file_facts(paths)))


def file_facts(paths: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The facts `files`, one path per line, and `count`, of all of them."""
    named = "\n".join(readable(path) for path in paths[:MAX_FILES])
    return (("files", named), ("count", str(len(paths))))


def readable(path: str) -> str:
    """A path as text that can be written anywhere: git's bytes that are no UTF-8 and line ends escaped."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in path)


# --- notes -----------------------------------------------------------------------------------


def _ignored(comparison: Comparison) -> tuple[VerdictNote, ...]:
    if not comparison.ignored:
        return ()
    return (VerdictNote(Note.IGNORED, file_facts(comparison.ignored)),)


def _asked(environment: Environment, coming: Coming) -> tuple[VerdictNote, ...]:
    if coming.hotfix is None or environment.hotfix is None:
        return ()
    by = ", ".join(environment.hotfix.by)
    return (VerdictNote(Note.HOTFIX_ASKED, (("environment", environment.name), ("by", by))),)


def unused_below(
    projects: Sequence[Project], environment: str, below: str, changed: Iterable[str]
) -> tuple[VerdictNote, ...]:
    """A note on the changed files that only the upper environment reads, such as `envs/prod.tfvars`.

    They are var files and backend configuration whose names differ by environment, each looked up in the
    project's folder first, then from the root; and what is in a folder that differs by environment.
    """
    here, there = (_read_by(projects, name) for name in (environment, below))
    paths = set(changed)
    own = [(_folder(p, environment), _folder(p, below)) for p in projects if "{environment}" in p.dir]
    inside = {p for p in paths if any(p.startswith(up) and not p.startswith(low) for up, low in own)}
    found = tuple(sorted((paths & here | inside) - there))
    if not found:
        return ()
    facts = (("environment", environment), ("below", below), *file_facts(found))
    return (VerdictNote(Note.UNUSED_BELOW, facts),)


def _folder(project: Project, environment: str) -> str:
    return f"{project.placed(environment).dir}/"


def _read_by(projects: Sequence[Project], environment: str) -> set[str]:
    found: set[str] = set()
    for project in (p.placed(environment) for p in projects):
        for text in (*project.var_files, *project.backend_config):
            for phase in ("plan", "apply"):
                name = text.replace("{environment}", environment).replace("{phase}", phase)
                found |= {name, name if project.dir == "." else f"{project.dir}/{name}"}
    return found
