"""The AWS roles of `gitops-bot doctor --aws` as a person or a job runs it, against AWS on loopback."""

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
ROLES = ("--aws", "--only", "roles")


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


def test_all_plan_roles_that_work_are_a_line_each_and_exit_code_0(doctor: Doctor) -> None:
    done = doctor(*ROLES, **doctor.aws.issuer.job(PULL))
    rows = [
        f"  ok       {name}: gitops-plan in {account}, from the OIDC token."
        for name, account in ACCOUNTS.items()
    ]
    text = "\n".join(["roles", *rows, "", "0 errors, 0 warnings, 4 ok.", ""])
    assert (done.returncode, done.stdout) == (0, text), done.stdout
    assert "devops: AWS: starting from the job's OIDC token" in done.stderr


def test_it_never_asks_for_an_apply_role(doctor: Doctor) -> None:
    doctor.aws.requests.clear()
    doctor(*ROLES, **doctor.aws.issuer.job(PULL))
    asked = {r.params["RoleArn"] for r in doctor.aws.seen("AssumeRoleWithWebIdentity")}
    assert asked == {f"arn:aws:iam::{account}:role/gitops-plan" for account in ACCOUNTS.values()}


def test_a_role_that_fails_is_an_error_and_the_others_are_still_tried(doctor: Doctor) -> None:
    account = ACCOUNTS["staging"]
    doctor.aws.put_role(account, "gitops-plan", oidc_trust(account, "repo:acme/other:pull_request"))
    done = doctor(*ROLES, **doctor.aws.issuer.job(PULL))
    assert done.returncode == 1
    assert f"  ok       prod: gitops-plan in {ACCOUNTS['prod']}, from the OIDC token." in done.stdout
    assert " ".join(done.stdout.split()).startswith(
        f"roles error staging: AWS did not let this job assume arn:aws:iam::{account}:role/gitops-plan with "
        "its OIDC token. The token's subject is `repo:acme/infra:pull_request`, its audience "
        "`sts.amazonaws.com`."
    )


def test_one_reason_for_all_stands_once(doctor: Doctor) -> None:
    done = doctor(*ROLES, GITHUB_ACTIONS="true")
    assert done.returncode == 1
    assert done.stdout.count("permissions: {id-token: write}") == 1
    text = " ".join(done.stdout.split())
    assert "devops, dev, staging, prod: their roles were not assumed: this job may not have an OIDC" in text


def test_outside_of_a_job_it_says_how_to_bring_credentials(doctor: Doctor) -> None:
    done = doctor(*ROLES)
    text = " ".join(done.stdout.split())
    assert (
        "this is no job of GitHub Actions, so it has no OIDC token, and there are no AWS credentials" in text
    )
    assert "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY." in text


def test_a_profile_that_does_not_exist_is_named(doctor: Doctor) -> None:
    done = doctor(*ROLES, AWS_PROFILE="nobody")
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
    done = doctor(*ROLES, AWS_PROFILE="work", AWS_SHARED_CREDENTIALS_FILE=file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " ".join(done.stdout.split()).count("from the shared-credentials-file") == 4


def test_the_json_form_says_the_same_for_programs(doctor: Doctor) -> None:
    done = doctor(*ROLES, "--format", "json", **doctor.aws.issuer.job(PULL))
    assert json.loads(done.stdout)["findings"][0] == {
        "level": "ok",
        "topic": "roles",
        "says": f"devops: gitops-plan in {ACCOUNTS['devops']}, from the OIDC token.",
        "fix": "",
        "where": "",
    }


@pytest.mark.parametrize("variable", ["ACTIONS_ID_TOKEN_REQUEST_TOKEN", "AWS_SECRET_ACCESS_KEY"])
def test_no_secret_is_printed_outside_of_a_job(doctor: Doctor, variable: str) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIANOTHINGNOTHING12", "AWS_SECRET_ACCESS_KEY": "canary-secret-key"}
    environ = {**doctor.aws.issuer.job(PULL), **keys}
    done = doctor(*ROLES, **environ)
    assert environ[variable] not in done.stdout + done.stderr
    assert [t for t in doctor.aws.issuer.issued if t in done.stdout + done.stderr] == []


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("environments: [dev]\n", "No environment has an AWS role or account"),
        (None, "No environment has an AWS role or account"),
    ],
)
def test_roles_that_are_asked_for_and_not_configured_are_an_error(
    doctor: Doctor, config: str | None, said: str
) -> None:
    (doctor.folder / ".gitops-bot.yml").unlink()
    if config is not None:
        (doctor.folder / ".gitops-bot.yml").write_text(config)
    done = doctor(*ROLES)
    assert (done.returncode, said in done.stdout) == (1, True)


def test_a_folder_that_is_none_is_a_sentence_and_exit_code_2(doctor: Doctor) -> None:
    done = doctor(*ROLES, "nowhere")
    assert (done.returncode, "'nowhere' is not a folder." in done.stderr, done.stdout) == (2, True, "")


def test_a_region_that_does_not_answer_is_waited_for_once(doctor: Doctor) -> None:
    job = doctor.aws.issuer.job(PULL)
    before = len(doctor.aws.issuer.asked)
    done = doctor(*ROLES, **{**job, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert (done.returncode, len(doctor.aws.issuer.asked) - before) == (1, 1)
    text = " ".join(done.stdout.split())
    assert text.count("STS in us-east-1 cannot be reached") == 1
    assert "devops, dev, staging, prod: their roles were not assumed. STS in" in text
