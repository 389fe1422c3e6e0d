"""What has the shape of a secret is hidden wherever it stands; what only resembles one is not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_bot.render import secret_shapes
from gitops_bot.render.redact import Redacted, Redactor
from gitops_bot.render.secret_shapes import PLACEHOLDER, SHAPES, shape_spans
from tests.kit.secret_samples import SAMPLES, pem

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
NAMES = [shape.name for shape in SHAPES]
SURROUNDINGS = {
    "alone": "{}",
    "a value": '      + value = "{}"',
    "a JSON text in a string": '  + policy = "{{\\"a\\": \\"{}\\"}}"',
    "after an escaped newline": '  + user_data = "#!/bin/sh\\n{}\\nrun"',
    "after an escaped sign": '  + query = "a\\u0026b\\u003d{}"',
    "a key": '  # aws_iam_user.one["{}"] will be created',
    "a sentence": "Error: the value {} cannot be used, see above.",
    "an old and a new value": '  ~ v = "{0}" -> "{0}"',
    "among other characters": "é\U0001f600 {} é",
    "beside a lone surrogate": "\ud800 {}",
}


@pytest.mark.parametrize("around", SURROUNDINGS)
@pytest.mark.parametrize("name", NAMES)
def test_a_secret_of_every_shape_is_hidden_wherever_it_stands(name: str, around: str) -> None:
    text, secret = SAMPLES[name]
    shown = Redactor().redact(SURROUNDINGS[around].format(text))
    assert secret not in shown.text
    assert shown.count >= 1


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_found_by_its_own_shape(name: str) -> None:
    text, secret = SAMPLES[name]
    shape = next(s for s in SHAPES if s.name == name)
    hits = [m.start() for clue in shape.clues for m in re.finditer(re.escape(clue), text)]
    found = [text[start:end] for at in hits for start, end in shape.find(text, at)]
    assert found != []
    assert [p for p in found if secret not in p] == []


@pytest.mark.parametrize("name", NAMES)
def test_what_was_redacted_is_not_redacted_again(name: str) -> None:
    once = Redactor()(f"before {SAMPLES[name][0]} after")
    assert Redacted(once, 0) == Redactor().redact(once)


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:iam::123456789012:role/gitops-plan",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/app/secret_access_key-AbCdEf",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "secret_access_key_sha1 = da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "vpc-0a1b2c3d4e5f67890 AIDACKCEVSQ6C2EXAMPLE AROADBQP57FF2AEXAMPLE",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        'source_code_hash = "Zt5cT1hZk3pVPGTzqy9Jn1Eu5WdDYdMJ6lZ2m1nS5bQ="',
        "https://example.com:8443/path?mail=a@example.com",
        "git::ssh://git@github.com/org/repo.git?ref=v1.2.3",
        "docker://registry.example.com/app:1.2@sha256:0123456789abcdef",
        "registry://app:1.2@sha256:0123456789abcdef",
        "postgres://${var.user}:${var.password}@db:5432/app",
        "postgres://app:****@db:5432/app postgres://app:(redacted)@db/app",
        "s3://bucket/key arn://x tcp://0.0.0.0:80",
        "task-live-checks risk-ant-api03 disk-proj-x sk-ant",
        "Authorization: Bearer token authentication",
        "uses Bearer authentication; Basic authentication is off; the Basic plan",
        'Authorization = "Bearer ${var.token}"',
        "PASSWORD=$DB_PASSWORD; host=db password=${DB_PASSWORD}",
        "password=plain in a sentence of its own",
        "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIE\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0B\n-----END PUBLIC KEY-----",
        "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSURkekNDQWwrZ0F3SUJBZ0lFQWdBQXVUQU5CZ2txaGtpRzl3MEI=",
        "eyJub3QiOiJhIHRva2VuIn0.eyJub3QiOiJhIHRva2VuIn0.c2lnbmF0dXJlLW9mLW5vdGhpbmc",
        "hvs.production-europe-west.cluster.internal",
        "ASIA_PACIFIC_SOUTHEAST AKIA-like names",
        "ghp_short npm_config_registry pypi-server glsa_x",
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 user@host",
    ],
)
def test_what_only_resembles_a_secret_is_shown(text: str) -> None:
    assert Redacted(text, 0) == Redactor().redact(text)


@pytest.mark.parametrize("path", sorted(GOLDEN.rglob("plan.*")), ids=lambda p: str(p.relative_to(GOLDEN)))
def test_plans_without_secrets_keep_every_character(path: Path) -> None:
    assert [] == list(shape_spans(path.read_text(encoding="utf-8")))


def test_the_documents_list_every_shape() -> None:
    text = (ROOT / "docs/reference/secret-shapes.md").read_text(encoding="utf-8")
    assert NAMES == re.findall(r"^\| ([^|`]+?) \| .*`.*\|$", text, re.MULTILINE)


KEY = "MIIEcanary0\nMIIEcanary1\nMIIEcanary2"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(pem(KEY)),
        json.dumps(json.dumps({"private_key": pem(KEY)})),
        "\n".join(f"          + {line}" for line in pem(KEY).split("\n")),
        "\n".join(f"          {sign} {line}" for sign in "-+" for line in pem(KEY).split("\n")),
        pem(KEY).replace("\n", "\r\n"),
        pem("Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,0A1B\n\n" + KEY, "ENCRYPTED PRIVATE KEY"),
        pem(KEY, "PGP PRIVATE KEY BLOCK"),
        pem(KEY).replace("-----END RSA PRIVATE KEY-----", '"'),
        pem(KEY).rpartition("\n")[0],
        pem(KEY).partition("\n")[2],
        json.dumps(pem(KEY).partition("\n")[2]),
    ],
)
def test_a_private_key_is_hidden_as_a_whole(text: str) -> None:
    shown = Redactor()(f"x: (\n{text}")
    assert "canary" not in shown
    assert shown.startswith("x: (")


def test_the_lines_of_two_private_keys_are_hidden_where_a_diff_mixes_them() -> None:
    old, new = pem("OLDcanary"), pem("NEWcanary", "EC PRIVATE KEY")
    mixed = "\n".join(f"  {s} {line}" for pair in zip(old.split("\n"), new.split("\n"), strict=True)
                      for s, line in zip("-+", pair, strict=True))  # fmt: skip
    ends_first = mixed.replace("  + NEWcanary\n", "").replace(
        "  - -----END RSA", "  - -----END RSA PRIVATE KEY-----\n  + NEWcanary\n  - -----END RSA"
    )
    assert ["canary" in Redactor()(text) for text in (mixed, ends_first)] == [False, False]


def test_what_stands_around_a_private_key_is_shown() -> None:
    text = f'key = <<-EOT\n{pem(KEY)}\nEOT\n+ other = "{json.dumps(pem(KEY))[1:-1]}" -> null'
    expected = f'key = <<-EOT\n{PLACEHOLDER}\nEOT\n+ other = "{PLACEHOLDER}" -> null'
    assert expected == Redactor()(text)


def test_only_the_password_of_a_connection_string_is_hidden() -> None:
    assert f"postgres://app:{PLACEHOLDER}@db:5432/app" == Redactor()("postgres://app:hunter/2@db:5432/app")
    assert f"https://u:{PLACEHOLDER}@x.org/a" == Redactor()("https://u:p%40ss@x.org/a")
    assert f"redis://:{PLACEHOLDER}@cache:6379" == Redactor()("redis://:a+b=c@cache:6379")
    assert f"mongodb+srv://u:{PLACEHOLDER}@c.example" == Redactor()("mongodb+srv://u:p@ss@c.example")
    assert f"host=db user=a password={PLACEHOLDER}" == Redactor()("host=db user=a password=hunter2")
    assert f"jdbc:mysql://db/a?user=a&password={PLACEHOLDER}&b=c" == Redactor()(
        "jdbc:mysql://db/a?user=a&password=hunter2&b=c"
    )


def test_secret_access_keys_are_hidden_behind_their_names_and_ids() -> None:
    key = SAMPLES["AWS secret access key"][1]
    texts = (
        f'{{"AWS_SECRET_ACCESS_KEY": "{key}"}}',
        f'name  = "AWS_SECRET_ACCESS_KEY"\n              + value = "{key}"',
        f"AKIA2345CANARY234567,{key}",
        f'secretAccessKey = "{key}" -> "{key[::-1]}"',
    )
    assert [key in Redactor()(text) or key[::-1] in Redactor()(text) for text in texts] == [False] * 4
    assert f"sha {key}" == Redactor()(f"sha {key}")


# --- how much work it is -------------------------------------------------------------------------


def _repeats(parsed: Any, inside: bool = False) -> list[str]:
    """What of a pattern could take more than a bounded number of steps."""
    wrong: list[str] = []
    for op, argument in parsed:
        if op in (ops.MAX_REPEAT, ops.MIN_REPEAT):
            least, most, body = argument
            if least != most and (inside or most > 600):
                wrong.append(f"a repeat of {least} to {most} that gives back")
            wrong += _repeats(body, inside or least != most)
        elif op is ops.POSSESSIVE_REPEAT:
            if inside:
                wrong.append("a repeat within a repeat")
            wrong += _repeats(argument[2], True)
        elif op is ops.SUBPATTERN:
            wrong += _repeats(argument[3], inside)
        elif op is ops.BRANCH:
            wrong += [w for branch in argument[1] for w in _repeats(branch, inside)]
        elif op in (ops.ASSERT, ops.ASSERT_NOT):
            wrong += _repeats(argument[1], inside)
    return wrong


def _patterns() -> list[str]:
    named = [v.pattern for v in vars(secret_shapes).values() if isinstance(v, re.Pattern)]
    closures = [s.find.__closure__ or () for s in SHAPES]
    held = [c.cell_contents for cells in closures for c in cells if isinstance(c.cell_contents, str)]
    return sorted({*named, *held})


@pytest.mark.parametrize("pattern", _patterns())
def test_no_pattern_takes_more_than_a_bounded_number_of_steps_for_a_clue(pattern: str) -> None:
    assert [] == _repeats(_parser.parse(pattern))


@pytest.mark.parametrize("name", NAMES)
def test_a_text_of_nothing_but_secrets_is_one_search_for_each(name: str) -> None:
    text = SAMPLES[name][0] + " ; "
    few, many = (len(set(shape_spans(text * n))) for n in (10, 20))
    assert many <= 2 * few + 2


@given(st.text('AKIghp_-BEGN PRVTEY:/@=eyJ.\n\\n"x1', max_size=300))
def test_no_text_breaks_the_search(text: str) -> None:
    spans = list(shape_spans(text))
    assert [s for s in spans if not 0 <= s[0] < s[1] <= len(text)] == []


@pytest.mark.parametrize("between", ["", "\n", " x\n"])
def test_of_many_key_ends_each_looks_back_to_the_one_before_only(between: str) -> None:
    text = f"-----END PRIVATE KEY-----{between}" * 400
    looked_at = sum(end - start for start, end in shape_spans(text))
    assert looked_at < 2 * len(text)
    assert "PRIVATE" not in Redactor()(text)
