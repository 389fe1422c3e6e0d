"""`gitops-bot history`: what was applied, by whom, when, from which pull requests, and how it ended."""

from __future__ import annotations

import heapq
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from urllib.parse import urlsplit

from msgspec import Struct

from gitops_bot.core.json_values import JsonValue, as_text
from gitops_bot.core.ledger import END_UNKNOWN, FORMAT, TASK, read_converged, read_counts
from gitops_bot.core.times import read_time
from gitops_bot.ports import CodeHost, Deployment, DeploymentState

WIDTH = 80
_GAP = "  "
_HEADER = ("environment", "when (UTC)", "commit", "PRs", "by", "converged")
_OUTCOME = "outcome"
_ENVIRONMENT_CELL, _BY_CELL, _PULLS_CELL, _HOTFIXES_CELL = 16, 20, 16, 16
_LARGEST_NUMBER = 2**31 - 1
_ENDED = (DeploymentState.SUCCESS, DeploymentState.FAILURE, DeploymentState.ERROR)
# GitHub's names hold no other characters. All else could hide, reorder or command (`##[…]` in a log).
_NO_NAME = re.compile(r"[^A-Za-z0-9_.@+\-\[\]]")
_REPOSITORY = re.compile(r"(?!\.{1,2}/)[A-Za-z0-9_.-]+/(?!\.{1,2}$)[A-Za-z0-9_.-]+")
_SCP = re.compile(r"(?:[^@/:]+@)?([^@/:\[\]]+):(?!//)(.*)")


class Outcome(StrEnum):
    """How an apply ended. NO_END: it never said so, and a newer one has started since."""

    APPLIED = "applied"
    PARTLY = "partly"
    FAILED = "failed"
    RUNNING = "running"
    NO_END = "no end"
    UNREADABLE = "unreadable"


class Row(Struct, frozen=True):
    """One apply. `at` is the time GitHub recorded; `counts` (done, failed, not started) and `converged`
    are None where they are unknown. `hotfixes` are those of its pull requests that `hotfix_by` let past the
    promotion order. An unreadable one has what GitHub itself vouches for only."""

    environment: str
    commit: str
    at: str
    outcome: Outcome
    tree: str = ""
    by: str = ""
    run: str = ""
    pull_requests: tuple[int, ...] = ()
    counts: tuple[int, int, int] | None = None
    converged: bool | None = None
    digest: str = ""
    approved_by: str = ""
    overridden_by: str = ""
    hotfixes: tuple[int, ...] = ()
    hotfix_by: str = ""


def is_repository(text: str) -> bool:
    """Whether this is a repository as OWNER/REPO."""
    return _REPOSITORY.fullmatch(text) is not None


def repository_of(remote: str, server: str) -> str | None:
    """The OWNER/REPO that a remote's address names on a server such as `https://github.com`."""
    try:
        home, url = urlsplit(server), urlsplit(remote)
        where, path = url.netloc.rpartition("@")[2].lower(), url.path
        if url.scheme == "ssh":
            found = (url.hostname or "").removeprefix("ssh.") == home.hostname
        else:
            found = url.scheme == home.scheme and where == home.netloc.lower()
    except ValueError:  # brackets that are no IPv6 address
        return None
    scp = _SCP.fullmatch(remote)
    if scp is not None:
        found, path = scp[1].lower() == home.hostname, scp[2]
    name = path.strip("/").removesuffix(".git")
    return name if found and is_repository(name) else None


# --- reading ---------------------------------------------------------------------------------


def read_history(host: CodeHost, environments: Iterable[str], limit: int) -> tuple[Row, ...]:
    """The newest applies of these environments, newest first.

    An entry costs one request of its own, and only those that are returned are asked about.
    """
    applies = heapq.merge(*(_applies(host, name) for name in environments), key=_age, reverse=True)
    return tuple(_row(host, *apply) for apply in islice(applies, limit))


def _applies(host: CodeHost, environment: str) -> Iterator[tuple[str, Deployment, bool]]:
    """An environment's deployments, newest first, each with whether it is the newest."""
    for index, deployment in enumerate(host.deployments(environment, TASK)):
        yield environment, deployment, index == 0


def _age(apply: tuple[str, Deployment, bool]) -> tuple[datetime, int]:
    deployment = apply[1]
    return read_time(deployment.created_at) or datetime.min.replace(tzinfo=UTC), deployment.id


def _row(host: CodeHost, environment: str, deployment: Deployment, newest: bool) -> Row:
    commit, at, data = deployment.commit, deployment.created_at, deployment.payload
    pulls, hotfixes = _numbers(data.get("pull_requests")), _numbers(data.get("hotfixes", []))
    texts = [data.get(key) for key in ("tree", "actor", "run", "digest")]
    readable = _is_known(data.get("format")) and all(isinstance(t, str) for t in texts)
    if not readable or pulls is None or hotfixes is None:
        return Row(environment, commit, at, Outcome.UNREADABLE)
    tree, by, run, digest = map(as_text, texts)
    people = (as_text(data.get("approved_by")), as_text(data.get("overridden_by")))
    more = (*people, hotfixes, as_text(data.get("hotfix_by")))
    # A later success adds an `inactive` on top: the newest status that is an end tells how it ended.
    end = next((s for s in host.deployment_statuses(deployment.id) if s.state in _ENDED), None)
    if end is None:
        outcome = Outcome.RUNNING if newest else Outcome.NO_END
        return Row(environment, commit, at, outcome, tree, by, run, pulls, None, None, digest, *more)
    counts = read_counts(end.description)
    if end.state is DeploymentState.SUCCESS:
        outcome = Outcome.APPLIED
    elif end.description.startswith(END_UNKNOWN):
        outcome = Outcome.NO_END  # a later run found out that it is over, and no more
    else:
        outcome = Outcome.PARTLY if counts and counts[0] else Outcome.FAILED
    converged = read_converged(end.description)
    return Row(environment, commit, at, outcome, tree, by, run, pulls, counts, converged, digest, *more)


