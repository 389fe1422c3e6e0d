"""A repository in the sandbox with a pull request that is ready to be merged."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from github import Auth, Github

from gitops_bot.sandbox import Sandbox

MAIN = "".join(f"# line {number}\n" for number in range(20))


class TickingClock:
    """A clock that is a second further each time it is read."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The next second."""
        self._now += timedelta(seconds=1)
        return self._now


@contextmanager
def infra_sandbox(folder: Path) -> Iterator[Sandbox]:
    """A sandbox with one commit on `devops`, no events waiting."""
    with Sandbox.start(folder, clock=TickingClock()) as sandbox:
        sandbox.hub.commit("devops", {"main.tf": MAIN, "modules/db/main.tf": "# db\n"}, "Start")
        sandbox.hub.take_events()
        yield sandbox


def open_feature(sandbox: Sandbox, name: str = "feature", path: str = "bucket.tf") -> int:
    """A branch of two commits and its pull request; the number. No events are left waiting."""
    sandbox.hub.commit(name, {path: "# one\n"}, f"Add {path}")
    sandbox.hub.commit(name, {path: "# one\n# two\n"}, f"Extend {path}")
    number = sandbox.hub.open_pull_request(f"Add {path}", name, "devops").number
    sandbox.hub.take_events()
    return number


@contextmanager
def pygithub(sandbox: Sandbox, token: str) -> Iterator[Github]:
    """PyGithub, in no hurry to wait and without retries."""
    client = Github(
        auth=Auth.Token(token),
        base_url=sandbox.api_url,
        seconds_between_requests=0,
        seconds_between_writes=0,
        retry=None,
    )
    try:
        yield client
    finally:
        client.close()


def git(folder: Path, *arguments: str) -> str:
    """Run git in a work tree, with an identity and no configuration of this machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", "-c", "user.name=Pat", "-c", "user.email=pat@example.com", *arguments],
        cwd=folder,
        env={**kept, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
