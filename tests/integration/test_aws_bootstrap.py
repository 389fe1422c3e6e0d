"""docs/examples/aws-bootstrap, applied by the real terraform with the real AWS provider to loopback.

Both variants are applied once and at the same time: most of it is the provider's own waiting for the bucket's
lifecycle rules. From the first request on, the kit checks every request against trust and policies.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gitops_bot.config.load import load_settings
from tests.kit.aws import AwsAccounts, allow, aws_accounts, needs_aws_provider, policy, role_trust
from tests.kit.needs import needs_program
from tests.kit.quick_go import QUICK_GO

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "aws-bootstrap"
NAMES = ("devops", "dev", "staging", "prod")
BRANCHES = {"devops": "devops", "dev": "develop", "staging": "staging", "prod": "prod"}
FORMS = ("repo:acme/infra", "repo:acme@12/infra@34")
BOOTSTRAP = "OrganizationAccountAccessRole"
EXTERNAL_ID = "gitops-7f3a"
# Loopback has no bucket host names. The rest of the provider's settings are those of the example.
LOOPBACK = "\n".join(
    f'provider "aws" {{\n  alias             = "{alias}"\n  s3_use_path_style = true\n}}'
    for alias in ("admin", *NAMES)
)
LOOPBACK_BACKEND = "use_path_style = true\nskip_requesting_account_id = true\nskip_region_validation = true\n"


@dataclass(slots=True)
class Bootstrap:
    """One variant of the example: its accounts and, once applied, what came out of it."""

    aws: AwsAccounts
    name: str
    series: str
    prod: Mapping[str, str] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)
    second_plan: tuple[int, str] = (-1, "")

    @property
    def bucket(self) -> str:
        return f"acme-state-{self.name}"

    def account(self, name: str) -> str:
        return f"{self.series}0000000000{('admin', *NAMES).index(name)}"

    def role(self, name: str, phase: str) -> str:
        return f"arn:aws:iam::{self.account(name)}:role/gitops-{phase}"

    def admin_role(self, kind: str, name: str, phase: str) -> str:
        return f"arn:aws:iam::{self.account('admin')}:role/gitops-{kind}-{name}-{phase}"

    def variables(self) -> dict[str, Any]:
        # AWS-managed policies are not on loopback, so the phases' rights are given as actions.
        rights: dict[str, Any] = {
            "plan_managed_policy_arns": [],
            "plan_actions": ["ec2:Describe*", "iam:Get*", "iam:List*", "s3:Get*", "secretsmanager:*"],
            "apply_actions": ["*"],
        }
        environments = {n: {"account_id": self.account(n), "branch": BRANCHES[n], **rights} for n in NAMES}
        environments["prod"] |= self.prod
        return {
            "region": "us-east-1",
            "admin_account_id": self.account("admin"),
            "state_bucket": self.bucket,
            "repository": {"owner": "acme", "name": "infra", "owner_id": "12", "repository_id": "34"},
            "environments": environments,
            "use_hub": self.name == "hub",
            "external_id": EXTERNAL_ID if self.name == "hub" else None,
            "break_glass_principal_arns": [f"arn:aws:iam::{self.account('admin')}:role/state-repair"],
        }

    def environ(self, credentials: Mapping[str, str]) -> dict[str, str]:
        own = {k: os.environ[k] for k in ("PATH", "HOME") if k in os.environ}
        return {
            **QUICK_GO,
            **own,
            **self.aws.environ,
            **credentials,
            "TF_CLI_CONFIG_FILE": needs_aws_provider(),
            "CHECKPOINT_DISABLE": "1",
        }

    def terraform(
        self, folder: Path, credentials: Mapping[str, str], *arguments: str
    ) -> subprocess.CompletedProcess[str]:
        argv = [needs_program("terraform"), *arguments, "-input=false", "-no-color"]
        return subprocess.run(
            argv, cwd=folder, env=self.environ(credentials), capture_output=True, text=True, check=False
        )

    def apply(self, folder: Path) -> Bootstrap:
        """Apply the example in its initialised copy, then plan once more."""
        setup = self.aws.setup_key(self.account("admin"))
        for name in ("admin", *NAMES):
            self.aws.put_role(self.account(name), BOOTSTRAP, role_trust(setup.caller.arn), allow("*"))
        values, state = folder / f"{self.name}.tfvars.json", folder / f"{self.name}.tfstate"
        values.write_text(json.dumps(self.variables()))
        where = (f"-var-file={values.name}", f"-state={state.name}")
        done = self.terraform(folder, setup.environ(), "apply", "-auto-approve", *where)
        assert done.returncode == 0, done.stderr
        again = self.terraform(folder, setup.environ(), "plan", "-detailed-exitcode", *where)
        self.second_plan = again.returncode, again.stdout + again.stderr
        self.state = json.loads(state.read_text())
        return self

    def output(self, name: str) -> Any:
        return self.state["outputs"][name]["value"]

    def trust(self) -> dict[str, list[dict[str, Any]]]:
        """The trust statements of every role made, by the role's ARN."""
        roles = (r for r in self.state["resources"] if r["type"] == "aws_iam_role")
        attributes = (i["attributes"] for role in roles for i in role["instances"])
        return {a["arn"]: json.loads(a["assume_role_policy"])["Statement"] for a in attributes}

    def job(self, subject: str, role: str) -> dict[str, str]:
        """The credentials that a job with that subject gets for the role. Raises what AWS answers."""
        answer = self.aws.client("sts", self.account("admin")).assume_role_with_web_identity(
            RoleArn=role,
            RoleSessionName="job",
            WebIdentityToken=self.aws.issuer.token(subject, "sts.amazonaws.com"),
        )
        return _environ(answer)

    def onward(self, credentials: Mapping[str, str], role: str, **more: Any) -> dict[str, str]:
        """The credentials for the next role in a chain."""
        answer = self.use("sts", credentials, "assume_role", RoleArn=role, RoleSessionName="job", **more)
        return _environ(answer)

    def use(self, service: str, credentials: Mapping[str, str], method: str, **arguments: Any) -> Any:
        client = self.aws.client_with(service, credentials)
        try:
            return getattr(client, method)(**arguments)
        finally:
            client.close()

    def state_session(self, name: str, phase: str) -> dict[str, str]:
        """The credentials of a state role, the way the bot comes to them. Direct variant only."""
        subject = f"{FORMS[0]}:{'pull_request' if phase == 'plan' else f'ref:refs/heads/{BRANCHES[name]}'}"
        return self.onward(self.job(subject, self.role(name, phase)), self.admin_role("state", name, phase))


