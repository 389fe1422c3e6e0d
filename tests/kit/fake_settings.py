"""A repository's settings in memory: `ports.RepositorySettings`."""

from __future__ import annotations

from dataclasses import dataclass, field

from gitops_bot.core.errors import RunFailed
from gitops_bot.core.repository import BranchRules, EnvironmentRules, RepositoryFacts

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
    may_open: bool = True
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

    def actions_may_open_pull_requests(self) -> bool:
        self._look("actions_may_open_pull_requests")
        return self.may_open

    def own_login(self) -> str:
        self._look("own_login")
        return self.login
