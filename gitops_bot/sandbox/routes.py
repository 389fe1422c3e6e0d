"""The HTTP side: which path needs which permission and is answered by what."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from gitops_bot.sandbox import git_handlers as git
from gitops_bot.sandbox import pull_handlers as pulls
from gitops_bot.sandbox import record_handlers as records
from gitops_bot.sandbox.calls import Call, Handler, Page, check_types, fallback
from gitops_bot.sandbox.faults import Fault, Faults
from gitops_bot.sandbox.hub import Hub
from gitops_bot.sandbox.records import Actor, Json
from gitops_bot.sandbox.refusals import Refused, not_found

_REPO = "/repos/{owner}/{repo}"
_DISCUSS_READ = ("issues=read", "pull_requests=read")
_DISCUSS_WRITE = ("issues=write", "pull_requests=write")
_BRANCHES = re.compile(r"/pulls|/git/|/branches|/compare")
_PAGE_SIZE, _PAGE_LIMIT = 30, 100
_DELAY_STEP = 0.02
"""Seconds between two looks at whether a delayed answer is still waited for."""


class RecordedRequest(NamedTuple):
    """One request that was answered; a status of 0 means that no answer could reach the client."""

    method: str
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method and path, the permissions of which one is needed, and what answers it."""

    method: str
    path: str
    handler: Handler
    accepts: tuple[str, ...] = ()


