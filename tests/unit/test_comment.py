"""What people read: the comment, the job summary and the check runs."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_bot.core.closest import Closest, Difference
from gitops_bot.core.counts import Counts, Miscount
from gitops_bot.core.noise import Likely, Noise
from gitops_bot.core.plan import Check, Deferred, OutputChange, Plan, ResourceChange
from gitops_bot.core.report import (
    Allowed,
    Applied,
    Blocked,
    BlockReason,
    Diagnostic,
    Links,
    NoChanges,
    Note,
    PlanFailed,
    Planned,
    ProjectReport,
    Proven,
    Reason,
    Report,
    ResourceOutcome,
    ResourceState,
    RunStatus,
    Severity,
    UncoveredChange,
    VerdictNote,
)
from gitops_bot.render.comment import (
    marker,
    render_check,
    render_comment,
    render_promotion_check,
    render_summary,
)
from gitops_bot.render.guide import reason_page
from gitops_bot.render.redact import Redactor
from tests.kit.examples import examples
from tests.kit.github_markdown import ill_formed

HOSTILE = "``````\n</details>\n<img src=x>\n@octocat #1 ::set-output name=x::y\x1b[31m\u2028\u0085 | * _"
ACTIONS = [("create",), ("update",), ("delete",), ("delete", "create"), ("forget",), ("read",), ("strange",)]


def change(address: str, *actions: str, **more: object) -> ResourceChange:
    made = ResourceChange(address, actions, type="t", name="n", after={"k": "v"})
    return replace(made, **more)


def named(reason: Reason) -> str:
    return f"<sub>[`{reason.value}`]({reason_page(reason.value)})</sub>"


def planned(*changes: ResourceChange, **more: object) -> Report:
    report = Report("dev", RunStatus.PLANNED, (ProjectReport("app", "infra", Planned(Plan(changes))),))
    return replace(report, **more)


def heading(report: Report) -> str:
    return render_comment(report).split("\n")[0]


def applied(*outcomes: ResourceOutcome, status: RunStatus, **more: object) -> Report:
    result = replace(Applied(outcomes), **more)
    return Report("dev", status, (ProjectReport("app", "infra", NoChanges(Plan(())), result),))


def test_the_heading_counts_the_dangerous_first() -> None:
    report = planned(
        change("a.a", "update"),
        change("a.b", "delete"),
        change("a.c", "create", "delete"),
        change("a.d", "create"),
    )
    assert heading(report) == "### ⚠️ Terraform plan · dev · 2 to destroy or replace, 1 to change, 1 to create"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (RunStatus.NO_CHANGES, "### ✅ Terraform plan · dev · No changes"),
        (RunStatus.BLOCKED, "### ⛔ Terraform plan · dev · Blocked"),
        (RunStatus.APPLIED, "### ✅ Terraform apply · dev · Applied"),
        (RunStatus.PARTLY_APPLIED, "### ⚠️ Terraform apply · dev · Partly applied"),
        (RunStatus.FAILED, "### ❌ Terraform plan · dev · Failed"),
        (RunStatus.CLOSED, "### ⚪ Terraform plan · dev · Closed without merging"),
        (RunStatus.SUPERSEDED, "### ⏭️ Terraform plan · dev · Superseded"),
        (RunStatus.BASELINE, "### 🏁 Terraform plan · dev · Baseline recorded"),
        (RunStatus.PROMOTED, "### 🚀 Promotion · dev · Promoted"),
        (RunStatus.IGNORED, "### ⚪ Terraform plan · dev · Nothing to do"),
    ],
)
def test_each_status_has_its_heading_and_shows_the_message(status: RunStatus, expected: str) -> None:
    assert f"{expected}\n\nWhy.\n" == render_comment(Report("dev", status, message="Why."))


def test_the_heading_of_a_blocked_plan_says_what_it_would_do() -> None:
    report = replace(planned(change("a.b", "create")), status=RunStatus.BLOCKED)
    assert heading(report) == "### ⛔ Terraform plan · dev · Blocked · 1 to create"
    assert heading(replace(report, applying=True)) == "### ⛔ Terraform apply · dev · Blocked"


def test_the_marker_is_the_first_line() -> None:
    text = render_comment(planned(), marker=marker("dev"))
    assert text.split("\n")[0] == "<!-- gitops-bot:comment:dev -->"


def test_destroys_come_before_creates_and_are_open() -> None:
    text = render_comment(planned(change("a.new", "create"), change("b.old", "delete")))
    assert text.index("<details open><summary>🔴 <code>b.old</code>") < text.index("<summary>🟢 <code>a.new")


def test_what_is_lost_is_named_above_everything_else_the_worst_first() -> None:
    report = planned(
        change("a.new", "create"),
        change("a.old", "delete", action_reason="delete_because_no_resource_config"),
        change("a.role", "create", "delete", replace_paths=(("name",), ("tags", "a b"))),
        change("a.db", "delete", "create", type="aws_db_instance", replace_paths=(("engine",),)),
        change("a.kept", "delete"),
        change("a.odd", "delete", "juggle"),
    )
    text = render_comment(replace(report, protect=("a.kept",)))
    assert text.startswith("### 🛑 Terraform plan · dev · 4 to destroy or replace, 1 of an unknown kind, ")
    lines = text.split("\n")
    start = lines.index(
        "**4 to destroy or replace, 2 of them protected or with data and 1 of an unknown kind**"
    )
    assert [
        "",
        "- 🛑 `a.kept` · protected · delete",
        "- 🛑 `a.db` · holds data · replace, destroy first · forced by `engine`",
        "- 🔴 `a.old` · delete · because t.n is not in configuration",
        '- 🔴 `a.role` · replace, create first · forced by `name`, `tags["a b"]`',
        "- ❓ `a.odd` · unknown &#40;delete, juggle&#41;",
        "",
    ] == lines[start + 1 : start + 8]


def test_of_many_losses_ten_are_named_above_and_the_rest_below() -> None:
    text = render_comment(planned(*(change(f"a.r{i}", "delete", before={"n": i}) for i in range(30))))
    above = text[: text.index("<details")]
    assert (10, 1) == (above.count("\n- 🔴 "), above.count("\n… and 20 more.\n"))
    assert 5 == text.count("<details open>")


def test_a_loss_that_is_too_long_to_be_shown_is_still_named_first() -> None:
    long = change("a.old", "delete", before={"n": "x\n" * 4000})
    text = render_comment(planned(change("a.new", "create"), long), max_bytes=4000)
    assert text.index("- 🔴 `a.old` · delete") < text.index("| destroy | create |")
    assert "> ✂️ Not everything fits here. `gitops-bot render --format html` shows all of it.\n" in text


def test_a_protected_instance_is_not_told_as_one_with_those_that_are_not() -> None:
    names = ["aws_iam_role.x[0]", "aws_iam_role.x[1]", "aws_iam_role.x[2]"]
    report = planned(*(change(name, "delete", before={"id": name}) for name in names))
    text = render_comment(replace(report, protect=("aws_iam_role.x[2]",)))
    assert "\n- 🛑 `aws_iam_role.x[2]` · protected · delete\n- 🔴 `aws_iam_role.x[…]` · delete" in text


def test_two_long_addresses_are_told_apart_by_their_ends() -> None:
    names = [f'module.m["{"a" * 310}"].{end}' for end in ("aws_eip.tmp", "aws_iam_role.prod")]
    text = render_comment(planned(*(change(name, "delete", before={"id": name}) for name in names)))
    assert [1, 1] == [text.count(f'"].{end}` · delete') for end in ("aws_eip.tmp", "aws_iam_role.prod")]


def test_the_heading_counts_what_the_table_counts() -> None:
    moved = change("a.b", "update", previous_address="a.was", importing=True)
    plan = Plan((moved,), action_invocations=({},))
    report = Report("dev", RunStatus.PLANNED, (ProjectReport("app", ".", Planned(plan)),))
    assert "· 1 of an unknown kind, 1 to change, 1 to import, 1 to move" in heading(report)
    assert "\n| unknown | update | import | move |\n| ---: | ---: | ---: | ---: |\n| 1 | 1 | 1 | 1 |\n" in (
        render_comment(report)
    )


def test_the_title_of_a_loss_says_why_it_is_marked() -> None:
    text = render_comment(planned(change("a.db", "delete", type="aws_db_instance")))
    assert "<details open><summary>🛑 <code>a.db</code> · <b>holds data</b> · delete</summary>" in text


def test_instances_that_change_alike_are_one_block_with_their_keys() -> None:
    instances = [change(f"a.b[{i}]", "create") for i in (0, 1, 2, 5)]
    text = render_comment(planned(*instances))
    assert "<summary>🟢 <code>a.b&#91;…&#93;</code> · create · 4 instances</summary>" in text
    assert "The same for 4 instances, shown for the first" in text and ": `[0]-[2], [5]`\n" in text
    assert ("| 4 |", 1) == (text.split("\n")[4], text.count("```diff"))


def test_many_keys_are_listed_as_far_as_there_is_room_and_then_counted() -> None:
    instances = [change(f'a.b["{"k" * 30}{i}"]', "create") for i in range(200)]
    text = render_comment(planned(*instances))
    (line,) = (line for line in text.split("\n") if line.startswith("The same for 200 instances"))
    assert f" and {200 - line.count('kkk' * 10)} more" in line


def test_many_changes_stand_below_their_modules() -> None:
    changes = [change(f"module.m{i % 2}.a.r{i}", "update", module=f"module.m{i % 2}") for i in range(20)]
    text = render_comment(planned(*changes, change("a.b", "create")))
    assert [
        "<details><summary><code>module.m0</code> · 10 update</summary>",
        "<details><summary><code>module.m1</code> · 10 update</summary>",
        "<details><summary><code>root module</code> · 1 create</summary>",
    ] == [line for line in text.split("\n") if line.startswith("<details><summary><code>")]


def test_the_comment_says_how_many_secrets_are_hidden_and_where() -> None:
    secrets = {"after": {"k": "hunter2-x", "l": "hunter2-x hunter2-x"}, "after_sensitive": {"k": True}}
    text = render_comment(planned(change("a.a", "create", **secrets), change("a.b", "update")))
    assert "🔒 2 secrets are hidden: 2 in `a.a`.\n" in text


def test_an_error_that_explains_a_failed_resource_is_told_once() -> None:
    said = Diagnostic(Severity.ERROR, "Denied", "No right.", "main.tf", 3, "a.b")
    report = applied(
        ResourceOutcome("a.b", "update", ResourceState.FAILED, 2, "Denied: No right."),
        ResourceOutcome("a.c", "update", ResourceState.FAILED, 2, "It broke."),
        status=RunStatus.FAILED,
        diagnostics=(said,),
        succeeded=False,
    )
    text = render_comment(report)
    assert (1, 1) == (text.count("No right."), text.count("It broke."))


def test_checks_that_are_known_only_after_the_apply_are_named() -> None:
    plan = Plan((), checks=(Check("check.a", "unknown"), Check("check.b", "pass"), Check("c.c", "error")))
    text = render_comment(Report("dev", RunStatus.PLANNED, (ProjectReport("app", ".", Planned(plan)),)))
    assert " Checks whose result is known only after the apply: `check.a`.\n" in text
    assert "> ⚠️ `c.c` could not be evaluated\n" in text
    assert "check.b" not in text


def test_what_this_version_does_not_know_is_named() -> None:
    plan = Plan((change("a.a", "update", unknown_keys=("aura",)),), unknown_keys=("auras",), errored=True)
    text = render_comment(Report("dev", RunStatus.PLANNED, (ProjectReport("app", ".", Planned(plan)),)))
    assert "> ❓ This plan holds what this version of gitops-bot does not know: `auras`." in text
    assert "update &#40;and what this version does not know: aura&#41;</summary>" in text
    assert "> ❌ Planning stopped half-way at an error" in text


def test_zero_counts_have_no_column() -> None:
    assert "\n| create |\n| ---: |\n| 1 |\n" in render_comment(planned(change("a.a", "create")))


def test_unknown_actions_are_shown() -> None:
    assert "<code>a.a</code> · unknown &#40;juggle&#41;" in render_comment(planned(change("a.a", "juggle")))


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_a_sentence_with_and_without_facts(reason: Reason) -> None:
    names = (
        *("environment", "source", "below", "expected", "actual", "commit", "pull_request", "files"),
        *(
            "project",
            "addresses",
            "count",
            "limit",
            "until",
            "reason",
            "soak",
            "ended",
            "older",
            "at",
            "state",
        ),
    )
    bare = replace(planned(), status=RunStatus.BLOCKED, verdict=Blocked((BlockReason(reason),)))
    full = replace(bare, verdict=Blocked((BlockReason(reason, tuple((n, HOSTILE) for n in names)),)))
    assert named(reason) in render_comment(bare)
    assert ill_formed(render_comment(full)) == []


HERE = ("environment", "prod")
BELOW = (HERE, ("below", "dev"), ("commit", "c" * 40))
FILES = (*BELOW, ("source", "x"), ("files", "a.tf\nb/c d.tf"), ("count", "22"))
SOAK = (*BELOW, ("soak", "86400"))
AGAIN = "re-run this job, or leave it to the next scheduled run"


@pytest.mark.parametrize(
    ("reason", "facts", "expected"),
    [
        (
            Reason.SKIPS_ENVIRONMENT,
            FILES,
            "Changes reach `prod` only from `dev`, and this comes from `x`. Not applied in `dev`: "
            "`a.tf`, `b/c d.tf` and 20 more. Merge it into the lowest environment and promote it "
            "from there, one environment after the other.",
        ),
        (
            Reason.NOT_FROM_SOURCE,
            FILES,
            "Neither applied in `dev` nor on its branch: `a.tf`, `b/c d.tf` and 20 more. Let that "
            "climb from the lowest environment first, or take it out of this pull request.",
        ),
        (
            Reason.NOT_APPLIED_BELOW,
            FILES,
            "On the branch of `dev` and not applied there yet (applied is `cccccccccccc`): `a.tf`, "
            f"`b/c d.tf` and 20 more. Wait for a successful apply there, then {AGAIN}. Or dispatch "
            "`promote`: it carries only what is applied.",
        ),
        (
            Reason.NOT_APPLIED_BELOW,
            BELOW,
            "This content did not stand in `dev` when it was merged; its apply there at "
            "`cccccccccccc` is of another time. Merge another pull request to `prod`: what counts is "
            "how `dev` stands when the newest one is merged.",
        ),
        (
            Reason.NOT_APPLIED_BELOW,
            BELOW[:2],
            f"Nothing is applied in `dev` yet. Merge there and wait for a successful apply, then {AGAIN}.",
        ),
        (
            Reason.NOT_CONVERGED_BELOW,
            BELOW,
            "This content is applied in `dev` at `cccccccccccc`, but a plan right after that still "
            "showed changes, or could not be made. Bring `dev` to a plan without changes, then "
            f"{AGAIN}.",
        ),
        (
            Reason.SOAKING,
            (*SOAK, ("until", "2026-11-29T12:00:00+00:00")),
            "This content works in `dev` since 2026-11-28 12:00 UTC; `prod` asks for 24h there: green from "
            "2026-11-29 12:00 UTC on, by the next scheduled run.",
        ),
        (
            Reason.SOAKING,
            (*SOAK, ("ended", "2026-11-29T12:00:00+00:00")),
            "This content stood in `dev` only until 2026-11-29 12:00 UTC, when another one was "
            "applied; `prod` asks for 24h. Promote what is applied in `dev` now.",
        ),
        (
            Reason.SOAKING,
            SOAK,
            "`prod` asks for 24h in `dev`, and it is not known since when this content at "
            "`cccccccccccc` stands there. Run its apply in `dev` once more: the time counts from "
            "then on.",
        ),
        (
            Reason.BROKEN_BELOW,
            (*BELOW, ("state", "failed")),
            "The last apply in `dev` failed at `cccccccccccc`. Repair `dev` first; once its apply succeeds, "
            f"{AGAIN}.",
        ),
        (
            Reason.BROKEN_BELOW,
            (*BELOW, ("state", "running")),
            f"An apply in `dev` at `cccccccccccc` has not ended. Wait for it, then {AGAIN}.",
        ),
        (
            Reason.DRIFTED_BELOW,
            BELOW,
            "`dev` is no longer what was applied at `cccccccccccc`: a plan of that shows changes. "
            "Dispatch `plan` there to see them, undo them or apply, and dispatch `plan` once more; "
            f"when it shows none, {AGAIN}.",
        ),
        (
            Reason.BEHIND_TARGET,
            FILES,
            "`prod` has content that `dev` lacks, such as a hotfix: `a.tf`, `b/c d.tf` and 20 more. "
            "Merged together they would be what was never applied. Bring it down first: merge its "
            "back-flow, or have it climb from the lowest environment. Once it is applied in `dev`, promote "
            "again.",
        ),
        (
            Reason.PARTIAL_PROMOTION,
            FILES,
            "Applied in `dev` at `cccccccccccc` and not brought along: `a.tf`, `b/c d.tf` and 20 "
            "more. Promote all of it by dispatching `promote`, or allow a part by "
            "`promotion.partial: true` for `prod`.",
        ),
        (
            Reason.OLDER_BELOW,
            (*BELOW, ("older", "d" * 40), ("at", "2026-11-27T12:00:00Z")),
            "This is what was applied in `dev` at `dddddddddddd` on 2026-11-27 12:00 UTC, and not "
            "what is now (`cccccccccccc`). Dispatch `promote` to bring what is, or allow older "
            "content by `promotion.allow_older: true` for `prod`.",
        ),
        (
            Reason.FROZEN,
            (HERE, ("until", "2026-01-08T00:00+01:00"), ("reason", "year-end <close>")),
            "Nothing is applied to `prod` until `2026-01-08T00:00+01:00` (year-end &#60;close&#62;). "
            f"After that, {AGAIN}. What cannot wait: ask somebody who may override the guards of "
            "`prod`.",
        ),
        (
            Reason.FROZEN,
            (HERE, ("until", "2026-01-08T00:00Z"), ("reason", "")),
            f"Nothing is applied to `prod` until `2026-01-08T00:00Z`. After that, {AGAIN}. What "
            "cannot wait: ask somebody who may override the guards of `prod`.",
        ),
    ],
)
def test_a_blocked_promotion_says_what_happened_and_what_to_do(
    reason: Reason, facts: tuple[tuple[str, str], ...], expected: str
) -> None:
    text = render_comment(planned(verdict=Blocked((BlockReason(reason, facts),))))
    assert f"- {expected} {named(reason)}" in text.split("\n")
    assert "⛔ **Promotion blocked**" in text


def test_before_an_apply_nobody_is_sent_to_a_scheduled_run() -> None:
    reasons = tuple(
        BlockReason(reason, (("until", "2026-11-29T12:00:00Z"), ("soak", "5400"), ("state", "failed")))
        for reason in Reason
    )
    text = render_comment(replace(planned(verdict=Blocked(reasons)), applying=True))
    assert "`dev` asks for 1h30m there: run this again from 2026-11-29 12:00 UTC on." in text
    assert ("scheduled" in text, "this pull request. <sub>[`NOT_FROM_SOURCE`" in text) == (False, False)


TEN = tuple(f"dir/file{number}.tf" for number in range(10))


def test_of_many_files_as_many_are_named_as_there_is_room_for() -> None:
    facts = (("files", "\n".join(TEN)), ("count", "10"))
    reasons = tuple(BlockReason(Reason.NOT_FROM_SOURCE, facts) for _ in range(3))
    whole = render_comment(planned(verdict=Blocked(reasons)))
    short = render_comment(
        planned(*(change(f"a.b{i}", "update") for i in range(90)), verdict=Blocked(reasons)), max_bytes=2048
    )
    assert f"branch: {', '.join(f'`{name}`' for name in TEN)}. Let" in whole
    assert re.search(r"branch: `dir/file0.tf`(, `dir/file[1-3].tf`)* and [6-9] more\. Let", short)


PASSED = (BlockReason(Reason.SKIPS_ENVIRONMENT), BlockReason(Reason.SOAKING))


@pytest.mark.parametrize(
    ("verdict", "title", "expected"),
    [
        (Allowed(), "lowest environment", "`dev` is the lowest environment."),
        (
            Allowed("qa", "c" * 40, Proven.EXACT),
            "works in qa",
            "this content works in `qa` (applied at `cccccccccccc`).",
        ),
        (
            Allowed("qa", "c" * 40, Proven.PARTIAL),
            "its files work in qa",
            "every file it changes works in `qa` (applied at `cccccccccccc`).",
        ),
        (
            Allowed("qa", "c" * 40, Proven.OLDER),
            "worked in qa before",
            "this content worked in `qa` before what is applied there now (applied at `cccccccccccc`).",
        ),
        (
            Allowed("qa", "", Proven.UNCHANGED),
            "nothing that qa would have to prove",
            "it brings no file that would have to work in `qa` first.",
        ),
        (
            Allowed("prod", "", Proven.BACKFLOW, instead_of=PASSED),
            "brings down a hotfix",
            "it brings down what a hotfix put into `prod`.",
        ),
    ],
)
def test_an_allowed_promotion_says_how_its_content_is_proven(
    verdict: Allowed, title: str, expected: str
) -> None:
    report = planned(verdict=verdict)
    assert f"✅ **Promotion allowed**: {expected}" in render_comment(report).split("\n")
    assert render_promotion_check(report)[0] == f"Allowed: {title}"


def test_a_hotfix_names_who_let_it_through_and_past_what() -> None:
    report = planned(verdict=Allowed("qa", "", Proven.HOTFIX, by=("octocat", "hubot"), instead_of=PASSED))
    expected = (
        "🚒 **Hotfix**: let through by `octocat`, `hubot`, past `SKIPS_ENVIRONMENT`, `SOAKING`. Once "
        "it is applied, pull requests that bring it into every environment below are opened."
    )
    assert expected in render_comment(report).split("\n")
    title, summary = render_promotion_check(report)
    assert (title, expected in summary) == ("Hotfix: let through", True)


INFO = "\N{INFORMATION SOURCE}\N{VARIATION SELECTOR-16}"
NOTES = [
    (
        VerdictNote(Note.UNUSED_BELOW, (*BELOW[:2], ("files", "envs/prod.tfvars"), ("count", "1"))),
        f"{INFO} Only `prod` reads `envs/prod.tfvars`, and `dev` never did: that it works is proven by "
        "nothing.",
    ),
    (
        VerdictNote(Note.IGNORED, (("files", "docs/a.md\nb"), ("count", "3"))),
        f"{INFO} Left out by `promotion.ignore`: `docs/a.md`, `b` and 1 more.",
    ),
    (
        VerdictNote(Note.HOTFIX_ASKED, (HERE, ("by", "octocat, hubot"))),
        "🚒 The label asks to let this in as a hotfix. It takes an approving review of the last "
        f"commit by one of `octocat`, `hubot`, then {AGAIN}.",
    ),
    (
        VerdictNote(
            Note.HOTFIX_NOT_BELOW,
            (HERE, ("hotfix", "12"), ("pull_requests", "13, 14"), ("environments", "dev, qa")),
        ),
        "🚒 The hotfix #12 is not in `dev`, `qa` yet. Merge its back-flow (#13, #14) before the next "
        "promotion.",
    ),
]


@pytest.mark.parametrize(("note", "expected"), NOTES)
@pytest.mark.parametrize(
    "verdict", [Allowed("qa", "c" * 40, Proven.EXACT), Blocked((BlockReason(Reason.SOAKING),))]
)
def test_a_note_stands_below_the_verdict(
    note: VerdictNote, expected: str, verdict: Allowed | Blocked
) -> None:
    report = planned(verdict=replace(verdict, notes=(note,)))
    for text in (render_comment(report), render_promotion_check(report)[1]):
        lines = text.split("\n")
        place = lines.index(f"{expected} <sub>`{note.note.value}`</sub>")
        assert place > next(n for n, line in enumerate(lines) if "**Promotion " in line)


def test_every_note_is_a_sentence_without_facts() -> None:
    notes = tuple(VerdictNote(note) for note in Note)
    text = render_comment(planned(verdict=Allowed("qa", notes=notes)))
    assert [f"<sub>`{note.value}`</sub>" in text for note in Note] == [True] * len(Note)
    assert ill_formed(text) == []


ASK = "ask somebody who may override the guards of `prod`."


@pytest.mark.parametrize(
    ("reason", "facts", "expected"),
    [
        (
            Reason.PROTECTED,
            (HERE, ("project", "app"), ("addresses", 'a.b["x"]\na.c'), ("count", "23")),
            '`a.b["x"]`, `a.c` and 21 more in `prod` must not be destroyed or replaced (project `app`). '
            f"Change the pull request so that this stays as it is, or {ASK}",
        ),
        (
            Reason.PROTECTED,
            (HERE, ("addresses", "a.b"), ("count", "1")),
            "`a.b` in `prod` must not be destroyed or replaced. "
            f"Change the pull request so that this stays as it is, or {ASK}",
        ),
        (
            Reason.TOO_MANY_DESTROYS,
            (HERE, ("count", "7"), ("limit", "5")),
            "One apply to `prod` may destroy or replace at most `5`, and this one would `7`. "
            f"Split the change, or {ASK}",
        ),
    ],
)
def test_a_guard_says_what_it_stops_and_what_to_do(
    reason: Reason, facts: tuple[tuple[str, str], ...], expected: str
) -> None:
    text = render_comment(planned(verdict=Blocked((BlockReason(reason, facts),))))
    assert f"- {expected} {named(reason)}" in text.split("\n")
    assert "⛔ **Blocked**" in text


def test_a_failed_plan_shows_message_file_line_and_detail() -> None:
    said = Diagnostic(Severity.ERROR, "Bad thing", "Because ``` so.", "main.tf", 7)
    report = Report("dev", RunStatus.FAILED, (ProjectReport("app", ".", PlanFailed("init", (said,))),))
    assert heading(report) == "### ❌ Terraform plan · dev · Plan failed"
    assert "❌ **Bad thing** in `main.tf`, line 7\n\n````\nBecause ``` so.\n````\n" in render_comment(report)


def test_an_apply_lists_failed_resources_first_with_seconds_and_errors() -> None:
    report = applied(
        ResourceOutcome("a.a", "create", ResourceState.DONE, 1.25),
        ResourceOutcome("a.b", "update", ResourceState.FAILED, 2, "It broke."),
        ResourceOutcome("a.c", "create", ResourceState.NOT_STARTED),
        status=RunStatus.PARTLY_APPLIED,
    )
    text = render_comment(report)
    expected = (
        "| `a.b` | update | ❌ failed | 2.0 |\n"
        "| `a.c` | create | ⚪ not started | 0.0 |\n"
        "| `a.a` | create | ✅ done | 1.2 |\n"
    )
    assert expected in text
    assert "❌ `a.b`\n\n```\nIt broke.\n```\n" in text


def test_what_is_in_progress_when_a_signal_came_is_told_apart() -> None:
    report = applied(
        ResourceOutcome("a.a", "create", ResourceState.IN_FLIGHT, 10),
        ResourceOutcome("a.b", "update", ResourceState.FAILED, 2),
        status=RunStatus.PARTLY_APPLIED,
        interrupted=True,
    )
    text = render_comment(report)
    assert "| `a.b` | update | ❌ failed | 2.0 |\n| `a.a` | create | ⏳ in progress | 10.0 |\n" in text
    assert [line for line in text.split("\n") if "interrupted" in line] == [
        "⏳ The apply was interrupted. Terraform still finishes what is in progress; the rest is not started."
    ]


def test_an_apply_that_did_something_else_than_planned_says_both_counts() -> None:
    miscount = Miscount(Counts(1, 2, 3), Counts(1, 1, 3, 1))
    text = render_comment(applied(status=RunStatus.APPLIED, miscount=miscount))
    assert (
        " Terraform counts 1 added, 1 changed, 3 destroyed, 1 imported; "
        "the plan said 1 added, 2 changed, 3 destroyed.\n"
    ) in text


def test_uncovered_changes_are_listed() -> None:
    project = ProjectReport(
        "app", ".", NoChanges(Plan(())), uncovered=(UncoveredChange("a.a", "update", "tags"),)
    )
    assert "- `a.a` · update · `tags`\n" in render_comment(Report("dev", RunStatus.BLOCKED, (project,)))


def blocked(*changes: UncoveredChange) -> Report:
    project = ProjectReport("app", ".", NoChanges(Plan(())), uncovered=changes)
    return Report("dev", RunStatus.BLOCKED, (project,), Blocked((BlockReason(Reason.NOT_APPROVED),)))


SENTENCES = [
    (Closest(Difference.UNKNOWN_ADDRESS), "No approval names it."),
    (Closest(Difference.OTHER_ACTION, 7, kinds=("create", "update")), "#7 approved `create`, `update` here."),
    (Closest(Difference.OTHER_ACTION, 7), "#7 approved something else here."),
    (Closest(Difference.OTHER_PATHS, 7), "#7 approved an update here, but not of this attribute."),
    (
        Closest(Difference.NOT_COMPARED, 7),
        "#7 approved the same action here. Its values cannot be compared: that plan was made before this "
        "state existed, or on another one.",
    ),
    (Closest(Difference.VALUE, 7, ("a", "b")), "#7 approved this with other values of `a`, `b`."),
    (
        Closest(Difference.VALUE, 7, tuple("abcdefghij")),
        "#7 approved this with other values of `a`, `b`, `c`, `d`, `e`, `f`, `g`, `h` and 2 more.",
    ),
    (Closest(Difference.VALUE, 7), "#7 approved this with another value."),
    (Closest(Difference.VALUE), "An approval approved this with another value."),
    (
        Closest(Difference.NOW_UNKNOWN, 7, ("a",)),
        "#7 approved this with known values of `a`; now they are known only after the apply.",
    ),
    (
        Closest(Difference.NOW_UNKNOWN, 7),
        "#7 approved this with a known value; now it is known only after the apply.",
    ),
    (Closest(Difference.SENSITIVE, 7), "#7 approved this; only a sensitive value differs."),
    (
        Closest(Difference.CONTEXT, 7),
        "#7 approved this with other provisioners or another configuration of its provider.",
    ),
    (Closest(Difference.REVEALED, 7), "#7 approved this, but what was sensitive would now be shown."),
]


@pytest.mark.parametrize(("closest", "expected"), SENTENCES)
def test_what_came_closest_to_an_uncovered_change_is_told(closest: Closest, expected: str) -> None:
    text = render_comment(blocked(UncoveredChange("a.a", "update", "tags", closest)))
    assert f"- `a.a` · update · `tags`\n  {expected}\n" in text


def test_of_a_delete_it_is_said_that_the_object_is_another() -> None:
    text = render_comment(blocked(UncoveredChange("a.a", "delete", "", Closest(Difference.VALUE, 7))))
    assert "- `a.a` · delete\n  #7 approved this for another object.\n" in text


@pytest.mark.parametrize("noise", Noise)
def test_noise_is_named_with_the_pattern_that_declares_it(noise: Noise) -> None:
    likely = (Likely(noise, 'a.a.tags["x.y"]'), Likely(noise, ""))
    lines = render_comment(blocked(UncoveredChange("a.a", "update", "tags", noise=likely))).split("\n")
    first, second = (line for line in lines if line.startswith("  Likely noise: "))
    assert first == f'{second} To declare it: `a.a.tags["x.y"]` in `approval.ignore`.'


@pytest.mark.parametrize("budget", [2048, 8000, 65_536])
def test_hundreds_of_explained_changes_keep_the_budget_and_say_how_many_there_are(budget: int) -> None:
    closest = Closest(Difference.VALUE, 7, tuple("abcdefgh"))
    noise = tuple(Likely(n, "a.a.tags.updated_at") for n in Noise)
    text = render_comment(
        blocked(*(UncoveredChange(f"a.a{i}", "create", "", closest, noise) for i in range(700))),
        max_bytes=budget,
    )
    assert len(text.encode()) <= budget
    shown = text.count("\n- `a.a")
    assert shown > 0
    assert f"… and {700 - shown} more." in text


def test_sensitive_values_are_hidden_without_a_redactor() -> None:
    secret = change(
        "a.a", "create", after={"k": "hunter2-x", "l": "say hunter2-x"}, after_sensitive={"k": True}
    )
    text = render_comment(planned(secret))
    assert '+       k = (sensitive value)\n+       l = "say (redacted)"\n' in text


def test_projects_have_sections() -> None:
    report = planned(change("a.a", "create"))
    both = replace(
        report, projects=(report.projects[0], replace(report.projects[0], project="net", dir="net"))
    )
    text = render_comment(both)
    rows = ["| project | result | create |", "| --- | --- | ---: |", "| `app` | 📋 changes | 1 |"]
    assert "\n".join([*rows, "| `net` | 📋 changes | 1 |"]) in text
    assert [
        "<details><summary><b><code>app</code></b> · <code>infra</code> · 1 create</summary>",
        "<details><summary><b><code>net</code></b> · 1 create</summary>",
    ] == [line for line in text.split("\n") if line.startswith("<details><summary><b>")]


def test_five_thousand_resources_are_within_the_budget() -> None:
    report = planned(*(change(f'module.m["{i}"].a.b', *ACTIONS[i % 5]) for i in range(5000)))
    text = render_comment(report)
    assert len(text.encode()) <= 65536
    assert "Not shown for lack of space: " in text


def test_five_thousand_secrets_are_hidden_in_terraforms_text() -> None:
    secrets = [f"secret-{i * 7919}-x" for i in range(5000)]
    changes = [
        change(f"a.r{i}", "create", after={"p": secret}, after_sensitive={"p": True})
        for i, secret in enumerate(secrets)
    ]
    pieces = [f'  # a.r{i} will be created\n      + q = "{secret}"\n\n' for i, secret in enumerate(secrets)]
    text = f"Terraform will perform the following actions:\n\n{''.join(pieces)}Plan: 5000 to add.\n"
    project = ProjectReport("app", ".", Planned(Plan(tuple(changes)), text))
    actual = render_comment(Report("dev", RunStatus.PLANNED, (project,)))
    assert ("secret-" in actual, '+       q = "(redacted)"\n' in actual) == (False, True)


def test_checks_have_a_title_and_a_summary_within_githubs_limits() -> None:
    report = planned(
        *(change(f"a.{'x' * 300}{i}", "delete") for i in range(300)), verdict=Allowed("dev", "a" * 40)
    )
    title, summary = render_check(report)
    assert (title, len(summary) <= 60_000) == ("300 to destroy or replace", True)
    assert render_promotion_check(report)[0] == "Allowed: works in dev"
    assert 65536 < len(render_summary(report).encode()) < 900_000


def test_a_promotion_check_names_its_reasons() -> None:
    reasons = (BlockReason(Reason.BROKEN_BELOW), BlockReason(Reason.SOAKING))
    title, summary = render_promotion_check(planned(verdict=Blocked(reasons)))
    assert (title, summary.count("\n- ")) == ("Blocked: BROKEN_BELOW, SOAKING", 2)


hostile_text = st.one_of(st.just(HOSTILE), st.text(st.sampled_from("`~<>@#|\n\u2028\x1bab"), max_size=30))
changes = st.builds(
    lambda address, actions, value, previous, importing, secret: ResourceChange(
        address or "a.b",
        tuple(actions),
        type="t",
        name="n",
        before={"k": "old"},
        after={"k": value, "s": secret},
        after_sensitive={"s": True},
        previous_address=previous,
        importing=importing,
    ),
    hostile_text,
    st.sampled_from([*ACTIONS, ("no-op",)]),
    hostile_text,
    st.sampled_from(["", "a.old"]),
    st.booleans(),
    st.just("QZQZsecretQZQZ"),
)
plans = st.builds(
    lambda found, outputs, text: Planned(Plan(tuple(found), tuple(outputs)), text),
    st.lists(changes, max_size=25),
    st.lists(st.builds(lambda v: OutputChange("o", ("create",), after=v), hostile_text), max_size=2),
    st.sampled_from(["", HOSTILE, HOSTILE * 60]),
)


def _hostile(text: str) -> UncoveredChange:
    closest = Closest(Difference.VALUE, 1, (text,) * 3, (text,))
    return UncoveredChange(text, text, text, closest, (Likely(Noise.TIMESTAMP, text),))


reports = st.builds(
    lambda outcomes, text, status, reasons, rows: Report(
        "dev",
        status,
        tuple(
            ProjectReport(text or "p", text, o, notices=(text,) * rows, uncovered=(_hostile(text),) * rows)
            for o in outcomes
        ),
        verdict=Blocked(tuple(BlockReason(r, (("below", text), ("files", text * 30))) for r in reasons)),
        commit="a" * 40,
        links=Links(run="https://github.com/o/r/actions/runs/1", commit="javascript:alert(1)"),
        notices=(text * 20,) * rows,
        message=text,
    ),
    st.lists(plans, max_size=4),
    hostile_text,
    st.sampled_from(list(RunStatus)),
    st.lists(st.sampled_from(list(Reason)), max_size=5),
    st.integers(0, 40),
)


@settings(max_examples=examples(50), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(reports, st.integers(2048, 12_000))
def test_any_report_keeps_budget_marker_fences_and_secrets(report: Report, budget: int) -> None:
    text = render_comment(report, max_bytes=budget, marker=marker("dev"), redactor=Redactor())
    assert budget >= len(text.encode())
    assert text.startswith("<!-- gitops-bot:comment:dev -->\n### ")
    assert "QZQZ" not in text
    assert ill_formed(text, marker=marker("dev"), links=[report.links.run], references=["#1"]) == []
    assert text == render_comment(report, max_bytes=budget, marker=marker("dev"), redactor=Redactor())


def test_provider_actions_and_deferred_changes_are_not_passed_over() -> None:
    plan = Plan(
        (),
        action_invocations=({"address": "action.a.b"},),
        deferred=(Deferred(ResourceChange("x.y", ("create",))),),
        complete=False,
    )
    text = render_comment(Report("dev", RunStatus.PLANNED, (ProjectReport("app", ".", Planned(plan)),)))
    assert "1 of an unknown kind" in text.split("\n")[0]
    assert "- ❓ `action.a.b` · an action the provider would run\n" in text
    assert "> ⚠️ 1 change is deferred to a later plan:\n\n- ⏭️ `x.y` · create\n" in text
    assert "> ⚠️ This plan is not complete" in text


def test_text_that_is_too_long_to_be_shown_whole_gives_way_to_the_json() -> None:
    plan = Plan((change("a.a", "update", before={"k": "old"}),))
    text = HOSTILE * 500
    report = Report("dev", RunStatus.PLANNED, (ProjectReport("app", ".", Planned(plan, text)),))
    actual = render_comment(report, max_bytes=8000)
    assert "too long to be shown whole" in actual
    assert '!       k = "old" -> "v"\n' in actual
