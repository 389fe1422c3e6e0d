"""A repository's settings over GitHub's REST API, as `ports.RepositorySettings`."""

from __future__ import annotations

from urllib.parse import quote

from gitops_bot.adapters.github.code_host import GithubCodeHost
from gitops_bot.adapters.github.wire import Answer
from gitops_bot.core.errors import RunFailed
from gitops_bot.core.json_values import JsonValue, as_list, as_object, as_text
from gitops_bot.core.repository import (
    ActionsRules,
    BranchRules,
    EnvironmentRules,
    ForkApproval,
    RepositoryFacts,
)

_METHODS = {
    "merge": "allow_merge_commit",
    "squash": "allow_squash_merge",
    "rebase": "allow_rebase_merge",
}


class GithubRepositorySettings(GithubCodeHost):
    """The same requests as the code host's, with other questions."""

    def repository(self) -> RepositoryFacts:
        """The repository. GitHub tells merge methods only to those who may push."""
        answer = self._get("")
        data = as_object(answer.data)
        return RepositoryFacts(
            as_text(data.get("full_name")),
            as_text(data.get("html_url")),
            as_text(data.get("default_branch")),
            frozenset(name for name, key in _METHODS.items() if data.get(key) is True),
            as_object(data.get("permissions")).get("admin") is True,
            data.get("private") is False,
            _scopes(answer),
        )

    def branch_rules(self, branch: str) -> BranchRules | None:
        """Branch protection and rulesets together. The protection's reviews only an administrator sees.

        https://docs.github.com/en/rest/branches/branches#get-a-branch
        https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch
        """
        path = f"/branches/{quote(branch, safe='')}"
        answer = self._get_or_none(path)
        if answer is None:
            return None
        protection = as_object(as_object(answer.data).get("protection"))
        required = as_object(protection.get("required_status_checks"))
        reviews = self._protections_reviews(path) if protection.get("enabled") is True else 0
        found = BranchRules(frozenset(map(as_text, as_list(required.get("contexts")))), reviews)
        for rule in self._pages(f"/rules/branches/{quote(branch, safe='')}", {}):
            found = _with_rule(found, as_object(rule))
        return found

    def _protections_reviews(self, branch: str) -> int | None:
        """https://docs.github.com/en/rest/branches/branch-protection#get-pull-request-review-protection"""
        try:
            answer = self._get_or_none(f"{branch}/protection/required_pull_request_reviews")
        except RunFailed:
            return None
        return 0 if answer is None else _count(as_object(answer.data))

    def environment_rules(self) -> tuple[EnvironmentRules, ...]:
        """https://docs.github.com/en/rest/deployments/environments#list-environments"""
        return tuple(map(self._environment, self._pages("/environments", {}, "environments")))

    def _environment(self, value: JsonValue) -> EnvironmentRules:
        """https://docs.github.com/en/rest/deployments/branch-policies#list-deployment-branch-policies"""
        data = as_object(value)
        name = as_text(data.get("name"))
        rules = [as_object(rule) for rule in as_list(data.get("protection_rules"))]
        reviewers = any(r.get("type") == "required_reviewers" and as_list(r.get("reviewers")) for r in rules)
        policy = as_object(data.get("deployment_branch_policy"))
        if policy.get("custom_branch_policies") is not True:
            return EnvironmentRules(name, reviewers, None, protected=bool(policy))
        path = f"/environments/{quote(name, safe='')}/deployment-branch-policies"
        policies = [as_object(item) for item in self._pages(path, {}, "branch_policies")]
        branches = tuple(as_text(item.get("name")) for item in policies if item.get("type") != "tag")
        tags = tuple(as_text(item.get("name")) for item in policies if item.get("type") == "tag")
        return EnvironmentRules(name, reviewers, branches, tags=tags)

    def actions_rules(self) -> ActionsRules:
        """https://docs.github.com/en/rest/actions/permissions#get-default-workflow-permissions-for-a-repository"""
        data = as_object(self._get("/actions/permissions/workflow").data)
        may_open = data.get("can_approve_pull_request_reviews") is True
        return ActionsRules(may_open, data.get("default_workflow_permissions") != "read")

    def fork_approval(self) -> ForkApproval:
        """Raises `RunFailed` for an answer that is none of those known."""
        data = as_object(self._get("/actions/permissions/fork-pr-contributor-approval").data)
        try:
            return ForkApproval(as_text(data.get("approval_policy")))
        except ValueError as error:
            raise RunFailed("GitHub's answer names no policy that is known here.") from error


def _scopes(answer: Answer) -> frozenset[str] | None:
    """Only a classic token has scopes, and GitHub says them with each answer.

    https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
    """
    given = answer.headers.get("x-oauth-scopes")
    return None if given is None else frozenset(filter(None, (part.strip() for part in given.split(","))))


def _count(parameters: dict[str, JsonValue]) -> int:
    count = parameters.get("required_approving_review_count")
    return count if isinstance(count, int) else 0


def _with_rule(found: BranchRules, rule: dict[str, JsonValue]) -> BranchRules:
    given = as_object(rule.get("parameters"))
    if rule.get("type") == "required_status_checks":
        named = (as_object(c) for c in as_list(given.get("required_status_checks")))
        return BranchRules(found.checks | {as_text(c.get("context")) for c in named}, found.reviews)
    if rule.get("type") == "pull_request":
        wanted = _count(given)
        seen = found.reviews is not None or wanted > 0
        return BranchRules(found.checks, max(found.reviews or 0, wanted) if seen else None)
    return found
