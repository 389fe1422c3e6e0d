"""Hotfixes: who let one past the promotion order, and is a change one that a higher environment has?

The label only asks. What lets a hotfix in is the standing review of a person whom the environment names, of
exactly the commit that is merged; what lets its back-flow in is that its content was applied above.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice

from msgspec import Struct

from gitops_bot.commands.effects import Effects
from gitops_bot.commands.ledger import Book, announced, with_end
from gitops_bot.commands.provenance import fork_point
from gitops_bot.commands.standing import content_of
from gitops_bot.core.content import Content, differing
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import GitopsBotError
from gitops_bot.core.json_values import as_list
from gitops_bot.core.ledger import EntryState
from gitops_bot.core.promotion import Hotfix, hotfix_brought_down
from gitops_bot.core.report import Note, VerdictNote
from gitops_bot.core.reviews import MAY_APPROVE, approvers
from gitops_bot.ports import Deployment, PullRequest, WorkTree

MAX_LOOKED = 200
"""How many of an environment's newest applies are looked through for hotfixes: two pages."""
MAX_ATTEMPTS = 10
"""How many applies of hotfixes are asked how they ended. Each takes two requests."""
MAX_APPLIES = 3
"""How many successful applies of hotfixes are looked at, the newest ones."""
MAX_NUMBERS = 10
"""How many pull requests one of them may name. Each takes a request."""

_EVER = datetime.min.replace(tzinfo=UTC)


# --- who lets one in -------------------------------------------------------------------------


def hotfix_of(pull: PullRequest, environment: Environment, effects: Effects) -> Hotfix | None:
    """Whether a pull request asks to come in as a hotfix, and who lets it. None without the label.

    Anybody may set the label. `by` are those of the people named in the environment's rules whose approval of
    exactly this head stands, and who may write now.
    """
    rules, host = environment.hotfix, effects.host
    if rules is None:
        return None
    label = rules.label.lower()  # GitHub ignores the case of labels and of logins
    if all(name.lower() != label for name, _ in host.labels(pull.number)):
        return None
    named = {login.lower() for login in rules.by}
    standing = approvers(host.reviews(pull.number), pull.head, pull.author, _EVER)
    candidates = (login for login in standing if login.lower() in named)
    return Hotfix(tuple(login for login in candidates if host.permission(login) in MAY_APPROVE))


# --- what one changed ------------------------------------------------------------------------


def hotfix_paths(pull: PullRequest, effects: Effects) -> frozenset[str]:
    """The paths that a merged pull request changed: from the commit it came from to its head.

    Empty where that cannot be told, as after a push that was no merge.
    """
    tree = effects.tree
    base = fork_point(pull, tree)
    if base is None:
        return frozenset()
    return differing(content_of(tree, base), content_of(tree, pull.head))


def paths_let_in(
    pulls: Sequence[PullRequest], content: Content, starts: Sequence[Content], effects: Effects
) -> frozenset[str]:
    """The paths that these merged hotfixes, oldest first, made of `starts` what they are in `content`.

    What anything else made of a file, before, between or after them or in the merge itself, nobody let in:
    a hotfix on top of it shows its own change only.
    """
    starting: dict[str, set[str | None]] = {}
    made: dict[str, set[str | None]] = {}
    for pull in pulls:
        steps = tuple(_steps(pull, effects.tree))
        for path in hotfix_paths(pull, effects):
            known = starting.setdefault(path, {start.get(path) for start in starts})
            after = {then.get(path) for before, then in steps if before.get(path) in known}
            made.setdefault(path, set()).update(after)
            known |= after
    return frozenset(path for path, contents in made.items() if content.get(path) in contents)


def _steps(pull: PullRequest, tree: WorkTree) -> Iterator[tuple[Content, Content]]:
    """What a merged pull request makes of what: its own commits, and their merge into what was there then."""
    base, parents = fork_point(pull, tree), tree.parents(pull.merge_commit)
    if base is None or not parents:
        return
    yield content_of(tree, base), content_of(tree, pull.head)
    merged = tree.merged_tree(parents[0], pull.head)  # and not the merge, which could hold anything
    if merged is not None:
        yield tree.content(parents[0]), tree.content(merged)


