"""Watches a history: what was shown to reviewers, what was merged, what was applied, and whether it may."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from gitops_bot.ports import DeploymentState, PullRequest
from tests.kit.histories.changes import Change, differences, done, planned, uncovered
from tests.kit.histories.ground import Applying, Delivered, Ground, Ledger, RunKind, Waiting
from tests.kit.model_terraform import State, Wanted, read_wanted


class Broken(AssertionError):
    """Something that must hold does not."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a pull request's own plan run showed of a head. `base` and `state` are those it was made on;
    `proven_below`: the content was what is applied and converged in the environment below."""

    changes: frozenset[Change]
    base: str
    state: State
    proven_below: bool


@dataclass
class Environment:
    """What is known of an environment.

    `written` are the changes done since the last recorded success, with what was changed outside since
    each; `unfinished` the addresses at which applies stopped since, `newest` those of the newest apply.
    `unrecorded`: the run of an apply could not, or not alone, write down what it left; `lost`: that this
    has stopped a later one.
    """

    changing: int = 0
    outside: set[str] = field(default_factory=set)
    outside_values: set[str] = field(default_factory=set)
    once: dict[Change, bool] = field(default_factory=dict)
    unfinished: set[str] = field(default_factory=set)
    newest: set[str] = field(default_factory=set)
    since: str = ""
    unrecorded: bool = False
    lost: bool = False


def last_success(ledger: Ledger) -> str:
    """The commit that was applied last, as the ledger says; "" for none."""
    return next((commit for commit, state in ledger if state is DeploymentState.SUCCESS), "")


class Oracle:
    """Told of everything that happens; raises `Broken`. `counts` say what came about.

    `shown` and `passed` are by environment, pull request and head: every plan made for reviewers, and
    those whose run told them that they may merge. `spoiled` are heads whose newest check is not genuine.
    """

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.shown: dict[tuple[str, int, str], Shown] = {}
        self.passed: set[tuple[str, int, str]] = set()
        self.spoiled: set[tuple[str, str]] = set()
        self.environments: dict[str, Environment] = defaultdict(Environment)
        self.merged_stale = False
        self.counts: Counter[str] = Counter()

    # --- what it is told ---

    def forged(self, run: Waiting) -> None:
        """The newest plan check of this head is no longer genuine."""
        self.spoiled.add((run.environment, run.head))

    def changed_outside(self, environment: str, addresses: set[str]) -> None:
        """Somebody changed these objects without the product."""
        known = self.environments[environment]
        known.outside |= addresses
        known.outside_values |= {t.input for t in self.ground.state(environment).things.values()}
        known.once = {c: again or c.address in addresses for c, again in known.once.items()}

    def overtaking(self, environment: str) -> None:
        """Amid an apply of the environment another run begins."""
        self.environments[environment].unrecorded = True

    def merging(self, pull: PullRequest) -> None:
        """A pull request is about to be merged."""
        self.merged_stale |= (pull.base_branch, pull.number, pull.head) not in self.passed
        shown = self.shown.get((pull.base_branch, pull.number, pull.head))
        self.merged_stale |= shown is None or shown.base != self.ground.head(pull.base_branch)
        self.merged_stale |= shown is not None and shown.state != self.ground.state(pull.base_branch)

    def delivered(
        self, run: Waiting, was_open: bool, was_head: bool, done: Delivered, troubled: bool
    ) -> None:
        """A run ended. As it began, its pull request `was_open`, and its commit `was_head` of the branch.
        `troubled`: something was made to go wrong in it."""
        if done.applies and not was_head:
            raise Broken(f"{run.environment}: {run.commit[:12]} was applied, which was not the head any more")
        for applying in done.applies:
            self._applied(run, applying)
        if run.kind is RunKind.PLAN and was_open:
            self._planned(run, done)
        elif run.kind is RunKind.PROMOTE and done.pull_request:
            self._promoted(run, done)
        elif run.kind is RunKind.APPLY:
            self._ended(run, done, troubled)

    # --- plans ---

    def _planned(self, run: Waiting, done: Delivered) -> None:
        if done.error or not done.plans or done.result == "failed":
            # Made, but perhaps not told to anybody: the check run on the head may be of either plan.
            self.spoiled.add((run.environment, run.head))
            if not done.plans:
                return
        else:
            self.spoiled.discard((run.environment, run.head))
        self._show(run.environment, run.number, run.head, run.commit, done)

    def _promoted(self, run: Waiting, done: Delivered) -> None:
        if done.error or not done.plans:
            return
        pull = next(p for p in self.ground.pulls() if p.number == done.pull_request)
        self.spoiled.discard((run.environment, pull.head))
        self._show(run.environment, pull.number, pull.head, "", done)

    def _show(self, environment: str, number: int, head: str, merge: str, done: Delivered) -> None:
        below = self._below(environment)
        proven = True
        if below:
            ledger = self.ground.ledger(below)
            whole = bool(ledger) and ledger[0][1] is DeploymentState.SUCCESS
            tree = self.ground.tree(merge) if merge else self.ground.tree(last_success(ledger))
            proven = whole and self.ground.tree(ledger[0][0]) == tree
        base, state = self.ground.head(environment), self.ground.state(environment)
        if merge:
            base = self.ground.base_of(merge)
        key = (environment, number, head)
        self.shown[key] = Shown(planned(done.plans[-1]), base, state, proven)
        self.passed.discard(key)
        if not done.error and done.result in ("planned", "no-changes"):
            self.passed.add(key)
        self.counts["plans"] += 1

    def _below(self, environment: str) -> str:
        index = self.ground.environments.index(environment)
        return self.ground.environments[index - 1] if index else ""

    # --- applies ---

    def _merged(self, environment: str, commit: str, since: str) -> list[PullRequest]:
        """The pull requests merged at or before a commit and after another one, newest first."""
        inside = self.ground.reachable(commit) - (self.ground.reachable(since) if since else set())
        merged = [p for p in self.ground.pulls() if p.merged and p.base_branch == environment]
        found = [p for p in merged if p.merge_commit in inside]
        return sorted(found, key=lambda p: len(self.ground.reachable(p.merge_commit)), reverse=True)

    def _approved(
        self, environment: str, commit: str, since: str, *, spoiled: bool = True
    ) -> frozenset[Change]:
        """What reviewers were shown of what was merged since; without what was `spoiled` after."""
        found = set[Change]()
        for pull in self._merged(environment, commit, since):
            shown = self.shown.get((environment, pull.number, pull.head))
            if shown is not None and (spoiled or (environment, pull.head) not in self.spoiled):
                found |= shown.changes
        return frozenset(found)

    def _applied(self, run: Waiting, applying: Applying) -> None:
        environment, known = applying.environment, self.environments[applying.environment]
        since = last_success(applying.ledger)
        if since != known.since:
            known.since, known.once, known.unfinished = since, {}, set()
            known.newest = set()
        did = done(applying.before, applying.after)
        approved = self._approved(environment, run.commit, since)
        half_done = frozenset(known.unfinished)
        wrong = uncovered(did, approved, half_done, ended=applying.succeeded)
        if wrong:
            said = ", ".join(map(str, sorted(approved, key=str))) or "nothing"
            raise Broken(f"{environment}: applied {', '.join(map(str, wrong))}, but approved was {said}")
        self._never_twice(environment, known, did, applying)
        below = self._below(environment)
        if did and below and self.ground.tree(run.commit) not in self._trees(below):
            raise Broken(f"{environment}: {run.commit[:12]} was applied, but never in {below}")
        if did:
            # Overtaken by a merge: whoever was shown a plan meanwhile saw an older state.
            self.merged_stale |= self.ground.head(environment) != run.commit
            known.changing += 1
            self.counts["changing applies"] += 1
            if len(self.ground.ledger(environment)) < known.changing:
                raise Broken(f"{environment}: an apply that changed the state has no entry in the ledger")
        self.counts["stale plans"] += applying.stale
        if not applying.stale:
            left = {c.address for c in planned(applying.document) - did} if not applying.succeeded else set()
            left |= {a for a, t in applying.after.things.items() if t.tainted}
            left |= {a for a, _ in applying.after.deposed}
            known.newest = left
            known.unfinished |= left
            if applying.succeeded:
                known.outside = set()

    def _never_twice(
        self, environment: str, known: Environment, did: frozenset[Change], applying: Applying
    ) -> None:
        for change in did:
            if known.once.get(change) is False:
                raise Broken(f"{environment}: {change} was applied twice for one approval")
            thing = applying.after.things.get(change.address)
            if thing is None or not thing.tainted:
                known.once[change] = False

    def _trees(self, environment: str) -> set[str]:
        ledger = self.ground.ledger(environment)
        return {self.ground.tree(c) for c, state in ledger if state is DeploymentState.SUCCESS}

    def _ended(self, run: Waiting, done: Delivered, troubled: bool) -> None:
        known = self.environments[run.environment]
        word = done.result or ("error" if done.error else "nothing")
        self.counts[f"apply: {word}"] += 1
        if done.error and not troubled:
            raise Broken(f"{run.environment}: an apply run ended in {done.error}")
        if done.applies and done.error and "Interrupted" not in done.error:
            known.unrecorded = True
        if done.result == "blocked":
            self._blocked(run, done)

    def _blocked(self, run: Waiting, done: Delivered) -> None:
        """It must have been for something: a change nobody was shown, or the promotion order."""
        environment, known = run.environment, self.environments[run.environment]
        ledger = self.ground.ledger(environment)
        since = last_success(ledger)
        approved = self._approved(environment, run.commit, since, spoiled=False)
        newest = frozenset(known.newest) if since == known.since else frozenset[str]()
        wanted = planned(done.plans[-1])
        if uncovered(wanted, approved, newest):
            self.counts["blocked: not approved"] += 1
            return
        below = self._below(environment)
        if below and not self._promotable(run, since, below):
            self.counts["blocked: promotion"] += 1
            return
        if known.unrecorded and ("STATE_REPLACED" in done.log or uncovered(wanted, approved, frozenset())):
            # Nobody could write down what that apply left half-done, or that the state was its own.
            known.lost = True
            self.counts["blocked: outcome lost"] += 1
            return
        raise Broken(f"{environment}: blocked, although everything was approved\n{done.log}")

    def _promotable(self, run: Waiting, since: str, below: str) -> bool:
        merged = self._merged(run.environment, run.commit, since)
        shown = self.shown.get((run.environment, merged[0].number, merged[0].head)) if merged else None
        return bool(shown and shown.proven_below) and self.ground.tree(run.commit) in self._trees(below)

    # --- the end ---

    def judge_end(self, clean: bool, reconciled: str) -> None:
        """After reconcile has nothing more to do; `reconciled` is what it said."""
        for environment in self.ground.environments:
            for said in self._end_of(environment, clean, reconciled):
                raise Broken(f"{environment}: {said}")

    def _end_of(self, environment: str, clean: bool, reconciled: str) -> Iterator[str]:
        ground, known = self.ground, self.environments[environment]
        head, ledger, state = ground.head(environment), ground.ledger(environment), ground.state(environment)
        wanted = read_wanted("".join(ground.files(head).values()))
        differ = differences(state, wanted) - known.outside
        ended = ledger[:1] == ((head, DeploymentState.SUCCESS),)
        conclusion, summary = ground.apply_check(environment, head)
        self.counts["ended applied" if ended else "ended waiting for a person"] += 1
        if ended and differ:
            yield f"its head is applied, but these differ: {', '.join(sorted(differ))}"
        told = f"{environment}: a person must act" in reconciled
        if not ended and (
            not told or (conclusion != "failure" and "failed or have no end" not in reconciled)
        ):
            yield f"its head is not applied, and nobody is told ({conclusion or 'no check'})\n{reconciled}"
        if not ended and clean and not self.merged_stale and not known.lost and "blocked" in summary.lower():
            yield f"blocked, although nobody went round the product and no merged plan was stale\n{summary}"
        merged = self._merged(environment, head, "")
        known_values = {v for p in merged for v in self._values(environment, p)} | known.outside_values
        unknown = {t.input for t in state.things.values()} - known_values
        if unknown:
            yield f"no merged plan showed {', '.join(sorted(unknown))}"
        missing = {a for p in merged for a in self._lost(environment, p, state, wanted)} - known.outside
        if ended and missing:
            yield f"approved, merged and not undone, but not applied: {', '.join(sorted(missing))}"

    def _values(self, environment: str, pull: PullRequest) -> set[str]:
        shown = self.shown.get((environment, pull.number, pull.head))
        return {c.value[0] for c in shown.changes} if shown else set()

    def _lost(
        self, environment: str, pull: PullRequest, state: State, wanted: dict[str, Wanted]
    ) -> Iterator[str]:
        """What the pull request was approved for, still wanted at the head, and not there."""
        shown = self.shown.get((environment, pull.number, pull.head))
        for change in shown.changes if shown else ():
            want, thing = wanted.get(change.address), state.things.get(change.address)
            if change.action == "delete" and want is None and thing is not None:
                yield change.address
            there = thing is not None and thing.input == change.value[0]
            if want is not None and want.input == change.value[0] and not there:
                yield change.address
