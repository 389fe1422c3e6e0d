"""The plans that `make bench` measures with are what Terraform would have written."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from gitops_bot.core.plan import read_plan
from gitops_bot.render.plan_text import cut
from tests.bench.generate import SEED, write_plan


def test_a_plan_of_one_stack_is_the_one_terraform_made(tmp_path: Path) -> None:
    document, text = write_plan(20, tmp_path)
    made, expected = json.loads(document.read_bytes()), json.loads((SEED / "plan.json").read_bytes())
    # The last digits of an id are the stack's number.
    (identifier,) = {c["change"]["before"]["id"] for c in expected["resource_changes"] if c["name"] == "kept"}
    assert identifier[:-7] + "0000001" in document.read_text(encoding="utf-8")
    assert [c["address"] for c in expected["resource_changes"]] == [
        c["address"] for c in made["resource_changes"]
    ]
    assert expected["configuration"] == made["configuration"]
    assert expected["checks"] == made["checks"]
    assert len((SEED / "plan.txt").read_bytes()) == len(text.read_bytes())


def test_a_larger_plan_is_cut_reliably_and_counts_what_its_text_counts(tmp_path: Path) -> None:
    document, text = write_plan(55, tmp_path)
    plan = read_plan(document.read_bytes())
    words = text.read_bytes().decode()
    assert cut(words, plan).reliable
    assert len(plan.resource_changes) == 60
    assert "Plan: 18 to add, 24 to change, 15 to destroy." in words.split("\n")
    actions = Counter(action for change in plan.changes for action in change.actions)
    assert (actions["create"], actions["delete"]) == (18, 15)
    assert len({change.address for change in plan.resource_changes}) == 60
    assert plan.unknown_keys == ()


def test_a_plan_is_made_the_same_every_time(tmp_path: Path) -> None:
    one, other = write_plan(40, tmp_path / "a"), write_plan(40, tmp_path / "b")
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in other]
