"""`gitops-bot plan` on a person's machine: each program it starts, counted."""

from __future__ import annotations

import os
from pathlib import Path

from tests.kit.loaded_program import run_program
from tests.kit.needs import needs_program
from tests.kit.quick_go import QUICK_GO
from tests.kit.started import Started

MAIN = 'resource "terraform_data" "one" {\n  input = 1\n}\n'
CONFIG = "environments: [{name: dev}]\nprojects: [{name: network, dir: network}, {name: data, dir: data}]\n"


def commands(started: Started) -> list[str]:
    """The subcommands of the Terraform that was started, in order."""
    return [line.split(" ")[1] for line in started.of("terraform")]


def plan(folder: Path, started: Started, *arguments: str) -> int:
    needs_program("terraform")
    environ = {"HOME": str(folder), "TF_CLI_CONFIG_FILE": os.devnull, **QUICK_GO, **started.environ}
    return run_program(["plan", *arguments], environ=environ, cwd=folder, timeout=120).returncode


def test_one_project_takes_one_terraform_for_each_command_and_no_git(tmp_path: Path) -> None:
    (tmp_path / "repository").mkdir()
    (tmp_path / "repository/main.tf").write_text(MAIN)
    started = Started(tmp_path / "bin")
    code = plan(tmp_path / "repository", started, "--environment", "devops")
    assert (0, ["version", "init", "plan", "show"], []) == (code, commands(started), started.of("git"))


def test_a_further_project_takes_three_more_and_the_branch_takes_one_git(tmp_path: Path) -> None:
    for name in ("network", "data"):
        (tmp_path / "repository" / name).mkdir(parents=True)
        (tmp_path / "repository" / name / "main.tf").write_text(MAIN)
    (tmp_path / "repository/.gitops-bot.yml").write_text(CONFIG)
    started = Started(tmp_path / "bin")
    code = plan(tmp_path / "repository", started)
    expected = ["version", "init", "init", "plan", "show", "plan", "show"]
    assert (0, expected, ["git symbolic-ref --short HEAD"]) == (code, commands(started), started.of("git"))
