from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_bot.commands.history import (
    Outcome,
    Row,
    is_repository,
    read_history,
    render_history,
    repository_of,
)
from gitops_bot.core.ledger import TASK, Entry, EntryState, describe, payload
from gitops_bot.ports import Deployment, DeploymentState, DeploymentStatus
from tests.kit.examples import examples
from tests.kit.fake_code_host import FakeCodeHost

COMMIT, TREE, DIGEST = "c" * 40, "t" * 40, "d" * 64
HOSTILE = [
    "\x1b[31m",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ud800",
    "##[error]x",
    "::error::x",
    "\n",
    "\r\t",
    "全角",
]


def start(host: FakeCodeHost, environment: str = "dev", pulls: tuple[int, ...] = (7,)) -> Deployment:
    """An apply of ours that has begun."""
    entry = Entry(0, COMMIT, TREE, EntryState.RUNNING, None, "", pulls, DIGEST, "pat", "42")
    made = host.create_deployment(Deployment(0, environment, COMMIT, TASK, payload(entry), ""))
    host.add_deployment_status(made, DeploymentStatus(DeploymentState.IN_PROGRESS, "applying"))
    return made


def end(host: FakeCodeHost, made: Deployment, state: DeploymentState, description: str) -> None:
    host.add_deployment_status(made, DeploymentStatus(state, description))


def applied(host: FakeCodeHost, environment: str = "dev", pulls: tuple[int, ...] = (7,)) -> Deployment:
    """An apply of ours that went well."""
    made = start(host, environment, pulls)
    end(host, made, DeploymentState.SUCCESS, describe(3, 0, 0, True))
    return made


def foreign(host: FakeCodeHost, content: dict[str, Any], created: str = "") -> Deployment:
    made = host.create_deployment(Deployment(0, "dev", COMMIT, TASK, content, ""))
    if created:
        host.kept_deployments[-1] = Deployment(made.id, "dev", COMMIT, TASK, content, created)
    return made


def row(outcome: Outcome = Outcome.APPLIED, **more: Any) -> Row:
    known: dict[str, Any] = {"by": "pat", "pull_requests": (7,), "converged": True, "counts": (3, 0, 0)}
    return Row("dev", COMMIT, "2026-01-01T00:01:00Z", outcome, **{**known, **more})


@dataclass
class PagedHost(FakeCodeHost):
    """Notes which deployments were taken from the list."""

    taken: list[int] = field(default_factory=list)

    def deployments(self, environment: str, task: str) -> Iterator[Deployment]:
        for found in super().deployments(environment, task):
            self.taken.append(found.id)
            yield found


# --- reading ---


def test_an_apply_is_a_row_with_everything_the_ledger_knows() -> None:
    host = FakeCodeHost()
    applied(host, pulls=(7, 8))
    expected = Row(
        "dev", COMMIT, "2026-01-01T00:01:00Z", Outcome.APPLIED, TREE, "pat", "42", (7, 8), (3, 0, 0), True,
        DIGEST,
    )  # fmt: skip
    assert (expected,) == read_history(host, ["dev"], 20)


def test_environments_are_mixed_by_time_newest_first() -> None:
    host = FakeCodeHost()
    for name in ("dev", "prod", "dev", "staging"):
        applied(host, name)
    rows = read_history(host, ["prod", "dev", "staging"], 20)
    assert ["staging", "dev", "prod", "dev"] == [r.environment for r in rows]


def test_an_environment_that_was_not_asked_for_is_not_read() -> None:
    host = FakeCodeHost()
    applied(host, "dev")
    applied(host, "prod")
    assert ["dev"] == [r.environment for r in read_history(host, ["dev"], 20)]


def test_a_success_stays_one_after_a_newer_one_made_it_inactive() -> None:
    host = FakeCodeHost()
    applied(host)
    applied(host)
    assert [DeploymentState.INACTIVE] == [s[-1].state for s in host.statuses.values()][:1]
    assert [Outcome.APPLIED] * 2 == [r.outcome for r in read_history(host, ["dev"], 20)]


