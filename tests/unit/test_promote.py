"""The promotion pull request: opened, kept current, healed, and what becomes of what GitHub refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from gitops_bot.core.errors import RunFailed
from gitops_bot.core.events import Command
from gitops_bot.core.ledger import TASK
from gitops_bot.ports import BranchRefused, PullRequest
from gitops_bot.render.promotion_body import END, START
from tests.kit.hotfix_scene import HotfixScene, Ran, resource
from tests.kit.world import REPOSITORY

MAIN, OTHER = "infra/a.tf", "infra/b.tf"
SNAPSHOT = "promote/devops-to-dev"
APP = "acme-infra[bot]"
CONFIG = """\
environments:
  - name: devops
  - name: dev
    promotion: {PROMOTION}
  - name: staging
    promotion: {open_pr: manual}
  - name: prod
approval: {provenance: required}
projects: [{name: stack, dir: infra, backend_config: ["envs/{environment}.tfbackend"]}]
"""
REFUSED = BranchRefused("GitHub refused POST /git/refs (status 403).", "Give the token `contents: write`.")


def scene_with(folder: Path, promotion: str = "{}") -> HotfixScene:
    return HotfixScene(folder, CONFIG.replace("{PROMOTION}", promotion))


@pytest.fixture
def scene(tmp_path: Path) -> HotfixScene:
    return scene_with(tmp_path)


def apply_below(
    scene: HotfixScene, value: str = "1", method: str = "merge", *, path: str = MAIN, base: str = "devops"
) -> str:
    """A pull request into an environment is merged and applied; the applied commit."""
    name = path.removeprefix("infra/").removesuffix(".tf")
    number = scene.propose(
        base, {path: resource(value, name)}, branch=f"feature-{scene.world.clock():%H%M%S}"
    )
    ran = scene.merge(number, method)
    assert "applied" == ran.result, ran
    return scene.world.head(base)


def promote(scene: HotfixScene, environment: str = "dev", below: str = "devops") -> Ran:
    scene.host.dispatched.clear()
    return scene.dispatch(Command.PROMOTE, environment, below)


def promoted(scene: HotfixScene, environment: str = "dev", below: str = "devops") -> PullRequest:
    """The pull request of a promotion that was planned."""
    ran = promote(scene, environment, below)
    assert ("planned", "") == (ran.result, ran.error), ran
    return scene.host.pulls[int(ran.outputs["promotion-pr"])]


def open_into(scene: HotfixScene, base: str = "dev") -> list[int]:
    return [p.number for p in scene.host.pulls.values() if (p.state, p.base_branch) == ("open", base)]


# --- it opens by itself ---


def test_a_converged_apply_dispatches_the_promotion_into_the_environment_above(scene: HotfixScene) -> None:
    applied = apply_below(scene)
    scene.world.take_dispatches()
    (ran,) = scene.run_all()
    pull = scene.host.pulls[int(ran.outputs["promotion-pr"])]
    assert ("planned", SNAPSHOT, "dev", applied, False, "Promote devops to dev") == (
        ran.result, pull.head_branch, pull.base_branch, pull.head, pull.draft, pull.title
    )  # fmt: skip
    assert "success" == scene.promotion_check(pull.number).conclusion
    assert f"Pull request #{pull.number} carries {applied[:12]} into dev." in ran.text


def test_one_that_is_opened_by_hand_only_is_not_dispatched(scene: HotfixScene) -> None:
    apply_below(scene)
    number = promoted(scene).number
    scene.host.dispatched.clear()
    assert "applied" == scene.merge(number).result
    assert [] == scene.dispatched()
    assert "staging" == promoted(scene, "staging", "dev").base_branch


def test_an_apply_stays_done_where_the_promotion_cannot_be_dispatched(scene: HotfixScene) -> None:
    number = scene.propose("devops", {MAIN: resource("1")})
    refused = RunFailed("GitHub refused POST /dispatches (status 403).", "Give the token `actions: write`.")
    scene.host.fail_next("dispatch_workflow", refused)
    ran = scene.merge(number)
    assert ("applied", "") == (ran.result, ran.error)
    assert "The promotion into dev was not started." in ran.text
    assert "`actions: write`" in ran.text


# --- one for a target, kept current ---


def test_a_further_apply_below_moves_the_same_pull_request_and_its_description(scene: HotfixScene) -> None:
    first_applied = apply_below(scene)
    first = promoted(scene)
    second_applied = apply_below(scene, "2", path=OTHER)
    second = promoted(scene)
    assert (first.number, second_applied) == (second.number, second.head)
    assert [first.number] == open_into(scene)
    assert (True, False) == (second_applied[:12] in second.body, f"`{first_applied[:12]}`" in second.body)
    assert 1 == second.body.count(START) == second.body.count(END)


def test_what_was_pushed_below_and_not_applied_stays_out_and_is_counted(scene: HotfixScene) -> None:
    applied = apply_below(scene)
    scene.world.commit("devops", {OTHER: resource("x", "b")})
    scene.world.runs.clear()
    pull = promoted(scene)
    assert applied == pull.head
    assert "- one commit on the branch of `devops` not applied there yet" in pull.body


def test_the_description_names_what_it_carries_with_its_author_and_its_apply(scene: HotfixScene) -> None:
    apply_below(scene)
    pull = promoted(scene)
    line = next(line for line in pull.body.splitlines() if line.startswith("- #1 "))
    assert line.startswith("- #1 A change by `pat`, [applied in `devops`](https://github.example/acme/infra/")
    assert "Its applies destroyed and replaced nothing in `devops`." in pull.body
    assert "```mermaid" in pull.body


def test_what_people_write_into_title_and_description_stays(scene: HotfixScene) -> None:
    apply_below(scene)
    pull = promoted(scene)
    written = f"Above.\r\n\r\n{pull.body}\r\n\r\nBelow: ask @kim."
    scene.host.add_pull_request(replace(pull, title="Release 7", body=written))
    apply_below(scene, "2")
    again = promoted(scene)
    assert ("Release 7", True, True) == (
        again.title, again.body.startswith("Above.\r\n\r\n"), again.body.endswith("\r\n\r\nBelow: ask @kim.")
    )  # fmt: skip
    assert scene.world.head("devops")[:12] in again.body


def test_a_description_that_is_nearly_full_keeps_what_people_wrote(scene: HotfixScene) -> None:
    apply_below(scene)
    pull = promoted(scene)
    scene.host.add_pull_request(replace(pull, body=pull.body + "\n" + "x" * 62_000))
    apply_below(scene, "2")
    again = promoted(scene)
    assert (62_000, True) == (again.body.count("x" * 62_000) * 62_000, len(again.body) <= 65_536)
    assert scene.world.head("devops")[:12] in again.body


def test_an_unchanged_description_is_not_written_again(scene: HotfixScene) -> None:
    apply_below(scene)
    promoted(scene)
    promoted(scene)  # the board in it names the pull request and its check by now
    clock = scene.world.clock.now
    scene.host.calls.clear()
    scene.world.clock.now = clock.replace(second=0)
    promoted(scene)
    scene.world.clock.now = clock.replace(second=0)
    scene.host.calls.clear()
    promoted(scene)
    assert [] == [c for c in scene.host.called() if c in ("update_pull_request", "set_branch")]


def test_a_fork_with_a_branch_of_the_same_name_is_neither_taken_nor_closed(scene: HotfixScene) -> None:
    applied = apply_below(scene)
    for number, fork in ((50, "mallory/infra"), (51, "")):  # "": it is gone
        url = f"https://github.example/{REPOSITORY}/pull/{number}"
        pull = PullRequest(number, "Mine", applied, SNAPSHOT, "dev", url, author=scene.host.login)
        scene.host.add_pull_request(replace(pull, head_repository=fork, body="mine"))
    ours = promoted(scene)
    assert 51 < ours.number
    assert ["mine", "mine"] == [scene.host.pulls[n].body for n in (50, 51)]
    assert [50, 51, ours.number] == open_into(scene)


def test_a_pull_request_that_a_person_opened_from_the_branch_below_is_taken(scene: HotfixScene) -> None:
    apply_below(scene)
    number = scene.world.open_pull_request("devops", "dev")
    scene.run_all()
    pull = promoted(scene)
    assert (number, [number], "A change") == (pull.number, open_into(scene), pull.title)
    assert START in pull.body


def test_once_a_snapshot_can_be_made_it_replaces_ours_from_the_branch_below(scene: HotfixScene) -> None:
    apply_below(scene)
    scene.host.refused[SNAPSHOT] = REFUSED
    old = promoted(scene)
    assert "devops" == old.head_branch
    scene.host.refused.clear()
    scene.world.commit("devops", {OTHER: resource("x", "b")})
    scene.world.runs.clear()
    new = promoted(scene)
    assert (SNAPSHOT, [new.number]) == (new.head_branch, open_into(scene))
    said = [c.body for n, c in scene.host.kept_comments.values() if n == old.number]
    assert f"#{new.number} replaces this." in said[-1]


def test_the_pull_request_of_a_person_is_never_closed(scene: HotfixScene) -> None:
    apply_below(scene)
    number = scene.world.open_pull_request("devops", "dev")
    scene.world.commit("devops", {OTHER: resource("x", "b")})
    scene.world.runs.clear()
    pull = promoted(scene)
    assert [number, pull.number] == open_into(scene)


def test_ours_is_closed_where_the_target_holds_what_is_applied_below(scene: HotfixScene) -> None:
    apply_below(scene)
    pull = promoted(scene)
    number = scene.propose("devops", {MAIN: None}, branch="back")
    assert "applied" == scene.merge(number).result
    ran = promote(scene)
    assert ("no-changes", []) == (ran.result, open_into(scene))
    said = [c.body for n, c in scene.host.kept_comments.values() if n == pull.number]
    assert "dev holds what it carries." in said[-1]


# --- tokens ---


def test_what_an_app_s_token_opens_or_moves_is_planned_by_its_own_run(scene: HotfixScene) -> None:
    scene.host.login = APP
    apply_below(scene)
    ran = promote(scene)
    number = int(ran.outputs["promotion-pr"])
    assert ("promoted", f"Pull request #{number} was opened or moved, and its own run plans it.") == (
        ran.result, ran.text.splitlines()[1]
    )  # fmt: skip
    assert "planned" == promote(scene).result  # nothing moved, so no run of its own has begun
    apply_below(scene, "2")
    assert "promoted" == promote(scene).result


def test_without_a_branch_of_its_own_it_comes_from_the_one_below(scene: HotfixScene) -> None:
    scene.host.refused[SNAPSHOT] = REFUSED
    applied = apply_below(scene)
    ran = promote(scene)
    pull = scene.host.pulls[int(ran.outputs["promotion-pr"])]
    assert ("planned", "devops", applied) == (ran.result, pull.head_branch, pull.head)
    assert "The pull request comes from devops itself: GitHub refused POST /git/refs" in ran.text


def test_without_either_branch_the_refusal_is_the_error(scene: HotfixScene) -> None:
    scene.host.refused[SNAPSHOT] = REFUSED
    apply_below(scene)
    scene.world.commit("devops", {OTHER: resource("x", "b")})
    ran = promote(scene)
    assert ("", []) == (ran.result, open_into(scene))
    assert "GitHub refused POST /git/refs (status 403)." in ran.error


def test_that_actions_may_open_no_pull_request_is_the_error_and_mended_by_the_next_run(
    scene: HotfixScene,
) -> None:
    apply_below(scene)
    sentence = "GitHub Actions may not create pull requests in this repository."
    scene.host.fail_next("create_pull_request", RunFailed(sentence, "Allow it."))
    assert sentence in promote(scene).error
    assert SNAPSHOT == promoted(scene).head_branch


# --- reviewers, labels, drafts ---


def test_reviewers_labels_and_draft_are_as_configured(tmp_path: Path) -> None:
    scene = scene_with(tmp_path, "{reviewers: [kim, acme/infra], labels: [promotion, dev], draft: true}")
    scene.host.teams.add("infra")
    apply_below(scene)
    pull = promoted(scene)
    assert (True, ["kim", "infra"]) == (pull.draft, scene.host.reviewers[pull.number])
    assert {"promotion", "dev"} <= {*scene.host.kept_labels[pull.number]}
    scene.host.unlabel(pull.number, "promotion")
    promoted(scene)  # what people took off stays off
    assert "promotion" not in scene.host.kept_labels[pull.number]


def test_a_reviewer_who_cannot_be_asked_keeps_no_other_from_it_and_is_named(tmp_path: Path) -> None:
    scene = scene_with(tmp_path, "{reviewers: [kim, nobody, acme/gone, lee]}")
    apply_below(scene)
    ran = promote(scene)
    pull = scene.host.pulls[int(ran.outputs["promotion-pr"])]
    assert ["kim", "lee"] == scene.host.reviewers[pull.number]
    for notice in ("nobody is not asked: GitHub", "The team gone is not asked: GitHub"):
        assert (True, True) == (notice in ran.text, notice in pull.body)


def test_a_label_that_cannot_be_set_is_a_notice(tmp_path: Path) -> None:
    scene = scene_with(tmp_path, "{labels: [one, two]}")
    apply_below(scene)
    scene.host.fail_next("add_label", RunFailed("GitHub refused it."))
    ran = promote(scene)
    pull = scene.host.pulls[int(ran.outputs["promotion-pr"])]
    assert ("planned", True, True) == (
        ran.result, "No label one: GitHub refused it." in ran.text, "No label one: GitHub" in pull.body
    )  # fmt: skip
    assert "two" in scene.host.kept_labels[pull.number]


def test_where_there_are_no_drafts_it_is_an_ordinary_one_and_says_so(tmp_path: Path) -> None:
    scene = scene_with(tmp_path, "{draft: true}")
    apply_below(scene)
    no_drafts = RunFailed("This repository takes no draft pull requests.")
    scene.host.fail_next("create_pull_request", no_drafts)
    pull = promoted(scene)
    assert (False, True) == (pull.draft, "It is no draft: This repository takes no draft" in pull.body)


# --- contents ---


@pytest.mark.parametrize("method", ["squash", "rebase", "merge"])
def test_promotions_of_the_same_file_come_out_exactly_by_every_merge_method(
    scene: HotfixScene, method: str
) -> None:
    for value in ("1", "2", "3"):
        applied = apply_below(scene, value, method)
        pull = promoted(scene)
        assert "success" == scene.promotion_check(pull.number).conclusion
        assert "applied" == scene.merge(pull.number, method).result
        assert scene.world.trees[applied] == scene.world.trees[scene.world.head("dev")]


def test_a_healed_promotion_says_so_and_loses_nothing(scene: HotfixScene) -> None:
    for value in ("1", "2"):
        apply_below(scene, value)
        pull = promoted(scene)
        scene.merge(pull.number, "squash")
    applied = apply_below(scene, "3")
    target = scene.world.head("dev")
    pull = promoted(scene)
    assert ((target,), scene.world.trees[applied]) == (
        scene.world.history[pull.head], scene.world.trees[pull.head]
    )  # fmt: skip
    assert "a commit of the bot's" in pull.body
    again = promoted(scene)
    assert pull.number == again.number


def test_what_was_taken_back_below_is_taken_back_above(scene: HotfixScene) -> None:
    apply_below(scene, "1", "squash")
    assert "applied" == scene.merge(promoted(scene).number, "squash").result
    number = scene.propose("devops", {MAIN: None}, branch="revert")
    assert "applied" == scene.merge(number, "squash").result
    assert "applied" == scene.merge(promoted(scene).number, "squash").result
    assert {"infra/main.tf": ""} == scene.files("dev")


@pytest.mark.parametrize("method", ["squash", "merge"])
def test_what_differs_on_purpose_stays_the_target_s_own(tmp_path: Path, method: str) -> None:
    scene = scene_with(tmp_path, '{ignore: ["own/"]}')
    scene.world.commit("dev", {"own/dev.txt": "dev's"})
    scene.run_all()
    for value in ("1", "2", "3"):
        apply_below(scene, value)
        pull = promoted(scene)
        assert 1 == pull.body.count("\n- #")  # nothing of the promotions before
        assert "success" == scene.promotion_check(pull.number).conclusion
        assert "applied" == scene.merge(pull.number, method).result
        held = scene.world.files[scene.world.head("dev")]
        assert ("dev's", resource(value)) == (held["own/dev.txt"], held[MAIN])
        assert "no-changes" == promote(scene).result


def test_content_of_the_target_s_own_is_not_overwritten(scene: HotfixScene) -> None:
    apply_below(scene)
    scene.world.commit("dev", {MAIN: resource("mine")})
    scene.world.runs.clear()
    ran = promote(scene)
    assert ("", []) == (ran.result, open_into(scene))
    assert "What is applied in devops conflicts with dev." in ran.error


def test_a_target_that_holds_it_and_never_applied_it_is_told_the_way_out(scene: HotfixScene) -> None:
    apply_below(scene)
    scene.host.branches["dev"] = scene.world.head("devops")
    ran = promote(scene)
    assert "blocked" == ran.result
    assert "it was never applied in dev" in ran.text


def test_a_ledger_that_lies_about_the_content_of_a_commit_is_refused(tmp_path: Path) -> None:
    scene = HotfixScene(tmp_path, CONFIG.replace("{PROMOTION}", "{}").replace("required", "none"))
    apply_below(scene)
    kept = scene.host.kept_deployments
    index = max(i for i, d in enumerate(kept) if (d.environment, d.task) == ("devops", TASK))
    kept[index] = replace(kept[index], payload={**kept[index].payload, "tree": "f" * 40})
    ran = promote(scene)
    assert ("", []) == (ran.result, open_into(scene))
    assert "that it had other content than it has." in ran.error


def test_there_is_nothing_below_the_lowest_and_nothing_to_carry_before_an_apply(scene: HotfixScene) -> None:
    assert "devops is the lowest environment" in promote(scene, "devops").error
    scene.host.kept_deployments.clear()
    ran = promote(scene)
    assert ("blocked", True) == (ran.result, "Nothing is applied in devops yet" in ran.text)


# --- requests that fail ---


def test_whichever_request_fails_the_next_run_leaves_one_planned_pull_request(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    def begin(folder: Path) -> HotfixScene:
        folder.mkdir()
        scene = scene_with(folder, "{reviewers: [kim], labels: [one]}")
        apply_below(scene)
        scene.host.calls.clear()
        return scene

    probe = begin(tmp_path / "probe")
    promoted(probe)
    for index, name in enumerate(probe.host.called()):
        with subtests.test(f"{index} {name}"):
            scene = begin(tmp_path / str(index))
            scene.host.fail_on(index)
            promote(scene)
            scene.host.failures.clear()
            pull = promoted(scene)
            assert [pull.number] == open_into(scene)
            assert "success" == scene.promotion_check(pull.number).conclusion
            assert "The plan and the verdict come as a comment." in pull.body


def test_a_description_that_cannot_be_read_keeps_no_pull_request_from_being_planned(
    scene: HotfixScene,
) -> None:
    apply_below(scene)
    scene.host.fail_next("merged_pull_requests", RunFailed("no answer"))
    scene.world.commit("devops", {OTHER: resource("x", "b")})
    scene.world.runs.clear()
    ran = promote(scene)
    pull = scene.host.pulls[int(ran.outputs["promotion-pr"])]
    assert ("planned", True) == (ran.result, "The description is not up to date: no answer" in ran.text)
    assert "Carries what works in `devops` into `dev`: commit" in pull.body
