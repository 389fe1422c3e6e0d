"""`gitops-bot run` for a merge queue's event: the real program, Terraform, git and HTTP.

No real queue was at hand: the event has the shape that GitHub's description gives it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from gitops_bot.sandbox.records import Event
from tests.kit.merge_queue import in_queue
from tests.kit.stage import CONFIG, NETWORK, Stage, StepRun, stage

PROMOTION = "gitops-bot: promotion {}"


@pytest.fixture
def on_stage(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        yield made


def checks(stage: Stage, run: StepRun, event: Event) -> dict[str, str]:
    assert "Traceback" not in run.stderr, run.stderr
    return stage.checks(event.sha)


def test_the_event_fits_githubs_description(on_stage: Stage) -> None:
    event = in_queue(on_stage, on_stage.pull_request({"infra/network.tf": NETWORK}))
    models = importlib.import_module("githubkit_schemas.latest.models")
    fitted = TypeAdapter(models.WebhookMergeGroupChecksRequested).validate_python(event.payload)
    assert event.sha == fitted.merge_group.head_sha


def test_what_a_queue_would_merge_gets_the_checks_of_a_pull_request(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    event = in_queue(on_stage, number)
    run = on_stage.deliver(event)
    assert (0, "planned") == (run.code, run.outputs["result"]), run.stdout + run.stderr
    assert {"gitops-bot: plan devops": "success", PROMOTION.format("devops"): "success"} == checks(
        on_stage, run, event
    )
    assert [] == on_stage.comments(number)
    assert [] == on_stage.resources("devops")


def test_a_freeze_is_no_matter_of_the_plan_in_a_queue_either(on_stage: Stage) -> None:
    always = "{name: devops, freeze: [{days: [mon, tue, wed, thu, fri, sat, sun]}]}"
    rules = {".gitops-bot.yml": CONFIG.replace("{name: devops}", always)}
    on_stage.hub.commit("devops", rules, "Freeze")
    event = in_queue(on_stage, on_stage.pull_request({"infra/network.tf": NETWORK}))
    run = on_stage.deliver(event)
    assert "success" == checks(on_stage, run, event)["gitops-bot: plan devops"], run.stdout + run.stderr


def test_the_second_in_a_queue_is_judged_on_top_of_the_first(on_stage: Stage) -> None:
    first = on_stage.pull_request({"infra/network.tf": NETWORK})
    other = {"infra/subnet.tf": NETWORK.replace("network", "subnet")}
    second = on_stage.pull_request(other, branch="second")
    in_queue(on_stage, first)
    event = in_queue(on_stage, second, behind=first)
    run = on_stage.deliver(event)
    assert ("planned", "2") == (run.outputs["result"], run.outputs["create"]), run.stdout + run.stderr


def test_what_never_worked_below_is_blocked_in_the_queue_too(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK}, base="dev")
    event = in_queue(on_stage, number)
    run = on_stage.deliver(event)
    assert (1, "blocked") == (run.code, run.outputs["result"]), run.stdout + run.stderr
    assert {"gitops-bot: plan dev": "success", PROMOTION.format("dev"): "failure"} == checks(
        on_stage, run, event
    )


def test_a_queue_into_no_environment_is_ignored(on_stage: Stage) -> None:
    on_stage.hub.create_ref("refs/heads/docs", on_stage.head("devops"))
    number = on_stage.pull_request({"infra/network.tf": NETWORK}, base="docs")
    run = on_stage.deliver(in_queue(on_stage, number))
    assert (0, "ignored") == (run.code, run.outputs["result"]), run.stdout + run.stderr
