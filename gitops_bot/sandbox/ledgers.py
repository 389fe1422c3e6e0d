"""The records that need no git: comments, labels, check runs, commit statuses, deployments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from gitops_bot.sandbox.records import (
    Actor,
    Check,
    Comment,
    CommitStatus,
    Deploy,
    DeployStatus,
    Json,
    LabelEvent,
    Reaction,
    Review,
    Run,
    Site,
)
from gitops_bot.sandbox.refusals import Refused, invalid, limit_text, not_found, require_text

COMMENT_LIMIT = 65_536
REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
OUTPUT_LIMIT = 65_535
DESCRIPTION_LIMIT = 140
ANNOTATION_LIMIT = 50
ANNOTATION_TITLE_LIMIT = 255
ANNOTATION_MESSAGE_BYTES = 64 * 1024
PASSED = frozenset({"success", "neutral", "skipped"})
_REVIEW_STATES = frozenset({"APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"})
_CONCLUSIONS = PASSED | {"failure", "cancelled", "timed_out", "action_required", "stale"}
_ANNOTATION_LEVELS = frozenset({"notice", "warning", "failure"})
_STATUS_STATES = frozenset({"error", "failure", "pending", "success"})
_DEPLOY_STATES = _STATUS_STATES | {"inactive", "in_progress", "queued"}


class Comments:
    """Comments on pull requests, oldest first."""

    def __init__(self, site: Site, ids: Iterator[int]) -> None:
        self._site, self._ids = site, ids
        self._records: dict[int, Comment] = {}
        self._reactions: list[Reaction] = []

    def of(self, number: int) -> list[Comment]:
        """The comments on one pull request."""
        return [record for record in self._records.values() if record.number == number]

    def get(self, comment_id: int) -> Comment:
        """One comment; 404 when it is gone."""
        if comment_id not in self._records:
            raise not_found()
        return self._records[comment_id]

    def add(self, number: int, body: object, author: str) -> Comment:
        """Post a comment."""
        now = self._site.now()
        record = Comment(next(self._ids), number, _comment_text(body), author, now, now)
        self._records[record.id] = record
        return record

    def edit(self, comment_id: int, body: object) -> Comment:
        """Replace a comment's text."""
        old = self.get(comment_id)
        edits = (*old.edits, old.body)
        record = replace(old, body=_comment_text(body), updated_at=self._site.now(), edits=edits)
        self._records[comment_id] = record
        return record

    def delete(self, comment_id: int) -> None:
        """Remove a comment."""
        del self._records[self.get(comment_id).id]

    def react(self, comment_id: int, content: object, login: str) -> Reaction:
        """Set a reaction; the one that stands already where it is the same person's."""
        if content not in REACTIONS:
            raise invalid("Reaction", "content")
        found = (r for r in self.reactions_of(comment_id) if (r.content, r.author) == (content, login))
        record = next(found, None)
        if record is None:
            record = Reaction(next(self._ids), comment_id, str(content), login, self._site.now())
            self._reactions.append(record)
        return record

    def reactions_of(self, comment_id: int) -> list[Reaction]:
        """The reactions on a comment, oldest first; 404 when it is gone."""
        wanted = self.get(comment_id).id
        return [record for record in self._reactions if record.comment == wanted]

    def minimize(self, comment_id: int, reason: str) -> None:
        """Fold a comment away."""
        self._records[comment_id] = replace(self.get(comment_id), minimized=reason)


def _comment_text(body: object) -> str:
    text = require_text(body, "IssueComment", "body")
    if len(text) > COMMENT_LIMIT:
        message = f"Body is too long (maximum is {COMMENT_LIMIT} characters)"
        raise invalid("IssueComment", "data", "unprocessable", message)
    return text


