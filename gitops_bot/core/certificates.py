"""Certificates of an authority of one's own: one variable is enough for every program that connects."""

from __future__ import annotations

from collections.abc import Mapping

from gitops_bot.core.errors import BadInput

_GIVEN = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
_READ_BY = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "GIT_SSL_CAINFO")
"""By Terraform and Python, by requests, by botocore, by git."""
NOT_TRUSTED = "its certificate is not trusted"
HINT = (
    "Behind a proxy or on a server with certificates of its own, set SSL_CERT_FILE to a file that holds the "
    "certificate of the authority which signed it, beside the usual ones."
)


def filled_in(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables to set so that the one that is there holds for all programs. None is changed."""
    given = next((environ[name] for name in _GIVEN if environ.get(name)), "")
    return {name: given for name in _READ_BY if given and not environ.get(name)}


def missing_file(environ: Mapping[str, str], exists: Mapping[str, bool]) -> BadInput | None:
    """What to say of a file that one of the variables names and that is not there, None where all are."""
    for name in _READ_BY:
        if (path := environ.get(name)) and not exists.get(path, True):
            return BadInput(
                f"{name} names {path[:300]!a}, which does not exist.", "Correct it in the job, or unset it."
            )
    return None


def named_files(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The files and folders that the variables name."""
    return tuple(environ[name] for name in _READ_BY if environ.get(name))
