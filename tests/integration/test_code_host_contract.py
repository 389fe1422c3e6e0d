"""One contract for the fake GitHub and for the adapter against the sandbox."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from gitops_bot.adapters.github.code_host import GithubCodeHost
from gitops_bot.adapters.github.kept_reads import KeptReads
from gitops_bot.core.comment_commands import Reaction
from gitops_bot.core.errors import RunFailed
from gitops_bot.core.reviews import Review, ReviewState
from gitops_bot.ports import (
    Annotation,
    AnnotationLevel,
    BodyTooLong,
    BranchRefused,
    CheckRun,
    CodeHost,
    Conclusion,
    Deployment,
    DeploymentState,
    DeploymentStatus,
    WorkflowRun,
)
from gitops_bot.sandbox import Sandbox
from tests.kit.fake_code_host import FakeCodeHost
from tests.kit.needs import needs_program
from tests.kit.scripted_http import Reply, ScriptedServer

TASK = "gitops-bot:apply"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass
class Stage:
    """A code host whose repository has the branches devops (with a README) and feature/one."""

    host: CodeHost
    devops: str
    feature: str
    merge: Callable[[int], str]
    label: Callable[[int, str, str], object]
    unlabel: Callable[[int, str], object]
    dispatched: Callable[[], list[tuple[str, str, dict[str, str]]]]
    people: People
    annotations: Callable[[int], list[Annotation]]
    is_minimized: Callable[[int], bool]
    newer: Callable[[], str]
    """A commit on top of `feature`."""


@dataclass
class People:
    """What people and runners do behind the host's back."""

    review: Callable[[int, str, str], object]
    dismiss: Callable[[], object]
    permit: Callable[[str, str], object]
    start: Callable[[int, int], object]
    finish: Callable[[int, int], object]
    found_team: Callable[[str], object]
    asked: Callable[[int], list[str]]
    protect: Callable[[str], object]
    asked_again: Callable[[], list[int]]
    reactions: Callable[[int], list[str]]


def _fake() -> Iterator[Stage]:
    host = FakeCodeHost(branches={"devops": "d" * 40, "feature/one": "f" * 40})
    host.files[("d" * 40, "docs/read me.md")] = "Grüße\n"

    def merge(number: int) -> str:
        old = host.pulls[number]
        at = "2026-01-01T00:00:00Z"
        host.add_pull_request(replace(old, state="closed", merged=True, merge_commit="e" * 40, merged_at=at))
        return "e" * 40

    def review(number: int, author: str, state: str) -> None:
        known = host.kept_reviews.setdefault(number, [])
        at = f"2026-01-01T00:{len(known) // 60:02}:{len(known) % 60:02}Z"
        bot = author.endswith("[bot]")
        known.append(Review(author, ReviewState(state), host.pulls[number].head, at, bot))

    def dismiss() -> None:
        host.kept_reviews[1][-1] = replace(host.kept_reviews[1][-1], state=ReviewState.DISMISSED)

    def start(number: int, attempt: int) -> None:
        keep(WorkflowRun(str(number), attempt, False))

    def finish(number: int, attempt: int) -> None:
        keep(WorkflowRun(str(number), attempt, True, "2026-01-01T00:00:00Z"))

    def keep(run: WorkflowRun) -> None:
        host.runs[run.id, run.attempt] = run
        others = [r for r in host.runs_of.get(("gitops.yml", "f" * 40), []) if r.id != run.id]
        host.runs_of["gitops.yml", "f" * 40] = [*others, run]

    def protect(branch: str) -> None:
        host.refused[branch] = BranchRefused("GitHub refused it (status 403).")

    people = People(
        review,
        dismiss,
        host.permissions.__setitem__,
        start,
        finish,
        host.teams.add,
        lambda number: host.reviewers.get(number, []),
        protect,
        lambda: [int(run) for run in host.reruns],
        lambda comment: [r.value for r in host.reactions.get(comment, [])],
    )
    yield Stage(
        host,
        "d" * 40,
        "f" * 40,
        merge,
        host.label,
        host.unlabel,
        lambda: host.dispatched,
        people,
        lambda check_id: host.annotations.get(check_id, []),
        host.minimized.__contains__,
        lambda: "a" * 40,
    )


