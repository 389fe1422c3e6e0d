"""Records as GitHub's JSON: people, the repository, comments, checks, statuses, deployments."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote
from zlib import crc32

from gitops_bot.sandbox.records import (
    ACTIONS_LOGIN,
    Check,
    Comment,
    CommitStatus,
    Deploy,
    DeployStatus,
    Gate,
    Json,
    LabelEvent,
    Pull,
    Reaction,
    Review,
    Run,
    Site,
    iso,
    user_id,
)

_ACTIONS_APP_ID = 15368
_BORN = "2024-01-01T00:00:00Z"
_REPO_LINKS = {
    "archive": "/{archive_format}{/ref}", "assignees": "{/user}", "branches": "{/branch}",
    "collaborators": "{/collaborator}", "comments": "{/number}", "commits": "{/sha}",
    "compare": "/{base}...{head}", "contents": "/{+path}", "contributors": "", "deployments": "",
    "downloads": "", "events": "", "forks": "", "hooks": "", "issue_comment": "{/number}",
    "issue_events": "{/number}", "issues": "{/number}", "keys": "{/key_id}", "labels": "{/name}",
    "languages": "", "merges": "", "milestones": "{/number}", "notifications": "{?since,all,participating}",
    "pulls": "{/number}", "releases": "{/id}", "stargazers": "", "statuses": "/{sha}", "subscribers": "",
    "subscription": "", "tags": "", "teams": "",
}  # fmt: skip
_LINK_PATHS = {
    "archive": "", "issue_comment": "/issues/comments", "issue_events": "/issues/events",
}  # fmt: skip


def node_id(kind: str, number: int | str) -> str:
    """A stable opaque id."""
    return b64encode(f"{kind}:{number}".encode()).decode()


def user(site: Site, login: str) -> Json:
    """A person or bot in short."""
    url = f"{site.api_url}/users/{login}"
    return {
        "login": login,
        "id": user_id(login),
        "node_id": node_id("User", user_id(login)),
        "avatar_url": f"{site.api_url}/avatars/{user_id(login)}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{site.api_url}/{login}",
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": "Bot" if login.endswith("[bot]") else "User",
        "site_admin": False,
    }


def team(site: Site, slug: str) -> Json:
    """A team of the repository's owner."""
    number, url = crc32(slug.encode()), f"{site.api_url}/organizations/1/team/{crc32(slug.encode())}"
    return {
        "id": number,
        "node_id": node_id("Team", number),
        "name": slug,
        "slug": slug,
        "description": None,
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "permission": "pull",
        "url": url,
        "html_url": f"{site.api_url}/orgs/{site.owner}/teams/{slug}",
        "members_url": f"{url}/members{{/member}}",
        "repositories_url": f"{url}/repos",
        "type": "organization",
        "parent": None,
    }


def own_user(site: Site, login: str) -> Json:
    """The person behind a token."""
    counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    blanks = dict.fromkeys(("name", "company", "blog", "location", "email", "hireable", "bio"))
    times = {"created_at": _BORN, "updated_at": _BORN}
    return {**user(site, login), **blanks, "blog": "", **counts, **times}


def repository(site: Site) -> Json:
    """The repository in full."""
    url, count = site.repo_url, 0
    links = {
        f"{name}_url": f"{url}{_LINK_PATHS.get(name, '/' + name)}{tail}" for name, tail in _REPO_LINKS.items()
    }
    git_links = {
        "blobs_url": f"{url}/git/blobs{{/sha}}",
        "git_commits_url": f"{url}/git/commits{{/sha}}",
        "git_refs_url": f"{url}/git/refs{{/sha}}",
        "git_tags_url": f"{url}/git/tags{{/sha}}",
        "trees_url": f"{url}/git/trees{{/sha}}",
    }
    counters = ("forks_count", "stargazers_count", "watchers_count", "size", "open_issues_count", "forks",
                "open_issues", "watchers", "subscribers_count", "network_count")  # fmt: skip
    number = crc32(site.repository.encode())
    return {
        "id": number,
        "node_id": node_id("Repository", number),
        "name": site.name,
        "full_name": site.repository,
        "owner": {**user(site, site.owner), "type": "Organization"},
        "private": True,
        "visibility": "private",
        "html_url": site.html_url,
        "description": "Infrastructure",
        "fork": False,
        "url": url,
        **links,
        **git_links,
        "git_url": f"git://127.0.0.1/{site.repository}.git",
        "ssh_url": f"git@127.0.0.1:{site.repository}.git",
        "clone_url": site.clone_url,
        "svn_url": site.html_url,
        "mirror_url": None,
        "homepage": None,
        "language": "HCL",
        **dict.fromkeys(counters, count),
        "default_branch": site.default_branch,
        "is_template": False,
        "topics": [],
        "has_issues": True,
        "has_projects": False,
        "has_wiki": False,
        "has_pages": False,
        "has_downloads": False,
        "has_discussions": False,
        "archived": False,
        "disabled": False,
        "pushed_at": _BORN,
        "created_at": _BORN,
        "updated_at": _BORN,
        "license": None,
        "allow_merge_commit": True,
        "allow_squash_merge": True,
        "allow_rebase_merge": True,
        "allow_auto_merge": False,
        "delete_branch_on_merge": False,
        "permissions": {"admin": False, "maintain": False, "push": True, "triage": True, "pull": True},
    }


