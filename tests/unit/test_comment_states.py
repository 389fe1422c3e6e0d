"""One comment per pull request, and the states it goes through. In memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_bot.commands.apply_branch import apply_branch
from gitops_bot.commands.checks import promotion_check
from gitops_bot.commands.plan_pull_request import PullRequestToPlan, note_closed, plan_pull_request
from gitops_bot.core.environments import DEFAULT_SETTINGS, CommentMode, CommentSettings
from gitops_bot.core.errors import ExitCode, GitopsBotError, RunFailed
from gitops_bot.core.events import PullRequestClosed
from gitops_bot.core.report import Applied, Links, ResourceOutcome, ResourceState, RunStatus
from gitops_bot.core.times import duration, shown
from gitops_bot.ports import Comment, DeploymentState, PlanMade, PlanResult
from gitops_bot.render.comment import marker
from gitops_bot.render.progress import CommentState, Progress, first_lines, render_progress, state_of
from tests.kit.fake_code_host import LOGIN
from tests.kit.fake_terraform import FakeTerraform
from tests.kit.github_markdown import ill_formed
from tests.unit.test_faults_in_turn import DEVOPS, FACTS, HEAD, MERGE, Scene, document

NEWER = "c" * 40
DONE = ResourceOutcome("terraform_data.a", "create", ResourceState.DONE, 1.0)
START = datetime(2026, 1, 2, 12, tzinfo=UTC)
NEW = replace(DEFAULT_SETTINGS, comment=CommentSettings(mode=CommentMode.NEW))


class Watching(FakeTerraform):
    """A Terraform that does something while it plans and applies."""

    def __init__(self, meanwhile: Callable[[], object], plans: list[PlanResult | Exception]) -> None:
        super().__init__(plans)
        self.meanwhile = meanwhile

    def plan(self, *given: object, **named: object) -> PlanResult:
        self.meanwhile()
        return super().plan(*given, **named)  # type: ignore[arg-type]


class Conversation(Scene):
    """A scene that keeps what stood on the pull request whenever Terraform ran."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.settings = DEFAULT_SETTINGS
        self.facts = FACTS
        self.before = ""
        self.seen: list[str] = []
        self.now = START
        self.meanwhile: Callable[[], object] = lambda: None

    @property
    def bodies(self) -> list[str]:
        return [c.body for _, c in self.host.kept_comments.values()]

    @property
    def body(self) -> str:
        (found,) = self.bodies
        return found

    @property
    def states(self) -> list[str]:
        return [state_of(body, "devops") for body in self.bodies]

    def made(self, creates: bool) -> PlanMade:
        return PlanMade(document(creates), "", self.folder / "p", "lineage")

    def run_plan(self, *plans: PlanResult | Exception, head: str = HEAD) -> ExitCode:
        terraform = Watching(self._watch, list(plans) or [self.made(True)])
        effects = replace(self.effects(), make_terraform=lambda *_: terraform, clock=lambda: self.now)
        todo = PullRequestToPlan(1, head, MERGE, "feature", self.before)
        return plan_pull_request(todo, DEVOPS, self.settings, effects, self.facts)

    def run_apply(self, *applies: Applied | BaseException, plan: PlanMade | None = None) -> ExitCode:
        plans: list[PlanResult | Exception] = [plan or self.made(True), self.made(False)]
        terraform = Watching(self._watch, plans)
        terraform.applies = list(applies) or [Applied((DONE,))]
        effects = replace(self.effects(), make_terraform=lambda *_: terraform, clock=lambda: self.now)
        return apply_branch(DEVOPS, MERGE, self.settings, effects, self.facts)

    def _watch(self) -> None:
        self.seen += self.bodies
        self.now += timedelta(seconds=64)
        self.meanwhile()

    def push(self, head: str = NEWER) -> None:
        self.host.add_pull_request(replace(self.host.pulls[1], head=head))

    def fail_next(self, name: str, error: Exception | None = None) -> None:
        """The next call of that name fails."""
        self.host.fail_next(name, error or RunFailed(f"{name} was made to fail."))


