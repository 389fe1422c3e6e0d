"""Project folders and their files, on a real file system with symlinks."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_bot.commands.project_plans import project_runs
from gitops_bot.config.load import (
    Mistake,
    ResolvedProject,
    check_folders,
    load_settings,
    resolve_project,
)
from gitops_bot.core.aws import Phase
from gitops_bot.core.environments import DEFAULT_SETTINGS, Environment, Project, Settings
from gitops_bot.core.errors import BadInput, ExitCode
from gitops_bot.ports import ProjectRun
from tests.unit.test_config import FULL

DEV, PROD = Environment("dev", "dev"), Environment("prod", "prod")
FILE = ".gitops-bot.yml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one good project, next to a folder outside of it."""
    repository = tmp_path / "repository"
    for name in (
        "infra/main.tf",
        "envs/dev.tfvars",
        "envs/plan.tfbackend",
        "json/main.tf.json",
        "empty/README.md",
    ):
        write(repository / name)
    write(tmp_path / "outside" / "main.tf")
    write(tmp_path / "outside" / "dev.tfvars")
    return repository


def write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("# test\n")


def problems(root: Path, project: Project, phase: Phase | None = Phase.PLAN) -> list[tuple[str, str]]:
    found = check_folders(Settings((DEV,), (project,)), root, DEV, phase)
    assert all(mistake.hint for mistake in found)
    return [(mistake.key, mistake.message) for mistake in found]


@pytest.mark.parametrize(
    "project",
    [
        Project("a", "infra"),
        Project("a", "infra/./"),
        Project("a", "json"),
        Project("a", "infra", ("envs/{environment}.tfvars",), ("envs/{phase}.tfbackend",)),
    ],
)
def test_a_project_whose_files_exist_is_right(root: Path, project: Project) -> None:
    assert problems(root, project) == []


@pytest.mark.parametrize(
    ("project", "expected"),
    [
        (Project("a", "none"), ("projects[0].dir", "'none' does not exist")),
        (Project("a", "infra/main.tf"), ("projects[0].dir", "'infra/main.tf' is not a folder")),
        (Project("a", "infra/main.tf/x"), ("projects[0].dir", "'infra/main.tf/x' does not exist")),
        (Project("a", "empty"), ("projects[0].dir", "'empty' holds no .tf or .tf.json file")),
        (Project("a", "../outside"), ("projects[0].dir", "'../outside' holds '..'")),
        (Project("a", "/etc"), ("projects[0].dir", "'/etc' is an absolute path")),
        (Project("a", "a\0b"), ("projects[0].dir", "'a\\x00b' is no path")),
        (Project("a", "x" * 300), ("projects[0].dir", f"'{'x' * 77}'… cannot be read")),
        (
            Project("a", "infra", ("envs/prod.tfvars",)),
            ("projects[0].var_files[0]", "'envs/prod.tfvars' does not exist"),
        ),
        (Project("a", "infra", ("envs",)), ("projects[0].var_files[0]", "'envs' is not a file")),
        (
            Project("a", "infra", (), ("envs/dev.tfvars", "{environment}.{phase}")),
            ("projects[0].backend_config[1]", "'dev.plan' does not exist"),
        ),
    ],
)
def test_a_missing_file_or_folder_is_a_mistake(
    root: Path, project: Project, expected: tuple[str, str]
) -> None:
    assert problems(root, project) == [expected]


def test_a_folder_can_differ_by_environment(root: Path) -> None:
    write(root / "live" / "dev" / "main.tf")
    write(root / "live" / "dev" / "own.tfvars")
    project = Project("a", "live/{environment}", ("own.tfvars",))
    expected = ResolvedProject(root.resolve() / "live/dev", (root.resolve() / "live/dev/own.tfvars",), ())
    assert expected == resolve_project(project, "dev", Phase.PLAN, root)
    found = check_folders(Settings((DEV, PROD), (project,)), root)
    assert [m.message for m in found] == ["'live/prod' does not exist", "'own.tfvars' does not exist"]


