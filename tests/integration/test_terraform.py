"""The adapter with the real terraform. `terraform_data` is built in, so nothing is downloaded."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from gitops_bot.adapters.process import Grace
from gitops_bot.adapters.signals import one_signal
from gitops_bot.adapters.terraform.cli import FLAG, TerraformCli
from gitops_bot.adapters.terraform.runner import TerraformBinary
from gitops_bot.adapters.terraform.session_watch import LENGTHEN
from gitops_bot.core.counts import Counts, Miscount, counts_of
from gitops_bot.core.environments import TerraformSettings
from gitops_bot.core.errors import BadInput, CloudRefused, RunFailed
from gitops_bot.core.plan import read_plan
from gitops_bot.core.report import Applied, Diagnostic, ResourceOutcome, ResourceState, Severity
from gitops_bot.ports import PlanErrored, PlanMade
from tests.kit.fake_cloud import FakeCloudSession
from tests.kit.needs import needs_program
from tests.kit.terraform_bench import BOT, ONE, SETTINGS, SLOW, Bench, processes_in, timeless

DONE, FAILED, NOT_STARTED = ResourceState.DONE, ResourceState.FAILED, ResourceState.NOT_STARTED
IN_FLIGHT = ResourceState.IN_FLIGHT


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    needs_program("terraform")
    return Bench(tmp_path)


def program(folder: Path, name: str, script: str) -> dict[str, str]:
    """A shell script of that name, and a PATH on which it comes first."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def summaries(result: PlanErrored | Applied) -> list[str]:
    return [d.summary for d in result.diagnostics]


# --- backends that run Terraform elsewhere ----------------------------------------------------


def test_a_backend_that_runs_terraform_elsewhere_is_refused_before_init(bench: Bench) -> None:
    bench.write('terraform {\n  cloud {\n    organization = "acme"\n  }\n}\n', "versions.tf")
    assert bench.errored() == PlanErrored(
        "init",
        (
            Diagnostic(
                Severity.ERROR,
                "The cloud block is not supported",
                "HCP Terraform and Terraform Enterprise run plan and apply on machines of their own, so what "
                "was reviewed, the plan file and the apply cannot be held together here. This holds for "
                "workspaces with local execution too. Keep the state in a backend that only stores it, "
                "such as s3.",
                "versions.tf",
                2,
            ),
        ),
    )
    assert (bench.said, list(bench.folder.iterdir())) == ([], [bench.folder / "versions.tf"])


def test_one_that_its_file_hid_is_refused_after_init(bench: Bench, tmp_path: Path) -> None:
    script = """
if [ "$1" = init ]; then
  mkdir .terraform && echo '{"backend": {"type": "remote"}}' > .terraform/terraform.tfstate; exit
fi
echo Terraform v1.11.4
"""
    bench.environ.update(program(tmp_path / "bin", "terraform", script))
    bench.runner = TerraformBinary(SETTINGS, bench.environ, FakeCloudSession())
    bench.write('terraform {\n  backend "r\\u0065mote" {\n  }\n}\n')
    assert (summaries(bench.errored()), bench.said) == (
        ["The remote backend is not supported"],
        ["terraform init"],
    )


# --- plans ----------------------------------------------------------------------------------


def test_the_digest_of_the_sources_changes_with_a_file_and_with_nothing_else(bench: Bench) -> None:
    bench.write(ONE)
    first, again = bench.made().sources_digest, bench.made().sources_digest
    bench.write(ONE + "\nlocals {\n  command = 1\n}\n")
    assert (first, False) == (again, first == bench.made().sources_digest)


