"""OpenTofu in Terraform's place: no real one can be had here, so its words are put into terraform's mouth."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from gitops_bot.adapters.terraform.plan_output import plan_text
from gitops_bot.adapters.terraform.runner import TerraformBinary
from gitops_bot.commands.project_plans import approval_of, plan_projects
from gitops_bot.core.aws import Phase
from gitops_bot.core.coverage import cover
from gitops_bot.core.environments import Environment, Project, Settings
from gitops_bot.core.errors import BadInput
from gitops_bot.core.plan import read_plan
from gitops_bot.core.report import Severity
from gitops_bot.ports import PlanMade
from gitops_bot.render.plan_text import cut
from tests.kit.fake_cloud import FakeCloudSession
from tests.kit.fake_tofu import tofu_path
from tests.kit.needs import needs_program
from tests.kit.terraform_bench import ONE, SETTINGS, Bench

TOFU = replace(SETTINGS, binary="tofu")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path)
    made.environ["PATH"] = tofu_path(tmp_path / "bin")
    made.runner = TerraformBinary(TOFU, made.environ, FakeCloudSession())
    return made


def test_a_change_is_planned_cut_and_applied_with_tofu(bench: Bench) -> None:
    bench.write(ONE)
    made = bench.made()
    plan = read_plan(made.document)
    text = cut(made.text, plan)
    assert made.text.startswith("OpenTofu used the selected providers to generate the following execution")
    assert (text.reliable, [part.split("\n")[0] for part in text.resources]) == (
        True,
        ["  # terraform_data.one will be created"],
    )
    assert bench.apply(made).succeeded
    assert bench.made().text.startswith("No changes. Your infrastructure matches the configuration.")
    assert bench.said[:4] == ["tofu init", "tofu plan", "tofu show", "tofu apply"]


def test_a_plan_that_ended_half_way_begins_at_its_own_words() -> None:
    words = (
        "OpenTofu planned the following actions, but then encountered a problem:\n\n  # a.b will be created\n"
    )
    assert plan_text("Acquiring state lock. This may take a few moments...\n\n" + words) == words


def test_the_version_names_the_program(bench: Bench) -> None:
    terraform = TerraformBinary(SETTINGS, {"PATH": os.environ["PATH"]}, FakeCloudSession())
    assert bench.runner.version() == f"OpenTofu {terraform.version()}"


def test_an_approval_of_a_tofu_plan_is_none_for_a_terraform_plan_and_the_other_way_round(
    bench: Bench, tmp_path: Path
) -> None:
    bench.write(ONE)
    settings = Settings((Environment("dev", "dev"),), (Project("one", "project"),))
    terraform = TerraformBinary(SETTINGS, bench.environ, FakeCloudSession())

    def planned(runner: TerraformBinary):  # type: ignore[no-untyped-def]
        return plan_projects(
            settings, settings.environments[0], tmp_path, runner, tmp_path, print, phase=Phase.PLAN
        )

    by_tofu, by_terraform = planned(bench.runner), planned(terraform)
    version = terraform.version()
    for fresh_of, approved_of, missing in (
        (by_tofu, by_tofu, ()),
        (by_terraform, by_terraform, ()),
        (by_terraform, by_tofu, (f"OpenTofu {version}",)),
        (by_tofu, by_terraform, (version,)),
    ):
        approval = approval_of("dev", "c0ffee", approved_of)
        (item,) = fresh_of
        assert approval is not None
        coverage = cover(item.fresh(item.made, item.plan), approval.projects)
        assert (coverage.terraform_versions, coverage.complete) == (missing, not missing)


def test_our_own_words_name_tofu(bench: Bench, tmp_path: Path) -> None:
    script = 'if [ "$1" = version ]; then echo OpenTofu v1.9.0; else exit 3; fi'
    (tmp_path / "bin" / "tofu").write_text(f"#!/bin/sh\n{script}\n")
    assert [(d.severity, d.summary) for d in bench.errored().diagnostics] == [
        (Severity.ERROR, "tofu init ended with exit code 3")
    ]


def refused(path: Path, **environ: str) -> str:
    with pytest.raises(BadInput) as caught:
        TerraformBinary(TOFU, {"PATH": str(path), **environ}, FakeCloudSession()).version()
    return str(caught.value)


def test_a_missing_tofu_says_what_to_install(tmp_path: Path) -> None:
    assert refused(tmp_path) == (
        "The terraform binary 'tofu' was not found. "
        "Install OpenTofu 1.6 or newer (in a workflow: opentofu/setup-opentofu before this step)."
    )


def test_the_set_up_actions_wrapper_is_passed_over(tmp_path: Path) -> None:
    for name, word in (("tofu", "wrapped"), ("tofu-bin", "OpenTofu v1.10.2")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {word}\n")
        (tmp_path / name).chmod(0o755)
    assert TerraformBinary(TOFU, {"PATH": str(tmp_path)}, FakeCloudSession()).version() == "OpenTofu 1.10.2"


def test_a_terraform_that_is_really_tofu_is_known_by_what_it_says(bench: Bench, tmp_path: Path) -> None:
    needs_program("terraform")
    (tmp_path / "bin" / "terraform").symlink_to("tofu")
    runner = TerraformBinary(SETTINGS, bench.environ, FakeCloudSession())
    bench.write(ONE)
    made = runner.plan(bench.run, bench.plan_file, bench.said.append)
    assert isinstance(made, PlanMade)
    assert (made.program, runner.version().startswith("OpenTofu ")) == ("OpenTofu", True)
