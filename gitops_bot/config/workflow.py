"""A workflow file as data with line numbers. Every scalar stays a text, as GitHub's own reader has them."""

from __future__ import annotations

from collections.abc import Iterator

import yaml
from msgspec import Struct, field

from gitops_bot.core.json_values import JsonValue, as_list, as_object, as_text

Path = tuple[str, ...]
_MOST_VALUES = 50_000
"""How many values a file may have with every alias written out: a few lines can stand for billions."""


class Workflow(Struct, frozen=True):
    """`data` is the document, `lines` says where (from 1) the value at a path stands."""

    file: str
    data: dict[str, JsonValue]
    lines: dict[Path, int] = field(default_factory=dict)

    def at(self, *path: str) -> JsonValue:
        """The value at a path, None where there is none."""
        found: JsonValue = self.data
        for key in path:
            items = as_list(found)
            if items and key.isdecimal():
                found = items[int(key)] if int(key) < len(items) else None
            else:
                found = as_object(found).get(key)
        return found

    def where(self, *path: str) -> str:
        """File and line of a path, or of the nearest one above it that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.file}:{self.lines.get(path, 1)}"

    @property
    def triggers(self) -> dict[str, JsonValue]:
        """The events of `on`, which may be a text, a list or a table."""
        on = self.data.get("on")
        if isinstance(on, dict):
            return on
        names = [as_text(item) for item in as_list(on)] or [as_text(on)]
        return dict.fromkeys(filter(None, names))

    @property
    def jobs(self) -> dict[str, dict[str, JsonValue]]:
        """The jobs by their ids."""
        return {name: as_object(job) for name, job in as_object(self.data.get("jobs")).items()}

    def steps(self, job: str) -> tuple[dict[str, JsonValue], ...]:
        """A job's steps, in order."""
        return tuple(as_object(step) for step in as_list(self.at("jobs", job, "steps")))


def read_workflow(file: str, text: str) -> Workflow | str:
    """The workflow, or why it is none."""
    try:
        node = yaml.compose(text, yaml.BaseLoader)
        if not isinstance(node, yaml.MappingNode):
            return "it holds no table"
        lines: dict[Path, int] = {}
        data = _value(node, (), lines, ())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return f"line {mark.line + 1} is not YAML" if mark else "it is not YAML"
    except RecursionError:
        return "it is nested too deeply"
    except _TooMuch:
        return "it holds too many values"
    return Workflow(file, as_object(data), lines)


class _TooMuch(Exception):
    """More values than anybody writes."""


def _value(node: yaml.Node, path: Path, lines: dict[Path, int], inside: tuple[int, ...]) -> JsonValue:
    if id(node) in inside:
        raise RecursionError
    if len(lines) >= _MOST_VALUES:
        raise _TooMuch
    inside = (*inside, id(node))
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return {key: _value(value, (*path, key), lines, inside) for key, value in _entries(node)}
    if isinstance(node, yaml.SequenceNode):
        return [_value(v, (*path, str(i)), lines, inside) for i, v in enumerate(node.value)]
    return str(node.value)


def _entries(node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node]]:
    for key, value in node.value:
        yield str(key.value) if isinstance(key, yaml.ScalarNode) else "", value
