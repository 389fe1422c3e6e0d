"""The work tree adapter against real git."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gitops_bot.adapters.git import GitWorkTree
from gitops_bot.core.errors import BadInput, RunFailed
from gitops_bot.ports import BranchRefused
from gitops_bot.sandbox import Sandbox
from tests.kit.needs import needs_program
from tests.kit.processes import until, working_in
from tests.kit.scripted_http import Reply, ScriptedServer
from tests.kit.started import Started

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


# --- contents ---


def test_the_content_of_a_commit_has_every_kind_of_entry_with_its_mode(
    repository: Repository, tmp_path: Path
) -> None:
    module = Repository(tmp_path / "module")
    inside = module.commit("m.tf", "")
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(module.root), "mod")
    (repository.root / "link").symlink_to("main.tf")
    (repository.root / os.fsdecode(b"caf\xe9.tf")).write_text("odd\n")
    repository.write("deep/new\nline ä.tf", "one\n")
    repository.write("run.sh", "")
    (repository.root / "run.sh").chmod(0o755)
    commit = repository.commit("last.tf", "one\n")
    one, empty, odd, link = (_blob(repository, text) for text in ("one\n", "", "odd\n", "main.tf"))
    found = dict(repository.tree().content(commit))
    assert "100644" == found.pop(".gitmodules").partition(" ")[0]
    expected = {
        "main.tf": f"100644 {one}",
        "last.tf": f"100644 {one}",
        "deep/new\nline ä.tf": f"100644 {one}",
        "caf\udce9.tf": f"100644 {odd}",
        "link": f"120000 {link}",
        "mod": f"160000 {inside}",
        "run.sh": f"100755 {empty}",
    }
    assert expected == found
    assert found == {p: e for p, e in repository.tree().content(f"{commit}^{{tree}}").items() if p in found}


def _blob(repository: Repository, text: str) -> str:
    done = subprocess.run(
        ["git", "hash-object", "--stdin"], cwd=repository.root, input=text, text=True, check=True,
        capture_output=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_a_mode_that_changes_and_a_rename_are_changes_of_the_content(repository: Repository) -> None:
    before = dict(repository.tree().content("HEAD"))
    (repository.root / "main.tf").chmod(0o755)
    repository.git("commit", "--quiet", "--all", "--message", "Mode")
    after = dict(repository.tree().content("HEAD"))
    assert before["main.tf"].replace("100644", "100755") == after["main.tf"]
    repository.git("mv", "main.tf", "other.tf")
    repository.git("commit", "--quiet", "--message", "Name")
    assert {"other.tf": after["main.tf"]} == repository.tree().content("HEAD")


def test_an_empty_commit_has_an_empty_content(repository: Repository) -> None:
    repository.git("rm", "--quiet", "main.tf")
    repository.git("commit", "--quiet", "--message", "Nothing")
    assert {} == repository.tree().content("HEAD")


def test_the_content_of_what_is_not_there_is_an_error(repository: Repository) -> None:
    with pytest.raises(RunFailed, match="is not in this clone"):
        repository.tree().content("0" * 40)


def test_a_commit_that_a_shallow_clone_lacks_is_fetched_with_its_content(
    repository: Repository, tmp_path: Path
) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.commit("b.tf", "b\n")
    shallow = _clone(repository, tmp_path / "shallow", "--depth=1")
    repository.git("checkout", "--quiet", "-b", "side", first)
    aside = repository.commit("c.tf", "c\n")
    assert [False, False] == [shallow.has_commit(commit) for commit in (first, aside)]
    assert [first, aside] == [shallow.fetch(first), shallow.fetch(aside)]
    assert [["main.tf"], ["c.tf", "main.tf"]] == [
        sorted(shallow.content(commit)) for commit in (first, aside)
    ]
    assert repository.tree().content(first) == shallow.content(first)


# --- trees and commits that no branch has ---


def _branches(repository: Repository) -> tuple[str, str, str]:
    """A commit, one on top of it, and another on top of the first, which the tree is at."""
    first = repository.commit("list.tf", "".join(f"{n}\n" for n in range(20)))
    fix = repository.commit("list.tf", "".join(f"{n}\n" for n in [*range(19), "fixed"]))
    repository.git("checkout", "--quiet", "-b", "prod", first)
    onto = repository.commit("list.tf", "".join(f"{n}\n" for n in ["prod", *range(1, 20)]))
    return first, fix, onto


def test_a_merged_tree_is_the_tree_of_the_merge(repository: Repository, tmp_path: Path) -> None:
    _, fix, onto = _branches(repository)
    tree = repository.tree()
    merged = tree.merged_tree(onto, fix)
    commit = tree.merge(onto, fix, tmp_path / "merge")
    assert commit is not None
    assert tree.tree(commit) == merged


def test_what_one_commit_changed_is_picked_onto_another(repository: Repository) -> None:
    first, fix, onto = _branches(repository)
    more = repository.commit("only-in-prod.tf", "")
    tree = repository.tree()
    picked = tree.picked_tree(fix, first, more)
    assert picked is not None
    assert {"list.tf", "main.tf", "only-in-prod.tf"} == set(tree.content(picked))
    text = repository.git("cat-file", "blob", f"{picked}:list.tf")
    assert "\n".join(["prod", *map(str, range(1, 19)), "fixed"]) == text
    assert tree.tree(onto) == tree.picked_tree(first, first, onto)


def test_a_pick_takes_the_files_to_where_they_went(repository: Repository) -> None:
    first, fix, _ = _branches(repository)
    repository.git("mv", "list.tf", "moved.tf")
    onto = repository.commit("x.tf", "")
    picked = repository.tree().picked_tree(fix, first, onto)
    assert "fixed" == repository.git("cat-file", "blob", f"{picked}:moved.tf").rpartition("\n")[2]


def test_a_pick_of_a_merge_takes_what_it_changed_of_the_named_parent(repository: Repository) -> None:
    _, fix, onto = _branches(repository)
    repository.git("merge", "--quiet", "--message", "Merge", fix)
    merge = repository.git("rev-parse", "HEAD")
    tree = repository.tree()
    assert tree.tree(merge) == tree.picked_tree(merge, onto, onto)
    assert tree.tree(merge) == tree.picked_tree(merge, fix, fix)


def test_a_pick_that_conflicts_is_none_and_changes_nothing(repository: Repository) -> None:
    first, fix, _ = _branches(repository)
    onto = repository.commit("list.tf", "quite different\n")
    refs = repository.git("for-each-ref")
    tree = repository.tree()
    assert None is tree.picked_tree(fix, first, onto)
    assert (onto, (), refs) == (tree.head(), tree.changed_files(), repository.git("for-each-ref"))


def test_a_pick_of_what_is_not_there_is_an_error(repository: Repository) -> None:
    with pytest.raises(RunFailed, match="is not in this clone"):
        repository.tree().picked_tree("HEAD", "0" * 40, "HEAD")


def test_a_commit_is_written_without_a_checkout_or_a_branch(repository: Repository) -> None:
    first, fix, onto = _branches(repository)
    tree, refs = repository.tree(), repository.git("for-each-ref")
    message = "Back-port «x»\n\n-m --amend $(id) `id`\n# no comment\n"
    made = tree.write_commit(tree.tree(fix), (onto, first), message)
    assert (tree.tree(fix), (onto, first)) == (tree.tree(made), tree.parents(made))
    assert message.strip() == repository.git("log", "-1", "--format=%B", made)
    assert "gitops-bot gitops-bot" == repository.git("log", "-1", "--format=%an %cn", made)
    assert (onto, (), refs) == (tree.head(), tree.changed_files(), repository.git("for-each-ref"))


def test_a_commit_that_is_written_again_is_the_same_and_no_older_than_its_parents(
    repository: Repository,
) -> None:
    first = repository.git("rev-parse", "HEAD")
    later = {"GIT_COMMITTER_DATE": "2031-01-01T00:00:00Z", "GIT_AUTHOR_DATE": "2001-01-01T00:00:00Z"}
    repository.environ |= later
    second = repository.commit("b.tf", "")
    tree = repository.tree()
    made = [tree.write_commit(second, (first, second), "Promote") for _ in range(2)]
    assert made[0] == made[1]
    assert "2031-01-01T00:00:00Z" == repository.git(
        "log", "-1", "--format=%cd", "--date=format:%Y-%m-%dT%H:%M:%SZ", made[0]
    )
    assert made[0] != tree.write_commit(second, (first, second), "Another")
    assert () == tree.parents(tree.write_commit(second, (), "Root"))


# --- how often git is started ---


def test_what_a_hash_says_is_asked_of_one_process(repository: Repository, tmp_path: Path) -> None:
    first, fix, onto = _branches(repository)
    started = Started(tmp_path / "bin")
    tree = GitWorkTree(repository.root, {**repository.environ, **started.environ})
    for _ in range(2):
        tree.has_commit(first)
        tree.parents(fix)
        tree.tree(onto)
        tree.file_at(onto, "main.tf")
        tree.content(fix)
        tree.merge_base(fix, onto)
        tree.commits_between(first, fix)
        tree.commits_between(fix, fix)
        tree.merged_tree(onto, fix)
    commands = [line.split(" ")[-1] if "batch" in line else _command(line) for line in started.of("git")]
    assert ["rev-parse", "--batch", "merge-base", "rev-list", "merge-tree"] == commands


def _command(line: str) -> str:
    """The command of a line with our options before it."""
    words = iter(line.split(" ")[1:])
    return next(word for word in words if word != "-c" or not next(words))


def test_another_work_tree_of_the_repository_knows_what_the_first_one_read(
    repository: Repository, tmp_path: Path
) -> None:
    _, fix, onto = _branches(repository)
    started = Started(tmp_path / "bin")
    tree = GitWorkTree(repository.root, {**repository.environ, **started.environ})
    merged = tree.merge(onto, fix, tmp_path / "merge")
    assert merged is not None
    tree.content(fix)
    started.clear()
    other = tree.opened(tmp_path / "merge")
    assert (merged, (onto, fix)) == (other.head(), other.parents(merged))
    assert tree.content(fix) == other.content(fix)
    assert ["rev-parse"] == [_command(line) for line in started.of("git")]


def test_a_branch_that_moves_and_a_commit_that_comes_are_seen(repository: Repository) -> None:
    tree = repository.tree()
    first = tree.tree("devops")
    assert tree.has_commit("0" * 40) is False
    second = repository.commit("b.tf", "two\n")
    assert tree.has_commit(second)
    assert (repository.git("rev-parse", "devops^{tree}"), False) == (
        tree.tree("devops"), tree.tree("devops") == first
    )  # fmt: skip


def _ours(repository: Repository) -> list[str]:
    return [line for line in working_in(repository.root).values() if "cat-file" in line]


def test_after_a_pause_no_process_is_left_and_the_next_question_starts_another(
    repository: Repository,
) -> None:
    tree = repository.tree()
    assert tree.file_at("HEAD", "main.tf") == "one\n"
    assert len(_ours(repository)) == 1
    tree.pause()
    assert _ours(repository) == []
    assert tree.file_at("HEAD", "main.tf") == "one\n"


def test_what_was_read_stays_whatever_becomes_of_the_objects(repository: Repository) -> None:
    commit = repository.commit("b.tf", "two\n")
    tree = repository.tree()
    before = tree.tree(commit), tree.parents(commit), dict(tree.content(commit))
    tree.pause()
    for path in (repository.root / ".git" / "objects").glob("??/*"):
        path.unlink()
    assert before == (tree.tree(commit), tree.parents(commit), dict(tree.content(commit)))


def test_gits_process_ends_with_a_bot_that_is_killed(repository: Repository) -> None:
    asks = (
        "import sys, time; from pathlib import Path; from gitops_bot.adapters.git import GitWorkTree;"
        "tree = GitWorkTree(Path(sys.argv[1]), {'PATH': sys.argv[2]});"
        "print(tree.tree('HEAD'), flush=True); time.sleep(60)"
    )
    argv = [sys.executable, "-c", asks, str(repository.root), PATH]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as bot:
        assert bot.stdout is not None and bot.stdout.readline() != ""
        assert len(_ours(repository)) == 1
        bot.kill()
    assert until(lambda: _ours(repository) == [], 10)


def test_a_process_that_died_is_an_error_and_then_there_is_another(repository: Repository) -> None:
    tree = repository.tree()
    tree.has_commit("HEAD")
    pids = [pid for pid, line in working_in(repository.root).items() if "cat-file" in line]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    assert until(lambda: _ours(repository) == [], 10)
    with pytest.raises(RunFailed, match="ended without an answer about HEAD"):
        tree.file_at("HEAD", "main.tf")
    assert tree.file_at("HEAD", "main.tf") == "one\n"


# --- pushing ---


def _origin(repository: Repository, folder: Path, says: str = "") -> Repository:
    """A bare origin; where it says something it refuses every push with that."""
    repository.git("init", "--quiet", "--bare", str(folder))
    repository.git("remote", "add", "origin", f"file://{folder}")
    if says:
        hook = folder / "hooks" / "update"
        hook.write_text(f"#!/bin/sh\necho '{says}' >&2\nexit 1\n")
        hook.chmod(0o755)
    return repository


def _at(folder: Path, branch: str) -> str:
    done = subprocess.run(
        ["git", "--git-dir", str(folder), "rev-parse", branch], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_a_commit_is_put_on_a_branch_of_origin_and_moved_there_by_force(
    repository: Repository, tmp_path: Path
) -> None:
    _origin(repository, tmp_path / "origin.git")
    tree = repository.tree()
    one, other = (tree.write_commit("HEAD", ("HEAD",), text) for text in ("one", "other"))
    for commit in (one, one, other):
        tree.push(commit, "gitops-bot/promote/dev#1")
        assert commit == _at(tmp_path / "origin.git", "refs/heads/gitops-bot/promote/dev#1")
    assert "devops" == repository.git("branch", "--format=%(refname:short)")


def test_a_shallow_clone_pushes_what_it_made(repository: Repository, tmp_path: Path) -> None:
    repository.commit("b.tf", "")
    shallow = _clone(repository, tmp_path / "shallow", "--depth=1")
    made = shallow.write_commit("HEAD", ("HEAD",), "Promote")
    shallow.push(made, "promote")
    assert made == repository.git("rev-parse", "promote")


def test_a_push_starts_no_hook_and_takes_nothing_else_along(repository: Repository, tmp_path: Path) -> None:
    _origin(repository, tmp_path / "origin.git")
    repository.write(".git/hooks/pre-push", f"#!/bin/sh\ntouch {tmp_path}/started\n")
    (repository.root / ".git/hooks/pre-push").chmod(0o755)
    repository.git("tag", "--annotate", "--message", "v1", "v1")
    repository.git("config", "push.followTags", "true")
    repository.tree().push("HEAD", "promote")
    refs = subprocess.run(
        ["git", "--git-dir", str(tmp_path / "origin.git"), "for-each-ref", "--format=%(refname)"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert ("refs/heads/promote\n", False) == (refs.stdout, (tmp_path / "started").exists())


@pytest.mark.parametrize("branch", ["--all", "+a", "a:b", "a b", "", "a*", "a\nb"])
def test_what_is_no_branch_is_not_pushed(repository: Repository, branch: str) -> None:
    with pytest.raises(BadInput, match="not the name of a branch"):
        repository.tree().push("HEAD", branch)


@pytest.mark.parametrize(
    ("says", "message", "hint"),
    [
        (
            "refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without "
            "`workflows` permission",
            "does not let this token put changed workflow files on promote",
            "`workflows: write`",
        ),
        ("error: GH006: Protected branch update failed for refs/heads/promote.", "A rule", "bypass it"),
        ("error: GH013: Repository rule violations found for refs/heads/promote.", "A rule", "bypass it"),
    ],
)
def test_a_push_that_github_refuses_says_what_to_do(
    repository: Repository, tmp_path: Path, says: str, message: str, hint: str
) -> None:
    _origin(repository, tmp_path / "origin.git", says)
    with pytest.raises(BranchRefused) as caught:
        repository.tree().push("HEAD", "promote")
    assert message in caught.value.message
    assert says in caught.value.message
    assert hint in caught.value.hint


def test_a_push_without_the_permission_says_which_is_needed(repository: Repository) -> None:
    with ScriptedServer([Reply(403, "Permission to acme/infra.git denied")]) as server:
        repository.git("remote", "add", "origin", f"{server.api_url}/acme/infra.git")
        with pytest.raises(BranchRefused) as caught:
            repository.tree(token="ghs_secret", server_url=server.api_url).push("HEAD", "promote")
    assert "`contents: write`" in caught.value.hint
    assert "ghs_secret" not in str(caught.value)


def test_a_push_that_reaches_nobody_is_no_refusal(repository: Repository, tmp_path: Path) -> None:
    repository.git("remote", "add", "origin", f"file://{tmp_path}/nowhere.git")
    with pytest.raises(RunFailed, match="could not push promote") as caught:
        repository.tree().push("HEAD", "promote")
    assert not isinstance(caught.value, BranchRefused)


def test_a_push_uses_the_given_token_in_place_of_the_one_of_the_checkout(repository: Repository) -> None:
    with ScriptedServer([Reply(403, {})]) as server:
        repository.git("remote", "add", "origin", f"{server.api_url}/acme/infra.git")
        repository.git("config", f"http.{server.api_url}/.extraheader", "AUTHORIZATION: basic b3RoZXI=")
        with pytest.raises(RunFailed):
            repository.tree(token="ghs_app", server_url=server.api_url).push("HEAD", "promote")
        expected = "basic " + base64.b64encode(b"x-access-token:ghs_app").decode()
        assert [expected] == [headers["authorization"] for headers in server.headers]


# --- pushing to the sandbox ---


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[tuple[Sandbox, Callable[..., GitWorkTree]]]:
    """A sandbox with a branch, and clones of it that have a token with these permissions."""
    needs_program("git")
    environ = {"PATH": PATH, "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    with Sandbox.start(tmp_path / "hub") as sandbox:
        sandbox.hub.commit("devops", {"main.tf": "", ".github/workflows/ci.yml": "on: push\n"})
        sandbox.hub.take_events()

        def clone(login: str = "github-actions[bot]", **permissions: str) -> GitWorkTree:
            folder = tmp_path / "clone"
            subprocess.run(
                ["git", "clone", "--quiet", sandbox.clone_url, str(folder)], env=environ, check=True
            )
            subprocess.run(
                ["git", "remote", "set-url", "origin", sandbox.git_url], cwd=folder, env=environ, check=True
            )
            token = sandbox.issue_token(login, permissions=permissions)
            return GitWorkTree(folder, environ, token, sandbox.server_url)

        yield sandbox, clone


def test_what_the_workflows_token_pushes_moves_its_pull_request_and_starts_no_run(
    hosted: tuple[Sandbox, Callable[..., GitWorkTree]],
) -> None:
    sandbox, clone = hosted
    tree = clone(contents="write")
    one, other = (tree.write_commit("HEAD", ("HEAD",), text) for text in ("one", "other"))
    tree.push(one, "promote")
    number = sandbox.hub.open_pull_request("Promote", "promote", "devops", "pat").number
    sandbox.hub.take_events()
    tree.push(other, "promote")
    assert (other, []) == (sandbox.hub.pull(number).head_sha, sandbox.hub.take_events())
    assert other == tree.fetch("promote")


def test_what_an_apps_token_pushes_starts_runs(hosted: tuple[Sandbox, Callable[..., GitWorkTree]]) -> None:
    sandbox, clone = hosted
    tree = clone("infra-app[bot]", contents="write")
    tree.push(tree.write_commit("HEAD", ("HEAD",), "one"), "promote")
    assert ["push"] == [event.name for event in sandbox.hub.take_events()]


def test_a_token_that_may_only_read_pushes_nothing(
    hosted: tuple[Sandbox, Callable[..., GitWorkTree]],
) -> None:
    sandbox, clone = hosted
    with pytest.raises(BranchRefused, match="contents: write"):
        clone(contents="read").push("HEAD", "promote")
    assert None is sandbox.hub.store.branch("promote")


@pytest.mark.parametrize(("workflows", "pushed"), [("none", False), ("write", True)])
def test_changed_workflow_files_take_a_permission_of_their_own(
    hosted: tuple[Sandbox, Callable[..., GitWorkTree]], workflows: str, pushed: bool
) -> None:
    sandbox, clone = hosted
    tree = clone("infra-app[bot]", contents="write", workflows=workflows)
    _edit(tree.root, ".github/workflows/ci.yml", "on: [push, pull_request]\n")
    if pushed:
        tree.push("HEAD", "promote")
    else:
        with pytest.raises(BranchRefused, match="changed workflow files"):
            tree.push("HEAD", "promote")
    assert pushed == (sandbox.hub.store.branch("promote") is not None)


def test_workflow_files_that_another_branch_has_just_so_need_none(
    hosted: tuple[Sandbox, Callable[..., GitWorkTree]],
) -> None:
    sandbox, clone = hosted
    tree = clone(contents="write")
    newer = sandbox.hub.commit("dev", {".github/workflows/ci.yml": "on: workflow_dispatch\n"})
    tree.fetch(newer)
    tree.push(tree.write_commit(newer, ("HEAD",), "Promote"), "promote")
    assert sandbox.hub.store.branch("promote") is not None


def _edit(root: Path, name: str, text: str) -> None:
    (root / name).write_text(text)
    who = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    subprocess.run(["git", *who, "commit", "--quiet", "--all", "--message", name], cwd=root, check=True)
