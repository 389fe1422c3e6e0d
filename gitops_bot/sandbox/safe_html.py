"""A comment's Markdown as harmless HTML: what GitHub would show, built anew from a short allow-list."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape
from html.parser import HTMLParser
from typing import TypeAlias
from urllib.parse import urlsplit

from markdown_it import MarkdownIt

Link: TypeAlias = Callable[[str], str | None]
"""Where a link leads in the page; None for a link that leads nowhere."""

TAGS = frozenset(
    (
        *("a", "b", "blockquote", "br", "code", "del", "details", "em", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("hr", "i", "kbd", "li", "ol", "p", "pre", "s", "span", "strong", "sub", "summary", "sup"),
        *("table", "tbody", "td", "th", "thead", "tr", "ul"),
    )
)
"""The elements a comment may use."""
CLASSES = frozenset({"add", "del", "mod", "note", "diff", "left", "center", "right"})
"""The classes an element may have."""
_VOID = frozenset({"br", "hr"})
_HIDDEN = ("script", "style")
_ALIGN = re.compile(r"text-align:(left|center|right)")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_MARKS = {"+": "add", "-": "del", "!": "mod", "#": "note", "@": "note"}


def outside_link(address: str) -> str | None:
    """An absolute web address as it is, nothing else."""
    cleaned = _CONTROLS.sub("", address).strip()
    try:
        parts = urlsplit(cleaned)
    except ValueError:
        return None
    return cleaned if parts.scheme in ("http", "https") and parts.netloc else None


class _Builder(HTMLParser):
    """Writes every element it knows anew and balanced, and all text escaped."""

    def __init__(self, link: Link) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._open: list[str] = []
        self._hidden = 0
        self._link = link

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        if self._hidden:
            return
        given = {name: value or "" for name, value in attrs}
        if tag == "img":
            self.handle_data(f"[{given.get('alt') or 'image'}]")
        if tag not in TAGS:
            return
        self.out.append(f"<{tag}{self._attributes(tag, given)}>")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(self._hidden - 1, 0)
        elif not self._hidden and tag in self._open:
            while self._open:
                closed = self._open.pop()
                self.out.append(f"</{closed}>")
                if closed == tag:
                    break

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.out.append(escape(_CONTROLS.sub("\ufffd", data), quote=True))

    def finish(self) -> str:
        """The document, with everything that is still open closed."""
        self.close()
        self.out.extend(f"</{tag}>" for tag in reversed(self._open))
        return "".join(self.out)

    def _attributes(self, tag: str, given: dict[str, str]) -> str:
        kept = {}
        if tag == "a" and (target := self._link(given.get("href", ""))) is not None:
            kept = {"href": target, "rel": "nofollow noopener noreferrer"}
        if tag == "details" and "open" in given:
            kept["open"] = "open"
        if tag == "ol" and given.get("start", "").isdecimal() and len(given["start"]) < 10:
            kept["start"] = given["start"]
        classes = [name for name in given.get("class", "").split() if name in CLASSES]
        align = _ALIGN.fullmatch(given.get("style", "").replace(" ", ""))
        if tag in ("td", "th") and align:
            classes.append(align[1])
        if classes:
            kept["class"] = " ".join(dict.fromkeys(classes))
        return "".join(f' {name}="{escape(value, quote=True)}"' for name, value in kept.items())


def sanitise(html: str, link: Link = outside_link) -> str:
    """`html` with nothing in it but allowed elements and attributes, and balanced."""
    builder = _Builder(link)
    # HTML knows no marked sections, and Python's parser stumbles over a broken one.
    builder.feed(html.replace("<![", "&lt;!["))
    return builder.finish()


def diff_html(text: str) -> str:
    """The lines of a diff, each in the class of its first character."""
    lines = []
    for line in text.rstrip("\n").split("\n"):
        name = _MARKS.get(line[:1], "")
        lines.append(f'<span class="{name}">{escape(line)}</span>' if name else escape(line))
    return '<pre class="diff"><code>' + "\n".join(lines) + "\n</code></pre>\n"


def _fence(tokens: Sequence[object], index: int, *_: object) -> str:
    token = tokens[index]
    info, content = str(getattr(token, "info", "")), str(getattr(token, "content", ""))
    if info.strip().split(" ")[0] == "diff":
        return diff_html(content)
    return f"<pre><code>{escape(content)}</code></pre>\n"


def comment_html(markdown: str, link: Link = outside_link) -> str:
    """A comment as the page shows it."""
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    reader.renderer.rules["fence"] = _fence  # type: ignore[attr-defined]  # the protocol names no rules
    return sanitise(str(reader.render(markdown)), link)
