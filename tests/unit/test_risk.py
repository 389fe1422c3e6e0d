from __future__ import annotations

import pytest

from gitops_bot.core.risk import Mark, Risk, is_stateful, mark_of, risk_of
from tests.kit.plans import CREATE, CREATE_FIRST, DELETE, DESTROY_FIRST, UPDATE, resource


def bucket(actions: tuple[str, ...], **members: object) -> Mark | None:
    change = resource(
        "logs", actions, **{"type": "aws_s3_bucket", "address": "aws_s3_bucket.logs", **members}
    )
    return mark_of(change, ("aws_s3_bucket.audit", "module.db.**"), ("acme_*",))


@pytest.mark.parametrize("actions", [DELETE, DESTROY_FIRST, CREATE_FIRST, ("delete", "leap")])
def test_the_loss_of_what_holds_data_is_marked(actions: tuple[str, ...]) -> None:
    assert Mark.STATEFUL is bucket(actions)


@pytest.mark.parametrize("actions", [CREATE, UPDATE, ("forget",), ("no-op",), ("read",)])
def test_what_is_not_lost_has_no_mark(actions: tuple[str, ...]) -> None:
    assert bucket(actions) is None


def test_a_protected_resource_is_marked_as_that_even_when_it_holds_data() -> None:
    assert Mark.PROTECTED is bucket(DELETE, address="aws_s3_bucket.audit")
    assert Mark.PROTECTED is bucket(DELETE, address="module.db.aws_s3_bucket.a[0]")


def test_a_resource_that_moves_away_from_its_protection_is_marked_under_its_old_address() -> None:
    assert Mark.PROTECTED is bucket(DESTROY_FIRST, previous_address="aws_s3_bucket.audit")


def test_the_end_of_a_data_source_loses_nothing() -> None:
    assert bucket(DELETE, mode="data") is None


def test_the_list_can_be_extended_with_patterns_of_types() -> None:
    assert [True, False] == [is_stateful("acme_store", ("acme_*",)), is_stateful("acme_store")]
    assert Mark.STATEFUL is bucket(DELETE, type="acme_store", address="acme_store.a")


def test_marked_losses_are_read_first_and_what_is_unknown_before_what_is_kept() -> None:
    changes = [resource(actions=a) for a in (DELETE, CREATE_FIRST, ("leap",), ("forget",), UPDATE, CREATE)]
    expected = [Risk.DELETE, Risk.REPLACE, Risk.UNKNOWN, Risk.FORGET, Risk.UPDATE, Risk.CREATE]
    assert expected == sorted(map(risk_of, changes))
    assert Risk.LOSS_OF_PROTECTED < Risk.LOSS_OF_STATEFUL < min(expected)
    assert [Risk.LOSS_OF_PROTECTED, Risk.LOSS_OF_STATEFUL] == [risk_of(changes[0], mark) for mark in Mark]
