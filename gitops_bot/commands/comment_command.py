"""A command in a comment: ask GitHub who may, acknowledge it, start or answer what was asked for."""

from __future__ import annotations

from gitops_bot.commands.board import read_board
from gitops_bot.commands.checks import find, plan_check, run_of
from gitops_bot.commands.effects import Effects, RunFacts
from gitops_bot.commands.publish import redactor_for
from gitops_bot.core.comment_commands import (
    Asked,
    Commented,
    Reaction,
    Refuse,
    Rerun,
    ShowBoard,
    ShowHelp,
    Start,
    Unknown,
    answer_to,
    may,
    read_command,
)
from gitops_bot.core.comment_rules import Word
from gitops_bot.core.environments import Environment, Settings
from gitops_bot.core.errors import ExitCode, GitopsBotError
from gitops_bot.core.events import CALL, Command, CommentPosted
from gitops_bot.core.promotion import comes_from
from gitops_bot.core.report import RunStatus
from gitops_bot.ports import PullRequest
from gitops_bot.render.board import Form, render_board
from gitops_bot.render.comment_answers import render_answer, render_help


def answer_comment(event: CommentPosted, settings: Settings, effects: Effects, facts: RunFacts) -> ExitCode:
    """Do what the comment asks for. Those who may not get a reaction and no words: nobody makes us talk.

    Raises what GitHub refuses, after the pull request was told.
    """
    asked = read_command(event.body)
    if asked is None:
        return _ignored(f"The comment does not say `{CALL} COMMAND` in its first line.", effects)
    host = effects.host
    if not may(asked, host.permission(event.author), settings.commands):
        host.react(event.comment, Reaction.REFUSED)
        return _ignored(f"{ascii(event.author)[1:-1]} may not give this command here.", effects)
    return _Answering(event, settings, effects, facts).run(asked)


def _ignored(why: str, effects: Effects) -> ExitCode:
    effects.step.log(f"Ignored: {why}")
    effects.step.output("result", RunStatus.IGNORED.value)
    return ExitCode.DONE


class _Answering:
    """One command of somebody who may give it."""

    def __init__(self, event: CommentPosted, settings: Settings, effects: Effects, facts: RunFacts) -> None:
        self._event, self._settings, self._effects, self._facts = event, settings, effects, facts
        self._redactor = redactor_for(settings, facts.secrets, ())

    def run(self, asked: Asked) -> ExitCode:
        """React, do it, and say in words what a reaction cannot."""
        if isinstance(asked, Unknown):
            self._react(Reaction.NOT_UNDERSTOOD)
            self._reply(render_help(self._settings.commands, "That is none of the commands."))
            return self._ends(RunStatus.IGNORED)
        pull = self._effects.host.pull_request(self._event.number)
        environment = self._settings.environment_of_branch(pull.base_branch)
        if environment is None:
            return self._refused("Its branch stands for no environment.")
        self._effects.step.output("environment", environment.name)
        try:
            return self._do(asked, pull, environment)
        except GitopsBotError as error:
            self._refused(f"{error.message} {error.hint}".strip())
            raise

    def _do(self, asked: Word, pull: PullRequest, environment: Environment) -> ExitCode:
        from_fork = pull.head_repository.lower() != self._facts.repository.lower()
        about = Commented(pull.number, pull.state == "open", pull.merged, from_fork)
        match answer_to(asked, about, environment, self._settings):
            case Refuse(why):
                return self._refused(why)
            case ShowHelp():
                self._react(Reaction.SEEN)
                self._reply(render_help(self._settings.commands))
                return self._ends(RunStatus.NO_CHANGES)
            case ShowBoard():
                return self._board()
            case Rerun():
                return self._rerun(pull, environment)
            case Start() as start:
                return self._start(start)

    def _board(self) -> ExitCode:
        self._react(Reaction.SEEN)
        board = read_board(self._settings, self._effects, self._facts.repository)
        self._reply(f"### Environments\n\n{render_board(board, Form.MARKDOWN, redactor=self._redactor)}")
        return self._ends(RunStatus.NO_CHANGES)

    def _start(self, start: Start) -> ExitCode:
        if not self._facts.workflow:
            return self._refused(
                "This run does not know its own workflow file, which is what would be started. "
                f"Dispatch `{start.command}` for {start.environment} on {start.branch} by hand."
            )
        inputs = {"command": start.command.value, "environment": start.environment}
        self._effects.host.dispatch_workflow(self._facts.workflow, start.branch, inputs)
        self._react(Reaction.STARTED)
        said = f"Dispatched `{start.command}` for {start.environment} on {start.branch}."
        self._effects.step.log(said)
        if start.command.value == Word.UNLOCK:  # its run writes nowhere else
            self._reply(render_answer(said, self._runs_page()))
        return self._ends(RunStatus.DISPATCHED)

    def _rerun(self, pull: PullRequest, environment: Environment) -> ExitCode:
        """Its own run again, which has the rights a pull request's run has and no more."""
        host = self._effects.host
        found = host.pull_request_runs(self._facts.workflow, pull.head) if self._facts.workflow else ()
        runs = [run for run in found if not run.skipped]
        if any(not run.ended for run in runs):
            self._react(Reaction.SEEN)
            self._effects.step.log("A run of this commit is under way already.")
            return self._ends(RunStatus.NO_CHANGES)
        below = self._settings.below(environment)
        if not runs and below is not None and comes_from(pull.head_branch, below, environment):
            # Opened with the workflow's token, which starts no run of its own: a dispatch planned it.
            return self._start(Start(Command.PROMOTE, environment.name, below.branch))
        if not runs:
            return self._refused(
                "There is no run of its newest commit to repeat. Push a commit, or close and reopen it."
            )
        # One commit may be the head of two pull requests; its check names the run of this one.
        check = find(host.check_runs(pull.head), plan_check(environment.name))
        named = run_of(check, pull.number) if check is not None else ""
        chosen = next((run for run in runs if run.id == named), runs[0])
        host.rerun(chosen.id)
        self._react(Reaction.STARTED)
        self._effects.step.log(f"Run {chosen.id} plans pull request #{pull.number} again.")
        return self._ends(RunStatus.DISPATCHED)

    def _runs_page(self) -> str:
        facts = self._facts
        return f"{facts.server_url}/{facts.repository}/actions/workflows/{facts.workflow}"

    def _refused(self, why: str) -> ExitCode:
        self._react(Reaction.NOT_UNDERSTOOD)
        self._reply(render_answer(f"Nothing was done. {why}"))
        self._effects.step.log(self._redactor(f"Nothing was done. {why}"))
        return self._ends(RunStatus.IGNORED)

    def _react(self, reaction: Reaction) -> None:
        """A smile is worth no failed run."""
        try:
            self._effects.host.react(self._event.comment, reaction)
        except GitopsBotError as error:
            self._effects.step.log(self._redactor(f"The reaction was not set: {error.message}"))

    def _reply(self, text: str) -> None:
        self._effects.host.create_comment(self._event.number, self._redactor(text), "")

    def _ends(self, status: RunStatus) -> ExitCode:
        self._effects.step.output("result", status.value)
        return ExitCode.DONE
