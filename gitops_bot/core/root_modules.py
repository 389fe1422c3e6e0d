"""Which folders of a repository are Terraform root modules, and what they say about themselves."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from gitops_bot.core.blocks import LOCAL_SOURCES
from gitops_bot.core.json_outline import json_outline
from gitops_bot.core.outline import Body, outline

TERRAGRUNT = "terragrunt.hcl"
_TRYING = {"examples", "example", "tests", "fixtures"}
"""Folders whose modules only show or test others."""
_SHARED = {"modules", "module", "templates", *_TRYING}
"""Folders whose modules are no root modules unless they say so."""
_SOURCE = re.compile(r'^"(?P<root>\$\{[^}"]*\}/*)?(?P<path>[^"$?]*)')


class Backend(Struct, frozen=True):
    """Where a root module keeps its state: `kind` as in `backend "s3"` (`cloud` for that block), and what
    the block sets, as expressions."""

    kind: str
    attributes: Mapping[str, str]


class Module(Struct, frozen=True):
    """A folder with `.tf` or `.tf.json` files.

    `variables` say which value each has by default: an expression, or None. `uses_workspace`: it reads
    the name of its workspace. `providers` are local names, without the built-in one. `region` is the AWS
    provider's, an expression. `calls` are the folders of local modules, `requires` Terraform's version
    constraints.
    """

    folder: str
    backend: Backend | None = None
    configures_providers: bool = False
    requires_providers: bool = False
    providers: frozenset[str] = frozenset()
    region: str = ""
    variables: Mapping[str, str | None] = field(default_factory=dict)
    calls: frozenset[str] = frozenset()
    requires: tuple[str, ...] = ()
    uses_workspace: bool = False


def read_modules(texts: Mapping[str, str]) -> dict[str, Module]:
    """Every folder with `.tf` or `.tf.json` files, by its path (`.` is the root)."""
    bodies: dict[str, list[Body]] = {}
    by_workspace: set[str] = set()
    for path in sorted(texts):
        if path.endswith((".tf", ".tf.json")):
            folder = posixpath.dirname(path) or "."
            of_folder = bodies.setdefault(folder, [])
            read = outline if path.endswith(".tf") else json_outline
            of_folder.append(read(texts[path]))
            if "terraform.workspace" in texts[path]:
                by_workspace.add(folder)
    return {folder: _module(folder, found, folder in by_workspace) for folder, found in bodies.items()}


def root_modules(texts: Mapping[str, str]) -> tuple[Module, ...]:
    """The modules that are planned by themselves, by folder.

    No other one calls them, and they have a backend or a provider's configuration, or stand where no shared
    modules do. What Terragrunt names as its source is one too.
    """
    modules = read_modules(texts)
    callers = [module for module in modules.values() if not _TRYING & set(module.folder.split("/"))]
    called = {folder for module in callers for folder in module.calls}
    named = terragrunt_sources(texts)
    return tuple(
        module
        for folder, module in sorted(modules.items())
        if folder in named or (folder not in called and _stands_alone(module))
    )


def with_called(roots: Iterable[Module], texts: Mapping[str, str]) -> list[Module]:
    """These modules and all local ones that they call."""
    known = read_modules(texts)
    reached: dict[str, Module] = {}
    waiting = list(roots)
    while waiting:
        module = waiting.pop()
        if module.folder not in reached:
            reached[module.folder] = module
            waiting += [known[folder] for folder in module.calls if folder in known]
    return list(reached.values())


def terragrunt_sources(texts: Mapping[str, str]) -> frozenset[str]:
    """The folders of the repository that Terragrunt's files name as their source."""
    found = set()
    for path, text in texts.items():
        if posixpath.basename(path) != TERRAGRUNT:
            continue
        for block in outline(text).all("terraform"):
            if named := _SOURCE.match(block.body.attributes.get("source", "")):
                start = "." if named["root"] else posixpath.dirname(path) or "."
                place = named["path"].replace("//", "/").lstrip("/" if named["root"] else "")
                found.add(posixpath.normpath(posixpath.join(start, place)))
    return frozenset(found)


def unset_variables(modules: Iterable[Module], given: Iterable[str]) -> tuple[str, ...]:
    """The variables that have no default and are not among those that are given."""
    needed = {name for module in modules for name, default in module.variables.items() if default is None}
    return tuple(sorted(needed - set(given)))


def _stands_alone(module: Module) -> bool:
    if module.backend is not None or module.configures_providers:
        return True
    return not _SHARED & set(module.folder.split("/"))


def _module(folder: str, bodies: list[Body], uses_workspace: bool) -> Module:
    settings = [block.body for body in bodies for block in body.all("terraform")]
    configured = [block for body in bodies for block in body.all("provider") if block.labels]
    required = [block.body.attributes for body in settings for block in body.all("required_providers")]
    return Module(
        folder,
        _backend(settings),
        bool(configured),
        bool(required),
        frozenset(_providers(bodies, [name for names in required for name in names])),
        next((b.body.attributes["region"] for b in configured if _is_plain_aws(b.labels, b.body)), ""),
        {
            block.labels[0]: block.body.attributes.get("default")
            for body in bodies
            for block in body.all("variable")
            if block.labels
        },
        frozenset(
            posixpath.normpath(posixpath.join(folder, source))
            for body in bodies
            for block in body.all("module")
            if (source := block.body.literal("source") or "").startswith(LOCAL_SOURCES)
        ),
        tuple(found for body in settings if (found := body.literal("required_version"))),
        uses_workspace,
    )


def _backend(settings: list[Body]) -> Backend | None:
    for body in settings:
        for block in body.all("backend"):
            if block.labels:
                return Backend(block.labels[0], block.body.attributes)
        if body.all("cloud"):
            return Backend("cloud", {})
    return None


def _providers(bodies: list[Body], required: list[str]) -> set[str]:
    found = set(required)
    for body in bodies:
        found |= {block.labels[0] for block in body.all("provider") if block.labels}
        for kind in ("resource", "data"):
            found |= {block.labels[0].partition("_")[0] for block in body.all(kind) if block.labels}
    return found - {"terraform"}


def _is_plain_aws(labels: tuple[str, ...], body: Body) -> bool:
    return labels[0] == "aws" and "alias" not in body.attributes and "region" in body.attributes


class ConfiguredRoot(Struct, frozen=True):
    """A root module of the configuration. `folder` is its path, `inputs` the texts of its backend
    configuration files in all environments, `lock` the committed dependency lock file, None where there is
    none, and `lock_ignored` whether git leaves it out."""

    project: str
    folder: str
    module: Module
    inputs: tuple[str, ...] = ()
    lock: str | None = None
    lock_ignored: bool = False
