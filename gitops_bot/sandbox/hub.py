"""The hosted repository's rules: branches, pull requests, merging, and the events they cause."""

from __future__ import annotations

import itertools
import secrets
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Concatenate, Literal, ParamSpec, TypeAlias, TypeVar

from gitops_bot.sandbox import bodies, git_bodies
from gitops_bot.sandbox.deliveries import Deliveries
from gitops_bot.sandbox.git_store import GitStore, Signature
from gitops_bot.sandbox.ledgers import (
    COMMENT_LIMIT,
    Checks,
    Comments,
    Deployments,
    LabelEvents,
    Reviews,
    Runs,
)
from gitops_bot.sandbox.records import (
    ACTIONS_LOGIN,
    PERMISSIONS,
    Actor,
    Comment,
    Event,
    Gate,
    Json,
    Pull,
    Review,
    Site,
    TokenKind,
)
from gitops_bot.sandbox.refusals import Refused, invalid, limit_text, not_found, require_text

MergeMethod: TypeAlias = Literal["merge", "squash", "rebase"]
Who: TypeAlias = Actor | str
"""An actor, or the login of a person who may do everything."""

WORKFLOWS = ".github/workflows"
_PERSON = "octocat"
_TOKEN_PREFIXES: Mapping[TokenKind, str] = {"app": "ghs_", "pat": "ghp_", "read-only": "ghs_"}
_P = ParamSpec("_P")
_T = TypeVar("_T")


