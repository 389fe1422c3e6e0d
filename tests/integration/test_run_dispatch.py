"""`gitops-bot run` for manual dispatches: promote, status, plan, baseline."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.stage import ENVIRONMENTS, NETWORK, Stage, stage


@pytest.fixture
def on_stage(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        yield made


def applied_in_devops(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    assert on_stage.plan(number).code == 0
    assert on_stage.merge(number).outputs["result"] == "applied"


def promoted(on_stage: Stage, environment: str) -> int:
    below = ENVIRONMENTS[ENVIRONMENTS.index(environment) - 1]
    run = on_stage.dispatch("promote", environment, below)
    assert (run.code, run.outputs["result"]) == (0, "planned"), run.stdout + run.stderr
    return int(run.outputs["promotion-pr"])


def test_dispatches_alone_carry_a_change_from_devops_to_prod(on_stage: Stage) -> None:
    applied_in_devops(on_stage)
    for environment in ("dev", "staging", "prod"):
        number = promoted(on_stage, environment)
        assert on_stage.hub.take_events() == []  # what GITHUB_TOKEN does triggers nothing
        assert len(on_stage.comments(number)) == 1
        run = on_stage.merge(number)
        assert run.outputs["result"] == "applied", run.stdout + run.stderr
        assert on_stage.resources(environment) == ["terraform_data.network"]


def test_promoting_twice_finds_the_same_pull_request_and_comment(on_stage: Stage) -> None:
    applied_in_devops(on_stage)
    first = promoted(on_stage, "dev")
    assert promoted(on_stage, "dev") == first
    assert len(on_stage.comments(first)) == 1


def test_what_was_pushed_below_meanwhile_stays_out_of_the_promotion(on_stage: Stage) -> None:
    applied_in_devops(on_stage)
    applied = on_stage.head("devops")
    on_stage.hub.commit("devops", {"infra/extra.tf": NETWORK.replace("network", "extra")}, "Straight in")
    number = promoted(on_stage, "dev")
    pull = on_stage.hub.pull(number)
    assert (pull.head, pull.head_sha) == ("promote/devops-to-dev", applied)


def test_there_is_nothing_to_promote_before_the_environment_below_is_applied(on_stage: Stage) -> None:
    run = on_stage.dispatch("promote", "dev", "devops")
    assert (run.code, run.outputs["result"]) == (1, "blocked")
    lowest = on_stage.dispatch("promote", "devops", "devops")
    assert lowest.code == 2


def test_a_baseline_starts_the_ledger_and_applies_nothing(on_stage: Stage) -> None:
    run = on_stage.dispatch("baseline", "devops", "devops")
    assert (run.code, run.outputs["result"]) == (0, "baseline"), run.stdout + run.stderr
    again = on_stage.dispatch("baseline", "devops", "devops")
    assert again.code == 2
    status = on_stage.dispatch("status", "", "devops")
    assert on_stage.head("devops")[:7] in status.summary


def test_a_baseline_with_changes_needs_their_digest_approved(on_stage: Stage) -> None:
    on_stage.hub.commit("devops", {"infra/network.tf": NETWORK}, "Straight in")
    run = on_stage.dispatch("baseline", "devops", "devops")
    assert (run.code, run.outputs["result"]) == (1, "blocked")
    digest = run.stdout.split("set to ")[1][:64]
    approved = on_stage.dispatch("baseline", "devops", "devops", approve=digest)
    assert approved.outputs["result"] == "baseline", approved.stdout + approved.stderr
    assert on_stage.resources("devops") == []


def test_apply_is_refused_on_another_branch_and_plan_approves_nothing(on_stage: Stage) -> None:
    refused = on_stage.dispatch("apply", "prod", "devops")
    assert refused.code == 2
    assert "Dispatch it on the branch prod" in refused.stderr
    plan = on_stage.dispatch("plan", "dev", "dev")
    assert (plan.code, plan.outputs["result"]) == (0, "no-changes"), plan.stdout + plan.stderr
