"""Ways around the promise, each tried on the real program."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.stage import CONFIG, MAIN, NETWORK, Stage, StepRun, stage

ORDER = "[{name: devops}, {name: dev}, {name: staging}, {name: prod}]"
EVIL = NETWORK.replace("network", "evil")
PLAN = "gitops-bot: plan devops"
OTHER_PROJECT = """\
  - name: other
    dir: other
    var_files: ["envs/{environment}.tfvars"]
    backend_config: ["envs/other.tfbackend"]
"""


@pytest.fixture
def on_stage(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        yield made


def applied(on_stage: Stage, files: dict[str, str], branch: str) -> None:
    number = on_stage.pull_request(files, branch=branch)
    assert on_stage.plan(number).code == 0
    assert on_stage.merge(number).outputs["result"] == "applied"


def test_a_pull_request_that_makes_prod_the_lowest_environment_is_not_applied(on_stage: Stage) -> None:
    reordered = CONFIG.replace(ORDER, "[{name: prod}, {name: devops}, {name: dev}, {name: staging}]")
    files = {".gitops-bot.yml": reordered, "infra/evil.tf": EVIL}
    number = on_stage.pull_request(files, base="prod")
    assert on_stage.plan(number).outputs["result"] == "blocked"
    run = on_stage.merge(number)
    assert (run.code, run.outputs["result"]) == (1, "blocked")
    assert on_stage.resources("prod") == []


def test_another_pull_request_with_the_same_head_approves_nothing(on_stage: Stage) -> None:
    first = on_stage.pull_request({"infra/network.tf": NETWORK})
    on_stage.plan(first)
    on_stage.hub.commit("devops", {"infra/evil.tf": EVIL}, "Straight in")
    assert on_stage.merge(first, "squash").outputs["result"] == "blocked"
    on_stage.hub.create_ref("refs/heads/again", on_stage.head("feature"))
    second = on_stage.hub.open_pull_request("Again", "again", "devops").number
    assert on_stage.plan(second).code == 0
    run = on_stage.dispatch("apply", "devops", "devops")
    assert run.outputs["result"] == "blocked"
    assert "was made for pull request" in run.summary
    assert on_stage.resources("devops") == []


def plan_text(on_stage: Stage, commit: str) -> str:
    """What the plan check carries besides words for people: the approval."""
    return next(c.text or "" for c in on_stage.check_runs(commit) if c.name == PLAN)


def blocked(on_stage: Stage, run: StepRun, reason: str) -> None:
    assert (run.code, run.outputs["result"]) == (1, "blocked"), run.stdout + run.stderr
    assert reason in run.summary, run.summary
    assert on_stage.resources("devops") == []


def test_an_edited_comment_changes_nothing_about_what_is_applied(on_stage: Stage) -> None:
    evil = on_stage.pull_request({"infra/evil.tf": EVIL}, branch="evil")
    on_stage.plan(evil)
    approval = plan_text(on_stage, on_stage.head("evil"))
    number = on_stage.pull_request({"infra/network.tf": NETWORK}, branch="good")
    on_stage.plan(number)
    comment = on_stage.hub.comments.of(number)[0]
    evils = on_stage.comments(evil)[0]
    on_stage.hub.comments.edit(comment.id, f"{evils}\n{approval}\n{comment.body}")
    on_stage.hub.commit("devops", {"infra/evil.tf": EVIL}, "Straight in")
    blocked(on_stage, on_stage.merge(number), "`terraform_data.evil` · create")
    on_stage.hub.commit("devops", {"infra/evil.tf": None}, "Out again")
    on_stage.hub.comments.edit(comment.id, "Nothing of this was approved.")
    assert on_stage.dispatch("apply", "devops", "devops").outputs["result"] == "applied"
    assert on_stage.resources("devops") == ["terraform_data.network"]


def test_an_approval_for_one_project_covers_nothing_of_another(on_stage: Stage) -> None:
    files = {".gitops-bot.yml": CONFIG + OTHER_PROJECT, "other/main.tf": MAIN}
    files["envs/other.tfbackend"] = f'path = "{on_stage.state_file("other")}"\n'
    on_stage.hub.commit("devops", files, "Two projects")
    on_stage.hub.take_events()
    number = on_stage.pull_request({"infra/evil.tf": EVIL})
    assert on_stage.plan(number).outputs["result"] == "planned"
    on_stage.hub.commit("devops", {"other/evil.tf": EVIL}, "The same in the other")
    run = on_stage.merge(number)
    blocked(on_stage, run, "NOT_APPROVED")
    assert on_stage.applies() == []
    on_stage.hub.commit("devops", {"other/evil.tf": None}, "Out again")
    assert on_stage.dispatch("apply", "devops", "devops").outputs["result"] == "applied"
    assert (on_stage.resources("devops"), on_stage.resources("other")) == (["terraform_data.evil"], [])


@pytest.mark.parametrize("replayed", [False, True])
def test_the_approval_of_an_older_commit_does_not_cover_a_newer_head(on_stage: Stage, replayed: bool) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    on_stage.plan(number)
    older = on_stage.head("feature")
    # It plans the same; only nobody has seen it.
    on_stage.hub.commit("feature", {"infra/network.tf": NETWORK + "# more\n"}, "More")
    if replayed:
        write_check(on_stage, on_stage.head("feature"), plan_text(on_stage, older), number)
    run = on_stage.merge(number)
    blocked(on_stage, run, "NO_APPROVAL")
    said = "for another environment or commit" if replayed else "never planned at its last commit"
    assert said in run.summary


def write_check(
    on_stage: Stage, commit: str, text: str, number: int, app: str = "github-actions[bot]"
) -> None:
    """A check run as any workflow or app that may write checks makes one."""
    output = {"title": "Planned", "summary": "All fine", "text": text}
    reference = f"pull:{number} comment:0 promotion:allowed"
    forged = {"name": PLAN, "conclusion": "success", "output": output, "external_id": reference}
    on_stage.hub.checks.add(commit, forged, app)


@pytest.mark.parametrize("way", ["a commit status", "a check run", "another app's check run"])
def test_the_approval_of_another_pull_request_cannot_be_replayed(on_stage: Stage, way: str) -> None:
    first = on_stage.pull_request({"infra/evil.tf": EVIL}, branch="first")
    on_stage.plan(first)
    approval = plan_text(on_stage, on_stage.head("first"))
    on_stage.hub.close(first)
    second = on_stage.pull_request({"infra/evil.tf": EVIL}, branch="second")  # never planned
    head = on_stage.head("second")
    assert head != on_stage.head("first")
    if way == "a commit status":
        status = {"context": PLAN, "state": "success", "description": approval[:140]}
        on_stage.hub.checks.add_status(head, status, "mallory")
    else:
        app = "evil-app[bot]" if way.startswith("another") else "github-actions[bot]"
        write_check(on_stage, head, approval, second, app)
    blocked(on_stage, on_stage.merge(second), "NO_APPROVAL")


def test_a_branch_moved_backwards_replays_no_approval(on_stage: Stage) -> None:
    applied(on_stage, {"infra/network.tf": NETWORK}, "one")
    earlier = on_stage.head("devops")
    applied(on_stage, {"infra/network.tf": NETWORK.replace("var.size", '"b"')}, "two")
    on_stage.hub.take_events()
    said = [on_stage.comments(number) for number in (1, 2)]
    on_stage.hub.update_ref("refs/heads/devops", earlier, force=True)
    run = on_stage.deliver(on_stage.next_event("push"))
    assert (run.code, run.outputs["result"]) == (1, "blocked")
    assert "BRANCH_REWRITTEN" in run.summary
    # Nothing of the old history counts, so nobody is told about it either.
    assert said == [on_stage.comments(number) for number in (1, 2)]


def test_a_provisioners_command_changed_through_a_local_value_is_not_run(on_stage: Stage) -> None:
    proof = on_stage.folder / "evil-ran"
    resource = NETWORK.replace(
        "}\n}", '}\n  provisioner "local-exec" {\n    command = local.command\n  }\n}\n'
    )
    local = 'locals {\n  command = "%s"\n}\n'
    on_stage.hub.commit("devops", {"infra/locals.tf": local % "true"}, "A local value")
    number = on_stage.pull_request({"infra/network.tf": resource})
    on_stage.plan(number)
    on_stage.hub.commit("devops", {"infra/locals.tf": local % f"touch {proof}"}, "Straight in")
    assert on_stage.merge(number).outputs["result"] == "blocked"
    assert not proof.exists()


def test_a_promotion_is_taken_on_the_branch_below_only_and_judged_by_its_targets_rules(
    on_stage: Stage,
) -> None:
    applied(on_stage, {"infra/network.tf": NETWORK.replace("var.size", "timestamp()")}, "one")
    assert on_stage.applies()[0][1].endswith("converged: no")
    relaxed = CONFIG.replace("{name: dev}", "{name: dev, promotion: {require_converged: false}}")
    on_stage.hub.create_ref("refs/heads/side", on_stage.head("devops"))
    on_stage.hub.commit("side", {".gitops-bot.yml": relaxed}, "Relax")
    elsewhere = on_stage.dispatch("promote", "dev", "side")
    assert (elsewhere.code, "was dispatched on 'side'" in elsewhere.stderr) == (2, True)
    on_stage.hub.commit("devops", {".gitops-bot.yml": relaxed}, "Relax below")
    run = on_stage.dispatch("promote", "dev", "devops")
    assert (run.code, run.outputs["result"]) == (1, "blocked"), run.stdout + run.stderr


def test_a_token_in_another_spelling_is_hidden_too(on_stage: Stage) -> None:
    token = on_stage.token
    spellings = [base64.b64encode(b"x" * n + token.encode()).decode() for n in range(3)]
    spellings += [token.encode().hex(), token.split("_", 1)[1]]
    values = "\n".join(f'output "o{i}" {{\n  value = "{text}"\n}}' for i, text in enumerate(spellings))
    number = on_stage.pull_request({"infra/leak.tf": values})
    run = on_stage.plan(number)
    assert run.code == 0
    secret = token.encode()
    inner = {base64.b64encode(secret[n : len(secret) // 3 * 3 - 3 + n]).decode()[4:-4] for n in range(3)}
    for text in [run.stdout, run.stderr, run.summary, *on_stage.comments(number)]:
        assert [form for form in {*inner, *spellings[3:]} if form in text] == []


def test_a_failed_run_in_between_does_not_lose_what_a_half_done_apply_left(on_stage: Stage) -> None:
    gate, broken = on_stage.folder / "gate", on_stage.folder / "broken"
    resource = NETWORK.replace(
        "}\n}", f'}}\n  provisioner "local-exec" {{\n    command = "test -e {gate}"\n  }}\n}}\n'
    )
    guard = f"""output "guard" {{
  value = fileexists("{broken}") ? file("{broken}.missing") : ""
}}
"""
    number = on_stage.pull_request({"infra/network.tf": resource, "infra/guard.tf": guard})
    on_stage.plan(number)
    on_stage.hub.merge(number)
    event = on_stage.next_event("push")
    assert on_stage.deliver(event).outputs["result"] in ("failed", "partly-applied")
    broken.touch()
    assert on_stage.deliver(event).outputs["result"] == "failed"
    broken.unlink()
    gate.touch()
    run = on_stage.deliver(event)
    assert (run.code, run.outputs["result"]) == (0, "applied"), run.summary


def test_an_apply_whose_new_project_was_planned_goes_through(on_stage: Stage) -> None:
    second = CONFIG + "  - name: second\n    dir: more\n"
    number = on_stage.pull_request(
        {".gitops-bot.yml": second, "more/main.tf": NETWORK.replace("var.size", "1")}
    )
    planned = on_stage.plan(number)
    assert (planned.outputs["result"], planned.outputs["create"]) == ("planned", "1")
    assert on_stage.merge(number).outputs["result"] == "applied"


def test_a_promotion_that_was_merged_but_blocked_gets_out_by_an_empty_commit(on_stage: Stage) -> None:
    applied(on_stage, {"infra/network.tf": NETWORK}, "one")
    run = on_stage.dispatch("promote", "dev", "devops")
    number = int(run.outputs["promotion-pr"])
    lost = {"name": "gitops-bot: plan dev", "status": "completed", "conclusion": "success"}
    on_stage.hub.checks.add(on_stage.hub.pull(number).head_sha, lost, "github-actions")
    assert on_stage.merge(number).outputs["result"] == "blocked"
    stuck = on_stage.dispatch("promote", "dev", "devops")
    assert (stuck.code, stuck.outputs["result"]) == (1, "blocked")
    assert "--allow-empty" in stuck.stdout
    on_stage.hub.create_ref("refs/heads/unstick", on_stage.head("dev"))
    on_stage.hub.commit("unstick", {}, "Nothing")
    on_stage.hub.take_events()
    again = on_stage.hub.open_pull_request("Approve what is left", "unstick", "dev").number
    assert on_stage.plan(again).outputs["result"] == "planned"
    assert on_stage.merge(again).outputs["result"] == "applied"
    assert on_stage.resources("dev") == ["terraform_data.network"]
