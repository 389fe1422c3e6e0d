"""Programs a test cannot do without."""

from __future__ import annotations

import os
import shutil

import pytest


def needs_program(name: str) -> str:
    """The program's path. Without it the test is skipped with a reason; in CI it fails."""
    path = shutil.which(name)
    if path is not None:
        return path
    reason = f"{name} is not on PATH"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and in CI nothing may be skipped")
    pytest.skip(reason)
