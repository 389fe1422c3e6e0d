"""Which of the changes made outside of Terraform its own text shows."""

from __future__ import annotations

from collections import defaultdict

from gitops_bot.core.json_values import JsonValue, Path, is_same
from gitops_bot.core.plan import Plan, ResourceChange


def _part(value: JsonValue, path: Path) -> JsonValue:
    """What `path` leads to, None when it leads to nothing; it ends early where there are no parts."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step] if 0 <= step < len(value) else None
    return value


def relevant_drift(plan: Plan) -> tuple[ResourceChange, ...]:
    """The entries of `plan.drift` that led to something in this plan, in its order.

    Terraform leaves out of its text what differs only at paths that no planned change refers to
    (`precomputeDiffs` in internal/command/jsonformat/diff.go), such as `tags: null → {}` right after
    an apply. A refresh-only plan's text shows everything; its JSON does not say what it is.
    """
    paths: dict[str, list[Path]] = defaultdict(list)
    for address, path in plan.relevant_attributes:
        paths[address].append(path)
    return tuple(
        entry
        for entry in plan.drift
        if entry.actions != ("no-op",)
        and any(
            not is_same(_part(entry.before, path), _part(entry.after, path))
            for path in (*paths.get(entry.address, ()), *paths.get("", ()))
        )
    )
