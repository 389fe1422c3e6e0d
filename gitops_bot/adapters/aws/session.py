"""`CloudSession` on AWS: from the job's OIDC token or the keys that are there to the environment's role."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from gitops_bot.adapters.aws.ambient import Ambient
from gitops_bot.adapters.aws.errors import Attempt, outcome
from gitops_bot.adapters.aws.source import Start, choose_start
from gitops_bot.adapters.aws.sts import Keys, Sts, TagsTooLarge
from gitops_bot.adapters.oidc import OidcTokens, claims
from gitops_bot.core.aws import (
    LONGEST_CHAINED_SESSION,
    AwsSettings,
    Hop,
    Phase,
    RunIdentity,
    role_name,
    way,
)
from gitops_bot.core.environments import Environment
from gitops_bot.core.errors import CloudRefused, CloudUnreachable
from gitops_bot.core.json_values import as_text
from gitops_bot.ports import CloudIdentity, Progress

CREDENTIAL_VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_SECURITY_TOKEN",
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CREDENTIAL_EXPIRATION",
)
"""Everything that leads the AWS SDKs, also the one in Go, to credentials by way of the environment."""
_NO_OTHER_WAY = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}
"""So that Terraform has these credentials and no others, whatever the runner holds."""
_REFUSED_FOR = 300.0
"""Seconds for which a refusal counts for the next project too, instead of waiting for another one."""
_RENEWED_AFTER = 0.1
"""The part of a session's life after which the next Terraform command gets a new one."""


