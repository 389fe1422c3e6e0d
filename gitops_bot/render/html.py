"""A report as one self-contained HTML page: complete, searchable, without a request to anywhere."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Sequence
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from gitops_bot.core.collector import without_collector
from gitops_bot.core.folding import fold
from gitops_bot.core.json_values import path_text
from gitops_bot.core.plan import ChangeKind, Plan, ResourceChange
from gitops_bot.core.report import (
    Applied,
    Diagnostic,
    NoChanges,
    Planned,
    ProjectReport,
    Report,
    ResourceOutcome,
    ResourceState,
    Severity,
)
from gitops_bot.core.risk import Mark, Risk, mark_of, risk_of
from gitops_bot.render.diffs import Diff, Diffs, Source, resource_diffs
from gitops_bot.render.html_text import html_code, html_diff, html_text
from gitops_bot.render.pieces import MARKS, action_names, action_of, hidden_in, plan_of
from gitops_bot.render.reasons import reason_sentence
from gitops_bot.render.redact import Redactor, Tally
from gitops_bot.render.templates import render_html_template
from gitops_bot.render.totals import COLUMNS, totals_of

_SIGNS = {
    ChangeKind.CREATE: "+",
    ChangeKind.UPDATE: "~",
    ChangeKind.DELETE: "-",
    ChangeKind.READ: "<=",
    ChangeKind.IMPORT: "→",
    ChangeKind.MOVE: "→",
    ChangeKind.FORGET: ".",
    ChangeKind.UNKNOWN: "?",
}
"""What Terraform's text puts before a resource; a replacement is `-/+` or `+/-`."""
_STATES = (
    ResourceState.FAILED,
    ResourceState.IN_FLIGHT,
    ResourceState.NOT_STARTED,
    ResourceState.DONE,
)
_KEY = re.compile(r'\[(?:[0-9]+|"(?:[^"\\]|\\.)*")\]')
_MANY = 40
"""More rows than this are grouped by module."""
_MOST_OPEN = 50
"""So many dangerous changes are open from the start; what is marked comes first."""
_OPEN_GROUPS = 200
"""With more rows than this the groups are closed from the start."""

_FORCING = 8
"""So many paths that force a replacement are named."""

T = TypeVar("T")


class Row(Struct, frozen=True):
    """One change, or several that are the same, as the template sees it. All texts are redacted.

    `id` is the anchor in the page, `diff` HTML, `keys` the instances told as one. `forced` are the paths
    that force a replacement; where there are none, `why` is Terraform's reason for the change.
    """

    id: str
    kind: str
    sign: str
    name: str
    action: str
    forced: tuple[str, ...]
    why: str
    mark: str
    risk: Risk
    module: str
    keys: tuple[str, ...]
    count: int
    diff: str
    opened: bool = False

    # Made here and not by the template: a page has thousands of them, and jinja takes its time for each.

    @property
    def title(self) -> str:
        """The sign and the name."""
        times = f' <span class="times">\u00d7 {self.count}</span>' if self.keys else ""
        name = f'<span class="name">{html_code(self.name)}{times}</span>'
        return f'<b class="sign {self.kind}">{self.sign}</b> {name}'

    @property
    def about(self) -> str:
        """What happens to it and why."""
        tags = f'<span class="action {self.kind}">{html_text(self.action)}</span>'
        if self.mark:
            tags = f'<strong class="mark {self.mark}">{MARKS[Mark(self.mark)]}</strong> {tags}'
        more = f" and {len(self.forced) - _FORCING} more" if len(self.forced) > _FORCING else ""
        forced = f"forced by {', '.join(map(html_code, self.forced[:_FORCING]))}{more}" if self.forced else ""
        why = forced or html_text(self.why)
        return f'<span class="tags">{tags}</span> ' + (f'<span class="why">{why}</span>' if why else "")

    @property
    def block(self) -> str:
        """The row that opens to its diff."""
        keys = "".join(f"{html_code(key)} " for key in self.keys)
        others = "shown for the first (the ids of the others are their own)"
        return (
            f'<details class="row" id="{self.id}" data-kind="{self.kind}" data-count="{self.count}"'
            f"{' open' if self.opened else ''}>\n<summary>{self.title} {self.about}</summary>\n"
            + (f'<p class="keys">The same for {self.count} instances, {others}: {keys}</p>\n' if keys else "")
            + f'<pre class="diff"><code>{self.diff}</code></pre>\n</details>\n'
        )


class Group(Struct, frozen=True):
    """The rows of one module, "" for the root module; its instances are one."""

    module: str
    rows: tuple[Row, ...]
    opened: bool

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """How many changes there are of each kind, the most dangerous kind first."""
        found: Counter[str] = Counter()
        for row in self.rows:
            found[row.kind] += row.count
        return tuple(found.items())


