"""What an entry of the ledger says once it is read back from the host."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from gitops_bot.commands.checks import apply_check, outcome_text
from gitops_bot.commands.effects import Effects
from gitops_bot.commands.ledger import (
    Book,
    close_entry,
    open_entry,
    outcome_audience,
    outcome_reference,
    read_ledger,
)
from gitops_bot.core.environments import ApprovalSettings, Environment
from gitops_bot.core.json_values import JsonValue
from gitops_bot.core.ledger import TASK, Entry, EntryState, Outcome, describe, pack_outcome
from gitops_bot.core.provenance import ProvenanceMode
from gitops_bot.ports import CheckRun, Conclusion, Deployment, DeploymentState, DeploymentStatus
from tests.kit.fake_code_host import FakeCodeHost
from tests.kit.fake_witness import FakeWitness
from tests.kit.fake_work_tree import FakeWorkTree

COMMIT, TREE = "c" * 40, "t" * 40
REF = "refs/heads/dev"
WORKFLOW = f"acme/infra/.github/workflows/gitops.yml@{REF}"
CLAIMS: dict[str, JsonValue] = {
    "repository": "acme/infra", "repository_id": "1", "event_name": "push", "ref": REF, "base_ref": "",
    "workflow_ref": WORKFLOW, "workflow_sha": COMMIT,
    "job_workflow_ref": WORKFLOW, "job_workflow_sha": COMMIT,
}  # fmt: skip
ENTRY = Entry(0, COMMIT, TREE, EntryState.RUNNING, None, "", (7,), "d", "pat", "42")


@dataclass
class Clock:
    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Applies:
    """Applies of dev that are proven by tokens, and a ledger of them."""

    def __init__(self, mode: ProvenanceMode = ProvenanceMode.PREFERRED) -> None:
        self.clock = Clock()
        self.host = FakeCodeHost()
        self.witness = FakeWitness(self.clock, CLAIMS)
        effects = Effects(
            self.host, FakeWorkTree(), None, Path("/scratch"),  # type: ignore[arg-type]  # it says nothing
            None, None, None,  # type: ignore[arg-type]  # nothing is planned here
            clock=self.clock, witness=self.witness,
        )  # fmt: skip
        self.book = Book(Environment("dev", "dev"), ApprovalSettings(mode), effects)

    def start(self, entry: Entry = ENTRY) -> Deployment:
        return open_entry(self.book, entry)

    def say(self, made: Deployment, *, proven: bool) -> None:
        """The outcome, in the applied commit's check run."""
        stored = pack_outcome(Outcome(made.id, True, True, (1, 0, 0)), 60_000)
        proof = self.witness.prove(outcome_audience("dev", made, stored)) if proven else None
        self.host.write_check_run(
            CheckRun(
                apply_check("dev"), COMMIT, Conclusion.SUCCESS, "applied", "summary",
                outcome_text(stored, proof), outcome_reference(made.id),
            )
        )  # fmt: skip

    def close(self, made: Deployment, at: str, *, succeeded: bool = True) -> None:
        close_entry(self.book, made, succeeded, describe(1, 0, 0, True), "")
        self.host.statuses[made.id][-1] = replace(self.host.statuses[made.id][-1], at=at)

    def read(self) -> Entry:
        (entry,) = read_ledger(self.book).entries
        return entry


def test_an_apply_ended_when_the_token_that_proves_its_outcome_was_issued() -> None:
    applies = Applies()
    made = applies.start()
    applies.clock.now += timedelta(minutes=12, seconds=5)
    applies.say(made, proven=True)
    applies.close(made, "2026-01-01T00:13:00Z")
    entry = applies.read()
    assert (EntryState.SUCCEEDED, "2026-01-01T00:12:05Z") == (entry.state, entry.ended_at)


@pytest.mark.parametrize("at", ["2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z"])
def test_a_status_that_is_added_later_moves_no_proven_end(at: str) -> None:
    applies = Applies(ProvenanceMode.REQUIRED)
    made = applies.start()
    applies.say(made, proven=True)
    applies.close(made, at)
    assert "2026-01-01T00:00:00Z" == applies.read().ended_at


def test_an_outcome_on_trust_ended_when_its_newest_end_was_recorded() -> None:
    applies = Applies()
    made = applies.start()
    applies.say(made, proven=False)
    applies.close(made, "2026-01-01T00:13:00Z")
    applies.close(made, "2026-01-01T00:14:00Z")
    entry = applies.read()
    assert (EntryState.SUCCEEDED, "2026-01-01T00:14:00Z") == (entry.state, entry.ended_at)


@pytest.mark.parametrize("mode", [ProvenanceMode.NONE, ProvenanceMode.PREFERRED])
@pytest.mark.parametrize(("succeeded", "state"), [(True, EntryState.SUCCEEDED), (False, EntryState.FAILED)])
def test_without_an_outcome_the_status_says_when_it_ended(
    mode: ProvenanceMode, succeeded: bool, state: EntryState
) -> None:
    applies = Applies(mode)
    applies.close(applies.start(), "2026-01-01T00:13:00Z", succeeded=succeeded)
    entry = applies.read()
    assert (state, "2026-01-01T00:13:00Z") == (entry.state, entry.ended_at)


def test_a_newer_success_does_not_move_the_end_of_an_older_apply() -> None:
    applies = Applies()
    made = applies.start()
    applies.close(made, "2026-01-01T00:13:00Z")
    inactive = DeploymentStatus(DeploymentState.INACTIVE, "", at="2026-01-01T09:00:00Z")
    applies.host.statuses[made.id].append(inactive)
    assert "2026-01-01T00:13:00Z" == applies.read().ended_at


def test_an_apply_that_runs_has_no_end() -> None:
    applies = Applies()
    applies.start()
    assert (EntryState.RUNNING, "", False) == (
        applies.read().state, applies.read().ended_at, applies.read().closed,
    )  # fmt: skip


def test_an_outcome_without_a_status_and_a_token_ended_nobody_knows_when() -> None:
    applies = Applies()
    applies.say(applies.start(), proven=False)
    assert (EntryState.SUCCEEDED, "") == (applies.read().state, applies.read().ended_at)


def test_hotfixes_and_who_let_them_are_read_back() -> None:
    applies = Applies()
    applies.start(replace(ENTRY, hotfixes=(7, 9), hotfix_by="kim, lee"))
    assert ((7, 9), "kim, lee") == (applies.read().hotfixes, applies.read().hotfix_by)


def test_an_apply_without_hotfixes_says_nothing_of_them() -> None:
    applies = Applies()
    made = applies.start()
    assert ((), "") == (applies.read().hotfixes, applies.read().hotfix_by)
    assert {"hotfixes", "hotfix_by"}.isdisjoint(made.payload)


def test_only_numbers_count_as_hotfixes_and_pull_requests() -> None:
    applies = Applies(ProvenanceMode.NONE)
    odd: list[JsonValue] = [True, 7, "8", None, 9.5, [1], False]
    payload: dict[str, JsonValue] = {"hotfixes": odd, "pull_requests": odd, "hotfix_by": ["kim"]}
    applies.host.create_deployment(Deployment(0, "dev", COMMIT, TASK, payload, ""))
    entry = applies.read()
    assert ((7,), (7,), "") == (entry.hotfixes, entry.pull_requests, entry.hotfix_by)
