"""A cloud session for tests: hands out given variables, or refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gitops_bot.core.errors import CloudRefused
from gitops_bot.ports import CloudIdentity, Progress


@dataclass(slots=True)
class FakeCloudSession:
    """Implements `ports.CloudSession`. `left` is what remains of it in seconds."""

    variables: Mapping[str, str] = field(default_factory=dict)
    refusal: CloudRefused | None = None
    left: float | None = None
    secrets: tuple[str, ...] = ()
    opened: int = 0

    def open(self, progress: Progress) -> CloudIdentity | None:
        """Counts how often it was asked for."""
        self.opened += 1
        if self.refusal is not None:
            raise self.refusal
        return None

    def replace_in(self, environ: Mapping[str, str]) -> dict[str, str]:
        """`environ` with the given variables."""
        return {**environ, **self.variables}

    def seconds_left(self) -> float | None:
        """As given."""
        return self.left
