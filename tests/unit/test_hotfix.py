"""What is asked of GitHub and git about hotfixes, and what is made of the answers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from gitops_bot.commands.effects import Effects
from gitops_bot.commands.hotfix import backflow_of, hotfix_of, hotfix_paths, open_backflows
from gitops_bot.core.environments import DEFAULT_PROJECTS, Environment, HotfixRules, Settings
from gitops_bot.core.ledger import TASK, Entry, EntryState, payload
from gitops_bot.core.promotion import (
    Hotfix,
    backflow_branch,
    hotfix_brought_down,
    is_rollback_of,
    rollback_branch,
)
from gitops_bot.core.provenance import ProvenanceMode
from gitops_bot.core.report import Note, VerdictNote
from gitops_bot.ports import Deployment, DeploymentState, DeploymentStatus
from tests.kit.histories.memory import Recorder
from tests.kit.hotfix_scene import LABEL, HotfixScene, resource

MAIN, OTHER = "infra/a.tf", "infra/b.tf"
DEVOPS, DEV = Environment("devops", "devops"), Environment("dev", "dev")
STAGING = Environment("staging", "staging", hotfix=HotfixRules(("kim",)))
PROD = Environment("prod", "prod", hotfix=HotfixRules(("Kim", "lee")))
SETTINGS = Settings((DEVOPS, DEV, STAGING, PROD), DEFAULT_PROJECTS)
SETTINGS = replace(SETTINGS, approval=replace(SETTINGS.approval, provenance=ProvenanceMode.REQUIRED))
TRUSTING = replace(SETTINGS, approval=replace(SETTINGS.approval, provenance=ProvenanceMode.NONE))


@pytest.fixture
def scene(tmp_path: Path) -> HotfixScene:
    return HotfixScene(tmp_path)


def effects(scene: HotfixScene) -> Effects:
    """The outside of a run on dev; the requests before it are forgotten."""
    made = scene.effects(scene.world.head("dev"), Recorder(), {})
    scene.host.calls.clear()
    return made


# --- who lets one in ---


def test_without_rules_or_the_label_no_more_is_asked(scene: HotfixScene) -> None:
    number = scene.propose("prod", {MAIN: resource("1")})
    scene.approve(number, "kim")
    outside = effects(scene)
    assert None is hotfix_of(scene.host.pulls[number], DEV, outside)
    assert [] == scene.host.called()
    assert None is hotfix_of(scene.host.pulls[number], PROD, outside)
    assert ["labels"] == scene.host.called()


def test_the_case_of_label_and_logins_is_github_s_not_ours(scene: HotfixScene) -> None:
    number = scene.propose("prod", {MAIN: resource("1")})
    scene.host.label(number, LABEL.upper(), "anybody")
    scene.approve(number, "kim")
    assert Hotfix(("kim",)) == hotfix_of(scene.host.pulls[number], PROD, effects(scene))


def test_only_the_named_are_asked_about_and_all_of_them_are_told(scene: HotfixScene) -> None:
    number = scene.propose("prod", {MAIN: resource("1")})
    scene.host.label(number, LABEL, "anybody")
    for login in ("mallory", "lee", "kim"):
        scene.approve(number, login)
    assert Hotfix(("lee", "kim")) == hotfix_of(scene.host.pulls[number], PROD, effects(scene))
    assert ["labels", "reviews", "permission", "permission"] == scene.host.called()


# --- what one changed ---


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_hotfix_changed_what_its_pull_request_did_and_not_what_was_merged_besides(
    scene: HotfixScene, method: str
) -> None:
    number = scene.propose("prod", {MAIN: resource("1")})
    scene.world.commit("feature", {"infra/main.tf": None})
    scene.world.commit("prod", {OTHER: resource("2", "b")})
    assert scene.world.merge(number, method)
    assert {MAIN, "infra/main.tf"} == hotfix_paths(scene.host.pulls[number], effects(scene))


def test_what_was_pushed_fast_forward_is_a_hotfix_of_nothing(scene: HotfixScene) -> None:
    number = scene.propose("prod", {MAIN: resource("1")})
    scene.world.move("prod", scene.world.head("feature"))
    assert frozenset() == hotfix_paths(scene.host.pulls[number], effects(scene))


# --- the way back ---


def changes(scene: HotfixScene, files: Mapping[str, str]) -> dict[str, str]:
    commit = scene.world.write_commit((), files)
    return dict(scene.world.open_tree(commit, Path()).content(commit))


@pytest.mark.parametrize("above", ["staging", "prod"])
def test_the_changes_of_a_hotfix_are_its_way_back(scene: HotfixScene, above: str) -> None:
    scene.hotfix({MAIN: resource("1"), OTHER: resource("2", "b"), "infra/main.tf": None}, above)
    whole = {**changes(scene, {MAIN: resource("1"), OTHER: resource("2", "b")}), "infra/main.tf": ""}
    outside = effects(scene)
    assert above == backflow_of(whole, DEV, SETTINGS, outside)
    assert above == backflow_of({"infra/main.tf": ""}, DEV, SETTINGS, outside)


@pytest.mark.parametrize(
    "files",
    [
        {MAIN: resource("2")},
        {MAIN: resource("1"), OTHER: resource("2", "b")},
        {OTHER: resource("1")},
        {},
    ],
)
def test_other_changes_are_no_way_back(scene: HotfixScene, files: dict[str, str]) -> None:
    scene.hotfix({MAIN: resource("1")})
    assert "" == backflow_of(changes(scene, files), DEV, SETTINGS, effects(scene))


def test_a_changed_mode_and_a_file_that_is_gone_are_no_way_back(scene: HotfixScene) -> None:
    scene.hotfix({MAIN: resource("1")})
    (found,) = changes(scene, {MAIN: resource("1")}).values()
    for entry in (found.replace("100644", "100755"), ""):
        assert "" == backflow_of({MAIN: entry}, DEV, SETTINGS, effects(scene))


def test_what_was_there_beside_the_hotfix_is_no_way_back(scene: HotfixScene) -> None:
    scene.hotfix({MAIN: resource("1")})
    scene.hotfix({OTHER: resource("2", "b")}, "staging", branch="other")
    scene.world.runs.clear()
    wanted = changes(scene, {"infra/main.tf": ""})
    assert "" == backflow_of(wanted, DEV, SETTINGS, effects(scene))


@pytest.mark.parametrize("environment", [STAGING, PROD])
def test_a_hotfix_comes_back_from_above_only(scene: HotfixScene, environment: Environment) -> None:
    scene.hotfix({MAIN: resource("1")}, "staging")
    wanted = changes(scene, {MAIN: resource("1")})
    assert "" == backflow_of(wanted, environment, SETTINGS, effects(scene))


def test_only_environments_with_rules_for_hotfixes_are_asked(scene: HotfixScene) -> None:
    scene.hotfix({MAIN: resource("1")})
    wanted = changes(scene, {MAIN: resource("1")})
    settings = replace(SETTINGS, environments=(DEVOPS, DEV, STAGING, replace(PROD, hotfix=None)))
    assert "" == backflow_of(wanted, DEV, settings, effects(scene))
    asked = [given for name, given in scene.host.calls if name == "deployments"]
    assert [("staging", TASK)] == asked


def test_a_hotfix_whose_apply_nothing_proves_is_no_way_back(scene: HotfixScene) -> None:
    number = scene.propose("prod", {MAIN: resource("1")})
    assert scene.world.merge(number, "merge")
    ledger(scene, scene.host.pulls[number].merge_commit, (number,))
    wanted = changes(scene, {MAIN: resource("1")})
    assert "" == backflow_of(wanted, DEV, SETTINGS, effects(scene))
    assert "prod" == backflow_of(wanted, DEV, TRUSTING, effects(scene))


def ledger(
    scene: HotfixScene,
    commit: str,
    hotfixes: tuple[int, ...],
    state: DeploymentState = DeploymentState.SUCCESS,
) -> None:
    """An apply in prod that nothing proves."""
    entry = Entry(
        0, commit, scene.world.trees[commit], EntryState.RUNNING, None, "", hotfixes, hotfixes=hotfixes,
        hotfix_by="kim",
    )  # fmt: skip
    made = scene.host.create_deployment(Deployment(0, "prod", commit, TASK, payload(entry), ""))
    scene.host.add_deployment_status(made, DeploymentStatus(state, ""))


def test_a_hotfix_whose_apply_failed_is_no_way_back(scene: HotfixScene) -> None:
    number = scene.propose("prod", {MAIN: resource("1")})
    assert scene.world.merge(number, "merge")
    ledger(scene, scene.host.pulls[number].merge_commit, (number,), DeploymentState.FAILURE)
    assert "" == backflow_of(changes(scene, {MAIN: resource("1")}), DEV, TRUSTING, effects(scene))


def test_a_number_of_a_pull_request_that_was_not_merged_there_counts_for_nothing(scene: HotfixScene) -> None:
    still_open = scene.propose("prod", {MAIN: resource("1")})
    elsewhere = scene.propose("dev", {MAIN: resource("1")}, "elsewhere")
    assert scene.world.merge(elsewhere, "merge")
    for number in (still_open, elsewhere):
        ledger(scene, scene.world.head("dev"), (number,))
    assert "" == backflow_of(changes(scene, {MAIN: resource("1")}), DEV, TRUSTING, effects(scene))


def test_requests_stay_few_however_many_applies_there_were(scene: HotfixScene) -> None:
    numbers = []
    for place in range(5):
        number = scene.propose("prod", {MAIN: resource(str(place))}, f"fix-{place}")
        assert scene.world.merge(number, "merge")
        scene.world.runs.clear()
        ledger(scene, scene.host.pulls[number].merge_commit, (number,))
        numbers.append(number)
    for _ in range(150):
        ledger(scene, scene.world.head("prod"), ())
    oldest = changes(scene, {MAIN: resource("0")})
    assert "" == backflow_of(oldest, DEV, TRUSTING, effects(scene))
    called = scene.host.called()
    assert [2, 3, 3, 3] == [
        called.count(name)
        for name in ("deployments", "deployment_statuses", "check_runs_named", "pull_request")
    ]


# --- hotfixes that are not below yet ---


def test_a_promotion_is_told_of_the_hotfixes_whose_way_back_is_open(scene: HotfixScene) -> None:
    number = scene.hotfix({MAIN: resource("1")})
    for name in ("dev", "staging"):
        scene.world.commit(f"backflow/{number}-to-{name}", {MAIN: resource("1")}, scene.world.head(name))
    opened = [
        scene.world.open_pull_request(f"backflow/{number}-to-{name}", name) for name in ("dev", "staging")
    ]
    facts = (
        ("environment", "prod"),
        ("hotfix", str(number)),
        ("pull_requests", f"#{opened[0]}, #{opened[1]}"),
        ("environments", "dev, staging"),
    )
    assert (VerdictNote(Note.HOTFIX_NOT_BELOW, facts),) == open_backflows(PROD, SETTINGS, effects(scene))
    assert ["open_pull_requests"] * 3 + ["pull_request"] == scene.host.called()
    assert () == open_backflows(STAGING, SETTINGS, effects(scene))  # it is none of its own
    assert () == open_backflows(DEV, SETTINGS, effects(scene))
    assert [] == scene.host.called()


@pytest.mark.parametrize("branch", ["backflow/99-to-dev", "backflow/1-to-staging", "backflow/x-to-dev", "x"])
def test_a_branch_of_somebody_s_own_is_no_way_back(scene: HotfixScene, branch: str) -> None:
    scene.hotfix({MAIN: resource("1")})
    scene.world.commit(branch, {MAIN: resource("1")}, scene.world.head("dev"))
    scene.world.open_pull_request(branch, "dev")
    assert () == open_backflows(PROD, SETTINGS, effects(scene))


# --- names of branches ---


@pytest.mark.parametrize(
    ("branch", "environment", "expected"),
    [
        (backflow_branch(12, "dev"), "dev", 12),
        (backflow_branch(12, "a-to-b"), "a-to-b", 12),
        (backflow_branch(12, "dev"), "prod", 0),
        (backflow_branch(12, "dev"), "ev", 0),
        ("backflow/012-to-dev", "dev", 0),
        ("backflow/1234567890-to-dev", "dev", 0),
        ("backflow/\u0661-to-dev", "dev", 0),
        ("backflow/-to-dev", "dev", 0),
        ("x/backflow/12-to-dev", "dev", 0),
        ("promote/12-to-dev", "dev", 0),
    ],
)
def test_a_branch_names_the_hotfix_it_brings_down(branch: str, environment: str, expected: int) -> None:
    assert expected == hotfix_brought_down(branch, environment)


@pytest.mark.parametrize(
    ("branch", "environment", "expected"),
    [
        (rollback_branch("prod", "a" * 40), "prod", True),
        (rollback_branch("a-to-b", "a" * 40), "a-to-b", True),
        (rollback_branch("prod", "a" * 40), "dev", False),
        ("rollback/prod-to-main", "prod", False),
        ("rollback/prod-to-" + "a" * 40, "prod", False),
        ("x/rollback/prod-to-" + "a" * 12, "prod", False),
    ],
)
def test_a_branch_names_the_environment_it_rolls_back(branch: str, environment: str, expected: bool) -> None:
    assert expected is is_rollback_of(branch, environment)
