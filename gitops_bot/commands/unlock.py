"""`unlock`: release the state locks that runs of ours left behind, and show those of others."""

from __future__ import annotations

from collections.abc import Sequence

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
from gitops_bot.render.markdown import inline


def unlock(
    environment: Environment, event: Dispatched, settings: Settings, effects: Effects, facts: RunFacts
) -> ExitCode:
    """Do so for every project of an environment. The exit code is 1 where a lock stays.

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
    effects.step.summary(redactor(_table(environment, found)))
    status = _status(found)
    effects.step.output("environment", environment.name)
    effects.step.output("result", status.value)
    return exit_code(status)


def _status(found: Sequence[ProjectLock]) -> RunStatus:
    if not all_free(found):
        return RunStatus.BLOCKED
    released = any(item.state is LockState.RELEASED for item in found)
    return RunStatus.UNLOCKED if released else RunStatus.NO_CHANGES


def _table(environment: Environment, found: Sequence[ProjectLock]) -> str:
    lines = ["| project | lock | who | since | ID | why |", "|" + " --- |" * 6]
    for item in found:
        lock = item.lock
        held = (lock.who, lock.created, lock.id) if lock else ("", "", "")
        cells = (item.project, item.state.value, *held, item.why)
        lines.append("| " + " | ".join(inline(c).replace("|", "&#124;") or "-" for c in cells) + " |")
    advice = ""
    if not all_free(found):
        advice = (
            "\nA lock that is held may protect an apply that is going on. When you know that whoever took it "
            "is done, release it by hand: `terraform force-unlock ID` in the project's folder.\n"
        )
    return f"### State locks of {inline(environment.name)}\n\n" + "\n".join(lines) + "\n" + advice
