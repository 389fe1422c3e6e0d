"""What action.sh does before the program is there. A stand-in for uv shows what it was given."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.processes import until
from tests.kit.step_shell import interruptible, set_up, step_script

PATIENCE = 60.0
SECRETS = (
    "GITHUB_TOKEN", "INPUT_MODULE_TOKEN", "GITOPS_BOT_SIGNING_KEY", "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_RUNTIME_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
)  # fmt: skip
OF_THE_JOB = (
    "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "UV_PYTHON", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT",
)  # fmt: skip
UV = """\
#!/bin/sh
cd {folder}
env > given
echo "$@" > asked
mkdir -p "$UV_PROJECT_ENVIRONMENT/lib/python3.11/site-packages"
touch began
while [ ! -e go ]; do sleep 0.02; done
"""

TOOLS = ("bash", "chmod", "cksum", "cp", "dirname", "env", "find", "mkdir", "rm", "sh", "sort", "touch", "tr")
PYTHON = """\
#!/bin/sh
case "$*" in
  *"import pip"*) exit {pip_is_missing} ;;
  *compileall*) exit 0 ;;
esac
echo "$@" >> {folder}/asked
while [ $# -gt 1 ]; do shift; done
case "$1" in uv==*) exit 0 ;; esac
mkdir -p "$1/bin"
cp "$0" "$1/bin/python"
printf '#!/bin/sh\nmkdir -p "$UV_PROJECT_ENVIRONMENT/lib/python3.11/site-packages"\n' > "$1/bin/uv"
chmod +x "$1/bin/uv"
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


@pytest.mark.parametrize("pip_is_missing", [False, True])
def test_without_uv_the_pip_there_is_fetches_it_else_one_of_its_own(
    tmp_path: Path, pip_is_missing: bool
) -> None:
    """An environment with a pip of its own takes seconds to make."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found is not None
        (tools / name).symlink_to(found)
    python = tools / "python3"
    python.write_text(PYTHON.format(folder=tmp_path, pip_is_missing=int(pip_is_missing)))
    python.chmod(0o755)
    environ = {**set_up(tmp_path), "PATH": str(tools)}
    done = subprocess.run(step_script(tmp_path), env=environ, capture_output=True, text=True, check=False)
    (home,) = (tmp_path / "temp").iterdir()
    asked = (tmp_path / "asked").read_text().replace(str(home), "HOME").splitlines()
    pip = "-I -m pip install --quiet --disable-pip-version-check --no-compile --no-deps uv==0.13.9"
    expected = ["-I -m venv HOME/uv", pip] if pip_is_missing else [f"{pip} --target HOME/uv"]
    assert (expected, True) == (asked, (home / "ready").exists()), done.stderr


def test_the_program_and_its_packages_are_compiled_when_it_starts(tmp_path: Path) -> None:
    """Else the first run of every job compiles it, while nothing else goes on."""
    shell = start(tmp_path)
    (tmp_path / "go").touch()
    shell.communicate(timeout=PATIENCE)
    assert "--compile-bytecode" in (tmp_path / "asked").read_text().split()
    (home,) = (tmp_path / "temp").iterdir()
    source = home / "source/gitops_bot/core/plan.py"
    (compiled,) = source.parent.glob(f"__pycache__/plan.{sys.implementation.cache_tag}.pyc")
    # A copy that came along is older than its copied source. The time is where PEP 552 says.
    assert int(source.stat().st_mtime) == int.from_bytes(compiled.read_bytes()[8:12], "little")
