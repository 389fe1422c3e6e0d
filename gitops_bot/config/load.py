"""The configuration file's text as validated settings, or all of its mistakes at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from msgspec.structs import replace

from gitops_bot.config import aws, comment_commands, guards, labels, promotion, rules
from gitops_bot.config.approval import KEYS as APPROVAL_KEYS
from gitops_bot.config.approval import read_approval
from gitops_bot.config.fields import Field, Log
from gitops_bot.config.folders import ResolvedProject, check_folders, resolve_project
from gitops_bot.config.mistakes import ConfigInvalid, Mistake, shown
from gitops_bot.config.raw import Scalar, parse
from gitops_bot.core.aws import NO_ROLES
from gitops_bot.core.comment_rules import DEFAULT_COMMANDS
from gitops_bot.core.environments import (
    DEFAULT_APPROVAL,
    DEFAULT_ENVIRONMENTS,
    DEFAULT_PROJECTS,
    DEFAULT_SETTINGS,
    CommentMode,
    CommentSettings,
    Environment,
    LockSettings,
    Project,
    PromotionRules,
    Settings,
    TerraformSettings,
)

__all__ = [
    "KEYS",
    "ConfigInvalid",
    "Mistake",
    "ResolvedProject",
    "check_folders",
    "known_keys",
    "load_settings",
    "resolve_project",
]

KEYS: dict[str, tuple[str, ...]] = {
    "": (
        "version",
        "environments",
        "aws",
        "projects",
        "terraform",
        "approval",
        "lock",
        "comment",
        "labels",
        "redact",
        "drift",
        "commands",
    ),
    "environments[]": (
        "name",
        "branch",
        "aws",
        "promotion",
        "protect",
        "max_destroys",
        "freeze",
        "override",
        "hotfix",
    ),
    "environments[].aws": aws.ENVIRONMENT_KEYS,
    "environments[].promotion": promotion.KEYS,
    "environments[].hotfix": guards.PEOPLE_KEYS,
    "environments[].freeze[]": guards.FREEZE_KEYS,
    "environments[].override": guards.PEOPLE_KEYS,
    "aws": aws.KEYS,
    "projects[]": ("name", "dir", "var_files", "backend_config", "workspace"),
    "terraform": ("binary", "lock_timeout", "parallelism", "timeout", "pass_env", "verify"),
    "approval": APPROVAL_KEYS,
    "lock": ("release_own",),
    "comment": ("mode", "max_bytes", "stateful"),
    "labels": labels.KEYS,
    "drift": ("every",),
    "commands": comment_commands.KEYS,
}
"""Every table of the file with its keys."""

COMMENT_BYTES = (2048, 262_144)
PARALLELISM = (1, 256)
"""The least and the most."""


def known_keys() -> tuple[str, ...]:
    """Every key the loader knows, as a path such as `environments[].aws.region`."""
    return tuple(f"{table}.{key}" if table else key for table, keys in KEYS.items() for key in keys)


@lru_cache(maxsize=8)  # a run reads the same text at several commits
def load_settings(text: str | bytes | None, source: str = ".gitops-bot.yml") -> Settings:
    """The validated settings; the defaults for no file or an empty one. Raises `ConfigInvalid`."""
    if text is None:
        return DEFAULT_SETTINGS
    raw = parse(text, source)
    log = Log(source, list(raw.mistakes))
    settings = DEFAULT_SETTINGS
    if raw.root is not None:
        settings = _settings(Field("", raw.root.line, raw.root, log))
    if log.mistakes:
        raise ConfigInvalid(log.mistakes)
    return settings


def _settings(root: Field) -> Settings:
    top = root.table(KEYS[""])
    if version := top.get("version"):
        version.integer(1, 1)
    environments: tuple[Environment, ...] = DEFAULT_ENVIRONMENTS
    projects: tuple[Project, ...] = DEFAULT_PROJECTS
    if listed_environments := top.get("environments"):
        environments = _environments(listed_environments)
    if listed := top.get("projects"):
        projects = _projects(listed, [e.name for e in environments])
    defaults = aws.AwsDefaults()
    if common := top.get("aws"):
        defaults = aws.read_defaults(common, environments)
        environments = tuple(aws.with_defaults(e, defaults) for e in environments)
    aws.check_roles_apart(environments, listed_environments or root)
    for environment in environments:
        aws.check_duration(environment, common or listed_environments or root)
    terraform = _terraform(top["terraform"]) if "terraform" in top else TerraformSettings()
    return Settings(
        environments,
        projects,
        terraform,
        _comment(top["comment"]) if "comment" in top else CommentSettings(),
        _redact(top["redact"]) if "redact" in top else (),
        (),
        defaults.settings,
        tuple(aws.advice(environments, terraform)),
        read_approval(top["approval"]) if "approval" in top else DEFAULT_APPROVAL,
        _lock(top["lock"]) if "lock" in top else LockSettings(),
        labels.read_labels(top["labels"], environments) if "labels" in top else None,
        _drift(top["drift"]) if "drift" in top else 0,
        comment_commands.read_commands(top["commands"]) if "commands" in top else DEFAULT_COMMANDS,
    )


def _drift(field: Field) -> int:
    every = field.table(KEYS["drift"]).get("every")
    return (every and every.duration(rules.positive_duration_problem)) or 0


def _lock(field: Field) -> LockSettings:
    release = field.table(KEYS["lock"]).get("release_own")
    return LockSettings(bool(release and release.boolean()))


class _Once:
    """Notes a value that already stood elsewhere in the file."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.lines: dict[object, int] = {}

    def check(self, identity: object, text: str, field: Field) -> None:
        if identity in self.lines:
            hint = f"line {self.lines[identity]} has it already; use another one"
            field.wrong(f"the {self.what} {shown(text)} is taken", hint)
        else:
            self.lines[identity] = field.line


