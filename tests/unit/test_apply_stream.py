from __future__ import annotations

import json

import pytest

from gitops_bot.adapters.terraform.apply_stream import ApplyStream
from gitops_bot.adapters.terraform.plan_output import INTERRUPTED, RefreshProgress
from gitops_bot.core.counts import Counts, Miscount, counts_of
from gitops_bot.core.locks import StateLock
from gitops_bot.core.plan import Plan, ResourceChange
from gitops_bot.core.report import Applied, Diagnostic, ResourceOutcome, ResourceState, Severity

DONE, FAILED, NOT_STARTED = ResourceState.DONE, ResourceState.FAILED, ResourceState.NOT_STARTED
IN_FLIGHT = ResourceState.IN_FLIGHT


def change(address: str, *actions: str, deposed: str = "", importing: bool = False) -> ResourceChange:
    return ResourceChange(address, actions, deposed=deposed, importing=importing)


def event(kind: str, address: str, action: str, seconds: int = 0) -> str:
    hook = {"resource": {"addr": address}, "action": action, "id_value": "s3cret", "elapsed_seconds": seconds}
    return json.dumps({"@level": "info", "type": kind, "hook": hook})


def error(summary: str, detail: str = "", address: str = "") -> str:
    diagnostic = {"severity": "error", "summary": summary, "detail": detail, "address": address}
    return json.dumps({"@level": "error", "type": "diagnostic", "diagnostic": diagnostic})


def applied(
    changes: tuple[ResourceChange, ...], lines: list[str], succeeded: bool, interrupted: bool = False
) -> Applied:
    stream = ApplyStream(Plan(changes), lambda _: None)
    for line in lines:
        stream.take(line)
    return stream.result(succeeded, interrupted)


def test_a_half_failed_apply_tells_done_failed_and_not_started_apart() -> None:
    changes = (change("x.a", "create"), change("x.b", "update"), change("x.c", "delete"))
    lines = [
        event("apply_start", "x.a", "create"),
        event("apply_complete", "x.a", "create", 2),
        event("apply_start", "x.b", "update"),
        event("apply_errored", "x.b", "update", 3),
        error("Denied", "No right.", "x.b"),
    ]
    assert applied(changes, lines, succeeded=False) == Applied(
        (
            ResourceOutcome("x.a", "create", DONE, 2),
            ResourceOutcome("x.b", "update", FAILED, 3, "Denied: No right."),
            ResourceOutcome("x.c", "delete", NOT_STARTED),
        ),
        (Diagnostic(Severity.ERROR, "Denied", "No right.", address="x.b"),),
        succeeded=False,
    )


def test_a_replace_is_done_when_both_halves_are() -> None:
    lines = [
        event("apply_start", "x.a", "delete"),
        event("apply_complete", "x.a", "delete", 1),
        event("apply_start", "x.a", "create"),
        event("apply_complete", "x.a", "create", 2),
    ]
    result = applied((change("x.a", "delete", "create"),), lines, succeeded=True)
    assert result.resources == (ResourceOutcome("x.a", "replace", DONE, 3),)


def test_a_replace_that_stopped_after_its_first_half_is_failed() -> None:
    lines = [event("apply_start", "x.a", "delete"), event("apply_complete", "x.a", "delete", 1)]
    result = applied((change("x.a", "delete", "create"),), lines, succeeded=False)
    assert result.resources == (
        ResourceOutcome("x.a", "replace", FAILED, 1, "It was destroyed, but the create did not end."),
    )


def test_a_started_resource_whose_end_was_not_seen_is_failed() -> None:
    lines = [event("apply_start", "x.a", "create")]
    result = applied((change("x.a", "create"),), lines, succeeded=False, interrupted=True)
    assert result == Applied(
        (ResourceOutcome("x.a", "create", FAILED, 0, "It was started, and its end was not reported."),),
        succeeded=False,
        interrupted=True,
    )


def test_a_deposed_object_and_its_resource_are_two_outcomes() -> None:
    changes = (change("x.a", "update"), change("x.a", "delete", deposed="1234"))
    lines = [
        event("apply_start", "x.a", "delete"),
        event("apply_errored", "x.a", "delete", 4),
        event("apply_start", "x.a", "update"),
        event("apply_complete", "x.a", "update", 1),
    ]
    assert applied(changes, lines, succeeded=False).resources == (
        ResourceOutcome("x.a", "update", DONE, 1),
        ResourceOutcome("x.a", "delete", FAILED, 4),
    )


