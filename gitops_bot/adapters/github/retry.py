"""When a request is sent again: bounded, patient with rate limits, and never a write twice."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from gitops_bot.adapters.github.wire import Answer, Lost, Outcome, Request

T = TypeVar("T")

TRIES = 4
LONGEST_WAIT = 60.0
_LONGEST_BACKOFF = 8.0
_RATE_LIMIT_BACKOFF = 15.0
_REPEATABLE = frozenset({"GET", "PATCH", "PUT", "DELETE"})
_PASSING = frozenset({500, 502, 503, 504})


class Fate(StrEnum):
    """What an outcome means for the request."""

    FINAL = "final"
    AGAIN = "again"
    UNCLEAR = "unclear"
    """It may have been carried out: look before sending it again."""


def is_rate_limited(answer: Answer) -> bool:
    """Whether GitHub refused the request, unprocessed, because there were too many."""
    if answer.status == 429:
        return True
    return answer.status == 403 and (
        "retry-after" in answer.headers
        or answer.headers.get("x-ratelimit-remaining") == "0"
        or "rate limit" in answer.text.lower()
    )


def judge(request: Request, outcome: Outcome) -> Fate:
    """Whether to send it again."""
    repeatable = request.method in _REPEATABLE and not request.appends
    again = Fate.AGAIN if repeatable else Fate.UNCLEAR
    if isinstance(outcome, Lost):
        return again if outcome.sent else Fate.AGAIN
    if is_rate_limited(outcome):
        return Fate.AGAIN
    return again if outcome.status in _PASSING else Fate.FINAL


def pause(outcome: Outcome, attempt: int, now: float) -> float | None:
    """Seconds to wait before the next try; None when the server asks for more than we wait."""
    backoff = min(_LONGEST_BACKOFF, 2.0**attempt)
    if isinstance(outcome, Lost):
        return backoff
    limited = is_rate_limited(outcome)
    asked = _seconds(outcome.headers.get("retry-after", ""))
    if asked is None and limited and outcome.headers.get("x-ratelimit-remaining", "0") == "0":
        reset = _seconds(outcome.headers.get("x-ratelimit-reset", ""))
        asked = None if reset is None else max(1.0, reset - now + 1)
    if asked is None:
        return min(LONGEST_WAIT, _RATE_LIMIT_BACKOFF * 2.0**attempt) if limited else backoff
    if asked > LONGEST_WAIT:
        return None if limited else LONGEST_WAIT
    return max(asked, backoff)


def _seconds(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < 1e12 else None


def run(
    request: Request,
    send: Callable[[Request], Outcome],
    sleep: Callable[[float], None],
    now: Callable[[], float],
    look: Callable[[], T | None],
) -> Outcome | T:
    """Send `request` until there is a final answer or the tries are used up.

    After an unclear failure of a write, `look` says whether it happened; what it finds is the
    result. Otherwise the last outcome is.
    """
    outcome: Outcome = Lost("it was never asked", sent=False)
    for attempt in range(TRIES):
        outcome = send(request)
        fate = judge(request, outcome)
        if fate is Fate.FINAL:
            break
        wait = pause(outcome, attempt, now())
        if wait is None:
            break
        if fate is Fate.UNCLEAR:
            sleep(wait)
            found = look()
            if found is not None:
                return found
        elif attempt < TRIES - 1:
            sleep(wait)
    return outcome