def test_terraform_runs_in_the_environment_s_own_folder_and_workspace(root: Path) -> None:
    write(root / "live" / "prod" / "main.tf")
    settings = Settings((DEV, PROD), (Project("a", "live/{environment}", workspace="{environment}-x"),))
    expected = ProjectRun(root.resolve() / "live/prod", (), (), "prod-x", writes=True)
    assert project_runs(settings, PROD, root, Phase.APPLY) == (expected,)


def test_a_folder_and_a_workspace_can_be_shared_by_no_two_projects_in_an_environment() -> None:
    text = 'projects: [{name: a, workspace: "{environment}-x"}, {name: b, workspace: dev-x}]'
    with pytest.raises(BadInput, match=r"projects\[1\]: the folder and workspace '\., dev-x' is taken"):
        load_settings(text)
    (project,) = load_settings('projects: [{name: a, workspace: "{environment}-x"}]').projects
    assert project.placed("dev").workspace == "dev-x"


def test_symlinks_inside_the_repository_are_followed(root: Path) -> None:
    (root / "link").symlink_to("infra")
    (root / "absolute").symlink_to(root.resolve() / "infra")
    (root / "envs" / "up").symlink_to("../envs/../link")
    for name in ("link", "absolute", "envs/up"):
        resolved = resolve_project(Project("a", name), "dev", Phase.PLAN, root)
        assert resolved == ResolvedProject(root.resolve() / "infra", (), ())


@pytest.mark.parametrize(
    "target", ["../outside", "{outside}", "infra/../../outside", "../repository/../outside"]
)
def test_a_symlink_out_of_the_repository_is_refused(root: Path, target: str) -> None:
    (root / "link").symlink_to(target.format(outside=root.parent / "outside"))
    project = Project("a", "link", ("link/dev.tfvars",), ("link/dev.tfvars",))
    assert problems(root, project) == [
        ("projects[0].dir", "'link' leads out of the repository by a symlink"),
        ("projects[0].var_files[0]", "'link/dev.tfvars' leads out of the repository by a symlink"),
        ("projects[0].backend_config[0]", "'link/dev.tfvars' leads out of the repository by a symlink"),
    ]


def test_a_symlink_that_leaves_the_repository_and_comes_back_is_refused(root: Path) -> None:
    (root.parent / "outside" / "back").symlink_to(root / "infra")
    (root / "away").symlink_to(root.parent / "outside")
    (root / "hop").symlink_to(root.parent / "outside" / "back")
    for name in ("away/back", "hop"):
        assert problems(root, Project("a", name)) == [
            ("projects[0].dir", f"'{name}' leads out of the repository by a symlink")
        ]


def test_a_symlink_that_leads_nowhere_is_a_mistake(root: Path) -> None:
    (root / "loop").symlink_to("loop")
    (root / "gone").symlink_to("none")
    assert problems(root, Project("a", "loop")) == [
        ("projects[0].dir", "'loop' is a symlink that leads nowhere")
    ]
    assert problems(root, Project("a", "gone")) == [("projects[0].dir", "'gone' does not exist")]


def test_a_repository_reached_by_a_symlink_is_a_repository(root: Path) -> None:
    alias = root.parent / "alias"
    alias.symlink_to(root)
    assert problems(alias, Project("a", "infra", ("envs/dev.tfvars",))) == []


def test_without_an_environment_and_phase_all_are_checked_and_each_mistake_stands_once(root: Path) -> None:
    project = Project("a", "none", ("envs/{environment}.tfvars",), ("envs/{phase}.tfbackend",))
    found = check_folders(Settings((DEV, PROD), (project,)), root)
    assert [(mistake.key, mistake.message) for mistake in found] == [
        ("projects[0].dir", "'none' does not exist"),
        ("projects[0].backend_config[0]", "'envs/apply.tfbackend' does not exist"),
        ("projects[0].var_files[0]", "'envs/prod.tfvars' does not exist"),
    ]