@pytest.mark.parametrize(
    ("state", "description", "expected"),
    [
        (DeploymentState.SUCCESS, describe(0, 0, 0, None), (Outcome.APPLIED, (0, 0, 0), None)),
        (DeploymentState.FAILURE, describe(3, 1, 2, False), (Outcome.PARTLY, (3, 1, 2), False)),
        (DeploymentState.FAILURE, describe(0, 1, 2, None), (Outcome.FAILED, (0, 1, 2), None)),
        (DeploymentState.ERROR, "by someone else", (Outcome.FAILED, None, None)),
        (DeploymentState.SUCCESS, "", (Outcome.APPLIED, None, None)),
    ],
)
def test_the_outcome_is_read_from_the_status_that_ends_an_apply(
    state: DeploymentState, description: str, expected: tuple[Outcome, object, object]
) -> None:
    host = FakeCodeHost()
    end(host, start(host), state, description)
    (found,) = read_history(host, ["dev"], 20)
    assert expected == (found.outcome, found.counts, found.converged)


def test_without_an_end_the_newest_is_running_and_an_older_one_has_no_end() -> None:
    host = FakeCodeHost()
    start(host)
    start(host)
    start(host, "prod")
    rows = read_history(host, ["dev", "prod"], 20)
    assert [Outcome.RUNNING, Outcome.RUNNING, Outcome.NO_END] == [r.outcome for r in rows]
    assert ["prod", "dev", "dev"] == [r.environment for r in rows]


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"format": True},
        {"format": "1"},
        {"tree": None},
        {"actor": {"login": "pat"}},
        {"run": 42},
        {"pull_requests": "7"},
        {"pull_requests": [7, "8"]},
        {"pull_requests": [True]},
        {"pull_requests": [0]},
        {"pull_requests": [10**400]},
        {"hotfixes": "7"},
        {"hotfixes": [True]},
    ],
)
def test_a_foreign_or_damaged_payload_is_unreadable_and_takes_no_request(change: dict[str, Any]) -> None:
    host = FakeCodeHost()
    content = {"format": 1, "tree": TREE, "pull_requests": [7], "digest": DIGEST, "actor": "pat", "run": "1"}
    foreign(host, {**content, **change})
    expected = Row("dev", COMMIT, "2026-01-01T00:01:00Z", Outcome.UNREADABLE)
    assert (expected,) == read_history(host, ["dev"], 20)
    assert "deployment_statuses" not in host.called()


def test_members_that_a_later_program_adds_do_no_harm() -> None:
    host = FakeCodeHost()
    entry = Entry(0, COMMIT, TREE, EntryState.RUNNING, None, "", (7,), DIGEST, "pat", "42")
    foreign(host, {**payload(entry), "token": "eyJ"})
    assert [Outcome.RUNNING] == [r.outcome for r in read_history(host, ["dev"], 20)]


def test_no_more_is_read_than_is_shown() -> None:
    host = PagedHost()
    for name in ("dev", "prod") * 5:
        applied(host, name)
    host.calls.clear()
    assert 2 == len(read_history(host, ["dev", "prod"], 2))
    assert ["deployment_statuses", "deployment_statuses", "deployments", "deployments"] == sorted(
        host.called()
    )
    assert 3 == len(host.taken)


def test_an_empty_ledger_has_no_rows() -> None:
    assert () == read_history(FakeCodeHost(), ["dev", "prod"], 20)


def test_an_apply_of_hotfixes_says_which_they_were_and_who_let_them_in() -> None:
    host = FakeCodeHost()
    entry = Entry(
        0, COMMIT, TREE, EntryState.RUNNING, None, "", (7, 8), DIGEST, "pat", "42",
        hotfixes=(8,), hotfix_by="kim, lee",
    )  # fmt: skip
    foreign(host, payload(entry))
    (found,) = read_history(host, ["dev"], 20)
    assert ((8,), "kim, lee") == (found.hotfixes, found.hotfix_by)
    told = json.loads(render_history([found], as_json=True))["applies"][0]
    assert ([8], "kim, lee") == (told["hotfixes"], told["hotfix_by"])


# --- the table ---


def test_the_table_shows_a_row_per_apply() -> None:
    rows = [
        row(),
        row(Outcome.PARTLY, counts=(3, 1, 2), converged=None),
        row(Outcome.RUNNING, counts=None, converged=None),
    ]
    assert render_history(rows, as_json=False).splitlines() == [
        "environment  when (UTC)        commit        PRs  by   converged  outcome",
        "dev          2026-01-01 00:01  cccccccccccc  #7   pat  yes        applied",
        "dev          2026-01-01 00:01  cccccccccccc  #7   pat  unknown",
        "  partly: 3 done, 1 failed, 2 not started",
        "dev          2026-01-01 00:01  cccccccccccc  #7   pat  unknown    running",
    ]