ENDPOINTS = (
    Endpoint("GET", "/user", records.get_user),
    Endpoint("POST", "/graphql", records.graphql),
    Endpoint("GET", _REPO, records.get_repository, ("metadata=read",)),
    Endpoint("GET", f"{_REPO}/pulls", pulls.list_pulls, ("pull_requests=read",)),
    Endpoint("POST", f"{_REPO}/pulls", pulls.create_pull, ("pull_requests=write",)),
    Endpoint("GET", f"{_REPO}/pulls/{{number:int}}", pulls.get_pull, ("pull_requests=read",)),
    Endpoint("PATCH", f"{_REPO}/pulls/{{number:int}}", pulls.edit_pull, ("pull_requests=write",)),
    Endpoint("PUT", f"{_REPO}/pulls/{{number:int}}/merge", pulls.merge_pull, ("contents=write",)),
    Endpoint("GET", f"{_REPO}/pulls/{{number:int}}/files", pulls.pull_files, ("pull_requests=read",)),
    Endpoint("GET", f"{_REPO}/pulls/{{number:int}}/commits", pulls.pull_commits, ("pull_requests=read",)),
    Endpoint("GET", f"{_REPO}/pulls/{{number:int}}/reviews", pulls.list_reviews, ("pull_requests=read",)),
    Endpoint(
        "POST",
        f"{_REPO}/pulls/{{number:int}}/requested_reviewers",
        pulls.request_reviewers,
        ("pull_requests=write",),
    ),
    Endpoint("GET", f"{_REPO}/collaborators/{{login}}/permission", pulls.get_permission, ("metadata=read",)),
    Endpoint("GET", f"{_REPO}/issues/{{number:int}}", pulls.get_issue, _DISCUSS_READ),
    Endpoint("GET", f"{_REPO}/issues/{{number:int}}/comments", pulls.list_comments, _DISCUSS_READ),
    Endpoint("POST", f"{_REPO}/issues/{{number:int}}/comments", pulls.create_comment, _DISCUSS_WRITE),
    Endpoint("GET", f"{_REPO}/issues/{{number:int}}/labels", pulls.list_labels, _DISCUSS_READ),
    Endpoint("POST", f"{_REPO}/issues/{{number:int}}/labels", pulls.add_labels, _DISCUSS_WRITE),
    Endpoint(
        "DELETE", f"{_REPO}/issues/{{number:int}}/labels/{{name:path}}", pulls.remove_label, _DISCUSS_WRITE
    ),
    Endpoint("GET", f"{_REPO}/issues/{{number:int}}/events", pulls.list_events, _DISCUSS_READ),
    Endpoint("GET", f"{_REPO}/issues/comments/{{id:int}}", pulls.get_comment, _DISCUSS_READ),
    Endpoint("PATCH", f"{_REPO}/issues/comments/{{id:int}}", pulls.edit_comment, _DISCUSS_WRITE),
    Endpoint("DELETE", f"{_REPO}/issues/comments/{{id:int}}", pulls.delete_comment, _DISCUSS_WRITE),
    Endpoint("POST", f"{_REPO}/issues/comments/{{id:int}}/reactions", pulls.react, _DISCUSS_WRITE),
    Endpoint("POST", f"{_REPO}/check-runs", records.create_check_run, ("checks=write",)),
    Endpoint("GET", f"{_REPO}/check-runs/{{id:int}}", records.get_check_run, ("checks=read",)),
    Endpoint("PATCH", f"{_REPO}/check-runs/{{id:int}}", records.edit_check_run, ("checks=write",)),
    Endpoint("GET", f"{_REPO}/check-runs/{{id:int}}/annotations", records.list_annotations, ("checks=read",)),
    Endpoint("GET", f"{_REPO}/commits/{{ref:path}}/check-runs", records.list_check_runs, ("checks=read",)),
    Endpoint("GET", f"{_REPO}/commits/{{ref:path}}/status", records.get_combined_status, ("statuses=read",)),
    Endpoint("GET", f"{_REPO}/commits/{{ref:path}}/pulls", git.commit_pulls, ("pull_requests=read",)),
    Endpoint("GET", f"{_REPO}/commits/{{ref:path}}", git.get_commit, ("contents=read",)),
    Endpoint("POST", f"{_REPO}/statuses/{{ref}}", records.create_status, ("statuses=write",)),
    Endpoint("GET", f"{_REPO}/deployments", records.list_deployments, ("deployments=read",)),
    Endpoint("POST", f"{_REPO}/deployments", records.create_deployment, ("deployments=write",)),
    Endpoint("GET", f"{_REPO}/deployments/{{id:int}}", records.get_deployment, ("deployments=read",)),
    Endpoint(
        "GET",
        f"{_REPO}/deployments/{{id:int}}/statuses",
        records.list_deployment_statuses,
        ("deployments=read",),
    ),
    Endpoint(
        "POST",
        f"{_REPO}/deployments/{{id:int}}/statuses",
        records.create_deployment_status,
        ("deployments=write",),
    ),
    Endpoint(
        "POST",
        f"{_REPO}/actions/workflows/{{workflow}}/dispatches",
        records.dispatch_workflow,
        ("actions=write",),
    ),
    Endpoint(
        "GET",
        f"{_REPO}/actions/workflows/{{workflow}}/runs",
        records.list_workflow_runs,
        ("actions=read",),
    ),
    Endpoint("POST", f"{_REPO}/actions/runs/{{id:int}}/rerun", records.rerun, ("actions=write",)),
    Endpoint(
        "GET",
        f"{_REPO}/actions/runs/{{id:int}}/attempts/{{attempt:int}}",
        records.get_workflow_run,
        ("actions=read",),
    ),
    Endpoint("GET", f"{_REPO}/contents/{{path:path}}", git.get_contents, ("contents=read",)),
    Endpoint("GET", f"{_REPO}/git/commits/{{ref}}", git.get_git_commit, ("contents=read",)),
    Endpoint("GET", f"{_REPO}/git/blobs/{{ref}}", git.get_blob, ("contents=read",)),
    Endpoint("GET", f"{_REPO}/git/ref/{{ref:path}}", git.get_ref, ("contents=read",)),
    Endpoint("GET", f"{_REPO}/git/matching-refs/{{ref:path}}", git.matching_refs, ("contents=read",)),
    Endpoint("POST", f"{_REPO}/git/refs", git.create_ref, ("contents=write",)),
    Endpoint("PATCH", f"{_REPO}/git/refs/{{ref:path}}", git.update_ref, ("contents=write",)),
    Endpoint("DELETE", f"{_REPO}/git/refs/{{ref:path}}", git.delete_ref, ("contents=write",)),
    Endpoint("GET", f"{_REPO}/branches", git.list_branches, ("contents=read",)),
    Endpoint(
        "GET",
        f"{_REPO}/branches/{{branch}}/protection/required_pull_request_reviews",
        records.get_review_protection,
        ("administration=read",),
    ),
    Endpoint("GET", f"{_REPO}/branches/{{branch:path}}", git.get_branch, ("contents=read",)),
    Endpoint("GET", f"{_REPO}/rules/branches/{{branch:path}}", records.list_branch_rules, ("metadata=read",)),
    Endpoint("GET", f"{_REPO}/environments", records.list_environments, ("actions=read",)),
    Endpoint(
        "GET",
        f"{_REPO}/environments/{{name}}/deployment-branch-policies",
        records.list_branch_policies,
        ("actions=read",),
    ),
    Endpoint(
        "GET",
        f"{_REPO}/actions/permissions/fork-pr-contributor-approval",
        records.get_fork_approval,
        ("administration=read",),
    ),
    Endpoint(
        "GET",
        f"{_REPO}/actions/permissions/workflow",
        records.get_workflow_permissions,
        ("administration=read",),
    ),
    Endpoint("GET", f"{_REPO}/compare/{{span:path}}", git.compare, ("contents=read",)),
    *(Endpoint(method, "/{path:path}", fallback) for method in ("GET", "POST", "PATCH", "PUT", "DELETE")),
)


class HangUp(Response):
    """No answer at all: the connection is cut."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Cut the connection and wait until the server has noticed."""
        scope["state"]["transport"].abort()
        while (await receive())["type"] != "http.disconnect":
            pass


ENTERPRISE = "/api/v3"
"""Where the REST API of GitHub Enterprise Server begins."""