def _sandbox(folder: Path, make_host: type[GithubCodeHost]) -> Iterator[Stage]:
    needs_program("git")
    with Sandbox.start(folder) as sandbox:
        devops = sandbox.hub.commit("devops", {"docs/read me.md": "Grüße\n"})
        feature = sandbox.hub.commit("feature/one", {"main.tf": "# one\n"})
        token = sandbox.issue_token()
        with make_host(sandbox.api_url, sandbox.repository, token, sleep=lambda _: None) as host:
            hub = sandbox.hub

            def dispatched() -> list[tuple[str, str, dict[str, str]]]:
                events = [e for e in hub.events if e.name == "workflow_dispatch"]
                return [
                    (
                        e.payload["workflow"].removeprefix(".github/workflows/"),
                        e.ref.removeprefix("refs/heads/"),
                        e.payload["inputs"],
                    )
                    for e in events
                ]

            def annotations(check_id: int) -> list[Annotation]:
                return [
                    Annotation(
                        given["path"],
                        given["start_line"],
                        given["end_line"],
                        AnnotationLevel(given["annotation_level"]),
                        given["title"],
                        given["message"],
                    )
                    for given in hub.checks.get(check_id).annotations
                ]

            people = People(
                hub.review,
                lambda: hub.reviews.dismiss(hub.reviews.of(1)[-1].id),
                hub.collaborators.__setitem__,
                lambda number, attempt: hub.runs.start(
                    number, feature, attempt=attempt, event="pull_request"
                ),
                hub.runs.finish,
                hub.teams.add,
                lambda number: [*hub.pull(number).reviewers, *hub.pull(number).review_teams],
                lambda branch: sandbox.faults.add(
                    "PATCH",
                    f"/git/refs/heads/{branch}",
                    status=403,
                    message="Resource not accessible by integration",
                ),
                lambda: hub.runs.asked_again,
                lambda comment: [r.content for r in hub.comments.reactions_of(comment)],
            )
            yield Stage(
                host,
                devops,
                feature,
                hub.merge,
                hub.label,
                hub.unlabel,
                dispatched,
                people,
                annotations,
                lambda number: hub.comments.get(number).minimized == "outdated",
                lambda: hub.commit("feature/one", {"more.tf": ""}),
            )


HOSTS = {"sandbox": GithubCodeHost, "sandbox, kept": KeptReads}


@pytest.fixture(params=["fake", *HOSTS])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    yield from (_fake() if request.param == "fake" else _sandbox(tmp_path, HOSTS[request.param]))


def _check(commit: str, **changes: object) -> CheckRun:
    check = CheckRun(
        "gitops-bot: plan dev", commit, Conclusion.SUCCESS, "1 to add", "summary", "packed", "run 1"
    )
    return replace(check, **changes)


def _deployment(commit: str, run: str) -> Deployment:
    return Deployment(0, "dev", commit, TASK, {"run": run, "counts": [1, 2]}, "", "applied")


def test_a_created_pull_request_can_be_read_and_found(stage: Stage) -> None:
    made = stage.host.create_pull_request("Add one", "text", "feature/one", "devops")
    expected = (1, "Add one", stage.feature, "feature/one", "devops", "open", False, "", "", "acme/infra")
    read = stage.host.pull_request(1)
    actual = (
        read.number, read.title, read.head, read.head_branch, read.base_branch,
        read.state, read.merged, read.merge_commit, read.merged_at, read.head_repository,
    )  # fmt: skip
    assert expected == actual
    assert made == read
    assert made == stage.host.open_pull_request("feature/one", "devops")


