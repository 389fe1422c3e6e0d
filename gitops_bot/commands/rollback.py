"""`promote` with `to-commit`: a pull request that brings back what was applied in an environment before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from msgspec import Struct

from gitops_bot.commands.effects import Effects, RunFacts, check_history, check_work_tree
from gitops_bot.commands.ledger import Book, announced, with_end
from gitops_bot.commands.propose import Proposal, plan_proposed, propose
from gitops_bot.commands.publish import redactor_for
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import BadInput, ExitCode, RunFailed
from gitops_bot.core.events import Dispatched
from gitops_bot.core.json_values import as_list
from gitops_bot.core.ledger import Entry, EntryState
from gitops_bot.core.promotion import rollback_branch
from gitops_bot.ports import Deployment
from gitops_bot.render.markdown import code

MAX_LOOKED = 200
"""How far back, in applies that count, an earlier commit is looked for: two pages."""
MAX_ATTEMPTS = 10
"""How many applies of that commit are asked how they ended. Each takes two requests."""
MAX_NUMBERS = 50
"""How many pull requests the description names."""

_PREFIX = re.compile(r"[0-9a-f]{7,64}")


class _Earlier(Struct, frozen=True):
    """An earlier successful apply, and the numbers of the pull requests applied since, newest first."""

    entry: Entry
    undone: tuple[int, ...]


def rollback(
    environment: Environment, event: Dispatched, settings: Settings, effects: Effects, facts: RunFacts
) -> ExitCode:
    """Open or update a pull request whose content is that of an earlier applied commit, and plan it.

    It is judged like any other. Raises `BadInput` for a commit that was not applied here, is not known, or
    whose content the branch has already.
    """
    check_work_tree(effects.tree, event.commit)
    check_history(effects.tree)
    earlier = _find(event.to_commit.strip().lower(), Book(environment, settings.approval, effects))
    entry, tree = earlier.entry, effects.tree
    target = tree.fetch(environment.branch)
    if not tree.has_commit(entry.commit):
        tree.fetch(entry.commit)
    content = tree.tree(entry.commit)
    if content != entry.tree:
        raise RunFailed(
            f"The ledger of {environment.name} says of {entry.commit[:12]} that it had other content than it "
            "has.",
            "Choose another commit, and see who wrote that deployment.",
        )
    if content == tree.tree(target):
        raise BadInput(
            f"{environment.branch} holds the content of {entry.commit[:12]} already.",
            f"Where it is not applied, dispatch `apply` on {environment.branch}.",
        )
    title = f"Roll {environment.name} back to {entry.commit[:12]}"
    lowest = settings.below(environment) is None
    proposal = Proposal(
        rollback_branch(environment.name, entry.commit),
        content,
        target,
        title,
        redactor_for(settings, facts.secrets, ())(_body(environment, earlier, target, lowest, facts.url)),
        f"{title}\n\nIts content is that of {entry.commit}, which was applied there at {entry.at}.",
    )
    proposed = propose(proposal, event.part, environment, effects)
    if proposed is not None:
        number = proposed.pull.number
        effects.step.log(f"Pull request #{number} takes {environment.name} back to {entry.commit}.")
        effects.step.output("promotion-pr", str(number))
    return plan_proposed(proposed, proposal, event.part, environment, settings, effects, facts)


def _find(prefix: str, book: Book) -> _Earlier:
    """The newest successful apply of the one commit that begins so. Raises `BadInput`."""
    name = book.environment.name
    if not _PREFIX.fullmatch(prefix):
        raise BadInput(
            f"The input `to-commit` is {prefix!r}.",
            "Give a commit's full hash, or at least its first 7 characters; `gitops-bot history` lists them.",
        )
    listed = tuple(announced(book, MAX_LOOKED))
    commits = tuple(dict.fromkeys(d.commit for d in listed if d.commit.startswith(prefix)))
    if not commits:
        raise BadInput(
            f"No apply in {name} was of a commit that begins with {prefix}.",
            f"`gitops-bot history` lists those that were; the newest {MAX_LOOKED} are looked through.",
        )
    if len(commits) > 1:
        raise BadInput(
            f"{prefix} begins several commits that were applied in {name}: {', '.join(commits[:5])}.",
            "Give more of its characters.",
        )
    places = [place for place, d in enumerate(listed) if d.commit == commits[0]]
    for place in islice(places, MAX_ATTEMPTS):
        entry = with_end(book, listed[place])
        if entry.state is EntryState.SUCCEEDED:
            return _Earlier(entry, _numbers(listed[:place]))
    raise BadInput(
        f"{commits[0][:12]} was never applied successfully in {name}.",
        "Choose one that was; `gitops-bot history` says how each ended.",
    )


def _numbers(listed: Sequence[Deployment]) -> tuple[int, ...]:
    found = (n for d in listed for n in as_list(d.payload.get("pull_requests")))
    return tuple(dict.fromkeys(n for n in found if isinstance(n, int) and not isinstance(n, bool)))


def _body(environment: Environment, earlier: _Earlier, target: str, lowest: bool, run_url: str) -> str:
    entry, undone = earlier.entry, earlier.undone
    named = ", ".join(f"#{number}" for number in undone[:MAX_NUMBERS]) or "no pull request"
    more = f" and {len(undone) - MAX_NUMBERS} more" if len(undone) > MAX_NUMBERS else ""
    judged = (
        ""
        if lowest
        else "It is judged like any other pull request. What is no longer applied below comes in with "
        "`promotion.allow_older`, or as a hotfix: with the label, and an approval by somebody whom the "
        "configuration names.\n\n"
    )
    return (
        f"Brings back the content that {code(environment.name)} had at {entry.commit}, applied at {entry.at}."
        "\n\n"
        f"- Undoes: {named}{more}\n"
        f"- Replaces the content of: {target}\n\n"
        f"{judged}"
        "Terraform plans the way back like any change: what was created since is destroyed, and what was "
        "destroyed is created anew, without its data. gitops-bot comments with the plan, and merging applies "
        "it." + (f"\n\nMade by [this run]({run_url})." if run_url else "") + "\n"
    )