def test_with_the_files_text_each_mistake_has_its_line(root: Path) -> None:
    text = (
        "projects:\n  - name: a\n    dir: none\n"
        "    var_files:\n      - envs/dev.tfvars\n      - x.tfvars\n  - name: b\n"
    )
    settings = load_settings(text)
    hint = "create the file, or correct the name"
    assert check_folders(
        settings, root, settings.environments[0], Phase.PLAN, text=text, source="bot.yml"
    ) == (
        Mistake(
            "bot.yml",
            3,
            "projects[0].dir",
            "'none' does not exist",
            "create the folder, or correct dir",
        ),
        Mistake("bot.yml", 6, "projects[0].var_files[1]", "'x.tfvars' does not exist", hint),
        Mistake(
            "bot.yml",
            7,
            "projects[1].dir",
            "'.' holds no .tf or .tf.json file",
            "name the folder that holds them",
        ),
    )


def test_the_full_example_is_right_once_its_files_exist(tmp_path: Path) -> None:
    for name in ("devops", "dev", "staging", "prod"):
        write(tmp_path / "envs" / f"{name}.tfvars")
        write(tmp_path / "envs" / f"{name}.s3.tfbackend")
    write(tmp_path / "infra" / "main.tf")
    assert check_folders(load_settings(FULL), tmp_path, text=FULL) == ()


def test_the_default_project_is_the_repositorys_root(tmp_path: Path) -> None:
    write(tmp_path / "main.tf")
    assert check_folders(DEFAULT_SETTINGS, tmp_path) == ()
    assert resolve_project(DEFAULT_SETTINGS.projects[0], "dev", Phase.PLAN, tmp_path) == ResolvedProject(
        tmp_path.resolve(), (), ()
    )


def test_a_resolved_project_has_absolute_paths(root: Path) -> None:
    project = Project("a", "infra", ("envs/{environment}.tfvars",), ("envs/{phase}.tfbackend",))
    base = root.resolve()
    assert resolve_project(project, "dev", Phase.PLAN, root) == ResolvedProject(
        base / "infra", (base / "envs/dev.tfvars",), (base / "envs/plan.tfbackend",)
    )


def test_resolving_names_everything_that_is_missing_at_once(root: Path) -> None:
    project = Project("net", "none", ("envs/{environment}.tfvars",))
    with pytest.raises(BadInput) as caught:
        resolve_project(project, "prod", Phase.PLAN, root)
    assert (caught.value.exit_code, str(caught.value)) == (
        ExitCode.BAD_INPUT,
        "Project net cannot be used for 'prod'. "
        "dir: 'none' does not exist; create the folder, or correct dir. "
        "var_files[0]: 'envs/prod.tfvars' does not exist; create the file, or correct the name.",
    )


def test_a_hostile_environment_name_cannot_lead_out_of_the_repository(root: Path) -> None:
    with pytest.raises(BadInput, match=r"holds '\.\.'"):
        resolve_project(Project("a", "infra", ("{environment}/dev.tfvars",)), "../outside", Phase.PLAN, root)


def test_a_missing_repository_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        check_folders(DEFAULT_SETTINGS, tmp_path / "none")


def test_a_var_file_is_looked_up_in_the_projects_folder_before_the_root(tmp_path: Path) -> None:
    for folder in ("infra/envs", "envs"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "infra/main.tf").touch()
    (tmp_path / "envs/dev.tfvars").touch()
    project = Project("stack", "infra", ("envs/{environment}.tfvars",))
    at_root = resolve_project(project, "dev", Phase.PLAN, tmp_path)
    assert at_root.var_files == (tmp_path / "envs/dev.tfvars",)
    (tmp_path / "infra/envs/dev.tfvars").touch()
    nearby = resolve_project(project, "dev", Phase.PLAN, tmp_path)
    assert nearby.var_files == (tmp_path / "infra/envs/dev.tfvars",)
