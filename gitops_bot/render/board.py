"""The board as text of 80 columns, as Markdown with a Mermaid graph, and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from enum import StrEnum
from textwrap import wrap

from gitops_bot.core.board import Board, Row
from gitops_bot.core.json_values import JsonValue
from gitops_bot.core.ledger import EntryState
from gitops_bot.core.report import BlockReason
from gitops_bot.core.times import read_time, shown
from gitops_bot.render.guide import reason_page
from gitops_bot.render.markdown import clip, code
from gitops_bot.render.redact import Redactor

WIDTH = 80
_SHORT = 7
_GAP = "  "
_NAME = 12
_PULLS = 12
"""How many waiting pull requests are named; the others are counted."""
_REASONS = 3
"""How many reasons stand at an arrow; the table has them all."""
_NO_NAME = re.compile(r"[^A-Za-z0-9_.@/+ #:,()…·-]")
_HEADER = ("environment", "head", "applied", "when (UTC)", "state", "waiting", "promotion")
_COLOURS = {
    "good": "fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
    "busy": "fill:#fff8c5,stroke:#9a6700,color:#1f2328",
    "bad": "fill:#ffebe9,stroke:#cf222e,color:#1f2328",
    "none": "fill:#f6f8fa,stroke:#656d76,color:#1f2328",
}


class Form(StrEnum):
    """How the board is shown."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


def render_board(board: Board, form: Form, *, redactor: Redactor, width: int = WIDTH) -> str:
    """The board in that form; text has at most `width` (at least 80) columns, JSON is plain ASCII."""
    match form:
        case Form.TEXT:
            return "\n".join(_text(board, redactor, width))
        case Form.MARKDOWN:
            return render_board_markdown(board, redactor=redactor)
        case Form.JSON:
            document: JsonValue = {"environments": [_document(row, redactor) for row in board.rows]}
            # Only inside of a string can it stand; the runner's log would take it for a command.
            return json.dumps(document, indent=2).replace("##[", "\\u0023#[")


# --- words -----------------------------------------------------------------------------------


def _state(row: Row) -> str:
    """How an environment stands, in one word."""
    if row.newest is EntryState.RUNNING:
        return "applying"
    if row.newest is EntryState.FAILED:
        return "broken"
    if row.applied is None:
        return "-"
    if row.drifted:
        return "drifted"
    if row.behind:
        return "behind"  # its branch went on
    return {True: "converged", False: "unsettled", None: "applied"}[row.applied.converged]


def _kind(row: Row) -> str:
    """The class of its node in the graph."""
    states = {"converged": "good", "applied": "good", "-": "none", "applying": "busy", "behind": "busy"}
    return states.get(_state(row), "bad")


def _commit(commit: str) -> str:
    return commit[:_SHORT] if re.fullmatch(r"[0-9a-f]{7,64}", commit) else "-"


def _when(row: Row) -> str:
    at = read_time(row.applied.at) if row.applied is not None else None
    return f"{at:%Y-%m-%d %H:%M}" if at is not None else "-"


def _waiting(row: Row) -> str:
    more = "" if row.complete else "+"
    if row.waiting or not row.differs:
        return f"{len(row.waiting)}{more}" if row.waiting else "-"
    return "yes"  # something differs, and no pull request is on record for it


def _promotion(row: Row) -> str:
    if row.promotion is None:
        return "-"
    word = {True: "ok", False: "no", None: "…"}[row.promotion.allowed]
    return f"#{row.promotion.number} {word}"


def reason_text(reason: BlockReason) -> str:
    """A reason in a few words: its name, and until when where it passes by itself."""
    until = read_time(reason.fact("until"))
    return f"{reason.reason.value} until {shown(until)}" if until is not None else reason.reason.value


def _numbers(numbers: tuple[int, ...]) -> str:
    named = " ".join(f"#{number}" for number in numbers[:_PULLS])
    return named + (f" and {len(numbers) - _PULLS} more" if len(numbers) > _PULLS else "")


# --- text ------------------------------------------------------------------------------------


def _plain(text: str, redactor: Redactor) -> str:
    return _NO_NAME.sub("?", redactor(text)) or "-"


def _text(board: Board, redactor: Redactor, width: int) -> Iterator[str]:
    cells = [_HEADER, *(_cells(row, redactor) for row in board.rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(_HEADER))]
    for index, line in enumerate(cells):
        said = _GAP.join(cell.ljust(size) for cell, size in zip(line, widths, strict=True))
        yield clip(said.rstrip(), width)
        if index:
            for more in _more(board.rows[index - 1], redactor):
                yield from wrap(
                    more, width, initial_indent=_GAP, subsequent_indent=_GAP * 2, break_on_hyphens=False
                )


def _cells(row: Row, redactor: Redactor) -> tuple[str, ...]:
    return (
        clip(_plain(row.name, redactor), _NAME),
        _commit(row.head),
        _commit(row.applied.commit) if row.applied is not None else "-",
        _when(row),
        _state(row),
        _waiting(row),
        _promotion(row),
    )


