"""The composition root: the one place where adapters are built and handed to the use cases."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from gitops_bot.core.aws import NO_ROLES, Phase, RunIdentity
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import BadInput, ExitCode
from gitops_bot.core.json_values import JsonValue
from gitops_bot.ports import CloudSession, Progress, StepOutput

if TYPE_CHECKING:
    from gitops_bot.adapters.github.code_host import GithubCodeHost
    from gitops_bot.render.redact import Redactor

SECRET_NAMES = (
    "GITHUB_TOKEN",
    "INPUT_GITHUB_TOKEN",
    "GH_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "GITOPS_BOT_SIGNING_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_SECURITY_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_BEARER_TOKEN_BEDROCK",
)
"""Variables of a step that hold secrets by GitHub's own definition, or by AWS's."""
GITHUB_TIMEOUT = "GITOPS_BOT_GITHUB_TIMEOUT"
"""The variable with the seconds that one request to GitHub may take."""


def _needed(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    if not value:
        raise BadInput(
            f"{name} is not set.",
            "`gitops-bot run` is made for a GitHub Actions step; locally use `gitops-bot plan`.",
        )
    return value


def _hide_from_children() -> None:
    """Keep this process's environment, which holds the tokens, from the code that a plan runs.

    A process that may not be dumped has a /proc/PID/environ that its own user cannot read
    (prctl(2), PR_SET_DUMPABLE). It does not hold against root.
    """
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)


def _secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(v for n in SECRET_NAMES if (v := environ.get(n, ""))))


def step_redactor(environ: Mapping[str, str]) -> Redactor:
    """What hides the secrets of the step in an error, where neither plan nor configuration is at hand."""
    from gitops_bot.render.redact import Redactor
    from gitops_bot.render.sensitive import encoded_forms

    return Redactor(secrets=[form for secret in _secrets(environ) for form in encoded_forms(secret)])


def _session_maker(
    environ: Mapping[str, str], step: StepOutput
) -> Callable[[Settings, Environment, Phase, RunIdentity], CloudSession]:
    from gitops_bot.adapters.aws.ambient import Ambient
    from gitops_bot.adapters.aws.session import AwsSession

    ambient = Ambient(environ)

    def make(settings: Settings, environment: Environment, phase: Phase, run: RunIdentity) -> CloudSession:
        return AwsSession(environment, phase, settings.aws, run, environ, ambient, step.mask)

    return make


def _token(environ: Mapping[str, str]) -> str:
    token = (environ.get("INPUT_GITHUB_TOKEN") or environ.get("GITHUB_TOKEN") or "").strip()
    if not token:
        raise BadInput(
            "There is no token: GITHUB_TOKEN is not set.",
            "Pass it to the step: `env: {GITHUB_TOKEN: ${{ github.token }}}`.",
        )
    if not token.isascii() or not token.isprintable() or " " in token:
        raise BadInput(
            "The token holds characters that no token has.", "Set GITHUB_TOKEN again; it may be a bad paste."
        )
    return token


def _github_timeout(environ: Mapping[str, str]) -> float:
    """How many seconds a request to GitHub may take. Raises `BadInput` for what is no such number."""
    from math import isfinite

    from gitops_bot.adapters.github.wire import TIMEOUT_SECONDS

    given = environ.get(GITHUB_TIMEOUT, "").strip()
    if not given:
        return TIMEOUT_SECONDS
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if seconds <= 0 or not isfinite(seconds):
        raise BadInput(
            f"{GITHUB_TIMEOUT} is {given[:40]!a}, which is no number of seconds.",
            f"Set it to a positive number, or leave it out for {TIMEOUT_SECONDS:g}.",
        )
    return seconds


def _event_file(path: str) -> JsonValue:
    try:
        text = Path(path).read_text(encoding="utf-8")
        value: JsonValue = json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate could go nowhere from here
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise BadInput(
            f"The event file {path!r} cannot be read: {reason}.", "GITHUB_EVENT_PATH must name it."
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"The event file {path!r} is not JSON.", "GITHUB_EVENT_PATH must name it.") from error
    return value


def _temporary_folder(environ: Mapping[str, str]) -> str | None:
    folder = environ.get("RUNNER_TEMP", "")
    return folder if Path(folder).is_dir() and folder else None


def _truth(value: str) -> bool:
    return value.strip().lower() in ("1", "true", "yes", "on")


def _load_what_comes_later() -> None:
    """Import now what is otherwise imported when it is needed.

    Code that a plan runs has the bot's user and can write to its files; what was read before that code
    started cannot be changed by it any more.
    """
    import importlib

    from gitops_bot.render.templates import warm_up

    warm_up()
    for name in (
        "botocore.client",
        "botocore.session",
        "encodings.cp437",  # zipfile reads the names in a plan file with it
        "encodings.utf_8_sig",
        "gitops_bot.adapters.terraform.runner",
        "gitops_bot.commands.handle_event",
        "msgspec",  # reads the plan
        "requests.adapters",
    ):
        importlib.import_module(name)


def run(environ: Mapping[str, str], stdout: TextIO, sleep: Callable[[float], None] = time.sleep) -> ExitCode:
    """Act on the event of a GitHub Actions step, described by the standard GITHUB_* variables.

    `sleep` waits so many seconds before a request to GitHub is tried again.
    Raises `GitopsBotError` for everything a person can do something about.
    """
    from gitops_bot.adapters.actions import ActionsStep, file_keeper
    from gitops_bot.adapters.git import GitWorkTree
    from gitops_bot.adapters.github.code_host import GithubCodeHost
    from gitops_bot.adapters.oidc import OidcTokens
    from gitops_bot.adapters.signals import one_signal
    from gitops_bot.adapters.terraform.runner import TerraformBinary
    from gitops_bot.adapters.witness import RunWitness
    from gitops_bot.commands.effects import Effects, RunFacts
    from gitops_bot.commands.handle_event import handle_event, ignore
    from gitops_bot.core.events import Ignored, read_event, workflow_file

    _hide_from_children()
    step = ActionsStep(environ, stdout)
    secrets = _secrets(environ)
    for secret in secrets:
        step.mask(secret)
    name = _needed(environ, "GITHUB_EVENT_NAME")
    payload = _event_file(_needed(environ, "GITHUB_EVENT_PATH"))
    names = ("command", "environment", "approve", "to-commit")
    inputs = {name: environ.get(f"INPUT_{name.upper().replace('-', '_')}", "") for name in names}
    sha, ref = environ.get("GITHUB_SHA", ""), environ.get("GITHUB_REF", "")
    event = read_event(name, payload, sha=sha, ref=ref, inputs=inputs)
    if isinstance(event, Ignored):
        return ignore(event.why, step)
    server = environ.get("GITHUB_SERVER_URL", "https://github.com").rstrip("/")
    repository = _needed(environ, "GITHUB_REPOSITORY")
    token = _token(environ)
    # In a re-run the first is who started that; the second stays whoever began the run.
    actor = environ.get("GITHUB_TRIGGERING_ACTOR") or environ.get("GITHUB_ACTOR", "")
    workflow = workflow_file(environ.get("GITHUB_WORKFLOW_REF", ""), repository)
    attempt = environ.get("GITHUB_RUN_ATTEMPT", "")
    facts = RunFacts(
        environ.get("GITHUB_RUN_ID", ""), actor, repository, server, secrets, workflow,
        int(attempt) if attempt.isdecimal() and attempt.isascii() and len(attempt) < 6 else 1,
    )  # fmt: skip
    root = Path(environ.get("GITHUB_WORKSPACE") or ".").resolve()

    def open_tree(folder: Path) -> GitWorkTree:
        return GitWorkTree(folder, environ, token, server)

    api_url = environ.get("GITHUB_API_URL") or "https://api.github.com"
    timeout = _github_timeout(environ)
    with (
        one_signal(),  # a second one must not come in between while plan files are removed
        tempfile.TemporaryDirectory(prefix="gitops-bot-", dir=_temporary_folder(environ)) as scratch,
        GithubCodeHost(api_url, repository, token, sleep, timeout=timeout) as host,
    ):
        effects = Effects(
            host,
            open_tree(root),
            step,
            Path(scratch),
            open_tree,
            _session_maker(environ, step),
            lambda settings, session: TerraformBinary(settings, environ, session),
            one_signal,
            file_keeper(environ),
            witness=RunWitness(environ, repository, server, OidcTokens(environ, step.mask)),
        )
        _load_what_comes_later()
        apply_on_closed = _truth(environ.get("INPUT_APPLY_ON_CLOSED", ""))
        return handle_event(event, effects, facts, apply_on_closed=apply_on_closed)


def _config_text(root: Path, config: Path | None) -> bytes | None:
    """The configuration file's bytes; None where there is none and none was named."""
    from gitops_bot.commands.effects import CONFIG_FILE

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
    from gitops_bot.commands.effects import CONFIG_FILE
    from gitops_bot.config.load import load_settings

    return load_settings(_config_text(root, config), str(config or CONFIG_FILE))


