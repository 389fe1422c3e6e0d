"""What stands before moto: reads AWS requests of all protocols, checks signatures, words errors, forwards."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import re
import socket
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import botocore.exceptions
import botocore.session

from tests.kit.aws_policies import Unjudged

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "expect", "te", "trailer", "upgrade"}
_OURS = {"x-moto-account-id"}
"""A client may not choose its account."""


class Failure(Exception):
    """An error to answer with, in AWS's words."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, as moto or the front gave it."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `operation` is the API's name of it, "" where it cannot be told."""

    method: str
    target: str
    headers: Message[str, str]
    body: bytes
    service: str
    region: str
    access_key: str
    protocol: str
    operation: str
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The path as it was sent, still quoted."""
        return urlsplit(self.target).path or "/"

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def bucket(self) -> str:
        """S3 only: the bucket."""
        return unquote(self.path).lstrip("/").partition("/")[0]

    @property
    def key(self) -> str:
        """S3 only: the object's key, "" for a request about the bucket."""
        return unquote(self.path).lstrip("/").partition("/")[2]


# --- reading -----------------------------------------------------------------------------------


def read_call(method: str, target: str, headers: Message[str, str], body: bytes) -> Call:
    """Tell service, protocol, operation and parameters of a request."""
    access_key, region, service = _scope(headers)
    parts = urlsplit(target)
    form = headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
    if service != "s3" and (params := _form(parts.query, body if form else b"")).get("Action"):
        protocol = "ec2" if service == "ec2" else "query"
        return Call(
            method, target, headers, body, service or _unsigned(params["Action"]), region, access_key,
            protocol, params["Action"], params,
        )  # fmt: skip
    if not headers.get("Authorization"):
        service = "s3"  # what else would anybody ask for without credentials
    protocol, operation, params = _modern(method, target, headers, body, service)
    return Call(method, target, headers, body, service, region, access_key, protocol, operation, params)


def _scope(headers: Message[str, str]) -> tuple[str, str, str]:
    """Access key, region and service of the signature; empty for an unsigned request."""
    found = re.search(
        r"Credential=([^/]+)/\d{8}/([^/]*)/([^/]+)/aws4_request", headers.get("Authorization", "")
    )
    return (found[1], found[2], found[3].lower()) if found else ("", "us-east-1", "")


def _unsigned(action: str) -> str:
    return "sts" if action.startswith("AssumeRoleWith") else ""


