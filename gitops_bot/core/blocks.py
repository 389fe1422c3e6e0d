"""Where blocks stand in Terraform's files: the line of a header and, of a resource's, its module's folder.

The files come from a pull request, so nothing in a comment, a string or a heredoc may pass for a block.
Source: https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from msgspec import Struct, field

from gitops_bot.core.addresses import read_address
from gitops_bot.core.json_values import JsonValue, as_object, as_text
from gitops_bot.core.plan import ResourceChange

LOCAL_SOURCES = ("./", "../")
"""How a module's source begins that is a folder of the same repository."""
_DEEPEST = 500
"""How many things may be open at once in what a person wrote."""
_IDENTIFIER = r"[^\W\d][\w-]*+"
_COMMENT = r"\#[^\n]*|//[^\n]*|/\*(?:.*?\*/|.*\Z)"
_CODE = rf'(?s:{_COMMENT})|(?P<quote>")|<<-?(?P<heredoc>{_IDENTIFIER})\r?\n|(?P<open>\{{)|(?P<close>\}})'
_INSIDE = re.compile(_CODE)
_WORDS = re.compile(rf"{_CODE}|(?P<word>{_IDENTIFIER})")
_LABEL = rf'"([^"\\$%\n]+)"|({_IDENTIFIER})'
_NO_LINE_END = re.compile(r"[^\n]")
_HEADER = re.compile(rf"resource[ \t]*(?:{_LABEL})[ \t]*(?:{_LABEL})[ \t]*\{{")
_TEMPLATE = r"\$\$\{|%%\{|(?P<open>[$%]\{)"  # `$${` is the text `${`
_STRING = re.compile(rf'\\.|{_TEMPLATE}|(?P<end>["\n])')
_HEREDOC = re.compile(rf"{_TEMPLATE}|(?P<end>\n)")


class Block(Struct, frozen=True):
    """A resource's block: the folder of its module, from the repository's root (`.` is the root), and
    its labels. All instances of a resource have one, and so have all instances of their module."""

    folder: str
    type: str
    name: str


def block_of(change: ResourceChange, configuration: JsonValue, folder: str) -> Block | None:
    """The block of a changed resource; None where its module does not come from this repository.

    `configuration` is the plan's own, `folder` that of its root module.
    """
    steps = read_address(change.module) if change.module else ()
    if steps is None or len(steps) % 2:
        return None
    module = as_object(as_object(configuration).get("root_module"))
    for word, call in zip(steps[::2], steps[1::2], strict=True):
        called = as_object(as_object(module.get("module_calls")).get(call.name))
        source = as_text(called.get("source"))
        if word.name != "module" or not source.startswith(LOCAL_SOURCES):
            return None
        folder = posixpath.normpath(posixpath.join(folder, source))
        if folder.split("/")[0] == "..":
            return None
        module = as_object(called.get("module"))
    return Block(folder, change.type, change.name)


def find_blocks(text: str) -> dict[tuple[str, str], int]:
    """The line (from 1) of the first block of each resource in a `.tf` file, by type and name.

    Text that is no HCL gives what can be made of it, and never an error.
    """
    found: dict[tuple[str, str], int] = {}
    for line, header in headers(text, _RESOURCES):
        kind, bare_kind, name, bare_name = header.groups()
        found.setdefault((kind or bare_kind, name or bare_name), line)
    return found


class Head(Struct, frozen=True):
    """A kind of block to look for: its header's pattern, which begins with its word and ends with the brace.

    `inner` are the blocks to look for directly inside it, by their words. A header that is `anywhere` is
    found also where something stands before it in its line, which is an error or a comment.
    """

    pattern: re.Pattern[str]
    inner: Mapping[str, Head] = field(default_factory=dict)
    anywhere: bool = False


_RESOURCES = {"resource": Head(_HEADER)}


def headers(text: str, heads: Mapping[str, Head]) -> Iterator[tuple[int, re.Match[str]]]:
    """The header of each block that is looked for, by its word, and its line (from 1)."""
    line, counted = 1, 0
    for header in _headers(text, heads):
        line += text.count("\n", counted, header.start())
        counted = header.start()
        yield line, header


