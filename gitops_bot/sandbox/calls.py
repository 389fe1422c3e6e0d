"""One request as a handler sees it, and what a handler answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitops_bot.sandbox.hub import Hub
from gitops_bot.sandbox.records import Actor, Json, Pull
from gitops_bot.sandbox.refusals import Refused, not_found

_TEXT_FIELDS = (
    "base", "body", "commit_message", "commit_title", "completed_at", "conclusion", "context", "description",
    "details_url", "environment", "environment_url", "external_id", "head", "head_sha", "log_url",
    "merge_method", "name", "query", "ref", "sha", "started_at", "state", "status", "summary", "target_url",
    "task", "text", "title",
)  # fmt: skip
_FIELD_TYPES: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(_TEXT_FIELDS, (str,)),
    **dict.fromkeys(("annotations", "labels", "required_contexts", "reviewers", "team_reviewers"), (list,)),
    **dict.fromkeys(("inputs", "output", "variables"), (dict,)),
    **dict.fromkeys(("auto_inactive", "auto_merge", "draft", "force"), (bool,)),
    "payload": (dict, str),
}


def check_types(body: Json) -> None:
    """422 when a field has another type than it has in every request that knows it."""
    for name, value in body.items():
        expected = _FIELD_TYPES.get(name)
        if expected and value is not None and not isinstance(value, expected):
            kinds = " or ".join(kind.__name__ for kind in expected)
            raise Refused(422, f"Invalid request.\n\nFor 'properties/{name}', {value!r} is not a {kinds}.")
    if isinstance(body.get("output"), dict):
        check_types(body["output"])


@dataclass(frozen=True, slots=True)
class Call:
    """An authorised request."""

    hub: Hub
    actor: Actor
    path: Mapping[str, Any]
    query: Mapping[str, str]
    body: Json

    @property
    def pull(self) -> Pull:
        """The pull request that the path names."""
        return self.hub.pull(self.path["number"])

    def sha(self, revision: str) -> str:
        """A commit by branch or hash; 422 when there is none."""
        found = self.hub.store.resolve(revision)
        if found is None:
            raise Refused(422, f"No commit found for SHA: {revision}")
        return found

    def text(self, name: str) -> str | None:
        """A text of the body, None when it is absent or null."""
        value = self.body.get(name)
        return None if value is None else str(value)

    def required(self, name: str) -> str:
        """A text that the body must have."""
        value = self.text(name)
        if value is None:
            raise Refused(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.')
        return value


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; a body of None is empty."""

    body: object
    status: int = 200


@dataclass(frozen=True, slots=True)
class Page:
    """A list to be answered page by page; with a `key`, inside an object with the total."""

    records: Sequence[Any]
    render: Callable[[Any], Json]
    key: str = ""


Handler = Callable[[Call], Reply | Page]


def fallback(call: Call) -> Reply:
    """Everything the sandbox does not know."""
    raise not_found()
