"""`AwsSession` against AWS on loopback: where it starts, how it goes on, what it says when it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

from gitops_bot.adapters.aws.ambient import Ambient
from gitops_bot.adapters.aws.session import CREDENTIAL_VARIABLES, AwsSession
from gitops_bot.core.aws import DEFAULT_AWS, AwsRoles, AwsSettings, Phase, RunIdentity, Source
from gitops_bot.core.environments import Environment
from gitops_bot.core.errors import CloudRefused
from tests.kit.aws import AwsAccounts, allow, aws_accounts, oidc_trust, role_trust
from tests.kit.scripted_http import Reply, ScriptedServer

DEV, ADMIN, OTHER = "222222222222", "999999999999", "333333333333"
PULL, PUSH = "repo:acme/infra:pull_request", "repo:acme/infra:ref:refs/heads/dev"
PLAN, APPLY = f"arn:aws:iam::{DEV}:role/gitops-plan", f"arn:aws:iam::{DEV}:role/gitops-apply"
HUB = f"arn:aws:iam::{ADMIN}:role/gitops-hub"
HUB_SESSION = f"arn:aws:sts::{ADMIN}:assumed-role/gitops-hub/gitops-bot-42-dev ({HUB})"
GUIDE = "https://github.com/gitops-bot/gitops-bot/blob/main/docs/how-to/aws-oidc.md"
RUN = RunIdentity("42", "acme/infra", 7, "a" * 40, "dependabot[bot]")
ROLES = AwsRoles(region="us-east-1", plan_role=PLAN, apply_role=APPLY)


NO_OTHER_WAY = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}
NAMES_THAT_LEAD_TO_CREDENTIALS = (
    "AWS_ACCESS_KEY",  # the SDK for Go takes these two for keys as well
    "AWS_SECRET_KEY",
    "AWS_SECURITY_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


@dataclass
class Desk:
    """Makes sessions for dev, and keeps what they said and masked, in one order."""

    aws: AwsAccounts
    said: list[str] = field(default_factory=list)
    now: float = 1000.0

    def mask(self, secret: str) -> None:
        self.said.append(f"mask {secret}")

    def session(
        self,
        environ: dict[str, str],
        roles: AwsRoles = ROLES,
        phase: Phase = Phase.PLAN,
        settings: AwsSettings = AwsSettings(),  # noqa: B008 - frozen
    ) -> AwsSession:
        given = {**self.aws.environ, "GITHUB_ACTIONS": "true", **environ}
        dev = Environment("dev", "dev", roles)
        return AwsSession(dev, phase, settings, RUN, given, Ambient(given), self.mask, lambda: self.now)

    def refusal(
        self, environ: dict[str, str], roles: AwsRoles = ROLES, settings: AwsSettings = DEFAULT_AWS
    ) -> tuple[str, str]:
        with pytest.raises(CloudRefused) as caught:
            self.session(environ, roles, settings=settings).open(self.said.append)
        return caught.value.message, caught.value.hint

    def lines(self) -> list[str]:
        return [line for line in self.said if not line.startswith("mask ")]


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsAccounts]:
    with aws_accounts(tmp_path_factory.mktemp("aws")) as accounts:
        accounts.put_oidc_provider(DEV)
        accounts.put_oidc_provider(ADMIN)
        accounts.enforce_iam()
        yield accounts


@pytest.fixture(autouse=True)
def no_machines_credentials(monkeypatch: pytest.MonkeyPatch, aws: AwsAccounts) -> None:
    """Whoever runs the tests may have credentials, which botocore would find in this process."""
    for name in CREDENTIAL_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in aws.environ.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def desk(aws: AwsAccounts) -> Desk:
    """Every test starts from the same roles: they trust GitHub's tokens."""
    aws.put_role(DEV, "gitops-plan", oidc_trust(DEV, PULL))
    aws.put_role(DEV, "gitops-apply", oidc_trust(DEV, PUSH))
    aws.put_role(ADMIN, "gitops-hub", oidc_trust(ADMIN, PULL), allow("sts:AssumeRole", "sts:TagSession"))
    aws.requests.clear()
    return Desk(aws)


