"""Hostile text made harmless for HTML, and the few marks of our own templates turned into elements.

`html_text` is for running text and attributes, `html_code` for names, `html_lines` for blocks. Invisible
characters are shown, as in the comment (render/markdown.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from gitops_bot.render import plan_text
from gitops_bot.render.diffs import Diff
from gitops_bot.render.markdown import visible

_BLOCK_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))
# Backticks and stars too, so that those left in a template's output are the template's own.
_ENTITIES = (*_BLOCK_ENTITIES, ('"', "&#34;"), ("'", "&#39;"), ("`", "&#96;"), ("*", "&#42;"))
_FORCES = "# forces replacement\n"
_TAGS = {"replaced": "mark", "added": "ins", "removed": "del", "changed": "mark", "comment": "i"}


def _quiet(html: str) -> str:
    """A page is also printed, in a job too, whose runner takes such marks for commands."""
    return html.replace("::", "&#58;:").replace("##[", "#&#35;[")


def _escaped(text: str, entities: Iterable[tuple[str, str]]) -> str:
    for character, entity in entities:
        text = text.replace(character, entity)
    return _quiet(text)


def html_text(text: str) -> str:
    """Running text, or the value of a quoted attribute, in one line."""
    line = visible(text).replace("\n", " \u21b5 ").replace("\t", " ")
    return _escaped(line, _ENTITIES)


def html_code(text: str) -> str:
    """A name as `<code>`."""
    return f"<code>{html_text(text)}</code>"


def html_lines(text: str) -> str:
    """Text of many lines, for a `<pre>`."""
    return _escaped(visible(text), _BLOCK_ENTITIES)


def html_diff(diff: Diff) -> str:
    """A diff for a `<pre>`: neighbouring lines of one marker are one `<ins>`, `<del>` or `<mark>`, comments
    one `<i>`. The lines are those of the diff, with its indentation."""
    text = visible(diff.text) + "\n"
    parts = plan_text.marker_parts(text) if diff.from_terraform else [(text, "")]
    html: list[str] = []
    tag = kind = None
    for part, blanks in parts:
        for run in _runs(blanks).finditer(_escaped(part, _BLOCK_ENTITIES)):
            if run.lastgroup != kind:
                html.append(f"</{tag}>" if tag else "")
                kind = run.lastgroup
                tag = _TAGS[kind] if kind else None
                html.append(f"<{tag}>" if tag else "")
            html.append(run[0])
    html.append(f"</{tag}>" if tag else "")
    return "".join(html).replace(_FORCES, f"<b>{_FORCES[:-1]}</b>\n")


@lru_cache(maxsize=64)
def _runs(blanks: str) -> re.Pattern[str]:
    """Finds runs of lines that begin alike. `blanks` stand before a marker of Terraform's, "" before ours."""
    begins = {
        "replaced": r"(?:-/\+|\+/-) ",
        "added": rf"{blanks}\+ " if blanks else r"\+(?!/- )",
        "removed": f"{blanks}- " if blanks else r"-(?!/\+ )",
        "changed": f"{blanks}~ " if blanks else "!",
        "comment": " *+#",
    }
    marked = "|".join(f"(?P<{kind}>(?:{begin}.*+\n)++)" for kind, begin in begins.items())
    return re.compile(f"{marked}|(?:(?!{'|'.join(begins.values())}).*+\n)++")


def html_words(text: str) -> str:
    """The output of a template's sentence: its own `code` and **bold** as elements, in one paragraph."""
    text = re.sub(r"`([^`\n]+)`", r"<code>\1</code>", text)
    return re.sub(r"\*\*([^*\n]+)\*\*", r"<strong>\1</strong>", text)


def html_blocks(text: str) -> str:
    """The output of a template's paragraphs and lists of one level as elements."""
    found: list[str] = []
    in_list = False
    for line in filter(None, map(str.strip, text.split("\n"))):
        is_item = line.startswith("- ")
        if is_item != in_list:
            found.append("<ul>" if is_item else "</ul>")
            in_list = is_item
        found.append(f"<li>{html_words(line[2:])}</li>" if is_item else f"<p>{html_words(line)}</p>")
    return "".join([*found, "</ul>" if in_list else ""])
