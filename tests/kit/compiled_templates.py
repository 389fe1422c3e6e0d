"""The Python modules that jinja2 makes of the templates, in render/compiled: `make templates` writes them.

A test fails when they are stale.
"""

from __future__ import annotations

from pathlib import Path

from gitops_bot.render.template_loader import FOLDER, module_name, version_of_jinja2
from gitops_bot.render.templates import engines

COMPILED = FOLDER.with_name("compiled")
_PAGE = ("page.css", "page.html.j2", "page.js")
_IN_BOTH = ("words.md.j2",)


def expected_files() -> dict[Path, str]:
    """Every file of render/compiled, and the text it must have."""
    version = version_of_jinja2()
    names = sorted(file.name for file in FOLDER.iterdir())
    templates = {"html": (*_PAGE, *_IN_BOTH), "markdown": tuple(name for name in names if name not in _PAGE)}
    index = [
        '"""The templates as Python. Made from render/templates by `make templates`, as all files here."""\n',
        f'JINJA2 = "{version}"',
        '"""The version of jinja2 that made the modules, and that can run them."""\n',
        "TEMPLATES = {",
        *(f'    "{name}": {found},' for name, found in templates.items()),
        "}",
        '"""The names of the templates by engine."""',
    ]
    files = {COMPILED / "__init__.py": "\n".join([*index, ""])}
    for engine_name, engine in engines(version).items():
        for name in templates[engine_name]:
            source = (FOLDER / name).read_text(encoding="utf-8")
            code = engine.compile(source, name, raw=True, defer_init=True)
            # In the first line, since the code holds the numbers of its own lines.
            note = f"  # made from render/templates/{name} by `make templates`\n"
            files[COMPILED / f"{module_name(engine_name, name)}.py"] = code.replace("\n", note, 1) + "\n"
    return files


def present_files() -> dict[Path, str]:
    """Every Python file of render/compiled, and its text."""
    return {file: file.read_text(encoding="utf-8") for file in COMPILED.glob("*.py")}


if __name__ == "__main__":
    expected = expected_files()
    for file in present_files().keys() - expected.keys():
        file.unlink()
    for file, text in expected.items():
        file.write_text(text, encoding="utf-8")