@pytest.mark.parametrize("draft", [False, True])
def test_a_pull_request_is_opened_with_its_text_and_as_a_draft(stage: Stage, draft: bool) -> None:
    made = stage.host.create_pull_request("Add one", "line\n\n<!-- mark -->", "feature/one", "devops", draft)
    assert ("line\n\n<!-- mark -->", draft) == (made.body, made.draft)
    assert made == stage.host.pull_request(1)


def test_a_pull_requests_title_and_text_are_replaced(stage: Stage) -> None:
    made = stage.host.create_pull_request("Add one", "text", "feature/one", "devops", draft=True)
    stage.host.update_pull_request(1, "Add all", "")
    assert replace(made, title="Add all", body="") == stage.host.pull_request(1)


def test_a_closed_pull_request_was_not_merged_and_its_branches_can_have_another(stage: Stage) -> None:
    made = stage.host.create_pull_request("Add one", "text", "feature/one", "devops")
    stage.host.close_pull_request(1)
    assert replace(made, state="closed") == stage.host.pull_request(1)
    stage.host.close_pull_request(1)
    assert None is stage.host.open_pull_request("feature/one", "devops")
    assert 2 == stage.host.create_pull_request("Again", "text", "feature/one", "devops").number


@pytest.mark.parametrize("act", ["update", "close", "ask"])
def test_what_is_done_to_a_pull_request_that_does_not_exist_is_an_error(stage: Stage, act: str) -> None:
    acts: dict[str, Callable[[], object]] = {
        "update": lambda: stage.host.update_pull_request(99, "title", "text"),
        "close": lambda: stage.host.close_pull_request(99),
        "ask": lambda: stage.host.request_reviewers(99, ["hubot"], []),
    }
    stage.people.permit("hubot", "write")
    with pytest.raises(RunFailed):
        acts[act]()


def test_open_pull_requests_into_a_branch_come_newest_first(stage: Stage) -> None:
    heads = [f"feature/{number}" for number in range(4)]
    for head in heads:
        stage.host.set_branch(head, stage.feature)
    stage.host.set_branch("dev", stage.devops)
    made = [
        stage.host.create_pull_request(head, "text", head, base)
        for head, base in zip(heads, ["devops", "dev", "devops", "devops"], strict=True)
    ]
    stage.host.close_pull_request(4)
    stage.host.close_pull_request(2)
    stage.host.update_pull_request(1, "touched last", "")
    assert [3, 1] == [pull.number for pull in stage.host.open_pull_requests("devops")]
    assert replace(made[0], title="touched last", body="") == list(stage.host.open_pull_requests("devops"))[1]
    assert [] == list(stage.host.open_pull_requests("dev"))
    assert [] == list(stage.host.open_pull_requests("missing"))
    into = stage.host.open_pull_requests_into(["devops", "dev", "missing"], 1)
    assert {"devops": [3], "dev": [], "missing": []} == {b: [p.number for p in f] for b, f in into.items()}


def test_an_open_pull_request_follows_its_branch(stage: Stage) -> None:
    stage.host.set_branch("promote", stage.feature)
    stage.host.set_branch("dev", stage.devops)
    stage.host.create_pull_request("Promote", "text", "promote", "dev")
    newer = stage.newer()
    stage.host.set_branch("promote", newer)
    assert newer == stage.host.pull_request(1).head


def test_people_and_teams_are_asked_for_a_review_once(stage: Stage) -> None:
    stage.host.create_pull_request("Add one", "text", "feature/one", "devops")
    stage.people.permit("hubot", "write")
    stage.people.found_team("platform")
    stage.host.request_reviewers(1, ["hubot"], [])
    stage.host.request_reviewers(1, ["hubot"], ["platform"])
    assert ["hubot", "platform"] == stage.people.asked(1)


def test_asking_nobody_for_a_review_is_no_error(stage: Stage) -> None:
    stage.host.create_pull_request("Add one", "text", "feature/one", "devops")
    stage.host.request_reviewers(1, [], [])
    assert [] == stage.people.asked(1)


