"""Secrets taken out of text before it is shown; fails closed."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from gitops_bot.core.plan import Plan
from gitops_bot.render.known_texts import SHORTEST, KnownTexts, Span
from gitops_bot.render.secret_shapes import PLACEHOLDER, shape_spans
from gitops_bot.render.sensitive import printed_forms, sensitive_values

WITHHELD = "(withheld: a redaction pattern could not be applied)"
_HARMLESS = frozenset({"true", "false", "null"})


class Redacted(Struct, frozen=True):
    """Text that may be shown, and how many places were hidden in it."""

    text: str
    count: int


def _forms(secrets: Iterable[str]) -> Iterator[str]:
    """What is looked for. Shorter texts are left alone: hiding every `1` or `no` would make nonsense."""
    for secret in secrets:
        for form in printed_forms(secret):
            if len(form) >= SHORTEST and form not in _HARMLESS and not form.isspace():
                yield form


class Redactor:
    """Hides known secrets, what has the shape of a secret, and what matches the configured patterns.

    `patterns` are regular expressions; one that does not compile or fails while matching makes
    every text be withheld. Secrets are found wherever they stand, also escaped and line by line.
    """

    def __init__(self, patterns: Sequence[str] = (), secrets: Iterable[str] = ()) -> None:
        self._patterns = tuple(patterns)
        self._secrets = frozenset(secrets)
        self._plans: tuple[Plan, ...] = ()
        self._known: tuple[KnownTexts, KnownTexts] | None = None  # made when first needed
        self._broken = False
        self._compiled: list[re.Pattern[str]] = []
        for pattern in self._patterns:
            try:
                self._compiled.append(re.compile(pattern))
            except (re.error, RecursionError, OverflowError, TypeError):
                self._broken = True

    def with_secrets(self, secrets: Iterable[str]) -> Redactor:
        """The same, hiding `secrets` too."""
        more = self._secrets.union(secrets)
        return self if more == self._secrets else Redactor(self._patterns, more)

    def with_plans(self, plans: Iterable[Plan]) -> Redactor:
        """The same, hiding the plans' sensitive values too."""
        new = [plan for plan in plans if not any(plan is known for known in self._plans)]
        if not new:
            return self
        made = copy.copy(self.with_secrets(frozenset().union(*map(sensitive_values, new))))
        made._plans = (*self._plans, *new)
        return made

    def _spans(self, text: str) -> list[Span]:
        if self._known is None:
            forms = frozenset(_forms(self._secrets))
            self._known = (KnownTexts(forms), KnownTexts(form for form in forms if " " in form))
        known, of_words = self._known
        spans = [*known.spans(text), *shape_spans(text)]
        if "\n" in text:  # Terraform breaks the lines of its messages at spaces
            spans += of_words.spans(text.replace("\n", " "))
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


class Tally:
    """A redactor that adds up in `hidden` how many places all its calls have hidden."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self.hidden = 0

    def __call__(self, text: str) -> str:
        """The redacted text."""
        redacted = self._redactor.redact(text)
        self.hidden += redacted.count
        return redacted.text
