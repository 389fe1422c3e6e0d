"""The AWS kit refuses what AWS refuses, and is in nobody's way otherwise."""

from __future__ import annotations

import base64
import http.client
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.kit.aws import (
    PROVIDER,
    AwsAccounts,
    allow,
    aws_accounts,
    needs_aws_provider,
    oidc_trust,
    policy,
    role_trust,
)
from tests.kit.oidc_issuer import OidcIssuer
from tests.kit.quick_go import QUICK_GO

HUB, DEV, OTHER = "111111111111", "222222222222", "333333333333"
SUBJECT = "repo:acme/infra:ref:refs/heads/dev"
AUDIENCE = "sts.amazonaws.com"


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsAccounts]:
    with aws_accounts(tmp_path_factory.mktemp("aws")) as aws:
        for account in (HUB, DEV):
            aws.put_oidc_provider(account)
        yield aws


@pytest.fixture
def aws(accounts: AwsAccounts) -> Iterator[AwsAccounts]:
    """The module's accounts; what a test switched on ends with it."""
    accounts.requests.clear()
    yield accounts
    accounts.enforce_iam(False)
    accounts.packed_policy_limit = None
    accounts.wrong_account = None


@contextmanager
def refused(code: str, status: int) -> Iterator[list[str]]:
    """The block is refused with that code; the list then holds AWS's message."""
    message: list[str] = []
    with pytest.raises(ClientError) as caught:
        yield message
    response = caught.value.response
    assert (code, status) == (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"])
    message.append(response["Error"]["Message"])


@contextmanager
def unjudged(aws: AwsAccounts) -> Iterator[None]:
    """The kit cannot judge what the block asks for, and says so."""
    with refused("KitCannotJudge", 501):
        yield
    assert aws.unjudged
    aws.unjudged.clear()


def environ_of(credentials: Mapping[str, str]) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }


def web_identity(aws: AwsAccounts, role: str, token: str, **more: Any) -> dict[str, Any]:
    """Ask for a session as any job may: unsigned."""
    request = {"RoleArn": role, "RoleSessionName": "run-1", "WebIdentityToken": token, **more}
    answer: dict[str, Any] = aws.client("sts", HUB).assume_role_with_web_identity(**request)
    return answer


def session(aws: AwsAccounts, role: str, subject: str = SUBJECT, **more: Any) -> dict[str, str]:
    """The variables of a session got with a token."""
    token = aws.issuer.token(subject, AUDIENCE)
    return environ_of(web_identity(aws, role, token, **more)["Credentials"])


def call(aws: AwsAccounts, environ: Mapping[str, str], service: str, operation: str, **params: Any) -> Any:
    with closing(aws.client_with(service, environ)) as client:
        return getattr(client, operation)(**params)


def assume(aws: AwsAccounts, environ: Mapping[str, str], role: str, **more: Any) -> dict[str, str]:
    answer = call(aws, environ, "sts", "assume_role", RoleArn=role, RoleSessionName="run-1", **more)
    return environ_of(answer["Credentials"])


def whoami(aws: AwsAccounts, environ: Mapping[str, str]) -> tuple[str, str]:
    answer = call(aws, environ, "sts", "get_caller_identity")
    return answer["Account"], answer["Arn"]


def role_with(
    aws: AwsAccounts, name: str, policy: Mapping[str, Any] | None = None, account: str = DEV, **more: Any
) -> str:
    """A role that the test's subject may take."""
    return aws.put_role(account, name, oidc_trust(account, SUBJECT), policy, **more)


# --- tokens ------------------------------------------------------------------------------------


def fetch(environ: Mapping[str, str], query: str = "", bearer: str | None = None) -> str:
    """A token, asked for as the toolkit does."""
    token = environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] if bearer is None else bearer
    url = environ["ACTIONS_ID_TOKEN_REQUEST_URL"] + query
    request = urllib.request.Request(url, headers={"Authorization": f"bearer {token}"})
    with urllib.request.urlopen(request) as answer:
        return str(json.load(answer)["value"])


def status_of(ask: Callable[[], object]) -> int:
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask()
    with caught.value as error:
        return error.code


def test_a_job_gets_a_token_with_githubs_claims_for_the_audience_it_names() -> None:
    with OidcIssuer() as issuer:
        environ = issuer.job(SUBJECT, run_id="77")
        token = fetch(environ, "&audience=sts.amazonaws.com")
        claims = issuer.verify(token)
        wanted = {
            "iss": "https://token.actions.githubusercontent.com",
            "sub": SUBJECT,
            "aud": "sts.amazonaws.com",
            "repository": "acme/infra",
            "ref": "refs/heads/dev",
            "event_name": "push",
            "run_id": "77",
        }
        assert wanted == {name: claims[name] for name in wanted}
        assert {"workflow_ref", "workflow_sha", "actor", "iat", "nbf", "exp", "jti"} <= set(claims)
        assert [token] == issuer.issued


def test_the_default_audience_is_the_owners_page() -> None:
    with OidcIssuer() as issuer:
        assert "https://github.com/acme" == issuer.verify(fetch(issuer.job(SUBJECT)))["aud"]


