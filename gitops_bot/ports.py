"""What the use cases need from the outside, as small interfaces. Adapters implement them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeAlias

from msgspec import Struct

from gitops_bot.core.comment_commands import Reaction
from gitops_bot.core.content import Content
from gitops_bot.core.errors import RunFailed
from gitops_bot.core.json_values import JsonValue
from gitops_bot.core.locks import StateLock
from gitops_bot.core.provenance import CalledWorkflow, Proof
from gitops_bot.core.report import Applied, Diagnostic
from gitops_bot.core.repository import (
    ActionsRules,
    BranchRules,
    EnvironmentRules,
    ForkApproval,
    RepositoryFacts,
)
from gitops_bot.core.reviews import Review

# --- Terraform ------------------------------------------------------------------------------


class ProjectRun(Struct, frozen=True):
    """One project as Terraform is to see it. All paths are absolute and were checked to exist.

    `writes` is True for the runs of an apply, which may create the workspace. The plans of pull
    requests write nothing.
    """

    dir: Path
    var_files: tuple[Path, ...] = ()
    backend_config: tuple[Path, ...] = ()
    workspace: str = "default"
    writes: bool = False


class PlanMade(Struct, frozen=True):
    """A plan. `document` is the output of `show -json`, `text` Terraform's own rendering (both hold
    secrets). `lineage` is the state's, "" before the first apply; `lock_digest` is the SHA-256 of
    the committed dependency lock file, "" where none is committed; `sources_digest` one over all
    Terraform files the plan was made from; `program` is OpenTofu where that made it, else ""."""

    document: bytes
    text: str
    plan_file: Path
    lineage: str
    lock_digest: str = ""
    sources_digest: str = ""
    warnings: tuple[Diagnostic, ...] = ()
    program: str = ""


class PlanErrored(Struct, frozen=True):
    """It ended in an error during `stage`: credentials, or Terraform's init, workspace, plan or show."""

    stage: str
    diagnostics: tuple[Diagnostic, ...]


PlanResult: TypeAlias = PlanMade | PlanErrored
Progress: TypeAlias = Callable[[str], None]
"""Takes one line that is safe to show while Terraform works (never values)."""
OnInterrupt: TypeAlias = Callable[[Applied], None]
"""Takes what an apply had done when a signal came, while Terraform still stops."""


class TerraformRunner(Protocol):
    """Runs the terraform binary. Every method but `apply` raises `Interrupted` when a signal ended
    it, and every one `BadInput` when the binary is missing or too old.

    To be called in the main thread: elsewhere no signal reaches Terraform, and one whose bot is
    killed goes on alone until it dies of the closed pipe.
    """

    def version(self) -> str:
        """Terraform's version, such as `1.11.4`."""

    def init(
        self, run: ProjectRun, progress: Progress, on_interrupt: Callable[[], None] | None = None
    ) -> PlanErrored | None:
        """init and workspace, for the plans of this run; what went wrong, or None.

        Only what is initialised before the first plan gets the credentials of private modules: a plan
        runs code, which could watch a later init (SECURITY.md). `on_interrupt` is as for `plan`.
        """

    def plan(
        self,
        run: ProjectRun,
        plan_file: Path,
        progress: Progress,
        on_interrupt: Callable[[], None] | None = None,
    ) -> PlanResult:
        """plan -out, show -json; before it init and workspace, where the folder is not as they left it
        for this run. `plan_file` is written with mode 0600.

        `on_interrupt` is called once when a signal came, while Terraform still stops.
        """

    def apply(
        self, run: ProjectRun, made: PlanMade, progress: Progress, on_interrupt: OnInterrupt | None = None
    ) -> Applied:
        """apply -json of exactly `made.plan_file`, with what was done to each resource.

        After a signal the result is returned, with `interrupted` set, so that it can be recorded.
        That may be later than a runner waits, so `on_interrupt` is called once before, with what is
        known by then. An `Exception` it raises is dropped, with a line of progress.
        """

    def lineage(self, run: ProjectRun) -> str:
        """The lineage of the state as it is now, "" when there is none."""

    def lock_of(self, run: ProjectRun) -> StateLock | None:
        """The lock the project's state is under now, None when there is none. The state is not
        changed. Raises `RunFailed` when it cannot be found out."""

    def unlock(self, run: ProjectRun, lock_id: str) -> None:
        """Release exactly that lock. Raises `RunFailed` when it is not there or cannot be released."""

    def who(self) -> str:
        """How Terraform names this user on this machine in a lock, such as `runner@host`."""


