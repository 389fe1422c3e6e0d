"""The JSON Schema for editors agrees with the loader as far as a schema can."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from gitops_bot.config.load import ConfigInvalid, known_keys, load_settings
from gitops_bot.core.environments import Project
from gitops_bot.core.scaffold import Proposal
from gitops_bot.core.stages import Stage
from gitops_bot.render.scaffold import render_config
from tests.kit.config_schema import FILE, PAGE, EditorLoader, schema_text
from tests.unit.test_config import FULL

VALIDATOR = Draft7Validator(json.loads(FILE.read_text(encoding="utf-8")))
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
VALID = (
    *EXAMPLES,
    FULL,
    "",
    "environments: [dev, prod]",
    "labels: {destroy: gone}",
    "environments: [{name: dev, aws: {region: us-east-1, account_id: 111111111111}}]",
    "environments: [{name: dev, freeze: [{days: [fri], after: 15:00, timezone: Europe/Berlin}]}]",
)
INVALID = (
    "colour: red",
    "version: 2",
    "version: '1'",
    "environments: []",
    "environments: {dev: {}}",
    "environments: [{branch: dev}]",
    "environments: [-dev]",
    "environments: [{name: dev, colour: red}]",
    "environments: [{name: dev, max_destroys: -1}]",
    "environments: [{name: dev, hotfix: {label: x}}]",
    "environments: [{name: dev, promotion: {soak: 1 day}}]",
    "environments: [{name: dev, promotion: {open_pr: never}}]",
    "environments: [{name: dev, freeze: [{days: [friday]}]}]",
    "environments: [{name: dev, aws: {region: us-east-1, role: gitops}}]",
    "projects: [{dir: infra}]",
    "projects: [{name: a, var_file: [x.tfvars]}]",
    "terraform: {parallelism: 0}",
    "terraform: {parallelism: many}",
    "terraform: {timeout: 60}",
    "terraform:",
    "approval: {provenance: always}",
    "approval: {reviews: 21}",
    "lock: {release_own: sometimes}",
    "comment: {mode: append}",
    "comment: {max_bytes: 100}",
    "labels: {destroy: ''}",
    "drift: 24h",
    "commands: {apply: maintain}",
    "redact: secret",
)


def _complaints(text: str) -> list[str]:
    document = yaml.load(text, Loader=EditorLoader)
    return [error.message for error in VALIDATOR.iter_errors(document)]


def test_the_file_is_what_make_reference_writes() -> None:
    assert schema_text() == FILE.read_text(encoding="utf-8")


def test_the_schema_is_one() -> None:
    Draft7Validator.check_schema(json.loads(schema_text()))


@pytest.mark.parametrize("text", VALID)
def test_what_the_loader_takes_the_schema_takes(text: str) -> None:
    load_settings(text)
    assert [] == _complaints(text)


@pytest.mark.parametrize("accounts", [{}, {"dev": "111111111111"}])
def test_the_schema_takes_what_init_writes(accounts: dict[str, str]) -> None:
    stages = (Stage("dev", "develop"), Stage("prod", "prod"))
    projects = (Project("a", "."), Project("b", "b/{environment}", ("x.tfvars",), ("y.tfbackend",), "w"))
    assert [] == _complaints(render_config(Proposal(stages, projects, True, {"dev": "us-east-1"}), accounts))


@pytest.mark.parametrize("text", INVALID)
def test_what_the_schema_refuses_the_loader_refuses(text: str) -> None:
    assert _complaints(text) != []
    with pytest.raises(ConfigInvalid):
        load_settings(text)


def _keys(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key of the schema with its own schema."""
    for part in (schema, *schema.get("anyOf", [])):
        for key, value in part.get("properties", {}).items():
            place = f"{path}.{key}" if path else key
            yield place, value
            yield from _keys(value, place)
        if "items" in part:
            yield from _keys(part["items"], f"{path}[]")


def test_every_key_of_the_loader_has_one_sentence() -> None:
    said = {key: schema["description"] for key, schema in _keys(VALIDATOR.schema)}
    assert sorted(known_keys()) == sorted(said)
    assert [] == [key for key, text in said.items() if not text.endswith(".")]


def test_every_default_and_example_fits_its_own_key() -> None:
    wrong = [
        (key, value)
        for key, schema in _keys(VALIDATOR.schema)
        for value in (*schema["examples"], *([schema["default"]] if "default" in schema else []))
        if not Draft7Validator(schema).is_valid(value)
    ]
    assert [] == wrong


def test_bounds_in_the_reference_are_those_of_the_schema() -> None:
    stated = re.findall(r"\| `([^`]+)` \| (\d+) to (\d+) \|", PAGE.read_text(encoding="utf-8"))
    real = [
        (key, str(schema["minimum"]), str(schema["maximum"]))
        for key, schema in _keys(VALIDATOR.schema)
        if "minimum" in schema and key != "version"
    ]
    assert sorted(stated) == sorted(real)
