"""What AWS and botocore say, as sentences that name the environment, the role and the way out.

AWS answers AccessDenied for a role that does not exist and for one that does not trust the caller,
on purpose; so these sentences name both.
"""

from __future__ import annotations

import re

from msgspec import Struct

from gitops_bot.core.certificates import HINT
from gitops_bot.core.errors import CloudRefused, CloudUnreachable

_LONGEST = 300
_GUIDE = "https://github.com/gitops-bot/gitops-bot/blob/main/docs/how-to/aws-oidc.md"
_BUSY = ("Throttl", "RequestLimitExceeded", "ServiceUnavailable", "InternalFailure", "InternalError")
_CALLER = re.compile(r"User: (arn:\S+) is not authorized")
_BAD_KEYS = ("InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException", "AuthFailure")
_SECRET = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b|\beyJ[\w-]+\.[\w-]+\.[\w-]*")


class Attempt(Struct, frozen=True):
    """What was tried: to become `role`, from `caller` (words such as an ARN).

    `subject`, `audience` and `issuer` are the OIDC token's; "" when the caller is no token.
    """

    environment: str
    role: str
    caller: str
    region: str
    seconds: int = 0
    subject: str = ""
    audience: str = ""
    issuer: str = ""

    @property
    def by_token(self) -> bool:
        """Whether an OIDC token is what asks."""
        return bool(self.subject or self.audience)


def refused_by_aws(code: str, message: str, attempt: Attempt) -> CloudRefused:
    """The sentence for an error code of STS."""
    said, caller = _shown(message), attempt.caller
    match code:
        case "AccessDenied" | "AccessDeniedException":
            return _denied(said, attempt)
        case "InvalidIdentityToken":
            what, hint = f"AWS does not take the OIDC token: {said}", _identity_hint(said, attempt)
        case "ExpiredToken" | "ExpiredTokenException" if attempt.by_token:
            what = "The OIDC token had expired when it came to AWS."
            hint = "Check the runner's clock, and run the job again."
        case "ExpiredToken" | "ExpiredTokenException":
            what = f"The credentials it starts from ({caller}) have expired."
            hint = f"Renew them, or let the job get new ones each time by OIDC: {_GUIDE}"
        case "RegionDisabledException":
            what = f"STS is not active in {attempt.region}."
            hint = "Activate it in the account, or set another aws.region."
        case "IDPCommunicationError":
            what, hint = f"AWS could not ask GitHub for its keys: {said}", "Run the job again."
        case _ if code.startswith(_BAD_KEYS):
            what = f"AWS does not accept the keys it starts from ({caller}): {said}"
            hint = "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN."
        case _ if code.startswith(_BUSY):
            what = f"AWS was busy at each of several attempts ({_shown(code)})."
            return CloudUnreachable(
                f"{outcome(attempt.environment, attempt.role)}. {what}", "Run the job again."
            )
        case _ if "DurationSeconds" in message:
            what = f"It was asked for {attempt.seconds // 60} minutes: {said}"
            hint = "Lower aws.session_duration, or raise the role's maximum session duration."
        case _:
            what = f"AWS answered {_shown(code)}: {said}"
            hint = "Look at the role, its trust policy and its permissions."
    return CloudRefused(f"{outcome(attempt.environment, attempt.role)}. {what}", hint)


def outcome(environment: str, role: str) -> str:
    """How it ended, as the beginning of a sentence. `role` is "" where only the account was asked for."""
    if not role:
        return f"{environment}: AWS did not say whose credentials these are"
    return f"{environment}: the role {role} was not assumed"


