"""Watches whether the credentials of an apply last as long as the apply does."""

from __future__ import annotations

import contextlib

from gitops_bot.core.report import Diagnostic, Severity
from gitops_bot.ports import CloudSession, Progress

_WARN_BEFORE = 300.0
"""Seconds before the session's end."""
LENGTHEN = (
    "Make it longer: raise aws.session_duration, and the maximum session duration of the role (12h at most; "
    "1h behind a hub role). Or apply less at once."
)


class SessionWatch:
    """Says once that the session ends soon; afterwards, whether it ended before Terraform did."""

    def __init__(self, session: CloudSession, progress: Progress) -> None:
        self._session = session
        self._progress = progress
        self._said = False

    def look(self) -> None:
        """To be called whenever Terraform says something; while it applies, that is every ten seconds."""
        left = self._session.seconds_left()
        if left is None or self._said or left > _WARN_BEFORE:
            return
        self._said = True
        with contextlib.suppress(OSError):  # a log that is gone must not cost the record of what was done
            self._progress(
                f"AWS: the session ends in {max(0, round(left / 60))} minutes and Terraform still applies. "
                f"What comes after its end will fail. {LENGTHEN}"
            )

    def verdict(self) -> tuple[Diagnostic, ...]:
        """A diagnostic when the session is over."""
        left = self._session.seconds_left()
        if left is None or left > 0:
            return ()
        summary = "The AWS session ended before the apply did"
        return (Diagnostic(Severity.ERROR, summary, f"What came after its end failed. {LENGTHEN}"),)
