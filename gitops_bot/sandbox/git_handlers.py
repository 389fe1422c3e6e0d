"""HTTP handlers for commits, refs, branches, files and comparisons."""

from __future__ import annotations

from gitops_bot.sandbox import git_bodies
from gitops_bot.sandbox.calls import Call, Page, Reply
from gitops_bot.sandbox.git_store import CommitInfo
from gitops_bot.sandbox.records import Json
from gitops_bot.sandbox.refusals import Refused, not_found


def get_commit(call: Call) -> Reply:
    """GET /commits/{ref}."""
    info = call.hub.store.commit(call.path["ref"])
    if info is None:
        raise Refused(422, f"No commit found for SHA: {call.path['ref']}")
    return Reply(git_bodies.commit_with_files(call.hub.site, call.hub.store, info))


def get_git_commit(call: Call) -> Reply:
    """GET /git/commits/{sha}."""
    return Reply(git_bodies.git_commit(call.hub.site, _commit(call, call.path["ref"])))


def _commit(call: Call, revision: str) -> CommitInfo:
    info = call.hub.store.commit(revision)
    if info is None:
        raise not_found()
    return info


def get_blob(call: Call) -> Reply:
    """GET /git/blobs/{sha}."""
    sha = call.path["ref"]
    data = call.hub.store.blob_or_none(sha)
    if data is None:
        raise not_found()
    return Reply(git_bodies.blob(call.hub.site, sha, data))


def commit_pulls(call: Call) -> Page:
    """GET /commits/{sha}/pulls: those that merged the commit, or would."""
    sha, store = call.sha(call.path["ref"]), call.hub.store

    found = [
        pull
        for pull in call.hub.pulls()
        if pull.merge_sha == sha
        or (store.is_ancestor(sha, pull.head_sha) and not store.is_ancestor(sha, pull.base_sha))
    ]
    return Page(found, lambda pull: git_bodies.pull_simple(call.hub.site, pull))


def get_ref(call: Call) -> Reply:
    """GET /git/ref/{ref}."""
    name = f"refs/{call.path['ref']}"
    sha = call.hub.store.refs(name).get(name)
    if sha is None:
        raise not_found()
    return Reply(git_bodies.git_ref(call.hub.site, name, sha))


def matching_refs(call: Call) -> Page:
    """GET /git/matching-refs/{ref}."""
    found = sorted(call.hub.store.refs(f"refs/{call.path['ref']}").items())
    return Page(found, lambda pair: git_bodies.git_ref(call.hub.site, *pair))


def create_ref(call: Call) -> Reply:
    """POST /git/refs."""
    name, sha = call.required("ref"), call.required("sha")
    call.hub.create_ref(name, sha, call.actor)
    return Reply(git_bodies.git_ref(call.hub.site, name, sha), 201)


def update_ref(call: Call) -> Reply:
    """PATCH /git/refs/{ref}."""
    name, sha = f"refs/{call.path['ref']}", call.required("sha")
    call.hub.update_ref(name, sha, force=bool(call.body.get("force", False)), who=call.actor)
    return Reply(git_bodies.git_ref(call.hub.site, name, sha))


def delete_ref(call: Call) -> Reply:
    """DELETE /git/refs/{ref}."""
    call.hub.delete_ref(f"refs/{call.path['ref']}", call.actor)
    return Reply(None, 204)


def list_branches(call: Call) -> Page:
    """GET /branches."""

    def render(pair: tuple[str, str]) -> Json:
        name, sha = pair
        url = f"{call.hub.site.repo_url}/commits/{sha}"
        protected = bool(call.hub.required_checks.get(name))
        return {"name": name, "commit": {"sha": sha, "url": url}, "protected": protected}

    return Page(sorted(call.hub.store.branches().items()), render)


def get_branch(call: Call) -> Reply:
    """GET /branches/{branch}."""
    name = call.path["branch"]
    sha = call.hub.store.branch(name)
    if sha is None:
        raise not_found("Branch not found")
    required = call.hub.required_checks.get(name, set())
    return Reply(git_bodies.branch(call.hub.site, name, _commit(call, sha), required))


def compare(call: Call) -> Reply:
    """GET /compare/{base}...{head}."""
    base, dots, head = call.path["span"].partition("...")
    if not dots:
        raise not_found()
    owner = f"{call.hub.site.owner}:"
    one, other = (_commit(call, name.removeprefix(owner)) for name in (base, head))
    ancestor = call.hub.store.merge_base(one.sha, other.sha)
    if ancestor is None:
        raise not_found(f"No common ancestor between {base} and {head}.")
    start = _commit(call, ancestor)
    return Reply(git_bodies.comparison(call.hub.site, call.hub.store, one, other, start))


def get_contents(call: Call) -> Reply:
    """GET /contents/{path}: a file in base64, or what is in a folder."""
    site, store = call.hub.site, call.hub.store
    ref = call.query.get("ref") or site.default_branch
    sha, path = store.resolve(ref), call.path["path"].strip("/")
    if sha is None:
        raise not_found(f"No commit found for the ref {ref}")
    entry = store.entry(sha, path) if path else None
    if path and entry is None:
        raise not_found()
    if entry is not None and entry.kind == "blob":
        return Reply(git_bodies.content(site, entry, ref, store.blob(entry.sha)))
    return Reply([git_bodies.content(site, inside, ref, None) for inside in store.folder(sha, path)])