@pytest.mark.parametrize(
    ("people", "teams"), [(["hubot", "stranger"], []), (["hubot"], ["nobody"]), (["github-actions[bot]"], [])]
)
def test_one_reviewer_who_cannot_be_asked_is_an_error_and_nobody_is(
    stage: Stage, people: list[str], teams: list[str]
) -> None:
    stage.host.create_pull_request("Add one", "text", "feature/one", "devops")
    stage.people.permit("hubot", "write")
    with pytest.raises(RunFailed, match="asks none of these reviewers"):
        stage.host.request_reviewers(1, people, teams)
    assert [] == stage.people.asked(1)


def test_a_branch_that_the_token_may_not_write_is_its_own_error(stage: Stage) -> None:
    stage.host.set_branch("promote", stage.devops)
    stage.people.protect("promote")
    with pytest.raises(BranchRefused):
        stage.host.set_branch("promote", stage.feature)
    assert stage.devops == stage.host.branch_head("promote")


def test_there_is_no_open_pull_request_between_other_branches(stage: Stage) -> None:
    stage.host.create_pull_request("Add one", "text", "feature/one", "devops")
    assert None is stage.host.open_pull_request("devops", "feature/one")


def test_a_pull_request_that_does_not_exist_is_an_error(stage: Stage) -> None:
    with pytest.raises(RunFailed):
        stage.host.pull_request(99)


def test_merged_pull_requests_name_the_commit_that_merged_them(stage: Stage) -> None:
    stage.host.set_branch("feature/two", stage.feature)
    for head in ("feature/one", "feature/two"):
        stage.host.create_pull_request("Add one", "text", head, "devops")
    stage.host.close_pull_request(2)
    merged = stage.merge(1)
    found = list(stage.host.merged_pull_requests("devops"))
    assert [(1, True, "closed", merged)] == [(p.number, p.merged, p.state, p.merge_commit) for p in found]
    assert TIME.fullmatch(found[0].merged_at)
    assert found[0].merged_at == stage.host.pull_request(1).merged_at
    assert list(stage.host.merged_pull_requests("staging")) == []
    assert None is stage.host.open_pull_request("feature/one", "devops")


def test_a_branch_is_created_moved_and_read(stage: Stage) -> None:
    assert None is stage.host.branch_head("promote/dev#1")
    stage.host.set_branch("promote/dev#1", stage.devops)
    assert stage.devops == stage.host.branch_head("promote/dev#1")
    stage.host.set_branch("promote/dev#1", stage.feature)
    assert stage.feature == stage.host.branch_head("promote/dev#1")
    stage.host.set_branch("promote/dev#1", stage.devops)
    assert stage.devops == stage.host.branch_head("promote/dev#1")


def test_a_file_is_read_at_a_branch_and_at_a_commit(stage: Stage) -> None:
    read = [stage.host.file_at("docs/read me.md", at) for at in ("devops", stage.devops)]
    assert read == ["Grüße\n", "Grüße\n"]


@pytest.mark.parametrize("path", ["missing.yml", "docs", "docs/missing.md"])
def test_a_file_that_is_not_there_is_none(stage: Stage, path: str) -> None:
    assert None is stage.host.file_at(path, "devops")


def test_a_written_check_run_is_read_back(stage: Stage) -> None:
    written = stage.host.write_check_run(_check(stage.feature))
    found = stage.host.check_runs(stage.feature)
    assert (written,) == found
    assert _check(stage.feature) == replace(found[0], id=0, url="", completed_at="")
    assert TIME.fullmatch(found[0].completed_at)
    assert stage.host.check_runs(stage.devops) == ()


def test_the_latest_check_run_of_each_name_is_read(stage: Stage) -> None:
    stage.host.write_check_run(_check(stage.feature))
    other = stage.host.write_check_run(_check(stage.feature, name="other"))
    latest = stage.host.write_check_run(_check(stage.feature, conclusion=Conclusion.FAILURE))
    assert {latest, other} == set(stage.host.check_runs(stage.feature))


