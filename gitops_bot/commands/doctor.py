"""`gitops-bot doctor`: does the set-up work? So far: the AWS roles that plans are made with."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from gitops_bot.core.aws import Phase, role_name
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import BadInput, CloudRefused, CloudUnreachable
from gitops_bot.ports import CloudSession, Progress

_WIDTH, _CELL = 80, 18
_HEADER = ("environment", "role", "account", "source", "result")


@dataclass(frozen=True, slots=True)
class RoleCheck:
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


def render_checks(checks: Sequence[RoleCheck], advice: Sequence[str], *, as_json: bool) -> str:
    """A table within 80 columns, and below it what to do; or JSON."""
    if as_json:
        return json.dumps({"aws": [asdict(c) for c in checks], "advice": list(advice)}, indent=2)
    rows = [_HEADER, *(_row(c) for c in checks)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEADER))]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    for (reason, fix), names in _failures(checks).items():
        lines += ["", *_wrapped(f"{', '.join(names)}: {reason}"), *_wrapped(fix, "  ")]
    for sentence in advice:
        lines += ["", *_wrapped(f"Note: {sentence}")]
    return "\n".join(lines)


def _failures(checks: Sequence[RoleCheck]) -> dict[tuple[str, str], list[str]]:
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


def _row(check: RoleCheck) -> tuple[str, ...]:
    role = check.role.rpartition("/")[2] or "none"
    source = check.source or "-"
    result = "ok" if check.ok else "failed"
    return (_cut(check.environment), _cut(role), check.account or "-", _cut(source), result)


def _cut(text: str) -> str:
    return text if len(text) <= _CELL else text[: _CELL - 1] + "…"


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
