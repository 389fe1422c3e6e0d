"""What was approved since the last apply, and how a fresh plan compares with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice

from msgspec import Struct
from msgspec.structs import replace

from gitops_bot.commands.checks import find, plan_check, read_approval
from gitops_bot.commands.effects import Effects
from gitops_bot.commands.project_plans import ProjectPlan
from gitops_bot.commands.provenance import Judged, Provenance, provenance_of
from gitops_bot.commands.reviews import missing_reviews
from gitops_bot.core.approval import Approval
from gitops_bot.core.closest import Explainer
from gitops_bot.core.coverage import Coverage, cover
from gitops_bot.core.ledger import Ledger
from gitops_bot.core.noise import likely_noise
from gitops_bot.core.provenance import ProvenanceMode
from gitops_bot.core.records import Change
from gitops_bot.core.report import BlockReason, ProjectReport, Reason, UncoveredChange
from gitops_bot.ports import CheckRun, PullRequest

MAX_PULL_REQUESTS = 200
"""How many merged pull requests are looked through for those since the last apply."""
MAX_EXPLAINED = 500
"""How many uncovered changes are compared with every approval; no comment shows more."""


class Merged(Struct, frozen=True):
    """The pull requests merged since the last apply, with what was approved for them.

    `on_trust` are the numbers of those whose approval counts although nothing proves which run made it.
    `plan_checks` are the checks that were looked at, one for each pull request, None for one without.
    """

    pull_requests: tuple[PullRequest, ...]
    approvals: tuple[Approval, ...]
    reasons: tuple[BlockReason, ...]
    on_trust: tuple[int, ...] = ()
    plan_checks: tuple[CheckRun | None, ...] = ()

    @property
    def notice(self) -> str:
        """What a reader should know of it, "" for nothing."""
        numbers = ", ".join(f"#{n}" for n in self.on_trust)
        return f"Nothing proves which run approved {numbers} (approval.provenance)." if numbers else ""


def merged_in(branch: str, commits: tuple[str, ...], effects: Effects) -> tuple[PullRequest, ...]:
    """The pull requests whose merges are among these commits, newest first.

    Ancestry decides which merges count, never a time (D2).
    """
    places = {commit: index for index, commit in enumerate(commits)}
    candidates = islice(effects.host.merged_pull_requests(branch), MAX_PULL_REQUESTS)
    found = (p for p in candidates if p.merge_commit in places)
    return tuple(sorted(found, key=lambda p: places[p.merge_commit]))


def judge_merged(judged: Judged, found: tuple[PullRequest, ...], effects: Effects) -> Merged:
    """What was approved for these pull requests, and what speaks against them."""
    approvals, reasons, on_trust = [], list[BlockReason](), []
    checks = [_plan_check(pull, judged, effects) for pull in found]
    permission = cache(effects.host.permission)
    for pull, check in zip(found, checks, strict=True):
        number = ("pull_request", str(pull.number))
        approval, provenance = _approval(check, pull, judged, effects)
        if approval is None:
            reasons.append(BlockReason(Reason.NO_APPROVAL, (number, ("detail", provenance.problem))))
            continue
        if provenance.on_trust:
            on_trust.append(pull.number)
        # It stays among the approvals: what lacks is not a plan that showed the changes, but people.
        if missing := missing_reviews(approval, provenance, pull, judged, effects, permission):
            reasons.append(missing)
        approvals.append(approval)
    return Merged(found, tuple(approvals), tuple(reasons), tuple(on_trust), tuple(checks))


def _plan_check(pull: PullRequest, judged: Judged, effects: Effects) -> CheckRun | None:
    """The plan check of the pull request's last commit that counts: the newest.

    Where proofs are required, it is the newest that has one: anybody can write a check run of that name, and
    a merged pull request could not be planned again.
    """
    name = plan_check(judged.environment.name)
    if judged.settings.approval.provenance is not ProvenanceMode.REQUIRED:
        return find(effects.host.check_runs(pull.head), name)
    checks = effects.host.check_runs_named(pull.head, name)
    proven = (c for c in checks if _approval(c, pull, judged, effects)[0] is not None)
    return next(proven, checks[0] if checks else None)


def _approval(
    check: CheckRun | None, pull: PullRequest, judged: Judged, effects: Effects
) -> tuple[Approval | None, Provenance]:
    """The approval that counts and what is known of its run, or None and the problem."""
    if check is None:
        return None, Provenance("It was never planned at its last commit.")
    approval = read_approval(check, judged.environment.name, pull.number)
    if isinstance(approval, str):
        return None, Provenance(approval)
    provenance = provenance_of(check, approval, pull, judged, effects)
    return (None if provenance.problem else approval), provenance


def coverage_of(item: ProjectPlan, merged: Merged, ledger: Ledger) -> Coverage:
    """Compare one project's fresh plan with what was approved since the last success in the ledger."""
    if item.made is None or item.plan is None:
        return Coverage()
    approvals = [p for a in merged.approvals if (p := a.project(item.project.name)) is not None]
    fresh = item.fresh(item.made, item.plan)
    last, failed = ledger.project(item.project.name), ledger.unfinished(item.project.name)
    if failed is None:
        failed = frozenset(c.address for c in fresh.changes)
    created = frozenset(last.created_keys) if last else frozenset()
    if item.project.name in ledger.new_states:
        created |= {fresh.key.id}
    return cover(
        fresh,
        approvals,
        failed=failed,
        created_by_us=created,
        applied_with=frozenset({(last.terraform_version, last.lock_digest)}) if last else frozenset(),
    )


