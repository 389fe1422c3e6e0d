"""GitHub's JSON as the ports' values, and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeVar

from msgspec.structs import replace

from gitops_bot.adapters.github.wire import Body
from gitops_bot.core.json_values import JsonValue, as_object, as_text, read_json
from gitops_bot.core.reviews import Review, ReviewState
from gitops_bot.ports import (
    Annotation,
    CheckRun,
    Comment,
    Conclusion,
    Deployment,
    DeploymentState,
    DeploymentStatus,
    PullRequest,
    WorkflowRun,
)

E = TypeVar("E", Conclusion, DeploymentState, ReviewState)

_DESCRIPTION_LIMIT = 140


def _number(value: JsonValue) -> int:
    return value if isinstance(value, int) else 0


def _member(kind: type[E], value: JsonValue) -> E | None:
    try:
        return kind(as_text(value))
    except ValueError:
        return None


def _login(value: JsonValue) -> str:
    """The login of an account; deleted ones are shown as `ghost`, as GitHub does."""
    return as_text(as_object(value).get("login")) or "ghost"


def pull_request(value: JsonValue) -> PullRequest:
    """A pull request, from a list or by itself."""
    data = as_object(value)
    head, base = as_object(data.get("head")), as_object(data.get("base"))
    merged = bool(data.get("merged_at")) or data.get("merged") is True
    return PullRequest(
        number=_number(data.get("number")),
        title=as_text(data.get("title")),
        head=as_text(head.get("sha")),
        head_branch=as_text(head.get("ref")),
        base_branch=as_text(base.get("ref")),
        url=as_text(data.get("html_url")),
        state=as_text(data.get("state")),
        merged=merged,
        merge_commit=as_text(data.get("merge_commit_sha")) if merged else "",
        author=_login(data.get("user")),
        head_repository=as_text(as_object(head.get("repo")).get("full_name")),
        merged_at=as_text(data.get("merged_at")),
        body=as_text(data.get("body")),
        draft=data.get("draft") is True,
    )


def review(value: JsonValue) -> Review:
    """A review. A deleted account's is by `ghost`, who may do nothing here."""
    data = as_object(value)
    return Review(
        author=_login(data.get("user")),
        state=_member(ReviewState, data.get("state")) or ReviewState.OTHER,
        commit=as_text(data.get("commit_id")),
        at=as_text(data.get("submitted_at")),
        bot=as_object(data.get("user")).get("type") == "Bot",
    )


def workflow_run(value: JsonValue) -> WorkflowRun:
    """One attempt of a workflow run. GitHub keeps no time of its end, but that of its last change."""
    data = as_object(value)
    ended = data.get("status") == "completed"
    return WorkflowRun(
        id=str(_number(data.get("id"))),
        attempt=_number(data.get("run_attempt")),
        ended=ended,
        ended_at=as_text(data.get("updated_at")) if ended else "",
        skipped=data.get("conclusion") == "skipped",
    )


def comment(value: JsonValue) -> Comment:
    """A comment on an issue or pull request."""
    data = as_object(value)
    return Comment(
        id=_number(data.get("id")),
        body=as_text(data.get("body")),
        author=_login(data.get("user")),
        url=as_text(data.get("html_url")),
        node=as_text(data.get("node_id")),
    )


def check_run(value: JsonValue) -> CheckRun:
    """A check run; conclusions the bot never writes, such as `skipped`, are None."""
    data = as_object(value)
    output = as_object(data.get("output"))
    return CheckRun(
        name=as_text(data.get("name")),
        commit=as_text(data.get("head_sha")),
        conclusion=_member(Conclusion, data.get("conclusion")),
        title=as_text(output.get("title")),
        summary=as_text(output.get("summary")),
        text=as_text(output.get("text")),
        external_id=as_text(data.get("external_id")),
        url=as_text(data.get("html_url")),
        id=_number(data.get("id")),
        completed_at=as_text(data.get("completed_at")),
    )


