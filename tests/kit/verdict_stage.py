"""A stage for verdicts: real git and HTTP, no Terraform. Applies are written into the ledger as told.

The history below and in the target is made once for each merge method. Each case has environments and
branches of its own, which start where that history left off.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, TypeAlias

from msgspec.structs import replace

from gitops_bot.adapters.git import GitWorkTree
from gitops_bot.adapters.github.code_host import GithubCodeHost
from gitops_bot.adapters.github.kept_reads import KeptReads
from gitops_bot.commands.compare import merged_in
from gitops_bot.commands.drift import record_drift
from gitops_bot.commands.effects import Effects
from gitops_bot.commands.ledger import Book, close_entry, open_entry, read_ledger
from gitops_bot.commands.verdict import ApplyVerdict, Incoming, judge_apply, judge_pull_request
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
from gitops_bot.core.report import Allowed, BlockReason, RunStatus, Verdict
from gitops_bot.sandbox import Sandbox
from tests.kit.histories.memory import Recorder
from tests.kit.in_process import no_wait
from tests.kit.needs import needs_program
from tests.kit.sandbox_story import git

Method: TypeAlias = Literal["merge", "squash", "rebase", "fast-forward"]
METHODS: tuple[Method, ...] = ("merge", "squash", "rebase", "fast-forward")
APPROVER, HOTFIX, OVERRIDE = "olga", "gitops-bot: hotfix", "gitops-bot: override"
NO_PROOFS = ApprovalSettings(provenance=ProvenanceMode.NONE)
START = {
    "main.tf": "# main\n",
    "app.tf": "# app\n",
    "lib/a.tf": "# a\n",
    "lib/b.tf": "# b\n",
    "envs/top.tfvars": "size = 1\n",
}
SOAK = PromotionRules(soak=24 * 3600)
X = {"x.tf": "# x\n"}
"""A file that no environment has."""
TWO = "app.tf lib/a.tf two.tf"
"""What the second change of the story changes."""

Files: TypeAlias = Mapping[str, str | bytes | None]


class SetClock:
    """A clock that stands still until somebody sets it forward."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time it was set to."""
        return self.now

    def forward(self, **time: float) -> None:
        """Set it forward by so much, in the words of `timedelta`."""
        self.now += timedelta(**time)


@dataclass(frozen=True, slots=True)
class Story:
    """Commits of a history: two changes came below by `method`, and the first of them into the target."""

    method: Method
    start: str
    below1: str
    target1: str
    below2: str