def test_a_plan_of_a_new_resource_has_its_document_text_and_facts(bench: Bench) -> None:
    bench.write(ONE)
    made = bench.made()
    assert [(c.address, c.actions) for c in read_plan(made.document).changes] == [
        ("terraform_data.one", ("create",))
    ]
    assert made == PlanMade(
        made.document,
        """Terraform used the selected providers to generate the following execution
plan. Resource actions are indicated with the following symbols:
  + create

Terraform will perform the following actions:

  # terraform_data.one will be created
  + resource "terraform_data" "one" {
      + id     = (known after apply)
      + input  = 1
      + output = (known after apply)
    }

Plan: 1 to add, 0 to change, 0 to destroy.
""",
        bench.plan_file,
        lineage="",
        sources_digest=made.sources_digest,
    )
    assert bench.said == ["terraform init", "terraform plan", "terraform show"]


def test_the_plan_file_is_for_nobody_else(bench: Bench) -> None:
    bench.plan_file.write_text("left over")
    bench.plan_file.chmod(0o644)
    bench.write(ONE)
    bench.made()
    assert stat.S_IMODE(bench.plan_file.stat().st_mode) == 0o600


def test_a_plan_for_review_leaves_no_state_and_no_lock(bench: Bench) -> None:
    bench.write(ONE)
    bench.made()
    assert sorted(f.name for f in bench.folder.iterdir()) == ["main.tf"]


def test_an_apply_is_recorded_and_the_next_plan_has_no_changes(bench: Bench) -> None:
    bench.write(ONE)
    assert timeless(bench.apply(bench.made())) == Applied(
        (ResourceOutcome("terraform_data.one", "create", DONE),)
    )
    bench.said.clear()
    again = bench.made()
    assert read_plan(again.document).has_changes is False
    assert again.text == (
        "No changes. Your infrastructure matches the configuration.\n\n"
        "Terraform has compared your real infrastructure against your configuration\n"
        "and found no differences, so no changes are needed.\n"
    )
    assert bench.said == ["terraform plan", "1 object refreshed or read", "terraform show"]


def test_lineage_is_empty_before_the_first_apply_and_then_the_states(bench: Bench) -> None:
    bench.write(ONE)
    first = bench.made()
    assert (first.lineage, bench.runner.lineage(bench.run)) == ("", "")
    bench.apply(first)
    written = json.loads((bench.folder / "terraform.tfstate").read_text())["lineage"]
    assert (bench.made().lineage, bench.runner.lineage(bench.run)) == (written, written)


def test_lineage_can_be_asked_without_a_plan(bench: Bench) -> None:
    bench.write(ONE)
    bench.apply(bench.made())
    fresh = TerraformBinary(SETTINGS, bench.environ, FakeCloudSession())
    assert fresh.lineage(bench.run) == bench.made().lineage


def test_a_warning_is_in_the_plan_and_apart(bench: Bench) -> None:
    bench.write(
        ONE
        + 'check "c" {\n  assert {\n    condition = terraform_data.one.input == 2\n'
        + '    error_message = "Not two."\n  }\n}\n'
    )
    made = bench.made()
    assert made.warnings == (
        Diagnostic(Severity.WARNING, "Check block assertion failed", "Not two.", "main.tf", 6),
    )
    assert made.text.split("\n")[-5:] == [
        "    ├────────────────",
        "    │ terraform_data.one.input is 1",
        "",
        "Not two.",
        "",
    ]


def test_var_files_are_used(bench: Bench) -> None:
    bench.write('variable "size" {}\nresource "terraform_data" "one" {\n  input = var.size\n}\n')
    bench.run = replace(bench.run, var_files=(bench.write("size = 7\n", "x.tfvars"),))
    after = read_plan(bench.made().document).changes[0].after
    assert after == {"input": 7, "triggers_replace": None}


def test_backend_config_files_are_used(bench: Bench) -> None:
    bench.write(ONE + 'terraform {\n  backend "local" {}\n}\n')
    bench.run = replace(bench.run, backend_config=(bench.write('path = "other.tfstate"\n', "b.tfbackend"),))
    bench.apply(bench.made())
    assert (bench.folder / "other.tfstate").exists()


