"""Repositories as people have them before gitops-bot, for `gitops-bot init`: real git, five shapes.

Their only resource is `terraform_data`, so Terraform downloads nothing.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.kit.sandbox_story import git

DATA = 'resource "terraform_data" "one" {\n  input = "same"\n}\n'
SIZED = 'variable "size" {\n  type = string\n}\n\nresource "terraform_data" "one" {\n  input = var.size\n}\n'
BACKEND = 'terraform {\n  backend "local" {}\n}\n\n'
MODULE = 'variable "name" {\n  type = string\n}\n\nresource "terraform_data" "it" {\n  input = var.name\n}\n'
FOUR = ("devops", "dev", "staging", "prod")


@dataclass(frozen=True, slots=True)
class Shape:
    """A repository: its files, its branches (the first is checked out), what init is to find in it.

    `by_hand` are files that a person has to write because no tool can know what is in them; `change` is a
    file and text of a first pull request, and `base` the branch it goes to.
    """

    name: str
    files: Mapping[str, str]
    branches: tuple[str, ...]
    environments: tuple[tuple[str, str], ...]
    projects: tuple[tuple[str, str], ...]
    change: tuple[str, str]
    by_hand: Mapping[str, str] = field(default_factory=dict)

    @property
    def base(self) -> str:
        """The lowest environment's branch."""
        return self.environments[0][1]

    def make(self, folder: Path) -> Path:
        """The repository, on its first branch, with what is written by hand."""
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet", f"--initial-branch={self.branches[0]}")
        put(folder, {**self.files, **self.by_hand})
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "-m", "Start")
        for branch in self.branches[1:]:
            git(folder, "branch", branch)
        return folder


def put(folder: Path, files: Mapping[str, str]) -> None:
    """Write files below a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def snapshot(folder: Path) -> dict[str, str]:
    """Every file of a work tree that git has or would take, with its text."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=folder, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return {name: (folder / name).read_text() for name in sorted(set(names.split("\0"))) if name}


def _same(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((name, name) for name in names)


FLAT = Shape(
    "flat",
    {
        "main.tf": BACKEND + SIZED,
        ".gitignore": "*.log\n",
        ".terraform-version": "1.11.4\n",
        **{f"envs/{name}.tfvars": f'size = "{name}"\n' for name in FOUR},
        **{f"envs/{name}.tfbackend": f'path = "/nowhere/{name}.tfstate"\n' for name in FOUR},
    },
    ("main", *FOUR),
    _same(FOUR),
    (("main", "."),),
    ("network.tf", 'resource "terraform_data" "network" {}\n'),
)
FOLDERS = Shape(
    "environments/<env>",
    {
        f"environments/{name}/main.tf": BACKEND.replace("{}", f'{{\n    path = "/nowhere/{name}"\n  }}')
        + DATA
        for name in ("dev", "staging", "prod")
    },
    ("main", "develop", "staging"),
    (("dev", "develop"), ("staging", "staging"), ("prod", "main")),
    (("main", "environments/{environment}"),),
    ("environments/dev/network.tf", 'resource "terraform_data" "network" {}\n'),
)
MODULES = Shape(
    "modules and tfvars",
    {
        "modules/thing/main.tf": MODULE,
        "infra/main.tf": BACKEND
        + 'variable "name" {}\n\nmodule "thing" {\n  source = "../modules/thing"\n  name   = var.name\n}\n',
        **{f"infra/vars/{name}.tfvars": f'name = "{name}"\n' for name in ("dev", "qa", "prod")},
        ".gitignore": ".terraform/\n",
    },
    ("main", "env/dev", "env/qa", "env/prod"),
    (("dev", "env/dev"), ("qa", "env/qa"), ("prod", "env/prod")),
    (("main", "infra"),),
    ("infra/network.tf", 'resource "terraform_data" "network" {}\n'),
)
SEVERAL = Shape(
    "several projects",
    {
        "network/main.tf": SIZED.replace("size", "cidr"),
        "app/main.tf": SIZED.replace('"one"', '"app"'),
        "app/terraform.tfvars": 'size = "all"\n',
        **{f"network/{name}.tfvars": f'cidr = "{name}"\n' for name in ("dev", "prod")},
        "examples/use/main.tf": 'module "x" {\n  source = "../../network"\n}\n',
        ".tool-versions": "python 3.12.1\nterraform 1.11.4\n",
    },
    ("dev", "prod"),
    _same(("dev", "prod")),
    (("app", "app"), ("network", "network")),
    ("app/network.tf", 'resource "terraform_data" "network" {}\n'),
)
TERRAGRUNT = Shape(
    "terragrunt-like",
    {
        "modules/app/main.tf": SIZED,
        "live/terragrunt.hcl": 'remote_state {\n  backend = "s3"\n}\n',
        **{
            f"live/{name}/app/terragrunt.hcl": 'include "root" {\n  path = find_in_parent_folders()\n}\n\n'
            'terraform {\n  source = "../../../modules//app"\n}\n\n'
            f'inputs = {{\n  size = "{name}"\n}}\n'
            for name in ("dev", "prod")
        },
    },
    ("main", "dev"),
    (("dev", "dev"), ("prod", "main")),
    (("app", "modules/app"),),
    ("modules/app/network.tf", 'resource "terraform_data" "network" {}\n'),
    {f"modules/app/envs/{name}.tfvars": f'size = "{name}"\n' for name in ("dev", "prod")},
)
SHAPES = (FLAT, FOLDERS, MODULES, SEVERAL, TERRAGRUNT)
