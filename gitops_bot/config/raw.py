"""YAML text as a tree that knows the line of every key and value. Nothing is constructed from tags."""

from __future__ import annotations

import re
from bisect import bisect_right
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from gitops_bot.config.mistakes import ConfigInvalid, Mistake, shown

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 256 * 1024
MAX_DEPTH = 16
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")
_LINE_END = re.compile(r"\r\n|\r|\n")


class Kind(StrEnum):
    """What a scalar is by YAML's own rules; the value reads well in a sentence."""

    TEXT = "text"
    INTEGER = "a whole number"
    FLOAT = "a number with a fraction"
    BOOLEAN = "true or false"
    NULL = "nothing"
    DATE = "a date"


_KINDS = {
    "tag:yaml.org,2002:int": Kind.INTEGER,
    "tag:yaml.org,2002:float": Kind.FLOAT,
    "tag:yaml.org,2002:bool": Kind.BOOLEAN,
    "tag:yaml.org,2002:null": Kind.NULL,
    "tag:yaml.org,2002:timestamp": Kind.DATE,
}


class Scalar(Struct, frozen=True):
    """A single value as it was written, quotes removed."""

    line: int
    text: str
    kind: Kind


class Items(Struct, frozen=True):
    """A list."""

    line: int
    values: tuple[Node, ...]


class Entry(Struct, frozen=True):
    """One key of a table with its value."""

    line: int
    key: str
    value: Node


class Table(Struct, frozen=True):
    """Keys with values, each key once."""

    line: int
    entries: tuple[Entry, ...]


Node: TypeAlias = Scalar | Items | Table


class RawFile(Struct, frozen=True):
    """The tree (None for an empty file) and the mistakes that do not stop the reading: repeated keys."""

    root: Node | None
    mistakes: tuple[Mistake, ...]


def child_key(parent: str, key: str) -> str:
    """The path of a key below `parent`, with a hostile key escaped."""
    name = key if _PLAIN_KEY.fullmatch(key) else shown(key)
    return f"{parent}.{name}" if parent else name


def parse(text: str | bytes, source: str) -> RawFile:
    """Read one YAML document. Raises `ConfigInvalid` with one mistake when it cannot be read at all."""
    return _Builder(_decoded(text, source), source).document()


def _decoded(text: str | bytes, source: str) -> str:
    size = len(text) if isinstance(text, bytes) else len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise ConfigInvalid(
            [Mistake(source, 1, "", f"the file has {size} bytes", f"at most {MAX_BYTES} are read")]
        )
    if isinstance(text, str):
        return text
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        problem = f"byte 0x{text[error.start]:02x} is not UTF-8"
        raise ConfigInvalid([Mistake(source, line, "", problem, "save the file as UTF-8")]) from None


class _Builder:
    """Builds the tree from the parser's events, so that depth, tags and aliases are bounded as they come."""

    def __init__(self, text: str, source: str) -> None:
        self.text = text
        self.source = source
        self.line_starts = [0, *(end.end() for end in _LINE_END.finditer(text))]
        self.mistakes: list[Mistake] = []

    def document(self) -> RawFile:
        import yaml

        try:
            self.loader = yaml.SafeLoader(self.text)
            root = self._document()
        except yaml.reader.ReaderError as error:
            raise self._unreadable_character(error.position) from None
        except yaml.MarkedYAMLError as error:
            raise self._syntax(error) from None
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            # PyYAML lets chr() and int() fail on escapes and directives out of range.
            line = bisect_right(self.line_starts, self.loader.index)
            problem = f"this is not YAML: {shown(str(error))}"
            raise self._fatal(line, "", problem, "check escapes and directives here") from None
        return RawFile(root, tuple(self.mistakes))

    def _document(self) -> Node | None:
        import yaml

        self._event()
        if isinstance(self._event(), yaml.StreamEndEvent):
            return None
        root = self._node(self._event(), "", 0)
        self._event()
        after = self._event()
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._fatal(
                self._line(after.start_mark), "", "a second YAML document starts here", "keep only one"
            )
        return None if isinstance(root, Scalar) and root.kind is Kind.NULL else root

    def _node(self, event: yaml.Event, key: str, depth: int) -> Node:
        import yaml

        line = self._line(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            raise self._fatal(line, key, "YAML aliases are not read", "write the value out instead of *alias")
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise self._fatal(line, key, f"the YAML tag {shown(str(tag))} is not read", "remove the tag")
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(line, event.value, self._kind(event))
        if depth >= MAX_DEPTH:
            problem = f"lists and tables are nested more than {MAX_DEPTH} deep"
            raise self._fatal(line, "", problem, "no key of this file needs that")
        if isinstance(event, yaml.SequenceStartEvent):
            return Items(line, self._items(key, depth + 1))
        return Table(line, self._entries(key, depth + 1))

    def _event(self) -> yaml.Event:
        event: yaml.Event = self.loader.get_event()  # type: ignore[no-untyped-call]
        return event

    def _kind(self, event: yaml.ScalarEvent) -> Kind:
        import yaml

        tag = self.loader.resolve(yaml.ScalarNode, event.value, event.implicit)  # type: ignore[no-untyped-call]
        return _KINDS.get(tag, Kind.TEXT)

    def _items(self, key: str, depth: int) -> tuple[Node, ...]:
        import yaml

        values: list[Node] = []
        while not isinstance(event := self._event(), yaml.SequenceEndEvent):
            values.append(self._node(event, f"{key}[{len(values)}]", depth))
        return tuple(values)

    def _entries(self, parent: str, depth: int) -> tuple[Entry, ...]:
        import yaml

        entries: dict[str, Entry] = {}
        while not isinstance(event := self._event(), yaml.MappingEndEvent):
            name = self._node(event, parent, depth)
            if not isinstance(name, Scalar):
                raise self._fatal(name.line, parent, "a key is a list or a table", "use a plain word as key")
            key = child_key(parent, name.text)
            value = self._node(self._event(), key, depth)
            first = entries.setdefault(name.text, Entry(name.line, name.text, value))
            if first.value is not value:
                hint = f"it first stands on line {first.line}; keep one of them"
                self.mistakes.append(Mistake(self.source, name.line, key, "the key stands here again", hint))
        return tuple(entries.values())

    def _line(self, mark: yaml.error.Mark | yaml._yaml.Mark | None) -> int:
        """The line as editors count it: PyYAML also counts U+0085 and U+2028 as line ends."""
        return bisect_right(self.line_starts, mark.index) if mark else 1

    def _fatal(self, line: int, key: str, message: str, hint: str) -> ConfigInvalid:
        return ConfigInvalid([*self.mistakes, Mistake(self.source, line, key, message, hint)])

    def _unreadable_character(self, position: int) -> ConfigInvalid:
        line = bisect_right(self.line_starts, position)
        problem = f"the character {shown(self.text[position])} cannot stand in YAML"
        return self._fatal(line, "", problem, "remove it")

    def _syntax(self, error: yaml.MarkedYAMLError) -> ConfigInvalid:
        mark = error.problem_mark or error.context_mark
        line = self._line(mark)
        problem = error.problem or error.context or "it cannot be read"
        if "'\\t'" in problem:
            return self._fatal(line, "", "a tab stands where YAML wants spaces", "indent with spaces")
        hint = "check indentation, quotes and brackets on this line and the one above"
        return self._fatal(line, "", f"this is not YAML: {_safe(problem)}", hint)


def _safe(problem: str) -> str:
    """The parser's own words; those that quote the file are escaped and cut."""
    return problem if problem.isprintable() and len(problem) <= 80 else shown(problem)