def test_the_table_marks_hotfixes() -> None:
    rows = [row(hotfixes=(7,)), row(Outcome.PARTLY, counts=(3, 1, 2), hotfixes=tuple(range(1, 4001)))]
    assert render_history(rows, as_json=False).splitlines()[1:] == [
        "dev          2026-01-01 00:01  cccccccccccc  #7   pat  yes",
        "  applied, hotfix #7",
        "dev          2026-01-01 00:01  cccccccccccc  #7   pat  yes",
        "  partly: 3 done, 1 failed, 2 not started, hotfix #1 #2 #3 +3997",
    ]


def test_a_wide_table_has_every_outcome_in_its_row() -> None:
    rows = [row(Outcome.PARTLY, counts=(3, 1, 2))]
    table = render_history(rows, as_json=False, width=120).splitlines()
    assert (2, True) == (len(table), table[1].endswith("yes        partly: 3 done, 1 failed, 2 not started"))


def test_outcomes_go_below_where_names_leave_no_room() -> None:
    rows = [row(by="somebody-with-a-long-name", pull_requests=(1234, 1235, 1236))]
    assert render_history(rows, as_json=False).splitlines() == [
        "environment  when (UTC)        commit        PRs       by              converged",
        "  outcome",
        "dev          2026-01-01 00:01  cccccccccccc  #1234 +2  somebody-with…  yes",
        "  applied",
    ]


def test_a_long_list_of_pull_requests_is_cut() -> None:
    table = render_history([row(pull_requests=tuple(range(1, 4001)))], as_json=False)
    assert "  #1 #2 #3 +3997  " in table


def test_times_are_shown_in_utc_and_a_damaged_one_as_a_dash() -> None:
    for at, shown in (
        ("2026-01-01T01:30:00+02:00", "2025-12-31 23:30"),
        ("2026-01-01T01:30:00", "2026-01-01 01:30"),
        ("0001-01-01T00:00:00+23:00", "-"),
        ("soon", "-"),
    ):
        table = render_history([Row("dev", COMMIT, at, Outcome.APPLIED)], as_json=False)
        assert shown == table.splitlines()[1][13:].partition("  ")[0]


def test_nothing_applied_is_a_sentence() -> None:
    assert "Nothing was applied yet." == render_history([], as_json=False)
    assert {"applies": []} == json.loads(render_history([], as_json=True))


# --- JSON ---


def test_the_json_form_holds_whole_values() -> None:
    rows = [row(tree=TREE, run="42", digest=DIGEST), Row("dev", COMMIT, "", Outcome.UNREADABLE)]
    found = json.loads(render_history(rows, as_json=True))
    assert found == {
        "applies": [
            {
                "environment": "dev",
                "commit": COMMIT,
                "tree": TREE,
                "at": "2026-01-01T00:01:00Z",
                "by": "pat",
                "run": "42",
                "pull_requests": [7],
                "outcome": "applied",
                "done": 3,
                "failed": 0,
                "not_started": 0,
                "converged": True,
                "digest": DIGEST,
                "approved_by": "",
                "overridden_by": "",
                "hotfixes": [],
                "hotfix_by": "",
            },
            {
                "environment": "dev",
                "commit": COMMIT,
                "tree": "",
                "at": "",
                "by": "",
                "run": "",
                "pull_requests": [],
                "outcome": "unreadable",
                "done": None,
                "failed": None,
                "not_started": None,
                "converged": None,
                "digest": "",
                "approved_by": "",
                "overridden_by": "",
                "hotfixes": [],
                "hotfix_by": "",
            },
        ]
    }


# --- hostile content ---

