"""How `terraform init` gets at private modules on the GitHub server the run belongs to.

The credentials travel as git's own configuration in the environment of that one command. A plan or an apply
runs code that could read them. A credential helper is asked for one scheme, host and port only, also after a
redirect, which a header would not be. https://git-scm.com/docs/gitcredentials
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from gitops_bot.core.errors import BadInput

VARIABLE = "INPUT_MODULE_TOKEN"
"""The variable with the token, of the action's input `module-token`."""
_HANDED_ON = "GITOPS_BOT_MODULE_TOKEN"
# The token stands in no argument list: every process can read those. Git adds what it wants, such as `get`.
_HELPER = (
    f"""!f() {{ test "$1" = get && printf 'username=x-access-token\\npassword=%s\\n' "${_HANDED_ON}"; }}; f"""
)


def git_access(environ: Mapping[str, str]) -> dict[str, str]:
    """What `init` gets beside the child's environment: nothing without a module token.

    It comes after what the job's own GIT_CONFIG_* say. Raises `BadInput` for what cannot be a token.
    """
    token = environ.get(VARIABLE, "").strip()
    if not token:
        return {}
    if not token.isascii() or not token.isprintable() or " " in token:
        raise BadInput(
            "The module-token holds characters that no token has.", "Set it again; it may be a bad paste."
        )
    server = (environ.get("GITHUB_SERVER_URL") or "https://github.com").rstrip("/")
    host = urlsplit(server).hostname or ""
    settings = (
        # An empty one drops what stands before it: other helpers, which might keep the token in a file, and
        # the header of another token.
        (f"http.{server}/.extraheader", ""),
        (f"credential.{server}.helper", ""),
        (f"credential.{server}.helper", _HELPER),
        (f"url.{server}/.insteadOf", f"ssh://git@{host}/"),
        (f"url.{server}/.insteadOf", f"git@{host}:"),
    )
    first = _count(environ.get("GIT_CONFIG_COUNT", ""))
    named = {
        f"GIT_CONFIG_{part}_{number}": text
        for number, pair in enumerate(settings, first)
        for part, text in zip(("KEY", "VALUE"), pair, strict=True)
    }
    return {**named, "GIT_CONFIG_COUNT": str(first + len(settings)), _HANDED_ON: token}


def _count(text: str) -> int:
    """How many settings the job's own GIT_CONFIG_* hold."""
    if text and not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise BadInput(f"GIT_CONFIG_COUNT is {text[:40]!a}, which is no number.", "Correct it in the job.")
    return int(text or 0)
