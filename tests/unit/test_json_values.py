from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_bot.core.json_values import (
    JsonValue,
    as_list,
    as_object,
    as_text,
    canonical,
    is_deeper,
    json_in_comment,
    read_json,
)

scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def same(first: str, second: str) -> bool:
    return canonical(read_json(first)) == canonical(read_json(second))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("1", "1.0"),
        ("1", "1e0"),
        ("1", "10E-1"),
        ("0", "-0.0"),
        ("0", "0e5000"),
        ("100", "1e2"),
        ("0.10", "0.1"),
        ("1" + "0" * 5000, "1e5000"),
        ("-1.50", "-15e-1"),
        ('{"a":1,"b":2}', ' { "b" : 2 , "a" : 1 } '),
        ('"\\u00e9"', '"é"'),
    ],
)
def test_two_spellings_of_one_value_are_the_same(first: str, second: str) -> None:
    assert same(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("12345678901234567890123", "12345678901234567890124"),
        ("0." + "1" * 40, "0." + "1" * 39 + "2"),
        ("1" * 5000, "1" * 4999 + "2"),
        ("1e5000", "1e5001"),
        ("1e5000", "-1e5000"),
        ("1", "true"),
        ("0", "false"),
        ("1", '"1"'),
        ("null", '""'),
        ("null", "{}"),
        ("[]", "{}"),
        ("[1,2]", "[2,1]"),
        ("[[1],2]", "[1,[2]]"),
        ('{"a":null}', "{}"),
        ('{"a.b":1}', '{"a":{"b":1}}'),
        ('{"1":1}', "[null,1]"),
    ],
)
def test_two_values_are_never_the_same(first: str, second: str) -> None:
    assert not same(first, second)


@pytest.mark.parametrize(
    "text", ["NaN", "[Infinity]", "-Infinity", "1e9999999999999999999", "", "[1,", "{'a':1}"]
)
def test_what_is_no_json_is_a_decode_error(text: str) -> None:
    with pytest.raises(json.JSONDecodeError):
        read_json(text)


@given(documents)
@settings(max_examples=40, deadline=None)
def test_what_was_written_is_read_back(value: JsonValue) -> None:
    assert read_json(json.dumps(value)) == value


@given(st.decimals(allow_nan=False, allow_infinity=False), st.integers(0, 30))
@settings(max_examples=60, deadline=None)
def test_trailing_zeros_of_a_number_never_count(number: Decimal, zeros: int) -> None:
    sign, digits, exponent = number.as_tuple()
    longer = Decimal((sign, digits + (0,) * zeros, int(exponent) - zeros))
    assert canonical(number) == canonical(longer)


@given(documents)
@settings(max_examples=40, deadline=None)
def test_the_canonical_text_is_ascii_json_of_the_same_value(value: JsonValue) -> None:
    assert json.loads(canonical(value).decode("ascii")) == value


def test_a_number_that_is_none_has_no_canonical_text() -> None:
    with pytest.raises(TypeError):
        canonical(Decimal("NaN"))


@given(documents)
@settings(max_examples=40, deadline=None)
def test_json_in_a_comment_cannot_end_it_and_means_the_same(value: JsonValue) -> None:
    text = json_in_comment({"x": [value, "-->", "--!>", "<!--"]})
    assert not set("<>\n") & set(text)
    assert json.loads(text) == {"x": [value, "-->", "--!>", "<!--"]}


@pytest.mark.parametrize(
    ("text", "expected"), [("1", False), ("[]", False), ("[[]]", True), ('[1,{"a":[]}]', True)]
)
def test_depth_is_counted_in_containers(text: str, expected: bool) -> None:
    assert is_deeper(read_json(text), 1) is expected


@pytest.mark.parametrize("value", [None, True, 1, "x", [1], {"a": 1}])
def test_a_member_of_another_type_reads_as_empty(value: JsonValue) -> None:
    assert (as_object(value), as_list(value), as_text(value)) == (
        value if isinstance(value, dict) else {},
        value if isinstance(value, list) else [],
        value if isinstance(value, str) else "",
    )
