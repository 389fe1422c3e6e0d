"""What a person should know about a repository before gitops-bot works in it, as sentences."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Sequence

from gitops_bot.core.environments import Project
from gitops_bot.core.input_files import InputFiles
from gitops_bot.core.root_modules import TERRAGRUNT, Module, unset_variables
from gitops_bot.core.stages import PLACEHOLDER

LOCK_FILE = ".terraform.lock.hcl"
OWN_JOB = "https://github.com/gitops-bot/gitops-bot/blob/main/docs/reference/action.md#your-own-job"
_ON_THE_RUNNER = (None, "local")
_CLOUDS = {"google": "Google Cloud", "azurerm": "Azure"}


def state_notes(
    project: Project, modules: Sequence[Module], environments: int, lacking: Collection[str] = ()
) -> list[str]:
    """What is wrong with where the project's state is kept. `lacking` are files' templates that not every
    environment has a file for: where those are a backend's, what is missing is said of them."""
    backend = modules[0].backend
    kind = backend.kind if backend else None
    if kind in _ON_THE_RUNNER:
        return [
            "The state would be kept in a file of the runner, which is gone after the run. Give it a backend "
            "before the first merge; plans of pull requests work without."
        ]
    if kind in ("cloud", "remote"):
        return [
            f"The state is in HCP Terraform (`{kind}`), which plans and applies by itself. "
            "gitops-bot needs another backend."
        ]
    if not project.backend_config and not all(m.backend and m.backend.attributes for m in modules):
        return (
            []
            if any(name.endswith((".tfbackend", ".hcl")) for name in lacking)
            else [
                f'`backend "{kind}"` says nothing more, and there is no file for it. Write '
                f"{_below(project, 'backends', '.tfbackend')} for each environment, and run this again."
            ]
        )
    if shares_state(project, modules, environments):
        return [
            "EVERY ENVIRONMENT WOULD USE ONE STATE, because the backend is the same in all "
            "of them. Merge nothing before backend_config names a file per environment, or `workspace` is "
            '"{environment}" and those workspaces are there.'
        ]
    return []


def shares_state(project: Project, modules: Sequence[Module], environments: int) -> bool:
    """Whether a complete backend is the same in all environments: one state for all of them."""
    settings = {tuple(sorted(m.backend.attributes.items())) for m in modules if m.backend}
    differs = any(PLACEHOLDER in text for text in (project.workspace, *project.backend_config))
    return environments > 1 and not differs and len(settings) == 1 and modules[0].backend is not None


def value_notes(
    project: Project, modules: Sequence[Module], inputs: InputFiles, tracked: Collection[str]
) -> list[str]:
    """What the project still needs a value for, and providers without a lock file that git has."""
    notes = []
    missing = unset_variables(modules, inputs.values_of(project, modules))
    if missing:
        notes.append(
            f"No file gives a value for {_listed(missing)}. Write "
            f"{_below(project, 'envs', '.tfvars')} for each environment, and run this again."
        )
    folders = [m.folder for m in modules if m.requires_providers or m.providers]
    locks = [posixpath.normpath(posixpath.join(f, LOCK_FILE)) for f in folders]
    if unlocked := [path for path in locks if path not in tracked]:
        notes.append(
            f"{_listed(unlocked)} {'is' if len(unlocked) == 1 else 'are'} not committed. Run `terraform init "
            f"-backend=false` in {'its' if len(unlocked) == 1 else 'each'} folder, and commit it, so that an "
            "apply uses the providers that were planned with."
        )
    return notes


def repository_notes(files: Sequence[str], modules: Sequence[Module], inputs: InputFiles) -> list[str]:
    """What concerns the repository as a whole. `modules` are all that are planned."""
    notes = [
        f"{template} is not there for {_listed(names)}, so no environment reads it. Write "
        f"{_listed([template.replace(PLACEHOLDER, name) for name in names])}, and run this again."
        for template, names in inputs.lacking().items()
    ]
    if any(posixpath.basename(path) == TERRAGRUNT for path in files):
        notes.append(
            "gitops-bot runs Terraform itself and reads no terragrunt.hcl. What Terragrunt generates "
            "(backends, providers) and its `inputs` must stand in Terraform's own files. The projects are "
            "the modules that it names as its sources."
        )
    states = [path for path in files if path.endswith((".tfstate", ".tfstate.backup"))]
    if states:
        notes.append(
            f"{_listed(states)}: a state holds secrets in clear text. Move it to a backend, take it out of "
            "git, and change the secrets that are in it."
        )
    used = {provider for module in modules for provider in module.providers}
    notes += [
        f"{what}: gitops-bot assumes roles in AWS only. Hand Terraform its credentials in a job of your own: "
        f"{OWN_JOB}"
        for provider, what in _CLOUDS.items()
        if provider in used
    ]
    return notes


def of_projects(noted: Sequence[tuple[str, str]]) -> list[str]:
    """Notes, each said once for all the projects (first of each pair) that it is about."""
    names: dict[str, list[str]] = {}
    for name, note in noted:
        names.setdefault(note, []).append(name)
    return [f"{_listed(found)}: {note}" for note, found in names.items()]


def _below(project: Project, folder: str, suffix: str) -> str:
    return posixpath.normpath(posixpath.join(project.dir, folder, f"{PLACEHOLDER}{suffix}"))


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown
