"""What an apply leaves behind, whatever stopped it, and what the next run makes of it. In memory."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gitops_bot.commands.apply_branch import apply_branch
from gitops_bot.commands.dispatched import run_command
from gitops_bot.commands.effects import Effects
from gitops_bot.commands.ledger import Book, open_entry, read_ledger
from gitops_bot.commands.plan_pull_request import PullRequestToPlan, plan_pull_request
from gitops_bot.core.decision import RunCommand
from gitops_bot.core.environments import DEFAULT_SETTINGS, ApprovalSettings, LockSettings, Settings
from gitops_bot.core.errors import BadInput, ExitCode, GitopsBotError, RunFailed
from gitops_bot.core.events import Command, Dispatched
from gitops_bot.core.ledger import END_UNKNOWN, TASK, Entry, EntryState
from gitops_bot.core.locks import StateLock
from gitops_bot.core.provenance import ProvenanceMode
from gitops_bot.core.records import key_of_lineage
from gitops_bot.core.report import Applied, Diagnostic, ResourceOutcome, ResourceState, Severity
from gitops_bot.ports import Deployment, DeploymentState, PlanMade, WorkflowRun
from gitops_bot.render.progress import state_of
from tests.kit.fake_cloud import FakeCloudSession
from tests.kit.fake_terraform import FakeTerraform
from tests.kit.proven_stage import readable
from tests.unit.test_faults_in_turn import DEVOPS, FACTS, HEAD, MERGE, Recorder, Scene, document

DONE = ResourceOutcome("terraform_data.a", "create", ResourceState.DONE, 1.0)
NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)


class Records(Scene):
    """A scene whose outcome files are kept, and whose Terraform answers what each test says."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.files: dict[str, str] = {}
        self.settings = DEFAULT_SETTINGS
        self.facts = FACTS
        self.now = NOW
        self.environment = DEVOPS
        self.config_before = ""

    def keep(self, name: str, text: str) -> str:
        self.files[name] = text
        return f"/temp/{name}"

    def made(self, creates: bool, lineage: str = "lineage") -> PlanMade:
        return PlanMade(document(creates), "", self.folder / "p", lineage)

    def run(self, terraform: FakeTerraform, approve: str = "") -> ExitCode:
        effects = replace(
            self.effects(), keep_file=self.keep, make_terraform=lambda *_: terraform, clock=lambda: self.now
        )
        # The settings are handed over, whatever these would say.
        self.tree.files |= {(HEAD, ".gitops-bot.yml"): self.config_before, (MERGE, ".gitops-bot.yml"): ""}
        return apply_branch(self.environment, MERGE, self.settings, effects, self.facts, approve)

    def ends(self, index: int = -1) -> list[tuple[DeploymentState, str]]:
        """The statuses of an entry, oldest first."""
        deployment = self.host.kept_deployments[index]
        return [(s.state, s.description) for s in reversed(self.host.deployment_statuses(deployment.id))]

    def outcome(self) -> dict[str, Any]:
        """The newest apply check's outcome."""
        check = next(c for c in self.host.check_runs(MERGE) if c.name == "gitops-bot: apply devops")
        found: dict[str, Any] = json.loads(check.text.split("\n")[1])
        return found

    def vanish(self) -> None:
        """An apply whose entry is open when its runner is gone."""
        terraform = FakeTerraform([self.made(True, "")], [SystemExit()])
        with pytest.raises(SystemExit):
            self.run(terraform)


@pytest.fixture
def scene(tmp_path: Path) -> Records:
    made = Records(tmp_path)
    made.plan()
    made.merge()
    return made


def clean(scene: Records) -> FakeTerraform:
    return FakeTerraform([scene.made(True, ""), scene.made(False)], [Applied((DONE,))])


def nothing_left(scene: Records) -> FakeTerraform:
    return FakeTerraform([scene.made(False)])


def calls_of_a_clean_run(folder: Path) -> list[str]:
    folder.mkdir()
    scene = Records(folder)
    scene.plan()
    scene.merge()
    before = len(scene.host.calls)
    scene.run(clean(scene))
    return scene.host.called()[before:]


def fail_at(scene: Records, name: str, nth: int) -> None:
    """Fail the nth call (from 0) of that name in a run that is about to start."""
    calls = calls_of_a_clean_run(scene.folder / "count")
    index = [i for i, called in enumerate(calls) if called == name][nth]
    scene.host.fail_on(len(scene.host.calls) + index)


