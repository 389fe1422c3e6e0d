"""Hotfixes, their way down, and rollbacks: the product's runs in a repository in memory."""

from __future__ import annotations

import html
from pathlib import Path

import pytest
from msgspec.structs import replace

from gitops_bot.core.errors import RunFailed
from gitops_bot.core.events import Command, Part
from gitops_bot.core.json_values import JsonValue
from gitops_bot.core.reviews import ReviewState
from gitops_bot.ports import Conclusion, DeploymentState, DeploymentStatus
from tests.kit.hotfix_scene import CONFIG, LABEL, HotfixScene, key, resource
from tests.kit.model_terraform import Goes

MAIN = "infra/a.tf"
TRUSTING = CONFIG.replace("provenance: required", "provenance: none")


@pytest.fixture
def scene(tmp_path: Path) -> HotfixScene:
    return HotfixScene(tmp_path)


# --- letting one in ---


def test_a_hotfix_is_blocked_without_an_approval_and_let_in_with_one(scene: HotfixScene) -> None:
    number = scene.propose("prod", {MAIN: resource("1")})
    assert Conclusion.FAILURE == scene.promotion_check(number).conclusion
    assert "blocked" == scene.label(number).result
    scene.approve(number, "kim")
    assert "planned" == scene.label(number).result
    assert Conclusion.SUCCESS == scene.promotion_check(number).conclusion
    assert "applied" == scene.merge(number).result
    assert [([number], "kim")] == scene.hotfixes("prod")


def test_an_approval_without_the_label_lets_nothing_in(scene: HotfixScene) -> None:
    number = scene.propose("prod", {MAIN: resource("1")})
    scene.approve(number, "kim")
    scene.world.reopen(number)
    assert ["blocked"] == [ran.result for ran in scene.run_all()]


@pytest.mark.parametrize("by", ["pat", "mallory", "github-actions[bot]"])
def test_an_approval_that_does_not_count_lets_nothing_in(scene: HotfixScene, by: str) -> None:
    scene.host.permissions.update({"pat": "admin", "github-actions[bot]": "write"})
    number = scene.propose("prod", {MAIN: resource("1")})
    scene.approve(number, by)
    assert "blocked" == scene.label(number, "kim").result


@pytest.mark.parametrize("case", ["a newer head", "changes requested", "no write access now"])
def test_an_approval_that_stands_no_longer_lets_nothing_in(scene: HotfixScene, case: str) -> None:
    number = scene.propose("prod", {MAIN: resource("1")})
    scene.approve(number, "kim")
    if case == "a newer head":
        scene.world.commit("feature", {MAIN: resource("2")})
        scene.run_all()
    elif case == "changes requested":
        scene.approve(number, "kim", ReviewState.CHANGES_REQUESTED)
    else:
        scene.host.permissions["kim"] = "read"
    assert "blocked" == scene.label(number).result


@pytest.mark.parametrize("case", ["label", "approval"])
def test_what_was_taken_back_before_the_apply_lets_nothing_in(scene: HotfixScene, case: str) -> None:
    number = scene.propose("prod", {MAIN: resource("1")})
    scene.approve(number, "kim")
    assert "planned" == scene.label(number).result
    if case == "label":
        scene.host.unlabel(number, LABEL)
    else:
        scene.approve(number, "kim", ReviewState.DISMISSED)
    ran = scene.merge(number)
    assert ("blocked", []) == (ran.result, scene.hotfixes("prod"))
    assert [] == scene.dispatched()