# --- the cloud -------------------------------------------------------------------------------


class CloudIdentity(Struct, frozen=True):
    """Who AWS says a session is: its account and ARN. `source` says where its first credentials came
    from, `ends` when it ends (UTC), None for credentials that were not made for this run."""

    account: str
    arn: str
    source: str
    ends: datetime | None = None


class CloudSession(Protocol):
    """The credentials of one environment and phase: assumed when first needed, renewed when due.

    They leave it only for the environment of Terraform's process.
    """

    def open(self, progress: Progress) -> CloudIdentity | None:
        """Have credentials with most of their life left; None where no role and no account are
        configured. Raises `CloudRefused`."""

    def replace_in(self, environ: Mapping[str, str]) -> dict[str, str]:
        """`environ` for Terraform's process: the opened credentials in place of all others."""

    def seconds_left(self) -> float | None:
        """How long the credentials will still work; None where they were not made for this run."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every value obtained so far that must not be shown."""


# --- provenance ------------------------------------------------------------------------------


class Witness(Protocol):
    """Proves this run's own statements, and checks the proofs of other runs."""

    @property
    def repository(self) -> str:
        """OWNER/REPO."""

    @property
    def workflow(self) -> str:
        """The path of this run's own workflow file, "" where that is not known."""

    @property
    def repository_id(self) -> str:
        """The repository's number, "" where that is not known."""

    @property
    def called(self) -> CalledWorkflow | None:
        """The reusable workflow this run's own job came from, if it came from one."""

    @property
    def issuer(self) -> str:
        """Who signs the tokens of this server's jobs."""

    def prove(self, audience: str) -> Proof | None:
        """A proof that this run says what the audience names, None where it cannot have one.
        Raises `RunFailed` when the service that should give one does not."""

    def check(self, proof: Proof, audience: str) -> dict[str, JsonValue] | None:
        """The claims of a token whose signature holds, None for an HMAC that does. Raises `NotProven`
        when it does not, and `RunFailed` when that cannot be found out."""


# --- the repository's work tree --------------------------------------------------------------


