"""Who owns a file by a CODEOWNERS file, so that a change of it needs their approval.

https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
"""

from __future__ import annotations

import re

from gitops_bot.core.content import path_matches

_OWNER = re.compile(r"@[\w-]+(?:/[\w.-]+)?|[^@\s]+@[^@\s]+\.[^@\s]+")
"""`@user`, `@organisation/team`, or an address."""
PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks for the file, in this order; it takes the first."""


def owners_of(text: str, path: str) -> tuple[str, ...]:
    """The owners of a path from the repository's root; the last line that fits decides, () for none."""
    owners: tuple[str, ...] = ()
    for line in text.splitlines():
        pattern, *given = line.partition("#")[0].split() or [""]
        if pattern and _fits(pattern, path):
            owners = tuple(word for word in given if _OWNER.fullmatch(word))
    return owners


def _fits(pattern: str, path: str) -> bool:
    """As in .gitignore: one with a slash before its end is counted from the root, and a folder means all
    that is in it. A last `*` stays in its folder."""
    anchored = "/" in pattern.rstrip("/")
    rooted = pattern.lstrip("/") if anchored else f"**/{pattern.lstrip('/')}"
    if not rooted.endswith("/") and path_matches(rooted, path):
        return True
    return not (anchored and rooted.endswith("/*")) and path_matches(f"{rooted.rstrip('/')}/", path)
