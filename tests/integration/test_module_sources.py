"""Private modules, with the real terraform and git: who gets the module token, and who does not."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_bot.adapters.terraform.module_sources import git_access
from gitops_bot.adapters.terraform.runner import TerraformBinary
from gitops_bot.commands.project_plans import plan_projects
from gitops_bot.core.aws import Phase
from gitops_bot.core.environments import Environment, Project, Settings
from gitops_bot.core.errors import BadInput
from gitops_bot.sandbox import Sandbox
from tests.kit.fake_cloud import FakeCloudSession
from tests.kit.needs import needs_program
from tests.kit.scripted_http import Reply, ScriptedServer
from tests.kit.terraform_bench import SETTINGS, Bench

MODULE = 'resource "terraform_data" "private" {\n  input = "from the private module"\n}\n'
ASK = Reply(401, "who?", {"WWW-Authenticate": 'Basic realm="x"'})


@pytest.fixture
def github(tmp_path: Path) -> Iterator[Sandbox]:
    """A GitHub server with a private repository that holds a module."""
    needs_program("git")
    with Sandbox.start(tmp_path / "github", "acme/modules") as sandbox:
        sandbox.hub.commit("devops", {"network/main.tf": MODULE}, "A module", "ann")
        yield sandbox


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    needs_program("terraform")
    return Bench(tmp_path)


def token_of(github: Sandbox) -> str:
    return github.issue_token("modules[bot]", permissions={"contents": "read"})


def give(bench: Bench, github: Sandbox, token: str, **more: str) -> None:
    """A run on that GitHub server, with that module token."""
    path = witnessed_path(bench)
    bench.environ |= {
        "GITHUB_SERVER_URL": github.server_url,
        "INPUT_MODULE_TOKEN": token,
        "PATH": path,
    } | more
    bench.runner = TerraformBinary(SETTINGS, bench.environ, FakeCloudSession())


def witnessed_path(bench: Bench) -> str:
    """A `terraform` that notes each command's environment, then is the real one."""
    folder = bench.folder.parent / "witness"
    folder.mkdir(exist_ok=True)
    program = folder / "terraform"
    program.write_text(
        f'#!/bin/sh\nenv > "{folder}/$1.env"\n'
        f'echo "$1 ${{PWD##*/}}${{GITOPS_BOT_MODULE_TOKEN:+ with the token}}" >> "{folder}/order"\n'
        f'exec {needs_program("terraform")} "$@"\n'
    )
    program.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def given_to(bench: Bench, command: str) -> str:
    return (bench.folder.parent / "witness" / f"{command}.env").read_text()


def order(bench: Bench) -> list[str]:
    """Every command but `version` and `show`, with its folder and whether it got the token."""
    lines = (bench.folder.parent / "witness" / "order").read_text().splitlines()
    return [line for line in lines if not line.startswith(("version", "show"))]


def source(address: str) -> str:
    return f'module "network" {{\n  source = "{address}"\n}}\n'


def sent(server: ScriptedServer) -> list[str]:
    return [headers["authorization"] for headers in server.headers if "authorization" in headers]


def test_init_fetches_a_private_module_and_no_other_command_gets_the_token(
    bench: Bench, github: Sandbox
) -> None:
    token = token_of(github)
    give(bench, github, token)
    bench.write(source(f"git::{github.git_url}//network"))
    made = bench.made()
    assert b"from the private module" in made.document
    bench.apply(made)
    assert {command: token in given_to(bench, command) for command in ("init", "plan", "show", "apply")} == {
        "init": True,
        "plan": False,
        "show": False,
        "apply": False,
    }
    plan = given_to(bench, "plan")
    assert [name for name in ("INPUT_MODULE", "GIT_CONFIG_", "GITOPS_BOT_") if name in plan] == []


def planned(bench: Bench, *projects: Project) -> list[str]:
    """Plan the projects as a run does; how each one ended."""
    settings = Settings((Environment("dev", "dev"),), projects)
    root = bench.folder.parent
    plans = plan_projects(
        settings, settings.environments[0], root, bench.runner, root, bench.said.append, phase=Phase.PLAN
    )
    return [type(item.outcome).__name__ for item in plans]


