"""The configuration file: what loads, what is refused, and where the message points."""

# ruff: noqa: E501 - the tables hold whole messages
from __future__ import annotations

import json
import re
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_bot.config.load import KEYS, ConfigInvalid, Mistake, known_keys, load_settings
from gitops_bot.config.mistakes import SHOWN_MAX, shown
from gitops_bot.config.raw import MAX_BYTES
from gitops_bot.core.aws import AwsRoles, AwsSettings, Source
from gitops_bot.core.environments import (
    DEFAULT_SETTINGS,
    ApprovalSettings,
    CommentMode,
    CommentSettings,
    Environment,
    FixedWindow,
    HotfixRules,
    LabelNames,
    OpenPullRequest,
    Override,
    Project,
    PromotionRules,
    Settings,
    TerraformSettings,
    WeeklyWindow,
)
from gitops_bot.core.errors import BadInput
from gitops_bot.core.provenance import ProvenanceMode
from tests.kit.examples import examples

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "configuration.md"
FILE = ".gitops-bot.yml"

FULL = r"""
version: 1
environments:                       # in promotion order
  - name: devops                    # branch defaults to the name
    aws: {region: us-east-1, plan_role: "arn:aws:iam::111111111111:role/gitops-plan", apply_role: "arn:aws:iam::111111111111:role/gitops-apply"}
  - name: dev
    branch: develop
    aws: {region: us-east-1, role: "arn:aws:iam::222222222222:role/gitops"}      # one role for both
  - name: staging
    promotion: {soak: 1h, require_converged: true}
  - name: prod
    promotion: {soak: 24h}
    protect: ["aws_rds_cluster.*", "module.db.**"]         # never destroyed or replaced without an override
aws: {hub_role: "arn:aws:iam::999999999999:role/gitops-hub"}                    # optional, for every environment
projects:
  - name: platform
    dir: infra
    var_files: ["envs/{environment}.tfvars"]
    backend_config: ["envs/{environment}.s3.tfbackend"]
    workspace: default
terraform: {binary: terraform, lock_timeout: 3m, parallelism: 10}
comment: {mode: update}                                    # or: new (older ones are minimised)
redact: ["(?i)password=\\S+"]
"""

HUB = "arn:aws:iam::999999999999:role/gitops-hub"
ROLE = "arn:aws:iam::111111111111:role/gitops"
ONE_ROLE_ADVICE = (
    "dev: `role` serves plans and applies, so the code of a pull request runs with the right to write. "
    "Give plan_role and apply_role."
)


def mistakes(text: str | bytes) -> list[str]:
    """The messages for a text, without the file's name."""
    with pytest.raises(ConfigInvalid) as caught:
        load_settings(text)
    lines = str(caught.value).split("\n")
    assert lines == [str(mistake) for mistake in caught.value.mistakes]
    return [line.removeprefix(f"{FILE}:") for line in lines]


@pytest.mark.parametrize("text", [None, "", "\n# only a comment\n", "---\n", "~\n", "{}\n", "\ufeff", b""])
def test_no_file_and_an_empty_file_give_the_defaults(text: str | bytes | None) -> None:
    assert load_settings(text) == DEFAULT_SETTINGS


def test_the_full_example_loads() -> None:
    expected = Settings(
        environments=(
            Environment(
                "devops",
                "devops",
                AwsRoles("us-east-1", None, f"{ROLE}-plan", f"{ROLE}-apply", HUB),
            ),
            Environment(
                "dev", "develop", AwsRoles("us-east-1", "arn:aws:iam::222222222222:role/gitops", hub_role=HUB)
            ),
            Environment("staging", "staging", AwsRoles(hub_role=HUB), PromotionRules(3600, True)),
            Environment(
                "prod",
                "prod",
                AwsRoles(hub_role=HUB),
                PromotionRules(86_400),
                ("aws_rds_cluster.*", "module.db.**"),
            ),
        ),
        projects=(
            Project(
                "platform",
                "infra",
                ("envs/{environment}.tfvars",),
                ("envs/{environment}.s3.tfbackend",),
                "default",
            ),
        ),
        terraform=TerraformSettings("terraform", "3m", 10),
        comment=CommentSettings(CommentMode.UPDATE),
        redact=(re.compile(r"(?i)password=\S+"),),
        advice=(
            "devops: the hub role is the same for plans and applies. If it may assume both roles, so can a "
            "pull request's run. Have one hub role per phase, with {phase} in hub_role.",
            ONE_ROLE_ADVICE,
            "staging: it has a hub role and no role to go on to, so no role is assumed for it.",
            "prod: it has a hub role and no role to go on to, so no role is assumed for it.",
        ),
    )
    assert load_settings(FULL) == expected


def test_a_file_with_five_mistakes_gives_five_messages_with_their_lines() -> None:
    text = """\
version: 2
environments:
  - name: dev
    brnch: develop
  - name: prod
    aws:
      role: admin
projects:
  - name: platform
    dir: ../infra
terraform:
  parallelism: many
"""
    assert mistakes(text) == [
        "1: version: '2' is out of bounds; write 1",
        "4: environments[0].brnch: the key is not known; did you mean branch?",
        "7: environments[1].aws.role: 'admin' is no role ARN; write it like arn:aws:iam::111111111111:role/gitops",
        "10: projects[0].dir: '../infra' holds '..'; "
        "write it relative to the repository's root, like infra/network",
        "12: terraform.parallelism: this is text, not a whole number; write a whole number from 1 to 256",
    ]


def test_a_mistake_names_file_line_key_problem_and_remedy() -> None:
    with pytest.raises(BadInput) as caught:
        load_settings("comment:\n  mode: loud\n", "ci/bot.yml")
    assert isinstance(caught.value, ConfigInvalid)
    assert caught.value.mistakes == (
        Mistake("ci/bot.yml", 2, "comment.mode", "'loud' is not known", "write update or new"),
    )
    assert str(caught.value) == "ci/bot.yml:2: comment.mode: 'loud' is not known; write update or new"


