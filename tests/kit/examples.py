"""How many examples a property is tried with: in CI all, elsewhere fewer and each time others."""

from __future__ import annotations

import os

from hypothesis import settings

IN_CI = os.environ.get("CI") == "true"


def examples(count: int) -> int:
    """So many in CI, a third of them elsewhere."""
    return count if IN_CI else max(count // 3, 10)


def load_profile() -> None:
    """In CI the same examples each time: a run there judges the change, developers' runs look for more."""
    settings.register_profile("gitops-bot", max_examples=examples(100), derandomize=IN_CI, deadline=None)
    settings.load_profile("gitops-bot")
