"""Approvals that prove which run made them, and forgeries that do not: the real program, real signatures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.kit.proven_stage import (
    REQUIRED,
    WORKFLOW,
    ProvenStage,
    begins_with,
    proven_stage,
    readable,
    refused,
)
from tests.kit.stage import CONFIG, NETWORK


@pytest.fixture
def on_stage(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[ProvenStage]:
    with proven_stage(tmp_path, getattr(request, "param", None)) as made:
        yield made


def test_a_plan_of_the_pull_requests_own_run_is_proven_and_applied(on_stage: ProvenStage) -> None:
    number = on_stage.planned({"infra/network.tf": NETWORK})
    run = on_stage.merge(number)
    assert (run.code, run.outputs["result"]) == (0, "applied"), run.stdout + run.stderr
    assert "Nothing proves" not in run.summary


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_every_way_to_merge_keeps_the_proof(on_stage: ProvenStage, method: str) -> None:
    number = on_stage.planned({"infra/network.tf": NETWORK})
    run = on_stage.merge(number, method)
    assert (run.code, run.outputs["result"]) == (0, "applied"), run.stdout + run.stderr


def test_a_promotion_by_dispatch_is_proven_and_applied(on_stage: ProvenStage) -> None:
    on_stage.merge(on_stage.planned({"infra/network.tf": NETWORK}))
    promotion = on_stage.dispatch("promote", "dev", "devops")
    assert (promotion.code, promotion.outputs["result"]) == (0, "planned"), promotion.stdout
    run = on_stage.merge(int(promotion.outputs["promotion-pr"]))
    assert (run.code, run.outputs["result"]) == (0, "applied"), run.stdout + run.stderr + run.summary


def test_an_approval_without_a_proof_does_not_count_where_one_is_required(on_stage: ProvenStage) -> None:
    on_stage.without_token = True
    number = on_stage.planned({"infra/network.tf": NETWORK})
    on_stage.without_token = False
    refused(on_stage.merge(number), on_stage, "Nothing proves which run made its approval")


@begins_with(CONFIG)
def test_where_proofs_are_preferred_one_without_counts_and_the_report_says_so(on_stage: ProvenStage) -> None:
    on_stage.without_token = True
    number = on_stage.planned({"infra/network.tf": NETWORK})
    run = on_stage.merge(number)
    assert (run.code, run.outputs["result"]) == (0, "applied"), run.stdout + run.stderr
    assert f"Nothing proves which run approved #{number}" in readable(run.summary)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "another event": ({"event_name": "push"}, "'push'"),
    "another pull request": ({"ref": "refs/pull/99/merge"}, "refs/pull/99/merge"),
    "another base": ({"base_ref": "prod"}, "base_ref"),
    "another repository": ({"repository": "mallory/infra"}, "mallory/infra"),
    "another workflow file": (
        {"workflow_ref": "acme/infra/.github/workflows/other.yml@refs/pull/1/merge", "job_workflow_ref": ""},
        "other.yml",
    ),
    "another issuer": ({"iss": "https://token.example.com"}, "issuer"),
    "another audience": ({"aud": "gitops-bot:approval:" + "0" * 64}, "audience"),
    "a commit that is gone": ({"workflow_sha": "d" * 40, "job_workflow_sha": "d" * 40}, "is gone"),
    "a token of the future": ({"iat": 4_102_444_800, "exp": 4_102_444_900}, "iat"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_genuine_token_that_says_something_else_proves_nothing(on_stage: ProvenStage, case: str) -> None:
    claims, said = WRONG[case]
    number = on_stage.planned({"infra/network.tf": NETWORK}, **claims)
    refused(on_stage.merge(number), on_stage, said)


def test_a_token_that_was_issued_after_the_merge_proves_nothing(on_stage: ProvenStage) -> None:
    later = int(datetime(2026, 1, 1, 2, tzinfo=UTC).timestamp())  # the sandbox's clock starts at midnight
    number = on_stage.planned({"infra/network.tf": NETWORK}, iat=later, exp=later + 300)
    refused(on_stage.merge(number), on_stage, "It was made after the merge.")


def test_a_forged_signature_proves_nothing(on_stage: ProvenStage) -> None:
    on_stage.planned({"infra/network.tf": NETWORK}, branch="genuine")
    token = on_stage.text_of(on_stage.head("genuine")).split('"text":"')[-1].split('"')[0]
    on_stage.without_token = True
    number = on_stage.planned({"infra/network.tf": NETWORK})
    on_stage.without_token = False
    head = on_stage.head("feature")
    start, _, signature = token.rpartition(".")
    proof = f'{{"format":1,"kind":"oidc","text":"{start}.{signature[:-6]}AAAAAA"}}'
    on_stage.forge(head, f"{on_stage.text_of(head)}\n<!-- gitops-bot:proof\n{proof}\n-->", number)
    refused(on_stage.merge(number), on_stage, "does not hold")


def test_the_proof_of_one_approval_is_none_for_another(on_stage: ProvenStage) -> None:
    """A harmless plan's genuine proof beside the approval of something else."""
    harmless = on_stage.planned({"infra/network.tf": NETWORK}, branch="harmless")
    proof = on_stage.text_of(on_stage.head("harmless")).partition("<!-- gitops-bot:proof")[2]
    on_stage.without_token = True
    number = on_stage.planned({"infra/network.tf": NETWORK.replace("network", "evil")}, branch="evil")
    on_stage.without_token = False
    head = on_stage.head("evil")
    on_stage.forge(head, f"{on_stage.text_of(head)}\n<!-- gitops-bot:proof{proof}", number)
    assert harmless != number
    refused(on_stage.merge(number), on_stage, "audience")


