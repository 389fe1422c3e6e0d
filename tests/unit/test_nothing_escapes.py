"""Nothing of a plan, a run or a pull request leaves the fence, cell, item or section it is shown in.

The proof: with a hostile text in a place of the report, the comment has the very elements it has with a
harmless word there, and GitHub would link nothing more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from difflib import unified_diff

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_bot.core.plan import Plan
from gitops_bot.core.report import Allowed, Links, Planned, ProjectReport, Report, RunStatus
from gitops_bot.render.comment import (
    marker,
    render_check,
    render_comment,
    render_promotion_check,
    render_summary,
)
from gitops_bot.render.json_output import render_json
from gitops_bot.render.progress import CommentState, Progress, first_lines, render_progress
from tests.kit.examples import examples
from tests.kit.full_report import ALLOWED, CHANGES, FULL, SMALL, change, plan, terraform_text
from tests.kit.github_markdown import ill_formed, read, unseen
from tests.kit.hostile import HOSTILE
from tests.kit.placing import places, put, put_at
from tests.kit.strategies import hostile_text

ROOM = 10_000_000  # so that nothing is left out
WORD, NUMBER, ADDRESS = "word", "1234567", "https://word.example"
MIXED = (
    "\n\n``````\n</code></summary></details></sub>\n<!-- x --> <img src=x>\n# free @octocat o/r#1 GH-1 |\n"
    "`x` $x$ deadbee :smile: [x](https://evil.example) www.evil.example &#64;octocat "
    "\x1b[31m\x00\u202e\u2028\ud800\\"
)
MIXED_LINE = MIXED.replace("\n", " ")
LINKS = (FULL.links.run, FULL.links.commit, FULL.links.pull_request)
OWN = ("#12", "#13")
MADE_BY_LAYOUT = re.compile(r"\.(actions\[|mode|status)|facts\[\d+\]\[0\]$|^(protect|stateful)\[")
"""Places whose text chooses the layout, tried one by one; and what the configuration has checked."""


def harmless(hostile: str) -> str:
    """A text that is laid out as `hostile` may be: numbers and addresses have their own forms."""
    if hostile.isdecimal() and hostile.isascii():
        return NUMBER
    return ADDRESS if re.fullmatch(r"https://\S+", hostile) else WORD


def harmless_of_many(hostile: str) -> str:
    """The same, another one for each text: what is equal may be told together."""
    word = harmless(hostile)
    return word if word == NUMBER else f"{word}{HOSTILE.index(hostile)}"


def wanted(place: str, old: str, text: str) -> str:
    """What is put where something is: not into secrets, which would hide the text everywhere else."""
    if not old or MADE_BY_LAYOUT.search(place) or old.startswith("s3cr3t"):
        return old
    if old in ("the addresses", "the files"):  # one a line
        return text.replace("\n", " ")
    if old in ("the by", "the pull_requests", "the environments"):  # one after each comma
        return text.replace(", ", " ")
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


@pytest.mark.parametrize("shift", range(0, 200, 18))
def test_no_text_in_any_place_changes_what_the_comment_is_made_of(shift: int) -> None:
    marked = replace(FULL, protect=(), stateful=("*",)) if shift % 36 else FULL
    report = mixed(shift, marked, str)
    found = shown(report)
    assert [] == wrong(found, report, *(f"#{text}" for text in HOSTILE if text.isdecimal()))
    assert [] == difference(elements(shown(mixed(shift, marked, harmless_of_many))), elements(found))


def between_canaries(text: str) -> Report:
    """The report with the text in every place, between words that name the place."""
    number = {place: index for index, place in enumerate(places(FULL))}
    return put(FULL, lambda at, old: wanted(at, old, f"qb{number[at]}q {text} qe{number[at]}q"))


def canaries(report: Report, found: str) -> dict[str, set[tuple[str, ...]]]:
    """The elements around each of those words."""
    standing: dict[str, set[tuple[str, ...]]] = {}
    for text in read(found).texts:
        for word in re.findall(r"q[be][0-9]+q", text.text):
            standing.setdefault(word, set()).add(text.place)
    return standing


def test_a_text_stands_where_a_word_stands_from_its_beginning_to_its_end() -> None:
    word, hostile = shown(between_canaries("word")), between_canaries("</code></summary>`|@octocat\\<!--")
    expected, actual = canaries(between_canaries("word"), word), canaries(hostile, shown(hostile))
    assert [] == difference(elements(word), elements(shown(hostile)))
    assert 600 < len(expected)
    for canary, where in expected.items():
        cut = canary.startswith("qe") and actual.get(canary, set()) < where  # some texts end before
        assert (canary, where) == (canary, actual.get(canary)) or cut
    assert len(expected.keys() - actual.keys()) < len(expected) / 20


def kinds(report: Report) -> dict[str, str]:
    """One place of each kind: `projects[].plan.plan.outputs[].name` once, not for every output."""
    found: dict[str, str] = {}
    for place in places(replace(report, protect=(), stateful=())):
        found.setdefault(re.sub(r"\[\d+\]|(?<=key)\d+|(?<=value)\d+", "", place), place)
    return found


def test_nor_does_a_text_leave_a_place_that_chooses_the_layout() -> None:
    chosen = [place for place in kinds(SMALL).values() if MADE_BY_LAYOUT.search(place)]
    assert 4 <= len(chosen)
    for place in chosen:
        hostile = put_at(SMALL, place, MIXED)
        assert (place, []) == (place, wrong(shown(hostile), hostile))
        expected = elements(shown(put_at(SMALL, place, "word")))
        assert (place, []) == (place, difference(expected, elements(shown(hostile))))


@settings(max_examples=examples(30), suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_a_place_holds_nothing_gets_out_of_it(data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.sampled_from(sorted(kinds(SMALL).values())), min_size=1, max_size=6))
    texts = {place: data.draw(hostile_text) for place in sorted(chosen)}
    report = put(SMALL, texts.get)
    assert [] == wrong(shown(report), report, *(f"#{text}" for text in texts.values()))


@pytest.mark.parametrize("status", list(RunStatus))
@pytest.mark.parametrize("applying", [False, True])
def test_nothing_gets_out_whatever_the_status(status: RunStatus, applying: bool) -> None:
    verdict = (SMALL.verdict, *ALLOWED, Allowed(), None)[list(RunStatus).index(status) % 9]
    report = replace(SMALL, status=status, applying=applying, verdict=verdict, projects=SMALL.projects[:1])
    expected, hostile = shown(everywhere("word", report)), everywhere(MIXED_LINE, report)
    assert [] == difference(elements(expected), elements(shown(hostile)))
    assert [] == wrong(shown(hostile), hostile)


@pytest.mark.parametrize("state", list(CommentState))
def test_nothing_gets_out_of_the_comment_of_a_run_that_goes_on(state: CommentState) -> None:
    pages = ("https://github.example/run", "https://github.example/commit", "https://github.example/older")
    for text in (*HOSTILE, "\U000e0041" * 2000):
        progress = Progress(state, text, text, text, Links(*pages[:2]), text, text, pages[2])
        first, found = first_lines(text, state), render_progress(progress)
        assert (text, []) == (text, ill_formed(found, marker=first, links=pages))
        if text.strip():
            word = Progress(state, "word", "word", "word", progress.links, "word", "word", pages[2])
            assert (text, []) == (text, difference(elements(render_progress(word)), elements(found)))
        named = replace(progress, environment="e" * 63, since="2026-01-01 00:00:00 UTC")
        assert (text, True) == (text, len(render_progress(named).encode()) < 2048)


def test_no_value_gets_out_of_terraforms_own_text() -> None:
    changed = plan(CHANGES[3:5])

    def report(body: str) -> Report:
        project = ProjectReport("app", "", Planned(changed, terraform_text(changed, body)))
        return Report("dev", RunStatus.PLANNED, (project,))

    expected = elements(shown(report("word")))
    imitations = ("will be", "will perform the following", "Plan: ")
    for text in HOSTILE:
        found = shown(report(text))
        assert (text, []) == (text, wrong(found, report(text)))
        if not any(words in text for words in imitations):
            assert (text, []) == (text, difference(expected, elements(found)))


def many(text: str) -> Report:
    """So many changes that they stand below their modules, and some that are told as one."""
    key = json.dumps(text, ensure_ascii=False)[1:-1]
    alike = [change(("delete",), address=f'aws_thing.many["{key}{n}"]') for n in range(3)]
    one = change(("delete",), 20)
    different = [change(("create",), n, module=f"{text}{n % 2}", after={"n": n}) for n in range(2, 20)]
    return Report(
        "dev", RunStatus.PLANNED, (ProjectReport("app", "", Planned(Plan((*alike, one, *different)))),)
    )


def test_no_key_of_an_instance_and_no_name_of_a_module_gets_out() -> None:
    expected = shown(many("word"))
    assert "The same for 3 instances" in expected
    assert "<details><summary><code>word0</code> · 9 create</summary>" in expected
    for text in HOSTILE[::2]:
        found = shown(many(text))
        assert (text, []) == (text, wrong(found, many(text)))
        assert (text, []) == (text, difference(elements(expected), elements(found)))


def test_text_that_imitates_terraforms_headers_is_shown_whole_and_stays_in_its_fence() -> None:
    changed = plan(CHANGES[:3])
    for line in ("Plan: 1 to add,", "  # aws_thing.x will be created"):
        text = terraform_text(changed).replace("            value", line, 1)
        report = replace(SMALL, projects=(ProjectReport("app", "", Planned(changed, text)),))
        found = shown(report)
        assert [] == wrong(found, report)
        assert {"pre"} == {place[-2].partition("#")[0] for place in read(found).places(line)}


@settings(max_examples=examples(60))
@given(st.text(st.sampled_from("ab/.:[]()<>\"'`*_|\\&#@%?=~! \n\u202e"), max_size=30))
def test_a_link_leads_to_its_own_address_or_there_is_none(rest: str) -> None:
    report = replace(SMALL, projects=(), verdict=None, links=replace(SMALL.links, run=f"https://x/{rest}"))
    found = shown(report)
    assert [] == wrong(found, report)
    assert ("a" in {name for t in read(found).texts if t.text == "run" for name in t.path}) == (
        "[run]" in found
    )


@settings(max_examples=examples(60))
@given(hostile_text)
def test_the_marker_is_one_comment_on_one_line(environment: str) -> None:
    first = marker(environment)
    report = Report(environment, RunStatus.NO_CHANGES)
    found = render_comment(report, marker=first)
    assert first == found.split("\n")[0]
    assert [] == wrong(found, report, marker=first)


@pytest.mark.parametrize("text", [MIXED, "<" * 700, "\u202e" * 700])
def test_summary_and_checks_are_as_tight_as_the_comment(text: str) -> None:
    report = everywhere(text, replace(FULL, projects=SMALL.projects))
    _, check = render_check(report)
    _, promotion = render_promotion_check(report)
    for found in (render_summary(report), check, promotion):
        assert [] == wrong(found, report)


def test_a_checks_title_is_one_line_of_what_can_be_seen() -> None:
    for text in HOSTILE:
        below = replace(SMALL, verdict=Allowed(text), projects=SMALL.projects[1:2])
        for title, _ in (render_check(everywhere(text, below)), render_promotion_check(below)):
            assert len(title) <= 100
            assert [] == unseen(title.replace("\n", "\0"))


def test_json_is_ascii_and_gives_each_text_back() -> None:
    for text in HOSTILE:
        found = render_json(replace(SMALL, message=text, projects=()))
        assert found.isascii()
        assert (text or None) == json.loads(found).get("message")
