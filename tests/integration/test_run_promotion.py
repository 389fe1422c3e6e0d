"""The promotion pull request with the sandbox, git and Terraform: by itself, healed, one for a target."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_bot.sandbox.records import Event
from tests.kit.reference import workflow
from tests.kit.sandbox_story import git
from tests.kit.stage import NETWORK, Stage, StepRun, stage

SNAPSHOT = "promote/devops-to-dev"


@pytest.fixture
def on_stage(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        yield made


def ended(run: StepRun, result: str) -> None:
    assert result == run.outputs.get("result"), run.stdout + run.stderr + run.summary


def sized(size: str) -> dict[str, str]:
    return {"infra/network.tf": NETWORK.replace("var.size", f'"{size}"')}


def apply_in_devops(on_stage: Stage, files: dict[str, str], branch: str, method: str = "squash") -> Event:
    """A change is merged and applied; the dispatch that its run asked for."""
    number = on_stage.pull_request(files, branch=branch)
    ended(on_stage.plan(number), "planned")
    ended(on_stage.merge(number, method), "applied")
    return on_stage.next_event("workflow_dispatch")


def promoted(on_stage: Stage, event: Event) -> int:
    """Run for the dispatch; the number of the planned pull request."""
    inputs = event.payload["inputs"]
    assert ("promote", "dev") == (inputs["command"], inputs["environment"])
    run = on_stage.deliver(event)
    ended(run, "planned")
    return int(run.outputs["promotion-pr"])


def tree(on_stage: Stage, revision: str) -> str:
    return git(Path(on_stage.sandbox.clone_url), "rev-parse", f"{revision}^{{tree}}")


def test_it_opens_by_itself_and_the_same_run_plans_it(on_stage: Stage) -> None:
    event = apply_in_devops(on_stage, sized("small"), "one")
    applied = on_stage.head("devops")
    number = promoted(on_stage, event)
    assert [] == on_stage.hub.take_events()  # what GITHUB_TOKEN does starts no run
    pull = on_stage.hub.pull(number)
    assert (SNAPSHOT, applied, "dev", "Promote devops to dev") == (
        pull.head, pull.head_sha, pull.base, pull.title
    )  # fmt: skip
    assert f"commit `{applied[:12]}`, [applied](" in pull.body
    assert "- #1 A change by " in pull.body
    assert "```mermaid" in pull.body
    checks = on_stage.checks(pull.head_sha)
    assert ("success", "success") == (checks["gitops-bot: promotion dev"], checks["gitops-bot: plan dev"])
    assert 1 == len(on_stage.comments(number))


def test_when_it_goes_on_below_the_same_pull_request_goes_on(on_stage: Stage) -> None:
    first = promoted(on_stage, apply_in_devops(on_stage, sized("small"), "one"))
    written = on_stage.hub.pull(first).body + "\n\nAsk Kim before merging."
    on_stage.hub.edit_pull_request(first, body=written)
    event = apply_in_devops(on_stage, {"infra/extra.tf": NETWORK.replace("network", "extra")}, "two")
    applied = on_stage.head("devops")
    assert first == promoted(on_stage, event)
    pull = on_stage.hub.pull(first)
    assert (applied, True, True) == (
        pull.head_sha, applied[:12] in pull.body, pull.body.endswith("\n\nAsk Kim before merging.")
    )  # fmt: skip
    assert 1 == len(on_stage.comments(first))
    ended(on_stage.merge(first), "applied")
    assert ["terraform_data.extra", "terraform_data.network"] == on_stage.resources("dev")


# --- in two jobs, as the reusable workflow does it ---

RIGHTS = {name: job["permissions"] for name, job in workflow()["jobs"].items()}


def in_parts(on_stage: Stage, event: Event) -> tuple[StepRun, StepRun]:
    """The jobs `promote` and `promotion`, each with the rights it has there."""
    opened, planned = (
        on_stage.deliver(
            event, INPUT_PART=part, GITHUB_TOKEN=on_stage.sandbox.issue_token(permissions=RIGHTS[job])
        )
        for job, part in (("promote", "open"), ("promotion", "plan"))
    )
    return opened, planned


def test_one_job_opens_it_without_terraform_and_another_plans_it_without_writing_contents(
    on_stage: Stage,
) -> None:
    for size in (
        "small",
        "large",
    ):  # the second one's commit is made by the bot, since the first was squashed
        opened, planned = in_parts(on_stage, apply_in_devops(on_stage, sized(size), size))
        ended(opened, "promoted")
        ended(planned, "planned")
        assert opened.outputs["promotion-pr"] == planned.outputs["promotion-pr"]
        assert ("terraform init" in opened.stdout, "terraform init" in planned.stdout) == (False, True)
        number = int(planned.outputs["promotion-pr"])
        assert "is planned by a later job" in opened.stdout
        assert "success" == on_stage.checks(on_stage.hub.pull(number).head_sha)["gitops-bot: plan dev"]
        ended(on_stage.merge(number, "squash"), "applied")


def test_where_something_newer_is_applied_meanwhile_its_own_run_plans(on_stage: Stage) -> None:
    event = apply_in_devops(on_stage, sized("small"), "one")
    ended(on_stage.deliver(event, INPUT_PART="open"), "promoted")
    head = on_stage.head(SNAPSHOT)
    newer = apply_in_devops(on_stage, sized("large"), "two")
    ended(on_stage.deliver(event, INPUT_PART="plan"), "superseded")
    assert (head, 1) == (
        on_stage.head(SNAPSHOT),
        len([p for p in on_stage.hub.pulls() if (p.base, p.state) == ("dev", "open")]),
    )
    opened, planned = in_parts(on_stage, newer)
    ended(opened, "promoted")
    ended(planned, "planned")


def test_a_part_that_is_none_is_refused(on_stage: Stage) -> None:
    event = apply_in_devops(on_stage, sized("small"), "one")
    run = on_stage.deliver(event, INPUT_PART="half")
    assert (2, True) == (run.code, "The input `part` is 'half'." in run.stderr)


@pytest.mark.parametrize("method", ["squash", "rebase"])
def test_the_same_file_climbs_exactly_however_often_it_is_squashed(on_stage: Stage, method: str) -> None:
    numbers = set()
    for index, size in enumerate(("small", "large", "huge")):
        event = apply_in_devops(on_stage, sized(size), f"change-{index}", method)
        number = promoted(on_stage, event)
        numbers.add(number)
        pull = on_stage.hub.pull(number)
        assert "success" == on_stage.checks(pull.head_sha)["gitops-bot: promotion dev"]
        assert tree(on_stage, "devops") == tree(on_stage, pull.head_sha)
        again = on_stage.dispatch("promote", "dev", "devops")
        ended(again, "planned")
        assert (str(number), pull.head_sha) == (
            again.outputs["promotion-pr"], on_stage.head(SNAPSHOT)
        )  # fmt: skip
        ended(on_stage.merge(number, method), "applied")
        assert tree(on_stage, "devops") == tree(on_stage, "dev")
        ended(on_stage.dispatch("promote", "dev", "devops"), "no-changes")
    assert 3 == len(numbers)
