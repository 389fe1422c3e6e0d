"""PyGithub's connection without the rest of PyGithub (ADR 0024)."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from github.Auth import Auth
    from github.Requester import Requester


@cache
def requester_class() -> type[Requester]:
    """`github.Requester.Requester`, and of PyGithub's 170 modules only those that it needs itself."""
    if "github" not in sys.modules:
        _put_off("github")
    from github.Requester import Requester

    return Requester


def _put_off(name: str) -> None:
    """Make the package known, so that its modules can be imported one by one, without running its
    `__init__`. That runs when the package is asked for anything that is not there yet (PEP 562), so
    whoever imports it as usual finds it whole."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None or spec.submodule_search_locations is None:
        return  # the usual import says what is wrong
    loader, package = spec.loader, importlib.util.module_from_spec(spec)

    def make_whole(wanted: str) -> Any:
        if wanted.startswith("__"):
            raise AttributeError(f"module {name!r} has no attribute {wanted!r}")
        del package.__dict__["__getattr__"]
        loader.exec_module(package)
        return getattr(package, wanted)

    package.__dict__["__getattr__"] = make_whole
    sys.modules[name] = package


class _Token:
    """What PyGithub asks of a token. Its own class for that brings jwt and cryptography with it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def authentication(self, headers: dict[str, str]) -> None:
        """Put it into the headers of a request."""
        headers["Authorization"] = f"token {self._token}"

    def mask_authentication(self, headers: dict[str, str]) -> None:
        """Hide it in headers that are logged."""
        headers["Authorization"] = "token (removed)"


def token_auth(token: str) -> Auth:
    """What PyGithub's connection takes for `auth`."""
    return cast("Auth", _Token(token))
