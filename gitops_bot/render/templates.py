"""The template engines: jinja2 with filters that redact and escape, and nothing else."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitops_bot.core.times import in_units, read_time, shown
from gitops_bot.render import html_text, markdown
from gitops_bot.render.guide import reason_page, way_on

if TYPE_CHECKING:
    from jinja2 import Environment, Template
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


@lru_cache(maxsize=1)
def _sources() -> Mapping[str, str]:
    """The text of every template, read once."""
    folder = Path(__file__).with_name("templates")
    return {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir() if file.is_file()}


def _engine(**options: Any) -> Environment:
    """An engine that knows the templates and compiles each once, when it is first used, in any thread."""
    from jinja2 import DictLoader, Environment, StrictUndefined

    lock = threading.RLock()  # a template gets those it imports

    class Engine(Environment):
        def get_template(self, *args: Any, **more: Any) -> Template:
            with lock:
                return super().get_template(*args, **more)

    return Engine(
        loader=DictLoader(_sources()),
        auto_reload=False,
        optimized=False,  # it makes compiling longer, and no text is rendered often enough to gain from it
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        **options,
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import pass_context

    engine = _engine(autoescape=False)

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


@lru_cache(maxsize=1)
def _html_environment() -> Environment:
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

    engine = _engine(autoescape=True, finalize=shown)
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


def render_html_template(name: str, values: dict[str, Any]) -> str:
    """Render templates/`name`, which is HTML or goes into it. The texts in `values` are redacted."""
    return _html_environment().get_template(name).render(values)


def render_template(name: str, values: dict[str, Any]) -> str:
    """Render templates/`name`.md.j2. `values` hold `redactor`, `rows` and `chars` for the filters."""
    return _environment().get_template(f"{name}.md.j2").render(values)


def render_plain(name: str, values: dict[str, Any]) -> str:
    """Render templates/`name`, which nothing escapes: its values must be what the format allows."""
    return _environment().get_template(name).render(values)


def load() -> None:
    """Read everything that rendering needs, so that what happens to those files later changes nothing."""
    _environment()
    _html_environment()


def compile_templates(page: bool = True) -> None:
    """Compile what a plan's report needs, which takes about half a second: for while Terraform works.

    Without the `page` that is half of it. Other templates are compiled when they are used.
    """
    for name in ("words", "comment", "section", "footer"):
        _environment().get_template(f"{name}.md.j2")
    if page:
        for name in ("words.md.j2", "page.html.j2", "page.css", "page.js"):
            _html_environment().get_template(name)
