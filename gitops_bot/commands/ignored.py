"""An event that leads to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitops_bot.core.errors import ExitCode

if TYPE_CHECKING:
    from gitops_bot.ports import StepOutput


def ignore(why: str, step: StepOutput) -> ExitCode:
    """Say why there is nothing to do."""
    step.log(f"Ignored: {why}")
    step.output("result", "ignored")
    return ExitCode.DONE