def test_every_check_run_of_a_name_is_read_newest_first(stage: Stage) -> None:
    name = "gitops-bot: plan dev"
    assert () == stage.host.check_runs_named(stage.feature, name)
    written = [stage.host.write_check_run(_check(stage.feature, summary=f"plan {n}")) for n in range(101)]
    stage.host.write_check_run(_check(stage.feature, name="other"))
    stage.host.write_check_run(_check(stage.devops))
    assert tuple(reversed(written)) == stage.host.check_runs_named(stage.feature, name)


@pytest.mark.parametrize("count", [1, 50, 120])
def test_a_check_run_is_annotated_and_goes_on_saying_what_it_said(stage: Stage, count: int) -> None:
    written = stage.host.write_check_run(_check(stage.feature))
    wanted = [
        Annotation("infra/main.tf", n, n + 1, AnnotationLevel.WARNING, f"title {n}", "one\ntwo")
        for n in range(1, count + 1)
    ]
    stage.host.annotate(replace(_check(stage.feature), id=written.id), wanted)
    assert wanted == stage.annotations(written.id)
    assert (written,) == stage.host.check_runs(stage.feature)


def test_annotations_of_a_check_run_that_does_not_exist_are_an_error(stage: Stage) -> None:
    note = Annotation("main.tf", 1, 1, AnnotationLevel.NOTICE, "title", "message")
    with pytest.raises(RunFailed):
        stage.host.annotate(_check(stage.feature, id=4711), [note])


def test_reviews_are_read_oldest_first_with_the_commit_they_are_of(stage: Stage) -> None:
    stage.host.create_pull_request("Add one", "text", "feature/one", "devops")
    assert [] == list(stage.host.reviews(1))
    stage.people.review(1, "hubot", "CHANGES_REQUESTED")
    stage.people.review(1, "review-bot[bot]", "COMMENTED")
    stage.people.review(1, "hubot", "APPROVED")
    found = list(stage.host.reviews(1))
    expected = [
        ("hubot", "CHANGES_REQUESTED", stage.feature, False),
        ("review-bot[bot]", "COMMENTED", stage.feature, True),
        ("hubot", "APPROVED", stage.feature, False),
    ]
    assert expected == [(r.author, r.state, r.commit, r.bot) for r in found]
    assert all(TIME.fullmatch(r.at) for r in found)


def test_a_dismissed_review_says_so_in_place_of_what_it_said(stage: Stage) -> None:
    stage.host.create_pull_request("Add one", "text", "feature/one", "devops")
    stage.people.review(1, "hubot", "APPROVED")
    before = list(stage.host.reviews(1))
    stage.people.dismiss()
    assert [replace(r, state=ReviewState.DISMISSED) for r in before] == list(stage.host.reviews(1))


def test_more_reviews_than_a_page_come_in_order(stage: Stage) -> None:
    stage.host.create_pull_request("Add one", "text", "feature/one", "devops")
    for number in range(101):
        stage.people.review(1, f"person-{number}", "APPROVED")
    assert [f"person-{n}" for n in range(101)] == [r.author for r in stage.host.reviews(1)]


def test_the_reviews_of_a_pull_request_that_does_not_exist_are_an_error(stage: Stage) -> None:
    with pytest.raises(RunFailed):
        list(stage.host.reviews(99))


@pytest.mark.parametrize("level", ["admin", "write", "read", "none"])
def test_what_a_person_may_do_is_told(stage: Stage, level: str) -> None:
    stage.people.permit("hubot", level)
    assert level == stage.host.permission("hubot")


def test_a_person_who_is_no_collaborator_may_do_nothing(stage: Stage) -> None:
    assert "none" == stage.host.permission("stranger")


def test_an_attempt_of_a_workflow_run_is_told_while_it_runs_and_when_it_has_ended(stage: Stage) -> None:
    stage.people.start(4711, 1)
    assert WorkflowRun("4711", 1, False) == stage.host.workflow_run("4711", 1)
    stage.people.finish(4711, 1)
    stage.people.start(4711, 2)
    ended = stage.host.workflow_run("4711", 1)
    assert ended is not None
    assert ("4711", 1, True) == (ended.id, ended.attempt, ended.ended)
    assert TIME.fullmatch(ended.ended_at)
    assert WorkflowRun("4711", 2, False) == stage.host.workflow_run("4711", 2)


