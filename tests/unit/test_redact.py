"""Secrets never survive, whatever form they take; a broken pattern withholds everything."""

from __future__ import annotations

import json
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_bot.core.plan import Deferred, OutputChange, Plan, ResourceChange, read_plan
from gitops_bot.render.redact import WITHHELD, Redacted, Redactor
from gitops_bot.render.secret_shapes import PLACEHOLDER
from gitops_bot.render.sensitive import printed_forms, sensitive_values
from tests.kit.examples import examples

SECRETS = st.lists(st.text('abc\n"\\<é', min_size=4, max_size=12), min_size=1, max_size=4)


@settings(max_examples=examples(60), deadline=None)
@given(SECRETS, st.lists(st.text("abcxyz \n", max_size=10), max_size=5))
def test_no_secret_survives(secrets: list[str], around: list[str]) -> None:
    parts = [*around, *(f"{s}, {json.dumps(s)}" for s in secrets)]
    actual = Redactor(secrets=secrets)("\u00b7".join(parts))
    assert [s for s in secrets if s in actual and not s.isspace()] == []


def test_overlapping_secrets_are_hidden_as_one() -> None:
    assert f"x {PLACEHOLDER} y" == Redactor(secrets=["abcdef", "defghi"])("x abcdefghi y")


def test_places_are_counted() -> None:
    redacted = Redactor([r"pin=\d+"], ["hunter2"]).redact("hunter2 pin=1 hunter2")
    assert (f"{PLACEHOLDER} {PLACEHOLDER} {PLACEHOLDER}", 3) == (redacted.text, redacted.count)


def test_escaped_forms_and_lines_of_a_secret_are_hidden() -> None:
    redactor = Redactor(secrets=['line "one"\nline${two}\n', "a<b>&c"])
    text = '"line \\"one\\"\\nline${two}\\n" line$${two} a\\u003cb\\u003e\\u0026c\n   line${two}'
    assert "two" not in redactor(text)
    assert "u003c" not in redactor(text)


def test_short_and_everyday_values_are_left_alone() -> None:
    assert Redactor(secrets=["yes", "true", "123"])("yes true 123") == "yes true 123"


def test_a_pattern_that_does_not_compile_withholds_everything() -> None:
    assert (Redactor(["("]).redact("text").text, Redactor(["("]).redact("text").count) == (WITHHELD, 1)


def test_sensitive_values_are_collected_from_resources_outputs_drift_and_variables() -> None:
    change = ResourceChange(
        "a.b",
        ("update",),
        before={"p": "before-secret", "q": "plain"},
        after={"p": ["nested-secret", 5432], "q": "plain", "j": '{"k": "json-secret"}'},
        before_sensitive={"p": True},
        after_sensitive={"p": [True, True], "j": True},
    )
    plan = Plan(
        resource_changes=(change,),
        outputs=(
            OutputChange("o", ("create",), after="output-secret", sensitive=True),
            OutputChange("n", ("create",), after="plain-output"),
        ),
        drift=(ResourceChange("a.c", ("update",), after="drift-secret", after_sensitive=True),),
        configuration={"root_module": {"variables": {"v": {"sensitive": True}, "w": {}}}},
        variables={"v": {"value": "variable-secret"}, "w": {"value": "plain-variable"}},
    )
    expected = {
        "before-secret",
        "nested-secret",
        "5432",
        '{"k": "json-secret"}',
        "json-secret",
        "output-secret",
        "drift-secret",
        "variable-secret",
    }
    assert expected == sensitive_values(plan)


def test_five_thousand_secrets_in_a_megabyte_are_quick() -> None:
    secrets = [f"secret-value-{i}" for i in range(5000)]
    text = "".join(f"  password = {s}  and more text around it\n" for s in secrets) * 4
    assert "secret-value" not in Redactor(secrets=secrets)(text)


# --- the same as plain code would find ---------------------------------------------------------


def _plainly(secrets: list[str], text: str) -> str:
    """Every place of every form, hidden together where they overlap. A space may have become a line's end."""
    forms = {f for s in secrets for f in printed_forms(s)}
    looked_for = [f for f in forms if len(f) >= 4 and f not in ("true", "false", "null") and not f.isspace()]
    on_one_line = text.replace("\n", " ")
    spans = sorted(
        (at, at + len(f))
        for f in looked_for
        for at in range(len(text))
        if text.startswith(f, at) or (" " in f and on_one_line.startswith(f, at))
    )
    merged: list[list[int]] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    shown, at = "", 0
    for start, end in merged:
        shown += text[at:start] + PLACEHOLDER
        at = end
    return shown + text[at:]


@pytest.mark.parametrize("around", ["\n\\", "\n", " "])
def test_a_secret_is_hidden_where_a_line_was_broken_in_it(around: str) -> None:
    text = f'{around}" \\" "<< " '
    assert _plainly(["<", ' " '], text) == Redactor(secrets=["<", ' " '])(text)


NARROW = st.lists(st.text("ab", min_size=1, max_size=9), max_size=6)
WIDE = st.lists(st.text('ab\n "\\<&$é{😀', min_size=1, max_size=12), max_size=4)


