from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_bot.core.errors import BadInput
from gitops_bot.core.events import (
    BranchPushed,
    Command,
    CommentPosted,
    Dispatched,
    Event,
    Ignored,
    MergeGroupFormed,
    PullRequestClosed,
    PullRequestUpdated,
    Scheduled,
    only_tells,
    read_event,
    workflow_file,
)
from gitops_bot.core.json_values import JsonValue
from tests.kit.examples import examples
from tests.kit.merge_queue import BASE, MERGE, merge_group, queued

HEAD, BEFORE = "a" * 40, "c" * 40
GONE: Any = object()


def pull_request(action: str = "opened", **members: Any) -> dict[str, Any]:
    """A `pull_request` event's payload; `GONE` takes a member of `pull_request` away."""
    pull: dict[str, Any] = {
        "number": 7,
        "head": {"sha": HEAD, "ref": "feature", "repo": {"full_name": "o/r"}},
        "base": {"sha": BEFORE, "ref": "dev", "repo": {"full_name": "o/r"}},
        "merged": False,
        "merge_commit_sha": MERGE,
    } | members
    kept = {name: value for name, value in pull.items() if value is not GONE}
    return {"action": action, "number": 7, "pull_request": kept}


def read(name: str, payload: JsonValue, ref: str = "refs/heads/dev", **inputs: str) -> Event:
    return read_event(name, payload, sha=MERGE, ref=ref, inputs=inputs)


def comment(body: str, kind: str = "User") -> dict[str, Any]:
    return {
        "action": "created",
        "issue": {"number": 7, "pull_request": {"url": "…"}},
        "comment": {"id": 41, "body": body, "user": {"login": "pat", "type": kind}},
    }


UPDATED = PullRequestUpdated(7, HEAD, MERGE, "feature", "dev")
FORK = {"sha": HEAD, "ref": "feature", "repo": {"full_name": "evil/r"}}
DELETED_FORK = {"sha": HEAD, "ref": "feature", "repo": None}