VALUES: list[tuple[str, Any, Any]] = [
    ("environments: [dev, prod]", "environments", (Environment("dev", "dev"), Environment("prod", "prod"))),
    ("environments: [{name: a, branch: env/a}]", "environments", (Environment("a", "env/a"),)),
    ("projects: [{name: a, dir: ./x//y/}]", "projects", (Project("a", "x/y"),)),
    (
        "projects: [{name: a, backend_config: ['{environment}.{phase}']}]",
        "projects",
        (Project("a", backend_config=("{environment}.{phase}",)),),
    ),
    (
        "projects: [{name: a}, {name: b, workspace: b}]",
        "projects",
        (Project("a"), Project("b", workspace="b")),
    ),
    ("terraform: {timeout: 1h30m}", "terraform", TerraformSettings(timeout=5400)),
    (
        "terraform: {binary: /opt/tofu, parallelism: 256}",
        "terraform",
        TerraformSettings("/opt/tofu", "3m", 256),
    ),
    ("terraform: {lock_timeout: 90s}", "terraform", TerraformSettings(lock_timeout="90s")),
    ("comment: {mode: new, max_bytes: 2048}", "comment", CommentSettings(CommentMode.NEW, 2048)),
    ("comment: {stateful: [acme_*, b_c]}", "comment", CommentSettings(stateful=("acme_*", "b_c"))),
    ("version: 1", "labels", None),
    ("labels: false", "labels", None),
    (
        "labels: true",
        "labels",
        LabelNames("terraform: destroy", "terraform: changes", "terraform: no changes"),
    ),
    ("labels: {}", "labels", LabelNames()),
    ("labels: {no_changes: calm}", "labels", LabelNames(no_changes="calm")),
    ("labels: {destroy: 'terraform: changes', changes: x}", "labels", LabelNames("terraform: changes", "x")),
]


def test_what_an_approval_must_come_with_is_read() -> None:
    text = """\
approval:
  provenance: required
  workflows: [.github/workflows/plan.yml]
  reviews: 2
  by: [octocat, a_b]
  ignore: ['**.tags.updated_at', 'a.b["x.y"].tags["c.d"]', output.at]
"""
    assert load_settings(text).approval == ApprovalSettings(
        ProvenanceMode.REQUIRED,
        (".github/workflows/plan.yml",),
        2,
        ("octocat", "a_b"),
        ("**.tags.updated_at", 'a.b["x.y"].tags["c.d"]', "output.at"),
    )


def test_guards_are_read() -> None:
    text = """\
environments:
  - name: a
    protect: ['**.aws_rds_cluster.*', 'a.b["x.y"]']
    max_destroys: 0
    freeze:
      - {days: [sat, fri, sat], after: 15:00, before: 08:00, timezone: Europe/Berlin, reason: weekend}
      - {days: [sun]}
      - {from: 2026-12-18T12:00:00+01:00, until: '2027-01-04 08:00Z', reason: year-end close}
    override: {by: [octocat, a_b]}
  - name: b
    override: {by: [octocat], label: go}
"""
    first, second = load_settings(text).environments
    assert first == Environment(
        "a",
        "a",
        protect=("**.aws_rds_cluster.*", 'a.b["x.y"]'),
        max_destroys=0,
        freeze=(
            WeeklyWindow((4, 5), time(15), time(8), ZoneInfo("Europe/Berlin"), "weekend"),
            WeeklyWindow((6,)),
            FixedWindow(
                datetime(2026, 12, 18, 11, tzinfo=UTC), datetime(2027, 1, 4, 8, tzinfo=UTC), "year-end close"
            ),
        ),
        override=Override(("octocat", "a_b"), "gitops-bot: override"),
    )
    assert second == Environment("b", "b", override=Override(("octocat",), "go"))


@pytest.mark.parametrize(("text", "part", "expected"), VALUES)
def test_values_are_read(text: str, part: str, expected: object) -> None:
    assert getattr(load_settings(text), part) == expected


def test_a_pattern_that_python_only_warns_about_is_taken() -> None:
    assert [pattern.pattern for pattern in load_settings("redact: ['a[[b]']").redact] == ["a[[b]"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [("24h", 86_400), ("1h30m", 5400), ("90s", 90), ("0s", 0), ("1h1s", 3601)],
)
def test_soak_is_read_in_seconds(written: str, expected: int) -> None:
    text = f"environments: [{{name: a, promotion: {{soak: {written}, require_converged: no}}}}]"
    assert load_settings(text).environments[0].promotion == PromotionRules(expected, False)


def test_the_rules_of_a_promotion_are_read() -> None:
    text = """\
environments:
  - name: a
    promotion:
      soak: 1h
      require_converged: false
      partial: true
      ignore: ["envs/*.tfvars", docs/]
      allow_older: true
      open_pr: manual
      reviewers: [octocat, acme/ops.team]
      labels: [promotion, 'to: prod']
      draft: true
  - name: b
    promotion: {}
  - name: c
    promotion: {partial: false, allow_older: no, draft: off, open_pr: auto, require_converged: on}
"""
    every, *defaults = (environment.promotion for environment in load_settings(text).environments)
    assert every == PromotionRules(
        3600,
        False,
        True,
        ("envs/*.tfvars", "docs/"),
        True,
        OpenPullRequest.MANUAL,
        ("octocat", "acme/ops.team"),
        ("promotion", "to: prod"),
        True,
    )
    assert defaults == [PromotionRules(), PromotionRules()]


def test_who_may_let_a_hotfix_in_is_read() -> None:
    text = """\
environments:
  - {name: a, hotfix: {by: [octocat, a_b]}}
  - {name: b, hotfix: {by: [octocat], label: urgent}}
  - c
"""
    assert [environment.hotfix for environment in load_settings(text).environments] == [
        HotfixRules(("octocat", "a_b"), "gitops-bot: hotfix"),
        HotfixRules(("octocat",), "urgent"),
        None,
    ]


