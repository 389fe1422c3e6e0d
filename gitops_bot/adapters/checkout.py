"""What `gitops-bot doctor` reads of a work tree: workflow files, root modules, lock files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gitops_bot.adapters.process import run
from gitops_bot.config.folders import ResolvedProject, resolve_project
from gitops_bot.config.workflow import Workflow, read_workflow
from gitops_bot.core.aws import Phase
from gitops_bot.core.code_owners import PLACES
from gitops_bot.core.environments import Project, Settings
from gitops_bot.core.errors import BadInput
from gitops_bot.core.root_modules import ConfiguredRoot, read_modules

_LOCK = ".terraform.lock.hcl"
_LARGEST = 1024 * 1024
"""How many bytes of a file are looked at."""


def read_workflows(root: Path) -> tuple[tuple[Workflow, ...], tuple[tuple[str, str], ...]]:
    """The workflow files of a work tree, and those that cannot be read, each with why."""
    found: list[Workflow] = []
    wrong: list[tuple[str, str]] = []
    for path in sorted((root / ".github" / "workflows").glob("*.y*ml")):
        name = f".github/workflows/{path.name}"
        text = _text(path)
        workflow = "it is no UTF-8 text" if text is None else read_workflow(name, text)
        if isinstance(workflow, str):
            wrong.append((name, workflow))
        else:
            found.append(workflow)
    return tuple(found), tuple(wrong)


def read_code_owners(root: Path) -> tuple[str, str | None]:
    """The CODEOWNERS file that GitHub would take, and its text; None where there is none."""
    for place in PLACES:
        text = _text(root / place)
        if text is not None:
            return place, text
    return PLACES[0], None


def read_roots(root: Path, settings: Settings, environ: Mapping[str, str]) -> tuple[ConfiguredRoot, ...]:
    """Every root module of the configuration that is there, once for each folder it has."""
    found: dict[tuple[str, Path], list[ResolvedProject]] = {}
    for project in settings.projects:
        for environment in settings.environments:
            for resolved in _resolved(project, environment.name, root):
                found.setdefault((project.name, resolved.dir), []).append(resolved)
    return tuple(_root(name, folder, of, root, environ) for (name, folder), of in found.items())


def _resolved(project: Project, environment: str, root: Path) -> list[ResolvedProject]:
    """For both phases; what is missing is said by the configuration's own check."""
    found = []
    for phase in Phase:
        try:
            found.append(resolve_project(project, environment, phase, root))
        except BadInput:
            continue
    return found


def _root(
    project: str, folder: Path, resolved: list[ResolvedProject], root: Path, environ: Mapping[str, str]
) -> ConfiguredRoot:
    relative = folder.relative_to(root.resolve()).as_posix()
    texts = {f"{relative}/{file.name}": text for file in folder.glob("*.tf*") if (text := _text(file))}
    modules = read_modules(texts)
    inputs = dict.fromkeys(file for one in resolved for file in one.backend_config)
    lock = folder / _LOCK
    return ConfiguredRoot(
        project,
        relative,
        modules[relative],
        tuple(text for file in inputs if (text := _text(file))),
        _text(lock),
        _is_ignored(lock, root, environ),
    )


def _is_ignored(file: Path, root: Path, environ: Mapping[str, str]) -> bool:
    try:
        done = run(["git", "check-ignore", "--quiet", str(file)], cwd=root, environ=dict(environ), timeout=20)
    except OSError:
        return False
    return done.exit_code == 0


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes()[:_LARGEST].decode() if path.is_file() else None
    except (OSError, UnicodeDecodeError):
        return None
