"""`gitops-bot demo`: the whole story on this machine, with the real program and the real Terraform."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from importlib.util import cache_from_source
from pathlib import Path
from typing import TextIO

import gitops_bot
from gitops_bot.core.errors import BadInput, ExitCode, GitopsBotError
from gitops_bot.core.ledger import TASK, read_converged
from gitops_bot.sandbox.demo_repository import ENVIRONMENTS
from gitops_bot.sandbox.demo_runner import Runner
from gitops_bot.sandbox.demo_story import Story, build_repository
from gitops_bot.sandbox.git_store import GitFailed
from gitops_bot.sandbox.hub import Hub
from gitops_bot.sandbox.narrator import Narrator
from gitops_bot.sandbox.server import Sandbox
from gitops_bot.sandbox.transcript import Conversations, render_transcript

_MARK = ".gitops-bot-demo"
_FOLDERS = ("repository", "runs", "state")
_PAGE = "transcript.html"
_OURS = frozenset({_MARK, _PAGE, *_FOLDERS})
_HEADER = ("environment", "branch at", "applied", "converged then")


def play(out: Path, stdout: TextIO) -> ExitCode:
    """Play the story into the folder `out` and tell it on `stdout`.

    0 when it went as it should, 1 when it did not. Raises `BadInput` without Terraform or git, and
    when `out` holds anything that is not an earlier demo's.
    """
    _check_programs()
    folder = _prepare(out)
    started = time.monotonic()
    tell = Narrator(stdout)
    tell.title("gitops-bot demo: one change on its way through four environments")
    tell.say(
        "A sandbox plays GitHub on this machine. Every run below is the real `gitops-bot run` with the "
        "real Terraform, in a fresh checkout."
    )
    with Sandbox.start(folder / "repository") as sandbox:
        hub, talks = sandbox.hub, Conversations(sandbox.hub)
        failure: Exception | None = None
        try:
            build_repository(hub, folder / "state")
            with (
                tempfile.TemporaryDirectory(prefix="gitops-bot-demo-") as scratch,
                Runner(
                    sandbox, folder / "runs", tell.output, None if _compiled() else Path(scratch)
                ) as runner,
            ):
                Story(hub, runner, tell, talks, folder / "state").play()
        except (GitopsBotError, GitFailed) as error:
            failure = error
        talks.catch_up()
        table = [_HEADER, *(_row(hub, name) for name in ENVIRONMENTS)]
        page = render_transcript(talks, runner.runs, table)
    (folder / _PAGE).write_text(page, encoding="utf-8", errors="replace")
    tell.table(table)
    if failure is not None:
        tell.failure(f"The demo failed: {failure}")
    elif table[1][1] != table[1][2]:
        tell.say("devops waits: its branch holds a commit that was not applied, as the last part told.")
    tell.say(f"{len(runner.runs)} workflow runs in {time.monotonic() - started:.0f} s.")
    tell.say("The conversations, as a page for your browser:")
    tell.path(out / _PAGE)
    return ExitCode.DONE if failure is None else ExitCode.FAILED


def _compiled() -> bool:
    """Whether the program has its bytecode beside it, or will have after the first run."""
    return not sys.dont_write_bytecode or Path(cache_from_source(gitops_bot.__file__)).exists()


def _check_programs() -> None:
    if shutil.which("terraform") is None:
        raise BadInput(
            "The demo needs Terraform: install version 1.5 or newer, see "
            "https://developer.hashicorp.com/terraform/install, so that `terraform` is on the PATH."
        )
    if shutil.which("git") is None:
        raise BadInput("The demo needs git: install it, see https://git-scm.com, so that it is on the PATH.")


def _prepare(out: Path) -> Path:
    """The folder, empty but for our mark. Only an earlier demo's own files are ever removed."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        folder = out.resolve()
        found = {entry.name: entry for entry in folder.iterdir()}
        foreign = sorted(
            name for name, entry in found.items() if name not in _OURS or entry.is_symlink()
        ) or sorted(found if _MARK not in found else ())
        if foreign:
            raise BadInput(
                f"The folder {str(out)!a} holds {foreign[0]!a}, which is not the demo's.",
                "Name an empty or a new folder with --out.",
            )
        for name in _FOLDERS:
            if name in found:
                shutil.rmtree(found[name])
        (folder / _PAGE).unlink(missing_ok=True)
        (folder / _MARK).write_text(
            "This folder is the demo's; the next demo empties it.\n", encoding="utf-8"
        )
        for name in _FOLDERS:
            (folder / name).mkdir()
    except OSError as error:
        reason = error.strerror or "an error of the file system"
        raise BadInput(
            f"The folder {str(out)!a} cannot be used: {reason}.", "Name another with --out."
        ) from error
    return folder


def _row(hub: Hub, name: str) -> tuple[str, str, str, str]:
    head = (hub.store.branch(name) or "-")[:12]
    for deployment in hub.deployments.newest_first():
        if (deployment.environment, deployment.task) != (name, TASK):
            continue
        ended = next((s for s in deployment.statuses if s.state == "success"), None)
        if ended is not None:
            converged = {True: "yes", False: "no", None: "unknown"}[read_converged(ended.description)]
            return name, head, deployment.sha[:12], converged
    return name, head, "-", "-"
