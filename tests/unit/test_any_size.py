"""A report of any size fits into any budget, is well formed there, and tells of every change."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_bot.core.report import NoChanges, Planned, Report, RunStatus
from gitops_bot.render.budget import size
from gitops_bot.render.comment import (
    marker,
    render_check,
    render_comment,
    render_promotion_check,
    render_summary,
)
from tests.kit.github_markdown import ill_formed
from tests.kit.shown_counts import counts
from tests.kit.strategies import reports

BUDGETS = st.one_of(st.just(2048), st.integers(2048, 70_000), st.integers(2048, 9000))


def wrong(shown: str, report: Report, first: str = "") -> list[str]:
    """What in the text is not ours."""
    links = [link for link in (report.links.run, report.links.commit, report.links.pull_request) if link]
    own = {f"#{number}" for number in (*report.pull_requests, 12)}
    return ill_formed(shown, marker=first, links=links, references=sorted(own))


@settings(max_examples=60)
@given(reports(), BUDGETS)
def test_any_report_fits_into_any_budget_and_is_well_formed(report: Report, budget: int) -> None:
    first = marker("dev")
    shown = render_comment(report, max_bytes=budget, marker=first)
    assert size(shown) <= budget
    assert [] == wrong(shown, report, first)
    assert shown == render_comment(report, max_bytes=budget, marker=first)

SILENT = (RunStatus.CLOSED, RunStatus.SUPERSEDED, RunStatus.PROMOTED, RunStatus.IGNORED)
"""A run that ended so says nothing of plans."""
TOO_LONG = "This report is too long to be shown here."


def kinds_of(report: Report) -> Counter[str]:
    """The changes of each kind."""
    plans = (p.plan.plan for p in report.projects if isinstance(p.plan, Planned | NoChanges))
    return Counter(change.kind.value for plan in plans for change in plan.changes)


@settings(max_examples=60)
@given(reports().filter(lambda r: r.status not in SILENT), BUDGETS)
def test_every_change_is_shown_or_listed_or_counted(report: Report, budget: int) -> None:
    shown = render_comment(report, max_bytes=budget)
    found = counts(shown)
    if TOO_LONG not in shown and not found.parts["text"]:
        assert kinds_of(report) == found.all
