"""STS through botocore, which signs and retries: throttling, 5xx and lost connections, never a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gitops_bot.adapters.aws.errors import Attempt, failed, outcome, refused_by_aws, unreachable, unusable
from gitops_bot.core.aws import Hop

if TYPE_CHECKING:
    from botocore.client import BaseClient

_ATTEMPTS = 4
_CONNECT_TIMEOUT, _READ_TIMEOUT = 5, 20


@dataclass(frozen=True, slots=True)
class Keys:
    """Credentials. `ends` is when they stop working (UTC), None for long-lived ones."""

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)
    ends: datetime | None = None

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
        return _keys(
            self._call(
                self._client(None, attempt),
                attempt,
                "assume_role_with_web_identity",
                RoleArn=hop.role,
                RoleSessionName=hop.session_name,
                DurationSeconds=hop.seconds,
                WebIdentityToken=token,
            )
        )

    def assume(self, hop: Hop, keys: Keys, attempt: Attempt) -> Keys:
        """AssumeRole. Raises `TagsTooLarge` too."""
        more: dict[str, Any] = {}
        if hop.external_id:
            more["ExternalId"] = hop.external_id
        if hop.tags:
            more["Tags"] = [{"Key": key, "Value": value} for key, value in hop.tags]
        return _keys(
            self._call(
                self._client(keys, attempt),
                attempt,
                "assume_role",
                RoleArn=hop.role,
                RoleSessionName=hop.session_name,
                DurationSeconds=hop.seconds,
                **more,
            )
        )

    def identity(self, keys: Keys, attempt: Attempt) -> tuple[str, str]:
        """GetCallerIdentity: the account and the ARN."""
        answer = self._call(self._client(keys, attempt), attempt, "get_caller_identity")
        return str(answer["Account"]), str(answer["Arn"])

    def _client(self, keys: Keys | None, attempt: Attempt) -> BaseClient:
        import botocore.session
        from botocore import UNSIGNED
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        config = Config(
            signature_version=UNSIGNED if keys is None else None,
            connect_timeout=_CONNECT_TIMEOUT,
            read_timeout=_READ_TIMEOUT,
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        )
        signed = keys or Keys("unsigned", "unsigned")  # with none, botocore goes looking for some
        try:
            if self._botocore is None:
                self._botocore = botocore.session.Session()
            return self._botocore.create_client(
                "sts",
                region_name=self._region,
                endpoint_url=self._endpoint,
                aws_access_key_id=signed.access_key_id,
                aws_secret_access_key=signed.secret_access_key,
                aws_session_token=signed.session_token or None,
                config=config,
            )
        except (BotoCoreError, ValueError) as error:
            raise unusable(error, outcome(attempt.environment, attempt.role)) from None

    @staticmethod
    def _call(client: BaseClient, attempt: Attempt, operation: str, **parameters: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

        try:
            return getattr(client, operation)(**parameters)
        except ClientError as error:
            found = error.response.get("Error", {})
            code, message = str(found.get("Code", "")), str(found.get("Message", ""))
            if code.startswith("PackedPolicyTooLarge"):
                raise TagsTooLarge from None
            raise refused_by_aws(code, message, attempt) from None
        except (ConnectionError, HTTPClientError) as error:
            raise unreachable(error, attempt) from None
        except BotoCoreError as error:
            raise failed(error, attempt) from None
        finally:
            client.close()


def ambient_keys(environ: Mapping[str, str], result: str) -> tuple[Keys, str, str] | None:
    """The credentials that are there already, with a short name and in words; None when there are none.

    Those in `environ` come first; then a profile, a container's or an instance's role, as the AWS
    command line finds them. Raises `CloudRefused`, beginning with `result`, when one is there and does
    not work.
    """
    key, secret = environ.get("AWS_ACCESS_KEY_ID", ""), environ.get("AWS_SECRET_ACCESS_KEY", "")
    if key and secret:
        keys = Keys(key, secret, environ.get("AWS_SESSION_TOKEN", ""))
        return keys, "keys", "the keys in the environment"
    import botocore.session
    from botocore.exceptions import BotoCoreError

    try:
        found = botocore.session.Session(profile=environ.get("AWS_PROFILE") or None).get_credentials()
        if found is None:
            return None
        frozen = found.get_frozen_credentials()
    except (BotoCoreError, OSError, ValueError) as error:
        raise unusable(error, result) from None
    keys = Keys(frozen.access_key, frozen.secret_key, frozen.token or "")
    return keys, str(found.method), f"this machine's credentials ({found.method})"


def _keys(answer: Any) -> Keys:
    found = answer["Credentials"]
    return Keys(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"], found["Expiration"])
