"""What the sandbox remembers: people and their tokens, pull requests, comments, checks, deployments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeAlias
from zlib import crc32

from gitops_bot.sandbox.git_store import Signature

Json: TypeAlias = dict[str, Any]
"""A JSON object as the API speaks it."""
TokenKind: TypeAlias = Literal["app", "pat", "read-only"]

ACTIONS_LOGIN = "github-actions[bot]"
PERMISSIONS = (
    "actions", "administration", "checks", "contents", "deployments", "issues", "metadata", "pull_requests",
    "statuses",
)  # fmt: skip


def _everything() -> Mapping[str, str]:
    return MappingProxyType(dict.fromkeys(PERMISSIONS, "write"))


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts: a person with a personal access token, or an app with an installation token. Only a
    classic personal token has `scopes`."""

    login: str
    kind: TokenKind = "pat"
    permissions: Mapping[str, str] = field(default_factory=_everything)
    scopes: tuple[str, ...] | None = None

    @property
    def starts_runs(self) -> bool:
        """Whether what this actor does starts workflow runs; what GITHUB_TOKEN does starts none."""
        return self.login != ACTIONS_LOGIN

    @property
    def is_app(self) -> bool:
        """Whether the token belongs to an app."""
        return self.kind != "pat"

    def may(self, permission: str, level: str) -> bool:
        """Whether the token has the permission, at least at that level."""
        held = self.permissions.get(permission, "none")
        return held in ("write", level)

    def signature(self, at: datetime) -> Signature:
        """How GitHub signs this actor's commits."""
        return Signature(self.login, f"{user_id(self.login)}+{self.login}@users.noreply.github.com", at)


def user_id(login: str) -> int:
    """A stable number for a login."""
    return 41898282 if login == ACTIONS_LOGIN else crc32(login.encode()) % 10**8 + 1


@dataclass(frozen=True, slots=True)
class Site:
    """The facts about the hosted repository that every answer repeats."""

    repository: str
    default_branch: str
    api_url: str
    clone_url: str
    clock: Callable[[], datetime]

    @property
    def owner(self) -> str:
        """The repository's owner."""
        return self.repository.split("/")[0]

    @property
    def name(self) -> str:
        """The repository's name without its owner."""
        return self.repository.split("/")[1]

    @property
    def repo_url(self) -> str:
        """The repository's address in the API."""
        return f"{self.api_url}/repos/{self.repository}"

    @property
    def html_url(self) -> str:
        """The repository's address for people."""
        return f"{self.api_url}/{self.repository}"

    def now(self) -> datetime:
        """The time, in whole seconds as GitHub keeps it."""
        return self.clock().astimezone(UTC).replace(microsecond=0)


def iso(at: datetime) -> str:
    """A time as GitHub writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Event(NamedTuple):
    """What a workflow run would be started with: GITHUB_EVENT_NAME, the event's JSON, GITHUB_SHA,
    GITHUB_REF, and the delivery's id."""

    name: str
    payload: Json
    sha: str
    ref: str
    delivery: str


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request. `merge_sha` is the test merge while it is open ("" when the branches
    conflict) and the commit that merged it afterwards; `touched` orders by last change."""

    number: int
    title: str
    body: str
    author: str
    head: str
    base: str
    head_sha: str
    base_sha: str
    created_at: datetime
    updated_at: datetime
    touched: int
    merge_sha: str = ""
    mergeable: bool = False
    draft: bool = False
    closed_at: datetime | None = None
    merged_at: datetime | None = None
    merged_by: str = ""
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    review_teams: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """`open` or `closed`."""
        return "closed" if self.closed_at else "open"

    @property
    def merged(self) -> bool:
        """Whether it was merged."""
        return self.merged_at is not None


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a pull request. `edits` are its former texts, oldest first; `minimized` is the reason
    for which it is folded away, "" for none."""

    id: int
    number: int
    body: str
    author: str
    created_at: datetime
    updated_at: datetime
    minimized: str = ""
    edits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gate:
    """A GitHub environment: who must approve its jobs (logins), and which branches' jobs may use it: names
    and patterns, None for any; `protected` for any that is protected. `tags` beside `branches`."""

    name: str
    reviewers: tuple[str, ...] = ()
    branches: tuple[str, ...] | None = None
    protected: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reaction:
    """A reaction on a comment."""

    id: int
    comment: int
    content: str
    author: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Review:
    """A review of a pull request at a commit. `state` is GitHub's word, such as APPROVED."""

    id: int
    number: int
    author: str
    state: str
    sha: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt of a workflow run. `conclusion` is None while it is in progress."""

    id: int
    attempt: int
    name: str
    event: str
    branch: str
    sha: str
    started_at: datetime
    updated_at: datetime
    conclusion: str | None = None


@dataclass(frozen=True, slots=True)
class LabelEvent:
    """A label that was set on a pull request or taken off it: `labeled` or `unlabeled`."""

    id: int
    number: int
    event: str
    label: str
    actor: str
    by_app: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Check:
    """A check run, and the app that owns it."""

    id: int
    name: str
    sha: str
    app: str
    status: str
    conclusion: str | None
    started_at: datetime
    completed_at: datetime | None
    external_id: str = ""
    details_url: str = ""
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class CommitStatus:
    """A commit status."""

    id: int
    sha: str
    context: str
    state: str
    description: str | None
    target_url: str | None
    author: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DeployStatus:
    """A deployment's status."""

    id: int
    state: str
    description: str
    target_url: str
    environment_url: str
    author: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Deploy:
    """A deployment with its statuses, newest first."""

    id: int
    sha: str
    ref: str
    task: str
    environment: str
    payload: Json | str
    description: str | None
    author: str
    created_at: datetime
    updated_at: datetime
    transient: bool = False
    production: bool = False
    statuses: tuple[DeployStatus, ...] = ()
