"""Change records: what a plan will do, reduced to statements that can be hashed and compared.

The rules are those of docs/reference/stored-forms.md. In short: one record per address for a create,
replace, delete, forget, import or move; one per changed path for an update; one per output change.
Reads, drift and check results are no records. Numbers count by their value, keys in any order.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias, cast

from msgspec import Struct

from gitops_bot.core.collector import without_collector
from gitops_bot.core.json_values import JsonValue, Path, as_list, as_object, as_text, canonical, is_same
from gitops_bot.core.plan import ChangeKind, OutputChange, Plan, ResourceChange

RECORD_BYTES = 16
"""Long enough that nobody finds two statements with one record, which takes about 2^64 tries."""
Paths: TypeAlias = tuple[Path, ...]

# Stands where a value was left out. A lone surrogate cannot come out of Terraform.
_LEFT_OUT: JsonValue = {"\ud800left-out": True}
_SENSITIVE: JsonValue = {"\ud800sensitive": True}
ABSENT: JsonValue = {"\ud800absent": True}
"""The value of an update that takes a key away."""


class SecretKey(Struct, frozen=True):
    """The key under which sensitive values take part. `secret` is b"" for the kind "none".

    `id` can be published: it tells two keys apart and reveals neither.
    """

    kind: str
    secret: bytes = b""

    @property
    def id(self) -> str:
        """The key's public name."""
        if not self.secret:
            return "none"
        return f"{self.kind}:{hashlib.sha256(b'gitops-bot key id' + self.secret).hexdigest()[:16]}"


NO_KEY = SecretKey("none")


def key_of_lineage(lineage: str) -> SecretKey:
    """The key that comes with a state; none before the first apply has written one."""
    if not lineage:
        return NO_KEY
    secret = hashlib.sha256(b"gitops-bot lineage" + lineage.encode()).digest()
    return SecretKey("lineage", secret)


class Change(Struct, frozen=True):
    """One statement of a plan, before it is hashed.

    `kind` is Terraform's list of actions joined by `/`, or import, move, output, invoke. `path` is
    the changed path of an update. `value` holds the known values, `sensitive` and `unknown` the
    paths into `value` where those properties hold. `context` is what a change depends on without
    showing it: the provider's source, digests of provisioners and provider configuration, and
    whether something sensitive will no longer be.
    """

    address: str
    kind: str
    path: Path
    value: JsonValue
    unknown: Paths = ()
    sensitive: Paths = ()
    context: tuple[str, ...] = ()
    tainted: bool = False
    deposed: bool = False

    @property
    def path_text(self) -> str:
        """The changed path as people write it, such as `tags.Name`."""
        return ".".join(str(step) for step in self.path)


def marked_paths(marks: JsonValue, prefix: Path = ()) -> Paths:
    """The paths at which a value shaped like `after_unknown` or `after_sensitive` says true."""
    if marks is True:
        return (prefix,)
    if not marks or not isinstance(marks, dict | list):  # most marks are empty
        return ()
    steps = sorted(marks.items()) if isinstance(marks, dict) else enumerate(marks)
    found: list[Path] = []
    for step, mark in steps:
        if mark:
            found += marked_paths(mark, (*prefix, step))
    return tuple(found)


def without(value: JsonValue, paths: Iterable[Path], stand_in: JsonValue = None) -> JsonValue:
    """A copy of `value` in which the parts at `paths` are left out.

    In an object the key goes away (Terraform leaves unknown ones out), or holds `stand_in` if one is
    given; in a list the place stays.
    """
    tree: dict[str | int, list[Path]] = {}
    for path in paths:
        if not path:
            return _LEFT_OUT if stand_in is None else stand_in
        tree.setdefault(path[0], []).append(path[1:])
    if not tree:
        return value
    if isinstance(value, dict):
        result: dict[str, JsonValue] = {}
        for key, part in value.items():
            rests = tree.get(key)
            if rests is None:
                result[key] = part
            elif () not in rests:
                result[key] = without(part, rests, stand_in)
            elif stand_in is not None:
                result[key] = stand_in
        return result
    if isinstance(value, list):
        return [
            without(part, tree[index], stand_in) if index in tree else part
            for index, part in enumerate(value)
        ]
    return value


