"""A person at a terminal, as `commands.init.Questions`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from gitops_bot.config.rules import account_problem
from gitops_bot.core.stages import Stage, read_stage


class Terminal:
    """Asks on standard error, so that standard output stays what was asked for."""

    def stages(self, default: Sequence[Stage]) -> tuple[Stage, ...]:
        """The environments in promotion order."""
        answer: str = click.prompt(
            "Environments in promotion order, lowest first (NAME or NAME=BRANCH)",
            default=" ".join(stage.name for stage in default),
            err=True,
        )
        return tuple(read_stage(word) for word in answer.replace(",", " ").split())

    def account(self, environment: str) -> str:
        """The environment's AWS account id; "" for later."""

        def checked(text: str) -> str:
            if text and (problem := account_problem(text)):
                raise click.BadParameter(f"{problem[0]}: give 12 digits, or nothing for later.")
            return text

        answer: str = click.prompt(
            f"AWS account id of {environment} (empty: later)",
            default="",
            show_default=False,
            value_proc=checked,
            err=True,
        )
        return answer

    def write(self, paths: Sequence[str]) -> bool:
        """Whether these files, shown before, may be written."""
        return click.confirm(f"Write {', '.join(paths)}?", default=True, err=True)

    def overwrite(self, path: str) -> bool:
        """Whether a file that is there may be replaced by what was shown."""
        return click.confirm(f"{path} is there and differs. Replace it as shown?", default=False, err=True)
