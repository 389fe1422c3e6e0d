"""Hypothesis strategies for whole reports, with hostile text in every field that holds text."""

from __future__ import annotations

from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_bot.core.parity import Parity
from gitops_bot.core.plan import Plan, ResourceChange
from gitops_bot.core.report import (
    Allowed,
    Blocked,
    BlockReason,
    Links,
    NoChanges,
    Planned,
    PlanOutcome,
    ProjectReport,
    Reason,
    Report,
    RunStatus,
    Verdict,
)
from tests.kit.full_report import ALLOWED, FACTS, FULL, NOTES, PROJECTS, terraform_text
from tests.kit.hostile import HOSTILE
from tests.kit.placing import put

_MARKS = "`~<>@#|*_[]()\n\r\t &;:/-=+!$\\\u2028\x1b\u202e\u200b\ufe0f\u03011a"
hostile_text = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.sampled_from(_MARKS), max_size=20),
    st.text(st.one_of(st.characters(), st.characters(categories=["Cs", "Cf", "Cc", "Mn"])), max_size=12),
    st.lists(st.sampled_from(HOSTILE), max_size=3).map("".join),
)
_TIMES = st.sampled_from([0, 1, 1, 1, 3, 20, 150])


def _many(change: ResourceChange, times: int, alike: bool) -> list[ResourceChange]:
    """The change as `times` instances of one resource, which may be the same."""
    if times == 1:
        return [change]
    return [
        replace(change, address=f"{change.address}[{n}]", after=change.after if alike else {"number": n})
        for n in range(times)
    ]


def _repeated(draw: st.DrawFn, outcome: PlanOutcome) -> PlanOutcome:
    if not isinstance(outcome, Planned):
        return outcome
    times, alike = draw(_TIMES), draw(st.booleans())
    several = draw(st.sampled_from([0, 1, 3, 9, 50]))
    changes = [c for change in outcome.plan.resource_changes[:several] for c in _many(change, times, alike)]
    plan: Plan = replace(outcome.plan, resource_changes=tuple(changes))
    if not outcome.text.startswith("\nTerraform will"):
        return Planned(plan, outcome.text)
    return Planned(plan, terraform_text(plan, draw(hostile_text) * draw(st.sampled_from([1, 1, 30]))))


@st.composite
def verdicts(draw: st.DrawFn) -> Verdict | None:
    """No verdict, an allowed promotion or one to twenty reasons with their facts, and any notes."""
    notes = tuple(draw(st.lists(st.sampled_from(NOTES), max_size=3)))
    if draw(st.booleans()):
        allowed = draw(st.sampled_from([None, Allowed(), Allowed("below", "c" * 40), *ALLOWED]))
        return allowed and replace(allowed, notes=notes)
    reasons = draw(st.lists(st.sampled_from(Reason), min_size=1, max_size=20))
    facts = tuple((name, f"the {name}") for name in draw(st.sets(st.sampled_from(FACTS))) or FACTS)
    return Blocked(tuple(BlockReason(reason, facts) for reason in reasons), notes)


def _more(draw: st.DrawFn, parity: Parity | None) -> Parity | None:
    """With each pair as many times as there may be addresses."""
    if parity is None:
        return None
    times = draw(_TIMES)
    pairs = [replace(p, address=f"{p.address}[{n}]") for p in parity.pairs for n in range(times)]
    return replace(parity, pairs=tuple(sorted(pairs, key=lambda p: not p.dangerous)))


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Any report: no project or a hundred, no change or thousands, every kind of text anywhere."""
    texts = draw(st.lists(hostile_text, max_size=4))
    step, often = draw(st.integers(1, 97)), draw(st.sampled_from([1, 2, 7, 50]))
    number = 0

    def wanted(place: str, old: str) -> str:
        nonlocal number
        number += step
        kept = place.startswith(("protect[", "stateful[")) or "].actions[" in place or old in FACTS
        if not texts or number % often or kept or old.startswith("s3cr3t"):
            return old
        return texts[number % len(texts)]

    projects = put(tuple(draw(st.lists(st.sampled_from(PROJECTS), max_size=4))), wanted)
    made = [replace(p, plan=_repeated(draw, p.plan), parity=_more(draw, p.parity)) for p in projects]
    more = draw(st.sampled_from([0, 0, 0, 0, 7, 70, 320]))
    made += [ProjectReport(f"p{n}", f"dir/p{n}", NoChanges(Plan(()))) for n in range(more)]
    report = Report(
        "dev",
        draw(st.sampled_from(RunStatus)),
        tuple(draw(st.permutations(made)) if len(made) < 9 else made),
        draw(verdicts()),
        draw(st.sampled_from(["", FULL.commit])),
        draw(st.sampled_from([Links(), FULL.links])),
        tuple(range(1, draw(st.sampled_from([1, 2, 400])))),
        ("A notice.",) * draw(st.sampled_from([0, 1, 80])),
        draw(st.sampled_from(["", "What came of it.", "A long story. " * 900])),
        draw(st.booleans()),
        draw(st.sampled_from([(), ("**",)])),
        draw(st.sampled_from([(), ("*",)])),
    )
    return replace(put(replace(report, projects=()), wanted), projects=report.projects)