def _at(value: JsonValue, path: Path, missing: JsonValue = None) -> JsonValue:
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step, missing)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return missing
    return value


def fingerprint(change: Change, unknown: Paths, key: SecretKey, kind: str | None = None) -> bytes:
    """The record of a change when the values at `unknown` are not known.

    `kind` overrides the change's own: the coverage rule asks whether an approved replace would
    have looked like this.
    """
    known = without(change.value, unknown)
    secrets = [p for p in change.sensitive if not _inside(p, unknown)]
    keyed = ""
    if secrets and key.secret:
        values = [[list(p), _at(known, p)] for p in secrets]
        keyed = hmac.new(key.secret, canonical(cast(JsonValue, values)), hashlib.sha256).hexdigest()
    statement = (
        "gitops-bot record 1",
        change.address,
        kind or change.kind,
        change.path,
        without(known, secrets, _SENSITIVE),
        keyed,
        unknown,
        change.context,
    )
    return hashlib.sha256(canonical(statement)).digest()[:RECORD_BYTES]


def open_value(change: Change, unknown: Paths) -> JsonValue:
    """The value without the parts at `unknown`, and with a mark for each sensitive one."""
    known = without(change.value, unknown)
    return without(known, (p for p in change.sensitive if not _inside(p, unknown)), _SENSITIVE)


# --- from a plan to its changes --------------------------------------------------------------


def _digest(value: JsonValue) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()[:16]


class _Configuration:
    """Digests of provisioners and provider configurations, looked up by a change's address."""

    def __init__(self, plan: Plan, sources_digest: str) -> None:
        self._sources = sources_digest
        root = as_object(plan.configuration)
        self._root = as_object(root.get("root_module"))
        self._providers = as_object(root.get("provider_config"))
        self._variables = self._open_variables(plan)
        self._cache: dict[tuple[str, str, str, str], tuple[str, ...]] = {}
        self._modules: dict[str, str] = {}

    def _open_variables(self, plan: Plan) -> dict[str, JsonValue]:
        """The root variables' values, without the sensitive ones."""
        declared = as_object(self._root.get("variables"))
        return {
            name: value
            for name, value in as_object(plan.variables).items()
            if not as_object(declared.get(name)).get("sensitive")
            and not as_object(declared.get(name)).get("ephemeral")
        }

    def context(self, change: ResourceChange) -> tuple[str, ...]:
        if change.module not in self._modules:
            self._modules[change.module] = _module_path(change.module)
        key = (self._modules[change.module], change.mode, change.type, change.name)
        if key not in self._cache:
            self._cache[key] = self._context(*key)
        return ("source:" + change.provider, *self._cache[key])

    def _context(self, module: str, mode: str, type_: str, name: str) -> tuple[str, ...]:
        folder = self._root
        for call in module.split("/") if module else []:
            folder = as_object(as_object(as_object(folder.get("module_calls")).get(call)).get("module"))
        for entry in as_list(folder.get("resources")):
            item = as_object(entry)
            if (item.get("mode"), item.get("type"), item.get("name")) == (mode, type_, name):
                return self._digests(item, in_root=not module)
        return ()

    def _digests(self, item: dict[str, JsonValue], in_root: bool) -> tuple[str, ...]:
        parts = []
        if item.get("provisioners"):
            parts.append("provisioners:" + self._with_variables(item["provisioners"], in_root))
            if not _only_known(item["provisioners"]):
                # What a local value or another object holds is not in the plan: the files stand for it.
                parts.append("sources:" + self._sources)
        provider = as_object(self._providers.get(str(item.get("provider_config_key"))))
        if provider.get("expressions"):
            in_root = not provider.get("module_address")
            parts.append("provider:" + self._with_variables(provider["expressions"], in_root))
        return tuple(parts)

    def _with_variables(self, expressions: JsonValue, in_root: bool) -> str:
        """The digest of expressions and of the variables they use.

        Those are all of them where the way to a variable is not in the plan: through locals, a
        module's outputs or a module's own variables.
        """
        references = set(_references(expressions))
        if in_root and not any(r.startswith(("local.", "module.")) for r in references):
            names = {m[1] for r in references if (m := re.match(r"var\.([^.\[]+)", r))}
            used = {name: value for name, value in self._variables.items() if name in names}
        else:
            used = self._variables
        return _digest([expressions, used])


