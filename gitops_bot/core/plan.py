"""A Terraform plan as values, read from `terraform show -json` (format 0.x and 1.x).

Source: https://developer.hashicorp.com/terraform/internals/json-format and the history of
internal/command/jsonplan in hashicorp/terraform. What older ones lack is read as empty:

- 0.1 (Terraform 0.12 to 0.15): what is sensitive (before 0.15.0; of a provider's schema before 0.15.1),
  `resource_drift`, `action_reason`, `replace_paths`, `previous_address`.
- 0.2 and 1.0 (0.15.4 to 1.1): `checks`, `relevant_attributes`.
- 1.1 (1.2 to 1.4): `importing`, `timestamp`, `errored`; 1.2 has `condition_results` instead of `checks`.
- 1.2 (since 1.5): before 1.8 `applyable` and `complete`, before 1.12 identities, before 1.14 actions.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

from msgspec import Struct, field

from gitops_bot.core.collector import without_collector
from gitops_bot.core.errors import BadInput
from gitops_bot.core.json_values import (
    Items,
    JsonValue,
    Path,
    as_list,
    as_object,
    as_text,
    read_members,
)


class ChangeKind(StrEnum):
    """What happens to one resource, in the words of the summary."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    IMPORT = "import"
    MOVE = "move"
    FORGET = "forget"
    READ = "read"
    NO_OP = "no-op"
    UNKNOWN = "unknown"


_NOTHING = ("no-op",)
_KINDS: Mapping[tuple[str, ...], ChangeKind] = {
    ("create",): ChangeKind.CREATE,
    ("read",): ChangeKind.READ,
    ("update",): ChangeKind.UPDATE,
    ("delete", "create"): ChangeKind.REPLACE,
    ("create", "delete"): ChangeKind.REPLACE,
    ("delete",): ChangeKind.DELETE,
    ("forget",): ChangeKind.FORGET,
}


class ResourceChange(Struct, frozen=True, dict=True):  # `dict` keeps the kind
    """One entry of `resource_changes` or `resource_drift`.

    `actions` are Terraform's own, in its order. `before_sensitive`, `after_sensitive` and
    `after_unknown` have the shape of the value, with `true` where the property holds. `unknown_keys`
    are members of a version to come that hold something.
    """

    address: str
    actions: tuple[str, ...]
    mode: str = "managed"
    type: str = ""
    name: str = ""
    module: str = ""
    provider: str = ""
    before: JsonValue = None
    after: JsonValue = None
    after_unknown: JsonValue = None
    before_sensitive: JsonValue = None
    after_sensitive: JsonValue = None
    replace_paths: tuple[Path, ...] = ()
    action_reason: str = ""
    previous_address: str = ""
    import_id: str = ""
    import_identity: JsonValue = None
    importing: bool = False
    generated_config: str = ""
    deposed: str = ""
    unknown_keys: tuple[str, ...] = ()

    @cached_property
    def kind(self) -> ChangeKind:
        """The one word for this change; unknown for actions of a version to come."""
        if self.actions != _NOTHING:
            return _KINDS.get(self.actions, ChangeKind.UNKNOWN)
        if self.importing:
            return ChangeKind.IMPORT
        return ChangeKind.MOVE if self.previous_address else ChangeKind.NO_OP

    @property
    def tainted(self) -> bool:
        """Replaced only because an earlier apply failed half-way."""
        return self.action_reason == "replace_because_tainted"


class OutputChange(Struct, frozen=True):
    """One entry of `output_changes`. `revealed`: it was sensitive and will no longer be."""

    name: str
    actions: tuple[str, ...]
    before: JsonValue = None
    after: JsonValue = None
    after_unknown: JsonValue = None
    sensitive: bool = False
    revealed: bool = False