EVENTS: dict[str, tuple[str, Any, Event]] = {
    "opened": ("pull_request", pull_request(), UPDATED),
    "reopened": ("pull_request", pull_request("reopened"), UPDATED),
    "ready for review": ("pull_request", pull_request("ready_for_review"), UPDATED),
    "pushed to": (
        "pull_request",
        {**pull_request("synchronize"), "before": BEFORE},
        PullRequestUpdated(7, HEAD, MERGE, "feature", "dev", BEFORE),
    ),
    "retargeted": (
        "pull_request",
        {**pull_request("edited"), "changes": {"base": {"ref": {"from": "x"}}}},
        UPDATED,
    ),
    "a title edited": (
        "pull_request",
        {**pull_request("edited"), "changes": {"title": {"from": "x"}}},
        Ignored("A pull request was edited, which changes nothing about its plan."),
    ),
    "labelled": (
        "pull_request",
        {**pull_request("labeled", state="open"), "label": {"name": "gitops-bot: hotfix"}},
        PullRequestUpdated(7, HEAD, MERGE, "feature", "dev", label="gitops-bot: hotfix"),
    ),
    "a label taken off": (
        "pull_request",
        {**pull_request("unlabeled", state="open"), "label": {"name": "x"}},
        PullRequestUpdated(7, HEAD, MERGE, "feature", "dev", label="x"),
    ),
    "a label on another action": (
        "pull_request",
        {**pull_request("opened"), "label": {"name": "x"}},
        UPDATED,
    ),
    "a label of a closed one": (
        "pull_request",
        {**pull_request("labeled", state="closed"), "label": {"name": "x"}},
        Ignored("A pull request was labeled, which changes nothing about its plan."),
    ),
    "a label that is gone": (
        "pull_request",
        pull_request("labeled"),
        Ignored("A pull request was labeled, which changes nothing about its plan."),
    ),
    "from a fork": (
        "pull_request",
        pull_request(head=FORK),
        PullRequestUpdated(7, HEAD, MERGE, "feature", "dev", from_fork=True),
    ),
    "from a deleted fork": (
        "pull_request",
        pull_request(head=DELETED_FORK),
        PullRequestUpdated(7, HEAD, MERGE, "feature", "dev", from_fork=True),
    ),
    "from who knows where": (
        "pull_request",
        pull_request(head=DELETED_FORK, base={"ref": "dev"}),
        PullRequestUpdated(7, HEAD, MERGE, "feature", "dev", from_fork=True),
    ),
    "merged": (
        "pull_request",
        pull_request("closed", merged=True),
        PullRequestClosed(7, HEAD, "dev", True, MERGE),
    ),
    "closed": (
        "pull_request",
        pull_request("closed", merge_commit_sha=None),
        PullRequestClosed(7, HEAD, "dev", False, ""),
    ),
    "closed from a fork": (
        "pull_request",
        pull_request("closed", head=FORK),
        PullRequestClosed(7, HEAD, "dev", False, MERGE, True),
    ),
    "a merge that only looks true": (
        "pull_request",
        pull_request("closed", merged="true"),
        PullRequestClosed(7, HEAD, "dev", False, MERGE),
    ),
    "a branch pushed": ("push", {"ref": "refs/heads/dev"}, BranchPushed("dev", MERGE)),
    "a branch with a slash pushed": ("push", {"ref": "refs/heads/a/b"}, BranchPushed("a/b", MERGE)),
    "a push whose payload names no ref": ("push", {}, BranchPushed("dev", MERGE)),
    "a tag pushed": (
        "push",
        {"ref": "refs/tags/dev"},
        Ignored("A tag was pushed, and only branches stand for environments."),
    ),
    "a branch deleted": (
        "push",
        {"ref": "refs/heads/dev", "deleted": True},
        Ignored("A branch was deleted."),
    ),
    "dispatched": (
        "workflow_dispatch",
        {"inputs": {"command": "apply", "environment": "dev"}},
        Dispatched(Command.APPLY, "dev", "dev", MERGE),
    ),
    "baseline with a digest": (
        "workflow_dispatch",
        {"inputs": {"command": "baseline", "environment": "dev", "approve": "abc", "odd": 1}},
        Dispatched(Command.BASELINE, "dev", "dev", MERGE, "abc"),
    ),
    "an earlier commit to go back to": (
        "workflow_dispatch",
        {"inputs": {"command": "promote", "environment": "dev", "to-commit": "abc1234"}},
        Dispatched(Command.PROMOTE, "dev", "dev", MERGE, to_commit="abc1234"),
    ),
    "backflow": (
        "workflow_dispatch",
        {"inputs": {"command": "backflow", "environment": "dev"}},
        Dispatched(Command.BACKFLOW, "dev", "dev", MERGE),
    ),
    "pull_request_target": (
        "pull_request_target",
        pull_request(),
        Ignored(
            "pull_request_target would run a pull request's code with the base branch's rights; "
            "use pull_request."
        ),
    ),
    "reconcile of all": (
        "workflow_dispatch",
        {"inputs": {"command": "reconcile"}},
        Dispatched(Command.RECONCILE, "", "dev", MERGE),
    ),
    "a schedule": ("schedule", {"schedule": "17 * * * *"}, Scheduled(MERGE)),
    "a command in a comment": (
        "issue_comment",
        comment("/gitops plan"),
        CommentPosted(7, 41, "pat", "/gitops plan"),
    ),
    "a comment about something": (
        "issue_comment",
        comment("See /gitops plan"),
        Ignored("The comment does not begin with /gitops."),
    ),
    "a comment that was edited": (
        "issue_comment",
        comment("/gitops plan") | {"action": "edited"},
        Ignored("Only a new comment is a command, not one that was edited or deleted."),
    ),
    "a comment on an issue": (
        "issue_comment",
        comment("/gitops plan") | {"issue": {"number": 7}},
        Ignored("The comment is on an issue, and commands belong on pull requests."),
    ),
    "a comment of an app": (
        "issue_comment",
        comment("/gitops plan", kind="Bot"),
        Ignored("The comment is no person's, and only people give commands."),
    ),
    "a release": ("release", {}, Ignored("The event release is not one gitops-bot acts on.")),
}


@pytest.mark.parametrize("case", EVENTS)
def test_an_event_is_read(case: str) -> None:
    name, payload, expected = EVENTS[case]
    assert expected == read(name, payload)


