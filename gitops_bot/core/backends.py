"""Where a project keeps its state, read from its files before Terraform runs, and what is refused.

The files come from a pull request. What is disguised from this reader shows after `init`, in the data folder.
Source: https://developer.hashicorp.com/terraform/language/files/override for what replaces what.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from gitops_bot.core.blocks import Head, headers
from gitops_bot.core.json_values import JsonValue, as_list, as_object, as_text, read_json

REFUSED = frozenset({"cloud", "remote"})
"""They run plan and apply elsewhere."""
_WHY = (
    "HCP Terraform and Terraform Enterprise run plan and apply on machines of their own, so what was "
    "reviewed, the plan file and the apply cannot be held together here. This holds for workspaces with "
    "local execution too. Keep the state in a backend that only stores it, such as s3."
)
_GAP = r"(?s:[ \t]|(?>/\*.*?\*/))*+"
_KIND = rf'{_GAP}(?:"(?P<kind>[^"\\\n]+)"|(?P<bare>[^\W\d][\w-]*)){_GAP}\{{'
_BACKEND = re.compile(rf"backend{_KIND}")
_CLOUD = re.compile(rf"cloud{_GAP}\{{")
_INNER = {"backend": Head(_BACKEND, anywhere=True), "cloud": Head(_CLOUD, anywhere=True)}
_HEADS = {"terraform": Head(re.compile(rf"terraform{_GAP}\{{"), _INNER, anywhere=True)}


class Backend(Struct, frozen=True):
    """A backend's block: `kind` is Terraform's word for it, `cloud` for a cloud block.

    `line` is 0 in a JSON file.
    """

    kind: str
    file: str = ""
    line: int = 0


def find_backend(files: Mapping[str, str], tofu: bool = False) -> Backend | None:
    """The backend of a root module, from the texts of its files by name; None is Terraform's default, local.

    Only names that Terraform reads count. Text that is no HCL or JSON gives what can be made of it.
    """
    names = [name for name in sorted(files) if _is_read(name, files, tofu)]
    found: Backend | None = None
    for name in sorted(names, key=_is_override):  # stable: overrides come last, in the order of their names
        for backend in _in_file(name, files[name]):
            found = backend
    return found


def backend_in_use(data: str) -> Backend | None:
    """The backend that `init` chose, from the text of `terraform.tfstate` in Terraform's data folder."""
    try:
        kind = as_text(as_object(as_object(read_json(data)).get("backend")).get("type"))
    except (json.JSONDecodeError, RecursionError):
        return None
    return Backend(kind) if kind else None


def why_refused(backend: Backend | None) -> tuple[str, str] | None:
    """What is wrong with that backend and what to do, two texts for people; None where nothing is."""
    if backend is None or backend.kind not in REFUSED:
        return None
    block = "cloud block" if backend.kind == "cloud" else f"{backend.kind} backend"
    return f"The {block} is not supported", _WHY


def _is_read(name: str, files: Mapping[str, str], tofu: bool) -> bool:
    """Whether the file is part of the module. OpenTofu reads `a.tofu` in place of `a.tf`."""
    if name.startswith((".", "#")) or name.endswith("~"):
        return False
    if tofu and name.endswith((".tofu", ".tofu.json")):
        return True
    if not name.endswith((".tf", ".tf.json")):
        return False
    stem, _, ending = name.rpartition(".tf")
    return not (tofu and f"{stem}.tofu{ending}" in files)


def _is_override(name: str) -> bool:
    stem = re.sub(r"\.(?:tf|tofu)(?:\.json)?\Z", "", name)
    return stem == "override" or stem.endswith("_override")


def _in_file(name: str, text: str) -> Iterator[Backend]:
    if name.endswith(".json"):
        yield from (Backend(kind, name) for kind in _in_json(text))
        return
    for line, header in headers(text, _HEADS):
        if header.re is _BACKEND:
            yield Backend(header["kind"] or header["bare"], name, line)
        elif header.re is _CLOUD:
            yield Backend("cloud", name, line)


def _in_json(text: str) -> Iterator[str]:
    """The kinds of the backends in a `.tf.json` file. A block may be an object or a list of them."""
    try:
        document = read_json(text)
    except (json.JSONDecodeError, RecursionError):
        return
    for block in _blocks(as_object(document).get("terraform")):
        for backend in _blocks(block.get("backend")):
            yield from backend
        if "cloud" in block:
            yield "cloud"


def _blocks(value: JsonValue) -> list[dict[str, JsonValue]]:
    return [as_object(item) for item in (as_list(value) or [value])]
