"""One canary of each kind of secret, in each place of a report, looked for in every channel."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from gitops_bot.adapters.actions import ActionsStep
from gitops_bot.adapters.terraform.apply_stream import ApplyStream
from gitops_bot.cli import cli
from gitops_bot.commands.apply_branch import apply_branch
from gitops_bot.commands.effects import Effects
from gitops_bot.commands.plan_local import plan_local
from gitops_bot.commands.plan_pull_request import PullRequestToPlan, plan_pull_request
from gitops_bot.commands.publish import publish, redactor_for
from gitops_bot.commands.render_plan import Form, render_plan
from gitops_bot.core.blocks import Block
from gitops_bot.core.closest import Closest, Difference
from gitops_bot.core.environments import DEFAULT_SETTINGS, Settings
from gitops_bot.core.json_values import JsonValue
from gitops_bot.core.locks import StateLock
from gitops_bot.core.noise import Likely, Noise
from gitops_bot.core.parity import Beside, Pair, Parity
from gitops_bot.core.plan import Plan, read_plan
from gitops_bot.core.report import (
    Allowed,
    Applied,
    Blocked,
    BlockReason,
    Diagnostic,
    LeftOver,
    Links,
    Note,
    PlanFailed,
    Planned,
    ProjectReport,
    Proven,
    Reason,
    Report,
    ResourceOutcome,
    ResourceState,
    RunStatus,
    Severity,
    UncoveredChange,
    VerdictNote,
)
from gitops_bot.ports import PlanErrored, PlanMade
from gitops_bot.render import plan_text
from gitops_bot.render.annotations import Place, render_annotations
from gitops_bot.render.comment import render_check, render_comment, render_promotion_check, render_summary
from gitops_bot.render.html import render_html
from gitops_bot.render.json_output import render_json
from gitops_bot.render.redact import Redactor
from gitops_bot.render.verdict import render_verdict
from tests.kit.fake_terraform import FakeTerraform
from tests.kit.github_markdown import unparted
from tests.kit.secret_samples import SAMPLES
from tests.unit.test_faults_in_turn import DEVOPS, FACTS, HEAD, MERGE, Recorder, Scene

STEP = "canary-of-the-step-itself"
SETTINGS = replace(DEFAULT_SETTINGS, redact=(re.compile(r"pin-[0-9]+"),))

SENSITIVE = {
    "by the schema": "canary-by-schema",
    "by the configuration": "canary-by-configuration",
    "in a map": "canary-in-a-map",
    "in a list": "canary-in-a-list",
    "in a set": "canary-in-a-set",
    "of several lines": "canary-of-line-one\ncanary-of-line-two",
    "with quotes": 'canary-"quoted"\\${x}',
    "of words": "canary of words",
    "before": "canary-before",
    "in drift": "canary-in-drift",
    "in an output": "canary-in-output",
    "read": "canary-read-by-a-data-source",
    "a number": "70427042",
}
CANARIES: dict[str, str] = {**SENSITIVE, "of the step": STEP, "by a pattern": "pin-70427042"}
QUOTED = [*CANARIES.values(), *(text for text, _ in SAMPLES.values())]
"""How each stands in values, keys, names and messages that are not sensitive."""
FORBIDDEN = {
    **{name: [line for line in canary.split("\n") if line] for name, canary in CANARIES.items()},
    **{name: secret.split("\n") for name, (_, secret) in SAMPLES.items()},
    "with quotes": ["canary-\"quoted", 'canary-\\"quoted'],
}  # fmt: skip


def leaks(text: str) -> list[str]:
    """The kinds of secrets that `text` shows."""
    plain = unparted(text)
    return [name for name, parts in FORBIDDEN.items() if any(p in text or p in plain for p in parts)]


def test_a_text_with_all_canaries_would_be_noticed() -> None:
    assert list(FORBIDDEN) == leaks(" ".join(QUOTED))


# --- a plan that has them everywhere -----------------------------------------------------------


def entry(key: str, value: JsonValue, mask: JsonValue = False, **change: JsonValue) -> JsonValue:
    address = f"terraform_data.a[{json.dumps(key)}]"
    return {
        "address": address, "mode": "managed", "type": "terraform_data", "name": "a", "index": key,
        "change": {
            "actions": ["create"], "before": None, "after": {"input": value}, "after_unknown": {"id": True},
            "before_sensitive": False, "after_sensitive": {"input": mask}, **change,
        },
    }  # fmt: skip


def document() -> bytes:
    masked: list[JsonValue] = [
        entry("schema", SENSITIVE["by the schema"], True),
        entry("map", {"k": {"deep": SENSITIVE["in a map"]}, "n": 70427042}, {"k": {"deep": True}, "n": True}),
        entry("list", ["open", SENSITIVE["in a list"]], [False, True]),
        entry("set", [SENSITIVE["in a set"], "other"], True),
        entry("texts", [SENSITIVE[n] for n in ("of several lines", "with quotes", "of words")], True),
        entry("before", "shown", False, actions=["update"], before={"input": SENSITIVE["before"]},
              before_sensitive={"input": True}),
    ]  # fmt: skip
    open_ones: list[JsonValue] = [
        entry(f"{i} {text}", {"plain": f"a {text} b", "long": "x" * 390 + text, text: "in a key"})
        for i, text in enumerate(QUOTED)
    ]
    replaced = entry("replaced", "n", False, actions=["delete", "create"], before={"input": "o"},
                     replace_paths=[["input", text] for text in QUOTED])  # fmt: skip
    drift = entry("drift", SENSITIVE["in drift"], True, actions=["update"], before={"input": STEP})
    outputs = {
        "secret": {"actions": ["create"], "after": SENSITIVE["in an output"], "after_sensitive": True},
        **{f"o{i} {t}": {"actions": ["create"], "before": None, "after": [t]} for i, t in enumerate(QUOTED)},
    }
    checks = [
        {
            "address": {"kind": "check", "to_display": f"check.{text}"}, "status": "fail",
            "instances": [{"address": {"to_display": f"check.{text}"}, "status": "fail",
                           "problems": [{"message": f"it holds {text} now"}]}],
        }
        for text in QUOTED
    ]  # fmt: skip
    read = {"mode": "data", "values": {"v": SENSITIVE["read"]}, "sensitive_values": {"v": True}}
    found = {
        "format_version": "1.2", "terraform_version": "1.11.4",
        "resource_changes": [*masked, *open_ones, replaced],
        "resource_drift": [drift],
        "output_changes": outputs,
        "checks": checks,
        "prior_state": {"values": {"root_module": {"resources": [read]}}},
        "deferred_changes": [{"reason": t, "resource_change": entry(f"later {t}", t)} for t in QUOTED],
        "action_invocations": [{"address": f"action.{text}"} for text in QUOTED],
        "configuration": {"root_module": {"variables": {"v": {"sensitive": True}}}},
        "variables": {"v": {"value": SENSITIVE["by the configuration"]}},
    }  # fmt: skip
    return json.dumps(found).encode()


DOCUMENT = document()
PLAN = read_plan(DOCUMENT)
_WORDS = {"create": "will be created", "update": "will be updated in-place", "delete": "must be replaced"}


def terraform_text(plan: Plan) -> str:
    """As Terraform prints it: each open value also as it is, line by line."""
    blocks = []
    for change in plan.changes:
        lines = [f"  # {change.address} {_WORDS[change.actions[0]]}"]
        sign = {"create": "  +", "update": "  ~", "delete": "-/+"}[change.actions[0]]
        lines.append(f'{sign} resource "terraform_data" "a" {{')
        if not change.after_sensitive or "input" not in str(change.after_sensitive).replace("False", ""):
            lines.append(f"      + input = {json.dumps(change.after, ensure_ascii=False)}")
        lines += [
            "      + text  = <<-EOT",
            *(f"            {part}" for text in QUOTED[:3] for part in [text]),
        ]
        blocks.append("\n".join([*lines, "        EOT", "    }", ""]))
    outputs = "\n".join(
        f"  + {o.name if o.name.isidentifier() else json.dumps(o.name)} = {json.dumps(o.after)}"
        for o in plan.changed_outputs
    )
    return (
        "Terraform will perform the following actions:\n\n" + "\n".join(blocks)
        + "\nPlan: 1 to add, 0 to change, 0 to destroy.\n\nChanges to Outputs:\n" + outputs + "\n"
    )  # fmt: skip


def _file(severity: Severity, text: str) -> str:
    """No file is named like a URL: its slashes would become one."""
    return "main.tf" if severity is Severity.WARNING or "://" in text else f"{text}.tf"


def diagnostics(severity: Severity) -> tuple[Diagnostic, ...]:
    return tuple(
        Diagnostic(
            severity, f"Bad {t}", f"Because of {t}.\n\n  on x: {t}", _file(severity, t), 3, f"a.b[{t}]"
        )
        for t in QUOTED
    )


def report(text: str) -> Report:
    """Everything that a report can hold, with every canary in each of its texts."""
    lock = StateLock(STEP, STEP, STEP, STEP, STEP, STEP)
    outcomes = tuple(ResourceOutcome(f'a.b["{t}"]', t, ResourceState.FAILED, 1.0, f"no: {t}") for t in QUOTED)
    uncovered = tuple(
        UncoveredChange(
            f'a.b["{t}"]', t, f"tags.{t}", Closest(Difference.VALUE, 3, (t,), (t,)),
            (Likely(Noise.TIMESTAMP, t),),
        )
        for t in QUOTED
    )  # fmt: skip
    pairs = tuple(Pair(f'a.b["{t}"]', b, t, t, b is Beside.EXTRA) for t in QUOTED for b in Beside)
    planned = ProjectReport(
        STEP, STEP, Planned(PLAN, text),
        Applied(outcomes, diagnostics(Severity.WARNING), False, False, True, lock),
        uncovered, tuple(f"Note {t}" for t in QUOTED), LeftOver("c" * 40, (STEP,), tuple(QUOTED), (STEP,)),
        parity=Parity(STEP, pairs),
    )  # fmt: skip
    failed = ProjectReport("second", "dir", PlanFailed("plan", diagnostics(Severity.ERROR)))
    names = ("environment", "below", "expected", "actual", "files", "detail", "source", "addresses", "count",
             "pull_request", "commit", "needed", "given", "until", "who", "pattern", "limit", "soak", "ended",
             "older", "at", "state", "by", "hotfix", "pull_requests", "environments")  # fmt: skip
    facts = tuple((name, "\n".join(QUOTED)) for name in names)
    return Report(
        "devops", RunStatus.FAILED, (planned, failed),
        Blocked(tuple(BlockReason(r, facts) for r in Reason), tuple(VerdictNote(n, facts) for n in Note)),
        "a" * 40, Links(f"https://x.example/{STEP}", f"https://x.example/{STEP}", "javascript:" + STEP), (1,),
        tuple(f"Notice {t}" for t in QUOTED), " ".join(QUOTED), protect=("terraform_data.*",),
        stateful=("terraform_*",),
    )  # fmt: skip


def hotfix(report: Report) -> Report:
    """The same, let in past all that speaks against it."""
    blocked = report.verdict
    assert isinstance(blocked, Blocked)
    verdict = Allowed(STEP, STEP, Proven.HOTFIX, blocked.notes, tuple(QUOTED), blocked.reasons)
    return replace(report, verdict=verdict, applying=False)


PLACES = {Block(STEP, "terraform_data", "a"): Place("infra/main.tf", 3)}
REDACTOR = redactor_for(SETTINGS, (STEP,), [])
CHANNELS: dict[str, Callable[[Report, Redactor], str]] = {
    "comment": lambda r, clean: render_comment(r, redactor=clean),
    "small comment": lambda r, clean: render_comment(r, max_bytes=2048, redactor=clean),
    "large comment": lambda r, clean: render_comment(r, max_bytes=2_000_000, redactor=clean),
    "summary": lambda r, clean: render_summary(r, redactor=clean),
    "check": lambda r, clean: "\n".join(render_check(r, clean)),
    "promotion check": lambda r, clean: "\n".join(render_promotion_check(r, clean)),
    "verdict": lambda r, clean: render_verdict(r, redactor=clean),
    "hotfix": lambda r, clean: render_comment(hotfix(r), redactor=clean),
    "JSON": lambda r, clean: render_json(r, redactor=clean),
    "HTML": lambda r, clean: render_html(r, redactor=clean),
    "annotations": lambda r, clean: "\n".join(
        "\n".join((note.path, note.title, note.message)) for note in render_annotations(r, PLACES, clean)
    ),
    "JSON of a plan": lambda _, clean: render_json(PLAN, redactor=clean),
}
TEXTS = {"from JSON": "", "from Terraform's text": terraform_text(PLAN), "not to be cut": "\n".join(QUOTED)}


@pytest.fixture(scope="module", params=TEXTS)
def everything(request: pytest.FixtureRequest) -> Report:
    return report(TEXTS[request.param])


@pytest.mark.parametrize("channel", CHANNELS)
def test_no_channel_shows_a_canary(channel: str, everything: Report) -> None:
    shown = CHANNELS[channel](everything, REDACTOR)
    assert [] == leaks(shown)
    assert "(redacted)" in shown or channel == "small comment"


def test_terraforms_text_is_cut_in_these_tests() -> None:
    assert [False, True, False] == [plan_text.cut(text, PLAN).reliable for text in TEXTS.values()]


def test_outputs_and_summary_of_a_step_hold_no_canary(everything: Report) -> None:
    step = Recorder()
    publish(step, everything, REDACTOR)
    assert [] == leaks("\n".join([*step.summaries, *step.outputs.values(), *step.lines]))


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("text", TEXTS)
def test_rendering_offline_hides_the_plans_own_values_and_shapes(text: str, form: Form) -> None:
    shown = render_plan(
        DOCUMENT, "it", TEXTS[text], environment="e", project="p", form=form, max_bytes=900_000
    )
    assert [] == [name for name in leaks(shown) if name not in ("of the step", "by a pattern")]


def test_a_value_that_is_cut_shows_no_part_of_a_secret(everything: Report) -> None:
    shown = render_comment(everything, max_bytes=2_000_000, redactor=REDACTOR)
    assert [STEP[:n] for n in (4, 9) if "x" * 10 + STEP[:n] in shown] == []


def test_the_report_says_how_many_secrets_are_hidden_and_where(everything: Report) -> None:
    one = Report(
        "devops",
        RunStatus.FAILED,
        (ProjectReport("p", ".", PlanFailed("plan", (Diagnostic(Severity.ERROR, f"Bad {STEP}", STEP),))),),
    )
    assert "🔒 2 secrets are hidden: 2 in `messages`." in render_comment(one, redactor=REDACTOR)
    assert "secrets are hidden: " in render_comment(everything, redactor=REDACTOR)


# --- whole runs ------------------------------------------------------------------------------------


class Leaky(Scene):
    """A scene whose Terraform says what no reader may see, in plans, errors and progress."""

    def __init__(self, folder: Path, settings: Settings = SETTINGS) -> None:
        super().__init__(folder)
        self.settings = settings
        self.files: list[str] = []
        self.log = io.StringIO()
        self.facts = replace(FACTS, secrets=(STEP,))

    def terraform_of(self) -> FakeTerraform:
        errors = tuple(
            ResourceOutcome(c.address, "create", ResourceState.FAILED, 1.0, f"no: {t}")
            for c, t in zip(PLAN.changes[-len(QUOTED) :], QUOTED, strict=True)
        )
        made = PlanMade(DOCUMENT, TEXTS["from Terraform's text"], self.folder / "p", "lineage",
                        warnings=diagnostics(Severity.WARNING))  # fmt: skip
        applied = Applied(errors, diagnostics(Severity.ERROR), False)
        return FakeTerraform(
            [made, made], [applied], early=applied, said=tuple(f'a["{t}"]: creating' for t in QUOTED)
        )

    def keep(self, name: str, text: str) -> str:
        self.files.append(text)
        return f"/temp/{name}"

    def everything_said(self) -> str:
        checks = [(c.title, c.summary, c.text) for c in self.host.checks]
        return "\n".join([
            *(c.body for _, c in self.host.kept_comments.values()),
            *(part for check in checks for part in check),
            *(json.dumps(d.payload) + d.description for d in self.host.kept_deployments),
            *(s.description for statuses in self.host.statuses.values() for s in statuses),
            *self.files, *self.step.lines, *self.step.summaries, *self.step.outputs.values(),
        ])  # fmt: skip


def leaky_effects(scene: Leaky, terraform: FakeTerraform) -> Effects:
    return replace(scene.effects(), keep_file=scene.keep, make_terraform=lambda *_: terraform)


def test_no_channel_of_a_plan_and_its_apply_shows_a_canary(tmp_path: Path) -> None:
    scene = Leaky(tmp_path)
    todo = PullRequestToPlan(1, HEAD, MERGE, "feature")
    plan_pull_request(todo, DEVOPS, SETTINGS, leaky_effects(scene, scene.terraform_of()), scene.facts)
    scene.merge()
    terraform = scene.terraform_of()
    apply_branch(DEVOPS, MERGE, SETTINGS, leaky_effects(scene, terraform), scene.facts)
    assert len(terraform.applied) == 1
    said = scene.everything_said()
    assert [] == leaks(said)
    assert "(redacted)" in said
    assert scene.files != []


def test_a_plan_that_failed_is_redacted_by_what_is_known_without_it(tmp_path: Path) -> None:
    scene = Leaky(tmp_path)
    terraform = FakeTerraform([PlanErrored("plan", diagnostics(Severity.ERROR))])
    todo = PullRequestToPlan(1, HEAD, MERGE, "feature")
    plan_pull_request(todo, DEVOPS, SETTINGS, leaky_effects(scene, terraform), scene.facts)
    assert [] == [name for name in leaks(scene.everything_said()) if name not in SENSITIVE]


def test_a_plan_on_this_machine_shows_no_canary(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("")
    said: list[str] = []
    for as_json in (True, False):
        terraform = Leaky(tmp_path).terraform_of()
        terraform.said = ()
        _, text = plan_local(
            DEVOPS, SETTINGS, tmp_path, terraform, tmp_path, said.append, lambda: (STEP,), as_json=as_json
        )
        said.append(text)
    assert [] == leaks("\n".join(said))


# --- the last ways out -------------------------------------------------------------------------------


def stream_lines() -> Iterator[str]:
    for kind in ("apply_start", "apply_progress", "apply_complete", "provision_progress"):
        for text in QUOTED:
            hook = {"resource": {"addr": f"terraform_data.a[{json.dumps(text)}]"}, "action": "create",
                    "id_value": text, "output": text, "elapsed_seconds": 1}  # fmt: skip
            yield json.dumps({"type": kind, "@message": text, "hook": hook})
    for text in QUOTED:
        yield json.dumps({"type": "log", "@message": text})
        yield json.dumps({"type": "outputs", "@message": text, "outputs": {"o": {"value": text}}})
        yield text


def test_an_apply_streams_no_key_id_output_or_message() -> None:
    said: list[str] = []
    stream = ApplyStream(PLAN, said.append)
    for line in stream_lines():
        stream.take(line)
    assert said != []
    assert [] == leaks("\n".join(said))


def test_a_step_that_is_handed_a_secret_says_writes_and_puts_out_none(tmp_path: Path) -> None:
    log, output, summary = io.StringIO(), tmp_path / "output", tmp_path / "summary"
    step = ActionsStep({"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}, log)
    step.mask(STEP)
    for text in (STEP, STEP.encode().hex(), *(t for t, _ in SAMPLES.values())):
        step.log(text)
        step.summary(text)
        step.output("result", text)
    said = log.getvalue() + output.read_text() + summary.read_text()
    assert [] == leaks(said)
    assert STEP.encode().hex() not in said


@pytest.mark.parametrize("text", [STEP, *(text for text, _ in SAMPLES.values())], ids=["step", *SAMPLES])
def test_an_error_shows_no_secret_of_the_step_and_no_shape(tmp_path: Path, text: str) -> None:
    environ = {"GITHUB_TOKEN": STEP, "GITHUB_ACTIONS": "true"}
    done = CliRunner().invoke(cli, ["history", str(tmp_path), "--repository", text], env=environ)
    assert (done.exit_code, leaks(done.stdout + done.stderr)) == (2, [])
    assert "(redacted)" in done.stderr