class WorkTree(Protocol):
    """The checked-out repository, through the git command line."""

    @property
    def root(self) -> Path:
        """The folder of the checkout."""

    def head(self) -> str:
        """The full hash of HEAD."""

    def changed_files(self) -> tuple[str, ...]:
        """Files that differ from HEAD or are untracked and not ignored."""

    def tree(self, revision: str) -> str:
        """The hash of a commit's tree."""

    def has_commit(self, revision: str) -> bool:
        """Whether the commit is present in this clone."""

    def merge_base(self, one: str, other: str) -> str | None:
        """The newest commit both come from, None when there is none."""

    def parents(self, revision: str) -> tuple[str, ...]:
        """The parents of a commit, in order. Raises `RunFailed` for one that is not there."""

    def is_shallow(self) -> bool:
        """Whether the clone lacks history."""

    def commits_between(self, after: str | None, until: str) -> tuple[str, ...]:
        """The commits reachable from `until` and not from `after` (None: all), newest first."""

    def changes_of(self, path: str, until: str) -> tuple[str, ...]:
        """The commits that changed a file, newest first: `until` and its first parents, not what their
        merges brought in."""

    def fetch(self, reference: str) -> str:
        """Fetch a branch or commit from origin; the full hash it is at."""

    def file_at(self, revision: str, path: str) -> str | None:
        """A file's text at a commit, None when it is not there."""

    def texts_in(self, revision: str, folder: str, suffix: str) -> tuple[tuple[str, str], ...]:
        """The files directly in a folder at a commit whose names end so: path and text, by path.

        Both paths are from the repository's root (`.` is the root). No symlink is followed. What is not
        UTF-8 is left out, and so is what is too much to be read at once. () for no such folder.
        """

    def content(self, revision: str) -> Content:
        """Every file of a commit or tree with its mode and object, submodules included."""

    def merged_tree(self, base: str, head: str) -> str | None:
        """The hash of the tree that merging `head` into `base` gives, None when they conflict. Nothing is
        checked out."""

    def picked_tree(self, commit: str, parent: str, onto: str) -> str | None:
        """The tree of `onto` with what changed from `parent` to `commit`, None when that conflicts."""

    def write_commit(self, tree: str, parents: Sequence[str], message: str) -> str:
        """Make a commit with this tree; nothing is checked out and no branch moves. Its hash."""

    def push(self, commit: str, branch: str) -> None:
        """Put a commit of this clone on a branch of origin, made or moved there. Raises `RunFailed`."""

    def merge(self, base: str, head: str, into: Path) -> str | None:
        """Check out the merge of `head` into `base` at the new folder `into`; its commit hash.
        None when they conflict."""


# --- GitHub ----------------------------------------------------------------------------------


class PullRequest(Struct, frozen=True):
    """A pull request. `merge_commit` is the commit that merged it and `merged_at` the time, ISO 8601 in
    UTC; both are "" while it is open."""

    number: int
    title: str
    head: str
    head_branch: str
    base_branch: str
    url: str
    state: str = "open"
    merged: bool = False
    merge_commit: str = ""
    author: str = ""
    head_repository: str = ""
    merged_at: str = ""
    body: str = ""
    draft: bool = False


class Comment(Struct, frozen=True):
    """A comment on a pull request. `author` is the login, such as `github-actions[bot]`; `node` is its
    id in GraphQL."""

    id: int
    body: str
    author: str
    url: str
    node: str = ""


class Conclusion(StrEnum):
    """How a check run ended."""

    SUCCESS = "success"
    FAILURE = "failure"
    NEUTRAL = "neutral"
    CANCELLED = "cancelled"


class AnnotationLevel(StrEnum):
    """How an annotation is marked. None of them decides how its check run ended."""

    NOTICE = "notice"
    WARNING = "warning"
    FAILURE = "failure"


class Annotation(Struct, frozen=True):
    """What a check run says at one place of its commit; plain text, no Markdown.

    `path` is relative to the repository's root, lines count from 1. At most 255 characters of title and
    64 KiB of message, which is not empty.
    """

    path: str
    start_line: int
    end_line: int
    level: AnnotationLevel
    title: str
    message: str


class CheckRun(Struct, frozen=True):
    """A completed check run. `title`, `summary` and `text` hold at most 65,535 characters each.

    `completed_at` is read only: ISO 8601 in UTC, as GitHub tells it.
    """

    name: str
    commit: str
    conclusion: Conclusion | None
    title: str
    summary: str
    text: str = ""
    external_id: str = ""
    url: str = ""
    id: int = 0
    completed_at: str = ""


class DeploymentState(StrEnum):
    """The states of a deployment that the ledger writes or meets."""

    IN_PROGRESS = "in_progress"
    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"
    INACTIVE = "inactive"


class DeploymentStatus(Struct, frozen=True):
    """One status of a deployment. `description` holds at most 140 characters. `at` is read only: when GitHub
    recorded it, ISO 8601 in UTC."""

    state: DeploymentState
    description: str
    url: str = ""
    at: str = ""


class Deployment(Struct, frozen=True):
    """A GitHub deployment. `created_at` is an ISO 8601 time in UTC; `payload` is ours."""

    id: int
    environment: str
    commit: str
    task: str
    payload: dict[str, JsonValue]
    created_at: str
    description: str = ""


