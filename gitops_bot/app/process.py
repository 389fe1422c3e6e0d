"""What this process was given: its secrets, its token, and what both are kept from."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from gitops_bot.core.errors import BadInput

if TYPE_CHECKING:
    from gitops_bot.core.aws import Phase, RunIdentity
    from gitops_bot.core.environments import Environment, Settings
    from gitops_bot.ports import CloudSession, StepOutput
    from gitops_bot.render.redact import Redactor

SECRET_NAMES = (
    "GITHUB_TOKEN",
    "INPUT_GITHUB_TOKEN",
    "GH_TOKEN",
    "GITHUB_ENTERPRISE_TOKEN",
    "GH_ENTERPRISE_TOKEN",
    "INPUT_MODULE_TOKEN",
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


def hide_from_children() -> None:
    """Keep this process's environment, which holds the tokens, from the code that a plan runs.

    A process that may not be dumped has a /proc/PID/environ that its own user cannot read
    (prctl(2), PR_SET_DUMPABLE). It does not hold against root.
    """
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)


def secrets_of(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The values of a step's environment that must not be shown anywhere."""
    return tuple(dict.fromkeys(v for n in SECRET_NAMES if (v := environ.get(n, ""))))


def step_redactor(environ: Mapping[str, str]) -> Redactor:
    """What hides the secrets of the step in an error, where neither plan nor configuration is at hand."""
    from gitops_bot.render.redact import Redactor
    from gitops_bot.render.sensitive import encoded_forms

    return Redactor(secrets=[form for secret in secrets_of(environ) for form in encoded_forms(secret)])


def session_maker(
    environ: Mapping[str, str], step: StepOutput
) -> Callable[[Settings, Environment, Phase, RunIdentity], CloudSession]:
    """What opens an environment's cloud session, once the settings are known."""
    from gitops_bot.adapters.aws.ambient import Ambient
    from gitops_bot.adapters.aws.session import AwsSession

    ambient = Ambient(environ)

    def make(settings: Settings, environment: Environment, phase: Phase, run: RunIdentity) -> CloudSession:
        return AwsSession(environment, phase, settings.aws, run, environ, ambient, step.mask)

    return make


def token_of(environ: Mapping[str, str]) -> str:
    """The token for GitHub's API. Raises `BadInput` where there is none, or none that could be one."""
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


def api_url_of(environ: Mapping[str, str], server: str) -> str:
    """The address of that server's API. Raises `BadInput` where it is not github.com's and not given."""
    api_url = environ.get("GITHUB_API_URL", "")
    if not api_url and server != "https://github.com":  # its token is not for github.com
        raise BadInput(
            f"GITHUB_SERVER_URL is {server}, but GITHUB_API_URL is not set.", "Set it to that server's API."
        )
    return api_url or "https://api.github.com"


def github_timeout(environ: Mapping[str, str]) -> float:
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
