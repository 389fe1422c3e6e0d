"""Provenance: which run made an approval or a ledger entry, proven by more than where it is stored.

Every workflow of a repository writes check runs and deployments as the same app. So each statement
carries a proof: the run's own OIDC token with the statement's digest as audience, or an HMAC under a
key the repository gives its jobs. Here is what a proof must say; its signature is the adapter's part.

Source of the claims: https://docs.github.com/actions/reference/security/oidc
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Literal, TypeAlias, assert_never

from msgspec import Struct

from gitops_bot.core.json_values import JsonValue, as_object, as_text, canonical, json_in_comment

FORMAT = 1
MAX_STORED_CHARACTERS = 6_000
"""Of a proof's JSON. GitHub's tokens have 2,000 to 3,500 characters; names and custom properties add."""
MAX_LIFETIME = 3_600
"""Seconds from `iat` to `exp`. GitHub's tokens live minutes; a long one is not what it issues."""
MAX_CLOCK_SKEW = 300
"""Seconds that the issuer's clock may be ahead of ours."""


class ProvenanceMode(StrEnum):
    """`approval.provenance`: what becomes of a statement without a proof.

    REQUIRED: it does not count. PREFERRED: it counts, and the report says so. NONE: proofs are
    neither made nor read. A proof that is there and does not hold never counts, but for NONE.
    """

    REQUIRED = "required"
    PREFERRED = "preferred"
    NONE = "none"


class NotProven(ValueError):
    """A proof does not hold, and why, as one sentence for people."""


# --- the stored form ---------------------------------------------------------------------------

ProofKind: TypeAlias = Literal["oidc", "hmac"]
_COMMENT = re.compile(r"<!-- gitops-bot:proof\n([^\n]*)\n-->")
_TEXTS: dict[ProofKind, re.Pattern[str]] = {
    "oidc": re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"),
    "hmac": re.compile(r"[0-9a-f]{64}"),
}


class Proof(Struct, frozen=True):
    """A signed token of GitHub's (`oidc`), or an HMAC in hex (`hmac`)."""

    kind: ProofKind
    text: str


def proof_text(proof: Proof | None) -> str:
    """The stored form, invisible to readers, to stand beside the statement it proves.

    "" without a proof and for one that is too long to be read back.
    """
    item = proof_json(proof)
    return "" if item is None else f"<!-- gitops-bot:proof\n{json_in_comment(item)}\n-->"


def proof_json(proof: Proof | None) -> dict[str, JsonValue] | None:
    """The stored form as JSON; None without a proof and for one that is too long to be read back."""
    if proof is None:
        return None
    item: dict[str, JsonValue] = {"format": FORMAT, "kind": proof.kind, "text": proof.text}
    return None if len(json_in_comment(item)) > MAX_STORED_CHARACTERS else item


def read_proof(text: str) -> Proof | None:
    """The proof in a check run's text. None without one, and for any text that is not exactly one."""
    found = _COMMENT.findall(text)
    if len(found) != 1 or len(found[0]) > MAX_STORED_CHARACTERS:
        return None
    try:
        return proof_from_json(json.loads(found[0]))
    except (ValueError, RecursionError):
        return None


def proof_from_json(value: JsonValue) -> Proof | None:
    """The proof that `proof_json` made this of; None for anything else."""
    item = as_object(value)
    stored, version = as_text(item.get("text")), item.get("format")
    if version != FORMAT or isinstance(version, bool | float):
        return None
    for kind, pattern in _TEXTS.items():
        if item.get("kind") == kind and pattern.fullmatch(stored):
            return Proof(kind, stored)
    return None


# --- what a proof is bound to ------------------------------------------------------------------


def audience_of(digest: str) -> str:
    """The audience of a token that proves the approval with this digest."""
    return f"gitops-bot:approval:{digest}"


