"""Pieces are shown whole, the most dangerous first, within the budget."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_bot.render.budget import Fitted, Piece, fit, size
from tests.kit.examples import examples


def piece(address: str, risk: int, length: int) -> Piece:
    return Piece(0, "change", risk, "create", lambda: f"- {address}\n", lambda: ("x" * length, 0))


def test_everything_is_shown_when_it_fits() -> None:
    pieces = [piece("b", 5, 100), piece("a", 0, 100)]
    assert Fitted(shown=tuple(pieces)) == fit(pieces, 204)


def test_the_most_dangerous_piece_is_shown_and_the_others_are_listed() -> None:
    pieces = [piece("a", 5, 900), piece("b", 0, 900), piece("c", 5, 900)]
    fitted = fit(pieces, 1500)
    assert (
        [p.line for p in fitted.shown],
        [p.line for p in fitted.listed],
        fitted.counted,
    ) == (["- b\n"], ["- a\n", "- c\n"], ())


def test_what_cannot_even_be_listed_is_counted() -> None:
    pieces = [piece("a" * 50, 5, 900) for _ in range(100)]
    fitted = fit(pieces, 1000)
    assert (fitted.shown, len(fitted.listed) + dict(fitted.counted)["create"]) == ((), 100)


def test_size_counts_bytes_of_utf_8() -> None:
    assert [size("a"), size("é"), size("🚀")] == [1, 2, 4]


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 500)), max_size=40), st.integers(0, 5000))
def test_no_piece_is_lost_and_the_budget_holds(shapes: list[tuple[int, int]], budget: int) -> None:
    pieces = [piece(f"r{i}", risk, length) for i, (risk, length) in enumerate(shapes)]
    fitted = fit(pieces, budget)
    used = sum(size(p.text) + 2 for p in fitted.shown) + sum(size(p.line) + 2 for p in fitted.listed)
    assert budget >= used
    assert len(pieces) == len(fitted.shown) + len(fitted.listed) + sum(n for _, n in fitted.counted)
