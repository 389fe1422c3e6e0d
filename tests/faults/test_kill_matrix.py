"""The bot and Terraform stopped by signals at every moment of an apply of slow resources.

Per cell: a merged pull request waits; the run is stopped at that moment; what it left is checked; the same
event is run again without a fault, and has to finish. Moments are seen (a file, a request), never guessed.
"""

from __future__ import annotations

import fcntl
import html
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from gitops_bot.adapters.terraform.plan_output import INTERRUPTED
from gitops_bot.sandbox.records import Event
from tests.kit.gate import Gate, gate
from tests.kit.in_process import deliver_here
from tests.kit.loaded_program import begin_program
from tests.kit.matrix import Cell, Pool, Table
from tests.kit.processes import descendants, pending_signal, until, working_in
from tests.kit.rewind import Rewind
from tests.kit.stage import Stage, StepRun, read_outputs, stage

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")

WORKERS = 3
ENVIRONMENT = "devops"
APPLY = f"gitops-bot: apply {ENVIRONMENT}"
NAMES = ("first", "second", "third")
PATIENCE = 60.0
"""Seconds a moment may take to come, and a stopped run to end."""
AFTERLIFE = 15.0
"""Seconds after the bot's end within which nothing of its run may be left."""
INT, TERM, KILL = signal.SIGINT, signal.SIGTERM, signal.SIGKILL
PAUSES = {TERM: 0.4, KILL: 3.0}
"""Seconds from the signal before to this one, when a job is cancelled: the second comes while the bot still
deals with the first; to the kill it has less time than GitHub's runner leaves (7.5 and 2.5)."""
WAYS = {
    "INT": (INT,),
    "TERM": (TERM,),
    "KILL": (KILL,),
    "INT TERM": (INT, TERM),
    "INT TERM KILL": (INT, TERM, KILL),
}

