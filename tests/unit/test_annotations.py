"""What a reviewer meets at the lines of the files: errors, warnings, and what would be lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_bot.commands.annotations import annotate, find_places
from gitops_bot.core.blocks import Block
from gitops_bot.core.errors import GitopsBotError, RunFailed
from gitops_bot.core.plan import ResourceChange
from gitops_bot.core.report import (
    Applied,
    Diagnostic,
    NoChanges,
    PlanFailed,
    Planned,
    ProjectReport,
    Report,
    RunStatus,
    Severity,
)
from gitops_bot.ports import Annotation, AnnotationLevel, BodyTooLong, CheckRun, Conclusion
from gitops_bot.render.annotations import MAX_ANNOTATIONS, Place, render_annotations
from gitops_bot.render.redact import Redactor
from tests.kit.fake_code_host import FakeCodeHost
from tests.kit.fake_work_tree import FakeWorkTree
from tests.kit.plans import CREATE, DELETE, DESTROY_FIRST, UPDATE, plan, resource

HEAD = "a" * 40
WEB = Block("infra", "terraform_data", "web")
AT = {WEB: Place("infra/main.tf", 7)}
FAILURE, WARNING = AnnotationLevel.FAILURE, AnnotationLevel.WARNING


def failed(*diagnostics: Diagnostic) -> Report:
    project = ProjectReport("stack", "infra", PlanFailed("plan", diagnostics))
    return Report("dev", RunStatus.FAILED, (project,), commit=HEAD)


def planned(*changes: ResourceChange, **members: object) -> Report:
    project = ProjectReport("stack", "infra", Planned(plan(*changes)))
    return replace(Report("dev", RunStatus.PLANNED, (project,), commit=HEAD), **members)


def error(file: str = "infra/main.tf", line: int = 3, **members: object) -> Diagnostic:
    diagnostic = Diagnostic(Severity.ERROR, "No such variable", "It is not declared.", file, line)
    return replace(diagnostic, **members)


def rendered(report: Report, redactor: Redactor | None = None) -> tuple[Annotation, ...]:
    return render_annotations(report, AT, redactor or Redactor())


# --- errors and warnings ---


def test_an_error_stands_at_its_line_and_a_warning_behind_it() -> None:
    warning = error(line=9, severity=Severity.WARNING, summary="Old", detail="", address="terraform_data.a")
    assert rendered(failed(warning, error())) == (
        Annotation("infra/main.tf", 3, 3, FAILURE, "No such variable", "It is not declared."),
        Annotation("infra/main.tf", 9, 9, WARNING, "Old", "Old\n\nwith terraform_data.a"),
    )


def test_the_warnings_of_a_plan_and_the_errors_of_an_apply_have_annotations_too() -> None:
    applied = Applied((), (error(line=1),), succeeded=False)
    warning = error(line=2, severity=Severity.WARNING)
    project = ProjectReport("stack", "infra", NoChanges(plan()), applied, warnings=(warning,))
    found = rendered(Report("dev", RunStatus.FAILED, (project,)))
    assert [(1, FAILURE), (2, WARNING)] == [(a.start_line, a.level) for a in found]


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("infra/main.tf", "infra/main.tf"),
        ("infra/../modules/m/main.tf", "modules/m/main.tf"),
        ("./main.tf", "main.tf"),
        ("", None),
        ("/etc/passwd", None),
        ("../other/main.tf", None),
        ("infra/../../main.tf", None),
        ("infra/.terraform/modules/m/main.tf", None),
        ("infra/<value for var.size>", None),
        ("infra/ma\nin.tf", None),
        ("infra/\u202emain.tf", None),
    ],
)
def test_only_a_file_of_the_repository_is_annotated(file: str, path: str | None) -> None:
    expected = [] if path is None else [path]
    assert expected == [a.path for a in rendered(failed(error(file)))]


def test_an_error_without_a_line_stands_at_the_first() -> None:
    assert [1] == [a.start_line for a in rendered(failed(error(line=0)))]


def test_the_same_error_twice_is_one_annotation() -> None:
    assert len(rendered(failed(error(), error()))) == 1


def test_a_secret_is_hidden_in_title_and_message_and_in_a_path_it_hides_the_annotation() -> None:
    redactor = Redactor((), ["hunter22"])
    said = error(summary="Bad hunter22", detail="It is hunter22", address="terraform_data.a")
    (found,) = rendered(failed(said, error("infra/hunter22.tf")), redactor)
    assert ("Bad (redacted)", "It is (redacted)\n\nwith terraform_data.a") == (found.title, found.message)


def test_a_sensitive_value_of_the_plan_is_hidden_without_being_told() -> None:
    web = resource("web", UPDATE, before={"input": "s3cretvalue"}, before_sensitive={"input": True})
    warning = error(severity=Severity.WARNING, detail="It was s3cretvalue.")
    project = ProjectReport("stack", "infra", Planned(plan(web)), warnings=(warning,))
    (found,) = rendered(Report("dev", RunStatus.PLANNED, (project,)))
    assert found.message == "It was (redacted)."


def test_what_is_invisible_is_shown() -> None:
    (found,) = rendered(failed(error(summary="a\u202eb\nc", detail="\x1b[31mred\x00\ud800")))
    assert (found.title, found.message) == ("a⟨U+202E⟩b ↵ c", "␛[31mred␀⟨U+D800⟩")


@given(st.text(), st.text(), st.text(), st.integers(-9, 9))
def test_whatever_terraform_says_github_takes_the_annotation(
    summary: str, detail: str, file: str, line: int
) -> None:
    for found in rendered(failed(error(file, line, summary=summary * 50, detail=detail * 1000))):
        assert len(found.title) <= 255
        assert 0 < len(found.message.encode()) <= 64 * 1024
        assert found.start_line == found.end_line >= 1
        assert found.path.isprintable()
        assert not found.path.startswith(("/", "../"))


# --- what would be lost ---


def test_a_replaced_resource_stands_at_its_block_with_what_forces_it() -> None:
    web = resource("web", DESTROY_FIRST, replace_paths=(("triggers_replace", 0, "a"), ("input",)))
    expected = Annotation(
        "infra/main.tf",
        7,
        7,
        WARNING,
        "Replaces terraform_data.web",
        "terraform_data.web: delete and create because of triggers_replace[0].a, input",
    )
    assert rendered(planned(web)) == (expected,)


def test_all_instances_of_a_block_are_one_annotation() -> None:
    instances = [resource("web", DELETE, address=f"terraform_data.web[{n}]") for n in range(25)]
    instances[0] = replace(instances[0], actions=DESTROY_FIRST, action_reason="replace_because_tainted")
    instances[1] = replace(instances[1], deposed="0a1b2c3d")
    (found,) = rendered(planned(*instances))
    lines = found.message.split("\n")
    assert found.title == "Destroys or replaces 25 of terraform_data.web"
    assert lines[:3] == [
        "terraform_data.web[0]: delete and create because it is tainted",
        "terraform_data.web[1]: delete of the deposed object 0a1b2c3d",
        "terraform_data.web[2]: delete",
    ]
    assert lines[20:] == ["and 5 more"]


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"protect": ("terraform_data.web",)}, "It is protected in this environment"),
        ({"stateful": ("terraform_data",)}, "Resources of this type hold data"),
    ],
)
def test_the_loss_of_what_must_not_be_lost_is_marked_stronger(members: dict[str, object], said: str) -> None:
    (found,) = rendered(planned(resource("web", DELETE), **members))
    assert found.level is FAILURE
    assert said in found.message


@pytest.mark.parametrize("actions", [CREATE, UPDATE, ("read",), ("forget",), ("no-op",)])
def test_what_loses_nothing_has_no_annotation(actions: tuple[str, ...]) -> None:
    assert rendered(planned(resource("web", actions))) == ()


def test_a_loss_without_a_block_has_no_annotation() -> None:
    assert rendered(planned(resource("other", DELETE))) == ()


def test_with_several_projects_a_loss_names_its_own() -> None:
    report = planned(resource("web", DELETE))
    other = ProjectReport("other", "elsewhere", NoChanges(plan()))
    (found,) = rendered(replace(report, projects=(*report.projects, other)))
    assert found.title == "Destroys terraform_data.web in stack"


def test_the_most_dangerous_come_first_and_the_last_one_counts_what_is_left_out() -> None:
    names = [f"n{number:03}" for number in range(MAX_ANNOTATIONS + 10)]
    changes = [resource(name, DESTROY_FIRST if name == "n000" else DELETE) for name in names]
    places = {Block("infra", "terraform_data", name): Place("infra/main.tf", 1) for name in names}
    report = planned(*changes, protect=("terraform_data.n209",))
    found = render_annotations(report, places, Redactor())
    assert len(found) == MAX_ANNOTATIONS
    assert found[0].title == "Destroys terraform_data.n209"
    assert "Replaces terraform_data.n000" not in [a.title for a in found]
    assert found[-1].message.endswith("\n\n10 more are not annotated; the comment has them.")


# --- where the blocks stand ---

TEXT = 'resource "terraform_data" "web" {\n}\n'


def tree(**files: str) -> FakeWorkTree:
    paths = {(HEAD, path.replace("__", "/").replace("_tf", ".tf")): text for path, text in files.items()}
    return FakeWorkTree(history={HEAD: ()}, files=paths)


def test_a_block_is_found_at_the_reports_commit_in_the_files_of_its_folder_alone() -> None:
    files = tree(
        infra__a_tf="# nothing\n",
        infra__b_tf="\n" + TEXT,
        infra__c_tf=TEXT,
        infra__x__a_tf=TEXT,
        main_tf=TEXT,
    )
    assert {WEB: Place("infra/b.tf", 2)} == find_places(planned(resource("web", DELETE)), files)


def test_an_override_file_is_not_where_a_block_stands() -> None:
    files = tree(infra__a_override_tf=TEXT, infra__override_tf=TEXT, infra__main_tf="\n" + TEXT)
    assert {WEB: Place("infra/main.tf", 2)} == find_places(planned(resource("web", DELETE)), files)


def test_a_file_that_terraform_passes_over_is_not_where_a_block_stands() -> None:
    files = FakeWorkTree(history={HEAD: ()}, files={(HEAD, "infra/.x.tf"): TEXT})
    assert {} == find_places(planned(resource("web", DELETE)), files)


def test_no_place_is_found_in_a_commit_that_is_not_there_or_for_what_is_taken_away() -> None:
    report = planned(resource("web", DELETE))
    assert {} == find_places(replace(report, commit="b" * 40), tree(infra__main_tf=TEXT))
    assert {} == find_places(report, tree(infra__main_tf=TEXT.replace("web", "db")))


def test_too_much_text_is_not_looked_through() -> None:
    files = tree(infra__a_tf="#" * (8 * 1024 * 1024), infra__b_tf=TEXT)
    assert {} == find_places(planned(resource("web", DELETE)), files)


# --- written ---


def written(host: FakeCodeHost, report: Report, log: list[str], work: FakeWorkTree | None = None) -> None:
    check = host.write_check_run(CheckRun("plan", HEAD, Conclusion.SUCCESS, "t", "s"))
    annotate(host, check, report, Redactor((), ["hunter22"]), log.append, work)


def test_a_check_run_gets_its_annotations_in_one_call() -> None:
    host, log = FakeCodeHost(), list[str]()
    written(host, planned(resource("web", DELETE)), log, tree(infra__main_tf=TEXT))
    assert ["Destroys terraform_data.web"] == [a.title for a in host.annotations[1]]
    assert log == []


def test_where_there_is_nothing_to_annotate_nothing_is_asked_for() -> None:
    host, log = FakeCodeHost(), list[str]()
    written(host, planned(resource("web", CREATE)), log, tree())
    written(host, planned(resource("web", DELETE)), log)
    assert host.called() == ["write_check_run"] * 2


@pytest.mark.parametrize("fault", [RunFailed("no hunter22"), BodyTooLong("too long")])
def test_annotations_that_are_refused_are_a_line_in_the_log(fault: GitopsBotError | BodyTooLong) -> None:
    host, log = FakeCodeHost(), list[str]()
    host.fail_on(1, fault)
    written(host, failed(error()), log)
    (line,) = log
    assert line.startswith("The check run got no annotations: ")
    assert "hunter22" not in line
