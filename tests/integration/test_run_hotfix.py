"""Hotfixes, their way down, and rollbacks, with real Terraform, git and proofs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_bot.core.events import Command
from gitops_bot.sandbox.records import Event
from tests.kit.proven_stage import ProvenStage, proven_stage
from tests.kit.sandbox_story import git
from tests.kit.stage import CONFIG, NETWORK, StepRun

LABEL = "gitops-bot: hotfix"
HOTFIX = CONFIG.replace("{name: prod}", "{name: prod, hotfix: {by: [kim]}}")
CONFIGURED = HOTFIX + "approval: {provenance: required}\n"


@pytest.fixture
def on_stage(tmp_path: Path) -> Iterator[ProvenStage]:
    with proven_stage(tmp_path, {".gitops-bot.yml": CONFIGURED}) as made:
        made.hub.collaborators.update(kim="admin", mallory="write")
        yield made


def ended(run: StepRun, result: str) -> None:
    assert result == run.outputs.get("result"), run.stdout + run.stderr + run.summary


def started(on_stage: ProvenStage, *environments: str) -> None:
    """Their ledgers begin with what the branches hold."""
    for name in environments:
        ended(on_stage.dispatch("baseline", name, name), "baseline")
    on_stage.hub.take_events()


def labelled(on_stage: ProvenStage, number: int, event: Event) -> StepRun:
    """Anybody sets the label; its event is the one of the opening with another action."""
    on_stage.hub.label(number, LABEL, "mallory")
    payload = {**event.payload, "action": "labeled", "label": {"name": LABEL}}
    return on_stage.deliver(event._replace(payload=payload))


def test_a_hotfix_goes_straight_into_prod_and_comes_down_from_there(on_stage: ProvenStage) -> None:
    started(on_stage, "devops", "dev", "prod")
    number = on_stage.pull_request({"infra/network.tf": NETWORK}, base="prod", branch="fix")
    opened = on_stage.next_event("pull_request", "opened")
    ended(on_stage.deliver(opened), "blocked")
    on_stage.hub.review(number, "mallory")
    ended(labelled(on_stage, number, opened), "blocked")
    on_stage.hub.review(number, "kim")
    ended(labelled(on_stage, number, opened), "planned")
    assert "success" == on_stage.checks(on_stage.head("fix"))["gitops-bot: promotion prod"]

    merged = on_stage.merge(number, "squash")
    ended(merged, "applied")
    entry, _ = [d for d in on_stage.hub.deployments.newest_first() if d.environment == "prod"]
    payload = entry.payload
    assert isinstance(payload, dict)
    assert ([number], "kim") == (payload["hotfixes"], payload["hotfix_by"])

    asked = [e for e in on_stage.hub.take_events() if e.name == "workflow_dispatch"]
    backflows = [e for e in asked if e.payload["inputs"]["command"] == Command.BACKFLOW]
    assert ["devops", "dev", "staging"] == [e.payload["inputs"]["environment"] for e in backflows]
    for event, name in zip(backflows[:2], ("devops", "dev"), strict=True):
        run = on_stage.deliver(event)
        ended(run, "planned")
        down = on_stage.hub.pull(int(run.outputs["backflow-prs"]))
        assert (f"backflow/{number}-to-{name}", name) == (down.head, down.base)
        assert "success" == on_stage.checks(down.head_sha)[f"gitops-bot: promotion {name}"]
        ended(on_stage.merge(down.number), "applied")
        assert ["terraform_data.network"] == on_stage.resources(name)
    again = on_stage.dispatch("backflow", "dev", "dev")
    ended(again, "no-changes")


def test_a_label_taken_off_before_the_apply_stops_it(on_stage: ProvenStage) -> None:
    started(on_stage, "prod")
    number = on_stage.pull_request({"infra/network.tf": NETWORK}, base="prod", branch="fix")
    opened = on_stage.next_event("pull_request", "opened")
    on_stage.hub.review(number, "kim")
    ended(labelled(on_stage, number, opened), "planned")
    on_stage.hub.unlabel(number, LABEL)
    ended(on_stage.merge(number), "blocked")
    assert [] == on_stage.resources("prod")


def test_a_rollback_restores_what_was_applied(on_stage: ProvenStage) -> None:
    commits = []
    for size in ("small", "large"):
        number = on_stage.pull_request(
            {"infra/network.tf": NETWORK.replace("var.size", f'"{size}"')}, branch=size
        )
        ended(on_stage.plan(number), "planned")
        ended(on_stage.merge(number), "applied")
        commits.append(on_stage.head("devops"))
    run = on_stage.dispatch("promote", "devops", "devops", **{"to-commit": commits[0][:10]})
    ended(run, "planned")
    pull = on_stage.hub.pull(int(run.outputs["promotion-pr"]))
    clone = Path(on_stage.sandbox.clone_url)
    trees = [git(clone, "rev-parse", f"{commit}^{{tree}}") for commit in (commits[0], pull.head_sha)]
    assert (f"rollback/devops-to-{commits[0][:12]}", trees[0]) == (pull.head, trees[1])
    assert "#2" in pull.body
    ended(on_stage.merge(pull.number), "applied")
    assert trees[0] == git(clone, "rev-parse", "devops^{tree}")
