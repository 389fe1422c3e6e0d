"""A fork of the loaded program does what a started one does, whatever forks came before it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.kit.loaded_program import run_program, start_program
from tests.kit.processes import until, working_in

Outcome = tuple[int, str, str]


def outcome(
    program: Callable[..., subprocess.CompletedProcess[str]], cwd: Path, *arguments: str, **environ: str
) -> Outcome:
    done = program(arguments, environ={"PATH": os.environ["PATH"], **environ}, cwd=cwd)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [
        (["--version"], {}),
        (["--help"], {}),
        (["render", "-"], {}),
        (["render", "--nonsense"], {}),
        (["validate", "."], {}),
        (["run"], {}),
        (["run"], {"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": "event.json", "GITHUB_TOKEN": "canary"}),
        (["history"], {"GITOPS_BOT_HISTORY_LIMIT": "none"}),
    ],
)
def test_both_end_and_say_the_same(tmp_path: Path, arguments: list[str], environ: dict[str, str]) -> None:
    (tmp_path / ".gitops-bot.yml").write_text("environments: [{name: dev}]\n")
    (tmp_path / "event.json").write_text("{}")
    expected = outcome(start_program, tmp_path, *arguments, **environ)
    assert expected == outcome(run_program, tmp_path, *arguments, **environ)


def test_a_run_has_nothing_of_the_run_before_it(tmp_path: Path) -> None:
    without = outcome(run_program, tmp_path, "history")
    with_limit = outcome(run_program, tmp_path, "history", GITOPS_BOT_HISTORY_LIMIT="none")
    assert (True, without) == (without != with_limit, outcome(run_program, tmp_path, "history"))


def test_several_run_at_the_same_time_each_in_its_own_folder(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two", "three")]
    for folder in folders:
        folder.mkdir()
        (folder / ".gitops-bot.yml").write_text(f"environments: [{{name: {folder.name}, nonsense: 1}}]\n")
    with ThreadPoolExecutor(3) as threads:
        found = list(threads.map(lambda folder: outcome(run_program, folder, "validate"), folders))
    assert [outcome(start_program, folder, "validate") for folder in folders] == found


def test_one_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".gitops-bot.yml")  # reading it waits for a writer
    with pytest.raises(subprocess.TimeoutExpired):
        run_program(["validate"], environ={}, cwd=tmp_path, timeout=0.5)


def test_a_signal_that_ends_it_is_told(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as threads:
        os.mkfifo(tmp_path / "plan.json")
        running = threads.submit(run_program, ["render", "plan.json"], environ={}, cwd=tmp_path)
        pid = _pid_in(tmp_path)
        os.kill(pid, signal.SIGKILL)
        assert -signal.SIGKILL == running.result().returncode


def _pid_in(folder: Path) -> int:
    found: dict[int, str] = {}

    def there() -> bool:
        found.update(working_in(folder))
        return bool(found)

    assert until(there, 30)
    return next(iter(found))