def test_every_project_is_initialised_before_the_code_of_a_plan_can_watch(
    bench: Bench, github: Sandbox
) -> None:
    """The code of the first plan has the same user as a later init, and could read its environment."""
    give(bench, github, token_of(github))
    for name in ("one", "two"):
        folder = bench.folder.parent / name
        folder.mkdir()
        (folder / "main.tf").write_text(source(f"git::{github.git_url}//network"))
    assert planned(bench, Project("one", "one"), Project("two", "two")) == ["Planned", "Planned"]
    assert order(bench) == ["init one with the token", "init two with the token", "plan one", "plan two"]


def test_projects_that_share_a_folder_are_initialised_again_without_the_token(
    bench: Bench, github: Sandbox
) -> None:
    give(bench, github, token_of(github))
    bench.write(source(f"git::{github.git_url}//network") + 'variable "size" {\n  default = 1\n}\n')
    bench.write("size = 2\n", "two.tfvars")
    shared = (Project("one", "project"), Project("two", "project", var_files=("two.tfvars",)))
    assert planned(bench, *shared) == ["Planned", "Planned"]
    assert order(bench) == [
        "init project with the token", "plan project", "init project", "plan project"
    ]  # fmt: skip


def test_a_project_whose_init_fails_keeps_no_other_from_being_planned(bench: Bench, github: Sandbox) -> None:
    give(bench, github, token_of(github))
    for name, address in (
        ("one", "git::https://127.0.0.1:1/x.git"),
        ("two", f"git::{github.git_url}//network"),
    ):
        folder = bench.folder.parent / name
        folder.mkdir()
        (folder / "main.tf").write_text(source(address))
    assert planned(bench, Project("one", "one"), Project("two", "two")) == ["PlanFailed", "Planned"]
    assert order(bench) == ["init one with the token", "init two with the token", "plan two"]


def test_the_token_is_left_in_no_file(bench: Bench, github: Sandbox) -> None:
    token = token_of(github)
    store = bench.folder.parent / ".git-credentials"
    give(
        bench, github, token, GIT_CONFIG_COUNT="1", GIT_CONFIG_KEY_0="credential.helper",
        GIT_CONFIG_VALUE_0=f"store --file={store}",
    )  # fmt: skip
    bench.write(source(f"git::{github.git_url}//network"))
    bench.made()
    wanted = [token.encode(), base64.b64encode(f"x-access-token:{token}".encode())]
    files = [f for f in bench.folder.parent.rglob("*") if f.is_file() and "witness" not in f.parts]
    kept = [f for f in files if any(w in f.read_bytes() for w in wanted)]
    assert (kept, store.exists(), len(files) > 10) == ([], False, True)


def test_without_the_token_the_module_is_refused_and_nobody_is_asked(bench: Bench, github: Sandbox) -> None:
    give(bench, github, "")
    bench.write(source(f"git::{github.git_url}//network"))
    assert (
        bench.errored()
        .diagnostics[0]
        .detail.endswith(
            "The run has no credentials for this address. For private modules on the run's own GitHub server "
            "give a token that may read them, as the input module-token."
        )
    )


@pytest.mark.parametrize("form", ["ssh://git@127.0.0.1/", "git@127.0.0.1:"])
def test_ssh_addresses_of_the_server_go_over_https_with_the_token(
    form: str, github: Sandbox, tmp_path: Path
) -> None:
    environ = {"GITHUB_SERVER_URL": github.server_url, "INPUT_MODULE_TOKEN": token_of(github)}
    child = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **git_access(environ)}
    argv = ["git", "ls-remote", f"{form}{github.repository}.git"]
    done = subprocess.run(argv, env=child, capture_output=True, text=True, check=False)
    assert (done.returncode, "refs/heads/devops" in done.stdout) == (0, True), done.stderr


def test_another_port_of_the_same_host_does_not_get_the_token(bench: Bench, github: Sandbox) -> None:
    give(bench, github, token_of(github))
    with ScriptedServer([ASK, ASK, ASK]) as other:
        bench.write(source(f"git::{other.api_url}/acme/modules.git"))
        bench.errored()
    assert (other.asked[:1], sent(other)) == (
        ["GET /acme/modules.git/info/refs?service=git-upload-pack"],
        [],
    )


