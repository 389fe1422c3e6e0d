"""The outline of a `.tf.json` file, in the same form as that of a `.tf` file.

Source: https://developer.hashicorp.com/terraform/language/syntax/json
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from gitops_bot.core.json_values import JsonValue, as_list, as_object, read_json
from gitops_bot.core.outline import Body, HclBlock

_IN_FILE = {"terraform": 0, "provider": 1, "variable": 1, "module": 1, "resource": 2, "data": 2}
_IN_TERRAFORM = {"backend": 1, "cloud": 0, "required_providers": 0}
"""How many labels a block has: JSON writes each as the key of one more object."""
_NONE: Mapping[str, int] = MappingProxyType({})
_EXPRESSION = re.compile(r"\$\{([^{}\"]*)\}")


def json_outline(text: str) -> Body:
    """The file's blocks and attributes. Other text gives an empty body, and never an error."""
    try:
        return _body(as_object(read_json(text.removeprefix("\ufeff"))), _IN_FILE)
    except (json.JSONDecodeError, RecursionError):
        return Body()


def _body(values: Mapping[str, JsonValue], kinds: Mapping[str, int]) -> Body:
    blocks = [
        HclBlock(kind, labels, _body(inside, _IN_TERRAFORM if kind == "terraform" else _NONE))
        for kind, count in kinds.items()
        for labels, inside in _labelled(values.get(kind), count)
    ]
    attributes = {name: _expression(value) for name, value in values.items() if name not in kinds}
    return Body(tuple(blocks), attributes)


def _labelled(value: JsonValue, count: int) -> Iterator[tuple[tuple[str, ...], dict[str, JsonValue]]]:
    """Each block with its labels. A level may be an object or a list of them."""
    for found in as_list(value) or [value]:
        if count == 0 and isinstance(found, dict):
            yield (), found
        elif count:
            for label, inside in as_object(found).items():
                for labels, body in _labelled(inside, count - 1):
                    yield (label, *labels), body


def _expression(value: JsonValue) -> str:
    """The expression as a `.tf` file would have it: `${var.region}` alone is `var.region`."""
    if isinstance(value, str) and (whole := _EXPRESSION.fullmatch(value)):
        return whole[1].strip()
    return json.dumps(value, ensure_ascii=False, default=str)
