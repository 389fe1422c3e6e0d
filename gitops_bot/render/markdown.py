"""Hostile text made harmless for GitHub's Markdown.

Three contexts, three functions: `inline` for running text and table cells, `code` for names, `fence`
for blocks. `html_code` is `code` for places where Markdown is not read, such as `<summary>`.
"""

from __future__ import annotations

import re

_CONTROLS = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and newline, C1 with U+0085
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_INVISIBLE = re.compile(f"[{_CONTROLS}]")
_SPECIAL = re.compile(r"[&<>\"'`*_\[\]()\\|~$^!{}=+]")
_LIST_START = re.compile(r"^(\s*)([-+*]|\d+[.)])(?=\s|$)")
_HTML = re.compile(r"[&<>\"'`*\[\]\\|~@#$]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
_BREAK = "&#8203;"  # a zero-width space: GitHub looks for mentions after entities are resolved
_LINKS = re.compile(r"[@#]|:(?=//)|(?i:(?<=www)(?=\.)|(?<=gh)(?=-\d))")


def visible(text: str) -> str:
    """`text` with control, bidi and other invisible characters shown; newlines and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return _INVISIBLE.sub(_picture, text)


def _picture(match: re.Match[str]) -> str:
    point = ord(match[0])
    if point < 0x20:
        return chr(0x2400 + point)
    if point == 0x7F:
        return "\u2421"
    return f"\u27e8U+{point:04X}\u27e9"


def one_line(text: str) -> str:
    """`visible`, and newlines shown as an arrow, tabs as a space."""
    return visible(text).replace("\n", " \u21b5 ").replace("\t", " ").strip()


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis where something is missing."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "\u2026"


def _entity(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};"


def inline(text: str) -> str:
    """Running text: nothing in it is HTML, a mention, a reference, a link or Markdown."""
    line = one_line(text)
    line = _LIST_START.sub(lambda m: "".join(f"&#{ord(c)};" if not c.isalnum() else c for c in m[0]), line)
    line = re.sub(r"^-+$", lambda m: "&#45;" * len(m[0]), line)
    pieces: list[str] = []
    position = 0
    for link in _LINKS.finditer(line):
        pieces += [_SPECIAL.sub(_entity, line[position : link.end()]), _BREAK]
        position = link.end()
    pieces.append(_SPECIAL.sub(_entity, line[position:]))
    return "".join(pieces)


def html_code(text: str) -> str:
    """A name as `<code>`, safe where Markdown is read and where it is not."""
    return f"<code>{_HTML.sub(_entity, one_line(text))}</code>"


def code(text: str) -> str:
    """A name as a code span that also survives in a table."""
    line = one_line(text)
    if not line or "`" in line or "|" in line:
        return html_code(text)
    return f"`{line}`"


def fence(text: str, lang: str = "") -> str:
    """A fenced block that nothing in `text` can close. `text` may be of many lines."""
    body = visible(text).rstrip("\n")
    runs = re.findall(r"`{3,}", body)
    ticks = "`" * (max((len(run) for run in runs), default=2) + 1)
    return f"{ticks}{lang}\n{body}\n{ticks}"
