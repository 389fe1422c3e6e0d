"""The guards: protected resources, how many destroys, freeze windows, and who lifts them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gitops_bot.core.addresses import Step, matches, read_address, read_pattern
from gitops_bot.core.environments import Environment, FixedWindow, Override, WeeklyWindow, Window
from gitops_bot.core.guards import (
    MAX_ADDRESSES,
    Freeze,
    count_destroys,
    destroyed,
    frozen,
    judge_guards,
    overridden,
)
from gitops_bot.core.plan import ResourceChange
from gitops_bot.core.report import BlockReason, Reason
from tests.kit.plans import CREATE, CREATE_FIRST, DELETE, DESTROY_FIRST, NO_OP, UPDATE, plan, resource

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)  # a Wednesday


def gone(address: str, actions: tuple[str, ...] = DELETE, **members: str) -> ResourceChange:
    return resource("n", actions, address=address, **members)


def protects(pattern: str, address: str) -> bool:
    return destroyed(plan(gone(address)), (pattern,)) == (address,)


# --- patterns ---

MATCHING = [
    ("aws_rds_cluster.main", "aws_rds_cluster.main"),
    ("aws_rds_cluster.main", "aws_rds_cluster.main[0]"),
    ("aws_rds_cluster.main", 'aws_rds_cluster.main["a.b"]'),
    ("aws_rds_cluster.*", "aws_rds_cluster.main"),
    ("aws_rds_cluster.*", 'aws_rds_cluster.main["a.b[0].\\"c\\""]'),
    ("aws_rds_*.ma*n", "aws_rds_cluster.main"),
    ("*.*", "aws_rds_cluster.main"),
    ("aws_rds_cluster.main[0]", "aws_rds_cluster.main[0]"),
    ("aws_rds_cluster.main[*]", "aws_rds_cluster.main[12]"),
    ("aws_rds_cluster.main[*]", 'aws_rds_cluster.main["x"]'),
    ('aws_rds_cluster.main["eu-*"]', 'aws_rds_cluster.main["eu-west.1"]'),
    ('aws_rds_cluster.main["a.b"]', 'aws_rds_cluster.main["a.b"]'),
    ("module.db.**", "module.db.aws_rds_cluster.main"),
    ("module.db.**", 'module.db["a.b"].module.inner.aws_rds_cluster.main[0]'),
    ('module.db["eu"].**', 'module.db["eu"].aws_rds_cluster.main'),
    ("module.*.aws_rds_cluster.*", "module.db[1].aws_rds_cluster.main"),
    ("**.aws_rds_cluster.*", "aws_rds_cluster.main"),
    ("**.aws_rds_cluster.*", "module.a.module.b.aws_rds_cluster.main"),
    ("module.a.**.aws_rds_cluster.main", "module.a.aws_rds_cluster.main"),
    ("module.a.**.aws_rds_cluster.main", "module.a.module.b.aws_rds_cluster.main"),
    ("**", "module.a.t.n"),
    ("**.**", "t.n"),
    ("**.m*.**", "module.a.t.n"),
    ("t.grün", "t.grün"),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "address"), MATCHING)
def test_a_pattern_protects_what_it_stands_for(pattern: str, address: str) -> None:
    assert protects(pattern, address)


OTHERS = [
    ("aws_rds_cluster.main", "aws_rds_cluster.main2"),
    ("aws_rds_cluster.main", "module.db.aws_rds_cluster.main"),
    ("aws_rds_cluster.*", "module.db.aws_rds_cluster.main"),
    ("aws_rds_cluster.*", "aws_rds_cluster_instance.main"),
    ("aws_rds_cluster.main[0]", "aws_rds_cluster.main[10]"),
    ("aws_rds_cluster.main[0]", 'aws_rds_cluster.main["0"]'),
    ("aws_rds_cluster.main[0]", "aws_rds_cluster.main"),
    ("aws_rds_cluster.main[*]", "aws_rds_cluster.main"),
    ('aws_rds_cluster.main["eu-*"]', 'aws_rds_cluster.main["us-eu-1"]'),
    ("module.db.**", "module.db2.t.n"),
    ("module.db.**", "module.x.module.db.t.n"),
    ('module.db["eu"].**', 'module.db["us"].t.n'),
    ("module.db.*.*", "module.db.module.x.t.n"),
    ("**.t.n", 'module.x.t.m["t.n"]'),
    ("*.n", 'module.x["y"].t.n'),
    ("ab*ba.n", "aba.n"),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "address"), OTHERS)
def test_a_pattern_protects_nothing_else(pattern: str, address: str) -> None:
    assert not protects(pattern, address)


@pytest.mark.parametrize(
    "pattern",
    ["", "a", "module.db", "module.db.*", "data.a.b", "module.x.data.a.b", "a[0].b",
     "module[0].a.b.c", "a b.c", "a.b**", "a.***", "**x.b", "a..b", ".a.b", "a.b.", "a.b[x]",
     'a.b["x]', "a.b[0]c", "a.b[]", 'a."b"'],
)  # fmt: skip
def test_a_pattern_that_can_match_no_resource_is_none(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"^[a-z*]"):
        read_pattern(pattern)


def test_a_pattern_with_many_stars_is_quick() -> None:
    pattern = read_pattern("*a" * 300 + ".**" * 100 + ".n*")
    assert not matches(pattern, (Step("a" * 5000), *[Step("b")] * 300))


names = st.text(st.sampled_from("abz_-09ü"), min_size=1, max_size=4).filter(
    lambda name: name not in ("module", "data")
)
keys = st.one_of(
    st.none(),
    st.integers(0, 10**6).map(str),
    st.text(max_size=6).map(lambda t: '"' + t.replace("\\", "\\\\").replace('"', '\\"') + '"'),
)


def written(steps: tuple[Step, ...]) -> str:
    return ".".join(s.name if s.index is None else f"{s.name}[{s.index}]" for s in steps)


instances = st.builds(Step, names, keys)
addresses = st.builds(
    lambda modules, kind, name: (*(s for m in modules for s in (Step("module"), m)), Step(kind), name),
    st.lists(instances, max_size=3),
    names,
    instances,
)


@given(addresses)
def test_an_address_is_read_step_by_step_whatever_its_keys_hold(address: tuple[Step, ...]) -> None:
    assert address == read_address(written(address))


@given(addresses)
def test_everything_is_protected_by_two_stars(address: tuple[Step, ...]) -> None:
    assert protects("**", written(address))


@given(addresses, st.data())
def test_an_address_with_any_of_its_names_starred_and_keys_left_out_protects_it(
    address: tuple[Step, ...], data: st.DataObject
) -> None:
    def vague(step: Step) -> str:
        cut = data.draw(st.integers(0, len(step.name)))
        name = data.draw(st.sampled_from([step.name, "*", f"{step.name[:cut]}*", f"*{step.name[cut:]}"]))
        key = data.draw(st.sampled_from([step.index, None, None if step.index is None else "*"]))
        return name if key is None else f"{name}[{key}]"

    steps = [vague(s) for s in address]
    begin, end = sorted((data.draw(st.integers(0, len(steps))), data.draw(st.integers(0, len(steps)))))
    for pattern in (".".join(steps), ".".join([*steps[:begin], "**", *steps[end:]])):
        assert protects(pattern, written(address))


@given(addresses, addresses)
def test_an_address_protects_no_other_address_but_its_own_instances(
    one: tuple[Step, ...], other: tuple[Step, ...]
) -> None:
    # In a pattern a star stands for anything, in a key too: rather too much is protected than too little.
    assume(not any("*" in (step.index or "") for step in one))
    instance_of = len(one) == len(other) and all(
        a.name == b.name and a.index in (None, b.index) for a, b in zip(one, other, strict=True)
    )
    assert instance_of == matches(one, other)


# --- what is destroyed ---


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        (DELETE, True),
        (DESTROY_FIRST, True),
        (CREATE_FIRST, True),
        (("delete", "juggle"), True),
        (CREATE, False),
        (UPDATE, False),
        (NO_OP, False),
        (("read",), False),
        (("forget",), False),
        (("create", "forget"), False),
    ],
)
def test_whatever_holds_a_delete_is_a_destroy(actions: tuple[str, ...], expected: bool) -> None:
    found = plan(resource("web", actions))
    assert (destroyed(found, ("**",)), count_destroys([found])) == (
        ("terraform_data.web",) if expected else (),
        int(expected),
    )


def test_a_deposed_object_is_protected_and_counted_but_named_once() -> None:
    found = plan(resource(actions=DESTROY_FIRST), resource(actions=DELETE, deposed="12345678"))
    assert (destroyed(found, ("**",)), count_destroys([found])) == (("terraform_data.web",), 2)


def test_a_data_source_is_never_protected_or_counted() -> None:
    found = plan(gone("data.a.b", mode="data"))
    assert (destroyed(found, ("**",)), count_destroys([found])) == ((), 0)


@pytest.mark.parametrize("pattern", ["t.old", "t.new"])
def test_a_moved_resource_is_judged_by_its_old_and_its_new_address(pattern: str) -> None:
    moved = gone("t.new", DESTROY_FIRST, previous_address="t.old")
    assert destroyed(plan(moved), (pattern,)) == ("t.new",)


def test_a_move_alone_destroys_nothing() -> None:
    assert destroyed(plan(gone("t.new", NO_OP, previous_address="t.old")), ("t.old",)) == ()


@pytest.mark.parametrize("address", ["", "t.n[", "t.n[0", 't.n["x', "t..n", ".", 't.n["x"]y', "t.n[x]"])
def test_an_address_that_cannot_be_read_is_protected_wherever_anything_is(address: str) -> None:
    found = plan(gone(address))
    assert (destroyed(found, ("a.b",)), destroyed(found, ())) == ((address,), ())


def test_destroys_of_all_projects_are_counted_together() -> None:
    plans = [plan(gone("a.a"), gone("a.b", CREATE_FIRST), gone("a.c", UPDATE)), plan(gone("a.a")), plan()]
    assert count_destroys(plans) == 3


# --- freeze windows ---


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def weekly(*days: int, after: str = "", before: str = "", reason: str = "") -> WeeklyWindow:
    times = [time.fromisoformat(text) if text else None for text in (after, before)]
    return WeeklyWindow(days, times[0], times[1], BERLIN, reason)


FRIDAY = weekly(4, after="15:00")
NIGHTS = weekly(4, 5, after="15:00", before="08:00")
CLOSE = FixedWindow(at("2026-12-18T12:00:00+01:00"), at("2027-01-04T08:00:00+01:00"), "year-end close")
# 2026-01-02 is a Friday.
WINDOWS: list[tuple[str, tuple[Window, ...], str, str]] = [
    ("no window", (), "2026-01-02T15:00+01:00", ""),
    ("before it", (FRIDAY,), "2026-01-02T14:59:59+01:00", ""),
    ("at its start", (FRIDAY,), "2026-01-02T15:00+01:00", "2026-01-03T00:00+01:00"),
    ("seen from another zone", (FRIDAY,), "2026-01-02T14:30Z", "2026-01-03T00:00+01:00"),
    ("another day there already", (FRIDAY,), "2026-01-03T06:00+08:00", "2026-01-03T00:00+01:00"),
    ("at its end", (FRIDAY,), "2026-01-03T00:00+01:00", ""),
    ("another day", (FRIDAY,), "2026-01-01T16:00+01:00", ""),
    ("a whole day", (weekly(5),), "2026-01-03T00:00+01:00", "2026-01-04T00:00+01:00"),
    ("until the morning", (weekly(0, before="08:00"),), "2026-01-05T07:59+01:00", "2026-01-05T08:00+01:00"),
    ("after the morning", (weekly(0, before="08:00"),), "2026-01-05T08:00+01:00", ""),
    ("within a day", (weekly(0, after="09:00", before="17:00"),), "2026-01-05T12:00+01:00",
     "2026-01-05T17:00+01:00"),
    ("over midnight", (NIGHTS,), "2026-01-03T01:00+01:00", "2026-01-03T08:00+01:00"),
    ("between two nights", (NIGHTS,), "2026-01-03T09:00+01:00", ""),
    ("the morning of its first day", (NIGHTS,), "2026-01-02T07:00+01:00", ""),
    ("a weekend of three windows", (weekly(0, before="08:00"), weekly(5, 6), FRIDAY),
     "2026-01-02T18:00+01:00", "2026-01-05T08:00+01:00"),
    ("windows that overlap", (FRIDAY, NIGHTS), "2026-01-02T18:00+01:00", "2026-01-03T08:00+01:00"),
    ("a fixed one's start", (CLOSE,), "2026-12-18T11:00Z", "2027-01-04T08:00+01:00"),
    ("a fixed one's last moment", (CLOSE,), "2027-01-04T06:59:59Z", "2027-01-04T08:00+01:00"),
    ("a fixed one's end", (CLOSE,), "2027-01-04T07:00Z", ""),
    # On 2026-03-29 there is no 02:30 in Berlin, on 2026-10-25 it comes twice. Both are Sundays.
    ("a start that is left out", (weekly(6, after="02:30"),), "2026-03-29T01:00Z", "2026-03-30T00:00+02:00"),
    ("before a start that is left out", (weekly(6, after="02:30"),), "2026-03-29T00:29Z", ""),
    ("an end that is left out", (weekly(6, before="02:30"),), "2026-03-29T01:29Z", "2026-03-29T03:30+02:00"),
    ("a start that comes twice", (weekly(6, after="02:30"),), "2026-10-25T00:30Z", "2026-10-26T00:00+01:00"),
    ("an end that comes twice", (weekly(6, before="02:30"),), "2026-10-25T01:29Z", "2026-10-25T02:30+01:00"),
    ("after an end that comes twice", (weekly(6, before="02:30"),), "2026-10-25T01:30Z", ""),
]  # fmt: skip


@pytest.mark.parametrize(("windows", "now", "until"), [w[1:] for w in WINDOWS], ids=[w[0] for w in WINDOWS])
def test_a_window_holds_from_its_start_until_its_end(
    windows: tuple[Window, ...], now: str, until: str
) -> None:
    found = frozen(windows, at(now))
    assert (found.until.isoformat(timespec="minutes") if found else "") == until


def test_the_first_reason_of_the_windows_that_hold_is_given() -> None:
    windows = (weekly(1, reason="not now"), weekly(2), weekly(2, reason="audit"), weekly(2, reason="other"))
    assert frozen(windows, NOON) == Freeze(at("2026-01-08T00:00+01:00"), "audit")


def test_a_window_without_an_end_holds_for_at_least_two_months() -> None:
    found = frozen((weekly(*range(7)),), NOON)
    assert found is not None
    assert found.until > NOON + timedelta(days=59)


moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)
clocks = st.one_of(st.none(), st.times().map(lambda t: t.replace(second=0, microsecond=0)))
zones = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo", "UTC"]
).map(ZoneInfo)
windows_of_any_kind = st.one_of(
    st.builds(
        WeeklyWindow,
        st.sets(st.integers(0, 6), min_size=1, max_size=5).map(lambda days: tuple(sorted(days))),
        clocks,
        clocks,
        zones,
    ),
    st.builds(
        lambda start, hours: FixedWindow(start, start + timedelta(hours=hours)), moments, st.integers(1, 99)
    ),
)


@given(st.lists(windows_of_any_kind, max_size=3), moments)
def test_a_freeze_holds_until_it_ends_and_not_at_its_end(windows: list[Window], now: datetime) -> None:
    found = frozen(windows, now)
    if found is None:
        assert not any(frozen([window], now) for window in windows)
        return
    assert found.until > now
    assert frozen(windows, found.until - timedelta(minutes=1)) is not None
    held = found.until - now < timedelta(days=14)
    assert not held or frozen(windows, found.until) is None


@given(windows_of_any_kind, moments)
def test_inside_a_window_the_clock_shows_a_time_of_it(window: Window, now: datetime) -> None:
    """Away from the hours in which clocks are changed, a window is what the clock on the wall says."""
    if isinstance(window, FixedWindow):
        assert (window.start <= now < window.end) == (frozen([window], now) is not None)
        return
    hours = [now + timedelta(hours=h) for h in range(-50, 51)]
    if len({hour.astimezone(window.zone).utcoffset() for hour in hours}) > 1:
        return
    clock = now.astimezone(window.zone)
    after, before = window.after or time(), window.before or time()
    today, yesterday = clock.weekday() in window.days, (clock.weekday() - 1) % 7 in window.days
    if after < before:
        expected = today and after <= clock.time() < before
    else:
        expected = (today and after <= clock.time()) or (yesterday and clock.time() < before)
    assert expected == (frozen([window], now) is not None)


@given(windows_of_any_kind, moments)
def test_a_window_is_a_span_without_gaps(window: Window, now: datetime) -> None:
    found = frozen([window], now)
    if found is not None:
        span = min(found.until.astimezone(UTC) - now, timedelta(days=2))
        steps = [now + span * i / 40 for i in range(40)]
        assert all(frozen([window], step) is not None for step, _ in pairwise(steps))


# --- the verdict ---


def test_every_guard_that_is_run_into_is_a_reason_with_its_facts() -> None:
    prod = Environment("prod", "prod", protect=("a.*",), max_destroys=1, freeze=(weekly(2, reason="audit"),))
    plans = [("app", plan(gone("a.a"), gone("b.b"))), ("net", plan(gone("b.c"))), ("db", plan(gone("a.d")))]
    here = ("environment", "prod")
    assert judge_guards(prod, plans, NOON) == (
        BlockReason(Reason.PROTECTED, (here, ("project", "app"), ("addresses", "a.a"), ("count", "1"))),
        BlockReason(Reason.PROTECTED, (here, ("project", "db"), ("addresses", "a.d"), ("count", "1"))),
        BlockReason(Reason.TOO_MANY_DESTROYS, (here, ("count", "4"), ("limit", "1"))),
        BlockReason(Reason.FROZEN, (here, ("until", "2026-01-08T00:00+01:00"), ("reason", "audit"))),
    )


def test_an_environment_without_guards_blocks_nothing() -> None:
    assert judge_guards(Environment("dev", "dev"), [("app", plan(gone("a.a")))], NOON) == ()


@pytest.mark.parametrize(("limit", "expected"), [(None, 0), (2, 0), (1, 1), (0, 1)])
def test_as_many_destroys_as_the_limit_are_allowed(limit: int | None, expected: int) -> None:
    environment = Environment("dev", "dev", max_destroys=limit)
    assert len(judge_guards(environment, [("app", plan(gone("a.a"), gone("a.b")))], NOON)) == expected


def test_a_limit_of_none_is_no_reason_where_nothing_is_destroyed() -> None:
    assert judge_guards(Environment("dev", "dev", max_destroys=0), [("app", plan())], NOON) == ()


def test_twenty_addresses_are_named_and_all_are_counted() -> None:
    found = plan(*(gone(f'a.a["{n}\\n"]') for n in range(30)))
    (reason,) = judge_guards(Environment("dev", "dev", protect=("a.a",)), [("app", found)], NOON)
    assert (len(reason.fact("addresses").split("\n")), reason.fact("count")) == (MAX_ADDRESSES, "30")


# --- overriding ---

PROD = Environment("prod", "prod", override=Override(("OctoCat", "hubot")))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([], None),
        ([("gitops-bot: override", "octocat")], "octocat"),
        ([("wip", "octocat"), ("GitOps-Bot: Override", "HUBOT")], "HUBOT"),
        ([("gitops-bot: override", "eve")], None),
        ([("gitops-bot: override", "")], None),
        ([("gitops-bot: override ", "octocat")], None),
        ([("override", "octocat")], None),
        ([("gitops-bot: override", "github-actions[bot]")], None),
    ],
)
def test_only_the_label_of_somebody_named_lifts_the_guards(
    labels: list[tuple[str, str]], expected: str | None
) -> None:
    assert overridden(PROD, labels) == expected


def test_without_an_override_nobody_lifts_them() -> None:
    assert overridden(Environment("prod", "prod"), [("gitops-bot: override", "octocat")]) is None
