"""The templates as Python. Made from render/templates by `make templates`, as all files here."""

JINJA2 = "3.1.6"
"""The version of jinja2 that made the modules, and that can run them."""

TEMPLATES = {
    "html": ('page.css', 'page.html.j2', 'page.js', 'words.md.j2'),
    "markdown": ('caller.yml.j2', 'comment.md.j2', 'config.yml.j2', 'footer.md.j2', 'minimal.md.j2', 'parity.md.j2', 'progress.md.j2', 'promotion.md.j2', 'promotion_title.md.j2', 'section.md.j2', 'title.md.j2', 'verdict.md.j2', 'words.md.j2'),
}
"""The names of the templates by engine."""
