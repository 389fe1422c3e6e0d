"""What is read from, counted in and cut out of every golden plan, against the raw JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gitops_bot.core.drift import relevant_drift
from gitops_bot.core.plan import read_plan
from gitops_bot.render.json_output import render_json
from gitops_bot.render.plan_text import PlanText, cut, shown_changes
from gitops_bot.render.redact import Redactor
from gitops_bot.render.synthetic import drift_diff, outputs_diff, resource_diff
from tests.golden.test_render_golden import FOLDERS, HERE, accepted, read, report_of

PLANS = [name for name in FOLDERS if (HERE / name / "plan.json").exists()]
SPOOFED = {name for name in PLANS if name.startswith("spoofed-")}
CUT = [name for name in PLANS if name not in SPOOFED]


def raw(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(read(HERE / name / "plan.json"))
    return document


def cut_text(name: str) -> PlanText:
    return cut(read(HERE / name / "plan.txt"), read_plan((HERE / name / "plan.json").read_bytes()))


def counted(document: dict[str, Any]) -> dict[str, int]:
    """The summary, in a few lines that share nothing with the program's."""
    changes = document.get("resource_changes", [])
    acts = [c["change"]["actions"] for c in changes]
    moved = [c for c in changes if c.get("previous_address")]
    return {
        "create": acts.count(["create"]),
        "update": acts.count(["update"]),
        "replace": acts.count(["delete", "create"]) + acts.count(["create", "delete"]),
        "delete": acts.count(["delete"]),
        "import": sum("importing" in c["change"] for c in changes),
        "move": len(moved),
        "forget": acts.count(["forget"]),
        "read": acts.count(["read"]),
        "outputs": sum(o["actions"] != ["no-op"] for o in document.get("output_changes", {}).values()),
        "drift": len(document.get("resource_drift", [])),
    }


@pytest.mark.parametrize("name", PLANS)
def test_the_counts_are_those_of_the_raw_json(name: str) -> None:
    plan = read_plan((HERE / name / "plan.json").read_bytes())
    assert {**counted(raw(name)), "unknown": 0} == plan.summary()
    assert counted(raw(name)) == json.loads(render_json(report_of(HERE / name)))["summary"]


def test_every_count_and_every_reason_stands_in_some_golden_plan() -> None:
    totals = [counted(raw(name)) for name in PLANS]
    assert {} == {word: 0 for word in totals[0] if not any(t[word] for t in totals)}
    changes = [c for name in PLANS for c in raw(name).get("resource_changes", [])]
    reasons = {c.get("action_reason") for c in changes}
    assert {
        "delete_because_count_index",
        "delete_because_each_key",
        "delete_because_no_module",
        "delete_because_no_move_target",
        "delete_because_no_resource_config",
        "delete_because_wrong_repetition",
        "read_because_check_nested",
        "read_because_config_unknown",
        "read_because_dependency_pending",
        "replace_because_cannot_update",
        "replace_because_tainted",
        "replace_by_request",
        "replace_by_triggers",
        None,
    } == reasons
    assert any(c.get("deposed") for c in changes)
    statuses = {check["status"] for name in PLANS for check in raw(name).get("checks", [])}
    assert {"pass", "fail", "error", "unknown"} == statuses
    assert {True, False} == {raw(name)["errored"] for name in PLANS}
    assert {True, False} == {raw(name)["complete"] for name in PLANS}


def test_nothing_is_unknown_in_a_plan_of_the_present_terraform() -> None:
    plans = [read_plan((HERE / name / "plan.json").read_bytes()) for name in PLANS]
    assert [] == [key for plan in plans for key in plan.unknown_keys]
    assert [] == [key for plan in plans for c in plan.resource_changes for key in c.unknown_keys]


def test_the_text_is_cut_in_every_case_but_the_spoofed_ones() -> None:
    assert SPOOFED == {name for name in PLANS if not cut_text(name).reliable}
    assert len(SPOOFED) > 0


@pytest.mark.parametrize("name", CUT)
def test_each_piece_of_the_text_is_that_of_its_change(name: str) -> None:
    changes = [c for c in raw(name).get("resource_changes", []) if _is_shown(c)]
    pieces = cut_text(name).resources
    assert [c["address"] in piece.split("\n")[0] for c, piece in zip(changes, pieces, strict=True)] == [
        True
    ] * len(changes)
    opening = [f'"{c["type"]}" "{c["name"]}" {{' for c in changes]
    assert [1] * len(changes) == [p.count(o) for p, o in zip(pieces, opening, strict=True)]