def test_every_apply_keeps_its_outcome_in_a_file_before_github_is_told(scene: Records) -> None:
    fail_at(scene, "write_check_run", 0)
    with pytest.raises(RunFailed):
        scene.run(clean(scene))
    (name, text), (page, _), (report, _) = scene.files.items()
    kept = json.loads(text)
    assert (name, kept["commit"], kept["pull_requests"], kept["description"]) == (
        "outcome-devops-4.json", MERGE, [1], "1 done, 0 failed, 0 not started; converged: yes",
    )  # fmt: skip
    assert kept["outcome"]["projects"][0]["resources"] == [["terraform_data.a", "create", "done", "1.0", ""]]
    assert scene.step.outputs["outcome-file"] == "/temp/outcome-devops-4.json"
    assert "Applied" in scene.step.summaries[-1]
    assert (page, scene.step.outputs["report-html"]) == ("report-devops.html", "/temp/report-devops.html")
    assert (report, scene.step.outputs["report-json"]) == ("report-devops.json", "/temp/report-devops.json")


def test_the_errors_of_an_apply_are_annotated_once_everything_is_recorded(scene: Records) -> None:
    error = Diagnostic(Severity.ERROR, "It broke", "Badly.", "main.tf", 4)
    outcome = ResourceOutcome("terraform_data.a", "create", ResourceState.FAILED)
    broken = Applied((outcome,), (error,), succeeded=False)
    scene.run(FakeTerraform([scene.made(True, "")], [broken]))
    (noted,) = scene.host.annotations.values()
    assert [("main.tf", 4, "It broke")] == [(a.path, a.start_line, a.title) for a in noted]
    assert scene.host.called()[-1] == "annotate"


def test_an_apply_that_succeeds_asks_for_no_annotations(scene: Records) -> None:
    assert "annotate" not in calls_of_a_clean_run(scene.folder / "count")


def test_a_file_that_cannot_be_kept_takes_nothing_from_the_record(scene: Records) -> None:
    def full(name: str, text: str) -> str:
        raise BadInput("The disk is full.")

    scene.keep = full  # type: ignore[method-assign]
    assert scene.run(clean(scene)) is ExitCode.DONE
    assert "There is no report file: The disk is full." in scene.step.lines
    assert "report-html" not in scene.step.outputs


@pytest.mark.parametrize(
    ("lost", "nth"), [("write_check_run", 0), ("add_deployment_status", 1), ("update_comment", 1)]
)
def test_the_next_run_completes_what_github_did_not_take(scene: Records, lost: str, nth: int) -> None:
    fail_at(scene, lost, nth)
    with pytest.raises(RunFailed):
        scene.run(clean(scene))
    scene.facts = replace(FACTS, id="8")
    terraform = nothing_left(scene)
    assert scene.run(terraform) is ExitCode.DONE
    assert terraform.applied == []
    assert (DeploymentState.SUCCESS, "1 done, 0 failed, 0 not started; converged: yes") in scene.ends(0)
    assert scene.outcome()["succeeded"] is True
    (told,) = [c.body for c in scene.host.comments(1)]
    assert state_of(told, "devops") == "applied"


def test_an_apply_that_never_said_how_it_ended_is_closed_once_its_run_is_over(scene: Records) -> None:
    scene.vanish()
    scene.host.runs[("7", 1)] = WorkflowRun("7", 1, True, "2026-01-02T11:00:00Z")
    scene.facts = replace(FACTS, id="8")
    scene.run(FakeTerraform([scene.made(False)]))
    assert scene.ends(0)[-1] == (DeploymentState.ERROR, f"{END_UNKNOWN}; run 8 goes on from here")
    assert "was never recorded as ended: its run is over." in scene.step.summaries[-1]


def test_an_apply_whose_run_goes_on_is_left_open(scene: Records) -> None:
    scene.vanish()
    scene.host.runs[("7", 1)] = WorkflowRun("7", 1, False, "")
    scene.facts = replace(FACTS, id="8")
    scene.run(FakeTerraform([scene.made(False)]))
    assert [state for state, _ in scene.ends(0)] == [DeploymentState.IN_PROGRESS]
    assert "its run still goes on." in scene.step.summaries[-1]


def test_another_attempt_of_the_same_run_knows_that_the_one_before_is_over(scene: Records) -> None:
    scene.vanish()
    scene.facts = replace(FACTS, attempt=2)
    scene.run(FakeTerraform([scene.made(False)]))
    assert scene.ends(0)[-1][0] is DeploymentState.ERROR


