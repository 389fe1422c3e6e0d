"""The verdict by real histories: a case for each reason, and each by every way in which things are merged.

Nothing here runs Terraform. What was applied is written into the ledger, and the verdict is asked where the
plan, the scheduled run and the apply ask for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from gitops_bot.commands.checks import plan_check, promotion_check
from gitops_bot.commands.effects import RunFacts
from gitops_bot.commands.judge_again import judge_open_pull_requests
from gitops_bot.core.environments import FixedWindow, Override, PromotionRules
from gitops_bot.core.ledger import EntryState
from gitops_bot.core.promotion import MAX_FILES
from gitops_bot.core.report import Allowed, Blocked, Note, Proven, Reason
from gitops_bot.ports import CheckRun, Conclusion
from tests.kit.verdict_stage import (
    APPROVER,
    METHODS,
    OVERRIDE,
    SOAK,
    START,
    TWO,
    Case,
    Files,
    Method,
    VerdictStage,
    X,
    in_short,
    verdict_stage,
)

PARTIAL = PromotionRules(partial=True)
OLDER = PromotionRules(allow_older=True)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VerdictStage]:
    with verdict_stage(tmp_path_factory.mktemp("verdicts")) as found:
        yield found


# --- the table -------------------------------------------------------------------------------


def exact(case: Case) -> int:
    case.applied()
    return case.pull_request()


def snapshot(case: Case) -> int:
    case.applied()
    name = f"promote/{case.below.name}-to-{case.top.name}"
    return case.pull_request(case.stage.branch(case.head(case.below), name))


def same_content_from_anywhere(case: Case) -> int:
    case.applied()
    files = {"app.tf": "# app, changed\n", "two.tf": "# 2\n", "lib/a.tf": None}
    return case.pull_request(case.branch_of(case.head(case.top), files))


def never_applied(case: Case) -> int:
    return case.pull_request()


def first_apply_failed(case: Case) -> int:
    case.applied(ends=EntryState.FAILED)
    return case.pull_request()


def waiting(case: Case) -> int:
    case.applied(commit=case.story.below1)
    return case.pull_request()


def some_waiting(case: Case) -> int:
    case.applied()
    case.change(X)
    return case.pull_request()


def skips(case: Case) -> int:
    case.applied()
    return case.pull_request(case.branch_of(case.head(case.top), X))


def skips_from_the_lowest(case: Case) -> int:
    case.change(X, case.low)
    return case.pull_request(case.low.branch)


def foreign(case: Case) -> int:
    case.applied()
    return case.pull_request(case.branch_of(case.head(case.below), X | {"lib/b.tf": "# mine\n"}))


def foreign_on_the_snapshot(case: Case) -> int:
    case.applied()
    name = f"promote/{case.below.name}-to-{case.top.name}"
    case.stage.commit(case.stage.branch(case.head(case.below), name), X)
    return case.pull_request(name)


def not_converged(case: Case) -> int:
    case.applied(converged=False)
    return case.pull_request()


def convergence_unknown(case: Case) -> int:
    case.applied(converged=None)
    return case.pull_request()


def convergence_not_asked_for(case: Case) -> int:
    case.under(PromotionRules(require_converged=False))
    return not_converged(case)


def converged_by_a_second_apply(case: Case) -> int:
    case.applied(converged=False)
    return exact(case)


def soaking(case: Case) -> int:
    case.under(SOAK)
    case.applied()
    case.wait(hours=23)
    return case.pull_request()


def soaked(case: Case) -> int:
    case.under(SOAK)
    case.applied()
    case.wait(hours=24)
    return case.pull_request()


def soaked_through_a_second_apply(case: Case) -> int:
    case.under(SOAK)
    case.applied()
    case.wait(hours=20)
    case.applied()
    case.wait(hours=4)
    return case.pull_request()


def soak_interrupted_by_another_content(case: Case) -> int:
    case.under(SOAK)
    case.applied()
    case.wait(hours=20)
    case.applied(commit=case.story.below1)
    case.applied()
    case.wait(hours=4)
    return case.pull_request()


def soak_interrupted_by_a_failure(case: Case) -> int:
    case.under(SOAK)
    case.applied()
    case.wait(hours=20)
    case.applied(ends=EntryState.FAILED)
    case.applied()
    case.wait(hours=4)
    return case.pull_request()


def failed(case: Case) -> int:
    case.applied()
    case.applied(ends=EntryState.FAILED)
    return case.pull_request()


def running(case: Case) -> int:
    case.applied()
    case.applied(ends=EntryState.RUNNING)
    return case.pull_request()


def repaired(case: Case) -> int:
    failed(case)
    case.applied()
    return case.stage.hub.pulls()[-1].number


def drifted(case: Case) -> int:
    case.applied()
    case.looked_for_drift(found=True)
    return case.pull_request()


def drift_gone(case: Case) -> int:
    number = drifted(case)
    case.looked_for_drift(found=False)
    return number


def frozen(case: Case) -> int:
    now = case.stage.clock.now
    case.under(freeze=(FixedWindow(now, now + timedelta(hours=1), "the fair"),))
    return exact(case)


def freeze_lifted(case: Case) -> int:
    case.under(override=Override((APPROVER,)))
    number = frozen(case)
    case.stage.hub.label(number, OVERRIDE, APPROVER)
    return number


def freeze_lifted_by_another(case: Case) -> int:
    case.under(override=Override((APPROVER,)))
    number = frozen(case)
    case.stage.hub.label(number, OVERRIDE, "mallory")
    return number


def freeze_over(case: Case) -> int:
    number = frozen(case)
    case.wait(hours=1)
    return number


def behind(case: Case) -> int:
    case.applied()
    case.change({"hot.tf": "# hot\n"}, case.top)
    return case.pull_request()


def behind_where_parts_may_come(case: Case) -> int:
    case.under(PARTIAL)
    return behind(case)


def part(case: Case) -> int:
    case.applied()
    return case.pull_request(case.branch_of(case.head(case.top), {"two.tf": "# 2\n"}))


def part_where_it_may(case: Case) -> int:
    case.under(PARTIAL)
    return part(case)


def part_with_something_else(case: Case) -> int:
    case.under(PARTIAL)
    case.applied()
    return case.pull_request(case.branch_of(case.head(case.top), {"two.tf": "# 2\n", **X}))


def part_in_another_version(case: Case) -> int:
    case.under(PARTIAL)
    case.applied()
    files = {"two.tf": "# 2\n", "app.tf": "# app, otherwise\n"}
    return case.pull_request(case.branch_of(case.head(case.top), files))


def older(case: Case) -> int:
    before = case.applied()
    case.wait(hours=1)
    case.change({"main.tf": "# main, changed again\n"})
    case.applied()
    return case.pull_request(case.stage.branch(before))


def older_where_it_may(case: Case) -> int:
    case.under(OLDER)
    return older(case)


def older_that_failed(case: Case) -> int:
    case.under(OLDER)
    before = case.applied(ends=EntryState.FAILED)
    case.change({"main.tf": "# main, changed again\n"})
    case.applied()
    return case.pull_request(case.stage.branch(before))


def older_that_did_not_soak(case: Case) -> int:
    case.under(PromotionRules(allow_older=True, soak=7200))
    number = older(case)
    case.wait(hours=9)
    return number


def changes_nothing(case: Case) -> int:
    """Not even asked: below everything is as bad as it can be."""
    branch = case.branch_of(case.head(case.top), X)
    case.stage.commit(branch, {"x.tf": None})
    return case.pull_request(branch)


def everything(case: Case) -> int:
    now = case.stage.clock.now
    case.under(SOAK, freeze=(FixedWindow(now, now + timedelta(hours=1)),))
    case.applied(converged=False)
    case.looked_for_drift(found=True)
    case.change({"lib/b.tf": "# waits\n"})
    case.applied(ends=EntryState.FAILED)
    case.change({"hot.tf": "# hot\n"}, case.top)
    branch = case.branch_of(case.head(case.below), X | {"app.tf": "# app\n"})
    return case.pull_request(branch)


Told = Callable[[Case], int]
TABLE: dict[Told, list[str]] = {
    exact: ["allowed: exact"],
    never_applied: ["NOT_APPLIED_BELOW"],
    waiting: [f"NOT_APPLIED_BELOW: {TWO}"],
    skips: ["SKIPS_ENVIRONMENT: x.tf"],
    foreign: ["NOT_FROM_SOURCE: lib/b.tf x.tf"],
    not_converged: ["NOT_CONVERGED_BELOW"],
    soaking: ["SOAKING for 60 min"],
    running: ["BROKEN_BELOW: running"],
    drifted: ["DRIFTED_BELOW"],
    frozen: ["FROZEN for 60 min"],
    behind: ["BEHIND_TARGET: hot.tf"],
    part: ["PARTIAL_PROMOTION: app.tf lib/a.tf"],
    part_where_it_may: ["allowed: partial"],
    older: ["OLDER_BELOW"],
    everything: [
        "BROKEN_BELOW: failed",
        "NOT_APPLIED_BELOW: lib/b.tf",
        "NOT_FROM_SOURCE: x.tf",
        "BEHIND_TARGET: hot.tf",
        "PARTIAL_PROMOTION: app.tf",
        "NOT_CONVERGED_BELOW",
        "DRIFTED_BELOW",
        "SOAKING for 1440 min",
        "FROZEN for 60 min",
    ],
}
VARIATIONS: dict[Told, list[str]] = {
    snapshot: ["allowed: exact"],
    same_content_from_anywhere: ["allowed: exact"],
    skips_from_the_lowest: ["SKIPS_ENVIRONMENT"],
    failed: ["BROKEN_BELOW: failed"],
    freeze_lifted: ["allowed: exact"],
    older_where_it_may: ["allowed: older"],
    first_apply_failed: ["BROKEN_BELOW: failed", "NOT_APPLIED_BELOW"],
    some_waiting: ["NOT_APPLIED_BELOW: x.tf"],
    foreign_on_the_snapshot: ["NOT_FROM_SOURCE: x.tf"],
    convergence_unknown: ["NOT_CONVERGED_BELOW"],
    convergence_not_asked_for: ["allowed: exact"],
    converged_by_a_second_apply: ["allowed: exact"],
    soaked: ["allowed: exact"],
    soaked_through_a_second_apply: ["allowed: exact"],
    soak_interrupted_by_another_content: ["SOAKING for 1200 min"],
    soak_interrupted_by_a_failure: ["SOAKING for 1200 min"],
    repaired: ["allowed: exact"],
    drift_gone: ["allowed: exact"],
    freeze_lifted_by_another: ["FROZEN for 60 min"],
    freeze_over: ["allowed: exact"],
    behind_where_parts_may_come: ["allowed: partial"],
    part_with_something_else: ["NOT_FROM_SOURCE: x.tf"],
    part_in_another_version: ["NOT_FROM_SOURCE: app.tf"],
    older_that_failed: ["PARTIAL_PROMOTION: main.tf"],
    older_that_did_not_soak: ["SOAKING"],
    changes_nothing: ["allowed: unchanged"],
}
"""Of what the table has: each by one of the ways only."""


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("told", TABLE, ids=lambda told: told.__name__)
def test_the_verdict_is_the_same_for_all_ways_of_merging(
    stage: VerdictStage, told: Told, method: Method
) -> None:
    case = Case(stage, method)
    assert TABLE[told] == case.told(told(case))


@pytest.mark.parametrize(
    ("place", "told"), list(enumerate(VARIATIONS)), ids=lambda v: getattr(v, "__name__", "")
)
def test_the_verdict_turns_with_what_is_told(stage: VerdictStage, place: int, told: Told) -> None:
    case = Case(stage, METHODS[place % len(METHODS)])
    assert VARIATIONS[told] == case.told(told(case))


# --- contents of every kind ------------------------------------------------------------------


@pytest.mark.parametrize("method", ["merge", "fast-forward"])
def test_a_revert_below_climbs_like_any_change(stage: VerdictStage, method: Method) -> None:
    case = Case(stage, method)
    case.applied()
    case.stage.merge(case.pull_request(), method)
    case.change({"app.tf": START["app.tf"], "two.tf": None, "lib/a.tf": START["lib/a.tf"]})
    number = case.pull_request()
    assert [f"NOT_APPLIED_BELOW: {TWO}"] == case.told(number)
    case.applied()
    assert ["allowed: exact"] == case.told(number)


@pytest.mark.parametrize("method", ["squash", "rebase"])
def test_git_does_not_carry_a_revert_below_where_promotions_were_squashed(
    stage: VerdictStage, method: Method
) -> None:
    """Git sees a target that made the change by itself, and a source that never did. Nothing comes in."""
    case = Case(stage, method)
    case.applied()
    case.stage.merge(case.pull_request(), method)
    case.change({"app.tf": START["app.tf"], "two.tf": None, "lib/a.tf": START["lib/a.tf"]})
    case.applied()
    assert ["allowed: unchanged"] == case.told(case.pull_request())


def test_a_revert_in_the_target_is_an_older_content(stage: VerdictStage) -> None:
    case = Case(stage, "merge")
    case.applied(commit=case.story.below1)
    case.applied()
    case.stage.merge(case.pull_request(), "merge")
    back: Files = {"app.tf": START["app.tf"], "two.tf": None, "lib/a.tf": START["lib/a.tf"]}
    number = case.pull_request(case.branch_of(case.head(case.top), back))
    assert ["OLDER_BELOW"] == case.told(number)
    case.under(OLDER)
    assert ["allowed: older"] == case.told(number)


def entries_below(case: Case, entries: dict[bytes, str]) -> str:
    """These entries come below and are applied there; the commit."""
    case.stage.commit_entries(case.below.branch, entries)
    return case.applied()


HOSTILE = {
    b"caf\xe9.tf": "caf\\udce9.tf",
    b"new\nline.tf": "new\\nline.tf",
    b"`code` <b> | ::error::.tf": "`code` <b> | ::error::.tf",
    b"-rf": "-rf",
    b":(glob)*.tf": ":(glob)*.tf",
    b"tab\there": "tab\\there",
    b"\xe2\x80\xaedlrow.tf": "\\u202edlrow.tf",
}


def test_names_of_any_bytes_are_compared_and_shown(stage: VerdictStage) -> None:
    case = Case(stage, "squash")
    before = case.head(case.below)
    entries = dict.fromkeys(HOSTILE, f"100644 {stage.blob(b'# any')}")
    commit = entries_below(case, entries)
    number = case.pull_request()
    assert ["allowed: exact"] == case.told(number)
    case.applied(commit=before)
    verdict = case.verdict(number)
    assert isinstance(verdict, Blocked)
    reason = next(r for r in verdict.reasons if r.reason is Reason.OLDER_BELOW)
    assert commit == reason.fact("older")
    case = Case(stage, "squash")
    case.applied()
    stage.commit_entries(case.below.branch, entries)
    verdict = case.verdict(case.pull_request())
    assert isinstance(verdict, Blocked)
    assert [Reason.NOT_APPLIED_BELOW] == [r.reason for r in verdict.reasons]
    assert set(HOSTILE.values()) == set(verdict.reasons[0].fact("files").split("\n"))


MODES = {"executable": "100755", "symlink": "120000"}


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_a_mode_is_content(stage: VerdictStage, mode: str) -> None:
    """The same bytes as a plain file, a script and a symlink are three contents."""
    case = Case(stage, "merge")
    blob = stage.blob(b"main.tf")
    entries_below(case, {b"thing": f"{mode} {blob}"})
    same, plain = (stage.branch(case.head(case.top)) for _ in range(2))
    case.under(PARTIAL)
    stage.commit_entries(same, {b"thing": f"{mode} {blob}"})
    stage.commit_entries(plain, {b"thing": f"100644 {blob}"})
    assert ["allowed: partial"] == case.told(case.pull_request(same))
    assert ["SKIPS_ENVIRONMENT: thing"] == case.told(case.pull_request(plain))


def test_a_submodule_is_its_commit(stage: VerdictStage) -> None:
    case = Case(stage, "merge", PARTIAL)
    entries_below(case, {b"modules/net": f"160000 {'a' * 40}"})
    other = stage.branch(case.head(case.top))
    stage.commit_entries(other, {b"modules/net": f"160000 {'b' * 40}"})
    assert ["allowed: exact"] == case.told(case.pull_request())
    assert ["SKIPS_ENVIRONMENT: modules/net"] == case.told(case.pull_request(other))


def test_a_rename_is_two_changes(stage: VerdictStage) -> None:
    case = Case(stage, "rebase", PARTIAL)
    case.change({"lib/b.tf": None, "lib/c.tf": START["lib/b.tf"]})
    case.applied()
    assert ["allowed: exact"] == case.told(case.pull_request())
    halves = case.branch_of(case.head(case.top), {"lib/b.tf": None, "lib/d.tf": START["lib/b.tf"]})
    assert ["NOT_FROM_SOURCE: lib/d.tf"] == case.told(case.pull_request(halves))


def test_more_files_than_any_list_of_githubs_has(stage: VerdictStage) -> None:
    """A comparison of GitHub's ends at 300 files, and a listed tree may be cut. The last one counts here."""
    case = Case(stage, "squash")
    many = [f"many/{n // 100}/{n:04}.tf".encode() for n in range(1500)]
    entries_below(case, dict.fromkeys(many, f"100644 {stage.blob(b'# one')}"))
    assert ["allowed: exact"] == case.told(case.pull_request())
    off = case.branch_of(case.head(case.below), {"many/14/1499.tf": "# off\n"})
    assert ["NOT_FROM_SOURCE: many/14/1499.tf"] == case.told(case.pull_request(off))
    all_off = stage.branch(case.head(case.below))
    stage.commit_entries(all_off, dict.fromkeys(many, f"100644 {stage.blob(b'# off')}"))
    verdict = case.verdict(case.pull_request(all_off))
    assert isinstance(verdict, Blocked)
    named = verdict.reasons[0].fact("files").splitlines()
    assert ("1500", MAX_FILES) == (verdict.reasons[0].fact("count"), len(named))