@pytest.mark.parametrize(
    ("text", "expected"), [("version: 1", 0), ("drift: {}", 0), ("drift: {every: 1h30m}", 5400)]
)
def test_how_often_drift_is_looked_for_is_read_in_seconds(text: str, expected: int) -> None:
    assert load_settings(text).drift_every == expected


@pytest.mark.parametrize("written", ["111111111111", "'111111111111'"])
def test_an_account_id_may_stand_without_quotes(written: str) -> None:
    text = f"environments: [{{name: a, aws: {{role: '{ROLE}', account_id: {written}}}}}]"
    assert load_settings(text).environments[0].aws == AwsRoles(role=ROLE, account_id="111111111111")


def test_an_account_id_with_leading_zeros_keeps_them() -> None:
    text = "environments: [{name: a, aws: {account_id: 012345670123}}]"
    assert load_settings(text).environments[0].aws.account_id == "012345670123"


def test_an_environments_own_hub_role_wins() -> None:
    text = f"environments: [{{name: a, aws: {{hub_role: '{ROLE}'}}}}, b]\naws: {{hub_role: '{HUB}'}}"
    assert [e.aws.hub_role for e in load_settings(text).environments] == [ROLE, HUB]


def test_the_files_own_aws_table_holds_where_an_environment_says_nothing() -> None:
    text = f"""\
aws:
  source: ambient
  audience: sts.amazonaws.com.cn
  session_tags: false
  region: eu-west-1
  session_duration: 30m
  hub_role: 'arn:aws:iam::999999999999:role/hub-{{environment}}-{{phase}}'
environments:
  - {{name: a, aws: {{role: '{ROLE}', external_id: 'x/1'}}}}
  - {{name: b, aws: {{role: '{ROLE}', region: us-east-1, session_duration: 15m}}}}
"""
    settings = load_settings(text)
    hub = "arn:aws:iam::999999999999:role/hub-{environment}-{phase}"
    assert settings.aws == AwsSettings(Source.AMBIENT, "sts.amazonaws.com.cn", False)
    assert [e.aws for e in settings.environments] == [
        AwsRoles("eu-west-1", ROLE, hub_role=hub, external_id="x/1", session_duration=1800),
        AwsRoles("us-east-1", ROLE, hub_role=hub, session_duration=900),
    ]


PAIR = f"plan_role: '{ROLE}-plan', apply_role: '{ROLE}-apply'"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"environments: [{{name: a, aws: {{{PAIR}}}}}]", []),
        (f"environments: [{{name: dev, aws: {{role: '{ROLE}'}}}}]", [ONE_ROLE_ADVICE]),
        (
            f"environments: [{{name: a, aws: {{{PAIR}}}}}, {{name: b, aws: {{account_id: 111111111111}}}}]",
            [
                "b: it is in account 111111111111, as a is, so nothing in AWS keeps the two apart. "
                "Have an account per environment."
            ],
        ),
        (
            f"environments: [{{name: a, aws: {{{PAIR}}}}}]\naws: {{hub_role: '{HUB}-{{phase}}'}}",
            [],
        ),
        (
            f"environments: [{{name: a, aws: {{{PAIR}}}}}]\nterraform: {{timeout: 2h}}",
            [
                "a: an apply may take 120 minutes (terraform.timeout), but its AWS session ends after 60. "
                "Raise aws.session_duration, and the role's maximum session duration."
            ],
        ),
        (
            f"environments: [{{name: a, aws: {{{PAIR}, session_duration: 2h}}}}]\nterraform: {{timeout: 2h}}",
            [],
        ),
    ],
)
def test_what_could_be_safer_is_said_and_is_no_mistake(text: str, expected: list[str]) -> None:
    assert list(load_settings(text).advice) == expected


NAME_HINT = "use 1 to 63 letters, digits, '.', '_' and '-', starting with a letter or a digit"
PATH_HINT = "write it relative to the repository's root, like infra/network"
DURATION_HINT = "write it with units h, m and s, like 24h, 1h30m or 90s"
ONE_ACCOUNT = "use one account per environment"


def env(rest: str) -> str:
    return f"environments: [{{name: a, {rest}}}]"


def project(rest: str) -> str:
    return f"projects: [{{name: a, {rest}}}]"


IGNORING_NOTHING = [
    ("", "names no attribute"),
    ("a.b", "ignores nothing: no attribute is named so, it is TYPE.NAME.ATTRIBUTE"),
    ("module.db.a.b", "ignores nothing: no attribute is named so, it is TYPE.NAME.ATTRIBUTE"),
    ("module.db.**", "ignores nothing: it ends in **, not in the attribute that is ignored"),
    ("data.a.b.c", "ignores nothing: no attribute is named so, it is TYPE.NAME.ATTRIBUTE"),
    ("a.b.tags[0]", "ignores nothing: no attribute is named so, it is TYPE.NAME.ATTRIBUTE"),
    ("a.b.c d", 'ignores nothing: steps look like main, main[0] or main["key"], with dots between them'),
    ("output.a.b", "ignores nothing: of an output there is only output.NAME"),
    ("output.**", "ignores nothing: of an output there is only output.NAME"),
]

