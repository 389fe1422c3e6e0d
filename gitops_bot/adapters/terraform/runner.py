"""`TerraformRunner` with the real binary."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from msgspec.structs import replace

from gitops_bot.adapters.process import Completed, Grace
from gitops_bot.adapters.terraform import diagnostics as said
from gitops_bot.adapters.terraform.apply_stream import ApplyStream
from gitops_bot.adapters.terraform.binary import AskedVersion, Version, find_binary, read_version
from gitops_bot.adapters.terraform.cli import FLAG, TerraformCli
from gitops_bot.adapters.terraform.environment import child_environment
from gitops_bot.adapters.terraform.module_sources import git_access
from gitops_bot.adapters.terraform.plan_output import (
    RefreshProgress,
    has_ephemeral_variables,
    lineage_in,
    lineage_of,
    plan_text,
    sources_digest_in,
)
from gitops_bot.adapters.terraform.session_watch import SessionWatch
from gitops_bot.adapters.terraform.wrapper import wrapper_notice
from gitops_bot.core.backends import Backend, backend_in_use, find_backend, why_refused
from gitops_bot.core.environments import TerraformSettings
from gitops_bot.core.errors import CloudRefused, Interrupted, RunFailed
from gitops_bot.core.locks import StateLock
from gitops_bot.core.plan import Plan, read_plan
from gitops_bot.core.report import Applied, Diagnostic, Severity
from gitops_bot.ports import (
    CloudSession,
    OnInterrupt,
    PlanErrored,
    PlanMade,
    PlanResult,
    Progress,
    ProjectRun,
)
from gitops_bot.render.markdown import one_line, visible

T = TypeVar("T")
_MODULE_FILES = (".tf", ".tf.json", ".tofu", ".tofu.json")
LOCK_FILE = ".terraform.lock.hcl"
_EPHEMERAL_SINCE = ((1, 10), (1, 11))
"""In Terraform, in OpenTofu."""
_COMMAND = re.compile(r"\bterraform (?=[a-z])")
_NOWHERE = "gitops_bot_lock_probe.nowhere"
"""The address of a resource that no state holds: no provider has the type."""
_LOCK_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:/=-]{0,199}")
_MISSING_WORKSPACE = "doesn't exist"


class _Stopped(Exception):
    """A stage ended in an error."""

    def __init__(self, stage: str, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(stage)
        self.stage = stage
        self.diagnostics = diagnostics


@contextlib.contextmanager
def _explained(what: str) -> Iterator[None]:
    """Turns a stage's error into `RunFailed`."""
    try:
        yield
    except _Stopped as stop:
        first = stop.diagnostics[0]
        # Terraform quotes what lies in a backend: the lines stay, and nothing else commands a terminal.
        summary, detail = one_line(first.summary), visible(first.detail)
        raise RunFailed(f"{what} ({stop.stage}): {summary}", detail) from None


