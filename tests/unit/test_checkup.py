"""`doctor`: each defect, planted into a set-up that is well, is found with its place and its fix."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_bot.commands.doctor import check_code_owners, check_configuration, check_files, check_github
from gitops_bot.commands.doctor.ours import NamedEnvironment, environments_named, terraform_version
from gitops_bot.commands.doctor.state import check_state, check_versions
from gitops_bot.commands.doctor.workflow import check_workflows
from gitops_bot.config.load import ConfigInvalid, load_settings
from gitops_bot.config.workflow import Workflow, read_workflow
from gitops_bot.core.aws import Phase
from gitops_bot.core.checkup import Finding, Level, failed, ordered
from gitops_bot.core.code_owners import owners_of
from gitops_bot.core.environments import DEFAULT_SETTINGS, Settings
from gitops_bot.core.repository import ActionsRules, BranchRules, EnvironmentRules, ForkApproval
from gitops_bot.core.root_modules import ConfiguredRoot, read_modules
from gitops_bot.core.topics import Topic
from gitops_bot.render.checkup import render_checkup
from gitops_bot.render.redact import Redactor
from tests.kit.act import caller
from tests.kit.fake_settings import FakeSettings

OWN = """\
name: own
on: {push: {branches: [devops, dev, staging, prod]}}
permissions: {}
jobs:
  apply:
    permissions: {contents: read, pull-requests: write, checks: write, deployments: write, actions: write}
    concurrency: {group: "gitops-${{ github.ref_name }}", cancel-in-progress: false}
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
        with: {fetch-depth: 0, persist-credentials: false}
      - uses: hashicorp/setup-terraform@b9cd54a3c349d3f38e8881555d616ced269862dd
        with: {terraform_version: 1.11.4, terraform_wrapper: false}
      - uses: gitops-bot/gitops-bot@v0
