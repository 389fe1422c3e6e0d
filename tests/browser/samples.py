"""Reports for looking at: one as a team has them, and one with thousands of resources."""

from __future__ import annotations

from typing import Any

from gitops_bot.core.json_values import JsonValue
from gitops_bot.core.plan import Check, Plan, ResourceChange
from gitops_bot.core.report import Links, NoChanges, Planned, ProjectReport, Report, RunStatus

_HEADERS = {
    ("create",): ("will be created", "  + "),
    ("update",): ("will be updated in-place", "  ~ "),
    ("delete",): ("will be destroyed", "  - "),
    ("delete", "create"): ("must be replaced", "-/+ "),
}
_LINKS = Links(
    "https://github.com/example/infra/actions/runs/1002",
    "https://github.com/example/infra/pull/42/files",
    "https://github.com/example/infra/pull/42",
)
_COMMIT = "5d1c0a9be2f40123456789abcdef0123456789ab"


def _change(
    module: str, kind: str, name: str, actions: tuple[str, ...], lines: list[str], **members: Any
) -> tuple[ResourceChange, str]:
    address = f"{module}.{kind}.{name}" if module else f"{kind}.{name}"
    values = dict(line.strip(" +-~").split(" = ", 1) for line in lines if " = " in line)
    before: JsonValue = None if actions == ("create",) else {**values, "was": address}
    after: JsonValue = None if actions == ("delete",) else {**values}
    plain = name.partition("[")[0]
    change = ResourceChange(
        address, actions, type=kind, name=plain, module=module, before=before, after=after, **members
    )
    ending, marker = _HEADERS[actions]
    head = [f"  # {address} {ending}", f'{marker}resource "{kind}" "{plain}" {{']
    return change, "\n".join([*head, *lines, "    }"])


def _planned(made: list[tuple[ResourceChange, str]], checks: tuple[Check, ...] = ()) -> Planned:
    texts = "\n\n".join(text for _, text in made)
    text = f"Terraform will perform the following actions:\n\n{texts}\n\nPlan: {len(made)} to add.\n"
    return Planned(Plan(tuple(change for change, _ in made), terraform_version="1.11.4", checks=checks), text)


def team_report() -> Report:
    """A plan into production with a bit of everything."""
    subnets = [
        _change(
            "module.network", "aws_subnet", f"private[{i}]", ("create",),
            ['      + availability_zone = "eu-central-1a"', '      + vpc_id            = "vpc-0a1b2c3d"'],
        )
        for i in range(3)
    ]  # fmt: skip
    made = [
        _change(
            "module.data", "aws_db_instance", "orders", ("delete", "create"),
            [
                '      ~ id             = "db-7QK2ZP4MXA" -> (known after apply)',
                '      ~ engine_version = "14.9" -> "16.3" # forces replacement',
                "        # (41 unchanged attributes hidden)",
            ],
            replace_paths=(("engine_version",),),
        ),
        _change(
            "module.data", "aws_s3_bucket", "exports", ("delete",),
            ['      - bucket        = "prod-exports" -> null', "      - force_destroy = true -> null"],
            action_reason="delete_because_no_resource_config",
        ),
        _change(
            'module.services["api"]', "aws_ecs_service", "this", ("update",),
            [
                "      ~ desired_count   = 2 -> 4",
                '        name            = "api"',
                '      ~ task_definition = "api:41" -> (known after apply)',
                "        # (17 unchanged attributes hidden)",
            ],
        ),
        *subnets,
        _change(
            "", "aws_route53_record", "api", ("create",),
            ['      + name = "api.example.org"', "      + ttl  = 300"],
        ),
    ]  # fmt: skip
    checks = (Check("check.health", "unknown", "check"),)
    return Report(
        "prod",
        RunStatus.PLANNED,
        (
            ProjectReport("platform", "infra", _planned(made, checks)),
            ProjectReport("dns", "dns", NoChanges(Plan((), terraform_version="1.11.4"))),
        ),
        commit=_COMMIT,
        links=_LINKS,
        protect=("module.data.aws_db_instance.*",),
    )


def great_report(count: int = 5000) -> Report:
    """`count` resources in eight modules, with some 1.2 kB of Terraform's text each."""
    modules = [
        *("", "module.network", "module.network.module.subnets", 'module.services["api"]'),
        *('module.services["web"]', "module.data", "module.iam", "module.observability.module.alarms"),
    ]
    kinds = [
        *("aws_instance", "aws_security_group_rule", "aws_iam_role", "aws_s3_bucket"),
        *("aws_cloudwatch_metric_alarm", "aws_route53_record", "aws_lb_listener_rule"),
    ]
    actions = [("create",)] * 12 + [("update",)] * 6 + [("delete", "create"), ("delete",)]
    markers = {("create",): "+", ("update",): "~", ("delete",): "-", ("delete", "create"): "~"}
    made = []
    for i in range(count):
        does = actions[i % 20]
        lines = [
            f'      {markers[does]} attribute_{k:02} = "arn:aws:iam::222222222222:role/service/{i * k}-{k}"'
            for k in range(15)
        ]
        made.append(_change(modules[i // 20 % 8], kinds[i % 7], f"r{i:04}", does, lines))
    return Report(
        "prod", RunStatus.PLANNED, (ProjectReport("platform", "infra", _planned(made)),),
        commit=_COMMIT, links=_LINKS,
    )  # fmt: skip
