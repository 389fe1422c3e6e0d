"""Checks the signature of GitHub's OIDC tokens against the keys it publishes.

Sources: OpenID Connect Discovery 1.0, sections 3 and 4; RFC 7517 (keys); RFC 8725 (algorithms);
https://docs.github.com/actions/reference/security/oidc for the issuers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gitops_bot.core.certificates import HINT, NOT_TRUSTED
from gitops_bot.core.errors import RunFailed
from gitops_bot.core.json_values import JsonValue, as_list, as_object, as_text, read_json
from gitops_bot.core.provenance import NotProven

if TYPE_CHECKING:
    import jwt
    import requests

ALGORITHM = "RS256"
_TIMEOUT = (5, 20)
_ATTEMPTS = 4
_MAX_BYTES = 256 * 1024
_MAX_TOKEN_CHARACTERS = 16 * 1024
_MIN_KEY_BITS = 2048
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_SLUG = re.compile(r"[A-Za-z0-9-]+")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def issuer_of(server_url: str, stated: str = "") -> str:
    """The issuer of a GitHub server's tokens: github.com's, GHE.com's, or an Enterprise Server's.

    An enterprise can have its slug put behind it. `stated` is the issuer in this run's own token,
    fresh from the runner; it is taken when it is the server's issuer with a slug and nothing else.
    """
    url = server_url.rstrip("/")
    host = (urlsplit(url).hostname or "").lower()
    if host == "github.com":
        known = "https://token.actions.githubusercontent.com"
    elif host.endswith(".ghe.com"):
        known = f"https://token.actions.{host}"
    else:
        known = f"{url}/_services/token"
    prefix, slug = stated[: len(known) + 1], stated[len(known) + 1 :]
    return stated if prefix == f"{known}/" and _SLUG.fullmatch(slug) else known


class JwtVerifier:
    """Verifies tokens of one issuer. Its keys are fetched once, when they are first needed."""

    def __init__(self, issuer_url: str) -> None:
        self._issuer = issuer_url
        self._keys: dict[str, jwt.PyJWK] | None = None
        self._failure: RunFailed | None = None

    def verify(self, token: str) -> dict[str, JsonValue]:
        """What the issuer signed. What the claims mean is `core.provenance.check_claims`'s part.

        Raises `NotProven` for a token that does not hold, and `RunFailed` when the issuer's keys
        cannot be had, which says nothing about the token.
        """
        import jwt

        key_id = _key_id(token)
        key = self._published().get(key_id)
        if key is None:
            raise NotProven(
                "GitHub no longer publishes the key this token was signed with, or never did: it cannot be "
                "verified any more, and the pull request must be planned again."
            )
        try:
            # The signature only. `exp` must not be checked: a proof is read back when the pull request is
            # merged, days or weeks after its token expired, and says what a run stated back then. It opens
            # no door. The remaining claims are checked against what is expected, not one by one here.
            payload = jwt.PyJWS().decode(token, key, algorithms=[ALGORITHM])
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise NotProven("The token's signature is not GitHub's.") from None
        return _claims(payload)

    def _published(self) -> dict[str, jwt.PyJWK]:
        """The issuer's keys by their id. A failure is kept too: the next token would meet it again."""
        if self._failure is not None:
            raise self._failure
        if self._keys is None:
            try:
                self._keys = self._fetch_keys()
            except RunFailed as error:
                self._failure = error
                raise
        return self._keys

    def _fetch_keys(self) -> dict[str, jwt.PyJWK]:
        origin = _origin(self._issuer)
        if origin is None:
            raise _unavailable(self._issuer, "it is not an https address")
        configuration = self._get(f"{self._issuer}/.well-known/openid-configuration")
        if configuration.get("issuer") != self._issuer:  # Discovery 1.0, section 4.3
            raise _unavailable(self._issuer, "its configuration is another issuer's")
        keys_url = as_text(configuration.get("jwks_uri"))
        if _origin(keys_url) != origin:
            raise _unavailable(self._issuer, "its configuration names keys on another host")
        keys = _read_keys(self._get(keys_url))
        if not keys:
            raise _unavailable(self._issuer, f"it publishes no key for {ALGORITHM}")
        return keys

    def _get(self, url: str) -> dict[str, JsonValue]:
        import requests
        from requests.adapters import HTTPAdapter
        from urllib3.util import Retry

        retry = Retry(
            total=_ATTEMPTS - 1,
            backoff_factor=0.3,
            status_forcelist=(429, 500, 502, 503, 504),
            raise_on_status=False,
            redirect=0,
            respect_retry_after_header=False,  # it could make the run wait for hours
        )
        try:
            with requests.Session() as session:
                session.mount(url, HTTPAdapter(max_retries=retry))
                with session.get(
                    url,
                    auth=_nobody,
                    headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                    timeout=_TIMEOUT,
                    allow_redirects=False,
                    stream=True,
                ) as answer:
                    if answer.status_code != 200:
                        raise _unavailable(self._issuer, f"it answered {answer.status_code}")
                    data = _limited(answer)
        except (requests.RequestException, ValueError) as error:
            trusted = "CERTIFICATE_VERIFY_FAILED" not in str(error)
            why = f"it cannot be reached ({type(error).__name__})" if trusted else NOT_TRUSTED
            raise _unavailable(self._issuer, why) from None
        if data is None:
            raise _unavailable(self._issuer, "its answer is too long")
        try:
            return as_object(read_json(data.decode()))
        except (ValueError, RecursionError):
            raise _unavailable(self._issuer, "its answer is not JSON") from None


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps requests from sending what a .netrc has for this host."""
    return request


def _limited(answer: requests.Response) -> bytes | None:
    data = bytearray()
    for chunk in answer.iter_content(16 * 1024):
        data += chunk
        if len(data) > _MAX_BYTES:
            return None
    return bytes(data)


def _origin(url: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port; None for what keys must not be fetched from."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return None
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    if not safe or not host or "@" in parts.netloc:
        return None
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80)


def _key_id(token: str) -> str:
    """The id of the key the token says it was signed with, after its algorithm was found right."""
    import jwt

    if len(token) > _MAX_TOKEN_CHARACTERS or not _TOKEN.fullmatch(token):
        raise NotProven("The proof is not a token.")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise NotProven("The token's header cannot be read.") from None
    if header.get("alg") != ALGORITHM:
        raise NotProven(f"The token is not signed with {ALGORITHM}, as GitHub's are.")
    key_id = header.get("kid")
    if not isinstance(key_id, str) or not key_id:
        raise NotProven("The token names no key.")
    return key_id


def _claims(payload: bytes) -> dict[str, JsonValue]:
    try:
        claims = read_json(payload.decode())
    except (ValueError, RecursionError):
        claims = None
    if not isinstance(claims, dict):
        raise NotProven("The token holds no claims.")
    return claims


def _read_keys(document: dict[str, JsonValue]) -> dict[str, jwt.PyJWK]:
    """The keys that can sign with our algorithm; others, and damaged ones, are passed over."""
    import jwt

    keys = {}
    for value in as_list(document.get("keys")):
        item = as_object(value)
        key_id = as_text(item.get("kid"))
        fitting = item.get("kty") == "RSA" and item.get("alg") in (None, ALGORITHM)
        if not key_id or not fitting or item.get("use") not in (None, "sig") or "d" in item:
            continue
        try:
            key = jwt.PyJWK(item, ALGORITHM)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            continue
        if key.key.key_size >= _MIN_KEY_BITS:
            keys[key_id] = key
    return keys


def _unavailable(issuer: str, why: str) -> RunFailed:
    return RunFailed(
        f"The keys that GitHub signs its tokens with could not be had from {issuer}: {why}.",
        HINT
        if why == NOT_TRUSTED
        else "Run the job again; if it stays, look at https://www.githubstatus.com, "
        "or at the network between the runner and that address.",
    )
