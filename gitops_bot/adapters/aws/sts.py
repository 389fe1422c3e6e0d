"""STS through botocore, which signs and retries: throttling, 5xx and lost connections, never a refusal."""

from __future__ import annotations

import difflib
import os
import time
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from gitops_bot.adapters.aws.errors import Attempt, failed, foreign, refused_by_aws, unreachable
from gitops_bot.core.aws import Hop

if TYPE_CHECKING:
    from botocore.client import BaseClient

_ATTEMPTS = 4
_CONNECT_TIMEOUT, _READ_TIMEOUT = 5, 8
_FOREIGN_ATTEMPTS, _FOREIGN_PAUSE = 3, 0.5


class Keys(Struct, frozen=True):
    """Credentials. `ends` is when they stop working (UTC), None for long-lived ones."""

    access_key_id: str
    secret_access_key: str
    session_token: str = ""
    ends: datetime | None = None

    def __repr__(self) -> str:
        """None of the values, which end up in tracebacks otherwise."""
        return f"Keys(ends={self.ends!r})"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values to hide."""
        return tuple(v for v in (self.access_key_id, self.secret_access_key, self.session_token) if v)


class TagsTooLarge(Exception):
    """The session's policies and tags are larger than STS packs: try without tags."""


class Sts:
    """STS in one region. Raises `CloudRefused` with what was attempted."""

    def __init__(self, region: str, environ: Mapping[str, str]) -> None:
        self._region = region
        self._endpoint = environ.get("AWS_ENDPOINT_URL_STS") or environ.get("AWS_ENDPOINT_URL") or None
        self._botocore: Any = None

    def assume_with_token(self, hop: Hop, token: str, attempt: Attempt) -> Keys:
        """AssumeRoleWithWebIdentity. Needs no credentials and takes no tags."""
        return self._keys(
            attempt,
            self._call(
                None,
                attempt,
                "assume_role_with_web_identity",
                RoleArn=hop.role,
                RoleSessionName=hop.session_name,
                DurationSeconds=hop.seconds,
                WebIdentityToken=token,
            ),
        )

    def assume(self, hop: Hop, keys: Keys, attempt: Attempt) -> Keys:
        """AssumeRole. Raises `TagsTooLarge` too."""
        more: dict[str, Any] = {}
        if hop.external_id:
            more["ExternalId"] = hop.external_id
        if hop.tags:
            more["Tags"] = [{"Key": key, "Value": value} for key, value in hop.tags]
        return self._keys(
            attempt,
            self._call(
                keys,
                attempt,
                "assume_role",
                RoleArn=hop.role,
                RoleSessionName=hop.session_name,
                DurationSeconds=hop.seconds,
                **more,
            ),
        )

    def identity(self, keys: Keys, attempt: Attempt) -> tuple[str, str]:
        """GetCallerIdentity: the account and the ARN."""
        answer = self._call(keys, attempt, "get_caller_identity")
        if "Account" not in answer or "Arn" not in answer:
            raise foreign(self._where, attempt)
        return str(answer["Account"]), str(answer["Arn"])

    def _keys(self, attempt: Attempt, answer: Any) -> Keys:
        found = answer.get("Credentials") or {}
        if not {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"} <= found.keys():
            raise foreign(self._where, attempt)
        return Keys(
            found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"], found["Expiration"]
        )

    def _client(self, keys: Keys | None) -> BaseClient:
        from botocore import UNSIGNED
        from botocore.config import Config

        config = Config(
            signature_version=UNSIGNED if keys is None else None,
            connect_timeout=_CONNECT_TIMEOUT,
            read_timeout=_READ_TIMEOUT,
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        )
        signed = keys or Keys("unsigned", "unsigned")  # with none, botocore goes looking for some
        if self._botocore is None:
            self._botocore = _session_without_files()
        return self._botocore.create_client(
            "sts",
            region_name=self._region,
            endpoint_url=self._endpoint,
            aws_access_key_id=signed.access_key_id,
            aws_secret_access_key=signed.secret_access_key,
            aws_session_token=signed.session_token or None,
            config=config,
        )

    def _call(self, keys: Keys | None, attempt: Attempt, operation: str, **parameters: Any) -> Any:
        """One operation. What is not AWS's answer at all, as a proxy's page, is asked for once more."""
        from botocore.parsers import ResponseParserError

        for _ in range(_FOREIGN_ATTEMPTS - 1):
            try:
                return self._once(keys, attempt, operation, parameters)
            except (ResponseParserError, KeyError):  # the second for XML of another kind
                time.sleep(_FOREIGN_PAUSE)
        try:
            return self._once(keys, attempt, operation, parameters)
        except (ResponseParserError, KeyError):
            raise foreign(self._where, attempt) from None

    def _once(self, keys: Keys | None, attempt: Attempt, operation: str, parameters: dict[str, Any]) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

        try:
            client = self._client(keys)
        except (BotoCoreError, ValueError) as error:
            raise failed(error, attempt) from None
        try:
            return getattr(client, operation)(**parameters)
        except ClientError as error:
            found = error.response.get("Error", {})
            code, message = str(found.get("Code", "")), str(found.get("Message", ""))
            if code.startswith("PackedPolicyTooLarge"):
                raise TagsTooLarge from None
            if not code or code.isdigit():  # botocore takes the status where there was no error of AWS's
                raise foreign(self._where, attempt) from None
            raise refused_by_aws(code, message, attempt) from None
        except (ConnectionError, HTTPClientError) as error:
            raise unreachable(error, attempt, _near_region(self._region)) from None
        except BotoCoreError as error:
            raise failed(error, attempt) from None
        finally:
            client.close()

    @property
    def _where(self) -> str:
        return self._endpoint or f"STS in {self._region}"


def _session_without_files() -> Any:
    """A botocore session that takes nothing from ~/.aws, neither settings nor models of services.

    Code that a plan ran can write there, and could have the next token sent to itself.
    """
    import botocore.session

    session = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )
    session.register_component("data_loader", own_models())
    return session


def own_models() -> Any:
    """The models of services that came with botocore, and no others."""
    from botocore.loaders import Loader

    return Loader(extra_search_paths=[Loader.BUILTIN_DATA_PATH], include_default_search_paths=False)


def _near_region(region: str) -> str:
    """The region that was probably meant, "" where this one is known."""
    import botocore.session

    session = botocore.session.Session()
    known = [r for p in session.get_available_partitions() for r in session.get_available_regions("sts", p)]
    if region in known:
        return ""
    near = difflib.get_close_matches(region, known, n=5)
    swapped = [r for r in near if sorted(r) == sorted(region)]  # two letters in the wrong order
    return next(iter([*swapped, *near]), "")
