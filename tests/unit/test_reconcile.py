"""`reconcile`: which heads are missing in the ledger, and what is done about each."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest
from msgspec.structs import replace

from gitops_bot.commands.effects import Effects, RunFacts
from gitops_bot.commands.handle_event import handle_event
from gitops_bot.commands.ledger import Book, close_entry, open_entry
from gitops_bot.core.environments import DEFAULT_APPROVAL, Environment
from gitops_bot.core.errors import BadInput, ExitCode, RunFailed
from gitops_bot.core.events import Command, Dispatched, Scheduled
from gitops_bot.core.ledger import Entry, EntryState, Ledger
from gitops_bot.core.reconcile import ApplyCheck, Step, missing, settled
from gitops_bot.ports import CheckRun, Conclusion, WorkflowRun
from tests.kit.fake_code_host import FakeCodeHost
from tests.kit.fake_work_tree import FakeWorkTree
from tests.unit.test_faults_in_turn import Recorder

OLD, HEAD = "a" * 40, "b" * 40
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
FACTS = RunFacts("7", "pat", "acme/infra", "https://github.example", workflow="gitops.yml")
CONFIG = "environments: [{name: dev, branch: main}, {name: prod}]"
APPLY_DEV = ("gitops.yml", "main", {"command": "apply", "environment": "dev"})


def entry(commit: str, state: EntryState, at: str = "2026-01-01T11:00:00Z", **more: object) -> Entry:
    return replace(Entry(1, commit, "t", state, True, at), **more)


def ledger(*newest_first: Entry) -> Ledger:
    return Ledger(newest_first)


APPLIED_OLD = entry(OLD, EntryState.SUCCEEDED)
FAILED = entry(HEAD, EntryState.FAILED)
STALE = entry(HEAD, EntryState.RUNNING, "2026-01-01T06:00:00Z")

SETTLED: dict[str, tuple[str | None, Ledger, Step | None]] = {
    "no branch": (None, ledger(APPLIED_OLD), Step.NOTHING),
    "never applied": (HEAD, ledger(), Step.NOTHING),
    "applied": (HEAD, ledger(entry(HEAD, EntryState.SUCCEEDED)), Step.NOTHING),
    "applied and not converged": (
        HEAD,
        ledger(entry(HEAD, EntryState.SUCCEEDED, converged=False)),
        Step.NOTHING,
    ),
    "convergence unknown": (HEAD, ledger(entry(HEAD, EntryState.SUCCEEDED, converged=None)), Step.NOTHING),
    "being applied": (HEAD, ledger(entry(HEAD, EntryState.RUNNING), APPLIED_OLD), Step.WAIT),
    "started a second short of six hours ago": (
        HEAD,
        ledger(entry(HEAD, EntryState.RUNNING, "2026-01-01T06:00:01Z")),
        Step.WAIT,
    ),
    "started six hours ago": (HEAD, ledger(STALE), None),
    "started at a time nobody can read": (HEAD, ledger(entry(HEAD, EntryState.RUNNING, "soon")), None),
    "started at a time without an offset": (
        HEAD,
        ledger(entry(HEAD, EntryState.RUNNING, "2026-01-01T11:00:00")),
        Step.WAIT,
    ),
    "an older commit applied": (HEAD, ledger(APPLIED_OLD), None),
    "an older commit being applied": (HEAD, ledger(entry(OLD, EntryState.RUNNING)), None),
    "failed": (HEAD, ledger(FAILED, APPLIED_OLD), None),
    "set back to what was applied before": (
        HEAD,
        ledger(entry(OLD, EntryState.FAILED), entry(HEAD, EntryState.SUCCEEDED)),
        None,
    ),
}


@pytest.mark.parametrize("case", SETTLED)
def test_the_ledger_says_whether_the_head_is_missing(case: str) -> None:
    head, known, expected = SETTLED[case]
    found = settled(head, known, NOW)
    assert expected == (found.step if found else None)


@pytest.mark.parametrize(("ended", "expected"), [(True, None), (False, Step.WAIT), (None, Step.WAIT)])
def test_an_apply_whose_run_is_over_is_waited_for_no_longer(
    ended: bool | None, expected: Step | None
) -> None:
    found = settled(HEAD, ledger(entry(HEAD, EntryState.RUNNING)), NOW, ended)
    assert expected == (found.step if found else None)


def test_a_run_that_goes_on_is_waited_for_however_long_it_takes() -> None:
    found = settled(HEAD, ledger(STALE), NOW, run_ended=False)
    assert found is not None
    assert found.step is Step.WAIT


MISSING: dict[str, tuple[Ledger, ApplyCheck, Step]] = {
    "no apply on record": (ledger(APPLIED_OLD), ApplyCheck.NO_FAILURE, Step.DISPATCH),
    "blocked": (ledger(APPLIED_OLD), ApplyCheck.OF_LATER_RUN, Step.PERSON),
    "failed once": (ledger(FAILED, APPLIED_OLD), ApplyCheck.OF_ENTRY, Step.DISPATCH),
    "failed once, and its check was lost": (ledger(FAILED), ApplyCheck.NO_FAILURE, Step.DISPATCH),
    "failed once, then blocked": (ledger(FAILED), ApplyCheck.OF_LATER_RUN, Step.PERSON),
    "failed twice": (ledger(FAILED, FAILED, APPLIED_OLD), ApplyCheck.OF_ENTRY, Step.PERSON),
    "failed on an older commit": (
        ledger(entry(OLD, EntryState.FAILED), entry(OLD, EntryState.FAILED)),
        ApplyCheck.NO_FAILURE,
        Step.DISPATCH,
    ),
    "never ended": (ledger(STALE), ApplyCheck.NO_FAILURE, Step.DISPATCH),
    "never ended, then could not plan": (ledger(STALE), ApplyCheck.OF_LATER_RUN, Step.PERSON),
    "never ended twice": (ledger(STALE, STALE), ApplyCheck.NO_FAILURE, Step.PERSON),
    "never ended, then failed": (ledger(FAILED, STALE), ApplyCheck.OF_ENTRY, Step.PERSON),
}


@pytest.mark.parametrize("case", MISSING)
def test_a_missing_head_is_tried_until_a_person_must_act(case: str) -> None:
    known, check, expected = MISSING[case]
    assert expected == missing(HEAD, known, check).step


class Scene:
    """A repository in memory whose environments dev and prod are applied at OLD; dev's branch moved on."""

    def __init__(self) -> None:
        self.host = FakeCodeHost(branches={"main": HEAD, "prod": OLD})
        self.host.files[(HEAD, ".gitops-bot.yml")] = CONFIG
        self.step = Recorder()
        self.tree = FakeWorkTree(files={(OLD, ".gitops-bot.yml"): CONFIG})
        for environment in ("dev", "prod"):
            self.apply(environment, OLD, succeeded=True)

    def apply(self, environment: str, commit: str, *, succeeded: bool | None, run: str = "5") -> None:
        book = Book(Environment(environment, environment), DEFAULT_APPROVAL, self.effects())
        made = open_entry(book, replace(FAILED, commit=commit, run=run))
        if succeeded is not None:
            close_entry(book, made, succeeded, "1 done, 0 failed, 0 not started; converged: yes", "")

    def check(self, run: str, conclusion: Conclusion = Conclusion.FAILURE) -> None:
        summary = f"…\n<sub>[run](https://github.example/acme/infra/actions/runs/{run})</sub>"
        self.host.write_check_run(CheckRun("gitops-bot: apply dev", HEAD, conclusion, "", summary))

    def reconcile(self, environment: str | None = None, facts: RunFacts = FACTS) -> ExitCode:
        event: Scheduled | Dispatched = Scheduled(OLD)
        if environment is not None:
            event = Dispatched(Command.RECONCILE, environment, "anywhere", OLD)
        self.step = Recorder()
        return handle_event(event, self.effects(), facts, apply_on_closed=False)

    def effects(self) -> Effects:
        return Effects(
            self.host,
            self.tree,
            self.step,
            Path("/nowhere"),
            lambda _: self.tree,
            _no_session,
            _no_terraform,
            clock=lambda: NOW,
        )

    @property
    def result(self) -> str:
        return self.step.outputs["result"]


