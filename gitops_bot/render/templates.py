"""The template engine: jinja2 with filters that redact and escape, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gitops_bot.render import markdown

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.runtime import Context

_URL = re.compile(r"https?://[0-9A-Za-z.:/_\-%?=&\[\]@#,+~]{1,400}")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context

    engine = Environment(
        loader=PackageLoader("gitops_bot.render"),
        autoescape=False,
        auto_reload=False,  # what was read before a plan ran its code stays as it is
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )

    def escaping(escape: Callable[[str], str]) -> Callable[[Context, str], str]:
        @pass_context
        def filtered(context: Context, text: str) -> str:
            return escape(markdown.clip(context["redactor"](text), context["chars"]))

        return filtered

    @pass_context
    def fence(context: Context, text: str, lang: str = "") -> str:
        return markdown.fence(markdown.clip(context["redactor"](text), context["chars"] * 4), lang)

    @pass_context
    def take(context: Context, items: Sequence[object]) -> Sequence[object]:
        return items[: context["rows"]]

    engine.filters["pr_number"] = lambda number: f"#{number:d}"
    engine.filters["is_url"] = lambda text: _URL.fullmatch(text) is not None
    engine.filters["inline"] = escaping(markdown.inline)
    engine.filters["code"] = escaping(markdown.code)
    engine.filters["html_code"] = escaping(markdown.html_code)
    engine.filters["fence"] = fence
    engine.filters["take"] = take
    return engine


def render_template(name: str, values: dict[str, Any]) -> str:
    """Render templates/`name`.md.j2. `values` hold `redactor`, `rows` and `chars` for the filters."""
    return _environment().get_template(f"{name}.md.j2").render(values)


def warm_up() -> None:
    """Load the engine and compile the templates, which takes about 0.2 s: for while Terraform works."""
    engine = _environment()
    for name in engine.list_templates():
        engine.get_template(name)