def _denied(said: str, attempt: Attempt) -> CloudRefused:
    if attempt.by_token:
        return CloudRefused(
            f"{attempt.environment}: AWS did not let this job assume {attempt.role} with its OIDC token. "
            f"The token's subject is `{attempt.subject}`, its audience `{attempt.audience}`.",
            "Either the role does not exist, or its trust policy does not name exactly this subject and "
            f"audience (AWS does not say which of the two). How to write it: {_GUIDE}",
        )
    caller = attempt.caller
    if (named := _CALLER.search(said)) and named[1] != caller:
        caller = f"{named[1]} ({caller})"
    if "sts:TagSession" in said:
        return CloudRefused(
            f"{attempt.environment}: {caller} may not give the session of {attempt.role} tags.",
            "Allow sts:TagSession beside sts:AssumeRole, in the role's trust policy and in the caller's own "
            "policy, or set `aws: {session_tags: false}`.",
        )
    return CloudRefused(
        f"{attempt.environment}: {caller} may not assume {attempt.role}.",
        "Either the role does not exist, or its trust policy does not name this caller or wants another "
        "external_id, or the caller's own policy lacks sts:AssumeRole on it. AWS does not say which.",
    )


def _identity_hint(said: str, attempt: Attempt) -> str:
    account = attempt.role.split(":")[4]
    if "audience" in said.lower():
        return (
            f"The token's audience is `{attempt.audience}`. Add it to the client ids of the OIDC provider in "
            f"account {account}, or set aws.audience to one it has."
        )
    if "verification key" in said:
        return "Run the job again. On GitHub Enterprise Server, AWS must reach the provider's address."
    return (
        f"Account {account} needs an OIDC provider for {attempt.issuer} "
        f"with the client id `{attempt.audience}`: {_GUIDE}"
    )


def unreachable(error: Exception, attempt: Attempt, near: str) -> CloudUnreachable:
    """STS did not answer. `near` is the region that was probably meant, "" where this one is known."""
    meant = f"{attempt.region} is no region that this version knows: did you mean {near}? " if near else ""
    return CloudUnreachable(
        f"{outcome(attempt.environment, attempt.role)}. STS in {attempt.region} cannot be reached: "
        f"{_shown(str(error))}",
        HINT
        if "CERTIFICATE_VERIFY_FAILED" in str(error)
        else f"{meant}Check aws.region, the runner's network and its proxy settings (HTTPS_PROXY, NO_PROXY).",
    )


def failed(error: Exception, attempt: Attempt) -> CloudRefused:
    """Botocore gave up before AWS could answer."""
    what = f"{outcome(attempt.environment, attempt.role)}. {_shown(str(error))}"
    return CloudRefused(what, "Check the AWS settings of this runner.")


def foreign(where: str, attempt: Attempt) -> CloudUnreachable:
    """Something else than AWS answered, such as a proxy with a page of its own."""
    return CloudUnreachable(
        f"{outcome(attempt.environment, attempt.role)}. What answers at {where} is not AWS.",
        "Look where HTTPS_PROXY and AWS_ENDPOINT_URL lead, and whether the proxy lets AWS through.",
    )


def half_a_key(result: str, there: str, missing: str) -> CloudRefused:
    """One of the two variables is set. `result` is an `outcome`."""
    return CloudRefused(
        f"{result}: {there} is set and {missing} is not.",
        "Set both. A secret of GitHub's that does not exist is an empty text: check its name, and the "
        "`secrets:` of the job that calls.",
    )


def unusable(error: Exception, result: str, profile: str) -> CloudRefused:
    """The credentials that are already there cannot be loaded. `result` is an `outcome`."""
    which = f"of the profile {profile}" if profile else "of this machine"
    login = f"aws sso login --profile {profile}" if profile else "aws sso login"
    return CloudRefused(
        f"{result}. The AWS credentials {which} cannot be used: {_shown(str(error)).rstrip(' :.')}.",
        f"Check AWS_PROFILE and the files in ~/.aws, or log in again (`{login}`).",
    )


def _shown(text: str) -> str:
    """A foreign text within one line, without anything that looks like a credential."""
    line = " ".join(_SECRET.sub("(redacted)", text).split())
    printable = "".join(c if c.isprintable() else "?" for c in line)
    return printable if len(printable) <= _LONGEST else printable[:_LONGEST] + "…"
