"""The bare repository behind the sandbox: files where they say it, the git command line for the rest."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gitops_bot.sandbox.git_files import FILE, FOLDER, SHA, GitFiles, Tree, read_tree, tree_data
from gitops_bot.sandbox.git_history import best_common, in_line, reachable

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
        self._files = GitFiles(path)
        self._verified: dict[str, str] = {}
        self._commits: dict[str, CommitInfo] = {}
        self._changes: dict[tuple[str, str], list[FileChange]] = {}

    @classmethod
    def create(cls, path: Path, default_branch: str) -> GitStore:
        """Make the folder a new, empty bare repository."""
        path.mkdir(parents=True, exist_ok=True)
        store = cls(path)
        store._git("init", "--quiet", "--bare", f"--initial-branch={default_branch}", str(path))
        with (path / "config").open("a") as config:
            config.write("[uploadpack]\n\tallowAnySHA1InWant = true\n")  # as GitHub lets commits be fetched
        return store

    # --- refs ---

    def branches(self) -> dict[str, str]:
        """Every branch and the commit it is at."""
        return {name.removeprefix("refs/heads/"): sha for name, sha in self.refs("refs/heads/").items()}

    def refs(self, prefix: str) -> dict[str, str]:
        """Every ref that starts with `prefix`, by its full name."""
        if self._files.have_all_refs:
            found = self._files.refs()
        else:
            listing = self._git("for-each-ref", "--format=%(refname) %(objectname)").decode()
            found = dict(line.split(" ") for line in listing.splitlines())
        return {name: sha for name, sha in found.items() if name.startswith(prefix)}

    def branch(self, name: str) -> str | None:
        """The commit a branch is at."""
        ref = f"refs/heads/{name}"
        if not _PLAIN_NAME.fullmatch(name):
            return self._verify(ref)
        return self._files.ref(ref) or (None if self._files.have_all_refs else self._verify(ref))

    def resolve(self, revision: str) -> str | None:
        """The full hash of a branch, full ref, tag or commit."""
        if SHA.fullmatch(revision):
            return self._verify(revision)
        return self.branch(revision) or self._verify(revision)

    def set_ref(self, ref: str, commit: str) -> None:
        """Create the ref, or move it."""
        try:
            self._files.set_ref(ref, commit)
        except OSError:  # git says why
            self._git("update-ref", ref, commit)

    def delete_ref(self, ref: str) -> None:
        """Delete the ref; one that is not there is fine."""
        if self._files.have_all_refs:
            self._files.delete_ref(ref)
        else:
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
            self._commits |= {info.sha: info for info in self._log(sha)}
        return self._commits[sha] if sha else None

    def commits_between(self, after: str, until: str) -> list[CommitInfo]:
        """The commits reachable from `until` and not from `after`, oldest first."""
        line = in_line(after, until, self._parents)
        if line is None:
            return self._log("--topo-order", "--reverse", f"{after}..{until}")
        return [self._commits[sha] for sha in line]

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor."""
        best = best_common(one, other, self._parents)
        if len(best) < 2:
            return best.pop() if best else None
        return self._git("merge-base", one, other).decode().strip()

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        """Whether `descendant` contains `ancestor`."""
        return ancestor in reachable(descendant, self._parents)

    def ahead_behind(self, base: str, head: str) -> tuple[int, int]:
        """How many commits only `head` has, and how many only `base` has."""
        of_head, of_base = reachable(head, self._parents), reachable(base, self._parents)
        return len(of_head - of_base), len(of_base - of_head)

    def _parents(self, sha: str) -> tuple[str, ...]:
        info = self.commit(sha)
        if info is None:
            raise GitFailed(f"there is no commit {sha}")
        return info.parents

    # --- content ---

    def changes(self, before: str, after: str) -> list[FileChange]:
        """The files that differ between two commits, as GitHub lists them."""
        if (before, after) not in self._changes:
            self._changes[before, after] = self._diff(before, after)
        return self._changes[before, after]

    def _diff(self, before: str, after: str) -> list[FileChange]:
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
        around = self.folder(commit, path.rpartition("/")[0])
        return next((found for found in around if found.path == path), None)

    def folder(self, commit: str, path: str) -> list[TreeEntry]:
        """What is directly inside a folder; "" is the root."""
        info = self.commit(commit)
        tree = self._tree(info.tree) if info else {}
        for name in path.split("/") if path else ():
            mode, sha = tree.get(os.fsencode(name), ("", ""))
            tree = self._tree(sha) if mode == FOLDER else {}
        prefix = f"{path}/" if path else ""
        return [
            TreeEntry(prefix + name.decode(errors="replace"), _kind(mode), sha, mode.zfill(6))
            for name, (mode, sha) in tree.items()
        ]

    def blob(self, sha: str) -> bytes:
        """A file's content."""
        found = self.blob_or_none(sha)
        if found is None:
            raise GitFailed(f"there is no blob {sha}")
        return found

    def blob_or_none(self, sha: str) -> bytes | None:
        """A file's content by its full hash, None when there is no such blob."""
        kind, data = self._object(sha) if SHA.fullmatch(sha) else ("", b"")
        return data if kind == "blob" else None

    def _object(self, sha: str) -> tuple[str, bytes]:
        """An object's kind and data; ("", b"") where there is none."""
        found = self._files.read(sha)
        if found is not None:
            return found
        header, _, data = self._git("cat-file", "--batch", given=f"{sha}\n".encode()).partition(b"\n")
        kind = header.decode().split(" ")[1]
        return (kind, data[:-1]) if kind != "missing" else ("", b"")

    def _tree(self, sha: str) -> Tree:
        return read_tree(self._object(sha)[1])

    # --- new commits ---

    def write_commit(
        self,
        parents: tuple[str, ...],
        files: Mapping[str, str | bytes | None],
        message: str,
        author: Signature,
    ) -> str:
        """A commit on top of the first parent with these files changed; None deletes one."""
        start = self.commit(parents[0]) if parents else None
        nothing = self._files.write("tree", b"")
        tree = start.tree if start else nothing
        for path, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            blob = None if data is None else self._files.write("blob", data)
            tree = self._tree_with(tree, os.fsencode(path).split(b"/"), blob) or self._files.write(
                "tree", b""
            )
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
        tree = self._merged_tree(base, head)
        if tree is None:
            return None
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
        people = [("author", author), ("committer", committer)]
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
        lines += [f"{role} {s.name} <{s.email}> {int(s.at.timestamp())} +0000" for role, s in people]
        sha = self._files.write("commit", "\n".join([*lines, "", message]).encode())
        self._verified[sha] = sha
        self._commits[sha] = CommitInfo(
            sha, tree, parents, author.name, author.email, int(author.at.timestamp()),
            committer.name, committer.email, int(committer.at.timestamp()), message.rstrip("\n"),
        )  # fmt: skip
        return sha

    def _tree_with(self, tree: str | None, path: list[bytes], blob: str | None) -> str | None:
        """The tree with a file at the path, or without one; None where nothing is left."""
        entries = self._tree(tree) if tree else {}
        name, *rest = path
        mode, sha = entries.pop(name, ("", ""))
        if rest:
            below = self._tree_with(sha if mode == FOLDER else None, rest, blob)
            entries |= {name: (FOLDER, below)} if below else {}
        elif blob:
            entries[name] = (FILE, blob)
        return self._files.write("tree", tree_data(entries)) if entries else None

    def _merged_tree(self, base: str, head: str) -> str | None:
        """What the files of two commits come to together, None when they conflict."""
        for one, other in ((base, head), (head, base)):
            if self.is_ancestor(one, other):
                return self._commits[other].tree
        merged = self._run("merge-tree", "--write-tree", "--no-messages", base, head)
        return merged.stdout.decode().split("\n", 1)[0] if merged.returncode == 0 else None

    def _verify(self, revision: str) -> str | None:
        if revision.startswith("-"):
            return None
        if revision in self._verified:
            return self._verified[revision]
        found = self._run("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
        if found.returncode != 0:
            return None
        commit = found.stdout.decode().strip()
        if SHA.fullmatch(revision):
            self._verified[revision] = commit
        return commit

    def _log(self, *arguments: str) -> list[CommitInfo]:
        records = self._git("log", "-z", f"--format={_COMMIT_FORMAT}", *arguments)
        return [_read_commit(record) for record in records.decode(errors="replace").split("\0") if record]

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


def _kind(mode: str) -> str:
    return {FOLDER: "tree", "160000": "commit"}.get(mode, "blob")
