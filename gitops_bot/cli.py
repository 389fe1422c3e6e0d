"""The command line: parse and call. Nothing else happens here."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gitops_bot import __version__
from gitops_bot.adapters.signals import SIGNALS, one_signal_to_the_end
from gitops_bot.console import SHOW_JSON, CommandGroup, read_bytes, read_plan_text, say
from gitops_bot.core.errors import BadInput, ExitCode
from gitops_bot.core.topics import Topic

if TYPE_CHECKING:
    from pathlib import Path

Command = TypeVar("Command", bound=Callable[..., Any])


class _Path(click.Path):
    """Gives a `pathlib.Path`, and loads that only for a command that takes one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from pathlib import Path

        return Path(os.fsdecode(super().convert(value, param, ctx)))


_FOLDER = _Path()
_folder = click.argument("folder", type=_FOLDER, default=".", metavar="[DIR]")
_config = click.option(
    "--config", type=_FOLDER, metavar="FILE", help="The configuration; else DIR/.gitops-bot.yml."
)
_repository = click.option(
    "--repository", metavar="OWNER/REPO", help="Else GITHUB_REPOSITORY, else the remote origin's."
)


def _format(command: str, *forms: str) -> Callable[[Command], Command]:
    """The option `--format` of a command; the first form is its default."""
    return click.option(
        "--format",
        "form",
        envvar=f"GITOPS_BOT_{command}_FORMAT",
        type=click.Choice(forms),
        default=forms[0],
        show_default=True,
    )


@click.group(
    cls=CommandGroup,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "GITOPS_BOT",
        "max_content_width": 80,
    },
)
@click.version_option(__version__, prog_name="gitops-bot")
def cli() -> None:
    """Plan, review, apply and promote Terraform across environment branches."""
    from gitops_bot.app.certificates import trust_certificates

    trust_certificates(os.environ)


@cli.command()
@click.pass_context
def run(ctx: click.Context) -> None:
    """Act on the event of a GitHub Actions step.

    Reads the standard GITHUB_* variables; the action calls this.
    """
    from gitops_bot.app.step import run as run_step

    ctx.exit(run_step(os.environ, sys.stdout))


@cli.command()
@_folder
@click.option("--environment", metavar="NAME", help="The environment; else the checked-out branch's.")
@click.option(
    "--project",
    "projects",
    multiple=True,
    envvar="GITOPS_BOT_PLAN_PROJECT",
    metavar="NAME",
    help="Only this project; can be repeated.",
)
@_config
@click.option("--assume-role", is_flag=True, help="With the environment's AWS plan role, not as yourself.")
@_format("PLAN", "markdown", "json")
@click.pass_context
def plan(
    ctx: click.Context,
    folder: Path,
    environment: str | None,
    projects: tuple[str, ...],
    config: Path | None,
    assume_role: bool,
    form: str,
) -> None:
    """Plan the repository in DIR on this machine and print the comment.

    Nothing is approved and nothing is written to the state. Progress goes to
    standard error.
    """
    from gitops_bot.app.folder import plan as plan_folder

    code, text = plan_folder(
        folder,
        os.environ,
        lambda line: say(line, err=True),
        environment=environment,
        projects=projects,
        config=config,
        assume_role=assume_role,
        as_json=form == "json",
    )
    say(text, exact=form == "json")
    ctx.exit(code)


