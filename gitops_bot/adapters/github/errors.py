"""GitHub's refusals as errors a person can act on."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from gitops_bot.adapters.github.retry import is_rate_limited
from gitops_bot.adapters.github.wire import Answer, Lost, Outcome, Request
from gitops_bot.core.certificates import HINT, NOT_TRUSTED
from gitops_bot.core.errors import BadInput, RunFailed
from gitops_bot.core.json_values import as_list, as_object, as_text
from gitops_bot.ports import BodyTooLong, BranchRefused

_WHAT_TO_GIVE = (
    "Give the workflow's own GITHUB_TOKEN or a GitHub App's installation token; "
    "locally, a fine-grained personal access token for this repository."
)
_FOR_CHECK_RUNS = (
    "A personal access token cannot write check runs: use the workflow's GITHUB_TOKEN "
    "or a GitHub App's installation token."
)
_PULL_REQUEST_SETTING = (
    'Switch on "Allow GitHub Actions to create and approve pull requests" in the repository\'s '
    "settings under Actions, General, Workflow permissions (an organisation may forbid it), "
    "or use a GitHub App's installation token."
)
_FOR_WORKFLOW_FILES = (
    "If the commit changes workflow files, GITHUB_TOKEN is never enough: "
    "use a GitHub App's token with `workflows: write`."
)
_FOR_BRANCH_RULES = (
    "Leave the bot's branches out of the branch protection or ruleset that fits them, or let the token's "
    "GitHub App bypass it."
)
_FOR_REVIEWERS = (
    "Name people and teams who can read this repository, and not the author of the pull request. "
    "GITHUB_TOKEN sees no teams: that takes a GitHub App's token with the organisation's `members: read`."
)
_PERMISSIONS = (
    ("/issues/", "issues: {0} / pull-requests: {0}"),
    ("/check-runs", "checks: {0}"),
    ("/deployments", "deployments: {0}"),
    ("/git/", "contents: {0}"),
    ("/contents/", "contents: {0}"),
    ("/pulls", "pull-requests: {0}"),
    ("/actions/", "actions: {0}"),
    ("/collaborators/", "metadata: {0}"),
)


def no_token() -> BadInput:
    """Nothing was given as a token."""
    return BadInput("There is no token for GitHub.", _WHAT_TO_GIVE)


def clean(text: str) -> str:
    """Text from outside as one line without control characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= 300 else line[:299] + "…"


def said(answer: Answer) -> str:
    """What GitHub says is wrong, as one line."""
    body = as_object(answer.data)
    parts = [as_text(body.get("message"))]
    for error in as_list(body.get("errors")):
        detail = as_object(error)
        parts.append(as_text(error) or as_text(detail.get("message")) or _coded(detail))
    return clean("; ".join(part for part in parts if part))


def _coded(detail: dict[str, object] | object) -> str:
    fields = detail if isinstance(detail, dict) else {}
    return " ".join(str(fields[name]) for name in ("resource", "field", "code") if fields.get(name))


_UNREACHABLE = "Check GITHUB_API_URL and the network, then run this again."


def explain(
    request: Request, outcome: Outcome, api_url: str, repository: str
) -> BadInput | RunFailed | BodyTooLong:
    """The error for an outcome that is none of those the caller expected."""
    asked = f"{request.method} {request.path}"
    if isinstance(outcome, Lost):
        return RunFailed(
            f"GitHub's API at {api_url} failed: {outcome.why} ({asked}).",
            HINT if outcome.why == NOT_TRUSTED else _UNREACHABLE,
        )
    if outcome.status < 400:
        return RunFailed(
            f"GitHub's API at {api_url} answered {asked} with status {outcome.status} unexpectedly.",
            "Check GITHUB_API_URL, and whether a proxy answers in its place or the repository was renamed.",
        )
    return _refused(request, asked, outcome, repository)


