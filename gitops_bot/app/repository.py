"""What asks GitHub about a repository, with the token of whoever sits at the shell."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from gitops_bot.app.folder import local_environment, read_settings
from gitops_bot.app.process import (
    api_url_of,
    github_timeout,
    hide_from_children,
    secrets_of,
    session_maker,
    token_of,
)
from gitops_bot.core.aws import NO_ROLES, Phase, RunIdentity
from gitops_bot.core.environments import Settings
from gitops_bot.core.errors import BadInput, ExitCode

if TYPE_CHECKING:
    from gitops_bot.adapters.actions import ActionsStep
    from gitops_bot.adapters.github.code_host import GithubCodeHost
    from gitops_bot.commands.effects import Effects


def _origin_repository(root: Path, server: str) -> str:
    """The repository that the remote `origin` of a work tree leads to."""
    import subprocess

    from gitops_bot.commands.history import repository_of

    try:
        remote = subprocess.run(
            ["git", "remote", "get-url", "origin"], cwd=root, capture_output=True, text=True, check=False
        ).stdout.strip()
    except (OSError, UnicodeError):
        remote = ""
    found = repository_of(remote, server)
    if found is None:  # the address may hold a password, so it is not shown
        raise BadInput(
            f"The repository is not known: the remote `origin` of {str(root)!r} leads to none at {server}.",
            "Give it as --repository OWNER/REPO or in GITHUB_REPOSITORY.",
        )
    return found


class _Repository(Struct, frozen=True):
    """A repository on a GitHub server, and the token of whoever works on it at a shell."""

    name: str
    server: str
    api_url: str
    token: str


def local_repository(root: Path, environ: Mapping[str, str], repository: str | None) -> _Repository:
    """The one named, else GITHUB_REPOSITORY, else that of the remote `origin`. Raises `BadInput`."""
    from gitops_bot.commands.history import is_repository

    token = environ.get("GITHUB_TOKEN", "").strip() or environ.get("GH_TOKEN", "").strip()
    if not token:
        raise BadInput(
            "There is no token: neither GITHUB_TOKEN nor GH_TOKEN is set.",
            "Set one that may read the repository's deployments; `gh auth token` prints yours.",
        )
    token = token_of({"GITHUB_TOKEN": token})
    server = (environ.get("GITHUB_SERVER_URL") or "https://github.com").rstrip("/")
    api_url = api_url_of(environ, server)
    name = repository or environ.get("GITHUB_REPOSITORY") or _origin_repository(root, server)
    if not is_repository(name):
        raise BadInput(f"{name!r} is no repository.", "Give it as OWNER/REPO.")
    return _Repository(name, server, api_url, token)


def _local_host(where: _Repository, environ: Mapping[str, str]) -> GithubCodeHost:
    from gitops_bot.adapters.github.code_host import GithubCodeHost

    return GithubCodeHost(where.api_url, where.name, where.token, timeout=github_timeout(environ))


def _effects(
    root: Path,
    scratch: Path,
    environ: Mapping[str, str],
    where: _Repository,
    host: GithubCodeHost,
    step: ActionsStep,
) -> Effects:
    """What a use case acts through, for somebody at a shell: no run of theirs proves anything."""
    from gitops_bot.adapters.git import GitWorkTree
    from gitops_bot.adapters.oidc import OidcTokens
    from gitops_bot.adapters.terraform.runner import TerraformBinary
    from gitops_bot.adapters.witness import RunWitness
    from gitops_bot.commands.effects import Effects

    tree = GitWorkTree(root, environ, where.token, where.server)
    return Effects(
        host,
        tree,
        step,
        scratch,
        tree.opened,
        session_maker(environ, step),
        lambda settings, session: TerraformBinary(settings, environ, session, before_each=tree.pause),
        witness=RunWitness(environ, where.name, where.server, OidcTokens({}, step.mask)),
    )


@contextlib.contextmanager
def _to_be_seen(where: _Repository) -> Iterator[None]:
    """Where GitHub finds nothing at the first request, it is the repository. Raises `BadInput`."""
    from gitops_bot.core.errors import RunFailed

    try:
        yield
    except RunFailed as error:
        if not error.message.startswith("GitHub found nothing at "):
            raise
        raise BadInput(
            f"GitHub shows this token no repository {where.name}.",
            "Check the name, and that the token may read the repository's deployments.",
        ) from error


def unlock(
    root: Path,
    environ: Mapping[str, str],
    *,
    environment: str,
    repository: str | None,
    config: Path | None,
) -> tuple[ExitCode, str]:
    """Release the state locks that runs of ours left in an environment; exit code and what was found.

    The credentials are those of whoever runs this. An apply counts as ours when it ran from a workflow
    file that stands in the work tree at `root`.
    """
    from gitops_bot.adapters.actions import ActionsStep
    from gitops_bot.adapters.terraform.runner import TerraformBinary
    from gitops_bot.commands.effects import RunFacts
    from gitops_bot.commands.ledger import Book
    from gitops_bot.commands.publish import redactor_for
    from gitops_bot.commands.state_lock import all_free, unlock_projects
    from gitops_bot.commands.unlock import unlock_text

    if not root.is_dir():
        raise BadInput(f"{str(root)!r} is not a folder.", "Give the folder of the repository.")
    settings = read_settings(root, config)
    chosen = local_environment(settings, environment, root)
    where = local_repository(root, environ, repository)
    hide_from_children()
    step = ActionsStep(environ, sys.stderr)
    secrets = secrets_of(environ)
    for secret in secrets:
        step.mask(secret)
    known = _known_workflows(root, settings)
    own = replace(NO_ROLES, region=chosen.aws.region, account_id=chosen.aws.account_id)
    session = session_maker(environ, step)(settings, replace(chosen, aws=own), Phase.APPLY, RunIdentity())
    with (
        tempfile.TemporaryDirectory(prefix="gitops-bot-") as scratch,
        _local_host(where, environ) as host,
    ):
        effects = _effects(root, Path(scratch), environ, where, host, step)
        book = Book(chosen, replace(settings.approval, workflows=known), effects)
        terraform = TerraformBinary(settings.terraform, environ, session)
        facts = RunFacts("", "", where.name, where.server)
        found = unlock_projects(book, settings, root.resolve(), terraform, facts)
    code = ExitCode.DONE if all_free(found) else ExitCode.FAILED
    return code, unlock_text(found, redactor_for(settings, secrets, ()))


def history(
    root: Path,
    environ: Mapping[str, str],
    *,
    environment: str | None,
    limit: int,
    repository: str | None,
    config: Path | None,
    as_json: bool,
) -> str:
    """What was applied in the environments of the work tree at `root`, as rendered.

    Raises `BadInput` without a token or repository, and `RunFailed` when GitHub fails.
    """
    from gitops_bot.commands.history import read_history, render_history

    if not root.is_dir():
        raise BadInput(f"{str(root)!r} is not a folder.", "Give the folder of the repository.")
    settings = read_settings(root, config)
    chosen = (
        settings.environments if environment is None else (local_environment(settings, environment, root),)
    )
    where = local_repository(root, environ, repository)
    with _local_host(where, environ) as host, _to_be_seen(where):
        rows = read_history(host, [e.name for e in chosen], limit)
    return render_history(rows, as_json=as_json)


def status(
    root: Path,
    environ: Mapping[str, str],
    *,
    repository: str | None,
    config: Path | None,
    form: str,
) -> str:
    """The board of the environments of the work tree at `root`, as rendered.

    An apply counts when it ran from a workflow file that stands in the work tree. Raises `BadInput` without a
    token or repository, and `RunFailed` when GitHub fails.
    """
    from gitops_bot.adapters.actions import ActionsStep
    from gitops_bot.adapters.github.kept_reads import KeptReads
    from gitops_bot.commands.board import read_board
    from gitops_bot.commands.publish import redactor_for
    from gitops_bot.render.board import Form, render_board

    if not root.is_dir():
        raise BadInput(f"{str(root)!r} is not a folder.", "Give the folder of the repository.")
    settings = read_settings(root, config)
    where = local_repository(root, environ, repository)
    step = ActionsStep(environ, sys.stderr)
    settings = replace(
        settings, approval=replace(settings.approval, workflows=_known_workflows(root, settings))
    )
    host = KeptReads(where.api_url, where.name, where.token, timeout=github_timeout(environ))
    with host, _to_be_seen(where):
        effects = _effects(root, root, environ, where, host, step)
        board = read_board(settings, effects, where.name)
    return render_board(board, Form(form), redactor=redactor_for(settings, secrets_of(environ), ()))


def promote(
    environment: str,
    root: Path,
    environ: Mapping[str, str],
    *,
    to_commit: str,
    repository: str | None,
    workflow: str,
    config: Path | None,
) -> str:
    """Dispatch `promote` with the token of whoever runs this; what was asked for.

    Raises `BadInput` and `RunFailed` where that cannot be.
    """
    from gitops_bot.commands.ask_promotion import ask_promotion, to_ask

    if not root.is_dir():
        raise BadInput(f"{str(root)!r} is not a folder.", "Give the folder of the repository.")
    settings = read_settings(root, config)
    asked = to_ask(local_environment(settings, environment, root), settings, to_commit)
    where = local_repository(root, environ, repository)
    with _local_host(where, environ) as host, _to_be_seen(where):
        return ask_promotion(asked, workflow, host, f"{where.server}/{where.name}")


def _known_workflows(root: Path, settings: Settings) -> tuple[str, ...]:
    """The workflow files whose runs count for somebody at a shell: those of the work tree."""
    files = sorted((root / ".github" / "workflows").glob("*.y*ml"))
    return (*settings.approval.workflows, *(f".github/workflows/{f.name}" for f in files))