STEP = """\
#!/bin/sh
# One slow creation: it says that it began, waits to be let go, and leaves a line when it is done.
touch "$2/began-$1"
tries=0
while [ ! -e "$2/go-$1" ]; do
  tries=$((tries + 1))
  [ $tries -lt 600 ] || exit 1
  sleep 0.05
done
echo "$1" >> "$2/done-$1"
"""
SLOW = """\
data "terraform_remote_state" "early" {{
  backend = "http"
  config  = {{ address = "{address}/early" }}
}}

data "terraform_remote_state" "late" {{
  backend    = "http"
  config     = {{ address = "{address}/late" }}
  depends_on = [terraform_data.first]
}}

resource "terraform_data" "first" {{
  input = {{ size = var.size }}
  provisioner "local-exec" {{
    command = "exec sh '{folder}/step.sh' first '{folder}'"
  }}
}}

resource "terraform_data" "second" {{
  input      = {{ size = var.size }}
  depends_on = [data.terraform_remote_state.late]
  provisioner "local-exec" {{
    command = "exec sh '{folder}/step.sh' second '{folder}'"
  }}
}}

resource "terraform_data" "third" {{
  input      = {{ size = var.size }}
  depends_on = [terraform_data.second]
  provisioner "local-exec" {{
    command = "exec sh '{folder}/step.sh' third '{folder}'"
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """When the signal comes: what is `done`, in `flight`, and what brings the run there.

    `held` is what the gate keeps waiting: a path, and how many requests for it pass before.
    """

    name: str
    done: int
    held: tuple[str, int] = ("", 0)
    entry: bool = True
    recording: bool = False

    @property
    def whole(self) -> bool:
        """Whether everything is applied by then."""
        return self.done == len(NAMES)

    @property
    def may_be_there(self) -> tuple[str, ...]:
        """What the state may hold: what is done, and what was in flight or could begin before the signal."""
        return NAMES[: self.done + 1] if self.entry else ()


PLANNING = Moment("planning", 0, held=("/early", 0), entry=False)
START = Moment("first begun", 0)
AMID = Moment("amid", 1)
STUBBORN = Moment("amid, slow to stop", 1, held=("/late", 0))
VERIFYING = Moment("verifying", 3, held=("/early", 1))
RECORDING = Moment("recording", 3, recording=True)
MOMENTS = (PLANNING, START, AMID, STUBBORN, VERIFYING, RECORDING)


class Subject:
    """A stage on which a merge into devops waits to be applied: three slow creations, one after another.

    With a `past`, an apply is behind it; without, there is no state yet and no ledger.
    """

    def __init__(self, on_stage: Stage, way_in: Gate, past: bool) -> None:
        self.stage, self.gate, self.past = on_stage, way_in, past
        self.folder = on_stage.folder / "steps"
        self.folder.mkdir()
        (self.folder / "step.sh").write_text(STEP)
        if past:
            self._merge({"infra/past.tf": 'resource "terraform_data" "past" {}\n'}, "past")
            run = deliver_here(on_stage, on_stage.next_event("push"))
            assert run.outputs.get("result") == "applied", run
        slow = SLOW.format(address=way_in.address, folder=self.folder)
        self.number = self._merge({"infra/slow.tf": slow}, "slow")
        self.event: Event = on_stage.next_event("push")
        self._rewind = Rewind(on_stage)
        self._checked_out = on_stage.checkout(self.event.sha)

    def checkout(self) -> Path:
        """A work tree of the event's commit, as it was before any run."""
        return self.stage.copy_of(self._checked_out)

    def _merge(self, files: dict[str, str], branch: str) -> int:
        number = self.stage.pull_request(files, branch=branch)
        run = deliver_here(self.stage, self.stage.next_event("pull_request"))
        assert run.code == 0, run
        self.stage.hub.take_events()
        self.stage.hub.merge(number)
        return number

    def back(self) -> None:
        self.gate.release()
        self._rewind.back()
        for name in NAMES:
            for mark in ("began", "go", "done"):
                (self.folder / f"{mark}-{name}").unlink(missing_ok=True)

    def let_go(self, count: int) -> None:
        """The first so many creations will not wait."""
        for name in NAMES[:count]:
            (self.folder / f"go-{name}").touch()

    # --- what is there ---

    def began(self, index: int) -> bool:
        return (self.folder / f"began-{NAMES[index]}").exists()

    def ended(self) -> list[int]:
        """How often each creation came to its end."""
        paths = [self.folder / f"done-{name}" for name in NAMES]
        return [len(p.read_text().splitlines()) if p.exists() else 0 for p in paths]

    def state(self) -> list[str]:
        known = [f"terraform_data.{name}" for name in NAMES]
        return [a.partition(".")[2] for a in self.stage.resources(ENVIRONMENT) if a in known]

    def lock_file(self) -> bool:
        return self.stage.state_file(ENVIRONMENT).with_name(f".{ENVIRONMENT}.tfstate.lock.info").exists()

    def lock_held(self) -> bool:
        """Whether somebody holds Terraform's own lock, so that a new one could not have it."""
        path = self.stage.state_file(ENVIRONMENT)
        if not path.exists():
            return False
        with path.open("r+b") as file:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return True
        return False

    def entries(self) -> list[list[tuple[str, str]]]:
        """The ledger's entries for this merge, newest first: each one's ends, newest first."""
        return [
            [(s.state, s.description) for s in d.statuses if s.state in ("success", "failure", "error")]
            for d in self.stage.hub.deployments.newest_first()
            if d.sha == self.event.sha
        ]

    def comments(self) -> list[str]:
        """The environment's comments on the pull request, as people read them."""
        mark = f"<!-- gitops-bot:comment:{ENVIRONMENT} -->\n"
        return [html.unescape(b) for b in self.stage.comments(self.number) if b.startswith(mark)]

    def comment(self) -> str:
        """The newest of them; "" without one."""
        return "".join(self.comments()[-1:])


@dataclass(frozen=True, slots=True)
class Case:
    """Who is stopped, when and how."""

    victim: str
    moment: Moment
    signals: tuple[signal.Signals, ...]

    @property
    def killed_bot(self) -> bool:
        """Whether the bot could not act any more at the end."""
        return self.victim == "bot" and self.signals[-1] is KILL

    @property
    def codes(self) -> tuple[int, ...]:
        """What the run may end with."""
        if self.victim == "terraform":
            return (0,) if self.moment.whole else (1,)
        if self.signals == (KILL,):
            return (-KILL,)
        return (130, -KILL) if self.killed_bot else (130,)

    @property
    def end(self) -> str:
        """What the ledger says of the run's end; "" where nobody could write it."""
        unrecorded = self.killed_bot and len(self.signals) == 1
        if not self.moment.entry or (unrecorded and not self.torn):
            return ""
        return "success" if self.moment.whole else "failure"

    @property
    def torn(self) -> bool:
        """Whether the kill comes while GitHub has yet to answer: nobody can promise a record then."""
        return self.moment.recording and self.killed_bot

    @property
    def answer_late(self) -> float:
        """Seconds the first record's answer is late: past the kill, or just past a second signal."""
        return PATIENCE if self.killed_bot else 2 * PAUSES[TERM]

    @property
    def leaves_lock_file(self) -> bool:
        """Terraform that is killed itself cannot remove it; the lock, which is the kernel's, is gone."""
        return self.victim == "terraform" and self.signals[-1] is KILL


@dataclass(frozen=True, slots=True)
class Stopped:
    """A run that met its signals: as a step, and what was left of it when its time was up."""

    run: StepRun
    left: tuple[str, ...]
    hung: bool