def test_two_backends_in_one_folder_are_not_mixed_up(bench: Bench) -> None:
    bench.write(ONE + 'terraform {\n  backend "local" {}\n}\n')
    runs = [
        replace(bench.run, backend_config=(bench.write(f'path = "{name}.tfstate"\n', f"{name}.tfbackend"),))
        for name in ("a", "b")
    ]
    lineages = []
    for run in runs:
        bench.run = run
        bench.apply(bench.made())
        lineages.append(bench.made().lineage)
    assert [bench.runner.lineage(run) for run in runs] == lineages
    assert lineages[0] != lineages[1]


def test_the_lock_file_that_was_there_is_kept_and_its_digest_told(bench: Bench) -> None:
    bench.write(ONE)
    file = bench.write("# no providers\n", ".terraform.lock.hcl")
    assert bench.made().lock_digest == hashlib.sha256(b"# no providers\n").hexdigest()
    assert file.read_text() == "# no providers\n"


def test_an_error_in_the_configuration_has_its_file_and_line(bench: Bench) -> None:
    bench.write('resource "terraform_data" "one" {\n  input = nope.x\n}\n')
    assert bench.errored() == PlanErrored(
        "plan",
        (
            Diagnostic(
                Severity.ERROR,
                "Reference to undeclared resource",
                'A managed resource "nope" "x" has not been declared in the root module.',
                "main.tf",
                2,
            ),
        ),
    )
    assert bench.plan_file.exists() is False


def test_an_init_that_fails_says_so(bench: Bench) -> None:
    bench.write('terraform {\n  backend "nope" {}\n}\n')
    assert bench.errored() == PlanErrored(
        "init",
        (
            Diagnostic(
                Severity.ERROR,
                "Unsupported backend type",
                'There is no backend type named "nope".',
                "main.tf",
                2,
            ),
        ),
    )


# --- workspaces -----------------------------------------------------------------------------


def test_a_plan_for_review_does_not_create_a_workspace(bench: Bench) -> None:
    bench.write(ONE)
    bench.run = replace(bench.run, workspace="blue")
    assert bench.errored() == PlanErrored(
        "workspace",
        (
            Diagnostic(
                Severity.ERROR,
                "The workspace blue does not exist",
                "A plan for review writes nothing, so it does not create the workspace. "
                "Create it with: terraform workspace new blue",
            ),
        ),
    )
    assert (bench.folder / "terraform.tfstate.d").exists() is False


def test_a_plan_to_be_applied_creates_its_workspace_and_uses_it(bench: Bench) -> None:
    bench.write(ONE)
    bench.run = replace(bench.run, workspace="blue", writes=True)
    bench.apply(bench.made())
    state = json.loads((bench.folder / "terraform.tfstate.d/blue/terraform.tfstate").read_text())
    assert bench.made().lineage == state["lineage"]


def test_a_workspace_left_selected_by_someone_else_is_not_used(bench: Bench) -> None:
    bench.write(ONE)
    (bench.folder / ".terraform").mkdir()
    (bench.folder / ".terraform/environment").write_text("elsewhere")
    bench.apply(bench.made())
    assert (bench.folder / "terraform.tfstate").exists()


# --- applies --------------------------------------------------------------------------------


def test_a_half_failed_apply_tells_what_was_done(bench: Bench) -> None:
    bench.write(SLOW.replace("sleep 30", "echo no >&2; exit 3"))
    applied = bench.apply(bench.made())
    detail = "Error running command 'echo no >&2; exit 3': exit status 3. Output: no"
    error = Diagnostic(
        Severity.ERROR, "local-exec provisioner error", detail, "main.tf", 6, "terraform_data.slow"
    )
    assert timeless(applied) == Applied(
        (
            ResourceOutcome("terraform_data.first", "create", DONE),
            ResourceOutcome("terraform_data.last", "create", NOT_STARTED),
            ResourceOutcome(
                "terraform_data.slow", "create", FAILED, 0.0, f"local-exec provisioner error: {detail}"
            ),
        ),
        (error,),
        succeeded=False,
    )