def _more(row: Row, redactor: Redactor) -> Iterator[str]:
    """What stands below a row: what waits, why it cannot come in, and what is on its way down."""
    if row.waiting:
        yield f"waiting: {_numbers(row.waiting)}"
    if row.blocked:
        yield f"blocked: {', '.join(_plain(reason_text(r), redactor) for r in row.blocked)}"
    if row.backflows:
        yield f"hotfixes coming down: {_numbers(row.backflows)}"


# --- Markdown --------------------------------------------------------------------------------


def render_board_markdown(board: Board, *, redactor: Redactor) -> str:
    """A graph of the promotion path, and a table below it."""
    return "\n".join([*_graph(board, redactor), "", *_table(board, redactor), ""])


def _graph(board: Board, redactor: Redactor) -> Iterator[str]:
    """A Mermaid flowchart. Ids are ours and labels are quoted, so no name is read as its syntax.

    https://mermaid.js.org/syntax/flowchart.html
    """
    yield "```mermaid"
    yield "flowchart LR"
    for index, row in enumerate(board.rows):
        commit = _commit(row.applied.commit) if row.applied is not None else "nothing applied"
        label = f"{_label(row.name, redactor)}<br/>{commit}<br/>{_label(_said(row), redactor)}"
        yield f'  e{index}["{label}"]:::{_kind(row)}'
    for index, row in enumerate(board.rows[1:], start=1):
        arrow = f'-. "{_edge(row, redactor)}" .->' if row.blocked else f'-- "{_edge(row, redactor)}" -->'
        yield f"  e{index - 1} {arrow} e{index}"
    for name, style in _COLOURS.items():
        yield f"  classDef {name} {style}"
    yield "```"


def _said(row: Row) -> str:
    return "no apply yet" if _state(row) == "-" else _state(row)


def _edge(row: Row, redactor: Redactor) -> str:
    parts = []
    if row.waiting or row.differs:
        count = _waiting(row)
        parts.append("changes wait" if count == "yes" else f"{count} waiting")
    else:
        parts.append("nothing waits")
    if row.promotion is not None:
        parts.append(f"PR {row.promotion.number}")
    reasons = (_label(reason_text(r), redactor) for r in row.blocked[:_REASONS])
    # Mermaid breaks lines at 200 pixels; the table says that it is UTC.
    parts += [text.replace(" until ", "<br/>until ").removesuffix(" UTC") for text in reasons]
    if len(row.blocked) > _REASONS:
        parts.append(f"and {len(row.blocked) - _REASONS} more")
    return "<br/>".join(parts)


def _label(text: str, redactor: Redactor) -> str:
    """Text inside of a quoted label: only characters that Mermaid takes as they are."""
    return re.sub(r"[^A-Za-z0-9_./@+: -]", "_", clip(redactor(text), 60)).replace("://", "_") or "_"


def _table(board: Board, redactor: Redactor) -> Iterator[str]:
    yield "| environment | applied | when (UTC) | state | waiting to come in | promotion | blocked |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for row in board.rows:
        applied = code(_commit(row.applied.commit)) if row.applied is not None else "-"
        number = f"#{row.promotion.number}" if row.promotion is not None else "-"
        waiting = _numbers(row.waiting) or ("yes" if row.differs else "-")
        blocked = ", ".join(_reason(r) for r in row.blocked) or "-"
        state = _said(row) + (f", hotfixes coming down: {_numbers(row.backflows)}" if row.backflows else "")
        cells = (code(redactor(row.name)), applied, _when(row), state, waiting, number, blocked)
        yield f"| {' | '.join(cells)} |"


def _reason(reason: BlockReason) -> str:
    until = read_time(reason.fact("until"))
    name = f"[{code(reason.reason.value)}]({reason_page(reason.reason.value)})"
    return f"{name} until {shown(until)}" if until is not None else name


# --- JSON ------------------------------------------------------------------------------------


def _document(row: Row, redactor: Redactor) -> dict[str, JsonValue]:
    applied = row.applied
    return {
        "name": redactor(row.name),
        "branch": redactor(row.branch),
        "head": row.head,
        "applied": None
        if applied is None
        else {"commit": applied.commit, "at": applied.at, "converged": applied.converged},
        "state": _said(row),
        "drifted": row.drifted,
        "soaking_until": row.soaking_until or None,
        "waiting": list(row.waiting),
        "waiting_complete": row.complete,
        "promotion": None
        if row.promotion is None
        else {
            "pull_request": row.promotion.number,
            "url": redactor(row.promotion.url),
            "branch": redactor(row.promotion.head_branch),
            "draft": row.promotion.draft,
            "allowed": row.promotion.allowed,
        },
        "blocked": [
            {"reason": r.reason.value, **({"until": r.fact("until")} if r.fact("until") else {})}
            for r in row.blocked
        ],
        "hotfixes_coming_down": list(row.backflows),
    }
