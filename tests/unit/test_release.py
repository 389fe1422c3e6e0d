"""One version in one place, and a release that refuses every other. Publishing itself is not tried here."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_bot import __version__
from gitops_bot.adapters.terraform.binary import OLDEST

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ((".github", "*.yml"), ("docs", "*.md"), ("gitops_bot/render/templates", "*.j2"))
DOCUMENTS = [*ROOT.glob("*.md"), *(path for top, kind in TEXTS for path in (ROOT / top).rglob(kind))]
CHANGES = "# Changes\n\nIn front.\n\n## {version} ({date})\n\n- New.\n\n## 1.1.0 (2026-01-01)\n\n- Old.\n"


def workflow(name: str) -> dict[str, Any]:
    # YAML 1.1 reads the key `on` as true; BaseLoader leaves every scalar a text.
    text = (ROOT / ".github/workflows" / name).read_text(encoding="utf-8")
    loaded = yaml.load(text, yaml.BaseLoader)
    assert isinstance(loaded, dict)
    return loaded


CI, RELEASE = workflow("ci.yml"), workflow("release.yml")


# --- the version ---


def test_the_version_stands_in_the_package_and_nowhere_else() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    locked = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    (ours,) = (package for package in locked if package["name"] == "gitops-bot")
    assert ("version" in project["project"], "version" in ours) == (False, False)
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "gitops_bot.__version__"}


def test_the_newest_changes_are_those_of_this_version() -> None:
    heading = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)[0]
    assert heading.partition(" ")[0] == __version__


def test_the_documents_and_the_workflow_name_this_versions_moving_tag() -> None:
    named = {
        tag
        for path in DOCUMENTS
        for tag in re.findall(r"uses: gitops-bot/gitops-bot[\w./-]*@(\S+)", path.read_text(encoding="utf-8"))
    }
    assert named == {f"v{__version__.partition('.')[0]}"}


# --- what the release asks first ---


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Version 1.2.3, whose changes have their date."""
    for folder in (".ci", "gitops_bot"):
        (tmp_path / folder).mkdir()
    shutil.copy(ROOT / ".ci/release", tmp_path / ".ci/release")
    (tmp_path / "gitops_bot/__init__.py").write_text('"""It."""\n\n__version__ = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text(CHANGES.format(version="1.2.3", date="2026-02-03"))
    return tmp_path


def release(repository: Path, *arguments: str, tags: str = "") -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", repository / ".ci/release", *arguments], input=tags, text=True,
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    return done.returncode, (done.stdout + done.stderr).strip()


def test_the_notes_of_a_release_are_its_part_of_the_changes(repository: Path) -> None:
    assert release(repository, "notes", "v1.2.3") == (0, "- New.")


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("v1.2.4", "The tag is v1.2.4, but the version in gitops_bot/__init__.py is 1.2.3."),
        ("v1.2", "v1.2 is no release's tag"),
        ("v1.2.3-rc1", "v1.2.3-rc1 is no release's tag"),
        ("v01.2.3", "v01.2.3 is no release's tag"),
    ],
)
def test_a_tag_that_is_not_the_version_is_refused(repository: Path, tag: str, said: str) -> None:
    code, text = release(repository, "notes", tag)
    assert (code, text[: len(said)]) == (1, said)


@pytest.mark.parametrize(("version", "date"), [("1.2.3", "unreleased"), ("1.2.2", "2026-02-03")])
def test_changes_of_another_version_or_without_a_date_are_refused(
    repository: Path, version: str, date: str
) -> None:
    (repository / "CHANGELOG.md").write_text(CHANGES.format(version=version, date=date))
    said = f'The newest heading of CHANGELOG.md is "{version} ({date})".'
    code, text = release(repository, "notes", "v1.2.3")
    assert (code, text[: len(said)]) == (1, said)


@pytest.mark.parametrize(
    ("tags", "moved"),
    [
        ("", "v1"),
        ("v0.9.0 v0 v1 v1.2.2 v1.2.3 v1-old", "v1"),
        ("v1.2.3 v2.0.0", "v1"),
        ("v1.2.3 v1.10.0", ""),
    ],
)
def test_the_moving_tag_goes_to_the_newest_release_of_its_major_version_only(
    repository: Path, tags: str, moved: str
) -> None:
    assert release(repository, "major", "v1.2.3", tags=tags) == (0, moved)


# --- the workflows ---


def test_a_release_is_checked_and_tested_before_it_is_built_and_attested_before_it_goes_out() -> None:
    assert {name: job.get("needs") for name, job in RELEASE["jobs"].items()} == {
        "check": None,
        "test": "check",
        "build": ["check", "test"],
        "attest": "build",
        "pypi": "attest",
        "github": "pypi",
    }
    assert RELEASE["jobs"]["test"]["uses"] == "./.github/workflows/ci.yml"
    assert RELEASE["on"] == {"push": {"tags": ["v*.*.*"]}}
    assert RELEASE["concurrency"] == {"group": "release", "cancel-in-progress": "false"}


def test_each_job_of_a_release_has_the_one_right_it_needs() -> None:
    reading = {"contents": "read"}
    assert {name: job["permissions"] for name, job in RELEASE["jobs"].items()} == {
        "check": reading,
        "test": reading,
        "build": reading,
        "attest": {"id-token": "write", "attestations": "write"},
        "pypi": {"id-token": "write"},
        "github": {"contents": "write"},
    }
    assert {job: CI["jobs"][job]["permissions"] for job in CI["jobs"]} == dict.fromkeys(CI["jobs"], reading)
    assert (CI["permissions"], RELEASE["permissions"]) == ({}, {})


def test_pypi_is_asked_by_the_environment_that_it_trusts_and_with_no_token() -> None:
    (published,) = (s for s in RELEASE["jobs"]["pypi"]["steps"] if "pypi-publish" in s["uses"])
    assert (RELEASE["jobs"]["pypi"]["environment"], "with" in published) == ("pypi", False)


def test_nothing_that_goes_out_comes_from_a_cache() -> None:
    steps = [s for w in (CI, RELEASE) for job in w["jobs"].values() for s in job.get("steps", [])]
    caching = [s for s in steps if "cache" in s.get("uses", "") or "cache" in s.get("with", {})]
    assert (len(steps) > 10, caching) == (True, [])


def test_the_tests_run_on_every_python_and_on_the_oldest_and_the_present_terraform() -> None:
    matrix = CI["jobs"]["test"]["strategy"]["matrix"]
    present = workflow("gitops.yml")["on"]["workflow_call"]["inputs"]["terraform-version"]["default"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
    assert project["requires-python"] == f">={matrix['python'][0]}"
    assert matrix["terraform"] == [present]
    (oldest,) = matrix["include"]
    assert oldest["python"] == matrix["python"][0]
    assert tuple(map(int, oldest["terraform"].split(".")[:2])) == OLDEST
    assert [path for path in oldest["tests"].split() if not (ROOT / path).is_file()] == []
