"""Code that a plan runs can write to the bot's own files, so the bot must have read them before.

The real program runs with an audit hook that notes what it opens once Terraform has planned.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.kit.aws_stage import PARAMETER, aws_stage
from tests.kit.proven_stage import proven_stage
from tests.kit.stage import NETWORK, Stage, stage

WATCHED = """
import sys
started, opened = [], set()

def hook(event, arguments):
    if event == "subprocess.Popen" and "plan" in map(str, arguments[1]):
        started.append(True)
    if started and event == "open" and isinstance(arguments[0], str):
        if any(part in arguments[0] for part in ("site-packages", "/gitops_bot/", "/lib/python")):
            opened.add(arguments[0])

sys.addaudithook(hook)
from gitops_bot.cli import main
try:
    main()
finally:
    with open({found!r}, "w") as file:
        file.write(chr(10).join([*sorted(opened), "planned" if started else ""]))
"""


def opened_late(on_stage: Stage, found: Path, environ: dict[str, str], work: Path) -> list[str]:
    """What one run of the program opened of its own files after Terraform had started to plan."""
    program = WATCHED.format(found=str(found))
    done = subprocess.run(
        [sys.executable, "-c", program, "run"], env=environ, cwd=work, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    *files, last = found.read_text().split("\n")
    assert last == "planned"
    return files


@pytest.mark.parametrize("with_aws", [False, True])
def test_the_program_opens_none_of_its_own_files_after_a_plan_began(tmp_path: Path, with_aws: bool) -> None:
    opener = aws_stage(tmp_path) if with_aws else stage(tmp_path)
    with opener as on_stage:
        files = {"infra/size.tf": PARAMETER if with_aws else NETWORK}
        on_stage.pull_request(files)
        event = on_stage.next_event("pull_request", "opened")
        work = on_stage.checkout(event.sha)
        environ = on_stage.environ(event, work)
        found = tmp_path / "found"
        assert opened_late(on_stage, found, environ, work) == []


@pytest.mark.parametrize("opener", [stage, proven_stage])
def test_nor_after_the_plan_of_an_apply(
    tmp_path: Path, opener: Callable[[Path], AbstractContextManager[Stage]]
) -> None:
    """On the second one, proofs are made and checked."""
    with opener(tmp_path) as on_stage:
        number = on_stage.pull_request({"infra/size.tf": NETWORK})
        assert on_stage.plan(number).code == 0
        on_stage.hub.take_events()
        on_stage.hub.merge(number, "merge")
        event = on_stage.next_event("push")
        work = on_stage.checkout(event.sha)
        assert opened_late(on_stage, tmp_path / "found", on_stage.environ(event, work), work) == []
