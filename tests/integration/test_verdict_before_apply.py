"""The verdict before an apply, by real histories: what came in had to stand below when it was merged.

How it is told: `tests/integration/test_verdict_table.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gitops_bot.core.environments import PromotionRules
from gitops_bot.core.ledger import EntryState
from tests.kit.sandbox_story import git
from tests.kit.verdict_stage import APPROVER, METHODS, SOAK, TWO, Case, Method, VerdictStage, X, verdict_stage


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VerdictStage]:
    with verdict_stage(tmp_path_factory.mktemp("verdicts")) as found:
        yield found


Before = Callable[[Case], object]


def merged(case: Case, source: str = "") -> int:
    """A promotion pull request, merged whatever its checks say."""
    number = case.pull_request(source)
    case.stage.merge(number, case.method)
    return number


def merged_while_it_stood(case: Case) -> None:
    case.applied()
    case.wait(hours=1)
    merged(case)
    case.wait(hours=1)
    case.change({"main.tf": "# main, changed again\n"})
    case.applied()


def applied_once_more_after_the_merge(case: Case) -> None:
    """The same content, before another one: it had stood there since long before the merge."""
    case.applied()
    case.wait(hours=1)
    merged(case)
    case.wait(hours=1)
    case.applied()
    case.wait(hours=1)
    case.change({"main.tf": "# main, changed again\n"})
    case.applied()


def merged_while_it_waited(case: Case) -> None:
    case.applied(commit=case.story.below1)
    merged(case)


def applied_below_after_the_merge(case: Case) -> None:
    merged_while_it_waited(case)
    case.wait(hours=1)
    case.applied()


def worked_below_only_after_the_merge(case: Case) -> None:
    """And something else stands there by now: what was red when it was merged stays out."""
    applied_below_after_the_merge(case)
    case.wait(hours=1)
    case.change({"main.tf": "# main, changed again\n"})
    case.applied()


def merged_when_it_stood_no_more(case: Case) -> None:
    before = case.applied()
    case.wait(hours=1)
    case.change({"main.tf": "# main, changed again\n"})
    case.applied()
    case.wait(hours=1)
    merged(case, case.stage.branch(before))


def merged_with_something_else(case: Case) -> None:
    case.applied()
    merged(case, case.branch_of(case.head(case.below), X))


def merged_while_it_was_broken(case: Case) -> None:
    case.applied()
    case.applied(ends=EntryState.FAILED)
    case.wait(hours=1)
    merged(case)


def broken_by_another_content_after_the_merge(case: Case) -> None:
    case.applied()
    case.wait(hours=1)
    merged(case)
    case.wait(hours=1)
    case.change({"main.tf": "# main, broken\n"})
    case.applied(ends=EntryState.FAILED)


def broken_by_the_same_content_after_the_merge(case: Case) -> None:
    case.applied()
    case.wait(hours=1)
    merged(case)
    case.wait(hours=1)
    case.applied(ends=EntryState.FAILED)


def merged_before_it_had_soaked(case: Case) -> None:
    case.under(SOAK)
    case.applied()
    case.wait(hours=1)
    merged(case)


def replaced_below_before_it_had_soaked(case: Case) -> None:
    merged_before_it_had_soaked(case)
    case.change({"main.tf": "# main, changed again\n"})
    case.applied()
    case.wait(days=9)


BEFORE: dict[Before, list[str]] = {
    merged_while_it_stood: [],
    merged_while_it_waited: [f"NOT_APPLIED_BELOW: {TWO}"],
    merged_when_it_stood_no_more: ["OLDER_BELOW"],
    merged_with_something_else: ["NOT_FROM_SOURCE: x.tf"],
    merged_before_it_had_soaked: ["SOAKING for 1380 min"],
}
VARIATIONS_BEFORE: dict[Before, list[str]] = {
    applied_once_more_after_the_merge: [],
    applied_below_after_the_merge: [],
    merged_while_it_was_broken: ["BROKEN_BELOW: failed"],
    broken_by_another_content_after_the_merge: [],
    broken_by_the_same_content_after_the_merge: ["BROKEN_BELOW: failed"],
    replaced_below_before_it_had_soaked: ["SOAKING"],
    worked_below_only_after_the_merge: ["OLDER_BELOW"],
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("told", BEFORE, ids=lambda told: told.__name__)
def test_the_verdict_before_an_apply_is_the_same_for_all_ways_of_merging(
    stage: VerdictStage, told: Before, method: Method
) -> None:
    case = Case(stage, method)
    case.applied(case.top)
    told(case)
    assert BEFORE[told] == case.told_before_apply()


@pytest.mark.parametrize("told", VARIATIONS_BEFORE, ids=lambda told: told.__name__)
def test_the_verdict_before_an_apply_turns_with_what_is_told(stage: VerdictStage, told: Before) -> None:
    case = Case(stage, METHODS[list(VARIATIONS_BEFORE).index(told) % len(METHODS)])
    case.applied(case.top)
    told(case)
    assert VARIATIONS_BEFORE[told] == case.told_before_apply()


def test_the_first_apply_of_an_environment_must_be_what_is_applied_below(stage: VerdictStage) -> None:
    case = Case(stage, "squash")
    case.applied()
    expected = ["NOT_FROM_SOURCE: app.tf lib/a.tf", "PARTIAL_PROMOTION: two.tf"]
    assert expected == case.told_before_apply()
    merged(case)
    assert [] == case.told_before_apply()


def test_a_push_to_the_branch_is_judged_too(stage: VerdictStage) -> None:
    case = Case(stage, "merge")
    case.applied()
    case.applied(case.top)
    stage.commit(case.top.branch, X)
    assert ["SKIPS_ENVIRONMENT: x.tf"] == case.told_before_apply()


def test_what_is_pushed_after_a_merge_does_not_count_as_merged_then(stage: VerdictStage) -> None:
    case = Case(stage, "merge")
    case.applied(case.top)
    case.applied()
    case.wait(hours=1)
    case.change(X, case.top)
    case.wait(hours=1)
    case.change({"main.tf": "# main, changed again\n"})
    case.applied()
    old = {"app.tf": "# app, changed\n", "two.tf": "# 2\n", "lib/a.tf": None, "x.tf": None}
    stage.commit(case.top.branch, old)
    assert ["OLDER_BELOW"] == case.told_before_apply()


def test_what_stood_below_at_the_merge_is_found_in_spite_of_ignored_paths(stage: VerdictStage) -> None:
    case = Case(stage, "merge", PromotionRules(ignore=("envs/",)))
    case.change({"envs/top.tfvars": "size = 9\n"}, case.top)
    case.applied(case.top)
    merged_while_it_stood(case)
    assert [] == case.told_before_apply()


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_hotfix_is_applied_and_named_beside_a_promotion(stage: VerdictStage, method: Method) -> None:
    case = Case(stage, method)
    case.applied(case.top)
    number = case.hotfix(X)
    stage.hub.review(number, APPROVER)
    stage.merge(number, method)
    merged(case)
    verdict = case.before_apply()
    assert ((), (number,), (APPROVER,)) == (verdict.reasons, verdict.hotfixes, verdict.hotfix_by)


def test_a_hotfix_beside_a_promotion_whose_content_stood_below_at_the_merge(stage: VerdictStage) -> None:
    case = Case(stage, "merge")
    case.applied(case.top)
    number = case.hotfix(X)
    stage.hub.review(number, APPROVER)
    stage.merge(number, "merge")
    case.wait(hours=1)
    merged_while_it_stood(case)
    assert [] == case.told_before_apply()


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_hotfix_lets_in_no_later_version_of_its_file(stage: VerdictStage, method: Method) -> None:
    case = Case(stage, method)
    case.applied(case.top)
    number = case.hotfix(X)
    stage.hub.review(number, APPROVER)
    stage.merge(number, method)
    case.change({"x.tf": "# x, and what nobody let in\n"}, case.top)
    assert ["SKIPS_ENVIRONMENT: x.tf"] == case.told_before_apply()


def test_a_hotfix_that_was_pushed_fast_forward_is_not_let_in(stage: VerdictStage) -> None:
    """What it changed cannot be told: nothing says where it began."""
    case = Case(stage, "fast-forward")
    case.applied(case.top)
    number = case.hotfix(X)
    stage.hub.review(number, APPROVER)
    stage.merge(number, "fast-forward")
    assert ["SKIPS_ENVIRONMENT: x.tf"] == case.told_before_apply()


FIX = "# app, and the fix\n"
BOTH = "# app, what nobody let in\n\n\n\n\n\n\n\n# the fix\n"
EVIL = "# app, what nobody let in\n\n\n\n\n\n\n\n# the end\n"


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_hotfix_lets_in_nothing_that_came_into_its_file_before_it(
    stage: VerdictStage, method: Method
) -> None:
    case = Case(stage, method)
    case.applied(case.top)
    case.change({"app.tf": EVIL}, case.top)  # merged with red checks
    number = case.hotfix({"app.tf": BOTH})
    stage.hub.review(number, APPROVER)
    stage.merge(number, method)
    assert ["SKIPS_ENVIRONMENT: app.tf"] == case.told_before_apply()[:1]


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_hotfix_lets_in_nothing_that_came_into_its_file_beside_it(
    stage: VerdictStage, method: Method
) -> None:
    case = Case(stage, method)
    case.change({"app.tf": EVIL.replace(", what nobody let in", "")}, case.top)
    case.applied(case.top)
    number = case.hotfix({"app.tf": BOTH.replace(", what nobody let in", "")})
    stage.hub.review(number, APPROVER)
    case.change({"app.tf": EVIL}, case.top)  # merged with red checks, after the hotfix was reviewed
    stage.merge(number, method)
    assert ["SKIPS_ENVIRONMENT: app.tf"] == case.told_before_apply()[:1]


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_two_hotfixes_of_one_file_are_let_in(stage: VerdictStage, method: Method) -> None:
    case = Case(stage, method)
    case.change({"app.tf": EVIL}, case.top)
    case.applied(case.top)
    numbers = [case.hotfix({"app.tf": BOTH}), case.hotfix({"app.tf": EVIL.replace("what", "all that")})]
    for number in numbers:
        stage.hub.review(number, APPROVER)
        stage.merge(number, method)
    verdict = case.before_apply()
    assert ((), set(numbers)) == (verdict.reasons, set(verdict.hotfixes))


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_hotfix_on_top_of_a_promotion_of_its_file_is_let_in(stage: VerdictStage, method: Method) -> None:
    case = Case(stage, method)
    case.applied(case.top)
    case.applied()
    merged(case)
    number = case.hotfix({"app.tf": FIX})
    stage.hub.review(number, APPROVER)
    stage.merge(number, method)
    verdict = case.before_apply()
    assert ((), (number,)) == (verdict.reasons, verdict.hotfixes)


def test_what_a_merge_made_by_hand_adds_to_a_hotfix_is_not_let_in(stage: VerdictStage) -> None:
    case = Case(stage, "merge")
    case.applied(case.top)
    number = case.hotfix(X)
    stage.hub.review(number, APPROVER)
    head = stage.hub.pull(number).head_sha
    bare = Path(stage.sandbox.clone_url)
    odd = stage.commit(stage.branch(head), {"x.tf": "# x, and more\n"})
    tree = git(bare, "rev-parse", f"{odd}^{{tree}}")
    merge = git(bare, "commit-tree", tree, "-p", case.head(case.top), "-p", head, "-m", "Merge")
    stage.hub.update_ref(f"refs/heads/{case.top.branch}", merge)
    assert stage.hub.pull(number).merged
    assert ["SKIPS_ENVIRONMENT: x.tf"] == case.told_before_apply()