class Check(Struct, frozen=True):
    """One instance of a `check` block, a condition or a validation.

    `status` is Terraform's: pass, fail, error or unknown (known only after the apply). `kind` is
    check, resource, output_value or var. `problems` are the messages of what does not hold.
    """

    address: str
    status: str
    kind: str = ""
    problems: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether it is known not to hold."""
        return self.status in ("fail", "error")


class Deferred(Struct, frozen=True):
    """A change Terraform leaves to a later plan, with its reason for that, such as
    `resource_config_unknown`."""

    change: ResourceChange
    reason: str = ""


class Plan(Struct, frozen=True, dict=True):  # `dict` keeps the changes
    """One plan. `unknown_keys` are top-level members of versions to come that hold something.

    `relevant_attributes` are the addresses and paths whose values led to this plan.

    `configuration` and `variables` are Terraform's own members, for the records and for redaction, and
    `read` is what data sources read, each value with its mask, where some of it is sensitive. All three
    hold secrets in clear text: they are shown to nobody.
    """

    resource_changes: tuple[ResourceChange, ...]
    outputs: tuple[OutputChange, ...] = ()
    drift: tuple[ResourceChange, ...] = ()
    terraform_version: str = ""
    format_version: str = ""
    errored: bool = False
    complete: bool = True
    applyable: bool = True
    action_invocations: tuple[JsonValue, ...] = ()
    deferred: tuple[Deferred, ...] = ()
    checks: tuple[Check, ...] = ()
    unknown_keys: tuple[str, ...] = ()
    configuration: JsonValue = None
    variables: JsonValue = None
    read: tuple[tuple[JsonValue, JsonValue], ...] = ()
    relevant_attributes: tuple[tuple[str, Path], ...] = ()

    @cached_property
    def changes(self) -> tuple[ResourceChange, ...]:
        """The resource changes without those that do nothing."""
        return tuple(c for c in self.resource_changes if c.kind is not ChangeKind.NO_OP)

    @cached_property
    def changed_outputs(self) -> tuple[OutputChange, ...]:
        """The output changes without those that do nothing."""
        return tuple(o for o in self.outputs if o.actions != _NOTHING)

    @property
    def has_changes(self) -> bool:
        """Whether applying would do anything; reads alone do not count."""
        return bool(
            self.changed_outputs
            or self.action_invocations
            or any(c.kind is not ChangeKind.READ for c in self.changes)
        )

    def summary(self) -> dict[str, int]:
        """Counts by the summary's words. An import or move with a change counts in both."""
        kinds = Counter(c.kind for c in self.changes)
        return {
            "create": kinds[ChangeKind.CREATE],
            "update": kinds[ChangeKind.UPDATE],
            "replace": kinds[ChangeKind.REPLACE],
            "delete": kinds[ChangeKind.DELETE],
            "import": sum(1 for c in self.changes if c.importing),
            "move": sum(1 for c in self.changes if c.previous_address),
            "forget": kinds[ChangeKind.FORGET],
            "read": kinds[ChangeKind.READ],
            "outputs": len(self.changed_outputs),
            "drift": len(self.drift),
            "unknown": kinds[ChangeKind.UNKNOWN] + len(self.action_invocations),
        }


def _paths(value: JsonValue) -> tuple[Path, ...]:
    paths: list[Path] = []
    for steps in as_list(value):
        paths.append(tuple(s for s in as_list(steps) if isinstance(s, str | int)))
    return tuple(paths)


def _strings(value: JsonValue) -> tuple[str, ...]:
    return tuple(as_text(v) for v in as_list(value))


_PLAN_KEYS = frozenset(
    [
        "format_version",
        "terraform_version",
        "variables",
        "planned_values",
        "resource_drift",
        "resource_changes",
        "output_changes",
        "prior_state",
        "configuration",
        "relevant_attributes",
        "checks",
        "timestamp",
        "applyable",
        "complete",
        "errored",
        "deferred_changes",
        "action_invocations",
        "condition_results",  # 1.2 and 1.3, before there were checks
        "proposed_unknown",  # before 1.0
        "provider_format_version",
        "deferred_action_invocations",
    ]
)
# Most of a document's bytes. `deferred_action_invocations` and the like are counted nowhere.
_UNREAD_KEYS = frozenset(
    [
        "planned_values",
        "proposed_unknown",
        "deferred_action_invocations",
    ]
)
_DATA_SOURCE = re.compile(rb'"mode"\s*:\s*"data"')


def _is_unread(name: str, text: memoryview) -> bool:
    """Whether a member is passed over; of the state before, only what data sources read is of interest."""
    return name in _UNREAD_KEYS or (name == "prior_state" and not _DATA_SOURCE.search(text))


_Shape = TypeVar("_Shape", bound=Struct)


class _Change(Struct, forbid_unknown_fields=True):
    """The member `change` of an entry, as Terraform writes it."""

    actions: tuple[str, ...] = ()
    before: Any = None
    after: Any = None
    after_unknown: Any = None
    before_sensitive: Any = None
    after_sensitive: Any = None
    replace_paths: Any = None
    importing: Any = None
    generated_config: str = ""
    before_identity: Any = None
    after_identity: Any = None


class _Entry(Struct, forbid_unknown_fields=True):
    """An entry of `resource_changes` or `resource_drift`, as Terraform writes it."""

    address: str = ""
    previous_address: str = ""
    module_address: str = ""
    mode: str = ""
    type: str = ""
    name: str = ""
    index: Any = None
    index_unknown: Any = None
    provider_name: str = ""
    deposed: str = ""
    change: _Change = field(default_factory=_Change)
    action_reason: str = ""


def _unknown(item: dict[str, JsonValue], known: Iterable[str]) -> tuple[str, ...]:
    """Keys of a version to come; one that holds nothing says nothing."""
    unknown = item.keys() - known
    return tuple(sorted(k for k in unknown if item[k] not in (None, False, "", [], {})))