class WorkflowRun(Struct, frozen=True):
    """One attempt of a workflow run. `ended` is True only once GitHub calls it completed, and then
    `ended_at` is the time, ISO 8601 in UTC. `skipped`: none of its jobs had anything to do."""

    id: str
    attempt: int
    ended: bool
    ended_at: str = ""
    skipped: bool = False


class CodeHost(Protocol):
    """The parts of GitHub's REST API the product uses, for one repository.

    Reads are retried on 5xx, dropped connections and rate limits; writes are repeated only where
    a second one cannot double anything. Raises `RunFailed` or `BadInput` with what to do.
    """

    def pull_request(self, number: int) -> PullRequest:
        """One pull request."""

    def merged_pull_requests(self, base_branch: str) -> Iterator[PullRequest]:
        """Merged pull requests into a branch, most recently updated first, fetched page by page."""

    def open_pull_request(self, head_branch: str, base_branch: str) -> PullRequest | None:
        """The open pull request between two branches of this repository, if there is one."""

    def open_pull_requests(self, base_branch: str) -> Iterator[PullRequest]:
        """The open pull requests into a branch, newest first, fetched page by page."""

    def open_pull_requests_into(
        self, base_branches: Sequence[str], most: int
    ) -> dict[str, tuple[PullRequest, ...]]:
        """The newest open pull requests into each of these branches, at most so many of each."""

    def create_pull_request(
        self, title: str, body: str, head_branch: str, base_branch: str, draft: bool = False
    ) -> PullRequest:
        """Open a pull request."""

    def update_pull_request(self, number: int, title: str, body: str) -> None:
        """Replace a pull request's title and description."""

    def close_pull_request(self, number: int) -> None:
        """Close a pull request without merging it."""

    def request_reviewers(self, number: int, people: Sequence[str], teams: Sequence[str]) -> None:
        """Ask people (logins) and teams (slugs) for a review; those who are asked already are not again."""

    def branch_head(self, branch: str) -> str | None:
        """The commit a branch is at, None when there is no such branch."""

    def set_branch(self, branch: str, commit: str) -> None:
        """Create the branch at the commit, or move it there. Raises `BranchRefused` for a 403."""

    def file_at(self, path: str, reference: str) -> str | None:
        """A file's text at a branch or commit, None when it is not there."""

    def check_runs(self, commit: str) -> tuple[CheckRun, ...]:
        """The latest check run of each name on a commit."""

    def check_runs_named(self, commit: str, name: str) -> tuple[CheckRun, ...]:
        """Every check run of that name on a commit, newest first, and not the latest only."""

    def write_check_run(self, check: CheckRun) -> CheckRun:
        """Create a completed check run."""

    def annotate(self, check: CheckRun, annotations: Sequence[Annotation]) -> None:
        """Add annotations to a check run of ours (`id`) that has none yet. What it says stays."""

    def comment(self, comment_id: int) -> Comment | None:
        """One comment, None when it is gone."""

    def comments(self, number: int, since: str = "") -> Iterator[Comment]:
        """A pull request's comments, oldest first, fetched page by page; with `since` (ISO 8601, UTC) only
        those written or edited from then on."""

    def create_comment(self, number: int, body: str, marker: str) -> Comment:
        """Post a comment. After an unclear failure an existing one that holds `marker` is taken."""

    def update_comment(self, comment_id: int, body: str) -> Comment:
        """Replace a comment's text."""

    def minimize_comment(self, comment: Comment) -> None:
        """Fold a comment away as outdated. Readers can open it again."""

    def labels(self, number: int) -> tuple[tuple[str, str], ...]:
        """Each label a pull request has now, with the login of who set it last; "" where GitHub does
        not say who, as for a label that was renamed since."""

    def add_label(self, number: int, name: str) -> None:
        """Set a label on a pull request; GitHub makes one of a name that is new to the repository."""

    def remove_label(self, number: int, name: str) -> None:
        """Take a label off a pull request; nothing happens where it has none of that name."""

    def reviews(self, number: int) -> Iterator[Review]:
        """A pull request's reviews, oldest first, fetched page by page."""

    def permission(self, login: str) -> str:
        """What a person may do in the repository now: admin, write, read or none."""

    def react(self, comment_id: int, reaction: Reaction) -> None:
        """Set a reaction of ours on a comment; one that is set already stays."""

    def own_login(self) -> str:
        """The login this token writes as."""

    def deployments(self, environment: str, task: str) -> Iterator[Deployment]:
        """Deployments of an environment and task, newest first, fetched page by page."""

    def create_deployment(self, deployment: Deployment) -> Deployment:
        """Create a deployment (its `id` and `created_at` are GitHub's to set)."""

    def deployment_statuses(self, deployment_id: int) -> tuple[DeploymentStatus, ...]:
        """A deployment's statuses, newest first."""

    def add_deployment_status(self, deployment: Deployment, status: DeploymentStatus) -> None:
        """Add a status."""

    def dispatch_workflow(self, workflow: str, ref: str, inputs: dict[str, str]) -> None:
        """Ask for a run of a workflow file (its name alone) on the branch `ref`."""

    def workflow_run(self, run_id: str, attempt: int) -> WorkflowRun | None:
        """One attempt of a workflow run, None when there is none of that number."""

    def pull_request_runs(self, workflow: str, head: str) -> tuple[WorkflowRun, ...]:
        """The newest runs of a workflow file (its name alone) for pull requests with that head, newest
        first, each with its latest attempt. A page of them is enough."""

    def rerun(self, run_id: str) -> None:
        """Run a workflow run again, with the event and the rights of its first attempt. Raises `RunFailed`
        for one that has not ended, and for one that is too old."""


