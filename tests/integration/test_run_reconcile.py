"""`gitops-bot run` for `reconcile`: what was merged while its run was lost is applied all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from gitops_bot.sandbox.records import Event
from tests.kit.stage import NETWORK, Stage, StepRun, stage

WORKFLOW = Path(__file__).resolve().parents[2] / ".github" / "workflows" / "gitops.yml"
BROKEN = """\
resource "terraform_data" "broken" {
  provisioner "local-exec" {
    command = "exit 1"
  }
}
"""


@pytest.fixture
def on_stage(tmp_path: Path) -> Iterator[Stage]:
    """A stage whose ledger of devops has begun."""
    with stage(tmp_path) as made:
        assert made.dispatch("baseline", "devops", "devops").outputs["result"] == "baseline"
        yield made


def deliver(on_stage: Stage, event: Event) -> StepRun:
    """Run for an event with the rights of the job `reconcile`, and no more."""
    rights = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]["reconcile"]["permissions"]
    return on_stage.deliver(event, GITHUB_TOKEN=on_stage.sandbox.issue_token(permissions=rights))


def reconcile(on_stage: Stage, environment: str = "") -> StepRun:
    """Dispatch `reconcile`, and run for it; earlier events are lost."""
    on_stage.hub.take_events()
    inputs = {"command": "reconcile", "environment": environment}
    on_stage.hub.dispatch("gitops.yml", "devops", inputs)
    return deliver(on_stage, on_stage.next_event("workflow_dispatch"))


def merged_and_lost(on_stage: Stage, name: str = "network") -> int:
    """A pull request that was planned and merged, and whose push nobody ran for."""
    files = {f"infra/{name}.tf": NETWORK.replace("network", name)}
    number = on_stage.pull_request(files, branch=f"feature-{name}")
    assert on_stage.plan(number).code == 0
    on_stage.hub.merge(number)
    on_stage.hub.take_events()
    return number


def test_a_merge_whose_run_never_happened_is_applied_after_a_reconcile(on_stage: Stage) -> None:
    number = merged_and_lost(on_stage)
    run = reconcile(on_stage)
    assert (0, "reconciled") == (run.code, run.outputs["result"]), run.stdout + run.stderr
    assert "devops: dispatched `apply` on devops" in run.stdout
    assert "| devops | " in run.summary
    event = on_stage.hub.events.popleft()
    assert ("refs/heads/devops", on_stage.head("devops")) == (event.ref, event.sha)
    assert {"command": "apply", "environment": "devops"} == event.payload["inputs"]
    applied = on_stage.deliver(event)
    assert (0, "applied") == (applied.code, applied.outputs["result"]), applied.stdout + applied.stderr
    assert ["terraform_data.network"] == on_stage.resources("devops")
    assert f"#{number}" in on_stage.comments(number)[-1]


def test_two_lost_runs_are_one_dispatch_that_applies_both(on_stage: Stage) -> None:
    merged_and_lost(on_stage)
    merged_and_lost(on_stage, "extra")
    assert "reconciled" == reconcile(on_stage).outputs["result"]
    assert 1 == len(on_stage.hub.events)
    assert "applied" == on_stage.deliver().outputs["result"]
    assert ["terraform_data.extra", "terraform_data.network"] == on_stage.resources("devops")
    again = reconcile(on_stage)
    assert (0, "no-changes", 0) == (again.code, again.outputs["result"], len(on_stage.hub.events))


def test_a_superseded_run_and_a_lost_one_are_made_good(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    assert on_stage.plan(number).code == 0
    on_stage.hub.merge(number)
    late = on_stage.next_event("push")
    merged_and_lost(on_stage, "extra")
    assert "superseded" == on_stage.deliver(late).outputs["result"]
    assert "reconciled" == reconcile(on_stage, "devops").outputs["result"]
    assert "applied" == on_stage.deliver().outputs["result"]
    assert ["terraform_data.extra", "terraform_data.network"] == on_stage.resources("devops")


def test_a_dispatched_run_that_comes_too_late_is_superseded_and_the_next_schedule_makes_it_good(
    on_stage: Stage,
) -> None:
    merged_and_lost(on_stage)
    reconcile(on_stage)
    late = on_stage.hub.events.popleft()
    merged_and_lost(on_stage, "extra")
    assert "superseded" == on_stage.deliver(late).outputs["result"]
    reconcile(on_stage)
    assert "applied" == on_stage.deliver().outputs["result"]
    assert ["terraform_data.extra", "terraform_data.network"] == on_stage.resources("devops")


def test_a_blocked_head_is_not_dispatched_for_ever(on_stage: Stage) -> None:
    on_stage.hub.commit("devops", {"infra/network.tf": NETWORK}, "Straight in")
    assert "reconciled" == reconcile(on_stage).outputs["result"]
    assert "blocked" == on_stage.deliver().outputs["result"]
    for _ in range(2):
        run = reconcile(on_stage)
        assert (1, "blocked") == (run.code, run.outputs["result"]), run.stdout + run.stderr
        assert "see its check `gitops-bot: apply devops`" in run.stdout
        assert 0 == len(on_stage.hub.events)
    assert [] == on_stage.resources("devops")


def test_a_failing_apply_is_tried_once_more_and_not_for_ever(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/broken.tf": BROKEN})
    assert on_stage.plan(number).code == 0
    assert on_stage.merge(number).code == 1
    assert "reconciled" == reconcile(on_stage).outputs["result"]
    assert on_stage.deliver().code == 1
    run = reconcile(on_stage)
    assert (1, "blocked", 0) == (run.code, run.outputs["result"], len(on_stage.hub.events))
    assert "devops: a person must act (" in run.stdout


def test_a_failed_apply_whose_second_try_was_blocked_is_not_dispatched_again(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/broken.tf": BROKEN})
    assert on_stage.plan(number).code == 0
    assert on_stage.merge(number).code == 1
    assert "reconciled" == reconcile(on_stage).outputs["result"]
    event = on_stage.hub.events.popleft()
    work = on_stage.checkout(event.sha)
    on_stage.state_file("devops").write_text("no state")
    assert "failed" == on_stage.deliver(event, work).outputs["result"]
    run = reconcile(on_stage)
    assert (1, "blocked", 0) == (run.code, run.outputs["result"], len(on_stage.hub.events))
    assert "was blocked or failed, and nothing was applied" in run.stdout


def test_a_schedule_finds_what_is_missing_in_every_environment(on_stage: Stage) -> None:
    assert on_stage.dispatch("baseline", "dev", "dev").outputs["result"] == "baseline"
    merged_and_lost(on_stage)
    on_stage.hub.schedule("17 * * * *")
    event = on_stage.next_event("schedule")
    assert ("refs/heads/devops", on_stage.head("devops")) == (event.ref, event.sha)
    run = deliver(on_stage, event)
    assert (0, "reconciled") == (run.code, run.outputs["result"]), run.stdout + run.stderr
    for line in (
        "devops: dispatched `apply` on devops",
        "dev: nothing to do",
        "prod: nothing to do",
        "nothing was ever applied",
    ):
        assert line in run.stdout
    assert "applied" == on_stage.deliver().outputs["result"]
    on_stage.hub.schedule("17 * * * *")
    again = deliver(on_stage, on_stage.next_event("schedule"))
    assert (0, "no-changes") == (again.code, again.outputs["result"])
    assert 0 == len(on_stage.hub.events)


def test_without_the_right_to_dispatch_the_run_names_it(on_stage: Stage) -> None:
    merged_and_lost(on_stage)
    on_stage.hub.schedule("17 * * * *")
    rights = {"contents": "read", "deployments": "read", "checks": "read"}
    token = on_stage.sandbox.issue_token(permissions=rights)
    run = on_stage.deliver(on_stage.next_event("schedule"), GITHUB_TOKEN=token)
    assert (1, "blocked") == (run.code, run.outputs["result"])
    assert "Give the token `actions: write`" in run.stdout


def test_without_a_workflow_reference_the_run_says_what_is_missing(on_stage: Stage) -> None:
    on_stage.hub.schedule("17 * * * *")
    run = on_stage.deliver(on_stage.next_event("schedule"), GITHUB_WORKFLOW_REF="")
    assert 2 == run.code
    assert "GITHUB_WORKFLOW_REF" in run.stderr