def _form(query: str, body: bytes) -> dict[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    return dict(pairs + parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _modern(
    method: str, target: str, headers: Message[str, str], body: bytes, service: str
) -> tuple[str, str, dict[str, str]]:
    """Protocol, operation and parameters of a request that is no form."""
    path = urlsplit(target).path
    if name := headers.get("X-Amz-Target"):
        return "json", name.rpartition(".")[2], _texts(body)
    if found := re.search(r"/service/[^/]+/operation/(\w+)$", path):
        return "cbor", found[1], {}
    if service == "s3":
        return "s3", _rest_operation("s3", method, target, headers)[0], {}
    operation, params = _rest_operation(service, method, target, headers)
    protocol = "rest-xml" if service in ("route53", "cloudfront", "s3-control") else "rest-json"
    return protocol, operation, {**params, **_texts(body)}


def _texts(body: bytes) -> dict[str, str]:
    """A JSON body's texts at the top."""
    try:
        data = json.loads(body or b"{}")
    except ValueError:
        return {}
    return {k: v for k, v in data.items() if isinstance(v, str)} if isinstance(data, dict) else {}


@dataclass(frozen=True, slots=True)
class _Route:
    """One operation of a REST service: what a request must look like."""

    operation: str
    method: str
    path: re.Pattern[str]
    query: tuple[tuple[str, str], ...]
    headers: tuple[str, ...]
    rank: int


@cache
def _routes(service: str) -> tuple[_Route, ...]:
    """The operations of a REST service, the most particular first."""
    try:
        model = botocore.session.Session().get_service_model(
            {"elasticfilesystem": "efs"}.get(service, service)
        )
    except botocore.exceptions.UnknownServiceError:
        return ()
    routes = [_route(model.operation_model(name)) for name in model.operation_names]
    return tuple(sorted(routes, key=lambda r: (-r.rank, len(r.operation))))


def _route(operation: Any) -> _Route:
    path, _, query = operation.http["requestUri"].partition("?")
    expression = re.sub(r"\\\{(\w+)(\\\+)?\\\}", _label, re.escape(path))
    wanted = [(k, v) for k, _, v in (part.partition("=") for part in query.split("&") if part)]
    headers = []
    for name in operation.input_shape.required_members if operation.input_shape else ():
        place = operation.input_shape.members[name].serialization
        if place.get("location") == "querystring":
            wanted.append((place["name"], ""))
        elif place.get("location") == "header" and place["name"].startswith("x-amz-copy-source"):
            headers.append(place["name"])
    rank = 1000 * (len(wanted) + len(headers)) + len(re.sub(r"\{[^}]*\}", "", path))
    name = re.sub(r"\d{4}_\d{2}_\d{2}$", "", operation.name)
    return _Route(
        name, operation.http["method"], re.compile(expression + "/?"), tuple(wanted), tuple(headers), rank
    )


def _label(found: re.Match[str]) -> str:
    return f"(?P<{found[1]}>{'.+' if found[2] else '[^/]+'})"


def _rest_operation(
    service: str, method: str, target: str, headers: Message[str, str]
) -> tuple[str, dict[str, str]]:
    """The operation and the labels in its path."""
    parts = urlsplit(target)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    for route in _routes(service):
        found = route.path.fullmatch(parts.path or "/")
        if (
            found
            and route.method == method
            and all(k in query and v in ("", query[k]) for k, v in route.query)
            and all(name in headers for name in route.headers)
        ):
            return route.operation, {k: unquote(v) for k, v in found.groupdict().items()}
    return "", {}


# --- signatures --------------------------------------------------------------------------------


def check_signature(call: Call, secret: str) -> None:
    """Signature version 4, as AWS calculates it. Raises `Failure`."""
    found = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})",
        call.headers.get("Authorization", ""),
    )
    if found is None:
        raise Failure(400, "IncompleteSignature", "Authorization header has no signature of version 4.")
    declared = call.headers.get("X-Amz-Content-Sha256", "")
    actual = hashlib.sha256(call.body).hexdigest()
    if re.fullmatch("[0-9a-f]{64}", declared) and declared != actual:
        message = "The provided 'x-amz-content-sha256' header does not match what was computed."
        raise Failure(400, "XAmzContentSHA256Mismatch", message)
    _, day, region, service, last = found[1].rsplit("/", 4)
    signed = found[2].split(";")
    if "host" not in signed:
        raise _mismatch()
    first = [call.method, _canonical_path(call), _canonical_query(call.target)]
    canonical = "\n".join([*first, *_canonical_headers(call, signed), "", found[2], declared or actual])
    scope = "/".join((day, region, service, last))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(("AWS4-HMAC-SHA256", call.headers.get("X-Amz-Date", ""), scope, digest))
    key = b"AWS4" + secret.encode()
    for part in (day, region, service, last):
        key = hmac.digest(key, part.encode(), "sha256")
    if not hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), found[3]):
        raise _mismatch()


def _mismatch() -> Failure:
    return Failure(
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your AWS "
        "Secret Access Key and signing method. Consult the service documentation for details.",
    )


def _canonical_path(call: Call) -> str:
    return call.path if call.service == "s3" else quote(call.path, safe="/~")


def _canonical_query(target: str) -> str:
    pairs = (part.partition("=") for part in urlsplit(target).query.split("&") if part)
    return "&".join(f"{k}={v}" for k, v in sorted((k, v.replace("+", "%20")) for k, _, v in pairs))


def _canonical_headers(call: Call, signed: list[str]) -> Iterator[str]:
    for name in signed:
        values = (" ".join(value.split()) for value in call.headers.get_all(name, []))
        yield f"{name}:{','.join(values)}"


# --- what an action needs ----------------------------------------------------------------------