"""


def read(text: str, name: str = "gitops.yml") -> Workflow:
    found = read_workflow(f".github/workflows/{name}", text)
    assert isinstance(found, Workflow), found
    return found


def wrong(findings: list[Finding]) -> list[tuple[Level, str]]:
    return [(f.level, f.says) for f in findings if f.level is not Level.OK]


def of_caller(text: str, settings: Settings = DEFAULT_SETTINGS) -> list[Finding]:
    return list(check_workflows([read(text)], settings))


def test_the_readmes_caller_is_well() -> None:
    assert [] == wrong(of_caller(caller()))


def test_a_job_of_ones_own_beside_the_caller_is_well() -> None:
    assert [] == wrong(list(check_workflows([read(caller()), read(OWN, "own.yml")], DEFAULT_SETTINGS)))


def swap(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


CALLER = {
    "pushes only": (
        swap("types: [opened, synchronize, reopened,", "types: [opened,"),
        Level.ERROR,
        "Pull requests that are synchronize or reopened are not planned.",
    ),
    "no labels": (
        swap(", labeled, unlabeled]", "]"),
        Level.WARNING,
        "Nothing is done for pull requests that are labeled or unlabeled.",
    ),
    "a branch that is not listened to": (
        swap("branches: [devops, dev, staging, prod]", "branches: [devops, dev, staging]"),
        Level.ERROR,
        "pull_request: a pull request into prod is not planned.",
    ),
    "a path filter": (
        swap("  push:\n", "  push:\n    paths: [infra/**]\n"),
        Level.ERROR,
        "push has a filter `paths`: a run that never starts never reports its check, and leaves its branch "
        "out of the ledger.",
    ),
    "no schedule": (
        lambda text: "\n".join(line for line in text.split("\n") if "schedule:" not in line),
        Level.WARNING,
        "No schedule looks for what was merged and never applied.",
    ),
    "a command that cannot be dispatched": (
        swap(", unlock, backflow]", ", unlock]"),
        Level.ERROR,
        "The dispatch lacks the command backflow; GitHub refuses one that names it.",
    ),
    "an environment that cannot be dispatched": (
        swap("options: [devops, dev, staging, prod]", "options: [devops, dev, staging]"),
        Level.ERROR,
        "The dispatch lacks the environment prod; GitHub refuses one that names it.",
    ),
    "pull_request_target": (
        swap("on:\n", "on:\n  pull_request_target:\n"),
        Level.ERROR,
        "`pull_request_target` gives a pull request's code the base branch's rights.",
    ),
    "a right that is missing": (
        swap("actions: write, ", ""),
        Level.ERROR,
        "The job gitops lacks the permissions {actions: write}: GitHub starts none of the called jobs.",
    ),
    "every right": (
        lambda text: re.sub(r"permissions: \{contents[^}]*\}", "permissions: write-all", text),
        Level.WARNING,
        "`write-all` gives more than the bot needs.",
    ),
    "an input that is not handed on": (
        swap("      approve: ${{ inputs.approve }}\n", ""),
        Level.ERROR,
        "What a dispatch asks for does not reach the bot: `with` lacks approve.",
    ),
    "secrets: inherit": (
        swap("    with:\n", "    secrets: inherit\n    with:\n"),
        Level.WARNING,
        "`secrets: inherit` hands every secret of the repository to the called workflow.",
    ),
    "a branch of ours": (
        swap("gitops.yml@v0", "gitops.yml@main"),
        Level.WARNING,
        "main is a branch, which changes under you.",
    ),
    "another job": (
        lambda text: text + "  other: {runs-on: x, steps: [{run: make}]}\n",
        Level.WARNING,
        "The job other stands beside the bot's, and can make proofs that look like the bot's.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CALLER)
def test_a_defect_of_the_caller_is_found_with_its_line_and_its_fix(case: str) -> None:
    plant, level, says = CALLER[case]
    findings = of_caller(plant(caller()))
    assert [(level, says)] == wrong(findings)
    (found,) = (f for f in findings if f.level is not Level.OK)
    assert found.fix
    assert found.where.startswith(".github/workflows/gitops.yml:") or not found.where


OWN_JOB = {
    "the wrapper": (
        swap(", terraform_wrapper: false", ""),
        Level.ERROR,
        "setup-terraform's wrapper hides Terraform's exit codes.",
    ),
    "no history": (swap("fetch-depth: 0, ", ""), Level.ERROR, "The checkout has no history."),
    "another commit": (
        swap("fetch-depth: 0, ", "fetch-depth: 0, ref: main, "),
        Level.ERROR,
        "The checkout names a `ref`, so another commit is planned than the one that is judged.",
    ),
    "a token in the work tree": (
        swap(", persist-credentials: false", ""),
        Level.WARNING,
        "The checkout leaves the job's token in the work tree, where a plan's code can read it.",
    ),
    "a tag of others": (
        swap("actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683", "actions/checkout@v4"),
        Level.WARNING,
        "actions/checkout@v4 is not pinned to a commit, so whoever moves its tag runs here.",
    ),
    "no queue": (
        lambda text: "\n".join(line for line in text.split("\n") if "concurrency" not in line),
        Level.WARNING,
        "The job apply has no concurrency group, so two runs may plan or apply at once.",
    ),
    "cancelled half-way": (
        swap("cancel-in-progress: false", "cancel-in-progress: true"),
        Level.ERROR,
        "A newer run cancels one that may be applying.",
    ),
    "applies with any pull request's identity": (
        lambda text: text + "        with: {apply-on-closed: true}\n",
        Level.ERROR,
        "`apply-on-closed` applies with the identity that every open pull request has.",
    ),
    "a schedule with a cloud identity": (
        lambda text: text.replace("on: {push:", 'on: {schedule: [{cron: "1 1 * * *"}], push:').replace(
            "actions: write}", "actions: write, id-token: write}"
        ),
        Level.ERROR,
        "The job apply is started by schedule with the default branch's cloud identity.",
    ),
    "cannot write a check": (
        swap(", checks: write", ""),
        Level.ERROR,
        "The job apply lacks the permissions {checks: write}: the bot can write neither comment nor check.",
    ),
}


@pytest.mark.parametrize("case", OWN_JOB)
def test_a_defect_of_a_job_of_ones_own_is_found(case: str) -> None:
    plant, level, says = OWN_JOB[case]
    findings = list(check_workflows([read(caller()), read(plant(OWN), "own.yml")], DEFAULT_SETTINGS))
    assert [(level, says)] == wrong(findings)


def test_a_repository_without_our_workflow_is_told_how_to_get_one() -> None:
    (found,) = check_workflows([read("on: push\njobs: {a: {runs-on: x}}")], DEFAULT_SETTINGS)
    assert (Level.ERROR, "No workflow calls gitops-bot.") == (found.level, found.says)


@pytest.mark.parametrize(
    "filters", ["", "branches: ['**']", "branches: [dev*, staging, prod]", "branches-ignore: [main]"]
)
def test_filters_that_let_every_environment_through_are_well(filters: str) -> None:
    text = caller().replace(
        "    branches: [devops, dev, staging, prod]\n", f"    {filters}\n" if filters else ""
    )
    assert [] == wrong(of_caller(text))


@given(st.text(max_size=60))
def test_any_text_at_all_is_a_workflow_or_a_sentence(text: str) -> None:
    found = read_workflow("x.yml", text)
    assert isinstance(found, str) or list(check_workflows([found], DEFAULT_SETTINGS))


@pytest.mark.parametrize(
    "text", ["a: &a [*a]", "a: &a {b: *a}", "- a", "on: [", "x" * 10, "{" * 2000, "on: {push: {branches: 7}}"]
)
def test_a_workflow_that_is_none_is_no_crash(text: str) -> None:
    found = read_workflow("x.yml", text)
    assert isinstance(found, str) or list(check_workflows([found], DEFAULT_SETTINGS))


def test_the_environments_and_the_version_that_a_caller_names_are_known() -> None:
    text = caller().rstrip() + '\n      apply-environment: "{0}-apply"\n      terraform-version: 1.9.8\n'
    workflows = [read(text)]
    branches = ("devops", "dev", "staging", "prod")
    named = tuple(NamedEnvironment(f"{branch}-apply", branch, Phase.APPLY) for branch in branches)
    assert (named, "1.9.8") == (environments_named(workflows, DEFAULT_SETTINGS), terraform_version(workflows))


# --- states and versions ---

S3 = (
    'terraform {\n  backend "s3" {\n    bucket = "b"\n    key = "k"\n    use_lockfile = true\n  }\n}\n'
    'provider "aws" {}\n'
)
LOCK = 'provider "registry.terraform.io/hashicorp/aws" {\n  hashes = [\n    "h1:a=",\n    "zh:b",\n  ]\n}\n'


def root(
    text: str, lock: str | None = LOCK, inputs: tuple[str, ...] = (), ignored: bool = False
) -> ConfiguredRoot:
    return ConfiguredRoot(
        "stack", "infra", read_modules({"infra/main.tf": text})["infra"], inputs, lock, ignored
    )


STATES = {
    "s3 with its lock": (root(S3), []),
    "s3 with DynamoDB": (root(S3.replace("use_lockfile = true", 'dynamodb_table = "t"')), []),
    "s3 whose lock is in its file": (
        root(S3.replace("    use_lockfile = true\n", ""), inputs=("use_lockfile = true\n",)), [],
    ),
    "s3 without a place": (
        root(S3.replace('    bucket = "b"\n    key = "k"\n', "")),
        [(Level.ERROR, "stack's s3 backend names no bucket and no key, so no run can begin.")],
    ),
    "gcs": (root(S3.replace('"s3"', '"gcs"')), []),
    "no lock on the state": (
        root(S3.replace("    use_lockfile = true\n", "")),
        [(Level.WARNING, "stack's s3 backend takes no lock, so two applies can write one state.")],
    ),
    "no backend": (
        root('provider "aws" {}\n'),
        [
            (
                Level.ERROR,
                "stack has no backend but a local file: the state of an apply is gone with its runner.",
            )
        ],
    ),
    "cloud": (
        root('terraform {\n  cloud {\n    organization = "x"\n  }\n}\nprovider "aws" {}\n'),
        [(Level.ERROR, "stack uses the backend `cloud`, which runs Terraform elsewhere, and is refused.")],
    ),
    "remote": (
        root(S3.replace('"s3"', '"remote"')),
        [(Level.ERROR, "stack uses the backend `remote`, which runs Terraform elsewhere, and is refused.")],
    ),
    "no lock file": (
        root(S3, None),
        [
            (
                Level.WARNING,
                "stack has no dependency lock file, so each run takes the newest providers, and a plan may "
                "differ from the one that was reviewed.",
            )
        ],
    ),
    "an ignored lock file": (
        root(S3, None, ignored=True),
        [
            (
                Level.ERROR,
                "git leaves stack's dependency lock file out, so each run takes the newest providers.",
            )
        ],
    ),
    "a lock file of one platform": (
        root(S3, LOCK.replace('    "zh:b",\n', "")),
        [
            (
                Level.WARNING,
                "registry.terraform.io/hashicorp/aws: the lock file may not hold the checksum for the "
                "runner's platform.",
            )
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", STATES)
def test_where_a_state_is_kept_and_what_locks_its_providers(case: str) -> None:
    looked_at, expected = STATES[case]
    assert expected == wrong(list(check_state([looked_at], DEFAULT_SETTINGS)))


@pytest.mark.parametrize(
    ("project", "roots", "is_shared"),
    [
        ("", [root(S3)], True),
        ('workspace: "{environment}"', [root(S3)], False),
        ('backend_config: ["{environment}.tfbackend"]', [root(S3, inputs=("key = 1", "key = 2"))], False),
        ('backend_config: ["{environment}.tfbackend"]', [root(S3, inputs=("key = 1", "key = 1"))], True),
        ('dir: "{environment}"', [root(S3), root(S3.replace('"k"', '"other"'))], False),
        ('dir: "{environment}"', [root(S3), root(S3)], True),
        ("", [root("")], False),
        ("", [root('terraform {\n  backend "s3" {}\n}\n')], False),
        ("", [root(S3.replace('"s3"', '"remote"'))], False),
    ],
)
def test_a_state_that_all_environments_would_share_is_an_error(
    project: str, roots: list[ConfiguredRoot], is_shared: bool
) -> None:
    text = f"environments: [dev, prod]\nprojects:\n  - name: stack\n    {project}\n"
    found = wrong(list(check_state(roots, load_settings(text, ".gitops-bot.yml"))))
    says = "stack: every environment would use one state, because its backend is the same in all of them."
    assert [level for level, said in found if said.startswith(says)] == [Level.ERROR] * is_shared


def test_another_workflow_that_applies_is_a_warning_at_its_step() -> None:
    steps = '{steps: [{run: echo}, {run: "terraform -chdir=infra apply"}]}'
    other = read(f"on: push\njobs:\n  deploy: {steps}\n", "old.yml")
    found = check_files(DEFAULT_SETTINGS, [read(caller()), other], (), (), "")
    assert [(f.level, f.where) for f in found if "applied here too" in f.says] == [
        (Level.WARNING, ".github/workflows/old.yml:3")
    ]


@pytest.mark.parametrize(
    ("required", "version", "expected"),
    [
        (">= 1.5", "", []),
        ("~> 1.9.0", "1.9.8", []),
        ("~> 1.9.0", "", [Level.ERROR]),
        ("< 1.11", "", [Level.ERROR]),
    ],
)
def test_the_workflows_terraform_is_one_that_the_code_allows(
    required: str, version: str, expected: list[Level]
) -> None:
    text = f'terraform {{\n  required_version = "{required}"\n}}\n'
    assert expected == [level for level, _ in wrong(list(check_versions([root(text)], version, "1.11.4")))]


# --- the repository ---


def well() -> FakeSettings:
    names = ("devops", "dev", "staging", "prod")
    checks = {n: frozenset({f"gitops-bot: plan {n}", f"gitops-bot: promotion {n}"}) for n in names}
    return FakeSettings(rules={n: BranchRules(checks[n], 1) for n in names})


def asked(
    host: FakeSettings, *names: str, key: str = "apply-environment", settings: Settings = DEFAULT_SETTINGS
) -> list[Finding]:
    text = caller()
    for name in names:
        text = text.rstrip() + f'\n      {key}: "{name}"\n'
    return list(check_github(host, settings, [read(text)]))


def test_a_repository_whose_branches_ask_for_our_checks_is_well() -> None:
    assert [] == wrong(asked(well()))


def test_a_branch_without_our_checks_is_an_error_that_names_them() -> None:
    host = well()
    host.rules["prod"] = BranchRules(frozenset({"build"}))
    assert [
        (
            Level.ERROR,
            "prod can be merged into without the checks `gitops-bot: plan prod` and "
            "`gitops-bot: promotion prod`.",
        )
    ] == wrong(asked(host))


def test_a_branch_that_is_missing_is_an_error_with_the_command_that_makes_it() -> None:
    host = well()
    del host.rules["staging"]
    (found,) = (f for f in asked(host) if f.level is Level.ERROR)
    assert "`git push origin devops:refs/heads/staging`" in found.fix


def test_actions_that_may_open_no_pull_request_open_no_promotion() -> None:
    host = well()
    host.actions = ActionsRules(may_open=False, writes=False)
    assert [(Level.ERROR, "Actions may not create pull requests, so no promotion opens.")] == wrong(
        asked(host)
    )


# --- GitHub environments ---

BRANCHES = ("devops", "dev", "staging", "prod")
PULLS = "refs/pull/*/merge"
GATES = {n: EnvironmentRules(n, True, (n,)) for n in BRANCHES}
PLAN_GATES = {n: EnvironmentRules(f"{n}-plan", False, (PULLS, n)) for n in BRANCHES}


def gated(*instead: EnvironmentRules) -> list[tuple[Level, str]]:
    """What is wrong when some of the environments that the applies name are otherwise than they should be."""
    host = well()
    host.environments = tuple({**GATES, **{e.name: e for e in instead}}.values())
    return wrong(asked(host, "{0}"))


def plan_gated(*instead: EnvironmentRules) -> list[tuple[Level, str]]:
    """The same for those that the plans name."""
    host = well()
    host.environments = tuple(
        {**{e.name: e for e in PLAN_GATES.values()}, **{e.name: e for e in instead}}.values()
    )
    return wrong(asked(host, "{0}-plan", key="plan-environment"))


def test_environments_that_are_each_for_their_branch_with_reviewers_are_well() -> None:
    assert [] == gated()


def test_upper_and_lower_case_of_an_environments_name_are_the_same() -> None:
    host = well()
    host.environments = tuple(replace(e, name=e.name.upper()) for e in GATES.values())
    assert [] == wrong(asked(host, "{0}"))


def test_an_environment_that_is_not_there_is_an_error() -> None:
    says = "There is no GitHub environment devops; GitHub would make one without any rule."
    host = well()
    host.environments = tuple(e for e in GATES.values() if e.name != "devops")
    assert [(Level.ERROR, says)] == wrong(asked(host, "{0}"))


@pytest.mark.parametrize(
    ("rules", "level", "says"),
    [
        (
            EnvironmentRules("dev", True, None),
            Level.ERROR,
            "Any branch's job may use the GitHub environment dev and its identity.",
        ),
        (
            EnvironmentRules("dev", True, None, protected=True),
            Level.WARNING,
            "Any protected branch's job may use the GitHub environment dev and its identity.",
        ),
        (
            EnvironmentRules("dev", True, ("release/*",)),
            Level.ERROR,
            "dev may not use the GitHub environment dev, so none of its applies starts.",
        ),
        (
            EnvironmentRules("dev", True, ("dev", "devops")),
            Level.ERROR,
            "The jobs of devops may use the GitHub environment dev and its identity, too.",
        ),
        (
            EnvironmentRules("dev", True, ("dev*", PULLS)),
            Level.ERROR,
            "The jobs of branches like `dev*` and every pull request may use the GitHub environment dev and "
            "its identity, too.",
        ),
        (
            EnvironmentRules("prod", True, ("prod*", "feature/**")),
            Level.ERROR,
            "The jobs of branches like `prod*` and branches like `feature/**` may use the GitHub environment "
            "prod and its identity, too.",
        ),
        (
            EnvironmentRules("prod", True, ("prod",), tags=("v*",)),
            Level.ERROR,
            "The jobs of tags like `v*` may use the GitHub environment prod and its identity, too.",
        ),
        (
            EnvironmentRules("prod", False, ("prod",)),
            Level.WARNING,
            "The GitHub environment prod is for prod alone, without reviewers.",
        ),
    ],
)
def test_what_is_wrong_with_the_environment_of_an_apply(
    rules: EnvironmentRules, level: Level, says: str
) -> None:
    assert [(level, says)] == gated(rules)


def test_only_the_highest_environment_is_asked_for_reviewers() -> None:
    assert [] == gated(EnvironmentRules("dev", False, ("dev",)))


@pytest.mark.parametrize(
    ("rules", "level", "says"),
    [
        (
            EnvironmentRules("dev-plan", False, None),
            Level.WARNING,
            "Any branch's job may use the GitHub environment dev-plan and its identity.",
        ),
        (
            EnvironmentRules("dev-plan", False, None, protected=True),
            Level.ERROR,
            "No pull request's job may use the GitHub environment dev-plan, so no plan starts.",
        ),
        (
            EnvironmentRules("dev-plan", False, ("dev",)),
            Level.ERROR,
            "No pull request's job may use the GitHub environment dev-plan, so no plan starts.",
        ),
        (
            EnvironmentRules("dev-plan", False, (PULLS,)),
            Level.WARNING,
            "dev may not use the GitHub environment dev-plan, so no look for drift starts.",
        ),
        (
            EnvironmentRules("dev-plan", False, (PULLS, "**"), tags=("v*",)),
            Level.WARNING,
            "The jobs of branches like `**` and tags like `v*` may use the GitHub environment dev-plan and "
            "its identity, too.",
        ),
    ],
)
def test_what_is_wrong_with_the_environment_of_a_plan(
    rules: EnvironmentRules, level: Level, says: str
) -> None:
    assert [(level, says)] == plan_gated(rules)


def test_environments_of_plans_are_well_with_and_without_reviewers() -> None:
    assert ([], []) == (plan_gated(), plan_gated(EnvironmentRules("dev-plan", True, (PULLS, "dev"))))


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (EnvironmentRules("infra", True, None), [Level.ERROR]),
        (EnvironmentRules("infra", True, None, protected=True), []),
        (EnvironmentRules("infra", False, ("prod",)), []),
        (EnvironmentRules("infra", False, ("prod", "*")), [Level.WARNING]),
        (EnvironmentRules("infra", False, ("prod",), tags=("v*",)), [Level.WARNING]),
    ],
)
def test_of_a_job_of_ones_own_an_environment_should_be_for_some_branches_by_their_names(
    rules: EnvironmentRules, expected: list[Level]
) -> None:
    host = well()
    host.environments = (rules,)
    text = OWN.replace("    runs-on:", "    environment: infra\n    runs-on:")
    found = list(check_github(host, DEFAULT_SETTINGS, [read(text)]))
    assert expected == [level for level, _ in wrong(found)]
    assert any("infra" in f.says for f in found)


# --- token, Actions, reviews, owners ---


@pytest.mark.parametrize(
    ("scopes", "public", "expected"),
    [
        (None, False, []),
        (frozenset({"repo", "workflow", "read:org", "gist"}), False, []),
        (frozenset({"public_repo"}), True, []),
        (
            frozenset({"repo", "admin:org", "delete_repo"}),
            False,
            ["The token has the scopes admin:org and delete_repo, which nothing here needs."],
        ),
        (
            frozenset({"public_repo"}),
            False,
            ["The token lacks the scope repo: status, history, unlock and promote will be refused."],
        ),
        (
            frozenset(),
            True,
            ["The token lacks the scope repo: status, history, unlock and promote will be refused."],
        ),
    ],
)
def test_a_classic_tokens_scopes_should_be_what_it_needs(
    scopes: frozenset[str] | None, public: bool, expected: list[str]
) -> None:
    host = well()
    host.facts = replace(host.facts, scopes=scopes, public=public)
    assert [(Level.WARNING, says) for says in expected] == wrong(asked(host))


def test_workflows_that_may_write_everything_by_default_are_a_warning() -> None:
    host = well()
    host.actions = ActionsRules(may_open=True, writes=True)
    says = "A workflow that names no permissions may write everything, also the bot's checks."
    assert [(Level.WARNING, says)] == wrong(asked(host))


@pytest.mark.parametrize(
    ("public", "approval", "levels"),
    [
        (True, ForkApproval.EVERYBODY, []),
        (True, ForkApproval.FIRST_TIME, []),
        (True, ForkApproval.NEW_TO_GITHUB, [Level.WARNING]),
        (False, ForkApproval.NEW_TO_GITHUB, []),
    ],
)
def test_strangers_pull_requests_should_wait_for_a_person(
    public: bool, approval: ForkApproval, levels: list[Level]
) -> None:
    host = well()
    host.facts, host.forks = replace(host.facts, public=public), approval
    found = asked(host)
    assert levels == [level for level, _ in wrong(found)]
    assert public is any("from a fork" in f.says for f in found)


@pytest.mark.parametrize(
    ("seen", "wanted", "expected"),
    [
        (1, 1, []),
        (None, 0, []),
        (
            1,
            2,
            [
                "dev can be merged into with 1 approving review, and an apply asks for 2 "
                "(`approval.reviews`): it would be blocked after the merge."
            ],
        ),
    ],
)
def test_a_branch_should_ask_for_as_many_reviews_as_its_apply(
    seen: int | None, wanted: int, expected: list[str]
) -> None:
    host = well()
    for name in BRANCHES:
        host.rules[name] = replace(host.rules[name], reviews=seen if name == "dev" else 9)
    settings = replace(DEFAULT_SETTINGS, approval=replace(DEFAULT_SETTINGS.approval, reviews=wanted))
    assert [(Level.WARNING, says) for says in expected] == wrong(asked(host, settings=settings))


def test_reviews_that_are_not_shown_are_unknown_where_an_apply_asks_for_some() -> None:
    host = well()
    host.rules["dev"] = replace(host.rules["dev"], reviews=None)
    settings = replace(DEFAULT_SETTINGS, approval=replace(DEFAULT_SETTINGS.approval, reviews=1))
    says = "How many approving reviews dev requires is shown to administrators only."
    assert [(Level.UNKNOWN, says)] == wrong(asked(host, settings=settings))


OWNED = "*.md @docs\n/.github/ @acme/platform\n/.gitops-bot.yml @acme/platform # decides\n"


@pytest.mark.parametrize(
    ("text", "reviews", "expected"),
    [
        (OWNED, 0, []),
        ("* @acme/platform\n", 0, []),
        (None, 0, []),
        (
            None,
            1,
            [
                "Anybody who may approve a pull request may let a change of .gitops-bot.yml and "
                ".github/workflows/gitops.yml in."
            ],
        ),
        (
            "*.md @docs\n/.github/ @acme/platform\n",
            0,
            [".gitops-bot.yml has no owner."],
        ),
        (
            f"{OWNED}/.github/workflows\n",
            0,
            [".github/workflows/gitops.yml has no owner."],
        ),
    ],
)
def test_the_files_that_decide_should_have_owners(
    text: str | None, reviews: int, expected: list[str]
) -> None:
    settings = replace(DEFAULT_SETTINGS, approval=replace(DEFAULT_SETTINGS.approval, reviews=reviews))
    found = list(check_code_owners(".github/CODEOWNERS", text, [read(caller())], settings))
    assert [(Level.WARNING, says) for says in expected] == wrong(found)


@pytest.mark.parametrize(
    ("pattern", "path", "owned"),
    [
        ("*", "a/b.tf", True),
        ("*.tf", "a/b.tf", True),
        ("/a/", "a/b/c.tf", True),
        ("/a", "a/b/c.tf", True),
        ("a", "x/a/c.tf", True),
        ("/a", "x/a/c.tf", False),
        ("x/a", "y/x/a", False),
        ("docs/*", "docs/a.md", True),
        ("docs/*", "docs/b/a.md", False),
        ("docs/**", "docs/b/a.md", True),
        ("**/logs", "a/b/logs/c", True),
        ("a.tf", "a.tfvars", False),
    ],
)
def test_patterns_of_owners_are_as_github_describes_them(pattern: str, path: str, owned: bool) -> None:
    assert owned is bool(owners_of(f"{pattern} @ada", path))


@pytest.mark.parametrize(
    ("owner", "owned"),
    [("@ada", True), ("@acme/infra-team", True), ("ada@acme.example", True), ("ada", False), ("foo@", False)],
)
def test_an_owner_is_a_login_a_team_or_an_address(owner: str, owned: bool) -> None:
    assert owned is bool(owners_of(f"* {owner}", "main.tf"))


def test_of_several_patterns_the_last_one_decides_also_when_it_names_nobody() -> None:
    text = "* @ada\n/a/ @bob @acme/x\n/a/b/\n# /a/ @nobody\n"
    assert (("@ada",), ("@bob", "@acme/x"), ()) == tuple(owners_of(text, p) for p in ("x", "a/c", "a/b/c"))


UNSEEN = (
    "repository", "branch_rules", "actions_rules", "environment_rules", "own_login", "fork_approval"
)  # fmt: skip


@pytest.mark.parametrize("method", UNSEEN)
def test_what_the_token_may_not_see_is_unknown_and_never_ok(method: str) -> None:
    host = well()
    host.facts = replace(host.facts, public=True)
    host.environments = tuple(GATES.values())
    host.unseen = {method}
    levels = {level for level, _ in wrong(asked(host, "{0}"))}
    assert levels == {Level.UNKNOWN}


def test_a_token_that_may_not_push_is_not_told_the_merge_methods() -> None:
    host = well()
    host.facts = replace(host.facts, merge_methods=frozenset())
    assert [Level.UNKNOWN] == [level for level, _ in wrong(asked(host))]


# --- the configuration, and the whole ---


def test_every_mistake_of_the_configuration_is_a_line_with_its_place() -> None:
    with pytest.raises(ConfigInvalid) as raised:
        load_settings("version: 2\nenvironment: []\n")
    found = list(check_configuration(DEFAULT_SETTINGS, ".gitops-bot.yml", True, raised.value.mistakes))
    assert [".gitops-bot.yml:1", ".gitops-bot.yml:2"] == [f.where for f in found]
    assert all(f.level is Level.ERROR and f.fix for f in found)


def test_a_workflow_file_that_cannot_be_read_is_an_error() -> None:
    found = list(
        check_files(DEFAULT_SETTINGS, [read(caller())], [("a.yml", "line 3 is not YAML")], [root(S3)], "")
    )
    assert [(Level.ERROR, "It cannot be read: line 3 is not YAML.")] == wrong(found)
    assert "a.yml" in [f.where for f in found]


FINDINGS = (
    Finding(Level.OK, Topic.WORKFLOW, "All is well."),
    Finding(Level.UNKNOWN, Topic.TOKEN, "It cannot be seen.", "Look yourself."),
    Finding(
        Level.WARNING, Topic.WORKFLOW, "It could be " + "better " * 12 + "than that.", "Do `this`.", "a.yml:3"
    ),
    Finding(Level.ERROR, Topic.STATE, "It is wrong: s3cr3t.", "Do that."),
)


def test_the_report_is_by_topic_and_what_is_wrong_comes_first() -> None:
    text = render_checkup(ordered(FINDINGS), as_json=False, redactor=Redactor(secrets=["s3cr3t"]))
    assert (
        text
        == """\
