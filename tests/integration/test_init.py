"""`gitops-bot init` on repositories of five shapes, and the first pull request after it."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gitops_bot.adapters.survey import Survey
from gitops_bot.config.load import load_settings
from gitops_bot.core.errors import BadInput
from gitops_bot.sandbox import Sandbox
from tests.kit.in_process import deliver_here
from tests.kit.loaded_program import run_program
from tests.kit.needs import needs_program
from tests.kit.sandbox_story import TickingClock, git
from tests.kit.shapes import FLAT, FOLDERS, SHAPES, Shape, put, snapshot
from tests.kit.stage import Stage
from tests.unit.test_documents import ROOT

EVERY_SHAPE = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
OURS = {".gitops-bot.yml", ".github/workflows/gitops.yml", ".gitignore"}


def bot(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    given = {"PATH": os.environ["PATH"], "HOME": str(folder.parent), **environ}
    return run_program(arguments, environ=given, cwd=folder, timeout=60)


@EVERY_SHAPE
def test_init_finds_what_is_there_writes_three_files_and_a_second_run_changes_nothing(
    shape: Shape, tmp_path: Path
) -> None:
    folder = shape.make(tmp_path / "repository")
    before = snapshot(folder)
    first = bot(folder, "init", "--yes")
    assert first.returncode == 0, first.stdout + first.stderr
    after = snapshot(folder)
    assert {name for name in after if after[name] != before.get(name)} <= OURS
    settings = load_settings(after[".gitops-bot.yml"])
    assert [(e.name, e.branch) for e in settings.environments] == list(shape.environments)
    assert [(p.name, p.dir) for p in settings.projects] == list(shape.projects)
    second = bot(folder, "init", "--yes")
    assert (second.returncode, snapshot(folder)) == (0, after)
    assert "Nothing to change" in second.stdout
    topics = [word for topic in ("configuration", "workflow", "terraform") for word in ("--only", topic)]
    doctor = bot(folder, "doctor", *topics)
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    assert "0 errors, 0 warnings" in doctor.stdout


class NewStage(Stage):
    """A sandbox without a commit, and a runner for its events."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.hub = sandbox.hub
        self.folder = folder
        self.token = sandbox.issue_token()
        self._runs = 0


@EVERY_SHAPE
def test_the_first_pull_request_after_init_and_its_next_steps_gets_its_comment(
    shape: Shape, tmp_path: Path
) -> None:
    needs_program("terraform")
    folder = shape.make(tmp_path / "repository")
    done = bot(folder, "init", "--yes")
    with Sandbox.start(tmp_path / "hub", clock=TickingClock()) as sandbox:
        git(folder, "remote", "add", "origin", str(sandbox.clone_url))
        on_stage = NewStage(sandbox, tmp_path)
        follow(folder, done.stdout)
        assert all(on_stage.head(branch) for _, branch in shape.environments)
        name, text = shape.change
        number = on_stage.pull_request({name: text}, base=shape.base)
        run = deliver_here(on_stage, on_stage.next_event("pull_request", "opened"))
        assert run.code == 0, run.stdout + run.stderr
        (comment,) = on_stage.comments(number)
    assert comment.startswith(f"<!-- gitops-bot:comment:{shape.environments[0][0]} -->\n")
    assert "terraform_data.network" in comment
    assert run.outputs["result"] == "planned"


