"""The sandbox over HTTP: it merges, refuses, pages and tells events as GitHub does."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import RemoteDisconnected
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from github import GithubException

from gitops_bot.sandbox import Refused, Sandbox
from gitops_bot.sandbox.git_store import Signature
from gitops_bot.sandbox.hub import MergeMethod
from gitops_bot.sandbox.records import ACTIONS_LOGIN
from tests.kit.sandbox_client import Answer, SandboxClient
from tests.kit.sandbox_story import MAIN, git, infra_sandbox, open_feature, pygithub


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with infra_sandbox(tmp_path) as running:
        yield running


@pytest.fixture
def person(sandbox: Sandbox) -> SandboxClient:
    return SandboxClient(sandbox, sandbox.issue_token("octocat", "pat"))


@pytest.fixture
def action(sandbox: Sandbox) -> SandboxClient:
    return SandboxClient(sandbox, sandbox.issue_token())


def event_names(sandbox: Sandbox) -> list[str]:
    return [
        " ".join(filter(None, (event.name, event.payload.get("action"))))
        for event in sandbox.hub.take_events()
    ]


# --- merging ---


def test_a_merge_makes_a_commit_with_both_parents(sandbox: Sandbox, person: SandboxClient) -> None:
    number = open_feature(sandbox)
    base = sandbox.hub.store.branch("devops")
    answer = person.send("PUT", f"~/pulls/{number}/merge", {"merge_method": "merge"})
    commit = sandbox.hub.store.commit("devops")
    assert answer.status == 200
    assert commit is not None
    assert answer.body["sha"] == commit.sha
    assert commit.parents == (base, sandbox.hub.pull(number).head_sha)
    assert commit.message.startswith(f"Merge pull request #{number} from acme/feature")


def test_a_squash_makes_one_commit_on_the_base(sandbox: Sandbox, person: SandboxClient) -> None:
    number = open_feature(sandbox)
    base = sandbox.hub.store.branch("devops")
    sha = person.send("PUT", f"~/pulls/{number}/merge", {"merge_method": "squash"}).body["sha"]
    commit, head = sandbox.hub.store.commit(sha), sandbox.hub.store.commit("feature")
    assert commit is not None
    assert head is not None
    assert commit.parents == (base,)
    assert commit.tree == head.tree
    assert commit.message.startswith(f"Add bucket.tf (#{number})")


def test_a_rebase_makes_the_commits_anew(sandbox: Sandbox, person: SandboxClient) -> None:
    number = open_feature(sandbox)
    sandbox.hub.commit("devops", {"other.tf": "# other\n"}, "Meanwhile")
    base = sandbox.hub.store.branch("devops")
    sha = person.send("PUT", f"~/pulls/{number}/merge", {"merge_method": "rebase"}).body["sha"]
    commits = sandbox.hub.store.commits_between(base or "", sha)
    assert [commit.message for commit in commits] == ["Add bucket.tf", "Extend bucket.tf"]
    assert {commit.author for commit in commits} == {"octocat"}
    assert commits[0].parents == (base,)
    assert sandbox.hub.pull(number).merged


def test_a_rebase_whose_commits_conflict_is_refused(sandbox: Sandbox, person: SandboxClient) -> None:
    sandbox.hub.commit("feature", {"main.tf": "# other\n"}, "Replace")
    sandbox.hub.commit("feature", {"main.tf": MAIN, "new.tf": "# new\n"}, "Put back")
    number = sandbox.hub.open_pull_request("There and back", "feature", "devops").number
    sandbox.hub.commit("devops", {"main.tf": MAIN + "# end\n"}, "Meanwhile")
    answer = person.send("PUT", f"~/pulls/{number}/merge", {"merge_method": "rebase"})
    assert (answer.status, answer.message) == (405, "This branch can't be rebased")


def test_merging_twice_is_refused(sandbox: Sandbox, person: SandboxClient) -> None:
    number = open_feature(sandbox)
    assert person.send("PUT", f"~/pulls/{number}/merge", {}).status == 200
    again = person.send("PUT", f"~/pulls/{number}/merge", {})
    assert (again.status, again.message) == (405, "Pull Request is not mergeable")


def test_merging_another_head_than_the_one_seen_is_refused(sandbox: Sandbox, person: SandboxClient) -> None:
    number = open_feature(sandbox)
    answer = person.send("PUT", f"~/pulls/{number}/merge", {"sha": "0" * 40})
    assert (answer.status, answer.message) == (
        409,
        "Head branch was modified. Review and try the merge again.",
    )


def test_conflicting_branches_have_no_test_merge_and_cannot_be_merged(
    sandbox: Sandbox, person: SandboxClient
) -> None:
    number = open_feature(sandbox, path="same.tf")
    assert sandbox.hub.store.refs(f"refs/pull/{number}/merge")
    sandbox.hub.commit("devops", {"same.tf": "# different\n"})
    body = person.get(f"~/pulls/{number}").body
    assert (body["mergeable"], body["mergeable_state"], body["merge_commit_sha"]) == (False, "dirty", None)
    assert not sandbox.hub.store.refs(f"refs/pull/{number}/merge")
    assert person.send("PUT", f"~/pulls/{number}/merge", {}).status == 405
    sandbox.hub.take_events()
    sandbox.hub.commit("feature", {"another.tf": "# more\n"})
    assert event_names(sandbox) == ["push"]


def test_required_checks_block_a_merge_until_they_passed(
    sandbox: Sandbox, person: SandboxClient, action: SandboxClient
) -> None:
    number = open_feature(sandbox)
    head = sandbox.hub.pull(number).head_sha
    sandbox.hub.required_checks["devops"] = {"plan", "lint"}
    merge = f"~/pulls/{number}/merge"
    assert person.send("PUT", merge, {}).message == "2 of 2 required status checks are expected."
    person.post(f"~/statuses/{head}", {"state": "success", "context": "lint"})
    action.post("~/check-runs", {"name": "plan", "head_sha": head, "conclusion": "failure"})
    failing = person.send("PUT", merge, {})
    assert (failing.status, failing.message) == (405, 'Required status check "plan" is failing.')
    assert person.get(f"~/pulls/{number}").body["mergeable_state"] == "blocked"
    action.post("~/check-runs", {"name": "plan", "head_sha": head, "conclusion": "success"})
    assert person.send("PUT", merge, {}).status == 200


# --- events ---


def test_a_pull_request_tells_its_story_in_events(sandbox: Sandbox) -> None:
    hub = sandbox.hub
    hub.commit("feature", {"bucket.tf": "# one\n"})
    number = hub.open_pull_request("Bucket", "feature", "devops", draft=True).number
    hub.ready_for_review(number)
    hub.commit("feature", {"bucket.tf": "# two\n"})
    hub.close(number)
    hub.reopen(number)
    hub.merge(number)
    assert event_names(sandbox) == [
        "push",
        "pull_request opened",
        "pull_request ready_for_review",
        "push",
        "pull_request synchronize",
        "pull_request closed",
        "pull_request reopened",
        "pull_request closed",
        "push",
    ]


def test_a_pull_request_event_is_at_the_test_merge(sandbox: Sandbox) -> None:
    sandbox.hub.commit("feature", {"bucket.tf": "# one\n"})
    sandbox.hub.take_events()
    pull = sandbox.hub.open_pull_request("Bucket", "feature", "devops")
    event = sandbox.hub.events.popleft()
    commit = sandbox.hub.store.commit(event.sha)
    assert (event.name, event.ref) == ("pull_request", f"refs/pull/{pull.number}/merge")
    assert commit is not None
    assert commit.parents == (sandbox.hub.store.branch("devops"), pull.head_sha)
    assert sandbox.hub.store.refs(event.ref) == {event.ref: event.sha}
    assert event.payload["pull_request"]["head"]["sha"] == pull.head_sha
    assert event.payload["repository"]["default_branch"] == "devops"


def test_a_merged_event_is_on_the_base_branch(sandbox: Sandbox) -> None:
    number = open_feature(sandbox)
    sha = sandbox.hub.merge(number, "squash")
    closed, push = sandbox.hub.take_events()
    assert (closed.sha, closed.ref, closed.payload["pull_request"]["merged"]) == (
        sha,
        "refs/heads/devops",
        True,
    )
    assert (push.sha, push.ref, push.payload["after"]) == (sha, "refs/heads/devops", sha)
    assert closed.delivery != push.delivery


def test_a_retargeted_pull_request_says_where_it_came_from(sandbox: Sandbox, person: SandboxClient) -> None:
    number = open_feature(sandbox)
    sandbox.hub.commit("dev", {"dev.tf": "# dev\n"})
    sandbox.hub.take_events()
    assert person.send("PATCH", f"~/pulls/{number}", {"base": "dev"}).body["base"]["ref"] == "dev"
    (event,) = sandbox.hub.take_events()
    assert (event.name, event.payload["action"]) == ("pull_request", "edited")
    assert event.payload["changes"]["base"]["ref"] == {"from": "devops"}


def test_a_git_push_is_noticed_when_refreshed(sandbox: Sandbox, tmp_path: Path) -> None:
    number = open_feature(sandbox)
    before = sandbox.hub.pull(number).head_sha
    git(tmp_path, "clone", "--quiet", "--branch", "feature", sandbox.clone_url, "work")
    (tmp_path / "work" / "more.tf").write_text("# more\n")
    git(tmp_path / "work", "add", ".")
    git(tmp_path / "work", "commit", "--quiet", "-m", "More")
    git(tmp_path / "work", "push", "--quiet", "origin", "HEAD:feature")
    assert sandbox.hub.refresh("hubot") == ("feature",)
    push, synchronize = sandbox.hub.take_events()
    after = git(tmp_path / "work", "rev-parse", "HEAD")
    assert (push.payload["before"], push.payload["after"]) == (before, after)
    assert (synchronize.payload["before"], synchronize.payload["after"]) == (before, after)
    assert synchronize.payload["sender"]["login"] == "hubot"
    assert sandbox.hub.refresh() == ()


def test_what_a_job_pushed_by_git_is_noticed_at_its_next_request_as_its_own(
    sandbox: Sandbox, action: SandboxClient
) -> None:
    number = open_feature(sandbox)
    before = sandbox.hub.pull(number).head_sha
    who = Signature("A", "a@example.com", sandbox.hub.site.now())
    after = sandbox.hub.store.write_commit((before,), {"more.tf": ""}, "More", who)
    sandbox.hub.take_events()
    sandbox.hub.store.set_ref("refs/heads/feature", after)
    assert after == action.get(f"~/pulls/{number}").body["head"]["sha"]
    assert [] == sandbox.hub.take_events()


def test_workflow_files_that_no_branch_has_take_a_permission_of_their_own(sandbox: Sandbox) -> None:
    wanted = sandbox.hub.commit("gone", {".github/workflows/ci.yml": "on: push\n"})
    sandbox.hub.delete_ref("refs/heads/gone")
    create = {"ref": "refs/heads/promote", "sha": wanted}
    move = {"sha": wanted, "force": True}
    sandbox.hub.create_ref("refs/heads/there", sandbox.hub.store.resolve("devops") or "")

    def token(**more: str) -> SandboxClient:
        permissions = {"contents": "write", **more}
        return SandboxClient(sandbox, sandbox.issue_token("infra-app[bot]", permissions=permissions))

    refused = [token().post("~/git/refs", create), token().send("PATCH", "~/git/refs/heads/there", move)]
    assert [(403, "Resource not accessible by integration")] * 2 == [(a.status, a.message) for a in refused]
    assert 201 == token(workflows="write").post("~/git/refs", create).status
    assert 200 == token().send("PATCH", "~/git/refs/heads/there", move).status  # a branch has them now


def test_a_draft_is_not_merged_until_it_is_ready(sandbox: Sandbox, action: SandboxClient) -> None:
    sandbox.hub.commit("feature", {"bucket.tf": "# one\n"})
    body = {"title": "Bucket", "head": "feature", "base": "devops", "draft": True}
    number = action.post("~/pulls", body).body["number"]
    assert 405 == action.send("PUT", f"~/pulls/{number}/merge", {}).status
    sandbox.hub.ready_for_review(number)
    assert 200 == action.send("PUT", f"~/pulls/{number}/merge", {}).status


def test_a_repository_may_take_no_drafts(sandbox: Sandbox, action: SandboxClient) -> None:
    sandbox.hub.takes_drafts = False
    sandbox.hub.commit("feature", {"bucket.tf": "# one\n"})
    body = {"title": "Bucket", "head": "feature", "base": "devops"}
    answer = action.post("~/pulls", {**body, "draft": True})
    assert (422, "Draft pull requests are not supported in this repository.") == (
        answer.status,
        answer.message,
    )
    assert 201 == action.post("~/pulls", body).status


@pytest.mark.parametrize("token", [None, "ghs_unknown"])
def test_git_is_answered_over_http_only_for_a_known_token(sandbox: Sandbox, token: str | None) -> None:
    url = sandbox.git_url.replace("://", f"://x-access-token:{token}@") if token else sandbox.git_url
    known = sandbox.git_url.replace("://", f"://x-access-token:{sandbox.issue_token()}@")
    environ = {"PATH": os.environ["PATH"], "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "LC_ALL": "C"}
    asked = [
        subprocess.run(["git", "ls-remote", "--quiet", at], env=environ, capture_output=True, check=False)
        for at in (url, known)
    ]
    assert [True, False] == [done.returncode != 0 for done in asked]
    assert b"refs/heads/devops" in asked[1].stdout


def test_pushing_the_head_to_the_base_merges_the_pull_request(sandbox: Sandbox) -> None:
    number = open_feature(sandbox)
    sandbox.hub.update_ref("refs/heads/devops", sandbox.hub.pull(number).head_sha)
    assert sandbox.hub.pull(number).merged
    assert event_names(sandbox) == ["push", "pull_request closed"]


def test_deleting_the_head_branch_closes_the_pull_request(sandbox: Sandbox, person: SandboxClient) -> None:
    number = open_feature(sandbox)
    assert person.send("DELETE", "~/git/refs/heads/feature").status == 204
    pull = sandbox.hub.pull(number)
    assert (pull.state, pull.merged) == ("closed", False)
    with pytest.raises(Refused, match="422"):
        sandbox.hub.reopen(number)


def test_what_the_workflow_token_does_starts_nothing_but_dispatched_runs(
    sandbox: Sandbox, action: SandboxClient
) -> None:
    sandbox.hub.commit("feature", {"bucket.tf": "# one\n"})
    sandbox.hub.take_events()
    head = sandbox.hub.store.branch("feature")
    opened = action.post("~/pulls", {"title": "Bucket", "head": "feature", "base": "devops"})
    action.post(f"~/issues/{opened.body['number']}/comments", {"body": "Hello"})
    action.post("~/git/refs", {"ref": "refs/heads/promote/dev", "sha": head})
    action.send("PUT", f"~/pulls/{opened.body['number']}/merge", {})
    assert event_names(sandbox) == []
    assert sandbox.hub.refresh() == ()
    dispatch = {"ref": "devops", "inputs": {"environment": "dev"}}
    assert action.post("~/actions/workflows/gitops.yml/dispatches", dispatch).status == 204
    (event,) = sandbox.hub.take_events()
    assert (event.name, event.ref) == ("workflow_dispatch", "refs/heads/devops")
    assert event.sha == sandbox.hub.store.branch("devops")
    assert event.payload["inputs"] == {"environment": "dev"}


def test_another_app_starts_runs(sandbox: Sandbox) -> None:
    open_feature(sandbox)
    client = SandboxClient(sandbox, sandbox.issue_token("acme-bot[bot]", "app"))
    assert client.post("~/issues/1/comments", {"body": "/plan"}).body["user"]["type"] == "Bot"
    assert event_names(sandbox) == ["issue_comment created"]


# --- refusals ---


@pytest.mark.parametrize("token", [None, "ghs_unknown"])
def test_without_a_known_token_nothing_is_answered(sandbox: Sandbox, token: str | None) -> None:
    answer = SandboxClient(sandbox, token).get("~")
    assert (answer.status, answer.message) == (401, "Bad credentials")


@pytest.mark.parametrize(
    "path", ["/repos/acme/other", "~/nothing", "~/pulls/99", "~/branches/no", "~/contents/no.tf", "/zen"]
)
def test_what_is_not_there_is_not_found(person: SandboxClient, path: str) -> None:
    assert person.get(path).status == 404


def test_a_missing_permission_is_named(sandbox: Sandbox) -> None:
    number = open_feature(sandbox)
    token = sandbox.issue_token(permissions={"contents": "read", "pull-requests": "read"})
    client = SandboxClient(sandbox, token)
    assert client.get(f"~/pulls/{number}").status == 200
    answer = client.post(f"~/issues/{number}/comments", {"body": "Hello"})
    assert (answer.status, answer.message) == (403, "Resource not accessible by integration")
    assert answer.headers["x-accepted-github-permissions"] == "issues=write; pull_requests=write"


def test_a_read_only_token_reads(sandbox: Sandbox) -> None:
    client = SandboxClient(sandbox, sandbox.issue_token(kind="read-only"))
    assert client.get("~/deployments").body == []
    assert client.post("~/deployments", {"ref": "devops"}).status == 403


def test_only_people_have_a_user(person: SandboxClient, action: SandboxClient) -> None:
    assert person.get("/user").body["login"] == "octocat"
    refused = action.get("/user")
    assert (refused.status, refused.message) == (403, "Resource not accessible by integration")
    viewer = action.post("/graphql", {"query": "query { viewer { login } }"})
    assert viewer.body == {"data": {"viewer": {"login": ACTIONS_LOGIN}}}


def test_only_apps_write_check_runs_and_only_their_own(
    sandbox: Sandbox, person: SandboxClient, action: SandboxClient
) -> None:
    head = sandbox.hub.store.branch("devops")
    body = {"name": "plan", "head_sha": head, "status": "in_progress"}
    refused = person.post("~/check-runs", body)
    assert (refused.status, refused.message) == (403, "You must authenticate via a GitHub App.")
    made = action.post("~/check-runs", body)
    other = SandboxClient(sandbox, sandbox.issue_token("acme-bot[bot]", "app"))
    path = f"~/check-runs/{made.body['id']}"
    assert other.send("PATCH", path, {"conclusion": "success"}).status == 403
    assert action.send("PATCH", path, {"conclusion": "success"}).body["status"] == "completed"


def test_texts_that_are_too_long_are_refused(sandbox: Sandbox, action: SandboxClient) -> None:
    number, head = open_feature(sandbox), sandbox.hub.store.branch("devops")
    comments = f"~/issues/{number}/comments"
    assert action.post(comments, {"body": "x" * 65_536}).status == 201
    refused = action.post(comments, {"body": "x" * 65_537})
    assert refused.status == 422
    assert refused.body["errors"][0]["message"] == "Body is too long (maximum is 65536 characters)"
    for field in ("summary", "text"):
        output = {"title": "Plan", "summary": "s", field: "x" * 65_536}
        check = action.post("~/check-runs", {"name": "plan", "head_sha": head, "output": output})
        assert check.status == 422
        assert "Only 65535 characters are allowed" in check.message
    long = {"ref": "devops", "description": "x" * 141}
    assert action.post("~/deployments", long).status == 422


def test_a_second_pull_request_for_the_same_branches_is_refused(
    sandbox: Sandbox, action: SandboxClient
) -> None:
    open_feature(sandbox)
    body = {"title": "Again", "head": "feature", "base": "devops"}
    again = action.post("~/pulls", body)
    assert again.status == 422
    assert again.body["errors"][0]["message"] == "A pull request already exists for acme:feature."
    nothing = action.post("~/pulls", {**body, "head": "devops"})
    assert nothing.body["errors"][0]["message"] == "No commits between devops and devops"
    assert action.post("~/pulls", {**body, "base": "none"}).body["errors"][0]["field"] == "base"
    sandbox.hub.actions_may_open_pull_requests = False
    assert "not permitted to create" in action.post("~/pulls", body).message


def test_refs_move_forward_unless_forced(sandbox: Sandbox, action: SandboxClient) -> None:
    old = sandbox.hub.store.branch("devops")
    new = sandbox.hub.commit("dev", {"dev.tf": "# dev\n"})
    assert (
        action.post("~/git/refs", {"ref": "refs/heads/dev", "sha": new}).message == "Reference already exists"
    )
    assert (
        action.post("~/git/refs", {"ref": "refs/heads/x", "sha": "1" * 40}).message == "Object does not exist"
    )
    back = action.send("PATCH", "~/git/refs/heads/dev", {"sha": old})
    assert (back.status, back.message) == (422, "Update is not a fast forward")
    assert action.send("PATCH", "~/git/refs/heads/dev", {"sha": old, "force": True}).status == 200
    assert action.get("~/git/ref/heads/dev").body["object"]["sha"] == old


def test_bodies_that_are_no_json_are_refused(person: SandboxClient) -> None:
    assert person.send("POST", "~/pulls", raw=b"{").message == "Problems parsing JSON"
    assert person.post("~/pulls", {"title": 1, "head": "a", "base": "b"}).status == 422


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("~/check-runs", {"name": "plan", "head_sha": "devops", "output": 5}),
        ("~/check-runs", {"name": "plan", "head_sha": "devops", "output": {"title": 1, "summary": "s"}}),
        ("~/check-runs", {"name": "plan", "head_sha": "devops", "output": {"title": "Plan"}}),
        ("~/check-runs", {"name": "plan", "head_sha": "devops", "started_at": "yesterday"}),
        ("~/check-runs", {"name": "plan", "head_sha": "devops", "status": "completed"}),
        ("~/check-runs", {"name": "plan", "head_sha": "none"}),
        ("~/deployments", {"ref": "devops", "required_contexts": "none"}),
        ("~/deployments", {"ref": "none"}),
        ("~/statuses/devops", {"state": "great"}),
        ("~/issues/1/labels", {"labels": [{"colour": "red"}]}),
        ("~/issues/1/comments", {"body": " "}),
        ("~/actions/workflows/gitops.yml/dispatches", {"ref": "none"}),
    ],
)
def test_what_makes_no_sense_cannot_be_processed(
    sandbox: Sandbox, action: SandboxClient, path: str, body: object
) -> None:
    open_feature(sandbox)
    assert action.post(path, body).status == 422


def test_a_deployment_waits_for_the_checks_it_requires(sandbox: Sandbox, action: SandboxClient) -> None:
    action.post("~/statuses/devops", {"state": "pending", "context": "lint"})
    assert action.post("~/deployments", {"ref": "devops"}).status == 409
    assert action.post("~/deployments", {"ref": "devops", "required_contexts": []}).status == 201


# --- lists and records ---


def test_requests_from_many_threads_all_count(sandbox: Sandbox, action: SandboxClient) -> None:
    number = open_feature(sandbox)
    with ThreadPoolExecutor(max_workers=8) as pool:
        texts = (f"Comment {count}" for count in range(40))
        answers = list(
            pool.map(lambda text: action.post(f"~/issues/{number}/comments", {"body": text}), texts)
        )
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body["id"] for answer in answers}) == len(sandbox.hub.comments.of(number)) == 40


def test_a_comment_is_edited_minimised_and_deleted(sandbox: Sandbox, action: SandboxClient) -> None:
    made = action.post(f"~/issues/{open_feature(sandbox)}/comments", {"body": "Plan"}).body
    path = f"~/issues/comments/{made['id']}"
    assert action.send("PATCH", path, {"body": "Newer plan"}).body["body"] == "Newer plan"
    query = "mutation($input: MinimizeCommentInput!) { minimizeComment(input: $input) { clientMutationId } }"
    wanted = {"subjectId": made["node_id"]}
    refused = action.post("/graphql", {"query": query, "variables": {"input": wanted}})
    assert (refused.status, refused.body["errors"][0]["type"]) == (200, "INVALID")
    wanted["classifier"] = "OUTDATED"
    action.post("/graphql", {"query": query, "variables": {"input": wanted}})
    kept = sandbox.hub.comments.get(made["id"])
    assert (kept.minimized, kept.edits) == ("outdated", ("Plan",))
    assert action.send("DELETE", path).status == 204
    assert action.get(path).status == 404


def test_files_are_listed_whatever_happened_to_them(sandbox: Sandbox, person: SandboxClient) -> None:
    sandbox.hub.commit("devops", {"old é.tf": MAIN, "gone.tf": "# gone\n", "icon": b"\0\1", 'q".tf': "# q\n"})
    changes = {"old é.tf": None, "sub dir/new é.tf": MAIN + "# end\n", "gone.tf": None, "icon": b"\0\2"}
    sandbox.hub.commit("feature", {**changes, 'q".tf': "diff --git a b\n"})
    number = sandbox.hub.open_pull_request("Shuffle", "feature", "devops").number
    files = {file["filename"]: file for file in person.get(f"~/pulls/{number}/files").body}
    assert {name: file["status"] for name, file in files.items()} == {
        "gone.tf": "removed",
        "icon": "modified",
        'q".tf': "modified",
        "sub dir/new é.tf": "renamed",
    }
    assert files["sub dir/new é.tf"]["previous_filename"] == "old é.tf"
    assert files['q".tf']["patch"] == "@@ -1 +1 @@\n-# q\n+diff --git a b"
    assert "patch" not in files["icon"]
    assert person.get("~/contents/sub%20dir/new%20%C3%A9.tf?ref=feature").status == 200


def test_lists_come_in_pages_that_link_to_each_other(sandbox: Sandbox, action: SandboxClient) -> None:
    number = open_feature(sandbox)
    for count in range(5):
        sandbox.hub.comment(number, f"Comment {count}")
    path: str | None = f"~/issues/{number}/comments?per_page=2"
    bodies, pages = [], 0
    while path:
        answer = action.get(path)
        bodies += [comment["body"] for comment in answer.body]
        path, pages = answer.link("next"), pages + 1
    assert (pages, bodies) == (3, [f"Comment {count}" for count in range(5)])
    assert answer.link("first") == "/repos/acme/infra/issues/1/comments?per_page=2&page=1"
    assert answer.link("last") is None


def test_pull_requests_are_filtered_and_sorted(sandbox: Sandbox, person: SandboxClient) -> None:
    one, two, three = (open_feature(sandbox, f"feature-{n}", f"{n}.tf") for n in (1, 2, 3))
    sandbox.hub.merge(two)
    sandbox.hub.comment(one, "Newest change")

    def numbers(query: str) -> list[int]:
        return [pull["number"] for pull in person.get(f"~/pulls?{query}").body]

    assert numbers("") == [three, one]
    assert numbers("state=all&direction=asc") == [one, two, three]
    assert numbers("state=closed&base=devops") == [two]
    assert numbers("state=all&sort=updated&direction=desc")[0] == one
    assert numbers("head=acme:feature-3") == [three]
    assert numbers("head=other:feature-3") == numbers("base=prod") == []


def test_a_successful_deployment_retires_the_one_before(sandbox: Sandbox, action: SandboxClient) -> None:
    body = {"ref": "devops", "environment": "dev", "task": "gitops-bot:apply", "payload": {"a": 1}}
    first, second = (action.post("~/deployments", body).body["id"] for _ in range(2))
    for made in (first, second):
        answer = action.post(f"~/deployments/{made}/statuses", {"state": "success", "description": "Done"})
        assert answer.status == 201
    states = [status["state"] for status in action.get(f"~/deployments/{first}/statuses").body]
    assert states == ["inactive", "success"]
    listed = action.get("~/deployments?environment=dev&task=gitops-bot:apply").body
    assert [deployment["id"] for deployment in listed] == [second, first]
    assert action.get("~/deployments?environment=prod").body == []


def test_only_the_latest_check_run_of_a_name_is_listed(sandbox: Sandbox, action: SandboxClient) -> None:
    head = sandbox.hub.store.branch("devops")
    for conclusion in ("failure", "success"):
        action.post("~/check-runs", {"name": "plan", "head_sha": head, "conclusion": conclusion})
    latest = action.get(f"~/commits/{head}/check-runs?check_name=plan").body
    assert [run["conclusion"] for run in latest["check_runs"]] == ["success"]
    assert action.get("~/commits/devops/check-runs?filter=all").body["total_count"] == 2
    assert action.get("~/commits/devops/check-runs?check_name=lint").body["check_runs"] == []


def test_a_file_too_long_for_contents_is_read_as_a_blob(sandbox: Sandbox, person: SandboxClient) -> None:
    sandbox.hub.commit("devops", {"long.txt": "x" * (1024 * 1024 + 1)})
    answer = person.get("~/contents/long.txt").body
    assert (answer["encoding"], answer["content"]) == ("none", "")
    blob = person.get(f"~/git/blobs/{answer['sha']}").body
    assert len(b64decode(blob["content"])) == blob["size"] == 1024 * 1024 + 1
    assert person.get(f"~/git/blobs/{'0' * 40}").status == 404


def test_a_commit_knows_its_pull_requests(sandbox: Sandbox, person: SandboxClient) -> None:
    number = open_feature(sandbox)
    head = sandbox.hub.pull(number).head_sha
    sha = sandbox.hub.merge(number, "squash")
    for commit in (sha, head):
        assert [pull["number"] for pull in person.get(f"~/commits/{commit}/pulls").body] == [number]


# --- faults ---


def test_a_fault_fails_as_often_as_it_was_told(sandbox: Sandbox, person: SandboxClient) -> None:
    sandbox.faults.add("GET", r"/pulls$", status=502, headers={"Retry-After": "1"}, times=2)
    statuses = [person.get("~/pulls").status for _ in range(3)]
    assert statuses == [502, 502, 200]
    assert [(request.path, request.status) for request in sandbox.requests] == [
        ("/repos/acme/infra/pulls", status) for status in statuses
    ]


def test_a_fault_can_let_some_requests_pass_first(sandbox: Sandbox, person: SandboxClient) -> None:
    sandbox.faults.add("GET", r"/pulls$", status=502, skip=2)
    paths = ["~/pulls", "~/branches", "~/pulls", "~/pulls", "~/pulls"]
    assert [person.get(path).status for path in paths] == [200, 200, 200, 502, 200]


def test_a_fault_afterwards_leaves_the_change_made(sandbox: Sandbox, person: SandboxClient) -> None:
    number = open_feature(sandbox)
    sandbox.faults.add("POST", "/comments$", status=500, after=True)
    assert person.post(f"~/issues/{number}/comments", {"body": "Once"}).status == 500
    assert [comment.body for comment in sandbox.hub.comments.of(number)] == ["Once"]


def test_a_dropped_connection_answers_nothing(sandbox: Sandbox, person: SandboxClient) -> None:
    sandbox.faults.add("*", "/pulls$", drop_connection=True)
    with pytest.raises((RemoteDisconnected, ConnectionResetError)):
        person.get("~/pulls")
    assert sandbox.requests == [("GET", "/repos/acme/infra/pulls", 0)]
    assert person.get("~/pulls").status == 200


def test_a_late_answer_keeps_no_other_request_waiting(sandbox: Sandbox, person: SandboxClient) -> None:
    open_feature(sandbox)
    sandbox.faults.add("GET", "/pulls$", delay=60, status=0)
    late: list[Answer] = []
    thread = threading.Thread(target=lambda: late.append(person.get("~/pulls")))
    thread.start()
    while sandbox.faults.pending:
        time.sleep(0.01)
    assert person.get("~/pulls").status == 200
    assert late == []
    sandbox.faults.stopped.set()
    thread.join()
    assert [(answer.status, len(answer.body)) for answer in late] == [(200, 1)]


def test_an_answer_is_as_late_as_it_was_told(sandbox: Sandbox, person: SandboxClient) -> None:
    sandbox.faults.add("GET", "/pulls$", delay=0.4)
    began = time.monotonic()
    assert person.get("~/pulls").status == 500
    assert time.monotonic() - began >= 0.4


def test_a_late_failure_can_come_after_the_change_was_made(sandbox: Sandbox, person: SandboxClient) -> None:
    number = open_feature(sandbox)
    sandbox.faults.add("POST", "/comments$", delay=0.1, after=True)
    sandbox.faults.add("POST", "/comments$", delay=0.1)
    answers = [person.post(f"~/issues/{number}/comments", {"body": text}).status for text in ("one", "two")]
    assert [500, 500] == answers
    assert [comment.body for comment in sandbox.hub.comments.of(number)] == ["one"]


def test_a_sandbox_stops_at_once_though_an_answer_is_late(tmp_path: Path) -> None:
    with infra_sandbox(tmp_path) as sandbox:
        person = SandboxClient(sandbox, sandbox.issue_token("octocat", "pat"))
        sandbox.faults.add("GET", "/pulls$", delay=60)
        thread = threading.Thread(target=person.get, args=("~/pulls",))
        thread.start()
        while sandbox.faults.pending:
            time.sleep(0.01)
        began = time.monotonic()
    thread.join()
    assert time.monotonic() - began < 3


def test_who_hangs_up_on_a_late_answer_is_noted(sandbox: Sandbox) -> None:
    sandbox.faults.add("POST", "/pulls$", delay=60)
    with socket.create_connection(("127.0.0.1", urlsplit(sandbox.api_url).port or 0)) as connection:
        connection.sendall(b"POST /repos/acme/infra/pulls HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
        while sandbox.faults.pending:
            time.sleep(0.01)
    until = time.monotonic() + 5
    while not sandbox.requests and time.monotonic() < until:
        time.sleep(0.01)
    assert [("POST", "/repos/acme/infra/pulls", 0)] == sandbox.requests


def test_a_pull_requests_author_cannot_approve_it(sandbox: Sandbox) -> None:
    number = open_feature(sandbox)
    with pytest.raises(Refused, match="Can not approve your own pull request"):
        sandbox.hub.review(number, "octocat")
    sandbox.hub.review(number, "octocat", "COMMENTED")
    assert ["COMMENTED"] == [review.state for review in sandbox.hub.reviews.of(number)]


@pytest.mark.parametrize("level", ["write", "read"])
def test_a_run_is_told_to_tokens_that_may_read_actions(sandbox: Sandbox, level: str) -> None:
    sandbox.hub.runs.start(7, sandbox.hub.commit("devops", {"a.tf": ""}))
    granted = SandboxClient(sandbox, sandbox.issue_token(permissions={"actions": level}))
    refused = SandboxClient(sandbox, sandbox.issue_token(permissions={"contents": "read"}))
    assert 200 == granted.get("~/actions/runs/7/attempts/1").status
    answer = refused.get("~/actions/runs/7/attempts/1")
    assert (403, "actions=read") == (answer.status, answer.headers["x-accepted-github-permissions"])


# --- PyGithub ---


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_pygithub_takes_a_pull_request_from_opening_to_merging(sandbox: Sandbox, method: MergeMethod) -> None:
    sandbox.hub.commit("feature", {"bucket.tf": "# one\n", "main.tf": MAIN + "# end\n"})
    with pygithub(sandbox, sandbox.issue_token()) as client:
        repository = client.get_repo("acme/infra")
        pull = repository.create_pull(base="devops", head="feature", title="Bucket", body="Adds one")
        pull.add_to_labels("gitops")
        comment = pull.create_issue_comment("Plan")
        comment.edit("Plan, again")
        assert [(file.filename, file.additions) for file in pull.get_files()] == [
            ("bucket.tf", 1),
            ("main.tf", 1),
        ]
        assert pull.get_commits().totalCount == 1
        assert [found.body for found in pull.get_issue_comments()] == ["Plan, again"]
        assert [label.name for label in pull.get_labels()] == ["gitops"]
        assert pull.merge(merge_method=method).merged
        assert repository.get_pull(pull.number).merged
        assert repository.get_branch("devops").commit.sha == repository.get_pull(pull.number).merge_commit_sha
        with pytest.raises(GithubException, match="405"):
            pull.merge()


def test_pygithub_keeps_checks_and_deployments(sandbox: Sandbox) -> None:
    with pygithub(sandbox, sandbox.issue_token()) as client:
        repository = client.get_repo("acme/infra")
        head = repository.get_git_ref("heads/devops").object.sha
        output: dict[str, str | list[dict[str, str | int]]] = {
            "title": "Plan",
            "summary": "1 to add",
            "text": "packed",
        }
        repository.create_check_run("plan", head, status="completed", conclusion="success", output=output)
        (run,) = repository.get_commit(head).get_check_runs(check_name="plan", filter="latest")
        assert (run.conclusion, run.output.text) == ("success", "packed")
        deployment = repository.create_deployment(
            head, task="apply", auto_merge=False, required_contexts=[], payload={"n": 1}, environment="dev"
        )
        deployment.create_status("success", description="Applied")
        (found,) = repository.get_deployments(environment="dev", task="apply")
        assert found.payload == {"n": 1}
        assert [status.state for status in found.get_statuses()] == ["success"]
        repository.get_commit(head).create_status("success", context="lint")
        assert repository.get_commit(head).get_combined_status().state == "success"


def test_pygithub_reads_files_and_moves_branches(sandbox: Sandbox) -> None:
    with pygithub(sandbox, sandbox.issue_token("octocat", "pat")) as client:
        repository = client.get_repo("acme/infra")
        assert client.get_user().login == "octocat"
        content = repository.get_contents("main.tf", ref="devops")
        assert not isinstance(content, list)
        assert content.decoded_content.decode() == MAIN
        folder = repository.get_contents("modules")
        assert isinstance(folder, list)
        assert [inside.path for inside in folder] == ["modules/db"]
        head = repository.get_branch("devops").commit.sha
        reference = repository.create_git_ref("refs/heads/promote/dev", head)
        newer = sandbox.hub.commit("devops", {"more.tf": "# more\n"})
        reference.edit(newer)
        assert repository.get_branch("promote/dev").commit.sha == newer
        comparison = repository.compare(head, "promote/dev")
        assert (comparison.status, [file.filename for file in comparison.files]) == ("ahead", ["more.tf"])
        assert [found.ref for found in repository.get_git_matching_refs("heads/promote")] == [
            "refs/heads/promote/dev"
        ]
        assert repository.get_git_commit(newer).parents[0].sha == head
