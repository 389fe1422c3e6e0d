"""One pull request's comment through all its states: the real program, Terraform, git and HTTP."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_bot.adapters.github.retry import TRIES
from gitops_bot.render.progress import state_of
from tests.kit.in_process import deliver_here
from tests.kit.stage import CONFIG, NETWORK, Stage, stage

SERVICE = NETWORK.replace("network", "service")
NEW = CONFIG + "comment: {mode: new}\n"


@pytest.fixture
def on_stage(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        yield made


def states(on_stage: Stage, number: int) -> list[str]:
    """The state of every text the comments have had, in order."""
    return [state_of(text, "devops") for text in on_stage.texts(number)]


def heading(text: str) -> str:
    return html.unescape(text.split("\n")[2])


def failing(on_stage: Stage, name: str) -> str:
    """A resource whose creation fails until `gate` is there."""
    gate = on_stage.folder / "gate"
    return NETWORK.replace("network", name).replace(
        "}\n}", f'}}\n  provisioner "local-exec" {{\n    command = "test -e {gate}"\n  }}\n}}'
    )


def test_one_comment_goes_from_planning_to_applied(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    on_stage.plan(number)
    first = on_stage.head("feature")
    on_stage.hub.commit("feature", {"infra/service.tf": SERVICE}, "More")
    on_stage.deliver(on_stage.next_event("pull_request", "synchronize"))
    second = on_stage.head("feature")
    run = on_stage.merge(number)
    assert run.outputs["result"] == "applied", run.stdout + run.stderr
    assert len(on_stage.comments(number)) == 1
    assert states(on_stage, number) == [
        "planning", "planned", "planning", "planned", "applying", "applied",
    ]  # fmt: skip
    planning, _, stale, planned, applying, applied = on_stage.texts(number)
    assert heading(planning) == f"### ⏳ Terraform plan · devops · Planning `{first[:7]}`"
    assert heading(stale) == f"### ⏳ Terraform plan · devops · Planning `{second[:7]}`"
    assert (
        f"The plan of `{first[:7]}` is stale: [read it in its check]({on_stage.sandbox.server_url}" in stale
    )
    assert "terraform_data" not in stale
    assert f"commit `{second[:12]}`" in planned
    assert heading(applying) == "### ⏳ Terraform apply · devops · Merged, applying"
    assert f"What was planned: [the plan of `{second[:7]}`]" in applying
    assert re.search(r"(?m)^2 created in \d+s\.$", applied)


def test_a_failed_apply_a_half_done_and_a_whole_one_are_told_in_the_same_comment(on_stage: Stage) -> None:
    files = {"infra/one.tf": failing(on_stage, "one")}
    first = on_stage.pull_request(files, branch="one")
    on_stage.plan(first)
    on_stage.hub.merge(first)
    event = on_stage.next_event("push")
    # A tainted resource is there after the provisioner failed, and nothing else was done.
    assert on_stage.deliver(event).outputs["result"] == "failed"
    second = on_stage.pull_request({"infra/network.tf": NETWORK}, branch="two")
    on_stage.plan(second)
    on_stage.hub.merge(second)
    event = on_stage.next_event("push")
    assert on_stage.deliver(event).outputs["result"] == "partly-applied"
    (on_stage.folder / "gate").touch()
    assert on_stage.deliver(event).outputs["result"] == "applied"
    ends = ["applying", "partly-applied", "applying", "applied"]
    assert states(on_stage, first) == ["planning", "planned", "applying", "failed", *ends]
    assert states(on_stage, second) == ["planning", "planned", *ends]
    assert re.search(
        r"1 (created|replaced), 1 failed in \d+s\. This apply did not", on_stage.texts(second)[3]
    )


def test_in_the_mode_new_each_run_has_its_comment_and_only_the_newest_is_unfolded(on_stage: Stage) -> None:
    on_stage.hub.commit("devops", {".gitops-bot.yml": NEW}, "New comments")
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    on_stage.plan(number)
    on_stage.hub.commit("feature", {"infra/service.tf": failing(on_stage, "service")}, "More")
    on_stage.deliver(on_stage.next_event("pull_request", "synchronize"))
    on_stage.hub.merge(number)
    event = on_stage.next_event("push")
    assert on_stage.deliver(event).outputs["result"] == "partly-applied"
    (on_stage.folder / "gate").touch()
    assert on_stage.deliver(event).outputs["result"] == "applied"
    found = on_stage.hub.comments.of(number)
    assert [(state_of(c.body, "devops"), c.minimized) for c in found] == [
        ("planned", "outdated"), ("planned", "outdated"), ("partly-applied", "outdated"), ("applied", ""),
    ]  # fmt: skip


def test_a_token_that_may_not_minimise_costs_nothing_else(on_stage: Stage) -> None:
    on_stage.hub.commit("devops", {".gitops-bot.yml": NEW}, "New comments")
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    on_stage.plan(number)
    on_stage.hub.commit("feature", {"infra/service.tf": SERVICE}, "More")
    # The first one asks who the token is.
    on_stage.sandbox.faults.add("POST", "/graphql$", 403, skip=1, message="Resource not accessible")
    run = on_stage.deliver(on_stage.next_event("pull_request", "synchronize"))
    assert (run.code, run.outputs["result"]) == (0, "planned"), run.stdout + run.stderr
    assert "The comment before this one is not minimised: GitHub refused POST /graphql" in run.stdout
    assert [c.minimized for c in on_stage.hub.comments.of(number)] == ["", ""]


@pytest.mark.parametrize("fault", ["500", "403", "timeout", "dropped"])
@pytest.mark.parametrize("phase", ["plan", "apply"])
def test_a_note_that_fails_at_its_write_changes_nothing_of_the_outcome(
    on_stage: Stage, phase: str, fault: str
) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    event = on_stage.next_event("pull_request")
    method, path = "POST", r"/issues/\d+/comments$"
    if phase == "apply":
        on_stage.deliver(event)
        on_stage.hub.merge(number)
        event = on_stage.next_event("push")
        method, path = "PATCH", r"/issues/comments/\d+$"
    faults = on_stage.sandbox.faults
    match fault:
        case "500":
            faults.add(method, path, 500, times=TRIES)
        case "403":
            faults.add(method, path, 403, message="Resource not accessible by integration")
        case "timeout":  # what was posted is found by the look behind it, so it is sent once
            faults.add(method, path, 0, times=1 if phase == "plan" else TRIES, delay=60.0)
        case _:
            faults.add(method, path, drop_connection=True, times=TRIES)
    run = deliver_here(on_stage, event, GITOPS_BOT_GITHUB_TIMEOUT="0.5")
    assert (run.code, faults.pending) == (0, 0), run.stdout + run.stderr
    assert run.outputs["result"] == ("planned" if phase == "plan" else "applied")
    (comment,) = on_stage.comments(number)
    assert state_of(comment, "devops") == run.outputs["result"]
    untold = f"Pull request #{number} could not be told how this run stands" in run.stdout
    assert untold == ((phase, fault) != ("plan", "timeout"))