def hub_roles(aws: AwsAccounts, **trust: object) -> AwsRoles:
    """dev's plan role trusts the hub role, and the hub role GitHub."""
    aws.put_role(DEV, "gitops-plan", role_trust(HUB, **trust))  # type: ignore[arg-type]  # the kit's own keywords
    return replace(ROLES, hub_role=HUB)


# --- sources ------------------------------------------------------------------------------------


def test_a_jobs_token_becomes_a_session_of_the_plan_role(desk: Desk) -> None:
    identity = desk.session(desk.aws.issuer.job(PULL)).open(desk.said.append)
    assert identity is not None
    assert identity.arn == f"arn:aws:sts::{DEV}:assumed-role/gitops-plan/gitops-bot-42-dev"
    assert identity.account == DEV
    assert identity.ends is not None
    assert desk.lines() == [
        "AWS: starting from the job's OIDC token for the audience sts.amazonaws.com: "
        "no keys are in the environment.",
        f"AWS: {identity.arn} in account {DEV}, until {identity.ends:%H:%M} UTC.",
    ]


def test_the_apply_phase_gets_the_apply_role(desk: Desk) -> None:
    identity = desk.session(desk.aws.issuer.job(PUSH), phase=Phase.APPLY).open(desk.said.append)
    assert identity is not None
    assert identity.arn == f"arn:aws:sts::{DEV}:assumed-role/gitops-apply/gitops-bot-42-dev"


def test_with_a_token_the_keys_in_the_environment_are_left_alone(desk: Desk) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIAUNUSED", "AWS_SECRET_ACCESS_KEY": "unused"}
    desk.session({**desk.aws.issuer.job(PULL), **keys}).open(desk.said.append)
    assert desk.lines()[0] == (
        "AWS: starting from the job's OIDC token for the audience sts.amazonaws.com: "
        "the keys in the environment are left alone; `aws: {source: ambient}` would take them."
    )


def test_keys_serve_where_the_job_may_have_no_token(desk: Desk) -> None:
    keys = desk.aws.put_user(ADMIN, "ci", allow("sts:AssumeRole", "sts:TagSession"))
    desk.aws.put_role(DEV, "gitops-plan", role_trust(f"arn:aws:iam::{ADMIN}:user/ci"))
    identity = desk.session(keys).open(desk.said.append)
    assert identity is not None
    assert (identity.account, identity.source) == (DEV, "keys")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        assert f"mask {keys[name]}" in desk.said
    assert desk.lines()[0] == (
        "AWS: starting from the keys in the environment: "
        "this job may not have an OIDC token (permission `id-token: write`)."
    )


def test_ambient_takes_the_keys_although_there_is_a_token(desk: Desk) -> None:
    keys = desk.aws.put_user(ADMIN, "ci2", allow("sts:AssumeRole", "sts:TagSession"))
    desk.aws.put_role(DEV, "gitops-plan", role_trust(f"arn:aws:iam::{ADMIN}:user/ci2"))
    ambient = AwsSettings(Source.AMBIENT)
    desk.session({**desk.aws.issuer.job(PULL), **keys}, settings=ambient).open(desk.said.append)
    assert desk.aws.seen("AssumeRoleWithWebIdentity") == []
    assert desk.lines()[0] == "AWS: starting from the keys in the environment: aws.source asks for them."


def test_the_audience_is_configurable(aws: AwsAccounts, desk: Desk) -> None:
    aws.put_oidc_provider(OTHER, ("gitops",))
    aws.put_role(OTHER, "plan", oidc_trust(OTHER, PULL, audience="gitops"))
    roles = AwsRoles("us-east-1", role=f"arn:aws:iam::{OTHER}:role/plan")
    settings = AwsSettings(audience="gitops")
    identity = desk.session(aws.issuer.job(PULL), roles, settings=settings).open(desk.said.append)
    assert identity is not None
    assert (identity.account, aws.issuer.asked[-1]) == (OTHER, "gitops")


# --- the chain ----------------------------------------------------------------------------------


