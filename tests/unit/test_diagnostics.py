from __future__ import annotations

import pytest

from gitops_bot.adapters.terraform.diagnostics import errors_of, read_json_object, read_text
from gitops_bot.core.report import Diagnostic, Severity

ERROR, WARNING = Severity.ERROR, Severity.WARNING

LOCK_INFO = """Error message: resource temporarily unavailable
Lock Info:
  ID:        04684cdf-a2e6-7160-a2f2-b1a9a546277a
  Path:      terraform.tfstate
  Operation: OperationTypeApply
  Who:       ana@laptop
  Version:   1.11.4
  Created:   2026-11-23 11:02:38.405967524 +0000 UTC
  Info:      


Terraform acquires a state lock to protect the state from being written
by multiple users at the same time."""  # noqa: W291 (Terraform's own)

LOCKED = Diagnostic(
    ERROR,
    "The state is locked by ana@laptop since 2026-11-23 11:02:38 UTC "
    "(lock ID 04684cdf-a2e6-7160-a2f2-b1a9a546277a, operation apply)",
    "Terraform 1.11.4 holds the lock of terraform.tfstate. Wait until that run has ended and try again. "
    "If it ended and left the lock, comment /gitops unlock or dispatch unlock on the branch: that looks "
    "whose it is, and releases what an apply of ours left. Another's, if it is certain that nobody works on "
    "the state any more: terraform force-unlock 04684cdf-a2e6-7160-a2f2-b1a9a546277a",
)


def test_an_error_has_its_file_line_and_detail_without_the_code() -> None:
    text = """
Error: Reference to undeclared resource

  on bad.tf line 7, in resource "terraform_data" "e":
   7:   input = nope.x

A managed resource "nope" "x" has not been declared in the root module.
"""
    assert read_text(text) == (
        Diagnostic(
            ERROR,
            "Reference to undeclared resource",
            'A managed resource "nope" "x" has not been declared in the root module.',
            "bad.tf",
            7,
        ),
    )


def test_an_error_about_a_resource_has_its_address_and_no_values() -> None:
    text = """
Error: Invalid index

  with terraform_data.a["x, y"],
  on modules/my app/main.tf line 12, in resource "terraform_data" "a":
  12:   input = var.list[3]
    ├────────────────
    │ var.list is "secret"

The given key does not identify an element
in this collection value.
"""
    assert read_text(text) == (
        Diagnostic(
            ERROR,
            "Invalid index",
            "The given key does not identify an element\nin this collection value.",
            "modules/my app/main.tf",
            12,
            'terraform_data.a["x, y"]',
        ),
    )


def test_a_wrapped_summary_is_one_line() -> None:
    text = """
Error: Terraform encountered problems during initialisation, including problems
with the configuration, described below.

The configuration must be valid.

"""
    assert read_text(text) == (
        Diagnostic(
            ERROR,
            "Terraform encountered problems during initialisation, including problems "
            "with the configuration, described below.",
            "The configuration must be valid.",
        ),
    )


def test_several_are_read_in_order_and_each_once() -> None:
    text = "\nError: A\n\nfirst\n\nWarning: B\n\nError: A\n\nfirst\n"
    assert read_text(text) == (Diagnostic(ERROR, "A", "first"), Diagnostic(WARNING, "B"))


def test_boxes_and_colours_are_taken_off() -> None:
    text = (
        "\x1b[31m╷\x1b[0m\n\x1b[31m│\x1b[0m \x1b[1m\x1b[31mError: \x1b[0m\x1b[1mNo value\x1b[0m\n"
        "\x1b[31m│\x1b[0m \n\x1b[31m│\x1b[0m   on main.tf line 1:\n│    1: x\n│\n│ Set it.\n╵\n"
    )
    assert read_text(text) == (Diagnostic(ERROR, "No value", "Set it.", "main.tf", 1),)


def test_the_footer_of_a_plan_is_no_part_of_its_last_warning() -> None:
    text = "Warning: Old\n\nUse new.\n\n─────────────\n\nSaved the plan to: p\n"
    assert read_text(text) == (Diagnostic(WARNING, "Old", "Use new."),)


def test_the_last_words_of_init_are_no_part_of_its_last_warning() -> None:
    text = "Warning: Old\n\nUse new.\n\nTerraform has been successfully initialized!\n\nYou may now\n"
    assert read_text(text) == (Diagnostic(WARNING, "Old", "Use new."),)


def test_text_without_diagnostics_has_none() -> None:
    assert read_text("No changes. Your infrastructure matches the configuration.\n") == ()


def test_a_locked_state_is_one_clear_error_from_text() -> None:
    assert read_text(f"\nError: Error acquiring the state lock\n\n{LOCK_INFO}\n") == (LOCKED,)


def test_a_locked_state_is_one_clear_error_from_json() -> None:
    value = {"severity": "error", "summary": "Error acquiring the state lock", "detail": LOCK_INFO}
    assert read_json_object({**value}) == LOCKED


def test_a_lock_that_cannot_be_taken_for_another_reason_is_left_as_it_is() -> None:
    text = "\nError: Error acquiring the state lock\n\nError message: access denied\n"
    assert read_text(text) == (
        Diagnostic(ERROR, "Error acquiring the state lock", "Error message: access denied"),
    )


def test_a_json_diagnostic_has_its_place_and_address() -> None:
    value = read_json_object(
        {
            "severity": "warning",
            "summary": "Deprecated",
            "detail": "Use b.",
            "address": "x.y",
            "range": {"filename": "main.tf", "start": {"line": 3, "column": 1}},
            "snippet": {"code": "secret"},
        }
    )
    assert value == Diagnostic(WARNING, "Deprecated", "Use b.", "main.tf", 3, "x.y")


@pytest.mark.parametrize("value", [None, {}, [], "text", {"severity": "error"}, {"summary": 3}])
def test_what_is_no_json_diagnostic_is_none(value: object) -> None:
    assert read_json_object(value) is None  # type: ignore[arg-type]


def test_a_failure_that_says_nothing_is_still_an_error() -> None:
    assert errors_of("", "", "plan", 1) == (Diagnostic(ERROR, "terraform plan ended with exit code 1"),)


def test_a_failure_with_unusual_words_shows_the_last_of_them() -> None:
    assert errors_of("", "panic: oh no\n", "plan", -9) == (
        Diagnostic(ERROR, "terraform plan was ended by signal 9", "panic: oh no"),
    )


def test_errors_come_before_warnings() -> None:
    assert errors_of("Warning: W\n", "Error: E\n", "plan", 1) == (
        Diagnostic(ERROR, "E"),
        Diagnostic(WARNING, "W"),
    )
