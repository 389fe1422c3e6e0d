"""The label on a pull request that says what its plan does."""

from __future__ import annotations

import pytest

from gitops_bot.commands.labels import set_label
from gitops_bot.core.environments import LabelNames
from gitops_bot.core.errors import RunFailed
from gitops_bot.core.plan import Plan
from gitops_bot.core.report import NoChanges, PlanFailed, Planned, ProjectReport, Report, RunStatus
from gitops_bot.ports import PullRequest
from tests.kit.fake_code_host import FakeCodeHost
from tests.kit.plans import CREATE, DELETE, DESTROY_FIRST, UPDATE, output, plan, resource

NAMES = LabelNames()
NOTHING = plan()
CREATES, UPDATES = plan(resource("a", CREATE)), plan(resource("a", UPDATE))
DESTROYS, REPLACES = plan(resource("a", DELETE)), plan(resource("a", DESTROY_FIRST))
READS, OUTPUTS = plan(resource("a", ("read",), mode="data")), plan(outputs=(output(),))


def report(*plans: Plan | None, status: RunStatus = RunStatus.PLANNED) -> Report:
    outcomes = [
        PlanFailed("plan", ()) if p is None
        else Planned(p) if p.has_changes
        else NoChanges(p)
        for p in plans
    ]  # fmt: skip
    return Report("dev", status, tuple(ProjectReport("p", ".", outcome) for outcome in outcomes))


def host(*labels: str) -> FakeCodeHost:
    made = FakeCodeHost()
    made.add_pull_request(PullRequest(1, "T", "a" * 40, "up", "dev", "https://github.example/1"))
    for label in labels:
        made.label(1, label, "octocat")
    return made


def labelled(made: FakeCodeHost, said: Report, names: LabelNames | None = NAMES) -> list[str]:
    set_label(made, 1, names, said, pytest.fail)
    return sorted(made.kept_labels.get(1, {}))


@pytest.mark.parametrize(
    ("plans", "label"),
    [
        ((NOTHING,), "terraform: no changes"),
        ((READS,), "terraform: no changes"),
        ((CREATES,), "terraform: changes"),
        ((UPDATES, NOTHING), "terraform: changes"),
        ((OUTPUTS,), "terraform: changes"),
        ((DESTROYS,), "terraform: destroy"),
        ((NOTHING, CREATES, REPLACES), "terraform: destroy"),
    ],
)
def test_the_one_label_that_fits_is_set(plans: tuple[Plan, ...], label: str) -> None:
    assert [label] == labelled(host(), report(*plans))


def test_a_blocked_plan_is_labelled_like_another() -> None:
    assert ["terraform: destroy"] == labelled(host(), report(DESTROYS, status=RunStatus.BLOCKED))


def test_our_other_labels_are_taken_off_and_nobody_elses() -> None:
    made = host("gitops-bot: override", "terraform: destroy", "terraform: changes", "terraform", "size/l")
    expected = ["gitops-bot: override", "size/l", "terraform", "terraform: no changes"]
    assert expected == labelled(made, report(NOTHING))


def test_a_failed_plan_has_none_of_our_labels() -> None:
    assert ["wip"] == labelled(host("wip", "terraform: changes"), report(CREATES, None))


def test_a_label_that_is_right_already_is_not_written_again() -> None:
    made = host("Terraform: Changes")
    assert ["Terraform: Changes"] == labelled(made, report(CREATES))
    assert made.called() == ["labels"]


def test_a_label_is_taken_off_as_it_is_written_there() -> None:
    assert ["terraform: no changes"] == labelled(host("TERRAFORM: destroy"), report(NOTHING))


def test_the_configured_names_are_used_and_the_usual_ones_left_alone() -> None:
    made = host("terraform: destroy", "danger")
    names = LabelNames("danger", "touches", "calm")
    assert ["calm", "terraform: destroy"] == labelled(made, report(NOTHING), names)


def test_without_names_nothing_is_asked_for() -> None:
    made = host("terraform: destroy")
    assert ["terraform: destroy"] == labelled(made, report(NOTHING), None)
    assert made.called() == []


@pytest.mark.parametrize("call", [0, 1, 2])
def test_labels_that_are_refused_are_a_line_in_the_log(call: int) -> None:
    made, log = host("terraform: destroy"), list[str]()
    made.fail_on(call, RunFailed("GitHub refused it."))
    set_label(made, 1, NAMES, report(NOTHING), log.append)
    assert log == ["The labels were not brought up to date: GitHub refused it."]
