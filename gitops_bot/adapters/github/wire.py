"""One request to GitHub's REST API through PyGithub's connection: no retries, no judgement."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias, cast
from urllib.parse import urlsplit, urlunsplit

from msgspec import Struct, field

from gitops_bot.adapters.github.requester import requester_class, token_auth
from gitops_bot.core.certificates import NOT_TRUSTED
from gitops_bot.core.errors import BadInput
from gitops_bot.core.json_values import JsonValue, read_json

if TYPE_CHECKING:
    from github.Requester import Requester

PER_PAGE = 100
TIMEOUT_SECONDS = 30.0
"""How long one request waits for a connection, and again for an answer."""

Query: TypeAlias = dict[str, str | int]
Body: TypeAlias = dict[str, JsonValue]


class Request(Struct, frozen=True):
    """What to ask. `path` starts with a slash and is below the API's address. `appends`: asked twice, it
    does it twice, whatever its method."""

    method: str
    path: str
    query: Query = field(default_factory=dict)
    body: Body | None = None
    appends: bool = False


class Answer(Struct, frozen=True):
    """GitHub's answer, whatever its status. Header names are in lower case; `text` is the raw body,
    `data` its JSON value, None when there is none; `is_json` is False for anything else."""

    status: int
    headers: dict[str, str]
    text: str = ""
    data: JsonValue = None
    is_json: bool = True


class Lost(Struct, frozen=True):
    """No answer came. `sent` is False when the request surely never reached the server."""

    why: str
    sent: bool


Outcome: TypeAlias = Answer | Lost


def shown_url(api_url: str) -> str:
    """The API's address without user information, for messages."""
    parts = urlsplit(api_url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))


def _plain(value: JsonValue) -> JsonValue:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value


class Wire:
    """A connection to one API address with one token. PyGithub is imported at the first request."""

    def __init__(self, api_url: str, token: str, timeout: float = TIMEOUT_SECONDS) -> None:
        try:
            parts = urlsplit(api_url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise BadInput(
                "The address of GitHub's API is not a usable http or https URL.",
                "Give it as GITHUB_API_URL, such as https://api.github.com or https://ghe.example.com/api/v3.",
            )
        self._api_url = api_url.rstrip("/")
        self._token = token
        self._timeout = timeout
        self._requester: Requester | None = None

    @property
    def graphql_path(self) -> str:
        """Where GraphQL is: beside REST's v3 on an Enterprise Server, else below the API's address."""
        if self._api_url.endswith("/api/v3"):
            return f"{self._api_url.removesuffix('/v3')}/graphql"
        return "/graphql"

    def send(self, request: Request) -> Outcome:
        """Send it once."""
        import requests

        requester = self._connection()
        body = None if request.body is None else _plain(request.body)
        try:
            # An address that starts with a slash is resolved below the API's own path and host.
            status, headers, output = requester.requestJson(
                request.method, request.path, dict(request.query), {}, body
            )
        except requests.exceptions.RequestException as error:
            return Lost(_reason(error), sent=_was_sent(error))
        except RuntimeError:  # PyGithub refuses redirects to another scheme or host
            return Lost("it redirects to another address", sent=False)
        return _answer(status, headers, output)

    def close(self) -> None:
        """Close the kept connection."""
        if self._requester is not None:
            self._requester.close()

    def _connection(self) -> Requester:
        if self._requester is None:
            # Not by way of `Github`, which takes whole seconds only.
            self._requester = requester_class()(
                auth=token_auth(self._token),
                base_url=self._api_url,
                timeout=cast(int, self._timeout),
                user_agent="gitops-bot",
                per_page=PER_PAGE,
                verify=True,
                retry=0,
                pool_size=None,
                seconds_between_requests=0,
                seconds_between_writes=0,
                lazy=True,
            )
        return self._requester


def _answer(status: int, headers: dict[str, object], output: str) -> Answer:
    plain = {name.lower(): str(value) for name, value in headers.items()}
    if not output.strip():
        return Answer(status, plain)
    try:
        return Answer(status, plain, output, read_json(output))
    except (json.JSONDecodeError, RecursionError):
        return Answer(status, plain, output, None, is_json=False)


def _was_sent(error: Exception) -> bool:
    import requests
    import urllib3

    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError):
        return False
    cause = error.args[0] if error.args else None
    reason = cast(object, getattr(cause, "reason", None))
    return not isinstance(reason, urllib3.exceptions.NewConnectionError)


def _reason(error: Exception) -> str:
    import requests

    if isinstance(error, requests.exceptions.Timeout):
        return "it did not answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return NOT_TRUSTED if "CERTIFICATE_VERIFY_FAILED" in str(error) else "its TLS connection failed"
    return "the connection was dropped" if _was_sent(error) else "it cannot be reached"