def _check(entry: JsonValue) -> tuple[Check, ...]:
    item = as_object(entry)
    address = as_object(item.get("address"))
    kind, name = as_text(address.get("kind")), as_text(address.get("to_display"))
    status = as_text(item.get("status"))
    instances = as_list(item.get("instances"))
    if not instances:  # it could not be said how many there are
        return (Check(name, status, kind),)
    return tuple(
        Check(
            as_text(as_object(instance.get("address")).get("to_display")) or name,
            as_text(instance.get("status")) or status,
            kind,
            tuple(as_text(as_object(p).get("message")) for p in as_list(instance.get("problems"))),
        )
        for instance in map(as_object, instances)
    )


def _condition(entry: JsonValue) -> Check:
    """What Terraform 1.2 said instead of checks: one condition of a resource or an output."""
    item = as_object(entry)
    problem = as_text(item.get("error_message"))
    return Check(
        as_text(item.get("address")),
        "unknown" if item.get("unknown") is True else "pass" if item.get("result") is True else "fail",
        "output_value" if as_text(item.get("condition_type")).startswith("Output") else "resource",
        (problem,) if problem else (),
    )


def _checks(document: dict[str, JsonValue]) -> tuple[Check, ...]:
    checks = tuple(check for entry in as_list(document.get("checks")) for check in _check(entry))
    return checks or tuple(map(_condition, as_list(document.get("condition_results"))))


def _deferred(entry: JsonValue) -> Deferred:
    item = as_object(entry)
    return Deferred(_of_any(item.get("resource_change")), as_text(item.get("reason")))


def _of_any(entry: JsonValue) -> ResourceChange:
    item = as_object(entry)
    change = as_object(item.get("change"))
    return _resource_change(
        _shaped(_Entry, item, change=_shaped(_Change, change, actions=_strings(change.get("actions")))),
        _unknown(item, _Entry.__struct_fields__) + _unknown(change, _Change.__struct_fields__),
    )


def _shaped(shape: type[_Shape], item: dict[str, JsonValue], **given: object) -> _Shape:
    """Any JSON as Terraform writes it: a text that is none is empty, unknown members are left out."""
    members = zip(shape.__struct_fields__, shape.__struct_defaults__, strict=True)
    found = {name: as_text(item.get(name)) if no == "" else item.get(name) for name, no in members}
    return shape(**(found | given))


def _resource_change(entry: _Entry, unknown_keys: tuple[str, ...] = ()) -> ResourceChange:
    change = entry.change
    importing = as_object(change.importing)
    return ResourceChange(
        address=entry.address,
        actions=change.actions,
        mode=entry.mode,
        type=entry.type,
        name=entry.name,
        module=entry.module_address,
        provider=entry.provider_name,
        before=change.before,
        after=change.after,
        after_unknown=change.after_unknown,
        before_sensitive=change.before_sensitive,
        after_sensitive=change.after_sensitive,
        replace_paths=_paths(change.replace_paths) if change.replace_paths else (),
        action_reason=entry.action_reason,
        previous_address=entry.previous_address,
        import_id=as_text(importing.get("id")),
        import_identity=importing.get("identity"),
        importing=change.importing is not None,
        generated_config=change.generated_config,
        deposed=entry.deposed,
        unknown_keys=unknown_keys,
    )


def _output_change(name: str, entry: JsonValue, declared: JsonValue) -> OutputChange:
    """`declared` is the output in the configuration.

    Terraform before 0.15 says only there that an output is sensitive.
    """
    change = as_object(entry)
    before, after = bool(change.get("before_sensitive")), bool(change.get("after_sensitive"))
    if "before_sensitive" not in change and "after_sensitive" not in change:
        before = after = bool(as_object(declared).get("sensitive"))
    return OutputChange(
        name=name,
        actions=_strings(change.get("actions")),
        before=change.get("before"),
        after=change.get("after"),
        after_unknown=change.get("after_unknown"),
        sensitive=before or after,
        revealed=before and not after,
    )


def _read(module: JsonValue) -> Iterator[tuple[JsonValue, JsonValue]]:
    """What data sources read, each with its mask, where something of it is sensitive."""
    found = as_object(module)
    for entry in map(as_object, as_list(found.get("resources"))):
        if entry.get("mode") == "data" and (mask := entry.get("sensitive_values")):
            yield entry.get("values"), mask
    for child in as_list(found.get("child_modules")):
        yield from _read(child)


def _output_changes(document: dict[str, JsonValue]) -> tuple[OutputChange, ...]:
    root = as_object(as_object(document.get("configuration")).get("root_module"))
    declared = as_object(root.get("outputs"))
    changes = sorted(as_object(document.get("output_changes")).items())
    return tuple(_output_change(name, entry, declared.get(name)) for name, entry in changes)


