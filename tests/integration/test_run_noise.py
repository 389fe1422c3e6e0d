"""Noise in a plan: it blocks, is named, and once it is declared neither blocks nor keeps from converging."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.stage import CONFIG, NETWORK, Stage, stage

NOISY = NETWORK.replace("size = var.size", "size = var.size, at = plantimestamp()")
# What terraform_data puts out follows its input, so it is as noisy.
DECLARED = CONFIG + (
    "approval:\n  ignore: [terraform_data.network.input.at, terraform_data.network.output]\n"
)
NOTED = "`terraform_data.network.input.at` in `approval.ignore`"


@pytest.fixture
def on_stage(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        yield made


def in_another_second() -> None:
    """Come back in another one: `plantimestamp()` tells whole seconds, and a run can take less."""
    begun = int(time.time())
    while int(time.time()) == begun:
        time.sleep(0.02)


def planned(on_stage: Stage, branch: str, files: dict[str, str]) -> int:
    number = on_stage.pull_request(files, branch=branch)
    run = on_stage.plan(number)
    assert run.code == 0, run.stdout + run.stderr
    if NOISY in files.values():
        in_another_second()
    return number


def applied(on_stage: Stage, branch: str, files: dict[str, str]) -> None:
    run = on_stage.merge(planned(on_stage, branch, files))
    assert run.outputs["result"] == "applied", run.stdout + run.stderr + run.summary


def test_a_plan_that_differs_by_its_time_is_blocked_and_the_pattern_is_named(on_stage: Stage) -> None:
    applied(on_stage, "one", {"infra/network.tf": NETWORK})
    number = planned(on_stage, "two", {"infra/network.tf": NOISY})
    run = on_stage.merge(number)
    assert (run.code, run.outputs["result"]) == (1, "blocked")
    lines = on_stage.comments(number)[-1].splitlines()
    at = lines.index("- `terraform_data.network` · update · `input.at`")
    assert lines[at + 1 : at + 3] == [
        f"  #{number} approved this with another value.",
        "  Likely noise: it holds the time of this plan, as `plantimestamp()` gives. "
        f"To declare it: {NOTED}.",
    ]


def test_a_new_object_names_the_attribute_that_differs(on_stage: Stage) -> None:
    applied(on_stage, "one", {"infra/other.tf": NETWORK.replace("network", "other")})
    number = planned(on_stage, "two", {"infra/network.tf": NOISY})
    assert on_stage.merge(number).outputs["result"] == "blocked"
    comment = on_stage.comments(number)[-1]
    assert f"  #{number} approved this with other values of `input`.\n" in comment
    assert NOTED in comment


def test_declared_noise_is_applied_and_the_environment_converges(on_stage: Stage) -> None:
    applied(on_stage, "one", {"infra/network.tf": NETWORK, ".gitops-bot.yml": DECLARED})
    applied(on_stage, "two", {"infra/network.tf": NOISY})
    assert on_stage.applies()[0] == ("success", "1 done, 0 failed, 0 not started; converged: yes")


def test_where_only_declared_noise_is_left_a_push_needs_no_approval(on_stage: Stage) -> None:
    applied(on_stage, "one", {"infra/network.tf": NETWORK, ".gitops-bot.yml": DECLARED})
    applied(on_stage, "two", {"infra/network.tf": NOISY})
    in_another_second()
    on_stage.hub.commit("devops", {"README.md": "Hello\n"}, "Straight in")
    run = on_stage.deliver(on_stage.next_event("push"))
    assert run.outputs["result"] == "applied", run.stdout + run.stderr + run.summary
    assert on_stage.applies()[0] == ("success", "1 done, 0 failed, 0 not started; converged: yes")


def test_a_new_object_with_declared_noise_is_applied(on_stage: Stage) -> None:
    applied(on_stage, "one", {"infra/other.tf": NETWORK.replace("network", "other"),
                              ".gitops-bot.yml": DECLARED})  # fmt: skip
    applied(on_stage, "two", {"infra/network.tf": NOISY})
    assert on_stage.applies()[0] == ("success", "1 done, 0 failed, 0 not started; converged: yes")


def test_a_merge_gains_nothing_by_a_pattern_that_it_adds_itself(on_stage: Stage) -> None:
    applied(on_stage, "one", {"infra/network.tf": NETWORK})
    number = planned(on_stage, "two", {"infra/network.tf": NOISY, ".gitops-bot.yml": DECLARED})
    run = on_stage.merge(number)
    assert (run.code, run.outputs["result"]) == (1, "blocked")
    assert NOTED in on_stage.comments(number)[-1]
