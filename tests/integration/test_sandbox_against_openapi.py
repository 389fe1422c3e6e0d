"""What the sandbox answers, and what tests send it, fits GitHub's published OpenAPI description.

The models are generated from that description (githubkit). They are loaded by name, one at a time,
because loading all of them takes long.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from gitops_bot.sandbox import Sandbox
from gitops_bot.sandbox.records import Gate
from tests.kit.sandbox_client import SandboxClient
from tests.kit.sandbox_story import infra_sandbox, open_feature


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and the models that it and its answer must fit. In paths and bodies, names in
    `<>` stand for what the story holds."""

    method: str
    path: str
    answer: str
    status: int = 200
    body: Any = None
    sent: str = ""
    many: bool = False
    kind: str = "app"


OUTPUT = {"title": "Plan", "summary": "1 to add", "text": "packed"}
NOTE = {
    "path": "infra/main.tf", "start_line": 3, "end_line": 4, "annotation_level": "failure",
    "title": "No such variable", "message": "It is not declared.",
}  # fmt: skip
CHECK = {
    "name": "plan",
    "head_sha": "<head>",
    "status": "completed",
    "conclusion": "success",
    "output": OUTPUT,
}
DEPLOYMENT = {
    "ref": "devops", "task": "gitops-bot:apply", "environment": "dev", "auto_merge": False,
    "required_contexts": [], "payload": {"tree": "<head>"}, "description": "Applying",
}  # fmt: skip
STATUSES = "~/deployments/<deployment>/statuses"
PULL_BODY = {"title": "Other", "head": "other", "base": "devops", "body": "Adds one", "draft": True}

