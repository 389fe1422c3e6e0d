"""The way to an environment's AWS role: which roles, in which order, under which names and tags.

Limits are those of STS (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html).
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from msgspec import Struct

SHORTEST_SESSION, LONGEST_SESSION = 900, 43_200
"""Seconds a role's session can last."""
LONGEST_CHAINED_SESSION = 3600
"""Seconds for a role that was assumed with another role's session, whatever the role allows."""
_ARN = re.compile(r"arn:(?P<partition>[a-z-]+):iam::(?P<account>[0-9]{12}):role/(?:.*/)?(?P<name>[^/]+)")
_NAME_LENGTH, _TAG_LENGTH = 64, 256


class Phase(StrEnum):
    """What a run is to do in an environment. It decides about the role, and nothing else does."""

    PLAN = "plan"
    APPLY = "apply"


class Source(StrEnum):
    """Where the first credentials come from. `auto`: the OIDC token where the job may have one."""

    AUTO = "auto"
    OIDC = "oidc"
    AMBIENT = "ambient"


class AwsSettings(Struct, frozen=True):
    """What holds for every environment. `audience` is the OIDC token's."""

    source: Source = Source.AUTO
    audience: str = "sts.amazonaws.com"
    session_tags: bool = True


DEFAULT_AWS = AwsSettings()


class AwsRoles(Struct, frozen=True):
    """Where an environment lives on AWS.

    Either `role` serves both phases, or `plan_role` and `apply_role` do. `hub_role` is assumed
    first and may hold `{environment}` and `{phase}`. `session_duration` is in seconds, None for the
    default of one hour.
    """

    region: str | None = None
    role: str | None = None
    plan_role: str | None = None
    apply_role: str | None = None
    hub_role: str | None = None
    account_id: str | None = None
    external_id: str | None = None
    session_duration: int | None = None

    def role_of(self, phase: Phase) -> str | None:
        """The role of a phase: a plan never gets the one to apply with."""
        return self.role or (self.apply_role if phase is Phase.APPLY else self.plan_role)


NO_ROLES = AwsRoles()


class Hop(Struct, frozen=True):
    """One role on the way. `tags` go with AssumeRole only: a web identity's session takes none."""

    role: str
    session_name: str
    seconds: int
    external_id: str | None = None
    tags: tuple[tuple[str, str], ...] = ()


class RunIdentity(Struct, frozen=True):
    """Who assumes a role for what; "" or 0 where there is none. The values may be hostile."""

    run: str = ""
    repository: str = ""
    pull_request: int = 0
    commit: str = ""
    actor: str = ""


class RoleName(Struct, frozen=True):
    """The parts of a role's ARN."""

    partition: str
    account: str
    name: str


def role_name(arn: str) -> RoleName:
    """The parts of a role's ARN, which the configuration has checked."""
    match = _ARN.fullmatch(arn)
    if match is None:
        raise ValueError(f"not the ARN of a role: {arn!r}")
    return RoleName(match["partition"], match["account"], match["name"])


def session_name(environment: str, run: str) -> str:
    """The name that CloudTrail shows, with run and environment: 2 to 64 of `[A-Za-z0-9_+=,.@-]`."""
    name = f"gitops-bot-{run or 'local'}-{environment}"
    return re.sub(r"[^A-Za-z0-9_+=,.@-]", "-", name)[:_NAME_LENGTH]


def session_tags(environment: str, run: RunIdentity) -> tuple[tuple[str, str], ...]:
    """Who did what for which change, for policies and CloudTrail. Empty ones are left out."""
    number = str(run.pull_request) if run.pull_request else ""
    tags = (
        ("Repository", run.repository),
        ("Environment", environment),
        ("PullRequest", number),
        ("Commit", run.commit),
        ("Actor", run.actor),
    )
    return tuple((key, text) for key, value in tags if (text := _tag_value(value)))


def _tag_value(text: str) -> str:
    """What AWS takes for a tag's value: letters, digits and spaces of any script, and `_.:/=+-@`."""

    def allowed(character: str) -> bool:
        return character in "_.:/=+-@" or unicodedata.category(character)[0] in "LNZ"

    cleaned = "".join(c if allowed(c) else "_" for c in text)
    return cleaned[:_TAG_LENGTH].strip()


def way(
    environment: str, roles: AwsRoles, phase: Phase, run: RunIdentity, settings: AwsSettings
) -> tuple[Hop, ...]:
    """The roles to assume, the environment's own last. Empty where it has none."""
    role = roles.role_of(phase)
    if role is None:
        return ()
    name = session_name(environment, run.run)
    tags = session_tags(environment, run) if settings.session_tags else ()
    seconds = roles.session_duration or LONGEST_CHAINED_SESSION
    last = Hop(role, name, seconds, roles.external_id, tags)
    if roles.hub_role is None:
        return (last,)
    hub = roles.hub_role.replace("{environment}", environment).replace("{phase}", phase)
    return (Hop(hub, name, SHORTEST_SESSION, None, tags), last)
