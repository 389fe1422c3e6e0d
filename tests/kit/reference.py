"""The generated parts of docs/reference, and the action's second form: `make reference` writes them.

A test fails when they are stale. A generated table stands between `<!-- generated: NAME -->` and
`<!-- /generated -->`; all other text of a document is written by hand. What each row says comes from
action.yml and the reusable workflow; only links are added here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.kit import config_schema

ROOT = Path(__file__).parents[2]
ACTION_PAGE = ROOT / "docs" / "reference" / "action.md"
INNER_ACTION = ROOT / "gitops_bot" / "action.yml"
_INNER = """\
# The action once more, for our reusable workflow: GitHub's `$/…` leads to a folder and cannot name the root.
# Made from action.yml by `make reference`.
"""
_BLOCK = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- /generated -->)", re.DOTALL)
_MORE = {
    "approve": "[Apply](../how-to/blocked-apply.md), [baseline](../how-to/start-on-a-living-repository.md).",
    "to-commit": "[Rolling back](../how-to/roll-back.md).",
    "apply-on-closed": "[More](#behind-a-github-environment).",
    "apply-environment": "[More](#behind-a-github-environment).",
    "plan-environment": "[More](#behind-a-github-environment).",
    "github-token": "[As an app](../how-to/github-app.md).",
    "module-token": "[Private modules](../how-to/private-modules.md).",
    "report-days": "[More](#the-full-report).",
    "report-html": "[More](#the-full-report).",
    "report-json": "[Its schema](report.schema.json).",
    "result": "[All results](#results).",
    "outcome-file": "[What it holds](stored-forms.md#the-outcome-file).",
    "backflow-prs": "[More](../how-to/hotfix.md#it-comes-down-by-itself).",
    "aws-access-key-id": "[AWS with keys](../how-to/aws-keys.md).",
}


def expected_files() -> dict[Path, str]:
    """Every file with generated parts, and the text it must have."""
    page = ACTION_PAGE.read_text(encoding="utf-8")
    tables = _tables()
    return {
        config_schema.FILE: config_schema.schema_text(),
        INNER_ACTION: inner_action(),
        ACTION_PAGE: _BLOCK.sub(lambda m: f"{m[1]}{tables.pop(m[2])}{m[3]}", page),
    }


def action() -> dict[str, Any]:
    """action.yml."""
    return _read("action.yml")


def inner_action() -> str:
    """The action as it stands in the folder of its script."""
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    return _INNER + text.replace("$GITHUB_ACTION_PATH/gitops_bot/action.sh", "$GITHUB_ACTION_PATH/action.sh")


def workflow() -> dict[Any, Any]:
    """The reusable workflow. YAML reads its key `on` as True."""
    return _read(".github/workflows/gitops.yml")


def _read(path: str) -> dict[Any, Any]:
    return dict(yaml.safe_load((ROOT / path).read_text(encoding="utf-8")))


def _tables() -> dict[str, str]:
    call = workflow()[True]["workflow_call"]
    return {
        "inputs": _with_defaults("input", action()["inputs"]),
        "outputs": _plain("output", action()["outputs"]),
        "workflow-inputs": _with_defaults("input", call["inputs"]),
        "workflow-outputs": _plain("output", call["outputs"]),
        "workflow-secrets": _plain("secret", call["secrets"]),
    }


def _with_defaults(kind: str, entries: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        f"| `{name}` | {_default(entry.get('default', ''))} | {_meaning(name, entry)} |\n"
        for name, entry in entries.items()
    ]
    return f"| {kind} | default | meaning |\n|---|---|---|\n" + "".join(rows)


def _plain(kind: str, entries: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [f"| `{name}` | {_meaning(name, entry)} |\n" for name, entry in entries.items()]
    return f"| {kind} | meaning |\n|---|---|\n" + "".join(rows)


def _default(value: object) -> str:
    if value == "${{ github.token }}":
        return "the job's token"
    return "none" if value == "" else f"`{value}`"


def _meaning(name: str, entry: Mapping[str, Any]) -> str:
    text = " ".join(str(entry["description"]).split()).replace("|", "\\|")
    return f"{text} {_MORE.get(name, '')}".rstrip()


def main() -> None:
    """Write every file that is stale."""
    for path, text in expected_files().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