def test_another_jobs_bearer_gets_no_token() -> None:
    with OidcIssuer() as issuer:
        environ, other = issuer.job(SUBJECT), issuer.job("repo:acme/infra:pull_request")
        for bearer in ("", "guess", other["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]):
            assert 401 == status_of(lambda b=bearer: fetch(environ, bearer=b))  # type: ignore[misc]
        assert [] == issuer.issued


def test_an_injected_failure_of_the_token_service_ends() -> None:
    with OidcIssuer() as issuer:
        environ = issuer.job(SUBJECT)
        issuer.fail_next(503, times=2)
        assert [503, 503] == [status_of(lambda: fetch(environ)) for _ in range(2)]
        assert fetch(environ)


def test_the_published_keys_verify_a_token_and_no_forged_one() -> None:
    with OidcIssuer() as issuer:
        with urllib.request.urlopen(f"{issuer.url}/.well-known/openid-configuration") as answer:
            configuration = json.load(answer)
        keys = jwt.PyJWKClient(configuration["jwks_uri"])
        for forged in (False, True):
            token = fetch(issuer.job(SUBJECT, forged=forged))
            key = keys.get_signing_key_from_jwt(token)
            if forged:
                with pytest.raises(jwt.InvalidSignatureError):
                    jwt.decode(token, key, ["RS256"], audience="https://github.com/acme")
            else:
                jwt.decode(token, key, ["RS256"], audience="https://github.com/acme")


# --- web identities ----------------------------------------------------------------------------


def test_a_trusted_token_becomes_a_session_in_the_roles_account(aws: AwsAccounts) -> None:
    role = role_with(aws, "plan")
    answer = web_identity(aws, role, aws.issuer.token(SUBJECT, AUDIENCE))
    arn = f"arn:aws:sts::{DEV}:assumed-role/plan/run-1"
    assert arn == answer["AssumedRoleUser"]["Arn"]
    environ = environ_of(answer["Credentials"])
    assert (DEV, arn) == whoami(aws, environ)
    assert set(environ.values()) <= aws.secrets
    assert [arn] == [r.principal for r in aws.seen("sts:GetCallerIdentity")]


def test_a_token_somebody_else_signed_is_refused(aws: AwsAccounts) -> None:
    role = role_with(aws, "plan")
    with refused("InvalidIdentityToken", 400) as message:
        web_identity(aws, role, aws.issuer.token(SUBJECT, AUDIENCE, forged=True))
    assert "Couldn't retrieve verification key" in message[0]
    with refused("InvalidIdentityToken", 400) as message:
        web_identity(aws, role, "no-token-at-all")
    assert "is not a valid JWT" in message[0]


def test_an_expired_token_is_refused(aws: AwsAccounts) -> None:
    role = role_with(aws, "plan")
    with refused("ExpiredTokenException", 400) as message:
        web_identity(aws, role, aws.issuer.token(SUBJECT, AUDIENCE, expired=True))
    assert message[0].startswith("Token expired: current date/time ")


def test_an_account_without_the_provider_refuses_every_token(aws: AwsAccounts) -> None:
    role = aws.put_role(OTHER, "plan", oidc_trust(OTHER, SUBJECT))
    with refused("InvalidIdentityToken", 400) as message:
        web_identity(aws, role, aws.issuer.token(SUBJECT, AUDIENCE))
    assert [
        "No OpenIDConnect provider found in your account for https://token.actions.githubusercontent.com"
    ] == message


def test_an_audience_the_provider_does_not_list_is_refused(aws: AwsAccounts) -> None:
    with refused("InvalidIdentityToken", 400) as message:
        web_identity(aws, role_with(aws, "plan"), aws.issuer.token(SUBJECT, "https://github.com/acme"))
    assert ["Incorrect token audience"] == message


@pytest.mark.parametrize(
    ("trusted", "subject", "passes"),
    [
        ("repo:acme/infra:pull_request", "repo:acme/infra:pull_request", True),
        ("repo:acme/infra:*", "repo:acme/infra:ref:refs/heads/prod", True),
        ("repo:acme/infra:ref:refs/heads/prod", "repo:acme/infra:pull_request", False),
        ("repo:acme/infra:*", "repo:acme/infra-fork:pull_request", False),
        ("repo:Acme/infra:*", "repo:acme/infra:pull_request", False),
    ],
)
def test_the_trust_decides_about_the_subject(
    aws: AwsAccounts, trusted: str, subject: str, passes: bool
) -> None:
    role = aws.put_role(DEV, "by-subject", oidc_trust(DEV, trusted))
    if passes:
        session(aws, role, subject)
        return
    with refused("AccessDenied", 403) as message:
        session(aws, role, subject)
    assert ["Not authorized to perform sts:AssumeRoleWithWebIdentity"] == message


def test_a_missing_role_and_a_provider_of_another_account_are_refused_in_the_same_words(
    aws: AwsAccounts,
) -> None:
    missing = f"arn:aws:iam::{DEV}:role/nowhere"
    foreign = aws.put_role(DEV, "foreign", oidc_trust(HUB, SUBJECT))
    only_roles = aws.put_role(DEV, "only-roles", role_trust(f"arn:aws:iam::{DEV}:root"))
    for role in (missing, foreign, only_roles):
        with refused("AccessDenied", 403) as message:
            session(aws, role)
        assert ["Not authorized to perform sts:AssumeRoleWithWebIdentity"] == message


def test_a_condition_on_a_claim_the_kit_does_not_know_is_judged_by_nobody(aws: AwsAccounts) -> None:
    trust = oidc_trust(DEV, SUBJECT)
    trust["Statement"][0]["Condition"]["StringEquals"][f"{PROVIDER}:unheard_of"] = "x"
    role = aws.put_role(DEV, "unheard-of", trust)
    with unjudged(aws):
        session(aws, role)


def test_a_session_longer_than_the_role_allows_is_refused(aws: AwsAccounts) -> None:
    role = role_with(aws, "short")
    with refused("ValidationError", 400) as message:
        session(aws, role, DurationSeconds=3601)
    assert ["The requested DurationSeconds exceeds the MaxSessionDuration set for this role."] == message
    session(aws, role_with(aws, "long", max_session=7200), DurationSeconds=7200)


@pytest.mark.parametrize(
    ("parameter", "value", "words"),
    [
        ("RoleSessionName", "run 1", "at 'roleSessionName' failed to satisfy constraint"),
        ("RoleSessionName", "r" * 65, "length less than or equal to 64"),
        ("DurationSeconds", 899, "greater than or equal to 900"),
    ],
)
def test_parameters_out_of_bounds_are_refused(
    aws: AwsAccounts, parameter: str, value: object, words: str
) -> None:
    request = {"RoleArn": role_with(aws, "plan"), "RoleSessionName": "run-1", parameter: value}
    environ = aws.setup_key(DEV).environ()
    with refused("ValidationError", 400) as message:
        call(aws, environ, "sts", "assume_role", **request)
    assert words in message[0]


# --- roles that assume roles -------------------------------------------------------------------


def hub_and_spoke(aws: AwsAccounts, *, grants: Mapping[str, Any] | None, **trust: Any) -> tuple[str, str]:
    """Two roles: the hub's with those grants, and a spoke in another account that trusts it."""
    spoke = f"arn:aws:iam::{DEV}:role/spoke"
    hub = aws.put_role(HUB, "hub", oidc_trust(HUB, SUBJECT), grants)
    assert spoke == aws.put_role(DEV, "spoke", role_trust(hub, **trust))
    return hub, spoke


SPOKE = allow("sts:AssumeRole", "sts:TagSession", resources=(f"arn:aws:iam::{DEV}:role/spoke",))


def test_a_role_takes_another_where_both_sides_allow_it(aws: AwsAccounts) -> None:
    hub, spoke = hub_and_spoke(aws, grants=SPOKE)
    environ = assume(aws, session(aws, hub), spoke)
    assert (DEV, f"arn:aws:sts::{DEV}:assumed-role/spoke/run-1") == whoami(aws, environ)


def refused_assume(aws: AwsAccounts, environ: Mapping[str, str], role: str, **more: Any) -> str:
    with refused("AccessDenied", 403) as message:
        assume(aws, environ, role, **more)
    return message[0]


def test_neither_side_alone_lets_a_role_take_one_of_another_account(aws: AwsAccounts) -> None:
    hub, spoke = hub_and_spoke(aws, grants=None)
    words = (
        f"arn:aws:sts::{HUB}:assumed-role/hub/run-1 is not authorized to perform: sts:AssumeRole on resource:"
    )
    assert f"User: {words} {spoke}" == refused_assume(aws, session(aws, hub), spoke)
    hub, spoke = hub_and_spoke(aws, grants=SPOKE)
    aws.put_role(DEV, "spoke", role_trust(f"arn:aws:iam::{HUB}:role/another"))
    assert f"User: {words} {spoke}" == refused_assume(aws, session(aws, hub), spoke)
    missing = f"arn:aws:iam::{DEV}:role/nowhere"
    assert f"User: {words} {missing}" == refused_assume(aws, session(aws, hub), missing)


def test_trust_in_the_whole_account_leaves_it_to_the_callers_policies(aws: AwsAccounts) -> None:
    trust = role_trust(f"arn:aws:iam::{DEV}:root")
    target = aws.put_role(DEV, "target", trust)
    assert "sts:AssumeRole" in refused_assume(aws, session(aws, role_with(aws, "weak")), target)
    assume(aws, session(aws, role_with(aws, "strong", allow("sts:AssumeRole"))), target)


def test_trust_that_names_a_role_of_the_same_account_needs_no_policy_of_it(aws: AwsAccounts) -> None:
    role = role_with(aws, "named")
    target = aws.put_role(DEV, "names", role_trust(role))
    assume(aws, session(aws, role), target)


def test_a_boundary_limits_which_roles_may_be_taken(aws: AwsAccounts) -> None:
    role = role_with(aws, "bound", allow("*"), boundary=allow("s3:*"))
    target = aws.put_role(DEV, "beyond", role_trust(role))
    refused_assume(aws, session(aws, role), target)


def test_a_role_cannot_take_itself_unless_it_trusts_itself(aws: AwsAccounts) -> None:
    role = role_with(aws, "narcissus", allow("sts:AssumeRole"))
    refused_assume(aws, session(aws, role), role)


def test_an_external_id_must_be_the_trusts_own(aws: AwsAccounts) -> None:
    hub, spoke = hub_and_spoke(aws, grants=SPOKE, external_id="acme-7")
    environ = session(aws, hub)
    refused_assume(aws, environ, spoke)
    refused_assume(aws, environ, spoke, ExternalId="acme-8")
    assume(aws, environ, spoke, ExternalId="acme-7")


TAGS = [{"Key": "environment", "Value": "dev"}]


def test_tags_need_the_right_to_tag_on_both_sides(aws: AwsAccounts) -> None:
    hub, spoke = hub_and_spoke(aws, grants=SPOKE, tags=False)
    refusal = refused_assume(aws, session(aws, hub), spoke, Tags=TAGS)
    assert refusal.endswith(f"is not authorized to perform: sts:TagSession on resource: {spoke}")
    hub, spoke = hub_and_spoke(aws, grants=allow("sts:AssumeRole"))
    assert "sts:TagSession" in refused_assume(aws, session(aws, hub), spoke, Tags=TAGS)
    hub, spoke = hub_and_spoke(aws, grants=SPOKE)
    assume(aws, session(aws, hub), spoke, Tags=TAGS)
    assert "environment" == aws.seen("AssumeRole")[-1].params["Tags.member.1.Key"]


def test_tags_that_do_not_fit_are_refused(aws: AwsAccounts) -> None:
    hub, spoke = hub_and_spoke(aws, grants=SPOKE)
    environ = session(aws, hub)
    aws.packed_policy_limit = 10
    with refused("PackedPolicyTooLarge", 400) as message:
        assume(aws, environ, spoke, Tags=TAGS)
    assert "consumes 140% of allotted space" in message[0]
    assume(aws, environ, spoke)


def test_a_chained_session_lasts_one_hour_at_most(aws: AwsAccounts) -> None:
    hub, spoke = hub_and_spoke(aws, grants=SPOKE)
    aws.put_role(DEV, "spoke", role_trust(hub), max_session=7200)
    with refused("ValidationError", 400) as message:
        assume(aws, session(aws, hub), spoke, DurationSeconds=3601)
    assert message[0].endswith("exceeds the 1 hour session limit for roles assumed by role chaining.")


def test_a_users_key_takes_what_its_policies_and_the_trust_allow(aws: AwsAccounts) -> None:
    target = aws.put_role(DEV, "for-users", role_trust(f"arn:aws:iam::{HUB}:root"), max_session=7200)
    strong = aws.put_user(HUB, "strong", allow("sts:AssumeRole"))
    weak = aws.put_user(HUB, "weak")
    assume(aws, strong, target, DurationSeconds=7200)
    assert f"User: arn:aws:iam::{HUB}:user/weak is not authorized" in refused_assume(aws, weak, target)
    assert (HUB, f"arn:aws:iam::{HUB}:user/strong") == whoami(aws, strong)
    assert strong["AWS_SECRET_ACCESS_KEY"] in aws.secrets


def test_not_even_the_setup_key_takes_a_role_that_does_not_trust_it(aws: AwsAccounts) -> None:
    refused_assume(aws, aws.setup_key(DEV).environ(), role_with(aws, "plan"))


def test_a_trust_can_ask_for_the_principals_arn(aws: AwsAccounts) -> None:
    trust = role_trust(f"arn:aws:iam::{HUB}:root")
    trust["Statement"][0]["Condition"] = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{HUB}:role/hub-*"}}
    target = aws.put_role(DEV, "by-arn", trust)
    passes = role_with(aws, "hub-a", allow("sts:AssumeRole"), account=HUB)
    fails = role_with(aws, "spoke-a", allow("sts:AssumeRole"), account=HUB)
    assume(aws, session(aws, passes), target)
    refused_assume(aws, session(aws, fails), target)


# --- credentials -------------------------------------------------------------------------------

NOBODY = {"AWS_ACCESS_KEY_ID": "AKIANOBODYNOBODYNOBO", "AWS_SECRET_ACCESS_KEY": "guess"}


@pytest.mark.parametrize(
    ("service", "operation", "unknown", "expired"),
    [
        ("sts", "get_caller_identity", ("InvalidClientTokenId", 403), ("ExpiredToken", 403)),
        ("s3", "list_buckets", ("InvalidAccessKeyId", 403), ("ExpiredToken", 400)),
        ("ssm", "describe_parameters", ("UnrecognizedClientException", 400), ("ExpiredTokenException", 400)),
        ("ec2", "describe_vpcs", ("AuthFailure", 401), ("RequestExpired", 400)),
    ],
)
def test_unknown_and_expired_keys_are_refused_in_each_services_words(
    aws: AwsAccounts, service: str, operation: str, unknown: tuple[str, int], expired: tuple[str, int]
) -> None:
    with refused(*unknown):
        call(aws, NOBODY, service, operation)
    environ = session(aws, role_with(aws, "plan"))
    call(aws, environ, service, operation)
    aws.expire(environ["AWS_ACCESS_KEY_ID"])
    with refused(*expired):
        call(aws, environ, service, operation)


def test_all_sessions_of_a_role_can_be_over_and_new_ones_work(aws: AwsAccounts) -> None:
    role = role_with(aws, "plan")
    old = session(aws, role)
    aws.expire_role(role)
    with refused("ExpiredToken", 403):
        whoami(aws, old)
    assert DEV == whoami(aws, session(aws, role))[0]


def test_a_wrong_secret_and_a_wrong_session_token_are_refused(aws: AwsAccounts) -> None:
    environ = session(aws, role_with(aws, "plan"))
    with refused("SignatureDoesNotMatch", 403):
        whoami(aws, {**environ, "AWS_SECRET_ACCESS_KEY": "guess"})
    with refused("InvalidClientTokenId", 403):
        whoami(aws, {**environ, "AWS_SESSION_TOKEN": "guess"})


def test_a_request_without_credentials_is_refused(aws: AwsAccounts) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught, urllib.request.urlopen(f"{aws.url}/bucket/key"):
        pass
    with caught.value as error:
        assert 403 == error.code


def test_a_child_is_told_nothing_secret(aws: AwsAccounts) -> None:
    text = json.dumps(aws.environ)
    assert aws.url in text
    assert not any(secret in text for secret in aws.secrets)


# --- faults ------------------------------------------------------------------------------------


def test_throttling_and_server_errors_can_be_injected(aws: AwsAccounts) -> None:
    role = role_with(aws, "plan")
    aws.fail_next("sts:AssumeRoleWithWebIdentity", times=2)
    aws.fail_next("AssumeRoleWithWebIdentity", 503, "ServiceUnavailable")
    for code, status in (("Throttling", 400), ("Throttling", 400), ("ServiceUnavailable", 503)):
        with refused(code, status):
            session(aws, role)
    session(aws, role)
    assert [400, 400, 503, 200] == [r.status for r in aws.seen("AssumeRoleWithWebIdentity")]


def test_the_caller_can_be_said_to_be_in_another_account(aws: AwsAccounts) -> None:
    environ = session(aws, role_with(aws, "plan"))
    aws.wrong_account = OTHER
    assert (OTHER, f"arn:aws:sts::{OTHER}:assumed-role/plan/run-1") == whoami(aws, environ)


# --- policies ----------------------------------------------------------------------------------


def test_nothing_is_checked_until_iam_is_enforced(aws: AwsAccounts) -> None:
    environ = session(aws, role_with(aws, "plan"))
    call(aws, environ, "sns", "create_topic", Name="unchecked")
    aws.enforce_iam()
    with refused("AuthorizationError", 403) as message:
        call(aws, environ, "sns", "create_topic", Name="unchecked")
    who = f"User: arn:aws:sts::{DEV}:assumed-role/plan/run-1 is not authorized to perform: SNS:CreateTopic"
    resource = f"on resource: arn:aws:sns:us-east-1:{DEV}:unchecked"
    reason = "because no identity-based policy allows the SNS:CreateTopic action"
    assert [f"{who} {resource} {reason}"] == message
    assert DEV == whoami(aws, environ)[0]
    aws.client("sns", DEV).create_topic(Name="by-the-kit")


@pytest.mark.parametrize(
    ("service", "operation", "params", "code", "status"),
    [
        (
            "ssm",
            "put_parameter",
            {"Name": "/a", "Value": "1", "Type": "String"},
            "AccessDeniedException",
            400,
        ),
        ("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16"}, "UnauthorizedOperation", 403),
        ("iam", "create_user", {"UserName": "eve"}, "AccessDenied", 403),
        ("s3", "create_bucket", {"Bucket": "eve"}, "AccessDenied", 403),
        ("lambda", "list_functions", {}, "AccessDeniedException", 403),
        ("route53", "list_hosted_zones", {}, "AccessDenied", 403),
        ("cloudwatch", "list_metrics", {}, "AccessDeniedException", 400),
    ],
)
def test_each_protocol_has_its_own_refusal(
    aws: AwsAccounts, service: str, operation: str, params: dict[str, Any], code: str, status: int
) -> None:
    environ = session(aws, role_with(aws, "plan", allow("sqs:*")))
    aws.enforce_iam()
    with refused(code, status) as message:
        call(aws, environ, service, operation, **params)
    assert (
        f"User: arn:aws:sts::{DEV}:assumed-role/plan/run-1 is not authorized to perform: {service}:"
        in message[0]
    )


def test_resources_and_deny_and_the_exceptions_of_both_are_honoured(aws: AwsAccounts) -> None:
    topics = f"arn:aws:sns:us-east-1:{DEV}"
    statements = (
        {"Effect": "Allow", "Action": "sns:*", "Resource": [f"{topics}:app-?", f"{topics}:locked"]},
        {"Effect": "Deny", "Action": "sns:Create*", "Resource": f"{topics}:locked"},
        {
            "Effect": "Allow",
            "NotAction": ["sns:*", "iam:*"],
            "NotResource": "arn:aws:ssm:*:*:parameter/secret/*",
        },
    )
    environ = session(aws, role_with(aws, "mixed", policy(*statements)))
    aws.enforce_iam()
    call(aws, environ, "sns", "create_topic", Name="app-1")
    call(aws, environ, "ssm", "put_parameter", Name="/open/a", Value="1", Type="String")
    with refused("AuthorizationError", 403) as message:
        call(aws, environ, "sns", "create_topic", Name="locked")
    assert message[0].endswith(" with an explicit deny in an identity-based policy")
    with refused("AuthorizationError", 403):
        call(aws, environ, "sns", "create_topic", Name="app-12")
    with refused("AccessDeniedException", 400):
        call(aws, environ, "ssm", "put_parameter", Name="/secret/a", Value="1", Type="String")
    with refused("AccessDenied", 403):
        call(aws, environ, "iam", "list_roles")


def test_a_boundary_limits_what_the_policies_allow(aws: AwsAccounts) -> None:
    boundary = policy(
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "iam:*", "Resource": "*"},
    )
    role = role_with(aws, "bounded", allow("*"), boundary=boundary)
    environ = session(aws, role)
    aws.enforce_iam()
    call(aws, environ, "sns", "list_topics")
    with refused("AccessDenied", 403) as message:
        call(aws, environ, "iam", "list_roles")
    assert message[0].endswith("with an explicit deny in a permissions boundary")
    role_with(aws, "bounded", allow("*"), boundary=allow("ssm:*"))
    with refused("AuthorizationError", 403) as message:
        call(aws, environ, "sns", "list_topics")
    assert "because no permissions boundary allows the SNS:ListTopics action" in message[0]