def _environ(answer: Mapping[str, Any]) -> dict[str, str]:
    given = answer["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
        "AWS_REGION": "us-east-1",
    }


def refused(call: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
    """Whether AWS answers that this is not allowed. Any other error is raised."""
    try:
        call(*args, **kwargs)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException"):
            return True
        raise
    return False


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Bootstrap]]:
    """Both variants, applied in accounts of their own."""
    needs_aws_provider()
    folder = tmp_path_factory.mktemp("bootstrap") / "example"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars"))
    (folder / "loopback_override.tf").write_text(LOOPBACK)
    gates = {"plan_github_environment": "plan-prod", "apply_github_environment": "prod"}
    with aws_accounts(folder) as aws:
        aws.enforce_iam()
        variants = (Bootstrap(aws, "direct", "1"), Bootstrap(aws, "hub", "2", gates))
        made = variants[0].terraform(folder, {}, "init")
        assert made.returncode == 0, made.stderr
        with ThreadPoolExecutor(len(variants)) as pool:
            yield {b.name: b for b in pool.map(lambda b: b.apply(folder), variants)}


@pytest.fixture
def direct(both: dict[str, Bootstrap]) -> Bootstrap:
    return both["direct"]


@pytest.fixture
def hub(both: dict[str, Bootstrap]) -> Bootstrap:
    return both["hub"]


# --- what was made -----------------------------------------------------------------------------


