"""Finds the terraform binary and knows its version."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from gitops_bot.adapters.process import run
from gitops_bot.core.errors import BadInput, Interrupted
from gitops_bot.core.json_values import as_object, as_text, read_json

OLDEST = (1, 5)
"""The oldest version whose plan has everything that is needed."""
_INSTALL = (
    "Install Terraform 1.5 or newer (in a workflow: hashicorp/setup-terraform before this step) "
    "or set terraform.binary in the configuration."
)
_VERSION = re.compile(r"(\d+)\.(\d+)\.\d+")
_TIMEOUT = 60.0


def find_binary(name: str, environ: Mapping[str, str]) -> str:
    """The absolute path of the program. Past setup-terraform's wrapper: it garbles codes and output."""
    found = shutil.which(name, path=environ.get("PATH", ""))
    if found is None:
        hint = _INSTALL if name == "terraform" else f"Install {name}, or correct terraform.binary."
        raise BadInput(f"The terraform binary {name!r} was not found.", hint)
    binary = Path(found).absolute()
    wrapped = shutil.which(str(binary.with_name("terraform-bin")))
    return wrapped or str(binary)


def read_version(binary: str, environ: Mapping[str, str]) -> str:
    """The version the binary says it has; raises `BadInput` when it is too old or says nothing."""
    unreadable = BadInput(f"The version of {binary!r} cannot be read.", _INSTALL)
    try:
        done = run([binary, "version", "-json"], cwd=Path.cwd(), environ=environ, timeout=_TIMEOUT)
    except OSError as error:
        raise BadInput(f"{binary!r} cannot be started: {error.strerror}.", _INSTALL) from error
    if done.interrupted:
        raise Interrupted("Interrupted while asking Terraform for its version.")
    try:
        document = as_object(read_json(done.stdout.decode("utf-8")))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise unreadable from error
    version = as_text(document.get("terraform_version"))
    if done.exit_code != 0 or not _VERSION.match(version):
        raise unreadable
    if version_numbers(version) < OLDEST:
        raise BadInput(f"Terraform {version} is too old: 1.5 or newer is needed.", _INSTALL)
    return version


def version_numbers(version: str) -> tuple[int, int]:
    """Major and minor of a version such as `1.11.4` or `1.12.0-beta1`."""
    match = _VERSION.match(version)
    return (int(match[1]), int(match[2])) if match else (0, 0)
