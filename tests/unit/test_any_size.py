"""A report of any size fits into any budget, is well formed there, and tells of every change."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_bot.core.report import Blocked, NoChanges, Planned, ProjectReport, Report, RunStatus
from gitops_bot.render.comment import (
    marker,
    render_check,
    render_comment,
    render_promotion_check,
    render_summary,
)
from tests.kit.examples import examples
from tests.kit.full_report import SMALL, change, plan
from tests.kit.github_markdown import ill_formed
from tests.kit.placing import put
from tests.kit.shown_counts import counts, tables
from tests.kit.strategies import reports

SLOW = (HealthCheck.too_slow,)  # on a machine with much else to do
BUDGETS = st.one_of(st.just(2048), st.integers(2048, 70_000), st.integers(2048, 9000))


def wrong(shown: str, report: Report, first: str = "") -> list[str]:
    """What in the text is not ours."""
    ours = report.links
    links = [link for link in (ours.run, ours.commit, ours.pull_request, ours.report) if link]
    blocked = report.verdict.reasons if isinstance(report.verdict, Blocked) else ()
    notes = report.verdict.notes if report.verdict is not None else ()
    numbers = [*report.pull_requests, 12, *(r.fact("pull_request") for r in blocked)]
    for note in notes:
        numbers += [note.fact("hotfix"), *note.fact("pull_requests").split(", ")]
    own = {f"#{number}" for number in numbers}
    return ill_formed(shown, marker=first, links=links, references=sorted(own))


@settings(max_examples=examples(40), suppress_health_check=SLOW)
@given(reports(), BUDGETS)
def test_any_report_fits_into_any_budget_and_is_well_formed(report: Report, budget: int) -> None:
    first = marker("dev")
    shown = render_comment(report, max_bytes=budget, marker=first)
    assert len(shown.encode()) <= budget
    assert [] == wrong(shown, report, first)
    assert shown == render_comment(report, max_bytes=budget, marker=first)


SILENT = (RunStatus.CLOSED, RunStatus.SUPERSEDED, RunStatus.PROMOTED, RunStatus.IGNORED)
"""A run that ended so says nothing of plans."""
DANGEROUS = ("delete", "replace", "unknown")
LABELS = {
    **{name: name for name in ("create", "update", "replace", "import", "move", "forget", "read", "unknown")},
    **{"delete": "destroy", "outputs": "outputs", "drift": "changed outside"},
}
ROOT = Path(__file__).parents[2]


def kinds_of(report: Report) -> Counter[str]:
    """The changes of each kind."""
    plans = (p.plan.plan for p in report.projects if isinstance(p.plan, Planned | NoChanges))
    return Counter(change.kind.value for plan in plans for change in plan.changes)


@settings(max_examples=examples(40), suppress_health_check=SLOW)
@given(reports().filter(lambda report: report.status not in SILENT), BUDGETS)
def test_every_change_is_shown_or_listed_or_counted(report: Report, budget: int) -> None:
    found = counts(render_comment(report, max_bytes=budget))
    expected = kinds_of(report)
    if found.parts["text"]:  # Terraform's whole text stands for all that is not dangerous
        assert {k: expected[k] for k in DANGEROUS} == {k: found.all[k] for k in DANGEROUS}
    else:
        assert expected == found.all


@pytest.mark.parametrize("budget", [2048, 5000, 20_000])
def test_projects_that_are_left_out_are_counted_and_never_those_that_lose_something(budget: int) -> None:
    def project(number: int, action: str) -> ProjectReport:
        return ProjectReport(f"p{number}", "", Planned(plan((change((action,), number),))))

    projects = (*(project(n, "create") for n in range(400)), project(400, "delete"))
    shown = render_comment(Report("dev", RunStatus.PLANNED, projects), max_bytes=budget)
    assert "more projects." in shown
    assert {"create": 400, "delete": 1} == counts(shown).all
    assert "p400" in shown


def test_instances_that_are_told_as_one_are_counted_one_by_one() -> None:
    names = [f"aws_thing.{'x' * 200}{number}" for number in range(40)]
    many = plan(tuple(change(("create",), address=f"{name}[{i}]") for name in names for i in range(3)))
    report = Report("dev", RunStatus.PLANNED, (ProjectReport("app", "", Planned(many)),))
    found = counts(render_comment(report, max_bytes=5000))
    assert found.listed["create"] > 0 < found.counted["create"]
    assert {"create": 120} == found.all


@settings(max_examples=examples(40), suppress_health_check=SLOW)
@given(reports(), BUDGETS)
def test_the_table_has_the_counts_of_the_plan(report: Report, budget: int) -> None:
    for project in report.projects[:3]:
        alone = replace(report, projects=(project,), status=RunStatus.PLANNED)
        found = [t for t in tables(render_comment(alone, max_bytes=budget)) if set(t) <= set(LABELS.values())]
        summary = project.plan.plan.summary() if isinstance(project.plan, Planned | NoChanges) else {}
        assert [{LABELS[k]: str(n) for k, n in summary.items() if n}] * any(summary.values()) == found


@settings(max_examples=examples(20), suppress_health_check=SLOW)
@given(reports())
def test_summary_and_checks_of_any_report_keep_githubs_limits_and_are_well_formed(report: Report) -> None:
    summary = render_summary(report)
    title, check = render_check(report)
    promotion_title, promotion = render_promotion_check(report)
    assert (
        len(summary.encode()) <= 900_000,
        len(check.encode()) <= 60_000,
        len(promotion.encode()) <= 60_000,
    ) == (True, True, True)
    assert [] == [*wrong(summary, report), *wrong(check, report), *wrong(promotion, report)]
    assert max(len(title), len(promotion_title)) <= 100


@pytest.mark.parametrize("text", [mark * 2000 for mark in ("\u202e", "`", "$", "x\n", "@a ", "\U0001f600")])
@pytest.mark.parametrize("budget", [2048, 5000])
def test_texts_of_any_length_fit_where_there_is_least_room(text: str, budget: int) -> None:
    wanted = put(SMALL, lambda place, old: old if old.startswith("s3cr3t") else text)
    long = replace(wanted, protect=(), stateful=(), links=SMALL.links)
    shown = render_comment(long, max_bytes=budget, marker=marker("dev"))
    assert len(shown.encode()) <= budget
    assert [] == wrong(shown, long, marker("dev"))


def test_the_output_does_not_hang_on_the_order_of_sets() -> None:
    program = (
        "from hashlib import sha256; from gitops_bot.render.comment import render_comment; "
        "from tests.kit.full_report import FULL; "
        "print(*(sha256(render_comment(FULL, max_bytes=n).encode()).hexdigest() for n in (4000, 65536)))"
    )
    seeds = ({**os.environ, "PYTHONHASHSEED": str(seed)} for seed in (1, 2))
    shown = {subprocess.check_output([sys.executable, "-c", program], env=e, cwd=ROOT) for e in seeds}
    assert 1 == len(shown)