@cli.command()
@click.argument("plan_json", metavar="PLAN_JSON")
@click.option("--text", metavar="FILE", help="Terraform's own text of the same plan.")
@click.option(
    "--environment", default="local", metavar="NAME", show_default=True, help="Named in the heading."
)
@click.option("--project", default="default", metavar="NAME", show_default=True, help="Named in the report.")
@_format("RENDER", "markdown", "html", "json")
@click.option(
    "--max-bytes",
    type=click.IntRange(min=2048),
    default=65_536,
    show_default=True,
    help="Bound of the Markdown.",
)
def render(
    plan_json: str, text: str | None, environment: str, project: str, form: str, max_bytes: int
) -> None:
    """Render PLAN_JSON (`terraform show -json FILE`; `-` reads standard input)."""
    from gitops_bot.commands.render_plan import Form, render_plan

    if plan_json == text == "-":
        raise BadInput("Standard input cannot be both PLAN_JSON and --text.", "Name a file for one of them.")
    source = "Standard input" if plan_json == "-" else repr(plan_json)
    rendered = render_plan(
        read_bytes(plan_json, SHOW_JSON),
        source,
        read_plan_text(text) if text else "",
        environment=environment,
        project=project,
        form=Form(form),
        max_bytes=max_bytes,
    )
    if form == "html":  # it holds nothing that a runner takes for a command
        click.echo(rendered, nl=False)
    else:
        say(rendered, exact=form == "json")


@cli.command()
@_folder
@click.option(
    "--environment",
    "environments",
    multiple=True,
    envvar="GITOPS_BOT_INIT_ENVIRONMENT",
    metavar="NAME[=BRANCH]",
    help="An environment; repeat it in promotion order. Else they are found.",
)
@click.option("--yes", is_flag=True, help="Ask nothing; take what is found, and the defaults.")
@click.option("--force", is_flag=True, help="Also replace files that are there and differ.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@click.pass_context
def init(
    ctx: click.Context, folder: Path, environments: tuple[str, ...], yes: bool, force: bool, dry_run: bool
) -> None:
    """Set up the repository in DIR: its configuration and its workflow.

    Looks at branches, root modules, backends and var files, asks what it cannot
    find, shows the difference, and writes. Nothing is committed or pushed.
    """
    from gitops_bot.app.init import init as set_up

    code = set_up(
        folder,
        os.environ,
        say,
        environments=environments,
        yes=yes,
        force=force,
        dry_run=dry_run,
        at_terminal=sys.stdin is not None and sys.stdin.isatty(),
    )
    ctx.exit(code)


@cli.command()
@_folder
@_config
def validate(folder: Path, config: Path | None) -> None:
    """Check the configuration in DIR and list every mistake at once."""
    from gitops_bot.app.folder import validate as check_folder

    click.echo(check_folder(folder, config))


@cli.command()
@_folder
@click.option("--aws", is_flag=True, help="Assume each environment's plan role too.")
@click.option(
    "--only",
    multiple=True,
    envvar="GITOPS_BOT_DOCTOR_ONLY",
    type=click.Choice([topic.value for topic in Topic]),
    metavar="TOPIC",
    help="Only this topic; can be repeated.",
)
@_repository
@_config
@_format("DOCTOR", "text", "json")
@click.pass_context
def doctor(
    ctx: click.Context,
    folder: Path,
    aws: bool,
    only: tuple[str, ...],
    repository: str | None,
    config: Path | None,
    form: str,
) -> None:
    """Check that DIR's repository is set up for the bot.

    Configuration, workflow, Terraform, states, and what GitHub says about the
    repository, each with the fix. GitHub is asked with GITHUB_TOKEN or
    GH_TOKEN; an administrator's sees all. Nothing is changed. The exit code is
    1 for an error, 0 for warnings.

    Topics: configuration, workflow, terraform, state, token, repository,
    branches, roles.
    """
    from gitops_bot.app.checks import doctor as look

    code, text = look(
        folder,
        os.environ,
        lambda line: say(line, err=True),
        config=config,
        aws=aws,
        only=only,
        repository=repository,
        as_json=form == "json",
    )
    say(text, exact=form == "json")
    ctx.exit(code)


@cli.command()
@_folder
@click.option("--environment", metavar="NAME", help="Only this environment; else all.")
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=20,
    metavar="N",
    show_default=True,
    help="The most applies to show.",
)
@_repository
@_config
@_format("HISTORY", "text", "json")
def history(
    folder: Path,
    environment: str | None,
    limit: int,
    repository: str | None,
    config: Path | None,
    form: str,
) -> None:
    """Show what was applied in the environments of DIR, newest first.

    By whom, when, from which pull requests, and how it ended. The token is
    GITHUB_TOKEN or GH_TOKEN; nothing is changed.
    """
    from gitops_bot.app.repository import history as read_history

    text = read_history(
        folder,
        os.environ,
        environment=environment,
        limit=limit,
        repository=repository,
        config=config,
        as_json=form == "json",
    )
    click.echo(text)