def test_the_runs_for_a_pull_requests_head_are_told_newest_first(stage: Stage) -> None:
    stage.people.start(4711, 1)
    stage.people.start(4712, 1)
    found = stage.host.pull_request_runs("gitops.yml", stage.feature)
    assert ["4712", "4711"] == [run.id for run in found]
    assert () == stage.host.pull_request_runs("gitops.yml", stage.devops)
    assert () == stage.host.pull_request_runs("other.yml", stage.feature)


def test_a_run_that_has_ended_can_be_run_again_and_one_under_way_cannot(stage: Stage) -> None:
    stage.people.start(4711, 1)
    with pytest.raises(RunFailed):
        stage.host.rerun("4711")
    stage.people.finish(4711, 1)
    stage.host.rerun("4711")
    assert [4711] == stage.people.asked_again()


@pytest.mark.parametrize("run", ["4713", "", "../4711"])
def test_what_is_no_run_cannot_be_run_again(stage: Stage, run: str) -> None:
    with pytest.raises(RunFailed):
        stage.host.rerun(run)


def test_a_reaction_is_set_once_however_often_it_is_asked_for(stage: Stage) -> None:
    number = stage.host.create_pull_request("A change", "", "feature/one", "devops").number
    comment = stage.host.create_comment(number, "Hello", "")
    for reaction in (Reaction.SEEN, Reaction.STARTED, Reaction.SEEN):
        stage.host.react(comment.id, reaction)
    assert ["eyes", "rocket"] == stage.people.reactions(comment.id)


@pytest.mark.parametrize(
    ("number", "attempt"),
    [("4712", 1), ("4711", 3), ("", 1), ("4711/../4711", 1), ("4711", 0), ("-4711", 1)],
)
def test_a_workflow_run_that_is_not_there_is_none(stage: Stage, number: str, attempt: int) -> None:
    stage.people.start(4711, 1)
    assert None is stage.host.workflow_run(number, attempt)


def test_comments_are_posted_read_and_replaced(stage: Stage) -> None:
    stage.host.create_pull_request("Add one", "text", "feature/one", "devops")
    first = stage.host.create_comment(1, "<!-- m --> first", "<!-- m -->")
    second = stage.host.create_comment(1, "second", "")
    assert [first, second] == list(stage.host.comments(1))
    assert first == stage.host.comment(first.id)
    changed = stage.host.update_comment(first.id, "changed")
    assert replace(first, body="changed") == changed
    assert [changed, second] == list(stage.host.comments(1))
    assert stage.host.own_login() == first.author


def test_comments_since_a_time_are_those_written_or_edited_from_then_on(stage: Stage) -> None:
    stage.host.create_pull_request("Add one", "text", "feature/one", "devops")
    first = stage.host.create_comment(1, "first", "")
    assert [first] == list(stage.host.comments(1, "2026-01-01T00:00:00Z"))
    assert [] == list(stage.host.comments(1, "2999-01-01T00:00:00Z"))


def test_a_comment_is_minimised_as_outdated_and_a_second_time_changes_nothing(stage: Stage) -> None:
    stage.host.create_pull_request("Add one", "text", "feature/one", "devops")
    first, second = (stage.host.create_comment(1, text, "") for text in ("first", "second"))
    stage.host.minimize_comment(first)
    stage.host.minimize_comment(first)
    assert {first.id: True, second.id: False} == {c.id: stage.is_minimized(c.id) for c in (first, second)}
    assert [first, second] == list(stage.host.comments(1))


