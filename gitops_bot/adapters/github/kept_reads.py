"""`ports.CodeHost` for runs that neither apply nor release a lock: what it read of the ledgers, it keeps.

Such a run says how things stand at one moment, and asks for the same ledger, the same checks and the same
merges again and again: for the verdict, the description, the board, the comparison with what was done below.
It may take them as it first found them. Not so an apply, which must see an apply that began beside it: it
asks anew each time, through `GithubCodeHost`.

Never kept is what a decision needs to be current: a pull request by its number, which is read again before an
approval is written; branches; open pull requests; comments, labels, reviews, permissions and workflow runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from gitops_bot.adapters.github.code_host import GithubCodeHost, latest_of_each_name
from gitops_bot.ports import CheckRun, Deployment, DeploymentStatus, PullRequest

T = TypeVar("T")


class _Kept(Generic[T]):
    """A list that is read page by page, once, as far as anybody looks."""

    def __init__(self, start: Callable[[], Iterator[T]]) -> None:
        self._start = start
        self._rest = start()
        self._read: list[T] = []

    def __iter__(self) -> Iterator[T]:
        index = 0
        while True:
            if index == len(self._read) and not self._read_one():
                return
            yield self._read[index]
            index += 1

    def _read_one(self) -> bool:
        try:
            self._read.append(next(self._rest))
        except StopIteration:
            return False
        except BaseException:  # else the list would seem to end where it could not be read
            self._rest, self._read = self._start(), []
            raise
        return True


class KeptReads(GithubCodeHost):
    """The same requests as the code host's, fewer times. What this run writes is read anew."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # the code host's own
        self._deployments: dict[tuple[str, str], _Kept[Deployment]] = {}
        self._statuses: dict[int, tuple[DeploymentStatus, ...]] = {}
        self._merged: dict[str, _Kept[PullRequest]] = {}
        self._checks: dict[str, tuple[CheckRun, ...] | None] = {}
        self._named_checks: dict[tuple[str, str], tuple[CheckRun, ...]] = {}

    def deployments(self, environment: str, task: str) -> Iterator[Deployment]:
        """Deployments of an environment and task, newest first, each page fetched once."""
        start = super().deployments
        kept = self._deployments.setdefault((environment, task), _Kept(lambda: start(environment, task)))
        return iter(kept)

    def create_deployment(self, deployment: Deployment) -> Deployment:
        """Create a deployment."""
        self._deployments.clear()
        return super().create_deployment(deployment)

    def deployment_statuses(self, deployment_id: int) -> tuple[DeploymentStatus, ...]:
        """A deployment's statuses, newest first, asked for once."""
        if deployment_id not in self._statuses:
            self._statuses[deployment_id] = super().deployment_statuses(deployment_id)
        return self._statuses[deployment_id]

    def add_deployment_status(self, deployment: Deployment, status: DeploymentStatus) -> None:
        """Add a status."""
        self._statuses.clear()  # a success ends others
        super().add_deployment_status(deployment, status)

    def merged_pull_requests(self, base_branch: str) -> Iterator[PullRequest]:
        """Merged pull requests into a branch, most recently updated first, each page fetched once."""
        start = super().merged_pull_requests
        return iter(self._merged.setdefault(base_branch, _Kept(lambda: start(base_branch))))

    def check_runs(self, commit: str) -> tuple[CheckRun, ...]:
        """The latest check run of each name on a commit."""
        known = self._all_checks(commit)
        return super().check_runs(commit) if known is None else latest_of_each_name(known)

    def check_runs_named(self, commit: str, name: str) -> tuple[CheckRun, ...]:
        """Every check run of that name on a commit, newest first."""
        known = self._all_checks(commit)
        if known is not None:
            found = (check for check in known if check.name == name)
            return tuple(sorted(found, key=lambda check: check.id, reverse=True))
        if (commit, name) not in self._named_checks:
            self._named_checks[commit, name] = super().check_runs_named(commit, name)
        return self._named_checks[commit, name]

    def write_check_run(self, check: CheckRun) -> CheckRun:
        """Create a completed check run."""
        self._checks.pop(check.commit, None)
        self._named_checks.pop((check.commit, check.name), None)
        return super().write_check_run(check)

    def _all_checks(self, commit: str) -> tuple[CheckRun, ...] | None:
        """Every check run of a commit where one page has them; then one request answers for all names. None
        where there are more, which are asked for by their names."""
        if commit not in self._checks:
            self._checks[commit] = self._check_runs_at_once(commit)
        return self._checks[commit]