def test_the_hub_role_leads_to_the_environments_role(desk: Desk) -> None:
    roles = replace(hub_roles(desk.aws, external_id="x-1"), external_id="x-1")
    identity = desk.session(desk.aws.issuer.job(PULL), roles).open(desk.said.append)
    assert identity is not None
    assert identity.account == DEV
    (first,) = desk.aws.seen("AssumeRoleWithWebIdentity")
    (second,) = desk.aws.seen("AssumeRole")
    assert [(r.params["RoleArn"], r.params["DurationSeconds"]) for r in (first, second)] == [
        (HUB, "900"),
        (PLAN, "3600"),
    ]
    assert second.params["ExternalId"] == "x-1"
    tags = {
        second.params[f"Tags.member.{n}.Key"]: second.params[f"Tags.member.{n}.Value"] for n in range(1, 6)
    }
    assert tags == {
        "Repository": "acme/infra",
        "Environment": "dev",
        "PullRequest": "7",
        "Commit": "a" * 40,
        "Actor": "dependabot_bot_",
    }


def test_tags_that_leave_no_room_are_dropped_with_a_note(desk: Desk) -> None:
    roles = hub_roles(desk.aws)
    desk.aws.packed_policy_limit = 1
    try:
        desk.session(desk.aws.issuer.job(PULL), roles).open(desk.said.append)
    finally:
        desk.aws.packed_policy_limit = None
    assert f"AWS: the session of {PLAN} goes without tags: its policies leave no room for them." in desk.said
    assert [r.status for r in desk.aws.seen("AssumeRole")] == [400, 200]


def test_from_a_sessions_keys_a_long_session_is_cut_to_one_hour(desk: Desk) -> None:
    first = desk.session(desk.aws.issuer.job(PULL), AwsRoles("us-east-1", role=HUB))
    first.open(desk.said.append)
    hub_roles(desk.aws)
    roles = AwsRoles("us-east-1", role=PLAN, session_duration=7200)
    second = desk.session(first.replace_in({}), roles)
    second.open(desk.said.append)
    assert second.seconds_left() == 3600
    assert f"AWS: {PLAN} is assumed from another session, so its own lasts 1 hour at most." in desk.said


def test_a_session_may_last_as_long_as_its_role_allows(desk: Desk) -> None:
    desk.aws.put_role(DEV, "gitops-plan", oidc_trust(DEV, PULL), max_session=43_200)
    session = desk.session(desk.aws.issuer.job(PULL), replace(ROLES, session_duration=43_200))
    session.open(desk.said.append)
    desk.now += 43_000
    assert session.seconds_left() == 200


def test_throttling_and_server_errors_are_tried_again_and_a_refusal_is_not(desk: Desk) -> None:
    desk.aws.fail_next("AssumeRoleWithWebIdentity", 400, "Throttling")
    desk.aws.fail_next("AssumeRoleWithWebIdentity", 503, "ServiceUnavailable")
    desk.session(desk.aws.issuer.job(PULL)).open(desk.said.append)
    assert [r.status for r in desk.aws.seen("AssumeRoleWithWebIdentity")] == [400, 503, 200]
    desk.aws.requests.clear()
    desk.refusal(desk.aws.issuer.job("repo:acme/infra:ref:refs/heads/other"))
    assert [r.status for r in desk.aws.seen("AssumeRoleWithWebIdentity")] == [403]


def test_a_token_service_that_stumbles_is_asked_again(desk: Desk) -> None:
    desk.aws.issuer.fail_next(503, 2)
    assert desk.session(desk.aws.issuer.job(PULL)).open(desk.said.append) is not None


# --- renewal --------------------------------------------------------------------------------------


def test_a_young_session_is_kept_and_an_older_one_renewed(desk: Desk) -> None:
    session = desk.session(desk.aws.issuer.job(PULL))
    session.open(desk.said.append)
    first = session.replace_in({})
    desk.now += 350
    session.open(desk.said.append)
    assert session.replace_in({}) == first
    desk.now += 20
    session.open(desk.said.append)
    second = session.replace_in({})
    assert second["AWS_ACCESS_KEY_ID"] != first["AWS_ACCESS_KEY_ID"]
    assert session.seconds_left() == 3600
    assert {first["AWS_SECRET_ACCESS_KEY"], second["AWS_SECRET_ACCESS_KEY"]} <= set(session.secrets)


# --- certainty ------------------------------------------------------------------------------------


