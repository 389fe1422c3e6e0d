"""What `unlock` makes of locks, permissions and records that are not as they should be. In memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from gitops_bot.commands.checks import apply_check, outcome_text
from gitops_bot.commands.effects import Effects, RunFacts
from gitops_bot.commands.ledger import Book, outcome_reference
from gitops_bot.commands.state_lock import LockState, ProjectLock, all_free, unlock_projects
from gitops_bot.commands.unlock import unlock, unlock_text
from gitops_bot.core.environments import DEFAULT_SETTINGS, Project, Settings
from gitops_bot.core.errors import CloudRefused, ExitCode, RunFailed
from gitops_bot.core.events import Command, Dispatched
from gitops_bot.core.ledger import TASK, Entry, EntryState, Outcome, ProjectOutcome, pack_outcome, payload
from gitops_bot.core.locks import APPLY, StateLock
from gitops_bot.core.report import ResourceOutcome, ResourceState
from gitops_bot.ports import CheckRun, Conclusion, Deployment, WorkflowRun
from gitops_bot.render.redact import Redactor
from tests.kit.fake_terraform import FakeTerraform
from tests.kit.github_markdown import ill_formed
from tests.kit.shown_counts import tables
from tests.unit.test_faults_in_turn import DEVOPS, FACTS, MERGE, Scene

NAMES = ("one", "two", "three")
MINE = StateLock("id-1", "key", APPLY, "runner@host", "1.11.4", "2026-01-01T00:01:30Z")
THEIRS = replace(MINE, id="id-2", who="ana@laptop")
ENDED = WorkflowRun("41", 1, True, "2026-01-01T00:02:00Z")
ON_TRUST = "nothing proves that the ledger's entry of it is genuine"
LEFT_IT = f"run 41 of this environment left it, and has ended; {ON_TRUST}"
CANNOT = "no apply on record that ran there then can have left it"
DONE, FAILED, NOT_STARTED = ResourceState.DONE, ResourceState.FAILED, ResourceState.NOT_STARTED
RESOURCE = ResourceOutcome("terraform_data.a", "create", DONE)
NO_REDACTION = Redactor([], [])


class Locks(Scene):
    """A scene whose ledger knows an apply of run 41, opened at 00:01; three projects, none locked."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        for name in NAMES:
            (folder / name).mkdir()
            (folder / name / "main.tf").write_text("")
        projects = tuple(Project(name, name) for name in NAMES)
        self.settings: Settings = replace(DEFAULT_SETTINGS, projects=projects)
        self.terraform = FakeTerraform()
        self.facts = replace(FACTS, id="99")
        self.opened = self.entry("41")
        self.host.runs["41", 1] = ENDED

    def effects(self) -> Effects:
        terraform = self.terraform
        made = super().effects()
        self.terraform = terraform
        return replace(made, make_terraform=lambda *_: terraform)

    def entry(self, run: str) -> Deployment:
        stated = Entry(0, MERGE, "t", EntryState.RUNNING, None, "", run=run, who=MINE.who)
        return self.host.create_deployment(Deployment(0, "devops", MERGE, TASK, payload(stated), "", ""))

    def lock(self, **locks: StateLock | Exception) -> None:
        self.terraform.locks = {self.folder / name: lock for name, lock in locks.items()}

    def found(self) -> tuple[ProjectLock, ...]:
        book = Book(DEVOPS, self.settings.approval, self.effects())
        return unlock_projects(book, self.settings, self.folder, self.terraform, self.facts)

    def of_one(self) -> tuple[LockState, str]:
        first = self.found()[0]
        return first.state, first.why

    def released(self) -> list[str]:
        return [folder.name for folder, _ in self.terraform.unlocked]

    def record(self, outcome: Outcome) -> None:
        """What the apply wrote down at its end."""
        stored = pack_outcome(replace(outcome, deployment=self.opened.id), 60_000)
        check = CheckRun(
            apply_check("devops"), MERGE, Conclusion.FAILURE, "t", "s", outcome_text(stored, None),
            outcome_reference(self.opened.id),
        )  # fmt: skip
        self.host.write_check_run(check)


@pytest.fixture
def scene(tmp_path: Path) -> Locks:
    return Locks(tmp_path)


