"""The tutorial's pictures. `make pictures` follows it and takes them anew into docs/images.

It is no part of `make test`: a browser is not on every machine. The texts are those of the real program; only
the sandbox's address is written as GitHub's.
"""

from __future__ import annotations

import html
import os
import re
from pathlib import Path

import pytest

from gitops_bot.sandbox.safe_html import comment_html
from tests.kit.browser import Browser, browser, browser_program
from tests.kit.tutorial import ROOT, Reader, reader

PICTURES = Path(os.environ.get("GITOPS_BOT_PICTURES", ROOT / "docs" / "images"))
STYLE = (ROOT / "gitops_bot/sandbox/templates/transcript.html.j2").read_text(encoding="utf-8")
PAGE = """<!DOCTYPE html><meta charset="utf-8">{style}<style>
body {{ max-width: none; width: max-content; padding: 16px; }} .box {{ width: 760px; margin: 0; }}
.shell {{ background: #0d1117; color: #e6edf3; margin: 0; padding: 16px 20px; width: calc(80ch + 40px);
  font-size: 13px; white-space: pre-wrap; overflow: hidden; }}
.ok {{ color: #3fb950; }} .error {{ color: #f85149; font-weight: 700; }} .prompt {{ color: #9198a1; }}
</style>{body}"""
LEVEL = re.compile(r"^  (ok|error)(?= )", re.MULTILINE)
SIZE = "[document.body.offsetWidth, document.body.offsetHeight]"
LARGEST = 150_000
"""Bytes of one picture."""


def page(body: str) -> str:
    """A page as the demo's transcript looks."""
    style = re.search(r"<style>.*?</style>", STYLE, re.DOTALL)
    assert style is not None
    return PAGE.format(style=style[0], body=body)


def comment(text: str) -> str:
    """A comment of the bot, with every collapsed part open."""
    shown = comment_html(text).replace("<details>", "<details open>")
    head = '<span class="face">g</span><b>github-actions</b><span class="tag">bot</span> commented'
    return page(f'<div class="box"><header>{head}</header><div class="body">{shown}</div></div>')


def terminal(command: str, text: str) -> str:
    """A command and what it printed, in 80 columns."""
    lines = LEVEL.sub(lambda found: f'  <span class="{found[1]}">{found[1]}</span>', html.escape(text))
    return page(f'<pre class="shell"><span class="prompt">$ {html.escape(command)}</span>\n{lines}</pre>')


def take(tab: Browser, folder: Path, name: str, text: str) -> None:
    """A picture of a page, as large as what is on it."""
    place = folder / "page.html"
    place.write_text(text, encoding="utf-8")
    tab.look_like(1200, 900, scale=1.25)
    tab.open(place)
    width, height = tab.run(SIZE)
    tab.look_like(int(width), int(height), scale=1.25)
    tab.picture(PICTURES / name)
    assert (PICTURES / name).stat().st_size < LARGEST


def as_on_github(pat: Reader, text: str) -> str:
    """Without the sandbox's address, which is another one each time."""
    return text.replace(f"{pat.sandbox.server_url}/{pat.sandbox.repository}", "https://github.com/acme/hello")


def test_the_pictures_of_the_tutorial_are_taken(tmp_path: Path) -> None:
    program = browser_program()
    if program is None:
        pytest.fail("There is no browser: install Debian's package chromium")
    (tmp_path / "profile").mkdir()
    with browser(program, tmp_path / "profile") as tab, reader(tmp_path) as pat:
        for _ in range(3):
            pat.follow()
        said = as_on_github(pat, pat.follow().text)
        take(tab, tmp_path, "first-doctor.png", terminal("gitops-bot doctor", _end(said)))
        pat.follow()
        pat.run_for("opened")
        take(tab, tmp_path, "first-plan.png", comment(pat.comments(1)[0]))
        pat.follow()
        pat.run_for("opened")
        take(tab, tmp_path, "first-verdict.png", comment(pat.comments(2)[0]))


def _end(said: str) -> str:
    """doctor's lines from the states on, those above being ok, without the branches above dev."""
    start, cut = said.index("\nstate\n") + 1, said.index("  error    staging can")
    return f"…\n\n{said[start:cut]}  …\n\n{said.rstrip().splitlines()[-1]}"
