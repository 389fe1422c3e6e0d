"""The templates' Python modules are up to date, and where they do not fit the sources are used."""

from __future__ import annotations

import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from gitops_bot.render.template_loader import FOLDER, version_of_jinja2
from gitops_bot.render.templates import engines
from tests.kit.compiled_templates import expected_files, present_files

GOLDEN = Path(__file__).parents[1] / "golden" / "mixed"
PROGRAM = """
import sys
import jinja2
jinja2.__version__ = sys.argv.pop(1)
from gitops_bot.cli import main
try:
    main()
finally:
    found = sorted(name.rpartition(".")[2] for name in sys.modules if "render.compiled." in name)
    print(found, file=sys.stderr)
"""


def rendered(jinja2_version: str, form: str) -> tuple[str, str]:
    """A golden plan rendered where that version of jinja2 is said to be installed; the modules it took."""
    arguments = ["render", "plan.json", "--text", "plan.txt", "--format", form]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, jinja2_version, *arguments],
        cwd=GOLDEN, capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    return done.stdout, done.stderr.splitlines()[-1]


def test_what_make_templates_writes_is_in_the_repository() -> None:
    """When this fails, run `make templates`: a template was changed, or the engines, or jinja2."""
    expected, present = expected_files(), present_files()
    files = expected.keys() | present.keys()
    stale = sorted(file.name for file in files if expected.get(file) != present.get(file))
    assert [] == stale, "run `make templates`"


@pytest.mark.parametrize(
    ("form", "modules"),
    [
        ("html", ["html_page_css", "html_page_html_j2", "html_page_js", "html_words_md_j2"]),
        ("markdown", [f"markdown_{name}_md_j2" for name in ("comment", "footer", "section", "words")]),
    ],
)
def test_another_jinja2_compiles_the_sources_and_renders_the_same(form: str, modules: list[str]) -> None:
    by_modules, taken = rendered(version_of_jinja2(), form)
    assert (by_modules, "[]") == rendered("0.0", form)
    assert str(modules) == taken


def test_a_template_without_a_module_is_compiled_from_its_source() -> None:
    engine = engines(version_of_jinja2())["html"]
    template = engine.get_template("verdict.md.j2")
    assert str(FOLDER / "verdict.md.j2") == template.root_render_func.__code__.co_filename


def test_a_name_of_no_template_is_not_found() -> None:
    engine = engines(version_of_jinja2())["markdown"]
    with pytest.raises(TemplateNotFound):
        engine.get_template("../templates.py")


@pytest.mark.parametrize("version", [version_of_jinja2(), "0.0"])
def test_a_traceback_names_the_line_of_the_template(version: str) -> None:
    with pytest.raises(UndefinedError) as raised:
        engines(version)["markdown"].get_template("caller.yml.j2").render()
    last = traceback.extract_tb(raised.value.__traceback__)[-1]
    file = FOLDER / "caller.yml.j2"
    line = file.read_text().splitlines().index("    branches: {{ branches }}") + 1
    assert (str(file), line) == (last.filename, last.lineno)