@cli.command()
@_folder
@_repository
@_config
@_format("STATUS", "text", "markdown", "json")
def status(folder: Path, repository: str | None, config: Path | None, form: str) -> None:
    """Show where every environment of DIR stands, and what waits.

    What is applied, since when, whether it settled or drifted, which changes
    wait to come in, and why they cannot. The token is GITHUB_TOKEN or
    GH_TOKEN; nothing is changed.
    """
    from gitops_bot.app.repository import status as read_status

    text = read_status(folder, os.environ, repository=repository, config=config, form=form)
    say(text, exact=form == "json")


@cli.command()
@click.argument("environment", metavar="ENVIRONMENT")
@_folder
@click.option(
    "--to-commit", default="", metavar="SHA", help="Back to this earlier applied commit of ENVIRONMENT."
)
@_repository
@click.option(
    "--workflow", default="gitops.yml", metavar="FILE", show_default=True, help="The workflow's file name."
)
@_config
def promote(
    environment: str, folder: Path, to_commit: str, repository: str | None, workflow: str, config: Path | None
) -> None:
    """Ask for the pull request that carries what is applied below.

    Starts the workflow of DIR's repository, which opens the pull request into
    ENVIRONMENT or brings it up to date. The token is GITHUB_TOKEN or GH_TOKEN
    and needs `actions: write`.
    """
    from gitops_bot.app.repository import promote as ask

    text = ask(
        environment,
        folder,
        os.environ,
        to_commit=to_commit,
        repository=repository,
        workflow=workflow,
        config=config,
    )
    say(text)


@cli.command()
@_folder
@click.option("--environment", metavar="NAME", required=True, help="The environment whose states are locked.")
@_repository
@_config
@click.pass_context
def unlock(
    ctx: click.Context, folder: Path, environment: str, repository: str | None, config: Path | None
) -> None:
    """Release the state locks that ended runs of this program left.

    The lock of anybody else is shown, with who took it and since when, and
    left alone; the exit code is then 1. The token is GITHUB_TOKEN or GH_TOKEN.
    """
    from gitops_bot.app.repository import unlock as release

    code, text = release(folder, os.environ, environment=environment, repository=repository, config=config)
    say(text)
    ctx.exit(code)


@cli.command()
@click.option(
    "--out", type=_FOLDER, default="demo", metavar="DIR", show_default=True, help="Where the story goes."
)
@click.pass_context
def demo(ctx: click.Context, out: Path) -> None:
    """Play the whole story on this machine, in a sandbox on loopback."""
    from gitops_bot.app.checks import demo as play

    ctx.exit(play(out, os.environ, sys.stdout))


def main() -> None:
    """The console script."""
    # Between Terraform's commands, too, a signal must leave no plan file behind; and the second one of a
    # cancelled job must change neither the last words nor the exit code.
    one_signal_to_the_end()
    # What is loaded stays, and the collector would look through it again every 700 objects.
    gc.set_threshold(50_000)
    if sys.stdout is None or sys.stderr is None:
        sys.exit(ExitCode.BAD_INPUT)
    try:
        cli()
    finally:
        # All is done and said. Python sets back its own handlers before it ends, and then a SIGTERM would
        # kill it; ignored ones stay so.
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        gc.freeze()  # nor does it at the end
