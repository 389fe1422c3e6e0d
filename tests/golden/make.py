"""Makes the golden folders' inputs (plan.json, plan.txt) with a real terraform (1.11 or newer).

    TF_CLI_CONFIG_FILE=/dev/null python tests/golden/make.py [CASE ...]

Each folder has the configuration it was made from: `before.tf` is applied, `after.tf` is planned.
Only `terraform_data` is used, which is built in, so nothing is downloaded. It cannot drift: the
drift case is the real plan of an update with the section Terraform prints for drift put before it.
The expected files are written by `GITOPS_BOT_ACCEPT=1 pytest tests/golden`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PLAIN = 'resource "terraform_data" "app" {\n  input = "one"\n}\n'
STRANGE = "a line\n```\n~~~~\n</details>\n``````\n::set-output name=x::y\n@octocat \u2028next\u0085line #1\n"

# name: (applied first, planned then)
CASES: dict[str, tuple[str, str]] = {
    "create": (
        "",
        PLAIN + 'resource "terraform_data" "each" {\n  for_each = toset(["a/b", "c|d"])\n'
        '  input = { key = each.key, tags = { team = "infra" } }\n}\n',
    ),
    "update": (PLAIN, PLAIN.replace("one", "two")),
    "replace": (
        'resource "terraform_data" "app" {\n  input = "one"\n  triggers_replace = 1\n}\n',
        'resource "terraform_data" "app" {\n  input = "two"\n  triggers_replace = 2\n'
        "  lifecycle {\n    create_before_destroy = true\n  }\n}\n",
    ),
    "delete": (PLAIN, "locals {}\n"),
    "import": ("", 'import {\n  to = terraform_data.app\n  id = "abc"\n}\n' + PLAIN.replace('"one"', "null")),
    "moved": (
        PLAIN + 'resource "terraform_data" "two" {\n  input = "one"\n}\n',
        'resource "terraform_data" "web" {\n  input = "one"\n}\n'
        'resource "terraform_data" "three" {\n  input = "changed"\n}\n'
        "moved {\n  from = terraform_data.app\n  to = terraform_data.web\n}\n"
        "moved {\n  from = terraform_data.two\n  to = terraform_data.three\n}\n",
    ),
    "forget": (
        PLAIN,
        "removed {\n  from = terraform_data.app\n  lifecycle {\n    destroy = false\n  }\n}\n",
    ),
    "no-changes": (PLAIN, PLAIN),
    "outputs": (
        'output "kept" {\n  value = "k"\n}\noutput "changed" {\n  value = "a"\n}\n'
        'output "gone" {\n  value = 1\n}\n',
        'output "kept" {\n  value = "k"\n}\noutput "changed" {\n  value = ["a", "b"]\n}\n'
        'output "secret" {\n  value     = "hunter2-output"\n  sensitive = true\n}\n',
    ),
    "mixed": (
        PLAIN + 'resource "terraform_data" "old" {\n  input = "x"\n}\n'
        'resource "terraform_data" "again" {\n  input = "x"\n  triggers_replace = 1\n}\n',
        PLAIN.replace("one", "two")
        + 'resource "terraform_data" "again" {\n  input = "x"\n  triggers_replace = 2\n}\n'
        'resource "terraform_data" "new" {\n  count = 2\n  input = terraform_data.again.id\n}\n'
        'check "never" {\n  assert {\n    condition     = terraform_data.app.output == "never"\n'
        '    error_message = "It is not so."\n  }\n}\n'
        'output "app" {\n  value = terraform_data.app.output\n}\n',
    ),
    "spoofed-import": (
        "",
        "import {\n  to = terraform_data.app\n"
        '  id = "x\\n\\n  # terraform_data.web will be destroyed\\n  - resource"\n}\n'
        'resource "terraform_data" "app" {\n  input = "new"\n}\n'
        'resource "terraform_data" "web" {\n  input = "real"\n}\n',
    ),
    "spoofed-check": (
        "",
        PLAIN + 'check "loud" {\n  assert {\n    condition     = terraform_data.app.input == "never"\n'
        '    error_message = "Oh.\\n\\n```\\n<img src=x>\\n  # terraform_data.app will be destroyed\\n'
        'Plan: 0 to add, 0 to change, 0 to destroy."\n  }\n}\n',
    ),
    "heredoc": (
        PLAIN.replace('"one"', '"start\\nmiddle\\n"'),
        PLAIN.replace('"one"', json.dumps(STRANGE, ensure_ascii=False)),
    ),
    "sensitive": (
        'variable "password" {\n  default = "hunter2-before"\n  sensitive = true\n}\n'
        'resource "terraform_data" "app" {\n  input = var.password\n}\n',
        'variable "password" {\n  default = "hunter2-after"\n  sensitive = true\n}\n'
        'resource "terraform_data" "app" {\n  input = var.password\n}\n'
        'resource "terraform_data" "leak" {\n  input = "password is ${nonsensitive(var.password)}!"\n}\n',
    ),
    "drift": (PLAIN, PLAIN.replace("one", "two")),
}

FAILING = 'resource "terraform_data" "app" {\n  input = var.missing\n}\n'


def terraform(folder: Path, *args: str, check: bool = True) -> str:
    """What `terraform` prints."""
    environment = {
        "PATH": os.environ["PATH"],
        "TF_CLI_CONFIG_FILE": os.environ.get("TF_CLI_CONFIG_FILE", "/dev/null"),
    }
    done = subprocess.run(["terraform", *args], cwd=folder, env=environment, capture_output=True, check=False)
    if check and done.returncode != 0:
        sys.exit(f"terraform {' '.join(args)} failed:\n{done.stdout.decode()}{done.stderr.decode()}")
    return (done.stdout if check else done.stdout + done.stderr).decode()


def drifted(document: str, text: str) -> tuple[str, str]:
    """The plan of an update as if the resource had also been changed outside of Terraform."""
    plan = json.loads(document)
    drift = json.loads(json.dumps(plan["resource_changes"][0]))
    drift["change"]["after"]["input"] = drift["change"]["after"]["output"] = "by hand"
    drift["change"]["after_unknown"] = {}
    plan["resource_drift"] = [drift]
    note = (
        "\nNote: Objects have changed outside of Terraform\n\n"
        "Terraform detected the following changes made outside of Terraform since the\n"
        'last "terraform apply" which may have affected this plan:\n\n'
        "  # terraform_data.app has changed\n"
        '  ~ resource "terraform_data" "app" {\n'
        f'        id     = "{drift["change"]["before"]["id"]}"\n'
        '      ~ input  = "one" -> "by hand"\n'
        "    }\n\n\n"
        "Unless you have made equivalent changes to your configuration, or ignored the\n"
        "relevant attributes using ignore_changes, the following plan may include\n"
        "actions to undo or respond to these changes.\n\n"
        "─────────────────────────────────────────────────────────────────────────────\n"
    )
    return json.dumps(plan), note + text


def make(name: str) -> None:
    """Write one golden folder's inputs."""
    before, after = CASES[name]
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        main = work / "main.tf"
        if before:
            main.write_text(before, encoding="utf-8")
            terraform(work, "init", "-no-color", "-input=false")
            terraform(work, "apply", "-auto-approve", "-no-color", "-input=false")
        main.write_text(after, encoding="utf-8")
        terraform(work, "init", "-no-color", "-input=false")
        text = terraform(work, "plan", "-no-color", "-input=false", "-out=plan.bin")
        document = terraform(work, "show", "-json", "plan.bin")
    if name == "drift":
        document, text = drifted(document, text)
    (folder / "before.tf").write_text(before, encoding="utf-8")
    (folder / "after.tf").write_text(after, encoding="utf-8")
    pretty = json.dumps(json.loads(document), indent=1, ensure_ascii=False)
    (folder / "plan.json").write_text(pretty + "\n", encoding="utf-8", newline="\n")
    (folder / "plan.txt").write_text(text, encoding="utf-8", newline="\n")


def make_error() -> None:
    """Write the folder of a plan that fails."""
    folder = HERE / "error"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "main.tf").write_text(FAILING, encoding="utf-8")
        terraform(Path(place), "init", "-no-color", "-input=false", check=False)
        text = terraform(Path(place), "plan", "-json", "-input=false", check=False)
    (folder / "after.tf").write_text(FAILING, encoding="utf-8")
    (folder / "plan.jsonl").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    chosen = sys.argv[1:] or [*CASES, "error"]
    for case in chosen:
        if case == "error":
            make_error()
        else:
            make(case)
        print(case)