def test_a_clone_without_history_tells_the_same(stage: VerdictStage) -> None:
    case = Case(stage, "merge")
    case.applied()
    number = case.pull_request()
    tree = stage.clone(stage.new_name("shallow"), depth=1)
    assert tree.is_shallow()
    assert ["allowed: exact"] == in_short(case.verdict(number, tree), stage.clock.now)
    case.change(X)
    assert ["NOT_APPLIED_BELOW: x.tf"] == in_short(case.verdict(number, tree), stage.clock.now)


def test_what_is_ignored_may_differ_and_is_named(stage: VerdictStage) -> None:
    case = Case(stage, "merge", PromotionRules(ignore=("envs/",)))
    case.applied()
    case.change({"envs/top.tfvars": "size = 9\n"}, case.top)
    number = case.pull_request(case.branch_of(case.head(case.below), {"envs/x.tfvars": "a = 1\n"}))
    verdict = case.verdict(number)
    assert ["allowed: exact"] == in_short(verdict, stage.clock.now)
    assert [(Note.IGNORED, "envs/x.tfvars")] == [(n.note, n.fact("files")) for n in verdict.notes]


def test_what_is_ignored_neither_ends_a_soak_nor_hides_an_older_content(stage: VerdictStage) -> None:
    case = Case(stage, "merge", PromotionRules(ignore=("envs/",), soak=24 * 3600))
    case.applied()
    case.wait(hours=23)
    case.change({"envs/top.tfvars": "size = 9\n"})
    case.applied()
    case.wait(hours=1)
    number = case.pull_request()
    assert ["allowed: exact"] == case.told(number)
    case.change({"main.tf": "# later\n"})
    case.applied()
    before = case.pull_request(case.branch_of(case.story.below2, {"envs/x.tfvars": "a = 1\n"}))
    assert ["OLDER_BELOW"] == case.told(before)


