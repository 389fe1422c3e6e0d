"""A work tree in memory: `ports.WorkTree` for tests of the use cases."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gitops_bot.core.content import Content
from gitops_bot.core.errors import RunFailed

Files = Mapping[str, str]


def three_way(base: Files, ours: Files, theirs: Files) -> dict[str, str] | None:
    """The three-way merge by whole files; None where they conflict."""
    merged: dict[str, str] = {}
    for path in {*base, *ours, *theirs}:
        was, one, other = base.get(path), ours.get(path), theirs.get(path)
        if one != was and other != was and one != other:
            return None
        text = other if one == was else one
        if text is not None:
            merged[path] = text
    return merged


def tree_of(files: Files) -> str:
    """The hash of a tree with exactly these files."""
    return hashlib.sha1(repr(dict(sorted(files.items()))).encode()).hexdigest()


@dataclass
class FakeWorkTree:
    """`history` maps each commit to its parents; `merges` maps (base, head) to a commit or None.

    `files` are keyed by (commit, path). `made` are the files of trees that no commit has yet, `pushed` the
    commits that were pushed with their branches, and `refused` branches that cannot be, each with its error.
    """

    root: Path = Path("/checkout")
    commit: str = "1" * 40
    changed: tuple[str, ...] = ()
    shallow: bool = False
    history: dict[str, tuple[str, ...]] = field(default_factory=dict)
    trees: dict[str, str] = field(default_factory=dict)
    remote: dict[str, str] = field(default_factory=dict)
    files: dict[tuple[str, str], str] = field(default_factory=dict)
    merges: dict[tuple[str, str], str | None] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    made: dict[str, dict[str, str]] = field(default_factory=dict)
    pushed: list[tuple[str, str]] = field(default_factory=list)
    refused: dict[str, Exception] = field(default_factory=dict)

    def head(self) -> str:
        return self.commit

    def changed_files(self) -> tuple[str, ...]:
        return self.changed

    def tree(self, revision: str) -> str:
        return self.trees.get(revision, f"tree of {revision}")

    def has_commit(self, revision: str) -> bool:
        return revision == self.commit or revision in self.history

    def merge_base(self, one: str, other: str) -> str | None:
        others = self._reachable(other)
        return next((commit for commit in self._reachable(one) if commit in others), None)

    def parents(self, revision: str) -> tuple[str, ...]:
        if revision not in self.history:
            raise RunFailed(f"There is no commit {revision}.")
        return self.history[revision]

    def is_shallow(self) -> bool:
        return self.shallow

    def commits_between(self, after: str | None, until: str) -> tuple[str, ...]:
        hidden = set() if after is None else set(self._reachable(after))
        return tuple(commit for commit in self._reachable(until) if commit not in hidden)

    def changes_of(self, path: str, until: str) -> tuple[str, ...]:
        found = []
        while until:
            parent = next(iter(self.history.get(until, ())), "")
            if self.file_at(until, path) != self.file_at(parent, path):
                found.append(until)
            until = parent
        return tuple(found)

    def _reachable(self, start: str) -> list[str]:
        found: list[str] = []
        waiting = [start]
        while waiting:
            commit = waiting.pop(0)
            if commit not in found:
                found.append(commit)
                waiting += self.history.get(commit, ())
        return found

    def fetch(self, reference: str) -> str:
        self.fetched.append(reference)
        if reference not in self.remote and not self.has_commit(reference):
            raise RunFailed(f"git could not fetch {reference} from origin.")
        return self.remote.get(reference, reference)

    def file_at(self, revision: str, path: str) -> str | None:
        return self.files.get((revision, path))

    def texts_in(self, revision: str, folder: str, suffix: str) -> tuple[tuple[str, str], ...]:
        inside = "" if folder == "." else f"{folder}/"
        found = {
            path: text
            for (commit, path), text in self.files.items()
            if commit == revision and path.startswith(inside) and path.endswith(suffix)
        }
        return tuple((p, t) for p, t in sorted(found.items()) if "/" not in p.removeprefix(inside))

    def content(self, revision: str) -> Content:
        texts = self.files_at(revision)
        return {path: f"100644 {hashlib.sha1(text.encode()).hexdigest()}" for path, text in texts.items()}

    def files_at(self, revision: str) -> dict[str, str]:
        """The files of a commit or tree."""
        tree = self.trees.get(revision, revision)
        if tree in self.made:
            return self.made[tree]
        commit = next((commit for commit, tree in self.trees.items() if tree == revision), revision)
        return {path: text for (of, path), text in self.files.items() if of == commit}

    def merged_tree(self, base: str, head: str) -> str | None:
        merged = self.merges.get((base, head), f"merge of {head} into {base}")
        return None if merged is None else self.tree(merged)

    def picked_tree(self, commit: str, parent: str, onto: str) -> str | None:
        picked = three_way(*(self.files_at(revision) for revision in (parent, onto, commit)))
        if picked is None:
            return None
        self.made[tree_of(picked)] = picked
        return tree_of(picked)

    def write_commit(self, tree: str, parents: Sequence[str], message: str) -> str:
        texts = self.files_at(tree)
        sha = hashlib.sha1(repr((tree, tuple(parents), message)).encode()).hexdigest()
        self.history[sha], self.trees[sha] = tuple(parents), tree
        self.files.update({(sha, path): text for path, text in texts.items()})
        return sha

    def push(self, commit: str, branch: str) -> None:
        if branch in self.refused:
            raise self.refused[branch]
        self.pushed.append((commit, branch))
        self.remote[branch] = commit

    def merge(self, base: str, head: str, into: Path) -> str | None:
        merged = self.merges.get((base, head), f"merge of {head} into {base}")
        if merged is not None:
            into.mkdir(parents=True)
        return merged
