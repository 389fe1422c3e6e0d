"""The outside as the use cases see it, and the facts of the run they belong to."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from gitops_bot.core.aws import Phase, RunIdentity
from gitops_bot.core.environments import Environment, Settings, TerraformSettings
from gitops_bot.core.errors import BadInput
from gitops_bot.core.json_values import JsonValue
from gitops_bot.core.provenance import CalledWorkflow, NotProven, Proof
from gitops_bot.core.report import Links
from gitops_bot.ports import CloudSession, CodeHost, Signals, StepOutput, TerraformRunner, Witness, WorkTree

CONFIG_FILE = ".gitops-bot.yml"


class RunFacts(Struct, frozen=True):
    """Who runs this, where. `id` is the workflow run's, `secrets` are to be hidden everywhere.

    `workflow` is the name of the run's workflow file, "" when it is not known; `attempt` counts the
    run's re-runs, from 1.
    """

    id: str
    actor: str
    repository: str
    server_url: str
    secrets: tuple[str, ...] = ()
    workflow: str = ""
    attempt: int = 1

    @property
    def url(self) -> str:
        """The run's page."""
        return f"{self.server_url}/{self.repository}/actions/runs/{self.id}" if self.id else ""

    def identity(self, commit: str, pull_request: int = 0) -> RunIdentity:
        """Who assumes a role, and for which change."""
        return RunIdentity(self.id, self.repository, pull_request, commit, self.actor)

    def links(self, commit: str = "", pull_request: str = "") -> Links:
        """The addresses a report may show."""
        page = f"{self.server_url}/{self.repository}/commit/{commit}" if commit else ""
        # An artifact has an address only once it is uploaded; the run's page lists them.
        return Links(self.url, page, pull_request, f"{self.url}#artifacts" if self.url else "")


class NoWitness:
    """`ports.Witness` where there is nothing to prove with: it proves nothing and believes nothing."""

    repository = repository_id = workflow = issuer = ""
    called: CalledWorkflow | None = None

    def prove(self, audience: str) -> Proof | None:
        """No proof."""
        return None

    def check(self, proof: Proof, audience: str) -> dict[str, JsonValue] | None:
        """No proof holds."""
        raise NotProven("There is nothing to check it with.")


NO_WITNESS = NoWitness()


class NoSignals:
    """`ports.Signals` where none ever comes."""

    came = False

    def defer(self) -> None:
        """Nothing to defer."""

    def hold(self) -> None:
        """Nothing to hold."""


NO_SIGNALS = NoSignals()


class Effects(Struct, frozen=True):
    """The adapters, each used through its port. `scratch` is a private folder for plan files.

    `make_session` and `make_terraform` wait for the settings, which come with the event; `open_tree`
    opens another checkout. `signals` says what a signal does inside of it.
    `keep_file` writes a file that outlives the run's scratch folder, and says where it is ("" where it
    cannot). `clock` says what time it is, with an offset.
    """

    host: CodeHost
    tree: WorkTree
    step: StepOutput
    scratch: Path
    open_tree: Callable[[Path], WorkTree]
    make_session: Callable[[Settings, Environment, Phase, RunIdentity], CloudSession]
    make_terraform: Callable[[TerraformSettings, CloudSession], TerraformRunner]
    signals: Callable[[], AbstractContextManager[Signals]] = lambda: nullcontext(NO_SIGNALS)
    keep_file: Callable[[str, str], str] = lambda _name, _text: ""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    witness: Witness = NO_WITNESS


def check_work_tree(tree: WorkTree, commit: str) -> None:
    """What is planned is exactly the judged commit (D1). Raises `BadInput`."""
    head = tree.head()
    if head != commit:
        raise BadInput(
            f"The work tree is at {head[:12]}, but this event is about {commit[:12]}.",
            "Check out the event's own commit: actions/checkout without `ref`.",
        )
    changed = tree.changed_files()
    if changed:
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        raise BadInput(
            f"The work tree was modified: {', '.join(ascii(f)[1:-1] for f in changed[:3])}{more}.",
            "Remove the steps that write into it, or list what they write in .gitignore.",
        )


def check_history(tree: WorkTree) -> None:
    """The clone holds the history that an apply and a promotion look at. Raises `BadInput`."""
    if tree.is_shallow():
        raise BadInput("The checkout has no history.", "Give actions/checkout `fetch-depth: 0`.")
