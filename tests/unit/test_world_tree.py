"""The work tree of the worlds that histories are played in, where the product's own git is real."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitops_bot.core.errors import RunFailed
from gitops_bot.ports import BranchRefused, WorkTree
from tests.kit.fake_work_tree import FakeWorkTree
from tests.kit.world import World


@pytest.fixture
def world() -> World:
    """dev and prod come from one commit, and each went on."""
    made = World(("dev", "prod"))
    start = made.commit("dev", {"a": "1", "b": "1"})
    made.host.branches["prod"] = start
    made.commit("dev", {"a": "2"})
    made.commit("prod", {"p": "1"})
    made.runs.clear()
    return made


def _tree(world: World) -> WorkTree:
    return world.open_tree(world.head("prod"), Path())


def test_the_content_is_the_same_for_a_commit_and_its_tree(world: World) -> None:
    tree, head = _tree(world), world.head("dev")
    assert {"a", "b"} == set(tree.content(head))
    assert tree.content(head) == tree.content(tree.tree(head))
    assert "100644 " + "356a192b7913b04c54574d18c28d46e6395428ab" == tree.content(head)["b"]


def test_a_merged_tree_holds_both_sides_and_none_where_they_conflict(world: World) -> None:
    tree = _tree(world)
    merged = tree.merged_tree(world.head("prod"), world.head("dev"))
    assert merged is not None
    assert {"a", "b", "p"} == set(tree.content(merged))
    assert None is tree.merged_tree(world.commit("prod", {"a": "3"}), world.head("dev"))


def test_a_change_is_picked_onto_another_commit_and_none_where_it_conflicts(world: World) -> None:
    tree, change = _tree(world), world.head("dev")
    (parent,) = tree.parents(change)
    picked = tree.picked_tree(change, parent, world.head("prod"))
    assert picked is not None
    assert picked == tree.merged_tree(world.head("prod"), change)
    assert None is tree.picked_tree(change, parent, world.commit("prod", {"a": "3"}))


def test_a_written_commit_is_pushed_without_a_run_and_its_pull_request_follows(world: World) -> None:
    tree, prod = _tree(world), world.head("prod")
    one, other = (tree.write_commit(tree.tree(world.head("dev")), (prod,), text) for text in ("one", "other"))
    assert one == tree.write_commit(tree.tree(world.head("dev")), (prod,), "one")
    assert (prod,) == tree.parents(one)
    tree.push(one, "promote")
    number = world.host.create_pull_request("Promote", "", "promote", "prod").number
    tree.push(other, "promote")
    assert (other, other) == (world.head("promote"), world.host.pulls[number].head)
    assert [] == world.runs
    assert "2" == tree.file_at(other, "a")
    assert world.merge(number, "squash")


def test_a_refused_branch_is_neither_pushed_nor_set(world: World) -> None:
    tree = _tree(world)
    world.host.refused["promote"] = BranchRefused("It may not.")
    with pytest.raises(BranchRefused):
        tree.push(tree.head(), "promote")
    with pytest.raises(BranchRefused):
        world.host.set_branch("promote", world.head("dev"))
    assert "promote" not in world.host.branches


def test_a_tree_without_a_world_does_the_same() -> None:
    files = {("1", "a"): "1", ("2", "a"): "2", ("3", "a"): "1", ("3", "b"): "1"}
    tree = FakeWorkTree(history={"1": (), "2": ("1",), "3": ("1",)}, files=files)
    picked = tree.picked_tree("2", "1", "3")
    assert picked is not None
    made = tree.write_commit(picked, ("3",), "Pick")
    assert ("2", "1", ("3",)) == (tree.file_at(made, "a"), tree.file_at(made, "b"), tree.parents(made))
    tree.push(made, "promote")
    assert ([(made, "promote")], made) == (tree.pushed, tree.fetch("promote"))
    tree.refused["promote"] = RunFailed("It may not.")
    with pytest.raises(RunFailed, match="may not"):
        tree.push(made, "promote")
