"""AWS on loopback, as strict as the real one: moto behind a front that checks tokens, trust and policies.

What it does not model: iam:PassRole, the tag actions that a create with tags needs, policies of other
resources than roles and buckets, AWS-managed policies, groups, and what IAM checks when a role is created.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import botocore.config
import botocore.exceptions
import botocore.session
import jwt
import pytest

from tests.kit.aws_front import (
    Call,
    Failure,
    FrontServer,
    Reply,
    check_signature,
    forward,
    needs,
    render,
    resource_of,
)
from tests.kit.aws_policies import Ask, Caller, Document, Grant, Unjudged, identity_grant, resource_grant
from tests.kit.needs import needs_program
from tests.kit.oidc_issuer import ISSUER, KEY_ID, OidcIssuer

PROVIDER = ISSUER.removeprefix("https://")
_MOTO = """\
import os, sys, threading
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server
application = DomainDispatcherApplication(create_backend_app)
server = make_server("127.0.0.1", 0, application, True, request_handler=MotoRequestHandler)
sys.stdout.write(f"{server.server_address[1]}\\n")
sys.stdout.flush()
nothing = os.open(os.devnull, os.O_WRONLY)
os.dup2(nothing, 1)
os.dup2(nothing, 2)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
server.serve_forever()
"""
"""moto in a process of its own, which ends when its stdin does: also when this process dies."""


# --- who is who --------------------------------------------------------------------------------


@dataclass(slots=True)
class Key:
    """One access key and whose it is. `role` is set for a role's session only."""

    access_key: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    caller: Caller
    kind: str
    name: str
    user_id: str
    expires: float = float("inf")
    policy: Document | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def environ(self, region: str = "us-east-1") -> dict[str, str]:
        """The variables with which a child process uses this key."""
        values = {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret}
        token = {"AWS_SESSION_TOKEN": self.token} if self.token else {}
        return {**values, **token, "AWS_REGION": region}


@dataclass(frozen=True, slots=True)
class Request:
    """One request the front saw. `action` is the API operation's name, `principal` "" for nobody."""

    service: str
    action: str
    principal: str
    resource: str
    status: int
    error: str = ""
    params: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Principal:
    """A role or a user as moto's IAM has it."""

    arn: str
    identity: str
    policies: tuple[Document, ...]
    boundary: Document | None
    trust: Document | None = None
    max_session: int = 3600


