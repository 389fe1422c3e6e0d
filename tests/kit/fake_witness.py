"""A witness for tests: its tokens are signed with a key of the test, its claims are the run's."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gitops_bot.core.json_values import JsonValue, as_object
from gitops_bot.core.provenance import CalledWorkflow, NotProven, Proof

ISSUER = "https://token.example"
GENUINE = b"the issuer's own key"


@dataclass
class FakeWitness:
    """Implements `ports.Witness`. `key` None: this run has no token."""

    clock: Callable[[], datetime]
    claims: Mapping[str, JsonValue] = field(default_factory=dict)
    key: bytes | None = GENUINE
    repository: str = "acme/infra"
    repository_id: str = "1"
    workflow: str = ".github/workflows/gitops.yml"
    issuer: str = ISSUER
    called: CalledWorkflow | None = None

    def prove(self, audience: str) -> Proof | None:
        """A token with the claims of this run."""
        if self.key is None:
            return None
        now = int(self.clock().timestamp())
        body = {"iss": self.issuer, "aud": audience, "iat": now, "exp": now + 300, **self.claims}
        start = f"{_encoded(b'{}')}.{_encoded(json.dumps(body).encode())}"
        return Proof("oidc", f"{start}.{_signature(self.key, start)}")

    def check(self, proof: Proof, audience: str) -> dict[str, JsonValue] | None:
        """The claims of a token that the genuine key signed."""
        start, _, signature = proof.text.rpartition(".")
        if signature != _signature(GENUINE, start):
            raise NotProven("Its signature does not hold.")
        body = start.partition(".")[2]
        return as_object(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _signature(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
