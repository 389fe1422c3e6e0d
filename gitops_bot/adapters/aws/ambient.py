"""The credentials that are there already: keys, a profile, a container's or an instance's role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from gitops_bot.adapters.aws.errors import half_a_key, unusable
from gitops_bot.adapters.aws.sts import Keys, own_models

_KEY, _SECRET = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"


class Found(Struct, frozen=True):
    """Credentials, with a short name and in words where they are from."""

    keys: Keys
    name: str
    words: str


class Ambient:
    """Looks for them once: asking an instance's metadata where there is none takes seconds."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._looked = False
        self._credentials: Any = None

    @property
    def has_keys(self) -> bool:
        """Whether keys stand in the environment."""
        return bool(self._environ.get(_KEY))

    def find(self, result: str) -> Found | None:
        """None where there are none.

        Raises `CloudRefused`, beginning with `result`, where some are there and do not work.
        """
        key, secret = self._environ.get(_KEY, ""), self._environ.get(_SECRET, "")
        if key and secret:
            keys = Keys(key, secret, self._environ.get("AWS_SESSION_TOKEN", ""))
            return Found(keys, "keys", "the keys in the environment")
        if key or secret:
            raise half_a_key(result, *((_KEY, _SECRET) if key else (_SECRET, _KEY)))
        return self._elsewhere(result)

    def _elsewhere(self, result: str) -> Found | None:
        from botocore.exceptions import BotoCoreError

        profile = self._environ.get("AWS_PROFILE") or self._environ.get("AWS_DEFAULT_PROFILE") or ""
        try:
            if not self._looked:
                self._credentials = _look(profile)
                self._looked = True
            if self._credentials is None:
                return None
            frozen = self._credentials.get_frozen_credentials()
        except (BotoCoreError, OSError, ValueError) as error:
            raise unusable(error, result, profile) from None
        method = str(self._credentials.method)
        where = f"the profile {profile}" if profile else "this machine's credentials"
        keys = Keys(frozen.access_key, frozen.secret_key, frozen.token or "")
        return Found(keys, method, f"{where} ({method})")


def _look(profile: str) -> Any:
    import botocore.session

    session = botocore.session.Session(profile=profile or None)
    session.register_component("data_loader", own_models())
    return session.get_credentials()
