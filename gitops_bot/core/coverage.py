"""The coverage rule: every fresh record is covered by an approved one.

Covered means equal, with these relaxations and no others:

- an approved unknown value matches any value; a fresh unknown must have been unknown;
- at addresses that the ledger's own failed apply names, an approved create or replace also covers
  what a half-done one leaves: the create alone, the replace of a tainted object, the delete of the
  deposed one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from gitops_bot.core.approval import ProjectApproval, approve
from gitops_bot.core.records import NO_KEY, Change, Paths, SecretKey, fingerprint

REPLACES = ("delete/create", "create/delete")


class FreshPlan(Struct, frozen=True):
    """The plan an apply just made: its changes, what stands unchanged, and what they depend on.

    `changes_ignored`: Terraform will change something, although it may be nothing that needs an approval.
    """

    project: str
    changes: tuple[Change, ...]
    settled: dict[str, Change]
    terraform_version: str
    lock_digest: str
    key: SecretKey
    changes_ignored: bool = False


class Coverage(Struct, frozen=True):
    """The result. Nothing may be applied unless `complete`."""

    uncovered: tuple[Change, ...] = ()
    no_approval: bool = False
    terraform_versions: tuple[str, ...] = ()
    lock_file_changed: bool = False
    state_replaced: bool = False
    sensitive_skipped: bool = False

    @property
    def complete(self) -> bool:
        """Whether everything is covered and nothing it depends on has changed."""
        return not (
            self.uncovered
            or self.no_approval
            or self.terraform_versions
            or self.lock_file_changed
            or self.state_replaced
        )


def covers_unknown(approved: Paths, fresh: Paths) -> bool:
    """Whether everything that is not known now was approved as unknown."""
    return all(any(f[: len(a)] == a for a in approved) for f in fresh)


def _kinds(change: Change, failed: frozenset[str]) -> tuple[str, ...]:
    """The approved kinds that may cover this change."""
    if change.address not in failed or change.deposed:
        return (change.kind,)
    if change.kind == "create":
        return ("create", *REPLACES)
    if change.kind in REPLACES and change.tainted:
        return ("create", *REPLACES)
    return (change.kind,)


class _Approved:
    """Approved records of several approvals, by the key their sensitive values were taken under."""

    def __init__(self, approvals: Iterable[tuple[ProjectApproval, SecretKey]]) -> None:
        self._groups: dict[tuple[Paths, SecretKey, int], set[bytes]] = {}
        for approval, key in approvals:
            for group in approval.groups or ():
                self._groups.setdefault((group.unknown, key, approval.width), set()).update(group.records)

    def has(self, change: Change, kinds: Sequence[str]) -> bool:
        for (unknown, key, width), records in self._groups.items():
            if not covers_unknown(unknown, change.unknown):
                continue
            if any(fingerprint(change, unknown, key, kind)[:width] in records for kind in kinds):
                return True
        return False


def _covered(change: Change, approved: _Approved, fresh: FreshPlan, failed: frozenset[str]) -> bool:
    if approved.has(change, _kinds(change, failed)):
        return True
    if change.kind == "update" and any(
        approved.has(
            replace(change, path=change.path[:i], value=None, unknown=((),), sensitive=()), ("update",)
        )
        for i in range(len(change.path))
    ):
        return True  # the whole value around this path was approved as unknown
    if change.kind == "delete" and change.deposed and change.address in failed:
        return any(approved.has(s, kinds) for s, kinds in _successors(change.address, fresh))
    return False


def _successors(address: str, fresh: FreshPlan) -> Iterator[tuple[Change, tuple[str, ...]]]:
    """The object that took the deposed one's place, and the approved kinds that let the old one go.

    It is whole, tainted because its create failed, or about to be replaced by what was approved since. A
    create is among them: retried after it failed, it replaces what it left tainted, and may fail again.
    """
    if address in fresh.settled:
        yield fresh.settled[address], ("create/delete", "create")
    for change in fresh.changes:
        if change.address == address and change.kind in REPLACES and not change.deposed:
            yield change, ("create/delete", "create") if change.tainted else ("create/delete",)


def key_for(approval: ProjectApproval, fresh: FreshPlan, created_by_us: frozenset[str]) -> SecretKey | None:
    """The key to compare under; None when the state was replaced by something that is not ours."""
    if approval.key_id == fresh.key.id:
        return fresh.key
    if approval.key_id == NO_KEY.id and fresh.key.id in created_by_us:
        return NO_KEY
    return None


def cover(
    fresh: FreshPlan,
    approvals: Sequence[ProjectApproval],
    *,
    failed: frozenset[str] = frozenset(),
    created_by_us: frozenset[str] = frozenset(),
    applied_with: frozenset[tuple[str, str]] = frozenset(),
) -> Coverage:
    """Compare a fresh plan with the approvals of every pull request merged since the last apply.

    `failed` are the addresses the ledger's newest apply failed at or never started, if it failed.
    `created_by_us` are the key ids of states that our own applies created from nothing.
    `applied_with` are pairs of Terraform's version and the lock file's digest that the last apply
    used: a pull request planned before those came in still goes through.
    """
    if not fresh.changes and not fresh.changes_ignored:
        return Coverage()
    if not approvals and fresh.changes:
        return Coverage(uncovered=fresh.changes, no_approval=True)
    versions = {a.terraform_version for a in approvals} | {version for version, _ in applied_with}
    locks = {a.lock_digest for a in approvals} | {lock for _, lock in applied_with}
    keys = [(a, key_for(a, fresh, created_by_us)) for a in approvals]
    usable = [(a, key) for a, key in keys if key is not None]
    uncovered: tuple[Change, ...] = ()
    if not any(_same_digest(approval, fresh, key) for approval, key in usable):
        approved = _Approved(usable)
        uncovered = tuple(c for c in fresh.changes if not _covered(c, approved, fresh, failed))
    return Coverage(
        uncovered,
        terraform_versions=() if fresh.terraform_version in versions else tuple(sorted(versions)),
        lock_file_changed=fresh.lock_digest not in locks,
        state_replaced=bool(uncovered) and any(key is None for _, key in keys),
        sensitive_skipped=any(_skipped(fresh, key) for _, key in usable),
    )


def _same_digest(approval: ProjectApproval, fresh: FreshPlan, key: SecretKey) -> bool:
    """Whether the fresh plan is the approved one as a whole; all there is where records did not fit."""
    whole = approve(
        fresh.project,
        fresh.changes,
        terraform_version=approval.terraform_version,
        lock_digest=approval.lock_digest,
        key=key,
    )
    return whole.digest == approval.digest


def _skipped(fresh: FreshPlan, key: SecretKey) -> bool:
    return not key.secret and any(c.sensitive for c in fresh.changes)
