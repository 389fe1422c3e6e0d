"""A promotion pull request's description: Markdown that the bot keeps current, above what people add."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from gitops_bot.core.promotion_pr import BodyPull, PromotionBody
from gitops_bot.core.times import read_time, shown
from gitops_bot.render.markdown import clip, clip_middle, code, html_code, inline
from gitops_bot.render.redact import Redactor

START = "<!-- gitops-bot:promotion -->"
END = "<!-- gitops-bot:end -->"
MAX_BYTES = 60_000
MAX_WITH_OTHERS = 65_000
"""GitHub takes 65,536 characters; what people wrote around our part takes from it."""
_ROWS = 30
_TITLE = 120
_NAME = 300
_NOTICES = 10
_NOTICE = 600
_Name: TypeAlias = Callable[[str], str]
_ADDED = f"{END}\n\n_What stands below this line is kept when the description is brought up to date._\n"


def render_body(body: PromotionBody, *, redactor: Redactor, max_bytes: int = MAX_BYTES) -> str:
    """The part between the markers, both included; at most `max_bytes` of UTF-8.

    What goes first when there is no room is the board, then the rows of the lists, then all but the first
    sentence.
    """
    for rows, board in ((_ROWS, body.board), (_ROWS, ""), (10, ""), (0, "")):
        text = "\n".join([START, *_lines(body, rows, board, redactor), END])
        if len(text.encode()) <= max_bytes:
            return text
    return brief_body(body.below, body.environment, body.commit)


def brief_body(below: str, environment: str, commit: str) -> str:
    """The same with nothing but what it carries, from where and where to."""
    names = f"{code(below)} into {code(environment)}"
    return f"{START}\nCarries what works in {names}: commit {code(commit[:12])}.\n{END}"


def room_beside(existing: str) -> int:
    """How many bytes our part may have in that description."""
    return min(MAX_BYTES, MAX_WITH_OTHERS - len(with_body(existing, "")))


def with_body(existing: str, rendered: str) -> str:
    """A description with our part replaced; what people wrote around it stays, what it never had is put
    above."""
    start = existing.find(START)
    end = existing.find(END, start)
    if start == -1 or end == -1:
        below = existing.strip()
        return rendered.removesuffix(END) + _ADDED.rstrip() + (f"\n\n{below}" if below else "")
    return existing[:start] + rendered + existing[end + len(END) :]


def _lines(body: PromotionBody, rows: int, board: str, redactor: Redactor) -> Iterator[str]:
    def name(text: str) -> str:
        return _name(text, redactor)

    at = read_time(body.at)
    applied = f"[applied]({body.run})" if body.run else "applied"
    when = f" at {shown(at)}" if at is not None else ""
    settled = {True: " and converged", False: ", and did not converge", None: ""}[body.converged]
    carries = f"Carries what works in {name(body.below)} into {name(body.environment)}"
    yield (
        f"{carries}: commit {name(body.commit[:12])}, {applied} there{when}{settled}. The plan and the "
        "verdict come as a comment. Merging applies it."
    )
    if body.healed:
        yield ""
        yield (
            "The histories of the two branches do not merge cleanly, as after a squash. The content of "
            f"{name(body.environment)} is an earlier one of {name(body.below)}, so a commit of the bot's on "
            "top of it makes it exactly what is applied below."
        )
    for notice in body.notices[:_NOTICES]:
        yield ""
        yield f"⚠️ {inline(clip(redactor(notice), _NOTICE))}"
    yield from _carried(body, rows, redactor)
    yield from _skipped(body, rows, name)
    yield from _risk(body, rows, name)
    if board:
        yield ""
        yield "### All environments"
        yield ""
        yield board.strip("\n")


def _name(text: str, redactor: Redactor) -> str:
    """A name that cannot be taken for one of our markers when the description is read again."""
    shown = clip_middle(redactor(text), _NAME)
    return html_code(shown) if "<!--" in shown else code(shown)


def _carried(body: PromotionBody, rows: int, redactor: Redactor) -> Iterator[str]:
    yield ""
    yield "### Carries"
    yield ""
    if not body.pulls:
        yield "No pull request is on record for it."
    for pull in body.pulls[:rows]:
        yield f"- {_pull(pull, redactor)}"
    yield from _more(len(body.pulls) - rows)
    if not body.complete:
        yield ""
        yield "There may be more: the ledgers were not read back to what is applied there now."


def _pull(pull: BodyPull, redactor: Redactor) -> str:
    title = f" {inline(clip(redactor(pull.title), _TITLE))}" if pull.title else ""
    author = f" by {_name(pull.author, redactor)}" if pull.author else ""
    where = f"applied in {_name(pull.environment, redactor)}"
    return f"#{pull.number}{title}{author}, " + (f"[{where}]({pull.run})" if pull.run else where)


def _skipped(body: PromotionBody, rows: int, name: _Name) -> Iterator[str]:
    if not body.commits and not body.ignored:
        return
    yield ""
    yield "### Left out"
    yield ""
    if body.commits:
        numbers = ", ".join(f"#{number}" for number in body.waiting[:rows])
        which = f" ({numbers}{', …' if len(body.waiting) > rows else ''})" if numbers else ""
        commits = "one commit" if body.commits == 1 else f"{body.commits} commits"
        yield f"- {commits} on the branch of {name(body.below)} not applied there yet{which}"
    for path in body.ignored[:rows]:
        yield f"- {name(path)}: differs on purpose (`promotion.ignore`)"
    yield from _more(len(body.ignored) - rows)


def _risk(body: PromotionBody, rows: int, name: _Name) -> Iterator[str]:
    yield ""
    yield "### Risk"
    yield ""
    if body.lost is None:
        yield f"What its applies did to each resource of {name(body.below)} is not on record: read the plan."
    elif not body.lost:
        yield f"Its applies destroyed and replaced nothing in {name(body.below)}."
    else:
        yield f"Its applies in {name(body.below)}:"
        yield ""
        worst = sorted(body.lost, key=lambda lost: (not lost.stateful, lost.address))
        for lost in worst[:rows]:
            done = "replaced" if lost.action == "replace" else "destroyed"
            mark = "🛑 " if lost.stateful else ""
            yield f"- {mark}{done} {name(lost.address)}{', which held data' if lost.stateful else ''}"
        yield from _more(len(worst) - rows)


def _more(count: int) -> Sequence[str]:
    return (f"- … and {count} more",) if count > 0 else ()
