"""What action.sh does before the program is there. A stand-in for uv shows what it was given."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from tests.kit.processes import until
from tests.kit.step_shell import interruptible, set_up, step_script

PATIENCE = 60.0
SECRETS = (
    "GITHUB_TOKEN", "INPUT_MODULE_TOKEN", "GITOPS_BOT_SIGNING_KEY", "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_RUNTIME_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
)  # fmt: skip
OF_THE_JOB = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "UV_PYTHON")
UV = """\
#!/bin/sh
cd {folder}
env > given
mkdir -p "$UV_PROJECT_ENVIRONMENT/lib/python3.11/site-packages"
touch began
while [ ! -e go ]; do sleep 0.02; done
"""


def start(folder: Path, **environ: str) -> subprocess.Popen[str]:
    uv = folder / "bin/uv"
    uv.parent.mkdir()
    uv.write_text(UV.format(folder=folder))
    uv.chmod(0o755)
    given = {**set_up(folder), "PATH": f"{uv.parent}:{os.environ['PATH']}", **environ}
    shell = subprocess.Popen(
        step_script(folder), env=given, stderr=subprocess.PIPE, text=True,
        preexec_fn=interruptible,  # noqa: PLW1509 - there are no threads here
    )  # fmt: skip
    assert until((folder / "began").exists, PATIENCE)
    return shell


def test_a_job_that_is_cancelled_during_set_up_does_not_start_the_program(tmp_path: Path) -> None:
    """A shell forgets an interrupt that came while a program ran which then ended well."""
    shell = start(tmp_path)
    shell.send_signal(signal.SIGINT)
    (tmp_path / "go").touch()
    _, complaint = shell.communicate(timeout=PATIENCE)
    assert (shell.returncode, complaint) == (130, "")


def test_what_installs_packages_sees_no_secret_and_nothing_of_the_jobs_python(tmp_path: Path) -> None:
    hidden = {name: f"hidden-{name}" for name in (*SECRETS, *OF_THE_JOB)}
    shell = start(tmp_path, **hidden, SHOWN="shown")
    (tmp_path / "go").touch()
    shell.communicate(timeout=PATIENCE)
    given = (tmp_path / "given").read_text()
    assert ("SHOWN=shown" in given, "hidden-" in given) == (True, False)