@pytest.fixture
def talk(tmp_path: Path) -> Conversation:
    return Conversation(tmp_path)


@pytest.fixture
def merged(talk: Conversation) -> Conversation:
    talk.run_plan()
    talk.seen.clear()
    talk.merge()
    return talk


# --- planning --------------------------------------------------------------------------------


def test_while_the_first_commit_is_planned_a_short_comment_says_so(talk: Conversation) -> None:
    assert talk.run_plan() is ExitCode.DONE
    (seen,) = talk.seen
    assert seen.split("\n")[:2] == [marker("devops"), "<!-- gitops-bot:state:planning -->"]
    assert "### ⏳ Terraform plan · devops · Planning `aaaaaaa`\n" in seen
    assert "[this run](https://github.example/acme/infra/actions/runs/7), since 2026-01-02 12:00 UTC" in seen
    assert talk.states == ["planned"]
    assert "terraform_data.a" in talk.body


def test_while_a_newer_commit_is_planned_the_older_plan_is_stale_and_a_link_away(
    talk: Conversation,
) -> None:
    talk.run_plan()
    talk.push()
    talk.before = HEAD
    talk.run_plan(head=NEWER)
    seen = talk.seen[-1]
    assert "Planning `ccccccc`" in seen
    assert "The plan of `aaaaaaa` is stale: [read it in its check](https://github.example" in seen
    assert "terraform_data.a" not in seen
    assert talk.states == ["planned"]
    assert f"commit `{NEWER[:12]}`" in talk.body


def test_another_run_of_the_same_commit_does_not_call_its_earlier_plan_stale(talk: Conversation) -> None:
    talk.run_plan()
    talk.run_plan()
    assert "There was a plan of this commit before: [read it in its check]" in talk.seen[-1]
    assert "stale" not in talk.seen[-1]


def test_the_note_costs_a_plan_run_one_read_and_one_write(
    talk: Conversation,
) -> None:
    talk.run_plan()
    assert [n for n in talk.host.called() if "deployments" not in n] == [
        "pull_request", "check_runs", "comments", "create_comment",  # before Terraform
        "pull_request", "update_comment", "write_check_run", "write_check_run",
    ]  # fmt: skip


def test_a_plan_of_a_pull_request_that_goes_elsewhere_now_approves_nothing(talk: Conversation) -> None:
    """A re-run's event knows the branch that the pull request went into then."""
    talk.meanwhile = lambda: talk.host.add_pull_request(replace(talk.host.pulls[1], base_branch="dev"))
    talk.run_plan()
    assert [] == talk.host.checks
    assert "Pull request #1 goes into dev now, so this plan approves nothing." in talk.step.lines


@pytest.mark.parametrize("change", [{"head": NEWER}, {"state": "closed"}, {"base_branch": "dev"}])
def test_a_run_of_a_commit_that_is_not_the_newest_of_an_open_one_says_nothing(
    talk: Conversation, change: dict[str, str]
) -> None:
    talk.run_plan()
    before = talk.body
    talk.host.add_pull_request(replace(talk.pull, **change))
    talk.run_plan()
    assert talk.seen[-1] == talk.body == before


def test_a_commit_that_arrives_meanwhile_makes_the_note_stale(talk: Conversation) -> None:
    talk.meanwhile = talk.push
    talk.run_plan()
    assert talk.states == ["stale"]
    assert "Stale: a newer commit arrived" in talk.body


def test_the_run_of_a_newer_commit_finds_the_comment_at_once_after_one_that_came_too_late(
    talk: Conversation,
) -> None:
    talk.meanwhile = talk.push
    talk.run_plan()
    talk.meanwhile = lambda: None
    talk.before = HEAD
    start = len(talk.host.calls)
    talk.run_plan(head=NEWER)
    assert (talk.states, "comments" in talk.host.called()[start:]) == (["planned"], False)