class Run:
    """`gitops-bot run` as a process, watched up to a moment and then stopped."""

    def __init__(self, subject: Subject, case: Case) -> None:
        moment = case.moment
        subject.back()
        subject.let_go(moment.done)
        if moment.held[0]:
            subject.gate.hold(*moment.held)
        if moment.recording:
            faults = subject.stage.sandbox.faults
            faults.add("POST", "/check-runs$", 0, delay=case.answer_late)
        self.subject, self.moment = subject, moment
        stage_ = subject.stage
        self.work = subject.checkout()
        self.environ = stage_.environ(subject.event, self.work)
        self._log = Path(self.environ["HOME"]) / "log"
        self._complaint = Path(self.environ["HOME"]) / "complaint"
        with self._log.open("wb") as log, self._complaint.open("wb") as complaint:
            self.bot = begin_program(
                ["run"], environ=self.environ, cwd=self.work, stdout=log, stderr=complaint
            )

    def _here(self) -> bool:
        if self.moment.held[0]:
            return self.subject.gate.reached.is_set()
        if self.moment.recording:
            return self.subject.stage.sandbox.faults.pending == 0
        return self.subject.began(self.moment.done)

    def reach(self) -> bool:
        """Wait for the moment; False when the run ended before it or it never came."""
        return until(lambda: self._here() or self.bot.poll() is not None, PATIENCE) and self._here()

    def stop(self, victim: str, signals: tuple[signal.Signals, ...]) -> Stopped:
        """Send the signals and wait for the end of everything."""
        target = self.bot.pid
        if victim == "terraform":
            (target,) = descendants(self.bot.pid, "terraform")
        for index, number in enumerate(signals):
            if index:  # a runner waits, but not longer than it must
                until(lambda: self.bot.poll() is not None, PAUSES[number])
            if self.bot.poll() is None:
                os.kill(target, number)
        until(lambda: not pending_signal(target), 1.0)
        if victim == "terraform" and signals[-1] is not KILL:
            # A signal the process has taken is not yet one that Terraform acts on: its plan would end first.
            until(lambda: INTERRUPTED in self._log.read_text() or self.bot.poll() is not None, PATIENCE)
        self.subject.gate.release()
        hung = not until(lambda: self.bot.poll() is not None, PATIENCE)
        if hung:
            self.bot.kill()
        code = self.bot.wait()
        until(lambda: not working_in(self.work), AFTERLIFE)
        left = working_in(self.work)
        for pid in left:
            os.kill(pid, KILL)
        return Stopped(self._step(code), tuple(left.values()), hung)

    def _step(self, code: int) -> StepRun:
        output, summary = Path(self.environ["GITHUB_OUTPUT"]), Path(self.environ["GITHUB_STEP_SUMMARY"])
        return StepRun(
            code,
            self._log.read_text(),
            self._complaint.read_text(),
            read_outputs(output.read_text()) if output.exists() else {},
            summary.read_text() if summary.exists() else "",
        )


def broken_by_the_signals(subject: Subject, case: Case, stopped: Stopped) -> Iterator[str]:
    """Every promise the stopped run did not keep."""
    run, moment, state = stopped.run, case.moment, subject.state()
    if stopped.hung:
        yield f"it did not end within {PATIENCE:g} s"
    if run.code not in case.codes:
        yield f"the exit code is {run.code}, not {case.codes[0]}"
    if "Traceback" in run.stderr:
        yield f"it ended in a traceback: {run.stderr.strip().splitlines()[-1]}"
    for line in stopped.left:
        yield f"still running after {AFTERLIFE:g} s: {line.replace(str(subject.stage.folder), '')[:60]}"
    if not set(NAMES[: moment.done]) <= set(state) <= set(moment.may_be_there):
        yield f"the state holds {state}, and {moment.done} were done"
    if subject.ended() != [1] * moment.done + [0] * (len(NAMES) - moment.done):
        yield f"created {subject.ended()} times"
    if subject.lock_held():
        yield "a new Terraform could not lock the state"
    if subject.lock_file() and not case.leaves_lock_file:
        yield "the lock's file is left"
    yield from broken_records(subject, case, run)


def broken_records(subject: Subject, case: Case, run: StepRun) -> Iterator[str]:
    """What ledger, comment and summary should say of a stopped run, and do not."""
    entries, comment = subject.entries(), subject.comment()
    if not case.killed_bot and "· Merged, applying" in comment:
        yield "the comment says that it is still being applied"
    if len(entries) != int(case.moment.entry):
        yield f"the ledger has {len(entries)} entries"
        return
    ends = [state for state, _ in entries[0]] if entries else []
    if case.torn and not ends:
        return
    if ends[:1] != [case.end] and (ends or case.end):
        yield f"the ledger's entry ends with {ends[:1]}, not {case.end or 'nothing'}"
    if not case.end:
        return
    words = ("Applied",) if case.moment.whole else ("Apply failed", "Partly applied")
    for place, text in (("comment", comment), ("job summary", html.unescape(run.summary))):
        if not any(f"· {word}" in text for word in words):
            yield f"the {place} does not say {' or '.join(words)}: {text.splitlines()[1:2]}"
        elif case.moment.done and "✅ done" not in text:
            yield f"the {place} does not say what was done"


