"""A workflow runner on this machine: act, with small stand-ins for the actions of others.

It starts the workflows as they are: the caller of README.md, the reusable workflow, the action. What act
ignores (types, branches, concurrency, environments) is checked on the YAML (tests/unit/test_documents.py).
One thing is put in other words for it: act knows no `uses: $/folder`, the same repository at the same commit.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gitops_bot.sandbox.records import Event
from tests.kit.stage import Stage

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / ".github/workflows/gitops.yml"
OUR_NAME, OUR_REF = "gitops-bot/gitops-bot", "v0"
OURS = ("action.yml", "pyproject.toml", "uv.lock", "README.md", "LICENSE", "gitops_bot", ".github")
_PASSED = re.compile(r"(PIP|UV|SSL|REQUESTS|HTTPS?|NO)_|https?_proxy|no_proxy", re.IGNORECASE)
_USES = re.compile(r"uses: ([\w.-]+/[\w.-]+)(?:/[\w./-]+)?@(\S+)")
_AFTER = """\
  after: # not part of what people copy: it shows what the called workflow gave back
    needs: gitops
    if: always()
    runs-on: ubuntu-24.04
    steps:
      - run: printf '%s' "$OUTPUTS" > "$SHOWN/outputs.json"
        env: {OUTPUTS: "${{ toJSON(needs.gitops) }}"}
"""
_STAND_IN = """\
name: stand-in for {name}
inputs: {inputs}
runs:
  using: composite
  steps:
    - shell: bash
      run: |
        printf '%s\\n' "$WITH" >> "$SHOWN/{name}.log"
        {more}
      env: {{WITH: "${{{{ toJSON(inputs) }}}}", FILE: "${{{{ inputs.path }}}}"}}
"""


def caller() -> str:
    """The workflow that README.md tells people to add, with the trigger of merge queues."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    found = next(block for block in blocks if "/.github/workflows/gitops.yml@" in block)
    queue = "  merge_group: {branches: [devops, dev, staging, prod]}\n"
    return str(found).replace("  workflow_dispatch:\n", f"{queue}  workflow_dispatch:\n")


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """What a run showed: its log, whether it succeeded, what the called workflow gave back, the files that
    were uploaded, and what the stand-ins were given, by their names."""

    log: str
    succeeded: bool
    outputs: dict[str, str]
    uploaded: dict[str, str]
    given: dict[str, list[dict[str, str]]]


class Act:
    """Runs the workflow of a stage's repository for its events. `folder` keeps everything of it."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage, self.folder = stage, folder
        self._count = 0
        self._ours = folder / "ours"
        for name in OURS:
            source, target = ROOT / name, self._ours / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        called = self._ours / WORKFLOW.relative_to(ROOT)
        called.write_text(re.sub(r"uses: \$/(\S+)", rf"uses: {OUR_NAME}/\1@{OUR_REF}", called.read_text()))
        stage.hub.commit("devops", {".github/workflows/gitops.yml": caller() + _AFTER}, "The workflow")
        for name in ("dev", "staging", "prod"):
            stage.hub.update_ref(f"refs/heads/{name}", stage.head("devops"))
        stage.hub.take_events()

    def run(self, event: Event, **environ: str) -> WorkflowRun:
        """One run of the workflow, in a fresh home, on a checkout of the event's commit."""
        self._count += 1
        place = self.folder / f"run-{self._count}"
        shown, home = place / "shown", place / "home"
        for folder in (shown / "uploads", home):
            folder.mkdir(parents=True)
        (place / "event.json").write_text(json.dumps(event.payload))
        done = subprocess.run(
            [*self._command(event, place), *self._environment(event, shown, environ)],
            cwd=self.stage.checkout(event.sha),
            env=self._environ(home),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=300, check=False,
        )  # fmt: skip
        shutil.rmtree(home)  # it holds a Python environment
        given = json.loads(file.read_text()) if (file := shown / "outputs.json").exists() else {}
        return WorkflowRun(
            done.stdout,
            done.returncode == 0,
            given.get("outputs") or {},
            {f.name: f.read_text() for f in (shown / "uploads").iterdir()},
            {f.stem: _objects(f.read_text()) for f in shown.glob("*.log")},
        )

    def _command(self, event: Event, place: Path) -> list[str]:
        act = Path(sys.executable).parent / "act"
        local = [
            part
            for repository, ref in sorted({(OUR_NAME, OUR_REF), *_USES.findall(WORKFLOW.read_text())})
            for part in ("--local-repository", f"{repository}@{ref}={self._place(repository)}")
        ]
        return [
            str(act), event.name, "-W", ".github/workflows/gitops.yml", "-e", str(place / "event.json"),
            "-P", "ubuntu-24.04=-self-hosted", "-s", f"GITHUB_TOKEN={self.stage.token}",
            "--action-offline-mode", "--pull=false", "--no-cache-server",
            "--artifact-server-addr", "127.0.0.1", *local,
        ]  # fmt: skip

    def _place(self, repository: str) -> Path:
        if repository == OUR_NAME:
            return self._ours
        name = repository.partition("/")[2]
        place = self.folder / "stand-ins" / name
        if not place.exists():
            place.mkdir(parents=True)
            more = 'cp "$FILE" "$SHOWN/uploads/"' if name == "upload-artifact" else ":"
            inputs = json.dumps({key: {} for key in _inputs_of(repository)})
            text = _STAND_IN.format(name=name, inputs=inputs, more=more)
            (place / "action.yml").write_text(text)
        return place

    def _environment(self, event: Event, shown: Path, more: Mapping[str, str]) -> list[str]:
        sandbox = self.stage.sandbox
        values = {
            "GITHUB_API_URL": sandbox.api_url,
            "GITHUB_GRAPHQL_URL": f"{sandbox.api_url}/graphql",
            "GITHUB_SERVER_URL": sandbox.server_url,
            "GITHUB_REPOSITORY": sandbox.repository,
            "GITHUB_SHA": event.sha,
            "GITHUB_REF": event.ref,
            "GITHUB_RUN_ID": str(2000 + self._count),
            "GITHUB_WORKFLOW_REF": f"{sandbox.repository}/.github/workflows/gitops.yml@{event.ref}",
            "TF_CLI_CONFIG_FILE": os.devnull,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "SHOWN": str(shown),
            **more,
        }
        return [part for name, value in values.items() for part in ("--env", f"{name}={value}")]

    def _environ(self, home: Path) -> dict[str, str]:
        passed = {name: value for name, value in os.environ.items() if _PASSED.match(name)}
        # uv is what a runner may have as well; one cache for all runs, so that only the first one is cold.
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {**passed, "PATH": path, "HOME": str(home), "UV_CACHE_DIR": str(self.folder / "uv-cache")}


def _inputs_of(repository: str) -> set[str]:
    """Every input that our workflow gives an action of others."""
    workflow = yaml.safe_load(WORKFLOW.read_text())
    steps: list[dict[str, Any]] = [s for job in workflow["jobs"].values() for s in job["steps"]]
    return {key for s in steps if s["uses"].startswith(f"{repository}@") for key in s.get("with", {})} | {
        "path"
    }


def _objects(text: str) -> list[dict[str, str]]:
    """JSON objects one after another."""
    decoder, found, text = json.JSONDecoder(), [], text.strip()
    while text:
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:].lstrip()
    return found
