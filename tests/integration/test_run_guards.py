"""`protect`, `max_destroys` and `freeze`: said at plan time, enforced before an apply."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.stage import CONFIG, NETWORK, Stage, StepRun, stage

PLAN = "gitops-bot: plan devops"
BOTH = NETWORK + NETWORK.replace("network", "subnet")
OVERRIDE = "override: {by: [owner]}"


@pytest.fixture
def on_stage(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        yield made


def guarded(on_stage: Stage, guards: str) -> None:
    """devops with a network and a subnet applied, and these guards in its configuration."""
    config = CONFIG.replace("{name: devops}", f"{{name: devops, {guards}}}")
    number = on_stage.pull_request({"infra/network.tf": BOTH, ".gitops-bot.yml": config}, branch="start")
    assert on_stage.plan(number).code == 0
    assert on_stage.merge(number).outputs["result"] == "applied"


def removal(on_stage: Stage) -> int:
    """A pull request that destroys the network."""
    return on_stage.pull_request({"infra/network.tf": NETWORK.replace("network", "subnet")}, branch="less")


def merged_against_advice(on_stage: Stage, number: int) -> StepRun:
    plan = on_stage.plan(number)
    assert (plan.code, plan.outputs["result"]) == (1, "blocked"), plan.stdout
    assert on_stage.checks(on_stage.head("less"))[PLAN] == "failure"
    return on_stage.merge(number)


def test_a_protected_resource_is_not_destroyed_and_both_runs_say_why(on_stage: Stage) -> None:
    guarded(on_stage, 'protect: ["terraform_data.net*"]')
    number = removal(on_stage)
    run = merged_against_advice(on_stage, number)
    assert (run.code, run.outputs["result"]) == (1, "blocked")
    said = "`terraform_data.network` in `devops` must not be destroyed or replaced"
    assert [said in text for text in on_stage.texts(number)] == [False, True, False, True]
    assert on_stage.resources("devops") == ["terraform_data.network", "terraform_data.subnet"]


def test_the_promotion_check_stays_what_it_is(on_stage: Stage) -> None:
    guarded(on_stage, 'protect: ["terraform_data.network"]')
    number = removal(on_stage)
    on_stage.plan(number)
    assert on_stage.checks(on_stage.head("less"))["gitops-bot: promotion devops"] == "success"


def test_a_label_by_somebody_who_may_lifts_the_guards_and_the_ledger_says_who(on_stage: Stage) -> None:
    guarded(on_stage, f'protect: ["terraform_data.network"], max_destroys: 0, {OVERRIDE}')
    number = removal(on_stage)
    on_stage.hub.label(number, "gitops-bot: override", "owner")
    plan = on_stage.deliver(on_stage.next_event("pull_request", "opened"))
    assert (plan.code, plan.outputs["result"]) == (0, "planned"), plan.stdout
    run = on_stage.merge(number)
    assert (run.code, run.outputs["result"]) == (0, "applied"), run.stdout
    said = "Guards overridden by owner: PROTECTED, TOO_MANY_DESTROYS."
    assert [said in html.unescape(c) for c in on_stage.texts(number)] == [False, True, False, True]
    newest = on_stage.hub.deployments.newest_first()[0]
    assert '"overridden_by": "owner"' in json.dumps(newest.payload).replace("\\", "")
    assert on_stage.resources("devops") == ["terraform_data.subnet"]


def test_a_label_by_somebody_else_lifts_nothing(on_stage: Stage) -> None:
    guarded(on_stage, f"max_destroys: 0, {OVERRIDE}")
    number = removal(on_stage)
    on_stage.hub.label(number, "gitops-bot: override", "mallory")
    run = merged_against_advice(on_stage, number)
    assert (run.code, run.outputs["result"]) == (1, "blocked")
    assert len(on_stage.resources("devops")) == 2


def test_in_a_freeze_a_plan_is_green_and_says_so_and_nothing_is_applied(on_stage: Stage) -> None:
    window = "{from: 2020-01-01T00:00:00Z, until: 2199-01-01T00:00:00Z, reason: holidays}"
    guarded(on_stage, "branch: devops")
    config = CONFIG.replace("{name: devops}", f"{{name: devops, freeze: [{window}]}}")
    on_stage.hub.commit("devops", {".gitops-bot.yml": config}, "Freeze")
    on_stage.hub.take_events()
    number = removal(on_stage)
    plan = on_stage.plan(number)
    assert (plan.code, plan.outputs["result"]) == (0, "planned"), plan.stdout
    assert on_stage.checks(on_stage.head("less"))[PLAN] == "success"
    assert "Frozen until 2199-01-01" in on_stage.comments(number)[0]
    run = on_stage.merge(number)
    assert (run.code, run.outputs["result"]) == (1, "blocked"), run.stdout
    assert "holidays" in on_stage.comments(number)[-1]
    assert len(on_stage.resources("devops")) == 2


def test_a_pull_request_that_takes_the_guards_away_is_judged_by_them(on_stage: Stage) -> None:
    guarded(on_stage, "max_destroys: 0")
    files = {"infra/network.tf": NETWORK.replace("network", "subnet"), ".gitops-bot.yml": CONFIG}
    number = on_stage.pull_request(files, branch="less")
    plan = on_stage.plan(number)
    assert (plan.code, plan.outputs["result"]) == (1, "blocked")
    run = on_stage.merge(number)
    assert (run.code, run.outputs["result"]) == (1, "blocked")
    assert len(on_stage.resources("devops")) == 2
