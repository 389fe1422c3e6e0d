"""Templates as the Python modules in render/compiled, which `make templates` writes (ADR 0023)."""

from __future__ import annotations

from collections.abc import MutableMapping
from importlib import import_module
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import Environment, FileSystemLoader, Template

from gitops_bot.render import compiled

FOLDER = Path(__file__).with_name("templates")


class CompiledLoader(FileSystemLoader):
    """Loads the templates of one engine, which is a name in `compiled.TEMPLATES`.

    Their modules are taken only with the version of jinja2 that made them. With another, and for a template
    that has no module yet, the source is compiled when it is loaded.
    """

    def __init__(self, engine: str, jinja2_version: str) -> None:
        super().__init__(FOLDER)
        self.engine = engine
        self.compiled = compiled.TEMPLATES[engine] if jinja2_version == compiled.JINJA2 else ()

    def load(
        self, environment: Environment, name: str, globals: MutableMapping[str, Any] | None = None
    ) -> Template:
        """The template named `name`. Raises jinja2's `TemplateNotFound`."""
        if name not in self.compiled:
            return super().load(environment, name, globals)
        module = import_module(f"{compiled.__name__}.{module_name(self.engine, name)}")
        found = environment.template_class.from_module_dict(environment, vars(module), globals or {})
        found.filename = str(FOLDER / name)  # what a traceback names, with the lines of the template
        return found


def module_name(engine: str, template: str) -> str:
    """The name of a template's module in `compiled`."""
    return f"{engine}_{template.replace('.', '_')}"


def version_of_jinja2() -> str:
    """The version of the jinja2 that is installed."""
    found = vars(jinja2).get("__version__")
    if found is None:  # its authors remove that name from their packages; this way costs more
        from importlib.metadata import version

        found = version("jinja2")
    return str(found)
