"""A stage whose jobs have OIDC tokens, and whose branches hold a workflow and ask for proofs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gitops_bot.sandbox import Sandbox
from gitops_bot.sandbox.records import Event
from tests.kit.stage import CONFIG, Stage

WORKFLOW = ".github/workflows/gitops.yml"
REQUIRED = CONFIG + "approval: {provenance: required}\n"
PLAN = "gitops-bot: plan devops"


class ProvenStage(Stage):
    """A stage whose jobs have OIDC tokens, and whose branches hold a workflow."""

    without_token = False
    """Whether the next jobs have none."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.claims: dict[str, Any] = {}
        super().__init__(sandbox, folder)

    def files(self) -> dict[str, str]:
        return {**super().files(), ".gitops-bot.yml": REQUIRED, WORKFLOW: "on: push\n"}

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
