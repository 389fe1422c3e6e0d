"""What the GitHub adapter asks, waits and says when GitHub misbehaves."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gitops_bot.adapters.github.code_host import GithubCodeHost
from gitops_bot.core.errors import BadInput, GitopsBotError, RunFailed
from gitops_bot.core.reviews import Review, ReviewState
from gitops_bot.ports import (
    Annotation,
    AnnotationLevel,
    BodyTooLong,
    BranchRefused,
    CheckRun,
    Comment,
    Conclusion,
    Deployment,
    DeploymentState,
    DeploymentStatus,
    WorkflowRun,
)
from gitops_bot.sandbox import Sandbox
from tests.kit.loaded_program import run_program
from tests.kit.needs import needs_program
from tests.kit.scripted_http import DROP, Reply, ScriptedServer

TOKEN = "ghs_TheSecretToken"
COMMENT = {"id": 7, "body": "<!-- m --> hello", "user": {"login": "bot"}, "html_url": "https://h/c/7"}
PULL = {
    "number": 3, "title": "T", "state": "open", "html_url": "https://h/p/3", "user": None,
    "head": {"sha": "f" * 40, "ref": "up", "repo": {"full_name": "acme/infra"}},
    "base": {"sha": "d" * 40, "ref": "dev"}, "merged_at": None, "merge_commit_sha": "e" * 40,
}  # fmt: skip
DEPLOYMENT = {
    "id": 5, "sha": "f" * 40, "environment": "dev", "task": "t", "description": "",
    "payload": {"run": "9"}, "created_at": "2026-01-01T00:00:00Z",
}  # fmt: skip
WANTED = Deployment(0, "dev", "f" * 40, "t", {"run": "9"}, "")
CHECK = CheckRun("plan", "f" * 40, Conclusion.SUCCESS, "title", "summary", "text", "run 9")
CHECK_JSON = {
    "id": 8, "name": "plan", "head_sha": "f" * 40, "conclusion": "success", "external_id": "run 9",
    "html_url": "https://h/r/8", "output": {"title": "title", "summary": "summary", "text": "text"},
}  # fmt: skip
RESET_AT_1030 = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1030"}
REPO = "/repos/acme/infra"
COMMENTS = f"{REPO}/issues/3/comments"
NEWEST = f"GET {COMMENTS}?page=1&per_page=100"


def _said(message: str, **more: Any) -> dict[str, Any]:
    return {"message": message, **more}


@contextmanager
def _against(
    *replies: Reply, prefix: str = ""
) -> Iterator[tuple[GithubCodeHost, ScriptedServer, list[float]]]:
    waits: list[float] = []
    with (
        ScriptedServer(replies, prefix) as server,
        GithubCodeHost(server.api_url, "acme/infra", TOKEN, sleep=waits.append, now=lambda: 1000.0) as host,
    ):
        yield host, server, waits


def _error(act: Callable[[GithubCodeHost], object], *replies: Reply) -> GitopsBotError:
    with _against(*replies) as (host, _, _), pytest.raises(GitopsBotError) as caught:
        act(host)
    assert TOKEN not in str(caught.value)
    return caught.value


def _dispatch(host: GithubCodeHost) -> object:
    host.dispatch_workflow("gitops.yml", "dev", {"command": "apply", "environment": "dev"})
    return None


def _comment(host: GithubCodeHost) -> object:
    return host.create_comment(3, "<!-- m --> hello", "<!-- m -->")


# --- requests ---


def test_reading_a_pull_request_is_one_request_with_the_token() -> None:
    with _against(Reply(200, PULL), prefix="/api/v3") as (host, server, waits):
        assert host.pull_request(3).author == "ghost"
        assert [f"GET /api/v3{REPO}/pulls/3"] == server.asked
        assert f"token {TOKEN}" == server.headers[0]["authorization"]
        assert waits == []


def test_pages_are_fetched_only_when_they_are_reached() -> None:
    link = {"Link": f'<http://other.example{COMMENTS}?page=2>; rel="next"'}
    with _against(Reply(200, [COMMENT], link), Reply(200, [COMMENT | {"id": 8}])) as (host, server, _):
        comments = host.comments(3)
        assert server.asked == []
        assert next(comments).id == 7
        assert server.asked == [NEWEST]
        assert [c.id for c in comments] == [8]
        assert [NEWEST, f"GET {COMMENTS}?page=2&per_page=100"] == server.asked


def test_a_missing_file_is_none_only_when_the_repository_can_be_seen() -> None:
    with _against(Reply(404, _said("Not Found")), Reply(200, {"id": 1}), Reply(404)) as (host, server, _):
        assert None is host.file_at("a b.yml", "dev")
        assert None is host.file_at("c.yml", "dev")
        contents = [f"GET {REPO}/contents/{name}?ref=dev" for name in ("a%20b.yml", "c.yml")]
        assert [contents[0], f"GET {REPO}", contents[1]] == server.asked


def test_a_large_file_is_read_from_its_blob() -> None:
    large = {"type": "file", "encoding": "none", "content": "", "sha": "b" * 40}
    blob = {"encoding": "base64", "content": "aGVs\nbG8=\n"}
    with _against(Reply(200, large), Reply(200, blob)) as (host, _, _):
        assert host.file_at("big.json", "dev") == "hello"


def test_a_new_branch_is_created_when_it_cannot_be_moved() -> None:
    missing = Reply(422, _said("Reference does not exist"))
    with _against(missing, Reply(201, {"ref": "refs/heads/a/b"})) as (host, server, _):
        host.set_branch("a/b", "f" * 40)
        assert [f"PATCH {REPO}/git/refs/heads/a/b", f"POST {REPO}/git/refs"] == server.asked
        moved, created = {"sha": "f" * 40, "force": True}, {"ref": "refs/heads/a/b", "sha": "f" * 40}
        assert [moved, created] == server.bodies


@pytest.mark.parametrize("status", [403, 404])
def test_a_token_that_may_not_ask_who_it_is_writes_as_the_workflow(status: int) -> None:
    refused = Reply(status, _said("Resource not accessible by integration"))
    with _against(Reply(404, _said("Not Found")), refused) as (host, server, _):
        assert [host.own_login(), host.own_login()] == ["github-actions[bot]"] * 2
        assert server.asked == ["POST /graphql", "GET /user"]


def test_every_token_learns_its_login_from_graphql_in_one_request() -> None:
    viewer = Reply(200, {"data": {"viewer": {"login": "infra-app[bot]"}}})
    with _against(viewer) as (host, server, _):
        assert [host.own_login(), host.own_login()] == ["infra-app[bot]"] * 2
        assert server.asked == ["POST /graphql"]


def test_a_persons_token_learns_its_login_from_rest_where_there_is_no_graphql() -> None:
    with _against(Reply(404, _said("Not Found")), Reply(200, {"login": "kim"})) as (host, _, _):
        assert host.own_login() == "kim"


def test_a_failure_of_graphql_does_not_make_an_app_somebody_else() -> None:
    viewer = Reply(200, {"data": {"viewer": {"login": "infra-app[bot]"}}})
    with _against(Reply(502), DROP, viewer) as (host, _, _):
        assert host.own_login() == "infra-app[bot]"


def _minimize(host: GithubCodeHost) -> None:
    host.minimize_comment(Comment(5, "old", "github-actions[bot]", "", "IC_5"))


def test_a_comment_is_minimised_by_graphql_which_is_asked_again_after_a_failure() -> None:
    done = Reply(200, {"data": {"minimizeComment": {"minimizedComment": {"isMinimized": True}}}})
    with _against(Reply(502), done) as (host, server, _):
        _minimize(host)
        assert server.asked == ["POST /graphql"] * 2
        assert [b["variables"] for b in server.bodies] == [
            {"input": {"subjectId": "IC_5", "classifier": "OUTDATED"}}
        ] * 2


def test_graphql_is_beside_rest_on_an_enterprise_server() -> None:
    done = Reply(200, {"data": {"minimizeComment": {"minimizedComment": {"isMinimized": True}}}})
    with _against(done, prefix="/api/v3") as (host, server, _):
        _minimize(host)
        assert server.asked == ["POST /api/graphql"]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(200, {"data": {"minimizeComment": None}, "errors": [_said("Nope")]}), "comment 5: Nope"),
        (Reply(200, ["odd"]), "comment 5: no reason given"),
        (Reply(404, _said("Not Found")), "found nothing at POST /graphql"),
        (Reply(403, _said("Resource not accessible")), "Resource not accessible"),
    ],
)
def test_a_refusal_to_minimise_says_why(reply: Reply, words: str) -> None:
    assert words in _error(_minimize, reply).message


def test_a_rate_limit_says_nothing_about_who_the_token_is() -> None:
    limited = Reply(403, _said("API rate limit exceeded"), {"X-RateLimit-Remaining": "0"})
    assert "rate limit" in _error(lambda host: host.own_login(), *[limited] * 4).message


@pytest.mark.parametrize(
    ("state", "expected"),
    [("APPROVED", ReviewState.APPROVED), ("PENDING", ReviewState.OTHER), (None, ReviewState.OTHER)],
)
def test_a_review_of_a_state_that_is_not_known_is_told_as_another(
    state: str | None, expected: ReviewState
) -> None:
    given = {"user": None, "state": state, "commit_id": None}
    with _against(Reply(200, [given])) as (host, _, _):
        assert [Review("ghost", expected, "", "")] == list(host.reviews(3))


@pytest.mark.parametrize("status", ["queued", "in_progress", "waiting", "requested", "pending", "new", None])
def test_a_run_that_is_not_completed_has_not_ended(status: str | None) -> None:
    run = {"id": 7, "run_attempt": 2, "status": status, "updated_at": "2026-01-01T00:00:00Z"}
    with _against(Reply(200, run)) as (host, server, _):
        assert WorkflowRun("7", 2, False) == host.workflow_run("7", 2)
        assert [f"GET {REPO}/actions/runs/7/attempts/2"] == server.asked


def test_a_person_is_asked_for_by_the_whole_login() -> None:
    with _against(Reply(404), Reply(200, {"id": 1})) as (host, server, _):
        assert "none" == host.permission("a/b?c")
        assert f"GET {REPO}/collaborators/a%2Fb%3Fc/permission" == server.asked[0]


# --- repeating ---


@pytest.mark.parametrize("fault", [Reply(500), Reply(502, "<html>"), Reply(503), Reply(504), DROP])
def test_a_read_is_repeated_after_a_passing_failure(fault: Reply) -> None:
    with _against(fault, fault, Reply(200, PULL)) as (host, server, waits):
        assert host.pull_request(3).number == 3
        assert waits == [1.0, 2.0]
        assert len(server.asked) == 3


def test_a_read_is_given_up_after_four_tries() -> None:
    with _against(*[Reply(502, "bad gateway")] * 4) as (host, server, waits):
        with pytest.raises(RunFailed) as caught:
            host.pull_request(3)
        assert f"GitHub answered GET {REPO}/pulls/3 with status 502." == caught.value.message
        assert (waits, len(server.asked)) == ([1.0, 2.0, 4.0], 4)


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (Reply(429, _said("slow"), {"Retry-After": "7"}), 7.0),
        (Reply(403, _said("You have exceeded a secondary rate limit"), {"Retry-After": "60"}), 60.0),
        (Reply(403, _said("You have exceeded a secondary rate limit")), 15.0),
        (Reply(403, _said("API rate limit exceeded"), RESET_AT_1030), 31.0),
        (Reply(503, _said("later"), {"Retry-After": "5"}), 5.0),
    ],
)  # fmt: skip
def test_the_servers_own_wait_is_respected(fault: Reply, wait: float) -> None:
    with _against(fault, Reply(200, PULL)) as (host, _, waits):
        host.pull_request(3)
        assert [wait] == waits


def test_a_longer_rate_limit_is_not_waited_for() -> None:
    limit = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4600"}
    with _against(Reply(403, _said("API rate limit exceeded"), limit)) as (host, server, waits):
        with pytest.raises(RunFailed, match=r"rate limit .* lifted at 1970-01-01 01:16:40 UTC"):
            host.pull_request(3)
        assert (waits, len(server.asked)) == ([], 1)


def test_a_comment_is_posted_again_after_a_rate_limit() -> None:
    limited = Reply(429, _said("slow"), {"Retry-After": "1"})
    with _against(limited, Reply(201, COMMENT)) as (host, server, waits):
        _comment(host)
        assert [f"POST {COMMENTS}"] * 2 == server.asked
        assert waits == [1.0]


@pytest.mark.parametrize("fault", [DROP, Reply(502), Reply(500, _said("oops"))])
def test_a_comment_that_was_posted_all_the_same_is_not_posted_twice(fault: Reply) -> None:
    older = COMMENT | {"id": 6, "body": "<!-- m --> older"}
    with _against(fault, Reply(200, [older, COMMENT])) as (host, server, _):
        assert host.create_comment(3, "<!-- m --> hello", "<!-- m -->").id == 7
        assert [f"POST {COMMENTS}", NEWEST] == server.asked


def test_a_comment_that_was_not_posted_is_posted_again() -> None:
    stranger = COMMENT | {"body": "hello"}
    with _against(DROP, Reply(200, [stranger]), Reply(201, COMMENT)) as (host, server, waits):
        _comment(host)
        assert [f"POST {COMMENTS}", NEWEST, f"POST {COMMENTS}"] == server.asked
        assert waits == [1.0]


def test_a_lost_comment_is_looked_for_from_the_last_page() -> None:
    link = {"Link": f'<http://h{COMMENTS}?page=2>; rel="next", <http://h{COMMENTS}?page=5>; rel="last"'}
    replies = Reply(502), Reply(200, [COMMENT | {"id": 1}], link), Reply(200, []), Reply(200, [COMMENT])
    with _against(*replies) as (host, server, _):
        assert host.create_comment(3, "<!-- m --> hello", "<!-- m -->").id == 7
        pages = [f"GET {COMMENTS}?page={page}&per_page=100" for page in (1, 5, 4)]
        assert [f"POST {COMMENTS}", *pages] == server.asked


def test_a_comment_is_given_up_after_four_posts_and_a_last_look() -> None:
    with _against(*[Reply(502), Reply(200, [])] * 4) as (host, server, _):
        with pytest.raises(RunFailed, match="status 502"):
            _comment(host)
        assert [f"POST {COMMENTS}", NEWEST] * 4 == server.asked


@pytest.mark.parametrize(
    ("act", "found", "expected"),
    [
        (lambda host: host.create_pull_request("T", "b", "up", "dev").number, [PULL], 3),
        (
            lambda host: host.create_deployment(WANTED).id,
            [DEPLOYMENT | {"id": 4, "payload": {}}, DEPLOYMENT],
            5,
        ),
        (lambda host: host.write_check_run(CHECK).id, {"total_count": 1, "check_runs": [CHECK_JSON]}, 8),
    ],
)
def test_other_writes_are_looked_for_before_they_are_repeated(
    act: Callable[[GithubCodeHost], int], found: object, expected: int
) -> None:
    with _against(Reply(504), Reply(200, found)) as (host, server, _):
        assert expected == act(host)
        assert [asked.split()[0] for asked in server.asked] == ["POST", "GET"]


@pytest.mark.parametrize(("found", "posts"), [("success", 1), ("in_progress", 2)])
def test_a_status_is_added_once(found: str, posts: int) -> None:
    newest = {"state": found, "description": "done", "log_url": ""}
    with _against(DROP, Reply(200, [newest]), Reply(201, newest)) as (host, server, _):
        deployment = Deployment(5, "dev", "f" * 40, "t", {}, "")
        host.add_deployment_status(deployment, DeploymentStatus(DeploymentState.SUCCESS, "done"))
        assert posts == sum(asked.startswith("POST") for asked in server.asked)


def test_a_stale_check_run_of_the_same_id_is_not_taken_for_the_new_one() -> None:
    stale = CHECK_JSON | {"output": {"title": "title", "summary": "summary", "text": "older"}}
    replies = DROP, Reply(200, {"check_runs": [stale]}), Reply(201, CHECK_JSON)
    with _against(*replies) as (host, server, _):
        host.write_check_run(CHECK)
        assert [asked.split()[0] for asked in server.asked] == ["POST", "GET", "POST"]


NOTES = [Annotation("main.tf", n, n, AnnotationLevel.WARNING, "t", "m") for n in range(1, 61)]
OUTPUT = {"title": "title", "summary": "summary", "text": "text"}


@pytest.mark.parametrize(("found", "patches"), [(50, 2), (0, 3)])
def test_annotations_are_looked_for_before_they_are_sent_again(found: int, patches: int) -> None:
    look = Reply(200, CHECK_JSON | {"output": {"annotations_count": found}})
    with _against(Reply(502), look, *[Reply(200, CHECK_JSON)] * 2) as (host, server, _):
        host.annotate(replace(CHECK, id=8), NOTES)
        assert patches == server.asked.count(f"PATCH {REPO}/check-runs/8")
        assert server.asked[:2] == [f"PATCH {REPO}/check-runs/8", f"GET {REPO}/check-runs/8"]


def test_annotations_come_fifty_at_a_time_with_all_that_the_check_run_says() -> None:
    with _against(*[Reply(200, CHECK_JSON)] * 2) as (host, server, _):
        host.annotate(replace(CHECK, id=8), NOTES)
        bodies = [body["output"] for body in server.bodies]
    assert [50, 10] == [len(body.pop("annotations")) for body in bodies]
    assert [OUTPUT, OUTPUT] == bodies


def test_refused_annotations_are_an_error() -> None:
    assert "status 422" in str(_error(lambda host: host.annotate(replace(CHECK, id=8), NOTES), Reply(422)))


@pytest.mark.parametrize("fault", [DROP, Reply(502)])
def test_a_label_is_set_again_after_an_unclear_failure(fault: Reply) -> None:
    with _against(fault, Reply(200, [])) as (host, server, _):
        host.add_label(3, "terraform: destroy")
        assert [f"POST {REPO}/issues/3/labels"] * 2 == server.asked


def test_a_label_is_named_as_a_whole_when_it_is_taken_off() -> None:
    with _against(Reply(200, [])) as (host, server, _):
        host.remove_label(3, "a/b c?")
        assert [f"DELETE {REPO}/issues/3/labels/a%2Fb%20c%3F"] == server.asked


@pytest.mark.parametrize("act", [lambda h: h.add_label(3, "x"), lambda h: h.remove_label(3, "x")])
def test_a_refused_label_names_the_permission(act: Callable[[GithubCodeHost], object]) -> None:
    refusal = Reply(403, _said("Resource not accessible by integration"))
    assert "`issues: write / pull-requests: write`" in str(_error(act, refusal))


@pytest.mark.parametrize("fault", [DROP, Reply(502)])
def test_a_dispatch_is_not_sent_again_when_it_may_have_been_taken(fault: Reply) -> None:
    with _against(fault) as (host, server, _):
        with pytest.raises(RunFailed, match=r"did not say whether it dispatches gitops\.yml on dev"):
            _dispatch(host)
        assert 1 == len(server.asked)


def test_a_dispatch_names_the_branch_in_full_because_a_tag_may_have_its_name() -> None:
    limited = Reply(429, _said("slow"), {"Retry-After": "1"})
    with _against(limited, Reply(204, "")) as (host, server, _):
        _dispatch(host)
        assert [f"POST {REPO}/actions/workflows/gitops.yml/dispatches"] * 2 == server.asked
        inputs = {"command": "apply", "environment": "dev"}
        assert {"ref": "refs/heads/dev", "inputs": inputs} == server.bodies[1]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (404, "Not Found"),
        (422, "Workflow does not have 'workflow_dispatch' trigger"),
        (422, 'Unexpected inputs provided: ["command"]'),
    ],
)
def test_a_dispatch_that_is_refused_says_what_the_workflow_needs(status: int, reason: str) -> None:
    error = _error(_dispatch, Reply(status, _said(reason)))
    assert f"GitHub cannot dispatch gitops.yml on dev (status {status}): {reason}." == error.message
    assert "`workflow_dispatch` and its inputs command, environment" in error.hint


# --- messages ---


def test_a_rejected_token_says_which_token_to_use() -> None:
    error = _error(lambda host: host.pull_request(3), Reply(401, _said("Bad credentials")))
    assert isinstance(error, BadInput)
    assert error.message == "The token was rejected by GitHub."
    assert "GITHUB_TOKEN" in error.hint


@pytest.mark.parametrize("token", ["", "  \n"])
def test_no_token_is_bad_input(token: str) -> None:
    with pytest.raises(BadInput, match="There is no token for GitHub"):
        GithubCodeHost("http://127.0.0.1:1", "acme/infra", token)


@pytest.mark.parametrize("url", ["", "api.github.com", "ftp://x", "http://", "http://h:port"])
def test_an_address_that_is_none_is_bad_input(url: str) -> None:
    with pytest.raises(BadInput, match="not a usable http or https URL"):
        GithubCodeHost(url, "acme/infra", TOKEN)


@pytest.mark.parametrize(
    ("act", "permission"),
    [
        (_comment, "issues: write / pull-requests: write"),
        (lambda host: host.update_comment(7, "x"), "issues: write / pull-requests: write"),
        (lambda host: host.write_check_run(CHECK), "checks: write"),
        (lambda host: host.check_runs("f" * 40), "checks: read"),
        (lambda host: host.create_deployment(WANTED), "deployments: write"),
        (lambda host: host.set_branch("a", "f" * 40), "contents: write"),
        (lambda host: host.file_at("a", "dev"), "contents: read"),
        (_dispatch, "actions: write"),
        (lambda host: host.workflow_run("7", 1), "actions: read"),
        (lambda host: list(host.reviews(3)), "pull-requests: read"),
        (lambda host: host.permission("hubot"), "metadata: read"),
        (lambda host: host.check_runs_named("f" * 40, "plan"), "checks: read"),
        (lambda host: host.create_pull_request("T", "b", "up", "dev"), "pull-requests: write"),
    ],
)
def test_a_refusal_names_the_permission_to_add(
    act: Callable[[GithubCodeHost], object], permission: str
) -> None:
    error = _error(act, Reply(403, _said("Resource not accessible by integration")))
    assert isinstance(error, RunFailed)
    assert f"`{permission}`" in error.hint
    assert "Resource not accessible by integration" in error.message


def test_the_permission_github_names_is_preferred() -> None:
    header = {"X-Accepted-GitHub-Permissions": "issues=write; pull_requests=write,contents=read"}
    error = _error(_comment, Reply(403, _said("Resource not accessible by integration"), header))
    assert "`issues: write / pull-requests: write, contents: read`" in error.hint


@pytest.mark.parametrize(
    ("act", "said", "expected"),
    [
        (
            lambda host: host.write_check_run(CHECK),
            "You must authenticate via a GitHub App.",
            "personal access token",
        ),
        (
            lambda host: host.create_pull_request("T", "b", "up", "dev"),
            "GitHub Actions is not permitted to create or approve pull requests.",
            "Allow GitHub Actions to create and approve pull requests",
        ),
        (
            lambda host: host.set_branch("a", "f" * 40),
            "Resource not accessible by integration",
            "a GitHub App's token with `workflows: write`",
        ),
        (_dispatch, "Resource not accessible by integration", "`actions: write`"),
        (
            lambda host: host.request_reviewers(3, ["kim"], []),
            "Resource not accessible by integration",
            "`pull-requests: write`",
        ),
        (
            lambda host: host.update_pull_request(3, "T", "b"),
            "Resource not accessible by integration",
            "`pull-requests: write`",
        ),
        (
            lambda host: host.close_pull_request(3),
            "Resource not accessible by integration",
            "`pull-requests: write`",
        ),
    ],
)  # fmt: skip
def test_special_refusals_say_what_to_do(
    act: Callable[[GithubCodeHost], object], said: str, expected: str
) -> None:
    assert expected in _error(act, Reply(403, _said(said))).hint


@pytest.mark.parametrize("status", [404, 422])
def test_a_branch_that_may_not_be_made_is_refused_as_such(status: int) -> None:
    missing = Reply(status, _said("Reference does not exist"))
    refused = Reply(403, _said("Resource not accessible by integration"))
    error = _error(lambda host: host.set_branch("a", "f" * 40), missing, refused)
    assert isinstance(error, BranchRefused)
    assert "`contents: write`" in error.hint


@pytest.mark.parametrize(
    "words",
    [
        "Repository rule violations found\n\nCannot update this protected ref.",
        "Required status check is expected for protected branch",
    ],
)
def test_a_branch_that_a_rule_protects_is_refused_as_such(words: str) -> None:
    error = _error(lambda host: host.set_branch("a", "f" * 40), Reply(422, _said(words)))
    assert isinstance(error, BranchRefused)
    assert "ruleset" in error.hint


def test_another_refusal_of_a_branch_is_an_ordinary_failure() -> None:
    error = _error(lambda host: host.set_branch("a", "f" * 40), Reply(422, _said("Reference update failed")))
    assert not isinstance(error, BranchRefused)
    assert "Reference update failed" in error.message


@pytest.mark.parametrize(
    "words",
    [
        "Reviews may only be requested from collaborators. One or more is not a collaborator.",
        "Review cannot be requested from pull request author.",
        "Could not resolve to a node with the global id of 'T_1'.",
    ],
)
def test_reviewers_who_cannot_be_asked_are_explained(words: str) -> None:
    error = _error(lambda host: host.request_reviewers(3, ["kim"], ["ops"]), Reply(422, _said(words)))
    assert f"GitHub asks none of these reviewers: {words.rstrip('.')}." == error.message
    assert "who can read this repository" in error.hint
    assert "`members: read`" in error.hint


def test_drafts_that_a_repository_does_not_take_are_explained() -> None:
    reply = Reply(422, _said("Draft pull requests are not supported in this repository."))
    error = _error(lambda host: host.create_pull_request("T", "b", "up", "dev", draft=True), reply)
    assert "This repository takes no draft pull requests." == error.message


def test_reviewers_are_asked_for_in_one_request_and_nobody_in_none() -> None:
    with _against(Reply(502), Reply(201, PULL), Reply(201, PULL)) as (host, server, _):
        host.request_reviewers(3, [], [])
        assert [] == server.asked
        host.request_reviewers(3, ["kim"], ["ops"])
        host.request_reviewers(3, [], ["ops"])
        both = {"reviewers": ["kim"], "team_reviewers": ["ops"]}
        assert [both, both, {"team_reviewers": ["ops"]}] == server.bodies


def test_open_pull_requests_are_those_of_exactly_that_branch() -> None:
    others = [PULL | {"base": {"ref": "dev2"}}, PULL | {"state": "closed"}]
    with _against(Reply(200, [*others, PULL | {"number": 4}])) as (host, server, _):
        assert [4] == [pull.number for pull in host.open_pull_requests("dev")]
        query = "base=dev&direction=desc&page=1&per_page=100&sort=created&state=open"
        assert query == "&".join(sorted(server.asked[0].partition("?")[2].split("&")))


def test_open_pull_requests_into_several_branches_take_one_request_where_a_page_holds_them() -> None:
    listed = [
        PULL | {"number": n, "base": {"ref": base}} for n, base in ((9, "dev"), (8, "prod"), (7, "dev"))
    ]
    with _against(Reply(200, listed)) as (host, server, _):
        found = host.open_pull_requests_into(["dev", "prod", "staging"], 1)
        assert {"dev": [9], "prod": [8], "staging": []} == {
            b: [p.number for p in f] for b, f in found.items()
        }
        assert len(server.asked) == 1 and "base" not in server.asked[0]


def test_where_a_page_does_not_hold_them_each_branch_is_asked_for() -> None:
    more = {"Link": f'<http://x{REPO}/pulls?page=2>; rel="next"'}
    listed = Reply(200, [PULL | {"number": 9, "base": {"ref": "other"}}], more)
    of_each = [Reply(200, [PULL | {"number": 4}]), Reply(200, [])]
    with _against(listed, *of_each) as (host, server, _):
        found = host.open_pull_requests_into(["dev", "prod"], 100)
        assert {"dev": [4], "prod": []} == {b: [p.number for p in f] for b, f in found.items()}
        assert ["base=dev" in server.asked[1], "base=prod" in server.asked[2]] == [True, True]


def test_an_ordinary_pull_request_says_nothing_of_drafts() -> None:
    with _against(Reply(201, PULL), Reply(201, PULL | {"draft": True})) as (host, server, _):
        made = [host.create_pull_request("T", "b", "up", "dev", draft) for draft in (False, True)]
        assert [False, True] == [pull.draft for pull in made]
        assert [False, True] == ["draft" in body for body in server.bodies]


def test_a_text_that_is_too_long_for_a_pull_request_is_its_own_error() -> None:
    said = _said(
        "Validation Failed", errors=[{"field": "body", "message": "body is too long (maximum is 65536)"}]
    )
    with _against(Reply(422, said)) as (host, _, _), pytest.raises(BodyTooLong):
        host.update_pull_request(3, "T", "b")


def test_a_repository_that_cannot_be_seen_is_named() -> None:
    error = _error(lambda host: host.branch_head("dev"), *[Reply(404, _said("Not Found"))] * 2)
    assert "the repository acme/infra exists, the token may access it" in error.hint


@pytest.mark.parametrize("act", [_comment, lambda host: host.update_comment(7, "x")])
def test_a_body_that_is_too_long_is_its_own_error(act: Callable[[GithubCodeHost], object]) -> None:
    detail = {
        "resource": "IssueComment",
        "field": "body",
        "message": "body is too long (maximum is 65536 characters)",
    }
    reply = Reply(422, _said("Validation Failed", errors=[detail]))
    with _against(reply) as (host, _, _), pytest.raises(BodyTooLong, match="body is too long"):
        act(host)


def test_a_refused_connection_names_the_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    waits: list[float] = []
    with (
        GithubCodeHost(url, "acme/infra", TOKEN, sleep=waits.append) as host,
        pytest.raises(RunFailed) as caught,
    ):
        _comment(host)
    expected = f"GitHub's API at {url} failed: it cannot be reached (POST {COMMENTS})."
    assert (expected, [1.0, 2.0, 4.0]) == (caught.value.message, waits)


@pytest.mark.parametrize("reply", [Reply(200, "<html>a proxy</html>"), Reply(307, {"url": "x"}), Reply(304)])
def test_an_answer_that_is_not_githubs_is_an_error(reply: Reply) -> None:
    assert "unexpectedly" in _error(lambda host: host.pull_request(3), reply).message


def test_control_characters_and_the_length_of_githubs_words_are_limited() -> None:
    error = _error(lambda host: host.pull_request(3), Reply(422, _said("\x1b[31m::error::\n" + "x" * 999)))
    assert error.message.isprintable()
    assert len(error.message) < 400


# --- waiting ---


def test_an_answer_that_does_not_come_in_time_is_asked_for_again(tmp_path: Path) -> None:
    needs_program("git")
    waits: list[float] = []
    with Sandbox.start(tmp_path) as sandbox:
        commit = sandbox.hub.commit("devops", {"main.tf": ""})
        sandbox.faults.add("GET", "/git/ref/", delay=60)
        token = sandbox.issue_token()
        with GithubCodeHost(
            sandbox.api_url, sandbox.repository, token, sleep=waits.append, timeout=0.3
        ) as host:
            assert commit == host.branch_head("devops")
    assert [1.0] == waits


def test_a_server_that_never_answers_in_time_is_an_error(tmp_path: Path) -> None:
    needs_program("git")
    with Sandbox.start(tmp_path) as sandbox:
        sandbox.hub.commit("devops", {"main.tf": ""})
        sandbox.faults.add("GET", "/git/ref/", delay=60, times=4)
        token, url = sandbox.issue_token(), sandbox.api_url
        with (
            GithubCodeHost(url, sandbox.repository, token, sleep=lambda _: None, timeout=0.2) as host,
            pytest.raises(RunFailed, match="it did not answer in time"),
        ):
            host.branch_head("devops")


@pytest.mark.parametrize("command", ["run", "history"])
@pytest.mark.parametrize("given", ["0", "-1", "soon", "inf", "nan"])
def test_a_timeout_that_is_no_number_of_seconds_is_bad_input(
    tmp_path: Path, command: str, given: str
) -> None:
    (tmp_path / "event.json").write_text('{"ref": "refs/heads/dev", "after": "%s"}' % ("f" * 40))
    environ = {
        "PATH": os.environ["PATH"], "GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "acme/infra",
        "GITHUB_API_URL": "http://127.0.0.1:9", "GITHUB_EVENT_NAME": "push", "GITHUB_SHA": "f" * 40,
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"), "GITHUB_REF": "refs/heads/dev",
        "GITOPS_BOT_GITHUB_TIMEOUT": given,
    }  # fmt: skip
    done = run_program([command], environ=environ, cwd=tmp_path)
    assert (2, True) == (done.returncode, "GITOPS_BOT_GITHUB_TIMEOUT is" in done.stderr), done.stderr


def test_the_timeout_of_a_run_is_the_one_that_was_set(tmp_path: Path) -> None:
    needs_program("git")
    with Sandbox.start(tmp_path / "hub") as sandbox:
        sandbox.hub.commit("devops", {"main.tf": ""})
        sandbox.faults.add("GET", "/deployments", delay=60, times=4)
        environ = {
            "PATH": os.environ["PATH"], "GITHUB_TOKEN": sandbox.issue_token(),
            "GITHUB_REPOSITORY": sandbox.repository, "GITHUB_API_URL": sandbox.api_url,
            "GITOPS_BOT_GITHUB_TIMEOUT": "0.2",
        }  # fmt: skip
        done = run_program(["history"], environ=environ, cwd=tmp_path, timeout=50)
    assert (1, True) == (done.returncode, "it did not answer in time" in done.stderr), done.stderr
