"""Secrets that are known by their shape alone; docs/reference/secret-shapes.md lists them.

Each shape has clues: short texts, one of which stands in every secret of that shape. All clues are
found in one pass; only where one stands is the shape itself looked for. So a text without clues costs
next to nothing, and a hostile one costs a bounded number of steps for each clue: a search that fails
has looked at a limited number of characters, and one that succeeds is not repeated inside of what it
found.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Callable, Iterator
from functools import cache
from typing import TypeAlias

from ahocorasick_rs import AhoCorasick, Implementation
from msgspec import Struct

from gitops_bot.core.json_values import as_object, read_json
from gitops_bot.render.known_texts import Span, searchable

PLACEHOLDER = "(redacted)"
_LONGEST_KEY = 65_536
"""Characters in which the other end of a private key is looked for."""
_NEAR = 200
"""Characters behind the name of a secret access key in which the key itself is looked for."""

_Find: TypeAlias = Callable[[str, int], Iterator[Span]]
"""What of a text is secret, given where a clue begins."""


class Shape(Struct, frozen=True):
    """One kind of secret: its name in the documents, its clues, and how it is looked for."""

    name: str
    clues: tuple[str, ...]
    find: _Find


def _as(pattern: str, before: int = 0) -> _Find:
    """What matches at the clue, or begins `before` characters before it; its group where it has one."""

    def find(text: str, at: int) -> Iterator[Span]:
        if at >= before and (match := _compiled(pattern).match(text, at - before)):
            yield match.span(match.lastindex or 0)

    return find


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled when it is first needed, which most never are: few texts hold their clues."""
    return re.compile(pattern)


def _token(name: str, *starts: str, rest: str) -> Shape:
    """A token that begins with one of `starts`, and goes on with `rest`."""
    return Shape(name, starts, _as(f"(?:{'|'.join(map(re.escape, starts))}){rest}"))


# --- private keys ---------------------------------------------------------------------------

