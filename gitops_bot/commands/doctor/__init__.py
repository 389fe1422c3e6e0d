"""`gitops-bot doctor`: is everything set up so that the bot can do what it promises?

Each topic has its module, which turns what was read into findings. Nothing is changed anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitops_bot.commands.doctor.ours import environments_named, is_ours, terraform_version
from gitops_bot.commands.doctor.owners import check_owners
from gitops_bot.commands.doctor.repository import check_repository
from gitops_bot.commands.doctor.roles import RoleCheck, failures
from gitops_bot.commands.doctor.state import check_state, check_versions
from gitops_bot.commands.doctor.workflow import check_workflows
from gitops_bot.commands.other_appliers import other_appliers
from gitops_bot.config.mistakes import Mistake
from gitops_bot.config.workflow import Workflow
from gitops_bot.core.checkup import Finding, Level
from gitops_bot.core.environments import Settings
from gitops_bot.core.root_modules import ConfiguredRoot
from gitops_bot.core.topics import Topic
from gitops_bot.ports import RepositorySettings

__all__ = [
    "check_code_owners",
    "check_configuration",
    "check_files",
    "check_github",
    "role_findings",
]


def check_configuration(
    settings: Settings, source: str, there: bool, mistakes: Sequence[Mistake]
) -> Iterator[Finding]:
    """The configuration: its mistakes, what could be safer, or that all is well."""
    for mistake in mistakes:
        yield Finding(
            Level.ERROR,
            Topic.CONFIGURATION,
            f"{mistake.key}: {mistake.message}" if mistake.key else mistake.message,
            mistake.hint,
            f"{mistake.file}:{mistake.line}" if mistake.line else mistake.file,
        )
    if not mistakes:
        path = " → ".join(e.name for e in settings.environments)
        count = len(settings.projects)
        found = f"{source} is valid" if there else f"There is no {source}, so the defaults hold"
        yield Finding(
            Level.OK, Topic.CONFIGURATION, f"{found}: {path}; {count} project{'s' if count != 1 else ''}."
        )
    for sentence in settings.advice:
        yield Finding(Level.WARNING, Topic.CONFIGURATION, sentence)


def check_files(
    settings: Settings,
    workflows: Sequence[Workflow],
    unreadable: Sequence[tuple[str, str]],
    roots: Sequence[ConfiguredRoot],
    local_version: str,
) -> Iterator[Finding]:
    """What the work tree's own files say: workflow, Terraform, states."""
    for file, why in unreadable:
        yield Finding(Level.ERROR, Topic.WORKFLOW, f"It cannot be read: {why}.", "Correct it.", file)
    yield from check_workflows(workflows, settings)
    for where in other_appliers(workflows):
        yield Finding(
            Level.WARNING,
            Topic.WORKFLOW,
            "Terraform is applied here too: without an approval and without an entry in the ledger.",
            "Take it out before the first merge, or keep it away from these states.",
            where,
        )
    yield from check_versions(roots, terraform_version(workflows), local_version)
    yield from check_state(roots, settings)


def check_code_owners(
    file: str, text: str | None, workflows: Sequence[Workflow], settings: Settings
) -> Iterator[Finding]:
    """Whether the files that decide what may be applied have owners; `text` is that of CODEOWNERS."""
    ours = [w.file for w in workflows if any(is_ours(w, job) for job in w.jobs)]
    yield from check_owners(file, text, ours, settings)


def check_github(
    host: RepositorySettings, settings: Settings, workflows: Sequence[Workflow]
) -> Iterator[Finding]:
    """What GitHub says about the repository."""
    yield from check_repository(host, settings, environments_named(workflows, settings))


def role_findings(checks: Sequence[RoleCheck]) -> Iterator[Finding]:
    """How it went with each environment's AWS role; one way to fail is said once."""
    for check in checks:
        if check.ok:
            role = check.role.rpartition("/")[2] or "no role"
            says = f"{check.environment}: {role} in {check.account}, from the {check.source}."
            yield Finding(Level.OK, Topic.ROLES, says)
    for (reason, fix), names in failures(checks).items():
        yield Finding(Level.ERROR, Topic.ROLES, f"{', '.join(names)}: {reason}", fix)
