"""What GitHub makes of a comment: the elements, the text in each, and what it would link.

CommonMark with GitHub's tables and strikethrough, read by markdown-it; then the rest of what GitHub does to
the text of the page. Sources: https://github.github.com/gfm/ and
https://docs.github.com/en/get-started/writing-on-github (mentions, references, formulas, alerts, emoji).
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.token import Token

from gitops_bot.core.report import Reason, RunStatus
from gitops_bot.render.guide import reason_page, way_on

_READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_VOID = frozenset({"br", "hr", "img", "wbr"})
_UNREAD = frozenset({"a", "code", "pre"})
"""Elements in whose text GitHub looks for nothing."""
_LOOKED_FOR = re.compile(
    r"(?<![0-9A-Za-z_])@[0-9A-Za-z]"  # a person or a team
    r"|#[0-9]"  # an issue or a pull request, also with its repository before it
    r"|(?<![0-9A-Za-z])gh-[0-9]"
    r"|(?<![0-9A-Za-z_])[0-9a-f]{7,40}(?![0-9A-Za-z_])"  # a commit
    r"|:[\w+-]+:"  # an emoji
    r"|https?://|ftp://|www\.|[\w.+-]@[\w-]+\."
    r"|\$",  # a formula
    re.IGNORECASE,
)
_NOTES = re.compile(r"\[\^|\A\s*\[[ xX]\]")  # footnotes, tasks
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
_VERDICT = re.compile("<!-- gitops-bot:verdict:(?!end )[a-z-]+ -->\n<!-- gitops-bot:verdict:end -->")
_TAG = re.compile(r"</?(?:details|summary|code|sub|span|b)>|<details open>|<wbr>|<br>")
"""The tags we write. In the one attribute nothing of a plan can stand."""
_FENCES = frozenset({"", "diff"})
"""What may stand after a fence. GitHub draws others: mermaid, math, geojson, suggestion."""
_LONGEST_FENCE = 255  # GitHub's parser, cmark-gfm, counts no further
_GUIDE = {*map(reason_page, Reason), *(way_on(status, applying=True) for status in RunStatus)}
"""Links into our own documents."""
_NEVER = {
    "image": "an image",
    "code_block": "indented code",
    "hr": "a line across",
    "s_open": "struck text",
    "em_open": "text in italics",
    "ordered_list_open": "a numbered list",
    "hardbreak": "a hard break",
}
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")  # Unicode's categories of what has no shape of its own
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")


@dataclass(frozen=True, slots=True)
class Text:
    """Text as it is shown. `place` are the elements around it, the outermost first, each with its number."""

    place: tuple[str, ...]
    text: str

    @property
    def path(self) -> tuple[str, ...]:
        """The names of the elements alone."""
        return tuple(name.partition("#")[0] for name in self.place)


@dataclass(frozen=True, slots=True)
class Page:
    """A comment as GitHub shows it.

    `skeleton`: each element's begin and end in order, with its attributes, without any text. `found`: what
    GitHub would make a link, an emoji or a formula. `broken`: tags that match no other.
    """

    skeleton: tuple[str, ...]
    texts: tuple[Text, ...]
    found: tuple[str, ...]
    broken: tuple[str, ...]
    comments: tuple[str, ...]

    def places(self, text: str) -> frozenset[tuple[str, ...]]:
        """The elements around each place where `text` stands."""
        return frozenset(found.place for found in self.texts if text in found.text)


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.skeleton: list[str] = []
        self.texts: list[Text] = []
        self.broken: list[str] = []
        self.comments: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag == "wbr":  # it parts the text and is no structure
            return
        given = "".join(f" {name}={value}" for name, value in attrs)
        if tag != "span":
            self.skeleton.append(f"<{tag}{given}>")
        if tag not in _VOID:
            self.open.append(f"{tag}#{len(self.skeleton)}")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1].partition("#")[0] != tag:
            self.broken.append(f"</{tag}> in {self.open[-1:]}")
            return
        self.open.pop()
        if tag != "span":
            self.skeleton.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.texts.append(Text(tuple(self.open), data))

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


@lru_cache(maxsize=4)
def _parsed(markdown: str) -> tuple[Token, ...]:
    return tuple(_READER.parse(markdown))


@lru_cache(maxsize=4)
def read(markdown: str) -> Page:
    """The comment as GitHub shows it."""
    elements = _Elements()
    elements.feed(_READER.renderer.render(_parsed(markdown), _READER.options, {}))
    elements.close()
    return Page(
        tuple(elements.skeleton),
        tuple(elements.texts),
        tuple(found for text in elements.texts for found in _references(text)),
        (*elements.broken, *(f"{name} is never closed" for name in elements.open)),
        tuple(elements.comments),
    )


def _references(text: Text) -> Iterator[str]:
    if _UNREAD.isdisjoint(text.path) and text.path[-1:] != ("span",):
        for match in _LOOKED_FOR.finditer(text.text):
            yield text.text[match.start() : match.end() + 20].split()[0]
    if text.path[-2:] == ("blockquote", "p") and text.text.lstrip().startswith("[!"):
        yield text.text[:20]


def unparted(markdown: str) -> str:
    """The source without escapes and without what parts a word, so that a word in it can be found."""
    return html.unescape(re.sub("<wbr>|</?span>", "", markdown)).replace("\u200b", "")


def ill_formed(
    markdown: str, *, marker: str = "", links: Sequence[str] = (), references: Sequence[str] = ()
) -> list[str]:
    """What is wrong with a comment; nothing in it may be anything else than what we write ourselves.

    `marker` is what the text begins with: its HTML comments, one a line. Below it one verdict may stand
    between two more. `links` are the addresses that may be linked to, `references` (`#12`) the ones made on
    purpose.
    """
    wrong = [] if markdown.startswith(marker) else ["no marker in the beginning"]
    page = read(markdown)
    comments = [f"<!--{text}-->" for text in page.comments]
    hidden = marker.split("\n") if marker else []
    if marker and _VERDICT.fullmatch("\n".join(comments[len(hidden) :])):
        hidden += comments[len(hidden) :]
    lines = markdown.split("\n")
    for token in _parsed(markdown):
        wrong += _wrong_block(token, lines)
        for part in (token, *(token.children or ())):
            wrong += _wrong_part(part, hidden, links)
    wrong += [f"nesting: {tag}" for tag in page.broken]
    wrong += [f"a reference: {found}" for found in page.found if found.rstrip(".,;:)") not in references]
    wrong += [f"comments: {comments}"] * (comments != hidden)
    wrong += [f"in a span: {t.text}" for t in page.texts if t.path[-1:] == ("span",) and t.text != "$"]
    return wrong + unseen(markdown)


def unseen(text: str) -> list[str]:
    """Control, bidirectional and other characters of no shape in `text`, but for newlines and tabs."""
    return [f"unseen: U+{ord(c):04X}" for c in sorted(set(text)) if _is_unseen(c)]


def _wrong_part(part: Token, hidden: Sequence[str], links: Sequence[str]) -> Iterator[str]:
    if part.type in ("html_block", "html_inline"):
        rest = _TAG.sub("", part.content)
        if ("<" in rest or ">" in rest) and part.content.strip("\n") not in hidden:
            yield f"HTML: {part.content}"
    elif part.type in _NEVER:
        yield f"{_NEVER[part.type]}: {part.content}"
    elif part.type == "link_open" and part.attrGet("href") not in (
        *map(_READER.normalizeLink, links),
        *_GUIDE,
    ):
        yield f"a link to {part.attrGet('href')}"
    elif part.type == "inline" and _NOTES.search(_CODE_SPAN.sub("", part.content)):
        yield f"a footnote or task: {part.content}"


def _wrong_block(token: Token, lines: Sequence[str]) -> Iterator[str]:
    own = lines[token.map[0] : token.map[1]] if token.map else []
    if token.type == "fence":
        if token.info not in _FENCES:
            yield f"a fence of {token.info}"
        if len(token.markup) > _LONGEST_FENCE:
            yield "a fence that is too long for the parser"
        if len(own) < 2 or own[-1].strip() != token.markup:
            yield "a fence that is never closed"
    elif token.type == "heading_open" and token.markup not in ("###", "####", "#####"):
        yield f"a heading {token.markup}"
    elif token.type == "table_open":
        # GitHub fills up rows that are too short and drops the cells of those that are too long.
        rows = [len(re.findall(r"(?<!\\)\|", line)) for line in own if line.strip()]
        yield from (f"a row of {row - 1} cells" for row in rows if row != rows[0])


def _is_unseen(c: str) -> bool:
    return c != "\n" and c != "\t" and (unicodedata.category(c) in _UNSEEN or c in _FILLERS)
