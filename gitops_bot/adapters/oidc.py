"""GitHub's OIDC tokens: signed statements about this job, for one audience each.

Source: https://docs.github.com/actions/reference/security/oidc
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from gitops_bot.core.errors import CloudUnreachable
from gitops_bot.core.json_values import JsonValue, as_object, as_text, read_json

if TYPE_CHECKING:
    from requests import PreparedRequest

REQUEST_URL, REQUEST_TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
_TIMEOUT = (5, 10)
_ATTEMPTS = 3


class OidcTokens:
    """Asks the runner for tokens. Each one is masked before anything else happens."""

    def __init__(self, environ: Mapping[str, str], mask: Callable[[str], None]) -> None:
        self._url = environ.get(REQUEST_URL, "").strip()
        self._bearer = environ.get(REQUEST_TOKEN, "").strip()
        self._mask = mask

    @property
    def available(self) -> bool:
        """Whether this job may have tokens: it has the permission `id-token: write`."""
        return bool(self._url and self._bearer)

    def token(self, audience: str) -> str:
        """A new token. Raises `CloudUnreachable`."""
        import requests
        from requests.adapters import HTTPAdapter
        from urllib3.util import Retry

        retry = Retry(
            total=_ATTEMPTS - 1,
            backoff_factor=0.3,
            status_forcelist=(429, 500, 502, 503, 504),
            raise_on_status=False,
            redirect=0,
        )
        try:
            with requests.Session() as session:
                session.mount(self._url, HTTPAdapter(max_retries=retry))
                answer = session.get(
                    _with_audience(self._url, audience),
                    auth=self._authorize,  # as a header alone it would lose against a .netrc
                    timeout=_TIMEOUT,
                    allow_redirects=False,
                )
        except (requests.RequestException, ValueError) as error:
            raise _refused(f"cannot be reached ({type(error).__name__})") from None
        if answer.status_code != 200:
            raise _refused(f"answered {answer.status_code}")
        try:
            token = as_text(as_object(read_json(answer.text)).get("value"))
        except ValueError:
            token = ""
        if not token:
            raise _refused("its answer holds no token")
        self._mask(token)
        return token

    def _authorize(self, request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"bearer {self._bearer}"
        return request


def claims(token: str) -> dict[str, JsonValue]:
    """What a token says, unverified: for messages only. Empty when it cannot be read."""
    try:
        payload = token.split(".")[1]
        return as_object(read_json(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()))
    except (IndexError, ValueError, binascii.Error, RecursionError):
        return {}


def _with_audience(url: str, audience: str) -> str:
    parts = urlsplit(url)
    query = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k != "audience"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("audience", audience)])))


def _refused(why: str) -> CloudUnreachable:
    return CloudUnreachable(
        f"GitHub gave this job no OIDC token. Its service for that was asked, and {why}.",
        "Run the job again; if it stays, look at https://www.githubstatus.com.",
    )
