"""Hostile text made harmless for HTML, and the few marks of our own templates turned into elements.

`html_text` is for running text and attributes, `html_code` for names, `html_lines` for blocks. Invisible
characters are shown, as in the comment (render/markdown.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from gitops_bot.render.diffs import Diff
from gitops_bot.render.markdown import visible
from gitops_bot.render.plan_text import shift_markers

# Backticks and stars too, so that those left in a template's output are the template's own.
_ENTITIES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;", "`": "&#96;", "*": "&#42;"}
)
_BLOCK_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_FORCES = "# forces replacement"
_TAGS = {"+": "ins", "-": "del", "!": "mark", "/": "mark", "#": "i", "": ""}


def _quiet(html: str) -> str:
    """A page is also printed, in a job too, whose runner takes such marks for commands."""
    return html.replace("::", "&#58;:").replace("##[", "#&#35;[")


def html_text(text: str) -> str:
    """Running text, or the value of a quoted attribute, in one line."""
    line = visible(text).replace("\n", " \u21b5 ").replace("\t", " ")
    return _quiet(line.translate(_ENTITIES))


def html_code(text: str) -> str:
    """A name as `<code>`."""
    return f"<code>{html_text(text)}</code>"


def html_lines(text: str) -> str:
    """Text of many lines, for a `<pre>`."""
    return _quiet(visible(text).translate(_BLOCK_ENTITIES))


def html_diff(diff: Diff) -> str:
    """A diff for a `<pre>`: neighbouring lines of one marker are one `<ins>`, `<del>` or `<mark>`, comments
    one `<i>`. The lines are those of the diff, with its indentation."""
    text = visible(diff.text)
    parts = []
    for sign, lines in groupby(_signed(text, diff.from_terraform), key=lambda item: item[0]):
        block = "".join(_line(line) + "\n" for _, line in lines)
        tag = _TAGS[sign]
        parts.append(f"<{tag}>{block}</{tag}>" if tag else block)
    return "".join(parts)


def _line(line: str) -> str:
    escaped = _quiet(line.translate(_BLOCK_ENTITIES))
    if escaped.endswith(_FORCES):
        return f"{escaped.removesuffix(_FORCES)}<b>{_FORCES}</b>"
    return escaped


def _signed(text: str, from_terraform: bool) -> Iterator[tuple[str, str]]:
    """Each line with its marker: `+`, `-`, `!` (changed), `/` (replaced), `#` (a comment) or ""."""
    shifted = shift_markers(text) if from_terraform else text
    for line, marked in zip(text.split("\n"), shifted.split("\n"), strict=True):
        if marked.startswith(("-/+ ", "+/- ")):
            yield "/", line
        elif marked[:1] in ("+", "-", "!") and (marked != line or not from_terraform):
            yield marked[0], line
        else:
            yield "#" if line.lstrip(" ").startswith("#") else "", line


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
