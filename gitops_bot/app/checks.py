"""`gitops-bot doctor`, and the demo."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from gitops_bot.app.folder import config_text, read_settings
from gitops_bot.app.process import github_timeout, hide_from_children, secrets_of, session_maker
from gitops_bot.app.repository import local_repository
from gitops_bot.core.aws import Phase, RunIdentity
from gitops_bot.core.environments import Settings
from gitops_bot.core.errors import BadInput, ExitCode
from gitops_bot.ports import Progress

if TYPE_CHECKING:
    from gitops_bot.config.mistakes import Mistake
    from gitops_bot.core.checkup import Finding


def doctor(
    root: Path,
    environ: Mapping[str, str],
    progress: Progress,
    *,
    config: Path | None,
    aws: bool,
    only: tuple[str, ...],
    repository: str | None,
    as_json: bool,
) -> tuple[ExitCode, str]:
    """Look at everything the bot needs; the exit code (1 for an error) and the findings.

    `only` are the topics that are looked at, () for all; the AWS roles only with `aws`.
    Raises `BadInput` when `root` is no folder.
    """
    from gitops_bot.commands.publish import redactor_for
    from gitops_bot.core.checkup import failed, ordered
    from gitops_bot.core.environments import DEFAULT_SETTINGS
    from gitops_bot.render.checkup import render_checkup

    if not root.is_dir():
        raise BadInput(f"{str(root)!r} is not a folder.", "Give the folder of the repository.")
    hide_from_children()
    settings, mistakes = _settings_or_mistakes(root, config)
    findings = list(_configuration(root, config, settings, mistakes))
    if settings is not None:
        findings += _of_files_and_github(root, environ, settings, repository)
        if aws:
            findings += _of_roles(root, environ, progress, settings)
    shown = [f for f in ordered(findings) if not only or f.topic in only]
    redactor = redactor_for(settings or DEFAULT_SETTINGS, secrets_of(environ), ())
    code = ExitCode.FAILED if failed(shown) else ExitCode.DONE
    return code, render_checkup(shown, as_json=as_json, redactor=redactor)


def _settings_or_mistakes(root: Path, config: Path | None) -> tuple[Settings | None, Sequence[Mistake]]:
    from gitops_bot.config.load import ConfigInvalid

    try:
        return read_settings(root, config), ()
    except ConfigInvalid as error:
        return None, error.mistakes


def _configuration(
    root: Path, config: Path | None, settings: Settings | None, mistakes: Sequence[Mistake]
) -> Iterator[Finding]:
    from gitops_bot.commands.doctor import check_configuration
    from gitops_bot.commands.effects import CONFIG_FILE
    from gitops_bot.config.folders import check_folders
    from gitops_bot.core.environments import DEFAULT_SETTINGS

    source, text = str(config or CONFIG_FILE), config_text(root, config)
    if settings is not None:
        mistakes = check_folders(settings, root, text=text, source=source)
    return check_configuration(settings or DEFAULT_SETTINGS, source, text is not None, mistakes)


def _of_files_and_github(
    root: Path, environ: Mapping[str, str], settings: Settings, repository: str | None
) -> Iterator[Finding]:
    from gitops_bot.adapters.checkout import read_code_owners, read_roots, read_workflows
    from gitops_bot.adapters.github.settings import GithubRepositorySettings
    from gitops_bot.commands.doctor import check_code_owners, check_files, check_github
    from gitops_bot.core.checkup import Finding, Level
    from gitops_bot.core.topics import Topic

    workflows, unreadable = read_workflows(root)
    roots = read_roots(root, settings, environ)
    yield from check_files(settings, workflows, unreadable, roots, _local_version(settings, environ))
    yield from check_code_owners(*read_code_owners(root), workflows, settings)
    try:
        where = local_repository(root, environ, repository)
    except BadInput as error:
        says = f"GitHub was not asked about the repository: {error.message}"
        yield Finding(Level.UNKNOWN, Topic.TOKEN, says, error.hint)
        return
    timeout = github_timeout(environ)
    with GithubRepositorySettings(where.api_url, where.name, where.token, timeout=timeout) as host:
        yield from check_github(host, settings, workflows)


def _local_version(settings: Settings, environ: Mapping[str, str]) -> str:
    """Terraform's version on this machine, "" for none that can be used: the workflow installs its own."""
    from gitops_bot.adapters.terraform.binary import find_binary, read_version

    try:
        return read_version(find_binary(settings.terraform.binary, environ), environ).text
    except BadInput:
        return ""


def _of_roles(
    root: Path, environ: Mapping[str, str], progress: Progress, settings: Settings
) -> Iterator[Finding]:
    from gitops_bot.adapters.actions import ActionsStep
    from gitops_bot.commands.doctor import role_findings
    from gitops_bot.commands.doctor.roles import check_roles
    from gitops_bot.core.checkup import Finding, Level
    from gitops_bot.core.topics import Topic

    step = ActionsStep(environ, sys.stderr)
    for secret in secrets_of(environ):
        step.mask(secret)
    run = RunIdentity(
        environ.get("GITHUB_RUN_ID", ""),
        environ.get("GITHUB_REPOSITORY", ""),
        0,
        environ.get("GITHUB_SHA", ""),
        environ.get("GITHUB_ACTOR", ""),
    )
    make = session_maker(environ, step)
    try:
        checks = check_roles(settings, lambda e: make(settings, e, Phase.PLAN, run), progress)
    except BadInput as error:
        yield Finding(Level.ERROR, Topic.ROLES, error.message, error.hint)
        return
    yield from role_findings(checks)


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
