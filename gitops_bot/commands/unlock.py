"""`unlock`: release the state locks that runs of ours left behind, and show those of others."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from gitops_bot.commands.effects import Effects, RunFacts, check_work_tree
from gitops_bot.commands.ledger import Book
from gitops_bot.commands.publish import exit_code, redactor_for
from gitops_bot.commands.rules_in_force import rules_in_force
from gitops_bot.commands.state_lock import LockState, ProjectLock, all_free, unlock_projects
from gitops_bot.core.aws import Phase
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import ExitCode
from gitops_bot.core.events import Dispatched
from gitops_bot.core.report import RunStatus
from gitops_bot.render.markdown import code, inline
from gitops_bot.render.redact import Redactor

WIDTH = 80
_ADVICE = (
    "A lock that is held may protect an apply that is going on. When you know that whoever took it is done, "
    "release it by hand: `terraform force-unlock ID` in the project's folder."
)


def unlock(
    environment: Environment, event: Dispatched, settings: Settings, effects: Effects, facts: RunFacts
) -> ExitCode:
    """Do so for every project of an environment. The exit code is 1 where a lock stays, or may.

    Raises what the ports raise. No state is changed but for its lock.
    """
    check_work_tree(effects.tree, event.commit)
    session = effects.make_session(settings, environment, Phase.APPLY, facts.identity(event.commit))
    terraform = effects.make_terraform(settings.terraform, session)
    book = Book(environment, rules_in_force(environment, event.commit, settings.approval, effects), effects)
    found = unlock_projects(book, settings, effects.tree.root, terraform, facts)
    redactor = redactor_for(settings, (*facts.secrets, *session.secrets), ())
    for item in found:
        effects.step.log(redactor(f"{environment.name}: {item.sentence}"))
    effects.step.summary(_table(environment, found, redactor))
    status = _status(found)
    effects.step.output("environment", environment.name)
    effects.step.output("result", status.value)
    return exit_code(status)


def _status(found: Sequence[ProjectLock]) -> RunStatus:
    if not all_free(found):
        return RunStatus.BLOCKED
    released = any(item.state is LockState.RELEASED for item in found)
    return RunStatus.UNLOCKED if released else RunStatus.NO_CHANGES


def _table(environment: Environment, found: Sequence[ProjectLock], redactor: Redactor) -> str:
    lines = ["| project | lock | who | since | ID | why |", "|" + " --- |" * 6]
    for item in found:
        # Redacted before it is escaped: an escaped secret is another text.
        cells = [inline(redactor(c)) or "-" for c in (item.project, item.state, item.who, item.since)]
        cells += [code(redactor(item.id)) if item.id else "-", inline(redactor(item.why)) or "-"]
        lines.append("| " + " | ".join(cells) + " |")
    advice = f"\n{_ADVICE}\n" if _any_held(found) else ""
    return f"### State locks of {inline(environment.name)}\n\n" + "\n".join(lines) + "\n" + advice


def _any_held(found: Sequence[ProjectLock]) -> bool:
    return any(item.state is LockState.HELD for item in found)


def unlock_text(found: Sequence[ProjectLock], redactor: Redactor) -> str:
    """What was found, for a terminal: lines of at most `WIDTH` columns."""
    lines = []
    for item in found:
        lines.append(f"{item.project}: {item.state}")
        rows = {"who": item.who, "since": item.since, "ID": item.id, "why": item.why}
        for name, text in rows.items():
            lines += _wrapped(redactor(text), f"  {name:<7}")
    if _any_held(found):
        lines += ["", *_wrapped(_ADVICE, "")]
    return "\n".join(lines)


def _wrapped(text: str, indent: str) -> list[str]:
    return wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=" " * len(indent),
        break_on_hyphens=False,
    )
