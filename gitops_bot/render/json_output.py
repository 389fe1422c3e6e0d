"""A plan or a report as JSON for other programs: names, actions and counts, never values."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import TypeAlias

from gitops_bot.core.counts import Counts
from gitops_bot.core.json_values import path_text
from gitops_bot.core.locks import StateLock
from gitops_bot.core.parity import Parity
from gitops_bot.core.plan import Check, OutputChange, Plan, ResourceChange
from gitops_bot.core.report import (
    Allowed,
    Applied,
    Blocked,
    BlockReason,
    Diagnostic,
    PlanFailed,
    ProjectReport,
    Report,
    RunStatus,
    UncoveredChange,
    Verdict,
)
from gitops_bot.core.risk import mark_of
from gitops_bot.render.pieces import plan_of
from gitops_bot.render.redact import Redactor

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"
_Clean: TypeAlias = Callable[[str], str]
_COUNTS = ("create", "update", "replace", "delete", "import", "move", "forget", "read", "outputs", "drift")


def _summary(plans: list[Plan]) -> dict[str, Value]:
    totals: Counter[str] = Counter()
    for plan in plans:
        totals.update(plan.summary())
    summary: dict[str, Value] = {key: totals[key] for key in _COUNTS}
    if totals["unknown"]:
        summary["unknown"] = totals["unknown"]
    return summary


def _resource(change: ResourceChange, clean: _Clean, report: Report) -> dict[str, Value]:
    entry: dict[str, Value] = {
        "address": clean(change.address),
        "action": change.kind.value,
        "actions": [clean(action) for action in change.actions],
        "type": clean(change.type),
        "mode": clean(change.mode),
        "module": clean(change.module),
    }
    if change.previous_address:
        entry["previous_address"] = clean(change.previous_address)
    if change.action_reason:
        entry["reason"] = clean(change.action_reason)
    if change.replace_paths:
        entry["replace_paths"] = [clean(path_text(path)) for path in change.replace_paths]
    if change.importing:
        entry["importing"] = True
    if change.deposed:
        entry["deposed"] = clean(change.deposed)
    if mark := mark_of(change, report.protect, report.stateful):
        entry["mark"] = mark.value
    if change.unknown_keys:
        entry["unknown_keys"] = [clean(key) for key in change.unknown_keys]
    return entry


def _output(output: OutputChange, clean: _Clean) -> dict[str, Value]:
    action = output.actions[0] if len(output.actions) == 1 else "unknown"
    return {
        "name": clean(output.name),
        "action": clean(action),
        "actions": [clean(action) for action in output.actions],
        "sensitive": output.sensitive,
    }


def _check(check: Check, clean: _Clean) -> Value:
    return {
        "address": clean(check.address),
        "kind": clean(check.kind),
        "status": clean(check.status),
        "problems": [clean(problem) for problem in check.problems],
    }


def _plan(plan: Plan, clean: _Clean, report: Report) -> dict[str, Value]:
    found: dict[str, Value] = {
        "summary": _summary([plan]),
        "resources": [_resource(c, clean, report) for c in plan.changes],
        "outputs": [_output(o, clean) for o in plan.changed_outputs],
        "drift": [{"address": clean(c.address), "action": c.kind.value} for c in plan.drift],
    }
    if plan.checks:
        found["checks"] = [_check(check, clean) for check in plan.checks]
    if plan.deferred:
        found["deferred"] = [
            {**_resource(d.change, clean, report), "deferred_reason": clean(d.reason)} for d in plan.deferred
        ]
    if plan.unknown_keys:
        found["unknown_keys"] = [clean(key) for key in plan.unknown_keys]
    if not plan.complete:
        found["complete"] = False
    if plan.errored:
        found["errored"] = True
    return found


def _diagnostic(said: Diagnostic, clean: _Clean) -> Value:
    return {
        "severity": said.severity.value,
        "summary": clean(said.summary),
        "detail": clean(said.detail),
        "file": clean(said.file),
        "line": said.line,
        "address": clean(said.address),
    }


def _counts(counts: Counts) -> Value:
    return {
        "add": counts.add,
        "change": counts.change,
        "remove": counts.remove,
        "import": counts.imported,
    }


def _lock(lock: StateLock, clean: _Clean) -> Value:
    return {
        "id": clean(lock.id),
        "path": clean(lock.path),
        "operation": clean(lock.operation),
        "who": clean(lock.who),
        "version": clean(lock.version),
        "created": clean(lock.created),
    }


def _applied(applied: Applied, clean: _Clean) -> Value:
    found: dict[str, Value] = {
        "succeeded": applied.succeeded,
        "converged": applied.converged,
        "interrupted": applied.interrupted,
        "resources": [
            {
                "address": clean(r.address),
                "action": clean(r.action),
                "state": r.state.value,
                "seconds": r.seconds,
            }
            for r in applied.resources
        ],
        "diagnostics": [_diagnostic(d, clean) for d in applied.diagnostics],
    }
    if applied.miscount is not None:
        found["planned_counts"] = _counts(applied.miscount.planned)
        found["applied_counts"] = _counts(applied.miscount.applied)
    if applied.lock is not None:
        found["lock"] = _lock(applied.lock, clean)
    return found


def _project(project: ProjectReport, clean: _Clean, report: Report) -> dict[str, Value]:
    plan = plan_of(project)
    found: dict[str, Value] = (
        _plan(plan, clean, report)
        if plan
        else {"summary": _summary([]), "resources": [], "outputs": [], "drift": []}
    )
    found |= {"project": clean(project.project), "dir": clean(project.dir)}
    if isinstance(project.plan, PlanFailed):
        found["failed"] = {
            "stage": clean(project.plan.stage),
            "diagnostics": [_diagnostic(d, clean) for d in project.plan.diagnostics],
        }
    if project.applied is not None:
        found["applied"] = _applied(project.applied, clean)
    if project.warnings:
        found["warnings"] = [_diagnostic(said, clean) for said in project.warnings]
    if project.uncovered:
        found["uncovered"] = [_uncovered(u, clean) for u in project.uncovered]
    if project.parity is not None:
        found["parity"] = _parity(project.parity, clean)
    return found


def _parity(parity: Parity, clean: _Clean) -> Value:
    return {
        "below": clean(parity.below),
        "known": parity.known,
        "same": parity.same,
        "pairs": [
            {
                "address": clean(pair.address),
                "beside": pair.beside.value,
                "here": clean(pair.here),
                "below": clean(pair.below),
                "dangerous": pair.dangerous,
            }
            for pair in parity.pairs
        ],
    }


def _uncovered(change: UncoveredChange, clean: _Clean) -> Value:
    entry: dict[str, Value] = {
        "address": clean(change.address),
        "kind": clean(change.kind),
        "path": clean(change.path),
    }
    if change.closest is not None:
        entry["closest"] = {
            "difference": change.closest.difference.value,
            "pull_request": change.closest.pull_request,
            "attributes": [clean(name) for name in change.closest.attributes],
            "kinds": [clean(kind) for kind in change.closest.kinds],
        }
    if change.noise:
        entry["noise"] = [{"noise": n.noise.value, "pattern": clean(n.pattern)} for n in change.noise]
    return entry


def _verdict(verdict: Verdict, clean: _Clean) -> Value:
    notes: list[Value] = [{"note": n.note.value, "facts": _facts(n.facts, clean)} for n in verdict.notes]
    match verdict:
        case Allowed():
            return {
                "allowed": True,
                "below": clean(verdict.below),
                "commit": clean(verdict.commit),
                "proven": verdict.proven.value,
                "by": [clean(login) for login in verdict.by],
                "instead_of": _reasons(verdict.instead_of, clean),
                "notes": notes,
            }
        case Blocked(reasons=reasons):
            return {"allowed": False, "reasons": _reasons(reasons, clean), "notes": notes}


def _reasons(reasons: tuple[BlockReason, ...], clean: _Clean) -> Value:
    return [{"reason": r.reason.value, "facts": _facts(r.facts, clean)} for r in reasons]


def _facts(facts: tuple[tuple[str, str], ...], clean: _Clean) -> dict[str, Value]:
    return {name: clean(fact) for name, fact in facts}


def _report(report: Report, clean: _Clean) -> dict[str, Value]:
    found: dict[str, Value] = {
        "environment": clean(report.environment),
        "status": report.status.value,
        "commit": clean(report.commit),
    }
    if report.verdict is not None:
        found["verdict"] = _verdict(report.verdict, clean)
    if report.pull_requests:
        found["pull_requests"] = list(report.pull_requests)
    if report.message:
        found["message"] = clean(report.message)
    if report.links.run:
        found["run"] = clean(report.links.run)
    if len(report.projects) == 1:
        return {**_project(report.projects[0], clean, report), **found}
    plans = [plan for plan in map(plan_of, report.projects) if plan is not None]
    projects: list[Value] = [_project(p, clean, report) for p in report.projects]
    return {"summary": _summary(plans), "projects": projects, **found}


def render_json(
    subject: Report | Plan,
    *,
    environment: str = "",
    status: str = "",
    redactor: Redactor | None = None,
) -> str:
    """The report, or a bare plan, as one JSON object; ASCII only, with a newline at the end.

    With one project its `summary`, `resources`, `outputs` and `drift` are at the top level, with
    several they are in `projects` and `summary` is their sum. `environment` and `status` are added
    to a bare plan.
    """
    if isinstance(subject, Plan):
        clean = (redactor or Redactor()).with_plans([subject])
        found = _plan(subject, clean, Report(environment, RunStatus.PLANNED))
        found |= {k: v for k, v in (("environment", environment), ("status", status)) if v}
    else:
        plans = [plan for plan in map(plan_of, subject.projects) if plan is not None]
        found = _report(subject, (redactor or Redactor()).with_plans(plans))
    return json.dumps(found, indent=2) + "\n"