def test_of_two_saved_plans_the_second_is_stale(bench: Bench) -> None:
    bench.write(ONE)
    first, second = bench.made(), bench.made(bench.plan_file.with_name("second"))
    bench.apply(first)
    assert bench.apply(second) == Applied(
        (ResourceOutcome("terraform_data.one", "create", NOT_STARTED),),
        (
            Diagnostic(
                Severity.ERROR,
                "Saved plan is stale",
                "The given plan file can no longer be applied because the state was changed by another "
                "operation after the plan was created.",
            ),
        ),
        succeeded=False,
    )


def test_a_plan_file_that_is_gone_is_an_error_that_says_so(bench: Bench) -> None:
    bench.write(ONE)
    made = bench.made()
    made.plan_file.unlink()
    applied = bench.apply(made)
    assert applied.succeeded is False
    assert summaries(applied) == [f'Failed to load "{made.plan_file}" as a plan file']


def test_ephemeral_variables_are_given_again_at_apply(bench: Bench) -> None:
    bench.write(
        'variable "key" {\n  ephemeral = true\n}\nvariable "size" {}\n'
        'resource "terraform_data" "one" {\n  input = var.size\n}\n'
    )
    bench.run = replace(bench.run, var_files=(bench.write('key = "k"\nsize = 1\n', "x.tfvars"),))
    assert bench.apply(bench.made()).succeeded is True


def test_an_apply_out_of_time_is_stopped_and_recorded(bench: Bench) -> None:
    bench.write(SLOW)
    made = bench.made()
    hasty = TerraformBinary(
        replace(SETTINGS, timeout=2), bench.environ, FakeCloudSession(), Grace(interrupt=60)
    )
    applied = hasty.apply(bench.run, made, bench.said.append)
    assert [(r.address, r.state) for r in applied.resources] == [
        ("terraform_data.first", DONE),
        ("terraform_data.last", NOT_STARTED),
        ("terraform_data.slow", FAILED),
    ]
    assert (applied.succeeded, applied.interrupted) == (False, False)
    assert summaries(applied)[-1] == "terraform apply did not end within 2 seconds and was stopped"
    assert (bench.folder / ".terraform.tfstate.lock.info").exists() is False


def test_a_plan_out_of_time_is_an_error(bench: Bench, tmp_path: Path) -> None:
    version = "Terraform v1.11.4"
    script = f"case $1 in version) echo '{version}';; *) exec sleep 30;; esac"
    environ = program(tmp_path / "bin", "terraform", script)
    runner = TerraformBinary(replace(SETTINGS, timeout=1), environ, FakeCloudSession())
    assert runner.plan(bench.run, bench.plan_file, bench.said.append) == PlanErrored(
        "init",
        (
            Diagnostic(
                Severity.ERROR,
                "terraform init did not end within 1 seconds and was stopped",
                "Raise terraform.timeout in the configuration if it needs longer.",
            ),
        ),
    )