def test_what_a_newer_run_has_said_meanwhile_stays(talk: Conversation) -> None:
    def newer() -> None:
        talk.push()
        ((number, (_, comment)),) = talk.host.kept_comments.items()
        talk.host.kept_comments[number] = (1, replace(comment, body=f"{marker('devops')}\nNewer"))

    talk.meanwhile = newer
    talk.run_plan()
    assert talk.body == f"{marker('devops')}\nNewer"


@pytest.mark.parametrize("stopped_by", [RunFailed("Terraform vanished."), KeyboardInterrupt(), ValueError()])
def test_a_run_that_ends_without_a_plan_says_so_and_the_next_one_plans(
    talk: Conversation, stopped_by: BaseException
) -> None:
    def stop() -> None:
        raise stopped_by

    talk.meanwhile = stop
    with pytest.raises(type(stopped_by)):
        talk.run_plan()
    assert talk.states == ["not-planned"]
    assert "### ❌ Terraform plan · devops · No plan of `aaaaaaa`" in talk.body
    talk.meanwhile = lambda: None
    talk.run_plan()
    assert talk.states == ["planned"]


def test_a_plan_that_was_shown_stays_when_its_check_cannot_be_written(talk: Conversation) -> None:
    talk.fail_next("write_check_run")
    with pytest.raises(RunFailed):
        talk.run_plan()
    assert talk.states == ["planned"]


@pytest.mark.parametrize("failing", ["pull_request", "check_runs", "comments", "create_comment"])
def test_a_note_that_github_does_not_take_changes_nothing_but_a_line_in_the_log(
    talk: Conversation, failing: str
) -> None:
    talk.fail_next(failing)
    assert talk.run_plan() is ExitCode.DONE
    assert (talk.seen, talk.states) == ([], ["planned"])
    assert [line for line in talk.step.lines if "could not be told how this run stands" in line] != []


def test_a_note_that_was_taken_without_an_answer_does_not_stay(talk: Conversation) -> None:
    """Its text is then not known, so the plan is written even where it is what stood there before."""
    talk.run_plan()
    update = talk.host.update_comment

    def lost(comment_id: int, body: str) -> Comment:
        update(comment_id, body)
        talk.host.update_comment = update  # type: ignore[method-assign]
        raise RunFailed("The answer was lost.")

    talk.host.update_comment = lost  # type: ignore[method-assign]
    talk.run_plan()
    assert talk.states == ["planned"]


def test_a_comment_that_somebody_deletes_while_its_plan_is_made_is_posted_again(talk: Conversation) -> None:
    talk.meanwhile = talk.host.kept_comments.clear
    assert talk.run_plan() is ExitCode.DONE
    assert talk.states == ["planned"]


def test_a_comment_of_somebody_else_is_not_edited_whatever_leads_to_it(talk: Conversation) -> None:
    theirs = talk.host.add_comment(1, f"{marker('devops')}\nMine.", "mallory")
    talk.run_plan()
    check = talk.host.checks[0]
    talk.host.checks.append(replace(check, external_id=f"pull:1 comment:{theirs.id} promotion:allowed"))
    talk.run_plan()
    assert talk.bodies[0] == theirs.body
    assert talk.states[1:] == ["planned"]


def test_what_github_found_in_place_of_a_lost_comment_is_not_edited_unread(talk: Conversation) -> None:
    """After an unclear failure it is found by its marker, which anybody can post."""
    theirs = talk.host.add_comment(1, f"{marker('devops')}\nMine.", "mallory")
    create = talk.host.create_comment

    def found(number: int, body: str, marker: str) -> Comment:
        talk.host.create_comment = create  # type: ignore[method-assign]
        return theirs

    talk.host.create_comment = found  # type: ignore[method-assign]
    talk.run_plan()
    assert talk.bodies[0] == theirs.body
    assert talk.states[1:] == ["planned"]