def ledger_audience(digest: str) -> str:
    """The audience of a token that proves the ledger entry with this digest (`ledger_digest`)."""
    return f"gitops-bot:ledger:{digest}"


def ledger_digest(
    environment: str, commit: str, payload: dict[str, JsonValue], outcome: JsonValue = None
) -> str:
    """One SHA-256 over a ledger entry: its start, or with `outcome` its end.

    The plan's digest alone would not do: an entry with another commit or tree could borrow the proof.
    A proof inside the payload, under the key `proof`, is left out.
    """
    rest = {name: value for name, value in payload.items() if name != "proof"}
    return hashlib.sha256(
        canonical(("gitops-bot ledger entry", FORMAT, environment, commit, rest, outcome))
    ).hexdigest()


def hmac_proof(key: bytes, repository: str, audience: str) -> str:
    """HMAC-SHA256 in hex over the repository and the audience.

    The repository is part of it because an organisation may give all of its repositories one key.
    """
    message = f"gitops-bot proof {FORMAT}\n{repository.lower()}\n{audience}"
    return hmac.new(key, message.encode(errors="replace"), hashlib.sha256).hexdigest()


def hmac_matches(key: bytes, repository: str, audience: str, text: str) -> bool:
    """Whether `text` is that HMAC, compared in constant time. Nothing matches under an empty key."""
    expected = hmac_proof(key, repository, audience).encode()
    return bool(key) and hmac.compare_digest(expected, text.encode(errors="replace"))


# --- what the claims must say ------------------------------------------------------------------


class PullRequestPlan(Struct, frozen=True):
    """The plan of pull request `number` into the branch `base`, made by its own event."""

    number: int
    base: str


class PromotionPlan(Struct, frozen=True):
    """A plan by a dispatch of `promote` on the branch `below`, that of the environment below.

    No claim names the pull request it opened: the approval's digest does. "" where nothing is below.
    """

    below: str = ""


class OwnBranchPlan(Struct, frozen=True):
    """A plan by a dispatch on the environment's own branch: of `backflow`, or of `promote` with an earlier
    commit. It holds what is in the branch and what was applied before, there or as a hotfix above."""

    branch: str


class BranchApply(Struct, frozen=True):
    """An apply or a baseline on an environment's branch, by a push or a dispatch.

    `on_closed`: also by a pull request that was merged into it, whose `ref` is then the branch.
    """

    branch: str
    on_closed: bool = False


RunKind: TypeAlias = PullRequestPlan | PromotionPlan | OwnBranchPlan | BranchApply


class Expectation(Struct, frozen=True):
    """What the claims of a proof must say.

    `workflows` are the paths of the workflow files that may make such a statement; none is no
    wildcard. `repository_id` and `run_id` are compared where they are given.
    """

    issuer: str
    repository: str
    audience: str
    run: RunKind
    workflows: tuple[str, ...]
    repository_id: str = ""
    run_id: str = ""


def check_claims(claims: dict[str, JsonValue], expected: Expectation, now: int) -> tuple[str, ...]:
    """Every way in which verified claims do not fit, as sentences; none when they do.

    A claim that is missing never fits. `now` is the time in seconds since 1970.
    """
    return (
        *_text(claims, "iss", "issuer", expected.issuer),
        *_audience(claims, expected.audience),
        *_repository(claims, expected),
        *_run(claims, expected.run),
        *(_text(claims, "run_id", "run", expected.run_id) if expected.run_id else ()),
        *_times(claims, now),
        *_workflow(claims, expected),
    )


def _said(value: str) -> str:
    """A value of others in a sentence: short, and without control characters."""
    return repr(value if len(value) <= 120 else f"{value[:120]}…")


def _text(claims: dict[str, JsonValue], name: str, what: str, wanted: str) -> Iterator[str]:
    found = as_text(claims.get(name))
    if not found:
        yield f"The token names no {what} (`{name}`)."
    elif found != wanted:
        yield f"The token's {what} (`{name}`) is {_said(found)}, not {_said(wanted)}."


