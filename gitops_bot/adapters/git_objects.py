"""Git's objects by name, through one `git cat-file --batch` that is kept from question to question.

What a hash names never changes, so commits and trees are remembered by their hashes, in this process's
memory: no fetch and no code that a plan runs can make another answer of one that was given. Names that move
(`HEAD`, a branch) are resolved anew each time.
"""

from __future__ import annotations

import re
import select
import subprocess
import weakref
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, cast

from msgspec import Struct

from gitops_bot.core.errors import BadInput, RunFailed

_HEADER = re.compile(rb"([0-9a-f]{40}(?:[0-9a-f]{24})?) ([a-z]+) ([0-9]+)")
_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_CHUNK = 65_536
_WHOLE = "Check out with the whole history: `fetch-depth: 0` for actions/checkout."


class Commit(Struct, frozen=True):
    """A commit as it says itself: a shallow clone hides the parents of its oldest ones elsewhere. `time` is
    the committer's, in seconds since 1970."""

    name: str
    tree: str
    parents: tuple[str, ...]
    time: int


class TreeEntry(Struct, frozen=True):
    """An entry of a tree. `mode` has six digits, as git shows it; `name` is the object's hash."""

    mode: str
    path: str
    name: str

    @property
    def is_tree(self) -> bool:
        """Whether it is a folder."""
        return self.mode == "040000"

    @property
    def is_file(self) -> bool:
        """Whether it is a plain file: no link, no submodule."""
        return self.mode.startswith("100")


class GitObjects:
    """The objects of one repository. `command` starts git with its safe options.

    For one thread. The process lives until `pause`, or as long as this object does.
    """

    def __init__(
        self, command: Sequence[str], root: Path, environ: Mapping[str, str], timeout: float
    ) -> None:
        self._command = [*command, "cat-file", "--batch"]
        self._root = root
        self._environ = dict(environ)
        self._timeout = timeout
        self._answers: _Answers | None = None
        self._commits: dict[str, Commit] = {}
        self._trees: dict[str, tuple[TreeEntry, ...]] = {}

    def commit(self, revision: str) -> Commit | None:
        """The commit that a revision leads to, None where there is none in this clone."""
        known = self._commits.get(revision)
        if known is not None:
            return known
        found = self._ask(f"{revision}^{{commit}}")
        if found is None:
            return None
        commit = _read_commit(*found)
        self._commits[commit.name] = commit
        return commit

    def tree(self, revision: str) -> str | None:
        """The hash of the tree that a commit or tree leads to."""
        if revision in self._trees:
            return revision
        known = self._commits.get(revision)
        if known is not None:
            return known.tree
        found = self._ask(f"{revision}^{{tree}}")
        if found is None:
            return None
        name, data = found
        self._trees[name] = _read_tree(name, data)
        return name

    def entries(self, tree: str) -> tuple[TreeEntry, ...]:
        """What lies directly in a tree, in git's order. Raises `RunFailed` for one that is not there."""
        if tree not in self._trees and self.tree(tree) != tree:
            raise RunFailed(f"git has no tree {tree}.", _WHOLE)
        return self._trees[tree]

    def entry(self, tree: str, name: str) -> TreeEntry | None:
        """What has this name in a tree, None where nothing has."""
        return next((entry for entry in self.entries(tree) if entry.path == name), None)

    def files(self, tree: str) -> Iterator[TreeEntry]:
        """Everything in a tree and the trees below, by its whole path, submodules included."""
        waiting = [TreeEntry("040000", "", tree)]
        while waiting:
            entry = waiting.pop()
            if not entry.is_tree:
                yield entry
                continue
            prefix = f"{entry.path}/" if entry.path else ""
            below = [TreeEntry(e.mode, prefix + e.path, e.name) for e in self.entries(entry.name)]
            waiting.extend(reversed(below))

    def blob(self, name: str) -> bytes:
        """The bytes of a file's object. Raises `RunFailed` for one that is not there."""
        found = self._ask(name)
        if found is None:
            raise RunFailed(
                f"git has no object {name}.", "Check out with the whole history (fetch-depth: 0)."
            )
        return found[1]

    def pause(self) -> None:
        """End the process; the next question starts another.

        To be called before code of others is started. It is the bot's user and could write into the pipes
        of a process that is there all the time, which is no more than the one of a moment's that it would
        have to catch.
        """
        if self._answers is not None:
            self._answers.end()
            self._answers = None

    def _ask(self, name: str) -> tuple[str, bytes] | None:
        """The hash and the bytes of what a name leads to, None where that is nothing."""
        if "\n" in name or "\0" in name:
            return None
        if self._answers is None:
            self._answers = _Answers(self._command, self._root, self._environ, self._timeout)
        try:
            return self._answers.to(name)
        except BaseException:  # a signal, too: half an answer would be taken for the next one
            self.pause()
            raise


