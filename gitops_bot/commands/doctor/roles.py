"""The AWS roles that plans are made with: each is assumed, and AWS is asked who that is."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from msgspec import Struct

from gitops_bot.core.aws import Phase, role_name
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import BadInput, CloudRefused, CloudUnreachable
from gitops_bot.ports import CloudSession, Progress


class RoleCheck(Struct, frozen=True):
    """How it went with one environment's role, "" where none is configured.

    `account` is the one AWS named; where it named none, the configured one.
    """

    environment: str
    role: str
    account: str
    source: str
    ok: bool
    reason: str = ""
    fix: str = ""


def check_roles(
    settings: Settings, open_session: Callable[[Environment], CloudSession], progress: Progress
) -> tuple[RoleCheck, ...]:
    """Assume every environment's plan role, or ask whose the keys are where only an account is given."""
    asked = [e for e in settings.environments if e.aws.role_of(Phase.PLAN) or e.aws.account_id]
    if not asked:
        raise BadInput(
            "No environment has an AWS role or account in the configuration.",
            "Add one: `environments: [{name: dev, aws: {plan_role: …, apply_role: …}}]`.",
        )
    silent: dict[str | None, tuple[RoleCheck, CloudUnreachable]] = {}
    return tuple(_check(e, open_session(e), progress, silent) for e in asked)


def _check(
    environment: Environment,
    session: CloudSession,
    progress: Progress,
    silent: dict[str | None, tuple[RoleCheck, CloudUnreachable]],
) -> RoleCheck:
    """`silent` are the regions that did not answer: waiting for them once is enough."""
    name, aws = environment.name, environment.aws
    role = aws.role_of(Phase.PLAN) or ""
    account = role_name(role).account if role else aws.account_id or ""
    if aws.region in silent:
        first, known = silent[aws.region]
        message = known.message.replace(first.environment, name, 1).replace(first.role, role, 1)
        return RoleCheck(name, role, account, "", False, message, known.hint)
    try:
        identity = session.open(lambda line: progress(f"{name}: {line}"))
    except CloudRefused as refused:
        check = RoleCheck(name, role, account, "", False, refused.message, refused.hint)
        if isinstance(refused, CloudUnreachable):
            silent[aws.region] = (check, refused)
        return check
    if identity is None:
        raise AssertionError("an environment with a role or an account has an identity")
    return RoleCheck(name, role, identity.account, identity.source, True)


def failures(checks: Sequence[RoleCheck]) -> dict[tuple[str, str], list[str]]:
    """Each way to fail once, with the environments that fail in it.

    What differs only in the names of environments and roles is one way to fail.
    """
    alike: dict[tuple[str, str], list[RoleCheck]] = {}
    for check in checks:
        if not check.ok:
            text = re.sub(r"^\S+: the role \S+ was not assumed", "their roles were not assumed", check.reason)
            alike.setdefault((text, check.fix), []).append(check)
    found: dict[tuple[str, str], list[str]] = {}
    for (text, fix), same in alike.items():
        own = same[0].reason.removeprefix(f"{same[0].environment}: ")
        found[text if len(same) > 1 else own, fix] = [c.environment for c in same]
    return found
