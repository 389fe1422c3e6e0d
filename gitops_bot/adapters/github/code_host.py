"""GitHub's REST API for one repository, as `ports.CodeHost`."""

from __future__ import annotations

import base64
import binascii
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote

from gitops_bot.adapters.github import convert, retry
from gitops_bot.adapters.github.errors import explain, no_token, said
from gitops_bot.adapters.github.wire import (
    PER_PAGE,
    TIMEOUT_SECONDS,
    Answer,
    Body,
    Lost,
    Query,
    Request,
    Wire,
    shown_url,
)
from gitops_bot.core.comment_commands import Reaction
from gitops_bot.core.errors import BadInput, RunFailed
from gitops_bot.core.json_values import JsonValue, as_list, as_object, as_text
from gitops_bot.core.reviews import Review
from gitops_bot.ports import (
    Annotation,
    CheckRun,
    Comment,
    Deployment,
    DeploymentStatus,
    PullRequest,
    WorkflowRun,
)

T = TypeVar("T")

ACTIONS_LOGIN = "github-actions[bot]"
ANNOTATIONS_AT_ONCE = 50
_MINIMIZE = (
    "mutation($input: MinimizeCommentInput!) "
    "{ minimizeComment(input: $input) { minimizedComment { isMinimized } } }"
)


