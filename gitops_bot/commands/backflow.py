"""`backflow`: bring the hotfixes of higher environments down, each by a pull request that is planned at once.

Dispatched on the environment's own branch, after the apply of a hotfix above or by a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import islice

from msgspec import Struct, field

from gitops_bot.commands.effects import Effects, RunFacts, check_history, check_work_tree
from gitops_bot.commands.hotfix import applied_hotfixes, higher_with_hotfixes, hotfix_paths
from gitops_bot.commands.ledger import Book
from gitops_bot.commands.propose import Proposal, plan_proposed, propose
from gitops_bot.commands.provenance import fork_point
from gitops_bot.commands.publish import publish, redactor_for
from gitops_bot.commands.standing import content_of
from gitops_bot.core.content import carries, differing
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import ExitCode, RunFailed
from gitops_bot.core.events import Dispatched, Part
from gitops_bot.core.promotion import MAX_FILES, backflow_branch, readable
from gitops_bot.core.report import Report, RunStatus
from gitops_bot.ports import PullRequest
from gitops_bot.render.markdown import clip, code, inline
from gitops_bot.render.redact import Redactor

MAX_MERGED = 100
"""How many pull requests that were merged into the environment are looked through for a hotfix that came in
before: one page."""
MAX_COMMENTS = 200
"""How many comments of a hotfix are looked through for the one that says that it conflicts."""


class _Pending(Struct, frozen=True):
    """A hotfix that may be missing here: its pull request, where and at which commit it was applied."""

    pull: PullRequest
    above: Environment
    commit: str


def backflow(
    environment: Environment, event: Dispatched, settings: Settings, effects: Effects, facts: RunFacts
) -> ExitCode:
    """Open or update a pull request for each hotfix above that `environment` lacks, and plan each.

    Where one conflicts, its own pull request gets a comment with what to do by hand, and the exit code is 1.
    Raises the first `RunFailed` after all were tried.
    """
    check_work_tree(effects.tree, event.commit)
    check_history(effects.tree)
    down = _Down(environment, event.part, settings, effects, facts, effects.tree.fetch(environment.branch))
    codes, errors = [], list[RunFailed]()
    for pending in _pending(environment, settings, effects):
        try:
            codes.append(down.bring(pending))
        except RunFailed as error:
            errors.append(error)
            down.say(f"Hotfix #{pending.pull.number} was not brought down: {error}")
    effects.step.output("backflow-prs", " ".join(str(number) for number in down.opened))
    if errors:
        raise errors[0]
    if down.conflicting or not down.opened:
        return down.publish_rest()
    return ExitCode.FAILED if ExitCode.FAILED in codes else ExitCode.DONE


def _pending(environment: Environment, settings: Settings, effects: Effects) -> Iterator[_Pending]:
    """The hotfixes applied above, each once: those of the next environment first, in the order they came."""
    seen: set[int] = set()
    for above in higher_with_hotfixes(environment, settings):
        applied = list(applied_hotfixes(Book(above, settings.approval, effects)))
        for one in reversed(applied):
            for number in sorted(set(one.numbers) - seen):
                seen.add(number)
                pull = effects.host.pull_request(number)
                if pull.merged and pull.base_branch == above.branch:
                    yield _Pending(pull, above, one.commit)


class _Down(Struct, dict=True):
    """One run: what is brought into `environment`, whose branch is at `target`."""

    environment: Environment
    part: Part
    settings: Settings
    effects: Effects
    facts: RunFacts
    target: str
    opened: list[int] = field(default_factory=list)
    conflicting: list[int] = field(default_factory=list)

    @cached_property
    def redactor(self) -> Redactor:
        return redactor_for(self.settings, self.facts.secrets, ())

    @cached_property
    def came_in(self) -> frozenset[str]:
        """The branches whose pull requests were merged into the environment lately."""
        merged = self.effects.host.merged_pull_requests(self.environment.branch)
        return frozenset(pull.head_branch for pull in islice(merged, MAX_MERGED))

    def say(self, text: str) -> None:
        self.effects.step.log(self.redactor(f"{self.environment.name}: {text}"))

    def bring(self, pending: _Pending) -> ExitCode:
        """One hotfix: nothing where it is here already, else its pull request."""
        tree, pull = self.effects.tree, pending.pull
        base = fork_point(pull, tree)
        if base is None:
            raise RunFailed(
                f"What #{pull.number} changed cannot be told from the history of {pending.above.branch}.",
                f"Bring it down by hand: a pull request into {self.environment.branch} with that change.",
            )
        here, applied = content_of(tree, self.target), content_of(tree, pending.commit)
        if carries(here, applied, hotfix_paths(pull, self.effects)) or self._came_in(pull.number):
            return self._is_here(pending)
        picked = tree.picked_tree(pull.head, base, self.target)
        if picked is None:
            return self._conflicts(pending, base)
        if picked == tree.tree(self.target):
            return self._is_here(pending)
        return self._propose(pending, picked)

    def _came_in(self, number: int) -> bool:
        """Whether it was brought down before. What became of it since is this environment's own affair."""
        return backflow_branch(number, self.environment.name) in self.came_in

    def _is_here(self, pending: _Pending) -> ExitCode:
        self.say(f"hotfix #{pending.pull.number} of {pending.above.name} is here already.")
        return ExitCode.DONE

    def _propose(self, pending: _Pending, picked: str) -> ExitCode:
        number, name = pending.pull.number, self.environment.name
        title = f"Bring hotfix #{number} down to {name}"
        proposal = Proposal(
            backflow_branch(number, name),
            picked,
            self.target,
            title,
            self.redactor(_body(pending, self.environment, self.facts.url)),
            f"{title}\n\nIt was let into {pending.above.name} past the promotion order and applied there.",
        )
        proposed = propose(proposal, self.part, self.environment, self.effects)
        if proposed is None:
            self.say(
                f"no open pull request brings hotfix #{number} down as it should now; nothing is planned."
            )
            return ExitCode.DONE
        self.opened.append(proposed.pull.number)
        self.say(f"pull request #{proposed.pull.number} brings hotfix #{number} down.")
        return plan_proposed(
            proposed, proposal, self.part, self.environment, self.settings, self.effects, self.facts
        )

    # --- conflicts ---

    def _conflicts(self, pending: _Pending, base: str) -> ExitCode:
        tree, number = self.effects.tree, pending.pull.number
        self.conflicting.append(number)
        self.say(f"hotfix #{number} conflicts with {self.environment.branch}; see #{number} for what to do.")
        before, here = content_of(tree, base), content_of(tree, self.target)
        changed = differing(before, content_of(tree, pending.pull.head))
        paths = tuple(sorted(path for path in changed if before.get(path) != here.get(path)))
        marker = f"<!-- gitops-bot:backflow {self.environment.name} -->"
        text = self.redactor(_conflict(pending, base, paths, self.environment, self.settings, self.facts.url))
        self._comment(number, f"{marker}\n{text}", marker)
        return ExitCode.FAILED

    def _comment(self, number: int, body: str, marker: str) -> None:
        """One comment of ours for each environment, kept current."""
        host = self.effects.host
        with_marker = [c for c in islice(host.comments(number), MAX_COMMENTS) if c.body.startswith(marker)]
        own = host.own_login() if with_marker else ""
        existing = next((c for c in with_marker if c.author == own), None)
        if existing is None:
            host.create_comment(number, body, marker)
        elif existing.body != body:
            host.update_comment(existing.id, body)

    def publish_rest(self) -> ExitCode:
        """What the plans' own reports do not say."""
        name = self.environment.name
        status = RunStatus.BLOCKED if self.conflicting else RunStatus.NO_CHANGES
        message = f"{name} lacks no hotfix of a higher environment: there is nothing to bring down."
        if self.conflicting:
            numbers = ", ".join(f"#{number}" for number in self.conflicting)
            message = (
                f"{numbers} could not be brought down to {name}: the changes conflict with what "
                f"{self.environment.branch} holds. A comment there says what to do by hand."
            )
        self.say(message)
        report = Report(
            name, status, commit=self.target, links=self.facts.links(self.target), message=message
        )
        return publish(self.effects.step, report, self.redactor)