def test_a_newer_check_run_without_a_proof_takes_no_approval_away(on_stage: ProvenStage) -> None:
    """Anybody can write one, also after the merge, when the pull request cannot be planned again."""
    number = on_stage.planned({"infra/network.tf": NETWORK})
    on_stage.forge(on_stage.head("feature"), "Nothing was planned.", number)
    run = on_stage.merge(number)
    assert (run.code, run.outputs["result"]) == (0, "applied"), run.stdout + run.stderr + run.summary


def test_a_pull_request_that_edits_the_workflow_cannot_vouch_for_itself(on_stage: ProvenStage) -> None:
    files = {"infra/network.tf": NETWORK, WORKFLOW: "on: push # and forge\n"}
    number = on_stage.planned(files)
    refused(on_stage.merge(number), on_stage, f"a version of {WORKFLOW} that devops did not have")


def test_a_signing_key_does_where_there_is_no_token(on_stage: ProvenStage) -> None:
    on_stage.without_token = True
    key = {"GITOPS_BOT_SIGNING_KEY": "k" * 40}
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    plan = on_stage.deliver(on_stage.next_event("pull_request", "opened"), None, **key)
    assert plan.code == 0, plan.stdout + plan.stderr
    on_stage.hub.take_events()
    on_stage.hub.merge(number, "merge")
    push = on_stage.next_event("push")
    refused(on_stage.deliver(push, None, GITOPS_BOT_SIGNING_KEY="other" * 10), on_stage, "signing key")
    run = on_stage.deliver(push, None, **key)
    assert (run.code, run.outputs["result"]) == (0, "applied"), run.stdout + run.stderr


def test_a_short_signing_key_is_bad_input(on_stage: ProvenStage) -> None:
    on_stage.pull_request({"infra/network.tf": NETWORK})
    run = on_stage.deliver(
        on_stage.next_event("pull_request", "opened"), None, GITOPS_BOT_SIGNING_KEY="short"
    )
    assert (run.code, "GITOPS_BOT_SIGNING_KEY has 5 bytes." in run.stderr) == (2, True)


def test_keys_that_cannot_be_had_end_the_run_with_nothing_applied(on_stage: ProvenStage) -> None:
    number = on_stage.planned({"infra/network.tf": NETWORK})
    on_stage.hub.take_events()
    on_stage.hub.merge(number, "merge")
    push = on_stage.next_event("push")
    run = on_stage.deliver(push, None, GITHUB_SERVER_URL="http://127.0.0.1:9")
    assert run.code == 1
    assert on_stage.resources("devops") == []
    assert on_stage.applies() == []


def test_a_merge_that_asks_for_less_proof_is_judged_by_the_rules_before_it(on_stage: ProvenStage) -> None:
    on_stage.merge(on_stage.planned({"infra/network.tf": NETWORK}))
    on_stage.without_token = True
    relaxed = CONFIG + "approval: {provenance: none}\n"
    files = {"infra/network.tf": NETWORK.replace("network", "evil"), ".gitops-bot.yml": relaxed}
    number = on_stage.planned(files, branch="evil")
    on_stage.without_token = False
    run = on_stage.merge(number)
    assert (run.code, run.outputs["result"]) == (1, "blocked"), run.stdout + run.stderr
    assert "Nothing proves which run made its approval" in readable(run.summary)
    assert on_stage.resources("devops") == ["terraform_data.network"]


def test_workflows_that_a_merge_lists_itself_do_not_count_for_it(on_stage: ProvenStage) -> None:
    listed = CONFIG + "approval: {provenance: required, workflows: [.github/workflows/ci.yml]}\n"
    ref = "acme/infra/.github/workflows/ci.yml@refs/pull/1/merge"
    on_stage.hub.commit("devops", {".github/workflows/ci.yml": "on: pull_request\n"}, "Tests")
    on_stage.hub.take_events()
    files = {"infra/network.tf": NETWORK, ".gitops-bot.yml": listed}
    number = on_stage.planned(files, workflow_ref=ref, job_workflow_ref=ref)
    refused(on_stage.merge(number), on_stage, "ci.yml")


