"""What programs read: names, actions and counts, and never a value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from gitops_bot.core.closest import Closest, Difference
from gitops_bot.core.counts import Counts, Miscount
from gitops_bot.core.locks import StateLock
from gitops_bot.core.noise import Likely, Noise
from gitops_bot.core.plan import Check, Deferred, OutputChange, Plan, ResourceChange
from gitops_bot.core.report import (
    Allowed,
    Applied,
    Blocked,
    BlockReason,
    Diagnostic,
    Links,
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
from gitops_bot.render.json_output import render_json
from tests.kit.full_report import ALLOWED, NOTES

ROOT = Path(__file__).resolve().parents[2]
PLAN = Plan(
    (
        ResourceChange("a.same", ("no-op",), type="a"),
        ResourceChange("a.new", ("create",), type="a", module="module.m", after={"k": "a-value"}),
        ResourceChange("a.odd", ("juggle",), type="a"),
        ResourceChange("a.moved", ("update",), type="a", previous_address="a.was", action_reason="because"),
    ),
    (OutputChange("o", ("create",), after="a-value", sensitive=True), OutputChange("same", ("no-op",))),
)
REPORT = Report("dev", RunStatus.PLANNED, (ProjectReport("app", "infra", Planned(PLAN)),), commit="abc")


def test_a_plan_has_counts_resources_and_outputs() -> None:
    actual = json.loads(render_json(PLAN, environment="dev", status="planned"))
    expected = {
        "summary": {
            "create": 1,
            "update": 1,
            "replace": 0,
            "delete": 0,
            "import": 0,
            "move": 1,
            "forget": 0,
            "read": 0,
            "outputs": 1,
            "drift": 0,
            "unknown": 1,
        },
        "resources": [
            {
                "address": "a.new",
                "action": "create",
                "actions": ["create"],
                "type": "a",
                "mode": "managed",
                "module": "module.m",
            },
            {
                "address": "a.odd",
                "action": "unknown",
                "actions": ["juggle"],
                "type": "a",
                "mode": "managed",
                "module": "",
            },
            {
                "address": "a.moved",
                "action": "update",
                "actions": ["update"],
                "type": "a",
                "mode": "managed",
                "module": "",
                "previous_address": "a.was",
                "reason": "because",
            },
        ],
        "outputs": [{"name": "o", "action": "create", "actions": ["create"], "sensitive": True}],
        "drift": [],
        "environment": "dev",
        "status": "planned",
    }
    assert expected == actual


def test_no_value_is_ever_in_it() -> None:
    assert "a-value" not in render_json(PLAN) + render_json(REPORT)


def test_one_project_is_at_the_top_level() -> None:
    actual = json.loads(render_json(REPORT))
    assert (
        actual["project"],
        actual["environment"],
        actual["status"],
        len(actual["resources"]),
    ) == ("app", "dev", "planned", 3)


def test_several_projects_are_listed_and_their_counts_added_up() -> None:
    actual = json.loads(render_json(replace(REPORT, projects=REPORT.projects * 2)))
    assert (actual["summary"]["create"], len(actual["projects"])) == (2, 2)


def test_verdicts_failures_and_applies_are_told() -> None:
    blocked = Blocked((BlockReason(Reason.BROKEN_BELOW, (("below", "dev"),)),))
    result = Applied((ResourceOutcome("a.new", "create", ResourceState.DONE, 1.5),))
    project = ProjectReport("app", ".", PlanFailed("init", ()), applied=result)
    actual = json.loads(render_json(replace(REPORT, projects=(project,), verdict=blocked)))
    assert actual["verdict"] == {
        "allowed": False,
        "reasons": [{"reason": "BROKEN_BELOW", "facts": {"below": "dev"}}],
        "notes": [],
    }
    assert (actual["failed"]["stage"], actual["applied"]["resources"][0]["state"]) == ("init", "done")


def test_an_allowed_verdict_tells_how_it_is_proven_and_what_a_hotfix_passed() -> None:
    passed = BlockReason(Reason.SOAKING, (("below", "dev"),))
    note = VerdictNote(Note.IGNORED, (("files", "a"), ("count", "1")))
    verdict = Allowed("dev", "", Proven.HOTFIX, (note,), ("octocat",), (passed,))
    assert json.loads(render_json(replace(REPORT, verdict=verdict)))["verdict"] == {
        "allowed": True,
        "below": "dev",
        "commit": "",
        "proven": "hotfix",
        "by": ["octocat"],
        "instead_of": [{"reason": "SOAKING", "facts": {"below": "dev"}}],
        "notes": [{"note": "IGNORED", "facts": {"files": "a", "count": "1"}}],
    }


def test_the_schema_knows_every_way_of_being_proven() -> None:
    allowed = SCHEMA["$defs"]["verdict"]["oneOf"][0]
    assert allowed["properties"]["proven"]["enum"] == list(Proven)


def test_uncovered_changes_are_told_with_what_came_closest_and_what_looks_like_noise() -> None:
    explained = UncoveredChange(
        "a.b",
        "create",
        "",
        Closest(Difference.VALUE, 7, ("tags",)),
        (Likely(Noise.TIMESTAMP, "a.b.tags.at"),),
    )
    project = replace(REPORT.projects[0], uncovered=(explained, UncoveredChange("a.c", "update", "x")))
    actual = json.loads(render_json(replace(REPORT, projects=(project,))))
    assert actual["uncovered"] == [
        {
            "address": "a.b",
            "kind": "create",
            "path": "",
            "closest": {"difference": "value", "pull_request": 7, "attributes": ["tags"], "kinds": []},
            "noise": [{"noise": "timestamp", "pattern": "a.b.tags.at"}],
        },
        {"address": "a.c", "kind": "update", "path": "x"},
    ]


def test_a_lock_and_a_difference_from_the_plans_counts_are_told_where_there_is_one() -> None:
    lock = StateLock("1-2", "p", "OperationTypeApply", "a@b", "1.11.4", "2026-11-23T11:02:38Z")
    result = Applied((), lock=lock, miscount=Miscount(Counts(1, 2, 3, 4), Counts(5)))
    project = ProjectReport("app", ".", PlanFailed("init", ()), applied=result)
    actual = json.loads(render_json(replace(REPORT, projects=(project,))))["applied"]
    assert (actual["lock"], actual["planned_counts"], actual["applied_counts"]) == (
        {
            "id": "1-2",
            "path": "p",
            "operation": "OperationTypeApply",
            "who": "a@b",
            "version": "1.11.4",
            "created": "2026-11-23T11:02:38Z",
        },
        {"add": 1, "change": 2, "remove": 3, "import": 4},
        {"add": 5, "change": 0, "remove": 0, "import": 0},
    )
    plain = replace(project, applied=Applied(()))
    assert set(json.loads(render_json(replace(REPORT, projects=(plain,))))["applied"]) == {
        "succeeded",
        "converged",
        "interrupted",
        "resources",
        "diagnostics",
    }


SCHEMA = json.loads((ROOT / "docs/reference/report.schema.json").read_text(encoding="utf-8"))


def closed(schema: Any) -> Any:
    """The schema with nothing allowed that it does not describe."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    more = {"additionalProperties": False} if "properties" in schema else {}
    return {**more, **{key: closed(part) for key, part in schema.items()}}


