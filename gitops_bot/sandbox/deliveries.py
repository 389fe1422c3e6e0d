"""The events that workflow runs would start from."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from uuid import UUID

from gitops_bot.sandbox import bodies, git_bodies
from gitops_bot.sandbox.git_store import CommitInfo, GitStore
from gitops_bot.sandbox.records import Actor, Comment, Event, Json, Pull, Site

_NOTHING = "0" * 40


class Deliveries:
    """Builds events and queues them. What GITHUB_TOKEN does queues none, save workflow_dispatch."""

    def __init__(self, site: Site, store: GitStore, describe: Callable[[Pull], Json]) -> None:
        self._site, self._store, self._describe = site, store, describe
        self._count = 0
        self.queue: deque[Event] = deque()

    def pull_request(self, action: str, pull: Pull, actor: Actor, **extra: object) -> None:
        """A change of a pull request. One whose branches conflict starts no run, unless it was merged."""
        payload = {"action": action, "number": pull.number, "pull_request": self._describe(pull), **extra}
        if pull.merged and action == "closed":
            self._emit("pull_request", payload, pull.merge_sha, f"refs/heads/{pull.base}", actor)
        elif pull.mergeable:
            self._emit("pull_request", payload, pull.merge_sha, f"refs/pull/{pull.number}/merge", actor)

    def push(self, branch: str, before: str | None, after: str, actor: Actor) -> None:
        """A branch that was created or moved."""
        head = self._store.commit(after)
        new = self._store.commits_between(before, after) if before else [head] if head else []
        payload = {
            "ref": f"refs/heads/{branch}",
            "before": before or _NOTHING,
            "after": after,
            "created": before is None,
            "deleted": False,
            "forced": before is not None and not self._store.is_ancestor(before, after),
            "base_ref": None,
            "compare": f"{self._site.html_url}/compare/{(before or _NOTHING)[:12]}...{after[:12]}",
            "commits": [self._pushed(info) for info in new],
            "head_commit": self._pushed(head) if head else None,
            "pusher": {"name": actor.login, "email": None},
        }
        self._emit("push", payload, after, f"refs/heads/{branch}", actor)

    def workflow_dispatch(self, workflow: str, ref: str, sha: str, inputs: Json, actor: Actor) -> None:
        """A run somebody asked for."""
        payload = {"ref": ref, "inputs": inputs, "workflow": f".github/workflows/{workflow}"}
        self._emit("workflow_dispatch", payload, sha, ref, actor, always=True)

    def schedule(self, cron: str, actor: Actor) -> None:
        """The time of a workflow's `schedule`; its run is on the default branch."""
        default = self._site.default_branch
        sha = self._store.branch(default) or ""
        self._emit("schedule", {"schedule": cron}, sha, f"refs/heads/{default}", actor, always=True)

    def issue_comment(self, pull: Pull, comment: Comment, comments: int, actor: Actor) -> None:
        """A new comment; its run is on the default branch."""
        default = self._site.default_branch
        payload = {
            "action": "created",
            "issue": bodies.issue(self._site, pull, comments),
            "comment": bodies.comment(self._site, comment),
        }
        self._emit(
            "issue_comment", payload, self._store.branch(default) or "", f"refs/heads/{default}", actor
        )

    def _emit(
        self, name: str, payload: Json, sha: str, ref: str, actor: Actor, *, always: bool = False
    ) -> None:
        if not (actor.starts_runs or always):
            return
        self._count += 1
        common = {
            "repository": bodies.repository(self._site),
            "sender": bodies.user(self._site, actor.login),
        }
        self.queue.append(Event(name, {**payload, **common}, sha, ref, str(UUID(int=self._count))))

    def _pushed(self, info: CommitInfo) -> Json:
        inner = git_bodies.git_commit(self._site, info)
        return {
            "id": info.sha,
            "tree_id": info.tree,
            "distinct": True,
            "message": info.message,
            "timestamp": inner["committer"]["date"],
            "url": inner["html_url"],
            "author": {"name": info.author, "email": info.author_email},
            "committer": {"name": info.committer, "email": info.committer_email},
        }
