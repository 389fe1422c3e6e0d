"""A change climbs through four AWS accounts: the real program, terraform, AWS provider and S3 backend.

AWS is on loopback, with a separate account per environment and IAM enforced (tests/kit/aws.py). What moto
does not check, its front does: trust policies, tokens, signatures, policies and boundaries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.kit.aws_stage import ACCOUNTS, ADMIN, BUCKET, CONFIG, PARAMETER, PROJECTS, AwsStage, aws_stage
from tests.kit.github_markdown import unparted
from tests.kit.stage import ENVIRONMENTS, StepRun

PHASES = ("plan", "apply")
WITNESS = """\
resource "terraform_data" "witness" {
  provisioner "local-exec" {
    interpreter = ["/bin/bash", "-c"]
    command     = <<-EOT
      folder=%s
      env -0 > "$folder/child"
      pid=$$
      while [ "$pid" -gt 1 ]; do
        grep -q gitops_bot /proc/$pid/cmdline && cp /proc/$pid/environ "$folder/bot"
        pid=$(sed 's/.*) . \\([0-9]*\\) .*/\\1/' /proc/$pid/stat)
      done
    EOT
  }
}
"""
"""Leaves the environments of its own process and of the bot's in a folder."""


@dataclass(frozen=True, slots=True)
class Climb:
    """What happened on the way from devops to prod: the runs, by environment and phase."""

    stage: AwsStage
    runs: dict[tuple[str, str], StepRun]
    numbers: dict[str, int]
    proof: Path


@pytest.fixture(scope="module")
def climb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Climb]:
    folder, proof = tmp_path_factory.mktemp("climb"), tmp_path_factory.mktemp("proof")
    with aws_stage(folder) as stage:
        runs, numbers = {}, {}
        files = {"infra/size.tf": PARAMETER, "infra/witness.tf": WITNESS % proof}
        number = stage.pull_request(files)
        for below, name in zip((None, *ENVIRONMENTS), ENVIRONMENTS, strict=False):
            if below is not None:
                stage.hub.take_events()
                number = stage.hub.open_pull_request(f"To {name}", below, name).number
            numbers[name] = number
            runs[name, "plan"] = stage.plan(number)
            runs[name, "apply"] = stage.merge(number)
        yield Climb(stage, runs, numbers, proof)


def sessions(run: StepRun) -> list[str]:
    """The sessions a run says it had."""
    return re.findall(r"^AWS: (arn:aws:sts::\S+) in account", run.stdout, re.MULTILINE)


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_each_environment_is_planned_and_applied_with_that_accounts_role_of_the_phase(
    climb: Climb, name: str, phase: str
) -> None:
    run = climb.runs[name, phase]
    assert run.code == 0, run.stdout + run.stderr
    assert run.outputs["result"] == ("planned" if phase == "plan" else "applied")
    role = f"arn:aws:sts::{ACCOUNTS[name]}:assumed-role/gitops-{phase}/gitops-bot-"
    assert [s.startswith(role) and s.endswith(f"-{name}") for s in sessions(run)] == [True]


def test_each_resource_exists_in_its_account_and_in_no_other(climb: Climb) -> None:
    found = {account: climb.stage.parameters(account) for account in (*ACCOUNTS.values(), ADMIN)}
    expected = {account: {"/stack/size": f"{name}-small"} for name, account in ACCOUNTS.items()}
    assert found == {**expected, ADMIN: {}}


def test_the_states_lie_in_the_admin_account_and_no_lock_is_left(climb: Climb) -> None:
    assert climb.stage.states() == sorted(f"{name}/stack.tfstate" for name in ENVIRONMENTS)


def test_only_an_apply_wrote_and_only_with_the_apply_roles(climb: Climb) -> None:
    writes = {
        (r.action, r.resource.removeprefix(f"arn:aws:s3:::{BUCKET}/"), r.principal.split("/")[1])
        for r in climb.stage.aws.requests
        if r.service == "s3" and r.action in ("PutObject", "DeleteObject")
    }
    expected = set()
    for name in ENVIRONMENTS:
        role = f"gitops-state-{name}-apply"
        expected |= {
            ("PutObject", f"{name}/stack.tfstate", role),
            ("PutObject", f"{name}/stack.tfstate.tflock", role),
            ("DeleteObject", f"{name}/stack.tfstate.tflock", role),
        }
    assert writes == expected
    puts = {r.principal.split("/")[1] for r in climb.stage.aws.seen("ssm:PutParameter")}
    assert puts == {"gitops-apply"}


def test_the_comment_shows_the_plan_and_the_apply_of_each_environment(climb: Climb) -> None:
    for name in ENVIRONMENTS:
        _, plan, _, apply = climb.stage.texts(climb.numbers[name])[-4:]
        assert "aws_ssm_parameter.size" in plan
        assert "A plan right after the apply shows no changes." in apply