def _no_session(*_: object) -> NoReturn:
    raise AssertionError("reconcile asks for no role")


def _no_terraform(*_: object) -> NoReturn:
    raise AssertionError("reconcile runs no Terraform")


def test_a_schedule_dispatches_an_apply_where_the_head_is_missing_and_only_there() -> None:
    scene = Scene()
    assert (ExitCode.DONE, "reconciled") == (scene.reconcile(), scene.result)
    assert [APPLY_DEV] == scene.host.dispatched
    assert (
        "dev: dispatched `apply` on main (bbbbbbbbbbbb), since no apply of its head was recorded."
        in scene.step.lines
    )
    assert "prod: nothing to do (aaaaaaaaaaaa): its head is applied." in scene.step.lines
    assert "| dev | `bbbbbbbbbbbb` | `aaaaaaaaaaaa` | dispatched" in scene.step.summaries[0]


@pytest.mark.parametrize(("ended", "dispatched"), [(True, [APPLY_DEV]), (False, [])])
def test_github_is_asked_whether_a_run_without_an_end_is_over(ended: bool, dispatched: list[object]) -> None:
    scene = Scene()
    scene.apply("dev", HEAD, succeeded=None, run="5")
    scene.host.runs[("5", 1)] = WorkflowRun("5", 1, ended, "")
    scene.reconcile("dev")
    assert dispatched == scene.host.dispatched