MALFORMED: dict[str, tuple[str, Any]] = {
    "no object": ("pull_request", []),
    "nothing": ("push", None),
    "text": ("schedule", "x"),
    "a schedule without its time": ("schedule", {}),
    "no pull request": ("pull_request", {"action": "opened"}),
    "a pull request that is a list": ("pull_request", {"action": "opened", "number": 7, "pull_request": []}),
    "no head": ("pull_request", pull_request(head=GONE)),
    "a head without a commit": ("pull_request", pull_request(head={"ref": "x"})),
    "a commit that is a number": ("pull_request", pull_request(head={"sha": 1})),
    "no base": ("pull_request", pull_request(base=GONE)),
    "a base without a branch": ("pull_request", pull_request(base={"ref": None})),
    "no number": ("pull_request", {**pull_request(), "number": None}),
    "a number that is text": ("pull_request", {**pull_request(), "number": "7"}),
    "a number that is true": ("pull_request", {**pull_request(), "number": True}),
    "a merge without its commit": (
        "pull_request",
        pull_request("closed", merged=True, merge_commit_sha=None),
    ),
    "a dispatch without inputs": ("workflow_dispatch", {}),
    "a dispatch whose inputs are null": ("workflow_dispatch", {"inputs": None}),
    "a command of another kind": ("workflow_dispatch", {"inputs": {"command": ["apply"]}}),
    "an unknown command": ("workflow_dispatch", {"inputs": {"command": "destroy\n::error::"}}),
    "a command in capitals": ("workflow_dispatch", {"inputs": {"command": "APPLY"}}),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_event_is_bad_input_in_one_line(case: str) -> None:
    name, payload = MALFORMED[case]
    with pytest.raises(BadInput) as caught:
        read(name, payload)
    assert str(caught.value).isprintable()


def test_the_action_s_inputs_win_over_the_dispatch_s_and_empty_ones_do_not() -> None:
    payload: JsonValue = {"inputs": {"command": "apply", "environment": "prod", "approve": "x"}}
    found = read("workflow_dispatch", payload, command="plan", environment="", approve="y")
    assert found == Dispatched(Command.PLAN, "prod", "dev", MERGE, "y")


@pytest.mark.parametrize("ref", ["refs/tags/dev", "refs/tags/refs/heads/dev", "refs/pull/7/merge"])
def test_a_dispatch_on_no_branch_is_never_taken_for_one(ref: str) -> None:
    found = read("workflow_dispatch", {"inputs": {"command": "apply"}}, ref)
    assert isinstance(found, Dispatched) and found.branch == ref


WORKFLOW_FILES = {
    "of this repository": ("o/r/.github/workflows/gitops.yml@refs/heads/main", "gitops.yml"),
    "on a branch with an @": ("o/r/.github/workflows/a b.yaml@refs/heads/a@b.yml", "a b.yaml"),
    "in other letters": ("O/R/.github/workflows/x.yml@refs/heads/main", "x.yml"),
    "of another repository": ("o/rr/.github/workflows/x.yml@refs/heads/main", ""),
    "of another owner": ("oo/r/.github/workflows/x.yml@refs/heads/main", ""),
    "in a folder below": ("o/r/.github/workflows/a/x.yml@refs/heads/main", ""),
    "elsewhere": ("o/r/workflows/x.yml@refs/heads/main", ""),
    "no workflow": ("o/r/.github/workflows/x.sh@refs/heads/main", ""),
    "two lines": ("o/r/.github/workflows/x\n.yml@refs/heads/main", ""),
    "no ref": ("o/r/.github/workflows/x.yml", ""),
    "nothing": ("", ""),
}


@pytest.mark.parametrize("case", WORKFLOW_FILES)
def test_the_workflow_s_file_is_read_from_its_reference(case: str) -> None:
    reference, expected = WORKFLOW_FILES[case]
    assert expected == workflow_file(reference, "o/r")


names = st.sampled_from(["pull_request", "push", "workflow_dispatch", "pull_request_target", "schedule", ""])
keys = st.sampled_from(
    [
        "action",
        "number",
        "pull_request",
        "head",
        "base",
        "sha",
        "ref",
        "repo",
        "full_name",
        "merged",
        "merge_commit_sha",
        "changes",
        "deleted",
        "before",
        "inputs",
        "command",
        "environment",
        "schedule",
    ]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["", "closed", "edited", "apply", "refs/heads/x", "\0"])
)
payloads = st.recursive(
    scalars, lambda i: st.lists(i, max_size=2) | st.dictionaries(keys, i, max_size=6), max_leaves=20
)


@given(names, payloads)
@settings(max_examples=examples(60), deadline=None)
def test_any_json_is_an_event_or_bad_input(name: str, payload: JsonValue) -> None:
    try:
        read(name, payload)
    except BadInput as error:
        assert error.message


@given(st.data())
@settings(max_examples=examples(50), deadline=None)
def test_an_event_with_one_member_replaced_is_an_event_or_bad_input(data: st.DataObject) -> None:
    name, payload, _ = EVENTS[data.draw(st.sampled_from(sorted(EVENTS)))]
    document = json.loads(json.dumps(payload))
    place = document
    while isinstance(place, dict) and place:
        key = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[key], dict) or data.draw(st.booleans()):
            place[key] = data.draw(payloads)
            break
        place = place[key]
    try:
        read(name, document)
    except BadInput as error:
        assert error.message


