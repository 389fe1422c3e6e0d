"""Read and write the ledger, which lives in GitHub deployments."""

from __future__ import annotations

from itertools import islice

from gitops_bot.commands.checks import apply_check, find, read_outcomes
from gitops_bot.core.errors import RunFailed
from gitops_bot.core.json_values import as_list, as_text
from gitops_bot.core.ledger import (
    TASK,
    Entry,
    EntryState,
    Ledger,
    ProjectOutcome,
    payload,
    read_converged,
    unpack_outcomes,
)
from gitops_bot.ports import CodeHost, Deployment, DeploymentState, DeploymentStatus

MAX_ENTRIES = 100
"""How far back a run looks for the last success. Beyond that it stops: to go on without one would
count every approval ever given."""

_ENDS = {
    DeploymentState.SUCCESS: EntryState.SUCCEEDED,
    DeploymentState.FAILURE: EntryState.FAILED,
    DeploymentState.ERROR: EntryState.FAILED,
}


def _entry(deployment: Deployment, statuses: tuple[DeploymentStatus, ...]) -> Entry:
    # A success marks older ones inactive: the history tells how each ended, the newest status does not.
    end = next((s for s in statuses if s.state in _ENDS), None)
    data = deployment.payload
    return Entry(
        deployment.id,
        deployment.commit,
        as_text(data.get("tree")),
        _ENDS[end.state] if end else EntryState.RUNNING,
        read_converged(end.description) if end else None,
        deployment.created_at,
        tuple(n for n in as_list(data.get("pull_requests")) if isinstance(n, int)),
        as_text(data.get("digest")),
        as_text(data.get("actor")),
        as_text(data.get("run")),
        as_text(data.get("overridden_by")),
    )


def read_ledger(host: CodeHost, environment: str) -> Ledger:
    """An environment's applies, newest first, back to the last success."""
    entries = []
    for deployment in islice(host.deployments(environment, TASK), MAX_ENTRIES):
        entry = _entry(deployment, host.deployment_statuses(deployment.id))
        entries.append(entry)
        if entry.state is EntryState.SUCCEEDED:
            break
    else:
        if len(entries) == MAX_ENTRIES:
            raise RunFailed(
                f"The last {MAX_ENTRIES} applies in {environment} failed; no success was found.",
                "Repair the environment, then delete the failed deployments of the task gitops-bot:apply.",
            )
    return Ledger(tuple(entries))


def read_project_outcomes(host: CodeHost, environment: str, entry: Entry | None) -> dict[str, ProjectOutcome]:
    """What an apply left for the next one, by project."""
    if entry is None:
        return {}
    check = find(host.check_runs(entry.commit), apply_check(environment))
    if check is None or check.external_id != f"deployment:{entry.id}":
        return {}
    return {o.project: o for o in unpack_outcomes(read_outcomes(check))}


def open_entry(host: CodeHost, environment: str, entry: Entry, run_url: str) -> Deployment:
    """Record that an apply starts. Nothing is applied before this has succeeded."""
    deployment = host.create_deployment(
        Deployment(0, environment, entry.commit, TASK, payload(entry), "", "gitops-bot apply")
    )
    host.add_deployment_status(deployment, DeploymentStatus(DeploymentState.IN_PROGRESS, "applying", run_url))
    return deployment


def close_entry(
    host: CodeHost, deployment: Deployment, succeeded: bool, description: str, run_url: str
) -> None:
    """Record how an apply ended."""
    state = DeploymentState.SUCCESS if succeeded else DeploymentState.FAILURE
    host.add_deployment_status(deployment, DeploymentStatus(state, description, run_url))


def was_applied(host: CodeHost, environment: str, tree: str) -> bool:
    """Whether content with this tree was ever applied successfully in an environment."""
    for deployment in islice(host.deployments(environment, TASK), 10 * MAX_ENTRIES):
        if as_text(deployment.payload.get("tree")) == tree:
            entry = _entry(deployment, host.deployment_statuses(deployment.id))
            if entry.state is EntryState.SUCCEEDED:
                return True
    return False