# --- the way down ---


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_hotfix_is_brought_down_into_every_lower_environment(scene: HotfixScene, method: str) -> None:
    number = scene.hotfix({MAIN: resource("1"), "infra/main.tf": None}, method=method)
    wanted = [("backflow", name) for name in ("devops", "dev", "staging")]
    assert wanted == [d for d in scene.dispatched() if d[0] == "backflow"]
    for name in ("staging", "devops", "dev"):
        ran = scene.dispatch(Command.BACKFLOW, name, name)
        pull = scene.pull(f"backflow/{number}-to-{name}")
        assert ("planned", str(pull.number), "") == (ran.result, ran.outputs["backflow-prs"], ran.error)
        assert (f"Bring hotfix #{number} down to {name}", name) == (pull.title, pull.base_branch)
        assert Conclusion.SUCCESS == scene.promotion_check(pull.number).conclusion
        assert LABEL not in dict(scene.host.labels(pull.number))
        assert "applied" == scene.merge(pull.number, method).result
        assert {MAIN: resource("1")} == scene.files(name)
    assert [] == [d for d in scene.dispatched() if d[0] == "backflow"]


def test_what_is_below_already_is_not_brought_down_again(scene: HotfixScene) -> None:
    number = scene.hotfix({MAIN: resource("1")})
    scene.dispatch(Command.BACKFLOW, "dev", "dev")
    scene.merge(scene.pull(f"backflow/{number}-to-dev").number)
    scene.world.commit("dev", {"infra/b.tf": resource("later", "b")})
    scene.world.runs.clear()
    before = len(scene.host.pulls)
    ran = scene.dispatch(Command.BACKFLOW, "dev", "dev")
    assert ("no-changes", "", before) == (ran.result, ran.outputs["backflow-prs"], len(scene.host.pulls))
    assert "there is nothing to bring down" in ran.text


@pytest.mark.parametrize("since", [resource("2"), None])
def test_one_that_came_in_and_was_changed_since_is_neither_brought_down_nor_a_conflict(
    scene: HotfixScene, since: str | None
) -> None:
    number = scene.hotfix({MAIN: resource("1")})
    scene.dispatch(Command.BACKFLOW, "devops", "devops")
    scene.merge(scene.pull(f"backflow/{number}-to-devops").number)
    scene.world.commit("devops", {MAIN: since})
    scene.world.runs.clear()
    assert "no-changes" == scene.dispatch(Command.BACKFLOW, "devops", "devops").result


def test_without_a_hotfix_there_is_nothing_to_bring_down(scene: HotfixScene) -> None:
    assert "no-changes" == scene.dispatch(Command.BACKFLOW, "dev", "dev").result
    assert {} == scene.host.pulls


def test_an_open_way_down_is_found_again_and_moved_only_when_the_branch_went_on(scene: HotfixScene) -> None:
    number = scene.hotfix({MAIN: resource("1")})
    scene.dispatch(Command.BACKFLOW, "dev", "dev")
    first = scene.pull(f"backflow/{number}-to-dev")
    scene.host.calls.clear()
    assert "planned" == scene.dispatch(Command.BACKFLOW, "dev", "dev").result
    again = scene.pull(f"backflow/{number}-to-dev")
    assert first == again
    assert "update_pull_request" not in scene.host.called()
    scene.world.commit("dev", {"infra/b.tf": resource("other", "b")})
    scene.world.runs.clear()
    assert scene.dispatch(Command.BACKFLOW, "dev", "dev").outputs["backflow-prs"] == str(first.number)
    moved = scene.pull(f"backflow/{number}-to-dev")
    assert (first.number, True) == (moved.number, moved.head != first.head)
    assert (scene.world.head("dev"),) == scene.world.history[moved.head]


def test_what_somebody_else_puts_on_the_branch_is_not_planned_as_ours(scene: HotfixScene) -> None:
    number = scene.hotfix({MAIN: resource("1")})
    scene.dispatch(Command.BACKFLOW, "dev", "dev")
    branch = f"backflow/{number}-to-dev"
    scene.world.commit(branch, {MAIN: resource("evil")})
    scene.run_all()
    pull = scene.pull(branch)
    assert Conclusion.FAILURE == scene.promotion_check(pull.number).conclusion
    scene.dispatch(Command.BACKFLOW, "dev", "dev")
    assert resource("1") == scene.world.files[scene.pull(branch).head][MAIN]


