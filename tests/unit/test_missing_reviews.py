"""What an apply asks GitHub about reviews and about times, and what it makes of the answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

from gitops_bot.commands.checks import approval_text, plan_check, plan_reference
from gitops_bot.commands.compare import Merged, judge_merged
from gitops_bot.commands.effects import Effects
from gitops_bot.commands.provenance import Judged
from gitops_bot.commands.reviews import reviews_notice
from gitops_bot.core.approval import Approval, ProjectApproval
from gitops_bot.core.environments import DEFAULT_SETTINGS, ApprovalSettings
from gitops_bot.core.errors import RunFailed
from gitops_bot.core.json_values import JsonValue
from gitops_bot.core.provenance import CalledWorkflow, Proof, ProvenanceMode
from gitops_bot.core.report import BlockReason, Reason
from gitops_bot.core.reviews import Review, ReviewState
from gitops_bot.core.times import read_time
from gitops_bot.ports import CheckRun, Conclusion, PullRequest
from tests.kit.fake_cloud import FakeCloudSession
from tests.kit.fake_code_host import FakeCodeHost
from tests.kit.fake_terraform import FakeTerraform
from tests.kit.fake_work_tree import FakeWorkTree
from tests.unit.test_faults_in_turn import Recorder

BASE, HEAD, TEST_MERGE, MERGE = "d" * 40, "a" * 40, "c" * 40, "b" * 40
DEVOPS = DEFAULT_SETTINGS.environments[0]
WORKFLOW = ".github/workflows/gitops.yml"
PULL = PullRequest(
    1, "One", HEAD, "feature", "devops", "https://github.example/1", "closed", True, MERGE, "pat",
    "acme/infra", "2026-01-01T13:00:00Z",
)  # fmt: skip


def at(minute: int) -> str:
    return f"2026-01-01T12:{minute:02}:00Z"


def seconds(text: str) -> int:
    found = read_time(text)
    assert found is not None
    return int(found.timestamp())


class TokenWitness:
    """`ports.Witness` that believes every token; the time it was issued at is the token's last part."""

    repository, repository_id, workflow, issuer = "acme/infra", "", WORKFLOW, "https://issuer.example"
    called: CalledWorkflow | None = None

    def prove(self, audience: str) -> Proof | None:
        return None

    def check(self, proof: Proof, audience: str) -> dict[str, JsonValue] | None:
        if proof.kind == "hmac":
            return None
        issued = int(proof.text.rpartition(".")[2])
        return {
            "iss": self.issuer, "aud": audience, "repository": "acme/infra", "event_name": "pull_request",
            "ref": "refs/pull/1/merge", "base_ref": "devops", "iat": issued, "exp": issued + 300,
            "workflow_ref": f"acme/infra/{WORKFLOW}@refs/pull/1/merge", "workflow_sha": TEST_MERGE,
        }  # fmt: skip


