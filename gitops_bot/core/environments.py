"""What the configuration means: environments in promotion order, projects and settings."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, tzinfo
from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from gitops_bot.core.aws import DEFAULT_AWS, NO_ROLES, AwsRoles, AwsSettings, Phase
from gitops_bot.core.comment_rules import DEFAULT_COMMANDS, CommandRules
from gitops_bot.core.provenance import ProvenanceMode


class OpenPullRequest(StrEnum):
    """When the promotion pull request into an environment is opened: after each converged apply below, or
    by a dispatch of `promote` only."""

    AUTO = "auto"
    MANUAL = "manual"


class PromotionRules(Struct, frozen=True):
    """Rules for content that comes into an environment from the one below, and its pull request.

    `soak` in seconds. `partial`: part of what is applied below may come. `ignore` are patterns of paths
    (core/content.py) that differ on purpose. `allow_older`: so may content that was applied below before
    what is now. `reviewers` are logins, or `org/team`.
    """

    soak: int = 0
    require_converged: bool = True
    partial: bool = False
    ignore: tuple[str, ...] = ()
    allow_older: bool = False
    open_pr: OpenPullRequest = OpenPullRequest.AUTO
    reviewers: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    draft: bool = False


class HotfixRules(Struct, frozen=True):
    """Who (logins) may let a pull request with `label` straight into an environment, by an approving review
    of its last commit."""

    by: tuple[str, ...]
    label: str = "gitops-bot: hotfix"


class FixedWindow(Struct, frozen=True):
    """Nothing is applied from `start` until `end`, both with an offset."""

    start: datetime
    end: datetime
    reason: str = ""


class WeeklyWindow(Struct, frozen=True):
    """Nothing is applied from `after` until `before` on each of `days` (0 is Monday), as the clocks
    of `zone` show it. Without `after` it begins with the day, without `before` it ends with the day;
    a `before` that is not later than `after` is one of the next day.
    """

    days: tuple[int, ...]
    after: time | None = None
    before: time | None = None
    zone: tzinfo = UTC
    reason: str = ""


Window: TypeAlias = FixedWindow | WeeklyWindow


class Override(Struct, frozen=True):
    """People (logins) who may lift the guards of a pull request by setting `label` on it."""

    by: tuple[str, ...]
    label: str = "gitops-bot: override"


class Environment(Struct, frozen=True):
    """A named stage with its branch. Environments stand in promotion order, lowest first.

    `protect`, `max_destroys`, `freeze` and `override` are its guards (core/guards.py). `hotfix` is None where
    nothing comes in past the promotion order.
    """

    name: str
    branch: str
    aws: AwsRoles = NO_ROLES
    promotion: PromotionRules = PromotionRules()
    protect: tuple[str, ...] = ()
    max_destroys: int | None = None
    freeze: tuple[Window, ...] = ()
    override: Override | None = None
    hotfix: HotfixRules | None = None


class Project(Struct, frozen=True):
    """One Terraform root module.

    `dir` is relative to the repository's root (`.` is the root). `var_files` and `backend_config`
    are looked up in `dir` first, then from the root. All but the name may hold `{environment}`.
    """

    name: str
    dir: str = "."
    var_files: tuple[str, ...] = ()
    backend_config: tuple[str, ...] = ()
    workspace: str = "default"

    def placed(self, environment: str) -> Project:
        """The project with the folder and workspace it has in an environment."""
        folder, workspace = (t.replace("{environment}", environment) for t in (self.dir, self.workspace))
        return replace(self, dir=folder, workspace=workspace)

    def for_environment(self, texts: tuple[str, ...], environment: str, phase: Phase) -> tuple[str, ...]:
        """The given file names with `{environment}` and `{phase}` (plan or apply) filled in."""
        return tuple(t.replace("{environment}", environment).replace("{phase}", phase) for t in texts)


class TerraformSettings(Struct, frozen=True):
    """How Terraform is called. `lock_timeout` in Terraform's own notation; `timeout` in seconds.

    `verify`: whether a plan right after an apply checks that nothing is left to do. `pass_env` names
    variables of the step that Terraform is given although they hold its secrets.
    """

    binary: str = "terraform"
    lock_timeout: str = "3m"
    parallelism: int = 10
    timeout: int = 3600
    pass_env: tuple[str, ...] = ()
    verify: bool = True


class LabelNames(Struct, frozen=True):
    """The labels that say what a pull request's plan does; it has one of them at most."""

    destroy: str = "terraform: destroy"
    changes: str = "terraform: changes"
    no_changes: str = "terraform: no changes"


