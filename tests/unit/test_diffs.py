"""Each change has its diff, wherever that comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_bot.core.plan import read_plan
from gitops_bot.render.diffs import Diff, LazyDiffs, Source, resource_diffs
from gitops_bot.render.redact import Redactor
from tests.kit.plans import DELETE, output, plan, resource

GOLDEN = Path(__file__).parents[1] / "golden"
CUT = ["create", "delete", "drift", "forget", "heredoc", "import", "mixed", "moved", "replace", "update"]


@pytest.mark.parametrize("name", CUT)
def test_every_change_has_its_own_part_of_terraforms_text(name: str) -> None:
    read = read_plan((GOLDEN / name / "plan.json").read_bytes())
    diffs = resource_diffs(read, (GOLDEN / name / "plan.txt").read_bytes().decode(), Redactor())
    assert diffs.source is Source.TERRAFORM
    heads = [d.text.split("\n")[0] for d in diffs.changes]
    assert [c.address in head for c, head in zip(read.changes, heads, strict=True)] == [True] * len(heads)
    assert {d.from_terraform for d in diffs.changes} == ({True} if heads else set())


@pytest.mark.parametrize("name", ["spoofed-import", "spoofed-check"])
def test_a_text_that_cannot_be_cut_is_there_as_a_whole(name: str) -> None:
    read = read_plan((GOLDEN / name / "plan.json").read_bytes())
    text = (GOLDEN / name / "plan.txt").read_bytes().decode()
    diffs = resource_diffs(read, text, Redactor())
    assert (diffs.source, diffs.whole) == (Source.WHOLE, Diff(text.strip("\n"), True))
    assert [d.from_terraform for d in diffs.changes] == [False] * len(read.changes)


def test_without_a_text_the_diffs_are_made_from_the_json() -> None:
    found = resource_diffs(plan(resource("web", after={"input": "x"}), outputs=(output(),)), "", Redactor())
    assert found.source is Source.JSON
    assert found.changes[0].text.split("\n") == [
        "  # terraform_data.web will be created",
        '+   resource "terraform_data" "web" {',
        '+       input = "x"',
        "    }",
    ]
    assert (found.outputs.text, found.drift, found.whole) == ("+   out = null", Diff(), Diff())


def test_what_terraforms_text_passes_over_is_made_from_the_json() -> None:
    gone = resource("old", DELETE, mode="data", address="data.terraform_data.old")
    text = (
        "Terraform will perform the following actions:\n\n  # terraform_data.web will be created\n"
        '  + resource "terraform_data" "web" {\n    }\n\nPlan: 1 to add, 0 to change, 0 to destroy.\n'
    )
    found = resource_diffs(plan(gone, resource()), text, Redactor())
    assert [(d.from_terraform, d.text.split("\n")[0]) for d in found.changes] == [
        (False, "  # data.terraform_data.old will be destroyed"),
        (True, "  # terraform_data.web will be created"),
    ]


def test_every_part_is_redacted_and_counted() -> None:
    secret = "hunter2-hunter2"
    drifted = resource("web", ("update",), before={"input": "x"}, after={"input": secret})
    read = plan(
        resource("web", after={"input": secret}),
        outputs=(output(after=secret),),
        drift=(drifted,),
        relevant_attributes=(("terraform_data.web", ("input",)),),
    )
    found = resource_diffs(read, f"a text of {secret} that nobody can cut", Redactor(secrets=[secret]))
    parts = (*found.changes, found.outputs, found.drift, found.whole)
    assert [secret in part.text for part in parts] == [False] * 4
    assert ([part.hidden for part in parts], found.hidden) == ([1, 1, 1, 1], 4)


def test_a_diff_is_made_once_and_only_when_it_is_looked_at() -> None:
    made: list[int] = []

    def make(index: int) -> Diff:
        made.append(index)
        return Diff(str(index))

    diffs = LazyDiffs(5000, make)
    assert ["4999", "7", "4999"] == [diffs[index].text for index in (-1, 7, 4999)]
    assert [4999, 7] == made
