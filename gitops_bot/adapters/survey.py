"""A person's repository as `gitops-bot init` finds it, and the files it writes there."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from pathlib import Path

from gitops_bot.adapters.git import GitWorkTree
from gitops_bot.core.errors import BadInput
from gitops_bot.core.scaffold import Findings
from gitops_bot.core.stages import is_known

_OF_INTEREST = re.compile(
    r"(?:.*/)?(?:[^/]*\.(?:tf|tf\.json|tfvars|tfvars\.json|tfbackend|hcl)|\.terraform-version|\.tool-versions)"
    r"|\.gitops-bot\.yml|\.gitignore|\.github/workflows/[^/]*\.ya?ml"
)
_WORKING = re.compile(r"(?:^|/)\.(?:terraform|terragrunt-cache)/")
"""What Terraform and Terragrunt leave behind, also where somebody committed it."""
_LARGEST, _MOST = 1024 * 1024, 5000
"""How many bytes a file may have to be read, and how many are."""
_REMOTE = "refs/remotes/origin/"


class Survey(GitWorkTree):
    """The repository that a folder is in, from its root."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        super().__init__(folder, environ)
        self._root = Path(self._text("rev-parse", "--show-toplevel").rstrip("\n"))
        self._shown: Mapping[str, str] = {}

    def findings(self) -> Findings:
        """Everything that a proposal is made from."""
        listed = self._text("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        names = {name for name in listed.split("\0") if name and not _WORKING.search(name)}
        files = tuple(sorted(name for name in names if self._is_file(name)))
        read = [name for name in files if _OF_INTEREST.fullmatch(name)][:_MOST]
        texts = {name: text for name in read if (text := self._read(name)) is not None}
        self._shown = texts
        branches = self._branches()
        return Findings(
            files,
            texts,
            frozenset(branches),
            self._default_branch(branches),
            self._current_branch(),
            self._contained(branches),
            self._run("check-ignore", "--quiet", "x/.terraform/x").returncode == 0,
            frozenset(self._text("ls-files", "-z", "--others", "--exclude-standard").split("\0")),
            self._fetches_all(),
        )

    def write(self, path: str, text: str) -> None:
        """Write a file of the repository. Raises `BadInput` for a symlink on the way and what was not read.

        One that stays inside may lead to a file that nobody was shown, such as git's own.
        """
        place = self._root / path
        if place.resolve() != self._root.resolve() / path:
            raise BadInput(f"{path} leads elsewhere by a symlink.", "Remove the symlink, and run this again.")
        if place.exists() and path not in self._shown:
            raise BadInput(
                f"{path} is there, and could not be shown: git ignores it, or it is no UTF-8 text.",
                "Correct or remove it, and run this again.",
            )
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")

    def _is_file(self, name: str) -> bool:
        place = self._root / name
        return place.is_file() and not place.is_symlink()

    def _read(self, name: str) -> str | None:
        place = self._root / name
        with contextlib.suppress(OSError, UnicodeDecodeError):
            if place.stat().st_size <= _LARGEST:
                return place.read_bytes().decode("utf-8")
        return None

    def _branches(self) -> dict[str, str]:
        """The branches of origin and the local ones, with a name that git knows them by."""
        listed = self._text("for-each-ref", "--format=%(refname)", _REMOTE, "refs/heads/").split("\n")
        found = {name.removeprefix(_REMOTE): name for name in listed if name.startswith(_REMOTE)}
        found.pop("HEAD", None)
        for name in listed:
            if name.startswith("refs/heads/"):
                found.setdefault(name.removeprefix("refs/heads/"), name)
        return found

    def _current_branch(self) -> str:
        done = self._run("symbolic-ref", "--quiet", "--short", "HEAD")
        return done.stdout.decode("utf-8", "replace").strip()

    def _fetches_all(self) -> bool:
        """Whether a fetch brings every branch of origin. After `git clone --depth 1` it brings one."""
        done = self._run("config", "--get-all", "remote.origin.fetch")
        return done.returncode != 0 or "refs/heads/*:" in done.stdout.decode("utf-8", "replace")

    def _default_branch(self, branches: Mapping[str, str]) -> str:
        done = self._run("symbolic-ref", "--quiet", f"{_REMOTE}HEAD")
        named = done.stdout.decode("utf-8", "replace").strip().removeprefix(_REMOTE)
        usual = (name for name in ("main", "master") if name in branches)
        return named or next(usual, self._current_branch())

    def _contained(self, branches: Mapping[str, str]) -> frozenset[tuple[str, str]]:
        """Pairs of those branches that may be environments: the first has more than the second."""
        known = {name: ref for name, ref in branches.items() if is_known(name)}
        found = set()
        for more, ref in known.items():
            for less, other in known.items():
                if more != less and self._run("merge-base", "--is-ancestor", other, ref).returncode == 0:
                    found.add((more, less))
        return frozenset(pair for pair in found if pair[::-1] not in found)