def test_of_several_projects_each_lock_is_judged_for_itself(scene: Locks) -> None:
    scene.lock(one=THEIRS, two=MINE)
    found = scene.found()
    assert [(f.project, f.state, f.id) for f in found] == [
        ("one", LockState.HELD, "id-2"), ("two", LockState.RELEASED, "id-1"), ("three", LockState.FREE, ""),
    ]  # fmt: skip
    assert (scene.released(), all_free(found), all_free(found[1:])) == (["two"], False, True)


def test_a_project_that_cannot_be_looked_at_keeps_no_other_from_it(scene: Locks) -> None:
    scene.lock(one=RunFailed("No bucket.", "Look\nfor\x1b[2J it."), two=MINE)
    found = scene.found()
    assert [f.state for f in found] == [LockState.UNKNOWN, LockState.RELEASED, LockState.FREE]
    assert found[0].sentence == "one: unknown: No bucket. Look for␛[2J it."
    assert all_free(found) is False


def test_without_credentials_nothing_is_said_of_any_project(scene: Locks) -> None:
    scene.lock(one=CloudRefused("No role."))
    with pytest.raises(CloudRefused):
        scene.found()


@pytest.mark.parametrize("refused", ["deployments", "workflow_run", "check_runs_named"])
def test_a_lock_is_shown_also_where_the_token_may_not_ask_whose_it_is(scene: Locks, refused: str) -> None:
    scene.lock(one=MINE)
    calls = ["deployments", "workflow_run", "check_runs_named"]
    scene.host.fail_on(
        len(scene.host.calls) + calls.index(refused),
        RunFailed("GitHub refused GET /x (status 403): no.", "Give the token `actions: read`."),
    )
    state, why = scene.of_one()
    assert (state, scene.released()) == (LockState.HELD, [])
    assert why == (
        "whose it is could not be found out. GitHub refused GET /x (status 403): no. "
        "Give the token `actions: read`"
    )


def test_a_lock_that_has_taken_the_place_of_ours_meanwhile_stays(scene: Locks) -> None:
    scene.lock(one=MINE)
    scene.terraform.relocked = {scene.folder / "one": THEIRS}
    state, why = scene.of_one()
    assert (state, scene.released()) == (LockState.HELD, [])
    assert why == f"{LEFT_IT}. The lock id-1 was not released (force-unlock): it is not there"


def test_a_run_that_github_does_not_know_may_hold_it(scene: Locks) -> None:
    scene.lock(one=MINE)
    del scene.host.runs["41", 1]
    assert scene.of_one() == (LockState.HELD, "run 41 may hold it, and GitHub knows no such run")


def test_every_attempt_of_a_run_counts_for_itself_and_this_one_not_at_all(scene: Locks) -> None:
    scene.lock(one=MINE)
    scene.facts = replace(FACTS, id="41", attempt=2)
    assert scene.of_one() == (LockState.RELEASED, LEFT_IT)
    scene.lock(one=MINE)
    scene.facts = replace(FACTS, id="41", attempt=1)
    assert scene.of_one() == (LockState.HELD, "no apply on record ran as that user on that machine")


def test_at_a_shell_an_apply_that_names_no_run_may_hold_it(scene: Locks) -> None:
    scene.lock(one=MINE)
    scene.entry("")
    scene.facts = RunFacts("", "", "acme/infra", "https://github.example")
    assert scene.of_one() == (LockState.HELD, "an apply that names no run may hold it")


def outcome(
    one: Sequence[ResourceState], two: Sequence[ResourceState] = (), *, final: bool = True
) -> Outcome:
    """The outcome of an apply that ended badly, from the states of two projects' resources."""
    projects = tuple(
        ProjectOutcome(name, "1.11.4", "", resources=tuple(replace(RESOURCE, state=s) for s in states))
        for name, states in (("one", one), ("two", two))
    )
    found = [*one, *two]
    counts = (found.count(DONE), found.count(FAILED), found.count(NOT_STARTED))
    return Outcome(1, False, None, counts, projects, final=final)


