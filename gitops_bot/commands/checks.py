"""The check runs: their names, and what they carry besides words for people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from gitops_bot.core.approval import MAX_STORED_CHARACTERS, Approval, UnreadableApproval, pack, unpack
from gitops_bot.core.provenance import MAX_STORED_CHARACTERS as PROOF_CHARACTERS
from gitops_bot.core.provenance import Proof, audience_of, proof_text
from gitops_bot.ports import CheckRun

ROOM_FOR_PROOF = PROOF_CHARACTERS + 100
"""Characters of a check run's text that are kept for the proof and the comments around both."""
_APPROVAL = re.compile(r"<!-- gitops-bot:approval\n(.*?)\n-->", re.DOTALL)
_OUTCOME = re.compile(r"<!-- gitops-bot:outcome\n(.*?)\n-->", re.DOTALL)
_COMMENT = re.compile(r"\bcomment:([0-9]{1,19})\b")


def _no_proof(_audience: str) -> Proof | None:
    return None


def plan_check(environment: str) -> str:
    """The name of the check that says whether a plan was made, and carries the approval."""
    return f"gitops-bot: plan {environment}"


def promotion_check(environment: str) -> str:
    """The name of the check that says whether a pull request may come into the environment. One commit can be
    the head of pull requests into several, so each has its own."""
    return f"gitops-bot: promotion {environment}"


def apply_check(environment: str) -> str:
    """The name of the check on an applied commit, which carries what was done."""
    return f"gitops-bot: apply {environment}"


def drift_check(environment: str) -> str:
    """The name of the check on an applied commit that says whether its environment drifted since."""
    return f"gitops-bot: drift {environment}"


def find(checks: Iterable[CheckRun], name: str) -> CheckRun | None:
    """The check run of that name."""
    return next((c for c in checks if c.name == name), None)


def approval_text(
    approval: Approval | None,
    prove: Callable[[str], Proof | None] = _no_proof,
) -> str:
    """The check run's text with the approval and its proof in their stored forms, invisible to readers.

    What is proven is the digest of what is stored: records may have been cut to fit.
    """
    if approval is None:
        return ""
    stored = pack(approval, MAX_STORED_CHARACTERS - ROOM_FOR_PROOF)
    proof = proof_text(prove(audience_of(unpack(stored).digest)))
    return "\n".join(filter(None, [f"<!-- gitops-bot:approval\n{stored}\n-->", proof]))


def read_approval(check: CheckRun, environment: str, pull_request: int) -> Approval | str:
    """The approval a plan check carries, or why there is none, as a sentence."""
    found = _APPROVAL.search(check.text)
    if found is None:
        return "The plan check carries no approval."
    try:
        approval = unpack(found.group(1))
    except UnreadableApproval as error:
        return f"The approval cannot be read: {error}."
    if approval.environment != environment or approval.commit != check.commit:
        return "The approval is for another environment or commit."
    if approval.pull_request != pull_request:
        return f"The newest plan of its last commit was made for pull request #{approval.pull_request}."
    return approval


def outcome_text(stored: str, proof: Proof | None) -> str:
    """The apply check's text with its outcome and the proof of it, invisible to readers."""
    return "\n".join(filter(None, [f"<!-- gitops-bot:outcome\n{stored}\n-->", proof_text(proof)]))


def read_outcome(check: CheckRun) -> str:
    """The stored outcome an apply check carries, "" when there is none."""
    found = _OUTCOME.search(check.text)
    return found.group(1) if found else ""


def plan_reference(pull_request: int, comment_id: int, run: str) -> str:
    """The plan check's external id: it names the pull request and its run, and leads to the comment."""
    return f"pull:{pull_request} comment:{comment_id} run:{run}"


def run_of(check: CheckRun, pull_request: int) -> str:
    """The workflow run that planned that pull request, "" where the check is about another one."""
    words = check.external_id.split()
    if f"pull:{pull_request}" not in words:
        return ""
    return next((word.removeprefix("run:") for word in words if word.startswith("run:")), "")


def comment_of(check: CheckRun, pull_request: int) -> int:
    """The comment on that pull request a plan check leads to, 0 for none.

    One commit can be the head of two pull requests into one environment.
    """
    if f"pull:{pull_request}" not in check.external_id.split():
        return 0
    found = _COMMENT.search(check.external_id)
    return int(found.group(1)) if found else 0
