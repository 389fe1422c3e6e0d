"""Makes the golden folders' inputs (plan.json, plan.txt) with a real terraform (1.11 or newer).

    TF_CLI_CONFIG_FILE=... python -m tests.golden.make [CASE ...]

A folder is a case. Its configuration is written by hand: `before.tf` is applied, `failing.tf` is applied
and fails half-way, `after.tf` is planned; each of the first two may be missing. Folders beside them are
its modules. What else a case needs stands in CASES. The cases that use the AWS provider need a CLI
configuration that finds it, and run against moto. A case whose plan fails has Terraform's messages in
`plan.jsonl`, unless Terraform saved what it had planned by then.

The expected files are written by `GITOPS_BOT_ACCEPT=1 pytest tests/golden`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.kit.aws import aws_accounts

HERE = Path(__file__).parent
ACCOUNT = "111111111111"
CONFIGURATION = ("before.tf", "failing.tf", "after.tf")
Client = Callable[[str], Any]
"""A botocore client for a service, by the service's name."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a case needs beyond its files: input variables, more arguments of `terraform plan`, one more
    terraform command before the plan, and what is done to the objects outside of Terraform meanwhile."""

    variables: Mapping[str, str] = field(default_factory=dict)
    plan: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    outside: Callable[[Client], None] | None = None


def change_the_topics(client: Client) -> None:
    sns = client("sns")
    arns = {t["TopicArn"].rpartition(":")[2]: t["TopicArn"] for t in sns.list_topics()["Topics"]}
    for name in ("golden-relevant", "golden-ignored", "golden-unrelated", "golden-many-1"):
        sns.set_topic_attributes(TopicArn=arns[name], AttributeName="DisplayName", AttributeValue="by hand")
    sns.tag_resource(ResourceArn=arns["golden-tagged"], Tags=[{"Key": "team", "Value": "by hand"}])
    sns.delete_topic(TopicArn=arns["golden-gone"])


def change_the_parameters(client: Client) -> None:
    client("ssm").put_parameter(Name="/golden/drifted", Value="by hand", Type="String", Overwrite=True)


CASES: Mapping[str, Case] = {
    "deposed-alone": Case(command=("untaint", "terraform_data.web")),
    "destroy": Case(plan=("-destroy",)),
    "drift": Case(outside=change_the_topics),
    "drift-alone": Case(outside=change_the_parameters),
    "ephemeral": Case(variables={"token": "hunter2-ephemeral"}),
    "import-generated": Case(plan=("-generate-config-out=generated.tf",)),
    "refresh-only": Case(plan=("-refresh-only",), outside=change_the_parameters),
    "replace-reasons": Case(plan=("-replace=terraform_data.asked",)),
    "targeted": Case(plan=("-target=terraform_data.chosen",)),
}


def cases() -> list[str]:
    """The names of all cases."""
    return sorted(folder.name for folder in HERE.iterdir() if (folder / "after.tf").exists())


class Workspace:
    """A folder to plan and apply in, and the environment that Terraform gets there."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self._environ = {
            "PATH": os.environ["PATH"],
            "TF_CLI_CONFIG_FILE": os.environ.get("TF_CLI_CONFIG_FILE", os.devnull),
            **environ,
        }

    def run(self, *arguments: str, fails: bool | None = False) -> str:
        """What terraform prints; `fails` is whether it must, None for whatever happens."""
        done = subprocess.run(
            ["terraform", *arguments], cwd=self.folder, env=self._environ, capture_output=True, check=False
        )
        if fails is not None and (done.returncode != 0) != fails:
            sys.exit(
                f"terraform {' '.join(arguments)}: {done.returncode}\n{(done.stdout + done.stderr).decode()}"
            )
        return done.stdout.decode()

    def write(self, configuration: Path) -> None:
        shutil.copyfile(configuration, self.folder / "main.tf")
        self.run("init", "-no-color", "-input=false", fails=None)

    def apply(self, *, fails: bool) -> None:
        self.run("apply", "-auto-approve", "-no-color", "-input=false", fails=fails)


@contextmanager
def aws(folder: Path, wanted: bool) -> Iterator[tuple[Mapping[str, str], Client]]:
    """The environment of a Terraform that uses AWS, and clients of its own account; nothing if not wanted."""
    if not wanted:
        yield {}, lambda service: None
        return
    folder.mkdir()
    with aws_accounts(folder) as accounts:
        yield (
            {**accounts.environ, **accounts.setup_key(ACCOUNT).environ()},
            lambda service: accounts.client(service, ACCOUNT),
        )


def plan(work: Workspace, folder: Path, case: Case) -> None:
    """Plan, and write what came of it into the golden folder."""
    for old in ("plan.json", "plan.txt", "plan.jsonl"):
        (folder / old).unlink(missing_ok=True)
    arguments = ("-input=false", "-out=plan.bin", *case.plan)
    text = work.run("plan", "-no-color", *arguments, fails=None)
    if (work.folder / "plan.bin").exists():
        document = json.loads(work.run("show", "-json", "plan.bin"))
        pretty = json.dumps(document, indent=1, ensure_ascii=False)
        (folder / "plan.json").write_text(pretty + "\n", encoding="utf-8", newline="\n")
        (folder / "plan.txt").write_text(text, encoding="utf-8", newline="\n")
    else:
        messages = work.run("plan", "-json", *arguments, fails=True)
        (folder / "plan.jsonl").write_text(messages, encoding="utf-8", newline="\n")


def make(name: str) -> None:
    """Write one golden folder's inputs."""
    folder, case = HERE / name, CASES.get(name, Case())
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "root"
        modules = shutil.ignore_patterns(*CONFIGURATION, "plan.*", "expected.*")
        shutil.copytree(folder, root, ignore=modules)
        uses_aws = "hashicorp/aws" in (folder / "after.tf").read_text(encoding="utf-8")
        with aws(Path(place) / "aws", uses_aws) as (environ, client):
            given = {f"TF_VAR_{name}": value for name, value in case.variables.items()}
            work = Workspace(root, {**environ, **given})
            for configuration in CONFIGURATION:
                if (folder / configuration).exists():
                    work.write(folder / configuration)
                    if configuration != "after.tf":
                        work.apply(fails=configuration == "failing.tf")
            if case.command:
                work.run(*case.command)
            if case.outside:
                case.outside(client)
            plan(work, folder, case)


if __name__ == "__main__":
    for chosen in sys.argv[1:] or cases():
        make(chosen)
        print(chosen)