EXCHANGES = (
    Exchange("GET", "~", "FullRepository"),
    Exchange("GET", "/user", "PublicUser", kind="pat"),
    Exchange("GET", "~/pulls?state=all&sort=updated&direction=desc", "PullRequestSimple", many=True),
    Exchange("POST", "~/pulls", "PullRequest", 201, PULL_BODY, "ReposOwnerRepoPullsPostBody"),
    Exchange("GET", "~/pulls/<open>", "PullRequest"),
    Exchange("GET", "~/pulls/<merged>", "PullRequest"),
    Exchange(
        "PATCH",
        "~/pulls/<open>",
        "PullRequest",
        200,
        {"title": "New"},
        "ReposOwnerRepoPullsPullNumberPatchBody",
    ),
    Exchange(
        "PUT",
        "~/pulls/<mergeable>/merge",
        "PullRequestMergeResult",
        200,
        {"merge_method": "squash", "commit_title": "Squashed"},
        "ReposOwnerRepoPullsPullNumberMergePutBody",
    ),
    Exchange("GET", "~/pulls/<open>/files", "DiffEntry", many=True),
    Exchange("GET", "~/pulls/<open>/commits", "Commit", many=True),
    Exchange("GET", "~/pulls/<open>/reviews", "PullRequestReview", many=True),
    Exchange(
        "PATCH",
        "~/pulls/<closing>",
        "PullRequest",
        200,
        {"title": "Old", "body": "Superseded", "state": "closed"},
        "ReposOwnerRepoPullsPullNumberPatchBody",
    ),
    Exchange("GET", "~/pulls?state=open&base=devops&sort=created", "PullRequestSimple", many=True),
    Exchange(
        "POST",
        "~/pulls/<open>/requested_reviewers",
        "PullRequestSimple",
        201,
        {"reviewers": ["hubot"], "team_reviewers": ["platform"]},
        "ReposOwnerRepoPullsPullNumberRequestedReviewersPostBodyAnyof0",
    ),
    Exchange("GET", "~/pulls/<open>", "PullRequest"),
    Exchange(
        "POST",
        "~/pulls/<open>/requested_reviewers",
        "ValidationErrorSimple",
        422,
        {"reviewers": ["stranger"]},
    ),
    Exchange(
        "POST",
        "~/git/refs",
        "BasicError",
        403,
        {"ref": "refs/heads/workflows", "sha": "<workflows>"},
        "ReposOwnerRepoGitRefsPostBody",
    ),
    Exchange("GET", "~/collaborators/hubot/permission", "RepositoryCollaboratorPermission"),
    Exchange("GET", "~/issues/<open>", "Issue"),
    Exchange("GET", "~/issues/<open>/comments", "IssueComment", many=True),
    Exchange(
        "POST",
        "~/issues/<open>/comments",
        "IssueComment",
        201,
        {"body": "Plan"},
        "ReposOwnerRepoIssuesIssueNumberCommentsPostBody",
    ),
    Exchange("GET", "~/issues/comments/<comment>", "IssueComment"),
    Exchange(
        "PATCH",
        "~/issues/comments/<comment>",
        "IssueComment",
        200,
        {"body": "New"},
        "ReposOwnerRepoIssuesCommentsCommentIdPatchBody",
    ),
    Exchange(
        "POST",
        "~/issues/<open>/labels",
        "Label",
        200,
        {"labels": ["gitops"]},
        "ReposOwnerRepoIssuesIssueNumberLabelsPostBodyOneof0",
        many=True,
    ),
    Exchange("DELETE", "~/issues/<merged>/labels/done", "Label", many=True),
    Exchange("DELETE", "~/issues/<merged>/labels/gone", "BasicError", 404),
    Exchange("GET", "~/issues/<merged>/labels", "Label", many=True),
    Exchange("GET", "~/issues/<merged>/events", "IssueEvent", many=True),
    Exchange("GET", "~/issues/<open>/events?per_page=1&page=2", "UnlabeledIssueEvent", many=True),
    Exchange("GET", "~/issues/<mergeable>/events", "LabeledIssueEvent", many=True),
    Exchange("POST", "~/check-runs", "CheckRun", 201, CHECK, "ReposOwnerRepoCheckRunsPostBodyOneof0"),
    Exchange(
        "PATCH",
        "~/check-runs/<check>",
        "CheckRun",
        200,
        {"conclusion": "failure", "output": OUTPUT},
        "ReposOwnerRepoCheckRunsCheckRunIdPatchBodyAnyof0",
    ),
    Exchange(
        "PATCH",
        "~/check-runs/<check>",
        "CheckRun",
        200,
        {"output": {**OUTPUT, "annotations": [NOTE]}},
        "ReposOwnerRepoCheckRunsCheckRunIdPatchBodyAnyof1",
    ),
    Exchange("GET", "~/check-runs/<check>/annotations", "CheckAnnotation", many=True),
    Exchange("GET", "~/check-runs/<check>", "CheckRun"),
    Exchange(
        "GET", "~/commits/<head>/check-runs?filter=latest", "ReposOwnerRepoCommitsRefCheckRunsGetResponse200"
    ),
    Exchange(
        "POST",
        "~/statuses/<head>",
        "Status",
        201,
        {"state": "pending", "context": "lint", "description": "Waiting"},
        "ReposOwnerRepoStatusesShaPostBody",
    ),
    Exchange("GET", "~/commits/<head>/status", "CombinedCommitStatus"),
    Exchange("GET", "~/commits/<head>", "Commit"),
    Exchange("GET", "~/commits/<head>/pulls", "PullRequestSimple", many=True),
    Exchange("GET", "~/git/commits/<head>", "GitCommit"),
    Exchange("GET", "~/deployments?environment=dev", "Deployment", many=True),
    Exchange("POST", "~/deployments", "Deployment", 201, DEPLOYMENT, "ReposOwnerRepoDeploymentsPostBody"),
    Exchange(
        "POST",
        STATUSES,
        "DeploymentStatus",
        201,
        {"state": "success", "description": "Applied", "log_url": "https://example.com/run"},
        "ReposOwnerRepoDeploymentsDeploymentIdStatusesPostBody",
    ),
    Exchange("GET", STATUSES, "DeploymentStatus", many=True),
    Exchange("GET", "~/deployments/<deployment>", "Deployment"),
    Exchange("GET", "~/contents/main.tf?ref=devops", "ContentFile"),
    Exchange("GET", "~/git/blobs/<blob>", "Blob"),
    Exchange("GET", "~/contents/modules", "ContentDirectoryItems", many=True),
    Exchange(
        "POST",
        "~/git/refs",
        "GitRef",
        201,
        {"ref": "refs/heads/promote", "sha": "<head>"},
        "ReposOwnerRepoGitRefsPostBody",
    ),
    Exchange(
        "PATCH",
        "~/git/refs/heads/feature",
        "GitRef",
        200,
        {"sha": "<head>", "force": True},
        "ReposOwnerRepoGitRefsRefPatchBody",
    ),
    Exchange("GET", "~/git/ref/heads/devops", "GitRef"),
    Exchange("GET", "~/git/matching-refs/heads/", "GitRef", many=True),
    Exchange("GET", "~/branches", "ShortBranch", many=True),
    Exchange("GET", "~/branches/devops", "BranchWithProtection"),
    Exchange("GET", "~/compare/devops...feature", "CommitComparison"),
    Exchange("GET", "~/actions/runs/7/attempts/1", "WorkflowRun"),
    Exchange("GET", "~/actions/runs/7/attempts/2", "WorkflowRun"),
    Exchange("GET", "~/actions/runs/7/attempts/3", "BasicError", 404),
    Exchange(
        "GET",
        "~/actions/workflows/gitops.yml/runs?event=push&head_sha=<head>",
        "ReposOwnerRepoActionsWorkflowsWorkflowIdRunsGetResponse200",
    ),
    Exchange("GET", "~/rules/branches/devops", "RepositoryRuleDetailedOneof8", many=True),
    Exchange("GET", "~/environments", "ReposOwnerRepoEnvironmentsGetResponse200"),
    Exchange(
        "GET",
        "~/environments/apply/deployment-branch-policies",
        "ReposOwnerRepoEnvironmentsEnvironmentNameDeploymentBranchPoliciesGetResponse200",
    ),
    Exchange("GET", "~/actions/permissions/workflow", "ActionsGetDefaultWorkflowPermissions"),
    Exchange("GET", "~/actions/permissions/fork-pr-contributor-approval", "ActionsForkPrContributorApproval"),
    Exchange(
        "GET",
        "~/branches/devops/protection/required_pull_request_reviews",
        "ProtectedBranchPullRequestReview",
    ),
    Exchange("POST", "~/actions/runs/8/rerun", "EmptyObject", 201),
    Exchange("POST", "~/actions/runs/7/rerun", "BasicError", 403),
    Exchange(
        "POST",
        "~/issues/comments/<comment>/reactions",
        "Reaction",
        201,
        {"content": "rocket"},
        "ReposOwnerRepoIssuesCommentsCommentIdReactionsPostBody",
    ),
    Exchange("GET", "~/collaborators/stranger/permission", "BasicError", 404),
    Exchange("GET", "~/pulls/999", "BasicError", 404),
    Exchange("POST", "~/pulls", "ValidationError", 422, {"title": "x", "head": "none", "base": "devops"}),
    Exchange(
        "POST",
        "~/actions/workflows/gitops.yml/dispatches",
        "",
        204,
        {"ref": "refs/heads/devops", "inputs": {"command": "apply", "environment": "dev"}},
        "ReposOwnerRepoActionsWorkflowsWorkflowIdDispatchesPostBody",
    ),
)


