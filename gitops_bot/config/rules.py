"""What a single text must look like. A rule returns what is wrong and what would be right, or None."""

from __future__ import annotations

import posixpath
import re
import warnings
from collections.abc import Callable
from typing import TypeAlias

from gitops_bot.config.mistakes import shown

Problem: TypeAlias = tuple[str, str]
Rule: TypeAlias = Callable[[str], Problem | None]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_TYPE_PATTERN = re.compile(r"[A-Za-z0-9_*-]{1,100}")
_ROLE_ARN = re.compile(
    r"arn:aws(?:-[a-z]+){0,3}:iam::([0-9]{12}):role/(?:[!-.0-~]{1,512}/){0,16}[A-Za-z0-9_+=,.@-]{1,64}"
)
_REGION = re.compile(r"[a-z]{2,8}(?:-[a-z]{1,16}){1,4}-[0-9]{1,2}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_DURATION = re.compile(r"(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}|[{}]")
_REF_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]")
_KEPT_BACK = re.compile(r"(?:GITHUB|GH)_(?:ENTERPRISE_)?TOKEN|ACTIONS_[A-Z0-9_]{1,64}")
MAX_TEXT = 1024


def name_problem(text: str) -> Problem | None:
    """Names of environments and projects."""
    if NAME.fullmatch(text):
        return None
    return (
        f"{shown(text)} is no name",
        "use 1 to 63 letters, digits, '.', '_' and '-', starting with a letter or a digit",
    )


def workspace_problem(text: str) -> Problem | None:
    """A workspace's name, with `{environment}` allowed in it."""
    return name_problem(text) if name_problem(text.replace("{environment}", "e")) else None


def branch_problem(text: str) -> Problem | None:
    """What `git check-ref-format --branch` refuses, and full ref names."""
    reason = _branch_reason(text)
    return (
        (f"{shown(text)} is no branch name: {reason}", "write it like main or env/prod") if reason else None
    )


def _branch_reason(text: str) -> str | None:
    parts = text.split("/")
    bad = _REF_FORBIDDEN.search(text)
    checks = (
        (not text, "it is empty"),
        (len(text.encode("utf-8", "surrogatepass")) > 240, "it is longer than 240 bytes"),
        (bad is not None, f"{shown(bad.group())} cannot stand in it" if bad else ""),
        (not text.isprintable(), "it holds characters that cannot be shown"),
        (text.startswith("-"), "it starts with '-'"),
        (text in ("@", "HEAD"), "git keeps this word for itself"),
        (text.startswith("refs/"), "it is a full ref name"),
        ("" in parts, "a '/' stands at its start, its end or twice in a row"),
        (any(part.startswith(".") for part in parts), "a part starts with '.'"),
        (any(part.endswith(".lock") for part in parts), "a part ends with '.lock'"),
        (".." in text, "'..' cannot stand in it"),
        ("@{" in text, "'@{' cannot stand in it"),
        (text.endswith("."), "it ends with '.'"),
    )
    return next((reason for wrong, reason in checks if wrong), None)


def role_problem(text: str) -> Problem | None:
    """The ARN of an IAM role."""
    if _ROLE_ARN.fullmatch(text):
        return None
    return f"{shown(text)} is no role ARN", "write it like arn:aws:iam::111111111111:role/gitops"


def account_of(role: str) -> str | None:
    """The account id in a role's ARN."""
    match = _ROLE_ARN.fullmatch(role)
    return match.group(1) if match else None


def region_problem(text: str) -> Problem | None:
    """An AWS region's code."""
    return None if _REGION.fullmatch(text) else (f"{shown(text)} is no AWS region", "write it like us-east-1")


def account_problem(text: str) -> Problem | None:
    """An AWS account's id."""
    if _ACCOUNT.fullmatch(text):
        return None
    return f"{shown(text)} is no AWS account id", "write its 12 digits in quotes, like '111111111111'"


