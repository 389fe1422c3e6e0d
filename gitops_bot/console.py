"""How the command line reads and speaks: its inputs, its results, its errors and their exit codes."""

from __future__ import annotations

import os
import sys

import click

from gitops_bot import __version__
from gitops_bot.adapters.signals import hold_signals
from gitops_bot.core.errors import BadInput, ExitCode, GitopsBotError

ISSUES = "https://github.com/gitops-bot/gitops-bot/issues"


class CommandGroup(click.Group):
    """Turns our errors into a message and a stable exit code, and everything else into a report."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; its end is always an exit code."""
        try:
            return super().invoke(ctx)
        except GitopsBotError as error:
            _complain(error.message, error.hint)
            ctx.exit(error.exit_code)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            _complain("Interrupted.", "", quotes=False)  # what redacts may be half loaded
            ctx.exit(ExitCode.INTERRUPTED)
        except BrokenPipeError:  # `gitops-bot render … | head` is no failure
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - must outlive this frame
            ctx.exit(ExitCode.DONE)
        except OSError as error:
            what = repr(error.filename) if error.filename else "A file or the output"
            _complain(f"{what} cannot be read or written: {error.strerror or error}.", "")
            ctx.exit(ExitCode.FAILED)
        except Exception as error:
            _complain(
                f"This is a defect of gitops-bot {__version__}: {type(error).__name__}.",
                f"Please report it with the lines below at {ISSUES}; look through them for secrets first.",
            )
            import traceback

            click.echo("".join(traceback.format_tb(error.__traceback__)), err=True)
            ctx.exit(ExitCode.FAILED)


def _complain(message: str, hint: str, *, quotes: bool = True) -> None:
    """Tell an error. One that `quotes` Terraform or a server may quote a secret."""
    hold_signals()
    if quotes:
        from gitops_bot.app.process import step_redactor

        redact = step_redactor(os.environ)
        message, hint = redact(message), redact(hint)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        click.echo(
            "::error::"
            + f"{message} {hint}".strip()
            .replace("##[", "## [")
            .replace("%", "%25")
            .replace("\r", "%0D")
            .replace("\n", "%0A")
        )
    for line in f"Error: {message}\n{hint}".rstrip("\n").splitlines():
        click.echo(_harmless(line), err=True)


def _harmless(line: str) -> str:
    """The runner takes what it finds in either stream for commands, and text may quote a hostile file."""
    line = line.replace("##[", "## [")
    return "| " + line if line.lstrip().startswith("::") else line


def say(text: str, *, err: bool = False, exact: bool = False) -> None:
    """Print a result or progress. JSON stays `exact`, with an escape that means the same."""
    if os.environ.get("GITHUB_ACTIONS") == "true" and exact:
        text = text.replace("##[", "#\\u0023[")
    elif os.environ.get("GITHUB_ACTIONS") == "true":
        text = "\n".join(map(_harmless, text.split("\n")))
    click.echo(text, err=err)


SHOW_JSON = "Give the output of `terraform show -json PLAN_FILE`."
_SHOW_TEXT = "Give the output of `terraform show -no-color PLAN_FILE`."


def read_bytes(path: str, hint: str) -> bytes:
    """A file's bytes, or those of standard input for `-`. `hint` says what was to be given."""
    if path != "-":
        from pathlib import Path

        try:
            return Path(path).read_bytes()
        except (OSError, ValueError) as error:  # ValueError: a name that no file can have
            reason = error.strerror if isinstance(error, OSError) else error
            raise BadInput(f"{path!r} cannot be read: {reason}.", hint) from error
    if sys.stdin is None:
        raise BadInput("Standard input is closed.", hint)
    if sys.stdin.isatty():
        raise BadInput(
            "Standard input is a terminal, not a plan's JSON.", f"{hint} Pipe it in, or name a file."
        )
    try:
        return sys.stdin.buffer.read()
    except OSError as error:
        raise BadInput(f"Standard input cannot be read: {error.strerror}.", hint) from error


def read_plan_text(path: str) -> str:
    """Terraform's own text of a plan. Raises `BadInput` for anything else."""
    import re

    from gitops_bot.core.plan import as_unicode

    data = read_bytes(path, _SHOW_TEXT)
    if data.startswith(b"PK\x03\x04"):
        raise BadInput(f"{path!r} is a binary plan file, not Terraform's text.", _SHOW_TEXT)
    try:
        text = as_unicode(data)
    except UnicodeError as error:
        raise BadInput(f"{path!r} is neither UTF-8 nor UTF-16 text.", _SHOW_TEXT) from error
    if re.match(r"\s*+\{", text):
        raise BadInput(f"{path!r} is JSON, not Terraform's text.", _SHOW_TEXT)
    if "\x1b" in text and re.search(r"^\x1b\[[0-9;]*m( *# |Plan: |Terraform )", text, re.MULTILINE):
        raise BadInput(f"{path!r} is Terraform's text with colours.", _SHOW_TEXT)
    return text
