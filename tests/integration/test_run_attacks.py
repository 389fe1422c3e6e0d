"""Ways around the promise, each tried on the real program."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.stage import CONFIG, NETWORK, Stage, stage

ORDER = "[{name: devops}, {name: dev}, {name: staging}, {name: prod}]"
EVIL = NETWORK.replace("network", "evil")


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
