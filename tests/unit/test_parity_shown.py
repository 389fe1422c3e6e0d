"""How a plan beside what was applied below is shown: in the comment, on the page and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_bot.core.parity import Beside, Pair, Parity
from gitops_bot.core.plan import Plan
from gitops_bot.core.report import Allowed, Planned, ProjectReport, Proven, Report, RunStatus
from gitops_bot.render.comment import render_comment
from gitops_bot.render.html import render_html
from gitops_bot.render.json_output import render_json
from tests.kit.examples import examples
from tests.kit.full_report import change

LOST = Pair("aws_db_instance.main", Beside.DIFFERENT, "replace", "update", dangerous=True)
GONE = Pair("aws_s3_bucket.logs", Beside.EXTRA, "delete", dangerous=True)
PAIRS = (
    LOST,
    GONE,
    Pair("aws_lb.front", Beside.DIFFERENT, "update", "create"),
    Pair('aws_instance.web["c"]', Beside.EXTRA, "create"),
    Pair("aws_iam_role.ci", Beside.MISSING, "", "create"),
)
SHOWN = """\
🔴 Beside `staging`: 12 the same, 2 extra here, 1 missing here, 2 different. **2 destroyed or replaced here and not there**.

- 🔴 `aws_db_instance.main`: `prod` **replaces** it; `staging` updated it in place
- 🔴 `aws_s3_bucket.logs`: `prod` **destroys** it; `staging` did not touch it
- `aws_lb.front`: `prod` **updates** it in place; `staging` created it
- `aws_instance.web["c"]`: `prod` **creates** it; `staging` did not touch it
- `aws_iam_role.ci`: created in `staging`, not planned here
"""  # noqa: E501 - as it is printed


def report(*parities: Parity | None) -> Report:
    """A promotion to prod with a project for each of them."""
    plan = Planned(Plan((change(("update",)),)))
    projects = tuple(ProjectReport(f"p{n}", "", plan, parity=p) for n, p in enumerate(parities))
    return Report("prod", RunStatus.PLANNED, projects, Allowed("staging", "c" * 40, Proven.EXACT), "a" * 40)


def many(count: int, one: Pair = LOST) -> tuple[Pair, ...]:
    return tuple(replace(one, address=f"{one.address}{n}") for n in range(count))


def items(comment: str, address: str) -> list[str]:
    return [line for line in comment.split("\n") if line.startswith("- ") and address in line]


def test_the_comment_says_what_is_not_the_same_with_what_is_dangerous_first() -> None:
    comment = render_comment(report(Parity("staging", PAIRS, 12)))

    assert SHOWN in comment
    assert comment.index("Beside") < comment.index("```diff")


def test_where_all_is_the_same_one_line_says_so() -> None:
    comment = render_comment(report(Parity("staging", same=3)))

    assert "\n✅ Does the same as in `staging`.\n" in comment
    assert "Beside" not in comment


def test_where_nothing_is_compared_nothing_is_said() -> None:
    comment, page = render_comment(report(None)), render_html(report(None))

    assert ("staging`." in comment, "Beside" in comment, "Beside" in page) == (False, False, False)
    assert "parity" not in json.loads(render_json(report(None)))


def test_a_record_that_is_not_whole_is_told_and_calls_nothing_missing() -> None:
    comment = render_comment(report(Parity("staging", (GONE,), 3, known=False)))

    assert (
        "🔴 Beside `staging`: 3 the same, 1 extra here. **1 destroyed or replaced here and not there**. "
        in comment
    )
    assert "so nothing is called missing, and extra only what is dangerous.\n" in comment
    assert (
        "- 🔴 `aws_s3_bucket.logs`: `prod` **destroys** it; it is not in the record of `staging`\n" in comment
    )


def test_a_record_that_is_not_whole_is_never_all_the_same() -> None:
    comment = render_comment(report(Parity("staging", (), 3, known=False)))

    assert "⚖️ Beside `staging`: 3 the same. The record" in comment
    assert "Does the same" not in comment


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        (Pair("a.b", Beside.DIFFERENT, "forget", "move"), "`prod` **forgets** it; `staging` moved it"),
        (Pair("a.b", Beside.DIFFERENT, "import", "create"), "`prod` **imports** it; `staging` created it"),
        (Pair("a.b", Beside.DIFFERENT, "move", "delete"), "`prod` **moves** it; `staging` destroyed it"),
        (
            Pair("a.b", Beside.DIFFERENT, "juggle", "forget"),
            "`prod` does `juggle` to it; `staging` forgot it",
        ),
        (
            Pair("a.b", Beside.DIFFERENT, "create", "juggle"),
            "`prod` **creates** it; `staging` did `juggle` to it",
        ),
        (Pair("a.b", Beside.DIFFERENT, "create", "import"), "`prod` **creates** it; `staging` imported it"),
        (Pair("a.b", Beside.DIFFERENT, "create", "replace"), "`prod` **creates** it; `staging` replaced it"),
        (Pair("a.b", Beside.MISSING, "", "update"), "updated in place in `staging`, not planned here"),
        (Pair("a.b", Beside.MISSING, "", "juggle"), "`juggle` in `staging`, not planned here"),
    ],
)
def test_every_action_has_its_words(pair: Pair, words: str) -> None:
    assert f"- `a.b`: {words}\n" in render_comment(report(Parity("staging", (pair,))))


def test_a_long_list_is_cut_and_counted_and_what_is_dangerous_apart() -> None:
    pairs = (*many(50), *many(40, PAIRS[2]))

    comment = render_comment(report(Parity("staging", pairs)))

    assert len(items(comment, LOST.address)) == 30
    assert "… and **20 more destroyed or replaced** here and not there.\n" in comment
    assert len(items(comment, "aws_lb.front")) == 20
    assert "… and 20 more.\n" in comment


@settings(max_examples=examples(25), suppress_health_check=(HealthCheck.too_slow,))
@given(st.lists(st.integers(0, 120), min_size=1, max_size=20), st.integers(2048, 12_000))
def test_what_is_dangerous_is_counted_however_little_room_there_is(
    dangerous: Sequence[int], budget: int
) -> None:
    whole = report(*(Parity("staging", (*many(n), *PAIRS[2:])) for n in dangerous))

    comment = render_comment(whole, max_bytes=budget)

    several = re.findall(r"🔴 \*\*([0-9]+) destroyed or replaced here and not in", comment)
    alone = re.findall(r"\*\*([0-9]+) destroyed or replaced here and not there\*\*", comment)
    assert len(comment.encode()) <= budget
    assert sum(map(int, several or alone)) == sum(dangerous)


def test_the_page_shows_every_pair() -> None:
    page = render_html(report(Parity("staging", (*many(60), *many(50, PAIRS[4])), 12)))

    assert (
        page.count(
            ": <code>prod</code> <strong>replaces</strong> it; <code>staging</code> updated it in place"
        )
        == 60
    )
    assert page.count(": created in <code>staging</code>, not planned here") == 50
    assert "<strong>60 destroyed or replaced here and not there</strong>" in page
    assert '<details class="group"><summary><span class="name">50 other differences</span>' in page


def test_json_has_every_pair() -> None:
    found = json.loads(render_json(report(Parity("staging", (LOST, PAIRS[4]), 12))))

    assert found["parity"] == {
        "below": "staging",
        "known": True,
        "same": 12,
        "pairs": [
            {
                "address": "aws_db_instance.main",
                "beside": "different",
                "here": "replace",
                "below": "update",
                "dangerous": True,
            },
            {
                "address": "aws_iam_role.ci",
                "beside": "missing",
                "here": "",
                "below": "create",
                "dangerous": False,
            },
        ],
    }