def test_attached_policies_count_from_the_moment_they_are_attached(aws: AwsAccounts) -> None:
    environ = session(aws, role_with(aws, "attached"))
    aws.enforce_iam()
    with refused("AuthorizationError", 403):
        call(aws, environ, "sns", "list_topics")
    iam = aws.client("iam", DEV)
    made = iam.create_policy(PolicyName="topics", PolicyDocument=json.dumps(allow("sns:List*")))
    iam.attach_role_policy(RoleName="attached", PolicyArn=made["Policy"]["Arn"])
    call(aws, environ, "sns", "list_topics")


def test_conditions_decide_and_unknown_ones_are_judged_by_nobody(aws: AwsAccounts) -> None:
    def with_condition(condition: Mapping[str, Any]) -> dict[str, str]:
        statement = {"Effect": "Allow", "Action": "sns:*", "Resource": "*", "Condition": condition}
        return session(aws, role_with(aws, "conditional", policy(statement)))

    role = f"arn:aws:iam::{DEV}:role/conditional"
    aws.enforce_iam()
    for passing in (
        {"StringEquals": {"aws:PrincipalArn": role}, "Bool": {"aws:SecureTransport": True}},
        {"StringNotEquals": {"aws:PrincipalAccount": HUB}},
        {"StringLike": {"aws:RequestedRegion": ["eu-*", "us-*"]}},
        {"Null": {"aws:PrincipalTag/team": "true"}},
        {"StringEqualsIfExists": {"aws:PrincipalTag/team": "a"}},
        {"ForAnyValue:StringEquals": {"aws:PrincipalAccount": [DEV]}},
    ):
        call(aws, with_condition(passing), "sns", "list_topics")
    for failing in (
        {"StringEquals": {"aws:PrincipalArn": f"arn:aws:sts::{DEV}:assumed-role/conditional/run-1"}},
        {"StringEquals": {"aws:PrincipalTag/team": "a"}},
        {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/cond*"}},
    ):
        environ = with_condition(failing)
        with refused("AuthorizationError", 403):
            call(aws, environ, "sns", "list_topics")
    for unknown in (
        {"IpAddress": {"aws:PrincipalArn": "10.0.0.0/8"}},
        {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
    ):
        environ = with_condition(unknown)
        with unjudged(aws):
            call(aws, environ, "sns", "list_topics")


def test_a_deny_on_a_resource_the_kit_cannot_tell_is_judged_by_nobody(aws: AwsAccounts) -> None:
    statements = (
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": f"arn:aws:ec2:*:{DEV}:vpc/vpc-1"},
    )
    environ = session(aws, role_with(aws, "deny-some", policy(*statements)))
    aws.enforce_iam()
    call(aws, environ, "sns", "list_topics")
    with unjudged(aws):
        call(aws, environ, "ec2", "delete_vpc", VpcId="vpc-1")


def test_a_session_policy_limits_the_session(aws: AwsAccounts) -> None:
    limits = json.dumps(allow("sns:ListTopics"))
    environ = session(aws, role_with(aws, "wide", allow("*")), Policy=limits)
    aws.enforce_iam()
    call(aws, environ, "sns", "list_topics")
    with refused("AuthorizationError", 403) as message:
        call(aws, environ, "sns", "create_topic", Name="x")
    assert message[0].endswith("because no session policy allows the SNS:CreateTopic action")


def test_a_parameter_the_kit_does_not_know_is_judged_by_nobody(aws: AwsAccounts) -> None:
    with unjudged(aws):
        session(aws, role_with(aws, "plan"), ProviderId="www.amazon.com")


def test_a_role_with_a_path_is_found_under_its_whole_arn_only(aws: AwsAccounts) -> None:
    role = role_with(aws, "team/deep")
    assert f"arn:aws:iam::{DEV}:role/team/deep" == role
    assert f"arn:aws:sts::{DEV}:assumed-role/deep/run-1" == whoami(aws, session(aws, role))[1]
    with refused("AccessDenied", 403):
        session(aws, f"arn:aws:iam::{DEV}:role/deep")


def test_session_tags_take_part_in_conditions(aws: AwsAccounts) -> None:
    condition = {"StringEquals": {"aws:PrincipalTag/environment": "dev"}}
    statement = {"Effect": "Allow", "Action": "sns:*", "Resource": "*", "Condition": condition}
    hub, spoke = hub_and_spoke(aws, grants=SPOKE)
    aws.put_role(DEV, "spoke", role_trust(hub), policy(statement))
    environ = session(aws, hub)
    tagged, untagged = assume(aws, environ, spoke, Tags=TAGS), assume(aws, environ, spoke)
    aws.enforce_iam()
    call(aws, tagged, "sns", "list_topics")
    with refused("AuthorizationError", 403):
        call(aws, untagged, "sns", "list_topics")


# --- S3 ----------------------------------------------------------------------------------------


def test_s3_actions_are_told_from_the_request(aws: AwsAccounts) -> None:
    bucket, arn = "told-apart", "arn:aws:s3:::told-apart"
    aws.client("s3", DEV).create_bucket(Bucket=bucket)
    aws.client("s3", DEV).put_object(Bucket=bucket, Key="dev/a", Body=b"1")
    grants = policy(
        {"Effect": "Allow", "Action": ["s3:Get?bject", "s3:PUTobject"], "Resource": f"{arn}/dev/*"},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": arn,
         "Condition": {"StringLike": {"s3:prefix": "dev/*"}}},
        {"Effect": "Allow", "Action": "s3:GetBucketVersioning", "Resource": arn},
    )  # fmt: skip
    environ = session(aws, role_with(aws, "s3", grants))
    aws.enforce_iam()
    allowed: list[tuple[str, dict[str, Any]]] = [
        ("get_object", {"Key": "dev/a"}),
        ("head_object", {"Key": "dev/a"}),
        ("put_object", {"Key": "dev/b", "Body": b"2"}),
        ("list_objects_v2", {"Prefix": "dev/"}),
        ("get_bucket_versioning", {}),
        ("create_multipart_upload", {"Key": "dev/c"}),
    ]
    denied: list[tuple[str, dict[str, Any]]] = [
        ("get_object", {"Key": "prod/a"}),
        ("delete_object", {"Key": "dev/a"}),
        ("delete_objects", {"Delete": {"Objects": [{"Key": "dev/a"}]}}),
        ("list_objects_v2", {}),
        ("get_bucket_policy", {}),
        ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Enabled"}}),
        ("copy_object", {"Key": "dev/x", "CopySource": f"{bucket}/prod/a"}),
        ("get_object_tagging", {"Key": "dev/a"}),
        ("delete_bucket", {}),
    ]
    for operation, params in allowed:
        call(aws, environ, "s3", operation, Bucket=bucket, **params)
    for operation, params in denied:
        with refused("AccessDenied", 403):
            call(aws, environ, "s3", operation, Bucket=bucket, **params)
    with refused("403", 403):
        call(aws, environ, "s3", "head_object", Bucket=bucket, Key="prod/a")


def test_an_objects_old_versions_need_actions_of_their_own(aws: AwsAccounts) -> None:
    s3 = aws.client("s3", DEV)
    s3.create_bucket(Bucket="versions")
    s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket="versions", Key="a", Body=b"1")["VersionId"]
    which = {"Bucket": "versions", "Key": "a", "VersionId": version}
    environ = session(aws, role_with(aws, "newest-only", allow("s3:GetObject", "s3:DeleteObject")))
    aws.enforce_iam()
    for operation in ("get_object", "delete_object"):
        with refused("AccessDenied", 403) as message:
            call(aws, environ, "s3", operation, **which)
        assert "ObjectVersion on resource" in message[0]


