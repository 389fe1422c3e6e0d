"""HTTP handlers for pull requests, their comments and labels."""

from __future__ import annotations

from gitops_bot.sandbox import bodies, git_bodies
from gitops_bot.sandbox.calls import Call, Page, Reply
from gitops_bot.sandbox.git_store import CommitInfo, FileChange
from gitops_bot.sandbox.hub import MergeMethod
from gitops_bot.sandbox.records import Comment, Json, Pull, Review, iso
from gitops_bot.sandbox.refusals import Refused, invalid, not_found

_METHODS: dict[str, MergeMethod] = {"merge": "merge", "squash": "squash", "rebase": "rebase"}


def list_pulls(call: Call) -> Page:
    """GET /pulls."""
    query, owner = call.query, call.hub.site.owner
    state, sort = query.get("state", "open"), query.get("sort", "created")
    found = [
        pull
        for pull in call.hub.pulls()
        if state in ("all", pull.state)
        and query.get("base", pull.base) == pull.base
        and query.get("head", f"{owner}:{pull.head}") == f"{owner}:{pull.head}"
    ]
    direction = query.get("direction") or ("asc" if "sort" in query and sort != "created" else "desc")

    def position(pull: Pull) -> int:
        return pull.touched if sort == "updated" else pull.number

    found.sort(key=position, reverse=direction == "desc")
    return Page(found, lambda pull: git_bodies.pull_simple(call.hub.site, pull))


def create_pull(call: Call) -> Reply:
    """POST /pulls."""
    pull = call.hub.open_pull_request(
        title=call.required("title"),
        head=call.required("head"),
        base=call.required("base"),
        author=call.actor,
        body=call.text("body") or "",
        draft=bool(call.body.get("draft", False)),
    )
    return Reply(call.hub.describe(pull), 201)


def get_pull(call: Call) -> Reply:
    """GET /pulls/{n}."""
    return Reply(call.hub.describe(call.pull))


def edit_pull(call: Call) -> Reply:
    """PATCH /pulls/{n}."""
    number, state = call.pull.number, call.text("state")
    if state not in (None, "open", "closed"):
        raise invalid("PullRequest", "state")
    call.hub.edit_pull_request(
        number, call.actor, title=call.text("title"), body=call.text("body"), base=call.text("base")
    )
    if state == "closed":
        call.hub.close(number, call.actor)
    elif state == "open":
        call.hub.reopen(number, call.actor)
    return get_pull(call)


def merge_pull(call: Call) -> Reply:
    """PUT /pulls/{n}/merge."""
    name = call.text("merge_method") or "merge"
    if name not in _METHODS:
        raise Refused(422, f"Invalid request.\n\n{name} is not a member of ['merge', 'squash', 'rebase'].")
    sha = call.hub.merge(
        call.pull.number,
        _METHODS[name],
        call.actor,
        sha=call.text("sha") or "",
        title=call.text("commit_title"),
        message=call.text("commit_message"),
    )
    return Reply({"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


def pull_files(call: Call) -> Page:
    """GET /pulls/{n}/files."""
    pull, store = call.pull, call.hub.store
    start = store.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha

    def render(change: FileChange) -> Json:
        return git_bodies.diff_entry(call.hub.site, change, pull.head_sha)

    return Page(store.changes(start, pull.head_sha), render)


def pull_commits(call: Call) -> Page:
    """GET /pulls/{n}/commits."""
    pull = call.pull

    def render(info: CommitInfo) -> Json:
        return git_bodies.commit(call.hub.site, info)

    return Page(call.hub.store.commits_between(pull.base_sha, pull.head_sha), render)


def list_reviews(call: Call) -> Page:
    """GET /pulls/{n}/reviews, oldest first."""

    def render(record: Review) -> Json:
        return bodies.review(call.hub.site, record)

    return Page(call.hub.reviews.of(call.pull.number), render)


def request_reviewers(call: Call) -> Reply:
    """POST /pulls/{n}/requested_reviewers."""
    people, teams = (
        [str(name) for name in call.body.get(key) or []] for key in ("reviewers", "team_reviewers")
    )
    pull = call.hub.request_reviewers(call.pull.number, tuple(people), tuple(teams))
    return Reply(git_bodies.pull_simple(call.hub.site, pull), 201)


def get_permission(call: Call) -> Reply:
    """GET /collaborators/{login}/permission."""
    login = call.path["login"]
    if login not in call.hub.collaborators:
        raise not_found()
    return Reply(bodies.permission(call.hub.site, login, call.hub.collaborators[login]))


def get_issue(call: Call) -> Reply:
    """GET /issues/{n}."""
    pull = call.pull
    return Reply(bodies.issue(call.hub.site, pull, len(call.hub.comments.of(pull.number))))


def list_comments(call: Call) -> Page:
    """GET /issues/{n}/comments, oldest first."""
    since = call.query.get("since", "")
    records = [record for record in call.hub.comments.of(call.pull.number) if iso(record.updated_at) >= since]

    def render(record: Comment) -> Json:
        return bodies.comment(call.hub.site, record)

    return Page(records, render)


def create_comment(call: Call) -> Reply:
    """POST /issues/{n}/comments."""
    comment = call.hub.comment(call.pull.number, call.required("body"), call.actor)
    return Reply(bodies.comment(call.hub.site, comment), 201)


def get_comment(call: Call) -> Reply:
    """GET /issues/comments/{id}."""
    return Reply(bodies.comment(call.hub.site, call.hub.comments.get(call.path["id"])))


def edit_comment(call: Call) -> Reply:
    """PATCH /issues/comments/{id}."""
    comment = call.hub.comments.edit(call.path["id"], call.required("body"))
    return Reply(bodies.comment(call.hub.site, comment))


def react(call: Call) -> Reply:
    """POST /issues/comments/{id}/reactions: 201 for a new one, 200 for one that stood already."""
    comments, site = call.hub.comments, call.hub.site
    before = len(comments.reactions_of(call.path["id"]))
    made = comments.react(call.path["id"], call.required("content"), call.actor.login)
    new = len(comments.reactions_of(call.path["id"])) > before
    return Reply(bodies.reaction(site, made), 201 if new else 200)


def delete_comment(call: Call) -> Reply:
    """DELETE /issues/comments/{id}."""
    call.hub.comments.delete(call.path["id"])
    return Reply(None, 204)


def list_labels(call: Call) -> Page:
    """GET /issues/{n}/labels."""
    return Page(call.pull.labels, lambda name: bodies.label(call.hub.site, name))


def add_labels(call: Call) -> Reply:
    """POST /issues/{n}/labels, with an object or a bare list."""
    given = call.body.get("labels") or []
    items = [item.get("name") if isinstance(item, dict) else item for item in given]
    names = [item for item in items if isinstance(item, str) and item]
    if len(names) != len(items):
        raise invalid("Label", "name", "missing_field")
    pull = call.hub.set_labels(call.pull.number, (*call.pull.labels, *names), call.actor)
    return Reply([bodies.label(call.hub.site, name) for name in pull.labels])


def remove_label(call: Call) -> Reply:
    """DELETE /issues/{n}/labels/{name}."""
    pull = call.hub.unlabel(call.pull.number, call.path["name"], call.actor)
    return Reply([bodies.label(call.hub.site, name) for name in pull.labels])


def list_events(call: Call) -> Page:
    """GET /issues/{n}/events, oldest first. Of all events the sandbox keeps those of labels."""
    events = call.hub.label_events.of(call.pull.number)
    return Page(events, lambda event: bodies.label_event(call.hub.site, event))
