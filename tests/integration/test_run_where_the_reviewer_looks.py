"""What a run leaves where a reviewer looks: annotations at lines, labels, and the report file."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_bot.sandbox.records import Check, Json
from tests.kit.stage import CONFIG, MAIN, NETWORK, Stage, StepRun, stage

PLAN, APPLY = "gitops-bot: plan devops", "gitops-bot: apply devops"
MODULE = 'module "near" {\n  source   = "../modules/near"\n  for_each = toset(["a", "b"])\n}\n'
INSIDE = """\
# resource "terraform_data" "base" {
resource "terraform_data" "base" {
  triggers_replace = "one"
}

variable "unused" {
  default = <<-EOT
    resource "terraform_data" "base" {
  EOT
}
"""


@pytest.fixture
def on_stage(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        yield made


def the_check(on_stage: Stage, commit: str, name: str) -> Check:
    return next(c for c in on_stage.check_runs(commit) if c.name == name)


def notes(on_stage: Stage, commit: str, name: str = PLAN) -> list[tuple[str, int, str, str]]:
    def short(given: Json) -> tuple[str, int, str, str]:
        return given["path"], given["start_line"], given["annotation_level"], given["title"]

    return [short(given) for given in the_check(on_stage, commit, name).annotations]


def in_place(on_stage: Stage, files: dict[str, str]) -> None:
    """devops with these files applied."""
    number = on_stage.pull_request(files, branch="start")
    assert on_stage.plan(number).code == 0
    assert on_stage.merge(number).outputs["result"] == "applied"


def labels(on_stage: Stage, number: int) -> list[str]:
    return sorted(on_stage.hub.pull(number).labels)


def delivered_again(on_stage: Stage, files: dict[str, str]) -> StepRun:
    """Another commit on the branch `feature`, planned."""
    on_stage.hub.take_events()
    on_stage.hub.commit("feature", files, "More")
    return on_stage.deliver(on_stage.next_event("pull_request", "synchronize"))


def test_an_error_stands_at_its_line_in_the_pull_request(on_stage: Stage) -> None:
    broken = NETWORK.replace("var.size", "var.missing")
    number = on_stage.pull_request({"infra/network.tf": f"# a line more\n{broken}"})
    assert on_stage.plan(number).outputs["result"] == "failed"
    head = on_stage.head("feature")
    expected = [("infra/network.tf", 3, "failure", "Reference to undeclared input variable")]
    assert expected == notes(on_stage, head)
    (given,) = the_check(on_stage, head, PLAN).annotations
    assert 'An input variable with the name "missing" has not been declared.' in given["message"]


def test_a_warning_stands_at_its_line_beside_a_plan_that_was_made(on_stage: Stage) -> None:
    check = (
        'check "size" {\n  assert {\n    condition = var.size == ""\n    error_message = "Never."\n  }\n}\n'
    )
    number = on_stage.pull_request({"infra/check.tf": check, "infra/network.tf": NETWORK})
    assert on_stage.plan(number).outputs["result"] == "planned"
    head = on_stage.head("feature")
    assert [("infra/check.tf", 3, "warning", "Check block assertion failed")] == notes(on_stage, head)
    assert "gitops-bot:approval" in (the_check(on_stage, head, PLAN).text or "")


def test_a_replaced_resource_of_a_local_module_and_a_destroyed_instance_stand_at_their_blocks(
    on_stage: Stage,
) -> None:
    counted = NETWORK.replace("{\n", "{\n  count = 2\n", 1)
    in_place(
        on_stage,
        {"infra/near.tf": MODULE, "modules/near/main.tf": INSIDE, "infra/network.tf": counted},
    )
    changed = {
        "modules/near/main.tf": INSIDE.replace('"one"', '"two"'),
        "infra/network.tf": "\n\n" + counted.replace("count = 2", "count = 1"),
        ".gitops-bot.yml": CONFIG + "comment: {stateful: [nothing_*]}\n",
    }
    number = on_stage.pull_request(changed)
    assert on_stage.plan(number).code == 0
    head = on_stage.head("feature")
    assert notes(on_stage, head) == [
        ("infra/network.tf", 3, "warning", "Destroys terraform_data.network[1]"),
        ("modules/near/main.tf", 2, "warning", "Replaces 2 of terraform_data.base"),
    ]
    assert [a["message"].splitlines()[0] for a in the_check(on_stage, head, PLAN).annotations] == [
        "terraform_data.network[1]: delete",
        'module.near["a"].terraform_data.base: delete and create because of triggers_replace',
    ]


def test_an_apply_that_fails_shows_its_error_at_the_line(on_stage: Stage) -> None:
    fails = NETWORK.replace("\n}", '\n  provisioner "local-exec" {\n    command = "exit 3"\n  }\n}')
    number = on_stage.pull_request({"infra/network.tf": fails})
    assert on_stage.plan(number).code == 0
    run = on_stage.merge(number)
    assert run.code == 1
    head = on_stage.head("devops")
    assert [("infra/network.tf", 3, "failure", "local-exec provisioner error")] == notes(
        on_stage, head, APPLY
    )
    assert "gitops-bot:outcome" in (the_check(on_stage, head, APPLY).text or "")


def test_annotations_that_github_refuses_fail_nothing(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK.replace("var.size", "var.missing")})
    on_stage.sandbox.faults.add("PATCH", r"/check-runs/[0-9]+$", status=422, times=9)
    run = on_stage.plan(number)
    assert run.outputs["result"] == "failed"
    assert "The check run got no annotations: " in run.stdout
    assert on_stage.checks(on_stage.head("feature"))[PLAN] == "failure"


def test_a_pull_request_has_the_label_of_its_newest_plan(on_stage: Stage) -> None:
    in_place(on_stage, {"infra/network.tf": NETWORK, ".gitops-bot.yml": CONFIG + "labels: true\n"})
    number = on_stage.pull_request({"infra/subnet.tf": NETWORK.replace("network", "subnet")})
    assert on_stage.plan(number).code == 0
    on_stage.hub.label(number, "wip")
    assert ["terraform: changes", "wip"] == labels(on_stage, number)
    delivered_again(on_stage, {"infra/network.tf": "# gone\n"})
    assert ["terraform: destroy", "wip"] == labels(on_stage, number)
    delivered_again(on_stage, {"infra/network.tf": NETWORK.replace("var.size", "var.missing")})
    assert ["wip"] == labels(on_stage, number)
    delivered_again(on_stage, {"infra/network.tf": NETWORK, "infra/subnet.tf": "# gone\n"})
    assert ["terraform: no changes", "wip"] == labels(on_stage, number)


def test_labels_that_github_refuses_fail_nothing_and_none_are_set_by_default(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK}, branch="start")
    assert on_stage.plan(number).code == 0
    assert [] == labels(on_stage, number)
    on_stage.merge(number)
    on_stage.hub.commit("devops", {".gitops-bot.yml": CONFIG + "labels: true\n"}, "Labels")
    on_stage.hub.take_events()
    number = on_stage.pull_request({"infra/subnet.tf": NETWORK.replace("network", "subnet")})
    on_stage.sandbox.faults.add("POST", r"/issues/[0-9]+/labels$", status=403, times=9)
    run = on_stage.plan(number)
    assert (run.code, run.outputs["result"]) == (0, "planned")
    assert "The labels were not brought up to date: " in run.stdout


def test_plan_and_apply_leave_the_complete_report_as_a_file_of_their_own(
    on_stage: Stage, tmp_path: Path
) -> None:
    temp = tmp_path / "runner-temp"
    temp.mkdir()
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    plan = on_stage.deliver(on_stage.next_event("pull_request", "opened"), RUNNER_TEMP=str(temp))
    on_stage.hub.take_events()
    on_stage.hub.merge(number)
    apply = on_stage.deliver(on_stage.next_event("push"), RUNNER_TEMP=str(temp))
    for run in (plan, apply):
        path = Path(run.outputs["report-html"])
        assert (path.name, path.is_relative_to(temp)) == ("report-devops.html", True)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        page = path.read_text()
        assert page.startswith("<!doctype html>")
        assert "terraform_data.network" in page
        assert on_stage.token not in page
    assert "#artifacts)" in on_stage.comments(number)[0]


def test_the_report_file_hides_what_is_sensitive(on_stage: Stage, tmp_path: Path) -> None:
    hidden = MAIN + 'variable "key" {\n  default = "canary-in-a-page"\n  sensitive = true\n}\n'
    keyed = NETWORK.replace("var.size", "var.key")
    on_stage.pull_request({"infra/main.tf": hidden, "infra/network.tf": keyed})
    event = on_stage.next_event("pull_request", "opened")
    run = on_stage.deliver(event, RUNNER_TEMP=str(tmp_path))
    assert run.outputs["result"] == "planned"
    assert "canary-in-a-page" not in Path(run.outputs["report-html"]).read_text()
