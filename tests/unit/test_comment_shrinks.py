"""A comment that the server refuses as too long becomes a shorter one, and is still whole."""

from __future__ import annotations

import pytest

from gitops_bot.commands.comments import RunComment
from gitops_bot.core.environments import CommentSettings
from gitops_bot.core.report import Planned, ProjectReport, Report, RunStatus
from gitops_bot.ports import BodyTooLong, Comment
from gitops_bot.render.comment import marker, render_comment
from tests.kit.fake_code_host import FakeCodeHost
from tests.kit.full_report import FULL, change, plan
from tests.kit.github_markdown import ill_formed
from tests.kit.shown_counts import counts

MARK = marker("dev")
MANY = plan(tuple(change(("update",), number, before={"n": "x" * 900}) for number in range(200)))
REPORT = Report("dev", RunStatus.PLANNED, (ProjectReport("app", "", Planned(MANY)),), links=FULL.links)
LINKS = (FULL.links.run, FULL.links.commit, FULL.links.pull_request)


def write(host: FakeCodeHost) -> Comment:
    """Write the report as a run does."""
    comment = RunComment(host, 1, "dev", CommentSettings(), lambda _line: None, lambda: iter(()))
    return comment.write(lambda size: render_comment(REPORT, max_bytes=size, marker=MARK))


def writes(host: FakeCodeHost) -> list[str]:
    """The calls that were to change something."""
    return [name for name in host.called() if name in ("create_comment", "update_comment")]


@pytest.mark.parametrize(("limit", "attempts"), [(65_536, 1), (40_000, 2), (14_000, 3), (4000, 4)])
def test_a_server_that_takes_less_gets_less_and_all_changes_are_still_told_of(
    limit: int, attempts: int
) -> None:
    host = FakeCodeHost(body_limit=limit)
    comment = write(host)
    assert (["create_comment"] * attempts, True) == (writes(host), len(comment.body) <= limit)
    assert [] == ill_formed(comment.body, marker=MARK, links=LINKS)
    assert {"update": 200} == counts(comment.body).all


def test_an_edit_is_shortened_as_well() -> None:
    host = FakeCodeHost(body_limit=40_000)
    first = host.create_comment(1, f"{MARK}\nold", MARK)
    assert first.id == write(host).id
    assert ["create_comment", "update_comment", "update_comment"] == writes(host)


def test_a_server_that_takes_next_to_nothing_is_not_asked_for_ever() -> None:
    host = FakeCodeHost(body_limit=1000)
    with pytest.raises(BodyTooLong):
        write(host)
    assert ["create_comment"] * 4 == writes(host)
