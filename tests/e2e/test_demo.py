"""`gitops-bot demo`, as a person runs it: once for the whole module, and once more into the same folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gitops_bot.render.guide import DOCS
from gitops_bot.sandbox.demo_story import HOSTILE_TITLE, RESOURCES, resources
from gitops_bot.sandbox.narrator import cells
from tests.kit.needs import needs_program

ENVIRONMENTS = ("devops", "dev", "staging", "prod")
COMMIT = r"[0-9a-f]{12}"


@dataclass(frozen=True)
class Played:
    folder: Path
    code: int
    said: str
    complained: str

    @property
    def page(self) -> str:
        return (self.folder / "demo" / "transcript.html").read_text(encoding="utf-8")

    def pull(self, number: int) -> str:
        """One pull request's part of the page."""
        return self.page.partition(f'id="pr-{number}"')[2].partition("</section>")[0]


def run_demo(folder: Path, out: str = "demo", **environ: str) -> Played:
    argv = [sys.executable, "-P", "-m", "gitops_bot", "demo", "--out", out]
    done = subprocess.run(
        argv, cwd=folder, env={**os.environ, **environ}, capture_output=True, encoding="utf-8", check=False
    )
    return Played(folder, done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    needs_program("terraform")
    needs_program("git")
    # What would steer a step or Terraform from outside has no part in it.
    surprises = {"GITHUB_EVENT_NAME": "schedule", "TF_WORKSPACE": "other", "TF_VAR_cidr": "no"}
    return run_demo(tmp_path_factory.mktemp("demo"), **surprises)


def state(played: Played, name: str) -> Path:
    return played.folder / "demo" / "state" / f"{name}.tfstate"


def test_it_goes_as_it_should(played: Played) -> None:
    assert played.code == 0, played.said + played.complained
    assert played.complained == ""


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_each_environment_holds_the_resources(played: Played, name: str) -> None:
    assert resources(state(played, name)) == RESOURCES


def test_the_table_at_the_end(played: Played) -> None:
    rows = re.findall(rf"^   (\w+) +({COMMIT}) +({COMMIT}) +(\w+)$", played.said, re.MULTILINE)
    assert [row[0] for row in rows] == list(ENVIRONMENTS)
    assert {row[3] for row in rows} == {"yes"}
    behind = [row[0] for row in rows if row[1] != row[2]]
    assert behind == ["devops"]
    assert "demo/transcript.html" in played.said


def test_it_can_be_read_in_80_columns_without_a_terminal(played: Played) -> None:
    assert [line for line in played.said.splitlines() if cells(line) > 80] == []
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", played.said)


def test_every_kind_of_run_is_in_it(played: Played) -> None:
    runs = re.findall(
        r"^   > run \d+: (.+)\n(?:     .*\n)*?     = ([\w-]+), exit code (\d)", played.said, re.M
    )
    assert ("pull_request #1 opened", "planned", "0") in runs
    for name in ENVIRONMENTS:
        assert (f"push to {name}", "applied", "0") in runs
    for name, result in (
        ("dev", ("planned", "0")),
        ("staging", ("blocked", "1")),
        ("prod", ("planned", "0")),
    ):
        assert (f"workflow_dispatch promote {name}", *result) in runs
    assert ("schedule", "no-changes", "0") in runs
    assert ("pull_request #5 opened", "blocked", "1") in runs
    assert [r[1] for r in runs if "pull_request #6" in r[0]] == ["blocked", "planned", "ignored"]
    for name in ENVIRONMENTS[:-1]:
        assert (f"workflow_dispatch backflow {name}", "planned", "0") in runs
    assert ("pull_request #12 opened", "failed", "1") in runs
    assert runs[-2] == ("push to devops", "blocked", "1")
    assert runs[-1] == ("workflow_dispatch status", "no-changes", "0")


def test_a_soak_is_over_by_itself(played: Played) -> None:
    talk = played.pull(3)
    assert "SOAKING" in talk
    assert "Judged again at" in talk
    assert '<span class="state merged">Merged</span>' in talk


def test_a_hotfix_says_who_let_it_in_and_comes_down(played: Played) -> None:
    assert "hubot" in played.pull(6).partition("Hotfix")[2]
    for number in (7, 8, 9):
        assert "Bring hotfix #6 down to" in played.pull(number)
        assert '<span class="state merged">Merged</span>' in played.pull(number)


def test_the_comment_on_a_promotion_says_what_it_does_otherwise_than_below(played: Played) -> None:
    assert "replaces" in played.pull(11)


def test_the_board_stands_at_the_end(played: Played) -> None:
    board = played.said.rpartition("environment  head")[2]
    assert [name for name in ENVIRONMENTS if re.search(rf"^     {name} ", board, re.MULTILINE)] == [
        *ENVIRONMENTS
    ]
    folder = max((played.folder / "demo" / "runs").iterdir())
    assert "flowchart LR" in (folder / "summary.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("number", "check"), [(5, "gitops-bot: promotion prod"), (12, "gitops-bot: plan devops")]
)
def test_a_failed_check_stops_the_merge(played: Played, number: int, check: str) -> None:
    talk = played.pull(number)
    assert f"GitHub answered 405 Required status check &#34;{check}&#34; is failing." in talk
    assert '<span class="state open">Open</span>' in talk


def test_the_mismatch_applied_nothing(played: Played) -> None:
    text = state(played, "devops").read_text(encoding="utf-8")
    assert "10.99.0.0/16" in text, "what was done by hand is still there"
    assert "postgres-16" not in text
    talk = played.pull(13)
    assert '<span class="state merged">Merged</span>' in talk
    assert "Changes no approval covers" in talk
    assert "input.cidr" in talk


def test_each_pull_request_has_its_comment(played: Played) -> None:
    for number in range(1, 14):
        assert "<h3>" in played.pull(number), number
    assert "Reference to undeclared resource" in played.pull(12)


def test_the_page_shows_the_states_that_one_comment_went_through(played: Played) -> None:
    talk = played.pull(1)
    assert talk.count("<b>github-actions</b>") == 1
    earlier = re.findall(r"Before the edit: (.+?)</summary>", talk)
    applying, planned, planning = earlier
    assert applying == "⏳ Terraform apply · devops · Merged, applying"
    assert planned.startswith("📋 Terraform plan · devops · ")
    assert re.fullmatch("⏳ Terraform plan · devops · Planning [0-9a-f]{7}", planning)
    assert re.search(r"4 created in \d+s\.", talk)
    assert "Terraform plan · devops · Planning " in played.said


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(name, value or "") for name, value in attrs}


