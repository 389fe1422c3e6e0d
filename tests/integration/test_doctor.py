"""`gitops-bot doctor --aws` as a person or a job runs it, against AWS on loopback."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kit.aws import AwsAccounts, allow, aws_accounts, oidc_trust, role_trust
from tests.kit.aws_stage import ACCOUNTS, CONFIG
from tests.kit.loaded_program import run_program

PULL = "repo:acme/infra:pull_request"
HEADER = "environment  role         account       source      result"


@dataclass(frozen=True, slots=True)
class Doctor:
    """Runs the command in a folder with the given configuration."""

    aws: AwsAccounts
    folder: Path

    def __call__(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        known = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **self.aws.environ}
        return run_program(["doctor", *arguments], environ={**known, **environ}, cwd=self.folder, timeout=60)


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsAccounts]:
    with aws_accounts(tmp_path_factory.mktemp("aws")) as accounts:
        for account in ACCOUNTS.values():
            accounts.put_oidc_provider(account)
        accounts.enforce_iam()
        yield accounts


@pytest.fixture
def doctor(aws: AwsAccounts, tmp_path: Path) -> Doctor:
    for account in ACCOUNTS.values():
        aws.put_role(account, "gitops-plan", oidc_trust(account, PULL))
    (tmp_path / ".gitops-bot.yml").write_text(CONFIG)
    return Doctor(aws, tmp_path)


def test_all_plan_roles_that_work_give_a_table_and_exit_code_0(doctor: Doctor) -> None:
    done = doctor("--aws", **doctor.aws.issuer.job(PULL))
    rows = [f"{name:<11}  gitops-plan  {account}  OIDC token  ok" for name, account in ACCOUNTS.items()]
    assert (done.returncode, done.stdout) == (0, "\n".join([HEADER, *rows, ""]))
    assert "devops: AWS: starting from the job's OIDC token" in done.stderr


def test_it_never_asks_for_an_apply_role(doctor: Doctor) -> None:
    doctor.aws.requests.clear()
    doctor("--aws", **doctor.aws.issuer.job(PULL))
    asked = {r.params["RoleArn"] for r in doctor.aws.seen("AssumeRoleWithWebIdentity")}
    assert asked == {f"arn:aws:iam::{account}:role/gitops-plan" for account in ACCOUNTS.values()}


def test_a_role_that_fails_is_a_row_and_a_paragraph_and_the_others_are_still_tried(doctor: Doctor) -> None:
    account = ACCOUNTS["staging"]
    doctor.aws.put_role(account, "gitops-plan", oidc_trust(account, "repo:acme/other:pull_request"))
    done = doctor("--aws", **doctor.aws.issuer.job(PULL))
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[3:5] == [
        f"staging      gitops-plan  {account}  -           failed",
        f"prod         gitops-plan  {ACCOUNTS['prod']}  OIDC token  ok",
    ]
    assert " ".join(lines[6:9]) == (
        f"staging: AWS did not let this job assume arn:aws:iam::{account}:role/gitops-plan with its OIDC "
        "token. The token's subject is `repo:acme/infra:pull_request`, its audience `sts.amazonaws.com`."
    )


def test_one_reason_for_all_stands_once(doctor: Doctor) -> None:
    done = doctor("--aws", GITHUB_ACTIONS="true")
    assert done.returncode == 1
    assert done.stdout.count("permissions: {id-token: write}") == 1
    text = " ".join(done.stdout.split())
    assert "devops, dev, staging, prod: their roles were not assumed: this job may not have an OIDC" in text


def test_outside_of_a_job_it_says_how_to_bring_credentials(doctor: Doctor) -> None:
    done = doctor("--aws")
    text = " ".join(done.stdout.split())
    assert (
        "this is no job of GitHub Actions, so it has no OIDC token, and there are no AWS credentials" in text
    )
    assert "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY." in text


def test_a_profile_that_does_not_exist_is_named(doctor: Doctor) -> None:
    done = doctor("--aws", AWS_PROFILE="nobody")
    assert done.returncode == 1
    assert "The config profile (nobody) could not be found" in " ".join(done.stdout.split())


def test_a_persons_own_keys_go_through_a_profile(doctor: Doctor) -> None:
    keys = doctor.aws.put_user("999999999999", "pat", allow("sts:AssumeRole", "sts:TagSession"))
    for account in ACCOUNTS.values():
        doctor.aws.put_role(account, "gitops-plan", role_trust("arn:aws:iam::999999999999:user/pat"))
    (doctor.folder / "credentials").write_text(
        f"[work]\naws_access_key_id = {keys['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {keys['AWS_SECRET_ACCESS_KEY']}\n"
    )
    file = str(doctor.folder / "credentials")
    done = doctor("--aws", AWS_PROFILE="work", AWS_SHARED_CREDENTIALS_FILE=file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split()[3] for line in done.stdout.splitlines()[1:]] == ["shared-credential…"] * 4


def test_the_json_form_says_the_same_for_programs(doctor: Doctor) -> None:
    done = doctor("--aws", "--format", "json", **doctor.aws.issuer.job(PULL))
    found = json.loads(done.stdout)
    assert found["advice"] == []
    assert found["aws"][0] == {
        "environment": "devops",
        "role": f"arn:aws:iam::{ACCOUNTS['devops']}:role/gitops-plan",
        "account": ACCOUNTS["devops"],
        "source": "OIDC token",
        "ok": True,
        "reason": "",
        "fix": "",
    }


@pytest.mark.parametrize("variable", ["ACTIONS_ID_TOKEN_REQUEST_TOKEN", "AWS_SECRET_ACCESS_KEY"])
def test_no_secret_is_printed_outside_of_a_job(doctor: Doctor, variable: str) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIANOTHINGNOTHING12", "AWS_SECRET_ACCESS_KEY": "canary-secret-key"}
    environ = {**doctor.aws.issuer.job(PULL), **keys}
    done = doctor("--aws", **environ)
    assert environ[variable] not in done.stdout + done.stderr
    assert [t for t in doctor.aws.issuer.issued if t in done.stdout + done.stderr] == []


def test_the_table_stays_within_80_columns(doctor: Doctor) -> None:
    name, role = "e" * 40, "r" * 64
    (doctor.folder / ".gitops-bot.yml").write_text(
        f"environments: [{{name: {name}, aws: {{role: 'arn:aws:iam::111111111111:role/{role}'}}}}]\n"
        "aws: {region: us-east-1}\n"
    )
    done = doctor("--aws", **doctor.aws.issuer.job(PULL))
    table = done.stdout.split("\n\n")[0].splitlines()
    assert max(map(len, table)) <= 80
    assert "Note: " in done.stdout


@pytest.mark.parametrize(
    ("config", "arguments", "said"),
    [
        (CONFIG, [], "Nothing to check: give --aws."),
        ("environments: [dev]\n", ["--aws"], "No environment has an AWS role or account"),
        ("environments: [{name: dev, aws: {role: x}}]\n", ["--aws"], "'x' is no role ARN"),
        (CONFIG, ["--aws", "nowhere"], "'nowhere' is not a folder."),
    ],
)
def test_wrong_usage_is_a_sentence_and_exit_code_2(
    doctor: Doctor, config: str, arguments: list[str], said: str
) -> None:
    (doctor.folder / ".gitops-bot.yml").write_text(config)
    done = doctor(*arguments)
    assert (done.returncode, said in done.stderr, done.stdout) == (2, True, "")


def test_a_folder_without_a_configuration_is_said_to_be_one(doctor: Doctor) -> None:
    (doctor.folder / ".gitops-bot.yml").unlink()
    done = doctor("--aws")
    assert (done.returncode, "There is no .gitops-bot.yml in" in done.stderr) == (2, True)


def test_a_region_that_does_not_answer_is_waited_for_once(doctor: Doctor) -> None:
    job = doctor.aws.issuer.job(PULL)
    before = len(doctor.aws.issuer.asked)
    done = doctor("--aws", **{**job, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert (done.returncode, len(doctor.aws.issuer.asked) - before) == (1, 1)
    text = " ".join(done.stdout.split())
    assert text.count("STS in us-east-1 cannot be reached") == 1
    assert "devops, dev, staging, prod: their roles were not assumed. STS in" in text
