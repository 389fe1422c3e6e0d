"""`Witness`: this run's own statements proven, and those of other runs checked."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gitops_bot.adapters.oidc import OidcTokens, claims
from gitops_bot.adapters.provenance import JwtVerifier, issuer_of
from gitops_bot.core.errors import BadInput
from gitops_bot.core.json_values import JsonValue, as_text
from gitops_bot.core.provenance import (
    CalledWorkflow,
    NotProven,
    Proof,
    called_workflow_of,
    hmac_matches,
    hmac_proof,
)

SIGNING_KEY = "GITOPS_BOT_SIGNING_KEY"
_SHORTEST_KEY = 32
_WORKFLOW = re.compile(r"[^/]+/[^/]+/(\.github/workflows/[^@/]+)@.+")


class RunWitness:
    """By the job's OIDC token where it may have one, else by a signing key where it has that."""

    def __init__(
        self, environ: Mapping[str, str], repository: str, server_url: str, oidc: OidcTokens
    ) -> None:
        self._repository = repository
        self._server_url = server_url
        self._oidc = oidc
        self._key = environ.get(SIGNING_KEY, "").encode()
        if self._key and len(self._key) < _SHORTEST_KEY:
            raise BadInput(
                f"{SIGNING_KEY} has {len(self._key)} bytes.",
                f"Use at least {_SHORTEST_KEY}, from a random source.",
            )
        found = _WORKFLOW.fullmatch(environ.get("GITHUB_WORKFLOW_REF", ""))
        self._workflow = found[1] if found else ""
        self._repository_id = environ.get("GITHUB_REPOSITORY_ID", "")
        self._verifier: JwtVerifier | None = None
        self._own: dict[str, JsonValue] | None = None

    @property
    def repository(self) -> str:
        """OWNER/REPO."""
        return self._repository

    @property
    def workflow(self) -> str:
        """The path of this run's own workflow file, "" where that is not known."""
        return self._workflow

    @property
    def issuer(self) -> str:
        """Who signs this server's tokens."""
        return issuer_of(self._server_url, as_text(self._own_claims().get("iss")))

    @property
    def repository_id(self) -> str:
        """The repository's number, "" where that is not known."""
        return self._repository_id

    @property
    def called(self) -> CalledWorkflow | None:
        """The reusable workflow this run's own job came from, if it came from one."""
        return called_workflow_of(self._own_claims())

    def _own_claims(self) -> dict[str, JsonValue]:
        """What GitHub says of this job, fresh from the runner; nothing without OIDC."""
        if self._own is None:
            self._own = claims(self._oidc.token("gitops-bot:self")) if self._oidc.available else {}
        return self._own

    def prove(self, audience: str) -> Proof | None:
        """A proof that this run says what the audience names; None where it has nothing to prove it with."""
        if self._oidc.available:
            return Proof("oidc", self._oidc.token(audience))
        if self._key:
            return Proof("hmac", hmac_proof(self._key, self._repository, audience))
        return None

    def check(self, proof: Proof, audience: str) -> dict[str, JsonValue] | None:
        """The claims of a token whose signature holds; None for an HMAC that does."""
        if proof.kind == "hmac":
            if not hmac_matches(self._key, self._repository, audience, proof.text):
                raise NotProven("It was not signed with this repository's signing key.")
            return None
        if self._verifier is None:
            self._verifier = JwtVerifier(self.issuer)
        return self._verifier.verify(proof.text)