def type_pattern_problem(text: str) -> Problem | None:
    """A resource type, in which `*` stands for any characters."""
    if _TYPE_PATTERN.fullmatch(text) and text.strip("*"):
        return None
    return f"{shown(text)} is no resource type", "write it like aws_iot_thing or google_sql_*"


def seconds(text: str) -> int | None:
    """A duration such as 24h, 1h30m or 90s in seconds; None if it is none."""
    match = _DURATION.fullmatch(text)
    if match is None or not text:
        return None
    hours, minutes, rest = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + rest


def duration_problem(text: str) -> Problem | None:
    """A duration in hours, minutes and seconds."""
    if seconds(text) is not None:
        return None
    return f"{shown(text)} is no duration", "write it with units h, m and s, like 24h, 1h30m or 90s"


def positive_duration_problem(text: str) -> Problem | None:
    """A duration longer than nothing."""
    if seconds(text) == 0:
        return f"{shown(text)} leaves no time at all", "write a longer duration, like 1h"
    return duration_problem(text)


def path_rule(*placeholders: str) -> Rule:
    """A relative path that stays below the repository's root, with these placeholders allowed."""

    def rule(text: str) -> Problem | None:
        for found in _PLACEHOLDER.findall(text):
            if found not in placeholders:
                known = " and ".join(placeholders)
                return (
                    f"the placeholder {shown(found)} cannot stand here",
                    f"only {known} can" if known else "no placeholder can stand here",
                )
        return path_problem(text)

    return rule


def path_problem(text: str) -> Problem | None:
    """A relative path that stays below the repository's root."""
    inside = "write it relative to the repository's root, like infra/network"
    if not text or text != text.strip():
        return f"{shown(text)} is empty or has spaces around it", inside
    if not text.isprintable() or "\\" in text or len(text) > MAX_TEXT:
        return (
            f"{shown(text)} is no path",
            "use '/' between folders and no control characters",
        )
    if text.startswith(("/", "~")):
        return f"{shown(text)} is an absolute path", inside
    if ".." in text.split("/"):
        return f"{shown(text)} holds '..'", inside
    return None


def normal_path(text: str) -> str:
    """The path without `./`, doubled and trailing slashes."""
    return posixpath.normpath(text)


def binary_problem(text: str) -> Problem | None:
    """A program's name, or an absolute path: a relative one could come out of the pull request itself."""
    if not text.strip() or not text.isprintable() or text.startswith("-") or len(text) > MAX_TEXT:
        return f"{shown(text)} is no program", "write its name, like terraform or tofu"
    if "/" in text and not text.startswith("/"):
        return f"{shown(text)} is a relative path", "write a program's name, or an absolute path"
    return None


def address_problem(text: str) -> Problem | None:
    """A pattern of resource addresses."""
    if text.strip() and text.isprintable() and len(text) <= MAX_TEXT:
        return None
    return f"{shown(text)} is no resource address", "write it like aws_rds_cluster.* or module.db.**"


def passed_variable_problem(text: str) -> Problem | None:
    """A variable of the step that Terraform does not get unless it is asked for."""
    if _KEPT_BACK.fullmatch(text):
        return None
    return (
        f"{shown(text)} is not kept from Terraform, or always is",
        "name GITHUB_TOKEN, GH_TOKEN or one of ACTIONS_*; all others but the bot's own are passed anyway",
    )


def compiled(text: str) -> re.Pattern[str] | Problem:
    """A redaction pattern, or what is wrong with it."""
    if len(text) > MAX_TEXT:
        return f"the pattern has {len(text)} characters", f"at most {MAX_TEXT} are read"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pattern = re.compile(text)
    except (re.error, OverflowError, RecursionError, ValueError) as error:
        reason = shown(str(error)).strip("'\"")
        return f"{shown(text)} is no regular expression: {reason}", "use the syntax of Python's re module"
    if pattern.match(""):
        return f"{shown(text)} matches the empty text", "write a pattern that needs at least one character"
    return pattern
