"""What Mermaid makes of the board's graph in a real browser. `make board` runs this and keeps pictures.

It is no part of `make test`: a browser is not on every machine, and Mermaid is fetched from npm.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from gitops_bot.core.board import Board, OpenPromotion, Row
from gitops_bot.core.ledger import EntryState
from gitops_bot.core.report import BlockReason, Reason
from gitops_bot.render.board import render_board_markdown
from gitops_bot.render.redact import Redactor
from tests.kit.browser import Browser, browser, browser_program
from tests.kit.hostile import HOSTILE
from tests.unit.test_board import BOARD, NOW, ONE, THREE, TWO, entry, reason

VERSION = "11.12.0"
PICTURES = Path(os.environ.get("GITOPS_BOT_PICTURES", "build/board"))
PAGE = """<!DOCTYPE html><meta charset="utf-8">
<body style="margin: 24px; background: {back}; width: 900px">
<div id="board"></div><script src="mermaid.min.js"></script>"""
DRAW = """(async () => {{
  mermaid.initialize({{startOnLoad: false, securityLevel: "strict", theme: "{theme}"}});
  await mermaid.parse({text});
  const drawn = await mermaid.render("graph", {text});
  document.getElementById("board").innerHTML = drawn.svg;
  const texts = selector => [...document.querySelectorAll(selector)].map(node => node.textContent.trim());
  return [texts(".node"), texts(".edgeLabels .edgeLabel .edgeLabel").filter(text => text)];
}})()"""
BACKGROUNDS = {"default": "#ffffff", "dark": "#0d1117"}
STORY = Board(
    (
        Row("devops", "devops", THREE, entry(THREE, "2026-01-03T09:30:00Z"), EntryState.SUCCEEDED),
        Row(
            "dev",
            "dev",
            TWO,
            entry(TWO, "2026-01-02T09:30:00Z"),
            EntryState.SUCCEEDED,
            waiting=(14,),
            differs=True,
            promotion=OpenPromotion(21, "", "promote/devops-to-dev", allowed=True),
        ),
        Row(
            "staging",
            "staging",
            ONE,
            entry(ONE, "2026-01-01T09:30:00Z"),
            EntryState.RUNNING,
            waiting=(12, 11),
            differs=True,
            promotion=OpenPromotion(20, "", "promote/dev-to-staging"),
            blocked=(
                BlockReason(Reason.SOAKING, (("until", "2026-01-03T14:00:00+00:00"),)),
                reason(Reason.DRIFTED_BELOW),
            ),
        ),
        Row("prod", "prod", ONE, entry(ONE, "2026-01-01T10:30:00Z"), EntryState.FAILED, drifted=True),
    ),
    NOW,
)


@pytest.fixture(scope="module")
def library() -> Path:
    """Mermaid's script, fetched from npm once."""
    folder = Path("build/mermaid") / VERSION
    script = folder / "package" / "dist" / "mermaid.min.js"
    if not script.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.fail("There is no npm to fetch Mermaid with")
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([npm, "pack", "--silent", f"mermaid@{VERSION}"], cwd=folder, check=True)
        shutil.unpack_archive(folder / f"mermaid-{VERSION}.tgz", folder, filter="data")
    return script


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = browser_program()
    if program is None:
        pytest.fail("There is no browser: install Debian's package chromium")
    with browser(program, tmp_path_factory.mktemp("profile")) as found:
        yield found


def graph(board: Board) -> str:
    """What stands in the fence."""
    found = render_board_markdown(board, redactor=Redactor())
    return found.removeprefix("```mermaid\n").partition("\n```\n")[0]


def draw(tab: Browser, library: Path, folder: Path, board: Board, theme: str = "default") -> list[list[str]]:
    """The texts of the nodes and edges that Mermaid draws. Raises `RuntimeError` for a syntax error."""
    if not (folder / "mermaid.min.js").exists():
        shutil.copy(library, folder)
        (folder / "page.html").write_text(PAGE.format(back=BACKGROUNDS[theme]), encoding="utf-8")
        tab.look_like(1280, 900)
        tab.open(folder / "page.html")
    found: list[list[str]] = tab.run(DRAW.format(text=json.dumps(graph(board)), theme=theme))
    return found


def test_mermaid_says_where_the_syntax_is_wrong(tab: Browser, library: Path, tmp_path: Path) -> None:
    bad = replace(STORY, rows=())
    draw(tab, library, tmp_path, STORY)
    with pytest.raises(RuntimeError, match="Parse error"):
        tab.run(DRAW.format(text=json.dumps(graph(bad) + "\n  a --"), theme="default"))


@pytest.mark.parametrize("board", [STORY, BOARD, replace(STORY, rows=STORY.rows[:1])])
def test_every_environment_and_every_step_is_drawn(
    tab: Browser, library: Path, tmp_path: Path, board: Board
) -> None:
    nodes, edges = draw(tab, library, tmp_path, board)
    assert (len(board.rows), len(board.rows) - 1) == (len(nodes), len(edges))
    assert all(text.startswith(row.name) for text, row in zip(nodes, board.rows, strict=True))
    for text, row in zip(edges, board.rows[1:], strict=True):
        assert all(found.reason.value in text for found in row.blocked[:3])


def test_every_reason_is_drawn(tab: Browser, library: Path, tmp_path: Path) -> None:
    for which in Reason:
        row = replace(STORY.rows[1], blocked=(reason(which),))
        _, edges = draw(tab, library, tmp_path, Board((STORY.rows[0], row), NOW))
        assert edges[0].endswith(which.value)


@pytest.mark.parametrize(
    "name", ["end", "graph", "1. x", "- x", "x--y", "o", "class", "style", "A.B_C-d", "0"]
)
def test_names_that_mermaid_knows_are_names(tab: Browser, library: Path, tmp_path: Path, name: str) -> None:
    row = replace(STORY.rows[1], name=name)
    nodes, _ = draw(tab, library, tmp_path, Board((STORY.rows[0], row), NOW))
    assert nodes[1].startswith(name), nodes


def test_no_hostile_name_is_a_syntax_error(tab: Browser, library: Path, tmp_path: Path) -> None:
    for start in range(0, len(HOSTILE), 5):
        names = HOSTILE[start : start + 5]
        rows = tuple(
            replace(STORY.rows[2], name=name, blocked=(reason(Reason.FROZEN, until=name),)) for name in names
        )
        nodes, edges = draw(tab, library, tmp_path, Board(rows, NOW))
        assert (len(names), len(names) - 1) == (len(nodes), len(edges)), names
        assert 0 == tab.run("document.querySelectorAll('#board script, #board img, #board a').length")
    assert [url for url in tab.requests if url.startswith("http")] == []


@pytest.mark.parametrize("theme", list(BACKGROUNDS))
def test_pictures_are_kept(tab: Browser, library: Path, tmp_path: Path, theme: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    draw(tab, library, tmp_path, STORY, theme)
    high = tab.run("document.getElementById('board').offsetHeight")
    tab.look_like(948, round(high) + 48, scale=2)
    tab.picture(PICTURES / f"board-{theme}.png")
    assert 50 < high < 400