def _only_known(expressions: JsonValue) -> bool:
    """Whether an expression refers to nothing but what the plan shows."""
    return all(r.startswith(("var.", "self", "each.", "count.", "path.")) for r in _references(expressions))


def _references(expressions: JsonValue) -> Iterator[str]:
    """Everything the expressions of a configuration refer to."""
    if isinstance(expressions, list):
        for part in expressions:
            yield from _references(part)
    elif isinstance(expressions, dict):
        for name, part in expressions.items():
            if name == "references":
                yield from (as_text(r) for r in as_list(part))
            else:
                yield from _references(part)


def _module_path(address: str) -> str:
    """`module.a["x"].module.b` → `a/b`: the calls without their instance keys."""
    names: list[str] = []
    rest = address
    while rest.startswith("module."):
        rest = rest[len("module.") :]
        end = next((i for i, c in enumerate(rest) if c in ".["), len(rest))
        names.append(rest[:end])
        rest = _after_instance_key(rest[end:]).removeprefix(".")
    return "/".join(names)


def _after_instance_key(text: str) -> str:
    if not text.startswith("["):
        return text
    if not text.startswith('["'):
        return text[text.find("]") + 1 :]
    index = 2
    while index < len(text) and text[index] != '"':
        index += 2 if text[index] == "\\" else 1
    return text[index + 2 :]


def differing_paths(change: ResourceChange) -> Paths:
    """The paths an update changes.

    They stop at the first list, whose indices shift, and at the first sensitive value, whose keys
    are as sensitive.
    """
    found: list[Path] = []

    def walk(
        before: JsonValue, after: JsonValue, unknown: JsonValue, was: JsonValue, will: JsonValue, path: Path
    ) -> None:
        """`was` and `will` say where the values before and after are sensitive."""
        if unknown is True:
            found.append(path)
        elif isinstance(before, dict) and isinstance(after, dict) and True not in (was, will):
            unknowns, were, wills = as_object(unknown), as_object(was), as_object(will)
            for key in sorted({*before, *after, *unknowns}):
                if (key in before) != (key in after):
                    found.append((*path, key))
                    continue
                marks = unknowns.get(key), were.get(key), wills.get(key)
                walk(before.get(key), after.get(key), *marks, (*path, key))
        elif (
            not is_same(before, after)
            or any(marked_paths(unknown))
            or ((was or will) and marked_paths(was) != marked_paths(will))
        ):
            found.append(path)

    walk(
        change.before, change.after, change.after_unknown, change.before_sensitive, change.after_sensitive, ()
    )
    return tuple(found)


def below(paths: Paths, prefix: Path) -> Paths:
    """The paths at or under `prefix`, relative to it; one above it covers all of it."""
    if not paths:
        return ()
    found: list[Path] = []
    for path in paths:
        if path[: len(prefix)] == prefix:
            found.append(path[len(prefix) :])
        elif prefix[: len(path)] == path:
            found.append(())
    return tuple(sorted(set(found), key=repr)) if len(found) > 1 else tuple(found)


def _update(change: ResourceChange, context: tuple[str, ...]) -> Iterator[Change]:
    unknown = marked_paths(change.after_unknown)
    was_sensitive = marked_paths(change.before_sensitive)
    is_sensitive = marked_paths(change.after_sensitive)
    for path in differing_paths(change) or ((),):
        unknown_here, sensitive_here = below(unknown, path), below(is_sensitive, path)
        revealed = [p for p in below(was_sensitive, path) if not _inside(p, sensitive_here)]
        yield Change(
            change.address,
            "update",
            path,
            _at(change.after, path, ABSENT),
            unknown_here,
            below((*is_sensitive, *was_sensitive), path),
            (*context, "revealed") if revealed and () not in unknown_here else context,
        )


def _inside(path: Path, paths: Paths) -> bool:
    """Whether `path` is one of `paths` or below one."""
    return any(path[: len(p)] == p for p in paths)


def _identity(change: ResourceChange) -> JsonValue:
    """What a delete destroys: the object with this id, the current one or a deposed one."""
    return {"id": as_object(change.before).get("id"), "deposed": change.deposed}


