"""A token service like the one GitHub gives its jobs: real RS256 JWTs on loopback."""

from __future__ import annotations

import json
import secrets
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://token.actions.githubusercontent.com"
KEY_ID = "kit-key-1"
_LIFETIME = 300


@cache
def _key(name: str) -> RSAPrivateKey:
    """One key per name and process: making them is slow."""
    return generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True, slots=True)
class Job:
    """A job that may ask for tokens with its bearer."""

    subject: str
    bearer: str
    claims: Mapping[str, Any]
    expired: bool
    forged: bool
    audience_override: str | None


class OidcIssuer:
    """Signs tokens for jobs. Use it as a context manager.

    `issued` holds every JWT it signed, `bearers` every request token it gave to a job, and `asked`
    the audience of each request for a token ("" where none was named). With `as_itself` its own URL is
    the issuer it names, in its tokens and its configuration, and not GitHub's. `keys_url` is where its
    configuration says the keys are, in place of its own URL."""

    def __init__(self, *, as_itself: bool = False, keys_url: str = "") -> None:
        self.issued: list[str] = []
        self.bearers: list[str] = []
        self.asked: list[str] = []
        self._jobs: dict[str, Job] = {}
        self._failures: list[int] = []
        self._lock = threading.Lock()
        self._server = _server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.issuer = self.url if as_itself else ISSUER
        self._keys_url = keys_url or f"{self.url}/.well-known/jwks"

    def __enter__(self) -> OidcIssuer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def job(
        self,
        subject: str,
        *,
        expired: bool = False,
        forged: bool = False,
        audience_override: str | None = None,
        **claims: Any,
    ) -> dict[str, str]:
        """The environment of a job with that subject. `forged` tokens carry a foreign signature."""
        bearer = f"job-{secrets.token_urlsafe(24)}"
        number = str(len(self._jobs) + 1)
        self._jobs[number] = Job(subject, bearer, claims, expired, forged, audience_override)
        self.bearers.append(bearer)
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}/jobs/{number}/idtoken?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": bearer,
        }

    def fail_next(self, status: int, times: int = 1) -> None:
        """Answer the next requests for a token with that status."""
        with self._lock:
            self._failures.extend([status] * times)

    def token(
        self,
        subject: str,
        audience: str,
        *,
        expired: bool = False,
        forged: bool = False,
        key_id: str = KEY_ID,
        **claims: Any,
    ) -> str:
        """A token as a job with that subject gets it."""
        body = {**_claims(subject, audience, expired), "iss": self.issuer, **claims}
        signed = jwt.encode(body, _key("other" if forged else "own"), "RS256", headers={"kid": key_id})
        with self._lock:
            self.issued.append(signed)
        return signed

    def verify(self, token: str) -> dict[str, Any]:
        """The claims, if this issuer signed them, expired or not. Raises `jwt.PyJWTError`."""
        options: Any = {"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False}
        return jwt.decode(token, _key("own").public_key(), ["RS256"], options=options)

    def answer(self, target: str, authorization: str) -> tuple[int, Any]:
        """Status and JSON for a GET."""
        parts = urlsplit(target)
        if parts.path == "/.well-known/openid-configuration":
            return 200, _configuration(self.issuer, self._keys_url)
        if parts.path == "/.well-known/jwks":
            return 200, {"keys": [_public()]}
        job = self._jobs.get(parts.path.removeprefix("/jobs/").removesuffix("/idtoken"))
        if job is None:
            return 404, {"message": "Not Found"}
        return self._give(job, parse_qs(parts.query), authorization)

    def _give(self, job: Job, query: Mapping[str, list[str]], authorization: str) -> tuple[int, Any]:
        audience = query.get("audience", [""])[0]
        with self._lock:
            self.asked.append(audience)
            failure = self._failures.pop(0) if self._failures else 0
        if failure:
            return failure, {"message": "an injected failure"}
        scheme, _, bearer = authorization.partition(" ")
        if scheme.lower() != "bearer" or not secrets.compare_digest(bearer, job.bearer):
            return 401, {"message": "Unauthorized"}
        if "api-version" not in query:
            return 400, {"message": "api-version is missing"}
        audience = job.audience_override or audience or f"https://github.com/{_repository(job.subject)[0]}"
        token = self.token(job.subject, audience, expired=job.expired, forged=job.forged, **job.claims)
        return 200, {"count": len(token), "value": token}


def _repository(subject: str) -> tuple[str, str]:
    """Owner and name, from a subject like repo:OWNER/NAME:ref:refs/heads/BRANCH."""
    full = subject.split(":")[1] if subject.startswith("repo:") else "acme/infra"
    owner, _, name = full.partition("/")
    return owner, name


def _claims(subject: str, audience: str, expired: bool) -> dict[str, Any]:
    owner, name = _repository(subject)
    now = int(time.time()) - (2 * _LIFETIME if expired else 0)
    pull_request = subject.endswith(":pull_request")
    _, _, branch = subject.partition(":ref:")
    return {
        "iss": ISSUER,
        "sub": subject,
        "aud": audience,
        "repository": f"{owner}/{name}",
        "repository_owner": owner,
        "ref": branch or ("refs/pull/1/merge" if pull_request else "refs/heads/main"),
        "event_name": "pull_request" if pull_request else "push",
        "run_id": "1001",
        "run_attempt": "1",
        "workflow_ref": f"{owner}/{name}/.github/workflows/gitops.yml@{branch or 'refs/heads/main'}",
        "workflow_sha": "0" * 40,
        "sha": "0" * 40,
        "actor": "pat",
        "iat": now,
        "nbf": now - 60,
        "exp": now + _LIFETIME,
        "jti": str(uuid.uuid4()),
    }


def _configuration(issuer: str, keys_url: str) -> dict[str, Any]:
    return {
        "issuer": issuer,
        "jwks_uri": keys_url,
        "subject_types_supported": ["public", "pairwise"],
        "response_types_supported": ["id_token"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid"],
    }


def _public() -> dict[str, Any]:
    known = RSAAlgorithm.to_jwk(_key("own").public_key(), as_dict=True)
    return {**known, "kid": KEY_ID, "alg": "RS256", "use": "sig"}


def _server(issuer: OidcIssuer) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = issuer.answer(self.path, self.headers.get("Authorization", ""))
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    return server
