"""The coverage rule against plans of a real terraform (tests/golden/make_records.py)."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gitops_bot.core.approval import Approval, ProjectApproval, pack, unpack
from gitops_bot.core.coverage import Coverage, cover
from gitops_bot.core.plan import read_plan
from gitops_bot.core.records import SecretKey, changes_of, key_of_lineage
from tests.kit.plans import approval_of, fresh_of

RECORDS = Path(__file__).parent / "records"
CASES = sorted(p.name for p in RECORDS.iterdir())
WEB = "terraform_data.web"


def key(case: str, name: str) -> SecretKey:
    return key_of_lineage(json.loads((RECORDS / case / "lineages.json").read_text())[name])


def compared(
    case: str, fresh: str = "fresh", approved: tuple[str, ...] = ("approved",), failed: tuple[str, ...] = ()
) -> Coverage:
    """The stored plans as an apply compares them, by way of the approvals' stored form.

    A state that was not there when the first plan was approved counts as created by our own apply.
    """
    approvals: list[ProjectApproval] = []
    for name in approved:
        made = read_plan((RECORDS / case / f"{name}.json").read_bytes())
        stored = pack(Approval("dev", "c" * 40, (approval_of(made, key(case, name)),)))
        approvals.extend(unpack(stored).projects)
    document = read_plan((RECORDS / case / f"{fresh}.json").read_bytes())
    ours = {key(case, fresh).id} if not key(case, approved[0]).secret else set()
    return cover(
        fresh_of(document, key(case, fresh)),
        approvals,
        failed=frozenset(failed),
        created_by_us=frozenset(ours),
    )


def uncovered(*arguments: Any, **named: Any) -> list[str]:
    return [f"{c.address} {c.kind} {c.path_text}".strip() for c in compared(*arguments, **named).uncovered]


@pytest.mark.parametrize("case", CASES)
def test_every_plan_is_covered_by_its_own_approval(case: str) -> None:
    for path in (RECORDS / case).glob("[af]*.json"):
        assert compared(case, path.stem, (path.stem,)).complete, path.name


def test_a_retry_after_a_failed_create_is_covered_at_the_addresses_that_did_not_finish() -> None:
    unfinished = ("terraform_data.b", "terraform_data.c")
    assert uncovered("tainted_retry", failed=unfinished) == []
    assert uncovered("tainted_retry", failed=("terraform_data.c",)) == ["terraform_data.b delete/create"]


@pytest.mark.parametrize("case", ["deposed_and_tainted", "deposed_beside_a_whole_one"])
def test_a_retry_after_a_half_done_replace_is_covered_at_its_address_only(case: str) -> None:
    assert uncovered(case, failed=(WEB,)) == []
    assert f"{WEB} delete" in uncovered(case)


def test_unknown_values_that_became_known_are_covered() -> None:
    assert uncovered("unknown_become_known") == []
    assert uncovered("unknown_become_known", "approved", ("fresh",)) == [
        "terraform_data.deep create",
        "terraform_data.existing update input",
        "terraform_data.source create",
    ]


def test_a_replace_that_turned_into_a_delete_is_not_covered_even_where_an_apply_failed() -> None:
    assert uncovered("replace_become_delete", failed=(WEB,)) == [f"{WEB} delete"]


def test_a_provisioner_that_changed_is_not_covered() -> None:
    assert uncovered("provisioner_changed") == [f"{WEB} create"]


def test_secrets_of_a_first_plan_are_skipped_once_our_own_apply_made_the_state() -> None:
    assert compared("lineage_came") == Coverage(sensitive_skipped=True)


def test_integers_of_23_digits_that_differ_in_the_last_one_are_not_covered() -> None:
    assert uncovered("big_integers") == [f"{WEB} create"]


def test_two_pull_requests_that_update_keys_of_one_object_are_covered_together_and_one_after_another() -> (
    None
):
    both = ("approved", "approved-2")
    assert uncovered("two_pull_requests", approved=both) == []
    assert uncovered("two_pull_requests", "fresh-after-the-first", ("approved-2",)) == []
    assert uncovered("two_pull_requests") == [f"{WEB} update input.second"]


def _respelt(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _respelt(v) for k, v in reversed(value.items())}
    if isinstance(value, list):
        return [_respelt(v) for v in value]
    return float(value) if type(value) is int and abs(value) < 1000 else value


@pytest.mark.parametrize("case", CASES)
def test_the_same_plan_in_another_order_and_spelling_has_the_same_approval(case: str) -> None:
    data = (RECORDS / case / "approved.json").read_bytes()
    respelt = json.dumps(_respelt(json.loads(data, parse_float=Decimal)), indent=7)
    assert approval_of(read_plan(data)) == approval_of(read_plan(respelt.encode()))


def test_every_kind_of_change_has_its_record() -> None:
    made = read_plan((RECORDS / "everything" / "approved.json").read_bytes())
    assert [(c.address, c.kind) for c in changes_of(made)] == [
        (r'terraform_data.each["x[\"y\"].z"]', "create"),
        ("terraform_data.forgotten", "forget"),
        ("terraform_data.gone", "delete"),
        ("terraform_data.imported", "import"),
        ("terraform_data.new", "move"),
        ('module.m["a.b"].terraform_data.inner', "create"),
        (r'module.m["c\"d"].terraform_data.inner', "create"),
        ("output.dropped", "output/delete"),
        ("output.later", "output/create"),
        ("output.plain", "output/update"),
        ("output.secret", "output/create"),
    ]


def test_a_provider_s_changed_configuration_is_not_covered() -> None:
    """A real plan whose configuration got a provider block: the built-in provider takes no arguments."""
    document = json.loads((RECORDS / "two_pull_requests" / "approved.json").read_text())

    def with_region(region: str) -> Any:
        block = {"name": "terraform", "expressions": {"region": {"constant_value": region}}}
        document["configuration"]["provider_config"] = {"terraform": block}
        return read_plan(json.dumps(document).encode())

    here, there = with_region("eu-west-1"), with_region("us-east-1")
    assert cover(fresh_of(here), [approval_of(here)]).complete
    assert [WEB, WEB] == [c.address for c in cover(fresh_of(there), [approval_of(here)]).uncovered]
