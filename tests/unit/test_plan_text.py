"""Terraform's text is cut only along the headers that its JSON leads one to expect."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_bot.core.plan import Deferred, OutputChange, Plan, ResourceChange, read_plan
from gitops_bot.render.plan_text import cut, shift_markers
from tests.kit.examples import examples

GOLDEN = Path(__file__).parent.parent / "golden"


def golden(name: str) -> tuple[str, Plan]:
    text = (GOLDEN / name / "plan.txt").read_bytes().decode()
    return text, read_plan((GOLDEN / name / "plan.json").read_bytes())


def test_text_with_an_imitated_header_is_kept_whole() -> None:
    text, plan = golden("spoofed-import")
    cut_text = cut(text, plan)
    assert (False, (), text.strip("\n")) == (cut_text.reliable, cut_text.places, cut_text.whole)


def test_the_drift_and_output_sections_are_kept() -> None:
    drift = cut(*golden("drift")).drift
    assert drift.split("\n")[0] == "  # aws_sns_topic.gone has been deleted"
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


@pytest.mark.parametrize("name", ["mixed", "outputs-more", "drift", "forget-more", "errored", "refresh-only"])
@pytest.mark.parametrize(
    "heading",
    [
        "Terraform will perform the following actions:",
        "Terraform planned the following actions, but then encountered a problem:",
        "Changes to Outputs:",
        "Note: Objects have changed outside of Terraform",
        "Note: This is a partial plan, parts can only be known in the next plan / apply cycle.",
        "Plan: 1 to add, 0 to change, 0 to destroy.",
        "Terraform will invoke the following action(s):",
    ],
)
def test_a_heading_at_any_other_place_is_never_taken_for_terraforms(name: str, heading: str) -> None:
    text, plan = golden(name)
    lines = text.split("\n")
    for i in range(len(lines) + 1):
        assert not cut("\n".join([*lines[:i], heading, *lines[i:]]), plan).reliable


@pytest.mark.parametrize("name", ["mixed", "drift", "forget-more", "import-more", "moved-modules", "deposed"])
def test_a_second_header_of_a_change_is_never_taken_inside_the_actions(name: str) -> None:
    text, plan = golden(name)
    lines = text.split("\n")
    start = lines.index("Terraform will perform the following actions:") + 1
    end = next(i for i, line in enumerate(lines) if line.startswith("Plan: "))
    comments = [line for line in lines[start:end] if line.startswith((" # ", "  # "))]
    shown = [h for h in comments if not h.lstrip(" ").startswith(("# (", "# Warning: "))]
    assert len(shown) == len(plan.changes)
    for header in shown:
        for i in range(start, end):
            assert not cut("\n".join([*lines[:i], header, *lines[i:]]), plan).reliable


def test_an_import_id_of_several_lines_makes_the_text_be_kept_whole() -> None:
    text, plan = golden("import-more")
    changes = tuple(
        replace(c, import_id="two\n+ of them") if c.import_id == "two" else c for c in plan.resource_changes
    )
    imitated = text.replace('(imported from "two")', '(imported from "two\n+ of them")')
    assert not cut(imitated, replace(plan, resource_changes=changes)).reliable


def test_the_text_of_opentofu_is_cut_too() -> None:
    text, plan = golden("mixed")
    of_opentofu = cut(text.replace("Terraform ", "OpenTofu "), plan).resources
    assert list(cut(text, plan).resources) == list(of_opentofu)


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


NEWER = """\

Note: This is a partial plan, parts can only be known in the next plan / apply cycle.


  # a.deferred[*] was deferred
  # (because the number of resource instances is unknown)
  + resource "a" "deferred" {
      + id = (known after apply)
    }

─────────────────────────────────────────────────────────────────────────────

Terraform used the selected providers to generate the following execution
plan. Resource actions are indicated with the following symbols:
  + create

Terraform will perform the following actions:

  # a.web will be created
  + resource "a" "web" {
      + id = (known after apply)
    }

    # Actions to be invoked after this change in order:
    # action.b.tell
    action "b" "tell" {
        config {
            message = "hello"
        }
    }

 # a.kept must be replaced, but the existing object will not be destroyed
 # (destroy = false is set in the configuration)
+/. resource "a" "kept" {
      ~ id = "x" -> (known after apply)
    }

Plan: 2 to add, 0 to change, 0 to destroy. Actions: 2 to invoke.

Terraform will invoke the following action(s):

  # action.b.asked will be invoked
    action "b" "asked" {
    }


Changes to Outputs:
  + out = 1
