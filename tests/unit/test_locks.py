from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_bot.core.locks import ApplyStart, LockStanding, LockVerdict, StateLock, is_own, read_lock

INFO = """\
Error message: operation error S3: PutObject, StatusCode: 412, api error PreconditionFailed
Lock Info:
  ID:        {id}
  Path:      {path}
  Operation: {operation}
  Who:       {who}
  Version:   {version}
  Created:   {created}
  Info:      {info}


Terraform acquires a state lock to protect the state from being written
by multiple users at the same time."""
GIVEN = {
    "id": "04684cdf-a2e6-7160-a2f2-b1a9a546277a",
    "path": "bucket/dev/terraform.tfstate",
    "operation": "OperationTypeApply",
    "who": "runner@host",
    "version": "1.11.4",
    "created": "2026-11-23 11:02:38.405967524 +0000 UTC",
    "info": "",
}
LOCK = StateLock(
    "04684cdf-a2e6-7160-a2f2-b1a9a546277a", "bucket/dev/terraform.tfstate", "OperationTypeApply",
    "runner@host", "1.11.4", "2026-11-23T11:02:38.405967524Z",
)  # fmt: skip


def text(**changed: str) -> str:
    return INFO.format(**{**GIVEN, **changed})


def test_a_lock_is_read_from_terraforms_error() -> None:
    assert read_lock(text()) == LOCK


def test_a_lock_with_empty_fields_is_still_a_lock() -> None:
    assert read_lock(text(path="", operation="", who="", version="", created="")) == StateLock(
        LOCK.id, "", "", "", "", ""
    )


@pytest.mark.parametrize(
    "created",
    ["yesterday", "2026-11-23 11:02:38 +0100 CET", "2026-13-45 11:02:38 +0000 UTC", "2026-11-23T11:02:38Z",
     "\u0662026-11-23 11:02:38 +0000 UTC"],
)  # fmt: skip
def test_a_time_that_is_none_or_not_utc_is_left_out(created: str) -> None:
    assert read_lock(text(created=created)) == replace(LOCK, created="")


@pytest.mark.parametrize(
    "odd",
    [
        "Error message: access denied",
        text(id=""),
        text(path="p\n  Operation: OperationTypeApply\n  Who:       me@host\n  Version:   1\n  Created:   x"),
        text(info="\n  Who:       runner@host"),
        text().replace("  Who:       runner@host\n", ""),
        text().replace("Lock Info:\n", "Lock Info:\n\n"),
    ],
)  # fmt: skip
def test_what_is_not_exactly_terraforms_form_is_no_lock(odd: str) -> None:
    """A newline in one value could make up the fields after it."""
    assert read_lock(odd) is None


VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    ["\n  Who:       runner@host", "\n  Info:", "Lock Info:\n", "\u2028", "\r", "  ID: x"]
)


@given(st.fixed_dictionaries(dict.fromkeys(GIVEN, VALUES)))
def test_no_value_passes_for_another_field(values: dict[str, str]) -> None:
    lock = read_lock(INFO.format(**values))
    if lock is not None:
        fields = (lock.id, lock.path, lock.operation, lock.who, lock.version)
        names = ("id", "path", "operation", "who", "version")
        assert fields == tuple(values[name].strip() for name in names)


@given(st.text())
@example("Lock Info:\n" * 3)
@example(
    "Lock Info:\n  ID: x\n  Path:\n  Operation:\n  Who:\n  Version:\n  Created: 9999-12-31 24:00:00 +0000 UTC"
)
def test_no_text_breaks_the_reading(odd: str) -> None:
    lock = read_lock(odd)
    assert lock is None or lock.id != ""


# --- whose it is -----------------------------------------------------------------------------

START = ApplyStart("41", 1, "runner@host", "2026-11-23T11:00:00Z", True, "2026-11-23T11:10:00Z")
OWN, UNKNOWN = LockStanding.OWN, LockStanding.UNKNOWN
OTHER_WHO, OUTSIDE = LockStanding.OTHER_WHO, LockStanding.BEFORE_OR_AFTER


def at(time: str) -> StateLock:
    return replace(LOCK, created=f"2026-11-23T{time}Z")


@pytest.mark.parametrize(
    ("lock", "starts", "expected"),
    [
        (LOCK, [START], LockVerdict(OWN, START)),
        (replace(LOCK, operation="OperationTypePlan"), [START], LockVerdict(LockStanding.NOT_AN_APPLY)),
        (replace(LOCK, operation=""), [START], LockVerdict(LockStanding.NOT_AN_APPLY)),
        (replace(LOCK, operation="untaint"), [START], LockVerdict(LockStanding.NOT_AN_APPLY)),
        (replace(LOCK, who="ana@laptop"), [START], LockVerdict(OTHER_WHO)),
        (replace(LOCK, who="Runner@host"), [START], LockVerdict(OTHER_WHO)),
        (LOCK, [], LockVerdict(OTHER_WHO)),
        (replace(LOCK, who=""), [replace(START, who="")], LockVerdict(UNKNOWN)),
        (replace(LOCK, created=""), [START], LockVerdict(UNKNOWN)),
        (at("10:59:55"), [START], LockVerdict(OWN, START)),
        (at("10:59:54.999999"), [START], LockVerdict(OUTSIDE)),
        (at("11:10:05"), [START], LockVerdict(OWN, START)),
        (at("11:10:05.000001"), [START], LockVerdict(OUTSIDE)),
        (LOCK, [replace(START, may_have_left=False)], LockVerdict(OUTSIDE)),
        (LOCK, [replace(START, may_have_left=False), START], LockVerdict(OWN, START)),
        (LOCK, [replace(START, at="")], LockVerdict(UNKNOWN)),
        (LOCK, [replace(START, at="2026-11-23T11:00:00")], LockVerdict(UNKNOWN)),
        (LOCK, [replace(START, ended_at="")], LockVerdict(UNKNOWN)),
        (LOCK, [replace(START, ended_at="9999-12-31T23:59:59-23:59")], LockVerdict(UNKNOWN)),
        (LOCK, [START, replace(START, run="40", at="")], LockVerdict(OWN, START)),
    ],
)  # fmt: skip
def test_a_lock_is_own_only_when_an_ended_apply_of_that_user_and_host_left_it(
    lock: StateLock, starts: list[ApplyStart], expected: LockVerdict
) -> None:
    assert (is_own(lock, starts), is_own(lock, starts).own) == (expected, expected.standing is OWN)


def test_a_lock_of_a_run_that_may_still_write_is_not_own() -> None:
    running = replace(START, run="42", ended=False, ended_at="")
    verdict = LockVerdict(LockStanding.STILL_RUNNING, running)
    assert [is_own(LOCK, starts) for starts in ([running], [START, running], [running, START])] == [
        verdict
    ] * 3


def test_a_run_that_github_does_not_know_may_still_write() -> None:
    unknown = replace(START, ended=False, ended_at="", known=False)
    assert is_own(LOCK, [START, unknown]) == LockVerdict(LockStanding.UNKNOWN_RUN, unknown)


def test_a_run_that_still_runs_elsewhere_does_not_matter() -> None:
    elsewhere = replace(START, run="42", who="runner@other", ended=False)
    assert is_own(LOCK, [elsewhere, START]) == LockVerdict(OWN, START)


def test_where_several_runs_fit_the_last_is_named() -> None:
    later = replace(START, run="42", at="2026-11-23T11:01:00Z")
    assert is_own(LOCK, [START, later]) == LockVerdict(OWN, later)
