"""The story the demo plays: the way up through four environments, what stops it, and a hotfix's way down."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from html import unescape
from pathlib import Path

from gitops_bot.core.errors import RunFailed
from gitops_bot.sandbox import demo_repository as files
from gitops_bot.sandbox.demo_runner import Run, Runner, Started, checkout, clean_environment, label
from gitops_bot.sandbox.hub import Hub
from gitops_bot.sandbox.narrator import Narrator
from gitops_bot.sandbox.records import Event
from gitops_bot.sandbox.refusals import Refused
from gitops_bot.sandbox.transcript import Conversations

AUTHOR, OWNER = "mona", "hubot"
WORKFLOW = "gitops.yml"
RESOURCES = (
    "terraform_data.database",
    "terraform_data.network",
    'terraform_data.service["cart"]',
    'terraform_data.service["catalog"]',
)
HOTFIX_LABEL = "gitops-bot: hotfix"
_GLANCE = 0.01
"""Seconds between two looks at what a run has opened."""
_TOLD = re.compile(r"Apply complete|Resource instance ")
HOSTILE_TITLE = "<script>alert(1)</script> @everyone `::set-output name=a::b` </h2>"


class StoryFailed(RunFailed):
    """Something went another way than the story tells."""


def resources(state: Path) -> tuple[str, ...]:
    """The addresses in a state file, sorted; nothing when there is none."""
    if not state.exists():
        return ()
    found = []
    for block in json.loads(state.read_text(encoding="utf-8"))["resources"]:
        for instance in block["instances"]:
            key = f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""
            found.append(f"{block['type']}.{block['name']}{key}")
    return tuple(sorted(found))


def gist(comment: str) -> list[str]:
    """The lines of a comment that say the most, without Markdown: heading, reasons, errors."""
    found, fence = [], ""
    for line in comment.splitlines():
        if line.startswith("```"):
            ticks = line[: len(line) - len(line.lstrip("`"))]
            fence = "" if fence == line else fence or ticks
        elif not fence and line.startswith(("### ", "- ", "❌ ")):
            plain = re.sub(r"<[^>]*>|\*\*|`", "", re.sub(r"<sub>.*?</sub>|^### ", "", line))
            found.append(unescape(plain).replace("\u200b", "").strip())
    return found[:6]


def build_repository(hub: Hub, states: Path) -> None:
    """The four branches with the same content, and the checks a merge into them needs."""
    start = hub.commit("devops", files.first_commit(states), "The backend of each environment", AUTHOR)
    for name in files.ENVIRONMENTS:
        if name != "devops":
            hub.create_ref(f"refs/heads/{name}", start)
        hub.required_checks[name] = {files.PLAN.format(name), files.PROMOTION.format(name)}
    hub.collaborators[OWNER] = "admin"
    hub.take_events()  # from before the workflow was there


class Story:
    """Plays it, chapter by chapter. Raises `StoryFailed` where it goes wrong."""

    def __init__(
        self, hub: Hub, runner: Runner, narrator: Narrator, talks: Conversations, states: Path
    ) -> None:
        self._hub, self._runner, self._tell, self._talks, self._states = hub, runner, narrator, talks, states

    def play(self) -> None:
        """All chapters."""
        self._feature()
        self._to_dev()
        self._soak()
        self._to_prod()
        self._skip()
        self._hotfix()
        self._backflow()
        self._parity()
        self._typo()
        self._surprise()
        self._board()

    # --- chapters ---

    def _feature(self) -> None:
        self._tell.chapter("A change enters at the bottom")
        body = "The shop's first pieces.\n\n- one network\n- one database\n- services `cart` and `catalog`\n"
        number = self._open("Add network, database and services", "shop", "devops", files.stack(), body)
        self._events(opened="planned")
        self._tell.say("The plan is a comment on the pull request now, and its checks are green.")
        self._merge(number)
        self._tell.say("After an apply that converged, its run dispatches the promotion by itself.")
        self._events(push="applied", dispatch="planned")
        self._check_applied("devops")

    def _to_dev(self) -> None:
        self._tell.chapter("Promotion: devops to dev")
        number = self._promotion("dev")
        self._tell.say(
            f"The bot opened #{number} from exactly the applied commit and planned it in the same run."
        )
        self._merge(number)
        self._tell.say("staging asks that content has worked in dev for a while: its promotion must soak.")
        self._events(push="applied", dispatch="blocked")
        self._check_applied("dev")

    def _soak(self) -> None:
        self._tell.chapter("Promotion: dev to staging, which soaks first")
        number = self._promotion("staging")
        self._refused(number, files.PROMOTION.format("staging"))
        self._tell.say(
            "Nobody does anything for an hour. The demo does not wait for it: it makes what its GitHub knows "
            "of the applies an hour older. Then the schedule's clock strikes."
        )
        self._hub.deployments.date_back(files.SOAK)
        self._note(number, "waited", "An hour passed: the demo made the applies so far an hour older.")
        self._hub.schedule("0 * * * *")
        self._events(schedule="no-changes")
        self._tell.say("The scheduled run judged it again, and its check is green now.")
        self._merge(number)
        self._events(push="applied", dispatch="planned")
        self._check_applied("staging")

    def _to_prod(self) -> None:
        self._tell.chapter("Promotion: staging to prod")
        self._merge(self._promotion("prod"))
        self._events(push="applied")
        self._check_applied("prod")

    def _skip(self) -> None:
        self._tell.chapter("Somebody is in a hurry: straight to prod")
        self._tell.say("Its title tries to break the page and the log; both must show it as plain text.")
        number = self._open(HOSTILE_TITLE, "shortcut", "prod", files.shortcut(), "Urgent! <img src=x>")
        self._events(opened="blocked")
        self._refused(number, files.PROMOTION.format("prod"))

    def _hotfix(self) -> None:
        self._tell.chapter("A real hotfix")
        number = self._open("The cart's image, repaired", "cart", "prod", files.hotfix(), "prod is down.")
        self._events(opened="blocked")
        self._tell.say(
            f"The configuration names {OWNER} for hotfixes into prod. {OWNER} approves it and sets the label."
        )
        self._hub.review(number, OWNER)
        self._hub.label(number, HOTFIX_LABEL, OWNER)
        self._note(number, "warned", f"{OWNER} approved this and set the label {HOTFIX_LABEL}")
        self._events(labeled="planned")
        self._merge(number)
        self._tell.say("The apply says that this was a hotfix, and dispatches its way down.")
        self._events(push="applied", dispatch="planned")

    def _backflow(self) -> None:
        self._tell.chapter("The hotfix comes down again")
        self._tell.say("The bot opened a pull request into every environment below, each planned at once.")
        for name in reversed(files.ENVIRONMENTS[:-1]):
            self._merge(self._find(name, "backflow/"))
        self._tell.say("Each branch has a queue of its own, so the three are applied at the same time.")
        # What is above has it already, so there is nothing to promote.
        self._events(push="applied", dispatch="no-changes")
        self._tell.result("all four environments hold the same content again", good=True)

    def _parity(self) -> None:
        self._tell.chapter("The same change does something else above")
        number = self._open("A bigger database", "memory", "devops", files.more_memory(), "In place.")
        self._events(opened="planned")
        self._tell.say("Meanwhile somebody marks the database of dev as broken, by hand:")
        self._by_hand("dev", "taint", "terraform_data.database")
        self._merge(number)
        self._events(push="applied", dispatch="planned")
        self._tell.say("devops changed its database in place; dev would replace it, and the comment says so.")
        self._says(self._promotion("dev"), "replaces")

    def _find(self, base: str, prefix: str) -> int:
        """The newest open pull request into a branch from a branch of the bot's."""
        found = [p for p in self._hub.pulls() if (p.base, p.state) == (base, "open")]
        numbers = [p.number for p in found if p.head.startswith(prefix)]
        if not numbers:
            raise StoryFailed(f"No pull request into {base} was opened from a branch {prefix}….")
        return max(numbers)

    def _promotion(self, name: str) -> int:
        return self._find(name, "promote/")

    def _says(self, number: int, words: str) -> None:
        if not any(words in c.body for c in self._hub.comments.of(number)):
            raise StoryFailed(f"The comment on #{number} does not say {words!r}.")

    def _board(self) -> None:
        self._tell.chapter("Where everything stands")
        self._hub.dispatch(WORKFLOW, "devops", {"command": "status", "environment": ""}, OWNER)
        self._events(dispatch="no-changes")

    def _typo(self) -> None:
        self._tell.chapter("A change that cannot be planned")
        number = self._open("Add a queue", "queue", "devops", files.typo(), "")
        self._events(opened="failed")
        self._refused(number, files.PLAN.format("devops"))

    def _surprise(self) -> None:
        self._tell.chapter("A merge whose plan is no longer what was approved")
        body = "Postgres 16, the next release of the images, and search."
        number = self._open("Upgrade the database, add search", "upgrade", "devops", files.upgrade(), body)
        self._events(opened="planned")
        value = "cidr=10.99.0.0/16"
        self._tell.say("Before it is merged, somebody with too many rights changes the network by hand:")
        self._note(number, "warned", f"Meanwhile, somebody ran terraform apply -var {value} by hand.")
        self._by_hand("devops", "apply", "-auto-approve", "-var-file=envs/devops.tfvars", "-var", value)
        before = self._state("devops")
        self._merge(number)
        self._events(push="blocked")
        if self._state("devops") != before:
            raise StoryFailed("A plan that nobody approved was applied in devops.")
        self._note(number, "refused", "Merged, but nothing was applied: the plan was not the approved one.")
        self._tell.result("devops is as it was: nothing was applied", good=True)
        self._tell.say(
            "The comment lists what nobody had seen. A new pull request into devops would show it for review."
        )

    # --- what people do ---

    def _open(
        self, title: str, branch: str, base: str, changes: dict[str, str | bytes | None], body: str
    ) -> int:
        head = f"feature/{branch}"
        self._hub.commit(head, changes, title, AUTHOR, start=base)
        pull = self._hub.open_pull_request(title, head, base, AUTHOR, body)
        self._tell.say(f"{AUTHOR} opens pull request #{pull.number}, {head} into {base}:")
        self._tell.say(title)
        return pull.number

    def _merge(self, number: int) -> None:
        base = self._hub.pull(number).base
        try:
            sha = self._hub.merge(number, "merge", OWNER)
        except Refused as refused:
            message = f"Pull request #{number} could not be merged: {refused.status} {refused.message}"
            raise StoryFailed(message) from refused
        self._note(number, "merged", f"{OWNER} merged this into {base} as {sha[:12]}")
        self._tell.say(f"{OWNER} merges #{number} into {base}.")

    def _refused(self, number: int, check: str) -> None:
        """Merging is tried and must fail because of this check."""
        self._tell.say(f"{OWNER} tries to merge #{number} all the same.")
        try:
            self._hub.merge(number, "merge", OWNER)
        except Refused as refused:
            answer = f"{refused.status} {refused.message}"
            if refused.status != 405 or check not in refused.message:
                raise StoryFailed(
                    f"The merge of #{number} was refused for another reason: {answer}"
                ) from refused
            self._note(number, "refused", f"{OWNER} tried to merge this; GitHub answered {answer}")
            self._tell.result(f"GitHub answers {answer}", good=True)
            return
        raise StoryFailed(f"Pull request #{number} was merged in spite of its failed check.")

    def _by_hand(self, name: str, *arguments: str) -> None:
        """Somebody runs Terraform against an environment, past every review."""
        self._tell.step(f"terraform {' '.join(a for a in arguments if not a.startswith('-a'))}")
        with tempfile.TemporaryDirectory(prefix="gitops-bot-demo-") as scratch:
            folder = Path(scratch).resolve() / "checkout"
            sha = self._hub.store.branch(name) or ""
            checkout(self._hub.site.clone_url, folder, f"refs/heads/{name}", sha)
            infra = folder / "infra"
            self._terraform(infra, "init", "-input=false", f"-backend-config=envs/{name}.local.tfbackend")
            self._tell.output(self._terraform(infra, *arguments))

    def _terraform(self, folder: Path, *arguments: str) -> str:
        program = shutil.which("terraform") or "terraform"
        argv = [program, arguments[0], "-no-color", *arguments[1:]]
        done = subprocess.run(
            argv, cwd=folder, env=clean_environment(), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise StoryFailed(f"terraform {arguments[0]} by hand failed: {' '.join(done.stderr.split())}")
        return next((line for line in done.stdout.splitlines() if _TOLD.match(line)), "")

    def _note(self, number: int, kind: str, text: str) -> None:
        self._talks.note(number, kind, text)

    # --- what the workflow does ---

    def _events(self, **expected: str) -> None:
        """A workflow run for each event so far. Those not named are to be ignored."""
        missing = set(expected)
        while events := sorted(self._hub.take_events(), key=_turn):
            missing -= {_kind(event) for event in events}
            runs = self._start(events)
            for number, run in enumerate(runs):
                self._follow(run, expected.get(_kind(run.event), "ignored"), runs[number + 1 :])
        if missing:
            raise StoryFailed(f"GitHub sent no event of the kind {', '.join(sorted(missing))}.")

    def _start(self, events: Sequence[Event]) -> list[Started]:
        """GitHub starts the runs of several events at once, and so do we."""
        runs: list[Started] = []
        before = len(self._hub.pulls())
        for event in events:
            # A backflow waits until the one before has opened its pull request: their numbers are no luck.
            while _command(event) == "backflow" and len(self._hub.pulls()) < before + len(runs):
                if runs[-1].outcome.done():
                    break
                time.sleep(_GLANCE)
            runs.append(self._runner.start(event))
        return runs

    def _follow(self, started: Started, expected: str, others: Sequence[Started]) -> None:
        """Tell a run, and leave what the others write to be told with them."""
        number, name = started.number, label(started.event)
        self._tell.step(f"run {number}: {name}")
        run = self._runner.follow(started)
        for text in self._talks.catch_up(number, [other.number for other in others]):
            for line in gist(text):
                self._tell.quote(line)
        good = run.result == expected and (run.code == 0) == (expected not in ("blocked", "failed"))
        self._tell.result(_ended(run), good)
        if not good:
            raise StoryFailed(
                f"Run {number} ({name}) ended as {run.result or 'nothing'!r} with exit code "
                f"{run.code}; the story wants {expected!r}."
            )

    def _state(self, name: str) -> bytes:
        return (self._states / f"{name}.tfstate").read_bytes()

    def _check_applied(self, name: str) -> None:
        found = resources(self._states / f"{name}.tfstate")
        if found != RESOURCES:
            raise StoryFailed(f"The state of {name} holds {', '.join(found) or 'nothing'} after the apply.")
        self._tell.result(f"the state of {name} holds {len(found)} resources", good=True)


def _kind(event: Event) -> str:
    if event.name == "push":
        feature = event.ref.startswith("refs/heads/feature/")
        return "feature" if feature else "push"
    if event.name == "workflow_dispatch":
        return "dispatch"
    return str(event.payload.get("action", event.name))


def _command(event: Event) -> str:
    return str(event.payload["inputs"]["command"]) if event.name == "workflow_dispatch" else ""


def _turn(event: Event) -> int:
    """Promotions go up the environments, whichever of the runs that dispatched them was the quickest."""
    if _command(event) != "promote":
        return -1
    return files.ENVIRONMENTS.index(event.payload["inputs"]["environment"])


def _ended(run: Run) -> str:
    return f"{run.result or 'no result'}, exit code {run.code}, {run.seconds:.1f} s"