class VerdictStage:
    """A sandbox, a clone of it, and what the product sees both through."""

    def __init__(self, sandbox: Sandbox, host: GithubCodeHost, folder: Path, clock: SetClock) -> None:
        self.sandbox, self.hub, self.host, self.clock = sandbox, sandbox.hub, host, clock
        self.folder = folder
        self.hub.collaborators[APPROVER] = "write"
        self.start = self.hub.commit("devops", START, "Start")
        self.tree = self.clone("clone")
        self.step = Recorder()
        self._names = 0
        self._stories: dict[Method, Story] = {}

    # --- git ---

    def clone(self, name: str, depth: int = 0) -> GitWorkTree:
        """Another clone with the default branch checked out."""
        flags = [f"--depth={depth}"] if depth else []
        git(self.folder, "clone", "--quiet", *flags, f"file://{self.sandbox.clone_url}", name)
        return GitWorkTree(self.folder / name, {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull})

    def head(self, branch: str) -> str:
        """The commit a branch is at."""
        found = self.hub.store.branch(branch)
        assert found is not None, branch
        return found

    def branch(self, start: str, name: str = "") -> str:
        """A new branch at a commit; its name."""
        name = name or self.new_name("branch")
        self.hub.create_ref(f"refs/heads/{name}", start)
        return name

    def new_name(self, word: str) -> str:
        """A name nothing has yet."""
        self._names += 1
        return f"{word}{self._names}"

    def commit(self, branch: str, files: Files) -> str:
        """Push a commit to a branch."""
        return self.hub.commit(branch, files, "Change")

    def commit_entries(self, branch: str, entries: Mapping[bytes, str]) -> str:
        """Push a commit that sets `MODE OBJECT` at paths of any bytes."""
        tip = self.head(branch)
        index = self.folder / "index"
        index.unlink(missing_ok=True)
        store = self.hub.store
        variables = {"GIT_INDEX_FILE": str(index)}
        store._git("read-tree", tip, variables=variables)
        lines = b"".join(entry.encode() + b"\t" + path + b"\0" for path, entry in entries.items())
        store._git("update-index", "-z", "--index-info", given=lines, variables=variables)
        tree = store._git("write-tree", variables=variables).decode().strip()
        bare = Path(self.sandbox.clone_url)
        commit = git(bare, "commit-tree", tree, "-p", tip, "-m", "Change")
        self.hub.update_ref(f"refs/heads/{branch}", commit)
        return commit

    def blob(self, text: bytes) -> str:
        """A file's object."""
        return self.hub.store._git("hash-object", "-w", "--stdin", given=text).decode().strip()

    def bring(self, source: str, into: str, method: Method, author: str = "pat") -> int:
        """A pull request between two branches, merged; its number."""
        number = self.hub.open_pull_request("A change", source, into, author).number
        self.merge(number, method)
        return number

    def merge(self, number: int, method: Method) -> None:
        """Merge a pull request."""
        pull = self.hub.pull(number)
        self.clock.forward(seconds=1)  # or a rebase would make the same commits again
        if method == "fast-forward":
            self.hub.update_ref(f"refs/heads/{pull.base}", pull.head_sha)
            assert self.hub.pull(number).merged
        else:
            self.hub.merge(number, method)

    # --- histories ---

    def story(self, method: Method) -> Story:
        """The history in which everything came by this method, made once."""
        if method not in self._stories:
            self._stories[method] = self._told(method)
        return self._stories[method]

    def _told(self, method: Method) -> Story:
        below, target = self.branch(self.start), self.branch(self.start)
        self.bring(self._feature(below, {"main.tf": "# main, changed\n", "one.tf": "# 1\n"}), below, method)
        below1 = self.head(below)
        self.bring(below, target, method)
        target1 = self.head(target)
        assert self.hub.store.commit(below1).tree == self.hub.store.commit(target1).tree  # type: ignore[union-attr]
        change2: Files = {"app.tf": "# app, changed\n", "two.tf": "# 2\n", "lib/a.tf": None}
        self.bring(self._feature(below, change2), below, method)
        return Story(method, self.start, below1, target1, self.head(below))

    def _feature(self, base: str, files: Files) -> str:
        branch = self.branch(self.head(base))
        self.commit(branch, files)
        return branch

    # --- the product's view ---

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Meanwhile GitHub is asked as by a run that only tells, which begins now."""
        before, token = self.host, self.sandbox.issue_token()
        with KeptReads(self.sandbox.api_url, self.sandbox.repository, token, no_wait) as self.host:
            yield
        self.host = before

    def effects(self, tree: GitWorkTree | None = None) -> Effects:
        """The effects a verdict is asked with."""

        def never(*_: object) -> object:
            raise AssertionError("a verdict needs none")

        return Effects(
            self.host, tree or self.tree, self.step, self.folder, never, never, never, clock=self.clock  # type: ignore[arg-type]
        )  # fmt: skip


class Case:
    """Three environments on branches of their own: `low`, `below`, and the target `top`.

    `below` begins with both changes of the story and `top` with the first one; nothing is applied yet. `low`
    has no branch before something comes into it.
    """

    def __init__(
        self, stage: VerdictStage, method: Method, rules: PromotionRules | None = None, **more: object
    ) -> None:
        self.stage, self.method = stage, method
        self.story = stage.story(method)
        self.low, self.below, self.top = (
            Environment(name, name) for name in (stage.new_name(w) for w in ("low", "below", "top"))
        )
        self.top = replace(self.top, promotion=rules or PromotionRules(), **more)
        stage.clock.forward(seconds=60 - stage.clock.now.second)  # a freeze is told in whole minutes
        stage.branch(self.story.below2, self.below.branch)
        stage.branch(self.story.target1, self.top.branch)

    @property
    def settings(self) -> Settings:
        """The rules in force."""
        project = Project("stack", ".", ("envs/{environment}.tfvars",))
        return Settings((self.low, self.below, self.top), (project,), approval=NO_PROOFS)

    def under(self, rules: PromotionRules | None = None, **more: object) -> None:
        """Change the target's rules."""
        self.top = replace(self.top, promotion=rules or self.top.promotion, **more)

    def lets_hotfixes_in(self) -> None:
        """The target takes hotfixes that `APPROVER` approves."""
        self.under(hotfix=HotfixRules((APPROVER,)))

    def book(self, environment: Environment) -> Book:
        """An environment's ledger."""
        return Book(environment, NO_PROOFS, self.stage.effects())

    def head(self, environment: Environment) -> str:
        """The commit an environment's branch is at."""
        return self.stage.head(environment.branch)

    # --- what happens ---

    def applied(
        self,
        environment: Environment | None = None,
        commit: str = "",
        *,
        ends: EntryState = EntryState.SUCCEEDED,
        converged: bool | None = True,
        hotfixes: Sequence[int] = (),
    ) -> str:
        """An apply, by default of the head below, that ends as told; its commit."""
        environment = environment or self.below
        commit = commit or self.head(environment)
        book = self.book(environment)
        found = self.stage.hub.store.commit(commit)
        assert found is not None
        entry = Entry(0, commit, found.tree, EntryState.RUNNING, None, "", hotfixes=tuple(hotfixes))
        deployment = open_entry(book, entry)
        if ends is not EntryState.RUNNING:
            good = ends is EntryState.SUCCEEDED
            close_entry(book, deployment, good, describe(1, 0, 0, converged), "")
        return commit

    def looked_for_drift(self, found: bool) -> None:
        """A plan of what is applied below."""
        book = self.book(self.below)
        applied = read_ledger(book).applied
        assert applied is not None
        status = RunStatus.PLANNED if found else RunStatus.NO_CHANGES
        record_drift(book, applied.commit, status, "What a plan found", "")

    def change(
        self, files: Files, environment: Environment | None = None, method: Method | None = None
    ) -> int:
        """A change comes into an environment, by default below, by the method; its pull request."""
        into = (environment or self.below).branch
        if self.stage.hub.store.branch(into) is None:
            self.stage.branch(self.story.start, into)
        source = self.stage.branch(self.stage.head(into))
        self.stage.commit(source, files)
        return self.stage.bring(source, into, method or self.method)

    def branch_of(self, start: str, files: Files) -> str:
        """A branch at a commit with one more that changes these files."""
        branch = self.stage.branch(start)
        self.stage.commit(branch, files)
        return branch

    def pull_request(self, source: str = "") -> int:
        """A pull request into the target, by default from the branch below."""
        source = source or self.below.branch
        return self.stage.hub.open_pull_request("A promotion", source, self.top.branch, "pat").number

    def hotfix(self, files: Files) -> int:
        """A pull request with the label into the target, which takes hotfixes; nobody has approved it."""
        self.lets_hotfixes_in()
        self.applied()
        number = self.pull_request(self.branch_of(self.head(self.top), files))
        self.stage.hub.label(number, HOTFIX, "anybody")
        return number

    def wait(self, **time: float) -> None:
        """Time passes."""
        self.stage.clock.forward(**time)

    # --- what is asked ---

    def verdict(self, number: int, tree: GitWorkTree | None = None) -> Verdict:
        """The verdict on a pull request, as its plan asks for it."""
        tree = tree or self.stage.tree
        pull = self.stage.hub.pull(number)
        merged = tree.fetch(f"refs/pull/{number}/merge")
        incoming = Incoming(number, pull.head_sha, pull.head, merged)
        return judge_pull_request(incoming, self.top, self.settings, self.stage.effects(tree), tree)

    def before_apply(self) -> ApplyVerdict:
        """The verdict on the target's head, as its apply asks for it."""
        return self.judging_of_apply()()

    def judging_of_apply(self) -> Callable[[], ApplyVerdict]:
        """What asks for it, when the apply has read its own ledger and the merges since."""
        effects = self.stage.effects()
        commit = effects.tree.fetch(self.top.branch)
        ledger = read_ledger(self.book(self.top))
        last = ledger.applied.commit if ledger.applied else None
        pulls = merged_in(self.top.branch, effects.tree.commits_between(last, commit), effects)
        return lambda: judge_apply(commit, ledger, pulls, [(self.settings, self.top)], effects)

    def told(self, number: int) -> list[str]:
        """The verdict on a pull request in short."""
        return in_short(self.verdict(number), self.stage.clock.now)

    def told_before_apply(self) -> list[str]:
        """What speaks against applying the target's head, in short."""
        return [_short(reason, self.stage.clock.now) for reason in self.before_apply().reasons]


def in_short(verdict: Verdict, now: datetime) -> list[str]:
    """`allowed: HOW`, or each reason with its files, its state, and how long it still takes."""
    if isinstance(verdict, Allowed):
        return [f"allowed: {verdict.proven.value}"]
    return [_short(reason, now) for reason in verdict.reasons]


def _short(reason: BlockReason, now: datetime) -> str:
    text: str = reason.reason.value
    if files := reason.fact("files"):
        text += f": {' '.join(files.splitlines())}"
    if state := reason.fact("state"):
        text += f": {state}"
    if until := reason.fact("until"):
        text += f" for {round((datetime.fromisoformat(until) - now) / timedelta(minutes=1))} min"
    return text


@contextmanager
def verdict_stage(folder: Path) -> Iterator[VerdictStage]:
    """A stage inside `folder`. Needs git."""
    needs_program("git")
    clock = SetClock()
    with Sandbox.start(folder / "hub", clock=clock) as sandbox:
        host = GithubCodeHost(sandbox.api_url, sandbox.repository, sandbox.issue_token(), no_wait)
        with host:
            yield VerdictStage(sandbox, host, folder, clock)
