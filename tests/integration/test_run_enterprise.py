"""An Enterprise Server's addresses and a GitHub App's token, from the pull request to the apply."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.stage import NETWORK, Stage, stage

APP = "acme-gitops[bot]"
RIGHTS = dict.fromkeys(("contents", "pull_requests", "checks", "deployments", "actions", "issues"), "write")


@pytest.fixture
def on_stage(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        made.token = made.sandbox.issue_token(APP, permissions=RIGHTS)
        yield made


def test_a_change_is_planned_twice_and_applied_by_an_app_on_an_enterprise_server(on_stage: Stage) -> None:
    api = f"{on_stage.sandbox.api_url}/api/v3"
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    event = on_stage.next_event("pull_request", "opened")
    runs = [on_stage.deliver(event, GITHUB_API_URL=api), on_stage.deliver(event, GITHUB_API_URL=api)]
    assert [run.outputs.get("result") for run in runs] == ["planned"] * 2, runs[0].stderr
    (comment,) = on_stage.hub.comments.of(number)  # the second run has known its own
    assert (comment.author, runs[1].outputs["comment-url"]) == (APP, runs[0].outputs["comment-url"])
    on_stage.hub.take_events()
    on_stage.hub.merge(number, "merge")
    applied = on_stage.deliver(on_stage.next_event("push"), GITHUB_API_URL=api)
    assert (applied.code, applied.outputs["result"]) == (0, "applied"), applied.stderr
    assert on_stage.resources("devops") == ["terraform_data.network"]