def _local_environment(settings: Settings, name: str | None, root: Path) -> Environment:
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
    import threading

    from gitops_bot.adapters.actions import ActionsStep
    from gitops_bot.adapters.terraform.runner import TerraformBinary
    from gitops_bot.commands.plan_local import plan_local
    from gitops_bot.render.templates import warm_up

    if not root.is_dir():
        raise BadInput(f"{str(root)!r} is not a folder.", "Give the folder of the repository.")
    settings = read_settings(root, config)
    chosen = _local_environment(settings, environment, root)
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
    _hide_from_children()
    step = ActionsStep(environ, sys.stderr)
    for secret in _secrets(environ):
        step.mask(secret)
    session = _session_maker(environ, step)(settings, with_role, Phase.PLAN, RunIdentity())
    terraform = TerraformBinary(settings.terraform, environ, session)
    # While Terraform works, we would only wait.
    threading.Thread(target=warm_up, kwargs={"page": False}, daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="gitops-bot-") as scratch:
        return plan_local(
            chosen,
            settings,
            root,
            terraform,
            Path(scratch),
            progress,
            lambda: (*_secrets(environ), *session.secrets),
            as_json=as_json,
        )


def validate(root: Path, config: Path | None) -> str:
    """Check the configuration and the folders it names. One sentence when all is well.

    Raises `ConfigInvalid` with every mistake.
    """
    from gitops_bot.commands.effects import CONFIG_FILE
    from gitops_bot.config.folders import check_folders
    from gitops_bot.config.load import load_settings
    from gitops_bot.config.mistakes import ConfigInvalid

    if not root.is_dir():
        raise BadInput(f"{str(root)!r} is not a folder.", "Give the folder of the repository.")
    text, source = _config_text(root, config), str(config or CONFIG_FILE)
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
    _hide_from_children()
    step = ActionsStep(environ, sys.stderr)
    for secret in _secrets(environ):
        step.mask(secret)
    settings = read_settings(root, config)
    if _config_text(root, config) is None:
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
    make = _session_maker(environ, step)
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


