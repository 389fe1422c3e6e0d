"""What works on a folder of this machine alone: its configuration, and a plan of it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gitops_bot.app.process import (
    hide_from_children,
    secrets_of,
    session_maker,
)
from gitops_bot.core.errors import BadInput, ExitCode

if TYPE_CHECKING:
    from gitops_bot.core.environments import Environment, Settings
    from gitops_bot.ports import Progress


def config_text(root: Path, config: Path | None) -> bytes | None:
    """The configuration file's bytes; None where there is none and none was named."""
    from gitops_bot.config.promotion import CONFIG_FILE

    path = config or root / CONFIG_FILE
    if not path.exists():
        if config is not None:
            raise BadInput(
                f"The configuration {str(path)!r} does not exist.", "Name one that does with --config."
            )
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{str(path)!r} cannot be read: {error.strerror}.") from error


def read_settings(root: Path, config: Path | None) -> Settings:
    """The configuration of a work tree on this machine. Raises `BadInput`."""
    from gitops_bot.config.load import load_settings
    from gitops_bot.config.promotion import CONFIG_FILE

    return load_settings(config_text(root, config), str(config or CONFIG_FILE))


def local_environment(settings: Settings, name: str | None, root: Path) -> Environment:
    """The one named, else the checked-out branch's, else the lowest."""
    if name is not None:
        environment = settings.environment(name)
        if environment is None:
            names = ", ".join(e.name for e in settings.environments)
            raise BadInput(f"There is no environment {name!r}.", f"Give one of: {names}.")
        return environment
    import subprocess

    try:
        branch = subprocess.run(
            ["git", "symbolic-ref", "--short", "HEAD"], cwd=root, capture_output=True, text=True, check=False
        ).stdout.strip()
    except OSError:
        branch = ""
    return settings.environment_of_branch(branch) or settings.environments[0]


def plan(
    root: Path,
    environ: Mapping[str, str],
    progress: Progress,
    *,
    environment: str | None,
    projects: tuple[str, ...],
    config: Path | None,
    assume_role: bool,
    as_json: bool,
) -> tuple[ExitCode, str]:
    """Plan the work tree at `root` on this machine; the exit code and the rendered report.

    The credentials are those of whoever runs this, unless `assume_role`.
    """
    from msgspec.structs import replace

    from gitops_bot.adapters.terraform.binary import AskedVersion
    from gitops_bot.adapters.terraform.environment import child_environment
    from gitops_bot.core.aws import NO_ROLES, Phase, RunIdentity

    if not root.is_dir():
        raise BadInput(
            f"{str(root)!r} is not a folder.",
            "Give the folder of the repository; --environment names an environment.",
        )
    settings = read_settings(root, config)
    chosen = local_environment(settings, environment, root)
    unknown = [name for name in projects if name not in {p.name for p in settings.projects}]
    if unknown:
        names = ", ".join(p.name for p in settings.projects)
        raise BadInput(f"There is no project {unknown[0]!r}.", f"Give one of: {names}.")
    if projects:
        settings = replace(settings, projects=tuple(p for p in settings.projects if p.name in projects))
    with_role = chosen
    if assume_role and not chosen.aws.role_of(Phase.PLAN):
        raise BadInput(
            f"{chosen.name} has no AWS role in the configuration, so there is none to assume.",
            "Leave out --assume-role, or add plan_role and apply_role to its `aws`.",
        )
    if not assume_role and chosen.aws.role_of(Phase.PLAN):
        own = replace(NO_ROLES, region=chosen.aws.region, account_id=chosen.aws.account_id)
        with_role = replace(chosen, aws=own)
        progress(f"AWS: with your own credentials; --assume-role takes the plan role of {chosen.name}.")
    hide_from_children()
    given = child_environment(environ, passed=settings.terraform.pass_env)
    asked = AskedVersion(settings.terraform.binary, given)
    # Loaded while Terraform says its version; all of it before a plan, whose code could change the files.
    import tempfile

    from gitops_bot.adapters.actions import ActionsStep
    from gitops_bot.adapters.terraform.runner import TerraformBinary
    from gitops_bot.commands.plan_local import plan_local

    step = ActionsStep(environ, sys.stderr)
    for secret in secrets_of(environ):
        step.mask(secret)
    session = session_maker(environ, step)(settings, with_role, Phase.PLAN, RunIdentity())
    terraform = TerraformBinary(settings.terraform, environ, session, asked=asked)
    with tempfile.TemporaryDirectory(prefix="gitops-bot-") as scratch:
        return plan_local(
            chosen,
            settings,
            root,
            terraform,
            Path(scratch),
            progress,
            lambda: (*secrets_of(environ), *session.secrets),
            as_json=as_json,
        )


def validate(root: Path, config: Path | None) -> str:
    """Check the configuration and the folders it names. One sentence when all is well.

    Raises `ConfigInvalid` with every mistake.
    """
    from gitops_bot.config.folders import check_folders
    from gitops_bot.config.load import load_settings
    from gitops_bot.config.mistakes import ConfigInvalid
    from gitops_bot.config.promotion import CONFIG_FILE

    if not root.is_dir():
        raise BadInput(f"{str(root)!r} is not a folder.", "Give the folder of the repository.")
    text, source = config_text(root, config), str(config or CONFIG_FILE)
    settings = load_settings(text, source)
    mistakes = check_folders(settings, root, text=text, source=source)
    if mistakes and text is None:
        raise BadInput(
            f"There is no {source}, so Terraform's files are looked for in {str(root)!r}, which holds none.",
            "Run this where the .tf files are, or write the file: `projects: [{name: main, dir: infra}]`.",
        )
    if mistakes:
        raise ConfigInvalid(mistakes)
    path = " → ".join(e.name for e in settings.environments)
    count = len(settings.projects)
    found = f"{source} is valid" if text is not None else f"There is no {source}, so the defaults hold"
    lines = [f"{found}: {path}; {count} project{'s' if count != 1 else ''}."]
    return "\n".join([*lines, *(f"Note: {n}" for n in (*settings.notices, *settings.advice))])
