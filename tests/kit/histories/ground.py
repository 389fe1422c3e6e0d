"""What a history is played on, and what an apply or a plan did there, as plain facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from gitops_bot.ports import DeploymentState, PullRequest
from tests.kit.model_terraform import Goes, State


class RunKind(StrEnum):
    """What a workflow run is for."""

    PLAN = "plan"
    APPLY = "apply"
    PROMOTE = "promote"
    RECONCILE = "reconcile"
    BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A workflow run that can be delivered, as often as one likes. `number` and `head` are those of the
    pull request it plans; `handle` is the ground's own."""

    kind: RunKind
    environment: str
    commit: str
    handle: object
    number: int = 0
    head: str = ""


Ledger = tuple[tuple[str, DeploymentState | None], ...]
"""The deployments of an environment, newest first: the commit, and how it ended (None: it has no end)."""


@dataclass(frozen=True, slots=True)
class Applying:
    """One apply: the plan's document, the states around it, and the environment's ledger as it began."""

    environment: str
    document: bytes
    before: State
    after: State
    succeeded: bool
    ledger: Ledger
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one run did. `result` is the step output, "" where it did not come to that; `error` what it
    ended with, "" for an exit code; `plans` the documents of its plans; `pull_request` one it opened."""

    result: str
    error: str
    plans: tuple[bytes, ...]
    applies: tuple[Applying, ...]
    pull_request: int = 0
    log: str = ""


class Forgery(StrEnum):
    """How a check run is made to look like an approval."""

    NO_PROOF = "no proof"
    OWN_KEY = "signed with another key"
    OTHER_WORKFLOW = "a genuine token of another workflow"
    OTHER_PULL_REQUEST = "a genuine token of another pull request"
    OTHER_EVENT = "a genuine token of a push"


class Ground(Protocol):
    """A repository with environments. Branches are named after their environments."""

    environments: tuple[str, ...]

    def head(self, branch: str) -> str:
        """The commit a branch is at."""

    def files(self, commit: str) -> Mapping[str, str]:
        """The .tf files of a commit, by path."""

    def tree(self, commit: str) -> str:
        """The hash of a commit's content."""

    def base_of(self, merge: str) -> str:
        """The base that a test merge was made on."""

    def reachable(self, commit: str) -> set[str]:
        """The commit and all it comes from."""

    def pulls(self) -> list[PullRequest]:
        """Every pull request."""

    def text(self, name: str, input: str, trigger: str, create_first: bool) -> str:
        """A resource's text."""

    def commit(self, branch: str, files: Mapping[str, str | None], start: str = "") -> str:
        """Push a commit to a branch."""

    def open_pull_request(self, branch: str, base: str) -> int:
        """Open a pull request."""

    def merge(self, number: int, method: str) -> bool:
        """Merge a pull request; False where that cannot be."""

    def update(self, number: int) -> bool:
        """Merge the base into a pull request's branch; False where that cannot be."""

    def reopen(self, number: int) -> None:
        """Close and open a pull request again."""

    def dispatch(self, command: str, environment: str, branch: str) -> None:
        """Start the workflow by hand."""

    def schedule(self) -> None:
        """Let the workflow's clock strike."""

    def later(self) -> None:
        """Let a working day pass, so that no job can still run."""

    def started(self) -> list[Waiting]:
        """The runs started since it was last asked."""

    def deliver(self, run: Waiting, fail_call: int | None = None) -> Delivered:
        """Run the product for a workflow run. `fail_call`: the call to GitHub that fails."""

    def forge(self, run: Waiting, how: Forgery) -> None:
        """Write the check run that a plan run would write, without being it."""

    def ledger(self, environment: str) -> Ledger:
        """The deployments of an environment."""

    def apply_check(self, environment: str, commit: str) -> tuple[str, str]:
        """Conclusion and summary of the apply check on a commit, "" without one."""

    def state(self, environment: str) -> State:
        """What exists."""

    def change_state(self, environment: str, state: State) -> None:
        """Somebody changes what exists, without the product."""

    def order(self, environment: str, at: int, goes: Goes) -> None:
        """The next apply of an environment goes wrong."""

    def forget_orders(self) -> None:
        """Nothing goes wrong any more."""


@runtime_checkable
class Overtaken(Protocol):
    """A ground on which a run can overtake another."""

    def overtake(self, act: Callable[[], None] | None, *, before_plan: bool) -> None:
        """What happens once, amid the next apply run: before its plan, or between that and the apply."""
