"""The description of a promotion: what it says, that nothing in it acts, and that it fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_bot.core.promotion_pr import BodyPull, Lost, PromotionBody
from gitops_bot.render.promotion_body import (
    END,
    MAX_BYTES,
    START,
    brief_body,
    render_body,
    room_beside,
    with_body,
)
from gitops_bot.render.redact import Redactor
from tests.kit.github_markdown import ill_formed
from tests.kit.hostile import HOSTILE

PLAIN = Redactor()
COMMIT = "a3f2c4d5e6b7" + "0" * 28
NUMBERS = ["#9", "#12", "#14"]
RUN = "https://github.example/acme/infra/actions/runs/7"
BODY = PromotionBody("dev", "staging", COMMIT, "2026-01-02T09:30:00Z", RUN, True)
HEAD = (
    f"Carries what works in `dev` into `staging`: commit `a3f2c4d5e6b7`, [applied]({RUN}) there at "
    "2026-01-02 09:30 UTC and converged. The plan and the verdict come as a comment. Merging applies it."
)


def body(**more: object) -> PromotionBody:
    return replace(BODY, **more)


def lines(made: PromotionBody) -> list[str]:
    """The description without its markers and empty lines."""
    text = render_body(made, redactor=PLAIN)
    return [line for line in text.splitlines() if line and line not in (START, END)]


def test_it_says_what_it_carries_what_it_leaves_out_and_what_was_lost() -> None:
    made = body(
        pulls=(
            BodyPull(12, "devops", "Grow the cluster", "pat", RUN),
            BodyPull(9, "devops"),
        ),
        complete=False,
        waiting=(14, 15),
        commits=3,
        ignored=("envs/staging.tfvars",),
        lost=(Lost("aws_ecs_service.api", "replace"), Lost("aws_db_instance.main", "delete", True)),
        board="| the board |",
    )
    assert [
        HEAD,
        "### Carries",
        f"- #12 Grow the cluster by `pat`, [applied in `devops`]({RUN})",
        "- #9, applied in `devops`",
        "There may be more: the ledgers were not read back to what is applied there now.",
        "### Left out",
        "- 3 commits on the branch of `dev` not applied there yet (#14, #15)",
        "- `envs/staging.tfvars`: differs on purpose (`promotion.ignore`)",
        "### Risk",
        "Its applies in `dev`:",
        "- 🛑 destroyed `aws_db_instance.main`, which held data",
        "- replaced `aws_ecs_service.api`",
        "### All environments",
        "| the board |",
    ] == lines(made)


def test_the_least_it_can_say() -> None:
    assert [
        "Carries what works in `dev` into `staging`: commit `a3f2c4d5e6b7`, applied there, and did not "
        "converge. The plan and the verdict come as a comment. Merging applies it.",
        "### Carries",
        "No pull request is on record for it.",
        "### Risk",
        "What its applies did to each resource of `dev` is not on record: read the plan.",
    ] == lines(PromotionBody("dev", "staging", COMMIT, converged=False, lost=None))


def test_what_went_wrong_stands_on_top_of_the_lists() -> None:
    found = lines(body(notices=("No label one: GitHub refused it.",), healed=True))
    assert "⚠️ No label one: GitHub refused it." == found[2]
    assert "a commit of the bot's on top of it makes it exactly what is applied below." in found[1]


def test_lists_are_cut_and_the_rest_is_counted() -> None:
    pulls = tuple(BodyPull(n, "devops") for n in range(1, 41))
    made = body(
        pulls=pulls,
        waiting=tuple(range(1, 36)),
        commits=50,
        ignored=tuple(f"f{n}" for n in range(33)),
        lost=tuple(Lost(f"x.r{n:02}", "delete") for n in range(31)),
    )
    found = lines(made)
    assert ["- … and 10 more", "- … and 3 more", "- … and 1 more"] == [x for x in found if "more" in x]
    assert any("#30, …)" in line for line in found)


# --- what people wrote ---


def test_what_people_wrote_stays_wherever_it_stands() -> None:
    first = with_body("", render_body(BODY, redactor=PLAIN))
    assert first.endswith("_What stands below this line is kept when the description is brought up to date._")
    newer = render_body(body(commit="b" * 40), redactor=PLAIN)
    again = with_body(f"Above\n{first}\nBelow", newer)
    assert again == f"Above\n{newer}{first[first.index(END) + len(END) :]}\nBelow"
    assert again == with_body(again, newer)


@pytest.mark.parametrize("existing", ["Mine", f"{END} Mine", f"{START} Mine"])
def test_a_description_without_our_part_goes_below_it(existing: str) -> None:
    rendered = render_body(BODY, redactor=PLAIN)
    made = with_body(existing, rendered)
    assert (True, True) == (made.startswith(rendered), made.endswith(f"\n\n{existing}"))
    assert made == with_body(made, rendered)


def test_what_people_wrote_takes_from_our_room() -> None:
    rest = "ü" * 50_000
    existing = with_body(rest, render_body(BODY, redactor=PLAIN))
    assert 14_000 < room_beside(existing) < 15_000
    assert MAX_BYTES == room_beside("short")


def test_where_there_is_no_room_only_the_first_sentence_stays() -> None:
    found = render_body(body(board="x" * 5000), redactor=PLAIN, max_bytes=300)
    assert found == brief_body("dev", "staging", COMMIT)
    assert len(found) < 200


# --- hostile texts ---


def hostile(text: str) -> PromotionBody:
    return body(
        commit=text,
        pulls=(BodyPull(12, text, text, text, RUN), BodyPull(9, "devops", "", text)),
        waiting=(14,),
        commits=3,
        ignored=(text,),
        lost=(Lost(f'aws_x.y["{text}"]', "replace"), Lost(text, "delete", True)),
        notices=(text,),
    )


def is_harmless(text: str) -> None:
    made = render_body(hostile(text), redactor=PLAIN)
    assert [] == ill_formed(made.removeprefix(START).removesuffix(END), links=[RUN], references=NUMBERS)
    assert (1, 1) == (made.count(START), made.count(END))
    assert made == with_body(made, made)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_acts(text: str) -> None:
    is_harmless(text)


@given(st.text(max_size=80))
def test_no_text_acts(text: str) -> None:
    is_harmless(text)


@pytest.mark.parametrize("marker", [START, END, f"a {END} b"])
def test_a_name_that_is_our_marker_does_not_end_our_part(marker: str) -> None:
    is_harmless(marker)


def test_secrets_are_redacted_wherever_they_stand() -> None:
    made = render_body(
        replace(hostile("canary-secret"), commit=COMMIT), redactor=Redactor(secrets=["canary-secret"])
    )
    assert "canary" not in made


@pytest.mark.parametrize(
    "text", ["x", *sorted(HOSTILE, key=len)[-12:], "&" * 5000, "<!--" * 3000, "😀" * 3000]
)
def test_a_thousand_carried_pull_requests_with_hostile_names_fit(text: str) -> None:
    pulls = tuple(BodyPull(n, text, text, text, RUN) for n in range(1000))
    made = body(
        pulls=pulls,
        waiting=tuple(range(1000)),
        commits=1000,
        ignored=(text,) * 1000,
        lost=(Lost(text, "delete", True),) * 1000,
        notices=(text,) * 1000,
        board=text * 100,
    )
    found = render_body(made, redactor=PLAIN)
    assert len(found.encode("utf-8", "surrogatepass")) <= MAX_BYTES
    assert found.startswith(START)
    assert found.endswith(END)
