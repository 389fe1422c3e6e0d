"""A `tofu` that is the real terraform with OpenTofu's words, as far as the bot reads them.

The words are those of OpenTofu's internal/command/jsonformat/plan.go and internal/command/views/version.go.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.kit.needs import needs_program

_SCRIPT = """#!/bin/bash
"{terraform}" "$@" 2> >(sed -e 's/Terraform/OpenTofu/g' >&2) |
    sed -e 's/Terraform/OpenTofu/g; s/terraform apply/tofu apply/' \\
        -e 's/"terraform[.]ui"/"tofu.ui"/; s/,"terraform":"/,"tofu":"/'
exit "${{PIPESTATUS[0]}}"
"""


def tofu_path(folder: Path) -> str:
    """A PATH with that program, and without any terraform before it."""
    folder.mkdir(exist_ok=True)
    program = folder / "tofu"
    program.write_text(_SCRIPT.format(terraform=needs_program("terraform")))
    program.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"
