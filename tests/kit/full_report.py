"""A report with something in every field: what a hostile text can be put into."""

from __future__ import annotations

from itertools import cycle
from typing import Any

from msgspec.structs import replace

from gitops_bot.core.closest import Closest, Difference
from gitops_bot.core.counts import Counts, Miscount
from gitops_bot.core.locks import StateLock
from gitops_bot.core.noise import Likely, Noise
from gitops_bot.core.parity import Beside, Pair, Parity
from gitops_bot.core.plan import ChangeKind, Check, Deferred, OutputChange, Plan, ResourceChange
from gitops_bot.core.report import (
    Allowed,
    Applied,
    Blocked,
    BlockReason,
    Diagnostic,
    LeftOver,
    Links,
    NoChanges,
    Note,
    PlanFailed,
    Planned,
    ProjectReport,
    Proven,
    Reason,
    Report,
    ResourceOutcome,
    ResourceState,
    RunStatus,
    Severity,
    UncoveredChange,
    VerdictNote,
)

ACTIONS = (
    ("delete",),
    ("delete", "create"),
    ("create", "delete"),
    ("update",),
    ("create",),
    ("read",),
    ("forget",),
    ("juggle", "twice"),
    ("no-op",),
)
FACTS = (
    *("environment", "source", "below", "expected", "actual", "commit", "pull_request", "files", "actor"),
    *("project", "addresses", "count", "limit", "until", "reason", "needed", "given", "detail"),
    *("soak", "ended", "older", "at", "state", "by", "hotfix", "pull_requests", "environments"),
)
"""The names of facts that the sentence of some reason or note has a use for."""
_ENDINGS = {
    ChangeKind.CREATE: ("will be created", "+"),
    ChangeKind.READ: ("will be read during apply", "<="),
    ChangeKind.UPDATE: ("will be updated in-place", "~"),
    ChangeKind.REPLACE: ("must be replaced", "-/+"),
    ChangeKind.DELETE: ("will be destroyed", "-"),
    ChangeKind.IMPORT: ("will be imported", " "),
    ChangeKind.FORGET: ("will no longer be managed by Terraform, but will not be destroyed", "."),
    ChangeKind.UNKNOWN: ("will be juggled", " "),
}


def change(actions: tuple[str, ...], number: int = 0, **members: Any) -> ResourceChange:
    """A change with something in every field that any change can have."""
    found = ResourceChange(
        address=f"module.a.aws_thing.n{number}",
        actions=actions,
        type="aws_thing",
        name=f"n{number}",
        module="module.a",
        provider="registry.terraform.io/hashicorp/aws",
        before={"name": "old", "tags": {"key": "was"}, "list": ["one"], "secret": "s3cr3t!"},
        after={"name": "new", "tags": {"key": "is"}, "list": ["two"], "secret": "s3cr3t?"},
        after_unknown={"id": True},
        before_sensitive={"secret": True},
        after_sensitive={"secret": True},
        replace_paths=(("name",), ("tags", "key")),
        action_reason="replace_by_request",
    )
    if actions in (("create",), ("read",)):
        return replace(found, before=None, before_sensitive=None, **members)
    if actions in (("delete",), ("forget",)):
        return replace(found, after=None, after_sensitive=None, after_unknown=None, **members)
    return replace(found, **members)


CHANGES = (
    *(change(actions, number) for number, actions in enumerate(ACTIONS)),
    change(("delete",), 20, deposed="0badc0de", action_reason="delete_because_no_resource_config"),
    change(("update",), 26, unknown_keys=("new_member",)),
    change(("no-op",), 21, previous_address="module.a.aws_thing.before"),
    change(("update",), 22, previous_address="module.a.aws_thing.before2"),
    change(("no-op",), 23, importing=True, import_id="i-0123"),
    change(("update",), 24, importing=True, import_id="i-0124", import_identity={"account": "one"}),
    change(("read",), 25, mode="data", address="data.aws_thing.n25"),
    *(
        change(("create",), 30 + n, address=f'aws_thing.many["{key}"]', name="many")
        for n, key in enumerate("ab")
    ),
)


