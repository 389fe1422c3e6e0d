"""Promotions whose plan is compared with what was applied below: the product's runs in memory."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from gitops_bot.commands.effects import CONFIG_FILE
from gitops_bot.commands.parity import MAX_APPLIES, with_parity
from gitops_bot.commands.project_plans import ProjectPlan
from gitops_bot.config.load import load_settings
from gitops_bot.core.compare_parity import is_from_below
from gitops_bot.core.errors import RunFailed
from gitops_bot.core.parity import Beside, Pair, Parity
from gitops_bot.core.plan import Plan
from gitops_bot.core.report import Allowed, Blocked, BlockReason, NoChanges, Proven, Reason, Verdict
from gitops_bot.ports import ProjectRun
from tests.kit.histories.memory import Recorder
from tests.kit.hotfix_scene import CONFIG, HotfixScene, Ran, key, resource

MAIN, MORE = "infra/a.tf", "infra/b.tf"
EXACT = Allowed("devops", "c" * 40, Proven.EXACT)
SAME = "✅ Does the same as in `devops`."


@pytest.fixture
def scene(tmp_path: Path) -> HotfixScene:
    return HotfixScene(tmp_path)


def brought(scene: HotfixScene, files: dict[str, str | None], name: str) -> None:
    """Merged into devops and applied there."""
    assert "applied" == scene.merge(scene.propose("devops", files, name)).result


def promoted(scene: HotfixScene) -> tuple[int, Ran, str]:
    """A pull request from devops into dev, its run, and what its comment says."""
    number = scene.world.open_pull_request("devops", "dev")
    (ran,) = scene.run_all()
    (comment,) = [c.body for c in scene.host.comments(number)]
    return number, ran, comment


def test_a_promotion_that_does_what_was_done_below_says_so(scene: HotfixScene) -> None:
    brought(scene, {MAIN: resource("1")}, "one")
    brought(scene, {MAIN: resource("2"), MORE: resource("1", "b")}, "two")

    number, ran, comment = promoted(scene)

    assert ("planned", True) == (ran.result, SAME in comment)
    assert "applied" == scene.merge(number).result
    brought(scene, {"infra/c.tf": resource("1", "c")}, "three")
    assert SAME in promoted(scene)[2]


def test_only_the_applies_that_carry_the_change_count(scene: HotfixScene) -> None:
    brought(scene, {MAIN: resource("1")}, "one")
    scene.merge(promoted(scene)[0])
    brought(scene, {MORE: resource("1", "b")}, "two")
    state = scene.backends.states[key("dev")]
    thing = state.things["terraform_data.a"]
    things = {**state.things, "terraform_data.a": replace(thing, tainted=True)}
    scene.backends.states[key("dev")] = replace(state, things=things)

    comment = promoted(scene)[2]

    assert "🔴 Beside `devops`: 1 the same, 1 extra here, 0 missing here, 0 different." in comment
    assert "- 🔴 `terraform_data.a`: `dev` **replaces** it; `devops` did not touch it\n" in comment


def test_what_is_there_already_is_missing_in_the_plan(scene: HotfixScene) -> None:
    brought(scene, {MAIN: resource("1")}, "one")
    state = scene.backends.states[key("devops")]
    scene.backends.states[key("dev")] = replace(scene.backends.states[key("dev")], things=state.things)

    comment = promoted(scene)[2]

    assert "⚖️ Beside `devops`: 0 the same, 0 extra here, 1 missing here, 0 different." in comment
    assert "- `terraform_data.a`: created in `devops`, not planned here\n" in comment


def test_a_pull_request_into_the_lowest_environment_is_compared_with_nothing(scene: HotfixScene) -> None:
    number = scene.propose("devops", {MAIN: resource("1")})

    (comment,) = [c.body for c in scene.host.comments(number)]

    assert ("Beside" in comment, "Does the same" in comment) == (False, False)


def test_content_that_was_never_below_is_compared_with_nothing(scene: HotfixScene) -> None:
    number = scene.propose("prod", {MAIN: resource("1")})

    (comment,) = [c.body for c in scene.host.comments(number)]

    assert ("Beside" in comment, "Does the same" in comment) == (False, False)


def test_more_applies_than_are_read_leave_the_record_not_whole(scene: HotfixScene) -> None:
    for n in range(MAX_APPLIES + 1):
        brought(scene, {MAIN: resource(str(n))}, f"b{n}")

    comment = promoted(scene)[2]

    assert "nothing is called missing, and extra only what is dangerous" in comment
    assert "- `terraform_data.a`: `dev` **creates** it; `devops` updated it in place\n" in comment


@pytest.mark.parametrize("applies", [1, 3, MAX_APPLIES, MAX_APPLIES + 5])
def test_comparing_takes_as_many_requests_as_the_limits_say(
    scene: HotfixScene, tmp_path: Path, applies: int
) -> None:
    for n in range(applies):
        brought(scene, {MAIN: resource(str(n))}, f"b{n}")
    settings = load_settings(CONFIG, CONFIG_FILE)
    dev, (project,) = settings.environments[1], settings.projects
    plan = ProjectPlan(project, ProjectRun(tmp_path), NoChanges(Plan(())), plan=Plan(()))
    effects = scene.effects(scene.world.head("dev"), Recorder(), {})
    scene.host.calls.clear()

    (report,) = with_parity([plan.report()], [plan], EXACT, dev, settings, effects)

    known = applies <= MAX_APPLIES
    net = Pair("terraform_data.a", Beside.MISSING, "", "create")
    assert report.parity == Parity("devops", (net,) if known else (), known=known)
    assert len(scene.host.called()) == 7 + min(applies, MAX_APPLIES) - 1


def test_as_many_applies_as_are_read_are_a_whole_record(scene: HotfixScene) -> None:
    for n in range(MAX_APPLIES):
        brought(scene, {MAIN: resource(str(n))}, f"b{n}")

    assert SAME in promoted(scene)[2]


def test_an_apply_whose_outcome_is_gone_leaves_the_record_not_whole(scene: HotfixScene) -> None:
    brought(scene, {MAIN: resource("1")}, "one")
    brought(scene, {MORE: resource("1", "b")}, "two")
    first = [d for d in scene.host.kept_deployments if d.environment == "devops"][1]
    scene.host.checks[:] = [c for c in scene.host.checks if c.commit != first.commit]

    comment = promoted(scene)[2]

    assert "⚖️ Beside `devops`: 1 the same. The record of what was applied there" in comment
    assert "terraform_data.a`: " not in comment


def test_a_ledger_that_cannot_be_read_costs_the_comparison_and_nothing_else(scene: HotfixScene) -> None:
    brought(scene, {MAIN: resource("1")}, "one")
    scene.host.calls.clear()
    number, _, comment = promoted(scene)
    assert SAME in comment
    made = len(scene.host.calls)
    read = [n for n, name in enumerate(scene.host.called()) if name == "deployments"]
    scene.world.reopen(number)
    scene.host.fail_on(made + read[-1], RunFailed("GitHub is away."))

    (ran,) = scene.run_all()

    (comment,) = [c.body for c in scene.host.comments(number)]
    assert ("planned", "") == (ran.result, ran.error)
    assert "The plan is not compared with what was applied in devops: GitHub is away." in ran.text
    assert SAME not in comment


FOREIGN = {
    Reason.SKIPS_ENVIRONMENT,
    Reason.NOT_FROM_SOURCE,
    Reason.NOT_APPLIED_BELOW,
    Reason.OLDER_BELOW,
}
NEAR = {
    Reason.SOAKING,
    Reason.BROKEN_BELOW,
    Reason.NOT_CONVERGED_BELOW,
    Reason.DRIFTED_BELOW,
    Reason.FROZEN,
    Reason.PARTIAL_PROMOTION,
    Reason.BEHIND_TARGET,
}


def blocked(*reasons: Reason) -> Verdict:
    return Blocked(tuple(map(BlockReason, reasons)))


def test_only_content_that_comes_from_below_is_compared() -> None:
    assert {Proven.EXACT, Proven.PARTIAL, Proven.OLDER} == {
        how for how in Proven if is_from_below(Allowed("dev", "c" * 40, how))
    }
    assert {reason for reason in FOREIGN | NEAR if is_from_below(blocked(reason))} == NEAR
    assert is_from_below(blocked(*NEAR))
    assert not is_from_below(blocked(Reason.SOAKING, Reason.NOT_FROM_SOURCE))