def tainted() -> bytes:
    """What an interrupted create leaves: the object is there, and is to be replaced."""
    plan = json.loads(document(True))
    (change,) = plan["resource_changes"]
    change["action_reason"] = "replace_because_tainted"
    change["change"]["actions"] = ["delete", "create"]
    change["change"]["before"] = {"id": "1", "input": "x"}
    return json.dumps(plan).encode()


def test_what_a_vanished_first_apply_left_half_done_is_finished_without_a_new_approval(
    scene: Records,
) -> None:
    """Neither addresses nor the new state's key were recorded: the entry's beginning has to do."""
    scene.vanish()
    half = replace(scene.made(True), document=tainted())
    terraform = FakeTerraform([half, scene.made(False)], [Applied((DONE,))])
    assert scene.run(terraform) is ExitCode.DONE, scene.step.summaries[-1]
    assert len(terraform.applied) == 1


def test_a_half_done_resource_of_nobody_is_still_blocked(scene: Records) -> None:
    half = replace(scene.made(True), document=tainted())
    terraform = FakeTerraform([half])
    assert scene.run(terraform) is ExitCode.FAILED
    assert terraform.applied == []


def test_a_configuration_with_mistakes_where_a_pull_request_began_can_be_repaired(scene: Records) -> None:
    terraform = clean(scene)
    effects = replace(scene.effects(), make_terraform=lambda *_: terraform)
    scene.tree.files[(HEAD, ".gitops-bot.yml")] = "environments: 7"
    assert apply_branch(DEVOPS, MERGE, DEFAULT_SETTINGS, effects, FACTS) is ExitCode.DONE
    assert len(terraform.applied) == 1


def test_the_rules_of_the_last_apply_count_in_a_rewritten_history(scene: Records) -> None:
    """Its own list of approvers does not help whoever force-pushed."""
    last = "e" * 40
    scene.run(clean(scene))
    entry = scene.host.kept_deployments[-1]
    scene.host.kept_deployments[-1] = replace(entry, commit=last)
    check = scene.host.checks[-1]
    scene.host.checks[-1] = replace(check, commit=last)
    effects = replace(scene.effects(), make_terraform=lambda *_: FakeTerraform([scene.made(True)]))
    scene.tree.history[last] = ()
    scene.tree.files[(last, ".gitops-bot.yml")] = "approval: {by: [kim]}"
    assert apply_branch(DEVOPS, MERGE, by("pat"), effects, FACTS) is ExitCode.FAILED
    said = readable(scene.step.summaries[-1])
    assert ("BRANCH_REWRITTEN" in said, "`approve` set to" in said) == (True, False)


def test_a_pull_request_that_repairs_a_configuration_nobody_could_read_is_applied(scene: Records) -> None:
    scene.config_before = "approval: {provenance: maybe}"
    assert scene.run(clean(scene)) is ExitCode.DONE, scene.step.summaries[-1]


def test_the_early_word_says_what_is_known_when_the_signal_comes(scene: Records) -> None:
    in_flight = ResourceOutcome("terraform_data.a", "create", ResourceState.IN_FLIGHT)
    early = Applied((in_flight,), succeeded=False, interrupted=True)
    seen: list[object] = []

    class Watching(FakeTerraform):
        def lineage(self, run: object) -> str:
            seen.append((scene.outcome()["final"], scene.outcome()["counts"], scene.ends()[-1]))
            return "lineage"

    terraform = Watching([scene.made(True, "")], [replace(early, interrupted=True)], early=early)
    with pytest.raises(GitopsBotError):
        scene.run(terraform)
    assert seen == [
        (
            False,
            [0, 1, 0],
            (DeploymentState.FAILURE, "0 done, 1 failed, 0 not started; converged: unknown; stopping"),
        )
    ]
    assert scene.outcome()["final"] is True
    assert [d for _, d in scene.ends()][-1] == "0 done, 1 failed, 0 not started; converged: unknown"


def test_an_apply_that_failed_says_what_to_do_and_what_is_frozen(scene: Records) -> None:
    failed = replace(DONE, state=ResourceState.FAILED, error="no")
    scene.run(FakeTerraform([scene.made(True, "")], [Applied((failed,), succeeded=False)]))
    (comment,) = [c.body for c in scene.host.comments(1)]
    assert "run the job again or merge the correction" in comment
    assert "nothing is promoted out of devops" in comment


# --- approved by a person --------------------------------------------------------------------


