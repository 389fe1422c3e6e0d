"""`approval.reviews`: what people said of a pull request, and when, on the real program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.proven_stage import ProvenStage, begins_with, proven_stage, readable
from tests.kit.stage import CONFIG, NETWORK, StepRun

ONE_REVIEW = CONFIG + "approval: {provenance: required, reviews: 1}\n"


@pytest.fixture
def on_stage(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[ProvenStage]:
    with proven_stage(tmp_path, getattr(request, "param", {".gitops-bot.yml": ONE_REVIEW})) as made:
        made.hub.collaborators.update(hubot="write", kim="admin", octocat="admin", reader="read")
        yield made


def blocked(run: StepRun, given: int = 0) -> None:
    assert (run.code, run.outputs["result"]) == (1, "blocked"), run.stdout + run.stderr
    assert "REVIEWS_MISSING" in run.summary
    assert f"`{given}` did" in readable(run.summary), run.summary


def applied(run: StepRun) -> None:
    assert (run.code, run.outputs["result"]) == (0, "applied"), run.stdout + run.stderr + run.summary


def planned_again(on_stage: ProvenStage, number: int) -> StepRun:
    """The same head planned once more, on the merge with what its base is now."""
    on_stage.hub.close(number)
    on_stage.hub.take_events()
    on_stage.hub.reopen(number)
    run = on_stage.deliver(on_stage.next_event("pull_request", "reopened"))
    assert (run.code, run.outputs["result"]) == (0, "planned"), run.stdout + run.stderr
    return run


def test_a_merge_without_enough_reviews_waits_for_them_and_is_applied_by_a_re_run(
    on_stage: ProvenStage,
) -> None:
    number = on_stage.planned({"infra/network.tf": NETWORK})
    assert "one person with write access" in readable(on_stage.comments(number)[0])
    blocked(on_stage.merge(number))
    assert on_stage.resources("devops") == []
    on_stage.hub.review(number, "hubot")
    applied(on_stage.dispatch("apply", "devops", "devops"))
    assert on_stage.resources("devops") == ["terraform_data.network"]


def test_only_standing_reviews_of_the_planned_head_by_others_with_write_access_count(
    on_stage: ProvenStage,
) -> None:
    hub = on_stage.hub
    first = on_stage.pull_request({"infra/network.tf": NETWORK})
    older = on_stage.head("feature")
    on_stage.plan(first)
    hub.review(first, "kim")  # of the older head
    hub.commit("feature", {"infra/network.tf": NETWORK + "# more\n"}, "More")
    hub.review(first, "ada")  # before the plan of this head
    hub.collaborators["ada"] = "write"
    on_stage.deliver(on_stage.next_event("pull_request", "synchronize"))
    hub.review(first, "kim", sha=older)
    hub.reviews.add(first, "octocat", "APPROVED", on_stage.head("feature"))  # the author
    hub.review(first, "reader")
    hub.review(first, "stranger")
    hub.collaborators["review-bot[bot]"] = "write"
    hub.review(first, "review-bot[bot]")
    hub.review(first, "hubot")
    hub.review(first, "hubot", "CHANGES_REQUESTED")
    hub.collaborators["eve"] = "write"
    hub.reviews.dismiss(hub.review(first, "eve").id)
    blocked(on_stage.merge(first))
    assert on_stage.resources("devops") == []
    hub.review(first, "kim")
    applied(on_stage.dispatch("apply", "devops", "devops"))


@pytest.mark.parametrize(
    "on_stage",
    [{".gitops-bot.yml": c} for c in (ONE_REVIEW, ONE_REVIEW.replace("required", "none"))],
    indirect=True,
    ids=["with proofs", "without"],
)
def test_a_plan_that_differs_voids_reviews_of_an_earlier_one_and_the_same_plan_voids_none(
    on_stage: ProvenStage,
) -> None:
    number = on_stage.planned({"infra/network.tf": NETWORK})
    on_stage.hub.review(number, "hubot")
    on_stage.hub.commit("devops", {"envs/devops.tfvars": 'size = "huge"\n'}, "Straight in")
    planned_again(on_stage, number)
    blocked(on_stage.merge(number))
    assert on_stage.resources("devops") == []
    on_stage.hub.review(number, "hubot")
    applied(on_stage.dispatch("apply", "devops", "devops"))
    second = on_stage.planned({"infra/network.tf": NETWORK.replace("network", "web")}, branch="second")
    on_stage.hub.review(second, "hubot")
    planned_again(on_stage, second)
    applied(on_stage.merge(second))


def test_a_merge_that_asks_for_fewer_reviews_is_judged_by_the_rules_before_it(on_stage: ProvenStage) -> None:
    relaxed = ONE_REVIEW.replace("reviews: 1", "reviews: 0")
    number = on_stage.planned({"infra/network.tf": NETWORK, ".gitops-bot.yml": relaxed})
    blocked(on_stage.merge(number))
    assert on_stage.resources("devops") == []


def test_each_pull_request_merged_since_the_last_apply_needs_its_own_reviews(on_stage: ProvenStage) -> None:
    first = on_stage.planned({"infra/network.tf": NETWORK}, branch="one")
    second = on_stage.planned({"infra/web.tf": NETWORK.replace("network", "web")}, branch="two")
    on_stage.hub.review(second, "hubot")
    on_stage.hub.merge(first)
    run = on_stage.merge(second)
    blocked(run)
    assert f"pull request #{first}" in readable(run.summary)
    assert f"pull request #{second}" not in readable(run.summary).partition("REVIEWS_MISSING")[0]
    on_stage.hub.review(first, "kim")
    applied(on_stage.dispatch("apply", "devops", "devops"))


@begins_with(ONE_REVIEW.replace(", reviews: 1", ""))
def test_without_the_rule_no_run_asks_for_reviews_or_for_what_people_may_do(on_stage: ProvenStage) -> None:
    number = on_stage.planned({"infra/network.tf": NETWORK})
    assert "write access" not in on_stage.comments(number)[0]
    applied(on_stage.merge(number))
    paths = [request.path for request in on_stage.sandbox.requests]
    assert [path for path in paths if "/reviews" in path or "/collaborators/" in path] == []


def test_an_apply_with_the_rights_of_its_job_reads_what_it_needs(on_stage: ProvenStage) -> None:
    number = on_stage.planned({"infra/network.tf": NETWORK})
    on_stage.hub.review(number, "hubot")
    rights = {
        "contents": "read", "pull-requests": "write", "checks": "write", "deployments": "write",
        "actions": "read",
    }  # fmt: skip
    on_stage.token = on_stage.sandbox.issue_token(permissions=rights)
    applied(on_stage.merge(number))
