"""`gitops-bot init`: sets up a repository on this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from gitops_bot.app.process import step_redactor
from gitops_bot.core.errors import BadInput, ExitCode
from gitops_bot.ports import Progress


def init(
    folder: Path,
    environ: Mapping[str, str],
    say: Progress,
    *,
    environments: Sequence[str],
    yes: bool,
    force: bool,
    dry_run: bool,
    at_terminal: bool,
) -> ExitCode:
    """Propose and write the configuration and the workflow of the repository that `folder` is in."""
    from gitops_bot.adapters.survey import Survey
    from gitops_bot.adapters.terminal import Terminal
    from gitops_bot.commands.init import Wishes
    from gitops_bot.commands.init import init as set_up
    from gitops_bot.core.stages import read_stage

    if not folder.is_dir():
        raise BadInput(f"{str(folder)!r} is not a folder.", "Give the folder of the repository.")
    survey = Survey(folder, environ)
    wishes = Wishes(tuple(map(read_stage, environments)), yes, force, dry_run)
    redact = step_redactor(environ)

    def show(text: str) -> None:
        """The repository's names and texts may hold anything."""
        say("".join(c if c.isprintable() or c in "\n\t" else "?" for c in redact(text)))

    ask = Terminal() if at_terminal else None
    return set_up(survey.findings(), survey.root, wishes, ask, show, survey.write)
