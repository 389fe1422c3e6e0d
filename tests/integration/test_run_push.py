"""`gitops-bot run` for pushes: what is applied, what is not, and what the ledger says."""

from __future__ import annotations

import html
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.stage import CONFIG, NETWORK, Stage, stage

APPLY = "gitops-bot: apply devops"
SERVICE = NETWORK.replace("network", "service")


@pytest.fixture
def on_stage(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        yield made


def planned(on_stage: Stage, files: dict[str, str], branch: str = "feature", base: str = "devops") -> int:
    number = on_stage.pull_request(files, branch=branch, base=base)
    run = on_stage.plan(number)
    assert run.code == 0, run.stdout + run.stderr
    return number


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_merged_pull_request_is_applied_recorded_and_told(on_stage: Stage, method: str) -> None:
    number = planned(on_stage, {"infra/network.tf": NETWORK})
    run = on_stage.merge(number, method)
    assert run.code == 0, run.stdout + run.stderr
    assert run.outputs["result"] == "applied"
    assert on_stage.resources("devops") == ["terraform_data.network"]
    assert on_stage.checks(on_stage.head("devops"))[APPLY] == "success"
    assert on_stage.applies() == [("success", "1 done, 0 failed, 0 not started; converged: yes")]
    (comment,) = on_stage.comments(number)
    assert "Applied" in comment


def test_a_duplicate_delivery_applies_nothing_twice(on_stage: Stage) -> None:
    number = planned(on_stage, {"infra/network.tf": NETWORK})
    on_stage.hub.merge(number)
    event = on_stage.next_event("push")
    assert on_stage.deliver(event).outputs["result"] == "applied"
    serial = on_stage.state_file("devops").read_text()
    again = on_stage.deliver(event)
    assert (again.code, again.outputs["result"]) == (0, "no-changes")
    assert on_stage.state_file("devops").read_text() == serial
    assert len(on_stage.applies()) == 1


def test_a_direct_push_is_not_applied_and_the_differences_are_listed(on_stage: Stage) -> None:
    on_stage.hub.commit("devops", {"infra/network.tf": NETWORK}, "Straight in")
    run = on_stage.deliver(on_stage.next_event("push"))
    assert (run.code, run.outputs["result"]) == (1, "blocked")
    assert "terraform_data.network" in run.summary
    assert on_stage.resources("devops") == []
    assert on_stage.checks(on_stage.head("devops"))[APPLY] == "failure"
    assert on_stage.applies() == []


def test_a_merge_whose_plan_is_no_longer_what_was_approved_applies_nothing(on_stage: Stage) -> None:
    number = planned(on_stage, {"infra/network.tf": NETWORK})
    on_stage.hub.commit("devops", {"envs/devops.tfvars": 'size = "huge"\n'}, "Straight in")
    run = on_stage.merge(number)
    assert (run.code, run.outputs["result"]) == (1, "blocked")
    assert on_stage.resources("devops") == []
    assert "terraform_data.network" in on_stage.comments(number)[-1]


def test_independent_pull_requests_merged_one_after_another_both_go_through(on_stage: Stage) -> None:
    first = planned(on_stage, {"infra/network.tf": NETWORK}, "one")
    second = planned(on_stage, {"infra/service.tf": SERVICE}, "two")
    assert on_stage.merge(first).outputs["result"] == "applied"
    assert on_stage.merge(second).outputs["result"] == "applied"
    assert on_stage.resources("devops") == ["terraform_data.network", "terraform_data.service"]


def test_a_dropped_run_is_made_up_for_by_the_next_and_an_older_one_is_superseded(on_stage: Stage) -> None:
    first = planned(on_stage, {"infra/network.tf": NETWORK}, "one")
    second = planned(on_stage, {"infra/service.tf": SERVICE}, "two")
    on_stage.hub.merge(first)
    dropped = on_stage.next_event("push")
    run = on_stage.merge(second)
    assert run.outputs["result"] == "applied", run.stdout + run.stderr
    assert on_stage.resources("devops") == ["terraform_data.network", "terraform_data.service"]
    assert "Applied" in on_stage.comments(first)[-1]
    late = on_stage.deliver(dropped)
    assert (late.code, late.outputs["result"]) == (0, "superseded")


def test_a_half_failed_apply_is_recorded_and_a_rerun_finishes_it(on_stage: Stage) -> None:
    gate = on_stage.folder / "gate"
    failing = SERVICE.replace(
        "}\n}", f'}}\n  provisioner "local-exec" {{\n    command = "test -e {gate}"\n  }}\n}}'
    )
    chained = NETWORK.replace("network", "last").replace("var.size", "terraform_data.service.id")
    number = planned(
        on_stage, {"infra/network.tf": NETWORK, "infra/service.tf": failing, "infra/last.tf": chained}
    )
    on_stage.hub.merge(number)
    event = on_stage.next_event("push")
    run = on_stage.deliver(event)
    assert (run.code, run.outputs["result"]) == (1, "partly-applied"), run.stdout + run.stderr
    assert on_stage.resources("devops") == ["terraform_data.network", "terraform_data.service"]
    comment = on_stage.comments(number)[-1]
    assert "terraform_data.last" in comment
    gate.touch()
    again = on_stage.deliver(event)
    assert (again.code, again.outputs["result"]) == (0, "applied"), again.stdout + again.stderr
    assert on_stage.resources("devops") == [
        "terraform_data.last", "terraform_data.network", "terraform_data.service",
    ]  # fmt: skip


def test_a_merge_past_a_failed_promotion_check_applies_nothing(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK}, base="dev")
    assert on_stage.plan(number).outputs["result"] == "blocked"
    run = on_stage.merge(number)
    assert (run.code, run.outputs["result"]) == (1, "blocked")
    assert on_stage.resources("dev") == []