class TerraformBinary:
    """Runs Terraform for projects, one command at a time. Not for use by several threads at once.

    `before_each` is called before each command that may run code of others.
    """

    def __init__(
        self,
        settings: TerraformSettings,
        environ: Mapping[str, str],
        session: CloudSession,
        grace: Grace | None = None,
        before_each: Callable[[], None] = lambda: None,
        asked: AskedVersion | None = None,
    ) -> None:
        """`asked`: where the version of the settings' binary was asked for already."""
        self._settings = settings
        self._before_each = before_each
        self._given = self._environ = child_environment(environ, passed=settings.pass_env)
        self._module_access = git_access(environ)
        self._session = session
        self._grace = grace
        self._asked = asked
        self._binary = ""
        self._version: Version | None = None
        self._told_of_wrapper = False
        self._on_interrupt: Callable[[], None] | None = None
        self._lock_digests: dict[Path, str] = {}
        self._prepared: dict[Path, ProjectRun] = {}
        self._initialised: dict[ProjectRun, tuple[Diagnostic, ...]] = {}

    def version(self) -> str:
        """Terraform's version, asked once, such as `1.11.4` or `OpenTofu 1.11.4`."""
        return str(self._known())

    def _words(self, command: str) -> str:
        """A command as a person would type it."""
        return f"tofu {command}" if self._known().is_tofu else f"terraform {command}"

    def _own(self, diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Diagnostics of our own words, which name the terraform command, for the program there is."""
        if not self._known().is_tofu:
            return tuple(diagnostics)
        return tuple(
            replace(d, summary=_COMMAND.sub("tofu ", d.summary), detail=_COMMAND.sub("tofu ", d.detail))
            for d in diagnostics
        )

    def _known(self) -> Version:
        if self._version is None and self._asked is not None:
            self._binary, self._version = self._asked.answer()
        elif self._version is None:
            self._before_each()
            self._binary = find_binary(self._settings.binary, self._given)
            self._version = read_version(self._binary, self._given)
        return self._version

    def init(
        self, run: ProjectRun, progress: Progress, on_interrupt: Callable[[], None] | None = None
    ) -> PlanErrored | None:
        """init and workspace, for the plans of this run; what went wrong, or None."""
        made = self._staged(lambda: self._initialise(run, progress), progress, on_interrupt)
        return made if isinstance(made, PlanErrored) else None

    def plan(
        self,
        run: ProjectRun,
        plan_file: Path,
        progress: Progress,
        on_interrupt: Callable[[], None] | None = None,
    ) -> PlanResult:
        """plan -out, show -json; before it init and workspace, where the folder is not as they left it for
        this run. `plan_file` is written with mode 0600."""
        made: PlanResult | None = None
        try:
            made = self._staged(lambda: self._plan(run, plan_file, progress), progress, on_interrupt)
            return made
        finally:
            if not isinstance(made, PlanMade):
                plan_file.unlink(missing_ok=True)

    def apply(
        self, run: ProjectRun, made: PlanMade, progress: Progress, on_interrupt: OnInterrupt | None = None
    ) -> Applied:
        """apply -json of exactly `made.plan_file`, with what was done to each resource.

        After a signal the result is returned, with `interrupted` set, so that it can be recorded;
        `on_interrupt` is called before, while Terraform still stops.
        """
        version = self._known()
        self._module_access = {}
        plan = read_plan(made.document)
        stream = ApplyStream(plan, progress)
        try:
            self._enter(progress)
        except CloudRefused as refused:
            return stream.result(False, False, (said.refused(refused),))
        watch = SessionWatch(self._session, progress)

        def take(line: str) -> None:
            stream.take(line)
            watch.look()

        def tell_early() -> None:
            try:
                if on_interrupt is not None:
                    on_interrupt(stream.so_far())
            except Exception as error:  # the record of what was done comes after it and matters more
                with contextlib.suppress(OSError):
                    progress(f"{self._words('apply')}: the early word failed ({type(error).__name__})")

        progress(self._words("apply"))
        done = self._cli(run).cmd(
            "apply",
            str(made.plan_file),
            json=FLAG,
            input=False,
            lock_timeout=self._settings.lock_timeout,
            parallelism=self._settings.parallelism,
            var_file=self._apply_var_files(run, plan, version),
            on_stdout=take,
            on_interrupt=tell_early,
            writes=True,
        )
        stdout, stderr = _text_only(done.stdout), _text(done.stderr)
        more: tuple[Diagnostic, ...] = ()
        if done.timed_out:
            more = (said.timed_out("apply", self._settings.timeout),)
        elif done.exit_code != 0 and not stream.has_error:
            more = said.errors_of(stdout, stderr, "apply", done.exit_code)
        if done.exit_code != 0:
            more += watch.verdict()
        lock = said.lock_in_text(stdout) or said.lock_in_text(stderr)
        return stream.result(done.exit_code == 0, done.interrupted, self._own(more), lock)

    def lineage(self, run: ProjectRun) -> str:
        """The lineage of the state as it is now, "" when there is none."""
        with _explained("The state cannot be read"):
            self._ready(run)
            return lineage_of(self._command(run, "state", "state pull").stdout)

    def lock_of(self, run: ProjectRun) -> StateLock | None:
        """The lock the project's state is under now, None when there is none.

        `untaint` takes the lock for a moment, finds nothing to untaint and writes nothing. It loads no
        provider.
        """
        with _explained("Whether the state is locked cannot be found out"):
            self._ready(replace(run, writes=False))
            done = self._run(
                run, "untaint", _NOWHERE, allow_missing=FLAG, lock_timeout="0s", no_color=FLAG, writes=True
            )
            lock = said.lock_in_text(_text(done.stderr))
            if lock is None:
                self._check(done, "untaint", "untaint", (0,))
            return lock

    def unlock(self, run: ProjectRun, lock_id: str) -> None:
        """Release exactly that lock. Raises `RunFailed` when it is not there or cannot be released."""
        if not _LOCK_ID.fullmatch(lock_id):
            raise RunFailed(
                f"{lock_id!a} is no lock ID.", "Give the ID that Terraform or gitops-bot names with the lock."
            )
        with _explained(f"The lock {lock_id} was not released"):
            self._ready(replace(run, writes=False))
            self._command(
                run, "force-unlock", "force-unlock", lock_id, force=FLAG, no_color=FLAG, writes=True
            )

    def who(self) -> str:
        """How Terraform names this user on this machine in a lock, such as `runner@host`.

        Source: `NewLockInfo` in Terraform's internal/states/statemgr/locker.go. It takes the user
        from the system, and from the environment only where the system knows none.
        """
        try:
            user = pwd.getpwuid(os.getuid()).pw_name
        except KeyError:
            user = self._given.get("USER", "") if self._given.get("HOME") else ""
        return f"{user}@{os.uname().nodename}"

    def _ready(self, run: ProjectRun) -> None:
        """Have credentials, and the project initialised for this backend and workspace."""
        self.version()
        self._enter(_silent)
        if self._prepared.get(run.dir) != replace(run, writes=False):
            self._prepare(run, _silent)

    def _tell_of_wrapper(self, progress: Progress) -> None:
        """Say once that there is one."""
        notice = wrapper_notice(self._binary)
        if notice and not self._told_of_wrapper:
            self._told_of_wrapper = True
            progress(notice)

    def _enter(self, progress: Progress) -> None:
        """Have credentials for the next commands. Raises `CloudRefused`."""
        self._session.open(progress)
        self._environ = self._session.replace_in(self._given)

    # --- the stages -------------------------------------------------------------------------

    def _staged(
        self, work: Callable[[], T], progress: Progress, on_interrupt: Callable[[], None] | None
    ) -> T | PlanErrored:
        """What comes of the stages, or of the one that ended in an error."""
        self.version()
        self._tell_of_wrapper(progress)
        self._on_interrupt = on_interrupt
        try:
            self._enter(progress)
            return work()
        except _Stopped as stop:
            return PlanErrored(stop.stage, stop.diagnostics)
        except CloudRefused as refused:
            return PlanErrored("credentials", (said.refused(refused),))
        finally:
            self._on_interrupt = None

    def _initialise(self, run: ProjectRun, progress: Progress) -> None:
        self._initialised[run] = self._prepare(run, progress)

    def _prepare(self, run: ProjectRun, progress: Progress) -> tuple[Diagnostic, ...]:
        """init and workspace; the warnings of init."""
        self._prepared.pop(run.dir, None)
        for other in [r for r in self._initialised if r.dir == run.dir]:
            del self._initialised[other]  # the folder is no longer as that one's init left it
        if cache := self._environ.get("TF_PLUGIN_CACHE_DIR"):
            Path(cache).mkdir(parents=True, exist_ok=True)  # one that is missing is ignored silently
        _refuse(find_backend(_module_files(run.dir), self._known().is_tofu))
        progress(self._words("init"))
        done = self._command(
            run,
            "init",
            "init",
            extra_environ=self._workspace_for_init(run) | self._module_access,
            input=False,
            no_color=FLAG,
            backend_config=[str(f) for f in run.backend_config],
            lockfile="readonly" if self._lock_digest(run.dir) else None,
            reconfigure=FLAG,
        )
        _refuse(backend_in_use(self._data_file(run, "terraform.tfstate")))
        if {run.workspace, self._selected_workspace(run)} != {"default"}:
            self._select_workspace(run, progress)
        self._prepared[run.dir] = replace(run, writes=False)
        return said.read_text(_text(done.stdout)) + said.read_text(_text(done.stderr))

    def _plan(self, run: ProjectRun, plan_file: Path, progress: Progress) -> PlanMade:
        if run not in self._initialised:
            self._initialise(run, progress)
        warnings = self._initialised[run]
        self._module_access = {}  # from now on code of the plan may watch what is started
        progress(self._words("plan"))
        _create_private(plan_file)
        refresh = RefreshProgress(progress)
        planned = self._command(
            run,
            "plan",
            "plan",
            ok=(0, 2),  # which of the two is read from the JSON: wrappers turn 2 into 0
            on_stdout=refresh.take,
            out=str(plan_file),
            input=False,
            no_color=FLAG,
            detailed_exitcode=FLAG,
            lock=False,  # docs/adr/0011
            parallelism=self._settings.parallelism,
            var_file=[str(f) for f in run.var_files],
        )
        refresh.end()
        progress(self._words("show"))
        shown = self._command(run, "show", "show", str(plan_file), json=FLAG)
        output = _text(planned.stdout)
        found = (*warnings, *said.read_text(output), *said.read_text(_text(planned.stderr)))
        return PlanMade(
            document=shown.stdout,
            text=plan_text(output),
            plan_file=plan_file,
            lineage=lineage_in(plan_file),
            lock_digest=self._lock_digest(run.dir),
            sources_digest=sources_digest_in(plan_file),
            warnings=said.distinct(d for d in found if d.severity is Severity.WARNING),
            program=self._known().program if self._known().is_tofu else "",
        )

    def _select_workspace(self, run: ProjectRun, progress: Progress) -> None:
        progress(self._words("workspace select"))
        done = self._run(run, "workspace select", run.workspace, no_color=FLAG)
        if done.exit_code == 0:
            return
        if _MISSING_WORKSPACE not in _text(done.stderr):
            self._check(done, "workspace", "workspace select", (0,))
        if not run.writes:
            raise _Stopped(
                "workspace",
                (
                    Diagnostic(
                        Severity.ERROR,
                        f"The workspace {run.workspace} does not exist",
                        "A plan for review writes nothing, so it does not create the workspace. "
                        f"Create it with: {self._words('workspace new')} {run.workspace}",
                    ),
                ),
            )
        progress(self._words("workspace new"))
        lock_timeout = self._settings.lock_timeout
        self._command(
            run, "workspace", "workspace new", run.workspace,
            no_color=FLAG, lock_timeout=lock_timeout, writes=True,
        )  # fmt: skip

    # --- helpers ----------------------------------------------------------------------------

    def _cli(self, run: ProjectRun, extra_environ: Mapping[str, str] | None = None) -> TerraformCli:
        self._before_each()
        environ = {**self._environ, **(extra_environ or {})}
        return TerraformCli(self._binary, run.dir, environ, self._settings.timeout, self._grace)

    def _run(
        self,
        run: ProjectRun,
        command: str,
        *args: str,
        extra_environ: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Completed:
        done = self._cli(run, extra_environ).cmd(command, *args, on_interrupt=self._on_interrupt, **options)
        if done.interrupted:
            raise Interrupted(f"Interrupted during {self._words(command)}, which was stopped gracefully.")
        return done

    def _command(
        self,
        run: ProjectRun,
        stage: str,
        command: str,
        *args: str,
        ok: tuple[int, ...] = (0,),
        **options: Any,
    ) -> Completed:
        done = self._run(run, command, *args, **options)
        self._check(done, stage, command, ok)
        return done

    def _check(self, done: Completed, stage: str, command: str, ok: tuple[int, ...]) -> None:
        if done.timed_out:
            raise _Stopped(stage, self._own((said.timed_out(command, self._settings.timeout),)))
        if done.exit_code not in ok:
            stdout, stderr = _text(done.stdout), _text(done.stderr)
            raise _Stopped(stage, self._own(said.errors_of(stdout, stderr, command, done.exit_code)))

    def _selected_workspace(self, run: ProjectRun) -> str:
        """What an earlier `workspace select` left in the data folder."""
        return self._data_file(run, "environment").strip() or "default"

    def _data_file(self, run: ProjectRun, name: str) -> str:
        """The text of a file in Terraform's data folder, "" where there is none."""
        file = run.dir / self._environ.get("TF_DATA_DIR", ".terraform") / name
        return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""

    def _workspace_for_init(self, run: ProjectRun) -> dict[str, str]:
        """init fails when a leftover selection names a workspace that this backend lacks."""
        return {} if self._selected_workspace(run) == "default" else {"TF_WORKSPACE": "default"}

    def _lock_digest(self, folder: Path) -> str:
        """The SHA-256 of the lock file there was before the first init here, which may write one."""
        if folder not in self._lock_digests:
            file = folder / LOCK_FILE
            digest = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
            self._lock_digests[folder] = digest
        return self._lock_digests[folder]

    def _apply_var_files(self, run: ProjectRun, plan: Plan, version: Version) -> list[str]:
        """Ephemeral variables are not in the plan file and must be given again."""
        if version.numbers < _EPHEMERAL_SINCE[version.is_tofu]:
            return []
        if not has_ephemeral_variables(plan.configuration, plan.variables):
            return []
        return [str(f) for f in run.var_files]


def _create_private(file: Path) -> None:
    """An empty file with mode 0600: Terraform fills it and keeps its mode."""
    file.unlink(missing_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _module_files(folder: Path) -> dict[str, str]:
    """The texts of the files that may be a root module's, by name."""
    files = (f for f in folder.iterdir() if f.name.endswith(_MODULE_FILES) and f.is_file())
    return {f.name: f.read_text(encoding="utf-8", errors="replace") for f in files}


def _refuse(backend: Backend | None) -> None:
    """Stop where Terraform would run elsewhere: before `init`, which would connect to it."""
    if (why := why_refused(backend)) and backend:
        raise _Stopped("init", (Diagnostic(Severity.ERROR, *why, backend.file, backend.line),))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _text_only(data: bytes) -> str:
    """The lines of a JSON stream that are not JSON."""
    return "\n".join(line for line in _text(data).split("\n") if not line.startswith("{"))


def _silent(_line: str) -> None:
    """Progress nobody follows."""