_ENTRIES = Items(_Entry, _resource_change, _of_any)
_EACH = {"resource_changes": _ENTRIES, "resource_drift": _ENTRIES}


def _changes(document: dict[str, Any], name: str) -> tuple[ResourceChange, ...]:
    found = document.get(name)
    return tuple(found) if isinstance(found, list) else ()


# Terraform's own plans nest some ten levels above a value. Python's stack holds about a thousand.
_MAX_LEVELS = 200
_MARKS_OF_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_SHOW = "Run `terraform show -json PLAN_FILE` and give its output."


def as_unicode(data: bytes) -> str:
    """What a shell has written of Terraform's output, without a byte order mark.

    PowerShell's `>` writes UTF-16. Raises `UnicodeError` for anything but that and UTF-8.
    """
    if data.startswith(_MARKS_OF_UTF_16):
        return data.decode("utf-16")
    if b"\0" in data[:2]:  # without its mark
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be")
    return data.decode().removeprefix("\ufeff")


def _as_utf8(data: bytes) -> bytes:
    """`as_unicode` in UTF-8, without a text of it where it is that already."""
    if data.startswith(_MARKS_OF_UTF_16) or b"\0" in data[:2]:
        return as_unicode(data).encode()
    if not data.isascii():
        data.decode()
    return data.removeprefix(b"\xef\xbb\xbf")


def _document(data: bytes, source: str) -> dict[str, Any]:
    """The members of the document; resource changes and drift are lists of `ResourceChange`."""
    if data.startswith(b"PK\x03\x04"):
        raise BadInput(f"{source} is a binary plan file, not a plan's JSON.", _SHOW)
    try:
        data = _as_utf8(data)
    except UnicodeError as error:
        raise BadInput(f"{source} is neither UTF-8 nor UTF-16 text.", _SHOW) from error
    if not data or data.isspace():
        raise BadInput(f"{source} is empty.", _SHOW)
    too_deep = BadInput(f"{source} is nested too deeply to be a plan's JSON.", _SHOW)
    try:
        value = read_members(data, unread=_is_unread, each=_EACH, levels=_MAX_LEVELS)
    except RecursionError as error:
        raise too_deep from error
    except json.JSONDecodeError as error:
        text = error.doc
        ends = error.pos >= len(text.rstrip()) - 1 or error.msg.startswith("Unterminated string")
        if text.lstrip().startswith("{") and ends:
            raise BadInput(
                f"{source} is cut off at line {error.lineno}: its JSON never ends.", _SHOW
            ) from error
        raise BadInput(f"{source} is not JSON (line {error.lineno}, column {error.colno}).", _SHOW) from error
    if not isinstance(value, dict):
        raise BadInput(f"{source} is JSON, but not a plan: the outermost value is no object.", _SHOW)
    return value


@without_collector
def read_plan(data: bytes, source: str = "The plan") -> Plan:
    """Read the output of `terraform show -json PLAN_FILE`.

    `source` names the input in messages. Raises `BadInput` for anything else: no JSON, a state,
    a binary plan file, a truncated or empty file.
    """
    document = _document(data, source)
    is_plan = any(k in document for k in ("resource_changes", "planned_values", "output_changes"))
    if not is_plan and ("lineage" in document or "values" in document or "serial" in document):
        raise BadInput(
            f"{source} is a state, not a plan.", "Make a plan with `terraform plan -out FILE`. " + _SHOW
        )
    version = as_text(document.get("format_version"))
    if version and version.split(".")[0] not in ("0", "1"):
        raise BadInput(
            f"{source} has plan format {version}; this version reads 0.x and 1.x.", "Upgrade gitops-bot."
        )
    if not is_plan or not isinstance(document.get("resource_changes", []), list):
        raise BadInput(f"{source} is JSON, but not a plan's: it has no list of resource_changes.", _SHOW)
    return Plan(
        resource_changes=_changes(document, "resource_changes"),
        outputs=_output_changes(document),
        drift=_changes(document, "resource_drift"),
        terraform_version=as_text(document.get("terraform_version")),
        format_version=version,
        errored=document.get("errored") is True,
        complete=document.get("complete") is not False,
        applyable=document.get("applyable") is not False,
        action_invocations=tuple(as_list(document.get("action_invocations"))),
        deferred=tuple(map(_deferred, as_list(document.get("deferred_changes")))),
        checks=_checks(document),
        unknown_keys=_unknown(document, _PLAN_KEYS),
        configuration=document.get("configuration"),
        variables=document.get("variables"),
        read=tuple(_read(as_object(as_object(document.get("prior_state")).get("values")).get("root_module"))),
        relevant_attributes=tuple(
            (as_text(r.get("resource")), path)
            for r in map(as_object, as_list(document.get("relevant_attributes")))
            for path in _paths([r.get("attribute")])
        ),
    )
