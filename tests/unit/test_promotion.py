from __future__ import annotations

from dataclasses import replace

import pytest

from gitops_bot.core.environments import Environment, PromotionRules
from gitops_bot.core.ledger import Entry, EntryState, Ledger
from gitops_bot.core.promotion import judge, snapshot_branch
from gitops_bot.core.report import Allowed, Blocked, Reason, Verdict

DEV, STAGING = Environment("dev", "main"), Environment("staging", "staging")
RELAXED = replace(STAGING, promotion=PromotionRules(require_converged=False))
DONE = Entry(1, "c" * 40, "tree", EntryState.SUCCEEDED, True, "2026-01-01T00:00:00Z")
FAILED, RUNNING = replace(DONE, state=EntryState.FAILED), replace(DONE, state=EntryState.RUNNING)
NOT_CONVERGED, NOT_ASKED = replace(DONE, converged=False), replace(DONE, converged=None)


def reasons(verdict: Verdict) -> list[Reason]:
    return [r.reason for r in verdict.reasons] if isinstance(verdict, Blocked) else []


def judged(*entries: Entry, tree: str = "tree", head: str = "main", to: Environment = STAGING) -> Verdict:
    return judge(to, DEV, tree, head, Ledger(entries))


def test_anything_may_come_into_the_lowest_environment() -> None:
    assert judge(DEV, None, "any", "any", Ledger()) == Allowed()


@pytest.mark.parametrize("head", ["main", "feature", "promote/dev-to-staging"])
def test_content_applied_below_may_climb_from_any_branch(head: str) -> None:
    assert judged(DONE, head=head) == Allowed("dev", DONE.commit)


BLOCKED: dict[str, tuple[Verdict, list[Reason]]] = {
    "never applied, from the branch below": (judged(), [Reason.NOT_APPLIED_BELOW]),
    "never applied, from a snapshot": (judged(head="promote/dev-to-staging"), [Reason.NOT_APPLIED_BELOW]),
    "never applied, from elsewhere": (judged(head="feature"), [Reason.SKIPS_ENVIRONMENT]),
    "from another step's snapshot": (judged(head="promote/staging-to-prod"), [Reason.SKIPS_ENVIRONMENT]),
    "other content from the branch below": (judged(DONE, tree="other"), [Reason.CONTENT_DIFFERS]),
    "other content from elsewhere": (judged(DONE, tree="other", head="x"), [Reason.SKIPS_ENVIRONMENT]),
    "content without a tree": (judged(DONE, tree=""), [Reason.CONTENT_DIFFERS]),
    "the newest apply failed": (judged(FAILED, DONE), [Reason.BROKEN_BELOW]),
    "an apply is running": (judged(RUNNING, DONE), [Reason.BROKEN_BELOW]),
    "the first apply failed": (judged(FAILED), [Reason.BROKEN_BELOW, Reason.NOT_APPLIED_BELOW]),
    "broken and other content": (
        judged(FAILED, DONE, tree="other"),
        [Reason.BROKEN_BELOW, Reason.CONTENT_DIFFERS],
    ),
    "the newest success is of other content": (
        judged(replace(DONE, tree="newer"), DONE),
        [Reason.CONTENT_DIFFERS],
    ),
    "not converged": (judged(NOT_CONVERGED), [Reason.NOT_CONVERGED_BELOW]),
    "nobody knows whether it converged": (judged(NOT_ASKED), [Reason.NOT_CONVERGED_BELOW]),
    "broken and not converged": (
        judged(FAILED, NOT_CONVERGED),
        [Reason.BROKEN_BELOW, Reason.NOT_CONVERGED_BELOW],
    ),
}


@pytest.mark.parametrize("case", BLOCKED)
def test_what_is_not_proven_below_is_blocked_with_every_reason(case: str) -> None:
    verdict, expected = BLOCKED[case]
    assert expected == reasons(verdict)


@pytest.mark.parametrize("entry", [NOT_CONVERGED, NOT_ASKED])
def test_convergence_is_not_asked_for_where_the_rules_say_so(entry: Entry) -> None:
    assert judged(entry, to=RELAXED) == Allowed("dev", DONE.commit)


def test_every_reason_names_both_environments_and_what_is_applied() -> None:
    verdict = judged(FAILED, DONE, tree="other")
    assert isinstance(verdict, Blocked)
    facts = [(r.fact("environment"), r.fact("below"), r.fact("commit")) for r in verdict.reasons]
    assert facts == [("staging", "dev", DONE.commit)] * 2
    assert verdict.reasons[0].fact("missing") == ""


def test_the_snapshot_branch_names_both_environments() -> None:
    assert snapshot_branch("dev", "staging") == "promote/dev-to-staging"
