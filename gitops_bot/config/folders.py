"""Project folders and their input files, found inside the repository. No symlink may lead out of it."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath

from msgspec import Struct

from gitops_bot.config.mistakes import ConfigInvalid, Mistake, shown
from gitops_bot.config.raw import Items, Node, Scalar, Table, parse
from gitops_bot.config.rules import path_problem
from gitops_bot.core.aws import Phase
from gitops_bot.core.environments import Environment, Project, Settings
from gitops_bot.core.errors import BadInput

_MAX_SYMLINKS = 40


class ResolvedProject(Struct, frozen=True):
    """A project's folder and files for one environment and phase: absolute, free of symlinks."""

    dir: Path
    var_files: tuple[Path, ...]
    backend_config: tuple[Path, ...]


def check_folders(
    settings: Settings,
    root: Path,
    environment: Environment | None = None,
    phase: Phase | None = None,
    *,
    text: str | bytes | None = None,
    source: str = ".gitops-bot.yml",
) -> tuple[Mistake, ...]:
    """What is missing or leaves the repository.

    Without an environment all of them are checked, without a phase both. With the configuration's
    `text` each mistake has its line.
    """
    base = _base(root)
    environments = settings.environments if environment is None else (environment,)
    phases = tuple(Phase) if phase is None else (phase,)
    found: dict[tuple[str, str], Mistake] = {}
    lines = _lines(text, source)
    for index, project in enumerate(settings.projects):
        for one in environments:
            for each in phases:
                search = _Search(base, project, one.name, each)
                search.run()
                for key, message, hint in search.problems:
                    path = f"projects[{index}].{key}"
                    line = lines.get(path, lines.get(f"projects[{index}]", 0))
                    found.setdefault((path, message), Mistake(source, line, path, message, hint))
    return tuple(found.values())


def resolve_project(project: Project, environment_name: str, phase: Phase, root: Path) -> ResolvedProject:
    """The project's absolute paths. Raises `BadInput` that names everything missing or outside."""
    search = _Search(_base(root), project, environment_name, phase)
    resolved = search.run()
    if resolved is None:
        lines = (f"{key}: {message}; {hint}." for key, message, hint in search.problems)
        message = f"Project {project.name} cannot be used for {shown(environment_name)}."
        raise BadInput(message, " ".join(lines))
    return resolved


def _base(root: Path) -> Path:
    try:
        return root.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        raise BadInput(
            f"The repository's folder {shown(str(root))} cannot be read.", "Check it out first."
        ) from None


class _Search:
    """Looks up one project's folder and files and notes what is wrong, by key."""

    def __init__(self, base: Path, project: Project, environment: str, phase: Phase) -> None:
        self.base = base
        self.project = project.placed(environment)
        self.environment = environment
        self.phase = phase
        self.problems: list[tuple[str, str, str]] = []

    def run(self) -> ResolvedProject | None:
        folder = self._folder()
        var_files = self._files("var_files", self.project.var_files)
        backend = self._files("backend_config", self.project.backend_config)
        return None if folder is None or self.problems else ResolvedProject(folder, var_files, backend)

    def _folder(self) -> Path | None:
        name = shown(self.project.dir)
        place = self._place("dir", self.project.dir, "create the folder, or correct dir")
        if place is None:
            return None
        if not place.is_dir():
            self.problems.append(
                ("dir", f"{name} is not a folder", "name the folder that holds the .tf files")
            )
            return None
        try:
            entries = [entry for entry in place.iterdir() if entry.name.endswith((".tf", ".tf.json"))]
        except OSError:
            entries = []
        if not any(entry.is_file() for entry in entries):
            hint = "name the folder that holds them"
            self.problems.append(("dir", f"{name} holds no .tf or .tf.json file", hint))
            return None
        return place

    def _files(self, key: str, templates: tuple[str, ...]) -> tuple[Path, ...]:
        found: list[Path] = []
        names = self.project.for_environment(templates, self.environment, self.phase)
        for index, name in enumerate(map(self._near_project, names)):
            where = f"{key}[{index}]"
            place = self._place(where, name, "create the file, or correct the name")
            if place is None:
                continue
            if place.is_file():
                found.append(place)
            else:
                self.problems.append((where, f"{shown(name)} is not a file", "name a file"))
        return tuple(found)

    def _near_project(self, name: str) -> str:
        """A file's name from the repository's root: the project's folder comes first."""
        nearby = PurePosixPath(self.project.dir, name)
        return str(nearby) if os.path.lexists(self.base / nearby) else name

    def _place(self, key: str, name: str, create: str) -> Path | None:
        problem = path_problem(name)
        if problem is None:
            try:
                return _inside(self.base, name)
            except _Outside:
                hint = "use a file or folder of the repository itself"
                problem = (f"{shown(name)} leads out of the repository by a symlink", hint)
            except _Loop:
                problem = (f"{shown(name)} is a symlink that leads nowhere", "remove or correct the symlink")
            except (FileNotFoundError, NotADirectoryError):
                problem = (f"{shown(name)} does not exist", create)
            except (OSError, ValueError):
                problem = (f"{shown(name)} cannot be read", "check its name and its permissions")
        self.problems.append((key, *problem))
        return None


class _Outside(Exception):
    """A symlink on the way leads out of the repository, even if a later one leads back."""


class _Loop(Exception):
    """Too many symlinks on the way."""


def _inside(base: Path, name: str) -> Path:
    """Follow the path part by part, so that no symlink on the way can leave `base` unseen."""
    current, pending, followed = base, name.split("/")[::-1], 0
    while pending:
        part = pending.pop()
        if part in ("", "."):
            continue
        if part == "..":
            if current == base:
                raise _Outside
            current = current.parent
            continue
        step = current / part
        if not stat.S_ISLNK(step.lstat().st_mode):
            current = step
            continue
        followed += 1
        if followed > _MAX_SYMLINKS:
            raise _Loop
        target = str(step.readlink())
        if target.startswith("/"):
            current, target = base, _below(base, target)
        pending.extend(target.split("/")[::-1])
    return current


def _below(base: Path, target: str) -> str:
    """An absolute symlink's target relative to the repository."""
    try:
        return Path(target).relative_to(base).as_posix()
    except ValueError:
        raise _Outside from None


def _lines(text: str | bytes | None, source: str) -> dict[str, int]:
    """The line of every value below `projects`, by its key."""
    try:
        root = parse(text, source).root if text is not None else None
    except ConfigInvalid:
        return {}
    lines: dict[str, int] = {}
    if root is not None:
        _note_lines(root, "", root.line, lines)
    return lines


def _note_lines(node: Node, key: str, line: int, lines: dict[str, int]) -> None:
    lines[key] = node.line if isinstance(node, Scalar) else line
    if isinstance(node, Table):
        for entry in node.entries:
            _note_lines(entry.value, f"{key}.{entry.key}" if key else entry.key, entry.line, lines)
    elif isinstance(node, Items):
        for index, value in enumerate(node.values):
            _note_lines(value, f"{key}[{index}]", value.line, lines)
