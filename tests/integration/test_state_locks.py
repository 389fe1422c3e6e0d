"""Locks on states, with the real terraform."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from gitops_bot.adapters.terraform.runner import TerraformBinary
from gitops_bot.core.errors import RunFailed
from gitops_bot.core.locks import APPLY, StateLock
from gitops_bot.core.plan import read_plan
from gitops_bot.core.report import Applied, Diagnostic, ResourceOutcome, ResourceState, Severity
from tests.kit.aws import AwsAccounts, aws_accounts
from tests.kit.fake_cloud import FakeCloudSession
from tests.kit.needs import needs_program
from tests.kit.terraform_bench import ONE, SETTINGS, SLOW, Bench, state_held, wait_until


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
                "Wait until that run has ended and try again. If it ended and left the lock, comment "
                "/gitops unlock or dispatch unlock on the branch: that looks whose it is, and releases what "
                "an apply of ours left. Another's, if it is certain that nobody works on the state any "
                "more: "
                f"terraform force-unlock {info['ID']}",
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


# --- in S3, where a lock outlives its process -------------------------------------------------

IN_S3 = """\
terraform {
  backend "s3" {
    bucket                     = "tfstate"
    key                        = "dev/stack.tfstate"
    region                     = "us-east-1"
    use_lockfile               = true
    use_path_style             = true
    skip_requesting_account_id = true
  }
}
"""
ACCOUNT = "222222222222"


@pytest.fixture
def left_locked(bench: Bench, tmp_path: Path) -> Iterator[AwsAccounts]:
    """The bench's state lies in S3, and a Terraform that was killed amid an apply left its lock."""
    with aws_accounts(tmp_path / "aws") as aws:
        aws.client("s3", ACCOUNT).create_bucket(Bucket="tfstate")
        key = aws.setup_key(ACCOUNT)
        bench.environ.update(aws.environ)
        bench.environ.update(AWS_ACCESS_KEY_ID=key.access_key, AWS_SECRET_ACCESS_KEY=key.secret)
        bench.runner = TerraformBinary(SETTINGS, bench.environ, FakeCloudSession())
        bench.write(IN_S3 + ONE)
        assert bench.apply(bench.made()).succeeded
        bench.write(IN_S3 + ONE + SLOW.replace("sleep 30", "touch begun; exec sleep 30"))
        argv = ["terraform", "apply", "-auto-approve", "-input=false"]
        with subprocess.Popen(
            argv, cwd=bench.folder, env=bench.environ, stdout=subprocess.DEVNULL, start_new_session=True
        ) as terraform:
            wait_until((bench.folder / "begun").exists)
            os.killpg(terraform.pid, signal.SIGKILL)
        yield aws


def objects(aws: AwsAccounts) -> dict[str, str]:
    """Each object of the bucket with a digest of its content."""
    found = aws.client("s3", ACCOUNT).list_objects_v2(Bucket="tfstate")
    return {item["Key"]: item["ETag"] for item in found.get("Contents", [])}


def lock_in(aws: AwsAccounts) -> StateLock:
    body = aws.client("s3", ACCOUNT).get_object(Bucket="tfstate", Key="dev/stack.tfstate.tflock")["Body"]
    return as_lock(json.loads(body.read()))


def test_a_lock_left_in_s3_is_found_and_released_by_its_id_alone(
    bench: Bench, left_locked: AwsAccounts
) -> None:
    lock = lock_in(left_locked)
    before = objects(left_locked)
    assert bench.runner.lock_of(bench.run) == lock
    assert objects(left_locked) == before
    assert (lock.operation, lock.who) == (APPLY, bench.runner.who())

    with pytest.raises(RunFailed) as caught:
        bench.runner.unlock(bench.run, "04684cdf-a2e6-7160-a2f2-b1a9a546277a")
    assert "was not released (force-unlock): " in caught.value.message
    assert objects(left_locked) == before

    bench.runner.unlock(bench.run, lock.id)
    assert bench.runner.lock_of(bench.run) is None
    state = "dev/stack.tfstate"
    assert objects(left_locked) == {state: before[state]}


def test_an_apply_that_meets_a_lock_in_s3_carries_it(bench: Bench, left_locked: AwsAccounts) -> None:
    lock = lock_in(left_locked)
    bench.write(IN_S3 + ONE.replace("1", "2"))
    blocked = bench.apply(bench.made())
    assert (blocked.succeeded, blocked.lock) == (False, lock)
    assert {r.state for r in blocked.resources} == {ResourceState.NOT_STARTED}


def test_a_new_workspace_is_made_only_by_a_run_that_may_write(bench: Bench) -> None:
    """Asking for a lock is not one: a workspace that does not exist has none to tell of."""
    bench.write(ONE)
    with pytest.raises(RunFailed, match="The workspace blue does not exist"):
        bench.runner.lock_of(replace(bench.run, workspace="blue", writes=True))
    assert (bench.folder / "terraform.tfstate.d").exists() is False
