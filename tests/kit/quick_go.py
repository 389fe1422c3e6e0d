"""Terraform without garbage collection: a process that lives for a tenth of a second frees nothing by it."""

from __future__ import annotations

QUICK_GO = {"GOGC": "off", "GOMEMLIMIT": "1GiB"}
"""Variables for Terraform and its providers. Near the limit they collect after all (go.dev/doc/gc-guide)."""
