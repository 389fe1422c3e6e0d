"""A repository in memory: commits with their files, branches, and pull requests merged as GitHub merges.

It fills the dictionaries that `FakeWorkTree` and `FakeCodeHost` answer from, so both see one repository.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gitops_bot.core.errors import RunFailed
from gitops_bot.core.events import BranchPushed, Command, Dispatched, Event, PullRequestUpdated, Scheduled
from gitops_bot.core.json_values import JsonValue
from gitops_bot.ports import Deployment, DeploymentStatus, PullRequest
from tests.kit.fake_code_host import FakeCodeHost
from tests.kit.fake_work_tree import FakeWorkTree, Files, three_way, tree_of

REPOSITORY = "acme/infra"
WORKFLOW = ".github/workflows/gitops.yml"


class Started(Struct, frozen=True):
    """A workflow run as GitHub starts it: its event, its commit, and what its token says."""

    event: Event
    commit: str
    claims: dict[str, JsonValue]


class Clock:
    """A clock that is a second further each time it is read."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def later(self) -> None:
        """A working day passes."""
        self.now += timedelta(hours=9)


@dataclass
class WorldHost(FakeCodeHost):
    """The fake host of a world: its branches take their pull requests along, its times are the clock's."""

    world: World | None = None

    def _put(self, branch: str, commit: str) -> None:
        """What the bot pushes starts no run."""
        super()._put(branch, commit)
        if self.world is not None:
            self.world.move(branch, commit, starts_runs=False)

    def take_push(self, branch: str, commit: str) -> None:
        """The bot pushed by git."""
        self._put(branch, commit)

    def create_pull_request(
        self, title: str, body: str, head_branch: str, base_branch: str, draft: bool = False
    ) -> PullRequest:
        """As `CodeHost.create_pull_request`; GitHub opens none without commits of its own."""
        head, base = self.branches.get(head_branch), self.branches.get(base_branch)
        if self.world is not None and head and base and head in self.world.reachable(base):
            raise RunFailed(f"No commits between {base_branch} and {head_branch}")
        return super().create_pull_request(title, body, head_branch, base_branch, draft)

    def create_deployment(self, deployment: Deployment) -> Deployment:
        """As `CodeHost.create_deployment`."""
        made = super().create_deployment(deployment)
        if self.world is not None:
            made = replace(made, created_at=self.world.clock().isoformat())
            self.kept_deployments[-1] = made
        return made

    def add_deployment_status(self, deployment: Deployment, status: DeploymentStatus) -> None:
        """As `CodeHost.add_deployment_status`."""
        super().add_deployment_status(deployment, status)
        if self.world is not None:
            kept = self.statuses[deployment.id]
            kept[-1] = replace(kept[-1], at=self.world.clock().isoformat())


@dataclass
class WorldTree(FakeWorkTree):
    """A checkout of one commit of a world, with its files on the disk."""

    world: World | None = None

    def merge(self, base: str, head: str, into: Path) -> str | None:
        """As `WorkTree.merge`."""
        assert self.world is not None
        merged = self.world.test_merge(base, head)
        if merged is not None:
            self.world.write(merged, into)
            self.world.merged_at[into] = merged
        return merged

    def merged_tree(self, base: str, head: str) -> str | None:
        """As `WorkTree.merged_tree`."""
        assert self.world is not None
        merged = self.world.test_merge(base, head)
        return None if merged is None else self.trees[merged]

    def write_commit(self, tree: str, parents: Sequence[str], message: str) -> str:
        """As `WorkTree.write_commit`."""
        assert self.world is not None
        sha = super().write_commit(tree, parents, message)
        self.world.files.setdefault(sha, self.files_at(tree))
        return sha

    def push(self, commit: str, branch: str) -> None:
        """As `WorkTree.push`."""
        assert self.world is not None
        self.world.host.take_push(branch, commit)
        self.pushed.append((commit, branch))


