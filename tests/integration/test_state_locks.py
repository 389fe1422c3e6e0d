"""Locks on states, with the real terraform."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gitops_bot.core.errors import RunFailed
from gitops_bot.core.locks import StateLock
from gitops_bot.core.plan import read_plan
from gitops_bot.core.report import Applied, Diagnostic, ResourceOutcome, ResourceState, Severity
from tests.kit.needs import needs_program
from tests.kit.terraform_bench import ONE, Bench, state_held


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    needs_program("terraform")
    return Bench(tmp_path)


def as_lock(info: dict[str, str]) -> StateLock:
    """What Terraform wrote into the lock."""
    names = ("ID", "Path", "Operation", "Who", "Version", "Created")
    return StateLock(*(info[name] for name in names))


def test_an_apply_on_a_locked_state_says_whose_lock_it_is(bench: Bench) -> None:
    bench.write(ONE)
    made = bench.made()
    with state_held(bench) as info:
        blocked = bench.apply(made)
    since = info["Created"][:19].replace("T", " ")
    assert blocked == Applied(
        (ResourceOutcome("terraform_data.one", "create", ResourceState.NOT_STARTED),),
        (
            Diagnostic(
                Severity.ERROR,
                f"The state is locked by {info['Who']} since {since} UTC "
                f"(lock ID {info['ID']}, operation apply)",
                f"Terraform {info['Version']} holds the lock of terraform.tfstate. "
                "Wait until that run has ended and try again. If it is certain that it no longer runs, "
                f"release the lock with: terraform force-unlock {info['ID']}",
            ),
        ),
        succeeded=False,
        lock=as_lock(info),
    )


@pytest.mark.parametrize("writes", [False, True])
def test_no_plan_minds_a_lock(bench: Bench, writes: bool) -> None:
    bench.run = replace(bench.run, writes=writes)
    with state_held(bench):
        bench.write(ONE)
        assert read_plan(bench.made().document).has_changes is True


def test_the_lock_a_state_is_under_can_be_asked(bench: Bench) -> None:
    with state_held(bench) as info:
        assert bench.runner.lock_of(bench.run) == as_lock(info)
    state = (bench.folder / "terraform.tfstate").read_bytes()
    assert bench.runner.lock_of(bench.run) is None
    assert (bench.folder / "terraform.tfstate").read_bytes() == state


def test_a_project_without_a_state_is_not_locked_and_gets_none(bench: Bench) -> None:
    bench.write(ONE)
    assert bench.runner.lock_of(bench.run) is None
    assert sorted(f.name for f in bench.folder.iterdir()) == ["main.tf"]


def test_the_lock_names_the_user_and_host_that_this_one_says_it_is(bench: Bench) -> None:
    with state_held(bench) as info:
        assert bench.runner.who() == info["Who"]


def test_a_lock_that_is_not_there_is_not_released(bench: Bench) -> None:
    bench.write(ONE)
    lock_id = "04684cdf-a2e6-7160-a2f2-b1a9a546277a"
    with pytest.raises(RunFailed) as caught:
        bench.runner.unlock(bench.run, lock_id)
    assert caught.value.message.startswith(f"The lock {lock_id} was not released (force-unlock): ")


@pytest.mark.parametrize("lock_id", ["", "-help", "a b", "x" * 201, "a\nb"])
def test_what_is_no_lock_id_is_not_given_to_terraform(bench: Bench, lock_id: str) -> None:
    with pytest.raises(RunFailed, match="is no lock ID"):
        bench.runner.unlock(bench.run, lock_id)
