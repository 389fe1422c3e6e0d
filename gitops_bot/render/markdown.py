r"""Hostile text made harmless for GitHub's Markdown.

Three contexts, three functions: `inline` for running text and table cells, `code` for names, `fence`
for blocks. `html_code` is `code` for places where Markdown is not read, such as `<summary>`.

What becomes of plain text on GitHub: https://docs.github.com/en/get-started/writing-on-github
"""

from __future__ import annotations

import re

_MARKS = (  # they stack on the character before them
    "\u0300-\u036f\u0483-\u0489\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
_INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and newline, C1 with U+0085
    "\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000"  # other spaces, which look like the one
    "\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\ud800-\udfff\ufdd0-\ufdef\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "]"
    "|(?<![#*0-9\u00a9\u00ae\u2000-\u32ff\U0001f000-\U0001faff])\ufe0f"  # else it makes an emoji of a symbol
    f"|(?<=[{_MARKS}]{{4}})[{_MARKS}]"  # a tower of them runs over the lines above and below
)
_ACTIVE = re.compile(
    r"(?P<hash>(?<![0-9A-Za-z_])[0-9A-Fa-f]{7,40}(?![0-9A-Za-z_]))"  # would be the hash of a commit
    r"|(?P<link>:(?=//|[\w+-]+:)|[Ww]{3}(?=\.))"  # addresses and :emoji:
    r"|(?P<mark>\A(?:[-:]|[0-9](?=[0-9]{0,8}[.)]))|[&<>\"'`*_\[\]()\\|~^!{}=+])"
    r"|(?P<mention>[@#]|(?<![0-9A-Za-z])[Gg][Hh]-(?=[0-9]))"
    r"|(?P<dollar>\$)"
)
_HTML = re.compile(r"[&<>\"'`*\[\]\\|~@#$]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
_UNSEEN = "&#8203;"  # a zero-width space: GitHub looks for mentions after entities are resolved
_BREAK = "<wbr>"  # parts the text as well, and leaves nothing in it for those who copy it
_SHORTER_THAN_A_HASH = 6
_LONGEST_RUN = 254
"""GitHub's parser counts the backticks of a fence up to 255: to it, any longer one is that long.

Source: `fence_length` in https://github.com/github/cmark-gfm/blob/master/src/blocks.c
"""
_LONG_RUN = re.compile(f"`{{{_LONGEST_RUN + 1},}}")


def visible(text: str) -> str:
    """`text` with control, bidi and other invisible characters shown; newlines and tabs stay."""
    if _is_plain(text):
        return text
    # Nothing it looks for, and nothing beside that, goes on in the next line.
    return "\n".join(line if _is_plain(line) else _INVISIBLE.sub(_picture, line) for line in text.split("\n"))


def _is_plain(text: str) -> bool:
    """Whether there is surely nothing to show: so it is mostly, and the pattern takes its time."""
    return text.isascii() and (text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable())


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


def clip_middle(text: str, limit: int) -> str:
    """At most `limit` characters with an ellipsis in their midst: an address ends in what it names."""
    end = limit // 3
    return text if len(text) <= limit else f"{clip(text, limit - end)}{text[-end:]}"


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, with an ellipsis where something is missing."""
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "\u2026"


def _entity(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};"


def _harmless(match: re.Match[str]) -> str:
    found = match[0]
    match match.lastgroup:
        case "mark":
            return f"&#{ord(found)};"
        case "mention":
            return found + _UNSEEN
        case "link":
            return found + _BREAK
        case "dollar":
            return "<span>$</span>"  # what GitHub's documents say against formulas; an entity is none to it
        case _:
            parts = re.findall(f".{{1,{_SHORTER_THAN_A_HASH}}}", found)
            number = match.start() == 0 and found.isdecimal()  # may begin a list
            return _BREAK.join([f"&#{ord(found[0])};{parts[0][1:]}" if number else parts[0], *parts[1:]])


def inline(text: str) -> str:
    """Running text: nothing in it is HTML, a mention, a reference, a link, a formula or Markdown."""
    return _ACTIVE.sub(_harmless, one_line(text))


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
    body = _LONG_RUN.sub(_shortened, visible(text).rstrip("\n"))
    runs = re.findall(r"`{3,}", body)
    ticks = "`" * (max((len(run) for run in runs), default=2) + 1)
    return f"{ticks}{lang}\n{body}\n{ticks}"


def _shortened(match: re.Match[str]) -> str:
    return f"{'`' * _LONGEST_RUN}\u27e8{len(match[0]) - _LONGEST_RUN} more\u27e9"
