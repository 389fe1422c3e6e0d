"""The promotion verdict: a case for each reason, alone and together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from gitops_bot.core.content import Comparison
from gitops_bot.core.environments import Environment, HotfixRules, Project, PromotionRules
from gitops_bot.core.ledger import Entry, EntryState, Ledger
from gitops_bot.core.promotion import (
    Coming,
    Hotfix,
    Period,
    Standing,
    backflow_branch,
    judge,
    readable,
    rollback_branch,
    snapshot_branch,
    unused_below,
)
from gitops_bot.core.report import Allowed, Blocked, BlockReason, Note, Proven, Reason, Verdict

NOW = datetime(2026, 1, 10, tzinfo=UTC)
DEV = Environment("dev", "main")
STAGING = Environment("staging", "staging", hotfix=HotfixRules(("olga",)))
DONE = Entry(1, "c" * 40, "tree", EntryState.SUCCEEDED, True, "2026-01-01T00:00:00+00:00")
FAILED, RUNNING = replace(DONE, state=EntryState.FAILED), replace(DONE, state=EntryState.RUNNING)
LATER = replace(FAILED, at="2026-01-09T12:00:00+00:00", tree="another")
NOT_CONVERGED, NOT_ASKED = replace(DONE, converged=False), replace(DONE, converged=None)
OLDER = Period(replace(DONE, id=9, commit="0" * 40), NOW - timedelta(days=8), NOW - timedelta(days=2))
FROZEN = BlockReason(Reason.FROZEN, (("environment", "staging"),))

ANY = PromotionRules()
EXACT = Comparison(True, proven=("a.tf",))
FOREIGN = Comparison(False, foreign=("x.tf",))
MIXED = Comparison(False, proven=("a.tf",), foreign=("x.tf",))
WAITING = Comparison(False, proven=("a.tf",), waiting=("n.tf",))
KEPT = Comparison(False, proven=("a.tf",), kept=("h.tf",))
PART = Comparison(False, proven=("a.tf",), missing=("m.tf",))
UNCHANGED = Comparison(False, missing=("m.tf",), ignored=("envs/prod.tfvars",))


def standing(*entries: Entry, **more: object) -> Standing:
    ledger = Ledger(entries)
    applied = ledger.applied
    period = Period(applied, datetime.fromisoformat(applied.at)) if applied else None
    return replace(Standing(DEV, ledger, period), **more)


def judged(
    *entries: Entry,
    content: Comparison = EXACT,
    head: str = "main",
    rules: PromotionRules = ANY,
    coming: Coming | None = None,
    now: datetime = NOW,
    **more: object,
) -> Verdict:
    to = replace(STAGING, promotion=rules)
    return judge(to, standing(*entries, **more), content, coming or Coming(head, now), now)


def reasons(verdict: Verdict) -> list[Reason]:
    return [r.reason for r in verdict.reasons] if isinstance(verdict, Blocked) else []


def test_anything_may_come_into_the_lowest_environment() -> None:
    assert judge(DEV, None, FOREIGN, Coming("any", NOW), NOW) == Allowed()


@pytest.mark.parametrize("head", ["main", "feature", "promote/dev-to-staging"])
def test_content_applied_below_may_climb_from_any_branch(head: str) -> None:
    assert judged(DONE, head=head) == Allowed("dev", DONE.commit, Proven.EXACT)


SOAK, PARTIAL = PromotionRules(soak=3600), PromotionRules(partial=True)
ANY_TIME = PromotionRules(allow_older=True)
YOUNG = replace(DONE, at=(NOW - timedelta(minutes=59)).isoformat())
BLOCKED: dict[str, tuple[Verdict, list[Reason]]] = {
    "never applied, from the branch below": (judged(), [Reason.NOT_APPLIED_BELOW]),
    "never applied, from a snapshot": (judged(head="promote/dev-to-staging"), [Reason.NOT_APPLIED_BELOW]),
    "never applied, from elsewhere": (judged(head="feature"), [Reason.SKIPS_ENVIRONMENT]),
    "from another step's snapshot": (judged(head="promote/staging-to-prod"), [Reason.SKIPS_ENVIRONMENT]),
    "nothing of it works below": (judged(DONE, content=FOREIGN, head="x"), [Reason.SKIPS_ENVIRONMENT]),
    "the branch below brings something else": (judged(DONE, content=FOREIGN), [Reason.NOT_FROM_SOURCE]),
    "some of it works below": (judged(DONE, content=MIXED, head="x"), [Reason.NOT_FROM_SOURCE]),
    "some of it waits below": (judged(DONE, content=WAITING), [Reason.NOT_APPLIED_BELOW]),
    "the target has a hotfix": (judged(DONE, content=KEPT), [Reason.BEHIND_TARGET]),
    "only a part of it": (judged(DONE, content=PART), [Reason.PARTIAL_PROMOTION]),
    "a part, and more": (
        judged(DONE, content=replace(PART, foreign=("x.tf",)), rules=PARTIAL),
        [Reason.NOT_FROM_SOURCE],
    ),
    "an older content": (judged(DONE, content=FOREIGN, older=OLDER), [Reason.OLDER_BELOW]),
    "the newest apply failed": (judged(FAILED, DONE), [Reason.BROKEN_BELOW]),
    "an apply is running": (judged(RUNNING, DONE), [Reason.BROKEN_BELOW]),
    "the first apply failed": (judged(FAILED), [Reason.BROKEN_BELOW, Reason.NOT_APPLIED_BELOW]),
    "broken and other content": (
        judged(FAILED, DONE, content=MIXED),
        [Reason.BROKEN_BELOW, Reason.NOT_FROM_SOURCE],
    ),
    "not converged": (judged(NOT_CONVERGED), [Reason.NOT_CONVERGED_BELOW]),
    "nobody knows whether it converged": (judged(NOT_ASKED), [Reason.NOT_CONVERGED_BELOW]),
    "it drifted": (judged(DONE, drifted=True), [Reason.DRIFTED_BELOW]),
    "it has not soaked": (judged(YOUNG, rules=SOAK), [Reason.SOAKING]),
    "nobody knows since when it soaks": (
        judged(DONE, rules=SOAK, period=Period(DONE, None)),
        [Reason.SOAKING],
    ),
    "frozen": (judged(DONE, coming=Coming("main", NOW, frozen=FROZEN)), [Reason.FROZEN]),
    "everything at once": (
        judged(
            FAILED,
            replace(YOUNG, converged=False),
            content=Comparison(False, ("a",), ("w",), ("f",), ("k",), ("m",)),
            rules=SOAK,
            coming=Coming("main", NOW, frozen=FROZEN),
            drifted=True,
        ),
        [
            Reason.BROKEN_BELOW,
            Reason.NOT_APPLIED_BELOW,
            Reason.NOT_FROM_SOURCE,
            Reason.BEHIND_TARGET,
            Reason.PARTIAL_PROMOTION,
            Reason.NOT_CONVERGED_BELOW,
            Reason.DRIFTED_BELOW,
            Reason.SOAKING,
            Reason.FROZEN,
        ],
    ),
}


@pytest.mark.parametrize("case", BLOCKED)
def test_what_is_not_proven_below_is_blocked_with_every_reason(case: str) -> None:
    verdict, expected = BLOCKED[case]
    assert expected == reasons(verdict)


ALLOWED: dict[str, tuple[Verdict, Proven]] = {
    "a part where that may be": (judged(DONE, content=PART, rules=PARTIAL), Proven.PARTIAL),
    "a part into a target with a hotfix": (judged(DONE, content=KEPT, rules=PARTIAL), Proven.PARTIAL),
    "older content where that may be": (
        judged(DONE, content=FOREIGN, older=OLDER, rules=ANY_TIME),
        Proven.OLDER,
    ),
    "nothing changed": (judged(FAILED, content=UNCHANGED), Proven.UNCHANGED),
    "soaked to the second": (judged(replace(DONE, at="2026-01-09T23:00:00+00:00"), rules=SOAK), Proven.EXACT),
    "not converged where that may be": (
        judged(NOT_CONVERGED, rules=PromotionRules(require_converged=False)),
        Proven.EXACT,
    ),
    "looked for drift, and none": (judged(DONE, drifted=False), Proven.EXACT),
    "a hotfix let through": (
        judged(DONE, content=FOREIGN, coming=Coming("x", NOW, Hotfix(("olga",)))),
        Proven.HOTFIX,
    ),
    "the way back of a hotfix": (
        judged(DONE, content=FOREIGN, coming=Coming("x", NOW, backflow_of="prod")),
        Proven.BACKFLOW,
    ),
    "a hotfix that needed no letting through": (
        judged(DONE, coming=Coming("x", NOW, Hotfix(("olga",)))),
        Proven.EXACT,
    ),
    "merged before the next content failed below": (
        judged(LATER, DONE, coming=Coming("main", NOW - timedelta(days=1))),
        Proven.EXACT,
    ),
    "merged while it stood below": (
        judged(DONE, content=FOREIGN, older=OLDER, coming=Coming("main", NOW - timedelta(days=3))),
        Proven.OLDER,
    ),
}


@pytest.mark.parametrize("case", ALLOWED)
def test_what_is_proven_is_allowed_and_how_it_is_proven_is_said(case: str) -> None:
    verdict, expected = ALLOWED[case]
    assert isinstance(verdict, Allowed), verdict
    assert expected is verdict.proven


def test_a_freeze_stops_a_hotfix_too() -> None:
    coming = Coming("x", NOW, Hotfix(("olga",)), frozen=FROZEN)
    assert reasons(judged(DONE, content=FOREIGN, coming=coming)) == [Reason.FROZEN]


def test_a_hotfix_says_who_let_it_through_past_what() -> None:
    verdict = judged(DONE, content=FOREIGN, head="x", coming=Coming("x", NOW, Hotfix(("olga",))))
    assert isinstance(verdict, Allowed)
    assert (verdict.by, [r.reason for r in verdict.instead_of]) == (("olga",), [Reason.SKIPS_ENVIRONMENT])


def test_a_hotfix_that_nobody_let_through_says_who_may() -> None:
    verdict = judged(DONE, content=FOREIGN, coming=Coming("x", NOW, Hotfix()))
    assert isinstance(verdict, Blocked)
    assert [(n.note, n.fact("by")) for n in verdict.notes] == [(Note.HOTFIX_ASKED, "olga")]


def test_a_soak_says_until_when() -> None:
    verdict = judged(YOUNG, rules=SOAK)
    assert isinstance(verdict, Blocked)
    assert verdict.reasons[0].fact("until") == "2026-01-10T00:01:00+00:00"


def test_content_that_stood_too_short_says_when_it_ended() -> None:
    gone = replace(OLDER, since=NOW - timedelta(days=2, minutes=1))
    rules = replace(SOAK, allow_older=True)
    verdict = judged(DONE, content=FOREIGN, older=gone, rules=rules)
    assert isinstance(verdict, Blocked)
    assert [(r.reason, r.fact("ended")) for r in verdict.reasons] == [
        (Reason.SOAKING, "2026-01-08T00:00:00+00:00")
    ]


@pytest.mark.parametrize("since", [NOW - timedelta(days=4), None])
def test_what_came_below_only_after_the_merge_and_is_gone_again_is_no_reason_to_apply(
    since: datetime | None,
) -> None:
    merged = Coming("main", NOW - timedelta(days=5))
    gone = replace(OLDER, since=since)
    assert reasons(judged(DONE, content=FOREIGN, older=gone, coming=merged)) == [Reason.OLDER_BELOW]


def test_the_apply_of_a_content_that_fails_again_below_is_stopped_whenever_it_was_merged() -> None:
    again = replace(LATER, tree="tree")
    assert reasons(judged(again, DONE, coming=Coming("main", NOW - timedelta(days=1)))) == [
        Reason.BROKEN_BELOW
    ]


def test_reasons_name_the_environments_the_commit_and_the_files() -> None:
    verdict = judged(DONE, content=replace(FOREIGN, foreign=tuple(f"f{i:02}.tf" for i in range(25))))
    assert isinstance(verdict, Blocked)
    reason = verdict.reasons[0]
    named = [reason.fact(name) for name in ("environment", "below", "commit", "source", "count")]
    assert named == ["staging", "dev", DONE.commit, "main", "25"]
    assert reason.fact("files").split("\n") == [f"f{i:02}.tf" for i in range(20)]


def test_a_path_can_be_written_anywhere() -> None:
    assert readable("a\nb\udcff\u202e.tf") == "a\\nb\\udcff\\u202e.tf"


def test_ignored_files_are_noted() -> None:
    verdict = judged(DONE, content=UNCHANGED)
    assert isinstance(verdict, Allowed)
    assert [(n.note, n.fact("files")) for n in verdict.notes] == [(Note.IGNORED, "envs/prod.tfvars")]


def test_files_that_only_the_upper_environment_reads_are_noted() -> None:
    project = Project(
        "p", "infra", ("envs/{environment}.tfvars", "all.tfvars"), ("{environment}.{phase}.be",)
    )
    changed = ("all", "envs/dev.tfvars", "envs/prod.tfvars", "infra/prod.apply.be", "main.tf")
    notes = unused_below((project,), "prod", "dev", changed)
    assert [(n.note, n.fact("files").split("\n")) for n in notes] == [
        (Note.UNUSED_BELOW, ["envs/prod.tfvars", "infra/prod.apply.be"])
    ]
    assert unused_below((project,), "prod", "dev", ("main.tf",)) == ()


def test_what_is_in_the_upper_environment_s_own_folder_is_noted() -> None:
    project = Project("p", "live/{environment}/app", ("x.tfvars",))
    changed = (
        "live/dev/app/main.tf",
        "live/prod/app/main.tf",
        "live/prod/app/x.tfvars",
        "live/prod/other/main.tf",
    )
    notes = unused_below((project,), "prod", "dev", changed)
    assert [n.fact("files").split("\n") for n in notes] == [
        ["live/prod/app/main.tf", "live/prod/app/x.tfvars"]
    ]


def test_the_bots_branches_say_what_they_carry() -> None:
    found = (snapshot_branch("dev", "staging"), rollback_branch("prod", "a" * 40), backflow_branch(7, "dev"))
    assert found == ("promote/dev-to-staging", "rollback/prod-to-aaaaaaaaaaaa", "backflow/7-to-dev")
