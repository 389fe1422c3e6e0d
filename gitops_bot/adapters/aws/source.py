"""Where the first credentials come from: the job's OIDC token, or those that are there already."""

from __future__ import annotations

from msgspec import Struct

from gitops_bot.adapters.aws.ambient import Ambient
from gitops_bot.adapters.aws.sts import Keys
from gitops_bot.core.aws import AwsSettings, Source
from gitops_bot.core.errors import CloudRefused

_PERMISSION = (
    "Give the job `permissions: {id-token: write}`, and the workflow that calls it too. "
    "A pull request from Dependabot gets no token unless its permissions say so."
)
_OWN_CREDENTIALS = "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
_OTHER_SOURCE = "Outside of a job, give a copy of the file without `source: oidc`, with --config."
_LEFT_ALONE = "the keys in the environment are left alone; `aws: {source: ambient}` would take them"


class Start(Struct, frozen=True):
    """What to start from: `keys`, or None for the OIDC token.

    `name` is one short word or two, `words` name it in a sentence, `why` says why it is that.
    """

    keys: Keys | None
    name: str
    words: str
    why: str


def choose_start(settings: AwsSettings, oidc: bool, ambient: Ambient, in_job: bool, result: str) -> Start:
    """The source the settings ask for. `oidc`: the job may have a token; `in_job`: there is a job at all.

    Raises `CloudRefused`, beginning with `result`.
    """
    if settings.source is not Source.AMBIENT and oidc:
        why = _LEFT_ALONE if ambient.has_keys else "no keys are in the environment"
        return Start(None, "OIDC token", f"the job's OIDC token for the audience {settings.audience}", why)
    if settings.source is Source.OIDC:
        hint = _PERMISSION if in_job else _OTHER_SOURCE
        raise CloudRefused(f"{result}: {_no_token(in_job)}, and aws.source is oidc.", hint)
    found = ambient.find(result)
    if found is None:
        if settings.source is Source.AUTO:
            what = f"{_no_token(in_job)}, and there are no AWS credentials in the environment either"
            raise CloudRefused(f"{result}: {what}.", _PERMISSION if in_job else _OWN_CREDENTIALS)
        raise CloudRefused(
            f"{result}: aws.source is ambient, and there are no AWS credentials in the environment.",
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for this step, or remove aws.source.",
        )
    why = "aws.source asks for them" if settings.source is Source.AMBIENT else _no_token(in_job)
    return Start(found.keys, found.name, found.words, why)


def _no_token(in_job: bool) -> str:
    if in_job:
        return "this job may not have an OIDC token (permission `id-token: write`)"
    return "this is no job of GitHub Actions, so it has no OIDC token"
