"""Nothing of a plan, a run or a pull request leaves the fence, cell, item or section it is shown in.

The proof: with a hostile text in a place of the report, the comment has the very elements it has with a
harmless word there, and GitHub would link nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import unified_diff

import pytest

from gitops_bot.core.report import Report
from gitops_bot.render.comment import (
    render_comment,
)
from tests.kit.full_report import FULL, SMALL
from tests.kit.github_markdown import ill_formed, read
from tests.kit.hostile import HOSTILE
from tests.kit.placing import places, put

ROOM = 10_000_000  # so that nothing is left out
WORD, NUMBER, ADDRESS = "word", "1234567", "https://word.example"
MIXED = (
    "\n\n``````\n</code></summary></details></sub>\n<!-- x --> <img src=x>\n# free @octocat o/r#1 GH-1 | `x` $x$\n"
    "deadbee :smile: [x](https://evil.example) www.evil.example &#64;octocat \x1b[31m\x00\u202e\u2028\ud800\\"
)
LINKS = (FULL.links.run, FULL.links.commit, FULL.links.pull_request)
OWN = ("#12", "#13")
MADE_BY_LAYOUT = re.compile(r"\.(actions\[|mode|status)|facts\[\d+\]\[0\]$")
"""Places whose text chooses the layout. They are tried one by one, not all at once."""


def harmless(hostile: str) -> str:
    """A text that is laid out as `hostile` may be: numbers and addresses have their own forms."""
    if hostile.isdecimal() and hostile.isascii():
        return NUMBER
    return ADDRESS if re.fullmatch(r"https://\S+", hostile) else WORD


def wanted(place: str, old: str, text: str) -> str:
    """What is put into a place: not into secrets, which would hide the text everywhere else."""
    if MADE_BY_LAYOUT.search(place) or old.startswith("s3cr3t"):
        return old
    if old == "the addresses":  # one a line
        return text.replace("\n", " ")
    return f"{text}{old}" if ".key" in place else text


def everywhere(text: str, report: Report) -> Report:
    """The report with `text` in every place."""
    return put(report, lambda place, old: wanted(place, old, text))


def mixed(shift: int, report: Report, made: Callable[[str], str]) -> Report:
    """The report with another text in each place, in each with another one for each `shift`."""
    texts = [text for text in HOSTILE if text.strip()]
    order = {place: number for number, place in enumerate(places(report))}
    return put(report, lambda at, old: wanted(at, old, made(texts[(order[at] * 31 + shift) % len(texts)])))


def wrong(shown: str, report: Report, *references: str, marker: str = "") -> list[str]:
    """What in the text is not ours."""
    links = [link for link in (report.links.run, report.links.commit, report.links.pull_request) if link]
    return ill_formed(shown, links=links, references=(*OWN, *references), marker=marker)


def shown(report: Report) -> str:
    """The comment, with room for everything."""
    return render_comment(report, max_bytes=ROOM)


def elements(markdown: str) -> list[str]:
    """What the page is made of. Where its links lead is checked by `wrong`."""
    return [element.partition(" href=")[0] for element in read(markdown).skeleton]


def difference(expected: list[str], actual: list[str]) -> list[str]:
    """The elements that are too many or too few, with those around them."""
    return list(unified_diff(expected, actual, lineterm="", n=2))


def test_no_text_in_every_place_at_once_changes_what_the_comment_is_made_of() -> None:
    expected = {word: elements(shown(everywhere(word, SMALL))) for word in (WORD, NUMBER, ADDRESS)}
    for text in HOSTILE:
        report = everywhere(text, SMALL)
        found = shown(report)
        assert (text, []) == (text, wrong(found, report, f"#{text}"))
        if text.strip():
            assert (text, []) == (text, difference(expected[harmless(text)], elements(found)))


@pytest.mark.parametrize("shift", range(0, 200, 12))
def test_no_text_in_any_place_changes_what_the_comment_is_made_of(shift: int) -> None:
    report = mixed(shift, FULL, str)
    found = shown(report)
    assert [] == wrong(found, report, *(f"#{text}" for text in HOSTILE if text.isdecimal()))
    assert [] == difference(elements(shown(mixed(shift, FULL, harmless))), elements(found))
