"""The tables `aws` and `environments[].aws`, and what could be set up more safely in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from gitops_bot.config import rules
from gitops_bot.config.fields import Field
from gitops_bot.config.mistakes import shown
from gitops_bot.core.aws import (
    DEFAULT_AWS,
    LONGEST_CHAINED_SESSION,
    LONGEST_SESSION,
    NO_ROLES,
    SHORTEST_SESSION,
    AwsRoles,
    AwsSettings,
    Phase,
    Source,
    role_name,
)
from gitops_bot.core.environments import Environment, TerraformSettings

ENVIRONMENT_KEYS = (
    "region",
    "role",
    "plan_role",
    "apply_role",
    "hub_role",
    "account_id",
    "external_id",
    "session_duration",
)
KEYS = ("source", "audience", "hub_role", "region", "session_duration", "session_tags")
_EXTERNAL_ID = re.compile(r"[A-Za-z0-9_+=,.@:/-]{2,1224}")
_AUDIENCE = re.compile(r"[!-~]{1,255}")


class AwsDefaults(Struct, frozen=True):
    """What the file's own `aws` table says for environments that say nothing, and for all."""

    settings: AwsSettings = DEFAULT_AWS
    roles: AwsRoles = NO_ROLES


def read_roles(field: Field, environment: str | None) -> AwsRoles:
    """An environment's table. `environment` is its name, None where that is a mistake already."""
    given = field.table(ENVIRONMENT_KEYS)
    arns = ("role", "plan_role", "apply_role")
    roles = {key: given[key].text(rules.role_problem) for key in arns if key in given}
    account = given["account_id"].digits(rules.account_problem) if "account_id" in given else None
    _check_pairs(given, roles)
    _check_accounts(given, roles, account)
    hub = given["hub_role"].text(hub_role_problem) if "hub_role" in given else None
    if hub is not None and environment is not None:
        _check_hub(given["hub_role"], hub, (environment,))
    return AwsRoles(
        _region(given),
        roles.get("role"),
        roles.get("plan_role"),
        roles.get("apply_role"),
        hub,
        account,
        given["external_id"].text(_external_id_problem) if "external_id" in given else None,
        _duration(given),
    )


def read_defaults(field: Field, environments: Sequence[Environment]) -> AwsDefaults:
    """The file's own table."""
    given = field.table(KEYS)
    settings = DEFAULT_AWS
    if (source := given.get("source")) and (word := source.choice(tuple(Source))):
        settings = replace(settings, source=Source(word))
    if (audience := given.get("audience")) and (text := audience.text(_audience_problem)):
        settings = replace(settings, audience=text)
    if (tags := given.get("session_tags")) and (wanted := tags.boolean()) is not None:
        settings = replace(settings, session_tags=wanted)
    hub = given["hub_role"].text(hub_role_problem) if "hub_role" in given else None
    if hub is not None:
        _check_hub(given["hub_role"], hub, [e.name for e in environments if e.aws.hub_role is None])
    roles = AwsRoles(region=_region(given), hub_role=hub, session_duration=_duration(given))
    return AwsDefaults(settings, roles)


def with_defaults(environment: Environment, defaults: AwsDefaults) -> Environment:
    """The environment with what the file says for all of them where it says nothing itself."""
    own, common = environment.aws, defaults.roles
    aws = replace(
        own,
        region=own.region or common.region,
        hub_role=own.hub_role or common.hub_role,
        session_duration=own.session_duration or common.session_duration,
    )
    return replace(environment, aws=aws)


def check_roles_apart(environments: Sequence[Environment], place: Field) -> None:
    """The role one environment applies with plans in none: code of open pull requests runs in a plan."""
    applying = {e.aws.role_of(Phase.APPLY): e.name for e in environments if e.aws.role_of(Phase.APPLY)}
    for environment in environments:
        plan_role = environment.aws.plan_role
        if plan_role is not None and applying.get(plan_role, environment.name) != environment.name:
            place.wrong(
                f"the plan_role of {environment.name} is the role that {applying[plan_role]} applies with",
                "give it a role that only reads",
            )


def check_duration(environment: Environment, place: Field) -> None:
    """A session behind a hub role is chained, and those are short."""
    duration = environment.aws.session_duration
    if environment.aws.hub_role and duration and duration > LONGEST_CHAINED_SESSION:
        place.wrong(
            f"the session of {environment.name} cannot last longer than 1h behind a hub role",
            "write session_duration: 1h, or leave the hub role out: without one it can last 12h",
        )


