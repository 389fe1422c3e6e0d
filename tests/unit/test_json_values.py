from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_bot.core.json_values import (
    Items,
    JsonValue,
    as_list,
    as_object,
    as_text,
    canonical,
    is_deeper,
    is_same,
    json_in_comment,
    read_json,
    read_members,
)
from tests.kit.examples import examples

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
@settings(max_examples=examples(40), deadline=None)
def test_what_was_written_is_read_back(value: JsonValue) -> None:
    assert read_json(json.dumps(value)) == value


def members(text: str, levels: int = 50) -> Any:
    """Those of a document of which nothing is passed over."""
    return read_members(text.encode(), unread=lambda name, text: False, each={}, levels=levels)


@given(documents | st.dictionaries(st.text(max_size=4), documents, max_size=4))
@settings(max_examples=examples(60), deadline=None)
def test_members_are_read_as_the_whole_is(value: JsonValue) -> None:
    text = json.dumps(value)
    assert repr(read_json(text)) == repr(members(text))


NUMBERS = ["0", "-0", "-0.0", "1e5", "1.50", "12345678901234567890123", "19933688932870350000", "1e5000",
           "18446744073709551616", "-9223372036854775809", "0." + "1" * 400]  # fmt: skip


@pytest.mark.parametrize("text", [*NUMBERS, *("1" * n for n in (3999, 4000, 4001, 4300, 4301, 9000))])
def test_a_number_is_read_as_a_member_as_it_is_alone(text: str) -> None:
    assert repr({"n": read_json(text), "l": [read_json(text)]}) == repr(
        members(f'{{"n":{text},"l":[{text}]}}')
    )


@pytest.mark.parametrize(
    "text", ['"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '{"a":1,"a":[2]}', '"\\u0000"']
)
def test_what_only_the_standard_library_reads_is_read_by_it(text: str) -> None:
    assert {"x": read_json(text)} == members(f'{{"x":{text}}}')


@pytest.mark.parametrize(
    "text", ['{"x":1,}', '{"x":01}', '{"x":"\\x"}', '{"x":1}\n]', '{"x":\n[NaN]}', '{"x":']
)
def test_a_mistake_in_a_member_is_found_where_the_standard_library_finds_it(text: str) -> None:
    with pytest.raises(json.JSONDecodeError) as caught:
        members(text)
    with pytest.raises(json.JSONDecodeError) as expected:
        read_json(text)
    assert str(expected.value) == str(caught.value)


# The second text takes the way of the standard library: a half of a surrogate pair stands beside it.
@pytest.mark.parametrize("beside", ["", ',"y":"\\ud800"'])
def test_each_item_of_a_list_is_made_into_something_and_other_members_are_not(beside: str) -> None:
    text = '{"a":[1,{"b":2}],"c":{"a":[3]},"d":[4]' + beside + "}"
    strings = Items(Any, str, str)
    each = {"a": strings, "c": strings}
    found = read_members(text.encode(), unread=lambda name, text: False, each=each, levels=9)
    assert (["1", "{'b': 2}"], {"a": [3]}, [4]) == (found["a"], found["c"], found["d"])


@pytest.mark.parametrize("beside", ["", ',"y":"\\ud800"'])
def test_an_item_that_is_too_deep_is_none_although_it_has_the_shape(beside: str) -> None:
    text = ('{"a":[1,[[[[2]]]]]' + beside + "}").encode()
    of_any = {"a": Items(Any, str, str)}
    assert read_members(text, unread=lambda name, text: False, each=of_any, levels=6)
    with pytest.raises(RecursionError):
        read_members(text, unread=lambda name, text: False, each=of_any, levels=3)


def test_an_item_that_has_the_shape_is_read_as_that_and_any_other_as_any_json() -> None:
    text = b'{"a":[1,"x",2.5,null,[1],[[[7]]]]}'
    each = {"a": Items(int | list[int], lambda item: ("shape", item), lambda item: ("any", item))}
    found = read_members(text, unread=lambda name, text: False, each=each, levels=3)
    assert found["a"] == [
        ("shape", 1),
        ("any", "x"),
        ("any", Decimal("2.5")),
        ("any", None),
        ("shape", [1]),
        ("any", [[[7]]]),
    ]


@pytest.mark.parametrize("beside", ["", ',"y":"\\ud800"'])
def test_members_that_are_too_deep_are_no_members(beside: str) -> None:
    deep = "[" * 30 + "]" * 30
    for text in ('{"x":' + deep + beside + "}", '{"l":[1,' + deep + "]" + beside + "}"):
        assert members(text, levels=40)
        with pytest.raises(RecursionError):
            members(text, levels=20)


def test_a_member_is_passed_over_by_its_name_and_its_text() -> None:
    text = b'{"a":[1],"b":[1],"c":[2]}'
    found = read_members(
        text, unread=lambda name, text: name == "a" or b"2" in bytes(text), each={}, levels=9
    )
    assert {"a": None, "b": [1], "c": None} == found


SPELLINGS = ["1", "1.0", "true", "0", "-0.0", "false", "null", '"1"', "[1]", "[true]", "{}", '{"a":1}',
             '{"a":1.0}', '{"a":true}', "1e5000", "10e4999", "1" + "0" * 4100]  # fmt: skip


@pytest.mark.parametrize("first", SPELLINGS, ids=lambda text: str(text[:9]))
def test_two_values_are_the_same_exactly_when_their_canonical_texts_are(first: str) -> None:
    one, others = read_json(first), [read_json(second) for second in SPELLINGS]
    assert [canonical(one) == canonical(other) for other in others] == [is_same(one, o) for o in others]


@given(st.decimals(allow_nan=False, allow_infinity=False), st.integers(0, 30))
@settings(max_examples=examples(60), deadline=None)
def test_trailing_zeros_of_a_number_never_count(number: Decimal, zeros: int) -> None:
    sign, digits, exponent = number.as_tuple()
    longer = Decimal((sign, digits + (0,) * zeros, int(exponent) - zeros))
    assert canonical(number) == canonical(longer)


@given(documents)
@settings(max_examples=examples(40), deadline=None)
def test_the_canonical_text_is_ascii_json_of_the_same_value(value: JsonValue) -> None:
    assert json.loads(canonical(value).decode("ascii")) == value


def test_a_number_that_is_none_has_no_canonical_text() -> None:
    with pytest.raises(TypeError):
        canonical(Decimal("NaN"))


@given(documents)
@settings(max_examples=examples(40), deadline=None)
def test_json_in_a_comment_cannot_end_it_and_means_the_same(value: JsonValue) -> None:
    text = json_in_comment({"x": [value, "-->", "--!>", "<!--"]})
    assert not set("<>\n") & set(text)
    assert json.loads(text) == {"x": [value, "-->", "--!>", "<!--"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1", False), ("[]", False), ('["[["]', False), ("[[]]", True), ('[1,{"a":[]}]', True)],
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