def test_a_merge_that_renames_its_environment_takes_no_guard_away(on_stage: ProvenStage) -> None:
    guarded = REQUIRED.replace("{name: devops}", "{name: devops, max_destroys: 0}")
    on_stage.merge(on_stage.planned({"infra/network.tf": NETWORK, ".gitops-bot.yml": guarded}))
    renamed = CONFIG.replace("{name: devops}", "{name: ops, branch: devops}")
    files = {
        "infra/network.tf": "", ".gitops-bot.yml": renamed,
        "envs/ops.tfvars": 'size = "devops-small"\n',
        "envs/ops.tfbackend": f'path = "{on_stage.state_file("devops")}"\n',
    }  # fmt: skip
    number = on_stage.pull_request(files, branch="rename")
    on_stage.plan(number)
    run = on_stage.merge(number)
    assert run.code == 1, run.stdout + run.stderr
    assert "TOO_MANY_DESTROYS" in readable(run.summary)
    assert on_stage.resources("devops") == ["terraform_data.network"]


@pytest.mark.parametrize("branch", ["mallory", "feature"])
def test_a_dispatch_is_no_plan_of_a_pull_request_into_the_lowest_environment(
    on_stage: ProvenStage, branch: str
) -> None:
    claims = {"event_name": "workflow_dispatch", "ref": f"refs/heads/{branch}", "base_ref": ""}
    number = on_stage.planned({"infra/network.tf": NETWORK}, **claims)
    refused(on_stage.merge(number), on_stage, "lowest environment")


def test_a_forged_promotion_check_changes_nothing_about_the_apply(on_stage: ProvenStage) -> None:
    on_stage.merge(on_stage.planned({"infra/network.tf": NETWORK}))
    skipping = {"infra/network.tf": NETWORK.replace("network", "skipping")}
    number = on_stage.pull_request(skipping, base="dev", branch="skip")
    plan = on_stage.deliver(on_stage.next_event("pull_request", "opened"))
    assert plan.outputs["result"] == "blocked"
    head = on_stage.head("skip")
    check = next(c for c in on_stage.check_runs(head) if c.name == "gitops-bot: plan dev")
    forged = {
        "name": check.name, "status": "completed", "conclusion": "success",
        "output": {"title": "Planned", "summary": "Fine", "text": check.text},
        "external_id": f"pull:{number} comment:0 promotion:allowed",
    }  # fmt: skip
    on_stage.hub.checks.add(head, forged, "github-actions")
    run = on_stage.merge(number)
    assert (run.code, run.outputs["result"]) == (1, "blocked")
    # No check decides it: what is applied below is looked at again.
    assert "NOT_FROM_SOURCE" in run.summary


CALLED = "gitops-bot/gitops-bot/.github/workflows/gitops.yml"


@pytest.mark.parametrize("another_job", [False, True])
def test_only_the_job_that_is_called_for_the_bot_can_make_a_proof(
    on_stage: ProvenStage, another_job: bool
) -> None:
    """The caller's file may hold other jobs, and those run code of pull requests too."""
    caller = f"on: push\njobs:\n  gitops:\n    uses: {CALLED}@v0\n"
    on_stage.hub.commit("devops", {WORKFLOW: caller}, "Call")
    on_stage.hub.take_events()
    called = {"job_workflow_ref": f"{CALLED}@refs/tags/v0", "job_workflow_sha": "e" * 40}
    number = on_stage.planned({"infra/network.tf": NETWORK}, **({} if another_job else called))
    on_stage.claims = called
    run = on_stage.merge(number)
    if another_job:
        refused(run, on_stage, "another job than the one")
    else:
        assert (run.code, run.outputs["result"]) == (0, "applied"), run.stdout + run.stderr + run.summary


def test_a_workflow_that_only_an_earlier_commit_of_a_rebased_promotion_had_is_none_of_the_bases(
    on_stage: ProvenStage,
) -> None:
    """Rebased, the first commit is the parent of the merge; the diff as a whole shows nothing of it."""
    on_stage.merge(on_stage.planned({"infra/network.tf": NETWORK}))
    on_stage.hub.commit("devops", {WORKFLOW: "on: push # forges\n"}, "First")
    evil = on_stage.head("devops")
    on_stage.hub.commit("devops", {WORKFLOW: "on: push\n"}, "Second")
    on_stage.hub.take_events()
    on_stage.claims = {
        "event_name": "workflow_dispatch", "ref": "refs/heads/devops", "base_ref": "", "workflow_sha": evil,
        "workflow_ref": f"acme/infra/{WORKFLOW}@refs/heads/devops", "job_workflow_ref": "",
    }  # fmt: skip
    number = on_stage.hub.open_pull_request("To dev", "devops", "dev").number
    on_stage.plan(number)
    on_stage.claims = {}
    run = on_stage.merge(number, "rebase")
    assert (run.code, run.outputs["result"]) == (1, "blocked"), run.stdout + run.stderr
    assert f"a version of {WORKFLOW} that dev did not have" in readable(run.summary)