workflow
  warning  a.yml:3: It could be better better better better better better better
           better better better better better than that.
           fix: Do `this`.
  ok       All is well.

state
  error    It is wrong: (redacted).
           fix: Do that.

token
  unseen   It cannot be seen.
           fix: Look yourself.

1 error, 1 warning, 1 ok, 1 could not be looked at."""
    )
    assert max(map(len, text.splitlines())) <= 80


def test_only_errors_fail_it() -> None:
    assert [True, False] == [failed(FINDINGS), failed(f for f in FINDINGS if f.level is not Level.ERROR)]


def test_the_json_says_the_same_for_programs() -> None:
    found = json.loads(render_checkup(FINDINGS, as_json=True, redactor=Redactor(secrets=["s3cr3t"])))
    assert {"ok": 1, "warning": 1, "error": 1, "unknown": 1} == found["counts"]
    assert {"level", "topic", "says", "fix", "where"} == set(found["findings"][0])
    assert "s3cr3t" not in json.dumps(found)


def test_a_few_lines_of_aliases_do_not_become_billions_of_values() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))]
    assert "it holds too many values" == read_workflow("w.yml", "\n".join(lines))


def test_one_branch_or_type_written_without_a_list_counts_as_one() -> None:
    events = "on: {push: {branches: dev}, pull_request: {types: opened}}"
    text = f"{events}\njobs: {{b: {{steps: [{{uses: gitops-bot/gitops-bot@v0}}]}}}}"
    said = [says for level, says in wrong(of_caller(text)) if level is Level.ERROR]
    assert any("what is merged into devops, staging or prod is not applied" in says for says in said)
    assert any("Pull requests that are synchronize" in says for says in said)


def test_a_caller_whose_workflow_cancels_is_found() -> None:
    text = caller() + "\nconcurrency: {group: x, cancel-in-progress: true}\n"
    assert [(Level.ERROR, "A newer run cancels one that may be applying.")] == wrong(of_caller(text))


def test_an_identity_that_the_whole_workflow_gives_is_found() -> None:
    for rights in ("write-all", "{id-token: write}"):
        job = "jobs: {b: {steps: [{uses: gitops-bot/gitops-bot@v0}]}}"
        text = f"on: schedule\npermissions: {rights}\n{job}"
        assert any("the default branch's cloud identity" in says for _, says in wrong(of_caller(text)))


def test_a_workflow_of_another_owner_is_not_ours() -> None:
    text = caller().replace("uses: gitops-bot/", "uses: not-gitops-bot/")
    assert [(Level.ERROR, "No workflow calls gitops-bot.")] == wrong(of_caller(text))
