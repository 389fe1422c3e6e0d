"""A repository's settings in memory: `ports.RepositorySettings`."""

from __future__ import annotations

from dataclasses import dataclass, field

from gitops_bot.core.errors import RunFailed
from gitops_bot.core.repository import (
    ActionsRules,
    BranchRules,
    EnvironmentRules,
    ForkApproval,
    RepositoryFacts,
)

FACTS = RepositoryFacts(
    "acme/infra",
    "https://github.example/acme/infra",
    "devops",
    frozenset({"merge", "squash", "rebase"}),
    True,
)


@dataclass
class FakeSettings:
    """`unseen` are the methods that this token may not use."""

    facts: RepositoryFacts = FACTS
    rules: dict[str, BranchRules] = field(default_factory=dict)
    environments: tuple[EnvironmentRules, ...] = ()
    actions: ActionsRules = field(default_factory=lambda: ActionsRules(may_open=True, writes=False))
    forks: ForkApproval = ForkApproval.FIRST_TIME
    login: str = "ada"
    unseen: set[str] = field(default_factory=set)

    def _look(self, method: str) -> None:
        if method in self.unseen:
            raise RunFailed("GitHub refused it (status 403): Resource not accessible by integration.")

    def repository(self) -> RepositoryFacts:
        self._look("repository")
        return self.facts

    def branch_rules(self, branch: str) -> BranchRules | None:
        self._look("branch_rules")
        return self.rules.get(branch)

    def environment_rules(self) -> tuple[EnvironmentRules, ...]:
        self._look("environment_rules")
        return self.environments

    def actions_rules(self) -> ActionsRules:
        self._look("actions_rules")
        return self.actions

    def fork_approval(self) -> ForkApproval:
        self._look("fork_approval")
        return self.forks

    def own_login(self) -> str:
        self._look("own_login")
        return self.login