def test_who_may_not_list_is_not_told_that_an_object_is_missing(aws: AwsAccounts) -> None:
    aws.client("s3", DEV).create_bucket(Bucket="quiet")
    reader = session(aws, role_with(aws, "reader", allow("s3:GetObject")))
    lister = session(aws, role_with(aws, "lister", allow("s3:GetObject", "s3:ListBucket")))
    aws.enforce_iam()
    with refused("AccessDenied", 403) as message:
        call(aws, reader, "s3", "get_object", Bucket="quiet", Key="gone")
    assert "is not authorized to perform: s3:ListBucket" in message[0]
    with refused("NoSuchKey", 404):
        call(aws, lister, "s3", "get_object", Bucket="quiet", Key="gone")


def put_bucket_policy(aws: AwsAccounts, bucket: str, *statements: Mapping[str, Any]) -> None:
    both = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    document = policy(*({"Resource": both, **s} for s in statements))
    aws.client("s3", HUB).put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))


def test_a_bucket_of_another_account_needs_both_policies(aws: AwsAccounts) -> None:
    aws.client("s3", HUB).create_bucket(Bucket="states")
    role = role_with(aws, "cross", allow("s3:*"))
    weak = role_with(aws, "cross-weak")
    aws.enforce_iam()
    put = {"Bucket": "states", "Key": "dev", "Body": b"1"}
    with refused("AccessDenied", 403) as message:
        call(aws, session(aws, role), "s3", "put_object", **put)
    assert message[0].endswith("because no resource-based policy allows the s3:PutObject action")
    put_bucket_policy(
        aws, "states", {"Effect": "Allow", "Principal": {"AWS": [role, weak]}, "Action": "s3:*"}
    )
    call(aws, session(aws, role), "s3", "put_object", **put)
    with refused("AccessDenied", 403):
        call(aws, session(aws, weak), "s3", "put_object", **put)