def test_a_dispatch_for_one_environment_looks_at_no_other() -> None:
    scene = Scene()
    assert (ExitCode.DONE, "no-changes") == (scene.reconcile("prod"), scene.result)
    assert ([], "prod") == (scene.host.dispatched, scene.step.outputs["environment"])


def test_a_dispatch_without_an_environment_looks_at_all() -> None:
    scene = Scene()
    assert (ExitCode.DONE, "") == (scene.reconcile(""), scene.step.outputs["environment"])
    assert [APPLY_DEV] == scene.host.dispatched


def test_an_apply_under_way_is_waited_for() -> None:
    scene = Scene()
    # The fake's clock stands at 2026-01-01T00:00:00Z, twelve hours ago for the run.
    scene.apply("dev", HEAD, succeeded=None)
    scene.host.kept_deployments[-1] = replace(
        scene.host.kept_deployments[-1], created_at="2026-01-01T11:30:00Z"
    )
    assert (ExitCode.DONE, "no-changes") == (scene.reconcile(), scene.result)
    assert "an apply of its head started at 2026-01-01T11:30:00Z and has no end yet" in scene.step.lines[0]


def test_an_apply_that_never_ended_is_dispatched_once_more() -> None:
    scene = Scene()
    scene.apply("dev", HEAD, succeeded=None)
    assert (ExitCode.DONE, "reconciled") == (scene.reconcile(), scene.result)
    scene.apply("dev", HEAD, succeeded=None, run="6")
    assert (ExitCode.FAILED, "blocked") == (scene.reconcile(), scene.result)
    assert [APPLY_DEV] == scene.host.dispatched


def test_a_failed_apply_is_dispatched_once_more_and_then_left_to_a_person() -> None:
    scene = Scene()
    scene.apply("dev", HEAD, succeeded=False, run="5")
    scene.check("5")
    assert (ExitCode.DONE, "reconciled") == (scene.reconcile(), scene.result)
    scene.apply("dev", HEAD, succeeded=False, run="6")
    scene.check("6")
    assert (ExitCode.FAILED, "blocked") == (scene.reconcile(), scene.result)
    assert [APPLY_DEV] == scene.host.dispatched
    assert (
        "dev: a person must act (bbbbbbbbbbbb): 2 applies of its head failed or have no end."
        in scene.step.lines[0]
    )
    assert "correct the cause, then dispatch `apply` on main" in scene.step.lines[0]


def test_a_failed_apply_whose_second_try_was_blocked_is_left_to_a_person() -> None:
    scene = Scene()
    scene.apply("dev", HEAD, succeeded=False, run="5")
    scene.check("6")
    assert (ExitCode.FAILED, "blocked") == (scene.reconcile(), scene.result)
    assert [] == scene.host.dispatched


