"""Secrets taken out of text before it is shown; fails closed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from gitops_bot.core.json_values import JsonValue, as_object, read_json
from gitops_bot.core.plan import Plan

PLACEHOLDER = "(redacted)"
WITHHELD = "(withheld: a redaction pattern could not be applied)"
SHORTEST = 4
"""Shorter secrets are left alone: hiding every `1` or `no` would make nonsense of the text."""
_HARMLESS = frozenset({"true", "false", "null"})


@dataclass(frozen=True, slots=True)
class Redacted:
    """Text that may be shown, and how many places were hidden in it."""

    text: str
    count: int


def _leaves(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        if value.lstrip()[:1] in ("{", "["):  # jsonencode() is shown taken apart
            try:
                yield from _leaves(read_json(value))
            except (ValueError, RecursionError):
                return
    elif isinstance(value, dict):
        for member in value.values():
            yield from _leaves(member)
    elif isinstance(value, list):
        for member in value:
            yield from _leaves(member)
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        yield str(value)


def _masked(value: JsonValue, mask: JsonValue) -> Iterator[str]:
    """The texts in `value` where `mask`, which has its shape, is true."""
    if mask is True:
        yield from _leaves(value)
    elif isinstance(mask, dict) and isinstance(value, dict):
        for key, part in mask.items():
            if key in value:
                yield from _masked(value[key], part)
    elif isinstance(mask, list) and isinstance(value, list):
        for member, part in zip(value, mask, strict=False):
            yield from _masked(member, part)


def _sensitive_variables(plan: Plan) -> Iterator[str]:
    module = as_object(as_object(plan.configuration).get("root_module"))
    given = as_object(plan.variables)
    for name, declaration in as_object(module.get("variables")).items():
        settings = as_object(declaration)
        if settings.get("sensitive") is True or settings.get("ephemeral") is True:
            yield from _leaves(settings.get("default"))
            yield from _leaves(as_object(given.get(name)).get("value"))


def sensitive_values(plan: Plan) -> frozenset[str]:
    """Every text that `plan` holds and Terraform calls sensitive."""
    found: set[str] = set(_sensitive_variables(plan))
    for change in (*plan.resource_changes, *plan.drift):
        found.update(_masked(change.before, change.before_sensitive))
        found.update(_masked(change.after, change.after_sensitive))
    for output in plan.outputs:
        if output.sensitive:
            found.update((*_leaves(output.before), *_leaves(output.after)))
    return frozenset(found)


def _forms(secret: str) -> Iterator[str]:
    """The ways Terraform and JSON may print one secret."""
    pieces = [secret, *(line.strip() for line in secret.split("\n"))] if "\n" in secret else [secret]
    for piece in pieces:
        yield piece
        yield piece.strip()
        quoted = json.dumps(piece, ensure_ascii=False)[1:-1]
        yield quoted
        yield json.dumps(piece)[1:-1]
        yield json.dumps(quoted, ensure_ascii=False)[1:-1]
        yield quoted.replace("${", "$${").replace("%{", "%%{")
        yield quoted.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


class Redactor:
    """Hides known secrets and whatever matches the configured patterns.

    `patterns` are regular expressions; one that does not compile or fails while matching makes
    every text be withheld. Secrets are found wherever they stand, also escaped and line by line.
    """

    def __init__(self, patterns: Sequence[str] = (), secrets: Iterable[str] = ()) -> None:
        self._patterns = tuple(patterns)
        self._secrets = frozenset(secrets)
        self._broken = False
        self._compiled: list[re.Pattern[str]] = []
        for pattern in self._patterns:
            try:
                self._compiled.append(re.compile(pattern))
            except (re.error, RecursionError, OverflowError, TypeError):
                self._broken = True
        self._by_start = self._index()

    def _index(self) -> dict[str, tuple[list[int], set[str]]]:
        """By their first characters: the lengths of the forms, longest first, and the forms."""
        by_start: dict[str, set[str]] = {}
        for form in {form for secret in self._secrets for form in _forms(secret)}:
            if len(form) >= SHORTEST and form not in _HARMLESS and not form.isspace():
                by_start.setdefault(form[:SHORTEST], set()).add(form)
        return {s: (sorted({len(f) for f in forms}, reverse=True), forms) for s, forms in by_start.items()}

    def with_secrets(self, secrets: Iterable[str]) -> Redactor:
        """The same, hiding `secrets` too."""
        more = self._secrets.union(secrets)
        return self if more == self._secrets else Redactor(self._patterns, more)

    def with_plans(self, plans: Iterable[Plan]) -> Redactor:
        """The same, hiding the plans' sensitive values too."""
        return self.with_secrets(value for plan in plans for value in sensitive_values(plan))

    def _secret_spans(self, text: str) -> Iterator[tuple[int, int]]:
        starts = self._by_start
        if not starts:
            return
        for at in range(len(text) - SHORTEST + 1):
            entry = starts.get(text[at : at + SHORTEST])
            if entry is not None:
                lengths, forms = entry
                found = next((n for n in lengths if text[at : at + n] in forms), None)
                if found is not None:
                    yield at, at + found

    def _spans(self, text: str) -> list[tuple[int, int]]:
        spans = list(self._secret_spans(text))
        for pattern in self._compiled:
            spans += [match.span() for match in pattern.finditer(text) if match.end() > match.start()]
        return sorted(spans)

    def redact(self, text: str) -> Redacted:
        """`text` with every secret replaced by a placeholder, and the number of places."""
        if not text:
            return Redacted(text, 0)
        if self._broken:
            return Redacted(WITHHELD, 1)
        try:
            spans = self._spans(text)
        except Exception:  # fail closed, whatever a pattern does
            return Redacted(WITHHELD, 1)
        if not spans:
            return Redacted(text, 0)
        pieces: list[str] = []
        end = count = 0
        for start, stop in spans:
            if start >= end:
                pieces += [text[end:start], PLACEHOLDER]
                count += 1
            end = max(end, stop)
        pieces.append(text[end:])
        return Redacted("".join(pieces), count)

    def __call__(self, text: str) -> str:
        """The redacted text alone."""
        return self.redact(text).text
