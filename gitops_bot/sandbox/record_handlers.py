"""HTTP handlers for check runs, statuses, deployments, dispatches and people."""

from __future__ import annotations

from base64 import b64decode

from gitops_bot.sandbox import bodies
from gitops_bot.sandbox.calls import Call, Page, Reply
from gitops_bot.sandbox.records import Check, Deploy, DeployStatus, Json
from gitops_bot.sandbox.refusals import Refused, not_found

_CLASSIFIERS = ("ABUSE", "DUPLICATE", "OFF_TOPIC", "OUTDATED", "RESOLVED", "SPAM")
"""https://docs.github.com/en/graphql/reference/enums#reportedcontentclassifiers"""


def get_user(call: Call) -> Reply:
    """GET /user, which installation tokens may not ask for."""
    if call.actor.is_app:
        raise Refused(403, "Resource not accessible by integration")
    return Reply(bodies.own_user(call.hub.site, call.actor.login))


def graphql(call: Call) -> Reply:
    """POST /graphql: only `viewer { login }`, and minimizeComment with its input as a variable."""
    query = call.required("query")
    if "minimizeComment" in query:
        return _minimize(call)
    if "viewer" in query:
        return Reply({"data": {"viewer": {"login": call.actor.login}}})
    return _graphql_refusal("UNKNOWN", "The sandbox does not know this query")


def _minimize(call: Call) -> Reply:
    given = (call.body.get("variables") or {}).get("input") or {}
    subject, reason = given.get("subjectId"), given.get("classifier")
    if reason not in _CLASSIFIERS or not isinstance(subject, str):
        return _graphql_refusal("INVALID", "MinimizeCommentInput! was provided invalid value")
    number = _comment_number(subject)
    if not number:
        return _graphql_refusal("NOT_FOUND", f"Could not resolve to a node with the global id of '{subject}'")
    if not any(call.actor.may(permission, "write") for permission in ("issues", "pull_requests")):
        return _graphql_refusal("FORBIDDEN", "Resource not accessible by integration")
    call.hub.comments.minimize(number, reason.lower())
    return Reply({"data": {"minimizeComment": {"minimizedComment": {"isMinimized": True}}}})


def _graphql_refusal(kind: str, message: str) -> Reply:
    """GraphQL's refusals are answered with status 200."""
    return Reply({"data": None, "errors": [{"type": kind, "message": message}]})


def _comment_number(subject: str) -> int:
    try:
        kind, number = b64decode(subject, validate=True).decode().split(":")
    except ValueError:
        return 0
    return int(number) if kind == "IssueComment" else 0


def get_repository(call: Call) -> Reply:
    """GET /repos/{owner}/{repo}."""
    return Reply(bodies.repository(call.hub.site))


def _check_body(call: Call, check: Check) -> Json:
    pulls = [pull for pull in call.hub.pulls() if pull.state == "open" and pull.head_sha == check.sha]
    return bodies.check_run(call.hub.site, check, pulls)


def list_check_runs(call: Call) -> Page:
    """GET /commits/{ref}/check-runs."""
    query = call.query
    latest = query.get("filter", "latest") == "latest"
    runs = call.hub.checks.of(call.sha(call.path["ref"]), name=query.get("check_name", ""), latest=latest)
    kept = [run for run in runs if query.get("status", run.status) == run.status]
    return Page(kept, lambda run: _check_body(call, run), "check_runs")


def get_check_run(call: Call) -> Reply:
    """GET /check-runs/{id}."""
    return Reply(_check_body(call, call.hub.checks.get(call.path["id"])))


def _require_app(call: Call) -> None:
    if not call.actor.is_app:
        raise Refused(403, "You must authenticate via a GitHub App.")


def create_check_run(call: Call) -> Reply:
    """POST /check-runs."""
    _require_app(call)
    sha = call.sha(call.required("head_sha"))
    return Reply(_check_body(call, call.hub.checks.add(sha, call.body, call.actor.login)), 201)


def edit_check_run(call: Call) -> Reply:
    """PATCH /check-runs/{id}."""
    _require_app(call)
    return Reply(_check_body(call, call.hub.checks.edit(call.path["id"], call.body, call.actor.login)))


def list_annotations(call: Call) -> Page:
    """GET /check-runs/{id}/annotations."""
    check = call.hub.checks.get(call.path["id"])
    return Page(check.annotations, lambda given: bodies.annotation(call.hub.site, check, given))


def create_status(call: Call) -> Reply:
    """POST /statuses/{sha}."""
    status = call.hub.checks.add_status(call.sha(call.path["ref"]), call.body, call.actor.login)
    return Reply(bodies.commit_status(call.hub.site, status), 201)


def get_combined_status(call: Call) -> Reply:
    """GET /commits/{ref}/status."""
    sha, checks = call.sha(call.path["ref"]), call.hub.checks
    state = checks.combined_state(sha)
    return Reply(bodies.combined_status(call.hub.site, sha, state, checks.statuses(sha)))


