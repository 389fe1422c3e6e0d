"""What `gitops-bot init` proposes for a repository, from what was found in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from gitops_bot.core import terraform_versions
from gitops_bot.core.environments import Project
from gitops_bot.core.input_files import InputFiles
from gitops_bot.core.outline import outline
from gitops_bot.core.root_modules import Module, root_modules, with_called
from gitops_bot.core.scaffold_notes import (
    of_projects,
    repository_notes,
    shares_state,
    state_notes,
    value_notes,
)
from gitops_bot.core.stages import (
    PLACEHOLDER,
    Stage,
    folder_templates,
    guess_stages,
    spellings,
    templates_of,
)

INPUT_SUFFIXES = (".tfvars", ".tfvars.json")
BACKEND_SUFFIXES = (".tfbackend", ".hcl")
VERSION_FILES = (".terraform-version", ".tool-versions")
_GENERIC = {
    "environments",
    "environment",
    "envs",
    "env",
    "live",
    "infra",
    "infrastructure",
    "terraform",
    "tf",
}


class Findings(Struct, frozen=True):
    """What stands in a repository. `files` are those that git has or would take, `texts` those of interest,
    `untracked` those that git does not have.

    `branches` are local ones and origin's. `contains` are pairs of branches: the first has everything of the
    second and more. `ignores_terraform`: git leaves `.terraform/` folders alone already.
    `sees_all_branches`: the clone has all of origin's.
    """

    files: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    branches: frozenset[str] = frozenset()
    default_branch: str = ""
    current_branch: str = ""
    contains: frozenset[tuple[str, str]] = frozenset()
    ignores_terraform: bool = False
    untracked: frozenset[str] = frozenset()
    sees_all_branches: bool = True


class Proposal(Struct, frozen=True):
    """What the configuration and the workflow are to say.

    `regions` are AWS regions by environment, `aws` says whether the AWS provider is used.
    `terraform_version` is "" where the workflow's own will do. `notes` are sentences for a person.
    """

    stages: tuple[Stage, ...]
    projects: tuple[Project, ...]
    aws: bool = False
    regions: Mapping[str, str] = field(default_factory=dict)
    terraform_version: str = ""
    notes: tuple[str, ...] = ()


def find_stages(findings: Findings) -> tuple[Stage, ...]:
    """The environments as branches, folders and files name them; () where they do not tell."""
    roots = root_modules(findings.texts)
    paths = [p for p in findings.files if p.endswith((*INPUT_SUFFIXES, *BACKEND_SUFFIXES))]
    spelled = spellings([*map(templates_of, paths), *(folder_templates(m.folder) for m in roots)])
    return guess_stages(findings.branches, findings.contains, spelled)


def propose(findings: Findings, stages: Sequence[Stage]) -> Proposal:
    """Projects, region, Terraform's version and what a person should know, for these environments."""
    names = [stage.name for stage in stages]
    groups, notes = _fold(root_modules(findings.texts), names)
    inputs = InputFiles(findings.files, findings.texts, names)
    projects, found = [], []
    taken: set[str] = set()
    noted: list[tuple[str, str]] = []
    for folder, modules in groups.items():
        project = Project(
            _project_name(folder, taken),
            folder,
            inputs.var_files(folder, modules, list(groups)),
            inputs.backend_config(folder, modules, list(groups)),
        )
        if shares_state(project, modules, len(names)) and modules[0].uses_workspace:
            project = replace(project, workspace=PLACEHOLDER)
        projects.append(project)
        found.append((project, modules))
        said = [
            *state_notes(project, modules, len(names), inputs.lacking()),
            *value_notes(project, modules, inputs, {*findings.files} - findings.untracked),
        ]
        noted += [(project.name, note) for note in said]
    everything = [module for _, modules in found for module in modules]
    version, version_notes = _version(findings, everything)
    return Proposal(
        tuple(stages),
        tuple(projects),
        any("aws" in module.providers for module in with_called(everything, findings.texts)),
        _regions(found, inputs, names),
        version,
        (
            *notes,
            *of_projects(noted),
            *version_notes,
            *repository_notes(findings.files, with_called(everything, findings.texts), inputs),
        ),
    )


