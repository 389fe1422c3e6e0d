"""What the command line prints inside a job: text of a pull request must not become a command."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from gitops_bot.cli import cli

COMMAND = re.compile(r"^\W*::(?!error::)|##\[", re.MULTILINE)
HOSTILE = "infra ##[set-output name=result;]applied"


@pytest.mark.parametrize("in_job", [True, False])
def test_an_error_that_quotes_a_file_gives_the_runner_no_command(tmp_path: Path, in_job: bool) -> None:
    (tmp_path / ".gitops-bot.yml").write_text(f"projects: [{{name: a, dir: '{HOSTILE}'}}]\n")
    environ = {"GITHUB_ACTIONS": "true"} if in_job else {"GITHUB_ACTIONS": ""}
    done = CliRunner().invoke(cli, ["validate", str(tmp_path)], env=environ)
    assert done.exit_code == 2
    assert "infra" in done.stderr
    assert COMMAND.findall(done.stdout + done.stderr) == []


def test_a_role_that_is_named_like_a_command_is_none_in_doctors_lines_or_json(tmp_path: Path) -> None:
    role = "arn:aws:iam::111111111111:role/##[add-path]/x/plan"
    config = f"environments: [{{name: a, aws: {{region: us-east-1, role: '{role}'}}}}]\n"
    (tmp_path / ".gitops-bot.yml").write_text(config)
    environ = {"GITHUB_ACTIONS": "true", "AWS_ACCESS_KEY_ID": "half"}
    for form in ("text", "json"):
        done = CliRunner().invoke(cli, ["doctor", "--aws", "--format", form, str(tmp_path)], env=environ)
        assert (done.exit_code, COMMAND.findall(done.stdout + done.stderr.replace("::add-mask::", ""))) == (
            1,
            [],
        )
    assert any(role in f["says"] for f in json.loads(done.stdout)["findings"])


GOLDEN = Path(__file__).parent.parent / "golden" / "outputs-more"


def test_a_plan_and_its_text_are_read_as_powershell_writes_them(tmp_path: Path) -> None:
    def rendered(document: bytes, text: bytes) -> str:
        (tmp_path / "plan.json").write_bytes(document)
        (tmp_path / "plan.txt").write_bytes(text)
        arguments = ["render", str(tmp_path / "plan.json"), "--text", str(tmp_path / "plan.txt")]
        return CliRunner().invoke(cli, arguments).output

    document, text = (GOLDEN / "plan.json").read_bytes(), (GOLDEN / "plan.txt").read_bytes()
    expected = rendered(document, text)
    assert "Changes to outputs" in expected
    windows = [data.decode().replace("\n", "\r\n") for data in (document, text)]
    assert expected == rendered(*(data.encode("utf-16") for data in windows))
    assert expected == rendered(*(data.encode("utf-8-sig") for data in windows))
