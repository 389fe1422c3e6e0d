"""The JSON Schema of `.gitops-bot.yml`, for editors: `make reference` writes it.

Keys come from the loader, words from its enums, bounds from its constants; defaults and examples from the
tables of docs/reference/configuration.md, which tests hold against the loader. What an editor cannot check,
such as two projects in one folder, `gitops-bot validate` does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from gitops_bot.config.approval import MAX_REVIEWS
from gitops_bot.config.guards import DAYS, MAX_DESTROYS
from gitops_bot.config.load import COMMENT_BYTES, KEYS, PARALLELISM, known_keys
from gitops_bot.config.rules import NAME
from gitops_bot.core.aws import Source
from gitops_bot.core.comment_rules import Level, Word
from gitops_bot.core.environments import CommentMode, OpenPullRequest
from gitops_bot.core.provenance import ProvenanceMode
from gitops_bot.render.scaffold import SCHEMA as ADDRESS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "configuration.md"
FILE = ROOT / "docs" / "reference" / "gitops-bot.schema.json"
_ROW = re.compile(r"^\| `([^`]+)` \| .* \| ([^|]+) \| `([^`|]+)` \|$", re.MULTILINE)

Schema = dict[str, Any]
TEXT: Schema = {"type": "string", "minLength": 1}
BOOLEAN: Schema = {"type": "boolean"}
NAMED: Schema = {"type": "string", "pattern": f"^{NAME.pattern}$"}
LABEL: Schema = {"type": "string", "minLength": 1, "maxLength": 50}
DURATION: Schema = {"type": "string", "minLength": 2, "pattern": "^([0-9]+h)?([0-9]+m)?([0-9]+s)?$"}
ROLE: Schema = {"type": "string", "pattern": "^arn:aws[a-z-]*:iam::"}
REGION: Schema = {"type": "string", "pattern": "^[a-z]+(-[a-z]+)+-[0-9]+$"}
DIGITS: Schema = {"type": ["string", "integer"]}


def _words(words: Iterable[str]) -> Schema:
    return {"enum": [str(word) for word in words]}


def _number(least: int, most: int) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": most}


def _list(item: Schema = TEXT) -> Schema:
    return {"type": "array", "minItems": 1, "items": item}


_OF: dict[str, tuple[Schema, str]] = {
    "version": (_number(1, 1), "The version of this file's format."),
    "environments": ({}, "The environments in promotion order, lowest first."),
    "projects": ({}, "The Terraform root modules."),
    "aws": ({}, "How AWS credentials are had in every environment."),
    "terraform": ({}, "How Terraform is run."),
    "approval": ({}, "What an approval is worth."),
    "lock": ({}, "What is done about a locked state."),
    "comment": ({}, "The plan's comment."),
    "labels": ({}, "Labels that say what a plan does: true, or a table of their names."),
    "drift": ({}, "How often drift is looked for."),
    "commands": ({}, "Who may give commands in comments."),
    "redact": (_list(), "Regular expressions of Python's re; what matches is never shown."),
    "environments[].name": (NAMED, "The environment's name."),
    "environments[].branch": (TEXT, "The branch that is applied here."),
    "environments[].aws": ({}, "The AWS roles and region of this environment."),
    "environments[].promotion": ({}, "What may come in from the environment below."),
    "environments[].protect": (
        _list(),
        "Address patterns of resources that are never destroyed or replaced.",
    ),
    "environments[].max_destroys": (_number(0, MAX_DESTROYS), "How many objects one apply may destroy."),
    "environments[].freeze": ({}, "Windows of time in which nothing is applied."),
    "environments[].override": ({}, "Who may lift the guards for one pull request, with which label."),
    "environments[].hotfix": (
        {},
        "Who may let a pull request in past the promotion order, with which label.",
    ),
    "environments[].aws.region": (REGION, "The region of this environment."),
    "environments[].aws.plan_role": (ROLE, "The role that plans run with."),
    "environments[].aws.apply_role": (ROLE, "The role that applies run with."),
    "environments[].aws.role": (
        ROLE,
        "One role for plans and applies: pull requests then run with the right to write.",
    ),
    "environments[].aws.account_id": (DIGITS, "The account that the roles must be in."),
    "environments[].aws.hub_role": (ROLE, "The role through which this environment's roles are assumed."),
    "environments[].aws.external_id": (TEXT, "The external id for the step to the environment's role."),
    "environments[].aws.session_duration": (DURATION, "How long a session lasts, from 15m to 12h."),
    "aws.region": (REGION, "The region of environments that name none."),
    "aws.source": (_words(Source), "Where the first credentials come from."),
    "aws.audience": (TEXT, "The audience of the OIDC token."),
    "aws.hub_role": (ROLE, "The role through which the roles of environments are assumed."),
    "aws.session_duration": (DURATION, "How long a session lasts, from 15m to 12h."),
    "aws.session_tags": (BOOLEAN, "Whether sessions carry tags."),
    "environments[].promotion.soak": (DURATION, "How long content must have stood below."),
    "environments[].promotion.require_converged": (
        BOOLEAN,
        "Whether a plan after the apply below must show no changes.",
    ),
    "environments[].promotion.partial": (
        BOOLEAN,
        "Whether a pull request may bring a part of what is applied below.",
    ),
    "environments[].promotion.ignore": (
        _list(),
        "Path patterns of files that differ by environment on purpose.",
    ),
    "environments[].promotion.allow_older": (
        BOOLEAN,
        "Whether content that was applied below earlier may come too.",
    ),
    "environments[].promotion.open_pr": (_words(OpenPullRequest), "When promotion pull requests are opened."),
    "environments[].promotion.reviewers": (_list(), "People and teams (org/team) asked to review them."),
    "environments[].promotion.labels": (_list(LABEL), "Labels they are opened with."),
    "environments[].promotion.draft": (BOOLEAN, "Whether they are opened as drafts."),
    "environments[].hotfix.by": (_list(), "Logins of people whose review lets a hotfix in."),
    "environments[].hotfix.label": (LABEL, "The label that marks a hotfix."),
    "environments[].override.by": (_list(), "Logins of people who may set the label."),
    "environments[].override.label": (LABEL, "The label that lifts the guards."),
    "environments[].freeze[].from": (TEXT, "When a single window begins: a time with an offset."),
    "environments[].freeze[].until": (TEXT, "When a single window ends: a time with an offset."),
    "environments[].freeze[].days": (_list(_words(DAYS)), "The days on which a weekly window begins."),
    "environments[].freeze[].after": (DIGITS, "The time of day at which a weekly window begins."),
    "environments[].freeze[].before": (
        DIGITS,
        "The time of day at which it ends; the next day's where it is not later.",
    ),
    "environments[].freeze[].timezone": (TEXT, "The IANA time zone of a weekly window."),
    "environments[].freeze[].reason": ({**TEXT, "maxLength": 200}, "Why nothing is applied, in one line."),
    "projects[].name": (NAMED, "The project's name."),
    "projects[].dir": (
        TEXT,
        "The folder of the root module, from the repository's root; {environment} may stand in it.",
    ),
    "projects[].var_files": (
        _list(),
        "Var files, looked up in the folder and then from the root; {environment} may stand in them.",
    ),
    "projects[].backend_config": (
        _list(),
        "Backend config files; {environment} and {phase} may stand in them.",
    ),
    "projects[].workspace": (TEXT, "The Terraform workspace; {environment} may stand in it."),
    "terraform.binary": (TEXT, "The program: terraform, tofu, or an absolute path."),
    "terraform.lock_timeout": (DURATION, "How long an apply waits for the state's lock."),
    "terraform.parallelism": (_number(*PARALLELISM), "How many resources Terraform works on at once."),
    "terraform.timeout": (DURATION, "The most that one call of Terraform may take."),
    "terraform.pass_env": (
        _list(),
        "Secrets of the step that Terraform is given; pull requests can read them.",
    ),
    "terraform.verify": (BOOLEAN, "Whether a plan after each apply checks that nothing is left to do."),
    "approval.provenance": (
        _words(ProvenanceMode),
        "Whether an approval must carry a proof of the run that made it.",
    ),
    "approval.workflows": (_list(), "More workflow files that may make approvals."),
    "approval.reviews": (_number(0, MAX_REVIEWS), "How many people must have approved what the plan showed."),
    "approval.by": (_list(), "Logins of people who may approve exactly the plan of a blocked apply."),
    "approval.ignore": (_list(), "Attribute patterns whose changes need no approval."),
    "lock.release_own": (BOOLEAN, "Whether an apply releases a lock that an ended one left behind."),
    "comment.mode": (_words(CommentMode), "Edit one comment, or post another for each run."),
    "comment.max_bytes": (_number(*COMMENT_BYTES), "The most bytes of one comment."),
    "comment.stateful": (_list(), "More resource types that hold data; * stands for any characters."),
    "labels.destroy": (LABEL, "Set when anything is destroyed or replaced."),
    "labels.changes": (LABEL, "Set when anything else is to be done."),
    "labels.no_changes": (LABEL, "Set when nothing is to be done."),
    "drift.every": (DURATION, "How long after the last look the next one is due."),
    "commands.permission": (_words(Level), "What somebody must be allowed in the repository."),
    **{f"commands.{word}": (_words(Level), f"The same, for /gitops {word} alone.") for word in Word},
}
"""Each key's shape, and what it is for. A table's shape is made of its keys."""


def config_schema() -> Schema:
    """The whole schema, as draft 7: the newest that every editor's YAML support reads."""
    stated = {
        key: (default, example) for key, default, example in _ROW.findall(PAGE.read_text(encoding="utf-8"))
    }
    if unlike := set(_OF) ^ set(known_keys()):
        raise LookupError(f"tests/kit/config_schema.py and the loader differ in {sorted(unlike)}")
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": ADDRESS,
        "title": ".gitops-bot.yml",
        **_table("", stated),
        "type": ["object", "null"],
    }