class LabelEvents:
    """Who set which label on which pull request, and who took it off, oldest first."""

    def __init__(self, site: Site, ids: Iterator[int]) -> None:
        self._site, self._ids = site, ids
        self._records: list[LabelEvent] = []

    def of(self, number: int) -> list[LabelEvent]:
        """What happened on one pull request."""
        return [record for record in self._records if record.number == number]

    def change(self, number: int, before: tuple[str, ...], after: tuple[str, ...], actor: Actor) -> None:
        """Note the difference; a label that stays is no event."""
        gone = [("unlabeled", name) for name in before if name not in after]
        new = [("labeled", name) for name in after if name not in before]
        for event, name in gone + new:
            self._records.append(
                LabelEvent(next(self._ids), number, event, name, actor.login, actor.is_app, self._site.now())
            )


class Reviews:
    """Reviews of pull requests, oldest first."""

    def __init__(self, site: Site, ids: Iterator[int]) -> None:
        self._site, self._ids = site, ids
        self._records: dict[int, Review] = {}

    def of(self, number: int) -> list[Review]:
        """The reviews of one pull request."""
        return [record for record in self._records.values() if record.number == number]

    def add(self, number: int, author: str, state: str, sha: str, body: str = "") -> Review:
        """Submit a review."""
        if state not in _REVIEW_STATES:
            raise invalid("PullRequestReview", "event")
        record = Review(next(self._ids), number, author, state, sha, body, self._site.now())
        self._records[record.id] = record
        return record

    def dismiss(self, review_id: int) -> Review:
        """Take away what a review said; its time stays."""
        if review_id not in self._records:
            raise not_found()
        self._records[review_id] = replace(self._records[review_id], state="DISMISSED")
        return self._records[review_id]


class Runs:
    """Workflow runs, each attempt for itself. The sandbox starts none: whoever plays the runner says so.

    `asked_again` are the runs that are to run again, oldest first.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self.asked_again: list[int] = []
        self._records: dict[tuple[int, int], Run] = {}

    def get(self, run_id: int, attempt: int) -> Run:
        """One attempt; 404 when there is none."""
        if (run_id, attempt) not in self._records:
            raise not_found()
        return self._records[run_id, attempt]

    def latest(self) -> list[Run]:
        """The newest attempt of each run, newest run first."""
        newest = {run_id: record for (run_id, _), record in sorted(self._records.items())}
        return [newest[run_id] for run_id in sorted(newest, reverse=True)]

    def start(
        self, run_id: int, sha: str, *, attempt: int = 1, branch: str = "devops", event: str = "push"
    ) -> Run:
        """An attempt that is in progress."""
        now = self._site.now()
        self._records[run_id, attempt] = Run(run_id, attempt, "gitops", event, branch, sha, now, now)
        return self._records[run_id, attempt]

    def rerun(self, run_id: int) -> Run:
        """Its next attempt, which whoever plays the runner has to run with the first one's event."""
        newest = next((record for record in self.latest() if record.id == run_id), None)
        if newest is None:
            raise not_found()
        if newest.conclusion is None:
            raise Refused(403, "This workflow is already running")
        self.asked_again.append(run_id)
        attempt, branch, event = newest.attempt + 1, newest.branch, newest.event
        return self.start(run_id, newest.sha, attempt=attempt, branch=branch, event=event)

    def finish(self, run_id: int, attempt: int = 1, conclusion: str = "success") -> Run:
        """It ended."""
        ended = replace(self.get(run_id, attempt), conclusion=conclusion, updated_at=self._site.now())
        self._records[run_id, attempt] = ended
        return ended


