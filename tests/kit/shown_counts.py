"""Reads back from a comment how many resource changes it shows, lists and counts, by kind."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tests.kit.github_markdown import Page, Text, read

_ICONS = "🛑🔴❓👋🟡🟢📥🚚🔎"
_MARKS = ("protected", "holds data")
_OTHER = {
    **{"Changes to outputs": "outputs", "Changed outside of Terraform": "drift", "Terraform's text": "text"},
    **{"output": "outputs", "outputs": "outputs", "changed outside": "drift"},
}
_WORDS = {"destroy": "delete"}
"""What a kind is called in the tables, where that is another word."""
_LISTED = "Too long to be shown here"
_COUNTED = "Not shown for lack of space: "


@dataclass(frozen=True, slots=True)
class Counts:
    """How many changes of each kind are shown with their diff, listed and merely counted.

    `parts` are what else has its place: outputs, drift and the whole text.
    """

    shown: Counter[str]
    listed: Counter[str]
    counted: Counter[str]
    parts: Counter[str]

    @property
    def all(self) -> Counter[str]:
        """Every resource change that the comment tells of."""
        return self.shown + self.listed + self.counted


def counts(markdown: str) -> Counts:
    """What the comment tells of."""
    page = read(markdown)
    listed, parts = Counter[str](), Counter[str]()
    for line in _lines(page):
        if line in _OTHER:
            parts[_OTHER[line]] += 1
        else:
            listed.update(_changes(line))
    shown = Counter[str]()
    for title in _elements(page, "summary"):
        shown.update(_changes(title))
        parts["text"] += title == "Terraform's text"
        parts["drift"] += title == "Changed outside of Terraform"
    parts["outputs"] += sum(t.text == "Changes to outputs" and t.path[-1] == "strong" for t in page.texts)
    counted = Counter[str]()
    for text in page.texts:
        if text.text.startswith(_COUNTED) and "pre" not in text.path:
            for number, word in re.findall(r"([0-9]+) ([^,.]+)", text.text.removeprefix(_COUNTED)):
                if word in _OTHER:
                    parts[_OTHER[word]] += int(number)
                else:
                    counted[_WORDS.get(word, word)] += int(number)
    return Counts(shown, listed, counted, +parts)


def _elements(page: Page, name: str, below: str = "") -> Iterator[str]:
    """The text of each element of that name, with a sign of replacement for what is marked up in it."""
    found: dict[str, str] = {}
    for text in page.texts:
        place = next((at for at in text.place if at.startswith(name + "#")), "")
        if place and (not below or below in text.place):
            plain = text.path[-1] in (name, "p")
            found[place] = found.get(place, "") + (text.text if plain else "\ufffd")
    return (text.strip() for text in found.values())


def _lines(page: Page) -> Iterator[str]:
    """The lines of what is listed only, in every section."""
    texts = iter(page.texts)
    for text in texts:
        if text.text == _LISTED and text.path[-1] == "strong":
            following = next(_lists(texts))
            yield from _elements(page, "li", following)


def _lists(texts: Iterator[Text]) -> Iterator[str]:
    for text in texts:
        yield from (at for at in text.place if at.startswith("ul#"))


def _changes(line: str) -> Counter[str]:
    """Of a line such as `🔴 name · protected · delete · 3 instances · why`."""
    if not line or line[0] not in _ICONS:
        return Counter()
    parts = [part.strip() for part in line.split(" · ")[1:]]
    while parts and (parts[0] in _MARKS or parts[0] == "\ufffd"):
        del parts[0]
    instances = re.fullmatch(r"([0-9]+) instances", parts[1]) if len(parts) > 1 else None
    kind = re.match(r"[a-z-]+", parts[0])
    assert kind is not None, line
    return Counter({kind[0]: int(instances[1]) if instances else 1})


def tables(markdown: str) -> list[dict[str, str]]:
    """The first row of each table, by the names of its columns."""
    lines = markdown.split("\n")
    return [
        dict(zip(_cells(lines[i - 1]), _cells(lines[i + 1]), strict=True))
        for i, line in enumerate(lines)
        if re.fullmatch(r"\|( -+:? \|)+", line)
    ]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]
