"""Objects and refs of a bare repository as the files they are: a git process takes a hundred times longer.

https://git-scm.com/book/en/v2/Git-Internals-Git-Objects. What is written here git reads as its own, and what
git has put elsewhere, in a pack, is not found here.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import zlib
from pathlib import Path

SHA = re.compile(r"[0-9a-f]{40}")
FOLDER, FILE = "40000", "100644"
Tree = dict[bytes, tuple[str, str]]
"""What lies in a folder, by name: mode and hash."""


class GitFiles:
    """The files of the repository at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    # --- objects ---

    def write(self, kind: str, data: bytes) -> str:
        """Keep a blob, tree or commit; its hash."""
        whole = b"%s %d\0" % (kind.encode(), len(data)) + data
        sha = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
        path = self._object(sha)
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix="tmp_obj_")
            with os.fdopen(handle, "wb") as file:
                file.write(zlib.compress(whole, 1))
            Path(unfinished).replace(path)
        return sha

    def read(self, sha: str) -> tuple[str, bytes] | None:
        """An object's kind and data, None when it has no file of its own."""
        try:
            whole = zlib.decompress(self._object(sha).read_bytes())
        except FileNotFoundError:
            return None
        header, _, data = whole.partition(b"\0")
        return header.decode().split(" ")[0], data

    def _object(self, sha: str) -> Path:
        return self._path / "objects" / sha[:2] / sha[2:]

    # --- refs ---

    @property
    def have_all_refs(self) -> bool:
        """Whether each ref is a file of its own."""
        return not (self._path / "packed-refs").exists()

    def ref(self, name: str) -> str | None:
        """The commit a ref is at, None when it has no file."""
        try:
            text = (self._path / name).read_text(encoding="ascii").strip()
        except (OSError, UnicodeError):
            return None
        return text if SHA.fullmatch(text) else None

    def refs(self) -> dict[str, str]:
        """Every ref that has a file, by its full name, in git's order."""
        names = [
            f"{Path(folder).relative_to(self._path)}/{file}"
            for folder, _, files in os.walk(self._path / "refs")
            for file in files
            if not file.endswith(".lock")
        ]
        found = {name: self.ref(name) for name in sorted(names, key=os.fsencode)}
        return {name: sha for name, sha in found.items() if sha}

    def set_ref(self, name: str, sha: str) -> None:
        """Create the ref, or move it. Raises `OSError` where something is in its way."""
        path = self._path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(f"{path.name}.lock")  # git's own: it waits for no other writer and lets none in
        with lock.open("x") as file:
            file.write(f"{sha}\n")
        try:
            lock.replace(path)
        except OSError:
            lock.unlink(missing_ok=True)
            raise

    def delete_ref(self, name: str) -> None:
        """Delete the ref; one that is not there is fine."""
        (self._path / name).unlink(missing_ok=True)


def read_tree(data: bytes) -> Tree:
    """A tree's data: for each entry `MODE NAME`, a zero byte and the hash as 20 bytes."""
    found: Tree = {}
    while data:
        head, _, rest = data.partition(b"\0")
        mode, _, name = head.partition(b" ")
        found[name] = (mode.decode(), rest[:20].hex())
        data = rest[20:]
    return found


def tree_data(tree: Tree) -> bytes:
    """The data of a tree, in git's order: as if a folder's name ended with a slash."""
    in_order = sorted(tree.items(), key=lambda item: item[0] + b"/" * (item[1][0] == FOLDER))
    return b"".join(
        mode.encode() + b" " + name + b"\0" + bytes.fromhex(sha) for name, (mode, sha) in in_order
    )