class Rows(Struct, frozen=True):
    """Rows in the order of reading: with many of them in groups, else in one without a heading."""

    groups: tuple[Group, ...]
    grouped: bool

    @property
    def all(self) -> tuple[Row, ...]:
        """The rows of all groups."""
        return tuple(row for group in self.groups for row in group.rows)


class Section(Struct, frozen=True):
    """What the template sees of one project. `source` is how its diffs came about (render/diffs.py).

    `marked` and `unmarked` are the dangerous changes: a marked one is never hidden in a group.
    """

    index: int
    project: ProjectReport
    summary: dict[str, int]
    source: str
    marked: Rows
    unmarked: Rows
    others: Rows
    outputs: str
    drift: str
    unshown_drift: int
    whole: str
    failed_checks: tuple[tuple[str, str], ...]
    unknown_checks: tuple[str, ...]
    deferred: tuple[tuple[str, str, str], ...]
    invocations: tuple[str, ...]
    unknown_keys: tuple[str, ...]
    outcomes: tuple[ResourceOutcome, ...]
    hidden: tuple[tuple[str, int], ...]
    warnings: tuple[Diagnostic, ...]
    errors: tuple[Diagnostic, ...]
    errored: bool
    complete: bool
    terraform: str

    @property
    def danger(self) -> tuple[Row, ...]:
        """The dangerous changes in the order of reading."""
        return tuple(sorted((*self.marked.all, *self.unmarked.all), key=lambda row: row.risk))

    @property
    def rows(self) -> tuple[Row, ...]:
        """All changes."""
        return (*self.danger, *self.others.all)


def _cleaned(value: T, clean: Tally) -> T:
    """The same value with every text in it redacted, except for a plan: that has its own ways."""
    cleaned: Any = value
    if isinstance(value, Planned | NoChanges | Enum):
        return value
    if isinstance(value, str):
        cleaned = clean(value)
    elif isinstance(value, tuple):
        cleaned = tuple(_cleaned(member, clean) for member in value)
    elif isinstance(value, Struct):
        members = {name: _cleaned(getattr(value, name), clean) for name in value.__struct_fields__}
        cleaned = replace(value, **members)
    return cleaned  # type: ignore[no-any-return]


@without_collector
def render_html(report: Report, *, redactor: Redactor | None = None) -> str:
    """The whole report as one HTML page that loads nothing; the same bytes for the same report.

    The plans' sensitive values are hidden with or without a `redactor`.
    """
    plans = [plan for plan in map(plan_of, report.projects) if plan is not None]
    prepared = (redactor or Redactor()).with_plans(plans)
    clean = Tally(prepared)
    cleaned = _cleaned(report, clean)
    sections = [_section(i, project, report, prepared) for i, project in enumerate(cleaned.projects)]
    hidden = [place for section in sections for place in section.hidden]
    style, script = (render_html_template(name, {}) for name in ("page.css", "page.js"))
    values = {
        "report": cleaned,
        "environment": cleaned.environment,
        "totals": totals_of(report),
        "sections": sections,
        "columns": _columns(sections),
        "kinds": _kinds(sections),
        "danger": sorted((row for section in sections for row in section.danger), key=lambda row: row.risk),
        "style": style,
        "script": script,
        "policy": _policy(style, script),
        "hidden": [*hidden, ("messages", clean.hidden)] if clean.hidden else hidden,
        "redactor": prepared,
        "rows": 1 << 30,
        "chars": 1 << 30,
    }
    return render_html_template("page.html.j2", values) + "\n"


def _policy(style: str, script: str) -> str:
    """The content security policy: this style and this script, and nothing else whatever got in."""
    hashes = [b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in (style, script)]
    allowed = f"style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _columns(sections: Sequence[Section]) -> list[str]:
    return [key for key in COLUMNS if any(key in section.summary for section in sections)]


def _kinds(sections: Sequence[Section]) -> list[tuple[str, int]]:
    """How many changes of each kind there are, in the order of reading."""
    counts: Counter[str] = Counter()
    risks: dict[str, Risk] = {}
    for row in (row for section in sections for row in section.rows):
        counts[row.kind] += row.count
        risks[row.kind] = max(risks.get(row.kind, row.risk), row.risk)
    return [(kind, counts[kind]) for kind in sorted(counts, key=lambda k: (risks[k], k))]