def broken_after_the_rerun(subject: Subject, case: Case, open_before: bool, run: StepRun) -> Iterator[str]:
    """Every promise the run without a signal did not keep."""
    entries, comment = subject.entries(), subject.comment()
    if run.code != 0:
        yield f"the re-run ends with {run.code}: {run.outputs.get('result')} {run.stderr.strip()}"
    if sorted(subject.state()) != sorted(NAMES):
        yield f"after the re-run the state holds {subject.state()}"
    if subject.ended() != [1, 1, 1]:
        yield f"after the re-run the resources were created {subject.ended()} times"
    newest = entries[0][:1] if entries else []
    if [state for state, _ in newest] != ["success"]:
        yield f"after the re-run the ledger's newest entry is no success: {newest}"
    elif not newest[0][1].endswith("converged: yes"):
        yield f"after the re-run the ledger does not say that it converged: {newest[0][1]}"
    if "· Applied" not in comment:
        yield f"after the re-run the comment does not say that it is applied: {comment.splitlines()[1:2]}"
    if subject.stage.checks(subject.event.sha).get(APPLY) != "success":
        yield "after the re-run the check run on the commit is no success"
    if subject.lock_held() or subject.lock_file():
        yield "after the re-run the state is locked"
    if len(subject.comments()) > 1:
        yield f"after the re-run there are {len(subject.comments())} comments"
    said = html.unescape(run.summary)
    # A record that was under way when the bot was killed may have arrived after all.
    arrived = case.torn and "applied already" in said
    if open_before and "never recorded as ended" not in said and not arrived:
        yield "the re-run does not say that the apply before it never ended"


def try_one(case: Case, subject: Subject) -> Cell:
    """One cell: the run that is stopped, and the run after it."""
    run = Run(subject, case)
    arrived = run.reach()
    stopped = run.stop(case.victim, case.signals if arrived else (KILL,))
    if not arrived:
        return Cell("never came to its moment", (f"never came there: {stopped.run}",))
    wrong = list(broken_by_the_signals(subject, case, stopped))
    entries = subject.entries()
    open_before = bool(entries) and not entries[0]
    subject.let_go(len(NAMES))
    subject.stage.sandbox.faults.clear()
    again = deliver_here(subject.stage, subject.event, subject.checkout())
    wrong += broken_after_the_rerun(subject, case, open_before, again)
    ways = {0: "recorded as applied", 1: "failed and recorded", 130: "interrupted and recorded"}
    how = "left open" if open_before else ways.get(stopped.run.code, "killed and recorded")
    return Cell(how if case.moment.entry or how == "left open" else "nothing begun", tuple(wrong))


def cases(past: bool) -> Iterator[tuple[str, str, Case]]:
    """Row, column and case of every cell. Without a past only what nobody could record is of interest."""
    for victim in ("bot", "terraform"):
        for moment in MOMENTS:
            for name, signals in WAYS.items():
                if victim == "terraform" and (len(signals) > 1 or moment.recording):
                    continue  # the job's cancel goes to the bot; while it records, no Terraform runs
                if past or signals[-1] is KILL:
                    yield f"{victim}: {moment.name}", name, Case(victim, moment, signals)


@pytest.mark.parametrize("past", [True, False], ids=["with an apply before it", "the first apply"])
def test_a_run_may_be_stopped_at_any_moment_in_every_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], past: bool
) -> None:
    wanted = list(cases(past))
    rows = list(dict.fromkeys(row for row, _, _ in wanted))
    columns = list(dict.fromkeys(column for _, column, _ in wanted))
    title = "Stopped by signals" if past else "Stopped by signals in the first apply of an environment"
    table = Table(title, rows, columns)
    work: dict[tuple[str, str], Callable[[Subject], Cell]] = {
        (row, column): partial(try_one, case) for row, column, case in wanted
    }
    with ExitStack() as stack:
        subjects = []
        for number in range(WORKERS):
            (tmp_path / str(number)).mkdir()
            on_stage = stack.enter_context(stage(tmp_path / str(number)))
            subjects.append(Subject(on_stage, stack.enter_context(gate()), past))
        Pool(subjects).fill(table, work)
    with capsys.disabled():
        print(f"\n{table.render()}\n")
    assert table.wrong == []