def test_a_comment_that_graphql_does_not_know_cannot_be_minimised(stage: Stage) -> None:
    stage.host.create_pull_request("Add one", "text", "feature/one", "devops")
    made = stage.host.create_comment(1, "first", "")
    with pytest.raises(RunFailed, match=f"did not minimise comment {made.id}: Could not resolve to a node"):
        stage.host.minimize_comment(replace(made, node="bm8="))


def test_more_comments_than_a_page_come_in_order(stage: Stage) -> None:
    stage.host.create_pull_request("Add one", "text", "feature/one", "devops")
    for number in range(101):
        stage.host.create_comment(1, f"comment {number}", "")
    assert [f"comment {n}" for n in range(101)] == [c.body for c in stage.host.comments(1)]


def test_a_comment_that_is_gone_is_none(stage: Stage) -> None:
    assert None is stage.host.comment(4711)


def test_a_comment_that_is_too_long_says_so(stage: Stage) -> None:
    stage.host.create_pull_request("Add one", "text", "feature/one", "devops")
    with pytest.raises(BodyTooLong):
        stage.host.create_comment(1, "x" * 300_000, "")


def test_a_label_is_told_with_who_set_it(stage: Stage) -> None:
    stage.host.create_pull_request("Add one", "text", "feature/one", "devops")
    assert () == stage.host.labels(1)
    stage.label(1, "gitops-bot: override", "octocat")
    stage.label(1, "size/l", "hubot")
    assert (("gitops-bot: override", "octocat"), ("size/l", "hubot")) == stage.host.labels(1)


def test_a_label_that_was_taken_off_is_not_told(stage: Stage) -> None:
    stage.host.create_pull_request("Add one", "text", "feature/one", "devops")
    stage.label(1, "gitops-bot: override", "octocat")
    stage.unlabel(1, "gitops-bot: override")
    assert () == stage.host.labels(1)


def test_who_set_a_label_last_is_told(stage: Stage) -> None:
    stage.host.create_pull_request("Add one", "text", "feature/one", "devops")
    for person in ("octocat", "mallory"):
        stage.label(1, "gitops-bot: override", person)
        stage.unlabel(1, "gitops-bot: override")
    stage.label(1, "gitops-bot: override", "eve")
    stage.label(1, "gitops-bot: override", "octocat")  # set already, so nothing happens
    assert (("gitops-bot: override", "eve"),) == stage.host.labels(1)


def test_who_set_a_label_is_found_behind_more_events_than_a_page(stage: Stage) -> None:
    stage.host.create_pull_request("Add one", "text", "feature/one", "devops")
    for _ in range(51):
        stage.label(1, "wip", "octocat")
        stage.unlabel(1, "wip")
    stage.label(1, "wip", "hubot")
    assert (("wip", "hubot"),) == stage.host.labels(1)


def test_our_own_label_is_set_and_taken_off_again(stage: Stage) -> None:
    stage.host.create_pull_request("Add one", "text", "feature/one", "devops")
    stage.label(1, "wip", "octocat")
    for _ in range(2):
        stage.host.add_label(1, "terraform: no changes/ä")
    assert (("wip", "octocat"), ("terraform: no changes/ä", stage.host.own_login())) == stage.host.labels(1)
    for _ in range(2):
        stage.host.remove_label(1, "terraform: no changes/ä")
    assert (("wip", "octocat"),) == stage.host.labels(1)


def test_a_label_for_a_pull_request_that_does_not_exist_is_an_error(stage: Stage) -> None:
    with pytest.raises(RunFailed):
        stage.host.add_label(99, "terraform: changes")


def test_the_labels_of_a_pull_request_that_does_not_exist_are_an_error(stage: Stage) -> None:
    with pytest.raises(RunFailed):
        stage.host.labels(99)


def _event(event: str, label: str, login: str | None, second: int) -> dict[str, object]:
    actor = {"login": login} if login else None
    at = f"2026-01-01T00:00:{second:02}Z"
    return {"id": second, "event": event, "label": {"name": label}, "actor": actor, "created_at": at}