@pytest.mark.skipif(sys.platform != "linux", reason="looks for orphans in /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_bot_ends_an_apply_gracefully(bench: Bench, number: signal.Signals) -> None:
    bench.write(SLOW.replace("sleep 30", "touch begun; sleep 30"))
    argv = [sys.executable, "-c", BOT, str(bench.folder)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=bench.environ) as bot:
        assert bot.stdout is not None
        begun = bench.folder / "begun"
        deadline = time.monotonic() + 60
        while not begun.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        bot.send_signal(number)
        rest = bot.stdout.read().split("\n")
        code = bot.wait()
    assert rest[-3:] == [
        "[('terraform_data.first', 'done'), ('terraform_data.last', 'not-started'), "
        "('terraform_data.slow', 'failed')]",
        "(False, True)",
        "",
    ]
    assert code == 0
    assert processes_in(bench.folder) == []
    assert (bench.folder / ".terraform.tfstate.lock.info").exists() is False
    assert bench.state_addresses() == ["terraform_data.first", "terraform_data.slow"]


def test_an_interrupted_apply_says_early_how_far_it_is(bench: Bench) -> None:
    bench.write(SLOW.replace("sleep 30", "sleep 1.5; kill -TERM $BOT; exec sleep 30"))
    bench.environ["BOT"] = str(os.getpid())
    bench.runner = TerraformBinary(SETTINGS, bench.environ, FakeCloudSession())
    early: list[Applied] = []
    with one_signal() as signals:
        applied = bench.runner.apply(bench.run, bench.made(), bench.said.append, early.append)
    assert [(a.succeeded, a.interrupted) for a in (*early, applied)] == [(False, True)] * 2
    assert {r.address for r in early[0].resources if r.state in (IN_FLIGHT, FAILED)} == {
        "terraform_data.slow"  # a provisioner ends so quickly that its end may be known already
    }
    assert [r.state for r in applied.resources] == [DONE, NOT_STARTED, FAILED]
    slow = applied.resources[2]
    assert (1 <= slow.seconds < 30, slow.error.startswith("local-exec provisioner error: ")) == (True, True)
    assert signals.came is True


SLOW_TO_STOP = """
hook='"hook":{"resource":{"addr":"terraform_data.one"},"action":"create","elapsed_seconds":1}'
case $1 in
  apply) ;;
  *) exec %(terraform)s "$@" ;;
esac
trap 'sleep 0.5; echo "{\\"type\\":\\"apply_complete\\",$hook}"; exit 1' INT
echo "{\\"type\\":\\"apply_start\\",$hook}"
kill -TERM $PPID
while :; do sleep 0.05; done
"""


def test_what_takes_its_time_to_stop_is_in_flight_first_and_done_at_the_end(
    bench: Bench, tmp_path: Path
) -> None:
    bench.write(ONE)
    script = SLOW_TO_STOP % {"terraform": needs_program("terraform")}
    bench.environ.update(program(tmp_path / "bin", "terraform", script))
    bench.runner = TerraformBinary(SETTINGS, bench.environ, FakeCloudSession())
    early: list[Applied] = []
    with one_signal():
        applied = bench.runner.apply(bench.run, bench.made(), bench.said.append, early.append)
    assert [a.resources for a in (*early, applied)] == [
        (ResourceOutcome("terraform_data.one", "create", IN_FLIGHT),),
        (ResourceOutcome("terraform_data.one", "create", DONE, 1),),
    ]


@pytest.mark.parametrize("log_is_gone", [False, True])
def test_an_early_word_that_fails_does_not_cost_the_record(bench: Bench, log_is_gone: bool) -> None:
    bench.write(SLOW.replace("sleep 30", "kill -TERM $BOT; exec sleep 30"))
    bench.environ["BOT"] = str(os.getpid())
    bench.runner = TerraformBinary(SETTINGS, bench.environ, FakeCloudSession())
    made = bench.made()

    def fail(_early: Applied) -> None:
        raise RunFailed("GitHub is gone.")

    def progress(line: str) -> None:
        bench.said.append(line)
        if log_is_gone and "early word" in line:
            raise BrokenPipeError

    with one_signal():
        applied = bench.runner.apply(bench.run, made, progress, fail)
    assert (applied.interrupted, [r.state for r in applied.resources]) == (True, [DONE, NOT_STARTED, FAILED])
    assert "terraform apply: the early word failed (RunFailed)" in bench.said


def test_an_apply_that_did_less_than_planned_says_so(bench: Bench) -> None:
    """Terraform drops an update that turns out to be none, and calls the apply a success."""
    text = """
resource "terraform_data" "a" {
  input            = "same"
  triggers_replace = %d
}
resource "terraform_data" "b" {
  input = terraform_data.a.output
}
"""
    bench.write(text % 1)
    assert bench.apply(bench.made()).miscount is None
    bench.write(text % 2)
    applied = bench.apply(bench.made())
    assert (applied.succeeded, applied.miscount) == (
        True,
        Miscount(Counts(add=1, change=1, remove=1), Counts(add=1, remove=1)),
    )


def test_what_terraform_counts_is_what_the_plan_said(bench: Bench) -> None:
    """Each kind of change there is, so that a report never doubts an apply without a reason."""
    start = """
resource "terraform_data" "changed" {
  input = %(value)s
}
resource "terraform_data" "replaced" {
  triggers_replace = %(value)s
}
resource "terraform_data" "replaced_after" {
  triggers_replace = %(value)s
  lifecycle {
    create_before_destroy = true
  }
}
"""
    gone = 'resource "terraform_data" "%s" {}\n'
    bench.write(start % {"value": 1} + gone % "deleted" + gone % "forgotten" + gone % "moved")
    bench.apply(bench.made())
    bench.write(
        start % {"value": 2}
        + "removed {\n  from = terraform_data.forgotten\n  lifecycle {\n    destroy = false\n  }\n}\n"
        + "moved {\n  from = terraform_data.moved\n  to = terraform_data.here\n}\n"
        + 'import {\n  to = terraform_data.old\n  id = "x"\n}\n'
        + gone % "here" + gone % "old" + gone % "new"
    )  # fmt: skip
    made = bench.made()
    assert counts_of(read_plan(made.document)) == Counts(add=3, change=1, remove=3, imported=1)
    applied = bench.apply(made)
    assert (applied.succeeded, applied.miscount) == (True, None)


# --- secrets --------------------------------------------------------------------------------


def test_no_value_shows_in_the_progress(bench: Bench) -> None:
    bench.write(
        'variable "token" {\n  sensitive = true\n  default = "hunter2"\n}\n'
        'import {\n  to = terraform_data.old\n  id = "hunter2-id"\n}\n'
        'resource "terraform_data" "old" {}\n'
        'resource "terraform_data" "one" {\n  input = var.token\n'
        '  provisioner "local-exec" {\n'
        '    command = "echo hunter2; echo ${nonsensitive(var.token)}"\n  }\n}\n'
        'resource "terraform_data" "each" {\n  for_each = toset(["hunter2"])\n}\n'
    )
    bench.apply(bench.made())
    bench.write(ONE.replace("1", '"hunter2"', 1))
    bench.apply(bench.made())
    assert [line for line in bench.said if "hunter2" in line] == []
    assert 'terraform_data.each["…"]: creating' in bench.said


def test_the_steps_token_does_not_reach_what_terraform_runs(bench: Bench) -> None:
    bench.write(
        'resource "terraform_data" "one" {\n'
        '  provisioner "local-exec" {\n    command = "env > seen"\n  }\n}\n'
    )
    environ = {**bench.environ, "GITHUB_TOKEN": "ghs_x", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x", "KEPT": "1"}
    bench.runner = TerraformBinary(SETTINGS, environ, FakeCloudSession())
    bench.apply(bench.made())
    seen = {line.partition("=")[0] for line in (bench.folder / "seen").read_text().split("\n")}
    assert seen & {"GITHUB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "KEPT"} == {"KEPT"}


# --- the binary -----------------------------------------------------------------------------


def refused(environ: dict[str, str], name: str = "terraform") -> str:
    with pytest.raises(BadInput) as caught:
        TerraformBinary(TerraformSettings(binary=name), environ, FakeCloudSession()).version()
    assert caught.value.hint == (
        "Install Terraform 1.5 or newer (in a workflow: hashicorp/setup-terraform before this step) "
        "or set terraform.binary in the configuration."
    )
    return caught.value.message


def test_the_version_is_read_once(bench: Bench, tmp_path: Path) -> None:
    script = f"echo asked >> {tmp_path}/asked; echo Terraform v1.12.0-beta1"
    runner = TerraformBinary(SETTINGS, program(tmp_path / "bin", "terraform", script), FakeCloudSession())
    assert [runner.version(), runner.version()] == ["1.12.0-beta1"] * 2
    assert (tmp_path / "asked").read_text() == "asked\n"


def test_a_missing_binary_is_bad_input(tmp_path: Path) -> None:
    assert refused({"PATH": str(tmp_path)}) == "The terraform binary 'terraform' was not found."


def test_an_old_binary_is_bad_input(tmp_path: Path) -> None:
    environ = program(tmp_path, "terraform", "echo Terraform v1.4.7")
    assert refused(environ) == "Terraform 1.4.7 is too old: 1.5 or newer is needed."


@pytest.mark.parametrize("script", ["echo hello", "echo '{}'", "exit 1", "printf '\\377'"])
def test_a_binary_that_tells_no_version_is_bad_input(tmp_path: Path, script: str) -> None:
    environ = program(tmp_path, "terraform", script)
    assert refused(environ) == f"The version of '{tmp_path}/terraform' cannot be read."


def test_a_binary_for_another_machine_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "terraform").write_bytes(b"\0not a program")
    (tmp_path / "terraform").chmod(0o755)
    message = f"'{tmp_path}/terraform' cannot be started: Exec format error."
    assert refused({"PATH": str(tmp_path)}) == message


def test_a_binary_can_be_named_by_its_path(bench: Bench) -> None:
    runner = TerraformBinary(
        TerraformSettings(binary=needs_program("terraform")), {"PATH": ""}, FakeCloudSession()
    )
    assert runner.version() == TerraformBinary(SETTINGS, bench.environ, FakeCloudSession()).version()


def test_a_wrapper_that_garbles_the_output_is_passed_by(bench: Bench, tmp_path: Path) -> None:
    environ = program(tmp_path / "bin", "terraform", 'echo "[command]$0-bin $*"; "$0-bin" "$@"; exit 0')
    (tmp_path / "bin/terraform-bin").symlink_to(needs_program("terraform"))
    bench.runner = TerraformBinary(SETTINGS, {**bench.environ, **environ}, FakeCloudSession())
    bench.write(ONE)
    assert read_plan(bench.made().document).has_changes is True
    bench.made()
    notice = [line for line in bench.said if "terraform_wrapper: false" in line]
    assert notice == [
        "terraform is a wrapper, which changes exit codes and output. The bot passes it by. "
        "Set terraform_wrapper: false in the step that sets up terraform: nothing needs it."
    ]


def test_a_wrapper_that_turns_exit_code_2_into_0_hides_no_changes(bench: Bench, tmp_path: Path) -> None:
    script = f'{needs_program("terraform")} "$@"; code=$?; [ $code = 2 ] && exit 0; exit $code'
    environ = {**bench.environ, **program(tmp_path / "bin", "terraform", script)}
    bench.runner = TerraformBinary(SETTINGS, environ, FakeCloudSession())
    bench.write(ONE)
    assert read_plan(bench.made().document).has_changes is True
    bench.runner = TerraformBinary(SETTINGS, environ, FakeCloudSession())
    bench.write("broken")
    assert bench.errored().stage == "init"


def test_unknown_names_are_no_commands(tmp_path: Path) -> None:
    cli = TerraformCli("terraform", tmp_path, {})
    assert hasattr(cli, "destory") is False


def test_arguments_are_a_list_without_a_shell_and_without_stray_options(tmp_path: Path) -> None:
    argv = TerraformCli("/bin/tf", tmp_path, {}).argv(
        "plan", "p q", var_file=["a b", "c"], no_color=FLAG, lock=False, lock_timeout=None, var={}
    )
    assert argv == [
        "/bin/tf",
        "plan",
        "-var-file=a b",
        "-var-file=c",
        "-no-color",
        "-lock=false",
        "p q",
    ]


# --- credentials ----------------------------------------------------------------------------

REFUSED = CloudRefused("dev: there is no AWS region.", "Write it in the configuration.")
REFUSED_DIAGNOSTIC = Diagnostic(Severity.ERROR, REFUSED.message, REFUSED.hint)
SHOW_ENVIRONMENT = """
resource "terraform_data" "one" {
  provisioner "local-exec" {
    command = "env > seen"
  }
}
"""


def with_session(bench: Bench, session: FakeCloudSession, settings: TerraformSettings = SETTINGS) -> Bench:
    bench.runner = TerraformBinary(settings, bench.environ, session)
    return bench


def test_a_plan_without_credentials_is_an_error_before_terraform_starts(bench: Bench) -> None:
    bench.write(ONE)
    with_session(bench, FakeCloudSession(refusal=REFUSED))
    assert bench.errored() == PlanErrored("credentials", (REFUSED_DIAGNOSTIC,))
    assert (bench.said, (bench.folder / ".terraform.lock.hcl").exists()) == ([], False)


def test_an_apply_without_credentials_starts_nothing(bench: Bench) -> None:
    bench.write(ONE)
    made = bench.made()
    with_session(bench, FakeCloudSession(refusal=REFUSED))
    assert timeless(bench.apply(made)) == Applied(
        (ResourceOutcome("terraform_data.one", "create", NOT_STARTED),), (REFUSED_DIAGNOSTIC,), False
    )


def test_every_plan_and_every_apply_asks_for_credentials_that_last(bench: Bench) -> None:
    bench.write(ONE)
    session = FakeCloudSession()
    with_session(bench, session)
    made = bench.made()
    assert session.opened == 1
    bench.apply(made)
    assert session.opened == 2


def test_terraform_has_the_credentials_and_this_process_has_not(bench: Bench) -> None:
    bench.write(SHOW_ENVIRONMENT)
    with_session(bench, FakeCloudSession({"AWS_SECRET_ACCESS_KEY": "canary-1"}))
    bench.apply(bench.made())
    assert "AWS_SECRET_ACCESS_KEY=canary-1" in (bench.folder / "seen").read_text().splitlines()
    assert "AWS_SECRET_ACCESS_KEY" not in os.environ
    assert b"canary-1" not in Path("/proc/self/environ").read_bytes()


def test_terraform_gets_a_secret_of_the_step_only_when_the_configuration_names_it(bench: Bench) -> None:
    bench.environ.update(GITHUB_TOKEN="t1", GH_TOKEN="t2", ACTIONS_ID_TOKEN_REQUEST_TOKEN="t3")
    bench.write(SHOW_ENVIRONMENT)
    with_session(bench, FakeCloudSession(), replace(SETTINGS, pass_env=("GITHUB_TOKEN",)))
    bench.apply(bench.made())
    seen = dict(line.partition("=")[::2] for line in (bench.folder / "seen").read_text().splitlines())
    assert {k: v for k, v in seen.items() if v in ("t1", "t2", "t3")} == {"GITHUB_TOKEN": "t1"}


def test_an_apply_says_once_that_its_session_ends_soon(bench: Bench) -> None:
    bench.write(ONE)
    with_session(bench, FakeCloudSession(left=240.0))
    bench.apply(bench.made())
    assert [line for line in bench.said if line.startswith("AWS")] == [
        "AWS: the session ends in 4 minutes and Terraform still applies. What comes after its end will "
        f"fail. {LENGTHEN}"
    ]


@pytest.mark.parametrize(("left", "expected"), [(-1.0, True), (600.0, False), (None, False)])
def test_a_failed_apply_says_whether_its_session_was_over(
    bench: Bench, left: float | None, expected: bool
) -> None:
    bench.write(SLOW.replace("sleep 30", "exit 1"))
    with_session(bench, FakeCloudSession(left=left))
    applied = bench.apply(bench.made())
    over = Diagnostic(
        Severity.ERROR,
        "The AWS session ended before the apply did",
        f"What came after its end failed. {LENGTHEN}",
    )
    assert (applied.succeeded, over in applied.diagnostics) == (False, expected)
