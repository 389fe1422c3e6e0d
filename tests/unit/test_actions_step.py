"""The step's log, outputs, summary and masks."""

from __future__ import annotations

import io
import re
import stat
from pathlib import Path

import pytest

from gitops_bot.adapters.actions import SUMMARY_LIMIT, ActionsStep, file_keeper
from gitops_bot.core.errors import BadInput

ACTIONS = {"GITHUB_ACTIONS": "true"}


def _logged(text: str, environ: dict[str, str]) -> str:
    stdout = io.StringIO()
    ActionsStep(environ, stdout).log(text)
    return stdout.getvalue()


@pytest.mark.parametrize(
    "text", ["a\n::error::b", "  ::add-mask::x", "##[error]x", "a\r::set-output name=x::y"]
)
def test_text_that_could_hold_commands_is_fenced(text: str) -> None:
    first, *inside, last = _logged(text, ACTIONS).splitlines()
    fence = re.fullmatch(r"::stop-commands::([0-9a-f]{32})", first)
    assert fence is not None
    assert f"::{fence[1]}::" == last
    assert text.replace("\r", "\n").splitlines() == inside


def test_every_fence_is_another_one() -> None:
    assert _logged("::error::x", ACTIONS).splitlines()[0] != _logged("::error::x", ACTIONS).splitlines()[0]


@pytest.mark.parametrize(("text", "environ"), [("plain\nlines", ACTIONS), ("::error::x", {})])
def test_harmless_text_and_a_persons_terminal_get_no_fence(text: str, environ: dict[str, str]) -> None:
    assert f"{text}\n" == _logged(text, environ)


def test_characters_the_terminal_cannot_show_are_replaced() -> None:
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii") as stdout:
        ActionsStep({}, stdout).log("Grüße \ud800")
        assert raw.getvalue() == b"Gr??e ?\n"


def test_outputs_are_written_between_random_delimiters(tmp_path: Path) -> None:
    file = tmp_path / "output"
    step = ActionsStep({"GITHUB_OUTPUT": str(file)}, io.StringIO())
    step.output("result", "planned")
    step.output("summary", "a\nEOF\nresult=forged")
    pattern = r"result<<(\w{43})\nplanned\n\1\nsummary<<(\w{43})\na\nEOF\nresult=forged\n\2\n"
    found = re.fullmatch(pattern, file.read_text())
    assert found is not None
    assert found[1] != found[2]


def test_the_summary_is_appended(tmp_path: Path) -> None:
    file = tmp_path / "summary"
    step = ActionsStep({"GITHUB_STEP_SUMMARY": str(file)}, io.StringIO())
    step.summary("# one")
    step.summary("# two\n")
    assert file.read_text() == "# one\n# two\n"


def test_the_summary_stays_below_githubs_limit_with_what_is_there_already(tmp_path: Path) -> None:
    file = tmp_path / "summary"
    file.write_text("x" * 500_000)
    step = ActionsStep({"GITHUB_STEP_SUMMARY": str(file)}, io.StringIO())
    step.summary("äöü\n" * 200_000)
    text = file.read_bytes()
    assert SUMMARY_LIMIT >= len(text) > SUMMARY_LIMIT - 100
    assert (
        (text.decode().splitlines()[-1])
        == "_The summary was shortened: it would have been larger than GitHub accepts._"
    )
    step.summary("more\n" * 10)
    assert file.stat().st_size <= SUMMARY_LIMIT


def test_masks_name_every_line_and_only_in_actions() -> None:
    stdout = io.StringIO()
    ActionsStep(ACTIONS, stdout).mask("100%\n\nsecond\nsecond")
    ActionsStep({}, stdout).mask("unseen")
    assert stdout.getvalue() == "::add-mask::100%25\n::add-mask::second\n"


def test_without_files_nothing_is_written() -> None:
    stdout = io.StringIO()
    step = ActionsStep({}, stdout)
    step.output("result", "planned")
    step.summary("# one")
    assert stdout.getvalue() == ""


def test_a_file_that_cannot_be_written_is_named_by_its_variable(tmp_path: Path) -> None:
    step = ActionsStep(
        {"GITHUB_OUTPUT": str(tmp_path), "GITHUB_STEP_SUMMARY": str(tmp_path / "no/no")}, io.StringIO()
    )
    with pytest.raises(BadInput, match="GITHUB_OUTPUT"):
        step.output("result", "planned")
    with pytest.raises(BadInput, match="GITHUB_STEP_SUMMARY"):
        step.summary("x")


def test_files_are_kept_in_one_folder_that_nobody_else_can_read(tmp_path: Path) -> None:
    keep = file_keeper({"RUNNER_TEMP": str(tmp_path)})
    outcome, report = Path(keep("outcome.json", "{}")), Path(keep("report.html", "<p>\ud800</p>"))
    assert (outcome.read_text(), report.read_text(), outcome.parent) == ("{}", "<p>?</p>", report.parent)
    assert [0o600, 0o600, 0o700] == [stat.S_IMODE(p.stat().st_mode) for p in (outcome, report, report.parent)]


def test_without_a_place_for_them_no_file_is_kept(tmp_path: Path) -> None:
    kept = [file_keeper(e)("a", "b") for e in ({}, {"RUNNER_TEMP": ""}, {"RUNNER_TEMP": str(tmp_path / "x")})]
    assert ["", "", ""] == kept