OUTCOMES = {
    "amid its work": (outcome([DONE, FAILED, NOT_STARTED]), True),
    "at its first resource": (outcome([FAILED, NOT_STARTED]), True),
    "before it could say all": (outcome([NOT_STARTED], final=False), True),
    "kept out by a lock": (outcome([NOT_STARTED, NOT_STARTED]), False),
    "kept out of this project by a lock": (outcome([NOT_STARTED], [FAILED]), False),
    "when this project was done": (outcome([DONE], [FAILED]), False),
    "before this project was begun": (outcome([], [FAILED]), False),
    "well": (replace(outcome([DONE]), succeeded=True), False),
    "kept out with too much to record": (replace(outcome([]), counts=(0, 0, 4201)), False),
    "with too much to record": (replace(outcome([], []), counts=(4000, 1, 200)), True),
}


@pytest.mark.parametrize("case", OUTCOMES)
def test_an_apply_that_ended(scene: Locks, case: str) -> None:
    """A lock of the same user and host is not its own where its record says that it left none."""
    ended, left_it = OUTCOMES[case]
    scene.lock(one=MINE)
    scene.record(ended)
    expected = (LockState.RELEASED, LEFT_IT) if left_it else (LockState.HELD, CANNOT)
    assert scene.of_one() == expected


def test_the_next_apply_that_may_have_left_it_is_asked_for(scene: Locks) -> None:
    scene.lock(one=replace(MINE, created="2026-01-01T00:01:58Z"))
    later = scene.entry("42")
    scene.host.runs["42", 1] = replace(ENDED, id="42", ended_at=later.created_at)
    assert later.created_at == "2026-01-01T00:02:00Z"
    scene.opened = later
    scene.record(outcome([NOT_STARTED]))
    assert scene.of_one() == (LockState.RELEASED, LEFT_IT)


def test_what_was_found_reads_well_in_80_columns(scene: Locks) -> None:
    scene.lock(one=replace(THEIRS, who="ana@" + "x" * 200), two=MINE)
    scene.host.runs["41", 1] = replace(ENDED, ended=False, ended_at="")
    assert unlock_text(scene.found(), NO_REDACTION) == (
        "one: held\n"
        f"  who    ana@{'x' * 67}\n"
        f"         {'x' * 28}…\n"
        "  since  2026-01-01 00:01:30 UTC\n"
        "  ID     id-2\n"
        "  why    no apply on record ran as that user on that machine\n"
        "two: held\n"
        "  who    runner@host\n"
        "  since  2026-01-01 00:01:30 UTC\n"
        "  ID     id-1\n"
        "  why    run 41 may hold it, and GitHub does not say that it has ended\n"
        "three: not locked\n"
        "\n"
        "A lock that is held may protect an apply that is going on. When you know that\n"
        "whoever took it is done, release it by hand: `terraform force-unlock ID` in the\n"
        "project's folder."
    )


@pytest.mark.parametrize(
    ("locks", "result", "code"),
    [
        ({}, "no-changes", ExitCode.DONE),
        ({"two": MINE}, "unlocked", ExitCode.DONE),
        ({"one": THEIRS, "two": MINE}, "blocked", ExitCode.FAILED),
        ({"one": RunFailed("No.")}, "blocked", ExitCode.FAILED),
    ],
)
def test_the_dispatch_ends_red_where_a_lock_stays_or_may(
    scene: Locks, locks: dict[str, StateLock | Exception], result: str, code: ExitCode
) -> None:
    scene.lock(**locks)
    effects = scene.effects()
    event = Dispatched(Command.UNLOCK, "devops", "devops", MERGE, "")
    assert unlock(DEVOPS, event, scene.settings, effects, scene.facts) is code
    assert scene.step.outputs["result"] == result
    assert scene.step.summaries[-1].count("| one |") == 1


def test_the_summary_shows_no_secret_and_stays_one_table_whatever_a_lock_says(scene: Locks) -> None:
    scene.lock(one=replace(THEIRS, who="s3cr3t_of_*the*_step", id="| x\n\n# free @octocat"))
    scene.facts = replace(scene.facts, secrets=("s3cr3t_of_*the*_step",))
    unlock(DEVOPS, Dispatched(Command.UNLOCK, "devops", "devops", MERGE, ""), scene.settings,
           scene.effects(), scene.facts)  # fmt: skip
    summary = scene.step.summaries[-1]
    assert [] == ill_formed(summary)
    assert [("redacted" in summary, "of&#95;" in summary)] == [(True, False)]
    assert "(redacted)" == tables(summary)[0]["who"].replace("&#40;", "(").replace("&#41;", ")")
