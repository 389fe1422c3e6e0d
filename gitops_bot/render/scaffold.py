"""The files that `gitops-bot init` writes, and how they differ from those that are there."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence

from gitops_bot.core.scaffold import Proposal
from gitops_bot.core.stages import Stage
from gitops_bot.render.templates import render_plain

SCHEMA = "https://raw.githubusercontent.com/gitops-bot/gitops-bot/v0/docs/reference/gitops-bot.schema.json"
IGNORED = ".terraform/"
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
"""What YAML takes for something else than text."""
_GLOB = re.compile(r"([*?+!\[\]\\])")


def render_caller(stages: Sequence[Stage], terraform_version: str = "", labels: Sequence[str] = ()) -> str:
    """The workflow that calls ours. `labels` are those that decide, where they are not the usual ones."""
    inputs = []
    if labels:
        inputs.append(("labels", json.dumps(",".join(labels))))
    if terraform_version:
        inputs.append(("terraform-version", terraform_version))
    return render_plain(
        "caller.yml.j2",
        {
            "branches": _flow(_GLOB.sub(r"\\\1", stage.branch) for stage in stages),
            "names": _flow(stage.name for stage in stages),
            "inputs": inputs,
        },
    )


def render_config(proposal: Proposal, accounts: Mapping[str, str]) -> str:
    """The configuration. `accounts` are AWS account ids by environment, where they are known."""
    regions = {proposal.regions.get(stage.name, "") for stage in proposal.stages}
    common = regions.pop() if len(regions) == 1 else ""
    return render_plain(
        "config.yml.j2",
        {
            "schema": SCHEMA,
            "aws": proposal.aws,
            "region": common,
            "stages": [
                {
                    "name": _scalar(stage.name),
                    "branch": _scalar(stage.branch),
                    "region": "" if common else proposal.regions.get(stage.name, ""),
                    "roles": stage.name in accounts,
                    **_roles(accounts.get(stage.name, "")),
                }
                for stage in proposal.stages
            ],
            "projects": [
                {
                    "name": _scalar(project.name),
                    "dir": "" if project.dir == "." else _scalar(project.dir),
                    "workspace": "" if project.workspace == "default" else _scalar(project.workspace),
                    "var_files": _flow(project.var_files) if project.var_files else "",
                    "backend_config": _flow(project.backend_config) if project.backend_config else "",
                }
                for project in proposal.projects
            ],
        },
    )


def with_ignored(text: str) -> str:
    """A .gitignore that leaves Terraform's working folders out."""
    return f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{IGNORED}\n"


def difference(path: str, before: str | None, after: str) -> str:
    """What writing the file changes, as a unified diff."""
    lines = difflib.unified_diff(
        (before or "").splitlines(),
        after.splitlines(),
        "/dev/null" if before is None else f"a/{path}",
        f"b/{path}",
        lineterm="",
    )
    return "\n".join(lines)


def _roles(account: str) -> dict[str, str]:
    """The names that docs/examples/aws-bootstrap gives them."""
    return {f"{phase}_role": f"arn:aws:iam::{account}:role/gitops-{phase}" for phase in ("plan", "apply")}


def _flow(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_scalar, texts))}]"


def _scalar(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())
