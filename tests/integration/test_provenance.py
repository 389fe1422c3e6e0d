"""Real tokens, signed and verified over loopback."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import time
from collections.abc import Iterator, Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec.structs import replace

from gitops_bot.adapters.oidc import OidcTokens
from gitops_bot.adapters.provenance import JwtVerifier
from gitops_bot.core.errors import RunFailed
from gitops_bot.core.json_values import JsonValue
from gitops_bot.core.provenance import (
    BranchApply,
    Expectation,
    NotProven,
    Proof,
    PullRequestPlan,
    audience_of,
    check_claims,
    ledger_audience,
    proof_text,
    read_proof,
    workflow_file_of,
)
from tests.kit.oidc_issuer import KEY_ID, OidcIssuer
from tests.kit.scripted_http import DROP, Reply, ScriptedServer

SUBJECT = "repo:acme/infra:pull_request"
FILE = ".github/workflows/gitops.yml"
DIGEST, OTHER_DIGEST = "d" * 64, "e" * 64
AUDIENCE = audience_of(DIGEST)
CONFIGURATION, KEYS = "/.well-known/openid-configuration", "/.well-known/jwks"


@pytest.fixture(scope="module")
def issuer() -> Iterator[OidcIssuer]:
    with OidcIssuer(as_itself=True) as made:
        yield made


def pull_request(number: int = 7, base: str = "main") -> dict[str, Any]:
    ref = f"refs/pull/{number}/merge"
    return {"ref": ref, "base_ref": base, "workflow_ref": f"acme/infra/{FILE}@{ref}"}


def token_of(issuer: OidcIssuer, audience: str = AUDIENCE, **options: Any) -> str:
    return issuer.token(SUBJECT, audience, **{**pull_request(), **options})


def expectation(issuer: OidcIssuer) -> Expectation:
    return Expectation(issuer.url, "acme/infra", AUDIENCE, PullRequestPlan(7, "main"), (FILE,))


def complaints(issuer: OidcIssuer, token: str, expected: Expectation | None = None) -> tuple[str, ...]:
    claims = JwtVerifier(issuer.url).verify(token)
    return check_claims(claims, expected or expectation(issuer), int(time.time()))


def refusal(issuer: OidcIssuer, token: str) -> str:
    with pytest.raises(NotProven) as refused:
        JwtVerifier(issuer.url).verify(token)
    return str(refused.value)


def encoded(value: Mapping[str, object] | bytes) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def public_key(issuer: OidcIssuer) -> dict[str, Any]:
    _, document = issuer.answer(KEYS, "")
    (key,) = document["keys"]
    return dict(key)


# --- proofs that hold --------------------------------------------------------------------------


def test_a_job_s_own_token_proves_its_approval_after_it_was_stored(issuer: OidcIssuer) -> None:
    job = issuer.job(SUBJECT, **pull_request())
    token = OidcTokens(job, lambda secret: None).token(AUDIENCE)

    proof = read_proof(f"<!-- gitops-bot:approval\n{{}}\n-->{proof_text(Proof('oidc', token))}")

    assert Proof("oidc", token) == proof
    assert () == complaints(issuer, token)


def test_a_token_that_expired_since_is_still_a_proof(issuer: OidcIssuer) -> None:
    assert () == complaints(issuer, token_of(issuer, expired=True))


def test_a_token_of_a_year_ago_is_still_a_proof(issuer: OidcIssuer) -> None:
    then = int(time.time()) - 365 * 86_400
    assert () == complaints(issuer, token_of(issuer, iat=then, nbf=then, exp=then + 300))


def test_an_apply_s_token_proves_its_ledger_entry(issuer: OidcIssuer) -> None:
    audience = ledger_audience(DIGEST)
    token = issuer.token("repo:acme/infra:ref:refs/heads/main", audience)
    expected = replace(expectation(issuer), audience=audience, run=BranchApply("main"), run_id="1001")
    assert () == complaints(issuer, token, expected)


def test_the_claims_name_the_workflow_file_and_its_commit(issuer: OidcIssuer) -> None:
    claims = JwtVerifier(issuer.url).verify(token_of(issuer))
    assert (FILE, "0" * 40) == workflow_file_of(claims)


# --- genuine tokens of other runs --------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"iss": "https://token.actions.githubusercontent.com"}, "issuer"),
        ({"audience": audience_of(OTHER_DIGEST)}, "made for something else"),
        ({"audience": ledger_audience(DIGEST)}, "made for something else"),
        ({"repository": "acme/other"}, "in the repository"),
        ({"event_name": "push"}, "by the event"),
        ({"event_name": "pull_request_target"}, "by the event"),
        (pull_request(8), "ref"),
        (pull_request(base="dev"), "base branch"),
        ({"workflow_ref": f"acme/other/{FILE}@refs/heads/main"}, "another repository"),
        ({"workflow_ref": "acme/infra/.github/workflows/ci.yml@refs/pull/7/merge"}, "workflow file is"),
        ({"exp": int(time.time()) + 90_000}, "lives longer"),
    ],
)
def test_a_genuine_token_of_another_run_does_not_fit(
    issuer: OidcIssuer, options: dict[str, Any], why: str
) -> None:
    (found,) = complaints(issuer, token_of(issuer, **options))
    assert why in found


# --- forgeries ---------------------------------------------------------------------------------


def test_a_foreign_signature_is_refused(issuer: OidcIssuer) -> None:
    assert "The token's signature is not GitHub's." == refusal(issuer, token_of(issuer, forged=True))


def test_a_changed_claim_is_refused(issuer: OidcIssuer) -> None:
    header, payload, signature = token_of(issuer, audience_of(OTHER_DIGEST)).split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    forged = f"{header}.{encoded({**claims, 'aud': AUDIENCE})}.{signature}"
    assert "The token's signature is not GitHub's." == refusal(issuer, forged)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
def test_an_unsigned_token_is_refused(issuer: OidcIssuer, algorithm: str) -> None:
    payload = token_of(issuer).split(".")[1]
    for signature in ("", "AAAA"):
        forged = f"{encoded({'alg': algorithm, 'kid': KEY_ID})}.{payload}.{signature}"
        assert "The token is not signed with RS256, as GitHub's are." == refusal(issuer, forged)


def test_an_unsigned_token_that_says_rs256_is_refused(issuer: OidcIssuer) -> None:
    header, payload, _ = token_of(issuer).split(".")
    assert "The token's signature is not GitHub's." == refusal(issuer, f"{header}.{payload}.")


@pytest.mark.parametrize("form", ["pem", "jwk"])
def test_a_token_signed_with_the_public_key_as_a_shared_secret_is_refused(
    issuer: OidcIssuer, form: str
) -> None:
    published = public_key(issuer)
    key = jwt.PyJWK(published, "RS256").key
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    secret = pem if form == "pem" else json.dumps(published).encode()
    payload = token_of(issuer).split(".")[1]
    for algorithm in ("HS256", "RS256"):
        signed = f"{encoded({'alg': algorithm, 'kid': KEY_ID, 'typ': 'JWT'})}.{payload}"
        signature = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        assert refusal(issuer, f"{signed}.{encoded(signature)}") in (
            "The token is not signed with RS256, as GitHub's are.",
            "The token's signature is not GitHub's.",
        )


def test_a_key_that_the_token_brings_along_is_not_used(issuer: OidcIssuer) -> None:
    own = generate_private_key(public_exponent=65537, key_size=2048)
    brought = jwt.algorithms.RSAAlgorithm.to_jwk(own.public_key(), as_dict=True)
    claims = jwt.decode(token_of(issuer), options={"verify_signature": False})
    headers = {"kid": KEY_ID, "jwk": brought, "jku": "https://evil.example/jwks"}
    forged = jwt.encode(claims, own, "RS256", headers=headers)
    assert "The token's signature is not GitHub's." == refusal(issuer, forged)


def test_a_key_that_is_no_longer_published_asks_for_a_new_plan(issuer: OidcIssuer) -> None:
    found = refusal(issuer, token_of(issuer, key_id="kit-key-0"))
    assert "no longer publishes the key" in found
    assert "must be planned again" in found


def test_a_token_without_a_key_is_refused(issuer: OidcIssuer) -> None:
    _, payload, signature = token_of(issuer).split(".")
    assert "The token names no key." == refusal(issuer, f"{encoded({'alg': 'RS256'})}.{payload}.{signature}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "ä.ö.ü",
        "\ud800.b.c",
        f"a.{'b' * 20_000}.c",
        "e30.e30.e30",
        "W10.W10.W10",
    ],
)
def test_what_is_no_token_is_refused_with_a_sentence(issuer: OidcIssuer, text: str) -> None:
    assert refusal(issuer, text).startswith("The ")


# --- the issuer --------------------------------------------------------------------------------


def scripted(*replies: Reply, **configured: JsonValue) -> tuple[ScriptedServer, list[Reply]]:
    """A server whose configuration, after `replies`, is right but for what is given."""
    script = list(replies)
    server = ScriptedServer(script)
    document = {"issuer": server.api_url, "jwks_uri": f"{server.api_url}{KEYS}", **configured}
    script.append(Reply(200, document))
    return server, script


def failure(url: str, token: str) -> str:
    with pytest.raises(RunFailed) as failed:
        JwtVerifier(url).verify(token)
    assert "Run the job again" in failed.value.hint
    return failed.value.message


def test_the_keys_are_fetched_once_for_all_tokens_of_a_run(issuer: OidcIssuer) -> None:
    server, script = scripted()
    script.append(Reply(200, {"keys": [public_key(issuer)]}))
    with server:
        verifier = JwtVerifier(server.api_url)
        for _ in range(3):
            verifier.verify(token_of(issuer))
    assert [f"GET {CONFIGURATION}", f"GET {KEYS}"] == server.asked


@pytest.mark.parametrize("trouble", [Reply(500), Reply(503, "busy", {"Retry-After": "3600"}), DROP])
def test_a_passing_trouble_is_met_by_asking_again(issuer: OidcIssuer, trouble: Reply) -> None:
    server, script = scripted(trouble)
    script += [trouble, Reply(200, {"keys": [public_key(issuer)]})]
    with server:
        claims = JwtVerifier(server.api_url).verify(token_of(issuer))
    assert AUDIENCE == claims["aud"]


def test_an_issuer_that_stays_in_trouble_is_told_and_not_asked_for_every_token(issuer: OidcIssuer) -> None:
    with ScriptedServer([Reply(500)] * 20) as server:
        verifier = JwtVerifier(server.api_url)
        for _ in range(2):
            with pytest.raises(RunFailed, match="it answered 500"):
                verifier.verify(token_of(issuer))
    assert 4 == len(server.asked)


def test_an_issuer_that_is_down_is_told(issuer: OidcIssuer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert "it cannot be reached" in failure(f"http://127.0.0.1:{port}", token_of(issuer))


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/.well-known/jwks",
        "http://127.0.0.1:9/.well-known/jwks",
        "file:///etc/passwd",
        "",
    ],
)
def test_keys_on_another_host_are_refused(issuer: OidcIssuer, address: str) -> None:
    server, _ = scripted(jwks_uri=address)
    with server:
        assert "keys on another host" in failure(server.api_url, token_of(issuer))
    assert [f"GET {CONFIGURATION}"] == server.asked


def test_keys_on_another_host_are_refused_by_the_kit_s_issuer_too(issuer: OidcIssuer) -> None:
    with OidcIssuer(as_itself=True, keys_url=f"{issuer.url}{KEYS}") as other:
        assert "keys on another host" in failure(other.url, token_of(other))


def test_keys_behind_a_user_name_are_refused(issuer: OidcIssuer) -> None:
    server, script = scripted()
    keys = f"{server.api_url}{KEYS}".replace("//", "//user:word@")
    script[:] = [Reply(200, {"issuer": server.api_url, "jwks_uri": keys})]
    with server:
        assert "keys on another host" in failure(server.api_url, token_of(issuer))


def test_a_configuration_of_another_issuer_is_refused(issuer: OidcIssuer) -> None:
    server, _ = scripted(issuer="https://token.actions.githubusercontent.com")
    with server:
        assert "its configuration is another issuer's" in failure(server.api_url, token_of(issuer))


def test_a_redirect_is_not_followed(issuer: OidcIssuer) -> None:
    with ScriptedServer([Reply(302, "", {"Location": f"{issuer.url}{CONFIGURATION}"})]) as server:
        assert "it answered 302" in failure(server.api_url, token_of(issuer))
    assert 1 == len(server.asked)


@pytest.mark.parametrize("url", ["http://token.example", "ftp://token.example", "token.example", ""])
def test_keys_come_over_https_alone(issuer: OidcIssuer, url: str) -> None:
    assert "it is not an https address" in failure(url, token_of(issuer))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("no JSON", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        (" " * 300_000, "is too long"),
        ([], "no key for RS256"),
        ({"keys": "x"}, "no key for RS256"),
        ({"keys": [1, {}, {"kid": KEY_ID, "kty": "RSA", "n": "!", "e": 1}]}, "no key for RS256"),
        ({"keys": [{"kid": KEY_ID, "kty": "oct", "alg": "RS256", "k": "c2VjcmV0"}]}, "no key for RS256"),
    ],
)
def test_an_answer_without_usable_keys_is_told(issuer: OidcIssuer, body: Any, why: str) -> None:
    server, script = scripted()
    script.append(Reply(200, body))
    with server:
        assert why in failure(server.api_url, token_of(issuer))


@pytest.mark.parametrize("changed", [{"use": "enc"}, {"alg": "RS512"}, {"kty": "EC"}, {"d": "AQAB"}])
def test_a_key_for_something_else_is_passed_over(issuer: OidcIssuer, changed: dict[str, str]) -> None:
    server, script = scripted()
    script.append(Reply(200, {"keys": [{**public_key(issuer), **changed}]}))
    with server:
        assert "no key for RS256" in failure(server.api_url, token_of(issuer))


def test_a_private_key_is_passed_over(issuer: OidcIssuer) -> None:
    own = generate_private_key(public_exponent=65537, key_size=2048)
    published = jwt.algorithms.RSAAlgorithm.to_jwk(own, as_dict=True)
    server, script = scripted()
    script.append(Reply(200, {"keys": [{**published, "kid": KEY_ID, "key_ops": ["verify"]}]}))
    with server:
        assert "no key for RS256" in failure(server.api_url, token_of(issuer))


def test_a_key_that_is_too_short_is_passed_over(issuer: OidcIssuer) -> None:
    short = generate_private_key(public_exponent=65537, key_size=1024)
    published = jwt.algorithms.RSAAlgorithm.to_jwk(short.public_key(), as_dict=True)
    server, script = scripted()
    script.append(Reply(200, {"keys": [{**published, "kid": KEY_ID}]}))
    with server:
        assert "no key for RS256" in failure(server.api_url, token_of(issuer))
