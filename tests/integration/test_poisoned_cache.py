"""A provider cache that somebody else filled: what lacks the lock file's checksum is never run.

The providers are shell scripts that leave a mark when they are started and are no providers otherwise, so
each plan here ends in an error; what counts is whose mark is there.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gitops_bot.adapters.terraform.runner import TerraformBinary
from gitops_bot.core.environments import TerraformSettings
from gitops_bot.ports import PlanErrored, ProjectRun
from tests.kit.fake_cloud import FakeCloudSession
from tests.kit.needs import needs_program

PLACE = "example.com/acme/thing/1.0.0/linux_amd64/terraform-provider-thing_v1.0.0"
MAIN = """\
terraform {
  required_providers {
    thing = {
      source  = "example.com/acme/thing"
      version = "1.0.0"
    }
  }
}
provider "thing" {}
resource "thing_one" "a" {}
"""


def provider(folder: Path, mark: Path) -> None:
    file = folder / PLACE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\ntouch {mark}\nexit 1\n")
    file.chmod(0o755)


@pytest.mark.parametrize("locked", [True, False])
def test_a_provider_from_a_poisoned_cache_is_not_run(tmp_path: Path, locked: bool) -> None:
    terraform = needs_program("terraform")
    mirror, cache, work = tmp_path / "mirror", tmp_path / "cache", tmp_path / "work"
    good, evil = tmp_path / "good", tmp_path / "evil"
    provider(mirror, good)
    work.mkdir()
    (work / "main.tf").write_text(MAIN)
    (tmp_path / "terraformrc").write_text(
        f'provider_installation {{\n  filesystem_mirror {{ path = "{mirror}" }}\n}}\n'
    )
    environ = {"PATH": os.environ["PATH"], "TF_CLI_CONFIG_FILE": str(tmp_path / "terraformrc")}
    if locked:
        command = [terraform, "providers", "lock", f"-fs-mirror={mirror}", "-platform=linux_amd64"]
        subprocess.run(command, cwd=work, env=environ, check=True, capture_output=True)
    provider(cache, evil)
    runner = TerraformBinary(
        TerraformSettings(), {**environ, "TF_PLUGIN_CACHE_DIR": str(cache)}, FakeCloudSession()
    )
    result = runner.plan(ProjectRun(work), tmp_path / "plan", lambda _line: None)
    assert isinstance(result, PlanErrored)
    assert (good.exists(), evil.exists()) == (True, False), result
