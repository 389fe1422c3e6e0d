"""Commands in comments over real HTTP: a plan again on the branch of now, and nothing for strangers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_bot.sandbox.records import Event
from tests.kit.stage import NETWORK, Stage, StepRun, stage


@pytest.fixture
def on_stage(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        made.hub.collaborators["pat"] = "write"
        yield made


def comment(on_stage: Stage, number: int, body: str, by: str = "pat") -> tuple[StepRun, list[str]]:
    """Comment, run for it with the rights of its job, and the reactions it got."""
    on_stage.hub.take_events()
    written = on_stage.hub.comment(number, body, by)
    event = on_stage.next_event("issue_comment")
    # What the workflow's job `comment` is given, and no more.
    rights = {"contents": "read", "deployments": "read", "checks": "read", "pull-requests": "write"}
    token = on_stage.sandbox.issue_token(permissions={**rights, "actions": "write"})
    run = on_stage.deliver(event, GITHUB_TOKEN=token)
    return run, [r.content for r in on_stage.hub.comments.reactions_of(written.id)]


def planned(on_stage: Stage, number: int) -> tuple[Event, int]:
    """Plan a pull request in a run that GitHub knows; its event and the run's number."""
    event = on_stage.next_event("pull_request", "opened")
    run = on_stage.deliver(event)
    assert run.outputs["result"] == "planned", run.stderr
    head = event.payload["pull_request"]["head"]["sha"]
    references = [c.external_id for c in on_stage.check_runs(head)]
    found = next(int(r.rpartition("run:")[2]) for r in references if "run:" in r)
    on_stage.hub.runs.start(found, head, event="pull_request")
    on_stage.hub.runs.finish(found)
    return event, found


def test_a_plan_that_is_asked_for_again_sees_what_came_in_meanwhile(on_stage: Stage) -> None:
    subnet = NETWORK.replace("network", "subnet")
    number = on_stage.pull_request({"infra/subnet.tf": subnet})
    event, first = planned(on_stage, number)
    other = on_stage.pull_request({"infra/network.tf": NETWORK}, branch="other")
    on_stage.plan(other)
    assert on_stage.merge(other).outputs["result"] == "applied"

    run, reactions = comment(on_stage, number, "/gitops plan\n\nplease")
    assert (run.code, run.outputs["result"], reactions) == (0, "dispatched", ["rocket"]), run.stderr
    assert on_stage.hub.runs.asked_again == [first]

    again = on_stage.deliver(event, GITHUB_RUN_ATTEMPT="2")
    assert (again.code, again.outputs["result"]) == (0, "planned"), again.stderr
    assert (again.outputs["create"], again.outputs["delete"]) == ("1", "0")
    assert "devops moved on since the first attempt" in again.stdout
    assert on_stage.merge(number).outputs["result"] == "applied"


def test_an_apply_that_is_asked_for_is_dispatched_with_what_is_approved(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    on_stage.plan(number)
    on_stage.hub.merge(number)  # and its push is lost
    run, reactions = comment(on_stage, number, "/gitops apply")
    assert (run.outputs["result"], reactions) == ("dispatched", ["rocket"]), run.stderr
    applied = on_stage.deliver(on_stage.next_event("workflow_dispatch"))
    assert applied.outputs["result"] == "applied"
    assert on_stage.resources("devops") == ["terraform_data.network"]


def test_a_stranger_gets_a_reaction_and_nothing_else(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    on_stage.plan(number)
    on_stage.hub.merge(number)
    before = on_stage.texts(number)
    run, reactions = comment(on_stage, number, "/gitops apply", by="mallory")
    assert (run.code, run.outputs["result"], reactions) == (0, "ignored", ["-1"]), run.stderr
    assert on_stage.texts(number) == [*before, "/gitops apply"]
    assert [e.name for e in on_stage.hub.take_events()] == []
    assert on_stage.hub.runs.asked_again == []


def test_status_is_the_board_as_an_answer(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    run, reactions = comment(on_stage, number, "/gitops status")
    assert (run.code, reactions) == (0, ["eyes"]), run.stderr
    assert on_stage.comments(number)[-1].startswith("### Environments\n")