def test_a_bucket_policy_that_names_a_role_of_its_own_account_is_enough(aws: AwsAccounts) -> None:
    aws.client("s3", HUB).create_bucket(Bucket="shared")
    named = role_with(aws, "named-by-bucket", account=HUB)
    whole = f"arn:aws:iam::{HUB}:root"
    put = {"Bucket": "shared", "Key": "a", "Body": b"1"}
    aws.enforce_iam()
    put_bucket_policy(aws, "shared", {"Effect": "Allow", "Principal": {"AWS": whole}, "Action": "s3:*"})
    with refused("AccessDenied", 403):
        call(aws, session(aws, named), "s3", "put_object", **put)
    put_bucket_policy(aws, "shared", {"Effect": "Allow", "Principal": {"AWS": named}, "Action": "s3:*"})
    call(aws, session(aws, named), "s3", "put_object", **put)


def test_a_bucket_can_deny_everybody_but_one_role(aws: AwsAccounts) -> None:
    aws.client("s3", HUB).create_bucket(Bucket="guarded")
    inside = role_with(aws, "inside", allow("s3:*"), account=HUB)
    outside = role_with(aws, "outside", allow("s3:*"), account=HUB)
    statement = {
        "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": [inside]}},
    }  # fmt: skip
    put_bucket_policy(aws, "guarded", statement)
    aws.enforce_iam()
    put = {"Bucket": "guarded", "Key": "a", "Body": b"1"}
    call(aws, session(aws, inside), "s3", "put_object", **put)
    with refused("AccessDenied", 403) as message:
        call(aws, session(aws, outside), "s3", "put_object", **put)
    resource = 'is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::guarded/a"'
    assert message[0].endswith(f"{resource} with an explicit deny in a resource-based policy")
    call(aws, session(aws, outside), "s3", "get_object", Bucket="guarded", Key="a")