def _audience(claims: dict[str, JsonValue], wanted: str) -> Iterator[str]:
    found = claims.get("aud")
    if isinstance(found, list) and len(found) == 1:  # RFC 7519, section 4.1.3
        found = found[0]
    if not isinstance(found, str) or not found:
        yield "The token names no single audience (`aud`)."
    elif found != wanted:
        yield f"The token was made for something else: its audience is {_said(found)}, not {_said(wanted)}."


def _same_repository(one: str, other: str) -> bool:
    """GitHub compares owners and names without regard to case; both are ASCII."""
    return one.isascii() and one.lower() == other.lower()


def _repository(claims: dict[str, JsonValue], expected: Expectation) -> Iterator[str]:
    found = as_text(claims.get("repository"))
    if not found:
        yield "The token names no repository (`repository`)."
    elif not _same_repository(found, expected.repository):
        yield f"The token was made in the repository {_said(found)}, not in {_said(expected.repository)}."
    if expected.repository_id:
        yield from _text(claims, "repository_id", "repository's id", expected.repository_id)


def _event(claims: dict[str, JsonValue], allowed: tuple[str, ...]) -> Iterator[str]:
    found = as_text(claims.get("event_name"))
    if not found:
        yield "The token names no event (`event_name`)."
    elif found not in allowed:
        yield f"The token was made by the event {_said(found)}, not by {' or '.join(allowed)}."


def _run(claims: dict[str, JsonValue], run: RunKind) -> Iterator[str]:
    match run:
        case PullRequestPlan():
            yield from _event(claims, ("pull_request",))
            yield from _text(claims, "ref", "ref", f"refs/pull/{run.number}/merge")
            yield from _text(claims, "base_ref", "base branch", run.base)
        case PromotionPlan():
            yield from _event(claims, ("workflow_dispatch",))
            if run.below:
                yield from _text(claims, "ref", "ref", f"refs/heads/{run.below}")
            else:
                yield "Nothing is promoted into the lowest environment."
        case OwnBranchPlan():
            yield from _event(claims, ("workflow_dispatch",))
            yield from _text(claims, "ref", "ref", f"refs/heads/{run.branch}")
        case BranchApply():
            merged = ("pull_request",) if run.on_closed else ()
            yield from _event(claims, ("push", "workflow_dispatch", *merged))
            yield from _text(claims, "ref", "ref", f"refs/heads/{run.branch}")
            if claims.get("event_name") == "pull_request":
                yield from _text(claims, "base_ref", "base branch", run.branch)
        case _:
            assert_never(run)


def _seconds(claims: dict[str, JsonValue], name: str) -> int | None:
    value = claims.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def issued_at(claims: dict[str, JsonValue]) -> int | None:
    """When the token was issued, in seconds since 1970: the one time nobody but GitHub can set."""
    return _seconds(claims, "iat")


def _times(claims: dict[str, JsonValue], now: int) -> Iterator[str]:
    """That `exp` has passed is no fault: a proof is read back weeks after it was made."""
    issued, expires = issued_at(claims), _seconds(claims, "exp")
    if issued is None or expires is None:
        yield "The token does not say when it was issued and when it expires (`iat`, `exp`)."
        return
    if issued <= 0 or issued > now + MAX_CLOCK_SKEW:
        yield "The token was issued at a time that has not come yet, or never was (`iat`)."
    if not 0 < expires - issued <= MAX_LIFETIME:
        yield f"The token lives longer than {MAX_LIFETIME // 60} minutes, or not at all (`iat`, `exp`)."


# --- the workflow file -------------------------------------------------------------------------

