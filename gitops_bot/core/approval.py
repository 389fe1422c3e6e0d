"""Approvals: the change records of a plan in their stored form (docs/reference/stored-forms.md).

An approval is kept in a check run of the pull request's head commit. The form is versioned: a
version this program does not know is refused, never guessed at.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from gitops_bot.core.hints import HINT_BYTES, Hints
from gitops_bot.core.json_values import (
    JsonValue,
    Path,
    as_list,
    as_object,
    as_text,
    canonical,
    json_in_comment,
)
from gitops_bot.core.records import RECORD_BYTES, Change, Paths, SecretKey, fingerprint

FORMAT = 1
SHORT_RECORD_BYTES = 8
"""What is kept of each record where whole ones do not fit: 5,000 creates do, then."""
MAX_STORED_CHARACTERS = 65_000
"""A check run's text holds 65,535 characters (GitHub's REST reference, "Create a check run")."""


class UnreadableApproval(ValueError):
    """The stored text is damaged, or of a version this program does not know."""


class RecordGroup(Struct, frozen=True):
    """Records whose unknown paths are the same, sorted."""

    unknown: Paths
    records: tuple[bytes, ...]


class ProjectApproval(Struct, frozen=True):
    """What was approved for one project.

    `digest` covers everything else, with whole records. Where those do not fit they are cut to
    `width` bytes; where these do not either, `groups` is None and only a plan with exactly this
    digest is covered. `hints` explain a mismatch and decide nothing, so no digest covers them.
    """

    project: str
    terraform_version: str
    lock_digest: str
    key_id: str
    count: int
    digest: str
    groups: tuple[RecordGroup, ...] | None
    width: int = RECORD_BYTES
    hints: Hints | None = None


class Approval(Struct, frozen=True):
    """The approval of one plan run for a pull request's head commit in one environment.

    `pull_request` is 0 where there is none, as for a baseline. One commit can be the head of several
    pull requests, and what was approved for one is not for another.
    """

    environment: str
    commit: str
    projects: tuple[ProjectApproval, ...]
    pull_request: int = 0

    @property
    def digest(self) -> str:
        """One SHA-256 over the whole approval: what a person or a signature can vouch for."""
        ordered = sorted(self.projects, key=lambda p: p.project)
        parts = [[p.project, p.digest, p.width, _content(p.groups or ())] for p in ordered]
        return hashlib.sha256(
            canonical(
                ("gitops-bot approval", FORMAT, self.environment, self.commit, self.pull_request, parts)
            )
        ).hexdigest()

    def project(self, name: str) -> ProjectApproval | None:
        """The part for one project."""
        return next((p for p in self.projects if p.project == name), None)


def day_digest(approval: Approval, day: date) -> str:
    """What a person gives to approve exactly this plan on that day (UTC) or the next.

    It is bound to the environment, the commit and every record, as the approval's digest is; the day
    lets it expire without being stored anywhere.
    """
    return hashlib.sha256(
        canonical(("gitops-bot approve", FORMAT, approval.digest, day.isoformat()))
    ).hexdigest()


def _path_lists(paths: Paths) -> list[JsonValue]:
    return [list(p) for p in paths]


def _content(groups: Iterable[RecordGroup]) -> list[JsonValue]:
    return [[_path_lists(g.unknown), [r.hex() for r in g.records]] for g in groups]


def _project_digest(name: str, version: str, lock: str, key_id: str, groups: Iterable[RecordGroup]) -> str:
    return hashlib.sha256(
        canonical(("gitops-bot project approval", FORMAT, name, version, lock, key_id, _content(groups)))
    ).hexdigest()


def approve(
    project: str,
    changes: Sequence[Change],
    *,
    terraform_version: str,
    lock_digest: str,
    key: SecretKey,
    hints: Hints | None = None,
) -> ProjectApproval:
    """The approval of exactly these changes."""
    by_unknown: dict[Paths, list[bytes]] = {}
    for change in changes:
        record = fingerprint(change, change.unknown, key)
        by_unknown.setdefault(change.unknown, []).append(record)
    groups = tuple(
        RecordGroup(unknown, tuple(sorted(records)))
        for unknown, records in sorted(by_unknown.items(), key=lambda item: repr(item[0]))
    )
    digest = _project_digest(project, terraform_version, lock_digest, key.id, groups)
    return ProjectApproval(
        project, terraform_version, lock_digest, key.id, len(changes), digest, groups, hints=hints
    )


# --- the stored form ---------------------------------------------------------------------------


def _stored_project(project: ProjectApproval) -> JsonValue:
    item: dict[str, JsonValue] = {
        "project": project.project,
        "terraform": project.terraform_version,
        "lock": project.lock_digest,
        "key": project.key_id,
        "count": project.count,
        "digest": project.digest,
    }
    if project.groups is not None:
        item["width"] = project.width
        item["groups"] = [
            {"unknown": _path_lists(g.unknown), "records": _joined(g.records)} for g in project.groups
        ]
    if project.hints is not None:
        item["hints"] = _joined(project.hints.changes)
        if project.hints.attributes is not None:
            item["attribute_hints"] = _joined(project.hints.attributes)
    return item


def _joined(hashes: Iterable[bytes]) -> str:
    return base64.b64encode(b"".join(hashes)).decode()


def _checksum(document: dict[str, JsonValue]) -> str:
    """Tells a damaged text from a whole one; it vouches for nobody."""
    rest = {name: value for name, value in document.items() if name != "checksum"}
    return hashlib.sha256(canonical(rest)).hexdigest()[:16]


def _stored(approval: Approval) -> str:
    document: dict[str, JsonValue] = {
        "format": FORMAT,
        "environment": approval.environment,
        "commit": approval.commit,
        "pull_request": approval.pull_request,
        "projects": [_stored_project(p) for p in approval.projects],
    }
    return json_in_comment({**document, "checksum": _checksum(document)})


def pack(approval: Approval, limit: int = MAX_STORED_CHARACTERS) -> str:
    """The stored text, at most `limit` characters where that is possible.

    Hints give way first: those of attributes, then all. Then records are cut short, then left out; the
    digests stay. Each time the largest project is the first.
    """
    text = _stored(approval)
    while len(text) > limit and (projects := _lighter(approval.projects)) is not None:
        approval = replace(approval, projects=projects)
        text = _stored(approval)
    return text


def _lighter(projects: tuple[ProjectApproval, ...]) -> tuple[ProjectApproval, ...] | None:
    """One of the projects with less in it, None when nothing more can go."""
    detailed = [p for p in projects if p.hints is not None and p.hints.attributes is not None]
    hinted = [p for p in projects if p.hints is not None]
    recorded = [p for p in projects if p.groups is not None]
    if detailed:
        largest = max(detailed, key=_attribute_count)
        smaller = replace(largest, hints=Hints(largest.hints.changes)) if largest.hints else largest
    elif hinted:
        largest = max(hinted, key=lambda p: p.count)
        smaller = replace(largest, hints=None)
    elif recorded:
        largest = max(recorded, key=lambda p: (p.width, p.count))
        smaller = _smaller(largest)
    else:
        return None
    return tuple(smaller if p is largest else p for p in projects)


def _attribute_count(project: ProjectApproval) -> int:
    return len(project.hints.attributes or ()) if project.hints else 0


def _smaller(project: ProjectApproval) -> ProjectApproval:
    if project.width == SHORT_RECORD_BYTES or project.groups is None:
        return replace(project, groups=None)
    groups = tuple(
        RecordGroup(g.unknown, tuple(r[:SHORT_RECORD_BYTES] for r in g.records)) for g in project.groups
    )
    return replace(project, groups=groups, width=SHORT_RECORD_BYTES)


def _read_hashes(value: JsonValue, width: int, what: str) -> tuple[bytes, ...]:
    try:
        data = base64.b64decode(as_text(value), validate=True)
    except binascii.Error as error:
        raise UnreadableApproval(f"the {what} are not base64") from error
    if len(data) % width:
        raise UnreadableApproval(f"the {what} are cut off")
    return tuple(data[i : i + width] for i in range(0, len(data), width))


def _read_hints(item: dict[str, JsonValue]) -> Hints | None:
    """Texts that were stored without them are read all the same."""
    if "hints" not in item:
        return None
    changes = _read_hashes(item["hints"], HINT_BYTES, "hints")
    attributes = None
    if "attribute_hints" in item:
        attributes = _read_hashes(item["attribute_hints"], HINT_BYTES, "hints")
    return Hints(changes, attributes)


def _read_path(value: JsonValue) -> Path:
    steps = as_list(value)
    if not all(isinstance(s, str | int) and not isinstance(s, bool) for s in steps):
        raise UnreadableApproval("a path holds something other than names and indices")
    return tuple(s for s in steps if isinstance(s, str | int))


def _read_group(value: JsonValue, width: int) -> RecordGroup:
    item = as_object(value)
    records = _read_hashes(item.get("records"), width, "records")
    return RecordGroup(tuple(_read_path(p) for p in as_list(item.get("unknown"))), records)


def _read_project(value: JsonValue) -> ProjectApproval:
    item = as_object(value)
    name, version = as_text(item.get("project")), as_text(item.get("terraform"))
    lock, key_id = as_text(item.get("lock")), as_text(item.get("key"))
    digest, count = as_text(item.get("digest")), item.get("count")
    if not isinstance(count, int) or not re.fullmatch("[0-9a-f]{64}", digest) or not name:
        raise UnreadableApproval("a project lacks its name, count or digest")
    groups, width = None, RECORD_BYTES
    if "groups" in item:
        width = RECORD_BYTES if item.get("width") == RECORD_BYTES else SHORT_RECORD_BYTES
        groups = tuple(_read_group(g, width) for g in as_list(item["groups"]))
        whole = width == RECORD_BYTES
        if whole and _project_digest(name, version, lock, key_id, groups) != digest:
            raise UnreadableApproval("the records do not match their digest")
    return ProjectApproval(name, version, lock, key_id, count, digest, groups, width, _read_hints(item))


def unpack(text: str) -> Approval:
    """Read a stored approval. Raises `UnreadableApproval`."""
    try:
        item = as_object(json.loads(text))
        checksum = _checksum(item)
    except (ValueError, RecursionError) as error:
        raise UnreadableApproval("it is not JSON") from error
    if item.get("format") != FORMAT:
        raise UnreadableApproval(f"it is not of format {FORMAT}")
    if item.get("checksum") != checksum:
        raise UnreadableApproval("it is damaged: its checksum is wrong")
    number = item.get("pull_request")
    if not isinstance(number, int) or isinstance(number, bool):
        raise UnreadableApproval("it names no pull request")
    return Approval(
        as_text(item.get("environment")),
        as_text(item.get("commit")),
        tuple(_read_project(p) for p in as_list(item.get("projects"))),
        number,
    )