def _fold(roots: Sequence[Module], names: Sequence[str]) -> tuple[dict[str, tuple[Module, ...]], list[str]]:
    """The projects' folders with their modules: folders that differ by an environment's name only are one."""
    by_template: dict[str, dict[str, Module]] = {}
    for module in roots:
        for template, name in folder_templates(module.folder, names).items():
            by_template.setdefault(template, {})[name] = module
    folded = {t: found for t, found in by_template.items() if len(found) == len(names)}
    groups = {t: tuple(found[name] for name in names) for t, found in folded.items()}
    used = {module.folder for found in folded.values() for module in found.values()}
    notes = []
    for template, found in by_template.items():
        rest = {name: module for name, module in found.items() if module.folder not in used}
        if len(rest) > 1:
            missing = ", ".join(name for name in names if name not in found)
            notes.append(
                f"{template} exists for {', '.join(rest)} and not for {missing}, so it is left out: make it "
                "for every environment, or name only those that have it with --environment."
            )
            used |= {module.folder for module in rest.values()}
    for module in roots:
        if module.folder in used:
            continue
        if beside := _beside(module.folder, groups):
            notes.append(
                f"{module.folder} stands beside {beside} and belongs to no environment, so it is left out. "
                "As a project it would be applied by every environment's branch, to one and the same state."
            )
        else:
            groups[module.folder] = (module,)
    return dict(sorted(groups.items())), notes


def _beside(folder: str, groups: Mapping[str, object]) -> str | None:
    """The template of environments' folders that this one is a sibling of."""
    for template in groups:
        start, placeholder, end = template.partition(PLACEHOLDER)
        depth = folder.count("/") == template.count("/")
        if placeholder and depth and folder.startswith(start) and folder.endswith(end):
            return template
    return None


def _project_name(folder: str, taken: set[str]) -> str:
    """The folder's last part that says something, once."""
    parts = [part for part in folder.split("/") if part not in (PLACEHOLDER, ".")]
    name = parts[-1] if parts and parts[-1].lower() not in _GENERIC else "main"
    name = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in name).lstrip("._-")[:60]
    if name.lower() in taken or not name:
        longer = "-".join(part for part in parts if part.isascii())[-50:].lstrip("._-") or "project"
        name = longer if longer.lower() not in taken else f"{longer}-{len(taken)}"
    taken.add(name.lower())
    return name


def _version(findings: Findings, modules: Sequence[Module]) -> tuple[str, list[str]]:
    """The version for the workflow, "" for its own."""
    places = ["", *(f"{m.folder}/" for m in modules)]
    files = [(n, findings.texts[p + n]) for p in places for n in VERSION_FILES if p + n in findings.texts]
    asked = terraform_versions.pinned(files)
    chosen = asked or terraform_versions.choose([text for module in modules for text in module.requires])
    if chosen is None:
        return "", [
            "No one version of Terraform fits every required_version, so the workflow takes its own "
            f"({terraform_versions.DEFAULT}). Set terraform-version in it."
        ]
    return ("" if chosen == terraform_versions.DEFAULT else chosen), []


def _regions(
    found: Sequence[tuple[Project, Sequence[Module]]], inputs: InputFiles, names: Sequence[str]
) -> dict[str, str]:
    """Each environment's AWS region, where the providers of all projects agree on one."""
    regions: dict[str, set[str]] = {name: set() for name in names}
    for project, modules in found:
        for index, name in enumerate(names):
            module = modules[index] if len(modules) > 1 else modules[0]
            if "aws" not in module.providers:
                continue
            known = outline(f"value = {module.region}\n").literal("value")
            if known is None and module.region.startswith("var."):
                known = inputs.value(project, module, module.region.removeprefix("var."), name)
            regions[name].add(known or "")
    return {
        name: one
        for name, (one, *more) in ((n, sorted(r) or [""]) for n, r in regions.items())
        if one and not more
    }