def plan(changes: tuple[ResourceChange, ...] = CHANGES) -> Plan:
    """A plan of the changes, with all else a plan can have."""
    return Plan(
        changes,
        outputs=(
            OutputChange("added", ("create",), after="value"),
            OutputChange("changed", ("update",), before={"key": ["was"]}, after={"key": ["is"]}),
            OutputChange("removed", ("delete",), before="value"),
            OutputChange("hidden", ("update",), before="s3cr3t1", after="s3cr3t2", sensitive=True),
            OutputChange("juggled", ("juggle",), after="value", revealed=True),
        ),
        drift=(change(("update",), 40), change(("delete",), 41)),
        terraform_version="1.11.4",
        format_version="1.2",
        errored=True,
        complete=False,
        action_invocations=({"address": "action.aws_do.it"}, {"type": "aws_do"}),
        deferred=(Deferred(change(("create",), 42), "resource_config_unknown"),),
        checks=(
            Check("check.health", "fail", "check", ("it is not well", "at all")),
            Check("aws_thing.n1", "error", "resource"),
            Check("var.region", "unknown", "var", ("not known",)),
        ),
        unknown_keys=("brand_new",),
    )


def terraform_text(found: Plan, body: str = "value") -> str:
    """`found` in the form of Terraform's own text, `body` among the values of each resource."""
    lines = ["", "Terraform will perform the following actions:", ""]
    for item in found.changes:
        ending, sign = _ENDINGS.get(item.kind, ("has moved to", " "))
        name = f"{item.address} (deposed object {item.deposed})" if item.deposed else item.address
        header = (
            f"{item.previous_address} {ending} {name}" if item.kind is ChangeKind.MOVE else f"{name} {ending}"
        )
        lines += [f"  # {header}", f'{sign:>3} resource "{item.type}" "{item.name}" {{']
        lines += [
            "      + text = <<-EOT",
            *(f"            {line}" for line in body.split("\n")),
            "        EOT",
        ]
        lines += ["    }", ""]
    return "\n".join([*lines, "Plan: 1 to add, 1 to change, 1 to destroy.", ""])


_DIAGNOSTICS = tuple(
    Diagnostic(severity, "It went wrong", "In detail:\nthis.", "infra/main.tf", line, "aws_thing.n1")
    for line, severity in enumerate(Severity, 3)
)
_UNCOVERED = tuple(
    UncoveredChange(
        f"aws_thing.u{number}",
        kind,
        "tags.Name",
        Closest(difference, number % 2 and 12, attributes=("name", "tags"), kinds=("update", "delete")),
        (Likely(noise, 'aws_thing.u["x"].tags'), Likely(noise, "")),
    )
    for number, (difference, noise, kind) in enumerate(
        zip(Difference, cycle(Noise), cycle(("update", "delete", "value")), strict=False)
    )
)

PARITY = Parity(
    "below",
    (
        Pair("aws_thing.p1", Beside.DIFFERENT, "replace", "update", dangerous=True),
        Pair("aws_thing.p2", Beside.EXTRA, "delete", dangerous=True),
        Pair("aws_thing.p3", Beside.DIFFERENT, "juggle-twice", "juggle"),
        Pair("aws_thing.p4", Beside.EXTRA, "create"),
        Pair("aws_thing.p5", Beside.MISSING, "", "update"),
        Pair("aws_thing.p6", Beside.MISSING, "", "juggle"),
    ),
    same=12,
)
"""Every way of comparing, in words of ours and in others."""