class _Inside(StrEnum):
    BRACES = "braces"
    STRING = "string"
    HEREDOC = "heredoc"


class _Open(Struct):
    """What is open: braces (a block's, an object's or a template's), a string, or a heredoc.

    `marker` is a heredoc's; `line` is where its present line began, -1 where a template stands in it.
    `heads` are the blocks to look for directly inside a block.
    """

    kind: _Inside
    marker: str = ""
    line: int = 0
    heads: Mapping[str, Head] = field(default_factory=dict)


def _headers(text: str, heads: Mapping[str, Head]) -> Iterator[re.Match[str]]:
    outside = _Open(_Inside.BRACES, heads=heads)
    opened: list[_Open] = []
    position = before = 0
    while True:
        top = opened[-1] if opened else outside
        token = (_WORDS if top.heads else _TOKENS[top.kind]).search(text, position)
        if token is None or len(opened) > _DEEPEST:
            return
        position = token.end()
        match top:
            case _Open(_Inside.BRACES):
                head = top.heads.get(token["word"]) if top.heads else None
                header = _header_at(text, before, token.start(), head) if head else None
                if head and header:
                    yield header
                    position = header.end()
                    opened.append(_Open(_Inside.BRACES, heads=head.inner))
                else:
                    _in_code(token, opened)
                before = position
            case _ if token["open"]:
                top.line = -1
                opened.append(_Open(_Inside.BRACES))
            case _ if token["end"] and (top.kind is _Inside.STRING or _ends(text, top, token.start())):
                opened.pop()
            case _:
                top.line = position if token["end"] else top.line


def _header_at(text: str, before: int, start: int, head: Head) -> re.Match[str] | None:
    return head.pattern.match(text, start) if head.anywhere or _begins_line(text, before, start) else None


def code_only(text: str) -> str:
    """The text with blanks for comments, heredocs and what is in strings; every place stays where it is."""
    opened: list[_Open] = []
    shown: list[str] = []
    position = 0
    while True:
        top = opened[-1] if opened else None
        token = _TOKENS[top.kind if top else _Inside.BRACES].search(text, position)
        hidden = _hidden(opened)
        start = token.start() if token else len(text)
        shown.append(_blank(text[position:start]) if hidden else text[position:start])
        if token is None or len(opened) > _DEEPEST:
            return "".join(shown).ljust(len(text))
        position = token.end()
        if top is None or top.kind is _Inside.BRACES:
            _in_code(token, opened)
        elif token["open"]:
            top.line = -1
            opened.append(_Open(_Inside.BRACES))
        elif token["end"] and (top.kind is _Inside.STRING or _ends(text, top, start)):
            opened.pop()
        elif token["end"]:
            top.line = position
        bare = token[0] if token[0] in ('"', "{", "}") else _blank(token[0])
        shown.append(bare if not (hidden and _hidden(opened)) else _blank(token[0]))


def _hidden(opened: list[_Open]) -> bool:
    return any(one.kind is not _Inside.BRACES for one in opened)


def _blank(text: str) -> str:
    return _NO_LINE_END.sub(" ", text)


def _begins_line(text: str, before: int, start: int) -> bool:
    """Whether only white space stands before `start` in its line. `before` is where the last token ended."""
    _line, newline, blank = text[before:start].rpartition("\n")
    return (bool(newline) or not before) and not blank.strip(" \t\ufeff")


def _in_code(token: re.Match[str], opened: list[_Open]) -> None:
    if token["quote"]:
        opened.append(_Open(_Inside.STRING))
    elif token["heredoc"]:
        opened.append(_Open(_Inside.HEREDOC, token["heredoc"], token.end()))
    elif token["open"]:
        opened.append(_Open(_Inside.BRACES))
    elif token["close"] and opened:
        opened.pop()


def _ends(text: str, heredoc: _Open, end: int) -> bool:
    """Whether the line that ends here is the heredoc's marker."""
    return heredoc.line >= 0 and text[heredoc.line : end].strip() == heredoc.marker


_TOKENS = {
    _Inside.BRACES: _INSIDE,
    _Inside.STRING: _STRING,
    _Inside.HEREDOC: _HEREDOC,
}