@settings(max_examples=examples(300), deadline=None)
@given(NARROW, st.text("abc", max_size=60))
def test_the_result_is_that_of_plain_code_for_secrets_that_overlap(secrets: list[str], text: str) -> None:
    assert _plainly(secrets, text) == Redactor(secrets=secrets)(text)


@settings(max_examples=examples(150), deadline=None)
@given(WIDE, st.lists(st.text('ab\n "\\<&$é{😀', max_size=8), min_size=5, max_size=5))
def test_the_result_is_that_of_plain_code_for_any_characters(secrets: list[str], around: list[str]) -> None:
    printed = [json.dumps(s, ensure_ascii=False) for s in secrets]
    text = "".join(part for pair in zip(around, [*printed, *secrets, ""], strict=False) for part in pair)
    assert _plainly(secrets, text) == Redactor(secrets=secrets)(text)


@given(st.lists(st.text(st.characters(min_codepoint=0xD7FE, max_codepoint=0xE001), min_size=4), min_size=1))
def test_a_secret_that_is_no_unicode_is_hidden(secrets: list[str]) -> None:
    shown = Redactor(secrets=secrets)("|".join(f"ab{s}cd" for s in secrets))
    assert [s for s in secrets if s in shown] == []


def test_a_text_that_is_no_unicode_is_shown_as_it_is() -> None:
    assert f"\ud800 {PLACEHOLDER} \udfff" == Redactor(secrets=["hunter2"])("\ud800 hunter2 \udfff")


class Unreadable(str):
    """A text that cannot be searched, whatever the reason."""

    def isascii(self) -> bool:
        """Fails as anything may on a machine without memory."""
        raise MemoryError


def test_a_text_that_cannot_be_searched_is_withheld() -> None:
    assert Redacted(WITHHELD, 1) == Redactor().redact(Unreadable("hunter2"))


def test_a_redactor_with_a_plan_takes_its_values_once() -> None:
    plan = Plan((ResourceChange("a.b", ("create",), after={"p": "hunter2"}, after_sensitive={"p": True}),))
    redactor = Redactor(secrets=["step-secret"]).with_plans([plan])
    assert redactor is redactor.with_plans([plan])
    assert f"{PLACEHOLDER} {PLACEHOLDER}" == redactor("hunter2 step-secret")
    more = redactor.with_secrets(["another"])
    assert f"{PLACEHOLDER} {PLACEHOLDER} {PLACEHOLDER}" == more("hunter2 step-secret another")


def test_what_a_data_source_read_is_known_though_no_change_holds_it() -> None:
    read = {
        "address": "data.aws_secretsmanager_secret_version.db",
        "mode": "data",
        "values": {"secret_string": "canary-read", "name": "plain-name"},
        "sensitive_values": {"secret_string": True},
    }
    state = {"values": {"root_module": {"child_modules": [{"resources": [read]}]}}}
    document = json.dumps({"resource_changes": [], "prior_state": state}).encode()
    assert {"canary-read"} == sensitive_values(read_plan(document))


def test_values_in_sets_maps_and_deferred_changes_are_known() -> None:
    change = ResourceChange(
        "a.b", ("create",),
        after={"set": ["in-a-set", "too"], "map": {"k": {"deep": "in-a-map"}}, "open": "shown"},
        after_sensitive={"set": True, "map": {"k": {"deep": True}}, "open": False},
    )  # fmt: skip
    later = ResourceChange("a.c", ("create",), after={"v": "deferred-value"}, after_sensitive={"v": True})
    plan = Plan((change,), deferred=(Deferred(later),))
    assert {"in-a-set", "too", "in-a-map", "deferred-value"} == sensitive_values(plan)


@given(st.lists(st.text("abcdefgh", min_size=2, max_size=9), min_size=2, max_size=9), st.integers(0, 70))
def test_a_secret_in_a_message_whose_lines_terraform_broke_is_hidden(words: list[str], column: int) -> None:
    secret = " ".join(words)
    lines = textwrap.wrap(f"{'x' * column} {secret}", 77, break_long_words=False)
    assert secret not in " ".join(Redactor(secrets=[secret])("\n".join(lines)).split())


@pytest.mark.parametrize("secret", ["a b " * 1000, "ab " * 2000, "x y\n" * 500])
def test_a_repetitive_secret_has_no_more_forms_than_another_one(secret: str) -> None:
    assert len(set(printed_forms(secret))) < 20
    assert secret.strip() not in Redactor(secrets=[secret])(f"begin {secret} end")


def test_a_secret_whose_spaces_became_line_ends_is_found() -> None:
    redactor = Redactor(secrets=["correct horse battery staple"])
    assert "say (redacted)!" == redactor("say correct horse\nbattery staple!")


@pytest.mark.parametrize("length", [999, 1000, 1001, 1499, 1500, 1501, 12_345])
def test_a_long_secret_is_one_place_and_nothing_of_it_is_left(length: int) -> None:
    secret = "".join(f"{number:05d};" for number in range(3000))[:length]
    assert Redacted("a (redacted) b", 1) == Redactor(secrets=[secret]).redact(f"a {secret} b")
    assert Redacted("a (redacted)", 1) == Redactor(secrets=["xy" * length]).redact("a " + "xy" * length)