class RepositorySettings(Protocol):
    """What GitHub says about a repository's settings. Nothing is changed.

    Every method raises `RunFailed` or `BadInput` where the token may not see it, or GitHub does not answer.
    """

    def repository(self) -> RepositoryFacts:
        """The repository itself."""

    def branch_rules(self, branch: str) -> BranchRules | None:
        """What a merge into a branch must fulfil, None when there is no such branch."""

    def environment_rules(self) -> tuple[EnvironmentRules, ...]:
        """The GitHub environments."""

    def actions_rules(self) -> ActionsRules:
        """What a workflow's token may do. Only an administrator's may ask."""

    def fork_approval(self) -> ForkApproval:
        """Whose pull requests from a fork wait for a person. Only an administrator's may ask."""

    def own_login(self) -> str:
        """The login this token writes as."""


class BranchRefused(RunFailed):
    """GitHub answered 403: this token may not put the commit on the branch. The sentence says why."""


class BodyTooLong(Exception):
    """GitHub refused a comment with 422 because of its size: make it shorter and try again."""


# --- the runner ------------------------------------------------------------------------------


class Signals(Protocol):
    """The signals that ask this process to stop: the first one counts, later ones are only noted.

    While a program runs, the first one is passed on to it and nothing is raised here; the program's
    result says that it was interrupted. Else it raises `KeyboardInterrupt`, unless `defer` or `hold`
    was called.
    """

    @property
    def came(self) -> bool:
        """Whether there was one."""

    def defer(self) -> None:
        """From now on none raises. One that no program gets goes to the next one that is started, so
        that nothing begins after it. For as long as results must not be lost."""

    def hold(self) -> None:
        """From now on they are noted and reach no program either, running or yet to be started. For
        as long as something is written down."""


class StepOutput(Protocol):
    """What GitHub Actions gives a step to speak through."""

    def log(self, text: str) -> None:
        """Lines for the log; workflow commands inside are made harmless."""

    def summary(self, markdown: str) -> None:
        """The job summary."""

    def output(self, name: str, value: str) -> None:
        """One step output."""

    def mask(self, secret: str) -> None:
        """Hide a value in everything the runner prints from now on."""
