"""Compare a plan with what was applied in the environment below (core/parity.py has the result)."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from gitops_bot.core.guards import destroys
from gitops_bot.core.ledger import ProjectOutcome
from gitops_bot.core.parity import Beside, Pair, Parity
from gitops_bot.core.plan import ChangeKind, Plan, ResourceChange
from gitops_bot.core.report import Allowed, Proven, Reason, ResourceState, Verdict

_FROM_BELOW = frozenset({Proven.EXACT, Proven.PARTIAL, Proven.OLDER})
_NOT_FOREIGN = frozenset(
    {
        Reason.SOAKING,
        Reason.BROKEN_BELOW,
        Reason.NOT_CONVERGED_BELOW,
        Reason.DRIFTED_BELOW,
        Reason.FROZEN,
        Reason.PARTIAL_PROMOTION,
        Reason.BEHIND_TARGET,
    }
)
"""What blocks content that was applied below all the same."""


def is_from_below(verdict: Verdict) -> bool:
    """Whether a verdict on the promotion order is about content that was applied in the environment below."""
    if isinstance(verdict, Allowed):
        return verdict.proven in _FROM_BELOW
    return all(r.reason in _NOT_FOREIGN for r in verdict.reasons)


# --- what was applied below -------------------------------------------------------------------

_BEGUN = (ResourceState.FAILED, ResourceState.IN_FLIGHT)
_NEED_AN_OBJECT = frozenset({"update", "replace", "delete", "forget"})
_SHOW_HALF = frozenset({("create", "replace"), ("create", "delete"), ("replace", "create")})
"""What failed, and what was done next: it shows that the first half of what failed was done."""


class _Fate(Struct, frozen=True):
    """What became of one address. `before`: it had an object; `stays`: it has one now, and `own` is one
    that these applies made. `lost`: an object was destroyed that they had not made. `word`: the last action
    of note."""

    before: bool = False
    stays: bool = False
    own: bool = False
    lost: bool = False
    word: str = ""

    def add(self, action: str) -> _Fate:
        """The fate after one more action."""
        if action in _NEED_AN_OBJECT and not self.stays:
            # It had an object all the time: what was deleted before, if anything, was a deposed one.
            return _Fate(before=True, stays=True).add(action)
        comes = action in ("create", "import")
        goes = action in ("delete", "forget")
        destroys = action in ("delete", "replace") and not self.own
        makes = action in ("create", "replace")
        return _Fate(
            self.before or not (self.word or comes),
            not goes,
            makes or (self.own and not (goes or comes)),
            self.lost or destroys,
            self.word if self.word and self.stays and action == "move" else action,
        )

    @property
    def net(self) -> str:
        """The one action that comes to the same, "" for none."""
        if self.stays:
            return "replace" if self.lost else "create" if self.own else self.word
        return "delete" if self.lost else "forget" if self.before else ""


def net_actions(outcomes: Sequence[ProjectOutcome]) -> dict[str, str]:
    """What several applies of one project, oldest first, came to for each address: one action, in the
    words of a plan.

    Only what was done counts, and reads are no part of it. The ledger does not say where a moved object came
    from: its old address keeps what was done there.
    """
    fates: dict[str, _Fate] = {}
    begun: dict[str, str] = {}
    for outcome in outcomes:
        for address, action in _done(outcome).items():
            fate = fates.get(address, _Fate())
            half = begun.pop(address, "")
            if (half, action) in _SHOW_HALF:
                fate = fate.add(half)
            fates[address] = fate.add(action)
        begun |= {r.address: r.action for r in outcome.resources if r.state in _BEGUN}
    return {address: fate.net for address, fate in fates.items() if fate.net}


def _done(outcome: ProjectOutcome) -> dict[str, str]:
    """What one apply did to each address. A deposed object goes by the address of the one that stays, whose
    action counts."""
    found: dict[str, str] = {}
    for resource in outcome.resources:
        if resource.state is not ResourceState.DONE or resource.action == "read":
            continue
        if resource.action != "delete" or resource.address not in found:
            found[resource.address] = resource.action
    return found


# --- beside the plan --------------------------------------------------------------------------

_ORDER = (Beside.DIFFERENT, Beside.EXTRA, Beside.MISSING)


def compare_parity(plan: Plan, below: str, outcomes: Sequence[ProjectOutcome], known: bool = True) -> Parity:
    """A plan beside what these applies of the same project (oldest first) did in the environment `below`.

    Where what they did is not `known` in full, nothing is called missing, and extra only what is dangerous.
    """
    applied = net_actions(outcomes)
    changes = {_name(c): c for c in plan.changes if c.kind is not ChangeKind.READ}
    pairs = [_pair(address, change, applied.get(address, "")) for address, change in changes.items()]
    pairs += [Pair(a, Beside.MISSING, "", action) for a, action in applied.items() if a not in changes]
    told = [
        pair
        for pair in pairs
        if pair.beside is not Beside.SAME and (known or pair.dangerous or pair.beside is Beside.DIFFERENT)
    ]
    told.sort(key=lambda p: (not p.dangerous, _ORDER.index(p.beside), p.address))
    return Parity(below, tuple(told), sum(p.beside is Beside.SAME for p in pairs), known)


def _name(change: ResourceChange) -> str:
    return f"{change.address} (deposed {change.deposed})" if change.deposed else change.address


def _pair(address: str, change: ResourceChange, below: str) -> Pair:
    # The words in which the ledger keeps an action.
    here = change.kind.value if change.kind is not ChangeKind.UNKNOWN else "-".join(change.actions)
    if here == below:
        return Pair(address, Beside.SAME, here, below)
    # What was replaced below has something new in its place: to delete it is more than that.
    dangerous = destroys(change) and below != "delete"
    return Pair(address, Beside.DIFFERENT if below else Beside.EXTRA, here, below, dangerous)