class _Answers:
    """The process, and what it says."""

    def __init__(
        self, command: Sequence[str], root: Path, environ: Mapping[str, str], timeout: float
    ) -> None:
        try:
            # In a session of its own no signal meant for the bot ends it. It ends when its input does, so
            # it does not outlive a bot that is killed.
            process = subprocess.Popen(
                command, cwd=root, env=dict(environ), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, bufsize=0, start_new_session=True,
            )  # fmt: skip
        except FileNotFoundError:
            raise BadInput("git was not found.", "Install git and see that it is on PATH.") from None
        self._questions, self._output = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
        self._timeout = timeout
        self._buffer = b""
        self.end = weakref.finalize(self, _end, process)

    def to(self, name: str) -> tuple[str, bytes] | None:
        try:
            self._questions.write(name.encode("utf-8", "surrogateescape") + b"\n")
        except BrokenPipeError:
            raise _no_answer(name) from None
        while b"\n" not in self._buffer:
            self._read_more(name)
        line, _, self._buffer = self._buffer.partition(b"\n")
        header = _HEADER.fullmatch(line)
        if header is None:  # the name again, with `missing` or `ambiguous`
            return None
        size = int(header[3])
        parts, there = [self._buffer], len(self._buffer)
        while there <= size:  # and a line end
            self._buffer = b""
            self._read_more(name)
            parts.append(self._buffer)
            there += len(self._buffer)
        data = b"".join(parts)
        self._buffer = data[size + 1 :]
        return header[1].decode("ascii"), data[:size]

    def _read_more(self, name: str) -> None:
        poll = select.poll()
        poll.register(self._output, select.POLLIN)
        if not poll.poll(self._timeout * 1000):
            raise RunFailed(f"git did not answer within {self._timeout:g} seconds.")
        more = self._output.read(_CHUNK)
        if not more:
            raise _no_answer(name)
        self._buffer += more


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing it does needs to be finished."""
    process.kill()
    with process:  # closes its pipes and waits for it
        pass


def _no_answer(name: str) -> RunFailed:
    return RunFailed(f"git ended without an answer about {name}.", "Run `git fsck` in the checkout.")


def _read_commit(name: str, data: bytes) -> Commit:
    tree, parents, time = "", [], 0
    for line in data.partition(b"\n\n")[0].decode("utf-8", "surrogateescape").split("\n"):
        key, _, value = line.partition(" ")
        if key == "tree":
            tree = value
        elif key == "parent" and _HASH.fullmatch(value):
            parents.append(value)
        elif key == "committer":
            seconds = value.rpartition("> ")[2].split(" ")[0]
            time = int(seconds) if seconds.isdecimal() else 0
    return Commit(name, tree, tuple(parents), time)


def _read_tree(name: str, data: bytes) -> tuple[TreeEntry, ...]:
    """A tree's own form: for each entry `MODE NAME`, a zero byte and the hash as bytes."""
    width, found, position = len(name) // 2, [], 0
    while position < len(data):
        end = data.index(b"\0", position)
        mode, _, path = data[position:end].partition(b" ")
        position = end + 1 + width
        found.append(
            TreeEntry(
                mode.decode("ascii").zfill(6),
                path.decode("utf-8", "surrogateescape"),
                data[end + 1 : position].hex(),
            )
        )
    return tuple(found)
