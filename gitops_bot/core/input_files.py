"""Which var files and backend configuration files of a repository belong to which project."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Collection, Mapping, Sequence

from gitops_bot.core.environments import Project
from gitops_bot.core.outline import outline
from gitops_bot.core.root_modules import Module
from gitops_bot.core.stages import PLACEHOLDER, templates_of

_COMMON = {"common", "global", "shared", "all", "defaults"}
_STATE_KEYS = {"key", "prefix", "path", "secret_suffix", "schema_name"}
"""What names one state in its backend: two projects with the same one overwrite each other."""


class InputFiles:
    """The files of a repository, looked at for some environments."""

    def __init__(self, files: Sequence[str], texts: Mapping[str, str], names: Sequence[str]) -> None:
        self._texts = texts
        self._names = names
        self._var_files = [f for f in files if f.endswith((".tfvars", ".tfvars.json"))]
        self._backends = [
            f
            for f in files
            if f.endswith(".tfbackend") or (f.endswith(".hcl") and "backend" in f and "/." not in f"/{f}")
        ]

    def var_files(self, folder: str, modules: Sequence[Module], folders: Sequence[str]) -> tuple[str, ...]:
        """A project's var files, those of all environments first. Terraform reads some by itself."""
        declared = {name for module in modules for name in module.variables}
        common = [
            f for f in self._var_files
            if posixpath.basename(f).partition(".")[0] in _COMMON and self._is_for(f, folder, folders)
            and not templates_of(f, self._names) and not _read_by_itself(f, folder)
            and declared & set(self._values(f))
        ]  # fmt: skip
        chosen = [
            template
            for template, sample in self._for_all(self._var_files).items()
            if self._is_for(template, folder, folders)
            and not _read_by_itself(template, folder)
            and (declared & set(self._values(sample)) or _within(template, folder))
        ]
        return tuple(_from(folder, f) for f in (*sorted(common), *_nearest(chosen, folder)))

    def backend_config(
        self, folder: str, modules: Sequence[Module], folders: Sequence[str]
    ) -> tuple[str, ...]:
        """A project's backend configuration files; () where its module has no backend block to complete."""
        backend = modules[0].backend
        if backend is None or backend.kind == "cloud":
            return ()
        chosen = [
            template
            for template, sample in self._for_all(self._backends).items()
            if self._is_for(template, folder, folders)
            and (len(folders) == 1 or _near(template, folder) or not _STATE_KEYS & set(self._values(sample)))
        ]
        return tuple(_from(folder, f) for f in _nearest(chosen, folder))

    def values_of(self, project: Project, modules: Sequence[Module]) -> set[str]:
        """The variables that every environment of the project has a value for."""
        of_each = []
        for index, name in enumerate(self._names):
            module = modules[index] if len(modules) > 1 else modules[0]
            of_each.append({v for path in self._read(project, module, name) for v in self._values(path)})
        return set.intersection(*of_each) if of_each else set()

    def value(self, project: Project, module: Module, variable: str, environment: str) -> str | None:
        """A variable's value in an environment, where it is a plain one."""
        found = outline(f"value = {module.variables.get(variable) or ''}\n").literal("value")
        for path in self._read(project, module, environment):
            found = outline(self._texts.get(path, "")).literal(variable) or found
        return found

    def _read(self, project: Project, module: Module, environment: str) -> list[str]:
        """The var files Terraform reads, in its order."""
        own = sorted(f for f in self._var_files if _read_by_itself(f, module.folder))
        given = [text.replace(PLACEHOLDER, environment) for text in project.var_files]
        near = [posixpath.normpath(posixpath.join(module.folder, name)) for name in given]
        return own + [n if n in self._texts else g for n, g in zip(near, given, strict=True)]

    def lacking(self) -> dict[str, tuple[str, ...]]:
        """The templates that several environments have a file for and others do not: those others."""
        found = self._by_template([*self._backends, *self._var_files])
        several = {t: of for t, of in found.items() if 1 < len(of) < len(self._names)}
        return {t: tuple(n for n in self._names if n not in of) for t, of in several.items()}

    def _for_all(self, files: Sequence[str]) -> dict[str, str]:
        """The templates that have a file for every environment, with one of these."""
        found = self._by_template(files)
        return {t: min(of.values()) for t, of in found.items() if len(of) == len(self._names)}

    def _by_template(self, files: Sequence[str]) -> dict[str, dict[str, str]]:
        """The files of each template, by environment."""
        found: dict[str, dict[str, str]] = {}
        for path in files:
            for template, name in templates_of(path, self._names).items():
                found.setdefault(template, {})[name] = path
        return dict(sorted(found.items()))

    def _is_for(self, template: str, folder: str, folders: Sequence[str]) -> bool:
        """Whether a file may belong to the project in `folder`, one of `folders`."""
        owner = max((f for f in folders if _within(template, f)), key=len, default=None)
        if owner is not None and owner != ".":
            return owner == folder
        near = [f for f in folders if _near(template, f)]
        return folder in near if near else True

    def _values(self, path: str) -> Collection[str]:
        text = self._texts.get(path, "")
        if not path.endswith(".json"):
            return outline(text).attributes
        try:
            found = json.loads(text)
        except ValueError:
            return ()
        return found if isinstance(found, dict) else ()


def _within(path: str, folder: str) -> bool:
    return folder == "." or path.startswith(f"{folder}/")


def _near(template: str, folder: str) -> bool:
    """Whether a file's path names the project's folder, inside it or elsewhere: `envs/dev/network.tfvars`."""
    last = next((p for p in reversed(folder.split("/")) if p not in (PLACEHOLDER, ".")), None)
    parts = template.split("/")
    words = {*parts[:-1], *parts[-1].replace("-", ".").replace("_", ".").split("."), parts[-1].split(".")[0]}
    return last is not None and last in words


def _read_by_itself(path: str, folder: str) -> bool:
    """Terraform reads these of its own accord."""
    name = posixpath.basename(path)
    return (posixpath.dirname(path) or ".") == folder and (
        name in ("terraform.tfvars", "terraform.tfvars.json")
        or name.endswith((".auto.tfvars", ".auto.tfvars.json"))
    )


def _nearest(templates: Sequence[str], folder: str) -> list[str]:
    """Those inside the project's folder where there are any, else all."""
    inside = [t for t in templates if _within(t, folder)] if folder != "." else []
    return sorted(inside or templates)


def _from(folder: str, path: str) -> str:
    """A file's name as the configuration has it: from the project's folder where it is in there."""
    return path.removeprefix(f"{folder}/") if folder != "." else path
