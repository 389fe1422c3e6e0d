"""The board: what is read for it, and how it is shown as text, Markdown and JSON."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_bot.commands.board import read_board
from gitops_bot.config.load import load_settings
from gitops_bot.core.board import Board, OpenPromotion, Row
from gitops_bot.core.environments import Settings
from gitops_bot.core.errors import RunFailed
from gitops_bot.core.events import Command
from gitops_bot.core.ledger import Entry, EntryState
from gitops_bot.core.report import BlockReason, Reason
from gitops_bot.ports import PullRequest
from gitops_bot.render.board import Form, render_board, render_board_markdown
from gitops_bot.render.guide import reason_page
from gitops_bot.render.redact import Redactor
from tests.kit.github_markdown import ill_formed
from tests.kit.histories.memory import Recorder
from tests.kit.hostile import HOSTILE
from tests.kit.hotfix_scene import HotfixScene, resource
from tests.kit.world import REPOSITORY

PLAIN = Redactor()
PAGE = "https://github.example/acme/infra"
NOW = datetime(2026, 1, 3, 12, 0, tzinfo=UTC)
ONE, TWO, THREE = "1a2b3c4" + "0" * 33, "2b3c4d5" + "0" * 33, "3c4d5e6" + "0" * 33


def entry(commit: str, at: str, converged: bool | None = True) -> Entry:
    return Entry(1, commit, f"tree of {commit}", EntryState.SUCCEEDED, converged, at)


def reason(which: Reason, **facts: str) -> BlockReason:
    return BlockReason(which, tuple(facts.items()))


UNTIL = "2026-01-04T09:30:00+00:00"
BOARD = Board(
    (
        Row("devops", "main", THREE, entry(THREE, "2026-01-03T09:30:00Z"), EntryState.SUCCEEDED, False),
        Row(
            "dev",
            "develop",
            TWO,
            entry(TWO, "2026-01-02T09:30:00Z"),
            EntryState.SUCCEEDED,
            True,
            waiting=(14, 12),
            differs=True,
            promotion=OpenPromotion(21, f"{PAGE}/pull/21", "main", True, False),
            blocked=(reason(Reason.SOAKING, until=UNTIL), reason(Reason.FROZEN, until=UNTIL)),
        ),
        Row(
            "staging",
            "staging",
            TWO,
            entry(ONE, "2026-01-01T09:30:00Z", None),
            EntryState.FAILED,
            waiting=tuple(range(100, 120)),
            complete=False,
            differs=True,
            promotion=OpenPromotion(
                20, "https://github.example/acme/infra/pull/20", "promote/dev-to-staging"
            ),
            backflows=(31,),
        ),
        Row("prod", "prod", blocked=(reason(Reason.NOT_APPLIED_BELOW, below="staging"),)),
    ),
    NOW,
)
TEXT = """\
environment  head     applied  when (UTC)        state      waiting  promotion
devops       3c4d5e6  3c4d5e6  2026-01-03 09:30  converged  -        -
dev          2b3c4d5  2b3c4d5  2026-01-02 09:30  drifted    2        #21 no
  waiting: #14 #12
  blocked: SOAKING until 2026-01-04 09:30 UTC, FROZEN until 2026-01-04 09:30 UTC
staging      2b3c4d5  1a2b3c4  2026-01-01 09:30  broken     20+      #20 …
  waiting: #100 #101 #102 #103 #104 #105 #106 #107 #108 #109 #110 #111 and 8
    more
  hotfixes coming down: #31
prod         -        -        -                 -          -        -
  blocked: NOT_APPLIED_BELOW"""
MARKDOWN = """\
```mermaid
flowchart LR
  e0["devops<br/>3c4d5e6<br/>converged"]:::good
  e1["dev<br/>2b3c4d5<br/>drifted"]:::bad
  e2["staging<br/>1a2b3c4<br/>broken"]:::bad
  e3["prod<br/>nothing applied<br/>no apply yet"]:::none
  e0 -. "2 waiting<br/>PR 21<br/>SOAKING<br/>until 2026-01-04 09:30\
<br/>FROZEN<br/>until 2026-01-04 09:30" .-> e1
  e1 -- "20+ waiting<br/>PR 20" --> e2
  e2 -. "nothing waits<br/>NOT_APPLIED_BELOW" .-> e3
  classDef good fill:#dafbe1,stroke:#1a7f37,color:#1f2328
  classDef busy fill:#fff8c5,stroke:#9a6700,color:#1f2328
  classDef bad fill:#ffebe9,stroke:#cf222e,color:#1f2328
  classDef none fill:#f6f8fa,stroke:#656d76,color:#1f2328
```

