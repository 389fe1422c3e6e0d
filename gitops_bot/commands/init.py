"""`gitops-bot init`: propose a configuration and a workflow for a repository, and write them."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from gitops_bot.commands.effects import CONFIG_FILE
from gitops_bot.commands.own_workflow import notes_on_workflows, place_of_workflow
from gitops_bot.config.folders import check_folders
from gitops_bot.config.load import ConfigInvalid, load_settings
from gitops_bot.core.aws import Phase
from gitops_bot.core.environments import HotfixRules, Override, Project, Settings
from gitops_bot.core.errors import BadInput, ExitCode
from gitops_bot.core.scaffold import Findings, Proposal, find_stages, propose
from gitops_bot.core.stages import DEFAULT_STAGES, Stage
from gitops_bot.ports import Progress
from gitops_bot.render.scaffold import difference, render_caller, render_config, with_ignored

IGNORE_FILE = ".gitignore"
DOCS = "https://github.com/gitops-bot/gitops-bot/blob/main/docs"
_SET_UP = "set-up-gitops-bot"
"""The branch for the commit of somebody who is on none."""
_SOME_BRANCHES = (
    "This clone has not every branch of origin, so environments may be missed. Bring them with "
    "`git remote set-branches origin '*' && git fetch`, and run this again."
)
_UNLESS_NAMED = f"{', '.join(s.name for s in DEFAULT_STAGES)}; --environment names others"
_USUAL_LABELS = {HotfixRules(()).label, Override(()).label}


class Questions(Protocol):
    """A person at a terminal."""

    def stages(self, default: Sequence[Stage]) -> tuple[Stage, ...]:
        """The environments in promotion order."""
        ...

    def account(self, environment: str) -> str:
        """The environment's AWS account id; "" for later."""
        ...

    def write(self, paths: Sequence[str]) -> bool:
        """Whether these files, shown before, may be written."""
        ...

    def overwrite(self, path: str) -> bool:
        """Whether a file that is there may be replaced by what was shown."""
        ...


class Wishes(Struct, frozen=True):
    """What the command line says. `stages` are () where it names none."""

    stages: tuple[Stage, ...] = ()
    yes: bool = False
    force: bool = False
    dry_run: bool = False


class FileChange(Struct, frozen=True):
    """A file that is to be written. `before` is None where there is none, `adds`: it only gets more lines."""

    path: str
    before: str | None
    after: str
    adds: bool = False

    @property
    def replaces(self) -> bool:
        """Whether somebody's text would be lost."""
        return self.before is not None and not self.adds


def init(
    findings: Findings,
    root: Path,
    wishes: Wishes,
    ask: Questions | None,
    say: Progress,
    write: Callable[[str, str], None],
) -> ExitCode:
    """Propose, show, write. Without anybody to `ask`, only what `wishes` allow.

    Raises `BadInput` where nothing can be proposed, or somebody would have to be asked.
    """
    quiet = wishes.yes or wishes.dry_run
    config, settings, proposal = _configuration(findings, root, wishes, None if quiet else ask)
    changes = _changes(findings, config, settings, proposal)
    if quiet and not wishes.stages and CONFIG_FILE not in findings.texts and not find_stages(findings):
        say(_wrapped(f"Nothing names the environments, so they are {_UNLESS_NAMED}.", "Note: "))
    if not findings.sees_all_branches:
        say(_wrapped(_SOME_BRANCHES, "Note: "))
    for note in (*notes_on_workflows(findings.texts), *proposal.notes):
        say(_wrapped(note, "Note: "))
    if not changes:
        say("Nothing to change: the configuration and the workflow are as init would write them.")
        return ExitCode.DONE
    for change in changes:
        say(difference(change.path, change.before, change.after))
    if wishes.dry_run:
        return ExitCode.DONE
    if ask is None and not wishes.yes:
        raise BadInput(
            "There is no terminal to ask at, so nothing was written.",
            "Give --yes to write what is shown, or --dry-run to look only.",
        )
    chosen = [c for c in changes if _is_wanted(c, wishes, ask)]
    fresh = [c.path for c in chosen if not c.replaces]
    if fresh and not quiet and ask is not None and not ask.write(fresh):
        chosen = [c for c in chosen if c.replaces]
    for change in chosen:
        write(change.path, change.after)
        say(f"Wrote {change.path}.")
    left = [c.path for c in changes if c not in chosen]
    if left:
        say(_wrapped(f"Left as it is: {', '.join(left)}. `gitops-bot init --force` replaces what differs."))
    if chosen:
        say(_next_steps(findings, settings, proposal, [c.path for c in chosen]))
    return ExitCode.FAILED if left and wishes.yes else ExitCode.DONE


