"""Hostile text cannot become Markdown, HTML, a mention or the end of a fence."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings

from gitops_bot.render.markdown import clip, code, fence, html_code, inline, visible
from tests.kit.examples import examples
from tests.kit.github_markdown import ill_formed, read
from tests.kit.hostile import HOSTILE
from tests.kit.strategies import hostile_text

PLACES: dict[str, Callable[[str], str]] = {
    "paragraph": inline,
    "heading": lambda text: f"#### {inline(text)} · {code(text)}",
    "item": lambda text: f"- {code(text)}",
    "quote": lambda text: f"> ⚠️ {inline(text)}",
    "cells": lambda text: f"| a | b |\n| --- | --- |\n| {inline(text)} | {code(text)} |\n",
    "summary": lambda text: (
        f"<details><summary>{html_code(text)} · {inline(text)}</summary>\n\n{fence(text)}\n\n</details>\n"
    ),
    "fence": lambda text: fence(text, "diff") + "\n\nafter",
    "strong": lambda text: f"❌ **{inline(text)}** in {code(text)}",
}


@pytest.mark.parametrize("place", PLACES)
def test_no_hostile_text_leaves_its_place(place: str) -> None:
    expected = read(PLACES[place]("word")).skeleton
    for text in HOSTILE:
        shown = PLACES[place](text)
        assert ([], text) == (ill_formed(shown), text)
        assert not text.strip() or (expected, text) == (read(shown).skeleton, text)


@settings(max_examples=examples(60))
@given(hostile_text)
def test_no_text_at_all_leaves_its_place(text: str) -> None:
    for place in PLACES.values():
        shown = place(text)
        assert [] == ill_formed(shown)
        assert not text.strip() or read(place("word")).skeleton == read(shown).skeleton


@settings(max_examples=examples(100))
@given(hostile_text)
def test_all_of_the_text_is_still_there(text: str) -> None:
    page = read(f"- {code(text)}\n\n{fence(text)}")
    spanned = "".join(t.text for t in page.texts if "code" in t.path and "pre" not in t.path)
    assert visible(text).replace("\n", " ↵ ").replace("\t", " ").strip() == spanned
    fenced = "".join(t.text for t in page.texts if "pre" in t.path)
    assert "`" * 255 in text or visible(text).rstrip("\n") == fenced.removesuffix("\n")


def test_inline_text_reads_as_it_was_but_for_what_parts_it() -> None:
    text = "- 1. *a* <b> &lt; arn:aws:iam::123456789012:role/x $y deadbeef :smile: @octocat #1 GH-2"
    shown = "".join(t.text for t in read(inline(text)).texts)
    assert text == shown.replace("\u200b", "").strip()
    assert ["@", "#", "GH-"] == [word[:-1] for word in ("@\u200b", "#\u200b", "GH-\u200b") if word in shown]


def test_mentions_and_references_are_broken_after_entities_are_resolved() -> None:
    assert () == read(inline("@octocat &#64;octocat #1 GH-2 https://x www.y deadbeef :smile: $x$")).found


@pytest.mark.parametrize(
    "text",
    ["@octocat", "o/r#1", "gh-1", "https://x", "www.x", "o@x.y", "deadbeef", ":+1:", "$x$", "> [!NOTE]"],
)
def test_the_reader_sees_what_github_would_make_of_plain_text(text: str) -> None:
    assert [] != ill_formed(text)


@pytest.mark.parametrize(
    "markdown",
    [
        *("```\nx", "````\nx\n```", "```mermaid\n```", "`" * 256 + "\nx\n" + "`" * 256),
        *("<b>x", "x</details>", "<details><summary>x</summary>", "<b><sub>x</b></sub>", "<span>x</span>"),
        *("<img>", "<details x>", "<!-- x -->", "<b x>y</b>", "# x", "x\n---", "x\n\n---", "    x"),
        *("[x](https://y)", "![x](y)", "<https://x>", "~~x~~", "1. x", "x\\\ny", "- [ ] x", "x[^1]"),
        *("| a | b |\n| --- | --- |\n| x |", "| a | b |\n| --- | --- |\n| x | y | z |"),
        *("\x1b", "\u202e", "\u2028", "\ud800", "\u200b", "\u3164"),
    ],
)
def test_the_reader_sees_what_is_not_well_formed(markdown: str) -> None:
    assert [] != ill_formed(markdown)


def test_the_reader_lets_pass_what_we_write_ourselves() -> None:
    ours = (
        "<!-- m -->\n### x\n\nSee #12.\n\n- `y` [run](https://x)\n\n> ⚠️ **z**\n\n```diff\n<b> @octocat\n```\n"
    )
    assert [] == ill_formed(ours, marker="<!-- m -->", links=["https://x"], references=["#12"])


def test_control_and_bidi_characters_are_made_visible() -> None:
    assert visible("\x1b[0m\u2028\u0085\u202e\r") == "␛[0m⟨U+2028⟩⟨U+0085⟩⟨U+202E⟩␍"


def test_every_character_without_a_shape_is_made_visible() -> None:
    unseen = (
        c for c in map(chr, range(0x110000)) if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    )
    assert ["\t", "\n"] == [c for c in unseen if visible(c) == c]


def test_what_makes_an_emoji_of_a_symbol_stays_and_what_hides_in_a_word_does_not() -> None:
    assert ["⚠️ 1️⃣", "dev⟨U+FE0F⟩", "dev⟨U+FE00⟩"] == [visible(t) for t in ("⚠️ 1️⃣", "dev\ufe0f", "dev\ufe00")]


def test_towers_of_marks_are_taken_down() -> None:
    assert "e\u0301\u0301\u0301\u0301" + "⟨U+0301⟩" * 56 == visible("e" + "\u0301" * 60)


def test_newlines_in_inline_text_are_shown_as_an_arrow() -> None:
    assert inline("a\nb") == "a ↵ b"


def test_a_fence_is_longer_than_the_longest_run_inside() -> None:
    assert fence("`````\n", "text") == "``````text\n`````\n``````"


def test_a_run_longer_than_githubs_parser_counts_is_cut() -> None:
    ticks = "`" * 255
    assert f"{ticks}\n{ticks[1:]}⟨46 more⟩\n{ticks}" == fence("`" * 300)


def test_clipped_text_ends_in_an_ellipsis() -> None:
    assert [clip("abc", 3), clip("abcd", 3)] == ["abc", "ab…"]


@pytest.mark.parametrize("space", "\u00a0\u1680\u2003\u202f\u205f\u2800\u3000")
def test_what_looks_like_a_space_and_is_another_is_shown(space: str) -> None:
    assert f"a⟨U+{ord(space):04X}⟩b" == visible(f"a{space}b")