@dataclass
class Scene:
    """A merged pull request of `pat`, planned and reviewed as the test says. Minutes count from noon."""

    mode: ProvenanceMode = ProvenanceMode.NONE
    needed: int = 1
    host: FakeCodeHost = field(default_factory=FakeCodeHost)
    pull: PullRequest = PULL

    def plan(self, minute: int, digest: str = "e", *, number: int = 1, proof: str = "") -> Scene:
        """A plan check. `proof` is that of its approval; "token" stands for one of that minute."""
        project = ProjectApproval("main", "1.11.4", "", "", 1, digest * 64, None)
        approval = Approval("devops", HEAD, (project,), number)
        given = Proof("oidc", f"e.e.{seconds(at(minute))}") if proof == "token" else None
        given = Proof("hmac", proof) if len(proof) == 64 else given
        text = approval_text(approval, lambda _: given)
        return self.check(minute, text, number)

    def check(self, minute: int, text: str, number: int = 1) -> Scene:
        """A check run of the plan's name with that text."""
        name, reference = plan_check("devops"), plan_reference(number, 0, "1")
        written = CheckRun(name, HEAD, Conclusion.SUCCESS, "t", "s", text, reference)
        self.host.checks.append(replace(written, id=len(self.host.checks) + 1, completed_at=at(minute)))
        return self

    def review(self, minute: int, by: str = "hubot", permission: str = "write") -> Scene:
        """An approving review, by somebody who may do that now."""
        given = Review(by, ReviewState.APPROVED, HEAD, at(minute))
        self.host.kept_reviews.setdefault(1, []).append(given)
        self.host.permissions[by] = permission
        return self

    def judge(self) -> Merged:
        self.host.add_pull_request(self.pull)
        files = {(commit, WORKFLOW): "on: push\n" for commit in (BASE, TEST_MERGE)}
        history = {BASE: (), HEAD: (BASE,), TEST_MERGE: (BASE, HEAD), MERGE: (BASE, HEAD)}
        tree = FakeWorkTree(commit=MERGE, history=history, files=files)
        effects = Effects(
            self.host, tree, Recorder(), Path(), lambda _: tree, lambda *_: FakeCloudSession(),
            lambda *_: FakeTerraform(), witness=TokenWitness(),
        )  # fmt: skip
        settings = replace(DEFAULT_SETTINGS, approval=ApprovalSettings(self.mode, reviews=self.needed))
        return judge_merged(Judged(DEVOPS, settings, MERGE), (self.pull,), effects)


def missing(needed: int, given: int) -> tuple[BlockReason, ...]:
    facts = (("pull_request", "1"), ("commit", HEAD), ("needed", str(needed)), ("given", str(given)))
    return (BlockReason(Reason.REVIEWS_MISSING, facts),)


def test_where_no_reviews_are_asked_for_nothing_more_is_asked_of_github() -> None:
    scene = Scene(needed=0).plan(1).review(2)
    assert () == scene.judge().reasons
    assert ["check_runs"] == scene.host.called()


def test_what_is_asked_of_github_are_the_plans_the_reviews_and_the_reviewers() -> None:
    scene = Scene().plan(1).review(2)
    assert () == scene.judge().reasons
    assert ["check_runs", "check_runs_named", "reviews", "permission"] == scene.host.called()


def test_an_approval_with_too_few_reviews_stays_one_that_showed_the_changes() -> None:
    merged = Scene().plan(1).judge()
    assert (missing(1, 0), 1) == (merged.reasons, len(merged.approvals))


def test_an_approval_that_does_not_count_asks_for_no_reviews() -> None:
    scene = Scene(ProvenanceMode.REQUIRED).plan(1)
    assert [Reason.NO_APPROVAL] == [r.reason for r in scene.judge().reasons]
    assert ["check_runs_named"] == scene.host.called()


@pytest.mark.parametrize(
    ("permission", "given"), [("admin", 1), ("write", 1), ("read", 0), ("none", 0), ("", 0), ("triage", 0)]
)
def test_a_review_counts_by_what_its_author_may_do_now(permission: str, given: int) -> None:
    expected = () if given else missing(1, 0)
    assert expected == Scene().plan(1).review(2, permission=permission).judge().reasons


def test_the_people_who_reviewed_are_counted_up_to_the_number_asked_for() -> None:
    scene = Scene(needed=2).plan(1).review(2).review(3, "kim", "read").review(4, "hubot")
    assert missing(2, 1) == scene.judge().reasons
    assert () == scene.review(5, "ada").judge().reasons
    asked = [arguments for name, arguments in scene.review(6, "eve").host.calls if name == "permission"]
    assert ("eve",) not in asked


