"""One suite of promises for the repository settings in memory and for GitHub's over HTTP; and the command."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from gitops_bot.adapters.github.settings import GithubRepositorySettings
from gitops_bot.core.errors import GitopsBotError
from gitops_bot.core.repository import ActionsRules, BranchRules, EnvironmentRules, ForkApproval
from gitops_bot.ports import RepositorySettings
from gitops_bot.sandbox import Sandbox
from gitops_bot.sandbox.records import Gate
from tests.kit.act import caller
from tests.kit.fake_settings import FakeSettings
from tests.kit.loaded_program import run_program
from tests.kit.needs import needs_program

PLAN = "gitops-bot: plan devops"
METHODS = frozenset({"merge", "squash", "rebase"})
GATES = (
    EnvironmentRules("apply", True, ("devops", "release/*"), tags=("v*",)),
    EnvironmentRules("open", False, None),
    EnvironmentRules("safe", False, None, protected=True),
)
STRICT = (ActionsRules(may_open=True, writes=False), ForkApproval.FIRST_TIME)
LOOSE = (ActionsRules(may_open=False, writes=True), ForkApproval.NEW_TO_GITHUB)


@dataclass
class Stage:
    """Settings to ask for, and how to change them."""

    settings: RepositorySettings
    require: Callable[[str], object]
    review: Callable[[int], object]
    rule: Callable[[], object]
    gates: Callable[[], object]
    loosen: Callable[[], object]
    scope: Callable[[tuple[str, ...]], object]
    forbid: Callable[[], object]


def _rule(name: str) -> list[dict[str, object]]:
    """https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch"""
    return [
        {
            "type": "required_status_checks",
            "parameters": {
                "strict_required_status_checks_policy": True,
                "required_status_checks": [{"context": name}],
            },
        },
        {
            "type": "pull_request",
            "parameters": {
                "required_approving_review_count": 2,
                "dismiss_stale_reviews_on_push": False,
                "require_code_owner_review": True,
                "require_last_push_approval": False,
                "required_review_thread_resolution": False,
            },
        },
    ]


def _fake() -> Iterator[Stage]:
    fake = FakeSettings(rules={"devops": BranchRules(frozenset())})

    def require(name: str) -> None:
        fake.rules["devops"] = BranchRules(frozenset({name}))

    def rule() -> None:
        fake.rules["devops"] = BranchRules(fake.rules["devops"].checks | {"from a ruleset"}, 2)

    def review(count: int) -> None:
        fake.rules["devops"] = BranchRules(fake.rules["devops"].checks, count)

    def gates() -> None:
        fake.environments = GATES

    def loosen() -> None:
        fake.actions, fake.forks = LOOSE

    def scope(scopes: tuple[str, ...]) -> None:
        fake.facts = replace(fake.facts, scopes=frozenset(scopes))

    def forbid() -> None:
        fake.unseen |= {"actions_rules", "fork_approval"}
        if fake.rules["devops"].checks:
            fake.rules["devops"] = replace(fake.rules["devops"], reviews=None)

    yield Stage(fake, require, review, rule, gates, loosen, scope, forbid)


def _sandbox(folder: Path) -> Iterator[Stage]:
    needs_program("git")
    with Sandbox.start(folder) as sandbox:
        sandbox.hub.commit("devops", {"main.tf": ""})
        token = sandbox.issue_token("ada", "pat")
        repository = sandbox.repository
        with GithubRepositorySettings(sandbox.api_url, repository, token, sleep=lambda _: None) as settings:
            rights = {"metadata": "read", "contents": "read", "actions": "read"}

            def gates() -> None:
                sandbox.hub.gates += [
                    Gate("apply", ("ada",), ("devops", "release/*"), tags=("v*",)),
                    Gate("open"),
                    Gate("safe", protected=True),
                ]

            def loosen() -> None:
                sandbox.hub.actions_may_open_pull_requests = False
                sandbox.hub.default_workflow_permissions = "write"
                sandbox.hub.fork_approval = "first_time_contributors_new_to_github"

            def ask_with(token: str) -> None:
                made.settings = GithubRepositorySettings(sandbox.api_url, repository, token, lambda _: None)

            def scope(scopes: tuple[str, ...]) -> None:
                ask_with(sandbox.issue_token("ada", "pat", scopes=scopes))

            def forbid() -> None:
                ask_with(sandbox.issue_token(permissions=rights))

            made = Stage(
                settings,
                lambda name: sandbox.hub.required_checks.setdefault("devops", set()).add(name),
                lambda count: sandbox.hub.required_reviews.update(devops=count),
                lambda: sandbox.hub.rulesets.update(devops=_rule("from a ruleset")),
                gates,
                loosen,
                scope,
                forbid,
            )
            yield made


@pytest.fixture(params=["fake", "sandbox"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    yield from _fake() if request.param == "fake" else _sandbox(tmp_path)


def test_the_repository_says_how_it_can_be_merged(stage: Stage) -> None:
    facts = stage.settings.repository()
    assert ("acme/infra", "devops", METHODS) == (facts.name, facts.default_branch, facts.merge_methods)


def test_a_branch_says_which_checks_it_asks_for(stage: Stage) -> None:
    assert BranchRules(frozenset()) == stage.settings.branch_rules("devops")
    stage.require(PLAN)
    assert BranchRules(frozenset({PLAN})) == stage.settings.branch_rules("devops")


def test_what_a_ruleset_asks_for_is_added(stage: Stage) -> None:
    stage.require(PLAN)
    stage.rule()
    expected = BranchRules(frozenset({PLAN, "from a ruleset"}), 2)
    assert expected == stage.settings.branch_rules("devops")


def test_a_protections_reviews_count_and_are_for_administrators(stage: Stage) -> None:
    stage.require(PLAN)
    stage.review(3)
    assert BranchRules(frozenset({PLAN}), 3) == stage.settings.branch_rules("devops")
    stage.forbid()
    assert BranchRules(frozenset({PLAN}), None) == stage.settings.branch_rules("devops")


def test_a_classic_token_says_its_scopes_and_another_has_none(stage: Stage) -> None:
    assert stage.settings.repository().scopes is None
    stage.scope(("repo", "workflow"))
    assert frozenset({"repo", "workflow"}) == stage.settings.repository().scopes
    stage.scope(())
    assert frozenset() == stage.settings.repository().scopes


def test_a_branch_that_is_not_there_has_no_rules(stage: Stage) -> None:
    assert stage.settings.branch_rules("nowhere") is None


def test_github_environments_say_who_approves_and_which_branches_may(stage: Stage) -> None:
    assert () == stage.settings.environment_rules()
    stage.gates()
    assert GATES == stage.settings.environment_rules()


def test_what_workflows_and_forks_may_do_is_for_administrators(stage: Stage) -> None:
    assert STRICT == (stage.settings.actions_rules(), stage.settings.fork_approval())
    stage.loosen()
    assert LOOSE == (stage.settings.actions_rules(), stage.settings.fork_approval())
    stage.forbid()
    for ask in (stage.settings.actions_rules, stage.settings.fork_approval):
        with pytest.raises(GitopsBotError):
            ask()


# --- the command, as a person runs it ---


def doctor(
    sandbox: Sandbox, folder: Path, *arguments: str, **environ: str
) -> subprocess.CompletedProcess[str]:
    known = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "GITHUB_API_URL": sandbox.api_url,
        "GITHUB_SERVER_URL": sandbox.server_url, "GITHUB_REPOSITORY": sandbox.repository,
    }  # fmt: skip
    return run_program(["doctor", *arguments], environ={**known, **environ}, cwd=folder, timeout=60)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Path]]:
    """A repository where all is well, on GitHub and in a folder."""
    needs_program("git")
    folder = tmp_path_factory.mktemp("well")
    (folder / ".github/workflows").mkdir(parents=True)
    (folder / ".github/workflows/gitops.yml").write_text(caller())
    (folder / "main.tf").write_text('terraform {\n  backend "gcs" {}\n}\n')
    with Sandbox.start(folder / "hub") as sandbox:
        sandbox.hub.commit("devops", {"main.tf": ""})
        for name in ("devops", "dev", "staging", "prod"):
            if name != "devops":
                sandbox.hub.create_ref(f"refs/heads/{name}", sandbox.hub.store.branch("devops") or "")
            sandbox.hub.required_checks[name] = {f"gitops-bot: plan {name}", f"gitops-bot: promotion {name}"}
        yield sandbox, folder


def test_where_all_is_well_every_line_is_ok_and_the_exit_code_0(repository: tuple[Sandbox, Path]) -> None:
    sandbox, folder = repository
    done = doctor(sandbox, folder, GITHUB_TOKEN=sandbox.issue_token("ada", "pat"))
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.splitlines()[-1].startswith("0 errors, 0 warnings, ")
    assert "could not be looked at" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_a_workflows_own_token_sees_less_and_that_is_said(repository: tuple[Sandbox, Path]) -> None:
    sandbox, folder = repository
    rights = {"metadata": "read", "contents": "read", "actions": "read"}
    done = doctor(sandbox, folder, GITHUB_TOKEN=sandbox.issue_token(permissions=rights))
    assert done.returncode == 0
    assert "1 could not be looked at" in done.stdout


@pytest.mark.parametrize("environ", [{}, {"GITHUB_TOKEN": "wrong"}])
def test_without_a_token_that_works_the_rest_is_still_looked_at(
    repository: tuple[Sandbox, Path], environ: dict[str, str]
) -> None:
    sandbox, folder = repository
    done = doctor(sandbox, folder, **environ)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert "unseen" in done.stdout
    assert "The job gitops has the permissions" in done.stdout


def test_a_server_that_does_not_answer_is_a_line(repository: tuple[Sandbox, Path]) -> None:
    sandbox, folder = repository
    dead = {"GITHUB_API_URL": "http://127.0.0.1:9", "GITOPS_BOT_GITHUB_TIMEOUT": "0.2"}
    done = doctor(sandbox, folder, "--only", "token", GITHUB_TOKEN="x", **dead)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert "The repository cannot be seen" in done.stdout


def test_an_error_is_exit_code_1_and_json_is_json(repository: tuple[Sandbox, Path]) -> None:
    sandbox, folder = repository
    token = sandbox.issue_token("ada", "pat")
    sandbox.hub.required_checks["prod"] = set()
    try:
        done = doctor(sandbox, folder, "--format", "json", "--only", "branches", GITHUB_TOKEN=token)
    finally:
        sandbox.hub.required_checks["prod"] = {"gitops-bot: plan prod", "gitops-bot: promotion prod"}
    found = json.loads(done.stdout)
    assert (done.returncode, found["counts"]["error"]) == (1, 1)
    assert {f["topic"] for f in found["findings"]} == {"branches"}


def test_a_configuration_with_mistakes_is_their_list_and_exit_code_1(
    repository: tuple[Sandbox, Path], tmp_path: Path
) -> None:
    sandbox, _ = repository
    (tmp_path / ".gitops-bot.yml").write_text("version: 2\nenvironment: []\n")
    done = doctor(sandbox, tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "error    .gitops-bot.yml:2: environment: the key is not known" in done.stdout