def _is_known(version: JsonValue) -> bool:
    return isinstance(version, int) and not isinstance(version, bool) and version == FORMAT


def _numbers(value: JsonValue) -> tuple[int, ...] | None:
    """The numbers of pull requests; None for anything else."""
    if not isinstance(value, list):
        return None
    found = tuple(n for n in value if isinstance(n, int) and not isinstance(n, bool))
    sound = len(found) == len(value) and all(0 < n <= _LARGEST_NUMBER for n in found)
    return found if sound else None


# --- showing ---------------------------------------------------------------------------------


def render_history(rows: Sequence[Row], *, as_json: bool, width: int = WIDTH) -> str:
    """A table of at most `width` (at least 80) columns; or JSON, which is plain ASCII."""
    if as_json:
        text = json.dumps({"applies": [_document(row) for row in rows]}, indent=2)
        return text.replace("##[", "\\u0023#[")  # only inside of a string; the runner's log reads it
    if not rows:
        return "Nothing was applied yet."
    return "\n".join(_table(rows, width))


def _document(row: Row) -> dict[str, JsonValue]:
    done, failed, not_started = row.counts or (None, None, None)
    return {
        "environment": row.environment,
        "commit": row.commit,
        "tree": row.tree,
        "at": row.at,
        "by": row.by,
        "run": row.run,
        "pull_requests": list(row.pull_requests),
        "outcome": row.outcome.value,
        "done": done,
        "failed": failed,
        "not_started": not_started,
        "converged": row.converged,
        "digest": row.digest,
        "approved_by": row.approved_by,
        "overridden_by": row.overridden_by,
        "hotfixes": list(row.hotfixes),
        "hotfix_by": row.hotfix_by,
    }


def _table(rows: Sequence[Row], width: int) -> Iterator[str]:
    """The outcome stands last in its row where there is room for it, else on a line below."""
    environment = _widest(_HEADER[0], (row.environment for row in rows), _ENVIRONMENT_CELL)
    by = _widest(_HEADER[4], (row.by for row in rows), _BY_CELL)
    left = width - environment - sum(map(len, ("2026-01-01 00:00", "0" * 12, _HEADER[5]))) - 5 * len(_GAP)
    most = min(_PULLS_CELL, max(10, left - by))
    pulls = _widest(_HEADER[3], (_pulls(row.pull_requests, most) for row in rows), most)
    by = min(by, left - pulls)
    cells = [_HEADER, *(_cells(row, environment, pulls, by) for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(_HEADER))]
    room = width - sum(widths) - len(_HEADER) * len(_GAP)
    for line, outcome in zip(cells, (_OUTCOME, *map(_outcome, rows)), strict=True):
        start = _GAP.join(cell.ljust(size) for cell, size in zip(line, widths, strict=True))
        if len(_OUTCOME) <= room and len(outcome) <= room:
            yield f"{start}{_GAP}{outcome}"
        else:
            yield start.rstrip()
            yield f"{_GAP}{outcome}"


def _widest(header: str, texts: Iterable[str], most: int) -> int:
    return min(most, max(len(header), *map(len, texts)))


def _cells(row: Row, environment: int, pulls: int, by: int) -> tuple[str, ...]:
    time = read_time(row.at)
    return (
        _cut(_name(row.environment), environment),
        f"{time:%Y-%m-%d %H:%M}" if time else "-",
        _name(row.commit[:12]),
        _pulls(row.pull_requests, pulls),
        _cut(_name(row.by), by),
        {True: "yes", False: "no", None: "unknown"}[row.converged],
    )


def _outcome(row: Row) -> str:
    """The word, with the counts where not everything was done, and what came in as a hotfix."""
    hotfix = f", hotfix {_pulls(row.hotfixes, _HOTFIXES_CELL)}" if row.hotfixes else ""
    if row.counts is None or (row.outcome is Outcome.APPLIED and row.counts[1:] == (0, 0)):
        return f"{row.outcome.value}{hotfix}"
    done, failed, not_started = row.counts
    return f"{row.outcome.value}: {done} done, {failed} failed, {not_started} not started{hotfix}"


def _pulls(pull_requests: tuple[int, ...], most: int) -> str:
    """As many numbers as fit, then how many are left out."""
    numbers = [f"#{n}" for n in pull_requests]
    for shown in range(min(len(numbers), most // 2), -1, -1):
        more = [f"+{len(numbers) - shown}"] if shown < len(numbers) else []
        text = " ".join([*numbers[:shown], *more])
        if len(text) <= most:
            return text or "-"
    return _cut(text, most)


def _name(text: str) -> str:
    return _NO_NAME.sub("?", text) or "-"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