def _whole(change: ResourceChange, kind: str, context: tuple[str, ...]) -> Change:
    """A create or replace: everything that is known of the new object."""
    return Change(
        change.address,
        kind,
        (),
        change.after,
        marked_paths(change.after_unknown),
        marked_paths(change.after_sensitive),
        context,
        tainted=change.tainted,
        deposed=bool(change.deposed),
    )


def _removal(change: ResourceChange, kind: str, context: tuple[str, ...]) -> Change:
    sensitive = tuple(p for p in marked_paths(change.before_sensitive) if p in ((), ("id",)))
    if sensitive == ((),):
        sensitive = (("id",),)
    return Change(
        change.address, kind, (), _identity(change), (), sensitive, context, deposed=bool(change.deposed)
    )


def _unknown_kind(change: ResourceChange, context: tuple[str, ...]) -> Change:
    """Actions of a version to come: everything there is takes part."""
    sensitive = [
        (name, *path)
        for name, marks in (("before", change.before_sensitive), ("after", change.after_sensitive))
        for path in marked_paths(marks)
    ]
    unknown = tuple(("after", *p) for p in marked_paths(change.after_unknown))
    value: JsonValue = {"before": change.before, "after": change.after}
    return Change(change.address, "/".join(change.actions), (), value, unknown, tuple(sensitive), context)


def _of_resource(change: ResourceChange, context: tuple[str, ...]) -> Iterator[Change]:
    if change.mode == "data" or change.kind is ChangeKind.READ:
        return
    actions = "/".join(change.actions)
    match change.kind:
        case ChangeKind.CREATE | ChangeKind.REPLACE:
            yield _whole(change, actions, context)
        case ChangeKind.UPDATE:
            yield from _update(change, context)
        case ChangeKind.DELETE | ChangeKind.FORGET:
            yield _removal(change, actions, context)
        case ChangeKind.UNKNOWN:
            yield _unknown_kind(change, context)
        case ChangeKind.NO_OP | ChangeKind.IMPORT | ChangeKind.MOVE:
            pass
    if change.importing:
        source: JsonValue = {"id": change.import_id, "identity": change.import_identity}
        yield Change(change.address, "import", (), source, context=context)
    if change.previous_address:
        yield Change(change.address, "move", (), {"from": change.previous_address})


def _of_output(output: OutputChange) -> Change:
    return Change(
        f"output.{output.name}",
        "output/" + "/".join(output.actions),
        (),
        {"value": output.after},
        tuple(("value", *p) for p in marked_paths(output.after_unknown)),
        (("value",),) if output.sensitive else (),
        ("revealed",) if output.revealed else (),
    )


def _of_invocation(index: int, invocation: JsonValue) -> Change:
    item = as_object(invocation)
    return Change(
        as_text(item.get("address")) or str(index),
        "invoke",
        (),
        invocation,
        tuple(("config_values", *p) for p in marked_paths(item.get("config_unknown"))),
        tuple(("config_values", *p) for p in marked_paths(item.get("config_sensitive"))),
    )


@without_collector
def changes_of(plan: Plan, sources_digest: str = "") -> tuple[Change, ...]:
    """Every statement of a plan that needs an approval, in the plan's order.

    `sources_digest` is one of all Terraform files that the plan was made from.
    """
    configuration = _Configuration(plan, sources_digest)
    found: list[Change] = []
    for change in plan.resource_changes:
        found.extend(_of_resource(change, configuration.context(change)))
    found.extend(_of_output(o) for o in plan.changed_outputs)
    found.extend(_of_invocation(i, invocation) for i, invocation in enumerate(plan.action_invocations))
    return tuple(found)


def settled_objects(plan: Plan, sources_digest: str = "") -> dict[str, Change]:
    """What stands at the addresses where nothing is to be done, as if it were created now.

    After a create-before-destroy that failed at the destroy, the new object is such a one: the
    coverage rule asks whether it is what the approved replace promised.
    """
    configuration = _Configuration(plan, sources_digest)
    return {
        c.address: _whole(c, "no-op", configuration.context(c))
        for c in plan.resource_changes
        if c.kind is ChangeKind.NO_OP and not c.deposed
    }
