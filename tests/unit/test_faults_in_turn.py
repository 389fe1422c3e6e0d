"""Every call to GitHub made to fail in turn: nothing doubled, nothing applied unrecorded."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

from gitops_bot.commands.apply_branch import apply_branch
from gitops_bot.commands.dispatched import run_command
from gitops_bot.commands.effects import Effects, RunFacts
from gitops_bot.commands.plan_local import plan_local
from gitops_bot.commands.plan_pull_request import PullRequestToPlan, plan_pull_request
from gitops_bot.core.aws import Phase
from gitops_bot.core.decision import RunCommand
from gitops_bot.core.environments import DEFAULT_SETTINGS, Environment, Project, Settings
from gitops_bot.core.errors import CloudRefused, GitopsBotError, Interrupted, RunFailed
from gitops_bot.core.events import Command, Dispatched
from gitops_bot.core.report import Applied, Diagnostic, ResourceOutcome, ResourceState, Severity
from gitops_bot.ports import CloudSession, DeploymentState, PlanErrored, PlanMade, PullRequest
from gitops_bot.render.progress import state_of
from tests.kit.fake_cloud import FakeCloudSession
from tests.kit.fake_code_host import FakeCodeHost
from tests.kit.fake_signals import FakeSignals
from tests.kit.fake_terraform import FakeTerraform
from tests.kit.fake_work_tree import FakeWorkTree

HEAD, MERGE = "a" * 40, "b" * 40
DEVOPS = DEFAULT_SETTINGS.environments[0]
FACTS = RunFacts("7", "pat", "acme/infra", "https://github.example")


def document(creates: bool) -> bytes:
    change = {
        "actions": ["create"], "before": None, "after": {"input": "x"}, "after_unknown": {"id": True},
        "before_sensitive": False, "after_sensitive": {},
    }  # fmt: skip
    resource = {"address": "terraform_data.a", "mode": "managed", "type": "terraform_data", "name": "a"}
    changes = [{**resource, "change": change}] if creates else []
    return json.dumps(
        {"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": changes}
    ).encode()


@dataclass
class Recorder:
    """`ports.StepOutput` that keeps what it is given."""

    lines: list[str] = field(default_factory=list)
    summaries: list[str] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)

    def log(self, text: str) -> None:
        self.lines.append(text)

    def summary(self, markdown: str) -> None:
        self.summaries.append(markdown)

    def output(self, name: str, value: str) -> None:
        self.outputs[name] = value

    def mask(self, secret: str) -> None:
        pass


class Scene:
    """One repository in memory with a pull request into devops, and a Terraform that creates one thing."""

    def __init__(self, folder: Path) -> None:
        (folder / "main.tf").write_text("")
        self.folder = folder
        self.host = FakeCodeHost(branches={"devops": MERGE})
        self.pull = PullRequest(1, "One", HEAD, "feature", "devops", "https://github.example/1", author="pat")
        self.host.add_pull_request(self.pull)
        self.applies = 0
        self.step = Recorder()
        self.session = FakeCloudSession()

    def effects(self) -> Effects:
        made = PlanMade(document(True), "", self.folder / "p", "")
        after = PlanMade(document(False), "", self.folder / "p", "lineage")
        done = ResourceOutcome("terraform_data.a", "create", ResourceState.DONE)
        plans = [after] if self.applies else [made, after]
        self.terraform = FakeTerraform(list(plans), [Applied((done,))])
        self.tree = FakeWorkTree(self.folder, MERGE, history={MERGE: (HEAD,), HEAD: ()})
        return Effects(
            self.host,
            self.tree,
            self.step,
            self.folder,
            lambda _: self.tree,
            lambda *_: self.session,
            lambda *_: self.terraform,
        )

    def plan(self, settings: Settings = DEFAULT_SETTINGS) -> None:
        todo = PullRequestToPlan(1, HEAD, MERGE, "feature")
        effects = self.effects()
        if len(settings.projects) > 1:
            self.terraform.plans = [self.terraform.plans[0]] * len(settings.projects)
            names = ", ".join(f"{{name: {p.name}, workspace: {p.name}}}" for p in settings.projects)
            self.tree.files[MERGE, ".gitops-bot.yml"] = f"projects: [{names}]"
        plan_pull_request(todo, DEVOPS, settings, effects, FACTS)

    def merge(self) -> None:
        self.host.pulls[1] = replace(self.pull, state="closed", merged=True, merge_commit=MERGE)

    def apply(self) -> None:
        try:
            apply_branch(DEVOPS, MERGE, DEFAULT_SETTINGS, self.effects(), FACTS)
        finally:
            self.applies += len(self.terraform.applied)


def calls_of(folder: Path, apply: bool) -> int:
    folder.mkdir()
    scene = Scene(folder)
    scene.plan()
    if not apply:
        return len(scene.host.calls)
    scene.merge()
    before = len(scene.host.calls)
    scene.apply()
    return len(scene.host.calls) - before


def test_a_plan_run_that_fails_anywhere_and_runs_again_leaves_one_comment(tmp_path: Path) -> None:
    count = calls_of(tmp_path / "count", apply=False)
    for index in range(count):
        folder = tmp_path / str(index)
        folder.mkdir()
        scene = Scene(folder)
        scene.host.fail_on(index)
        with suppress(GitopsBotError):  # what is only noted stops no run
            scene.plan()
        scene.plan()
        ((_, comment),) = scene.host.kept_comments.values()
        assert state_of(comment.body, "devops") == "planned", f"call {index}"


def test_an_apply_run_that_fails_anywhere_never_applies_twice_and_never_unrecorded(tmp_path: Path) -> None:
    count = calls_of(tmp_path / "count", apply=True)
    for index in range(count):
        folder = tmp_path / str(index)
        folder.mkdir()
        scene = Scene(folder)
        scene.plan()
        scene.merge()
        scene.host.fail_on(len(scene.host.calls) + index)
        with suppress(GitopsBotError):  # what is only noted stops no run
            scene.apply()
        assert scene.applies == 0 or scene.host.kept_deployments, f"call {index}: applied, not recorded"
        scene.apply()
        assert scene.applies == 1, f"call {index}"
        newest = scene.host.kept_deployments[-1]
        ends = {status.state for status in scene.host.statuses[newest.id]}
        assert DeploymentState.SUCCESS in ends, f"call {index}"
        ((_, comment),) = scene.host.kept_comments.values()
        assert state_of(comment.body, "devops") == "applied", f"call {index}"


def test_a_plan_that_ends_after_the_merge_approves_nothing(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.merge()
    scene.plan()
    assert scene.host.checks == []
    assert scene.host.kept_comments == {}
    scene.apply()
    assert scene.applies == 0
    assert scene.step.outputs["result"] == "blocked"


def test_what_was_applied_is_recorded_when_the_plan_after_it_fails(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.plan()
    scene.merge()
    effects = scene.effects()
    scene.terraform.plans[1] = RunFailed("Terraform vanished.")
    apply_branch(DEVOPS, MERGE, DEFAULT_SETTINGS, effects, FACTS)
    (deployment,) = scene.host.kept_deployments
    newest = scene.host.deployment_statuses(deployment.id)[0]
    assert newest.state is DeploymentState.SUCCESS
    assert newest.description == "1 done, 0 failed, 0 not started; converged: unknown"
    assert scene.step.outputs["result"] == "applied"


def test_credentials_lost_between_plan_and_apply_apply_nothing_and_open_no_entry(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.plan()
    scene.merge()
    scene.session = FakeCloudSession(refusal=CloudRefused("devops: gone.", "Bring them back."))
    scene.apply()
    assert (scene.terraform.applied, scene.host.kept_deployments) == ([], [])
    assert scene.step.outputs["result"] == "failed"
    check = next(c for c in scene.host.check_runs(MERGE) if c.name == "gitops-bot: apply devops")
    for said in (check.summary, scene.step.summaries[-1], *(c.body for c in scene.host.comments(1))):
        assert "devops: gone. Bring them back." in said or "Terraform plan" in said


def test_every_secret_of_the_session_is_redacted_in_what_is_published(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.session = FakeCloudSession(secrets=("canary-of-the-session",))
    scene.plan()
    scene.terraform.plans.clear()
    made = PlanErrored("plan", (Diagnostic(Severity.ERROR, "key canary-of-the-session", "and more"),))
    effects = replace(scene.effects(), make_terraform=lambda *_: FakeTerraform([made]))
    plan_pull_request(PullRequestToPlan(1, HEAD, MERGE, "feature"), DEVOPS, DEFAULT_SETTINGS, effects, FACTS)
    said = [*(c.body for c in scene.host.comments(1)), *scene.step.summaries]
    said += [c.summary + c.text + c.title for c in scene.host.check_runs(HEAD)]
    assert [text for text in said if "redacted" in text] != []
    assert [text for text in said if "canary-of-the-session" in text] == []


TWO = replace(DEFAULT_SETTINGS, projects=(Project("one"), Project("two")))


@pytest.mark.parametrize(
    ("stopped_by", "ends_with"),
    [(KeyboardInterrupt(), Interrupted), (RuntimeError("a defect"), RuntimeError), (RunFailed("no"), None)],
)
def test_what_was_applied_is_recorded_whatever_stops_the_next_project(
    tmp_path: Path, stopped_by: BaseException, ends_with: type[BaseException] | None
) -> None:
    """Between Terraform's commands a signal is a KeyboardInterrupt, as while AWS is asked for a session."""
    scene = Scene(tmp_path)
    scene.plan(TWO)
    scene.merge()
    effects = scene.effects()
    done = Applied((ResourceOutcome("terraform_data.a", "create", ResourceState.DONE),))
    made = PlanMade(document(True), "", tmp_path / "p", "")
    terraform = FakeTerraform([made, made], [done, stopped_by])
    effects = replace(effects, make_terraform=lambda *_: terraform)
    if ends_with is None:
        apply_branch(DEVOPS, MERGE, TWO, effects, FACTS)
    else:
        with pytest.raises(ends_with):
            apply_branch(DEVOPS, MERGE, TWO, effects, FACTS)
    (deployment,) = scene.host.kept_deployments
    newest = scene.host.deployment_statuses(deployment.id)[0]
    assert (newest.state, newest.description) == (
        DeploymentState.FAILURE,
        "1 done, 0 failed, 0 not started; converged: unknown",
    )
    assert scene.step.outputs["result"] == "partly-applied"
    check = next(c for c in scene.host.check_runs(MERGE) if c.name == "gitops-bot: apply devops")
    assert check.external_id == f"deployment:{deployment.id}"