def everything() -> Report:
    """A report with every member set."""
    change = ResourceChange(
        "a.gone",
        ("delete", "create"),
        type="aws_s3_bucket",
        replace_paths=(("a", 0),),
        importing=True,
        deposed="00",
        unknown_keys=("aura",),
        previous_address="a.was",
        action_reason="why",
    )
    plan = Plan(
        (change,),
        (OutputChange("o", ("create",)),),
        (change,),
        errored=True,
        complete=False,
        action_invocations=({},),
        deferred=(Deferred(change, "later"),),
        checks=(Check("c", "fail", "k", ("p",)),),
        unknown_keys=("auras",),
    )
    said = Diagnostic(Severity.ERROR, "s", "d", "f", 1, "a")
    lock = StateLock("1", "p", "o", "w", "v", "c")
    applied = Applied(
        (ResourceOutcome("a.gone", "delete", ResourceState.FAILED, 1.5, "e"),),
        (said,),
        False,
        False,
        True,
        lock,
        Miscount(Counts(1, 2, 3), Counts(1, 1, 3, 1)),
    )
    closest = Closest(Difference.VALUE, 7, ("a",), ("create",))
    uncovered = UncoveredChange("a.gone", "delete", "p", closest, (Likely(Noise.TIMESTAMP, "x"),))
    one = ProjectReport("app", "infra", Planned(plan), applied, (uncovered,), warnings=(said,))
    two = ProjectReport("net", "net", PlanFailed("init", (said,)))
    reason = BlockReason(Reason.NOT_APPROVED, (("environment", "dev"),))
    return Report(
        "dev",
        RunStatus.BLOCKED,
        (one, two),
        Blocked((reason,), NOTES),
        "c" * 40,
        Links(run="https://example.com"),
        (7,),
        ("n",),
        "m",
        True,
    )


GOLDEN = sorted((ROOT / "tests/golden").glob("*/expected.json"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.parent.name)
def test_what_is_printed_of_real_plans_is_what_the_schema_describes(path: Path) -> None:
    jsonschema.validate(json.loads(path.read_text(encoding="utf-8")), closed(SCHEMA))


def test_every_member_that_a_report_can_have_is_described_by_the_schema() -> None:
    report = everything()
    one = replace(report, projects=report.projects[:1])
    for shown in (report, *(replace(one, verdict=verdict) for verdict in (*ALLOWED, Allowed()))):
        jsonschema.validate(json.loads(render_json(shown)), closed(SCHEMA))
    jsonschema.validate(json.loads(render_json(PLAN)), closed(SCHEMA))
