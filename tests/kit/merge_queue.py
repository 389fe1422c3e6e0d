"""The event of a merge queue, in the shape of GitHub's `merge_group` webhook.

https://docs.github.com/webhooks/webhook-events-and-payloads#merge_group
"""

from __future__ import annotations

from typing import Any

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