def by(*logins: str) -> Settings:
    return replace(DEFAULT_SETTINGS, approval=ApprovalSettings(by=logins))


@pytest.fixture
def blocked(tmp_path: Path) -> Records:
    """A direct push: its plan was in no pull request."""
    made = Records(tmp_path)
    made.settings = by("Pat")
    return made


def digest_of(scene: Records) -> str:
    terraform = FakeTerraform([scene.made(True)])
    assert scene.run(terraform) is ExitCode.FAILED
    assert terraform.applied == []
    return (
        scene.step.summaries[-1].partition("`approve` set to ")[2].partition("`")[0][:64]
        or (scene.step.summaries[-1].partition("set to ")[2][:64])
    )


def applies(scene: Records, approve: str, made: PlanMade | None = None) -> FakeTerraform:
    terraform = FakeTerraform([made or scene.made(True), scene.made(False)], [Applied((DONE,))])
    scene.run(terraform, approve)
    return terraform


def test_a_person_named_in_the_configuration_can_approve_exactly_a_blocked_plan(blocked: Records) -> None:
    terraform = applies(blocked, digest_of(blocked))
    assert len(terraform.applied) == 1
    assert blocked.host.kept_deployments[-1].payload["approved_by"] == "pat"
    assert "Approved by pat" in blocked.step.summaries[-1]


@pytest.mark.parametrize("settings", [by("somebody-else"), by()])
def test_somebody_whom_the_configuration_does_not_name_approves_nothing(
    blocked: Records, settings: Settings
) -> None:
    digest = digest_of(blocked)
    blocked.settings = settings
    assert applies(blocked, digest).applied == []
    assert "APPROVER_NOT_LISTED" in blocked.step.summaries[-1]


def test_the_digest_of_another_plan_approves_nothing(blocked: Records) -> None:
    digest = digest_of(blocked)
    other = replace(blocked.made(True), document=document(True).replace(b'"input": "x"', b'"input": "y"'))
    assert applies(blocked, digest, other).applied == []
    assert "APPROVED_ANOTHER_PLAN" in blocked.step.summaries[-1]


@pytest.mark.parametrize(("day", "applied"), [(2, 1), (3, 1), (4, 0)])
def test_a_digest_counts_on_the_day_it_was_shown_and_the_next(
    blocked: Records, day: int, applied: int
) -> None:
    digest = digest_of(blocked)
    blocked.now = NOW.replace(day=day)
    assert len(applies(blocked, digest).applied) == applied


def test_a_digest_lifts_no_guard(blocked: Records) -> None:
    replacing = replace(blocked.made(True), document=tainted())
    blocked.run(FakeTerraform([replacing]))
    digest = readable(blocked.step.summaries[-1]).partition("`approve` set to ")[2][:64]
    guarded = replace(DEVOPS, max_destroys=0)
    blocked.environment = guarded
    blocked.settings = replace(by("pat"), environments=(guarded, *DEFAULT_SETTINGS.environments[1:]))
    assert applies(blocked, digest, replacing).applied == []
    said = blocked.step.summaries[-1]
    assert ("TOO_MANY_DESTROYS" in said, "NOT_APPROVED" in said) == (True, False)


def baseline(scene: Records, approve: str = "") -> str:
    """The result of a baseline of an environment that differs from its branch."""
    terraform = FakeTerraform([scene.made(True)])
    effects = replace(scene.effects(), make_terraform=lambda *_: terraform, clock=lambda: scene.now)
    event = Dispatched(Command.BASELINE, "devops", "devops", MERGE, approve)
    run_command(RunCommand(event.command, DEVOPS, event), scene.settings, effects, FACTS)
    return scene.step.outputs["result"]


@pytest.mark.parametrize(("named", "expected"), [("Pat", "baseline"), ("kim", "blocked")])
def test_the_differences_of_a_baseline_are_accepted_by_whom_the_configuration_names(
    blocked: Records, named: str, expected: str
) -> None:
    blocked.settings = by(named)
    assert baseline(blocked) == "blocked"
    digest = readable(blocked.step.summaries[-1]).partition("`approve` set to ")[2][:64]
    assert baseline(blocked, digest) == expected


def test_a_digest_to_begin_a_ledger_with_expires_too(blocked: Records) -> None:
    blocked.settings = by()
    baseline(blocked)
    digest = readable(blocked.step.summaries[-1]).partition("`approve` set to ")[2][:64]
    blocked.now = NOW.replace(day=4)
    assert baseline(blocked, digest) == "blocked"
    blocked.now = NOW.replace(day=3)
    assert baseline(blocked, digest) == "baseline"


