"""Times as GitHub writes them, and as people read them."""

from __future__ import annotations

from datetime import UTC, datetime


def read_time(text: str) -> datetime | None:
    """A time in ISO 8601, in UTC where it names no offset; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def written(time: datetime) -> str:
    """A time as GitHub writes it: ISO 8601 in UTC, to the second."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def shown(time: datetime) -> str:
    """A time for readers, to the minute, in UTC."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def duration(seconds: float) -> str:
    """How long something took, for readers: `45s`, `3m 12s`, `1h 02m`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02}s"
    return f"{whole // 3600}h {whole % 3600 // 60:02}m"


def in_units(seconds: int) -> str:
    """A duration as the configuration writes it: `24h`, `1h30m`, `90s`."""
    if seconds < 100:
        return f"{seconds}s"
    parts = ((seconds // 3600, "h"), (seconds % 3600 // 60, "m"), (seconds % 60, "s"))
    return "".join(f"{count}{unit}" for count, unit in parts if count)
