"""docs/reference says what the code, action.yml and the workflow say."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from gitops_bot.cli import cli
from gitops_bot.core.errors import ExitCode
from gitops_bot.core.events import Command
from gitops_bot.core.topics import Topic
from tests.kit.reference import ROOT, action, expected_files, workflow

REFERENCE = ROOT / "docs" / "reference"
COMMANDS = cli.commands


def _page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def _sections(page: str) -> dict[str, str]:
    return dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE))


@pytest.mark.parametrize("path", expected_files(), ids=lambda path: path.name)
def test_what_make_reference_writes_is_in_the_repository(path: Path) -> None:
    """When this fails, run `make reference`."""
    assert expected_files()[path] == path.read_text(encoding="utf-8")


def test_every_command_has_a_section_with_its_arguments() -> None:
    expected = [
        f"`gitops-bot {' '.join((name, *_arguments(command)))}`" for name, command in COMMANDS.items()
    ]
    headings = [heading for heading in _sections(_page("commands.md")) if heading.startswith("`gitops-bot ")]
    found = [heading for heading in headings if heading != "`gitops-bot --version`"]
    assert sorted(expected) == sorted(found)


def _arguments(command: click.Command) -> list[str]:
    return [p.make_metavar(click.Context(command)) for p in command.params if isinstance(p, click.Argument)]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_stands_in_its_section_with_its_values_and_variable(name: str) -> None:
    body = next(b for h, b in _sections(_page("commands.md")).items() if h.startswith(f"`gitops-bot {name}"))
    rows = re.findall(r"^\| `(--.+?)` \| `(\w+)` \| .+ \|$", body, re.MULTILINE)
    assert _options(name, COMMANDS[name]) == [
        (option.replace("\\|", "|"), variable) for option, variable in rows
    ]


def _options(name: str, command: click.Command) -> list[tuple[str, str]]:
    found = []
    for option in command.params:
        if isinstance(option, click.Option):
            values = "|".join(option.type.choices) if isinstance(option.type, click.Choice) else "N"
            shown = "" if option.is_flag else f" {option.metavar or values}"
            variable = f"GITOPS_BOT_{name}_{option.opts[0].lstrip('-')}".upper().replace("-", "_")
            assert option.envvar in (None, variable)
            found.append((f"{option.opts[0]}{shown}", variable))
    return found


def test_every_command_of_a_dispatch_stands_where_commands_are_listed() -> None:
    table = re.findall(
        r"^\| `([a-z]+)` \|", _sections(_page("commands.md"))["Commands of the workflow"], re.MULTILINE
    )
    inputs = (action()["inputs"]["command"], workflow()[True]["workflow_call"]["inputs"]["command"])
    listed = [re.findall(r"[a-z]+", re.findall(r"\((.+)\)", entry["description"])[0]) for entry in inputs]
    assert [sorted(Command)] * 3 == [sorted(words) for words in (table, *listed)]


def test_every_topic_of_doctor_has_a_section() -> None:
    assert list(Topic) == list(_sections(_page("doctor.md")))


def test_every_exit_code_stands_in_its_reference() -> None:
    rows = re.findall(r"^\| (\d+) \|", _page("exit-codes.md"), re.MULTILINE)
    assert [str(code.value) for code in ExitCode] == rows


def test_the_permissions_of_the_reference_are_those_of_the_workflow() -> None:
    section = _sections(_page("action.md"))["What each job may do"]
    rows = [re.split(r" \| ", row) for row in re.findall(r"^\| (.+) \|$", section, re.MULTILINE)]
    titles = next(row for row in rows if row[0] == "job")[2:]
    stated = {row[0].strip("`"): dict(zip(titles, row[2:], strict=True)) for row in rows if len(row) == 8}
    jobs = workflow()["jobs"]
    real = {name: {t: job["permissions"].get(t, "none") for t in titles} for name, job in jobs.items()}
    assert {"job": dict(zip(titles, titles, strict=True)), **real} == stated
    assert {t for job in jobs.values() for t in job["permissions"]} == set(titles)
