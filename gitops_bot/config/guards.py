"""The guards of an environment: `protect`, `max_destroys`, `freeze` and `override`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gitops_bot.config import rules
from gitops_bot.config.fields import Field
from gitops_bot.config.mistakes import shown
from gitops_bot.config.raw import Kind, Scalar
from gitops_bot.core.addresses import read_pattern
from gitops_bot.core.environments import FixedWindow, Override, WeeklyWindow, Window

FREEZE_KEYS = ("from", "until", "days", "after", "before", "timezone", "reason")
PEOPLE_KEYS = ("by", "label")
MAX_DESTROYS = 10_000
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FIXED, _WEEKLY = ("from", "until"), ("days", "after", "before", "timezone")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_ZONE = re.compile(r"(?!posix/|right/|localtime$|posixrules$|Factory$)[A-Za-z][\w+-]*(?:/[\w+-]+){0,2}")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_FREEZE_EXAMPLE = '[{days: [fri], after: "15:00"}]'
_MOMENT_EXAMPLE = "2026-12-24T12:00:00+01:00"
_LINE_MAX = 200
_WEEK = timedelta(days=7)


def read_protect(field: Field) -> tuple[str, ...]:
    """Patterns of resources that are not destroyed."""
    return field.texts('["aws_rds_cluster.*"]', pattern_problem)


def pattern_problem(text: str) -> rules.Problem | None:
    """A pattern of resource addresses, in the language of `core.addresses`."""
    if problem := rules.address_problem(text):
        return problem
    try:
        read_pattern(text)
    except ValueError as error:
        return f"{shown(text)} protects nothing: {error}", "write it like aws_rds_cluster.* or module.db.**"
    return None


def read_max_destroys(field: Field) -> int | None:
    """How many destroys one apply may hold."""
    return field.integer(0, MAX_DESTROYS)


def read_override(field: Field) -> Override | None:
    """Who may lift the guards, and by which label."""
    found = read_people(field, Override(()).label)
    return Override(*found) if found else None


def read_people(field: Field, label_else: str) -> tuple[tuple[str, ...], str] | None:
    """A table of people (`by`) and the `label` by which they are asked; None where one of them is wrong."""
    before = len(field.log.mistakes)
    given = field.table(PEOPLE_KEYS)
    if "by" not in given and len(field.log.mistakes) == before:
        field.wrong(
            "label stands without by" if given else "nobody is named", "add by: and logins, like [octocat]"
        )
    by = given["by"].texts("[octocat]", login_problem) if "by" in given else ()
    label = given["label"].text(label_problem) if "label" in given else label_else
    return (by, label) if by and label else None


def read_freeze(field: Field) -> tuple[Window, ...]:
    """The windows in which nothing is applied."""
    found = (_window(item) for item in field.items(_FREEZE_EXAMPLE))
    return tuple(window for window in found if window is not None)


def _window(item: Field) -> Window | None:
    """One window, with all of its keys read, also where they do not go together."""
    before = len(item.log.mistakes)
    given = item.table(FREEZE_KEYS)
    if len(item.log.mistakes) == before:
        _check_keys(item, given)
    reason = given["reason"].text(_reason_problem) if "reason" in given else ""
    fixed = _fixed(given, reason or "")
    return _weekly(given, reason or "") or fixed


def _check_keys(item: Field, given: dict[str, Field]) -> None:
    """A window has `from` and `until`, or `days` with whatever else is weekly."""
    fixed, weekly = [k for k in _FIXED if k in given], [k for k in _WEEKLY if k in given]
    if fixed and weekly:
        item.wrong(
            f"{' and '.join(fixed)} cannot be together with {' and '.join(weekly)}",
            "a window has from and until, or it has days",
        )
    elif len(fixed) == 1:
        other, what = ("until", "end") if fixed == ["from"] else ("from", "start")
        item.wrong(
            f"{fixed[0]} stands without {other}: the window has no {what}",
            f"add {other}: and a time like {_MOMENT_EXAMPLE}",
        )
    elif not fixed and "days" not in given:
        keys = [k for k in FREEZE_KEYS if k in given]
        problem = f"{' and '.join(keys)} stands without days" if keys else "the window has no days"
        item.wrong(problem, f"add days: [fri, sat], or from: and until: with times like {_MOMENT_EXAMPLE}")


def _fixed(given: dict[str, Field], reason: str) -> FixedWindow | None:
    start = _moment(given["from"]) if "from" in given else None
    end = _moment(given["until"]) if "until" in given else None
    if start is None or end is None:
        return None
    if start >= end:
        given["until"].wrong("until is not after from", "write a later time")
    return FixedWindow(start, end, reason)


def _moment(field: Field) -> datetime | None:
    """A time with an offset; YAML takes one without quotes for a date of its own kind."""
    if isinstance(field.node, Scalar) and field.node.kind is Kind.DATE:
        text: str | None = field.node.text
    else:
        text = field.text()
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        _ = moment.astimezone(UTC) - _WEEK, moment.astimezone(UTC) + _WEEK  # the guards look around it
    except (ValueError, OverflowError):
        field.wrong(f"{shown(text)} is no time", f"write it like {_MOMENT_EXAMPLE}")
        return None
    if moment.tzinfo is None:
        field.wrong(f"{shown(text)} has no offset", f"write it like {_MOMENT_EXAMPLE}, or with Z for UTC")
        return None
    return moment


def _weekly(given: dict[str, Field], reason: str) -> WeeklyWindow | None:
    names = given["days"].texts("[fri, sat]", _day_problem) if "days" in given else ()
    after = _time(given["after"]) if "after" in given else None
    before = _time(given["before"]) if "before" in given else None
    zone = _zone(given["timezone"]) if "timezone" in given else UTC
    if after is not None and after == before:
        given["before"].wrong("before is the same time as after", "leave both out for the whole day")
    days = tuple(sorted({DAYS.index(name) for name in names}))
    return WeeklyWindow(days, after, before, zone, reason) if days and zone else None


def _time(field: Field) -> time | None:
    """A time of day. Without quotes YAML takes 15:00 for a number to the base 60; its text is kept."""
    text = field.digits(_time_problem)
    return None if text is None else time.fromisoformat(text)


def _time_problem(text: str) -> rules.Problem | None:
    if _TIME.fullmatch(text):
        return None
    return f"{shown(text)} is no time of day", 'write it from "00:00" to "23:59"'


def _day_problem(text: str) -> rules.Problem | None:
    return None if text in DAYS else (f"{shown(text)} is no day", f"write {', '.join(DAYS)}")


def _zone(field: Field) -> tzinfo | None:
    text = field.text()
    if text is None:
        return None
    if text == "UTC":
        return UTC
    if len(text) <= 64 and _ZONE.fullmatch(text):
        try:
            return ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    field.wrong(
        f"{shown(text)} is no time zone that this machine knows", "write it like Europe/Berlin, or UTC"
    )
    return None


def _line_problem(what: str, example: str, most: int) -> rules.Rule:
    def rule(text: str) -> rules.Problem | None:
        if text.strip() and text == text.strip() and text.isprintable() and len(text) <= most:
            return None
        return f"{shown(text)} is no {what}", f"write one line of at most {most} characters, like {example}"

    return rule


_reason_problem = _line_problem("reason", "year-end close", _LINE_MAX)
label_problem = _line_problem("label", "'gitops-bot: override'", 50)


def login_problem(text: str) -> rules.Problem | None:
    """A person's login. Apps cannot be named: any workflow writes labels as `github-actions[bot]`; and
    `ghost` is what every deleted account becomes."""
    if _LOGIN.fullmatch(text) and text.lower() != "ghost":
        return None
    return (
        f"{shown(text)} is no person's login",
        "write it like octocat, without @; apps and teams cannot be named",
    )
