"""Why a change is planned is told in Terraform's sentences."""

from __future__ import annotations

import pytest

from gitops_bot.core.plan import ResourceChange
from gitops_bot.render.reasons import notes, reason_sentence

KEYED = 'module.m["a.b"].a.x["k \\" ]"]'


def change(reason: str, address: str = "a.x", actions: tuple[str, ...] = ("delete",)) -> ResourceChange:
    return ResourceChange(
        address,
        actions,
        type="a",
        name="x",
        module=address.removesuffix('.a.x["k \\" ]"]') if address.startswith("module.") else "",
        action_reason=reason,
        previous_address="a.was" if reason == "delete_because_no_move_target" else "",
    )


@pytest.mark.parametrize(
    ("reason", "address", "expected"),
    [
        ("", "a.x", ""),
        ("replace_because_cannot_update", "a.x", ""),
        ("replace_because_tainted", "a.x", "is tainted, so must be replaced"),
        ("replace_by_request", "a.x", "will be replaced, as requested"),
        ("replace_by_triggers", "a.x", "will be replaced due to changes in replace_triggered_by"),
        ("delete_because_no_resource_config", KEYED, "because a.x is not in configuration"),
        ("delete_because_no_module", KEYED, 'because module.m["a.b"] is not in configuration'),
        (
            "delete_because_no_move_target",
            "a.x",
            "because a.was was moved to a.x, which is not in configuration",
        ),
        ("delete_because_wrong_repetition", "a.x", "because resource uses count or for_each"),
        ("delete_because_wrong_repetition", "a.x[0]", "because resource does not use count"),
        ("delete_because_wrong_repetition", KEYED, "because resource does not use for_each"),
        ("delete_because_count_index", "a.x[12]", "because index [12] is out of range for count"),
        ("delete_because_each_key", KEYED, 'because key ["k \\" ]"] is not in for_each map'),
        ("read_because_config_unknown", "a.x", "config refers to values not yet known"),
        ("read_because_dependency_pending", "a.x", "depends on a resource or a module with changes pending"),
        ("read_because_check_nested", "a.x", "config will be reloaded to verify a check block"),
        ("delete_because_the_moon_is_full", "a.x", "delete_because_the_moon_is_full"),
    ],
)
def test_the_sentence_is_the_one_of_terraforms_text(reason: str, address: str, expected: str) -> None:
    assert expected == reason_sentence(change(reason, address))


def test_a_left_over_object_says_so_and_a_forgotten_one_that_it_is_kept() -> None:
    deposed = ResourceChange("a.x", ("delete",), type="a", name="x", deposed="1234abcd")
    assert ("left over from a partially-failed replacement of this instance",) == notes(deposed)
    forgotten = ResourceChange("a.x", ("forget",), type="a", name="x")
    assert ("destroy = false is set in the configuration",) == notes(forgotten)


def test_the_reason_of_a_replace_stands_in_its_header_and_is_no_remark() -> None:
    assert () == notes(change("replace_because_tainted", actions=("delete", "create")))
