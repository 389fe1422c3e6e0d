"""Commands in comments: what counts as one, who may give it, what it starts, and what it answers."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_bot.commands.checks import plan_check, plan_reference
from gitops_bot.commands.effects import Effects, RunFacts
from gitops_bot.commands.handle_event import handle_event
from gitops_bot.commands.merged_again import merged_again
from gitops_bot.commands.plan_pull_request import PullRequestToPlan
from gitops_bot.core.comment_commands import Reaction, Unknown, may, read_command
from gitops_bot.core.comment_rules import CommandRules, Level, Word
from gitops_bot.core.environments import Environment
from gitops_bot.core.errors import BadInput, ExitCode, RunFailed
from gitops_bot.core.events import CommentPosted
from gitops_bot.ports import CheckRun, Conclusion, PullRequest, WorkflowRun
from tests.kit.fake_code_host import FakeCodeHost
from tests.kit.fake_work_tree import FakeWorkTree
from tests.unit.test_faults_in_turn import Recorder

BASE, HEAD, MERGE = "a" * 40, "b" * 40, "c" * 40
FACTS = RunFacts("7", "pat", "acme/infra", "https://github.example", ("s3cr3t-token",), "gitops.yml")
CONFIG = "environments: [{name: dev, branch: main}, {name: prod}]\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("/gitops plan", Word.PLAN),
        ("/gitops plan\r\nthanks!", Word.PLAN),
        ("/gitops   unlock  ", Word.UNLOCK),
        ("/gitops", Word.HELP),
        ("/gitops\nplan", Word.HELP),
        ("/gitops Plan", Unknown()),
        ("/gitops plan prod", Unknown()),
        ("/gitops destroy", Unknown()),
        ("/gitops plan; rm -rf /", Unknown()),
        ("/gitopsplan", None),
        (" /gitops plan", None),
        ("> /gitops plan", None),
        ("Please\n/gitops plan", None),
        ("", None),
    ],
)
def test_a_command_is_a_first_line_of_two_words(body: str, expected: object) -> None:
    assert expected == read_command(body)


@given(st.text())
def test_any_text_at_all_is_a_command_or_none(body: str) -> None:
    found = read_command(body)
    assert found is None or body.startswith("/gitops")


@pytest.mark.parametrize("permission", ["admin", "write", "read", "none", "", "owner"])
@pytest.mark.parametrize("level", Level)
def test_who_has_less_than_a_command_asks_for_may_not_give_it(permission: str, level: Level) -> None:
    allowed = {
        "read": ["read", "write", "admin"],
        "write": ["write", "admin"],
        "admin": ["admin"],
        "nobody": [],
    }
    rules = CommandRules(Level.ADMIN, ((Word.PLAN, level),))
    assert (permission in allowed.get(level, [])) == may(Word.PLAN, permission, rules)


def test_a_command_that_is_not_named_asks_for_the_permission_of_all() -> None:
    rules = CommandRules(Level.ADMIN, ((Word.PLAN, Level.READ),))
    assert (True, False) == (may(Word.PLAN, "read", rules), may(Word.APPLY, "write", rules))


def test_only_those_who_may_give_some_command_are_told_that_there_is_no_such_one() -> None:
    assert (True, False) == (may(Unknown(), "write", CommandRules()), may(Unknown(), "read", CommandRules()))


class Scene:
    """A repository in memory with pull request 1 into dev, on which people comment."""

    def __init__(self, config: str = CONFIG, base: str = "main") -> None:
        self.host = FakeCodeHost(branches={"main": BASE, "prod": BASE})
        self.host.files[(BASE, ".gitops-bot.yml")] = config
        self.host.permissions |= {"pat": "write", "ada": "admin", "eve": "read"}
        self.pull = self.host.add_pull_request(
            PullRequest(1, "A change", HEAD, "feature", base, "", head_repository="acme/infra")
        )
        self.step = Recorder()

    def comment(self, body: str, by: str = "pat", facts: RunFacts = FACTS) -> ExitCode:
        written = self.host.add_comment(1, body, by)
        self.asked = written.id
        tree = FakeWorkTree()
        effects = Effects(
            self.host, tree, self.step, Path("/nowhere"), lambda _: tree, _no_session, _no_terraform
        )
        event = CommentPosted(1, written.id, by, body)
        return handle_event(event, effects, facts, apply_on_closed=False)

    def merged(self) -> None:
        self.host.add_pull_request(replace(self.pull, state="closed", merged=True, merge_commit=MERGE))

    def runs(self, *runs: WorkflowRun) -> None:
        self.host.runs_of["gitops.yml", HEAD] = list(runs)

    @property
    def reactions(self) -> list[Reaction]:
        return self.host.reactions.get(self.asked, [])

    @property
    def answers(self) -> list[str]:
        return [c.body for _, c in self.host.kept_comments.values() if c.author == self.host.login]


def _no_session(*_: object) -> NoReturn:
    raise AssertionError("a comment asks for no role")


def _no_terraform(*_: object) -> NoReturn:
    raise AssertionError("a comment runs no Terraform")


ENDED = WorkflowRun("11", 1, True)


def test_plan_runs_the_pull_requests_own_run_again() -> None:
    scene = Scene()
    scene.runs(ENDED)
    assert ExitCode.DONE is scene.comment("/gitops plan")
    assert (["11"], [], "dispatched") == (
        scene.host.reruns, scene.host.dispatched, scene.step.outputs["result"],
    )  # fmt: skip
    assert ([Reaction.STARTED], []) == (scene.reactions, scene.answers)


def test_of_two_runs_the_one_that_planned_this_pull_request_runs_again() -> None:
    scene = Scene()
    scene.runs(ENDED, WorkflowRun("12", 1, True))
    reference = plan_reference(1, 0, "11")
    scene.host.write_check_run(
        CheckRun(plan_check("dev"), HEAD, Conclusion.SUCCESS, "", "", external_id=reference)
    )
    scene.comment("/gitops plan")
    assert ["11"] == scene.host.reruns


def test_a_run_that_a_check_names_is_not_run_again_unless_it_planned_this_commit() -> None:
    """Whoever can push a branch can write a check, and name the run of an old apply in it."""
    scene = Scene()
    scene.runs(ENDED)
    reference = plan_reference(1, 0, "99")
    scene.host.write_check_run(
        CheckRun(plan_check("dev"), HEAD, Conclusion.SUCCESS, "", "", external_id=reference)
    )
    scene.comment("/gitops plan")
    assert ["11"] == scene.host.reruns


def test_a_run_that_had_nothing_to_do_is_not_the_one_to_repeat() -> None:
    scene = Scene()
    scene.runs(ENDED, WorkflowRun("12", 1, True, skipped=True))
    scene.comment("/gitops plan")
    assert ["11"] == scene.host.reruns


def test_a_plan_under_way_is_not_started_twice() -> None:
    scene = Scene()
    scene.runs(ENDED, WorkflowRun("12", 1, False))
    scene.comment("/gitops plan")
    assert ([], [Reaction.SEEN]) == (scene.host.reruns, scene.reactions)


def test_a_promotion_that_a_dispatch_planned_is_planned_by_a_dispatch_again() -> None:
    scene = Scene(base="prod")
    scene.host.add_pull_request(replace(scene.pull, head_branch="promote/dev-to-prod"))
    scene.comment("/gitops plan")
    assert [("gitops.yml", "main", {"command": "promote", "environment": "prod"})] == scene.host.dispatched


@pytest.mark.parametrize(
    ("word", "inputs"),
    [
        ("apply", {"command": "apply", "environment": "dev"}),
        ("unlock", {"command": "unlock", "environment": "dev"}),
        ("promote", {"command": "promote", "environment": "prod"}),
    ],
)
def test_what_a_merge_is_followed_by_is_dispatched_on_the_environments_branch(
    word: str, inputs: dict[str, str]
) -> None:
    scene = Scene()
    scene.merged()
    assert ExitCode.DONE is scene.comment(f"/gitops {word}")
    assert ([("gitops.yml", "main", inputs)], [Reaction.STARTED]) == (
        scene.host.dispatched, scene.reactions,
    )  # fmt: skip


REFUSED = {
    "apply before the merge": ("apply", "open", "It is not merged yet. Merging it applies it in dev."),
    "promote before the merge": ("promote", "open", "It is not merged yet."),
    "apply of what was closed": ("apply", "closed", "It was closed without merging."),
    "plan of what is closed": ("plan", "closed", "It is not open, and a closed pull request has no plan."),
    "plan of a fork": ("plan", "fork", "It comes from a fork"),
    "plan without a run": ("plan", "open", "There is no run of its newest commit to repeat."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_done_is_answered_with_why_and_nothing_is_started(case: str) -> None:
    word, state, expected = REFUSED[case]
    scene = Scene()
    if state == "closed":
        scene.host.add_pull_request(replace(scene.pull, state="closed"))
    elif state == "fork":
        scene.host.add_pull_request(replace(scene.pull, head_repository="eve/infra"))
        scene.runs(ENDED)
    scene.comment(f"/gitops {word}")
    assert expected in scene.answers[0]
    assert ([], [], [Reaction.NOT_UNDERSTOOD]) == (
        scene.host.reruns, scene.host.dispatched, scene.reactions,
    )  # fmt: skip


def test_there_is_nothing_to_promote_into_above_the_highest() -> None:
    scene = Scene(base="prod")
    scene.merged()
    scene.comment("/gitops promote")
    assert "prod is the highest environment" in scene.answers[0]


@pytest.mark.parametrize("body", [*(f"/gitops {word}" for word in Word), "/gitops destroy", "/gitops"])
@pytest.mark.parametrize("by", ["eve", "stranger"])
def test_a_strangers_command_starts_nothing_and_makes_us_say_nothing(body: str, by: str) -> None:
    scene = Scene()
    scene.merged()
    scene.runs(ENDED)
    assert ExitCode.DONE is scene.comment(body, by)
    assert ([], [], [], [Reaction.REFUSED]) == (
        scene.host.reruns, scene.host.dispatched, scene.answers, scene.reactions,
    )  # fmt: skip
    assert "ignored" == scene.step.outputs["result"]


def test_the_base_branchs_file_says_who_may() -> None:
    scene = Scene(CONFIG + "commands: {apply: admin, unlock: nobody}\n")
    scene.host.files[(HEAD, ".gitops-bot.yml")] = "commands: {permission: read}"  # the pull request's own
    scene.merged()
    found = []
    for body, by in (("apply", "pat"), ("apply", "ada"), ("unlock", "ada"), ("promote", "eve")):
        scene.comment(f"/gitops {body}", by)
        found.append(scene.reactions)
    refused, started = [Reaction.REFUSED], [Reaction.STARTED]
    assert [refused, started, refused, refused] == found


def test_help_lists_what_can_be_said_and_who_may() -> None:
    scene = Scene(CONFIG + "commands: {apply: admin, unlock: nobody}\n")
    scene.comment("/gitops help")
    (text,) = scene.answers
    assert "| `/gitops apply` |" in text
    assert "| admin |" in text
    assert "unlock" not in text


def test_what_is_no_command_is_answered_with_the_list() -> None:
    scene = Scene()
    scene.comment("/gitops <img src=x> @everyone")
    (text,) = scene.answers
    assert text.startswith("That is none of the commands.")
    assert "everyone" not in text


def test_status_is_answered_with_the_board() -> None:
    scene = Scene()
    scene.comment("/gitops status")
    assert scene.answers[0].startswith("### Environments\n")
    assert "dev" in scene.answers[0]


def test_what_github_refuses_is_told_under_the_comment_and_fails_the_run() -> None:
    scene = Scene()
    scene.merged()
    scene.host.fail_next("dispatch_workflow", RunFailed("It cannot dispatch: s3cr3t-token.", "Do this."))
    with pytest.raises(RunFailed):
        scene.comment("/gitops apply")
    (text,) = scene.answers
    assert "It cannot dispatch" in text
    assert "s3cr3t-token" not in text


def test_a_reaction_that_github_refuses_keeps_nothing_from_being_done() -> None:
    scene = Scene()
    scene.merged()
    scene.host.fail_next("react", RunFailed("GitHub refused it."))
    assert ExitCode.DONE is scene.comment("/gitops apply")
    assert 1 == len(scene.host.dispatched)


def test_a_pull_request_into_a_branch_of_no_environment_is_answered_so() -> None:
    scene = Scene(base="topic")
    scene.host.branches["topic"] = BASE
    scene.comment("/gitops plan")
    assert "stands for no environment" in scene.answers[0]


# --- a re-run plans the branch as it is now ---

DEV = Environment("dev", "main")
PULL = PullRequestToPlan(1, HEAD, MERGE, "feature")


def again(
    attempt: int, base: str = BASE, result: str | None = "d" * 40, folder: Path = Path("/nowhere")
) -> PullRequestToPlan:
    tree = FakeWorkTree(
        commit=MERGE, history={MERGE: (BASE, HEAD), HEAD: (), "e" * 40: ()}, merges={("e" * 40, HEAD): result}
    )
    effects = Effects(
        FakeCodeHost(branches={"main": base}), tree, Recorder(), folder, lambda _: tree, _no_session,
        _no_terraform,
    )  # fmt: skip
    return merged_again(PULL, DEV, effects, replace(FACTS, attempt=attempt)).pull


def test_the_first_attempt_plans_what_github_merged() -> None:
    assert PULL == again(1, base="e" * 40)


def test_a_later_attempt_plans_the_same_where_the_branch_stayed() -> None:
    assert PULL == again(2)


def test_a_later_attempt_plans_a_new_merge_where_the_branch_moved_on(tmp_path: Path) -> None:
    assert replace(PULL, merge="d" * 40) == again(2, base="e" * 40, folder=tmp_path)


def test_a_later_attempt_that_conflicts_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="conflicts with main as it is now"):
        again(2, base="e" * 40, result=None, folder=tmp_path)