def test_after_a_signal_between_two_projects_the_second_does_not_start_and_the_record_is_whole(
    tmp_path: Path,
) -> None:
    scene = Scene(tmp_path)
    scene.plan(TWO)
    scene.merge()
    made = PlanMade(document(True), "", tmp_path / "p", "")
    done = Applied((ResourceOutcome("terraform_data.a", "create", ResourceState.DONE),))
    terraform = FakeTerraform([made, made], [done])
    signals = FakeSignals(lambda: len(terraform.applied) == 1)
    effects = replace(scene.effects(), make_terraform=lambda *_: terraform, signals=signals.watched)
    with pytest.raises(Interrupted):
        apply_branch(DEVOPS, MERGE, TWO, effects, FACTS)
    (deployment,) = scene.host.kept_deployments
    newest = scene.host.deployment_statuses(deployment.id)[0]
    assert (newest.state, newest.description) == (
        DeploymentState.FAILURE,
        "1 done, 0 failed, 0 not started; converged: unknown",
    )
    assert signals.asked == ["defer", "hold", "end"]


CANARY = "canary-of-the-session"
LEAKING = PlanErrored("plan", (Diagnostic(Severity.ERROR, f"key {CANARY}", f"and {CANARY} more"),))


@pytest.mark.parametrize("command", ["apply", "plan", "baseline"])
def test_no_command_publishes_a_secret_of_its_session(tmp_path: Path, command: str) -> None:
    scene = Scene(tmp_path)
    scene.plan()
    scene.merge()
    scene.session = FakeCloudSession(secrets=(CANARY,))
    effects = replace(scene.effects(), make_terraform=lambda *_: FakeTerraform([LEAKING]))
    if command == "apply":
        apply_branch(DEVOPS, MERGE, DEFAULT_SETTINGS, effects, FACTS)
    else:
        event = Dispatched(Command(command), "devops", "devops", MERGE)
        run_command(RunCommand(event.command, DEVOPS, event), DEFAULT_SETTINGS, effects, FACTS)
    said = [*(c.body for c in scene.host.comments(1)), *scene.step.summaries, *scene.step.lines]
    said += [c.summary + c.text + c.title for c in scene.host.check_runs(MERGE)]
    assert "redacted" in scene.step.summaries[-1]
    assert [text for text in said if CANARY in text] == []