def test_the_page_is_harmless_and_loads_nothing(played: Played) -> None:
    page = _Page()
    page.feed(played.page)
    assert not page.tags & {"script", "img", "iframe", "object", "embed", "link", "base", "form", "svg"}
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in ("src", "srcset")]
    targets = {value for name, value in page.attributes if name == "href"}
    ids = {f"#{value}" for name, value in page.attributes if name == "id"}
    assert {t for t in targets if t.startswith("#")} <= ids
    elsewhere = [t for t in targets if not t.startswith(("#", f"{DOCS}/"))]
    assert not elsewhere, "the sandbox is gone: nothing leads to it"
    assert "<script" not in played.page.lower()
    title = HOSTILE_TITLE.replace("<", "&lt;").replace(">", "&gt;")
    assert title in played.pull(5)


def test_nothing_says_where_it_was_played_in_a_comment(played: Played) -> None:
    assert "ghs_" not in played.page


def test_foreign_files_are_left_alone(tmp_path: Path) -> None:
    needs_program("terraform")
    mine = tmp_path / "demo" / "state"
    mine.mkdir(parents=True)
    (mine / "prod.tfstate").write_text("precious", encoding="utf-8")
    done = run_demo(tmp_path)
    assert done.code == 2
    assert "'state', which is not the demo's" in done.complained
    assert (mine / "prod.tfstate").read_text(encoding="utf-8") == "precious"
    assert sorted(p.name for p in (tmp_path / "demo").iterdir()) == ["state"]


def test_without_terraform_it_says_what_to_install(tmp_path: Path) -> None:
    git = shutil.which("git")
    assert git
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(git)
    done = run_demo(tmp_path, PATH=str(tmp_path / "bin"))
    assert done.code == 2
    assert done.complained.count("\n") == 1
    assert "install version 1.5 or newer" in done.complained
    assert not (tmp_path / "demo").exists()


def _fake_terraform(folder: Path, script: str) -> Path:
    folder.mkdir()
    fake = folder / "terraform"
    fake.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    fake.chmod(0o755)
    return fake


def test_a_terraform_that_cannot_run_is_said_before_the_story_begins(tmp_path: Path) -> None:
    needs_program("git")
    broken = _fake_terraform(tmp_path / "bin", "exit 1")
    done = run_demo(tmp_path, PATH=f"{broken.parent}{os.pathsep}{os.environ['PATH']}")
    assert done.code == 2
    assert "The version of" in done.complained
    assert not (tmp_path / "demo").exists()


def test_when_the_story_goes_wrong_it_says_where(tmp_path: Path) -> None:
    needs_program("git")
    version = """[ "$1" = version ] && echo Terraform v1.11.4 && exit 0"""
    broken = _fake_terraform(tmp_path / "bin", f"{version}\nexit 1")
    done = run_demo(tmp_path, PATH=f"{broken.parent}{os.pathsep}{os.environ['PATH']}")
    assert done.code == 1
    assert "The demo failed: Run 2 (pull_request #1 opened) ended as" in done.said
    assert 'id="pr-1"' in done.page


def test_without_the_extra_it_says_how_to_install_it(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nsys.modules['uvicorn'] = None\n", encoding="utf-8"
    )
    done = run_demo(tmp_path, PYTHONPATH=str(tmp_path))
    assert done.code == 2
    assert "pip install 'gitops-bot[sandbox]'" in done.complained
    assert done.complained.count("\n") == 1


def test_a_second_demo_into_the_same_folder(played: Played) -> None:
    """It begins from nothing. That it can be played was shown once; a Terraform that fails ends it early."""
    stale = played.folder / "demo" / "runs" / "999"
    stale.mkdir()
    version = """[ "$1" = version ] && echo Terraform v1.11.4 && exit 0"""
    broken = _fake_terraform(played.folder / "bin", f"{version}\nexit 1")
    done = run_demo(played.folder, PATH=f"{broken.parent}{os.pathsep}{os.environ['PATH']}")
    assert done.code == 1
    assert "The demo failed: Run 2 (pull_request #1 opened) ended as" in done.said
    assert not stale.exists()
    assert not state(done, "prod").exists()