def test_files_that_nothing_below_reads_are_noted(stage: VerdictStage) -> None:
    case = Case(stage, "squash")
    file = f"envs/{case.top.name}.tfvars"
    case.change({file: "size = 1\n"})
    case.applied()
    verdict = case.verdict(case.pull_request())
    assert ["allowed: exact"] == in_short(verdict, stage.clock.now)
    assert [(Note.UNUSED_BELOW, file)] == [(n.note, n.fact("files")) for n in verdict.notes]


# --- hotfixes --------------------------------------------------------------------------------


def test_a_hotfix_needs_the_label_and_an_approval_that_counts(stage: VerdictStage) -> None:
    case = Case(stage, "merge")
    number = case.hotfix(X)
    verdict = case.verdict(number)
    assert ["SKIPS_ENVIRONMENT: x.tf"] == in_short(verdict, stage.clock.now)
    assert [Note.HOTFIX_ASKED] == [n.note for n in verdict.notes]
    stage.hub.review(number, "mallory")
    assert ["SKIPS_ENVIRONMENT: x.tf"] == case.told(number)
    stage.hub.review(number, APPROVER)
    verdict = case.verdict(number)
    assert isinstance(verdict, Allowed)
    assert (Proven.HOTFIX, (APPROVER,)) == (verdict.proven, verdict.by)
    assert [Reason.SKIPS_ENVIRONMENT] == [r.reason for r in verdict.instead_of]
    stage.commit(stage.hub.pull(number).head, {"y.tf": "# y\n"})
    assert ["SKIPS_ENVIRONMENT: x.tf y.tf"] == case.told(number)