def test_no_entry_is_opened_without_a_proof_where_one_is_required(blocked: Records) -> None:
    book = Book(DEVOPS, ApprovalSettings(ProvenanceMode.REQUIRED), blocked.effects())
    started = Entry(0, MERGE, "tree", EntryState.RUNNING, None, "")
    with pytest.raises(RunFailed, match="Nothing was applied"):
        open_entry(book, started)
    assert blocked.host.kept_deployments == []


def test_entries_that_do_not_count_hide_no_others(scene: Records) -> None:
    required = ApprovalSettings(ProvenanceMode.REQUIRED)
    for _ in range(150):
        scene.host.create_deployment(Deployment(0, "devops", MERGE, TASK, {"format": 1}, ""))
    found = read_ledger(Book(DEVOPS, required, scene.effects()))
    assert (found.entries, found.unproven) == ((), 150)


# --- locks -----------------------------------------------------------------------------------

LOCK = StateLock("an-id", "state", "OperationTypeApply", "runner@host", "1.11.4", "2026-01-01T00:05:00Z")


def locked(scene: Records) -> FakeTerraform:
    refused = Applied((replace(DONE, state=ResourceState.NOT_STARTED),), succeeded=False, lock=LOCK)
    return FakeTerraform(
        [scene.made(True), scene.made(False)], [refused, Applied((DONE,))], locks={scene.folder: LOCK}
    )


def test_a_lock_that_an_ended_run_left_is_released_where_that_is_configured(scene: Records) -> None:
    scene.vanish()
    scene.host.runs[("7", 1)] = WorkflowRun("7", 1, True, "2026-01-01T00:06:00Z")
    scene.facts = replace(FACTS, id="8")
    scene.settings = replace(DEFAULT_SETTINGS, lock=LockSettings(release_own=True))
    terraform = locked(scene)
    assert scene.run(terraform) is ExitCode.DONE, scene.step.summaries[-1]
    assert terraform.unlocked == [(scene.folder, "an-id")]
    assert "released the lock of runner@host" in readable(scene.step.summaries[-1])


@pytest.mark.parametrize("case", ["not configured", "still running", "of somebody else"])
def test_any_other_lock_is_shown_and_left_alone(scene: Records, case: str) -> None:
    scene.vanish()
    ended = case != "still running"
    scene.host.runs[("7", 1)] = WorkflowRun("7", 1, ended, "2026-01-01T00:06:00Z" if ended else "")
    scene.facts = replace(FACTS, id="8")
    scene.settings = replace(DEFAULT_SETTINGS, lock=LockSettings(release_own=case != "not configured"))
    terraform = locked(scene)
    if case == "of somebody else":
        other = replace(LOCK, who="somebody@else")
        terraform.applies[0] = replace(terraform.applies[0], lock=other)  # type: ignore[type-var]
    assert scene.run(terraform) is ExitCode.FAILED
    assert terraform.unlocked == []
    said = readable(scene.step.summaries[-1])
    assert ("somebody@else" if case == "of somebody else" else "runner@host") + " since 2026-01-01" in said


# --- left over -------------------------------------------------------------------------------


def test_a_plan_into_a_broken_environment_tells_what_is_left_over_from_what_is_new(scene: Records) -> None:
    failed = replace(DONE, state=ResourceState.FAILED, error="no")
    scene.run(FakeTerraform([scene.made(True, "")], [Applied((failed,), succeeded=False)]))
    both = json.loads(document(True))
    (old,) = both["resource_changes"]
    both["resource_changes"].append({**old, "address": "terraform_data.b", "name": "b"})
    fix, merge = "c" * 40, "d" * 40
    pull = replace(scene.pull, number=2, head=fix, head_branch="fix")
    scene.host.add_pull_request(pull)
    effects: Effects = scene.effects()
    scene.tree.commit = merge
    scene.tree.history |= {merge: (MERGE, fix), fix: (MERGE,)}
    made = replace(scene.made(True), document=json.dumps(both).encode())
    effects = replace(effects, make_terraform=lambda *_: FakeTerraform([made]))
    plan_pull_request(PullRequestToPlan(2, fix, merge, "fix"), DEVOPS, DEFAULT_SETTINGS, effects, FACTS)
    (comment,) = [c.body for c in scene.host.comments(2)]
    left, _, rest = comment.partition("New in this pull request:")
    assert "Left over from it, and approved before:\n\n- `terraform_data.a`" in left
    assert rest.lstrip().startswith("- `terraform_data.b`")
    assert HEAD[:12] not in left.partition("did not finish")[0]


