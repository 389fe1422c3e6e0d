"""Every request to GitHub of one apply run made to fail in turn, in every way a request can fail.

Per cell: a merged pull request waits; the run meets the fault, each time it tries that request again too;
what it left is checked; the same event is run again without a fault, and has to finish.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gitops_bot.adapters.github.retry import TRIES
from gitops_bot.sandbox.records import Event
from gitops_bot.sandbox.routes import RecordedRequest
from tests.kit.in_process import deliver_here
from tests.kit.matrix import Cell, Pool, Table
from tests.kit.rewind import Rewind
from tests.kit.stage import Stage, StepRun, stage

WORKERS = 2
TIMEOUT = "0.5"
ENVIRONMENT = "dev"
APPLY = f"gitops-bot: apply {ENVIRONMENT}"
NAMES = ("network", "service")
ALL = [f"terraform_data.{name}" for name in NAMES]
FOREVER = 1_000_000


@dataclass(frozen=True, slots=True)
class Fault:
    """How a request fails, for `Faults.add`. With `all_after` so does every request behind it."""

    name: str
    order: dict[str, Any]
    all_after: bool = False

    @property
    def carried_out(self) -> bool:
        """Whether only the answer is lost."""
        return bool(self.order.get("after")) or self.order.get("status") == 0


FAULTS = (
    Fault("500", {"status": 500}),
    Fault("timeout", {"status": 0, "delay": 60.0}),
    Fault("dropped", {"drop_connection": True}),
    Fault("dropped after", {"drop_connection": True, "after": True}),
    Fault(
        "403 limit",
        {"status": 403, "headers": {"Retry-After": "20"}, "message": "You have exceeded a rate limit."},
    ),
    Fault("outage", {"status": 503}, all_after=True),
)


def resource(name: str, creates: Path) -> str:
    """A resource whose every creation leaves a line in a file."""
    return f"""\
resource "terraform_data" "{name}" {{
  input = {{ size = var.size }}
  provisioner "local-exec" {{
    command = "echo {name} >> '{creates}'"
  }}
}}
"""


class Subject:
    """A stage on which a merge into dev waits to be applied; devops below it has the same content.

    Both have applies behind them, so that the run asks for everything an apply run can ask for.
    """

    def __init__(self, on_stage: Stage) -> None:
        self.stage = on_stage
        self._promote({"infra/first.tf": 'resource "terraform_data" "first" {}\n'}, "first")
        creates = {name: self.creates(name) for name in NAMES}
        files = {f"infra/{name}.tf": resource(name, path) for name, path in creates.items()}
        self.number, self.event = self._promote(files, "second", apply=False)
        for path in creates.values():
            path.unlink()  # those in devops
        self._rewind = Rewind(on_stage)
        self._checked_out = on_stage.checkout(self.event.sha)

    def _promote(self, files: dict[str, str], name: str, apply: bool = True) -> tuple[int, Event]:
        below = self.stage.pull_request(files, branch=name)
        self._deliver("pull_request")
        self.stage.hub.merge(below)
        self._deliver("push")
        self.stage.hub.take_events()
        number = self.stage.hub.open_pull_request(f"Promote {name}", "devops", ENVIRONMENT).number
        self._deliver("pull_request")
        self.stage.hub.merge(number)
        event = self.stage.next_event("push")
        if apply:
            run = deliver_here(self.stage, event)
            assert run.outputs.get("result") == "applied", run
        return number, event

    def _deliver(self, name: str) -> None:
        run = deliver_here(self.stage, self.stage.next_event(name))
        assert run.code == 0, run

    def creates(self, name: str) -> Path:
        return self.stage.folder / f"creates-{name}"

    def created(self) -> list[int]:
        """How often each resource was created."""
        paths = [self.creates(name) for name in NAMES]
        return [len(p.read_text().splitlines()) if p.exists() else 0 for p in paths]

    def back(self) -> None:
        self._rewind.back()
        for name in NAMES:
            self.creates(name).unlink(missing_ok=True)

    def run(self, **more: str) -> StepRun:
        return deliver_here(self.stage, self.event, self.stage.copy_of(self._checked_out), **more)

    # --- what is there ---

    def state(self) -> tuple[list[str], int]:
        """The subject's resources in the state, and the state's serial."""
        text = self.stage.state_file(ENVIRONMENT).read_text()
        return [a for a in self.stage.resources(ENVIRONMENT) if a in ALL], json.loads(text)["serial"]

    def locked(self) -> bool:
        return self.stage.state_file(ENVIRONMENT).with_name(f".{ENVIRONMENT}.tfstate.lock.info").exists()

    def entries(self) -> list[list[tuple[str, str]]]:
        """The ledger's entries for this merge, newest first: each one's statuses, newest first."""
        found = self.stage.hub.deployments.newest_first()
        return [
            [(s.state, s.description) for s in d.statuses]
            for d in found
            if d.environment == ENVIRONMENT and d.sha == self.event.sha
        ]

    def comments(self) -> list[str]:
        """The environment's comments on the pull request, as people read them."""
        mark = f"<!-- gitops-bot:comment:{ENVIRONMENT} -->\n"
        return [html.unescape(b) for b in self.stage.comments(self.number) if b.startswith(mark)]

    def comment(self) -> str:
        """The newest of them; "" without one."""
        return "".join(self.comments()[-1:])


def shape(request: RecordedRequest) -> tuple[str, str]:
    """The method, and a pattern for the path that fits it in every run of this merge."""
    path = re.escape(request.path)
    path = re.sub(r"[0-9a-f]{40}", "[0-9a-f]{40}", path)
    return request.method, "^" + re.sub(r"/[0-9]+(?=/|$)", "/[0-9]+", path) + "$"