_WORKFLOW_REF = re.compile(
    r"(?P<repository>[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)"
    r"/(?P<path>\.github/workflows/[^/@\x00-\x1f\x7f]+\.ya?ml)@(?P<ref>[^\s\x00-\x1f\x7f]+)"
)
_SHA = re.compile(r"[0-9a-f]{40}")
_USES = re.compile(r"[ \t]*uses:[ \t]+([\"']?)(?P<what>[^\s\"'#]+)\1[ \t]*(?:#.*)?\r?")


class CalledWorkflow(Struct, frozen=True):
    """The reusable workflow a job came from. `ref` is a full ref, or a hash."""

    repository: str
    path: str
    ref: str
    sha: str


def workflow_file_of(claims: dict[str, JsonValue]) -> tuple[str, str] | None:
    """Path and commit of the run's workflow file; None where the claims do not name one."""
    found = _WORKFLOW_REF.fullmatch(as_text(claims.get("workflow_ref")))
    sha = as_text(claims.get("workflow_sha"))
    return (found["path"], sha) if found and _SHA.fullmatch(sha) else None


def called_workflow_of(claims: dict[str, JsonValue]) -> CalledWorkflow | None:
    """The reusable workflow the run's job came from; None where it stands in the workflow file itself.

    GitHub names the workflow file itself in `job_workflow_ref` when nothing is called. Only the
    innermost of nested workflows is named. Read this after `check_claims`, which refuses a
    `job_workflow_ref` that cannot be read.
    """
    found = _WORKFLOW_REF.fullmatch(as_text(claims.get("job_workflow_ref")))
    if found is None or claims.get("job_workflow_ref") == claims.get("workflow_ref"):
        return None
    sha = as_text(claims.get("job_workflow_sha"))
    return CalledWorkflow(found["repository"], found["path"], found["ref"], sha)


def _workflow(claims: dict[str, JsonValue], expected: Expectation) -> Iterator[str]:
    found = _WORKFLOW_REF.fullmatch(as_text(claims.get("workflow_ref")))
    file = workflow_file_of(claims)
    if found is None or file is None:
        yield "The token does not name a workflow file and its commit (`workflow_ref`, `workflow_sha`)."
        return
    if not _same_repository(found["repository"], expected.repository):
        yield f"The workflow file is of another repository, {_said(found['repository'])}."
    if file[0] not in expected.workflows:
        known = " or ".join(expected.workflows) or "a known one"
        yield f"The workflow file is {_said(file[0])}, not {known}."
    called = called_workflow_of(claims)
    stated = claims.get("job_workflow_ref")
    if called is None and stated not in (None, "", claims.get("workflow_ref")):
        yield "The token's called workflow cannot be read (`job_workflow_ref`)."
    if called is not None and not _SHA.fullmatch(called.sha):
        yield "The token does not name the called workflow's commit (`job_workflow_sha`)."


def fits_base(text_at_workflow_sha: str | None, texts_at_base: Iterable[str | None]) -> bool:
    """Whether the workflow file that ran equals one of the base branch's versions. None never fits."""
    return text_at_workflow_sha is not None and any(text == text_at_workflow_sha for text in texts_at_base)


def calls(workflow_text: str | None, called: CalledWorkflow, repository: str) -> bool:
    """Whether a workflow file of `repository` itself calls that reusable workflow.

    Without this, an edited workflow of the pull request's, called in between, could call any other.
    """
    for line in (workflow_text or "").split("\n"):
        found = _USES.fullmatch(line)
        if found and _is_call(found["what"], called, repository):
            return True
    return False


def _is_call(what: str, called: CalledWorkflow, repository: str) -> bool:
    if what.startswith("./"):
        return _same_repository(called.repository, repository) and what.removeprefix("./") == called.path
    named = _WORKFLOW_REF.fullmatch(what)
    if named is None:
        return False
    refs = (named["ref"], f"refs/heads/{named['ref']}", f"refs/tags/{named['ref']}")
    same_file = _same_repository(named["repository"], called.repository) and named["path"] == called.path
    return same_file and called.ref in refs
