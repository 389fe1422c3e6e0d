"""Lets one variable with a certificate file hold for every library and program of this process."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path

from gitops_bot.core.certificates import filled_in, missing_file, named_files


def trust_certificates(environ: MutableMapping[str, str]) -> None:
    """Set in `environ` what is not set there. Raises `BadInput` for a file that is not there.

    The libraries read the process's own environment, so it has to be that one.
    """
    wrong = missing_file(environ, {path: Path(path).exists() for path in named_files(environ)})
    if wrong is not None:
        raise wrong
    environ.update(filled_in(environ))