def test_a_way_down_may_be_opened_by_one_job_and_planned_by_another(scene: HotfixScene) -> None:
    number = scene.hotfix({MAIN: resource("1")})
    early = scene.dispatch(Command.BACKFLOW, "dev", "dev", part=Part.PLAN)
    into_dev = [pull for pull in scene.host.pulls.values() if pull.base_branch == "dev"]
    assert ("no-changes", []) == (early.result, into_dev)
    opened = scene.dispatch(Command.BACKFLOW, "dev", "dev", part=Part.OPEN)
    pull = scene.pull(f"backflow/{number}-to-dev")
    assert ("promoted", str(pull.number)) == (opened.result, opened.outputs["backflow-prs"])
    assert "gitops-bot: plan dev" not in {c.name for c in scene.host.check_runs(pull.head)}
    scene.host.calls.clear()
    planned = scene.dispatch(Command.BACKFLOW, "dev", "dev", part=Part.PLAN)
    assert ("planned", str(pull.number)) == (planned.result, planned.outputs["backflow-prs"])
    assert not {"create_pull_request", "update_pull_request", "set_branch"} & set(scene.host.called())


def test_the_same_content_on_other_commits_is_put_right(scene: HotfixScene) -> None:
    number = scene.hotfix({MAIN: resource("1")})
    scene.dispatch(Command.BACKFLOW, "dev", "dev")
    ours = scene.pull(f"backflow/{number}-to-dev").head
    between = scene.world.write_commit((scene.world.head("dev"),), {"x": "y"})
    theirs = scene.world.write_commit((between,), scene.world.files[ours])
    scene.world.move(f"backflow/{number}-to-dev", theirs, starts_runs=False)
    assert "planned" == scene.dispatch(Command.BACKFLOW, "dev", "dev").result
    moved = scene.pull(f"backflow/{number}-to-dev").head
    assert (scene.world.head("dev"),) == scene.world.history[moved]


@pytest.mark.parametrize("merged", [False, True])
def test_a_number_in_the_ledger_that_is_no_hotfix_of_that_environment_is_not_brought_down(
    tmp_path: Path, merged: bool
) -> None:
    scene = HotfixScene(tmp_path, TRUSTING)
    number = scene.propose("staging", {MAIN: resource("1")})
    if merged:
        assert scene.world.merge(number, "merge")
        scene.world.runs.clear()
    newest = next(d for d in reversed(scene.host.kept_deployments) if d.environment == "prod")
    stated: dict[str, JsonValue] = {**newest.payload, "hotfixes": [number], "hotfix_by": "kim"}
    made = scene.host.create_deployment(replace(newest, commit=scene.world.head("staging"), payload=stated))
    scene.host.add_deployment_status(made, DeploymentStatus(DeploymentState.SUCCESS, ""))
    assert "no-changes" == scene.dispatch(Command.BACKFLOW, "dev", "dev").result


def test_with_the_token_of_an_app_its_own_run_plans_it(scene: HotfixScene) -> None:
    number = scene.hotfix({MAIN: resource("1")})
    scene.host.login = "infra-bot[bot]"
    ran = scene.dispatch(Command.BACKFLOW, "dev", "dev")
    pull = scene.pull(f"backflow/{number}-to-dev")
    assert ("promoted", str(pull.number)) == (ran.result, ran.outputs["backflow-prs"])
    assert [] == [c for c in scene.host.checks if c.commit == pull.head]
    assert "planned" == scene.dispatch(Command.BACKFLOW, "dev", "dev").result  # nothing was moved


def test_several_hotfixes_come_down_by_one_pull_request_each(scene: HotfixScene) -> None:
    one = scene.hotfix({MAIN: resource("1")})
    two = scene.hotfix({"infra/b.tf": resource("2", "b")}, branch="other")
    ran = scene.dispatch(Command.BACKFLOW, "dev", "dev")
    pulls = [scene.pull(f"backflow/{number}-to-dev").number for number in (one, two)]
    assert " ".join(map(str, pulls)) == ran.outputs["backflow-prs"]
    assert "applied" == scene.merge(pulls[0]).result
    assert "planned" == scene.dispatch(Command.BACKFLOW, "dev", "dev").result
    assert "applied" == scene.merge(pulls[1]).result