def test_the_example_is_formatted() -> None:
    argv = [needs_program("terraform"), "fmt", "-check", "-recursive", "-no-color", str(EXAMPLE)]
    assert "" == subprocess.run(argv, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("variant", ["direct", "hub"])
def test_a_second_plan_finds_nothing_to_do(both: dict[str, Bootstrap], variant: str) -> None:
    code, said = both[variant].second_plan
    assert 0 == code, said


@pytest.mark.parametrize(("variant", "roles"), [("direct", 16), ("hub", 24)])
def test_no_trust_policy_holds_a_wildcard(both: dict[str, Bootstrap], variant: str, roles: int) -> None:
    trust = both[variant].trust()
    assert roles == len(trust)
    for statements in trust.values():
        text = json.dumps(statements)
        assert "*" not in text
        assert "?" not in text
        assert {"StringEquals"} >= {operator for s in statements for operator in s.get("Condition", {})}


@pytest.mark.parametrize(("variant", "kind"), [("direct", ""), ("hub", "hub-")])
def test_each_role_for_tokens_trusts_exactly_its_subjects(
    both: dict[str, Bootstrap], variant: str, kind: str
) -> None:
    bootstrap = both[variant]
    branches = sorted(BRANCHES.values())
    expected: dict[str, set[str]] = {}
    for name in NAMES:
        ends = {
            "plan": ["pull_request", *(f"ref:refs/heads/{b}" for b in branches)],
            "apply": [f"ref:refs/heads/{BRANCHES[name]}"],
        }
        if name == "prod" and bootstrap.prod:
            ends = {"plan": ["environment:plan-prod", *ends["plan"][1:]], "apply": ["environment:prod"]}
        for phase, some in ends.items():
            arn = bootstrap.admin_role("hub", name, phase) if kind else bootstrap.role(name, phase)
            expected[arn] = {f"{form}:{end}" for form in FORMS for end in some}
    actual = {
        arn: set(statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"])
        for arn, statements in bootstrap.trust().items()
        for statement in statements
        if statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    }
    assert expected == actual


@pytest.mark.parametrize(
    ("variant", "hub_role"), [("direct", ""), ("hub", "gitops-hub-{environment}-{phase}")]
)
def test_the_configuration_it_prints_is_valid(
    both: dict[str, Bootstrap], variant: str, hub_role: str
) -> None:
    bootstrap = both[variant]
    settings = load_settings(bootstrap.output("gitops_bot_yml"))
    expected = [
        (name, BRANCHES[name], bootstrap.role(name, "plan"), bootstrap.role(name, "apply"), hub_role)
        for name in NAMES
    ]
    actual = [
        (e.name, e.branch, e.aws.plan_role, e.aws.apply_role, (e.aws.hub_role or "").rpartition("/")[2])
        for e in settings.environments
    ]
    assert expected == actual
    assert {EXTERNAL_ID if hub_role else None} == {e.aws.external_id for e in settings.environments}


# --- who gets which role -----------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_a_pull_request_gets_the_plan_role_and_not_the_apply_role(
    direct: Bootstrap, name: str, form: str
) -> None:
    assert direct.job(f"{form}:pull_request", direct.role(name, "plan"))
    assert refused(direct.job, f"{form}:pull_request", direct.role(name, "apply"))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_a_push_gets_the_apply_role_of_its_branch_and_no_other(
    direct: Bootstrap, name: str, form: str
) -> None:
    subject = f"{form}:ref:refs/heads/{BRANCHES[name]}"
    got = [n for n in NAMES if not refused(direct.job, subject, direct.role(n, "apply"))]
    assert [name] == got


@pytest.mark.parametrize(
    "subject",
    [
        "repo:acme/infra:ref:refs/heads/feature",
        "repo:acme/infra:ref:refs/tags/develop",
        "repo:acme/infra:ref:refs/heads/gh-readonly-queue/develop/pr-1-0000000",
        "repo:acme/infra:environment:dev",
        "repo:acme/infrastructure:pull_request",
        "repo:Acme/infra:pull_request",
        "repo:acme@13/infra@34:pull_request",
    ],
)
def test_any_other_subject_gets_no_role_at_all(direct: Bootstrap, subject: str) -> None:
    roles = [direct.role(name, phase) for name in NAMES for phase in ("plan", "apply")]
    assert [] == [role for role in roles if not refused(direct.job, subject, role)]


def test_each_role_leads_to_its_own_state_role_only(direct: Bootstrap) -> None:
    pull_request = direct.job(f"{FORMS[0]}:pull_request", direct.role("dev", "plan"))
    push = direct.job(f"{FORMS[0]}:ref:refs/heads/develop", direct.role("dev", "apply"))
    every = [(n, p) for n in NAMES for p in ("plan", "apply")]

    def reached(credentials: Mapping[str, str]) -> list[tuple[str, str]]:
        arns = {pair: direct.admin_role("state", *pair) for pair in every}
        return [pair for pair, arn in arns.items() if not refused(direct.onward, credentials, arn)]

    assert [("dev", "plan")] == reached(pull_request)
    assert [("dev", "apply")] == reached(push)


# --- the hub -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["devops", "dev", "staging"])
def test_a_pull_request_walks_through_the_hub_to_the_plan_role_only(hub: Bootstrap, name: str) -> None:
    subject = f"{FORMS[0]}:pull_request"
    at_the_hub = hub.job(subject, hub.admin_role("hub", name, "plan"))
    tags = [{"Key": "phase", "Value": "plan"}]
    plan = hub.onward(at_the_hub, hub.role(name, "plan"), ExternalId=EXTERNAL_ID, Tags=tags)
    assert hub.onward(plan, hub.admin_role("state", name, "plan"))
    assert refused(hub.job, subject, hub.admin_role("hub", name, "apply"))
    others = [hub.role(n, p) for n in NAMES for p in ("plan", "apply") if (n, p) != (name, "plan")]
    assert [] == [r for r in others if not refused(hub.onward, at_the_hub, r, ExternalId=EXTERNAL_ID)]


def test_a_push_walks_through_the_hub_to_its_own_apply_role_only(hub: Bootstrap) -> None:
    at_the_hub = hub.job(f"{FORMS[1]}:ref:refs/heads/develop", hub.admin_role("hub", "dev", "apply"))
    got = [
        n for n in NAMES if not refused(hub.onward, at_the_hub, hub.role(n, "apply"), ExternalId=EXTERNAL_ID)
    ]
    assert ["dev"] == got


def test_without_the_external_id_the_hub_leads_nowhere(hub: Bootstrap) -> None:
    at_the_hub = hub.job(f"{FORMS[0]}:pull_request", hub.admin_role("hub", "dev", "plan"))
    assert refused(hub.onward, at_the_hub, hub.role("dev", "plan"))


def test_with_gates_no_pull_request_gets_roles_for_prod_but_through_them(hub: Bootstrap) -> None:
    """A dispatch on a branch, such as a promotion's, still plans."""
    subjects = ["pull_request", "ref:refs/heads/prod", "environment:plan-prod", "environment:prod"]
    got = {
        phase: [
            s
            for s in subjects
            if not refused(hub.job, f"{FORMS[0]}:{s}", hub.admin_role("hub", "prod", phase))
        ]
        for phase in ("plan", "apply")
    }
    assert {
        "plan": ["ref:refs/heads/prod", "environment:plan-prod"],
        "apply": ["environment:prod"],
    } == got


# --- the state ---------------------------------------------------------------------------------


@pytest.fixture
def states(direct: Bootstrap) -> Bootstrap:
    """dev and prod have a state and a lock."""
    for name in ("dev", "prod"):
        apply = direct.state_session(name, "apply")
        for key in (f"{name}/terraform.tfstate", f"{name}/terraform.tfstate.tflock"):
            direct.use("s3", apply, "put_object", Bucket=direct.bucket, Key=key, Body=b"{}")
    return direct


def _does(bootstrap: Bootstrap, credentials: Mapping[str, str], method: str, **more: Any) -> list[str]:
    """Of dev's and prod's state and lock: those this may be done to."""
    keys = [f"{n}/terraform.tfstate{end}" for n in ("dev", "prod") for end in ("", ".tflock")]
    return [
        key
        for key in keys
        if not refused(bootstrap.use, "s3", credentials, method, Bucket=bootstrap.bucket, Key=key, **more)
    ]


DEV = ["dev/terraform.tfstate", "dev/terraform.tfstate.tflock"]


def test_the_state_role_of_a_plan_reads_its_own_states_and_writes_nothing(states: Bootstrap) -> None:
    plan = states.state_session("dev", "plan")
    assert DEV == _does(states, plan, "get_object")
    assert [] == _does(states, plan, "put_object", Body=b"mine")
    assert [] == _does(states, plan, "delete_object")


def test_the_state_role_of_an_apply_writes_its_own_states_and_deletes_its_own_locks(
    states: Bootstrap,
) -> None:
    apply = states.state_session("dev", "apply")
    assert DEV == _does(states, apply, "get_object")
    assert DEV == _does(states, apply, "put_object", Body=b"{}")
    assert DEV[1:] == _does(states, apply, "delete_object")


def test_a_state_role_lists_below_its_own_environment(states: Bootstrap) -> None:
    plan = states.state_session("dev", "plan")
    found = states.use("s3", plan, "list_objects_v2", Bucket=states.bucket, Prefix="dev/")
    assert DEV[0] in [item["Key"] for item in found["Contents"]]
    assert refused(states.use, "s3", plan, "list_objects_v2", Bucket=states.bucket, Prefix="prod/")


def test_even_an_administrator_of_the_admin_account_is_kept_from_the_states(states: Bootstrap) -> None:
    admin = states.account("admin")
    setup = states.aws.setup_key(admin)
    wide = states.aws.put_role(admin, "administrator", role_trust(setup.caller.arn), allow("*"))
    credentials = states.onward(setup.environ(), wide)
    for method, more in (("get_object", {}), ("put_object", {"Body": b""}), ("delete_object", {})):
        assert [] == _does(states, credentials, method, **more)
    assert refused(states.use, "s3", credentials, "delete_bucket", Bucket=states.bucket)


def test_the_break_glass_role_reaches_every_state_but_cannot_delete_the_bucket(states: Bootstrap) -> None:
    admin = states.account("admin")
    setup = states.aws.setup_key(admin)
    repair = states.aws.put_role(admin, "state-repair", role_trust(setup.caller.arn), allow("*"))
    credentials = states.onward(setup.environ(), repair)
    assert 4 == len(_does(states, credentials, "get_object"))
    assert 4 == len(_does(states, credentials, "put_object", Body=b"{}"))
    assert refused(states.use, "s3", credentials, "delete_bucket", Bucket=states.bucket)


def test_terraform_plans_and_applies_with_the_backend_files_it_prints(
    direct: Bootstrap, tmp_path: Path
) -> None:
    (tmp_path / "envs").mkdir()
    for name, text in direct.output("backend_files").items():
        (tmp_path / name).write_text(text)
    (tmp_path / "loopback.tfbackend").write_text(LOOPBACK_BACKEND)
    (tmp_path / "main.tf").write_text(
        'terraform {\n  backend "s3" {}\n}\nresource "terraform_data" "one" {\n  input = 1\n}\n'
    )

    def init(phase: str, credentials: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        files = (f"-backend-config=envs/staging.{phase}.s3.tfbackend", "-backend-config=loopback.tfbackend")
        return direct.terraform(tmp_path, credentials, "init", "-reconfigure", *files)

    plan = direct.job(f"{FORMS[0]}:pull_request", direct.role("staging", "plan"))
    assert 0 == (made := init("plan", plan)).returncode, made.stderr
    planned = direct.terraform(tmp_path, plan, "plan", "-lock=false", "-detailed-exitcode")
    assert 2 == planned.returncode, planned.stderr
    locked = direct.terraform(tmp_path, plan, "plan")
    assert (1, True) == (locked.returncode, "Error acquiring the state lock" in locked.stderr)
    assert 1 == init("apply", plan).returncode

    apply = direct.job(f"{FORMS[0]}:ref:refs/heads/staging", direct.role("staging", "apply"))
    assert 0 == (made := init("apply", apply)).returncode, made.stderr
    applied = direct.terraform(tmp_path, apply, "apply", "-auto-approve")
    assert 0 == applied.returncode, applied.stderr
    s3 = direct.aws.client("s3", direct.account("admin"))
    found = s3.list_objects_v2(Bucket=direct.bucket, Prefix="staging/")["Contents"]
    assert ["staging/terraform.tfstate"] == [item["Key"] for item in found]  # and the lock is gone


# --- what the roles can do ---------------------------------------------------------------------


def test_a_plan_reads_resources_but_no_data_and_changes_nothing(direct: Bootstrap) -> None:
    account = direct.account("dev")
    direct.aws.client("s3", account).create_bucket(Bucket="acme-dev-data")
    direct.aws.client("s3", account).put_object(Bucket="acme-dev-data", Key="a", Body=b"a")
    direct.aws.client("secretsmanager", account).create_secret(Name="db", SecretString="hunter2")
    plan = direct.job(f"{FORMS[0]}:pull_request", direct.role("dev", "plan"))
    assert direct.use("ec2", plan, "describe_vpcs")
    assert direct.use("secretsmanager", plan, "describe_secret", SecretId="db")
    assert refused(direct.use, "secretsmanager", plan, "get_secret_value", SecretId="db")
    assert refused(direct.use, "s3", plan, "get_object", Bucket="acme-dev-data", Key="a")
    assert refused(direct.use, "s3", plan, "put_object", Bucket="acme-dev-data", Key="a", Body=b"")


def test_an_apply_cannot_loosen_what_holds_it(direct: Bootstrap) -> None:
    account = direct.account("dev")
    apply = direct.job(f"{FORMS[0]}:ref:refs/heads/develop", direct.role("dev", "apply"))
    boundary = f"arn:aws:iam::{account}:policy/gitops-apply-boundary"
    provider = f"arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com"
    anybody = json.dumps(policy({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}))
    everything = json.dumps(allow("*"))
    tries: list[tuple[str, dict[str, Any]]] = [
        ("create_user", {"UserName": "eve"}),
        ("create_access_key", {"UserName": "eve"}),
        ("create_role", {"RoleName": "eve", "AssumeRolePolicyDocument": anybody}),
        (
            "create_policy_version",
            {"PolicyArn": boundary, "PolicyDocument": everything, "SetAsDefault": True},
        ),
        ("delete_open_id_connect_provider", {"OpenIDConnectProviderArn": provider}),
        (
            "add_client_id_to_open_id_connect_provider",
            {"OpenIDConnectProviderArn": provider, "ClientID": "x"},
        ),
    ]
    for role in ("gitops-plan", "gitops-apply", BOOTSTRAP):
        tries += [
            ("update_assume_role_policy", {"RoleName": role, "PolicyDocument": anybody}),
            ("put_role_policy", {"RoleName": role, "PolicyName": "more", "PolicyDocument": everything}),
            ("delete_role_permissions_boundary", {"RoleName": role}),
            ("delete_role", {"RoleName": role}),
        ]
    done = [(method, more) for method, more in tries if not refused(direct.use, "iam", apply, method, **more)]
    assert [] == done
    assert refused(direct.onward, apply, f"arn:aws:iam::{account}:role/{BOOTSTRAP}")
    assert refused(direct.use, "organizations", apply, "list_accounts")


def test_an_apply_creates_roles_within_its_boundary_and_reads_itself(direct: Bootstrap) -> None:
    account = direct.account("dev")
    apply = direct.job(f"{FORMS[0]}:ref:refs/heads/develop", direct.role("dev", "apply"))
    trust = policy(
        {"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}
    )
    boundary = f"arn:aws:iam::{account}:policy/gitops-apply-boundary"
    made = direct.use(
        "iam", apply, "create_role",
        RoleName="task", AssumeRolePolicyDocument=json.dumps(trust), PermissionsBoundary=boundary,
    )  # fmt: skip
    assert f"arn:aws:iam::{account}:role/task" == made["Role"]["Arn"]
    assert direct.use("iam", apply, "get_role", RoleName="gitops-apply")
    assert direct.use("ec2", apply, "create_vpc", CidrBlock="10.0.0.0/16")