_PREFIXES = {"monitoring": "cloudwatch", "email": "ses", "s3express": "s3"}
_S3 = {
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListBuckets": "ListAllMyBuckets",
    "HeadObject": "GetObject",
    "GetObjectAttributes": "GetObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "ListParts": "ListMultipartUploadParts",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "DeleteObjects": "DeleteObject",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketCors": "PutBucketCORS",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "GetBucketReplication": "GetReplicationConfiguration",
    "PutBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
}
_VERSIONED = {"GetObject", "DeleteObject", "GetObjectTagging", "GetObjectAcl", "DeleteObjectTagging"}
_RESOURCES: dict[str, tuple[tuple[str, str], ...]] = {
    "sts": (("RoleArn", "{}"),),
    "sns": (("TopicArn", "{}"), ("ResourceArn", "{}"), ("Name", "{region}:{account}:{}")),
    "ssm": (("Name", "{region}:{account}:parameter/{}"), ("ResourceId", "{region}:{account}:parameter/{}")),
    "iam": (
        ("RoleName", ":{account}:role/{}"),
        ("UserName", ":{account}:user/{}"),
        ("PolicyArn", "{}"),
        ("PolicyName", ":{account}:policy/{}"),
        ("OpenIDConnectProviderArn", "{}"),
    ),
    "sqs": (("QueueName", "{region}:{account}:{}"), ("QueueUrl", "{region}:{account}:{}")),
    "kms": (("KeyId", "{region}:{account}:key/{}"),),
    "logs": (("logGroupName", "{region}:{account}:log-group:{}"), ("resourceArn", "{}")),
    "dynamodb": (("TableName", "{region}:{account}:table/{}"), ("ResourceArn", "{}")),
    "secretsmanager": (
        ("SecretId", "{region}:{account}:secret:{}"),
        ("Name", "{region}:{account}:secret:{}"),
    ),
    "lambda": (("FunctionName", "{region}:{account}:function:{}"),),
}


def needs(call: Call, account: str) -> list[tuple[str, str]]:
    """The actions a request needs, each with its resource; "*" where that is not known."""
    if not call.operation:
        raise Unjudged(f"no operation known for {call.service} {call.method} {call.path}")
    if call.service == "s3":
        return _s3_needs(call)
    if call.service == "apigateway":
        return [(f"apigateway:{call.method}", f"arn:aws:apigateway:{call.region}::{unquote(call.path)}")]
    prefix = _PREFIXES.get(call.service, call.service)
    return [(f"{prefix}:{call.operation}", resource_of(call, account))]


def resource_of(call: Call, account: str) -> str:
    """The ARN of what a request is about, "*" where it is not known."""
    if call.service == "s3":
        return f"arn:aws:s3:::{call.bucket}" + (f"/{call.key}" if call.key else "") if call.bucket else "*"
    for name, form in _RESOURCES.get(call.service, ()):
        value = call.params.get(name, "")
        if value.startswith("arn:"):
            return value
        if value:
            short = value.rstrip("/").rpartition("/")[2] if name == "QueueUrl" else value.lstrip("/")
            place = form.replace("{region}", call.region).replace("{account}", account)
            return f"arn:aws:{call.service}:{place.replace('{}', short)}"
    return "*"


def _s3_needs(call: Call) -> list[tuple[str, str]]:
    action = _S3.get(call.operation, call.operation)
    if match := re.fullmatch(
        r"(Get|Put|Delete|List)Bucket(Analytics|Inventory|Metrics)Configurations?", call.operation
    ):
        action = f"{'Get' if match[1] in ('Get', 'List') else 'Put'}{match[2]}Configuration"
    if "versionId" in call.query and action in _VERSIONED:
        action = action.replace("Object", "ObjectVersion", 1)
    resource = resource_of(call, "")
    if call.operation == "DeleteObjects":
        return [(f"s3:{action}", f"{resource}/{key}") for key in _deleted_keys(call.body)]
    found = [(f"s3:{action}", resource)]
    if source := call.headers.get("x-amz-copy-source"):
        found.append(("s3:GetObject", f"arn:aws:s3:::{unquote(source).lstrip('/').partition('?')[0]}"))
    if action == "PutObject" and "x-amz-tagging" in call.headers:
        found.append(("s3:PutObjectTagging", resource))
    if action == "PutObject" and "x-amz-acl" in call.headers:
        found.append(("s3:PutObjectAcl", resource))
    return found


def _deleted_keys(body: bytes) -> list[str]:
    return [e.text or "" for e in ET.fromstring(body).iter() if e.tag.rpartition("}")[2] == "Key"]


# --- errors ------------------------------------------------------------------------------------


