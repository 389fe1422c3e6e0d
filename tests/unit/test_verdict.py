"""The verdict in a comment is written anew, and nothing else in the comment changes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_bot.core.plan import Plan
from gitops_bot.core.report import (
    Allowed,
    Blocked,
    BlockReason,
    NoChanges,
    PlanFailed,
    Planned,
    ProjectReport,
    Proven,
    Reason,
    Report,
    RunStatus,
    Verdict,
)
from gitops_bot.render.comment import render_comment
from gitops_bot.render.marks import END, GUARDS, begin_mark, read_begin
from gitops_bot.render.progress import CommentState, first_lines, state_of
from gitops_bot.render.redact import Redactor
from gitops_bot.render.verdict import render_verdict, replace_verdict
from tests.kit.examples import examples
from tests.kit.full_report import ALLOWED, FULL, NOTES, REASONS, change
from tests.kit.github_markdown import ill_formed
from tests.kit.hostile import HOSTILE
from tests.kit.placing import put
from tests.kit.strategies import hostile_text, reports, verdicts

AT = datetime(2026, 11, 28, 6, tzinfo=UTC)
JUDGED = "\n<sub>Judged again at 2026-11-28 06:00 UTC</sub>\n"
OF_PROMOTION = tuple(reason for reason in REASONS if reason.reason not in GUARDS)
BLOCKED = Blocked((BlockReason(Reason.BROKEN_BELOW, (("below", "staging"),)),), NOTES[:1])
GUARDED = BlockReason(Reason.PROTECTED, (("addresses", "a.b"),))
EXACT = Allowed("staging", "c" * 40, Proven.EXACT)


def planned(*actions: str, **members: object) -> Report:
    """A report of a plan with one change for each of the actions."""
    changes = tuple(change((action,), number) for number, action in enumerate(actions))
    plan = Planned(Plan(changes)) if changes else NoChanges(Plan(()))
    report = Report("prod", RunStatus.PLANNED, (ProjectReport("app", "", plan),), EXACT, "a" * 40, FULL.links)
    return replace(report, **members)


FAILED = replace(planned(), projects=(ProjectReport("app", "", PlanFailed("init", ())),))
PLANS = {
    "a plan": planned("update", "create"),
    "a plan that destroys": planned("delete", "update"),
    "a plan of something unknown": planned("juggle"),
    "a plan that loses data": planned("delete", stateful=("*",)),
    "a plan without changes": planned(),
    "a plan that failed": FAILED,
    "with a message": planned("create", message="Something to say."),
}


def with_verdict(report: Report, verdict: Verdict, guards: tuple[BlockReason, ...] = ()) -> Report:
    """The report of a plan that was judged so, as a run writes it."""
    status = RunStatus.PLANNED
    if isinstance(report.projects[0].plan, NoChanges):
        status = RunStatus.NO_CHANGES
    if isinstance(verdict, Blocked) or guards:
        status = RunStatus.BLOCKED
    if guards:
        verdict = Blocked((*getattr(verdict, "reasons", ()), *guards), verdict.notes)
    return replace(
        report, status=RunStatus.FAILED if report.projects == FAILED.projects else status, verdict=verdict
    )


def comment(report: Report, budget: int = 65_536) -> str:
    """The comment as a run writes it."""
    return render_comment(report, max_bytes=budget, marker=first_lines(report.environment, report.status))


def outside(text: str) -> list[str]:
    """The comment without its state, its heading's word and icon, and its verdict."""
    lines = text.split("\n")
    begin = next(number for number, line in enumerate(lines) if read_begin(line))
    heading = lines[2].partition(" Terraform plan ")[2].replace("Blocked · ", "")
    return [lines[0], heading, *lines[3 : begin + 1], *lines[lines.index(END, begin) :]]


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("before", [EXACT, BLOCKED])
@pytest.mark.parametrize("after", [EXACT, BLOCKED, Blocked(OF_PROMOTION, NOTES), *ALLOWED])
def test_a_comment_judged_again_reads_as_if_it_had_been_judged_so_at_first(
    name: str, before: Verdict, after: Verdict
) -> None:
    expected = comment(with_verdict(PLANS[name], after))
    actual = replace_verdict(comment(with_verdict(PLANS[name], before)), planned(verdict=after), AT)
    assert actual is not None
    assert (expected, 1) == (actual.replace(JUDGED, ""), actual.count(JUDGED))


@pytest.mark.parametrize("before", [EXACT, BLOCKED])
def test_what_the_guards_stop_stays_blocked_when_the_promotion_is_allowed(before: Verdict) -> None:
    body = comment(with_verdict(PLANS["a plan"], before, (GUARDED,)))
    actual = replace_verdict(body, planned(verdict=EXACT), AT)
    assert actual is not None
    assert ("blocked", True) == (
        state_of(actual, "prod"),
        "### ⛔ Terraform plan · prod · Blocked · 1 " in actual,
    )
    assert ("✅ **Promotion allowed**" in actual, "⛔ **Blocked**\n\n- `a.b` in" in actual) == (True, True)
    assert "Promotion blocked" not in actual


def test_a_comment_is_judged_again_and_again() -> None:
    body = comment(with_verdict(PLANS["a plan"], BLOCKED))
    for verdict in (EXACT, BLOCKED, EXACT, BLOCKED):
        body = replace_verdict(body, planned(verdict=verdict), AT) or ""
    assert comment(with_verdict(PLANS["a plan"], BLOCKED)) == body.replace(JUDGED, "")


def test_line_ends_of_another_kind_make_no_difference() -> None:
    body = comment(with_verdict(PLANS["a plan"], BLOCKED))
    again = replace_verdict(body.replace("\n", "\r\n"), planned(verdict=EXACT), AT)
    assert replace_verdict(body, planned(verdict=EXACT), AT) == again