def _labels_of(present: list[str], *events: dict[str, object]) -> tuple[tuple[str, str], ...]:
    """What the adapter makes of these answers of GitHub's."""
    replies = [Reply(200, [{"name": name} for name in present]), Reply(200, list(events))]
    with ScriptedServer(replies) as server, GithubCodeHost(server.api_url, "acme/infra", "token") as host:
        return host.labels(1)


@pytest.mark.parametrize(
    "events",
    [
        [],
        [_event("labeled", "old name", "octocat", 1)],
        [_event("labeled", "go", "octocat", 1), _event("unlabeled", "go", "eve", 2)],
        [_event("labeled", "go", None, 1)],
        [{"id": 1, "event": "merged", "actor": {"login": "octocat"}, "created_at": ""}],
        [{"id": "x"}, {}],
    ],
    ids=[
        "no events",
        "renamed",
        "another took its name",
        "a deleted account",
        "other events",
        "strange ones",
    ],
)
def test_a_label_whose_setter_github_does_not_tell_was_set_by_nobody(events: list[dict[str, object]]) -> None:
    assert (("go", ""),) == _labels_of(["go"], *events)


def test_the_newest_event_of_a_label_counts_in_whatever_order_they_come() -> None:
    newer, older = _event("labeled", "go", "eve", 3), _event("labeled", "go", "octocat", 1)
    between = _event("unlabeled", "go", "eve", 2)
    assert (("go", "eve"),) == _labels_of(["go"], newer, between, older)


def test_a_pull_request_without_labels_is_one_request() -> None:
    with (
        ScriptedServer([Reply(200, [])]) as server,
        GithubCodeHost(server.api_url, "acme/infra", "token") as host,
    ):
        assert ((), 1) == (host.labels(1), len(server.asked))


def test_a_workflow_is_dispatched_on_a_branch_with_its_inputs(stage: Stage) -> None:
    stage.host.dispatch_workflow("git ops.yml", "feature/one", {"command": "apply", "environment": "dev"})
    expected = ("git ops.yml", "feature/one", {"command": "apply", "environment": "dev"})
    assert [expected] == stage.dispatched()


@pytest.mark.parametrize(("workflow", "ref"), [("gitops.yml", "missing"), ("gitops", "devops")])
def test_a_dispatch_that_cannot_be_is_an_error_and_starts_nothing(
    stage: Stage, workflow: str, ref: str
) -> None:
    with pytest.raises(RunFailed, match=f"cannot dispatch {workflow} on {ref}"):
        stage.host.dispatch_workflow(workflow, ref, {})
    assert [] == stage.dispatched()


def test_deployments_come_newest_first_with_their_payload(stage: Stage) -> None:
    older = stage.host.create_deployment(_deployment(stage.devops, "1"))
    newer = stage.host.create_deployment(_deployment(stage.feature, "2"))
    stage.host.create_deployment(replace(_deployment(stage.devops, "3"), environment="prod"))
    stage.host.create_deployment(replace(_deployment(stage.devops, "4"), task="deploy"))
    assert [newer, older] == list(stage.host.deployments("dev", TASK))
    assert _deployment(stage.devops, "1") == replace(older, id=0, created_at="")


def test_statuses_come_newest_first_and_a_success_ends_older_deployments(stage: Stage) -> None:
    older = stage.host.create_deployment(_deployment(stage.devops, "1"))
    running = DeploymentStatus(DeploymentState.IN_PROGRESS, "applying", "https://run.example/1")
    done = DeploymentStatus(DeploymentState.SUCCESS, "applied", "https://run.example/1")
    stage.host.add_deployment_status(older, running)
    stage.host.add_deployment_status(older, done)
    found = stage.host.deployment_statuses(older.id)
    assert (done, running) == tuple(replace(status, at="") for status in found)
    assert all(TIME.fullmatch(status.at) for status in found)
    newer = stage.host.create_deployment(_deployment(stage.feature, "2"))
    stage.host.add_deployment_status(newer, done)
    states = [status.state for status in stage.host.deployment_statuses(older.id)]
    assert states == ["inactive", "success", "in_progress"]