UNPROTECTING = [
    ("aws_rds_cluster", "no resource has such an address, they end in TYPE.NAME"),
    ("module.db", "no resource has such an address, they end in TYPE.NAME"),
    ("module.db.*", "no resource has such an address, they end in TYPE.NAME"),
    ("data.aws_ami.a", "no resource has such an address, they end in TYPE.NAME"),
    ("**.data.*.*.x", "no resource has such an address, they end in TYPE.NAME"),
    ("a[0].b", "no resource has such an address, they end in TYPE.NAME"),
    ("a.b**", "** stands alone between two dots"),
    ("a.***", "** stands alone between two dots"),
    ("a..b", 'steps look like main, main[0] or main["key"], with dots between them'),
    ("a.b.", 'steps look like main, main[0] or main["key"], with dots between them'),
    ("a.b[key]", 'steps look like main, main[0] or main["key"], with dots between them'),
    ('a.b["key]', 'steps look like main, main[0] or main["key"], with dots between them'),
    ("a.b c", 'steps look like main, main[0] or main["key"], with dots between them'),
]  # fmt: skip
MOMENT = "write it like 2026-12-24T12:00:00+01:00"
MISSING = "add days: [fri, sat], or from: and until: with times like 2026-12-24T12:00:00+01:00"
SPAN = "from: 2026-12-24T12:00:00Z"
NO_WINDOWS = [
    ("{}", f": the window has no days; {MISSING}"),
    ("{reason: x}", f": reason stands without days; {MISSING}"),
    ("{after: '15:00'}", f": after stands without days; {MISSING}"),
    ("{timezone: Europe/Berlin}", f": timezone stands without days; {MISSING}"),
    (f"{{{SPAN}}}", ": from stands without until: the window has no end; add until: and a time like 2026-12-24T12:00:00+01:00"),
    ("{until: 2026-12-24T12:00:00Z}",
     ": until stands without from: the window has no start; add from: and a time like 2026-12-24T12:00:00+01:00"),
    (f"{{{SPAN}, until: 2026-12-24T13:00:00+01:00}}", ".until: until is not after from; write a later time"),
    (f"{{{SPAN}, days: [fri]}}", ": from cannot be together with days; a window has from and until, or it has days"),
    (f"{{{SPAN}, until: 2026-12-24}}", f".until: '2026-12-24' has no offset; {MOMENT}, or with Z for UTC"),
    (f"{{{SPAN}, until: 2026-12-24T13:00:00}}", f".until: '2026-12-24T13:00:00' has no offset; {MOMENT}, or with Z for UTC"),
    (f"{{{SPAN}, until: 2026-12-32T13:00:00Z}}", f".until: '2026-12-32T13:00:00Z' is no time; {MOMENT}"),
    (f"{{{SPAN}, until: 9999-12-31T23:00:00Z}}", f".until: '9999-12-31T23:00:00Z' is no time; {MOMENT}"),
    (f"{{{SPAN}, until: soon}}", f".until: 'soon' is no time; {MOMENT}"),
    ("{days: [friday]}", ".days[0]: 'friday' is no day; write mon, tue, wed, thu, fri, sat, sun"),
    ("{days: []}", ".days: the list is empty; add an entry, or remove the key"),
    ("{days: [fri], after: '24:00'}", ".after: '24:00' is no time of day; write it from \"00:00\" to \"23:59\""),
    ("{days: [fri], after: 15}", ".after: '15' is no time of day; write it from \"00:00\" to \"23:59\""),
    ("{days: [fri], after: '08:00', before: '08:00'}",
     ".before: before is the same time as after; leave both out for the whole day"),
    *[(f"{{days: [fri], timezone: {zone}}}", f".timezone: '{zone}' is no time zone that this machine knows; "
       "write it like Europe/Berlin, or UTC")
      for zone in ("Europe/Atlantis", "../etc/passwd", "Europe", "posix/Europe/Berlin", "localtime", "CEST+1:00")],
    ("{days: [fri], reason: ''}", ".reason: '' is no reason; write one line of at most 200 characters, like year-end close"),
    ("{day: [fri]}", ".day: the key is not known; did you mean days?"),
]  # fmt: skip