class AppliedHotfixes(Struct, frozen=True):
    """A successful apply that brought hotfixes, by its commit and the numbers of their pull requests."""

    environment: Environment
    commit: str
    numbers: tuple[int, ...]


def applied_hotfixes(book: Book) -> Iterator[AppliedHotfixes]:
    """The newest successful applies of an environment that brought hotfixes, newest first.

    However long the history, it takes a bounded number of requests.
    """
    asked = ((d, numbers) for d in announced(book, MAX_LOOKED) if (numbers := _numbers(d)))
    ended = ((with_end(book, d), numbers) for d, numbers in islice(asked, MAX_ATTEMPTS))
    succeeded = ((e, numbers) for e, numbers in ended if e.state is EntryState.SUCCEEDED)
    for entry, numbers in islice(succeeded, MAX_APPLIES):
        yield AppliedHotfixes(book.environment, entry.commit, numbers)


def _numbers(deployment: Deployment) -> tuple[int, ...]:
    listed = as_list(deployment.payload.get("hotfixes"))
    return tuple(n for n in listed if isinstance(n, int) and not isinstance(n, bool))[:MAX_NUMBERS]


def higher_with_hotfixes(environment: Environment, settings: Settings) -> tuple[Environment, ...]:
    """The environments above that let hotfixes in, the next one first."""
    place = settings.environments.index(environment)
    return tuple(e for e in settings.environments[place + 1 :] if e.hotfix is not None)


# --- the way back ----------------------------------------------------------------------------


def backflow_of(
    changes: Mapping[str, str], environment: Environment, settings: Settings, effects: Effects
) -> str:
    """The name of the higher environment whose hotfixes exactly these changes are, "" for none.

    `changes` is what each changed path becomes, "" for one that is removed. Every one of them must be a path
    that an applied hotfix changed, as its apply put it there. Raises `RunFailed` when that cannot be read.
    """
    if not changes:
        return ""
    for above in higher_with_hotfixes(environment, settings):
        left = dict(changes)
        for applied in applied_hotfixes(Book(above, settings.approval, effects)):
            content = content_of(effects.tree, applied.commit)
            for path in _paths(applied, effects):
                if path in left and left[path] == content.get(path, ""):
                    del left[path]
            if not left:
                return above.name
    return ""


def _paths(applied: AppliedHotfixes, effects: Effects) -> frozenset[str]:
    pulls = (effects.host.pull_request(number) for number in applied.numbers)
    return frozenset(path for pull in pulls for path in _paths_into(pull, applied.environment, effects))


def _paths_into(pull: PullRequest, environment: Environment, effects: Effects) -> frozenset[str]:
    """What a hotfix changed; nothing of one that was never merged into the environment's branch."""
    if not pull.merged or pull.base_branch != environment.branch:
        return frozenset()
    return hotfix_paths(pull, effects)


# --- hotfixes that are not below yet ---------------------------------------------------------


def open_backflows(environment: Environment, settings: Settings, effects: Effects) -> tuple[VerdictNote, ...]:
    """A note for each hotfix of the environment whose way back is still an open pull request below.

    The names of branches are all it goes by, so it is only a note.
    """
    if environment.hotfix is None:
        return ()
    found: dict[int, list[tuple[int, str]]] = {}
    for lower in settings.environments[: settings.environments.index(environment)]:
        for pull in effects.host.open_pull_requests(lower.branch):
            number = hotfix_brought_down(pull.head_branch, lower.name)
            if number:
                found.setdefault(number, []).append((pull.number, lower.name))
    numbers = (n for n in islice(sorted(found), MAX_NUMBERS) if _is_into(n, environment, effects))
    return tuple(_not_below(number, found[number], environment) for number in numbers)


def _is_into(number: int, environment: Environment, effects: Effects) -> bool:
    try:
        return effects.host.pull_request(number).base_branch == environment.branch
    except GitopsBotError:
        return False  # no pull request of that number: the branch is somebody's own


def _not_below(number: int, pulls: list[tuple[int, str]], environment: Environment) -> VerdictNote:
    return VerdictNote(
        Note.HOTFIX_NOT_BELOW,
        (
            ("environment", environment.name),
            ("hotfix", str(number)),
            ("pull_requests", ", ".join(f"#{pull}" for pull, _ in pulls)),
            ("environments", ", ".join(name for _, name in pulls)),
        ),
    )
