"""What a plan calls sensitive, and the ways in which it may be printed."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import quote

from gitops_bot.core.json_values import JsonValue, as_object, read_json
from gitops_bot.core.plan import Plan

_PLAIN = re.compile(r"[ !#$%'-;=?-\[\]-~]*+")
"""Printed by Terraform and in JSON as it is: ASCII without `"`, `&`, `<`, `>` and the backslash."""
_TEMPLATE = ("${", "%{")
_SHORTEST_REST = 16
"""Characters behind a prefix such as `ghs_` that are a secret by themselves."""


def _add_leaves(found: set[str], value: JsonValue) -> None:
    """Every text and number in `value`."""
    if isinstance(value, str):
        found.add(value)
        if value.lstrip()[:1] in ("{", "["):  # jsonencode() is shown taken apart
            try:
                _add_leaves(found, read_json(value))
            except (ValueError, RecursionError):
                return
    elif isinstance(value, dict):
        for member in value.values():
            _add_leaves(found, member)
    elif isinstance(value, list):
        for member in value:
            _add_leaves(found, member)
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        found.add(str(value))


def _add_masked(found: set[str], value: JsonValue, mask: JsonValue) -> None:
    """The texts in `value` where `mask`, which has its shape, is true. Walks the mask: most are empty."""
    if mask is True:
        _add_leaves(found, value)
    elif isinstance(mask, dict) and isinstance(value, dict):
        for key, part in mask.items():
            if part and key in value:
                _add_masked(found, value[key], part)
    elif isinstance(mask, list) and isinstance(value, list):
        for member, part in zip(value, mask, strict=False):
            if part:
                _add_masked(found, member, part)


def _add_variables(found: set[str], plan: Plan) -> None:
    module = as_object(as_object(plan.configuration).get("root_module"))
    given = as_object(plan.variables)
    for name, declaration in as_object(module.get("variables")).items():
        settings = as_object(declaration)
        if settings.get("sensitive") is True or settings.get("ephemeral") is True:
            _add_leaves(found, settings.get("default"))
            _add_leaves(found, as_object(given.get(name)).get("value"))


def sensitive_values(plan: Plan) -> frozenset[str]:
    """Every text that `plan` holds and Terraform calls sensitive. Keys of maps are none."""
    found: set[str] = set()
    _add_variables(found, plan)
    for change in (*plan.resource_changes, *plan.drift, *(d.change for d in plan.deferred)):
        if change.before_sensitive:
            _add_masked(found, change.before, change.before_sensitive)
        if change.after_sensitive:
            _add_masked(found, change.after, change.after_sensitive)
    for output in plan.outputs:
        if output.sensitive:
            _add_leaves(found, output.before)
            _add_leaves(found, output.after)
    for value, mask in plan.read:
        _add_masked(found, value, mask)
    return frozenset(found)


def printed_forms(secret: str) -> Iterator[str]:
    """The ways Terraform and JSON may print one secret, line by line too."""
    pieces = [secret, *(line.strip() for line in secret.split("\n"))] if "\n" in secret else [secret]
    for piece in pieces:
        yield piece
        yield piece.strip()
        if _PLAIN.fullmatch(piece) and not any(start in piece for start in _TEMPLATE):
            continue
        quoted = json.dumps(piece, ensure_ascii=False)[1:-1]
        yield quoted
        yield json.dumps(piece)[1:-1]
        yield json.dumps(quoted, ensure_ascii=False)[1:-1]
        yield quoted.replace("${", "$${").replace("%{", "%%{")
        yield quoted.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def encoded_forms(secret: str) -> Iterator[str]:
    """A secret as code that a plan runs could print it: as it is, without its prefix, in a URL, in
    base64, in hex."""
    yield secret
    if len(rest := secret.partition("_")[2]) >= _SHORTEST_REST:
        yield rest
    encoded = quote(secret, safe="")
    yield encoded
    yield re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), encoded)
    data = secret.encode()
    yield data.hex()
    for shift in range(3):  # base64 takes three bytes together, and the secret may start at any of them
        whole = b64encode(b"\0" * shift + data).decode()
        end = len(whole) - (4 if (len(data) + shift) % 3 else 0)
        yield whole[4 if shift else 0 : end]
