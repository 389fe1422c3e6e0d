"""The way to a role: which, in which order, under which names and tags."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_bot.core.aws import (
    AwsRoles,
    AwsSettings,
    Hop,
    Phase,
    RoleName,
    RunIdentity,
    role_name,
    session_name,
    session_tags,
    way,
)

PLAN, APPLY = "arn:aws:iam::111111111111:role/gitops-plan", "arn:aws:iam::111111111111:role/gitops-apply"
HUB = "arn:aws:iam::999999999999:role/hub-{environment}-{phase}"
RUN = RunIdentity("42", "acme/infra", 7, "a" * 40, "pat")
TAGS = (
    ("Repository", "acme/infra"),
    ("Environment", "dev"),
    ("PullRequest", "7"),
    ("Commit", "a" * 40),
    ("Actor", "pat"),
)
PAIR = AwsRoles(plan_role=PLAN, apply_role=APPLY)


@pytest.mark.parametrize(("phase", "role"), [(Phase.PLAN, PLAN), (Phase.APPLY, APPLY)])
def test_each_phase_has_its_own_role_and_no_other(phase: Phase, role: str) -> None:
    assert [hop.role for hop in way("dev", PAIR, phase, RUN, AwsSettings())] == [role]


def test_one_role_serves_both_phases() -> None:
    roles = AwsRoles(role=PLAN)
    assert [way("dev", roles, phase, RUN, AwsSettings())[-1].role for phase in Phase] == [PLAN, PLAN]


def test_no_role_is_no_way_even_with_a_hub() -> None:
    assert way("dev", AwsRoles(hub_role=HUB, region="us-east-1"), Phase.PLAN, RUN, AwsSettings()) == ()


@pytest.mark.parametrize("phase", Phase)
def test_the_hub_role_comes_first_with_environment_and_phase_filled_in(phase: Phase) -> None:
    roles = AwsRoles(plan_role=PLAN, apply_role=APPLY, hub_role=HUB, external_id="x1", session_duration=1800)
    name = "gitops-bot-42-dev"
    assert way("dev", roles, phase, RUN, AwsSettings()) == (
        Hop(f"arn:aws:iam::999999999999:role/hub-dev-{phase}", name, 900, None, TAGS),
        Hop(PLAN if phase is Phase.PLAN else APPLY, name, 1800, "x1", TAGS),
    )


def test_tags_can_be_switched_off() -> None:
    assert [hop.tags for hop in way("dev", PAIR, Phase.PLAN, RUN, AwsSettings(session_tags=False))] == [()]


def test_a_session_lasts_an_hour_unless_the_configuration_says_otherwise() -> None:
    assert [hop.seconds for hop in way("dev", PAIR, Phase.PLAN, RUN, AwsSettings())] == [3600]


def test_a_role_in_a_path_has_its_last_part_for_a_name() -> None:
    arn = "arn:aws-us-gov:iam::111111111111:role/team/a/plan"
    assert role_name(arn) == RoleName("aws-us-gov", "111111111111", "plan")


def test_a_local_run_says_so_in_the_sessions_name() -> None:
    assert session_name("dev", "") == "gitops-bot-local-dev"


def test_facts_that_are_missing_are_no_tags() -> None:
    assert session_tags("dev", RunIdentity(repository="acme/infra")) == (
        ("Repository", "acme/infra"),
        ("Environment", "dev"),
    )


def test_what_aws_does_not_take_in_a_tag_is_replaced() -> None:
    run = RunIdentity(actor="dependabot[bot]", repository="ac\nme/{infra}")
    assert dict(session_tags("dev", run)) == {
        "Repository": "ac_me/_infra_",
        "Environment": "dev",
        "Actor": "dependabot_bot_",
    }


@given(st.text(), st.text())
def test_every_name_is_one_that_sts_takes(environment: str, run: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_+=,.@-]{2,64}", session_name(environment, run))


@given(st.text(), st.text(), st.text(), st.integers(0, 10**9))
def test_every_tag_is_one_that_sts_takes(repository: str, commit: str, actor: str, pull: int) -> None:
    tags = session_tags("dev", RunIdentity("1", repository, pull, commit, actor))
    assert len({key.lower() for key, _ in tags}) == len(tags)
    for _, value in tags:
        assert 1 <= len(value) <= 256
        assert all(c in "_.:/=+-@" or unicodedata.category(c)[0] in "LNZ" for c in value)
