"""Contents beside each other: patterns of paths, and what a candidate brings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_bot.core.content import EMPTY, Candidate, Comparison, Content, carries, compare, path_matches

PATHS = ("a.tf", "b.tf", "envs/dev.tfvars", "envs/prod.tfvars", "mod")
CONTENTS = st.dictionaries(st.sampled_from(PATHS), st.sampled_from(("100644 1", "100644 2", "100755 1")))


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("envs/*.tfvars", "envs/prod.tfvars", True),
        ("envs/*.tfvars", "envs/deep/prod.tfvars", False),
        ("envs/", "envs/deep/prod.tfvars", True),
        ("envs/", "envs", False),
        ("**/local.tf", "local.tf", True),
        ("**/local.tf", "a/b/local.tf", True),
        ("**/local.tf", "a/notlocal.tf", False),
        ("a?.tf", "ab.tf", True),
        ("a?.tf", "a/.tf", False),
        ("a.tf", "abtf", False),
        ("x/**", "x/a/b", True),
        ("x[1].tf", "x[1].tf", True),
        ("x[1].tf", "x1.tf", False),
        ("*.tf", "new\nline.tf", True),
    ],
)
def test_a_pattern_fits_whole_paths(pattern: str, path: str, expected: bool) -> None:
    assert path_matches(pattern, path) == expected


DEV = {"a.tf": "100644 2", "b.tf": "100644 1"}
PROD = {"a.tf": "100644 1", "b.tf": "100644 1"}
CASES: dict[str, tuple[Candidate, Content, Comparison]] = {
    "the content below": (Candidate(PROD, DEV, DEV), DEV, Comparison(True, proven=("a.tf",))),
    "a file nobody applied": (
        Candidate(PROD, PROD | {"c.tf": "100644 1"}, PROD),
        PROD,
        Comparison(False, foreign=("c.tf",)),
    ),
    "a file that waits on the branch below": (
        Candidate(PROD, DEV | {"n.tf": "100644 9"}, DEV),
        DEV,
        Comparison(False, proven=("a.tf",), waiting=("n.tf",)),
    ),
    "another mode is another content": (
        Candidate(PROD, PROD | {"a.tf": "100755 1"}, PROD),
        PROD,
        Comparison(False, foreign=("a.tf",)),
    ),
    "a rename is two changes": (
        Candidate(PROD, {"b.tf": "100644 1", "z.tf": "100644 1"}, PROD),
        {"b.tf": "100644 1", "z.tf": "100644 1"},
        Comparison(True, proven=("a.tf", "z.tf")),
    ),
    "a removal that was not applied below": (
        Candidate(PROD, {"a.tf": "100644 1"}, PROD),
        PROD,
        Comparison(False, foreign=("b.tf",)),
    ),
    "a submodule at another commit": (
        Candidate(PROD | {"m": "160000 1"}, PROD | {"m": "160000 2"}, PROD),
        PROD | {"m": "160000 2"},
        Comparison(True, proven=("m",)),
    ),
    "what the target has of its own": (
        Candidate(PROD | {"h.tf": "100644 7"}, DEV | {"h.tf": "100644 7"}, DEV),
        DEV,
        Comparison(False, proven=("a.tf",), kept=("h.tf",)),
    ),
    "part of what is applied below": (
        Candidate(PROD, PROD | {"c.tf": "100644 1"}, PROD | {"c.tf": "100644 1"}),
        DEV | {"c.tf": "100644 1"},
        Comparison(False, proven=("c.tf",), missing=("a.tf",)),
    ),
}
BRANCH = PROD | {"n.tf": "100644 9"}


@pytest.mark.parametrize("case", CASES)
def test_a_candidate_is_compared_file_by_file(case: str) -> None:
    candidate, applied, expected = CASES[case]
    assert compare(candidate, applied, BRANCH) == expected


def test_ignored_and_exempt_files_are_compared_with_nothing() -> None:
    merged = DEV | {"envs/prod.tfvars": "100644 5", "h.tf": "100644 6"}
    found = compare(Candidate(PROD, merged, merged), DEV, EMPTY, ["envs/*"], {"h.tf"})
    assert found == Comparison(True, proven=("a.tf",), ignored=("envs/prod.tfvars",))


@pytest.mark.parametrize("path", [".gitops-bot.yml", ".github/workflows/gitops.yml", ".github/CODEOWNERS"])
def test_the_rules_themselves_are_never_ignored(path: str) -> None:
    merged = PROD | {path: "100644 5"}
    found = compare(Candidate(PROD, merged, merged), PROD, EMPTY, ["**/*.yml", ".github/", "**/CODEOWNERS"])
    assert found == Comparison(False, foreign=(path,))


@given(CONTENTS, CONTENTS, CONTENTS, CONTENTS, CONTENTS)
def test_every_changed_file_has_exactly_one_kind(
    target: Content, merged: Content, head: Content, applied: Content, branch: Content
) -> None:
    found = compare(Candidate(target, merged, head), applied, branch, ["envs/*"])
    kinds = (found.proven, found.waiting, found.foreign, found.ignored, found.kept, found.missing)
    listed = [path for kind in kinds for path in kind]
    changed = {p for p in PATHS if target.get(p) != merged.get(p)}
    assert len(set(listed)) == len(listed)
    assert {*found.changed, *found.ignored} == changed
    assert carries(applied, merged, found.proven)
    assert found.exact == all(merged.get(p) == applied.get(p) for p in PATHS if not p.startswith("envs/"))