def test_changes_without_an_operation_are_done_when_the_apply_is() -> None:
    changes = (change("x.i", "no-op", importing=True), change("x.f", "forget"), change("x.n", "new-verb"))
    assert applied(changes, [], succeeded=True).resources == (
        ResourceOutcome("x.i", "import", DONE),
        ResourceOutcome("x.f", "forget", DONE),
        ResourceOutcome("x.n", "new-verb", DONE),
    )
    assert [r.state for r in applied(changes, [], succeeded=False).resources] == [NOT_STARTED] * 3


def test_reads_and_unchanged_resources_are_no_outcomes() -> None:
    changes = (change("data.x.a", "read"), change("x.a", "no-op"))
    assert applied(changes, [event("apply_start", "data.x.a", "read")], succeeded=True).resources == ()


def test_an_operation_that_was_not_planned_is_shown_all_the_same() -> None:
    lines = [event("apply_start", "x.z", "create"), event("apply_complete", "x.z", "create", 1)]
    assert applied((), lines, succeeded=True).resources == (ResourceOutcome("x.z", "create", DONE, 1),)


def test_unknown_lines_are_ignored() -> None:
    lines = [
        "",
        "not json",
        "[1]",
        "null",
        '"text"',
        "[" * 100_000,
        '{"type":"news","hook":3}',
        '{"type":"apply_start"}',
        '{"type":"apply_complete","hook":{"resource":[],"action":7}}',
        '{"type":"diagnostic","diagnostic":null}',
        '{"type":"apply_start","hook":{"resource":{"addr":"x.a"},"action":"teleport"}}',
    ]
    assert applied((), lines, succeeded=True) == Applied(())


def test_the_same_error_is_listed_once() -> None:
    result = applied((), [error("execution halted"), error("execution halted")], succeeded=False)
    assert result.diagnostics == (Diagnostic(Severity.ERROR, "execution halted"),)


def test_progress_names_resources_without_ids_and_keys() -> None:
    said: list[str] = []
    stream = ApplyStream(Plan(()), said.append)
    stream.take(event("apply_start", 'module.m["a"].x.a["to\\"ken"]', "create"))
    stream.take(event("apply_complete", 'module.m["a"].x.a["to\\"ken"]', "create", 2))
    stream.take(event("apply_start", "x.b[0]", "delete"))
    stream.take(event("apply_errored", "x.b[0]", "delete", 1))
    assert said == [
        'module.m["…"].x.a["…"]: creating',
        'module.m["…"].x.a["…"]: created after 2s',
        "x.b[0]: destroying",
        "x.b[0]: destroying failed after 1s",
    ]


def test_a_log_that_is_gone_does_not_cost_the_record() -> None:
    def broken(_line: str) -> None:
        raise BrokenPipeError

    stream = ApplyStream(Plan((change("x.a", "create"),)), broken)
    stream.take(event("apply_start", "x.a", "create"))
    stream.take(event("apply_complete", "x.a", "create", 1))
    assert stream.result(True, False).resources == (ResourceOutcome("x.a", "create", DONE, 1),)


# --- an early word ---------------------------------------------------------------------------


def test_what_is_known_while_terraform_stops_tells_what_is_in_flight() -> None:
    changes = (
        change("x.a", "create"), change("x.b", "create"), change("x.c", "create"), change("x.d", "update"),
        change("x.e", "delete", "create"), change("x.f", "create"),
    )  # fmt: skip
    stream = ApplyStream(Plan(changes), lambda _: None)
    for line in [
        event("apply_start", "x.a", "create"),
        event("apply_complete", "x.a", "create", 2),
        event("apply_start", "x.b", "create"),
        event("apply_start", "x.c", "create"),
        event("apply_progress", "x.c", "create", 10),
        event("apply_start", "x.d", "update"),
        event("apply_errored", "x.d", "update", 3),
        event("apply_start", "x.e", "delete"),
        event("apply_complete", "x.e", "delete", 1),
    ]:
        stream.take(line)
    assert stream.so_far() == Applied(
        (
            ResourceOutcome("x.a", "create", DONE, 2),
            ResourceOutcome("x.b", "create", IN_FLIGHT),
            ResourceOutcome("x.c", "create", IN_FLIGHT, 10),
            ResourceOutcome("x.d", "update", FAILED, 3),
            ResourceOutcome("x.e", "replace", IN_FLIGHT, 1),
            ResourceOutcome("x.f", "create", NOT_STARTED),
        ),
        succeeded=False,
        interrupted=True,
    )