def test_a_check_of_another_pull_request_with_the_same_head_leads_nowhere(talk: Conversation) -> None:
    """One branch can be on its way into one environment twice, and each pull request has its comment."""
    talk.run_plan()
    talk.host.add_pull_request(replace(talk.pull, number=2))
    effects = replace(talk.effects(), make_terraform=lambda *_: FakeTerraform([talk.made(True)]))
    plan_pull_request(PullRequestToPlan(2, HEAD, MERGE, "feature"), DEVOPS, talk.settings, effects, FACTS)
    assert [number for number, _ in talk.host.kept_comments.values()] == [1, 2]


def test_a_closed_pull_request_says_so_and_a_reopened_one_is_planned(
    talk: Conversation,
) -> None:
    talk.run_plan()
    event = PullRequestClosed(1, HEAD, "devops", merged=False)
    note_closed(event, DEVOPS, talk.settings, talk.effects(), FACTS)
    assert talk.states == ["closed"]
    talk.run_plan()
    assert talk.states == ["planned"]


# --- applying --------------------------------------------------------------------------------


def test_a_merged_pull_request_is_applying_and_then_applied_in_the_same_comment(merged: Conversation) -> None:
    assert merged.run_apply() is ExitCode.DONE
    assert [state_of(body, "devops") for body in merged.seen] == ["applying", "applying"]
    assert "### ⏳ Terraform apply · devops · Merged, applying\n" in merged.seen[0]
    assert "is being applied by [this run]" in merged.seen[0]
    assert "What was planned: [the plan of `aaaaaaa`](https://github.example" in merged.seen[0]
    assert merged.states == ["applied"]
    assert "1 created in 2m 08s." in merged.body


def test_a_failed_apply_then_half_a_one_then_a_whole_one_are_told_in_the_same_comment(
    merged: Conversation,
) -> None:
    failed = replace(DONE, state=ResourceState.FAILED, error="no")
    other = replace(DONE, address="terraform_data.b")
    told = []
    for outcome in (
        Applied((failed,), succeeded=False), Applied((other, failed), succeeded=False), Applied((DONE,)),
    ):  # fmt: skip
        merged.run_apply(outcome)
        told.append((merged.states, next(line for line in merged.body.split("\n") if " in " in line)))
    unfinished = "This apply did not finish."
    assert [(states, line.partition(unfinished)[0].rstrip()) for states, line in told] == [
        (["failed"], "1 failed in 1m 04s."),
        (["partly-applied"], "1 created, 1 failed in 1m 04s."),
        (["applied"], "1 created in 2m 08s."),
    ]


def test_a_blocked_apply_says_so_in_the_same_comment(merged: Conversation) -> None:
    other = document(True).replace(b'"input": "x"', b'"input": "y"')
    assert merged.run_apply(plan=replace(merged.made(True), document=other)) is ExitCode.FAILED
    assert merged.states == ["blocked"]
    assert "NOT_APPROVED" in merged.body


def test_a_pull_request_that_was_never_planned_gets_its_comment_from_the_apply(talk: Conversation) -> None:
    talk.merge()
    talk.run_apply()
    assert talk.states == ["blocked"]


def test_a_run_that_ends_before_it_applies_anything_says_so(merged: Conversation) -> None:
    merged.fail_next("create_deployment")
    with pytest.raises(RunFailed):
        merged.run_apply()
    assert merged.states == ["not-applied"]
    assert "### ❌ Terraform apply · devops · Nothing was applied\n" in merged.body
    merged.run_apply()
    assert merged.states == ["applied"]


def test_a_run_that_is_overtaken_while_it_plans_points_at_the_newer_one(
    merged: Conversation,
) -> None:
    merged.meanwhile = lambda: merged.host.branches.update(devops=NEWER)
    merged.run_apply()
    assert (merged.step.outputs["result"], merged.states) == ("superseded", ["overtaken"])


def test_a_superseded_run_says_nothing_where_a_newer_one_spoke(merged: Conversation) -> None:
    said = f"{marker('devops')}\nNewer"

    def newer() -> None:
        merged.host.branches["devops"] = NEWER
        ((number, (_, comment)),) = merged.host.kept_comments.items()
        merged.host.kept_comments[number] = (1, replace(comment, body=said))

    merged.meanwhile = newer
    merged.run_apply()
    merged.run_apply()
    assert (merged.step.outputs["result"], merged.body) == ("superseded", said)


