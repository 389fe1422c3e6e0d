"""Every golden folder renders to exactly its expected files. GITOPS_BOT_ACCEPT=1 rewrites them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from gitops_bot.core.plan import read_plan
from gitops_bot.core.report import (
    Diagnostic,
    Links,
    NoChanges,
    PlanFailed,
    Planned,
    PlanOutcome,
    ProjectReport,
    Report,
    RunStatus,
    Severity,
)
from gitops_bot.render.comment import marker, render_comment
from gitops_bot.render.json_output import render_json

HERE = Path(__file__).parent
FOLDERS = sorted(folder.name for folder in HERE.iterdir() if (folder / "after.tf").exists())


def read(path: Path) -> str:
    return path.read_bytes().decode("utf-8")  # read_text would turn a carriage return into a newline


def failed(folder: Path) -> PlanFailed:
    found = []
    for line in read(folder / "plan.jsonl").split("\n"):
        said = json.loads(line).get("diagnostic") if line else None
        if said:
            where = said.get("range", {})
            line_number = where.get("start", {}).get("line", 0)
            found.append(
                Diagnostic(
                    Severity(said["severity"]),
                    said["summary"],
                    said["detail"],
                    where["filename"],
                    line_number,
                )
            )
    return PlanFailed("plan", tuple(found))


def report_of(folder: Path) -> Report:
    outcome: PlanOutcome
    if not (folder / "plan.json").exists():
        outcome, status = failed(folder), RunStatus.FAILED
    else:
        plan = read_plan((folder / "plan.json").read_bytes())
        if plan.has_changes:
            outcome, status = Planned(plan, read(folder / "plan.txt")), RunStatus.PLANNED
        else:
            outcome, status = NoChanges(plan), RunStatus.NO_CHANGES
        if plan.errored:
            status = RunStatus.FAILED
    return Report(
        environment="staging",
        status=status,
        projects=(ProjectReport("platform", "infra", outcome),),
        commit="0123456789abcdef0123456789abcdef01234567",
        links=Links(run="https://github.com/example/infra/actions/runs/1"),
    )


def accepted(path: Path, text: str) -> str:
    if os.environ.get("GITOPS_BOT_ACCEPT") == "1":
        path.write_bytes(text.encode("utf-8"))
    return read(path)


@pytest.mark.parametrize("name", FOLDERS)
def test_the_comment_is_the_expected_one(name: str) -> None:
    actual = render_comment(report_of(HERE / name), marker=marker("staging"))
    assert accepted(HERE / name / "expected.md", actual) == actual


@pytest.mark.parametrize("name", FOLDERS)
def test_the_json_is_the_expected_one(name: str) -> None:
    actual = render_json(report_of(HERE / name))
    assert accepted(HERE / name / "expected.json", actual) == actual


def test_there_is_a_folder_for_each_case() -> None:
    assert FOLDERS == [
        "aws-change",
        "aws-create",
        "check-error",
        "checks",
        "create",
        "delete",
        "delete-reasons",
        "deposed",
        "deposed-alone",
        "destroy",
        "drift",
        "drift-alone",
        "ephemeral",
        "error",
        "errored",
        "forget",
        "forget-more",
        "heredoc",
        "heredoc-more",
        "import",
        "import-generated",
        "import-more",
        "lookalikes",
        "mixed",
        "modules",
        "moved",
        "moved-modules",
        "no-changes",
        "outputs",
        "outputs-more",
        "outputs-only",
        "precondition",
        "read",
        "refresh-only",
        "replace",
        "replace-reasons",
        "sensitive",
        "sensitive-nested",
        "spoofed-check",
        "spoofed-drift",
        "spoofed-header",
        "spoofed-import",
        "spoofed-outputs",
        "spoofed-refresh",
        "spoofed-sections",
        "spoofed-summary",
        "targeted",
        "update",
        "validation",
        "values",
    ]


def test_a_value_that_imitates_a_header_never_gets_a_heading_of_its_own() -> None:
    for name in ("spoofed-import", "spoofed-check", "spoofed-header", "spoofed-summary"):
        actual = render_comment(report_of(HERE / name))
        assert "> ⚠️ Terraform's text does not match the plan's JSON line by line" in actual
        assert "· delete</summary>" not in actual


@pytest.mark.parametrize("name", FOLDERS)
def test_no_sensitive_value_is_shown(name: str) -> None:
    report = report_of(HERE / name)
    assert "hunter2" not in render_comment(report) + render_json(report)