@dataclass
class World:
    """`runs` holds the workflow runs that wait to be delivered, oldest first."""

    branches: tuple[str, ...]
    """The environments' branches; what moves them starts a run."""
    clock: Clock = field(default_factory=Clock)
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    history: dict[str, tuple[str, ...]] = field(default_factory=dict)
    trees: dict[str, str] = field(default_factory=dict)
    contents: dict[str, dict[str, str]] = field(default_factory=dict)
    """The files of each tree."""
    runs: list[Started] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.host = WorldHost(repository=REPOSITORY, world=self)
        self.merged_at: dict[Path, str] = {}
        self._merges: dict[tuple[str, str], str | None] = {}

    # --- commits ---

    def write_commit(self, parents: tuple[str, ...], files: Files) -> str:
        """A new commit with exactly these files."""
        kept = dict(sorted(files.items()))
        tree = tree_of(kept)
        sha = hashlib.sha1(repr((len(self.files), parents, tree)).encode()).hexdigest()
        self.files[sha], self.history[sha], self.trees[sha] = kept, parents, tree
        self.contents[tree] = kept
        self.host.files.update({(sha, path): text for path, text in kept.items()})
        return sha

    def reachable(self, commit: str) -> set[str]:
        """The commit and all it comes from."""
        found: set[str] = set()
        waiting = [commit]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting += self.history[one]
        return found

    def tree_at(self, commit: str, root: Path) -> WorldTree:
        """A checkout of that commit at the new folder `root`."""
        self.write(commit, root)
        return self.open_tree(commit, root)

    def open_tree(self, commit: str, root: Path) -> WorldTree:
        """The checkout that is at `root`."""
        host = self.host
        return WorldTree(
            root, commit, history=self.history, trees=self.trees, remote=host.branches, files=host.files,
            made=self.contents, world=self,
        )  # fmt: skip

    def write(self, commit: str, root: Path) -> None:
        """Put the files of a commit at the new folder `root`."""
        for path, text in self.files[commit].items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    def merged_files(self, ours: str, theirs: str) -> dict[str, str] | None:
        """The three-way merge by whole files; None where they conflict."""
        base = self.open_tree(ours, Path()).merge_base(ours, theirs)
        return three_way(self.files[base] if base else {}, self.files[ours], self.files[theirs])

    def test_merge(self, base: str, head: str) -> str | None:
        """GitHub's merge of a pull request's head into its base as it is; None where they conflict."""
        if (base, head) not in self._merges:
            merged = self.merged_files(base, head)
            self._merges[base, head] = None if merged is None else self.write_commit((base, head), merged)
        return self._merges[base, head]

    # --- branches ---

    def head(self, branch: str) -> str:
        """The commit a branch is at."""
        return self.host.branches[branch]

    def commit(self, branch: str, files: Mapping[str, str | None], start: str = "") -> str:
        """A person pushes one commit that changes these files (None deletes)."""
        tip = self.host.branches.get(branch, start)
        kept = {**self.files.get(tip, {}), **files}
        sha = self.write_commit((tip,) if tip else (), {p: t for p, t in kept.items() if t is not None})
        self.move(branch, sha)
        return sha

    def move(self, branch: str, commit: str, *, starts_runs: bool = True) -> None:
        """A branch goes on, and the pull requests from and into it with it."""
        self.host.branches[branch] = commit
        if starts_runs and branch in self.branches:
            claims = self._claims("push", f"refs/heads/{branch}", commit)
            self.runs.append(Started(BranchPushed(branch, commit), commit, claims))
        for pull in list(self.host.pulls.values()):
            if pull.state != "open":
                continue
            if pull.head_branch == branch:
                self.host.add_pull_request(replace(pull, head=commit))
                if starts_runs:
                    self._start_plan(pull.number, before=pull.head)
            elif pull.base_branch == branch and pull.head in self.reachable(commit):
                self._merged(pull, commit)

    # --- pull requests ---

    def open_pull_request(self, branch: str, base: str) -> int:
        """A person opens a pull request; its number."""
        number = max(self.host.pulls, default=0) + 1
        url = f"https://github.example/{REPOSITORY}/pull/{number}"
        pull = PullRequest(number, "A change", self.head(branch), branch, base, url)
        self.host.add_pull_request(replace(pull, author="pat", head_repository=REPOSITORY))
        self._start_plan(number)
        return number

    def reopen(self, number: int) -> None:
        """Closed and opened again: a run on a new test merge."""
        self._start_plan(number)

    def update(self, number: int) -> bool:
        """The button "Update branch": the base is merged into the head. False where they conflict."""
        pull = self.host.pulls[number]
        base = self.head(pull.base_branch)
        merged = self.merged_files(pull.head, base)
        if merged is None or base in self.reachable(pull.head):
            return False
        self.move(pull.head_branch, self.write_commit((pull.head, base), merged))
        return True

    def merge(self, number: int, method: str) -> bool:
        """Merge by `merge`, `squash` or `rebase`. False where they conflict."""
        pull = self.host.pulls[number]
        base = self.head(pull.base_branch)
        merged = self.merged_files(base, pull.head)
        if merged is None:
            return False
        if method == "rebase":
            commit = self._rebase(base, pull.head)
            if commit is None:
                return False
        else:
            parents = (base, pull.head) if method == "merge" else (base,)
            commit = self.write_commit(parents, merged)
        self._merged(pull, commit)
        self.move(pull.base_branch, commit)
        return True

    def _rebase(self, base: str, head: str) -> str | None:
        tree = self.open_tree(head, Path())
        current: str = base
        for one in reversed(tree.commits_between(base, head)):
            parents = self.history[one]
            if len(parents) != 1:
                continue  # GitHub drops merges
            files = three_way(self.files[parents[0]], self.files[current], self.files[one])
            if files is None:
                return None
            current = self.write_commit((current,), files)
        return None if current == base else current

    def _merged(self, pull: PullRequest, commit: str) -> None:
        merged_at = self.clock().isoformat()
        self.host.add_pull_request(
            replace(pull, state="closed", merged=True, merge_commit=commit, merged_at=merged_at)
        )

    def _start_plan(self, number: int, before: str = "") -> None:
        """One whose branches conflict starts no run."""
        pull = self.host.pulls[number]
        merge = self.test_merge(self.head(pull.base_branch), pull.head)
        if merge is None:
            return
        event = PullRequestUpdated(number, pull.head, merge, pull.head_branch, pull.base_branch, before)
        claims = self._claims("pull_request", f"refs/pull/{number}/merge", merge, pull.base_branch)
        self.runs.append(Started(event, merge, claims))

    # --- other runs ---

    def dispatch(self, command: Command, environment: str, branch: str) -> None:
        """Somebody starts the workflow on a branch."""
        commit = self.head(branch)
        claims = self._claims("workflow_dispatch", f"refs/heads/{branch}", commit)
        self.runs.append(Started(Dispatched(command, environment, branch, commit), commit, claims))

    def schedule(self) -> None:
        """The workflow's clock strikes; such a run is on the default branch, the lowest environment's."""
        commit = self.head(self.branches[0])
        claims = self._claims("schedule", f"refs/heads/{self.branches[0]}", commit)
        self.runs.append(Started(Scheduled(commit), commit, claims))

    def take_dispatches(self) -> None:
        """Start the runs that the product asked for."""
        for _workflow, branch, inputs in self.host.dispatched:
            self.dispatch(Command(inputs["command"]), inputs["environment"], branch)
        self.host.dispatched.clear()

    def _claims(self, event: str, ref: str, commit: str, base: str = "") -> dict[str, JsonValue]:
        workflow = f"{REPOSITORY}/{WORKFLOW}@{ref}"
        return {
            "repository": REPOSITORY,
            "repository_id": "1",
            "event_name": event,
            "ref": ref,
            "base_ref": base,
            "workflow_ref": workflow,
            "workflow_sha": commit,
            "job_workflow_ref": workflow,
            "job_workflow_sha": commit,
        }
