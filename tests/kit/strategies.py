"""Hypothesis strategies for whole reports, with hostile text in every field that holds text."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.kit.hostile import HOSTILE

_MARKS = "`~<>@#|*_[]()\n\r\t &;:/-=+!$\\\u2028\x1b\u202e\u200b\ufe0f\u03011a"
hostile_text = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.sampled_from(_MARKS), max_size=20),
    st.text(st.one_of(st.characters(), st.characters(categories=["Cs", "Cf", "Cc", "Mn"])), max_size=12),
    st.lists(st.sampled_from(HOSTILE), max_size=3).map("".join),
)
