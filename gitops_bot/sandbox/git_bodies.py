"""What is in git as GitHub's JSON: commits, refs, branches, files, comparisons, pull requests."""

from __future__ import annotations

from base64 import encodebytes
from datetime import UTC, datetime

from gitops_bot.sandbox.bodies import label, node_id, repository, team, user
from gitops_bot.sandbox.git_store import CommitInfo, FileChange, GitStore, TreeEntry
from gitops_bot.sandbox.records import Json, Pull, Site, iso

_INLINE_LIMIT = 1024 * 1024
_DIFF_FILES = 300
_UNVERIFIED: Json = {
    "verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None,
}  # fmt: skip


def _person(name: str, email: str, at: int) -> Json:
    return {"name": name, "email": email, "date": iso(datetime.fromtimestamp(at, UTC))}


def git_commit(site: Site, info: CommitInfo) -> Json:
    """A commit as the git database has it."""
    return {
        "sha": info.sha,
        "node_id": node_id("Commit", info.sha),
        "url": f"{site.repo_url}/git/commits/{info.sha}",
        "html_url": f"{site.html_url}/commit/{info.sha}",
        "author": _person(info.author, info.author_email, info.authored_at),
        "committer": _person(info.committer, info.committer_email, info.committed_at),
        "message": info.message,
        "tree": {"sha": info.tree, "url": f"{site.repo_url}/git/trees/{info.tree}"},
        "parents": [
            {
                "sha": parent,
                "url": f"{site.repo_url}/git/commits/{parent}",
                "html_url": f"{site.html_url}/commit/{parent}",
            }
            for parent in info.parents
        ],
        "verification": _UNVERIFIED,
    }


def _account(site: Site, name: str, email: str) -> Json | None:
    return user(site, name) if email.endswith("@users.noreply.github.com") else None


def commit(site: Site, info: CommitInfo) -> Json:
    """A commit as the commits API has it."""
    inner = git_commit(site, info)
    url = f"{site.repo_url}/commits/{info.sha}"
    kept = ("author", "committer", "message", "tree", "verification")
    return {
        "sha": info.sha,
        "node_id": inner["node_id"],
        "url": url,
        "html_url": inner["html_url"],
        "comments_url": f"{url}/comments",
        "commit": {**{key: inner[key] for key in kept}, "url": inner["url"], "comment_count": 0},
        "author": _account(site, info.author, info.author_email),
        "committer": _account(site, info.committer, info.committer_email),
        "parents": [
            {**parent, "url": f"{site.repo_url}/commits/{parent['sha']}"} for parent in inner["parents"]
        ],
    }


def commit_with_files(site: Site, store: GitStore, info: CommitInfo) -> Json:
    """A commit with what it changed since its first parent."""
    changes = store.changes(info.parents[0], info.sha) if info.parents else []
    additions = sum(change.additions for change in changes)
    deletions = sum(change.deletions for change in changes)
    return {
        **commit(site, info),
        "stats": {"additions": additions, "deletions": deletions, "total": additions + deletions},
        "files": [diff_entry(site, change, info.sha) for change in changes[:_DIFF_FILES]],
    }


def diff_entry(site: Site, change: FileChange, sha: str) -> Json:
    """One file of a diff."""
    patch: Json = {"patch": change.patch} if change.patch else {}
    previous: Json = {"previous_filename": change.previous_path} if change.previous_path else {}
    return {
        "sha": change.blob,
        "filename": change.path,
        "status": change.status,
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        "blob_url": f"{site.html_url}/blob/{sha}/{change.path}",
        "raw_url": f"{site.html_url}/raw/{sha}/{change.path}",
        "contents_url": f"{site.repo_url}/contents/{change.path}?ref={sha}",
        **patch,
        **previous,
    }


def git_ref(site: Site, name: str, sha: str) -> Json:
    """A ref by its full name."""
    return {
        "ref": name,
        "node_id": node_id("Ref", name),
        "url": f"{site.repo_url}/git/{name}",
        "object": {"type": "commit", "sha": sha, "url": f"{site.repo_url}/git/commits/{sha}"},
    }


def branch(site: Site, name: str, info: CommitInfo, required: set[str]) -> Json:
    """A branch with its required checks."""
    url = f"{site.repo_url}/branches/{name}"
    return {
        "name": name,
        "commit": commit(site, info),
        "_links": {"html": f"{site.html_url}/tree/{name}", "self": url},
        "protected": bool(required),
        "protection": {
            "enabled": bool(required),
            "required_status_checks": {
                "enforcement_level": "everyone" if required else "off",
                "contexts": sorted(required),
                "checks": [{"context": name, "app_id": None} for name in sorted(required)],
            },
        },
        "protection_url": f"{url}/protection",
    }