@pytest.mark.parametrize("as_json", [False, True])
def test_a_local_plan_prints_no_secret_in_either_form(tmp_path: Path, as_json: bool) -> None:
    (tmp_path / "main.tf").write_text("")
    settings = replace(DEFAULT_SETTINGS, redact=(re.compile("and more|and"),))
    said: list[str] = []
    _, text = plan_local(
        DEVOPS, settings, tmp_path, FakeTerraform([LEAKING]), tmp_path, said.append, lambda: (CANARY,),
        as_json=as_json,
    )  # fmt: skip
    assert (CANARY in text, "and" in text.replace("devops", ""), "redacted" in text) == (False, False, True)


@pytest.mark.parametrize(
    ("command", "phase"),
    [("pull request", Phase.PLAN), ("plan", Phase.PLAN), ("baseline", Phase.APPLY), ("apply", Phase.APPLY)],
)
def test_only_what_may_apply_or_begin_a_ledger_asks_for_the_apply_phase(
    tmp_path: Path, command: str, phase: Phase
) -> None:
    """The phase decides about the role, the backend's files and whether a workspace may be created."""
    scene = Scene(tmp_path)
    scene.plan()
    if command == "apply":
        scene.merge()
    asked: list[Phase] = []
    terraform = FakeTerraform([PlanMade(document(False), "", tmp_path / "p", "lineage")])

    def make_session(
        _settings: Settings, _environment: Environment, wanted: Phase, _run: object
    ) -> CloudSession:
        asked.append(wanted)
        return FakeCloudSession()

    effects = replace(scene.effects(), make_session=make_session, make_terraform=lambda *_: terraform)
    if command == "apply":
        apply_branch(DEVOPS, MERGE, DEFAULT_SETTINGS, effects, FACTS)
    elif command == "pull request":
        plan_pull_request(
            PullRequestToPlan(1, HEAD, MERGE, "feature"), DEVOPS, DEFAULT_SETTINGS, effects, FACTS
        )
    else:
        event = Dispatched(Command(command), "devops", "devops", MERGE)
        run_command(RunCommand(event.command, DEVOPS, event), DEFAULT_SETTINGS, effects, FACTS)
    assert (asked, {run.writes for run in terraform.planned}) == ([phase], {phase is Phase.APPLY})