def compared_report(item: ProjectPlan, coverage: Coverage, merged: Merged, effects: Effects) -> ProjectReport:
    """The project's part of the report, with what nobody approved and what that comes close to."""
    report = item.report()
    notices = report.notices
    if coverage.sensitive_skipped:
        notices += ("Sensitive values could not be compared: the approval was made before a state existed.",)
    explained = tuple(_explained(item, coverage.uncovered[:MAX_EXPLAINED], merged, effects))
    rest = (UncoveredChange(c.address, c.kind, c.path_text) for c in coverage.uncovered[MAX_EXPLAINED:])
    return replace(report, uncovered=(*explained, *rest), notices=notices)


def _explained(
    item: ProjectPlan, changes: Sequence[Change], merged: Merged, effects: Effects
) -> Iterator[UncoveredChange]:
    if item.made is None or item.plan is None or not changes:
        return
    approvals = ((a.pull_request, a.project(item.project.name)) for a in merged.approvals)
    named = [(number, approval) for number, approval in approvals if approval is not None]
    explainer = Explainer(named, item.fresh(item.made, item.plan))
    root, now = str(effects.tree.root.resolve()), effects.clock()
    for change in changes:
        closest = explainer.explain(change)
        noise = likely_noise(change, item.plan, closest, root, now)
        yield UncoveredChange(change.address, change.kind, change.path_text, closest, noise)


def coverage_reasons(item: ProjectPlan, coverage: Coverage) -> list[BlockReason]:
    """Why a project may not be applied; empty when everything is covered."""
    project = ("project", item.project.name)
    reasons = []
    facts: tuple[tuple[str, str], ...]
    if coverage.uncovered:
        facts = (project, ("count", str(len(coverage.uncovered))))
        reasons.append(BlockReason(Reason.NOT_APPROVED, facts))
    if coverage.terraform_versions:
        actual = item.plan.terraform_version if item.plan else ""
        facts = (project, ("expected", ", ".join(coverage.terraform_versions)), ("actual", actual))
        reasons.append(BlockReason(Reason.TOOL_CHANGED, facts))
    if coverage.lock_file_changed:
        reasons.append(BlockReason(Reason.LOCK_FILE_CHANGED, (project,)))
    if coverage.state_replaced:
        reasons.append(BlockReason(Reason.STATE_REPLACED, (project,)))
    return reasons
