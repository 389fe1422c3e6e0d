"""The bare repository behind the sandbox, through the git command line."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_SHA = re.compile(r"[0-9a-f]{40}")
_PLAIN_NAME = re.compile(r"[0-9A-Za-z_-]+(?:/[0-9A-Za-z_-]+)*")
"""A branch's name in which git sees nothing else, such as `~1`."""
_COMMIT_FORMAT = "%x1f".join(("%H", "%T", "%P", "%an", "%ae", "%at", "%cn", "%ce", "%ct", "%B"))
_STATUS_NAMES = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}


class GitFailed(Exception):
    """A git command ended in an error nobody expected; the text is its standard error."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who made a commit, and when."""

    name: str
    email: str
    at: datetime

    def environment(self, role: str) -> dict[str, str]:
        """The variables by which git takes this signature; `role` is AUTHOR or COMMITTER."""
        return {
            f"GIT_{role}_NAME": self.name,
            f"GIT_{role}_EMAIL": self.email,
            f"GIT_{role}_DATE": f"@{int(self.at.timestamp())} +0000",
        }


@dataclass(frozen=True, slots=True)
class CommitInfo:
    """A commit; the times are seconds since the epoch."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: str
    author_email: str
    authored_at: int
    committer: str
    committer_email: str
    committed_at: int
    message: str


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file of a diff. `patch` is empty for binary files."""

    path: str
    previous_path: str
    status: str
    blob: str
    additions: int
    deletions: int
    patch: str


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One entry of a folder at a commit: `kind` is blob, tree or commit."""

    path: str
    kind: str
    sha: str
    mode: str


class GitStore:
    """Reads and writes one bare repository. Revisions that do not exist are None, never an error.

    Commits do not change and none is removed, so git is asked once about each.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._verified: dict[str, str] = {}
        self._commits: dict[str, CommitInfo] = {}

    @classmethod
    def create(cls, path: Path, default_branch: str) -> GitStore:
        """Make the folder a new, empty bare repository."""
        path.mkdir(parents=True, exist_ok=True)
        store = cls(path)
        store._git("init", "--quiet", "--bare", f"--initial-branch={default_branch}", str(path))
        store._git("config", "uploadpack.allowAnySHA1InWant", "true")  # as GitHub lets commits be fetched
        return store

    # --- refs ---

    def branches(self) -> dict[str, str]:
        """Every branch and the commit it is at."""
        return {name.removeprefix("refs/heads/"): sha for name, sha in self.refs("refs/heads/").items()}

    def refs(self, prefix: str) -> dict[str, str]:
        """Every ref that starts with `prefix`, by its full name."""
        listing = self._git("for-each-ref", "--format=%(refname) %(objectname)").decode()
        pairs = (line.split(" ") for line in listing.splitlines())
        return {name: sha for name, sha in pairs if name.startswith(prefix)}

    def branch(self, name: str) -> str | None:
        """The commit a branch is at."""
        return self._loose(name) or self._verify(f"refs/heads/{name}")

    def resolve(self, revision: str) -> str | None:
        """The full hash of a branch, full ref, tag or commit."""
        if _SHA.fullmatch(revision):
            return self._verify(revision)
        return self.branch(revision) or self._verify(revision)

    def set_ref(self, ref: str, commit: str) -> None:
        """Create the ref, or move it."""
        self._git("update-ref", ref, commit)

    def delete_ref(self, ref: str) -> None:
        """Delete the ref; one that is not there is fine."""
        self._git("update-ref", "-d", ref)

    def is_branch_name(self, name: str) -> bool:
        """Whether git would take this as a branch's name."""
        plain = _PLAIN_NAME.fullmatch(name) is not None
        return plain or self._run("check-ref-format", f"refs/heads/{name}").returncode == 0

    # --- history ---

    def commit(self, revision: str) -> CommitInfo | None:
        """One commit."""
        sha = self.resolve(revision)
        if sha and sha not in self._commits:
            self._commits[sha] = self._log("-1", sha)[0]
        return self._commits[sha] if sha else None

    def commits_between(self, after: str, until: str) -> list[CommitInfo]:
        """The commits reachable from `until` and not from `after`, oldest first."""
        return self._log("--topo-order", "--reverse", f"{after}..{until}")

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor."""
        found = self._run("merge-base", one, other)
        return found.stdout.decode().strip() or None

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        """Whether `descendant` contains `ancestor`."""
        return self._run("merge-base", "--is-ancestor", ancestor, descendant).returncode == 0

    def ahead_behind(self, base: str, head: str) -> tuple[int, int]:
        """How many commits only `head` has, and how many only `base` has."""
        behind, ahead = self._git("rev-list", "--left-right", "--count", f"{base}...{head}").split()
        return int(ahead), int(behind)

    # --- content ---

    def changes(self, before: str, after: str) -> list[FileChange]:
        """The files that differ between two commits, as GitHub lists them."""
        diff = ("diff", "--no-ext-diff", "--no-textconv", "--no-color", "--full-index", "-M")
        raw = self._git(*diff, "--raw", "-z", before, after).decode(errors="replace").split("\0")
        numbers = self._git(*diff, "--numstat", "-z", before, after).decode(errors="replace").split("\0")
        text = self._git(*diff, "--patch", before, after).decode(errors="replace")
        patches = re.split(r"^diff --git ", text, flags=re.MULTILINE)[1:]
        found: list[FileChange] = []
        raw_fields, number_fields = iter(raw), iter(numbers)
        for header, patch in zip(iter(lambda: next(raw_fields), ""), patches, strict=True):
            _, _, _, blob, letter = header.split(" ")
            path = previous = next(raw_fields)
            if letter[0] in "RC":
                path = next(raw_fields)
            additions, deletions, inline_path = next(number_fields).split("\t", 2)
            if not inline_path:
                next(number_fields), next(number_fields)
            hunk = patch.find("\n@@")
            found.append(
                FileChange(
                    path=path,
                    previous_path=previous if previous != path else "",
                    status=_STATUS_NAMES.get(letter[0], "changed"),
                    blob=blob,
                    additions=int(additions) if additions != "-" else 0,
                    deletions=int(deletions) if deletions != "-" else 0,
                    patch=patch[hunk + 1 :].rstrip("\n") if hunk >= 0 else "",
                )
            )
        return found

    def entry(self, commit: str, path: str) -> TreeEntry | None:
        """The file or folder at a path."""
        entries = self._ls_tree(commit, path)
        return entries[0] if entries else None

    def folder(self, commit: str, path: str) -> list[TreeEntry]:
        """What is directly inside a folder; "" is the root."""
        return self._ls_tree(commit, f"{path}/" if path else "")

    def blob(self, sha: str) -> bytes:
        """A file's content."""
        return self._git("cat-file", "blob", sha)

    def blob_or_none(self, sha: str) -> bytes | None:
        """A file's content by its full hash, None when there is no such blob."""
        if not _SHA.fullmatch(sha):
            return None
        found = self._run("cat-file", "blob", sha)
        return found.stdout if found.returncode == 0 else None

    # --- new commits ---

    def write_commit(
        self,
        parents: tuple[str, ...],
        files: Mapping[str, str | bytes | None],
        message: str,
        author: Signature,
    ) -> str:
        """A commit on top of the first parent with these files changed; None deletes one."""
        with tempfile.TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            if parents:
                self._git("read-tree", parents[0], variables=index)
            lines: list[str] = []
            for path, content in files.items():
                if content is None:
                    lines.append(f"0 {'0' * 40}\t{path}\0")
                    continue
                data = content.encode() if isinstance(content, str) else content
                blob = self._git("hash-object", "-w", "--stdin", given=data).decode().strip()
                lines.append(f"100644 {blob}\t{path}\0")
            self._git("update-index", "-z", "--index-info", given="".join(lines).encode(), variables=index)
            tree = self._git("write-tree", variables=index).decode().strip()
        return self._commit_tree(tree, parents, message, author, author)

    def merge_commit(
        self,
        base: str,
        head: str,
        message: str,
        author: Signature,
        committer: Signature,
        *,
        squash: bool = False,
    ) -> str | None:
        """The merge of two commits, None when they conflict. With `squash`, the head is no parent."""
        merged = self._run("merge-tree", "--write-tree", "--no-messages", base, head)
        if merged.returncode != 0:
            return None
        tree = merged.stdout.decode().split("\n", 1)[0]
        return self._commit_tree(tree, (base,) if squash else (base, head), message, author, committer)

    def rebase(self, base: str, head: str, committer: Signature) -> str | None:
        """The head's commits made anew on top of the base, None when one of them conflicts."""
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder) / "work"
            self._git("worktree", "add", "--quiet", "--detach", str(work), head)
            try:
                rebased = self._run(
                    "-C", str(work), "rebase", "--quiet", "--force-rebase", base, at_store=False,
                    variables=committer.environment("COMMITTER"),
                )  # fmt: skip
                if rebased.returncode != 0:
                    return None
                return self._git("-C", str(work), "rev-parse", "HEAD", at_store=False).decode().strip()
            finally:
                self._git("worktree", "remove", "--force", str(work))

    # --- git ---

    def _commit_tree(
        self, tree: str, parents: tuple[str, ...], message: str, author: Signature, committer: Signature
    ) -> str:
        flags = [flag for parent in parents for flag in ("-p", parent)]
        variables = author.environment("AUTHOR") | committer.environment("COMMITTER")
        made = self._git("commit-tree", tree, *flags, given=message.encode(), variables=variables)
        return made.decode().strip()

    def _verify(self, revision: str) -> str | None:
        if revision.startswith("-"):
            return None
        if revision in self._verified:
            return self._verified[revision]
        found = self._run("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        if found.returncode != 0:
            return None
        commit = found.stdout.decode().strip()
        if _SHA.fullmatch(revision):
            self._verified[revision] = commit
        return commit

    def _loose(self, branch: str) -> str | None:
        """The commit in a branch's own file, if there is one: a git process takes a hundred times longer."""
        if not _PLAIN_NAME.fullmatch(branch):
            return None
        try:
            text = (self.path / "refs/heads" / branch).read_text(encoding="ascii").strip()
        except (OSError, UnicodeError):
            return None
        return text if _SHA.fullmatch(text) else None

    def _log(self, *arguments: str) -> list[CommitInfo]:
        records = self._git("log", "-z", f"--format={_COMMIT_FORMAT}", *arguments)
        return [_read_commit(record) for record in records.decode(errors="replace").split("\0") if record]

    def _ls_tree(self, commit: str, path: str) -> list[TreeEntry]:
        entries: list[TreeEntry] = []
        listing = self._git("--literal-pathspecs", "ls-tree", "-z", commit, *(("--", path) if path else ()))
        for line in listing.decode(errors="replace").split("\0"):
            if line:
                facts, name = line.split("\t", 1)
                mode, kind, sha = facts.split(" ")
                entries.append(TreeEntry(name, kind, sha, mode))
        return entries

    def _git(
        self,
        *arguments: str,
        given: bytes | None = None,
        variables: Mapping[str, str] | None = None,
        at_store: bool = True,
    ) -> bytes:
        done = self._run(*arguments, given=given, variables=variables, at_store=at_store)
        if done.returncode != 0:
            raise GitFailed(f"git {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    def _run(
        self,
        *arguments: str,
        given: bytes | None = None,
        variables: Mapping[str, str] | None = None,
        at_store: bool = True,
    ) -> subprocess.CompletedProcess[bytes]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
        identity = ("-c", "user.name=GitHub", "-c", "user.email=noreply@github.com")
        place = (f"--git-dir={self.path}",) if at_store else ()
        return subprocess.run(
            ["git", *identity, *place, *arguments],
            input=given if given is not None else b"",
            capture_output=True,
            env={**kept, **own, **(variables or {})},
            check=False,
        )


def _read_commit(record: str) -> CommitInfo:
    sha, tree, parents, author, mail, at, committer, committer_mail, done, message = record.split("\x1f", 9)
    return CommitInfo(
        sha=sha,
        tree=tree,
        parents=tuple(parents.split()),
        author=author,
        author_email=mail,
        authored_at=int(at),
        committer=committer,
        committer_email=committer_mail,
        committed_at=int(done),
        message=message.rstrip("\n"),
    )