_ARMOR = re.compile(r"-----(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_LINES = re.compile(r"(?:\s|\\[nrt]|[A-Za-z0-9+/=:,~-])*+")
_KEY_LINES_BACKWARDS = re.compile(r"(?:\s|[nrt]\\|[A-Za-z0-9+/=~-])*+")


def _private_key(text: str, at: int) -> Iterator[Span]:
    """From its first line to its last, which in a diff of two keys is that of the second.

    Of one without an end, or without a beginning, everything that could belong to it.
    """
    opening = _ARMOR.match(text, at)
    if opening is None:
        return
    if opening[1] == "END":  # its beginning was cut off
        # Not back over another end: a text full of ends would be walked through for each of them.
        since = max(text.rfind("-----END ", 0, at) + 1, at - _LONGEST_KEY, 0)
        before = _KEY_LINES_BACKWARDS.match(text[since:at][::-1])
        yield at - (before.end() if before else 0), opening.end()
        return
    limit = at + _LONGEST_KEY
    if text.find("-----END ", at, limit) < 0:
        found = _KEY_LINES.match(text, opening.end())
        yield at, found.end() if found else opening.end()
        return
    depth, end = 0, opening.end()
    for armor in _ARMOR.finditer(text, at, limit):
        depth += 1 if armor[1] == "BEGIN" else -1
        end = armor.end()
        if depth == 0:
            break
    yield at, end


_BASE64 = re.compile(r"[A-Za-z0-9+/]{64,}+={0,2}")


def _encoded_private_key(text: str, at: int) -> Iterator[Span]:
    """A private key in base64, as in a kubeconfig. A certificate begins alike and is left alone."""
    if (match := _BASE64.match(text, at)) and b" PRIVATE KEY" in b64decode(match[0][:64]):
        yield match.span()


# --- AWS ------------------------------------------------------------------------------------

_SECRET_ACCESS_KEY = re.compile(r"(?<![A-Za-z0-9/+=])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")


def _secret_access_keys(text: str, at: int) -> Iterator[Span]:
    """40 characters of base64 close behind a name for them or an access key ID."""
    for match in _SECRET_ACCESS_KEY.finditer(text, at, at + _NEAR):
        kinds = (str.isupper, str.islower, str.isdigit)
        if all(any(map(is_kind, match[0])) for is_kind in kinds):
            yield match.span()


# --- tokens that say in themselves what they are -----------------------------------------------

_JWT = re.compile(r"(eyJ[A-Za-z0-9_-]{8,600}+)\.[A-Za-z0-9_-]{8,16384}+\.[A-Za-z0-9_-]{16,2048}+")


def _json_web_token(text: str, at: int) -> Iterator[Span]:
    """Three parts, the first of which is a header that names its algorithm."""
    match = _JWT.match(text, at)
    if match is None:
        return
    try:
        header = read_json(urlsafe_b64decode(match[1] + "==").decode())
    except (ValueError, binascii.Error, RecursionError):
        return
    if "alg" in as_object(header):
        yield match.span()


# --- headers ----------------------------------------------------------------------------------

_SCHEMES = r"(?:[Bb]earer|BEARER|[Bb]asic|BASIC|[Tt]oken|[Dd]igest|[Aa]pi[Kk]ey|AWS)"
_CREDENTIALS = r"[A-Za-z0-9._~+/:=%-]"
_HEADER = re.compile(
    r"(?i:uthorization)[\"'\\]{0,4}\s{0,20}+(?:=>|[=:,])?\s{0,20}+[\"'\\]{0,4}" + _SCHEMES + r"\s{1,20}+"
    rf"(?![a-z]{{1,19}}+(?!{_CREDENTIALS}))({_CREDENTIALS}{{6,4096}}+)"
)
_BEARER = re.compile(rf"(?i:bearer)\s{{1,4}}+((?=[^\s0-9]{{0,256}}[0-9]){_CREDENTIALS}{{20,4096}}+)")
_BASIC = re.compile(r"(?i:basic)\s{1,4}+([A-Za-z0-9+/]{8,4096}+={0,2})")


def _header(text: str, at: int) -> Iterator[Span]:
    if match := _HEADER.match(text, at):
        yield match.span(1)


def _bearer(text: str, at: int) -> Iterator[Span]:
    if match := _BEARER.match(text, at):
        yield match.span(1)


def _basic(text: str, at: int) -> Iterator[Span]:
    """Base64 of a name, a colon and a password."""
    match = _BASIC.match(text, at)
    if match is None or len(match[1]) % 4:
        return
    try:
        decoded = b64decode(match[1]).decode()
    except (ValueError, binascii.Error):
        return
    if ":" in decoded and decoded.isprintable():
        yield match.span(1)


# --- connection strings -------------------------------------------------------------------------

_STAND_INS = r"(?!\$*+\{|%[a-z]@|\(redacted\)|[*.]++@|x++@|X++@|sha256:)"
_USER = r"://[^\s/?#@:\"'<>\\]{0,256}+:" + _STAND_INS
_IN_URL = re.compile(_USER + r"((?:[^\s/?#\"'<>\\]|\\u00[0-9a-f]{2}){1,512})@(?!sha256:)")
_IN_DATABASE_URL = re.compile(_USER + r"((?:[^\s?#\"'<>\\]|\\u00[0-9a-f]{2}){1,512})@")
_DATABASES = (
    "postgres", "postgresql", "mysql", "mariadb", "mongodb", "mongodb+srv", "redis", "rediss",
    "amqp", "amqps", "sqlserver", "mssql", "clickhouse", "oracle", "cassandra", "kafka", "nats", "mqtt",
    "ldap", "ldaps", "smtp", "smtps",
)  # fmt: skip


def _password_in_url(text: str, at: int) -> Iterator[Span]:
    """The password alone. A database's may hold slashes, as drivers take them."""
    database = text[max(0, at - 12) : at].endswith(_DATABASES)
    if match := (_IN_DATABASE_URL if database else _IN_URL).match(text, at):
        yield match.span(1)


_ASSIGNED = re.compile(r"(?i:password|passwd|pwd)=(?!\$|[<{%(*]|(?i:true|false)\b)([^\s;&\"'\\]{1,512}+)")
_CONNECTS = re.compile(r"(?i)\b(?:host|hostaddr|server|data source|dbname|database|user ?id|uid|user)=")


def _assigned_password(text: str, at: int) -> Iterator[Span]:
    """`password=` among the other members of a connection string or a URL's query."""
    match = _ASSIGNED.match(text, at)
    if match is None or text[at - 1 : at].isalnum():
        return
    if text[at - 1 : at] in ("?", "&") or _CONNECTS.search(text, max(0, at - 200), at + 300):
        yield match.span(1)


_SPELLINGS = ("password=", "Password=", "PASSWORD=", "passwd=", "pwd=", "Pwd=", "PWD=")
_KEY_NAMES = (
    "secret_access_key", "SECRET_ACCESS_KEY", "secretAccessKey", "SecretAccessKey", "secret-access-key",
    "aws_secret_key", "AWS_SECRET_KEY", "secretKey", "SecretKey",
)  # fmt: skip
_KEY_IDS = ("AKIA", "ASIA")

SHAPES = (
    Shape("Private key (PEM)", ("-----BEGIN ", "-----END "), _private_key),
    Shape("Private key in base64", ("LS0tLS1CRUdJTi",), _encoded_private_key),
    _token("age key", "AGE-SECRET-KEY-1", rest="[0-9A-Z]{40,}+"),
    _token("AWS access key ID", *_KEY_IDS, "ABIA", "ACCA", rest="[A-Z0-9]{16,}+"),
    Shape("AWS secret access key", (*_KEY_NAMES, *_KEY_IDS), _secret_access_keys),
    _token("AWS session token", "IQoJb3JpZ2lu", "FwoGZXIvYXdz", "FQoGZXIvYXdz",
           rest="[A-Za-z0-9+/=%_-]{60,}+"),
    Shape("AWS request signature", ("X-Amz-Signature=",), _as("X-Amz-Signature=([0-9a-f]{64})")),
    _token("GitHub token", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", rest="[A-Za-z0-9]{30,}+"),
    _token("GitHub fine-grained token", "github_pat_", rest="[A-Za-z0-9_]{36,}+"),
    _token("GitLab token", "glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glsoat-",
           rest="[A-Za-z0-9_.-]{20,}+"),
    _token("Slack token", "xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xoxe.", "xapp-",
           rest="[A-Za-z0-9.-]{10,}+"),
    Shape("Slack webhook", ("hooks.slack.com/",),
          _as(r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9/_-]{20,}+)")),
    Shape("Discord webhook", ("/api/webhooks/",),
          _as(r"/api/webhooks/([0-9]{15,20}+/[A-Za-z0-9_-]{40,}+)")),
    _token("Stripe key", "sk_live_", "rk_live_", "sk_test_", "rk_test_", rest="[A-Za-z0-9]{16,}+"),
    _token("Stripe webhook secret", "whsec_", rest="[A-Za-z0-9+/=]{32,}+"),
    _token("Google API key", "AIza", rest="[A-Za-z0-9_-]{35}"),
    _token("Google client secret", "GOCSPX-", rest="[A-Za-z0-9_-]{20,}+"),
    _token("Google access token", "ya29.", rest="[A-Za-z0-9_-]{30,}+"),
    _token("npm token", "npm_", rest="[A-Za-z0-9]{36,}+"),
    _token("PyPI token", "pypi-AgE", rest="[A-Za-z0-9_-]{40,}+"),
    _token("Docker Hub token", "dckr_pat_", "dckr_oat_", rest="[A-Za-z0-9_-]{20,}+"),
    _token("Vault token", "hvs.", "hvb.", "hvr.", rest="(?=[A-Za-z0-9_-]{0,64}[A-Z])[A-Za-z0-9_-]{24,}+"),
    Shape("HCP Terraform token", (".atlasv1.",), _as(r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{40,}+", 14)),
    _token("OpenAI key", "sk-proj-", "sk-svcacct-", "sk-admin-", rest="[A-Za-z0-9_-]{20,}+"),
    Shape("OpenAI key, older", ("T3BlbkFJ",), _as("sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20,}+", 23)),
    _token("Anthropic key", "sk-ant-", rest="[A-Za-z0-9_-]{20,}+"),
    Shape("SendGrid key", ("SG.",), _as(r"SG\.[A-Za-z0-9_-]{16,32}+\.[A-Za-z0-9_-]{32,}+")),
    _token("DigitalOcean token", "dop_v1_", "doo_v1_", "dor_v1_", rest="[0-9a-f]{64}"),
    _token("Databricks token", "dapi", rest="[0-9a-f]{32}"),
    _token("Grafana token", "glc_", "glsa_", rest="[A-Za-z0-9+/=_]{32,}+"),
    _token("Shopify token", "shpat_", "shpss_", "shpca_", "shppa_", rest="[0-9a-fA-F]{32}"),
    _token("New Relic key", "NRAK-", rest="[A-Z0-9]{27}"),
    _token("Atlassian token", "ATATT3", rest="[A-Za-z0-9_=-]{50,}+"),
    Shape("Azure storage or bus key", ("AccountKey=", "SharedAccessKey="),
          _as("(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/%]{40,512}+={0,2})")),
    Shape("Azure shared access signature", ("sig=",),
          _as("sig=((?:[A-Za-z0-9/+]|%2[BbFf]){43}(?:=|%3[Dd]))")),
    Shape("JSON web token", ("eyJ",), _json_web_token),
    Shape("Authorization header", ("uthorization", "UTHORIZATION"), _header),
    Shape("Bearer token", ("Bearer ", "bearer ", "BEARER "), _bearer),
    Shape("Basic credentials", ("Basic ", "basic ", "BASIC "), _basic),
    Shape("Password in a URL", ("://",), _password_in_url),
    Shape("Password in a connection string", _SPELLINGS, _assigned_password),
)  # fmt: skip
"""Every shape, in the order of the documents."""


@cache
def _clues() -> tuple[AhoCorasick, tuple[Shape, ...]]:
    pairs = [(clue, shape) for shape in SHAPES for clue in shape.clues]
    automaton = AhoCorasick(
        [clue for clue, _ in pairs], store_patterns=False, implementation=Implementation.DFA
    )
    return automaton, tuple(shape for _, shape in pairs)


def shape_spans(text: str) -> Iterator[Span]:
    """Where in `text` something has the shape of a secret; the places may overlap."""
    automaton, shapes = _clues()
    last: dict[str, Span] = {}
    text = searchable(text)
    for index, at, _ in automaton.find_matches_as_indexes(text, overlapping=True):
        shape = shapes[index]
        start, end = last.get(shape.name, (0, 0))
        if not start <= at < end:
            for span in shape.find(text, at):
                last[shape.name] = span
                yield span
