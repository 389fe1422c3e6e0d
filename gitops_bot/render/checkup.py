"""What `doctor` found, as lines of 80 columns or as JSON."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec.structs import asdict

from gitops_bot.core.checkup import Finding, Level
from gitops_bot.render.markdown import one_line
from gitops_bot.render.redact import Redactor

_WIDTH = 80
_INDENT = 11
_NAMES = {Level.ERROR: "error", Level.WARNING: "warning", Level.UNKNOWN: "unseen", Level.OK: "ok"}


def render_checkup(findings: Sequence[Finding], *, as_json: bool, redactor: Redactor) -> str:
    """Topic by topic, a line for each finding and the fix below it; the counts at the end."""
    if as_json:
        rows = [{key: redactor(value) for key, value in asdict(f).items()} for f in findings]
        return json.dumps({"findings": rows, "counts": _counts(findings)}, indent=2)
    lines: list[str] = []
    topic = None
    for finding in findings:
        if finding.topic is not topic:
            topic = finding.topic
            lines += ["", topic.value] if lines else [topic.value]
        lines += _lines(finding, redactor)
    return "\n".join([*lines, "", _sum(findings)])


def _lines(finding: Finding, redactor: Redactor) -> Iterator[str]:
    place = f"{finding.where}: " if finding.where else ""
    label = _NAMES[finding.level].ljust(_INDENT - 2)
    yield from _wrapped(redactor(f"{place}{finding.says}"), f"  {label}")
    if finding.fix:
        yield from _wrapped(redactor(finding.fix), f"{' ' * _INDENT}fix: ")


def _wrapped(text: str, first: str) -> list[str]:
    return textwrap.wrap(
        one_line(text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=" " * _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _counts(findings: Sequence[Finding]) -> dict[str, int]:
    found = Counter(finding.level for finding in findings)
    return {level.value: found[level] for level in Level}


def _sum(findings: Sequence[Finding]) -> str:
    counts = _counts(findings)
    errors, warnings, unseen = counts["error"], counts["warning"], counts["unknown"]
    words = [
        f"{errors} error{'s' if errors != 1 else ''}",
        f"{warnings} warning{'s' if warnings != 1 else ''}",
        f"{counts['ok']} ok",
    ]
    if unseen:
        words.append(f"{unseen} could not be looked at")
    return ", ".join(words) + "."
