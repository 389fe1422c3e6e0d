"""What the sandbox writes into its repository and reads from it by itself, held against git."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gitops_bot.sandbox.git_store import CommitInfo, GitFailed, GitStore, Signature
from tests.kit.sandbox_story import git

START = datetime(2026, 1, 1, tzinfo=UTC)
STEPS: list[dict[str, str | bytes | None]] = [
    {"main.tf": "# main\n"},
    {"a/b/deep.tf": "# d\u00e9ep\n", "a.tf": "#", "a-b.tf": "# sorted between\n", "empty": b""},
    {"a/b/deep.tf": None, "a/c": b"\0\xff"},
    {"a": "a file where a folder was\n"},
    {"a/b": "and back\n", "nothing/there": None, "umlaut \u00fc.tf": "#\n"},
]


@pytest.fixture
def store(tmp_path: Path) -> GitStore:
    return GitStore.create(tmp_path / "hub.git", "devops")


def who(second: int = 0) -> Signature:
    return Signature("octo cat", "octo@example.com", START + timedelta(seconds=second))


def written(store: GitStore) -> list[str]:
    """Commits of all the steps, one on the other."""
    made: list[str] = []
    for number, files in enumerate(STEPS):
        made.append(store.write_commit(tuple(made[-1:]), files, f"Step {number}\n\nB\u00f6dy\n", who(number)))
    store.set_ref("refs/heads/devops", made[-1])
    return made


def shown(store: GitStore, commit: str) -> dict[str, tuple[str, str, str]]:
    """Mode, kind and hash of every entry, by path, as git lists them."""
    lines = git(store.path, "ls-tree", "-r", "-t", "-z", commit).strip("\0").split("\0")
    found = {}
    for line in lines:
        facts, _, path = line.partition("\t")
        mode, kind, sha = facts.split(" ")
        found[path] = (mode, kind, sha)
    return found


def walked(store: GitStore, commit: str, path: str = "") -> dict[str, tuple[str, str, str]]:
    """The same as the store lists them."""
    found = {}
    for entry in store.folder(commit, path):
        found[entry.path] = (entry.mode, entry.kind, entry.sha)
        found |= walked(store, commit, entry.path)
    return found


def test_git_finds_nothing_wrong_in_what_is_written(store: GitStore) -> None:
    written(store)
    assert "" == git(store.path, "fsck", "--strict", "--full", "--no-dangling")


def test_git_reads_the_files_that_were_written(store: GitStore) -> None:
    expected: dict[str, bytes] = {}
    for commit, files in zip(written(store), STEPS, strict=True):
        for path, content in files.items():
            kept = {p: d for p, d in expected.items() if p != path and not p.startswith(f"{path}/")}
            above = {str(parent) for parent in Path(path).parents}
            expected = {p: d for p, d in kept.items() if p not in above}
            if content is not None:
                expected[path] = content.encode() if isinstance(content, str) else content
        found = shown(store, commit)
        files_found = {path: store.blob(sha) for path, (_, kind, sha) in found.items() if kind == "blob"}
        assert expected == files_found
        assert found == walked(store, commit)


def test_a_commit_is_the_one_that_git_would_have_made(store: GitStore) -> None:
    for commit in written(store):
        assert GitStore(store.path).commit(commit) == store.commit(commit)


def test_what_is_in_a_pack_is_read_all_the_same(store: GitStore) -> None:
    made = written(store)
    loose = [(store.commit(sha), walked(store, sha), store.changes(made[0], sha)) for sha in made]
    refs, branch = store.refs("refs/"), store.branch("devops")
    git(store.path, "gc", "--quiet")
    packed = GitStore(store.path)
    assert [(packed.commit(sha), walked(packed, sha), packed.changes(made[0], sha)) for sha in made] == loose
    assert (refs, branch) == (packed.refs("refs/"), packed.branch("devops"))
    assert b"# main\n" == packed.blob(walked(packed, made[0])["main.tf"][2])
    packed.delete_ref("refs/heads/devops")
    assert ({}, None) == (packed.refs("refs/"), packed.branch("devops"))


def test_a_branch_below_another_ones_name_is_refused_in_gits_words(store: GitStore) -> None:
    commit = written(store)[0]
    with pytest.raises(GitFailed, match="'refs/heads/devops' exists"):
        store.set_ref("refs/heads/devops/more", commit)
    assert ["refs/heads/devops"] == list(store.refs("refs/"))


def test_a_branch_that_another_writer_has_locked_is_left_alone(store: GitStore) -> None:
    first, *_, last = written(store)
    lock = store.path / "refs/heads/devops.lock"
    lock.touch()
    with pytest.raises(GitFailed, match="Unable to create"):
        store.set_ref("refs/heads/devops", first)
    assert (last, True) == (store.branch("devops"), lock.exists())


def test_a_branch_may_take_the_place_of_a_folder_of_deleted_ones(store: GitStore) -> None:
    commit = written(store)[0]
    store.set_ref("refs/heads/fix/one", commit)
    store.delete_ref("refs/heads/fix/one")
    store.set_ref("refs/heads/fix", commit)
    assert commit == store.branch("fix")


def history(store: GitStore, seed: int) -> list[str]:
    """Commits with one or two parents each, some of them without any."""
    chance, made = random.Random(seed), list[str]()
    for number in range(24):
        parents = tuple(chance.sample(made[-6:], min(len(made), chance.choice((0, 1, 1, 1, 2, 2)))))
        made.append(store.write_commit(parents, {f"{number}.tf": "#\n"}, "Change", who(number)))
    return made


@pytest.mark.parametrize("seed", range(3))
def test_how_commits_come_from_each_other_is_what_git_says(store: GitStore, seed: int) -> None:
    made, chance = history(store, seed), random.Random(seed)
    for _ in range(25):
        one, other = chance.choices(made, k=2)
        between = git(store.path, "rev-list", "--topo-order", "--reverse", f"{one}..{other}").split()
        behind, ahead = git(store.path, "rev-list", "--left-right", "--count", f"{one}...{other}").split()
        found = [info.sha for info in store.commits_between(one, other)]
        assert between == found
        assert (int(ahead), int(behind)) == store.ahead_behind(one, other)
        assert common(store, one, other) == store.merge_base(one, other)
        assert (not git(store.path, "rev-list", f"{other}..{one}")) == store.is_ancestor(one, other)


def common(store: GitStore, one: str, other: str) -> str | None:
    found = store._run("merge-base", one, other).stdout.decode().strip()
    return found or None


def test_a_merge_of_what_came_in_order_needs_no_merging(store: GitStore) -> None:
    first, *_, last = written(store)
    expected = store._git("merge-tree", "--write-tree", first, last).decode().strip()
    for base, head in ((first, last), (last, first)):
        merged = store.merge_commit(base, head, "Merge", who(), who())
        assert isinstance(merged, str)
        info = store.commit(merged)
        assert isinstance(info, CommitInfo)
        assert (expected, (base, head)) == (info.tree, info.parents)
