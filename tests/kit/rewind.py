"""A stage put back to where it was, so that one prepared merge serves many runs."""

from __future__ import annotations

import shutil
from copy import copy
from pathlib import Path

from tests.kit.stage import Stage


class Rewind:
    """Remembers what an apply run writes: comments, check runs, deployments and the states.

    The branches are not among it: an apply run moves none.
    """

    def __init__(self, stage: Stage) -> None:
        hub = stage.hub
        self._stage = stage
        self._ledgers = (hub.comments, hub.checks, hub.deployments)
        self._kept = [{name: copy(v) for name, v in vars(ledger).items()} for ledger in self._ledgers]
        self._states = stage.folder / "states-kept"
        shutil.copytree(self._folder, self._states)

    @property
    def _folder(self) -> Path:
        return self._stage.folder / "states"

    def back(self) -> None:
        """Everything is as it was, no fault waits, and no request was made."""
        for ledger, kept in zip(self._ledgers, self._kept, strict=True):
            for name, value in kept.items():
                if isinstance(value, dict | list):  # what the ledgers hold; their ids go on counting
                    setattr(ledger, name, copy(value))
        shutil.rmtree(self._folder)
        shutil.copytree(self._states, self._folder)
        self._stage.sandbox.faults.clear()
        self._stage.sandbox.requests.clear()
        self._stage.hub.take_events()
