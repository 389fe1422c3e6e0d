"""`gitops-bot render` on the command line: its forms, and one message for each wrong input."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gitops_bot.cli import cli

GOLDEN = Path(__file__).parents[1] / "golden" / "mixed"
PLAN = GOLDEN / "plan.json"
SHOW_JSON = "`terraform show -json PLAN_FILE`"
SHOW_TEXT = "Give the output of `terraform show -no-color PLAN_FILE`.\n"


def render(*arguments: str, given: bytes = b"", job: bool = False) -> Result:
    environ = {"GITHUB_ACTIONS": "true" if job else ""}
    return CliRunner().invoke(cli, ["render", *arguments], input=given, env=environ)


def test_each_form_is_printed() -> None:
    done = [
        render("--text", str(GOLDEN / "plan.txt"), "--format", f, str(PLAN))
        for f in ("markdown", "html", "json")
    ]
    assert [d.exit_code for d in done] == [0, 0, 0]
    assert done[0].stdout.startswith("### ")
    assert done[1].stdout.startswith("<!doctype html>\n")
    assert done[1].stdout.endswith("</html>\n")
    assert json.loads(done[2].stdout)["environment"] == "local"


def test_html_from_standard_input_is_that_from_the_file() -> None:
    assert (
        render("--format", "html", "-", given=PLAN.read_bytes()).stdout
        == render("--format", "html", str(PLAN)).stdout
    )


@pytest.mark.parametrize("form", ["markdown", "html", "json"])
def test_a_plan_gives_the_runner_no_command(tmp_path: Path, form: str) -> None:
    hostile = "x ##[set-output name=result;]applied\n::error::x\n  ::add-mask::y"
    change = {"actions": ["create"], "before": None, "after": {"v": hostile}, "after_unknown": {}}
    entry = {"address": "a.b", "mode": "managed", "type": "a", "name": "b", "change": change}
    path, text = tmp_path / "plan.json", tmp_path / "plan.txt"
    path.write_text(json.dumps({"format_version": "1.2", "resource_changes": [entry]}))
    text.write_text(hostile)
    done = render("--format", form, "--text", str(text), str(path), job=True)
    assert (done.exit_code, re.findall(r"^\s*::|##\[", done.stdout, re.MULTILINE)) == (0, [])


STATE = b'{"version": 4, "serial": 1, "lineage": "l", "resources": []}'
WRONG: dict[str, tuple[bytes | None, str]] = {
    "no file": (None, "cannot be read: No such file or directory."),
    "empty": (b"", "is empty."),
    "binary": (b"PK\x03\x04" + bytes(50), "is a binary plan file, not a plan's JSON."),
    "text": (b"Terraform will perform", "is not JSON (line 1, column 1)."),
    "truncated": (PLAN.read_bytes()[:2000], "is cut off at line 92: its JSON never ends."),
    "a state": (STATE, "is a state, not a plan."),
    "a list": (b"[]", "is JSON, but not a plan: the outermost value is no object."),
}


@pytest.mark.parametrize("form", ["markdown", "html", "json"])
@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_plan_is_named_with_what_to_run_instead(tmp_path: Path, case: str, form: str) -> None:
    data, message = WRONG[case]
    path = tmp_path / "given"
    if data is not None:
        path.write_bytes(data)
    done = render("--format", form, str(path))
    first, hint, *rest = done.stderr.split("\n")
    assert (done.exit_code, done.stdout, first, rest) == (2, "", f"Error: '{path}' {message}", [""])
    assert SHOW_JSON in hint


def test_a_folder_is_no_plan(tmp_path: Path) -> None:
    done = render(str(tmp_path))
    assert (done.exit_code, done.stderr.split("\n")[0]) == (
        2,
        f"Error: '{tmp_path}' cannot be read: Is a directory.",
    )


def test_a_name_that_no_file_can_have_is_no_defect() -> None:
    done = render("a\0b")
    assert (done.exit_code, done.stderr.startswith("Error: 'a\\x00b' cannot be read: ")) == (2, True)


TEXTS: dict[str, tuple[bytes | None, str]] = {
    "no file": (None, "cannot be read: No such file or directory."),
    "binary": (b"PK\x03\x04", "is a binary plan file, not Terraform's text."),
    "another encoding": (b"\xe9", "is neither UTF-8 nor UTF-16 text."),
    "json": (b'{"format_version":"1.2"}', "is JSON, not Terraform's text."),
    "colours": (b"\n\x1b[1m  # a.b\x1b[0m will be created\n", "is Terraform's text with colours."),
}


@pytest.mark.parametrize("case", TEXTS)
def test_a_wrong_text_is_named_with_what_to_run_instead(tmp_path: Path, case: str) -> None:
    data, message = TEXTS[case]
    path = tmp_path / "given"
    if data is not None:
        path.write_bytes(data)
    done = render("--text", str(path), str(PLAN))
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", f"Error: '{path}' {message}\n{SHOW_TEXT}")


def test_standard_input_cannot_be_both() -> None:
    done = render("--text", "-", "-")
    assert (done.exit_code, done.stderr) == (
        2, "Error: Standard input cannot be both PLAN_JSON and --text.\nName a file for one of them.\n"
    )  # fmt: skip


def test_a_terminal_is_not_waited_for() -> None:
    master, slave = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "gitops_bot", "render", "-"], stdin=slave, capture_output=True, text=True,
            check=False, timeout=60,
        )  # fmt: skip
    finally:
        os.close(master)
        os.close(slave)
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "Error: Standard input is a terminal, not a plan's JSON.\n"
        "Give the output of `terraform show -json PLAN_FILE`. Pipe it in, or name a file.\n",
    )


def test_a_closed_standard_input_is_no_defect() -> None:
    command = [sys.executable, "-m", "gitops_bot", "render", "-"]
    done = subprocess.run(
        ["sh", "-c", 'exec "$0" "$@" <&-', *command], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: Standard input is closed.\n")
