"""Large mixed plans, as Terraform would write them: `python -m tests.bench.generate RESOURCES FOLDER`.

They are made without Terraform, by repetition of a small plan that a real Terraform 1.11 made: `seed/` holds
one module instance of twenty `terraform_data` resources (created, updated, replaced both ways, deleted,
moved, forgotten, kept; heredocs, JSON in strings, sensitive values, count and for_each), outputs and checks.
Its configuration is beside it: `before` was applied, `after` planned (make_seed.py). Each copy has addresses,
values, ids and secrets of its own, and stands in the order in which Terraform would print it. 5,000 resources
are 14 MB of JSON and 6 MB of text.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SEED = Path(__file__).with_name("seed")
PER_STACK = 20
_STACK = "s0000001"
_NUMBER = "\0"  # stands for the copy's seven digits; no JSON text and no plan text holds it
_OWN = re.compile(f"{_STACK}|([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{5}})[0-9a-f]{{7}}")
_COUNT = re.compile(r"(?<=Plan: )\d+|\d+(?= to (?:change|destroy))")

# Where the seed's JSON holds what there is once per stack: lists, or objects with the stacks' names as keys.
_PER_STACK: tuple[tuple[str | int, ...], ...] = (
    ("planned_values", "outputs", "names", "type", 1),
    ("planned_values", "outputs", "names", "value"),
    ("planned_values", "root_module", "child_modules"),
    ("resource_changes",),
    ("output_changes", "names", "before"),
    ("output_changes", "names", "after"),
    ("prior_state", "values", "outputs", "names", "type", 1),
    ("prior_state", "values", "outputs", "names", "value"),
    ("prior_state", "values", "root_module", "child_modules"),
    ("checks", 1, "instances"),
    ("checks", 2, "instances"),
    ("variables", "stacks", "value"),
)


def _template(text: str) -> str:
    return _OWN.sub(lambda own: (own[1] or "s") + _NUMBER, text)


def _copies(template: str, stacks: int, between: str) -> Iterator[str]:
    for number in range(1, stacks + 1):
        yield template.replace(_NUMBER, f"{number:07d}") + (between if number < stacks else "")


def _json(stacks: int) -> Iterator[str]:
    document: Any = json.loads((SEED / "plan.json").read_bytes())
    repeated: list[Any] = []
    for path in _PER_STACK:
        place = document
        for step in path[:-1]:
            place = place[step]
        repeated.append(place[path[-1]])
        place[path[-1]] = f"{_NUMBER}{len(repeated) - 1}"
    whole = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    for part in re.split(r'("\\u0000\d+")', whole):
        if not part.startswith('"\\u0000'):
            yield part
            continue
        inside = json.dumps(repeated[int(part[7:-1])], separators=(",", ":"), ensure_ascii=False)
        yield inside[0]
        yield from _copies(_template(inside[1:-1]), stacks, ",")
        yield inside[-1]


def _lines(text: str, stacks: int) -> Iterator[str]:
    """What stands around the resources."""
    for line in text.splitlines(keepends=True):
        if line.startswith("Plan: "):
            yield _COUNT.sub(lambda count: str(int(count[0]) * stacks), line)
        elif _STACK in line:  # what is refreshed, a member of an output, an object Terraform warns of
            yield from _copies(_template(line), stacks, "")
        else:
            yield line


def _text(stacks: int) -> Iterator[str]:
    text = (SEED / "plan.txt").read_bytes().decode()
    start, end = text.index(f'  # module.stack["{_STACK}"]'), text.index("Plan: ")
    yield from _lines(text[:start], stacks)
    yield from _copies(_template(text[start:end]), stacks, "")
    yield from _lines(text[end:], stacks)


def write_plan(resources: int, folder: Path) -> tuple[Path, Path]:
    """Write plan.json and plan.txt of at least `resources` resources into `folder`; the same ones every time.

    Returns the two paths. A plan has a multiple of 20 resources; one of 100,000 takes 360 MB.
    """
    stacks = -(-resources // PER_STACK)
    folder.mkdir(parents=True, exist_ok=True)
    document, text = folder / "plan.json", folder / "plan.txt"
    for path, parts in ((document, _json(stacks)), (text, _text(stacks))):
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(parts)
    return document, text


if __name__ == "__main__":
    write_plan(int(sys.argv[1]), Path(sys.argv[2]))
