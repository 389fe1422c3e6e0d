"""What a run that only tells how things stand asks of GitHub once, and what it asks each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import pytest

from gitops_bot.adapters.github.kept_reads import KeptReads
from gitops_bot.core.errors import RunFailed
from gitops_bot.ports import CheckRun, Conclusion, Deployment, DeploymentState, DeploymentStatus
from tests.kit.scripted_http import Reply, ScriptedServer

REPO = "/repos/acme/infra"
COMMIT = "f" * 40
NEXT = {"Link": '<http://x/?page=2>; rel="next"'}
STATUS = DeploymentStatus(DeploymentState.SUCCESS, "done")


def deployment(number: int) -> dict[str, Any]:
    return {"id": number, "sha": COMMIT, "environment": "dev", "task": "t", "payload": {}}


def check(number: int, name: str) -> dict[str, Any]:
    return {"id": number, "name": name, "head_sha": COMMIT, "conclusion": "success"}


def checks(*found: dict[str, Any], more: bool = False) -> Reply:
    return Reply(200, {"total_count": len(found), "check_runs": list(found)}, NEXT if more else {})


@contextmanager
def against(*replies: Reply) -> Iterator[tuple[KeptReads, list[str]]]:
    with (
        ScriptedServer(replies) as server,
        KeptReads(server.api_url, "acme/infra", "token", sleep=lambda _: None) as host,
    ):
        yield host, server.asked


def ids(host: KeptReads) -> list[int]:
    return [d.id for d in host.deployments("dev", "t")]


def test_a_ledger_is_read_once_and_no_further_than_anybody_looks() -> None:
    with against(Reply(200, [deployment(3), deployment(2)], NEXT), Reply(200, [deployment(1)])) as (
        host,
        asked,
    ):
        newest = [d.id for d in islice(host.deployments("dev", "t"), 1)]
        assert ([3], 1) == (newest, len(asked))
        assert [[3, 2, 1]] * 2 == [ids(host), ids(host)]
        assert ["page=1", "page=2"] == [
            line.partition("&page=")[1][1:] + line.partition("&page=")[2][:1] for line in asked
        ]


def test_a_list_that_could_not_be_read_to_its_end_is_not_taken_for_a_whole_one() -> None:
    refused = Reply(404, {"message": "Not Found"})
    pages = (
        Reply(200, [deployment(2)], NEXT),
        refused,
        Reply(200, [deployment(2)], NEXT),
        Reply(200, [deployment(1)]),
    )
    with against(*pages) as (host, _):
        with pytest.raises(RunFailed):
            ids(host)
        assert [2, 1] == ids(host)


def test_one_request_tells_every_check_of_a_commit() -> None:
    with against(checks(check(1, "plan"), check(2, "apply"), check(3, "plan"))) as (host, asked):
        assert [[3, 1], [2], []] == [
            [c.id for c in host.check_runs_named(COMMIT, n)] for n in ("plan", "apply", "x")
        ]
        assert {"plan": 3, "apply": 2} == {c.name: c.id for c in host.check_runs(COMMIT)}
        assert [f"GET {REPO}/commits/{COMMIT}/check-runs?filter=all&page=1&per_page=100"] == asked


def test_checks_that_are_more_than_a_page_are_asked_for_by_their_names_once() -> None:
    replies = checks(check(9, "lint"), more=True), checks(check(1, "plan")), checks(check(2, "apply"))
    with against(*replies) as (host, asked):
        for _ in range(2):
            assert [[1], [2]] == [[c.id for c in host.check_runs_named(COMMIT, n)] for n in ("plan", "apply")]
        assert ["check_name" in line for line in asked] == [False, True, True]


WRITES: dict[str, tuple[Callable[[KeptReads], object], Callable[[KeptReads], object], Reply, Reply]] = {
    "a deployment": (
        ids,
        lambda host: host.create_deployment(Deployment(0, "dev", COMMIT, "t", {}, "")),
        Reply(200, [deployment(1)]),
        Reply(201, deployment(2)),
    ),
    "a status": (
        lambda host: host.deployment_statuses(5),
        lambda host: host.add_deployment_status(Deployment(5, "dev", COMMIT, "t", {}, ""), STATUS),
        Reply(200, []),
        Reply(201, {"id": 1, "state": "success"}),
    ),
    "a check": (
        lambda host: host.check_runs_named(COMMIT, "plan"),
        lambda host: host.write_check_run(CheckRun("plan", COMMIT, Conclusion.SUCCESS, "t", "s")),
        checks(),
        Reply(201, check(1, "plan")),
    ),
    "a check beside many": (
        lambda host: host.check_runs_named(COMMIT, "plan"),
        lambda host: host.write_check_run(CheckRun("plan", COMMIT, Conclusion.SUCCESS, "t", "s")),
        checks(check(9, "lint"), more=True),
        Reply(201, check(1, "plan")),
    ),
}


@pytest.mark.parametrize("what", WRITES)
def test_what_the_run_writes_is_read_anew(what: str) -> None:
    read, write, told, written = WRITES[what]
    of_each = [told, checks()] if what.endswith("many") else [told]
    with against(*of_each, written, *of_each) as (host, asked):
        read(host)
        read(host)
        assert len(of_each) == len(asked)
        write(host)
        read(host)
        assert 2 * len(of_each) + 1 == len(asked)


PULL = {"number": 3, "state": "open", "head": {"sha": COMMIT}, "base": {"ref": "dev"}}
EACH_TIME: dict[str, tuple[Callable[[KeptReads], object], Reply]] = {
    "a pull request": (lambda host: host.pull_request(3), Reply(200, PULL)),
    "a branch": (lambda host: host.branch_head("dev"), Reply(200, {"object": {"sha": COMMIT}})),
    "open pull requests": (lambda host: list(host.open_pull_requests("dev")), Reply(200, [PULL])),
    "all open ones": (lambda host: host.open_pull_requests_into(["dev"], 9), Reply(200, [PULL])),
    "a permission": (lambda host: host.permission("kim"), Reply(200, {"permission": "write"})),
    "reviews": (lambda host: list(host.reviews(3)), Reply(200, [])),
    "labels": (lambda host: host.labels(3), Reply(200, [])),
    "comments": (lambda host: list(host.comments(3)), Reply(200, [])),
    "a run": (lambda host: host.workflow_run("7", 1), Reply(200, {"id": 7, "run_attempt": 1})),
}


@pytest.mark.parametrize("what", EACH_TIME)
def test_what_a_decision_needs_to_be_current_is_asked_each_time(what: str) -> None:
    read, told = EACH_TIME[what]
    with against(told, told) as (host, asked):
        read(host)
        read(host)
        assert 2 == len(asked)