REFUSED = [
    ("- dev", "1: this is a list, not a table of keys; known keys: " + ", ".join(KEYS[""])),
    ("enviroments: []", "1: enviroments: the key is not known; did you mean environments?"),
    ("zzz: 1", "1: zzz: the key is not known; known keys here: " + ", ".join(KEYS[""])),
    ("1: 2", "1: 1: the key is not known; known keys here: " + ", ".join(KEYS[""])),
    ("<<: {}", "1: '<<': the key is not known; known keys here: " + ", ".join(KEYS[""])),
    ("version: '1'", "1: version: this is text, not a whole number; write 1"),
    ("version: 0x1", "1: version: '0x1' is out of bounds; write 1"),
    ("version:", "1: version: this is nothing, not a whole number; write 1"),
    ("environments:", "1: environments: this is nothing, not a list; write it like [dev, prod]"),
    ("environments: []", "1: environments: the list is empty; add an entry, or remove the key"),
    ("environments: [[]]", "1: environments[0]: this is a list, not a table of keys; known keys: "
     + ", ".join(KEYS["environments[]"])),
    ("environments: [{}]", "1: environments[0]: the name is missing; add name: and a name"),
    ("environments: [{branch: a}]", "1: environments[0]: the name is missing; add name: and a name"),
    ("environments: [no]", "1: environments[0]: this is true or false, not text; put it in quotes: 'no'"),
    ("environments: ['a b']", f"1: environments[0]: 'a b' is no name; {NAME_HINT}"),
    ("environments: [a.lock]", "1: environments[0]: 'a.lock' is no branch name: a part ends with '.lock'; "
     "add branch: and the environment's branch"),
    ("environments:\n- dev\n- DEV", "3: environments[1]: the environment name 'DEV' is taken; "
     "line 2 has it already; use another one"),
    ("environments:\n- {name: a, branch: b}\n- b", "3: environments[1]: the branch 'b' is taken; "
     "line 2 has it already; add branch: and another branch"),
    ("environments:\n- a\n- {name: b, branch: a}", "3: environments[1].branch: the branch 'a' is taken; "
     "line 2 has it already; use another one"),
    (env("aws: {region: virginia}"), "1: environments[0].aws.region: 'virginia' is no AWS region; "
     "write it like us-east-1"),
    (env("aws: {account_id: 12}"), "1: environments[0].aws.account_id: '12' is no AWS account id; "
     "write its 12 digits in quotes, like '111111111111'"),
    (env(f"aws: {{role: '{ROLE}', plan_role: '{ROLE}', apply_role: '{ROLE}'}}"),
     "1: environments[0].aws.role: role stands together with plan_role and apply_role; "
     "keep role for both phases, or plan_role and apply_role"),
    (env(f"aws: {{plan_role: '{ROLE}'}}"), "1: environments[0].aws.plan_role: plan_role stands without apply_role; "
     "add apply_role, or write role for both phases"),
    (env(f"aws: {{apply_role: '{ROLE}'}}"), "1: environments[0].aws.apply_role: apply_role stands without plan_role; "
     "add plan_role, or write role for both phases"),
    (env(f"aws: {{account_id: '222222222222', role: '{ROLE}'}}"), "1: environments[0].aws.role: "
     f"the role is in account 111111111111, not in 222222222222; {ONE_ACCOUNT}"),
    (env(f"aws: {{plan_role: '{ROLE}', apply_role: '{HUB}'}}"), "1: environments[0].aws.apply_role: "
     f"the role is in account 999999999999, not in 111111111111; {ONE_ACCOUNT}"),
    (env("aws: {hub_role: 'arn:aws:iam::111111111111:user/x'}"), "1: environments[0].aws.hub_role: "
     "'arn:aws:iam::111111111111:user/x' is no role ARN; "
     "write it like arn:aws:iam::999999999999:role/gitops-hub-{environment}-{phase}"),
    (env(f"aws: {{hub_role: '{HUB}-{{run}}'}}"), "1: environments[0].aws.hub_role: "
     f"'{HUB}-{{run}}' is no role ARN; "
     "write it like arn:aws:iam::999999999999:role/gitops-hub-{environment}-{phase}"),
    ("environments: [" + "e" * 60 + f"]\naws: {{hub_role: '{HUB}-{{environment}}'}}", "2: aws.hub_role: "
     f"for {'e' * 60} it becomes {shown(HUB + '-' + 'e' * 60)}, which is no role ARN; "
     "a role's name has at most 64 characters"),
    (env(f"aws: {{plan_role: '{ROLE}', apply_role: '{ROLE}'}}"), "1: environments[0].aws.plan_role: plan_role is the "
     "apply_role; give plans a role that only reads, or write role for both phases"),
    (env("aws: {external_id: 'a b'}"), "1: environments[0].aws.external_id: 'a b' is no external id; "
     "use 2 to 1224 letters, digits and any of _+=,.@:/-"),
    (env("aws: {session_duration: 13h}"), "1: environments[0].aws.session_duration: a session lasts from 15m to 12h; "
     "write a duration in between, like 1h"),
    (env(f"aws: {{role: '{ROLE}', hub_role: '{HUB}', session_duration: 2h}}"), "1: environments: "
     "the session of a cannot last longer than 1h behind a hub role; "
     "write session_duration: 1h, or leave the hub role out: without one it can last 12h"),
    (f"environments:\n- {{name: a, aws: {{plan_role: '{ROLE}-plan', apply_role: '{ROLE}-apply'}}}}\n"
     f"- {{name: b, aws: {{plan_role: '{ROLE}-apply', apply_role: '{ROLE}-b'}}}}", "1: environments: "
     "the plan_role of b is the role that a applies with; give it a role that only reads"),
    ("aws: {source: keys}", "1: aws.source: 'keys' is not known; write auto or oidc or ambient"),
    ("aws: {audience: ''}", "1: aws.audience: '' is no audience; write one word, like sts.amazonaws.com"),
    ("aws: {session_tags: 1}", "1: aws.session_tags: this is a whole number, not true or false; write true or false"),
    ("terraform: {pass_env: [AWS_PROFILE]}", "1: terraform.pass_env[0]: 'AWS_PROFILE' is not kept from Terraform, "
     "or always is; name GITHUB_TOKEN, GH_TOKEN or one of ACTIONS_*; all others but the bot's own are passed anyway"),
    (env("promotion: {soak: 7d}"), f"1: environments[0].promotion.soak: '7d' is no duration; {DURATION_HINT}"),
    (env("promotion: {soak: 90}"), "1: environments[0].promotion.soak: '90' has no unit; "
     "write it like 24h, 1h30m or 90s"),
    (env("promotion: {require_converged: maybe}"), "1: environments[0].promotion.require_converged: "
     "this is text, not true or false; write true or false"),
    (env("protect: x.y"), '1: environments[0].protect: this is text, not a list; write it like ["aws_rds_cluster.*"]'),
    (env("protect: ['']"), "1: environments[0].protect[0]: '' is no resource address; "
     "write it like aws_rds_cluster.* or module.db.**"),
    *[(env(f"protect: ['{pattern}']"), f"1: environments[0].protect[0]: {shown(pattern)} protects nothing: {why}; "
       "write it like aws_rds_cluster.* or module.db.**") for pattern, why in UNPROTECTING],
    (env("max_destroys: -1"), "1: environments[0].max_destroys: '-1' is out of bounds; write a whole number from 0 to 10000"),
    (env("max_destroys: '3'"), "1: environments[0].max_destroys: this is text, not a whole number; "
     "write a whole number from 0 to 10000"),
    (env("override: {}"), "1: environments[0].override: nobody is named; add by: and logins, like [octocat]"),
    (env("override: {label: x}"), "1: environments[0].override: label stands without by; add by: and logins, like [octocat]"),
    (env("override: {people: [x]}"), "1: environments[0].override.people: the key is not known; known keys here: by, label"),
    (env("override: {by: []}"), "1: environments[0].override.by: the list is empty; add an entry, or remove the key"),
    *[(env(f"override: {{by: ['{login}']}}"), f"1: environments[0].override.by[0]: '{login}' is no person's login; "
       "write it like octocat, without @; apps and teams cannot be named")
      for login in ("@octocat", "github-actions[bot]", "acme/owners", "ghost", "Ghost", "")],
    (env("override: {by: [a], label: ''}"), "1: environments[0].override.label: '' is no label; "
     "write one line of at most 50 characters, like 'gitops-bot: override'"),
    *[(env(f"promotion: {{{key}: maybe}}"), f"1: environments[0].promotion.{key}: this is text, not true or false; "
       "write true or false") for key in ("partial", "allow_older", "draft")],
    (env("promotion: {part: true}"), "1: environments[0].promotion.part: the key is not known; "
     "did you mean partial?"),
    (env("promotion: [soak]"), "1: environments[0].promotion: this is a list, not a table of keys; known keys: "
     + ", ".join(KEYS["environments[].promotion"])),
    (env("promotion: {ignore: envs/}"), "1: environments[0].promotion.ignore: this is text, not a list; "
     'write it like ["envs/*.tfvars"]'),
    (env("promotion: {ignore: []}"), "1: environments[0].promotion.ignore: the list is empty; "
     "add an entry, or remove the key"),
    *[(env(f"promotion: {{ignore: ['{path}']}}"), f"1: environments[0].promotion.ignore[0]: '{path}' is never left out; "
       "remove it: the rules and the workflows climb like all else")
      for path in (".gitops-bot.yml", ".github/workflows/*")],
    *[(env(f"promotion: {{ignore: ['{pattern}']}}"), f"1: environments[0].promotion.ignore[0]: '{pattern}' leaves out "
       "every file; name a folder or a file, like envs/*.tfvars") for pattern in ("*", "**", "**/*", "?*", "*/")],
    (env("promotion: {ignore: [/envs]}"), f"1: environments[0].promotion.ignore[0]: '/envs' is an absolute path; {PATH_HINT}"),
    (env("promotion: {ignore: [a, ../b]}"), f"1: environments[0].promotion.ignore[1]: '../b' holds '..'; {PATH_HINT}"),
    (env("promotion: {open_pr: never}"), "1: environments[0].promotion.open_pr: 'never' is not known; "
     "write auto or manual"),
    (env("promotion: {open_pr: no}"), "1: environments[0].promotion.open_pr: this is true or false, not text; "
     "put it in quotes: 'no'"),
    (env("promotion: {reviewers: octocat}"), "1: environments[0].promotion.reviewers: this is text, not a list; "
     "write it like [octocat]"),
    *[(env(f"promotion: {{reviewers: ['{name}']}}"), f"1: environments[0].promotion.reviewers[0]: '{name}' is no "
       "reviewer; write a person's login like octocat, or a team like acme/ops")
      for name in ("@octocat", "github-actions[bot]", "a/b/c", "acme/", "/ops", "ghost", "")],
    (env("promotion: {labels: x}"), "1: environments[0].promotion.labels: this is text, not a list; "
     "write it like [promotion]"),
    (env("promotion: {labels: ['']}"), "1: environments[0].promotion.labels[0]: '' is no label; "
     "write one line of at most 50 characters, like 'gitops-bot: override'"),
    (env("hotfix: {}"), "1: environments[0].hotfix: nobody is named; add by: and logins, like [octocat]"),
    (env("hotfix: {label: x}"), "1: environments[0].hotfix: label stands without by; add by: and logins, like [octocat]"),
    (env("hotfix: {people: [x]}"), "1: environments[0].hotfix.people: the key is not known; known keys here: by, label"),
    (env("hotfix: {by: []}"), "1: environments[0].hotfix.by: the list is empty; add an entry, or remove the key"),
    (env("hotfix: {by: [acme/ops]}"), "1: environments[0].hotfix.by[0]: 'acme/ops' is no person's login; "
     "write it like octocat, without @; apps and teams cannot be named"),
    (env("hotfix: {by: [a], label: ''}"), "1: environments[0].hotfix.label: '' is no label; "
     "write one line of at most 50 characters, like 'gitops-bot: override'"),
    ("drift: {every: 0s}", "1: drift.every: '0s' leaves no time at all; write a longer duration, like 1h"),
    ("drift: {every: 24}", "1: drift.every: '24' has no unit; write it like 24h, 1h30m or 90s"),
    ("drift: {each: 1h}", "1: drift.each: the key is not known; known keys here: every"),
    ("drift: 24h", "1: drift: this is text, not a table of keys; known keys: every"),
    (env("hotfix: {by: [a], label: 'Terraform: changes'}") + "\nlabels: true",
     "2: labels: the label 'terraform: changes' lets hotfixes into a; use another one here, or for hotfixes"),
    ("labels: [a]", "1: labels: this is a list, not a table of keys; known keys: destroy, changes, no_changes"),
    ("labels: yes please", "1: labels: this is text, not true or false; write true or false"),
    ("labels: {destroyed: x}", "1: labels.destroyed: the key is not known; did you mean destroy?"),
    *[(f"labels: {{changes: {label!r}}}", f"1: labels.changes: {shown(label)} is no label; "
       "write one line of at most 50 characters, like 'gitops-bot: override'") for label in ("", " x", "x" * 51)],
    ("labels: {changes: 'Terraform: DESTROY'}",
     "1: labels.changes: destroy and changes are the same label; give each another name"),
    ("labels: {destroy: a, no_changes: A}",
     "1: labels.no_changes: destroy and no_changes are the same label; give each another name"),
    (env("override: {by: [a], label: go}") + "\nlabels: {changes: Go}",
     "2: labels.changes: the label 'Go' lifts the guards of a; use another one here, or for the override"),
    (env("override: {by: [a], label: 'terraform: destroy'}") + "\nlabels: true",
     "2: labels: the label 'terraform: destroy' lifts the guards of a; use another one here, or for the override"),
    *[(env(f"freeze: [{window}]"), f"1: environments[0].freeze[0]{problem}") for window, problem in NO_WINDOWS],
    ("approval: {reviews: 21}", "1: approval.reviews: '21' is out of bounds; write a whole number from 0 to 20"),
    ("approval: {reviews: one}", "1: approval.reviews: this is text, not a whole number; "
     "write a whole number from 0 to 20"),
    ("approval: {by: octocat}", "1: approval.by: this is text, not a list; write it like [octocat]"),
    ("approval: {by: ['@octocat']}", "1: approval.by[0]: '@octocat' is no person's login; "
     "write it like octocat, without @; apps and teams cannot be named"),
    *[(f"approval:\n  ignore: ['{pattern}']", f"2: approval.ignore[0]: {shown(pattern)} {why}; write it like "
       "aws_instance.web.tags.updated_at or module.db.**.tags.updated_at") for pattern, why in IGNORING_NOTHING],
    ("projects: [infra]", "1: projects[0]: this is text, not a table of keys; known keys: "
     + ", ".join(KEYS["projects[]"])),
    ("projects:\n- name: a\n- name: A\n  dir: b", "3: projects[1].name: the project name 'A' is taken; "
     "line 2 has it already; use another one"),
    ("projects:\n- name: a\n- name: b\n  dir: ./", "4: projects[1].dir: the folder and workspace '., default' is taken; "
     "line 2 has it already; use another one"),
    (project("dir: /infra"), f"1: projects[0].dir: '/infra' is an absolute path; {PATH_HINT}"),
    (project("dir: ''"), f"1: projects[0].dir: '' is empty or has spaces around it; {PATH_HINT}"),
    (project("dir: 'a\\b'"), "1: projects[0].dir: 'a\\\\b' is no path; use '/' between folders and no control characters"),
    (project("dir: '{phase}'"), "1: projects[0].dir: the placeholder '{phase}' cannot stand here; "
     "only {environment} can"),
    ("projects:\n- {name: a, dir: 'e/{environment}'}\n- {name: b, dir: e/dev}", "3: projects[1].dir: the folder and "
     "workspace 'e/dev, default' is taken; line 2 has it already; use another one"),
    (project("var_files: ['{env}.tfvars']"), "1: projects[0].var_files[0]: the placeholder '{env}' cannot stand here; "
     "only {environment} can"),
    (project("var_files: ['{phase}.tfvars']"), "1: projects[0].var_files[0]: the placeholder '{phase}' "
     "cannot stand here; only {environment} can"),
    (project("backend_config: ['{{phase}}']"), "1: projects[0].backend_config[0]: the placeholder '{' "
     "cannot stand here; only {environment} and {phase} can"),
    (project("workspace: '../x'"), f"1: projects[0].workspace: '../x' is no name; {NAME_HINT}"),
    ("terraform: {binary: bin/terraform}", "1: terraform.binary: 'bin/terraform' is a relative path; "
     "write a program's name, or an absolute path"),
    ("terraform: {parallelism: 257}", "1: terraform.parallelism: '257' is out of bounds; "
     "write a whole number from 1 to 256"),
    ("terraform: {timeout: 0s}", "1: terraform.timeout: '0s' leaves no time at all; write a longer duration, like 1h"),
    ("comment: {stateful: [\"*\"]}", "1: comment.stateful[0]: '*' is no resource type; "
     "write it like aws_iot_thing or google_sql_*"),
    ("comment: {max_bytes: 2047}", "1: comment.max_bytes: '2047' is out of bounds; "
     "write a whole number from 2048 to 262144"),
    ("redact: ['(']", "1: redact[0]: '(' is no regular expression: "
     "missing ), unterminated subpattern at position 0; use the syntax of Python's re module"),
    ("redact: ['a*']", "1: redact[0]: 'a*' matches the empty text; write a pattern that needs at least one character"),
    ("comment:\n  mode: new\n  mode: new", "3: comment.mode: the key stands here again; "
     "it first stands on line 2; keep one of them"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), REFUSED)