class Checks:
    """Check runs and commit statuses."""

    def __init__(self, site: Site, ids: Iterator[int]) -> None:
        self._site, self._ids = site, ids
        self._runs: dict[int, Check] = {}
        self._statuses: list[CommitStatus] = []

    def of(self, sha: str, *, name: str = "", latest: bool = True) -> list[Check]:
        """The check runs on a commit, newest first; `latest` keeps one per app and name."""
        found = [run for run in reversed(self._runs.values()) if run.sha == sha and name in ("", run.name)]
        if not latest:
            return found
        newest: dict[tuple[str, str], Check] = {}
        for run in found:
            newest.setdefault((run.app, run.name), run)
        return list(newest.values())

    def get(self, check_id: int) -> Check:
        """One check run."""
        if check_id not in self._runs:
            raise not_found()
        return self._runs[check_id]

    def add(self, sha: str, body: Json, app: str) -> Check:
        """Create a check run; `app` is the login that owns it."""
        name = require_text(body.get("name"), "CheckRun", "name")
        now = self._site.now()
        blank = Check(next(self._ids), name, sha, app, "queued", None, now, None)
        return self._store(self._with_fields(blank, body))

    def edit(self, check_id: int, body: Json, app: str) -> Check:
        """Change a check run; only the app that created it may."""
        record = self.get(check_id)
        if record.app != app:
            message = "check run can only be modified by the GitHub App that created it."
            raise Refused(403, f"Invalid app_id `{app}` - {message}")
        return self._store(self._with_fields(record, body))

    def _store(self, record: Check) -> Check:
        self._runs[record.id] = record
        return record

    def _with_fields(self, record: Check, body: Json) -> Check:
        conclusion = body.get("conclusion", record.conclusion)
        if conclusion is not None and conclusion not in _CONCLUSIONS:
            raise Refused(422, f'Invalid request.\n\n"{conclusion}" is not a valid conclusion.')
        status = "completed" if body.get("conclusion") else body.get("status", record.status)
        if status == "completed" and conclusion is None:
            raise Refused(422, 'Invalid request.\n\n"conclusion" wasn\'t supplied.')
        ended = _time(body.get("completed_at")) or record.completed_at or self._site.now()
        changed = replace(
            record,
            name=body.get("name", record.name),
            status=status,
            conclusion=conclusion if status == "completed" else None,
            started_at=_time(body.get("started_at")) or record.started_at,
            completed_at=ended if status == "completed" else None,
            external_id=body.get("external_id", record.external_id) or "",
            details_url=body.get("details_url", record.details_url) or "",
        )
        return _with_output(changed, body["output"]) if body.get("output") else changed

    def statuses(self, sha: str) -> list[CommitStatus]:
        """The newest status of each context on a commit."""
        newest = {status.context: status for status in self._statuses if status.sha == sha}
        return list(newest.values())

    def add_status(self, sha: str, body: Json, author: str) -> CommitStatus:
        """Set a commit status."""
        if body.get("state") not in _STATUS_STATES:
            raise invalid("Status", "state", "custom", "state is not included in the list")
        limit_text(body.get("description"), DESCRIPTION_LIMIT, "Status", "description")
        status = CommitStatus(
            id=next(self._ids),
            sha=sha,
            context=body.get("context") or "default",
            state=body["state"],
            description=body.get("description"),
            target_url=body.get("target_url"),
            author=author,
            created_at=self._site.now(),
        )
        self._statuses.append(status)
        return status

    def combined_state(self, sha: str) -> str:
        """All statuses of a commit in one word."""
        states = {status.state for status in self.statuses(sha)}
        if states & {"error", "failure"}:
            return "failure"
        return "success" if states == {"success"} else "pending"

    def outcome(self, sha: str, name: str) -> str:
        """What a required check says about a commit: passed, failing or expected."""
        runs, statuses = self.of(sha, name=name), self.statuses(sha)
        words = [run.conclusion or "pending" for run in runs]
        words += [status.state for status in statuses if status.context == name]
        if not words or "pending" in words:
            return "expected"
        return "passed" if all(word in PASSED for word in words) else "failing"


def _with_output(record: Check, output: Json) -> Check:
    for field in ("summary",) if record.title else ("title", "summary"):
        if output.get(field) is None:
            raise Refused(422, f'Invalid request.\n\n"{field}" wasn\'t supplied.')
    for field in ("title", "summary", "text"):
        length = len(output.get(field) or "")
        if length > OUTPUT_LIMIT:
            message = f"Only {OUTPUT_LIMIT} characters are allowed; {length} were supplied."
            raise Refused(422, f"Invalid request.\n\n{message}")
    annotations = output.get("annotations") or []
    if len(annotations) > ANNOTATION_LIMIT:
        message = f"No more than {ANNOTATION_LIMIT} items are allowed; {len(annotations)} were supplied."
        raise Refused(422, f"Invalid request.\n\n{message}")
    for given in annotations:
        _check_annotation(given)
    return replace(
        record,
        title=output.get("title", record.title),
        summary=output["summary"],
        text=output.get("text"),
        annotations=(*record.annotations, *annotations),
    )


