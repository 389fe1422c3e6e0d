from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.aws import AwsAccounts, aws_accounts
from tests.kit.lock_stage import RELEASE_OWN, RESOURCES, SETTINGS, Killed, lock_stage
from tests.kit.proven_stage import readable

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsAccounts]:
    with aws_accounts(tmp_path_factory.mktemp("aws")) as made:
        yield made


@pytest.fixture(scope="module")
def killed_once(tmp_path_factory: pytest.TempPathFactory, aws: AwsAccounts) -> Iterator[Killed]:
    with lock_stage(tmp_path_factory.mktemp("lock") / "shown", aws) as made:
        yield Killed(made)


@pytest.fixture
def killed(killed_once: Killed) -> Killed:
    killed_once.back()
    return killed_once


def test_rerun(killed: Killed) -> None:
    killed.end()
    run = killed.rerun()
    print(run.stdout, run.stderr, run.summary, run.outputs)
    assert killed.now_locked() == killed.lock
    assert 0


def test_unlock(killed: Killed) -> None:
    killed.end()
    run = killed.stage.dispatch("unlock", "devops", "devops")
    print(run.stdout, run.stderr, run.summary, run.outputs)
    assert killed.now_locked() is None
    run = killed.rerun()
    print(run.stdout, run.stderr, run.summary, run.outputs)
    print(killed.stage.entries)
    assert 0
