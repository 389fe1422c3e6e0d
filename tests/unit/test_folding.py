from __future__ import annotations

from typing import Any

import pytest

from gitops_bot.core.folding import Fold, fold
from gitops_bot.core.plan import ResourceChange
from tests.kit.plans import CREATE, DELETE, UPDATE, resource


def instance(key: str, actions: tuple[str, ...] = CREATE, **members: Any) -> ResourceChange:
    return resource("web", actions, address=f"terraform_data.web[{key}]", **members)


def test_instances_that_change_alike_are_told_once_with_their_keys() -> None:
    changes = [instance(key, after={"input": 1}) for key in ('"a"', '"b.c"', '"d\\"]["')]
    assert (Fold((0, 1, 2), ('["a"]', '["b.c"]', '["d\\"]["]'), "terraform_data.web"),) == fold(changes)


def test_an_instance_that_differs_stands_alone_and_its_siblings_are_still_told_once() -> None:
    sizes = [1, 2, 1, 1]
    changes = [instance(str(i), after={"input": size}) for i, size in enumerate(sizes)]
    assert (Fold((0, 2, 3), ("[0]", "[2]", "[3]"), "terraform_data.web"), Fold((1,))) == fold(changes)


def test_the_ids_of_what_exists_do_not_tell_instances_apart() -> None:
    changes = [instance(str(i), DELETE, before={"id": f"i-{i}", "arn": f"arn:{i}", "x": 1}) for i in range(3)]
    assert [(0, 1, 2)] == [f.indices for f in fold(changes)]


def test_the_id_that_is_given_to_something_new_is_part_of_its_change() -> None:
    changes = [instance(str(i), CREATE, after={"id": f"i-{i}"}) for i in range(2)]
    assert [(0,), (1,)] == [f.indices for f in fold(changes)]


DIFFERENCES: dict[str, dict[str, Any]] = {
    "action": {"actions": DELETE},
    "reason": {"action_reason": "replace_because_tainted"},
    "value before": {"before": {"a": 2}},
    "value after": {"after": {"a": 3}},
    "value of another type": {"before": {"a": True}},
    "unknown": {"after_unknown": {"a": True}},
    "mask": {"after_sensitive": {"a": True}},
    "mask before": {"before_sensitive": {"a": True}},
    "forced by": {"replace_paths": (("a",),)},
    "key of a version to come": {"unknown_keys": ("x",)},
    "deposed object": {"deposed": "00"},
    "move": {"previous_address": "terraform_data.old"},
    "import": {"importing": True},
    "provider": {"provider": "other"},
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_whatever_a_reader_could_decide_on_keeps_instances_apart(name: str) -> None:
    same: dict[str, Any] = {"actions": UPDATE, "before": {"a": 1}, "after": {"a": 2}}
    changes = [instance("0", **same), instance("1", **{**same, **DIFFERENCES[name]})]
    assert [(0,), (1,)] == [f.indices for f in fold(changes)]


def test_resources_of_other_names_or_modules_are_not_folded() -> None:
    names = ["a.b[0]", "a.c[0]", "module.m[0].a.b", "module.m[1].a.b", "a.b"]
    changes = [resource(actions=CREATE, address=name) for name in names]
    assert [(i,) for i in range(5)] == [f.indices for f in fold(changes)]


def test_every_change_is_in_exactly_one_fold() -> None:
    changes = [instance(str(i), after={"n": i % 20}) for i in range(200)]
    assert list(range(200)) == sorted(i for f in fold(changes) for i in f.indices)


def test_an_id_or_arn_that_a_change_gives_keeps_instances_apart() -> None:
    given = [("arn:old-a", "arn:harmless"), ("arn:old-b", "arn:evil")]
    changes = [
        instance(
            str(i), ("delete", "create"), before={"arn": old}, after={"arn": new}, replace_paths=(("arn",),)
        )
        for i, (old, new) in enumerate(given)
    ]
    assert [(0,), (1,)] == [f.indices for f in fold(changes)]
    kept = [("oa", "oa"), ("ob", "evil")]
    changes = [instance(str(i), UPDATE, before={"id": a}, after={"id": b}) for i, (a, b) in enumerate(kept)]
    assert [(0,), (1,)] == [f.indices for f in fold(changes)]


def test_the_ids_that_objects_keep_do_not_tell_instances_apart() -> None:
    changes = [
        instance(str(i), UPDATE, before={"id": f"i-{i}", "x": 1}, after={"id": f"i-{i}", "x": 2})
        for i in range(3)
    ]
    assert [(0, 1, 2)] == [f.indices for f in fold(changes)]


def test_those_that_are_marked_otherwise_are_not_told_as_one() -> None:
    changes = [instance(str(i), DELETE, before={"id": i}) for i in range(4)]
    assert [(0, 1, 3), (2,)] == [f.indices for f in fold(changes, [None, None, "protected", None])]
