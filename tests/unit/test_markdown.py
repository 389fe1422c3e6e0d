"""Hostile text cannot become Markdown, HTML, a mention or the end of a fence."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gitops_bot.render.markdown import clip, code, fence, html_code, inline, visible

HOSTILE = [
    "```\n</details>\n```",
    "`````",
    "<img src=x onerror=alert(1)>",
    "<!-- gitops-bot:comment:prod -->",
    "@octocat and @org/team",
    "fixes #1, GH-2, o/r#3",
    "::set-output name=x::y",
    "\x1b[31mred\x1b[0m",
    "a | b\n| --- | --- |",
    "one\u2028two\u0085three\r\nfour",
    "\u202etxt.exe",
    "[x](https://evil.example) ![y](//z) www.evil.example",
    "# heading",
    "- item",
    "1. item",
    "***bold*** _it_ ~~no~~ \\`",
    "&lt;b&gt; &#64;octocat",
    "===",
    "---",
    "\ud800 lone",
]
TEXT = st.text(st.one_of(st.characters(), st.sampled_from("`~<>@#|*_[]\n\r\u2028\x1b&;:/-")), max_size=60)
RENDERER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@pytest.mark.parametrize("text", HOSTILE)
def test_inline_text_is_one_paragraph_of_plain_text(text: str) -> None:
    tokens = RENDERER.parse(inline(text))
    assert [t.type for t in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert {"text", "text_special"} >= {t.type for t in tokens[1].children or []}


@settings(max_examples=60, deadline=None)
@given(TEXT)
def test_no_inline_text_becomes_markup(text: str) -> None:
    tokens = RENDERER.parse("x " + inline(text))
    assert [t.type for t in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert {"text", "text_special"} >= {t.type for t in tokens[1].children or []}


def test_mentions_and_references_are_broken_after_entities_are_resolved() -> None:
    rendered = RENDERER.render(inline("@octocat &#64;octocat #1 GH-2 https://x www.y"))
    assert None is re.search(r"@\w|#\d|GH-\d|https://|www\.", rendered.replace("&amp;#", ""))


def test_control_and_bidi_characters_are_made_visible() -> None:
    assert visible("\x1b[0m\u2028\u0085\u202e\r") == "␛[0m⟨U+2028⟩⟨U+0085⟩⟨U+202E⟩␍"


def test_newlines_in_inline_text_are_shown_as_an_arrow() -> None:
    assert inline("a\nb") == "a ↵ b"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_code_span_is_nothing_but_code_even_in_a_table(text: str) -> None:
    for spanned in (code(text), html_code(text)):
        tokens = RENDERER.parse(f"| a |\n| --- |\n| {spanned} |\n")
        cells = [t for t in tokens if t.type == "inline"]
        assert len(cells) == 2
        kinds = [t.type for t in cells[1].children or []]
        assert {"code_inline", "text", "html_inline", "text_special"} >= set(kinds)
        html = [t.content for t in cells[1].children or [] if t.type == "html_inline"]
        assert html in ([], ["<code>", "</code>"])


@settings(max_examples=100, deadline=None)
@given(TEXT)
def test_nothing_inside_closes_a_fence(text: str) -> None:
    tokens = RENDERER.parse(fence(text, "diff") + "\n\nafter")
    assert [t.type for t in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]
    assert visible(text).rstrip("\n") == tokens[0].content.removesuffix("\n")


def test_a_fence_is_longer_than_the_longest_run_inside() -> None:
    assert fence("`````\n", "text") == "``````text\n`````\n``````"


def test_clipped_text_ends_in_an_ellipsis() -> None:
    assert [clip("abc", 3), clip("abcd", 3)] == ["abc", "ab…"]
