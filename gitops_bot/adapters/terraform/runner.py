"""`TerraformRunner` with the real binary."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gitops_bot.adapters.process import Completed, Grace
from gitops_bot.adapters.terraform import diagnostics as said
from gitops_bot.adapters.terraform.apply_stream import ApplyStream
from gitops_bot.adapters.terraform.binary import find_binary, read_version, version_numbers
from gitops_bot.adapters.terraform.cli import FLAG, TerraformCli
from gitops_bot.adapters.terraform.environment import child_environment
from gitops_bot.adapters.terraform.plan_output import (
    RefreshProgress,
    has_ephemeral_variables,
    lineage_in,
    lineage_of,
    plan_text,
    sources_digest_in,
)
from gitops_bot.adapters.terraform.session_watch import SessionWatch
from gitops_bot.core.environments import TerraformSettings
from gitops_bot.core.errors import CloudRefused, Interrupted, RunFailed
from gitops_bot.core.plan import Plan, read_plan
from gitops_bot.core.report import Applied, Diagnostic, Severity
from gitops_bot.ports import CloudSession, PlanErrored, PlanMade, PlanResult, Progress, ProjectRun

LOCK_FILE = ".terraform.lock.hcl"
_EPHEMERAL_SINCE = (1, 10)
_MISSING_WORKSPACE = "doesn't exist"


class _Stopped(Exception):
    """A stage ended in an error."""

    def __init__(self, stage: str, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(stage)
        self.stage = stage
        self.diagnostics = diagnostics


class TerraformBinary:
    """Runs Terraform for projects, one command at a time. Not for use by several threads at once."""

    def __init__(
        self,
        settings: TerraformSettings,
        environ: Mapping[str, str],
        session: CloudSession,
        grace: Grace | None = None,
    ) -> None:
        self._settings = settings
        self._given = self._environ = child_environment(environ, passed=settings.pass_env)
        self._session = session
        self._grace = grace
        self._binary = ""
        self._version = ""
        self._lock_digests: dict[Path, str] = {}
        self._prepared: dict[Path, ProjectRun] = {}

    def version(self) -> str:
        """Terraform's version, asked once."""
        if not self._version:
            self._binary = find_binary(self._settings.binary, self._given)
            self._version = read_version(self._binary, self._given)
        return self._version

    def plan(self, run: ProjectRun, plan_file: Path, progress: Progress) -> PlanResult:
        """init, workspace, plan -out, show -json. `plan_file` is written with mode 0600."""
        self.version()
        try:
            self._enter(progress)
            warnings = self._prepare(run, progress)
            return self._plan(run, plan_file, progress, warnings)
        except _Stopped as stop:
            plan_file.unlink(missing_ok=True)
            return PlanErrored(stop.stage, stop.diagnostics)
        except CloudRefused as refused:
            return PlanErrored("credentials", (said.refused(refused),))
        except BaseException:
            plan_file.unlink(missing_ok=True)
            raise

    def apply(self, run: ProjectRun, made: PlanMade, progress: Progress) -> Applied:
        """apply -json of exactly `made.plan_file`, with what was done to each resource.

        After a signal the result is returned, with `interrupted` set, so that it can be recorded.
        """
        version = self.version()
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

        progress("terraform apply")
        done = self._cli(run).cmd(
            "apply",
            str(made.plan_file),
            json=FLAG,
            input=False,
            lock_timeout=self._settings.lock_timeout,
            parallelism=self._settings.parallelism,
            var_file=self._apply_var_files(run, plan, version),
            on_stdout=take,
        )
        more: tuple[Diagnostic, ...] = ()
        if done.timed_out:
            more = (said.timed_out("apply", self._settings.timeout),)
        elif done.exit_code != 0 and not stream.has_error:
            more = said.errors_of(_text_only(done.stdout), _text(done.stderr), "apply", done.exit_code)
        if done.exit_code != 0:
            more += watch.verdict()
        return stream.result(done.exit_code == 0, done.interrupted, more)

    def lineage(self, run: ProjectRun) -> str:
        """The lineage of the state as it is now, "" when there is none."""
        self.version()
        try:
            self._enter(_silent)
            if self._prepared.get(run.dir) != run:
                self._prepare(run, _silent)
            done = self._command(run, "state", "state pull")
        except _Stopped as stop:
            first = stop.diagnostics[0]
            raise RunFailed(
                f"The state cannot be read ({stop.stage}): {first.summary}", first.detail
            ) from None
        return lineage_of(done.stdout)

    def _enter(self, progress: Progress) -> None:
        """Have credentials for the next commands. Raises `CloudRefused`."""
        self._session.open(progress)
        self._environ = self._session.replace_in(self._given)

    # --- the stages -------------------------------------------------------------------------

    def _prepare(self, run: ProjectRun, progress: Progress) -> tuple[Diagnostic, ...]:
        """init and workspace; the warnings of init."""
        self._prepared.pop(run.dir, None)
        if cache := self._environ.get("TF_PLUGIN_CACHE_DIR"):
            Path(cache).mkdir(parents=True, exist_ok=True)  # one that is missing is ignored silently
        progress("terraform init")
        done = self._command(
            run,
            "init",
            "init",
            extra_environ=self._workspace_for_init(run),
            input=False,
            no_color=FLAG,
            backend_config=[str(f) for f in run.backend_config],
            lockfile="readonly" if self._lock_digest(run.dir) else None,
            reconfigure=FLAG,
        )
        if {run.workspace, self._selected_workspace(run)} != {"default"}:
            self._select_workspace(run, progress)
        self._prepared[run.dir] = run
        return said.read_text(_text(done.stdout)) + said.read_text(_text(done.stderr))

    def _plan(
        self, run: ProjectRun, plan_file: Path, progress: Progress, warnings: tuple[Diagnostic, ...]
    ) -> PlanMade:
        progress("terraform plan")
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
            lock=run.lock,
            lock_timeout=self._settings.lock_timeout if run.lock else None,
            parallelism=self._settings.parallelism,
            var_file=[str(f) for f in run.var_files],
        )
        refresh.end()
        progress("terraform show")
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
        )

    def _select_workspace(self, run: ProjectRun, progress: Progress) -> None:
        progress("terraform workspace select")
        done = self._run(run, "workspace select", run.workspace, no_color=FLAG)
        if done.exit_code == 0:
            return
        if _MISSING_WORKSPACE not in _text(done.stderr):
            self._check(done, "workspace", "workspace select", (0,))
        if not run.lock:
            raise _Stopped(
                "workspace",
                (
                    Diagnostic(
                        Severity.ERROR,
                        f"The workspace {run.workspace} does not exist",
                        "A plan for review writes nothing, so it does not create the workspace. "
                        f"Create it with: terraform workspace new {run.workspace}",
                    ),
                ),
            )
        progress("terraform workspace new")
        lock_timeout = self._settings.lock_timeout
        self._command(
            run, "workspace", "workspace new", run.workspace, no_color=FLAG, lock_timeout=lock_timeout
        )

    # --- helpers ----------------------------------------------------------------------------

    def _cli(self, run: ProjectRun, extra_environ: Mapping[str, str] | None = None) -> TerraformCli:
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
        done = self._cli(run, extra_environ).cmd(command, *args, **options)
        if done.interrupted:
            raise Interrupted(f"Interrupted during terraform {command}, which was stopped gracefully.")
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
            raise _Stopped(stage, (said.timed_out(command, self._settings.timeout),))
        if done.exit_code not in ok:
            stdout, stderr = _text(done.stdout), _text(done.stderr)
            raise _Stopped(stage, said.errors_of(stdout, stderr, command, done.exit_code))

    def _selected_workspace(self, run: ProjectRun) -> str:
        """What an earlier `workspace select` left in the data folder."""
        file = run.dir / self._environ.get("TF_DATA_DIR", ".terraform") / "environment"
        return file.read_text(encoding="utf-8").strip() if file.is_file() else "default"

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

    def _apply_var_files(self, run: ProjectRun, plan: Plan, version: str) -> list[str]:
        """Ephemeral variables are not in the plan file and must be given again."""
        if version_numbers(version) < _EPHEMERAL_SINCE:
            return []
        if not has_ephemeral_variables(plan.configuration, plan.variables):
            return []
        return [str(f) for f in run.var_files]


def _create_private(file: Path) -> None:
    """An empty file with mode 0600: Terraform fills it and keeps its mode."""
    file.unlink(missing_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _text_only(data: bytes) -> str:
    """The lines of a JSON stream that are not JSON."""
    return "\n".join(line for line in _text(data).split("\n") if not line.startswith("{"))


def _silent(_line: str) -> None:
    """Progress nobody follows."""
