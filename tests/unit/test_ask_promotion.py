"""What `gitops-bot promote` asks GitHub for."""

from __future__ import annotations

import pytest

from gitops_bot.commands.ask_promotion import ask_promotion, to_ask
from gitops_bot.core.decision import RunCommand, decide
from gitops_bot.core.environments import DEFAULT_PROJECTS, Environment, Settings
from gitops_bot.core.errors import BadInput, RunFailed
from gitops_bot.core.events import Command, Dispatched
from tests.kit.fake_code_host import FakeCodeHost

DEVOPS, DEV, PROD = Environment("devops", "main"), Environment("dev", "develop"), Environment("prod", "prod")
SETTINGS = Settings((DEVOPS, DEV, PROD), DEFAULT_PROJECTS)
COMMIT = "a3f2c4d5e6b7"
PAGE = "https://github.example/acme/infra"


@pytest.fixture
def host() -> FakeCodeHost:
    return FakeCodeHost(branches={"main": "1" * 40, "develop": "2" * 40, "prod": "3" * 40})


def test_it_is_asked_for_on_the_branch_below(host: FakeCodeHost) -> None:
    said = ask_promotion(to_ask(DEV, SETTINGS, ""), "gitops.yml", host, PAGE)
    assert [("gitops.yml", "main", {"command": "promote", "environment": "dev"})] == host.dispatched
    assert (
        "Asked for `promote` into dev, on the branch main.\n"
        f"Its run will be among these: {PAGE}/actions/workflows/gitops.yml"
    ) == said


def test_going_back_is_asked_for_on_the_environment_s_own_branch(host: FakeCodeHost) -> None:
    said = ask_promotion(to_ask(DEV, SETTINGS, f" {COMMIT.upper()} "), "infra.yaml", host, PAGE)
    inputs = {"command": "promote", "environment": "dev", "to-commit": COMMIT}
    assert [("infra.yaml", "develop", inputs)] == host.dispatched
    assert said.startswith(f"Asked for `promote` to bring dev back to {COMMIT}, on the branch develop.\n")


@pytest.mark.parametrize(
    ("environment", "to_commit"), [(DEV, ""), (PROD, ""), (DEVOPS, COMMIT), (DEV, COMMIT), (PROD, COMMIT)]
)
def test_the_run_takes_what_was_asked_for(environment: Environment, to_commit: str) -> None:
    asked = to_ask(environment, SETTINGS, to_commit)
    event = Dispatched(
        Command(asked.inputs["command"]),
        asked.inputs["environment"],
        asked.branch,
        "1" * 40,
        to_commit=asked.inputs.get("to-commit", ""),
    )
    assert RunCommand(Command.PROMOTE, environment, event) == decide(event, SETTINGS)


def test_the_lowest_environment_has_only_the_way_back() -> None:
    with pytest.raises(BadInput, match="devops is the lowest environment; there is nothing below") as failed:
        to_ask(DEVOPS, SETTINGS, "")
    assert "give --to-commit" in failed.value.hint
    assert "main" == to_ask(DEVOPS, SETTINGS, COMMIT).branch


@pytest.mark.parametrize("commit", ["HEAD~1", "abc", "a" * 65, " ", "--force", "g" * 12])
def test_what_can_be_no_commit_is_told(commit: str) -> None:
    with pytest.raises(BadInput, match="The commit is "):
        to_ask(DEV, SETTINGS, commit)


@pytest.mark.parametrize("name", ["", "gitops", "../gitops.yml", ".github/workflows/gitops.yml", "a b.yml"])
def test_what_is_no_workflow_file_is_told_before_anything_is_asked(host: FakeCodeHost, name: str) -> None:
    with pytest.raises(BadInput, match="is no workflow file"):
        ask_promotion(to_ask(DEV, SETTINGS, ""), name, host, PAGE)
    assert [] == host.calls


def test_a_branch_that_is_not_there_is_told(host: FakeCodeHost) -> None:
    del host.branches["main"]
    with pytest.raises(BadInput, match="There is no branch main on GitHub"):
        ask_promotion(to_ask(DEV, SETTINGS, ""), "gitops.yml", host, PAGE)
    assert [] == host.dispatched


def test_what_github_says_against_it_is_the_error(host: FakeCodeHost) -> None:
    host.fail_next("dispatch_workflow", RunFailed("GitHub refused it.", "Give the token `actions: write`."))
    with pytest.raises(RunFailed, match=r"GitHub refused it\."):
        ask_promotion(to_ask(DEV, SETTINGS, ""), "gitops.yml", host, PAGE)