def check_run_body(check: CheckRun) -> Body:
    """What creates a check run."""
    output: Body = {"title": check.title, "summary": check.summary}
    if check.text:
        output["text"] = check.text
    body: Body = {"name": check.name, "head_sha": check.commit, "output": output}
    if check.conclusion is None:
        body["status"] = "in_progress"
    else:
        body |= {"status": "completed", "conclusion": check.conclusion.value}
    if check.external_id:
        body["external_id"] = check.external_id
    if check.url:
        body["details_url"] = check.url
    return body


def annotations_body(check: CheckRun, annotations: Sequence[Annotation]) -> Body:
    """What adds annotations to a check run. GitHub takes an output as a whole, so its texts come again."""
    output: Body = {"title": check.title, "summary": check.summary}
    if check.text:
        output["text"] = check.text
    output["annotations"] = [
        {
            "path": a.path,
            "start_line": a.start_line,
            "end_line": a.end_line,
            "annotation_level": a.level.value,
            "title": a.title,
            "message": a.message,
        }
        for a in annotations
    ]
    return {"output": output}


def annotations_count(value: JsonValue) -> int:
    """How many annotations a check run has."""
    return _number(as_object(as_object(value).get("output")).get("annotations_count"))


def same_check_run(one: CheckRun, other: CheckRun) -> bool:
    """Whether both say the same, whatever GitHub added."""

    def said(check: CheckRun) -> tuple[object, ...]:
        texts = (check.title, check.summary, check.text)
        plain = (text.replace("\r\n", "\n").strip() for text in texts)
        return (check.name, check.external_id, check.conclusion, *plain)

    return said(one) == said(other)


def deployment(value: JsonValue) -> Deployment:
    """A deployment. A payload that is no object is not ours and reads as an empty one."""
    data = as_object(value)
    payload = data.get("payload")
    if isinstance(payload, str):
        try:
            payload = read_json(payload)
        except (json.JSONDecodeError, RecursionError):
            payload = None
    return Deployment(
        id=_number(data.get("id")),
        environment=as_text(data.get("environment")),
        commit=as_text(data.get("sha")),
        task=as_text(data.get("task")),
        payload=as_object(payload),
        created_at=as_text(data.get("created_at")),
        description=as_text(data.get("description")),
    )


def deployment_body(wanted: Deployment) -> Body:
    """What creates a deployment of exactly that commit, without waiting for checks."""
    return {
        "ref": wanted.commit,
        "task": wanted.task,
        "environment": wanted.environment,
        "description": wanted.description[:_DESCRIPTION_LIMIT],
        "payload": wanted.payload,
        "auto_merge": False,
        "required_contexts": [],
    }


def same_deployment(one: Deployment, other: Deployment) -> bool:
    """Whether both are the record of one apply: the same commit and run, or else payload."""
    if one.commit != other.commit:
        return False
    if "run" in one.payload:
        return one.payload["run"] == other.payload.get("run")
    return one.payload == other.payload


def deployment_status(value: JsonValue) -> DeploymentStatus | None:
    """A status; None for states the ledger does not know, such as `queued`."""
    data = as_object(value)
    state = _member(DeploymentState, data.get("state"))
    if state is None:
        return None
    url = as_text(data.get("log_url")) or as_text(data.get("target_url"))
    return DeploymentStatus(state, as_text(data.get("description")), url, as_text(data.get("created_at")))


def same_deployment_status(one: JsonValue, other: JsonValue) -> bool:
    """Whether both say the same, whenever they were written."""
    first, second = deployment_status(one), deployment_status(other)
    return first is not None and second is not None and replace(first, at=second.at) == second


def deployment_status_body(status: DeploymentStatus) -> Body:
    """What adds a status."""
    body: Body = {"state": status.state.value, "description": status.description[:_DESCRIPTION_LIMIT]}
    if status.url:
        body["log_url"] = status.url
    return body