def list_deployments(call: Call) -> Page:
    """GET /deployments, newest first."""
    wanted = {name: call.query[name] for name in ("environment", "task", "sha", "ref") if name in call.query}
    found = [
        record
        for record in call.hub.deployments.newest_first()
        if all(getattr(record, name) == value for name, value in wanted.items())
    ]

    def render(record: Deploy) -> Json:
        return bodies.deployment(call.hub.site, record)

    return Page(found, render)


def create_deployment(call: Call) -> Reply:
    """POST /deployments."""
    ref = call.required("ref")
    sha = call.hub.store.resolve(ref)
    if sha is None:
        raise Refused(422, f"No ref found for: {ref}")
    contexts = call.body.get("required_contexts")
    present = {status.context for status in call.hub.checks.statuses(sha)}
    present |= {run.name for run in call.hub.checks.of(sha)}
    failed = [
        {"contexts": name, "state": "pending"}
        for name in sorted(present if contexts is None else contexts)
        if call.hub.checks.outcome(sha, name) != "passed"
    ]
    if failed:
        errors: Json = {"contexts": failed, "resource": "Deployment", "field": "required_contexts", "code": "invalid"}  # fmt: skip # noqa: E501
        raise Refused(409, f"Conflict: Commit status checks failed for {ref}.", (errors,))
    record = call.hub.deployments.add(sha, call.body, call.actor.login)
    return Reply(bodies.deployment(call.hub.site, record), 201)


def get_deployment(call: Call) -> Reply:
    """GET /deployments/{id}."""
    return Reply(bodies.deployment(call.hub.site, call.hub.deployments.get(call.path["id"])))


def list_deployment_statuses(call: Call) -> Page:
    """GET /deployments/{id}/statuses, newest first."""
    record = call.hub.deployments.get(call.path["id"])

    def render(status: DeployStatus) -> Json:
        return bodies.deployment_status(call.hub.site, record, status)

    return Page(record.statuses, render)


def create_deployment_status(call: Call) -> Reply:
    """POST /deployments/{id}/statuses."""
    deployments = call.hub.deployments
    status = deployments.add_status(call.path["id"], call.body, call.actor.login)
    return Reply(bodies.deployment_status(call.hub.site, deployments.get(call.path["id"]), status), 201)


def dispatch_workflow(call: Call) -> Reply:
    """POST /actions/workflows/{workflow}/dispatches."""
    inputs = call.body.get("inputs") or {}
    if not call.path["workflow"].endswith((".yml", ".yaml")):
        raise not_found()
    call.hub.dispatch(call.path["workflow"], call.required("ref"), inputs, call.actor)
    return Reply(None, 204)


def get_workflow_run(call: Call) -> Reply:
    """GET /actions/runs/{id}/attempts/{n}."""
    return Reply(bodies.workflow_run(call.hub.site, call.hub.runs.get(call.path["id"], call.path["attempt"])))


def list_workflow_runs(call: Call) -> Page:
    """GET /actions/workflows/{workflow}/runs, newest first, each with its latest attempt."""
    wanted = {name: call.query[name] for name in ("event", "head_sha") if name in call.query}
    found = [
        run
        for run in call.hub.runs.latest()
        if f"{run.name}.yml" == call.path["workflow"]
        and {"event": run.event, "head_sha": run.sha}.items() >= wanted.items()
    ]
    return Page(found, lambda run: bodies.workflow_run(call.hub.site, run), "workflow_runs")


def rerun(call: Call) -> Reply:
    """POST /actions/runs/{id}/rerun."""
    call.hub.runs.rerun(call.path["id"])
    return Reply({}, 201)


def list_branch_rules(call: Call) -> Page:
    """GET /rules/branches/{branch}: those of its rulesets."""
    found = call.hub.rulesets.get(call.path["branch"], [])
    return Page(found, lambda rule: {**rule, **bodies.ruleset(call.hub.site)})


def list_environments(call: Call) -> Page:
    """GET /environments."""
    return Page(call.hub.gates, lambda gate: bodies.environment(call.hub.site, gate), "environments")


def list_branch_policies(call: Call) -> Page:
    """GET /environments/{name}/deployment-branch-policies."""
    found = next((gate for gate in call.hub.gates if gate.name == call.path["name"]), None)
    if found is None or found.branches is None:
        raise not_found()
    policies = [*(("branch", name) for name in found.branches), *(("tag", name) for name in found.tags)]
    return Page(policies, lambda policy: bodies.branch_policy(*policy), "branch_policies")


def get_review_protection(call: Call) -> Reply:
    """GET /branches/{branch}/protection/required_pull_request_reviews."""
    branch = call.path["branch"]
    count = call.hub.required_reviews.get(branch)
    if count is None:
        raise not_found()
    return Reply(bodies.review_protection(call.hub.site, branch, count))


def get_workflow_permissions(call: Call) -> Reply:
    """GET /actions/permissions/workflow."""
    may = call.hub.actions_may_open_pull_requests
    default = call.hub.default_workflow_permissions
    return Reply({"default_workflow_permissions": default, "can_approve_pull_request_reviews": may})


def get_fork_approval(call: Call) -> Reply:
    """GET /actions/permissions/fork-pr-contributor-approval."""
    return Reply({"approval_policy": call.hub.fork_approval})
