"""What the program loads for each kind of start, counted: its speed is mostly that (ADR 0024)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.kit.needs import needs_program
from tests.kit.quick_go import QUICK_GO
from tests.kit.stage import CONFIG, NETWORK, Stage, stage

HEAVY = (
    "botocore", "cryptography", "github", "jinja2", "jwt", "msgspec", "nacl", "python_terraform", "requests",
    "urllib3", "yaml",
)  # fmt: skip
PROGRAM = """
import sys
from gitops_bot.cli import main
try:
    main()
finally:
    with open({found!r}, "w") as file:
        file.write(chr(10).join(sorted(sys.modules)))
"""
NO_PROOFS = CONFIG + "approval: {provenance: none}\n"


def loaded(tmp_path: Path, arguments: list[str], environ: Mapping[str, str], cwd: Path) -> set[str]:
    """The modules that the program has loaded when it ends well."""
    found = tmp_path / "modules"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(found=str(found)), *arguments],
        env={"PATH": os.environ["PATH"], **environ}, cwd=cwd, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return set(found.read_text().splitlines())


def heavy_ones(modules: set[str]) -> list[str]:
    return [name for name in HEAVY if name in modules]


def ours(modules: set[str]) -> list[str]:
    return sorted(m.removeprefix("gitops_bot.") for m in modules if m.startswith("gitops_bot."))


def of_pull_request(tmp_path: Path, on_stage: Stage) -> set[str]:
    on_stage.pull_request({"infra/network.tf": NETWORK})
    event = on_stage.next_event("pull_request", "opened")
    work = on_stage.checkout(event.sha)
    return loaded(tmp_path, ["run"], on_stage.environ(event, work), work)


def test_the_version_is_told_without_anything_heavy(tmp_path: Path) -> None:
    modules = loaded(tmp_path, ["--version"], {}, tmp_path)
    assert [] == heavy_ones(modules)
    assert [
        "adapters", "adapters.signals", "cli", "console", "core", "core.errors", "core.topics",
    ] == ours(modules)  # fmt: skip


def test_an_event_that_is_ignored_is_judged_before_anything_heavy_is_loaded(tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text('{"action": "created", "comment": {"body": "Thanks!"}, "issue": {"number": 1}}')
    told = {"GITHUB_EVENT_NAME": "issue_comment", "GITHUB_EVENT_PATH": str(event), "GITHUB_TOKEN": "t"}
    modules = loaded(tmp_path, ["run"], told, tmp_path)
    assert ["msgspec"] == heavy_ones(modules)
    rooms = ("adapters.github", "adapters.terraform", "commands.", "config")
    assert ["commands.ignored"] == [name for name in ours(modules) if name.startswith(rooms)]


def test_a_plan_on_ones_own_machine_loads_neither_github_nor_a_cloud(tmp_path: Path) -> None:
    needs_program("terraform")
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "main.tf").write_text('resource "terraform_data" "one" {}\n')
    environ = {"HOME": str(tmp_path), "TF_CLI_CONFIG_FILE": os.devnull, **QUICK_GO}
    modules = loaded(tmp_path, ["plan", "--environment", "devops"], environ, folder)
    assert ["jinja2", "msgspec", "python_terraform"] == heavy_ones(modules)


@pytest.mark.parametrize(("config", "proofs"), [(CONFIG, True), (NO_PROOFS, False)])
def test_a_pull_request_loads_what_checks_proofs_only_where_they_are_read(
    tmp_path: Path, config: str, proofs: bool
) -> None:
    with stage(tmp_path) as on_stage:
        on_stage.hub.commit("devops", {".gitops-bot.yml": config}, "Settings")
        modules = of_pull_request(tmp_path, on_stage)
        assert [proofs] * 2 == [name in modules for name in ("jwt", "cryptography")]
        assert [False] * 2 == [name in modules for name in ("botocore", "nacl")]


def test_of_pygithub_only_its_connection_is_loaded(tmp_path: Path) -> None:
    """PyGithub has some 170 modules. When a newer one needs more of them, its number goes in here."""
    with stage(tmp_path) as on_stage:
        modules = of_pull_request(tmp_path, on_stage)
    found = sorted(m for m in modules if m.startswith("github."))
    assert ["github.Consts", "github.GithubException", "github.GithubObject", "github.Requester"] == found
