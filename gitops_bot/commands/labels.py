"""The label on a pull request that says what its plan does, for lists of pull requests and for filters."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import astuple

from gitops_bot.core.environments import LabelNames
from gitops_bot.core.errors import GitopsBotError
from gitops_bot.core.guards import count_destroys
from gitops_bot.core.report import NoChanges, PlanFailed, Planned, Report
from gitops_bot.ports import CodeHost


def set_label(
    host: CodeHost, number: int, names: LabelNames | None, report: Report, log: Callable[[str], None]
) -> None:
    """Leave exactly the one of our labels that fits the plan, or none of them where a plan failed.

    A label is worth no failed run: what GitHub refuses is a line in the log. What is right already is
    not written again.
    """
    if names is None:
        return
    wanted = wanted_label(names, report)
    ours = {name.casefold() for name in astuple(names)}
    try:
        present = [name for name, _ in host.labels(number)]
        for name in present:
            if name.casefold() in ours and (wanted is None or name.casefold() != wanted.casefold()):
                host.remove_label(number, name)
        if wanted is not None and wanted.casefold() not in {name.casefold() for name in present}:
            host.add_label(number, wanted)
    except GitopsBotError as error:
        log(f"The labels were not brought up to date: {error}")


def wanted_label(names: LabelNames, report: Report) -> str | None:
    """The label that fits what all projects' plans do together; None where one of them failed."""
    outcomes = [project.plan for project in report.projects]
    if any(isinstance(outcome, PlanFailed) for outcome in outcomes):
        return None
    plans = [outcome.plan for outcome in outcomes if isinstance(outcome, Planned | NoChanges)]
    if count_destroys(plans):
        return names.destroy
    return names.changes if any(plan.has_changes for plan in plans) else names.no_changes
