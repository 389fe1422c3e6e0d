"""Which rules for approvals hold at a commit, whatever that commit and the ledger's forgers say."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_bot.commands.effects import Effects
from gitops_bot.commands.rules_in_force import rules_in_force
from gitops_bot.config.load import load_settings
from gitops_bot.core.environments import DEFAULT_SETTINGS
from gitops_bot.core.ledger import TASK
from gitops_bot.core.provenance import ProvenanceMode
from gitops_bot.ports import Deployment, DeploymentState, DeploymentStatus
from tests.kit.fake_code_host import FakeCodeHost
from tests.kit.fake_work_tree import FakeWorkTree
from tests.unit.test_faults_in_turn import Recorder

DEVOPS = DEFAULT_SETTINGS.environments[0]
STRICT = "approval: {provenance: required}"
LAX = "approval: {provenance: none, by: [pat]}"
PREFERRED = "approval: {provenance: preferred}"
BROKEN = "approval: {provenance: maybe}"


class Branch:
    """A branch with one configuration per commit, oldest first, and a ledger without proofs."""

    def __init__(self, *configs: str) -> None:
        self.commits = [f"{number:040x}" for number in range(1, len(configs) + 1)]
        before = [(), *((c,) for c in self.commits)]
        self.tree = FakeWorkTree(
            commit=self.commits[-1],
            history=dict(zip(self.commits, before, strict=False)),
            files={(c, ".gitops-bot.yml"): t for c, t in zip(self.commits, configs, strict=True)},
        )
        self.host = FakeCodeHost()

    def applied(self, index: int) -> None:
        commit = self.commits[index]
        made = self.host.create_deployment(Deployment(0, "devops", commit, TASK, {"tree": "t"}, ""))
        status = DeploymentStatus(DeploymentState.SUCCESS, "1 done, 0 failed, 0 not started; converged: no")
        self.host.add_deployment_status(made, status)

    def judged(self) -> tuple[ProvenanceMode, tuple[str, ...]]:
        effects = Effects(
            self.host, self.tree, Recorder(), Path("/scratch"),
            None, None, None,  # type: ignore[arg-type]  # nothing is planned here
        )  # fmt: skip
        head = self.commits[-1]
        own = load_settings(self.tree.file_at(head, ".gitops-bot.yml"), ".gitops-bot.yml").approval
        approval = rules_in_force(DEVOPS, head, own, effects)
        return approval.provenance, approval.by


def test_a_commit_that_relaxes_the_rules_is_judged_by_those_before_it() -> None:
    branch = Branch(STRICT, LAX)
    assert (ProvenanceMode.REQUIRED, ()) == branch.judged()


@pytest.mark.parametrize("forged", [0, 1, 2, 3])
def test_an_entry_that_counts_only_by_the_relaxed_rules_puts_none_in_force(forged: int) -> None:
    """Neither for the commit itself, nor for one before, nor behind commits that change nothing more."""
    branch = Branch(STRICT, LAX, LAX, LAX)
    branch.applied(forged)
    assert (ProvenanceMode.REQUIRED, ()) == branch.judged()


def test_rules_are_relaxed_once_an_apply_by_the_rules_before_it_succeeded() -> None:
    branch = Branch(STRICT, PREFERRED, LAX)
    branch.applied(2)
    assert (ProvenanceMode.REQUIRED, ()) == branch.judged()
    branch = Branch(PREFERRED, LAX, LAX)
    branch.applied(1)
    assert (ProvenanceMode.NONE, ("pat",)) == branch.judged()


def test_an_apply_before_the_rules_were_relaxed_says_nothing_of_them() -> None:
    branch = Branch(PREFERRED, LAX)
    branch.applied(0)
    assert (ProvenanceMode.PREFERRED, ()) == branch.judged()


def test_rules_are_not_relaxed_in_two_steps_either() -> None:
    branch = Branch(STRICT, PREFERRED, LAX)
    branch.applied(1)
    assert (ProvenanceMode.REQUIRED, ()) == branch.judged()


def test_a_configuration_that_nobody_could_read_hides_nothing_behind_it() -> None:
    branch = Branch(STRICT, BROKEN, LAX)
    branch.applied(2)
    assert (ProvenanceMode.REQUIRED, ()) == branch.judged()


def test_a_configuration_that_was_taken_away_is_looked_for_behind() -> None:
    branch = Branch(STRICT, LAX)
    del branch.tree.files[branch.commits[-1], ".gitops-bot.yml"]
    branch.applied(1)
    assert (ProvenanceMode.REQUIRED, ()) == branch.judged()


def test_the_first_configuration_holds_by_itself() -> None:
    assert (ProvenanceMode.NONE, ("pat",)) == Branch(LAX, LAX).judged()
