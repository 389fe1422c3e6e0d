"""The report: a pure value with everything a reader may be shown, and nothing else."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from gitops_bot.core.closest import Closest
from gitops_bot.core.counts import Miscount
from gitops_bot.core.locks import StateLock
from gitops_bot.core.noise import Likely
from gitops_bot.core.parity import Parity
from gitops_bot.core.plan import Plan


class Severity(StrEnum):
    """Terraform's two kinds of diagnostics."""

    ERROR = "error"
    WARNING = "warning"


class Diagnostic(Struct, frozen=True):
    """One message of Terraform's. `line` counts from 1, 0 unknown.

    `file` is relative to the project as Terraform says it, to the repository's root in a report.
    """

    severity: Severity
    summary: str
    detail: str = ""
    file: str = ""
    line: int = 0
    address: str = ""


class Planned(Struct, frozen=True):
    """A plan with changes. `text` is Terraform's own rendering, "" when there is none."""

    plan: Plan
    text: str = ""


class NoChanges(Struct, frozen=True):
    """A plan that would change nothing."""

    plan: Plan


class PlanFailed(Struct, frozen=True):
    """Terraform ended in an error during `stage` (init, plan, show)."""

    stage: str
    diagnostics: tuple[Diagnostic, ...]


PlanOutcome: TypeAlias = Planned | NoChanges | PlanFailed


class ResourceState(StrEnum):
    """How far an apply got with one resource. IN_FLIGHT: it was being worked on when a signal came,
    and Terraform had not ended yet; once it has, there is none."""

    DONE = "done"
    FAILED = "failed"
    IN_FLIGHT = "in-flight"
    NOT_STARTED = "not-started"


class ResourceOutcome(Struct, frozen=True):
    """What an apply did with one resource. `action` is Terraform's word; `seconds` its duration."""

    address: str
    action: str
    state: ResourceState
    seconds: float = 0.0
    error: str = ""