def test_a_plan_into_a_healthy_environment_says_nothing_of_what_is_left_over(scene: Records) -> None:
    scene.run(clean(scene))
    fix, merge = "c" * 40, "d" * 40
    scene.host.add_pull_request(replace(scene.pull, number=2, head=fix, head_branch="fix"))
    effects = scene.effects()
    scene.tree.commit = merge
    scene.tree.history |= {merge: (MERGE, fix), fix: (MERGE,)}
    effects = replace(effects, make_terraform=lambda *_: FakeTerraform([scene.made(True)]))
    plan_pull_request(PullRequestToPlan(2, fix, merge, "fix"), DEVOPS, DEFAULT_SETTINGS, effects, FACTS)
    (comment,) = [c.body for c in scene.host.comments(2)]
    assert ("did not finish" in comment, "New in this pull request" in comment) == (False, False)


# --- what is kept holds no secret ------------------------------------------------------------


def test_no_secret_is_kept_of_what_a_resource_failed_with(scene: Records) -> None:
    """Neither in the check run, which later runs read, nor in the outcome file, which becomes an artifact."""
    canary = "canary-of-the-session"
    scene.session = FakeCloudSession(secrets=(canary,))
    failed = replace(DONE, state=ResourceState.FAILED, error=f"key {canary} is wrong")
    hidden = replace(failed, address=f'terraform_data.b["{canary}"]')
    scene.run(FakeTerraform([scene.made(True, "")], [Applied((failed, hidden), succeeded=False)]))
    kept = [c.text + c.summary for c in scene.host.check_runs(MERGE)]
    kept += [*scene.files.values(), *scene.step.summaries, *(c.body for c in scene.host.comments(1))]
    kept += [json.dumps(d.payload) for d in scene.host.kept_deployments]
    assert [text for text in kept if canary in text] == []
    (project,) = scene.outcome()["projects"]
    # One that redaction would change names nothing any more, so it gets no relaxation.
    assert project["unfinished"] == ["terraform_data.a"]
    assert "redacted" in json.dumps(project["resources"])


# --- more of what must be written down -------------------------------------------------------


def test_a_summary_that_cannot_be_written_keeps_nothing_from_github(scene: Records) -> None:
    class Full(Recorder):
        def summary(self, markdown: str) -> None:
            raise BadInput("The disk is full.")

    scene.step = Full()
    with pytest.raises(BadInput):
        scene.run(clean(scene))
    assert scene.outcome()["succeeded"] is True
    assert scene.ends()[-1] == (DeploymentState.SUCCESS, "1 done, 0 failed, 0 not started; converged: yes")
    (told,) = [c.body for c in scene.host.comments(1)]
    assert state_of(told, "devops") == "applied"


def test_the_key_of_a_state_that_a_vanished_apply_created_is_remembered(scene: Records) -> None:
    """Pull requests that were planned before it know no key, and may be merged long after."""
    scene.vanish()
    scene.run(FakeTerraform([scene.made(True), scene.made(False)], [Applied((DONE,))]))
    (project,) = scene.outcome()["projects"]
    assert project["created_keys"] == [key_of_lineage("lineage").id]


def test_the_run_of_a_newer_commit_tells_the_pull_requests_of_the_one_whose_record_it_completes(
    scene: Records,
) -> None:
    calls = calls_of_a_clean_run(scene.folder / "count")
    start = len(scene.host.calls)
    for name, nth in (("add_deployment_status", 1), ("update_comment", 1)):
        scene.host.fail_on(start + [i for i, called in enumerate(calls) if called == name][nth])
    with pytest.raises(RunFailed):
        scene.run(clean(scene))
    newer = "d" * 40
    scene.host.branches["devops"] = newer
    effects = scene.effects()
    scene.tree.commit = newer
    scene.tree.history[newer] = (MERGE,)
    effects = replace(effects, make_terraform=lambda *_: nothing_left(scene))
    apply_branch(DEVOPS, newer, DEFAULT_SETTINGS, effects, replace(FACTS, id="8"))
    assert (DeploymentState.SUCCESS, "1 done, 0 failed, 0 not started; converged: yes") in scene.ends(0)
    (told,) = [c.body for c in scene.host.comments(1)]
    assert (state_of(told, "devops"), f"commit `{MERGE[:12]}`" in told) == ("applied", True)