class LockSettings(Struct, frozen=True):
    """State locks. `release_own`: an apply releases one that a run of ours left behind and provably ended."""

    release_own: bool = False


class CommentMode(StrEnum):
    """`update` edits one comment in place, `new` posts another one for each run."""

    UPDATE = "update"
    NEW = "new"


class CommentSettings(Struct, frozen=True):
    """How results are posted. `max_bytes` bounds one comment's UTF-8 text. `stateful` are patterns of
    resource types whose loss is marked stronger, besides those of core/risk.py."""

    mode: CommentMode = CommentMode.UPDATE
    max_bytes: int = 65_536
    stateful: tuple[str, ...] = ()


class ApprovalSettings(Struct, frozen=True):
    """What an approval must come with to count.

    `workflows` are the paths of workflow files that may make one, besides the apply run's own.
    `reviews` is how many people with write access must have approved the planned commit after it was
    planned. `by` are the logins of those who may approve the changes of a blocked apply. `ignore` are
    patterns (core/ignore.py) of attributes whose changes need no approval.
    """

    provenance: ProvenanceMode = ProvenanceMode.PREFERRED
    workflows: tuple[str, ...] = ()
    reviews: int = 0
    by: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def within(self, before: ApprovalSettings | None) -> ApprovalSettings:
        """These settings where they ask for more than those `before`, else those."""
        if before is None:
            return self
        order = tuple(ProvenanceMode)  # strictest first
        strictest = min(self.provenance, before.provenance, key=order.index)
        people = {login.lower() for login in before.by}  # GitHub ignores their case
        return ApprovalSettings(
            strictest,
            tuple(w for w in self.workflows if w in before.workflows),
            max(self.reviews, before.reviews),
            tuple(login for login in self.by if login.lower() in people),
            tuple(pattern for pattern in self.ignore if pattern in before.ignore),
        )


DEFAULT_APPROVAL = ApprovalSettings()


class Settings(Struct, frozen=True):
    """The validated configuration.

    `notices` name keys that are read but not yet acted on; `advice` says what could be set up more
    safely. Reports show the first, `validate`, `doctor` and the log both. `labels` is None where none
    are to be set. `drift_every` is after how many seconds reconcile looks for drift again, 0 for never.
    `commands` are those in comments.
    """

    environments: tuple[Environment, ...]
    projects: tuple[Project, ...]
    terraform: TerraformSettings = TerraformSettings()
    comment: CommentSettings = CommentSettings()
    redact: tuple[re.Pattern[str], ...] = ()
    notices: tuple[str, ...] = ()
    aws: AwsSettings = DEFAULT_AWS
    advice: tuple[str, ...] = ()
    approval: ApprovalSettings = DEFAULT_APPROVAL
    lock: LockSettings = LockSettings()
    labels: LabelNames | None = None
    drift_every: int = 0
    commands: CommandRules = DEFAULT_COMMANDS

    def environment(self, name: str) -> Environment | None:
        """The environment of that name."""
        return next((e for e in self.environments if e.name == name), None)

    def environment_of_branch(self, branch: str) -> Environment | None:
        """The environment whose branch this is."""
        return next((e for e in self.environments if e.branch == branch), None)

    def below(self, environment: Environment) -> Environment | None:
        """The environment directly below in the promotion path; None for the lowest."""
        index = self.environments.index(environment)
        return self.environments[index - 1] if index else None

    def above(self, environment: Environment) -> Environment | None:
        """The environment directly above; None for the highest."""
        index = self.environments.index(environment) + 1
        return self.environments[index] if index < len(self.environments) else None


DEFAULT_ENVIRONMENTS = tuple(Environment(name, name) for name in ("devops", "dev", "staging", "prod"))
DEFAULT_PROJECTS = (Project("default"),)
DEFAULT_SETTINGS = Settings(DEFAULT_ENVIRONMENTS, DEFAULT_PROJECTS)
