"""How many requests to GitHub a verdict takes: as many after ten applies and merges as after a thousand.

The numbers are those of docs/reference/limits.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from gitops_bot.commands.checks import plan_check, promotion_check
from gitops_bot.commands.effects import RunFacts
from gitops_bot.commands.judge_again import judge_open_pull_requests
from gitops_bot.core.environments import PromotionRules
from gitops_bot.core.ledger import TASK
from gitops_bot.ports import CheckRun, Conclusion
from tests.kit.verdict_stage import APPROVER, HOTFIX, Case, VerdictStage, verdict_stage

HOUR = PromotionRules(soak=3600)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VerdictStage]:
    with verdict_stage(tmp_path_factory.mktemp("requests")) as found:
        yield found


def with_history(case: Case, length: int) -> None:
    """So many applies in both environments and so many merges into them came before."""
    hub = case.stage.hub
    for environment in (case.below, case.top):
        source = case.branch_of(case.head(environment), {"merged.tf": "# merged\n"})
        first = case.stage.bring(source, environment.branch, "merge")
        for number in range(length):
            body = {"ref": case.story.below1, "environment": environment.name, "task": TASK}
            deployment = hub.deployments.add(
                case.story.below1, {**body, "payload": {"tree": f"tree {number}"}}, "x"
            )
            hub.deployments.add_status(deployment.id, {"state": "success", "auto_inactive": False}, "x")
            merged = len(hub.pulls()) + 1
            hub._pulls[merged] = replace(hub.pull(first), number=merged)


def exact(case: Case) -> int:
    case.applied()
    return case.pull_request()


def soaked(case: Case) -> int:
    case.under(HOUR)
    case.applied()
    case.wait(hours=1)
    return case.pull_request()


def applied_twelve_times(case: Case) -> int:
    """Ten of the eleven before the last one are looked at."""
    case.under(HOUR)
    for _ in range(12):
        case.applied()
        case.wait(minutes=1)
    return case.pull_request()


def waiting(case: Case) -> int:
    case.applied()
    case.change({"x.tf": "# x\n"})
    return case.pull_request()


def older(case: Case) -> int:
    before = case.applied()
    case.change({"main.tf": "# main, changed again\n"})
    case.applied()
    return case.pull_request(case.stage.branch(before))


def hotfix(case: Case) -> int:
    case.lets_hotfixes_in()
    case.applied()
    number = case.pull_request(case.branch_of(case.head(case.top), {"x.tf": "# x\n"}))
    case.stage.hub.label(number, HOTFIX, "anybody")
    case.stage.hub.review(number, APPROVER)
    return number


Told = Callable[[Case], int]
REQUESTS: dict[Told, tuple[int, int]] = {
    exact: (3, 3),
    soaked: (3, 3),
    applied_twelve_times: (13, 13),
    waiting: (3, 4),
    older: (5, 6),
    hotfix: (10, 11),
}
"""With at most a hundred applies below, and with any number of them. The second page of them is looked at
only for content that is not what is applied there."""


def requests_of(stage: VerdictStage, ask: Callable[[], object]) -> int:
    before = len(stage.sandbox.requests)
    ask()
    return len(stage.sandbox.requests) - before


@pytest.mark.parametrize(("length", "column"), [(10, 0), (300, 1), (1000, 1)])
@pytest.mark.parametrize("told", REQUESTS, ids=lambda told: told.__name__)
def test_a_verdict_takes_as_many_requests_however_long_the_history(
    stage: VerdictStage, told: Told, length: int, column: int
) -> None:
    case = Case(stage, "merge")
    with_history(case, length)
    number = told(case)
    with stage.telling():
        assert REQUESTS[told][column] == requests_of(stage, lambda: case.told(number))


@pytest.mark.parametrize("length", [10, 1000])
def test_judging_two_again_takes_two_requests_more_than_one_verdict(stage: VerdictStage, length: int) -> None:
    case = Case(stage, "merge")
    names = ", ".join(f"{{name: {e.name}}}" for e in (case.low, case.below))
    config = f"environments: [{names}, {{name: {case.top.name}}}]\napproval: {{provenance: none}}\n"
    for branch in (case.below.branch, case.top.branch):
        stage.commit(branch, {".gitops-bot.yml": config})
    with_history(case, length)
    case.applied()
    head = case.head(case.below)
    for source in (case.below.branch, stage.branch(head)):
        case.pull_request(source)
    for name in (plan_check(case.top.name), promotion_check(case.top.name)):
        stage.host.write_check_run(CheckRun(name, head, Conclusion.SUCCESS, "As planned", "…"))
    facts = RunFacts("7", "pat", stage.sandbox.repository, stage.sandbox.server_url)
    judge_open_pull_requests(case.top, stage.effects(), facts)  # which writes what it says now
    with stage.telling():
        asked = requests_of(stage, lambda: judge_open_pull_requests(case.top, stage.effects(), facts))
    # Both carry the very commit that is applied below, whose checks are read once; another has its own.
    assert 2 + REQUESTS[exact][0] == asked


@pytest.mark.parametrize("length", [10, 1000])
def test_before_an_apply_a_verdict_takes_as_many_as_at_the_plan(stage: VerdictStage, length: int) -> None:
    case = Case(stage, "merge")
    with_history(case, length)
    case.applied(case.top)
    stage.merge(exact(case), "merge")
    # It asks anew each time: for the apply's check, and once more for what was found since.
    assert REQUESTS[exact][0] + 1 == requests_of(stage, case.judging_of_apply())
