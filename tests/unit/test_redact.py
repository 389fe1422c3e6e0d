"""Secrets never survive, whatever form they take; a broken pattern withholds everything."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_bot.core.plan import OutputChange, Plan, ResourceChange
from gitops_bot.render.redact import PLACEHOLDER, WITHHELD, Redactor, sensitive_values

SECRETS = st.lists(st.text('abc\n"\\<é', min_size=4, max_size=12), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(SECRETS, st.lists(st.text("abcxyz \n", max_size=10), max_size=5))
def test_no_secret_survives(secrets: list[str], around: list[str]) -> None:
    parts = [*around, *(f"{s}, {json.dumps(s)}" for s in secrets)]
    actual = Redactor(secrets=secrets)("\u00b7".join(parts))
    assert [s for s in secrets if s in actual] == []


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
