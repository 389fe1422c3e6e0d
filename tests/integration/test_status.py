"""`gitops-bot status` and `gitops-bot promote` as a person runs them, against the sandbox."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitops_bot.sandbox import Sandbox
from tests.kit.loaded_program import run_program
from tests.kit.sandbox_story import git
from tests.kit.stage import NETWORK, Stage, stage

EMPTY = """\
environment  head     applied  when (UTC)  state  waiting  promotion
devops       {head}  -        -           -      -        -
dev          -        -        -           -      -        -
  blocked: NOT_APPLIED_BELOW
"""


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs a command in a folder that is set up for a sandbox's repository."""

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
        return run_program(arguments, environ=given, cwd=self.folder, timeout=60)


@pytest.fixture
def on_stage(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        yield made


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """The command against a repository where nothing was applied."""
    (tmp_path / "work").mkdir()
    with Sandbox.start(tmp_path / "hub") as sandbox:
        sandbox.hub.commit("devops", {"main.tf": ""}, "Start")
        git(tmp_path / "work", "init", "--quiet")
        yield Shell(sandbox, sandbox.issue_token(), tmp_path / "work")


def test_the_board_says_where_everything_stands(on_stage: Stage) -> None:
    numbers = []
    for name in ("network", "extra"):
        numbers.append(
            on_stage.pull_request({f"infra/{name}.tf": NETWORK.replace("network", name)}, branch=name)
        )
        assert "planned" == on_stage.plan(numbers[-1]).outputs["result"]
        assert "applied" == on_stage.merge(numbers[-1]).outputs["result"]
    promotion = int(on_stage.dispatch("promote", "dev", "devops").outputs["promotion-pr"])
    applied = on_stage.head("devops")
    shell = Shell(on_stage.sandbox, on_stage.token, on_stage.checkout(applied))
    # The ledger counts with a workflow file of the work tree, which this repository does not have.
    (shell.folder / ".gitops-bot.yml").write_text(
        (shell.folder / ".gitops-bot.yml").read_text() + "approval: {provenance: none}\n"
    )

    done = shell("status")
    assert (0, "") == (done.returncode, done.stderr)
    assert 80 >= max(map(len, done.stdout.splitlines()))
    lines = done.stdout.splitlines()
    assert ["devops", applied[:7], applied[:7], "converged"] == [lines[1].split()[i] for i in (0, 1, 2, 5)]
    assert ["dev", "2", f"#{promotion}", "ok"] == [lines[2].split()[i] for i in (0, -3, -2, -1)]
    assert f"  waiting: #{numbers[1]} #{numbers[0]}" == lines[3]

    devops, dev, *_ = json.loads(shell("status", "--format", "json").stdout)["environments"]
    assert {"commit": applied, "converged": True} == {
        k: devops["applied"][k] for k in ("commit", "converged")
    }
    assert (None, list(reversed(numbers)), []) == (dev["applied"], dev["waiting"], dev["blocked"])
    assert (promotion, "promote/devops-to-dev", True) == tuple(
        dev["promotion"][key] for key in ("pull_request", "branch", "allowed")
    )

    markdown = shell("status", GITOPS_BOT_STATUS_FORMAT="markdown").stdout
    assert markdown.startswith("```mermaid\nflowchart LR\n")
    assert f"| `dev` | - | - | no apply yet | #{numbers[1]} #{numbers[0]} | #{promotion} | - |" in markdown


def test_a_repository_where_nothing_was_applied_has_a_board(shell: Shell) -> None:
    (shell.folder / ".gitops-bot.yml").write_text("environments: [{name: devops}, {name: dev}]\n")
    head = git(Path(shell.sandbox.clone_url), "rev-parse", "devops")
    done = shell("status")
    assert (0, EMPTY.format(head=head[:7])) == (done.returncode, done.stdout), done.stderr


def test_every_option_of_status_has_a_variable(shell: Shell) -> None:
    done = shell(
        "status",
        GITOPS_BOT_STATUS_REPOSITORY=shell.sandbox.repository,
        GITOPS_BOT_STATUS_FORMAT="json",
        GITHUB_REPOSITORY="acme/other",
    )
    assert (0, 4) == (done.returncode, len(json.loads(done.stdout)["environments"]))
    assert 2 == shell("status", GITOPS_BOT_STATUS_CONFIG="nowhere.yml").returncode


def test_promote_dispatches_on_the_branch_below_and_says_where_to_look(shell: Shell) -> None:
    shell.sandbox.hub.take_events()
    done = shell("promote", "dev")
    page = f"{shell.sandbox.server_url}/{shell.sandbox.repository}/actions/workflows/gitops.yml"
    assert (0, "Asked for `promote` into dev, on the branch devops.", page) == (
        done.returncode, done.stdout.splitlines()[0], done.stdout.split()[-1]
    )  # fmt: skip
    (event,) = shell.sandbox.hub.take_events()
    assert ("workflow_dispatch", "refs/heads/devops") == (event.name, event.ref)
    assert {"command": "promote", "environment": "dev"} == event.payload["inputs"]


def test_promote_to_an_earlier_commit_dispatches_on_the_environment_s_own_branch(shell: Shell) -> None:
    shell.sandbox.hub.take_events()
    done = shell(
        "promote", "devops", GITOPS_BOT_PROMOTE_TO_COMMIT="a3f2c4d5e6b7", GITOPS_BOT_PROMOTE_WORKFLOW="x.yml"
    )
    assert (0, "") == (done.returncode, done.stderr)
    (event,) = shell.sandbox.hub.take_events()
    assert "refs/heads/devops" == event.ref
    wanted = {"command": "promote", "environment": "devops", "to-commit": "a3f2c4d5e6b7"}
    assert wanted == event.payload["inputs"]


@pytest.mark.parametrize(
    ("arguments", "environ", "said"),
    [
        (["status"], {"GITHUB_TOKEN": ""}, "There is no token: neither GITHUB_TOKEN nor GH_TOKEN is set."),
        (["status"], {"GITHUB_TOKEN": "ghs_wrong"}, "The token was rejected by GitHub."),
        (["status", "--repository", "infra"], {}, "'infra' is no repository."),
        (["status", "--repository", "acme/other"], {}, "GitHub shows this token no repository acme/other."),
        (["status"], {"GITHUB_REPOSITORY": ""}, "The repository is not known: the remote `origin` of '.'"),
        (["status", "nowhere"], {}, "'nowhere' is not a folder."),
        (["status", "--format", "html"], {}, "'html' is not one of 'text', 'markdown', 'json'."),
        (["promote"], {}, "Missing argument 'ENVIRONMENT'."),
        (["promote", "moon"], {}, "There is no environment 'moon'."),
        (["promote", "devops"], {}, "devops is the lowest environment; there is nothing below to promote."),
        (["promote", "prod"], {}, "There is no branch staging on GitHub."),
        (["promote", "dev", "--to-commit", "HEAD"], {}, "The commit is 'HEAD'."),
        (["promote", "dev", "--workflow", "gitops"], {}, "'gitops' is no workflow file."),
        (["promote", "dev"], {"GITHUB_TOKEN": ""}, "There is no token"),
        (["promote", "dev", "--repository", "acme/other"], {}, "GitHub shows this token no repository acme/"),
        (["promote", "dev", "nowhere"], {}, "'nowhere' is not a folder."),
    ],
)
def test_wrong_usage_is_a_sentence_and_exit_code_2(
    shell: Shell, arguments: list[str], environ: dict[str, str], said: str
) -> None:
    done = shell(*arguments, **environ)
    assert (2, True, "") == (done.returncode, said in done.stderr, done.stdout), done.stderr


@pytest.mark.parametrize("arguments", [["status"], ["promote", "dev"]])
def test_without_a_network_it_says_what_it_could_not_reach(shell: Shell, arguments: list[str]) -> None:
    done = shell(*arguments, GITHUB_API_URL="http://127.0.0.1:1", GITOPS_BOT_GITHUB_TIMEOUT="1")
    assert (1, True, "") == (
        done.returncode, "GitHub's API at http://127.0.0.1:1 failed" in done.stderr, done.stdout
    ), done.stderr  # fmt: skip


def test_a_token_that_may_start_no_workflow_is_told_what_it_needs(shell: Shell) -> None:
    weak = shell.sandbox.issue_token(permissions={"contents": "read"})
    done = shell("promote", "dev", GITHUB_TOKEN=weak)
    assert (1, True, "") == (done.returncode, "Give the token `actions: write`" in done.stderr, done.stdout)
