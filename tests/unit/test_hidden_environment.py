"""The bot's own environment holds tokens: code that a plan runs must not read it through /proc."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HIDE = "from gitops_bot.app import _hide_from_children; _hide_from_children();"
READ = "import os,time; print('up', flush=True); time.sleep(30)"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux has /proc")
def test_the_environment_of_the_bot_belongs_to_root_once_it_is_hidden() -> None:
    environ = {**os.environ, "GITHUB_TOKEN": "ghs_canary"}
    with subprocess.Popen(
        [sys.executable, "-c", HIDE + READ], env=environ, stdout=subprocess.PIPE, text=True
    ) as bot:
        assert bot.stdout is not None
        try:
            assert bot.stdout.readline() == "up\n"
            # The kernel gives a process that may not be dumped to root, and refuses other users.
            dumpable = Path(f"/proc/{bot.pid}/environ").stat().st_uid
            assert dumpable == 0
            if os.geteuid() != 0:
                with pytest.raises(PermissionError):
                    Path(f"/proc/{bot.pid}/environ").read_bytes()
            elif Path("/usr/bin/setpriv").exists():
                asked = subprocess.run(
                    ["setpriv", "--reuid=65534", "--clear-groups", "cat", f"/proc/{bot.pid}/environ"],
                    capture_output=True,
                    check=False,
                )
                assert b"ghs_canary" not in asked.stdout
        finally:
            bot.kill()