def test_a_folder_of_the_environment_s_own_is_applied_and_named_where_the_one_below_never_read_it(
    tmp_path: Path,
) -> None:
    needs_program("terraform")
    names = ("dev", "prod")
    with Sandbox.start(tmp_path / "hub", clock=TickingClock()) as sandbox:
        on_stage = NewStage(sandbox, tmp_path)
        states = {name: on_stage.state_file(name) for name in names}
        files = {
            f"live/{name}/main.tf": f'terraform {{\n  backend "local" {{\n    path = "{state}"\n  }}\n}}\n'
            for name, state in states.items()
        }
        config = 'environments: [dev, prod]\nprojects: [{name: main, dir: "live/{environment}"}]\n'
        on_stage.hub.commit(
            "dev", {**files, ".gitops-bot.yml": config, ".gitignore": ".terraform/\n"}, "Start"
        )
        on_stage.hub.create_ref("refs/heads/prod", on_stage.head("dev"))
        added = {f"live/{name}/{name}.tf": f'resource "terraform_data" "{name}" {{}}\n' for name in names}
        number = on_stage.pull_request(added, base="dev")
        deliver_here(on_stage, on_stage.next_event("pull_request", "opened"))
        on_stage.hub.take_events()
        on_stage.hub.merge(number, "merge")
        applied = deliver_here(on_stage, on_stage.next_event("push"))
        assert applied.outputs["result"] == "applied", applied.stdout + applied.stderr
        assert (on_stage.resources("dev"), on_stage.resources("prod")) == (["terraform_data.dev"], [])
        number = on_stage.pull_request({}, base="prod", branch="dev", title="Promote")
        deliver_here(on_stage, on_stage.next_event("pull_request", "opened"))
        (comment,) = on_stage.comments(number)
    assert "terraform_data.prod" in comment
    assert "live/prod/prod.tf" in comment
    assert "live/dev/dev.tf" not in comment


def follow(folder: Path, said: str) -> None:
    """Do what init says comes next: its indented lines are commands."""
    commands = [line[4:] for line in said.partition("Next:\n")[2].splitlines() if line.startswith("    ")]
    assert "git commit" in commands[1]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    for role in ("AUTHOR", "COMMITTER"):
        environ |= {f"GIT_{role}_NAME": "Pat", f"GIT_{role}_EMAIL": "pat@example.com"}
    environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(
        ["bash", "-euc", "\n".join(commands)], cwd=folder, env=environ, capture_output=True, check=True
    )


def test_the_lines_that_a_person_writes_by_hand_are_those_in_the_guide() -> None:
    text = (ROOT / "docs/how-to/install.md").read_text()
    rows = dict(re.findall(r"^\| (.+?) \|.*\| ([0-9]+) \|$", text, re.MULTILINE))
    expected = {shape.name: sum(len(t.splitlines()) for t in shape.by_hand.values()) for shape in SHAPES}
    assert {name.replace("`", ""): int(lines) for name, lines in rows.items()} == expected


def test_a_terminal_is_asked_and_nothing_is_written_by_a_no(tmp_path: Path) -> None:
    folder = FLAT.make(tmp_path / "repository")
    before = snapshot(folder)
    ours, theirs = pty.openpty()
    os.write(ours, b"n\n")
    done = subprocess.run(
        [sys.executable, "-m", "gitops_bot", "init"], cwd=folder, stdin=theirs, capture_output=True,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        text=True, check=False, timeout=60,
    )  # fmt: skip
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 0
    assert "Write .gitops-bot.yml, .github/workflows/gitops.yml, .gitignore? [Y/n]" in done.stderr
    assert snapshot(folder) == before


def test_without_a_terminal_it_says_what_to_give(tmp_path: Path) -> None:
    folder = FLAT.make(tmp_path / "repository")
    done = bot(folder, "init")
    assert done.returncode == 2
    assert "Give --yes" in done.stderr


def test_it_works_from_any_folder_of_the_repository_and_takes_named_environments(tmp_path: Path) -> None:
    folder = FOLDERS.make(tmp_path / "repository")
    done = bot(
        folder / "environments" / "dev", "init", "--yes", "--environment", "dev", "--environment", "prod=live"
    )
    assert done.returncode == 0, done.stderr
    settings = load_settings((folder / ".gitops-bot.yml").read_text())
    assert [(e.name, e.branch) for e in settings.environments] == [("dev", "dev"), ("prod", "live")]
    assert "environments/staging stands beside environments/{environment}" in " ".join(done.stdout.split())


