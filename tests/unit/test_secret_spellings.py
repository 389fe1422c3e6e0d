"""A secret in the spellings that code of a plan, or a URL, gives it."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_bot.commands.publish import redactor_for
from gitops_bot.core.environments import DEFAULT_SETTINGS

SESSION_TOKEN = "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQDx+abc/def=="
SPELLINGS = {
    "as it is": SESSION_TOKEN,
    "in a URL": quote(SESSION_TOKEN, safe=""),
    "in a URL, in lower case": quote(SESSION_TOKEN, safe="")
    .replace("%2F", "%2f")
    .replace("%2B", "%2b")
    .replace("%3D", "%3d"),
    "in hex": SESSION_TOKEN.encode().hex(),
    "in base64": base64.b64encode(SESSION_TOKEN.encode()).decode(),
    "in JSON": SESSION_TOKEN.replace("/", "/"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_session_token_is_hidden_in_every_spelling(spelling: str) -> None:
    text = f"https://example.com/?X-Amz-Security-Token={SPELLINGS[spelling]}&more"
    shown = redactor_for(DEFAULT_SETTINGS, (SESSION_TOKEN,), ())(text)
    assert "(redacted)" in shown
    assert SESSION_TOKEN[10:30] not in shown
    assert SPELLINGS[spelling][:24] not in shown


@given(st.text(min_size=20, max_size=60), st.text(max_size=20), st.text(max_size=20))
def test_no_secret_stays_in_a_text_that_quotes_it(secret: str, before: str, after: str) -> None:
    redactor = redactor_for(DEFAULT_SETTINGS, (secret,), ())
    for form in (secret, quote(secret, safe="")):
        assert form not in redactor(f"{before}|{form}|{after}") or not form.strip()
