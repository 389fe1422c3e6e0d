"""The work tree adapter against real git."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path

import pytest

from gitops_bot.adapters.git import GitWorkTree
from gitops_bot.core.errors import BadInput, RunFailed
from tests.kit.needs import needs_program
from tests.kit.scripted_http import Reply, ScriptedServer

PATH = os.environ.get("PATH", os.defpath)


class Repository:
    """A real repository; `environ` keeps the person's own git configuration out."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environ = {"PATH": PATH, "HOME": str(root.parent), "GIT_CONFIG_NOSYSTEM": "1"}
        root.mkdir()
        self.git("init", "--quiet", "--initial-branch=devops")
        for name, value in (("user.name", "A"), ("user.email", "a@example.com")):
            self.git("config", name, value)

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, env=self.environ, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)

    def commit(self, name: str, text: str) -> str:
        self.write(name, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", name)
        return self.git("rev-parse", "HEAD")

    def tree(self, **options: str) -> GitWorkTree:
        return GitWorkTree(self.root, self.environ, **options)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    needs_program("git")
    made = Repository(tmp_path / "work")
    made.commit("main.tf", "one\n")
    return made


def _clone(repository: Repository, folder: Path, *options: str) -> GitWorkTree:
    repository.git("clone", "--quiet", *options, f"file://{repository.root}", str(folder))
    return GitWorkTree(folder, repository.environ)


def test_head_and_tree_are_gits_own(repository: Repository) -> None:
    tree = repository.tree()
    expected = repository.git("rev-parse", "HEAD"), repository.git("rev-parse", "HEAD^{tree}")
    assert expected == (tree.head(), tree.tree("HEAD"))


def test_changed_files_are_modified_staged_deleted_and_new_ones_but_not_ignored_ones(
    repository: Repository,
) -> None:
    for name in ("gone.tf", "staged.tf", ".gitignore"):
        repository.commit(name, ".terraform/\n*.tfplan\n")
    assert repository.tree().changed_files() == ()
    repository.write("main.tf", "two\n")
    repository.write("staged.tf", "two\n")
    repository.git("add", "staged.tf")
    (repository.root / "gone.tf").unlink()
    repository.write("new folder/ä\n.tf", "")
    repository.write(".terraform/x", "")
    repository.write("a.tfplan", "")
    assert repository.tree().changed_files() == ("gone.tf", "main.tf", "new folder/ä\n.tf", "staged.tf")


def test_changed_files_are_those_of_the_whole_repository_from_a_folder_inside(repository: Repository) -> None:
    repository.commit("infra/a.tf", "")
    repository.write("new.tf", "")
    tree = GitWorkTree(repository.root / "infra", repository.environ)
    assert tree.changed_files() == ("new.tf",)


def test_commits_between_are_those_not_reached_yet_newest_first(repository: Repository) -> None:
    first = repository.git("rev-parse", "HEAD")
    second, third = repository.commit("b", ""), repository.commit("c", "")
    tree = repository.tree()
    assert (third, second) == tree.commits_between(first, third)
    assert (third, second, first) == tree.commits_between(None, "HEAD")
    assert tree.commits_between(third, first) == ()


def test_changes_of_a_file_are_those_that_the_branch_itself_saw(repository: Repository) -> None:
    """What a merge brings in comes with the merge, and a merge that keeps the file as it was with nothing."""
    first = repository.git("rev-parse", "HEAD")
    start = repository.git("symbolic-ref", "--short", "HEAD")
    repository.commit(":rules.yml", "one\n")
    added = repository.git("rev-parse", "HEAD")
    repository.git("checkout", "--quiet", "-b", "side")
    repository.commit(":rules.yml", "two\n")
    repository.commit("other", "")
    repository.git("checkout", "--quiet", start)
    repository.commit("more", "")
    repository.git("merge", "--quiet", "--no-ff", "-m", "Merge", "side")
    merge = repository.git("rev-parse", "HEAD")
    after = repository.commit("last", "")
    tree = repository.tree()
    found = [tree.changes_of(":rules.yml", at) for at in (after, f"{merge}^1", first)]
    assert [(merge, added), (added,), ()] == found


@pytest.mark.parametrize("revision", ["0" * 40, "nothing", "--help", "-n1", "", "a\0b"])
def test_a_commit_that_is_not_there_is_none_and_never_an_option(
    repository: Repository, revision: str
) -> None:
    tree = repository.tree()
    assert tree.has_commit(revision) is False
    with pytest.raises(RunFailed, match="is not in this clone"):
        tree.tree(revision)
    with pytest.raises(RunFailed, match="is not in this clone"):
        tree.commits_between(None, revision)


def test_a_file_is_read_at_a_commit(repository: Repository) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.commit("main.tf", "two\n")
    repository.commit("-dir/:(top)*", "odd\n")
    tree = repository.tree()
    assert [tree.file_at(at, "main.tf") for at in (first, "HEAD")] == ["one\n", "two\n"]
    assert tree.file_at("HEAD", "-dir/:(top)*") == "odd\n"


@pytest.mark.parametrize(
    "path", ["missing", "folder", "link", "folder/", "*.tf", "../work/main.tf", "a\0b", ""]
)
def test_what_is_no_file_at_a_commit_is_none(repository: Repository, path: str) -> None:
    (repository.root / "link").symlink_to("/etc/passwd")
    repository.commit("folder/a", "")
    assert repository.tree().file_at("HEAD", path) is None


def test_a_merge_is_checked_out_in_its_own_folder(repository: Repository, tmp_path: Path) -> None:
    base = repository.commit("base.tf", "base\n")
    repository.git("checkout", "--quiet", "-b", "feature", "HEAD~1")
    head = repository.commit("feature.tf", "feature\n")
    tree = repository.tree()
    merged = tree.merge(base, head, tmp_path / "merge")
    assert merged is not None
    assert sorted(p.name for p in (tmp_path / "merge").iterdir() if p.name != ".git") == [
        "base.tf",
        "feature.tf",
        "main.tf",
    ]
    assert f"{base} {head}" == repository.git("log", "-1", "--format=%P", merged)
    assert (head, ()) == (tree.head(), tree.changed_files())
    assert merged == GitWorkTree(tmp_path / "merge", repository.environ).head()


def test_a_conflict_is_no_merge_and_leaves_no_folder(repository: Repository, tmp_path: Path) -> None:
    base = repository.commit("main.tf", "base\n")
    repository.git("checkout", "--quiet", "-b", "feature", "HEAD~1")
    head = repository.commit("main.tf", "feature\n")
    assert None is repository.tree().merge(base, head, tmp_path / "merge")
    assert not (tmp_path / "merge").exists()


def test_the_repositorys_hooks_and_monitors_are_not_started(repository: Repository, tmp_path: Path) -> None:
    script = f"#!/bin/sh\ntouch {tmp_path}/started\n"
    repository.write(".git/hooks/post-checkout", script)
    (repository.root / ".git/hooks/post-checkout").chmod(0o755)
    repository.git("config", "core.fsmonitor", str(repository.root / ".git/hooks/post-checkout"))
    head = repository.tree().head()
    repository.tree().changed_files()
    repository.tree().merge(head, head, tmp_path / "merge")
    assert not (tmp_path / "started").exists()


def test_a_branch_and_a_commit_are_fetched_from_origin(repository: Repository, tmp_path: Path) -> None:
    tree = _clone(repository, tmp_path / "clone")
    first = tree.head()
    repository.git("checkout", "--quiet", "-b", "feature/x")
    second = repository.commit("b", "")
    assert tree.has_commit(second) is False
    assert second == tree.fetch("feature/x")
    assert [True, first] == [tree.has_commit(second), tree.fetch(first)]
    assert first == tree.head()


@pytest.mark.parametrize("reference", ["--upload-pack=x", "+a", "a:b", "a b", "", "a*"])
def test_what_is_no_reference_is_not_fetched(repository: Repository, reference: str) -> None:
    with pytest.raises(BadInput, match="not the name of a branch or commit"):
        repository.tree().fetch(reference)


def test_a_branch_that_is_not_there_is_named(repository: Repository, tmp_path: Path) -> None:
    tree = _clone(repository, tmp_path / "clone")
    with pytest.raises(RunFailed, match="could not fetch missing from origin"):
        tree.fetch("missing")


def test_the_token_goes_to_the_server_as_a_header_and_into_no_message(repository: Repository) -> None:
    with ScriptedServer([Reply(401, {})]) as server:
        repository.git("remote", "add", "origin", f"{server.api_url}/acme/infra.git")
        with pytest.raises(RunFailed) as caught:
            repository.tree(token="ghs_secret", server_url=server.api_url).fetch("devops")
        expected = "basic " + base64.b64encode(b"x-access-token:ghs_secret").decode()
        assert [expected] == [headers["authorization"] for headers in server.headers]
        assert "ghs_secret" not in str(caught.value)


def test_the_token_goes_to_no_other_server(repository: Repository) -> None:
    with ScriptedServer([Reply(404, {})]) as server:
        repository.git("remote", "add", "origin", f"{server.api_url}/acme/infra.git")
        with pytest.raises(RunFailed):
            repository.tree(token="ghs_secret", server_url="https://github.com").fetch("devops")
        assert [headers.get("authorization") for headers in server.headers] == [None]


def test_a_shallow_clone_says_so(repository: Repository, tmp_path: Path) -> None:
    repository.commit("b", "")
    shallow = _clone(repository, tmp_path / "shallow", "--depth=1")
    assert [shallow.is_shallow(), repository.tree().is_shallow()] == [True, False]


def test_a_folder_that_is_no_repository_is_bad_input(tmp_path: Path) -> None:
    needs_program("git")
    with pytest.raises(BadInput, match="not a git repository"):
        GitWorkTree(tmp_path, {"PATH": PATH})


def test_without_git_the_error_says_to_install_it(repository: Repository, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="git was not found"):
        GitWorkTree(repository.root, {"PATH": str(tmp_path)})


def test_the_files_of_a_folder_are_read_as_the_commit_has_them(repository: Repository) -> None:
    for name in ("infra/b.tf", "infra/a.tf", "infra/a.txt", "infra/deep/c.tf", "infra2/d.tf"):
        repository.commit(name, f"{name}\n")
    commit = repository.git("rev-parse", "HEAD")
    repository.write("infra/a.tf", "changed since\n")
    tree = repository.tree()
    expected = (("infra/a.tf", "infra/a.tf\n"), ("infra/b.tf", "infra/b.tf\n"))
    assert expected == tree.texts_in(commit, "infra", ".tf")
    assert (("main.tf", "one\n"),) == tree.texts_in(commit, ".", ".tf")
    assert () == tree.texts_in(f"{commit}^^^^^", "infra", ".tf")


@pytest.mark.parametrize(
    "folder", ["missing", "..", "infra/..", "/etc", "", "in\0fra", ":(top)", "*", "main.tf"]
)
def test_what_is_no_folder_of_the_repository_holds_no_files(repository: Repository, folder: str) -> None:
    repository.commit("infra/a.tf", "a\n")
    assert () == repository.tree().texts_in("HEAD", folder, ".tf")


def test_no_link_is_followed_and_what_is_no_text_or_too_much_is_left_out(repository: Repository) -> None:
    (repository.root / "infra").mkdir()
    (repository.root / "infra" / "link.tf").symlink_to("../main.tf")
    (repository.root / "linked").symlink_to("infra")
    (repository.root / "infra" / "latin.tf").write_bytes(b"\xe4\n")
    (repository.root / "infra" / "large.tf").write_text("#" * (1024 * 1024 + 1))
    repository.commit("infra/z.tf", "z\n")
    tree = repository.tree()
    assert (("infra/z.tf", "z\n"),) == tree.texts_in("HEAD", "infra", ".tf")
    assert () == tree.texts_in("HEAD", "linked", ".tf")


def test_of_very_many_files_the_first_are_read(repository: Repository) -> None:
    for number in range(502):
        repository.write(f"many/{number:03}.tf", "")
    repository.commit("many/x.tf", "x\n")
    found = repository.tree().texts_in("HEAD", "many", ".tf")
    assert (500, "many/499.tf") == (len(found), found[-1][0])