def _environments(listed: Field) -> tuple[Environment, ...]:
    names, branches = _Once("environment name"), _Once("branch")
    found = (_environment(item, names, branches) for item in listed.items("[dev, prod]"))
    return tuple(environment for environment in found if environment is not None)


def _environment(item: Field, names: _Once, branches: _Once) -> Environment | None:
    """One stage, written as a table or as its bare name."""
    fields = {"name": item} if isinstance(item.node, Scalar) else item.table(KEYS["environments[]"])
    name = _name(item, fields, names)
    branch = _branch(name, fields, branches)
    roles = aws.read_roles(fields["aws"], name) if "aws" in fields else NO_ROLES
    climbing = promotion.read_promotion(fields["promotion"]) if "promotion" in fields else PromotionRules()
    protect = guards.read_protect(fields["protect"]) if "protect" in fields else ()
    most = guards.read_max_destroys(fields["max_destroys"]) if "max_destroys" in fields else None
    freeze = guards.read_freeze(fields["freeze"]) if "freeze" in fields else ()
    override = guards.read_override(fields["override"]) if "override" in fields else None
    hotfix = promotion.read_hotfix(fields["hotfix"]) if "hotfix" in fields else None
    if name is None or branch is None:
        return None
    return Environment(name, branch, roles, climbing, protect, most, freeze, override, hotfix)


def _name(item: Field, fields: dict[str, Field], names: _Once) -> str | None:
    """The required name; case makes no difference between two, as on GitHub."""
    field = fields.get("name")
    if field is None:
        if fields or not item.log.mistakes or item.log.mistakes[-1].key != item.key:
            item.wrong("the name is missing", "add name: and a name")
        return None
    name = field.text(rules.name_problem)
    if name is not None:
        names.check(name.casefold(), name, field)
    return name


def _branch(name: str | None, fields: dict[str, Field], branches: _Once) -> str | None:
    if field := fields.get("branch"):
        branch = field.text(rules.branch_problem)
        if branch is not None:
            branches.check(branch, branch, field)
        return branch
    if name is None:
        return None
    if problem := rules.branch_problem(name):
        fields["name"].wrong(problem[0], "add branch: and the environment's branch")
        return None
    if name not in branches.lines:
        branches.check(name, name, fields["name"])
    else:
        line = branches.lines[name]
        hint = f"line {line} has it already; add branch: and another branch"
        fields["name"].wrong(f"the branch {shown(name)} is taken", hint)
    return name


