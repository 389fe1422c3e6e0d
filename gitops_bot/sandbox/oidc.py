"""The sandbox's OIDC issuer: signed tokens for jobs, as GitHub's service hands them out.

It stands where GitHub Enterprise Server has it, below `/_services/token`.
Source of the claims: https://docs.github.com/actions/reference/security/oidc
"""

from __future__ import annotations

import hmac
import secrets
import uuid
from functools import cache
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gitops_bot.sandbox.records import Event, Site

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

PREFIX = "/_services/token"
WORKFLOW = ".github/workflows/gitops.yml"
_KEY_ID = "sandbox"
_LIFETIME = 300


@cache
def _key() -> RSAPrivateKey:
    """One key for the process: making one takes a while."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    return generate_private_key(public_exponent=65537, key_size=2048)


class Issuer:
    """Signs tokens for the jobs it was told of."""

    def __init__(self, site: Site) -> None:
        self.url = f"{site.api_url}{PREFIX}"
        self._site = site
        self._repository = site.repository
        self._jobs: dict[str, tuple[str, dict[str, Any]]] = {}

    def job(self, event: Event, **claims: Any) -> dict[str, str]:
        """What a runner gives a job of this event that has `id-token: write`. `claims` replace some."""
        bearer, number = f"job-{secrets.token_urlsafe(24)}", str(len(self._jobs) + 1)
        self._jobs[number] = (bearer, {**self._claims(event), **claims})
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}/jobs/{number}?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": bearer,
            "GITHUB_WORKFLOW_REF": str(self._jobs[number][1]["workflow_ref"]),
        }

    def _claims(self, event: Event) -> dict[str, Any]:
        pull = event.payload.get("pull_request") or {}
        closed = event.payload.get("action") == "closed"
        context = "pull_request" if pull and not closed else f"ref:{event.ref}"
        workflow = f"{self._repository}/{WORKFLOW}@{event.ref}"
        return {
            "sub": f"repo:{self._repository}:{context}",
            "repository": self._repository,
            "repository_id": "1",
            "repository_owner": self._repository.split("/")[0],
            "event_name": event.name,
            "ref": event.ref,
            "sha": event.sha,
            "base_ref": pull["base"]["ref"] if pull else "",
            "head_ref": pull["head"]["ref"] if pull else "",
            "workflow_ref": workflow,
            "workflow_sha": event.sha,
            "job_workflow_ref": workflow,
            "job_workflow_sha": event.sha,
            "run_id": "1001",
            "run_attempt": "1",
            "actor": "pat",
        }

    def sign(self, claims: dict[str, Any], audience: str) -> str:
        """A token with these claims."""
        import jwt

        now = int(self._site.now().timestamp())
        times = {"iat": now, "nbf": now - 60, "exp": now + _LIFETIME, "jti": str(uuid.uuid4())}
        body = {"iss": self.url, "aud": audience, **times, **claims}
        return jwt.encode(body, _key(), "RS256", headers={"kid": _KEY_ID})

    def routes(self) -> list[Route]:
        """The endpoints, which take GET."""
        return [
            Route(f"{PREFIX}/.well-known/openid-configuration", self._configuration),
            Route(f"{PREFIX}/.well-known/jwks", self._keys),
            Route(f"{PREFIX}/jobs/{{number}}", self._token),
        ]

    async def _configuration(self, _request: Request) -> JSONResponse:
        return JSONResponse(
            {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/.well-known/jwks",
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public", "pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def _keys(self, _request: Request) -> JSONResponse:
        from jwt.algorithms import RSAAlgorithm

        public = RSAAlgorithm.to_jwk(_key().public_key(), as_dict=True)
        return JSONResponse({"keys": [{**public, "kid": _KEY_ID, "alg": "RS256", "use": "sig"}]})

    async def _token(self, request: Request) -> JSONResponse:
        bearer, claims = self._jobs.get(request.path_params["number"], ("", {}))
        given = request.headers.get("authorization", "").partition(" ")[2]
        if not bearer or not hmac.compare_digest(given.encode(), bearer.encode()):
            return JSONResponse({"message": "Unauthorized"}, 401)
        audience = request.query_params.get("audience", f"https://github.com/{claims['repository_owner']}")
        return JSONResponse({"value": self.sign(claims, audience)})
