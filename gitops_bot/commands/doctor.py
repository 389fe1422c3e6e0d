"""`gitops-bot doctor`: does the set-up work? So far: the AWS roles that plans are made with."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from gitops_bot.core.aws import Phase
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import BadInput, CloudRefused
from gitops_bot.ports import CloudSession, Progress

_WIDTH = 80


@dataclass(frozen=True, slots=True)
class RoleCheck:
    """How it went with one environment's role. `account` is what AWS said, "" when it said nothing."""

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
    return tuple(_check(e, open_session(e), progress) for e in asked)


def _check(environment: Environment, session: CloudSession, progress: Progress) -> RoleCheck:
    role = environment.aws.role_of(Phase.PLAN) or "none"
    try:
        identity = session.open(progress)
    except CloudRefused as refused:
        return RoleCheck(environment.name, role, "", "", False, refused.message, refused.hint)
    if identity is None:
        raise AssertionError("an environment with a role or an account has an identity")
    return RoleCheck(environment.name, role, identity.account, identity.source, True)


def render_checks(checks: Sequence[RoleCheck], advice: Sequence[str], *, as_json: bool) -> str:
    """A table within 80 columns, and below it what to do; or JSON."""
    if as_json:
        return json.dumps({"aws": [asdict(c) for c in checks], "advice": list(advice)}, indent=2)
    header = ("environment", "role", "account", "source", "result")
    rows = [header, *(_row(c) for c in checks)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(header) - 1)]
    lines = [_line(row, widths) for row in rows]
    for check in checks:
        if not check.ok:
            lines += ["", *_wrapped(check.reason), *_wrapped(check.fix, "  ")]
    for sentence in advice:
        lines += ["", *_wrapped(f"Note: {sentence}")]
    return "\n".join(lines)


def _row(check: RoleCheck) -> tuple[str, ...]:
    name = check.role.rpartition("/")[2]
    return (
        check.environment,
        name,
        check.account or "-",
        check.source or "-",
        "ok" if check.ok else "failed",
    )


def _line(row: tuple[str, ...], widths: Sequence[int]) -> str:
    cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
    return "  ".join([*cells, row[-1]])


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
