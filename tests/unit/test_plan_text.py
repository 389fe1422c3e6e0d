"""Terraform's text is cut only along the headers that its JSON leads one to expect."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_bot.core.plan import Plan, ResourceChange, read_plan
from gitops_bot.render.plan_text import cut, shift_markers

GOLDEN = Path(__file__).parent.parent / "golden"


def golden(name: str) -> tuple[str, Plan]:
    text = (GOLDEN / name / "plan.txt").read_bytes().decode()
    return text, read_plan((GOLDEN / name / "plan.json").read_bytes())


HONEST = [
    "create",
    "update",
    "replace",
    "delete",
    "import",
    "moved",
    "forget",
    "no-changes",
    "outputs",
    "mixed",
    "heredoc",
    "sensitive",
    "drift",
]


@pytest.mark.parametrize("name", HONEST)
def test_real_text_is_cut_into_one_piece_per_change(name: str) -> None:
    text, plan = golden(name)
    cut_text = cut(text, plan)
    assert (True, len(plan.changes)) == (cut_text.reliable, len(cut_text.resources))
    assert all(
        c.address in piece.split("\n")[0] for c, piece in zip(plan.changes, cut_text.resources, strict=True)
    )


@pytest.mark.parametrize("name", ["spoofed-import", "spoofed-check"])
def test_text_with_an_imitated_header_is_not_cut(name: str) -> None:
    text, plan = golden(name)
    cut_text = cut(text, plan)
    assert (False, (), text.strip("\n")) == (cut_text.reliable, cut_text.resources, cut_text.whole)


def test_the_drift_and_output_sections_are_kept() -> None:
    drift = cut(*golden("drift")).drift
    assert drift.split("\n")[0] == "  # terraform_data.app has changed"
    assert cut(*golden("mixed")).outputs == "  + app = (known after apply)"


def test_text_of_another_order_than_the_plan_is_not_cut() -> None:
    text, plan = golden("mixed")
    backwards = Plan(resource_changes=tuple(reversed(plan.resource_changes)))
    assert not cut(text, backwards).reliable


def test_a_header_of_another_kind_is_not_accepted() -> None:
    text, plan = golden("create")
    assert not cut(text.replace("app will be created", "app will be destroyed"), plan).reliable


@pytest.mark.parametrize(
    "imitated",
    [
        "  # terraform_data.app will be created",
        " # x.y will be destroyed",
        "Terraform will perform the following actions:",
        "Changes to Outputs:",
        "Note: Objects have changed outside of Terraform",
        "Plan: 1 to add, 0 to change, 0 to destroy.",
    ],
)
def test_one_line_more_that_imitates_terraform_inside_the_actions_and_nothing_is_cut(imitated: str) -> None:
    text, plan = golden("create")
    place = text.index('      + input  = "one"')
    assert not cut(text[:place] + imitated + "\n" + text[place:], plan).reliable


def test_a_tainted_resource_a_deposed_object_and_unknown_actions_have_their_headers() -> None:
    plan = Plan(
        resource_changes=(
            ResourceChange("a.a", ("delete", "create"), action_reason="replace_because_tainted"),
            ResourceChange("a.b", ("delete",), deposed="1234abcd"),
            ResourceChange("a.c", ("juggle",)),
        )
    )
    text = (
        "Terraform will perform the following actions:\n\n"
        "  # a.a is tainted, so must be replaced\n\n"
        "  # a.b (deposed object 1234abcd) will be destroyed\n\n"
        "  # a.c will be juggled\n\nPlan: 1 to add, 0 to change, 2 to destroy.\n"
    )
    assert len(cut(text, plan).resources) == 3


@settings(max_examples=50, deadline=None)
@given(st.text(st.sampled_from(" #\nPlan:\u2028\u0085\r\x0ca.b will be created~+-`"), max_size=200))
def test_no_text_makes_the_cut_fail_or_lose_a_change(text: str) -> None:
    _, plan = golden("mixed")
    cut_text = cut(text, plan)
    assert len(cut_text.resources) == (len(plan.changes) if cut_text.reliable else 0)


def test_markers_move_to_the_first_column() -> None:
    text = '  # x will be\n  ~ resource "a" "b" {\n      + c = 1\n      ~ d = 2 -> 3\n-/+ resource\n    }'
    assert (
        shift_markers(text)
        == '  # x will be\n!   resource "a" "b" {\n+       c = 1\n!       d = 2 -> 3\n-/+ resource\n    }'
    )


def test_a_list_inside_a_created_heredoc_is_no_marker() -> None:
    text = "      + c = <<-EOT\n            - item\n        EOT\n      - d = 1"
    assert shift_markers(text) == "+       c = <<-EOT\n            - item\n        EOT\n-       d = 1"


def test_a_changed_line_of_a_heredoc_is_a_marker() -> None:
    text = "      ~ c = <<-EOT\n          - old\n          + new\n            same\n        EOT"
    assert (
        shift_markers(text)
        == "!       c = <<-EOT\n-           old\n+           new\n            same\n        EOT"
    )
