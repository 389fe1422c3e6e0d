"""A cancelled job: the runner's SIGINT to the step's shell, and to nothing else, stops Terraform gracefully.
And what set up the program took nothing from the repository, which is hostile, and left nothing there.

act kills a step outright, so the chain is started here as a runner does it: action.yml's own `run` line in
a script, bash, action.sh, the program, Terraform.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kit.in_process import deliver_here
from tests.kit.needs import needs_program
from tests.kit.processes import descendants, until, working_in
from tests.kit.sandbox_story import git
from tests.kit.stage import Stage, read_outputs, stage
from tests.kit.step_shell import set_up, step_script

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")

PATIENCE = 60.0
SLOW = """\
resource "terraform_data" "before" {{
}}

resource "terraform_data" "slow" {{
  depends_on = [terraform_data.before]
  provisioner "local-exec" {{
    command = "touch '{folder}/began'; sleep 60"
  }}
}}

resource "terraform_data" "after" {{
  depends_on = [terraform_data.slow]
}}
"""


SPOILS = "open({trap!r}, 'w').close()\n"
"""What would run if Python looked into the work tree."""


@dataclass(frozen=True)
class Cancelled:
    """What was seen of a cancelled apply."""

    chain: tuple[str, ...]
    code: int
    log: str
    outputs: dict[str, str]
    resources: list[str]
    left: tuple[str, ...]
    entries: list[tuple[str, str]]
    spoiled: bool
    written: list[str]
    temp: list[str]


def programs(pid: int) -> tuple[str, ...]:
    """The command line of the process, without the folders."""
    line = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    return tuple(Path(part).name for part in line if part)


def cancel(told: Stage, folder: Path) -> Cancelled:
    trap = folder / "spoiled"
    spoils = SPOILS.format(trap=str(trap))
    hostile = dict.fromkeys(("gitops_bot/__init__.py", "gitops_bot/__main__.py", "sitecustomize.py"), spoils)
    hostile |= {"uv.toml": 'index-url = "http://127.0.0.1:9/"\n', ".python-version": "2.7\n"}
    number = told.pull_request({**hostile, "infra/slow.tf": SLOW.format(folder=folder)})
    planned = deliver_here(told, told.next_event("pull_request", "opened"))
    assert planned.code == 0, planned
    told.hub.take_events()
    told.hub.merge(number)
    event = told.next_event("push")
    work = told.checkout(event.sha)
    environ = told.environ(event, work, **set_up(folder), PYTHONPATH=str(work), PYTHONSTARTUP="uv.toml")
    log = folder / "log"
    with log.open("wb") as output:
        shell = subprocess.Popen(
            step_script(folder), env=environ, cwd=work, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        reached = until(lambda: (folder / "began").exists() or shell.poll() is not None, PATIENCE)
        assert (reached, shell.poll()) == (True, None), log.read_text()
        chain = (*programs(shell.pid), *("terraform" for _ in descendants(shell.pid, "terraform")))
        os.kill(shell.pid, signal.SIGINT)
        code = shell.wait(PATIENCE)
    finally:
        shell.kill()
        shell.wait()
    outputs = Path(environ["GITHUB_OUTPUT"])
    return Cancelled(
        chain,
        code,
        log.read_text(),
        read_outputs(outputs.read_text()) if outputs.exists() else {},
        told.resources("devops"),
        tuple(working_in(work).values()),
        told.applies(),
        trap.exists(),
        git(work, "status", "--porcelain", "--ignored").split("\n"),
        [path.name.rpartition("-")[0].rpartition("-")[0] for path in (folder / "temp").iterdir()],
    )


@pytest.fixture(scope="module")
def cancelled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cancelled]:
    needs_program("terraform")
    folder = tmp_path_factory.mktemp("cancelled")
    with stage(folder) as told:
        yield cancel(told, folder)


def test_the_process_the_runner_knows_is_the_program_and_terraform_its_child(
    cancelled: Cancelled,
) -> None:
    assert cancelled.chain == ("python", "-I", "-m", "gitops_bot", "run", "terraform")


def test_terraform_stops_what_it_had_begun_and_begins_nothing_more(cancelled: Cancelled) -> None:
    assert cancelled.resources == ["terraform_data.before", "terraform_data.slow"], cancelled.log


def test_the_run_ends_as_interrupted_and_records_what_was_done(cancelled: Cancelled) -> None:
    assert (cancelled.code, cancelled.outputs["result"]) == (130, "partly-applied"), cancelled.log
    ((state, description),) = cancelled.entries
    assert (state, description.split("; ")[0]) == ("failure", "1 done, 1 failed, 1 not started")


def test_no_process_is_left(cancelled: Cancelled) -> None:
    assert cancelled.left == ()


def test_nothing_of_the_repository_takes_part_in_the_set_up_and_nothing_is_left_there(
    cancelled: Cancelled,
) -> None:
    assert (cancelled.spoiled, cancelled.written) == (False, ["!! infra/.terraform/"])


def test_the_program_lives_below_the_runners_folder_alone(cancelled: Cancelled) -> None:
    assert "gitops-bot" in cancelled.temp, cancelled.temp
