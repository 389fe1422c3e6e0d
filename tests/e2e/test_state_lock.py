"""A lock that outlives its run: the real program, terraform and S3 backend with native locking.

An apply is killed, Terraform and all. Its lock stays in the bucket, and nobody but the ledger and GitHub
can tell whose it is. On this machine everybody is the same user on the same host: the hardest case.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gitops_bot.core.ledger import END_UNKNOWN, TASK
from gitops_bot.core.locks import SKEW
from tests.kit.aws import AwsAccounts, aws_accounts
from tests.kit.lock_stage import RELEASE_OWN, RESOURCES, SETTINGS, Killed, Person, Shell, lock_stage
from tests.kit.processes import until
from tests.kit.proven_stage import readable
from tests.kit.stage import StepRun

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsAccounts]:
    with aws_accounts(tmp_path_factory.mktemp("aws")) as made:
        yield made


@pytest.fixture(scope="module")
def killed_once(tmp_path_factory: pytest.TempPathFactory, aws: AwsAccounts) -> Iterator[Killed]:
    with lock_stage(tmp_path_factory.mktemp("locks") / "shown", aws) as made:
        yield Killed(made)


@pytest.fixture(scope="module")
def killed_with_release_own(tmp_path_factory: pytest.TempPathFactory, aws: AwsAccounts) -> Iterator[Killed]:
    with lock_stage(tmp_path_factory.mktemp("locks") / "released", aws, SETTINGS + RELEASE_OWN) as made:
        yield Killed(made)


@pytest.fixture
def killed(killed_once: Killed) -> Killed:
    """An apply that was killed; GitHub still says that its run is in progress."""
    killed_once.back()
    return killed_once


@pytest.fixture
def releasing(killed_with_release_own: Killed) -> Killed:
    """The same where `lock.release_own` is true."""
    killed_with_release_own.back()
    return killed_with_release_own


def seconds(time: str) -> str:
    """The time in a lock as people read it."""
    return f"{time[:10]} {time[11:19]} UTC"


def ended(killed: Killed, index: int) -> tuple[str, str]:
    """How an entry of the ledger ended: state and description; the newest is 0."""
    found = [s for s in killed.stage.entries[index].statuses if s.state in ("success", "failure", "error")]
    return (found[0].state, found[0].description) if found else ("", "")


def said(run: StepRun) -> str:
    return run.stdout + run.stderr + run.summary


# --- a lock of our own -----------------------------------------------------------------------


def test_a_killed_apply_leaves_its_lock_and_an_entry_without_an_end(killed: Killed) -> None:
    info = killed.info
    (entry,) = killed.stage.entries
    assert info["Operation"] == "OperationTypeApply"
    announced = killed.stage.announced
    assert (announced["run"], announced["who"]) == (killed.run, info["Who"])
    assert [s.state for s in entry.statuses] == ["in_progress"]


def test_a_rerun_that_may_release_nothing_says_whose_the_lock_is_and_applies_nothing(killed: Killed) -> None:
    killed.end()
    run = killed.rerun()
    assert (run.code, run.outputs["result"]) == (1, "failed"), said(run)
    info = killed.info
    whose = f"{info['Who']} since {seconds(info['Created'])} (ID {info['ID']})"
    assert whose in run.stdout
    for text in (readable(run.summary), readable(killed.stage.comments(killed.number)[-1])):
        assert whose in text
        assert "the command `unlock` releases it where a run of this program left it" in text
        assert f"by run {killed.run}, was never recorded as ended: its run is over." in text
    assert killed.now_locked() == killed.lock
    assert killed.stage.resources("devops") == []
    assert ended(killed, 1) == ("error", f"{END_UNKNOWN}; run {killed.run} goes on from here")
    assert ended(killed, 0) == ("failure", "0 done, 0 failed, 3 not started; converged: unknown")


def test_unlock_by_dispatch_releases_it_and_a_rerun_finishes_the_apply(killed: Killed) -> None:
    killed.end()
    unlock = killed.stage.dispatch("unlock", "devops", "devops")
    assert (unlock.code, unlock.outputs["result"]) == (0, "unlocked"), said(unlock)
    assert f"run {killed.run} of this environment left it, and has ended" in unlock.summary
    assert killed.now_locked() is None

    run = killed.rerun()
    assert (run.code, run.outputs["result"]) == (0, "applied"), said(run)
    assert killed.stage.resources("devops") == RESOURCES
    assert killed.now_locked() is None
    assert ended(killed, 1) == ("error", f"{END_UNKNOWN}; run {killed.run} goes on from here")
    assert ended(killed, 0) == ("success", "3 done, 0 failed, 0 not started; converged: yes")


def test_unlock_on_a_shell_releases_it_and_then_finds_nothing(killed: Killed) -> None:
    killed.end()
    shell = Shell(killed.stage)
    done = shell()
    info = killed.info
    assert done.stdout.splitlines() == [
        "stack: released",
        f"  who    {info['Who']}",
        f"  since  {seconds(info['Created'])}",
        f"  ID     {info['ID']}",
        f"  why    run {killed.run} of this environment left it, and has ended",
    ]
    assert (done.returncode, killed.now_locked()) == (0, None)
    again = shell()
    assert (again.returncode, again.stdout) == (0, "stack: not locked\n")


def test_a_rerun_that_may_release_does_so_by_itself_and_goes_on(releasing: Killed) -> None:
    releasing.end()
    run = releasing.rerun()
    assert (run.code, run.outputs["result"]) == (0, "applied"), said(run)
    info = releasing.info
    for text in (run.stdout, readable(run.summary)):
        assert f"stack: released the lock of {info['Who']} since {seconds(info['Created'])}" in text
    assert releasing.stage.resources("devops") == RESOURCES
    assert releasing.now_locked() is None
    assert [ended(releasing, i)[0] for i in (0, 1)] == ["success", "error"]


# --- a lock of anybody else ------------------------------------------------------------------


def not_touched(killed: Killed, lock: bytes, done: Any, why: str) -> None:
    """`unlock` on a shell has shown the lock and left it."""
    info = json.loads(lock)
    assert done.stdout.splitlines()[:4] == [
        "stack: held",
        f"  who    {info['Who']}",
        f"  since  {seconds(info['Created'])}",
        f"  ID     {info['ID']}",
    ], done.stderr
    assert why in " ".join(done.stdout.split())
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert done.returncode == 1
    assert killed.now_locked() == lock


def test_the_lock_of_a_run_that_still_goes_on_is_never_touched(killed: Killed, releasing: Killed) -> None:
    not_touched(killed, killed.lock, Shell(killed.stage)(), f"run {killed.run} may hold it, and GitHub does")
    another = releasing.stage.dispatch("apply", "devops", "devops")
    assert (another.code, another.outputs["result"]) == (1, "failed"), said(another)
    assert f"run {releasing.run} may hold it, and GitHub does not say that it has ended" in another.stdout
    assert releasing.now_locked() == releasing.lock
    assert releasing.stage.resources("devops") == []


MINUTE_BEFORE = (datetime.now(UTC) - timedelta(minutes=1)).isoformat().replace("+00:00", "Z")
OTHERS = {
    "of somebody else": ({"Who": "ana@laptop"}, "no apply on record ran as that user on that machine"),
    "from before": ({"Created": MINUTE_BEFORE}, "no apply on record that ran there then can have left it"),
    "of a plan": ({"Operation": "OperationTypePlan"}, "no apply took it"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_any_other_lock_is_shown_and_never_touched(killed: Killed, case: str) -> None:
    killed.end()
    changed, why = OTHERS[case]
    lock = json.dumps({**killed.info, **changed}).encode()
    killed.relock(lock)
    not_touched(killed, lock, Shell(killed.stage)(), why)


def test_hostile_text_in_a_lock_commands_neither_terminal_nor_log_nor_page(killed: Killed) -> None:
    killed.end()
    who = "\x1b[2Jeve\u202e@host <img src=x> @acme|##[error]no ![x](http://e.vil)"
    killed.relock(lock := json.dumps({**killed.info, "Who": who, "ID": "::error::\x1b]0;x\x07"}).encode())
    done = Shell(killed.stage)()
    assert "eve" in done.stdout
    assert [c for c in done.stdout + done.stderr if not c.isprintable() and c != "\n"] == []
    killed.stage.in_actions = True
    try:
        run = killed.stage.dispatch("unlock", "devops", "devops")
    finally:
        killed.stage.in_actions = False
    assert (done.returncode, run.code, run.outputs["result"]) == (1, 1, "blocked")
    assert [c for c in said(run) if not c.isprintable() and c != "\n"] == []
    row = next(line for line in run.summary.splitlines() if line.startswith("| stack"))
    assert row.replace("&#124;", "").count("|") == 7
    for piece in ("<img", "@acme", "![x]", "http://"):
        assert piece not in row
    hostile = run.stdout.index("##[error]no")
    fence = run.stdout.rindex("::stop-commands::", 0, hostile)
    token = run.stdout[fence:].splitlines()[0].removeprefix("::stop-commands::")
    assert run.stdout.index(f"::{token}::", fence + 40) > hostile
    assert killed.now_locked() == lock


def test_a_lock_that_is_not_in_terraforms_form_is_no_reason_to_release_anything(killed: Killed) -> None:
    """A newline in a value would make up the field after it."""
    killed.end()
    info = killed.info
    forged = f"eve@host\n  Version:   1\n  Created:   {info['Created']}\nLock Info:"
    killed.relock(lock := json.dumps({**info, "Who": forged}).encode())
    done = Shell(killed.stage)()
    assert done.stdout.startswith("stack: unknown\n  why    Whether the state is locked cannot be found out")
    assert (done.returncode, killed.now_locked()) == (1, lock)


def test_an_apply_that_somebody_else_does_from_the_same_machine_is_never_disturbed(
    killed: Killed, tmp_path: Path
) -> None:
    """First after the killed run has ended, then while an apply of ours runs into it and ends."""
    killed.end()
    stage = killed.stage
    stage.s3.delete_object(Bucket=stage.bucket, Key=killed.lock_key)
    person = Person(stage, tmp_path / "person")
    assert until(lambda: datetime.now(UTC) > killed.at + SKEW + timedelta(seconds=2), 30)
    with person.applying():
        lock = killed.now_locked()
        assert lock is not None
        assert json.loads(lock)["Who"] == killed.info["Who"]
        not_touched(killed, lock, Shell(stage)(), "no apply on record that ran there then can have left it")

        stage.clock.off = -60.0  # its entry is older than the lock, as one is that waits for its turn
        met = killed.rerun()
        stage.clock.off = 0.0
        killed.end(attempt=2)
        assert (met.code, met.outputs["result"]) == (1, "failed"), said(met)
        not_touched(killed, lock, Shell(stage)(), "no apply on record that ran there then can have left it")
    assert killed.now_locked() is None
    assert stage.resources("devops") == RESOURCES


def test_a_forged_entry_makes_nobodys_lock_ours_where_proofs_are_required(
    killed: Killed, tmp_path: Path
) -> None:
    killed.end()
    stage = killed.stage
    payload = {**stage.announced, "who": "ana@laptop", "new_states": []}
    stage.clock.off = -600.0  # before the lock, however slow this machine is
    body = {"ref": killed.push.sha, "task": TASK, "environment": "devops"}
    for proof in (payload["proof"], None):
        forged = {k: v for k, v in {**payload, "proof": proof}.items() if v is not None}
        stage.hub.deployments.add(killed.push.sha, {**body, "payload": forged}, "github-actions")
    stage.clock.off = 0.0
    killed.relock(lock := json.dumps({**killed.info, "Who": "ana@laptop"}).encode())
    not_touched(killed, lock, Shell(stage)(), "no apply on record ran as that user on that machine")

    (tmp_path / "laxer.yml").write_text(SETTINGS.replace("provenance: required", "provenance: preferred"))
    laxer = Shell(stage)("--config", str(tmp_path / "laxer.yml"))
    assert (laxer.returncode, killed.now_locked()) == (0, None), laxer.stdout + laxer.stderr
    assert "nothing proves that the ledger's entry of it is genuine" in " ".join(laxer.stdout.split())


@pytest.mark.parametrize(
    ("path", "permission"), [("/deployments$", "deployments: read"), ("/actions/runs/", "actions: read")]
)
def test_a_token_that_may_not_ask_whose_it_is_is_told_what_it_lacks(
    killed: Killed, path: str, permission: str
) -> None:
    killed.end()
    faults = killed.stage.sandbox.faults
    faults.add("GET", path, 403, message="Resource not accessible by integration")
    done = Shell(killed.stage)()
    not_touched(killed, killed.lock, done, "whose it is could not be found out. GitHub refused GET ")
    assert f"Give the token `{permission}`" in " ".join(done.stdout.split())


def test_unlock_on_another_branch_is_refused_before_anything_is_looked_at(killed: Killed) -> None:
    killed.end()
    run = killed.stage.dispatch("unlock", "devops", "dev")
    assert run.code == 2
    assert "Dispatch it on the branch devops, the one whose runs may apply." in run.stderr
    assert (run.stdout, killed.now_locked()) == ("", killed.lock)