# --- judged again ----------------------------------------------------------------------------


class Watched:
    """A planned pull request into an environment with a soak of an hour, and the scheduled runs."""

    def __init__(self, stage: VerdictStage) -> None:
        self.stage = stage
        self.case = case = Case(stage, "merge")
        names = ", ".join(f"{{name: {e.name}}}" for e in (case.low, case.below))
        config = f"environments: [{names}, {{name: {case.top.name}, promotion: {{soak: 1h}}}}]\n"
        for branch in (case.below.branch, case.top.branch):
            stage.commit(branch, {".gitops-bot.yml": config + "approval: {provenance: none}\n"})
        self.number = case.pull_request()
        self.head = stage.hub.pull(self.number).head_sha

    def planned(self) -> None:
        """Its plan wrote both checks."""
        for name in (plan_check(self.case.top.name), promotion_check(self.case.top.name)):
            check = CheckRun(name, self.head, Conclusion.SUCCESS, "As planned", "…")
            self.stage.host.write_check_run(check)

    def again(self) -> list[str]:
        """A scheduled run; the requests by which it wrote."""
        before = len(self.stage.sandbox.requests)
        facts = RunFacts("7", "pat", self.stage.sandbox.repository, self.stage.sandbox.server_url)
        judge_open_pull_requests(self.case.top, self.stage.effects(), facts)
        made = self.stage.sandbox.requests[before:]
        return [f"{r.method} {r.path.rpartition('/')[2]}" for r in made if r.method != "GET"]

    @property
    def says(self) -> str:
        """What the promotion check says now."""
        found = {c.name: c.conclusion or "" for c in self.stage.hub.checks.of(self.head)}
        return found[promotion_check(self.case.top.name)]


@pytest.fixture
def watched(stage: VerdictStage) -> Watched:
    return Watched(stage)


def test_the_check_turns_green_when_a_soak_is_over_and_red_when_below_breaks(watched: Watched) -> None:
    watched.case.applied()
    watched.planned()
    written = ["POST check-runs"]
    assert (written, "failure") == (watched.again(), watched.says)
    watched.case.wait(minutes=59)
    assert ([], "failure") == (watched.again(), watched.says)
    watched.case.wait(minutes=1)
    assert (written, "success") == (watched.again(), watched.says)
    assert ([], "success") == (watched.again(), watched.says)
    watched.case.applied(ends=EntryState.FAILED)
    assert (written, "failure") == (watched.again(), watched.says)
    watched.case.applied()
    assert (written, "failure") == (watched.again(), watched.says)  # for another reason
    watched.case.wait(hours=1)
    assert (written, "success") == (watched.again(), watched.says)


def test_a_pull_request_without_a_plan_is_left_alone(watched: Watched) -> None:
    watched.case.applied()
    watched.case.wait(hours=2)
    assert [] == watched.again()