def test_a_runner_that_vanished_leaves_applying_until_the_next_run(merged: Conversation) -> None:
    with pytest.raises(SystemExit):
        merged.run_apply(SystemExit())
    assert merged.states == ["applying"]
    merged.facts = replace(FACTS, id="8")
    merged.run_apply()
    assert merged.states == ["applied"]


@pytest.mark.parametrize("failing", ["comment", "own_login", "update_comment"])
def test_a_note_of_an_apply_that_github_does_not_take_changes_nothing_else(
    merged: Conversation, failing: str
) -> None:
    merged.fail_next(failing)
    assert merged.run_apply() is ExitCode.DONE
    assert [state_of(body, "devops") for body in merged.seen] == ["planned", "planned"]
    assert merged.states == ["applied"]
    (deployment,) = merged.host.kept_deployments
    assert merged.host.deployment_statuses(deployment.id)[0].state is DeploymentState.SUCCESS


def test_a_report_that_one_pull_request_does_not_take_is_told_to_the_others(merged: Conversation) -> None:
    merged.host.add_pull_request(replace(merged.host.pulls[1], number=2, merge_commit=HEAD))
    update = merged.host.update_comment

    def refused(comment_id: int, body: str) -> Comment:
        if state_of(body, "devops") == "applied" and merged.host.kept_comments[comment_id][0] == 1:
            raise RunFailed("No.")
        return update(comment_id, body)

    merged.host.update_comment = refused  # type: ignore[method-assign]
    with pytest.raises(GitopsBotError):
        merged.run_apply()
    assert sorted(merged.states) == ["applied", "applying"]


def test_an_apply_that_could_not_say_that_it_succeeded_is_told_of_by_a_repeated_delivery(
    merged: Conversation,
) -> None:
    update = merged.host.update_comment

    def refused(comment_id: int, body: str) -> Comment:
        if state_of(body, "devops") == "applied":
            raise RunFailed("No.")
        return update(comment_id, body)

    merged.host.update_comment = refused  # type: ignore[method-assign]
    with pytest.raises(GitopsBotError):
        merged.run_apply()
    assert merged.states == ["applying"]
    merged.host.update_comment = update  # type: ignore[method-assign]
    merged.run_apply()
    assert merged.states == ["applied"]
    assert "whose report GitHub did not take" in merged.body


def test_a_repeated_delivery_leaves_the_report_of_a_success_as_it_is(merged: Conversation) -> None:
    merged.run_apply()
    before = merged.body
    merged.run_apply()
    assert (merged.step.outputs["result"], merged.body) == ("no-changes", before)


# --- mode new --------------------------------------------------------------------------------


def test_in_the_mode_new_each_run_posts_anew_and_folds_the_one_before_away(talk: Conversation) -> None:
    talk.settings = NEW
    talk.run_plan()
    talk.push()
    talk.before = HEAD
    talk.run_plan(head=NEWER)
    assert talk.states == ["planned", "planned"]
    first, second = talk.host.kept_comments
    assert talk.host.minimized == [first]
    talk.host.pulls[1] = replace(
        talk.host.pulls[1], state="closed", merged=True, merge_commit=MERGE, merged_at="2026-01-01T00:00:00Z"
    )
    failed = replace(DONE, state=ResourceState.FAILED, error="no")
    talk.run_apply(Applied((failed,), succeeded=False))
    talk.run_apply()
    assert talk.states[2:] == ["failed", "applied"]
    third, _ = list(talk.host.kept_comments)[2:]
    assert talk.host.minimized == [first, second, third]


def test_in_the_mode_new_a_run_has_one_comment_that_says_first_that_it_plans(talk: Conversation) -> None:
    talk.settings = NEW
    talk.run_plan()
    talk.run_plan()
    assert [state_of(body, "devops") for body in talk.seen] == ["planning", "planned", "planning"]
    assert talk.states == ["planned", "planned"]


