"""The watch over an apply's session."""

from __future__ import annotations

from gitops_bot.adapters.terraform.session_watch import SessionWatch
from tests.kit.fake_cloud import FakeCloudSession


def test_a_log_that_is_gone_costs_nothing() -> None:
    def gone(_line: str) -> None:
        raise BrokenPipeError

    SessionWatch(FakeCloudSession(left=10.0), gone).look()


def test_it_warns_once_and_only_near_the_end() -> None:
    said: list[str] = []
    session = FakeCloudSession(left=301.0)
    watch = SessionWatch(session, said.append)
    watch.look()
    assert said == []
    session.left = 299.0
    watch.look()
    watch.look()
    assert len(said) == 1


def test_credentials_that_were_not_made_for_this_run_are_not_watched() -> None:
    said: list[str] = []
    watch = SessionWatch(FakeCloudSession(left=None), said.append)
    watch.look()
    assert (said, watch.verdict()) == ([], ())
