"""Where a token may go: the API of the server that the run is on, and nowhere else."""

from __future__ import annotations

import pytest

from gitops_bot.app.process import api_url_of
from gitops_bot.core.errors import BadInput


@pytest.mark.parametrize(
    ("environ", "server", "expected"),
    [
        ({}, "https://github.com", "https://api.github.com"),
        ({"GITHUB_API_URL": ""}, "https://github.com", "https://api.github.com"),
        (
            {"GITHUB_API_URL": "https://ghe.example.com/api/v3"},
            "https://ghe.example.com",
            "https://ghe.example.com/api/v3",
        ),
    ],
)
def test_the_api_is_the_one_given_or_that_of_github_com(
    environ: dict[str, str], server: str, expected: str
) -> None:
    assert expected == api_url_of(environ, server)


def test_the_token_of_another_server_is_not_sent_to_github_com() -> None:
    with pytest.raises(BadInput, match="but GITHUB_API_URL is not set"):
        api_url_of({}, "https://ghe.example.com")
