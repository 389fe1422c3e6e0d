"""The transcript's comments: what GitHub would show, and nothing that runs."""

from __future__ import annotations

import io
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gitops_bot.sandbox.demo_story import gist
from gitops_bot.sandbox.narrator import WIDTH, Narrator, cells, wrap
from gitops_bot.sandbox.safe_html import CLASSES, TAGS, comment_html, diff_html, sanitise
from gitops_bot.sandbox.step_log import StepLog

_ATTRIBUTES = {"href", "rel", "open", "start", "class"}
_VOID = {"br", "hr"}
_PIECES = (
    "<", ">", "</", "/>", "<!--", "-->", "<![CDATA[", "]]>", "<?", "&", "&lt;", "&#60;", "&#x3c;", '"', "'",
    "`", "```", "\n", "\n\n", " ", "=", "script", "style", "<script>", "</script>", "<style>", "on", "x",
    "<svg onload=x>", "<img src=x onerror=y>", "<details open ontoggle=x>", "</details>", "<a href=",
    "javascript:alert(1)", "java\tscript:x", "https://a.example", "data:text/html,x", "[x](javascript:y)",
    "[x](<data:,z>)", "![a](https://b.example/c.png)", "<p style=", "color:red", "text-align:right", "class=",
    "diff", "<table>", "<td", "<textarea>", "<title>", "<iframe src=x>", "<math>", "<plaintext>", "<xmp>",
    "\x00", "\u2028", "\ud800", "\u202e", "| a | b |\n|---|--:|\n| 1 | 2 |", "- ", "# ", "> ",
)  # fmt: skip
hostile = st.one_of(st.text(), st.lists(st.sampled_from(_PIECES), max_size=30).map("".join))


class Reader(HTMLParser):
    """Reads a fragment and complains about everything that is not allowed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        for name, value in attrs:
            assert name in _ATTRIBUTES
            if name == "href":
                assert value is not None
                assert value.startswith(("http://", "https://"))
            if name == "class":
                assert set((value or "").split()) <= CLASSES
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)


def read(html: str) -> str:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return "".join(reader.text)


@given(hostile)
def test_whatever_the_markdown_is_only_allowed_elements_come_out(text: str) -> None:
    read(comment_html(text))


@given(hostile)
@example("<![0")
def test_sanitising_is_safe_balanced_and_settled(text: str) -> None:
    once = sanitise(text)
    read(once)
    assert sanitise(once) == once


@given(st.text(alphabet="ab+-!#@ <>&\n"))
def test_a_diff_shows_every_character(text: str) -> None:
    assert read(diff_html(text)) == text.rstrip("\n") + "\n\n"


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("<details><summary>a</summary>\n\nb\n\n</details>", "<summary>a</summary>\n<p>b</p>\n</details>"),
        ("| a |\n| ---: |\n| 1 |", '<td class="right">1</td>'),
        ("[x](https://a.example/?b=1&c)", '<a href="https://a.example/?b=1&amp;c" rel="nofollow noopener'),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ('<a href="javascript:alert(1)" onclick="x">y</a>', "<a>y</a>"),
        ("a <script>b</script> c", "<p>a  c</p>"),
        ("~~a~~", "<s>a</s>"),
        ("```diff\n+ a\n- b\n```", '<span class="add">+ a</span>\n<span class="del">- b</span>'),
        ("```\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>"),
        ("<!-- gitops-bot -->\n### a", "<h3>a</h3>"),
        ("![words](https://a.example/b.png)", "<p>[words]</p>"),
    ],
)  # fmt: skip
def test_comments_look_as_on_github(markdown: str, html: str) -> None:
    assert html in comment_html(markdown)


@given(st.text(alphabet=st.characters(codec="utf-8")), st.integers(4, 80))
def test_no_line_is_wider_than_asked_and_no_word_is_lost(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cells(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(st.lists(hostile, max_size=5))
def test_the_narrator_sends_no_control_characters(texts: list[str]) -> None:
    out = io.StringIO()
    tell = Narrator(out, {})
    for text in texts:
        tell.say(text)
        tell.output(text)
        tell.result(text, good=False)
    lines = out.getvalue().split("\n")
    assert all(cells(line) <= WIDTH for line in lines)
    assert not [c for line in lines for c in line if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colours_only_where_they_are_wanted(environ: dict[str, str], coloured: bool) -> None:
    out = _Terminal()
    Narrator(out, environ).title("a")
    assert ("\x1b[" in out.getvalue()) is coloured


def test_the_log_is_shown_as_the_runner_shows_it() -> None:
    log = StepLog()
    said = [
        "::add-mask::s3cret", "a s3cret", "::stop-commands::stop", "::set-output name=a::b", "::stop::",
        "::error::bad%0Aworse", "::debug::x", "b",
    ]  # fmt: skip
    assert [shown for line in said if (shown := log.read(line + "\n")) is not None] == [
        "a ***", "::set-output name=a::b", "Error: bad worse", "b",
    ]  # fmt: skip


def test_the_gist_of_a_comment() -> None:
    comment = "<!-- x -->\n### ⛔ Plan · `dev`\n\n- first &lt;b&gt; <sub>`CODE`</sub>\n\n```diff\n- no\n```\n"
    assert gist(comment) == ["⛔ Plan · dev", "- first <b>"]