@cache
def model(name: str) -> Any:
    """One of the generated models."""
    return getattr(importlib.import_module("githubkit_schemas.latest.models"), name)


def fits(name: str, value: object, *, many: bool = False) -> None:
    """Fail unless the JSON fits the model, or is a list of what does."""
    adapter: TypeAdapter[object] = TypeAdapter(model(name))
    for part in value if many and isinstance(value, list) else [value]:
        adapter.validate_json(json.dumps(part))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, dict[str, str]]]:
    with infra_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        token = sandbox.issue_token()
        client = SandboxClient(sandbox, token)
        merged = open_feature(sandbox, "done", "done.tf")
        sandbox.hub.merge(merged)
        sandbox.hub.required_checks["devops"] = {"plan"}
        number = open_feature(sandbox)
        mergeable = open_feature(sandbox, "next", "next.tf")
        sandbox.hub.commit("other", {"other.tf": "# other\n"})
        closing = open_feature(sandbox, "old", "old.tf")
        workflows = sandbox.hub.commit("elsewhere", {".github/workflows/ci.yml": "on: push\n"})
        sandbox.hub.delete_ref("refs/heads/elsewhere")
        sandbox.hub.teams.add("platform")
        head = sandbox.hub.pull(number).head_sha
        next_head = sandbox.hub.pull(mergeable).head_sha
        client.post("~/check-runs", {"name": "plan", "head_sha": next_head, "conclusion": "success"})
        names = {
            "open": number,
            "merged": merged,
            "mergeable": mergeable,
            "closing": closing,
            "workflows": workflows,
            "head": head,
            "blob": client.get("~/contents/main.tf").body["sha"],
            "comment": sandbox.hub.comment(number, "Hello").id,
            "check": client.post(
                "~/check-runs",
                {"name": "plan", "head_sha": head, "output": {**OUTPUT, "annotations": [NOTE]}},
            ).body["id"],
            "deployment": client.post("~/deployments", {**DEPLOYMENT, "environment": "dev"}).body["id"],
        }
        client.post(f"~/deployments/{names['deployment']}/statuses", {"state": "in_progress"})
        client.post(f"~/issues/{merged}/labels", {"labels": ["promotion", "done"]})
        sandbox.hub.label(mergeable, "size/l")
        sandbox.hub.label(number, "wip")
        sandbox.hub.unlabel(number, "wip")
        sandbox.hub.collaborators["hubot"] = "write"
        sandbox.hub.review(number, "hubot", "CHANGES_REQUESTED")
        sandbox.hub.reviews.dismiss(sandbox.hub.review(number, "hubot").id)
        sandbox.hub.reviews.add(number, "hubot", "PENDING", head)
        sandbox.hub.runs.start(7, head)
        sandbox.hub.runs.finish(7, conclusion="cancelled")
        sandbox.hub.runs.start(7, head, attempt=2)
        sandbox.hub.gates += [Gate("apply", ("octocat",), ("devops",), tags=("v*",)), Gate("open")]
        sandbox.hub.required_reviews["devops"] = 1
        sandbox.hub.rulesets["devops"] = [
            {
                "type": "required_status_checks",
                "parameters": {
                    "strict_required_status_checks_policy": True,
                    "required_status_checks": [{"context": "plan"}],
                },
            }
        ]
        sandbox.hub.runs.start(8, head)
        sandbox.hub.runs.finish(8)
        sandbox.hub.take_events()
        yield sandbox, {f"<{name}>": str(value) for name, value in names.items()}