def _is_shown(change: dict[str, Any]) -> bool:
    moved = change.get("previous_address") or "importing" in change["change"]
    return bool(moved) or change["change"]["actions"] != ["no-op"]


@pytest.mark.parametrize("name", CUT)
def test_no_line_between_the_first_header_and_the_summary_is_lost(name: str) -> None:
    text, pieces = read(HERE / name / "plan.txt"), cut_text(name)
    if pieces.resources:
        whole = text[text.index(pieces.resources[0]) : text.index("\nPlan: ")]
        assert [s for s in whole.split("\n") if s] == [
            s for piece in pieces.resources for s in piece.split("\n") if s
        ]


@pytest.mark.parametrize("name", CUT)
def test_the_drift_that_the_text_shows_is_the_relevant_one(name: str) -> None:
    plan = read_plan((HERE / name / "plan.json").read_bytes())
    assert relevant_drift(plan) == cut_text(name).drift_shown


@pytest.mark.parametrize("name", ["outputs-more", "lookalikes", "targeted", "errored", "refresh-only"])
def test_the_outputs_section_holds_every_changed_output(name: str) -> None:
    section = cut_text(name).outputs
    changed = [n for n, o in raw(name)["output_changes"].items() if o["actions"] != ["no-op"]]
    assert sorted(changed) == [
        line[4:].split(" ")[0] for line in section.split("\n") if line[:3].strip() and line[3:4] == " "
    ]


@pytest.mark.parametrize("name", ["values", "heredoc-more", "modules", "sensitive-nested"])
def test_a_plan_is_read_alike_in_every_encoding(name: str) -> None:
    data = (HERE / name / "plan.json").read_bytes()
    text = data.decode("utf-8")
    expected = read_plan(data)
    for encoded in (
        b"\xef\xbb\xbf" + data,
        text.encode("utf-16"),  # with its mark, as PowerShell's `>` writes it
        b"\xff\xfe" + text.encode("utf-16-le"),
        b"\xfe\xff" + text.encode("utf-16-be"),
        text.replace("\n", "\r\n").encode("utf-16"),
    ):
        assert expected == read_plan(encoded)


@pytest.mark.parametrize("name", ["mixed", "outputs-more", "drift", "import-more"])
def test_a_text_that_powershell_has_written_is_cut_alike(name: str) -> None:
    plan = read_plan((HERE / name / "plan.json").read_bytes())
    text = read(HERE / name / "plan.txt")
    assert cut(text, plan) == cut(text.replace("\n", "\r\n"), plan)


def test_a_case_of_the_script_has_its_folder() -> None:
    from tests.golden.make import CASES, cases

    assert FOLDERS == cases()
    assert set() == set(CASES) - set(FOLDERS)
    assert Path(HERE / "error" / "plan.jsonl").exists()


def comments(diff: str) -> list[str]:
    """The remarks above a resource's diff."""
    lines = [line.lstrip(" ") for line in diff.split("\n")]
    return lines[: next(i for i, line in enumerate(lines) if not line.startswith("#"))]


@pytest.mark.parametrize("name", CUT)
def test_the_diff_from_the_json_alone_has_terraforms_own_headers(name: str) -> None:
    plan = read_plan((HERE / name / "plan.json").read_bytes())
    for change, piece in zip(shown_changes(plan), cut_text(name).resources, strict=True):
        alone = comments(resource_diff(change, str))
        if change.actions == ("no-op",):  # Terraform leaves out where a mere import comes from
            alone = [line for line in alone if not line.startswith("# (imported from ")]
        assert comments(piece) == alone


@pytest.mark.parametrize("name", PLANS)
def test_the_diff_from_the_json_alone_is_the_expected_one(name: str) -> None:
    plan = read_plan((HERE / name / "plan.json").read_bytes())
    secrets = Redactor().with_plans([plan])
    parts = [resource_diff(change, secrets) for change in plan.changes]
    parts += [outputs_diff(plan, secrets), drift_diff(plan, secrets)]
    diff = secrets("\n\n".join(part for part in parts if part) + "\n")
    assert accepted(HERE / name / "expected.diff", diff) == diff
    assert "hunter2" not in diff