| environment | applied | when (UTC) | state | waiting to come in | promotion | blocked |
| --- | --- | --- | --- | --- | --- | --- |
| `devops` | `3c4d5e6` | 2026-01-03 09:30 | converged | - | - | - |
| `dev` | `2b3c4d5` | 2026-01-02 09:30 | drifted | #14 #12 | #21 | `SOAKING` until 2026-01-04 09:30 UTC, \
`FROZEN` until 2026-01-04 09:30 UTC |
| `staging` | `1a2b3c4` | 2026-01-01 09:30 | broken, hotfixes coming down: #31 | #100 #101 #102 #103 #104 \
#105 #106 #107 #108 #109 #110 #111 and 8 more | #20 | - |
| `prod` | - | - | no apply yet | - | - | `NOT_APPLIED_BELOW` |
"""


def test_the_text() -> None:
    assert TEXT.splitlines() == render_board(BOARD, Form.TEXT, redactor=PLAIN).splitlines()


def test_the_markdown() -> None:
    found = render_board(BOARD, Form.MARKDOWN, redactor=PLAIN)
    plain = re.sub(r"\[(`[A-Z_]+`)\]\([^)]*\)", r"\1", found)
    assert MARKDOWN.splitlines() == plain.splitlines()
    assert f"[`NOT_APPLIED_BELOW`]({reason_page('NOT_APPLIED_BELOW')})" in found
    numbers = [f"#{n}" for n in (14, 12, 20, 21, 31, *range(100, 112))]
    table = found.partition("```\n\n")[2]
    assert [] == ill_formed(table, references=numbers)


def test_the_json_has_the_members_that_are_promised() -> None:
    devops, dev, staging, prod = json.loads(render_board(BOARD, Form.JSON, redactor=PLAIN))["environments"]
    assert {
        "name": "devops", "branch": "main", "head": THREE,
        "applied": {"commit": THREE, "at": "2026-01-03T09:30:00Z", "converged": True},
        "state": "converged", "drifted": False, "soaking_until": None, "waiting": [],
        "waiting_complete": True, "promotion": None, "blocked": [], "hotfixes_coming_down": [],
    } == devops  # fmt: skip
    assert {
        "pull_request": 21, "url": f"{PAGE}/pull/21", "branch": "main", "draft": True, "allowed": False,
    } == dev["promotion"]  # fmt: skip
    assert [{"reason": "SOAKING", "until": UNTIL}, {"reason": "FROZEN", "until": UNTIL}] == dev["blocked"]
    assert (UNTIL, [14, 12]) == (dev["soaking_until"], dev["waiting"])
    assert (list(range(100, 120)), False, [31], None) == (
        staging["waiting"], staging["waiting_complete"], staging["hotfixes_coming_down"],
        staging["promotion"]["allowed"],
    )  # fmt: skip
    assert ("", None, [{"reason": "NOT_APPLIED_BELOW"}]) == (prod["head"], prod["applied"], prod["blocked"])


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (Row("x", "x"), "-"),
        (replace(BOARD.rows[0], newest=EntryState.RUNNING), "applying"),
        (replace(BOARD.rows[0], newest=EntryState.FAILED), "broken"),
        (replace(BOARD.rows[0], drifted=True), "drifted"),
        (replace(BOARD.rows[0], head=ONE), "behind"),
        (replace(BOARD.rows[0], applied=entry(THREE, "", False)), "unsettled"),
        (replace(BOARD.rows[0], applied=entry(THREE, "", None)), "applied"),
    ],
)
def test_every_state_has_its_word(row: Row, word: str) -> None:
    line = render_board(Board((row,), NOW), Form.TEXT, redactor=PLAIN).splitlines()[1]
    assert word in line.split()


def test_what_waits_without_a_pull_request_on_record_is_said() -> None:
    row = replace(BOARD.rows[1], waiting=(), promotion=None, blocked=())
    board = Board((BOARD.rows[0], row), NOW)
    assert "yes" == render_board(board, Form.TEXT, redactor=PLAIN).splitlines()[2].split()[-2]
    assert 'e0 -- "changes wait" --> e1' in render_board_markdown(board, redactor=PLAIN)


def test_an_arrow_names_three_reasons_and_counts_the_others() -> None:
    blocked = tuple(map(reason, list(Reason)[:5]))
    board = Board((BOARD.rows[0], replace(BOARD.rows[1], blocked=blocked)), NOW)
    graph = render_board_markdown(board, redactor=PLAIN)
    assert f'<br/>{blocked[2].reason.value}<br/>and 2 more" .->' in graph


# --- any board ---

texts = st.text(max_size=40) | st.sampled_from(HOSTILE)
numbers = st.integers(1, 10**7)
reasons = st.builds(
    lambda which, until: reason(which, until=until),
    st.sampled_from(list(Reason)),
    st.sampled_from(["", UNTIL, "\x00", "9999-99-99"]) | texts,
)
rows = st.builds(
    Row,
    texts,
    texts,
    texts | st.just(ONE),
    st.none() | st.builds(entry, texts | st.just(ONE), texts | st.just(UNTIL), st.none() | st.booleans()),
    st.none() | st.sampled_from(list(EntryState)),
    st.none() | st.booleans(),
    st.lists(numbers, max_size=30).map(tuple),
    st.booleans(),
    st.booleans(),
    st.none() | st.builds(OpenPromotion, numbers, texts, texts, st.booleans(), st.none() | st.booleans()),
    st.lists(reasons, max_size=8).map(tuple),
    st.lists(numbers, max_size=30).map(tuple),
)
boards = st.builds(Board, st.lists(rows, min_size=1, max_size=6).map(tuple), st.just(NOW))
_NODE = re.compile(r'  e\d+\["([^"\[\]{}|`#;&<>]|<br/>)+"\]:::(good|busy|bad|none)')
_EDGE = re.compile(r'  e\d+ (--|-\.) "([^"\[\]{}|`#;&<>]|<br/>)+" (-->|\.->) e\d+')
_STYLE = re.compile(r"  classDef [a-z]+ fill:#[0-9a-f]{6},stroke:#[0-9a-f]{6},color:#[0-9a-f]{6}")


@given(boards)
def test_text_is_never_wider_than_80_columns_and_plain(board: Board) -> None:
    for line in render_board(board, Form.TEXT, redactor=PLAIN).split("\n"):
        assert len(line) <= 80
        assert line.replace("…", "").replace("·", "").isascii()
        assert line.isprintable()


@given(boards)
def test_every_waiting_pull_request_and_reason_of_a_row_is_in_the_text(board: Board) -> None:
    text = " ".join(render_board(board, Form.TEXT, redactor=PLAIN).split())
    for row in board.rows:
        assert all(f"#{number}" in text for number in row.waiting[:12])
        assert all(found.reason.value in text for found in row.blocked)


@given(boards)
def test_no_name_is_syntax_in_the_graph(board: Board) -> None:
    graph = render_board_markdown(board, redactor=PLAIN).split("\n")
    end = graph.index("```")
    assert ["```mermaid", "flowchart LR"] == graph[:2]
    for line in graph[2:end]:
        assert _NODE.fullmatch(line) or _EDGE.fullmatch(line) or _STYLE.fullmatch(line), line


@given(boards)
def test_nothing_in_the_table_acts(board: Board) -> None:
    table = render_board_markdown(board, redactor=PLAIN).partition("```\n\n")[2]
    wanted = {
        f"#{n}"
        for row in board.rows
        for n in (*row.waiting, *row.backflows, row.promotion.number if row.promotion else 0)
    }
    assert [] == ill_formed(table, references=sorted(wanted))


@given(boards)
def test_json_is_ascii_and_no_command_of_the_runner(board: Board) -> None:
    text = render_board(board, Form.JSON, redactor=PLAIN)
    assert (True, False) == (text.isascii(), "##[" in text)
    assert len(board.rows) == len(json.loads(text)["environments"])


@pytest.mark.parametrize("form", list(Form))
def test_secrets_are_redacted_in_every_form(form: Form) -> None:
    secret = "canary-secret"
    row = replace(BOARD.rows[1], name=secret, branch=secret, promotion=OpenPromotion(1, secret, secret))
    shown = render_board(Board((row, row), NOW), form, redactor=Redactor(secrets=[secret]))
    assert "canary" not in shown


# --- reading it ---


@pytest.fixture
def scene(tmp_path: Path) -> HotfixScene:
    return HotfixScene(tmp_path)


def board_of(scene: HotfixScene, more: str = "") -> Board:
    effects = scene.effects(scene.world.head("devops"), Recorder(), {})
    scene.host.calls.clear()
    return read_board(settings_of(scene, more), effects, REPOSITORY)


def settings_of(scene: HotfixScene, more: str = "") -> Settings:
    text = scene.world.files[scene.world.head("devops")][".gitops-bot.yml"]
    settings = load_settings((text + more).encode(), ".gitops-bot.yml")
    return replace(settings, approval=replace(settings.approval, workflows=(".github/workflows/gitops.yml",)))


def apply_below(scene: HotfixScene, value: str = "1") -> int:
    number = scene.propose("devops", {"infra/a.tf": resource(value)}, branch=f"feature-{value}")
    assert "applied" == scene.merge(number).result
    return number


def test_a_change_waits_where_it_is_applied_below_only(scene: HotfixScene) -> None:
    first, second = apply_below(scene), apply_below(scene, "2")
    devops, dev, staging, prod = board_of(scene).rows
    assert (scene.world.head("devops"), True, ()) == (devops.head, devops.applied is not None, devops.waiting)
    assert ((second, first), True, True, ()) == (dev.waiting, dev.complete, dev.differs, dev.blocked)
    assert [((), False), ((), False)] == [(row.waiting, row.differs) for row in (staging, prod)]


def test_the_open_promotion_and_its_check_are_shown(scene: HotfixScene) -> None:
    apply_below(scene)
    ran = scene.dispatch(Command.PROMOTE, "dev", "devops")
    number = int(ran.outputs["promotion-pr"])
    found = board_of(scene).rows[1].promotion
    assert found is not None
    assert (number, "promote/devops-to-dev", False, True) == (
        found.number, found.head_branch, found.draft, found.allowed
    )  # fmt: skip
    assert "applied" == scene.merge(number).result
    assert (None, (), False) == (
        (row := board_of(scene).rows[1]).promotion, row.waiting, row.differs
    )  # fmt: skip


def test_a_fork_s_pull_request_is_no_promotion_and_no_hotfix(scene: HotfixScene) -> None:
    apply_below(scene)
    for number, branch in ((50, "promote/devops-to-dev"), (51, "backflow/7-to-dev"), (52, "devops")):
        pull = PullRequest(number, "Mine", scene.world.head("devops"), branch, "dev", "https://evil.example")
        scene.host.add_pull_request(replace(pull, head_repository="mallory/infra" if number < 52 else ""))
    row = board_of(scene).rows[1]
    assert (None, ()) == (row.promotion, row.backflows)


def test_an_environment_without_its_branch_and_without_applies_has_a_row(scene: HotfixScene) -> None:
    scene.host.kept_deployments.clear()
    del scene.host.branches["prod"]
    rows = board_of(scene).rows
    assert ("", None, ("NOT_APPLIED_BELOW",)) == (
        rows[3].head, rows[3].applied, tuple(r.reason.value for r in rows[3].blocked)
    )  # fmt: skip


def test_a_host_that_does_not_answer_is_an_error_and_no_half_a_board(scene: HotfixScene) -> None:
    effects = scene.effects(scene.world.head("devops"), Recorder(), {})
    scene.host.fail_next("branch_head", RunFailed("no answer"))
    with pytest.raises(RunFailed, match="no answer"):
        read_board(settings_of(scene), effects, REPOSITORY)


def test_the_requests_do_not_grow_with_the_history(scene: HotfixScene) -> None:
    counts = []
    for value in ("1", "2", "3", "4", "5"):
        apply_below(scene, value)
        board_of(scene)
        counts.append(len(scene.host.calls))
    assert 1 == len(set(counts[1:])), counts


def test_a_dispatch_shows_it_in_the_log_and_the_summary(scene: HotfixScene) -> None:
    apply_below(scene)
    ran = scene.dispatch(Command.STATUS, "devops", "devops")
    assert ("no-changes", "") == (ran.result, ran.error)
    assert "environment  head" in ran.text
    assert "### Environments\n\n```mermaid\n" in ran.text
