"""The stage with AWS below it: an account per environment, and one that holds the states."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gitops_bot.sandbox import Sandbox
from gitops_bot.sandbox.records import Event
from tests.kit.aws import PROVIDER, AwsAccounts, aws_accounts, needs_aws_provider, policy, role_trust
from tests.kit.loaded_program import start_program
from tests.kit.needs import needs_program
from tests.kit.sandbox_story import TickingClock
from tests.kit.stage import ENVIRONMENTS, Stage

ADMIN = "999999999999"
ACCOUNTS = {
    "devops": "111111111111",
    "dev": "222222222222",
    "staging": "333333333333",
    "prod": "444444444444",
}
BUCKET = "acme-tfstate"
CONFIG = """\
version: 1
aws: {region: us-east-1}
approval: {provenance: none}  # the tokens here are signed by AWS's kit, not by the sandbox's GitHub
environments:
""" + "".join(
    f"""\
  - name: {name}
    aws:
      account_id: "{account}"
      plan_role: arn:aws:iam::{account}:role/gitops-plan
      apply_role: arn:aws:iam::{account}:role/gitops-apply
"""
    for name, account in ACCOUNTS.items()
)
PROJECTS = """\
projects:
  - name: stack
    dir: infra
    var_files: ["envs/{environment}.tfvars"]
    backend_config: ["envs/{environment}.{phase}.s3.tfbackend"]
"""
MAIN = """\
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
  backend "s3" {}
}

variable "size" {
  type = string
}
"""
PARAMETER = """\
resource "aws_ssm_parameter" "size" {
  name  = "/stack/size"
  type  = "String"
  value = var.size
}
"""


def _exactly(account: str, *subjects: str) -> dict[str, Any]:
    """Trust as the documentation has it: these subjects and this audience, to the letter."""
    exact = {f"{PROVIDER}:aud": "sts.amazonaws.com", f"{PROVIDER}:sub": list(subjects)}
    return policy(
        {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::{account}:oidc-provider/{PROVIDER}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": exact},
        }
    )


def _allow(action: str | list[str], resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


class AwsStage(Stage):
    """A stage whose environments live in AWS accounts, and whose jobs have OIDC tokens."""

    program = staticmethod(start_program)  # a test looks at the environment of its process

    def __init__(self, sandbox: Sandbox, folder: Path, aws: AwsAccounts, cli_config: str) -> None:
        self.aws = aws
        self.cli_config = cli_config
        super().__init__(sandbox, folder)
        aws.client("s3", ADMIN).create_bucket(Bucket=BUCKET)
        for name in ENVIRONMENTS:
            aws.put_oidc_provider(ACCOUNTS[name])
            self.make_roles(name)
        aws.enforce_iam()

    def make_roles(self, name: str) -> None:
        """The roles of an environment and of its state, as the documentation has them."""
        account, repository = ACCOUNTS[name], self.sandbox.repository
        pull, push = f"repo:{repository}:pull_request", f"repo:{repository}:ref:refs/heads/{name}"
        read, write = ["ssm:Get*", "ssm:Describe*", "ssm:List*"], "ssm:*"
        objects = f"arn:aws:s3:::{BUCKET}/{name}/*"
        look = [_allow("s3:ListBucket", f"arn:aws:s3:::{BUCKET}"), _allow("s3:GetObject", objects)]
        change = [_allow("s3:PutObject", objects), _allow("s3:DeleteObject", f"{objects}.tflock")]
        for phase, subjects, rights, state in (
            ("plan", (pull, push), read, look),
            ("apply", (push,), write, look + change),
        ):
            state_role = f"arn:aws:iam::{ADMIN}:role/gitops-state-{name}-{phase}"
            role = self.aws.put_role(
                account,
                f"gitops-{phase}",
                _exactly(account, *subjects),
                policy(_allow(rights, "*"), _allow("sts:AssumeRole", state_role)),
            )
            trust = role_trust(role, tags=False)
            self.aws.put_role(ADMIN, f"gitops-state-{name}-{phase}", trust, policy(*state))

    def let_plans_write_the_state(self, name: str) -> None:
        """Against all advice: the plan role may take the state role of applies. `make_roles` undoes it."""
        iam = self.aws.client("iam", ADMIN)
        role = f"gitops-state-{name}-apply"
        trust = role_trust(f"arn:aws:iam::{ACCOUNTS[name]}:role/gitops-plan", tags=False)
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
        may = policy(_allow("sts:AssumeRole", f"arn:aws:iam::{ADMIN}:role/{role}"))
        self.aws.client("iam", ACCOUNTS[name]).put_role_policy(
            RoleName="gitops-plan", PolicyName="more", PolicyDocument=json.dumps(may)
        )

    def files(self) -> dict[str, str]:
        """What all four branches start with."""
        ignored = ".terraform/\n.terraform.lock.hcl\n"
        files = {".gitops-bot.yml": CONFIG + PROJECTS, ".gitignore": ignored, "infra/main.tf": MAIN}
        for name in ENVIRONMENTS:
            files[f"envs/{name}.tfvars"] = f'size = "{name}-small"\n'
            for phase in ("plan", "apply"):
                files[f"envs/{name}.{phase}.s3.tfbackend"] = (
                    f'bucket         = "{BUCKET}"\n'
                    f'key            = "{name}/stack.tfstate"\n'
                    'region         = "us-east-1"\n'
                    "use_lockfile   = true\n"
                    "use_path_style = true\n"
                    "assume_role = {\n"
                    f'  role_arn = "arn:aws:iam::{ADMIN}:role/gitops-state-{name}-{phase}"\n'
                    "}\n"
                )
        return files

    def subject(self, event: Event) -> str:
        """The OIDC subject of the event's jobs, as GitHub words it."""
        end = "pull_request" if event.name == "pull_request" else f"ref:{event.ref}"
        return f"repo:{self.sandbox.repository}:{end}"

    def environ(self, event: Event, work: Path, **more: str) -> dict[str, str]:
        """What a runner gives a step whose job has `id-token: write`."""
        job = {**self.aws.environ, **self.aws.issuer.job(self.subject(event))}
        return super().environ(
            event,
            work,
            **{
                **job,
                "TF_CLI_CONFIG_FILE": self.cli_config,
                "GITHUB_ACTIONS": "true",
                "RUNNER_TEMP": str(self.folder / "temp"),
                **more,
            },
        )

    def parameters(self, account: str) -> dict[str, str]:
        """The parameters of an account, with their values."""
        ssm = self.aws.client("ssm", account)
        names = [p["Name"] for p in ssm.describe_parameters()["Parameters"]]
        return {n: ssm.get_parameter(Name=n)["Parameter"]["Value"] for n in names}

    def states(self) -> list[str]:
        """What lies in the state bucket: states, and locks that were left."""
        found = self.aws.client("s3", ADMIN).list_objects_v2(Bucket=BUCKET)
        return sorted(o["Key"] for o in found.get("Contents", []))


@contextmanager
def aws_stage(folder: Path) -> Iterator[AwsStage]:
    """A stage on AWS inside `folder`. Needs terraform, its AWS provider and git."""
    needs_program("git")
    cli_config = needs_aws_provider()
    (folder / "temp").mkdir()
    with (
        aws_accounts(folder) as aws,
        Sandbox.start(folder / "hub", clock=TickingClock()) as sandbox,
    ):
        yield AwsStage(sandbox, folder, aws, cli_config)
