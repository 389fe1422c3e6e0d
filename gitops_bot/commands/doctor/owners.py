"""Do the files that decide what may be applied have owners?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitops_bot.commands.doctor.sentences import all_of
from gitops_bot.commands.effects import CONFIG_FILE
from gitops_bot.core.checkup import Finding, Level
from gitops_bot.core.code_owners import PLACES, owners_of
from gitops_bot.core.environments import Settings
from gitops_bot.core.topics import Topic


def check_owners(
    file: str, text: str | None, workflows: Sequence[str], settings: Settings
) -> Iterator[Finding]:
    """`file` is the CODEOWNERS file and `text` what it says, None where there is none; `workflows` are the
    files that run the bot. Without one, only a team that asks for reviews is told."""
    decisive = (CONFIG_FILE, *workflows)
    if text is None:
        if settings.approval.reviews > 0:
            yield Finding(
                Level.WARNING,
                Topic.REPOSITORY,
                f"Anybody who may approve a pull request may let a change of {all_of(decisive)} in.",
                f"Name their owners in {PLACES[0]}, and require reviews from code owners.",
            )
        return
    unowned = [path for path in (*decisive, file) if not owners_of(text, path)]
    if unowned:
        lines = ", ".join(f"`/{path} @OWNER`" for path in unowned)
        says = f"{all_of(unowned)} {'has' if len(unowned) == 1 else 'have'} no owner."
        yield Finding(Level.WARNING, Topic.REPOSITORY, says, f"Add {lines}.", file)
    else:
        says = (
            "The configuration, the workflow and this file have owners, who are asked where a branch's rules "
            "require the review of code owners."
        )
        yield Finding(Level.OK, Topic.REPOSITORY, says, "", file)