@dataclass(frozen=True, slots=True)
class _Repository:
    """A repository on a GitHub server, and the token of whoever works on it at a shell."""

    name: str
    server: str
    api_url: str
    token: str


def _local_repository(root: Path, environ: Mapping[str, str], repository: str | None) -> _Repository:
    """The one named, else GITHUB_REPOSITORY, else that of the remote `origin`. Raises `BadInput`."""
    from gitops_bot.commands.history import is_repository

    token = environ.get("GITHUB_TOKEN", "").strip() or environ.get("GH_TOKEN", "").strip()
    if not token:
        raise BadInput(
            "There is no token: neither GITHUB_TOKEN nor GH_TOKEN is set.",
            "Set one that may read the repository's deployments; `gh auth token` prints yours.",
        )
    token = _token({"GITHUB_TOKEN": token})
    server = (environ.get("GITHUB_SERVER_URL") or "https://github.com").rstrip("/")
    api_url = environ.get("GITHUB_API_URL", "")
    if not api_url and server != "https://github.com":  # its token is not for github.com
        raise BadInput(
            f"GITHUB_SERVER_URL is {server}, but GITHUB_API_URL is not set.", "Set it to that server's API."
        )
    name = repository or environ.get("GITHUB_REPOSITORY") or _origin_repository(root, server)
    if not is_repository(name):
        raise BadInput(f"{name!r} is no repository.", "Give it as OWNER/REPO.")
    return _Repository(name, server, api_url or "https://api.github.com", token)


