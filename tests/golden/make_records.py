"""Makes the pairs of plans in tests/golden/records with a real terraform (1.11 or newer).

    TF_CLI_CONFIG_FILE=/dev/null python tests/golden/make_records.py [CASE ...]

Each case is a folder with plans as `terraform show -json` prints them, without the members that
no record is made of: `approved*.json` are what a pull request was approved for, `fresh.json` what
the apply plans later. `lineages.json` has the lineage of the state each plan was made from.
Only `terraform_data` is used, which is built in; provisioners make it fail.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent / "records"
KEPT = (
    "format_version", "terraform_version", "resource_changes", "resource_drift", "output_changes",
    "configuration", "variables", "applyable", "complete", "errored",
)  # fmt: skip


class Workspace:
    """A folder to plan and apply in."""

    def __init__(self, folder: Path, out: Path) -> None:
        self.folder, self.out = folder, out
        self.lineages: dict[str, str] = {}

    def run(self, *arguments: str, may_fail: bool = False) -> str:
        environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "TF_IN_AUTOMATION": "1"}
        done = subprocess.run(
            ["terraform", *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if (done.returncode != 0) != may_fail:
            sys.exit(f"terraform {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def write(self, configuration: str) -> None:
        (self.folder / "main.tf").write_text(configuration)
        self.run("init", "-input=false")

    def plan(self, name: str) -> None:
        self.run("plan", "-input=false", "-out=it.tfplan")
        document = json.loads(self.run("show", "-json", "it.tfplan"))
        with zipfile.ZipFile(self.folder / "it.tfplan") as archive:
            self.lineages[name] = json.loads(archive.read("tfstate")).get("lineage", "")
        kept = {k: document[k] for k in KEPT if k in document}
        kept["planned_values"] = {}
        (self.out / f"{name}.json").write_text(json.dumps(kept, indent=1) + "\n")

    def apply(self, *options: str, may_fail: bool = False) -> None:
        self.run("apply", "-input=false", "-auto-approve", *options, may_fail=may_fail)

    def allow(self, allowed: bool) -> None:
        """Whether the provisioners that look for the file `allowed` succeed."""
        if allowed:
            (self.folder / "allowed").touch()
        else:
            (self.folder / "allowed").unlink(missing_ok=True)


def resource(name: str, body: str) -> str:
    return f'resource "terraform_data" "{name}" {{\n{body}\n}}\n'


FAILS_UNLESS_ALLOWED = 'provisioner "local-exec" {\n  command = "test -e allowed"\n}'
CBD = "lifecycle {\n  create_before_destroy = true\n}"


def tainted_retry(work: Workspace) -> None:
    work.write(
        resource("a", 'input = "a"')
        + resource("b", f"input = terraform_data.a.id\n{FAILS_UNLESS_ALLOWED}")
        + resource(
            "c",
            "input = { a = terraform_data.a.id, b = terraform_data.b.id, list = [terraform_data.a.id, 1] }",
        )
    )
    work.plan("approved")
    work.apply(may_fail=True)
    work.plan("fresh")


def _replaced(number: int) -> str:
    return resource("web", f"input = {number}\ntriggers_replace = {number}\n{CBD}\n{FAILS_UNLESS_ALLOWED}")


def deposed_and_tainted(work: Workspace) -> None:
    work.allow(True)
    work.write(_replaced(1))
    work.apply()
    work.write(_replaced(2))
    work.plan("approved")
    work.allow(False)
    work.apply(may_fail=True)
    work.plan("fresh")


def deposed_beside_a_whole_one(work: Workspace) -> None:
    """What a destroy that failed after the create leaves: nothing makes `terraform_data` fail there."""
    deposed_and_tainted(work)
    work.run("untaint", "terraform_data.web")
    work.plan("fresh")


def unknown_become_known(work: Workspace) -> None:
    old = resource("existing", 'input = { k = "old", z = 1 }')
    work.write(old)
    work.apply()
    work.write(
        resource("source", 'input = { k = "new", list = [1, 2] }')
        + resource("existing", "input = terraform_data.source.output")
        + resource(
            "deep",
            "input = {\n  nested = { x = terraform_data.source.id, y = 1 }\n"
            "  list = [terraform_data.source.id, 1]\n}",
        )
    )
    work.plan("approved")
    work.apply("-target=terraform_data.source")
    work.plan("fresh")


def replace_become_delete(work: Workspace) -> None:
    work.write(resource("web", "triggers_replace = 1"))
    work.apply()
    work.write(resource("web", "triggers_replace = 2"))
    work.plan("approved")
    work.write("locals {}\n")
    work.plan("fresh")


def provisioner_changed(work: Workspace) -> None:
    provisioner = 'input = 1\nprovisioner "local-exec" {\n  command = "echo %s"\n}'
    work.write(resource("web", provisioner % "one"))
    work.plan("approved")
    work.write(resource("web", provisioner % "two"))
    work.plan("fresh")


def lineage_came(work: Workspace) -> None:
    work.write(
        'variable "password" {\n  default   = "hunter2-password"\n  sensitive = true\n}\n'
        + resource("first", "input = 1")
        + resource("second", 'input = { user = "app", password = var.password }')
    )
    work.plan("approved")
    work.apply("-target=terraform_data.first")
    work.plan("fresh")


def big_integers(work: Workspace) -> None:
    work.write(resource("web", "input = 12345678901234567890123"))
    work.plan("approved")
    work.write(resource("web", "input = 12345678901234567890124"))
    work.plan("fresh")


def two_pull_requests(work: Workspace) -> None:
    configuration = "input = { first = %d, second = %d, both = 0 }"
    work.write(resource("web", configuration % (1, 1)))
    work.apply()
    work.write(resource("web", configuration % (2, 1)))
    work.plan("approved")
    work.write(resource("web", configuration % (1, 2)))
    work.plan("approved-2")
    work.write(resource("web", configuration % (2, 2)))
    work.plan("fresh")
    work.write(resource("web", configuration % (2, 1)))
    work.apply()
    work.write(resource("web", configuration % (2, 2)))
    work.plan("fresh-after-the-first")


def everything(work: Workspace) -> None:
    work.write(
        resource("old", "input = 1")
        + resource("forgotten", "input = 1")
        + resource("gone", "input = 1")
        + 'output "plain" {\n  value = 1\n}\noutput "dropped" {\n  value = 1\n}\n'
    )
    work.apply()
    work.write(
        'module "m" {\n  source = "./m"\n  for_each = toset(["a.b", "c\\"d"])\n}\n'
        + resource("new", "input = 1")
        + "moved {\n  from = terraform_data.old\n  to = terraform_data.new\n}\n"
        + "removed {\n  from = terraform_data.forgotten\n  lifecycle {\n    destroy = false\n  }\n}\n"
        + 'import {\n  to = terraform_data.imported\n  id = "an-id"\n}\n'
        + resource("imported", "")
        + resource("each", 'for_each = toset(["x[\\"y\\"].z"])\ninput = each.key')
        + 'output "plain" {\n  value = 2\n}\n'
        + 'output "secret" {\n  value     = "hunter2-output"\n  sensitive = true\n}\n'
        + 'output "later" {\n  value = terraform_data.each\n}\n'
        + 'data "terraform_remote_state" "later" {\n  backend = "local"\n'
        + '  config = { path = terraform_data.each["x[\\"y\\"].z"].id }\n}\n'
    )  # fmt: skip
    work.plan("approved")
    work.plan("fresh")


CASES: dict[str, Callable[[Workspace], None]] = {
    f.__name__: f
    for f in (
        tainted_retry, deposed_and_tainted, deposed_beside_a_whole_one, unknown_become_known,
        replace_become_delete, provisioner_changed, lineage_came, big_integers, two_pull_requests, everything,
    )
}  # fmt: skip


def main() -> None:
    for name in sys.argv[1:] or CASES:
        out = HERE / name
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "m").mkdir()
            (Path(folder) / "m" / "main.tf").write_text(
                resource(
                    "inner", 'input = "${path.module}"\nprovisioner "local-exec" {\n  command = "true"\n}'
                )
            )
            work = Workspace(Path(folder), out)
            CASES[name](work)
        (out / "lineages.json").write_text(json.dumps(work.lineages, indent=1) + "\n")
        print(name)


if __name__ == "__main__":
    main()