def test_a_step_s_token_and_escapes_in_names_and_texts_are_not_shown(tmp_path: Path) -> None:
    folder = FLAT.make(tmp_path / "repository")
    token = "ghs_0123456789abcdefABCDEF0123456789abcd"
    ours = "jobs:\n  a:\n    uses: gitops-bot/gitops-bot/.github/workflows/gitops.yml@v0\n"
    put(folder, {".github/workflows/gitops.yml": f"env: {token}\x1b[31m\n{ours}", "\x1b[31m.tfstate": "{}"})
    done = bot(folder, "init", "--yes", GITHUB_TOKEN=token)
    assert done.returncode == 1
    assert "-env: " in done.stdout
    assert "?[31m.tfstate: a state holds secrets" in done.stdout
    assert token not in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


def test_the_survey_knows_branches_their_order_and_what_git_ignores(tmp_path: Path) -> None:
    origin = FOLDERS.make(tmp_path / "origin")
    git(origin, "switch", "--quiet", "develop")
    git(origin, "commit", "--quiet", "--allow-empty", "-m", "Ahead")
    git(origin, "switch", "--quiet", "main")
    git(tmp_path, "clone", "--quiet", str(origin), "clone")
    clone = tmp_path / "clone"
    put(clone, {".gitignore": "out/\n.terraform\n", "out/main.tf": "", "new/main.tf": "# new\n"})
    put(clone, {"new/.terraform/modules/x/main.tf": ""})
    git(clone, "add", "--force", "new/.terraform")
    git(clone, "branch", "local")
    (clone / "link.tf").symlink_to("/etc/hostname")
    found = Survey(clone, {"PATH": os.environ["PATH"]}).findings()
    assert found.branches == {"main", "develop", "staging", "local"}
    assert (found.default_branch, found.current_branch) == ("main", "main")
    assert found.contains == {("develop", "main"), ("develop", "staging")}
    assert (found.ignores_terraform, found.sees_all_branches) == (True, True)
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{origin}", "shallow")
    assert not Survey(tmp_path / "shallow", {"PATH": os.environ["PATH"]}).findings().sees_all_branches
    assert "new/main.tf" in found.untracked
    assert found.texts["new/main.tf"] == "# new\n"
    assert [name for name in found.files if not name.startswith("environments/")] == [
        ".gitignore",
        "new/main.tf",
    ]
    assert set(found.files) == set(found.texts)


def test_a_symlink_out_of_the_repository_is_not_written_through(tmp_path: Path) -> None:
    folder = FLAT.make(tmp_path / "repository")
    (tmp_path / "outside").mkdir()
    (folder / ".github").symlink_to(tmp_path / "outside")
    with pytest.raises(BadInput, match="leads elsewhere by a symlink"):
        Survey(folder, {"PATH": os.environ["PATH"]}).write(".github/workflows/gitops.yml", "x")
    assert [] == list((tmp_path / "outside").iterdir())
    assert bot(tmp_path, "init", "--yes").returncode == 2


def test_a_symlink_inside_the_repository_is_not_written_through(tmp_path: Path) -> None:
    folder = FLAT.make(tmp_path / "repository")
    before = (folder / ".git" / "config").read_text()
    (folder / ".gitops-bot.yml").symlink_to(".git/config")
    with pytest.raises(BadInput, match="leads elsewhere by a symlink"):
        Survey(folder, {"PATH": os.environ["PATH"]}).write(".gitops-bot.yml", "x")
    assert before == (folder / ".git" / "config").read_text()


def test_a_file_that_could_not_be_shown_is_not_overwritten(tmp_path: Path) -> None:
    folder = FLAT.make(tmp_path / "repository")
    (folder / ".gitignore").write_bytes(b"caf\xe9/\n")
    survey = Survey(folder, {"PATH": os.environ["PATH"]})
    survey.findings()
    with pytest.raises(BadInput, match="could not be shown"):
        survey.write(".gitignore", "x")
    assert b"caf\xe9/\n" == (folder / ".gitignore").read_bytes()