def _locked(method: Callable[Concatenate[Hub, _P], _T]) -> Callable[Concatenate[Hub, _P], _T]:
    @wraps(method)
    def run(hub: Hub, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        with hub.lock:
            return method(hub, *args, **kwargs)

    return run


def _actor(who: Who) -> Actor:
    return who if isinstance(who, Actor) else Actor(who)


class Hub:
    """One repository as GitHub keeps it. Methods raise `Refused` where GitHub answers an error.

    `required_checks` names, per branch, the checks a merge into it needs, `required_reviews` how many
    approving reviews where it needs any; `collaborators` what people
    may do (`admin`, `write`, `read`, `none`), by login. `events` holds what workflow runs would
    be started with, oldest first; `runs` holds the runs that a test or a rehearsal tells of. Those in
    `collaborators` and `teams` can be asked for a review. `rulesets` are the rules of each branch as GitHub
    lists them, `gates` the GitHub environments.
    """

    def __init__(self, site: Site, store: GitStore) -> None:
        self.site, self.store = site, store
        self.lock = threading.RLock()
        self.required_checks: dict[str, set[str]] = {}
        self.required_reviews: dict[str, int] = {}
        self.actions_may_open_pull_requests = True
        self.default_workflow_permissions = "read"
        self.fork_approval = "first_time_contributors"
        self.takes_drafts = True
        self.rulesets: dict[str, list[Json]] = {}
        self.gates: list[Gate] = []
        self.collaborators: dict[str, str] = {}
        self.teams: set[str] = set()
        self.tokens: dict[str, Actor] = {}
        ids = itertools.count(1001)
        self.comments = Comments(site, ids)
        self.label_events = LabelEvents(site, ids)
        self.checks = Checks(site, ids)
        self.deployments = Deployments(site, ids)
        self.reviews = Reviews(site, ids)
        self.runs = Runs(site)
        self._deliveries = Deliveries(site, store, self.describe)
        self._pulls: dict[int, Pull] = {}
        self._known = store.branches()
        self._touches = itertools.count(1)

    @property
    def events(self) -> deque[Event]:
        """The events not taken yet."""
        return self._deliveries.queue

    @_locked
    def take_events(self) -> list[Event]:
        """The events so far, and an empty queue from here on."""
        taken = list(self.events)
        self.events.clear()
        return taken

    @_locked
    def issue_token(
        self,
        login: str = ACTIONS_LOGIN,
        kind: TokenKind = "app",
        permissions: Mapping[str, str] | None = None,
        scopes: tuple[str, ...] | None = None,
    ) -> str:
        """A new token. Permissions are given as in a workflow (`pull-requests: write`); those not
        named are not held. Without any, the token may read or write everything its kind may. A classic
        token has `scopes`, which are only told."""
        default = "read" if kind == "read-only" else "write"
        granted = permissions if permissions is not None else dict.fromkeys(PERMISSIONS, default)
        held = {"metadata": "read"} | {name.replace("-", "_"): level for name, level in granted.items()}
        token = _TOKEN_PREFIXES[kind] + secrets.token_hex(18)
        self.tokens[token] = Actor(login, kind, held, scopes)
        return token

    # --- branches ---

    @_locked
    def refresh(self, who: Who = _PERSON) -> tuple[str, ...]:
        """Notice what `git push` changed since the last call, as a push by `who`; the branches."""
        actual = self.store.branches()
        names = sorted(actual.keys() | self._known.keys())
        moved = tuple(name for name in names if actual.get(name) != self._known.get(name))
        for name in moved:
            self._branch_moved(name, actual.get(name), _actor(who))
        return moved

    @_locked
    def commit(
        self,
        branch: str,
        files: Mapping[str, str | bytes | None],
        message: str = "Change",
        author: Who = _PERSON,
        start: str | None = None,
    ) -> str:
        """Push one commit that changes these files (None deletes). A new branch starts at `start`,
        by default at the default branch."""
        tip = self.store.branch(branch) or self.store.resolve(start or self.site.default_branch)
        signature = _actor(author).signature(self.site.now())
        sha = self.store.write_commit((tip,) if tip else (), files, message, signature)
        self._set_branch(branch, sha, _actor(author))
        return sha

    @_locked
    def create_ref(self, ref: str, sha: str, who: Who = _PERSON) -> None:
        """Create a branch by its full ref name."""
        branch = self._branch_name(ref)
        if self.store.branch(branch):
            raise Refused(422, "Reference already exists")
        self._write_branch(branch, self._existing(sha), _actor(who))

    @_locked
    def update_ref(self, ref: str, sha: str, *, force: bool = False, who: Who = _PERSON) -> None:
        """Move a branch; backwards or sideways only by force."""
        branch = self._branch_name(ref)
        old, new = self.store.branch(branch), self._existing(sha)
        if old is None:
            raise Refused(422, "Reference does not exist")
        if not force and not self.store.is_ancestor(old, new):
            raise Refused(422, "Update is not a fast forward")
        self._write_branch(branch, new, _actor(who))

    @_locked
    def delete_ref(self, ref: str, who: Who = _PERSON) -> None:
        """Delete a branch; its open pull requests are closed."""
        branch = self._branch_name(ref)
        if self.store.branch(branch) is None:
            raise Refused(422, "Reference does not exist")
        self.store.delete_ref(f"refs/heads/{branch}")
        self._branch_moved(branch, None, _actor(who))

    def _branch_name(self, ref: str) -> str:
        branch = ref.removeprefix("refs/heads/")
        if not ref.startswith("refs/heads/") or not self.store.is_branch_name(branch):
            raise Refused(422, f"{ref} is not a valid ref name.")
        return branch

    def _existing(self, sha: str) -> str:
        found = self.store.resolve(sha)
        if found is None or found != sha:
            raise Refused(422, "Object does not exist")
        return found

    def _write_branch(self, branch: str, sha: str, actor: Actor) -> None:
        if not self.may_bring(actor, sha):
            kind = "integration" if actor.is_app else "personal access token"
            raise Refused(403, f"Resource not accessible by {kind}")
        self._set_branch(branch, sha, actor)

    @_locked
    def may_bring(self, actor: Actor, sha: str) -> bool:
        """Whether an actor may put a commit on a branch: workflow files that no branch has as they are there
        take `workflows: write`, which GITHUB_TOKEN cannot have."""
        if not actor.is_app or actor.may("workflows", "write"):
            return True
        wanted = self.store.entry(sha, WORKFLOWS)
        return wanted is None or wanted in (self.store.entry(tip, WORKFLOWS) for tip in self._known.values())

    def _set_branch(self, branch: str, sha: str, actor: Actor) -> None:
        self.store.set_ref(f"refs/heads/{branch}", sha)
        self._branch_moved(branch, sha, actor)

    def _branch_moved(self, branch: str, new: str | None, actor: Actor) -> None:
        old = self._known.pop(branch, None)
        if new is not None:
            self._known[branch] = new
        if new is not None and new != old:
            self._deliveries.push(branch, old, new, actor)
        for pull in self.pulls():
            if pull.state == "closed" or branch not in (pull.head, pull.base):
                continue
            if new is None:
                self._close(pull, actor)
            elif pull.head == branch and pull.head_sha != new:
                self._synchronize(pull, new, actor)
            elif pull.base == branch and self.store.is_ancestor(pull.head_sha, new):
                self._merged(pull, new, actor)
            elif pull.base == branch:
                self._pulls[pull.number] = self._test_merge(pull)

    # --- pull requests ---

    @_locked
    def pulls(self) -> list[Pull]:
        """Every pull request, oldest first."""
        return list(self._pulls.values())

    @_locked
    def pull(self, number: int) -> Pull:
        """One pull request; 404 when there is none."""
        if number not in self._pulls:
            raise not_found()
        return self._pulls[number]

    def describe(self, pull: Pull) -> Json:
        """A pull request's full JSON."""
        blocked = pull.state == "open" and bool(self._missing_checks(pull))
        comments = len(self.comments.of(pull.number))
        return git_bodies.pull_full(self.site, self.store, pull, comments, blocked=blocked)

    @_locked
    def open_pull_request(
        self,
        title: str,
        head: str,
        base: str,
        author: Who = _PERSON,
        body: str = "",
        *,
        draft: bool = False,
    ) -> Pull:
        """Open a pull request between two branches."""
        actor = _actor(author)
        if not actor.starts_runs and not self.actions_may_open_pull_requests:
            raise Refused(403, "GitHub Actions is not permitted to create or approve pull requests.")
        if draft and not self.takes_drafts:
            raise Refused(422, "Draft pull requests are not supported in this repository.")
        require_text(title, "PullRequest", "title")
        limit_text(body, COMMENT_LIMIT, "PullRequest", "body")
        head = head.removeprefix(f"{self.site.owner}:")
        head_sha, base_sha = self.store.branch(head), self.store.branch(base)
        if base_sha is None:
            raise invalid("PullRequest", "base")
        if head_sha is None:
            raise invalid("PullRequest", "head")
        self._require_new_commits(head, base, head_sha, base_sha)
        now = self.site.now()
        pull = Pull(
            number=len(self._pulls) + 1,
            title=title,
            body=body,
            author=actor.login,
            head=head,
            base=base,
            head_sha=head_sha,
            base_sha=base_sha,
            created_at=now,
            updated_at=now,
            touched=next(self._touches),
            draft=draft,
        )
        pull = self._keep(self._test_merge(pull))
        self._deliveries.pull_request("opened", pull, actor)
        return pull

    def _require_new_commits(self, head: str, base: str, head_sha: str, base_sha: str) -> None:
        open_ones = {(pull.head, pull.base) for pull in self.pulls() if pull.state == "open"}
        message = ""
        if (head, base) in open_ones:
            message = f"A pull request already exists for {self.site.owner}:{head}."
        elif self.store.merge_base(base_sha, head_sha) is None:
            message = f"The {head} branch has no history in common with {base}"
        elif self.store.is_ancestor(head_sha, base_sha):
            message = f"No commits between {base} and {head}"
        if message:
            error: Json = {"resource": "PullRequest", "code": "custom", "message": message}
            raise Refused(422, "Validation Failed", (error,))

    @_locked
    def edit_pull_request(
        self,
        number: int,
        who: Who = _PERSON,
        *,
        title: str | None = None,
        body: str | None = None,
        base: str | None = None,
    ) -> Pull:
        """Change the title or the text, or retarget it to another base branch."""
        old = self.pull(number)
        limit_text(body, COMMENT_LIMIT, "PullRequest", "body")
        new, changes = old, dict[str, object]()
        if title is not None and title != old.title:
            new = replace(new, title=require_text(title, "PullRequest", "title"))
            changes["title"] = {"from": old.title}
        if body is not None and body != old.body:
            new = replace(new, body=body)
            changes["body"] = {"from": old.body}
        if base is not None and base != old.base:
            base_sha = self.store.branch(base)
            if base_sha is None or old.state == "closed":
                raise invalid("PullRequest", "base")
            new = self._test_merge(replace(new, base=base, base_sha=base_sha))
            changes["base"] = {"ref": {"from": old.base}, "sha": {"from": old.base_sha}}
        if changes:
            self._keep(new)
            self._deliveries.pull_request("edited", self.pull(number), _actor(who), changes=changes)
        return self.pull(number)

    @_locked
    def set_labels(self, number: int, labels: tuple[str, ...], who: Who = _PERSON) -> Pull:
        """Replace a pull request's labels; each one set or taken off is an event."""
        old, new = self.pull(number), tuple(dict.fromkeys(labels))
        self.label_events.change(number, old.labels, new, _actor(who))
        kept = self._keep(replace(old, labels=new))
        changed = [("labeled", n) for n in new if n not in old.labels]
        changed += [("unlabeled", n) for n in old.labels if n not in new]
        for action, name in changed:
            self._deliveries.pull_request(action, kept, _actor(who), label=bodies.label(self.site, name))
        return kept

    @_locked
    def label(self, number: int, name: str, by: Who = _PERSON) -> Pull:
        """Set a label on a pull request."""
        return self.set_labels(number, (*self.pull(number).labels, name), by)

    @_locked
    def unlabel(self, number: int, name: str, by: Who = _PERSON) -> Pull:
        """Take a label off a pull request; 404 when it has none of that name."""
        labels = self.pull(number).labels
        if name not in labels:
            raise Refused(404, "Label does not exist")
        return self.set_labels(number, tuple(label for label in labels if label != name), by)

    @_locked
    def request_reviewers(self, number: int, people: tuple[str, ...], teams: tuple[str, ...]) -> Pull:
        """Ask people and teams for a review: all of them, or none where one cannot be asked."""
        pull = self.pull(number)
        if pull.author in people:
            raise Refused(422, "Review cannot be requested from pull request author.")
        if not (self.collaborators.keys() >= {*people} and self.teams >= {*teams}):
            which = "One or more of the users or teams you specified is not a collaborator"
            why = f"{which} of the {self.site.repository} repository."
            raise Refused(422, f"Reviews may only be requested from collaborators. {why}")
        reviewers = tuple(dict.fromkeys((*pull.reviewers, *people)))
        review_teams = tuple(dict.fromkeys((*pull.review_teams, *teams)))
        return self._keep(replace(pull, reviewers=reviewers, review_teams=review_teams))

    @_locked
    def ready_for_review(self, number: int, who: Who = _PERSON) -> None:
        """End a draft."""
        pull = self._keep(replace(self.pull(number), draft=False))
        self._deliveries.pull_request("ready_for_review", pull, _actor(who))

    @_locked
    def close(self, number: int, who: Who = _PERSON) -> None:
        """Close a pull request without merging it."""
        if self.pull(number).state == "open":
            self._close(self.pull(number), _actor(who))

    @_locked
    def reopen(self, number: int, who: Who = _PERSON) -> None:
        """Open a closed pull request again."""
        pull = self.pull(number)
        if pull.state == "open":
            return
        head_sha, base_sha = self.store.branch(pull.head), self.store.branch(pull.base)
        if pull.merged or head_sha is None or base_sha is None:
            why = "state cannot be changed. The pull request cannot be reopened."
            raise invalid("PullRequest", "state", "invalid", why)
        opened = replace(pull, closed_at=None, head_sha=head_sha, base_sha=base_sha)
        opened = self._keep(self._test_merge(opened))
        self._deliveries.pull_request("reopened", opened, _actor(who))

    @_locked
    def comment(self, number: int, body: str, author: Who = _PERSON) -> Comment:
        """Comment on a pull request."""
        pull, actor = self.pull(number), _actor(author)
        comment = self.comments.add(number, body, actor.login)
        self._keep(pull)
        self._deliveries.issue_comment(pull, comment, len(self.comments.of(number)), actor)
        return comment

    @_locked
    def review(
        self, number: int, author: str, state: str = "APPROVED", *, sha: str = "", body: str = ""
    ) -> Review:
        """Review a pull request at its head, or at another commit of it. Its author may only comment."""
        pull = self.pull(number)
        if author == pull.author and state != "COMMENTED":
            verb = "approve" if state == "APPROVED" else "request changes on"
            raise Refused(422, "Unprocessable Entity", (f"Can not {verb} your own pull request",))
        return self.reviews.add(number, author, state, sha or pull.head_sha, body)

    @_locked
    def dispatch(
        self, workflow: str, ref: str, inputs: Mapping[str, object] | None = None, who: Who = _PERSON
    ) -> None:
        """Ask for a run of a workflow on a branch."""
        branch = ref.removeprefix("refs/heads/")
        sha = self.store.branch(branch)
        if sha is None:
            raise Refused(422, f"No ref found for: {ref}")
        given = {name: str(value) for name, value in (inputs or {}).items()}
        self._deliveries.workflow_dispatch(workflow, f"refs/heads/{branch}", sha, given, _actor(who))

    @_locked
    def schedule(self, cron: str, who: Who = _PERSON) -> None:
        """Let the clock strike: a run on the default branch."""
        self._deliveries.schedule(cron, _actor(who))

    # --- merging ---

    @_locked
    def merge(
        self,
        number: int,
        method: MergeMethod = "merge",
        who: Who = _PERSON,
        *,
        sha: str = "",
        title: str | None = None,
        message: str | None = None,
    ) -> str:
        """Merge a pull request; the commit the base branch is at afterwards."""
        pull, actor = self.pull(number), _actor(who)
        if pull.state == "closed":
            raise Refused(405, "Pull Request is not mergeable")
        if pull.draft:
            raise Refused(405, "Pull Request is still a draft")
        if sha not in ("", pull.head_sha):
            raise Refused(409, "Head branch was modified. Review and try the merge again.")
        missing = self._missing_checks(pull)
        if missing:
            raise Refused(405, missing)
        if not pull.mergeable:
            raise Refused(405, "Pull Request is not mergeable")
        merged = self._merge_commit(pull, method, actor, title, message)
        if merged is None:
            raise Refused(405, "This branch can't be rebased")
        self.store.set_ref(f"refs/heads/{pull.base}", merged)
        self._merged(pull, merged, actor)
        self._branch_moved(pull.base, merged, actor)
        return merged

    def _merge_commit(
        self, pull: Pull, method: MergeMethod, actor: Actor, title: str | None, message: str | None
    ) -> str | None:
        base = self.store.branch(pull.base) or pull.base_sha
        now = self.site.now()
        if method == "rebase":
            return self.store.rebase(base, pull.head_sha, actor.signature(now))
        if method == "squash":
            commits = self.store.commits_between(base, pull.head_sha)
            subject = f"{pull.title} (#{pull.number})"
            details = "\n\n".join(f"* {info.message}" for info in commits) if len(commits) > 1 else ""
            signature = Actor(pull.author).signature(now)
        else:
            subject = f"Merge pull request #{pull.number} from {self.site.owner}/{pull.head}"
            details, signature = pull.title, actor.signature(now)
        text = f"{title or subject}\n\n{details if message is None else message}".strip() + "\n"
        github = self._github_signature()
        squash = method == "squash"
        return self.store.merge_commit(base, pull.head_sha, text, signature, github, squash=squash)

    def _missing_checks(self, pull: Pull) -> str:
        required = sorted(self.required_checks.get(pull.base, ()))
        outcomes = {name: self.checks.outcome(pull.head_sha, name) for name in required}
        missing = [name for name in required if outcomes[name] != "passed"]
        if not missing:
            return ""
        if len(missing) == 1:
            state = "failing" if outcomes[missing[0]] == "failing" else "expected"
            return f'Required status check "{missing[0]}" is {state}.'
        if all(outcomes[name] == "failing" for name in missing):
            return f"{len(missing)} of {len(required)} required status checks are failing."
        return f"{len(missing)} of {len(required)} required status checks are expected."

    def _github_signature(self) -> Signature:
        return Signature("GitHub", "noreply@github.com", self.site.now())

    # --- how pull requests change ---

    def _keep(self, pull: Pull) -> Pull:
        kept = replace(pull, updated_at=self.site.now(), touched=next(self._touches))
        self._pulls[pull.number] = kept
        return kept

    def _close(self, pull: Pull, actor: Actor) -> None:
        closed = self._keep(replace(pull, closed_at=self.site.now()))
        self._deliveries.pull_request("closed", closed, actor)

    def _merged(self, pull: Pull, merge_sha: str, actor: Actor) -> None:
        now = self.site.now()
        merged = replace(pull, merge_sha=merge_sha, closed_at=now, merged_at=now, merged_by=actor.login)
        self._deliveries.pull_request("closed", self._keep(merged), actor)
        self.store.delete_ref(f"refs/pull/{pull.number}/merge")

    def _synchronize(self, pull: Pull, new: str, actor: Actor) -> None:
        base_sha = self.store.branch(pull.base) or pull.base_sha
        moved = self._keep(self._test_merge(replace(pull, head_sha=new, base_sha=base_sha)))
        self._deliveries.pull_request("synchronize", moved, actor, before=pull.head_sha, after=new)

    def _test_merge(self, pull: Pull) -> Pull:
        """The pull request with refs/pull/N/head and /merge as GitHub would keep them."""
        base = self.store.branch(pull.base) or pull.base_sha
        self.store.set_ref(f"refs/pull/{pull.number}/head", pull.head_sha)
        message = f"Merge {pull.head_sha} into {base}"
        author = Actor(pull.author).signature(self.site.now())
        merge = self.store.merge_commit(base, pull.head_sha, message, author, self._github_signature())
        ref = f"refs/pull/{pull.number}/merge"
        if merge is None:
            self.store.delete_ref(ref)
        else:
            self.store.set_ref(ref, merge)
        return replace(pull, merge_sha=merge or "", mergeable=merge is not None)
