"""Ledger entries that prove which run made them, those that do not, and those whose record is not whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gitops_bot.sandbox.records import Deploy
from tests.kit.proven_stage import ProvenStage, begins_with, proven_stage, readable
from tests.kit.sandbox_story import git
from tests.kit.stage import CONFIG, NETWORK

APPLY = "gitops-bot: apply devops"
SERVICE = NETWORK.replace("network", "service")
PREFERRED = CONFIG + "approval: {provenance: preferred}\n"


@pytest.fixture
def on_stage(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[ProvenStage]:
    with proven_stage(tmp_path, getattr(request, "param", None)) as made:
        yield made


def newest(on_stage: ProvenStage) -> Deploy:
    return next(iter(on_stage.hub.deployments.newest_first()))


def apply_check(on_stage: ProvenStage, commit: str) -> Any:
    return next(c for c in on_stage.check_runs(commit) if c.name == APPLY)


def forge_entry(
    on_stage: ProvenStage, commit: str, payload: dict[str, Any], state: str = "success"
) -> Deploy:
    """A deployment and its end as any job with `deployments: write` can make them."""
    body = {
        "ref": commit, "task": "gitops-bot:apply", "environment": "devops", "payload": payload,
        "auto_merge": False, "required_contexts": [],
    }  # fmt: skip
    made = on_stage.hub.deployments.add(commit, body, "github-actions[bot]")
    status = {"state": state, "description": "1 done, 0 failed, 0 not started; converged: yes"}
    on_stage.hub.deployments.add_status(made.id, status, "github-actions[bot]")
    return made


def forged_payload(on_stage: ProvenStage, commit: str) -> dict[str, Any]:
    tree = git(Path(on_stage.sandbox.clone_url), "rev-parse", f"{commit}^{{tree}}")
    return {"format": 1, "tree": tree, "pull_requests": [], "digest": "", "actor": "pat", "run": "99"}


def applied(on_stage: ProvenStage, files: dict[str, str], branch: str = "feature") -> str:
    run = on_stage.merge(on_stage.planned(files, branch=branch))
    assert (run.code, run.outputs["result"]) == (0, "applied"), run.stdout + run.stderr
    return on_stage.head("devops")


def test_an_apply_proves_its_entry_and_its_outcome(on_stage: ProvenStage) -> None:
    commit = applied(on_stage, {"infra/network.tf": NETWORK})
    payload = newest(on_stage).payload
    assert isinstance(payload, dict)
    assert payload["proof"]["kind"] == "oidc"
    assert "<!-- gitops-bot:proof" in apply_check(on_stage, commit).text
    again = on_stage.dispatch("apply", "devops", "devops")
    assert (again.code, again.outputs["result"]) == (0, "no-changes")
    assert "do not count" not in again.summary


def test_what_each_resource_came_to_is_in_the_outcome(on_stage: ProvenStage) -> None:
    commit = applied(on_stage, {"infra/network.tf": NETWORK})
    text = apply_check(on_stage, commit).text.split("\n")[1]
    (project,) = json.loads(text)["projects"]
    (resource,) = project["resources"]
    assert [resource[0], resource[1], resource[2], resource[4]] == [
        "terraform_data.network", "create", "done", "",
    ]  # fmt: skip
    assert float(resource[3]) >= 0


def test_a_forged_success_does_not_hide_what_was_never_applied(on_stage: ProvenStage) -> None:
    """Its commit would be the last apply, and the approvals before it would no longer be asked for."""
    applied(on_stage, {"infra/network.tf": NETWORK})
    number = on_stage.planned({"infra/service.tf": SERVICE}, branch="two")
    on_stage.hub.take_events()
    on_stage.hub.merge(number, "merge")
    push = on_stage.next_event("push")
    head = on_stage.head("devops")
    forge_entry(on_stage, head, forged_payload(on_stage, head))
    run = on_stage.deliver(push)
    assert (run.code, run.outputs["result"]) == (0, "applied"), run.stdout + run.stderr
    assert "nothing proves which run made them" in readable(run.summary)
    assert on_stage.resources("devops") == ["terraform_data.network", "terraform_data.service"]


def test_a_forged_entry_below_makes_no_promotion(on_stage: ProvenStage) -> None:
    on_stage.hub.commit("devops", {"infra/network.tf": NETWORK}, "Straight in")
    on_stage.hub.take_events()
    head = on_stage.head("devops")
    forge_entry(on_stage, head, forged_payload(on_stage, head))
    number = on_stage.hub.open_pull_request("To dev", "devops", "dev").number
    run = on_stage.plan(number)
    assert (run.code, run.outputs["result"]) == (1, "blocked")
    assert "NOT_APPLIED_BELOW" in run.summary


def test_an_old_entrys_payload_opens_no_new_entry(on_stage: ProvenStage) -> None:
    """It is genuine and its proof holds, but the proof is older than the entry."""
    commit = applied(on_stage, {"infra/network.tf": NETWORK})
    payload = dict(newest(on_stage).payload)  # type: ignore[arg-type]
    for _ in range(1000):
        on_stage.hub.site.now()  # a second each
    forge_entry(on_stage, commit, payload, "failure")
    run = on_stage.dispatch("apply", "devops", "devops")
    assert (run.code, run.outputs["result"]) == (0, "no-changes"), run.stdout + run.summary


def test_a_forged_status_makes_no_failed_apply_successful(on_stage: ProvenStage) -> None:
    gate = on_stage.folder / "gate"
    failing = SERVICE.replace(
        "}\n}", f'}}\n  provisioner "local-exec" {{\n    command = "test -e {gate}"\n  }}\n}}'
    )
    number = on_stage.planned({"infra/service.tf": failing})
    assert on_stage.merge(number).outputs["result"] in ("failed", "partly-applied")
    status = {"state": "success", "description": "1 done, 0 failed, 0 not started; converged: yes"}
    on_stage.hub.deployments.add_status(newest(on_stage).id, status, "github-actions[bot]")
    promotion = on_stage.hub.open_pull_request("To dev", "devops", "dev").number
    blocked = on_stage.plan(promotion)
    assert "BROKEN_BELOW" in blocked.summary
    gate.touch()
    run = on_stage.dispatch("apply", "devops", "devops")
    assert (run.code, run.outputs["result"]) == (0, "applied"), run.stdout + run.stderr + run.summary


def test_an_outcome_that_was_changed_does_not_count(on_stage: ProvenStage) -> None:
    """A newer check run of that name, written by another workflow with the genuine proof beside it."""
    commit = applied(on_stage, {"infra/network.tf": NETWORK})
    check = apply_check(on_stage, commit)
    text = check.text.replace('"converged":true', '"converged":false')
    assert text != check.text
    forged = {
        "name": APPLY, "status": "completed", "conclusion": "success",
        "output": {"title": "Applied", "summary": "Fine", "text": text}, "external_id": check.external_id,
    }  # fmt: skip
    on_stage.hub.checks.add(commit, forged, "github-actions")
    run = on_stage.dispatch("apply", "devops", "devops")
    # The genuine one behind it still says that it converged; else this would have planned again.
    assert (run.code, run.outputs["result"]) == (0, "no-changes"), run.stdout + run.summary
    assert "applied already" in run.summary


@begins_with(PREFERRED)
def test_an_outcome_without_a_proof_takes_no_proven_ones_place(on_stage: ProvenStage) -> None:
    commit = applied(on_stage, {"infra/network.tf": NETWORK})
    check = apply_check(on_stage, commit)
    text = check.text.partition("\n<!-- gitops-bot:proof")[0].replace('"converged":true', '"converged":false')
    forged = {
        "name": APPLY, "status": "completed", "conclusion": "success",
        "output": {"title": "Applied", "summary": "Fine", "text": text}, "external_id": check.external_id,
    }  # fmt: skip
    on_stage.hub.checks.add(commit, forged, "github-actions")
    run = on_stage.dispatch("apply", "devops", "devops")
    assert "applied already" in run.summary, run.stdout


@begins_with(PREFERRED)
def test_a_merge_that_requires_proofs_and_changes_nothing_else_begins_a_proven_ledger(
    on_stage: ProvenStage,
) -> None:
    on_stage.without_token = True
    applied(on_stage, {"infra/network.tf": NETWORK}, "one")
    on_stage.without_token = False
    require = {".gitops-bot.yml": CONFIG + "approval: {provenance: required}\n"}
    number = on_stage.pull_request(require, branch="require")
    assert on_stage.plan(number).outputs["result"] == "no-changes"
    assert on_stage.merge(number).outputs["result"] == "applied"
    applied(on_stage, {"infra/service.tf": SERVICE}, "two")
    assert on_stage.resources("devops") == ["terraform_data.network", "terraform_data.service"]


@begins_with(PREFERRED)
def test_entries_without_a_proof_block_where_proofs_became_required(on_stage: ProvenStage) -> None:
    on_stage.without_token = True
    applied(on_stage, {"infra/network.tf": NETWORK}, "one")
    on_stage.without_token = False
    number = on_stage.planned(
        {"infra/service.tf": SERVICE, ".gitops-bot.yml": CONFIG + "approval: {provenance: required}\n"},
        branch="two",
    )
    blocked = on_stage.merge(number)
    assert (blocked.code, blocked.outputs["result"]) == (1, "blocked"), blocked.stdout
    assert "LEDGER_UNPROVEN" in blocked.summary
    assert on_stage.resources("devops") == ["terraform_data.network"]
    baseline = on_stage.dispatch("baseline", "devops", "devops")
    digest = readable(baseline.summary).partition("`approve` set to ")[2][:64]
    accepted = on_stage.dispatch("baseline", "devops", "devops", approve=digest)
    assert (accepted.code, accepted.outputs["result"]) == (0, "baseline"), accepted.summary


def test_a_signing_key_proves_the_ledger_where_there_is_no_token(on_stage: ProvenStage) -> None:
    on_stage.without_token = True
    key = {"GITOPS_BOT_SIGNING_KEY": "k" * 40}
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    assert on_stage.deliver(on_stage.next_event("pull_request", "opened"), None, **key).code == 0
    on_stage.hub.take_events()
    on_stage.hub.merge(number, "merge")
    push = on_stage.next_event("push")
    assert on_stage.deliver(push, None, **key).outputs["result"] == "applied"
    payload = newest(on_stage).payload
    assert isinstance(payload, dict)
    assert payload["proof"]["kind"] == "hmac"
    assert on_stage.deliver(push, None, **key).outputs["result"] == "no-changes"
    other = on_stage.deliver(push, None, GITOPS_BOT_SIGNING_KEY="other" * 10)
    assert "1 of the ledger's entries do not count" in readable(other.summary)


def test_a_forged_success_makes_no_commit_set_its_own_rules(on_stage: ProvenStage) -> None:
    """A commit that asks for no proofs, and an entry that says that it was applied already."""
    applied(on_stage, {"infra/network.tf": NETWORK})
    lax = CONFIG + "approval: {provenance: none, by: [pat]}\n"
    on_stage.hub.commit("devops", {".gitops-bot.yml": lax, "infra/service.tf": SERVICE}, "Straight in")
    on_stage.hub.take_events()
    head = on_stage.head("devops")
    forged = forge_entry(on_stage, head, forged_payload(on_stage, head))
    again = {"state": "success", "description": "1 done, 0 failed, 0 not started; converged: no"}
    on_stage.hub.deployments.add_status(forged.id, again, "github-actions[bot]")
    run = on_stage.dispatch("apply", "devops", "devops")
    assert (run.code, run.outputs["result"]) == (1, "blocked"), run.stdout + run.stderr
    digest = readable(run.summary).partition("`approve` set to ")[2][:64]
    accepted = on_stage.dispatch("apply", "devops", "devops", approve=digest or "f" * 64)
    assert (accepted.code, accepted.outputs["result"]) == (1, "blocked"), accepted.stdout
    assert on_stage.resources("devops") == ["terraform_data.network"]
