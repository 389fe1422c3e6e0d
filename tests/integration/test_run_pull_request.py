"""`gitops-bot run` for pull requests: the real program, Terraform, git and HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.kit.stage import CONFIG, MAIN, NETWORK, Stage, stage

PLAN = "gitops-bot: plan devops"
PROMOTION = "gitops-bot: promotion {}"


@pytest.fixture
def on_stage(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        yield made


def test_an_opened_pull_request_gets_one_comment_two_checks_outputs_and_a_summary(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    run = on_stage.plan(number)
    assert run.code == 0, run.stdout + run.stderr
    (comment,) = on_stage.comments(number)
    assert comment.startswith("<!-- gitops-bot:comment:devops -->\n")
    assert "terraform_data.network" in comment
    assert on_stage.checks(on_stage.head("feature")) == {
        PLAN: "success",
        PROMOTION.format("devops"): "success",
    }
    expected = {
        "environment": "devops", "result": "planned", "changes": "true", "create": "1", "update": "0",
        "replace": "0", "delete": "0",
    }  # fmt: skip
    assert {k: run.outputs[k] for k in expected} == expected
    assert run.outputs["comment-url"].startswith(on_stage.sandbox.server_url)
    assert "terraform_data.network" in run.summary
    assert on_stage.resources("devops") == []


def test_a_new_commit_edits_the_comment_in_place_also_among_a_thousand(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    on_stage.plan(number)
    first_requests = len(on_stage.sandbox.requests)
    for index in range(1000):
        on_stage.hub.comment(number, f"Remark {index}")
    on_stage.hub.take_events()
    on_stage.hub.commit("feature", {"infra/network.tf": NETWORK.replace("network", "subnet")}, "Rename")
    run = on_stage.deliver(on_stage.next_event("pull_request", "synchronize"))
    assert run.code == 0, run.stdout + run.stderr
    ours = [c for c in on_stage.comments(number) if "gitops-bot:comment" in c]
    assert len(ours) == 1
    assert "terraform_data.subnet" in ours[0]
    assert "terraform_data.network" not in ours[0]
    second_requests = len(on_stage.sandbox.requests) - first_requests
    assert first_requests <= 15, on_stage.sandbox.requests
    assert second_requests <= 15, on_stage.sandbox.requests


def test_a_marker_that_somebody_else_posted_is_never_edited(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    forged = "<!-- gitops-bot:comment:devops -->\nAll is well."
    on_stage.hub.comment(number, forged)
    assert on_stage.plan(number).code == 0
    assert on_stage.comments(number)[0] == forged
    assert len(on_stage.comments(number)) == 2


def test_a_plan_error_is_a_comment_and_a_failed_check(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK.replace("var.size", "var.missing")})
    run = on_stage.plan(number)
    assert run.code == 1
    assert run.outputs["result"] == "failed"
    (comment,) = on_stage.comments(number)
    assert "network.tf" in comment
    assert "undeclared input variable" in comment
    assert on_stage.checks(on_stage.head("feature"))[PLAN] == "failure"


def test_a_pull_request_that_skips_an_environment_is_blocked_with_a_reason(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK}, base="staging")
    run = on_stage.plan(number)
    assert run.code == 1
    assert run.outputs["result"] == "blocked"
    (comment,) = on_stage.comments(number)
    assert "dev" in comment
    assert on_stage.checks(on_stage.head("feature"))[PROMOTION.format("staging")] == "failure"


def test_closing_without_merging_is_said_in_the_comment(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    on_stage.plan(number)
    on_stage.hub.close(number)
    run = on_stage.deliver(on_stage.next_event("pull_request", "closed"))
    assert run.code == 0, run.stdout + run.stderr
    (comment,) = on_stage.comments(number)
    assert "Closed without merging" in comment


def test_a_retargeted_pull_request_is_planned_for_its_new_environment(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    on_stage.plan(number)
    on_stage.hub.edit_pull_request(number, base="dev")
    run = on_stage.deliver(on_stage.next_event("pull_request", "edited"))
    assert run.code == 1
    assert [c.split("\n")[0] for c in on_stage.comments(number)] == [
        "<!-- gitops-bot:comment:devops -->",
        "<!-- gitops-bot:comment:dev -->",
    ]


def test_a_changed_title_and_a_branch_of_no_environment_are_ignored_with_a_reason(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    on_stage.hub.take_events()
    on_stage.hub.edit_pull_request(number, title="Another title")
    run = on_stage.deliver()
    assert (run.code, run.outputs["result"]) == (0, "ignored")
    on_stage.hub.create_ref("refs/heads/docs", on_stage.head("devops"))
    push = on_stage.deliver(on_stage.next_event("push"))
    assert push.code == 0
    assert "docs is no environment's" in push.stdout


def test_hostile_titles_names_and_values_are_shown_harmlessly(on_stage: Stage) -> None:
    hostile = "``` </details><script>x</script> @everyone #1 \\u2028 ::set-output name=x::y"
    resource = NETWORK.replace("{ size = var.size }", f'["{hostile}", "a\\n```\\n::error::boom"]')
    number = on_stage.pull_request({"infra/network.tf": resource}, title="::error::x `</b> @all \x1b[31m")
    run = on_stage.plan(number)
    assert run.code == 0, run.stdout + run.stderr
    (comment,) = on_stage.comments(number)
    outside = re.sub(r"(?ms)^(`{3,})diff\n.*?^\1$", "", comment)
    assert "<script>" not in outside
    assert "@everyone" not in outside
    assert not re.search(r"(?m)^::error::boom", run.stdout)


def test_a_wrong_commit_and_a_modified_work_tree_are_named_before_anything_happens(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    event = on_stage.next_event("pull_request", "opened")
    wrong = on_stage.deliver(event, on_stage.checkout(on_stage.head("devops")))
    assert wrong.code == 2
    assert "work tree is at" in wrong.stderr
    work = on_stage.checkout(event.sha)
    (work / "infra/main.tf").write_text(MAIN + "# more\n")
    modified = on_stage.deliver(event, work)
    assert modified.code == 2
    assert "infra/main.tf" in modified.stderr
    assert on_stage.comments(number) == []


def test_five_mistakes_in_the_base_branchs_configuration_give_five_messages(on_stage: Stage) -> None:
    broken = CONFIG.replace("version: 1", "version: 7").replace("dir: infra", "dri: infra") + (
        'colour: red\nterraform: {parallelism: many}\nredact: ["("]\n'
    )
    on_stage.hub.commit("devops", {".gitops-bot.yml": broken}, "Break it")
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    run = on_stage.plan(number)
    assert run.code == 2
    assert len(re.findall(r"\.gitops-bot\.yml:\d+:", run.stderr)) == 5
    assert on_stage.comments(number) == []


def test_a_pull_request_cannot_relax_the_rules_that_judge_it(on_stage: Stage) -> None:
    relaxed = CONFIG.replace(
        "[{name: devops}, {name: dev}, {name: staging}, {name: prod}]", "[{name: staging}]"
    )
    number = on_stage.pull_request({".gitops-bot.yml": relaxed, "infra/network.tf": NETWORK}, base="staging")
    assert on_stage.plan(number).outputs["result"] == "blocked"


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("", "GITHUB_TOKEN is not set"),
        ("ghs_wrong", "token"),
        ("ghs_\u2028paste", "characters that no token has"),
    ],
)
def test_no_token_and_a_rejected_one_are_each_one_message(on_stage: Stage, token: str, words: str) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    event = on_stage.next_event("pull_request", "opened")
    run = on_stage.deliver(event, GITHUB_TOKEN=token, RUNNER_TEMP="/nowhere")
    assert run.code == 2, run.stderr
    assert words in run.stderr
    assert "Traceback" not in run.stderr
    assert on_stage.comments(number) == []


def test_a_missing_permission_is_named(on_stage: Stage) -> None:
    on_stage.pull_request({"infra/network.tf": NETWORK})
    event = on_stage.next_event("pull_request", "opened")
    token = on_stage.sandbox.issue_token(
        permissions={"contents": "read", "pull-requests": "write", "issues": "write", "deployments": "read"}
    )
    run = on_stage.deliver(event, GITHUB_TOKEN=token)
    assert run.code == 1, run.stderr
    assert "checks" in run.stderr


def test_a_personal_token_is_told_that_check_runs_need_an_app(on_stage: Stage) -> None:
    on_stage.pull_request({"infra/network.tf": NETWORK})
    event = on_stage.next_event("pull_request", "opened")
    run = on_stage.deliver(event, GITHUB_TOKEN=on_stage.sandbox.issue_token("pat", "pat"))
    assert run.code != 0
    assert "GITHUB_TOKEN" in run.stderr


def test_no_failing_request_ever_leads_to_a_second_comment(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    event = on_stage.next_event("pull_request", "opened")
    on_stage.sandbox.faults.add("POST", r"/comments$", 502, after=True)
    on_stage.sandbox.faults.add("POST", r"/check-runs$", drop_connection=True, after=True)
    on_stage.sandbox.faults.add("GET", r"/pulls/\d+$", 403, headers={"Retry-After": "1"})
    run = on_stage.deliver(event)
    assert run.code == 0, run.stdout + run.stderr
    assert len(on_stage.comments(number)) == 1
    assert on_stage.checks(on_stage.head("feature")) == {
        PLAN: "success",
        PROMOTION.format("devops"): "success",
    }


def test_a_missing_or_broken_event_file_is_one_sentence(on_stage: Stage, tmp_path: Path) -> None:
    on_stage.pull_request({"infra/network.tf": NETWORK})
    event = on_stage.next_event("pull_request", "opened")
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    for path in (tmp_path / "missing.json", broken):
        run = on_stage.deliver(event, GITHUB_EVENT_PATH=str(path))
        assert run.code == 2
        assert "event file" in run.stderr
        assert "Traceback" not in run.stderr


def test_the_token_appears_nowhere(on_stage: Stage) -> None:
    leak = NETWORK.replace("var.size", f'"{on_stage.token}"')
    number = on_stage.pull_request({"infra/network.tf": leak})
    event = on_stage.next_event("pull_request", "opened")
    run = on_stage.deliver(event, RUNNER_TEMP="/nowhere", GITHUB_ACTIONS="true")
    assert run.code == 0, run.stderr
    run = replace(run, stdout=run.stdout.replace(f"::add-mask::{on_stage.token}\n", ""))
    everything = [run.stdout, run.stderr, run.summary, *run.outputs.values(), *on_stage.comments(number)]
    everything += [(c.summary or "") + (c.text or "") for c in on_stage.check_runs(on_stage.head("feature"))]
    assert [text for text in everything if on_stage.token in text] == []