class GithubCodeHost:
    """Implements `ports.CodeHost` over HTTP. Close it, or use it in a `with` statement.

    `timeout` is how many seconds one request waits for GitHub.
    """

    def __init__(
        self,
        api_url: str,
        repository: str,
        token: str,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        if not token.strip():
            raise no_token()
        if not re.fullmatch(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", repository):
            raise BadInput("The repository is not given as owner/name.", "Give it as GITHUB_REPOSITORY.")
        self._wire = Wire(api_url, token.strip(), timeout)
        self._api_url = shown_url(api_url)
        self._repository = repository
        self._sleep = sleep
        self._now = now
        self._reached = False
        self._login = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection to GitHub."""
        self._wire.close()

    # --- pull requests ---

    def pull_request(self, number: int) -> PullRequest:
        """One pull request."""
        return convert.pull_request(self._get(f"/pulls/{number}").data)

    def merged_pull_requests(self, base_branch: str) -> Iterator[PullRequest]:
        """Merged pull requests into a branch, most recently updated first, fetched page by page."""
        query: Query = {"state": "closed", "base": base_branch, "sort": "updated", "direction": "desc"}
        for value in self._pages("/pulls", query):
            found = convert.pull_request(value)
            if found.merged and found.base_branch == base_branch:
                yield found

    def open_pull_request(self, head_branch: str, base_branch: str) -> PullRequest | None:
        """The open pull request between two branches of this repository, if there is one."""
        owner = self._repository.partition("/")[0]
        query: Query = {"state": "open", "head": f"{owner}:{head_branch}", "base": base_branch}
        for value in self._pages("/pulls", query):
            found = convert.pull_request(value)
            here = found.head_repository.lower() == self._repository.lower()
            if here and (found.head_branch, found.base_branch) == (head_branch, base_branch):
                return found
        return None

    def open_pull_requests(self, base_branch: str) -> Iterator[PullRequest]:
        """The open pull requests into a branch, newest first, fetched page by page."""
        query: Query = {"state": "open", "base": base_branch, "sort": "created", "direction": "desc"}
        for value in self._pages("/pulls", query):
            found = convert.pull_request(value)
            if (found.state, found.base_branch) == ("open", base_branch):
                yield found

    def open_pull_requests_into(
        self, base_branches: Sequence[str], most: int
    ) -> dict[str, tuple[PullRequest, ...]]:
        """The newest open pull requests into each of these branches, at most so many of each.

        One request where a page holds all that are open in the repository, else one more for each branch.
        """
        query: Query = {"state": "open", "sort": "created", "direction": "desc"}
        answer = self._get("/pulls", {**query, "per_page": PER_PAGE, "page": 1})
        listed = as_list(answer.data)
        if _has_next(answer, len(listed)):
            return {branch: tuple(islice(self.open_pull_requests(branch), most)) for branch in base_branches}
        found = [pull for pull in map(convert.pull_request, listed) if pull.state == "open"]
        return {
            branch: tuple(islice((p for p in found if p.base_branch == branch), most))
            for branch in base_branches
        }

    def create_pull_request(
        self, title: str, body: str, head_branch: str, base_branch: str, draft: bool = False
    ) -> PullRequest:
        """Open a pull request."""
        wanted: Body = {"title": title, "body": body, "head": head_branch, "base": base_branch}
        if draft:
            wanted["draft"] = True
        return self._create(
            "/pulls", wanted, convert.pull_request, lambda: self.open_pull_request(head_branch, base_branch)
        )

    def update_pull_request(self, number: int, title: str, body: str) -> None:
        """Replace a pull request's title and description."""
        self._edit_pull_request(number, {"title": title, "body": body})

    def close_pull_request(self, number: int) -> None:
        """Close a pull request without merging it."""
        self._edit_pull_request(number, {"state": "closed"})

    def _edit_pull_request(self, number: int, body: Body) -> None:
        request = self._request("PATCH", f"/pulls/{number}", body)
        self._accepted(request, self._final(request))

    def request_reviewers(self, number: int, people: Sequence[str], teams: Sequence[str]) -> None:
        """Ask people (logins) and teams (slugs) for a review. One that GitHub does not take refuses all.

        https://docs.github.com/en/rest/pulls/review-requests#request-reviewers-for-a-pull-request
        """
        body: Body = {}
        if people:
            body["reviewers"] = list(people)
        if teams:
            body["team_reviewers"] = list(teams)
        if body:  # may be repeated: a second one changes nothing
            request = self._request("POST", f"/pulls/{number}/requested_reviewers", body)
            self._accepted(request, self._final(request))

    # --- contents ---

    def branch_head(self, branch: str) -> str | None:
        """The commit a branch is at, None when there is no such branch."""
        answer = self._get_or_none(f"/git/ref/heads/{quote(branch)}")
        return None if answer is None else as_text(as_object(as_object(answer.data).get("object")).get("sha"))

    def set_branch(self, branch: str, commit: str) -> None:
        """Create the branch at the commit, or move it there. Raises `BranchRefused` where the token may not,
        or a rule forbids it."""
        move = self._request("PATCH", f"/git/refs/heads/{quote(branch)}", {"sha": commit, "force": True})
        answer = self._final(move)
        if answer.status < 300:
            return
        if answer.status not in (404, 422) or (answer.status == 422 and not _says(answer, "not exist")):
            raise self._error(move, answer)
        wanted: Body = {"ref": f"refs/heads/{branch}", "sha": commit}
        self._create(
            "/git/refs", wanted, lambda value: commit, lambda: _equal(self.branch_head(branch), commit)
        )

    def file_at(self, path: str, reference: str) -> str | None:
        """A file's text at a branch or commit, None when it is not there."""
        answer = self._get_or_none(f"/contents/{quote(path)}", {"ref": reference})
        if answer is None or not isinstance(answer.data, dict) or answer.data.get("type") != "file":
            return None
        data: dict[str, JsonValue] = answer.data
        if data.get("encoding") != "base64":  # larger than 1 MB: the content is in the blob only
            data = as_object(self._get(f"/git/blobs/{as_text(data.get('sha'))}").data)
        try:
            return base64.b64decode(as_text(data.get("content"))).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            raise BadInput(f"The file {path} at {reference} is not UTF-8 text.") from None

    # --- check runs ---

    def check_runs(self, commit: str) -> tuple[CheckRun, ...]:
        """The latest check run of each name on a commit."""
        return latest_of_each_name(self._check_runs(commit, {}))

    def check_runs_named(self, commit: str, name: str) -> tuple[CheckRun, ...]:
        """Every check run of that name on a commit, newest first, and not the latest only."""
        runs = self._check_runs(commit, {"check_name": name, "filter": "all"})
        return tuple(sorted((r for r in runs if r.name == name), key=lambda r: r.id, reverse=True))

    def write_check_run(self, check: CheckRun) -> CheckRun:
        """Create a completed check run."""

        def look() -> CheckRun | None:
            runs = self._check_runs(check.commit, {"check_name": check.name})
            return next((found for found in runs if convert.same_check_run(found, check)), None)

        return self._create("/check-runs", convert.check_run_body(check), convert.check_run, look)

    def annotate(self, check: CheckRun, annotations: Sequence[Annotation]) -> None:
        """Add annotations to a check run of ours that has none yet. What it says stays.

        At most 50 in a request, and each request appends; so after an unclear failure their number is
        looked up. https://docs.github.com/en/rest/checks/runs#update-a-check-run
        """
        path = f"/check-runs/{check.id}"
        for start in range(0, len(annotations), ANNOTATIONS_AT_ONCE):
            part = annotations[start : start + ANNOTATIONS_AT_ONCE]
            before = start

            def look(before: int = before) -> bool | None:
                return True if convert.annotations_count(self._get(path).data) > before else None

            request = self._request("PATCH", path, convert.annotations_body(check, part), appends=True)
            outcome = retry.run(request, self._wire.send, self._sleep, self._now, look)
            if isinstance(outcome, Lost):
                raise self._error(request, outcome)
            if isinstance(outcome, Answer):
                self._accepted(request, outcome)

    def _check_runs(self, commit: str, query: Query) -> Iterator[CheckRun]:
        for value in self._pages(_checks_path(commit), {"filter": "latest", **query}, "check_runs"):
            yield convert.check_run(value)

    def _check_runs_at_once(self, commit: str) -> tuple[CheckRun, ...] | None:
        """Every check run of a commit, None where they are more than a page."""
        answer = self._get(_checks_path(commit), {"filter": "all", "per_page": PER_PAGE, "page": 1})
        found = as_list(as_object(answer.data).get("check_runs"))
        return None if _has_next(answer, len(found)) else tuple(map(convert.check_run, found))

    # --- comments ---

    def comment(self, comment_id: int) -> Comment | None:
        """One comment, None when it is gone."""
        answer = self._get_or_none(f"/issues/comments/{comment_id}")
        return None if answer is None else convert.comment(answer.data)

    def comments(self, number: int, since: str = "") -> Iterator[Comment]:
        """A pull request's comments, oldest first, fetched page by page; with `since` (ISO 8601, UTC) only
        those written or edited from then on."""
        query: Query = {"since": since} if since else {}
        return map(convert.comment, self._pages(f"/issues/{number}/comments", query))

    def create_comment(self, number: int, body: str, marker: str) -> Comment:
        """Post a comment. After an unclear failure an existing one that holds `marker` is taken."""
        path = f"/issues/{number}/comments"
        return self._create(
            path, {"body": body}, convert.comment, lambda: self._newest_comment(path, body, marker)
        )

    def update_comment(self, comment_id: int, body: str) -> Comment:
        """Replace a comment's text."""
        request = self._request("PATCH", f"/issues/comments/{comment_id}", {"body": body})
        return convert.comment(self._accepted(request, self._final(request)).data)

    def minimize_comment(self, comment: Comment) -> None:
        """Fold a comment away as outdated. Readers can open it again.

        REST cannot; GraphQL answers 200 also where it refuses.
        https://docs.github.com/en/graphql/reference/mutations#minimizecomment
        """
        variables: Body = {"input": {"subjectId": comment.node, "classifier": "OUTDATED"}}
        body: Body = {"query": _MINIMIZE, "variables": variables}
        request = Request("POST", self._wire.graphql_path, body=body)
        answer = self._final(request)  # may be repeated: a second one changes nothing
        if answer.status != 200:
            raise self._error(request, answer)
        done = as_object(as_object(as_object(answer.data).get("data")).get("minimizeComment"))
        if as_object(done.get("minimizedComment")).get("isMinimized") is not True:
            raise RunFailed(
                f"GitHub did not minimise comment {comment.id}: {said(answer) or 'no reason given'}.",
                "The token needs `pull-requests: write`, and the server GraphQL.",
            )

    def _newest_comment(self, path: str, body: str, marker: str) -> Comment | None:
        """The newest comment with that text, else with the marker, on the last two pages."""
        first = self._get(path, {"per_page": PER_PAGE, "page": 1})
        last = _last_page(first)
        newest: list[Comment] = []
        for page in range(last, max(0, last - 2), -1):
            answer = first if page == 1 else self._get(path, {"per_page": PER_PAGE, "page": page})
            newest += reversed([convert.comment(value) for value in as_list(answer.data)])
        plain = body.replace("\r\n", "\n").strip()
        same = (c for c in newest if c.body.replace("\r\n", "\n").strip() == plain)
        marked = (c for c in newest if marker and marker in c.body)
        return next(same, None) or next(marked, None)

    def labels(self, number: int) -> tuple[tuple[str, str], ...]:
        """Each label a pull request has now, with the login of who set it last.

        Events keep a label's name of their time, so a label renamed since was set by nobody (""). One
        that was taken off and is there all the same came by a rename too.
        https://docs.github.com/en/rest/issues/events#list-issue-events
        """
        present = [_name(value) for value in self._pages(f"/issues/{number}/labels", {})]
        if not present:
            return ()
        events = [as_object(value) for value in self._pages(f"/issues/{number}/events", {})]
        setters: dict[str, str] = {}
        for event in sorted(events, key=_happened):
            if event.get("event") == "labeled":
                setters[_name(event.get("label"))] = as_text(as_object(event.get("actor")).get("login"))
            elif event.get("event") == "unlabeled":
                setters.pop(_name(event.get("label")), None)
        return tuple((name, setters.get(name, "")) for name in present)

    def add_label(self, number: int, name: str) -> None:
        """Set a label on a pull request. A second time changes nothing, so there is nothing to look for.

        https://docs.github.com/en/rest/issues/labels#add-labels-to-an-issue
        """
        self._create(f"/issues/{number}/labels", {"labels": [name]}, lambda value: None, lambda: None)

    def remove_label(self, number: int, name: str) -> None:
        """Take a label off a pull request; GitHub's 404 says that it has none of that name."""
        request = self._request("DELETE", f"/issues/{number}/labels/{quote(name, safe='')}")
        answer = self._final(request)
        if answer.status != 404:
            self._accepted(request, answer)

    def reviews(self, number: int) -> Iterator[Review]:
        """A pull request's reviews, oldest first, fetched page by page."""
        return map(convert.review, self._pages(f"/pulls/{number}/reviews", {}))

    def permission(self, login: str) -> str:
        """What a person may do in the repository now: admin, write, read or none.

        GitHub answers 404 for those it does not know. `maintain` is told as write, `triage` as read.
        https://docs.github.com/en/rest/collaborators/collaborators
        """
        answer = self._get_or_none(f"/collaborators/{quote(login, safe='')}/permission")
        return (answer and as_text(as_object(answer.data).get("permission"))) or "none"

    def react(self, comment_id: int, reaction: Reaction) -> None:
        """Set a reaction on a comment. A second time changes nothing, so there is nothing to look for.

        https://docs.github.com/en/rest/reactions/reactions#create-reaction-for-an-issue-comment
        """
        path = f"/issues/comments/{comment_id}/reactions"
        self._create(path, {"content": reaction.value}, lambda value: None, lambda: None)

    def own_login(self) -> str:
        """The login this token writes as.

        GraphQL's `viewer` tells it of every token; REST (GET /user) not of an installation's. Where GraphQL
        is missing and REST refuses, the token counts as the workflow's.
        """
        if not self._login:
            self._login = self._viewer() or self._user()
        return self._login

    def _user(self) -> str:
        request = Request("GET", "/user")
        answer = self._final(request)
        if answer.status in (403, 404) and not retry.is_rate_limited(answer):
            return ACTIONS_LOGIN
        return as_text(as_object(self._accepted(request, answer).data).get("login"))

    def _viewer(self) -> str:
        query: Body = {"query": "query { viewer { login } }"}
        request = Request("POST", self._wire.graphql_path, body=query)
        outcome = retry.run(request, self._wire.send, self._sleep, self._now, lambda: None)
        if isinstance(outcome, Answer) and retry.is_rate_limited(outcome):
            raise self._error(request, outcome)
        if not isinstance(outcome, Answer) or outcome.status != 200:
            return ""
        data = as_object(as_object(outcome.data).get("data"))
        return as_text(as_object(data.get("viewer")).get("login"))

    # --- deployments ---

    def deployments(self, environment: str, task: str) -> Iterator[Deployment]:
        """Deployments of an environment and task, newest first, fetched page by page."""
        return map(
            convert.deployment, self._pages("/deployments", {"environment": environment, "task": task})
        )

    def create_deployment(self, deployment: Deployment) -> Deployment:
        """Create a deployment (its `id` and `created_at` are GitHub's to set)."""

        def look() -> Deployment | None:
            query: Query = {"environment": deployment.environment, "task": deployment.task}
            newest = as_list(self._get("/deployments", {"per_page": PER_PAGE, **query}).data)
            found = (convert.deployment(value) for value in newest)
            return next((d for d in found if convert.same_deployment(deployment, d)), None)

        return self._create("/deployments", convert.deployment_body(deployment), convert.deployment, look)

    def deployment_statuses(self, deployment_id: int) -> tuple[DeploymentStatus, ...]:
        """A deployment's statuses, newest first."""
        found = map(convert.deployment_status, self._pages(f"/deployments/{deployment_id}/statuses", {}))
        return tuple(status for status in found if status is not None)

    def add_deployment_status(self, deployment: Deployment, status: DeploymentStatus) -> None:
        """Add a status."""
        path = f"/deployments/{deployment.id}/statuses"
        body = convert.deployment_status_body(status)

        def look() -> bool | None:
            newest = as_list(self._get(path, {"per_page": 1}).data)[:1]
            return True if newest and convert.same_deployment_status(newest[0], dict(body)) else None

        self._create(path, body, lambda value: True, look)

    # --- workflows ---

    def dispatch_workflow(self, workflow: str, ref: str, inputs: dict[str, str]) -> None:
        """Ask for a run of a workflow file (its name alone) on the branch `ref`.

        After an unclear failure it is not asked again: whether a run was queued cannot be looked up.
        https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
        """
        # In full, because a tag may have the branch's name.
        body: Body = {"ref": f"refs/heads/{ref}", "inputs": dict(inputs)}
        request = self._request("POST", f"/actions/workflows/{quote(workflow, safe='')}/dispatches", body)
        outcome = retry.run(request, self._wire.send, self._sleep, self._now, lambda: True)
        if isinstance(outcome, bool):
            raise RunFailed(
                f"GitHub did not say whether it dispatches {workflow} on {ref}.",
                "Look at the workflow's runs; reconciling again does what is still missing.",
            )
        if isinstance(outcome, Answer) and outcome.status in (404, 422):
            raise RunFailed(
                f"GitHub cannot dispatch {workflow} on {ref} (status {outcome.status}): "
                f"{said(outcome) or 'no reason given'}.",
                f"The file must be on the default branch and on {ref}, with `workflow_dispatch` and its "
                f"inputs {', '.join(inputs)}; a choice among them must offer {', '.join(inputs.values())}.",
            )
        if isinstance(outcome, Lost):
            raise self._error(request, outcome)
        self._accepted(request, outcome)

    def workflow_run(self, run_id: str, attempt: int) -> WorkflowRun | None:
        """One attempt of a workflow run, None when there is none of that number."""
        if not re.fullmatch(r"[1-9][0-9]{0,19}", run_id):
            return None  # it may come from a record that others can write
        answer = self._get_or_none(f"/actions/runs/{run_id}/attempts/{attempt}")
        return None if answer is None else convert.workflow_run(answer.data)

    def pull_request_runs(self, workflow: str, head: str) -> tuple[WorkflowRun, ...]:
        """The newest runs of a workflow file for pull requests with that head, newest first.

        https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-workflow
        """
        path = f"/actions/workflows/{quote(workflow, safe='')}/runs"
        answer = self._get_or_none(path, {"event": "pull_request", "head_sha": head, "per_page": PER_PAGE})
        runs = as_list(as_object(answer.data).get("workflow_runs")) if answer is not None else []
        return tuple(convert.workflow_run(value) for value in runs)

    def rerun(self, run_id: str) -> None:
        """Run a workflow run again. After an unclear failure it is not asked again: it may have begun.

        https://docs.github.com/en/rest/actions/workflow-runs#re-run-a-workflow
        """
        if not re.fullmatch(r"[1-9][0-9]{0,19}", run_id):
            raise RunFailed("What is to be run again has no number of a workflow run.")
        request = self._request("POST", f"/actions/runs/{run_id}/rerun")
        outcome = retry.run(request, self._wire.send, self._sleep, self._now, lambda: True)
        if isinstance(outcome, bool):
            raise RunFailed(f"GitHub did not say whether run {run_id} runs again.", "Look at the run's page.")
        if isinstance(outcome, Answer) and outcome.status == 403 and not retry.is_rate_limited(outcome):
            raise RunFailed(
                f"GitHub does not run {run_id} again: {said(outcome) or 'no reason given'}.",
                "It takes runs that have ended and are at most 30 days old, and a token with "
                "`actions: write`. Push a commit, or close the pull request and open it again.",
            )
        if isinstance(outcome, Lost):
            raise self._error(request, outcome)
        self._accepted(request, outcome)

    # --- requests ---

    def _request(
        self,
        method: str,
        path: str,
        body: Body | None = None,
        query: Query | None = None,
        *,
        appends: bool = False,
    ) -> Request:
        return Request(method, f"/repos/{self._repository}{path}", query or {}, body, appends)

    def _final(self, request: Request) -> Answer:
        """The answer to a repeatable request, whatever its status."""
        outcome = retry.run(request, self._wire.send, self._sleep, self._now, lambda: None)
        if isinstance(outcome, Lost):
            raise self._error(request, outcome)
        return outcome

    def _accepted(self, request: Request, answer: Answer) -> Answer:
        if not 200 <= answer.status < 300 or not answer.is_json:
            raise self._error(request, answer)
        self._reached = self._reached or request.path.startswith("/repos/")
        return answer

    def _error(self, request: Request, outcome: Answer | Lost) -> Exception:
        return explain(request, outcome, self._api_url, self._repository)

    def _get(self, path: str, query: Query | None = None) -> Answer:
        request = self._request("GET", path, query=query)
        return self._accepted(request, self._final(request))

    def _get_or_none(self, path: str, query: Query | None = None) -> Answer | None:
        """None for a 404, once it is sure that the token can see the repository at all."""
        request = self._request("GET", path, query=query)
        answer = self._final(request)
        if answer.status != 404:
            return self._accepted(request, answer)
        if not self._reached:
            self._get("")
        return None

    def _create(
        self, path: str, body: Body, read: Callable[[JsonValue], T], look: Callable[[], T | None]
    ) -> T:
        """POST once: after an unclear failure `look` says whether it happened."""
        request = self._request("POST", path, body)
        outcome = retry.run(request, self._wire.send, self._sleep, self._now, look)
        if isinstance(outcome, Lost):
            raise self._error(request, outcome)
        if isinstance(outcome, Answer):
            return read(self._accepted(request, outcome).data)
        return outcome

    def _pages(self, path: str, query: Query, member: str = "") -> Iterator[JsonValue]:
        """Every item of a list, a request per page when it is reached."""
        page, before = 1, None
        while True:
            request = self._request("GET", path, query={**query, "per_page": PER_PAGE, "page": page})
            answer = self._accepted(request, self._final(request))
            items = as_list(as_object(answer.data).get(member) if member else answer.data)
            if items and items == before:  # a redirect that drops the page's number
                raise RunFailed(f"GitHub answered GET {request.path} with the same page twice.")
            yield from items
            if not items or not _has_next(answer, len(items)):
                return
            page, before = page + 1, items


def latest_of_each_name(checks: Iterable[CheckRun]) -> tuple[CheckRun, ...]:
    """The newest check run of each name."""
    latest: dict[str, CheckRun] = {}
    for found in checks:
        if found.name not in latest or latest[found.name].id < found.id:
            latest[found.name] = found
    return tuple(latest.values())


def _checks_path(commit: str) -> str:
    return f"/commits/{quote(commit, safe='')}/check-runs"


def _has_next(answer: Answer, count: int) -> bool:
    link = answer.headers.get("link")
    return count >= PER_PAGE if link is None else 'rel="next"' in link


def _last_page(answer: Answer) -> int:
    found = re.search(r'[?&]page=([0-9]{1,9})[^>]*>; *rel="last"', answer.headers.get("link", ""))
    return int(found[1]) if found else 1


def _name(value: JsonValue) -> str:
    return as_text(as_object(value).get("name"))


def _happened(event: dict[str, JsonValue]) -> tuple[str, int]:
    number = event.get("id")
    return as_text(event.get("created_at")), number if isinstance(number, int) else 0


def _says(answer: Answer, words: str) -> bool:
    return words in said(answer).lower()


def _equal(found: str | None, wanted: str) -> str | None:
    return found if found == wanted else None