def render(call: Call, failure: Failure) -> Reply:
    """An error in the form of the request's protocol."""
    identity = str(uuid.uuid4())
    code, message = escape(failure.code), escape(failure.message)
    kind = "text/xml"
    match call.protocol:
        case "s3":
            kind = "application/xml"
            text = f"<Code>{code}</Code><Message>{message}</Message><RequestId>{identity}</RequestId>"
            body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{text}</Error>'
        case "ec2":
            text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
            body = f"<Response><Errors>{text}</Errors><RequestID>{identity}</RequestID></Response>"
        case "query" | "rest-xml":
            side = "Sender" if failure.status < 500 else "Receiver"
            text = f"<Error><Type>{side}</Type><Code>{code}</Code><Message>{message}</Message></Error>"
            body = f"<ErrorResponse>{text}<RequestId>{identity}</RequestId></ErrorResponse>"
        case "cbor":
            return _cbor(failure)
        case _:
            kind = "application/x-amz-json-1.1" if call.protocol == "json" else "application/json"
            body = json.dumps({"__type": failure.code, "message": failure.message})
    headers = [("Content-Type", kind), ("x-amzn-RequestId", identity), ("x-amz-request-id", identity)]
    if call.protocol in ("json", "rest-json"):
        headers.append(("x-amzn-ErrorType", failure.code))
    return Reply(failure.status, body.encode(), tuple(headers))


def _cbor(failure: Failure) -> Reply:
    def text(value: str) -> bytes:
        data = value.encode()
        return b"\x79" + len(data).to_bytes(2, "big") + data

    body = b"\xa2" + b"".join(map(text, ("__type", failure.code, "message", failure.message)))
    return Reply(
        failure.status, body, (("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor"))
    )


# --- the wire ----------------------------------------------------------------------------------


def forward(call: Call, port: int, account: str) -> Reply:
    """Ask moto, as that account. Everything else goes as it came, the Host header included."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.putrequest(call.method, call.target, skip_host=True, skip_accept_encoding=True)
        for name, value in call.headers.items():
            if name.lower() not in _HOP_BY_HOP | _OURS | {"content-length"}:
                connection.putheader(name, value)
        connection.putheader("x-moto-account-id", account)
        connection.putheader("Connection", "close")
        if call.body or call.method in ("POST", "PUT", "PATCH"):
            connection.putheader("Content-Length", str(len(call.body)))
        connection.endheaders(call.body or None)
        with connection.getresponse() as response:
            body = response.read()
            return Reply(response.status, body, tuple(response.getheaders()))
    finally:
        connection.close()


class FrontServer:
    """An HTTP/1.1 server on loopback that reads whole requests, and closes every connection at its end."""

    def __init__(self, answer: Callable[[Call], Reply]) -> None:
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._server = _front(answer, self._opened, self._closed)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Accept connections."""
        self._thread.start()

    def stop(self) -> None:
        """Accept no more, end what is open, wait for all threads."""
        self._server.shutdown()
        self._thread.join()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):  # the client was first
                    connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()

    def _opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)

    def _closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)


def _front(
    answer: Callable[[Call], Reply],
    opened: Callable[[socket.socket], None],
    closed: Callable[[socket.socket], None],
) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def setup(self) -> None:
            super().setup()
            opened(self.connection)

        def finish(self) -> None:
            closed(self.connection)
            super().finish()

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                self.close_connection = True  # a client that went away, or the end of the test

        def handle_expect_100(self) -> bool:
            going_on = super().handle_expect_100()
            self.wfile.flush()
            return going_on

        def serve(self) -> None:
            call = read_call(self.command, self.path, self.headers, self._body())
            self._write(answer(call))

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = serve

        def _body(self) -> bytes:
            if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            chunks = []
            while size := int(self.rfile.readline().partition(b";")[0], 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass  # trailers
            return b"".join(chunks)

        def _write(self, reply: Reply) -> None:
            self.send_response_only(reply.status)
            bodyless = reply.status in (204, 304)
            for name, value in reply.headers:
                if name.lower() not in _HOP_BY_HOP and (
                    name.lower() != "content-length" or (self.command == "HEAD" and not reply.body)
                ):
                    self.send_header(name, value)
            if self.command != "HEAD" and not bodyless:
                self.send_header("Content-Length", str(len(reply.body)))
            elif self.command == "HEAD" and reply.body:
                self.send_header("Content-Length", "0")
            self.end_headers()
            if self.command != "HEAD" and not bodyless:
                self.wfile.write(reply.body)
            self.wfile.flush()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = False
        request_queue_size = 128

    return Server(("127.0.0.1", 0), Handler)