def test_another_account_than_the_roles_is_refused(desk: Desk) -> None:
    desk.aws.wrong_account = OTHER
    try:
        message, hint = desk.refusal(desk.aws.issuer.job(PULL))
    finally:
        desk.aws.wrong_account = None
    assert message.startswith(f"dev: the role {PLAN} was assumed, but AWS says this is arn:aws:sts::{OTHER}:")
    assert hint == "Nothing was run. Check where AWS_ENDPOINT_URL and the proxies of this runner lead."


def test_a_configured_account_that_is_not_the_keys_account_is_refused_without_a_role(desk: Desk) -> None:
    keys = desk.aws.put_user(OTHER, "small-team")
    message, hint = desk.refusal(keys, AwsRoles("us-east-1", account_id=DEV))
    assert message == (
        f"dev: the credentials are arn:aws:iam::{OTHER}:user/small-team in account {OTHER}, "
        f"but account_id is {DEV}."
    )
    assert hint == "Nothing was run. Give the job that account's credentials, or correct account_id."


def test_without_a_role_the_keys_of_the_right_account_are_passed_on(desk: Desk) -> None:
    keys = desk.aws.put_user(DEV, "small-team")
    session = desk.session(keys, AwsRoles("eu-west-1", account_id=DEV))
    identity = session.open(desk.said.append)
    assert identity is not None
    assert (identity.account, identity.ends) == (DEV, None)
    foreign = {"AWS_ACCESS_KEY": "of another account", "AWS_SECRET_KEY": "likewise", "AWS_PROFILE": "me"}
    assert session.replace_in({**keys, **foreign}) == {
        **keys,
        **NO_OTHER_WAY,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        assert (keys[name] in session.secrets, f"mask {keys[name]}" in desk.said) == (True, True)


def test_an_account_without_a_role_and_without_keys_says_what_is_missing(desk: Desk) -> None:
    nobody = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    message, hint = desk.refusal(nobody, AwsRoles("us-east-1", account_id=DEV))
    assert message == "dev: it has an account_id and no role, and this job has no AWS credentials."
    assert hint == "Give it the account's keys, or configure plan_role and apply_role."


def test_nothing_configured_asks_nobody_and_changes_nothing(desk: Desk) -> None:
    session = desk.session({}, AwsRoles())
    assert session.open(desk.said.append) is None
    assert session.replace_in({"AWS_PROFILE": "me", "AWS_ACCESS_KEY_ID": ""}) == {"AWS_PROFILE": "me"}
    assert (desk.said, desk.aws.requests, session.seconds_left()) == ([], [], None)


# --- hygiene --------------------------------------------------------------------------------------


def test_every_secret_is_masked_before_anything_is_said_about_it(desk: Desk) -> None:
    job = desk.aws.issuer.job(PULL)
    session = desk.session(job, hub_roles(desk.aws))
    session.open(desk.said.append)
    masked = [line.removeprefix("mask ") for line in desk.said if line.startswith("mask ")]
    assert masked == list(session.secrets)
    assert len(masked) == 1 + 2 * 3  # the token, and the keys of two sessions
    assert desk.aws.issuer.issued[-1] in masked
    for line in desk.lines():
        assert not any(secret in line for secret in masked)


def test_terraform_gets_these_credentials_in_place_of_all_others(desk: Desk) -> None:
    session = desk.session(desk.aws.issuer.job(PULL))
    session.open(desk.said.append)
    given = dict.fromkeys((*CREDENTIAL_VARIABLES, *NAMES_THAT_LEAD_TO_CREDENTIALS), "other")
    child = session.replace_in({**given, "PATH": "/bin", "AWS_CONFIG_FILE": "/home/me/.aws/config"})
    keys = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
    assert {name: value for name, value in child.items() if name not in keys} == {
        "PATH": "/bin",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        **NO_OTHER_WAY,
    }
    assert "other" not in {child[name] for name in keys}


# --- failures -------------------------------------------------------------------------------------


def test_a_subject_that_is_not_trusted_is_printed_with_the_audience_and_never_the_token(desk: Desk) -> None:
    message, hint = desk.refusal(desk.aws.issuer.job("repo:acme/infra:ref:refs/heads/other"))
    assert message == (
        f"dev: AWS did not let this job assume {PLAN} with its OIDC token. The token's subject is "
        "`repo:acme/infra:ref:refs/heads/other`, its audience `sts.amazonaws.com`."
    )
    assert hint == (
        "Either the role does not exist, or its trust policy does not name exactly this subject and audience "
        f"(AWS does not say which of the two). How to write it: {GUIDE}"
    )
    assert desk.aws.issuer.issued[-1] not in message + hint + "".join(desk.lines())


def test_a_role_that_does_not_exist_is_named(desk: Desk) -> None:
    gone = f"arn:aws:iam::{DEV}:role/no-such-role"
    message, hint = desk.refusal(desk.aws.issuer.job(PULL), AwsRoles("us-east-1", role=gone))
    assert gone in message
    assert hint.startswith("Either the role does not exist, or its trust policy")


def test_a_wrong_audience_says_which_it_is_and_where_to_add_it(desk: Desk) -> None:
    job = desk.aws.issuer.job(PULL, audience_override="https://github.com/acme")
    message, hint = desk.refusal(job)
    assert message == (
        f"dev: the role {PLAN} was not assumed. AWS does not take the OIDC token: Incorrect token audience"
    )
    assert hint == (
        "The token's audience is `https://github.com/acme`. Add it to the client ids of the OIDC provider in "
        f"account {DEV}, or set aws.audience to one it has."
    )


def test_an_account_without_an_oidc_provider_is_named(desk: Desk) -> None:
    account = "444444444444"
    desk.aws.put_role(account, "plan", oidc_trust(account, PULL))
    roles = AwsRoles("us-east-1", role=f"arn:aws:iam::{account}:role/plan")
    message, hint = desk.refusal(desk.aws.issuer.job(PULL), roles)
    assert "No OpenIDConnect provider found in your account" in message
    assert hint == (
        f"Account {account} needs an OIDC provider for https://token.actions.githubusercontent.com "
        f"with the client id `sts.amazonaws.com`: {GUIDE}"
    )


def test_an_expired_token_points_at_the_clock(desk: Desk) -> None:
    message, hint = desk.refusal(desk.aws.issuer.job(PULL, expired=True))
    assert message == (
        f"dev: the role {PLAN} was not assumed. The OIDC token had expired when it came to AWS."
    )
    assert hint == "Check the runner's clock, and run the job again."


def test_a_refusal_on_the_second_hop_names_both_roles(desk: Desk) -> None:
    roles = replace(ROLES, hub_role=HUB)  # the plan role trusts GitHub only, not the hub
    message, hint = desk.refusal(desk.aws.issuer.job(PULL), roles)
    assert message == f"dev: {HUB_SESSION} may not assume {PLAN}."
    assert hint == (
        "Either the role does not exist, or its trust policy does not name this caller or wants another "
        "external_id, or the caller's own policy lacks sts:AssumeRole on it. AWS does not say which."
    )
    assert [r.status for r in desk.aws.seen("AssumeRole")] == [403]


def test_a_wrong_external_id_is_among_the_reasons(desk: Desk) -> None:
    roles = replace(hub_roles(desk.aws, external_id="right"), external_id="wrong")
    message, hint = desk.refusal(desk.aws.issuer.job(PULL), roles)
    assert message == f"dev: {HUB_SESSION} may not assume {PLAN}."
    assert "wants another external_id" in hint


def test_a_trust_policy_without_tags_says_how_to_allow_or_drop_them(desk: Desk) -> None:
    message, hint = desk.refusal(desk.aws.issuer.job(PULL), hub_roles(desk.aws, tags=False))
    assert message == f"dev: {HUB_SESSION} may not give the session of {PLAN} tags."
    assert hint == (
        "Allow sts:TagSession beside sts:AssumeRole, in the role's trust policy and in the caller's own "
        "policy, or set `aws: {session_tags: false}`."
    )


def test_a_session_longer_than_the_role_allows_says_what_to_change(desk: Desk) -> None:
    message, hint = desk.refusal(desk.aws.issuer.job(PULL), replace(ROLES, session_duration=7200))
    assert message == (
        f"dev: the role {PLAN} was not assumed. It was asked for 120 minutes: The requested DurationSeconds "
        "exceeds the MaxSessionDuration set for this role."
    )
    assert hint == "Lower aws.session_duration, or raise the role's maximum session duration."


def test_expired_keys_are_named_as_where_it_starts(desk: Desk) -> None:
    first = desk.session(desk.aws.issuer.job(PULL))
    first.open(desk.said.append)
    keys = first.replace_in({})
    desk.aws.expire(keys["AWS_ACCESS_KEY_ID"])
    message, hint = desk.refusal(keys, AwsRoles("us-east-1", role=APPLY))
    assert message == (
        f"dev: the role {APPLY} was not assumed. "
        "The credentials it starts from (the keys in the environment) have expired."
    )
    assert hint == f"Renew them, or let the job get new ones each time by OIDC: {GUIDE}"


def test_unknown_keys_are_told_apart_from_a_refusal(desk: Desk) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIANOBODYNOBODY1234", "AWS_SECRET_ACCESS_KEY": "no"}
    message, hint = desk.refusal(keys)
    assert message.startswith(
        f"dev: the role {PLAN} was not assumed. AWS does not accept the keys it starts from"
    )
    assert hint == "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN."


def test_a_missing_region_says_where_to_write_it(desk: Desk) -> None:
    message, hint = desk.refusal(desk.aws.issuer.job(PULL), replace(ROLES, region=None))
    assert message == f"dev: the role {PLAN} was not assumed: there is no AWS region."
    assert hint == (
        "Write it in the configuration, `aws: {region: us-east-1}`, for the environment or for all; "
        "or set AWS_REGION."
    )


def test_a_region_in_the_environment_will_do(desk: Desk) -> None:
    environ = {**desk.aws.issuer.job(PULL), "AWS_REGION": "eu-west-1"}
    session = desk.session(environ, replace(ROLES, region=None))
    session.open(desk.said.append)
    assert session.replace_in(environ)["AWS_REGION"] == "eu-west-1"


def test_an_sts_that_cannot_be_reached_says_where_it_was_looked_for(desk: Desk) -> None:
    environ = {**desk.aws.issuer.job(PULL), "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    message, hint = desk.refusal(environ)
    assert message.startswith(f"dev: the role {PLAN} was not assumed. STS in us-east-1 cannot be reached: ")
    assert "http://127.0.0.1:9" in message
    assert hint == "Check aws.region, the runner's network and its proxy settings (HTTPS_PROXY, NO_PROXY)."


def test_an_sts_that_stays_busy_is_given_up_after_some_attempts(desk: Desk) -> None:
    desk.aws.fail_next("AssumeRoleWithWebIdentity", 400, "Throttling", times=4)
    message, hint = desk.refusal(desk.aws.issuer.job(PULL))
    assert message == (
        f"dev: the role {PLAN} was not assumed. AWS was busy at each of several attempts (Throttling)."
    )
    assert hint == "Run the job again."


def test_a_token_service_that_refuses_is_named(desk: Desk) -> None:
    job = {**desk.aws.issuer.job(PULL), "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "wrong"}
    message, hint = desk.refusal(job)
    assert message == (
        f"dev: the role {PLAN} was not assumed: GitHub gave this job no OIDC token. "
        "Its service for that was asked, and answered 401."
    )
    assert hint == "Run the job again; if it stays, look at https://www.githubstatus.com."


def test_oidc_wanted_without_the_permission_says_which_permission(desk: Desk) -> None:
    message, hint = desk.refusal({}, settings=AwsSettings(Source.OIDC))
    assert message == (
        f"dev: the role {PLAN} was not assumed: this job may not have an OIDC token (permission "
        "`id-token: write`), and aws.source is oidc."
    )
    assert hint == (
        "Give the job `permissions: {id-token: write}`, and the workflow that calls it too. "
        "A pull request from Dependabot gets no token unless its permissions say so."
    )


def test_a_hub_role_without_the_permission_to_go_on_is_refused(desk: Desk) -> None:
    """The hub role's own policy counts too, not only the trust of the role it goes to."""
    roles = hub_roles(desk.aws)
    desk.aws.put_role(ADMIN, "gitops-hub", oidc_trust(ADMIN, PULL), allow("sts:TagSession"))
    message, _ = desk.refusal(desk.aws.issuer.job(PULL), roles)
    assert message == f"dev: {HUB_SESSION} may not assume {PLAN}."


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"),
    ],
)
def test_half_a_key_says_which_half_is_missing(desk: Desk, given: str, missing: str) -> None:
    message, hint = desk.refusal({given: "x" * 20})
    assert message == f"dev: the role {PLAN} was not assumed: {given} is set and {missing} is not."
    assert hint.startswith("Set both. A secret of GitHub's that does not exist is an empty text")


FOREIGN = {
    "a page": (200, "<html><p>Please log in</html>"),
    "a page that is XML": (403, "<html><body/></html>"),
    "other XML": (200, "<answer/>"),
    "an empty body": (503, ""),
    "text": (502, "Bad gateway"),
    "JSON": (404, '{"message": "no route"}'),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_an_answer_that_is_not_of_aws_is_named_as_that(desk: Desk, case: str) -> None:
    status, body = FOREIGN[case]
    with ScriptedServer([Reply(status, body)] * 20) as server:
        job = {**desk.aws.issuer.job(PULL), "AWS_ENDPOINT_URL": server.api_url}
        message, hint = desk.refusal(job)
    assert message.startswith(f"dev: the role {PLAN} was not assumed. ")
    assert "is not AWS" in message or "AWS was busy" in message, message
    assert hint


def test_a_region_that_was_mistyped_is_suggested(desk: Desk) -> None:
    environ = {**desk.aws.issuer.job(PULL), "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    _, hint = desk.refusal(environ, replace(ROLES, region="us-esat-1"))
    assert hint.startswith("us-esat-1 is no region that this version knows: did you mean us-east-1? ")


def test_a_profile_that_is_broken_does_not_matter_where_the_token_is_used(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").write_text("this is no [file")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    environ = {**desk.aws.issuer.job(PULL), "AWS_PROFILE": "nobody"}
    assert desk.session(environ).open(desk.said.append) is not None


def test_another_role_of_the_right_account_is_refused_too(desk: Desk) -> None:
    """What answers as STS hands out a session of another role: the account alone would not show it."""
    arn = f"arn:aws:sts::{DEV}:assumed-role/gitops-apply/stolen"
    answers = [Reply(200, ASSUMED), Reply(200, IDENTITY.format(arn=arn, account=DEV))]
    with ScriptedServer(answers) as server:
        message, _ = desk.refusal({**desk.aws.issuer.job(PULL), "AWS_ENDPOINT_URL": server.api_url})
    assert message == (
        f"dev: the role {PLAN} was assumed, but AWS says this is {arn} in account {DEV}, not in {DEV}."
    )


ASSUMED = """<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>
<AccessKeyId>ASIASTOLEN</AccessKeyId><SecretAccessKey>stolen-secret</SecretAccessKey>
<SessionToken>stolen-token</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration>
</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"""
IDENTITY = """<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{arn}</Arn><UserId>x</UserId>
<Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"""


@pytest.mark.parametrize("file", ["config", "models/sts/2011-06-15/endpoint-rule-set-1.json"])
def test_what_a_plan_left_in_the_home_folder_does_not_lead_the_next_token_elsewhere(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    """A plan runs as the bot's user, and can write to ~/.aws before a session is renewed."""
    home = tmp_path / ".aws" / file
    home.parent.mkdir(parents=True)
    home.write_text("[default]\nendpoint_url = http://127.0.0.1:9\n" if file == "config" else "{}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / ".aws/config"))
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path / ".aws/models"))
    assert desk.session(desk.aws.issuer.job(PULL)).open(desk.said.append) is not None


def test_a_refusal_counts_for_the_next_projects_too(desk: Desk) -> None:
    session = desk.session(desk.aws.issuer.job("repo:acme/infra:ref:refs/heads/other"))
    for _ in range(3):
        with pytest.raises(CloudRefused):
            session.open(desk.said.append)
    assert len(desk.aws.seen("AssumeRoleWithWebIdentity")) == 1


def test_while_sts_is_silent_a_session_with_most_of_its_life_left_serves_on(desk: Desk) -> None:
    session = desk.session(desk.aws.issuer.job(PULL))
    first = session.open(desk.said.append)
    desk.now += 1000
    desk.aws.issuer.fail_next(503, 3)
    assert session.open(desk.said.append) == first
    assert any(line.startswith("AWS: no new session, the old one lasts 43 minutes.") for line in desk.said)
    desk.now += 1000
    desk.aws.issuer.fail_next(503, 3)
    with pytest.raises(CloudRefused):
        session.open(desk.said.append)