class AwsSession:
    """The credentials of one environment and phase. The phase is fixed here: a plan cannot widen it."""

    def __init__(
        self,
        environment: Environment,
        phase: Phase,
        settings: AwsSettings,
        run: RunIdentity,
        environ: Mapping[str, str],
        ambient: Ambient,
        mask: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._environment = environment
        self._settings = settings
        self._hops = way(environment.name, environment.aws, phase, run, settings)
        self._environ = environ
        self._ambient = ambient
        self._mask = mask
        self._clock = clock
        self._oidc = OidcTokens(environ, self._keep_secret)
        self._secrets: dict[str, None] = {}
        self._keys: Keys | None = None
        self._identity: CloudIdentity | None = None
        self._lifetime = self._opened = 0.0
        self._client: Sts | None = None
        self._refused: tuple[CloudRefused, float] | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every token and key obtained so far."""
        return tuple(self._secrets)

    def open(self, progress: Progress) -> CloudIdentity | None:
        """Assume the roles, or keep those that still have most of their life left."""
        if not self._checks:
            return None
        if not self._hops:
            return self._check_ambient(progress)
        if self._identity is None or self._clock() - self._opened > self._lifetime * _RENEWED_AFTER:
            self._identity = self._renewed(progress)
        return self._identity

    @property
    def _checks(self) -> bool:
        """Whether there is something to make sure of: a role, or an account."""
        return bool(self._hops) or self._environment.aws.account_id is not None

    def seconds_left(self) -> float | None:
        """How long the session will last."""
        return None if self._lifetime == 0.0 else self._opened + self._lifetime - self._clock()

    def replace_in(self, environ: Mapping[str, str]) -> dict[str, str]:
        """`environ` with the session's credentials in place of all others."""
        region = self._environment.aws.region
        regions = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region} if region else {}
        if not self._checks:
            # A workflow that passes a secret which is not set leaves an empty variable behind.
            return {k: v for k, v in environ.items() if v or k not in CREDENTIAL_VARIABLES} | regions
        if self._keys is None:
            raise AssertionError("the session is opened before Terraform starts")
        kept = {k: v for k, v in environ.items() if k not in CREDENTIAL_VARIABLES}
        own = {
            "AWS_ACCESS_KEY_ID": self._keys.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self._keys.secret_access_key,
        }
        if self._keys.session_token:
            own["AWS_SESSION_TOKEN"] = self._keys.session_token
        return kept | regions | _NO_OTHER_WAY | own

    # --- the way there ----------------------------------------------------------------------

    def _renewed(self, progress: Progress) -> CloudIdentity:
        """A new session. What AWS refused is not asked again at once; an old session that still has
        half of its life serves while STS is silent."""
        if self._refused is not None and self._clock() - self._refused[1] < _REFUSED_FOR:
            raise self._refused[0]
        try:
            return self._assume(progress)
        except CloudRefused as refused:
            left = self.seconds_left() or 0.0
            if isinstance(refused, CloudUnreachable) and self._identity and left > self._lifetime / 2:
                progress(f"AWS: no new session, the old one lasts {left / 60:.0f} minutes. {refused}")
                return self._identity
            self._refused = (refused, self._clock())
            raise

    def _assume(self, progress: Progress) -> CloudIdentity:
        sts = self._sts()
        start = self._start(progress)
        keys, caller = start.keys, start.words
        opened = self._clock()
        for configured in self._hops:
            hop = _within_chain(configured, keys, progress)
            attempt = self._attempt(hop.role, caller, hop.seconds)
            if keys is None:
                keys = self._by_token(sts, hop, attempt)
            else:
                keys = self._by_keys(sts, hop, keys, attempt, progress)
            self._keep(keys)
            caller = hop.role
        if keys is None:
            raise AssertionError("there is at least one role to assume")
        identity = self._checked(sts, keys, attempt, start.name)
        self._keys, self._opened, self._lifetime = keys, opened, float(hop.seconds)
        until = f", until {identity.ends:%H:%M} UTC" if identity.ends else ""
        progress(f"AWS: {identity.arn} in account {identity.account}{until}.")
        return identity

    def _start(self, progress: Progress) -> Start:
        in_job = self._environ.get("GITHUB_ACTIONS") == "true" or bool(self._environ.get("GITHUB_RUN_ID"))
        start = choose_start(self._settings, self._oidc.available, self._ambient, in_job, self._outcome)
        if start.keys is not None:
            self._keep(start.keys)
        progress(f"AWS: starting from {start.words}: {start.why}.")
        return start

    def _by_token(self, sts: Sts, hop: Hop, attempt: Attempt) -> Keys:
        try:
            token = self._oidc.token(self._settings.audience)
        except CloudUnreachable as silent:
            raise CloudUnreachable(f"{self._outcome}: {silent.message}", silent.hint) from None
        said = claims(token)
        subject, audience, issuer = (as_text(said.get(k)) or "(unreadable)" for k in ("sub", "aud", "iss"))
        told = replace(attempt, subject=subject, audience=audience, issuer=issuer)
        return sts.assume_with_token(hop, token, told)

    def _by_keys(self, sts: Sts, hop: Hop, keys: Keys, attempt: Attempt, progress: Progress) -> Keys:
        try:
            return sts.assume(hop, keys, attempt)
        except TagsTooLarge:
            if hop.tags:
                progress(
                    f"AWS: the session of {hop.role} goes without tags: its policies leave no room for them."
                )
        try:
            return sts.assume(replace(hop, tags=()), keys, attempt)
        except TagsTooLarge:
            raise CloudRefused(
                f"{self._outcome}: the policies of {hop.role} are too large.",
                "Shorten the policies of the sessions on the way to it.",
            ) from None

    def _checked(self, sts: Sts, keys: Keys, attempt: Attempt, source: str) -> CloudIdentity:
        """AWS itself says who this is. Anything but the configured role in its account is refused."""
        account, arn = sts.identity(keys, attempt)
        expected = role_name(attempt.role)
        named = arn.split(":")[-1].split("/")
        if account != expected.account or named[:2] != ["assumed-role", expected.name]:
            raise CloudRefused(
                f"{self._environment.name}: the role {attempt.role} was assumed, but AWS says this is {arn} "
                f"in account {account}, not in {expected.account}.",
                "Nothing was run. Check where AWS_ENDPOINT_URL and the proxies of this runner lead.",
            )
        return CloudIdentity(account, arn, source, keys.ends)

    def _check_ambient(self, progress: Progress) -> CloudIdentity | None:
        """No role is configured, but an account: Terraform gets exactly the keys that are its."""
        found = self._ambient.find(self._outcome)
        if found is None:
            raise CloudRefused(
                f"{self._environment.name}: it has an account_id and no role, and this job has no AWS "
                "credentials.",
                "Give it the account's keys, or configure plan_role and apply_role.",
            )
        if found.keys == self._keys:
            return self._identity
        self._keep(found.keys)
        attempt = self._attempt("", found.words)
        account, arn = self._sts().identity(found.keys, attempt)
        wanted = self._environment.aws.account_id
        if account != wanted:
            raise CloudRefused(
                f"{self._environment.name}: the credentials are {arn} in account {account}, "
                f"but account_id is {wanted}.",
                "Nothing was run. Give the job that account's credentials, or correct account_id.",
            )
        self._keys, self._identity = found.keys, CloudIdentity(account, arn, found.name)
        progress(f"AWS: {arn} in account {account}, from {found.words}; no role is configured.")
        return self._identity

    def _sts(self) -> Sts:
        """Always the same one: it reads its files once, before any code of a plan could change them."""
        if self._client is None:
            self._client = Sts(self._region(), self._environ)
        return self._client

    @property
    def _outcome(self) -> str:
        return outcome(self._environment.name, self._hops[-1].role if self._hops else "")

    def _attempt(self, role: str, caller: str, seconds: int = 0) -> Attempt:
        return Attempt(self._environment.name, role, caller, self._region(), seconds)

    def _region(self) -> str:
        """The configured region, else the one in the environment."""
        found = self._environment.aws.region or self._environ.get("AWS_REGION")
        found = found or self._environ.get("AWS_DEFAULT_REGION")
        if not found:
            raise CloudRefused(
                f"{self._outcome}: there is no AWS region.",
                "Write it in the configuration, `aws: {region: us-east-1}`, for the environment or for all; "
                "or set AWS_REGION.",
            )
        return found

    def _keep(self, keys: Keys) -> None:
        for secret in keys.secrets:
            self._keep_secret(secret)

    def _keep_secret(self, secret: str) -> None:
        """Masked before anything else is said, and known to whoever redacts."""
        if secret not in self._secrets:
            self._secrets[secret] = None
            self._mask(secret)


def _within_chain(hop: Hop, keys: Keys | None, progress: Progress) -> Hop:
    """A role that is assumed with another session's keys lasts one hour at most."""
    if keys is None or not keys.session_token or hop.seconds <= LONGEST_CHAINED_SESSION:
        return hop
    progress(f"AWS: {hop.role} is assumed from another session, so its own lasts 1 hour at most.")
    return replace(hop, seconds=LONGEST_CHAINED_SESSION)