def test_the_check_of_a_run_whose_number_starts_alike_is_another_run_s() -> None:
    scene = Scene()
    scene.apply("dev", HEAD, succeeded=False, run="5")
    scene.check("55")
    assert ExitCode.FAILED == scene.reconcile()


def test_a_blocked_head_is_left_to_a_person_and_the_next_head_is_tried() -> None:
    scene = Scene()
    scene.check("6")
    assert (ExitCode.FAILED, "blocked") == (scene.reconcile(), scene.result)
    assert [] == scene.host.dispatched
    scene.host.branches["main"] = "c" * 40
    scene.host.files[("c" * 40, ".gitops-bot.yml")] = CONFIG
    assert (ExitCode.DONE, "reconciled") == (scene.reconcile(), scene.result)


def test_an_environment_without_a_ledger_or_a_branch_is_said_and_left_alone() -> None:
    scene = Scene()
    scene.host.kept_deployments.clear()
    del scene.host.branches["prod"]
    assert (ExitCode.DONE, "no-changes") == (scene.reconcile(), scene.result)
    assert [] == scene.host.dispatched
    assert [
        "dev: nothing to do (bbbbbbbbbbbb): nothing was ever applied; `baseline`, or an apply of its first "
        "merge, starts its ledger.",
        "prod: nothing to do: its branch does not exist.",
    ] == scene.step.lines


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("environments: 7", ".gitops-bot.yml on main has mistakes"),
        ("environments: [{name: dev}]", "has no environment dev with that branch"),
        ("environments: [{name: prod}]", "has no environment dev with that branch"),
    ],
)
def test_a_branch_whose_configuration_would_stop_the_apply_is_left_to_a_person(
    config: str, said: str
) -> None:
    scene = Scene()
    scene.host.files[(HEAD, ".gitops-bot.yml")] = config
    assert (ExitCode.FAILED, "blocked") == (scene.reconcile(), scene.result)
    assert [] == scene.host.dispatched
    assert said in scene.step.lines[0]


def test_a_frozen_environment_is_dispatched_when_the_freeze_is_over() -> None:
    scene = Scene()
    freeze = '[{from: "2026-01-01T00:00:00Z", until: "2026-01-02T00:00:00Z"}]'
    scene.host.files[(HEAD, ".gitops-bot.yml")] = (
        f"environments: [{{name: dev, branch: main, freeze: {freeze}}}, {{name: prod}}]"
    )
    assert (ExitCode.DONE, "no-changes") == (scene.reconcile(), scene.result)
    assert "frozen until 2026-01-02T00:00+00:00" in scene.step.lines[0]
    assert [] == scene.host.dispatched


def test_what_github_refuses_for_one_environment_keeps_no_other_waiting() -> None:
    scene = Scene()
    scene.host.branches["prod"] = "c" * 40
    scene.host.files[("c" * 40, ".gitops-bot.yml")] = CONFIG
    scene.host.fail_on(len(scene.host.calls), RunFailed("GitHub answered with status 502."))
    assert (ExitCode.FAILED, "blocked") == (scene.reconcile(), scene.result)
    assert [("gitops.yml", "prod", {"command": "apply", "environment": "prod"})] == scene.host.dispatched
    assert "dev: a person must act: GitHub answered with status 502." == scene.step.lines[0]


def test_without_a_workflow_there_is_nothing_to_dispatch() -> None:
    with pytest.raises(BadInput, match="GITHUB_WORKFLOW_REF"):
        Scene().reconcile(facts=replace(FACTS, workflow=""))


def test_every_call_that_fails_is_said_and_the_next_run_dispatches() -> None:
    count = Scene()
    before = len(count.host.calls)
    count.reconcile()
    for index in range(before, len(count.host.calls)):
        scene = Scene()
        scene.host.fail_on(index)
        assert ExitCode.FAILED == scene.reconcile()
        scene.reconcile()
        assert {APPLY_DEV[:2]} == {d[:2] for d in scene.host.dispatched}, f"call {index}"