PROJECTS = (
    ProjectReport(
        "json",
        "infra/json",
        Planned(plan()),
        notices=("Mind the gap.",),
        uncovered=_UNCOVERED,
        parity=PARITY,
    ),
    ProjectReport(
        "text",
        "infra/text",
        Planned(plan(CHANGES[:4]), terraform_text(plan(CHANGES[:4]))),
        parity=replace(PARITY, pairs=PARITY.pairs[1:2], known=False),
    ),
    ProjectReport("whole", "infra/whole", Planned(plan(CHANGES[:4]), "Something else than Terraform's text")),
    ProjectReport("failed", "infra/failed", PlanFailed("init", _DIAGNOSTICS)),
    ProjectReport("locked out", "infra/out", PlanFailed("credentials", _DIAGNOSTICS[:1])),
    ProjectReport(
        "applied",
        "infra/applied",
        NoChanges(Plan(())),
        Applied(
            tuple(
                ResourceOutcome(f"aws_thing.o{state.value}", "update", state, 1.25, "It broke.\nBadly.")
                for state in ResourceState
            ),
            _DIAGNOSTICS,
            succeeded=False,
            converged=False,
            interrupted=True,
            lock=StateLock(
                "id-1", "bucket/key", "OperationTypeApply", "me@host", "1.11.4", "2026-01-01T00:00:00Z"
            ),
            miscount=Miscount(Counts(1, 2, 3), Counts(1, 2, 3, 4)),
        ),
        left_over=LeftOver(
            "c0ffee" * 6 + "c0ff", ("aws_thing.old",), ("aws_thing.new",), ("aws_thing.gone",)
        ),
    ),
)


def facts(*without: str) -> tuple[tuple[str, str], ...]:
    """Every fact but those."""
    return tuple((name, f"the {name}") for name in FACTS if name not in without)


REASONS = (
    *(BlockReason(reason, facts()) for reason in Reason),
    BlockReason(Reason.NOT_APPLIED_BELOW, facts("files")),
    BlockReason(Reason.NOT_APPLIED_BELOW, facts("files", "commit")),
    BlockReason(Reason.SOAKING, facts("until")),
    BlockReason(Reason.SOAKING, facts("until", "ended")),
)
"""Every reason in every one of its sentences that hangs on which facts there are."""
NOTES = tuple(VerdictNote(note, facts()) for note in Note)
ALLOWED = tuple(
    Allowed("below", "c" * 40, how, NOTES, ("octocat", "monalisa"), REASONS[:2])
    for how in Proven
    if how is not Proven.LOWEST
)
"""A verdict for each way in which content is proven by another environment, or let in without."""
FULL = Report(
    "dev",
    RunStatus.PLANNED,
    PROJECTS,
    Blocked(REASONS, NOTES),
    commit="0123456789abcdef" * 2 + "01234567",
    links=Links("https://github.example/run", "https://github.example/commit", "https://github.example/pull"),
    pull_requests=(12, 13),
    notices=("Something to know.", "And more."),
    message="What came of it.",
    applying=True,
    protect=("**",),
    stateful=("aws_other",),
)
"""Everything at once, which no run would report."""

_FEW = replace(
    plan((*CHANGES[:4:3], *CHANGES[9:14:2], replace(CHANGES[10], previous_address="aws_thing.before"))),
    outputs=plan().outputs[1:2],
    drift=plan().drift[:1],
    checks=plan().checks[:1],
    action_invocations=plan().action_invocations[:1],
)
_OF_SMALL = (Reason.NOT_FROM_SOURCE, Reason.NO_APPROVAL, Reason.PROTECTED)
SMALL = replace(
    FULL,
    projects=(
        replace(
            PROJECTS[0],
            plan=Planned(_FEW),
            uncovered=_UNCOVERED[3:4],
            parity=replace(PARITY, pairs=PARITY.pairs[:1] + PARITY.pairs[3:]),
        ),
        PROJECTS[3],
        replace(
            PROJECTS[5],
            applied=Applied(
                (ResourceOutcome("aws_thing.o1", "update", ResourceState.FAILED, 1.0, "It broke."),),
                _DIAGNOSTICS[1:],
                succeeded=False,
            ),
        ),
    ),
    verdict=Blocked(
        tuple(
            BlockReason(r, facts()) for r in (Reason.NO_APPROVAL, Reason.NOT_FROM_SOURCE, Reason.PROTECTED)
        ),
        NOTES[::3],
    ),
)
"""Every kind of place once or twice."""