def test_two_hotfixes_that_are_merged_below_before_an_apply_are_applied_together(scene: HotfixScene) -> None:
    one = scene.hotfix({MAIN: resource("1")})
    two = scene.hotfix({"infra/b.tf": resource("2", "b")}, branch="other")
    scene.dispatch(Command.BACKFLOW, "dev", "dev")
    for number in (one, two):
        assert scene.world.merge(scene.pull(f"backflow/{number}-to-dev").number, "merge")
    assert "applied" == scene.run(scene.world.runs[-1]).result


def test_a_conflict_opens_nothing_and_tells_the_hotfix_what_to_do_once(scene: HotfixScene) -> None:
    for name in ("devops", "dev"):
        scene.world.commit(name, {"infra/main.tf": resource("theirs", "b")})
    scene.world.runs.clear()
    number = scene.hotfix({"infra/main.tf": resource("1")})
    before = len(scene.host.pulls)
    ran = scene.dispatch(Command.BACKFLOW, "dev", "dev")
    assert ("blocked", before) == (ran.result, len(scene.host.pulls))
    again = scene.dispatch(Command.BACKFLOW, "dev", "dev")
    assert "blocked" == again.result
    told = [c.body for n, c in scene.host.kept_comments.values() if n == number and "backflow" in c.body]
    assert 1 == len(told)
    head = scene.host.pulls[number].head
    assert ("`infra/main.tf`" in told[0], f"{head} | git apply --3way" in told[0]) == (True, True)
    assert "comes there only by promotion: begin in `devops`" in told[0]


def test_a_stranger_s_comment_with_our_marker_is_left_alone(scene: HotfixScene) -> None:
    scene.world.commit("dev", {"infra/main.tf": resource("theirs", "b")})
    scene.world.runs.clear()
    number = scene.hotfix({"infra/main.tf": resource("1")})
    forged = scene.host.add_comment(number, "<!-- gitops-bot:backflow dev -->\nAll is well.", "mallory")
    scene.dispatch(Command.BACKFLOW, "dev", "dev")
    told = [c for n, c in scene.host.kept_comments.values() if n == number and "backflow dev" in c.body]
    assert (2, forged) == (len(told), told[0])


def test_one_that_cannot_be_brought_down_keeps_no_other(scene: HotfixScene) -> None:
    one = scene.hotfix({MAIN: resource("1")})
    two = scene.hotfix({"infra/b.tf": resource("2", "b")}, branch="other")
    scene.host.fail_next("create_pull_request", RunFailed("GitHub refused it."))
    ran = scene.dispatch(Command.BACKFLOW, "dev", "dev")
    other = scene.pull(f"backflow/{two}-to-dev").number
    assert ("GitHub refused it.", str(other)) == (ran.error, ran.outputs["backflow-prs"])
    assert f"Hotfix #{one} was not brought down: GitHub refused it." in ran.text


def test_a_dispatch_that_github_refuses_takes_nothing_from_the_apply(scene: HotfixScene) -> None:
    number = scene.propose("prod", {MAIN: resource("1")})
    scene.approve(number, "kim")
    scene.label(number)
    scene.host.fail_next("dispatch_workflow", RunFailed("GitHub refused it."))
    ran = scene.merge(number)
    assert ("applied", "") == (ran.result, ran.error)
    assert "devops: dispatch `backflow` on devops, it was not started: GitHub refused it." in ran.text
    assert [("backflow", "dev"), ("backflow", "staging")] == scene.dispatched()


def test_a_failed_apply_starts_nothing_below(scene: HotfixScene) -> None:
    number = scene.propose("prod", {MAIN: resource("1")})
    scene.approve(number, "kim")
    scene.label(number)
    scene.backends.orders[key("prod")] = (0, Goes.FAILS)
    assert "failed" == scene.merge(number).result
    assert [] == scene.dispatched()
    assert "no-changes" == scene.dispatch(Command.BACKFLOW, "dev", "dev").result


