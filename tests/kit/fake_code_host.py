"""A GitHub in memory, written by hand: `ports.CodeHost` for tests of the use cases."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from msgspec.structs import replace

from gitops_bot.core.comment_commands import Reaction
from gitops_bot.core.errors import RunFailed
from gitops_bot.core.reviews import Review
from gitops_bot.ports import (
    Annotation,
    BodyTooLong,
    CheckRun,
    Comment,
    Deployment,
    DeploymentState,
    DeploymentStatus,
    PullRequest,
    WorkflowRun,
)

F = TypeVar("F", bound=Callable[..., Any])
LOGIN = "github-actions[bot]"


def _recorded(method: F) -> F:
    """Records the call, and fails it when the test asked for that. Iterators fail when they are made."""
    names = list(inspect.signature(method).parameters)[1:]

    def call(host: FakeCodeHost, *args: Any, **kwargs: Any) -> Any:
        given = (*args, *(kwargs[name] for name in names if name in kwargs))
        index = len(host.calls)
        host.calls.append((method.__name__, given))
        if index in host.failures:
            raise host.failures[index]
        if method.__name__ in host.failing:
            raise host.failing.pop(method.__name__)
        return method(host, *args, **kwargs)

    return call  # type: ignore[return-value]


@dataclass
class FakeCodeHost:
    """`calls` holds every call as (method, arguments); the rest is what the repository holds.

    `pulls` are in the order of their creation, and `touched` in that of their last update;
    `files` are keyed by (reference, path), `runs` by (id, attempt), `runs_of`
    (oldest first) by workflow file and head. People in `permissions` and `teams` can
    be asked for a review. `refused` are branches that cannot be written, each with its error.
    """

    repository: str = "acme/infra"
    login: str = LOGIN
    body_limit: int = 65_536
    calls: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    failures: dict[int, Exception] = field(default_factory=dict)
    failing: dict[str, Exception] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    files: dict[tuple[str, str], str] = field(default_factory=dict)
    pulls: dict[int, PullRequest] = field(default_factory=dict)
    touched: list[int] = field(default_factory=list)
    checks: list[CheckRun] = field(default_factory=list)
    annotations: dict[int, list[Annotation]] = field(default_factory=dict)
    kept_comments: dict[int, tuple[int, Comment]] = field(default_factory=dict)
    edited: dict[int, str] = field(default_factory=dict)
    minimized: list[int] = field(default_factory=list)
    kept_deployments: list[Deployment] = field(default_factory=list)
    statuses: dict[int, list[DeploymentStatus]] = field(default_factory=dict)
    kept_labels: dict[int, dict[str, str]] = field(default_factory=dict)
    dispatched: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    kept_reviews: dict[int, list[Review]] = field(default_factory=dict)
    permissions: dict[str, str] = field(default_factory=dict)
    runs: dict[tuple[str, int], WorkflowRun] = field(default_factory=dict)
    runs_of: dict[tuple[str, str], list[WorkflowRun]] = field(default_factory=dict)
    reruns: list[str] = field(default_factory=list)
    reactions: dict[int, list[Reaction]] = field(default_factory=dict)
    teams: set[str] = field(default_factory=set)
    reviewers: dict[int, list[str]] = field(default_factory=dict)
    refused: dict[str, Exception] = field(default_factory=dict)
    last_id: int = 0

    def fail_on(self, call_index: int, error: Exception | None = None) -> None:
        """Make the call of that index (from 0) fail."""
        self.failures[call_index] = error or RunFailed(f"call {call_index} was made to fail")

    def fail_next(self, method: str, error: Exception) -> None:
        """Make the next call of that method fail."""
        self.failing[method] = error

    def called(self) -> list[str]:
        """The names of the methods called so far."""
        return [name for name, _ in self.calls]

    def add_pull_request(self, pull: PullRequest) -> PullRequest:
        """Put a pull request in, or a new version of one."""
        self.pulls[pull.number] = pull
        self.touched = [n for n in self.touched if n != pull.number] + [pull.number]
        return pull

    def add_comment(self, number: int, body: str, author: str) -> Comment:
        """A comment by someone else."""
        found = self._id()
        url = f"https://github.example/{self.repository}/pull/{number}#issuecomment-{found}"
        comment = Comment(found, body, author, url, f"node-{found}")
        self.kept_comments[found] = (number, comment)
        return comment

    def label(self, number: int, name: str, by: str) -> None:
        """Set a label; one that is set already stays as it is, as on GitHub."""
        self.kept_labels.setdefault(number, {}).setdefault(name, by)

    def unlabel(self, number: int, name: str) -> None:
        """Take a label off."""
        self.kept_labels.get(number, {}).pop(name, None)

    def _id(self) -> int:
        self.last_id += 1
        return self.last_id

    @staticmethod
    def _time(number: int) -> str:
        """A time for what got that id."""
        return f"2026-01-01T{number // 60:02}:{number % 60:02}:00Z"

    def _body(self, body: str) -> str:
        if len(body) > self.body_limit:
            raise BodyTooLong(f"body is too long (maximum is {self.body_limit} characters)")
        return body

    @_recorded
    def pull_request(self, number: int) -> PullRequest:
        return self._pull(number)

    @_recorded
    def merged_pull_requests(self, base_branch: str) -> Iterator[PullRequest]:
        newest_first = [self.pulls[number] for number in reversed(self.touched)]
        return iter([p for p in newest_first if p.merged and p.base_branch == base_branch])

    @_recorded
    def open_pull_request(self, head_branch: str, base_branch: str) -> PullRequest | None:
        return self._open(head_branch, base_branch)

    def _open(self, head_branch: str, base_branch: str) -> PullRequest | None:
        for pull in self.pulls.values():
            wanted = (pull.state, pull.head_branch, pull.base_branch) == ("open", head_branch, base_branch)
            if wanted and pull.head_repository == self.repository:
                return pull
        return None

    @_recorded
    def open_pull_requests(self, base_branch: str) -> Iterator[PullRequest]:
        newest_first = [self.pulls[number] for number in sorted(self.pulls, reverse=True)]
        return iter([p for p in newest_first if (p.state, p.base_branch) == ("open", base_branch)])

    @_recorded
    def open_pull_requests_into(
        self, base_branches: Sequence[str], most: int
    ) -> dict[str, tuple[PullRequest, ...]]:
        newest_first = [self.pulls[number] for number in sorted(self.pulls, reverse=True)]
        return {
            branch: tuple(p for p in newest_first if (p.state, p.base_branch) == ("open", branch))[:most]
            for branch in base_branches
        }

    @_recorded
    def create_pull_request(
        self, title: str, body: str, head_branch: str, base_branch: str, draft: bool = False
    ) -> PullRequest:
        for branch in (head_branch, base_branch):
            if branch not in self.branches:
                raise RunFailed(f"there is no branch {branch}")
        if self._open(head_branch, base_branch):
            raise RunFailed("A pull request already exists")
        number = max(self.pulls, default=0) + 1
        return self.add_pull_request(
            PullRequest(
                number, title, self.branches[head_branch], head_branch, base_branch,
                f"https://github.example/{self.repository}/pull/{number}",
                author=self.login, head_repository=self.repository, body=self._body(body), draft=draft,
            )
        )  # fmt: skip

    @_recorded
    def update_pull_request(self, number: int, title: str, body: str) -> None:
        self.add_pull_request(replace(self._pull(number), title=title, body=self._body(body)))

    @_recorded
    def close_pull_request(self, number: int) -> None:
        self.add_pull_request(replace(self._pull(number), state="closed"))

    @_recorded
    def request_reviewers(self, number: int, people: Sequence[str], teams: Sequence[str]) -> None:
        author = self._pull(number).author
        if {*people} - {*self.permissions} or {*teams} - self.teams or author in people:
            raise RunFailed("GitHub asks none of these reviewers.")
        asked = self.reviewers.get(number, [])
        self.reviewers[number] = list(dict.fromkeys([*asked, *people, *teams]))

    def _pull(self, number: int) -> PullRequest:
        if number not in self.pulls:
            raise RunFailed(f"GitHub found nothing at pull request {number}.")
        return self.pulls[number]

    @_recorded
    def branch_head(self, branch: str) -> str | None:
        return self.branches.get(branch)

    @_recorded
    def set_branch(self, branch: str, commit: str) -> None:
        self._put(branch, commit)

    def _put(self, branch: str, commit: str) -> None:
        """A branch is made or moved, by a request or by git; its pull requests follow."""
        if branch in self.refused:
            raise self.refused[branch]
        self.branches[branch] = commit
        for pull in list(self.pulls.values()):
            if (pull.state, pull.head_branch) == ("open", branch) and pull.head != commit:
                self.add_pull_request(replace(pull, head=commit))

    @_recorded
    def file_at(self, path: str, reference: str) -> str | None:
        commit = self.branches.get(reference, reference)
        return self.files.get((commit, path), self.files.get((reference, path)))

    @_recorded
    def check_runs(self, commit: str) -> tuple[CheckRun, ...]:
        return tuple({c.name: c for c in self.checks if c.commit == commit}.values())

    @_recorded
    def write_check_run(self, check: CheckRun) -> CheckRun:
        found = self._id()
        url = check.url or f"https://github.example/{self.repository}/runs/{found}"
        self.checks.append(replace(check, id=found, url=url, completed_at=self._time(found)))
        return self.checks[-1]

    @_recorded
    def annotate(self, check: CheckRun, annotations: Sequence[Annotation]) -> None:
        if all(c.id != check.id for c in self.checks):
            raise RunFailed(f"GitHub found nothing at check run {check.id}.")
        self.annotations.setdefault(check.id, []).extend(annotations)

    @_recorded
    def check_runs_named(self, commit: str, name: str) -> tuple[CheckRun, ...]:
        return tuple(c for c in reversed(self.checks) if (c.commit, c.name) == (commit, name))

    @_recorded
    def comment(self, comment_id: int) -> Comment | None:
        return self.kept_comments[comment_id][1] if comment_id in self.kept_comments else None

    @_recorded
    def comments(self, number: int, since: str = "") -> Iterator[Comment]:
        kept = [c for pull, c in self.kept_comments.values() if pull == number]
        return iter([c for c in kept if self.edited.get(c.id, self._time(c.id)) >= since])

    @_recorded
    def create_comment(self, number: int, body: str, marker: str) -> Comment:
        return self.add_comment(number, self._body(body), self.login)

    @_recorded
    def update_comment(self, comment_id: int, body: str) -> Comment:
        if comment_id not in self.kept_comments:
            raise RunFailed(f"GitHub found nothing at comment {comment_id}.")
        number, old = self.kept_comments[comment_id]
        self.kept_comments[comment_id] = (number, replace(old, body=self._body(body)))
        self.edited[comment_id] = self._time(self.last_id)
        return self.kept_comments[comment_id][1]

    @_recorded
    def minimize_comment(self, comment: Comment) -> None:
        if comment.node != f"node-{comment.id}" or comment.id not in self.kept_comments:
            raise RunFailed(f"GitHub did not minimise comment {comment.id}: Could not resolve to a node.")
        self.minimized.append(comment.id)

    @_recorded
    def labels(self, number: int) -> tuple[tuple[str, str], ...]:
        if number not in self.pulls:
            raise RunFailed(f"GitHub found nothing at pull request {number}.")
        return tuple(self.kept_labels.get(number, {}).items())

    @_recorded
    def add_label(self, number: int, name: str) -> None:
        if number not in self.pulls:
            raise RunFailed(f"GitHub found nothing at pull request {number}.")
        self.label(number, name, self.login)

    @_recorded
    def remove_label(self, number: int, name: str) -> None:
        self.unlabel(number, name)

    @_recorded
    def reviews(self, number: int) -> Iterator[Review]:
        if number not in self.pulls:
            raise RunFailed(f"GitHub found nothing at pull request {number}.")
        return iter(list(self.kept_reviews.get(number, [])))

    @_recorded
    def permission(self, login: str) -> str:
        return self.permissions.get(login, "none")

    @_recorded
    def workflow_run(self, run_id: str, attempt: int) -> WorkflowRun | None:
        return self.runs.get((run_id, attempt))

    @_recorded
    def pull_request_runs(self, workflow: str, head: str) -> tuple[WorkflowRun, ...]:
        return tuple(reversed(self.runs_of.get((workflow, head), [])))

    @_recorded
    def rerun(self, run_id: str) -> None:
        known = [r for runs in self.runs_of.values() for r in runs if r.id == run_id]
        if not known or not known[-1].ended:
            raise RunFailed(f"GitHub does not run {run_id} again: it has not ended.")
        self.reruns.append(run_id)

    @_recorded
    def react(self, comment_id: int, reaction: Reaction) -> None:
        if comment_id not in self.kept_comments:
            raise RunFailed(f"GitHub found nothing at comment {comment_id}.")
        reactions = self.reactions.setdefault(comment_id, [])
        if reaction not in reactions:
            reactions.append(reaction)

    @_recorded
    def own_login(self) -> str:
        return self.login

    @_recorded
    def deployments(self, environment: str, task: str) -> Iterator[Deployment]:
        newest_first = reversed(self.kept_deployments)
        return iter([d for d in newest_first if (d.environment, d.task) == (environment, task)])

    @_recorded
    def create_deployment(self, deployment: Deployment) -> Deployment:
        found = self._id()
        made = replace(deployment, id=found, created_at=self._time(found))
        self.kept_deployments.append(made)
        return made

    @_recorded
    def deployment_statuses(self, deployment_id: int) -> tuple[DeploymentStatus, ...]:
        return tuple(reversed(self.statuses.get(deployment_id, [])))

    @_recorded
    def add_deployment_status(self, deployment: Deployment, status: DeploymentStatus) -> None:
        if status.state is DeploymentState.SUCCESS:
            self._end_older(deployment)
        self.statuses.setdefault(deployment.id, []).append(replace(status, at=self._time(self.last_id)))

    @_recorded
    def dispatch_workflow(self, workflow: str, ref: str, inputs: dict[str, str]) -> None:
        if ref not in self.branches:
            raise RunFailed(f"GitHub cannot dispatch {workflow} on {ref} (status 422): No ref found.")
        if not workflow.endswith((".yml", ".yaml")):
            raise RunFailed(f"GitHub cannot dispatch {workflow} on {ref} (status 404): Not Found.")
        self.dispatched.append((workflow, ref, dict(inputs)))

    def _end_older(self, newest: Deployment) -> None:
        """As GitHub does: a success marks the environment's older successful ones inactive."""
        for older in self.kept_deployments:
            past = self.statuses.get(older.id, [])
            ended = past and past[-1].state is DeploymentState.SUCCESS
            if ended and older.id != newest.id and older.environment == newest.environment:
                past.append(DeploymentStatus(DeploymentState.INACTIVE, ""))
