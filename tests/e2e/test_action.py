"""The action people install, run by a workflow runner: README's caller, the reusable workflow, action.yml.

One story, told once: a hostile pull request is planned and merged, its push applies and starts the
promotion, a schedule finds nothing to do, a comment asks for the plan again, a queue asks for checks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_bot.sandbox.records import Event
from tests.kit.act import Act, WorkflowRun
from tests.kit.merge_queue import in_queue
from tests.kit.stage import NETWORK, Stage, stage

PLAN, APPLY = "gitops-bot: plan devops", "gitops-bot: apply devops"
PROMOTION = "gitops-bot: promotion devops"


class Story:
    """What each of the runs did, by its event."""

    def __init__(self, told: Stage, act: Act, folder: Path) -> None:
        self.stage = told
        self.trap = folder / "pwned"
        told.hub.collaborators["pat"] = "write"
        hostile = f'$(touch {self.trap}) `touch {self.trap}` "; touch {self.trap}; # ${{{{ github.token }}}}'
        branch = f"x;touch${{IFS}}{str(self.trap).lstrip('/').replace('/', '-')}"
        self.number = told.pull_request({"infra/network.tf": NETWORK}, branch=branch, title=hostile)
        self.head = told.hub.pull(self.number).head_sha
        self.opened = told.next_event("pull_request", "opened")
        self.pull_request = act.run(self.opened)
        self.fork = act.run(of_a_fork(self.opened))
        told.hub.runs.start(2001, self.head, event="pull_request")
        told.hub.runs.finish(2001)
        told.hub.label(self.number, hostile[:50])
        self.labeled = act.run(told.next_event("pull_request", "labeled"))
        told.hub.comment(self.number, "/gitops plan\n" + hostile, "pat")
        self.comment = act.run(told.next_event("issue_comment"))
        self.merge_group = act.run(queued := in_queue(told, self.number, event=self.opened))
        self.queued: Event = queued
        told.hub.merge(self.number)
        self.push = act.run(told.next_event("push"))
        self.dispatch = act.run(told.next_event("workflow_dispatch"))
        told.hub.schedule("17 * * * *")
        self.schedule = act.run(told.next_event("schedule"))


def of_a_fork(event: Event) -> Event:
    payload = json.loads(json.dumps(event.payload))
    payload["pull_request"]["head"]["repo"]["full_name"] = "mallory/infra"
    return event._replace(payload=payload)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("action")
    with stage(folder) as told:
        yield Story(told, Act(told, folder / "act"), folder)


def result(run: WorkflowRun) -> tuple[bool, str]:
    return run.succeeded, run.outputs.get("result", "")


def test_a_pull_request_is_planned_commented_and_checked(story: Story) -> None:
    assert (True, "planned") == result(story.pull_request), story.pull_request.log
    assert "terraform_data.network" in story.stage.hub.comments.of(story.number)[0].body
    checks = {c.name: c.conclusion for c in story.stage.check_runs(story.head)}
    assert {PLAN: "success", PROMOTION: "success"} == checks
    outputs = story.pull_request.outputs
    assert ("devops", "true") == (outputs["environment"], outputs["changes"])
    assert f"/pull/{story.number}#issuecomment-" in outputs["comment-url"]
    assert "/runs/" in outputs["check-url"]
    assert "Summary - ### 📋 Terraform plan · devops" in story.pull_request.log


def test_the_complete_report_is_uploaded(story: Story) -> None:
    assert ["report-devops.html"] == list(story.pull_request.uploaded)
    assert "terraform_data.network" in story.pull_request.uploaded["report-devops.html"]


def test_a_push_applies_and_records_it(story: Story) -> None:
    assert (True, "applied") == result(story.push), story.push.log
    assert ["terraform_data.network"] == story.stage.resources("devops")
    ((state, description),) = [a for a in story.stage.applies() if a[0]]
    assert ("success", "1 done, 0 failed, 0 not started; converged: yes") == (state, description)
    assert "success" == story.stage.checks(story.stage.head("devops"))[APPLY]


def test_the_push_starts_the_promotion_and_its_dispatch_opens_and_plans_it(story: Story) -> None:
    assert (True, "planned") == result(story.dispatch), story.dispatch.log
    assert 1 == story.dispatch.log.count("terraform init")  # the job that opens it runs no Terraform
    number = int(story.dispatch.outputs["promotion-pr"])
    assert ("dev", "promote/devops-to-dev") == (
        story.stage.hub.pull(number).base, story.stage.hub.pull(number).head,
    )  # fmt: skip


def test_a_schedule_looks_and_finds_nothing_to_do(story: Story) -> None:
    assert (True, "no-changes") == result(story.schedule), story.schedule.log


def test_a_comment_starts_the_pull_requests_own_run_again(story: Story) -> None:
    assert (True, "dispatched") == result(story.comment), story.comment.log
    assert [2001] == story.stage.hub.runs.asked_again


def test_a_merge_queue_gets_its_checks(story: Story) -> None:
    assert (True, "planned") == result(story.merge_group), story.merge_group.log
    assert {PLAN: "success", PROMOTION: "success"} == story.stage.checks(story.queued.sha)


def test_a_forks_pull_request_is_not_planned(story: Story) -> None:
    assert (True, "ignored") == result(story.fork), story.fork.log
    assert "comes from a fork, whose code is never planned" in story.fork.log
    assert ("terraform init" in story.pull_request.log, "terraform init" in story.fork.log) == (True, False)


def test_a_label_that_decides_nothing_starts_no_job(story: Story) -> None:
    assert (True, "") == result(story.labeled), story.labeled.log
    assert "gitops_bot/action.sh" not in story.labeled.log


def test_each_run_starts_the_job_of_its_event_and_no_other(story: Story) -> None:
    jobs = ("plan", "apply", "promote", "promotion", "reconcile", "comment")
    runs = {
        "plan": story.pull_request, "apply": story.push, "promote": story.dispatch,
        "reconcile": story.schedule, "comment": story.comment,
    }  # fmt: skip
    started = {
        name: [job for job in jobs if f"[gitops/gitops-bot/{job}" in run.log] for name, run in runs.items()
    }
    assert {name: [name] for name in runs} | {"promote": ["promote", "promotion"]} == started


def test_nothing_in_a_title_a_branch_a_label_or_a_comment_is_run(story: Story) -> None:
    assert not story.trap.exists()
    assert not list(story.trap.parent.glob("**/pwned*"))


def test_the_token_is_in_no_log(story: Story) -> None:
    told = (story.pull_request, story.push, story.dispatch, story.schedule, story.comment, story.merge_group)
    assert [] == [run for run in told if story.stage.token in run.log]


def test_checkout_is_asked_for_history_and_keeps_no_token(story: Story) -> None:
    # act copies the work tree itself in place of actions/checkout, so this is what the others were given.
    (given,) = story.pull_request.given["setup-terraform"]
    assert "false" == given["terraform_wrapper"]
