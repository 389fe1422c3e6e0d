"""The YAML that people copy out of the documents: it parses, and names only what there is."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_bot.config.load import load_settings

ROOT = Path(__file__).resolve().parents[2]
ACTION, WORKFLOW = "gitops-bot/gitops-bot@", "gitops-bot/gitops-bot/.github/workflows/gitops.yml@"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PIN = re.compile(r"uses: ([\w.-]+/[\w./-]+)@([0-9a-f]{40})(?: # (v\d+\.\d+\.\d+))?$", re.MULTILINE)
BLOCK = re.compile(r"^( *)```yaml\n(.*?)^\1```", re.DOTALL | re.MULTILINE)


def read(text: str) -> Any:
    # YAML 1.1 reads the key `on` as true; BaseLoader leaves every scalar a text.
    return yaml.load(text, yaml.BaseLoader)


CI, GITOPS = (
    (ROOT / ".github/workflows" / name).read_text(encoding="utf-8") for name in ("ci.yml", "gitops.yml")
)
INPUTS = read((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
CALLED = read(GITOPS)["on"]["workflow_call"]
BLOCKS = [
    pytest.param(textwrap.dedent(block), id=f"{path.relative_to(ROOT)}-{number}")
    for path in DOCUMENTS
    for number, (_, block) in enumerate(BLOCK.findall(path.read_text(encoding="utf-8")), 1)
]


def mappings(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping of a document, at any depth."""
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        yield from mappings(item)


def unknown(use: dict[str, Any]) -> set[str]:
    """What is given to ours and is not declared. A fragment without `uses` is of the job that calls."""
    given, secrets = set(use.get("with", {})), set(use.get("secrets", {}))
    if use.get("uses", WORKFLOW).startswith(WORKFLOW):
        return (given - set(CALLED["inputs"])) | (secrets - set(CALLED["secrets"]))
    return given - set(INPUTS) if use["uses"].startswith(ACTION) else set()


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_gives_only_inputs_and_secrets_that_exist(block: str) -> None:
    assert [names for use in mappings(read(block)) if (names := unknown(use))] == []


@pytest.mark.parametrize("block", [b for b in BLOCKS if str(b.values[0]).startswith("version: 1\n")])
def test_every_example_of_a_whole_configuration_is_valid(block: str) -> None:
    assert load_settings(block).environments


def test_an_action_of_others_is_the_same_commit_and_version_wherever_it_is_named() -> None:
    files = [*DOCUMENTS, *(ROOT / ".github").rglob("*.yml"), *(ROOT / "gitops_bot").rglob("*.j2")]
    pins: dict[str, set[tuple[str, str]]] = {}
    for path in files:
        for action, commit, version in PIN.findall(path.read_text(encoding="utf-8")):
            pins.setdefault(action, set()).add((commit, version))
    assert len(pins) > 4
    assert {action: found for action, found in pins.items() if len(found) != 1} == {}
    assert [action for action, found in pins.items() if "" in dict(found).values()] == []


@pytest.mark.parametrize("block", BLOCKS)
def test_an_example_pins_what_others_wrote(block: str) -> None:
    """An action that we do not use ourselves may say COMMIT: whoever copies it looks at a release first."""
    ours = {action for action, _, _ in PIN.findall(CI + GITOPS)}
    used = [use["uses"] for use in mappings(read(block)) if "uses" in use]
    foreign = [uses.partition("@") for uses in used if not uses.startswith((ACTION, WORKFLOW))]
    unpinned = [(name, commit) for name, _, commit in foreign if not re.fullmatch("[0-9a-f]{40}", commit)]
    assert [name for name, commit in unpinned if commit != "COMMIT" or name in ours] == []


def test_each_exception_that_zizmor_is_asked_to_make_says_why() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / ".github").rglob("*.yml")]
    exceptions = [line for text in texts for line in re.findall(r"zizmor: ignore.*", text)]
    assert [line for line in exceptions if not re.fullmatch(r"zizmor: ignore\[[a-z-]+\] .{10,}", line)] == []
    assert exceptions
