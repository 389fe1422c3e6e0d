"""What init proposes from what it found: environments, projects, files, regions, versions and notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from gitops_bot.core import terraform_versions
from gitops_bot.core.scaffold import Findings, Proposal, find_stages, propose
from gitops_bot.core.stages import Stage, guess_stages, read_stage

S3 = 'terraform {\n  backend "s3" {}\n}\n'
DEV_PROD = (Stage("dev", "dev"), Stage("prod", "prod"))


def found(texts: Mapping[str, str], *branches: str) -> Findings:
    return Findings(tuple(sorted(texts)), texts, frozenset(branches))


def proposed(texts: Mapping[str, str]) -> Proposal:
    return propose(found(texts), DEV_PROD)


def each(template: str, text: str = "") -> dict[str, str]:
    return {template.replace("{}", name): text.replace("{}", name) for name in ("dev", "prod")}


@pytest.mark.parametrize(
    ("branches", "spelled", "expected"),
    [
        ("devops dev staging prod main", "", "devops dev staging prod"),
        ("main develop", "", "develop prod=main"),
        ("main develop", "dev prod", "dev=develop prod=main"),
        ("master dev qa", "", "dev qa prod=master"),
        ("main env/dev env/production", "", "dev=env/dev production=env/production"),
        ("main feature/dev feature/prod", "", ""),
        ("main", "dev staging prod", "dev staging prod"),
        ("main", "prod", ""),
        ("main develop dev prod", "", "dev prod"),
        ("main develop dev prod", "develop develop", "develop prod"),
        ("main", "", ""),
        ("", "", ""),
    ],
)
def test_environments_are_guessed_from_well_known_names(branches: str, spelled: str, expected: str) -> None:
    stages = guess_stages(branches.split(), (), Counter(spelled.split()))
    assert tuple(map(read_stage, expected.split())) == stages


def test_where_teams_differ_the_branch_that_has_more_comes_first() -> None:
    branches = ("dev", "test", "qa", "uat", "prod")
    more = {("uat", "qa"), ("uat", "test"), ("qa", "test"), ("prod", "dev")}
    assert [s.name for s in guess_stages(branches, more, Counter())] == ["dev", "uat", "qa", "test", "prod"]


def test_folders_and_files_name_environments_only_where_several_stand_side_by_side() -> None:
    assert find_stages(found({"main.tf": "", "envs/dev.tfvars": "", "test/a/prod.tfvars": ""}, "main")) == ()
    assert find_stages(found({"main.tf": "", **each("test/{}.tfvars")}, "main")) == DEV_PROD
    assert find_stages(found(each("live/{}/main.tf"), "main")) == DEV_PROD


def test_a_part_of_a_folder_s_name_is_enough_where_several_stand_side_by_side() -> None:
    texts = {**each("live/acme-{}/eu-west-1/main.tf"), **each("{}/app-{}/main.tf")}
    assert find_stages(found(texts, "main")) == DEV_PROD
    assert [p.dir for p in proposed(texts).projects] == [
        "live/acme-{environment}/eu-west-1",
        "{environment}/app-{environment}",
    ]
    assert [p.dir for p in proposed({**each("{}/dev-tools/main.tf"), "prod-x/main.tf": ""}).projects] == [
        "prod-x",
        "{environment}/dev-tools",
    ]


def test_a_file_that_one_environment_lacks_is_named() -> None:
    three = (*DEV_PROD, Stage("qa", "qa"))
    texts = {"main.tf": S3, **each("backend/{}.hcl", 'key = "{}"')}
    (note,) = propose(found(texts), three).notes
    assert note == (
        "backend/{environment}.hcl is not there for qa, so no environment reads it. "
        "Write backend/qa.hcl, and run this again."
    )


def test_json_files_say_as_much_as_others() -> None:
    text = """{
      "//": "a comment",
      "terraform": [{"backend": {"s3": {"key": "x"}}, "required_version": "~> 1.9.2",
                     "required_providers": {"aws": {"source": "hashicorp/aws"}}}],
      "provider": {"aws": [{"region": "${var.region}"}, {"alias": "us", "region": "us-east-1"}]},
      "variable": {"region": {"default": "eu-west-1"}},
      "module": {"net": {"source": "./net"}},
      "locals": {"in": "${terraform.workspace}"}
    }"""
    proposal = proposed(
        {"main.tf.json": text, "net/main.tf.json": '{"resource": {"null_resource": {"x": {}}}}'}
    )
    assert [(p.dir, p.workspace) for p in proposal.projects] == [(".", "{environment}")]
    assert (proposal.aws, proposal.terraform_version) == (True, "1.9.2")
    assert proposal.regions == {"dev": "eu-west-1", "prod": "eu-west-1"}


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"terraform": 1, "module": [[]]}', "[" * 100_000])
def test_a_json_file_that_says_nothing_is_a_module_all_the_same(text: str) -> None:
    assert [p.dir for p in proposed({"main.tf.json": text}).projects] == ["."]


def test_what_others_call_or_only_show_is_no_root_module() -> None:
    texts = {
        "a/main.tf": 'module "x" {\n  source = "../b"\n}\n',
        "b/main.tf": "",
        "modules/c/main.tf": "",
        "modules/d/main.tf": S3,
        "examples/e/main.tf": 'module "x" {\n  source = "../../a"\n}\n',
        "f/main.tf": '# module "x" { source = "../g" }\n',
        "g/main.tf.json": "{}",
    }
    assert [p.dir for p in proposed(texts).projects] == ["a", "f", "g", "modules/d"]


def test_a_folder_for_each_environment_is_one_project() -> None:
    texts = {**each("live/{}/app/main.tf"), **each("live/{}/net/main.tf"), "tools/main.tf": ""}
    assert [(p.name, p.dir) for p in proposed(texts).projects] == [
        ("app", "live/{environment}/app"),
        ("net", "live/{environment}/net"),
        ("tools", "tools"),
    ]


def test_a_folder_that_an_environment_lacks_and_one_beside_the_environments_are_left_out_with_a_note() -> (
    None
):
    three = (*DEV_PROD, Stage("qa", "qa"))
    partly = propose(found({**each("live/{}/main.tf"), "x/main.tf": ""}), three)
    assert [p.dir for p in partly.projects] == ["x"]
    assert partly.notes[0].startswith(
        "live/{environment} exists for dev, prod and not for qa, so it is left out"
    )
    beside = proposed({**each("live/{}/main.tf"), "live/global/main.tf": ""})
    assert [p.dir for p in beside.projects] == ["live/{environment}"]
    assert beside.notes[0].startswith("live/global stands beside live/{environment}")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (each("envs/{}.tfvars", 'a = "{}"'), ("envs/{environment}.tfvars",)),
        (each("infra/envs/{}.tfvars", 'a = "{}"'), ("envs/{environment}.tfvars",)),
        (each("infra/{}/terraform.tfvars", 'a = "{}"'), ("{environment}/terraform.tfvars",)),
        (each("vars/{}/{}.tfvars.json", '{"a": 1}'), ("vars/{environment}/{environment}.tfvars.json",)),
        ({"envs/common.tfvars": "a = 1", **each("envs/{}.tfvars", "a = 1")},
         ("envs/common.tfvars", "envs/{environment}.tfvars")),
        ({"envs/dev.tfvars": "a = 1"}, ()),
        (each("envs/{}.tfvars", "other = 1"), ()),
        (each("envs/{}.tfvars.example", "a = 1"), ()),
        ({"infra/terraform.tfvars": "a = 1", "infra/x.auto.tfvars": "a = 1"}, ()),
    ],
)  # fmt: skip
def test_var_files_are_those_that_every_environment_has_and_that_set_a_variable(
    files: Mapping[str, str], expected: tuple[str, ...]
) -> None:
    (project,) = proposed({"infra/main.tf": 'variable "a" {}\n', **files}).projects
    assert project.var_files == expected


def test_each_project_gets_the_var_files_that_are_its_own() -> None:
    texts = {
        "app/main.tf": 'variable "size" {}\n',
        "net/main.tf": 'variable "cidr" {}\nvariable "size" {}\n',
        **each("envs/{}/app.tfvars", "size = 1"),
        **each("envs/{}/net.tfvars", "cidr = 1\nsize = 1"),
        **each("shared/{}.tfvars", "size = 1"),
    }
    assert {p.name: p.var_files for p in proposed(texts).projects} == {
        "app": ("envs/{environment}/app.tfvars", "shared/{environment}.tfvars"),
        "net": ("envs/{environment}/net.tfvars", "shared/{environment}.tfvars"),
    }


def test_a_backend_file_that_names_the_state_is_never_shared_by_two_projects() -> None:
    texts = {
        "app/main.tf": S3.replace("{}", '{\n    key = "app"\n  }'),
        "net/main.tf": S3.replace("{}", '{\n    key = "net"\n  }'),
        **each("backends/{}.tfbackend", 'bucket = "{}"'),
        **each("states/{}.tfbackend", 'key = "{}"'),
    }
    assert [p.backend_config for p in proposed(texts).projects] == [("backends/{environment}.tfbackend",)] * 2
    alone = proposed({"app/main.tf": S3, **each("states/{}.tfbackend", 'key = "{}"')})
    assert alone.projects[0].backend_config == ("states/{environment}.tfbackend",)


def test_a_state_for_each_workspace_stays_one_for_each() -> None:
    backend = S3.replace("{}", '{\n    key = "x"\n  }')
    texts = {"a/main.tf": backend + "locals {\n  env = terraform.workspace\n}\n", "b/main.tf": backend}
    proposal = proposed(texts)
    assert [(p.name, p.workspace) for p in proposal.projects] == [("a", "{environment}"), ("b", "default")]
    assert [n.partition(":")[0] for n in proposal.notes if "ONE STATE" in n] == ["b"]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"main.tf": ""}, "main: The state would be kept in a file of the runner"),
        ({"main.tf": S3}, 'main: `backend "s3"` says nothing more, and there is no file for it. Write '
         "backends/{environment}.tfbackend"),
        ({"main.tf": S3.replace("{}", '{\n    key = "x"\n  }')}, "main: EVERY ENVIRONMENT WOULD"),
        ({"main.tf": "terraform {\n  cloud {\n  }\n}\n"}, "main: The state is in HCP Terraform (`cloud`)"),
        ({"main.tf": 'variable "a" {}\nvariable "b" {\n  default = 1\n}\n'},
         "main: No file gives a value for a. "),
        ({"main.tf": 'resource "aws_x" "y" {}\n'}, "main: .terraform.lock.hcl is not committed."),
        ({"main.tf.json": '{"terraform": {"backend": {"s3": {"key": "x"}}}}'}, "main: EVERY ENVIRONMENT"),
        ({"main.tf.json": '{"variable": [{"a": [{}]}, {"b": {"default": null}}]}'},
         "main: No file gives a value for a. "),
        ({"main.tf": "", "x/terraform.tfstate": "{}"}, "x/terraform.tfstate: a state holds secrets"),
        ({"main.tf": 'provider "google" {}\n'}, "Google Cloud: gitops-bot assumes roles in AWS only."),
        ({"main.tf": "", "live/terragrunt.hcl": ""}, "gitops-bot runs Terraform itself and reads no terra"),
    ],
)  # fmt: skip
def test_what_keeps_it_from_working_is_said(texts: Mapping[str, str], expected: str) -> None:
    assert [n for n in proposed(texts).notes if n.startswith(expected)]


def test_a_repository_that_has_everything_gets_no_note_and_its_regions() -> None:
    texts = {
        "main.tf": S3
        + 'provider "aws" {\n  region = var.region\n}\nvariable "region" {\n  default = "us-east-1"\n}\n',
        ".terraform.lock.hcl": "",
        "envs/dev.tfvars": 'region = "eu-west-1"\n',
        "envs/prod.tfvars": 'region = "eu-central-1"\n',
        **each("envs/{}.s3.tfbackend", 'key = "{}"'),
    }
    proposal = proposed(texts)
    assert proposal.notes == ()
    uncommitted = replace(found(texts), untracked=frozenset({".terraform.lock.hcl"}))
    assert [n.split()[1] for n in propose(uncommitted, DEV_PROD).notes] == [".terraform.lock.hcl"]
    assert (proposal.aws, proposal.regions) == (True, {"dev": "eu-west-1", "prod": "eu-central-1"})
    (project,) = proposal.projects
    assert (project.var_files, project.backend_config) == (
        ("envs/{environment}.tfvars",),
        ("envs/{environment}.s3.tfbackend",),
    )


def test_terraform_is_the_version_that_the_repository_asks_for() -> None:
    def version(**texts: str) -> str:
        named = {name.replace("_", "."): text for name, text in texts.items()}
        return proposed(
            {"main.tf": named.pop("tf", ""), **{f".{n}": t for n, t in named.items()}}
        ).terraform_version

    assert version() == version(tf='terraform {\n  required_version = ">= 1.5"\n}\n') == ""
    assert version(tf='terraform {\n  required_version = "~> 1.9.2"\n}\n') == "1.9.2"
    assert proposed({"main.tf": "", ".terraform-version": "1.10.5\n"}).terraform_version == "1.10.5"
    tools = "python 3.12\nterraform 1.8.0 # ours\n"
    assert proposed({"main.tf": "", ".tool-versions": tools}).terraform_version == "1.8.0"
    assert proposed({"main.tf": "", ".terraform-version": "latest\n"}).terraform_version == ""
    assert (
        proposed({"main.tf": "", ".terraform-version": f"{terraform_versions.DEFAULT}\n"}).terraform_version
        == ""
    )


@pytest.mark.parametrize(
    ("constraints", "expected"),
    [
        ([], terraform_versions.DEFAULT),
        ([">= 1.5, < 2.0"], terraform_versions.DEFAULT),
        (["~> 1.9"], terraform_versions.DEFAULT),
        (["~> 1.9.0", ">= 1.9.5"], "1.9.5"),
        (["1.7.3"], "1.7.3"),
        (["> 1.12.0"], "1.12.1"),
        (["< 1.11, >= 1.10"], "1.10.0"),
        ([">= 2.0", "< 1.0"], None),
    ],
)
def test_a_version_is_chosen_that_every_constraint_allows(
    constraints: list[str], expected: str | None
) -> None:
    assert terraform_versions.choose(constraints) == expected
