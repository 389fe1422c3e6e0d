"""`gitops-bot plan` on a person's machine: whose credentials Terraform gets."""

from __future__ import annotations

import html
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kit.aws import AwsAccounts, allow, aws_accounts, role_trust
from tests.kit.github_markdown import unparted
from tests.kit.loaded_program import run_program
from tests.kit.needs import needs_program
from tests.kit.quick_go import QUICK_GO

DEV, ADMIN = "222222222222", "999999999999"
CONFIG = f"""\
aws: {{region: us-east-1}}
environments:
  - name: dev
    aws:
      plan_role: arn:aws:iam::{DEV}:role/gitops-plan
      apply_role: arn:aws:iam::{DEV}:role/gitops-apply
"""
MAIN = 'resource "terraform_data" "one" {\n  input = 1\n}\n'


@dataclass(frozen=True, slots=True)
class Laptop:
    """A folder with a configuration, and a person's keys in the environment."""

    aws: AwsAccounts
    folder: Path
    keys: dict[str, str]

    def plan(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        needs_program("terraform")
        given = {"PATH": self.shim(), "HOME": str(self.folder), "TF_CLI_CONFIG_FILE": os.devnull}
        given |= {**QUICK_GO, **self.aws.environ, **self.keys, **environ}
        return run_program(["plan", *arguments], environ=given, cwd=self.folder, timeout=120)

    def shim(self) -> str:
        """A PATH whose terraform leaves its environment in a file before it becomes the real one."""
        folder = self.folder / "bin"
        folder.mkdir(exist_ok=True)
        script = f'#!/bin/sh\nenv > "{self.folder}/seen-$1"\nexec {needs_program("terraform")} "$@"\n'
        (folder / "terraform").write_text(script)
        (folder / "terraform").chmod(0o755)
        return f"{folder}:{os.environ['PATH']}"

    def seen(self, command: str) -> dict[str, str]:
        lines = (self.folder / f"seen-{command}").read_text().splitlines()
        return dict(line.partition("=")[::2] for line in lines)


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsAccounts]:
    with aws_accounts(tmp_path_factory.mktemp("aws")) as accounts:
        accounts.put_role(DEV, "gitops-plan", role_trust(f"arn:aws:iam::{ADMIN}:user/pat"))
        accounts.enforce_iam()
        yield accounts


@pytest.fixture(scope="module")
def keys(aws: AwsAccounts) -> dict[str, str]:
    return aws.put_user(ADMIN, "pat", allow("sts:AssumeRole", "sts:TagSession"))


@pytest.fixture
def laptop(aws: AwsAccounts, keys: dict[str, str], tmp_path: Path) -> Laptop:
    (tmp_path / ".gitops-bot.yml").write_text(CONFIG)
    (tmp_path / "main.tf").write_text(MAIN)
    return Laptop(aws, tmp_path, keys)


def test_it_plans_with_the_persons_own_credentials_and_says_so(laptop: Laptop) -> None:
    done = laptop.plan()
    assert done.returncode == 0, done.stderr
    line = "AWS: with your own credentials; --assume-role takes the plan role of dev."
    assert done.stderr.splitlines()[0] == line
    assert laptop.seen("plan")["AWS_ACCESS_KEY_ID"] == laptop.keys["AWS_ACCESS_KEY_ID"]
    assert laptop.seen("plan")["AWS_REGION"] == "us-east-1"


def test_with_assume_role_it_plans_with_the_plan_role(laptop: Laptop) -> None:
    done = laptop.plan("--assume-role")
    assert done.returncode == 0, done.stderr
    assert f"AWS: arn:aws:sts::{DEV}:assumed-role/gitops-plan/gitops-bot-local-dev in account" in done.stderr
    child = laptop.seen("plan")
    assert child["AWS_ACCESS_KEY_ID"] in laptop.aws.secrets - set(laptop.keys.values())
    assert set(child.values()).isdisjoint(laptop.keys[n] for n in laptop.keys if n != "AWS_REGION")


def test_a_configured_account_is_checked_against_the_persons_own_credentials(laptop: Laptop) -> None:
    (laptop.folder / ".gitops-bot.yml").write_text(CONFIG + f"      account_id: '{DEV}'\n")
    done = laptop.plan()
    assert done.returncode == 1
    text = " ".join(html.unescape(done.stdout).split())
    assert "There were no credentials, so Terraform did not start." in text
    assert f"in account {ADMIN}, but account_id is {DEV}" in unparted(text)
    assert not (laptop.folder / "seen-init").exists()


def test_in_a_job_the_keys_are_masked_before_anything_is_said(laptop: Laptop) -> None:
    done = laptop.plan("--assume-role", GITHUB_ACTIONS="true")
    lines = done.stderr.splitlines()
    secrets = {v for n, v in laptop.keys.items() if n != "AWS_REGION"}
    assert {line.removeprefix("::add-mask::") for line in lines[: len(secrets)]} == secrets
    said = [line for line in (*lines, done.stdout) if not line.startswith("::add-mask::")]
    assert [line for line in said if any(secret in line for secret in secrets)] == []


def test_assume_role_without_a_role_in_the_configuration_is_bad_input(laptop: Laptop) -> None:
    (laptop.folder / ".gitops-bot.yml").write_text("environments: [dev]\n")
    done = laptop.plan("--assume-role")
    assert (done.returncode, done.stdout) == (2, "")
    assert "dev has no AWS role in the configuration, so there is none to assume." in done.stderr
