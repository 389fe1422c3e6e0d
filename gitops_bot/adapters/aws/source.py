"""Where the first credentials come from: the job's OIDC token, or those that are there already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gitops_bot.adapters.aws.sts import Keys, ambient_keys
from gitops_bot.core.aws import AwsSettings, Source
from gitops_bot.core.errors import CloudRefused

_PERMISSION = (
    "Give the job `permissions: {id-token: write}`, and the workflow that calls it too. "
    "A pull request from Dependabot gets no token unless its permissions say so."
)


@dataclass(frozen=True, slots=True)
class Start:
    """What to start from: `keys`, or None for the OIDC token.

    `name` is one short word or two, `words` name it in a sentence, `why` says why it is that.
    """

    keys: Keys | None
    name: str
    words: str
    why: str


def choose_start(settings: AwsSettings, oidc: bool, environ: Mapping[str, str], result: str) -> Start:
    """The source the settings ask for. `oidc`: the job may have a token.

    Raises `CloudRefused`, beginning with `result`.
    """
    if settings.source is not Source.AMBIENT and oidc:
        return _token(settings, environ)
    if settings.source is Source.OIDC:
        raise _no_token(result, environ, "aws.source is oidc")
    ambient = ambient_keys(environ, result)
    if ambient is None:
        if settings.source is Source.AUTO:
            raise _no_token(result, environ, "there are no AWS credentials in the environment either")
        raise CloudRefused(
            f"{result}: aws.source is ambient, and there are no AWS credentials in the environment.",
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for this step, or remove aws.source.",
        )
    keys, name, words = ambient
    if settings.source is Source.AMBIENT:
        return Start(keys, name, words, "aws.source asks for them")
    return Start(keys, name, words, "this job may not have an OIDC token (permission `id-token: write`)")


def _token(settings: AwsSettings, environ: Mapping[str, str]) -> Start:
    why = "no keys are in the environment"
    if environ.get("AWS_ACCESS_KEY_ID"):
        why = "the keys in the environment are left alone; `aws: {source: ambient}` would take them"
    return Start(None, "OIDC token", f"the job's OIDC token for the audience {settings.audience}", why)


def _no_token(result: str, environ: Mapping[str, str], why: str) -> CloudRefused:
    if environ.get("GITHUB_ACTIONS") == "true" or environ.get("GITHUB_RUN_ID"):
        return CloudRefused(f"{result}: this job may not have an OIDC token, and {why}.", _PERMISSION)
    return CloudRefused(
        f"{result}: this is no job of GitHub Actions, so it has no OIDC token, and {why}.",
        "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    )
