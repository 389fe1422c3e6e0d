"""The checked-out repository, through the git command line, as `ports.WorkTree`."""

from __future__ import annotations

import base64
import contextlib
import re
import subprocess
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Self

from gitops_bot.adapters.git_objects import Commit, GitObjects
from gitops_bot.core.content import Content
from gitops_bot.core.errors import BadInput, RunFailed
from gitops_bot.ports import BranchRefused

_TIMEOUT_SECONDS = 600
_LARGEST_TEXT, _MOST_TEXT, _MOST_TEXTS = 1024 * 1024, 8 * 1024 * 1024, 500
"""How many bytes one file of a folder may have, and all of them together, and how many there may be."""
_CONTENTS_KEPT = 4
"""How many commits' lists of files are kept: a verdict compares the same three again and again."""
_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# The repository is not trusted: nothing its configuration names is started.
_SAFE = (
    "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false",
    "-c", "core.untrackedCache=false",
    "-c", "core.quotePath=false",
    "-c", "protocol.ext.allow=never",
    "-c", "submodule.recurse=false",
    "-c", "diff.external=",
    "-c", "commit.gpgSign=false",
    "-c", "gc.auto=0",
    "-c", "maintenance.auto=false",
    "-c", "credential.interactive=false",
)  # fmt: skip
_AUTHOR = {
    "GIT_AUTHOR_NAME": "gitops-bot",
    "GIT_AUTHOR_EMAIL": "gitops-bot@localhost",
    "GIT_COMMITTER_NAME": "gitops-bot",
    "GIT_COMMITTER_EMAIL": "gitops-bot@localhost",
}
_MERGE_AUTHOR = _AUTHOR | {
    "GIT_AUTHOR_DATE": "2000-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2000-01-01T00:00:00Z",
}
_INHERITED = re.compile(
    r"PATH|HOME|TMPDIR|XDG_.*|SSH_.*|LANG|SSL_.*|.*_proxy|.*_PROXY|GIT_SSL_.*|GIT_SSH.*|GIT_CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)"
)


