"""What a run does with the secrets of its step, before anything else and until its end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_bot.adapters.oidc import OidcTokens, claims
from gitops_bot.app.process import SECRET_NAMES
from gitops_bot.core.errors import CloudRefused
from tests.kit.scripted_http import Reply, ScriptedServer
from tests.kit.stage import NETWORK, Stage, StepRun, stage

DUMPABLE = "; import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
STARTS = {
    "run": (
        "from gitops_bot.app.step import run; import io\n"
        "try: run({}, io.StringIO())\nexcept Exception: pass\npass"
    ),
    "doctor": (
        "from gitops_bot.app.checks import doctor; from pathlib import Path\n"
        "try: doctor(Path('.'), {}, print, config=None, aws=False, only=(), repository=None, "
        "as_json=False)\nexcept Exception: pass\npass"
    ),
    "plan": (
        "from gitops_bot.app.folder import plan; from pathlib import Path\n"
        "try: plan(Path('.'), {'PATH': ''}, print, environment=None, projects=(), config=None, "
        "assume_role=False, as_json=False)\nexcept Exception: pass\npass"
    ),
}


@pytest.fixture
def on_stage(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        yield made


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has /proc and prctl")
@pytest.mark.parametrize("command", STARTS)
def test_every_command_that_runs_terraform_hides_its_environment(command: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STARTS[command] + DUMPABLE], cwd=tmp_path, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "0"


def test_all_secrets_of_the_step_are_masked_before_the_first_other_line(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/network.tf": NETWORK})
    event = on_stage.next_event("pull_request", "opened")
    assert event.payload["number"] == number
    more = {name: f"canary-of-{name.lower()}" for name in SECRET_NAMES if name != "GITHUB_TOKEN"}
    more.pop("INPUT_GITHUB_TOKEN")
    run = on_stage.deliver(event, None, GITHUB_ACTIONS="true", **more)
    assert run.code == 0, run.stdout + run.stderr
    lines = run.stdout.splitlines()
    first = next(i for i, line in enumerate(lines) if not line.startswith("::add-mask::"))
    masked = {line.removeprefix("::add-mask::") for line in lines[:first]}
    assert masked == {*more.values(), on_stage.token}


def test_a_plan_that_prints_the_steps_aws_keys_shows_none_of_them(on_stage: Stage) -> None:
    """An environment without a role: Terraform has the keys, so its code can put them anywhere."""
    keys = {"AWS_ACCESS_KEY_ID": "AKIACANARYCANARY1234", "AWS_SECRET_ACCESS_KEY": "canary/secret+key=="}
    values = "\n".join(f'output "o{i}" {{\n  value = "{value}"\n}}' for i, value in enumerate(keys.values()))
    number = on_stage.pull_request({"infra/leak.tf": values})
    run = on_stage.deliver(on_stage.next_event("pull_request", "opened"), None, **keys)
    assert run.code == 0, run.stdout + run.stderr
    said = "\n".join([run.stdout, run.stderr, run.summary, *on_stage.comments(number)])
    assert [value for value in keys.values() if value in said] == []


KEYS = {"AWS_ACCESS_KEY_ID": "AKIACANARYCANARY1234", "AWS_SECRET_ACCESS_KEY": "canary/secret+key=="}
FAILS = """
variable "password" {
  type      = string
  sensitive = true
  default   = "canary-that-is-sensitive"
}
resource "terraform_data" "broken" {
  input = var.password
  lifecycle {
    precondition {
      condition     = var.password == ""
      error_message = "The key canary/secret+key== is old, see postgres://app:canary-Pa55@db/app."
    }
  }
}
"""
PRINTS = """
resource "terraform_data" "a" {
  input = "one"
  provisioner "local-exec" {
    command = "echo it is $AWS_SECRET_ACCESS_KEY, token Bearer canary-0123456789abcdef >&2; exit 1"
  }
}
"""


def _said(on_stage: Stage, number: int, *runs: StepRun) -> str:
    streams = [part for run in runs for part in (run.stdout, run.stderr, run.summary, *run.outputs.values())]
    checks = [f"{c.summary}{c.text}" for c in on_stage.check_runs(on_stage.head("devops"))]
    return "\n".join([*streams, *checks, *on_stage.comments(number)])


def test_a_failed_plan_and_a_failed_apply_that_quote_secrets_show_none(on_stage: Stage) -> None:
    hidden = [*KEYS.values(), "canary-Pa55", "canary-that-is-sensitive", "canary-0123456789abcdef"]
    number = on_stage.pull_request({"infra/fails.tf": FAILS}, branch="fails")
    failed = on_stage.deliver(on_stage.next_event("pull_request", "opened"), None, **KEYS)
    assert (failed.code, failed.outputs["result"]) == (1, "failed")
    said = _said(on_stage, number, failed)
    assert ([h for h in hidden if h in said], "The key (redacted) is old" in said) == ([], True)

    number = on_stage.pull_request({"infra/prints.tf": PRINTS}, branch="prints")
    planned = on_stage.deliver(on_stage.next_event("pull_request", "opened"), None, **KEYS)
    on_stage.hub.merge(number)
    applied = on_stage.deliver(on_stage.next_event("push"), None, **KEYS)
    assert (planned.code, applied.code, applied.outputs["result"]) == (0, 1, "failed")
    said = _said(on_stage, number, planned, applied)
    assert ([h for h in hidden if h in said], "it is (redacted)" in said) == ([], True)


def test_the_request_for_a_token_follows_no_redirect() -> None:
    with ScriptedServer([Reply(200, {"value": "a.b.c"})]) as elsewhere:
        moved = Reply(302, "", {"Location": f"{elsewhere.api_url}/token"})
        with ScriptedServer([moved]) as service:
            environ = {
                "ACTIONS_ID_TOKEN_REQUEST_URL": f"{service.api_url}/token?api-version=2.0",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "bearer-canary",
            }
            with pytest.raises(CloudRefused) as caught:
                OidcTokens(environ, print).token("gitops")
        assert elsewhere.asked == []
    assert "answered 302" in caught.value.message


def test_a_netrc_file_does_not_take_the_bearers_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1\nlogin other\npassword other\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    masked: list[str] = []
    with ScriptedServer([Reply(200, {"value": "a.b.c"})]) as service:
        environ = {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{service.api_url}/token?api-version=2.0&audience=other",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "bearer-canary",
        }
        assert OidcTokens(environ, masked.append).token("gitops bot/é") == "a.b.c"
    assert service.headers[0]["authorization"] == "bearer bearer-canary"
    assert service.asked == ["GET /token?api-version=2.0&audience=gitops+bot%2F%C3%A9"]
    assert masked == ["a.b.c"]


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.!!.c", "a.e30.c", "a.W10.c", "a." + "W" * 9 + ".c"])
def test_claims_of_anything_are_read_without_an_exception(token: str) -> None:
    assert claims(token) == {}