@settings(
    max_examples=examples(60), suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(
    reports(),
    st.sampled_from([RunStatus.PLANNED, RunStatus.NO_CHANGES, RunStatus.BLOCKED, RunStatus.FAILED]),
    verdicts(),
    hostile_text,
    st.one_of(st.just(2048), st.integers(2048, 70_000), st.just(1_000_000)),
)
def test_whatever_the_comment_nothing_but_the_verdict_changes(
    report: Report, status: RunStatus, verdict: Verdict | None, text: str, budget: int
) -> None:
    report = replace(report, environment="dev", status=status, applying=False)
    verdict = put(verdict, lambda _, old: text if old.startswith("the ") else old)
    assume(verdict is not None and begin_mark(report))
    body = comment(report, budget)
    actual = replace_verdict(body, replace(report, verdict=verdict), AT, max_bytes=budget)
    if actual is None:
        assert budget < 70_000
        return
    assert outside(body) == outside(actual)
    assert len(actual.encode()) <= budget
    first = "\n".join(actual.split("\n")[:2])
    assert first.startswith(first_lines("dev", RunStatus(state_of(actual, "dev"))))
    numbers = (f"#{n}" for n in (text, *(r.fact("pull_request") for r in getattr(verdict, "reasons", ()))))
    links = (report.links.run, report.links.commit, report.links.pull_request)  # any text, also an address
    assert [] == ill_formed(actual, marker=first, links=links, references=("#12", *numbers))


def test_a_verdict_that_fits_only_shortened_is_shortened() -> None:
    body = comment(with_verdict(PLANS["a plan"], EXACT))
    room = len(body.encode()) + 100
    actual = replace_verdict(body, planned(verdict=Blocked(OF_PROMOTION * 3, NOTES)), AT, max_bytes=room)
    assert actual is not None
    assert f"⛔ Promotion blocked for {len(OF_PROMOTION) * 3} reasons." in actual
    assert len(actual.encode()) <= room
    assert replace_verdict(body, planned(verdict=BLOCKED), AT, max_bytes=len(body.encode())) is None


@pytest.mark.parametrize("text", [t for t in HOSTILE if "gitops-bot" in t or "-->" in t])
def test_no_text_of_a_pull_request_passes_for_the_lines_around_the_verdict(text: str) -> None:
    report = with_verdict(replace(PLANS["a plan"], message=text, notices=(text,)), BLOCKED)
    whole = ProjectReport("whole", text, Planned(Plan((change(("create",)),)), f"\n{text}\n"))
    failed = put(FULL.projects[3], lambda place, old: text if "detail" in place else old)
    report = replace(report, projects=(*report.projects, whole, failed))
    body = comment(report)
    actual = replace_verdict(body, planned(verdict=EXACT), AT)
    assert actual is not None
    assert (outside(body), True) == (outside(actual), f"\n\n{END}\n" in actual)


def test_a_secret_is_hidden_in_the_new_verdict() -> None:
    body = comment(with_verdict(PLANS["a plan"], EXACT))
    verdict = Blocked((BlockReason(Reason.NOT_FROM_SOURCE, (("files", "a/hunter22"), ("count", "1"))),))
    actual = (
        replace_verdict(body, planned(verdict=verdict), AT, redactor=Redactor(secrets=["hunter22"])) or ""
    )
    assert ("hunter22" in actual, "`a/(redacted)`" in actual) == (False, True)


@pytest.mark.parametrize(
    "report",
    [
        replace(PLANS["a plan"], verdict=None),
        replace(PLANS["a plan"], projects=()),
        replace(PLANS["a plan"], applying=True),
        *(
            replace(PLANS["a plan"], status=status)
            for status in RunStatus
            if status not in (RunStatus.PLANNED, RunStatus.NO_CHANGES, RunStatus.BLOCKED, RunStatus.FAILED)
        ),
    ],
)
def test_what_is_no_judged_plan_has_no_verdict_to_replace(report: Report) -> None:
    body = comment(report)
    assert "gitops-bot:verdict" not in body
    assert replace_verdict(body, planned(verdict=EXACT), AT) is None


BEGIN = "<!-- gitops-bot:verdict:planned -->"
GOOD = comment(with_verdict(PLANS["a plan"], BLOCKED))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Hello.",
        GOOD.replace(END, ""),
        GOOD.replace(BEGIN, ""),
        GOOD.replace("verdict:planned", "verdict:unheard-of"),
        GOOD.replace("state:blocked", f"state:{CommentState.PLANNING.value}"),
        GOOD.replace("gitops-bot:comment:prod", "gitops-bot:comment:dev"),
        GOOD.replace("Terraform plan · prod", "Terraform plan · dev"),
        GOOD.replace("### ⛔ Terraform plan", "### Something"),
        GOOD.replace(f"\n{BEGIN}", f"\nA line more.\n\n\n{BEGIN}"),
        f"{END}\n".join(GOOD.split("\n", 1)),
    ],
)  # fmt: skip
def test_what_was_not_written_by_us_so_is_left_alone(body: str) -> None:
    assert replace_verdict(body, planned(verdict=EXACT), AT) is None


def test_other_channels_hold_no_hidden_lines() -> None:
    assert "<!--" not in render_comment(with_verdict(PLANS["a plan"], BLOCKED))


def test_the_verdict_alone_is_what_the_comment_says() -> None:
    expected = (
        "✅ **Promotion allowed**: this content works in `staging` (applied at `cccccccccccc`).\n\n"
        "<sub>Judged again at 2026-11-28 06:00 UTC</sub>\n"
    )
    assert expected == render_verdict(planned(verdict=EXACT), judged_at=AT)