def row_name(index: int, request: RecordedRequest) -> str:
    path = re.sub(r"^/repos/[^/]+/[^/]+", "", request.path)
    path = re.sub(r"[0-9a-f]{40}", "SHA", path)
    return f"{index + 1:2} {request.method:6}{re.sub(r'/[0-9]+(?=/|$)', '/N', path)}"


def requests_of_a_clean_run(subject: Subject) -> list[RecordedRequest]:
    subject.back()
    run = subject.run()
    assert (run.code, run.outputs["result"]) == (0, "applied"), run
    assert subject.created() == [1, 1]
    assert broken_after_the_rerun(subject, run, subject.state()) == []
    return list(subject.stage.sandbox.requests)


def broken_by_the_fault(subject: Subject, run: StepRun) -> Iterator[str]:
    """Every promise the run that met the fault did not keep."""
    (there, _), created, entries = subject.state(), subject.created(), subject.entries()
    if run.code not in (0, 1):
        yield f"the exit code is {run.code}"
    if "Traceback" in run.stderr:
        yield f"it ended in a traceback: {run.stderr.strip().splitlines()[-1]}"
    if run.code == 1 and not run.stderr and "result" not in run.outputs:
        yield "it failed without a word"
    if there and not entries:
        yield "something is applied, and the ledger has no entry for it"
    if there not in ([], ALL):
        yield f"the state holds {there}"
    if created != [len(there) // 2] * 2:
        yield f"created {created} times"
    if subject.locked():
        yield "the state is locked"
    if len(entries) > 1:
        yield f"the ledger has {len(entries)} entries for one run"
    if there and not all(address in run.summary and "✅ done" in run.summary for address in ALL):
        yield "applied, but its job summary does not say what was done"
    if run.code == 0:
        yield from broken_records(subject)


def broken_records(subject: Subject) -> Iterator[str]:
    """What the records lack that speak of a whole success."""
    entries, comment = subject.entries(), subject.comment()
    newest = entries[0] if entries else []
    ends = [status for status in newest if status[0] in ("success", "failure")]
    if not ends or ends[0][0] != "success":
        yield f"the ledger's newest entry is no success: {newest}"
    elif not ends[0][1].endswith("converged: yes"):
        yield f"the ledger does not say that it converged: {ends[0][1]}"
    if "Applied" not in comment:
        yield f"the comment does not say that it is applied: {comment.splitlines()[1:2]}"
    if subject.stage.checks(subject.event.sha).get(APPLY) != "success":
        yield "the check run on the commit is no success"


def broken_after_the_rerun(subject: Subject, run: StepRun, before: tuple[list[str], int]) -> list[str]:
    """Every promise the run without a fault did not keep. `before` is the state it found."""
    wrong = []
    state, created = subject.state(), subject.created()
    if run.code != 0:
        wrong.append(f"the re-run ends with {run.code}: {run.outputs.get('result')} {run.stderr.strip()}")
    if state[0] != ALL:
        wrong.append(f"after the re-run the state holds {state[0]}")
    if created != [1, 1]:
        wrong.append(f"after the re-run the resources were created {created} times")
    if before[0] == ALL and state[1] != before[1]:
        wrong.append(f"applied again: the state's serial went from {before[1]} to {state[1]}")
    if subject.locked():
        wrong.append("after the re-run the state is locked")
    if len(subject.comments()) > 1:
        wrong.append(f"after the re-run there are {len(subject.comments())} comments")
    return wrong + [f"after the re-run: {w}" for w in broken_records(subject)]


def try_one(index: int, requests: Sequence[RecordedRequest], fault: Fault, subject: Subject) -> Cell:
    """One cell: the run with the fault at that request, and the run after it."""
    subject.back()
    method, pattern = shape(requests[index])
    if fault.all_after:
        order: dict[str, Any] = {"method": "*", "path_regex": "", "skip": index, "times": FOREVER}
    else:
        earlier = sum(shape(r) == (method, pattern) for r in requests[:index])
        # One that was carried out is found by the look behind it, and so is sent once.
        times = 1 if fault.carried_out and method == "POST" else TRIES
        order = {"method": method, "path_regex": pattern, "skip": earlier, "times": times}
    subject.stage.sandbox.faults.add(**order, **fault.order)
    failing = subject.run(GITOPS_BOT_GITHUB_TIMEOUT=TIMEOUT)
    # One that still hangs is in no list yet, but its fault was met.
    made = (
        len(subject.stage.sandbox.requests) > index or subject.stage.sandbox.faults.pending < order["times"]
    )
    wrong = [] if made else ["the request was not made"]
    wrong += broken_by_the_fault(subject, failing)
    there, _ = before = subject.state()
    subject.stage.sandbox.faults.clear()
    wrong += broken_after_the_rerun(subject, subject.run(), before)
    if failing.code == 0:
        how = "went through at once"
    else:
        how = "failed with everything applied" if there else "failed with nothing applied"
    return Cell(how, tuple(wrong))


def test_every_request_of_an_apply_run_may_fail_in_every_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with ExitStack() as stages:
        subjects = []
        for number in range(WORKERS):
            (tmp_path / str(number)).mkdir()
            subjects.append(Subject(stages.enter_context(stage(tmp_path / str(number)))))
        requests = requests_of_a_clean_run(subjects[0])
        rows = [row_name(i, r) for i, r in enumerate(requests)]
        table = Table("GitHub failing, by request of an apply run", rows, [f.name for f in FAULTS])
        work: dict[tuple[str, str], Callable[[Subject], Cell]] = {
            (row, fault.name): partial(try_one, index, requests, fault)
            for index, row in enumerate(rows)
            for fault in FAULTS
        }
        Pool(subjects).fill(table, work)
    with capsys.disabled():
        print(f"\n{table.render()}\n")
    assert table.wrong == []
