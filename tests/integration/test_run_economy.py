"""What a run takes: requests to GitHub, and processes of git and Terraform, for each kind of event.

The real program, git, Terraform and HTTP on a stage with four environments. The numbers are exact: whoever
changes one sees it here, and says so in docs/reference/limits.md where that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gitops_bot.sandbox.records import Event
from tests.kit.in_process import deliver_here
from tests.kit.merge_queue import in_queue
from tests.kit.stage import NETWORK, Stage, StepRun, stage
from tests.kit.started import Started

Taken = tuple[int, int, int]
"""Requests to GitHub, processes of git, processes of Terraform."""


class Counted:
    """A stage whose runs are counted. What leads up to them is not."""

    def __init__(self, on_stage: Stage, folder: Path) -> None:
        self.stage, self.hub = on_stage, on_stage.hub
        self.started = Started(folder / "bin", watched=folder / "work")
        self.hub.collaborators["pat"] = "write"

    def run(self, event: Event, result: str) -> StepRun:
        self.started.clear()
        self._before = len(self.stage.sandbox.requests)
        run = deliver_here(self.stage, event, None, **self.started.environ)
        assert result == run.outputs.get("result"), run.stdout + run.stderr
        return run

    @property
    def taken(self) -> Taken:
        """Of the newest run."""
        requests = self.stage.sandbox.requests[self._before :]
        return len(requests), len(self.started.of("git")), len(self.started.of("terraform"))

    def opened(self, name: str, base: str = "devops") -> int:
        files = {f"infra/{name}.tf": NETWORK.replace("network", name)}
        return self.stage.pull_request(files, branch=name, base=base)

    def planned(self, name: str) -> int:
        number = self.opened(name)
        self.run(self.stage.next_event("pull_request"), "planned")
        return number

    def merged(self, number: int) -> Event:
        self.hub.take_events()
        self.hub.merge(number)
        return self.stage.next_event("push")

    def applied(self, name: str) -> None:
        self.run(self.merged(self.planned(name)), "applied")

    def asked(self, command: str, environment: str = "") -> Event:
        self.hub.take_events()
        self.hub.dispatch("gitops.yml", "devops", {"command": command, "environment": environment})
        return self.stage.next_event("workflow_dispatch")

    def said(self, words: str) -> Event:
        number = self.opened("commented")
        self.hub.take_events()
        self.hub.comment(number, words, "pat")
        return self.stage.next_event("issue_comment")

    def promotes_again(self) -> None:
        """With a pull request that is open, and whose description is out of date.

        It would be up to date only within the same minute, which the board in it names.
        """
        number = int(self.run(self.asked("promote", "dev"), "planned").outputs["promotion-pr"])
        self.hub.edit_pull_request(number, body="")
        self.run(self.asked("promote", "dev"), "planned")

    def promoted(self, name: str) -> int:
        """One change is applied in devops and in dev, by a promotion; its number."""
        self.applied(name)
        number = int(self.run(self.asked("promote", "dev"), "planned").outputs["promotion-pr"])
        self.run(self.merged(number), "applied")
        return number


@pytest.fixture
def counted(tmp_path: Path) -> Iterator[Counted]:
    with stage(tmp_path) as made:
        yield Counted(made, tmp_path)


def ignored(counted: Counted) -> None:
    counted.run(
        Event("issues", {"action": "opened"}, counted.stage.head("devops"), "refs/heads/devops", "1"),
        "ignored",
    )


def pull_request(counted: Counted) -> None:
    counted.planned("network")


def merge_group(counted: Counted) -> None:
    counted.run(in_queue(counted.stage, counted.opened("network")), "planned")


def push(counted: Counted) -> None:
    counted.applied("network")


def push_above(counted: Counted) -> None:
    counted.promoted("network")


def promote(counted: Counted) -> None:
    counted.applied("network")
    counted.run(counted.asked("promote", "dev"), "planned")


def promote_again(counted: Counted) -> None:
    """Into an environment that has a ledger, with a pull request that is open already."""
    counted.promoted("network")
    counted.applied("first")
    counted.promotes_again()


def promote_again_with_ten_waiting(counted: Counted) -> None:
    counted.promoted("network")
    for number in range(10):
        counted.applied(f"waits-{number}")
    counted.promotes_again()


def promote_beside_ten_open(counted: Counted) -> None:
    for number in range(10):
        counted.opened(f"open-{number}", base="dev")
    promote(counted)


def schedule(counted: Counted) -> None:
    counted.promoted("network")
    counted.run(counted.asked("reconcile"), "no-changes")


def status(counted: Counted) -> None:
    counted.promoted("network")
    counted.run(counted.asked("status"), "no-changes")


def comment_help(counted: Counted) -> None:
    counted.run(counted.said("/gitops help"), "no-changes")


def comment_status(counted: Counted) -> None:
    counted.promoted("network")
    counted.run(counted.said("/gitops status"), "no-changes")


TAKEN: dict[Callable[[Counted], None], Taken] = {
    ignored: (0, 0, 0),
    pull_request: (10, 3, 4),
    merge_group: (4, 3, 4),
    push: (14, 6, 9),
    push_above: (18, 6, 9),
    promote: (27, 11, 4),
    promote_again: (25, 11, 4),
    promote_again_with_ten_waiting: (34, 11, 4),
    promote_beside_ten_open: (27, 11, 4),
    schedule: (19, 2, 0),
    status: (13, 2, 0),
    comment_help: (6, 1, 0),
    comment_status: (19, 1, 0),
}


@pytest.mark.parametrize("event", TAKEN, ids=lambda event: event.__name__)
def test_a_run_takes_so_many_requests_and_processes(
    counted: Counted, event: Callable[[Counted], None]
) -> None:
    event(counted)
    assert TAKEN[event] == counted.taken


def test_no_process_of_git_is_there_while_terraform_runs(counted: Counted) -> None:
    """It is the user that a plan's code runs as, which could write into that process's answers."""
    counted.promoted("network")
    beside = counted.started.beside()
    assert any("terraform" in line for line in beside), beside
    assert [] == [line for line in beside if "cat-file" in line]
