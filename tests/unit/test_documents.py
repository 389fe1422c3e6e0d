"""The documents, the action and the workflows agree with each other and with the code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_bot.core.events import Command
from gitops_bot.core.report import Note, Proven, Reason, RunStatus
from gitops_bot.core.risk import STATEFUL
from gitops_bot.render import guide

ROOT = Path(__file__).resolve().parents[2]
OWN_ACTION = "$/gitops_bot"
ENTRY = "gitops-bot/gitops-bot/.github/workflows/gitops.yml@"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^(`{3,}|~{3,}).*?^\1[ \t]*$", re.DOTALL | re.MULTILINE)


def _yaml(path: Path) -> dict[str, Any]:
    # YAML 1.1 reads the key `on` as true; BaseLoader leaves every scalar a text.
    loaded = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    assert isinstance(loaded, dict)
    return loaded


ACTION = _yaml(ROOT / "action.yml")
GITOPS = _yaml(ROOT / ".github" / "workflows" / "gitops.yml")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _anchors(path: Path) -> set[str]:
    """The anchors GitHub makes of a document's headings."""
    headings = re.findall(r"^#+ +(.+?) *$", FENCED.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def _resolves(document: Path, target: str) -> bool:
    place, _, anchor = target.partition("#")
    path = (document.parent / place).resolve() if place else document
    if not path.exists():
        return False
    return not anchor or path.suffix != ".md" or anchor in _anchors(path)


def _steps() -> list[tuple[str, dict[str, Any]]]:
    found = [("action.yml", step) for step in ACTION["runs"]["steps"]]
    for path in WORKFLOWS:
        for job in _yaml(path)["jobs"].values():
            found.extend((path.name, step) for step in job.get("steps", []))
    return found


def _caller() -> dict[str, Any]:
    """The caller workflow of README.md."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = next(b for b in re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE) if ENTRY in b)
    loaded = yaml.load(block, yaml.BaseLoader)
    assert isinstance(loaded, dict)
    return loaded


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    text = FENCED.sub("", document.read_text(encoding="utf-8"))
    targets = [t for t in LINK.findall(text) if not re.match(r"[a-z]+:", t)]
    assert [t for t in targets if not _resolves(document, t)] == []


def test_every_link_of_a_comment_into_the_documents_leads_somewhere() -> None:
    applied = {guide.way_on(status, applying=True) for status in RunStatus}
    pages = {guide.COMMANDS, *map(guide.reason_page, Reason), *applied} - {""}
    inside = [page.removeprefix(f"{guide.DOCS}/") for page in sorted(pages)]
    assert [page for page in inside if not _resolves(ROOT / "docs/README.md", page)] == []
    assert {guide.way_on(status, applying=False) for status in RunStatus} == {""}


def test_every_picture_is_shown_somewhere_and_has_a_text_for_those_who_do_not_see_it() -> None:
    found = re.compile(
        r'!\[(?P<text>[^\]]*)\]\((?P<at>[^)\s]+)\)|<img src="(?P<src>[^"]+)" alt="(?P<alt>[^"]*)"'
    )
    shown = [
        ((document.parent / (match["at"] or match["src"])).resolve(), match["text"] or match["alt"] or "")
        for document in DOCUMENTS
        for match in found.finditer(FENCED.sub("", document.read_text(encoding="utf-8")))
    ]
    kept = sorted((ROOT / "docs" / "images").iterdir())
    assert sorted({path for path, _ in shown}) == kept
    assert [_name(path) for path, text in shown if len(text) < 20] == []
    assert [_name(path) for path in kept if path.stat().st_size > 150_000] == []


def test_every_test_that_stops_a_threat_exists() -> None:
    named = re.findall(
        r"`(tests/[\w/]+(?:\.py)?)/?(?:::(\w+))?`", (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    )
    assert len(named) > 100
    lost = [
        (path, name)
        for path, name in named
        if not (ROOT / path).exists()
        or (name and f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8"))
    ]
    assert lost == []


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        document = waiting.pop()
        reached.add(document)
        for target in LINK.findall(FENCED.sub("", document.read_text(encoding="utf-8"))):
            path = (document.parent / target.partition("#")[0]).resolve()
            if path.suffix == ".md" and path.exists() and path not in reached:
                waiting.append(path)
    assert [_name(d) for d in DOCUMENTS if d not in reached] == []


def test_every_reason_has_a_section_that_says_what_and_why_and_how() -> None:
    text = (ROOT / "docs/reference/reasons.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## ([A-Z_]+)\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE))
    assert sorted(sections) == sorted(Reason)
    parts = ("**What.**", "**Why.**", "**How to fix it.**")
    assert [name for name, body in sections.items() if not all(p in body for p in parts)] == []


def test_every_note_and_every_way_of_being_proven_stands_beside_the_reasons() -> None:
    text = (ROOT / "docs/reference/reasons.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `(\w+)`", text, re.MULTILINE)) == sorted([*Note, *Proven])


@pytest.mark.parametrize("kind", ["inputs", "outputs"])
def test_every_input_and_output_of_the_action_stands_in_its_reference(kind: str) -> None:
    text = (ROOT / "docs/reference/action.md").read_text(encoding="utf-8")
    section = re.search(rf"^## {kind.capitalize()}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert section is not None
    assert re.findall(r"^\| `([\w-]+)`", section.group(1), re.MULTILINE) == list(ACTION[kind])


def test_every_result_stands_in_the_action_reference() -> None:
    text = (ROOT / "docs/reference/action.md").read_text(encoding="utf-8")
    section = re.search(r"^## Results\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert section is not None
    assert re.findall(r"^\| `([\w-]+)`", section.group(1), re.MULTILINE) == [s.value for s in RunStatus]


def test_every_output_of_the_action_is_the_one_of_its_step() -> None:
    expected = {name: f"${{{{ steps.run.outputs.{name} }}}}" for name in ACTION["outputs"]}
    assert {name: output["value"] for name, output in ACTION["outputs"].items()} == expected


def test_every_input_of_the_action_reaches_the_program_by_environment() -> None:
    env = ACTION["runs"]["steps"][0]["env"]
    expected = {
        "GITHUB_TOKEN" if name == "github-token" else f"INPUT_{name.upper().replace('-', '_')}": (
            f"${{{{ inputs.{name} }}}}"
        )
        for name in ACTION["inputs"]
    }
    assert env == expected


def test_the_action_is_one_step_whose_shell_is_replaced_by_the_program() -> None:
    runs = [step["run"] for step in ACTION["runs"]["steps"]]
    script = (ROOT / "gitops_bot/action.sh").read_text(encoding="utf-8").rstrip().splitlines()
    assert runs == ['exec bash "$GITHUB_ACTION_PATH/gitops_bot/action.sh"']
    assert script[-1] == 'exec "$home/venv/bin/python" -I -m gitops_bot run'


def test_no_expression_stands_in_a_script() -> None:
    assert [step["run"] for _, step in _steps() if "${{" in step.get("run", "")] == []


def test_every_action_of_others_is_pinned_to_a_commit() -> None:
    used = [(file, step["uses"]) for file, step in _steps() if "uses" in step]
    foreign = [(file, uses) for file, uses in used if not uses.startswith((OWN_ACTION, "./"))]
    assert len(foreign) > 20
    assert [u for u in foreign if not re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", u[1])] == []


def test_the_reusable_workflow_gives_the_action_only_inputs_it_has() -> None:
    given = [key for _, step in _steps() if step.get("uses") == OWN_ACTION for key in step.get("with", {})]
    assert given
    assert sorted(set(given) - set(ACTION["inputs"])) == []


def test_the_reusable_workflow_uses_the_action_of_its_own_commit_in_every_job() -> None:
    """A tag would move on under those who named a commit of the workflow."""
    own = [sum(step["uses"] == OWN_ACTION for step in job["steps"]) for job in GITOPS["jobs"].values()]
    assert own == [1] * len(GITOPS["jobs"])
    (step,) = _yaml(ROOT / OWN_ACTION.removeprefix("$/") / "action.yml")["runs"]["steps"]
    assert step["run"] == 'exec bash "$GITHUB_ACTION_PATH/action.sh"'


def test_the_reusable_workflow_uses_only_inputs_it_declares() -> None:
    text = (ROOT / ".github/workflows/gitops.yml").read_text(encoding="utf-8")
    declared = GITOPS["on"]["workflow_call"]["inputs"]
    assert sorted(set(re.findall(r"\binputs\.([\w-]+)", text))) == sorted(declared)


def test_checkouts_bring_the_whole_history_and_leave_no_token() -> None:
    expected = {"fetch-depth": "0", "persist-credentials": "false"}
    found = [
        step["with"]
        for job in GITOPS["jobs"].values()
        for step in job["steps"]
        if step["uses"].startswith("actions/checkout@")
    ]
    assert found == [expected] * len(GITOPS["jobs"])


def test_terraform_runs_without_the_wrapper_that_hides_exit_codes() -> None:
    steps = [s for _, s in _steps() if s.get("uses", "").startswith("hashicorp/setup-terraform@")]
    assert {s["with"]["terraform_wrapper"] for s in steps} == {"false"}


def test_each_job_has_the_rights_its_event_needs_and_no_more() -> None:
    reading = {"contents": "read", "pull-requests": "write", "checks": "write"}
    common = {**reading, "id-token": "write"}
    assert {name: job["permissions"] for name, job in GITOPS["jobs"].items()} == {
        "plan": {**common, "deployments": "read"},
        "apply": {**common, "deployments": "write", "actions": "write"},
        "promote": {
            "contents": "write",
            "pull-requests": "write",
            "checks": "read",
            "deployments": "read",
        },
        "promotion": {**common, "deployments": "read"},
        "reconcile": {**reading, "deployments": "read", "actions": "write"},
        "comment": {**reading, "checks": "read", "deployments": "read", "actions": "write"},
    }
    assert GITOPS["permissions"] == {}


def test_what_a_job_that_applies_restores_no_other_job_saves() -> None:
    """A pull request's job could put anything into its cache."""
    keys = {
        name: [
            (step["with"]["key"].split("$")[0], step["with"].get("restore-keys", "").split("$")[0])
            for step in job["steps"]
            if step["uses"].startswith("actions/cache@")
        ]
        for name, job in GITOPS["jobs"].items()
    }
    assert {name: found for name, found in keys.items() if found} == {
        "plan": [("gitops-bot-plan-", "gitops-bot-apply-")],
        "apply": [("gitops-bot-apply-", "")],
    }


def test_no_run_is_cancelled_half_way() -> None:
    assert {job["concurrency"]["cancel-in-progress"] for job in GITOPS["jobs"].values()} == {"false"}


def test_every_command_of_a_dispatch_has_its_job() -> None:
    conditions = " ".join(job["if"] for job in GITOPS["jobs"].values())
    assert sorted(re.findall(r"inputs\.command == '(\w+)'", conditions)) == sorted(Command)


def test_a_schedule_starts_the_job_that_may_apply_nothing_and_no_other() -> None:
    scheduled = [name for name, job in GITOPS["jobs"].items() if "'schedule'" in job["if"]]
    assert scheduled == ["reconcile"]


def test_the_readme_s_caller_listens_to_what_the_program_acts_on() -> None:
    on = _caller()["on"]
    assert on["pull_request"]["types"] == [
        "opened",
        "synchronize",
        "reopened",
        "ready_for_review",
        "edited",
        "closed",
        "labeled",
        "unlabeled",
    ]
    assert on["push"]["branches"] == on["pull_request"]["branches"] == ["devops", "dev", "staging", "prod"]
    assert sorted(on["workflow_dispatch"]["inputs"]["command"]["options"]) == sorted(Command)
    assert [list(entry) for entry in on["schedule"]] == [["cron"]]
    assert not {"paths", "paths-ignore"} & {*on["pull_request"], *on["push"]}


def test_the_readme_s_caller_grants_what_the_jobs_ask_for_and_no_more() -> None:
    rank = {"read": 1, "write": 2}
    asked: dict[str, str] = {}
    for job in GITOPS["jobs"].values():
        for scope, level in job["permissions"].items():
            asked[scope] = max(asked.get(scope, "read"), level, key=rank.__getitem__)
    assert (_caller()["permissions"], _caller()["jobs"]["gitops"]["permissions"]) == ({}, asked)


def test_the_readme_s_caller_gives_only_inputs_the_workflow_has() -> None:
    (job,) = _caller()["jobs"].values()
    assert set(job["with"]) <= set(GITOPS["on"]["workflow_call"]["inputs"])
    assert set(job["with"]) <= set(_caller()["on"]["workflow_dispatch"]["inputs"])


def test_the_lock_file_names_no_source_but_pypi() -> None:
    text = (ROOT / "uv.lock").read_text(encoding="utf-8")
    sources = set(re.findall(r"https?://[^/\"]+", text)) | set(re.findall(r"file://|\bpath = ", text))
    assert sources <= {"https://pypi.org", "https://files.pythonhosted.org"}


def test_what_is_built_when_the_action_sets_itself_up_is_built_by_a_fixed_version() -> None:
    locked = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    built = [p["name"] for p in locked["package"] if "wheels" not in p and "registry" in p["source"]]
    (tool,) = locked["manifest"]["build-constraints"]
    assert (built, tool["name"]) == (["python-terraform"], "setuptools")
    assert re.fullmatch(r"==[\d.]+", tool["specifier"])


def test_the_types_that_hold_data_are_documented() -> None:
    text = (ROOT / "docs/reference/stateful-types.md").read_text(encoding="utf-8")
    assert sorted(STATEFUL) == sorted(re.findall(r"`(aws_[a-z0-9_*]+)`", text))