def label(site: Site, name: str) -> Json:
    """A label."""
    number = crc32(name.encode())
    return {
        "id": number,
        "node_id": node_id("Label", number),
        "url": f"{site.repo_url}/labels/{name}",
        "name": name,
        "description": None,
        "color": "ededed",
        "default": False,
        "archived_at": None,
        "archived_by": None,
    }


def label_event(site: Site, record: LabelEvent) -> Json:
    """A label that was set or taken off."""
    return {
        "id": record.id,
        "node_id": node_id(f"{record.event.capitalize()}Event", record.id),
        "url": f"{site.repo_url}/issues/events/{record.id}",
        "actor": user(site, record.actor),
        "event": record.event,
        "commit_id": None,
        "commit_url": None,
        "created_at": iso(record.created_at),
        "label": {"name": record.label, "color": "ededed"},
        "performed_via_github_app": app(site, record.actor) if record.by_app else None,
    }


def _reactions(url: str) -> Json:
    kinds = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")
    return {"url": f"{url}/reactions", "total_count": 0, **dict.fromkeys(kinds, 0)}


def issue(site: Site, pull: Pull, comments: int) -> Json:
    """A pull request seen as an issue."""
    url = f"{site.repo_url}/issues/{pull.number}"
    pull_url, html_url = f"{site.repo_url}/pulls/{pull.number}", f"{site.html_url}/pull/{pull.number}"
    return {
        "id": 2_000_000 + pull.number,
        "node_id": node_id("Issue", pull.number),
        "url": url,
        "repository_url": site.repo_url,
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": html_url,
        "number": pull.number,
        "state": pull.state,
        "state_reason": None,
        "title": pull.title,
        "body": pull.body,
        "user": user(site, pull.author),
        "labels": [label(site, name) for name in pull.labels],
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "locked": False,
        "active_lock_reason": None,
        "comments": comments,
        "closed_at": iso(pull.closed_at) if pull.closed_at else None,
        "created_at": iso(pull.created_at),
        "updated_at": iso(pull.updated_at),
        "author_association": "MEMBER",
        "draft": pull.draft,
        "reactions": _reactions(url),
        "pull_request": {
            "url": pull_url,
            "html_url": html_url,
            "diff_url": f"{html_url}.diff",
            "patch_url": f"{html_url}.patch",
            "merged_at": iso(pull.merged_at) if pull.merged_at else None,
        },
    }


def comment(site: Site, record: Comment) -> Json:
    """A comment."""
    url = f"{site.repo_url}/issues/comments/{record.id}"
    return {
        "id": record.id,
        "node_id": node_id("IssueComment", record.id),
        "url": url,
        "html_url": f"{site.html_url}/pull/{record.number}#issuecomment-{record.id}",
        "issue_url": f"{site.repo_url}/issues/{record.number}",
        "user": user(site, record.author),
        "author_association": "NONE" if record.author.endswith("[bot]") else "MEMBER",
        "body": record.body,
        "reactions": _reactions(url),
        "performed_via_github_app": None,
        "created_at": iso(record.created_at),
        "updated_at": iso(record.updated_at),
    }


def reaction(site: Site, record: Reaction) -> Json:
    """A reaction on a comment."""
    return {
        "id": record.id,
        "node_id": node_id("Reaction", record.id),
        "user": user(site, record.author),
        "content": record.content,
        "created_at": iso(record.created_at),
    }


def app(site: Site, login: str) -> Json:
    """The app that writes as a login."""
    slug = login.removesuffix("[bot]")
    number = _ACTIONS_APP_ID if login == ACTIONS_LOGIN else user_id(login)
    return {
        "id": number,
        "client_id": f"Iv1.{number:016x}",
        "slug": slug,
        "node_id": node_id("App", number),
        "owner": user(site, "github" if login == ACTIONS_LOGIN else site.owner),
        "name": "GitHub Actions" if login == ACTIONS_LOGIN else slug,
        "description": "",
        "external_url": f"{site.api_url}/features/{slug}",
        "html_url": f"{site.api_url}/apps/{slug}",
        "created_at": _BORN,
        "updated_at": _BORN,
        "permissions": {"checks": "write", "contents": "write", "metadata": "read"},
        "events": [],
    }


