"""The comment in which a run speaks on a pull request: found again, moved on, never doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from gitops_bot.commands.checks import comment_of, find, plan_check
from gitops_bot.core.environments import CommentMode, CommentSettings
from gitops_bot.core.errors import GitopsBotError, RunFailed
from gitops_bot.ports import BodyTooLong, CheckRun, CodeHost, Comment
from gitops_bot.render.comment import marker

SHRINK = (1.0, 0.5, 0.2, 0.05)
"""Shares of the byte budget that are tried in turn when the server refuses a comment as too long."""

_LEAST_BYTES = 2048
"""The smallest budget that a report can be rendered in."""


def plan_checks(host: CodeHost, environment: str, *commits: str) -> Iterator[CheckRun]:
    """The plan checks of these commits, each asked for when it is reached."""
    for commit in dict.fromkeys(c for c in commits if c):
        check = find(host.check_runs(commit), plan_check(environment))
        if check is not None:
            yield check


class RunComment(Struct):
    """One run's comment on one pull request.

    In the mode `update` it is the environment's: all runs share it. In the mode `new` the run posts its own
    and minimises the one before. `checks` lead to the comment; `log` takes what was not said. `since` is
    when the pull request was merged (ISO 8601, UTC), for a run after that.
    """

    host: CodeHost
    number: int
    environment: str
    settings: CommentSettings
    log: Callable[[str], None]
    checks: Callable[[], Iterator[CheckRun]]
    since: str = ""
    comment: Comment | None = None
    planned: CheckRun | None = None
    """The plan check that was met on the way to the comment."""
    _searched: bool = False
    _own: bool = False
    _noted: str = ""

    def find(self) -> Comment | None:
        """The comment there is. Only one with our marker that we wrote ourselves counts: anybody can post a
        marker, and a check can lead anywhere. Raises what the host raises."""
        if not self._searched:
            self.comment = self._posted_since() or self._by_check() or self._by_reading()
            self._searched = True
        return self.comment

    def note(self, text: Callable[[], str], wanted: Callable[[], bool] = lambda: True) -> None:
        """Say how the run stands, where `wanted`. Best effort: nothing depends on it."""
        try:
            if wanted():
                self.find()
                self._noted = text()
                self._write(self._noted)
        except (GitopsBotError, BodyTooLong) as error:
            self._searched = self.comment is not None
            if self.comment is not None:
                self.comment = replace(self.comment, body="")  # it may have been written all the same
            self.log(f"Pull request #{self.number} could not be told how this run stands: {error}")

    def correct(self, text: Callable[[], str]) -> None:
        """Replace a note that is not true any more, unless something else was said since. Best effort."""

        def ours() -> bool:
            now = self.host.comment(self.comment.id) if self.comment is not None else None
            return now is not None and _same(now.body, self._noted)

        if self._noted and self.comment is not None:
            self.note(text, ours)

    def write(self, render: Callable[[int], str]) -> Comment:
        """Write what `render` makes of a byte budget. A server that refuses the length gets a shorter one.

        Raises what the host raises. From then on there is no note to correct.
        """
        self._noted = ""
        self.find()
        sizes = [max(int(self.settings.max_bytes * share), _LEAST_BYTES) for share in SHRINK]
        for size in sizes[:-1]:
            try:
                return self._write(render(size))
            except BodyTooLong:
                continue
        return self._write(render(sizes[-1]))

    # --- finding ---

    def _is_ours(self, comment: Comment) -> bool:
        return comment.body.startswith(marker(self.environment)) and comment.author == self.host.own_login()

    def _posted_since(self) -> Comment | None:
        """The newest comment since the merge, or since the newest plan, where each run posts its own.

        No check leads to those of applies, nor to that of a run that ended before it wrote its check.
        """
        if self.settings.mode is not CommentMode.NEW:
            return None
        check = next(self.checks(), None)
        since = self.since or (check.completed_at if check is not None else "")
        return self._newest(self.host.comments(self.number, since)) if since else None

    def _by_check(self) -> Comment | None:
        """However many comments there are, the plan check leads to ours at once."""
        for check in self.checks():
            self.planned = self.planned or check
            comment_id = comment_of(check, self.number)
            comment = self.host.comment(comment_id) if comment_id else None
            if comment is not None and self._is_ours(comment):
                return comment
        return None

    def _by_reading(self) -> Comment | None:
        comments = self.host.comments(self.number)
        if self.settings.mode is CommentMode.NEW:
            return self._newest(comments)
        return next(filter(self._is_ours, comments), None)

    def _newest(self, comments: Iterator[Comment]) -> Comment | None:
        newest = None
        for comment in comments:
            newest = comment if self._is_ours(comment) else newest
        return newest

    # --- writing ---

    def _write(self, body: str) -> Comment:
        if self.comment is None:
            return self._post(body)
        if self.settings.mode is CommentMode.NEW and not self._own:
            older = self.comment
            made = self._post(body)
            self._minimize(older)
            return made
        if not _same(self.comment.body, body):
            try:
                self.comment = self.host.update_comment(self.comment.id, body)
            except RunFailed:
                if self.host.comment(self.comment.id) is not None:
                    raise
                return self._post(body)  # somebody deleted it meanwhile
        return self.comment

    def _post(self, body: str) -> Comment:
        # In the mode `new` there are older ones with the marker, which must not be taken for this one.
        mark = marker(self.environment) if self.settings.mode is CommentMode.UPDATE else ""
        made = self.host.create_comment(self.number, body, mark)
        # One that was only found by its marker may be anybody's.
        self.comment = made if _same(made.body, body) else None
        self._searched = self._own = self.comment is not None
        return made

    def _minimize(self, older: Comment) -> None:
        try:
            self.host.minimize_comment(older)
        except GitopsBotError as error:
            self.log(f"The comment before this one is not minimised: {error}")


def _same(one: str, other: str) -> bool:
    """Whether both are one text, whatever GitHub made of its line ends."""
    return one.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()
