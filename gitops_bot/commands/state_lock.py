"""State locks that a run left behind: whose they are, and released only where a run of ours provably ended."""

from __future__ import annotations

from dataclasses import dataclass