def check_run(site: Site, record: Check, pulls: list[Pull]) -> Json:
    """A check run; `pulls` are the open pull requests whose head it is on."""
    url = f"{site.repo_url}/check-runs/{record.id}"
    html_url = f"{site.html_url}/runs/{record.id}"
    return {
        "id": record.id,
        "name": record.name,
        "node_id": node_id("CheckRun", record.id),
        "head_sha": record.sha,
        "external_id": record.external_id,
        "url": url,
        "html_url": html_url,
        "details_url": record.details_url or html_url,
        "status": record.status,
        "conclusion": record.conclusion,
        "started_at": iso(record.started_at),
        "completed_at": iso(record.completed_at) if record.completed_at else None,
        "output": {
            "title": record.title,
            "summary": record.summary,
            "text": record.text,
            "annotations_count": len(record.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": crc32(f"{record.app} {record.sha}".encode())},
        "app": app(site, record.app),
        "pull_requests": [_minimal_pull(site, pull) for pull in pulls],
    }


def annotation(site: Site, record: Check, given: Json) -> Json:
    """An annotation of a check run."""
    optional = ("start_column", "end_column", "title", "raw_details")
    return {
        **{name: given.get(name) for name in optional},
        **{name: given[name] for name in ("path", "start_line", "end_line", "annotation_level", "message")},
        "blob_href": f"{site.repo_url}/contents/{quote(given['path'])}?ref={record.sha}",
    }


def _minimal_pull(site: Site, pull: Pull) -> Json:
    repo = {"id": crc32(site.repository.encode()), "url": site.repo_url, "name": site.name}
    return {
        "id": 1_000_000 + pull.number,
        "number": pull.number,
        "url": f"{site.repo_url}/pulls/{pull.number}",
        "head": {"ref": pull.head, "sha": pull.head_sha, "repo": repo},
        "base": {"ref": pull.base, "sha": pull.base_sha, "repo": repo},
    }


def review(site: Site, record: Review) -> Json:
    """A review of a pull request."""
    html_url = f"{site.html_url}/pull/{record.number}#pullrequestreview-{record.id}"
    pull_url = f"{site.repo_url}/pulls/{record.number}"
    body = {
        "id": record.id,
        "node_id": node_id("PullRequestReview", record.id),
        "user": user(site, record.author),
        "body": record.body,
        "state": record.state,
        "html_url": html_url,
        "pull_request_url": pull_url,
        "_links": {"html": {"href": html_url}, "pull_request": {"href": pull_url}},
        "commit_id": record.sha,
        "author_association": "MEMBER",
    }
    # Nobody submitted a pending one yet.
    return body if record.state == "PENDING" else {**body, "submitted_at": iso(record.at)}


def permission(site: Site, login: str, level: str) -> Json:
    """What a person may do in the repository."""
    held = {"admin": 3, "write": 2, "read": 1}.get(level, 0)
    return {
        "permission": level,
        "role_name": level,
        "user": {
            **user(site, login),
            "role_name": level,
            "permissions": {
                "admin": held > 2,
                "maintain": held > 2,
                "push": held > 1,
                "triage": held > 1,
                "pull": held > 0,
            },
        },
    }


def workflow_run(site: Site, record: Run) -> Json:
    """One attempt of a workflow run."""
    url = f"{site.repo_url}/actions/runs/{record.id}"
    whole = repository(site)
    return {
        "id": record.id,
        "name": record.name,
        "node_id": node_id("WorkflowRun", record.id),
        "head_branch": record.branch,
        "head_sha": record.sha,
        "path": f".github/workflows/{record.name}.yml",
        "display_title": record.name,
        "run_number": record.id,
        "run_attempt": record.attempt,
        "event": record.event,
        "status": "completed" if record.conclusion else "in_progress",
        "conclusion": record.conclusion,
        "workflow_id": crc32(record.name.encode()),
        "check_suite_id": record.id,
        "url": url,
        "html_url": f"{site.html_url}/actions/runs/{record.id}",
        "pull_requests": [],
        "created_at": iso(record.started_at),
        "updated_at": iso(record.updated_at),
        "run_started_at": iso(record.started_at),
        "jobs_url": f"{url}/attempts/{record.attempt}/jobs",
        "logs_url": f"{url}/attempts/{record.attempt}/logs",
        "check_suite_url": f"{site.repo_url}/check-suites/{record.id}",
        "artifacts_url": f"{url}/artifacts",
        "cancel_url": f"{url}/cancel",
        "rerun_url": f"{url}/rerun",
        "previous_attempt_url": f"{url}/attempts/{record.attempt - 1}" if record.attempt > 1 else None,
        "workflow_url": f"{site.repo_url}/actions/workflows/{crc32(record.name.encode())}",
        "head_commit": None,
        "repository": whole,
        "head_repository": whole,
    }


def commit_status(site: Site, record: CommitStatus) -> Json:
    """A commit status."""
    return {
        "url": f"{site.repo_url}/statuses/{record.sha}",
        "avatar_url": user(site, record.author)["avatar_url"],
        "id": record.id,
        "node_id": node_id("StatusContext", record.id),
        "state": record.state,
        "description": record.description,
        "target_url": record.target_url,
        "context": record.context,
        "created_at": iso(record.created_at),
        "updated_at": iso(record.created_at),
        "creator": user(site, record.author),
    }


def combined_status(site: Site, sha: str, state: str, statuses: list[CommitStatus]) -> Json:
    """All statuses of a commit, the newest of each context."""
    listed = [commit_status(site, status) for status in statuses]
    return {
        "state": state,
        "statuses": [{k: v for k, v in status.items() if k != "creator"} for status in listed],
        "sha": sha,
        "total_count": len(listed),
        "repository": repository(site),
        "commit_url": f"{site.repo_url}/commits/{sha}",
        "url": f"{site.repo_url}/commits/{sha}/status",
    }


def deployment(site: Site, record: Deploy) -> Json:
    """A deployment."""
    url = f"{site.repo_url}/deployments/{record.id}"
    return {
        "url": url,
        "id": record.id,
        "node_id": node_id("Deployment", record.id),
        "sha": record.sha,
        "ref": record.ref,
        "task": record.task,
        "payload": record.payload,
        "original_environment": record.environment,
        "environment": record.environment,
        "description": record.description,
        "creator": user(site, record.author),
        "created_at": iso(record.created_at),
        "updated_at": iso(record.updated_at),
        "statuses_url": f"{url}/statuses",
        "repository_url": site.repo_url,
        "transient_environment": record.transient,
        "production_environment": record.production,
        "performed_via_github_app": None,
    }


def deployment_status(site: Site, record: Deploy, status: DeployStatus) -> Json:
    """One status of a deployment."""
    url = f"{site.repo_url}/deployments/{record.id}"
    return {
        "url": f"{url}/statuses/{status.id}",
        "id": status.id,
        "node_id": node_id("DeploymentStatus", status.id),
        "state": status.state,
        "creator": user(site, status.author),
        "description": status.description,
        "environment": record.environment,
        "target_url": status.target_url,
        "log_url": status.target_url,
        "environment_url": status.environment_url,
        "created_at": iso(status.created_at),
        "updated_at": iso(status.created_at),
        "deployment_url": url,
        "repository_url": site.repo_url,
        "performed_via_github_app": None,
    }


def ruleset(site: Site) -> Json:
    """Where a branch's rule comes from."""
    return {"ruleset_source_type": "Repository", "ruleset_source": site.repository, "ruleset_id": 1}


def branch_policy(kind: str, name: str) -> Json:
    """One pattern of the branches or tags whose jobs may use a GitHub environment."""
    number = crc32(f"{kind} {name}".encode())
    return {"id": number, "node_id": node_id("GateBranchPolicy", number), "name": name, "type": kind}


def review_protection(site: Site, branch: str, count: int) -> Json:
    """What a branch protection asks of reviews."""
    return {
        "url": f"{site.repo_url}/branches/{branch}/protection/required_pull_request_reviews",
        "dismiss_stale_reviews": False,
        "require_code_owner_reviews": False,
        "required_approving_review_count": count,
        "require_last_push_approval": False,
    }


def environment(site: Site, gate: Gate) -> Json:
    """A GitHub environment with its protection rules."""
    number = crc32(gate.name.encode())
    url = f"{site.repo_url}/environments/{quote(gate.name, safe='')}"
    reviewers = [{"type": "User", "reviewer": user(site, login)} for login in gate.reviewers]
    rules: list[Json] = []
    if reviewers:
        rules.append(
            {
                "id": number,
                "node_id": node_id("GateRule", number),
                "type": "required_reviewers",
                "prevent_self_review": False,
                "reviewers": reviewers,
            }
        )
    limited = gate.protected or gate.branches is not None
    if limited:
        rules.append({"id": number, "node_id": node_id("GateRule", number), "type": "branch_policy"})
    policy = {"protected_branches": gate.protected, "custom_branch_policies": not gate.protected}
    return {
        "id": number,
        "node_id": node_id("Environment", number),
        "name": gate.name,
        "url": url,
        "html_url": f"{site.html_url}/deployments/activity_log?environments_filter={quote(gate.name)}",
        "created_at": _BORN,
        "updated_at": _BORN,
        "protection_rules": rules,
        "deployment_branch_policy": policy if limited else None,
    }
