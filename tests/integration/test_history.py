"""`gitops-bot history` as a person or a job runs it, against the sandbox."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitops_bot.core.ledger import TASK
from gitops_bot.sandbox import Sandbox
from tests.kit.loaded_program import run_program
from tests.kit.sandbox_story import git
from tests.kit.stage import NETWORK, Stage, stage

FAILING = """\
resource "terraform_data" "broken" {
  provisioner "local-exec" {
    command = "exit 3"
  }
}

resource "terraform_data" "after" {
  input = terraform_data.broken.id
}
"""
HEADER = "environment  when (UTC)        commit        PRs  by   converged  outcome"


@dataclass(frozen=True, slots=True)
class History:
    """Runs the command in a folder that is set up for a sandbox's repository."""

    sandbox: Sandbox
    token: str
    folder: Path

    def __call__(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        known = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GITHUB_API_URL": self.sandbox.api_url,
            "GITHUB_SERVER_URL": self.sandbox.server_url,
            "GITHUB_REPOSITORY": self.sandbox.repository,
            "GITHUB_TOKEN": self.token,
        }
        given = {name: value for name, value in {**known, **environ}.items() if value}
        return run_program(["history", *arguments], environ=given, cwd=self.folder, timeout=60)


@pytest.fixture
def on_stage(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        yield made


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    """The command against a repository where nothing was applied."""
    (tmp_path / "work").mkdir()
    with Sandbox.start(tmp_path / "hub") as sandbox:
        sandbox.hub.commit("devops", {"main.tf": ""}, "Start")
        git(tmp_path / "work", "init", "--quiet")
        yield History(sandbox, sandbox.issue_token(), tmp_path / "work")


def planned_and_merged(on_stage: Stage, files: dict[str, str], branch: str) -> tuple[int, str, str]:
    """A pull request's number, the commit that merged it and the result of its apply."""
    number = on_stage.pull_request(files, branch=branch)
    assert on_stage.plan(number).outputs["result"] == "planned"
    run = on_stage.merge(number)
    return number, on_stage.head("devops"), run.outputs["result"]


def test_an_apply_and_a_failed_one_are_shown_newest_first(on_stage: Stage) -> None:
    first, applied, result = planned_and_merged(on_stage, {"infra/network.tf": NETWORK}, "one")
    assert "applied" == result
    second, failed, result = planned_and_merged(on_stage, {"infra/broken.tf": FAILING}, "two")
    assert result in ("partly-applied", "failed")
    history = History(on_stage.sandbox, on_stage.token, on_stage.checkout(failed))

    done = history()
    assert (0, "") == (done.returncode, done.stderr)
    lines = done.stdout.splitlines()
    assert HEADER == lines[0]
    assert (
        f"{failed[:12]}  #{second}   pat  unknown",
        f"{applied[:12]}  #{first}   pat  yes        applied",
    ) == (
        lines[1].partition(":")[2][4:],
        lines[3].partition(":")[2][4:],
    )
    assert "  failed: 0 done, 1 failed, 1 not started" == lines[2]
    assert 80 >= max(map(len, lines))

    found = json.loads(history("--format", "json").stdout)["applies"]
    newest, older = found[0], dict(found[1])
    tree = git(Path(on_stage.sandbox.clone_url), "rev-parse", f"{applied}^{{tree}}")
    assert (64, 20) == (len(older.pop("digest")), len(older.pop("at")))
    assert older == {
        "environment": "devops", "commit": applied, "tree": tree, "by": "pat", "run": older["run"],
        "pull_requests": [first], "outcome": "applied", "done": 1, "failed": 0, "not_started": 0,
        "converged": True, "approved_by": "", "overridden_by": "", "hotfixes": [],
        "hotfix_by": "",
    }  # fmt: skip
    assert (failed, [second], "failed", 0, 1, 1, None) == tuple(
        newest[key]
        for key in ("commit", "pull_requests", "outcome", "done", "failed", "not_started", "converged")
    )

    assert found[:1] == json.loads(history("--limit", "1", "--format", "json").stdout)["applies"]
    assert found == json.loads(history("--environment", "devops", "--format", "json").stdout)["applies"]
    assert "Nothing was applied yet.\n" == history("--environment", "prod").stdout


def test_a_foreign_deployment_is_shown_as_unreadable(history: History) -> None:
    commit = git(Path(history.sandbox.clone_url), "rev-parse", "devops")
    for content in ({"format": 9}, "no JSON", {"format": 1, "actor": "\u202e##[error]"}):
        body = {"ref": commit, "task": TASK, "environment": "dev", "payload": content}
        history.sandbox.hub.deployments.add(commit, body, "mallory")
    done = history()
    assert (0, ["unreadable"] * 3) == (
        done.returncode,
        [line.split()[-1] for line in done.stdout.splitlines()[1:]],
    )


def test_every_option_has_a_variable(history: History) -> None:
    done = history(
        GITOPS_BOT_HISTORY_ENVIRONMENT="dev",
        GITOPS_BOT_HISTORY_LIMIT="1",
        GITOPS_BOT_HISTORY_REPOSITORY=history.sandbox.repository,
        GITOPS_BOT_HISTORY_FORMAT="json",
        GITHUB_REPOSITORY="acme/other",
    )
    assert (0, {"applies": []}) == (done.returncode, json.loads(done.stdout))
    assert 2 == history(GITOPS_BOT_HISTORY_CONFIG="nowhere.yml").returncode


@pytest.mark.parametrize("form", ["{server}/{repository}.git", "git@127.0.0.1:{repository}.git"])
def test_the_repository_is_that_of_origin_when_nothing_else_names_it(history: History, form: str) -> None:
    remote = form.format(server=history.sandbox.server_url, repository=history.sandbox.repository)
    git(history.folder, "remote", "add", "origin", remote)
    done = history(GITHUB_REPOSITORY="")
    assert (0, "Nothing was applied yet.\n") == (done.returncode, done.stdout)


def test_gh_token_serves_as_well(history: History) -> None:
    done = history(GITHUB_TOKEN="", GH_TOKEN=history.token)
    assert (0, "Nothing was applied yet.\n") == (done.returncode, done.stdout)


def test_the_configuration_names_the_environments(history: History) -> None:
    (history.folder / ".gitops-bot.yml").write_text("environments: [{name: live, branch: devops}]\n")
    done = history("--environment", "dev")
    assert (2, True) == (done.returncode, "Give one of: live." in done.stderr)


@pytest.mark.parametrize(
    ("arguments", "environ", "said"),
    [
        ([], {"GITHUB_TOKEN": ""}, "There is no token: neither GITHUB_TOKEN nor GH_TOKEN is set."),
        ([], {"GITHUB_TOKEN": "two words"}, "The token holds characters that no token has."),
        ([], {"GITHUB_TOKEN": "ghs_wrong"}, "The token was rejected by GitHub."),
        (
            [],
            {"GITHUB_REPOSITORY": ""},
            "The repository is not known: the remote `origin` of '.' leads to none at",
        ),
        ([], {"GITHUB_API_URL": ""}, "but GITHUB_API_URL is not set."),
        (["--repository", "infra"], {}, "'infra' is no repository."),
        (["--repository", "acme/other"], {}, "GitHub shows this token no repository acme/other."),
        (["--environment", "moon"], {}, "There is no environment 'moon'."),
        (["nowhere"], {}, "'nowhere' is not a folder."),
        (["--limit", "0"], {}, "0 is not in the range"),
    ],
)
def test_wrong_usage_is_a_sentence_and_exit_code_2(
    history: History, arguments: list[str], environ: dict[str, str], said: str
) -> None:
    done = history(*arguments, **environ)
    assert (2, True, "") == (done.returncode, said in done.stderr, done.stdout), done.stderr


def test_a_password_in_the_remotes_address_is_not_shown(history: History) -> None:
    git(history.folder, "remote", "add", "origin", "https://pat:canary-secret@gitlab.example/acme/infra")
    done = history(GITHUB_REPOSITORY="")
    assert (2, False) == (done.returncode, "canary" in done.stdout + done.stderr)
    assert history.token not in done.stdout + done.stderr
