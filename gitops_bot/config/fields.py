"""A place in the file with its key and line: reads the value in the wanted type or notes a mistake."""

from __future__ import annotations

import difflib
import re

from msgspec import Struct, field

from gitops_bot.config.mistakes import Mistake, shown
from gitops_bot.config.raw import Items, Kind, Node, Scalar, Table, child_key
from gitops_bot.config.rules import Rule, duration_problem, seconds

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_SUGGESTIONS = 100


class Log(Struct):
    """The mistakes found so far in one file."""

    source: str
    mistakes: list[Mistake] = field(default_factory=list)


class Field(Struct, frozen=True):
    """One value. Every reader returns None after it noted what is wrong."""

    key: str
    line: int
    node: Node
    log: Log

    def wrong(self, message: str, hint: str) -> None:
        """Note a mistake at this place."""
        self.log.mistakes.append(Mistake(self.log.source, self.line, self.key, message, hint))

    def table(self, known: tuple[str, ...]) -> dict[str, Field]:
        """The known keys that are given; each unknown one is a mistake."""
        if not isinstance(self.node, Table):
            self._wrong_type("a table of keys", f"known keys: {', '.join(known)}")
            return {}
        found: dict[str, Field] = {}
        for entry in self.node.entries:
            line = entry.value.line if isinstance(entry.value, Scalar) else entry.line
            if entry.key in known:
                found[entry.key] = Field(child_key(self.key, entry.key), line, entry.value, self.log)
            else:
                place = Field(child_key(self.key, entry.key), entry.line, entry.value, self.log)
                place.wrong("the key is not known", self._suggestion(entry.key, known))
        return found

    def _suggestion(self, key: str, known: tuple[str, ...]) -> str:
        near: list[str] = []
        if len(self.log.mistakes) < _SUGGESTIONS:
            near = difflib.get_close_matches(key[:40], known, n=1, cutoff=0.6)
        return f"did you mean {near[0]}?" if near else f"known keys here: {', '.join(known)}"

    def items(self, example: str) -> list[Field]:
        """The entries of a list that is not empty."""
        if not isinstance(self.node, Items):
            self._wrong_type("a list", f"write it like {example}")
            return []
        if not self.node.values:
            self.wrong("the list is empty", "add an entry, or remove the key")
        return [
            Field(f"{self.key}[{index}]", value.line, value, self.log)
            for index, value in enumerate(self.node.values)
        ]

    def text(self, rule: Rule | None = None) -> str | None:
        """A text that the rule accepts."""
        if not isinstance(self.node, Scalar) or self.node.kind is not Kind.TEXT:
            if isinstance(self.node, Scalar) and self.node.kind is not Kind.NULL:
                self._wrong_type("text", f"put it in quotes: {shown(self.node.text)}")
            else:
                self._wrong_type("text", "write one value")
            return None
        return self._obeying(self.node.text, rule)

    def digits(self, rule: Rule) -> str | None:
        """A text of digits; without quotes YAML takes it for a number, and its digits are kept."""
        if isinstance(self.node, Scalar) and self.node.kind in (Kind.INTEGER, Kind.FLOAT):
            return self._obeying(self.node.text, rule)
        return self.text(rule)

    def _obeying(self, text: str, rule: Rule | None) -> str | None:
        if rule is not None and (problem := rule(text)):
            self.wrong(*problem)
            return None
        return text

    def texts(self, example: str, rule: Rule) -> tuple[str, ...]:
        """A list of texts."""
        values = (item.text(rule) for item in self.items(example))
        return tuple(value for value in values if value is not None)

    def integer(self, least: int, most: int) -> int | None:
        """A whole number in these bounds."""
        wanted = f"write a whole number from {least} to {most}" if least < most else f"write {least}"
        if not isinstance(self.node, Scalar) or self.node.kind is not Kind.INTEGER:
            self._wrong_type("a whole number", wanted)
            return None
        number = int(self.node.text) if _INTEGER.fullmatch(self.node.text) else None
        if number is None or not least <= number <= most:
            self.wrong(f"{shown(self.node.text)} is out of bounds", wanted)
            return None
        return number

    def boolean(self) -> bool | None:
        """True or false."""
        if not isinstance(self.node, Scalar) or self.node.kind is not Kind.BOOLEAN:
            self._wrong_type("true or false", "write true or false")
            return None
        return self.node.text.lower() in ("true", "yes", "on")

    def duration(self, rule: Rule = duration_problem) -> int | None:
        """A duration in seconds."""
        if isinstance(self.node, Scalar) and self.node.kind is Kind.INTEGER:
            self.wrong(f"{shown(self.node.text)} has no unit", "write it like 24h, 1h30m or 90s")
            return None
        text = self.text(rule)
        return None if text is None else seconds(text)

    def choice(self, values: tuple[str, ...]) -> str | None:
        """One of these words."""
        text = self.text()
        if text is not None and text not in values:
            self.wrong(f"{shown(text)} is not known", f"write {' or '.join(values)}")
            return None
        return text

    def _wrong_type(self, wanted: str, hint: str) -> None:
        self.wrong(f"this is {_described(self.node)}, not {wanted}", hint)


def _described(node: Node) -> str:
    if isinstance(node, Scalar):
        return str(node.kind.value)
    return "a list" if isinstance(node, Items) else "a table of keys"
