"""IAM's evaluation of policies, as far as the tests need it. What it cannot judge it refuses loudly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from typing import Any

Document = Mapping[str, Any]
FAMILIES = ("aws:requesttag/", "aws:principaltag/")
"""Condition keys that end in a tag's name: a missing one is absent, not unknown."""


class Unjudged(Exception):
    """A policy says something this kit does not understand, so nobody may trust the outcome."""


class Grant(IntEnum):
    """What policies say. Only a resource's policy tells ACCOUNT (its whole account) from DIRECT."""

    DENIED = 0
    SILENT = 1
    ACCOUNT = 2
    DIRECT = 3


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: `arn` is the session's or the user's, `principal` the role's or the user's."""

    arn: str
    principal: str
    account: str
    federated: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """One action on one resource. `context` holds condition keys in lower case; () means absent."""

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def identity_grant(policies: Iterable[Document], ask: Ask) -> Grant:
    """What a principal's own policies say: DENIED, SILENT or DIRECT."""
    return _strongest(
        Grant.DENIED if statement["Effect"] == "Deny" else Grant.DIRECT
        for policy in policies
        for statement in _listed(policy.get("Statement"))
        if _covers(statement, ask) and _holds(statement, ask)
    )


def resource_grant(policy: Document | None, ask: Ask, caller: Caller) -> Grant:
    """What the policy of a role (its trust) or of a bucket says about a caller."""
    grants = []
    for statement in _listed((policy or {}).get("Statement")):
        names = _names(statement, caller)
        if names is not Grant.SILENT and _covers(statement, ask) and _holds(statement, ask):
            grants.append(Grant.DENIED if statement["Effect"] == "Deny" else names)
    return _strongest(grants)


def _strongest(grants: Iterable[Grant]) -> Grant:
    found = set(grants)
    return Grant.DENIED if Grant.DENIED in found else max(found, default=Grant.SILENT)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


@cache
def _pattern(text: str, ignore_case: bool) -> re.Pattern[str]:
    if "${" in text:
        raise Unjudged(f"policy variable in {text!r}")
    expression = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in text)
    return re.compile(expression, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def matches(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Whether the text is of the pattern, with IAM's two wildcards."""
    return _pattern(pattern, ignore_case).fullmatch(text) is not None


def _names(statement: Document, caller: Caller) -> Grant:
    """How a statement names the caller: SILENT, ACCOUNT or DIRECT."""
    if "NotPrincipal" in statement:
        raise Unjudged("NotPrincipal")
    principal = statement.get("Principal", {})
    if principal == "*":
        return Grant.DIRECT
    if caller.federated:
        return Grant.DIRECT if caller.federated in _listed(principal.get("Federated")) else Grant.SILENT
    return max((_named(str(name), caller) for name in _listed(principal.get("AWS"))), default=Grant.SILENT)


def _named(name: str, caller: Caller) -> Grant:
    if name in ("*", caller.arn, caller.principal):
        return Grant.DIRECT
    if name in (caller.account, f"arn:aws:iam::{caller.account}:root"):
        return Grant.ACCOUNT
    return Grant.SILENT


def _covers(statement: Document, ask: Ask) -> bool:
    return _covers_action(statement, ask.action) and _covers_resource(statement, ask)


def _covers_action(statement: Document, action: str) -> bool:
    if "NotAction" in statement:
        return not any(matches(p, action, ignore_case=True) for p in _listed(statement["NotAction"]))
    return any(matches(p, action, ignore_case=True) for p in _listed(statement.get("Action")))


def _covers_resource(statement: Document, ask: Ask) -> bool:
    if "NotResource" in statement:
        return not any(matches(p, ask.resource) for p in _listed(statement["NotResource"]))
    if "Resource" not in statement:
        return True  # a trust policy: its role is the resource
    patterns = [str(p) for p in _listed(statement["Resource"])]
    if any(matches(p, ask.resource) for p in patterns):
        return True
    if ask.resource == "*" and statement["Effect"] == "Deny":
        _check_deny(patterns, ask)
    return False


def _check_deny(patterns: Iterable[str], ask: Ask) -> None:
    """A Deny for some of the service's resources, while this request's resource is not known."""
    service = ask.action.partition(":")[0].lower()
    for pattern in patterns:
        parts = pattern.split(":")
        if len(parts) < 3 or matches(parts[2], service):
            raise Unjudged(f"Deny on {pattern}, and the resource of {ask.action} is not known")


def _holds(statement: Document, ask: Ask) -> bool:
    return all(
        _condition(operator, key, [_text(value) for value in _listed(wanted)], ask)
        for operator, table in statement.get("Condition", {}).items()
        for key, wanted in table.items()
    )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _condition(operator: str, key: str, wanted: list[str], ask: Ask) -> bool:
    quantifier, _, name = operator.rpartition(":")
    optional = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    if quantifier not in ("", "ForAnyValue", "ForAllValues"):
        raise Unjudged(f"condition operator {operator}")
    actual = _actual(key, ask)
    if name == "Null":
        return any((value == "true") == (not actual) for value in wanted)
    negated = "Not" in name
    positive = name.replace("Not", "")
    if not actual:
        return optional or quantifier == "ForAllValues" or (negated and quantifier == "")
    outcomes = [any(_equal(positive, w, a, operator) for w in wanted) != negated for a in actual]
    return all(outcomes) if quantifier == "ForAllValues" or (negated and not quantifier) else any(outcomes)


def _actual(key: str, ask: Ask) -> tuple[str, ...]:
    lower = key.lower()
    if lower in ask.context:
        return ask.context[lower]
    if lower.startswith(FAMILIES):
        return ()
    raise Unjudged(f"condition key {key} for {ask.action}")


def _equal(name: str, wanted: str, actual: str, operator: str) -> bool:
    match name:
        case "StringEquals":
            return wanted == actual
        case "StringEqualsIgnoreCase" | "Bool":
            return wanted.lower() == actual.lower()
        case "StringLike":
            return matches(wanted, actual)
        case "ArnEquals" | "ArnLike":
            return _arn_like(wanted, actual)
        case _:
            raise Unjudged(f"condition operator {operator}")


def _arn_like(wanted: str, actual: str) -> bool:
    """ARNs are compared part by part: a wildcard does not reach over a colon of the first five."""
    parts, others = wanted.split(":", 5), actual.split(":", 5)
    return len(parts) == len(others) and all(matches(p, o) for p, o in zip(parts, others, strict=True))