def test_the_early_word_changes_nothing_about_the_result() -> None:
    stream = ApplyStream(Plan((change("x.a", "create"), change("x.b", "create"))), lambda _: None)
    for line in [
        event("apply_start", "x.a", "create"),
        event("apply_complete", "x.a", "create", 2),
        event("apply_start", "x.b", "create"),
    ]:
        stream.take(line)
    assert stream.so_far() == stream.so_far()
    stream.take(event("apply_complete", "x.b", "create", 3))
    done = (ResourceOutcome("x.a", "create", DONE, 2), ResourceOutcome("x.b", "create", DONE, 3))
    assert stream.result(False, True) == Applied(done, succeeded=False, interrupted=True)


def test_at_the_end_nothing_is_in_flight_and_a_known_duration_is_kept() -> None:
    lines = [event("apply_start", "x.a", "create"), event("apply_progress", "x.a", "create", 20)]
    error_text = "It was started, and its end was not reported."
    assert applied((change("x.a", "create"),), lines, succeeded=False).resources == (
        ResourceOutcome("x.a", "create", FAILED, 20, error_text),
    )


# --- counts ----------------------------------------------------------------------------------


def summary(operation: str = "apply", **counts: object) -> str:
    changes = {"add": 0, "change": 0, "import": 0, "remove": 0, "operation": operation, **counts}
    return json.dumps({"type": "change_summary", "changes": changes})


def test_a_plan_is_counted_as_terraform_counts_its_apply() -> None:
    changes = (
        change("x.a", "create"),
        change("x.b", "update"),
        change("x.c", "delete"),
        change("x.d", "delete", "create"),
        change("x.e", "create", "delete"),
        change("x.e", "delete", deposed="4f2a"),
        change("x.f", "read"),
        change("x.g", "no-op", importing=True),
        change("x.h", "update", importing=True),
        change("x.i", "forget"),
        change("x.j", "no-op"),
    )
    assert counts_of(Plan(changes)) == Counts(add=3, change=2, remove=4, imported=2)


def test_a_plan_with_an_unknown_action_is_not_counted() -> None:
    assert counts_of(Plan((change("x.a", "create", "forget"),))) is None


@pytest.mark.parametrize(
    ("lines", "succeeded", "expected"),
    [
        ([summary(add=1)], True, None),
        ([summary(add=1), summary("plan", add=2)], True, None),
        ([], True, None),
        ([summary()], True, Miscount(Counts(add=1), Counts())),
        ([summary(add=1, remove=2)], True, Miscount(Counts(add=1), Counts(add=1, remove=2))),
        ([summary(add="many")], True, Miscount(Counts(add=1), Counts())),
        ([summary()], False, None),
    ],
)
def test_an_apply_that_did_something_else_than_planned_says_so(
    lines: list[str], succeeded: bool, expected: Miscount | None
) -> None:
    assert applied((change("x.a", "create"),), lines, succeeded).miscount == expected


# --- a locked state --------------------------------------------------------------------------


def test_the_lock_an_apply_met_is_kept_beside_its_diagnostic() -> None:
    detail = (
        "Error message: resource temporarily unavailable\nLock Info:\n  ID:        1-2\n  Path:      p\n"
        "  Operation: OperationTypeApply\n  Who:       a@b\n  Version:   1.11.4\n"
        "  Created:   2026-11-23 11:02:38 +0000 UTC\n  Info:      \n"
    )
    result = applied((change("x.a", "create"),), [error("Error acquiring the state lock", detail)], False)
    assert result.lock == StateLock("1-2", "p", "OperationTypeApply", "a@b", "1.11.4", "2026-11-23T11:02:38Z")


QUOTED = (
    "Lock Info:\n  ID:        1-2\n  Path:      p\n  Operation: OperationTypeApply\n"
    "  Who:       a@b\n  Version:   1.11.4\n  Created:   2026-11-23 11:02:38 +0000 UTC\n"
)


def test_another_error_that_quotes_a_lock_is_none() -> None:
    assert applied((change("x.a", "create"),), [error("Denied", QUOTED)], False).lock is None


def test_what_terraform_runs_cannot_make_up_a_lock() -> None:
    lines = [event("apply_start", "x.a", "create"), error("Error acquiring the state lock", QUOTED)]
    assert applied((change("x.a", "create"),), lines, False).lock is None


def test_the_log_says_when_terraform_has_noticed_a_signal() -> None:
    said: list[str] = []
    message = "\nInterrupt received.\nPlease wait for Terraform to exit or data loss may occur.\n"
    ApplyStream(Plan(()), said.append).take(json.dumps({"type": "log", "@message": message}))
    plan = RefreshProgress(said.append)
    for line in ("data.x.y: Reading...", *message.split("\n")):
        plan.take(line)
    assert [INTERRUPTED, INTERRUPTED] == said