def test_in_the_mode_new_the_comment_of_a_run_that_ended_without_a_plan_is_folded_away_too(
    talk: Conversation,
) -> None:
    talk.settings = NEW
    talk.run_plan()
    with pytest.raises(RunFailed):
        talk.run_plan(RunFailed("Terraform vanished."))
    talk.run_plan()
    assert talk.states == ["planned", "not-planned", "planned"]
    assert talk.host.minimized == list(talk.host.kept_comments)[:2]


def test_a_token_that_may_not_minimise_costs_a_line_in_the_log(talk: Conversation) -> None:
    talk.settings = NEW
    talk.run_plan()
    talk.fail_next("minimize_comment", RunFailed("GitHub refused it: Resource not accessible."))
    assert talk.run_plan() is ExitCode.DONE
    assert (talk.states, talk.host.minimized) == (["planned", "planned"], [])
    assert [line for line in talk.step.lines if "not minimised: GitHub refused it" in line] != []


def test_in_the_mode_new_a_repeated_delivery_posts_nothing(merged: Conversation) -> None:
    merged.settings = NEW
    merged.host.pulls[1] = replace(merged.host.pulls[1], merged_at="2026-01-01T00:00:00Z")
    merged.run_apply()
    merged.run_apply()
    assert merged.states == ["planned", "applied"]


def test_in_the_mode_new_comments_from_before_the_merge_are_not_listed(merged: Conversation) -> None:
    merged.settings = NEW
    merged.host.pulls[1] = replace(merged.host.pulls[1], merged_at="2026-01-01T12:00:00Z")
    start = len(merged.host.calls)
    merged.run_apply()
    listed = [given for name, given in merged.host.calls[start:] if name == "comments"]
    assert listed == [(1, "2026-01-01T12:00:00Z")]
    assert merged.host.minimized == [next(iter(merged.host.kept_comments))]


# --- the text --------------------------------------------------------------------------------


@given(
    st.sampled_from(CommentState), st.text(max_size=300), st.text(max_size=300), st.text(max_size=300),
    st.text(max_size=300), st.text(max_size=300),
)  # fmt: skip
def test_a_note_is_short_harmless_and_names_its_state_whatever_is_in_it(
    state: CommentState, environment: str, branch: str, commit: str, url: str, older: str
) -> None:
    links = Links(url, f"https://h/{url}")
    text = render_progress(Progress(state, environment, branch, commit, links, "now", older, url))
    assert len(text.encode()) < 2048
    assert state_of(text, environment) == state.value
    assert len([line for line in text.split("\n") if line.startswith("### ")]) == 1
    assert [] == ill_formed(text, marker=first_lines(environment, state), links=[url, links.commit])


@pytest.mark.parametrize("state", [*CommentState, *RunStatus])
def test_every_state_can_be_read_from_the_first_lines(state: CommentState | RunStatus) -> None:
    lines = first_lines("dev", state)
    assert state_of(f"{lines}\n### Heading\n", "dev") == state.value
    assert state_of(f"{lines}\r\n### Heading\r\n".replace("\n<", "\r\n<"), "dev") == state.value
    assert state_of(lines, "prod") == ""
    assert state_of(f"Hello\n{lines}", "dev") == ""


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-1, "0s"), (0.4, "0s"), (59.4, "59s"), (59.6, "1m 00s"), (192, "3m 12s"), (3725, "1h 02m")],
)
def test_how_long_something_took_is_said_in_two_units(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


def test_a_time_is_shown_in_utc() -> None:
    assert shown(datetime.fromisoformat("2026-01-02T01:30:59+02:00")) == "2026-01-01 23:30 UTC"


def test_nothing_here_asks_for_more_than_the_comments(talk: Conversation) -> None:
    talk.run_plan()
    assert {c.name for c in talk.host.checks} == {"gitops-bot: plan devops", promotion_check("devops")}
    assert {c.author for _, c in talk.host.kept_comments.values()} == {LOGIN}
