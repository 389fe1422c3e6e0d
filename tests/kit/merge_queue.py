"""The event of a merge queue, in the shape of GitHub's `merge_group` webhook.

https://docs.github.com/webhooks/webhook-events-and-payloads#merge_group
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitops_bot.sandbox.records import Event

if TYPE_CHECKING:
    from tests.kit.stage import Stage

MERGE, BASE = "b" * 40, "d" * 40


def queued(branch: str, number: int, base: str = BASE) -> str:
    """The ref of a queue's branch for one pull request."""
    return f"refs/heads/gh-readonly-queue/{branch}/pr-{number}-{base}"


def merge_group(
    head_ref: str, branch: str, head_sha: str = MERGE, base_sha: str = BASE, tree: str = "e" * 40
) -> dict[str, Any]:
    """The payload that asks for checks, without `repository` and `sender`."""
    person = {"name": "GitHub", "email": "noreply@github.com"}
    return {
        "action": "checks_requested",
        "merge_group": {
            "head_sha": head_sha,
            "head_ref": head_ref,
            "base_sha": base_sha,
            "base_ref": f"refs/heads/{branch}",
            "head_commit": {
                "id": head_sha,
                "tree_id": tree,
                "message": "Merge pull request #7 from acme/feature",
                "timestamp": "2026-01-01T00:00:00Z",
                "author": {"name": "Pat", "email": "pat@example.com"},
                "committer": person,
            },
        },
    }


def in_queue(stage: Stage, number: int, behind: int = 0, event: Event | None = None) -> Event:
    """A queue makes the commit that would be merged, on a branch of its own; its event.

    `behind` is the pull request before it in the queue, `event` one of the same repository, by default the
    newest that waits.
    """
    pull = stage.hub.pull(number)
    base = stage.head(pull.base)
    if behind:
        base = stage.head(queued(pull.base, behind, base).removeprefix("refs/heads/"))
    store = stage.hub.store
    person = store.commit(pull.head_sha)
    assert person is not None
    signature = stage.hub._github_signature()
    commit = store.merge_commit(base, pull.head_sha, "Merge", signature, signature)
    assert commit is not None
    ref = queued(pull.base, number, base if not behind else stage.head(pull.base))
    stage.hub.create_ref(ref, commit)
    common = {name: (event or stage.hub.events[-1]).payload[name] for name in ("repository", "sender")}
    stage.hub.take_events()
    return Event("merge_group", merge_group(ref, pull.base, commit, base) | common, commit, ref, "1")