def _section(index: int, project: ProjectReport, report: Report, redactor: Redactor) -> Section:
    plan = plan_of(project)
    summary = plan.summary() if plan else {}
    checks = plan.checks if plan else ()
    text = project.plan.text if isinstance(project.plan, Planned) else ""
    diffs = resource_diffs(plan, text, redactor) if plan else Diffs(Source.JSON, ())
    rows = _rows(index, plan, diffs, report, redactor) if plan else []
    danger = [replace(r, opened=i < _MOST_OPEN) for i, r in enumerate(rows) if r.risk <= Risk.UNKNOWN]
    return Section(
        index=index,
        project=project,
        summary={name: summary[name] for name in COLUMNS if summary.get(name)},
        source=diffs.source.value,
        marked=Rows((Group("", tuple(row for row in danger if row.mark), True),), False),
        unmarked=_grouped([row for row in danger if not row.mark]),
        others=_grouped([row for row in rows if row.risk > Risk.UNKNOWN]),
        outputs=_diff(diffs.outputs),
        drift=_diff(diffs.drift),
        unshown_drift=len(plan.drift) - diffs.drift_shown if plan else 0,
        whole=_diff(diffs.whole),
        failed_checks=tuple(
            (redactor(c.address), redactor(p)) for c in checks if c.failed for p in c.problems or ("",)
        ),
        unknown_checks=tuple(redactor(c.address) for c in checks if c.status == "unknown"),
        deferred=tuple(
            (redactor(d.change.address), redactor(action_of(d.change)), redactor(d.reason))
            for d in (plan.deferred if plan else ())
        ),
        invocations=tuple(map(redactor, action_names(plan) if plan else ())),
        unknown_keys=tuple(map(redactor, plan.unknown_keys if plan else ())),
        outcomes=_outcomes(
            project.applied, {d.address for d in project.diagnostics if d.severity is Severity.ERROR}
        ),
        hidden=tuple((redactor(place), count) for place, count in hidden_in(plan, diffs)) if plan else (),
        warnings=project.told_besides_checks(Severity.WARNING),
        errors=project.told_besides_checks(Severity.ERROR),
        errored=plan is not None and plan.errored,
        complete=plan is None or plan.complete,
        terraform=redactor(plan.terraform_version) if plan else "",
    )


def _diff(diff: Diff) -> str:
    return html_diff(diff) if diff.text else ""


def _outcomes(applied: Applied | None, explained: set[str]) -> tuple[ResourceOutcome, ...]:
    """What an apply did, what went wrong first; without the errors of addresses that are `explained`."""
    resources = applied.resources if applied else ()
    told = [replace(o, error="") if o.address in explained else o for o in resources]
    return tuple(sorted(told, key=lambda o: _STATES.index(o.state)))


def _rows(index: int, plan: Plan, diffs: Diffs, report: Report, redactor: Redactor) -> list[Row]:
    """The changes of a plan in the order of reading, with those told as one that are marked alike."""
    changes = plan.changes
    marks = [mark_of(change, report.protect, report.stateful) for change in changes]
    again = cache(redactor)  # of texts that are much the same from row to row
    found: list[tuple[Risk, int, Row]] = []
    for told in fold(changes, marks):
        first = told.indices[0]
        change, mark = changes[first], marks[first]
        risk = risk_of(change, mark)
        row = Row(
            id=f"c{index}-{first}",
            kind=change.kind.value,
            sign=_sign(change),
            name=redactor(told.resource or _name(change)),
            action=again(action_of(change)),
            forced=_forced(change, redactor),
            why=again(reason_sentence(change)),
            mark=mark.value if mark else "",
            risk=risk,
            module=again(_KEY.sub("", change.module)),
            keys=tuple(map(redactor, told.keys)),
            count=len(told.indices),
            diff=html_diff(diffs.changes[first]),
        )
        found.append((risk, first, row))
    return [row for _, _, row in sorted(found, key=lambda item: item[:2])]


def _name(change: ResourceChange) -> str:
    return f"{change.address} (deposed {change.deposed})" if change.deposed else change.address


def _sign(change: ResourceChange) -> str:
    if change.kind is ChangeKind.REPLACE:
        return "-/+" if change.actions[0] == "delete" else "+/-"
    return _SIGNS.get(change.kind, "?")


def _forced(change: ResourceChange, redactor: Redactor) -> tuple[str, ...]:
    replaced = change.kind is ChangeKind.REPLACE
    return tuple(redactor(path_text(path)) for path in change.replace_paths if path and replaced)


def _grouped(rows: Sequence[Row]) -> Rows:
    """By module when there are many, the module with the most dangerous change first."""
    by_module: dict[str, list[Row]] = {}
    for row in rows:
        by_module.setdefault(row.module, []).append(row)
    if len(rows) <= _MANY or len(by_module) < 2:
        return Rows((Group("", tuple(rows), True),) if rows else (), False)
    groups = (Group(module, tuple(of), len(rows) <= _OPEN_GROUPS) for module, of in by_module.items())
    return Rows(tuple(groups), True)