def test_where_the_server_redirects_to_does_not_get_the_token(bench: Bench) -> None:
    with ScriptedServer([ASK, ASK, ASK]) as other:
        away = Reply(302, "", {"Location": f"{other.api_url}/x.git/info/refs?service=git-upload-pack"})
        with ScriptedServer([ASK, away, away, away]) as server:
            bench.environ |= {"GITHUB_SERVER_URL": server.api_url, "INPUT_MODULE_TOKEN": "ghs_canary"}
            bench.runner = TerraformBinary(SETTINGS, bench.environ, FakeCloudSession())
            bench.write(source(f"git::{server.api_url}/x.git"))
            bench.errored()
    assert (len(sent(server)) > 0, len(other.asked) > 0, sent(other)) == (True, True, [])


def test_a_redirect_before_anybody_was_asked_does_not_get_the_token_either(bench: Bench) -> None:
    with ScriptedServer([ASK, ASK, ASK]) as other:
        away = Reply(302, "", {"Location": f"{other.api_url}/x.git/info/refs?service=git-upload-pack"})
        with ScriptedServer([away, away]) as server:
            bench.environ |= {"GITHUB_SERVER_URL": server.api_url, "INPUT_MODULE_TOKEN": "ghs_canary"}
            bench.runner = TerraformBinary(SETTINGS, bench.environ, FakeCloudSession())
            bench.write(source(f"git::{server.api_url}/x.git"))
            bench.errored()
    assert (len(other.asked) > 0, sent(other), sent(server)) == (True, [], [])


@pytest.mark.parametrize(
    ("asked", "helped"),
    [
        ("https://ghe.example.com/acme/x.git", True),
        ("http://ghe.example.com/acme/x.git", False),
        ("https://ghe.example.com:8443/acme/x.git", False),
        ("https://evil.ghe.example.com/acme/x.git", False),
        ("https://ghe.example.com.evil.net/acme/x.git", False),
        ("https://evil.net/ghe.example.com", False),
        ("https://ghe.example.com@evil.net/x.git", False),
    ],
)
def test_only_the_servers_own_address_is_helped(asked: str, helped: bool, tmp_path: Path) -> None:
    needs_program("git")
    environ = {"GITHUB_SERVER_URL": "https://ghe.example.com", "INPUT_MODULE_TOKEN": "ghs_canary"}
    child = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_TERMINAL_PROMPT": "0"}
    done = subprocess.run(
        ["git", "credential", "fill"], input=f"url={asked}\n\n", env=child | git_access(environ),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ("password=ghs_canary" in done.stdout) is helped


@pytest.mark.parametrize(
    ("address", "mark"),
    [
        ("git::ext::sh -c 'touch%20{mark}'", "mark"),
        ("git::ssh://-oProxyCommand=touch%20{mark}/x", "mark"),
        ("git::--upload-pack=touch%20{mark}", "mark"),
    ],
)
def test_a_source_that_would_run_a_program_runs_none(
    address: str, mark: str, bench: Bench, github: Sandbox
) -> None:
    give(bench, github, token_of(github))
    file = bench.folder.parent / mark
    bench.write(source(address.replace("{mark}", str(file))))
    assert (bench.errored().stage, file.exists()) == ("init", False)


def test_what_the_job_gave_git_is_kept_and_comes_first(tmp_path: Path) -> None:
    needs_program("git")
    job = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.proxy", "GIT_CONFIG_VALUE_0": "http://p:1"}
    given = job | git_access({**job, "INPUT_MODULE_TOKEN": "ghs_x"})
    child = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1", **given}
    done = subprocess.run(
        ["git", "config", "--list"], cwd=tmp_path, env=child, capture_output=True, text=True, check=True
    )
    assert [line.partition("=")[0] for line in done.stdout.splitlines()] == [
        "http.proxy",
        "http.https://github.com/.extraheader",
        "credential.https://github.com.helper",
        "credential.https://github.com.helper",
        "url.https://github.com/.insteadof",
        "url.https://github.com/.insteadof",
    ]


def test_without_a_token_nothing_is_added() -> None:
    assert git_access({"INPUT_MODULE_TOKEN": "", "GIT_CONFIG_COUNT": "1"}) == {}


@pytest.mark.parametrize("token", ["a\nb", "a b", "ü"])
def test_a_token_that_is_none_is_refused(token: str) -> None:
    with pytest.raises(BadInput, match="module-token holds characters that no token has"):
        git_access({"INPUT_MODULE_TOKEN": token})


def test_a_count_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput, match="GIT_CONFIG_COUNT is 'x'"):
        git_access({"INPUT_MODULE_TOKEN": "ghs_x", "GIT_CONFIG_COUNT": "x"})
