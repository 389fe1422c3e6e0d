"""What approvals must come with at a commit: what it says itself, unless it gave itself laxer rules."""

from __future__ import annotations

from functools import cache

from gitops_bot.commands.effects import CONFIG_FILE, Effects
from gitops_bot.commands.ledger import Book, newest_success
from gitops_bot.config.load import load_settings
from gitops_bot.core.environments import ApprovalSettings, Environment, Settings
from gitops_bot.core.errors import BadInput, GitopsBotError
from gitops_bot.core.provenance import ProvenanceMode
from gitops_bot.ports import WorkTree

_BY_PROOF_ALONE = ApprovalSettings(ProvenanceMode.REQUIRED)


def rules_in_force(
    environment: Environment, commit: str, approval: ApprovalSettings, effects: Effects
) -> ApprovalSettings:
    """The rules for approvals at `commit`, which says `approval` itself.

    A change of the configuration that asks for less is in force only once an apply at or after it
    succeeded, by the rules that were in force before it. So neither such a commit, nor an entry of the
    ledger that counts only thanks to it, lifts a rule.
    """
    tree = effects.tree
    changes = tree.changes_of(CONFIG_FILE, commit)
    own = {c: rules.approval for c in changes if (rules := rules_at(tree, c)) is not None}
    if changes:
        own[changes[0]] = approval
    strictest = approval
    for earlier in own.values():
        strictest = strictest.within(earlier)
    if strictest == approval:
        return approval  # no rule was ever relaxed

    @cache
    def applied(rules: ApprovalSettings) -> str | None:
        return _newest_applied(Book(environment, rules, effects), tree)

    # An apply that a proof vouches for was judged by the rules of its time: there is where to begin.
    proven = applied(_BY_PROOF_ALONE)
    at_proven = rules_at(tree, proven) if proven else None
    in_force = at_proven.approval if at_proven else None
    for changed in reversed(changes):
        if changed not in own or _holds(tree, proven, changed):
            continue
        if in_force is None or _holds(tree, applied(in_force), changed):
            in_force = own[changed]
        else:
            in_force = own[changed].within(in_force)
    return approval.within(in_force)


def rules_at(tree: WorkTree, commit: str) -> Settings | None:
    """The configuration at a commit, None for one that no run could read."""
    try:
        return load_settings(tree.file_at(commit, CONFIG_FILE), CONFIG_FILE)
    except BadInput:
        return None


def _newest_applied(book: Book, tree: WorkTree) -> str | None:
    """The commit of the newest success that counts, where it can be had."""
    try:
        newest = newest_success(book)
        if newest is not None and not tree.has_commit(newest.commit):
            tree.fetch(newest.commit)  # of a branch that was rewritten since
    except GitopsBotError:
        return None  # without it more of the rules count
    return newest.commit if newest is not None else None


def _holds(tree: WorkTree, applied: str | None, changed: str) -> bool:
    """Whether what was applied has that commit in it."""
    return applied is not None and not tree.commits_between(applied, changed)
