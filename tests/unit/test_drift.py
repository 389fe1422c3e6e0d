"""Drift: what a look for it leaves behind, whether that counts, and when somebody looks again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from msgspec.structs import replace

from gitops_bot.commands.drift import drifted, look_for_drift, record_drift
from gitops_bot.commands.effects import Effects, RunFacts
from gitops_bot.commands.ledger import Book, close_entry, open_entry
from gitops_bot.core.environments import DEFAULT_SETTINGS, ApprovalSettings, Environment
from gitops_bot.core.errors import RunFailed
from gitops_bot.core.ledger import Entry, EntryState
from gitops_bot.core.provenance import ProvenanceMode
from gitops_bot.core.report import RunStatus
from gitops_bot.ports import CheckRun, Conclusion
from tests.kit.fake_code_host import FakeCodeHost
from tests.kit.fake_witness import FakeWitness
from tests.kit.fake_work_tree import FakeWorkTree
from tests.unit.test_faults_in_turn import Recorder

COMMIT, OTHER = "a" * 40, "b" * 40
NOW = datetime(2026, 1, 2, tzinfo=UTC)
DEV = Environment("dev", "main")
APPLIED = Entry(1, COMMIT, "tree", EntryState.SUCCEEDED, True, "2026-01-01T00:00:00Z")
NAME = "gitops-bot: drift dev"
FACTS = RunFacts("7", "pat", "acme/infra", "https://github.example", workflow="gitops.yml")
ASKED = ("gitops.yml", "main", {"command": "plan", "environment": "dev"})


def claims(ref: str = "refs/heads/main", event: str = "workflow_dispatch") -> dict[str, str]:
    workflow = f"acme/infra/.github/workflows/gitops.yml@{ref}"
    return {
        "repository": "acme/infra", "repository_id": "1", "event_name": event, "ref": ref, "base_ref": "",
        "workflow_ref": workflow, "workflow_sha": COMMIT, "job_workflow_ref": workflow,
    }  # fmt: skip


class Scene:
    """dev, applied at COMMIT a day before NOW."""

    def __init__(self, mode: ProvenanceMode = ProvenanceMode.PREFERRED) -> None:
        self.now = NOW
        self.host = FakeCodeHost(branches={"main": COMMIT})
        self.step = Recorder()
        self.witness = FakeWitness(lambda: self.now, claims())
        self.approval = ApprovalSettings(mode)

    @property
    def book(self) -> Book:
        tree = FakeWorkTree(commit=COMMIT)
        effects = Effects(
            self.host, tree, self.step, Path("/nowhere"), lambda _: tree, _none, _none,
            clock=lambda: self.now, witness=self.witness,
        )  # fmt: skip
        return Book(DEV, self.approval, effects)

    def applied(self, commit: str = COMMIT, *, succeeded: bool = True) -> None:
        entry = Entry(0, commit, "tree", EntryState.RUNNING, None, "")
        made = open_entry(self.book, entry)
        self.host.kept_deployments[-1] = replace(made, created_at=self.now.isoformat())
        close_entry(self.book, made, succeeded, "1 done, 0 failed, 0 not started; converged: yes", "")

    def looked(self, status: RunStatus, at: datetime | None = None) -> None:
        record_drift(self.book, COMMIT, status, "said", "https://github.example/run")
        when = (at or self.now).isoformat()
        self.host.checks[-1] = replace(self.host.checks[-1], completed_at=when)

    def looks(self, every: int) -> tuple[bool, list[object]]:
        settings = replace(DEFAULT_SETTINGS, environments=(DEV,), drift_every=every, approval=self.approval)
        well = look_for_drift(DEV, settings, self.book.effects, FACTS)
        return well, list(self.host.dispatched)


def _none(*_: object) -> NoReturn:
    raise AssertionError("nothing is planned here")


@pytest.mark.parametrize(
    ("found", "expected"), [([], None), ([RunStatus.NO_CHANGES], False), ([RunStatus.PLANNED], True)]
)
@pytest.mark.parametrize("mode", ProvenanceMode)
def test_what_the_newest_look_found_is_what_counts(
    found: list[RunStatus], expected: bool | None, mode: ProvenanceMode
) -> None:
    scene = Scene(mode)
    for status in found:
        scene.looked(status)
    assert drifted(scene.book, APPLIED) is expected


def test_a_later_look_replaces_an_earlier_one() -> None:
    scene = Scene()
    scene.looked(RunStatus.PLANNED)
    scene.looked(RunStatus.NO_CHANGES)
    assert drifted(scene.book, APPLIED) is False
    scene.looked(RunStatus.PLANNED)
    assert drifted(scene.book, APPLIED) is True


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.BLOCKED])
def test_a_plan_that_failed_found_nothing(status: RunStatus) -> None:
    scene = Scene()
    record_drift(scene.book, COMMIT, status, "said", "")
    assert scene.host.checks == []


FORGED: dict[str, FakeWitness] = {
    "no token": FakeWitness(lambda: NOW, claims(), key=None),
    "another key": FakeWitness(lambda: NOW, claims(), key=b"mine"),
    "a feature branch": FakeWitness(lambda: NOW, claims("refs/heads/feature")),
    "a pull request": FakeWitness(lambda: NOW, claims("refs/pull/1/merge", "pull_request")),
    "a token of long ago": FakeWitness(lambda: NOW - timedelta(hours=1), claims()),
}


@pytest.mark.parametrize("by", FORGED)
def test_that_nothing_drifted_needs_a_proof_where_proofs_are_required(by: str) -> None:
    scene = Scene(ProvenanceMode.REQUIRED)
    scene.looked(RunStatus.PLANNED)
    scene.witness = FORGED[by]
    scene.looked(RunStatus.NO_CHANGES)
    assert drifted(scene.book, APPLIED) is True


def test_what_was_found_before_the_apply_is_over() -> None:
    scene = Scene()
    scene.looked(RunStatus.PLANNED)
    again = replace(APPLIED, ended_at=(NOW + timedelta(seconds=1)).isoformat())
    assert drifted(scene.book, again) is None
    assert drifted(scene.book, replace(again, ended_at=NOW.isoformat())) is True


def test_that_something_drifted_is_believed_of_anybody() -> None:
    scene = Scene(ProvenanceMode.REQUIRED)
    scene.looked(RunStatus.NO_CHANGES)
    scene.host.write_check_run(CheckRun(NAME, COMMIT, Conclusion.NEUTRAL, "", ""))
    assert drifted(scene.book, APPLIED) is True


def test_the_proof_of_another_commit_is_none_of_this_one() -> None:
    scene = Scene(ProvenanceMode.REQUIRED)
    scene.looked(RunStatus.NO_CHANGES)
    scene.host.checks[-1] = replace(scene.host.checks[-1], commit=OTHER)
    assert (drifted(scene.book, APPLIED), drifted(scene.book, replace(APPLIED, commit=OTHER))) == (None, None)


DAY = 24 * 3600
LOOKS: dict[str, tuple[int, list[object]]] = {
    "not asked for": (0, []),
    "not yet due": (2 * DAY, []),
    "due": (DAY // 2, [ASKED]),
}


@pytest.mark.parametrize("case", LOOKS)
def test_a_look_is_dispatched_when_it_is_due_and_asked_for(case: str) -> None:
    every, expected = LOOKS[case]
    scene = Scene()
    scene.now = NOW - timedelta(days=1)
    scene.applied()
    scene.now = NOW
    assert scene.looks(every) == (True, expected)


def test_a_look_makes_the_next_one_due_later() -> None:
    scene = Scene()
    scene.now = NOW - timedelta(days=3)
    scene.applied()
    scene.looked(RunStatus.NO_CHANGES, NOW - timedelta(hours=1))
    scene.now = NOW
    assert scene.looks(DAY) == (True, [])


def test_nobody_looks_where_the_head_is_not_applied() -> None:
    scene = Scene()
    scene.now = NOW - timedelta(days=3)
    assert scene.looks(1) == (True, [])
    scene.applied(OTHER)
    assert scene.looks(1) == (True, [])
    scene.applied(succeeded=False)
    assert scene.looks(1) == (True, [])


def test_a_dispatch_that_github_refuses_is_said() -> None:
    scene = Scene()
    scene.now = NOW - timedelta(days=3)
    scene.applied()
    scene.now = NOW
    scene.host.failing["dispatch_workflow"] = RunFailed("GitHub refused it.", "Give `actions: write`.")
    assert scene.looks(1)[0] is False
    assert "dev: nobody looks for drift now: GitHub refused it. Give `actions: write`." in scene.step.lines


def test_a_proof_of_an_earlier_look_that_is_shown_again_hides_no_later_one() -> None:
    scene = Scene(ProvenanceMode.REQUIRED)
    scene.looked(RunStatus.NO_CHANGES)
    clean = scene.host.checks[-1]
    scene.now += timedelta(hours=1)
    scene.looked(RunStatus.PLANNED)
    scene.host.write_check_run(clean)  # anybody may say when a check run was completed
    scene.host.checks[-1] = replace(scene.host.checks[-1], completed_at=clean.completed_at)
    assert drifted(scene.book, APPLIED) is True


def test_a_look_that_does_not_count_keeps_nobody_from_looking() -> None:
    scene = Scene()
    scene.applied()
    scene.now += timedelta(hours=2)
    scene.witness = FORGED["another key"]
    scene.looked(RunStatus.NO_CHANGES)
    scene.witness = FakeWitness(lambda: scene.now, claims())
    assert scene.looks(3600) == (True, [ASKED])