def schema_text() -> str:
    """The file's text."""
    return json.dumps(config_schema(), indent=2, ensure_ascii=False) + "\n"


def _table(table: str, stated: dict[str, tuple[str, str]]) -> Schema:
    keys = {key: f"{table}.{key}" if table else key for key in KEYS[table]}
    required = [key for key, path in keys.items() if stated[path][0] == "*required*"]
    return {
        "type": "object",
        "additionalProperties": False,
        **({"required": required} if required else {}),
        "properties": {key: _value(path, stated) for key, path in keys.items()},
    }


def _value(path: str, stated: dict[str, tuple[str, str]]) -> Schema:
    shape, says = _OF[path]
    if path in KEYS:
        shape = _table(path, stated)
    elif f"{path}[]" in KEYS:
        shape = _list(_table(f"{path}[]", stated))
    if path == "labels":
        shape = {"anyOf": [BOOLEAN, shape]}
    if path == "environments":
        shape = _list({"anyOf": [NAMED, shape["items"]]})
    default, example = stated[path]
    return {
        "description": says + _in_words(default, shape),
        **shape,
        **_default(default, shape),
        "examples": [_read(example)],
    }


def _default(stated: str, shape: Schema) -> Schema:
    """A default that is one value; the name of another key is none."""
    value = re.fullmatch(r"`([^`]+)`", stated)
    if not value or value[1] in known_keys():
        return {}
    return {"default": value[1] if shape.get("type") == "string" else _read(value[1])}


def _in_words(default: str, shape: Schema) -> str:
    said = default in ("none", "see below", "*required*") or _default(default, shape)
    return "" if said else f" Default: {default.replace('`', '')}."


def _read(text: str) -> object:
    """A YAML value as an editor reads it: a time is a text."""
    return yaml.load(text, Loader=EditorLoader)


class EditorLoader(yaml.SafeLoader):
    """YAML 1.2 as far as it matters here: neither dates nor numbers to the base 60."""


EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith((":timestamp", ":int"))]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
EditorLoader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?[0-9]+$"), list("-+0123456789"))
