"""Random histories of promotions in memory, beside a record of them in plain dictionaries.

`Played` plays steps through the product's verdicts. What they must be is worked out in `Past`, which knows
neither the product's comparison nor its ledger, only which files an apply put where, when, and how it ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from pathlib import Path
from random import Random
from typing import TypeAlias

from msgspec.structs import replace

from gitops_bot.commands.compare import merged_in
from gitops_bot.commands.drift import record_drift
from gitops_bot.commands.effects import Effects
from gitops_bot.commands.ledger import Book, close_entry, open_entry, read_ledger
from gitops_bot.commands.verdict import Incoming, judge_apply, judge_pull_request
from gitops_bot.core.environments import (
    ApprovalSettings,
    Environment,
    HotfixRules,
    Project,
    PromotionRules,
    Settings,
)
from gitops_bot.core.ledger import Entry, EntryState, describe
from gitops_bot.core.provenance import ProvenanceMode
from gitops_bot.core.report import Allowed, Blocked, Proven, Reason, RunStatus, Verdict
from gitops_bot.core.reviews import Review, ReviewState
from gitops_bot.ports import PullRequest
from tests.kit.histories.memory import Recorder
from tests.kit.world import Clock, World

Files: TypeAlias = Mapping[str, str]
NAMES = ("low", "mid", "top")
PATHS = ("a", "b", "c", "envs/x")
IGNORED = "envs/x"
METHODS = ("merge", "squash", "rebase", "fast-forward")
OF_BELOW = {Reason.BROKEN_BELOW, Reason.NOT_CONVERGED_BELOW, Reason.DRIFTED_BELOW, Reason.SOAKING}


class Kind(IntEnum):
    """What happens in a step."""

    CHANGE = 0
    PROMOTE = 1
    PART = 2
    APPLY = 3
    FAIL = 4
    DRIFT = 5
    WAIT = 6
    HOTFIX = 7
    DOWN = 8


Step: TypeAlias = tuple[Kind, int, int, int]


WEIGHTS = {
    Kind.CHANGE: 4, Kind.PROMOTE: 6, Kind.PART: 3, Kind.APPLY: 9, Kind.FAIL: 1, Kind.DRIFT: 1, Kind.WAIT: 2,
    Kind.HOTFIX: 1, Kind.DOWN: 1,
}  # fmt: skip


def history_of(seed: int, length: int) -> tuple[PromotionRules, list[Step]]:
    """The rules and steps of a seed."""
    dice = Random(seed)
    rules = PromotionRules(
        soak=dice.choice([0, 0, 3600]),
        require_converged=dice.random() < 0.7,
        partial=dice.random() < 0.4,
        ignore=dice.choice([(), ("envs/",)]),
        allow_older=dice.random() < 0.4,
    )
    kinds = dice.choices(list(WEIGHTS), list(WEIGHTS.values()), k=length)
    return rules, [(kind, dice.randrange(256), dice.randrange(256), dice.randrange(256)) for kind in kinds]


class StillClock(Clock):
    """It goes on only when it is told to."""

    def __call__(self) -> datetime:
        return self.now

    def forward(self, minutes: int) -> None:
        """So many minutes pass."""
        self.now += timedelta(minutes=minutes)


# --- what was applied, in plain dictionaries -------------------------------------------------


@dataclass
class Stood:
    """One apply: the files it put there, when it began and ended, and how."""

    files: Files
    began: datetime
    ended: datetime
    succeeded: bool
    converged: bool
    drifted: bool = False


@dataclass
class Past:
    """The applies in one environment, oldest first."""

    applies: list[Stood] = field(default_factory=list)

    @property
    def applied(self) -> Stood | None:
        """The newest that succeeded."""
        return next((a for a in reversed(self.applies) if a.succeeded), None)

    @property
    def broken(self) -> bool:
        """The newest did not succeed."""
        return bool(self.applies) and not self.applies[-1].succeeded

    def stood_at(self, time: datetime) -> list[Stood]:
        """What may have worked there at a time: the newest success before it, with nothing begun since."""
        before = [a for a in self.applies if a.began <= time]
        return before[-1:] if before and before[-1].succeeded and before[-1].ended <= time else []

    def since(self, files: Files, paths: frozenset[str]) -> datetime | None:
        """Since when what is applied has had these files at these paths, without interruption."""
        found = None
        for apply in reversed(self.applies):
            if not apply.succeeded or not same_at(paths, apply.files, files):
                break
            found = apply.ended
        return found


def same_at(paths: frozenset[str], one: Files, other: Files) -> bool:
    """Whether both have the same at these paths."""
    return all(one.get(p) == other.get(p) for p in paths)


def everything(ignore: bool) -> frozenset[str]:
    """The paths that count."""
    return frozenset(PATHS) - ({IGNORED} if ignore else set())


def speaks_against(
    below: Past, rules: PromotionRules, files: Files, paths: frozenset[str], now: datetime
) -> set[Reason]:
    """What is wrong below, for content whose files at these paths are what is applied there."""
    applied = below.applied
    assert applied is not None
    found = {Reason.BROKEN_BELOW} if below.broken else set()
    if rules.require_converged and not applied.converged:
        found.add(Reason.NOT_CONVERGED_BELOW)
    if applied.drifted:
        found.add(Reason.DRIFTED_BELOW)
    if rules.soak:
        stable = Past([a for a in below.applies if below.applies.index(a) <= below.applies.index(applied)])
        since = stable.since(files, paths)
        assert since is not None
        if now < since + timedelta(seconds=rules.soak):
            found.add(Reason.SOAKING)
    return found


# --- playing ---------------------------------------------------------------------------------


@dataclass
class Waiting:
    """What came into an environment since its last apply: what the verdict on each said, and its hotfixes'
    files."""

    verdicts: list[Verdict | None] = field(default_factory=list)
    hotfixes: dict[str, str | None] = field(default_factory=dict)
    merged_at: datetime | None = None


class Played:
    """A history. `counts` says what came about in it."""

    def __init__(self, rules: PromotionRules, counts: Counter[str]) -> None:
        self.rules, self.counts = rules, counts
        self.clock = StillClock()
        self.world = World(NAMES, self.clock)
        hotfix = HotfixRules(("olga",))
        self.environments = tuple(Environment(n, n, promotion=rules, hotfix=hotfix) for n in NAMES)
        approval = ApprovalSettings(provenance=ProvenanceMode.NONE)
        self.settings = Settings(self.environments, (Project("stack"),), approval=approval)
        self.world.host.permissions["olga"] = "write"
        start = self.world.commit("low", dict.fromkeys(PATHS, "0"))
        for name in NAMES[1:]:
            self.world.host.branches[name] = start
        self.past = {name: Past() for name in NAMES}
        self.waiting = {name: Waiting() for name in NAMES}
        self._branches = 0
        for environment in self.environments:
            self._record(environment, EntryState.SUCCEEDED, converged=True)

    @property
    def paths(self) -> frozenset[str]:
        """The paths that count."""
        return everything(bool(self.rules.ignore))

    def play(self, steps: list[Step]) -> None:
        """Play all steps."""
        for step in steps:
            self.clock.forward(1)
            self._play(*step)

    def _play(self, kind: Kind, a: int, b: int, c: int) -> None:
        environment = self.environments[a % 3]
        match kind:
            case Kind.CHANGE:
                self._change(self.environments[(0, 0, 0, 0, 1, 2)[a % 6]], b, c)
            case Kind.PROMOTE:
                self._promote(self.environments[1 + a % 2], b, c)
            case Kind.PART:
                self._part(self.environments[1 + a % 2], a // 2, b, c)
            case Kind.APPLY:
                self._apply(environment, converged=b % 5 != 0, anyway=c % 3 == 0)
            case Kind.FAIL:
                ends = (EntryState.FAILED, EntryState.RUNNING)[b % 2]
                self._record(environment, ends, converged=c % 3 != 0)
            case Kind.DRIFT:
                self._drift(environment, found=b % 2 == 0)
            case Kind.WAIT:
                self.clock.forward(30 + b % 60)
            case Kind.HOTFIX:
                self._hotfix(self.environments[1 + a % 2], b, c)
            case Kind.DOWN:
                self._down(b, c)

    # --- steps ---

    def _branch(self, start: str, files: Mapping[str, str | None]) -> str:
        self._branches += 1
        name = f"work-{self._branches}"
        self.world.commit(name, files, start)
        return name

    def _change(self, environment: Environment, b: int, c: int) -> None:
        """Somebody's own change of one or two files."""
        files = {PATHS[b % 4]: (None, "1", "2", "3")[c % 4], PATHS[c // 4 % 4]: str(c // 16 % 3)}
        branch = self._branch(self.world.head(environment.branch), files)
        self._bring(environment, branch, b // 4, red_too=c % 4 == 0)

    def _promote(self, into: Environment, b: int, c: int) -> None:
        """The branch below, or a commit that was applied there, newest or older."""
        below = self._below(into)
        branch = below.branch
        if c % 2:
            past = [e for e in self.world.host.kept_deployments if e.environment == below.name]
            branch = f"promote/{below.name}-to-{into.name}"
            self.world.host.branches[branch] = past[-1 - c // 2 % min(3, len(past))].commit
        self._bring(into, branch, b, red_too=b // 4 % 4 == 0)

    def _part(self, into: Environment, a: int, b: int, c: int) -> None:
        """Files as they are below, are applied there, or were before; maybe with another one."""
        below = self._below(into)
        applied = self.past[below.name].applied
        source = (
            self.world.files[self.world.head(below.branch)] if c % 3 == 0 or not applied else applied.files
        )
        chosen = [path for place, path in enumerate(PATHS) if (b >> place) & 1 or a % 3]
        files: dict[str, str | None] = {path: source.get(path) for path in chosen}
        if c // 3 % 6 == 0:
            files[PATHS[c // 12 % 4]] = "mine"
        branch = self._branch(self.world.head(into.branch), files)
        self._bring(into, branch, b // 16, red_too=c % 5 == 0)

    def _hotfix(self, into: Environment, b: int, c: int) -> None:
        path = PATHS[b % 4]
        branch = self._branch(self.world.head(into.branch), {path: f"hot {c % 3}"})
        number = self.world.open_pull_request(branch, into.branch)
        host = self.world.host
        host.label(number, "gitops-bot: hotfix", "anybody")
        approved = c // 3 % 4 != 0
        if approved:
            at = self.clock().isoformat()
            host.kept_reviews[number] = [Review("olga", ReviewState.APPROVED, host.pulls[number].head, at)]
        verdict = self._judge(number, into)
        if verdict is None:
            return
        changes = self.world.files[self.world.head(into.branch)].get(path) != f"hot {c % 3}"
        if approved:
            assert isinstance(verdict, Allowed), f"an approved hotfix is blocked: {verdict}"
        else:
            assert not (isinstance(verdict, Allowed) and verdict.proven is Proven.HOTFIX), (
                "nobody approved it"
            )
        before = self.world.head(into.branch)
        self._merge(number, into, METHODS[b // 4 % 3], verdict)
        if approved and changes and self.world.head(into.branch) != before:
            self.waiting[into.name].hotfixes[path] = f"hot {c % 3}"

    def _down(self, b: int, c: int) -> None:
        """A file of the highest environment, mostly as it is applied there, comes into the one below it."""
        mid, applied = self.environments[1], self.past["top"].applied
        assert applied is not None
        path = PATHS[b % 4]
        self._bring(
            mid, self._branch(self.world.head("mid"), {path: applied.files.get(path)}), c, red_too=False
        )

    def _bring(self, into: Environment, branch: str, method: int, *, red_too: bool) -> None:
        head, base = self.world.head(branch), self.world.head(into.branch)
        if head in self.world.reachable(base) or self.world.host._open(branch, into.branch):
            return
        number = self.world.open_pull_request(branch, into.branch)
        verdict = self._judge(number, into)
        if verdict is not None and (red_too or isinstance(verdict, Allowed)):
            self._merge(number, into, METHODS[method % 4], verdict)
        if self.world.host.pulls[number].state == "open":
            self.world.host.close_pull_request(number)

    def _merge(self, number: int, into: Environment, method: str, verdict: Verdict) -> None:
        pull = self.world.host.pulls[number]
        before = self.world.head(into.branch)
        if method == "fast-forward":
            if before in self.world.reachable(pull.head):
                self.world.move(into.branch, pull.head)
        else:
            self.world.merge(number, method)
        if self.world.head(into.branch) != before:
            waiting = self.waiting[into.name]
            waiting.verdicts.append(verdict)
            waiting.merged_at = self.clock()

    # --- applies ---

    def _record(self, environment: Environment, ends: EntryState, *, converged: bool) -> None:
        """An apply of the head that ends after a minute."""
        commit, began = self.world.head(environment.branch), self.clock()
        book = self._book(environment)
        labelled = self.world.host.kept_labels
        numbers = tuple(p.number for p in self._merged_since(environment) if p.number in labelled)
        tree = self.world.trees[commit]
        deployment = open_entry(book, Entry(0, commit, tree, EntryState.RUNNING, None, "", hotfixes=numbers))
        self.clock.forward(1)
        succeeded = ends is EntryState.SUCCEEDED
        if ends is not EntryState.RUNNING:
            close_entry(book, deployment, succeeded, describe(1, 0, 0, converged), "")
        stood = Stood(self.world.files[commit], began, self.clock(), succeeded, converged)
        # What drifted before an apply is put right by it.
        self.past[environment.name].applies.append(stood)
        if succeeded:
            self.waiting[environment.name] = Waiting()

    def _drift(self, environment: Environment, *, found: bool) -> None:
        ledger = read_ledger(self._book(environment))
        applied, past = ledger.applied, self.past[environment.name].applied
        if applied is None or past is None:
            return
        status = RunStatus.PLANNED if found else RunStatus.NO_CHANGES
        self.clock.forward(1)
        record_drift(self._book(environment), applied.commit, status, "…", "")
        checks = self.world.host.checks
        checks[-1] = replace(checks[-1], completed_at=self.clock().isoformat())
        past.drifted = found

    def _apply(self, environment: Environment, *, converged: bool, anyway: bool) -> None:
        if environment is not self.environments[0]:
            allowed = self._judge_apply(environment)
            if not allowed and not anyway:
                return
        self._record(environment, EntryState.SUCCEEDED, converged=converged)

    # --- asking, and comparing with the past ---

    def _below(self, environment: Environment) -> Environment:
        return self.environments[self.environments.index(environment) - 1]

    def _effects(self) -> Effects:
        def never(*_: object) -> object:
            raise AssertionError("a verdict needs none")

        tree = self.world.open_tree(self.world.head("low"), Path())
        return Effects(
            self.world.host, tree, Recorder(), Path(), never, never, never, clock=self.clock  # type: ignore[arg-type]
        )  # fmt: skip

    def _book(self, environment: Environment) -> Book:
        return Book(environment, self.settings.approval, self._effects())

    def _judge(self, number: int, into: Environment) -> Verdict | None:
        """Ask for the verdict on a pull request; None where it conflicts."""
        pull = self.world.host.pulls[number]
        base = self.world.head(into.branch)
        merged = self.world.test_merge(base, pull.head)
        if merged is None:
            return None
        effects = self._effects()
        incoming = Incoming(number, pull.head, pull.head_branch, merged)
        verdict = judge_pull_request(incoming, into, self.settings, effects, effects.tree)
        if into is not self.environments[0]:
            self._check(verdict, into, self.world.files[base], self.world.files[merged])
        return verdict

    def _check(self, verdict: Verdict, into: Environment, target: Files, merged: Files) -> None:
        rules, paths, below = self.rules, self.paths, self.past[self._below(into).name]
        applied = below.applied
        changed = frozenset(p for p in paths if target.get(p) != merged.get(p))
        exact = applied is not None and same_at(paths, merged, applied.files)
        if isinstance(verdict, Allowed):
            self.counts[f"allowed: {verdict.proven.value}"] += 1
            match verdict.proven:
                case Proven.UNCHANGED:
                    assert not changed
                case Proven.EXACT:
                    assert applied is not None
                    assert exact, "allowed as exact, and it is not"
                    assert not speaks_against(below, rules, merged, paths, self.clock())
                case Proven.PARTIAL:
                    assert applied is not None
                    assert rules.partial
                    assert same_at(changed, merged, applied.files), "a part that is not applied below"
                    assert not speaks_against(below, rules, merged, changed, self.clock())
                case Proven.OLDER:
                    assert rules.allow_older
                    assert not below.broken
                    earlier = [a for a in below.applies if a.succeeded and same_at(paths, merged, a.files)]
                    assert earlier, "never applied below"
                    assert earlier[-1].converged or not rules.require_converged
                case Proven.HOTFIX:
                    assert verdict.instead_of
                case Proven.BACKFLOW:
                    assert verdict.instead_of
                    assert self._stood_above(into, changed, merged), "what comes down was never above"
                case Proven.LOWEST:
                    raise AssertionError(verdict)
            return
        for reason in verdict.reasons:
            self.counts[reason.reason.value] += 1
        assert changed, "blocked, and it changes nothing"
        self._check_files(verdict, into, merged, changed)
        if exact:
            expected = speaks_against(below, rules, merged, paths, self.clock())
            assert expected, f"it is what is applied below: {verdict.reasons}"
            assert expected == {r.reason for r in verdict.reasons}
        else:
            partial = applied is not None and same_at(changed, merged, applied.files) and rules.partial
            others = {r.reason for r in verdict.reasons} - OF_BELOW
            if partial and not others:
                assert applied is not None
                expected = speaks_against(below, rules, merged, changed, self.clock())
                assert expected == {r.reason for r in verdict.reasons}
            if rules.allow_older and not partial:
                known = any(a.succeeded and same_at(paths, merged, a.files) for a in below.applies)
                assert not (known and others), f"it was applied below before: {verdict.reasons}"
            elif not partial and not rules.allow_older:
                assert others, f"blocked without saying why: {verdict.reasons}"

    def _check_files(
        self, verdict: Blocked, into: Environment, merged: Files, changed: frozenset[str]
    ) -> None:
        """Each file that is not as it is applied below is named: as one that waits there, or as foreign."""
        below = self._below(into)
        applied, branch = self.past[below.name].applied, self.world.files[self.world.head(below.branch)]
        assert applied is not None
        if Reason.OLDER_BELOW in {r.reason for r in verdict.reasons} or self.rules.allow_older:
            return
        off = {p for p in changed if merged.get(p) != applied.files.get(p)}
        waiting = {p for p in off if merged.get(p) == branch.get(p)}
        named = {r.reason: set(r.fact("files").splitlines()) for r in verdict.reasons}
        assert named.get(Reason.NOT_APPLIED_BELOW, set()) == waiting
        foreign = named.get(Reason.NOT_FROM_SOURCE, set()) | named.get(Reason.SKIPS_ENVIRONMENT, set())
        assert foreign == off - waiting

    def _merged_since(self, environment: Environment) -> tuple[PullRequest, ...]:
        effects = self._effects()
        ledger = read_ledger(self._book(environment))
        last = ledger.applied.commit if ledger.applied else None
        commits = effects.tree.commits_between(last, self.world.head(environment.branch))
        return merged_in(environment.branch, commits, effects)

    def _judge_apply(self, environment: Environment) -> bool:
        commit = self.world.head(environment.branch)
        ledger = read_ledger(self._book(environment))
        pulls = self._merged_since(environment)
        verdict = judge_apply(commit, ledger, pulls, [(self.settings, environment)], self._effects())
        self._check_apply(environment, {r.reason for r in verdict.reasons})
        return not verdict.reasons

    def _check_apply(self, environment: Environment, reasons: set[Reason]) -> None:
        rules, below = self.rules, self.past[self._below(environment).name]
        waiting, own = self.waiting[environment.name], self.past[environment.name].applied
        assert own is not None
        files = self.world.files[self.world.head(environment.branch)]
        paths = self.paths - {p for p, text in waiting.hotfixes.items() if files.get(p) == text}
        changed = frozenset(p for p in paths if own.files.get(p) != files.get(p))
        applied = below.applied
        assert applied is not None
        exact = same_at(self.paths, files, applied.files)
        at = waiting.merged_at or self.clock()
        if not reasons:
            worked = [applied, *below.stood_at(at)]
            if rules.allow_older:
                worked += [a for a in below.applies if a.succeeded]
            need = changed if rules.partial else paths
            ok = (
                not changed
                or any(same_at(need, files, a.files) for a in worked)
                or self._stood_above(environment, changed, files)
            )
            assert ok, f"{environment.name} would apply what never worked below"
            again = below.broken and below.applies[-1].files == files and not rules.ignore
            assert not changed or not again or self._stood_above(environment, changed, files), (
                "it just failed below"
            )
            self.counts["apply: something" if changed else "apply: nothing of its own"] += 1
            self.counts["apply: a hotfix"] += bool(waiting.hotfixes)
            self.counts["apply: what stood at the merge"] += bool(changed) and not exact
            return
        self.counts["apply: blocked"] += 1
        # A hotfix on top of what nobody let in brings that along, and is stopped with it.
        assert changed or waiting.hotfixes, "blocked, and it changes nothing"
        if exact and not speaks_against(below, rules, files, self.paths, self.clock()):
            raise AssertionError(f"what is applied below is blocked: {reasons}")
        verdicts = waiting.verdicts
        came = len(verdicts) == 1 and isinstance(verdicts[0], Allowed) and verdicts[0].proven is Proven.EXACT
        before = self._as_before_the_merge(environment)
        anew = [a for a in below.applies if a.ended > at and same_at(self.paths, files, a.files)]
        if came and not before and not anew:
            # Drift that was found since speaks against what still stands there.
            found = {Reason.DRIFTED_BELOW} if exact and applied.drifted else set()
            assert found, f"it was green when it was merged: {reasons}"

    def _stood_above(self, environment: Environment, changed: frozenset[str], files: Files) -> bool:
        """Whether each of these changes was applied above, so that it may be the way back of a hotfix."""
        above = self.environments[self.environments.index(environment) + 1 :]
        stood = [a for e in above for a in self.past[e.name].applies if a.succeeded]
        return all(any(a.files.get(p) == files.get(p) for a in stood) for p in changed)

    def _as_before_the_merge(self, environment: Environment) -> bool:
        """Whether anything had come into the environment before, and not been applied."""
        return bool(self.waiting[environment.name].hotfixes)
