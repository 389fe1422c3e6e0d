"""What holds for every test: a skip fails in CI, and Terraform gets no configuration that is missing."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.kit.examples import IN_CI, load_profile
from tests.kit.quick_go import QUICK_GO

load_profile()

for _name, _value in QUICK_GO.items():
    os.environ.setdefault(_name, _value)

# Terraform prints a warning into the output of every command when this names a file that is not there.
_cli_config = os.environ.get("TF_CLI_CONFIG_FILE")
if _cli_config is not None and not Path(_cli_config).exists():
    os.environ["TF_CLI_CONFIG_FILE"] = os.devnull


def _skip_reason(longrepr: object) -> str:
    return str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skipped test is a failed one: what CI lacks must be noticed. An expected failure is no skip."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Skipped in CI: {_skip_reason(report.longrepr)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself as a whole."""
    report = yield
    if IN_CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"Skipped in CI: {_skip_reason(report.longrepr)}"
    return report