def filled(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(name, value)
    return text


@pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda exchange: f"{exchange.method} {exchange.path}")
def test_a_request_and_its_answer_fit_the_description(
    story: tuple[Sandbox, dict[str, str]], exchange: Exchange
) -> None:
    sandbox, names = story
    kind, login = ("pat", "octocat") if exchange.kind == "pat" else ("app", "github-actions[bot]")
    client = SandboxClient(sandbox, sandbox.issue_token(login, "pat" if kind == "pat" else "app"))
    body = json.loads(filled(json.dumps(exchange.body), names))
    if exchange.sent:
        fits(exchange.sent, body)
    answer = client.send(exchange.method, filled(exchange.path, names), body)
    assert answer.status == exchange.status, answer.body
    if exchange.answer:
        assert not exchange.many or (isinstance(answer.body, list) and answer.body), "nothing to check"
        fits(exchange.answer, answer.body, many=exchange.many)


@pytest.mark.parametrize(
    ("action", "name"),
    [
        ("opened", "WebhookPullRequestOpened"),
        ("synchronize", "WebhookPullRequestSynchronize"),
        ("edited", "WebhookPullRequestEdited"),
        ("closed", "WebhookPullRequestClosed"),
        ("reopened", "WebhookPullRequestReopened"),
        ("ready_for_review", "WebhookPullRequestReadyForReview"),
        ("created", "WebhookIssueCommentCreated"),
        ("push", "WebhookPush"),
        ("workflow_dispatch", "WebhookWorkflowDispatch"),
    ],
)
def test_an_event_fits_the_description_of_its_webhook(tmp_path: Path, action: str, name: str) -> None:
    with infra_sandbox(tmp_path) as sandbox:
        hub = sandbox.hub
        hub.commit("feature", {"bucket.tf": "# one\n"})
        number = hub.open_pull_request("Bucket", "feature", "devops", draft=True).number
        hub.ready_for_review(number)
        hub.commit("feature", {"bucket.tf": "# two\n"})
        hub.commit("dev", {"dev.tf": "# dev\n"})
        hub.edit_pull_request(number, base="dev")
        hub.comment(number, "/plan")
        hub.close(number)
        hub.reopen(number)
        hub.merge(number)
        hub.dispatch("gitops.yml", "dev", {"environment": "dev"})
        payloads = [
            event.payload
            for event in hub.take_events()
            if action in (event.name, event.payload.get("action"))
        ]
    assert payloads
    for payload in payloads:
        fits(name, payload)
