"""Small plans and changes, with every member that a test does not care about filled in."""

from __future__ import annotations

from typing import Any

from gitops_bot.core.approval import ProjectApproval, approve
from gitops_bot.core.coverage import Coverage, FreshPlan, cover
from gitops_bot.core.json_values import JsonValue
from gitops_bot.core.plan import OutputChange, Plan, ResourceChange
from gitops_bot.core.records import NO_KEY, Change, SecretKey, changes_of, key_of_lineage, settled_objects

CREATE, UPDATE, DELETE, NO_OP = ("create",), ("update",), ("delete",), ("no-op",)
DESTROY_FIRST, CREATE_FIRST = ("delete", "create"), ("create", "delete")
KEY = key_of_lineage("a-lineage")


def resource(name: str = "web", actions: tuple[str, ...] = CREATE, **members: Any) -> ResourceChange:
    """A change of `terraform_data.NAME`."""
    defaults = {"address": f"terraform_data.{name}", "type": "terraform_data", "name": name}
    return ResourceChange(actions=actions, **{**defaults, **members})


def update(before: JsonValue, after: JsonValue, name: str = "web", **members: Any) -> ResourceChange:
    """An update in place."""
    return resource(name, UPDATE, before=before, after=after, **members)


def output(name: str = "out", actions: tuple[str, ...] = CREATE, **members: Any) -> OutputChange:
    """A change of an output."""
    return OutputChange(name, actions, **members)


def plan(*changes: ResourceChange, outputs: tuple[OutputChange, ...] = (), **members: Any) -> Plan:
    """A plan of these changes."""
    return Plan(changes, outputs, terraform_version="1.11.4", **members)


def configured(
    changes: tuple[ResourceChange, ...],
    *,
    provisioner: JsonValue = None,
    provider: JsonValue = None,
    variables: JsonValue = None,
    declared: JsonValue = None,
    module: str = "",
) -> Plan:
    """A plan of `changes` whose resources all have this provisioner and provider configuration."""
    entries: list[JsonValue] = []
    for change in changes:
        entry: dict[str, JsonValue] = {"mode": "managed", "type": change.type, "name": change.name}
        entry["provider_config_key"] = "terraform"
        if provisioner is not None:
            entry["provisioners"] = [{"type": "local-exec", "expressions": {"command": provisioner}}]
        entries.append(entry)
    folder: JsonValue = {"resources": entries, "variables": declared or {}}
    if module:
        folder = {"module_calls": {module: {"module": folder}}, "variables": declared or {}}
    providers: JsonValue = {"terraform": {"name": "terraform", "expressions": provider or {}}}
    return plan(
        *changes,
        configuration={"root_module": folder, "provider_config": providers},
        variables={name: {"value": value} for name, value in (variables or {}).items()},  # type: ignore[union-attr]
    )


def approval_of(
    approved: Plan, key: SecretKey = KEY, lock: str = "lock", project: str = "app"
) -> ProjectApproval:
    """What a pull request with this plan is approved for."""
    return approve(
        project, changes_of(approved), terraform_version=approved.terraform_version, lock_digest=lock, key=key
    )


def fresh_of(fresh: Plan, key: SecretKey = KEY, lock: str = "lock", project: str = "app") -> FreshPlan:
    """The plan an apply makes."""
    return FreshPlan(project, changes_of(fresh), settled_objects(fresh), fresh.terraform_version, lock, key)


def compare(fresh: Plan, *approved: Plan, failed: tuple[str, ...] = (), key: SecretKey = KEY) -> Coverage:
    """The coverage of a fresh plan by approved ones, all made from the same state."""
    return cover(fresh_of(fresh, key), [approval_of(a, key) for a in approved], failed=frozenset(failed))


def uncovered(fresh: Plan, *approved: Plan, failed: tuple[str, ...] = (), key: SecretKey = KEY) -> list[str]:
    """What nobody approved, as `ADDRESS KIND PATH`."""
    found = compare(fresh, *approved, failed=failed, key=key).uncovered
    return [f"{c.address} {c.kind} {c.path_text}".strip() for c in found]


__all__ = [
    "CREATE", "CREATE_FIRST", "DELETE", "DESTROY_FIRST", "KEY", "NO_KEY", "NO_OP", "UPDATE", "Change",
    "approval_of", "compare", "configured", "fresh_of", "output", "plan", "resource", "uncovered", "update",
]  # fmt: skip