def test_a_hostile_title_is_harmless_in_what_the_bot_writes(scene: HotfixScene) -> None:
    number = scene.hotfix({MAIN: resource("1")})
    pull = scene.host.pulls[number]
    scene.host.add_pull_request(replace(pull, title="@all <b>#1"))
    scene.dispatch(Command.BACKFLOW, "dev", "dev")
    body = scene.pull(f"backflow/{number}-to-dev").body
    assert "@&#8203;all &#60;b&#62;#&#8203;1" in body


def test_a_back_flow_is_taken_on_the_environment_s_own_branch_only(scene: HotfixScene) -> None:
    ran = scene.dispatch(Command.BACKFLOW, "dev", "prod")
    assert "Dispatch it on the branch dev" in ran.error


def test_a_change_that_only_looks_like_a_way_down_is_blocked(scene: HotfixScene) -> None:
    number = scene.hotfix({MAIN: resource("1")})
    for files in ({MAIN: resource("2")}, {MAIN: resource("1"), "infra/b.tf": resource("2", "b")}):
        other = scene.propose("staging", files, f"backflow/{number}-to-staging")
        assert Conclusion.FAILURE == scene.promotion_check(other).conclusion
        scene.host.pulls.pop(other)
        scene.host.branches.pop(f"backflow/{number}-to-staging")


def test_the_same_change_by_hand_is_a_way_down(scene: HotfixScene) -> None:
    scene.hotfix({MAIN: resource("1")})
    other = scene.propose("staging", {MAIN: resource("1")}, "by-hand")
    assert Conclusion.SUCCESS == scene.promotion_check(other).conclusion
    assert "applied" == scene.merge(other).result


def test_a_plan_of_a_way_down_counts_only_from_the_environment_s_own_branch(scene: HotfixScene) -> None:
    number = scene.hotfix({MAIN: resource("1")})
    scene.world.dispatch(Command.BACKFLOW, "dev", "dev")
    started = scene.world.runs.pop()
    elsewhere = {**started.claims, "ref": "refs/heads/devops"}
    scene.run(replace(started, claims=elsewhere))
    pull = scene.pull(f"backflow/{number}-to-dev")
    assert "blocked" == scene.merge(pull.number).result
    checks = scene.host.check_runs_named(scene.host.pulls[pull.number].merge_commit, "gitops-bot: apply dev")
    assert "not 'refs/heads/dev'" in html.unescape(checks[0].summary)


# --- back to what was applied before ---


def grown(scene: HotfixScene, environment: str = "devops") -> list[str]:
    """Two changes applied in an environment; the commits that were applied, oldest first."""
    commits = [scene.world.head(environment)]
    for value in ("1", "2"):
        number = scene.propose(environment, {MAIN: resource(value)}, f"change-{value}")
        assert "applied" == scene.merge(number).result
        commits.append(scene.world.head(environment))
    return commits


def test_a_rollback_restores_earlier_content_and_is_applied_like_any_change(scene: HotfixScene) -> None:
    start, first, _ = grown(scene)
    ran = scene.dispatch(Command.PROMOTE, "devops", "devops", first[:7])
    pull = scene.pull(f"rollback/devops-to-{first[:12]}")
    assert ("planned", str(pull.number), "") == (ran.result, ran.outputs["promotion-pr"], ran.error)
    assert (f"Roll devops back to {first[:12]}", "devops") == (pull.title, pull.base_branch)
    assert "- Undoes: #2\n" in pull.body
    assert scene.world.trees[first] == scene.world.trees[pull.head]
    assert "applied" == scene.merge(pull.number).result
    assert resource("1") == scene.files("devops")[MAIN]
    assert "planned" == scene.dispatch(Command.PROMOTE, "devops", "devops", start).result
    assert "- Undoes: #3, #2, #1\n" in scene.pull(f"rollback/devops-to-{start[:12]}").body