"""


def test_the_sections_of_newer_versions_are_cut_too() -> None:
    plan = Plan(
        resource_changes=(
            ResourceChange("a.web", ("create",)),
            ResourceChange("a.kept", ("create", "forget")),
        ),
        outputs=(OutputChange("out", ("create",)),),
        deferred=(Deferred(ResourceChange("a.deferred[*]", ("create",))),),
        action_invocations=({"address": "action.b.tell"}, {"address": "action.b.asked"}),
    )
    found = cut(NEWER, plan)
    assert [True, 2] == [found.reliable, len(found.resources)]
    assert found.resources[0].endswith('            message = "hello"\n        }\n    }')
    assert found.deferred.startswith("  # a.deferred[*] was deferred\n")
    assert found.deferred.endswith("\n    }")
    assert '  # action.b.asked will be invoked\n    action "b" "asked" {\n    }' == found.invoked
    assert "  + out = 1" == found.outputs
    for other in (
        replace(plan, deferred=()),
        replace(plan, action_invocations=()),
        replace(plan, outputs=()),
    ):
        assert not cut(NEWER, other).reliable


def test_the_drift_section_holds_nothing_that_the_json_does_not() -> None:
    text, plan = golden("drift")
    assert not cut(text, replace(plan, drift=plan.drift[1:])).reliable
    assert not cut(text.replace("gone has been deleted", "gone has changed"), plan).reliable


def test_the_outputs_section_holds_nothing_that_the_json_does_not() -> None:
    text, plan = golden("outputs-more")
    assert not cut(text, replace(plan, outputs=plan.outputs[1:])).reliable


@settings(max_examples=examples(50), deadline=None)
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


def unmarked(line: str, original: str) -> str:
    """The line as Terraform has it, from the one with its marker in the first column."""
    at = len(original) - len(original.lstrip(" "))
    return f"{' ' * at}{original[at]}{line[at + 1 :]}" if line[:1] != original[:1] else line


@pytest.mark.parametrize("name", ["aws-change", "heredoc-more", "values", "sensitive-nested", "outputs-more"])
def test_only_markers_are_moved(name: str) -> None:
    text, _ = golden(name)
    lines, moved = text.split("\n"), shift_markers(text).split("\n")
    assert lines == [unmarked(line, original) for line, original in zip(moved, lines, strict=True)]
    changed = [(a, b) for a, b in zip(lines, moved, strict=True) if a != b]
    assert len(changed) > 10
    assert set() == {b[0] for _, b in changed} - set("+-!")
    assert [a.lstrip(" ")[0].replace("~", "!") for a, _ in changed] == [b[0] for _, b in changed]


@pytest.mark.parametrize("name", ["aws-create", "create", "delete", "destroy"])
def test_every_changed_attribute_gets_a_colour(name: str) -> None:
    text, plan = golden(name)
    for change, piece in zip(plan.changes, cut(text, plan).resources, strict=True):
        sign = "+" if change.actions == ("create",) else "-"
        marked = [line for line in piece.split("\n") if line.lstrip(" ").startswith(f"{sign} ")]
        shifted = [line for line in shift_markers(piece).split("\n") if line.startswith(sign)]
        assert len(marked) >= len(shifted) > 0


def test_the_text_inside_a_heredoc_keeps_its_own_markers() -> None:
    text, _ = golden("heredoc-more")
    shifted = shift_markers(text)
    assert "+       input            = <<-EOT\n            - one\n            + two\n" in shifted
    assert "-           - a list\n+           - a list changed\n            + another\n" in shifted
    assert "+                       Lines  = <<-EOT\n                            a\n" in shifted
    assert "                            - b\n                        EOT\n" in shifted


@settings(max_examples=examples(100), deadline=None)
@given(st.text(st.sampled_from(" #\n~+-!<=EOT\u2028\r ab"), max_size=200))
def test_no_text_loses_more_than_a_marker(text: str) -> None:
    moved = shift_markers(text).split("\n")
    for line, original in zip(moved, text.split("\n"), strict=True):
        assert len(original) == len(line)
        assert original == unmarked(line, original)


def shifted_line_by_line(text: str) -> str:
    """Markers in the first column, with what a heredoc holds remembered from line to line."""
    moved: list[str] = []
    column = -1
    closing = 0
    for line in text.split("\n"):
        bare = line.lstrip(" ")
        indent = len(line) - len(bare)
        if column >= 0 and indent <= closing and bare.startswith("EOT"):
            column = -1
        marker = indent > 0 and bare[:2] in ("+ ", "- ", "~ ")
        taken = marker and column in (-1, indent)
        moved.append(f"{bare[0].replace('~', '!')}{' ' * indent} {bare[2:]}" if taken else line)
        opens = re.fullmatch(".*<<-?EOT[A-Z_]*(?: # forces replacement)?", line)
        if column < 0 and opens and not bare.startswith("#"):
            at = indent if marker else indent - 2
            column, closing = at + 4, at + 2
    return "\n".join(moved)


HEREDOCS = ["", "    + a", "  - b", "~ c", "      + a = <<-EOT", "  ~ b = <<EOT_X # forces replacement",
            "x <<-EOT", " y <<-EOT y", "  # <<-EOT", "EOT", "  EOT", "    EOT", "        EOT", "EOT<<-EOT",
            "          + in", "      - in", "  + in"]  # fmt: skip


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(st.sampled_from(HEREDOCS), max_size=12).map("\n".join))
def test_markers_around_and_inside_of_heredocs_are_those_that_a_reader_of_lines_finds(text: str) -> None:
    assert shifted_line_by_line(text) == shift_markers(text)


@pytest.mark.parametrize(
    "reason", ["", " \n (because lifecycle.destroy = false is set in the configuration)"]
)
def test_what_opentofu_forgets_is_cut_too(reason: str) -> None:
    text, plan = golden("forget")
    ours = (
        "will no longer be managed by Terraform, but will not be destroyed\n"
        " # (destroy = false is set in the configuration)"
    )
    theirs = text.replace(ours, f"will be removed from the OpenTofu state but will not be destroyed{reason}")
    theirs = theirs.replace("Terraform ", "OpenTofu ").replace("0 to destroy.", "0 to destroy, 1 to forget.")
    found = cut(theirs, plan)
    assert (theirs != text, found.reliable, len(found.resources)) == (True, True, 1)