# --- nothing leaks ---------------------------------------------------------------------------------


def canaries(stage: AwsStage) -> set[str]:
    """Every credential and token of all runs so far."""
    issuer = stage.aws.issuer
    setup = {v for account in (*ACCOUNTS.values(), ADMIN) for v in _secrets_of_setup(stage, account)}
    return (stage.aws.secrets | set(issuer.issued) | set(issuer.bearers) | {stage.token}) - setup


def _secrets_of_setup(stage: AwsStage, account: str) -> tuple[str, str]:
    key = stage.aws.setup_key(account)
    return key.access_key, key.secret


def leaks(canaries: set[str], text: str) -> list[str]:
    return [c[:6] for c in canaries if c in text]


def test_no_credential_is_in_any_output_of_any_run(climb: Climb) -> None:
    secrets = canaries(climb.stage)
    assert len(secrets) > 50
    for key, run in climb.runs.items():
        shown = [line for line in run.stdout.splitlines() if not line.startswith("::add-mask::")]
        channels = ["\n".join(shown), run.stderr, run.summary, *run.outputs.values()]
        assert (key, leaks(secrets, "\n".join(channels))) == (key, [])


def test_every_mask_comes_before_its_value_could_be_said(climb: Climb) -> None:
    """Masks are the one place where the runner is told a secret; it prints `***` for them."""
    for key, run in climb.runs.items():
        lines = run.stdout.splitlines()
        masked = {line.removeprefix("::add-mask::") for line in lines if line.startswith("::add-mask::")}
        used = {c for c in canaries(climb.stage) if any(c in line for line in lines)}
        assert (key, used - masked) == (key, set())
        last_mask = max(i for i, line in enumerate(lines) if line.startswith("::add-mask::"))
        assert last_mask < lines.index("terraform init")


def test_no_credential_is_in_what_github_keeps(climb: Climb) -> None:
    hub = climb.stage.hub
    kept = [repr(hub.deployments.newest_first())]
    for name, number in climb.numbers.items():
        kept += [repr(hub.comments.of(number)), repr(climb.stage.check_runs(climb.stage.head(name)))]
        kept.append(repr(climb.stage.check_runs(hub.pull(number).head_sha)))
    assert leaks(canaries(climb.stage), "\n".join(kept)) == []


def test_no_credential_is_in_any_file_that_is_left(climb: Climb) -> None:
    """Work trees with their .terraform folders, step files, temporary folders and the repository.

    Of an apply its outcome file is left on purpose, for a later step, and of each run its report.
    """
    secrets = {c.encode() for c in canaries(climb.stage)}
    found = []
    for file in climb.stage.folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            data = file.read_bytes()
            found += [str(file) for secret in secrets if secret in data]
    assert found == []
    left = [file.name for file in (climb.stage.folder / "temp").rglob("*") if file.is_file()]
    reports = {f"report-{name}.{kind}" for name in ENVIRONMENTS for kind in ("html", "json")}
    assert reports == {name for name in left if name.startswith("report-")}
    assert sorted(name.rpartition("-")[0] for name in left if name not in reports) == [
        "outcome-dev", "outcome-devops", "outcome-prod", "outcome-staging",
    ]  # fmt: skip


def test_terraforms_process_has_the_credentials_and_the_bots_has_not(climb: Climb) -> None:
    def variables(name: str) -> dict[str, str]:
        data = (climb.proof / name).read_bytes().decode()
        return dict(entry.partition("=")[::2] for entry in data.split("\0") if entry)

    child, bot = variables("child"), variables("bot")
    secrets = climb.stage.aws.secrets
    held = {name for name, value in child.items() if value in secrets}
    assert held == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
    assert {name for name, value in bot.items() if value in secrets} == set()
    of_the_step = ("GITHUB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL")
    assert [name in bot for name in of_the_step] == [True, True, True]
    assert [name in child for name in of_the_step] == [False, False, False]


# --- what IAM refuses ------------------------------------------------------------------------------


def flat(text: str) -> str:
    """Terraform wraps what AWS says."""
    return " ".join(re.sub(r"[│╷╵]|`", " ", text).split())


def test_a_pull_request_that_names_the_apply_roles_state_role_is_refused(climb: Climb) -> None:
    """Backend files come with the pull request; what they may reach does not."""
    stage = climb.stage
    hostile = stage.files()["envs/devops.apply.s3.tfbackend"]
    number = stage.pull_request({"envs/devops.plan.s3.tfbackend": hostile}, branch="state")
    run = stage.plan(number)
    assert (run.code, run.outputs["result"]) == (1, "failed")
    (comment,) = stage.comments(number)
    assert "assumed-role/gitops-plan/" in comment
    assert "is not authorized to perform: sts:AssumeRole" in flat(comment)
    assert f"arn:aws:iam::{ADMIN}:role/gitops-state-devops-apply" in flat(comment)