def test_github_failing_before_the_apply_means_nothing_is_applied(on_stage: Stage) -> None:
    number = planned(on_stage, {"infra/network.tf": NETWORK})
    on_stage.hub.merge(number)
    event = on_stage.next_event("push")
    on_stage.sandbox.faults.add(
        "POST", r"/deployments$", 403, message="Resource not accessible by integration"
    )
    run = on_stage.deliver(event)
    assert run.code == 1
    assert "deployments" in run.stderr
    assert on_stage.resources("devops") == []
    assert on_stage.deliver(event).outputs["result"] == "applied"


def test_without_history_an_apply_says_how_to_check_out(on_stage: Stage) -> None:
    number = planned(on_stage, {"infra/network.tf": NETWORK})
    on_stage.hub.merge(number)
    event = on_stage.next_event("push")
    run = on_stage.deliver(event, on_stage.checkout(event.sha, depth=1))
    assert run.code == 2
    assert "fetch-depth: 0" in run.stderr


def test_a_merged_closed_event_applies_only_where_the_job_says_so_and_the_push_then_does_nothing(
    on_stage: Stage,
) -> None:
    number = planned(on_stage, {"infra/network.tf": NETWORK})
    on_stage.hub.take_events()
    on_stage.hub.merge(number)
    closed = on_stage.next_event("pull_request", "closed")
    push = on_stage.next_event("push")
    ignored = on_stage.deliver(closed)
    assert (ignored.code, ignored.outputs["result"], on_stage.resources("devops")) == (0, "ignored", [])
    run = on_stage.deliver(closed, INPUT_APPLY_ON_CLOSED="true")
    assert (run.code, run.outputs["result"]) == (0, "applied"), run.stdout + run.stderr
    assert on_stage.deliver(push).outputs["result"] == "no-changes"
    assert len(on_stage.applies()) == 1


def test_a_project_folder_that_is_missing_or_leaves_the_repository_is_named(on_stage: Stage) -> None:
    for folder in ("nowhere", "../outside"):
        config = CONFIG.replace("dir: infra", f"dir: {folder}")
        number = on_stage.pull_request({".gitops-bot.yml": config}, branch=f"to-{folder.strip('./')}")
        run = on_stage.plan(number)
        assert run.code == 2
        assert "dir" in run.stderr
        assert "Traceback" not in run.stderr


@pytest.mark.parametrize("verify", [True, False])
def test_what_an_apply_leaves_different_is_listed_unless_nobody_wants_to_know(
    on_stage: Stage, verify: bool
) -> None:
    restless = NETWORK.replace("var.size", "timestamp()")
    config = CONFIG + f"terraform: {{verify: {str(verify).lower()}}}\n"
    number = on_stage.pull_request({"infra/network.tf": restless, ".gitops-bot.yml": config})
    on_stage.plan(number)
    run = on_stage.merge(number)
    assert run.outputs["result"] == "applied"
    said = "A plan right after the apply still shows changes: terraform_data.network."
    listed, converged = said in html.unescape(run.summary), on_stage.applies()[0][1].rpartition(": ")[2]
    assert (listed, converged) == ((True, "no") if verify else (False, "unknown"))


def test_an_apply_whose_end_was_never_recorded_is_named_by_the_next_one(on_stage: Stage) -> None:
    on_stage.merge(planned(on_stage, {"infra/network.tf": NETWORK}))
    lost = {
        "ref": on_stage.head("devops"), "environment": "devops", "task": "gitops-bot:apply",
        "payload": {"format": 1, "tree": "", "pull_requests": [], "digest": "", "actor": "pat", "run": "77"},
        "auto_merge": False, "required_contexts": [],
    }  # fmt: skip
    request = urllib.request.Request(
        f"{on_stage.sandbox.api_url}/repos/{on_stage.sandbox.repository}/deployments",
        json.dumps(lost).encode(),
        {"Authorization": f"Bearer {on_stage.token}", "Content-Type": "application/json"},
    )
    urllib.request.urlopen(request).close()
    number = planned(on_stage, {"infra/service.tf": SERVICE}, branch="service")
    run = on_stage.merge(number)
    assert (run.code, run.outputs["result"]) == (0, "applied"), run.stdout + run.stderr
    assert "by run 77, was never recorded as ended" in html.unescape(run.summary)
    assert on_stage.resources("devops") == ["terraform_data.network", "terraform_data.service"]