PLANS: dict[str, tuple[ProvenanceMode, list[dict[str, object]], int, bool]] = {
    "before the review": (ProvenanceMode.NONE, [{"minute": 1}], 2, True),
    "after the review": (ProvenanceMode.NONE, [{"minute": 3}], 2, False),
    "the same before and after": (ProvenanceMode.NONE, [{"minute": 1}, {"minute": 3}], 2, True),
    "a different one before, the same after": (
        ProvenanceMode.NONE, [{"minute": 1, "digest": "f"}, {"minute": 3}], 2, False,
    ),
    "a different one in between": (
        ProvenanceMode.NONE, [{"minute": 1}, {"minute": 3, "digest": "f"}, {"minute": 4}], 2, False,
    ),
    "another pull request's in between": (
        ProvenanceMode.NONE, [{"minute": 1}, {"minute": 3, "number": 2}, {"minute": 4}], 2, True,
    ),
    "an HMAC before the review": (ProvenanceMode.REQUIRED, [{"minute": 1, "proof": "0" * 64}], 2, True),
    "an HMAC after the review": (ProvenanceMode.REQUIRED, [{"minute": 3, "proof": "0" * 64}], 2, False),
    "a token before the review": (ProvenanceMode.REQUIRED, [{"minute": 1, "proof": "token"}], 2, True),
    "a token after the review": (ProvenanceMode.REQUIRED, [{"minute": 3, "proof": "token"}], 2, False),
    "a different one without a proof": (
        ProvenanceMode.REQUIRED,
        [
            {"minute": 1, "proof": "token"}, {"minute": 3, "digest": "f"}, {"minute": 4, "proof": "token"},
        ], 2, True,
    ),
    "the same without a proof before": (
        ProvenanceMode.PREFERRED, [{"minute": 1}, {"minute": 3, "proof": "token"}], 2, False,
    ),
    "a different one with a token in between": (
        ProvenanceMode.REQUIRED,
        [
            {"minute": 1, "proof": "token"}, {"minute": 3, "digest": "f", "proof": "token"},
            {"minute": 4, "proof": "token"},
        ], 2, False,
    ),
    "an older token stored once more": (
        ProvenanceMode.REQUIRED,
        [
            {"minute": 1, "proof": "token"}, {"minute": 3, "digest": "f", "proof": "token"},
            {"minute": 1, "proof": "token"},
        ], 2, False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PLANS)
def test_a_review_counts_when_the_plans_already_showed_what_is_applied(case: str) -> None:
    mode, plans, minute, counts = PLANS[case]
    scene = Scene(mode)
    for given in plans:
        scene.plan(**given)  # type: ignore[arg-type]  # the table's keys are its arguments
    assert (() if counts else missing(1, 0)) == scene.review(minute).judge().reasons


def test_a_plan_that_failed_in_between_voids_no_review() -> None:
    assert () == Scene().plan(1).review(2).check(3, "").plan(4).judge().reasons


def test_the_time_a_check_run_names_is_nothing_against_its_tokens() -> None:
    scene = Scene(ProvenanceMode.REQUIRED).plan(3, proof="token").review(2)
    scene.host.checks[0] = replace(scene.host.checks[0], completed_at=at(1))
    assert missing(1, 0) == scene.judge().reasons


@pytest.mark.parametrize(
    ("merged_at", "said"),
    [
        ("2026-01-01T12:01:00Z", ""),
        ("2026-01-01T11:56:00Z", ""),
        ("2026-01-01T11:55:59Z", "It was made after the merge."),
        ("", "Whether it was made before the merge cannot be told."),
        ("soon", "Whether it was made before the merge cannot be told."),
    ],
)
def test_a_token_of_after_the_merge_proves_nothing(merged_at: str, said: str) -> None:
    """Five minutes are left to clocks that differ."""
    scene = Scene(ProvenanceMode.PREFERRED, 0, pull=replace(PULL, merged_at=merged_at))
    merged = scene.plan(1, proof="token").judge()
    expected = [f"The proof of its approval does not hold. {said}"] if said else []
    assert (expected, 0 if said else 1) == (
        [r.fact("detail") for r in merged.reasons],
        len(merged.approvals),
    )


def test_a_pull_request_is_told_how_many_reviews_its_apply_asks_for() -> None:
    said = [reviews_notice(n) for n in (0, 1, 3)]
    assert ["", True, True] == [said[0], "that one person with" in said[1], "that 3 people with" in said[2]]


def test_an_answer_that_does_not_come_is_no_review() -> None:
    for index in range(4):
        scene = Scene().plan(1).review(2)
        scene.host.fail_on(index)
        with pytest.raises(RunFailed):
            scene.judge()
