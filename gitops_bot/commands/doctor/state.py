"""Where the states are kept, the dependency lock files, and Terraform's version: read from the work tree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from gitops_bot.core.backends import REFUSED
from gitops_bot.core.checkup import Finding, Level
from gitops_bot.core.environments import Project, Settings
from gitops_bot.core.outline import outline
from gitops_bot.core.root_modules import ConfiguredRoot
from gitops_bot.core.scaffold_notes import shares_state
from gitops_bot.core.stages import PLACEHOLDER
from gitops_bot.core.terraform_versions import DEFAULT, allows
from gitops_bot.core.topics import Topic

_BACKENDS = "https://developer.hashicorp.com/terraform/language/backend"
_PLATFORM = "linux_amd64"
_HASH = re.compile(r'"(h1|zh):')


def check_state(roots: Sequence[ConfiguredRoot], settings: Settings) -> Iterator[Finding]:
    """Backends and lock files, a line for each root module; and states that environments would share."""
    for root in roots:
        yield _backend(root)
        yield _lock(root)
    for project in settings.projects:
        of_project = [root for root in roots if root.project == project.name]
        if of_project and _share_one_state(project, of_project, len(settings.environments)):
            yield _error(
                f"{project.name}: every environment would use one state, because its backend is the same in "
                "all of them. What is applied in one of them is taken for another's.",
                "Name a file for each environment in its `backend_config`, such as "
                '`backends/{environment}.tfbackend`, or write `workspace: "{environment}"`.',
                "" if project.dir == "." else project.dir,
            )


def _share_one_state(project: Project, roots: Sequence[ConfiguredRoot], environments: int) -> bool:
    """A backend in the code that is the same everywhere, or files for environments that say the same."""
    if any(r.module.backend is None or r.module.backend.kind in ("local", *REFUSED) for r in roots):
        return False
    if any(not (r.module.backend and r.module.backend.attributes) and not r.inputs for r in roots):
        return False  # it names no place yet, which is said of each
    if shares_state(project, [root.module for root in roots], environments):
        return True
    texts = [text for root in roots for text in root.inputs]
    copies = len(roots) == 1 and len(texts) > 1 and len(set(texts)) == 1
    return copies and PLACEHOLDER not in project.workspace


def _backend(root: ConfiguredRoot) -> Finding:
    kind = root.module.backend.kind if root.module.backend else ""
    where = "" if root.folder == "." else root.folder
    if kind in ("", "local"):
        return _error(
            f"{root.project} has no backend but a local file: the state of an apply is gone with its runner.",
            f"Give Terraform a backend: {_BACKENDS}",
            where,
        )
    if kind in REFUSED:
        return _error(
            f"{root.project} uses the backend `{kind}`, which runs Terraform elsewhere, and is refused.",
            "Keep the state in another backend, such as s3: the plan that is reviewed must be made here.",
            where,
        )
    unnamed = [name for name in ("bucket", "key") if not _sets(root, name)] if kind == "s3" else []
    if unnamed:
        return _error(
            f"{root.project}'s s3 backend names no {' and no '.join(unnamed)}, so no run can begin.",
            "Write it in the backend block, or in files that `backend_config` of the project names.",
            where,
        )
    if kind == "s3" and not (_sets(root, "use_lockfile", "true") or _sets(root, "dynamodb_table")):
        return _warning(
            f"{root.project}'s s3 backend takes no lock, so two applies can write one state.",
            "Write `use_lockfile = true` (Terraform 1.10 or newer) in its backend.",
            where,
        )
    return _ok(f"{root.project} keeps its state in {kind}.", where)


def _sets(root: ConfiguredRoot, name: str, value: str | None = None) -> bool:
    """Whether the backend's block or one of its files has that attribute, with that value."""
    backend = root.module.backend
    attributes: Mapping[str, str] = backend.attributes if backend else {}
    given = [attributes, *(outline(text).attributes for text in root.inputs)]
    return any(name in a and value in (None, a[name]) for a in given)


def _lock(root: ConfiguredRoot) -> Finding:
    where = f"{root.folder}/.terraform.lock.hcl" if root.folder != "." else ".terraform.lock.hcl"
    terraform = "terraform" if root.folder == "." else f"terraform -chdir={root.folder}"
    make = f"`{terraform} init -backend=false`"  # `providers lock` fails where modules are not installed yet
    if not root.module.providers:
        return _ok(f"{root.project} needs no providers, so it needs no dependency lock file.", where)
    if root.lock is None and root.lock_ignored:
        return _error(
            f"git leaves {root.project}'s dependency lock file out, so each run takes the newest providers.",
            f"Take it out of .gitignore, run {make}, and commit it.",
            where,
        )
    if root.lock is None:
        return _warning(
            f"{root.project} has no dependency lock file, so each run takes the newest providers, and a plan "
            "may differ from the one that was reviewed.",
            f"Run {make} and commit the file.",
            where,
        )
    providers = outline(root.lock).all("provider")
    alone = [
        p.labels[0] for p in providers if p.labels and _made_elsewhere(p.body.attributes.get("hashes", ""))
    ]
    if alone:
        return _warning(
            f"{', '.join(alone)}: the lock file may not hold the checksum for the runner's platform.",
            f"Run {make}, then `{terraform} providers lock -platform={_PLATFORM}`, and commit the file.",
            where,
        )
    return _ok(f"{root.project}'s dependency lock file holds the checksums the runner needs.", where)


def _made_elsewhere(hashes: str) -> bool:
    """`zh:` are checksums of every platform's package, as a registry lists them; `h1:` is one platform's."""
    kinds = _HASH.findall(hashes)
    return "zh" not in kinds and kinds.count("h1") < 2


def check_versions(
    roots: Sequence[ConfiguredRoot], workflow_version: str, local_version: str
) -> Iterator[Finding]:
    """Terraform's version: the workflow's against `required_version`, and this machine's ("" for none)."""
    wanted = workflow_version or DEFAULT
    for root in roots:
        if not allows(root.module.requires, wanted):
            yield Finding(
                Level.ERROR,
                Topic.TERRAFORM,
                f"{root.project} requires Terraform {', '.join(root.module.requires)}, and the workflow "
                f"installs {wanted}.",
                "Write another `terraform-version` under the workflow's `with`.",
                "" if root.folder == "." else root.folder,
            )
    if all(allows(root.module.requires, wanted) for root in roots):
        yield Finding(
            Level.OK, Topic.TERRAFORM, f"The workflow installs Terraform {wanted}, which all allow."
        )
    if local_version and local_version != wanted:
        yield Finding(
            Level.OK, Topic.TERRAFORM, f"Terraform here is {local_version}; the workflow's is what counts."
        )


def _ok(says: str, where: str) -> Finding:
    return Finding(Level.OK, Topic.STATE, says, "", where)


def _warning(says: str, fix: str, where: str) -> Finding:
    return Finding(Level.WARNING, Topic.STATE, says, fix, where)


def _error(says: str, fix: str, where: str) -> Finding:
    return Finding(Level.ERROR, Topic.STATE, says, fix, where)
