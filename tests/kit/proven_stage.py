"""A stage whose runs have OIDC tokens, as jobs with `id-token: write` do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gitops_bot.sandbox import Sandbox
from gitops_bot.sandbox.records import Event
from tests.kit.github_markdown import unparted
from tests.kit.needs import needs_program
from tests.kit.sandbox_story import TickingClock
from tests.kit.stage import CONFIG, Stage, StepRun

WORKFLOW = ".github/workflows/gitops.yml"
REQUIRED = CONFIG + "approval: {provenance: required}\n"
PLAN = "gitops-bot: plan devops"


class ProvenStage(Stage):
    """A stage whose jobs have OIDC tokens, and whose branches hold a workflow."""

    without_token = False

    def __init__(self, sandbox: Sandbox, folder: Path, files: dict[str, str] | None = None) -> None:
        self.claims: dict[str, Any] = {}
        self._more = files or {}
        super().__init__(sandbox, folder)

    def files(self) -> dict[str, str]:
        return {**super().files(), ".gitops-bot.yml": REQUIRED, WORKFLOW: "on: push\n", **self._more}

    def environ(self, event: Event, work: Path, **more: str) -> dict[str, str]:
        job = self.sandbox.issuer.job(event, **self.claims)
        if self.without_token:
            job = {"GITHUB_WORKFLOW_REF": job["GITHUB_WORKFLOW_REF"]}
        return super().environ(event, work, **{**job, **more})

    def planned(self, files: dict[str, str], branch: str = "feature", **claims: Any) -> int:
        """A pull request with its plan, whose token says `claims`."""
        number = self.pull_request(files, branch=branch)
        self.claims = claims
        run = self.plan(number)
        self.claims = {}
        assert (run.code, run.outputs["result"]) == (0, "planned"), run.stdout + run.stderr
        return number

    def text_of(self, commit: str) -> str:
        """The plan check's text: the approval and its proof."""
        return next(c.text or "" for c in self.check_runs(commit) if c.name == PLAN)

    def forge(self, commit: str, text: str, number: int) -> None:
        """A check run as any workflow of the repository can write it."""
        output = {"title": "Planned", "summary": "All fine", "text": text}
        forged = {
            "name": PLAN, "status": "completed", "conclusion": "success", "output": output,
            "external_id": f"pull:{number} comment:0 promotion:allowed",
        }  # fmt: skip
        self.hub.checks.add(commit, forged, "github-actions")


def begins_with(config: str) -> pytest.MarkDecorator:
    """The fixture `on_stage` with another configuration in its first commit: for a test's `parametrize`."""
    return pytest.mark.parametrize("on_stage", [{".gitops-bot.yml": config}], indirect=True)


@contextmanager
def proven_stage(folder: Path, files: dict[str, str] | None = None) -> Iterator[ProvenStage]:
    """A stage inside `folder` whose branches also hold `files`. Needs terraform and git."""
    needs_program("terraform")
    needs_program("git")
    (folder / "states").mkdir()
    with Sandbox.start(folder / "hub", clock=TickingClock()) as sandbox:
        yield ProvenStage(sandbox, folder, files)


def readable(markdown: str) -> str:
    """Markdown as it reads: without escapes and what keeps a number from being a link."""
    return " ".join(unparted(markdown).split())


def refused(run: StepRun, on_stage: ProvenStage, said: str) -> None:
    assert (run.code, run.outputs["result"]) == (1, "blocked"), run.stdout + run.stderr
    assert said in readable(run.summary), run.summary
    assert on_stage.resources("devops") == []