class Directory:
    """What moto's IAM holds, read straight from moto and kept until something is written."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._clients: dict[str, Any] = {}
        self._known: dict[tuple[str, ...], Any] = {}
        self._lock = threading.RLock()

    def forget(self) -> None:
        """Something was written."""
        with self._lock:
            self._known.clear()

    def close(self) -> None:
        """End all connections."""
        for client in self._clients.values():
            client.close()

    def role(self, arn: str) -> Principal | None:
        """The role with exactly that ARN."""
        account, name = arn.split(":")[4], arn.rpartition("/")[2]
        found: Principal | None = self._cached(("role", account, name), self._read_role)
        return found if found is not None and found.arn == arn else None

    def user(self, account: str, name: str) -> Principal | None:
        """The user of that name."""
        found: Principal | None = self._cached(("user", account, name), self._read_user)
        return found

    def audiences(self, account: str) -> frozenset[str] | None:
        """What the account's provider for GitHub accepts; None without such a provider."""
        found: frozenset[str] | None = self._cached(("oidc", account, PROVIDER), self._read_audiences)
        return found

    def _cached(self, key: tuple[str, str, str], read: Any) -> Any:
        with self._lock:
            if key not in self._known:
                try:
                    self._known[key] = read(self._iam(key[1]), key[1], key[2])
                except botocore.exceptions.ClientError as error:
                    if error.response["Error"]["Code"] not in ("NoSuchEntity", "NoSuchEntityException"):
                        raise
                    self._known[key] = None
            return self._known[key]

    def _iam(self, account: str) -> Any:
        if account not in self._clients:
            client = _client(
                "iam", f"http://127.0.0.1:{self._port}", "us-east-1", "AKIADIRECTORY", "directory"
            )
            client.meta.events.register(
                "before-sign.iam",
                lambda request, **_: request.headers.add_header("x-moto-account-id", account),
            )
            self._clients[account] = client
        return self._clients[account]

    def _read_role(self, iam: Any, account: str, name: str) -> Principal:
        role = iam.get_role(RoleName=name)["Role"]
        inline = [
            iam.get_role_policy(RoleName=name, PolicyName=n)["PolicyDocument"]
            for n in iam.list_role_policies(RoleName=name)["PolicyNames"]
        ]
        attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        return Principal(
            role["Arn"],
            role["RoleId"],
            (*inline, *(_managed(iam, a["PolicyArn"]) for a in attached)),
            _boundary(iam, role),
            role["AssumeRolePolicyDocument"],
            role["MaxSessionDuration"],
        )

    def _read_user(self, iam: Any, account: str, name: str) -> Principal:
        user = iam.get_user(UserName=name)["User"]
        if iam.list_groups_for_user(UserName=name)["Groups"]:
            raise Unjudged(f"user {name} is in a group")
        inline = [
            iam.get_user_policy(UserName=name, PolicyName=n)["PolicyDocument"]
            for n in iam.list_user_policies(UserName=name)["PolicyNames"]
        ]
        attached = iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]
        policies = (*inline, *(_managed(iam, a["PolicyArn"]) for a in attached))
        return Principal(user["Arn"], user["UserId"], policies, _boundary(iam, user))

    def _read_audiences(self, iam: Any, account: str, host: str) -> frozenset[str]:
        arn = f"arn:aws:iam::{account}:oidc-provider/{host}"
        return frozenset(iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"])


def _managed(iam: Any, arn: str) -> Document:
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document: Document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    return document


def _boundary(iam: Any, owner: Mapping[str, Any]) -> Document | None:
    found = owner.get("PermissionsBoundary")
    return _managed(iam, found["PermissionsBoundaryArn"]) if found else None


_CREATION = threading.Lock()
"""botocore's sessions cannot make two clients at once."""


def _client(
    service: str, url: str, region: str, access_key: str, secret: str, token: str | None = None
) -> Any:
    """A client that asks once, and leaves it to the server to check parameters."""
    config = botocore.config.Config(
        s3={"addressing_style": "path"},
        retries={"total_max_attempts": 1},
        max_pool_connections=20,
        parameter_validation=False,
    )
    with _CREATION:
        return _session().create_client(
            service,
            region_name=region,
            endpoint_url=url,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=config,
        )


@cache
def _session() -> Any:
    session = botocore.session.Session()
    session.set_config_variable("config_file", os.devnull)
    session.set_config_variable("credentials_file", os.devnull)
    return session


# --- documents ---------------------------------------------------------------------------------


def allow(*actions: str, resources: tuple[str, ...] = ("*",)) -> dict[str, Any]:
    """A policy that allows these actions on these resources."""
    return policy({"Effect": "Allow", "Action": list(actions), "Resource": list(resources)})


def policy(*statements: Mapping[str, Any]) -> dict[str, Any]:
    """A policy of these statements."""
    return {"Version": "2012-10-17", "Statement": [dict(s) for s in statements]}


def oidc_trust(account: str, *subjects: str, audience: str = "sts.amazonaws.com") -> dict[str, Any]:
    """Trust for GitHub's tokens of that account's provider; subjects may hold wildcards."""
    condition = {
        "StringEquals": {f"{PROVIDER}:aud": audience},
        "StringLike": {f"{PROVIDER}:sub": list(subjects)},
    }
    principal = {"Federated": f"arn:aws:iam::{account}:oidc-provider/{PROVIDER}"}
    action = "sts:AssumeRoleWithWebIdentity"
    return policy({"Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition})


def role_trust(*principals: str, external_id: str | None = None, tags: bool = True) -> dict[str, Any]:
    """Trust for roles, users or whole accounts; `tags` says whether they may tag their session."""
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"AWS": list(principals)},
        "Action": ["sts:AssumeRole", "sts:TagSession"] if tags else "sts:AssumeRole",
    }
    if external_id is not None:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    return policy(statement)


# --- the front's rules -------------------------------------------------------------------------


class AwsAccounts:
    """Separate AWS accounts on loopback. Made by `aws_accounts`."""

    def __init__(self, folder: Path, port: int, issuer: OidcIssuer) -> None:
        self.folder = folder
        self.issuer = issuer
        self.requests: list[Request] = []
        self.secrets: set[str] = set()
        self.unjudged: list[str] = []
        self.packed_policy_limit: int | None = None
        self.wrong_account: str | None = None
        self.directory = Directory(port)
        self._port = port
        self._enforced = False
        self._keys: dict[str, Key] = {}
        self._owners: dict[str, str] = {}
        self._bucket_policies: dict[str, bytes] = {}
        self._faults: list[tuple[str, Failure]] = []
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._lock = threading.RLock()
        self.front = FrontServer(self._answer)
        self.url = self.front.url

    # what tests use

    @property
    def environ(self) -> dict[str, str]:
        """What any child process needs to come here and nowhere else; nothing secret."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def client(self, service: str, account: str, region: str = "us-east-1") -> Any:
        """A botocore client that may do everything in that account."""
        with self._lock:
            found = self._clients.get((service, account, region))
            if found is None:
                key = self.setup_key(account)
                found = _client(service, self.url, region, key.access_key, key.secret)
                self._clients[service, account, region] = found
            return found

    def client_with(self, service: str, environ: Mapping[str, str], region: str = "us-east-1") -> Any:
        """A botocore client with the credentials in that environment. Close it after use."""
        access_key, secret = environ["AWS_ACCESS_KEY_ID"], environ["AWS_SECRET_ACCESS_KEY"]
        return _client(service, self.url, region, access_key, secret, environ.get("AWS_SESSION_TOKEN"))

    def setup_key(self, account: str) -> Key:
        """The key of an account's principal "setup", which nothing restricts but other roles' trust."""
        with self._lock:
            for key in self._keys.values():
                if key.kind == "setup" and key.caller.account == account:
                    return key
            arn = f"arn:aws:iam::{account}:user/setup"
            return self._hand_out(
                Caller(arn, arn, account), "setup", "setup", "AIDASETUPSETUPSETUPSE", "AKIA"
            )

    def put_user(self, account: str, name: str, policy: Document | None = None) -> dict[str, str]:
        """Create an IAM user, with an inline policy, and return the variables of a key for it."""
        iam = self.client("iam", account)
        iam.create_user(UserName=name)
        if policy is not None:
            iam.put_user_policy(UserName=name, PolicyName="kit", PolicyDocument=json.dumps(policy))
        made = iam.create_access_key(UserName=name)["AccessKey"]
        return self._keys[made["AccessKeyId"]].environ()

    def put_role(
        self,
        account: str,
        name: str,
        trust: Document,
        policy: Document | None = None,
        max_session: int = 3600,
        boundary: Document | None = None,
    ) -> str:
        """Create the role, or change it to be like this; its ARN. A name may hold a path: `team/plan`."""
        iam = self.client("iam", account)
        path, _, short = name.rpartition("/")
        wanted = {"RoleName": short, "MaxSessionDuration": max_session}
        try:
            iam.create_role(
                **wanted, Path=f"/{path}/" if path else "/", AssumeRolePolicyDocument=json.dumps(trust)
            )
        except iam.exceptions.EntityAlreadyExistsException:
            iam.update_role(**wanted)
            iam.update_assume_role_policy(RoleName=short, PolicyDocument=json.dumps(trust))
            for old in iam.list_role_policies(RoleName=short)["PolicyNames"]:
                iam.delete_role_policy(RoleName=short, PolicyName=old)
            iam.delete_role_permissions_boundary(RoleName=short)
        if policy is not None:
            iam.put_role_policy(RoleName=short, PolicyName="kit", PolicyDocument=json.dumps(policy))
        if boundary is not None:
            arn = self._put_policy(iam, f"{short}-boundary-{secrets.token_hex(4)}", boundary)
            iam.put_role_permissions_boundary(RoleName=short, PermissionsBoundary=arn)
        arn = iam.get_role(RoleName=short)["Role"]["Arn"]
        return str(arn)

    def _put_policy(self, iam: Any, name: str, document: Document) -> str:
        made = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))
        return str(made["Policy"]["Arn"])

    def put_oidc_provider(self, account: str, audiences: tuple[str, ...] = ("sts.amazonaws.com",)) -> str:
        """Create the account's OIDC provider for GitHub; its ARN."""
        made = self.client("iam", account).create_open_id_connect_provider(
            Url=ISSUER, ClientIDList=list(audiences), ThumbprintList=["0" * 40]
        )
        return str(made["OpenIDConnectProviderArn"])

    def enforce_iam(self, on: bool = True) -> None:
        """From now on, check every request of a role or user against its policies."""
        self._enforced = on

    def fail_next(
        self, action: str, status: int = 400, code: str = "Throttling", times: int = 1,
        message: str = "Rate exceeded",
    ) -> None:  # fmt: skip
        """Let the next requests of that action fail: `AssumeRole`, or with its service `sts:AssumeRole`."""
        with self._lock:
            self._faults.extend([(action, Failure(status, code, message))] * times)

    def expire(self, access_key: str) -> None:
        """Let a session be over."""
        with self._lock:
            self._keys[access_key].expires = 0

    def expire_role(self, arn: str) -> None:
        """Let all sessions of a role be over; new ones may be made."""
        with self._lock:
            for key in self._keys.values():
                if key.caller.principal == arn and key.kind == "role":
                    key.expires = 0

    def seen(self, action: str, *, setup: bool = False) -> list[Request]:
        """The requests of an action, those of the kit's own clients only if asked for."""
        return [
            r
            for r in self.requests
            if action in (r.action, f"{r.service}:{r.action}")
            and (setup or not r.principal.endswith(":user/setup"))
        ]

    def close(self) -> None:
        """End the clients' connections."""
        for client in self._clients.values():
            client.close()
        self.directory.close()

    # one request

    def _answer(self, call: Call) -> Reply:
        principal, error = "", ""
        try:
            key = self._authenticate(call)
            principal = key.caller.arn if key else ""
            self._inject(call)
            reply = self._serve(call, key)
        except Failure as failure:
            error, reply = failure.code, render(call, failure)
        except Exception as problem:  # nobody may take this for an answer of AWS
            text = f"{type(problem).__name__}: {problem}"
            with self._lock:
                self.unjudged.append(text)
            error, reply = "KitCannotJudge", render(call, Failure(501, "KitCannotJudge", text))
        account = principal.split(":")[4] if principal else ""
        resource = resource_of(call, account)
        seen = Request(call.service, call.operation, principal, resource, reply.status, error, call.params)
        with self._lock:
            self.requests.append(seen)
        return reply

    def _inject(self, call: Call) -> None:
        with self._lock:
            for fault in self._faults:
                if fault[0] in (call.operation, f"{call.service}:{call.operation}"):
                    self._faults.remove(fault)
                    raise fault[1]

    def _serve(self, call: Call, key: Key | None) -> Reply:
        if call.service == "sts" and (answer := getattr(self, f"_sts_{call.operation}", None)):
            reply: Reply = answer(call, key)
            return reply
        if key is None:
            raise _missing_token(call)
        if call.service == "sts":
            raise Unjudged(f"sts:{call.operation} is not in this kit")
        if self._enforced and key.kind != "setup":
            self._authorize(call, key)
        if call.operation in ("PutBucketPolicy", "GetBucketPolicy", "DeleteBucketPolicy"):
            return self._bucket_policy(call)
        reply = forward(call, self._port, key.caller.account)
        self._learn(call, key, reply)
        return self._hide_missing_object(call, key, reply)

    # credentials

    def _authenticate(self, call: Call) -> Key | None:
        if call.operation == "AssumeRoleWithWebIdentity":
            return None
        if not call.headers.get("Authorization"):
            raise _missing_token(call)
        with self._lock:
            key = self._keys.get(call.access_key)
        if key is None:
            raise _unknown_key(call)
        if not secrets.compare_digest(key.token, call.headers.get("X-Amz-Security-Token", "")):
            raise _unknown_token(call)
        check_signature(call, key.secret)
        if key.expires <= time.time():
            raise _expired(call)
        return key

    def _hand_out(self, caller: Caller, kind: str, name: str, user_id: str, prefix: str, **more: Any) -> Key:
        """A new key. Only a role's session has a token."""
        access_key = prefix + "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(16))
        secret = secrets.token_urlsafe(30)
        token = f"kit-session/{secrets.token_urlsafe(120)}+==" if prefix == "ASIA" else ""
        return self._keep(Key(access_key, secret, token, caller, kind, name, user_id, **more))

    def _keep(self, key: Key) -> Key:
        with self._lock:
            self._keys[key.access_key] = key
            self.secrets.update(v for v in (key.access_key, key.secret, key.token) if v)
        return key

    def _learn(self, call: Call, key: Key, reply: Reply) -> None:
        """Remember what a request has changed."""
        if reply.status >= 300:
            return
        if call.service == "iam" and not call.operation.startswith(("Get", "List")):
            self.directory.forget()
        if call.operation == "CreateAccessKey":
            self._learn_user(key.caller.account, reply.body)
        with self._lock:
            if call.operation == "CreateBucket":
                self._owners.setdefault(call.bucket, key.caller.account)
            elif call.operation == "DeleteBucket":
                self._owners.pop(call.bucket, None)
                self._bucket_policies.pop(call.bucket, None)

    def _learn_user(self, account: str, body: bytes) -> None:
        found = {e.tag.rpartition("}")[2]: e.text or "" for e in ET.fromstring(body).iter()}
        name = found["UserName"]
        user = self.directory.user(account, name)
        assert user is not None
        caller = Caller(user.arn, user.arn, account)
        self._keep(
            Key(found["AccessKeyId"], found["SecretAccessKey"], "", caller, "user", name, user.identity)
        )

    # policies

    def _own(self, key: Key) -> Principal | None:
        if key.kind == "role":
            return self.directory.role(key.caller.principal)
        return self.directory.user(key.caller.account, key.name)

    def _identity(self, key: Key, ask: Ask) -> tuple[Grant, str]:
        """What the caller's own policies, boundary and session policy say, and the reason for a no."""
        if key.kind == "setup":
            return Grant.DIRECT, ""
        own = self._own(key)
        parts: list[tuple[str, tuple[Document, ...] | None]] = [
            ("identity-based policy", own.policies if own else ()),
            ("permissions boundary", (own.boundary,) if own and own.boundary is not None else None),
            ("session policy", (key.policy,) if key.policy is not None else None),
        ]
        grants = [(what, identity_grant(docs, ask)) for what, docs in parts if docs is not None]
        for what, grant in grants:
            if grant is Grant.DENIED:
                return grant, f" with an explicit deny in {_article(what)} {what}"
        for what, grant in grants:
            if grant is Grant.SILENT:
                return grant, f" because no {what} allows the {ask.action} action"
        return Grant.DIRECT, ""

    def _bounded(self, key: Key, ask: Ask) -> bool:
        """Whether boundary and session policy, apart from the caller's own policies, allow it."""
        own = self._own(key)
        bounds = [own.boundary if own else None, key.policy]
        return all(identity_grant([b], ask) is Grant.DIRECT for b in bounds if b is not None)

    def _authorize(self, call: Call, key: Key) -> None:
        account = key.caller.account
        for action, resource in needs(call, account):
            ask = Ask(action, resource, self._context(call, key))
            denial = self._s3_denial(call, key, ask) if call.service == "s3" else self._denial(key, ask)
            if denial is not None:
                raise _denied(call, key, ask, denial)

    def _denial(self, key: Key, ask: Ask) -> str | None:
        """Why not; None when it is allowed."""
        grant, reason = self._identity(key, ask)
        return None if grant is Grant.DIRECT else reason

    def _s3_denial(self, call: Call, key: Key, ask: Ask) -> str | None:
        with self._lock:
            stored = self._bucket_policies.get(call.bucket)
            owner = self._owners.get(call.bucket, key.caller.account)
        given = resource_grant(json.loads(stored) if stored else None, ask, key.caller)
        grant, reason = self._identity(key, ask)
        if given is Grant.DENIED:
            return " with an explicit deny in a resource-based policy"
        if owner == key.caller.account:
            direct = given is Grant.DIRECT and grant is not Grant.DENIED and self._bounded(key, ask)
            return None if grant is Grant.DIRECT or direct else reason
        if grant is not Grant.DIRECT:
            return reason
        return (
            None
            if given > Grant.SILENT
            else f" because no resource-based policy allows the {ask.action} action"
        )

    def _context(self, call: Call, key: Key) -> dict[str, tuple[str, ...]]:
        with self._lock:
            owner = self._owners.get(call.bucket, "") if call.service == "s3" else key.caller.account
        found = {
            **_caller_context(key.caller, "User" if key.kind != "role" else "AssumedRole"),
            **{f"aws:principaltag/{k.lower()}": (v,) for k, v in key.tags.items()},
            "aws:requestedregion": (call.region,),
            "aws:resourceaccount": (owner,) if owner else (),
            "iam:permissionsboundary": _optional(call.params.get("PermissionsBoundary")),
        }
        if call.service == "s3":
            for name in ("prefix", "delimiter", "max-keys"):
                found[f"s3:{name}"] = _optional(call.query.get(name))
            for name in ("x-amz-acl", "x-amz-server-side-encryption"):
                found[f"s3:{name}"] = _optional(call.headers.get(name))
        return found

    # S3

    def _bucket_policy(self, call: Call) -> Reply:
        """Kept here: moto would apply every Deny in it to everybody."""
        with self._lock:
            if call.bucket not in self._owners:
                raise Failure(404, "NoSuchBucket", "The specified bucket does not exist")
            if call.operation == "PutBucketPolicy":
                try:
                    json.loads(call.body)["Statement"]
                except (ValueError, KeyError, TypeError):
                    message = "Policies must be valid JSON and the first byte must be '{'"
                    raise Failure(400, "MalformedPolicy", message) from None
                self._bucket_policies[call.bucket] = call.body
                return Reply(204)
            if call.operation == "DeleteBucketPolicy":
                self._bucket_policies.pop(call.bucket, None)
                return Reply(204)
            if call.bucket not in self._bucket_policies:
                raise Failure(404, "NoSuchBucketPolicy", "The bucket policy does not exist")
            return Reply(200, self._bucket_policies[call.bucket], (("Content-Type", "application/json"),))

    def _hide_missing_object(self, call: Call, key: Key, reply: Reply) -> Reply:
        """Who may not list a bucket is not told that an object is missing."""
        if not self._enforced or key.kind == "setup" or reply.status != 404:
            return reply
        if call.operation not in ("GetObject", "HeadObject") or call.bucket not in self._owners:
            return reply
        context = {**self._context(call, key), "s3:prefix": (), "s3:delimiter": (), "s3:max-keys": ()}
        ask = Ask("s3:ListBucket", f"arn:aws:s3:::{call.bucket}", context)
        denial = self._s3_denial(call, key, ask)
        if denial is None:
            return reply
        raise _denied(call, key, ask, denial)

    # STS

    def _sts_GetCallerIdentity(self, call: Call, key: Key | None) -> Reply:
        if key is None:
            raise _missing_token(call)
        account = self.wrong_account or key.caller.account
        arn = key.caller.arn.replace(f":{key.caller.account}:", f":{account}:")
        return _sts_reply(call, {"Arn": arn, "UserId": key.user_id, "Account": account})

    def _sts_AssumeRoleWithWebIdentity(self, call: Call, key: Key | None) -> Reply:
        given = _RoleRequest.read(call)
        claims = self._claims(given)
        account = given.role_arn.split(":")[4]
        role = self.directory.role(given.role_arn)
        provider = f"arn:aws:iam::{account}:oidc-provider/{PROVIDER}"
        caller = Caller("", "", account, federated=provider)
        context = {
            f"{PROVIDER}:sub": (str(claims["sub"]),),
            f"{PROVIDER}:aud": (str(claims["aud"]),),
            "sts:rolesessionname": (given.session,),
            "aws:securetransport": ("true",),
        }
        ask = Ask("sts:AssumeRoleWithWebIdentity", given.role_arn, context)
        if role is None or resource_grant(role.trust, ask, caller) is not Grant.DIRECT:
            raise Failure(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
        extra = {
            "SubjectFromWebIdentityToken": claims["sub"],
            "Audience": claims["aud"],
            "Provider": provider,
        }
        return self._session_of(call, given, role, extra)

    def _claims(self, given: _RoleRequest) -> dict[str, Any]:
        """The token's claims, once everything about it but the trust is right."""
        try:
            header = jwt.get_unverified_header(given.token)
            loose = jwt.decode(given.token, options={"verify_signature": False})
        except jwt.PyJWTError:
            raise Failure(
                400,
                "InvalidIdentityToken",
                "The ID Token provided is not a valid JWT. "
                "(You may see this error if you sent an Access Token)",
            ) from None
        accepted = (
            self.directory.audiences(given.role_arn.split(":")[4]) if loose.get("iss") == ISSUER else None
        )
        if accepted is None:
            message = f"No OpenIDConnect provider found in your account for {loose.get('iss')}"
            raise Failure(400, "InvalidIdentityToken", message)
        if loose.get("aud") not in accepted:
            raise Failure(400, "InvalidIdentityToken", "Incorrect token audience")
        try:
            if header.get("kid") != KEY_ID:
                raise jwt.InvalidKeyError
            claims = self.issuer.verify(given.token)
        except jwt.PyJWTError:
            message = (
                "Couldn't retrieve verification key from your identity provider,  please reference "
                "AssumeRoleWithWebIdentity documentation for requirements"
            )
            raise Failure(400, "InvalidIdentityToken", message) from None
        now = int(time.time())
        if claims["exp"] <= now:
            times = f"{now} must be before the expiration date/time {claims['exp']}"
            message = f"Token expired: current date/time {times}"
            raise Failure(400, "ExpiredTokenException", message)
        return claims

    def _sts_AssumeRole(self, call: Call, key: Key | None) -> Reply:
        if key is None:
            raise _missing_token(call)
        given = _RoleRequest.read(call)
        role = self.directory.role(given.role_arn)
        context = {**self._context(call, key), **given.context()}
        for action in ("sts:AssumeRole", "sts:TagSession") if given.tags else ("sts:AssumeRole",):
            ask = Ask(action, given.role_arn, context)
            if role is None or not self._may_assume(key, role, ask):
                who = f"User: {key.caller.arn} is not authorized"
                message = f"{who} to perform: {action} on resource: {given.role_arn}"
                raise Failure(403, "AccessDenied", message)
        assert role is not None
        self._check_packed(given)
        if key.kind == "role" and given.seconds > 3600:
            raise _invalid(
                "The requested DurationSeconds exceeds the 1 hour session limit "
                "for roles assumed by role chaining."
            )
        return self._session_of(call, given, role, {})

    def _may_assume(self, key: Key, role: Principal, ask: Ask) -> bool:
        """The role's trust, and the caller's policies unless a trust in the same account names the caller."""
        trust = resource_grant(role.trust, ask, key.caller)
        own, _ = self._identity(key, ask)
        if trust <= Grant.SILENT or own is Grant.DENIED:
            return False
        same_account = role.arn.split(":")[4] == key.caller.account
        return own is Grant.DIRECT or (same_account and trust is Grant.DIRECT and self._bounded(key, ask))

    def _check_packed(self, given: _RoleRequest) -> None:
        if self.packed_policy_limit is None or not given.tags:
            return
        size = sum(len(k) + len(v) for k, v in given.tags.items())
        if size > self.packed_policy_limit:
            percent = 100 * size // max(1, self.packed_policy_limit)
            message = f"Packed size of session tags consumes {percent}% of allotted space."
            raise Failure(400, "PackedPolicyTooLarge", message)

    def _session_of(
        self, call: Call, given: _RoleRequest, role: Principal, extra: Mapping[str, str]
    ) -> Reply:
        if given.seconds > role.max_session:
            raise _invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        account, name = role.arn.split(":")[4], role.arn.rpartition("/")[2]
        arn = f"arn:aws:sts::{account}:assumed-role/{name}/{given.session}"
        expires = int(time.time()) + given.seconds
        key = self._hand_out(
            Caller(arn, role.arn, account), "role", name, f"{role.identity}:{given.session}", "ASIA",
            expires=expires, policy=given.policy, tags=given.tags,
        )  # fmt: skip
        credentials = {
            "AccessKeyId": key.access_key,
            "SecretAccessKey": key.secret,
            "SessionToken": key.token,
            "Expiration": datetime.fromtimestamp(expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        user = {"AssumedRoleId": key.user_id, "Arn": arn}
        return _sts_reply(call, {"Credentials": credentials, "AssumedRoleUser": user, **extra})


_KNOWN_PARAMETERS = {
    "Action", "Version", "RoleArn", "RoleSessionName", "DurationSeconds", "ExternalId", "WebIdentityToken",
    "Policy", "Tags",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _RoleRequest:
    """The parameters of an AssumeRole*, checked as the API checks them."""

    role_arn: str
    session: str
    seconds: int
    external_id: str | None
    token: str
    tags: Mapping[str, str]
    policy: Document | None

    @classmethod
    def read(cls, call: Call) -> _RoleRequest:
        """Read and check. Raises `Failure`."""
        params = call.params
        if unknown := {name.partition(".")[0] for name in params} - _KNOWN_PARAMETERS:
            raise Unjudged(f"parameters {sorted(unknown)} of {call.operation}")
        _check_text(
            "roleArn",
            params.get("RoleArn"),
            r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF]+",
            20,
            2048,
        )
        if not re.fullmatch(r"arn:aws:iam::\d{12}:role/\S+", params["RoleArn"]):
            raise _invalid(f"{params['RoleArn']} is invalid")
        _check_text("roleSessionName", params.get("RoleSessionName"), r"[\w+=,.@-]*", 2, 64)
        if "ExternalId" in params:
            _check_text("externalId", params["ExternalId"], r"[\w+=,.@:\/-]*", 2, 1224)
        if call.operation == "AssumeRoleWithWebIdentity":
            _check_text("webIdentityToken", params.get("WebIdentityToken"), r"[^\0]*", 4, 20000)
        given = params.get("Policy")
        return cls(
            params["RoleArn"], params["RoleSessionName"], _seconds(params.get("DurationSeconds", "3600")),
            params.get("ExternalId"), params.get("WebIdentityToken", ""), _tags(params),
            json.loads(given) if given else None,
        )  # fmt: skip

    def context(self) -> dict[str, tuple[str, ...]]:
        """The condition keys these parameters set."""
        return {
            "sts:externalid": _optional(self.external_id),
            "sts:rolesessionname": (self.session,),
            "sts:transitivetagkeys": (),
            "aws:tagkeys": tuple(self.tags),
            **{f"aws:requesttag/{k.lower()}": (v,) for k, v in self.tags.items()},
        }


def _seconds(text: str) -> int:
    value = int(text)
    if not 900 <= value <= 43200:
        side = "greater than or equal to 900" if value < 900 else "less than or equal to 43200"
        raise _constraint("durationSeconds", text, f"Member must have value {side}")
    return value


def _tags(params: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, key in params.items():
        if not (match := re.fullmatch(r"Tags\.member\.(\d+)\.Key", name)):
            continue
        value = params.get(f"Tags.member.{match[1]}.Value", "")
        place = f"tags.{match[1]}.member."
        _check_text(f"{place}key", key, r"[\w\s.:/=+\-@]+", 1, 128)
        _check_text(f"{place}value", value, r"[\w\s.:/=+\-@]*", 0, 256)
        if key.lower() in (k.lower() for k in found):
            raise Failure(
                400,
                "InvalidParameterValue",
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            )
        found[key] = value
    if len(found) > 50:
        raise _constraint("tags", "[...]", "Member must have length less than or equal to 50")
    return found


def _check_text(name: str, value: str | None, pattern: str, shortest: int, longest: int) -> None:
    if value is None:
        raise _constraint(name, None, "Member must not be null")
    if not re.fullmatch(pattern, value):
        raise _constraint(name, value, f"Member must satisfy regular expression pattern: {pattern}")
    if len(value) < shortest:
        raise _constraint(name, value, f"Member must have length greater than or equal to {shortest}")
    if len(value) > longest:
        raise _constraint(name, value, f"Member must have length less than or equal to {longest}")


def _constraint(name: str, value: str | None, text: str) -> Failure:
    shown = "null" if value is None else f"'{value}'"
    return _invalid(
        f"1 validation error detected: Value {shown} at '{name}' failed to satisfy constraint: {text}"
    )


def _invalid(message: str) -> Failure:
    return Failure(400, "ValidationError", message)


def _optional(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


def _caller_context(caller: Caller, kind: str) -> dict[str, tuple[str, ...]]:
    return {
        "aws:principalarn": (caller.principal,),
        "aws:principalaccount": (caller.account,),
        "aws:principaltype": (kind,),
        "aws:securetransport": ("true",),
        "aws:viaawsservice": ("false",),
        "aws:multifactorauthpresent": (),
        "aws:calledvia": (),
    }


def _sts_reply(call: Call, result: Mapping[str, Any]) -> Reply:
    name = call.operation
    text = f"<{name}Result>{_xml(result)}</{name}Result>"
    meta = f"<ResponseMetadata><RequestId>{secrets.token_hex(16)}</RequestId></ResponseMetadata>"
    body = f'<{name}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">{text}{meta}</{name}Response>'
    return Reply(200, body.encode(), (("Content-Type", "text/xml"),))


def _xml(table: Mapping[str, Any]) -> str:
    return "".join(f"<{k}>{_xml(v) if isinstance(v, Mapping) else escape(v)}</{k}>" for k, v in table.items())


# --- refusals ----------------------------------------------------------------------------------


def _article(what: str) -> str:
    return "an" if what[0] in "aeiou" else "a"


def _denied(call: Call, key: Key, ask: Ask, reason: str) -> Failure:
    """A refusal in the service's own words."""
    action = ask.action.replace("sns:", "SNS:", 1) if call.service == "sns" else ask.action
    resource = f'"{ask.resource}"' if call.service == "s3" else ask.resource
    reason = reason.replace(ask.action, action)
    text = f"User: {key.caller.arn} is not authorized to perform: {action} on resource: {resource}{reason}"
    match call.protocol:
        case "ec2":
            message = f"You are not authorized to perform this operation. {text}"
            return Failure(403, "UnauthorizedOperation", message)
        case "json" | "cbor":
            return Failure(400, "AccessDeniedException", text)
        case "rest-json":
            return Failure(403, "AccessDeniedException", text)
        case _:
            return Failure(403, "AuthorizationError" if call.service == "sns" else "AccessDenied", text)


def _missing_token(call: Call) -> Failure:
    match call.protocol:
        case "s3":
            return Failure(403, "AccessDenied", "Access Denied")
        case "json" | "rest-json" | "cbor":
            return Failure(400, "MissingAuthenticationTokenException", "Missing Authentication Token")
        case _:
            return Failure(403, "MissingAuthenticationToken", "Request is missing Authentication Token")


def _unknown_key(call: Call) -> Failure:
    if call.protocol == "s3":
        message = "The AWS Access Key Id you provided does not exist in our records."
        return Failure(403, "InvalidAccessKeyId", message)
    return _unknown_token(call)


def _unknown_token(call: Call) -> Failure:
    message = "The security token included in the request is invalid."
    match call.protocol:
        case "s3":
            return Failure(400, "InvalidToken", "The provided token is malformed or otherwise invalid.")
        case "ec2":
            return Failure(401, "AuthFailure", "AWS was not able to validate the provided access credentials")
        case "json" | "cbor":
            return Failure(400, "UnrecognizedClientException", message)
        case "rest-json":
            return Failure(403, "UnrecognizedClientException", message)
        case _:
            return Failure(403, "InvalidClientTokenId", message)


def _expired(call: Call) -> Failure:
    message = "The security token included in the request is expired"
    match call.protocol:
        case "s3":
            return Failure(400, "ExpiredToken", "The provided token has expired.")
        case "ec2":
            return Failure(400, "RequestExpired", "Request has expired.")
        case "json" | "cbor":
            return Failure(400, "ExpiredTokenException", message)
        case "rest-json":
            return Failure(403, "ExpiredTokenException", message)
        case _:
            return Failure(403, "ExpiredToken", message)


# --- starting it -------------------------------------------------------------------------------


@contextmanager
def _moto() -> Iterator[int]:
    """moto's port."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MOTO_"))}
    with subprocess.Popen(
        [sys.executable, "-c", _MOTO], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environ, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        try:
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"moto does not start: {process.stderr.read()}")
            yield int(line)
        finally:
            process.kill()


@contextmanager
def aws_accounts(folder: Path) -> Iterator[AwsAccounts]:
    """AWS inside this block. Fails at the end if a request came that the kit could not judge."""
    with _moto() as port, OidcIssuer() as issuer:
        aws = AwsAccounts(folder, port, issuer)
        aws.front.start()
        try:
            yield aws
        finally:
            aws.close()
            aws.front.stop()
    if aws.unjudged:
        pytest.fail("the AWS kit cannot judge: " + "; ".join(aws.unjudged))


@cache
def provider_problem(cli_config: str) -> str:
    """Why `terraform init` finds no AWS provider; "" if it does."""
    config = 'terraform {\n  required_providers {\n    aws = {\n      source  = "hashicorp/aws"\n'
    config += '      version = "~> 5.100"\n    }\n  }\n}\n'
    with tempfile.TemporaryDirectory() as name:
        Path(name, "main.tf").write_text(config)
        done = subprocess.run(
            ["terraform", "init", "-no-color", "-input=false"], cwd=name, capture_output=True, text=True,
            check=False, timeout=600, env={**os.environ, "TF_CLI_CONFIG_FILE": cli_config},
        )  # fmt: skip
    return "" if done.returncode == 0 else done.stderr.strip()


def needs_aws_provider() -> str:
    """The CLI configuration with which terraform finds its AWS provider. Without one: skip; in CI: fail."""
    needs_program("terraform")
    cli_config = os.environ.get("TF_CLI_CONFIG_FILE", os.devnull)
    problem = provider_problem(cli_config)
    if not problem:
        return cli_config
    reason = (
        f"terraform init finds no hashicorp/aws 5.100 with TF_CLI_CONFIG_FILE={cli_config}: {problem[:300]}"
    )
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and in CI nothing may be skipped")
    pytest.skip(reason)
