"""Changes as a reviewer reads them: in a plan, and between two states. Written without the product's own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.kit.model_terraform import State, Wanted

CREATE, UPDATE, REPLACE, DELETE, DELETE_DEPOSED = "create", "update", "replace", "delete", "delete deposed"


@dataclass(frozen=True, slots=True)
class Change:
    """`value` is what the object gets (its input; and its trigger where it is new), or the id of the one
    that goes. `tainted`: it is replaced because it was left half-made."""

    address: str
    action: str
    value: tuple[str, ...]
    tainted: bool = False

    def __str__(self) -> str:
        return f"{self.action} {self.address} {'/'.join(self.value)}"


def planned(document: bytes) -> frozenset[Change]:
    """What a plan says it will do."""
    return frozenset(_planned(document))


def _planned(document: bytes) -> Iterator[Change]:
    for entry in json.loads(document)["resource_changes"]:
        address, change = entry["address"], entry["change"]
        actions, before, after = change["actions"], change["before"], change["after"]
        if actions == ["delete"]:
            yield Change(address, DELETE_DEPOSED if "deposed" in entry else DELETE, (before["id"],))
        elif actions == ["update"]:
            yield Change(address, UPDATE, (after["input"],))
        elif actions != ["no-op"]:
            tainted = entry.get("action_reason") == "replace_because_tainted"
            action = CREATE if actions == ["create"] else REPLACE
            yield Change(address, action, (after["input"], after["triggers_replace"]), tainted)


def done(before: State, after: State) -> frozenset[Change]:
    """What happened between two states."""
    return frozenset(_done(before, after))


def _done(before: State, after: State) -> Iterator[Change]:
    for address in sorted({*before.things, *after.things}):
        old, new = before.things.get(address), after.things.get(address)
        if new is None and old is not None:
            yield Change(address, DELETE, (old.id,))
        elif new is not None and old is None:
            yield Change(address, CREATE, (new.input, new.trigger))
        elif new is not None and old is not None and old.id != new.id:
            yield Change(address, REPLACE, (new.input, new.trigger), old.tainted)
        elif new is not None and old is not None and old.input != new.input:
            yield Change(address, UPDATE, (new.input,))
    kept = {thing.id for thing in after.deposed.values()}
    for (address, _), thing in before.deposed.items():
        if thing.id not in kept:
            yield Change(address, DELETE_DEPOSED, (thing.id,))


def uncovered(
    changes: Iterable[Change], approved: frozenset[Change], half_done: frozenset[str], *, ended: bool = True
) -> list[Change]:
    """The changes that no approved one explains.

    At the addresses in `half_done`, where an approved apply stopped half-way, an approved create or
    replace explains what is left of it. `ended` False: a replace may have got no further than its delete.
    """
    found = []
    for change in changes:
        same = {(c.action, c.value) for c in approved if c.address == change.address}
        left = (change.action, change.value) in same
        if change.address in half_done:
            resumed = {(CREATE, change.value), (REPLACE, change.value)} & same
            left |= change.action == CREATE and bool(resumed)
            left |= change.action == REPLACE and change.tainted and bool(resumed)
            left |= change.action == DELETE_DEPOSED and any(a in (CREATE, REPLACE) for a, _ in same)
        if not ended and change.action == DELETE:
            # The destroy of a replace; at a half-done address also that of the tainted object.
            left |= any(a == REPLACE or (a == CREATE and change.address in half_done) for a, _ in same)
        if not left:
            found.append(change)
    return sorted(found, key=str)


def differences(state: State, wanted: dict[str, Wanted]) -> set[str]:
    """The addresses where what exists is not what the configuration says."""
    have = {a: None if t.tainted else (t.input, t.trigger) for a, t in state.things.items()}
    want = {a: (w.input, w.trigger) for a, w in wanted.items()}
    differ = {a for a in {*have, *want} if have.get(a) != want.get(a)}
    return differ | {a for a, t in state.things.items() if t.tainted} | {a for a, _ in state.deposed}
