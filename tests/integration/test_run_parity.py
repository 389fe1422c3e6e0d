"""A promotion's plan beside what was applied below, with real Terraform."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.stage import NETWORK, Stage, stage


@pytest.fixture
def on_stage(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        yield made


def by_hand(on_stage: Stage, environment: str, *command: str) -> None:
    """Somebody runs Terraform themselves, in the environment's state."""
    infra = on_stage.checkout(on_stage.head(environment)) / "infra"
    environ = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull}
    backend = f"-backend-config=path={on_stage.state_file(environment)}"
    for args in (("init", "-input=false", backend), command):
        subprocess.run(["terraform", *args], cwd=infra, env=environ, check=True, capture_output=True)


def promote(on_stage: Stage) -> tuple[int, str]:
    """A pull request from devops into dev; its number, and its comment once it is planned."""
    on_stage.hub.take_events()
    number = on_stage.hub.open_pull_request("To dev", "devops", "dev").number
    run = on_stage.plan(number)
    assert "planned" == run.outputs["result"], run.stdout + run.stderr
    (comment,) = on_stage.comments(number)
    return number, comment


def bring(on_stage: Stage, network: str, branch: str) -> None:
    """Merged into devops and applied there."""
    number = on_stage.pull_request({"infra/network.tf": network}, branch=branch)
    on_stage.plan(number)
    assert "applied" == on_stage.merge(number).outputs["result"]


def test_what_is_updated_below_and_replaced_here_is_marked_as_dangerous(on_stage: Stage) -> None:
    bring(on_stage, NETWORK, "network")
    number, comment = promote(on_stage)
    assert "✅ Does the same as in `devops`." in comment
    assert "applied" == on_stage.merge(number).outputs["result"]
    bring(on_stage, NETWORK.replace("var.size", '"${var.size}-2"'), "larger")
    by_hand(on_stage, "dev", "taint", "terraform_data.network")

    number, comment = promote(on_stage)

    assert "🔴 Beside `devops`: 0 the same, 0 extra here, 0 missing here, 1 different." in comment
    assert "- 🔴 `terraform_data.network`: `dev` **replaces** it; `devops` updated it in place\n" in comment
    checks = {c.name: c.summary or "" for c in on_stage.check_runs(on_stage.head("devops"))}
    assert "`dev` **replaces** it" in checks["gitops-bot: plan dev"]
