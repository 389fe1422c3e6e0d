"""The sticky comment: found again, edited in place, never doubled."""

from __future__ import annotations

from collections.abc import Callable

from gitops_bot.commands.checks import comment_of, find, plan_check
from gitops_bot.core.environments import CommentMode, CommentSettings
from gitops_bot.ports import BodyTooLong, CodeHost, Comment

SHRINK = (1.0, 0.5, 0.2, 0.05)
"""Shares of the byte budget that are tried in turn when the server refuses a comment as too long."""


def find_comment(
    host: CodeHost, number: int, commits: tuple[str, ...], environment: str, marker: str
) -> Comment | None:
    """The environment's comment on a pull request.

    The plan check of the head, or of the head before it, leads to the comment; so the number of
    comments on the pull request does not matter. Only where neither does, they are read one by one.
    Only a comment with our marker that we wrote ourselves counts: anybody can post a marker.
    """
    login = ""
    for commit in dict.fromkeys(c for c in commits if c):
        comment_id = comment_of(find(host.check_runs(commit), plan_check(environment)))
        comment = host.comment(comment_id) if comment_id else None
        if comment is not None and comment.body.startswith(marker):
            login = login or host.own_login()
            if comment.author == login:
                return comment
    for comment in host.comments(number):
        if comment.body.startswith(marker):
            login = login or host.own_login()
            if comment.author == login:
                return comment
    return None


def post_comment(
    host: CodeHost,
    number: int,
    existing: Comment | None,
    settings: CommentSettings,
    marker: str,
    render: Callable[[int], str],
) -> Comment:
    """Write what `render` makes of a byte budget, over `existing` if there is one.

    A server that refuses the length gets a shorter one. Raises what the host raises.
    """
    for share in SHRINK[:-1]:
        try:
            return _write(host, number, existing, settings, marker, render(int(settings.max_bytes * share)))
        except BodyTooLong:
            continue
    body = render(max(int(settings.max_bytes * SHRINK[-1]), 2048))
    return _write(host, number, existing, settings, marker, body)


def _write(
    host: CodeHost, number: int, existing: Comment | None, settings: CommentSettings, marker: str, body: str
) -> Comment:
    if existing is None or settings.mode is CommentMode.NEW:
        return host.create_comment(number, body, marker)
    if existing.body == body:
        return existing
    return host.update_comment(existing.id, body)