class GitWorkTree:
    """Implements `ports.WorkTree`. `token` is used for fetching from `server_url` and nothing else.

    What follows from hashes alone is asked of git once: a hash's content, its ancestors and the merge of two
    of them never change. Where branches are, and what the work tree holds, is asked each time.
    """

    def __init__(self, root: Path, environ: Mapping[str, str], token: str = "", server_url: str = "") -> None:
        self._root = root.resolve()
        self._token = token
        self._server_url = server_url.rstrip("/")
        self._environ = {name: value for name, value in environ.items() if _INHERITED.fullmatch(name)}
        self._environ |= {
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "",
            "LC_ALL": "C",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_REPLACE_OBJECTS": "1",
        }
        about = ("--is-inside-work-tree", "--is-shallow-repository", "HEAD^{commit}")
        said = (
            self._run("rev-parse", *about).stdout.decode("ascii", "replace").split() if root.is_dir() else []
        )
        if len(said) < 2:
            raise BadInput(
                f"The folder {root} is not a git repository that git may read.",
                "Run this in a checkout; in a workflow, after actions/checkout. "
                "If another user owns the folder, add it to git's safe.directory.",
            )
        self._shallow = said[1] == "true"
        self._head = said[-1] if _HASH.fullmatch(said[-1]) else ""
        self._objects = GitObjects(("git", *_SAFE), self._root, self._environ, _TIMEOUT_SECONDS)
        self._content = lru_cache(maxsize=_CONTENTS_KEPT)(self._read_content)
        self._between: dict[tuple[str | None, str], tuple[str, ...]] = {}
        self._bases: dict[tuple[str, str], str | None] = {}
        self._merges: dict[tuple[str, str], str | None] = {}
        self._has_header: bool | None = None

    def opened(self, folder: Path) -> Self:
        """Another work tree of the same repository, such as `merge` makes one; both share what was read."""
        other = type(self)(folder, self._environ, self._token, self._server_url)
        other._objects, other._content = self._objects, self._content
        other._between, other._bases, other._merges = self._between, self._bases, self._merges
        return other

    def pause(self) -> None:
        """Leave no process of git's running; to be called before code of others is started."""
        self._objects.pause()

    @property
    def root(self) -> Path:
        """The folder of the checkout."""
        return self._root

    def head(self) -> str:
        """The full hash of HEAD, as it was when this was opened."""
        if not self._head:
            raise _missing("HEAD")
        return self._head

    def changed_files(self) -> tuple[str, ...]:
        """Files that differ from HEAD or are untracked and not ignored."""
        listed = self._text(
            "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all",
            "--ignore-submodules=none",
        )  # fmt: skip
        return tuple(sorted({entry[3:] for entry in listed.split("\0") if entry}))

    def tree(self, revision: str) -> str:
        """The hash of a commit's tree."""
        found = self._objects.tree(revision)
        if found is None:
            raise _missing(revision)
        return found

    def has_commit(self, revision: str) -> bool:
        """Whether the commit is present in this clone."""
        return self._objects.commit(revision) is not None

    def merge_base(self, one: str, other: str) -> str | None:
        """The newest commit both come from, None when there is none."""
        both = self._commit(one), self._commit(other)
        if both not in self._bases:
            self._bases[both] = self._run("merge-base", *both).stdout.decode().strip() or None
        return self._bases[both]

    def parents(self, revision: str) -> tuple[str, ...]:
        """The parents of a commit, in order."""
        return self._known(revision).parents

    def is_shallow(self) -> bool:
        """Whether the clone lacked history when this was opened."""
        return self._shallow

    def commits_between(self, after: str | None, until: str) -> tuple[str, ...]:
        """The commits reachable from `until` and not from `after` (None: all), newest first."""
        both = None if after is None else self._commit(after), self._commit(until)
        if both[0] == both[1]:
            return ()
        if both not in self._between:
            without = () if both[0] is None else (f"^{both[0]}",)
            listed = self._text("rev-list", "--topo-order", "--end-of-options", both[1], *without, "--")
            self._between[both] = tuple(listed.split())
        return self._between[both]

    def changes_of(self, path: str, until: str) -> tuple[str, ...]:
        """The commits that changed a file, newest first: `until` and its first parents, not what their
        merges brought in."""
        listed = self._text(
            "rev-list", "--first-parent", "--end-of-options", self._commit(until), "--",
            f":(top,literal){path}",
        )  # fmt: skip
        return tuple(listed.split())

    def fetch(self, reference: str) -> str:
        """Fetch a branch or commit from origin; the full hash it is at."""
        _check_reference(reference)
        source = reference
        if not _HASH.fullmatch(reference) and not reference.startswith("refs/"):
            source = f"refs/heads/{reference}"
        done = self._run(
            "fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head",
            "--end-of-options", "origin", f"+{source}:refs/gitops-bot/fetched",
            extra=self._authentication(),
        )  # fmt: skip
        if done.returncode != 0:
            raise RunFailed(
                f"git could not fetch {reference} from origin: {self._said(done)}.",
                "Check that it exists and that the token may read the repository's contents.",
            )
        return self._commit("refs/gitops-bot/fetched")

    def file_at(self, revision: str, path: str) -> str | None:
        """A file's text at a commit, None when it is not there."""
        tree = self._known(revision).tree
        *folders, name = path.split("/")
        for folder in folders:
            entry = self._objects.entry(tree, folder)
            if entry is None or not entry.is_tree:
                return None
            tree = entry.name
        entry = self._objects.entry(tree, name)
        if entry is None or not entry.is_file:
            return None
        try:
            return self._objects.blob(entry.name).decode("utf-8")
        except UnicodeDecodeError:
            raise BadInput(f"The file {path} at {revision} is not UTF-8 text.") from None

    def texts_in(self, revision: str, folder: str, suffix: str) -> tuple[tuple[str, str], ...]:
        """The files directly in a folder at a commit whose names end so: path and text, by path.

        Symlinks are no files of their own in git, and none is followed. Left out are files above 1 MiB, what
        comes after 500 files or 8 MiB, and what is not UTF-8.
        """
        commit = self._commit(revision)
        if "\0" in folder or {"", ".."} & set(folder.split("/")):
            return ()
        place = () if folder == "." else ("--", f"{folder}/")
        listed = self._text("--literal-pathspecs", "ls-tree", "-z", "-l", "--full-tree", commit, *place)
        chosen: dict[str, str] = {}
        room = _MOST_TEXT
        for line in listed.split("\0"):
            about, _, path = line.partition("\t")
            fields = about.split()
            if len(fields) != 4 or not fields[0].startswith("100") or not path.endswith(suffix):
                continue
            size = int(fields[3])
            if size <= min(_LARGEST_TEXT, room) and len(chosen) < _MOST_TEXTS:
                room -= size
                chosen[path] = fields[2]
        return self._blobs(chosen)

    def _blobs(self, blobs: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """The texts of these blobs by path."""
        texts: list[tuple[str, str]] = []
        for path, name in blobs.items():
            with contextlib.suppress(UnicodeDecodeError):
                texts.append((path, self._objects.blob(name).decode("utf-8")))
        return tuple(texts)

    def content(self, revision: str) -> Content:
        """Every file of a commit with its mode and object, submodules included."""
        return self._content(self.tree(revision))

    def _read_content(self, tree: str) -> Content:
        return {entry.path: f"{entry.mode} {entry.name}" for entry in self._objects.files(tree)}

    def merged_tree(self, base: str, head: str) -> str | None:
        """The hash of the tree that merging `head` into `base` gives, None when they conflict."""
        both = self._commit(base), self._commit(head)
        if both not in self._merges:
            self._merges[both] = self._merged(*both, f"merge {head} into {base}")
        return self._merges[both]

    def picked_tree(self, commit: str, parent: str, onto: str) -> str | None:
        """The tree of `onto` with what changed from `parent` to `commit`, None when that conflicts.

        Only git 2.40 takes `merge-tree --merge-base`. So two commits of these trees are made that come from
        one of the parent's: it is their merge base for every git, and no branch ever names them.
        """
        start = self._commit_tree(self.tree(parent), (), "", _MERGE_AUTHOR)
        ours, theirs = (
            self._commit_tree(self.tree(revision), (start,), "", _MERGE_AUTHOR) for revision in (onto, commit)
        )
        return self._merged(ours, theirs, f"bring the changes of {commit} onto {onto}")

    def _merged(self, ours: str, theirs: str, attempt: str) -> str | None:
        merged = self._run("merge-tree", "--write-tree", "--no-messages", ours, theirs)
        if merged.returncode == 1 and merged.stdout.strip():
            return None
        tree = merged.stdout.decode("ascii", "replace").strip()
        if merged.returncode != 0 or not _HASH.fullmatch(tree):
            raise RunFailed(
                f"git could not {attempt}: {self._said(merged)}.",
                "Check out with the whole history (fetch-depth: 0) and git 2.38 or newer.",
            )
        return tree

    def merge(self, base: str, head: str, into: Path) -> str | None:
        """Check out the merge of `head` into `base` at the new folder `into`; its commit hash.
        None when they conflict."""
        ours, theirs = self._commit(base), self._commit(head)
        tree = self.merged_tree(base, head)
        if tree is None:
            return None
        commit = self._commit_tree(tree, (ours, theirs), f"Merge {theirs} into {ours}", _MERGE_AUTHOR)
        self._text("worktree", "prune")
        self._text("worktree", "add", "--quiet", "--detach", "--", str(into.absolute()), commit)
        return commit

    def write_commit(self, tree: str, parents: Sequence[str], message: str) -> str:
        """Make a commit with this tree; nothing is checked out and no branch moves. Its hash.

        Its time is its newest parent's. So whoever makes it again, after a failure say, makes the same commit
        and pushes nothing new, and none is older than its parents, by which git would walk history wrongly.
        """
        above = tuple(self._commit(parent) for parent in parents)
        time = f"@{max((self._known(parent).time for parent in above), default=0)} +0000"
        author = _AUTHOR | {"GIT_AUTHOR_DATE": time, "GIT_COMMITTER_DATE": time}
        return self._commit_tree(self.tree(tree), above, message, author)

    def _commit_tree(self, tree: str, parents: Sequence[str], message: str, author: Mapping[str, str]) -> str:
        flags = [flag for parent in parents for flag in ("-p", parent)]
        text = message.encode("utf-8", "surrogateescape")
        return self._bytes("commit-tree", *flags, tree, extra=author, stdin=text).decode("ascii").strip()

    def push(self, commit: str, branch: str) -> None:
        """Put a commit of this clone on a branch of origin, made or moved there, by force where that is not
        forward. Raises `BranchRefused` where the token may not, or a rule forbids it."""
        _check_reference(branch)
        done = self._run(
            "push", "--porcelain", "--no-verify", "--no-follow-tags", "--no-signed",
            "--recurse-submodules=no", "--end-of-options",
            "origin", f"+{self._commit(commit)}:refs/heads/{branch}",
            extra=self._authentication(in_place=True),
        )  # fmt: skip
        if done.returncode != 0:
            raise _not_pushed(branch, self._said(done, done.stdout + done.stderr, 600))

    def _authentication(self, *, in_place: bool = False) -> dict[str, str]:
        """The token as a header, by environment: a command line can be read by every process.

        `in_place` of the one that actions/checkout left, which is another where this one is a GitHub App's.
        """
        if not self._token or not self._server_url:
            return {}
        basic = base64.b64encode(f"x-access-token:{self._token}".encode()).decode("ascii")
        key = f"http.{self._server_url}/.extraheader"
        if not in_place and self._header_is_set(key):
            return {}  # actions/checkout left its own; two would be refused
        return {
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": key,
            "GIT_CONFIG_VALUE_0": "",  # drops those before it
            "GIT_CONFIG_KEY_1": key,
            "GIT_CONFIG_VALUE_1": f"AUTHORIZATION: basic {basic}",
        }

    def _header_is_set(self, key: str) -> bool:
        if self._has_header is None:
            self._has_header = self._run("config", "--get-all", key).returncode == 0
        return self._has_header

    def _known(self, revision: str) -> Commit:
        found = self._objects.commit(revision)
        if found is None:
            raise _missing(revision)
        return found

    def _commit(self, revision: str) -> str:
        return self._known(revision).name

    def _text(self, *arguments: str, extra: Mapping[str, str] | None = None) -> str:
        return self._bytes(*arguments, extra=extra).decode("utf-8", "surrogateescape")

    def _bytes(self, *arguments: str, extra: Mapping[str, str] | None = None, stdin: bytes = b"") -> bytes:
        done = self._run(*arguments, extra=extra, stdin=stdin)
        if done.returncode != 0:
            command = next((a for a in arguments if re.fullmatch(r"[a-z]+(-[a-z]+)*", a)), "")
            raise RunFailed(f"git {command} failed: {self._said(done)}.")
        return done.stdout

    def _run(
        self, *arguments: str, extra: Mapping[str, str] | None = None, stdin: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                ["git", *_SAFE, *arguments],
                cwd=self._root,
                env=self._environ | dict(extra or {}),
                input=stdin,
                capture_output=True,
                timeout=_TIMEOUT_SECONDS,
                check=False,
            )
        except FileNotFoundError:
            raise BadInput("git was not found.", "Install git and see that it is on PATH.") from None
        except subprocess.TimeoutExpired:
            raise RunFailed(f"git did not end within {_TIMEOUT_SECONDS} seconds.") from None

    def _said(self, done: subprocess.CompletedProcess[bytes], output: bytes = b"", length: int = 300) -> str:
        """Git's last words as one line, without the token or an address's credentials."""
        text = (output or done.stderr).decode("utf-8", "replace")
        if self._token:
            text = text.replace(self._token, "***")
        text = re.sub(r"://[^/\s@]*@", "://***@", text)
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        return line[-length:].rstrip(".") or f"status {done.returncode}"


def _missing(revision: str) -> RunFailed:
    return RunFailed(
        f"The commit {revision!r} is not in this clone.",
        "Check out with the whole history: `fetch-depth: 0` for actions/checkout.",
    )


def _check_reference(reference: str) -> None:
    if (
        not reference
        or reference.startswith(("-", "+"))
        or re.search(r"[\s:*?\[\\^~\x00-\x1f\x7f]", reference)
    ):
        raise BadInput(f"{reference!r} is not the name of a branch or commit.")


def _not_pushed(branch: str, words: str) -> RunFailed:
    """Why a push failed, by what GitHub and git say."""
    lower = words.lower()
    if "refusing to allow" in lower and "workflow" in lower:
        return BranchRefused(
            f"GitHub does not let this token put changed workflow files on {branch}: {words}.",
            "The workflow's GITHUB_TOKEN never may: use a GitHub App's installation token with "
            "`contents: write` and `workflows: write`.",
        )
    if re.search(r"gh006|gh013|protected branch|rule violations|hook declined", lower):
        return BranchRefused(
            f"A rule of the repository forbids this token to put a commit on {branch}: {words}.",
            "Leave the bot's branches out of the branch protection or ruleset that fits them, or let the "
            "token's GitHub App bypass it.",
        )
    if re.search(r"error: 403|permission to .* denied|write access to repository not granted", lower):
        return BranchRefused(
            f"GitHub refused to put a commit on {branch}: {words}.",
            "Give the token `contents: write`: in a workflow, under `permissions:`.",
        )
    return RunFailed(
        f"git could not push {branch} to origin: {words}.",
        "Check that origin can be reached and that the token may write the repository's contents.",
    )
