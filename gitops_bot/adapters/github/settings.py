"""A repository's settings over GitHub's REST API, as `ports.RepositorySettings`."""

from __future__ import annotations

from urllib.parse import quote

from gitops_bot.adapters.github.code_host import GithubCodeHost
from gitops_bot.core.json_values import JsonValue, as_list, as_object, as_text
from gitops_bot.core.repository import BranchRules, EnvironmentRules, RepositoryFacts

_METHODS = {
    "merge": "allow_merge_commit",
    "squash": "allow_squash_merge",
    "rebase": "allow_rebase_merge",
}


class GithubRepositorySettings(GithubCodeHost):
    """The same requests as the code host's, with other questions."""

    def repository(self) -> RepositoryFacts:
        """The repository. GitHub tells merge methods only to those who may push."""
        data = as_object(self._get("").data)
        return RepositoryFacts(
            as_text(data.get("full_name")),
            as_text(data.get("html_url")),
            as_text(data.get("default_branch")),
            frozenset(name for name, key in _METHODS.items() if data.get(key) is True),
            as_object(data.get("permissions")).get("admin") is True,
        )

    def branch_rules(self, branch: str) -> BranchRules | None:
        """Branch protection and rulesets together. The protection's reviews only an administrator sees.

        https://docs.github.com/en/rest/branches/branches#get-a-branch
        https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch
        """
        answer = self._get_or_none(f"/branches/{quote(branch, safe='')}")
        if answer is None:
            return None
        protection = as_object(as_object(answer.data).get("protection"))
        required = as_object(protection.get("required_status_checks"))
        found = BranchRules(frozenset(map(as_text, as_list(required.get("contexts")))))
        for rule in self._pages(f"/rules/branches/{quote(branch, safe='')}", {}):
            found = _with_rule(found, as_object(rule))
        return found

    def environment_rules(self) -> tuple[EnvironmentRules, ...]:
        """https://docs.github.com/en/rest/deployments/environments#list-environments"""
        return tuple(_environment(value) for value in self._pages("/environments", {}, "environments"))

    def actions_may_open_pull_requests(self) -> bool:
        """https://docs.github.com/en/rest/actions/permissions#get-default-workflow-permissions-for-a-repository"""
        data = as_object(self._get("/actions/permissions/workflow").data)
        return data.get("can_approve_pull_request_reviews") is True


def _with_rule(found: BranchRules, rule: dict[str, JsonValue]) -> BranchRules:
    given = as_object(rule.get("parameters"))
    if rule.get("type") == "required_status_checks":
        named = (as_object(c) for c in as_list(given.get("required_status_checks")))
        checks = found.checks | {as_text(c.get("context")) for c in named}
        strict = found.strict or given.get("strict_required_status_checks_policy") is True
        return BranchRules(checks, found.reviews, strict)
    if rule.get("type") == "pull_request":
        count = given.get("required_approving_review_count")
        reviews = count if isinstance(count, int) else 0
        return BranchRules(found.checks, max(found.reviews, reviews), found.strict)
    return found


def _environment(value: JsonValue) -> EnvironmentRules:
    data = as_object(value)
    rules = [as_object(rule) for rule in as_list(data.get("protection_rules"))]
    return EnvironmentRules(
        as_text(data.get("name")),
        any(rule.get("type") == "required_reviewers" for rule in rules),
        isinstance(data.get("deployment_branch_policy"), dict),
    )