def test_a_wrong_value_says_what_would_be_right(text: str, expected: str) -> None:
    assert mistakes(text) == [expected]


SYNTAX = "check indentation, quotes and brackets on this line and the one above"
UNREADABLE: list[tuple[str | bytes, str]] = [
    ("version: 1\n\tcomment: {}", "2: a tab stands where YAML wants spaces; indent with spaces"),
    ("version: 1\ncomment: [\n", f"3: this is not YAML: expected the node content, but found '<stream end>'; {SYNTAX}"),
    ("version: 1\n---\nversion: 1\n", "2: a second YAML document starts here; keep only one"),
    ("a: &x 1\nb: *x\n", "2: b: YAML aliases are not read; write the value out instead of *alias"),
    ("a: !!python/object:os.system x\n",
     "1: a: the YAML tag 'tag:yaml.org,2002:python/object:os.system' is not read; remove the tag"),
    ("? [a]\n: 1\n", "1: a key is a list or a table; use a plain word as key"),
    (b"version: 1\na: \xff\n", "2: byte 0xff is not UTF-8; save the file as UTF-8"),
    ("version: 1\na: \x00\n", "2: the character '\\x00' cannot stand in YAML; remove it"),
    ("a: \udcff\n", "1: the character '\\udcff' cannot stand in YAML; remove it"),
    ("#" * (MAX_BYTES + 1), f"1: the file has {MAX_BYTES + 1} bytes; at most {MAX_BYTES} are read"),
    ("[" * 5000, "1: lists and tables are nested more than 16 deep; no key of this file needs that"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), UNREADABLE)
