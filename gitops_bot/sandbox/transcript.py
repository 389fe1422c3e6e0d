"""The demo as one self-contained page: each pull request as its conversation, then every run's log."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from html import unescape
from itertools import takewhile
from pathlib import Path
from typing import Any

from gitops_bot.render.markdown import one_line
from gitops_bot.sandbox.demo_runner import Run
from gitops_bot.sandbox.hub import Hub
from gitops_bot.sandbox.records import Check, Pull
from gitops_bot.sandbox.safe_html import comment_html, outside_link

_TEMPLATES = Path(__file__).parent / "templates"
_PAGES = re.compile(r"/(?:pull/(?P<pull>\d{1,6})|actions/runs/(?P<run>\d{1,6}))(?:[#?].*)?")
_RUN_LINK = re.compile(r"/actions/runs/(\d{1,6})\b")
_ICONS = {"success": "✓", "failure": "✕", "cancelled": "■", "neutral": "○", "skipped": "○"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a pull request's conversation: a comment by its id, checks, or an event as text."""

    kind: str
    text: str = ""
    comment: int = 0
    checks: tuple[Check, ...] = ()
    run: int = 0


@dataclass(slots=True)
class Conversations:
    """What happened on each pull request, in its order; `catch_up` looks for what is new."""

    hub: Hub
    entries: dict[int, list[Entry]] = field(default_factory=dict)
    seen: dict[int, int] = field(default_factory=dict)
    _checks: set[int] = field(default_factory=set)

    def note(self, number: int, kind: str, text: str) -> None:
        """Something a person did or met."""
        self.entries.setdefault(number, []).append(Entry(kind, text))

    def catch_up(self, run: int = 0, others: Sequence[int] = ()) -> list[str]:
        """Take in the comments and checks since the last call, as the work of a run; the new texts.

        What links to one of the `others`, runs still to be told, is left for the calls for those.
        """
        texts: list[str] = []
        for pull in self.hub.pulls():
            seen = self.entries.setdefault(pull.number, [])
            checks = tuple(self._new_checks(pull, others))
            if checks:
                seen.append(Entry("checks", checks=checks, run=run))
            for comment in self.hub.comments.of(pull.number):
                bodies = (*comment.edits, comment.body)
                known = self.seen.get(comment.id, 0)
                new = [*takewhile(lambda b: not _links_to(b, others), bodies[known:])]
                if new and not known:
                    seen.append(Entry("comment", comment=comment.id))
                self.seen[comment.id] = known + len(new)
                texts += new
        return texts

    def _new_checks(self, pull: Pull, others: Sequence[int]) -> list[Check]:
        commits = dict.fromkeys((pull.head_sha, pull.merge_sha if pull.merged else pull.head_sha))
        found = [c for sha in commits for c in self.hub.checks.of(sha, latest=False)]
        # One commit can be the head of two pull requests: a check belongs to the base it names.
        mine = [c for c in reversed(found) if c.id not in self._checks and _concerns(c, pull)]
        mine = [c for c in mine if c.conclusion and not _links_to(c.details_url, others)]
        self._checks.update(c.id for c in mine)
        return mine


def _links_to(text: str, runs: Sequence[int]) -> bool:
    return any(int(found) in runs for found in _RUN_LINK.findall(text))


def _concerns(check: Check, pull: Pull) -> bool:
    words = check.name.split(" ")
    if words[:2] == ["gitops-bot:", "plan"]:
        return words[-1] == pull.base
    if words[:2] == ["gitops-bot:", "apply"]:
        return words[-1] == pull.base and pull.merged and check.sha == pull.merge_sha
    return pull.state == "open" and check.sha == pull.head_sha


def _links(hub: Hub) -> Callable[[str], str | None]:
    home = hub.site.html_url

    def link(address: str) -> str | None:
        if not address.startswith(hub.site.api_url):
            return outside_link(address)
        page = _PAGES.fullmatch(address.removeprefix(home)) if address.startswith(home) else None
        if page is None:
            return None  # the sandbox is gone by the time somebody reads this
        return f"#pr-{page['pull']}" if page["pull"] else f"#run-{page['run']}"

    return link


def _entry(entry: Entry, talks: Conversations, link: Callable[[str], str | None]) -> dict[str, Any]:
    from markupsafe import Markup

    shown: dict[str, Any] = {"kind": entry.kind, "text": one_line(entry.text), "run": entry.run}
    if entry.kind == "comment":
        comment = talks.hub.comments.get(entry.comment)
        older = [
            (_heading(b), Markup(comment_html(b, link)))  # noqa: S704 - sanitised
            for b in comment.edits
        ]
        shown |= {
            "author": comment.author,
            "minimized": comment.minimized,
            "body": Markup(comment_html(comment.body, link)),  # noqa: S704 - sanitised
            "older": older,
        }
    shown["checks"] = [
        {
            "name": one_line(c.name),
            "conclusion": c.conclusion,
            "icon": _ICONS.get(c.conclusion or "", "○"),
            "title": one_line(c.title or ""),
        }
        for c in entry.checks
    ]
    return shown


def _heading(body: str) -> str:
    """The first heading of a comment, as plain text."""
    found = next((line for line in body.splitlines() if line.startswith("### ")), "")
    return unescape(one_line(found.removeprefix("### ").replace("`", "")))


def _stopped(entries: Sequence[Entry]) -> bool:
    checks = [e.checks for e in entries if e.checks]
    return bool(checks) and any(c.conclusion == "failure" for c in checks[-1])


def _pull(pull: Pull, talks: Conversations, link: Callable[[str], str | None]) -> dict[str, Any]:
    from markupsafe import Markup

    return {
        "number": pull.number,
        "title": one_line(pull.title),
        "author": pull.author,
        "merged_by": pull.merged_by,
        "stopped": _stopped(talks.entries.get(pull.number, ())),
        "head": one_line(pull.head),
        "base": one_line(pull.base),
        "state": "merged" if pull.merged else pull.state,
        "body": Markup(comment_html(pull.body, link)) if pull.body else "",  # noqa: S704 - sanitised
        "entries": [_entry(e, talks, link) for e in talks.entries.get(pull.number, ())],
    }


def render_transcript(talks: Conversations, runs: Sequence[Run], table: Sequence[Sequence[str]]) -> str:
    """The page."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    engine = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    link = _links(talks.hub)
    shown = [replace(r, log=tuple(one_line(line) for line in r.log)) for r in runs]
    pulls = [_pull(p, talks, link) for p in talks.hub.pulls()]
    page = engine.get_template("transcript.html.j2")
    return page.render(repository=talks.hub.site.repository, pulls=pulls, runs=shown, table=table)