def _check_annotation(given: Any) -> None:
    """What every annotation has, and how long it may be."""
    if not isinstance(given, dict):
        raise Refused(422, "Invalid request.\n\nAn annotation is not an object.")
    for name, kind in (("path", str), ("message", str), ("start_line", int), ("end_line", int)):
        if not isinstance(given.get(name), kind) or not given[name]:
            raise Refused(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.')
    if given.get("annotation_level") not in _ANNOTATION_LEVELS:
        raise Refused(422, "Invalid request.\n\nannotation_level is not included in the list")
    limit_text(given.get("title"), ANNOTATION_TITLE_LIMIT, "CheckRun", "title")
    if len(given["message"].encode()) > ANNOTATION_MESSAGE_BYTES:
        raise Refused(422, "Invalid request.\n\nmessage is too long")
    if given["start_line"] < 1 or given["end_line"] < given["start_line"]:
        raise Refused(422, "Invalid request.\n\nThe lines are none.")


def _time(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise Refused(422, f"Invalid request.\n\n{value!r} is not a valid date-time.") from None


class Deployments:
    """Deployments and their statuses."""

    def __init__(self, site: Site, ids: Iterator[int]) -> None:
        self._site, self._ids = site, ids
        self._records: dict[int, Deploy] = {}

    def newest_first(self) -> list[Deploy]:
        """Every deployment."""
        return list(reversed(self._records.values()))

    def get(self, deployment_id: int) -> Deploy:
        """One deployment."""
        if deployment_id not in self._records:
            raise not_found()
        return self._records[deployment_id]

    def add(self, sha: str, body: Json, author: str) -> Deploy:
        """Create a deployment of a commit."""
        limit_text(body.get("description"), DESCRIPTION_LIMIT, "Deployment", "description")
        environment = body.get("environment") or "production"
        now = self._site.now()
        record = Deploy(
            id=next(self._ids),
            sha=sha,
            ref=body["ref"],
            task=body.get("task") or "deploy",
            environment=environment,
            payload=body.get("payload") or {},
            description=body.get("description"),
            author=author,
            created_at=now,
            updated_at=now,
            transient=bool(body.get("transient_environment", False)),
            production=bool(body.get("production_environment", environment == "production")),
        )
        self._records[record.id] = record
        return record

    def add_status(self, deployment_id: int, body: Json, author: str) -> DeployStatus:
        """Add a status. A success makes older successes of the environment inactive."""
        record = self.get(deployment_id)
        state = body.get("state")
        if state not in _DEPLOY_STATES:
            raise invalid("DeploymentStatus", "state", "custom", "state is not included in the list")
        limit_text(body.get("description"), DESCRIPTION_LIMIT, "DeploymentStatus", "description")
        status = self._append(record, str(state), body, author)
        if state == "success" and body.get("auto_inactive", True):
            for older in list(self._records.values()):
                if older.environment == record.environment and older.id != record.id:
                    self._retire(older, author)
        return status

    def date_back(self, span: timedelta) -> None:
        """Make all of them older by `span`, as if nothing had happened for so long since."""
        for number, record in self._records.items():
            statuses = tuple(replace(s, created_at=s.created_at - span) for s in record.statuses)
            created, updated = record.created_at - span, record.updated_at - span
            self._records[number] = replace(record, created_at=created, updated_at=updated, statuses=statuses)

    def _retire(self, record: Deploy, author: str) -> None:
        if record.statuses and record.statuses[0].state == "success":
            self._append(record, "inactive", {}, author)

    def _append(self, record: Deploy, state: str, body: Json, author: str) -> DeployStatus:
        now = self._site.now()
        status = DeployStatus(
            id=next(self._ids),
            state=state,
            description=body.get("description") or "",
            target_url=body.get("log_url") or body.get("target_url") or "",
            environment_url=body.get("environment_url") or "",
            author=author,
            created_at=now,
        )
        self._records[record.id] = replace(record, statuses=(status, *record.statuses), updated_at=now)
        return status