def build_app(
    hub: Hub, faults: Faults, requests: list[RecordedRequest], more: Sequence[Route] = ()
) -> Starlette:
    """The application that answers for a hub and records what it answered. `more` is not recorded."""

    def serve(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            path = request.url.path.removeprefix(ENTERPRISE)
            fault = faults.take(request.method, path)
            response = None
            if fault is None or fault.after or not fault.status:
                response = _respond(hub, endpoint, request, await request.body())
            here = fault is None or await _waited(faults, fault, request)
            if fault is not None and (response is None or fault.status):
                response = _fail(fault)
            assert response is not None  # noqa: S101
            status = 0 if isinstance(response, HangUp) or not here else response.status_code
            requests.append(RecordedRequest(request.method, path, status))
            return response

        return answer

    def routes() -> list[Route]:
        return [Route(point.path, serve(point), methods=[point.method]) for point in ENDPOINTS]

    # An Enterprise Server's addresses lead to the same. They come first: the last of the others takes all.
    graphql = [
        Route("/api/graphql", serve(point), methods=[point.method])
        for point in ENDPOINTS
        if point.path == "/graphql"
    ]
    return Starlette(routes=[*more, Mount(ENTERPRISE, routes=routes()), *graphql, *routes()])


async def _waited(faults: Faults, fault: Fault, request: Request) -> bool:
    """Let the fault's delay pass, as long as somebody waits for the answer and the server is to run;
    whether somebody still does."""
    clock = asyncio.get_running_loop().time
    until = clock() + fault.delay
    if fault.delay:
        await request.body()  # or the hang-up behind it is not seen
    while (left := until - clock()) > 0 and not faults.stopped.is_set():
        if await request.is_disconnected():
            return False
        await asyncio.sleep(min(left, _DELAY_STEP))
    return True


def _fail(fault: Fault) -> Response:
    if fault.drop_connection:
        return HangUp()
    return JSONResponse({"message": fault.message}, fault.status, headers=dict(fault.headers))


def _respond(hub: Hub, endpoint: Endpoint, request: Request, raw: bytes) -> Response:
    limits = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4999"}
    try:
        with hub.lock:
            actor = _authenticate(hub, request)
            if actor.scopes is not None:
                limits["X-OAuth-Scopes"] = ", ".join(actor.scopes)
            _authorise(hub, endpoint, actor, request)
            if _BRANCHES.search(endpoint.path):
                hub.refresh(actor)  # what its job pushed into the folder before
            call = Call(hub, actor, request.path_params, dict(request.query_params), _read_body(raw))
            reply = endpoint.handler(call)
            if isinstance(reply, Page):
                return _page(hub, request, reply, limits)
    except Refused as refused:
        return JSONResponse(refused.body(), refused.status, headers={**limits, **refused.headers})
    except Exception as defect:
        return JSONResponse({"message": f"The sandbox failed: {defect!r}"}, 500)
    if reply.body is None:
        return Response(status_code=reply.status, headers=limits)
    return JSONResponse(reply.body, reply.status, headers=limits)


def _authenticate(hub: Hub, request: Request) -> Actor:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    actor = hub.tokens.get(token.strip()) if scheme.lower() in ("token", "bearer") else None
    if actor is None:
        raise Refused(401, "Bad credentials")
    return actor


def _authorise(hub: Hub, endpoint: Endpoint, actor: Actor, request: Request) -> None:
    owner, repo = request.path_params.get("owner"), request.path_params.get("repo")
    if owner is not None and f"{owner}/{repo}".lower() != hub.site.repository.lower():
        raise not_found()
    wanted = [accepted.split("=") for accepted in endpoint.accepts]
    if wanted and not any(actor.may(permission, level) for permission, level in wanted):
        kind = "integration" if actor.is_app else "personal access token"
        headers = {"X-Accepted-GitHub-Permissions": "; ".join(endpoint.accepts)}
        raise Refused(403, f"Resource not accessible by {kind}", headers=headers)


def _read_body(raw: bytes) -> Json:
    try:
        body: Any = json.loads(raw) if raw.strip() else {}
    except ValueError:
        raise Refused(400, "Problems parsing JSON") from None
    if isinstance(body, list):  # labels may be given as a bare list
        return {"labels": body}
    if not isinstance(body, dict):
        raise Refused(400, "Body should be a JSON object")
    check_types(body)
    return body


def _page(hub: Hub, request: Request, page: Page, headers: dict[str, str]) -> Response:
    query = dict(request.query_params)
    size = max(1, min(_number(query.get("per_page"), _PAGE_SIZE), _PAGE_LIMIT))
    number = max(1, _number(query.get("page"), 1))
    last = max(1, -(-len(page.records) // size))
    shown = [page.render(record) for record in page.records[(number - 1) * size : number * size]]
    targets = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
    wanted = [name for name in targets if (number > 1 if name in ("prev", "first") else number < last)]
    links = [
        f'<{hub.site.api_url}{request.url.path}?{urlencode({**query, "page": targets[name]})}>; rel="{name}"'
        for name in wanted
    ]
    if links:
        headers = {**headers, "Link": ", ".join(links)}
    body: object = {"total_count": len(page.records), page.key: shown} if page.key else shown
    return JSONResponse(body, headers=headers)


def _number(text: str | None, default: int) -> int:
    return int(text) if text is not None and text.isdecimal() else default