def test_a_file_that_cannot_be_read_is_one_mistake_with_its_line(text: str | bytes, expected: str) -> None:
    assert mistakes(text) == [expected]


def test_an_escape_beyond_unicode_is_a_mistake_and_no_crash() -> None:
    assert len(mistakes('version: 1\na: "\\UFFFFFFFF"\n')) == 1


def test_lines_are_counted_as_editors_count_them() -> None:
    assert mistakes("# a\r\nredact: ['b\u2028c\x85d']\nversion: 2\n") == [
        "3: version: '2' is out of bounds; write 1"
    ]


@pytest.mark.parametrize(
    "branch",
    ["", ".a", "a/.b", "a.lock", "a.lock/b", "a..b", "a b", "a~", "a^", "a:b", "a?", "a*", "a[", "a\\", "a/", "/a",
     "a//b", "a.", "a@{b", "@", "-a", "HEAD", "refs/heads/a", "a\x7f", "a\u202eb", "a" * 241],
)  # fmt: skip
def test_a_branch_name_that_git_refuses_is_refused(branch: str) -> None:
    [message] = mistakes(json.dumps({"environments": [{"name": "a", "branch": branch}]}))
    assert message.startswith(f"1: environments[0].branch: {shown(branch)} is no branch name: ")


@pytest.mark.parametrize("branch", ["main", "env/prod", "a-b_c.d", "a@b", "a{b}", "münchen", "x/HEAD"])
def test_a_branch_name_that_git_accepts_is_accepted(branch: str) -> None:
    text = json.dumps({"environments": [{"name": "a", "branch": branch}]})
    assert load_settings(text).environments[0].branch == branch


