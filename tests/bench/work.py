"""One measured piece of work in a fresh process: `python -m tests.bench.work bot|json FOLDER`.

`bot` is everything the bot does with a plan it was given: reading, records, redaction and rendering. `json`
is a bare `json.load` of the same file. Prints the processor's seconds, without those of starting Python: what
else the machine does is not measured.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

SEED = Path(__file__).with_name("seed")


def bot(folder: Path) -> None:
    """Read the plan in `folder`, make its records and redactor, and render the comment."""
    from gitops_bot.core.approval import approve
    from gitops_bot.core.plan import read_plan
    from gitops_bot.core.records import changes_of, key_of_lineage
    from gitops_bot.core.report import Planned, ProjectReport, Report, RunStatus
    from gitops_bot.render.comment import render_comment
    from gitops_bot.render.redact import Redactor

    plan = read_plan((folder / "plan.json").read_bytes())
    text = (folder / "plan.txt").read_bytes().decode()
    key = key_of_lineage("a-lineage")
    approve("default", changes_of(plan), terraform_version="1.11.4", lock_digest="", key=key)
    project = ProjectReport("default", ".", Planned(plan, text))
    render_comment(Report("local", RunStatus.PLANNED, (project,)), redactor=Redactor().with_plans((plan,)))


def bare(folder: Path) -> None:
    """Load the same plan's JSON, and nothing else."""
    with (folder / "plan.json").open(encoding="utf-8") as file:
        json.load(file)


def main() -> None:
    """Do the work once, after a first time with the small plan: imports and templates are not measured."""
    work = {"bot": bot, "json": bare}[sys.argv[1]]
    work(SEED)
    start = time.process_time()
    work(Path(sys.argv[2]))
    print(time.process_time() - start)


if __name__ == "__main__":
    main()
