"""The script that setup-terraform (and setup-opentofu) put in the binary's place."""

from __future__ import annotations

from pathlib import PurePath

_BEHIND = {"terraform-bin": "terraform", "tofu-bin": "tofu"}
"""What the set-up actions call the binary behind their script."""


def wrapper_notice(binary: str) -> str:
    """What to say where the binary was found behind a wrapper; "" where there is none."""
    program = _BEHIND.get(PurePath(binary).name, "")
    if not program:
        return ""
    return (
        f"{program} is a wrapper, which changes exit codes and output. The bot passes it by. "
        f"Set {program}_wrapper: false in the step that sets up {program}: nothing needs it."
    )
