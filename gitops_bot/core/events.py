"""The event of a run as one typed value, from what GitHub Actions gives a step.

Source: https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from gitops_bot.core.errors import BadInput
from gitops_bot.core.json_values import JsonValue, as_object, as_text


class Command(StrEnum):
    """What a manual dispatch may ask for."""

    PLAN = "plan"
    APPLY = "apply"
    PROMOTE = "promote"
    STATUS = "status"
    BASELINE = "baseline"
    RECONCILE = "reconcile"
    UNLOCK = "unlock"
    BACKFLOW = "backflow"


_ONLY_TELL = (Command.PLAN, Command.PROMOTE, Command.STATUS, Command.RECONCILE, Command.BACKFLOW)


class Part(StrEnum):
    """Which part of `promote` and `backflow` a job does. Two jobs have fewer rights than one: what opens a
    pull request needs no cloud identity, and what plans it cannot write contents."""

    ALL = ""
    OPEN = "open"
    PLAN = "plan"


class PullRequestUpdated(Struct, frozen=True):
    """A pull request to plan. `head` is its newest commit, `merge` the test merge the run checked out.

    `before` is the head before a push to it, "" otherwise. `label` is the one that was set or taken off,
    "" for another action.
    """

    number: int
    head: str
    merge: str
    head_branch: str
    base_branch: str
    before: str = ""
    from_fork: bool = False
    label: str = ""


class PullRequestClosed(Struct, frozen=True):
    """A pull request that was closed; `merge` is the commit on the base branch when it was merged."""

    number: int
    head: str
    base_branch: str
    merged: bool
    merge: str = ""
    from_fork: bool = False


class BranchPushed(Struct, frozen=True):
    """Commits arrived on a branch, by a merge or by a direct push."""

    branch: str
    commit: str


class Dispatched(Struct, frozen=True):
    """Somebody started the workflow by hand on `branch`. `approve` is a digest, or "". `to_commit` is the
    earlier commit that a promotion is to bring back, or ""; `part` is what of it this job is to do."""

    command: Command
    environment: str
    branch: str
    commit: str
    approve: str = ""
    to_commit: str = ""
    part: Part = Part.ALL


class Scheduled(Struct, frozen=True):
    """The workflow's clock struck. Such a run is on the default branch, at `commit`."""

    commit: str


class MergeGroupFormed(Struct, frozen=True):
    """A merge queue asks whether pull request `number` may be merged. `commit` is what the branch would
    become, `base` what it would stand on: the branch, or the pull request before it in the queue."""

    number: int
    base_branch: str
    base: str
    commit: str


class CommentPosted(Struct, frozen=True):
    """Somebody commented on pull request `number`, and the first line calls for us. Such a run is on the
    default branch. `body` is hostile text, `author` the login GitHub gives."""

    number: int
    comment: int
    author: str
    body: str


class Ignored(Struct, frozen=True):
    """An event there is nothing to do for, and why, as one sentence."""

    why: str


Event: TypeAlias = (
    PullRequestUpdated
    | PullRequestClosed
    | BranchPushed
    | Dispatched
    | Scheduled
    | MergeGroupFormed
    | CommentPosted
    | Ignored
)

_WORKFLOW_FILE = re.compile(r"\.github/workflows/([A-Za-z0-9_.+() -]+\.ya?ml)@.+", re.DOTALL)
_QUEUED = re.compile(r"refs/heads/gh-readonly-queue/(.+)/pr-([0-9]{1,9})-[0-9a-f]{40,64}", re.DOTALL)
CALL = "/gitops"
PLANNED_ACTIONS = ("opened", "synchronize", "reopened", "ready_for_review")
LABEL_ACTIONS = ("labeled", "unlabeled")


def _required(value: JsonValue, where: str) -> str:
    text = as_text(value)
    if not text:
        raise BadInput(
            f"The event file lacks {where}.",
            "GITHUB_EVENT_PATH must name the event GitHub wrote for this run.",
        )
    return text


def _number(payload: dict[str, JsonValue], pull: dict[str, JsonValue]) -> int:
    number = payload.get("number", pull.get("number"))
    if not isinstance(number, int) or isinstance(number, bool):
        raise BadInput("The event file lacks pull_request.number.")
    return number


def _pull_request(payload: dict[str, JsonValue], sha: str) -> Event:
    action = as_text(payload.get("action"))
    pull = as_object(payload.get("pull_request"))
    head, base = as_object(pull.get("head")), as_object(pull.get("base"))
    number = _number(payload, pull)
    head_sha = _required(head.get("sha"), "pull_request.head.sha")
    base_branch = _required(base.get("ref"), "pull_request.base.ref")
    head_repository = as_object(head.get("repo")).get("full_name")
    # A fork that was deleted is null, and nothing at all is no proof of being this repository.
    from_fork = not head_repository or head_repository != as_object(base.get("repo")).get("full_name")
    if action == "closed":
        merged = pull.get("merged") is True
        merge = pull.get("merge_commit_sha")
        merge = _required(merge, "pull_request.merge_commit_sha") if merged else as_text(merge)
        return PullRequestClosed(number, head_sha, base_branch, merged, merge, from_fork)
    retargeted = action == "edited" and "base" in as_object(payload.get("changes"))
    label = as_text(as_object(payload.get("label")).get("name")) if action in LABEL_ACTIONS else ""
    labelled = label and pull.get("state") != "closed"  # one that was deleted has no name any more
    if action not in PLANNED_ACTIONS and not retargeted and not labelled:
        return Ignored(f"A pull request was {action or 'changed'}, which changes nothing about its plan.")
    return PullRequestUpdated(
        number,
        head_sha,
        sha,
        as_text(head.get("ref")),
        base_branch,
        as_text(payload.get("before")),
        from_fork,
        label,
    )