def advice(environments: Sequence[Environment], terraform: TerraformSettings) -> Iterator[str]:
    """What could be set up more safely, as sentences. None of it is a mistake."""
    seen: dict[str, str] = {}
    for environment in environments:
        name, aws = environment.name, environment.aws
        if aws.role:
            yield (
                f"{name}: `role` serves plans and applies, so the code of a pull request runs with the right "
                "to write. Give plan_role and apply_role."
            )
        if aws.hub_role and aws.role_of(Phase.PLAN) is None:
            yield f"{name}: it has a hub role and no role to go on to, so no role is assumed for it."
        elif aws.hub_role and aws.plan_role and "{phase}" not in aws.hub_role:
            yield (
                f"{name}: the hub role is the same for plans and applies. If it may assume both roles, so "
                "can a pull request's run. Have one hub role per phase, with {phase} in hub_role."
            )
        account = role_name(role).account if (role := aws.role_of(Phase.APPLY)) else aws.account_id
        if account is not None and account in seen:
            yield (
                f"{name}: it is in account {account}, as {seen[account]} is, so nothing in AWS keeps the two "
                "apart. Have an account per environment."
            )
        if account is not None:
            seen.setdefault(account, name)
        session = aws.session_duration or LONGEST_CHAINED_SESSION
        if aws.role_of(Phase.APPLY) and terraform.timeout > session:
            yield (
                f"{name}: an apply may take {terraform.timeout // 60} minutes (terraform.timeout), but its "
                f"AWS session ends after {session // 60}. Raise aws.session_duration, and the role's maximum "
                "session duration."
            )


def hub_role_problem(text: str) -> rules.Problem | None:
    """The ARN of a role, with `{environment}` and `{phase}` allowed in it."""
    plain = text.replace("{environment}", "environment").replace("{phase}", "phase")
    problem = rules.role_problem(plain) if len(plain) <= rules.MAX_TEXT else rules.role_problem("")
    if problem is None:
        return None
    return f"{shown(text)} is no role ARN", (
        "write it like arn:aws:iam::999999999999:role/gitops-hub-{environment}-{phase}"
    )


def _check_hub(field: Field, hub: str, environments: Sequence[str]) -> None:
    for name in environments:
        full = hub.replace("{environment}", name).replace("{phase}", Phase.APPLY)
        if rules.role_problem(full):
            field.wrong(
                f"for {name} it becomes {shown(full)}, which is no role ARN",
                "a role's name has at most 64 characters",
            )


def _region(given: dict[str, Field]) -> str | None:
    return given["region"].text(rules.region_problem) if "region" in given else None


def _duration(given: dict[str, Field]) -> int | None:
    field = given.get("session_duration")
    seconds = field.duration() if field else None
    if field is None or seconds is None:
        return None
    if not SHORTEST_SESSION <= seconds <= LONGEST_SESSION:
        field.wrong("a session lasts from 15m to 12h", "write a duration in between, like 1h")
        return None
    return seconds


def _external_id_problem(text: str) -> rules.Problem | None:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""
    if _EXTERNAL_ID.fullmatch(text):
        return None
    return f"{shown(text)} is no external id", "use 2 to 1224 letters, digits and any of _+=,.@:/-"


def _audience_problem(text: str) -> rules.Problem | None:
    if _AUDIENCE.fullmatch(text):
        return None
    return f"{shown(text)} is no audience", "write one word, like sts.amazonaws.com"


def _check_pairs(given: dict[str, Field], roles: dict[str, str | None]) -> None:
    either = [key for key in ("plan_role", "apply_role") if key in given]
    if "role" in given and either:
        given["role"].wrong(
            f"role stands together with {' and '.join(either)}",
            "keep role for both phases, or plan_role and apply_role",
        )
    elif len(either) == 1:
        other = "apply_role" if either == ["plan_role"] else "plan_role"
        given[either[0]].wrong(
            f"{either[0]} stands without {other}", f"add {other}, or write role for both phases"
        )
    elif len(either) == 2 and roles["plan_role"] and roles["plan_role"] == roles["apply_role"]:
        given["plan_role"].wrong(
            "plan_role is the apply_role", "give plans a role that only reads, or write role for both phases"
        )


def _check_accounts(given: dict[str, Field], roles: dict[str, str | None], account: str | None) -> None:
    """All roles of one environment are in one account; the hub role is elsewhere."""
    for key in ("role", "plan_role", "apply_role"):
        found = rules.account_of(roles.get(key) or "")
        if found is None:
            continue
        if account is None:
            account = found
        elif found != account:
            given[key].wrong(
                f"the role is in account {found}, not in {account}", "use one account per environment"
            )