# --- texts -----------------------------------------------------------------------------------


def _about(pull: PullRequest) -> str:
    return f"#{pull.number} ({inline(clip(pull.title, 120))})"


def _by_run(run_url: str) -> str:
    return f"\n\nMade by [this run]({run_url})." if run_url else ""


def _body(pending: _Pending, environment: Environment, run_url: str) -> str:
    above, name = code(pending.above.name), code(environment.name)
    return (
        f"The hotfix {_about(pending.pull)} was let into {above} past the promotion order and applied there "
        f"at {pending.commit}. {name} lacks it: without it, the next promotion would take the "
        "hotfix away again, or be blocked.\n\n"
        f"This is its change and nothing else, on top of {code(environment.branch)}. gitops-bot comments "
        f"with the plan, and merging applies it. The branch is the bot's, who rewrites it when {name} goes "
        "on: add nothing to it." + _by_run(run_url) + "\n"
    )


def _conflict(
    pending: _Pending,
    base: str,
    paths: tuple[str, ...],
    environment: Environment,
    settings: Settings,
    run_url: str,
) -> str:
    lowest = settings.environments[0]
    branch = backflow_branch(pending.pull.number, environment.name)
    files = "\n".join(f"- {code(readable(path))}" for path in paths[:MAX_FILES])
    more = f"\n- and {len(paths) - MAX_FILES} more" if len(paths) > MAX_FILES else ""
    judged = (
        "It is planned and judged like any other."
        if environment == lowest
        else f"Resolved differently than in {code(pending.above.name)}, it is new content to "
        f"{code(environment.name)}, and comes there only by promotion: begin in {code(lowest.name)} then."
    )
    return (
        f"**This hotfix could not be brought down to {code(environment.name)}**: it changes what "
        f"{code(environment.branch)} has changed as well.\n\n{files}{more}\n\nBy hand:\n\n"
        "```sh\n"
        f"git fetch origin {environment.branch} {pending.pull.head}\n"
        f"git switch --create {branch}-by-hand FETCH_HEAD\n"
        f"git diff --binary {base} {pending.pull.head} | git apply --3way\n"
        "```\n\n"
        f"Resolve the conflicts, commit, push, and open a pull request into {code(environment.branch)}. "
        f"{judged}" + _by_run(run_url) + "\n"
    )