def test_a_pull_request_cannot_become_the_apply_role(climb: Climb) -> None:
    stage = climb.stage
    provider = (
        'provider "aws" {\n  assume_role {\n'
        f'    role_arn = "arn:aws:iam::{ACCOUNTS["devops"]}:role/gitops-apply"\n  }}\n}}\n'
    )
    number = stage.pull_request({"infra/provider.tf": provider}, branch="provider")
    run = stage.plan(number)
    assert (run.code, run.outputs["result"]) == (1, "failed")
    (comment,) = stage.comments(number)
    assert "gitops-apply" in flat(comment)
    assert "is not authorized to perform: sts:AssumeRole" in flat(comment)


def keys(answer: Any) -> dict[str, str]:
    """STS's answer as the variables of an environment."""
    found = answer["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": found["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": found["SecretAccessKey"],
        "AWS_SESSION_TOKEN": found["SessionToken"],
    }


def test_a_plan_session_can_write_neither_the_state_nor_its_lock(climb: Climb) -> None:
    """By hand, with what a plan has: its session, and the state role that trusts it."""
    aws = climb.stage.aws
    token = aws.issuer.token(f"repo:{climb.stage.sandbox.repository}:pull_request", "sts.amazonaws.com")
    role = f"arn:aws:iam::{ACCOUNTS['prod']}:role/gitops-plan"
    sts = aws.client("sts", ACCOUNTS["prod"])
    plan = sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="plan", WebIdentityToken=token)
    with closing(aws.client_with("sts", keys(plan))) as client:
        state = client.assume_role(
            RoleArn=f"arn:aws:iam::{ADMIN}:role/gitops-state-prod-plan", RoleSessionName="state"
        )
        with pytest.raises(client.exceptions.ClientError, match="not authorized to perform: sts:AssumeRole"):
            client.assume_role(
                RoleArn=f"arn:aws:iam::{ADMIN}:role/gitops-state-prod-apply", RoleSessionName="state"
            )
    with closing(aws.client_with("s3", keys(state))) as client:
        assert client.get_object(Bucket=BUCKET, Key="prod/stack.tfstate")["ContentLength"] > 0
        for key in ("prod/stack.tfstate", "prod/stack.tfstate.tflock"):
            with pytest.raises(
                client.exceptions.ClientError, match="not authorized to perform: s3:PutObject"
            ):
                client.put_object(Bucket=BUCKET, Key=key, Body=b"{}")
            with pytest.raises(client.exceptions.ClientError, match="s3:DeleteObject"):
                client.delete_object(Bucket=BUCKET, Key=key)


def test_an_apply_with_the_plan_role_is_refused_by_aws_and_the_report_says_role_and_action(
    climb: Climb,
) -> None:
    """One role for both phases, and it is the one that reads: only the state lets it through."""
    stage = climb.stage
    account = ACCOUNTS["devops"]
    plan_role = f"arn:aws:iam::{account}:role/gitops-plan"
    pair = f"      plan_role: {plan_role}\n      apply_role: arn:aws:iam::{account}:role/gitops-apply\n"
    assert pair in CONFIG
    config = CONFIG.replace(pair, f"      role: {plan_role}\n") + PROJECTS
    try:
        stage.let_plans_write_the_state("devops")
        larger = PARAMETER.replace("var.size", '"large"')
        number = stage.pull_request({".gitops-bot.yml": config, "infra/size.tf": larger}, branch="one-role")
        assert stage.plan(number).code == 0
        run = stage.merge(number)
    finally:
        stage.make_roles("devops")
    assert (run.code, run.outputs["result"]) == (1, "failed")
    report = flat(unparted(stage.comments(number)[-1]))
    assert f"User: arn:aws:sts::{account}:assumed-role/gitops-plan/gitops-bot-" in report
    assert "is not authorized to perform: ssm:PutParameter" in report
    assert stage.parameters(account) == {"/stack/size": "devops-small"}


def test_a_role_that_does_not_trust_the_pull_request_is_said_in_the_pull_request(climb: Climb) -> None:
    stage = climb.stage
    number = stage.pull_request({"infra/other.tf": PARAMETER.replace("size", "other")}, branch="untrusted")
    event = stage.next_event("pull_request", "opened")
    run = stage.deliver(event, None, **stage.aws.issuer.job("repo:acme/infra:ref:refs/heads/somewhere"))
    assert (run.code, run.outputs["result"]) == (1, "failed")
    (comment,) = stage.comments(number)
    assert "There were no credentials, so Terraform did not start." in comment
    for said in ("devops: AWS did not let this job assume", "repo:acme/infra:ref:refs/heads/somewhere"):
        assert said in unparted(comment)
        assert said in unparted(run.summary)
    assert stage.checks(stage.head("untrusted"))["gitops-bot: plan devops"] == "failure"
    assert leaks(canaries(stage), comment + run.summary + run.stderr) == []