def _local_host(where: _Repository, environ: Mapping[str, str]) -> GithubCodeHost:
    from gitops_bot.adapters.github.code_host import GithubCodeHost

    return GithubCodeHost(where.api_url, where.name, where.token, timeout=_github_timeout(environ))


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
    from gitops_bot.adapters.git import GitWorkTree
    from gitops_bot.adapters.oidc import OidcTokens
    from gitops_bot.adapters.terraform.runner import TerraformBinary
    from gitops_bot.adapters.witness import RunWitness
    from gitops_bot.commands.effects import Effects, RunFacts
    from gitops_bot.commands.ledger import Book
    from gitops_bot.commands.publish import redactor_for
    from gitops_bot.commands.state_lock import all_free, unlock_projects
    from gitops_bot.commands.unlock import unlock_text

    if not root.is_dir():
        raise BadInput(f"{str(root)!r} is not a folder.", "Give the folder of the repository.")
    settings = read_settings(root, config)
    chosen = _local_environment(settings, environment, root)
    where = _local_repository(root, environ, repository)
    _hide_from_children()
    step = ActionsStep(environ, sys.stderr)
    secrets = _secrets(environ)
    for secret in secrets:
        step.mask(secret)
    known = _known_workflows(root, settings)
    own = replace(NO_ROLES, region=chosen.aws.region, account_id=chosen.aws.account_id)
    session = _session_maker(environ, step)(settings, replace(chosen, aws=own), Phase.APPLY, RunIdentity())

    def open_tree(folder: Path) -> GitWorkTree:
        return GitWorkTree(folder, environ, where.token, where.server)

    with (
        tempfile.TemporaryDirectory(prefix="gitops-bot-") as scratch,
        _local_host(where, environ) as host,
    ):
        effects = Effects(
            host,
            open_tree(root),
            step,
            Path(scratch),
            open_tree,
            _session_maker(environ, step),
            lambda terraform, of: TerraformBinary(terraform, environ, of),
            witness=RunWitness(environ, where.name, where.server, OidcTokens({}, step.mask)),
        )
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
        settings.environments if environment is None else (_local_environment(settings, environment, root),)
    )
    where = _local_repository(root, environ, repository)
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
    from gitops_bot.adapters.git import GitWorkTree
    from gitops_bot.adapters.oidc import OidcTokens
    from gitops_bot.adapters.terraform.runner import TerraformBinary
    from gitops_bot.adapters.witness import RunWitness
    from gitops_bot.commands.board import read_board
    from gitops_bot.commands.effects import Effects
    from gitops_bot.commands.publish import redactor_for
    from gitops_bot.render.board import Form, render_board

    if not root.is_dir():
        raise BadInput(f"{str(root)!r} is not a folder.", "Give the folder of the repository.")
    settings = read_settings(root, config)
    where = _local_repository(root, environ, repository)
    step = ActionsStep(environ, sys.stderr)
    settings = replace(
        settings, approval=replace(settings.approval, workflows=_known_workflows(root, settings))
    )
    with _local_host(where, environ) as host, _to_be_seen(where):
        effects = Effects(
            host,
            GitWorkTree(root, environ, where.token, where.server),
            step,
            root,
            lambda folder: GitWorkTree(folder, environ, where.token, where.server),
            _session_maker(environ, step),
            lambda terraform, of: TerraformBinary(terraform, environ, of),
            witness=RunWitness(environ, where.name, where.server, OidcTokens({}, step.mask)),
        )
        board = read_board(settings, effects, where.name)
    return render_board(board, Form(form), redactor=redactor_for(settings, _secrets(environ), ()))


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
    asked = to_ask(_local_environment(settings, environment, root), settings, to_commit)
    where = _local_repository(root, environ, repository)
    with _local_host(where, environ) as host, _to_be_seen(where):
        return ask_promotion(asked, workflow, host, f"{where.server}/{where.name}")


def _known_workflows(root: Path, settings: Settings) -> tuple[str, ...]:
    """The workflow files whose runs count for somebody at a shell: those of the work tree."""
    files = sorted((root / ".github" / "workflows").glob("*.y*ml"))
    return (*settings.approval.workflows, *(f".github/workflows/{f.name}" for f in files))