def test_a_bucket_policy_is_read_back_and_deleted(aws: AwsAccounts) -> None:
    s3 = aws.client("s3", HUB)
    s3.create_bucket(Bucket="with-policy")
    with refused("NoSuchBucketPolicy", 404):
        s3.get_bucket_policy(Bucket="with-policy")
    put_bucket_policy(aws, "with-policy", {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket"})
    assert "s3:DeleteBucket" in s3.get_bucket_policy(Bucket="with-policy")["Policy"]
    s3.delete_bucket_policy(Bucket="with-policy")
    with refused("NoSuchBucketPolicy", 404):
        s3.get_bucket_policy(Bucket="with-policy")


# --- the wire ----------------------------------------------------------------------------------


def test_bodies_go_through_whole_in_both_directions(aws: AwsAccounts) -> None:
    s3 = aws.client("s3", DEV)
    s3.create_bucket(Bucket="bodies")
    body = os.urandom(3_000_000)
    for key in ("plain", "with space+plus/é&=?#%25"):
        s3.put_object(Bucket="bodies", Key=key, Body=body, ChecksumAlgorithm="SHA256")
        assert body == s3.get_object(Bucket="bodies", Key=key)["Body"].read()
        assert len(body) == s3.head_object(Bucket="bodies", Key=key)["ContentLength"]
    part = s3.get_object(Bucket="bodies", Key="plain", Range="bytes=10-19")
    assert (206, body[10:20]) == (part["ResponseMetadata"]["HTTPStatusCode"], part["Body"].read())


class StreamingAuth(S3SigV4Auth):  # type: ignore[misc]  # botocore has no types
    """Signs the headers, and leaves the body to its trailer."""

    def payload(self, request: AWSRequest) -> str:
        return "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


def test_an_upload_in_aws_chunks_arrives_unwrapped(aws: AwsAccounts) -> None:
    s3 = aws.client("s3", DEV)
    s3.create_bucket(Bucket="chunks")
    key = aws.setup_key(DEV)
    checksum = base64.b64encode(zlib.crc32(b"hello world").to_bytes(4, "big")).decode()
    headers = {
        "Content-Encoding": "aws-chunked",
        "X-Amz-Decoded-Content-Length": "11",
        "X-Amz-Trailer": "x-amz-checksum-crc32",
    }
    request = AWSRequest("PUT", f"{aws.url}/chunks/a", headers=headers)
    StreamingAuth(Credentials(key.access_key, key.secret), "s3", "us-east-1").add_auth(request)
    frames = [b"6\r\nhello \r\n", b"5\r\nworld\r\n", f"0\r\nx-amz-checksum-crc32:{checksum}\r\n\r\n".encode()]
    with closing(http.client.HTTPConnection(urlsplit(aws.url).netloc, timeout=5)) as connection:
        connection.request(
            "PUT", "/chunks/a", iter(frames), dict(request.headers.items()), encode_chunked=True
        )
        answer = connection.getresponse()
        assert 200 == answer.status, answer.read()
    assert b"hello world" == s3.get_object(Bucket="chunks", Key="a")["Body"].read()


def test_a_lock_object_is_made_once(aws: AwsAccounts) -> None:
    s3 = aws.client("s3", DEV)
    s3.create_bucket(Bucket="locks")
    s3.put_object(Bucket="locks", Key="a.tflock", Body=b"1", IfNoneMatch="*")
    with refused("PreconditionFailed", 412):
        s3.put_object(Bucket="locks", Key="a.tflock", Body=b"2", IfNoneMatch="*")


def test_a_client_that_waits_for_100_continue_is_told_to_go_on(aws: AwsAccounts) -> None:
    address = urlsplit(aws.url)
    head = f"PUT /b/k HTTP/1.1\r\nHost: {address.netloc}\r\nExpect: 100-continue\r\n"
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=5) as client:
        client.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        assert client.recv(100).startswith(b"HTTP/1.1 100 Continue")
        client.sendall(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: 1\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 403 ")


def test_many_clients_at_once_are_served(aws: AwsAccounts) -> None:
    environ = session(aws, role_with(aws, "many", allow("ssm:*")))
    aws.enforce_iam()
    with closing(aws.client_with("ssm", environ)) as ssm, ThreadPoolExecutor(20) as pool:
        names = [f"/many/{n}" for n in range(60)]
        list(pool.map(lambda n: ssm.put_parameter(Name=n, Value="1", Type="String"), names))
        pages = list(ssm.get_paginator("get_parameters_by_path").paginate(Path="/many"))
    assert 60 == sum(len(page["Parameters"]) for page in pages)
    assert 60 == len(aws.seen("ssm:PutParameter"))


def test_a_client_cannot_choose_its_account(aws: AwsAccounts) -> None:
    environ = session(aws, role_with(aws, "chooser"))
    with closing(aws.client_with("sns", environ)) as sns:
        sns.meta.events.register(
            "before-sign.sns", lambda request, **_: request.headers.add_header("x-moto-account-id", HUB)
        )
        made = sns.create_topic(Name="whose")["TopicArn"]
    assert f"arn:aws:sns:us-east-1:{DEV}:whose" == made


def test_moto_ends_with_the_block(tmp_path: Path) -> None:
    with aws_accounts(tmp_path) as aws:
        port = aws._port
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection("127.0.0.1", port, timeout=5).connect()


def test_moto_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    program = (
        "from tests.kit.aws import _moto\nimport os\nwith _moto() as p: print(p, flush=True); os._exit(9)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    port, deadline = int(done.stdout), time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.02)
    pytest.fail("moto lives on")


# --- the real terraform ------------------------------------------------------------------------

MAIN = """\
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
  backend "s3" {
    bucket                      = "tfstate"
    key                         = "dev/stack.tfstate"
    region                      = "us-east-1"
    use_lockfile                = true
    use_path_style              = true
    skip_requesting_account_id  = true
  }
}

provider "aws" {
  region            = "us-east-1"
  s3_use_path_style = true
}

resource "aws_ssm_parameter" "size" {
  name  = "/dev/size"
  type  = "String"
  value = "small"
}
"""


def test_the_real_terraform_works_through_the_front_within_its_policies(
    aws: AwsAccounts, tmp_path: Path
) -> None:
    cli_config = needs_aws_provider()
    aws.client("s3", DEV).create_bucket(Bucket="tfstate")
    (tmp_path / "main.tf").write_text(MAIN)
    objects = "arn:aws:s3:::tfstate/dev/*"
    read: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::tfstate"},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": objects},
        {"Effect": "Allow", "Action": ["ssm:Get*", "ssm:Describe*", "ssm:List*"], "Resource": "*"},
    ]
    write: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": objects},
        {"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": f"{objects}.tflock"},
        {"Effect": "Allow", "Action": "ssm:*", "Resource": f"arn:aws:ssm:us-east-1:{DEV}:parameter/dev/*"},
    ]
    plan_role = session(aws, role_with(aws, "tf-plan", policy(*read)))
    apply_role = session(aws, role_with(aws, "tf-apply", policy(*read, *write)))
    aws.enforce_iam()

    def terraform(credentials: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
        environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TF_CLI_CONFIG_FILE": cli_config}
        environ |= QUICK_GO
        command = ["terraform", arguments[0], "-input=false", "-no-color", *arguments[1:]]
        return subprocess.run(
            command, cwd=tmp_path, check=False, text=True, capture_output=True,
            env={**environ, **aws.environ, **credentials},
        )  # fmt: skip

    for credentials, arguments in (
        (plan_role, ["init"]),
        (plan_role, ["plan", "-lock=false", "-out=plan"]),
        (apply_role, ["apply", "plan"]),
    ):
        done = terraform(credentials, *arguments)
        assert 0 == done.returncode, done.stdout + done.stderr
    assert "small" == aws.client("ssm", DEV).get_parameter(Name="/dev/size")["Parameter"]["Value"]
    assert [200] == [r.status for r in aws.seen("ssm:PutParameter")]
    locks = [r.action for r in aws.requests if r.resource.endswith(".tflock")]
    assert ["PutObject", "GetObject", "DeleteObject"] == locks

    refusal = terraform(plan_role, "destroy", "-auto-approve")
    assert 0 != refusal.returncode
    words = " ".join(refusal.stderr.split())
    assert "Error acquiring the state lock" in words
    assert "is not authorized to perform: s3:PutObject" in words
    assert [] == aws.unjudged