def content(site: Site, entry: TreeEntry, ref: str, data: bytes | None) -> Json:
    """A file or folder; `data` is given for a file asked for by itself."""
    url = f"{site.repo_url}/contents/{entry.path}?ref={ref}"
    kind = {"blob": "file", "tree": "dir"}.get(entry.kind, "submodule")
    kind = "symlink" if entry.mode == "120000" and data is None else kind
    git_url = f"{site.repo_url}/git/{'trees' if kind == 'dir' else 'blobs'}/{entry.sha}"
    html_url = f"{site.html_url}/blob/{ref}/{entry.path}"
    body: Json = {
        "type": kind,
        "size": len(data) if data is not None else 0,
        "name": entry.path.rsplit("/", 1)[-1],
        "path": entry.path,
        "sha": entry.sha,
        "url": url,
        "git_url": git_url,
        "html_url": html_url,
        "download_url": f"{site.html_url}/raw/{ref}/{entry.path}" if kind == "file" else None,
        "_links": {"git": git_url, "html": html_url, "self": url},
    }
    if data is not None and len(data) > _INLINE_LIMIT:
        return {**body, "encoding": "none", "content": ""}
    return body if data is None else {**body, "encoding": "base64", "content": encodebytes(data).decode()}


def blob(site: Site, sha: str, data: bytes) -> Json:
    """A file's content by its hash, however long."""
    return {
        "sha": sha,
        "node_id": node_id("Blob", sha),
        "url": f"{site.repo_url}/git/blobs/{sha}",
        "size": len(data),
        "encoding": "base64",
        "content": encodebytes(data).decode(),
    }


def comparison(site: Site, store: GitStore, base: CommitInfo, head: CommitInfo, ancestor: CommitInfo) -> Json:
    """How the head differs from where it left the base."""
    ahead, behind = store.ahead_behind(base.sha, head.sha)
    status = {(True, True): "diverged", (True, False): "ahead", (False, True): "behind"}
    span = f"{base.sha}...{head.sha}"
    html_url = f"{site.html_url}/compare/{span}"
    changes = store.changes(ancestor.sha, head.sha)
    return {
        "url": f"{site.repo_url}/compare/{span}",
        "html_url": html_url,
        "permalink_url": html_url,
        "diff_url": f"{html_url}.diff",
        "patch_url": f"{html_url}.patch",
        "base_commit": commit(site, base),
        "merge_base_commit": commit(site, ancestor),
        "status": status.get((ahead > 0, behind > 0), "identical"),
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": ahead,
        "commits": [commit(site, info) for info in store.commits_between(base.sha, head.sha)],
        "files": [diff_entry(site, change, head.sha) for change in changes[:_DIFF_FILES]],
    }


def pull_simple(site: Site, pull: Pull) -> Json:
    """A pull request as lists show it."""
    url, html_url = f"{site.repo_url}/pulls/{pull.number}", f"{site.html_url}/pull/{pull.number}"
    issue_url = f"{site.repo_url}/issues/{pull.number}"
    links = {
        "self": url,
        "html": html_url,
        "issue": issue_url,
        "comments": f"{issue_url}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{site.repo_url}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": f"{site.repo_url}/statuses/{pull.head_sha}",
    }
    return {
        "url": url,
        "id": 1_000_000 + pull.number,
        "node_id": node_id("PullRequest", pull.number),
        "html_url": html_url,
        "diff_url": f"{html_url}.diff",
        "patch_url": f"{html_url}.patch",
        "issue_url": issue_url,
        "commits_url": links["commits"],
        "review_comments_url": links["review_comments"],
        "review_comment_url": links["review_comment"],
        "comments_url": links["comments"],
        "statuses_url": links["statuses"],
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "title": pull.title,
        "user": user(site, pull.author),
        "body": pull.body or None,
        "labels": [label(site, name) for name in pull.labels],
        "milestone": None,
        "active_lock_reason": None,
        "created_at": iso(pull.created_at),
        "updated_at": iso(pull.updated_at),
        "closed_at": iso(pull.closed_at) if pull.closed_at else None,
        "merged_at": iso(pull.merged_at) if pull.merged_at else None,
        "merge_commit_sha": pull.merge_sha or None,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [user(site, login) for login in pull.reviewers],
        "requested_teams": [team(site, slug) for slug in pull.review_teams],
        "head": _side(site, pull.head, pull.head_sha),
        "base": _side(site, pull.base, pull.base_sha),
        "_links": {name: {"href": link} for name, link in links.items()},
        "author_association": "MEMBER",
        "auto_merge": None,
        "draft": pull.draft,
    }


def _side(site: Site, ref: str, sha: str) -> Json:
    owner = {**user(site, site.owner), "type": "Organization"}
    return {"label": f"{site.owner}:{ref}", "ref": ref, "sha": sha, "user": owner, "repo": repository(site)}


def pull_full(site: Site, store: GitStore, pull: Pull, comments: int, *, blocked: bool) -> Json:
    """A pull request by itself, with what its branches contain."""
    start = store.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    changes = store.changes(start, pull.head_sha)
    open_state = "draft" if pull.draft else "blocked" if blocked else "clean"
    return {
        **pull_simple(site, pull),
        "merged": pull.merged,
        "mergeable": None if pull.merged else pull.mergeable,
        "rebaseable": None if pull.merged else pull.mergeable,
        "mergeable_state": "unknown" if pull.merged else open_state if pull.mergeable else "dirty",
        "merged_by": user(site, pull.merged_by) if pull.merged_by else None,
        "comments": comments,
        "review_comments": 0,
        "maintainer_can_modify": False,
        "commits": len(store.commits_between(pull.base_sha, pull.head_sha)),
        "additions": sum(change.additions for change in changes),
        "deletions": sum(change.deletions for change in changes),
        "changed_files": len(changes),
    }