def _push(payload: dict[str, JsonValue], sha: str, ref: str) -> Event:
    if payload.get("deleted") is True:
        return Ignored("A branch was deleted.")
    ref = as_text(payload.get("ref")) or ref
    if not ref.startswith("refs/heads/"):
        return Ignored("A tag was pushed, and only branches stand for environments.")
    return BranchPushed(ref.removeprefix("refs/heads/"), sha)


def _dispatch(payload: dict[str, JsonValue], sha: str, ref: str, inputs: dict[str, str]) -> Event:
    given = {k: as_text(v) for k, v in as_object(payload.get("inputs")).items()}
    given |= {k: v for k, v in inputs.items() if v}
    command = given.get("command", "")
    if command not in tuple(Command):
        raise BadInput(f"The input `command` is {command!r}.", f"Give one of: {', '.join(Command)}.")
    part = inputs.get("part", "")  # the workflow's own, and no question to who dispatches
    if part not in tuple(Part):
        raise BadInput(f"The input `part` is {part!r}.", "Give `open` or `plan`, or leave it out for both.")
    return Dispatched(
        Command(command),
        given.get("environment", ""),
        ref.removeprefix("refs/heads/"),
        sha,
        given.get("approve", ""),
        given.get("to-commit", ""),
        Part(part),
    )


def _merge_group(payload: dict[str, JsonValue], sha: str) -> Event:
    """https://docs.github.com/webhooks/webhook-events-and-payloads#merge_group"""
    if as_text(payload.get("action")) != "checks_requested":
        return Ignored("A merge queue gave up a group, which needs no checks any more.")
    group = as_object(payload.get("merge_group"))
    head = _required(group.get("head_ref"), "merge_group.head_ref")
    base = _required(group.get("base_ref"), "merge_group.base_ref").removeprefix("refs/heads/")
    found = _QUEUED.fullmatch(head)
    if found is None or found[1] != base:
        raise BadInput(f"The event file's merge_group.head_ref names no pull request: {head!r}.")
    commit = _required(group.get("head_sha"), "merge_group.head_sha")
    if commit != sha:
        raise BadInput("The event's merge_group.head_sha is not the commit of this run.")
    return MergeGroupFormed(
        int(found[2]), base, _required(group.get("base_sha"), "merge_group.base_sha"), commit
    )


def _comment(payload: dict[str, JsonValue]) -> Event:
    """https://docs.github.com/webhooks/webhook-events-and-payloads#issue_comment"""
    issue, comment = as_object(payload.get("issue")), as_object(payload.get("comment"))
    body, user = as_text(comment.get("body")), as_object(comment.get("user"))
    if not body.startswith(CALL):
        return Ignored(f"The comment does not begin with {CALL}.")
    if as_text(payload.get("action")) != "created":
        return Ignored("Only a new comment is a command, not one that was edited or deleted.")
    if "pull_request" not in issue:
        return Ignored("The comment is on an issue, and commands belong on pull requests.")
    if as_text(user.get("type")) != "User":
        return Ignored("The comment is no person's, and only people give commands.")
    number, identity = issue.get("number"), comment.get("id")
    for value, where in ((number, "issue.number"), (identity, "comment.id")):
        if not isinstance(value, int) or isinstance(value, bool):
            raise BadInput(f"The event file lacks {where}.")
    return CommentPosted(
        int(str(number)), int(str(identity)), _required(user.get("login"), "comment.user.login"), body
    )


def only_tells(event: Event) -> bool:
    """Whether a run for this event says how things stand, and asks others to act: it applies nothing, starts
    no ledger and releases no lock."""
    if isinstance(event, Dispatched):
        return event.command in _ONLY_TELL
    return isinstance(event, PullRequestUpdated | MergeGroupFormed | CommentPosted | Scheduled)


def workflow_file(reference: str, repository: str) -> str:
    """The file's name in GITHUB_WORKFLOW_REF (`OWNER/REPO/.github/workflows/FILE@REF`).

    "" for a workflow of another repository, and for a text of another form.
    """
    start, rest = reference[: len(repository) + 1], reference[len(repository) + 1 :]
    found = _WORKFLOW_FILE.fullmatch(rest)
    return found[1] if found and start.lower() == f"{repository}/".lower() else ""


def read_event(name: str, payload: JsonValue, *, sha: str, ref: str, inputs: dict[str, str]) -> Event:
    """Turn GITHUB_EVENT_NAME, the event file's JSON, GITHUB_SHA and GITHUB_REF into one event.

    `inputs` are the action's own inputs, which win over those of a dispatch. Raises `BadInput` when
    the payload is not what GitHub sends for this event.
    """
    if not isinstance(payload, dict):
        raise BadInput(
            "The event file holds no JSON object.", "GITHUB_EVENT_PATH must name the event of this run."
        )
    match name:
        case "pull_request":
            return _pull_request(payload, sha)
        case "push":
            return _push(payload, sha, ref)
        case "workflow_dispatch":
            return _dispatch(payload, sha, ref, inputs)
        case "schedule":
            _required(payload.get("schedule"), "schedule")
            return Scheduled(sha)
        case "merge_group":
            return _merge_group(payload, sha)
        case "issue_comment":
            return _comment(payload)
        case "pull_request_target":
            return Ignored(
                "pull_request_target would run a pull request's code with the base branch's rights; "
                "use pull_request."
            )
        case _:
            return Ignored(f"The event {name} is not one gitops-bot acts on.")