def test_a_rollback_may_be_opened_by_one_job_and_planned_by_another(scene: HotfixScene) -> None:
    _, first, _ = grown(scene)
    results = [
        scene.dispatch(Command.PROMOTE, "devops", "devops", first, part).result
        for part in (Part.PLAN, Part.OPEN, Part.PLAN)
    ]
    assert ["superseded", "promoted", "planned"] == results


def test_a_rollback_that_is_open_is_found_again(scene: HotfixScene) -> None:
    _, first, _ = grown(scene)
    one = scene.dispatch(Command.PROMOTE, "devops", "devops", first)
    two = scene.dispatch(Command.PROMOTE, "devops", "devops", first)
    assert one.outputs["promotion-pr"] == two.outputs["promotion-pr"]


@pytest.mark.parametrize("what", ["short", "no hash", "unknown", "the content now", "another branch"])
def test_a_rollback_to_nothing_of_the_sort_is_bad_input(scene: HotfixScene, what: str) -> None:
    _, first, second = grown(scene)
    commit, branch, why = {
        "short": (first[:6], "devops", "at least its first 7 characters"),
        "no hash": ("release-1", "devops", "at least its first 7 characters"),
        "unknown": ("0123456789", "devops", "No apply in devops was of a commit that begins with"),
        "the content now": (second, "devops", "holds the content of"),
        "another branch": (first, "dev", "Dispatch it on devops"),
    }[what]
    before = len(scene.host.pulls)
    ran = scene.dispatch(Command.PROMOTE, "devops", branch, commit)
    assert (True, before) == (why in ran.error, len(scene.host.pulls)), ran.error


def test_a_commit_whose_apply_failed_cannot_be_gone_back_to(scene: HotfixScene) -> None:
    grown(scene)
    failed = scene.host.kept_deployments[-1]
    scene.host.statuses[failed.id] = []
    scene.host.checks = [c for c in scene.host.checks if c.commit != failed.commit]
    number = scene.propose("devops", {MAIN: resource("3")}, "change-3")
    scene.merge(number)
    ran = scene.dispatch(Command.PROMOTE, "devops", "devops", failed.commit)
    assert "was never applied successfully in devops" in ran.error


def test_an_entry_that_names_other_content_than_its_commit_has_cannot_be_gone_back_to(
    tmp_path: Path,
) -> None:
    scene = HotfixScene(tmp_path, TRUSTING)
    grown(scene)
    stranger = scene.world.commit("feature", {MAIN: resource("evil")}, scene.world.head("devops"))
    newest = scene.host.kept_deployments[-1]
    made = scene.host.create_deployment(replace(newest, commit=stranger))
    scene.host.add_deployment_status(made, DeploymentStatus(DeploymentState.SUCCESS, ""))
    before = len(scene.host.pulls)
    ran = scene.dispatch(Command.PROMOTE, "devops", "devops", stranger)
    assert (True, before) == ("that it had other content than it has" in ran.error, len(scene.host.pulls))


def test_a_rollback_above_is_judged_like_any_other(scene: HotfixScene) -> None:
    start = scene.world.head("prod")
    scene.hotfix({MAIN: resource("1")})
    scene.hotfix({MAIN: resource("2")}, branch="fix-2")
    first = scene.host.kept_deployments[-2].commit
    ran = scene.dispatch(Command.PROMOTE, "prod", "prod", first)
    assert "blocked" == ran.result
    pull = scene.pull(f"rollback/prod-to-{first[:12]}")
    scene.approve(pull.number, "kim")
    assert "planned" == scene.label(pull.number).result
    assert "applied" == scene.merge(pull.number).result
    assert ([pull.number], "kim") == scene.hotfixes("prod")[-1]
    # What is applied below right now needs nobody.
    assert "planned" == scene.dispatch(Command.PROMOTE, "prod", "prod", start).result