def _refused(
    request: Request, asked: str, answer: Answer, repository: str
) -> BadInput | RunFailed | BodyTooLong:
    if answer.status == 401:
        return BadInput("The token was rejected by GitHub.", _WHAT_TO_GIVE)
    if is_rate_limited(answer):
        return _rate_limited(asked, answer)
    if answer.status == 403:
        return _forbidden(request, asked, answer)
    if answer.status == 404:
        return _not_found(asked, repository)
    if answer.status == 422 and re.search(r"body is too long|65,?536", answer.text, re.IGNORECASE):
        return BodyTooLong(said(answer))
    if answer.status == 422:
        return _invalid(request, asked, answer)
    return _failed(asked, answer)


def _invalid(request: Request, asked: str, answer: Answer) -> RunFailed:
    """422s for which there is something to do."""
    reason = said(answer).rstrip(".")
    if request.path.endswith("/requested_reviewers"):
        return RunFailed(
            f"GitHub asks none of these reviewers: {reason or 'no reason given'}.", _FOR_REVIEWERS
        )
    if "draft pull requests are not supported" in reason.lower():
        return RunFailed(
            "This repository takes no draft pull requests.",
            "Let the bot open ordinary ones; drafts in a private repository take a paid plan of GitHub.",
        )
    if _writes_a_ref(request) and re.search(r"rule violations|protected branch", reason, re.IGNORECASE):
        return BranchRefused(f"A rule of the repository forbids {asked}: {reason}.", _FOR_BRANCH_RULES)
    return _failed(asked, answer)


def _writes_a_ref(request: Request) -> bool:
    return request.method != "GET" and "/git/refs" in request.path


def _rate_limited(asked: str, answer: Answer) -> RunFailed:
    reset = answer.headers.get("x-ratelimit-reset", "")
    when = ""
    if re.fullmatch(r"[0-9]{1,11}", reset):
        when = f" It is lifted at {datetime.fromtimestamp(int(reset), UTC):%Y-%m-%d %H:%M:%S} UTC."
    return RunFailed(
        f"GitHub's rate limit was reached at {asked} (status {answer.status}).{when}",
        "Run this again later, or use a token of its own.",
    )


def _forbidden(request: Request, asked: str, answer: Answer) -> RunFailed:
    reason = said(answer)
    if "must authenticate via a github app" in reason.lower():
        return RunFailed(f"GitHub refused {asked}.", _FOR_CHECK_RUNS)
    if "not permitted to create or approve pull requests" in reason.lower():
        return RunFailed(
            "GitHub Actions may not create pull requests in this repository.", _PULL_REQUEST_SETTING
        )
    wanted = _accepted(answer) or _by_endpoint(request)
    hint = f"Give the token `{wanted}`: in a workflow, under `permissions:`." if wanted else _WHAT_TO_GIVE
    message = f"GitHub refused {asked} (status 403): {reason or 'no reason given'}."
    if _writes_a_ref(request):
        return BranchRefused(message, f"{hint} {_FOR_WORKFLOW_FILES}")
    return RunFailed(message, hint)


def _accepted(answer: Answer) -> str:
    """`issues=write; pull_requests=write` as a workflow writes it: `issues: write / pull-requests: write`."""
    header = answer.headers.get("x-accepted-github-permissions", "")
    if not re.fullmatch(r"[a-z_=,; ]{1,300}", header):
        return ""
    ways = []
    for way in header.split(";"):
        pairs = [pair.strip().partition("=") for pair in way.split(",") if "=" in pair]
        ways.append(", ".join(f"{name.replace('_', '-')}: {level}" for name, _, level in pairs))
    return " / ".join(way for way in ways if way)


def _by_endpoint(request: Request) -> str:
    level = "read" if request.method == "GET" else "write"
    for part, permission in _PERMISSIONS:
        if part in f"{request.path}/":
            return permission.format(level)
    return ""


def _not_found(asked: str, repository: str) -> RunFailed:
    return RunFailed(
        f"GitHub found nothing at {asked} (status 404).",
        f"Check that the repository {repository} exists, the token may access it, and the number or name.",
    )


def _failed(asked: str, answer: Answer) -> RunFailed:
    reason = said(answer)
    hint = "GitHub has trouble: see its status page and run this again." if answer.status >= 500 else ""
    return RunFailed(
        f"GitHub answered {asked} with status {answer.status}{': ' + reason if reason else ''}.", hint
    )
