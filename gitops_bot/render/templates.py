"""The template engines: jinja2 with filters that redact and escape, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gitops_bot.core.times import in_units, read_time, shown
from gitops_bot.render import html_text, markdown
from gitops_bot.render.guide import reason_page, way_on

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment
    from jinja2.runtime import Context

_SECONDS = re.compile(r"[0-9]{1,9}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{5,8}(?:Z|[+-][0-9]{2}:[0-9]{2})")
_URL = re.compile(r"https?://[0-9A-Za-z.:/_\-%?=&\[\]@#,+~]{1,400}")


def _moment(text: str, seconds_before: str = "") -> str:
    """A time in ISO 8601 for readers, or so many seconds before it; "" for any other text."""
    time = read_time(text) if _TIME.fullmatch(text) else None
    earlier = timedelta(seconds=int(seconds_before) if _SECONDS.fullmatch(seconds_before) else 0)
    try:
        return shown(time - earlier) if time is not None else ""
    except OverflowError:
        return ""


def _period(text: str) -> str:
    """Seconds in the notation of the configuration; "" for any other text."""
    return in_units(int(text)) if _SECONDS.fullmatch(text) else ""


def _engine(loader: BaseLoader, **options: Any) -> Environment:
    from jinja2 import Environment, StrictUndefined

    return Environment(
        loader=loader,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        **options,
    )


def markdown_engine(loader: BaseLoader) -> Environment:
    """For Markdown: filters escape, redact and clip; what has no filter is printed as it is."""
    from jinja2 import pass_context

    engine = _engine(loader, autoescape=False)

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

    engine.filters["moment"], engine.filters["period"] = _moment, _period
    engine.filters["pr_number"] = lambda number: f"#{number:d}"
    engine.filters["is_url"] = lambda text: _URL.fullmatch(text) is not None
    engine.filters["inline"] = escaping(markdown.inline)
    engine.filters["code"] = escaping(markdown.code)
    engine.filters["html_code"] = escaping(markdown.html_code)
    engine.filters["fence"] = fence
    engine.filters["documented"] = lambda name: f"[`{name}`]({reason_page(name)})"
    engine.globals["way_on"] = way_on
    engine.filters["take"] = take
    return engine


def html_engine(loader: BaseLoader) -> Environment:
    """For HTML: whatever a template prints is shown in one line and escaped, with or without a filter.

    The sentences of words.md.j2 are the comment's; here their names become `<code>`, and `words` and
    `blocks` turn the rest of their Markdown into elements. What is printed must be redacted before.
    """
    from markupsafe import Markup

    def as_html(escape: Callable[[str], str]) -> Callable[[str], str]:
        return lambda text: Markup(escape(str(text)))  # noqa: S704 - `escape` makes it harmless

    def shown(value: object) -> object:
        if isinstance(value, str) and not isinstance(value, Markup):
            return Markup(html_text.html_text(value))  # noqa: S704 - it is escaped
        return value

    engine = _engine(loader, autoescape=True, finalize=shown)
    engine.filters["is_url"] = lambda text: _URL.fullmatch(text) is not None
    engine.filters["short_hash"] = lambda text: re.sub(r"[^0-9A-Za-z]", "", text)
    engine.filters["moment"], engine.filters["period"] = _moment, _period
    engine.filters["pr_number"] = lambda number: f"#{number:d}"
    engine.filters["take"] = lambda items: items
    engine.filters["inline"] = as_html(html_text.html_text)
    engine.filters["code"] = as_html(html_text.html_code)
    engine.filters["html_code"] = as_html(html_text.html_code)
    engine.filters["lines"] = as_html(html_text.html_lines)
    engine.filters["words"] = as_html(html_text.html_words)
    engine.filters["blocks"] = as_html(html_text.html_blocks)
    engine.filters["documented"] = as_html(
        lambda name: (
            f'<a href="{reason_page(name)}" rel="noopener noreferrer">{html_text.html_code(name)}</a>'
        )
    )
    engine.globals["way_on"] = way_on
    return engine


def engines(jinja2_version: str) -> dict[str, Environment]:
    """Each engine by its name in `compiled.TEMPLATES`, for that version of jinja2."""
    from gitops_bot.render.template_loader import CompiledLoader

    made = {"html": html_engine, "markdown": markdown_engine}
    return {name: make(CompiledLoader(name, jinja2_version)) for name, make in made.items()}


@lru_cache(maxsize=1)
def _engines() -> dict[str, Environment]:
    from gitops_bot.render.template_loader import version_of_jinja2

    return engines(version_of_jinja2())


def render_html_template(name: str, values: dict[str, Any]) -> str:
    """Render templates/`name`, which is HTML or goes into it. The texts in `values` are redacted."""
    return _engines()["html"].get_template(name).render(values)


def render_template(name: str, values: dict[str, Any]) -> str:
    """Render templates/`name`.md.j2. `values` hold `redactor`, `rows` and `chars` for the filters."""
    return _engines()["markdown"].get_template(f"{name}.md.j2").render(values)


def render_plain(name: str, values: dict[str, Any]) -> str:
    """Render templates/`name`, which nothing escapes: its values must be what the format allows."""
    return _engines()["markdown"].get_template(name).render(values)


def load() -> None:
    """Read everything that rendering needs, so that what happens to those files later changes nothing."""
    from gitops_bot.render.compiled import TEMPLATES

    for name, engine in _engines().items():
        for template in TEMPLATES[name]:
            engine.get_template(template)
