"""`gitops-bot doctor`, and the demo."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from gitops_bot.app.folder import config_text, read_settings
from gitops_bot.app.process import hide_from_children, secrets_of, session_maker
from gitops_bot.core.aws import Phase, RunIdentity
from gitops_bot.core.errors import BadInput, ExitCode
from gitops_bot.ports import Progress


def doctor(
    root: Path, environ: Mapping[str, str], progress: Progress, *, config: Path | None, as_json: bool
) -> tuple[ExitCode, str]:
    """Try every environment's plan role; the exit code (1 when one fails) and the table.

    Raises `BadInput` when the configuration is wrong or names no role.
    """
    from gitops_bot.adapters.actions import ActionsStep
    from gitops_bot.commands.doctor import check_roles, render_checks

    if not root.is_dir():
        raise BadInput(f"{str(root)!r} is not a folder.", "Give the folder of the repository.")
    hide_from_children()
    step = ActionsStep(environ, sys.stderr)
    for secret in secrets_of(environ):
        step.mask(secret)
    settings = read_settings(root, config)
    if config_text(root, config) is None:
        raise BadInput(
            f"There is no .gitops-bot.yml in {str(root)!r}, so no role is configured.",
            "Run this in the repository's folder, or name the file with --config.",
        )
    run = RunIdentity(
        environ.get("GITHUB_RUN_ID", ""),
        environ.get("GITHUB_REPOSITORY", ""),
        0,
        environ.get("GITHUB_SHA", ""),
        environ.get("GITHUB_ACTOR", ""),
    )
    make = session_maker(environ, step)
    checks = check_roles(settings, lambda e: make(settings, e, Phase.PLAN, run), progress)
    code = ExitCode.DONE if all(c.ok for c in checks) else ExitCode.FAILED
    return code, render_checks(checks, settings.advice, as_json=as_json)


def demo(out: Path, environ: Mapping[str, str], stdout: TextIO) -> ExitCode:
    """Play the whole story in the sandbox. Raises `BadInput` when a program or the extra is missing."""
    import shutil

    from gitops_bot.adapters.terraform.binary import find_binary, read_version

    try:
        from gitops_bot.sandbox.demo import play
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "gitops_bot":
            raise
        raise BadInput(
            "The demo needs the extra `sandbox`: install it with `pip install 'gitops-bot[sandbox]'`."
        ) from error
    if shutil.which("terraform") is not None:  # without one, the demo says what to install
        read_version(find_binary("terraform", environ), environ)
    return play(out, stdout)
