"""A bare HTTP client for the sandbox: it sends what it is told and shows the whole answer."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from gitops_bot.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer with its JSON."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def message(self) -> str:
        """GitHub's error message."""
        return str(self.body["message"])

    def link(self, name: str) -> str | None:
        """The path and query of one of the Link header's targets."""
        found = re.search(rf'<http://[^/]+([^>]+)>; rel="{name}"', self.headers.get("link", ""))
        return found.group(1) if found else None


@dataclass(frozen=True, slots=True)
class SandboxClient:
    """Requests to one sandbox with one token. Paths that start with `~` are inside the repository."""

    sandbox: Sandbox
    token: str | None

    def send(self, method: str, path: str, body: object = None, raw: bytes | None = None) -> Answer:
        """One request over a connection of its own."""
        target = path.replace("~", f"/repos/{self.sandbox.repository}", 1) if path.startswith("~") else path
        connection = HTTPConnection(urlsplit(self.sandbox.api_url).netloc, timeout=20)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        try:
            connection.request(method, target, data, headers)
            response = connection.getresponse()
            text = response.read()
            found = {name.lower(): value for name, value in response.getheaders()}
        finally:
            connection.close()
        return Answer(response.status, found, json.loads(text) if text else None)

    def get(self, path: str) -> Answer:
        """GET."""
        return self.send("GET", path)

    def post(self, path: str, body: object) -> Answer:
        """POST."""
        return self.send("POST", path, body)