def _projects(listed: Field, environments: Sequence[str]) -> tuple[Project, ...]:
    names, places = _Once("project name"), _Places(environments)
    found = (_project(item, names, places) for item in listed.items("[{name: platform, dir: infra}]"))
    return tuple(project for project in found if project is not None)


class _Places:
    """Notes the folders and workspaces of projects, for each environment: two would share a state."""

    def __init__(self, environments: Sequence[str]) -> None:
        self.taken = {name: _Once("folder and workspace") for name in environments}

    def check(self, project: Project, field: Field) -> None:
        for environment, taken in self.taken.items():
            place, before = project.placed(environment), len(field.log.mistakes)
            taken.check((place.dir, place.workspace), f"{place.dir}, {place.workspace}", field)
            if len(field.log.mistakes) > before:
                return


def _project(item: Field, names: _Once, places: _Places) -> Project | None:
    fields = item.table(KEYS["projects[]"])
    name = _name(item, fields, names)
    folder: str | None = "."
    if field := fields.get("dir"):
        folder = field.text(rules.path_rule("{environment}"))
    workspace: str | None = "default"
    if field := fields.get("workspace"):
        workspace = field.text(rules.workspace_problem)
    var_files: tuple[str, ...] = ()
    if field := fields.get("var_files"):
        var_files = field.texts('["envs/{environment}.tfvars"]', rules.path_rule("{environment}"))
    backend: tuple[str, ...] = ()
    if field := fields.get("backend_config"):
        rule = rules.path_rule("{environment}", "{phase}")
        backend = field.texts('["envs/{environment}.s3.tfbackend"]', rule)
    if folder is None or workspace is None:
        return None
    folder = rules.normal_path(folder)
    project = Project(name or "", folder, var_files, backend, workspace)
    if fields:
        places.check(project, fields.get("dir", item))
    return None if name is None else project


def _terraform(field: Field) -> TerraformSettings:
    given = field.table(KEYS["terraform"])
    settings = TerraformSettings()
    if (binary := given.get("binary")) and (program := binary.text(rules.binary_problem)):
        settings = replace(settings, binary=program)
    if (lock := given.get("lock_timeout")) and lock.duration() is not None and isinstance(lock.node, Scalar):
        settings = replace(settings, lock_timeout=lock.node.text)
    if (parallelism := given.get("parallelism")) and (number := parallelism.integer(*PARALLELISM)):
        settings = replace(settings, parallelism=number)
    if (timeout := given.get("timeout")) and (limit := timeout.duration(rules.positive_duration_problem)):
        settings = replace(settings, timeout=limit)
    if (verify := given.get("verify")) and (wanted := verify.boolean()) is not None:
        settings = replace(settings, verify=wanted)
    if listed := given.get("pass_env"):
        settings = replace(settings, pass_env=listed.texts("[GITHUB_TOKEN]", rules.passed_variable_problem))
    return settings


def _comment(field: Field) -> CommentSettings:
    given = field.table(KEYS["comment"])
    settings = CommentSettings()
    if (mode := given.get("mode")) and (word := mode.choice(tuple(CommentMode))):
        settings = replace(settings, mode=CommentMode(word))
    if (most := given.get("max_bytes")) and (number := most.integer(*COMMENT_BYTES)):
        settings = replace(settings, max_bytes=number)
    if listed := given.get("stateful"):
        settings = replace(settings, stateful=listed.texts("[aws_iot_thing]", rules.type_pattern_problem))
    return settings


def _redact(field: Field) -> tuple[re.Pattern[str], ...]:
    patterns: list[re.Pattern[str]] = []
    for item in field.items('["(?i)password=.*"]'):
        text = item.text()
        if text is None:
            continue
        pattern = rules.compiled(text)
        if isinstance(pattern, re.Pattern):
            patterns.append(pattern)
        else:
            item.wrong(*pattern)
    return tuple(patterns)
