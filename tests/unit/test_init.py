"""`gitops-bot init` with a made-up person: what is written, what is asked, what is kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from gitops_bot.commands.init import Wishes, init
from gitops_bot.config.load import load_settings
from gitops_bot.core.environments import DEFAULT_ENVIRONMENTS, Project
from gitops_bot.core.errors import BadInput, ExitCode
from gitops_bot.core.scaffold import Findings, Proposal
from gitops_bot.core.stages import DEFAULT_STAGES, Stage
from gitops_bot.core.terraform_versions import DEFAULT
from gitops_bot.render.scaffold import render_caller, render_config
from tests.kit.config_schema import FILE
from tests.unit.test_documents import ENTRY, GITOPS, ROOT

CONFIG, WORKFLOW, IGNORE = ".gitops-bot.yml", ".github/workflows/gitops.yml", ".gitignore"
YES = Wishes(yes=True)
AWS = 'resource "aws_x" "y" {}\n'


@dataclass
class Person:
    """Answers as told, and remembers what it was asked."""

    environments: tuple[Stage, ...] = ()
    accounts: dict[str, str] = field(default_factory=dict)
    writes: bool = True
    overwrites: bool = False
    asked: list[str] = field(default_factory=list)

    def stages(self, default: Sequence[Stage]) -> tuple[Stage, ...]:
        self.asked.append("stages")
        return self.environments or tuple(default)

    def account(self, environment: str) -> str:
        self.asked.append(f"account {environment}")
        return self.accounts.get(environment, "")

    def write(self, paths: Sequence[str]) -> bool:
        self.asked.append(f"write {' '.join(paths)}")
        return self.writes

    def overwrite(self, path: str) -> bool:
        self.asked.append(f"overwrite {path}")
        return self.overwrites


@dataclass
class Repository:
    """A work tree with what git is said to know about it."""

    root: Path
    branches: tuple[str, ...] = ("dev", "prod")
    current_branch: str = "dev"
    sees_all_branches: bool = True
    said: list[str] = field(default_factory=list)

    def run(self, wishes: Wishes = YES, ask: Person | None = None) -> ExitCode:
        files = [p for p in self.root.rglob("*") if p.is_file()]
        texts = {str(p.relative_to(self.root)): p.read_bytes().decode() for p in files}
        ignored = ".terraform/" in texts.get(IGNORE, "")
        findings = Findings(
            tuple(sorted(texts)), texts, frozenset(self.branches), "dev", self.current_branch, frozenset(),
            ignored, sees_all_branches=self.sees_all_branches,
        )  # fmt: skip
        self.said = []
        return init(findings, self.root, wishes, ask, self.said.append, self.write)

    def write(self, path: str, text: str) -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def read(self, path: str) -> str:
        return (self.root / path).read_text()

    @property
    def told(self) -> str:
        return " ".join(" ".join(self.said).split())


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path)
    made.write("main.tf", "")
    return made


def test_the_caller_in_the_readme_is_the_one_that_init_writes() -> None:
    text = (ROOT / "README.md").read_text()
    (block,) = (b for b in re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE) if ENTRY in b)
    assert block == render_caller(DEFAULT_STAGES)


def test_the_default_environments_and_terraform_are_those_of_the_program_and_its_workflow() -> None:
    assert [(e.name, e.branch) for e in DEFAULT_ENVIRONMENTS] == [(s.name, s.branch) for s in DEFAULT_STAGES]
    assert GITOPS["on"]["workflow_call"]["inputs"]["terraform-version"]["default"] == DEFAULT


def test_hostile_and_odd_names_stay_what_they_are_in_both_files() -> None:
    stages = (Stage("on", "on"), Stage("1.0", "a+b: #c\"'"), Stage("no", "env/[x]{y}"))
    workflow = yaml.load(render_caller(stages, "1.9.8", ["a,b"]), yaml.BaseLoader)
    assert workflow["on"]["push"]["branches"] == ["on", "a\\+b: #c\"'", "env/\\[x\\]{y}"]
    assert workflow["on"]["workflow_dispatch"]["inputs"]["environment"]["options"] == ["on", "1.0", "no"]
    given = workflow["jobs"]["gitops"]["with"]
    assert (given["terraform-version"], given["labels"]) == ("1.9.8", "a,b")
    config = yaml.safe_load(render_config(Proposal(stages, ()), {}))
    assert [(e["name"], e.get("branch", e["name"])) for e in config["environments"]] == [
        (s.name, s.branch) for s in stages
    ]


@pytest.mark.parametrize("regions", [{"dev": "eu-west-1", "prod": "eu-west-1"}, {"dev": "eu-west-1"}])
@pytest.mark.parametrize("accounts", [{}, {"dev": "111111111111"}])
def test_regions_and_roles_stand_where_the_configuration_wants_them(
    regions: dict[str, str], accounts: dict[str, str]
) -> None:
    stages = (Stage("dev", "dev"), Stage("prod", "prod"))
    text = render_config(Proposal(stages, (Project("a", "."),), True, regions), accounts)
    dev, prod = load_settings(text).environments
    assert {e.name: e.aws.region for e in (dev, prod) if e.aws.region} == regions
    assert dev.aws.plan_role == ("arn:aws:iam::111111111111:role/gitops-plan" if accounts else None)
    assert prod.aws.plan_role is None
    assert text.count("# aws: {plan_role:") == 2 - len(accounts)


def test_yes_writes_all_three_files_and_the_next_run_changes_nothing(repository: Repository) -> None:
    assert repository.run() is ExitCode.DONE
    published = (
        f"https://raw.githubusercontent.com/gitops-bot/gitops-bot/v0/{FILE.relative_to(ROOT).as_posix()}"
    )
    assert repository.read(CONFIG).startswith(f"# yaml-language-server: $schema={published}\n")
    settings = load_settings(repository.read(CONFIG))
    assert [e.name for e in settings.environments] == ["dev", "prod"]
    assert repository.read(WORKFLOW) == render_caller((Stage("dev", "dev"), Stage("prod", "prod")))
    assert repository.read(IGNORE) == ".terraform/\n"
    assert "gitops-bot doctor" in repository.told
    files = {p: p.read_text() for p in repository.root.rglob("*") if p.is_file()}
    assert repository.run() is ExitCode.DONE
    assert "Nothing to change" in repository.told
    assert files == {p: p.read_text() for p in repository.root.rglob("*") if p.is_file()}


def test_windows_ends_of_lines_are_no_difference(repository: Repository) -> None:
    repository.run()
    for path in (CONFIG, WORKFLOW):
        (repository.root / path).write_bytes(repository.read(path).replace("\n", "\r\n").encode())
    assert repository.run() is ExitCode.DONE
    assert "Nothing to change" in repository.told


def test_lines_are_added_to_a_gitignore_without_asking_whether_to_replace_it(repository: Repository) -> None:
    repository.write(IGNORE, "*.log")
    person = Person()
    repository.run(Wishes(), person)
    assert repository.read(IGNORE) == "*.log\n.terraform/\n"
    assert person.asked == [f"write {CONFIG} {WORKFLOW} {IGNORE}"]


def test_a_dry_run_shows_the_difference_and_writes_nothing(repository: Repository) -> None:
    assert repository.run(Wishes(dry_run=True)) is ExitCode.DONE
    assert f"+++ b/{CONFIG}" in repository.told
    assert [p.name for p in repository.root.rglob("*")] == ["main.tf"]


def test_without_a_terminal_and_without_yes_nothing_is_written_and_it_says_so(repository: Repository) -> None:
    with pytest.raises(BadInput, match="no terminal"):
        repository.run(Wishes())
    assert [p.name for p in repository.root.rglob("*")] == ["main.tf"]


def test_who_says_no_gets_nothing_written(repository: Repository) -> None:
    assert repository.run(Wishes(), Person(writes=False)) is ExitCode.DONE
    assert [p.name for p in repository.root.rglob("*")] == ["main.tf"]
    assert f"Left as it is: {CONFIG}" in repository.told


def test_only_what_cannot_be_found_is_asked(repository: Repository) -> None:
    repository.branches = ("main",)
    person = Person((Stage("one", "one"), Stage("two", "main")), {"one": "111111111111"})
    repository.write("main.tf", AWS)
    repository.run(Wishes(), person)
    assert person.asked == ["stages", "account one", "account two", f"write {CONFIG} {WORKFLOW} {IGNORE}"]
    one, two = load_settings(repository.read(CONFIG)).environments
    assert (one.aws.plan_role, one.aws.apply_role) == (
        "arn:aws:iam::111111111111:role/gitops-plan",
        "arn:aws:iam::111111111111:role/gitops-apply",
    )
    assert (two.branch, two.aws.plan_role) == ("main", None)
    assert "AWS roles are missing for two:" in repository.told
    assert "Make the branches that are missing: one." in repository.told


def test_where_nothing_names_environments_the_usual_ones_are_taken_and_it_says_so(
    repository: Repository,
) -> None:
    repository.branches = ("main",)
    repository.run()
    assert "Nothing names the environments, so they are devops, dev, staging, prod" in repository.told
    assert [e.name for e in load_settings(repository.read(CONFIG)).environments] == [
        s.name for s in DEFAULT_STAGES
    ]


def test_a_stranger_s_workflow_of_the_same_name_stays_and_ours_gets_another_name(
    repository: Repository,
) -> None:
    repository.write(WORKFLOW, "name: mine\n")
    assert repository.run(Wishes(yes=True, force=True)) is ExitCode.DONE
    assert "name: mine\n" == repository.read(WORKFLOW)
    assert ENTRY in repository.read(".github/workflows/gitops-bot.yml")
    assert repository.run() is ExitCode.DONE
    assert "Nothing to change" in repository.told


def test_a_job_of_somebody_s_own_that_runs_the_action_gets_no_second_workflow(repository: Repository) -> None:
    mine = ".github/workflows/terraform.yml"
    repository.write(mine, "on: push\njobs:\n  a:\n    steps:\n      - uses: gitops-bot/gitops-bot@v0\n")
    assert repository.run() is ExitCode.DONE
    assert not (repository.root / WORKFLOW).exists()
    assert f"{mine} runs gitops-bot in a job of your own" in repository.told


@pytest.mark.parametrize(
    ("step", "is_told"),
    [
        ("run: terraform apply -auto-approve", True),
        ("run: |\n          cd infra\n          terraform -chdir=x apply plan", True),
        ("uses: dflook/terraform-apply@v2", True),
        ("run: terraform plan # and apply by hand", False),
        ("run: '# terraform apply'", False),
        ("run: terraform plan && kubectl apply", False),
    ],
)
def test_another_workflow_that_applies_is_told(repository: Repository, step: str, is_told: bool) -> None:
    text = f"on: push\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n      - {step}\n"
    repository.write(".github/workflows/tf.yml", text)
    repository.run()
    assert is_told == ("Note: .github/workflows/tf.yml:6: Terraform is applied here too." in repository.told)


def test_a_clone_that_lacks_branches_is_told_so(repository: Repository) -> None:
    repository.sees_all_branches = False
    repository.run()
    assert "Note: This clone has not every branch of origin" in repository.told


def test_who_is_on_no_branch_is_told_to_make_one(repository: Repository) -> None:
    repository.current_branch = ""
    repository.run()
    assert "git switch -c set-up-gitops-bot git add " in repository.told
    assert "git cherry-pick set-up-gitops-bot" in repository.told


def test_a_workflow_of_ours_that_differs_is_kept_unless_it_is_asked_for(repository: Repository) -> None:
    mine = f"name: mine\njobs:\n  a:\n    uses: acme/gitops-bot/.github/workflows/gitops.yml@{'1' * 40}\n"
    repository.write(WORKFLOW, mine)
    assert repository.run() is ExitCode.FAILED
    assert "-name: mine" in repository.told
    assert f"Left as it is: {WORKFLOW}. `gitops-bot init --force`" in repository.told
    person = Person()
    assert repository.run(Wishes(), person) is ExitCode.DONE
    assert (person.asked, repository.read(WORKFLOW)) == ([f"overwrite {WORKFLOW}"], mine)
    repository.run(Wishes(), Person(overwrites=True))
    assert ENTRY in repository.read(WORKFLOW)
    repository.write(WORKFLOW, mine)
    assert repository.run(Wishes(yes=True, force=True)) is ExitCode.DONE
    assert ENTRY in repository.read(WORKFLOW)


def test_a_caller_under_another_name_is_the_one_that_is_compared(repository: Repository) -> None:
    other = ".github/workflows/terraform.yaml"
    repository.write(other, render_caller((Stage("dev", "dev"), Stage("prod", "prod"))))
    assert repository.run() is ExitCode.DONE
    assert not (repository.root / WORKFLOW).exists()


def test_a_configuration_with_roles_and_guards_stays_and_decides_about_the_workflow(
    repository: Repository,
) -> None:
    text = (
        "environments: [{name: a, branch: x}, {name: b, hotfix: {by: [pat], label: now}}]\n"
        "projects: [{name: all}]\n"
    )
    repository.write(CONFIG, text)
    assert repository.run() is ExitCode.DONE
    assert repository.read(CONFIG) == text
    assert repository.read(WORKFLOW) == render_caller((Stage("a", "x"), Stage("b", "b")), labels=["now"])
    with pytest.raises(BadInput, match="other environments"):
        repository.run(replace(YES, stages=(Stage("c", "c"),)))


def test_a_configuration_that_lacks_what_is_there_is_shown_and_kept(repository: Repository) -> None:
    text = "environments: [dev, prod]\nprojects: [{name: all, dir: old}]\n"
    repository.write(CONFIG, text)
    repository.write("old/main.tf", "")
    assert repository.run() is ExitCode.FAILED
    assert repository.read(CONFIG) == text
    assert "- name: main" in repository.told
    assert repository.run(Wishes(yes=True, force=True)) is ExitCode.DONE
    assert [p.dir for p in load_settings(repository.read(CONFIG)).projects] == [".", "old"]


def test_a_wrong_configuration_and_a_repository_without_terraform_are_bad_input(
    repository: Repository,
) -> None:
    repository.write(CONFIG, "environment: []\n")
    with pytest.raises(BadInput, match="not known"):
        repository.run()
    (repository.root / CONFIG).unlink()
    (repository.root / "main.tf").unlink()
    with pytest.raises(BadInput, match="no Terraform root module"):
        repository.run()
