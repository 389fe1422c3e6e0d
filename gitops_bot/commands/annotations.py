"""Annotations of a check run: where a reviewer looks, at the lines of the files."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from gitops_bot.core.blocks import Block, find_blocks
from gitops_bot.core.errors import GitopsBotError
from gitops_bot.core.report import Report
from gitops_bot.ports import BodyTooLong, CheckRun, CodeHost, WorkTree
from gitops_bot.render.annotations import Place, lost_blocks, render_annotations
from gitops_bot.render.redact import Redactor

_MOST_TEXT = 8 * 1024 * 1024
"""Characters of Terraform's files that are looked through for blocks."""
_OVERRIDES = ("override.tf", "_override.tf")
"""How files end that change blocks which stand elsewhere.
https://developer.hashicorp.com/terraform/language/files/override"""


def find_places(report: Report, tree: WorkTree) -> dict[Block, Place]:
    """Where the blocks stand of what the report's plans destroy or replace, at the report's commit.

    A block that the commit takes away has no line there. Raises what the work tree raises.
    """
    wanted = sorted(lost_blocks(report), key=lambda block: (block.folder, block.type, block.name))
    if not wanted or not tree.has_commit(report.commit):
        return {}
    places: dict[Block, Place] = {}
    room = _MOST_TEXT
    for folder, blocks in groupby(wanted, key=lambda block: block.folder):
        sought = {(block.type, block.name): block for block in blocks}
        for path, text in tree.texts_in(report.commit, folder, ".tf"):
            room -= len(text)
            if room < 0:
                return places
            hidden = path.rpartition("/")[2].startswith(".")  # Terraform passes over it too
            if hidden or path.endswith(_OVERRIDES) or not any(name in text for _, name in sought):
                continue
            for labels, line in find_blocks(text).items():
                if labels in sought:
                    places.setdefault(sought[labels], Place(path, line))
    return places


def annotate(
    host: CodeHost,
    check: CheckRun,
    report: Report,
    redactor: Redactor,
    log: Callable[[str], None],
    tree: WorkTree | None = None,
) -> None:
    """Annotate a check run that was just written: errors, warnings, and with a `tree` the losses.

    Annotations are worth no failed run: what keeps them from being written is a line in the log.
    """
    try:
        places = find_places(report, tree) if tree is not None else {}
        annotations = render_annotations(report, places, redactor)
        if annotations:
            host.annotate(check, annotations)
    except (GitopsBotError, BodyTooLong) as error:
        log(redactor(f"The check run got no annotations: {error}"))
