"""`gitops-bot run` on a plan that no comment holds: the real program, Terraform, git and HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.github_markdown import ill_formed
from tests.kit.shown_counts import counts
from tests.kit.stage import CONFIG, Stage, stage

MARKER = "<!-- gitops-bot:comment:devops -->\n<!-- gitops-bot:state:planned -->"
LIMIT = 65_536
"""What the sandbox takes, as GitHub says it does."""
COUNT = 70


def many(text: str) -> str:
    """Resources that have nothing in common, of some 2,000 bytes each."""
    hostile = "```\\n</details>\\n@octocat #1 " + text
    return "\n".join(
        f'resource "terraform_data" "n{n}" {{\n  input = "{n} {hostile} {"x" * 1900}"\n}}'
        for n in range(COUNT)
    )


@pytest.fixture
def on_stage(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        # More than the server takes, so that it has to refuse.
        made.hub.commit("devops", {".gitops-bot.yml": CONFIG + "comment: {max_bytes: 150000}\n"}, "More")
        made.hub.take_events()
        yield made


def links_of(comment: str, server: str) -> list[str]:
    """The addresses of our own server that stand in the text."""
    return [part.split(")")[0] for part in comment.split("](") if part.startswith(server)]


def test_a_comment_that_github_refuses_is_shortened_and_tells_of_every_change(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/many.tf": many("one")})
    run = on_stage.plan(number)
    assert run.code == 0, run.stdout + run.stderr
    (comment,) = on_stage.comments(number)
    assert LIMIT >= len(comment)
    assert [] == ill_formed(comment, marker=MARKER, links=links_of(comment, on_stage.sandbox.server_url))
    found = counts(comment)
    assert COUNT == found.all["create"]
    assert COUNT > found.shown["create"] > 0
    assert COUNT == counts(run.summary).shown["create"]


def test_the_same_comment_is_edited_when_its_new_text_is_too_long(on_stage: Stage) -> None:
    number = on_stage.pull_request({"infra/many.tf": 'resource "terraform_data" "one" {}\n'})
    on_stage.plan(number)
    on_stage.hub.commit("feature", {"infra/many.tf": many("two")}, "Many")
    run = on_stage.deliver(on_stage.next_event("pull_request", "synchronize"))
    assert run.code == 0, run.stdout + run.stderr
    (comment,) = on_stage.comments(number)
    assert LIMIT >= len(comment)
    assert COUNT == counts(comment).all["create"]