@pytest.mark.parametrize(
    "role",
    ["arn:aws:iam::111111111111:role/a", "arn:aws-us-gov:iam::111111111111:role/p/q/a", "arn:aws-cn:iam::111111111111:role/a+b@c"],
)  # fmt: skip
def test_role_arns_of_every_partition_are_accepted(role: str) -> None:
    assert load_settings(env(f"aws: {{role: '{role}'}}")).environments[0].aws.role == role


def test_hostile_text_is_escaped_and_cut_in_messages() -> None:
    hostile = "::error::\x1b[2J\n\u202e" + "x" * 5000
    for text in ({hostile: 1}, {"comment": {"mode": hostile}}, {"redact": [f"({hostile[:900]}"]}):
        [message] = mistakes(json.dumps(text))
        assert message.isprintable()
        assert len(message) < 400


@settings(deadline=None, max_examples=examples(40))
@given(st.text(max_size=200))
def test_a_shown_value_has_no_control_characters_and_at_most_80_of_any(text: str) -> None:
    result = shown(text)
    assert (result.isprintable(), len(result) <= SHOWN_MAX) == (True, True)


def checked(text: str) -> None:
    """Load it; the only error is `ConfigInvalid`, and each of its lines can be shown."""
    try:
        load_settings(text)
    except ConfigInvalid as error:
        assert all(str(mistake).isprintable() for mistake in error.mistakes)
        assert all(1 <= mistake.line <= text.count("\n") + text.count("\r") + 1 for mistake in error.mistakes)


YAML_LIKE = st.text(alphabet=st.sampled_from("ab:- \n\t[]{}'\"&*!|>%@#?,~0\\Ux\x85\u2028\ud800"), max_size=60)


@settings(deadline=None, max_examples=examples(60))
@given(st.one_of(st.text(st.characters()), YAML_LIKE))
def test_arbitrary_text_raises_nothing_but_config_invalid(text: str) -> None:
    checked(text)


LEAF = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.sampled_from(["1h", "dev", ROLE, "{phase}", "a.b", "fri", "15:00", "0001-01-01T00:00:00+01:00", "Europe/Berlin"])
)  # fmt: skip
WORDS = sorted({word for keys in KEYS.values() for word in keys})
NESTED = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(WORDS), st.text(max_size=5)), inner, max_size=4),
    ),
    max_leaves=8,
)


def tables(name: str, *lists: str) -> st.SearchStrategy[dict[str, Any]]:
    """A table with some of its own keys, each holding anything."""
    return st.fixed_dictionaries({}, optional={key: NESTED for key in KEYS[name] if key not in lists})


FILES = st.fixed_dictionaries(
    {},
    optional={
        "version": NESTED,
        "environments": st.lists(
            tables("environments[]").flatmap(
                lambda table: st.tuples(
                    tables("environments[].aws"),
                    st.lists(tables("environments[].freeze[]"), max_size=2),
                    tables("environments[].override"),
                ).map(
                    lambda parts: {
                        **table,
                        "name": "x",
                        **dict(zip(("aws", "freeze", "override"), parts, strict=True)),
                    }
                )
            ),
            max_size=2,
        ),
        "aws": tables("aws"),
        "projects": st.lists(tables("projects[]"), max_size=2),
        "terraform": tables("terraform"),
        "comment": tables("comment"),
        "labels": st.one_of(tables("labels"), NESTED),
        "redact": st.lists(NESTED, max_size=2),
    },
)


@settings(deadline=None, max_examples=examples(60))
@given(st.one_of(FILES, NESTED), st.booleans())
def test_any_value_under_any_key_raises_nothing_but_config_invalid(value: object, ascii_only: bool) -> None:
    checked(json.dumps(value, ensure_ascii=ascii_only, indent=1))


def test_every_known_key_stands_in_the_reference_and_no_other() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(known_keys())


def test_the_table_of_keys_is_what_the_loader_reads() -> None:
    """Each key of the table is read by name somewhere: a text stands in for its value and is judged."""
    unread = [
        key
        for key in known_keys()
        if not any(m.startswith(f"1: {_first(key)}") for m in mistakes(_only(key)))
    ]
    assert unread == []


def _first(key: str) -> str:
    return key.replace("[]", "[0]")


def _only(key: str) -> str:
    """A file with a number that is never right under this key."""
    value: object = -1.5
    for part in reversed(key.split(".")):
        value = {part.removesuffix("[]"): [value] if part.endswith("[]") else value}
    return json.dumps(value)


def test_the_examples_of_the_reference_load() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for example in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL):
        load_settings(example)


def test_the_reference_states_the_real_example_values() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \|.*\| `([^`|]+)` \|$", page, re.MULTILINE)
    assert len(rows) == len(known_keys())
    for key, example in rows:
        *parents, last = key.split(".")
        text = f"{last}: {example}"
        for parent in reversed(parents):
            text = f"{parent.removesuffix('[]')}: " + (
                f"[{{{text}}}]" if parent.endswith("[]") else f"{{{text}}}"
            )
        with_partner = [
            m for m in _problems(text) if "name is missing" not in m and "stands without" not in m
        ]
        assert (key, with_partner) == (key, [])


def _problems(text: str) -> list[str]:
    try:
        load_settings(text)
    except ConfigInvalid as error:
        return [str(mistake) for mistake in error.mistakes]
    return []
