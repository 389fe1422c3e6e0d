"""`gitops-bot run` inside the test's own process: the real composition, without the pauses between tries."""

from __future__ import annotations

import io
import traceback
from pathlib import Path

from gitops_bot.app.step import run
from gitops_bot.core.errors import GitopsBotError
from gitops_bot.sandbox.records import Event
from tests.kit.stage import Stage, StepRun, read_outputs


def no_wait(_seconds: float) -> None:
    """A pause that takes no time."""


def deliver_here(stage: Stage, event: Event | None = None, work: Path | None = None, **more: str) -> StepRun:
    """What `Stage.deliver` does, without a process of its own and without the pauses between retries.

    Everything else is the real thing: git, Terraform, HTTP. Errors become exit codes as in the command
    line; an error that is not one of ours leaves its traceback in `stderr`. Works in any thread.
    """
    event = event or stage.hub.events.popleft()
    environ = stage.environ(event, work or stage.checkout(event.sha), **more)
    log, complaint = io.StringIO(), ""
    try:
        code = int(run(environ, log, sleep=no_wait))
    except GitopsBotError as error:
        code, complaint = int(error.exit_code), f"Error: {error.message}\n{error.hint}"
    except Exception:
        code, complaint = 1, traceback.format_exc()
    return StepRun(
        code,
        log.getvalue(),
        complaint,
        read_outputs(_text(environ["GITHUB_OUTPUT"])),
        _text(environ["GITHUB_STEP_SUMMARY"]),
    )


def _text(path: str) -> str:
    return Path(path).read_text() if Path(path).exists() else ""
