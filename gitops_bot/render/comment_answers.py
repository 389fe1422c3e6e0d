"""What a command in a comment is answered with in words."""

from __future__ import annotations

from gitops_bot.core.comment_rules import CommandRules, Level, Word
from gitops_bot.core.events import CALL
from gitops_bot.render.guide import COMMANDS
from gitops_bot.render.markdown import inline

_DOES = {
    Word.PLAN: "plans this pull request again",
    Word.APPLY: "applies the branch after the merge, where that apply failed or was blocked",
    Word.PROMOTE: "opens the pull request that carries what is applied here into the environment above",
    Word.STATUS: "shows where every environment stands",
    Word.UNLOCK: "releases the state locks that ended runs left",
    Word.HELP: "shows this",
}


def render_answer(sentence: str, link: str = "") -> str:
    """A sentence, which may quote a server, and where to look."""
    more = f" [Its runs]({link})." if link else ""
    return f"{inline(sentence)}{more}"


def render_help(rules: CommandRules, first: str = "") -> str:
    """The commands, each with what it does and who may give it."""
    rows = [
        f"| `{CALL} {word}` | {_DOES[word]} | {rules.level(word)} |"
        for word in Word
        if rules.level(word) is not Level.NOBODY
    ]
    lines = [first, ""] if first else []
    table = ["| in the first line of a comment | does | needs |", "|---|---|---|", *rows]
    return "\n".join([*lines, *table, "", f"[More about each]({COMMANDS})"])
