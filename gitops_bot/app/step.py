"""`gitops-bot run`: the step of a workflow, built from what GitHub Actions gives it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from gitops_bot.adapters.actions import ActionsStep
from gitops_bot.app.process import (
    api_url_of,
    github_timeout,
    hide_from_children,
    secrets_of,
    session_maker,
    token_of,
)
from gitops_bot.commands.ignored import ignore
from gitops_bot.core.errors import BadInput, ExitCode
from gitops_bot.core.events import Ignored, only_tells, read_event, workflow_file
from gitops_bot.core.json_values import JsonValue

if TYPE_CHECKING:
    from gitops_bot.adapters.terraform.runner import TerraformBinary
    from gitops_bot.core.aws import Phase, RunIdentity
    from gitops_bot.core.environments import Environment, Settings, TerraformSettings
    from gitops_bot.core.events import Event
    from gitops_bot.ports import CloudSession


def _needed(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    if not value:
        raise BadInput(
            f"{name} is not set.",
            "`gitops-bot run` is made for a GitHub Actions step; locally use `gitops-bot plan`.",
        )
    return value


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


def load_what_comes_later(*, proofs: bool) -> None:
    """Import now what is otherwise imported when it is needed; `proofs`: what checks them, too.

    Code that a plan runs has the bot's user and can write to its files; what was read before that code
    started cannot be changed by it any more.
    """
    import importlib

    from gitops_bot.adapters.github.requester import requester_class
    from gitops_bot.render.templates import load

    load()
    requester_class()
    checks_proofs = ("jwt",) if proofs else ()
    for name in (
        *checks_proofs,
        "encodings.cp437",  # zipfile reads the names in a plan file with it
        "encodings.utf_8_sig",
        "gitops_bot.adapters.terraform.runner",
        "gitops_bot.commands.handle_event",
        "jinja2.debug",  # a template that raises needs it
        "msgspec",  # reads the plan
        "requests.adapters",
        "traceback",  # the command line tells a defect of ours with it
    ):
        importlib.import_module(name)


def run(environ: Mapping[str, str], stdout: TextIO, sleep: Callable[[float], None] = time.sleep) -> ExitCode:
    """Act on the event of a GitHub Actions step, described by the standard GITHUB_* variables.

    `sleep` waits so many seconds before a request to GitHub is tried again.
    Raises `GitopsBotError` for everything a person can do something about.
    """
    hide_from_children()
    step = ActionsStep(environ, stdout)
    secrets = secrets_of(environ)
    for secret in secrets:
        step.mask(secret)
    name = _needed(environ, "GITHUB_EVENT_NAME")
    payload = _event_file(_needed(environ, "GITHUB_EVENT_PATH"))
    names = ("command", "environment", "approve", "to-commit", "part")
    inputs = {name: environ.get(f"INPUT_{name.upper().replace('-', '_')}", "") for name in names}
    sha, ref = environ.get("GITHUB_SHA", ""), environ.get("GITHUB_REF", "")
    event = read_event(name, payload, sha=sha, ref=ref, inputs=inputs)
    if isinstance(event, Ignored):
        return ignore(event.why, step)
    return _act(event, environ, step, secrets, sleep)


def _act(
    event: Event,
    environ: Mapping[str, str],
    step: ActionsStep,
    secrets: tuple[str, ...],
    sleep: Callable[[float], None],
) -> ExitCode:
    """Everything from here on is loaded only for an event that may be one to act on (ADR 0024)."""
    import tempfile

    from gitops_bot.adapters.actions import file_keeper
    from gitops_bot.adapters.git import GitWorkTree
    from gitops_bot.adapters.github.code_host import GithubCodeHost
    from gitops_bot.adapters.github.kept_reads import KeptReads
    from gitops_bot.adapters.oidc import OidcTokens
    from gitops_bot.adapters.signals import one_signal
    from gitops_bot.adapters.witness import RunWitness
    from gitops_bot.commands.effects import Effects, RunFacts
    from gitops_bot.commands.handle_event import handle_event
    from gitops_bot.core.provenance import ProvenanceMode

    server = (environ.get("GITHUB_SERVER_URL") or "https://github.com").rstrip("/")
    api_url = api_url_of(environ, server)
    repository = _needed(environ, "GITHUB_REPOSITORY")
    token = token_of(environ)
    # In a re-run the first is who started that; the second stays whoever began the run.
    actor = environ.get("GITHUB_TRIGGERING_ACTOR") or environ.get("GITHUB_ACTOR", "")
    workflow = workflow_file(environ.get("GITHUB_WORKFLOW_REF", ""), repository)
    attempt = environ.get("GITHUB_RUN_ATTEMPT", "")
    facts = RunFacts(
        environ.get("GITHUB_RUN_ID", ""), actor, repository, server, secrets, workflow,
        int(attempt) if attempt.isdecimal() and attempt.isascii() and len(attempt) < 6 else 1,
    )  # fmt: skip
    timeout = github_timeout(environ)
    root = Path(environ.get("GITHUB_WORKSPACE") or ".").resolve()

    make_host = KeptReads if only_tells(event) else GithubCodeHost
    sessions = session_maker(environ, step)

    def make_session(
        settings: Settings, environment: Environment, phase: Phase, identity: RunIdentity
    ) -> CloudSession:
        """The last thing before Terraform: whatever these settings may need after it is loaded now."""
        load_what_comes_later(proofs=settings.approval.provenance is not ProvenanceMode.NONE)
        return sessions(settings, environment, phase, identity)

    with (
        one_signal(),  # a second one must not come in between while plan files are removed
        tempfile.TemporaryDirectory(prefix="gitops-bot-", dir=_temporary_folder(environ)) as scratch,
        make_host(api_url, repository, token, sleep, timeout=timeout) as host,
    ):
        tree = GitWorkTree(root, environ, token, server)

        def make_terraform(settings: TerraformSettings, session: CloudSession) -> TerraformBinary:
            from gitops_bot.adapters.terraform.runner import TerraformBinary

            return TerraformBinary(settings, environ, session, before_each=tree.pause)

        effects = Effects(
            host,
            tree,
            step,
            Path(scratch),
            tree.opened,
            make_session,
            make_terraform,
            one_signal,
            file_keeper(environ),
            witness=RunWitness(environ, repository, server, OidcTokens(environ, step.mask)),
        )
        apply_on_closed = _truth(environ.get("INPUT_APPLY_ON_CLOSED", ""))
        return handle_event(event, effects, facts, apply_on_closed=apply_on_closed)
