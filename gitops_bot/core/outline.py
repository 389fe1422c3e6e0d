"""The outline of a file in Terraform's language: its blocks and attributes, without what they evaluate to.

Source: https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct, field

from gitops_bot.core.blocks import code_only

_DEEPEST = 8
"""How deep blocks are looked into; what is asked for stands two deep."""
_STATEMENT = re.compile(
    r"^[ \t\ufeff]*+(?P<name>[^\W\d][\w-]*+)[ \t]*+"
    r'(?:=(?![=>])|(?P<labels>(?:"[ ]*+"[ \t]*+|[\w-]++[ \t]*+)*+)\{)',
    re.MULTILINE,
)
_LABEL = re.compile(r'"([^"\n]*)"|([\w-]+)')
_BRACKET = re.compile(r"[\[\](){}]|\n")
_LITERAL = re.compile(r'"((?:[^"\\$%\n]|[$%](?!\{))*)"|(true|false|-?[0-9]+(?:\.[0-9]+)?)')


class Body(Struct, frozen=True):
    """What stands between braces, or in a whole file. `attributes` are expressions as they are written."""

    blocks: tuple[HclBlock, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)

    def all(self, kind: str) -> tuple[HclBlock, ...]:
        """The blocks of that type."""
        return tuple(b for b in self.blocks if b.type == kind)

    def literal(self, name: str) -> str | None:
        """An attribute's value where that is a plain text, number, true or false."""
        found = _LITERAL.match(self.attributes.get(name, "").strip())
        return None if found is None else found[1] if found[2] is None else found[2]


class HclBlock(Struct, frozen=True):
    """A block: its type, its labels and what is in it."""

    type: str
    labels: tuple[str, ...]
    body: Body


@lru_cache(maxsize=8192)
def outline(text: str) -> Body:
    """The file's blocks and attributes. Other text gives what can be made of it, and never an error."""
    return _body(text, code_only(text), 0)


def _body(text: str, code: str, depth: int) -> Body:
    blocks: list[HclBlock] = []
    attributes: dict[str, str] = {}
    for found, end in _statements(code):
        if found["labels"] is None:
            attributes.setdefault(found["name"], text[found.end() : end].strip())
        elif depth < _DEEPEST:
            written = text[found.start("labels") : found.end("labels")]
            labels = tuple(quoted or bare for quoted, bare in _LABEL.findall(written))
            inside = slice(found.end(), end)
            blocks.append(HclBlock(found["name"], labels, _body(text[inside], code[inside], depth + 1)))
    return Body(tuple(blocks), attributes)


def _statements(code: str) -> Iterator[tuple[re.Match[str], int]]:
    """Each attribute and block of a body, and where its expression or its inside ends."""
    position = 0
    while found := _STATEMENT.search(code, position):
        depth = 0 if found["labels"] is None else 1
        ends_line = depth == 0
        end = len(code)
        for bracket in _BRACKET.finditer(code, found.end()):
            if bracket[0] == "\n":
                if not (ends_line and depth == 0):
                    continue
            else:
                depth += 1 if bracket[0] in "[({" else -1
                if depth > (-1 if ends_line else 0):
                    continue
            end = bracket.start()
            break
        yield found, end
        position = end if ends_line else end + 1