# --- merge queues ----------------------------------------------------------------------------


@pytest.mark.parametrize("branch", ["main", "release/2026", "a/pr-7-" + "d" * 40])
def test_a_merge_group_names_its_pull_request_in_its_branch(branch: str) -> None:
    payload = merge_group(queued(branch, 1234), branch)
    assert MergeGroupFormed(1234, branch, BASE, MERGE) == group_event(payload)


def test_a_merge_group_of_a_repository_with_longer_hashes_is_read_too() -> None:
    payload = merge_group(f"refs/heads/gh-readonly-queue/main/pr-7-{'c' * 64}", "main")
    assert MergeGroupFormed(7, "main", BASE, MERGE) == group_event(payload)


@pytest.mark.parametrize("reason", ["merged", "invalidated", "dequeued"])
def test_a_merge_group_that_is_gone_needs_nothing(reason: str) -> None:
    payload = merge_group(queued("main", 7), "main") | {"action": "destroyed", "reason": reason}
    assert isinstance(group_event(payload), Ignored)


ODD_REFS = {
    "no queue's": "refs/heads/main",
    "another branch's": f"refs/heads/gh-readonly-queue/dev/pr-7-{'c' * 40}",
    "no number": f"refs/heads/gh-readonly-queue/main/pr-x-{'c' * 40}",
    "a number beyond all": f"refs/heads/gh-readonly-queue/main/pr-{'9' * 10}-{'c' * 40}",
    "a short hash": "refs/heads/gh-readonly-queue/main/pr-7-cccc",
    "no hash": "refs/heads/gh-readonly-queue/main/pr-7",
    "more behind it": f"refs/heads/gh-readonly-queue/main/pr-7-{'c' * 40}\n",
    "something before it": f"x/refs/heads/gh-readonly-queue/main/pr-7-{'c' * 40}",
}


@pytest.mark.parametrize("reference", ODD_REFS.values(), ids=ODD_REFS)
def test_a_merge_group_whose_branch_is_no_queues_is_bad_input(reference: str) -> None:
    with pytest.raises(BadInput, match="names no pull request"):
        group_event(merge_group(reference, "main"))


@pytest.mark.parametrize("member", ["head_ref", "base_ref", "base_sha", "head_sha"])
def test_a_merge_group_that_lacks_something_is_bad_input(member: str) -> None:
    payload = merge_group(queued("main", 7), "main")
    del payload["merge_group"][member]
    with pytest.raises(BadInput, match=f"merge_group.{member}"):
        group_event(payload)


def test_a_merge_group_of_another_commit_than_the_runs_is_bad_input() -> None:
    with pytest.raises(BadInput, match="not the commit of this run"):
        read_event("merge_group", merge_group(queued("main", 7), "main"), sha=HEAD, ref="", inputs={})


def group_event(payload: dict[str, Any]) -> Event:
    ref = str(payload["merge_group"].get("head_ref", ""))
    return read_event("merge_group", payload, sha=MERGE, ref=ref, inputs={})


TELLING: list[Event] = [
    PullRequestUpdated(1, HEAD, MERGE, "feature", "dev"),
    MergeGroupFormed(1, "dev", BASE, HEAD),
    CommentPosted(1, 2, "kim", "/gitops status"),
    Scheduled(HEAD),
    *(
        Dispatched(command, "dev", "dev", HEAD)
        for command in (Command.PLAN, Command.PROMOTE, Command.STATUS, Command.RECONCILE, Command.BACKFLOW)
    ),
]
ACTING: list[Event] = [
    BranchPushed("dev", HEAD),
    PullRequestClosed(1, HEAD, "dev", True),
    *(Dispatched(c, "dev", "dev", HEAD) for c in (Command.APPLY, Command.BASELINE, Command.UNLOCK)),
]


def test_what_may_apply_or_release_a_lock_does_more_than_tell() -> None:
    assert [True] * len(TELLING) == [only_tells(event) for event in TELLING]
    assert [False] * len(ACTING) == [only_tells(event) for event in ACTING]


def test_every_command_is_known_to_tell_or_to_act() -> None:
    known = [event.command for event in (*TELLING, *ACTING) if isinstance(event, Dispatched)]
    assert sorted(Command) == sorted(known)