def _configuration(
    findings: Findings, root: Path, wishes: Wishes, ask: Questions | None
) -> tuple[str, Settings, Proposal]:
    """The configuration's text as proposed, what is in force, and the proposal.

    A configuration that is there and lacks nothing that was found stays as it is, but for --force.
    """
    existing = findings.texts.get(CONFIG_FILE)
    if existing is not None and not wishes.force:
        settings = load_settings(existing, CONFIG_FILE)
        stages = tuple(Stage(e.name, e.branch) for e in settings.environments)
        if wishes.stages and wishes.stages != stages:
            raise BadInput(
                f"{CONFIG_FILE} names other environments than --environment.",
                "Change the file, or give --force to write it anew.",
            )
        proposal = propose(findings, stages)
        missed = [project for project in proposal.projects if not _has(settings, project)]
        return render_config(proposal, {}) if missed else existing, settings, proposal
    stages = wishes.stages or _stages(findings, ask)
    proposal = propose(findings, stages)
    if not proposal.projects:
        raise BadInput(
            " ".join(("There is no Terraform root module to propose.", *proposal.notes)),
            "Write one first: a folder with .tf files that no other module calls.",
        )
    accounts = {s.name: ask.account(s.name) for s in stages} if ask is not None and proposal.aws else {}
    text = render_config(proposal, {name: account for name, account in accounts.items() if account})
    settings = load_settings(text, CONFIG_FILE)
    if mistakes := check_folders(settings, root, text=text, source=CONFIG_FILE):
        raise ConfigInvalid(mistakes)
    return text, settings, proposal


def _has(settings: Settings, found: Project) -> bool:
    """Whether the configuration has this folder, with these files and this workspace."""
    return any(
        found.dir == project.dir
        and found.workspace in ("default", project.workspace)
        and set(found.var_files) <= set(project.var_files)
        and set(found.backend_config) <= set(project.backend_config)
        for project in settings.projects
    )


def _stages(findings: Findings, ask: Questions | None) -> tuple[Stage, ...]:
    found = find_stages(findings)
    if found:
        return found
    return ask.stages(DEFAULT_STAGES) if ask is not None else DEFAULT_STAGES


def _changes(
    findings: Findings, config: str, settings: Settings, proposal: Proposal
) -> tuple[FileChange, ...]:
    """The files that are not yet as they should be."""
    texts = findings.texts
    wanted = [FileChange(CONFIG_FILE, texts.get(CONFIG_FILE), config)]
    if place := place_of_workflow(texts):
        wanted.append(_caller(texts, place, settings, proposal))
    if not findings.ignores_terraform:
        before = texts.get(IGNORE_FILE)
        wanted.append(FileChange(IGNORE_FILE, before, with_ignored(before or ""), adds=True))
    return tuple(c for c in wanted if c.before is None or _lines(c.before) != _lines(c.after))


def _lines(text: str) -> str:
    """Without the ends of lines that git checks out on Windows."""
    return text.replace("\r\n", "\n")


def _caller(texts: Mapping[str, str], path: str, settings: Settings, proposal: Proposal) -> FileChange:
    labels = {
        rule.label for e in settings.environments for rule in (e.hotfix, e.override) if rule is not None
    }
    deciding = [] if labels <= _USUAL_LABELS else sorted(labels)
    text = render_caller(proposal.stages, proposal.terraform_version, deciding)
    return FileChange(path, texts.get(path), text)


def _is_wanted(change: FileChange, wishes: Wishes, ask: Questions | None) -> bool:
    if not change.replaces or wishes.force:
        return True
    return not wishes.yes and ask is not None and ask.overwrite(change.path)


def _next_steps(findings: Findings, settings: Settings, proposal: Proposal, paths: Sequence[str]) -> str:
    """What a person does next. Nothing was committed."""
    here = findings.current_branch or _SET_UP
    branches = dict.fromkeys([findings.default_branch, *(s.branch for s in proposal.stages)])
    others = [b for b in branches if b and b != here]
    there = [shlex.quote(b) for b in others if b in findings.branches]
    missing = [shlex.quote(b) for b in others if b not in findings.branches]
    lines = [
        "Next:",
        "- Commit, and start no run by it: there is nothing to apply yet.",
        f"    git add {shlex.join(paths)}",
        '    git commit -m "Set up gitops-bot [skip ci]"',
        f"    git push origin {shlex.quote(here)}",
    ]
    if not findings.current_branch:
        lines.insert(2, f"    git switch -c {_SET_UP}")
    if there:
        start = shlex.quote(here)
        lines += [
            "- Bring the commit to the default branch and every environment's branch:",
            f"    for branch in {' '.join(there)}; do",
            f'      git switch "$branch" && git cherry-pick {start} && git push origin "$branch"',
            "    done",
        ]
    if missing:
        refs = " ".join(f"HEAD:refs/heads/{name}" for name in missing)
        lines += [
            f"- Make the branches that are missing: {', '.join(missing)}.",
            f"    git push origin {refs}",
        ]
    roles = [e.name for e in settings.environments if proposal.aws and not e.aws.role_of(Phase.PLAN)]
    if roles:
        text = f"AWS roles are missing for {', '.join(roles)}: {DOCS}/how-to/aws-oidc.md"
        lines.append(_wrapped(text, "- "))
    lines.append(
        _wrapped(
            "Is something applied already? Start the ledger with what is there: "
            f"{DOCS}/how-to/start-on-a-living-repository.md",
            "- ",
        )
    )
    lines.append("- gitops-bot doctor")
    return "\n".join(lines)


def _wrapped(text: str, start: str = "") -> str:
    return textwrap.fill(
        text, 80, initial_indent=start, subsequent_indent=" " * len(start), break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