class Applied(Struct, frozen=True):
    """The result of one project's `terraform apply`.

    `lock` is the lock on the state that kept it from starting. `miscount` is set where it succeeded
    and did something else than planned.
    """

    resources: tuple[ResourceOutcome, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    succeeded: bool = True
    converged: bool | None = None
    interrupted: bool = False
    lock: StateLock | None = None
    miscount: Miscount | None = None

    def count(self, state: ResourceState) -> int:
        """How many resources ended in `state`."""
        return sum(1 for r in self.resources if r.state is state)


class UncoveredChange(Struct, frozen=True):
    """A change of the fresh plan that no approval covers. `path` is "" or the changed path.

    `closest` is what was approved instead, None where that is not known. `noise` is what may mean nothing.
    """

    address: str
    kind: str
    path: str = ""
    closest: Closest | None = None
    noise: tuple[Likely, ...] = ()


class LeftOver(Struct, frozen=True):
    """A plan into an environment whose apply of `commit` did not finish, by addresses.

    `approved`: left over from it, and approved before. `new`: what this pull request brings. `gone`: it
    was left unfinished and is no longer planned.
    """

    commit: str
    approved: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


_FAILED_CHECK = "Check block assertion failed"


class ProjectReport(Struct, frozen=True):
    """One project's part of a report. `applied` is None where nothing was applied, `left_over` where
    the environment is not broken. `warnings` are those of a plan that was made. `parity` is None where the
    plan is compared with nothing that was applied below."""

    project: str
    dir: str
    plan: PlanOutcome
    applied: Applied | None = None
    uncovered: tuple[UncoveredChange, ...] = ()
    notices: tuple[str, ...] = ()
    left_over: LeftOver | None = None
    warnings: tuple[Diagnostic, ...] = ()
    parity: Parity | None = None

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All that Terraform said, of the plan and of the apply."""
        failed = self.plan.diagnostics if isinstance(self.plan, PlanFailed) else ()
        applied = self.applied.diagnostics if self.applied is not None else ()
        return (*failed, *applied, *self.warnings)

    def told_besides_checks(self, severity: Severity) -> tuple[Diagnostic, ...]:
        """The diagnostics of one severity without failed `check` blocks, which a plan lists itself."""
        said = (d for d in self.diagnostics if d.severity is severity)
        return tuple(d for d in said if isinstance(self.plan, PlanFailed) or d.summary != _FAILED_CHECK)


class Reason(StrEnum):
    """Why a run is blocked. Wording lives in the templates and in docs/reference/reasons.md."""

    SKIPS_ENVIRONMENT = "SKIPS_ENVIRONMENT"
    NOT_FROM_SOURCE = "NOT_FROM_SOURCE"
    NOT_APPLIED_BELOW = "NOT_APPLIED_BELOW"
    NOT_CONVERGED_BELOW = "NOT_CONVERGED_BELOW"
    SOAKING = "SOAKING"
    BROKEN_BELOW = "BROKEN_BELOW"
    DRIFTED_BELOW = "DRIFTED_BELOW"
    BEHIND_TARGET = "BEHIND_TARGET"
    PARTIAL_PROMOTION = "PARTIAL_PROMOTION"
    OLDER_BELOW = "OLDER_BELOW"
    NOT_APPROVED = "NOT_APPROVED"
    NO_APPROVAL = "NO_APPROVAL"
    REVIEWS_MISSING = "REVIEWS_MISSING"
    TOOL_CHANGED = "TOOL_CHANGED"
    LOCK_FILE_CHANGED = "LOCK_FILE_CHANGED"
    STATE_REPLACED = "STATE_REPLACED"
    BRANCH_REWRITTEN = "BRANCH_REWRITTEN"
    LEDGER_UNPROVEN = "LEDGER_UNPROVEN"
    APPROVER_NOT_LISTED = "APPROVER_NOT_LISTED"
    APPROVED_ANOTHER_PLAN = "APPROVED_ANOTHER_PLAN"
    PLAN_FAILED = "PLAN_FAILED"
    PROTECTED = "PROTECTED"
    TOO_MANY_DESTROYS = "TOO_MANY_DESTROYS"
    FROZEN = "FROZEN"


class BlockReason(Struct, frozen=True):
    """One reason with its facts, as pairs of a fixed name and a value (hostile: may be PR content)."""

    reason: Reason
    facts: tuple[tuple[str, str], ...] = ()

    def fact(self, name: str) -> str:
        """The fact of that name, or an empty text."""
        return dict(self.facts).get(name, "")


class Note(StrEnum):
    """What a reader of a verdict should know besides. It blocks nothing.

    UNUSED_BELOW: files that the environment below never reads, proven by nothing. IGNORED: files left out by
    `promotion.ignore`. HOTFIX_ASKED: the label is there, an approval that counts is not. HOTFIX_NOT_BELOW: a
    hotfix's back-flow is not merged everywhere below yet.
    """

    UNUSED_BELOW = "UNUSED_BELOW"
    IGNORED = "IGNORED"
    HOTFIX_ASKED = "HOTFIX_ASKED"
    HOTFIX_NOT_BELOW = "HOTFIX_NOT_BELOW"


class VerdictNote(Struct, frozen=True):
    """One note with its facts, as those of a reason."""

    note: Note
    facts: tuple[tuple[str, str], ...] = ()

    def fact(self, name: str) -> str:
        """The fact of that name, or an empty text."""
        return dict(self.facts).get(name, "")


class Proven(StrEnum):
    """How an allowed content is proven.

    LOWEST: nothing is below. EXACT: it is what is applied below. PARTIAL: every file it changes is. OLDER: it
    was applied below before what is now. UNCHANGED: it changes no file. HOTFIX: people named for it let it
    through. BACKFLOW: it brings down what a hotfix put into a higher environment.
    """

    LOWEST = "lowest"
    EXACT = "exact"
    PARTIAL = "partial"
    OLDER = "older"
    UNCHANGED = "unchanged"
    HOTFIX = "hotfix"
    BACKFLOW = "backflow"


class Allowed(Struct, frozen=True):
    """The promotion order permits it. `below` is empty for the lowest environment; `commit` is the one that
    was applied there. `by` are the logins that let a hotfix through, `instead_of` the reasons it passed."""

    below: str = ""
    commit: str = ""
    proven: Proven = Proven.LOWEST
    notes: tuple[VerdictNote, ...] = ()
    by: tuple[str, ...] = ()
    instead_of: tuple[BlockReason, ...] = ()


class Blocked(Struct, frozen=True):
    """Not permitted, with every reason at once."""

    reasons: tuple[BlockReason, ...]
    notes: tuple[VerdictNote, ...] = ()


Verdict: TypeAlias = Allowed | Blocked


class RunStatus(StrEnum):
    """How a run stands; also the `result` output of the action."""

    PLANNED = "planned"
    NO_CHANGES = "no-changes"
    APPLIED = "applied"
    PARTLY_APPLIED = "partly-applied"
    BLOCKED = "blocked"
    FAILED = "failed"
    CLOSED = "closed"
    SUPERSEDED = "superseded"
    BASELINE = "baseline"
    PROMOTED = "promoted"
    RECONCILED = "reconciled"
    UNLOCKED = "unlocked"
    DISPATCHED = "dispatched"
    IGNORED = "ignored"


class Links(Struct, frozen=True):
    """Addresses a reader may follow; "" where there is none. `report` leads to the complete report."""

    run: str = ""
    commit: str = ""
    pull_request: str = ""
    report: str = ""


class Report(Struct, frozen=True):
    """Everything one run has to say about one environment.

    `commit` is the full hash of the judged commit ("" locally); `verdict` is None where the
    promotion order was not asked; `pull_requests` are the numbers an apply covered. `applying` says
    that the run was to apply, whether or not it came to that. `protect` and `stateful` are the
    environment's patterns of what must not be lost (core/risk.py).
    """

    environment: str
    status: RunStatus
    projects: tuple[ProjectReport, ...] = ()
    verdict: Verdict | None = None
    commit: str = ""
    links: Links = Links()
    pull_requests: tuple[int, ...] = ()
    notices: tuple[str, ...] = ()
    message: str = ""
    applying: bool = False
    protect: tuple[str, ...] = ()
    stateful: tuple[str, ...] = ()
