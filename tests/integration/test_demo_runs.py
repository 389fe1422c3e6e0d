"""What the demo is made of: runs that are under way at the same time, and who wrote what."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gitops_bot.sandbox import Sandbox
from gitops_bot.sandbox.demo_repository import first_commit
from gitops_bot.sandbox.demo_runner import Runner
from gitops_bot.sandbox.transcript import Conversations
from tests.kit.sandbox_story import infra_sandbox, open_feature


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with infra_sandbox(tmp_path / "hub") as started:
        yield started


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_runs_that_were_started_are_under_way_together_and_told_in_their_order(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    hub, shown = sandbox.hub, list[str]()
    hub.commit("devops", first_commit(tmp_path), "Configuration")
    for branch in ("one", "two"):
        hub.commit(branch, {"README.md": branch}, branch)
    _, *events = hub.take_events()
    with Runner(sandbox, tmp_path / "runs", shown.append) as runner:
        started = [runner.start(event) for event in events]
        until(lambda: all(run.outcome.done() for run in started))
        assert shown == []
        told = [runner.follow(run) for run in started]
    assert [(run.number, run.label, run.result, run.code) for run in told] == [
        (1, "push to one", "ignored", 0),
        (2, "push to two", "ignored", 0),
    ]
    assert [line.split(" is no ")[0] for line in shown] == [
        "Ignored: The branch one",
        "Ignored: The branch two",
    ]
    assert runner.runs == told


def test_whoever_leaves_early_stops_what_is_under_way(sandbox: Sandbox, tmp_path: Path) -> None:
    hub = sandbox.hub
    hub.commit("devops", first_commit(tmp_path), "Configuration")
    hub.dispatch("gitops.yml", "devops", {"command": "status", "environment": ""})
    hub.dispatch("gitops.yml", "devops", {"command": "status", "environment": ""})
    _, *events = hub.take_events()
    sandbox.faults.add("*", ".*", times=2, delay=600)
    with Runner(sandbox, tmp_path / "runs", lambda _: None) as runner:
        started = [runner.start(event) for event in events]
        until(lambda: sandbox.faults.pending == 0)  # each of them waits for an answer
        assert [run.outcome.done() for run in started] == [False, False]
    assert [run.outcome.done() for run in started] == [True, True]
    assert [run.outcome.result()[0] != 0 for run in started] == [True, True]


def test_what_runs_write_at_the_same_time_is_told_with_the_run_that_wrote_it(sandbox: Sandbox) -> None:
    hub, talks = sandbox.hub, Conversations(sandbox.hub)
    numbers = [open_feature(sandbox, name, f"{name}.tf") for name in ("one", "two")]
    for run, number in enumerate(numbers, 1):
        link = f"{hub.site.html_url}/actions/runs/{run}"
        comment = hub.comment(number, f"Planning, see {link}.")
        hub.comments.edit(comment.id, f"Planned, see {link}.")
        check = {"name": "gitops-bot: plan devops", "details_url": link, "conclusion": "success"}
        hub.checks.add(hub.pull(number).head_sha, check, "github-actions")
    words = [
        [text.partition(" ")[0] + text[-2:] for text in talks.catch_up(1, [2])],
        [text.partition(" ")[0] + text[-2:] for text in talks.catch_up(2)],
    ]
    assert words == [["Planning,1.", "Planned,1."], ["Planning,2.", "Planned,2."]]
    entries = {number: [(e.kind, e.run) for e in talks.entries[number]] for number in numbers}
    assert entries == {n: [("checks", run), ("comment", 0)] for run, n in enumerate(numbers, 1)}


def test_a_check_that_is_not_finished_is_told_when_it_is(sandbox: Sandbox) -> None:
    hub, talks = sandbox.hub, Conversations(sandbox.hub)
    number = open_feature(sandbox)
    check = hub.checks.add(hub.pull(number).head_sha, {"name": "gitops-bot: plan devops"}, "github-actions")
    talks.catch_up(1)
    assert talks.entries[number] == []
    hub.checks.edit(check.id, {"conclusion": "success"}, "github-actions")
    talks.catch_up(2)
    assert [(e.kind, e.run) for e in talks.entries[number]] == [("checks", 2)]


def test_deployments_that_are_dated_back_are_older_in_every_time_they_tell(sandbox: Sandbox) -> None:
    hub = sandbox.hub
    made = hub.deployments.add(hub.store.branch("devops") or "", {"ref": "devops"}, "pat")
    hub.deployments.add_status(made.id, {"state": "success"}, "pat")
    before = hub.deployments.get(made.id)
    hub.deployments.date_back(timedelta(hours=1))
    after = hub.deployments.get(made.id)
    hour = timedelta(hours=1)
    assert [before.created_at - after.created_at, before.updated_at - after.updated_at] == [hour, hour]
    assert [s.created_at for s in before.statuses] == [s.created_at + hour for s in after.statuses]


def test_runs_that_share_a_folder_for_bytecode_compile_the_program_into_it(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    hub, bytecode = sandbox.hub, tmp_path / "bytecode"
    hub.commit("one", {".gitops-bot.yml": first_commit(tmp_path)[".gitops-bot.yml"]}, "Configuration")
    with Runner(sandbox, tmp_path / "runs", lambda _: None, bytecode) as runner:
        run = runner.follow(runner.start(hub.take_events()[-1]))
    assert run.result == "ignored"
    assert [p.name.partition(".")[0] for p in bytecode.rglob("gitops_bot/cli.*.pyc")] == ["cli"]