texts = st.sampled_from(HOSTILE) | st.text(st.characters(), max_size=30)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
payloads = st.fixed_dictionaries(
    {},
    optional={
        "format": st.just(1) | values,
        "tree": texts | values,
        "pull_requests": st.lists(st.integers(1, 2**31 - 1), max_size=40) | values,
        "digest": texts | values,
        "actor": texts | values,
        "run": texts | values,
        "hotfixes": st.lists(st.integers(1, 2**31 - 1), max_size=40) | values,
        "hotfix_by": texts | values,
    },
) | st.dictionaries(texts, values, max_size=3)
ours = st.fixed_dictionaries(
    {
        "format": st.just(1),
        "tree": texts,
        "pull_requests": st.lists(st.integers(1, 2**31 - 1), max_size=40),
        "digest": texts,
        "actor": texts,
        "run": texts,
        "hotfixes": st.lists(st.integers(1, 2**31 - 1), max_size=40),
        "hotfix_by": texts,
    }
)
ends = st.none() | st.tuples(st.sampled_from(DeploymentState), texts | st.just(describe(3, 1, 2, None)))


@given(st.lists(st.tuples(payloads | ours, ends, texts), min_size=1, max_size=4))
@settings(max_examples=examples(150), deadline=None)
def test_whatever_the_deployments_hold_the_table_is_plain_and_within_80_columns(
    deployments: list[tuple[dict[str, Any], tuple[DeploymentState, str] | None, str]],
) -> None:
    host = FakeCodeHost()
    for content, status, created in deployments:
        made = foreign(host, content, created)
        if status:
            end(host, made, *status)
    rows = read_history(host, ["dev"], 20)
    lines = render_history(rows, as_json=False).split("\n")
    assert [] == [line for line in lines if len(line) > 80 or not line.replace("…", "").isascii()]
    assert [] == [line for line in lines if not line.isprintable() or "##[" in line or line.startswith("::")]
    text = render_history(rows, as_json=True)
    assert (len(deployments), True, False) == (
        len(json.loads(text)["applies"]),
        text.isascii(),
        "##[" in text,
    )


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_actor_is_harmless_in_the_table_and_whole_in_json(hostile: str) -> None:
    rows = [row(by=f"a{hostile}b")]
    table = render_history(rows, as_json=False)
    assert (True, False) == (table.isascii(), f"a{hostile}b" in table)
    assert f"a{hostile}b" == json.loads(render_history(rows, as_json=True))["applies"][0]["by"]


@given(st.text(max_size=40), st.sampled_from(["", "https://github.com/", "git@github.com:", "ssh://"]))
@settings(max_examples=examples(100), deadline=None)
def test_any_remote_gives_a_repository_or_nothing(text: str, start: str) -> None:
    found = repository_of(start + text, "https://github.com")
    assert found is None or is_repository(found)


# --- the remote ---


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/acme/infra",
        "https://github.com/acme/infra.git",
        "https://github.com/acme/infra/",
        "https://x-access-token:secret@GitHub.com/acme/infra.git",
        "git@github.com:acme/infra.git",
        "github.com:acme/infra",
        "git@github.com:/acme/infra.git",
        "ssh://git@github.com/acme/infra.git",
        "ssh://git@ssh.github.com:443/acme/infra.git",
    ],
)
def test_a_remote_on_github_names_the_repository(remote: str) -> None:
    assert "acme/infra" == repository_of(remote, "https://github.com")


@pytest.mark.parametrize(
    ("remote", "server", "expected"),
    [
        ("http://127.0.0.1:8080/acme/infra.git", "http://127.0.0.1:8080", "acme/infra"),
        ("git@ghe.example:acme/infra.git", "https://ghe.example", "acme/infra"),
        ("http://127.0.0.1:8081/acme/infra.git", "http://127.0.0.1:8080", None),
        ("https://github.com/acme/infra", "https://ghe.example", None),
        ("http://github.com/acme/infra", "https://github.com", None),
        ("https://github.com.evil.example/acme/infra", "https://github.com", None),
        ("https://github.com@evil.example/acme/infra", "https://github.com", None),
        ("https://evil.example/github.com:acme/infra", "https://github.com", None),
        ("git@gitlab.com:acme/infra.git", "https://github.com", None),
        ("https://github.com/acme", "https://github.com", None),
        ("https://github.com/acme/infra/pulls", "https://github.com", None),
        ("https://github.com/../..", "https://github.com", None),
        ("https://[github.com/acme/infra", "https://github.com", None),
        ("/srv/git/acme/infra.git", "https://github.com", None),
        ("file:///srv/acme/infra", "https://github.com", None),
        ("", "https://github.com", None),
    ],
)
def test_only_a_remote_on_the_server_counts(remote: str, server: str, expected: str | None) -> None:
    assert expected == repository_of(remote, server)
